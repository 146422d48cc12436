/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine `grid`: a wave packet on a grid of one to three coordinates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exact/grid.h"

static const double EDGE = 1e-6; /* density near the edge of the box that is warned of */

static const dia_option grid_options[] = {
    DIA_REALS(
        dia_grid_settings, lower, DIA_ATOMIC, NULL,
        "lower end of the box, one number a coordinate, bohr; left out: as far as the energy of the packet allows"),
    DIA_REALS(dia_grid_settings, upper, DIA_ATOMIC, NULL, "upper end of the box; left out: the same"),
    DIA_INTS(dia_grid_settings, points, NULL, "grid points, one number a coordinate; left out: as its energy asks for",
             DIA_RANGE(4, DIA_GRID_MOST)),
    DIA_REALS(dia_grid_settings, absorber_lower, DIA_ATOMIC, NULL,
              "width of the absorbing layer inside the lower end, bohr, one number a coordinate, 0: none; left out: "
              "one where the packet can leave and H no longer changes, if the end itself is left out too"),
    DIA_REALS(dia_grid_settings, absorber_upper, DIA_ATOMIC, NULL, "the same at the upper end"),
    DIA_CHOICE(dia_grid_settings, order, "2|4", "2", "of the splitting of a step"),
    DIA_INT(dia_grid_settings, substeps, "0", "steps of the splitting in a timestep; 0: as its energy asks for",
            DIA_RANGE(0, 100000)),
    DIA_INT(dia_grid_settings, refine, "0",
            "adiabatic populations are summed on a grid so many times as fine in each coordinate (the states turn fast "
            "near an intersection); 0: 4 for one or two coordinates, 2 for three",
            DIA_RANGE(0, 32)),
    {.key = NULL}};

/* ---- settings -------------------------------------------------------------------------------- */

static dia_status check_counts(const dia_grid_settings *s, int naxis, dia_error *error)
{
    const struct {
        const char *key;
        const dia_list *list;
    } lists[] = {{"lower", &s->lower},
                 {"upper", &s->upper},
                 {"points", &s->points},
                 {"absorber_lower", &s->absorber_lower},
                 {"absorber_upper", &s->absorber_upper}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (lists[i].list->n != naxis && lists[i].list->n != 0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "exact.%s: expected %d number%s, one a coordinate of the model, found %d",
                                 lists[i].key, naxis, naxis == 1 ? "" : "s", lists[i].list->n);
    return DIA_OK;
}

static double number(const dia_list *list, int a)
{
    return list->n > 0 ? ((const double *)list->items)[a] : 0.0;
}

static void set_axis(dia_grid_settings *s, int a, const dia_exact_problem *problem)
{
    s->axis[a] = (dia_grid_axis){.n = s->points.n > 0 ? ((const int *)s->points.items)[a] : 0,
                                 .lower = number(&s->lower, a),
                                 .upper = number(&s->upper, a),
                                 .layer = {number(&s->absorber_lower, a), number(&s->absorber_upper, a)},
                                 .mass = problem->mass[a]};
}

static dia_status check_axis(const dia_grid_settings *s, int a, const dia_exact_problem *problem, dia_error *error)
{
    const dia_grid_axis *axis = &s->axis[a];
    const double centre = problem->start->centre[a];
    if (!(axis->upper > axis->lower))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "exact.upper: coordinate %d ends at %g bohr, at or below exact.lower, %g bohr", a,
                             axis->upper, axis->lower);
    if (axis->layer[0] < 0.0 || axis->layer[1] < 0.0 || axis->layer[0] + axis->layer[1] > axis->upper - axis->lower)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "exact.absorber_lower, absorber_upper: the layers of coordinate %d are %g and %g bohr "
                             "wide, the box is %g: expected 0 or more, together less than the box",
                             a, axis->layer[0], axis->layer[1], axis->upper - axis->lower);
    if (centre < axis->lower + axis->layer[0] || centre > axis->upper - axis->layer[1])
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "exact: the start is at %g bohr along coordinate %d, outside the box without its "
                             "absorbing layers, %g to %g bohr",
                             centre, a, axis->lower + axis->layer[0], axis->upper - axis->layer[1]);
    return DIA_OK;
}

