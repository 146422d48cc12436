/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/outside.h"

#include <stdio.h>

int dia_model_outside(const dia_model *model, int n, const double *R, const char *what, double *novelty, size_t size,
                      char *text)
{
    const size_t ncart = (size_t)dia_model_shape(model).ncart;
    char list[200] = "", why[300];
    size_t used = 0;
    int count = 0, farthest = 0;
    double most = 0.0;
    for (int b = 0; b < n; b++) {
        const double own = dia_model_novelty(model, R + (size_t)b * ncart, 0, NULL);
        if (novelty != NULL)
            novelty[b] = own;
        if (!(own > 1.0))
            continue;
        if (count < 10 && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%d", count > 0 ? ", " : "", b);
        if (count++ == 0 || own > most) {
            farthest = b;
            most = own;
        }
    }
    text[0] = '\0';
    if (count == 0)
        return 0;
    (void)dia_model_novelty(model, R + (size_t)farthest * ncart, sizeof why, why);
    snprintf(text, size,
             "%d of %d %s (%s%s; counted from 0) are outside the region of the model's training data; farthest is %d "
             "(novelty %.2g, above 1 is outside): %s",
             count, n, what, list, count > 10 ? ", ..." : "", farthest, most, why);
    return count;
}
