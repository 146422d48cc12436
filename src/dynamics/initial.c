/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/initial_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "model/outside.h"
#include "parallel/team.h"

const dia_option dia_initial_options[] = {
    DIA_CHOICE(
        dia_initial_settings, sampling, "wigner|husimi|boltzmann|fixed|file", "wigner",
        "distribution of harmonic oscillators, about the minimum of the lowest state unless `diabat`, `frequencies` or "
        "`position_width` say otherwise; one point with Gaussian widths; or frames of a file"),
    DIA_REAL(dia_initial_settings, temperature, DIA_TEMPERATURE, "0 K",
             "of the oscillators; with sampling: fixed of the velocities", DIA_RANGE(0.0, 1e6)),
    DIA_INT(
        dia_initial_settings, diabat, "none",
        "oscillators about the minimum of this diabatic state (H_dd and its Hessian), not of the lowest adiabatic one",
        .choices = "none", DIA_RANGE(0, 10000)),
    DIA_TEXTS(
        dia_initial_settings, frequencies, NULL,
        "of stated oscillators about `position`, energies, one a coordinate or one for all; model: those that the "
        "model is written in (vibronic)",
        .choices = "model"),
    DIA_PATH(dia_initial_settings, modes, NULL,
             "Molden file with normal modes of an electronic-structure program: the oscillators, about its geometry"),
    {.key = "state",
     .kind = DIA_OPTION_NODE,
     .offset = offsetof(dia_initial_settings, state_node),
     .shown = DIA_OPTION_INT,
     .choices = "file|excited",
     .required = true,
     .help = "adiabatic state the trajectories start in, counted from 0; excited: drawn by `excitation`; file: that of "
             "each "
             "frame; {diabatic: 1}: a "
             "diabatic state, {diabatic: [0.6, 0.8i]} or {adiabatic: [...]}: a superposition; `as: density` beside it: "
             "a mixture; {spin_free: S2}: a state without spin-orbit coupling"},
    {.key = "excitation",
     .kind = DIA_OPTION_NODE,
     .offset = offsetof(dia_initial_settings, excitation_node),
     .shown = DIA_OPTION_BLOCK,
     .table = dia_excitation_options,
     .help = "with state: excited, starts as light chooses them, by excitation energy and oscillator strength"},
    DIA_INT(dia_initial_settings, trajectories, NULL,
            "number of trajectories; may be left out with sampling: file (all frames)", DIA_RANGE(1, 100000000)),
    DIA_INT(dia_initial_settings, seed, "1", "of the random numbers", DIA_RANGE(0, 2147483647)),
    DIA_PATH(
        dia_initial_settings, file, NULL,
        "extended XYZ (positions in Angstrom, velocities `velo` in Angstrom/fs), initconds of SHARC or final_output of "
        "Newton-X; its first frame is where a search for a minimum begins"),
    DIA_TEXTS(dia_initial_settings, masses, NULL,
              "one per atom, in u or as an isotope's name (D, T); file: as the frames state; left out: the model's",
              .choices = "file"),
    DIA_REAL(dia_initial_settings, lowest_frequency, DIA_ENERGY, "10 cm^-1",
             "modes at a minimum that are below it, and imaginary ones, are not displaced", DIA_RANGE(0.0, 1.0)),
    DIA_REALS(
        dia_initial_settings, position, DIA_ATOMIC, NULL,
        "one number per coordinate, bohr: the point, the centre of stated oscillators, or where the search for the "
        "minimum begins; left out: the model's reference"),
    DIA_REALS(dia_initial_settings, momentum, DIA_ATOMIC, NULL,
              "mean, one number per coordinate, atomic units; left out: at rest"),
    DIA_REALS(
        dia_initial_settings, position_width, DIA_ATOMIC, NULL,
        "standard deviation of the positions, one number or one per coordinate; of oscillators: in their ground state, "
        "instead of `frequencies`"),
    DIA_REALS(dia_initial_settings, momentum_width, DIA_ATOMIC, NULL,
              "with sampling: fixed, standard deviation of the momenta"),
    {.key = NULL},
};

