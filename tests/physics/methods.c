/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every hopping method with every decoherence method that goes with it must do, whatever it is: all pairs of the
 * registries, with their defaults, and all choices of their options, on a model of three states with conical intersections and on
 * Tully's models. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynamics/internal.h"
#include "dynamics/registry.h"
#include "flight.h"
#include "rotated.h"

enum { B = 16, STEPS = 90, EVENTS = 20000 };

/* ---- all pairs -------------------------------------------------------------------------------- */

typedef struct pair {
    const char *hop, *decoherence;
    char keys[100], inner[100]; /* of the dynamics, of the decoherence */
} pair;

static void each_choice(const dia_option *options, char *keys, size_t size, pair *p, void (*test)(const pair *))
{
    for (; options != NULL && options->key != NULL; options++) {
        char words[400];
        snprintf(words, sizeof words, "%s", options->kind == DIA_OPTION_CHOICE ? options->choices : "");
        for (char *rest = words, *word = strtok_r(words, "|", &rest); word != NULL; word = strtok_r(NULL, "|", &rest)) {
            snprintf(keys, size, ", %s: %s", options->key, word);
            if (options->fallback == NULL || strcmp(word, options->fallback) != 0)
                test(p);
        }
    }
    keys[0] = '\0';
}

static void each_pair(void (*test)(const pair *))
{
    for (int i = 0; dia_hop_types[i] != NULL; i++)
        for (int k = 0; dia_decoherence_types[k] != NULL; k++) {
            pair p = {.hop = dia_hop_types[i]->name, .decoherence = dia_decoherence_types[k]->name};
            if (!dia_methods_agree(dia_hop_types[i], dia_decoherence_types[k]))
                continue;
            test(&p);
            if (strcmp(p.decoherence, "none") == 0)
                each_choice(dia_hop_types[i]->options, p.keys, sizeof p.keys, &p, test);
            if (strcmp(p.hop, "fewest_switches") == 0)
                each_choice(dia_decoherence_types[k]->options, p.inner, sizeof p.inner, &p, test);
        }
}

static dia_dynamics settings(const pair *p, double timestep, const char *further)
{
    char yaml[600];
    dia_error error = {0};
    dia_dynamics d;
    snprintf(yaml, sizeof yaml,
             "{method: %s%s, timestep: %.17g au, duration: 1e9 au, drift: 0 eV, decoherence: {method: %s%s}%s}", p->hop,
             p->keys, timestep, p->decoherence, p->inner, further);
    assert_ok(dia_dynamics_parse(&d, yaml, &error), &error);
    d.seed = 7;
    return d;
}

static const char *said(const pair *p)
{
    static char text[300];
    snprintf(text, sizeof text, "%s%s, decoherence: %s%s", p->hop, p->keys, p->decoherence, p->inner);
    return text;
}

#define MUST(p, condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail_msg("%s: %s", said(p), #condition);                                                                   \
    } while (0)

/* ---- flights ---------------------------------------------------------------------------------- */

typedef struct diary {
    int n, real; /* events; those that are hops, not exchanges of states inside a step */
    double energy;
    struct {
        int64_t trajectory;
        int from, to;
        bool accepted;
    } event[EVENTS];
} diary;

static void note(void *context, const dia_hop_event *event)
{
    diary *d = context;
    assert_true(d->n < EVENTS);
    d->event[d->n].trajectory = event->trajectory;
    d->event[d->n].from = event->from;
    d->event[d->n].to = event->to;
    d->event[d->n++].accepted = event->accepted;
    d->real += event->gap != 0.0;
    const double paid = event->accepted ? event->gap : 0.0;
    d->energy = fmax(d->energy, fabs(event->kinetic_after + paid - event->kinetic_before));
}

/* Largest difference of the norm of the amplitudes from 1. */
static double norm_error(const dia_block *block)
{
    double worst = 0.0;
    for (int b = 0; b < block->count; b++) {
        double norm = 0.0;
        for (int i = 0; i < 2 * block->nstate; i++)
            norm += block->c[2 * b * block->nstate + i] * block->c[2 * b * block->nstate + i];
        worst = fmax(worst, fabs(norm - 1.0));
    }
    return worst;
}

static diary one, other;

