/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symmetry that is found, and degenerate by two-dimensional representations: feasible operations of ammonia from geometries
 * alone; the E x e Jahn-Teller problem of three equal atoms, from data to a trained network. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "diabolo/frame.h"
#include "diabolo/train.h"
#include "model/front.h"
#include "store/store.h"
#include "train/feasible.h"
#include "train/generators.h"

static double draw(uint32_t *at)
{
    return dia_rng_normal(29, 0, 0, DIA_PURPOSE_TEST, (*at)++);
}

/* ---- feasible operations --------------------------------------------------------------------- */

enum { AMMONIA = 150 };

/* Order of the group that is found for ammonia with its nitrogen at heights up to +-`height` bohr over the hydrogens, on one
 * side alone if `one_side`. */
static int order_of(double height, bool one_side, int broken)
{
    dia_error error = {0};
    const int numbers[4] = {7, 1, 1, 1};
    const double flat[12] = {0, 0, 0, 1.9, 0, 0, -0.95, 1.645, 0, -0.95, -1.645, 0};
    dia_molecule molecule;
    dia_dataset data = {.natom = 4, .ncart = 12, .npoint = AMMONIA, .R = calloc(AMMONIA * 12, sizeof(double))};
    dia_feasible found;
    uint32_t at = 0;
    int points[AMMONIA];
    for (int b = 0; b < AMMONIA; b++) {
        points[b] = b;
        const double z = one_side ? height : height * (2.0 * b / (AMMONIA - 1) - 1.0);
        for (int i = 0; i < 12; i++)
            data.R[b * 12 + i] = flat[i] + (i == 2 ? z : 0.0) + 0.03 * draw(&at);
        for (int c = 0; c < 3 && broken > 0; c++) /* one bond is always long */
            data.R[b * 12 + 3 * broken + c] += c < 2 ? 0.25 * flat[3 * broken + c] : 0.0;
    }
    assert_ok(dia_molecule_init(&molecule, 4, 3, numbers, &error), &error);
    memcpy(molecule.reference, data.R, 12 * sizeof(double));
    assert_ok(dia_feasible_find(&found, &molecule, &data, AMMONIA, points, &error), &error);
    const int order = found.order;
    dia_feasible_free(&found);
    dia_molecule_free(&molecule);
    free(data.R);
    return order;
}

/* Through the plane: all permutations and the inversion. On one side: rotations, and exchanges with the inversion. A
 * molecule whose third hydrogen is different in all data: its mirror plane alone. (A reference in which the stretched
 * bond still counts as one: the bonds alone would allow all.) */
static void feasible_operations(void **state)
{
    (void)state;
    assert_int_equal(order_of(0.7, false, 0), 12);
    assert_int_equal(order_of(0.7, true, 0), 6);
    assert_int_equal(order_of(0.5, true, 3), 2);
}

/* Ethylene whose halves turn against each other: 16 operations. Those found one after the other are four, exchanges of
 * the hydrogens of either carbon among them; but one of these and the exchange of the halves give the other. */
static void generators_are_no_products(void **state)
{
    (void)state;
    dia_error error = {0};
    const int numbers[6] = {6, 6, 1, 1, 1, 1};
    dia_molecule molecule;
    dia_dataset data = {.natom = 6, .ncart = 18, .npoint = AMMONIA, .R = calloc(AMMONIA * 18, sizeof(double))};
    dia_feasible found;
    dia_symmetry group;
    uint32_t at = 0;
    int points[AMMONIA];
    const double ones[4] = {1, 1, 1, 1};
    for (int b = 0; b < AMMONIA; b++) {
        points[b] = b;
        for (int a = 0; a < 6; a++) {
            const int half = a < 2 ? a : (a - 2) / 2;
            const double side = a < 2 ? 0.0 : a % 2 ? -1.75 : 1.75, turned = half * acos(-1.0) * 2.0 * b / AMMONIA;
            double *x = data.R + b * 18 + 3 * a;
            x[0] = side * cos(turned) + 0.02 * draw(&at);
            x[1] = side * sin(turned) + 0.02 * draw(&at);
            x[2] = (half ? 1.0 : -1.0) * (a < 2 ? 1.26 : 2.33) + 0.02 * draw(&at);
        }
    }
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    memcpy(molecule.reference, data.R, 18 * sizeof(double));
    assert_ok(dia_feasible_find(&found, &molecule, &data, AMMONIA, points, &error), &error);
    assert_int_equal(found.order, 16);
    assert_int_equal(found.n, 3);
    const dia_generators all = {found.n, found.permutations, found.inversions, ones, NULL};
    assert_ok(dia_symmetry_init(&group, &molecule, 1, &all, &error), &error);
    assert_int_equal(group.nelement, 16);
    dia_symmetry_free(&group);
    dia_feasible_free(&found);
    dia_molecule_free(&molecule);
    free(data.R);
}

