/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "taught.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "check.h"
#include "train/objective.h"

double taught_draw(uint32_t *at)
{
    return dia_rng_normal(17, 0, 0, DIA_PURPOSE_TEST, (*at)++);
}

dia_network *taught_network(uint64_t seed)
{
    dia_error error = {0};
    const int numbers[NATOM] = {7, 1, 1, 1};
    const char *descriptors[2] = {"inverse_distance", "triple_product"};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, NATOM, 3, numbers, &error), &error);
    const dia_network_plan plan = {.molecule = &molecule,
                                   .nstate = NSTATE,
                                   .ndescriptor = 2,
                                   .descriptors = descriptors,
                                   .architecture_options = "layers: [7]"};
    dia_network *network = calloc(1, sizeof *network);
    assert_ok(dia_network_init(network, &plan, &error), &error);
    dia_network_randomise(network, seed, 0);
    for (int k = 0; k < NP; k++)
        network->scale[k] = 0.1;
    dia_molecule_free(&molecule);
    return network;
}

dia_model *taught_model(uint64_t seed)
{
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_network_model(&model, taught_network(seed), &error), &error);
    return model;
}

void taught_data(dia_dataset *data)
{
    dia_error error = {0};
    uint32_t at = 0;
    *data = (dia_dataset){.natom = NATOM, .ncart = NC, .nstate = NSTATE, .npair = 3, .npoint = NPOINT, .ngroup = 1};
    data->R = calloc(NPOINT * NC, sizeof(double));
    data->energy = calloc(NPOINT * NSTATE, sizeof(double));
    data->gradient = calloc(NPOINT * NSTATE * NC, sizeof(double));
    data->coupling = calloc(NPOINT * 3 * NC, sizeof(double));
    const double start[NC] = {0, 0, 0, 1.9, 0.1, 0.3, -0.9, 1.6, 0.2, -1.0, -1.5, 0.4};
    for (int i = 0; i < NPOINT * NC; i++)
        data->R[i] = start[i % NC] + 0.3 * taught_draw(&at);
    dia_model *teacher = taught_model(2);
    dia_objective *objective;
    dia_loss none = {0};
    int points[NPOINT];
    double *F = calloc(NPOINT * NP * NC, sizeof *F);
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    assert_ok(dia_objective_create(&objective, teacher, data, &none, NPOINT, &(dia_control){.threads = 1}, &error),
              &error);
    assert_int_equal(dia_objective_predict(objective, NPOINT, points, data->energy, F), DIA_OK);
    for (int b = 0; b < NPOINT; b++) {
        double sign[NSTATE];
        for (int k = 0; k < NSTATE; k++)
            sign[k] = taught_draw(&at) > 0 ? 1.0 : -1.0;
        for (int i = 0; i < NSTATE; i++)
            for (int j = 0; j <= i; j++)
                for (int a = 0; a < NC; a++) {
                    const double f = F[(b * NP + dia_packed(i, j)) * NC + a];
                    if (i == j)
                        data->gradient[(b * NSTATE + i) * NC + a] = f;
                    else
                        data->coupling[(b * 3 + i * (i - 1) / 2 + j) * NC + a] = sign[i] * sign[j] * f;
                }
    }
    data->lowest = INFINITY;
    for (int i = 0; i < NPOINT * NSTATE; i++)
        data->lowest = fmin(data->lowest, data->energy[i]);
    free(F);
    dia_objective_free(objective);
    dia_model_free(teacher);
}
