/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plug-in built for another version of the headers; without VERSION: for headers that had none, whose types began with
 * a pointer. */
#include <diabolo/extend.h>

#ifdef VERSION
DIA_API extern const dia_model_type dia_model_type_other_version;
const dia_model_type dia_model_type_other_version = {.version = VERSION, .name = "other_version"};
#else
DIA_API extern const char *const dia_model_type_other_version[16];
const char *const dia_model_type_other_version[16] = {"other_version", "a model", NULL};
#endif
