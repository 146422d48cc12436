/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a training: stage after stage, checkpoints, the best parameters, the model file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "model/front.h"
#include "train/checkpoint.h"
#include "train/training.h"

typedef struct run {
    dia_training *t;
    const dia_control *control;
    dia_objective *objective;
    dia_problem problem;
    dia_workspace workspace; /* of the optimiser; owned */
    dia_matrix_block blocks[DIA_ARCHITECTURE_BLOCKS];
    dia_checkpoint at;         /* progress so far */
    double saved;              /* time of the last checkpoint */
    dia_characters characters; /* of the data, if a stage asks for them; owned */
    int *symmetric;            /* (nsymmetric) training points where symmetry tells the states apart; owned */
    int nsymmetric;
    double *own;   /* (ntheta) parameters while their average is in use; owned */
    double *kept;  /* (ntheta + state_size) parameters and state before the advance that is under way; owned */
    double before; /* fraction that was done before this call   */
} run;

dia_loss dia_training_loss(const dia_training *t, const struct dia_stage *stage)
{
    const struct dia_loss_settings *s = &t->settings.loss;
    return (dia_loss){.energy = s->energy,
                      .gradient = s->gradient * (stage != NULL ? stage->gradient : 1.0),
                      .coupling = s->coupling * (stage != NULL ? stage->coupling : 1.0),
                      .coupling_gap = s->coupling_gap,
                      .coupling_power =
                          stage != NULL && stage->coupling_power > 0.0 ? stage->coupling_power : s->coupling_power,
                      .degenerate = s->degenerate,
                      .high_energy = s->high_energy,
                      .high_power = s->high_power,
                      .outlier = s->outlier,
                      .energy_zero = t->data.lowest,
                      .fitted = t->settings.network.states,
                      .surplus = s->surplus};
}

static void use_stage(run *r, const struct dia_stage *stage)
{
    const dia_loss loss = dia_training_loss(r->t, stage);
    dia_objective_set_loss(r->objective, &loss);
    dia_objective_set_characters(r->objective, stage->match != 0 ? &r->characters : NULL);
}

/* The average of the parameters in a stage that has one, behind the optimiser's state: number of advances, then the sum
 * (ntheta) of parameters, each weighted by (1 - kept) kept^(advances since). */
static double *average_of(const run *r, const struct dia_stage *stage)
{
    return stage->average > 0.0 ? r->at.state + r->at.state_size - r->problem.ntheta - 1 : NULL;
}

static void add_to_average(const run *r, const struct dia_stage *stage)
{
    double *average = average_of(r, stage);
    const double *theta = r->t->network->theta;
    if (average == NULL)
        return;
    average[0] += 1.0;
    for (int i = 0; i < r->problem.ntheta; i++)
        average[1 + i] = stage->average * average[1 + i] + (1.0 - stage->average) * theta[i];
}

/* Exchanges the parameters for their average, which goes into theta; `own` (ntheta) keeps them. */
static void take_average(const run *r, const struct dia_stage *stage, double *own)
{
    const double *average = average_of(r, stage);
    double *theta = r->t->network->theta;
    if (own != NULL)
        memcpy(own, theta, sizeof *own * (size_t)r->problem.ntheta);
    if (average == NULL || average[0] == 0.0)
        return;
    const double all = 1.0 - pow(stage->average, average[0]);
    for (int i = 0; i < r->problem.ntheta; i++)
        theta[i] = average[1 + i] / all;
    dia_network_refresh(r->t->network);
}

static void set_theta(const run *r, const double *theta)
{
    memcpy(r->t->network->theta, theta, sizeof *theta * (size_t)r->problem.ntheta);
    dia_network_refresh(r->t->network);
}

/* Loss of the present parameters on the validation points (training points if there are none), always with the input's
 * own weights. */
static dia_status plain_loss(run *r, const struct dia_stage *stage, double *value)
{
    dia_training *t = r->t;
    const dia_loss plain = dia_training_loss(t, NULL);
    const bool separate = t->nvalidation > 0;
    dia_objective_set_loss(r->objective, &plain);
    dia_objective_set_characters(r->objective, NULL);
    const dia_status status = dia_objective_evaluate(r->objective, separate ? t->nvalidation : t->ntrain,
                                                     separate ? t->validation : t->train, value, NULL);
    use_stage(r, stage);
    return status;
}

