/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* M_PI */
#include "model/vibronic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/vibronic_spin.h"
#include "molecule/elements.h"

typedef dia_vibronic_molecule_input molecule_input;
typedef dia_vibronic_mode_input mode_input;
typedef dia_vibronic_coupling_input coupling_input;

static const dia_option molecule_options[] = {
    DIA_TEXTS(molecule_input, symbols, NULL, "chemical elements, e.g. [S, O, O]"),
    DIA_REALS(molecule_input, masses, DIA_MASS, NULL, "one per atom; left out: most abundant isotopes"),
    DIA_REALS(molecule_input, geometry, DIA_LENGTH, NULL,
              "reference geometry, x y z of the first atom, of the second, ..."),
    {.key = NULL},
};

static const dia_option mode_options[] = {
    DIA_TEXT(mode_input, name, NULL, "name of this mode in the couplings below, e.g. 10a", .required = true),
    DIA_REAL(mode_input, frequency, DIA_ENERGY, NULL, "frequency w; every state has the potential sum w Q^2/2",
             DIA_RANGE(1e-9, 1e3), .required = true),
    DIA_REALS(mode_input, vector, DIA_PURE, NULL,
              "mass-weighted normal mode, orthonormal: x y z of the first atom, ...; only with a molecule"),
    DIA_REALS(mode_input, kappa, DIA_ENERGY, NULL, "slope of each state along Q at Q = 0; left out: none"),
    {.key = NULL},
};

#define STATES                                                                                                         \
    DIA_INTS(coupling_input, states, NULL, "two diabatic states, counted from 0, e.g. [0, 1]", .required = true)
#define MODES(text) DIA_TEXTS(coupling_input, modes, NULL, text, .required = true)
#define VALUE DIA_REAL(coupling_input, value, DIA_ENERGY, NULL, "strength", .required = true)

static const dia_option eta_options[] = {STATES, VALUE, {.key = NULL}};
static const dia_option lambda_options[] = {STATES, MODES("the mode, e.g. [10a]"), VALUE, {.key = NULL}};
static const dia_option gamma_options[] = {STATES, MODES("two modes, e.g. [6a, 1] or [1, 1]"), VALUE, {.key = NULL}};

static const dia_option power_options[] = {
    DIA_INTS(dia_vibronic_power_input, states, NULL, "two diabatic states, or twice the same: [0, 0]",
             .required = true),
    DIA_TEXT(dia_vibronic_power_input, mode, NULL, "the mode", .required = true),
    DIA_INT(dia_vibronic_power_input, power, NULL, "p, e.g. 4", DIA_RANGE(3, 12), .required = true),
    DIA_REAL(dia_vibronic_power_input, value, DIA_ENERGY, NULL, "strength; no factor 1/p!", .required = true),
    {.key = NULL},
};

static const dia_option morse_options[] = {
    DIA_INT(dia_vibronic_morse_input, state, NULL, "diabatic state, counted from 0", DIA_RANGE(0, 999),
            .required = true),
    DIA_TEXT(dia_vibronic_morse_input, mode, NULL, "the mode", .required = true),
    DIA_REAL(dia_vibronic_morse_input, depth, DIA_ENERGY, NULL, "D", DIA_RANGE(0.0, 1e6), .required = true),
    DIA_REAL(dia_vibronic_morse_input, exponent, DIA_PURE, NULL, "a", DIA_RANGE(-1e3, 1e3), .required = true),
    DIA_REAL(dia_vibronic_morse_input, centre, DIA_PURE, "0", "Q0"),
    DIA_REAL(dia_vibronic_morse_input, offset, DIA_ENERGY, "0 eV", "e0"),
    {.key = NULL},
};

static const dia_option bath_options[] = {
    DIA_CHOICE(dia_vibronic_bath_input, density, DIA_BATH_DENSITIES, "debye", "spectral density"),
    DIA_REAL(dia_vibronic_bath_input, reorganisation, DIA_ENERGY, NULL,
             "reorganisation energy of a state of coupling 1", DIA_RANGE(0.0, 1e6), .required = true),
    DIA_REAL(dia_vibronic_bath_input, cutoff, DIA_ENERGY, NULL, "cutoff frequency", DIA_RANGE(1e-12, 1e6),
             .required = true),
    DIA_INT(dia_vibronic_bath_input, modes, "100", "modes that stand for the bath", DIA_RANGE(1, 100000)),
    DIA_REALS(dia_vibronic_bath_input, coupling, DIA_PURE, NULL, "factor of the bath in each state, e.g. [1, -1]",
              .required = true),
    {.key = NULL},
};

