/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/signs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "train/epoch.h"
#include "train/feasible.h"
#include "train/told.h"

enum { POINTS = 600, BATCH = 16, LEAST = 5, LONGER = 4, PATTERNS = 1 << (DIA_LOSS_STATES - 1) }; /* of one trial */
static const double least_ratio = 1.3, least_sigmas = 3.0;
static const double emphasis = 10.0;      /* factor on the weight of the couplings: they decide   */
static const double close = 0.5 * DIA_EV; /* gap of the couplings that are looked at, as in errors.h */

typedef struct trial {
    bool possible;
    double error; /* mean of couplings at gaps below 0.5 eV, hartree/bohr; NaN: there are none */
    long right, all;
    double *point; /* (n) that of each point; NaN: it has none   owned */
} trial;

typedef struct search {
    dia_training *t;
    const dia_control *control;
    int n, *points; /* that are trained on and judged                           owned */
    int nknown;
    dia_generator *known; /* generators with their signs so far, and one that is tried owned */
    int *signs;           /* (generators, diabats) those that are found                owned */
    trial before;         /* of the network with the known generators; by a search only    */
    dia_feasible found;   /* by a search */
} search;

/* Trains the network of t for so many epochs. */
static dia_status train(dia_training *t, dia_objective *objective, int epochs, int n, const int *points,
                        dia_error *error)
{
    dia_epoch *soap = calloc(1, dia_optimiser_soap.self_size); /* its keys begin with those of an epoch */
    dia_matrix_block blocks[DIA_ARCHITECTURE_BLOCKS];
    dia_problem problem = {.objective = objective,
                           .model = t->model,
                           .ntheta = t->network->shape.ntheta,
                           .npoint = n,
                           .points = points,
                           .nblock = t->network->architecture->blocks(t->network->body, blocks),
                           .blocks = blocks,
                           .seed = (uint64_t)t->settings.data.seed};
    if (soap == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    dia_option_defaults(dia_optimiser_soap.options, soap);
    soap->epochs = epochs;
    soap->batch = BATCH;
    double *state = calloc(dia_optimiser_soap.state_size(soap, &problem) + 1, sizeof *state);
    dia_status status = state != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    for (int i = 0; i < soap->epochs && status == DIA_OK; i++) {
        double loss;
        bool converged;
        status = dia_optimiser_soap.advance(soap, &problem, i, state, &loss, &converged);
    }
    free(state);
    free(soap);
    return status;
}

/* Errors of the couplings at each point, and of all. */
static dia_status judge(const search *s, dia_objective *objective, trial *result, dia_error *error)
{
    const dia_training *t = s->t;
    const size_t ns = (size_t)t->network->shape.nstate,
                 block = (size_t)t->network->shape.npacked * (size_t)t->data.ncart;
    double *E = calloc((size_t)s->n * ns, sizeof *E), *F = calloc((size_t)s->n * block, sizeof *F);
    dia_errors *errors = calloc(1, sizeof *errors);
    dia_status status = E != NULL && F != NULL && errors != NULL
                            ? dia_objective_predict(objective, s->n, s->points, E, F)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    double sum = 0.0;
    long n = 0;
    for (int i = 0; i < s->n && status == DIA_OK; i++) {
        *errors = (dia_errors){0};
        status = dia_errors_add(errors, &t->data, t->settings.network.states, 1, s->points + i, E + (size_t)i * ns,
                                F + (size_t)i * block, error);
        result->point[i] = dia_deviation_mean(&errors->coupling_close);
        sum += errors->coupling_close.absolute;
        n += errors->coupling_close.n;
        result->right += errors->norm_right;
        result->all += errors->norm;
    }
    result->error = n > 0 ? sum / (double)n : NAN;
    free(E);
    free(F);
    free(errors);
    return status;
}

/* A network of the known generators, trained and judged. */
static dia_status try_known(search *s, int epochs, trial *result, dia_error *error)
{
    dia_training *t = s->t;
    dia_loss loss = dia_training_loss(t, NULL);
    dia_objective *objective = NULL;
    loss.coupling *= emphasis;
    const dia_list given = t->settings.network.symmetry;
    t->settings.network.symmetry = (dia_list){s->nknown, s->known};
    result->point = calloc((size_t)s->n, sizeof *result->point);
    dia_status status = result->point != NULL ? dia_training_build(t, error)
                                              : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    t->settings.network.symmetry = given;
    result->possible = status == DIA_OK;
    if (status != DIA_OK)
        return status;
    status = dia_objective_create(&objective, t->model, &t->data, &loss, s->n, s->control, error);
    if (status == DIA_OK)
        status = train(t, objective, epochs, s->n, s->points, error);
    if (status == DIA_OK)
        status = judge(s, objective, result, error);
    else if (error->text[0] == '\0')
        dia_error_set(error, status, "%s", dia_status_text(status));
    dia_objective_free(objective);
    dia_training_unbuild(t);
    return status;
}

/* ---- hypotheses ------------------------------------------------------------------------------ */

typedef struct evidence { /* for trial a against trial b */
    int n;                /* points that both know */
    double sigmas, ratio;
} evidence;

static evidence compare(const trial *a, const trial *b, int n)
{
    evidence e = {.ratio = b->error / a->error};
    double sum = 0.0, square = 0.0;
    for (int i = 0; i < n; i++) {
        const double d = b->point[i] - a->point[i];
        if (isnan(d))
            continue;
        e.n++;
        sum += d;
        square += d * d;
    }
    const double mean = e.n > 0 ? sum / e.n : 0.0, variance = e.n > 1 ? (square - sum * mean) / (e.n - 1) : 0.0;
    e.sigmas = variance > 0.0 ? mean / sqrt(variance / e.n) : 0.0;
    return e;
}

static bool decides(const evidence *e)
{
    return e->n >= LEAST && e->sigmas >= least_sigmas && e->ratio >= least_ratio;
}

/* Does the order `o` of the diabats turn the signs a into b, up to a common factor? */
static bool turns(int n, const int *o, const int *a, const int *b)
{
    bool good = true;
    for (int k = 1; k < n; k++)
        good = good && a[o[0]] * a[o[k]] == b[0] * b[k];
    return good;
}

/* Is there an order of the diabats, o[0 .. k) of it chosen, under which the known generators stay as they are and signs a
 * become b? */
static bool alike(const search *s, int k, int *o, const int *a, const int *b)
{
    const int n = s->t->settings.network.diabats;
    if (k == n) {
        bool good = turns(n, o, a, b), same = true;
        for (int i = 0; i < n; i++)
            same = same && o[i] == i;
        for (int g = 0; g < s->nknown - 1 && good; g++) /* the last is the one that is tried */
            good = s->known[g].signs.n == n ? turns(n, o, s->known[g].signs.items, s->known[g].signs.items) : same;
        return good && (same || s->t->settings.network.reference == NULL); /* a reference H has an order */
    }
    for (int i = 0; i < n; i++) {
        bool used = false;
        for (int m = 0; m < k; m++)
            used = used || o[m] == i;
        o[k] = i;
        if (!used && alike(s, k + 1, o, a, b))
            return true;
    }
    return false;
}

static bool same_hypothesis(const search *s, const int *a, const int *b)
{
    int o[DIA_LOSS_STATES];
    return alike(s, 0, o, a, b);
}

/* "1, -1, 1" */
static void write_signs(int n, const int *signs, size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; k < n && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", k > 0 ? ", " : "", signs[k]);
}

/* Pattern v of n signs, the first of them 1: bit k-1 turns sign k. */
static void set_pattern(int n, int v, int *signs)
{
    for (int k = 0; k < n; k++)
        signs[k] = k > 0 && (v >> (k - 1) & 1) ? -1 : 1;
}

/* The patterns of the last of the known generators that symmetric geometries contradict. */
static dia_status rule_out(const search *s, int g, dia_told *told, dia_error *error)
{
    const dia_list *list = &s->t->settings.network.symmetry;
    const dia_generator *item = list->items;
    dia_generator *all = calloc((size_t)s->nknown + (size_t)list->n, sizeof *all);
    if (all == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to look for signs");
    int n = s->nknown;
    memcpy(all, s->known, sizeof *all * (size_t)n);
    all[n - 1].signs = (dia_list){0};
    for (int i = g + 1; i < list->n; i++)
        if (!dia_generator_complete(&item[i]))
            all[n++] = item[i];
    const dia_status status = dia_told_signs(told, s->t, all, n, s->nknown - 1, error);
    free(all);
    if (status == DIA_OK)
        dia_control_note(s->control, "generator %d: symmetry tells which states are alike at %d points", g + 1,
                         told->points);
    return status;
}

/* Are the patterns that are left those of one hypothesis? */
static bool one_hypothesis(const search *s, const bool *ruled)
{
    const int ns = s->t->settings.network.diabats;
    int a[DIA_LOSS_STATES], b[DIA_LOSS_STATES], first = -1;
    bool one = true;
    for (int v = 0; v < 1 << (ns - 1); v++) {
        if (ruled[v])
            continue;
        if (first < 0)
            set_pattern(ns, first = v, a);
        set_pattern(ns, v, b);
        one = one && same_hypothesis(s, a, b);
    }
    return one && first >= 0;
}

static void note_trial(const search *s, int number, const char *signs, const trial *result)
{
    dia_control_note(s->control,
                     "generator %d, signs [%s]: couplings at gaps below 0.5 eV off by %.1f meV/Angstrom, %ld of %ld "
                     "norms within 20 %%",
                     number, signs, result->error / (DIA_EV / DIA_ANGSTROM) * 1e3, result->right, result->all);
}

/* Trains a network for each pattern of the last of the known generators that is not ruled out. */
static dia_status try_patterns(search *s, int number, trial *trials, dia_error *error)
{
    const int ns = s->t->settings.network.diabats;
    dia_told told;
    const dia_status ruled = rule_out(s, number - 1, &told, error);
    if (ruled != DIA_OK)
        return ruled;
    const bool one = one_hypothesis(s, told.ruled);
    int *signs = s->known[s->nknown - 1].signs.items;
    for (int v = 0; v < 1 << (ns - 1); v++) {
        char text[64];
        dia_error why = {0};
        set_pattern(ns, v, signs);
        write_signs(ns, signs, sizeof text, text);
        if (told.ruled[v] || (one && v != told.preferred)) {
            dia_control_note(s->control, "generator %d, signs [%s]: %s", number, text,
                             told.ruled[v] ? "contradicted by couplings at symmetric geometries, or no representation"
                                           : "the same in another order of the diabats");
            continue;
        }
        if (one && s->before.point == NULL) { /* nothing to compare it with */
            dia_control_note(s->control, "generator %d, signs [%s]: told by symmetry", number, text);
            trials[v].possible = true;
            continue;
        }
        const dia_status status = try_known(s, s->t->settings.network.trial, &trials[v], &why);
        if (status == DIA_ERROR_INPUT && !trials[v].possible) /* no representation of the group, or no feature is odd */
            dia_control_note(s->control, "generator %d, signs [%s]: not possible: %s", number, text, why.text);
        else if (status != DIA_OK)
            return dia_error_set(error, status, "%s", why.text[0] != '\0' ? why.text : dia_status_text(status));
        else if (trials[v].all == 0)
            dia_control_note(s->control, "generator %d, signs [%s]: possible", number, text);
        else
            note_trial(s, number, text, &trials[v]);
    }
    return DIA_OK;
}

/* The best pattern, and the best one of another hypothesis; -1: there is none. */
static void rank(const search *s, const trial *trials, int *best, int *second)
{
    const int ns = s->t->settings.network.diabats;
    int a[DIA_LOSS_STATES], b[DIA_LOSS_STATES];
    *best = *second = -1;
    for (int v = 0; v < 1 << (ns - 1); v++)
        if (trials[v].possible && (*best < 0 || trials[v].error < trials[*best].error))
            *best = v;
    if (*best < 0)
        return;
    set_pattern(ns, *best, a);
    for (int v = 0; v < 1 << (ns - 1); v++) {
        set_pattern(ns, v, b);
        if (trials[v].possible && !same_hypothesis(s, a, b) && (*second < 0 || trials[v].error < trials[*second].error))
            *second = v;
    }
}

/* Short trials leave much of the error of the right pattern, too: the two best ones again, for longer. The short trials stay
 * as they are, to be compared with those of other generators. */
static dia_status run_off(search *s, int number, int *best, int *second, evidence *e, dia_error *error)
{
    const int ns = s->t->settings.network.diabats, pair[2] = {*best, *second};
    const int epochs = LONGER * s->t->settings.network.trial;
    int *signs = s->known[s->nknown - 1].signs.items;
    trial again[2] = {0};
    dia_status status = DIA_OK;
    dia_control_note(s->control, "generator %d: the two best again, %d epochs each", number, epochs);
    for (int i = 0; i < 2 && status == DIA_OK; i++) {
        char text[64];
        set_pattern(ns, pair[i], signs);
        write_signs(ns, signs, sizeof text, text);
        status = try_known(s, epochs, &again[i], error);
        if (status == DIA_OK)
            note_trial(s, number, text, &again[i]);
    }
    if (status == DIA_OK) {
        const int first = again[1].error < again[0].error;
        *best = pair[first];
        *second = pair[1 - first];
        *e = compare(&again[first], &again[1 - first], s->n);
    }
    free(again[0].point);
    free(again[1].point);
    return status;
}

static dia_status undecided(const search *s, int number, int best, int second, const evidence *e, dia_error *error)
{
    const int ns = s->t->settings.network.diabats;
    int signs[DIA_LOSS_STATES];
    char first_text[64], second_text[64];
    if (e->n == 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "network.symmetry: generator %d has no signs, and the data have no couplings at gaps "
                             "below 0.5 eV that would tell them; give `signs`",
                             number);
    set_pattern(ns, best, signs);
    write_signs(ns, signs, sizeof first_text, first_text);
    set_pattern(ns, second, signs);
    write_signs(ns, signs, sizeof second_text, second_text);
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "network.symmetry: the data do not decide the signs of generator %d: [%s], or [%s] with %.2f "
                         "times the error of couplings at gaps below 0.5 eV. Over %d points that is %.1f standard "
                         "errors; it would take a factor of %g, %g standard errors and %d points. Give `signs`; or "
                         "longer trials (network.trial: %d), or couplings where the states are close",
                         number, first_text, second_text, e->ratio, e->n, e->sigmas, least_ratio, least_sigmas, LEAST,
                         s->t->settings.network.trial);
}

/* The pattern that may be taken. */
static dia_status decide(search *s, int number, const trial *trials, int *best, dia_error *error)
{
    int second;
    rank(s, trials, best, &second);
    if (*best < 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "network.symmetry: no signs are possible for generator %d; states that are degenerate by "
                             "symmetry need `representation`",
                             number);
    if (second < 0)
        return DIA_OK;
    evidence e = compare(&trials[*best], &trials[second], s->n);
    if (decides(&e))
        return DIA_OK;
    if (e.n >= LEAST) {
        const dia_status status = run_off(s, number, best, &second, &e, error);
        if (status != DIA_OK)
            return status;
    }
    return decides(&e) ? DIA_OK : undecided(s, number, *best, second, &e, error);
}

/* Is the last of the known generators, found by the search, worse than none? */
static bool contradicted(const search *s, const trial *with)
{
    if (s->before.point == NULL)
        return false;
    const evidence e = compare(&s->before, with, s->n);
    return decides(&e);
}

/* The signs of generator g, which goes to the known ones, unless the search proposed it and the data are against it. */
static dia_status find_one(search *s, int g, const dia_generator *generator, dia_error *error)
{
    const int ns = s->t->settings.network.diabats;
    trial trials[PATTERNS] = {0};
    int best = -1;
    dia_generator *mine = &s->known[s->nknown++];
    *mine = *generator;
    mine->signs = (dia_list){ns, s->signs + g * ns};
    dia_status status = try_patterns(s, g + 1, trials, error);
    if (status == DIA_OK)
        status = decide(s, g + 1, trials, &best, error);
    if (status == DIA_OK) {
        set_pattern(ns, best, mine->signs.items);
        if (contradicted(s, &trials[best])) {
            s->nknown--;
            dia_control_note(s->control,
                             "generator %d: left out: with it couplings are worse than without, whatever the signs "
                             "(degenerate states would need `representation`)",
                             g + 1);
        } else if (s->t->settings.network.search) {
            free(s->before.point);
            s->before = trials[best];
            trials[best].point = NULL;
        }
    }
    s->nknown -= status != DIA_OK;
    for (int v = 0; v < PATTERNS; v++)
        free(trials[v].point);
    return status;
}

/* ---- points and generators ------------------------------------------------------------------- */

static bool has_close_coupling(const dia_training *t, int point)
{
    const int ns = t->data.nstate < t->settings.network.states ? t->data.nstate : t->settings.network.states;
    const double *E = t->data.energy + point * t->data.nstate;
    const double *h = t->data.coupling + (size_t)point * (size_t)t->data.npair * (size_t)t->data.ncart;
    for (int j = 1; j < ns; j++)
        for (int i = 0; i < j; i++)
            if (E[j] - E[i] < close && !isnan(h[(size_t)(j * (j - 1) / 2 + i) * (size_t)t->data.ncart]))
                return true;
    return false;
}

/* At most half are points with couplings at small gaps, evenly thinned; the rest are of all points. */
static dia_status choose_points(search *s, dia_error *error)
{
    const dia_training *t = s->t;
    int *near = calloc((size_t)t->ntrain + 1, sizeof *near), nnear = 0;
    bool *taken = calloc((size_t)t->ntrain + 1, sizeof *taken);
    s->points = calloc(POINTS + 1, sizeof *s->points);
    if (near != NULL && taken != NULL && s->points != NULL) {
        for (int i = 0; i < t->ntrain; i++)
            if (has_close_coupling(t, t->train[i]))
                near[nnear++] = i;
        const int half = nnear < POINTS / 2 ? nnear : POINTS / 2, rest = t->ntrain < POINTS ? t->ntrain : POINTS - half;
        for (int i = 0; i < half; i++)
            taken[near[(long)i * nnear / half]] = true;
        for (int i = 0; i < rest; i++)
            taken[(long)i * t->ntrain / rest] = true;
        for (int i = 0; i < t->ntrain; i++)
            if (taken[i])
                s->points[s->n++] = t->train[i];
    }
    const bool good = near != NULL && taken != NULL && s->points != NULL;
    free(near);
    free(taken);
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
}

/* `symmetry: search`: the generators of the feasible operations, and what the network does without them. */
static dia_status search_generators(search *s, dia_error *error)
{
    dia_training *t = s->t;
    dia_molecule molecule = {0};
    dia_status status = dia_training_molecule(t, &molecule, error);
    if (status == DIA_OK)
        status = dia_feasible_find(&s->found, &molecule, &t->data, t->ntrain, t->train, error);
    dia_molecule_free(&molecule);
    if (status != DIA_OK)
        return status;
    const dia_feasible found = s->found;
    dia_control_note(s->control, "symmetry: %d feasible operations, by %d generators", found.order, found.n);
    status = dia_generator_list_make(&t->settings.network.symmetry, found.n, t->data.natom, found.permutations,
                                     found.inversions, error);
    for (int g = 0; g < found.n && status == DIA_OK; g++) {
        char text[400];
        write_signs(t->data.natom, found.permutations + g * t->data.natom, sizeof text, text);
        dia_control_note(s->control,
                         "generator %d: permutation [%s]%s: the image lies in the data at %.0f %% of the points", g + 1,
                         text, found.inversions[g] ? " with inversion" : "", 100.0 * found.share[g]);
    }
    if (status == DIA_OK && found.n > 0)
        status = try_known(s, t->settings.network.trial, &s->before, error);
    return status;
}

/* Generators line by line, as the input may have them. */
static void tell(const char *what, const char *text, const dia_control *control)
{
    dia_control_note(control, "%s", what);
    for (const char *end; text != NULL && (end = strchr(text, '\n')) != NULL; text = end + 1)
        dia_control_note(control, "  %.*s", (int)(end - text), text);
}

/* The known generators, and those from number g on without signs. */
static void tell_so_far(search *s, int g)
{
    const dia_list all = s->t->settings.network.symmetry;
    for (; g < all.n; g++)
        if (!dia_generator_complete((const dia_generator *)all.items + g))
            s->known[s->nknown++] = ((const dia_generator *)all.items)[g];
    char *text = dia_generator_list_text(&(dia_list){s->nknown, s->known});
    tell("so far; in the input under `network:`, where signs are missing:", text, s->control);
    free(text);
}

static dia_status complete_generators(search *s, dia_error *error)
{
    struct dia_network_settings *network = &s->t->settings.network;
    const dia_generator *all = network->symmetry.items;
    const size_t n = (size_t)network->symmetry.n + 1;
    s->known = calloc(n, sizeof *s->known);
    s->signs = calloc(n * (size_t)network->diabats, sizeof *s->signs);
    if (s->known == NULL || s->signs == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    for (int g = 0; g < network->symmetry.n; g++)
        if (dia_generator_complete(&all[g]))
            s->known[s->nknown++] = all[g];
    dia_status status = DIA_OK;
    for (int g = 0; g < network->symmetry.n && status == DIA_OK; g++) {
        if (!dia_generator_complete(&all[g]))
            status = find_one(s, g, &all[g], error);
        if (status == DIA_ERROR_INPUT)
            tell_so_far(s, g);
    }
    return status;
}

dia_status dia_signs_find(dia_training *t, const dia_control *control, dia_error *error)
{
    search s = {.t = t, .control = control};
    const dia_generator *all = t->settings.network.symmetry.items;
    bool complete = !t->settings.network.search;
    for (int g = 0; g < t->settings.network.symmetry.n; g++)
        complete = complete && dia_generator_complete(&all[g]);
    if (complete)
        return DIA_OK;
    dia_status status = choose_points(&s, error);
    if (status == DIA_OK && t->settings.network.search)
        status = search_generators(&s, error);
    if (status == DIA_OK)
        status = complete_generators(&s, error);
    if (status == DIA_OK) {
        free(t->found);
        t->found = dia_generator_list_text(&(dia_list){s.nknown, s.known});
        status = t->found != NULL ? dia_training_take_found(t, error)
                                  : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the symmetry that was found");
    }
    if (status == DIA_OK)
        tell("found; in the input under `network:` it would be", t->found, control);
    dia_feasible_free(&s.found);
    free(s.before.point);
    free(s.points);
    free(s.known);
    free(s.signs);
    return status;
}
