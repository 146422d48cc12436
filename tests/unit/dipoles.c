/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fit of a dipole matrix beside a frozen H: gradient against differences, the same bits on any number of threads, labels whose signs
 * or whose close states are turned, cross products where symmetry asks for them, recovery of a known matrix. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dataset/dipoles.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"
#include "taught.h"
#include "train/dipole_errors.h"
#include "train/dipole_fit.h"
#include "train/epoch.h"

static const double lengths[2] = {1.0, 3.0};
static const int hidden[1] = {10};

/* Ammonia of two exchanged hydrogens and an inversion, under which states 1 and 2 differ: true and axial vectors count. */
static void group(dia_symmetry *symmetry, dia_molecule *molecule)
{
    dia_error error = {0};
    const int numbers[NATOM] = {7, 1, 1, 1}, permutations[2 * NATOM] = {0, 2, 1, 3, 0, 1, 2, 3};
    const bool inversions[2] = {false, true};
    const double signs[2 * NSTATE] = {1, 1, -1, 1, -1, -1};
    assert_ok(dia_molecule_init(molecule, NATOM, 3, numbers, &error), &error);
    assert_ok(dia_symmetry_init(symmetry, molecule, NSTATE, &(dia_generators){2, permutations, inversions, signs, NULL},
                                &error),
              &error);
}

static void make_form(dia_dipoles *form, bool symmetric)
{
    dia_error error = {0};
    dia_molecule molecule;
    dia_symmetry symmetry;
    group(&symmetry, &molecule);
    if (!symmetric) {
        dia_symmetry_free(&symmetry);
        assert_ok(dia_symmetry_init(&symmetry, &molecule, NSTATE, &(dia_generators){0}, &error), &error);
    }
    assert_ok(dia_dipoles_init(form, &molecule, &symmetry, 2, lengths, 1, hidden, &error), &error);
    dia_symmetry_free(&symmetry);
    dia_molecule_free(&molecule);
}

typedef struct scene {
    dia_dataset data;
    dia_model *model;
    dia_objective *objective;
    dia_dipoles form;
    dia_dipole_labels labels;
    dia_dipole_fit *fit;
    int points[NPOINT];
} scene;

/* A smooth function of the geometry, not of the form that is fitted. */
static void truth(const double *R, double *mu)
{
    for (int k = 0; k < NP; k++)
        for (int x = 0; x < 3; x++) {
            mu[3 * k + x] = 0.0;
            for (int a = 1; a < NATOM; a++) {
                const double r =
                    sqrt(pow(R[3 * a] - R[0], 2) + pow(R[3 * a + 1] - R[1], 2) + pow(R[3 * a + 2] - R[2], 2));
                mu[3 * k + x] += (0.3 + 0.1 * k) * sin(k + 1.0 + a + 0.4 * r) * (R[3 * a + x] - R[x]);
            }
        }
}

/* The model's own states turn the true matrix into labels, which `turn` (n, n) turns further, gradients and couplings with them. */
static void label(scene *s, int b, const double turn[NSTATE * NSTATE])
{
    double mu[3 * NP], H[NP], E[NSTATE], U[NSTATE * NSTATE], work[4096], T[NSTATE * NSTATE] = {0};
    dia_tape *tape;
    const double *R = s->data.R + b * NC;
    assert_ok(dia_tape_create(&tape, s->model, 1, 1, NULL), NULL);
    assert_int_equal(dia_model_hamiltonian(s->model, tape, 1, R, H), DIA_OK);
    dia_frame frame = {.batch = 1, .nstate = NSTATE, .H = H, .E = E, .U = U};
    assert_true(dia_frame_work(NSTATE) <= sizeof work / sizeof *work);
    assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
    dia_tape_free(tape);
    truth(R, mu);
    for (int i = 0; i < NSTATE; i++)
        for (int j = 0; j < NSTATE; j++)
            for (int k = 0; k < NSTATE; k++)
                T[i * NSTATE + j] += U[i * NSTATE + k] * turn[k * NSTATE + j];
    for (int i = 0; i < NSTATE; i++)
        for (int j = 0; j < NSTATE; j++)
            for (int x = 0; x < 3; x++) {
                double sum = 0.0;
                for (int k = 0; k < NSTATE; k++)
                    for (int l = 0; l < NSTATE; l++)
                        sum += T[k * NSTATE + i] * mu[3 * dia_packed(k, l) + x] * T[l * NSTATE + j];
                s->data.dipole[((b * NSTATE + i) * NSTATE + j) * 3 + x] = sum;
            }
}

/* Gradient of state i, or coupling of i and j, at a point. */
static double *force(const dia_dataset *data, int b, int i, int j)
{
    return i == j ? data->gradient + (b * NSTATE + i) * NC : data->coupling + (b * 3 + i * (i - 1) / 2 + j) * NC;
}

