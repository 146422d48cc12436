/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Initial conditions that others have made: frames of a file; and the masses of the atoms. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "molecule/initconds.h"
#include "molecule/xyz.h"
#include "start.h"

static void test_file(void **state)
{
    (void)state;
    asked a;
    dia_initial x, y;
    dia_error error = {0};
    const char *path = "unit_initial.xyz";
    ask(&a, start_water, "{state: 1, trajectories: 5, seed: 9}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    dia_xyz xyz = {.molecule = *dia_model_molecule(a.model), .nframe = 5, .R = x.R, .V = x.V, .weight = x.weight};
    assert_ok(dia_xyz_write(&xyz, path, &error), &error);
    answered(&a);
    ask(&a, start_water, "{sampling: file, file: unit_initial.xyz, state: 1}");
    assert_ok(dia_initial_make(&y, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(y.n, 5);
    for (int c = 0; c < 45; c++) {
        assert_close(y.R[c], x.R[c], 0, 1e-11); /* digits of the file */
        assert_close(y.V[c], x.V[c], 0, 1e-15);
    }
    dia_initial_free(&y);
    a.settings.trajectories = 2;
    assert_ok(dia_initial_make(&y, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(y.n, 2);
    dia_initial_free(&y);
    a.settings.trajectories = 6;
    assert_int_equal(dia_initial_make(&y, a.model, &a.settings, NULL, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "5 frames"));
    dia_error_clear(&error);
    answered(&a);
    ask(&a, start_tully, "{sampling: file, file: unit_initial.xyz, state: 1}"); /* another molecule */
    assert_int_equal(dia_initial_make(&y, a.model, &a.settings, NULL, &error), DIA_ERROR_INPUT);
    answered(&a);
    remove(path);
    dia_initial_free(&x);
}

/* ---- what frames say ------------------------------------------------------------------------- */

static void expect_mistake(const char *initial, const char *says)
{
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, start_water, initial);
    assert_int_equal(dia_initial_make(&x, a.model, &a.settings, NULL, &error), DIA_ERROR_INPUT);
    if (strstr(error.text, says) == NULL || strstr(error.text, "unit_frames.xyz") == NULL)
        fail_msg("'%s' should say '%s' and name the file", error.text, says);
    assert_null(x.R);
    answered(&a);
}

/* Three frames of the reference of `model`. */
static void write_frames(const char *model, const int *states, const double *weights)
{
    asked a;
    dia_error error = {0};
    double R[27];
    ask(&a, model, "{state: 0, trajectories: 1}");
    for (int f = 0; f < 3; f++)
        memcpy(R + 9 * f, dia_model_molecule(a.model)->reference, 9 * sizeof *R);
    dia_xyz xyz = {.molecule = *dia_model_molecule(a.model), .nframe = 3, .R = R, .V = R};
    xyz.state = (int *)states;
    xyz.weight = (double *)weights;
    assert_ok(dia_xyz_write(&xyz, "unit_frames.xyz", &error), &error);
    answered(&a);
}

/* The state of each frame is taken where the input asks for it, and passes nowhere without a word. */
static void test_states(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    write_frames(start_water, (int[]){1, 0, 1}, NULL);
    ask(&a, start_water, "{sampling: file, file: unit_frames.xyz, state: file}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_memory_equal(x.state, ((int[]){1, 0, 1}), 3 * sizeof(int));
    dia_initial_free(&x);
    answered(&a);
    ask(&a, start_water,
        "{sampling: file, file: unit_frames.xyz, state: 1, trajectories: 1}"); /* the frames used agree */
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    dia_initial_free(&x);
    answered(&a);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}", "frame 2 says state=0, the input says "
                                                                        "initial.state: 1; write initial.state: file");
    write_frames(start_water, (int[]){1, -1, 1}, NULL);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: file}", "frame 2 states no `state=`");
    write_frames(start_water, (int[]){1, 1, 2}, NULL);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: file}",
                   "frame 3 says state=2, the model has the states 0 to 1");
    remove("unit_frames.xyz");
}

static void test_weights(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    write_frames(start_water, NULL, (double[]){0.0, 0.0, 2.0});
    ask(&a, start_water, "{sampling: file, file: unit_frames.xyz, state: 1}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_close(x.weight[2], 2.0, 0, 0);
    dia_initial_free(&x);
    answered(&a);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1, trajectories: 2}", "0 in each of its 2 frames");
    write_frames(start_water, NULL, (double[]){1e308, 1e308, 1.0});
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}", "more than a number holds");
    remove("unit_frames.xyz");
}

/* ---- other programs -------------------------------------------------------------------------- */

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

#define ATOMS(x)                                                                                                       \
    "O   8.0   0.00000000   0.00000000   " x "  15.99491462   0.00001000   0.00000000   0.00000000\n"                  \
    "H   1.0   0.00000000   1.43000000  -0.89000000   1.00782503   0.00000000   0.00020000   0.00000000\n"             \
    "H   1.0   0.00000000  -1.43000000  -0.89000000   1.00782503   0.00000000   0.00000000   0.00030000\n"