static const dia_option dipole_options[] = {
    DIA_INTS(dia_vibronic_dipole_input, states, NULL, "two diabatic states, or twice the same: [0, 0]",
             .required = true),
    DIA_REALS(dia_vibronic_dipole_input, vector, DIA_ATOMIC, NULL, "x y z, in e bohr (1 e bohr is 2.5417 debye)",
              .required = true),
    DIA_TEXT(dia_vibronic_dipole_input, mode, NULL, "the vector times Q of this mode; left out: constant"),
    {.key = NULL},
};

const dia_option dia_vibronic_options[] = {
    DIA_PATH(dia_vibronic_input, template, NULL,
             "SHARC's LVC.template, which names its V0.txt; then nothing below but multiplicity is given"),
    DIA_INT(
        dia_vibronic_input, multiplicity, "1",
        "of the states taken from the template: 1 singlets, 2 doublets, 3 triplets; all: of every one, with their spin "
        "components and spin-orbit coupling; spin_free: of every one, each state once, without that coupling",
        .choices = DIA_VIBRONIC_WORDS, DIA_RANGE(1, 16)),
    DIA_BLOCK(dia_vibronic_input, molecule, molecule_options,
              "left out: the coordinates are the modes themselves, dimensionless, of mass 1/w"),
    DIA_REALS(dia_vibronic_input, epsilon, DIA_ENERGY, NULL,
              "energy of each diabatic state at the reference; says how many states there are"),
    DIA_BLOCKS(dia_vibronic_input, modes, mode_input, mode_options, "normal modes, in dimensionless coordinates Q"),
    DIA_BLOCKS(dia_vibronic_input, eta, coupling_input, eta_options, "constant couplings: H_ij += value"),
    DIA_BLOCKS(dia_vibronic_input, lambda, coupling_input, lambda_options, "linear couplings: H_ij += value Q"),
    DIA_BLOCKS(dia_vibronic_input, gamma, coupling_input, gamma_options,
               "quadratic terms: H_ij += value Q_m Q_k, no factor 1/2, each entry once"),
    DIA_BLOCKS(dia_vibronic_input, powers, dia_vibronic_power_input, power_options,
               "terms of one mode: H_ij += value Q^p"),
    DIA_BLOCKS(dia_vibronic_input, morse, dia_vibronic_morse_input, morse_options,
               "D (exp(a (Q - Q0)) - 1)^2 + e0 in place of w Q^2/2 of that mode in that state"),
    DIA_BLOCKS(dia_vibronic_input, baths, dia_vibronic_bath_input, bath_options,
               "many modes that stand for a bath; only without a molecule"),
    DIA_BLOCKS(dia_vibronic_input, dipoles, dia_vibronic_dipole_input, dipole_options,
               "dipole matrix, for spectra and the choice of starts: mu_ij += vector, or vector Q; it turns with the "
               "molecule"),
    DIA_INTS(
        dia_vibronic_input, multiplicities, NULL,
        "2S+1 of each state of epsilon; it then stands in H once for each component M_S, and all above is the same "
        "for its components",
        DIA_RANGE(1, 16)),
    DIA_BLOCKS(dia_vibronic_input, soc, dia_vibronic_spin_orbit_input, dia_vibronic_soc_options,
               "spin-orbit coupling, or any other complex one: <first|H|second> += real + i imaginary"),
    DIA_BLOCKS(dia_vibronic_input, lambda_soc, dia_vibronic_spin_orbit_input, dia_vibronic_lambda_soc_options,
               "the same, times Q of the mode"),
    {.key = NULL},
};

typedef struct maker {
    const dia_vibronic_input *in;
    dia_vibronic *out;
    dia_error *error;
} maker;

static const dia_vibronic_bath_input *bath_at(const maker *m, int i)
{
    return (const dia_vibronic_bath_input *)m->in->baths.items + i;
}

static const mode_input *mode_at(const maker *m, int i)
{
    return (const mode_input *)m->in->modes.items + i;
}

static dia_status wrong(const maker *m, const char *key, int found, int expected, const char *what)
{
    return dia_error_set(m->error, DIA_ERROR_INPUT, "%s: expected %d numbers (%s), found %d", key, expected, what,
                         found);
}

