/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network that was never trained: inverse distances -> 2 x 100 tanh (or 2 x units) -> nstate states, natom carbons on a lattice. */
#ifndef RANDOM_NETWORK_H
#define RANDOM_NETWORK_H

#include "bench.h"
#include "model/network.h"

enum { UNITS = 100, ATOMS_MAX = 27 };

static inline dia_model *random_network_of(int natom, int nstate, int units)
{
    char options[64];
    dia_error error = {0};
    dia_molecule molecule;
    dia_network *network = calloc(1, sizeof *network);
    dia_model *model = NULL;
    int numbers[ATOMS_MAX];
    const char *const descriptors[] = {"inverse_distance"};
    if (network == NULL || natom < 2 || natom > ATOMS_MAX)
        die("network", "2 to 27 atoms are expected");
    for (int a = 0; a < natom; a++)
        numbers[a] = 6;
    if (dia_molecule_init(&molecule, natom, 3, numbers, &error) != DIA_OK)
        die("molecule", error.text);
    for (int a = 0; a < natom; a++)
        for (int c = 0; c < 3; c++)
            molecule.reference[3 * a + c] = 2.5 * (a / (c == 0 ? 1 : c == 1 ? 3 : 9) % 3);
    snprintf(options, sizeof options, "layers: [%d, %d]\nactivation: tanh\n", units, units);
    const dia_network_plan plan = {.molecule = &molecule,
                                   .nstate = nstate,
                                   .ndescriptor = 1,
                                   .descriptors = descriptors,
                                   .architecture_options = options,
                                   .directory = "."};
    if (dia_network_init(network, &plan, &error) != DIA_OK)
        die("network", error.text);
    for (int k = 0; k < network->nfeature; k++) {
        network->mean[k] = 0.25;
        network->deviation[k] = 0.1;
    }
    for (int k = 0; k < network->shape.npacked; k++) /* hartree: states some eV apart, weak forces */
        network->scale[k] = 0.01;
    for (int i = 0; i < nstate; i++)
        network->shift[dia_packed(i, i)] = 0.05 * i;
    dia_network_randomise(network, 1, 0);
    if (dia_network_model(&model, network, &error) != DIA_OK)
        die("network", error.text);
    dia_molecule_free(&molecule);
    return model;
}

static inline dia_model *random_network(int natom, int nstate)
{
    return random_network_of(natom, nstate, UNITS);
}

#endif
