/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/regions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AXES = 3 };

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

/* The region of a point; -1: none. */
static int region_at(const dia_exact_regions *regions, const double *R)
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
    const int middle = region_at(regions, centre);
    bool whole = true;
    for (int i = 0; i < 1 << naxis && whole; i++) {
        place(naxis, centre, width, 2, true, i, R);
        whole = region_at(regions, R) == middle;
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
        const int here = region_at(regions, R);
        if (here >= 0)
            share[here] += 1.0 / parts;
    }
}
