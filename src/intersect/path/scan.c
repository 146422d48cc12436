/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scans: energies against one or two internal coordinates. */
#include "intersect/scan.h"

#include <math.h>
#include <stdlib.h>

#include "intersect/task.h"

static const dia_option options[] = {
    DIA_TEXT(dia_scan_settings, name, NULL, "what it is called in tables and files", .required = true),
    DIA_CHOICE(dia_scan_settings, kind, "rigid|relaxed", "relaxed",
               "keep the other coordinates as they are, or optimise them"),
    DIA_TEXT(dia_scan_settings, from, NULL,
             "geometry to begin at: the name of a point that was found (S1/S0-1), or an XYZ file", .required = true),
    DIA_TEXT(dia_scan_settings, to, NULL,
             "geometry whose value of the coordinate ends the range, if no range is given"),
    DIA_TEXT(dia_scan_settings, coordinate, NULL, "torsion 2 0 1 4, distance 0 1 - distance 1 2, ...",
             .required = true),
    DIA_TEXTS(dia_scan_settings, range, NULL, "[0 deg, 180 deg]; left out: from its value at `from` to that at `to`"),
    DIA_INT(dia_scan_settings, points, "21", "along the coordinate, ends counted", DIA_RANGE(1, 100000)),
    DIA_TEXT(dia_scan_settings, coordinate2, NULL, "a second coordinate: the scan is then a grid"),
    DIA_TEXTS(dia_scan_settings, range2, NULL, "the same for the second coordinate"),
    DIA_INT(dia_scan_settings, points2, "21", "the same for the second coordinate", DIA_RANGE(1, 100000)),
    DIA_TEXTS(dia_scan_settings, keep, NULL, "other coordinates that are held at their values at `from`"),
    DIA_INTS(dia_scan_settings, states, "[0]", "of a relaxed scan: [1] on S1, [0, 1] on the seam of S1 and S0"),
    {.key = NULL}};

