/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SO2 from SHARC's template (F. Plasser et al., PCCP 21, 57 (2019)), read where DIABOLO_DATA names the folder of data
 * sets. The matrix is built here once more, by another reader and straight from the formulas of vibronic.h, and
 * diagonalised by LAPACK. */
#include "check.h"

#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "diabolo/dynamics.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"

enum { NSTATE = 4, NMODE = 3, NCART = 9, NPACKED = 10 };

static char folder[2000];
static double reference[NCART], mass[NCART], frequency[NMODE], vector[NMODE][NCART];
static double epsilon[NSTATE], linear[NSTATE][NSTATE][NMODE];

/* The terms that test_quadratic adds: state, state, mode, mode, value; counted from 1, modes from 7 as in the file. */
static const struct {
    int s1, s2, m1, m2;
    double value;
} gammas[] = {{1, 1, 7, 7, 4e-4},   {2, 2, 9, 9, 2e-3},  {2, 2, 7, 8, -7e-4}, {2, 2, 8, 7, 2e-4},
              {2, 3, 8, 9, 1.1e-3}, {1, 4, 9, 9, -6e-4}, {3, 3, 8, 8, 9e-4},  {1, 2, 7, 9, 5e-4}};

enum { NGAMMA = sizeof gammas / sizeof gammas[0] };

static FILE *open_data(const char *name)
{
    char path[2100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    return file;
}

static void read_reference(void)
{
    char word[200];
    FILE *file = open_data("V0.txt");
    assert_int_equal(fscanf(file, "%199s", word), 1);
    for (int a = 0; a < 3; a++) {
        double charge, u;
        assert_int_equal(fscanf(file, "%199s %lf %lf %lf %lf %lf", word, &charge, &reference[3 * a],
                                &reference[3 * a + 1], &reference[3 * a + 2], &u),
                         6);
        mass[3 * a] = mass[3 * a + 1] = mass[3 * a + 2] = u * DIA_DALTON;
    }
    assert_int_equal(fscanf(file, "%199s", word), 1);
    for (int m = 0; m < NCART; m++) {
        double w;
        assert_int_equal(fscanf(file, "%lf", &w), 1);
        if (m >= 6)
            frequency[m - 6] = w;
    }
    assert_int_equal(fscanf(file, "%*s %*s %199s", word), 1);
    for (int c = 0; c < NCART; c++)
        for (int m = 0; m < NCART; m++) {
            double x;
            assert_int_equal(fscanf(file, "%lf", &x), 1);
            if (m >= 6)
                vector[m - 6][c] = x;
        }
    fclose(file);
}

static void read_template(void)
{
    char word[200];
    int count;
    FILE *file = open_data("LVC.template");
    while (fscanf(file, "%199s", word) == 1) {
        int kind = !strcmp(word, "epsilon") ? 1 : !strcmp(word, "kappa") ? 2 : !strcmp(word, "lambda") ? 3 : 0;
        if (kind == 0)
            continue;
        assert_int_equal(fscanf(file, "%d", &count), 1);
        for (int n = 0; n < count; n++) {
            int mult, i, j, m = 7;
            double value;
            assert_int_equal(fscanf(file, "%d %d", &mult, &i), 2);
            j = i;
            if (kind == 3)
                assert_int_equal(fscanf(file, "%d", &j), 1);
            if (kind > 1)
                assert_int_equal(fscanf(file, "%d", &m), 1);
            assert_int_equal(fscanf(file, "%lf", &value), 1);
            if (mult != 1)
                continue;
            if (kind == 1)
                epsilon[i - 1] = value;
            else
                linear[i - 1][j - 1][m - 7] = linear[j - 1][i - 1][m - 7] = value;
        }
    }
    fclose(file);
    assert_close(epsilon[3], 0.3088375445, 0, 0); /* read at all */
    assert_close(linear[3][0][2], 1.65920e-02, 0, 0);
}

/* E (4) at normal coordinates Q. */
static void eigenvalues(const double *Q, bool quadratic, double *E)
{
    double W[NSTATE][NSTATE] = {{0}};
    for (int i = 0; i < NSTATE; i++) {
        W[i][i] = epsilon[i];
        for (int m = 0; m < NMODE; m++)
            W[i][i] += 0.5 * frequency[m] * Q[m] * Q[m];
        for (int j = 0; j < NSTATE; j++)
            for (int m = 0; m < NMODE; m++)
                W[i][j] += linear[i][j][m] * Q[m];
    }
    for (int g = 0; quadratic && g < NGAMMA; g++) {
        double value = gammas[g].value * Q[gammas[g].m1 - 7] * Q[gammas[g].m2 - 7];
        W[gammas[g].s1 - 1][gammas[g].s2 - 1] += value;
        if (gammas[g].s1 != gammas[g].s2)
            W[gammas[g].s2 - 1][gammas[g].s1 - 1] += value;
    }
    assert_int_equal(LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'N', 'U', NSTATE, &W[0][0], NSTATE, E), 0);
}

