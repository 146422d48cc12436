/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/outside.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/control.h"
#include "parallel/team.h"

enum { PIECE = 1000, BATCH = 20 }; /* geometries of a task; tasks between two reports */

typedef struct looking {
    const dia_model *model;
    const double *R;
    double *novelty;
    int first, n; /* of the present batch */
} looking;

static void look(void *context, int task, int thread)
{
    const looking *l = context;
    const size_t ncart = (size_t)dia_model_shape(l->model).ncart;
    (void)thread;
    for (int b = l->first + task * PIECE; b < l->n && b < l->first + (task + 1) * PIECE; b++)
        l->novelty[b] = dia_model_novelty(l->model, l->R + (size_t)b * ncart, 0, NULL);
}

static void look_at_all(looking *l, const dia_control *control)
{
    const int nthread = dia_team_size(dia_control_threads(control)), batch = BATCH * PIECE;
    dia_phase phase = {.what = "training region"};
    for (l->first = 0; l->first < l->n; l->first += batch) {
        const int left = l->n - l->first, now = left < batch ? left : batch;
        dia_control_phase(control, &phase, l->first, l->n);
        dia_team_run(nthread, now / PIECE + (now % PIECE > 0), look, l);
    }
    dia_control_phase(control, &phase, l->n, l->n);
}

int dia_model_outside(const dia_model *model, int n, const double *R, const char *what, const dia_control *control,
                      double *novelty, size_t size, char *text)
{
    const size_t ncart = (size_t)dia_model_shape(model).ncart;
    char list[200] = "", why[300];
    size_t used = 0;
    int count = 0, farthest = 0;
    double most = 0.0;
    double *kept = novelty == NULL ? dia_allocate((size_t)n, sizeof *kept) : NULL;
    looking l = {.model = model, .R = R, .novelty = novelty != NULL ? novelty : kept, .n = n};
    if (l.novelty != NULL)
        look_at_all(&l, control);
    for (int b = 0; b < n; b++) {
        const double own = l.novelty != NULL ? l.novelty[b] : dia_model_novelty(model, R + (size_t)b * ncart, 0, NULL);
        if (!(own > 1.0))
            continue;
        if (count < 10 && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%d", count > 0 ? ", " : "", b);
        if (count++ == 0 || own > most) {
            farthest = b;
            most = own;
        }
    }
    free(kept);
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