/* That of the parameters, or of their average; the best are kept. */
static dia_status judge(run *r, const struct dia_stage *stage, double *value)
{
    dia_training *t = r->t;
    take_average(r, stage, r->own);
    const dia_status status = plain_loss(r, stage, value);
    if (status == DIA_OK && *value < t->best_value) {
        t->best_value = *value;
        memcpy(t->best, t->network->theta, sizeof *t->best * (size_t)t->network->shape.ntheta);
    }
    if (stage->average > 0.0)
        set_theta(r, r->own);
    return status;
}

static double fraction_done(const dia_training_settings *s, int stage, long iteration)
{
    double all = 0.0, done = 0.0;
    for (int i = 0; i < s->nstage; i++) {
        const double length = (double)s->stage[i].type->length(s->stage[i].self);
        all += length;
        done += i < stage ? length : 0.0;
    }
    return (done + (double)iteration) / all;
}

/* Short enough for a line of 80 columns behind the time that is left. */
static void tell(run *r, long length)
{
    const dia_training_settings *s = &r->t->settings;
    char note[120];
    snprintf(note, sizeof note, "stage %d/%d, %ld/%ld, loss %.3g, best %.3g", r->at.stage + 1, s->nstage,
             r->at.iteration, length, r->at.loss, r->t->best_value);
    dia_control_progress(r->control, &(dia_progress_state){.what = "training",
                                                           .done = fraction_done(s, r->at.stage, r->at.iteration),
                                                           .total = 1.0,
                                                           .before = r->before,
                                                           .note = note});
}

/* Text of a JSON object that `write` fills, heap; NULL: out of memory. */
static char *json_text(const dia_training *t, void (*write)(const dia_training *t, dia_json *json))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    write(t, &json);
    dia_json_end(&json);
    fclose(out);
    return text;
}

static void write_errors(const dia_training *t, dia_json *json)
{
    static const char *const names[] = {"training", "validation"};
    for (int i = 0; i < (t->nvalidation > 0 ? 2 : 1); i++) {
        dia_json_object(json, names[i]);
        dia_errors_json(&t->errors[i], json);
        dia_json_end(json);
    }
}

static void write_labels(const dia_training *t, dia_json *json)
{
    const dia_label_count count = dia_dataset_count(&t->data, t->ntrain, t->train);
    dia_label_count_json(&count, json);
}