/* ---- shared by all samplings ----------------------------------------------------------------- */

dia_status dia_initial_reserve(dia_initial_maker *m, int n)
{
    dia_initial *out = m->out;
    size_t rows = (size_t)n, ncart = (size_t)m->molecule->ncart;
    out->n = n;
    out->ncart = m->molecule->ncart;
    out->R = calloc(rows * ncart, sizeof *out->R);
    out->V = calloc(rows * ncart, sizeof *out->V);
    out->state = calloc(rows, sizeof *out->state);
    out->weight = calloc(rows, sizeof *out->weight);
    if (out->R == NULL || out->V == NULL || out->state == NULL || out->weight == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d trajectories", n);
    out->nstate = dia_model_shape(m->model).nstate;
    for (int i = 0; i < n; i++) {
        out->state[i] = m->settings->state;
        out->weight[i] = 1.0;
    }
    return DIA_OK;
}

bool dia_initial_goes_on(dia_initial_maker *m, const char *what, size_t done, size_t total)
{
    enum { OFTEN = 256 };
    m->phase.what = what;
    if (done % OFTEN == 0 || done == total)
        dia_control_phase(m->control, &m->phase, (double)done, (double)total);
    if (done < total && dia_control_stopped(m->control))
        m->status = dia_error_set(m->error, DIA_ERROR_INTERRUPTED, "interrupted");
    return done < total && m->status != DIA_ERROR_INTERRUPTED;
}

void dia_initial_note(dia_initial_maker *m, const char *format, ...)
{
    char *text = m->out->note;
    const size_t used = strlen(text), room = sizeof m->out->note - used;
    va_list args;
    va_start(args, format);
    const int start = used > 0 ? snprintf(text + used, room, "; ") : 0;
    vsnprintf(text + used + start, room - (size_t)start, format, args);
    va_end(args);
}

dia_status dia_initial_check_count(const dia_initial_maker *m, const char *key, const dia_list *list, bool one)
{
    const int ncart = m->molecule->ncart;
    if (list->n == 0 || list->n == ncart || (one && list->n == 1))
        return DIA_OK;
    return dia_error_set(m->error, DIA_ERROR_INPUT,
                         "initial.%s: expected %d number%s, one a coordinate of the model, found %d", key, ncart,
                         ncart == 1 ? "" : "s", list->n);
}

/* Run as a task, so that BLAS has one thread and the result does not depend on the number of threads. */
static void make(void *context, int task, int thread)
{
    dia_initial_maker *m = context;
    (void)task, (void)thread;
    const int sampling = m->settings->sampling;
    m->status = dia_initial_masses(m);
    if (m->status == DIA_OK)
        m->status = sampling == DIA_SAMPLING_FILE    ? dia_initial_from_file(m)
                    : sampling == DIA_SAMPLING_FIXED ? dia_initial_fixed(m)
                                                     : dia_initial_oscillators(m);
    if (m->status == DIA_OK)
        m->status = m->settings->excitation.given ? dia_excitation_choose(m) : dia_initial_electrons(m);
}

/* A key that the chosen sampling does not use is a mistake. */
static dia_status check_keys(const dia_initial_settings *s, dia_error *error)
{
    static const char *const names[] = {"wigner", "husimi", "boltzmann", "fixed", "file"};
    const bool file = s->sampling == DIA_SAMPLING_FILE, fixed = s->sampling == DIA_SAMPLING_FIXED,
               drawn = !file && !fixed, stated = dia_initial_stated(s);
    const struct {
        bool given, used;
        const char *key, *why;
    } keys[] = {
        {s->file != NULL, !fixed && !stated, "file", stated ? "the oscillators are stated" : "write sampling: file"},
        {s->position.n > 0, !file && s->modes == NULL, "position",
         file ? "write sampling: fixed" : "`modes` states the centre of the oscillators"},
        {s->modes != NULL, drawn, "modes", "write sampling: wigner"},
        {s->momentum.n > 0, !file, "momentum", "write sampling: fixed"},
        {s->position_width.n > 0, !file, "position_width", "write sampling: fixed"},
        {s->momentum_width.n > 0, fixed, "momentum_width",
         file ? "write sampling: fixed" : "it follows from the frequencies; sampling: fixed takes both widths"},
        {s->temperature > 0.0, !file, "temperature", "write sampling: wigner"},
        {s->frequencies.n > 0, drawn, "frequencies", "write sampling: wigner"},
        {s->diabat >= 0, drawn && !stated, "diabat", stated ? "the oscillators are stated" : "write sampling: wigner"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].given && !keys[i].used)
            return dia_error_set(error, DIA_ERROR_INPUT, "initial.%s is not used with sampling: %s here; %s",
                                 keys[i].key, names[s->sampling], keys[i].why);
    if (s->state == DIA_STATE_OF_FRAME && !file)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial.state: file takes the states of frames, which sampling: %s has not; give a number",
            names[s->sampling]);
    return DIA_OK;
}

