/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Behind the last stage: the dipole matrix, H frozen. It is one more stage to the checkpoint, whose state holds the parameters, the best
 * ones, their loss, and the state of the optimiser. */
#include "train/training_dipoles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "dataset/dipoles.h"
#include "train/dipole_fit.h"
#include "train/epoch.h"
#include "train/training_run.h"

const dia_option dia_dipole_options[] = {
    DIA_INTS(dia_dipole_settings, layers, "[64, 64]",
             "units of the hidden layers of the perceptron that gives the charges, at most 5"),
    DIA_REALS(dia_dipole_settings, lengths, DIA_LENGTH, "[0.5 A, 1 A, 2 A]",
              "of its features exp(-r/length), for each pair of atoms", DIA_RANGE(1e-3, 1e3)),
    DIA_INT(dia_dipole_settings, charge, "0",
            "of the molecule: permanent dipoles of an ion are seen from its centre of mass", DIA_RANGE(-100, 100)),
    DIA_INT(dia_dipole_settings, epochs, "200", "passes over the training points with dipoles", DIA_RANGE(1, 1e9)),
    DIA_INT(dia_dipole_settings, batch, "32", "points of one step", DIA_RANGE(1, 1e9)),
    DIA_REAL(dia_dipole_settings, rate, DIA_PURE, "1e-2",
             "size of a step of `soap` at the start; it falls to a hundredth along a cosine", DIA_RANGE(1e-12, 1)),
    DIA_REAL(dia_dipole_settings, decay, DIA_PURE, "0.1", "weights shrink by rate * decay at each step",
             DIA_RANGE(0, 10)),
    {.key = NULL}};

void dia_dipole_settings_check(const dia_dipole_settings *s, dia_config *config, const dia_node *node)
{
    enum { WIDEST = 10000, LENGTHS = 32 };
    const int *layers = s->layers.items;
    bool good = s->layers.n < DIA_DIPOLE_LAYERS;
    for (int l = 0; l < s->layers.n; l++)
        good = good && layers[l] >= 1 && layers[l] <= WIDEST;
    if (!good)
        dia_config_mistake(config, dia_node_child(node, "layers"),
                           "dipoles.layers: expected at most %d hidden layers of 1 to %d units", DIA_DIPOLE_LAYERS - 1,
                           WIDEST);
    if (s->lengths.n < 1 || s->lengths.n > LENGTHS)
        dia_config_mistake(config, dia_node_child(node, "lengths"), "dipoles.lengths: expected 1 to %d lengths",
                           LENGTHS);
    const double *lengths = s->lengths.items;
    for (int i = 0; i < s->lengths.n && i <= LENGTHS; i++)
        for (int j = 0; j < i; j++)
            if (lengths[i] == lengths[j])
                dia_config_mistake(config, dia_node_child(node, "lengths"),
                                   "dipoles.lengths: %g Angstrom stands there twice; the second adds nothing",
                                   lengths[i] / DIA_ANGSTROM);
}

bool dia_run_has_dipoles(const dia_run *r)
{
    return r->t->settings.dipoles_node != NULL && r->t->fold < 0;
}

static const dia_optimiser_type *const optimiser = &dia_optimiser_soap;

typedef struct work {
    dia_run *r;
    dia_dipoles form;
    dia_dipole_labels labels;
    dia_dipole_fit *fit;
    dia_problem problem;
    dia_function function;
    dia_matrix_block blocks[DIA_DIPOLE_LAYERS];
    dia_epoch *epoch; /* head of what the optimiser is told                    owned */
    int *rows;        /* (nrow) training rows, then those that judge             owned */
    int ntrain, nrow, ntheta;
    double *theta, *best, *best_value, *choice, *state; /* in r->at.state; theta is copied there for a checkpoint */
} work;

static void tell(const work *w)
{
    const dia_run *r = w->r;
    char note[120];
    snprintf(note, sizeof note, "dipoles, %ld/%d, loss %.3g, best %.3g", r->at.iteration, w->epoch->epochs, r->at.loss,
             w->best_value[0]);
    dia_control_progress(r->control, &(dia_progress_state){.what = "training",
                                                           .done = dia_run_done(r, (double)r->at.iteration),
                                                           .total = 1.0,
                                                           .before = r->before,
                                                           .note = note});
}

