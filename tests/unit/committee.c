/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A committee file: it flies as its member, bit for bit. Disagreement knows what is arbitrary: copies of one network agree, also
 * with another constant basis of diabatic states; the order of members means nothing. Limits of errors hold for errors of a known
 * size. */
#include "check.h"
#include "taught.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocations.h"
#include "base/rng.h"
#include "diabolo/dynamics.h"
#include "model/committee.h"
#include "model/front.h"
#include "train/calibrate.h"
#include "train/spread.h"

/* Q H Q^T in place of H, of packed matrices in the columns of the last layer. */
static void turn(const double *Q, double *column, int stride)
{
    double H[NSTATE][NSTATE], new[NP] = {0};
    for (int i = 0; i < NSTATE; i++)
        for (int j = 0; j < NSTATE; j++)
            H[i][j] = column[dia_packed(i, j) * stride];
    for (int i = 0; i < NSTATE; i++)
        for (int j = 0; j <= i; j++)
            for (int k = 0; k < NSTATE * NSTATE; k++)
                new[dia_packed(i, j)] +=
                    Q[i * NSTATE + k / NSTATE] * H[k / NSTATE][k % NSTATE] * Q[j * NSTATE + k % NSTATE];
    for (int k = 0; k < NP; k++)
        column[k * stride] = new[k];
}

/* A network of that seed, its diabatic basis turned by a constant matrix (NULL: not). */
static void save_network(const char *path, uint64_t seed, const double *Q)
{
    dia_error error = {0};
    dia_matrix_block blocks[DIA_ARCHITECTURE_BLOCKS];
    dia_network *network = taught_network(seed);
    const int last = network->architecture->blocks(network->body, blocks) - 1;
    assert_int_equal(blocks[last].rows, NP);
    for (int c = 0; Q != NULL && c < blocks[last].cols; c++)
        turn(Q, network->theta + blocks[last].weight + c, blocks[last].cols);
    if (Q != NULL)
        turn(Q, network->theta + blocks[last].bias, 1);
    dia_network_refresh(network);
    assert_ok(dia_network_save(network, path, &(dia_network_record){.level_of_theory = "none"}, &error), &error);
    dia_network_free(network);
    free(network);
}

static dia_model *committee_of(int n, const char *const *paths)
{
    dia_error error = {0};
    dia_model *model = NULL;
    const dia_committee_plan plan = {.n = n, .members = paths, .distilled = paths[n - 1]};
    assert_ok(dia_committee_write("committee.h5", &plan, &error), &error);
    assert_ok(dia_model_load(&model, "committee.h5", &error), &error);
    return model;
}

static void evaluate(const dia_model *model, const double *R, double *H, double *G)
{
    dia_error error = {0};
    dia_tape *tape = NULL;
    const int row = 0;
    const double W[NP] = {0.3, -0.2, 0.7, 0.1, 0.5, -0.4};
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_int_equal(dia_model_hamiltonian(model, tape, 1, R, H), DIA_OK);
    assert_int_equal(dia_model_contract(model, tape, 1, &row, W, G), DIA_OK);
    dia_tape_free(tape);
}

static void test_flies_as_its_member(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_dataset data;
    taught_data(&data);
    save_network("a.h5", 2, NULL);
    save_network("b.h5", 5, NULL);
    const char *const paths[] = {"a.h5", "b.h5"}, *const words[] = {"0", "1", "distilled", "all"};
    dia_model_free(committee_of(2, paths));
    for (int i = 0; i < 4; i++) {
        char yaml[100];
        dia_model *committee = NULL, *alone = NULL;
        double H[2][NP], G[2][NC];
        snprintf(yaml, sizeof yaml, "{type: committee, file: committee.h5, member: %s}", words[i]);
        assert_ok(dia_model_parse(&committee, yaml, ".", &error), &error);
        assert_ok(dia_model_load(&alone, i == 1 || i == 2 ? "b.h5" : "a.h5", &error), &error);
        assert_string_equal(dia_model_name(committee), "committee");
        assert_int_equal(dia_model_members(committee), 2);
        assert_int_equal(dia_model_members(alone), 1);
        assert_ptr_equal(dia_model_member(alone, 0), alone);
        assert_null(dia_model_member(committee, 2));
        evaluate(committee, data.R, H[0], G[0]);
        evaluate(alone, data.R, H[1], G[1]);
        assert_memory_equal(H[0], H[1], sizeof H[0]);
        assert_memory_equal(G[0], G[1], sizeof G[0]);
        dia_model_free(committee);
        dia_model_free(alone);
    }
    dia_model *none = NULL;
    assert_int_equal(dia_model_parse(&none, "{type: committee, file: committee.h5, member: 2}", ".", &error),
                     DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "0 to 1"));
    dia_error_clear(&error);
    assert_int_equal(dia_model_parse(&none, "{type: committee, file: a.h5}", ".", &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "expected a committee"));
    dia_dataset_free(&data);
}

