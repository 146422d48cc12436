/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training from a program: stopped after each epoch and resumed, it ends with the same bytes as in one go. What a
 * baseline does beyond the data. */
#include "check.h"

#include <sys/time.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"
#include "diabolo/train.h"
#include "store/store.h"
#include "dataset/dataset.h"
#include "train/optimiser.h"
#include "train/training.h"

static char folder[] = "/tmp/diabolo-train-XXXXXX", input[64], one[64], two[64];

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(input, sizeof input, "%s/in.yaml", folder);
    snprintf(one, sizeof one, "%s/one.h5", folder);
    snprintf(two, sizeof two, "%s/two.h5", folder);
    FILE *file = fopen(input, "w");
    if (file == NULL)
        return -1;
    fprintf(file,
            "data: {file: %s/models/ethylene/data.h5, validation: 0.1, split: point}\n"
            "network: {descriptors: [inverse_distance], layers: [6], states: 3, starts: 2, race: 1}\n"
            "stages: [{optimiser: soap, epochs: 3, average: 0.5, largest: 12}, {optimiser: adam, epochs: 2}, "
            "{optimiser: lbfgs, iterations: 3, "
            "memory: 2}, {optimiser: levenberg_marquardt, iterations: 2}]\n"
            "dipoles: {layers: [4], lengths: [1 A], epochs: 3}\n",
            SOURCE_DIR);
    return fclose(file);
}

static int teardown(void **state)
{
    (void)state;
    remove(input);
    remove(one);
    remove(two);
    return rmdir(folder);
}

/* Stops after the first epoch if asked to, or wherever the training is when a timer fires. */
typedef struct count {
    int calls; /* one an epoch or iteration; what is told of a part of one does not count */
    bool stop_after_one;
} count;

static int stop;

static void on_alarm(int signal)
{
    (void)signal;
    *(volatile int *)&stop = 1;
}

static void listen(void *context, const dia_progress_state *state)
{
    count *c = context;
    const char *number = strchr(state->note, ','); /* 3/20 after an epoch or iteration, 3.2/20 within the next */
    assert_non_null(number);
    assert_true(state->done > 0.0 && state->done <= 1.0);
    if (number[strcspn(number, "./")] == '.')
        return;
    assert_non_null(strstr(state->note, "loss"));
    c->calls++;
    if (c->stop_after_one)
        stop = 1;
}

static dia_status train(const char *output, int threads, count *c, bool *complete, dia_error *error)
{
    dia_train_result result;
    const dia_input in = {.path = input, .output = output};
    const dia_control control = {.threads = threads, .stop = &stop, .progress = listen, .context = c};
    const dia_status status = dia_train(&in, false, &control, &result, error);
    if (status == DIA_OK)
        assert_string_equal(result.model, output);
    *complete = result.complete;
    dia_train_result_free(&result);
    return status;
}

static size_t content(const char *path, char *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, room, file);
    fclose(file);
    return n;
}

static void assert_same_files(const char *first, const char *second)
{
    enum { ROOM = 1 << 20 };
    char *a = malloc(ROOM), *b = malloc(ROOM);
    const size_t n = content(first, a, ROOM), m = content(second, b, ROOM);
    assert_true(n > 1000 && n < ROOM);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

static const char *best_of(const char *output)
{
    static char path[80];
    snprintf(path, sizeof path, "%s.best", output);
    return path;
}

static void best_so_far_is_a_model(const char *output)
{
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_model_load(&model, best_of(output), &error), &error);
    assert_non_null(strstr(dia_model_note(model), "not finished"));
    dia_model_free(model);
}

static int option_int(const dia_option *table, const char *key)
{
    int at = 0;
    while (strcmp(table[at].key, key) != 0)
        at++;
    return (int)table[at].offset;
}

