/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents.h"

#include <math.h>
#include <stdlib.h>

#include "check/check.h"
#include "dataset/dataset.h"
#include "diabolo/dataset.h"

static void prepare(void)
{
    enum { POINTS = 5 };
    static const double water[9] = {0, 0, 0.22, 0, 1.43, -0.89, 0, -1.43, -0.89};
    static const char *const groups[POINTS] = {"a", "a", "b", "b", "c"};
    static const char *const others[] = {"weights",         "numbers",     "@licence", "@source",
                                         "gradients@units", "hamiltonian", "charges",  NULL};
    double R[POINTS * 9], E[POINTS * 2], G[POINTS * 18], h[POINTS * 9], mu[POINTS * 12];
    for (int p = 0; p < POINTS; p++) {
        for (int c = 0; c < 9; c++) {
            R[9 * p + c] = water[c] + 0.05 * ((7 * p + 5 * c) % 11);
            G[18 * p + c] = G[18 * p + 9 + c] = 0.001 * ((3 * p + c) % 7);
            h[9 * p + c] = 0.001 * ((p + 2 * c) % 5);
        }
        E[2 * p] = -76.0 + 0.001 * p;
        E[2 * p + 1] = -75.7 - 0.001 * p;
        for (int c = 0; c < 12; c++)
            mu[12 * p + c] = 0.1 * (c % 3) + 0.05 * (c >= 3 && c < 9);
    }
    const dia_dataset_arrays arrays = {.npoint = POINTS,
                                       .natom = 3,
                                       .nstate = 2,
                                       .numbers = (const int[]){8, 1, 1},
                                       .positions = R,
                                       .energies = E,
                                       .gradients = G,
                                       .couplings = h,
                                       .dipoles = mu,
                                       .group = groups,
                                       .length_unit = "bohr",
                                       .energy_unit = "hartree",
                                       .gradient_unit = "hartree/bohr",
                                       .coupling_unit = "hartree/bohr",
                                       .dipole_unit = "e bohr",
                                       .level_of_theory = "none"};
    dia_error error = {0};
    fuzz_made(dia_dataset_write_arrays(fuzz_path("base.h5"), &arrays, true, NULL, &error), &error);
    contents_load(fuzz_path("base.h5"));
    contents_know(others);
}

/* What is loaded is finite, or missing. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static bool prepared;
    if (!prepared)
        prepare();
    prepared = true;
    int base;
    const char *path = fuzz_path("data.h5");
    if (!contents_write(bytes, size, path, &base))
        return 0;
    dia_dataset data;
    dia_check_result result;
    dia_error errors[2] = {{0}};
    const dia_status status = dia_dataset_load(&data, path, &errors[0]);
    fuzz_check(status, &errors[0]);
    if (size == 0)
        fuzz_made(status, &errors[0]);
    for (int i = 0; status == DIA_OK && i < data.npoint * data.ncart; i++)
        if (!isfinite(data.R[i]))
            abort();
    for (int i = 0; status == DIA_OK && i < data.npoint * data.nstate; i++)
        if (isinf(data.energy[i]))
            abort();
    dia_dataset_free(&data);
    fuzz_check(dia_check_dataset(path, NULL, &(dia_control){.threads = 1}, &result, &errors[1]), &errors[1]);
    dia_check_result_free(&result);
    contents_all_closed();
    return 0;
}
