/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every descriptor: its maps against each other, its images, singular geometries; and what is special about some. */
#include "check.h"
#include "networks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/rng.h"
#include "model/registry.h"

#define MOLDEN "conform_descriptors.molden"
#define MODES "modes: " MOLDEN

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
    opened *d = malloc(sizeof *d);
    int which = 0;
    while (strcmp(described[which].name, "internals") != 0)
        which++;
    open_descriptor(d, which);
    assert_int_equal(d->n, 5 + 6 + 2 + 2 * 4); /* bonds, angles, triples at C, chains H-C-C-H twice */
    double x[18 * DIA_LANES], y[18 * DIA_LANES], f[21 * DIA_LANES], g[21 * DIA_LANES];
    for (int i = 0; i < 18 * DIA_LANES; i++) {
        x[i] = geometry[i / DIA_LANES];
        y[i] = -x[i];
    }
    d->type->forward(d->self, x, f);
    d->type->forward(d->self, y, g);
    int odd = 0;
    for (int k = 0; k < 21; k++) {
        assert_true(fabs(f[k * DIA_LANES]) > 1e-6);
        odd += g[k * DIA_LANES] == -f[k * DIA_LANES];
        assert_true(fabs(g[k * DIA_LANES]) == fabs(f[k * DIA_LANES]));
    }
    assert_int_equal(odd, 2 + 4);
    dia_network_free(&d->network);
    free(d);
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

static int write_modes(void **state)
{
    (void)state;
    networks_write_modes(MOLDEN);
    return 0;
}

static int remove_modes(void **state)
{
    (void)state;
    return remove(MOLDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_descriptor),         cmocka_unit_test(images_of_descriptors),
        cmocka_unit_test(no_geometry_is_singular),  cmocka_unit_test(normal_coordinates),
        cmocka_unit_test(sorted_rows_jump),         cmocka_unit_test(internals_and_symmetry),
        cmocka_unit_test(polynomials_are_invariant)};
    return cmocka_run_group_tests(tests, write_modes, remove_modes);
}
