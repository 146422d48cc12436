/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card of a result (docs/analyse.md): what stands behind a figure, in Markdown: a paragraph and a table for supporting
 * information, then all settings. It claims nothing that the file does not hold. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analyse/page.h"
#include "model/verdict.h"

static const double meV = 1e-3 * DIA_EV;
enum { DIGEST = 12 }; /* hexadecimal digits shown */

static void paragraph(const dia_analysis *a, FILE *out)
{
    const dia_record *r = a->record;
    const dia_swarm *s = r->swarm;
    fprintf(out,
            "%" PRId64
            " trajectories of %d atoms and %d states were flown by Diabolo %s for %g fs with a time step of %g "
            "fs (method %s, seed %" PRId64 ") on the model `%s` (type %s, SHA-256 %.*s...).",
            s->N, s->natom, s->nstate, s->program_version, r->time[r->ntime - 1], s->timestep, s->method, s->seed,
            s->model_path, s->model_type, DIGEST, s->model_digest);
    if (r->ncounted < r->ntrajectory)
        fprintf(out, " %d of them are left out of all means (see the table).", r->ntrajectory - r->ncounted);
    fprintf(out, " Errors are one standard error over trajectories, intervals 95 %%.\n");
}

static void row(FILE *out, const char *what, const char *value)
{
    fprintf(out, "| %s | %s |\n", what, value);
}

static void fates(const dia_analysis *a, FILE *out)
{
    const char *separator = "";
    fprintf(out, "| trajectories | ");
    for (int f = 0; f < DIA_FATES; f++)
        if (a->fate[f] > 0) {
            fprintf(out, "%s%d %s%s", separator, a->fate[f], dia_fate_text(f), dia_fate_counts(f) ? "" : " (left out)");
            separator = ", ";
        }
    fprintf(out, " |\n");
}

static void outside(const dia_record *r, const char *what, const double *since, FILE *out)
{
    double share;
    const int count = dia_record_after(r, since, &share);
    fprintf(out, "| %s | %d of %d trajectories (%.1f %%), at most %.1f %% of the time flown |\n", what, count,
            r->ntrajectory, 100.0 * count / r->ntrajectory, 100.0 * share);
}

/* The lines of the model's remarks; one of them is the verdict of its check. */
static void notes(const char *remarks, FILE *out)
{
    bool checked = false;
    for (dia_remark line = dia_remark_first(remarks); line.text != NULL; line = dia_remark_next(line)) {
        fprintf(out, "| %s | %.*s |\n", line.verdict ? "check of the model" : "note of the model", line.length,
                line.text);
        checked = checked || line.verdict;
    }
    if (!checked)
        row(out, "check of the model", "not made (`diabolo check MODEL --record`)");
}

static void trust(const dia_record *r, FILE *out)
{
    const dia_swarm *s = r->swarm;
    notes(s->model_note, out);
    if (s->partial != NULL)
        row(out, "a part: shards missing", s->partial);
    if (s->shard != NULL)
        row(out, "a shard", s->shard);
    if (s->outside != NULL)
        outside(r, "outside the training data", s->outside, out);
    else
        row(out, "outside the training data", "the model knows no such region");
    if (s->first_outside != NULL)
        row(out, "first outside", s->first_outside);
    if (s->uncertain != NULL)
        outside(r, "committee beyond its limit", s->uncertain, out);
}

static void energy(const dia_analysis *a, FILE *out)
{
    const dia_conservation *c = &a->conservation;
    if (c->count > 0)
        fprintf(out,
                "| total energy, largest change | %.3g meV (median trajectory), %.3g meV (worst, trajectory %" PRId64
                ") |\n",
                c->median / meV, c->max / meV, c->worst);
    if (a->consistency.rms >= 0.0) /* NaN: nothing counts */
        fprintf(out, "| active share minus %s | rms %.4f (by chance %.4f) |\n",
                a->record->rule.amplitudes ? "population from amplitudes" : "mean \\|c\\|^2", a->consistency.rms,
                a->consistency.noise);
}

static void lifetime(const dia_lifetime *l, FILE *out)
{
    if (l->refused[0] != '\0') {
        fprintf(out, "| lifetime of S%d | no fit: %s |\n", l->from, l->refused);
        return;
    }
    if (l->first > 0)
        fprintf(out, "| lifetimes | of the trajectories in S%d at %g fs, from then on |\n", l->from, l->since);
    for (int k = 0; k < l->type->nparameter; k++) {
        const char *unit = strcmp(l->type->unit[k], "1") == 0 ? "" : l->type->unit[k];
        fprintf(out, "| %s of S%d, %s | ", l->type->parameter[k], l->from, l->type->formula);
        if (l->undetermined[k] != NULL)
            fprintf(out, "not determined (%s)", l->undetermined[k]);
        else
            fprintf(out, "%.4g %s", l->value[k], unit);
        if (!isnan(l->low[k]) && !isnan(l->high[k]))
            fprintf(out, " (%.4g to %.4g)", l->low[k], l->high[k]);
        else if (!isnan(l->low[k]) || !isnan(l->high[k]))
            fprintf(out, " (%s %.4g)", isnan(l->high[k]) ? "above" : "below",
                    isnan(l->high[k]) ? l->low[k] : l->high[k]);
        fprintf(out, " |\n");
    }
}

static void results(const dia_analysis *a, FILE *out)
{
    const dia_record *r = a->record;
    const double *p = r->population[r->own], *e = r->error[r->own];
    const int last = (r->ntime - 1) * r->nstate;
    for (int k = 0; p != NULL && r->ncounted > 0 && k < r->nstate; k++) {
        fprintf(out, "| population of S%d at %g fs | %.4f", k, r->time[r->ntime - 1], p[last + k]);
        if (e != NULL && !isnan(e[last + k]))
            fprintf(out, " ± %.4f", e[last + k]);
        fprintf(out, " |\n");
    }
    if (r->rule.amplitudes)
        row(out, "populations",
            "from amplitudes, as the method defines them; a lifetime is that of active states, which are not these");
    lifetime(&a->lifetime, out);
    for (int o = r->nstate; o < a->noutcome; o += r->nstate + 1)
        fprintf(out, "| outcome %s | %.4f ± %.4f |\n", a->outcomes[o].name, a->outcomes[o].share, a->outcomes[o].error);
}

void dia_analysis_write_card(const dia_analysis *analysis, bool members, FILE *out)
{
    const dia_record *r = analysis->record;
    fprintf(out, "# Result card: %s\n\n", analysis->path);
    paragraph(analysis, out);
    fprintf(out, "\n| | |\n|---|---|\n");
    fates(analysis, out);
    results(analysis, out);
    row(out, "error of the model",
        members ? "see below: a swarm for each member of its committee"
                : "not determined: it takes a committee and a swarm for each member (docs/committee.md)");
    trust(r, out);
    energy(analysis, out);
    fprintf(out, "\nSettings, all of them (commit %s, digest of the swarm %.*s...):\n\n```yaml\n%s```\n",
            r->swarm->program_commit, DIGEST, r->swarm->digest, r->swarm->resolved);
}