/* ---- E x e ----------------------------------------------------------------------------------- */

enum { NPOINT = 160, NC = 9 };
static const double equilibrium = 3.0; /* bohr, sides of the triangle */

/* The two-state matrix of three equal atoms: with the sides s_k opposite to atom k (less 3 bohr),
 *   Qx = (2 s_0 - s_1 - s_2)/sqrt(6), Qy = (s_1 - s_2)/sqrt(2),
 *   H = K sum_k s_k^2/2 + (k Qx + g (Qx^2 - Qy^2)/2) sigma_z + (k Qy - g Qx Qy) sigma_x
 * (as models/jahn_teller.c). v: energy and its gradient; w[2]: the coefficients of sigma_z and sigma_x and theirs. */
static void jahn_teller(const double *R, double *V, double *dV, double w[2], double dw[2][NC])
{
    const double K = 0.08, k = 0.03, g = 0.01;
    double s[3], ds[3][NC] = {{0.0}}, Q[2], dQ[2][NC];
    for (int a = 0; a < 3; a++) {
        const int b = (a + 1) % 3, c = (a + 2) % 3;
        double r = 0.0;
        for (int i = 0; i < 3; i++)
            r += (R[3 * b + i] - R[3 * c + i]) * (R[3 * b + i] - R[3 * c + i]);
        r = sqrt(r);
        s[a] = r - equilibrium;
        for (int i = 0; i < 3; i++) {
            ds[a][3 * b + i] = (R[3 * b + i] - R[3 * c + i]) / r;
            ds[a][3 * c + i] = -ds[a][3 * b + i];
        }
    }
    Q[0] = (2 * s[0] - s[1] - s[2]) / sqrt(6.0);
    Q[1] = (s[1] - s[2]) / sqrt(2.0);
    *V = 0.5 * K * (s[0] * s[0] + s[1] * s[1] + s[2] * s[2]);
    w[0] = k * Q[0] + 0.5 * g * (Q[0] * Q[0] - Q[1] * Q[1]);
    w[1] = k * Q[1] - g * Q[0] * Q[1];
    for (int i = 0; i < NC; i++) {
        dQ[0][i] = (2 * ds[0][i] - ds[1][i] - ds[2][i]) / sqrt(6.0);
        dQ[1][i] = (ds[1][i] - ds[2][i]) / sqrt(2.0);
        dV[i] = K * (s[0] * ds[0][i] + s[1] * ds[1][i] + s[2] * ds[2][i]);
        dw[0][i] = k * dQ[0][i] + g * (Q[0] * dQ[0][i] - Q[1] * dQ[1][i]);
        dw[1][i] = k * dQ[1][i] - g * (dQ[0][i] * Q[1] + Q[0] * dQ[1][i]);
    }
}

/* A triangle with these sides. */
static void triangle(const double *r, double *R)
{
    memset(R, 0, NC * sizeof *R);
    R[3] = r[2];
    R[6] = (r[2] * r[2] + r[1] * r[1] - r[0] * r[0]) / (2.0 * r[2]);
    R[7] = sqrt(r[1] * r[1] - R[6] * R[6]);
}