/* Thousands of features must not cost a square of their number. */
static void soap_leaves_long_sides_alone(void **state)
{
    (void)state;
    const dia_matrix_block block = {.rows = 64, .cols = 4095};
    const dia_problem problem = {.ntheta = 64 * 4096, .npoint = 10, .nblock = 1, .blocks = &block};
    char *self = calloc(1, dia_optimiser_soap.self_size);
    int *largest = (int *)(void *)(self + option_int(dia_optimiser_soap.options, "largest"));
    *largest = 5000;
    const size_t both = dia_optimiser_soap.state_size(self, &problem);
    *largest = 1024;
    assert_int_equal(both - dia_optimiser_soap.state_size(self, &problem), 2 * 4096 * 4096);
    free(self);
}

/* The penalty is a quadratic form, whose central differences are its gradient whatever the step; biases are free of it. */
static void penalty_has_its_gradient(void **state)
{
    (void)state;
    enum { N = 20 };
    double theta[N], gradient[N];
    const dia_function function = {.theta = theta};
    const dia_matrix_block blocks[2] = {{.rows = 2, .cols = 3, .weight = 1, .bias = 7},
                                        {.rows = 4, .cols = 2, .weight = 10, .bias = 18}};
    const dia_problem p = {.function = &function, .ntheta = N, .nblock = 2, .blocks = blocks};
    const double decay = 0.3;
    double squares = 0.0;
    for (int i = 0; i < N; i++) {
        theta[i] = sin(1.0 + i);
        gradient[i] = i; /* it is added */
    }
    const double value = dia_penalty(&p, decay, gradient);
    for (int i = 0; i < N; i++) {
        const double old = theta[i];
        double side[2];
        for (int k = 0; k < 2; k++) {
            theta[i] = old + (k == 0 ? -0.5 : 0.5);
            side[k] = dia_penalty(&p, decay, NULL);
        }
        theta[i] = old;
        const bool weight = (i >= 1 && i < 7) || (i >= 10 && i < 18);
        squares += weight ? old * old : 0.0;
        assert_close(gradient[i] - i, side[1] - side[0], 0.0, 1e-14); /* rounding of numbers up to 20 */
        assert_true((side[1] != side[0]) == weight);
    }
    assert_close(value, decay * squares, 1e-14, 0.0);
}

static void stops_and_goes_on(void **state)
{
    (void)state;
    dia_error error = {0};
    count whole = {0}, pieces = {.stop_after_one = true};
    bool complete;
    assert_ok(train(one, 1, &whole, &complete, &error), &error);
    assert_in_range(whole.calls, 11, 13); /* the last two stages may converge early */
    dia_status status;
    int starts = 0;
    do {
        dia_error_clear(&error);
        stop = 0;
        status = train(two, 2, &pieces, &complete, &error);
        if (starts++ == 0)
            best_so_far_is_a_model(two);
    } while (status == DIA_ERROR_INTERRUPTED && starts < 20);
    assert_ok(status, &error);
    assert_int_not_equal(access(best_of(two), F_OK), 0);
    assert_true(starts > 5);
    assert_same_files(one, two);
    /* complete already: nothing is done */
    whole.calls = 0;
    stop = 0;
    assert_ok(train(one, 1, &whole, &complete, &error), &error);
    assert_true(complete && whole.calls == 0);
}

/* A signal in the midst of an epoch is obeyed there, and what was begun of the epoch leaves no trace. */
static void stops_inside_an_epoch(void **state)
{
    (void)state;
    dia_error error = {0};
    count pieces = {0};
    bool complete;
    remove(two);
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    dia_status status;
    int starts = 0, within = 0;
    long delay = 20000; /* microseconds; grows, so that every stretch gets through at last */
    do {
        dia_error_clear(&error);
        stop = 0;
        const int before = pieces.calls;
        const struct itimerval timer = {.it_value = {.tv_sec = delay / 1000000, .tv_usec = delay % 1000000}};
        setitimer(ITIMER_REAL, &timer, NULL);
        status = train(two, 1, &pieces, &complete, &error);
        within += status == DIA_ERROR_INTERRUPTED && pieces.calls == before;
        delay += delay / 4;
        starts++;
    } while (status == DIA_ERROR_INTERRUPTED && starts < 60);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    assert_ok(status, &error);
    assert_true(within > 0); /* an epoch takes longer than the first delays */
    assert_same_files(one, two);
}

