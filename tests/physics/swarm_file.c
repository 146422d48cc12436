/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a swarm file says agrees with itself: populations, outcomes, hops and drift with the trajectories. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

/* The recorded velocity is the one before the momentum is adjusted: m v^2/2 is kinetic_before, and an accepted hop pays
 * its gap. To rounding of sums of a few terms. */
static void hops_keep_their_energy(const dia_swarm *swarm)
{
    const dia_swarm_hops *hops = &swarm->hops;
    const int ncart = swarm->natom * swarm->dimension;
    const size_t size = dia_swarm_row_size(swarm, "hops/velocity");
    assert_int_equal(size, ncart);
    double *velocity = calloc((size_t)hops->count + 1, size * sizeof *velocity);
    dia_error error = {0};
    assert_ok(dia_swarm_rows(swarm, "hops/velocity", 0, hops->count, velocity, &error), &error);
    assert_ok(dia_swarm_check(swarm, "hops/position", 0, hops->count, &error), &error);
    for (int64_t i = 0; i < hops->count; i++) {
        double kinetic = 0;
        for (int c = 0; c < ncart; c++) {
            const double v = velocity[i * ncart + c];
            kinetic += 0.5 * swarm->masses[c / swarm->dimension] * v * v;
        }
        assert_close(kinetic, hops->kinetic_before[i], 1e-14, 0);
        if (hops->accepted[i])
            assert_close(kinetic - hops->gap[i], hops->kinetic_after[i], 1e-12, 1e-15);
    }
    free(velocity);
}

/* Populations, errors, hops and drift against what the trajectories in the same file say. Some trajectories are ended
 * by a drift limit that the coarse step exceeds, to see them left out. */
static void the_file_agrees_with_itself(void **state)
{
    (void)state;
    scene s;
    scene_prepare(&s, scene_tully);
    s.dynamics.timestep = 60.0;
    s.dynamics.duration = 60.0 * 60;
    s.dynamics.drift = 1e-3;
    s.flight.steps = 60;
    s.flight.every = 2;
    scene_fly(&s, "itself.h5", 2);
    dia_swarm *swarm = NULL;
    dia_error error = {0};
    assert_ok(dia_swarm_open(&swarm, "itself.h5", &error), &error);
    assert_int_equal(swarm->N, SCENE_N);
    assert_int_equal(swarm->T, 31);
    enum { T = 31 };
    static double active[SCENE_N * T], potential[SCENE_N * T], kinetic[SCENE_N * T], energies[SCENE_N * T * 2],
        amplitudes[SCENE_N * T * 4];
    assert_ok(dia_swarm_rows(swarm, "trajectories/active", 0, SCENE_N, active, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/potential", 0, SCENE_N, potential, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/kinetic", 0, SCENE_N, kinetic, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/energies", 0, SCENE_N, energies, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/amplitudes", 0, SCENE_N, amplitudes, &error), &error);
    int64_t excluded = 0;
    for (int j = 0; j < SCENE_N; j++)
        excluded += swarm->fate[j] == DIA_FATE_DRIFT;
    print_message("%d of %d lost their energy, %d hops\n", (int)excluded, SCENE_N, (int)swarm->hops.count);
    assert_true(excluded > 0 && excluded < SCENE_N / 2);
    assert_int_equal(excluded, swarm->excluded);
    for (int t = 0; t < T; t++) {
        double W = 0, W2 = 0, p = 0, q = 0;
        for (int j = 0; j < SCENE_N; j++) {
            if (swarm->fate[j] == DIA_FATE_DRIFT)
                continue;
            const double *c = amplitudes + (j * T + t) * 4;
            W += s.weight[j];
            W2 += s.weight[j] * s.weight[j];
            p += s.weight[j] * (active[j * T + t] == 1.0);
            q += s.weight[j] * (c[2] * c[2] + c[3] * c[3]);
        }
        p /= W;
        q /= W;
        /* sums of 150 terms of order one: rounding of double */
        assert_close(swarm->active[2 * t + 1], p, 0, 1e-13);
        assert_close(swarm->active[2 * t] + swarm->active[2 * t + 1], 1.0, 0, 1e-13);
        assert_close(swarm->active_error[2 * t + 1], sqrt(fmax(p * (1 - p), 0) * W2) / W, 1e-9, 1e-13);
        assert_close(swarm->electronic[2 * t + 1], q, 0, 1e-12);
        assert_close(swarm->electronic[2 * t] + swarm->electronic[2 * t + 1], 1.0, 0, 1e-12);
        assert_close(swarm->diabatic[2 * t] + swarm->diabatic[2 * t + 1], 1.0, 0, 1e-12);
    }
    for (int j = 0; j < SCENE_N; j++)
        for (int t = 0; t < T; t++) {
            int at = j * T + t;
            assert_true(potential[at] == energies[2 * at + (int)active[at]]);
            assert_true(fabs(potential[at] + kinetic[at] - potential[j * T] - kinetic[j * T]) <= swarm->drift[j]);
            if (t > 0 && swarm->time[t - 1] >= swarm->end[j]) { /* frozen: the same numbers again */
                assert_true(potential[at] == potential[at - 1] && kinetic[at] == kinetic[at - 1]);
            }
        }
    /* starting from state 0, accepted hops lead to the recorded active state */
    for (int j = 0; j < SCENE_N; j++) {
        int now = 0;
        for (int64_t i = 0; i < swarm->hops.count; i++) {
            if (i > 0) {
                bool sorted = swarm->hops.trajectory[i - 1] < swarm->hops.trajectory[i] ||
                              (swarm->hops.trajectory[i - 1] == swarm->hops.trajectory[i] &&
                               swarm->hops.time[i - 1] < swarm->hops.time[i]);
                assert_true(sorted);
            }
            if (swarm->hops.trajectory[i] == j) {
                assert_int_equal(swarm->hops.from[i], now);
                now = swarm->hops.accepted[i] ? swarm->hops.to[i] : now;
            }
        }
        assert_int_equal(now, (int)active[j * T + T - 1]);
    }
    assert_true(swarm->hops.count > 0);
    hops_keep_their_energy(swarm);
    dia_swarm_close(swarm);
    scene_clear(&s);
}

