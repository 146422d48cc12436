/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/task.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "base/number.h"
#include "molecule/xyz.h"

static const void *item_of(const dia_intersect_plan *plan, const dia_path_type *kind, int k, int i)
{
    return (const char *)plan->settings.tasks[k].items + (size_t)i * kind->self_size;
}

/* Each of the settings begins with the name. */
static const char *name_of(const void *item)
{
    const char *name;
    memcpy(&name, item, sizeof name);
    return name;
}

const char *dia_task_name(const dia_intersect_plan *plan, const dia_path_type *kind, int k, int i)
{
    return name_of(item_of(plan, kind, k, i));
}

/* ---- geometries by name ---------------------------------------------------------------------- */

/* "S1/S0-3": states that meet, and a number. False: it is no name of a point. */
static bool point_name(const char *text, dia_state_set *set)
{
    static const char digits[] = "0123456789";
    *set = (dia_state_set){-1, 0};
    for (;;) {
        char number[12];
        const size_t length = text[0] == 'S' ? strspn(text + 1, digits) : 0;
        const char *end = text + 1 + length;
        int state;
        if (length == 0 || length >= sizeof number)
            return false;
        snprintf(number, sizeof number, "%.*s", (int)length, text + 1);
        if (!dia_text_int(number, 0, INT_MAX - 1, &state, 0, NULL) || (set->count > 0 && state != set->first - 1))
            return false;
        set->first = state;
        set->count++;
        if (*end == '-')
            return end[1] != '\0' && end[1 + strspn(end + 1, digits)] == '\0';
        if (*end != '/')
            return false;
        text = end + 1;
    }
}

/* "twist.xyz#3": frame 3 of the file. path (size bytes), relative to the input. */
static void file_of(const dia_intersect_plan *plan, const char *text, size_t size, char *path, int *frame)
{
    const char *hash = strrchr(text, '#');
    const int length = hash != NULL ? (int)(hash - text) : (int)strlen(text);
    const bool absolute = text[0] == '/';
    char why[100];
    *frame = hash != NULL ? -1 : 0; /* -1 is no frame: whoever reads the file says so */
    if (hash != NULL)
        (void)dia_text_int(hash + 1, 0, INT_MAX, frame, sizeof why, why);
    snprintf(path, size, "%s%s%.*s", absolute ? "" : dia_config_directory(plan->config), absolute ? "" : "/", length,
             text);
}

/* "geometry 1": entry 1 of start.geometries. -1: it is no such name. */
static int entry_of(const char *text)
{
    static const char word[] = "geometry ";
    const size_t length = sizeof word - 1;
    int entry = -1;
    if (strncmp(text, word, length) == 0)
        (void)dia_text_int(text + length, 0, 999999, &entry, 0, NULL);
    return entry;
}

static dia_status read_frame(const dia_intersect_plan *plan, const char *text, double *R, dia_error *error)
{
    char path[4096];
    int frame;
    dia_xyz xyz = {0};
    file_of(plan, text, sizeof path, path, &frame);
    dia_status status = dia_xyz_read_for(&xyz, dia_model_molecule(plan->model), path, error);
    if (status != DIA_OK)
        return status;
    if (frame < 0 || frame >= xyz.nframe)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: there is no frame %d, expected 0 to %d", path, frame,
                               xyz.nframe - 1);
    if (status == DIA_OK)
        memcpy(R, xyz.R + (size_t)frame * (size_t)xyz.molecule.ncart, (size_t)xyz.molecule.ncart * sizeof *R);
    dia_xyz_free(&xyz);
    return status;
}

/* ---- before the searches --------------------------------------------------------------------- */

