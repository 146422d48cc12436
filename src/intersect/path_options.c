/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/path_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"

#define NAME(type)                                                                                                     \
    {                                                                                                                  \
        .key = "name", .kind = DIA_OPTION_TEXT, .offset = offsetof(type, name), .required = true,                      \
        .help = "what it is called in tables and files"                                                                \
    }
#define POINT(type, text)                                                                                              \
    {                                                                                                                  \
        .key = "point", .kind = DIA_OPTION_TEXT, .offset = offsetof(type, point), .required = true, .help = text       \
    }

const dia_option dia_scan_setting_options[] = {
    NAME(dia_scan_settings),
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

const dia_option dia_interpolate_setting_options[] = {
    NAME(dia_interpolate_settings),
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

const dia_option dia_seam_setting_options[] = {
    NAME(dia_seam_settings),
    POINT(dia_seam_settings, "the intersection to begin at: the name of a point that was found (S1/S0-1)"),
    DIA_TEXT(dia_seam_settings, coordinate, NULL,
             "the coordinate along which the seam is followed: torsion 2 0 1 4, ...", .required = true),
    DIA_TEXT(dia_seam_settings, step, NULL, "of the coordinate between points: 2 deg, 0.05 Angstrom", .required = true),
    DIA_INT(dia_seam_settings, points, "20", "at most, on each side", DIA_RANGE(1, 100000)),
    DIA_REAL(dia_seam_settings, jump, DIA_LENGTH, "0.5 Angstrom",
             "an atom that moves further between two points means that the seam is lost", DIA_RANGE(1e-3, 100)),
    DIA_TEXTS(dia_seam_settings, keep, NULL, "other coordinates that are held at their values at the point"),
    {.key = NULL}};

const dia_option dia_loop_setting_options[] = {
    NAME(dia_loop_settings),
    POINT(dia_loop_settings, "the centre: a point that was found (its branching plane is the plane), or an XYZ file"),
    DIA_REAL(dia_loop_settings, radius, DIA_LENGTH, "0.02 Angstrom",
             "in the branching plane: root of the sum of squares over all atoms", DIA_RANGE(1e-8, 100)),
    DIA_TEXTS(dia_loop_settings, coordinates, NULL,
              "two internal coordinates that make the plane instead: [torsion 2 0 1 4, out_of_plane 0 1 2 3]"),
    DIA_TEXTS(dia_loop_settings, radii, NULL, "half axes in these coordinates: [10 deg, 10 deg]"),
    DIA_INT(dia_loop_settings, points, "36", "on the loop; more are added where a state turns fast",
            DIA_RANGE(4, 100000)),
    {.key = NULL}};

const dia_option dia_descent_setting_options[] = {
    NAME(dia_descent_settings),
    POINT(dia_descent_settings, "the intersection to go down from: the name of a point that was found (S1/S0-1)"),
    DIA_INT(dia_descent_settings, directions, "8", "evenly spaced in the branching plane", DIA_RANGE(0, 3600)),
    DIA_BOOL(dia_descent_settings, special, "true", "as well the directions in which the lower cone is lowest"),
    DIA_REAL(dia_descent_settings, radius, DIA_LENGTH, "0.02 bohr", "how far from the intersection the paths begin",
             DIA_RANGE(1e-6, 10)),
    DIA_REAL(dia_descent_settings, spacing, DIA_LENGTH, "0.1 Angstrom",
             "of the points that are kept, in mass-weighted coordinates (times sqrt(u))", DIA_RANGE(1e-4, 100)),
    DIA_REAL(dia_descent_settings, length, DIA_LENGTH, "50 Angstrom",
             "of the longest path, in mass-weighted coordinates (times sqrt(u))", DIA_RANGE(1e-3, 1e6)),
    {.key = NULL}};

/* ---- what follows once the molecule is known ------------------------------------------------- */

static dia_status take_value(const char *key, const char *text, const dia_coordinate *coordinate, double *value,
                             dia_error *error)
{
    char why[200];
    if (dia_quantity_parse(text, coordinate->dimension, value, sizeof why, why))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT, "%s of '%s': %s", key, coordinate->text, why);
}

static dia_status named(dia_status status, const char *what, const char *name, const char *key, dia_error *error)
{
    if (status != DIA_OK)
        dia_error_prefix(error, "%s '%s'%s%s", what, name, key != NULL ? ": " : "", key != NULL ? key : "");
    return status;
}

static dia_status take_coordinate(const char *what, const char *name, const char *key, const char *text,
                                  const dia_model *model, dia_coordinate *coordinate, dia_error *error)
{
    return named(dia_coordinate_parse(coordinate, text, dia_model_molecule(model), error), what, name, key, error);
}

static dia_status take_axis(const dia_scan_settings *s, const dia_model *model, int a, dia_scan_axis *axis,
                            dia_error *error)
{
    static const char *const keys[2][2] = {{"coordinate", "range"}, {"coordinate2", "range2"}};
    const dia_list *range = a == 0 ? &s->range : &s->range2;
    dia_status status = take_coordinate("scan", s->name, keys[a][0], a == 0 ? s->coordinate : s->coordinate2, model,
                                        &axis->coordinate, error);
    if (status != DIA_OK)
        return status;
    axis->points = a == 0 ? s->points : s->points2;
    axis->from = axis->to = NAN;
    if (range->n == 0 && s->to == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "scan '%s': expected `%s: [from, to]`, or a geometry `to` at which '%s' ends", s->name,
                             keys[a][1], axis->coordinate.text);
    if (range->n == 0)
        return DIA_OK;
    const char *const *texts = range->items;
    if (range->n != 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "scan '%s': %s: expected two values, found %d", s->name,
                             keys[a][1], range->n);
    status = take_value(keys[a][1], texts[0], &axis->coordinate, &axis->from, error);
    if (status == DIA_OK)
        status = take_value(keys[a][1], texts[1], &axis->coordinate, &axis->to, error);
    return named(status, "scan", s->name, NULL, error);
}

static dia_status take_states(const dia_scan_settings *s, dia_scan_options *o, dia_error *error)
{
    const int *state = s->states.items;
    o->first = s->states.n > 0 ? state[0] : 0;
    o->count = s->states.n > 0 ? s->states.n : 1;
    for (int k = 1; k < s->states.n; k++) {
        if (state[k] != state[0] + k)
            return dia_error_set(
                error, DIA_ERROR_INPUT,
                "scan '%s': states: expected one state, or neighbours in ascending order such as [0, 1]; found "
                "%d after %d",
                s->name, state[k], state[k - 1]);
    }
    return DIA_OK;
}

dia_status dia_scan_resolve(const dia_scan_settings *s, const dia_model *model, dia_scan_options *o, dia_error *error)
{
    o->kind = (dia_scan_kind)s->kind;
    o->naxis = s->coordinate2 != NULL ? 2 : 1;
    o->nkeep = 0;
    o->keep = NULL;
    dia_status status = take_states(s, o, error);
    for (int a = 0; a < o->naxis && status == DIA_OK; a++)
        status = take_axis(s, model, a, &o->axis[a], error);
    if (status == DIA_OK && s->coordinate2 == NULL && s->range2.n > 0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "scan '%s': range2 without coordinate2", s->name);
    dia_coordinate *keep = NULL;
    if (status == DIA_OK)
        status = named(dia_coordinate_parse_list(&keep, &s->keep, dia_model_molecule(model), error), "scan", s->name,
                       "keep", error);
    if (status == DIA_OK) {
        o->nkeep = s->keep.n;
        o->keep = keep;
    }
    return status;
}

dia_status dia_seam_resolve(const dia_seam_settings *s, const dia_model *model, int first, int count,
                            dia_seam_options *o, dia_error *error)
{
    o->first = first;
    o->count = count;
    o->points = s->points;
    o->jump = s->jump;
    o->nkeep = 0;
    o->keep = NULL;
    dia_status status = take_coordinate("seam", s->name, "coordinate", s->coordinate, model, &o->coordinate, error);
    if (status == DIA_OK)
        status = named(take_value("step", s->step, &o->coordinate, &o->step, error), "seam", s->name, NULL, error);
    if (status == DIA_OK && o->step == 0.0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "seam '%s': step: expected a value that is not 0", s->name);
    dia_coordinate *keep = NULL;
    if (status == DIA_OK)
        status = named(dia_coordinate_parse_list(&keep, &s->keep, dia_model_molecule(model), error), "seam", s->name,
                       "keep", error);
    if (status == DIA_OK) {
        o->nkeep = s->keep.n;
        o->keep = keep;
    }
    return status;
}

dia_status dia_loop_resolve(const dia_loop_settings *s, const dia_model *model, dia_coordinate *coordinate,
                            dia_loop_options *o, dia_error *error)
{
    o->points = s->points;
    o->radius = s->radius;
    o->radius2 = 0.0;
    o->coordinate[0] = o->coordinate[1] = NULL;
    const char *const *texts = s->coordinates.items, *const *radii = s->radii.items;
    if (s->coordinates.n == 0 && s->radii.n == 0)
        return DIA_OK;
    if (s->coordinates.n != 2 || s->radii.n != 2)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "loop '%s': expected two coordinates and two radii, or neither for the branching plane; found %d and "
            "%d",
            s->name, s->coordinates.n, s->radii.n);
    double radius[2];
    for (int k = 0; k < 2; k++) {
        dia_status status = take_coordinate("loop", s->name, "coordinates", texts[k], model, &coordinate[k], error);
        if (status == DIA_OK)
            status =
                named(take_value("radii", radii[k], &coordinate[k], &radius[k], error), "loop", s->name, NULL, error);
        if (status != DIA_OK)
            return status;
        if (!(radius[k] > 0.0))
            return dia_error_set(error, DIA_ERROR_INPUT, "loop '%s': radii: expected values above 0, found '%s'",
                                 s->name, radii[k]);
        o->coordinate[k] = &coordinate[k];
    }
    o->radius = radius[0];
    o->radius2 = radius[1];
    return DIA_OK;
}

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
