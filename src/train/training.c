/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a training: stage after stage, checkpoints; the model file at the end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "train/training_run.h"

double dia_run_done(const dia_run *r, double iteration)
{
    const dia_training_settings *s = &r->t->settings;
    double all = dia_run_has_dipoles(r) ? s->dipoles.epochs : 0.0, done = 0.0;
    for (int i = 0; i < s->nstage; i++) {
        const double length = (double)s->stage[i].type->length(s->stage[i].self);
        all += length;
        done += i < r->at.stage ? length : 0.0;
    }
    return (done + iteration) / all;
}

/* After an advance, or when a part of the next is done. Short enough for a line of 80 columns behind the time that is
 * left. */
static void tell(void *context, double part)
{
    const dia_run *r = context;
    const dia_training_settings *s = &r->t->settings;
    const struct dia_stage *stage = &s->stage[r->at.stage];
    const long length = stage->type->length(stage->self);
    const double reached = (double)r->at.iteration + part, digits = length <= 100 && part > 0.0 ? 10.0 : 1.0;
    char note[120];
    int n = snprintf(note, sizeof note, "stage %d/%d, %.*f/%ld", r->at.stage + 1, s->nstage, digits > 1.0,
                     floor(digits * reached) / digits, length);
    if (r->at.iteration > 0)
        n += snprintf(note + n, sizeof note - (size_t)n, ", loss %.3g", r->at.loss);
    if (isfinite(r->t->best_value))
        snprintf(note + n, sizeof note - (size_t)n, ", best %.3g", r->t->best_value);
    dia_control_progress(
        r->control,
        &(dia_progress_state){
            .what = "training", .done = dia_run_done(r, reached), .total = 1.0, .before = r->before, .note = note});
}

dia_status dia_run_save(dia_run *r, dia_error *error)
{
    r->at.best_value = r->t->best_value;
    r->saved = dia_checkpoint_clock();
    r->at.symmetry = r->t->found;
    const dia_status status = dia_checkpoint_write(r->t->checkpoint, r->t->digest, &r->at, r->t->network->shape.ntheta,
                                                   r->t->network->theta, r->t->best, error);
    return status == DIA_OK ? dia_run_write_best(r, error) : status;
}

/* One epoch or iteration and, from time to time, the validation loss. If stopped midway, everything is restored to the
 * state before, so that a resumed training repeats it and ends with the same numbers. */
static dia_status advance(dia_run *r, long length, bool *converged, double *validation, dia_error *error)
{
    dia_training *t = r->t;
    const struct dia_stage *stage = &t->settings.stage[r->at.stage];
    const size_t ntheta = (size_t)t->network->shape.ntheta;
    const long every = length > 100 ? 10 : 1; /* advances between two validations */
    const double loss = r->at.loss;
    memcpy(r->kept, t->network->theta, sizeof *r->kept * ntheta);
    memcpy(r->kept + ntheta, r->at.state, sizeof *r->kept * r->at.state_size);
    dia_status status =
        stage->type->advance(stage->self, &r->problem, r->at.iteration, r->at.state, &r->at.loss, converged);
    if (status == DIA_OK && !isfinite(r->at.loss))
        status = dia_error_set(error, DIA_ERROR_NUMERIC,
                               "the loss is no longer finite in stage %d (%s), iteration %ld; a smaller rate or other "
                               "weights may help",
                               r->at.stage + 1, stage->type->name, r->at.iteration);
    if (status == DIA_OK)
        dia_run_add_to_average(r, stage);
    r->at.iteration++;
    *validation = NAN;
    if (status == DIA_OK && (r->at.iteration % every == 0 || r->at.iteration == length || *converged))
        status = dia_run_judge(r, stage, validation);
    if (status != DIA_ERROR_INTERRUPTED)
        return status;
    memcpy(t->network->theta, r->kept, sizeof *r->kept * ntheta);
    memcpy(r->at.state, r->kept + ntheta, sizeof *r->kept * r->at.state_size);
    r->at.loss = loss;
    r->at.iteration--;
    return status;
}

/* Finds out where symmetry tells the states apart, if a stage asks for it. */
static dia_status look_for_symmetry(dia_run *r, dia_error *error)
{
    const dia_training *t = r->t;
    bool asked = false;
    for (int i = 0; i < t->settings.nstage; i++)
        asked = asked || t->settings.stage[i].match != 0 || t->settings.stage[i].points != 0;
    if (!asked)
        return DIA_OK;
    dia_status status = dia_characters_make(&r->characters, &t->network->symmetry, false, &t->data, error);
    if (status != DIA_OK)
        return status;
    r->symmetric = calloc((size_t)t->ntrain, sizeof *r->symmetric);
    if (r->symmetric == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d points", t->ntrain);
    for (int i = 0; i < t->ntrain; i++)
        if (dia_characters_told(&r->characters, t->train[i]))
            r->symmetric[r->nsymmetric++] = t->train[i];
    dia_control_note(r->control, "symmetry tells which states are alike at %d of %d training points", r->nsymmetric,
                     t->ntrain);
    return r->nsymmetric > 0
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_INPUT,
                               "a stage has `match: symmetry` or `points: symmetric`, but no training point is its own "
                               "image under a generator of network.symmetry under which the states differ, with a "
                               "coupling that tells which of them are alike");
}

