/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time uncertainty of hops, where the times are known: two curves in one dimension that do not couple, the lower one flat, so that the
 * motion on it is x0 + v t and a hop is allowed where the gap is less than m v^2/2. A hopping method of the test attempts it when it is
 * told to. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "flight.h"
#include "model/front.h"

/* ---- two curves ------------------------------------------------------------------------------ */

typedef struct curve { /* gap = floor + height exp(-x^2) + slope x */
    double floor, height, slope;
} curve;

static double gap_of(const curve *g, double x)
{
    return g->floor + g->height * exp(-x * x) + g->slope * x;
}

static void curve_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    (void)work;
    for (int b = 0; b < batch; b++) {
        H[3 * b] = H[3 * b + 1] = 0.0;
        H[3 * b + 2] = gap_of(self, R[b]);
    }
}

static void curve_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                           double *G)
{
    (void)work;
    const curve *g = self;
    for (int q = 0; q < n; q++) {
        const double x = R[row[q]];
        G[q] = W[3 * q + 2] * (g->slope - 2.0 * x * g->height * exp(-x * x));
    }
}

static size_t curve_tape_size(const void *self, int batch_max, int request_max)
{
    (void)self, (void)batch_max, (void)request_max;
    return 0;
}

static const dia_model_type curve_type = {.version = DIA_EXTEND_VERSION,
                                          .name = "curve",
                                          .self_size = sizeof(curve),
                                          .tape_size = curve_tape_size,
                                          .hamiltonian = curve_hamiltonian,
                                          .contract = curve_contract};

static const double mass = 2000.0, speed = 0.004; /* kinetic energy 0.016 hartree */

static dia_model *curve_model(curve g)
{
    dia_error error = {0};
    dia_molecule molecule;
    dia_model *model = NULL;
    curve *own = malloc(sizeof *own);
    assert_non_null(own);
    *own = g;
    assert_ok(dia_molecule_init(&molecule, 1, 1, NULL, &error), &error);
    molecule.masses[0] = mass;
    const dia_shape shape = {.natom = 1, .ncart = 1, .nstate = 2, .npacked = 3};
    assert_ok(dia_model_adopt(&model, &curve_type, own, shape, &molecule, &error), &error);
    return model;
}

/* ---- a method that attempts one hop, or two ---------------------------------------------------------- */

typedef struct attempt {
    double time, reach;
    double earlier; /* 0: no other */
} attempt;

static void attempt_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    const attempt *a = self;
    (void)memory;
    for (int q = 0; q < view->nflying; q++)
        if ((view->time - view->dt < a->time && a->time <= view->time) ||
            (view->time - view->dt < a->earlier && a->earlier <= view->time))
            target[view->flying[q]] = 1;
}

static double attempt_uncertainty(const void *self, double lacking)
{
    const attempt *a = self;
    return lacking > 0.0 ? fmin(a->reach, 0.5 / lacking) : a->reach;
}

static const dia_hop_type attempt_type = {.version = DIA_EXTEND_VERSION,
                                          .name = "attempt",
                                          .self_size = sizeof(attempt),
                                          .propose = attempt_propose,
                                          .uncertainty = attempt_uncertainty};

/* ---- flights --------------------------------------------------------------------------------- */

enum { STEPS = 120, MOST = 10 };

typedef struct flown {
    double x[STEPS + 1], v[STEPS + 1], energy; /* largest error of the total energy */
    int active[STEPS + 1];
    int n;
    struct {
        double time, before, after, gap;
        bool accepted;
    } event[MOST];
} flown;

static void note(void *context, const dia_hop_event *event)
{
    flown *f = context;
    assert_true(f->n < MOST);
    f->event[f->n].time = event->time;
    f->event[f->n].before = event->kinetic_before;
    f->event[f->n].after = event->kinetic_after;
    f->event[f->n].gap = event->gap;
    f->event[f->n++].accepted = event->accepted;
}

