/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network through the harness of every model, and what is its own: exact symmetry, the parity trap, the file. */
#include "check.h"
#include "conform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "model/baseline.h"
#include "model/front.h"
#include "model/network.h"
#include "model/registry.h"
#include "base/config.h"
#include "store/store.h"

/* Ethylene, bohr, slightly twisted and pyramidalised: no symmetry left. */
static const int numbers[6] = {6, 6, 1, 1, 1, 1};
static const double geometry[18] = {0.0,  0.0, 1.25, 0.05, 0.0, -1.25, 1.75, 0.1,  2.3,
                                    -1.7, 0.3, 2.35, 1.6,  0.7, -2.4,  -1.7, -0.6, -2.2};
/* Generators: hydrogens 2,3; hydrogens 4,5; the two halves; the inversion, if it is to be odd for one of the states. Signs of the diabats as of |ab|, |aa|+|bb|, |aa|-|bb|. */
static const int permutations[24] = {0, 1, 3, 2, 4, 5, 0, 1, 2, 3, 5, 4, 1, 0, 4, 5, 2, 3, 0, 1, 2, 3, 4, 5};
static const bool inversions[4] = {false, false, false, true};
static const double signs[12] = {-1, 1, 1, -1, 1, 1, 1, 1, -1, 1, 1, -1};

/* Three hydrogens: a cycle and an exchange. Diabats 0 and 1 are a degenerate pair, 2 is odd under exchanges and the inversion. The
 * matrices are given with the digits of an input. */
static const int three[18] = {0, 1, 3, 4, 2, 5, 0, 1, 3, 2, 4, 5, 0, 1, 2, 3, 4, 5};
static const bool three_inversions[3] = {false, false, true};
static const double doublet[27] = {-0.5, 0.866, 0, -0.866, -0.5, 0, 0, 0, 1, 1, 0, 0, 0, -1,
                                   0,    0,     0, -1,     1,    0, 0, 0, 1, 0, 0, 0, -1};

typedef struct kind {
    int ndescriptor;
    const char *descriptors[2];
    const char *architecture, *options;
    int ngenerator;
    const char *reference, *descriptor_options[2];
    const char *baseline;
    bool degenerate; /* generators `three` with `doublet` */
} kind;

static dia_generators generators_of(const kind *k)
{
    return k->degenerate ? (dia_generators){k->ngenerator, three, three_inversions, NULL, doublet}
                         : (dia_generators){k->ngenerator, permutations, inversions, signs, NULL};
}

