/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vibronic_spin.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef dia_vibronic_spin_orbit_input spin_orbit_input;

#define STATES                                                                                                         \
    DIA_INTS(spin_orbit_input, states, NULL, "bra and ket, states of epsilon, e.g. [1, 4]", .required = true),         \
        DIA_REALS(spin_orbit_input, components, DIA_PURE, NULL,                                                        \
                  "M_S of the two, e.g. [0, -1]; left out: there are no `multiplicities`")
#define VALUES                                                                                                         \
    DIA_REAL(spin_orbit_input, real, DIA_ENERGY, "0 eV", "real part"),                                                 \
        DIA_REAL(spin_orbit_input, imaginary, DIA_ENERGY, "0 eV", "imaginary part")

const dia_option dia_vibronic_soc_options[] = {STATES, VALUES, {.key = NULL}};
const dia_option dia_vibronic_lambda_soc_options[] = {
    STATES, DIA_TEXTS(spin_orbit_input, modes, NULL, "the mode, e.g. [10a]", .required = true), VALUES, {.key = NULL}};

typedef struct spins {
    const dia_vibronic_input *in;
    dia_vibronic *out;
    dia_error *error;
    int n, all;              /* states of the input; with their components */
    const int *multiplicity; /* (n); NULL: not given                       */
} spins;

/* Place of component c of state i in H. */
static int place(const spins *s, int i, int c)
{
    const int own = s->multiplicity[i];
    int before = 0, alike = 0, at = 0;
    for (int k = 0; k < s->n; k++) {
        const int m = s->multiplicity[k];
        before += m < own ? m : 0;
        alike += m == own;
        at += m == own && k < i;
    }
    return before + c * alike + at;
}

static dia_status no_memory(const spins *s)
{
    return dia_error_set(s->error, DIA_ERROR_MEMORY, "out of memory for %d states with their components", s->all);
}

/* Every item of an array once for each component of its states, ints at the offsets i and j. more: room for so many further ones. */
static dia_status spread(const spins *s, const char *what, void *array, int *count, size_t size, size_t i, size_t j,
                         size_t more)
{
    void **from = array;
    size_t room = more + 1;
    int n = 0;
    for (int t = 0; t < *count; t++) {
        const char *item = (const char *)*from + (size_t)t * size;
        const int a = *(const int *)(item + i), b = *(const int *)(item + j);
        if (s->multiplicity[a] != s->multiplicity[b])
            return dia_error_set(
                s->error, DIA_ERROR_INPUT,
                "%s: states %d and %d have the multiplicities %d and %d; what couples these are `soc` and "
                "`lambda_soc`",
                what, a, b, s->multiplicity[a], s->multiplicity[b]);
        room += (size_t)s->multiplicity[a];
    }
    char *all = calloc(room, size);
    if (all == NULL)
        return no_memory(s);
    for (int t = 0; t < *count; t++) {
        const char *item = (const char *)*from + (size_t)t * size;
        const int a = *(const int *)(item + i), b = *(const int *)(item + j);
        for (int c = 0; c < s->multiplicity[a]; c++) {
            char *to = all + (size_t)n++ * size;
            memcpy(to, item, size);
            *(int *)(to + i) = place(s, a, c);
            *(int *)(to + j) = place(s, b, c);
        }
    }
    free(*from);
    *from = all;
    *count = n;
    return DIA_OK;
}

static dia_status spread_baths(const spins *s)
{
    dia_vibronic *out = s->out;
    double *all = calloc((size_t)out->nbath * (size_t)s->all + 1, sizeof *all);
    if (all == NULL)
        return no_memory(s);
    for (int b = 0; b < out->nbath; b++) {
        double *own = all + (size_t)b * (size_t)s->all;
        for (int i = 0; i < s->n; i++)
            for (int c = 0; c < s->multiplicity[i]; c++)
                own[place(s, i, c)] = out->bath[b].coupling[i];
        out->bath[b].coupling = own;
    }
    free(out->bath_coupling);
    out->bath_coupling = all;
    return DIA_OK;
}

