/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first geometries, where there is nothing but one: minimum and normal modes of S0 by the engine's gradients, then its vibrations,
 * turned about bonds, stretched and pressed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "base/machine.h"
#include "base/rng.h"
#include "learn/course.h"
#include "learn/process.h"
#include "math/vector.h"
#include "molecule/oscillators.h"
#include "molecule/radii.h"

/* ---- minimum and modes ----------------------------------------------------------------------- */

enum { TASKS = 20000, CHAIN = 2000 /* most of them that keep a wave function: the first */ };

typedef struct walk { /* tasks one after the other, each noted before it is used */
    dia_course *c;
    dia_journal *journal;
    int n;                     /* tasks up to now                                               */
    bool chain;                /* each starts from the wave function of the one before          */
    char last[DIA_START_NAME]; /* wave function to start from; "": none                         */
    dia_status status;
    dia_error *error;
} walk;

static void name_of(int i, char *name)
{
    snprintf(name, DIA_START_NAME, "start-%04d", i);
}

/* E and G (gradient of S0) of the next task. */
static bool step(void *context, const double *R, double *E, double *G)
{
    walk *w = context;
    const dia_bench *b = &w->c->bench;
    const int nc = b->molecule.ncart, i = w->n++;
    dia_engine_label label = {0};
    bool found = false;
    int outcome;
    double seconds;
    char note[DIA_BENCH_NOTE], name[DIA_START_NAME];
    if (w->status == DIA_OK && dia_control_stopped(&w->c->control))
        w->status = dia_error_set(w->error, DIA_ERROR_INTERRUPTED, "stopped; the same command goes on");
    if (w->status == DIA_OK && i >= TASKS)
        w->status =
            dia_error_set(w->error, DIA_ERROR_NUMERIC, "the minimum of the start was not found in %d steps", TASKS);
    if (w->status == DIA_OK)
        w->status = dia_label_room(&label, b->common->states, nc, w->error);
    if (w->status == DIA_OK)
        w->status = dia_bench_find(b, w->journal, i, &found, &label, &outcome, &seconds, note, w->error);
    name_of(i, name);
    if (w->status == DIA_OK && !found) {
        const double begun = dia_seconds();
        w->status = dia_bench_task(b, name, R, DIA_WISH_GRADIENT, w->last[0] != '\0' ? w->last : NULL,
                                   b->type->starts && w->chain ? name : NULL, &label, w->error);
        if (w->status == DIA_OK)
            w->status = dia_bench_note(b, w->journal, i, &label, DIA_LABELLED, dia_seconds() - begun, "", w->error);
    }
    if (w->status == DIA_OK) {
        *E = label.E[0];
        memcpy(G, label.G, (size_t)nc * sizeof *G);
        if (b->type->starts && w->chain)
            snprintf(w->last, sizeof w->last, "%s", name);
    }
    free(label.E);
    return w->status == DIA_OK;
}

