/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matching states by symmetry: labels made by a network of known parity, at planar and bent geometries of ammonia. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "diabolo/frame.h"
#include "model/front.h"
#include "model/network.h"
#include "train/characters.h"
#include "train/objective.h"
#include "train/signs.h"
#include "train/told.h"

enum { NSTATE = 3, NATOM = 4, NC = 12, NP = 6, NPOINT = 48, PLANAR = 24 };
static const double parity[NSTATE] = {1, -1, 1}; /* of the diabats under inversion of all coordinates */

static double draw(uint32_t *at)
{
    return dia_rng_normal(23, 0, 0, DIA_PURPOSE_TEST, (*at)++);
}

static dia_model *model_new(uint64_t seed)
{
    dia_error error = {0};
    const int numbers[NATOM] = {7, 1, 1, 1}, identity[NATOM] = {0, 1, 2, 3};
    const char *descriptors[2] = {"inverse_distance", "triple_product"};
    const bool inversion[1] = {true};
    dia_molecule molecule;
    dia_model *model;
    assert_ok(dia_molecule_init(&molecule, NATOM, 3, numbers, &error), &error);
    const dia_network_plan plan = {.molecule = &molecule,
                                   .nstate = NSTATE,
                                   .ndescriptor = 2,
                                   .descriptors = descriptors,
                                   .architecture_options = "layers: [9]",
                                   .generators = {1, identity, inversion, parity, NULL}};
    dia_network *network = calloc(1, sizeof *network);
    assert_ok(dia_network_init(network, &plan, &error), &error);
    dia_network_randomise(network, seed, 0);
    for (int k = 0; k < NP; k++)
        network->scale[k] = 0.03; /* gaps of some 0.5 eV */
    assert_ok(dia_network_model(&model, network, &error), &error);
    dia_molecule_free(&molecule);
    return model;
}

static void solve(const dia_model *model, const double *R, double *U)
{
    dia_error error = {0};
    double H[NP], E[NSTATE], *work = calloc(dia_frame_work(NSTATE) + 1, sizeof *work);
    dia_tape *tape;
    dia_frame frame = {.batch = 1, .nstate = NSTATE, .H = H, .E = E, .U = U};
    assert_ok(dia_tape_create(&tape, model, 1, 0, &error), &error);
    assert_int_equal(dia_model_hamiltonian(model, tape, 1, R, H), DIA_OK);
    assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
    dia_tape_free(tape);
    free(work);
}

static double character(const double *U, int state)
{
    double chi = 0.0;
    for (int k = 0; k < NSTATE; k++)
        chi += parity[k] * U[k * NSTATE + state] * U[k * NSTATE + state];
    return chi;
}

/* Labels of the teacher, turned in space, states of random sign; the first PLANAR points lie in a plane. */
static void data_make(const dia_model *teacher, dia_dataset *data)
{
    dia_error error = {0};
    uint32_t at = 0;
    *data = (dia_dataset){.natom = NATOM, .ncart = NC, .nstate = NSTATE, .npair = 3, .npoint = NPOINT, .ngroup = 1};
    data->R = calloc(NPOINT * NC, sizeof(double));
    data->energy = calloc(NPOINT * NSTATE, sizeof(double));
    data->gradient = calloc(NPOINT * NSTATE * NC, sizeof(double));
    data->coupling = calloc(NPOINT * 3 * NC, sizeof(double));
    const double start[NC] = {0, 0, 0, 1.9, 0.1, 0, -0.9, 1.6, 0, -1.0, -1.5, 0};
    const double tilt = 0.7, c = cos(tilt), s = sin(tilt);
    for (int b = 0; b < NPOINT; b++)
        for (int a = 0; a < NATOM; a++) {
            double x[3];
            for (int i = 0; i < 3; i++)
                x[i] = start[3 * a + i] + (i < 2 || b >= PLANAR ? 0.25 * draw(&at) : 0.0) +
                       (i == 2 && a == 0 && b >= PLANAR ? 0.8 : 0.0);
            const double turned[3] = {x[0], c * x[1] - s * x[2] + 0.3, s * x[1] + c * x[2]};
            memcpy(data->R + b * NC + 3 * a, turned, sizeof turned);
        }
    dia_objective *objective;
    const dia_loss none = {0};
    int points[NPOINT];
    double *F = calloc(NPOINT * NP * NC, sizeof *F);
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    assert_ok(dia_objective_create(&objective, teacher, data, &none, NPOINT, &(dia_control){.threads = 1}, &error),
              &error);
    assert_int_equal(dia_objective_predict(objective, NPOINT, points, data->energy, F), DIA_OK);
    for (int b = 0; b < NPOINT; b++)
        for (int j = 1; j < NSTATE; j++)
            for (int i = 0; i < j; i++) {
                const double sign = draw(&at) > 0 ? 1.0 : -1.0;
                for (int k = 0; k < NC; k++)
                    data->coupling[(b * 3 + j * (j - 1) / 2 + i) * NC + k] =
                        sign * F[(b * NP + dia_packed(j, i)) * NC + k];
            }
    free(F);
    dia_objective_free(objective);
}

