/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/signs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "train/feasible.h"
#include "train/told.h"
#include "train/trial.h"

/* Factor on the epochs of a trial in the run-off; four decide ethylene (docs/training.md). */
enum { LONGER = 4, PATTERNS = 1 << (DIA_DATASET_STATES - 1) };

typedef struct search {
    dia_training *t;
    const dia_control *control;
    int n, *points; /* that are trained on and judged                           owned */
    int nknown;
    dia_generator *known; /* generators with their signs so far, and one that is tried owned */
    int *signs;           /* (generators, diabats) those that are found                owned */
    dia_trial before;     /* of the network with the known generators; by a search only    */
    dia_feasible found;   /* by a search */
} search;

/* A network of the known generators, trained and judged. */
static dia_status try_known(search *s, int epochs, dia_trial *result, dia_error *error)
{
    return dia_trial_run(s->t, (dia_list){s->nknown, s->known}, epochs, s->n, s->points, s->control, result, error);
}

/* ---- hypotheses ------------------------------------------------------------------------------ */

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
    int o[DIA_DATASET_STATES];
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
    int a[DIA_DATASET_STATES], b[DIA_DATASET_STATES], first = -1;
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

static void note_trial(const search *s, int number, const char *signs, const dia_trial *result)
{
    dia_control_note(s->control,
                     "generator %d, signs [%s]: couplings at gaps below 0.5 eV off by %.1f meV/Angstrom, %ld of %ld "
                     "norms within 20 %%",
                     number, signs, result->error / (DIA_EV / DIA_ANGSTROM) * 1e3, result->right, result->all);
}

/* Trains a network for each pattern of the last of the known generators that is not ruled out. */
static dia_status try_patterns(search *s, int number, dia_trial *trials, dia_error *error)
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
static void rank(const search *s, const dia_trial *trials, int *best, int *second)
{
    const int ns = s->t->settings.network.diabats;
    int a[DIA_DATASET_STATES], b[DIA_DATASET_STATES];
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
static dia_status run_off(search *s, int number, int *best, int *second, dia_evidence *e, dia_error *error)
{
    const int ns = s->t->settings.network.diabats, pair[2] = {*best, *second};
    const int epochs = LONGER * s->t->settings.network.trial;
    int *signs = s->known[s->nknown - 1].signs.items;
    dia_trial again[2] = {0};
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
        *e = dia_trial_compare(&again[first], &again[1 - first], s->n);
    }
    free(again[0].point);
    free(again[1].point);
    return status;
}

static dia_status undecided(const search *s, int number, int best, int second, const dia_evidence *e, dia_error *error)
{
    const int ns = s->t->settings.network.diabats;
    int signs[DIA_DATASET_STATES];
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
                         number, first_text, second_text, e->ratio, e->n, e->sigmas, DIA_EVIDENCE_RATIO,
                         DIA_EVIDENCE_SIGMAS, DIA_EVIDENCE_POINTS, s->t->settings.network.trial);
}

/* The pattern that may be taken. */
static dia_status decide(search *s, int number, const dia_trial *trials, int *best, dia_error *error)
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
    dia_evidence e = dia_trial_compare(&trials[*best], &trials[second], s->n);
    if (dia_evidence_decides(&e))
        return DIA_OK;
    if (e.n >= DIA_EVIDENCE_POINTS) {
        const dia_status status = run_off(s, number, best, &second, &e, error);
        if (status != DIA_OK)
            return status;
    }
    return dia_evidence_decides(&e) ? DIA_OK : undecided(s, number, *best, second, &e, error);
}

/* Is the last of the known generators, found by the search, worse than none? */
static bool contradicted(const search *s, const dia_trial *with)
{
    if (s->before.point == NULL)
        return false;
    const dia_evidence e = dia_trial_compare(&s->before, with, s->n);
    return dia_evidence_decides(&e);
}

/* The signs of generator g, which goes to the known ones, unless the search proposed it and the data are against it. */
static dia_status find_one(search *s, int g, const dia_generator *generator, dia_error *error)
{
    const int ns = s->t->settings.network.diabats;
    dia_trial trials[PATTERNS] = {0};
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
    dia_status status = dia_trial_points(t, &s.n, &s.points, error);
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
