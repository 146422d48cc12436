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
#include "molecule/modes.h"
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
    const bool steep = strcmp(k->descriptors[0], "normal_coordinates") == 0;
    for (int i = 0; i < network->nfeature; i++) /* one number for features that are images of each other */
        network->deviation[i] = (steep                              ? 4.0
                                 : i < network->descriptor[0].count ? 0.2
                                                                    : 0.6) +
                                (k->ngenerator == 0 ? 0.01 * i : 0.0);
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
#define MOLDEN "conform_network.molden"
#define MODES "modes: " MOLDEN

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
    {2, {"internals", "coulomb_matrix"}, "mlp", TANH, 3, NULL, {NULL, "variant: sorted"}, NULL, false},
    {2, {"inverse_distance", "coulomb_matrix"}, "mlp", SILU, 3, NULL, {NULL, "variant: spectrum"}, NULL, false},
    {1, {"normal_coordinates"}, "mlp", SILU, 0, NULL, {MODES}, NULL, false},
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

/* ---- descriptors ----------------------------------------------------------------------------- */

/* Planar, D2h: the reference of the normal coordinates. */
static const double planar[18] = {0, 0, 1.25, 0, 0, -1.25, 1.75, 0, 2.3, -1.75, 0, 2.3, 1.75, 0, -2.3, -1.75, 0, -2.3};

/* A Molden file of ethylene with springs between all atoms and to the plane, with the six digits that programs print. */
static int write_modes(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    dia_modes modes;
    const double c = cos(0.4), s = sin(0.4);
    double hessian[18 * 18] = {0};
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    for (int a = 0; a < 6; a++) {
        hessian[(3 * a + 1) * 19] += a < 2 ? 0.10 : 0.07;
        for (int b = 0; b < a; b++) {
            double e[3], r = 0.0;
            for (int i = 0; i < 3; i++)
                e[i] = planar[3 * a + i] - planar[3 * b + i];
            r = sqrt(e[0] * e[0] + e[1] * e[1] + e[2] * e[2]);
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++) {
                    const double k = e[i] * e[j] / (r * r * r * r);
                    hessian[(3 * a + i) * 18 + 3 * a + j] += k;
                    hessian[(3 * b + i) * 18 + 3 * b + j] += k;
                    hessian[(3 * a + i) * 18 + 3 * b + j] -= k;
                    hessian[(3 * b + i) * 18 + 3 * a + j] -= k;
                }
        }
    }
    assert_ok(dia_modes_make(&modes, &molecule, planar, hessian, &error), &error);
    FILE *out = fopen(MOLDEN, "w");
    assert_non_null(out);
    fprintf(out, "[MOLDEN FORMAT]\n[FREQ]\n");
    for (int m = 0; m < modes.nmode; m++)
        fprintf(out, "%.2f\n", modes.frequency[m] / DIA_WAVENUMBER);
    fprintf(out, "[FR-COORD]\n");
    for (int a = 0; a < 6; a++) /* turned in its plane and moved, as from another program */
        fprintf(out, "%s %.6f %.6f %.6f\n", dia_element_symbol(numbers[a]),
                c * planar[3 * a] - s * planar[3 * a + 2] + 0.1, planar[3 * a + 1],
                s * planar[3 * a] + c * planar[3 * a + 2]);
    fprintf(out, "[FR-NORM-COORD]\n");
    for (int m = 0; m < modes.nmode; m++) {
        fprintf(out, "vibration %d\n", m + 1);
        for (int a = 0; a < 6; a++) {
            const double *v = modes.vector + 18 * m + 3 * a, root = sqrt(molecule.masses[a] / molecule.masses[2]);
            fprintf(out, "%.6f %.6f %.6f\n", (c * v[0] - s * v[2]) / root, v[1] / root, (s * v[0] + c * v[2]) / root);
        }
    }
    assert_int_equal(fclose(out), 0);
    dia_modes_free(&modes);
    dia_molecule_free(&molecule);
    return 0;
}

static int remove_modes(void **state)
{
    (void)state;
    return remove(MOLDEN);
}

