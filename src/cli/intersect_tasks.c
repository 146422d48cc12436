/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/intersect_tasks.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/intersect_tasks_text.h"
#include "intersect/path_options.h"
#include "molecule/xyz.h"

typedef enum task_kind { SCAN, INTERPOLATE, SEAM, LOOP, DESCENT, KINDS } task_kind;

static const struct kind {
    const char *key, *group, *doing;
} kinds[KINDS] = {{"scan", "scans", "scanning"},
                  {"interpolate", "interpolations", "interpolating"},
                  {"seam", "seams", "following the seam"},
                  {"loop", "loops", "going round"},
                  {"descent", "descents", "going down"}};

static const dia_list *list_of(const intersect_plan *plan, task_kind kind)
{
    const intersect_task_settings *s = &plan->settings.tasks;
    const dia_list *const lists[KINDS] = {&s->scan, &s->interpolate, &s->seam, &s->loop, &s->descent};
    return lists[kind];
}

static const void *item_of(const intersect_plan *plan, task_kind kind, int i)
{
    static const size_t sizes[KINDS] = {sizeof(dia_scan_settings), sizeof(dia_interpolate_settings),
                                        sizeof(dia_seam_settings), sizeof(dia_loop_settings),
                                        sizeof(dia_descent_settings)};
    return (const char *)list_of(plan, kind)->items + (size_t)i * sizes[kind];
}

/* Each of the settings begins with the name. */
static const char *name_of(const void *item)
{
    const char *name;
    memcpy(&name, item, sizeof name);
    return name;
}

/* ---- geometries by name ---------------------------------------------------------------------- */

/* "S1/S0-3": states that meet, and a number. False: it is no name of a point. */
static bool point_name(const char *text, dia_state_set *set)
{
    *set = (dia_state_set){-1, 0};
    for (;;) {
        char *end;
        if (text[0] != 'S' || !isdigit((unsigned char)text[1]))
            return false;
        const long state = strtol(text + 1, &end, 10);
        if (set->count > 0 && state != set->first - 1)
            return false;
        set->first = (int)state;
        set->count++;
        if (*end == '-')
            return isdigit((unsigned char)end[1]) && end[1 + strspn(end + 1, "0123456789")] == '\0';
        if (*end != '/')
            return false;
        text = end + 1;
    }
}

/* "twist.xyz#3": frame 3 of the file. path (size bytes), relative to the input. */
static void file_of(const intersect_plan *plan, const char *text, size_t size, char *path, int *frame)
{
    const char *hash = strrchr(text, '#');
    const int length = hash != NULL ? (int)(hash - text) : (int)strlen(text);
    const bool absolute = text[0] == '/';
    *frame = hash != NULL ? atoi(hash + 1) : 0;
    snprintf(path, size, "%s%s%.*s", absolute ? "" : dia_config_directory(plan->config), absolute ? "" : "/", length,
             text);
}

/* "geometry 1": entry 1 of start.geometries. -1: it is no such name. */
static int entry_of(const char *text)
{
    static const char word[] = "geometry ";
    const size_t length = sizeof word - 1;
    if (strncmp(text, word, length) != 0 || strspn(text + length, "0123456789") != strlen(text + length))
        return -1;
    const long entry = strtol(text + length, NULL, 10);
    return text[length] != '\0' && entry < 1000000 ? (int)entry : -1;
}

static dia_status read_frame(const intersect_plan *plan, const char *text, double *R, dia_error *error)
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