static dia_status take_axis(const dia_scan_settings *s, const dia_model *model, int a, dia_scan_axis *axis,
                            dia_error *error)
{
    static const char *const keys[2][2] = {{"coordinate", "range"}, {"coordinate2", "range2"}};
    const dia_list *range = a == 0 ? &s->range : &s->range2;
    const char *const *texts = range->items;
    dia_status status =
        dia_task_coordinate(keys[a][0], a == 0 ? s->coordinate : s->coordinate2, model, &axis->coordinate, error);
    if (status != DIA_OK)
        return status;
    axis->points = a == 0 ? s->points : s->points2;
    axis->from = axis->to = NAN;
    if (range->n == 0 && s->to == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "expected `%s: [from, to]`, or a geometry `to` at which '%s' ends",
                             keys[a][1], axis->coordinate.text);
    if (range->n == 0)
        return DIA_OK;
    if (range->n != 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: expected two values, found %d", keys[a][1], range->n);
    status = dia_task_value(keys[a][1], texts[0], &axis->coordinate, &axis->from, error);
    return status == DIA_OK ? dia_task_value(keys[a][1], texts[1], &axis->coordinate, &axis->to, error) : status;
}

static dia_status take_all(const dia_scan_settings *s, const dia_model *model, dia_scan_options *o, dia_error *error)
{
    const int *state = s->states.items;
    dia_status status = DIA_OK;
    o->kind = (dia_scan_kind)s->kind;
    o->naxis = s->coordinate2 != NULL ? 2 : 1;
    o->first = s->states.n > 0 ? state[0] : 0;
    o->count = s->states.n > 0 ? s->states.n : 1;
    for (int k = 1; k < s->states.n; k++)
        if (state[k] != state[0] + k)
            return dia_error_set(
                error, DIA_ERROR_INPUT,
                "states: expected one state, or neighbours in ascending order such as [0, 1]; found %d after %d",
                state[k], state[k - 1]);
    for (int a = 0; a < o->naxis && status == DIA_OK; a++)
        status = take_axis(s, model, a, &o->axis[a], error);
    if (status == DIA_OK && s->coordinate2 == NULL && s->range2.n > 0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "range2 without coordinate2");
    return status == DIA_OK ? dia_task_coordinates("keep", &s->keep, model, &o->nkeep, &o->keep, error) : status;
}

dia_status dia_scan_resolve(const dia_scan_settings *s, const dia_model *model, dia_scan_options *o, dia_error *error)
{
    o->nkeep = 0;
    o->keep = NULL;
    return take_all(s, model, o, error) == DIA_OK ? DIA_OK : dia_error_prefix(error, "scan '%s'", s->name);
}

static dia_status check(const dia_task_check *in, const void *self, dia_error *error)
{
    const dia_scan_settings *s = self;
    dia_scan_options how = {0};
    dia_task_check_geometry(in, "from", s->from, true, false);
    dia_task_check_geometry(in, "to", s->to, true, false);
    dia_status status = dia_scan_resolve(s, in->plan->model, &how, error);
    free((void *)how.keep);
    return status;
}

static dia_status make(const dia_path_task *task, const void *self, void *result, dia_error *error)
{
    const dia_scan_settings *s = self;
    const dia_model *model = task->plan->model;
    const char *const ends[] = {s->from, s->to};
    dia_scan_options how = {.search = task->plan->survey.convergence};
    double *R = NULL;
    dia_status status = dia_scan_resolve(s, model, &how, error);
    if (status == DIA_OK)
        status = dia_task_geometries(task, s->to != NULL ? 2 : 1, ends, &R, NULL, error);
    if (status == DIA_OK)
        status = dia_scan_make(result, model, &how, R, s->to != NULL ? R + dia_model_shape(model).ncart : NULL,
                               &task->watch, error);
    free(R);
    free((void *)how.keep);
    return status;
}

static void text(const void *result, double zero, FILE *out)
{
    const dia_scan *scan = result;
    const char *unit[DIA_SCAN_AXES];
    double size[DIA_SCAN_AXES];
    char states[64];
    int good = 0;
    for (int p = 0; p < scan->path.npoint; p++)
        good += scan->point[p].converged == 1;
    dia_states_text(scan->first, scan->count, sizeof states, states);
    if (scan->kind == DIA_SCAN_RIGID)
        fprintf(out, "rigid scan of %s", scan->coordinate[0].text);
    else
        fprintf(out, "scan of %s, relaxed on %s%s", scan->coordinate[0].text, scan->count > 1 ? "the seam of " : "",
                states);
    if (scan->naxis == 2)
        fprintf(out, " and %s", scan->coordinate[1].text);
    fprintf(out, ": %d points, %d of them as asked for\n", scan->path.npoint, good);
    for (int a = 0; a < scan->naxis; a++) {
        size[a] = dia_path_unit(&scan->coordinate[a], &unit[a]);
        fprintf(out, " %9s", unit[a]);
    }
    dia_path_heading(&scan->path, out);
    for (int i = 0; i < dia_path_rows(scan->path.npoint); i++) {
        const int p = dia_path_row(i, scan->path.npoint);
        for (int a = 0; a < scan->naxis; a++)
            fprintf(out, " %9.3f", scan->value[(size_t)p * (size_t)scan->naxis + (size_t)a] / size[a]);
        dia_path_energies(&scan->path, p, zero, out);
        fprintf(out, "%s%s\n", scan->point[p].converged ? "" : "  ", scan->point[p].why);
    }
}

#define OF(member, ...) DIA_MEMBER_OF(dia_scan_point, member, __VA_ARGS__)
static const dia_member point_members[] = {OF(converged, DIA_MEMBER_INT, .name = "converged"),
                                           OF(iterations, DIA_MEMBER_INT, .name = "iterations"),
                                           OF(why, DIA_MEMBER_WORDS, .name = "why", .unit = "1"),
                                           {0}};
#undef OF
static const char *const kinds[] = {"rigid", "relaxed"};
#define OF(member, ...) DIA_MEMBER_OF(dia_scan, member, __VA_ARGS__)
static const dia_member members[] = {
    OF(path, DIA_MEMBER_PART, .fields = dia_path_members),
    OF(point, DIA_MEMBER_ROWS, .shape = "P", .fields = point_members, .stride = sizeof(dia_scan_point)),
    OF(kind, DIA_MEMBER_CHOICE, .name = "kind", .words = kinds),
    OF(coordinate[0].text, DIA_MEMBER_WORDS, .name = "coordinate"),
    OF(coordinate[1].text, DIA_MEMBER_WORDS, .name = "coordinate2"),
    OF(points[0], DIA_MEMBER_INT, .name = "points"),
    {0}};
#undef OF

static dia_extents extents(const void *result)
{
    return dia_path_extents(&((const dia_scan *)result)->path);
}

/* What depends on the kind of coordinates and scan. */
static void write(const void *result, dia_writer *group)
{
    const dia_scan *scan = result;
    const bool angle = scan->coordinate[0].dimension == DIA_ANGLE;
    const bool mixed = scan->naxis == 2 && angle != (scan->coordinate[1].dimension == DIA_ANGLE);
    dia_writer_write(group, "values",
                     mixed   ? "bohr or rad"
                     : angle ? "rad"
                             : "bohr",
                     DIA_NUMBER_REAL, 2, (const size_t[]){(size_t)scan->path.npoint, (size_t)scan->naxis}, scan->value);
    if (scan->naxis == 2)
        dia_writer_set_int(group, "points2", scan->points[1]);
    if (scan->kind == DIA_SCAN_RIGID)
        return;
    dia_writer_set_int(group, "first_state", scan->first);
    dia_writer_set_int(group, "states", scan->count);
}

static void release(void *result)
{
    dia_scan_free(result);
}

DIA_PATH_TYPE(scan, dia_scan, .place = 1, .group = "scans", .doing = "scanning",
              .summary = "energies against one or two internal coordinates", .write = write);
