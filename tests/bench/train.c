/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a training costs beside what the processor can do:  bench_train [--json] [RUNS]
 *
 * Geometries of 6 atoms with energies, gradients and couplings of 3 states, which another network gives. "epoch": one pass of `adam` over
 * 3000 of them, inverse distances -> 2 x 100 tanh -> H, in batches of 128 and of 32. Its share of `dgemm` counts the operations of matrix
 * products that such a step needs (`flop`), over the time of everything. "normal equations": J and J^T J of `levenberg_marquardt` for a
 * smaller network and 100 geometries, the operations of J^T J alone over the time of everything, beside `dsyrk` of as many rows and
 * parameters. One thread, its processor time; in each run every figure is taken once, so that a busy machine disturbs all alike; medians,
 * smallest and largest. */
#include <math.h>

#include "base/rng.h"
#include "bench.h"
#include "math/panel.h"
#include "parallel/team.h"
#include "random_network.h"
#include "train/epoch.h"
#include "train/normal.h"

enum {
    NPOINT = 3000,
    FEW = 100,
    NATOM = 6,
    NC = 3 * NATOM,
    NSTATE = 3,
    NPAIR = 3,
    NPACKED = 6,
    NFEATURE = 15,
    SMALL = 40
};

static const dia_control control = {.threads = 1};
static const double force = DIA_EV / DIA_ANGSTROM; /* atomic units */

static double normal(int stream, int i)
{
    return dia_rng_normal(1, (uint64_t)stream, 0, DIA_PURPOSE_TEST, (uint32_t)i);
}

static dia_loss default_loss(void)
{
    return (dia_loss){.energy = 1.0 / (DIA_EV * DIA_EV),
                      .gradient = 0.04 / (force * force),
                      .coupling = 0.04 / (force * force),
                      .coupling_gap = 0.5 * DIA_EV,
                      .coupling_power = 2.0,
                      .degenerate = 0.02 * DIA_EV};
}

static dia_objective *objective_of(const dia_model *model, const dia_dataset *data)
{
    dia_error error = {0};
    dia_objective *objective;
    const dia_loss loss = default_loss();
    if (dia_objective_create(&objective, model, data, &loss, NPOINT, &control, &error) != DIA_OK)
        die("objective", error.text);
    return objective;
}

/* What a random network says of geometries around its reference. */
static dia_dataset taught(const int *points)
{
    dia_dataset data = {.natom = NATOM, .ncart = NC, .nstate = NSTATE, .npair = NPAIR, .npoint = NPOINT, .ngroup = 1};
    data.R = reals(NPOINT * NC);
    data.energy = reals(NPOINT * NSTATE);
    data.gradient = reals(NPOINT * NSTATE * NC);
    data.coupling = reals(NPOINT * NPAIR * NC);
    dia_model *teacher = random_network(NATOM, NSTATE);
    const double *reference = dia_model_molecule(teacher)->reference;
    for (int i = 0; i < NPOINT * NC; i++)
        data.R[i] = reference[i % NC] + 0.1 * normal(0, i);
    double *F = reals(NPOINT * NPACKED * NC);
    dia_objective *objective = objective_of(teacher, &data);
    if (dia_objective_predict(objective, NPOINT, points, data.energy, F) != DIA_OK)
        die("labels", "failed");
    for (int b = 0; b < NPOINT; b++)
        for (int i = 0; i < NSTATE; i++)
            for (int j = 0; j <= i; j++)
                memcpy(i == j ? data.gradient + (b * NSTATE + i) * NC
                              : data.coupling + (b * NPAIR + i * (i - 1) / 2 + j) * NC,
                       F + (b * NPACKED + dia_packed(i, j)) * NC, NC * sizeof *F);
    free(F);
    dia_objective_free(objective);
    dia_model_free(teacher);
    return data;
}

static void data_free(dia_dataset *data)
{
    free(data->R), free(data->energy), free(data->gradient), free(data->coupling);
}

/* Operations of the matrix products of one geometry and step: values of the network, gradients of all elements, tangents of all but the
 * last layer, the way back of the values, and products of all of them for the weights. */
static double flop(void)
{
    const double first = NFEATURE * UNITS, second = UNITS * UNITS, last = UNITS * NPACKED;
    const double values = first + second + last, gradients = NPACKED * (first + second), tangents = gradients;
    const double back = second + last, weights = NPACKED * (first + second + UNITS) + first + second + last;
    return 2.0 * (values + gradients + tangents + back + weights);
}

typedef struct epochs { /* a training by adam */
    dia_problem problem;
    dia_epoch epoch;
    double *state;
    long done;
} epochs;