static void show(const dia_block *block, int i, flown *f)
{
    f->x[i] = block->R[0];
    f->v[i] = block->V[0];
    f->active[i] = block->active[0];
    f->energy = fmax(f->energy, flight_energy_error(block, 0));
}

/* From x with an attempt at `time`, and one earlier than that. */
static flown fly_twice(curve g, double x, double dt, double earlier, double time, double reach)
{
    static flown f;
    const int64_t number = 0;
    const int state = 0;
    dia_error error = {0};
    dia_model *model = curve_model(g);
    dia_dynamics d = flight_dynamics("fstu", dt, 1e9);
    attempt own = {.time = time, .reach = reach, .earlier = earlier};
    free(d.hop_self);
    assert_non_null(d.hop_self = malloc(sizeof own));
    memcpy(d.hop_self, &own, sizeof own);
    d.hop = &attempt_type;
    dia_block *block = flight_block(model, &d, 1);
    f = (flown){.n = 0};
    block->on_hop = note;
    block->on_hop_context = &f;
    assert_ok(dia_block_start(block, 1, &number, &x, &speed, &state, &error), &error);
    show(block, 0, &f);
    for (int i = 1; i <= STEPS; i++) {
        flight_fly(block, 1);
        show(block, i, &f);
    }
    dia_block_free(block);
    dia_model_free(model);
    dia_dynamics_close(&d);
    return f;
}

static flown fly(curve g, double x, double dt, double time, double reach)
{
    return fly_twice(g, x, dt, 0.0, time, reach);
}

static const curve bump = {.floor = 0.012, .height = 0.006};

/* Where the gap of the bump is the kinetic energy. */
static double edge(void)
{
    return sqrt(-log((0.5 * mass * speed * speed - bump.floor) / bump.height));
}

/* The hop at `time`, nothing else; on the lower curve before it, on the upper one after. The spare energy there is zero to 1e-14
 * hartree, and it changes by some 1e-5 hartree in an atomic unit of time: the time is right to 1e-9. */
static void hops_at(const flown *f, double x, double dt, double time)
{
    assert_int_equal(f->n, 1);
    assert_true(f->event[0].accepted);
    assert_close(f->event[0].time, time, 0.0, 1e-8);
    assert_close(f->event[0].before, 0.5 * mass * speed * speed, 1e-13, 0.0);
    assert_close(f->event[0].before - f->event[0].gap, f->event[0].after, 0.0, 1e-15);
    for (int i = 0; i <= STEPS; i++) {
        if (fabs(i * dt - time) > 1e-6)
            assert_int_equal(f->active[i], i * dt > time);
        if (i * dt < time)
            assert_close(f->x[i], x + speed * i * dt, 0.0, 1e-12); /* sums of 300 steps */
        if (i > 0)
            assert_true(fabs(f->x[i] - f->x[i - 1]) < 1.5 * speed * dt); /* no jump in time */
    }
    assert_true(f->energy < 1e-6); /* of velocity Verlet on the upper curve */
}

/* Whatever the time step, the time of the hop is the same. */
static void goes_back(void **unused)
{
    (void)unused;
    static const double steps[] = {5.0, 11.3};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const double x = -1.5, dt = steps[i], to = (-edge() - x) / speed, late = to + 20.0;
        const flown f = fly(bump, x, dt, late, 400.0);
        hops_at(&f, x, dt, to);
    }
}

static void waits(void **unused)
{
    (void)unused;
    static const double steps[] = {5.0, 11.3};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const double x = -0.3, dt = steps[i], to = (edge() - x) / speed;
        const flown f = fly(bump, x, dt, to - 25.0, 400.0);
        hops_at(&f, x, dt, to);
    }
}

/* Right and left of the middle of the bump: the closer edge. */
static void takes_the_closer_time(void **unused)
{
    (void)unused;
    const double x = -1.5, dt = 5.0;
    const flown back = fly(bump, x, dt, (-0.1 - x) / speed, 1000.0), on = fly(bump, x, dt, (0.1 - x) / speed, 1000.0);
    hops_at(&back, x, dt, (-edge() - x) / speed);
    hops_at(&on, x, dt, (edge() - x) / speed);
}