/* The model as it is now; measured: its errors are known. */
static dia_status write_model(run *r, const char *path, bool measured, dia_error *error)
{
    dia_training *t = r->t;
    char *errors = measured ? json_text(t, write_errors) : NULL, *labels = json_text(t, write_labels);
    const char *stages[DIA_TRAINING_STAGES];
    for (int i = 0; i < t->settings.nstage; i++)
        stages[i] = t->settings.stage[i].type->name;
    const dia_network_record record = {.level_of_theory = t->data.level_of_theory,
                                       .licence = t->data.licence,
                                       .source = t->data.source,
                                       .training = t->text,
                                       .symmetry = t->found,
                                       .errors = errors,
                                       .labels = labels,
                                       .data_digest = t->data.digest,
                                       .nstage = t->settings.nstage,
                                       .stages = stages,
                                       .nhistory = (int)r->at.history.n,
                                       .history = r->at.history.row};
    dia_status status = (errors != NULL || !measured) && labels != NULL
                            ? dia_network_save(t->network, path, &record, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the report of errors");
    free(errors);
    free(labels);
    return status;
}

/* The notes of the model and one more sentence, heap. */
static char *longer_note(const dia_training *t, const char *text)
{
    const char *old = t->network->note != NULL ? t->network->note : "";
    const size_t room = strlen(old) + strlen(text) + 2;
    char *note = malloc(room);
    if (note != NULL)
        snprintf(note, room, "%s%s%s", old, old[0] != '\0' ? "\n" : "", text);
    return note;
}

/* Couplings at small gaps and intersections that are not those of the data are called so in the model file, for its
 * users. */
static dia_status note_topology(run *r, dia_error *error)
{
    dia_training *t = r->t;
    char text[DIA_ERRORS_VERDICT];
    if (!dia_errors_wrong(&t->errors[0], sizeof text, text) && !dia_errors_wrong(&t->errors[1], sizeof text, text))
        return DIA_OK;
    dia_control_warn(r->control, "%s: %s", t->output, text);
    char *note = longer_note(t, text);
    if (note == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a note");
    free(t->network->note);
    t->network->note = note;
    return DIA_OK;
}

/* The best model so far, for those who want to look at it while the training runs. */
static dia_status write_best(run *r, dia_error *error)
{
    dia_training *t = r->t;
    char text[120], *note = t->network->note;
    if (!isfinite(t->best_value))
        return DIA_OK;
    snprintf(text, sizeof text, "the best model so far of a training that was not finished (stage %d of %d)",
             r->at.stage + 1, t->settings.nstage);
    t->network->note = longer_note(t, text);
    memcpy(r->own, t->network->theta, sizeof *r->own * (size_t)r->problem.ntheta);
    set_theta(r, t->best);
    const dia_status status = write_model(r, t->partial, false, error);
    set_theta(r, r->own);
    free(t->network->note);
    t->network->note = note;
    return status;
}

static dia_status save_checkpoint(run *r, dia_error *error)
{
    r->at.best_value = r->t->best_value;
    r->saved = dia_checkpoint_clock();
    r->at.symmetry = r->t->found;
    const dia_status status = dia_checkpoint_write(r->t->checkpoint, r->t->digest, &r->at, r->t->network->shape.ntheta,
                                                   r->t->network->theta, r->t->best, error);
    return status == DIA_OK ? write_best(r, error) : status;
}

/* One epoch or iteration and, from time to time, the validation loss. If stopped midway, everything is restored to the
 * state before, so that a resumed training repeats it and ends with the same numbers. */
static dia_status advance(run *r, long length, bool *converged, double *validation, dia_error *error)
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
        add_to_average(r, stage);
    r->at.iteration++;
    *validation = NAN;
    if (status == DIA_OK && (r->at.iteration % every == 0 || r->at.iteration == length || *converged))
        status = judge(r, stage, validation);
    if (status != DIA_ERROR_INTERRUPTED)
        return status;
    memcpy(t->network->theta, r->kept, sizeof *r->kept * ntheta);
    memcpy(r->at.state, r->kept + ntheta, sizeof *r->kept * r->at.state_size);
    r->at.loss = loss;
    r->at.iteration--;
    return status;
}

/* Finds out where symmetry tells the states apart, if a stage asks for it. */
static dia_status look_for_symmetry(run *r, dia_error *error)
{
    const dia_training *t = r->t;
    bool asked = false;
    for (int i = 0; i < t->settings.nstage; i++)
        asked = asked || t->settings.stage[i].match != 0 || t->settings.stage[i].points != 0;
    if (!asked)
        return DIA_OK;
    dia_status status = dia_characters_make(&r->characters, &t->network->symmetry, &t->data, error);
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
static bool out_of_patience(const run *r, const struct dia_stage *stage)
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
static dia_status run_stage(run *r, dia_error *error)
{
    dia_training *t = r->t;
    const struct dia_stage *stage = &t->settings.stage[r->at.stage];
    const long length = stage->type->length(stage->self);
    use_stage(r, stage);
    r->problem.seed = (uint64_t)t->settings.data.seed + 1000 * (uint64_t)r->at.stage;
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
            double *average = average_of(r, stage);
            set_theta(r, t->best);
            for (int i = 0; average != NULL && i < r->problem.ntheta; i++)
                average[1 + i] = t->best[i] * (1.0 - pow(stage->average, average[0]));
            converged = true;
        }
        if (!stop) {
            tell(r, length);
            stop = dia_control_stopped(r->control);
        }
        if (stop || dia_checkpoint_clock() - r->saved > 20.0) {
            if (converged)
                r->at.iteration = length;
            status = save_checkpoint(r, error);
            if (status == DIA_OK && stop)
                status = dia_error_set(error, DIA_ERROR_INTERRUPTED, "stopped; the same command goes on from %s",
                                       t->checkpoint);
            if (status != DIA_OK)
                return status;
        }
    }
    take_average(r, stage, NULL);
    return DIA_OK;
}