static void measure(const dia_model *committee, const dia_dataset *data, dia_spread *spread)
{
    dia_error error = {0};
    int points[NPOINT];
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    assert_ok(
        dia_spread_measure(spread, committee, data, NSTATE, NPOINT, points, true, &(dia_control){.threads = 1}, &error),
        &error);
}

/* The teacher of the data in three bases: no spread and no error but rounding. */
static void test_basis_is_arbitrary(void **state)
{
    (void)state;
    dia_dataset data;
    dia_error error = {0};
    const double s = sqrt(0.5), flip[9] = {1, 0, 0, 0, -1, 0, 0, 0, 1}, rotation[9] = {s, -s, 0, s, s, 0, 0, 0, 1};
    const char *const paths[] = {"a.h5", "b.h5", "c.h5"};
    dia_spread spread[DIA_CALIBRATED];
    taught_data(&data);
    assert_ok(dia_dataset_project(&data, &error), &error);
    save_network("a.h5", 2, NULL);
    save_network("b.h5", 2, flip);
    save_network("c.h5", 2, rotation);
    dia_model *committee = committee_of(3, paths);
    measure(committee, &data, spread);
    for (int q = 0; q < DIA_CALIBRATED; q++)
        for (int i = 0; i < NPOINT * spread[q].count; i++) {
            /* eigenvectors of a gap of 1e-2 are good to 1e-14; gradients of 1 */
            assert_true(spread[q].spread[i] < 1e-11);
            for (int c = 0; c < 3 * spread[q].width; c++)
                /* NaN: a probability where all say 0 */
                assert_false(fabs(spread[q].error[i * 3 * spread[q].width + c]) > 1e-11);
        }
    dia_spread_free(spread);
    dia_model_free(committee);
    dia_dataset_free(&data);
}

static void test_order_means_nothing(void **state)
{
    (void)state;
    dia_dataset data;
    const char *const one[] = {"a.h5", "b.h5", "c.h5"}, *const other[] = {"c.h5", "a.h5", "b.h5"};
    dia_spread spread[2][DIA_CALIBRATED];
    taught_data(&data);
    for (int k = 0; k < 3; k++)
        save_network(one[k], (uint64_t)(2 + k), NULL);
    for (int i = 0; i < 2; i++) {
        dia_model *committee = committee_of(3, i == 0 ? one : other);
        measure(committee, &data, spread[i]);
        dia_model_free(committee);
    }
    for (int q = 0; q < DIA_CALIBRATED; q++)
        for (int i = 0; i < NPOINT * spread[0][q].count; i++) {
            assert_true(spread[0][q].spread[i] > 1e-6 || q == DIA_CALIBRATED_HOP);
            /* sums in another order; a probability is 1 at most */
            assert_close(spread[1][q].spread[i], spread[0][q].spread[i], 1e-12, 1e-14);
        }
    /* The sample variance of energies, by its own formula. */
    double mean = 0.0, sum = 0.0;
    const dia_spread *e = &spread[0][DIA_CALIBRATED_ENERGY];
    for (int k = 0; k < 3; k++)
        mean += (e->error[k] + data.energy[0]) / 3;
    for (int k = 0; k < 3; k++)
        sum += (e->error[k] + data.energy[0] - mean) * (e->error[k] + data.energy[0] - mean) / 2;
    assert_close(e->spread[0], sqrt(sum), 1e-10, 0);
    dia_spread_free(spread[0]);
    dia_spread_free(spread[1]);
    dia_dataset_free(&data);
}

/* ---- along trajectories ---------------------------------------------------------------------- */

enum { FLYING = 3, STEPS = 12 };

