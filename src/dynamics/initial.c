/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/initial_state.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/rng.h"
#include "electronic/minimum.h"
#include "molecule/elements.h"
#include "molecule/wigner.h"
#include "molecule/xyz.h"
#include "parallel/team.h"

const dia_option dia_initial_options[] = {
    DIA_CHOICE(dia_initial_settings, sampling, "wigner|file|fixed", "wigner",
               "harmonic Wigner distribution at the minimum of the lowest state, frames of a file, or one point"),
    DIA_REAL(dia_initial_settings, temperature, DIA_TEMPERATURE, "0 K", "of the Wigner distribution",
             DIA_RANGE(0.0, 1.0)),
    {.key = "state",
     .kind = DIA_OPTION_NODE,
     .offset = offsetof(dia_initial_settings, state_node),
     .shown = DIA_OPTION_INT,
     .choices = "file",
     .required = true,
     .help = "adiabatic state the trajectories start in, counted from 0; file: that of each frame; {diabatic: 1}: a "
             "diabatic state, {diabatic: [0.6, 0.8i]} or {adiabatic: [...]}: a superposition; `as: density` beside it: "
             "a mixture"},
    DIA_INT(dia_initial_settings, trajectories, NULL,
            "number of trajectories; may be left out with sampling: file (all frames)", DIA_RANGE(1, 100000000)),
    DIA_INT(dia_initial_settings, seed, "1", "of the random numbers", DIA_RANGE(0, 2147483647)),
    DIA_PATH(
        dia_initial_settings, file, NULL,
        "extended XYZ; positions in Angstrom, velocities (velo) in Angstrom/fs; with sampling: wigner its first frame "
        "is where the search for the minimum begins"),
    DIA_TEXTS(dia_initial_settings, masses, NULL,
              "one per atom, in u or as an isotope's name (D, T); file: as the frames state; left out: the model's",
              .choices = "file"),
    DIA_REAL(dia_initial_settings, lowest_frequency, DIA_ENERGY, "10 cm^-1",
             "modes below it, and imaginary ones, are not displaced by the Wigner sampling", DIA_RANGE(0.0, 1.0)),
    DIA_REALS(dia_initial_settings, position, DIA_ATOMIC, NULL,
              "one number per coordinate, bohr, of sampling: fixed, or where the search for the minimum begins; left "
              "out: the model's reference"),
    DIA_REALS(dia_initial_settings, momentum, DIA_ATOMIC, NULL,
              "with sampling: fixed, one number per coordinate, atomic units; left out: at rest"),
    DIA_REALS(dia_initial_settings, position_width, DIA_ATOMIC, NULL,
              "standard deviation of the positions, one number or one per coordinate; left out: none"),
    DIA_REALS(dia_initial_settings, momentum_width, DIA_ATOMIC, NULL, "standard deviation of the momenta"),
    {.key = NULL},
};

/* ---- shared by all samplings ----------------------------------------------------------------- */

typedef struct maker {
    dia_initial *out;
    dia_model *model;
    const dia_molecule *molecule;
    const dia_initial_settings *settings;
    const dia_control *control;
    dia_error *error;
    dia_status status;
} maker;

static dia_status reserve(maker *m, int n)
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

static bool stopped(maker *m)
{
    if (dia_control_stopped(m->control))
        m->status = dia_error_set(m->error, DIA_ERROR_INTERRUPTED, "interrupted");
    return m->status == DIA_ERROR_INTERRUPTED;
}

DIA_PRINTF(2, 3) static void note(maker *m, const char *format, ...)
{
    char *text = m->out->note;
    const size_t used = strlen(text), room = sizeof m->out->note - used;
    va_list args;
    va_start(args, format);
    const int start = used > 0 ? snprintf(text + used, room, "; ") : 0;
    vsnprintf(text + used + start, room - (size_t)start, format, args);
    va_end(args);
}

