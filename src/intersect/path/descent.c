/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steepest descents from an intersection, and the minima they end in. */
#include "intersect/descent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "intersect/task.h"

static const dia_option options[] = {
    DIA_TEXT(dia_descent_settings, name, NULL, "what it is called in tables and files", .required = true),
    DIA_TEXT(dia_descent_settings, point, NULL,
             "the intersection to go down from: the name of a point that was found (S1/S0-1)", .required = true),
    DIA_INT(dia_descent_settings, directions, "8", "evenly spaced in the branching plane", DIA_RANGE(0, 3600)),
    DIA_BOOL(dia_descent_settings, special, "true", "also the directions in which the lower cone is lowest"),
    DIA_REAL(dia_descent_settings, radius, DIA_LENGTH, "0.02 bohr", "how far from the intersection the paths begin",
             DIA_RANGE(1e-6, 10)),
    DIA_REAL(dia_descent_settings, spacing, DIA_LENGTH, "0.1 Angstrom",
             "of the points that are kept, in mass-weighted coordinates (times sqrt(u))", DIA_RANGE(1e-4, 100)),
    DIA_REAL(dia_descent_settings, length, DIA_LENGTH, "50 Angstrom",
             "of the longest path, in mass-weighted coordinates (times sqrt(u))", DIA_RANGE(1e-3, 1e6)),
    {.key = NULL}};

void dia_descent_resolve(const dia_descent_settings *s, int state, dia_descent_options *o)
{
    const double root = sqrt(DIA_DALTON);
    o->state = state;
    o->directions = s->directions;
    o->special = s->special;
    o->radius = s->radius;
    o->spacing = s->spacing * root;
    o->length = s->length * root;
}

static dia_status check(const dia_task_check *in, const void *self, dia_error *error)
{
    (void)error;
    dia_task_check_geometry(in, "point", ((const dia_descent_settings *)self)->point, false, true);
    return DIA_OK;
}