static void check_point(const dia_task_check *check, const dia_node *place, const char *key, const char *text,
                        const dia_state_set *set, bool intersection)
{
    const dia_intersect_plan *plan = check->plan;
    bool searched = false;
    char states[64];
    for (int i = 0; i < plan->nsearch; i++)
        searched = searched || (plan->search[i].first == set->first && plan->search[i].count == set->count);
    dia_states_text(set->first, set->count, sizeof states, states);
    if (!searched)
        dia_config_mistake(plan->config, place, "%s: '%s': %s is not among what is searched", key, text, states);
    else if (intersection && set->count < 2)
        dia_config_mistake(plan->config, place, "%s: expected an intersection such as S1/S0-1, found '%s'", key, text);
}

static void check_file(const dia_task_check *check, const dia_node *place, const char *key, const char *text)
{
    const dia_intersect_plan *plan = check->plan;
    char path[4096];
    int frame;
    dia_error why = {0};
    file_of(plan, text, sizeof path, path, &frame);
    double *R = calloc((size_t)dia_model_shape(plan->model).ncart, sizeof *R);
    if (access(path, R_OK) != 0)
        dia_config_mistake(
            plan->config, place,
            "%s: '%.80s' is no name of a point (S1/S0-1), not `reference`, not `geometry 0`, and no file "
            "that can be read: %s",
            key, text, strerror(errno));
    else if (R != NULL && read_frame(plan, text, R, &why) != DIA_OK)
        dia_config_mistake(plan->config, place, "%s: %s", key, why.text);
    free(R);
}

void dia_task_check_geometry(const dia_task_check *check, const char *key, const char *text, bool anything,
                             bool intersection)
{
    dia_config *config = check->plan->config;
    const dia_node *at = dia_node_child(check->node, key), *place = at != NULL ? at : check->node;
    const int entries = check->plan->settings.start.geometries.n;
    dia_state_set set;
    if (text == NULL)
        return;
    if (point_name(text, &set))
        check_point(check, place, key, text, &set, intersection);
    else if (!anything)
        dia_config_mistake(config, place, "%s: expected the name of a point such as S1/S0-1, found '%.80s'", key, text);
    else if (entry_of(text) >= entries)
        dia_config_mistake(config, place, "%s: '%s': start.geometries has %d entries, counted from 0", key, text,
                           entries);
    else if (entry_of(text) < 0 && strcmp(text, "reference") != 0)
        check_file(check, place, key, text);
}

static void check_name(dia_intersect_plan *plan, const dia_path_type *kind, int k, int i, const dia_node *node)
{
    const char *name = dia_task_name(plan, kind, k, i);
    const dia_node *place = dia_node_child(node, "name");
    if (name == NULL)
        return; /* reported as missing already */
    if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strlen(name) > 100)
        dia_config_mistake(plan->config, place, "name: '%.100s' names a group of the file: no '/', at most 100 letters",
                           name);
    for (int j = 0; j < i; j++) {
        const char *other = dia_task_name(plan, kind, k, j);
        if (other != NULL && strcmp(other, name) == 0)
            dia_config_mistake(plan->config, place, "name: '%.100s' is the name of %s[%d] as well", name, kind->name,
                               j);
    }
}

dia_status dia_tasks_check(dia_intersect_plan *plan, dia_error *error)
{
    const dia_path_type *kinds[DIA_PATH_TYPES];
    const int nkind = dia_path_kinds(kinds);
    dia_error any = {0};
    if (dia_config_finish(plan->config, &any) != DIA_OK)
        return DIA_OK; /* what is missing is reported first */
    for (int k = 0; k < nkind; k++) {
        const dia_node *list = dia_node_child(dia_config_root(plan->config), kinds[k]->name);
        for (int i = 0; i < plan->settings.tasks[k].n; i++) {
            const dia_task_check check = {plan, dia_node_item(list, i)};
            dia_error why = {0};
            check_name(plan, kinds[k], k, i, check.node);
            const dia_status status = kinds[k]->check(&check, item_of(plan, kinds[k], k, i), &why);
            if (status == DIA_ERROR_INPUT)
                dia_config_mistake(plan->config, check.node, "%s", why.text);
            else if (status != DIA_OK)
                return dia_error_set(error, status, "%s", why.text);
        }
    }
    return DIA_OK;
}

