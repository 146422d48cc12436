/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of a model that knows the spins of its states: are the spin-free energies of all components of a multiplicity the same, and the
 * levels of an odd number of electrons twofold (Kramers' theorem)? */
#include "electronic/spin.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "check/model/patient.h"
#include "diabolo/frame.h"

typedef struct bench {
    const dia_patient *p;
    const dia_spin *spin;
    dia_surface *surface;
    double *E, *U, *work; /* (nstate), (nstate, nstate), of dia_spin_states */
    bool odd;
    double components, doublets, coupling; /* worst, hartree */
} bench;

static void look(bench *b)
{
    const int n = b->spin->nstate;
    const dia_surface *s = b->surface;
    dia_spin_states(b->spin, s->H, b->E, b->U, b->work);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (b->spin->term[i] == b->spin->term[j])
                b->components = fmax(b->components, fabs(b->E[i] - b->E[j]));
    for (int k = 0; b->odd && k + 1 < n; k += 2)
        b->doublets = fmax(b->doublets, s->E[k + 1] - s->E[k]);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            const double imaginary = s->hermitian ? s->H[dia_packed_imaginary(n, i, j)] : 0.0;
            const double real = b->spin->block[i] != b->spin->block[j] ? s->H[dia_packed(i, j)] : 0.0;
            b->coupling = fmax(b->coupling, hypot(real, imaginary));
        }
}

static dia_status examine(bench *b, dia_exam *exam)
{
    const dia_patient *p = b->p;
    for (int i = 0; i < p->n; i++) {
        if (!dia_surface_solve(b->surface, p->R + (size_t)i * (size_t)p->shape.ncart))
            return DIA_ERROR_NUMERIC;
        look(b);
    }
    dia_exam_tell(exam, "cm^-1", b->coupling / DIA_WAVENUMBER, "largest spin-orbit coupling");
    dia_exam_most(exam, "meV", b->components * 1000 / DIA_EV, 1e-5,
                  "spin-free energies of the components of a state, worst difference");
    if (b->odd)
        dia_exam_most(exam, "meV", b->doublets * 1000 / DIA_EV, 1e-5, "splitting of Kramers doublets, worst");
    return DIA_OK;
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    const size_t n = (size_t)p->shape.nstate;
    dia_spin spin;
    dia_surface surface = {0};
    bool known;
    dia_status status = dia_spin_open(&spin, p->model, &known, error);
    if (status != DIA_OK || !known)
        return status == DIA_OK ? dia_exam_absent(exam, "The model does not know the spins of its states.") : status;
    bench b = {.p = p, .spin = &spin, .surface = &surface, .odd = n % 2 == 0};
    for (int m = 0; m < spin.nmultiplicity; m++)
        b.odd = b.odd && spin.multiplicity[m] % 2 == 0;
    if (!DIA_PARTS({&b.E, n}, {&b.U, n * n}, {&b.work, dia_spin_work((int)n)}))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for spin-free states");
    if (status == DIA_OK)
        status = dia_surface_open(&surface, p->model, error);
    if (status == DIA_OK && examine(&b, exam) != DIA_OK)
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the model is not finite at one of the geometries");
    dia_surface_close(&surface);
    dia_spin_free(&spin);
    free(b.E);
    return status;
}

const dia_model_test dia_model_test_spin = {
    .name = "spin",
    .measures =
        "components of one multiplicity have the same spin-free energies; with an odd number of electrons levels "
        "are twofold at every geometry",
    .limits = "both hold up to rounding: spin-free H does not know M_S, and spin-orbit coupling is even under time "
              "reversal",
    .run = run};
