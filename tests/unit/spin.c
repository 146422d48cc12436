/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spin-free states of a model with several multiplicities. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/populations/estimators.h"
#include "diabolo/frame.h"
#include "diabolo/intersect.h"
#include "dynamics/initial.h"
#include "electronic/spin.h"

enum { N = 8, P = N * N };

#define V0 "unit_spin_V0.txt"
#define TEMPLATE "unit_spin_LVC.template"

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Two singlets and two triplets of a diatomic molecule, made up, with spin-orbit coupling that is complex. */
static dia_model *make(bool spin_orbit)
{
    write_text(V0, "Geometry\n H   1.    0.10  0.20 -0.70  1.00782503\n F   9.  0.10 0.20 0.95  18.99840316\n"
                   "Frequencies\n -0.0 0.0 0.0 0.0 0.0 0.0188\nMass-weighted normal modes\n"
                   "1 0 0 0 0 0\n0 1 0 0 0 0\n0 0 1 0 0 0.974421\n0 0 0 1 0 0\n0 0 0 0 1 0\n0 0 0 0 0 -0.224729\n");
    write_text(TEMPLATE, V0
               "\n2 0 2\nepsilon\n4\n 1 1 0.2\n 1 2 0.21\n 3 1 0.2\n 3 2 0.19\nkappa\n1\n3 1 6 4e-3\n"
               "lambda\n2\n1 1 2 6 0.01\n3 1 2 6 0.02\nlambda_soc\n3\n 1 3 6 R 0.003\n 2 5 6 I 0.005\n 1 8 6 I -0.004\n"
               "eta\n1\n 1 1 2 0.002\n");
    dia_model *model = NULL;
    dia_error error = {0};
    char yaml[200];
    snprintf(yaml, sizeof yaml, "{type: vibronic, template: " TEMPLATE ", multiplicity: %s}",
             spin_orbit ? "all" : "spin_free");
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    remove(V0);
    remove(TEMPLATE);
    return model;
}

static dia_frame frame_at(const dia_model *model, double stretch, double *H, double *E, double *U)
{
    const dia_shape shape = dia_model_shape(model);
    double R[6], *work = malloc(dia_frame_work(N) * sizeof *work);
    dia_tape *tape = NULL;
    dia_error error = {0};
    assert_non_null(work);
    memcpy(R, dia_model_molecule(model)->reference, sizeof R);
    R[5] += stretch;
    assert_ok(dia_tape_create_hermitian(&tape, model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, 1, R, H), NULL);
    dia_frame frame = {1, shape.nstate, H, E, U, dia_hermitian(&shape)};
    assert_ok(dia_frame_solve(&frame, work), NULL);
    dia_tape_free(tape);
    free(work);
    return frame;
}

static void names_and_blocks(void **unused)
{
    (void)unused;
    static const char *const names[] = {"S0", "S1", "T1", "T2", "singlet", "triplet"};
    static const int term[N] = {0, 1, 2, 3, 2, 3, 2, 3};
    dia_model *model = make(true);
    dia_error error = {0};
    dia_spin spin;
    bool known;
    assert_ok(dia_spin_open(&spin, model, &known, &error), &error);
    assert_true(known);
    assert_int_equal(spin.nblock, 4);
    assert_int_equal(spin.nterm, 4);
    assert_int_equal(spin.nmultiplicity, 2);
    for (int k = 0; k < 6; k++)
        assert_string_equal(spin.name[k], names[k]);
    for (int i = 0; i < N; i++)
        assert_int_equal(spin.term[i], term[i]);
    dia_spin_free(&spin);
    dia_model_free(model);
    assert_ok(dia_model_parse(&model, "{type: tully, variant: 1}", ".", &error), &error);
    assert_ok(dia_spin_open(&spin, model, &known, &error), &error);
    assert_false(known);
    dia_spin_free(&spin);
    dia_model_free(model);
}

/* The spin-free states of the model with spin-orbit coupling are the adiabatic states of the model without it, which has each of them
 * once: the same energies, and a matrix that leaves multiplicities apart. */
