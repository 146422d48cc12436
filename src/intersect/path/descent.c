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

#define OF(member, ...) DIA_MEMBER_OF(dia_descent_path, member, __VA_ARGS__)
static const dia_member list_members[] = {/* of which each path has one, as lists */
                                          OF(angle, DIA_MEMBER_REAL, .name = "angle", .unit = "rad"),
                                          OF(special, DIA_MEMBER_INT, .name = "special"),
                                          OF(end, DIA_MEMBER_CHOICE, .name = "end", .unit = "1",
                                             .words = dia_descent_end_names),
                                          {0}};
static const dia_member branch_members[] = {/* of one path */
                                            OF(path, DIA_MEMBER_PART, .fields = dia_path_members),
                                            OF(slope, DIA_MEMBER_REAL, .shape = "P", .name = "slope",
                                               .unit = "hartree/(bohr electron_mass^(1/2))"),
                                            OF(end, DIA_MEMBER_CHOICE, .name = "end", .words = dia_descent_end_names),
                                            OF(angle, DIA_MEMBER_REAL, .name = "angle"),
                                            OF(why, DIA_MEMBER_WORDS, .name = "why"),
                                            {0}};
#undef OF
#define OF(member, ...) DIA_MEMBER_OF(dia_descents, member, __VA_ARGS__)
static const dia_member members[] = {/* B paths */
                                     OF(descent.origin, DIA_MEMBER_REAL, .shape = "AD", .name = "origin",
                                        .unit = "bohr", .frame = true),
                                     OF(descent.x, DIA_MEMBER_REAL, .shape = "AD", .name = "x", .frame = true),
                                     OF(descent.y, DIA_MEMBER_REAL, .shape = "AD", .name = "y", .frame = true),
                                     OF(descent.branch, DIA_MEMBER_ROWS, .shape = "B", .fields = list_members,
                                        .stride = sizeof(dia_descent_path)),
                                     OF(product, DIA_MEMBER_TEXT, .shape = "B", .name = "product", .unit = "1"),
                                     OF(label, DIA_MEMBER_TEXT, .shape = "B", .name = "label", .unit = "1"),
                                     OF(descent.state, DIA_MEMBER_INT, .name = "state"),
                                     OF(descent.radius, DIA_MEMBER_REAL, .name = "radius"),
                                     {0}};
#undef OF

static dia_extents extents(const void *result)
{
    const dia_descent *descent = &((const dia_descents *)result)->descent;
    dia_extents e = {{0}};
    e.of['A'] = (size_t)descent->natom, e.of['D'] = (size_t)(descent->ncart / descent->natom);
    e.of['B'] = (size_t)descent->npath;
    return e;
}

static void write(const void *result, dia_writer *group)
{
    const dia_descent *descent = &((const dia_descents *)result)->descent;
    for (int b = 0; b < descent->npath && group->status == DIA_OK; b++) {
        const dia_extents e = dia_path_extents(&descent->branch[b].path);
        char name[300];
        snprintf(name, sizeof name, "%s/%d", group->name, b);
        group->status = dia_members_store(branch_members, &descent->branch[b], &e, group->store, name, group->error);
    }
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

DIA_PATH_TYPE(descent, dia_descents, .place = 5, .group = "descents", .doing = "going down",
              .summary = "steepest descents from an intersection", .write = write);