static dia_status prepare(void *self, const dia_exact_problem *problem, double *bytes, size_t size, char *advice,
                          dia_error *error)
{
    dia_grid_settings *s = self;
    const dia_shape shape = dia_model_shape(problem->model);
    if (problem->ncart > DIA_GRID_AXES)
        return dia_error_set(error, DIA_ERROR_UNSUPPORTED,
                             "exact.engine: grid needs a model of one to %d coordinates, this one has %d",
                             DIA_GRID_AXES, problem->ncart);
    if (problem->nstate > DIA_GRID_STATES)
        return dia_error_set(error, DIA_ERROR_UNSUPPORTED, "exact.engine: grid holds up to %d states, the model has %d",
                             DIA_GRID_STATES, problem->nstate);
    s->naxis = problem->ncart;
    s->light = problem->light != NULL;
    s->angle = s->angle > 0.0 ? s->angle : DIA_FIELD_ANGLE;
    s->regions = problem->regions != NULL ? problem->regions->n : 0;
    dia_status status = check_counts(s, s->naxis, error);
    for (int a = 0; a < s->naxis && status == DIA_OK; a++)
        set_axis(s, a, problem);
    if (status == DIA_OK)
        status = dia_grid_box(s, problem, error);
    if (s->refine == 0)
        s->refine = s->naxis < 3 ? 4 : 2;
    for (int a = 0; a < s->naxis && status == DIA_OK; a++)
        status = check_axis(s, a, problem, error);
    if (status != DIA_OK)
        return status;
    *bytes = dia_grid_bytes(s, &shape, problem->threads);
    snprintf(advice, size, "Take fewer grid points (exact.points) or a smaller box (exact.lower, exact.upper)%s",
             s->order > 0 ? ", or exact.order: 2" : "");
    return DIA_OK;
}

/* ---- propagation ----------------------------------------------------------------------------- */

static void warn(const dia_exact_problem *problem, const dia_grid_means *worst, int naxis)
{
    for (int a = 0; a < naxis; a++) {
        if (worst->edge[a] > EDGE)
            dia_control_warn(problem->control,
                             "%.2g of the density came near an end of the box along coordinate %d: make the box larger "
                             "(exact.lower, exact.upper), or give that end an absorber",
                             worst->edge[a], a);
        if (worst->momentum_edge[a] > EDGE)
            dia_control_warn(problem->control,
                             "%.2g of the density came near the largest momentum of the grid along coordinate %d: take "
                             "more points (exact.points)",
                             worst->momentum_edge[a], a);
    }
}

static void tell(dia_grid *grid, const dia_exact_observer *observer, int64_t step, dia_grid_means *means,
                 dia_grid_means *worst, const dia_exact_regions *regions, dia_exact_returns *seen)
{
    dia_grid_measure(grid, means);
    dia_grid_outcome(grid, means->outcome);
    if (regions != NULL)
        dia_exact_returns_note(seen, regions, grid->nstate, means->outcome);
    for (int a = 0; a < grid->naxis; a++) {
        worst->edge[a] = fmax(worst->edge[a], means->edge[a]);
        worst->momentum_edge[a] = fmax(worst->momentum_edge[a], means->momentum_edge[a]);
    }
    const dia_exact_sample sample = {.step = step,
                                     .adiabatic = means->adiabatic,
                                     .diabatic = means->diabatic,
                                     .density = means->density,
                                     .norm = means->norm,
                                     .potential = means->potential,
                                     .kinetic = means->kinetic,
                                     .dipole = grid->light != NULL ? means->dipole : NULL,
                                     .position = means->position,
                                     .position_width = means->position_width,
                                     .momentum = means->momentum,
                                     .momentum_width = means->momentum_width,
                                     .outcome = grid->channels > 0 ? means->outcome : NULL,
                                     .absorbed = grid->damping != NULL ? means->absorbed : NULL,
                                     .absorbed_diabatic = grid->damping != NULL ? means->absorbed_diabatic : NULL};
    observer->sample(observer->context, &sample);
}

