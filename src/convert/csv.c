/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as comma-separated values (RFC 4180: a header line, lines end with CR LF). Column names carry their unit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "convert/convert.h"

typedef struct table {
    const char *name;
    bool full; /* wants the recorded trajectories */
    bool each; /* can be made for some trajectories, or a file for each */
    bool time; /* has samples: takes --every                            */
    dia_convert_text *write;
} table;

static void header(FILE *file, int nstate, const char *prefix, const char *suffix)
{
    for (int k = 0; k < nstate; k++)
        fprintf(file, ",%s%d%s", prefix, k, suffix);
}

/* NaN is an empty field: what is not known. */
static void number(FILE *file, double value, const char *format)
{
    fputc(',', file);
    if (!isnan(value))
        fprintf(file, format, value);
}

/* ---- tables ---------------------------------------------------------------------------------- */

static dia_status populations(FILE *file, const dia_convert_job *job, int64_t first, int64_t count,
                              dia_convert_trajectory *t, int64_t *rows, dia_error *error)
{
    const dia_swarm *s = job->swarm;
    const double *const columns[] = {s->active,           s->active_error, s->electronic,
                                     s->electronic_error, s->diabatic,     s->diabatic_error};
    static const char *const names[] = {"active_S",           "active_error_S", "electronic_S",
                                        "electronic_error_S", "diabatic_",      "diabatic_error_"};
    (void)first, (void)count, (void)t, (void)error;
    fputs("time_fs", file);
    for (int c = 0; c < 6; c++)
        header(file, s->nstate, names[c], "");
    fputs("\r\n", file);
    for (int64_t k = 0; k < s->T; k += job->stride, ++*rows) {
        fprintf(file, "%.10g", s->time[k]);
        for (int c = 0; c < 6; c++)
            for (int i = 0; i < s->nstate; i++)
                number(file, columns[c][k * s->nstate + i], "%.10g");
        fputs("\r\n", file);
    }
    return DIA_OK;
}

static dia_status hops(FILE *file, const dia_convert_job *job, int64_t first, int64_t count, dia_convert_trajectory *t,
                       int64_t *rows, dia_error *error)
{
    const dia_swarm_hops *h = &job->swarm->hops;
    int64_t *hop = NULL;
    (void)t;
    dia_status status = dia_convert_hops(job, first, count, rows, &hop, error);
    fputs("trajectory,time_fs,from_state,to_state,accepted,gap_eV,kinetic_before_eV,kinetic_after_eV", file);
    fputs(job->swarm->lit ? ",work_eV\r\n" : "\r\n", file);
    for (int64_t i = 0; status == DIA_OK && i < *rows; i++) {
        const int64_t k = hop[i];
        fprintf(file, "%lld,%.10g,%d,%d,%d", (long long)h->trajectory[k], h->time[k], h->from[k], h->to[k],
                h->accepted[k]);
        number(file, h->gap[k] / DIA_EV, "%.10g");
        number(file, h->kinetic_before[k] / DIA_EV, "%.10g");
        number(file, h->kinetic_after[k] / DIA_EV, "%.10g");
        if (job->swarm->lit)
            number(file, h->work[k] / DIA_EV, "%.10g");
        fputs("\r\n", file);
    }
    free(hop);
    return status;
}

static dia_status energies(FILE *file, const dia_convert_job *job, int64_t first, int64_t count,
                           dia_convert_trajectory *t, int64_t *rows, dia_error *error)
{
    dia_status status = DIA_OK;
    const int n = job->swarm->nstate;
    const bool lit = job->swarm->lit;
    fputs("trajectory,time_fs,state,potential_eV,kinetic_eV,total_eV", file);
    fputs(lit ? ",work_eV" : "", file);
    header(file, n, "energy_S", "_eV");
    header(file, n, "population_S", "");
    fputs("\r\n", file);
    for (int64_t i = first; status == DIA_OK && i < first + count; i++) {
        status = dia_convert_trajectory_read(t, job, i, false, error);
        for (int64_t k = 0; status == DIA_OK && k < t->count; k++, ++*rows) {
            fprintf(file, "%lld,%.10g,%d", (long long)t->number, t->time[k], (int)t->active[k]);
            number(file, t->potential[k] / DIA_EV, "%.10f");
            number(file, t->kinetic[k] / DIA_EV, "%.10f");
            number(file, (t->potential[k] + t->kinetic[k] - (lit ? t->work[k] : 0.0)) / DIA_EV, "%.10f");
            if (lit)
                number(file, t->work[k] / DIA_EV, "%.10f");
            for (int s = 0; s < n; s++)
                number(file, t->energies[k * n + s] / DIA_EV, "%.10f");
            for (int s = 0; s < n; s++)
                number(file, t->population[k * n + s], "%.10g");
            fputs("\r\n", file);
        }
    }
    return status;
}

