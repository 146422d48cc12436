/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/light_table.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "math/spline.h"
#include "molecule/lines.h"

typedef struct table {
    int n, room;
    double *values; /* (n, 7): time, field */
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

static dia_status read_line(dia_light *light, dia_lines *lines, table *t, dia_error *error)
{
    static const char *const names[7] = {"a time in fs", "Re E_x", "Im E_x", "Re E_y", "Im E_y", "Re E_z", "Im E_z"};
    if (!grow(t))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: out of memory", lines->path);
    double *row = t->values + 7 * (size_t)t->n, energy;
    dia_status status = DIA_OK;
    for (int i = 0; i < 7 && status == DIA_OK; i++)
        status = dia_lines_real(lines, names[i], row + i, error);
    if (status == DIA_OK)
        status = dia_lines_real(lines, "a photon energy in hartree", &energy, error);
    while (status == DIA_OK) {
        light->fastest = fmax(light->fastest, fabs(energy));
        if (dia_lines_rest(lines)[0] == '\0')
            break;
        status = dia_lines_real(lines, "a photon energy in hartree", &energy, error);
    }
    if (status != DIA_OK)
        return status;
    row[0] *= DIA_FEMTOSECOND;
    if (t->n > 0 && !(row[0] > row[-7]))
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "the time %g fs does not follow the one before, %g fs",
                               row[0] / DIA_FEMTOSECOND, row[-7] / DIA_FEMTOSECOND);
    t->n++;
    return DIA_OK;
}

static bool make_splines(dia_light *light, const table *t)
{
    double *x = dia_allocate((size_t)t->n, sizeof *x), *y = dia_allocate((size_t)t->n, sizeof *y);
    bool made = x != NULL && y != NULL;
    for (int k = 0; k < 6 && made; k++) {
        for (int i = 0; i < t->n; i++) {
            x[i] = t->values[7 * i];
            y[i] = t->values[7 * i + k + 1];
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
    dia_status status = dia_lines_open(&lines, light->file, error);
    if (status != DIA_OK)
        return status;
    while (status == DIA_OK && dia_lines_next_filled(&lines) != NULL)
        status = read_line(light, &lines, &t, error);
    if (status == DIA_OK && t.n < 3)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: expected three times or more, found %d", light->file, t.n);
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
