/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Initial conditions that others have made: frames of an extended XYZ file, of SHARC or Newton-X; and the masses, which a file may
 * state. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dynamics/initial_internal.h"
#include "molecule/elements.h"
#include "molecule/initconds.h"

/* ---- isotopes -------------------------------------------------------------------------------- */

bool dia_initial_masses_of_file(const dia_initial_settings *s)
{
    const char *const *names = s->masses.items;
    return s->masses.n == 1 && strcmp(names[0], "file") == 0;
}

/* The mass "2.014", "2.014 u" or "D" of atom a. */
static dia_status read_mass(dia_initial_maker *m, int a, const char *text, double *mass)
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

dia_status dia_initial_masses(dia_initial_maker *m)
{
    const dia_list *list = &m->settings->masses;
    const char *const *names = list->items;
    const int natom = m->molecule->natom;
    if (list->n == 0 || dia_initial_masses_of_file(m->settings))
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
static dia_status agree_masses(dia_initial_maker *m, const dia_xyz *xyz)
{
    const dia_initial_settings *s = m->settings;
    if (dia_initial_masses_of_file(s)) {
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

dia_status dia_initial_read_frames(dia_initial_maker *m, dia_xyz *xyz)
{
    const char *file = m->settings->file;
    dia_status status = dia_initconds_recognise(file) ? dia_initconds_read(xyz, m->molecule, file, m->error)
                                                      : dia_xyz_read_for(xyz, m->molecule, file, m->error);
    if (status == DIA_OK && (status = agree_masses(m, xyz)) != DIA_OK)
        dia_xyz_free(xyz);
    return status;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static dia_status check_states(dia_initial_maker *m, const dia_xyz *xyz, int n)
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
        const int expected = s->state == DIA_STATE_EXCITED ? s->excitation.from : s->state;
        if (state >= 0 && s->state != DIA_STATE_OF_FRAME && s->basis == DIA_BASIS_ADIABATIC && state != expected)
            return dia_error_set(m->error, DIA_ERROR_INPUT,
                                 "%s: frame %d says state=%d, the input says initial.state: %d; write initial.state: "
                                 "file to start each frame in its own state, or take `state=` out of the frames",
                                 s->file, f + 1, state, expected);
        if (state >= 0 && s->state != DIA_STATE_OF_FRAME && s->basis != DIA_BASIS_ADIABATIC)
            return dia_error_set(m->error, DIA_ERROR_INPUT,
                                 "%s: frame %d says state=%d, the input gives a %s state of its own; write "
                                 "initial.state: {%s: file} if the numbers of the frames are such states, or "
                                 "take `state=` out of the frames",
                                 s->file, f + 1, state, s->basis == DIA_BASIS_DIABATIC ? "diabatic" : "spin-free",
                                 s->basis == DIA_BASIS_DIABATIC ? "diabatic" : "spin_free");
        if (state >= nstate)
            return dia_error_set(m->error, DIA_ERROR_INPUT,
                                 "%s: frame %d says state=%d, the model has the states 0 to %d", s->file, f + 1, state,
                                 nstate - 1);
    }
    return DIA_OK;
}

/* Amplitudes that frames state must be used, be in all of them, fit the model, and have the norm 1. */
static dia_status take_amplitudes(dia_initial_maker *m, const dia_xyz *xyz, int n)
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

static dia_status check_weights(dia_initial_maker *m, const dia_xyz *xyz, int n)
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

static dia_status take_frames(dia_initial_maker *m, const dia_xyz *xyz)
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
        status = dia_initial_reserve(m, n);
    if (status == DIA_OK)
        status = take_amplitudes(m, xyz, n);
    if (status != DIA_OK)
        return status;
    size_t size = (size_t)n * (size_t)m->molecule->ncart * sizeof(double);
    memcpy(m->out->R, xyz->R, size);
    memcpy(m->out->weight, xyz->weight, (size_t)n * sizeof(double));
    if (s->state == DIA_STATE_OF_FRAME)
        memcpy(m->out->state, xyz->state, (size_t)n * sizeof *xyz->state);
    if (xyz->V != NULL && xyz->note[0] != '\0')
        dia_initial_note(m, "%s: %s", s->file, xyz->note);
    if (xyz->V != NULL)
        memcpy(m->out->V, xyz->V, size);
    else
        dia_initial_note(m, "%s holds no velocities (velo:R:3 or momenta:R:3)%s%s: the trajectories start at rest",
                         s->file, xyz->note[0] != '\0' ? "; " : "", xyz->note);
    return DIA_OK;
}

dia_status dia_initial_from_file(dia_initial_maker *m)
{
    dia_xyz xyz;
    if (m->settings->file == NULL)
        return dia_error_set(m->error, DIA_ERROR_INPUT, "initial: sampling: file needs `file`, an extended XYZ file");
    dia_status status = dia_initial_read_frames(m, &xyz);
    if (status != DIA_OK)
        return status;
    status = take_frames(m, &xyz);
    dia_xyz_free(&xyz);
    return status;
}