static dia_status check_settings(const dia_initial_settings *s, const dia_model *model, dia_error *error)
{
    const int nstate = dia_model_shape(model).nstate;
    if (check_keys(s, error) != DIA_OK || dia_initial_check_state(s, model, error) != DIA_OK)
        return DIA_ERROR_INPUT;
    if (dia_initial_masses_of_file(s) && s->file == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.masses: file needs `file`, an extended XYZ file");
    if (s->sampling != DIA_SAMPLING_FILE && s->trajectories < 1)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.trajectories: say how many, at least 1");
    if (s->sampling == DIA_SAMPLING_BOLTZMANN && !(s->temperature > 0.0))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.temperature: sampling: boltzmann needs one; at 0 K classical oscillators rest");
    if (s->diabat >= nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.diabat: the model has the states 0 to %d, found %d",
                             nstate - 1, s->diabat);
    if (s->modes != NULL && s->frequencies.n + s->position_width.n > 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial: `modes` and `%s` both state the oscillators; keep one",
                             s->frequencies.n > 0 ? "frequencies" : "position_width");
    if (s->frequencies.n > 0 && s->position_width.n > 0)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial: `frequencies` and `position_width` both say how wide the oscillators are; keep one");
    if (s->sampling == DIA_SAMPLING_FIXED && s->temperature > 0.0 && s->momentum_width.n > 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial: `temperature` and `momentum_width` both say how the momenta spread; keep one");
    return DIA_OK;
}

dia_status dia_initial_make(dia_initial *initial, dia_model *model, const dia_initial_settings *settings,
                            const dia_control *control, dia_error *error)
{
    *initial = (dia_initial){0};
    dia_initial_maker m = {.out = initial,
                           .model = model,
                           .molecule = dia_model_molecule(model),
                           .settings = settings,
                           .control = control,
                           .error = error};
    m.status = check_settings(settings, model, error);
    dia_initial_settings drawn = *settings;
    m.asked = settings->trajectories;
    if (settings->excitation.given && !settings->packet) {
        drawn.trajectories = dia_excitation_candidates(settings);
        m.settings = &drawn;
    }
    if (m.status == DIA_OK)
        dia_team_run(1, 1, make, &m);
    if (m.status == DIA_OK && initial->chosen[0] != '\0')
        dia_control_note(control, "initial.excitation: %s", initial->chosen);
    char outside[700];
    if (m.status == DIA_OK && dia_model_outside(model, initial->n, initial->R, "initial conditions", control, NULL,
                                                sizeof outside, outside) > 0)
        dia_initial_note(&m, "%s", outside);
    if (m.status != DIA_OK)
        dia_initial_free(initial);
    return m.status;
}

void dia_initial_free(dia_initial *initial)
{
    free(initial->R);
    free(initial->V);
    free(initial->state);
    free(initial->c);
    free(initial->weight);
    free(initial->candidate);
    free(initial->excitation);
    free(initial->strength);
    free(initial->minimum);
    free(initial->momentum);
    dia_modes_free(&initial->modes);
    *initial = (dia_initial){0};
}
