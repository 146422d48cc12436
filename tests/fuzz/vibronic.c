/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynamics/light_table.h"
#include "model/vibronic.h"

static void write_file(const char *name, const char *text, size_t size)
{
    FILE *file = fopen(fuzz_path(name), "wb");
    if (file == NULL)
        abort();
    fwrite(text, 1, size, file);
    fclose(file);
}

static void read_template(int multiplicity)
{
    dia_vibronic v;
    dia_error error = {0};
    fuzz_check(dia_vibronic_read_sharc(&v, fuzz_path("LVC.template"), multiplicity, &error), &error);
    for (int t = 0; error.status == DIA_OK && t < v.nterm; t++)
        if (!isfinite(v.term[t].value) || v.term[t].i < 0 || v.term[t].i >= v.nstate || v.term[t].j < 0 ||
            v.term[t].j >= v.nstate || v.term[t].m < -1 || v.term[t].m >= v.nmode)
            abort();
    for (int m = 0; error.status == DIA_OK && m < v.nmode; m++)
        if (!(v.frequency[m] > 0.0))
            abort();
    dia_vibronic_free(&v);
}

static void read_light(void)
{
    dia_light light = {.file = fuzz_path("laser")};
    dia_error error = {0};
    fuzz_check(dia_light_table(&light, &error), &error);
    if (error.status == DIA_OK)
        for (int i = -1; i <= 11; i++) {
            double E[6] = {0}; /* fields are added to it */
            dia_light_table_field(&light, light.table_from + 0.1 * i * (light.table_to - light.table_from), E);
            for (int k = 0; k < 6; k++)
                if (!isfinite(E[k]))
                    abort();
        }
    dia_light_table_free(&light);
}

/* SHARC's LVC.template, behind a line "===" its V0.txt; without that line its laser file. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = calloc(size + 1, 1);
    if (text == NULL)
        abort();
    memcpy(text, bytes, size);
    char *mark = strstr(text, "===\n");
    if (mark == NULL) {
        write_file("laser", text, size);
        read_light();
    } else {
        write_file("LVC.template", text, (size_t)(mark - text));
        write_file("V0.txt", mark + 4, size - (size_t)(mark + 4 - text));
        read_template(DIA_VIBRONIC_ALL);
        read_template(DIA_VIBRONIC_SPIN_FREE);
        read_template(1);
    }
    free(text);
    return 0;
}