static void put_forces(dia_dataset *data, int b, const double *F)
{
    for (int i = 0; i < NSTATE; i++)
        for (int j = 0; j <= i; j++)
            memcpy(force(data, b, i, j), F + dia_packed(i, j) * NC, NC * sizeof *F);
}

static void turn_forces(dia_dataset *data, int b, const double turn[NSTATE * NSTATE])
{
    double F[NP * NC], G[NP * NC];
    for (int i = 0; i < NSTATE; i++)
        for (int j = 0; j <= i; j++)
            memcpy(F + dia_packed(i, j) * NC, force(data, b, i, j), NC * sizeof *F);
    dia_loss_transform(NSTATE, NC, turn, F, G);
    put_forces(data, b, G);
}

static const double one[NSTATE * NSTATE] = {1, 0, 0, 0, 1, 0, 0, 0, 1};

static void set(scene *s)
{
    memset(s, 0, sizeof *s);
    taught_data(&s->data);
    s->model = taught_model(2);
    s->data.dipole = calloc(NPOINT * NSTATE * NSTATE * 3, sizeof(double));
    for (int b = 0; b < NPOINT; b++) {
        s->points[b] = b;
        label(s, b, one);
    }
    /* forces in the signs of the same states */
    const dia_loss none = {0};
    dia_objective *objective;
    double *F = calloc(NPOINT * NP * NC, sizeof *F);
    assert_ok(dia_objective_create(&objective, s->model, &s->data, &none, NPOINT, &(dia_control){.threads = 1}, NULL),
              NULL);
    assert_int_equal(dia_objective_predict(objective, NPOINT, s->points, NULL, F), DIA_OK);
    for (int b = 0; b < NPOINT; b++)
        put_forces(&s->data, b, F + b * NP * NC);
    dia_objective_free(objective);
    free(F);
}

static void open_fit(scene *s, bool symmetric, int threads)
{
    dia_error error = {0};
    const dia_loss none = {0};
    const dia_control control = {.threads = threads};
    assert_ok(dia_objective_create(&s->objective, s->model, &s->data, &none, NPOINT, &control, &error), &error);
    make_form(&s->form, symmetric);
    assert_ok(dia_dipole_labels_make(&s->labels, s->objective, NPOINT, s->points, &s->form, NSTATE, 0.1, 0.02 * DIA_EV,
                                     &error),
              &error);
    assert_ok(dia_dipole_fit_create(&s->fit, &s->form, &s->labels, &s->data, threads, 3, 0, &error), &error);
}

static void close_fit(scene *s)
{
    dia_dipole_fit_free(s->fit);
    dia_dipoles_free(&s->form);
    dia_dipole_labels_free(&s->labels);
    dia_objective_free(s->objective);
}

static void clear(scene *s)
{
    dia_model_free(s->model);
    dia_dataset_free(&s->data);
}

/* Over the rows and their images each feature has the mean 0 and the variance 1. */
static void standardised(void **state)
{
    (void)state;
    for (int symmetric = 0; symmetric < 2; symmetric++) {
        scene s;
        set(&s);
        open_fit(&s, symmetric != 0, 1);
        const dia_dipoles *d = &s.form;
        const int n = s.labels.nrow * d->nimage;
        double *v = dia_allocate((size_t)d->nvector * 3 * DIA_PANEL_LANES, sizeof *v),
               *x = dia_allocate((size_t)d->nfeature * DIA_PANEL_LANES, sizeof *x),
               *sum = calloc(2 * (size_t)d->nfeature, sizeof *sum), *raw = calloc((size_t)d->nfeature, sizeof *raw),
               w[3 * NATOM];
        for (int row = 0; row < s.labels.nrow; row++) {
            dia_dipoles_place(d, s.data.R + s.labels.point[row] * NC, w);
            dia_dipoles_features(d, w, raw);
            for (int g = 0; g < d->nimage; g++) {
                dia_dipoles_fill(d, g, 0, w, raw, v, x);
                for (int k = 0; k < d->nfeature; k++) {
                    sum[2 * k] += x[k * DIA_PANEL_LANES] / n;
                    sum[2 * k + 1] += pow(x[k * DIA_PANEL_LANES], 2) / n;
                }
            }
        }
        for (int k = 0; k < d->nfeature; k++) { /* rounding, of features that change by a tenth of their size */
            assert_close(sum[2 * k], 0.0, 0.0, 1e-12);
            assert_close(sum[2 * k + 1], 1.0, 0.0, 1e-12);
        }
        free(v);
        free(x);
        free(sum);
        free(raw);
        close_fit(&s);
        clear(&s);
    }
}

static double loss(const scene *s, double *bar)
{
    const dia_function *f = dia_dipole_fit_function(s->fit);
    double value;
    assert_int_equal(f->evaluate(f->context, s->labels.nrow, s->points, &value, bar), DIA_OK);
    return value;
}