/* count: how many states must meet at the point, -1 any; a name of a point only, unless `anything`. */
static void check_geometry(intersect_plan *plan, const dia_node *node, const char *key, const char *text, bool anything,
                           bool intersection)
{
    const dia_node *place = dia_node_child(node, key) != NULL ? dia_node_child(node, key) : node;
    dia_state_set set;
    if (text == NULL)
        return;
    if (point_name(text, &set)) {
        bool searched = false;
        char states[64];
        dia_states_text(set.first, set.count, sizeof states, states);
        for (int i = 0; i < plan->nsearch; i++)
            searched = searched || (plan->search[i].first == set.first && plan->search[i].count == set.count);
        if (!searched)
            dia_config_mistake(plan->config, place, "%s: '%s': %s is not among what is searched", key, text, states);
        else if (intersection && set.count < 2)
            dia_config_mistake(plan->config, place, "%s: expected an intersection such as S1/S0-1, found '%s'", key,
                               text);
        return;
    }
    if (!anything) {
        dia_config_mistake(plan->config, place, "%s: expected the name of a point such as S1/S0-1, found '%.80s'", key,
                           text);
        return;
    }
    if (strcmp(text, "reference") == 0)
        return;
    if (entry_of(text) >= 0) {
        if (entry_of(text) >= plan->settings.start.geometries.n)
            dia_config_mistake(plan->config, place, "%s: '%s': start.geometries has %d entries, counted from 0", key,
                               text, plan->settings.start.geometries.n);
        return;
    }
    char path[4096];
    int frame;
    dia_error why = {0};
    file_of(plan, text, sizeof path, path, &frame);
    double *R = calloc((size_t)dia_model_shape(plan->model).ncart, sizeof *R);
    if (access(path, R_OK) != 0)
        dia_config_mistake(
            plan->config, place,
            "%s: '%.80s' is no name of a point (S1/S0-1), not `reference`, not `geometry 0`, and no file that "
            "can be read: "
            "%s",
            key, text, strerror(errno));
    else if (R != NULL && read_frame(plan, text, R, &why) != DIA_OK)
        dia_config_mistake(plan->config, place, "%s: %s", key, why.text);
    free(R);
}

static void check_name(intersect_plan *plan, task_kind kind, int i, const dia_node *node)
{
    const char *name = name_of(item_of(plan, kind, i));
    const dia_node *place = dia_node_child(node, "name");
    if (name == NULL)
        return; /* noted as missing already */
    if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strlen(name) > 100)
        dia_config_mistake(plan->config, place, "name: '%.100s' names a group of the file: no '/', at most 100 letters",
                           name);
    for (int j = 0; j < i; j++) {
        const char *other = name_of(item_of(plan, kind, j));
        if (other != NULL && strcmp(other, name) == 0)
            dia_config_mistake(plan->config, place, "name: '%.100s' is the name of %s[%d] as well", name,
                               kinds[kind].key, j);
    }
}

/* What the settings say of coordinates and values. */
static dia_status check_settings(intersect_plan *plan, task_kind kind, int i, dia_error *why)
{
    const void *item = item_of(plan, kind, i);
    dia_scan_options scan = {0};
    dia_seam_options seam = {0};
    dia_loop_options loop = {0};
    dia_coordinate coordinate[2];
    dia_status status = DIA_OK;
    switch (kind) {
    case SCAN:
        status = dia_scan_resolve(item, plan->model, &scan, why);
        free((void *)scan.keep);
        break;
    case SEAM:
        status = dia_seam_resolve(item, plan->model, 0, 2, &seam, why);
        free((void *)seam.keep);
        break;
    case LOOP:
        status = dia_loop_resolve(item, plan->model, coordinate, &loop, why);
        break;
    default:
        break;
    }
    return status;
}

static void check_geometries(intersect_plan *plan, task_kind kind, int i, const dia_node *node)
{
    const void *item = item_of(plan, kind, i);
    if (kind == SCAN) {
        const dia_scan_settings *s = item;
        check_geometry(plan, node, "from", s->from, true, false);
        check_geometry(plan, node, "to", s->to, true, false);
    } else if (kind == INTERPOLATE) {
        const dia_interpolate_settings *s = item;
        for (int g = 0; g < s->geometries.n; g++)
            check_geometry(plan, node, "geometries", ((const char *const *)s->geometries.items)[g], true, false);
        if (s->geometries.n == 1)
            dia_config_mistake(plan->config, dia_node_child(node, "geometries"),
                               "geometries: expected two or more, found 1");
    } else if (kind == SEAM) {
        check_geometry(plan, node, "point", ((const dia_seam_settings *)item)->point, false, true);
    } else if (kind == LOOP) {
        const dia_loop_settings *s = item;
        check_geometry(plan, node, "point", s->point, s->coordinates.n > 0, s->coordinates.n == 0);
    } else {
        check_geometry(plan, node, "point", ((const dia_descent_settings *)item)->point, false, true);
    }
}