static dia_block *start(const dia_model *model, const dia_dynamics *d, int count, int first, diary *events)
{
    dia_block *block = flight_block(model, d, count);
    flight_start(block, count, first, 2, 0.1);
    if (events != NULL) {
        *events = (diary){0};
        block->on_hop = note;
        block->on_hop_context = events;
    }
    return block;
}

static void memory_is_the_same(const pair *p, const dia_block *x, int b, const dia_block *y, int c)
{
    for (int which = ROW_HOP; which <= ROW_DECOHERENCE; which++)
        MUST(p, memcmp(dia_block_memory(x, which, b), dia_block_memory(y, which, c),
                       x->scratch->rows[which].width * sizeof(double)) == 0);
}

/* Some methods are for two states. */
static bool fits(const dia_dynamics *d, const dia_model *model)
{
    const dia_shape shape = dia_model_shape(model);
    size_t size = 0;
    return d->hop->prepare == NULL || d->hop->prepare(d->hop_self, &shape, &size, NULL) == DIA_OK;
}

/* A mean field never hops. */
static bool hops(const dia_dynamics *d)
{
    return strcmp(d->hop->name, "none") != 0 && d->hop->mean_field == NULL;
}

/* The next step from a save is that of the flight that went on, in everything that a save holds; so at every step it is, by
 * induction. `again` comes from its own flight each time: what a save leaves out must not matter. */
static void step_from_save(const pair *p, dia_block *block, dia_block *again, char *bytes, char *next, size_t size)
{
    dia_error error = {0};
    dia_block_save(block, bytes);
    assert_ok(dia_block_restore(again, bytes, size, &error), &error);
    flight_fly(block, 1);
    flight_fly(again, 1);
    dia_block_save(block, bytes);
    dia_block_save(again, next);
    MUST(p, memcmp(bytes, next, size) == 0);
}

/* Norm and energies to rounding; a trajectory of the block alone; from a save at each step, and from one in the middle of the flight
 * to its end. */
static void bits(const pair *p)
{
    dia_error error = {0};
    dia_dynamics d = settings(p, 20.0, "");
    if (!fits(&d, flight_shared)) {
        dia_dynamics_close(&d);
        return;
    }
    dia_block *block = start(flight_shared, &d, B, 100, &one), *alone = start(flight_shared, &d, 1, 103, NULL),
              *resumed = flight_block(flight_shared, &d, B), *again = flight_block(flight_shared, &d, B);
    const size_t size = dia_block_save_size(block);
    char *bytes = malloc(3 * size), *scratch = bytes + size;
    assert_non_null(bytes);
    for (int i = 0; i < STEPS; i++) {
        step_from_save(p, block, again, scratch, scratch + size, size);
        MUST(p, norm_error(block) < 1e-12);
        if (i == 37)
            dia_block_save(block, bytes);
    }
    MUST(p, one.energy < 1e-12);
    flight_fly(alone, STEPS);
    assert_ok(dia_block_restore(resumed, bytes, size, &error), &error);
    flight_fly(resumed, STEPS - 38);
    MUST(p, flight_same(block, 3, alone, 0));
    memory_is_the_same(p, block, 3, alone, 0);
    for (int b = 0; b < B; b++) {
        MUST(p, flight_same(block, b, resumed, b));
        memory_is_the_same(p, block, b, resumed, b);
    }
    MUST(p, one.real >= 5 || !hops(&d));
    free(bytes);
    dia_block_free(block);
    dia_block_free(alone);
    dia_block_free(resumed);
    dia_block_free(again);
    dia_dynamics_close(&d);
}

static void bitwise_with_norm_and_energy(void **unused)
{
    (void)unused;
    each_pair(bits);
}

/* Event number i of a trajectory; -1: it has fewer. Which of two trajectories comes first in a step has no meaning. */
static int event_of(const diary *d, int64_t trajectory, int i)
{
    for (int e = 0; e < d->n; e++)
        if (d->event[e].trajectory == trajectory && i-- == 0)
            return e;
    return -1;
}

static void same_events(const pair *p)
{
    MUST(p, one.n == other.n);
    for (int b = 0; b < B; b++)
        for (int i = 0, e = 0; e >= 0; i++) {
            e = event_of(&one, b, i);
            const int f = event_of(&other, b, i);
            MUST(p, (e < 0) == (f < 0));
            MUST(p, e < 0 || (one.event[e].from == other.event[f].from && one.event[e].to == other.event[f].to &&
                              one.event[e].accepted == other.event[f].accepted));
        }
}

