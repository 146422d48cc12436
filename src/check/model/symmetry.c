/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does H transform as the model says? And do energies know that atoms of one element are alike, and that space has no
 * preferred direction? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "check/model/patient.h"
#include "model/front.h"
#include "model/network.h"

static const double rounding = 1e-5; /* meV */

/* The group of a network; NULL: the model states none. */
static const dia_symmetry *stated(const dia_patient *p)
{
    const bool network = strcmp(dia_model_name(p->model), "network") == 0;
    const dia_symmetry *group = network ? &((const dia_network *)dia_model_self(p->model))->symmetry : NULL;
    return group != NULL && group->nelement > 1 ? group : NULL;
}

/* Largest element of H(gR) - Gamma H(R) Gamma^T. */
static double break_of(const dia_patient *p, dia_surface *s, const dia_symmetry *group, int g, const double *R,
                       double *image, double *H)
{
    const int n = p->shape.nstate;
    const double *gamma = group->gamma + (size_t)g * (size_t)(n * n);
    double worst = 0.0;
    if (!dia_surface_solve(s, R))
        return INFINITY;
    memcpy(H, s->H, sizeof *H * (size_t)s->npacked);
    dia_symmetry_image(p->shape.natom, group->permutation + g * group->natom, group->inversion[g], R, image);
    if (!dia_surface_solve(s, image))
        return INFINITY;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                for (int l = 0; l < n; l++)
                    sum += gamma[i * n + k] * H[dia_packed(k, l)] * gamma[j * n + l];
            worst = fmax(worst, fabs(s->H[dia_packed(i, j)] - sum));
        }
    return worst;
}

/* Largest difference of the fitted energies at two geometries. */
static double differ(const dia_patient *p, dia_surface *s, const double *R, const double *other, double *E)
{
    double worst = 0.0;
    if (!dia_surface_solve(s, R))
        return INFINITY;
    memcpy(E, s->E, sizeof *E * (size_t)s->nstate);
    if (!dia_surface_solve(s, other))
        return INFINITY;
    for (int k = 0; k < p->fitted; k++)
        worst = fmax(worst, fabs(s->E[k] - E[k]));
    return worst;
}

/* other: R turned about an axis through the origin by an angle that depends on i, and moved. */
static void turn(const dia_patient *p, int i, const double *R, double *other)
{
    double axis[3], norm = 0.0;
    for (int c = 0; c < 3; c++) {
        axis[c] = dia_rng_normal(4, (uint64_t)i, (uint64_t)c, DIA_PURPOSE_TEST, 0);
        norm += axis[c] * axis[c];
    }
    const double angle = 6.28 * dia_rng_uniform(5, (uint64_t)i, 0, DIA_PURPOSE_TEST, 0), co = cos(angle),
                 si = sin(angle);
    for (int c = 0; c < 3; c++)
        axis[c] /= sqrt(norm);
    for (int a = 0; a < p->shape.natom; a++) {
        const double *x = R + 3 * a;
        const double along = axis[0] * x[0] + axis[1] * x[1] + axis[2] * x[2];
        for (int c = 0; c < 3; c++) {
            const int d = (c + 1) % 3, e = (c + 2) % 3;
            other[3 * a + c] =
                1.7 * (c + 1) + x[c] * co + (axis[d] * x[e] - axis[e] * x[d]) * si + axis[c] * along * (1.0 - co);
        }
    }
}

static void of_space(const dia_patient *p, dia_surface *s, double *other, double *E, bool network, dia_exam *exam)
{
    double turned = 0.0, mirrored = 0.0;
    for (int i = 0; i < p->n; i++) {
        const double *R = p->R + (size_t)i * (size_t)p->shape.ncart;
        turn(p, i, R, other);
        turned = fmax(turned, differ(p, s, R, other, E));
        for (int c = 0; c < p->shape.ncart; c++)
            other[c] = -R[c];
        mirrored = fmax(mirrored, differ(p, s, R, other, E));
    }
    if (network)
        dia_exam_most(exam, "meV", turned * 1000 / DIA_EV, rounding, "energies of a geometry turned and moved, worst");
    else
        dia_exam_tell(exam, "meV", turned * 1000 / DIA_EV, "energies of a geometry turned and moved, worst");
    dia_exam_tell(exam, "meV", mirrored * 1000 / DIA_EV, "energies of a mirror image, worst");
}

