/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "networks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "check.h"
#include "model/baseline.h"
#include "model/front.h"
#include "molecule/modes.h"

static const int three[18] = {0, 1, 3, 4, 2, 5, 0, 1, 3, 2, 4, 5, 0, 1, 2, 3, 4, 5};
static const bool three_inversions[3] = {false, false, true};
const double networks_doublet[27] = {-0.5, 0.866, 0, -0.866, -0.5, 0, 0, 0, 1, 1, 0, 0, 0, -1,
                                     0,    0,     0, -1,     1,    0, 0, 0, 1, 0, 0, 0, -1};

const char networks_reference[] =
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

dia_generators networks_generators(const kind *k)
{
    return k->degenerate ? (dia_generators){k->ngenerator, three, three_inversions, NULL, networks_doublet}
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

dia_model *networks_make(const kind *k, uint64_t seed)
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
                             .generators = networks_generators(k),
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

void networks_evaluate(const dia_model *model, const double *R, double *H)
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
        const double given = k->degenerate ? networks_doublet[9 * g + i] : i % 4 == 0 ? signs[3 * g + i / 4] : 0.0;
        assert_close(a[0] * b[0] + a[1] * b[1] + a[2] * b[2], i % 4 == 0, 0.0, 1e-15);
        assert_close(gamma[i], given, 0.0, k->degenerate ? 1e-4 : 0.0); /* 0.866 for sqrt(3)/2 */
    }
}

void networks_symmetry(const kind *k, bool inversion_is_even)
{
    dia_model *model = networks_make(k, 5);
    double H[6], image[18], Hg[6];
    networks_evaluate(model, geometry, H);
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
        networks_evaluate(model, image, Hg);
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

void networks_write_modes(const char *path)
{
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
    FILE *out = fopen(path, "w");
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
}