/* Has the stage gone on for too long without a better validation loss? */
static bool out_of_patience(const dia_run *r, const struct dia_stage *stage)
{
    const double *best = NULL;
    for (size_t i = 0; i < r->at.history.n; i++) {
        const double *row = r->at.history.row + DIA_NETWORK_HISTORY * i;
        if ((int)row[0] == r->at.stage && (best == NULL || row[3] < best[3]))
            best = row;
    }
    return stage->patience > 0 && best != NULL && (double)r->at.iteration - best[1] >= stage->patience;
}

/* Advances one stage from at.iteration to its end. */
static dia_status run_stage(dia_run *r, dia_error *error)
{
    dia_training *t = r->t;
    const struct dia_stage *stage = &t->settings.stage[r->at.stage];
    const long length = stage->type->length(stage->self);
    dia_run_use_stage(r, stage);
    dia_objective_set_listener(r->objective, tell, r);
    r->problem.seed = t->order + 1000 * (uint64_t)r->at.stage;
    for (bool converged = false; r->at.iteration < length && !converged;) {
        double validation;
        dia_status status = advance(r, length, &converged, &validation, error);
        bool stop = status == DIA_ERROR_INTERRUPTED;
        if (!stop && status == DIA_OK && !isnan(validation))
            status = dia_history_add(&r->at.history, r->at.stage, r->at.iteration, r->at.loss, validation, error);
        if (!stop && status != DIA_OK)
            return dia_error_set(error, status, "stage %d (%s): %s", r->at.stage + 1, stage->type->name,
                                 dia_status_text(status));
        if (!stop && out_of_patience(r, stage)) {
            double *average = dia_run_average(r, stage);
            dia_run_set_theta(r, t->best);
            for (int i = 0; average != NULL && i < r->problem.ntheta; i++)
                average[1 + i] = t->best[i] * (1.0 - pow(stage->average, average[0]));
            converged = true;
        }
        if (!stop) {
            tell(r, 0.0);
            stop = dia_control_stopped(r->control);
        }
        if (stop || dia_checkpoint_clock() - r->saved > 20.0) {
            if (converged)
                r->at.iteration = length;
            status = dia_run_save(r, error);
            if (status == DIA_OK && stop)
                status = dia_error_set(error, DIA_ERROR_INTERRUPTED, "stopped; the same command goes on from %s",
                                       t->checkpoint);
            if (status != DIA_OK)
                return status;
        }
    }
    dia_run_take_average(r, stage, NULL);
    return DIA_OK;
}

dia_status dia_run_begin_stage(dia_run *r, bool resumed, dia_error *error)
{
    const struct dia_stage *stage = &r->t->settings.stage[r->at.stage];
    dia_workspace_release(&r->workspace);
    r->problem.npoint = stage->points != 0 ? r->nsymmetric : r->t->ntrain;
    r->problem.points = stage->points != 0 ? r->symmetric : r->t->train;
    const size_t size =
        stage->type->state_size(stage->self, &r->problem) + (stage->average > 0.0 ? (size_t)r->problem.ntheta + 1 : 0);
    if (resumed && (r->at.iteration > stage->type->length(stage->self) || r->at.state_size != size ||
                    (stage->type->sound != NULL && !stage->type->sound(stage->self, r->at.state)))) {
        dia_error_set(error, DIA_ERROR_FILE, "%s: the state of stage %d (%s) is not one that this optimiser leaves",
                      r->t->checkpoint, r->at.stage + 1, stage->type->name);
        return dia_checkpoint_damaged(error);
    }
    if (!resumed) {
        free(r->at.state);
        r->at.state = calloc(size > 0 ? size : 1, sizeof *r->at.state);
        r->at.state_size = size;
        r->at.iteration = 0;
    }
    free(r->kept);
    free(r->own);
    r->kept = calloc((size_t)r->problem.ntheta + size + 1, sizeof *r->kept);
    r->own = calloc((size_t)r->problem.ntheta, sizeof *r->own);
    return r->at.state != NULL && r->kept != NULL && r->own != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for optimiser %s", stage->type->name);
}