/* Frustrated at `time`, and turned or not. */
static void frustrated_at(const flown *f, double dt, double time, bool turns)
{
    assert_int_equal(f->n, 1);
    assert_false(f->event[0].accepted);
    assert_close(f->event[0].time, time, 1e-13, 0.0);
    const int step = (int)lround(time / dt);
    for (int i = 0; i <= STEPS; i++) {
        assert_int_equal(f->active[i], 0);
        assert_close(f->v[i], i >= step && turns ? -speed : speed, 1e-13, 0.0);
    }
}

/* Up a slope the gap is the kinetic energy at t = 50 dt. The attempt lacks slope v (t0 - t), and goes back as long as that times t0 - t
 * is below 1/2; a step later it is frustrated. The force on the upper curve opposes the motion: it turns. */
static void is_as_uncertain_as_the_energy(void **unused)
{
    (void)unused;
    const double dt = 7.0, rate = 0.5 / (400.0 * dt * dt); /* 20 steps are the limit */
    const curve up = {.floor = 0.5 * mass * speed * speed, .slope = rate / speed};
    const double x = -50.0 * dt * speed;
    const flown within = fly(up, x, dt, 68.9 * dt, 1e3), beyond = fly(up, x, dt, 70.1 * dt, 1e3);
    hops_at(&within, x, dt, 50.0 * dt);
    frustrated_at(&beyond, dt, 71.0 * dt, true);
    /* and no more than the reach */
    const flown near = fly(up, x, dt, 54.9 * dt, 5.5 * dt), far = fly(up, x, dt, 55.9 * dt, 5.5 * dt);
    hops_at(&near, x, dt, 50.0 * dt);
    frustrated_at(&far, dt, 56.0 * dt, true);
    /* of a step that begins within it and ends beyond, the part within */
    const double inside = -50.6 * dt * speed, outside = -50.3 * dt * speed;
    const flown just = fly(up, inside, dt, 55.9 * dt, 5.5 * dt), hardly = fly(up, outside, dt, 55.9 * dt, 5.5 * dt);
    hops_at(&just, inside, dt, 50.6 * dt);
    frustrated_at(&hardly, dt, 56.0 * dt, true);
}

/* Down a slope the same ahead in time; the force on the upper curve is along the motion, which is kept. */
static void waits_no_longer_than_that(void **unused)
{
    (void)unused;
    const double dt = 7.0, rate = 0.5 / (400.0 * dt * dt);
    const curve down = {.floor = 0.5 * mass * speed * speed, .slope = -rate / speed};
    const double x = -50.0 * dt * speed;
    const flown within = fly(down, x, dt, 30.5 * dt, 1e3), beyond = fly(down, x, dt, 28.5 * dt, 1e3);
    hops_at(&within, x, dt, 50.0 * dt);
    frustrated_at(&beyond, dt, 29.0 * dt, false);
}

/* On top of a bump much is lacking, and the hop stays frustrated; behind it little, and the trajectory goes back to before the bump: there
 * the first attempt has not been made. */
static void forgets_what_has_not_happened(void **unused)
{
    (void)unused;
    const curve g = {.floor = 0.5 * mass * speed * speed + 1e-4, .height = 0.004, .slope = 5e-5};
    const double x = -3.2, dt = 11.0;
    double lo = x, hi = -1.0;
    for (int i = 0; i < 60; i++) { /* of the gap, which rises there */
        const double middle = 0.5 * (lo + hi);
        *(gap_of(&g, middle) > 0.5 * mass * speed * speed ? &hi : &lo) = middle;
    }
    const double first = (0.3 - x) / speed, second = (1.9 - x) / speed;
    const flown once = fly(g, x, dt, first, 2e3), twice = fly_twice(g, x, dt, first, second, 2e3);
    frustrated_at(&once, dt, ceil(first / dt) * dt, false);
    hops_at(&twice, x, dt, (lo - x) / speed);
}