/* ---- for the kinds of task ------------------------------------------------------------------- */

dia_status dia_task_value(const char *key, const char *text, const dia_coordinate *coordinate, double *value,
                          dia_error *error)
{
    char why[200];
    if (dia_quantity_parse(text, coordinate->dimension, value, sizeof why, why))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT, "%s of '%s': %s", key, coordinate->text, why);
}

dia_status dia_task_coordinate(const char *key, const char *text, const dia_model *model, dia_coordinate *coordinate,
                               dia_error *error)
{
    return dia_coordinate_parse(coordinate, text, dia_model_molecule(model), error) == DIA_OK
               ? DIA_OK
               : dia_error_prefix(error, "%s", key);
}

dia_status dia_task_coordinates(const char *key, const dia_list *texts, const dia_model *model, int *n,
                                const dia_coordinate **coordinates, dia_error *error)
{
    dia_coordinate *made = NULL;
    if (dia_coordinate_parse_list(&made, texts, dia_model_molecule(model), error) != DIA_OK)
        return dia_error_prefix(error, "%s", key);
    *n = texts->n;
    *coordinates = made;
    return DIA_OK;
}

/* R (ncart); *point: row of the catalogue, -1 if it is none. */
static dia_status geometry_of(const dia_path_task *task, const char *text, double *R, int *point, dia_error *error)
{
    const dia_catalogue *catalogue = task->catalogue;
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    const dia_start_geometry *entries = task->plan->settings.start.geometries.items;
    const double *found = NULL;
    dia_state_set set;
    int alike = 0;
    *point = -1;
    if (strcmp(text, "reference") == 0)
        found = catalogue->molecule.reference;
    else if (entry_of(text) >= 0)
        found = entries[entry_of(text)].position.items;
    else if (!point_name(text, &set))
        return read_frame(task->plan, text, R, error);
    for (int i = 0; i < catalogue->npoint && found == NULL; i++) {
        alike += catalogue->first[i] == set.first && catalogue->count[i] == set.count;
        if (strcmp(catalogue->name[i], text) == 0)
            *point = i;
    }
    if (*point >= 0)
        found = catalogue->R + (size_t)*point * ncart;
    if (found == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "there is no point %s: %d such points were found", text, alike);
    memcpy(R, found, ncart * sizeof *R);
    return DIA_OK;
}

