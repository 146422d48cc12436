/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Are there holes: places where the energy is too low, or atoms at one place? Hot trajectories on all states look for them, and
 * the lowest state is minimised from where they came to. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "check/model/patient.h"
#include "diabolo/intersect.h"
#include "math/vector.h"
#include "molecule/radii.h"

enum { STEPS = 300, LOOK = 5, QUENCHES = 3 }; /* of each trajectory */

typedef struct walk {
    const dia_patient *p;
    dia_surface surface;
    double lowest, closest; /* hartree above the minimum; distance over the sum of radii */
    int a, b;               /* the atoms that were closest          */
    int failed, seen, outside;
    int minima, lower; /* quenches that converged; that ended below the minimum, where the model means nothing */
    double lowest_minimum, its_novelty;
    double *lowest_R; /* where `lowest` was */
} walk;

static void look(walk *w, const double *R)
{
    const dia_molecule *m = dia_model_molecule(w->p->model);
    w->seen++;
    w->outside += dia_model_novelty(w->p->model, R, 0, NULL) > 1.0;
    if (!dia_surface_solve(&w->surface, R))
        return;
    if (w->surface.E[0] - w->p->energy < w->lowest) {
        w->lowest = w->surface.E[0] - w->p->energy;
        memcpy(w->lowest_R, R, sizeof *R * (size_t)w->p->shape.ncart);
    }
    for (int a = 0; w->p->molecule && a < m->natom; a++)
        for (int b = 0; b < a; b++) {
            const double r = dia_distance(R + 3 * a, R + 3 * b) /
                             (dia_element_radius(m->numbers[a]) + dia_element_radius(m->numbers[b]));
            if (r < w->closest)
                w->closest = r, w->a = b, w->b = a;
        }
}

static dia_status quench(walk *w, double *R, dia_error *error)
{
    dia_search_options options;
    dia_search_result result;
    dia_search_defaults(&options);
    options.method = DIA_SEARCH_PROJECTION; /* BFGS */
    options.gradient = 1e-4;
    options.iterations = 200;
    const dia_status status = dia_search(w->p->model, 0, 1, &options, R, &result, error);
    if (status != DIA_OK)
        return status;
    const double above = result.energy - w->p->energy;
    w->minima += result.converged;
    if (!(above >= w->lowest_minimum)) {
        w->lowest_minimum = isfinite(above) ? above : -INFINITY;
        w->its_novelty = dia_model_novelty(w->p->model, R, 0, NULL);
    }
    return DIA_OK;
}

/* Velocities of the samples, scaled to three times the zero-point energy. */
static double *heat(const dia_patient *p)
{
    const dia_molecule *m = dia_model_molecule(p->model);
    const size_t nc = (size_t)p->shape.ncart, n = (size_t)p->initial.n;
    double zero = 0.0, *V = dia_allocate(n * nc, sizeof *V);
    for (int k = 0; k < p->initial.modes.nmode; k++)
        zero += 0.5 * fabs(p->initial.modes.frequency[k]);
    for (size_t b = 0; V != NULL && b < n; b++) {
        double kinetic = 0.0;
        for (size_t c = 0; c < nc; c++) {
            V[b * nc + c] = p->initial.V[b * nc + c];
            kinetic += 0.5 * m->masses[c / (size_t)m->dimension] * V[b * nc + c] * V[b * nc + c];
        }
        for (size_t c = 0; c < nc && kinetic > 0.0; c++)
            V[b * nc + c] *= sqrt(3.0 * zero / kinetic);
    }
    return V;
}