dia_status intersect_tasks_check(intersect_plan *plan, dia_error *error)
{
    dia_error any = {0};
    if (dia_config_finish(plan->config, &any) != DIA_OK)
        return DIA_OK; /* what is missing is told first */
    for (task_kind kind = 0; kind < KINDS; kind++) {
        const dia_node *list = dia_node_child(dia_config_root(plan->config), kinds[kind].key);
        for (int i = 0; i < list_of(plan, kind)->n; i++) {
            const dia_node *node = dia_node_item(list, i);
            dia_error why = {0};
            check_name(plan, kind, i, node);
            check_geometries(plan, kind, i, node);
            const dia_status status = check_settings(plan, kind, i, &why);
            if (status == DIA_ERROR_INPUT)
                dia_config_mistake(plan->config, node, "%s", why.text);
            else if (status != DIA_OK)
                return dia_error_set(error, status, "%s", why.text);
        }
    }
    return DIA_OK;
}

/* ---- doing ----------------------------------------------------------------------------------- */

typedef struct product { /* a minimum that no search found */
    int state;
    double E, *R; /* R owned */
} product;

typedef struct job {
    const intersect_plan *plan;
    const dia_catalogue *catalogue;
    dia_store *store;
    dia_watch watch;
    dia_progress progress;
    bool started, quiet;
    const char *doing;
    int nproduct;
    product *products;
} job;

static bool tell(void *context, int done, int total)
{
    job *own = context;
    if (!own->started)
        dia_progress_start(&own->progress, own->doing, 0, total, own->quiet);
    own->started = true;
    if (done < total)
        dia_progress_update(&own->progress, done, NULL);
    return dia_cli_interrupted == 0;
}

/* R (ncart); *point: row of the catalogue, -1 if it is none. */
static dia_status geometry_of(const job *own, const char *text, double *R, int *point, dia_error *error)
{
    const dia_catalogue *catalogue = own->catalogue;
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    dia_state_set set;
    *point = -1;
    if (strcmp(text, "reference") == 0) {
        memcpy(R, catalogue->molecule.reference, ncart * sizeof *R);
        return DIA_OK;
    }
    if (entry_of(text) >= 0) {
        memcpy(R, intersect_geometry_position(own->plan, entry_of(text)), ncart * sizeof *R);
        return DIA_OK;
    }
    if (!point_name(text, &set))
        return read_frame(own->plan, text, R, error);
    int alike = 0;
    for (int i = 0; i < catalogue->npoint; i++) {
        alike += catalogue->first[i] == set.first && catalogue->count[i] == set.count;
        if (strcmp(catalogue->name[i], text) == 0)
            *point = i;
    }
    if (*point < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "there is no point %s: %d such points were found", text, alike);
    memcpy(R, catalogue->R + (size_t)*point * ncart, ncart * sizeof *R);
    return DIA_OK;
}

static dia_status do_scan(job *own, const dia_scan_settings *s, const char *group, double *R, FILE *out,
                          dia_error *error)
{
    const size_t ncart = (size_t)own->catalogue->molecule.ncart;
    dia_scan_options options = {.search = own->plan->survey.convergence};
    dia_scan scan = {0};
    int point;
    dia_status status = dia_scan_resolve(s, own->plan->model, &options, error);
    if (status == DIA_OK)
        status = geometry_of(own, s->from, R, &point, error);
    if (status == DIA_OK && s->to != NULL)
        status = geometry_of(own, s->to, R + ncart, &point, error);
    if (status == DIA_OK)
        status =
            dia_scan_make(&scan, own->plan->model, &options, R, s->to != NULL ? R + ncart : NULL, &own->watch, error);
    if (status == DIA_OK) {
        intersect_scan_text(out, &scan, own->catalogue->zero);
        status = dia_scan_write(&scan, own->store, group, error);
    }
    dia_scan_free(&scan);
    free((void *)options.keep);
    return status;
}