/* Positions by 1e-9 bohr: rounding of the frames, 1e-15, grows at most a thousandfold a flight (seen: 5e-14), and in
 * methods with memory of the states not much more. The time of a hop that is sought where populations are equal is found to some 1e-9
 * of the step, as from a double root where the momentum is reversed and they part again: 1e-9 bohr, which grows as much (seen: 4e-6).
 * With time uncertainty the momentum along the coupling is zero after a hop that was frustrated, up to the root of what the energy is
 * known to. */
static void same_positions(const pair *p, const dia_dynamics *d, const dia_block *x, const dia_block *y)
{
    for (int i = 0; i < B * FLIGHT_NCART; i++)
        MUST(p, fabs(x->R[i] - y->R[i]) < (d->hop->margin != NULL || d->hop->uncertainty != NULL ? 1e-4 : 1e-9));
}

/* c (n, 2) times a phase. */
static void turn_phase(int n, double phase, double *c)
{
    for (int i = 0; i < n; i++) {
        const double x = c[2 * i], y = c[2 * i + 1];
        c[2 * i] = x * cos(phase) - y * sin(phase);
        c[2 * i + 1] = x * sin(phase) + y * cos(phase);
    }
}

/* Active states and their forces, amplitudes, states with their signs and what the method has drawn: those of `from`, in the rotated
 * basis. */
static void same_draw(const dia_block *from, dia_block *to)
{
    enum { N = FLIGHT_STATES };
    for (int b = 0; b < B; b++) {
        to->active[b] = from->active[b];
        to->potential[b] = from->potential[b];
        to->energy0[b] = from->energy0[b];
        memcpy(to->G + FLIGHT_NCART * b, from->G + FLIGHT_NCART * b, FLIGHT_NCART * sizeof *to->G);
        rotated_vectors(2, from->c + 2 * N * b, to->c + 2 * N * b);
        rotated_vectors(N, from->frame.U + N * N * b, to->frame.U + N * N * b);
        memcpy(dia_block_memory(to, ROW_HOP, b), dia_block_memory(from, ROW_HOP, b),
               from->scratch->rows[ROW_HOP].width * sizeof(double));
    }
}

/* Steps of a method that seeks its hops: later their times, found to 1e-9, decide whether another hop happens or is just missed. */
enum { SOUGHT = 20 };

static void turned(const pair *p)
{
    dia_tape *tape;
    dia_dynamics d = settings(p, 20.0, "");
    if (!fits(&d, flight_shared)) {
        dia_dynamics_close(&d);
        return;
    }
    const int steps = d.hop->margin != NULL ? SOUGHT : STEPS;
    dia_model *model = rotated_model(B, &tape);
    dia_block *block = start(flight_shared, &d, B, 0, &one), *basis = start(model, &d, B, 0, &other);
    /* A method that draws its amplitudes draws them in the states as they are, and other signs are another draw: it gets the same one,
     * in the other basis. */
    if (d.hop->start != NULL)
        same_draw(block, basis);
    flight_fly(block, steps);
    flight_fly(basis, steps);
    same_events(p);
    same_positions(p, &d, block, basis);
    dia_block_free(basis);
    /* an overall phase of the amplitudes */
    basis = start(flight_shared, &d, B, 0, &other);
    turn_phase(B * FLIGHT_STATES, 0.9, basis->c);
    flight_fly(basis, steps);
    same_events(p);
    same_positions(p, &d, block, basis);
    dia_block_free(basis);
    /* the signs of the states at the start; what a method has drawn and keeps in these states is another draw with others */
    basis = start(flight_shared, &d, B, 0, &other);
    if (d.hop->start != NULL && basis->scratch->rows[ROW_HOP].width > 0) {
        dia_block_free(basis);
        basis = NULL;
    }
    for (int i = 0; basis != NULL && i < B * FLIGHT_STATES * FLIGHT_STATES; i++)
        basis->frame.U[i] *= (i / (FLIGHT_STATES * FLIGHT_STATES) + i % FLIGHT_STATES) % 2 == 0 ? -1.0 : 1.0;
    if (basis != NULL) {
        flight_fly(basis, steps);
        same_events(p);
        same_positions(p, &d, block, basis);
    }
    dia_block_free(basis);
    dia_block_free(block);
    dia_model_free(model);
    dia_tape_free(tape);
    dia_dynamics_close(&d);
}

