/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors at labelled points that the model was not trained on. */
#include "check/model/patient.h"
#include "train/errors.h"

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    (void)error;
    if (p->errors == NULL)
        return dia_exam_absent(exam, dia_patient_unlabelled);
    const dia_errors *e = p->errors;
    const double slope = 1000.0 / (DIA_EV / DIA_ANGSTROM);
    dia_exam_tell(exam, "", e->npoint, "points");
    dia_exam_most(exam, "meV", 1000 / DIA_EV * dia_deviation_mean(&e->energy_low), 100.0,
                  "energies up to 14 eV, mean absolute");
    dia_exam_tell(exam, "meV", 1000 / DIA_EV * dia_deviation_mean(&e->energy), "energies, mean absolute");
    dia_exam_tell(exam, "meV", 1000 / DIA_EV * dia_deviation_rms(&e->energy), "energies, root mean square");
    dia_exam_tell(exam, "meV/Angstrom", slope * dia_deviation_mean(&e->gradient_low),
                  "gradients up to 14 eV, mean absolute");
    if (e->coupling_close.n > 0)
        dia_exam_tell(exam, "meV/Angstrom", slope * dia_deviation_mean(&e->coupling_close),
                      "couplings at gaps below 0.5 eV, mean absolute");
    for (int g = 0; g < DIA_LABEL_GAPS; g++) {
        if (e->gap_energy[g].n > 0)
            dia_exam_tell(exam, "meV", 1000 / DIA_EV * dia_deviation_mean(&e->gap_energy[g]), "energies, gap %s eV",
                          dia_label_gap_names[g]);
        if (e->gap_gradient[g].n > 0)
            dia_exam_tell(exam, "meV/Angstrom", slope * dia_deviation_mean(&e->gap_gradient[g]), "gradients, gap %s eV",
                          dia_label_gap_names[g]);
        if (e->gap_coupling[g].n > 0)
            dia_exam_tell(exam, "meV/Angstrom", slope * dia_deviation_mean(&e->gap_coupling[g]), "couplings, gap %s eV",
                          dia_label_gap_names[g]);
    }
    return DIA_OK;
}

const dia_model_test dia_model_test_errors = {
    .name = "errors",
    .measures = "errors at labelled points of --data, by gap",
    .limits = "energies within 0.1 eV, as good as what they are fitted to mostly is",
    .run = run};
