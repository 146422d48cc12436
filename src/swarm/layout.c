/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swarm/layout.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "dynamics/options.h"
#include "electronic/sign.h"

static size_t number_size(dia_number number)
{
    return number == DIA_NUMBER_INT8 ? 1 : number == DIA_NUMBER_FLOAT ? sizeof(float) : sizeof(double);
}

void dia_layout_init(dia_layout *layout, int nstate, int ncart, dia_recorded what)
{
    const dia_number real = what.single ? DIA_NUMBER_FLOAT : DIA_NUMBER_REAL;
    const int some = what.full ? 1 : 0, watched = what.watched ? 1 : 0;
    *layout = (dia_layout){.nstate = nstate,
                           .ncart = ncart,
                           .width = {1, 1, nstate, nstate, some * nstate, some * 2 * nstate, some * ncart, some * ncart,
                                     1, watched, watched, watched, watched, what.lit ? 1 : 0, what.weighted ? 1 : 0, 1},
                           .number = {[DIA_FIELD_AMPLITUDES] = real, /* the others: DIA_NUMBER_REAL */
                                      [DIA_FIELD_POSITION] = real,
                                      [DIA_FIELD_VELOCITY] = real,
                                      [DIA_FIELD_ACTIVE] = DIA_NUMBER_INT8}};
    static_assert(DIA_NUMBER_REAL == 0, "left out above");
    for (int f = 0; f < DIA_FIELD_COUNT; f++) {
        layout->offset[f] = layout->size;
        layout->size += (size_t)layout->width[f] * number_size(layout->number[f]);
    }
}

static void put(const dia_layout *layout, unsigned char *row, dia_field field, const double *values)
{
    unsigned char *at = row + layout->offset[field];
    size_t width = (size_t)layout->width[field];
    if (layout->number[field] == DIA_NUMBER_REAL) {
        memcpy(at, values, width * sizeof *values);
        return;
    }
    for (size_t i = 0; i < width; i++) {
        float value = (float)values[i];
        memcpy(at + i * sizeof value, &value, sizeof value);
    }
}

void dia_layout_take(const dia_layout *layout, const dia_block *block, unsigned char *rows)
{
    assert(layout->nstate <= DIA_RECORD_STATES && layout->nstate == block->nstate && layout->ncart == block->ncart);
    size_t n = (size_t)block->nstate, ncart = (size_t)block->ncart;
    const dia_population_rule rule = dia_dynamics_populations(block->dynamics, block->nstate);
    for (size_t b = 0; b < (size_t)block->count; b++) {
        unsigned char *row = rows + b * layout->size;
        double c[2 * DIA_RECORD_STATES], norm, weight, electronic[DIA_RECORD_STATES], diabatic[DIA_RECORD_STATES];
        dia_block_amplitudes(block, (int)b, c);
        const double *d = block->c + b * 2 * n;
        dia_amplitudes_settle(&block->frame, (int)b, c);
        dia_block_mapping(block, (int)b, &norm, &weight);
        for (size_t i = 0; i < 2 * n && norm != 1.0; i++) { /* windows have edges: as they are written they count */
            c[i] *= sqrt(norm);
            c[i] = layout->number[DIA_FIELD_AMPLITUDES] == DIA_NUMBER_FLOAT ? (double)(float)c[i] : c[i];
        }
        for (size_t k = 0; k < n; k++) {
            electronic[k] = c[2 * k] * c[2 * k] + c[2 * k + 1] * c[2 * k + 1];
            diabatic[k] = norm * (d[2 * k] * d[2 * k] + d[2 * k + 1] * d[2 * k + 1]);
        }
        dia_population_share(&rule, weight, block->nstate, electronic);
        dia_population_share(&rule, weight, block->nstate, diabatic);
        if (rule.weighted)
            put(layout, row, DIA_FIELD_START_WEIGHT, &weight);
        put(layout, row, DIA_FIELD_POTENTIAL, block->potential + b);
        put(layout, row, DIA_FIELD_KINETIC, block->kinetic + b);
        put(layout, row, DIA_FIELD_ELECTRONIC, electronic);
        put(layout, row, DIA_FIELD_DIABATIC, diabatic);
        put(layout, row, DIA_FIELD_ENERGIES, block->frame.E + b * n);
        put(layout, row, DIA_FIELD_AMPLITUDES, c);
        put(layout, row, DIA_FIELD_POSITION, block->R + b * ncart);
        put(layout, row, DIA_FIELD_VELOCITY, block->V + b * ncart);
        const double novelty = dia_model_novelty(block->model, block->R + b * ncart, 0, NULL);
        put(layout, row, DIA_FIELD_NOVELTY, &novelty);
        if (layout->width[DIA_FIELD_WORK] > 0)
            put(layout, row, DIA_FIELD_WORK, block->work + b);
        double doubt[DIA_DOUBTS];
        if (dia_block_doubt(block, (int)b, doubt))
            for (int i = 0; i < DIA_DOUBTS; i++)
                put(layout, row, (dia_field)(DIA_FIELD_DOUBT_ENERGY + i), doubt + i);
        row[layout->offset[DIA_FIELD_ACTIVE]] = (unsigned char)block->active[b];
    }
}

void dia_layout_get(const dia_layout *layout, const unsigned char *row, dia_field field, double *values)
{
    const unsigned char *at = row + layout->offset[field];
    size_t width = (size_t)layout->width[field];
    if (layout->number[field] == DIA_NUMBER_REAL) {
        memcpy(values, at, width * sizeof *values);
    } else if (layout->number[field] == DIA_NUMBER_FLOAT) {
        for (size_t i = 0; i < width; i++) {
            float value;
            memcpy(&value, at + i * sizeof value, sizeof value);
            values[i] = value;
        }
    } else {
        for (size_t i = 0; i < width; i++)
            values[i] = at[i];
    }
}

int dia_layout_active(const dia_layout *layout, const unsigned char *row)
{
    return row[layout->offset[DIA_FIELD_ACTIVE]];
}