/* To random labels about the geometry: nothing of it is small. */
static void fit_baseline(dia_network *network)
{
    enum { POINTS = 12 };
    dia_error error = {0};
    double R[POINTS * 18], energy[POINTS * 3], gradient[POINTS * 54], coupling[POINTS * 54];
    int points[POINTS];
    for (int i = 0; i < POINTS * 54; i++) {
        gradient[i] = 0.1 * dia_rng_normal(9, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i);
        coupling[i] = 0.1 * dia_rng_normal(9, 1, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    }
    for (int i = 0; i < POINTS * 18; i++)
        R[i] = geometry[i % 18] + 0.3 * dia_rng_normal(9, 2, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    for (int i = 0; i < POINTS * 3; i++)
        energy[i] = 0.2 * (i % 3) + 0.1 * dia_rng_normal(9, 3, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    for (int i = 0; i < POINTS; i++)
        points[i] = i;
    const dia_baseline_labels labels = {POINTS, 3, points, R, energy, gradient, coupling, -0.3};
    assert_ok(network->baseline->fit(network, &labels, network->baseline_numbers, &error), &error);
}

static dia_model *make(const kind *k, uint64_t seed)
{
    dia_error error = {0};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    memcpy(molecule.reference, geometry, sizeof geometry);
    dia_network_plan plan = {.molecule = &molecule,
                             .nstate = 3,
                             .ndescriptor = k->ndescriptor,
                             .descriptors = k->descriptors,
                             .descriptor_options = k->descriptor_options,
                             .architecture = k->architecture,
                             .architecture_options = k->options,
                             .generators = generators_of(k),
                             .baseline = k->baseline,
                             .reference_text = k->reference,
                             .directory = "."};
    dia_network *network = calloc(1, sizeof *network);
    assert_ok(dia_network_init(network, &plan, &error), &error);
    assert_ok(dia_network_standardise(network, 1, geometry, NULL, &error), &error);
    for (int i = 0; i < network->nfeature; i++) /* one number for features that are images of each other */
        network->deviation[i] = (i < network->descriptor[0].count ? 0.2 : 0.6) + (k->ngenerator == 0 ? 0.01 * i : 0.0);
    if (k->baseline != NULL)
        fit_baseline(network);
    dia_network_randomise(network, seed, 0);
    for (int i = 0; i < 6; i++) /* one number for elements that the group mixes */
        network->scale[i] = 0.1 + 0.02 * (!k->degenerate ? i : i < 3 ? 0 : i < 5 ? 1 : 2);
    network->shift[0] = -0.3;
    network->shift[2] = k->degenerate ? -0.3 : 0.1;
    for (int i = 0; i < network->shape.ntheta; i++) /* biases too */
        network->theta[i] += 0.1 * dia_rng_normal(seed, 1, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    dia_network_refresh(network);
    dia_model *model;
    assert_ok(dia_network_model(&model, network, &error), &error);
    dia_molecule_free(&molecule);
    return model;
}

/* An additive reference H: linear vibronic coupling of one mode. */
static const char reference[] =
    "type: vibronic\n"
    "molecule:\n"
    "  symbols: [C, C, H, H, H, H]\n"
    "  geometry: [0 bohr, 0 bohr, 1.25 bohr, 0 bohr, 0 bohr, -1.25 bohr, 1.75 bohr, 0 "
    "bohr, 2.3 bohr, -1.75 bohr, 0 bohr, 2.3 bohr,\n"
    "             1.75 bohr, 0 bohr, -2.3 bohr, -1.75 bohr, 0 bohr, -2.3 bohr]\n"
    "epsilon: [0 hartree, 0.1 hartree, 0.2 hartree]\n"
    "modes:\n"
    "  - {name: stretch, frequency: 0.007 hartree, "
    "vector: [0, 0, 0.6, 0, 0, -0.6, 0.25, 0, 0.0866025404, -0.25, 0, 0.0866025404, 0.25, 0, "
    "-0.0866025404, -0.25, 0, -0.0866025404],\n"
    "     kappa: [0.01 hartree, -0.02 hartree, 0.005 hartree]}\n"
    "lambda:\n"
    "  - {states: [0, 1], modes: [stretch], value: 0.008 hartree}\n";

/* Widths are not multiples of any panel. */
#define TANH "{layers: [13, 9], activation: tanh}"
#define LENGTHS "lengths: [0.5 A, 1 A, 2.123456789 A]"
#define SILU "{layers: [13, 9], activation: silu}"

static const kind kinds[] = {
    {1, {"inverse_distance"}, "mlp", TANH, 0, NULL, {NULL}, NULL, false},
    {2, {"inverse_distance", "triple_product"}, "mlp", SILU, 0, NULL, {NULL}, NULL, false},
    {2, {"exponential_distance", "triple_product"}, "mlp", TANH, 3, NULL, {NULL}, NULL, false},
    {1, {"inverse_distance"}, "mlp", SILU, 3, NULL, {NULL}, NULL, false},
    {1, {"inverse_distance"}, "mlp", TANH, 0, reference, {NULL}, NULL, false},
    {1, {"internals"}, "mlp", SILU, 0, NULL, {NULL}, NULL, false},
    {1, {"internals"}, "mlp", TANH, 3, NULL, {NULL}, NULL, false},
    {2, {"permutation_invariant", "internals"}, "mlp", TANH, 3, NULL, {NULL}, NULL, false},
    {2, {"inverse_distance", "exponential_distance"}, "pooled", NULL, 3, NULL, {NULL, LENGTHS}, NULL, false},
};

static void conforms(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        dia_model *model = make(&kinds[k], 7 + k);
        /* step: the features are steep, divided by 0.2 */
        conform_model(model, &(conform){.spread = 0.3, .step = 5e-4, .seed = 11 + k});
        dia_model_free(model);
    }
}

static void evaluate(const dia_model *model, const double *R, double *H)
{
    dia_error error = {0};
    dia_tape *tape;
    assert_ok(dia_tape_create(&tape, model, 1, 0, &error), &error);
    assert_int_equal(dia_model_hamiltonian(model, tape, 1, R, H), DIA_OK);
    dia_tape_free(tape);
}

/* Gamma (3, 3) of generator g, as the network has it: orthogonal to rounding, and what was given to its digits. */
static void gamma_of(const kind *k, dia_model *model, int g, double *gamma)
{
    const dia_symmetry *group = &((const dia_network *)dia_model_self(model))->symmetry;
    const int at = dia_symmetry_find(group, (k->degenerate ? three : permutations) + 6 * g,
                                     (k->degenerate ? three_inversions : inversions)[g]);
    memcpy(gamma, group->gamma + 9 * at, 9 * sizeof *gamma);
    for (int i = 0; i < 9; i++) {
        const double *a = gamma + 3 * (i / 3), *b = gamma + 3 * (i % 3);
        const double given = k->degenerate ? doublet[9 * g + i] : i % 4 == 0 ? signs[3 * g + i / 4] : 0.0;
        assert_close(a[0] * b[0] + a[1] * b[1] + a[2] * b[2], i % 4 == 0, 0.0, 1e-15);
        assert_close(gamma[i], given, 0.0, k->degenerate ? 1e-4 : 0.0); /* 0.866 for sqrt(3)/2 */
    }
}

/* H(gR) = Gamma H(R) Gamma^T for each generator, and for the inversion if it is even: all signs +. */
static void symmetry_of(const kind *k, bool inversion_is_even)
{
    dia_model *model = make(k, 5);
    double H[6], image[18], Hg[6];
    evaluate(model, geometry, H);
    for (int i = 0; i < 6; i++)
        assert_true(fabs(H[i]) > 1e-8); /* none vanishes: far above the rounding below */
    for (int g = 0; g < 4; g++) {
        double gamma[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        if (g >= k->ngenerator && !(g == 3 && inversion_is_even))
            continue;
        if (g < k->ngenerator)
            gamma_of(k, model, g, gamma);
        for (int a = 0; a < 6; a++)
            for (int c = 0; c < 3; c++)
                image[3 * a + c] = ((k->degenerate ? three_inversions : inversions)[g] ? -1.0 : 1.0) *
                                   geometry[3 * (k->degenerate ? three : permutations)[6 * g + a] + c];
        evaluate(model, image, Hg);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j <= i; j++) {
                double expected = 0.0;
                for (int a = 0; a < 3; a++)
                    for (int b = 0; b < 3; b++)
                        expected += gamma[3 * i + a] * H[dia_packed(a, b)] * gamma[3 * j + b];
                /* rounding of sums in another order */
                assert_close(Hg[dia_packed(i, j)], expected, 0.0, k->degenerate ? 1e-13 : 1e-14);
            }
    }
    dia_model_free(model);
}

static void symmetry_is_exact(void **state)
{
    (void)state;
    symmetry_of(&kinds[2], false); /* triple products tell mirror images apart, and inversion is no generator */
    symmetry_of(&kinds[3], true);
    symmetry_of(&kinds[6], false);
    symmetry_of(&kinds[7], false);
}

/* Internal coordinates of bonds: stretches, angles and torsions are even under inversion, triples odd; a permutation
 * that does not map bonds onto bonds is refused. */
static void internals_and_symmetry(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = make(&kinds[5], 3);
    const dia_network *network = dia_model_self(model);
    assert_int_equal(network->nfeature, 5 + 6 + 2 + 2 * 4); /* bonds, angles, triples at C, chains H-C-C-H twice */
    double x[18 * DIA_LANES], y[18 * DIA_LANES], f[21 * DIA_LANES], g[21 * DIA_LANES];
    for (int i = 0; i < 18 * DIA_LANES; i++) {
        x[i] = geometry[i / DIA_LANES];
        y[i] = -x[i];
    }
    dia_network_features(network, x, f);
    dia_network_features(network, y, g);
    int odd = 0;
    for (int k = 0; k < 21; k++) {
        assert_true(fabs(f[k * DIA_LANES]) > 1e-6);
        odd += g[k * DIA_LANES] == -f[k * DIA_LANES];
        assert_true(fabs(g[k * DIA_LANES]) == fabs(f[k * DIA_LANES]));
    }
    assert_int_equal(odd, 2 + 4);
    dia_model_free(model);
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    memcpy(molecule.reference, geometry, sizeof geometry);
    const int across[6] = {0, 1, 4, 3, 2, 5}; /* hydrogens of different carbons */
    const char *descriptors[1] = {"internals"};
    dia_network_plan plan = {.molecule = &molecule,
                             .nstate = 2,
                             .ndescriptor = 1,
                             .descriptors = descriptors,
                             .generators = {1, across, inversions, (const double[]){1, 1}, NULL}};
    dia_network refused;
    assert_int_equal(dia_network_init(&refused, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "bonds"));
    dia_molecule_free(&molecule);
}

/* Orbits of the monomials by Burnside's lemma: the mean number that a permutation leaves as they are. C2H4, whose 2! 4!
 * permutations are counted here as numbers of six digits. */
static int burnside(void)
{
    long fixed = 0, group = 0;
    for (int code = 0; code < 46656; code++) { /* 6^6 */
        int to[6], seen = 0, pair[15];
        for (int a = 0, rest = code; a < 6; a++, rest /= 6) {
            to[a] = rest % 6;
            seen |= (a < 2) == (to[a] < 2) ? 1 << to[a] : 0;
        }
        if (seen != 63)
            continue;
        group++;
        for (int a = 0, k = 0; a < 6; a++)
            for (int b = 0; b < a; b++, k++) {
                const int high = to[a] > to[b] ? to[a] : to[b];
                pair[k] = high * (high - 1) / 2 + to[a] + to[b] - high;
            }
        for (int i = 0; i < 15; i++) {
            fixed += pair[i] == i;
            for (int j = 0; j <= i; j++)
                fixed += (pair[i] == i && pair[j] == j) || (pair[i] == j && pair[j] == i);
        }
    }
    assert_int_equal(group, 48);
    return (int)(fixed / group);
}

/* All monomials up to second order, and no value changes when any two hydrogens are exchanged. */
static void polynomials_are_invariant(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    const dia_descriptor_type *type = dia_descriptor_type_find("permutation_invariant");
    void *self = calloc(1, type->self_size);
    int n = 0;
    dia_option_defaults(type->options, self);
    *(int *)self = 2; /* order, its first member */
    assert_ok(type->open(self, &molecule, &n, &error), &error);
    assert_int_equal(n, burnside());
    double *f = calloc((size_t)n * DIA_LANES, sizeof *f), *g = calloc((size_t)n * DIA_LANES, sizeof *g);
    for (int a = 2; a < 6; a++)
        for (int b = 2; b < a; b++) {
            double x[18 * DIA_LANES], y[18 * DIA_LANES];
            for (int c = 0; c < 6; c++)
                for (int i = 0; i < 3 * DIA_LANES; i++) {
                    x[3 * c * DIA_LANES + i] = geometry[3 * c + i / DIA_LANES];
                    y[3 * c * DIA_LANES + i] = geometry[3 * (c == a ? b : c == b ? a : c) + i / DIA_LANES];
                }
            type->forward(self, x, f);
            type->forward(self, y, g);
            for (int k = 0; k < n; k++)
                assert_close(g[k * DIA_LANES], f[k * DIA_LANES], 1e-14, 0.0); /* sums in another order */
        }
    type->close(self);
    free(self);
    free(f);
    free(g);
    dia_molecule_free(&molecule);
}

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
            : strcmp(name, "elements") == 0
                ? "{units: 5, coupling_units: 3, odd_units: 2, quadratic: false, activation: silu}"
                : NULL;
        const kind all[] = {
            {1, {"inverse_distance"}, name, NULL, 3, NULL, {NULL}, NULL, false},
            {2, {"exponential_distance", "triple_product"}, name, uneven, 3, NULL, {NULL}, NULL, false},
            {2, {"exponential_distance", "triple_product"}, name, NULL, 0, reference, {NULL}, NULL, false},
            {2, {"inverse_distance", "internals"}, name, NULL, 4, NULL, {NULL}, NULL, false}};
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
            dia_model *model = make(&all[k], 7 + k);
            conform_model(model, &(conform){.spread = 0.3, .step = 5e-4, .seed = 11 + k});
            dia_model_free(model);
        }
        symmetry_of(&all[0], true);
        symmetry_of(&all[1], false);
        symmetry_of(&all[3], false);
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
            dia_model *model = make(&all[k], 7 + k);
            dia_network *network = dia_model_self(model);
            dia_error error = {0};
            double H[6], Hnone[6], base[6];
            conform_model(model, &(conform){.spread = 0.3, .step = 5e-4, .seed = 11 + k});
            evaluate(model, geometry, H);
            assert_ok(dia_baseline_evaluate(network, geometry, base, &error), &error);
            memset(network->baseline_numbers, 0,
                   sizeof(double) * (size_t)network->baseline_rows * (size_t)network->baseline_columns);
            evaluate(model, geometry, Hnone);
            double largest = 0.0;
            for (int e = 0; e < 6; e++)
                largest = fmax(largest, fabs(base[e]));
            assert_true(largest > 1e-2);
            for (int e = 0; e < 6; e++)
                assert_close(H[e], Hnone[e] + base[e], 0.0, 1e-14); /* rounding of one sum */
            dia_model_free(model);
        }
        symmetry_of(&all[0], true);
        symmetry_of(&all[1], false);
    }
}