static epochs epochs_new(dia_objective *objective, dia_model *model, const int *points, int batch)
{
    epochs e = {.problem = {.objective = objective,
                            .model = model,
                            .ntheta = dia_model_shape(model).ntheta,
                            .npoint = NPOINT,
                            .points = points,
                            .seed = 1},
                .epoch = {.epochs = 1000000, .batch = batch, .rate = 1e-3, .final_rate = 1e-3}};
    e.state = reals(dia_optimiser_adam.state_size(&e.epoch, &e.problem));
    return e;
}

static double epoch_time(epochs *e)
{
    double loss;
    bool converged;
    const double begin = now();
    if (dia_optimiser_adam.advance(&e->epoch, &e->problem, e->done++, e->state, &loss, &converged) != DIA_OK)
        die("epoch", "failed");
    return now() - begin;
}

static double normal_time(dia_normal *equations, const int *points)
{
    double value;
    const double begin = now();
    if (dia_normal_form(equations, FEW, points, 0.005 * DIA_EV, NULL, &value) != DIA_OK)
        die("normal equations", "failed");
    return now() - begin;
}

static double syrk_time(int rows, int columns, const double *J, double *A)
{
    const double begin = now();
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, columns, rows, 1.0, J, columns, 0.0, A, columns);
    return now() - begin;
}

enum { DGEMM, EPOCH, SHARE = EPOCH + 2, SYRK = SHARE + 2, NORMAL, NORMAL_SHARE, FIGURES };

int main(int argc, char **argv)
{
    const bool as_json = argc > 1 && strcmp(argv[1], "--json") == 0;
    const int at = as_json ? 2 : 1, runs = argc > at ? atoi(argv[at]) : 9, batch[2] = {128, 32};
    if (runs < 1 || runs > RUNS_MAX || argc > at + 1) {
        fprintf(stderr, "usage: %s [--json] [RUNS], at most %d\n", argv[0], RUNS_MAX);
        return 2;
    }
    static const char *const names[FIGURES] = {"dgemm 512 x 512 x 512", "epoch, batch 128",
                                               "epoch, batch 32",       "share, batch 128",
                                               "share, batch 32",       "dsyrk",
                                               "normal equations",      "share of dsyrk, normal equations"};
    static const char *const units[FIGURES] = {"GFLOP/s", "ms", "ms", "", "", "GFLOP/s", "GFLOP/s", ""};
    static double figure[FIGURES][RUNS_MAX];
    static int points[NPOINT];
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    dia_dataset data = taught(points);
    dia_model *model = random_network(NATOM, NSTATE), *small = random_network_of(NATOM, NSTATE, SMALL);
    for (int i = 0; i < dia_model_shape(model).ntheta; i++)
        dia_model_theta(model)[i] += 0.05 * normal(1, i);
    dia_model_refresh(model);
    dia_objective *objective = objective_of(model, &data), *few = objective_of(small, &data);
    epochs e[2] = {epochs_new(objective, model, points, batch[0]), epochs_new(objective, model, points, batch[1])};
    dia_normal *equations;
    if (dia_normal_create(&equations, few, small, FEW) != DIA_OK)
        die("normal equations", "no memory");
    const int rows = FEW * (NSTATE + NPACKED * (NC - 6)), columns = dia_model_shape(small).ntheta;
    double *J = reals((size_t)rows * (size_t)columns), *A = reals((size_t)columns * (size_t)columns);
    const double square = (double)rows * columns * (columns + 1.0); /* operations of J^T J */
    for (int i = 0; i < rows * columns; i++)
        J[i] = 1e-3 * (i % 1000);
    for (int run = 0; run < runs; run++) {
        figure[DGEMM][run] = product_rate(512, 512, 512, 0.05);
        for (int k = 0; k < 2; k++) {
            figure[EPOCH + k][run] = 1e3 * epoch_time(&e[k]);
            figure[SHARE + k][run] = 1e-6 * NPOINT * flop() / figure[EPOCH + k][run] / figure[DGEMM][run];
        }
        figure[SYRK][run] = 1e-9 * square / syrk_time(rows, columns, J, A);
        figure[NORMAL][run] = 1e-9 * square / normal_time(equations, points);
        figure[NORMAL_SHARE][run] = figure[NORMAL][run] / figure[SYRK][run];
    }
    dia_json out = {.out = stdout}, *json = as_json ? &out : NULL;
    if (json != NULL) {
        dia_json_object(json, NULL);
        dia_json_text(json, "instructions", dia_panel_kernel_best()->isa);
    } else
        printf("instructions: %s; %d runs; normal equations of %d rows, %d parameters\n", dia_panel_kernel_best()->isa,
               runs, rows, columns);
    for (int k = 0; k < FIGURES; k++)
        print_figure(json, names[k], units[k], runs, figure[k]);
    if (json != NULL)
        dia_json_end(json);
    free(J), free(A), free(e[0].state), free(e[1].state);
    dia_normal_free(equations);
    dia_objective_free(objective), dia_objective_free(few);
    dia_model_free(model), dia_model_free(small);
    data_free(&data);
    return 0;
}