/* What is recorded does not depend on how far ahead it flies. */
static void reach_is_not_seen(void **unused)
{
    (void)unused;
    const double x = -1.5, late = (-edge() - x) / speed + 20.0;
    static flown one, other;
    one = fly(bump, x, 5.0, late, 60.0);
    other = fly(bump, x, 5.0, late, 1000.0);
    assert_memory_equal(&one, &other, sizeof one);
}

/* ---- fewest switches ------------------------------------------------------------------------- */

enum { B = 256 };

typedef struct tally {
    int n, accepted,
        halted; /* halted: hops up without kinetic energy along the coupling: in one dimension without any */
    double energy;
} tally;

static void count(void *context, const dia_hop_event *event)
{
    tally *t = context;
    t->n++;
    t->accepted += event->accepted;
    t->halted += event->accepted && event->gap > 0.0 && event->kinetic_after < 1e-12;
    const double paid = event->accepted ? event->gap : 0.0;
    t->energy = fmax(t->energy, fabs(event->kinetic_after + paid - event->kinetic_before));
}

/* Tully's first model at a momentum of 8, near the threshold: attempts of fewest switches without the energy become hops that leave
 * none. Where the final path was searched for is not seen: the active state of each trajectory at the end is that of its last hop. */
static tally scatter(const char *method)
{
    static double R[B], V[B];
    static int64_t number[B];
    static int state[B];
    dia_error error = {0};
    tally t = {0};
    dia_model *model = flight_open("{type: tully, variant: 1}");
    dia_dynamics d = flight_dynamics(method, 10.0, 1e9);
    dia_block *block = flight_block(model, &d, B);
    for (int b = 0; b < B; b++) {
        number[b] = b;
        R[b] = -6.0;
        V[b] = (7.5 + 0.006 * b) / mass;
    }
    block->on_hop = count;
    block->on_hop_context = &t;
    assert_ok(dia_block_start(block, B, number, R, V, state, &error), &error);
    double worst = 0.0;
    for (int i = 0; i < 300; i++) {
        flight_fly(block, 1);
        for (int b = 0; b < B; b++)
            worst = fmax(worst, flight_energy_error(block, b));
    }
    assert_true(worst < 2e-5); /* of velocity Verlet, with any method */
    assert_true(t.energy < 1e-15);
    dia_block_free(block);
    dia_model_free(model);
    dia_dynamics_close(&d);
    return t;
}

static void frustrated_hops_become_hops(void **unused)
{
    (void)unused;
    const tally plain = scatter("fewest_switches"), uncertain = scatter("fstu"),
                none = scatter("fstu, reach: 0 fs, frustrated: keep");
    assert_true(plain.n - plain.accepted >= 5);
    assert_int_equal(plain.halted, 0);
    assert_true(uncertain.halted >= 5);
    assert_true(uncertain.n - uncertain.accepted < plain.n - plain.accepted);
    assert_memory_equal(&plain, &none, sizeof plain);
}

static void frustrates_by_the_force_of_the_target(void **unused)
{
    (void)unused;
    dia_dynamics own = flight_dynamics("fstu", 10.0, 1e9), given = flight_dynamics("fstu, frustrated: keep", 10.0, 1e9);
    assert_int_equal(own.frustrated, DIA_FRUSTRATED_GRADV);
    assert_int_equal(given.frustrated, DIA_FRUSTRATED_KEEP);
    dia_dynamics_close(&own);
    dia_dynamics_close(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_back),
        cmocka_unit_test(waits),
        cmocka_unit_test(takes_the_closer_time),
        cmocka_unit_test(is_as_uncertain_as_the_energy),
        cmocka_unit_test(waits_no_longer_than_that),
        cmocka_unit_test(forgets_what_has_not_happened),
        cmocka_unit_test(reach_is_not_seen),
        cmocka_unit_test(frustrated_hops_become_hops),
        cmocka_unit_test(frustrates_by_the_force_of_the_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