/* Symbols (also names of isotopes) and masses. */
static dia_status make_molecule(maker *m)
{
    const molecule_input *in = &m->in->molecule;
    int natom = in->symbols.n;
    const char *const *symbols = in->symbols.items;
    int *numbers = malloc((size_t)natom * sizeof *numbers);
    double *isotopes = malloc((size_t)natom * sizeof *isotopes);
    dia_status status = DIA_OK;
    if (numbers == NULL || isotopes == NULL)
        status = dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d atoms", natom);
    else if (in->geometry.n != 3 * natom)
        status = wrong(m, "molecule.geometry", in->geometry.n, 3 * natom, "three an atom");
    else if (in->masses.n != 0 && in->masses.n != natom)
        status = wrong(m, "molecule.masses", in->masses.n, natom, "one an atom");
    for (int a = 0; a < natom && status == DIA_OK; a++) {
        status = dia_element_read(symbols[a], &numbers[a], &isotopes[a], m->error);
        if (status == DIA_OK && numbers[a] < 1)
            status = dia_error_set(m->error, DIA_ERROR_INPUT, "'%s' is no element", symbols[a]);
        if (status == DIA_OK && in->masses.n > 0)
            status = dia_element_check_mass(numbers[a], isotopes[a], ((const double *)in->masses.items)[a], m->error);
        if (status != DIA_OK)
            dia_error_prefix(m->error, "molecule, atom %d", a);
    }
    if (status == DIA_OK)
        status = dia_molecule_init(&m->out->molecule, natom, 3, numbers, m->error);
    if (status == DIA_OK)
        memcpy(m->out->molecule.reference, in->geometry.items, (size_t)(3 * natom) * sizeof(double));
    for (int a = 0; status == DIA_OK && a < natom; a++)
        if (in->masses.n > 0 || isotopes[a] > 0.0)
            m->out->molecule.masses[a] = in->masses.n > 0 ? ((const double *)in->masses.items)[a] : isotopes[a];
    free(numbers);
    free(isotopes);
    return status;
}

/* Frequency of mode k = 0, 1, ... of a bath. */
static double bath_frequency(const dia_vibronic_bath_input *bath, int k)
{
    return bath->density == DIA_BATH_DEBYE ? bath->cutoff * tan(M_PI * (k + 0.5) / (2.0 * bath->modes))
                                           : -bath->cutoff * log1p(-(k + 1.0) / (bath->modes + 1.0));
}