/* A degenerate pair: the same of the architectures that can, a clear word from the others. */
static void degenerate_pairs(void **state)
{
    (void)state;
    const kind all[] = {{1, {"inverse_distance"}, "mlp", TANH, 2, NULL, {NULL}, NULL, true},
                        {1, {"inverse_distance"}, "pooled", NULL, 2, NULL, {NULL}, NULL, true},
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
        dia_model *model = make(&all[k], 7 + k);
        conform_model(model, &(conform){.spread = 0.3, .step = 5e-4, .seed = 11 + k});
        dia_model_free(model);
        symmetry_of(&all[k], false);
    }
    for (int b = 0; dia_baseline_types[b] != NULL; b++)
        symmetry_of(
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
                             .architecture = "elements",
                             .generators = generators_of(&all[0])};
    dia_network network;
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "pooled"));
    double wrong[18];
    memcpy(wrong, doublet, sizeof wrong);
    wrong[0] = -0.52; /* not orthogonal */
    plan.generators.matrices = wrong;
    dia_error_clear(&error);
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "not orthogonal"));
    const double turned[9] = {0, 1, 0, -1, 0, 0, 0, 0, 1}; /* a quarter of a turn for a third */
    memcpy(wrong, turned, sizeof turned);
    dia_error_clear(&error);
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "contradict"));
    dia_molecule_free(&molecule);
}

