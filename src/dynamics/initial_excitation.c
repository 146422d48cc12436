/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts that light would choose. `candidates` positions and velocities are drawn in the state `from` (the nuclear ensemble of the
 * ground state); candidate i with the transitions k inside the window has the weight W_i = sum_k w_ik. It starts a
 * trajectory with probability W_i/max_j W_j, in state k with probability w_ik/W_i, so pairs (i, k) are drawn from w_ik.
 *
 *   w_ik = f_ik/E_ik^2   as SHARC's excite and Newton-X: Barbatti et al., J. Photochem. Photobiol. A 190, 228 (2007); Einstein's
 *                        B of a transition, for a pulse with the same density of energy at all frequencies, up to 1/E
 *   w_ik = f_ik          absorbed photons of light with the same number of photons at all frequencies
 *   w_ik = 1             any transition of the window; needs no dipoles
 *   w_ik = |mu_ik.S(E_ik)|^2   with `light`, S the spectrum of its field: first-order perturbation theory of a molecule whose nuclei
 *                        rest while the pulse is there; of molecules in random directions |mu|^2 |S|^2/3
 *   f_ik = 2/3 E_ik |mu_ik|^2,  E_ik = E_k - E_from
 *
 * Candidate i depends on (seed, i) alone, and so does its random number. */
#include "dynamics/initial_internal.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/rng.h"
#include "diabolo/frame.h"
#include "dynamics/light.h"
#include "dynamics/light_spectrum.h"
#include "electronic/transition.h"

enum { PER_TRAJECTORY = 20 };

const dia_option dia_excitation_options[] = {
    DIA_REALS(dia_excitation_settings, window, DIA_ENERGY, NULL,
              "excitation energies, lowest and highest: [4 eV, 5 eV]; not with `light`"),
    {.key = "light",
     .kind = DIA_OPTION_NODE,
     .offset = offsetof(dia_excitation_settings, light_node),
     .fallback = "none",
     .help = "the pulses that excite, in place of a window: their spectrum, polarisation and the dipoles decide",
     .table = dia_light_options,
     .shown = DIA_OPTION_BLOCK},
    DIA_CHOICE(
        dia_excitation_settings, probability, "f_e2|f|equal", "f_e2",
        "what the probability of a transition is proportional to: f_e2: oscillator strength over the square of its "
        "energy, as SHARC and Newton-X; f: oscillator strength; equal: any of the window"),
    DIA_INT(dia_excitation_settings, from, "0", "adiabatic state that the ensemble is in", DIA_RANGE(0, 1000)),
    DIA_INTS(dia_excitation_settings, states, NULL, "states that are excited; left out: all above `from`"),
    DIA_INT(dia_excitation_settings, candidates, "auto",
            "how many geometries are looked at, auto: 20 for each trajectory; of a file all frames", .choices = "auto",
            DIA_RANGE(1, 100000000)),
    {.key = NULL},
};

/* The pulses. They end, and the approximations of the dynamics have no meaning here. */
static void read_light(dia_excitation_settings *e, dia_config *config, const dia_node *node)
{
    dia_error error = {0};
    if (e->light_node == NULL) {
        if (e->window.n == 0)
            dia_config_mistake(config, node,
                               "initial.excitation: expected `window`, as in window: [4 eV, 5 eV], or `light`");
        return;
    }
    if (e->window.n > 0)
        dia_config_mistake(
            config, node,
            "initial.excitation.window: the pulses of `light` say what is excited; leave one of them out");
    static const char *const idle[] = {"rotating_wave", "gradient", NULL};
    for (int i = 0; idle[i] != NULL; i++)
        if (dia_node_child(e->light_node, idle[i]) != NULL)
            dia_config_mistake(config, dia_node_child(e->light_node, idle[i]),
                               "initial.excitation.light.%s: has a meaning in the dynamics only; leave it out",
                               idle[i]);
    if (dia_light_read(&e->light, config, e->light_node, "initial.excitation.light", &error) != DIA_OK)
        dia_config_mistake(config, e->light_node, "%s", error.text);
    else if (!isfinite(e->light->to - e->light->from) && (e->light->pulses.n > 0 || e->light->file != NULL))
        dia_config_mistake(config, e->light_node,
                           "initial.excitation.light: a field that never ends excites nothing but resonances; expected "
                           "pulses that end");
}