static void data_write(const char *path)
{
    dia_error error = {0};
    dia_store *store;
    const int numbers[3] = {3, 3, 3};
    double *R = calloc(NPOINT * NC, sizeof *R), *E = calloc(NPOINT * 2, sizeof *E),
           *G = calloc(NPOINT * 2 * NC, sizeof *G), *h = calloc(NPOINT * NC, sizeof *h);
    uint32_t at = 0;
    for (int b = 0; b < NPOINT; b++) {
        double V, dV[NC], w[2], dw[2][NC], r[3];
        for (int k = 0; k < 3; k++)
            r[k] = equilibrium + 0.35 * tanh(draw(&at));
        triangle(r, R + b * NC);
        jahn_teller(R + b * NC, &V, dV, w, dw);
        const double half = hypot(w[0], w[1]), sign = draw(&at) > 0.0 ? 1.0 : -1.0;
        E[2 * b] = V - half;
        E[2 * b + 1] = V + half;
        for (int i = 0; i < NC; i++) {
            const double slope = (w[0] * dw[0][i] + w[1] * dw[1][i]) / half;
            G[(2 * b) * NC + i] = dV[i] - slope;
            G[(2 * b + 1) * NC + i] = dV[i] + slope;
            h[b * NC + i] = sign * (w[0] * dw[1][i] - w[1] * dw[0][i]) / half;
        }
    }
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", "diabolo-dataset", &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", 1, &error), &error);
    assert_ok(dia_store_write(store, "numbers", DIA_NUMBER_INT, 1, (const size_t[]){3}, numbers, NULL, &error), &error);
    assert_ok(
        dia_store_write(store, "positions", DIA_NUMBER_REAL, 3, (const size_t[]){NPOINT, 3, 3}, R, "bohr", &error),
        &error);
    assert_ok(dia_store_write(store, "energies", DIA_NUMBER_REAL, 2, (const size_t[]){NPOINT, 2}, E, "hartree", &error),
              &error);
    assert_ok(dia_store_write(store, "gradients", DIA_NUMBER_REAL, 4, (const size_t[]){NPOINT, 2, 3, 3}, G,
                              "hartree/bohr", &error),
              &error);
    assert_ok(dia_store_write(store, "couplings", DIA_NUMBER_REAL, 4, (const size_t[]){NPOINT, 1, 3, 3}, h,
                              "hartree/bohr", &error),
              &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    dia_store_close(&store);
    free(R);
    free(E);
    free(G);
    free(h);
}

static void solve(const dia_model *model, const double *R, double *E, double *U)
{
    dia_error error = {0};
    double H[3], *work = calloc(dia_frame_work(2) + 1, sizeof *work);
    dia_tape *tape;
    dia_frame frame = {.batch = 1, .nstate = 2, .H = H, .E = E, .U = U};
    assert_ok(dia_tape_create(&tape, model, 1, 0, &error), &error);
    assert_int_equal(dia_model_hamiltonian(model, tape, 1, R, H), DIA_OK);
    assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
    dia_tape_free(tape);
    free(work);
}

/* Does the lower state change its sign around a circle of this radius (bohr) in (Qx, Qy)? */
static bool changes_sign(const dia_model *model, double radius)
{
    enum { STEPS = 60 };
    double first[2], last[2], E[2], U[4], R[NC], r[3];
    for (int i = 0; i <= STEPS; i++) {
        for (int k = 0; k < 3; k++)
            r[k] = equilibrium + sqrt(2.0 / 3.0) * radius * cos(2.0 * DIA_PI * ((double)i / STEPS - k / 3.0));
        triangle(r, R);
        solve(model, R, E, U);
        const double sign = i > 0 && U[0] * last[0] + U[2] * last[1] < 0.0 ? -1.0 : 1.0;
        last[0] = sign * U[0];
        last[1] = sign * U[2];
        if (i == 0)
            memcpy(first, last, sizeof first);
    }
    return first[0] * last[0] + first[1] * last[1] < 0.0;
}

/* What a network without the symmetry would give only nearly: states that meet exactly at every equilateral triangle. And the
 * fit is one, and goes round the cone with the geometric phase. */
