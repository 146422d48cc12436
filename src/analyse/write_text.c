/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One page for the eye: energies in eV or meV, times in fs, every figure with its error where it has one. */
#include "analyse/analyse.h"

#include <inttypes.h>
#include <math.h>

static const double meV = 1e-3 * DIA_EV;
enum { ROWS = 10, NAMED = 20 };           /* lines of the table of populations; trajectories left out that are named */
static const double LONG_LIFETIMES = 100; /* lifetimes beyond so many durations are not told apart */

static void write_head(const dia_analysis *a, FILE *out)
{
    const dia_record *r = a->record;
    fprintf(out, "%s: %d trajectories, %d states, 0 to %g fs in %d samples; %s, model '%s'\n", a->path, r->ntrajectory,
            r->nstate, r->time[r->ntime - 1], r->ntime, r->swarm->method, r->swarm->model_type);
}

static void write_fates(const dia_analysis *a, FILE *out)
{
    const dia_record *r = a->record;
    const char *separator = "  ";
    fprintf(out, "\nTrajectories\n");
    for (int f = 0; f < DIA_FATES; f++)
        if (a->fate[f] > 0) {
            fprintf(out, "%s%d %s", separator, a->fate[f], dia_fate_text(f));
            separator = ", ";
        }
    fprintf(out, "\n  %d count in everything below", r->ncounted);
    const int left_out = r->ntrajectory - r->ncounted;
    if (left_out == 0) {
        fprintf(out, "; none is left out\n");
        return;
    }
    fprintf(out, "; %d left out at all times:\n", left_out);
    int named = 0;
    for (int j = 0; j < r->ntrajectory; j++) {
        if (r->weight[j] > 0)
            continue;
        if (named++ == NAMED) {
            fprintf(out, "    ... and %d more (all of them with --json)\n", left_out - NAMED);
            break;
        }
        fprintf(out, "    trajectory %" PRId64 ": %s at %g fs\n", r->number[j], dia_record_left_out(r, j), r->end[j]);
    }
}

/* "0.1234 ± 0.0056", 18 columns; without an error (a single trajectory) or a value (none counts) a dash. */
static void write_with_error(double value, double error, FILE *out)
{
    if (isnan(value))
        fprintf(out, "  %7s   %-6s", "-", "");
    else if (isnan(error))
        fprintf(out, "  %7.4f   %-6s", value, "");
    else
        fprintf(out, "  %7.4f ± %-6.4f", value, error);
}

static void write_populations(const dia_analysis *a, FILE *out)
{
    const dia_record *r = a->record;
    const int steps = r->ntime - 1 < ROWS ? r->ntime - 1 : ROWS;
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++) {
        static const char *const titles[DIA_POPULATION_KINDS] = {
            "Populations, active state (share of trajectories; one standard error)",
            "Populations, electronic (mean |c|^2, adiabatic)", "Populations, electronic (mean |c|^2, diabatic)"};
        fprintf(out, "\n%s\n  time/fs", titles[kind]);
        for (int k = 0; k < r->nstate; k++)
            fprintf(out, "  %s%-*d", kind == DIA_POPULATION_DIABATIC ? "diabat " : "     S",
                    kind == DIA_POPULATION_DIABATIC ? 9 : 10, k);
        fputc('\n', out);
        for (int i = 0; i <= steps; i++) {
            const int t = steps > 0 ? (int)lround((double)i * (r->ntime - 1) / steps) : 0;
            fprintf(out, "  %7.2f", r->time[t]);
            for (int k = 0; k < r->nstate; k++) {
                const int at = t * r->nstate + k;
                write_with_error(r->population[kind][at], r->error[kind][at], out);
            }
            fputc('\n', out);
        }
    }
}

static void write_consistency(const dia_analysis *a, FILE *out)
{
    const dia_consistency *c = &a->consistency;
    fprintf(out, "\nInternal consistency: active share minus mean |c|^2\n");
    if (a->record->ncounted == 0) {
        fprintf(out, "  no trajectory is left to count\n");
        return;
    }
    fprintf(out, "  rms %.4f over all times and states", c->rms);
    if (!isnan(c->noise))
        fprintf(out, " (%.4f would be chance)", c->noise);
    fprintf(out, "; largest %+.4f", c->max);
    if (c->max_error > 0)
        fprintf(out, " ± %.4f", c->max_error);
    fprintf(out, ", state %d at %g fs\n", c->max_state, c->max_time);
    if (!a->record->has_amplitudes)
        fprintf(out, "  The file holds no amplitudes (output.trajectories: false): no error can be given.\n");
    else if (c->norm > 1e-4)
        fprintf(out, "  WARNING: sum of |c|^2 is off 1 by %.2g: the amplitudes are not normalised\n", c->norm);
    if (!(c->stored <= 1e-5)) /* single precision amplitudes: some 1e-7 */
        fprintf(out, "  WARNING: the stored populations differ from the trajectories by up to %.2g\n", c->stored);
}

