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
    contents_data(fuzz_path("base.h5"), 3, (const int[]){8, 1, 1}, water, POINTS, groups);
    contents_load(fuzz_path("base.h5"));
    contents_know(others);
}

/* What is loaded is finite, or missing. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int base;
    const char *path = contents_file(prepare, bytes, size, "data.h5", &base);
    if (path == NULL)
        return 0;
    dia_dataset data;
    dia_check_result result;
    dia_error errors[2] = {{0}};
    const dia_status status = dia_dataset_load(&data, path, 0, &errors[0]);
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
