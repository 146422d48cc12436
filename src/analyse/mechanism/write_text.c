/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of text: Angstrom, degrees, eV, fs; every share with its error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/mechanism.h"
#include "base/config.h"

enum { LINES = 11, MODES = 12, COLUMNS = 12, SHOWN = 6 };
/* lines of a table against time; modes listed; values, and intersections, side by side */

/* A model system has coordinates of its own kind: they stay in atomic units. */
static double length_unit(const dia_mechanism_result *m)
{
    return m->swarm->molecule.dimension == 3 ? DIA_ANGSTROM : 1;
}

static const char *length_name(const dia_mechanism_result *m)
{
    return m->swarm->molecule.dimension == 3 ? "Angstrom" : "au";
}

static const char *point_name(const dia_census *c, int p)
{
    return p == DIA_CENSUS_NONE ? "none near" : c->points.name[p];
}

static void point_title(const dia_census *c, int p, size_t size, char *text)
{
    const char *label = p == DIA_CENSUS_NONE ? NULL : c->points.label[p];
    if (label != NULL && label[0] != '\0')
        snprintf(text, size, "%s %s", point_name(c, p), label);
    else
        snprintf(text, size, "%s", point_name(c, p));
}

/* Begins a line of a table against time: the sample shown there; -1: the table is over. */
static int begin_line(const dia_mechanism_result *m, int line, const char *indent, FILE *out)
{
    const dia_record *r = m->swarm->record;
    const int last = r->ntime < LINES ? r->ntime - 1 : LINES - 1;
    if (line > last)
        return -1;
    const int t = dia_record_sample(r, line, last);
    fprintf(out, "%s%7.2f", indent, r->time[t]);
    return t;
}

/* ---- census ---------------------------------------------------------------------------------- */

/* Of accepted hops. */
static void write_row(const dia_mechanism_result *m, const dia_census_row *row, FILE *out)
{
    const double length = length_unit(m), speed = length / (m->swarm->molecule.dimension == 3 ? DIA_FEMTOSECOND : 1);
    const dia_census_group *g = &row->group[1];
    const struct {
        double value;
        int width, digits;
    } cells[] = {{g->time[0], 5, 1},           {g->time[1], 5, 1},
                 {g->time[2], 5, 1},           {g->distance[1] / length, 6, 3},
                 {g->gap[1] / DIA_EV, 6, 3},   {g->energy / DIA_EV, 6, 2},
                 {g->along[0] / length, 5, 2}, {g->along[1] / length, 5, 2},
                 {g->across / length, 5, 2},   {g->speed[0] / speed, 6, 3},
                 {g->speed[1] / speed, 6, 3},  {100 * g->approaching, 4, 0}};
    char title[60];
    point_title(&m->census, row->point, sizeof title, title);
    fprintf(out, "  S%d->S%d  %-22.22s %5d %5d", row->from, row->to, title, g->share.count, row->group[0].share.count);
    dia_cell(100 * g->share.value, 6, 1, out);
    if (isnan(g->share.low))
        fprintf(out, "  %13s", "");
    else
        fprintf(out, " (%5.1f-%5.1f)", 100 * g->share.low, 100 * g->share.high);
    dia_cell(g->mean_time, 6, 1, out);
    if (isnan(g->time_error))
        fprintf(out, "%7s", "");
    else
        fprintf(out, " ± %-4.1f", g->time_error);
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        dia_cell(cells[i].value, cells[i].width, cells[i].digits, out);
    fputc('\n', out);
}

