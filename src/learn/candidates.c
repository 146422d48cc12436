/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/candidates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/rng.h"
#include "diabolo/intersect.h"
#include "diabolo/swarm.h"
#include "swarm/file/table.h"

const char *const dia_kind_names[DIA_KINDS] = {"hop", "gap", "seam", "frame", "near"};

void dia_candidates_free(dia_candidates *all)
{
    free(all->R);
    free(all->what);
    free(all->E);
    free(all->score);
    free(all->features);
    free(all->out);
}

static dia_status push(dia_candidates *all, int ncart, dia_kind what, const double *R, dia_error *error)
{
    if (all->n == all->room) {
        const int room = 2 * all->room + 256;
        double *more = realloc(all->R, (size_t)room * (size_t)ncart * sizeof *more);
        all->R = more != NULL ? more : all->R;
        dia_kind *kinds = realloc(all->what, (size_t)room * sizeof *kinds);
        all->what = kinds != NULL ? kinds : all->what;
        if (more == NULL || kinds == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries of a swarm", room);
        all->room = room;
    }
    all->what[all->n] = what;
    memcpy(all->R + (size_t)all->n++ * (size_t)ncart, R, (size_t)ncart * sizeof *R);
    return DIA_OK;
}

dia_status dia_course_hops(const dia_course *c, int round, dia_hops *hops, dia_error *error)
{
    char *path = NULL;
    dia_swarm *swarm = NULL;
    const size_t nc = (size_t)c->bench.molecule.ncart;
    *hops = (dia_hops){0};
    dia_status status = dia_course_path(c, round, "swarm.h5", &path, error);
    if (status == DIA_OK)
        status = dia_swarm_open_lean(&swarm, path, error);
    const int64_t count = status == DIA_OK ? swarm->hops.count : 0;
    double *all = calloc((size_t)count * nc + 1, sizeof *all);
    if (status == DIA_OK && all == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the hops of a swarm");
    if (status == DIA_OK && count > 0)
        status = dia_swarm_rows(swarm, "hops/position", 0, count, all, error);
    for (int64_t i = 0; i < count && status == DIA_OK; i++)
        if (swarm->hops.accepted[i] == 1)
            memmove(all + (size_t)hops->n++ * nc, all + (size_t)i * nc, nc * sizeof *all);
    hops->R = all;
    dia_swarm_close(swarm);
    free(path);
    return status;
}

static dia_status push_trajectory(const dia_course *c, const dia_swarm *swarm, int64_t row, int64_t stride,
                                  int64_t *counter, double *room, dia_candidates *all, dia_error *error)
{
    const int nc = c->bench.molecule.ncart, ns = swarm->nstate;
    double *E = room + (size_t)swarm->T * (size_t)nc;
    dia_status status = dia_swarm_rows(swarm, "trajectories/position", row, 1, room, error);
    if (status == DIA_OK)
        status = dia_swarm_rows(swarm, "trajectories/energies", row, 1, E, error);
    for (int64_t t = 0; t < swarm->T && swarm->time[t] <= swarm->end[row] && status == DIA_OK; t++) {
        double gap = INFINITY;
        for (int k = 1; k < c->settings.engine.states; k++)
            gap = fmin(gap, E[t * ns + k] - E[t * ns + k - 1]);
        const bool near = gap < c->settings.choose.gap && c->settings.choose.by != DIA_CHOOSE_BY_CHANCE;
        if (((*counter)++ % stride != 0 && !near) || !isfinite(E[t * ns]))
            continue;
        status = push(all, nc, near ? DIA_KIND_GAP : DIA_KIND_FRAME, room + t * nc, error);
    }
    return status;
}

static dia_status from_swarm(const dia_course *c, int round, dia_candidates *all, dia_error *error)
{
    char *path = NULL;
    dia_swarm *swarm = NULL;
    dia_status status = dia_course_path(c, round, "swarm.h5", &path, error);
    if (status == DIA_OK)
        status = dia_swarm_open(&swarm, path, error);
    double *room = status == DIA_OK
                       ? calloc((size_t)swarm->T * (size_t)(c->bench.molecule.ncart + swarm->nstate) + 1, sizeof *room)
                       : NULL;
    if (status == DIA_OK && room == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a trajectory");
    int64_t counter = 0;
    const int64_t samples = status == DIA_OK ? swarm->N * swarm->T : 0, most = c->settings.choose.frames,
                  stride = (samples + most - 1) / most;
    for (int64_t row = 0; status == DIA_OK && row < swarm->N; row++)
        status = push_trajectory(c, swarm, row, stride, &counter, room, all, error);
    free(room);
    dia_swarm_close(swarm);
    free(path);
    return status;
}

/* Intersections of the network that flew, moved off the seam: labels very close to it have no gradients. Where there are none, or
 * the search fails, there is nothing to add. */
static dia_status from_seam(dia_course *c, int round, dia_candidates *all, dia_error *error)
{
    char member[24], *text = NULL, *swarm = NULL, *file = NULL;
    size_t size = 0;
    const int nc = c->bench.molecule.ncart;
    dia_intersections *found = NULL;
    dia_error own = {0};
    snprintf(member, sizeof member, "%d", dia_course_flown(c, round));
    dia_status status = dia_course_path(c, round, "swarm.h5", &swarm, error);
    if (status == DIA_OK)
        status = dia_course_path(c, round, "seam.h5", &file, error);
    FILE *out = status == DIA_OK ? open_memstream(&text, &size) : NULL;
    if (out != NULL) {
        dia_course_write_model(c, round, member, out);
        fputs("start: {file: ", out);
        dia_option_write_text(out, swarm);
        fputs(", limit: 12, choose: farthest}\nconvergence: {iterations: 100}\noutput: {file: ", out);
        dia_option_write_text(out, file);
        fputs("}\n", out);
    }
    if (status == DIA_OK)
        status = dia_text_close(out, &text, error);
    const dia_input input = {.text = text, .directory = dia_config_directory(c->config)};
    dia_course_say(c, "round %d, intersections", round);
    const dia_status search = status == DIA_OK ? dia_intersect(&input, true, &c->control, &found, &own) : status;
    if (search == DIA_ERROR_INTERRUPTED)
        status = dia_error_set(error, search, "%s", own.text);
    else if (status == DIA_OK && search != DIA_OK)
        dia_control_note(&c->control, "no intersections to add: %s", own.text);
    for (int i = 0; status == DIA_OK && search == DIA_OK && i < found->points->npoint; i++)
        for (int copy = 0; copy < 3 && found->points->count[i] == 2 && status == DIA_OK; copy++) {
            double *R = calloc((size_t)nc, sizeof *R);
            if (R == NULL) {
                status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a geometry");
                continue;
            }
            for (int x = 0; x < nc; x++)
                R[x] = found->points->R[i * nc + x] +
                       0.03 * DIA_ANGSTROM *
                           dia_rng_normal((uint64_t)c->settings.choose.seed, 3 * (uint64_t)i + (uint64_t)copy,
                                          (uint64_t)round, DIA_PURPOSE_START, (uint32_t)x + 1);
            status = push(all, nc, DIA_KIND_SEAM, R, error);
            free(R);
        }
    dia_intersections_free(found);
    free(text);
    free(swarm);
    free(file);
    return status;
}

dia_status dia_candidates_of_swarm(dia_course *c, int round, dia_candidates *all, dia_error *error)
{
    const size_t nc = (size_t)c->bench.molecule.ncart;
    dia_hops hops = {0};
    char *path = NULL;
    dia_status status = dia_course_path(c, round, "swarm.h5", &path, error);
    const bool there = status == DIA_OK && dia_course_exists(path);
    free(path);
    if (!there)
        return status;
    status = dia_course_hops(c, round, &hops, error);
    for (int i = 0; i < hops.n && status == DIA_OK; i++)
        status = push(all, (int)nc, DIA_KIND_HOP, hops.R + (size_t)i * nc, error);
    if (status == DIA_OK)
        status = from_swarm(c, round, all, error);
    if (status == DIA_OK && c->settings.choose.seam > 0.0 && c->settings.engine.states > 1 && hops.n > 0)
        status = from_seam(c, round, all, error);
    free(hops.R);
    return status;
}

/* One of the learned geometries, each coordinate displaced (standard deviation 0.05 Angstrom). */
static void displaced(const dia_course *c, int round, int i, double *R)
{
    enum { APART = 1 << 20 }; /* numbers of its own: the seam has others */
    const uint64_t seed = (uint64_t)c->settings.choose.seed, number = APART + (uint64_t)i;
    const size_t nc = (size_t)c->bench.molecule.ncart,
                 from =
                     (size_t)dia_rng_integer(seed, number, (uint64_t)round, DIA_PURPOSE_START, 0, (uint64_t)c->data.n);
    for (size_t x = 0; x < nc; x++)
        R[x] = c->data.R[from * nc + x] +
               0.05 * DIA_ANGSTROM * dia_rng_normal(seed, number, (uint64_t)round, DIA_PURPOSE_START, (uint32_t)x + 1);
}

dia_status dia_candidates_near(const dia_course *c, int round, int n, dia_candidates *all, dia_error *error)
{
    const size_t nc = (size_t)c->bench.molecule.ncart, natom = (size_t)c->bench.molecule.natom,
                 width = natom * (natom - 1) / 2;
    double *R = calloc(nc, sizeof *R);
    all->score = calloc((size_t)n + 1, sizeof *all->score);
    all->features = calloc((size_t)n * width + 1, sizeof *all->features);
    all->out = calloc((size_t)n + 1, sizeof *all->out);
    dia_status status = R != NULL && all->score != NULL && all->features != NULL && all->out != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries", n);
    for (int i = 0; i < n && status == DIA_OK && c->data.n > 0; i++) {
        displaced(c, round, i, R);
        status = push(all, (int)nc, DIA_KIND_NEAR, R, error);
        if (status == DIA_OK)
            dia_points_features((int)natom, c->bench.molecule.numbers, R, all->features + (size_t)i * width);
        all->out[i] = !dia_course_sane(c, R, -INFINITY); /* of the energy networks know nothing there */
    }
    free(R);
    return status;
}