/* Four digits; what lies beyond the limit, where the data no longer tell one number from another, as "> limit". */
static void write_limited(double value, double limit, int width, FILE *out)
{
    if (value > limit)
        fprintf(out, " > %.4g", limit);
    else
        fprintf(out, " %*.4g", width, value);
}

static void write_lifetime(const dia_lifetime *l, double duration, FILE *out)
{
    fprintf(out, "\nLifetime of state %d: %s\n", l->from, l->type->formula);
    if (l->refused[0] != '\0') {
        fprintf(out, "  no fit: %s\n", l->refused);
        return;
    }
    for (int k = 0; k < l->type->nparameter; k++) {
        const double limit = l->type->unit[k][0] == '1' ? INFINITY : LONG_LIFETIMES * duration;
        fprintf(out, "  %-13s", l->type->parameter[k]);
        write_limited(l->value[k], limit, 9, out);
        fprintf(out, " %-2s", limit < INFINITY ? l->type->unit[k] : "");
        if (l->bootstrap > 0) {
            fprintf(out, "   95 %%:");
            write_limited(l->low[k], limit, 0, out);
            fprintf(out, " to");
            write_limited(l->high[k], limit, 0, out);
            fprintf(out, "%s%s", limit < INFINITY ? " " : "", limit < INFINITY ? l->type->unit[k] : "");
        }
        fputc('\n', out);
    }
    fprintf(out, "  fitted to the %d trajectories that started there (%d left, lowest share %.3f); rms residual %.4f\n",
            l->started, l->left, l->lowest, l->residual);
    if (l->bootstrap > 0)
        fprintf(out, "  intervals: percentiles over %d resamplings of trajectories, seed %" PRIu64 "%s\n",
                l->bootstrap - l->bootstrap_failed, l->seed, l->bootstrap_failed > 0 ? "" : ", all converged");
    if (l->bootstrap_failed > 0)
        fprintf(out, "  %d further resamplings gave no converged fit: %s\n", l->bootstrap_failed,
                l->bootstrap_failed > l->bootstrap / 20 ? "do not trust the intervals" : "few enough");
    fprintf(out, "  %.0f %% of the samples are further from the curve than two standard errors\n", 100 * l->beyond);
    if (l->note[0] != '\0')
        fprintf(out, "  NOTE: %s\n", l->note);
}

static void write_hops(const dia_hop_census *census, FILE *out)
{
    fprintf(out, "\nHops: %d accepted, %d frustrated", census->total[DIA_ACCEPTED], census->total[DIA_FRUSTRATED]);
    if (census->left_out > 0)
        fprintf(out, " (%d more of trajectories left out)", census->left_out);
    fputc('\n', out);
    if (census->npair == 0)
        return;
    fprintf(out, "                          number   a trajectory   gap/eV: 25 %%   median     75 %%   mean time/fs\n");
    for (int p = 0; p < census->npair; p++) {
        const dia_hop_pair *pair = &census->pair[p];
        for (int kind = DIA_ATTEMPTS - 1; kind >= 0; kind--) { /* accepted first */
            const dia_hop_group *g = &pair->group[kind];
            if (g->count > 0)
                fprintf(out, "  S%-2d-> S%-2d  %-10s  %8d   %12.3f   %12.4f %8.4f %8.4f   %12.2f\n", pair->from,
                        pair->to, kind == DIA_ACCEPTED ? "accepted" : "frustrated", g->count, g->rate,
                        g->gap[0] / DIA_EV, g->gap[1] / DIA_EV, g->gap[2] / DIA_EV, g->mean_time);
        }
    }
}

static void write_energy(const dia_conservation *c, FILE *out)
{
    fprintf(out, "\nConservation of the total energy: largest |E(t) - E(0)| of each trajectory\n");
    if (c->count == 0) {
        fprintf(out, "  no trajectory is left to count\n");
        return;
    }
    fprintf(out, "  median %.3g meV; largest %.3g meV (trajectory %" PRId64 "); %d of %d above %g meV\n",
            c->median / meV, c->max / meV, c->worst, c->above, c->count, c->limit / meV);
}

void dia_analysis_write_text(const dia_analysis *analysis, FILE *out)
{
    write_head(analysis, out);
    write_fates(analysis, out);
    write_populations(analysis, out);
    write_consistency(analysis, out);
    write_lifetime(&analysis->lifetime, analysis->record->time[analysis->record->ntime - 1], out);
    write_hops(&analysis->hops, out);
    write_energy(&analysis->conservation, out);
    if (analysis->study != NULL)
        dia_study_write_text(analysis->study, analysis->record, &analysis->lifetime, out);
}
