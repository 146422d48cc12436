/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every architecture and every baseline of networks through the harness of every model, with exact symmetry. */
#include "check.h"
#include "conform.h"
#include "networks.h"

#include <math.h>
#include <string.h>

#include "model/baseline.h"
#include "model/front.h"

/* Every architecture there is: with its default options and with widths that fit no panel where it has them, with and
 * without symmetry, odd features, a reference. */
static void every_architecture(void **state)
{
    (void)state;
    for (int a = 0; dia_architecture_types[a] != NULL; a++) {
        const char *name = dia_architecture_types[a]->name;
        const char *uneven =
            strcmp(name, "mlp") == 0 ? "{layers: []}"
            : strcmp(name, "pooled") == 0
                ? "{image_layers: [13, 7], invariants: 11, covariants: 3, trunk: [9], activation: tanh}"
            : strcmp(name, "products") == 0
                ? "{pairs: [5, 3, 2], crossed: [3, 2, 1], invariants: 7, covariants: 3, trunk: [9], activation: tanh}"
                : NULL;
        const kind all[] = {
            {1, {"inverse_distance"}, name, NULL, 3, NULL, {NULL}, NULL, false},
            {2, {"exponential_distance", "triple_product"}, name, uneven, 3, NULL, {NULL}, NULL, false},
            {2, {"exponential_distance", "triple_product"}, name, NULL, 0, networks_reference, {NULL}, NULL, false},
            {2, {"inverse_distance", "internals"}, name, NULL, 4, NULL, {NULL}, NULL, false}};
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
            dia_model *model = networks_make(&all[k], 7 + k);
            conform_model(model, &(conform){.spread = 0.3, .step = 5e-4, .seed = 11 + k});
            dia_model_free(model);
        }
        networks_symmetry(&all[0], true);
        networks_symmetry(&all[1], false);
        networks_symmetry(&all[3], false);
    }
}

/* Every baseline there is: all maps of a network contain it, its symmetry is exact, and it stands in the file. */
static void every_baseline(void **state)
{
    (void)state;
    for (int b = 0; dia_baseline_types[b] != NULL; b++) {
        const char *name = dia_baseline_types[b]->name;
        const kind all[] = {{1, {"inverse_distance"}, "mlp", TANH, 3, NULL, {NULL}, name, false},
                            {2, {"exponential_distance", "internals"}, "pooled", NULL, 4, NULL, {NULL}, name, false},
                            {1, {"inverse_distance"}, "mlp", SILU, 0, NULL, {NULL}, name, false}};
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
            dia_model *model = networks_make(&all[k], 7 + k);
            dia_network *network = dia_model_self(model);
            dia_error error = {0};
            double H[6], Hnone[6], base[6];
            conform_model(model, &(conform){.spread = 0.3, .step = 5e-4, .seed = 11 + k});
            networks_evaluate(model, geometry, H);
            assert_ok(dia_baseline_evaluate(network, geometry, base, &error), &error);
            memset(network->baseline_numbers, 0,
                   sizeof(double) * (size_t)network->baseline_rows * (size_t)network->baseline_columns);
            networks_evaluate(model, geometry, Hnone);
            double largest = 0.0;
            for (int e = 0; e < 6; e++)
                largest = fmax(largest, fabs(base[e]));
            assert_true(largest > 1e-2);
            for (int e = 0; e < 6; e++)
                assert_close(H[e], Hnone[e] + base[e], 0.0, 1e-14); /* rounding of one sum */
            dia_model_free(model);
        }
        networks_symmetry(&all[0], true);
        networks_symmetry(&all[1], false);
    }
}

/* A degenerate pair: the same of the architectures that can, a clear word from the others. */
static void degenerate_pairs(void **state)
{
    (void)state;
    const kind all[] = {{1, {"inverse_distance"}, "mlp", TANH, 2, NULL, {NULL}, NULL, true},
                        {1, {"inverse_distance"}, "pooled", NULL, 2, NULL, {NULL}, NULL, true},
                        {1, {"inverse_distance"}, "products", NULL, 2, NULL, {NULL}, NULL, true},
                        {2,
                         {"exponential_distance", "triple_product"},
                         "products",
                         "{pairs: [5, 3], crossed: [3, 2], invariants: 7, covariants: 3, trunk: []}",
                         3,
                         NULL,
                         {NULL},
                         NULL,
                         true},
                        {2, {"exponential_distance", "triple_product"}, "mlp", SILU, 3, NULL, {NULL}, NULL, true},
                        {2,
                         {"exponential_distance", "triple_product"},
                         "pooled",
                         "{image_layers: [13, 7], invariants: 11, covariants: 3, trunk: [9]}",
                         3,
                         NULL,
                         {NULL},
                         NULL,
                         true}};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        dia_model *model = networks_make(&all[k], 7 + k);
        conform_model(model, &(conform){.spread = 0.3, .step = 5e-4, .seed = 11 + k});
        dia_model_free(model);
        networks_symmetry(&all[k], false);
    }
    for (int b = 0; dia_baseline_types[b] != NULL; b++)
        networks_symmetry(
            &(kind){1, {"inverse_distance"}, "pooled", NULL, 2, NULL, {NULL}, dia_baseline_types[b]->name, true},
            false);
    dia_error error = {0};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    memcpy(molecule.reference, geometry, sizeof geometry);
    dia_network_plan plan = {.molecule = &molecule,
                             .nstate = 3,
                             .ndescriptor = 1,
                             .descriptors = all[0].descriptors,
                             .architecture = "pooled",
                             .generators = networks_generators(&all[0])};
    dia_network network;
    double wrong[18];
    memcpy(wrong, networks_doublet, sizeof wrong);
    wrong[0] = -0.52; /* not orthogonal */
    plan.generators.matrices = wrong;
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "not orthogonal"));
    const double turned[9] = {0, 1, 0, -1, 0, 0, 0, 0, 1}; /* a quarter of a turn for a third */
    memcpy(wrong, turned, sizeof turned);
    dia_error_clear(&error);
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "contradict"));
    dia_molecule_free(&molecule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_architecture), cmocka_unit_test(degenerate_pairs),
                                       cmocka_unit_test(every_baseline)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
