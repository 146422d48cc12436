/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model that flew a swarm. */
#include <stdio.h>

#include "analyse/populations/estimators.h"

dia_status dia_record_open_model(const dia_record *record, const char *path, dia_model **model, size_t size, char *why,
                                 dia_error *error)
{
    dia_error own = {0};
    if (size > 0)
        why[0] = '\0';
    dia_status status = dia_model_of_result(model, record->swarm->path, path, &own);
    if (status == DIA_OK && dia_model_shape(*model).nstate != record->nstate) {
        status = dia_error_set(&own, DIA_ERROR_INPUT, "the model has %d states, expected %d as in %s",
                               dia_model_shape(*model).nstate, record->nstate, record->swarm->path);
        dia_model_free(*model);
        *model = NULL;
    }
    if (status == DIA_OK || (path == NULL && status != DIA_ERROR_MEMORY)) { /* without a model: no such populations */
        snprintf(why, size, "%.350s", own.text);
        return DIA_OK;
    }
    return dia_error_set(error, status, "%s", own.text);
}
