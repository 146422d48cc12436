/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several methods in one run: the same initial conditions and random numbers, a swarm file each. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "swarm/plan.h"

/* ---- names ----------------------------------------------------------------------------------- */

/* A name becomes part of a file's name. */
static bool fits_in_path(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return false;
    return name[0] != '\0' && strlen(name) < DIA_METHOD_NAME;
}

/* `--set methods.misspelt.timestep=...` */
static void refuse_new(dia_config *config, const dia_node *block, const dia_node *value, const char *name)
{
    char list[300] = "";
    size_t used = 0;
    for (int i = 0; i < dia_node_count(block) && used < sizeof list; i++) {
        const dia_node *other;
        const char *known = dia_node_pair(block, i, &other);
        if (!dia_node_pair_was_added(block, i))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", known);
    }
    dia_config_mistake(config, value,
                       "methods: the input has no method '%.60s', but %s; --set methods={...} names others", name,
                       list);
}

static void take_names(dia_config *config, const dia_node *block, int *count, char (*names)[DIA_METHOD_NAME])
{
    const int n = dia_node_count(block);
    if (!dia_node_is_mapping(block) || n < 1 || n > DIA_METHODS) {
        dia_config_mistake(config, block,
                           "methods: expected 1 to %d names, each with the keys of `dynamics` that differ, such as "
                           "{fssh: {}, lz: {method: landau_zener}}",
                           (int)DIA_METHODS);
        return;
    }
    *count = n;
    for (int i = 0; i < n; i++) {
        const dia_node *value = NULL;
        const char *name = dia_node_pair(block, i, &value);
        if (!fits_in_path(name))
            dia_config_mistake(config, value,
                               "methods: '%.60s' becomes part of a file's name: expected letters, digits, _ and -, at "
                               "most %d",
                               name, DIA_METHOD_NAME - 1);
        else if (dia_node_pair_was_added(block, i))
            refuse_new(config, block, value, name);
        else if (dia_node_is_list(value))
            dia_config_mistake(config, value, "methods.%s: expected keys of `dynamics`, found a list", name);
        else if (dia_node_is_scalar(value) && dia_node_text(value)[0] != '\0')
            dia_config_mistake(config, value, "methods.%s: expected keys of `dynamics`, found '%.60s'", name,
                               dia_node_text(value));
        snprintf(names[i], DIA_METHOD_NAME, "%s", name);
    }
}

/* ---- members of a committee ------------------------------------------------------------------ */

static bool says(const dia_node *block, const char *key, const char *word)
{
    const char *text = dia_node_text(dia_node_child(block, key));
    return text != NULL && strcmp(text, word) == 0;
}

/* `model: {type: committee, file: ..., member: all}`: a name for each member. */
static dia_status take_members(dia_config *config, const dia_node *model, int *count, char (*names)[DIA_METHOD_NAME],
                               dia_error *error)
{
    const dia_node *file = dia_node_child(model, "file");
    dia_model *committee = NULL;
    dia_status status = DIA_OK;
    if (file == NULL)
        return DIA_OK; /* told when the model is opened */
    if (dia_node_child(dia_config_root(config), "methods") != NULL)
        dia_config_mistake(
            config, model,
            "model.member: `all` flies a swarm on each member, `methods` one by each method: give one of "
            "them");
    else if ((status = dia_model_load(&committee, dia_config_path(config, file), error)) == DIA_OK)
        *count = dia_model_members(committee);
    dia_model_free(committee);
    if (status != DIA_OK)
        return status;
    if (*count > DIA_METHODS)
        dia_config_mistake(config, model, "model.member: `all` flies at most %d members, found %d", (int)DIA_METHODS,
                           *count);
    for (int i = 0; i < *count && i < DIA_METHODS; i++)
        snprintf(names[i], DIA_METHOD_NAME, "member%d", i);
    return dia_config_finish(config, error);
}

dia_status dia_run_methods(const dia_input *input, int *count, char (*names)[DIA_METHOD_NAME], bool *members,
                           dia_error *error)
{
    dia_config *config = NULL;
    *count = 1;
    names[0][0] = '\0';
    dia_status status = dia_config_open(&config, input, NULL, error);
    if (status != DIA_OK)
        return status;
    const dia_node *block = dia_node_child(dia_config_root(config), "methods"),
                   *model = dia_node_child(dia_config_root(config), "model");
    *members = says(model, "type", "committee") && says(model, "member", "all");
    if (*members) {
        status = take_members(config, model, count, names, error);
    } else if (block != NULL) {
        take_names(config, block, count, names);
        status = dia_config_finish(config, error);
    }
    dia_config_free(config);
    return status;
}

/* ---- one progress for all -------------------------------------------------------------------- */

enum { SAID = 32 };
typedef struct whole { /* passes on what a flight tells, as part of all flights */
    const dia_control *control;
    const char *method;
    double past, total; /* trajectory-steps: of the flights before this one; of all, 0: not known */
    char *said[SAID];   /* warnings: each is passed on once                         */
    int nsaid;
} whole;

static void hear_progress(void *context, const dia_progress_state *state)
{
    const whole *all = context;
    char note[300];
    dia_progress_state sum = *state;
    if (all->control->progress == NULL)
        return;
    if (strcmp(state->what, "flying") == 0 && all->total > 0.0) {
        sum.done += all->past;
        sum.before += all->past;
        sum.total = all->total;
    }
    snprintf(note, sizeof note, "%s: %s", all->method, state->note != NULL ? state->note : "");
    if (state->note != NULL)
        sum.note = note;
    if (state->done < state->total || sum.done >= sum.total) /* the end of one flight is not the end */
        all->control->progress(all->control->context, &sum);
}

