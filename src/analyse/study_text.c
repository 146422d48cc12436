/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/analyse.h"

#include <math.h>
#include <string.h>

enum { ROWS = 5 };

/* Samples that a short table shows. */
static int sample_of(const dia_record *r, int row)
{
    return r->ntime > 1 ? (int)lround((double)row * (r->ntime - 1) / ROWS) : 0;
}

static void write_cell(const dia_estimate *e, int t, int k, FILE *out)
{
    if (e->value == NULL || isnan(e->value[t * e->n + k]))
        fprintf(out, "  %8s %8s", "-", "");
    else
        fprintf(out, "  %8.4f ± %-6.4f", e->value[t * e->n + k], e->error[t * e->n + k]);
}

static void write_groups(const dia_study *study, const dia_record *r, FILE *out)
{
    const dia_estimators *e = &study->estimators;
    if (study->ngroup == 0 || e->adiabatic[0].value == NULL)
        return;
    fprintf(out, "\nGroups of states (active share; one standard error)\n  time/fs");
    for (int g = 0; g < study->ngroup; g++)
        fprintf(out, "  %17s", study->group[g].name);
    fputc('\n', out);
    for (int row = 0; row <= (r->ntime > 1 ? ROWS : 0); row++) {
        const int t = sample_of(r, row);
        fprintf(out, "  %7.2f", r->time[t]);
        for (int g = 0; g < study->ngroup; g++)
            write_cell(&e->adiabatic[DIA_ESTIMATOR_ACTIVE], t, e->nstate + g, out);
        fputc('\n', out);
    }
}

static void write_diabatic(const dia_study *study, const dia_record *r, FILE *out)
{
    const dia_estimators *e = &study->estimators;
    if (e->no_diabatic[0] != '\0') {
        fprintf(out, "  Diabatic populations by other estimators are not available: %s\n", e->no_diabatic);
        return;
    }
    fprintf(out, "\nDiabatic populations at the end, three estimators\n");
    const int t = r->ntime - 1;
    fprintf(out, "             from the active state     from the amplitudes       mixed\n");
    for (int k = 0; k < e->ndiabatic; k++) {
        if (k < e->nstate)
            fprintf(out, "  diabat %-3d", k);
        else
            fprintf(out, "  %-10s", study->diabatic_group[k - e->nstate].name);
        for (int which = 0; which < DIA_ESTIMATORS; which++) {
            write_cell(&e->diabatic[which], t, k, out);
            fprintf(out, "       ");
        }
        fputc('\n', out);
    }
    if (e->no_signs[0] != '\0')
        fprintf(out, "  NOTE: %s\n", e->no_signs);
    else if (e->stored >= 1e-4) /* single precision positions and amplitudes: some 1e-6; NaN: not recomputed */
        fprintf(out, "  WARNING: recomputed and stored diabatic populations differ by up to %.2g\n", e->stored);
}

static void write_decays(const dia_lifetime *l, FILE *out)
{
    if (l->nshape == 0)
        return;
    fprintf(out, "\nShapes of that decay compared (weight: how likely each is the best of these, by AICc)\n");
    for (int i = 0; i < l->nshape; i++) {
        const dia_decay_shape *d = &l->shape[i];
        if (!d->fitted) {
            fprintf(out, "  %-13s no fit\n", d->type->name);
            continue;
        }
        fprintf(out, "  %-13s rms residual %.4f   beyond 2 errors %3.0f %%   AICc %9.2f   weight %.3f  ", d->type->name,
                d->residual, 100 * d->beyond, d->aicc, d->weight);
        for (int k = 0; k < d->type->nparameter; k++)
            fprintf(out, " %s %.4g", d->type->parameter[k], d->value[k]);
        fputc('\n', out);
    }
}