/* Distances cannot tell a mirror image from the molecule: states of different parity could never couple. The network
 * refuses. */
static void parity_trap_is_refused(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    const int identity[6] = {0, 1, 2, 3, 4, 5};
    const bool inversion[1] = {true};
    const double parity[2] = {1, -1};
    const char *descriptors[2] = {"inverse_distance", "triple_product"};
    dia_network_plan plan = {.molecule = &molecule,
                             .nstate = 2,
                             .ndescriptor = 1,
                             .descriptors = descriptors,
                             .generators = {1, identity, inversion, parity, NULL}};
    dia_network network;
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "triple_product"));
    plan.ndescriptor = 2;
    dia_error_clear(&error);
    assert_ok(dia_network_init(&network, &plan, &error), &error);
    dia_network_free(&network);
    plan.architecture = "of_tomorrow"; /* a file of a newer program */
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "'of_tomorrow'"));
    plan.architecture = "mlp";
    plan.architecture_options = "{layers: [20000]}";
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    plan.architecture_options = "{layers: [10000, 10000]}"; /* more than memory should be asked for */
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "at most 1e8"));
    dia_molecule_free(&molecule);
}

/* Data about one geometry: all features and images of them change by next to nothing, and yet no input is steep. */
static void local_data_make_no_steep_inputs(void **state)
{
    (void)state;
    enum { POINTS = 30 };
    dia_error error = {0};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        dia_model *model = make(&kinds[k], 5);
        dia_network *network = dia_model_self(model);
        double R[POINTS * 18], x[18 * DIA_LANES], v[18 * DIA_LANES];
        const size_t nf = (size_t)network->nfeature;
        double *f = calloc(2 * nf * DIA_LANES, sizeof *f), *fdot = f + nf * DIA_LANES;
        double *steep = calloc(nf, sizeof *steep);
        for (int i = 0; i < POINTS * 18; i++) /* within 0.01 Angstrom */
            R[i] =
                geometry[i % 18] + 0.005 * DIA_ANGSTROM * tanh(dia_rng_normal(3, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i));
        assert_ok(dia_network_standardise(network, POINTS, R, NULL, &error), &error);
        for (int c = 0; c < 18; c++) {
            for (int i = 0; i < 18 * DIA_LANES; i++) {
                x[i] = geometry[i / DIA_LANES];
                v[i] = i / DIA_LANES == c;
            }
            dia_network_features(network, x, f);
            for (int i = 0; i < network->ndescriptor; i++) {
                const size_t at = (size_t)network->descriptor[i].first * DIA_LANES;
                network->descriptor[i].type->tangent(network->descriptor[i].self, x, f + at, v, fdot + at);
            }
            for (size_t i = 0; i < nf; i++)
                steep[i] += fdot[i * DIA_LANES] * fdot[i * DIA_LANES];
        }
        for (size_t i = 0; i < nf;
             i++) { /* the mean over points and images is bounded, this is one of them: a factor */
            const double most = sqrt((double)network->images.nimage) * 1.2 / DIA_NETWORK_LENGTH;
            assert_true(sqrt(steep[i]) / network->deviation[i] < most);
        }
        free(f);
        free(steep);
        dia_model_free(model);
    }
}