static void jahn_teller_end_to_end(void **state)
{
    (void)state;
    dia_error error = {0};
    char folder[] = "/tmp/diabolo-symmetry-XXXXXX", data[64], text[1200];
    const char *kinds[2] = {"layers: [12]",
                            "architecture: pooled, image_layers: [16], invariants: 12, covariants: 4, trunk: [16]"};
    assert_non_null(mkdtemp(folder));
    snprintf(data, sizeof data, "%s/data.h5", folder);
    data_write(data);
    for (int k = 0; k < 2; k++) {
        dia_train_result result = {0};
        dia_model *model;
        snprintf(text, sizeof text,
                 "data: {file: data.h5, validation: 0.2}\n"
                 "network:\n"
                 "  {states: 2, descriptors: [exponential_distance], %s,\n"
                 "   symmetry: [{permutation: [1, 2, 0], representation: [[-0.5, -0.866], [0.866, -0.5]]},\n"
                 "              {permutation: [0, 2, 1], representation: [[1, 0], [0, -1]]}]}\n"
                 "stages: [{optimiser: soap, epochs: 40, batch: 16}, {optimiser: lbfgs, iterations: 60}]\n"
                 "output: {file: network%d.h5}\n",
                 kinds[k], k);
        const dia_input input = {.text = text, .directory = folder};
        assert_ok(dia_train(&input, false, &(dia_control){.threads = 1}, &result, &error), &error);
        assert_ok(dia_model_load(&model, result.model, &error), &error);
        double E[2], U[4], R[NC], V, dV[NC], w[2], dw[2][NC], worst = 0.0;
        for (int i = -3; i <= 3; i++) {
            const double side = equilibrium + 0.1 * i;
            triangle((const double[]){side, side, side}, R);
            solve(model, R, E, U);
            assert_close(E[1], E[0], 0.0, 1e-10 * DIA_EV);
        }
        uint32_t at = 100000;
        for (int b = 0; b < 50; b++) { /* points of their own */
            double r[3];
            for (int i = 0; i < 3; i++)
                r[i] = equilibrium + 0.3 * tanh(draw(&at));
            triangle(r, R);
            jahn_teller(R, &V, dV, w, dw);
            solve(model, R, E, U);
            worst = fmax(worst, fabs(E[1] - E[0] - 2.0 * hypot(w[0], w[1])));
        }
        assert_true(worst < 0.02 * DIA_EV); /* gaps up to 1 eV; a bad fit is off by tenths */
        assert_true(changes_sign(model, 0.15) && changes_sign(model, 0.3));
        dia_model_free(model);
        assert_int_equal(remove(result.model), 0);
        dia_train_result_free(&result);
    }
    remove(data);
    assert_int_equal(rmdir(folder), 0);
}

typedef struct watch {
    int trials; /* that are told   */
    int stop;   /* once half of the training is done */
} watch;

static void look(void *context, const char *text)
{
    ((watch *)context)->trials += strstr(text, "couplings at gaps below") != NULL;
}

static void stop_midway(void *context, const dia_progress_state *state)
{
    ((watch *)context)->stop = state->done > 0.3 * state->total;
}

/* The plane through one atom alone: the two states differ in sign. That is found, kept when the training is stopped, and not
 * looked for again; nor is it when all is done. */