#define STATE(number, selected) number "  -75.9  -76.0  0.1 0.0 0.0 0.0 0.0 0.0  2.72113863   0.10000000 " selected "\n"
#define CONDITION(n, x, one, two, three)                                                                               \
    "\nIndex     " n "\nAtoms\n" ATOMS(x) "States\n" STATE("001", one) STATE("002", two)                               \
        STATE("003", three) "Ekin        0.004324699398 a.u.\nEpot_harm   0.02 a.u.\n\n"
#define SHARC_HEAD                                                                                                     \
    "SHARC Initial conditions file, version 2.0   <Excited>\nNinit     3\nNatom     3\nRepr      MCH\nEref -76.0\n"    \
    "Eharm 0.02\nStates    2 0 1 \n\nEquilibrium\n" ATOMS("0.20000000")

/* Each state that was selected is a start, and conditions without one are none. Bohr and atomic units of velocity. */
static void test_sharc(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    write_text("unit_frames.xyz", SHARC_HEAD CONDITION("1", "0.21000000", "False", "True", "False")
                                      CONDITION("2", "0.22000000", "False", "False", "False")
                                          CONDITION("3", "0.23000000", "True", "True", "False"));
    ask(&a, start_water, "{sampling: file, file: unit_frames.xyz, state: file}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(x.n, 3);
    assert_memory_equal(x.state, ((int[]){1, 0, 1}), 3 * sizeof(int));
    for (int f = 0; f < 3; f++) {
        assert_close(x.R[9 * f + 2], f == 0 ? 0.21 : 0.23, 0, 1e-15);
        assert_close(x.R[9 * f + 4], 1.43, 0, 1e-15);
        assert_close(x.V[9 * f], 1e-5, 0, 1e-20);
        assert_close(x.V[9 * f + 8], 3e-4, 0, 1e-19);
        assert_close(x.weight[f], 1.0, 0, 0);
    }
    assert_non_null(strstr(x.note, "1 of its initial conditions were not selected"));
    dia_initial_free(&x);
    answered(&a);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}", "frame 2 says state=0");
    write_text("unit_frames.xyz", SHARC_HEAD CONDITION("1", "0.21000000", "False", "False", "True"));
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: file}", "state 3 is of another multiplicity");
    write_text("unit_frames.xyz", SHARC_HEAD CONDITION("1", "0.21000000", "False", "False", "False"));
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: file}",
                   "none of its 1 initial conditions was selected");
    write_text("unit_frames.xyz", SHARC_HEAD "\nIndex 1\nAtoms\n" ATOMS("x"));
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: file}", "unit_frames.xyz:16");
    remove("unit_frames.xyz");
}

#define GEOMETRY                                                                                                       \
    " Geometry in COLUMBUS and NX input format:\n o     8.0    0.00000000    0.00000000    0.22000000   15.99491462\n" \
    " h     1.0    0.00000000    1.43000000   -0.89000000    1.00782503\n"                                             \
    " h     1.0    0.00000000   -1.43000000   -0.89000000    1.00782503\n Velocity in NX input format:\n"              \
    "   -0.000089112    0.000000000   -0.000020915\n    0.0 0.0 0.0\n    0.0 0.0 0.001\n\n"
#define ENERGIES(range)                                                                                                \
    " Epot of initial state (eV):    0.0865  Epot of final state (eV):     19.0799\n"                                  \
    " Vertical excitation (eV):     18.9935  Is Ev in the required range? " range "\n Oscillator strength: 0.1\n"

static void test_newtonx(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    write_text(
        "unit_frames.xyz",
        " Initial condition =     1\n" GEOMETRY ENERGIES("YES") " State:  2\n\n Initial condition =     2\n" GEOMETRY
            ENERGIES("NO") " State:  2\n\n Initial condition =     3\n" GEOMETRY ENERGIES("YES") " State:  1\n");
    ask(&a, start_water, "{sampling: file, file: unit_frames.xyz, state: file}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(x.n, 2);
    assert_memory_equal(x.state, ((int[]){1, 0}), 2 * sizeof(int));
    assert_close(x.R[2], 0.22, 0, 1e-15);
    assert_close(x.V[0], -0.000089112, 0, 1e-18);
    assert_close(x.V[9 + 8], 0.001, 0, 1e-18);
    assert_non_null(strstr(x.note, "1 of its initial conditions were not selected"));
    dia_initial_free(&x);
    answered(&a);
    write_text("unit_frames.xyz", " Initial condition =     1\n" GEOMETRY ENERGIES("YES") " State:  none\n");
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: file}", "State: ");
    remove("unit_frames.xyz");
}