static void spin_free_states(void **unused)
{
    (void)unused;
    dia_model *with = make(true), *without = make(false);
    dia_error error = {0};
    dia_spin spin;
    bool known;
    double H[P], E[N], U[2 * P], H0[P], E0[N], U0[P], *work = malloc(dia_spin_work(N) * sizeof *work), states[P],
                                                      energy[N];
    assert_non_null(work);
    assert_ok(dia_spin_open(&spin, with, &known, &error), &error);
    const dia_frame all = frame_at(with, 0.2, H, E, U), once = frame_at(without, 0.2, H0, E0, U0);
    assert_true(all.hermitian && !once.hermitian && once.nstate == 4);
    dia_spin_states(&spin, H, energy, states, work);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            double product = 0.0, applied = 0.0;
            for (int j = 0; j < N; j++) {
                product += states[j * N + i] * states[j * N + k];
                if (spin.block[i] == spin.block[j])
                    applied += H[dia_packed(i, j)] * states[j * N + k];
            }
            assert_close(product, i == k, 0.0, 1e-14);
            assert_close(applied, energy[k] * states[i * N + k], 0.0, 1e-15); /* numbers of 0.2 */
            if (spin.block[i] != spin.block[k])
                assert_true(states[i * N + k] == 0.0);
        }
    for (int k = 0; k < N; k++) { /* each is one of them */
        double nearest = 1.0;
        for (int l = 0; l < 4; l++)
            nearest = fmin(nearest, fabs(energy[k] - E0[l]));
        assert_close(nearest, 0.0, 0.0, 1e-15);
    }
    assert_true(fabs(E[0] - E0[0]) > 1e-5); /* and the coupling does something */
    free(work);
    dia_spin_free(&spin);
    dia_model_free(with);
    dia_model_free(without);
}

/* Populations of a wave function: that of a multiplicity is the same in diabats and in spin-free states, for each estimator; sums over
 * terms are 1. Without coupling between multiplicities an adiabatic state is one spin-free state. */
static void populations(void **unused)
{
    (void)unused;
    dia_model *model = make(true);
    dia_error error = {0};
    dia_spin spin;
    bool known;
    double H[P], E[N], U[2 * P], energy[N], U0[P], V[2 * P] = {0}, x[3][N], y[3][N], a[6], b[6],
                                                         *work = malloc(dia_spin_work(N) * sizeof *work), c[2 * N],
                                                         norm = 0.0;
    assert_non_null(work);
    assert_ok(dia_spin_open(&spin, model, &known, &error), &error);
    const dia_frame frame = frame_at(model, -0.15, H, E, U);
    dia_spin_states(&spin, H, energy, U0, work);
    for (int l = 0; l < N; l++)
        for (int k = 0; k < N; k++)
            for (int i = 0; i < N; i++)
                for (int p = 0; p < 2; p++)
                    V[2 * (l * N + k) + p] += U0[i * N + l] * U[2 * (i * N + k) + p];
    for (int i = 0; i < 2 * N; i++) {
        c[i] = sin(1.0 + 3.0 * i * i);
        norm += c[i] * c[i];
    }
    for (int i = 0; i < 2 * N; i++)
        c[i] /= sqrt(norm);
    const dia_population_rule rule = {.scale = 1.0};
    const dia_counting how = {.rule = &rule, .coherence = 1.0, .start_weight = 1.0};
    const dia_frame overlap = {.batch = 1, .nstate = N, .U = V, .hermitian = true};
    for (int active = 0; active < N; active++) {
        dia_diabatic_populations(&how, &frame, 0, active, c, x[0], x[1], x[2]);
        dia_diabatic_populations(&how, &overlap, 0, active, c, y[0], y[1], y[2]);
        for (int e = 0; e < 3; e++) {
            dia_spin_sums(&spin, x[e], a);
            dia_spin_sums(&spin, y[e], b);
            assert_close(b[0] + b[1] + b[2] + b[3], 1.0, 0.0, 1e-14);
            for (int m = 4; m < 6; m++)
                assert_close(a[m], b[m], 0.0, 1e-14);
        }
    }
    free(work);
    dia_spin_free(&spin);
    dia_model_free(model);
}

/* The minimum-energy crossing point of a singlet and a triplet: of two shifted parabolas with the same frequencies w it is known. With
 * k, e slopes and energies of one, dk, de the differences: Q = -(k + l dk)/w with l such that dk.Q + de = 0. The surfaces cross where
 * one condition holds, not two: of nine coordinates two are left for the seam. */