/* Where searches ended against what was nearest. */
static void write_endings(const dia_mechanism_result *m, FILE *out)
{
    const dia_census *c = &m->census;
    fprintf(out,
            "\n  Searches from the hops: %d ended at an intersection of the file, %d elsewhere, %d did not converge.\n",
            c->ending_count[DIA_SEARCH_END_LISTED], c->ending_count[DIA_SEARCH_END_UNLISTED],
            c->ending_count[DIA_SEARCH_END_LOST]);
    int same = 0;
    for (int k = 0; k < c->nhop; k++) {
        const bool listed = c->ending[k] == DIA_SEARCH_END_LISTED && dia_mechanism_hop_counts(m->swarm, k);
        same += listed && c->nearest[k] == c->basin[k];
    }
    fprintf(out, "  Of the first, %d are at the nearest one. Nearest against where the search ended:\n", same);
    for (int a = 0; a < c->points.npoint; a++)
        for (int b = DIA_CENSUS_NONE; b < c->points.npoint; b++) {
            int count = 0;
            for (int k = 0; k < c->nhop; k++)
                count += c->nearest[k] == a && c->basin[k] == b && dia_mechanism_hop_counts(m->swarm, k);
            if (count > 0)
                fprintf(out, "    nearest %-14s search %-14s %5d\n", c->points.name[a],
                        b == DIA_CENSUS_NONE ? "elsewhere" : c->points.name[b], count);
        }
}

const char *dia_mechanism_column_name(const dia_mechanism_result *m, int column)
{
    const dia_passages *p = &m->passages;
    return column < p->ncolumn - 2    ? m->census.points.name[column]
           : column == p->ncolumn - 2 ? "none near"
                                      : "began below";
}

/* The columns of boundary b with most of the population at the end: shown (SHOWN); returns how many. */
static int find_columns(const dia_passages *p, int b, int *shown)
{
    const size_t row = (size_t)b * (size_t)p->ncolumn, T = (size_t)p->ntime;
    int n = 0;
    for (; n < SHOWN; n++) {
        int best = -1;
        for (int i = 0; i < p->ncolumn; i++) {
            const double x = p->last[(row + (size_t)i) * T + T - 1];
            bool taken = !(x > 0);
            for (int k = 0; k < n; k++)
                taken = taken || shown[k] == i;
            if (!taken && (best < 0 || x > p->last[(row + (size_t)best) * T + T - 1]))
                best = i;
        }
        if (best < 0)
            break;
        shown[n] = best;
    }
    return n;
}

static void write_boundary(const dia_mechanism_result *m, int b, FILE *out)
{
    const dia_passages *p = &m->passages;
    const size_t row = (size_t)b * (size_t)p->ncolumn, T = (size_t)p->ntime;
    int shown[SHOWN];
    const int n = find_columns(p, b, shown);
    fprintf(out, "\n  Population of %s%d, by the intersection it came down through last\n    time/fs     all",
            b == 0 ? "S" : "S0 to S", b);
    for (int k = 0; k < n; k++)
        fprintf(out, "  %15s", dia_mechanism_column_name(m, shown[k]));
    fprintf(out, "%s\n", n == SHOWN ? "  others" : "");
    for (int s = 0, t; (t = begin_line(m, s, "    ", out)) >= 0; s++) {
        double others = p->below[(size_t)b * T + (size_t)t];
        dia_cell(others, 7, 4, out);
        for (int k = 0; k < n; k++) {
            const size_t at = (row + (size_t)shown[k]) * T + (size_t)t;
            fprintf(out, "  %6.4f ± %6.4f", p->last[at], p->last_error[at]);
            others -= p->last[at];
        }
        if (n == SHOWN)
            dia_cell(fabs(others), 7, 4, out);
        fputc('\n', out);
    }
}

static void write_census(const dia_mechanism_result *m, FILE *out)
{
    static const char *const sources[] = {"none in the file",
                                          "of the last sample before the hop (no /hops/velocity in the file)",
                                          "at the hop, before the momentum is adjusted"};
    const dia_census *c = &m->census;
    fprintf(out, "\nThrough which intersection (%s%.3g %s)\n",
            c->assign == DIA_ASSIGN_SEARCH ? "by a search from the hop; the same within " : "the nearest, within ",
            (c->assign == DIA_ASSIGN_SEARCH ? c->same : c->limit) / length_unit(m), length_name(m));
    if (c->nrow == 0) {
        fprintf(out, "  no hops\n");
        return;
    }
    fprintf(out,
            "  hop     intersection             acc. frus. share/%% (95 %% limits) mean time/fs  quartiles/fs       "
            "dist   gap/eV E/eV  u_x   u_y   rest  v_x    v_y    in/%%\n");
    for (int i = 0; i < c->nrow; i++) {
        if (c->row[i].group[0].share.count + c->row[i].group[1].share.count == 0)
            continue;
        if (i > 0 && (c->row[i].from != c->row[i - 1].from || c->row[i].to != c->row[i - 1].to))
            fputc('\n', out);
        write_row(m, &c->row[i], out);
    }
    fprintf(out,
            "  Of accepted hops: share of that direction; medians of rms distance (%s) and gap; mean energy above "
            "the intersection; rms\n  displacement along x and y of the branching plane and across it, rms "
            "velocity along x and y (%s), %s;\n  in: share that moves towards the intersection within the plane.\n",
            length_name(m), m->swarm->molecule.dimension == 3 ? "Angstrom/fs" : "au", sources[m->swarm->source]);
    if (c->assign == DIA_ASSIGN_SEARCH)
        write_endings(m, out);
    for (int b = 0; b < m->passages.nboundary; b++)
        write_boundary(m, b, out);
}

