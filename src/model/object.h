/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contents of a model object, shared by front.c (calls), open.c (opening) and plugin.c (shared objects). */
#ifndef DIA_MODEL_OBJECT_H
#define DIA_MODEL_OBJECT_H

#include "base/provenance.h"
#include "diabolo/extend.h"

struct dia_model {
    const dia_model_type *type;
    void *self; /* type->self_size bytes, heap */
    dia_shape shape;
    dia_molecule molecule;
    char digest[DIA_DIGEST_SIZE];
    dia_files files; /* all that the model was opened from             */
    char *text;      /* as dia_model_text, owned; NULL: from HDF5      */
    void *plugin;    /* handle of the shared object, or NULL           */
};

/* The type of a kind ("model", "hop", ...) in a shared object: symbol dia_KIND_type_STEM for a file STEM.so or
 * libSTEM.so. One that was built for another DIA_EXTEND_VERSION is refused: DIA_ERROR_INPUT. */
DIA_MUST_USE dia_status dia_plugin_symbol(void **plugin, const void **type, const char *kind, const char *path,
                                          dia_error *error);
/* The model type in a shared object: symbol dia_model_type_STEM for a file STEM.so or libSTEM.so. stored: as in
 * dia_model_source; then it is refused unless the user has named it in the environment, DIABOLO_PLUGINS=FILE.so:... */
DIA_MUST_USE dia_status dia_plugin_open(void **plugin, const dia_model_type **type, const char *path, bool stored,
                                        dia_error *error);
void dia_plugin_close(void *plugin); /* NULL is fine */

#endif