/* One training at a time on one output: the second is refused before its first epoch, and has the way out. */
static void one_training_at_a_time(void **state)
{
    (void)state;
    dia_error error = {0};
    count calls = {.stop_after_one = true};
    bool complete;
    int held;
    char lock[80];
    snprintf(lock, sizeof lock, "%s.lock", two);
    remove(two);
    stop = 0;
    assert_ok(dia_lock_open(&held, lock, "training", &error), &error);
    assert_int_equal(train(two, 1, &calls, &complete, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "is training this output"));
    assert_non_null(strstr(error.text, "choose another output.file"));
    assert_int_equal(calls.calls, 0);
    close(held);
    dia_error_clear(&error);
    assert_int_equal(train(two, 1, &calls, &complete, &error),
                     DIA_ERROR_INTERRUPTED); /* a lock left behind hinders nobody */
    assert_int_equal(calls.calls, 1);
    assert_int_not_equal(access(lock, F_OK), 0);
    stop = 0;
    calls.stop_after_one = false;
    dia_error_clear(&error);
    assert_ok(train(two, 1, &calls, &complete, &error), &error);
}

static double spacing(const double *R, int a, int b)
{
    double sum = 0.0;
    for (int c = 0; c < 3; c++)
        sum += (R[3 * a + c] - R[3 * b + c]) * (R[3 * a + c] - R[3 * b + c]);
    return sqrt(sum);
}

/* Ethylene whose bonds are all within some 15 % of their lengths, a part of the shipped data: path. */
static void write_local_data(const char *path)
{
    enum { POINTS = 150 };
    dia_error error = {0};
    dia_dataset data;
    dia_store *store;
    assert_ok(dia_dataset_load(&data, SOURCE_DIR "/models/ethylene/data.h5", 0, &error), &error);
    size_t n = 0;
    for (int b = 0; b < data.npoint && n < POINTS; b++) { /* carbons first */
        const double *R = data.R + b * 18;
        bool near = spacing(R, 0, 1) < 1.6 * DIA_ANGSTROM;
        for (int h = 2; h < 6; h++) {
            near = near && fmin(spacing(R, h, 0), spacing(R, h, 1)) < 1.25 * DIA_ANGSTROM;
            for (int other = 2; other < h; other++)
                near = near && spacing(R, h, other) > 1.5 * DIA_ANGSTROM;
        }
        if (!near)
            continue;
        memmove(data.R + n * 18, R, 18 * sizeof *R);
        memmove(data.energy + n * 3, data.energy + b * 3, 3 * sizeof *R);
        memmove(data.gradient + n * 54, data.gradient + b * 54, 54 * sizeof *R);
        memmove(data.coupling + n * 54, data.coupling + b * 54, 54 * sizeof *R);
        n++;
    }
    assert_int_equal(n, POINTS);
    const size_t six = 6;
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", "diabolo-dataset", &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", 1, &error), &error);
    assert_ok(dia_store_write(store, "numbers", DIA_NUMBER_INT, 1, &six, data.numbers, NULL, &error), &error);
    const struct {
        const char *name, *unit;
        const double *values;
        int rank;
        size_t dims[4];
    } all[] = {{"positions", "bohr", data.R, 3, {n, 6, 3}},
               {"energies", "hartree", data.energy, 2, {n, 3}},
               {"gradients", "hartree/bohr", data.gradient, 4, {n, 3, 6, 3}},
               {"couplings", "hartree/bohr", data.coupling, 4, {n, 3, 6, 3}}};
    for (int i = 0; i < 4; i++)
        assert_ok(dia_store_write(store, all[i].name, DIA_NUMBER_REAL, all[i].rank, all[i].dims, all[i].values,
                                  all[i].unit, &error),
                  &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    dia_store_close(&store);
    dia_dataset_free(&data);
}

enum { SCALES = 9, MIDDLE = 4 };
static const double scales[SCALES] = {0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5};

