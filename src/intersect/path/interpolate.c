/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interpolations: paths straight from geometry to geometry. */
#include "intersect/interpolate.h"

#include <stdlib.h>

#include "intersect/task.h"

static const char *const kinds[] = {"internal", "cartesian", "distances"}; /* dia_interpolation */

static const dia_option options[] = {
    DIA_TEXT(dia_interpolate_settings, name, NULL, "what it is called in tables and files", .required = true),
    DIA_TEXTS(dia_interpolate_settings, geometries, NULL,
              "two or more, in order: names of points that were found, or XYZ files", .required = true),
    DIA_CHOICE(dia_interpolate_settings, coordinates, "internal|cartesian|distances", "internal",
               "what changes linearly"),
    DIA_BOOL(dia_interpolate_settings, exchange, "true",
             "exchange like atoms, or mirror, so that each geometry lies nearest to the one before, if its energies "
             "stay the same"),
    DIA_INT(dia_interpolate_settings, points, "21", "from each geometry to the next, both counted",
            DIA_RANGE(2, 100000)),
    {.key = NULL}};

static dia_status check(const dia_task_check *in, const void *self, dia_error *error)
{
    const dia_interpolate_settings *s = self;
    (void)error;
    for (int g = 0; g < s->geometries.n; g++)
        dia_task_check_geometry(in, "geometries", ((const char *const *)s->geometries.items)[g], true, false);
    if (s->geometries.n == 1)
        dia_config_mistake(in->plan->config, dia_node_child(in->node, "geometries"),
                           "geometries: expected two or more, found 1");
    return DIA_OK;
}

static dia_status make(const dia_path_task *task, const void *self, void *result, dia_error *error)
{
    const dia_interpolate_settings *s = self;
    const dia_interpolate_options how = {
        .kind = (dia_interpolation)s->coordinates, .points = s->points, .exchange = s->exchange};
    double *R = NULL;
    dia_status status = dia_task_geometries(task, s->geometries.n, s->geometries.items, &R, NULL, error);
    if (status == DIA_OK)
        status = dia_interpolate(result, task->plan->model, &how, s->geometries.n, R, &task->watch, error);
    free(R);
    return status;
}

static void text(const void *result, double zero, FILE *out)
{
    static const char *const in[] = {"internal coordinates", "Cartesian coordinates", "distances"};
    const dia_interpolated *line = result;
    fprintf(out, "interpolation of %d geometries in %s: %d points\n %9s", line->ngeometry, in[line->kind],
            line->path.npoint, "fraction");
    dia_path_heading(&line->path, out);
    for (int i = 0; i < dia_path_rows(line->path.npoint); i++) {
        const int p = dia_path_row(i, line->path.npoint);
        fprintf(out, " %9.3f", line->fraction[p]);
        dia_path_energies(&line->path, p, zero, out);
        fprintf(out, "\n");
    }
}

#define OF(member, ...) DIA_MEMBER_OF(dia_interpolated, member, __VA_ARGS__)
static const dia_member members[] = {/* G geometries, S straight pieces between them */
                                     OF(path, DIA_MEMBER_PART, .fields = dia_path_members),
                                     OF(fraction, DIA_MEMBER_REAL, .shape = "P", .name = "fraction"),
                                     OF(closure, DIA_MEMBER_REAL, .shape = "S", .name = "closure", .unit = "bohr"),
                                     OF(node, DIA_MEMBER_INT, .shape = "G", .name = "node"),
                                     OF(kind, DIA_MEMBER_CHOICE, .name = "kind", .words = kinds),
                                     {0}};
#undef OF

static dia_extents extents(const void *result)
{
    const dia_interpolated *line = result;
    dia_extents e = dia_path_extents(&line->path);
    e.of['G'] = (size_t)line->ngeometry, e.of['S'] = (size_t)line->ngeometry - 1;
    return e;
}

static void release(void *result)
{
    dia_interpolated_free(result);
}

DIA_PATH_TYPE(interpolate, dia_interpolated, .place = 2, .group = "interpolations", .doing = "interpolating",
              .summary = "paths straight from geometry to geometry");