/* Checks a list: one number for each coordinate, or one for all if that is allowed. */
static dia_status check_count(maker *m, const char *key, const dia_list *list, bool one)
{
    const int ncart = m->molecule->ncart;
    if (list->n == 0 || list->n == ncart || (one && list->n == 1))
        return DIA_OK;
    return dia_error_set(m->error, DIA_ERROR_INPUT,
                         "initial.%s: expected %d number%s, one a coordinate of the model, found %d", key, ncart,
                         ncart == 1 ? "" : "s", list->n);
}

/* ---- isotopes -------------------------------------------------------------------------------- */

static bool masses_of_file(const dia_initial_settings *s)
{
    const char *const *names = s->masses.items;
    return s->masses.n == 1 && strcmp(names[0], "file") == 0;
}

/* The mass "2.014", "2.014 u" or "D" of atom a. */
static dia_status read_mass(maker *m, int a, const char *text, double *mass)
{
    const int expected = m->molecule->numbers[a];
    int number = expected;
    char why[200];
    dia_error own = {0};
    dia_status status = DIA_OK;
    if (!dia_quantity_parse(text, DIA_MASS, mass, sizeof why, why)) {
        status = dia_element_read(text, &number, mass, &own);
        if (status == DIA_OK && number != expected)
            status = dia_error_set(&own, DIA_ERROR_INPUT, "'%s' is %s, in the model it is %s", text,
                                   dia_element_symbol(number), dia_element_symbol(expected));
        if (status == DIA_OK && *mass == 0.0)
            *mass = dia_element_mass(number);
    }
    if (status == DIA_OK)
        status = dia_element_check_mass(expected, 0.0, *mass, &own);
    return status == DIA_OK ? DIA_OK : dia_error_set(m->error, status, "initial.masses, atom %d: %s", a + 1, own.text);
}

/* Sets the masses that the input gives, before they are used. */
static dia_status set_masses(maker *m)
{
    const dia_list *list = &m->settings->masses;
    const char *const *names = list->items;
    const int natom = m->molecule->natom;
    if (list->n == 0 || masses_of_file(m->settings))
        return DIA_OK;
    if (list->n != natom) {
        char formula[100];
        dia_molecule_formula(m->molecule, sizeof formula, formula);
        return dia_error_set(m->error, DIA_ERROR_INPUT,
                             "initial.masses: expected %d, one an atom of the model (%s), or `file`; found %d", natom,
                             formula, list->n);
    }
    double *masses = malloc((size_t)natom * sizeof *masses);
    dia_status status = masses != NULL ? DIA_OK : dia_error_set(m->error, DIA_ERROR_MEMORY, "no memory for masses");
    for (int a = 0; status == DIA_OK && a < natom; a++)
        status = read_mass(m, a, names[a], &masses[a]);
    if (status == DIA_OK)
        status = dia_model_set_masses(m->model, masses, m->error);
    free(masses);
    return status;
}

/* Masses that a file states are used if the input asks for them; otherwise they must equal the masses of the model. */
static dia_status agree_masses(maker *m, const dia_xyz *xyz)
{
    const dia_initial_settings *s = m->settings;
    if (masses_of_file(s)) {
        if (xyz->masses == NULL)
            return dia_error_set(m->error, DIA_ERROR_INPUT,
                                 "%s: states no masses (a column masses:R:1, or D and T among the symbols), which "
                                 "initial.masses: file asks for; give them in the input: one an atom",
                                 s->file);
        return dia_model_set_masses(m->model, xyz->molecule.masses, m->error);
    }
    for (int a = 0; a < m->molecule->natom; a++)
        if (fabs(xyz->molecule.masses[a] / m->molecule->masses[a] - 1.0) > 1e-6)
            return dia_error_set(
                m->error, DIA_ERROR_INPUT,
                "%s: atom %d weighs %.6f u, %s %.6f u; write initial.masses: file to fly the isotopes of "
                "the file, or take its masses out",
                s->file, a + 1, xyz->molecule.masses[a] / DIA_DALTON,
                s->masses.n > 0 ? "by initial.masses" : "in the model", m->molecule->masses[a] / DIA_DALTON);
    return DIA_OK;
}