static dia_block *start_block(const dia_model *model, const dia_dynamics *dynamics, int first, int count)
{
    dia_error error = {0};
    dia_block *block = NULL;
    dia_dataset data;
    double V[FLYING * NC];
    const int64_t number[FLYING] = {first, first + 1, first + 2};
    const int active[FLYING] = {1, 2, 1};
    taught_data(&data);
    for (int c = 0; c < FLYING * NC; c++)
        V[c] = 1e-3 * sin(c);
    assert_ok(dia_block_create(&block, model, dynamics, FLYING, &error), &error);
    assert_ok(dia_block_start(block, count, number, data.R + first * NC, V + first * NC, active + first, &error),
              &error);
    dia_dataset_free(&data);
    return block;
}

static dia_dynamics dynamics_of(const char *committee)
{
    char yaml[200];
    dia_error error = {0};
    dia_dynamics d;
    snprintf(yaml, sizeof yaml, "{timestep: 0.1 fs, duration: 10 fs, drift: 0 eV%s%s}",
             committee[0] != '\0' ? ", committee: " : "", committee);
    assert_ok(dia_dynamics_parse(&d, yaml, &error), &error);
    return d;
}

/* Adiabatic energies and the gradient of a state, of a network alone. */
static void adiabatic(const dia_model *model, const double *R, int state, double *E, double *G)
{
    dia_error error = {0};
    dia_tape *tape = NULL;
    double H[NP], U[NSTATE * NSTATE], W[NP], work[400];
    const int row = 0;
    dia_frame frame = {.batch = 1, .nstate = NSTATE, .H = H, .E = E, .U = U};
    assert_true(dia_frame_work(NSTATE) <= 400);
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_int_equal(dia_model_hamiltonian(model, tape, 1, R, H), DIA_OK);
    assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
    dia_weight_pair(&frame, 0, state, state, W);
    assert_int_equal(dia_model_contract(model, tape, 1, &row, W, G), DIA_OK);
    dia_tape_free(tape);
}

/* Each look by its definition; in turn, and in any block; the flight does not notice. */
static void test_looks(void **state)
{
    (void)state;
    const char *const paths[] = {"a.h5", "b.h5", "c.h5"};
    for (int k = 0; k < 3; k++)
        save_network(paths[k], (uint64_t)(2 + k), NULL);
    dia_model *committee = committee_of(3, paths);
    dia_dynamics watched = dynamics_of("{every: 2, ask: all}"), turns = dynamics_of("{every: 2}"),
                 still = dynamics_of("");
    dia_block *all = start_block(committee, &watched, 0, FLYING), *turn = start_block(committee, &turns, 0, FLYING),
              *bare = start_block(committee, &still, 0, FLYING), *alone = start_block(committee, &watched, 1, 1);
    double x[DIA_DOUBTS], y[DIA_DOUBTS], latest[FLYING][3] = {{0}};
    int from_above = 0, from_below = 0;
    assert_false(dia_block_doubt(bare, 0, x));
    for (int step = 0; step <= STEPS; step++) {
        for (int b = 0; b < FLYING && step % 2 == 0; b++) {
            double E[3][NSTATE], G[3][NC], energy = 0.0, gradient = 0.0, gap = 0.0;
            const int a = all->active[b];
            for (int m = 0; m < 3; m++) {
                adiabatic(dia_model_member(committee, m), all->R + b * NC, a, E[m], G[m]);
                energy += pow(E[m][a] - E[0][a], 2) / 4; /* half the mean over two others */
                double *own = &latest[b][m];             /* of the gradient: members in turn, all at the start */
                if (step == 0 || (m > 0 && step / 2 % 2 == m - 1)) {
                    *own = 0.0;
                    for (int c = 0; c < NC; c++)
                        *own += pow(G[m][c] - G[0][c], 2) / 4 / NC;
                }
                gradient += *own;
                const bool above = a + 1 < NSTATE && (a == 0 || E[0][a + 1] - E[0][a] < E[0][a] - E[0][a - 1]);
                const int k = above ? a + 1 : a - 1; /* the nearest in the flown network */
                gap += pow((E[m][k] - E[m][a]) - (E[0][k] - E[0][a]), 2) / 4;
                from_above += above && a > 0;
                from_below += !above && a + 1 < NSTATE;
            }
            assert_true(dia_block_doubt(all, b, x));
            assert_close(x[DIA_DOUBT_ENERGY], sqrt(energy), 1e-10, 0);
            assert_close(x[DIA_DOUBT_GAP], sqrt(gap), 1e-10, 0);
            assert_close(x[DIA_DOUBT_GRADIENT], sqrt(gradient), 1e-10, 0); /* these states are more than 20 meV apart */
            assert_true(x[DIA_DOUBT_HOP] >= 0.0 && x[DIA_DOUBT_HOP] <= 1.0);
            assert_true(dia_block_doubt(turn, b, y));
            if (step == 0)
                assert_memory_equal(x, y, sizeof x);
        }
        assert_true(dia_block_doubt(all, 1, x) && dia_block_doubt(alone, 0, y));
        assert_memory_equal(x, y, sizeof x);
        assert_memory_equal(all->R, bare->R, FLYING * NC * sizeof(double));
        assert_memory_equal(all->c, bare->c, FLYING * NSTATE * 2 * sizeof(double));
        dia_block *const blocks[] = {all, turn, bare, alone};
        const long before = allocations_count();
        for (int i = 0; i < 4; i++)
            assert_int_equal(dia_block_step(blocks[i]), DIA_OK);
        assert_int_equal(allocations_count(), before);
    }
    assert_int_equal(dia_block_flying(all), FLYING);
    assert_true(from_above > 0 && from_below > 0);
    dia_block_free(all);
    dia_block_free(turn);
    dia_block_free(bare);
    dia_block_free(alone);
    /* Beyond the limit it ends, if the input says so. */
    dia_dynamics ends = dynamics_of("{every: 1, limit: 1e-6 eV, beyond: end}");
    dia_block *block = start_block(committee, &ends, 0, FLYING);
    assert_int_equal(dia_block_flying(block), 0);
    assert_int_equal(block->fate[0], DIA_FATE_UNCERTAIN);
    dia_block_free(block);
    dia_error error = {0};
    assert_int_equal(dia_block_create(&block, dia_model_member(committee, 0), &ends, 1, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "no committee"));
    dia_dynamics_close(&ends);
    dia_dynamics_close(&watched);
    dia_dynamics_close(&turns);
    dia_dynamics_close(&still);
    dia_model_free(committee);
}