static void minimum_energy_crossing(void **unused)
{
    (void)unused;
    enum { MODES = 3 };
    static const double w[MODES] = {0.0075, 0.0172, 0.0180}, k[MODES] = {0.003, -0.01, 0.0},
                        t[MODES] = {-0.006, 0.004, 0.0}, e = 0.25, de = -0.012;
    write_text(
        V0,
        "Geometry\n O 8. 0. 0. 0.1230 15.99491462\n H 1. 0. 1.43 -0.97 1.00782503\n H 1. 0. -1.43 -0.97 1.00782503\n"
        "Frequencies\n 0 0 0 0 0 0 0.0075 0.0172 0.0180\nMass-weighted normal modes\n"
        "0 0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0 0.270\n0 0 0 0 0 0 0.2725 0.19367 0\n"
        "0 0 0 0 0 0 0 0 0\n0 0 0 0 0 0 -0.4110 0.57534 -0.538\n0 0 0 0 0 0 -0.5420 -0.38759 0.4175\n"
        "0 0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0.4110 -0.57534 -0.538\n0 0 0 0 0 0 -0.5420 -0.38759 -0.4175\n");
    write_text(TEMPLATE, V0 "\n2 0 1\nepsilon\n3\n1 1 0.0\n1 2 0.25\n3 1 0.238\nkappa\n4\n1 2 7 0.003\n1 2 8 -0.01\n"
                            "3 1 7 -0.006\n3 1 8 0.004\nlambda\n1\n1 1 2 9 0.02\nlambda_soc\n1\n2 3 7 R 0.01\n");
    double R[9], below = 0.0, above = de, energy = e;
    dia_model *model = NULL;
    dia_error error = {0};
    dia_search_options options = {0};
    dia_search_result result;
    dia_seam_modes modes;
    assert_ok(dia_model_parse(&model, "{type: vibronic, template: " TEMPLATE ", multiplicity: spin_free}", ".", &error),
              &error);
    remove(V0);
    remove(TEMPLATE);
    assert_int_equal(dia_model_shape(model).nstate, 3);
    for (int m = 0; m < MODES; m++) {
        below += (t[m] - k[m]) * (t[m] - k[m]) / w[m];
        above -= (t[m] - k[m]) * k[m] / w[m];
    }
    for (int m = 0; m < MODES; m++) {
        const double Q = -(k[m] + above / below * (t[m] - k[m])) / w[m];
        energy += 0.5 * w[m] * Q * Q + k[m] * Q;
    }
    dia_search_defaults(&options);
    memcpy(R, dia_model_molecule(model)->reference, sizeof R);
    assert_ok(dia_search(model, 1, 2, &options, R, &result, &error), &error);
    assert_true(result.converged);
    assert_ok(dia_seam_modes_make(&modes, model, 1, 2, R, &error), &error);
    assert_close(result.energy, energy, 0.0, 1e-8); /* the gap left over is below 1e-9 */
    assert_int_equal(modes.nmode, 2);
    assert_int_equal(modes.negative, 0);
    dia_seam_modes_free(&modes);
    dia_model_free(model);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

/* The same model in YAML: components are named by M_S, where SHARC numbers them. */
#define INPUT                                                                                                          \
    "{type: vibronic, molecule: {symbols: [H, F], masses: [1.00782503 u, 18.99840316 u], geometry: "                   \
    "[0.10 bohr, 0.20 bohr, -0.70 bohr, 0.10 bohr, 0.20 bohr, 0.95 bohr]}, "                                           \
    "epsilon: [0.2 hartree, 0.21 hartree, 0.2 hartree, 0.19 hartree], multiplicities: [1, 1, 3, 3], "                  \
    "modes: [{name: s, frequency: 0.0188 hartree, vector: [0, 0, 0.974421, 0, 0, -0.224729], "                         \
    "kappa: [0, 0, 4e-3 hartree, 0]}], eta: [{states: [0, 1], value: 0.002 hartree}], "                                \
    "lambda: [{states: [0, 1], modes: [s], value: 0.01 hartree}, {states: [2, 3], modes: [s], value: 0.02 hartree}], " \
    "lambda_soc: [{states: [0, 2], components: [0, -1], modes: [s], real: 0.003 hartree}, "                            \
    "{states: [1, 2], components: [0, 0], modes: [s], imaginary: 0.005 hartree}, "                                     \
    "{states: [3, 0], components: [1, 0], modes: [s], imaginary: 0.004 hartree}]%s}"

/* H, and with the same weights the gradient, as of SHARC's template, to the last digits. */
static void inputs(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model[2] = {make(true), NULL};
    dia_tape *tape[2] = {NULL, NULL};
    double R[6], W[P], H[2][P], G[2][6];
    int spin[2][2 * N];
    char yaml[2000];
    snprintf(yaml, sizeof yaml, INPUT, "");
    assert_ok(dia_model_parse(&model[1], yaml, ".", &error), &error);
    for (int m = 0; m < 2; m++) {
        assert_int_equal(dia_model_shape(model[m]).npacked, P);
        assert_true(dia_model_spin(model[m], spin[m], spin[m] + N));
        assert_ok(dia_tape_create_hermitian(&tape[m], model[m], 1, 1, &error), &error);
    }
    assert_memory_equal(spin[0], spin[1], sizeof spin[0]);
    for (int k = 0; k < P; k++)
        W[k] = sin(1.0 + 3.7 * k);
    for (int trial = 0; trial < 4; trial++) {
        for (int c = 0; c < 6; c++)
            R[c] = dia_model_molecule(model[0])->reference[c] + 0.2 * cos(2.0 + 1.3 * c + trial);
        for (int m = 0; m < 2; m++) {
            assert_ok(dia_model_hamiltonian(model[m], tape[m], 1, R, H[m]), NULL);
            assert_ok(dia_model_contract(model[m], tape[m], 1, (const int[]){0}, W, G[m]), NULL);
        }
        for (int k = 0; k < P; k++)
            assert_close(H[1][k], H[0][k], 0.0, 1e-15);
        for (int c = 0; c < 6; c++)
            assert_close(G[1][c], G[0][c], 0.0, 1e-15);
    }
    for (int m = 0; m < 2; m++) {
        dia_tape_free(tape[m]);
        dia_model_free(model[m]);
    }
    static const struct {
        const char *more, *says;
    } mistakes[] = {
        {", soc: [{states: [0, 2], components: [0, 2], real: 1 eV}]", "multiplicity 3: expected M_S from -1 to 1"},
        {", soc: [{states: [0, 2], components: [0, 0.5], real: 1 eV}]", "in steps of 1, found 0.5"},
        {", soc: [{states: [0, 2], real: 1 eV}]", "expected two states and two components, found 2 and 0"},
        {", soc: [{states: [0, 4], components: [0, 0], real: 1 eV}]", "there is no state 4"},
        {", soc: [{states: [2, 2], components: [1, 1], imaginary: 1 eV}]", "a state with itself has a real element"},
        {", gamma: [{states: [1, 2], modes: [s, s], value: 1 eV}]", "states 2 and 1 have the multiplicities 3 and 1"},
        {", multiplicity: 3", "those of epsilon have `multiplicities`"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        error = (dia_error){0};
        snprintf(yaml, sizeof yaml, INPUT, mistakes[i].more);
        if (dia_model_parse(&model[0], yaml, ".", &error) == DIA_OK || strstr(error.text, mistakes[i].says) == NULL) {
            print_message("mistake %zu: '%s' should say '%s'\n", i, error.text, mistakes[i].says);
            fail();
        }
    }
}

/* ---- starts ---------------------------------------------------------------------------------- */

enum { STARTS = 3000 };

static dia_status start(const dia_model *model, const char *state, dia_initial *x, dia_error *error)
{
    dia_config *config = NULL;
    dia_initial_settings settings = {0};
    char text[300];
    snprintf(text, sizeof text, "{sampling: fixed, position_width: [0.05], seed: 3, trajectories: %d, state: %s}",
             STARTS, state);
    *x = (dia_initial){0};
    *error = (dia_error){0};
    assert_ok(dia_config_parse(&config, text, "initial", ".", error), error);
    dia_initial_read(&settings, config, dia_config_root(config));
    dia_status status = dia_config_finish(config, error);
    if (status == DIA_OK)
        status = dia_initial_make(x, (dia_model *)model, &settings, NULL, error);
    dia_config_free(config);
    return status;
}

/* The diabats that a vector has, and how far it is from an eigenvector of the real parts within that block. */
static int block_of(const dia_spin *spin, const double *c, const double *H, double *residual)
{
    int block = -1;
    double E = 0.0, x[N] = {0};
    for (int i = 0; i < N; i++)
        if (fabs(c[2 * i]) > 1e-12) {
            assert_true(block < 0 || block == spin->block[i]);
            block = spin->block[i];
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N && spin->block[i] == block; j++)
            x[i] += (spin->block[j] == block) * H[dia_packed(i, j)] * c[2 * j];
    for (int i = 0; i < N; i++)
        E += x[i] * c[2 * i];
    *residual = 0.0;
    for (int i = 0; i < N; i++)
        *residual = fmax(*residual, fabs(x[i] - E * c[2 * i]));
    return block;
}

/* The amplitudes are those of the spin-free state at each geometry; active states have their squares as probabilities, and components
 * come equally often, all within four standard errors. */
static void spin_free_starts(void **state)
{
    (void)state;
    dia_model *model = make(true);
    dia_error error = {0};
    dia_spin spin;
    bool known;
    double H[P], E[N], U[2 * N * N], *work = malloc(dia_frame_work(N) * sizeof *work);
    dia_tape *tape = NULL;
    assert_non_null(work);
    assert_ok(dia_spin_open(&spin, model, &known, &error), &error);
    assert_ok(dia_tape_create_hermitian(&tape, model, 1, 1, &error), &error);
    static const struct {
        const char *state;
        int blocks;
    } starts[] = {{"{spin_free: S1}", 1}, {"{spin_free: T2}", 3}, {"{spin_free: 1}", 1}};
    dia_initial first = {0};
    for (int s = 0; s < 3; s++) {
        dia_initial x;
        double mean[N] = {0}, variance[N] = {0}, found[N] = {0};
        int blocks[N] = {0};
        assert_ok(start(model, starts[s].state, &x, &error), &error);
        for (int t = 0; t < STARTS; t++) {
            const double *c = x.c + 2 * N * t;
            double a[2 * N], residual;
            dia_frame frame = {1, N, H, E, U, true};
            assert_ok(dia_model_hamiltonian(model, tape, 1, x.R + (size_t)t * (size_t)x.ncart, H), NULL);
            assert_ok(dia_frame_solve(&frame, work), NULL);
            blocks[block_of(&spin, c, H, &residual)]++;
            assert_close(residual, 0.0, 0.0, 1e-14);
            dia_frame_adiabatic(&frame, 0, c, a);
            for (int k = 0; k < N; k++) {
                const double p = a[2 * k] * a[2 * k] + a[2 * k + 1] * a[2 * k + 1];
                mean[k] += p;
                variance[k] += p * (1.0 - p);
            }
            found[x.state[t]]++;
        }
        for (int k = 0; k < N; k++)
            assert_true(fabs(found[k] - mean[k]) <= 4.0 * sqrt(variance[k]) + 1e-9);
        int used = 0;
        for (int b = 0; b < spin.nblock; b++) {
            used += blocks[b] > 0;
            assert_true(blocks[b] == 0 || fabs(blocks[b] - (double)STARTS / starts[s].blocks) <=
                                              4.0 * sqrt(STARTS * 2.0 / 9.0) * (starts[s].blocks > 1));
        }
        assert_int_equal(used, starts[s].blocks);
        if (s == 0)
            first = x;
        else if (s == 2) /* S1 is state 1 of the model: the same start to the last bit */
            assert_memory_equal(x.c, first.c, sizeof(double) * 2 * N * STARTS);
        if (s > 0)
            dia_initial_free(&x);
    }
    dia_initial x;
    assert_int_equal(start(model, "{spin_free: S7}", &x, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "no state S7; expected one of S0, S1, T1, T2, or a number from 0 to 7"));
    assert_int_equal(start(model, "{spin_free: S1, diabatic: 1}", &x, &error), DIA_ERROR_INPUT);
    dia_initial_free(&first);
    dia_tape_free(tape);
    dia_spin_free(&spin);
    free(work);
    dia_model_free(model);
    assert_ok(dia_model_parse(&model, "{type: jahn_teller}", ".", &error), &error);
    assert_int_equal(start(model, "{spin_free: S1}", &x, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "does not know the spins"));
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_blocks), cmocka_unit_test(inputs),
                                       cmocka_unit_test(spin_free_states), cmocka_unit_test(populations),
                                       cmocka_unit_test(spin_free_starts), cmocka_unit_test(minimum_energy_crossing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