static void data_free(dia_dataset *data)
{
    free(data->R);
    free(data->energy);
    free(data->gradient);
    free(data->coupling);
}

/* The teacher's own states are matched to themselves by one of the orders; another network's states by their
 * characters, lowest first; nothing is said where the molecule is bent, nor of a coupling that is missing. */
static void states_are_matched(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *teacher = model_new(2), *student = model_new(3);
    dia_network *network = dia_model_self(teacher);
    dia_dataset data;
    dia_characters characters;
    data_make(teacher, &data);
    for (int k = 0; k < NC; k++)
        data.coupling[(0 * 3 + 0) * NC + k] = NAN; /* point 0 knows (0,2) and (1,2) still */
    for (int k = 0; k < NC; k++)                   /* point 1 (0,2) alone: the state between them takes what is left */
        data.coupling[(1 * 3 + 0) * NC + k] = data.coupling[(1 * 3 + 2) * NC + k] = NAN;
    for (int b = 2; b < PLANAR / 2;
         b++) /* 1 and 2 by each other's names; (0,1) and (1,2) are known, so 2 is told by 1 */
        for (int k = 0; k < NC; k++) {
            double *h = data.coupling + b * 3 * NC + k;
            h[0] = h[NC];
            h[NC] = NAN;
        }
    assert_ok(dia_characters_make(&characters, &network->symmetry, false, &data, &error), &error);
    int crossed = 0, orders[DIA_CHARACTERS_ORDERS * NSTATE];
    for (int b = 0; b < NPOINT; b++) {
        double T[NSTATE * NSTATE], U[NSTATE * NSTATE];
        solve(teacher, data.R + b * NC, T);
        solve(student, data.R + b * NC, U);
        for (int k = 0; k < NSTATE && b >= 2 && b < PLANAR / 2; k++) {
            const double t = T[k * NSTATE + 1];
            T[k * NSTATE + 1] = T[k * NSTATE + 2];
            T[k * NSTATE + 2] = t;
        }
        memset(orders, -1, sizeof orders);
        const int own = dia_characters_orders(&characters, b, NSTATE, T, orders);
        assert_int_equal(dia_characters_told(&characters, b), b < PLANAR);
        assert_true(b < PLANAR ? own >= 1 : own == 0);
        bool found = false;
        for (int w = 0; w < own; w++)
            found = found || (orders[w * NSTATE] == 0 && orders[w * NSTATE + 1] == 1 && orders[w * NSTATE + 2] == 2);
        assert_true(found || b >= PLANAR);
        const int n = dia_characters_orders(&characters, b, NSTATE, U, orders);
        assert_true(b < PLANAR || n == 0);
        found = n == 0;
        for (int w = 0; w < n; w++) { /* both have two even states and an odd one, so one order is right */
            bool right = true;
            for (int i = 0; i < NSTATE; i++)
                right = right && character(T, i) * character(U, orders[w * NSTATE + i]) > 0.0;
            found = found || right;
            crossed += right && (orders[w * NSTATE] != 0 || orders[w * NSTATE + 1] != 1);
        }
        assert_true(found && (b >= PLANAR || n >= 1));
    }
    assert_true(crossed > 0); /* else the test would not tell order by symmetry from order by energy */
    dia_characters_free(&characters);
    data_free(&data);
    dia_model_free(teacher);
    dia_model_free(student);
}