/* All there are, with each kind of options. */
static const struct {
    const char *name, *options;
} described[] = {{"coulomb_matrix", "variant: all"},
                 {"coulomb_matrix", "variant: sorted"},
                 {"coulomb_matrix", "variant: spectrum"},
                 {"exponential_distance", LENGTHS},
                 {"internals", NULL},
                 {"inverse_distance", NULL},
                 {"normal_coordinates", MODES},
                 {"permutation_invariant", "order: 2"},
                 {"triple_product", NULL}};
enum { DESCRIBED = sizeof described / sizeof described[0], ROOM = 400 };

typedef struct opened { /* one descriptor, and its values of a panel */
    dia_network network;
    const dia_descriptor_type *type;
    void *self;
    int n;
    double f[ROOM * DIA_LANES];
} opened;

static void open_descriptor(opened *d, int which)
{
    dia_error error = {0};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    memcpy(molecule.reference, geometry, sizeof geometry);
    const dia_network_plan plan = {.molecule = &molecule,
                                   .nstate = 1,
                                   .ndescriptor = 1,
                                   .descriptors = &described[which].name,
                                   .descriptor_options = &described[which].options};
    assert_ok(dia_network_init(&d->network, &plan, &error), &error);
    d->type = d->network.descriptor[0].type;
    d->self = d->network.descriptor[0].self;
    d->n = d->network.nfeature;
    assert_true(d->n < ROOM);
    dia_molecule_free(&molecule);
}

static double normal(uint64_t seed, int i)
{
    return dia_rng_normal(seed, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i);
}

/* Another geometry in each lane. */
static void random_panel(double *x, uint64_t seed)
{
    for (int i = 0; i < 18 * DIA_LANES; i++)
        x[i] = geometry[i / DIA_LANES] + 0.2 * normal(seed, i);
}

/* Every descriptor there is: tangents by finite differences, their transpose, and features that do not change when the
 * molecule is moved and turned. */
static void every_descriptor(void **state)
{
    (void)state;
    for (int i = 0; dia_descriptor_types[i] != NULL; i++) {
        bool found = false;
        for (int k = 0; k < DESCRIBED; k++)
            found = found || strcmp(described[k].name, dia_descriptor_types[i]->name) == 0;
        if (!found)
            fail_msg("%s is not examined", dia_descriptor_types[i]->name);
        assert_non_null(dia_descriptor_types[i]->use);
    }
    opened *d = malloc(sizeof *d);
    for (int k = 0; k < DESCRIBED; k++) {
        enum { X = 18 * DIA_LANES };
        static double x[X], y[X], v[X], xbar[X], g[ROOM * DIA_LANES], fbar[ROOM * DIA_LANES],
            difference[ROOM * DIA_LANES];
        static const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
        const double step = 1e-3;
        open_descriptor(d, k);
        const int n = d->n * DIA_LANES;
        random_panel(x, 3);
        for (int i = 0; i < X; i++)
            v[i] = 0.3 * normal(4, i);
        memset(difference, 0, sizeof difference);
        for (int s = 0; s < 4; s++) {
            for (int i = 0; i < X; i++)
                y[i] = x[i] + step * place[s] * v[i];
            d->type->forward(d->self, y, g);
            for (int i = 0; i < n; i++)
                difference[i] += weight[s] * g[i] / step;
        }
        d->type->forward(d->self, x, d->f);
        d->type->tangent(d->self, x, d->f, v, g);
        double forth = 0.0, back = 0.0, largest = 0.0;
        for (int i = 0; i < n; i++) {
            fbar[i] = normal(5, i);
            forth += fbar[i] * g[i];
            largest = fmax(largest, fabs(g[i]));
        }
        for (int i = 0; i < n; i++) /* rounding over the step, and its fourth power */
            if (!(fabs(difference[i] - g[i]) < 1e-9 * largest))
                fail_msg("%s, %s: feature %d: %.12g by differences, tangent %.12g", described[k].name,
                         described[k].options, i / DIA_LANES, difference[i], g[i]);
        memset(xbar, 0, sizeof xbar);
        d->type->reverse(d->self, x, d->f, fbar, xbar);
        for (int i = 0; i < X; i++)
            back += xbar[i] * v[i];
        assert_close(back, forth, 1e-12, 0.0);
        for (int c = 0; c < 18; c += 3) /* a turn about y, and a shift */
            for (int l = 0; l < DIA_LANES; l++) {
                const double *p = x + c * DIA_LANES + l;
                double *q = y + c * DIA_LANES + l;
                q[0] = 0.28 * p[0] + 0.96 * p[2 * DIA_LANES] + 0.5;
                q[DIA_LANES] = p[DIA_LANES] - 1.0;
                q[2 * DIA_LANES] = -0.96 * p[0] + 0.28 * p[2 * DIA_LANES];
            }
        d->type->forward(d->self, y, g);
        for (int i = 0; i < n; i++) /* rounding of numbers up to 37, the eigenvalues of carbon */
            assert_close(g[i], d->f[i], 0.0, 1e-13);
        dia_network_free(&d->network);
    }
    free(d);
}

