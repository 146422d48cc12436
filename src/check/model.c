/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/model.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/control.h"
#include "base/output.h"
#include "check/check.h"
#include "check/model/patient.h"
#include "check/model_page.h"

static double processor(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static int count(void)
{
    int n = 0;
    while (dia_model_tests[n] != NULL)
        n++;
    return n;
}

static dia_status run_all(dia_model_check *check, const dia_patient *patient, dia_error *error)
{
    const int n = count();
    for (int i = 0; i < n; i++) {
        dia_exam *exam = &check->exam[i];
        dia_progress_state state = {.what = "examining", .done = i, .total = n, .note = dia_model_tests[i]->name};
        dia_control_progress(patient->control, &state);
        if (dia_control_stopped(patient->control))
            return dia_error_set(error, DIA_ERROR_INTERRUPTED, "stopped before the test '%s'",
                                 dia_model_tests[i]->name);
        const double begun = processor();
        exam->verdict = DIA_VERDICT_PASS;
        dia_error own = {0};
        const dia_status status = dia_model_tests[i]->run(patient, exam, &own);
        exam->seconds = processor() - begun;
        if (status == DIA_ERROR_MEMORY || status == DIA_ERROR_INTERRUPTED) {
            *error = own;
            return status;
        }
        if (status != DIA_OK) { /* what cannot be measured is not right */
            exam->verdict = DIA_VERDICT_FAIL;
            dia_exam_say(exam, "It could not be done: %s", own.text);
        }
    }
    dia_control_progress(patient->control, &(dia_progress_state){.what = "examining", .done = n, .total = n});
    return DIA_OK;
}

static void summarise(dia_model_check *check)
{
    int of[3] = {0};
    size_t used = 0;
    char failed[200] = "";
    for (int i = 0; i < count(); i++) {
        of[check->exam[i].verdict]++;
        if (check->exam[i].verdict == DIA_VERDICT_FAIL && used < sizeof failed)
            used += (size_t)snprintf(failed + used, sizeof failed - used, "%s%s", used > 0 ? ", " : "",
                                     dia_model_tests[i]->name);
    }
    check->verdict = of[DIA_VERDICT_FAIL] > 0 ? DIA_VERDICT_FAIL : DIA_VERDICT_PASS;
    snprintf(check->summary, sizeof check->summary, "%s%s%s; %d tests passed, %d not applicable",
             dia_verdict_names[check->verdict], failed[0] != '\0' ? ": " : "", failed, of[DIA_VERDICT_PASS],
             of[DIA_VERDICT_ABSENT]);
}

static dia_status write_pages(dia_model_check *check, const dia_model *model, const char *path, dia_error *error)
{
    static void (*const write[3])(const dia_model_check *, const dia_model *, const char *,
                                  FILE *) = {dia_model_page_text, dia_model_page_json, dia_model_page_html};
    char **const to[3] = {&check->text, &check->json, &check->html};
    dia_status status = DIA_OK;
    for (int i = 0; i < 3; i++) {
        size_t size;
        FILE *out = open_memstream(to[i], &size);
        if (out != NULL)
            write[i](check, model, path, out);
        const dia_status own = dia_text_close(out, to[i], error);
        status = status == DIA_OK ? own : status;
    }
    return status;
}

static void release(dia_model_check *check)
{
    free(check->exam);
    free(check->text);
    free(check->json);
    free(check->html);
    *check = (dia_model_check){0};
}

/* path: of the model's file, for messages. data: labelled points that it was not trained on; NULL: none. Masses of the
 * model stay. Release *check whatever the status. */
static dia_status examine(dia_model_check *check, dia_model *model, const char *path, const char *data,
                          const dia_control *control, dia_error *error)
{
    const double begun = processor();
    *check = (dia_model_check){.exam = calloc((size_t)count(), sizeof *check->exam)};
    if (check->exam == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", path);
    dia_patient patient;
    dia_status status = dia_patient_open(&patient, model, data, control, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "%s", path);
    status = run_all(check, &patient, error);
    dia_patient_close(&patient);
    check->seconds = processor() - begun;
    summarise(check);
    return status == DIA_OK ? write_pages(check, model, path, error) : status;
}

dia_status dia_check_model(dia_model *model, const char *path, const char *data, const dia_control *control,
                           dia_check_result *result, dia_error *error)
{
    dia_model_check check;
    const dia_status status = examine(&check, model, path, data, control, error);
    *result = (dia_check_result){.text = check.text,
                                 .json = check.json,
                                 .html = check.html,
                                 .worst = check.verdict == DIA_VERDICT_FAIL ? DIA_SEVERITY_FAULT : DIA_SEVERITY_NOTE};
    check.text = check.json = check.html = NULL;
    release(&check);
    if (status != DIA_OK)
        dia_check_result_free(result);
    return status;
}