static dia_status read_frames(maker *m, dia_xyz *xyz)
{
    dia_status status = dia_xyz_read_for(xyz, m->molecule, m->settings->file, m->error);
    if (status == DIA_OK && (status = agree_masses(m, xyz)) != DIA_OK)
        dia_xyz_free(xyz);
    return status;
}

/* ---- the three samplings --------------------------------------------------------------------- */

/* Start of the search for the minimum: NULL for the model's reference, or an array in *own (the caller frees it). */
static dia_status find_start(maker *m, const double **start, double **own)
{
    const dia_initial_settings *s = m->settings;
    *start = s->position.n > 0 ? s->position.items : NULL;
    *own = NULL;
    if (s->file == NULL)
        return s->position.n > 0 ? check_count(m, "position", &s->position, false) : DIA_OK;
    if (s->position.n > 0)
        return dia_error_set(
            m->error, DIA_ERROR_INPUT,
            "initial: `file` and `position` both say where the search for the minimum begins; keep one");
    dia_xyz xyz;
    dia_status status = read_frames(m, &xyz);
    if (status != DIA_OK)
        return status;
    *start = *own = xyz.R;
    xyz.R = NULL;
    dia_xyz_free(&xyz);
    return DIA_OK;
}

/* Minimum of the lowest state, and the normal modes there. */
static dia_status find_minimum(maker *m)
{
    const double *start;
    double *own;
    dia_ground_minimum found = {0};
    dia_status status = find_start(m, &start, &own);
    if (status == DIA_OK)
        status = dia_ground_minimum_find(&found, m->model, start, m->control, m->error);
    free(own);
    m->out->minimum = found.R;
    m->out->minimum_energy = found.energy;
    m->out->modes = found.modes;
    m->out->saddle = found.saddle;
    if (found.left > 0)
        note(
            m,
            "the search for the minimum came to a saddle point (%.4gi cm^-1) and left it along its imaginary mode: the "
            "samples are about a minimum %.4g eV lower, one of several if the molecule is symmetric; initial.file or "
            "initial.position says where another search begins",
            -found.left_frequency / DIA_WAVENUMBER, (found.left_energy - found.energy) / DIA_EV);
    return status;
}

static void note_modes(maker *m)
{
    const dia_modes *modes = &m->out->modes;
    int imaginary = 0, soft = 0;
    for (int k = 0; k < modes->nmode; k++) {
        imaginary += !(modes->frequency[k] > 0.0);
        soft += modes->frequency[k] > 0.0 && modes->frequency[k] < m->settings->lowest_frequency;
    }
    if (imaginary + soft > 0)
        note(m, "%d imaginary mode%s and %d mode%s below %.4g cm^-1 (initial.lowest_frequency) are left at rest%s",
             imaginary, imaginary == 1 ? "" : "s", soft, soft == 1 ? "" : "s",
             m->settings->lowest_frequency / DIA_WAVENUMBER,
             m->out->saddle
                 ? "; the samples are about a saddle point, from which no way down was found: initial.file or "
                   "initial.position says where another search begins"
                 : "");
}