#define OF(type, array, what, first, second)                                                                           \
    spread(s, what, &s->out->array, &s->out->n##array, sizeof(type), offsetof(type, first), offsetof(type, second), 0)

static dia_status spread_all(const spins *s)
{
    dia_vibronic *out = s->out;
    int *spin = calloc(2 * (size_t)s->all, sizeof *spin);
    if (spin == NULL)
        return no_memory(s);
    out->multiplicity = spin;
    for (int i = 0; i < s->n; i++)
        for (int c = 0; c < s->multiplicity[i]; c++) {
            spin[place(s, i, c)] = s->multiplicity[i];
            spin[s->all + place(s, i, c)] = 2 * c - (s->multiplicity[i] - 1);
        }
    dia_status status = OF(dia_vibronic_term, term, "eta, lambda, gamma", i, j);
    if (status == DIA_OK)
        status = OF(dia_vibronic_power, power, "powers", i, j);
    if (status == DIA_OK)
        status = OF(dia_vibronic_morse, morse, "morse", i, i);
    if (status == DIA_OK)
        status = OF(dia_vibronic_dipole, dipole, "dipoles", i, j);
    if (status == DIA_OK)
        status = spread_baths(s);
    out->nstate = s->all;
    return status;
}

/* ---- coupling -------------------------------------------------------------------------------- */

/* The state of H that an entry names first (0) or second (1). */
static dia_status find_state(const spins *s, const char *key, const spin_orbit_input *in, int which, int *state)
{
    const int *states = in->states.items, i = states[which];
    const double *component = in->components.items;
    if (i < 0 || i >= s->n)
        return dia_error_set(s->error, DIA_ERROR_INPUT, "%s: there is no state %d; epsilon gives %d states, 0 to %d",
                             key, i, s->n, s->n - 1);
    *state = i;
    if (s->multiplicity == NULL)
        return DIA_OK;
    const double S = 0.5 * (s->multiplicity[i] - 1), c = component[which] + S;
    if (!(fabs(c - round(c)) < 1e-6) || c < -1e-6 || c > 2.0 * S + 1e-6)
        return dia_error_set(s->error, DIA_ERROR_INPUT,
                             "%s: state %d has the multiplicity %d: expected M_S from %g to %g in steps of 1, found %g",
                             key, i, s->multiplicity[i], -S, S, component[which]);
    *state = place(s, i, (int)lround(c));
    return DIA_OK;
}

static int find_mode(const spins *s, const char *name)
{
    const dia_vibronic_mode_input *modes = s->in->modes.items;
    for (int k = 0; k < s->in->modes.n; k++)
        if (strcmp(modes[k].name, name) == 0)
            return k;
    return -1;
}

static dia_status add(const spins *s, const char *key, const spin_orbit_input *in, bool linear)
{
    int state[2] = {0, 0}, mode = -1;
    const int expected = s->multiplicity != NULL ? 2 : 0;
    if (in->states.n != 2 || in->components.n != expected)
        return dia_error_set(s->error, DIA_ERROR_INPUT, "%s: expected two states and %s components, found %d and %d",
                             key, expected == 2 ? "two" : "no (there are no `multiplicities`)", in->states.n,
                             in->components.n);
    for (int k = 0; k < 2; k++) {
        const dia_status status = find_state(s, key, in, k, &state[k]);
        if (status != DIA_OK)
            return status;
    }
    if (linear) {
        const char *name = in->modes.n == 1 ? ((const char *const *)in->modes.items)[0] : "";
        mode = find_mode(s, name);
        if (in->modes.n != 1)
            return dia_error_set(s->error, DIA_ERROR_INPUT, "%s: expected one mode, found %d", key, in->modes.n);
        if (mode < 0)
            return dia_error_set(s->error, DIA_ERROR_INPUT, "%s: there is no mode called '%s'", key, name);
    }
    if (state[0] == state[1] && in->imaginary != 0.0)
        return dia_error_set(s->error, DIA_ERROR_INPUT,
                             "%s: a state with itself has a real element, found an imaginary part of %g eV", key,
                             in->imaginary / DIA_EV);
    const bool turned = state[0] < state[1]; /* a term is of H_ij with i >= j: the conjugate */
    dia_vibronic_term term = {.i = state[turned], .j = state[!turned], .m = mode, .k = -1, .value = in->real};
    if (in->real != 0.0)
        s->out->term[s->out->nterm++] = term;
    term.value = turned ? -in->imaginary : in->imaginary;
    term.imaginary = true;
    if (in->imaginary != 0.0)
        s->out->term[s->out->nterm++] = term;
    return DIA_OK;
}

static dia_status add_all(const spins *s)
{
    const dia_list *lists[2] = {&s->in->soc, &s->in->lambda_soc};
    const size_t room = (size_t)s->out->nterm + 2 * (size_t)(lists[0]->n + lists[1]->n) + 1;
    dia_vibronic_term *terms = realloc(s->out->term, room * sizeof *terms);
    if (terms == NULL)
        return no_memory(s);
    s->out->term = terms;
    for (int linear = 0; linear < 2; linear++)
        for (int k = 0; k < lists[linear]->n; k++) {
            const spin_orbit_input *in = (const spin_orbit_input *)lists[linear]->items + k;
            const dia_status status = add(s, linear ? "lambda_soc" : "soc", in, linear);
            if (status != DIA_OK)
                return status;
        }
    return DIA_OK;
}

dia_status dia_vibronic_spins_make(const dia_vibronic_input *input, dia_vibronic *vibronic, dia_error *error)
{
    spins s = {.in = input, .out = vibronic, .error = error, .n = vibronic->nstate, .all = vibronic->nstate};
    dia_status status = DIA_OK;
    if (input->multiplicities.n > 0) {
        if (input->multiplicities.n != s.n)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "multiplicities: expected %d numbers (one a state of epsilon), found %d", s.n,
                                 input->multiplicities.n);
        s.multiplicity = input->multiplicities.items;
        s.all = 0;
        for (int i = 0; i < s.n; i++)
            s.all += s.multiplicity[i];
        status = spread_all(&s);
    }
    return status == DIA_OK ? add_all(&s) : status;
}
