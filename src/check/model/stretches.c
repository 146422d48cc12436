/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the model says of bonds stretched to 10 Angstrom and pressed to 0.6 of their length: numbers at all, no energy below the minimum, a
 * bounded slope, an end that is flat or known to be outside the training data. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "check/model/patient.h"
#include "math/vector.h"

enum { BONDS = 12, POINTS = 60 };

typedef struct scan {
    const dia_patient *p;
    dia_surface surface;
    double *R;                                         /* (ncart) of the stretched molecule, scratch */
    bool *moved;                                       /* (natom) scratch */
    double lowest, steepest, unflagged_slope, pressed; /* hartree, hartree/bohr */
    int not_finite, at_three, at_seven, at_end, n;
    double limit_energy; /* of S0 at the end, above the minimum */
} scan;

static bool outside(const scan *s, int a, int b, double length)
{
    dia_patient_stretch(s->p, a, b, length, s->p->initial.minimum, s->moved, s->R);
    return dia_model_novelty(s->p->model, s->R, 0, NULL) > 1.0;
}

/* Energy of S0 above the minimum; counts what is not finite in any fitted state. */
static double energy(scan *s, int a, int b, double length)
{
    dia_patient_stretch(s->p, a, b, length, s->p->initial.minimum, s->moved, s->R);
    if (!dia_surface_solve(&s->surface, s->R)) {
        s->not_finite++;
        return NAN;
    }
    return s->surface.E[0] - s->p->energy;
}

static void along(scan *s, int a, int b)
{
    const double *at = s->p->initial.minimum;
    const double r0 = dia_distance(at + 3 * a, at + 3 * b), end = 10.0 * DIA_ANGSTROM;
    double before = 0.0, step = (end - r0) / POINTS;
    for (int i = 1; i <= POINTS; i++) {
        const double E = energy(s, a, b, r0 + i * step);
        s->lowest = fmin(s->lowest, E);
        s->steepest = fmax(s->steepest, fabs(E - before) / step);
        if (i == POINTS && !outside(s, a, b, end))
            s->unflagged_slope = fmax(s->unflagged_slope, fabs(E - before) / step);
        before = E;
    }
    s->limit_energy = before;
    s->pressed = fmin(s->pressed, energy(s, a, b, 0.6 * r0));
    s->at_three += outside(s, a, b, 3.0 * r0);
    s->at_seven += outside(s, a, b, 0.7 * r0);
    s->at_end += outside(s, a, b, end);
    s->n++;
}

static void tell(const scan *s, dia_exam *exam)
{
    const bool known = dia_model_bounded(s->p->model);
    const double slope = DIA_EV / DIA_ANGSTROM;
    dia_exam_most(exam, "", s->not_finite, 0, "geometries without numbers, of %d", s->n * (POINTS + 1));
    dia_exam_least(exam, "eV", s->lowest / DIA_EV, known ? -0.05 : -1.0, "lowest energy of S0 on the way");
    dia_exam_most(exam, "eV/Angstrom", s->steepest / slope, 100.0, "steepest slope of S0 on the way");
    dia_exam_most(exam, "eV/Angstrom", s->unflagged_slope / slope, 0.3,
                  "steepest slope at 10 Angstrom that the region lets pass");
    dia_exam_least(exam, "eV", s->pressed / DIA_EV, 0.0, "S0 of a bond pressed to 0.6, lowest");
    if (!known)
        return;
    dia_exam_tell(exam, "%", 100.0 * s->at_three / s->n, "outside the region: stretched three times");
    dia_exam_tell(exam, "%", 100.0 * s->at_seven / s->n, "outside the region: pressed to 0.7");
    dia_exam_tell(exam, "%", 100.0 * s->at_end / s->n, "outside the region: 10 Angstrom");
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    if (!p->molecule || !p->bound)
        return dia_exam_absent(exam,
                               !p->molecule ? "A model system without bonds." : "The lowest state has no minimum.");
    int pair[BONDS][2];
    const int n = dia_patient_bonds(p, BONDS, pair);
    const dia_molecule *m = dia_model_molecule(p->model);
    if (n == 0)
        return dia_exam_absent(exam, "No two atoms are bonded.");
    scan s = {.p = p,
              .lowest = INFINITY,
              .pressed = INFINITY,
              .R = dia_allocate((size_t)p->shape.ncart, sizeof *s.R),
              .moved = calloc((size_t)p->shape.natom, sizeof *s.moved)};
    dia_status status = dia_surface_open(&s.surface, p->model, error);
    if (status == DIA_OK && (s.R == NULL || s.moved == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a geometry");
    for (int i = 0; i < n && status == DIA_OK; i++) {
        along(&s, pair[i][0], pair[i][1]);
        dia_exam_tell(exam, "eV", s.limit_energy / DIA_EV, "S0 with %s%d-%s%d 10 Angstrom long",
                      dia_element_symbol(m->numbers[pair[i][0]]), pair[i][0],
                      dia_element_symbol(m->numbers[pair[i][1]]), pair[i][1]);
    }
    if (status == DIA_OK)
        tell(&s, exam);
    dia_surface_close(&s.surface);
    free(s.R);
    free(s.moved);
    return status;
}

const dia_model_test dia_model_test_stretches = {
    .name = "extrapolation",
    .measures = "each bond stretched to 10 Angstrom and pressed: finite, bounded, never below the minimum, flat at the "
                "end or flagged by the region",
    .limits = "atoms 10 Angstrom apart attract each other by less than 0.3 eV/Angstrom; no bond is steeper than 100 "
              "eV/Angstrom",
    .run = run};