/* Copies of one network in other constant bases have no doubt: rounding alone. */
static void test_no_doubt_of_copies(void **state)
{
    (void)state;
    const double s = sqrt(0.5), flip[9] = {1, 0, 0, 0, -1, 0, 0, 0, 1}, rotation[9] = {s, -s, 0, s, s, 0, 0, 0, 1};
    const char *const paths[] = {"a.h5", "b.h5", "c.h5"};
    save_network("a.h5", 2, NULL);
    save_network("b.h5", 2, flip);
    save_network("c.h5", 2, rotation);
    dia_model *committee = committee_of(3, paths);
    dia_dynamics watched = dynamics_of("{every: 1, limit: 1e-6 eV, beyond: end}");
    dia_block *block = start_block(committee, &watched, 0, FLYING);
    double x[DIA_DOUBTS];
    for (int step = 0; step < STEPS; step++)
        assert_int_equal(dia_block_step(block), DIA_OK);
    for (int b = 0; b < FLYING; b++) {
        assert_true(dia_block_doubt(block, b, x));
        for (int i = 0; i < DIA_DOUBTS; i++)
            assert_true(x[i] < 1e-10);
        assert_int_equal(block->fate[b], DIA_FATE_FLYING);
    }
    dia_block_free(block);
    dia_dynamics_close(&watched);
    dia_model_free(committee);
}

/* Normal errors whose size is `factor` times a spread that varies by a factor of ten. */
static void synthetic(dia_spread *spread, int n, double factor, uint64_t seed)
{
    memset(spread, 0, DIA_CALIBRATED * sizeof *spread);
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        spread[q] = (dia_spread){.npoint = n, .count = 1, .width = 1, .nmember = 1};
        spread[q].gap = calloc((size_t)n, sizeof(double));
        spread[q].spread = calloc((size_t)n, sizeof(double));
        spread[q].error = calloc((size_t)n, sizeof(double));
        for (int i = 0; i < n; i++) {
            spread[q].gap[i] = (i % 3 == 0 ? 0.05 : i % 3 == 1 ? 0.3 : 2.0) * DIA_EV;
            spread[q].spread[i] = 1e-3 * pow(10, dia_rng_uniform(seed, (uint64_t)q, 0, DIA_PURPOSE_TEST, (uint32_t)i));
            spread[q].error[i] =
                factor * spread[q].spread[i] * dia_rng_normal(seed, (uint64_t)q, 1, DIA_PURPOSE_TEST, (uint32_t)i);
        }
    }
}