/* Energies of S0 of the trained model at its reference geometry, scaled, in eV above that at 1. */
static void scan(const char *baseline, double *energy)
{
    dia_error error = {0};
    dia_model *model;
    dia_tape *tape;
    double E[SCALES * 3], U[SCALES * 9], work[4096];
    char data[80], set[80];
    snprintf(data, sizeof data, "%s/data.h5", folder);
    snprintf(set, sizeof set, "network.baseline=%s", baseline);
    write_local_data(data);
    FILE *file = fopen(input, "w");
    assert_non_null(file);
    fputs("data: {file: data.h5, validation: 0.1, split: point}\n"
          "network: {descriptors: [inverse_distance], layers: [6], states: 3}\n"
          "stages: [{optimiser: levenberg_marquardt, iterations: 6}]\n",
          file);
    fclose(file);
    const char *sets[] = {set};
    const dia_input in = {.path = input, .output = one, .set = sets, .nset = baseline != NULL};
    dia_train_result result;
    assert_ok(dia_train(&in, true, &(dia_control){.threads = 1}, &result, &error), &error);
    dia_train_result_free(&result);
    assert_ok(dia_model_load(&model, one, &error), &error);
    double R[SCALES * 18], H[SCALES * 6];
    for (int i = 0; i < SCALES * 18; i++)
        R[i] = scales[i / 18] * dia_model_molecule(model)->reference[i % 18];
    assert_ok(dia_tape_create(&tape, model, SCALES, 0, &error), &error);
    assert_int_equal(dia_model_hamiltonian(model, tape, SCALES, R, H), DIA_OK);
    dia_frame frame = {.batch = SCALES, .nstate = 3, .H = H, .E = E, .U = U};
    assert_true(dia_frame_work(3) <= sizeof work / sizeof *work);
    assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
    for (int i = 0; i < SCALES; i++)
        energy[i] = (E[3 * i] - E[3 * MIDDLE]) / DIA_EV;
    dia_tape_free(tape);
    dia_model_free(model);
    remove(data);
    remove(one);
}

/* Rises it from the middle outwards, and is it high at both ends? All bonds are broken or all atoms collide there. */
static bool is_a_bowl(const double *energy)
{
    bool rises = energy[0] > 50.0 && energy[SCALES - 1] > 12.0;
    for (int i = MIDDLE; i > 0; i--)
        rises = rises && energy[i - 1] > energy[i];
    for (int i = MIDDLE; i < SCALES - 1; i++)
        rises = rises && energy[i + 1] > energy[i];
    return rises;
}

static void no_hole_opens_beyond_the_data(void **state)
{
    (void)state;
    double energy[SCALES];
    scan("morse", energy);
    assert_true(is_a_bowl(energy));
    scan("linear_vibronic", energy);
    assert_true(is_a_bowl(energy));
    scan(NULL, energy); /* without one it is none: tanh is bounded */
    assert_false(is_a_bowl(energy));
}

/* Training loss of one epoch with the limits `loss` of the loss and `stage` of the stage. */
static double loss_of_an_epoch(const char *loss, const char *stage)
{
    dia_error error = {0};
    dia_store *store;
    double value = NAN;
    FILE *file = fopen(input, "w");
    assert_non_null(file);
    fprintf(file,
            "data: {file: %s/models/ethylene/data.h5, validation: 0.9, split: point}\n"
            "network: {descriptors: [inverse_distance], layers: [4], states: 3}\n"
            "loss: {outlier: %s}\nstages: [{optimiser: adam, epochs: 1, outlier: %s}]\n",
            SOURCE_DIR, loss, stage);
    fclose(file);
    const dia_input in = {.path = input, .output = one};
    dia_train_result result;
    assert_ok(dia_train(&in, true, &(dia_control){.threads = 1}, &result, &error), &error);
    dia_train_result_free(&result);
    assert_ok(dia_store_open(&store, one, &error), &error);
    assert_ok(dia_store_read(store, "history/loss", DIA_NUMBER_REAL, 1, &(size_t){1}, &value, &error), &error);
    dia_store_close(&store);
    remove(one);
    return value;
}

/* A stage has a limit of outliers of its own, 0 that of the loss. An untrained network is far beyond a small limit. */
static void limit_of_outliers_of_a_stage(void **state)
{
    (void)state;
    const double robust = loss_of_an_epoch("0.05", "0"), plain = loss_of_an_epoch("1e9", "0");
    assert_true(plain > 2.0 * robust);
    assert_true(loss_of_an_epoch("0.05", "1e9") == plain); /* the same sums, to the last bit */
    assert_true(loss_of_an_epoch("1e9", "0.05") == robust);
}