/* ---- motion ---------------------------------------------------------------------------------- */

static void write_series_title(const dia_series *s, FILE *out)
{
    const bool named = strcmp(s->name, s->coordinate.text) != 0;
    fprintf(out, "\n%s%s%s%s/%s", s->name, named ? " = " : "", named ? s->coordinate.text : "",
            s->absolute ? " (absolute)" : "", dia_series_unit_of(s).name);
    if (s->fold != DIA_FOLD_NONE)
        fprintf(out, ", %s of %d equivalent", dia_fold_names[s->fold], s->nimage);
}

static void write_sorted(const dia_mechanism_result *m, const dia_series *s, FILE *out)
{
    const dia_series_unit unit = dia_series_unit_of(s);
    fprintf(out, "; means in ascending order\n  time/fs\n");
    for (int i = 0, t; (t = begin_line(m, i, "  ", out)) >= 0; i++) {
        for (int v = 0; v < s->nvalue && v < COLUMNS; v++)
            dia_cell(s->mean[(size_t)v * (size_t)s->ngroup * (size_t)s->ntime + (size_t)t] / unit.size, 8, unit.digits,
                     out);
        fprintf(out, "%s\n", s->nvalue > COLUMNS ? " ..." : "");
    }
}

static void write_series(const dia_mechanism_result *m, const dia_series *s, FILE *out)
{
    const dia_series_unit unit = dia_series_unit_of(s);
    write_series_title(s, out);
    if (s->nvalue > 1) {
        write_sorted(m, s, out);
        return;
    }
    fprintf(out, "\n  time/fs     mean   error      sd      5 %%     25 %%   median    75 %%     95 %%\n");
    for (int i = 0, t; (t = begin_line(m, i, "  ", out)) >= 0; i++) { /* group 0: all */
        dia_cell(s->mean[t] / unit.size, 8, unit.digits, out);
        dia_cell(s->error[t] / unit.size, 7, unit.digits, out);
        dia_cell(s->deviation[t] / unit.size, 7, unit.digits, out);
        for (int q = 0; q < DIA_SERIES_QUANTILES; q++)
            dia_cell(s->quantile[t * DIA_SERIES_QUANTILES + q] / unit.size, 8, unit.digits, out);
        fputc('\n', out);
    }
}

/* q where there is one, else Q. */
static double activity_of(const dia_activity *a, int k)
{
    return a->total[k] * (isnan(a->scale[k]) ? 1 : a->scale[k]);
}

/* The most active of those not taken; the first of modes that are equally active by symmetry. */
static int most_active(const dia_activity *a, const bool *taken)
{
    int best = -1;
    for (int k = 0; k < a->nmode; k++)
        if (!taken[k] && (best < 0 || activity_of(a, k) > activity_of(a, best) * (1 + 1e-6)))
            best = k;
    return best;
}