dia_status dia_task_geometries(const dia_path_task *task, int n, const char *const *names, double **R, int *point,
                               dia_error *error)
{
    const size_t ncart = (size_t)task->catalogue->molecule.ncart;
    dia_status status = DIA_OK;
    int last = -1;
    *R = calloc((size_t)n * ncart + 1, sizeof **R);
    if (*R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d geometries", n);
    for (int g = 0; g < n && status == DIA_OK; g++)
        status = geometry_of(task, names[g], *R + (size_t)g * ncart, &last, error);
    if (point != NULL)
        *point = last;
    return status;
}

/* ---- minima that no search found ------------------------------------------------------------- */

typedef struct product {
    int state;
    double E, *R; /* R owned */
} product;

typedef struct dia_products {
    int n;
    product *items;
} dia_products;

static bool same_point(const dia_path_task *task, double E, const double *R, double other_E, const double *other)
{
    const dia_survey_settings *settings = &task->plan->survey;
    return fabs(E - other_E) <= settings->energy &&
           dia_match_distance(settings->match, other, R, NULL) <= settings->distance;
}

char *dia_task_product(const dia_path_task *task, int state, double E, const double *R, dia_error *error)
{
    const dia_catalogue *catalogue = task->catalogue;
    const size_t ncart = (size_t)catalogue->molecule.ncart, nstate = (size_t)catalogue->nstate;
    dia_products *known = task->products;
    char name[32];
    for (int i = 0; i < catalogue->npoint; i++)
        if (catalogue->count[i] == 1 && catalogue->first[i] == state &&
            same_point(task, E, R, catalogue->E[(size_t)i * nstate + (size_t)state], catalogue->R + (size_t)i * ncart))
            return strdup(catalogue->name[i]);
    int p = 0;
    while (p < known->n &&
           !(known->items[p].state == state && same_point(task, E, R, known->items[p].E, known->items[p].R)))
        p++;
    if (p == known->n) {
        product *grown = realloc(known->items, (size_t)(p + 1) * sizeof *grown);
        known->items = grown != NULL ? grown : known->items;
        double *copy = malloc(ncart * sizeof *copy);
        if (grown == NULL || copy == NULL) {
            free(copy);
            dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
            return NULL;
        }
        memcpy(copy, R, ncart * sizeof *copy);
        known->items[known->n++] = (product){state, E, copy};
    }
    snprintf(name, sizeof name, "P%d", p + 1);
    return strdup(name);
}

/* ---- doing ----------------------------------------------------------------------------------- */

void dia_task_write(const dia_path_type *kind, const void *result, dia_writer *group)
{
    const dia_extents extents = kind->extents(result);
    if (group->status == DIA_OK)
        group->status = dia_members_store(kind->members, result, &extents, group->store, group->name, group->error);
    if (kind->write != NULL)
        kind->write(result, group);
}

/* Its group is written, its part of the table by `text` into *summary (heap). */
static dia_status make_one(const dia_path_type *kind, const dia_path_task *task, const void *item, dia_writer *group,
                           char **summary, dia_error *why)
{
    size_t size = 0;
    FILE *out = open_memstream(summary, &size);
    void *result = calloc(1, kind->result_size);
    dia_status status = out != NULL && result != NULL ? kind->make(task, item, result, why)
                                                      : dia_error_set(why, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK) {
        kind->text(result, task->catalogue->zero, out);
        dia_task_write(kind, result, group);
        status = group->status;
    }
    if (result != NULL)
        kind->free(result);
    free(result);
    if (out != NULL)
        fclose(out);
    return status;
}

/* A task that cannot be done is noted in the file; errors that end the program are returned. */
static dia_status run_one(const dia_path_type *kind, dia_path_task *task, const void *item, dia_store *store,
                          dia_error *error)
{
    char name[160], doing[200], *summary = NULL;
    dia_error why = {0};
    dia_writer group = {.store = store, .name = name, .error = &why};
    snprintf(name, sizeof name, "%s/%s", kind->group, name_of(item));
    snprintf(doing, sizeof doing, "%s %s", kind->doing, name_of(item));
    task->watch.what = doing;
    dia_status status = make_one(kind, task, item, &group, &summary, &why);
    if (status != DIA_OK && status != DIA_ERROR_NUMERIC && status != DIA_ERROR_INPUT) {
        free(summary);
        return dia_error_set(error, status, "%s: %s", name, why.text);
    }
    group.error = error;
    group.status = DIA_OK;
    if (status != DIA_OK)
        dia_writer_texts(&group, "failed", 1, (const char *const[]){why.text});
    dia_writer_set_text(&group, "summary", status != DIA_OK ? why.text : summary);
    free(summary);
    return group.status;
}

dia_status dia_tasks_run(const dia_intersect_plan *plan, const dia_catalogue *catalogue, const dia_control *control,
                         dia_store *store, dia_error *error)
{
    const dia_path_type *kinds[DIA_PATH_TYPES];
    const int nkind = dia_path_kinds(kinds);
    dia_products products = {0};
    dia_path_task task = {.plan = plan, .catalogue = catalogue, .watch = {.control = control}, .products = &products};
    dia_status status = DIA_OK;
    for (int k = 0; k < nkind; k++)
        for (int i = 0; i < plan->settings.tasks[k].n && status == DIA_OK; i++)
            status = run_one(kinds[k], &task, item_of(plan, kinds[k], k, i), store, error);
    for (int p = 0; p < products.n; p++)
        free(products.items[p].R);
    free(products.items);
    return status;
}