static void write_discarded(const dia_study *study, const dia_record *r, FILE *out)
{
    static const char *const words[DIA_DISCARDED_WAYS] = {"", "until they went wrong", "as they are"};
    if (r->ncounted == r->ntrajectory)
        return;
    fprintf(out, "\nThe same lifetime with the %d trajectories that are left out\n", r->ntrajectory - r->ncounted);
    for (int way = 1; way < DIA_DISCARDED_WAYS; way++) {
        const dia_lifetime *l = study->discarded[way];
        if (l == NULL)
            continue;
        fprintf(out, "  %-22s", words[way]);
        if (l->refused[0] != '\0')
            fprintf(out, " no fit: %s", l->refused);
        for (int k = 0; l->refused[0] == '\0' && k < l->type->nparameter; k++)
            fprintf(out, "  %s %.4g (%.4g to %.4g)", l->type->parameter[k], l->value[k], l->low[k], l->high[k]);
        fputc('\n', out);
    }
}

static void write_quantity(const dia_scheme_quantity *name, const dia_quantity *q, FILE *out)
{
    const char *unit = strcmp(name->unit, "1") == 0 ? "" : name->unit;
    fprintf(out, "    %-28s", name->name);
    if (name->beyond) {
        fprintf(out, " %9s\n", "at bound");
        return;
    }
    fprintf(out, " %9.4g ± %-8.3g %-2s", q->value, q->standard_error, unit);
    if (!isnan(q->low))
        fprintf(out, "   95 %%: %.4g to %.4g", q->low, q->high);
    fputc('\n', out);
}

static void write_scheme(const dia_study_scheme *s, FILE *out)
{
    const dia_scheme_fit *f = &s->fit;
    fprintf(out, "\nKinetic scheme: %s", f->scheme.text);
    if (strncmp(s->name, f->scheme.text, strlen(s->name)) != 0)
        fprintf(out, "   (%s)", s->name);
    fputc('\n', out);
    if (f->refused[0] != '\0') {
        fprintf(out, "  no fit: %s\n", f->refused);
        return;
    }
    for (int v = 0; v < f->regression.nquantity; v++)
        write_quantity(&f->quantity[v], &f->regression.quantity[v], out);
    fprintf(out, "  rms residual %.4f (%.4f would be chance)", f->regression.residual, f->regression.chance);
    if (s->weight < 1) /* not alone */
        fprintf(out, "; AICc %.2f, weight %.3f among the schemes of these species", s->aicc, s->weight);
    fputc('\n', out);
    for (int i = 0; i < f->nwarning; i++)
        fprintf(out, "  NOTE: %s\n", f->warning[i]);
    for (int way = 1; way < DIA_DISCARDED_WAYS; way++) {
        const dia_scheme_fit *d = s->discarded[way];
        if (d == NULL || d->refused[0] != '\0')
            continue;
        fprintf(out, "  with the trajectories left out, %s:", way == 1 ? "until they went wrong" : "as they are");
        for (int r = 0; r < d->scheme.nstep; r++)
            fprintf(out, "%s %.4g", r > 0 ? "," : "", d->regression.quantity[r].value);
        fprintf(out, " fs\n");
    }
}

static void write_yields(const dia_yields *y, FILE *out)
{
    fprintf(out, "\nQuantum yields at %g fs (%d trajectories; 95 %% Wilson intervals)\n", y->time, y->counted);
    fprintf(out, "  %-24s  number     yield   interval        ", "");
    for (int k = 0; k < y->nstate; k++)
        fprintf(out, "     S%-2d", k);
    fputc('\n', out);
    for (int c = 0; c < y->nclass; c++) {
        const dia_share *s = &y->by_class[c].share;
        fprintf(out, "  %-24s  %6d  %8.4f   %.4f to %.4f", dia_classes_name(y->classes, c), s->count, s->value, s->low,
                s->high);
        for (int k = 0; k < y->nstate; k++)
            fprintf(out, "  %6.4f", y->cell[c * y->nstate + k].share.value);
        fputc('\n', out);
    }
}

void dia_study_write_text(const dia_study *study, const dia_record *record, const dia_lifetime *lifetime, FILE *out)
{
    write_groups(study, record, out);
    write_diabatic(study, record, out);
    write_decays(lifetime, out);
    write_discarded(study, record, out);
    for (int i = 0; i < study->nscheme; i++)
        write_scheme(&study->scheme[i], out);
    if (study->classes != NULL)
        write_yields(&study->yields, out);
}
