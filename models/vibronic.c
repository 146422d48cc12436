/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vibronic coupling with any number of states and modes (Koppel, Domcke, Cederbaum, Adv. Chem. Phys. 57, 59 (1984)).
 * Parameters come from SHARC's files or from the input (vibronic_input.c); evaluation: model/vibronic_core.h. */
#include "diabolo/extend.h"
#include "model/vibronic_core.h"

static dia_status vibronic_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                                dia_error *error)
{
    dia_vibronic_input *model = self;
    dia_vibronic data = {0};
    dia_status status = dia_vibronic_input_read(model, &data, error);
    if (status != DIA_OK && source->path != NULL)
        dia_error_prefix(error, "%s", source->path);
    if (status == DIA_OK && data.reference_path != NULL)
        status = dia_model_source_read(source, data.reference_path, error);
    if (status == DIA_OK)
        status = dia_vibronic_core_make(&model->core, &data, shape, molecule, error);
    dia_vibronic_free(&data);
    return status;
}

const dia_model_type dia_model_type_vibronic = {
    .version = DIA_EXTEND_VERSION,
    .name = "vibronic",
    .summary =
        "linear and quadratic vibronic coupling in normal coordinates of a molecule, or of abstract modes and baths",
    .reference =
        "H. Koppel, W. Domcke, L. S. Cederbaum, Adv. Chem. Phys. 57, 59 (1984); SHARC's files: F. Plasser et al., "
        "Phys. Chem. Chem. Phys. 21, 57 (2019), DOI 10.1039/C8CP05662E",
    .options = dia_vibronic_options,
    .self_size = sizeof(dia_vibronic_input),
    .open = vibronic_open,
    DIA_VIBRONIC_CORE,
};
