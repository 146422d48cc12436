/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/record.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/control.h"

const char *const dia_population_names[DIA_POPULATION_KINDS] = {"active", "electronic", "diabatic"};
const char *const dia_discarded_names[DIA_DISCARDED_WAYS] = {"leave_out", "until_end", "as_is"};

/* The extents of a swarm fit an int: dia_swarm_open sees to it. */
static void view(dia_record *record, const dia_swarm *swarm)
{
    *record = (dia_record){.swarm = record->swarm,
                           .ntime = (int)swarm->T,
                           .nstate = swarm->nstate,
                           .ntrajectory = (int)swarm->N,
                           .nhop = (int)swarm->hops.count,
                           .time = swarm->time,
                           .population = {swarm->active, swarm->electronic, swarm->diabatic},
                           .error = {swarm->active_error, swarm->electronic_error, swarm->diabatic_error},
                           .number = swarm->number,
                           .fate = swarm->fate,
                           .start = swarm->initial_state,
                           .end = swarm->end,
                           .given = swarm->weight,
                           .has_amplitudes = dia_swarm_row_size(swarm, "trajectories/amplitudes") > 0,
                           .has_energies = dia_swarm_row_size(swarm, "trajectories/energies") > 0,
                           .hop_row = swarm->hops.row,
                           .hop_time = swarm->hops.time,
                           .hop_gap = swarm->hops.gap,
                           .hop_work = swarm->hops.work,
                           .hop_from = swarm->hops.from,
                           .hop_to = swarm->hops.to,
                           .hop_accepted = swarm->hops.accepted};
}

static dia_status read_light(dia_record *record, dia_error *error)
{
    const size_t T = (size_t)record->ntime;
    int64_t settled = 0;
    if (!record->swarm->lit)
        return DIA_OK;
    record->work = dia_allocate(2 * T, sizeof *record->work);
    if (record->work == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu energies", T);
    record->work_error = record->work + T;
    const dia_status status = dia_swarm_work(record->swarm, record->work, record->work_error, &settled, error);
    record->first = record->settled = (int)settled;
    return status;
}

static dia_status read_rule(dia_record *record, dia_error *error)
{
    const char *text = record->swarm->populations;
    if (!dia_population_parse(text, &record->rule))
        return dia_error_set(
            error, DIA_ERROR_FILE,
            "%s: attribute 'populations': expected 'active', 'amplitudes, scale X' or '" DIA_POPULATION_WINDOWS
            "', found '%.60s'; the "
            "file is damaged or of a newer program",
            record->swarm->path, text);
    record->own = record->rule.amplitudes ? DIA_POPULATION_ELECTRONIC : DIA_POPULATION_ACTIVE;
    return DIA_OK;
}

dia_status dia_record_load(dia_record **record, const char *path, dia_error *error)
{
    dia_record *made = calloc(1, sizeof *made);
    *record = NULL;
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_swarm_open(&made->swarm, path, error);
    if (status == DIA_OK) {
        view(made, made->swarm);
        const size_t n = (size_t)made->ntrajectory;
        made->weight = dia_allocate(n, sizeof *made->weight);
        made->active = dia_allocate(n, (size_t)made->ntime);
        if (made->weight == NULL || made->active == NULL)
            status =
                dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %d trajectories", path, made->ntrajectory);
    }
    if (status == DIA_OK)
        status = read_rule(made, error);
    if (status == DIA_OK)
        status = read_light(made, error);
    if (status == DIA_OK)
        status = dia_swarm_active(made->swarm, 0, made->ntrajectory, made->active, error);
    if (status != DIA_OK) {
        dia_record_free(made);
        return status;
    }
    for (int j = 0; j < made->ntrajectory; j++) {
        made->weight[j] = dia_fate_counts(made->fate[j]) ? made->given[j] : 0;
        made->ncounted += made->weight[j] > 0;
    }
    *record = made;
    return DIA_OK;
}

dia_status dia_record_begin(dia_record *record, double since, dia_error *error)
{
    const double rounding = 1e-9; /* of times that are multiples of the time step */
    if (since >= record->time[record->ntime - 1])
        return dia_error_set(error, DIA_ERROR_INPUT, "since: %g fs, but %s ends at %g fs", since, record->swarm->path,
                             record->time[record->ntime - 1]);
    record->first = 0;
    while (record->time[record->first + 1] <= since + rounding)
        record->first++;
    return DIA_OK;
}

void dia_record_free(dia_record *record)
{
    if (record == NULL)
        return;
    dia_swarm_close(record->swarm);
    free(record->active);
    free(record->weight);
    free(record->work);
    free(record);
}

const char *dia_record_left_out(const dia_record *record, int row)
{
    const int8_t fate = record->fate[row];
    return dia_fate_counts(fate) ? "weight 0" : dia_fate_text(fate);
}

double dia_record_weight(const dia_record *record, int row, dia_discarded discarded)
{
    return discarded == DIA_DISCARDED_LEAVE_OUT ? record->weight[row] : record->given[row];
}

bool dia_record_present(const dia_record *record, int row, int t, dia_discarded discarded)
{
    const double rounding = 1e-9; /* of times that are multiples of the time step */
    return discarded != DIA_DISCARDED_UNTIL_END || record->weight[row] > 0 ||
           record->time[t] <= record->end[row] + rounding;
}

int dia_record_sample(const dia_record *record, int line, int last)
{
    return last > 0 ? (int)lround((double)line * (record->ntime - 1) / last) : 0;
}

dia_status dia_record_need_positions(const dia_record *record, const char *what, dia_error *error)
{
    if (dia_swarm_row_size(record->swarm, "trajectories/position") > 0)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s: holds no 'trajectories/position', which %s needs; fly the swarm with "
                         "output.trajectories: true",
                         record->swarm->path, what);
}

dia_status dia_record_walk(const dia_record *record, int n, const char *const *names, dia_record_visitor *visit,
                           void *context, dia_error *error)
{
    size_t size[DIA_RECORD_ARRAYS], width = 0;
    double *values[DIA_RECORD_ARRAYS] = {NULL};
    for (int i = 0; i < n; i++)
        width += size[i] = dia_swarm_row_size(record->swarm, names[i]);
    const int slab = (int)dia_swarm_slab(record->swarm, width);
    double *room = dia_allocate((size_t)slab * width + 1, sizeof *room), *at = room;
    if (room == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %d trajectories", record->swarm->path, slab);
    for (int i = 0; i < n; i++, at += values[i - 1] != NULL ? (size_t)slab * size[i - 1] : 0)
        values[i] = size[i] > 0 ? at : NULL;
    dia_status status = DIA_OK;
    bool more = true;
    for (int first = 0; first < record->ntrajectory && status == DIA_OK && more; first += slab) {
        if (dia_control_stopped(record->control))
            status = dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
        const int left = record->ntrajectory - first, count = left < slab ? left : slab;
        for (int i = 0; i < n && status == DIA_OK; i++)
            if (values[i] != NULL)
                status = dia_swarm_rows(record->swarm, names[i], first, count, values[i], error);
        more = status == DIA_OK && visit(context, first, count, values);
    }
    free(room);
    return status;
}

int dia_record_after(const dia_record *record, const double *since, double *share)
{
    double after = 0, flown = 0;
    int count = 0;
    for (int j = 0; j < record->ntrajectory; j++) {
        flown += record->end[j] - record->time[0];
        if (isnan(since[j]))
            continue;
        count++;
        after += fmax(0, record->end[j] - since[j]);
    }
    *share = flown > 0 ? after / flown : 0;
    return count;
}