static dia_status measure(dia_run *r, int which, int n, const int *points, dia_error *error)
{
    const dia_training *t = r->t;
    double *E = calloc((size_t)n * (size_t)t->data.nstate + 1, sizeof *E);
    double *F = calloc((size_t)n * (size_t)(t->network->shape.npacked * t->data.ncart) + 1, sizeof *F);
    dia_status status =
        E != NULL && F != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to measure errors");
    if (status == DIA_OK)
        status = dia_objective_predict(r->objective, n, points, E, F);
    memset(&r->t->errors[which], 0, sizeof r->t->errors[which]);
    if (status == DIA_OK)
        status = dia_errors_add(&r->t->errors[which], &t->data, t->settings.network.states, n, points, E, F, error);
    if (status == DIA_OK)
        status = dia_topology_check(&r->t->errors[which], t->model, &t->data, t->settings.network.states, n, points,
                                    which == 0 ? &t->named : NULL, error);
    free(E);
    free(F);
    return status;
}

static dia_status resume(dia_run *r, bool *resumed, dia_error *error)
{
    dia_training *t = r->t;
    *resumed = false;
    dia_status status = dia_checkpoint_read(t->checkpoint, t->digest, &r->at, t->network->shape.ntheta,
                                            t->network->theta, t->best, resumed, error);
    if (status == DIA_OK && *resumed && r->at.stage >= t->settings.nstage + dia_run_has_dipoles(r)) {
        dia_error_set(error, DIA_ERROR_FILE, "%s: is in stage %d of %d", t->checkpoint, r->at.stage + 1,
                      t->settings.nstage);
        return dia_checkpoint_damaged(error);
    }
    if (status == DIA_OK && *resumed) {
        t->best_value = r->at.best_value;
        dia_network_refresh(t->network);
        r->before = dia_run_done(r, (double)r->at.iteration);
    }
    return status;
}

static dia_status run_all(dia_run *r, dia_error *error)
{
    dia_training *t = r->t;
    bool resumed;
    dia_status status = resume(r, &resumed, error);
    if (status == DIA_OK && !resumed && t->settings.network.starts > 1) {
        status = dia_run_race(r, error);
        resumed = true; /* goes on with the state of the winner */
    }
    for (; status == DIA_OK && r->at.stage < t->settings.nstage; r->at.stage++, resumed = false) {
        status = dia_run_begin_stage(r, resumed, error);
        if (status == DIA_OK)
            status = run_stage(r, error);
        if (status != DIA_OK)
            return status;
    }
    if (status != DIA_OK)
        return status;
    if (t->settings.nstage > 0) /* else H is that of network.start */
        memcpy(t->network->theta, t->best, sizeof *t->best * (size_t)t->network->shape.ntheta);
    dia_network_refresh(t->network);
    if (dia_run_has_dipoles(r))
        status = dia_run_dipoles(r, resumed, error);
    if (status == DIA_OK)
        status = measure(r, 0, t->ntrain, t->train, error);
    if (status == DIA_OK && t->nvalidation > 0)
        status = measure(r, 1, t->nvalidation, t->validation, error);
    if (status == DIA_OK && t->settings.nstage > 0)
        status = dia_run_note_topology(r, error);
    if (status == DIA_OK)
        status = dia_run_write_model(r, t->output, true, error);
    if (status == DIA_OK) {
        unlink(t->checkpoint);
        unlink(t->partial);
    }
    return status;
}

dia_status dia_training_run(dia_training *t, const dia_control *control, dia_error *error)
{
    dia_run r = {.t = t, .control = control, .saved = dia_checkpoint_clock()};
    const dia_loss loss = dia_training_loss(t, NULL);
    dia_status status = dia_objective_create(&r.objective, t->model, &t->data, &loss, t->data.npoint, control, error);
    if (status != DIA_OK)
        return status;
    r.problem = (dia_problem){.objective = r.objective,
                              .model = t->model,
                              .ntheta = t->network->shape.ntheta,
                              .npoint = t->ntrain,
                              .points = t->train,
                              .nblock = t->network->architecture->blocks(t->network->body, r.blocks),
                              .blocks = r.blocks,
                              .workspace = &r.workspace};
    status = look_for_symmetry(&r, error);
    for (int i = 0; i < t->settings.nstage && status == DIA_OK; i++) {
        const struct dia_stage *stage = &t->settings.stage[i];
        if (stage->type->check != NULL)
            status = stage->type->check(stage->self, &r.problem, error);
    }
    if (status == DIA_OK)
        status = run_all(&r, error);
    dia_workspace_release(&r.workspace);
    dia_characters_free(&r.characters);
    free(r.symmetric);
    free(r.kept);
    free(r.own);
    free(r.at.state);
    free(r.at.history.row);
    dia_objective_free(r.objective);
    return status;
}

dia_status dia_training_complete(const dia_training *t, bool *complete, dia_error *error)
{
    *complete = false;
    if (access(t->output, F_OK) != 0)
        return DIA_OK;
    return dia_checkpoint_output_matches(t->output, t->text, t->data.digest, complete, error);
}
