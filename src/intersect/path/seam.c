/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seams followed away from an intersection. */
#include "intersect/seam.h"

#include <stdlib.h>

#include "intersect/task.h"

static const dia_option options[] = {
    DIA_TEXT(dia_seam_settings, name, NULL, "what it is called in tables and files", .required = true),
    DIA_TEXT(dia_seam_settings, point, NULL,
             "the intersection to begin at: the name of a point that was found (S1/S0-1)", .required = true),
    DIA_TEXT(dia_seam_settings, coordinate, NULL,
             "the coordinate along which the seam is followed: torsion 2 0 1 4, ...", .required = true),
    DIA_TEXT(dia_seam_settings, step, NULL, "of the coordinate between points: 2 deg, 0.05 Angstrom", .required = true),
    DIA_INT(dia_seam_settings, points, "20", "at most, on each side", DIA_RANGE(1, 100000)),
    DIA_REAL(dia_seam_settings, jump, DIA_LENGTH, "0.5 Angstrom",
             "an atom that moves further between two points means that the seam is lost", DIA_RANGE(1e-3, 100)),
    DIA_TEXTS(dia_seam_settings, keep, NULL, "other coordinates that are held at their values at the point"),
    {.key = NULL}};

dia_status dia_seam_resolve(const dia_seam_settings *s, const dia_model *model, int first, int count,
                            dia_seam_options *o, dia_error *error)
{
    o->first = first;
    o->count = count;
    o->points = s->points;
    o->jump = s->jump;
    o->nkeep = 0;
    o->keep = NULL;
    dia_status status = dia_task_coordinate("coordinate", s->coordinate, model, &o->coordinate, error);
    if (status == DIA_OK)
        status = dia_task_value("step", s->step, &o->coordinate, &o->step, error);
    if (status == DIA_OK && o->step == 0.0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "step: expected a value that is not 0");
    if (status == DIA_OK)
        status = dia_task_coordinates("keep", &s->keep, model, &o->nkeep, &o->keep, error);
    return status == DIA_OK ? DIA_OK : dia_error_prefix(error, "seam '%s'", s->name);
}

static dia_status check(const dia_task_check *in, const void *self, dia_error *error)
{
    const dia_seam_settings *s = self;
    dia_seam_options how = {0};
    dia_task_check_geometry(in, "point", s->point, false, true);
    dia_status status = dia_seam_resolve(s, in->plan->model, 0, 2, &how, error);
    free((void *)how.keep);
    return status;
}

static dia_status make(const dia_path_task *task, const void *self, void *result, dia_error *error)
{
    const dia_seam_settings *s = self;
    const dia_catalogue *found = task->catalogue;
    dia_seam_options how = {.search = task->plan->survey.convergence};
    double *R = NULL;
    int point;
    dia_status status = dia_task_geometries(task, 1, &s->point, &R, &point, error);
    if (status == DIA_OK)
        status = dia_seam_resolve(s, task->plan->model, found->first[point], found->count[point], &how, error);
    if (status == DIA_OK)
        status = dia_seam_follow(result, task->plan->model, &how, R, &task->watch, error);
    free(R);
    free((void *)how.keep);
    return status;
}

static void text(const void *result, double zero, FILE *out)
{
    const dia_seam *seam = result;
    const char *unit;
    const double size = dia_path_unit(&seam->coordinate, &unit);
    char states[64];
    dia_states_text(seam->first, seam->count, sizeof states, states);
    fprintf(out, "seam of %s along %s: %d points; below: %s; above: %s\n", states, seam->coordinate.text,
            seam->path.npoint, seam->ended[0], seam->ended[1]);
    fprintf(out, " %9s %9s %12s\n", unit, "energy/eV", "gap/hartree");
    for (int i = 0; i < dia_path_rows(seam->path.npoint); i++) {
        const int p = dia_path_row(i, seam->path.npoint);
        fprintf(out, " %9.3f %9.4f %12.1e%s\n", seam->value[p] / size, dia_path_above(seam->energy[p], zero),
                seam->gap[p], p == seam->origin ? "  (start)" : "");
    }
}

#define OF(member, ...) DIA_MEMBER_OF(dia_seam, member, __VA_ARGS__)
static const dia_member members[] = {
    OF(path, DIA_MEMBER_PART, .fields = dia_path_members),
    OF(energy, DIA_MEMBER_REAL, .shape = "P", .name = "energy", .unit = "hartree"),
    OF(gap, DIA_MEMBER_REAL, .shape = "P", .name = "gap", .unit = "hartree"),
    OF(gradient, DIA_MEMBER_REAL, .shape = "P", .name = "gradient", .unit = "hartree/bohr"),
    OF(coordinate.text, DIA_MEMBER_WORDS, .name = "coordinate"),
    OF(ended[0], DIA_MEMBER_WORDS, .name = "ended_below"),
    OF(ended[1], DIA_MEMBER_WORDS, .name = "ended_above"),
    OF(origin, DIA_MEMBER_INT, .name = "origin"),
    OF(first, DIA_MEMBER_INT, .name = "first_state"),
    OF(count, DIA_MEMBER_INT, .name = "states"),
    {0}};
#undef OF

static dia_extents extents(const void *result)
{
    return dia_path_extents(&((const dia_seam *)result)->path);
}

static void write(const void *result, dia_writer *group)
{
    const dia_seam *seam = result;
    dia_writer_reals(group, "value", seam->coordinate.dimension == DIA_ANGLE ? "rad" : "bohr",
                     (size_t)seam->path.npoint, seam->value);
}

static void release(void *result)
{
    dia_seam_free(result);
}

DIA_PATH_TYPE(seam, dia_seam, .place = 3, .group = "seams", .doing = "following the seam",
              .summary = "seams followed away from an intersection", .write = write);