static void hear_warning(void *context, const char *text)
{
    whole *all = context;
    for (int i = 0; i < all->nsaid; i++)
        if (strcmp(all->said[i], text) == 0)
            return;
    if (all->nsaid < SAID && (all->said[all->nsaid] = strdup(text)) != NULL)
        all->nsaid++;
    if (all->control->warning != NULL)
        all->control->warning(all->control->context, text);
}

static void hear_note(void *context, const char *text)
{
    const whole *all = context;
    if (all->control->note != NULL)
        all->control->note(all->control->context, text);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static dia_control own_control(whole *all, const dia_run_plan *plan)
{
    dia_control own = *all->control;
    own.progress = hear_progress;
    own.warning = hear_warning;
    own.note = hear_note;
    own.context = all;
    all->method = plan->method;
    return own;
}

/* Flies all methods on until they stand at the same number of trajectories, with which the errors of all are reached: each goes
 * to the first such number of its own that is not below that of any other, again and again. None ever goes further than the first
 * number with which all are content, for it stops there if not before; so that is where they meet, whatever their order. Where one
 * is not content with all trajectories, all fly all. */
static dia_status meet(const dia_run_plan *first, const dia_run_flags *flags, whole *all, dia_run_beside *beside,
                       dia_run_results *results, dia_error *error)
{
    int64_t least = 0;
    bool apart = true;
    dia_status status = DIA_OK;
    while (apart && status == DIA_OK) {
        int i = 0;
        apart = false;
        for (const dia_run_plan *plan = first; plan != NULL && status == DIA_OK; plan = plan->next, i++) {
            dia_run_result part, *sum = &results->item[i].result;
            if (beside[i].again && beside[i].taken == least)
                continue;
            beside[i].least = least;
            const dia_control own = own_control(all, plan);
            status = dia_run_plan_fly_beside(plan, flags, &beside[i], &own, &part, error);
            beside[i].again = apart = true;
            least = beside[i].taken > least ? beside[i].taken : least;
            sum->flown += part.flown;
            sum->seconds += part.seconds;
        }
    }
    return status;
}

/* All methods until the errors of all are reached. */
static dia_status fly_together(const dia_run_plan *first, const dia_run_flags *flags, whole *all,
                               dia_run_results *results, dia_error *error)
{
    dia_run_beside beside[DIA_METHODS] = {{0}};
    for (int i = 0; i < DIA_METHODS; i++)
        beside[i].hold = true;
    dia_status status = meet(first, flags, all, beside, results, error);
    for (const dia_run_plan *plan = first; plan != NULL && status == DIA_OK; plan = plan->next) {
        dia_run_method *now = &results->item[results->count];
        dia_run_beside *own = &beside[results->count];
        const dia_run_result before = now->result;
        const dia_control control = own_control(all, plan);
        own->hold = false;
        own->least = own->taken;
        snprintf(now->method, sizeof now->method, "%s", plan->method);
        status = dia_run_plan_fly_beside(plan, flags, own, &control, &now->result, error);
        now->result.flown += before.flown;
        now->result.seconds += before.seconds;
        results->count += status == DIA_OK;
    }
    return status;
}

/* One method after the other. */
static dia_status fly_each(dia_run_plan *first, const dia_run_flags *flags, whole *all, dia_run_results *results,
                           dia_error *error)
{
    dia_status status = DIA_OK;
    for (const dia_run_plan *plan = first; plan != NULL; plan = plan->next)
        all->total += (double)plan->flight.count * (double)plan->flight.steps;
    for (dia_run_plan *plan = first; plan != NULL && status == DIA_OK; plan = plan->next) {
        const dia_control own = own_control(all, plan), *control = plan->method[0] != '\0' ? &own : all->control;
        const double steps = (double)plan->flight.count * (double)plan->flight.steps;
        dia_run_method *now = &results->item[results->count];
        snprintf(now->method, sizeof now->method, "%s", plan->method);
        status = flags->extend ? dia_run_plan_extend(plan, flags, control, &now->result, error)
                               : dia_run_plan_fly(plan, flags, control, &now->result, error);
        results->count += status == DIA_OK;
        all->past += steps;
    }
    return status;
}

static dia_status fly_all(dia_run_plan *first, const dia_run_flags *flags, const dia_control *control,
                          dia_run_results *results, dia_error *error)
{
    static const dia_control no_control = {0};
    static const dia_run_flags no_flags = {0};
    whole all = {.control = control != NULL ? control : &no_control};
    flags = flags != NULL ? flags : &no_flags;
    const bool together = first->until != NULL && first->method[0] != '\0' && !flags->extend;
    const dia_status status =
        together ? fly_together(first, flags, &all, results, error) : fly_each(first, flags, &all, results, error);
    while (all.nsaid > 0)
        free(all.said[--all.nsaid]);
    return status;
}

dia_status dia_run_each(const dia_input *input, const dia_run_flags *flags, const dia_control *control,
                        dia_run_results *results, dia_error *error)
{
    dia_run_plan *first;
    *results = (dia_run_results){0};
    dia_status status = dia_run_plan_prepare(&first, input, flags, control, error);
    if (status != DIA_OK)
        return status;
    results->members = first->member >= 0;
    results->item = calloc(DIA_METHODS, sizeof *results->item);
    status = results->item != NULL ? fly_all(first, flags, control, results, error)
                                   : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for results");
    dia_run_plan_free(first);
    return status;
}

void dia_run_results_free(dia_run_results *results)
{
    free(results->item);
    *results = (dia_run_results){0};
}