/* Outcomes against a count of the file's own arrays; the last sample is that at which a trajectory was stopped. */
static void outcomes_are_those_of_the_trajectories(void **state)
{
    (void)state;
    enum { T = SCENE_STEPS / SCENE_EVERY + 1 };
    static double active[SCENE_N * T], position[SCENE_N * T];
    double share[3][3] = {{0}}, whole = 0.0;
    int fates[DIA_FATES] = {0}, count, inside = 0;
    char name[64];
    scene s;
    dia_swarm *swarm = NULL;
    dia_outcome *outcomes;
    dia_error error = {0};
    scene_prepare(&s, scene_tully);
    scene_fly(&s, "outcomes.h5", 2);
    assert_ok(dia_swarm_open(&swarm, "outcomes.h5", &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/active", 0, SCENE_N, active, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/position", 0, SCENE_N, position, &error), &error);
    for (int j = 0; j < SCENE_N; j++) {
        const int channel = swarm->stop[j] >= 0 ? swarm->stop[j] : 2, last = (int)active[j * T + T - 1];
        fates[(int)swarm->fate[j]]++;
        whole += s.weight[j];
        share[channel][last] += s.weight[j];
        share[channel][2] += s.weight[j];
        inside += channel == 2;
        assert_int_equal(swarm->fate[j], channel == 2 ? DIA_FATE_FINISHED : DIA_FATE_STOPPED);
        assert_true((position[j * T + T - 1] > 27.0) == (channel == 0)); /* and none flies on behind it */
        assert_true(position[j * T + T - 1] < 27.1);
        assert_true(channel != 1 || last == 1);
    }
    print_message("%d stopped, %d finished\n", fates[DIA_FATE_STOPPED], fates[DIA_FATE_FINISHED]);
    assert_true(inside > 0 && fates[DIA_FATE_STOPPED] > SCENE_N / 3);
    assert_ok(dia_swarm_outcomes(swarm, &outcomes, &count, &error), &error);
    assert_int_equal(count, 9);
    for (int e = 0; e < 9; e++) {
        static const char *const names[] = {"passed", "up", DIA_OUTCOME_INSIDE};
        assert_string_equal(outcomes[e].name, names[e / 3]);
        assert_int_equal(outcomes[e].state, e % 3 < 2 ? e % 3 : -1);
        assert_close(outcomes[e].share, share[e / 3][e % 3] / whole, 1e-14, 1e-14);
        assert_true(outcomes[e].low <= outcomes[e].share && outcomes[e].share <= outcomes[e].high);
    }
    assert_true(share[0][0] > 0 && share[1][1] > 0);
    assert_int_equal(dia_swarm_stops(swarm), 2);
    assert_true(dia_swarm_stop_name(swarm, 1, sizeof name, name) && strcmp(name, "up") == 0);
    assert_false(dia_swarm_stop_name(swarm, 2, sizeof name, name));
    free(outcomes);
    dia_swarm_close(swarm);
    scene_clear(&s);
}