static void geometry(const double *Q, double *R)
{
    for (int c = 0; c < NCART; c++) {
        R[c] = reference[c];
        for (int m = 0; m < NMODE; m++)
            R[c] += vector[m][c] * Q[m] / sqrt(frequency[m] * mass[c]);
    }
}

/* x = geometry from its centre of mass */
static void centre(const double *R, double *x)
{
    double middle[3] = {0}, total = 0.0;
    for (int c = 0; c < NCART; c++)
        middle[c % 3] += mass[c] * R[c];
    for (int c = 0; c < NCART; c += 3)
        total += mass[c];
    for (int c = 0; c < NCART; c++)
        x[c] = R[c] - middle[c % 3] / total;
}

/* Q by its definition, after Kabsch's alignment by singular values (the model's is by quaternions). The modes of V0.txt
 * are orthonormal, and free of translation and rotation, to 1e-5 only: the Q found here is not exactly the one that
 * went into geometry(). */
static void coordinates(const double *R, double *Q)
{
    double x[NCART], y[NCART], A[9] = {0}, S[3], U[9], Vt[9], T[9], work[2];
    centre(R, x);
    centre(reference, y);
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 9; i++)
            A[i] += mass[3 * a] * x[3 * a + i / 3] * y[3 * a + i % 3];
    assert_int_equal(LAPACKE_dgesvd(LAPACK_ROW_MAJOR, 'A', 'A', 3, 3, A, 3, S, U, 3, Vt, 3, work), 0);
    for (int side = 0; side < 2; side++) { /* a planar molecule: one of the two signs of the normal is a rotation */
        for (int i = 0; i < 9; i++) {
            T[i] = 0.0;
            for (int k = 0; k < 3; k++)
                T[i] += Vt[3 * k + i / 3] * U[3 * (i % 3) + k] * (k == 2 && side == 1 ? -1.0 : 1.0);
        }
        if (T[0] * (T[4] * T[8] - T[5] * T[7]) - T[1] * (T[3] * T[8] - T[5] * T[6]) +
                T[2] * (T[3] * T[7] - T[4] * T[6]) >
            0.0)
            break;
    }
    for (int m = 0; m < NMODE; m++) {
        Q[m] = 0.0;
        for (int c = 0; c < NCART; c++) {
            const double *p = x + c / 3 * 3, *t = T + 3 * (c % 3);
            Q[m] += sqrt(frequency[m] * mass[c]) * vector[m][c] * (t[0] * p[0] + t[1] * p[1] + t[2] * p[2] - y[c]);
        }
    }
}

typedef struct flight { /* a model and what asking it needs */
    dia_model *model;
    dia_tape *tape;
    double H[NPACKED], E[NSTATE], U[NSTATE * NSTATE], work[1000];
} flight;

static void start(flight *f, const char *path)
{
    char yaml[2300];
    dia_error error = {0};
    snprintf(yaml, sizeof yaml, "{type: vibronic, template: \"%s\"}", path);
    assert_ok(dia_model_parse(&f->model, yaml, ".", &error), &error);
    dia_shape shape = dia_model_shape(f->model);
    assert_int_equal(shape.nstate, NSTATE);
    assert_int_equal(shape.ncart, NCART);
    assert_ok(dia_tape_create(&f->tape, f->model, 1, 1, &error), &error);
    assert_true(dia_frame_work(NSTATE) <= 1000);
}

static void stop(flight *f)
{
    dia_tape_free(f->tape);
    dia_model_free(f->model);
}

static void energies(flight *f, const double *R)
{
    dia_frame frame = {.batch = 1, .nstate = NSTATE, .H = f->H, .E = f->E, .U = f->U};
    assert_int_equal(dia_model_hamiltonian(f->model, f->tape, 1, R, f->H), DIA_OK);
    assert_int_equal(dia_frame_solve(&frame, f->work), DIA_OK);
}

