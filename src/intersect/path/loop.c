/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geometric phases on loops round a point. */
#include "intersect/loop.h"

#include <math.h>
#include <stdlib.h>

#include "intersect/task.h"

static const dia_option options[] = {
    DIA_TEXT(dia_loop_settings, name, NULL, "what it is called in tables and files", .required = true),
    DIA_TEXT(dia_loop_settings, point, NULL,
             "the centre: a point that was found (its branching plane is the plane), or an XYZ file", .required = true),
    DIA_REAL(dia_loop_settings, radius, DIA_LENGTH, "0.02 Angstrom",
             "in the branching plane: root of the sum of squares over all atoms", DIA_RANGE(1e-8, 100)),
    DIA_TEXTS(dia_loop_settings, coordinates, NULL,
              "two internal coordinates that make the plane instead: [torsion 2 0 1 4, out_of_plane 0 1 2 3]"),
    DIA_TEXTS(dia_loop_settings, radii, NULL, "half axes in these coordinates: [10 deg, 10 deg]"),
    DIA_INT(dia_loop_settings, points, "36", "on the loop; more are added where a state turns fast",
            DIA_RANGE(4, 100000)),
    {.key = NULL}};

static dia_status take_axes(const dia_loop_settings *s, const dia_model *model, dia_coordinate *coordinate,
                            dia_loop_options *o, dia_error *error)
{
    const char *const *texts = s->coordinates.items, *const *radii = s->radii.items;
    double radius[2];
    dia_status status = DIA_OK;
    if (s->coordinates.n != 2 || s->radii.n != 2)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "expected two coordinates and two radii, or neither for the branching plane; found %d and %d",
            s->coordinates.n, s->radii.n);
    for (int k = 0; k < 2 && status == DIA_OK; k++) {
        status = dia_task_coordinate("coordinates", texts[k], model, &coordinate[k], error);
        if (status == DIA_OK)
            status = dia_task_value("radii", radii[k], &coordinate[k], &radius[k], error);
        if (status == DIA_OK && !(radius[k] > 0.0))
            status = dia_error_set(error, DIA_ERROR_INPUT, "radii: expected values above 0, found '%s'", radii[k]);
        o->coordinate[k] = &coordinate[k];
    }
    if (status == DIA_OK)
        o->radius = radius[0], o->radius2 = radius[1];
    return status;
}

dia_status dia_loop_resolve(const dia_loop_settings *s, const dia_model *model, dia_coordinate *coordinate,
                            dia_loop_options *o, dia_error *error)
{
    o->points = s->points;
    o->radius = s->radius;
    o->radius2 = 0.0;
    o->coordinate[0] = o->coordinate[1] = NULL;
    if ((s->coordinates.n == 0 && s->radii.n == 0) || take_axes(s, model, coordinate, o, error) == DIA_OK)
        return DIA_OK;
    return dia_error_prefix(error, "loop '%s'", s->name);
}

static dia_status check(const dia_task_check *in, const void *self, dia_error *error)
{
    const dia_loop_settings *s = self;
    dia_loop_options how = {0};
    dia_coordinate coordinate[2];
    dia_task_check_geometry(in, "point", s->point, s->coordinates.n > 0, s->coordinates.n == 0);
    return dia_loop_resolve(s, in->plan->model, coordinate, &how, error);
}

static dia_status make(const dia_path_task *task, const void *self, void *result, dia_error *error)
{
    const dia_loop_settings *s = self;
    const dia_catalogue *found = task->catalogue;
    dia_loop_options how = {0};
    dia_coordinate coordinate[2];
    double *R = NULL;
    int point;
    dia_status status = dia_task_geometries(task, 1, &s->point, &R, &point, error);
    if (status == DIA_OK)
        status = dia_loop_resolve(s, task->plan->model, coordinate, &how, error);
    if (status == DIA_OK && how.coordinate[0] == NULL) {
        if (point < 0 || found->count[point] != 2)
            status = dia_error_set(error, DIA_ERROR_INPUT, "%s has no branching plane: name two coordinates", s->point);
        else
            dia_catalogue_plane(found, point, &how.x, &how.y);
    }
    if (status == DIA_OK)
        status = dia_loop_make(result, task->plan->model, &how, R, &task->watch, error);
    free(R);
    return status;
}

