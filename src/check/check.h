/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor: what is wrong with a file that a training or a flight would be made from. */
#ifndef DIA_CHECK_CHECK_H
#define DIA_CHECK_CHECK_H

#include "check/data/finding.h"
#include "diabolo/model.h"

typedef struct dia_check_result {
    char *text, *json;  /* a page, and the same as one JSON object (docs/check.md); both or neither   owned */
    char *html;         /* the same as a page for a browser; NULL of a data set      owned */
    dia_severity worst; /* of the findings */
} dia_check_result;

/* Examines a data set. repaired: path of a cleaned copy to write, with everything that can be repaired repaired; NULL: none. An existing file is
 * only replaced if it is such a copy. If the repairs leave no point this is an error, but *result holds what was found. Free *result by dia_check_result_free whatever the status. */
DIA_MUST_USE dia_status dia_check_dataset(const char *path, const char *repaired, const dia_control *control,
                                          dia_check_result *result, dia_error *error);
/* Examines a model (check/model.h); a test that fails is a fault. path: its file, for messages. data: labelled points that it
 * was not trained on; NULL: none. */
DIA_MUST_USE dia_status dia_check_model(dia_model *model, const char *path, const char *data,
                                        const dia_control *control, dia_check_result *result, dia_error *error);
void dia_check_result_free(dia_check_result *result);

#endif