static dia_status fly(walk *w, dia_error *error)
{
    const dia_patient *p = w->p;
    const int count = p->initial.n;
    dia_dynamics dynamics;
    dia_block *block = NULL;
    int64_t number[DIA_PATIENT_STARTS];
    int state[DIA_PATIENT_STARTS];
    double *V = heat(p), *R = dia_allocate((size_t)p->shape.ncart, sizeof *R);
    for (int b = 0; b < count; b++)
        number[b] = b, state[b] = b % p->fitted;
    dia_status status = dia_patient_dynamics(p, p->step, "", &dynamics, error);
    if (status == DIA_OK)
        status = dia_block_create(&block, p->model, &dynamics, count, error);
    if (status == DIA_OK && (V == NULL || R == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for trajectories");
    if (status == DIA_OK)
        status = dia_block_start(block, count, number, p->initial.R, V, state, error);
    for (int s = 1; s <= STEPS && status == DIA_OK; s++) {
        status = dia_block_step(block);
        for (int b = 0; b < count && s % LOOK == 0 && status == DIA_OK; b++) {
            const double *at = block->R + (size_t)b * (size_t)p->shape.ncart;
            look(w, at);
            if (s % (STEPS / QUENCHES) == 0 && s / (STEPS / QUENCHES) % QUENCHES == b % QUENCHES) {
                memcpy(R, at, sizeof *R * (size_t)p->shape.ncart);
                status = quench(w, R, error);
            }
        }
    }
    for (int b = 0; b < count && status == DIA_OK; b++)
        w->failed += block->fate[b] != DIA_FATE_FLYING ||
                     !(fabs(block->potential[b] + block->kinetic[b] - block->energy0[b]) < p->unit);
    free(V);
    free(R);
    dia_block_free(block);
    dia_dynamics_close(&dynamics);
    return status;
}

static void tell(const walk *w, dia_exam *exam)
{
    const dia_patient *p = w->p;
    const bool known = dia_model_bounded(p->model);
    /* In the region another isomer may be lower; outside of it the model invents it. */
    const bool excused = known && w->its_novelty <= 1.0;
    dia_exam_tell(exam, p->unit_name, w->lowest / p->unit, "lowest energy of hot trajectories above the minimum");
    if (excused)
        dia_exam_tell(exam, p->unit_name, w->lowest_minimum / p->unit, "lowest minimum above the known one");
    else
        dia_exam_least(exam, p->unit_name, w->lowest_minimum / p->unit, known ? -0.05 : -1.0,
                       "lowest minimum above the known one, of %d found", w->minima);
    if (excused && w->lowest_minimum < -0.05 * p->unit)
        dia_exam_say(exam, "A lower minimum lies in the region of the training data: another isomer?");
    if (!excused && w->lowest_minimum < (known ? -0.05 : -1.0) * p->unit)
        dia_exam_say(exam, "There is a hole: a minimum that %s.",
                     known ? "no training point supports"
                           : "is lower than the reference by more than an isomer would be");
    if (p->molecule) {
        dia_exam_least(exam, "", w->closest, 0.3, "shortest distance met, over the sum of covalent radii");
        if (!(w->closest >= 0.3))
            dia_exam_say(exam, "Atoms %d and %d met.", w->a, w->b);
    }
    dia_exam_most(exam, "", w->failed, 0, "trajectories that lost their energy (1 %s) or failed, of %d", p->unit_name,
                  p->initial.n);
    if (known)
        dia_exam_tell(exam, "%", 100.0 * w->outside / w->seen,
                      "of their geometries outside the region of the training data");
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    if (!p->bound && !p->molecule)
        return dia_exam_absent(exam, "The lowest state has no minimum.");
    if (!p->bound) {
        exam->verdict = DIA_VERDICT_FAIL;
        dia_exam_say(exam, "From the reference geometry the search for a minimum of the lowest state finds none: %s",
                     p->unbound);
        return DIA_OK;
    }
    walk w = {.p = p, .closest = INFINITY, .lowest = INFINITY, .lowest_minimum = INFINITY};
    w.lowest_R = dia_allocate((size_t)p->shape.ncart, sizeof *w.lowest_R);
    dia_status status = dia_surface_open(&w.surface, p->model, error);
    if (status == DIA_OK && w.lowest_R == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a geometry");
    if (status == DIA_OK)
        status = fly(&w, error);
    if (status == DIA_OK && isfinite(w.lowest))
        status = quench(&w, w.lowest_R, error);
    if (status == DIA_OK)
        tell(&w, exam);
    dia_surface_close(&w.surface);
    free(w.lowest_R);
    return status;
}

const dia_model_test dia_model_test_holes = {
    .name = "holes",
    .measures = "hot trajectories (three times the zero-point energy) on all states, and minima of the lowest state "
                "near them: energies too "
                "low, atoms that meet",
    .limits = "outside the training data nothing is lower than the minimum (0.05 eV for the search; 1 eV for a model "
              "without such a "
              "region, which may have isomers); atoms at 0.3 of their radii would need tens of eV",
    .run = run};