/* The reference, two displaced geometries, one of them far and near a crossing. */
static const double places[3][NMODE] = {{0, 0, 0}, {1.3, -0.7, 0.9}, {-2.1, 3.4, -1.6}};

static void turn(const double *R, double *S)
{
    double angle[3] = {0.7, -2.1, 1.3}, T[3];
    memcpy(S, R, NCART * sizeof *S);
    for (int axis = 0; axis < 3; axis++) {
        int i = (axis + 1) % 3, j = (axis + 2) % 3;
        for (int a = 0; a < 3; a++) {
            memcpy(T, S + 3 * a, sizeof T);
            S[3 * a + i] = cos(angle[axis]) * T[i] - sin(angle[axis]) * T[j];
            S[3 * a + j] = sin(angle[axis]) * T[i] + cos(angle[axis]) * T[j];
        }
    }
    for (int c = 0; c < NCART; c++)
        S[c] += 2.5 * (c % 3) - 4.0;
}

static void check_energies(const char *path, bool quadratic)
{
    flight f;
    start(&f, path);
    for (int p = 0; p < 3; p++) {
        double R[NCART], S[NCART], Q[NMODE], E[NSTATE];
        geometry(places[p], R);
        turn(R, S);
        coordinates(R, Q);
        for (int m = 0; m < NMODE; m++)
            assert_close(Q[m], places[p][m], 2e-5, 1e-4);
        eigenvalues(Q, quadratic, E);
        for (int turned = 0; turned < 2; turned++) {
            energies(&f, turned ? S : R);
            for (int k = 0; k < NSTATE; k++)
                assert_close(f.E[k], E[k], 0, 1e-10);
        }
    }
    stop(&f);
}

/* Adiabatic gradients against five-point differences of adiabatic energies, at geometries that are displaced in all
 * nine coordinates, so that the turning of the alignment counts. */
static void check_gradients(const char *path)
{
    const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, shift[] = {-2, -1, 1, 2}, step = 2e-3;
    const int row = 0;
    flight f;
    start(&f, path);
    for (int p = 0; p < 3; p++) {
        double R[NCART], g[NSTATE][NCART], W[NPACKED], difference[NSTATE];
        geometry(places[p], R);
        for (int c = 0; c < NCART; c++)
            R[c] += 0.1 * dia_rng_normal(5, (uint64_t)p, 0, DIA_PURPOSE_TEST, (uint32_t)c);
        energies(&f, R);
        for (int k = 0; k < NSTATE; k++) {
            dia_weight_pair(&(dia_frame){.nstate = NSTATE, .U = f.U}, 0, k, k, W);
            assert_int_equal(dia_model_contract(f.model, f.tape, 1, &row, W, g[k]), DIA_OK);
        }
        for (int c = 0; c < NCART; c++) {
            memset(difference, 0, sizeof difference);
            double x = R[c];
            for (int s = 0; s < 4; s++) {
                R[c] = x + shift[s] * step;
                energies(&f, R);
                for (int k = 0; k < NSTATE; k++)
                    difference[k] += weight[s] * f.E[k] / step;
            }
            R[c] = x;
            for (int k = 0; k < NSTATE; k++) /* step^4 times a fifth derivative near a gap of some 0.01 hartree */
                assert_close(g[k][c], difference[k], 0, 2e-9);
        }
    }
    stop(&f);
}

static void test_linear(void **state)
{
    (void)state;
    char path[2100];
    snprintf(path, sizeof path, "%s/LVC.template", folder);
    check_energies(path, false);
    check_gradients(path);
}

/* A copy of the template with quadratic terms after `lambda`, as SHARC orders its blocks. */
static void test_quadratic(void **state)
{
    (void)state;
    char made[] = "/tmp/diabolo_so2_XXXXXX", path[100], line[4000];
    assert_non_null(mkdtemp(made));
    snprintf(path, sizeof path, "%s/LVC.template", made);
    FILE *out = fopen(path, "w"), *in = open_data("LVC.template");
    assert_non_null(out);
    for (int n = 0; fgets(line, sizeof line, in) != NULL; n++) {
        if (strncmp(line, "SOC R", 5) == 0) {
            fprintf(out, "gamma\n%d\n", NGAMMA);
            for (int g = 0; g < NGAMMA; g++)
                fprintf(out, "1 %d %d %d %d %.10e\n", gammas[g].s1, gammas[g].s2, gammas[g].m1, gammas[g].m2,
                        gammas[g].value);
        }
        if (n == 0)
            fprintf(out, "%s/V0.txt\n", folder);
        else
            fputs(line, out);
    }
    fclose(in);
    assert_int_equal(fclose(out), 0);
    check_energies(path, true);
    check_gradients(path);
    remove(path);
    rmdir(made);
}