/* Published files of SHARC. */
static void test_published(void **state)
{
    (void)state;
    const char *data = getenv("DIABOLO_DATA");
    if (data == NULL)
        skip();
    for (int excited = 0; excited < 2; excited++) {
        char path[1000];
        dia_xyz xyz;
        dia_error error = {0};
        snprintf(path, sizeof path, "%s/foreign/sharc/initconds%s", data, excited ? ".excited" : "");
        assert_true(dia_initconds_recognise(path));
        assert_ok(dia_initconds_read(&xyz, NULL, path, &error), &error);
        assert_int_equal(xyz.nframe, 1);
        assert_int_equal(xyz.state[0], excited ? 1 : -1);
        assert_int_equal(xyz.molecule.natom, 6);
        if (excited)
            assert_close(xyz.V[17], 0.00050512, 0, 1e-18);
        dia_xyz_free(&xyz);
    }
}

/* ---- isotopes -------------------------------------------------------------------------------- */

/* Four times the mass, half the frequency; the surface is the same. */
static void test_masses(void **state)
{
    (void)state;
    asked light, heavy;
    dia_initial x, y;
    dia_error error = {0};
    ask(&light, start_water, "{state: 1, trajectories: 1}");
    assert_ok(dia_initial_make(&x, light.model, &light.settings, NULL, &error), &error);
    ask(&heavy, start_water, "{state: 1, trajectories: 1, masses: [63.97965847828 u, 4.03130012892, 4.03130012892]}");
    assert_ok(dia_initial_make(&y, heavy.model, &heavy.settings, NULL, &error), &error);
    assert_close(y.modes.frequency[2], 0.5 * x.modes.frequency[2], 1e-9, 0); /* rounding of the Hessian */
    assert_close(y.minimum_energy, x.minimum_energy, 0, 1e-12);
    dia_initial_free(&y);
    answered(&heavy);
    /* By name, and what flies, is written and is analysed has these masses. */
    ask(&heavy, start_water, "{state: 1, trajectories: 1, masses: [O, D, t]}");
    assert_ok(dia_initial_make(&y, heavy.model, &heavy.settings, NULL, &error), &error);
    const double *masses = dia_model_molecule(heavy.model)->masses, *old = dia_model_molecule(light.model)->masses;
    assert_close(masses[0], old[0], 0, 0);
    assert_close(masses[1] / DIA_DALTON, 2.01410177812, 1e-15, 0);
    assert_close(masses[2] / DIA_DALTON, 3.0160492779, 1e-15, 0);
    dia_initial_free(&x);
    dia_initial_free(&y);
    answered(&light);
    answered(&heavy);
}

/* Masses that frames state are flown if the input says so, and refused with the way out if not. */
static void test_masses_of_frames(void **state)
{
    (void)state;
    asked a;
    dia_initial x, y;
    dia_error error = {0};
    const char *path = "unit_frames.xyz";
    ask(&a, start_water, "{state: 1, trajectories: 3, masses: [O, D, D], temperature: 300 K}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    dia_xyz xyz = {.molecule = *dia_model_molecule(a.model), .nframe = 3, .R = x.R, .V = x.V};
    assert_ok(dia_xyz_write(&xyz, path, &error), &error);
    answered(&a);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}",
                   "atom 2 weighs 2.014102 u, in the model 1.007825 u; write initial.masses: file");
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1, masses: [O, D, T]}",
                   "atom 3 weighs 2.014102 u, by initial.masses 3.016049 u");
    static const char *const right[] = {"{sampling: file, file: unit_frames.xyz, state: 1, masses: file}",
                                        "{sampling: file, file: unit_frames.xyz, state: 1, masses: [O, D, D]}"};
    for (int i = 0; i < 2; i++) {
        ask(&a, start_water, right[i]);
        assert_ok(dia_initial_make(&y, a.model, &a.settings, NULL, &error), &error);
        assert_close(dia_model_molecule(a.model)->masses[2] / DIA_DALTON, 2.01410177812, 1e-9, 0); /* digits written */
        assert_close(y.V[5], x.V[5], 0, 1e-15);
        dia_initial_free(&y);
        answered(&a);
    }
    FILE *plain = fopen(path, "w");
    fputs("3\n\nO 0 0 0.12\nH 0 0.76 -0.47\nH 0 -0.76 -0.47\n", plain);
    fclose(plain);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1, masses: file}", "states no masses");
    plain = fopen(path, "w");
    fputs("3\n\nO 0 0 0.12\nD 0 0.76 -0.47\nH 0 -0.76 -0.47\n", plain);
    fclose(plain);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}", "atom 2 weighs 2.014102 u");
    remove(path);
    dia_initial_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),   cmocka_unit_test(test_states),           cmocka_unit_test(test_weights),
        cmocka_unit_test(test_sharc),  cmocka_unit_test(test_newtonx),          cmocka_unit_test(test_published),
        cmocka_unit_test(test_masses), cmocka_unit_test(test_masses_of_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