/* H of the lowest 3 states at the first points of some data. */
enum { POINTS = 20, PACKED = 6 };
static void hamiltonian(const dia_model *model, const dia_dataset *data, double *H)
{
    dia_error error = {0};
    dia_tape *tape = NULL;
    assert_ok(dia_tape_create(&tape, model, POINTS, 1, &error), &error);
    assert_int_equal(dia_model_hamiltonian(model, tape, POINTS, data->R, H), DIA_OK);
    dia_tape_free(tape);
}

static dia_status open_input(dia_training *t, const char *network, const char *start)
{
    static dia_error error;
    char text[1200];
    dia_error_clear(&error);
    /* other points than those of the network that it goes on from, so that means and baseline would be others */
    snprintf(text, sizeof text,
             "data: {file: %s/models/ethylene/data.h5, validation: 0.%s, split: point, below: 12 eV}\n"
             "network: {%s, architecture: pooled, image_layers: [4], invariants: 4, covariants: 2, trunk: [4], "
             "baseline: morse, states: 3, symmetry: [{permutation: [0, 1, 3, 2, 4, 5], signs: [-1, 1, 1]}]%s%s}\n"
             "stages: [{optimiser: adam, epochs: 1}]\ncommittee: {members: 2}\noutput: {file: %s}\n",
             SOURCE_DIR, start != NULL ? "5" : "8", network, start != NULL ? ", start: " : "",
             start != NULL ? start : "", start != NULL ? two : one);
    const dia_input in = {.text = text, .directory = folder};
    if (start == NULL) {
        dia_train_result result;
        const dia_status status = dia_train(&in, false, NULL, &result, &error);
        dia_train_result_free(&result);
        return status;
    }
    dia_status status = dia_training_open(t, &in, NULL, &error);
    if (status == DIA_OK)
        status = dia_training_member(t, 1, -1, 0, &error);
    if (status == DIA_OK)
        status = dia_training_prepare(t, NULL, &error);
    if (status != DIA_OK)
        printf("%s\n", error.text);
    return status;
}

/* A training that goes on from a network begins with its H, bit for bit, each member with that of its number; a network of another kind is
 * refused. */
static void goes_on_from_a_network(void **state)
{
    (void)state;
    const char *network = "descriptors: [inverse_distance, internals]";
    dia_error error = {0};
    dia_training t;
    dia_model *committee = NULL;
    double own[POINTS * PACKED], member[2][POINTS * PACKED];
    assert_int_equal(open_input(NULL, network, NULL), DIA_OK);
    assert_int_equal(open_input(&t, network, one), DIA_OK);
    assert_ok(dia_model_load(&committee, one, &error), &error);
    hamiltonian(t.model, &t.data, own);
    for (int k = 0; k < 2; k++)
        hamiltonian(dia_model_member(committee, k), &t.data, member[k]);
    assert_memory_equal(own, member[1], sizeof own);
    assert_memory_not_equal(own, member[0], sizeof own);
    dia_training_close(&t);
    dia_model_free(committee);
    assert_int_equal(open_input(&t, "descriptors: [inverse_distance]", one), DIA_ERROR_INPUT);
    dia_training_close(&t);
    assert_int_equal(open_input(&t, "descriptors: [inverse_distance, internals], activation: tanh", one),
                     DIA_ERROR_INPUT);
    dia_training_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stops_and_goes_on),
                                       cmocka_unit_test(stops_inside_an_epoch),
                                       cmocka_unit_test(soap_leaves_long_sides_alone),
                                       cmocka_unit_test(penalty_has_its_gradient),
                                       cmocka_unit_test(one_training_at_a_time),
                                       cmocka_unit_test(no_hole_opens_beyond_the_data),
                                       cmocka_unit_test(limit_of_outliers_of_a_stage),
                                       cmocka_unit_test(goes_on_from_a_network)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
