/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/light_table.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "math/spline.h"
#include "molecule/lines.h"

typedef struct table {
    int n, room, energies; /* energies: how many photon energies each line states */
    double *values;        /* (n, 7): time, field */
} table;

static bool grow(table *t)
{
    if (t->n < t->room)
        return true;
    const int room = t->room > 0 ? 2 * t->room : 1024;
    double *values = realloc(t->values, (size_t)room * 7 * sizeof *values);
    if (values != NULL) {
        t->values = values;
        t->room = room;
    }
    return values != NULL;
}

static dia_status read_line(double *fastest, dia_lines *lines, table *t, dia_error *error)
{
    static const char *const names[7] = {"a time in fs", "Re E_x", "Im E_x", "Re E_y", "Im E_y", "Re E_z", "Im E_z"};
    if (!grow(t))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: out of memory", lines->path);
    double *row = t->values + 7 * (size_t)t->n, energy;
    dia_status status = DIA_OK;
    for (int i = 0; i < 7 && status == DIA_OK; i++)
        status = dia_lines_real(lines, names[i], row + i, error);
    int energies = 0;
    for (; status == DIA_OK && (energies == 0 || dia_lines_rest(lines)[0] != '\0'); energies++) {
        status = dia_lines_real(lines, "a photon energy in hartree", &energy, error);
        *fastest = status == DIA_OK ? fmax(*fastest, fabs(energy)) : *fastest;
    }
    if (status != DIA_OK)
        return status;
    t->energies = t->n == 0 ? energies : t->energies;
    if (energies != t->energies) /* two lines in one, say: the second would be lost */
        return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                               "expected %d numbers as in the line before (time, field, photon energies), found %d",
                               7 + t->energies, 7 + energies);
    for (int i = 1; i < 7; i++)
        if (fabs(row[i]) > 1e3)
            return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                                   "%s is %g: expected atomic units, -1000 to 1000 (1 is 51.42 V/Angstrom)", names[i],
                                   row[i]);
    row[0] *= DIA_FEMTOSECOND;
    if (t->n > 0 && !(row[0] > row[-7]))
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "the time %g fs does not follow the one before, %g fs",
                               row[0] / DIA_FEMTOSECOND, row[-7] / DIA_FEMTOSECOND);
    t->n++;
    return DIA_OK;
}

/* Does the field turn as exp(+iwt)? *complex: has it imaginary parts? */
static bool turns_forwards(const table *t, bool *complex)
{
    double sum = 0.0;
    *complex = false;
    for (int i = 0; i < t->n; i++)
        for (int k = 1; k < 7; k += 2) {
            const double *now = t->values + 7 * (size_t)i + k, *next = now + 7;
            *complex = *complex || now[1] != 0.0;
            if (i + 1 < t->n)
                sum += now[0] * next[1] - now[1] * next[0];
        }
    return sum > 0.0;
}

/* Is a period of the field resolved? Between times that are further apart nothing is known of it. */
static dia_status check_spacing(const dia_light *light, const table *t, double fastest, dia_error *error)
{
    double widest = 0.0;
    for (int i = 1; i < t->n; i++)
        widest = fmax(widest, t->values[7 * i] - t->values[7 * i - 7]);
    const double period = 2.0 * DIA_PI / fastest;
    if (!(fastest > 0.0) || 8.0 * widest <= period)
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "%s: times are up to %.4g fs apart, a period of the photon energy of %.6g eV that it states takes %.4g "
        "fs: expected eight times a period or more (energies are in hartree, times in fs)",
        light->file, widest / DIA_FEMTOSECOND, fastest / DIA_EV, period / DIA_FEMTOSECOND);
}

static bool make_splines(dia_light *light, const table *t)
{
    double *x = dia_allocate((size_t)t->n, sizeof *x), *y = dia_allocate((size_t)t->n, sizeof *y);
    bool made = x != NULL && y != NULL;
    const bool forwards = turns_forwards(t, &light->table_complex);
    for (int k = 0; k < 6 && made; k++) {
        const double sign = k % 2 == 1 && forwards ? -1.0 : 1.0;
        for (int i = 0; i < t->n; i++) {
            x[i] = t->values[7 * i];
            y[i] = sign * t->values[7 * i + k + 1];
        }
        light->table[k] = dia_spline_create(t->n, x, y);
        made = light->table[k] != NULL;
    }
    free(x);
    free(y);
    return made;
}

dia_status dia_light_table(dia_light *light, dia_error *error)
{
    dia_lines lines;
    table t = {0};
    double fastest = 0.0;
    dia_status status = dia_lines_open(&lines, light->file, error);
    if (status != DIA_OK)
        return status;
    while (status == DIA_OK && dia_lines_next_filled(&lines) != NULL)
        status = read_line(&fastest, &lines, &t, error);
    if (status == DIA_OK && t.n < 3)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: expected three times or more, found %d", light->file, t.n);
    if (status == DIA_OK)
        status = check_spacing(light, &t, fastest, error);
    light->fastest = fmax(light->fastest, fastest);
    if (status == DIA_OK && !make_splines(light, &t))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: out of memory", light->file);
    if (status == DIA_OK) {
        light->table_from = t.values[0];
        light->table_to = t.values[7 * (t.n - 1)];
        light->from = fmin(light->from, light->table_from);
        light->to = fmax(light->to, light->table_to);
    }
    free(t.values);
    dia_lines_close(&lines);
    return status;
}

void dia_light_table_free(dia_light *light)
{
    for (int k = 0; k < 6; k++)
        dia_spline_free(light->table[k]);
}

void dia_light_table_field(const dia_light *light, double t, double E[6])
{
    if (light->table[0] == NULL || t < light->table_from || t > light->table_to)
        return;
    for (int k = 0; k < 6; k++)
        E[k] += dia_spline_value(light->table[k], t);
}