/* Rows of the labels: the training points first, as they were given to dia_dipole_labels_make, then those that judge. */
static dia_status choose_points(work *w, dia_error *error)
{
    const dia_training *t = w->r->t;
    const int n = t->ntrain + t->nvalidation;
    int *points = calloc((size_t)n + 1, sizeof *points);
    if (points == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit dipoles");
    memcpy(points, t->train, (size_t)t->ntrain * sizeof *points);
    memcpy(points + t->ntrain, t->validation, (size_t)t->nvalidation * sizeof *points);
    for (int i = 0; i < t->ntrain; i++)
        w->ntrain += dia_dipole_any(&t->data, points[i]);
    const dia_status status =
        dia_dipole_labels_make(&w->labels, w->r->objective, n, points, &w->form, t->settings.network.states,
                               t->settings.loss.surplus, t->settings.loss.degenerate, error);
    free(points);
    w->nrow = w->labels.nrow;
    return status;
}

static dia_status damaged(const work *w, dia_error *error)
{
    dia_error_set(error, DIA_ERROR_FILE, "%s: the state of the dipoles is not one that this training leaves",
                  w->r->t->checkpoint);
    return dia_checkpoint_damaged(error);
}

static dia_status open_state(work *w, bool resumed, dia_error *error)
{
    dia_run *r = w->r;
    const size_t n = (size_t)w->ntheta, nrow = (size_t)w->nrow,
                 size = 2 * n + 1 + nrow + optimiser->state_size(w->epoch, &w->problem);
    if (resumed && (r->at.iteration > w->epoch->epochs || r->at.state_size != size))
        return damaged(w, error);
    if (!resumed) {
        free(r->at.state);
        r->at.state = calloc(size, sizeof *r->at.state);
        r->at.state_size = size;
        r->at.iteration = 0;
        if (r->at.state == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit dipoles");
    }
    w->theta = r->at.state;
    w->best = w->theta + n;
    w->best_value = w->best + n;
    w->choice = w->best_value + 1;
    w->state = w->choice + nrow;
    if (resumed)
        memcpy(w->function.theta, w->theta, n * sizeof *w->theta);
    else
        memcpy(w->best, w->function.theta, n * sizeof *w->theta);
    w->function.refresh(w->function.context);
    for (int i = 0; i < w->nrow && resumed; i++)
        if (i < w->ntrain ? !dia_dipole_labels_valid(&w->labels, i, w->choice[i]) : w->choice[i] != -1.0)
            return damaged(w, error);
    dia_dipole_fit_set(w->fit, w->choice);
    return DIA_OK;
}

static dia_status begin(work *w, bool resumed, dia_error *error)
{
    dia_training *t = w->r->t;
    const dia_dipole_settings *s = &t->settings.dipoles;
    dia_status status = dia_dipoles_init(&w->form, &t->network->molecule, &t->network->symmetry, s->lengths.n,
                                         s->lengths.items, s->layers.n, s->layers.items, error);
    w->form.charge = s->charge;
    if (s->charge != 0) /* any vectors can be fitted with any charge: the labels cannot tell */
        dia_control_warn(
            w->r->control,
            "dipoles.charge: the molecule is taken for an ion of charge %d, whose permanent dipoles are seen "
            "from its centre of mass; of a neutral molecule leave the key out",
            s->charge);
    if (status == DIA_OK)
        status = choose_points(w, error);
    if (status == DIA_OK && w->ntrain < 1)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "dipoles: none of the training points of '%s' has any; leave the block `dipoles` out, "
                               "or give the data a dataset 'dipoles' (points, states, states, 3)",
                               t->settings.data.file);
    if (status == DIA_OK)
        status = dia_dipole_fit_create(&w->fit, &w->form, &w->labels, &t->data, dia_control_threads(w->r->control),
                                       (uint64_t)t->settings.network.seed, dia_training_start(t, 0), error);
    if (status != DIA_OK)
        return status;
    w->rows = calloc((size_t)w->nrow + 1, sizeof *w->rows);
    w->epoch = calloc(1, optimiser->self_size);
    if (w->r->own == NULL) /* resumed here: no stage has made it */
        w->r->own = calloc((size_t)t->network->shape.ntheta, sizeof *w->r->own);
    if (w->rows == NULL || w->epoch == NULL || w->r->own == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit dipoles");
    for (int i = 0; i < w->nrow; i++)
        w->rows[i] = i;
    w->function = *dia_dipole_fit_function(w->fit);
    w->ntheta = dia_dipole_fit_parameters(w->fit);
    dia_option_defaults(optimiser->options, w->epoch);
    *w->epoch = (dia_epoch){.epochs = s->epochs,
                            .batch = s->batch < w->ntrain ? s->batch : w->ntrain,
                            .rate = s->rate,
                            .final_rate = 0.01 * s->rate,
                            .decay = s->decay};
    w->problem = (dia_problem){.function = &w->function,
                               .ntheta = w->ntheta,
                               .npoint = w->ntrain,
                               .points = w->rows,
                               .nblock = dia_dipole_fit_blocks(w->fit, w->blocks),
                               .blocks = w->blocks,
                               .seed = t->order + 1000 * (uint64_t)t->settings.nstage};
    dia_control_note(w->r->control, "dipoles: %d parameters, %d training and %d validation points", w->ntheta,
                     w->ntrain, w->nrow - w->ntrain);
    return open_state(w, resumed, error);
}

/* The parameters are kept if they are the best at the points that judge (the training points if there are none). */
static dia_status judge(work *w, dia_error *error)
{
    const bool separate = w->nrow > w->ntrain;
    double value;
    const dia_status status = w->function.evaluate(w->function.context, separate ? w->nrow - w->ntrain : w->ntrain,
                                                   separate ? w->rows + w->ntrain : w->rows, &value, NULL);
    if (status != DIA_OK || !isfinite(value))
        return dia_error_set(error, status != DIA_OK ? status : DIA_ERROR_NUMERIC,
                             "dipoles: the deviation is no longer finite after %ld epochs; a smaller rate may help",
                             w->r->at.iteration);
    if (w->r->at.iteration <= 1 || value < w->best_value[0]) {
        w->best_value[0] = value;
        memcpy(w->best, w->function.theta, (size_t)w->ntheta * sizeof *w->best);
    }
    return DIA_OK;
}

/* Signs of the training labels are fixed for a twentieth of the epochs: first by couplings alone, then with the dipoles predicted so far; for
 * the last fifth they stay. Chosen at each step, those of points without telling couplings would follow first guesses and never come right. Points
 * that judge have those that fit best. */
static void choose_signs(work *w)
{
    const long every = w->epoch->epochs > 20 ? w->epoch->epochs / 20 : 1, at = w->r->at.iteration;
    if (at % every != 0 || (at > 0 && 5 * at > 4 * (long)w->epoch->epochs))
        return;
    dia_dipole_fit_choose(w->fit, at == 0, w->choice);
    for (int i = w->ntrain; i < w->nrow; i++)
        w->choice[i] = -1.0;
}

static dia_status epochs(work *w, dia_error *error)
{
    dia_run *r = w->r;
    while (r->at.iteration < w->epoch->epochs) {
        bool converged;
        choose_signs(w);
        dia_status status =
            optimiser->advance(w->epoch, &w->problem, r->at.iteration, w->state, &r->at.loss, &converged);
        if (status != DIA_OK)
            return dia_error_set(error, status, "dipoles: %s", dia_status_text(status));
        r->at.iteration++;
        status = judge(w, error);
        if (status != DIA_OK)
            return status;
        tell(w);
        const bool stop = dia_control_stopped(r->control);
        if (!stop && dia_checkpoint_clock() - r->saved <= 20.0)
            continue;
        memcpy(w->theta, w->function.theta, (size_t)w->ntheta * sizeof *w->theta);
        status = dia_run_save(r, error);
        if (status == DIA_OK && stop)
            status = dia_error_set(error, DIA_ERROR_INTERRUPTED, "stopped; the same command goes on from %s",
                                   r->t->checkpoint);
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

static dia_status measure(dia_training *t, dia_error *error)
{
    dia_status status = dia_dipole_errors_measure(&t->dipoles[0], t->model, &t->data, t->settings.network.states,
                                                  t->ntrain, t->train, error);
    return status == DIA_OK ? dia_dipole_errors_measure(&t->dipoles[1], t->model, &t->data, t->settings.network.states,
                                                        t->nvalidation, t->validation, error)
                            : status;
}

dia_status dia_run_dipoles(dia_run *r, bool resumed, dia_error *error)
{
    work w = {.r = r};
    dia_status status = begin(&w, resumed, error);
    if (status == DIA_OK)
        status = epochs(&w, error);
    if (status == DIA_OK) {
        dia_dipole_fit_take(w.fit, w.best);
        r->t->network->dipoles = w.form;
        w.form = (dia_dipoles){0};
        status = measure(r->t, error);
    }
    dia_dipole_fit_free(w.fit);
    dia_dipole_labels_free(&w.labels);
    dia_dipoles_free(&w.form);
    free(w.rows);
    free(w.epoch);
    return status;
}
