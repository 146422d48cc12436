/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The initial conditions of a swarm alone, for inspection or later use. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "diabolo/frame.h"
#include "electronic/transition.h"
#include "molecule/oscillators.h"
#include "molecule/xyz.h"
#include "swarm/plan.h"

struct dia_samples_own { /* owns the arrays of the public struct */
    dia_run_plan plan;
    double *kinetic, *deviation, *strengths;
};

static dia_status write_frames(const dia_samples *s, const dia_run_plan *plan, const char *path, dia_error *error)
{
    const dia_initial *initial = &plan->initial;
    dia_xyz xyz = {.molecule = *dia_model_molecule(plan->model), /* borrowed: not freed */
                   .nframe = s->n,
                   .kind = "samples",
                   .R = initial->R,
                   .V = initial->V,
                   .state = initial->state,
                   .weight = initial->weight,
                   .namplitude = 2 * initial->nstate,
                   .amplitudes = initial->c};
    if (s->dimension != 3)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "--output: an XYZ file holds molecules in three dimensions, the model has coordinates of "
                             "%d; leave --output out",
                             s->dimension);
    return dia_xyz_write(&xyz, path, error);
}

static dia_status check_output(const dia_run_plan *plan, const char *path, dia_error *error)
{
    int nfile;
    const dia_file *files = dia_model_files(plan->model, &nfile);
    const dia_claim claim = {.path = path, .key = "--output", .what = "a file of samples", .mark = "diabolo=samples"};
    return dia_config_check_output(plan->config, &claim, nfile, files, error);
}

/* Oscillator strengths of sample i, from its state. */
static dia_status fill_strengths(dia_samples *s, struct dia_samples_own *own, dia_tape *tape, size_t i,
                                 const dia_frame *frame, double *mu)
{
    const dia_model *model = own->plan.model;
    double *f = own->strengths + i * (size_t)s->nstate;
    const dia_status status = dia_model_dipole(model, tape, 1, (const int[]){0}, mu);
    if (status == DIA_OK)
        dia_oscillator_strengths(frame, 0, mu, s->state[i], f);
    for (int k = dia_model_fitted(model); k < s->nstate; k++)
        f[k] = NAN;
    return status;
}

/* Kinetic energy, potential energy of each state, and oscillator strengths. */
static dia_status fill_energies(dia_samples *s, struct dia_samples_own *own, const dia_control *control,
                                dia_error *error)
{
    const dia_model *model = own->plan.model;
    const dia_shape shape = dia_model_shape(model);
    const size_t states = (size_t)shape.nstate, ncart = (size_t)shape.ncart, rows = (size_t)s->n;
    dia_tape *tape = NULL;
    own->kinetic = dia_allocate(rows * (states + 1), sizeof *own->kinetic);
    own->strengths = dia_model_dipolar(model) ? dia_allocate(rows * states, sizeof *own->strengths) : NULL;
    s->strengths = own->strengths;
    dia_frame frame = {.batch = 1, .nstate = shape.nstate, .hermitian = dia_hermitian(&shape)};
    const size_t matrix = dia_frame_matrix(&frame);
    double *H = malloc((4 * (size_t)shape.npacked + matrix + dia_frame_work(shape.nstate)) * sizeof *H);
    dia_status status = dia_tape_create_hermitian(&tape, model, 1, 1, error);
    if (status == DIA_OK && (own->kinetic == NULL || H == NULL || (own->strengths == NULL && dia_model_dipolar(model))))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d energies", s->n);
    s->kinetic = own->kinetic;
    double *energies = own->kinetic != NULL ? own->kinetic + rows : NULL;
    s->energies = energies;
    for (size_t i = 0; status == DIA_OK && i < rows; i++) {
        const double *V = s->V + i * ncart;
        frame.H = H;
        frame.E = energies + i * states;
        frame.U = H + 4 * (size_t)shape.npacked;
        status = dia_model_hamiltonian(model, tape, 1, s->R + i * ncart, H);
        if (status == DIA_OK)
            status = dia_frame_solve(&frame, frame.U + matrix);
        if (status == DIA_OK && own->strengths != NULL)
            status = fill_strengths(s, own, tape, i, &frame, H + shape.npacked);
        if (dia_control_stopped(control))
            status = dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
        for (size_t c = 0; c < ncart; c++)
            own->kinetic[i] += 0.5 * s->masses[c / (size_t)s->dimension] * V[c] * V[c];
    }
    dia_tape_free(tape);
    free(H);
    return status;
}