/* With states matched by symmetry the gradient of the loss is still its derivative (five-point formula, error of order
 * step^4), and at planar points a model whose diabats lie in another order has another loss than by energies. */
static void gradient_of_matched_states(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *teacher = model_new(2), *student = model_new(3);
    dia_network *network = dia_model_self(teacher);
    dia_dataset data;
    dia_characters characters;
    dia_objective *objective;
    const dia_loss loss = {.energy = 1.0, .gradient = 0.3, .coupling = 0.4, .coupling_gap = 0.5, .coupling_power = 2.0};
    const int ntheta = dia_model_shape(student).ntheta;
    int points[PLANAR];
    double *bar = calloc((size_t)ntheta, sizeof *bar), *theta = dia_model_theta(student), value, plain;
    data_make(teacher, &data);
    for (int b = 0; b < PLANAR; b++)
        points[b] = b;
    assert_ok(dia_characters_make(&characters, &network->symmetry, false, &data, &error), &error);
    assert_ok(dia_objective_create(&objective, student, &data, &loss, PLANAR, &(dia_control){.threads = 1}, &error),
              &error);
    assert_int_equal(dia_objective_evaluate(objective, PLANAR, points, &plain, NULL), DIA_OK);
    dia_objective_set_characters(objective, &characters);
    assert_int_equal(dia_objective_evaluate(objective, PLANAR, points, &value, bar), DIA_OK);
    assert_true(fabs(value - plain) > 1e-6);
    for (int i = 0; i < ntheta; i += 11) {
        const double place[4] = {-2, -1, 1, 2}, weight[4] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, step = 1e-4,
                     at = theta[i];
        double difference = 0.0;
        for (int k = 0; k < 4; k++) {
            theta[i] = at + place[k] * step;
            dia_model_refresh(student);
            assert_int_equal(dia_objective_evaluate(objective, PLANAR, points, &value, NULL), DIA_OK);
            difference += weight[k] * value / step;
        }
        theta[i] = at;
        assert_close(bar[i], difference, 1e-6, 1e-9); /* rounding of the loss, some 1e-16 of 1, over the step */
    }
    dia_characters_free(&characters);
    dia_objective_free(objective);
    free(bar);
    data_free(&data);
    dia_model_free(teacher);
    dia_model_free(student);
}

/* The planar points tell that one diabat differs from the two others, and nothing once an eighth of them says otherwise. */
static void signs_are_told(dia_training *t)
{
    dia_error error = {0};
    dia_told told;
    const dia_generator *generator = t->settings.network.symmetry.items;
    assert_ok(dia_told_signs(&told, t, generator, 1, 0, &error), &error);
    assert_in_range(told.points, PLANAR - 2, PLANAR); /* a coupling may be short by chance */
    assert_true(told.ruled[0] && !told.ruled[1] && !told.ruled[2] && !told.ruled[3] && told.preferred > 0);
    double *h = t->data.coupling, kept[PLANAR / 8 * 3 * NC];
    memcpy(kept, h, sizeof kept);
    for (int b = 0; b < PLANAR / 8; b++) /* three couplings in the plane: all states are alike */
        for (int k = 0; k < 3; k++)
            for (int a = 0; a < NC; a++)
                h[(b * 3 + k) * NC + a] = t->data.R[b * NC + a] - t->data.R[b * NC + a % 3];
    assert_ok(dia_told_signs(&told, t, generator, 1, 0, &error), &error);
    assert_false(told.ruled[0] || told.ruled[1] || told.ruled[2] || told.ruled[3]);
    memcpy(h, kept, sizeof kept);
}

