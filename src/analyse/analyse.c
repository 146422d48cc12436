/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/analyse.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

dia_status dia_analysis_create(dia_analysis **analysis, const char *path, const dia_lifetime_options *options,
                               dia_error *error)
{
    dia_analysis *a = dia_allocate(1, sizeof *a);
    *analysis = NULL;
    if (a == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = DIA_OK;
    a->path = strdup(path);
    if (a->path == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK)
        status = dia_record_load(&a->record, path, error);
    if (status == DIA_OK)
        status = dia_consistency_create(&a->consistency, a->record, error);
    if (status == DIA_OK)
        status = dia_hop_census_create(&a->hops, a->record, error);
    if (status == DIA_OK)
        status = dia_conservation_compute(&a->conservation, a->record, error);
    if (status == DIA_OK)
        status = dia_lifetime_create(&a->lifetime, a->record, options, error);
    if (status != DIA_OK) {
        dia_analysis_free(a);
        return status;
    }
    for (int j = 0; j < a->record->ntrajectory; j++)
        a->fate[(int)a->record->fate[j]]++;
    *analysis = a;
    return DIA_OK;
}

dia_status dia_analysis_study(dia_analysis *analysis, const dia_study_request *request, dia_error *error)
{
    dia_study_free(analysis->study);
    return dia_study_create(&analysis->study, analysis->record, &analysis->lifetime, request, error);
}

void dia_analysis_free(dia_analysis *analysis)
{
    if (analysis == NULL)
        return;
    dia_study_free(analysis->study);
    dia_consistency_free(&analysis->consistency);
    dia_lifetime_free(&analysis->lifetime);
    dia_hop_census_free(&analysis->hops);
    dia_record_free(analysis->record);
    free(analysis->path);
    free(analysis);
}
