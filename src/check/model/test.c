/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/model/test.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const dia_verdict_names[] = {"not applicable", "pass", "fail"};

extern const dia_model_test dia_model_test_derivatives, dia_model_test_symmetry, dia_model_test_conservation,
    dia_model_test_canonical, dia_model_test_smoothness, dia_model_test_holes, dia_model_test_phase,
    dia_model_test_stretches, dia_model_test_spin, dia_model_test_errors, dia_model_test_topology,
    dia_model_test_calibration;

/* Cheap ones first: who sees the derivatives fail need not wait. */
const dia_model_test *const dia_model_tests[] = {&dia_model_test_derivatives,
                                                 &dia_model_test_symmetry,
                                                 &dia_model_test_smoothness,
                                                 &dia_model_test_conservation,
                                                 &dia_model_test_canonical,
                                                 &dia_model_test_holes,
                                                 &dia_model_test_phase,
                                                 &dia_model_test_stretches,
                                                 &dia_model_test_errors,
                                                 &dia_model_test_topology,
                                                 &dia_model_test_calibration,
                                                 &dia_model_test_spin,
                                                 NULL};

bool dia_figure_good(const dia_figure *f)
{
    return isnan(f->limit) || (f->least ? f->value >= f->limit : f->value <= f->limit);
}

static void add(dia_exam *exam, const char *unit, double value, double limit, bool least, const char *name,
                va_list args)
{
    if (exam->n >= DIA_EXAM_FIGURES)
        return;
    dia_figure *f = &exam->figure[exam->n++];
    *f = (dia_figure){.value = value, .limit = limit, .least = least};
    snprintf(f->unit, sizeof f->unit, "%s", unit);
    vsnprintf(f->name, sizeof f->name, name, args);
    if (!dia_figure_good(f))
        exam->verdict = DIA_VERDICT_FAIL;
}

void dia_exam_tell(dia_exam *exam, const char *unit, double value, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    add(exam, unit, value, NAN, false, name, args);
    va_end(args);
}

void dia_exam_most(dia_exam *exam, const char *unit, double value, double limit, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    add(exam, unit, value, limit, false, name, args);
    va_end(args);
}

void dia_exam_least(dia_exam *exam, const char *unit, double value, double limit, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    add(exam, unit, value, limit, true, name, args);
    va_end(args);
}

void dia_exam_say(dia_exam *exam, const char *format, ...)
{
    const size_t used = strlen(exam->told), gap = used > 0 && used + 1 < sizeof exam->told ? 1 : 0;
    va_list args;
    if (gap > 0)
        exam->told[used] = ' ';
    va_start(args, format);
    vsnprintf(exam->told + used + gap, sizeof exam->told - used - gap, format, args);
    va_end(args);
}

dia_status dia_exam_absent(dia_exam *exam, const char *reason)
{
    exam->verdict = DIA_VERDICT_ABSENT;
    dia_exam_say(exam, "%s", reason);
    return DIA_OK;
}