/* f(gR) is what `image` says, for permutations with and without inversion; what no feature stands for is said to be none. */
static void images_of_descriptors(void **state)
{
    (void)state;
    enum { OPERATIONS = 6 };
    static const struct {
        int p[6];
        bool bonds, plane; /* maps bonds onto bonds; the planar molecule onto itself */
    } operation[OPERATIONS] = {{{0, 1, 2, 3, 4, 5}, true, true},  {{0, 1, 3, 2, 4, 5}, true, false},
                               {{1, 0, 4, 5, 2, 3}, true, true},  {{0, 1, 3, 2, 5, 4}, true, true},
                               {{1, 0, 4, 5, 3, 2}, true, false}, {{0, 1, 4, 3, 2, 5}, false, false}};
    opened *d = malloc(sizeof *d);
    for (int k = 0; k < DESCRIBED; k++) {
        static double x[18 * DIA_LANES], y[18 * DIA_LANES], g[ROOM * DIA_LANES], sign[ROOM];
        static int source[ROOM];
        open_descriptor(d, k);
        random_panel(x, 6);
        d->type->forward(d->self, x, d->f);
        for (int o = 0; o < 2 * OPERATIONS; o++) {
            const int *p = operation[o / 2].p;
            for (int i = 0; i < 18 * DIA_LANES; i++)
                y[i] = (o % 2 ? -1.0 : 1.0) * x[i + (p[i / DIA_LANES / 3] - i / DIA_LANES / 3) * 3 * DIA_LANES];
            d->type->forward(d->self, y, g);
            d->type->image(d->self, p, o % 2, source, sign);
            int none = 0;
            for (int f = 0; f < d->n; f++) {
                none += source[f] < 0;
                for (int l = 0; l < DIA_LANES && source[f] >= 0; l++)
                    if (!(fabs(g[f * DIA_LANES + l] - sign[f] * d->f[source[f] * DIA_LANES + l]) <
                          1e-12)) /* rounding, with displacements times 30 */
                        fail_msg("%s, %s: feature %d under operation %d: %.17g %.17g", described[k].name,
                                 described[k].options, f, o, g[f * DIA_LANES + l],
                                 sign[f] * d->f[source[f] * DIA_LANES + l]);
            }
            const bool refused = strcmp(described[k].name, "internals") == 0            ? !operation[o / 2].bonds
                                 : strcmp(described[k].name, "normal_coordinates") == 0 ? !operation[o / 2].plane
                                                                                        : false;
            assert_int_equal(none > 0, refused);
        }
        dia_network_free(&d->network);
    }
    free(d);
}

/* All atoms on a line, in a plane of high symmetry, and far apart: everything stays finite. */
static void no_geometry_is_singular(void **state)
{
    (void)state;
    opened *d = malloc(sizeof *d);
    for (int k = 0; k < DESCRIBED; k++) {
        static double x[18 * DIA_LANES], v[18 * DIA_LANES], xbar[18 * DIA_LANES], g[ROOM * DIA_LANES];
        open_descriptor(d, k);
        for (int shape = 0; shape < 4; shape++) {
            for (int i = 0; i < 18 * DIA_LANES; i++) {
                const int c = i / DIA_LANES;
                const double line = c % 3 == 2 ? (c / 3 - 2.5) * 2.0 : 0.0;
                x[i] = shape == 0   ? line
                       : shape == 1 ? planar[c]
                       : shape == 2 ? 100.0 * planar[c]
                                    : geometry[(c * 7) % 18];
                v[i] = normal(8, i);
                xbar[i] = 0.0;
            }
            d->type->forward(d->self, x, d->f);
            d->type->tangent(d->self, x, d->f, v, g);
            for (int i = 0; i < d->n * DIA_LANES; i++)
                if (!isfinite(d->f[i]) || !isfinite(g[i]))
                    fail_msg("%s, %s: geometry %d", described[k].name, described[k].options, shape);
            d->type->reverse(d->self, x, d->f, g, xbar);
            for (int i = 0; i < 18 * DIA_LANES; i++)
                assert_true(isfinite(xbar[i]));
        }
        dia_network_free(&d->network);
    }
    free(d);
}

