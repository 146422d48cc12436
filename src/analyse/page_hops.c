/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hops, the total energy and what was taken from light, on the page and in JSON (docs/analyse.md). Energies in eV or meV, as the
 * key says. */
#include <inttypes.h>
#include <stdio.h>

#include "analyse/page.h"

static const double meV = 1e-3 * DIA_EV;

/* ---- hops ------------------------------------------------------------------------------------ */

#define OF(member, ...) DIA_MEMBER_OF(dia_hop_group, member, __VA_ARGS__)
static const dia_member hop_members[] = {
    OF(count, DIA_MEMBER_INT, .key = "count", .heading = "number", .width = 9),
    OF(rate, DIA_MEMBER_REAL, .key = "per_trajectory", .heading = "a trajectory", .width = 14, .digits = 3),
    OF(gap, DIA_MEMBER_REAL, .shape = "3", .key = "gap_quartiles_ev", .scale = DIA_EV),
    OF(gap[0], DIA_MEMBER_REAL, .scale = DIA_EV, .heading = "gap/eV: 25 %", .width = 14, .digits = 4),
    OF(gap[1], DIA_MEMBER_REAL, .scale = DIA_EV, .heading = "median", .width = 8, .digits = 4),
    OF(gap[2], DIA_MEMBER_REAL, .scale = DIA_EV, .heading = "75 %", .width = 8, .digits = 4),
    OF(mean_time, DIA_MEMBER_REAL, .key = "mean_time_fs", .heading = "mean time/fs", .width = 14, .digits = 2),
    {0}};
#undef OF

#define OF(member, ...) DIA_MEMBER_OF(dia_hop_pair, member, __VA_ARGS__)
static const dia_member pair_members[] = {
    OF(from, DIA_MEMBER_INT, .key = "from"),
    OF(to, DIA_MEMBER_INT, .key = "to"),
    OF(group[DIA_ACCEPTED], DIA_MEMBER_OBJECT, .key = "accepted", .fields = hop_members),
    OF(group[DIA_FRUSTRATED], DIA_MEMBER_OBJECT, .key = "frustrated", .fields = hop_members),
    {0}};
static const dia_member lit_members[] = {
    OF(from, DIA_MEMBER_INT, .key = "from"),
    OF(to, DIA_MEMBER_INT, .key = "to"),
    OF(group[DIA_ACCEPTED], DIA_MEMBER_OBJECT, .key = "accepted", .fields = hop_members),
    OF(group[DIA_BY_LIGHT], DIA_MEMBER_OBJECT, .key = "by_light", .fields = hop_members),
    OF(group[DIA_FRUSTRATED], DIA_MEMBER_OBJECT, .key = "frustrated", .fields = hop_members),
    {0}};
#undef OF

static void hops_page(const dia_hop_census *census, bool lit, FILE *out)
{
    static const dia_attempt order[DIA_ATTEMPTS] = {DIA_ACCEPTED, DIA_BY_LIGHT, DIA_FRUSTRATED};
    static const char *const names[DIA_ATTEMPTS] = {"frustrated", "accepted", " by light"};
    fprintf(out, "\nHops: %d accepted", census->total[DIA_ACCEPTED]);
    if (lit)
        fprintf(out, ", of these %d by light", census->total[DIA_BY_LIGHT]);
    fprintf(out, ", %d frustrated", census->total[DIA_FRUSTRATED]);
    if (census->left_out > 0)
        fprintf(out, " (%d more of trajectories left out)", census->left_out);
    fputc('\n', out);
    if (census->npair == 0)
        return;
    fprintf(out, "%24s", "");
    dia_members_heading(hop_members, out);
    fputc('\n', out);
    for (int p = 0; p < census->npair; p++)
        for (int i = 0; i < DIA_ATTEMPTS; i++) {
            const dia_hop_pair *pair = &census->pair[p];
            const dia_attempt kind = order[i];
            if (pair->group[kind].count == 0)
                continue;
            fprintf(out, "  S%-2d-> S%-2d  %-10s", pair->from, pair->to, names[kind]);
            dia_members_line(hop_members, &pair->group[kind], out);
            fputc('\n', out);
        }
}

