/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H5MD 1.1 (de Buyl, Colberg, Höfling, Comput. Phys. Commun. 185, 1546 (2014), DOI 10.1016/j.cpc.2014.01.018;
 * https://www.nongnu.org/h5md/h5md.html): one group of particles per trajectory, the energies as observables, the
 * swarm's own tables in the group /swarm. Units are those that MDAnalysis knows, as variable-length strings: it reads
 * no others. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
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
    double *observables; /* (count, M, columns) of each */
} h5md;

/* The name of the dataset is printed. */
DIA_PRINTF(7, 8)
static void put(h5md *h, dia_number number, int rank, const size_t *dims, const void *values, const char *unit,
                const char *format, ...)
{
    char name[200];
    va_list list;
    va_start(list, format);
    vsnprintf(name, sizeof name, format, list);
    va_end(list);
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

/* GROUP/NAME is what GROUP/NAME of another group is. */
static void link(h5md *h, const char *from, const char *to, const char *name)
{
    char existing[200], path[200];
    snprintf(existing, sizeof existing, "%s%s", from, name);
    snprintf(path, sizeof path, "%s%s", to, name);
    if (h->status == DIA_OK)
        h->status = dia_store_link(h->store, existing, path, h->error);
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
    const size_t dims[] = {(size_t)count};
    int64_t *steps = room(h, dims[0]);
    double *times = room(h, dims[0]);
    for (int64_t k = 0; steps != NULL && times != NULL && k < count; k++) {
        times[k] = time[k * stride];
        steps[k] = llround(times[k] / h->job->swarm->timestep);
    }
    put(h, DIA_NUMBER_INT64, 1, dims, steps, NULL, "%s/step", element);
    put(h, DIA_NUMBER_REAL, 1, dims, times, "fs", "%s/time", element);
    free(steps);
    free(times);
}

/* The common ones, of a trajectory that flew to its end. */
static void link_times(h5md *h, const char *element)
{
    link(h, COMMON, element, "/step");
    link(h, COMMON, element, "/time");
}

static void write_element(h5md *h, const char *group, const char *name, double *values, double unit,
                          const char *unit_name)
{
    char element[150];
    const size_t dims[] = {(size_t)h->t.count, (size_t)h->job->swarm->natom, 3};
    for (size_t i = 0; i < dims[0] * dims[1] * 3; i++)
        values[i] /= unit;
    snprintf(element, sizeof element, "%s/%s", group, name);
    if (h->t.count == h->count)
        link_times(h, element);
    else
        write_times(h, element, h->t.count, h->t.time, 1);
    put(h, h->job->swarm->single ? DIA_NUMBER_FLOAT : DIA_NUMBER_REAL, 3, dims, values, unit_name, "%s/value", element);
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

/* Species and masses do not change: they are stored once and linked into every group. */
static void write_atoms(h5md *h, const char *group)
{
    const dia_swarm *swarm = h->job->swarm;
    const size_t dims[] = {(size_t)swarm->natom};
    double *masses = room(h, dims[0]);
    for (int a = 0; masses != NULL && a < swarm->natom; a++)
        masses[a] = swarm->masses[a] / DIA_DALTON;
    put(h, DIA_NUMBER_INT, 1, dims, swarm->numbers, NULL, "%s/species", group);
    put(h, DIA_NUMBER_REAL, 1, dims, masses, "u", "%s/mass", group);
    free(masses);
}

static void write_particles(h5md *h, int64_t first, bool begin)
{
    char group[100], first_group[100];
    snprintf(group, sizeof group, "particles/traj_%05lld", (long long)h->t.number);
    snprintf(first_group, sizeof first_group, "particles/traj_%05lld",
             (long long)h->job->swarm->number[h->job->row[first]]);
    write_box(h, group);
    write_element(h, group, "position", h->t.position, DIA_ANGSTROM, "Angstrom");
    write_element(h, group, "velocity", h->t.velocity, VELOCITY, "Angstrom ps-1");
    if (begin) {
        write_atoms(h, group);
    } else {
        link(h, first_group, group, "/species");
        link(h, first_group, group, "/mass");
    }
    if (h->M == 1) /* the name under which MDAnalysis looks for the number of atoms */
        link(h, group, "particles/trajectory", "");
}

/* ---- observables ----------------------------------------------------------------------------- */

static const struct {
    const char *name, *unit;
    dia_number number;
    bool states; /* a number of each state */
} observables[] = {{"potential_energy", "eV", DIA_NUMBER_REAL, false}, {"kinetic_energy", "eV", DIA_NUMBER_REAL, false},
                   {"total_energy", "eV", DIA_NUMBER_REAL, false},     {"active_state", NULL, DIA_NUMBER_INT8, false},
                   {"state_energies", "eV", DIA_NUMBER_REAL, true},    {"populations", NULL, DIA_NUMBER_REAL, true},
                   {"work_of_light", "eV", DIA_NUMBER_REAL, false}};
enum { NOBSERVABLE = sizeof observables / sizeof observables[0] };

static int kept(const h5md *h) /* the last only where there was light */
{
    return NOBSERVABLE - !h->job->swarm->lit;
}

static size_t columns(const h5md *h, int o)
{
    return observables[o].states ? (size_t)h->job->swarm->nstate : 1;
}

/* The m-th trajectory's, whole: what comes after the end of one that ended early repeats its last sample. */
static void take_observables(h5md *h, int64_t m)
{
    const dia_convert_trajectory *t = &h->t;
    const double *const from[] = {t->potential, t->kinetic, NULL, t->active, t->energies, t->population, t->work};
    double *to = h->observables;
    for (int o = 0; o < kept(h); o++) {
        const size_t n = columns(h, o);
        const double unit = observables[o].unit != NULL ? DIA_EV : 1.0;
        for (int64_t k = 0; k < h->count; k++)
            for (size_t i = 0; i < n; i++)
                to[(size_t)(k * h->M + m) * n + i] = from[o] != NULL
                                                         ? from[o][(size_t)k * n + i] / unit
                                                         : t->potential[k] / DIA_EV + t->kinetic[k] / DIA_EV;
        to += (size_t)(h->count * h->M) * n;
    }
}

/* (count of frames, M, columns) each; a single trajectory without the M. */
static void write_observables(h5md *h)
{
    double *values = h->observables;
    for (int o = 0; o < kept(h); o++) {
        size_t dims[3] = {(size_t)h->count}, n = columns(h, o) * (size_t)(h->count * h->M);
        int rank = 1;
        char path[100];
        if (h->M > 1)
            dims[rank++] = (size_t)h->M;
        if (columns(h, o) > 1)
            dims[rank++] = columns(h, o);
        for (size_t i = 0; observables[o].number == DIA_NUMBER_INT8 && i < n; i++)
            ((int8_t *)values)[i] = (int8_t)values[i]; /* in place: entry i is written after it was read */
        snprintf(path, sizeof path, "observables/%s", observables[o].name);
        put(h, observables[o].number, rank, dims, values, observables[o].unit, "%s/value", path);
        if (strcmp(path, COMMON) != 0)
            link_times(h, path);
        values += n;
    }
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
    put(h, d->number, 1, dims, some, unit_name, "swarm/%s", to);
    free(some);
}

static void write_populations(h5md *h)
{
    const dia_swarm *s = h->job->swarm;
    const size_t whole[] = {(size_t)s->T, (size_t)s->nstate};
    put(h, DIA_NUMBER_REAL, 1, whole, s->time, "fs", "swarm/populations/time");
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++)
        if (strcmp(d->shape, "Tn") == 0)
            put(h, d->number, 2, whole, *(const double *const *)((const char *)s + d->member), NULL, "swarm/%s",
                d->name);
}

static void write_hops(h5md *h, int64_t first)
{
    int64_t count = 0, *row = NULL;
    if (h->status == DIA_OK)
        h->status = dia_convert_hops(h->job, first, h->M, &count, &row, h->error);
    if (h->status != DIA_OK)
        return;
    write_rows(h, "hops/trajectory", "hops/trajectory", count, row, 1.0, NULL);
    write_rows(h, "hops/time", "hops/time", count, row, 1.0, "fs");
    write_rows(h, "hops/from", "hops/from", count, row, 1.0, NULL);
    write_rows(h, "hops/to", "hops/to", count, row, 1.0, NULL);
    write_rows(h, "hops/accepted", "hops/accepted", count, row, 1.0, NULL);
    write_rows(h, "hops/gap", "hops/gap", count, row, DIA_EV, "eV");
    if (h->job->swarm->lit)
        write_rows(h, "hops/work", "hops/work", count, row, DIA_EV, "eV");
    free(row);
}

static void write_swarm(h5md *h, int64_t first)
{
    const dia_swarm *s = h->job->swarm;
    const int64_t *row = h->job->row + first;
    write_rows(h, "number", "trajectories/number", h->M, row, 1.0, NULL);
    write_rows(h, "fate", "trajectories/fate", h->M, row, 1.0, NULL);
    write_rows(h, "end", "trajectories/end", h->M, row, 1.0, "fs");
    write_rows(h, "initial_state", "initial/state", h->M, row, 1.0, NULL);
    write_rows(h, "weight", "initial/weight", h->M, row, 1.0, NULL);
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
    h->observables =
        h->status == DIA_OK ? room(h, (size_t)(h->count * h->M) * (5 + 2 * (size_t)h->job->swarm->nstate)) : NULL;
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
