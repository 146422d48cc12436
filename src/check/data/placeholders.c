/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients and couplings that stand for "not computed": zero, or one other number, in all components; known in part only; infinite. */
#include <math.h>
#include <stdlib.h>

#include "check/data/test.h"

extern const dia_data_test dia_data_test_placeholders;

enum { ZERO = 1, CONSTANT, PARTIAL, KINDS };

static int kind_of(int n, const double *v)
{
    bool same = true, any = false, all = true;
    for (int i = 0; i < n; i++) {
        same &= v[i] == v[0];
        any |= !isnan(v[i]);
        all &= isfinite(v[i]);
    }
    if (!all)
        return any ? PARTIAL : 0;
    return same && n > 3 ? (v[0] == 0.0 ? ZERO : CONSTANT) : 0;
}

/* Rows of a point are marked as one: gradients (nstate) or couplings (npair). */
static void look(dia_checkup *x, const char *dataset, int rows, const double *values, int kind, bool *marked, int *all)
{
    static const char *const what[KINDS] = {"", "are exactly zero: not computed",
                                            "are one number in all components: not computed",
                                            "are known in part only, or infinite"};
    const int nc = x->data.ncart;
    int n = 0;
    for (int p = 0; p < x->data.npoint; p++) {
        marked[p] = false;
        for (int r = 0; r < rows; r++)
            if (kind_of(nc, values + ((size_t)p * (size_t)rows + (size_t)r) * (size_t)nc) == kind) {
                marked[p] = true;
                n++;
            }
    }
    *all += n;
    if (n == 0)
        return;
    /* A coupling may be zero by symmetry; no gradient of 3N components is. Loading takes zeros and constants as missing. */
    dia_finding *f = dia_checkup_found(x, &dia_data_test_placeholders,
                                       kind == PARTIAL                         ? DIA_SEVERITY_FAULT
                                       : kind == ZERO && rows == x->data.npair ? DIA_SEVERITY_NOTE
                                                                               : DIA_SEVERITY_DOUBT,
                                       dataset);
    f->kind = kind;
    dia_finding_points(&x->findings, f, x->data.npoint, marked);
    dia_finding_text(&x->findings, &f->what, "%d %s %s", n, dataset, what[kind]);
    dia_finding_text(&x->findings, &f->sure, "certain");
    dia_finding_text(&x->findings, &f->cure, "write NaN for what is missing; a training takes these as missing");
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    bool *marked = calloc((size_t)x->data.npoint + 1, sizeof *marked);
    int all = 0;
    if (marked == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d points", x->data.npoint);
    for (int kind = ZERO; kind < KINDS; kind++) {
        look(x, "gradients", x->data.nstate, x->data.gradient, kind, marked, &all);
        look(x, "couplings", x->data.npair, x->data.coupling, kind, marked, &all);
    }
    dia_checkup_say(x, all > 0 ? "%d vectors are placeholders" : "no placeholder among gradients and couplings", all);
    free(marked);
    return DIA_OK;
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    const bool gradients = f->dataset[0] == 'g';
    const int rows = gradients ? x->data.nstate : x->data.npair;
    int n = 0;
    for (int i = 0; i < f->npoint; i++)
        for (int r = 0; r < rows; r++) {
            double *v = gradients ? dia_checkup_gradient(x, f->point[i], r) : dia_checkup_coupling(x, f->point[i], r);
            if (kind_of(x->data.ncart, v) != f->kind)
                continue;
            dia_forget(x->data.ncart, v);
            n++;
        }
    dia_finding_text(&x->findings, &f->done, "%d %s set to NaN", n, f->dataset);
    return DIA_OK;
}

const dia_data_test dia_data_test_placeholders = {.name = "placeholders",
                                                  .finds =
                                                      "gradients and couplings that were not computed: zeros, 9999",
                                                  .tells = "one number in all components, or NaN in some of them",
                                                  .find = find,
                                                  .repair = repair};