static void test_limits_hold(void **state)
{
    (void)state;
    enum { N = 6000 };
    dia_error error = {0};
    dia_spread spread[DIA_CALIBRATED];
    dia_calibration calibration;
    dia_coverage coverage[DIA_CALIBRATED];
    synthetic(spread, N, 2.5, 1);
    assert_ok(dia_calibrate(&calibration, spread, false, &error), &error);
    dia_spread_free(spread);
    synthetic(spread, N, 2.5, 2);
    assert_ok(dia_coverage_measure(coverage, &calibration, spread, &error), &error);
    dia_spread_free(spread);
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        /* the 68 and 95 % quantiles of a normal distribution: 0.9945, 1.9600; a quantile of 2000 numbers is good to 3 % */
        assert_close(calibration.factor[q][0][0], 2.5 * 0.9945, 0.12, 0);
        assert_close(calibration.factor[q][2][1], 2.5 * 1.96, 0.12, 0);
        /* 5 sigma of the binomial shares, of 6000 and of as many that made the limits */
        assert_close(coverage[q].within[DIA_CALIBRATION_GAPS][0], 0.68, 0, 5 * sqrt(2 * 0.68 * 0.32 / N));
        assert_close(coverage[q].within[DIA_CALIBRATION_GAPS][1], 0.95, 0, 5 * sqrt(2 * 0.95 * 0.05 / N));
        assert_true(coverage[q].raw[DIA_CALIBRATION_GAPS] < 0.4);
    }
    /* copies of one network: nothing but the error itself is known */
    synthetic(spread, N, 2.5, 3);
    for (int i = 0; i < N; i++)
        spread[0].spread[i] = 0.0;
    assert_ok(dia_calibrate(&calibration, spread, false, &error), &error);
    assert_ok(dia_coverage_measure(coverage, &calibration, spread, &error), &error);
    assert_close(coverage[0].within[DIA_CALIBRATION_GAPS][0], 0.68, 0, 0.01);
    dia_spread_free(spread);
}

/* Few points: limits scatter, but the share that they hold is right on average. Ranks 0.68 and 0.95 of 13 among 12 points; without the
 * correction for so few, 0.666 and 0.915. */
static void test_few_points(void **state)
{
    (void)state;
    enum { N = 12, REPEATS = 4000 };
    dia_error error = {0};
    double share[DIA_CALIBRATION_LEVELS] = {0};
    for (uint64_t r = 0; r < REPEATS; r++) {
        dia_spread spread[DIA_CALIBRATED];
        dia_calibration c;
        synthetic(spread, N, 1.0, 100 + r);
        for (int i = 0; i < N; i++)
            spread[0].gap[i] = 2.0 * DIA_EV;
        assert_ok(dia_calibrate(&c, spread, false, &error), &error);
        for (int l = 0; l < DIA_CALIBRATION_LEVELS;
             l++) /* at spreads that the floor, a tenth of the median, is nothing to */
            share[l] += erf(c.factor[0][2][l] * sqrt(0.5)) / REPEATS;
        dia_spread_free(spread);
    }
    /* a share scatters by 0.13 and 0.06 from one draw of 12 to another; 5 sigma of 4000, and 0.005 for the floor and the interpolation
     * between ranks; 0.95 of 13 is beyond the last rank, which holds 12/13 */
    assert_close(share[0], 0.68, 0, 0.016);
    assert_close(share[1], 12.0 / 13.0, 0, 0.011);
}

