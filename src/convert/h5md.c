/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H5MD 1.1 (de Buyl, Colberg, Höfling, Comput. Phys. Commun. 185, 1546 (2014), DOI 10.1016/j.cpc.2014.01.018;
 * https://www.nongnu.org/h5md/h5md.html): one group of particles per trajectory, the energies as observables, the
 * swarm's own tables in the group /swarm. Units are those that MDAnalysis knows, as variable-length strings: it reads
 * no others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "store/store.h"
#include "swarm/file/table.h"

/* Angstrom/ps -> atomic units. Not per fs: MDAnalysis before the correction of its issue 5051 (2025) converts "Angstrom
 * fs-1" with the inverse factor. */
#define VELOCITY (DIA_ANGSTROM / (1e3 * DIA_FEMTOSECOND))
#define COMMON "observables/potential_energy" /* has the step and time that others link to */

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

/* Room for so many numbers; NULL, and the status says so: no memory. */
static void *room(h5md *h, size_t count)
{
    void *memory = malloc((count + 1) * sizeof(double));
    if (memory == NULL)
        h->status = dia_error_set(h->error, DIA_ERROR_MEMORY, "%s: no memory for %zu numbers", h->job->in, count);
    return memory;
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

/* Step and time of an element; time (count * stride) fs. */
static void write_times(h5md *h, const char *element, int64_t count, const double *time, int64_t stride)
{
    char step_name[200], time_name[200];
    const size_t dims[] = {(size_t)count};
    int64_t *steps = room(h, dims[0]);
    double *times = room(h, dims[0]);
    for (int64_t k = 0; steps != NULL && times != NULL && k < count; k++) {
        times[k] = time[k * stride];
        steps[k] = llround(times[k] / h->job->swarm->timestep);
    }
    snprintf(step_name, sizeof step_name, "%s/step", element);
    snprintf(time_name, sizeof time_name, "%s/time", element);
    put(h, step_name, DIA_NUMBER_INT64, 1, dims, steps, NULL);
    put(h, time_name, DIA_NUMBER_REAL, 1, dims, times, "fs");
    free(steps);
    free(times);
}

/* The common ones, of a trajectory that flew to its end. */
static void link_times(h5md *h, const char *element)
{
    char name[200];
    snprintf(name, sizeof name, "%s/step", element);
    link(h, COMMON "/step", name);
    snprintf(name, sizeof name, "%s/time", element);
    link(h, COMMON "/time", name);
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
    if (h->t.count == h->count)
        link_times(h, element);
    else
        write_times(h, element, h->t.count, h->t.time, 1);
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
    double *masses = room(h, (size_t)swarm->natom);
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
    double *values = room(h, rows * columns);
    int8_t *small = (int8_t *)values; /* narrowed in place: entry i is written after it was read */
    if (values == NULL)
        return;
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
    snprintf(path, sizeof path, "observables/%s", name);
    if (strcmp(path, COMMON) != 0)
        link_times(h, path);
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

/* ---- the swarm's own tables ------------------------------------------------------------------ */

/* Entries of an array of the swarm (swarm/file/table.h), by their rows, in the unit of that table, or divided by `unit`. */
static void write_rows(h5md *h, const char *to, const char *from, int64_t count, const int64_t *row, double unit,
                       const char *unit_name)
{
    const dia_swarm_dataset *d = dia_swarm_dataset_find(from);
    const size_t dims[] = {(size_t)count}, size = d->number == DIA_NUMBER_INT8 ? 1 : 8;
    const char *values = *(const char *const *)((const char *)h->job->swarm + d->member);
    char *some = room(h, dims[0]);
    for (int64_t i = 0; some != NULL && i < count; i++)
        memcpy(some + (size_t)i * size, values + (size_t)row[i] * size, size);
    for (int64_t i = 0; some != NULL && unit != 1.0 && i < count; i++)
        ((double *)some)[i] /= unit;
    put(h, to, d->number, 1, dims, some, unit_name);
    free(some);
}

static void write_populations(h5md *h)
{
    const dia_swarm *s = h->job->swarm;
    const size_t whole[] = {(size_t)s->T, (size_t)s->nstate};
    put(h, "swarm/populations/time", DIA_NUMBER_REAL, 1, whole, s->time, "fs");
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++) {
        char name[100];
        snprintf(name, sizeof name, "swarm/%s", d->name);
        if (strcmp(d->shape, "Tn") == 0)
            put(h, name, d->number, 2, whole, *(const double *const *)((const char *)s + d->member), NULL);
    }
}

static void write_hops(h5md *h, int64_t first)
{
    int64_t count = 0, *row = NULL;
    if (h->status == DIA_OK)
        h->status = dia_convert_hops(h->job, first, h->M, &count, &row, h->error);
    if (h->status != DIA_OK)
        return;
    write_rows(h, "swarm/hops/trajectory", "hops/trajectory", count, row, 1.0, NULL);
    write_rows(h, "swarm/hops/time", "hops/time", count, row, 1.0, "fs");
    write_rows(h, "swarm/hops/from", "hops/from", count, row, 1.0, NULL);
    write_rows(h, "swarm/hops/to", "hops/to", count, row, 1.0, NULL);
    write_rows(h, "swarm/hops/accepted", "hops/accepted", count, row, 1.0, NULL);
    write_rows(h, "swarm/hops/gap", "hops/gap", count, row, DIA_EV, "eV");
    free(row);
}

static void write_swarm(h5md *h, int64_t first)
{
    const dia_swarm *s = h->job->swarm;
    const int64_t *row = h->job->row + first;
    write_rows(h, "swarm/number", "trajectories/number", h->M, row, 1.0, NULL);
    write_rows(h, "swarm/fate", "trajectories/fate", h->M, row, 1.0, NULL);
    write_rows(h, "swarm/end", "trajectories/end", h->M, row, 1.0, "fs");
    write_rows(h, "swarm/initial_state", "initial/state", h->M, row, 1.0, NULL);
    write_rows(h, "swarm/weight", "initial/weight", h->M, row, 1.0, NULL);
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
    h->observables = h->status == DIA_OK ? room(h, (size_t)(h->count * h->M) * width(h)) : NULL;
    if (h->status == DIA_OK) {
        write_head(h);
        write_times(h, COMMON, h->count, h->job->swarm->time, h->job->stride); /* before anything that links to it */
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