static void write_modes(const dia_mechanism_result *m, FILE *out)
{
    const dia_activity *a = &m->activity;
    bool *taken = calloc((size_t)a->nmode + 1, sizeof *taken);
    fprintf(out, "\nNormal modes (%s), dimensionless q (zero-point deviation 0.707), the most active first\n ",
            a->source);
    dia_members_heading(dia_mode_activity_members, out);
    fputc('\n', out);
    for (int shown = 0; taken != NULL && shown < MODES && shown < a->nmode; shown++) {
        const int best = most_active(a, taken);
        const dia_mode_activity mode = dia_activity_of_mode(a, best, m->swarm->record->time);
        taken[best] = true;
        fputc(' ', out);
        dia_members_line(dia_mode_activity_members, &mode, out);
        fputc('\n', out);
    }
    free(taken);
}

static void write_components(const dia_mechanism_result *m, FILE *out)
{
    const dia_components *c = &m->components;
    const size_t T = (size_t)c->ntime;
    double sum = 0;
    fprintf(
        out,
        "\nPrincipal components (%s, %g to %g fs)\n  number  share/%%  together  mean at start    at end  sd at end\n",
        c->weighted ? "mass-weighted, bohr u^(1/2)" : "Cartesian, bohr", c->from, c->to);
    const double unit = c->weighted ? sqrt(DIA_DALTON) : 1;
    for (int k = 0; k < c->count; k++) {
        const size_t at = (size_t)k * (size_t)c->ngroup * T;
        sum += c->share[k];
        fprintf(out, "  %6d %8.2f %9.2f %14.3f %9.3f %10.3f\n", k + 1, 100 * c->share[k], 100 * sum,
                c->average[at] / unit, c->average[at + T - 1] / unit, c->deviation[at + T - 1] / unit);
    }
}

/* ---- clusters -------------------------------------------------------------------------------- */

static void write_clusters(const dia_mechanism_result *m, FILE *out)
{
    const int most = m->settings->clusters.most;
    int frame = 0;
    for (int s = 0; s < m->clusters.nset; s++) {
        const dia_cluster_set *set = &m->clusters.set[s];
        fprintf(out,
                "\nClusters of %s geometries: %d in %d (radius %.3g %s)\n  frame  count  share/%% (95 %% limits)  "
                "mean dist  time/fs",
                set->hops ? set->name : "final", set->n, set->ncluster, m->clusters.radius / length_unit(m),
                length_name(m));
        for (int i = 0; i < m->nseries; i++)
            if (m->series[i].nvalue == 1)
                fprintf(out, "  %10.10s", m->series[i].name);
        fputc('\n', out);
        for (int k = 0; k < set->ncluster && k < most; k++, frame++) {
            const dia_cluster *c = &set->cluster[k];
            fprintf(out, "  %5d %6d %8.1f (%5.1f-%5.1f) %10.3f %8.1f", frame, c->share.count, 100 * c->share.value,
                    100 * c->share.low, 100 * c->share.high, c->mean / length_unit(m), c->time);
            for (int i = 0; i < m->nseries; i++) {
                if (m->series[i].nvalue != 1)
                    continue;
                double x;
                dia_series_values(&m->series[i], set->R + (size_t)c->centre * (size_t)m->swarm->molecule.ncart, &x);
                const dia_series_unit unit = dia_series_unit_of(&m->series[i]);
                dia_cell(x / unit.size, 11, unit.digits == 1 ? 1 : 3, out);
            }
            fputc('\n', out);
        }
        if (set->ncluster > most)
            fprintf(out, "  and %d smaller ones\n", set->ncluster - most);
    }
}

void dia_mechanism_write_text(const dia_mechanism_result *m, FILE *out)
{
    const dia_record *r = m->swarm->record;
    fprintf(out, "%s: %d trajectories, of which %d count; %d attempted hops\n", m->settings->swarm, r->ntrajectory,
            r->ncounted, r->nhop);
    int light = 0;
    for (int k = 0; k < r->nhop; k++)
        light += dia_record_by_light(r, k);
    if (light > 0)
        fprintf(out, "  %d of these hops were made by light, which needs no intersection: they are left out below\n",
                light);
    if (m->settings->has_census)
        write_census(m, out);
    for (int i = 0; i < m->nseries; i++)
        write_series(m, &m->series[i], out);
    if (m->settings->has_modes)
        write_modes(m, out);
    if (m->settings->has_components)
        write_components(m, out);
    if (m->settings->has_clusters)
        write_clusters(m, out);
}