void dia_excitation_read(dia_initial_settings *settings, dia_config *config)
{
    dia_excitation_settings *e = &settings->excitation;
    const dia_node *node = settings->excitation_node;
    if (node == NULL) {
        if (settings->state == DIA_STATE_EXCITED)
            dia_config_mistake(
                config, settings->state_node,
                "initial.state: excited needs the block `excitation`, as in excitation: {window: [4 eV, 5 eV]}");
        return;
    }
    dia_config_read(config, node, "initial.excitation", 1, (const dia_option *const[]){dia_excitation_options},
                    (void *const[]){e});
    const double *window = e->window.items;
    const int *states = e->states.items;
    e->given = true;
    if (e->candidates < 0) /* now, so that the resolved input says how many */
        e->candidates =
            settings->trajectories < INT_MAX / PER_TRAJECTORY ? PER_TRAJECTORY * settings->trajectories : INT_MAX;
    if (e->candidates == 0)
        e->candidates = 1;
    if (settings->state != DIA_STATE_EXCITED)
        dia_config_mistake(config, settings->state_node,
                           "initial.state: the block `excitation` draws the states; write state: excited");
    read_light(e, config, node);
    if (e->window.n > 0 && (e->window.n != 2 || !(window[0] >= 0.0) || !(window[1] > window[0])))
        dia_config_mistake(config, node,
                           "initial.excitation.window: expected two energies, the lower first, as in [4 eV, 5 eV]");
    for (int i = 0; i < e->states.n; i++) {
        if (states[i] <= e->from)
            dia_config_mistake(config, node, "initial.excitation.states: expected states above `from` (%d), found %d",
                               e->from, states[i]);
        else
            for (int j = 0; j < i; j++)
                if (states[j] == states[i])
                    dia_config_mistake(config, node, "initial.excitation.states: state %d stands there twice",
                                       states[i]);
    }
}

void dia_excitation_write(FILE *out, int indent, const dia_initial_settings *settings)
{
    if (!settings->excitation.given)
        return;
    fprintf(out, "%*sexcitation:\n", indent, "");
    for (const dia_option *option = dia_excitation_options; option->key != NULL; option++) {
        const dia_option one[2] = {*option, {.key = NULL}};
        if (option->kind == DIA_OPTION_NODE)
            dia_light_write(out, indent + 2, settings->excitation.light, false);
        else if (option->offset != offsetof(dia_excitation_settings, window) || settings->excitation.light == NULL)
            dia_option_write(out, indent + 2, one, &settings->excitation);
    }
}

int dia_excitation_candidates(const dia_initial_settings *s)
{
    return s->sampling == DIA_SAMPLING_FILE ? 0 : s->excitation.candidates;
}

void dia_initial_settings_clear(dia_initial_settings *settings)
{
    dia_light_free(settings->excitation.light);
    settings->excitation.light = NULL;
}

/* ---- transitions of the candidates ----------------------------------------------------------- */

typedef struct choice {
    dia_initial_maker *m;
    const dia_excitation_settings *settings;
    int n, nstate, fitted;
    double *energy, *strength; /* (n, nstate): of the transition to each state     */
    double *dipole;            /* (n, nstate, 3, 2) of it, with pulses             */
    dia_light_spectrum *spectrum;
    double *mu; /* (3, npacked)                                     */
    double *work;
    dia_frame frame; /* of one geometry */
    dia_tape *tape;
} choice;

static bool wanted(const choice *c, int state)
{
    const int *states = c->settings->states.items;
    bool found = c->settings->states.n == 0;
    for (int i = 0; i < c->settings->states.n; i++)
        found = found || states[i] == state;
    return found && state > c->settings->from && state < c->fitted;
}