/* With zero weights and shifts the network is its reference. */
static void reference_is_added(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = make(&kinds[4], 3), *alone;
    dia_network *network = dia_model_self(model);
    memset(network->theta, 0, sizeof(double) * (size_t)network->shape.ntheta);
    memset(network->shift, 0, sizeof(double) * 6);
    dia_model_refresh(model);
    assert_ok(dia_model_parse(&alone, reference, ".", &error), &error);
    double H[6], Halone[6];
    evaluate(model, geometry, H);
    evaluate(alone, geometry, Halone);
    assert_true(fabs(Halone[1]) > 1e-4);
    assert_memory_equal(H, Halone, sizeof H);
    dia_model_free(model);
    dia_model_free(alone);
}

/* What is written is read back, and gives bitwise the same matrix. Only what an older program cannot read has a newer
 * version. */
static void round_trip(const kind *k, int version)
{
    dia_error error = {0};
    dia_model *model = make(k, 3), *again;
    char path[] = "/tmp/diabolo-network-XXXXXX";
    close(mkstemp(path));
    dia_network_record record = {.level_of_theory = "none", .training = "seed: 1"};
    assert_ok(dia_network_save(dia_model_self(model), path, &record, &error), &error);
    assert_ok(dia_model_load(&again, path, &error), &error);
    double H[6], Hagain[6];
    evaluate(model, geometry, H);
    evaluate(again, geometry, Hagain);
    assert_memory_equal(H, Hagain, sizeof H);
    assert_int_equal(strlen(dia_model_digest(again)), 64);
    dia_model_free(model);
    dia_model_free(again);
    dia_store *store;
    assert_ok(dia_store_open(&store, path, &error), &error);
    for (int v = 1; v <= DIA_MODEL_VERSION; v++)
        assert_int_equal(dia_store_expect(store, "diabolo-model", v, &error) == DIA_OK, v >= version);
    dia_store_close(&store);
    /* a truncated file is refused with its name in the text */
    assert_int_equal(truncate(path, 2000), 0);
    assert_int_not_equal(dia_model_load(&again, path, &error), DIA_OK);
    assert_non_null(strstr(error.text, path));
    remove(path);
}

