/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening models from an input, for commands that read one. The other functions of front.c are public: model.h. */
#ifndef DIA_MODEL_FRONT_H
#define DIA_MODEL_FRONT_H

#include "base/config.h"
#include "diabolo/extend.h"
#include "diabolo/model.h"

/* `node` is a path, or a block with `type: NAME` (or `plugin: PATH.so`) and that type's options. Mistakes in the block
 * are noted in `config` and reported with all others that were found. */
DIA_MUST_USE dia_status dia_model_open_node(dia_model **model, dia_config *config, const dia_node *node,
                                            dia_error *error);

/* Opens a model named in a data file: by a path (text == NULL) or YAML text, in which relative paths are relative to
 * `directory`. Data are never executed: a plug-in is refused. where: the file that holds the text, for messages. */
DIA_MUST_USE dia_status dia_model_open_stored(dia_model **model, const char *path, const char *text, const char *where,
                                              const char *directory, dia_error *error);

/* `model: ...` for a resolved input, from `node` of `config`: the absolute path of its file, or the block with all
 * its keys. */
void dia_model_write(FILE *out, const dia_model *model, dia_config *config, const dia_node *node);
/* The block that the model was opened from with all its keys, YAML: `type: NAME` or `plugin: PATH`, then options, paths
 * absolute. NULL: it came from an HDF5 file. Borrowed. */
const char *dia_model_text(const dia_model *model);

/* dia_model_files as text (dia_files_text), on the heap; NULL: out of memory. */
char *dia_model_files_text(const dia_model *model);

/* Makes a model from a `self` of the caller (training makes a new network). On success the model owns self (heap),
 * molecule and shape. */
DIA_MUST_USE dia_status dia_model_adopt(dia_model **model, const dia_model_type *type, void *self, dia_shape shape,
                                        dia_molecule *molecule, dia_error *error);
void *dia_model_self(dia_model *model); /* only for the code of its own type */
const dia_model_type *dia_model_type_of(const dia_model *model);

#endif