static dia_status look(choice *c, int i)
{
    const dia_model *model = c->m->model;
    const int from = c->settings->from;
    double *energy = c->energy + (size_t)i * (size_t)c->nstate, *strength = c->strength + (size_t)i * (size_t)c->nstate;
    dia_status status =
        dia_model_hamiltonian(model, c->tape, 1, c->m->out->R + (size_t)i * (size_t)c->m->out->ncart, c->frame.H);
    if (status == DIA_OK)
        status = dia_frame_solve(&c->frame, c->work);
    if (status == DIA_OK && dia_model_dipolar(model))
        status = dia_model_dipole(model, c->tape, 1, (const int[]){0}, c->mu);
    if (status != DIA_OK)
        return dia_error_set(c->m->error, status, "the model cannot be evaluated at candidate %d", i);
    for (int k = 0; k < c->nstate; k++) {
        energy[k] = c->frame.E[k] - c->frame.E[from];
        strength[k] = NAN;
    }
    if (dia_model_dipolar(model))
        dia_oscillator_strengths(&c->frame, 0, c->mu, from, strength);
    for (int k = 0; k < c->nstate && c->dipole != NULL; k++)
        for (int x = 0; x < 3; x++)
            dia_frame_element(&c->frame, 0, c->mu + (size_t)x * dia_frame_packed(&c->frame), k, from,
                              c->dipole + ((size_t)i * (size_t)c->nstate + (size_t)k) * 6 + 2 * (size_t)x);
    return DIA_OK;
}

/* |mu.S|^2, or its mean over all directions of the molecule. */
static double excited_by_light(const choice *c, size_t at)
{
    const double *mu = c->dipole + 6 * at;
    double S[6], re = 0.0, im = 0.0, mu2 = 0.0, S2 = 0.0;
    dia_light_spectrum_value(c->spectrum, c->energy[at], S);
    for (int x = 0; x < 6; x += 2) {
        re += mu[x] * S[x] - mu[x + 1] * S[x + 1];
        im += mu[x] * S[x + 1] + mu[x + 1] * S[x];
        mu2 += mu[x] * mu[x] + mu[x + 1] * mu[x + 1];
        S2 += S[x] * S[x] + S[x + 1] * S[x + 1];
    }
    return c->settings->light->orientation != 0 ? mu2 * S2 / 3.0 : re * re + im * im;
}

static double weight_of(const choice *c, int i, int k)
{
    const size_t at = (size_t)i * (size_t)c->nstate + (size_t)k;
    if (c->spectrum != NULL)
        return wanted(c, k) && c->energy[at] > 0.0 ? excited_by_light(c, at) : 0.0;
    const double *window = c->settings->window.items, e = c->energy[at], f = c->strength[at];
    if (!wanted(c, k) || !(e >= window[0] && e <= window[1]) || !(e > 0.0))
        return 0.0;
    return c->settings->probability == DIA_EXCITATION_EQUAL ? 1.0
           : c->settings->probability == DIA_EXCITATION_F   ? f
                                                            : f / (e * e);
}

static double sum_of(const choice *c, int i)
{
    double sum = 0.0;
    for (int k = 0; k < c->nstate; k++)
        sum += weight_of(c, i, k);
    return sum;
}

/* "S1 6.12 to 9.30 eV (mean oscillator strength 0.41), S2 ..." */
static void describe(const choice *c, size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; k < c->nstate && used < size; k++) {
        double low = INFINITY, high = -INFINITY, mean = 0.0;
        for (int i = 0; i < c->n && wanted(c, k); i++) {
            const size_t at = (size_t)i * (size_t)c->nstate + (size_t)k;
            low = fmin(low, c->energy[at]);
            high = fmax(high, c->energy[at]);
            mean += c->strength[at] / c->n;
        }
        if (low <= high)
            used += (size_t)snprintf(text + used, size - used, "%sS%d %.4g to %.4g eV", used > 0 ? ", " : "", k,
                                     low / DIA_EV, high / DIA_EV);
        if (low <= high && mean == mean && used < size)
            used += (size_t)snprintf(text + used, size - used, " (mean oscillator strength %.3g)", mean);
    }
}

/* ---- choosing -------------------------------------------------------------------------------- */

/* The state that candidate i starts in; -1: none. */
static int draw(const choice *c, int i, double largest)
{
    const uint64_t seed = (uint64_t)c->m->settings->seed;
    const double sum = sum_of(c, i);
    if (!(dia_rng_uniform(seed, (uint64_t)i, 0, DIA_PURPOSE_EXCITATION, 0) * largest < sum))
        return -1;
    double left = dia_rng_uniform(seed, (uint64_t)i, 0, DIA_PURPOSE_EXCITATION, 1) * sum;
    int last = -1;
    for (int k = 0; k < c->nstate; k++) {
        const double w = weight_of(c, i, k);
        last = w > 0.0 ? k : last; /* for a sum that rounding has left below the number */
        if (left < w)
            return k;
        left -= w;
    }
    return last;
}