static dia_status trajectories(FILE *file, const dia_convert_job *job, int64_t first, int64_t count,
                               dia_convert_trajectory *t, int64_t *rows, dia_error *error)
{
    const dia_swarm *s = job->swarm;
    (void)t, (void)error;
    fputs("trajectory,initial_state,weight,fate,end_fs,energy_drift_eV\r\n", file);
    for (int64_t i = first; i < first + count; i++, ++*rows) {
        const int64_t j = job->row[i];
        fprintf(file, "%lld,%d,%.17g,%s", (long long)s->number[j], s->initial_state[j], s->weight[j],
                dia_fate_text(s->fate[j]));
        number(file, s->end[j], "%.10g");
        number(file, s->drift[j] / DIA_EV, "%.10g");
        fputs("\r\n", file);
    }
    return DIA_OK;
}

static const table tables[] = {{"populations", false, false, true, populations},
                               {"hops", false, true, false, hops},
                               {"energies", true, true, true, energies},
                               {"trajectories", false, true, false, trajectories}};
enum { NTABLE = sizeof tables / sizeof tables[0] };

/* ---- which table ----------------------------------------------------------------------------- */

/* "out/hops.csv" is a table of hops unless --table says otherwise; any other name means the populations. */
static const table *by_path(const char *path)
{
    const char *slash = strrchr(path, '/'), *stem = slash != NULL ? slash + 1 : path;
    for (int i = 0; i < NTABLE; i++) {
        const size_t length = strlen(tables[i].name);
        if (strncmp(stem, tables[i].name, length) == 0 && (stem[length] == '.' || stem[length] == '\0'))
            return &tables[i];
    }
    return &tables[0];
}

static dia_status choose(const dia_convert_job *job, const table **chosen, dia_error *error)
{
    const char *names[NTABLE + 1] = {NULL}, *name = job->options->table;
    *chosen = name == NULL ? by_path(job->out) : NULL;
    for (int i = 0; name != NULL && i < NTABLE; i++) {
        names[i] = tables[i].name;
        if (strcmp(name, tables[i].name) == 0)
            *chosen = &tables[i];
    }
    const table *t = *chosen;
    if (t == NULL) {
        const char *near = dia_text_nearest(name, names);
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "--table: there is no table '%s'%s%s%s; there are populations, hops, energies, trajectories", name,
            near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "");
    }
    if (!t->each && (job->split || job->options->trajectories != NULL))
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "the table of %s is of the whole swarm: leave out --trajectory and {trajectory}, or choose "
            "--table energies",
            t->name);
    if (!t->time && job->options->every != 0.0)
        return dia_error_set(error, DIA_ERROR_INPUT, "the table of %s has no samples: leave out --every", t->name);
    if (t->full && (dia_swarm_row_size(job->swarm, "trajectories/energies") == 0 ||
                    dia_swarm_row_size(job->swarm, "trajectories/amplitudes") == 0))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: holds no energies of trajectories, it was flown with output.trajectories: false",
                             job->in);
    return DIA_OK;
}

static dia_status swarm(const dia_convert_job *job, dia_error *error)
{
    const table *t = NULL;
    dia_status status = choose(job, &t, error);
    return status == DIA_OK ? dia_convert_texts(job, t->full, t->write, error) : status;
}

const dia_convert_format dia_convert_format_csv = {.name = "csv",
                                                   .suffixes = ".csv",
                                                   .summary = "tables of populations, hops, energies, trajectories",
                                                   .tables = true,
                                                   .swarm = swarm};
