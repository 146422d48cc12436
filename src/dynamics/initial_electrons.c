/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electronic starts that are not one adiabatic state. With amplitudes c in the diabatic basis, those of the adiabatic states at
 * the trajectory's own geometry are a = U^H c; its active state k is drawn with probability |a_k|^2. So the mean over a
 * swarm is the population that the wave function has, which is how a diabatic start is sampled for surface hopping (Muller,
 * Stock, JCP 107, 6230 (1997), section II; Landry, Falk, Subotnik, JCP 139, 211101 (2013)).
 *
 * A spin-free state is an eigenstate of H without spin-orbit coupling (electronic/spin.h) at the trajectory's own geometry: what light
 * excites that acts faster than that coupling. Of a state with several components each trajectory starts in one of them.
 *
 * The signs (phases, of a complex H) of adiabatic states are arbitrary, and a superposition of them needs some: the largest diabatic component
 * of each is positive (electronic/sign.h), as in the amplitudes of a swarm file. */
#include "dynamics/initial_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "diabolo/frame.h"
#include "electronic/sign.h"
#include "electronic/spin.h"

/* Is the term one of the model? "S0, S1, T1" if it is not. */
static bool term_exists(const dia_spin *spin, const char *name, size_t size, char *names)
{
    size_t used = 0;
    bool found = false;
    names[0] = '\0';
    for (int t = 0; t < spin->nterm; t++) {
        found = found || strcmp(spin->name[t], name) == 0;
        if (used < size)
            used += (size_t)snprintf(names + used, size - used, "%s%s", t > 0 ? ", " : "", spin->name[t]);
    }
    return found;
}

static dia_status check_spin(const dia_initial_settings *s, const dia_model *model, dia_error *error)
{
    dia_spin spin;
    bool known;
    char names[200];
    dia_status status = dia_spin_open(&spin, model, &known, error);
    if (status == DIA_OK && !known)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial.state.spin_free: the model '%s' does not know the spins of its states; one with a "
            "SHARC template and multiplicity: all does, or with the key `spins`",
            dia_model_name(model));
    if (status == DIA_OK && s->state == DIA_STATE_TERM && !term_exists(&spin, s->term, sizeof names, names))
        status = dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial.state.spin_free: the model has no state %s; expected one of %s, or a number from 0 to %d", s->term,
            names, spin.nstate - 1);
    dia_spin_free(&spin);
    return status;
}

dia_status dia_initial_check_state(const dia_initial_settings *s, const dia_model *model, dia_error *error)
{
    const int nstate = dia_model_shape(model).nstate;
    if (s->state == DIA_STATE_MIXED && s->ncoefficient != nstate)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.state: expected %d coefficients, one for each state of the model, found %d",
                             nstate, s->ncoefficient);
    if (s->state >= nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.state: the model has the states 0 to %d, found %d",
                             nstate - 1, s->state);
    return s->basis == DIA_BASIS_SPIN_FREE ? check_spin(s, model, error) : DIA_OK;
}

typedef struct electrons {
    const dia_initial_settings *settings;
    const dia_model *model;
    dia_tape *tape;
    int nstate;
    dia_frame frame;
    double *work, *c, *a; /* work space; amplitudes (nstate, 2) of one trajectory, diabatic and adiabatic */
    dia_spin spin;        /* of a spin-free start; else zero */
    double *free;         /* its states: (nstate, nstate), energies (nstate), work space                  */
} electrons;

static dia_status electrons_open(electrons *e, const dia_model *model, const dia_initial_settings *settings,
                                 dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    const size_t n = (size_t)shape.nstate;
    *e = (electrons){.settings = settings, .model = model, .nstate = shape.nstate};
    e->frame = (dia_frame){.batch = 1, .nstate = shape.nstate, .hermitian = dia_hermitian(&shape)};
    const size_t matrix = dia_frame_matrix(&e->frame);
    const bool spin = settings->basis == DIA_BASIS_SPIN_FREE;
    bool known = false;
    double *room =
        dia_allocate((size_t)shape.npacked + n + matrix + 4 * n + dia_frame_work(shape.nstate), sizeof *room);
    if (spin && dia_spin_open(&e->spin, model, &known, error) != DIA_OK)
        return error->status;
    e->free = spin ? dia_allocate(n * n + n + dia_spin_work(shape.nstate), sizeof *e->free) : NULL;
    if (room == NULL || (spin && e->free == NULL))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the amplitudes of %d states", shape.nstate);
    e->frame.H = room;
    e->frame.E = room + shape.npacked;
    e->frame.U = e->frame.E + n;
    e->c = e->frame.U + matrix;
    e->a = e->c + 2 * n;
    e->work = e->a + 2 * n;
    return dia_tape_create_hermitian(&e->tape, model, 1, 0, error);
}