/* Moves candidate i to place `to` of the trajectories. */
static void take(choice *c, int i, int to, int state)
{
    dia_initial *out = c->m->out;
    const size_t ncart = (size_t)out->ncart, at = (size_t)i * (size_t)c->nstate + (size_t)state;
    memmove(out->R + (size_t)to * ncart, out->R + (size_t)i * ncart, ncart * sizeof *out->R);
    memmove(out->V + (size_t)to * ncart, out->V + (size_t)i * ncart, ncart * sizeof *out->V);
    out->weight[to] = out->weight[i];
    out->state[to] = state;
    out->candidate[to] = i;
    out->excitation[to] = c->energy[at];
    out->strength[to] = c->strength[at];
}

static dia_status too_few(const choice *c, int taken, int asked)
{
    const bool file = c->m->settings->sampling == DIA_SAMPLING_FILE;
    char more[60] = "give more frames";
    if (!file)
        snprintf(more, sizeof more, "write candidates: %.2g", 1.2 * c->n * (double)asked / (taken > 0 ? taken : 1));
    return dia_error_set(
        c->m->error, DIA_ERROR_INPUT,
        "initial.excitation: of %d candidates %d are excited, %d trajectories are wanted; %s, widen the "
        "window (or the spectrum of the pulses), or ask for fewer",
        c->n, taken, asked, more);
}

/* What the weight would be of the strongest transition at the strongest energy of the spectrum. */
static double brightest(const choice *c)
{
    double mu2 = 0.0;
    for (int i = 0; i < c->n * c->nstate; i++) {
        double sum = 0.0;
        for (int x = 0; x < 6; x++)
            sum += c->dipole[6 * i + x] * c->dipole[6 * i + x];
        mu2 = fmax(mu2, wanted(c, i % c->nstate) ? sum : 0.0);
    }
    return mu2 * dia_light_spectrum_peak(c->spectrum);
}

static dia_status choose(choice *c)
{
    dia_initial *out = c->m->out;
    const int asked = c->m->asked;
    double largest = 0.0;
    char found[400], window[120] = "the pulses";
    int taken = 0, accepted[DIA_START_STATES] = {0}, all = 0;
    for (int i = 0; i < c->n; i++)
        largest = fmax(largest, sum_of(c, i));
    if (c->settings->light != NULL && !(largest > 1e-16 * brightest(c)))
        largest = 0.0; /* rounding of the spectrum */
    if (c->settings->light == NULL)
        snprintf(window, sizeof window, "window %.6g to %.6g eV",
                 ((const double *)c->settings->window.items)[0] / DIA_EV,
                 ((const double *)c->settings->window.items)[1] / DIA_EV);
    describe(c, sizeof found, found);
    if (!(largest > 0.0))
        return dia_error_set(
            c->m->error, DIA_ERROR_INPUT,
            "initial.excitation: none of %d candidates has a bright transition from S%d in the %s; found: %s", c->n,
            c->settings->from, window + (c->settings->light != NULL ? 4 : 0),
            found[0] != '\0' ? found : "no state above it");
    for (int i = 0; i < c->n; i++) {
        const int state = draw(c, i, largest);
        if (state < 0)
            continue;
        all++;
        accepted[state < DIA_START_STATES ? state : 0]++;
        if (asked == 0 || taken < asked)
            take(c, i, taken++, state);
    }
    if (taken < asked || taken == 0)
        return too_few(c, taken, asked > 0 ? asked : 1);
    out->n = taken;
    size_t used = (size_t)snprintf(out->chosen, sizeof out->chosen, "%d candidates in S%d, %s (%s): %d are excited",
                                   c->n, c->settings->from, window, found, all);
    for (int k = 0; k < c->nstate && k < DIA_START_STATES && used < sizeof out->chosen; k++)
        if (accepted[k] > 0)
            used += (size_t)snprintf(out->chosen + used, sizeof out->chosen - used, ", %d to S%d", accepted[k], k);
    if (used < sizeof out->chosen)
        snprintf(out->chosen + used, sizeof out->chosen - used, "; the first %d are flown", taken);
    return DIA_OK;
}