static dia_status make_wigner(maker *m)
{
    dia_initial *out = m->out;
    dia_status status = reserve(m, m->settings->trajectories);
    if (status == DIA_OK)
        status = find_minimum(m);
    if (status != DIA_OK)
        return status;
    note_modes(m);
    dia_wigner wigner = {.molecule = m->molecule,
                         .minimum = out->minimum,
                         .modes = &out->modes,
                         .temperature = m->settings->temperature,
                         .lowest = m->settings->lowest_frequency,
                         .seed = (uint64_t)m->settings->seed};
    double *Q = calloc(2 * (size_t)out->ncart, sizeof *Q), *P = Q + out->ncart;
    if (Q == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d modes", out->ncart);
    for (int i = 0; i < out->n && !stopped(m); i++) {
        size_t first = (size_t)i * (size_t)out->ncart;
        dia_wigner_draw(&wigner, (uint64_t)i, Q, P);
        dia_wigner_place(&wigner, Q, P, out->R + first, out->V + first);
    }
    free(Q);
    return m->status;
}

static dia_status check_states(maker *m, const dia_xyz *xyz, int n)
{
    const dia_initial_settings *s = m->settings;
    const int nstate = dia_model_shape(m->model).nstate;
    for (int f = 0; f < n; f++) {
        const int state = xyz->state[f];
        const bool mixed = xyz->amplitudes != NULL && !isnan(xyz->amplitudes[(size_t)f * (size_t)xyz->namplitude]);
        if (state < 0 && s->state == DIA_STATE_OF_FRAME && !mixed)
            return dia_error_set(
                m->error, DIA_ERROR_INPUT,
                "%s: frame %d states no `state=`, which initial.state: file asks of each; write it into "
                "the comment line, or give initial.state as a number",
                s->file, f + 1);
        if (state >= 0 && s->state != DIA_STATE_OF_FRAME && s->basis == DIA_BASIS_ADIABATIC && state != s->state)
            return dia_error_set(m->error, DIA_ERROR_INPUT,
                                 "%s: frame %d says state=%d, the input says initial.state: %d; write initial.state: "
                                 "file to start each frame in its own state, or take `state=` out of the frames",
                                 s->file, f + 1, state, s->state);
        if (state >= 0 && s->state != DIA_STATE_OF_FRAME && s->basis == DIA_BASIS_DIABATIC)
            return dia_error_set(m->error, DIA_ERROR_INPUT,
                                 "%s: frame %d says state=%d, the input gives a diabatic state of its own; write "
                                 "initial.state: {diabatic: file} if the numbers of the frames are diabatic states, or "
                                 "take `state=` out of the frames",
                                 s->file, f + 1, state);
        if (state >= nstate)
            return dia_error_set(m->error, DIA_ERROR_INPUT,
                                 "%s: frame %d says state=%d, the model has the states 0 to %d", s->file, f + 1, state,
                                 nstate - 1);
    }
    return DIA_OK;
}

/* Amplitudes that frames state must be used, be in all of them, fit the model, and have the norm 1. */
static dia_status take_amplitudes(maker *m, const dia_xyz *xyz, int n)
{
    const dia_initial_settings *s = m->settings;
    const int nstate = m->out->nstate, width = xyz->namplitude;
    if (xyz->amplitudes == NULL)
        return DIA_OK;
    m->out->c = dia_allocate((size_t)n * 2 * (size_t)nstate, sizeof *m->out->c);
    if (m->out->c == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "no memory for the amplitudes of %d trajectories", n);
    for (int f = 0; f < n; f++) {
        const double *c = xyz->amplitudes + (size_t)f * (size_t)width;
        double norm = 0.0;
        for (int i = 0; i < width; i++)
            norm += c[i] * c[i];
        if (s->state != DIA_STATE_OF_FRAME || s->basis != DIA_BASIS_ADIABATIC)
            return dia_error_set(
                m->error, DIA_ERROR_INPUT,
                "%s: its frames state `amplitudes=`, which the input does not use; write initial.state: "
                "file, or take them out of the frames",
                s->file);
        if (width != 2 * nstate)
            return dia_error_set(
                m->error, DIA_ERROR_INPUT,
                "%s: `amplitudes=` has %d numbers, expected %d: real and imaginary part for each of the "
                "%d diabatic states",
                s->file, width, 2 * nstate, nstate);
        if (!(fabs(norm - 1.0) <= 1e-6))
            return dia_error_set(m->error, DIA_ERROR_INPUT, "%s: frame %d: %s", s->file, f + 1,
                                 isnan(norm) ? "states no `amplitudes=`, which others do: expected them in all or none"
                                             : "the squares of its `amplitudes=` do not add up to 1");
        memcpy(m->out->c + (size_t)f * 2 * (size_t)nstate, c, 2 * (size_t)nstate * sizeof *c);
    }
    return DIA_OK;
}

static dia_status check_weights(maker *m, const dia_xyz *xyz, int n)
{
    double sum = 0.0;
    for (int f = 0; f < n; f++)
        sum += xyz->weight[f];
    if (sum > 0.0 && isfinite(sum))
        return DIA_OK;
    return dia_error_set(m->error, DIA_ERROR_INPUT,
                         sum > 0.0 ? "%s: the weights of its %d frame%s add up to more than a number holds; divide all "
                                     "`weight=` by one factor"
                                   : "%s: `weight=` is 0 in each of its %d frame%s, so no mean can be taken; give at "
                                     "least one a weight above 0, or take `weight=` out",
                         m->settings->file, n, n == 1 ? "" : "s");
}

static dia_status take_frames(maker *m, const dia_xyz *xyz)
{
    const dia_initial_settings *s = m->settings;
    int n = s->trajectories > 0 ? s->trajectories : xyz->nframe;
    if (n > xyz->nframe)
        return dia_error_set(m->error, DIA_ERROR_INPUT,
                             "%s: holds %d frames, initial.trajectories asks for %d; ask for fewer", s->file,
                             xyz->nframe, n);
    dia_status status = check_states(m, xyz, n);
    if (status == DIA_OK)
        status = check_weights(m, xyz, n);
    if (status == DIA_OK)
        status = reserve(m, n);
    if (status == DIA_OK)
        status = take_amplitudes(m, xyz, n);
    if (status != DIA_OK)
        return status;
    size_t size = (size_t)n * (size_t)m->molecule->ncart * sizeof(double);
    memcpy(m->out->R, xyz->R, size);
    memcpy(m->out->weight, xyz->weight, (size_t)n * sizeof(double));
    if (s->state == DIA_STATE_OF_FRAME)
        memcpy(m->out->state, xyz->state, (size_t)n * sizeof *xyz->state);
    if (xyz->V != NULL)
        memcpy(m->out->V, xyz->V, size);
    else
        note(m, "%s holds no velocities (velo:R:3 or momenta:R:3)%s%s: the trajectories start at rest", s->file,
             xyz->note[0] != '\0' ? "; " : "", xyz->note);
    return DIA_OK;
}

static dia_status make_file(maker *m)
{
    dia_xyz xyz;
    if (m->settings->file == NULL)
        return dia_error_set(m->error, DIA_ERROR_INPUT, "initial: sampling: file needs `file`, an extended XYZ file");
    dia_status status = read_frames(m, &xyz);
    if (status != DIA_OK)
        return status;
    status = take_frames(m, &xyz);
    dia_xyz_free(&xyz);
    return status;
}

/* Number c of a list that is empty, has one number for all (if allowed), or one per coordinate. */
static double entry(const dia_list *list, int c, double fallback)
{
    const double *x = list->items;
    return list->n == 0 ? fallback : x[list->n == 1 ? 0 : c];
}

static dia_status make_fixed(maker *m)
{
    const dia_initial_settings *s = m->settings;
    const struct {
        const char *key;
        const dia_list *list;
        bool one;
    } lists[] = {{"position", &s->position, false},
                 {"momentum", &s->momentum, false},
                 {"position_width", &s->position_width, true},
                 {"momentum_width", &s->momentum_width, true}};
    int ncart = m->molecule->ncart;
    dia_status status = DIA_OK;
    for (int i = 0; status == DIA_OK && i < 4; i++)
        status = check_count(m, lists[i].key, lists[i].list, lists[i].one);
    for (int i = 2; status == DIA_OK && i < 4; i++)
        for (int c = 0; status == DIA_OK && c < lists[i].list->n; c++)
            if (((const double *)lists[i].list->items)[c] < 0.0)
                status = dia_error_set(m->error, DIA_ERROR_INPUT,
                                       "initial.%s: a standard deviation is not negative, found %g", lists[i].key,
                                       ((const double *)lists[i].list->items)[c]);
    if (status == DIA_OK)
        status = reserve(m, s->trajectories);
    for (int i = 0; status == DIA_OK && i < s->trajectories && !stopped(m); i++)
        for (int c = 0; c < ncart; c++) {
            double *R = m->out->R + (size_t)i * (size_t)ncart, *V = m->out->V + (size_t)i * (size_t)ncart;
            double mass = m->molecule->masses[c / m->molecule->dimension];
            R[c] = entry(&s->position, c, m->molecule->reference[c]) +
                   entry(&s->position_width, c, 0.0) *
                       dia_rng_normal((uint64_t)s->seed, (uint64_t)i, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * c));
            V[c] = (entry(&s->momentum, c, 0.0) +
                    entry(&s->momentum_width, c, 0.0) *
                        dia_rng_normal((uint64_t)s->seed, (uint64_t)i, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * c + 1))) /
                   mass;
        }
    return status == DIA_OK ? m->status : status;
}