static dia_status name_products(const dia_path_task *task, dia_descents *made, dia_error *error)
{
    const dia_descent *descent = &made->descent;
    const dia_classes *classes = task->plan->classes;
    const size_t n = (size_t)descent->npath;
    made->product = calloc(n + 1, sizeof *made->product);
    made->label = calloc(n + 1, sizeof *made->label);
    if (made->product == NULL || made->label == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    for (size_t b = 0; b < n; b++) {
        const dia_path *path = &descent->branch[b].path;
        const size_t last = path->npoint > 0 ? (size_t)path->npoint - 1 : 0;
        made->label[b] = "";
        if (descent->branch[b].end == DIA_DESCENT_MINIMUM && path->npoint > 0) {
            const double *R = path->R + last * (size_t)path->ncart;
            made->product[b] = dia_task_product(
                task, descent->state, path->E[last * (size_t)path->nstate + (size_t)descent->state], R, error);
            const int class = classes != NULL ? dia_classes_of(classes, R) : 0;
            if (classes != NULL && class < dia_classes_count(classes))
                made->label[b] = dia_classes_name(classes, class);
        } else {
            made->product[b] = strdup("");
        }
        if (made->product[b] == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    }
    return DIA_OK;
}

static dia_status make(const dia_path_task *task, const void *self, void *result, dia_error *error)
{
    const dia_descent_settings *s = self;
    const dia_catalogue *found = task->catalogue;
    dia_descents *made = result;
    dia_descent_options how;
    const double *x, *y;
    double *R = NULL;
    int point;
    dia_status status = dia_task_geometries(task, 1, &s->point, &R, &point, error);
    if (status == DIA_OK && found->count[point] != 2)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s has no branching plane: two states must meet", s->point);
    if (status == DIA_OK) {
        dia_descent_defaults(&how);
        dia_descent_resolve(s, found->first[point], &how);
        dia_catalogue_plane(found, point, &x, &y);
        status = dia_descent_make(&made->descent, task->plan->model, &how, R, x, y, &task->watch, error);
    }
    free(R);
    return status == DIA_OK ? name_products(task, made, error) : status;
}

static void text(const void *result, double zero, FILE *out)
{
    const dia_descents *made = result;
    const dia_descent *descent = &made->descent;
    fprintf(out, "%d paths of steepest descent on S%d\n", descent->npath, descent->state);
    fprintf(out, " %9s %12s %10s %18s  %s\n", "angle/deg", "end", "energy/eV", "length/A sqrt(u)", "product");
    for (int b = 0; b < descent->npath; b++) {
        const dia_descent_path *branch = &descent->branch[b];
        const dia_path *path = &branch->path;
        const int last = path->npoint - 1;
        const char *product = made->product[b], *label = made->label[b];
        fprintf(out, " %8.1f%s %12s", branch->angle * 180.0 / DIA_PI, branch->special ? "*" : " ",
                dia_descent_end_names[branch->end]);
        if (last >= 0)
            fprintf(out, " %10.4f %18.3f",
                    dia_path_above(path->E[(size_t)last * (size_t)path->nstate + (size_t)descent->state], zero),
                    path->weighted[last] / (DIA_ANGSTROM * sqrt(DIA_DALTON)));
        if (product[0] != '\0')
            fprintf(out, "  %s%s%s\n", product, label[0] != '\0' ? " " : "", label);
        else
            fprintf(out, "  %s\n", branch->why);
    }
    fprintf(out, " * a direction in which the cone is lowest\n");
}

static void write_branch(const dia_descent_path *branch, int number, dia_writer *above)
{
    char name[300];
    dia_writer group = *above;
    group.name = name;
    snprintf(name, sizeof name, "%s/%d", above->name, number);
    dia_path_write(&branch->path, &group);
    dia_writer_reals(&group, "slope", "hartree/(bohr electron_mass^(1/2))", (size_t)branch->path.npoint, branch->slope);
    dia_writer_set_text(&group, "end", dia_descent_end_names[branch->end]);
    dia_writer_set_real(&group, "angle", branch->angle);
    dia_writer_set_text(&group, "why", branch->why);
    above->status = group.status;
}

/* The quantities of which each path has one, as lists. */
static void write_lists(const dia_descents *made, dia_writer *group)
{
    const size_t n = (size_t)made->descent.npath;
    double *angle = calloc(n, sizeof *angle);
    int *special = calloc(n, sizeof *special);
    const char **end = calloc(n, sizeof *end);
    if ((angle == NULL || special == NULL || end == NULL) && group->status == DIA_OK)
        group->status = dia_error_set(group->error, DIA_ERROR_MEMORY, "out of memory for %zu paths", n);
    for (size_t b = 0; b < n && group->status == DIA_OK; b++) {
        const dia_descent_path *branch = &made->descent.branch[b];
        angle[b] = branch->angle, special[b] = branch->special, end[b] = dia_descent_end_names[branch->end];
    }
    dia_writer_reals(group, "angle", "rad", n, angle);
    dia_writer_ints(group, "special", n, special);
    dia_writer_texts(group, "end", n, end);
    free(angle);
    free(special);
    free(end);
}

static void write(const void *result, dia_writer *group)
{
    const dia_descents *made = result;
    const dia_descent *descent = &made->descent;
    const dia_path at = {.natom = descent->natom, .dimension = descent->ncart / descent->natom};
    dia_path_write_plane(&at, "origin", descent->origin, descent->x, descent->y, group);
    if (descent->npath > 0)
        write_lists(made, group);
    dia_writer_set_int(group, "state", descent->state);
    dia_writer_set_real(group, "radius", descent->radius);
    for (int b = 0; b < descent->npath; b++)
        write_branch(&descent->branch[b], b, group);
    if (made->product == NULL)
        return;
    dia_writer_texts(group, "product", (size_t)descent->npath, (const char *const *)made->product);
    dia_writer_texts(group, "label", (size_t)descent->npath, made->label);
}

static void release(void *result)
{
    dia_descents *made = result;
    for (int b = 0; made->product != NULL && b < made->descent.npath; b++)
        free(made->product[b]);
    free(made->product);
    free(made->label);
    dia_descent_free(&made->descent);
}

const dia_path_type dia_path_type_descent = {.name = "descent",
                                             .group = "descents",
                                             .doing = "going down",
                                             .summary = "steepest descents from an intersection",
                                             .place = 5,
                                             .options = options,
                                             .self_size = sizeof(dia_descent_settings),
                                             .result_size = sizeof(dia_descents),
                                             .check = check,
                                             .make = make,
                                             .text = text,
                                             .write = write,
                                             .free = release};