typedef struct heard { /* how often it was said that ... */
    int told, again;   /* ... symmetry tells the signs, the two best patterns are tried again */
} heard;

static void hear(void *context, const char *text)
{
    heard *h = context;
    h->told += strstr(text, "told by symmetry") != NULL;
    h->again += strstr(text, "the two best again") != NULL;
}

/* On these points. */
static heard signs_are_found_from(dia_training *t, int first, int past, dia_error *error)
{
    heard said = {0};
    dia_generator *generator = t->settings.network.symmetry.items;
    generator->signs = (dia_list){0};
    t->ntrain = past - first;
    for (int b = first; b < past; b++)
        t->train[b - first] = b;
    const dia_control control = {.threads = 1, .note = hear, .context = &said};
    assert_ok(dia_signs_find(t, &control, error), error);
    assert_non_null(strstr(t->found, "inversion: true, signs: ["));
    generator = t->settings.network.symmetry.items;
    assert_int_equal(generator->signs.n, NSTATE);
    const int *signs = generator->signs.items;
    assert_int_equal(abs(signs[0] + signs[1] + signs[2]), 1);
    t->ntrain = NPOINT;
    for (int b = 0; b < NPOINT; b++)
        t->train[b] = b;
    return said;
}

/* Two diabats of the teacher behave alike and one does not: that is found from its labels, by short trainings on the bent
 * points too. Which of them is the odd one is a matter of their order, which is free. */
static void signs_are_found(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *teacher = model_new(2);
    dia_training t = {0};
    const dia_input input = {.text = "data: {file: none.h5}\n"
                                     "network:\n"
                                     "  descriptors: [inverse_distance, triple_product]\n"
                                     "  layers: [16]\n"
                                     "  states: 3\n"
                                     "  trial: 300\n"
                                     "  symmetry: [{permutation: [0, 1, 2, 3], inversion: true}]\n"
                                     "stages: [{optimiser: soap}]\n",
                             .directory = "."};
    int numbers[NATOM] = {7, 1, 1, 1};
    assert_ok(dia_config_open(&t.config, &input, "output.file", &error), &error);
    assert_ok(dia_training_settings_read(&t.settings, t.config, &error), &error);
    data_make(teacher, &t.data);
    t.data.numbers = numbers;
    t.train = calloc(NPOINT, sizeof *t.train);
    heard said = signs_are_found_from(&t, 0, NPOINT, &error);
    assert_true(said.told == 1 && said.again == 0); /* planar points tell it: nothing is tried */
    signs_are_told(&t);
    /* Bent points tell it only by how well each pattern can be taught, and so small a network learns by chance: of twelve seeds with
     * 300 epochs nine find it, two are undecided, one is wrong, and rounding on another processor makes it others. Few epochs round
     * alike, so that one seed stays what it is: */
    t.settings.network.seed = 7;
    t.settings.network.trial = 24;
    said = signs_are_found_from(&t, PLANAR, NPOINT, &error);
    assert_true(said.told == 0 && said.again == 0);
    t.settings.network.seed = 1;
    t.settings.network.trial = 3; /* too short to tell, twelve are not */
    said = signs_are_found_from(&t, PLANAR, NPOINT, &error);
    assert_true(said.told == 0 && said.again == 1);
    /* four points with couplings decide nothing: the user is asked */
    for (int b = 4; b < NPOINT; b++)
        for (int k = 0; k < 3 * NC; k++)
            t.data.coupling[b * 3 * NC + k] = NAN;
    dia_generator *again = t.settings.network.symmetry.items;
    again->signs = (dia_list){0};
    assert_int_equal(dia_signs_find(&t, &(dia_control){.threads = 1}, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "do not decide"));
    assert_non_null(strstr(error.text, "Give `signs`"));
    data_free(&t.data);
    t.data = (dia_dataset){0};
    dia_training_close(&t);
    dia_model_free(teacher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(states_are_matched),
                                       cmocka_unit_test(gradient_of_matched_states), cmocka_unit_test(signs_are_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
