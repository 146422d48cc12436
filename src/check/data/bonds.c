/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/data/bonds.h"

#include <math.h>

#include "math/vector.h"
#include "molecule/radii.h"

static double radii(const dia_dataset *data, int a, int b)
{
    const double sum = dia_element_radius(data->numbers[a]) + dia_element_radius(data->numbers[b]);
    return sum > 0.0 ? sum : 3.0; /* beyond Rn: a middle one */
}

double dia_point_bond(const dia_dataset *data, int point)
{
    enum { MOST = 200 }; /* of a larger system the first atoms tell as well */
    const double *R = data->R + (size_t)point * (size_t)data->ncart;
    const int n = data->natom < MOST ? data->natom : MOST;
    double list[MOST];
    for (int a = 0; a < n; a++) {
        double nearest = INFINITY;
        for (int b = 0; b < data->natom; b++) {
            const double ratio = b == a ? INFINITY : dia_distance(R + 3 * a, R + 3 * b) / radii(data, a, b);
            if (isnan(ratio))
                return NAN;
            nearest = fmin(nearest, ratio);
        }
        list[a] = nearest;
    }
    dia_ascend(n, list);
    return data->natom > 1 ? list[n / 2] : (double)NAN;
}

double dia_point_closest(const dia_dataset *data, int point, int *first, int *second)
{
    const double *R = data->R + (size_t)point * (size_t)data->ncart;
    double least = INFINITY;
    *first = *second = -1;
    for (int a = 0; a < data->natom; a++)
        for (int b = 0; b < a; b++) {
            const double ratio = dia_distance(R + 3 * a, R + 3 * b) / radii(data, a, b);
            if (ratio < least) {
                least = ratio;
                *first = b;
                *second = a;
            }
        }
    return least;
}

double dia_point_loneliest(const dia_dataset *data, int point, int *atom)
{
    const double *R = data->R + (size_t)point * (size_t)data->ncart;
    double most = 0.0;
    *atom = -1;
    for (int a = 0; a < data->natom; a++) {
        double nearest = INFINITY;
        for (int b = 0; b < data->natom; b++)
            if (b != a)
                nearest = fmin(nearest, dia_distance(R + 3 * a, R + 3 * b));
        if (nearest > most && nearest < INFINITY) {
            most = nearest;
            *atom = a;
        }
    }
    return most;
}