/* R becomes the minimum; hessian (ncart, ncart). */
static dia_status explore(walk *w, double *R, double *hessian, dia_error *error)
{
    const dia_molecule *m = &w->c->bench.molecule;
    dia_minimum minimum = {0};
    dia_error own = {0};
    dia_status status = DIA_OK;
    w->chain = true;
    if (w->c->settings.start.minimise) {
        dia_course_say(w->c, "start, minimum of S0");
        status = dia_minimise(m->ncart, R, NULL, step, w, 1e-4, 0.2, 200, &minimum, &own);
    }
    if (status != DIA_OK && w->status == DIA_OK)
        return dia_error_set(error, status, "start.geometry: %s", own.text);
    double energy, *gradient = calloc((size_t)m->ncart, sizeof *gradient);
    if (gradient == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a gradient");
    if (w->status == DIA_OK && !w->c->settings.start.minimise)
        (void)step(w, R, &energy, gradient); /* a wave function to start from */
    free(gradient);
    w->chain = false;
    dia_course_say(w->c, "start, normal modes");
    if (w->status == DIA_OK)
        status = dia_hessian(m, step, w, R, 0.01, hessian, &own);
    if (w->status != DIA_OK)
        return w->status; /* w->error is the caller's */
    return status == DIA_OK ? DIA_OK : dia_error_set(error, status, "start.geometry: %s", own.text);
}

/* ---- geometries ------------------------------------------------------------------------------ */

/* Atoms on the side of j when the bond i-j is cut: side (natom). False: the bond is part of a ring. */
static bool side_of(const dia_molecule *m, const double *R, int i, int j, bool *side)
{
    memset(side, 0, (size_t)m->natom * sizeof *side);
    side[j] = true;
    for (bool more = true; more;) {
        more = false;
        for (int a = 0; a < m->natom; a++)
            for (int b = 0; b < m->natom; b++)
                if (side[a] && !side[b] && !(a == j && b == i) && dia_molecule_bonded(m, R, a, b)) {
                    side[b] = true;
                    more = true;
                }
    }
    return !side[i];
}

/* Turns the side about the axis from i to j (Rodrigues). */
static void turn(const dia_molecule *m, double *R, int i, int j, const bool *side, double angle)
{
    double axis[3], length = dia_distance(R + 3 * i, R + 3 * j);
    for (int x = 0; x < 3; x++)
        axis[x] = (R[3 * j + x] - R[3 * i + x]) / length;
    for (int a = 0; a < m->natom; a++) {
        if (!side[a])
            continue;
        double v[3], cross[3];
        for (int x = 0; x < 3; x++)
            v[x] = R[3 * a + x] - R[3 * j + x];
        dia_cross(axis, v, cross);
        const double along = dia_dot3(axis, v);
        for (int x = 0; x < 3; x++)
            R[3 * a + x] =
                R[3 * j + x] + v[x] * cos(angle) + cross[x] * sin(angle) + axis[x] * along * (1.0 - cos(angle));
    }
}

static void stretch(const dia_molecule *m, double *R, int i, int j, const bool *side, double factor)
{
    for (int x = 0; x < 3; x++) {
        const double shift = (factor - 1.0) * (R[3 * j + x] - R[3 * i + x]);
        for (int a = 0; a < m->natom; a++)
            R[3 * a + x] += side[a] ? shift : 0.0;
    }
}

typedef struct bond {
    int i, j;
} bond;

/* Bonds that are in no ring; about: those that something turns about. Returns their number. */
static int bonds_of(const dia_molecule *m, const double *R, bool about, bond *bonds, bool *side)
{
    int n = 0;
    for (int i = 0; i < m->natom; i++)
        for (int j = 0; j < i; j++) {
            int mine = 0, its = 0;
            for (int a = 0; a < m->natom; a++) {
                mine += a != i && a != j && dia_molecule_bonded(m, R, a, i);
                its += a != i && a != j && dia_molecule_bonded(m, R, a, j);
            }
            if (dia_molecule_bonded(m, R, i, j) && side_of(m, R, i, j, side) && (!about || (mine > 0 && its > 0)))
                bonds[n++] = (bond){i, j};
        }
    return n;
}

/* Geometry number k: a vibration, turned or stretched. Which, by k alone. */
static const char *shape(const dia_course *c, const dia_oscillators *cold, const dia_oscillators *hot, int k,
                         const bond *turns, int nturn, const bond *stretches, int nstretch, bool *side, double *work,
                         double *R)
{
    const dia_molecule *m = &c->bench.molecule;
    const struct dia_learn_start *s = &c->settings.start;
    const uint64_t seed = (uint64_t)s->seed;
    const dia_oscillators *own = k % 4 == 2 ? hot : cold;
    double *Q = work, *P = Q + m->ncart, *V = P + m->ncart;
    dia_oscillators_draw(own, (uint64_t)k, Q, P);
    dia_oscillators_place(own, Q, P, R, V);
    const double u = dia_rng_uniform(seed, (uint64_t)k, 0, DIA_PURPOSE_START, 0),
                 v = dia_rng_uniform(seed, (uint64_t)k, 0, DIA_PURPOSE_START, 1);
    if (k % 4 == 1 && nturn > 0) {
        const bond *b = &turns[(int)(v * nturn)];
        (void)side_of(m, cold->centre, b->i, b->j, side);
        turn(m, R, b->i, b->j, side, 2.0 * DIA_PI * u);
        return "turned";
    }
    if (k % 4 == 3 && nstretch > 0) {
        const bond *b = &stretches[(int)(v * nstretch)];
        (void)side_of(m, cold->centre, b->i, b->j, side);
        stretch(m, R, b->i, b->j, side, 0.8 + (s->stretch - 0.8) * u);
        return "stretched";
    }
    return own == hot ? "hot" : "cold";
}

static dia_status scatter(dia_course *c, const double *centre, const dia_modes *modes, dia_points *chosen,
                          dia_error *error)
{
    const dia_molecule *m = &c->bench.molecule;
    const size_t natom = (size_t)m->natom;
    const dia_oscillators cold = {.molecule = m,
                                  .centre = centre,
                                  .modes = modes,
                                  .lowest = 10.0 * DIA_WAVENUMBER,
                                  .seed = (uint64_t)c->settings.start.seed};
    dia_oscillators hot = cold;
    hot.temperature = c->settings.start.temperature;
    bond *turns = calloc(natom * natom, sizeof *turns), *stretches = calloc(natom * natom, sizeof *stretches);
    bool *side = calloc(natom, sizeof *side);
    double *work = calloc(4 * (size_t)m->ncart, sizeof *work);
    dia_status status = turns != NULL && stretches != NULL && side != NULL && work != NULL
                            ? dia_points_add(chosen, "minimum", NAN, centre, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for geometries");
    if (status == DIA_OK) {
        const int nturn = bonds_of(m, centre, true, turns, side),
                  nstretch = bonds_of(m, centre, false, stretches, side);
        double *R = work + 3 * m->ncart;
        for (int k = 0; chosen->n < c->settings.start.points && k < 20 * c->settings.start.points && status == DIA_OK;
             k++) {
            const char *group = shape(c, &cold, &hot, k, turns, nturn, stretches, nstretch, side, work, R);
            if (dia_course_sane(c, R, -INFINITY))
                status = dia_points_add(chosen, group, NAN, R, error);
        }
    }
    free(turns);
    free(stretches);
    free(side);
    free(work);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static const char of_minimum[] = "minimum"; /* name of its wave function */

/* The wave function of the minimum stays, for the first labels to start from. */
static void keep_last(const walk *w)
{
    const dia_bench *b = &w->c->bench;
    char *from = dia_path_join(b->kept, w->last), *to = dia_path_join(b->kept, of_minimum);
    if (w->last[0] != '\0' && from != NULL && to != NULL &&
        dia_course_exists(from)) /* not there: done by an earlier call */
        (void)rename(from, to);
    free(from);
    free(to);
}

static dia_status found(walk *w, dia_points *chosen, dia_error *error)
{
    const dia_molecule *m = &w->c->bench.molecule;
    const size_t nc = (size_t)m->ncart;
    double *R = calloc(nc + nc * nc, sizeof *R);
    dia_modes modes = {0};
    if (R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a Hessian");
    memcpy(R, m->reference, nc * sizeof *R);
    dia_status status = explore(w, R, R + nc, error);
    if (status == DIA_OK)
        status = dia_modes_make(&modes, m, R, R + nc, error);
    if (status == DIA_OK && modes.nmode > 0 && modes.frequency[0] < -100.0 * DIA_WAVENUMBER)
        dia_control_warn(
            &w->c->control,
            "the start is a saddle point (%.0fi cm^-1): begin from a geometry without symmetry if a minimum "
            "is meant",
            -modes.frequency[0] / DIA_WAVENUMBER);
    if (status == DIA_OK) {
        char text[600] = "";
        for (int k = 0; k < modes.nmode && strlen(text) + 12 < sizeof text; k++)
            snprintf(text + strlen(text), sizeof text - strlen(text), " %.0f", modes.frequency[k] / DIA_WAVENUMBER);
        dia_control_note(&w->c->control, "S0 in %d gradients; frequencies, cm^-1:%s", w->n, text);
        keep_last(w);
        status = scatter(w->c, R, &modes, chosen, error);
    }
    dia_modes_free(&modes);
    free(R);
    return status;
}

dia_status dia_course_start(dia_course *c, dia_points *chosen, dia_error *error)
{
    walk w = {.c = c, .error = error};
    char *path = NULL;
    dia_status status = dia_course_path(c, 0, "start.journal", &path, error);
    if (status == DIA_OK)
        status = dia_bench_journal(&w.journal, &c->bench, path, TASKS, "the start", error);
    if (status == DIA_OK)
        status = found(&w, chosen, error);
    dia_journal_close(w.journal);
    free(path);
    return status;
}

/* Steps of the walk, and what they kept. */
void dia_course_start_done(const dia_course *c)
{
    char *path = NULL, name[DIA_START_NAME];
    dia_error ignored = {0};
    if (dia_course_path(c, 0, "start.journal", &path, &ignored) == DIA_OK)
        unlink(path);
    free(path);
    for (int i = 0; i < CHAIN && c->bench.type->starts; i++) {
        name_of(i, name);
        path = dia_path_join(c->bench.kept, name);
        if (path != NULL)
            dia_folder_remove(path);
        free(path);
    }
}

dia_status dia_course_start_minimum(dia_course *c, const dia_points *chosen, dia_error *error)
{
    return chosen->n > 0 ? dia_bench_add_start(&c->bench, of_minimum, chosen->R, error) : DIA_OK;
}