/* Run as a task, so that BLAS has one thread and the result does not depend on the number of threads. */
static void make(void *context, int task, int thread)
{
    maker *m = context;
    (void)task, (void)thread;
    static dia_status (*const ways[])(maker *) = {make_wigner, make_file, make_fixed};
    m->status = set_masses(m);
    if (m->status == DIA_OK)
        m->status = ways[m->settings->sampling](m);
    if (m->status == DIA_OK)
        m->status = dia_initial_electrons(m->out, m->model, m->settings, m->control, m->error);
}

/* A key that the chosen sampling does not use is a mistake. */
static dia_status check_settings(const dia_initial_settings *s, int nstate, dia_error *error)
{
    static const char *const names[] = {"wigner", "file", "fixed"};
    if (s->state == DIA_STATE_OF_FRAME && s->sampling != DIA_SAMPLING_FILE)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial.state: file takes the states of frames, which sampling: %s has not; give a number",
            names[s->sampling]);
    if (dia_initial_check_state(s, nstate, error) != DIA_OK)
        return DIA_ERROR_INPUT;
    if (masses_of_file(s) && s->file == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.masses: file needs `file`, an extended XYZ file");
    if (s->sampling != DIA_SAMPLING_FILE && s->trajectories < 1)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.trajectories: say how many, at least 1");
    if (s->sampling == DIA_SAMPLING_FIXED && s->file != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.file is not used by sampling: fixed; write sampling: file");
    if (s->sampling == DIA_SAMPLING_FILE && s->position.n > 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.position is not used by sampling: file; write sampling: fixed");
    if (s->sampling != DIA_SAMPLING_FIXED && s->momentum.n + s->position_width.n + s->momentum_width.n > 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial: momentum and the widths are not used by sampling: %s; write sampling: fixed",
                             names[s->sampling]);
    if (s->sampling != DIA_SAMPLING_WIGNER && s->temperature > 0.0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.temperature is not used by sampling: %s; write sampling: wigner",
                             names[s->sampling]);
    return DIA_OK;
}

dia_status dia_initial_make(dia_initial *initial, dia_model *model, const dia_initial_settings *settings,
                            const dia_control *control, dia_error *error)
{
    *initial = (dia_initial){0};
    maker m = {.out = initial,
               .model = model,
               .molecule = dia_model_molecule(model),
               .settings = settings,
               .control = control,
               .error = error};
    m.status = check_settings(settings, dia_model_shape(model).nstate, error);
    if (m.status == DIA_OK)
        dia_team_run(1, 1, make, &m);
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
    free(initial->minimum);
    dia_modes_free(&initial->modes);
    *initial = (dia_initial){0};
}
