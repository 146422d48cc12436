/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/regions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"

enum { AXES = 3 };
static const double BACK = 1e-3; /* probability that leaves a region again, which is warned of */

dia_status dia_exact_regions_make(dia_exact_regions *regions, const dia_stops *stops, const dia_model *model,
                                  const dia_control *control, dia_error *error)
{
    *regions = (dia_exact_regions){0};
    dia_status status = DIA_OK;
    for (int i = 0; stops != NULL && i < stops->n && status == DIA_OK; i++) {
        dia_stop_condition *own = &regions->condition[regions->n];
        dia_stop_test *test = &regions->test[regions->n];
        *own = stops->condition[i];
        status = dia_stop_resolve(test, own, model, error);
        if (status == DIA_OK && own->on_state)
            dia_control_warn(control,
                             "dynamics.stop.%s: '%s' ends a trajectory by its active state, which a wave function does "
                             "not have: the condition is left out of the exact dynamics",
                             own->name, own->text);
        else if (status == DIA_OK)
            regions->n++;
    }
    if (status != DIA_OK || regions->n == 0)
        return status;
    dia_stops counted = {.n = regions->n};
    memcpy(counted.condition, regions->condition, (size_t)regions->n * sizeof *counted.condition);
    regions->text = dia_stops_text(&counted);
    return regions->text != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
}

void dia_exact_regions_free(dia_exact_regions *regions)
{
    free(regions->text);
    *regions = (dia_exact_regions){0};
}

int dia_exact_regions_at(const dia_exact_regions *regions, const double *R)
{
    for (int i = 0; i < regions->n; i++)
        if (dia_stop_met(&regions->test[i], R, -1, 0.0))
            return i;
    return -1;
}

/* Point `number` of cuts^naxis in a cell, each in the middle of its part, or on the edges of the cell. */
static void place(int naxis, const double *centre, const double *width, int cuts, bool edges, int number, double *R)
{
    for (int a = 0; a < naxis; a++) {
        const int i = number % cuts;
        R[a] = centre[a] + width[a] * (edges ? (double)i / (cuts - 1) - 0.5 : (i + 0.5) / cuts - 0.5);
        number /= cuts;
    }
}

void dia_exact_regions_cell(const dia_exact_regions *regions, int naxis, const double *centre, const double *width,
                            double *share)
{
    static const int cuts[AXES] = {1024, 64, 16};
    double R[AXES];
    const int middle = dia_exact_regions_at(regions, centre);
    bool whole = true;
    for (int i = 0; i < 1 << naxis && whole; i++) {
        place(naxis, centre, width, 2, true, i, R);
        whole = dia_exact_regions_at(regions, R) == middle;
    }
    memset(share, 0, (size_t)regions->n * sizeof *share);
    if (whole && middle >= 0)
        share[middle] = 1.0;
    if (whole)
        return;
    int parts = 1;
    for (int a = 0; a < naxis; a++)
        parts *= cuts[naxis - 1];
    for (int i = 0; i < parts; i++) {
        place(naxis, centre, width, cuts[naxis - 1], false, i, R);
        const int here = dia_exact_regions_at(regions, R);
        if (here >= 0)
            share[here] += 1.0 / parts;
    }
}

bool dia_exact_regions_limits(const dia_exact_regions *regions, int c, double *limit, int *n)
{
    *n = 0;
    for (int i = 0; i < regions->n; i++) {
        const dia_coordinate *q = &regions->test[i].coordinate;
        if (q->nterm != 1 || q->term[0].kind != DIA_COORDINATE_POSITION)
            return false;
        if (q->term[0].atom[0] != c)
            continue;
        const double at = regions->test[i].limit / q->term[0].factor;
        limit[(*n)++] = at;
        if (regions->condition[i].absolute)
            limit[(*n)++] = -at;
    }
    dia_ascend(*n, limit);
    return true;
}

/* ---- what comes back --------------------------------------------------------------------------- */

void dia_exact_returns_note(dia_exact_returns *returns, const dia_exact_regions *regions, int nstate,
                            const double *outcome)
{
    for (int c = 0; c < regions->n; c++) {
        double here = 0.0;
        for (int k = 0; k < nstate; k++)
            here += outcome[c * nstate + k];
        returns->most[c] = fmax(returns->most[c], here);
        returns->back[c] = fmax(returns->back[c], returns->most[c] - here);
    }
}

void dia_exact_returns_warn(const dia_exact_returns *returns, const dia_exact_regions *regions,
                            const dia_control *control)
{
    for (int c = 0; c < regions->n; c++)
        if (returns->back[c] > BACK)
            dia_control_warn(
                control,
                "%.2g of the packet left the region of dynamics.stop.%s again, where a trajectory is ended: a "
                "swarm counts other outcomes",
                returns->back[c], regions->condition[c].name);
}