/* Of a mean field a trajectory contributes |c_k|^2 at its end, with its weight; those without any contribute nothing. */
static void outcomes_of_a_mean_field(void **state)
{
    (void)state;
    enum { T = SCENE_STEPS / SCENE_EVERY + 1 };
    static double amplitudes[SCENE_N * T * 4];
    double share[3][3] = {{0}}, whole = 0.0;
    int count;
    scene s;
    dia_swarm *swarm = NULL;
    dia_outcome *outcomes;
    dia_error error = {0};
    scene_prepare(&s, scene_tully);
    dia_dynamics_close(&s.dynamics);
    assert_ok(
        dia_dynamics_parse(
            &s.dynamics,
            "{method: ehrenfest, timestep: 1 au, duration: 1 au, stop: {passed: x > 27 bohr, left: x < -12 bohr}}",
            &error),
        &error);
    s.dynamics.duration = SCENE_STEPS;
    s.weight[5] = s.weight[60] = 0.0;
    scene_fly(&s, "mean_field.h5", 2);
    assert_ok(dia_swarm_open(&swarm, "mean_field.h5", &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/amplitudes", 0, SCENE_N, amplitudes, &error), &error);
    for (int j = 0; j < SCENE_N; j++) {
        const int channel = swarm->stop[j] >= 0 ? swarm->stop[j] : 2;
        const double *c = amplitudes + (j * T + T - 1) * 4;
        whole += s.weight[j];
        for (int k = 0; k < 2; k++) {
            share[channel][k] += s.weight[j] * (c[2 * k] * c[2 * k] + c[2 * k + 1] * c[2 * k + 1]);
            share[channel][2] += s.weight[j] * (c[2 * k] * c[2 * k] + c[2 * k + 1] * c[2 * k + 1]);
        }
    }
    assert_ok(dia_swarm_outcomes(swarm, &outcomes, &count, &error), &error);
    assert_true(count >= 9);
    for (int e = 0; e < 9; e++)
        assert_close(outcomes[e].share, share[e / 3][e % 3] / whole, 1e-13, 1e-14); /* rounding of 150 terms */
    assert_true(share[0][0] > 0.0 && share[2][1] > 0.0);
    free(outcomes);
    dia_swarm_close(swarm);
    scene_clear(&s);
}

static void without_trajectories_the_populations_are_the_same(void **state)
{
    (void)state;
    scene s;
    scene_prepare(&s, scene_tully);
    scene_fly(&s, "full.h5", 2);
    s.flight.full = false;
    scene_fly(&s, "lean.h5", 2);
    dia_swarm *full = NULL, *lean = NULL;
    dia_error error = {0};
    assert_ok(dia_swarm_open(&full, "full.h5", &error), &error);
    assert_ok(dia_swarm_open(&lean, "lean.h5", &error), &error);
    assert_true(full->full && !lean->full);
    assert_int_equal(dia_swarm_row_size(lean, "trajectories/position"), 0);
    size_t bytes = (size_t)(full->T * full->nstate) * sizeof(double);
    assert_memory_equal(full->active, lean->active, bytes);
    assert_memory_equal(full->electronic, lean->electronic, bytes);
    assert_memory_equal(full->diabatic_error, lean->diabatic_error, bytes);
    scene_assert_same_rows(full, 3, lean, 3, "trajectories/kinetic");
    dia_swarm_close(full);
    dia_swarm_close(lean);
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_agrees_with_itself),
        cmocka_unit_test(outcomes_are_those_of_the_trajectories),
        cmocka_unit_test(outcomes_of_a_mean_field),
        cmocka_unit_test(without_trajectories_the_populations_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