/* Central differences of 1e-5 have errors of some 1e-10 of gradients of order one. */
static void gradient(void **state)
{
    (void)state;
    scene s;
    set(&s);
    for (int i = 0; i < 9; i++)
        s.data.dipole[5 * 27 + i * 3] = NAN; /* a point without any; 6: one without two of its elements */
    s.data.dipole[6 * 27 + 3] = s.data.dipole[6 * 27 + 9] = NAN;
    open_fit(&s, true, 1);
    assert_true(s.form.nvector > s.form.natom);
    assert_int_equal(s.labels.nrow, NPOINT - 1);
    const dia_function *f = dia_dipole_fit_function(s.fit);
    const int n = dia_dipole_fit_parameters(s.fit);
    double *bar = calloc((size_t)n, sizeof *bar);
    loss(&s, bar);
    for (int i = 0; i < n; i += 7) {
        const double was = f->theta[i], step = 1e-5;
        f->theta[i] = was + step;
        f->refresh(f->context);
        const double up = loss(&s, NULL);
        f->theta[i] = was - step;
        f->refresh(f->context);
        const double down = loss(&s, NULL);
        f->theta[i] = was;
        assert_close((up - down) / (2.0 * step), bar[i], 1e-8, 1e-6);
    }
    free(bar);
    close_fit(&s);
    clear(&s);
}

static void threads(void **state)
{
    (void)state;
    scene s;
    double *bar[2], value[2];
    size_t n = 0;
    set(&s);
    for (int t = 0; t < 2; t++) {
        open_fit(&s, true, t == 0 ? 1 : 3);
        n = (size_t)dia_dipole_fit_parameters(s.fit);
        bar[t] = calloc(n, sizeof **bar);
        value[t] = loss(&s, bar[t]);
        close_fit(&s);
    }
    assert_memory_equal(&value[0], &value[1], sizeof *value);
    assert_memory_equal(bar[0], bar[1], n * sizeof **bar);
    free(bar[0]);
    free(bar[1]);
    clear(&s);
}

/* Signs of states turned at every point, and two close states turned among each other by an angle of the grid: the loss is what it was, to
 * rounding. A sign that is wrong for dipoles alone would change it by some percent. */
static void turned_labels(void **state)
{
    (void)state;
    scene s;
    double before, c = cos(5 * DIA_PI / DIA_DIPOLE_ANGLES), sine = sin(5 * DIA_PI / DIA_DIPOLE_ANGLES);
    set(&s);
    for (int b = 0; b < NPOINT; b += 4)
        s.data.energy[b * NSTATE + 2] = s.data.energy[b * NSTATE + 1] + 1e-5;
    open_fit(&s, true, 1);
    assert_true(s.labels.first[s.labels.nrow] > s.labels.nrow);
    before = loss(&s, NULL);
    close_fit(&s);
    for (int b = 0; b < NPOINT; b++) {
        const double flip[NSTATE * NSTATE] = {b % 2 ? -1 : 1, 0, 0, 0, b % 3 ? 1 : -1, 0, 0, 0, 1},
                                   turn[NSTATE * NSTATE] = {-1, 0, 0, 0, c, -sine, 0, sine, c};
        label(&s, b, b % 4 == 0 ? turn : flip);
        turn_forces(&s.data, b, b % 4 == 0 ? turn : flip);
    }
    open_fit(&s, true, 1);
    assert_close(loss(&s, NULL), before, 0, 1e-12);
    close_fit(&s);
    clear(&s);
}

/* Couplings alone tell the signs, if they are those of the model: the label comes back as it was before its states were turned. */
static void signs(void **state)
{
    (void)state;
    scene s;
    double was[NPOINT * 27], turned[3 * NP];
    set(&s);
    memcpy(was, s.data.dipole, sizeof was);
    for (int b = 0; b < NPOINT; b++) {
        const double flip[NSTATE * NSTATE] = {b % 2 ? -1 : 1, 0, 0, 0, b % 3 ? 1 : -1, 0, 0, 0, 1};
        label(&s, b, flip);
        turn_forces(&s.data, b, flip);
    }
    open_fit(&s, true, 1);
    for (int b = 0; b < NPOINT; b++) {
        dia_dipole_labels_turn(&s.labels, b, dia_dipole_labels_choose(&s.labels, b, NULL), turned);
        for (int i = 0; i < NSTATE; i++)
            for (int j = 0; j <= i; j++)
                for (int x = 0; x < 3; x++)
                    assert_close(turned[3 * dia_packed(i, j) + x], was[b * 27 + (i * NSTATE + j) * 3 + x], 0, 1e-14);
    }
    close_fit(&s);
    clear(&s);
}