/* A class of one strange point keeps nearly the factors of all; one of many has its own. */
static void test_rare_classes(void **state)
{
    (void)state;
    enum { N = 3000 };
    dia_error error = {0};
    dia_spread spread[DIA_CALIBRATED];
    dia_calibration c;
    synthetic(spread, N, 1.0, 6);
    for (int i = 0; i < N; i++) {
        spread[0].gap[i] = (i == 0 ? 0.05 : i % 2 == 0 ? 0.3 : 2.0) * DIA_EV;
        if (i == 0 || spread[0].gap[i] < DIA_EV)
            spread[0].error[i] *= i == 0 ? 100.0 : 2.0;
    }
    assert_ok(dia_calibrate(&c, spread, false, &error), &error);
    assert_close(c.factor[0][1][0], 2.0 * 0.9945, 0.1, 0); /* 1500 numbers: a quantile is good to 3 % */
    assert_close(c.factor[0][2][0], 0.9945, 0.1, 0);
    /* weight 1 of 11 for a factor some 100 times as large */
    assert_in_range((int)(c.factor[0][0][0] * 10), 9, 30);
    dia_spread_free(spread);
}

/* Errors of a noise beside what the spread tells: the floor finds it. */
static void test_noise_is_found(void **state)
{
    (void)state;
    enum { N = 6000 };
    dia_error error = {0};
    dia_spread spread[DIA_CALIBRATED];
    dia_calibration calibration;
    const double noise = 3e-3; /* of spreads from 1e-3 to 1e-2 */
    synthetic(spread, N, 1.5, 4);
    for (int i = 0; i < N; i++)
        spread[0].error[i] += noise * dia_rng_normal(5, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    assert_ok(dia_calibrate(&calibration, spread, true, &error), &error);
    /* 68 % of a normal noise are below 0.9945 of it; steps of the search are of 19 %, a fifth is 1200 numbers, good to 4 % */
    assert_close(dia_calibration_noise(&calibration, DIA_CALIBRATED_ENERGY), 0.9945 * noise, 0.25, 0);
    /* without noise next to none is found: below a tenth of the usual error */
    assert_true(dia_calibration_noise(&calibration, DIA_CALIBRATED_GRADIENT) < 1e-3);
    assert_close(dia_calibration_limit(&calibration, DIA_CALIBRATED_ENERGY, 1.0, 5e-3, 0),
                 0.9945 * hypot(noise, 7.5e-3), 0.05, 0);
    dia_spread_free(spread);
}

/* A calibration is the same after a file, and so is the noise that it tells. */
static void test_calibration_is_kept(void **state)
{
    (void)state;
    for (int noise = 0; noise < 2; noise++) {
        dia_error error = {0};
        dia_spread spread[DIA_CALIBRATED];
        dia_calibration made, read;
        dia_store *store;
        synthetic(spread, 600, 1.5, 8);
        assert_ok(dia_calibrate(&made, spread, noise == 1, &error), &error);
        assert_ok(dia_store_create(&store, "calibration.h5", &error), &error);
        assert_ok(dia_store_set_int(store, "", "version", 5, &error), &error);
        assert_ok(dia_calibration_write(&made, store, &error), &error);
        assert_ok(dia_store_commit(&store, &error), &error);
        assert_ok(dia_store_open(&store, "calibration.h5", &error), &error);
        assert_ok(dia_calibration_read(&read, store, &error), &error);
        dia_store_close(&store);
        remove("calibration.h5");
        assert_int_equal(read.npoint, made.npoint);
        assert_memory_equal(read.floor, made.floor, sizeof made.floor);
        assert_memory_equal(read.factor, made.factor, sizeof made.factor);
        for (int q = 0; q < DIA_CALIBRATED; q++)
            assert_close(dia_calibration_noise(&read, (dia_calibrated)q),
                         dia_calibration_noise(&made, (dia_calibrated)q), 0.0, 0.0);
        assert_true((dia_calibration_noise(&read, DIA_CALIBRATED_ENERGY) > 0.0) == (noise == 1));
        dia_spread_free(spread);
    }
}

int main(void)
{
    char folder[] = "committee-XXXXXX";
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flies_as_its_member), cmocka_unit_test(test_basis_is_arbitrary),
        cmocka_unit_test(test_order_means_nothing), cmocka_unit_test(test_looks),
        cmocka_unit_test(test_no_doubt_of_copies),  cmocka_unit_test(test_limits_hold),
        cmocka_unit_test(test_few_points),          cmocka_unit_test(test_rare_classes),
        cmocka_unit_test(test_noise_is_found),      cmocka_unit_test(test_calibration_is_kept)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (int k = 0; k < 4; k++)
        unlink((const char *const[]){"a.h5", "b.h5", "c.h5", "committee.h5"}[k]);
    return chdir("..") != 0 || rmdir(folder) != 0 || failed != 0;
}
