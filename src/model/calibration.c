/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/calibration.h"

#include <math.h>

const double dia_calibration_gaps[DIA_CALIBRATION_GAPS - 1] = {0.1 * DIA_EV, 0.5 * DIA_EV};
const double dia_calibration_levels[DIA_CALIBRATION_LEVELS] = {0.68, 0.95};
const char *const dia_calibration_names[DIA_CALIBRATED] = {"energy", "gradient", "coupling"};

int dia_calibration_class(double gap)
{
    int class = 0;
    while (class < DIA_CALIBRATION_GAPS - 1 && gap >= dia_calibration_gaps[class])
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

dia_status dia_calibration_read(dia_calibration *c, const dia_store *store, dia_error *error)
{
    int64_t points = 0, noise = 0;
    *c = (dia_calibration){0};
    if (!dia_store_has(store, "calibration"))
        return DIA_OK;
    dia_status status =
        dia_store_read(store, "calibration/factor", DIA_NUMBER_REAL, 3, cube, &c->factor[0][0][0], error);
    if (status == DIA_OK)
        status = dia_store_read(store, "calibration/floor", DIA_NUMBER_REAL, 1, &row, c->floor, error);
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