static void refuse(const dia_network_plan *plan, const char *says)
{
    dia_error error = {0};
    dia_network network;
    assert_int_equal(dia_network_init(&network, plan, &error), DIA_ERROR_INPUT);
    if (strstr(error.text, says) == NULL)
        fail_msg("%s should say %s", error.text, says);
}

/* Normal coordinates: those of the file where the file is exact; no features of what they cannot describe. */
static void normal_coordinates(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    opened *d = malloc(sizeof *d);
    double x[18 * DIA_LANES];
    int which = 0;
    while (strcmp(described[which].name, "normal_coordinates") != 0)
        which++;
    open_descriptor(d, which);
    assert_int_equal(d->n, 12);
    for (int i = 0; i < 18 * DIA_LANES;
         i++) /* lane 1: 0.1 bohr out of the plane, all hydrogens alike: one mode alone */
        x[i] = planar[i / DIA_LANES] + (i % DIA_LANES == 1 && i / DIA_LANES > 6 && i / DIA_LANES % 3 == 1 ? 0.1 : 0.0);
    d->type->forward(d->self, x, d->f);
    int moved = 0;
    for (int k = 0; k < 12; k++) {
        assert_close(d->f[k * DIA_LANES], 0.0, 0.0, 1e-4); /* six digits times sqrt(w M) */
        moved += fabs(d->f[k * DIA_LANES + 1]) > 0.05;
    }
    assert_int_equal(moved, 1);
    dia_network_free(&d->network);
    free(d);
    /* the whole group of the planar molecule is exact, in a model too */
    const int group[18] = {1, 0, 4, 5, 2, 3, 0, 1, 3, 2, 5, 4, 0, 1, 2, 3, 4, 5};
    const char *name = "normal_coordinates", *options = MODES;
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    memcpy(molecule.reference, geometry, sizeof geometry);
    dia_network_plan plan = {
        .molecule = &molecule,
        .nstate = 2,
        .ndescriptor = 1,
        .descriptors = &name,
        .descriptor_options = &options,
        .generators = {3, group, (const bool[]){false, false, true}, (const double[]){1, -1, 1, -1, 1, -1}, NULL}};
    dia_network network;
    assert_ok(dia_network_init(&network, &plan, &error), &error);
    assert_int_equal(network.images.nimage, 8);
    assert_non_null(strstr(network.descriptor[0].options, "frequencies")); /* the file is needed no more */
    assert_null(strstr(network.descriptor[0].options, MOLDEN));
    dia_network_free(&network);
    plan.generators.permutations = permutations; /* one pair of hydrogens is exchanged */
    plan.generators.n = 1;
    refuse(&plan, "normal_coordinates");
    plan.generators.n = 0;
    options = NULL;
    refuse(&plan, "modes: FILE.molden");
    options = "modes: nowhere.molden";
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_FILE);
    options = "{reference: [1, 2], frequencies: [1], vectors: [1]}";
    refuse(&plan, "expected 18, 12 and 216");
    dia_molecule_free(&molecule);
    /* three atoms, one frequency missing; two atoms; a line */
    static const char *const water = "[FREQ]\n3800\n3900\n[FR-COORD]\nO 0 0 0.22\nH 0 1.43 -0.89\nH 0 -1.43 -0.89\n"
                                     "[FR-NORM-COORD]\nvibration 1\n0 0 0.04\n0 0.58 -0.40\n0 -0.58 -0.40\n"
                                     "vibration 2\n0 -0.07 0\n0 0.555 -0.435\n0 0.555 0.435\n";
    char path[] = "conform_water.molden", modes[] = "modes: conform_water.molden";
    FILE *out = fopen(path, "w");
    fputs(water, out);
    fclose(out);
    assert_ok(dia_molecule_init(&molecule, 3, 3, (const int[]){8, 1, 1}, &error), &error);
    memcpy(molecule.reference, (const double[]){0, 0, 0.22, 0, 1.43, -0.89, 0, -1.43, -0.89}, 9 * sizeof(double));
    options = modes;
    refuse(&plan, "3 of 3 atoms");
    options = "{reference: [0, 0, 0, 0, 0, 2, 0, 0, -2], frequencies: [1, 1, 1], vectors: [0, 0, 0, 0, 0, 0, 0, 0, 0, "
              "0, 0, 0, 0, "
              "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}";
    refuse(&plan, "on a line");
    remove(path);
    dia_molecule_free(&molecule);
    assert_ok(dia_molecule_init(&molecule, 2, 3, (const int[]){1, 1}, &error), &error);
    refuse(&plan, "3 to 64 atoms");
    dia_molecule_free(&molecule);
}