/* One component of the term, each equally often. */
static int component(const electrons *e, uint64_t trajectory)
{
    const dia_spin *spin = &e->spin;
    int of[DIA_START_STATES], n = 0;
    for (int k = 0; k < e->nstate && n < DIA_START_STATES; k++)
        if (strcmp(spin->name[spin->term[k]], e->settings->term) == 0)
            of[n++] = k;
    return of[(int)(n * dia_rng_uniform((uint64_t)e->settings->seed, trajectory, 0, DIA_PURPOSE_STATE, 1))];
}

/* e->c from coefficients in spin-free states: given (nstate, 2). The largest component of each state is positive. */
static void from_spin_free(electrons *e, const double *given)
{
    const int n = e->nstate;
    double *U = e->free, *E = U + n * n;
    dia_spin_states(&e->spin, e->frame.H, E, U, E + n);
    dia_frame states = {.batch = 1, .nstate = n, .U = U};
    dia_frame_settle(&states);
    dia_frame_diabatic(&states, 0, given, e->c);
}

/* Amplitudes of one trajectory that starts in `state` of the basis (or in the superposition): e->c, diabatic. */
static void superpose(electrons *e, int state)
{
    const dia_initial_settings *s = e->settings;
    const size_t n = (size_t)e->nstate;
    double *given = s->basis == DIA_BASIS_DIABATIC ? e->c : e->a;
    memset(given, 0, 2 * n * sizeof *given);
    if (state >= 0)
        given[2 * state] = 1.0;
    else
        memcpy(given, s->coefficients, 2 * n * sizeof *given);
    if (s->basis == DIA_BASIS_ADIABATIC)
        dia_frame_diabatic(&e->frame, 0, e->a, e->c);
    else if (s->basis == DIA_BASIS_SPIN_FREE)
        from_spin_free(e, e->a);
}

/* An adiabatic state, with the squares of e->c there as probabilities. */
static int draw(electrons *e, uint64_t trajectory)
{
    dia_frame_adiabatic(&e->frame, 0, e->c, e->a);
    const double u = dia_rng_uniform((uint64_t)e->settings->seed, trajectory, 0, DIA_PURPOSE_STATE, 0);
    double sum = 0.0;
    int last = 0;
    for (int k = 0; k < e->nstate; k++) {
        const double p = e->a[2 * k] * e->a[2 * k] + e->a[2 * k + 1] * e->a[2 * k + 1];
        sum += p;
        if (u < sum)
            return k;
        last = p > 0.0 ? k : last; /* for a sum that rounding has left below u */
    }
    return last;
}

/* framed: the frames of a file have given the amplitudes, and active states unless these are -1. */
static dia_status draw_all(electrons *e, dia_initial_maker *m, bool framed)
{
    dia_initial *initial = m->out;
    const dia_initial_settings *settings = e->settings;
    const size_t n = (size_t)e->nstate, ncart = (size_t)initial->ncart;
    for (size_t i = 0; dia_initial_goes_on(m, "first states", i, (size_t)initial->n); i++) {
        dia_status status = dia_model_hamiltonian(e->model, e->tape, 1, initial->R + i * ncart, e->frame.H);
        if (status == DIA_OK)
            status = dia_frame_solve(&e->frame, e->work);
        dia_frame_settle(&e->frame);
        if (status != DIA_OK)
            return dia_error_set(m->error, status, "the model cannot be evaluated at the start of trajectory %zu", i);
        if (framed)
            memcpy(e->c, initial->c + 2 * n * i, 2 * n * sizeof *e->c);
        else
            superpose(e, settings->state == DIA_STATE_TERM ? component(e, i) : initial->state[i]);
        if (!framed || initial->state[i] < 0)
            initial->state[i] = draw(e, i);
        if (initial->c != NULL)
            memcpy(initial->c + 2 * n * i, e->c, 2 * n * sizeof *e->c);
    }
    return m->status;
}

dia_status dia_initial_electrons(dia_initial_maker *m)
{
    const dia_initial_settings *settings = m->settings;
    dia_initial *initial = m->out;
    electrons e;
    const bool framed = initial->c != NULL;
    if (settings->packet)
        return DIA_OK;
    if (settings->basis == DIA_BASIS_ADIABATIC && settings->state != DIA_STATE_MIXED && !framed)
        return DIA_OK;
    if (settings->as == DIA_START_WAVE_FUNCTION && !framed) {
        initial->c = dia_allocate(2 * (size_t)initial->n * (size_t)initial->nstate, sizeof *initial->c);
        if (initial->c == NULL)
            return dia_error_set(m->error, DIA_ERROR_MEMORY, "no memory for the amplitudes of %d trajectories",
                                 initial->n);
    }
    dia_status status = electrons_open(&e, m->model, settings, m->error);
    if (status == DIA_OK)
        status = draw_all(&e, m, framed);
    dia_tape_free(e.tape);
    dia_spin_free(&e.spin);
    free(e.free);
    free(e.frame.H);
    return status;
}
