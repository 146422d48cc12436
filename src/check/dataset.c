/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data set examined, told, and written again without its faults. */
#include <stdlib.h>

#include "base/output.h"
#include "check/check.h"
#include "check/dataset_page.h"
#include "check/repair.h"

static dia_status write_pages(const dia_dataset_page *page, dia_check_result *result, dia_error *error)
{
    size_t size[2];
    FILE *text = open_memstream(&result->text, &size[0]), *object = open_memstream(&result->json, &size[1]);
    if (text != NULL)
        dia_dataset_page_text(page, text);
    if (object != NULL)
        dia_dataset_page_json(page, &(dia_json){.out = object});
    dia_status status = dia_text_close(text, &result->text, error);
    const dia_status other = dia_text_close(object, &result->json, error);
    status = status == DIA_OK ? other : status;
    if (status != DIA_OK)
        dia_check_result_free(result);
    return status;
}

dia_status dia_check_dataset(const char *path, const char *repaired, const dia_control *control,
                             dia_check_result *result, dia_error *error)
{
    *result = (dia_check_result){0};
    dia_checkup x = {0};
    dia_checkup_line *line = calloc((size_t)dia_data_tests_count(), sizeof *line);
    if (line == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", path);
    dia_status status = repaired != NULL ? dia_repair_check(path, repaired, error) : DIA_OK;
    if (status == DIA_OK)
        status = dia_checkup_run(&x, path, control, line, error);
    /* Before the copy, which uses up the data. */
    const bool copied = status == DIA_OK && repaired != NULL && dia_repair_leaves(&x);
    if (status == DIA_OK)
        status = write_pages(&(dia_dataset_page){&x, line, copied ? repaired : NULL}, result, error);
    if (status == DIA_OK && repaired != NULL)
        status = dia_repair_write(&x, repaired, error);
    if (status != DIA_OK && copied) /* they say that it was written */
        dia_check_result_free(result);
    result->worst = dia_findings_worst(&x.findings);
    for (int i = 0; i < dia_data_tests_count(); i++)
        free(line[i].told);
    free(line);
    dia_checkup_free(&x);
    return status;
}

void dia_check_result_free(dia_check_result *result)
{
    free(result->text);
    free(result->json);
    free(result->html);
    *result = (dia_check_result){0};
}