static void text(const void *result, double zero, FILE *out)
{
    const dia_loop *loop = result;
    (void)zero;
    if (loop->x != NULL)
        fprintf(out, "loop of radius %.4g Angstrom in the branching plane", loop->radius[0] / DIA_ANGSTROM);
    else
        fprintf(out, "loop in %s and %s", loop->coordinate[0], loop->coordinate[1]);
    fprintf(out, ": %d points\n", loop->path.npoint);
    fprintf(out, " %5s %9s %12s %22s\n", "state", loop->hermitian ? "phase/deg" : "sign", "gap above/eV",
            "coupling integral / pi");
    for (int k = 0; k < loop->path.nstate; k++) {
        fprintf(out, "   S%-2d  ", k);
        if (loop->hermitian && isfinite(loop->phase[k]))
            fprintf(out, "%8.3f", loop->phase[k] * 180.0 / DIA_PI);
        else
            fprintf(out, "%8s", loop->sign[k] > 0 ? "+1" : loop->sign[k] < 0 ? "-1" : "?");
        if (k + 1 < loop->path.nstate)
            fprintf(out, "%13.4g %22.4f", loop->gap[k] / DIA_EV, loop->coupling[k] / DIA_PI);
        fprintf(out, "\n");
    }
    if (loop->hermitian)
        fprintf(out, " H is complex: states come back with a phase (Berry), not with a sign\n");
}

#define OF(member, ...) DIA_MEMBER_OF(dia_loop, member, __VA_ARGS__)
static const dia_member members[] = {/* S pairs of neighbouring states */
                                     OF(path, DIA_MEMBER_PART, .fields = dia_path_members),
                                     OF(angle, DIA_MEMBER_REAL, .shape = "P", .name = "angle", .unit = "rad"),
                                     OF(overlap, DIA_MEMBER_REAL, .shape = "N", .name = "overlap"),
                                     OF(coupling, DIA_MEMBER_REAL, .shape = "S", .name = "coupling_integral",
                                        .unit = "rad"),
                                     OF(gap, DIA_MEMBER_REAL, .shape = "S", .name = "gap", .unit = "hartree"),
                                     OF(sign, DIA_MEMBER_INT, .shape = "N", .name = "sign"),
                                     OF(phase, DIA_MEMBER_REAL, .shape = "N", .name = "phase", .unit = "rad"),
                                     OF(centre, DIA_MEMBER_REAL, .shape = "AD", .name = "centre", .unit = "bohr",
                                        .frame = true),
                                     OF(x, DIA_MEMBER_REAL, .shape = "AD", .name = "x", .frame = true),
                                     OF(y, DIA_MEMBER_REAL, .shape = "AD", .name = "y", .frame = true),
                                     OF(radius[0], DIA_MEMBER_REAL, .name = "radius"),
                                     OF(radius[1], DIA_MEMBER_REAL, .name = "radius2"),
                                     OF(coordinate[0], DIA_MEMBER_WORDS, .name = "coordinate"),
                                     OF(coordinate[1], DIA_MEMBER_WORDS, .name = "coordinate2"),
                                     {0}};
#undef OF

static dia_extents extents(const void *result)
{
    const dia_loop *loop = result;
    dia_extents e = dia_path_extents(&loop->path);
    e.of['S'] = (size_t)loop->path.nstate - 1;
    return e;
}

static void release(void *result)
{
    dia_loop_free(result);
}

DIA_PATH_TYPE(loop, dia_loop, .place = 4, .group = "loops", .doing = "going round",
              .summary = "geometric phases on loops round a point");
