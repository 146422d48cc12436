/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "markov.h"

#include "check.h"

#include <math.h>

#include "base/rng.h"

static double draw(const markov *m, int j, int event, uint32_t which)
{
    return dia_rng_uniform(m->seed, (uint64_t)j, (uint64_t)event, DIA_PURPOSE_TEST, which);
}

static void fly_one(const markov *m, const dia_scheme *scheme, int j, const double *time, int8_t *species)
{
    int now = m->start, t = 0;
    double clock = m->delay;
    for (int event = 0; t < m->ntime; event++) {
        double out = 0;
        for (int r = 0; r < scheme->nstep; r++)
            out += scheme->step[r].from == now ? m->rate[r] : 0;
        clock += out > 0 ? -log(draw(m, j, event, 0)) / out : INFINITY;
        while (t < m->ntime && time[t] < clock)
            species[t++] = (int8_t)now;
        double left = draw(m, j, event, 1) * out;
        for (int r = 0, from = now; r < scheme->nstep && left >= 0; r++)
            if (scheme->step[r].from == from) {
                left -= m->rate[r];
                now = scheme->step[r].to;
            }
    }
}

void markov_fly(const markov *m, dia_scheme *scheme, double *time, dia_occupation *data)
{
    dia_error error = {0};
    assert_ok(dia_scheme_parse(scheme, m->scheme, &error), &error);
    assert_ok(dia_occupation_create(data, m->n, m->ntime, scheme->nspecies, &error), &error);
    for (int t = 0; t < m->ntime; t++)
        time[t] = t * m->every;
    for (data->n = 0; data->n < m->n; data->n++) {
        data->weight[data->n] = 1;
        fly_one(m, scheme, data->n, time, data->species + (size_t)data->n * (size_t)m->ntime);
    }
}