static void same_hops_in_any_basis_and_with_any_signs(void **unused)
{
    (void)unused;
    each_pair(turned);
}

/* ---- Tully's models --------------------------------------------------------------------------- */

static void scattered(const pair *p)
{
    for (int variant = 1; variant <= 3; variant++) {
        char yaml[60];
        dia_error error = {0};
        dia_model *model = NULL;
        snprintf(yaml, sizeof yaml, "{type: tully, variant: %d}", variant);
        assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
        dia_dynamics d = settings(p, 20.0, ", crossing: 0 eV");
        dia_block *block = flight_block(model, &d, B);
        int64_t number[B];
        int state[B];
        double R[B], V[B];
        for (int b = 0; b < B; b++) {
            number[b] = b;
            state[b] = 0;
            R[b] = -6.0;
            V[b] = (8.0 + b) / 2000.0;
        }
        assert_ok(dia_block_start(block, B, number, R, V, state, &error), &error);
        one = (diary){0};
        block->on_hop = note;
        block->on_hop_context = &one;
        for (int i = 0; i < 120; i++) {
            flight_fly(block, 1);
            MUST(p, norm_error(block) < 1e-12);
        }
        MUST(p, one.energy < 1e-13);
        for (int b = 0; b < B; b++)
            MUST(p, block->fate[b] == DIA_FATE_FLYING);
        dia_block_free(block);
        dia_model_free(model);
        dia_dynamics_close(&d);
    }
}

static void tullys_models(void **unused)
{
    (void)unused;
    each_pair(scattered);
}

/* ---- fewest switches by any other name -------------------------------------------------------- */

enum { MANY = 400 };

/* Share of trajectories in S1 after a passage of Tully's model `variant` at momentum k. */
static double upper(const char *hop, const char *keys, int variant, double k)
{
    char yaml[60];
    dia_error error = {0};
    dia_model *model = NULL;
    pair p = {.hop = hop, .decoherence = "none"};
    snprintf(p.keys, sizeof p.keys, "%s", keys);
    snprintf(yaml, sizeof yaml, "{type: tully, variant: %d}", variant);
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    dia_dynamics d = settings(&p, 4.0, "");
    dia_block *block = flight_block(model, &d, MANY);
    int64_t number[MANY];
    int state[MANY] = {0}, above = 0;
    double R[MANY], V[MANY];
    for (int b = 0; b < MANY; b++) {
        number[b] = b;
        R[b] = -6.0;
        V[b] = k / 2000.0;
    }
    assert_ok(dia_block_start(block, MANY, number, R, V, state, &error), &error);
    flight_fly(block, (int)(12.0 / (k / 2000.0) / 4.0));
    for (int b = 0; b < MANY; b++)
        above += block->active[b] == 1;
    dia_block_free(block);
    dia_model_free(model);
    dia_dynamics_close(&d);
    return (double)above / MANY;
}

/* For two states all of these are fewest switches, in the limit of short steps: 0.1 fs. The same random numbers decide, so less than
 * chance divides them; 4 standard errors of independent swarms. */
static void the_family_agrees(void **unused)
{
    (void)unused;
    static const struct {
        const char *hop, *keys;
    } family[] = {
        {"fewest_switches", ", probability: net_flux"},
        {"fewest_switches_rates", ""},
        {"fewest_switches_rates", ", probability: averaged"},
        {"fewest_switches_rates", ", probability: overlaps"},
        {"fewest_switches_rates", ", probability: norm_preserving"},
        {"global_flux", ""},
    };
    for (int variant = 1; variant <= 3; variant++) {
        const double k = variant == 3 ? 32.0 : 25.0, share = upper("fewest_switches", "", variant, k);
        assert_true(share > 0.05 && share < 0.95);
        for (size_t i = 0; i < sizeof family / sizeof family[0]; i++) {
            const double found = upper(family[i].hop, family[i].keys, variant, k);
            if (fabs(found - share) > 4.0 * sqrt(2.0 * share * (1.0 - share) / MANY))
                fail_msg("Tully %d, %s%s: %.4f in S1, expected %.4f", variant, family[i].hop, family[i].keys, found,
                         share);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bitwise_with_norm_and_energy),
        cmocka_unit_test(same_hops_in_any_basis_and_with_any_signs),
        cmocka_unit_test(tullys_models),
        cmocka_unit_test(the_family_agrees),
    };
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