/* Where the order of two rows changes the sorted matrix jumps, as its note says; the spectrum does not. */
static void sorted_rows_jump(void **state)
{
    (void)state;
    opened *d = malloc(sizeof *d);
    for (int which = 1; which < 3; which++) {
        double x[18 * DIA_LANES], before[ROOM], largest = 0.0;
        open_descriptor(d, which);
        assert_non_null(strstr(d->type->note(d->self), which == 1 ? "jump" : "kinks"));
        for (int i = 0; i <= 4000; i++) {
            for (int c = 0; c < 18 * DIA_LANES; c++) /* a hydrogen moves past its carbon */
                x[c] = geometry[c / DIA_LANES] + (c / DIA_LANES == 6 ? 1.0 - 2.5e-4 * i : 0.0);
            d->type->forward(d->self, x, d->f);
            for (int k = 0; k < d->n; k++) {
                if (i > 0)
                    largest = fmax(largest, fabs(d->f[k * DIA_LANES] - before[k]));
                before[k] = d->f[k * DIA_LANES];
            }
        }
        if (which == 1)
            assert_true(largest > 0.05);
        else /* a step of 2.5e-4 bohr changes 6/r by no more */
            assert_true(largest < 2e-3);
        dia_network_free(&d->network);
    }
    free(d);
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
                             .architecture = "pooled",
                             .generators = generators_of(&all[0])};
    dia_network network;
    double wrong[18];
    memcpy(wrong, doublet, sizeof wrong);
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
    const int nstate = dia_model_shape(model).nstate, fitted = nstate > 2 ? 2 : nstate; /* a surplus diabat, or none */
    ((dia_network *)dia_model_self(model))->fitted = fitted;
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
    assert_int_equal(dia_model_fitted(again), fitted);
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
    round_trip(&(kind){1, {"permutation_invariant"}, "mlp", TANH, 0, NULL, {NULL}, NULL, false}, 1);
    round_trip(&(kind){2, {"inverse_distance", "normal_coordinates"}, "mlp", TANH, 0, NULL, {NULL, MODES}, NULL, false},
               2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(conforms),
                                       cmocka_unit_test(symmetry_is_exact),
                                       cmocka_unit_test(every_architecture),
                                       cmocka_unit_test(degenerate_pairs),
                                       cmocka_unit_test(every_baseline),
                                       cmocka_unit_test(every_descriptor),
                                       cmocka_unit_test(images_of_descriptors),
                                       cmocka_unit_test(no_geometry_is_singular),
                                       cmocka_unit_test(normal_coordinates),
                                       cmocka_unit_test(sorted_rows_jump),
                                       cmocka_unit_test(internals_and_symmetry),
                                       cmocka_unit_test(polynomials_are_invariant),
                                       cmocka_unit_test(parity_trap_is_refused),
                                       cmocka_unit_test(reference_is_added),
                                       cmocka_unit_test(local_data_make_no_steep_inputs),
                                       cmocka_unit_test(file_round_trip)};
    return cmocka_run_group_tests(tests, write_modes, remove_modes);
}
