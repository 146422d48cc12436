/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/calibration.h"

#include <math.h>

static const double gap_limits[DIA_CALIBRATION_GAPS - 1] = {0.1 * DIA_EV, 0.5 * DIA_EV};
const double dia_calibration_levels[DIA_CALIBRATION_LEVELS] = {0.68, 0.95};
const char *const dia_calibration_names[DIA_CALIBRATED] = {"energy", "gradient", "coupling", "gap", "hop"};

int dia_calibration_class(double gap)
{
    int class = 0;
    while (class < DIA_CALIBRATION_GAPS - 1 && gap >= gap_limits[class])
        class ++;
    return class;
}

double dia_calibration_limit(const dia_calibration *c, dia_calibrated what, double gap, double spread, int level)
{
    if (c == NULL || c->npoint == 0)
        return (level + 1) * spread;
    return c->factor[what][dia_calibration_class(gap)][level] * hypot(spread, c->floor[what]);
}

double dia_calibration_noise(const dia_calibration *c, dia_calibrated what)
{
    return c->noise ? dia_calibration_limit(c, what, INFINITY, 0.0, 0) : 0.0;
}

double dia_passage_probability(double gap, double h)
{
    return h != 0.0 ? exp(-0.25 * DIA_PI * gap * gap / fabs(h)) : 0.0;
}

static const size_t cube[3] = {DIA_CALIBRATED, DIA_CALIBRATION_GAPS, DIA_CALIBRATION_LEVELS}, row = DIA_CALIBRATED;

dia_status dia_calibration_write(const dia_calibration *c, dia_store *store, dia_error *error)
{
    if (c == NULL || c->npoint == 0)
        return DIA_OK;
    dia_status status =
        dia_store_write(store, "calibration/factor", DIA_NUMBER_REAL, 3, cube, &c->factor[0][0][0], "1", error);
    if (status == DIA_OK)
        status = dia_store_write(store, "calibration/floor", DIA_NUMBER_REAL, 1, &row, c->floor, NULL, error);
    if (status == DIA_OK)
        status = dia_store_set_int(store, "calibration", "noise", c->noise, error);
    return status == DIA_OK ? dia_store_set_int(store, "calibration", "points", c->npoint, error) : status;
}

/* In files before version 5 gaps were taken for energies, and probabilities as they are. */
static void complete(dia_calibration *c)
{
    c->floor[DIA_CALIBRATED_GAP] = c->floor[DIA_CALIBRATED_ENERGY];
    for (int g = 0; g < DIA_CALIBRATION_GAPS; g++)
        for (int l = 0; l < DIA_CALIBRATION_LEVELS; l++) {
            c->factor[DIA_CALIBRATED_GAP][g][l] = c->factor[DIA_CALIBRATED_ENERGY][g][l];
            c->factor[DIA_CALIBRATED_HOP][g][l] = l + 1;
        }
}

dia_status dia_calibration_read(dia_calibration *c, const dia_store *store, dia_error *error)
{
    int64_t points = 0, noise = 0, version = 0;
    *c = (dia_calibration){0};
    if (!dia_store_has(store, "calibration"))
        return DIA_OK;
    dia_status status = dia_store_attribute_int(store, "", "version", &version, error);
    const size_t n = version < 5 ? DIA_CALIBRATED_GAP : DIA_CALIBRATED, dims[3] = {n, cube[1], cube[2]};
    if (status == DIA_OK)
        status = dia_store_read(store, "calibration/factor", DIA_NUMBER_REAL, 3, dims, &c->factor[0][0][0], error);
    if (status == DIA_OK)
        status = dia_store_read(store, "calibration/floor", DIA_NUMBER_REAL, 1, dims, c->floor, error);
    if (status == DIA_OK && n < DIA_CALIBRATED)
        complete(c);
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "calibration", "points", &points, error);
    if (status == DIA_OK && dia_store_has_attribute(store, "calibration", "noise"))
        status = dia_store_attribute_int(store, "calibration", "noise", &noise, error);
    bool good = points >= 1 && points < 1000000000;
    for (int i = 0; i < DIA_CALIBRATED; i++) {
        good = good && c->floor[i] >= 0.0 && isfinite(c->floor[i]);
        for (int k = 0; k < DIA_CALIBRATION_GAPS * DIA_CALIBRATION_LEVELS; k++)
            good = good && c->factor[i][k / DIA_CALIBRATION_LEVELS][k % DIA_CALIBRATION_LEVELS] >= 0.0 &&
                   isfinite(c->factor[i][k / DIA_CALIBRATION_LEVELS][k % DIA_CALIBRATION_LEVELS]);
    }
    if (status == DIA_OK && !good)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: group 'calibration' holds impossible numbers; expected finite ones from 0 on, and "
                             "'points' of 1 or more",
                             dia_store_path(store));
    c->npoint = (int)points;
    c->noise = noise != 0;
    return status;
}