static dia_status propagate(const void *self, const dia_exact_problem *problem, const dia_exact_observer *observer,
                            dia_error *error)
{
    const dia_grid_settings *s = self;
    const size_t n = (size_t)problem->nstate, sides = 2 * (size_t)s->naxis, channels = (size_t)s->regions + 1;
    dia_grid grid;
    dia_grid_means worst = {.norm = 0.0};
    dia_exact_returns seen = {{0.0}, {0.0}};
    double *memory = calloc(2 * n + 2 * n * n + 2 * sides * n + channels * n, sizeof *memory);
    dia_status status = memory != NULL ? dia_grid_create(&grid, s, problem, error)
                                       : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a grid");
    if (memory == NULL)
        return status;
    dia_grid_means means = {.adiabatic = memory,
                            .diabatic = memory + n,
                            .density = memory + 2 * n,
                            .absorbed = memory + 2 * n + 2 * n * n,
                            .absorbed_diabatic = memory + 2 * n + 2 * n * n + sides * n,
                            .outcome = memory + 2 * n + 2 * n * n + 2 * sides * n};
    for (int64_t step = 0; step <= problem->steps && status == DIA_OK; step++) {
        double overlap[2];
        if (step > 0)
            dia_grid_advance(&grid, (double)(step - 1) * problem->timestep, s->substeps);
        dia_grid_overlap(&grid, overlap);
        observer->overlap(observer->context, step, overlap);
        if (step % problem->every == 0)
            tell(&grid, observer, step, &means, &worst, problem->regions, &seen);
        observer->step(observer->context, step);
        status = dia_exact_stopped(problem, step, error);
    }
    if (status == DIA_OK)
        warn(problem, &worst, s->naxis);
    if (status == DIA_OK && problem->regions != NULL)
        dia_exact_returns_warn(&seen, problem->regions, problem->control);
    dia_grid_free(&grid);
    free(memory);
    return status;
}

/* ---- convergence, description ---------------------------------------------------------------- */

static bool vary(const void *self, const dia_exact_problem *problem, int n, void *changed, size_t size, char *what,
                 double *cost)
{
    const dia_grid_settings *s = self;
    dia_grid_settings *other = changed;
    (void)problem;
    if (n == 0) {
        other->substeps = 2 * s->substeps;
        other->angle = 0.5 * s->angle;
        *cost = 2.0;
        snprintf(what, size, "step halved");
        return true;
    }
    if (n > 1)
        return false;
    *cost = 1.0;
    for (int a = 0; a < s->naxis; a++) {
        other->axis[a].n = dia_fourier_length(s->axis[a].n * 3 / 2);
        *cost *= 1.5;
    }
    snprintf(what, size, "half as many points again along each coordinate");
    return true;
}

static void describe(const void *self, FILE *out)
{
    const dia_grid_settings *s = self;
    for (int a = 0; a < s->naxis; a++)
        fprintf(out, "%s%d points from %.4g to %.4g%s", a > 0 ? ", " : "", s->axis[a].n, s->axis[a].lower,
                s->axis[a].upper, s->axis[a].ring ? " (one turn of an angle)" : " bohr");
    for (int a = 0; a < s->naxis; a++)
        for (int end = 0; end < 2; end++)
            if (s->axis[a].layer[end] > 0.0)
                fprintf(out, "; absorbed along the %s %.3g bohr of coordinate %d", end == 0 ? "lowest" : "highest",
                        s->axis[a].layer[end], a);
    fprintf(out, "; splitting of order %d, %d a timestep; adiabatic populations %d times as fine", s->order > 0 ? 4 : 2,
            s->substeps, s->refine);
}

static void write(const void *self, dia_writer *group)
{
    const dia_grid_settings *s = self;
    double lower[DIA_GRID_AXES], upper[DIA_GRID_AXES], layers[2][DIA_GRID_AXES];
    int points[DIA_GRID_AXES];
    for (int a = 0; a < s->naxis; a++) {
        points[a] = s->axis[a].n;
        lower[a] = s->axis[a].lower;
        upper[a] = s->axis[a].upper;
        layers[0][a] = s->axis[a].layer[0];
        layers[1][a] = s->axis[a].layer[1];
    }
    dia_writer_ints(group, "points", (size_t)s->naxis, points);
    dia_writer_reals(group, "lower", "bohr", (size_t)s->naxis, lower);
    dia_writer_reals(group, "upper", "bohr", (size_t)s->naxis, upper);
    dia_writer_reals(group, "absorber_lower", "bohr", (size_t)s->naxis, layers[0]);
    dia_writer_reals(group, "absorber_upper", "bohr", (size_t)s->naxis, layers[1]);
    dia_writer_set_int(group, "order", s->order > 0 ? 4 : 2);
    dia_writer_set_int(group, "substeps", s->substeps);
    dia_writer_set_int(group, "refine", s->refine);
}

const dia_exact_type dia_exact_type_grid = {
    .name = "grid",
    .summary = "a wave packet on a grid of one to three coordinates, by the split-operator method",
    .reference = "M. D. Feit, J. A. Fleck, A. Steiger, J. Comput. Phys. 47, 412 (1982); absorbing layers: D. E. "
                 "Manolopoulos, J. Chem. Phys. 117, 9552 (2002)",
    .options = grid_options,
    .self_size = sizeof(dia_grid_settings),
    .packet = true,
    .regions = true,
    .light = true,
    .prepare = prepare,
    .propagate = propagate,
    .vary = vary,
    .describe = describe,
    .write = write,
};