static void file_round_trip(void **state)
{
    (void)state;
    round_trip(&kinds[2], 1);
    round_trip(&(kind){1, {"inverse_distance"}, "pooled", NULL, 2, NULL, {NULL}, NULL, true}, 3);
    for (int a = 0; dia_architecture_types[a] != NULL; a++)
        round_trip(
            &(kind){1, {"inverse_distance"}, dia_architecture_types[a]->name, NULL, 3, NULL, {NULL}, NULL, false},
            strcmp(dia_architecture_types[a]->name, "mlp") == 0 ? 1 : 2);
    for (int b = 0; dia_baseline_types[b] != NULL; b++)
        round_trip(&(kind){1, {"inverse_distance"}, "mlp", TANH, 3, NULL, {NULL}, dia_baseline_types[b]->name, false},
                   3);
    round_trip(&(kind){1, {"exponential_distance"}, "mlp", TANH, 0, NULL, {"lengths: [1 A]"}, NULL, false},
               1); /* the default */
    round_trip(&(kind){1, {"exponential_distance"}, "mlp", TANH, 0, NULL, {LENGTHS}, NULL, false}, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(conforms),
                                       cmocka_unit_test(symmetry_is_exact),
                                       cmocka_unit_test(every_architecture),
                                       cmocka_unit_test(degenerate_pairs),
                                       cmocka_unit_test(every_baseline),
                                       cmocka_unit_test(internals_and_symmetry),
                                       cmocka_unit_test(polynomials_are_invariant),
                                       cmocka_unit_test(parity_trap_is_refused),
                                       cmocka_unit_test(reference_is_added),
                                       cmocka_unit_test(local_data_make_no_steep_inputs),
                                       cmocka_unit_test(file_round_trip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
