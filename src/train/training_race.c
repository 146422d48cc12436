/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "train/training_run.h"

/* One start of the race: its parameters and the optimiser's state are left in place. */
static dia_status run_start(dia_run *r, int start, double *value)
{
    const struct dia_stage *stage = &r->t->settings.stage[0];
    const long length = stage->type->length(stage->self), race = r->t->settings.network.race;
    dia_status status = DIA_OK;
    bool converged = false;
    dia_network_randomise(r->t->network, (uint64_t)r->t->settings.network.seed, dia_training_start(r->t, start));
    memset(r->at.state, 0, sizeof *r->at.state * r->at.state_size);
    for (r->at.iteration = 0; r->at.iteration < race && r->at.iteration < length && !converged && status == DIA_OK;
         r->at.iteration++) {
        status = stage->type->advance(stage->self, &r->problem, r->at.iteration, r->at.state, &r->at.loss, &converged);
        if (status == DIA_OK)
            dia_run_add_to_average(r, stage);
    }
    return status == DIA_OK ? dia_run_loss(r, stage, value) : status;
}

/* Tries several first weights; the training goes on from the best of them. An interruption begins the race anew. */
dia_status dia_run_race(dia_run *r, dia_error *error)
{
    dia_training *t = r->t;
    const int nstart = t->settings.network.starts;
    const size_t ntheta = (size_t)r->problem.ntheta;
    dia_status status = dia_run_begin_stage(r, false, error);
    double *best = status == DIA_OK ? calloc(ntheta + r->at.state_size, sizeof *best) : NULL, lowest = INFINITY;
    long reached = 0;
    int winner = -1;
    if (status == DIA_OK && best == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the race of %d starts", nstart);
    dia_run_use_stage(r, &t->settings.stage[0]);
    r->problem.seed = (uint64_t)t->settings.data.seed;
    for (int start = 0; start < nstart && status == DIA_OK; start++) {
        double value = NAN;
        status = run_start(r, start, &value);
        if (status == DIA_ERROR_INTERRUPTED)
            dia_error_set(error, status, "stopped in the race of starts; the same command begins it again");
        else if (status != DIA_OK)
            dia_error_set(error, status, "start %d: %s", start + 1, dia_status_text(status));
        else if (value < lowest) {
            lowest = value;
            winner = start;
            reached = r->at.iteration;
            memcpy(best, t->network->theta, sizeof *best * ntheta);
            memcpy(best + ntheta, r->at.state, sizeof *best * r->at.state_size);
        }
        if (status == DIA_OK)
            dia_control_note(r->control, "start %d of %d: loss %.4g%s", start + 1, nstart, value,
                             winner == start ? ", the best so far" : "");
    }
    if (status == DIA_OK && winner < 0)
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the loss of none of %d starts is finite", nstart);
    if (status == DIA_OK) {
        dia_run_set_theta(r, best);
        memcpy(r->at.state, best + ntheta, sizeof *best * r->at.state_size);
        r->at.iteration = reached;
    }
    free(best);
    return status;
}