/* One state odd in the reflection of a plane: on planar geometries its transition dipole stands upright, all others lie in the plane. */
static void upright(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    dia_symmetry symmetry;
    dia_dipoles form;
    uint32_t at = 0;
    const int numbers[NATOM] = {6, 8, 1, 1}, permutation[NATOM] = {0, 1, 2, 3};
    const bool inversion = true;
    const double signs[2] = {1, -1};
    double R[NC], mu[9];
    assert_ok(dia_molecule_init(&molecule, NATOM, 3, numbers, &error), &error);
    assert_ok(
        dia_symmetry_init(&symmetry, &molecule, 2, &(dia_generators){1, permutation, &inversion, signs, NULL}, &error),
        &error);
    assert_ok(dia_dipoles_init(&form, &molecule, &symmetry, 2, lengths, 1, hidden, &error), &error);
    for (int l = 0; l < form.nlayer; l++)
        for (int i = 0; i < form.width[l + 1] * form.width[l]; i++)
            form.weight[l][i] = taught_draw(&at);
    dia_dipoles_refresh(&form);
    for (int i = 0; i < NC; i++)
        R[i] = i % 3 == 2 ? 0.0 : 2.0 * taught_draw(&at);
    double *work = dia_allocate(dia_dipoles_work(&form), sizeof *work);
    assert_non_null(work);
    dia_dipoles_evaluate(&form, R, 1, (const int[]){0}, work, mu);
    for (int x = 0; x < 3; x++) {
        const bool up = x == 2;
        assert_close(up ? mu[3 * x] : mu[3 * x + 1], 0.0, 1e-13, 0);
        assert_close(up ? mu[3 * x + 2] : mu[3 * x + 1], 0.0, 1e-13, 0);
    }
    assert_true(fabs(mu[3 * 2 + 1]) > 1e-3);
    free(work);
    dia_dipoles_free(&form);
    dia_symmetry_free(&symmetry);
    dia_molecule_free(&molecule);
}

/* Adam brings the dipoles of the training points within a tenth of their size, signs that were turned at random notwithstanding. */
static void learned(void **state)
{
    (void)state;
    scene s;
    dia_matrix_block blocks[DIA_DIPOLE_LAYERS];
    dia_epoch epoch = {.epochs = 1500, .batch = 7, .rate = 1e-2, .final_rate = 1e-4};
    double size = 0.0, value = 0.0;
    bool converged;
    set(&s);
    for (int b = 0; b < NPOINT; b++) {
        const double flip[NSTATE * NSTATE] = {b % 2 ? -1 : 1, 0, 0, 0, b % 3 ? 1 : -1, 0, 0, 0, 1};
        label(&s, b, flip);
        turn_forces(&s.data, b, flip);
    }
    for (int i = 0; i < NPOINT * 27; i++)
        size += s.data.dipole[i] * s.data.dipole[i] / NPOINT;
    open_fit(&s, false, 1);
    const dia_problem problem = {.function = dia_dipole_fit_function(s.fit),
                                 .ntheta = dia_dipole_fit_parameters(s.fit),
                                 .npoint = NPOINT,
                                 .points = s.points,
                                 .nblock = dia_dipole_fit_blocks(s.fit, blocks),
                                 .blocks = blocks,
                                 .seed = 1};
    double *memory = calloc(dia_optimiser_adam.state_size(&epoch, &problem), sizeof *memory);
    for (long i = 0; i < epoch.epochs; i++)
        assert_int_equal(dia_optimiser_adam.advance(&epoch, &problem, i, memory, &value, &converged), DIA_OK);
    value = loss(&s, NULL);
    if (!(value < 0.01 * size))
        fail_msg("mean squared deviation %g of %g", value, size);
    dia_dipole_fit_take(s.fit, dia_dipole_fit_function(s.fit)->theta);
    dia_network *network = taught_network(2); /* the same bits of H, and what was learned */
    network->dipoles = s.form;
    s.form = (dia_dipoles){0};
    dia_model *model;
    dia_dipole_errors e;
    assert_ok(dia_network_model(&model, network, NULL), NULL);
    assert_ok(dia_dipole_errors_measure(&e, model, &s.data, NSTATE, NPOINT, s.points, NULL), NULL);
    assert_int_equal(e.npoint + e.left, NPOINT);
    /* the same sum of squares, by the verb of the model: diagonals once, pairs twice */
    const double square = (e.permanent.square + 2.0 * e.transition.square) / NPOINT;
    if (e.left == 0)
        assert_close(square, value, 0, 1e-9);
    dia_model_free(model);
    free(memory);
    close_fit(&s);
    clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(standardised), cmocka_unit_test(gradient),
                                       cmocka_unit_test(threads),      cmocka_unit_test(turned_labels),
                                       cmocka_unit_test(signs),        cmocka_unit_test(upright),
                                       cmocka_unit_test(learned)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