/* ---- all thirteen states --------------------------------------------------------------------- */

/* A trajectory that SHARC 4 flew with all states and their spin-orbit coupling (its own test `overlap`), as long as it is
 * deterministic, 10 fs: it begins on the fifth spin-adiabatic state. Its potential energies have six decimals. Steps of 0.5 fs by
 * velocity Verlet in both. SHARC leaves out the part of the gradient from the coupling of states of the same spin
 * (`nogradcorrect`), which this test sees to be below 1e-5 eV. */
static void test_sharc_trajectory(void **state)
{
    (void)state;
    enum { ALL = 13, STEPS = 20, BEGIN = 4 };
    char path[2300], line[400];
    double R[NCART], V[NCART], masses[3], potential[STEPS + 1], kinetic[STEPS + 1];
    dia_error error = {0};
    dia_model *model = NULL;
    dia_dynamics d;
    dia_block *block = NULL;
    snprintf(path, sizeof path, "%s/../foreign/sharc/lvc_overlap/geom", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int a = 0; a < 3; a++)
        assert_int_equal(fscanf(file, "%*s %*f %lf %lf %lf %lf", &R[3 * a], &R[3 * a + 1], &R[3 * a + 2], &masses[a]),
                         4);
    fclose(file);
    snprintf(path, sizeof path, "%s/../foreign/sharc/lvc_overlap/veloc", folder);
    assert_non_null(file = fopen(path, "r"));
    for (int c = 0; c < NCART; c++)
        assert_int_equal(fscanf(file, "%lf", &V[c]), 1);
    fclose(file);
    snprintf(path, sizeof path, "%s/../foreign/sharc/lvc_overlap/output.lis", folder);
    assert_non_null(file = fopen(path, "r"));
    for (int i = 0; i <= STEPS && fgets(line, sizeof line, file) != NULL;)
        if (sscanf(line, "%*d %*f %*d %*d %lf %lf", &kinetic[i], &potential[i]) == 2)
            i++;
    fclose(file);
    assert_close(potential[STEPS], 4.267418, 0, 0); /* read at all */
    snprintf(path, sizeof path,
             "{type: vibronic, multiplicity: all, template: \"%s/../foreign/sharc/lvc_overlap/LVC.template\"}", folder);
    assert_ok(dia_model_parse(&model, path, ".", &error), &error);
    assert_int_equal(dia_model_shape(model).nstate, ALL);
    for (int a = 0; a < 3; a++)
        masses[a] *= DIA_DALTON;
    assert_ok(dia_model_set_masses(model, masses, &error), &error);
    assert_ok(dia_dynamics_parse(&d, "{timestep: 0.5 fs, duration: 10 fs, method: none, crossing: 0 eV}", &error),
              &error);
    assert_ok(dia_block_create(&block, model, &d, 1, &error), &error);
    assert_ok(dia_block_start(block, 1, (const int64_t[]){0}, R, V, (const int[]){BEGIN}, &error), &error);
    double worst = 0.0;
    for (int i = 0; i <= STEPS; i++) {
        worst = fmax(worst, fabs(block->potential[0] / DIA_EV - potential[i]));
        worst = fmax(worst, fabs(block->kinetic[0] / DIA_EV - kinetic[i]));
        assert_ok(dia_block_step(block), NULL);
    }
    print_message("SHARC's energies and ours differ by up to %.2g eV\n", worst);
    assert_true(worst < 1e-5);
    dia_block_free(block);
    dia_dynamics_close(&d);
    dia_model_free(model);
}

int main(void)
{
    const char *data = getenv("DIABOLO_DATA");
    if (data != NULL)
        snprintf(folder, sizeof folder, "%s/so2_lvc", data);
    if (data == NULL || access(folder, R_OK) != 0) {
        print_message("skipped: DIABOLO_DATA does not name a folder that holds so2_lvc\n");
        return 77;
    }
    read_reference();
    read_template();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_linear), cmocka_unit_test(test_quadratic),
                                       cmocka_unit_test(test_sharc_trajectory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