static dia_status fill_modes(dia_samples *s, struct dia_samples_own *own, dia_error *error)
{
    const dia_initial *initial = &own->plan.initial;
    const dia_modes *modes = &initial->modes;
    const dia_oscillators set =
        dia_initial_set(initial, &own->plan.initial_settings, dia_model_molecule(own->plan.model));
    s->temperature = set.temperature;
    s->diabat = own->plan.initial_settings.diabat;
    s->stated = initial->stated;
    s->minimum = initial->minimum;
    s->minimum_energy = initial->minimum_energy;
    if (modes->frequency == NULL)
        return DIA_OK;
    own->deviation = dia_allocate((size_t)modes->nmode, sizeof *own->deviation);
    if (own->deviation == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d modes", modes->nmode);
    for (int m = 0; m < modes->nmode; m++)
        own->deviation[m] = dia_oscillators_deviation(&set, m);
    s->nmode = modes->nmode;
    s->frequency = modes->frequency;
    s->deviation = own->deviation;
    s->zero_point = dia_modes_zero_point(modes, set.lowest);
    s->harmonic = dia_oscillators_energy(&set);
    return DIA_OK;
}

static void fill(dia_samples *s, const dia_run_plan *plan)
{
    const dia_molecule *molecule = dia_model_molecule(plan->model);
    s->n = plan->initial.n;
    s->natom = molecule->natom;
    s->dimension = molecule->dimension;
    s->ncart = molecule->ncart;
    s->nstate = dia_model_shape(plan->model).nstate;
    s->numbers = molecule->numbers;
    s->masses = molecule->masses;
    s->R = plan->initial.R;
    s->V = plan->initial.V;
    s->state = plan->initial.state;
    s->amplitudes = plan->initial.c;
    s->weight = plan->initial.weight;
}

dia_status dia_sample(const dia_input *input, const dia_control *control, dia_samples **out, dia_error *error)
{
    dia_samples *s = *out = NULL;
    struct dia_samples_own *own = calloc(1, sizeof *own);
    if (own != NULL && (s = calloc(1, sizeof *s)) == NULL)
        free(own);
    if (s == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    s->own = own;
    dia_status status = dia_run_plan_sample(&own->plan, input, control, error);
    if (status == DIA_OK && input->output != NULL)
        status = check_output(&own->plan, input->output, error);
    if (status == DIA_OK) {
        fill(s, &own->plan);
        if (own->plan.initial.note[0] != '\0')
            dia_control_warn(control, "%s", own->plan.initial.note);
        status = fill_modes(s, own, error);
    }
    if (status == DIA_OK)
        status = fill_energies(s, own, control, error);
    if (status == DIA_OK && input->output != NULL)
        status = write_frames(s, &own->plan, input->output, error);
    if (status == DIA_OK && input->output != NULL)
        dia_control_note(control, "wrote %s", input->output);
    if (status == DIA_OK)
        *out = s;
    else
        dia_samples_free(s);
    return status;
}

void dia_samples_free(dia_samples *samples)
{
    if (samples == NULL)
        return;
    dia_run_plan_clear(&samples->own->plan);
    free(samples->own->kinetic);
    free(samples->own->deviation);
    free(samples->own->strengths);
    free(samples->own);
    free(samples);
}
