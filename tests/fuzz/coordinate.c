/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "molecule/coordinate.h"

/* Ethylene, twisted a little: no coordinate of it is undefined for a reason of symmetry. */
static double geometry[18] = {0, 0, 0, 2.6, 0.1, 0, -1.0, 1.7, 0.2, -1.1, -1.7, -0.1, 3.5, 1.2, 1.3, 3.7, -1.3, -1.2};
static int numbers[6] = {6, 6, 1, 1, 1, 1};
static double masses[6] = {22000, 22000, 1837, 1837, 1837, 1837};

/* What is rejected is explained; what is accepted has a finite value and gradient, and reads again from its own text.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const dia_molecule molecule = {
        .natom = 6, .dimension = 3, .ncart = 18, .numbers = numbers, .masses = masses, .reference = geometry};
    char text[301];
    if (size > sizeof text - 1)
        return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    dia_error error = {0};
    dia_coordinate coordinate, again;
    if (dia_coordinate_parse(&coordinate, text, &molecule, &error) != DIA_OK) {
        if (error.status == DIA_OK || error.text[0] == '\0')
            abort();
        return 0;
    }
    double gradient[18], value = dia_coordinate_gradient(&coordinate, geometry, gradient);
    for (int c = 0; c < 18; c++)
        value += 0.0 * gradient[c]; /* NaN if one is not finite */
    if (!isfinite(value) || dia_coordinate_parse(&again, coordinate.text, &molecule, &error) != DIA_OK ||
        dia_coordinate_value(&again, geometry) != dia_coordinate_value(&coordinate, geometry))
        abort();
    return 0;
}