static dia_status do_interpolate(job *own, const dia_interpolate_settings *s, const char *group, double *R, FILE *out,
                                 dia_error *error)
{
    const size_t ncart = (size_t)own->catalogue->molecule.ncart;
    const dia_interpolate_options options = {
        .kind = (dia_interpolation)s->coordinates, .points = s->points, .exchange = s->exchange};
    dia_interpolated result = {0};
    dia_status status = DIA_OK;
    int point;
    for (int g = 0; g < s->geometries.n && status == DIA_OK; g++)
        status = geometry_of(own, ((const char *const *)s->geometries.items)[g], R + (size_t)g * ncart, &point, error);
    if (status == DIA_OK)
        status = dia_interpolate(&result, own->plan->model, &options, s->geometries.n, R, &own->watch, error);
    if (status == DIA_OK) {
        intersect_interpolated_text(out, &result, own->catalogue->zero);
        status = dia_interpolated_write(&result, own->store, group, error);
    }
    dia_interpolated_free(&result);
    return status;
}

static dia_status do_seam(job *own, const dia_seam_settings *s, const char *group, double *R, FILE *out,
                          dia_error *error)
{
    const dia_catalogue *catalogue = own->catalogue;
    dia_seam_options options = {.search = own->plan->survey.convergence};
    dia_seam seam = {0};
    int point;
    dia_status status = geometry_of(own, s->point, R, &point, error);
    if (status == DIA_OK)
        status =
            dia_seam_resolve(s, own->plan->model, catalogue->first[point], catalogue->count[point], &options, error);
    if (status == DIA_OK)
        status = dia_seam_follow(&seam, own->plan->model, &options, R, &own->watch, error);
    if (status == DIA_OK) {
        intersect_seam_text(out, &seam, catalogue->zero);
        status = dia_seam_write(&seam, own->store, group, error);
    }
    dia_seam_free(&seam);
    free((void *)options.keep);
    return status;
}

static dia_status do_loop(job *own, const dia_loop_settings *s, const char *group, double *R, FILE *out,
                          dia_error *error)
{
    const dia_catalogue *catalogue = own->catalogue;
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    dia_loop_options options = {0};
    dia_coordinate coordinate[2];
    dia_loop loop = {0};
    int point;
    dia_status status = geometry_of(own, s->point, R, &point, error);
    if (status == DIA_OK)
        status = dia_loop_resolve(s, own->plan->model, coordinate, &options, error);
    if (status == DIA_OK && options.coordinate[0] == NULL) {
        if (point < 0 || catalogue->count[point] != 2)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s has no branching plane: name two coordinates", s->point);
        options.x = catalogue->x + (size_t)point * ncart;
        options.y = catalogue->y + (size_t)point * ncart;
    }
    if (status == DIA_OK)
        status = dia_loop_make(&loop, own->plan->model, &options, R, &own->watch, error);
    if (status == DIA_OK) {
        intersect_loop_text(out, &loop);
        status = dia_loop_write(&loop, own->store, group, error);
    }
    dia_loop_free(&loop);
    return status;
}

/* ---- where descents end ---------------------------------------------------------------------- */

static bool same_point(const job *own, double E, const double *R, double other_E, const double *other)
{
    const dia_survey_settings *settings = &own->plan->survey;
    return fabs(E - other_E) <= settings->energy &&
           dia_match_distance(settings->match, other, R, NULL) <= settings->distance;
}

/* The point of the catalogue that a minimum is, or P1, P2, ... for those no search found. Heap. */
static char *product_name(job *own, int state, double E, const double *R, dia_error *error)
{
    const dia_catalogue *catalogue = own->catalogue;
    const size_t ncart = (size_t)catalogue->molecule.ncart, nstate = (size_t)catalogue->nstate;
    char name[32];
    for (int i = 0; i < catalogue->npoint; i++)
        if (catalogue->count[i] == 1 && catalogue->first[i] == state &&
            same_point(own, E, R, catalogue->E[(size_t)i * nstate + (size_t)state], catalogue->R + (size_t)i * ncart))
            return strdup(catalogue->name[i]);
    int p = 0;
    while (p < own->nproduct &&
           !(own->products[p].state == state && same_point(own, E, R, own->products[p].E, own->products[p].R)))
        p++;
    if (p == own->nproduct) {
        product *grown = realloc(own->products, (size_t)(p + 1) * sizeof *grown);
        own->products = grown != NULL ? grown : own->products;
        double *copy = malloc(ncart * sizeof *copy);
        if (grown == NULL || copy == NULL) {
            free(copy);
            dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
            return NULL;
        }
        memcpy(copy, R, ncart * sizeof *copy);
        own->products[own->nproduct++] = (product){state, E, copy};
    }
    snprintf(name, sizeof name, "P%d", p + 1);
    return strdup(name);
}