/* All frequencies: those of the modes, then those of the baths. */
static dia_status make_frequencies(maker *m)
{
    dia_vibronic *out = m->out;
    int nbath = m->in->baths.n, n = m->in->modes.n;
    for (int b = 0; b < nbath; b++)
        n += bath_at(m, b)->modes;
    out->frequency = malloc((size_t)n * sizeof(double));
    out->bath = calloc((size_t)nbath + 1, sizeof *out->bath);
    out->bath_coupling = calloc((size_t)nbath * (size_t)m->in->epsilon.n + 1, sizeof(double));
    if (out->frequency == NULL || out->bath == NULL || out->bath_coupling == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d modes", n);
    for (; out->nmode < m->in->modes.n; out->nmode++)
        out->frequency[out->nmode] = mode_at(m, out->nmode)->frequency;
    for (; out->nbath < nbath; out->nbath++) {
        const dia_vibronic_bath_input *bath = bath_at(m, out->nbath);
        double *coupling = out->bath_coupling + (size_t)out->nbath * (size_t)m->in->epsilon.n;
        if (bath->coupling.n != m->in->epsilon.n)
            return wrong(m, "baths.coupling", bath->coupling.n, m->in->epsilon.n, "one a state");
        memcpy(coupling, bath->coupling.items, (size_t)bath->coupling.n * sizeof *coupling);
        out->bath[out->nbath] = (dia_vibronic_bath){.density = bath->density,
                                                    .reorganisation = bath->reorganisation,
                                                    .cutoff = bath->cutoff,
                                                    .first = out->nmode,
                                                    .nmode = bath->modes,
                                                    .coupling = coupling};
        for (int k = 0; k < bath->modes; k++)
            out->frequency[out->nmode++] = bath_frequency(bath, k);
    }
    return DIA_OK;
}

/* Coordinates that are the modes themselves: T = w P^2/2 = p^2/(2 mass), mass = 1/w. */
static dia_status make_abstract(maker *m)
{
    dia_status status = dia_molecule_init(&m->out->molecule, m->out->nmode, 1, NULL, m->error);
    for (int i = 0; status == DIA_OK && i < m->out->nmode; i++)
        m->out->molecule.masses[i] = 1.0 / m->out->frequency[i];
    return status;
}

static dia_status make_modes(maker *m)
{
    dia_vibronic *out = m->out;
    bool molecular = m->in->molecule.symbols.n > 0;
    size_t nmode = (size_t)m->in->modes.n, ncart = (size_t)out->molecule.ncart;
    if (molecular && m->in->baths.n > 0)
        return dia_error_set(m->error, DIA_ERROR_INPUT,
                             "baths: a model of a molecule has no others than its own modes; leave out `molecule`");
    out->vector = molecular ? malloc(nmode * ncart * sizeof(double)) : NULL;
    if (molecular && out->vector == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %zu modes", nmode);
    for (size_t i = 0; i < nmode; i++) {
        const mode_input *mode = mode_at(m, (int)i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(mode->name, mode_at(m, (int)j)->name) == 0)
                return dia_error_set(m->error, DIA_ERROR_INPUT, "modes: two of them are called '%s'", mode->name);
        if (mode->vector.n != (molecular ? (int)ncart : 0)) {
            dia_status status = wrong(m, "vector", mode->vector.n, molecular ? (int)ncart : 0,
                                      molecular ? "three an atom" : "there is no molecule");
            dia_error_prefix(m->error, "mode %s", mode->name);
            return status;
        }
        if (molecular)
            memcpy(out->vector + i * ncart, mode->vector.items, ncart * sizeof(double));
    }
    return dia_vibronic_check(out, m->error);
}

static void add(maker *m, int i, int j, int mode, int other, double value)
{
    if (value != 0.0)
        m->out->term[m->out->nterm++] =
            (dia_vibronic_term){.i = i > j ? i : j, .j = i > j ? j : i, .m = mode, .k = other, .value = value};
}

static int find_mode(const maker *m, const char *name)
{
    for (int i = 0; i < m->in->modes.n; i++)
        if (strcmp(mode_at(m, i)->name, name) == 0)
            return i;
    return -1;
}

static dia_status no_mode(const maker *m, const char *key, const char *name)
{
    return dia_error_set(m->error, DIA_ERROR_INPUT, "%s: there is no mode called '%s'", key, name);
}

static dia_status no_state(const maker *m, const char *key, int state)
{
    return dia_error_set(m->error, DIA_ERROR_INPUT, "%s: there is no state %d; epsilon gives %d states, 0 to %d", key,
                         state, m->out->nstate, m->out->nstate - 1);
}

/* One entry of eta (0 modes), lambda (1) or gamma (2). */
static dia_status add_coupling(maker *m, const char *key, const coupling_input *in, int nmode)
{
    const int *states = in->states.items;
    int mode[2] = {-1, -1};
    if (in->states.n != 2 || in->modes.n != nmode)
        return dia_error_set(m->error, DIA_ERROR_INPUT, "%s: expected two states and %d mode%s, found %d and %d", key,
                             nmode, nmode == 1 ? "" : "s", in->states.n, in->modes.n);
    for (int s = 0; s < 2; s++)
        if (states[s] < 0 || states[s] >= m->out->nstate)
            return no_state(m, key, states[s]);
    for (int i = 0; i < nmode; i++) {
        const char *name = ((const char *const *)in->modes.items)[i];
        mode[i] = find_mode(m, name);
        if (mode[i] < 0)
            return no_mode(m, key, name);
    }
    if (nmode < 2 && states[0] == states[1])
        return dia_error_set(m->error, DIA_ERROR_INPUT, "%s couples two different states, found [%d, %d]; use %s", key,
                             states[0], states[1], nmode == 0 ? "epsilon" : "kappa of the mode");
    add(m, states[0], states[1], mode[0], mode[1], in->value);
    return DIA_OK;
}

static dia_status make_powers(maker *m)
{
    dia_vibronic *out = m->out;
    const dia_vibronic_power_input *in = m->in->powers.items;
    out->power = calloc((size_t)m->in->powers.n + 1, sizeof *out->power);
    if (out->power == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d powers", m->in->powers.n);
    for (; out->npower < m->in->powers.n; in++) {
        const int mode = find_mode(m, in->mode), *states = in->states.items;
        if (in->states.n != 2)
            return wrong(m, "powers.states", in->states.n, 2, "two states");
        if (mode < 0)
            return no_mode(m, "powers", in->mode);
        for (int s = 0; s < 2; s++)
            if (states[s] < 0 || states[s] >= out->nstate)
                return no_state(m, "powers", states[s]);
        out->power[out->npower++] =
            (dia_vibronic_power){.i = states[0], .j = states[1], .m = mode, .p = in->power, .value = in->value};
    }
    return DIA_OK;
}

static dia_status make_morse(maker *m)
{
    dia_vibronic *out = m->out;
    const dia_vibronic_morse_input *in = m->in->morse.items;
    out->morse = calloc((size_t)m->in->morse.n + 1, sizeof *out->morse);
    if (out->morse == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d Morse potentials", m->in->morse.n);
    for (; out->nmorse < m->in->morse.n; in++) {
        const int mode = find_mode(m, in->mode);
        if (mode < 0)
            return no_mode(m, "morse", in->mode);
        if (in->state >= out->nstate)
            return no_state(m, "morse", in->state);
        for (int t = 0; t < out->nmorse; t++)
            if (out->morse[t].i == in->state && out->morse[t].m == mode)
                return dia_error_set(m->error, DIA_ERROR_INPUT, "morse: state %d has two of mode '%s'", in->state,
                                     in->mode);
        out->morse[out->nmorse++] = (dia_vibronic_morse){.i = in->state,
                                                         .m = mode,
                                                         .depth = in->depth,
                                                         .exponent = in->exponent,
                                                         .centre = in->centre,
                                                         .offset = in->offset};
        add(m, in->state, in->state, mode, mode, -0.5 * out->frequency[mode]); /* it replaces w Q^2/2 */
    }
    return DIA_OK;
}

static dia_status make_dipoles(maker *m)
{
    dia_vibronic *out = m->out;
    const dia_vibronic_dipole_input *in = m->in->dipoles.items;
    out->dipole = calloc((size_t)m->in->dipoles.n + 1, sizeof *out->dipole);
    if (out->dipole == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d dipoles", m->in->dipoles.n);
    for (; out->ndipole < m->in->dipoles.n; in++) {
        const int mode = in->mode != NULL ? find_mode(m, in->mode) : -1, *states = in->states.items;
        if (in->states.n != 2)
            return wrong(m, "dipoles.states", in->states.n, 2, "two states");
        if (in->vector.n != 3)
            return wrong(m, "dipoles.vector", in->vector.n, 3, "x, y, z");
        if (in->mode != NULL && mode < 0)
            return no_mode(m, "dipoles", in->mode);
        for (int s = 0; s < 2; s++)
            if (states[s] < 0 || states[s] >= out->nstate)
                return no_state(m, "dipoles", states[s]);
        const double *v = in->vector.items;
        out->dipole[out->ndipole++] =
            (dia_vibronic_dipole){.i = states[0], .j = states[1], .m = mode, .vector = {v[0], v[1], v[2]}};
    }
    return DIA_OK;
}

/* H_ii += coupling_i sum_m c_m x_m = coupling_i sum_m sqrt(2 reorganisation w_m/N) Q_m; see vibronic.h. */
static void add_baths(maker *m)
{
    for (int b = 0; b < m->out->nbath; b++) {
        const dia_vibronic_bath *bath = &m->out->bath[b];
        const double share = bath->reorganisation / (bath->nmode + (bath->density == DIA_BATH_OHMIC));
        for (int k = bath->first; k < bath->first + bath->nmode; k++)
            for (int i = 0; i < m->out->nstate; i++)
                add(m, i, i, k, -1, bath->coupling[i] * sqrt(2.0 * share * m->out->frequency[k]));
    }
}

static dia_status make_terms(maker *m)
{
    const dia_vibronic_input *in = m->in;
    dia_vibronic *out = m->out;
    const dia_list *lists[3] = {&in->eta, &in->lambda, &in->gamma};
    static const char *const keys[3] = {"eta", "lambda", "gamma"};
    out->nstate = in->epsilon.n;
    size_t room = (size_t)in->epsilon.n * (size_t)(1 + out->nmode) + (size_t)in->eta.n + (size_t)in->lambda.n +
                  (size_t)in->gamma.n + (size_t)in->morse.n;
    out->term = malloc(room * sizeof *out->term);
    if (out->term == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %zu terms", room);
    for (int i = 0; i < out->nstate; i++)
        add(m, i, i, -1, -1, ((const double *)in->epsilon.items)[i]);
    for (int k = 0; k < in->modes.n; k++) {
        const mode_input *mode = mode_at(m, k);
        if (mode->kappa.n != 0 && mode->kappa.n != out->nstate) {
            dia_status status = wrong(m, "kappa", mode->kappa.n, out->nstate, "one a state");
            dia_error_prefix(m->error, "mode %s", mode->name);
            return status;
        }
        for (int i = 0; i < mode->kappa.n; i++)
            add(m, i, i, k, -1, ((const double *)mode->kappa.items)[i]);
    }
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < lists[kind]->n; i++) {
            dia_status status = add_coupling(m, keys[kind], (const coupling_input *)lists[kind]->items + i, kind);
            if (status != DIA_OK)
                return status;
        }
    add_baths(m);
    dia_status status = make_powers(m);
    if (status == DIA_OK)
        status = make_dipoles(m);
    return status == DIA_OK ? make_morse(m) : status;
}

dia_status dia_vibronic_check(const dia_vibronic *v, dia_error *error)
{
    const int ncart = v->molecule.ncart;
    for (int i = 0; i < v->nmode && v->vector != NULL; i++)
        for (int j = 0; j <= i; j++) {
            double product = 0.0;
            for (int c = 0; c < ncart; c++)
                product += v->vector[i * ncart + c] * v->vector[j * ncart + c];
            if (fabs(product - (i == j)) > 1e-3)
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "the scalar product of the modes of %.6g and %.6g cm^-1 (%d and %d of those with a "
                    "frequency) is %.4g, expected %d: mass-weighted normal modes are orthonormal",
                    v->frequency[i] / DIA_WAVENUMBER, v->frequency[j] / DIA_WAVENUMBER, i, j, product, i == j);
        }
    return DIA_OK;
}

void dia_vibronic_free(dia_vibronic *vibronic)
{
    dia_molecule_free(&vibronic->molecule);
    free(vibronic->frequency);
    free(vibronic->vector);
    free(vibronic->term);
    free(vibronic->power);
    free(vibronic->dipole);
    free(vibronic->morse);
    free(vibronic->bath);
    free(vibronic->bath_coupling);
    free(vibronic->multiplicity);
    free(vibronic->reference_path);
    *vibronic = (dia_vibronic){0};
}

dia_status dia_vibronic_input_read(const dia_vibronic_input *input, dia_vibronic *vibronic, dia_error *error)
{
    maker m = {.in = input, .out = vibronic, .error = error};
    bool given = input->molecule.symbols.n + input->epsilon.n + input->modes.n + input->eta.n + input->lambda.n +
                     input->gamma.n + input->powers.n + input->morse.n + input->baths.n + input->dipoles.n +
                     input->multiplicities.n + input->soc.n + input->lambda_soc.n >
                 0;
    *vibronic = (dia_vibronic){0};
    if (input->template != NULL && given)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a vibronic model takes its parameters from `template` or from the input, not from both");
    if (input->template != NULL)
        return dia_vibronic_read_sharc(vibronic, input->template, input->multiplicity, error);
    if (input->epsilon.n == 0 || input->modes.n + input->baths.n == 0)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "a vibronic model needs `template` (SHARC's LVC.template), or `epsilon` and `modes` (or `baths`)");
    if (input->multiplicity > 1 || input->multiplicity < 0) /* 0: an input that was made by a model, without this key */
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "multiplicity: chooses states of a `template`; those of epsilon have `multiplicities`");
    dia_status status = make_frequencies(&m);
    if (status == DIA_OK)
        status = input->molecule.symbols.n > 0 ? make_molecule(&m) : make_abstract(&m);
    if (status == DIA_OK)
        status = make_modes(&m);
    if (status == DIA_OK)
        status = make_terms(&m);
    if (status == DIA_OK)
        status = dia_vibronic_spins_make(input, vibronic, error);
    if (status != DIA_OK)
        dia_vibronic_free(vibronic);
    return status;
}