static void hops_json(const dia_hop_census *census, bool lit, dia_json *json)
{
    const dia_rows rows = DIA_ROWS(census->pair, census->npair);
    dia_json_object(json, "hops");
    dia_json_int(json, "accepted", census->total[DIA_ACCEPTED]);
    if (lit)
        dia_json_int(json, "by_light", census->total[DIA_BY_LIGHT]);
    dia_json_int(json, "frustrated", census->total[DIA_FRUSTRATED]);
    dia_json_int(json, "left_out", census->left_out);
    dia_rows_json(lit ? lit_members : pair_members, &rows, "pairs", json);
    dia_json_end(json);
}

/* ---- energy ---------------------------------------------------------------------------------- */

static void energy_page(const dia_conservation *c, bool lit, FILE *out)
{
    fprintf(out, "\nConservation of the total energy%s: largest |E(t) - E(0)| of each trajectory\n",
            lit ? ", less the work of light" : "");
    if (c->count == 0) {
        fprintf(out, "  no trajectory is left to count\n");
        return;
    }
    fprintf(out, "  median %.3g meV; largest %.3g meV (trajectory %" PRId64 "); %d of %d above %g meV\n",
            c->median / meV, c->max / meV, c->worst, c->above, c->count, c->limit / meV);
}

static void energy_json(const dia_conservation *c, dia_json *json)
{
    dia_json_object(json, "energy");
    dia_json_int(json, "trajectories", c->count);
    dia_json_real(json, "median_drift_mev", c->median / meV);
    dia_json_real(json, "max_drift_mev", c->max / meV);
    dia_json_int(json, "worst_trajectory", c->worst);
    dia_json_real(json, "limit_mev", c->limit / meV);
    dia_json_int(json, "above_limit", c->above);
    dia_json_end(json);
}

/* ---- light ----------------------------------------------------------------------------------- */

#define OF(member, name) DIA_MEMBER_OF(dia_record, member, DIA_MEMBER_REAL, .shape = "T", .key = name, .scale = DIA_EV)
static const dia_member work_members[] = {OF(work, "work_ev"), OF(work_error, "work_error_ev"), {0}};
#undef OF

static void light_page(const dia_record *r, FILE *out)
{
    const int steps = r->ntime - 1 < DIA_PAGE_ROWS ? r->ntime - 1 : DIA_PAGE_ROWS;
    if (r->work == NULL)
        return;
    fprintf(out, "\nEnergy taken from the light, mean over trajectories (one standard error)\n"
                 "  time/fs             work/eV\n");
    for (int i = 0; i <= steps; i++) {
        const int t = dia_record_sample(r, i, steps);
        fprintf(out, "  %7.2f  ", r->time[t]);
        dia_page_error(r->work[t] / DIA_EV, r->work_error[t] / DIA_EV, out);
        fputc('\n', out);
    }
    if (r->settled < r->ntime - 1)
        fprintf(out, "  since %g fs it changes by less than 1 meV in any trajectory\n", r->time[r->settled]);
}

static void light_json(const dia_record *r, dia_json *json)
{
    if (r->work == NULL)
        return;
    dia_json_object(json, "light");
    dia_json_real(json, "work_ev", r->work[r->ntime - 1] / DIA_EV);
    dia_json_real(json, "work_error_ev", r->work_error[r->ntime - 1] / DIA_EV);
    dia_json_real(json, "settled_fs", r->time[r->settled]);
    dia_json_object(json, "series");
    dia_json_reals(json, "time_fs", r->ntime, 1, r->time);
    dia_members_json(work_members, r, &(dia_extents){.of = {['T'] = (size_t)r->ntime}}, json);
    dia_json_end(json);
    dia_json_end(json);
}

/* ---- the whole ------------------------------------------------------------------------------- */

void dia_hops_page(const dia_analysis *a, FILE *out)
{
    const bool lit = a->record->work != NULL;
    hops_page(&a->hops, lit, out);
    energy_page(&a->conservation, lit, out);
    light_page(a->record, out);
}

void dia_hops_json(const dia_analysis *a, dia_json *json)
{
    hops_json(&a->hops, a->record->work != NULL, json);
    energy_json(&a->conservation, json);
    light_json(a->record, json);
}