static void found_once(void **state)
{
    (void)state;
    dia_error error = {0};
    char folder[] = "/tmp/diabolo-symmetry-XXXXXX", data[64], *found;
    assert_non_null(mkdtemp(folder));
    snprintf(data, sizeof data, "%s/data.h5", folder);
    data_write(data);
    const dia_input input = {.text =
                                 "data: {file: data.h5, validation: 0.2}\n"
                                 "network: {states: 2, descriptors: [exponential_distance], layers: [8], trial: 20,\n"
                                 "  symmetry: [{permutation: [0, 2, 1]}]}\n"
                                 "stages: [{optimiser: soap, epochs: 30, batch: 16}]\n"
                                 "output: {file: network.h5}\n",
                             .directory = folder};
    dia_train_result result = {0};
    watch w = {0};
    dia_control control = {.threads = 1, .note = look, .progress = stop_midway, .stop = &w.stop, .context = &w};
    assert_int_equal(dia_train(&input, false, &control, &result, &error), DIA_ERROR_INTERRUPTED);
    assert_int_equal(w.trials, 2);
    dia_train_result_free(&result);
    control.progress = NULL;
    for (int again = 0; again < 2; again++) {
        w = (watch){0};
        dia_error_clear(&error);
        assert_ok(dia_train(&input, false, &control, &result, &error), &error);
        assert_int_equal(w.trials, 0);
        assert_true(result.complete == (again == 1));
        if (again == 0)
            dia_train_result_free(&result);
    }
    dia_store *store;
    assert_ok(dia_store_open(&store, result.model, &error), &error);
    assert_ok(dia_store_attribute_text(store, "", "found_symmetry", &found, &error), &error);
    assert_string_equal(found, "symmetry:\n  - {permutation: [0, 2, 1], signs: [1, -1]}\n");
    dia_store_close(&store);
    free(found);
    remove(result.model);
    dia_train_result_free(&result);
    remove(data);
    assert_int_equal(rmdir(folder), 0);
}

/* Search: the data visit all exchanges and the mirror image. Signs for one exchange make the fit better; for a second one they
 * contradict the pair of states, whose couplings become worse, so it is left out, and so the cycles are. */
static void search_knows_signs_only(void **state)
{
    (void)state;
    dia_error error = {0};
    char folder[] = "/tmp/diabolo-symmetry-XXXXXX", data[64], *found;
    assert_non_null(mkdtemp(folder));
    snprintf(data, sizeof data, "%s/data.h5", folder);
    data_write(data);
    const dia_input input = {.text =
                                 "data: {file: data.h5, validation: 0.2}\n"
                                 "network: {states: 2, descriptors: [exponential_distance], layers: [8], trial: 30,\n"
                                 "  symmetry: search}\n"
                                 "stages: [{optimiser: soap, epochs: 1}]\n"
                                 "output: {file: network.h5}\n",
                             .directory = folder};
    dia_train_result result = {0};
    dia_store *store;
    assert_ok(dia_train(&input, false, &(dia_control){.threads = 1}, &result, &error), &error);
    assert_ok(dia_store_open(&store, result.model, &error), &error);
    assert_ok(dia_store_attribute_text(store, "", "found_symmetry", &found, &error), &error);
    assert_string_equal(found, "symmetry:\n  - {permutation: [0, 1, 2], inversion: true, signs: [1, 1]}\n"
                               "  - {permutation: [0, 2, 1], signs: [1, -1]}\n");
    dia_store_close(&store);
    free(found);
    remove(result.model);
    dia_train_result_free(&result);
    remove(data);
    assert_int_equal(rmdir(folder), 0);
}

/* What is written of generators is read as the same. */
static void generators_as_text(void **state)
{
    (void)state;
    dia_error error = {0};
    const char text[] = "symmetry:\n"
                        "  - {permutation: [1, 2, 0], representation: [[-0.5, 0.25], [0.125, 1]]}\n"
                        "  - {permutation: [0, 2, 1], inversion: true, signs: [1, -1]}\n";
    dia_config *config;
    dia_list list;
    assert_ok(dia_config_parse(&config, text, "test", ".", &error), &error);
    dia_generator_list_read(config, dia_node_child(dia_config_root(config), "symmetry"), &list);
    assert_ok(dia_config_finish(config, &error), &error);
    char *again = dia_generator_list_text(&list);
    assert_string_equal(again, text);
    free(again);
    dia_generator_list_free(&list);
    dia_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feasible_operations), cmocka_unit_test(generators_are_no_products),
        cmocka_unit_test(generators_as_text),  cmocka_unit_test(jahn_teller_end_to_end),
        cmocka_unit_test(found_once),          cmocka_unit_test(search_knows_signs_only)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
