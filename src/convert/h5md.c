/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H5MD 1.1 (de Buyl, Colberg, Höfling, Comput. Phys. Commun. 185, 1546 (2014), DOI 10.1016/j.cpc.2014.01.018;
 * https://www.nongnu.org/h5md/h5md.html): one group of particles per trajectory, the energies as observables, the
 * swarm's own tables in the group /swarm. Units are those that MDAnalysis knows, as variable-length strings: it reads
 * no others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convert/formats.h"
#include "store/store.h"

/* Angstrom/ps -> atomic units. Not per fs: MDAnalysis before the correction of its issue 5051 (2025) converts "Angstrom
 * fs-1" with the inverse factor. */
#define VELOCITY (DIA_ANGSTROM / (1e3 * DIA_FEMTOSECOND))

typedef struct h5md {
    const dia_convert_job *job;
    dia_store *store;
    dia_error *error;
    dia_status status; /* writes after a failure are skipped: a list of writes needs one check */
    dia_convert_trajectory t;
    int64_t M, count;    /* trajectories in this file; frames of one that flew to the end */
    double *observables; /* (count, M, 4 + 2 nstate) */
} h5md;

static void put(h5md *h, const char *name, dia_number number, int rank, const size_t *dims, const void *values,
                const char *unit)
{
    if (h->status == DIA_OK)
        h->status = dia_store_write(h->store, name, number, rank, dims, values, unit, h->error);
}

static void link(h5md *h, const char *existing, const char *name)
{
    if (h->status == DIA_OK)
        h->status = dia_store_link(h->store, existing, name, h->error);
}

static void put_text(h5md *h, const char *object, const char *name, const char *text)
{
    if (h->status == DIA_OK)
        h->status = dia_store_set_text(h->store, object, name, text, h->error);
}

static void put_version(h5md *h, const char *object, int major, int minor)
{
    if (h->status == DIA_OK)
        h->status = dia_store_set_ints(h->store, object, "version", 2, (const int[]){major, minor}, h->error);
}

static void write_head(h5md *h)
{
    const char *author = h->job->options->author;
    put_version(h, "h5md", 1, 1);
    put_text(h, "h5md/author", "name", author != NULL ? author : "not given");
    put_text(h, "h5md/creator", "name", "diabolo");
    put_text(h, "h5md/creator", "version", dia_version());
    put_version(h, "h5md/modules/units", 1, 0);
    put_text(h, "h5md/modules/units", "system", "SI");
}

/* ---- particles ------------------------------------------------------------------------------- */

/* The axes of a trajectory that flew to its end are the common ones; a shorter one has its own. */
static void write_axes(h5md *h, const char *element)
{
    char step[200], time[200];
    snprintf(step, sizeof step, "%s/step", element);
    snprintf(time, sizeof time, "%s/time", element);
    if (h->t.count == h->count) {
        link(h, "observables/potential_energy/step", step);
        link(h, "observables/potential_energy/time", time);
        return;
    }
    const size_t dims[] = {(size_t)h->t.count};
    int64_t *steps = malloc((dims[0] + 1) * sizeof *steps);
    if (steps == NULL) {
        h->status = dia_error_set(h->error, DIA_ERROR_MEMORY, "no memory for %zu steps", dims[0]);
        return;
    }
    for (size_t k = 0; k < dims[0]; k++)
        steps[k] = llround(h->t.time[k] / h->job->swarm->timestep);
    put(h, step, DIA_NUMBER_INT64, 1, dims, steps, NULL);
    put(h, time, DIA_NUMBER_REAL, 1, dims, h->t.time, "fs");
    free(steps);
}

static void write_element(h5md *h, const char *group, const char *name, double *values, double unit,
                          const char *unit_name)
{
    char element[150], value[200];
    const dia_swarm *swarm = h->job->swarm;
    const size_t dims[] = {(size_t)h->t.count, (size_t)swarm->natom, 3};
    for (size_t i = 0; i < dims[0] * dims[1] * 3; i++)
        values[i] /= unit;
    snprintf(element, sizeof element, "%s/%s", group, name);
    snprintf(value, sizeof value, "%s/value", element);
    write_axes(h, element);
    put(h, value, h->job->swarm->single ? DIA_NUMBER_FLOAT : DIA_NUMBER_REAL, 3, dims, values, unit_name);
}

/* Data that do not change are stored once and linked into every group. */
static void write_constant(h5md *h, const char *group, const char *name, dia_number number, const void *values,
                           const char *unit, bool first, const char *first_group)
{
    char path[200], existing[200];
    const size_t dims[] = {(size_t)h->job->swarm->natom};
    snprintf(path, sizeof path, "%s/%s", group, name);
    snprintf(existing, sizeof existing, "%s/%s", first_group, name);
    if (first)
        put(h, path, number, 1, dims, values, unit);
    else
        link(h, existing, path);
}

static void write_box(h5md *h, const char *group)
{
    char box[150];
    snprintf(box, sizeof box, "%s/box", group);
    if (h->status == DIA_OK)
        h->status = dia_store_set_int(h->store, box, "dimension", 3, h->error);
    if (h->status == DIA_OK)
        h->status =
            dia_store_set_texts(h->store, box, "boundary", 3, (const char *const[]){"none", "none", "none"}, h->error);
}

static void write_particles(h5md *h, int64_t first, bool begin)
{
    const dia_swarm *swarm = h->job->swarm;
    char group[100], first_group[100];
    snprintf(group, sizeof group, "particles/traj_%05lld", (long long)h->t.number);
    snprintf(first_group, sizeof first_group, "particles/traj_%05lld", (long long)swarm->number[h->job->row[first]]);
    double *masses = malloc((size_t)swarm->natom * sizeof *masses);
    if (masses == NULL)
        h->status = dia_error_set(h->error, DIA_ERROR_MEMORY, "no memory for %d masses", swarm->natom);
    for (int a = 0; masses != NULL && a < swarm->natom; a++)
        masses[a] = swarm->masses[a] / DIA_DALTON;
    write_box(h, group);
    write_element(h, group, "position", h->t.position, DIA_ANGSTROM, "Angstrom");
    write_element(h, group, "velocity", h->t.velocity, VELOCITY, "Angstrom ps-1");
    write_constant(h, group, "species", DIA_NUMBER_INT, swarm->numbers, NULL, begin, first_group);
    write_constant(h, group, "mass", DIA_NUMBER_REAL, masses, "u", begin, first_group);
    if (h->M == 1) /* the name under which MDAnalysis looks for the number of atoms */
        link(h, group, "particles/trajectory");
    free(masses);
}

/* ---- observables ----------------------------------------------------------------------------- */

enum { POTENTIAL, KINETIC, TOTAL, ACTIVE, NSCALAR };

static size_t width(const h5md *h)
{
    return NSCALAR + 2 * (size_t)h->job->swarm->nstate;
}

/* The m-th trajectory's, whole: what comes after the end of one that ended early repeats its last sample. */
static void take_observables(h5md *h, int64_t m)
{
    const size_t n = (size_t)h->job->swarm->nstate;
    const dia_convert_trajectory *t = &h->t;
    for (int64_t k = 0; k < h->count; k++) {
        double *to = h->observables + (size_t)(k * h->M + m) * width(h);
        to[POTENTIAL] = t->potential[k] / DIA_EV;
        to[KINETIC] = t->kinetic[k] / DIA_EV;
        to[TOTAL] = to[POTENTIAL] + to[KINETIC];
        to[ACTIVE] = t->active[k];
        for (size_t i = 0; i < n; i++) {
            to[NSCALAR + i] = t->energies[(size_t)k * n + i] / DIA_EV;
            to[NSCALAR + n + i] = t->population[(size_t)k * n + i];
        }
    }
}

/* Columns first .. first+count-1 of the table as (count of frames, M, count); a single trajectory without the M. */
static void write_observable(h5md *h, const char *name, dia_number number, size_t first, size_t columns,
                             const char *unit)
{
    char path[100];
    const size_t rows = (size_t)(h->count * h->M);
    double *values = malloc((rows * columns + 1) * sizeof *values);
    int8_t *small = (int8_t *)values; /* narrowed in place: entry i is written after it was read */
    if (values == NULL) {
        h->status = dia_error_set(h->error, DIA_ERROR_MEMORY, "no memory for %zu values of %s", rows * columns, name);
        return;
    }
    for (size_t r = 0; r < rows; r++)
        memcpy(values + r * columns, h->observables + r * width(h) + first, columns * sizeof *values);
    for (size_t i = 0; number == DIA_NUMBER_INT8 && i < rows * columns; i++)
        small[i] = (int8_t)values[i];
    size_t dims[3] = {(size_t)h->count};
    int rank = 1;
    if (h->M > 1)
        dims[rank++] = (size_t)h->M;
    if (columns > 1)
        dims[rank++] = columns;
    snprintf(path, sizeof path, "observables/%s/value", name);
    put(h, path, number, rank, dims, values, unit);
    free(values);
    if (strcmp(name, "potential_energy") == 0)
        return; /* it has the axes themselves */
    snprintf(path, sizeof path, "observables/%s/step", name);
    link(h, "observables/potential_energy/step", path);
    snprintf(path, sizeof path, "observables/%s/time", name);
    link(h, "observables/potential_energy/time", path);
}

static void write_observables(h5md *h)
{
    const size_t n = (size_t)h->job->swarm->nstate;
    write_observable(h, "potential_energy", DIA_NUMBER_REAL, POTENTIAL, 1, "eV");
    write_observable(h, "kinetic_energy", DIA_NUMBER_REAL, KINETIC, 1, "eV");
    write_observable(h, "total_energy", DIA_NUMBER_REAL, TOTAL, 1, "eV");
    write_observable(h, "active_state", DIA_NUMBER_INT8, ACTIVE, 1, NULL);
    write_observable(h, "state_energies", DIA_NUMBER_REAL, NSCALAR, n, "eV");
    write_observable(h, "populations", DIA_NUMBER_REAL, NSCALAR + n, n, NULL);
}

/* The common axes, before anything that has a link to them. */
static void write_common_axes(h5md *h)
{
    const dia_swarm *swarm = h->job->swarm;
    const size_t dims[] = {(size_t)h->count};
    int64_t *steps = malloc((dims[0] + 1) * sizeof *steps);
    double *times = malloc((dims[0] + 1) * sizeof *times);
    if (steps != NULL && times != NULL) {
        for (int64_t k = 0; k < h->count; k++) {
            times[k] = swarm->time[k * h->job->stride];
            steps[k] = llround(times[k] / swarm->timestep);
        }
        put(h, "observables/potential_energy/step", DIA_NUMBER_INT64, 1, dims, steps, NULL);
        put(h, "observables/potential_energy/time", DIA_NUMBER_REAL, 1, dims, times, "fs");
    } else {
        h->status = dia_error_set(h->error, DIA_ERROR_MEMORY, "no memory for %zu times", dims[0]);
    }
    free(steps);
    free(times);
}

/* ---- the swarm's own tables ------------------------------------------------------------------ */

/* Rows chosen of an array (N) of the swarm. */
static void write_chosen(h5md *h, const char *name, dia_number number, size_t size, const void *values, int64_t first,
                         const char *unit)
{
    const size_t dims[] = {(size_t)h->M};
    char *some = malloc((dims[0] + 1) * size);
    if (some == NULL) {
        h->status = dia_error_set(h->error, DIA_ERROR_MEMORY, "no memory for %zu trajectories", dims[0]);
        return;
    }
    for (int64_t m = 0; m < h->M; m++)
        memcpy(some + (size_t)m * size, (const char *)values + (size_t)h->job->row[first + m] * size, size);
    put(h, name, number, 1, dims, some, unit);
    free(some);
}

static void write_populations(h5md *h)
{
    const dia_swarm *s = h->job->swarm;
    const size_t whole[] = {(size_t)s->T, (size_t)s->nstate};
    put(h, "swarm/populations/time", DIA_NUMBER_REAL, 1, whole, s->time, "fs");
    put(h, "swarm/populations/active", DIA_NUMBER_REAL, 2, whole, s->active, NULL);
    put(h, "swarm/populations/active_error", DIA_NUMBER_REAL, 2, whole, s->active_error, NULL);
    put(h, "swarm/populations/electronic", DIA_NUMBER_REAL, 2, whole, s->electronic, NULL);
    put(h, "swarm/populations/electronic_error", DIA_NUMBER_REAL, 2, whole, s->electronic_error, NULL);
    put(h, "swarm/populations/diabatic", DIA_NUMBER_REAL, 2, whole, s->diabatic, NULL);
    put(h, "swarm/populations/diabatic_error", DIA_NUMBER_REAL, 2, whole, s->diabatic_error, NULL);
}

typedef struct hop_columns { /* (count) each */
    int64_t *trajectory;
    double *time, *gap;
    int8_t *from, *to, *accepted;
} hop_columns;

static void take_hops(const dia_swarm_hops *hops, size_t count, const int64_t *chosen, const hop_columns *c)
{
    for (size_t i = 0; i < count; i++) {
        const int64_t k = chosen[i];
        c->trajectory[i] = hops->trajectory[k];
        c->time[i] = hops->time[k];
        c->gap[i] = hops->gap[k] / DIA_EV;
        c->from[i] = hops->from[k];
        c->to[i] = hops->to[k];
        c->accepted[i] = hops->accepted[k];
    }
}

static void write_hops(h5md *h, int64_t first)
{
    int64_t count = 0, *chosen = NULL;
    if (h->status == DIA_OK)
        h->status = dia_convert_hops(h->job, first, h->M, &count, &chosen, h->error);
    if (h->status != DIA_OK)
        return;
    const size_t K = (size_t)count, dims[] = {K};
    char *block = malloc((K + 1) * (sizeof(int64_t) + 2 * sizeof(double) + 3));
    if (block == NULL) {
        free(chosen);
        h->status = dia_error_set(h->error, DIA_ERROR_MEMORY, "no memory for %zu hops", K);
        return;
    }
    hop_columns c = {.trajectory = (int64_t *)block};
    c.time = (double *)(c.trajectory + K + 1);
    c.gap = c.time + K + 1;
    c.from = (int8_t *)(c.gap + K + 1);
    c.to = c.from + K + 1;
    c.accepted = c.to + K + 1;
    take_hops(&h->job->swarm->hops, K, chosen, &c);
    put(h, "swarm/hops/trajectory", DIA_NUMBER_INT64, 1, dims, c.trajectory, NULL);
    put(h, "swarm/hops/time", DIA_NUMBER_REAL, 1, dims, c.time, "fs");
    put(h, "swarm/hops/from", DIA_NUMBER_INT8, 1, dims, c.from, NULL);
    put(h, "swarm/hops/to", DIA_NUMBER_INT8, 1, dims, c.to, NULL);
    put(h, "swarm/hops/accepted", DIA_NUMBER_INT8, 1, dims, c.accepted, NULL);
    put(h, "swarm/hops/gap", DIA_NUMBER_REAL, 1, dims, c.gap, "eV");
    free(block);
    free(chosen);
}

static void write_swarm(h5md *h, int64_t first)
{
    const dia_swarm *s = h->job->swarm;
    write_chosen(h, "swarm/number", DIA_NUMBER_INT64, sizeof *s->number, s->number, first, NULL);
    write_chosen(h, "swarm/fate", DIA_NUMBER_INT8, sizeof *s->fate, s->fate, first, NULL);
    write_chosen(h, "swarm/end", DIA_NUMBER_REAL, sizeof *s->end, s->end, first, "fs");
    write_chosen(h, "swarm/initial_state", DIA_NUMBER_INT8, sizeof *s->initial_state, s->initial_state, first, NULL);
    write_chosen(h, "swarm/weight", DIA_NUMBER_REAL, sizeof *s->weight, s->weight, first, NULL);
    write_hops(h, first);
    if (h->M == s->N) /* data of the whole swarm go into a file of the whole swarm */
        write_populations(h);
    put_text(h, "swarm", "model_digest", s->model_digest);
    put_text(h, "swarm", "method", s->method);
    put_text(h, "swarm", "input", s->resolved);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Each trajectory is written twice: whole for the observables, then up to its end for the particles. */
static int64_t write_trajectories(h5md *h, int64_t first)
{
    int64_t frames = 0;
    for (int64_t m = 0; h->status == DIA_OK && m < h->M; m++) {
        h->status = dia_convert_trajectory_read(&h->t, h->job, first + m, true, h->error);
        if (h->status == DIA_OK)
            take_observables(h, m);
        if (h->status == DIA_OK)
            h->status = dia_convert_trajectory_read(&h->t, h->job, first + m, false, h->error);
        if (h->status == DIA_OK)
            write_particles(h, first, m == 0);
        frames += h->t.count;
    }
    return frames;
}

static dia_status write_file(h5md *h, int64_t first, int64_t count)
{
    char path[4096];
    int64_t frames = 0;
    h->M = count;
    h->status = dia_convert_path(h->job, h->job->swarm->number[h->job->row[first]], sizeof path, path, h->error);
    if (h->status == DIA_OK)
        h->status = dia_store_create(&h->store, path, h->error);
    h->observables = malloc(((size_t)(h->count * h->M) * width(h) + 1) * sizeof *h->observables);
    if (h->status == DIA_OK && h->observables == NULL)
        h->status =
            dia_error_set(h->error, DIA_ERROR_MEMORY, "%s: no memory for %lld trajectories", path, (long long)h->M);
    if (h->status == DIA_OK) {
        write_head(h);
        write_common_axes(h);
        frames = write_trajectories(h, first);
        write_observables(h);
        write_swarm(h, first);
    }
    free(h->observables);
    if (h->status == DIA_OK)
        h->status = dia_store_commit(&h->store, h->error);
    if (h->status == DIA_OK)
        dia_convert_count(h->job, path, frames);
    dia_store_close(&h->store);
    return h->status;
}

static dia_status swarm(const dia_convert_job *job, dia_error *error)
{
    h5md h = {.job = job, .error = error, .count = (job->swarm->T + job->stride - 1) / job->stride};
    dia_status status = dia_convert_trajectory_init(&h.t, job, error);
    const int64_t each = job->split ? 1 : job->nrow;
    for (int64_t i = 0; status == DIA_OK && i < job->nrow; i += each)
        status = write_file(&h, i, each);
    dia_convert_trajectory_free(&h.t);
    return status;
}

const dia_convert_format dia_convert_format_h5md = {.name = "h5md",
                                                    .suffixes = ".h5md",
                                                    .summary = "H5MD 1.1, for MDAnalysis and h5py",
                                                    .atoms = true,
                                                    .author = true,
                                                    .swarm = swarm};