static dia_status reserve(choice *c)
{
    dia_initial *out = c->m->out;
    const dia_shape shape = dia_model_shape(c->m->model);
    const size_t n = (size_t)c->n, ns = (size_t)c->nstate, np = (size_t)shape.npacked;
    out->candidate = calloc(n, sizeof *out->candidate);
    out->excitation = calloc(n, sizeof *out->excitation);
    out->strength = calloc(n, sizeof *out->strength);
    c->energy = dia_allocate(2 * n * ns, sizeof *c->energy);
    c->frame = (dia_frame){.batch = 1, .nstate = c->nstate, .hermitian = dia_hermitian(&shape)};
    const size_t matrix = dia_frame_matrix(&c->frame);
    double *room = dia_allocate(4 * np + ns + matrix + dia_frame_work(c->nstate), sizeof *room);
    c->mu = room;
    if (c->settings->light != NULL)
        c->dipole = dia_allocate(n * ns * 6, sizeof *c->dipole);
    if (out->candidate == NULL || out->excitation == NULL || out->strength == NULL || c->energy == NULL ||
        room == NULL || (c->settings->light != NULL && c->dipole == NULL))
        return dia_error_set(c->m->error, DIA_ERROR_MEMORY, "no memory for %d candidates", c->n);
    c->strength = c->energy + n * ns;
    c->frame.H = room + 3 * np;
    c->frame.E = c->frame.H + np;
    c->frame.U = c->frame.E + ns;
    c->work = c->frame.U + matrix;
    return dia_tape_create_hermitian(&c->tape, c->m->model, 1, 1, c->m->error);
}

static dia_status check(const choice *c)
{
    const int *states = c->settings->states.items;
    dia_error *error = c->m->error;
    for (int i = 0; i < c->settings->states.n; i++)
        if (states[i] >= c->fitted)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "initial.excitation.states: the model has the states 0 to %d, found %d", c->fitted - 1,
                                 states[i]);
    if (c->settings->from >= c->fitted - 1)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.excitation.from: no state lies above S%d; the model has S0 to S%d",
                             c->settings->from, c->fitted - 1);
    const bool needed = c->settings->light != NULL || c->settings->probability != DIA_EXCITATION_EQUAL;
    if (!needed || dia_model_dipolar(c->m->model))
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "initial.excitation: the model '%s' has no dipoles, so oscillator strengths are not known; "
        "the block `dipoles` of `diabolo train` teaches them to a network, a vibronic model has the key `dipoles` "
        "(docs/spectra.md); probability: equal takes any transition of the window",
        dia_model_name(c->m->model));
}

static dia_status make_spectrum(choice *c)
{
    double highest = 0.0;
    for (int i = 0; i < c->n * c->nstate; i++)
        highest = fmax(highest, c->energy[i]);
    c->spectrum = dia_light_spectrum_create(c->settings->light, highest);
    return c->spectrum != NULL
               ? DIA_OK
               : dia_error_set(
                     c->m->error, DIA_ERROR_MEMORY,
                     "no memory for the spectrum of the pulses, which last from %.4g to %.4g fs, for energies "
                     "up to %.4g eV: expected shorter pulses",
                     c->settings->light->from / DIA_FEMTOSECOND, c->settings->light->to / DIA_FEMTOSECOND,
                     highest / DIA_EV);
}

dia_status dia_excitation_choose(dia_initial_maker *m)
{
    const dia_shape shape = dia_model_shape(m->model);
    choice c = {.m = m,
                .settings = &m->settings->excitation,
                .n = m->out->n,
                .nstate = shape.nstate,
                .fitted = dia_model_fitted(m->model)};
    dia_status status = check(&c);
    if (status == DIA_OK)
        status = reserve(&c);
    for (int i = 0; status == DIA_OK && dia_initial_goes_on(m, "excitation", (size_t)i, (size_t)c.n); i++)
        status = look(&c, i);
    if (status == DIA_OK)
        status = m->status;
    if (status == DIA_OK && c.settings->light != NULL)
        status = make_spectrum(&c);
    if (status == DIA_OK)
        status = choose(&c);
    dia_light_spectrum_free(c.spectrum);
    free(c.dipole);
    dia_tape_free(c.tape);
    free(c.energy);
    free(c.mu);
    return status;
}