/* Exchanges of two atoms of one element that the group does not hold. */
static void of_atoms(const dia_patient *p, dia_surface *s, const dia_symmetry *group, int *permutation, double *other,
                     double *E, dia_exam *exam)
{
    const dia_molecule *m = dia_model_molecule(p->model);
    int held = 0, not_held = 0, a0 = 0, b0 = 0;
    double worst = 0.0;
    for (int a = 0; a < p->shape.natom; a++)
        for (int b = a + 1; b < p->shape.natom; b++) {
            if (m->numbers[a] != m->numbers[b])
                continue;
            for (int i = 0; i < p->shape.natom; i++)
                permutation[i] = i == a ? b : i == b ? a : i;
            if (group != NULL && (dia_symmetry_find(group, permutation, false) >= 0 ||
                                  dia_symmetry_find(group, permutation, true) >= 0)) {
                held++;
                continue;
            }
            not_held++;
            for (int k = 0; k < p->n; k += 4) {
                const double *R = p->R + (size_t)k * (size_t)p->shape.ncart;
                dia_symmetry_image(p->shape.natom, permutation, false, R, other);
                const double own = differ(p, s, R, other, E);
                if (own > worst)
                    worst = own, a0 = a, b0 = b;
            }
        }
    dia_exam_tell(exam, "", held, "exchanges of two like atoms that the group holds");
    dia_exam_tell(exam, "", not_held, "exchanges of two like atoms that it does not hold");
    if (not_held > 0) {
        dia_exam_tell(exam, "eV", worst / DIA_EV, "energies after one that it does not hold, worst");
        if (worst * 1000 / DIA_EV > rounding) /* else descriptors hold more than the group */
            dia_exam_say(exam,
                         "After an exchange of atoms %d and %d, which are alike, energies differ: right as long as no "
                         "trajectory exchanges them.",
                         a0, b0);
    }
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    if (!p->molecule)
        return dia_exam_absent(exam, "A model system in coordinates of its own.");
    const dia_symmetry *group = stated(p);
    const size_t nc = (size_t)p->shape.ncart, np = (size_t)p->shape.npacked;
    dia_surface s = {0};
    double *other = dia_allocate(nc + np + (size_t)p->shape.nstate, sizeof *other);
    int *permutation = calloc((size_t)p->shape.natom, sizeof *permutation);
    dia_status status = dia_surface_open(&s, p->model, error);
    if (status == DIA_OK && (other == NULL || permutation == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for images");
    if (status == DIA_OK) {
        const bool network = strcmp(dia_model_name(p->model), "network") == 0;
        double *E = other + nc + np, worst = 0.0;
        of_space(p, &s, other, E, network, exam);
        for (int g = 1; group != NULL && g < group->nelement; g++)
            for (int i = g % 4; i < p->n; i += 4)
                worst = fmax(worst, break_of(p, &s, group, g, p->R + (size_t)i * nc, other, other + nc));
        if (group != NULL)
            dia_exam_most(exam, "meV", worst * 1000 / DIA_EV, rounding,
                          "H(gR) - Gamma H(R) Gamma^T of %d elements, worst", group->nelement);
        of_atoms(p, &s, group, permutation, other, E, exam);
    }
    dia_surface_close(&s);
    free(other);
    free(permutation);
    return status;
}

const dia_model_test dia_model_test_symmetry = {
    .name = "symmetry",
    .measures = "H under the group that the model states, energies under rotation, translation, reflection, exchanges "
                "of like atoms",
    .limits = "what is built in holds up to rounding; energies under other exchanges are told, not judged",
    .run = run};