typedef struct endings { /* (n) */
    char **product;
    const char **label;
} endings;

static dia_status name_products(job *own, const dia_descent *descent, endings *ends, dia_error *error)
{
    const dia_classes *classes = own->plan->classes;
    for (int b = 0; b < descent->npath; b++) {
        const dia_descent_path *branch = &descent->branch[b];
        const size_t last = branch->path.npoint > 0 ? (size_t)branch->path.npoint - 1 : 0;
        const bool minimum = branch->end == DIA_DESCENT_MINIMUM && branch->path.npoint > 0;
        ends->label[b] = "";
        if (minimum) {
            const double *R = branch->path.R + last * (size_t)descent->ncart;
            const double E = branch->path.E[last * (size_t)branch->path.nstate + (size_t)descent->state];
            ends->product[b] = product_name(own, descent->state, E, R, error);
            if (classes != NULL && dia_classes_of(classes, R) < dia_classes_count(classes))
                ends->label[b] = dia_classes_name(classes, dia_classes_of(classes, R));
        } else {
            ends->product[b] = strdup("");
        }
        if (ends->product[b] == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    }
    return DIA_OK;
}

static dia_status write_products(const job *own, const dia_descent *descent, const endings *ends, const char *group,
                                 dia_error *error)
{
    char name[200];
    const size_t n = (size_t)descent->npath;
    const char **texts = calloc(n + 1, sizeof *texts);
    if (texts == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    for (size_t b = 0; b < n; b++)
        texts[b] = ends->product[b];
    snprintf(name, sizeof name, "%s/product", group);
    dia_status status = dia_store_write_texts(own->store, name, n, texts, error);
    if (status == DIA_OK)
        status = dia_store_set_text(own->store, name, "unit", "1", error);
    snprintf(name, sizeof name, "%s/label", group);
    if (status == DIA_OK)
        status = dia_store_write_texts(own->store, name, n, ends->label, error);
    if (status == DIA_OK)
        status = dia_store_set_text(own->store, name, "unit", "1", error);
    free(texts);
    return status;
}

static dia_status do_descent(job *own, const dia_descent_settings *s, const char *group, double *R, FILE *out,
                             dia_error *error)
{
    const dia_catalogue *catalogue = own->catalogue;
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    dia_descent_options options;
    dia_descent descent = {0};
    endings ends = {0};
    int point;
    dia_status status = geometry_of(own, s->point, R, &point, error);
    if (status != DIA_OK)
        return status;
    if (catalogue->count[point] != 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s has no branching plane: two states must meet", s->point);
    dia_descent_defaults(&options);
    dia_descent_resolve(s, catalogue->first[point], &options);
    status = dia_descent_make(&descent, own->plan->model, &options, R, catalogue->x + (size_t)point * ncart,
                              catalogue->y + (size_t)point * ncart, &own->watch, error);
    if (status == DIA_OK) {
        ends.product = calloc((size_t)descent.npath + 1, sizeof *ends.product);
        ends.label = calloc((size_t)descent.npath + 1, sizeof *ends.label);
        status = ends.product != NULL && ends.label != NULL ? name_products(own, &descent, &ends, error)
                                                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    }
    if (status == DIA_OK) {
        intersect_descent_text(out, &descent, ends.product, ends.label, catalogue->zero);
        status = dia_descent_write(&descent, own->store, group, error);
    }
    if (status == DIA_OK)
        status = write_products(own, &descent, &ends, group, error);
    for (int b = 0; ends.product != NULL && b < descent.npath; b++)
        free(ends.product[b]);
    free(ends.product);
    free(ends.label);
    dia_descent_free(&descent);
    return status;
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Geometries that a task needs at once. */
static size_t geometries_of(task_kind kind, const void *item)
{
    return kind == INTERPOLATE ? (size_t)((const dia_interpolate_settings *)item)->geometries.n + 1 : 2;
}

static dia_status do_one(job *own, task_kind kind, const void *item, const char *group, FILE *out, dia_error *error)
{
    double *R = calloc(geometries_of(kind, item), (size_t)own->catalogue->molecule.ncart * sizeof *R);
    if (R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = DIA_OK;
    switch (kind) {
    case SCAN:
        status = do_scan(own, item, group, R, out, error);
        break;
    case INTERPOLATE:
        status = do_interpolate(own, item, group, R, out, error);
        break;
    case SEAM:
        status = do_seam(own, item, group, R, out, error);
        break;
    case LOOP:
        status = do_loop(own, item, group, R, out, error);
        break;
    default:
        status = do_descent(own, item, group, R, out, error);
    }
    free(R);
    return status;
}

/* A task that cannot be done is noted; what ends the program is returned. */
static dia_status note(job *own, const char *group, dia_status status, const dia_error *why, const char *summary,
                       dia_error *error)
{
    char name[200];
    if (status != DIA_OK && status != DIA_ERROR_NUMERIC && status != DIA_ERROR_INPUT)
        return dia_error_set(error, status, "%s: %s", group, why->text);
    if (status != DIA_OK) {
        snprintf(name, sizeof name, "%s/failed", group);
        const char *text = why->text;
        status = dia_store_write_texts(own->store, name, 1, &text, error);
        if (status == DIA_OK)
            status = dia_store_set_text(own->store, name, "unit", "1", error);
        summary = why->text;
    }
    return status == DIA_OK ? dia_store_set_text(own->store, group, "summary", summary, error) : status;
}

static dia_status run_one(job *own, task_kind kind, int i, dia_error *error)
{
    const void *item = item_of(own->plan, kind, i);
    char group[160], doing[200], *summary = NULL;
    size_t size = 0;
    dia_error why = {0};
    FILE *out = open_memstream(&summary, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    snprintf(group, sizeof group, "%s/%s", kinds[kind].group, name_of(item));
    snprintf(doing, sizeof doing, "%s %s", kinds[kind].doing, name_of(item));
    own->doing = doing;
    own->started = false;
    own->watch = (dia_watch){.tell = tell, .context = own};
    dia_status status = do_one(own, kind, item, group, out, &why);
    fclose(out);
    if (own->started && status == DIA_OK)
        dia_progress_finish(&own->progress, own->progress.total, NULL);
    status = note(own, group, status, &why, summary, error);
    free(summary);
    return status;
}

dia_status intersect_tasks_run(const intersect_plan *plan, const dia_catalogue *catalogue, bool quiet, dia_store *store,
                               dia_error *error)
{
    job own = {.plan = plan, .catalogue = catalogue, .store = store, .quiet = quiet};
    dia_status status = DIA_OK;
    for (task_kind kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < list_of(plan, kind)->n && status == DIA_OK; i++)
            status = run_one(&own, kind, i, error);
    for (int p = 0; p < own.nproduct; p++)
        free(own.products[p].R);
    free(own.products);
    return status;
}

/* ---- telling --------------------------------------------------------------------------------- */

static dia_status tell_one(const intersect_plan *plan, const dia_store *store, task_kind kind, int i, FILE *out,
                           dia_json *json, int *nfailed, dia_error *error)
{
    char group[160], name[200], *summary = NULL;
    snprintf(group, sizeof group, "%s/%s", kinds[kind].group, name_of(item_of(plan, kind, i)));
    snprintf(name, sizeof name, "%s/failed", group);
    const bool failed = dia_store_has(store, name);
    dia_status status = dia_store_attribute_text(store, group, "summary", &summary, error);
    if (status != DIA_OK)
        return status;
    *nfailed += failed;
    if (json != NULL) {
        dia_json_object(json, NULL);
        dia_json_text(json, "group", group);
        dia_json_bool(json, "failed", failed);
        dia_json_text(json, "summary", summary);
        dia_json_end(json);
    } else {
        fprintf(out, "\n%s: %s%s%s", group, failed ? "failed: " : "", summary, failed ? "\n" : "");
    }
    free(summary);
    return DIA_OK;
}

dia_status intersect_tasks_tell(const intersect_plan *plan, const dia_store *store, FILE *out, dia_json *json,
                                int *failed, dia_error *error)
{
    dia_status status = DIA_OK;
    *failed = 0;
    if (json != NULL)
        dia_json_array(json, "tasks");
    for (task_kind kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < list_of(plan, kind)->n && status == DIA_OK; i++)
            status = tell_one(plan, store, kind, i, out, json, failed, error);
    if (json != NULL)
        dia_json_end(json);
    return status;
}
