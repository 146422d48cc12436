/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/vibronic.h"
#include "molecule/molden.h"
#include "molecule/xyz.h"

static int numbers[3] = {8, 1, 1};
static double masses[3] = {29000, 1837, 1837}, water[9] = {0, 0, 0.22, 0, 1.43, -0.89, 0, -1.43, -0.89};

/* What is rejected is explained; what is accepted is finite. */
static void check(dia_status status, const dia_error *error, const double *x, size_t n)
{
    if (status != DIA_OK && (error->status == DIA_OK || error->text[0] == '\0'))
        abort();
    for (size_t i = 0; status == DIA_OK && x != NULL && i < n; i++)
        if (!isfinite(x[i]))
            abort();
}

/* The text as an XYZ file, as a Molden file, and as SHARC's LVC.template, which may name itself as its V0.txt. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char path[64];
    if (path[0] == '\0')
        snprintf(path, sizeof path, "fuzz_text_%ld.txt", (long)getpid());
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        abort();
    fwrite(bytes, 1, size, file);
    fclose(file);
    dia_molecule molecule = {
        .natom = 3, .dimension = 3, .ncart = 9, .numbers = numbers, .masses = masses, .reference = water};
    dia_error errors[3] = {{0}};
    dia_xyz xyz;
    dia_modes modes;
    dia_vibronic vibronic;
    double *R;
    dia_status status = dia_xyz_read(&xyz, path, &errors[0]);
    check(status, &errors[0], xyz.R, (size_t)xyz.nframe * (size_t)xyz.molecule.ncart);
    check(status, &errors[0], xyz.V, (size_t)xyz.nframe * (size_t)xyz.molecule.ncart);
    dia_xyz_free(&xyz);
    status = dia_molden_modes_read(&modes, &R, &molecule, path, &errors[1]);
    check(status, &errors[1], modes.vector, (size_t)modes.nmode * 9);
    check(status, &errors[1], R, 9);
    dia_modes_free(&modes);
    free(R);
    status = dia_vibronic_read_sharc(&vibronic, path, DIA_VIBRONIC_ALL, &errors[2]);
    check(status, &errors[2], vibronic.frequency, (size_t)vibronic.nmode);
    dia_vibronic_free(&vibronic);
    remove(path);
    return 0;
}
