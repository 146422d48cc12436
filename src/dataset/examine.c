/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataset/examine.h"

#include <math.h>

#include "check/data/checkup.h"

/* Is one number in all places? No program computes that of 3N components: it stands for "not computed". */
static bool all_alike(int n, const double *values)
{
    for (int i = 0; i < n; i++)
        if (values[i] != values[0] || isnan(values[i]))
            return false;
    return true;
}

/* Vectors of `count` rows a point that are placeholders (zeros, or one other number as 9999) become missing. */
static void drop_placeholders(const dia_dataset *data, FILE *notes, const char *what, int count, double *values)
{
    long zero = 0, other = 0, known = 0;
    int first_zero = -1, first_other = -1;
    double example = 0.0;
    for (int row = 0; row < data->npoint * count; row++) {
        double *v = values + (size_t)row * (size_t)data->ncart;
        known += !isnan(v[0]);
        if (!all_alike(data->ncart, v))
            continue;
        if (v[0] == 0.0) {
            first_zero = zero++ == 0 ? row / count : first_zero;
        } else if (other++ == 0) {
            first_other = row / count;
            example = v[0];
        }
        for (int a = 0; a < data->ncart; a++)
            v[a] = NAN;
    }
    if (zero > 0)
        fprintf(
            notes,
            "%ld of %ld %s are exactly zero (first at point %d), the usual placeholder for 'not computed': taken as "
            "missing; write NaN for what is missing, and use network.symmetry for couplings that symmetry forbids\n",
            zero, known, what, first_zero);
    if (other > 0)
        fprintf(notes,
                "%ld of %ld %s are one number in all their components (%g at point %d), a placeholder: taken as "
                "missing; write NaN for what is missing\n",
                other, known, what, example, first_other);
}

dia_status dia_dataset_examine(dia_dataset *data, int threads, FILE *notes, dia_error *error)
{
    if (data->natom > 1) {
        drop_placeholders(data, notes, "gradients", data->nstate, data->gradient);
        drop_placeholders(data, notes, "couplings", data->npair, data->coupling);
    }
    return dia_checkup_brief(data, threads, notes, error);
}