static dia_status begin_stage(run *r, bool resumed, dia_error *error)
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

static dia_status measure(run *r, int which, int n, const int *points, dia_error *error)
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

static dia_status resume(run *r, bool *resumed, dia_error *error)
{
    dia_training *t = r->t;
    *resumed = false;
    dia_status status = dia_checkpoint_read(t->checkpoint, t->digest, &r->at, t->network->shape.ntheta,
                                            t->network->theta, t->best, resumed, error);
    if (status == DIA_OK && *resumed && r->at.stage >= t->settings.nstage) {
        dia_error_set(error, DIA_ERROR_FILE, "%s: is in stage %d of %d", t->checkpoint, r->at.stage + 1,
                      t->settings.nstage);
        return dia_checkpoint_damaged(error);
    }
    if (status == DIA_OK && *resumed) {
        t->best_value = r->at.best_value;
        dia_network_refresh(t->network);
        r->before = fraction_done(&t->settings, r->at.stage, r->at.iteration);
    }
    return status;
}

/* One start of the race: its parameters and the optimiser's state are left in place. */
static dia_status run_start(run *r, int start, double *value)
{
    const struct dia_stage *stage = &r->t->settings.stage[0];
    const long length = stage->type->length(stage->self), race = r->t->settings.network.race;
    dia_status status = DIA_OK;
    bool converged = false;
    dia_network_randomise(r->t->network, (uint64_t)r->t->settings.network.seed, (uint64_t)start);
    memset(r->at.state, 0, sizeof *r->at.state * r->at.state_size);
    for (r->at.iteration = 0; r->at.iteration < race && r->at.iteration < length && !converged && status == DIA_OK;
         r->at.iteration++) {
        status = stage->type->advance(stage->self, &r->problem, r->at.iteration, r->at.state, &r->at.loss, &converged);
        if (status == DIA_OK)
            add_to_average(r, stage);
    }
    return status == DIA_OK ? plain_loss(r, stage, value) : status;
}

/* Tries several first weights; the training goes on from the best of them. An interruption begins the race anew. */
static dia_status run_race(run *r, dia_error *error)
{
    dia_training *t = r->t;
    const int nstart = t->settings.network.starts;
    const size_t ntheta = (size_t)r->problem.ntheta;
    dia_status status = begin_stage(r, false, error);
    double *best = status == DIA_OK ? calloc(ntheta + r->at.state_size, sizeof *best) : NULL, lowest = INFINITY;
    long reached = 0;
    int winner = -1;
    if (status == DIA_OK && best == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the race of %d starts", nstart);
    use_stage(r, &t->settings.stage[0]);
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
        set_theta(r, best);
        memcpy(r->at.state, best + ntheta, sizeof *best * r->at.state_size);
        r->at.iteration = reached;
    }
    free(best);
    return status;
}

static dia_status run_all(run *r, dia_error *error)
{
    dia_training *t = r->t;
    bool resumed;
    dia_status status = resume(r, &resumed, error);
    if (status == DIA_OK && !resumed && t->settings.network.starts > 1) {
        status = run_race(r, error);
        resumed = true; /* goes on with the state of the winner */
    }
    for (; r->at.stage < t->settings.nstage && status == DIA_OK; r->at.stage++, resumed = false) {
        status = begin_stage(r, resumed, error);
        if (status == DIA_OK)
            status = run_stage(r, error);
        if (status != DIA_OK)
            return status;
    }
    if (status != DIA_OK)
        return status;
    memcpy(t->network->theta, t->best, sizeof *t->best * (size_t)t->network->shape.ntheta);
    dia_network_refresh(t->network);
    status = measure(r, 0, t->ntrain, t->train, error);
    if (status == DIA_OK && t->nvalidation > 0)
        status = measure(r, 1, t->nvalidation, t->validation, error);
    if (status == DIA_OK)
        status = note_topology(r, error);
    if (status == DIA_OK)
        status = write_model(r, t->output, true, error);
    if (status == DIA_OK) {
        unlink(t->checkpoint);
        unlink(t->partial);
    }
    return status;
}

dia_status dia_training_run(dia_training *t, const dia_control *control, dia_error *error)
{
    run r = {.t = t, .control = control, .saved = dia_checkpoint_clock()};
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
