/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/intersect_tasks_text.h"

#include <math.h>

#include "intersect/catalogue.h" /* dia_states_text */

static const double degree = 57.29577951308232;

enum { ROWS = 10 };

/* Row i of those shown -> point; ends included. */
static int shown_point(int i, int npoint)
{
    return npoint <= ROWS + 1 ? i : (int)((long long)i * (npoint - 1) / ROWS);
}

static int shown(int npoint)
{
    return npoint <= ROWS + 1 ? npoint : ROWS + 1;
}

static double unit_of(const dia_coordinate *coordinate, const char **name)
{
    const bool angle = coordinate->dimension == DIA_ANGLE, length = coordinate->dimension == DIA_LENGTH;
    *name = angle ? "deg" : length ? "Angstrom" : "au";
    return angle ? 1.0 / degree : length ? DIA_ANGSTROM : 1.0;
}

/* eV above zero, without the minus of a rounded nothing. */
static double above(double E, double zero)
{
    const double ev = (E - zero) / DIA_EV;
    return fabs(ev) < 5e-5 ? 0.0 : ev;
}

static void states_head(FILE *out, int nstate)
{
    for (int k = 0; k < nstate; k++)
        fprintf(out, "     S%d/eV", k);
}

static void states_row(FILE *out, const dia_path *path, int point, double zero)
{
    for (int k = 0; k < path->nstate; k++)
        fprintf(out, " %9.4f", above(path->E[(size_t)point * (size_t)path->nstate + (size_t)k], zero));
}

void intersect_scan_text(FILE *out, const dia_scan *scan, double zero)
{
    const char *unit[2];
    const double size[2] = {unit_of(&scan->coordinate[0], &unit[0]),
                            scan->naxis == 2 ? unit_of(&scan->coordinate[1], &unit[1]) : 1.0};
    char states[64];
    int good = 0;
    for (int p = 0; p < scan->path.npoint; p++)
        good += scan->converged[p] == 1;
    dia_states_text(scan->first, scan->count, sizeof states, states);
    if (scan->kind == DIA_SCAN_RIGID)
        fprintf(out, "rigid scan of %s", scan->coordinate[0].text);
    else
        fprintf(out, "scan of %s, relaxed on %s%s", scan->coordinate[0].text, scan->count > 1 ? "the seam of " : "",
                states);
    if (scan->naxis == 2)
        fprintf(out, " and %s", scan->coordinate[1].text);
    fprintf(out, ": %d points, %d of them as asked for\n", scan->path.npoint, good);
    for (int a = 0; a < scan->naxis; a++)
        fprintf(out, " %9s", unit[a]);
    states_head(out, scan->path.nstate);
    fprintf(out, "\n");
    for (int i = 0; i < shown(scan->path.npoint); i++) {
        const int p = shown_point(i, scan->path.npoint);
        for (int a = 0; a < scan->naxis; a++)
            fprintf(out, " %9.3f", scan->value[(size_t)p * (size_t)scan->naxis + (size_t)a] / size[a]);
        states_row(out, &scan->path, p, zero);
        fprintf(out, "%s%s\n", scan->converged[p] ? "" : "  ", scan->why[p]);
    }
}

void intersect_interpolated_text(FILE *out, const dia_interpolated *result, double zero)
{
    static const char *const kinds[] = {[DIA_INTERPOLATION_INTERNAL] = "internal coordinates",
                                        [DIA_INTERPOLATION_CARTESIAN] = "Cartesian coordinates",
                                        [DIA_INTERPOLATION_DISTANCES] = "distances"};
    fprintf(out, "interpolation of %d geometries in %s: %d points\n", result->ngeometry, kinds[result->kind],
            result->path.npoint);
    fprintf(out, " %9s", "fraction");
    states_head(out, result->path.nstate);
    fprintf(out, "\n");
    for (int i = 0; i < shown(result->path.npoint); i++) {
        const int p = shown_point(i, result->path.npoint);
        fprintf(out, " %9.3f", result->fraction[p]);
        states_row(out, &result->path, p, zero);
        fprintf(out, "\n");
    }
}

void intersect_seam_text(FILE *out, const dia_seam *seam, double zero)
{
    const char *unit;
    const double size = unit_of(&seam->coordinate, &unit);
    char states[64];
    dia_states_text(seam->first, seam->count, sizeof states, states);
    fprintf(out, "seam of %s along %s: %d points; below: %s; above: %s\n", states, seam->coordinate.text,
            seam->path.npoint, seam->ended[0], seam->ended[1]);
    fprintf(out, " %9s %9s %12s\n", unit, "energy/eV", "gap/hartree");
    for (int i = 0; i < shown(seam->path.npoint); i++) {
        const int p = shown_point(i, seam->path.npoint);
        fprintf(out, " %9.3f %9.4f %12.1e%s\n", seam->value[p] / size, above(seam->energy[p], zero), seam->gap[p],
                p == seam->origin ? "  (start)" : "");
    }
}

void intersect_loop_text(FILE *out, const dia_loop *loop)
{
    if (loop->x != NULL)
        fprintf(out, "loop of radius %.4g Angstrom in the branching plane", loop->radius[0] / DIA_ANGSTROM);
    else
        fprintf(out, "loop in %s and %s", loop->coordinate[0], loop->coordinate[1]);
    fprintf(out, ": %d points\n", loop->path.npoint);
    fprintf(out, " %5s %5s %12s %22s\n", "state", "sign", "gap above/eV", "coupling integral / pi");
    for (int k = 0; k < loop->path.nstate; k++) {
        fprintf(out, "   S%-2d  %s", k, loop->sign[k] > 0 ? "  +1" : loop->sign[k] < 0 ? "  -1" : "   ?");
        if (k + 1 < loop->path.nstate)
            fprintf(out, "%13.4g %22.4f", loop->gap[k] / DIA_EV, loop->coupling[k] * degree / 180.0);
        fprintf(out, "\n");
    }
}

void intersect_descent_text(FILE *out, const dia_descent *descent, char *const *product, const char *const *label,
                            double zero)
{
    fprintf(out, "%d paths of steepest descent on S%d\n", descent->npath, descent->state);
    fprintf(out, " %9s %12s %10s %18s  %s\n", "angle/deg", "end", "energy/eV", "length/A sqrt(u)", "product");
    for (int b = 0; b < descent->npath; b++) {
        const dia_descent_path *branch = &descent->branch[b];
        const dia_path *path = &branch->path;
        const int last = path->npoint - 1;
        fprintf(out, " %8.1f%s %12s", branch->angle * degree, branch->special ? "*" : " ",
                dia_descent_end_names[branch->end]);
        if (last >= 0)
            fprintf(out, " %10.4f %18.3f",
                    above(path->E[(size_t)last * (size_t)path->nstate + (size_t)descent->state], zero),
                    path->weighted[last] / (DIA_ANGSTROM * sqrt(DIA_DALTON)));
        if (product[b][0] != '\0')
            fprintf(out, "  %s%s%s", product[b], label[b][0] != '\0' ? " " : "", label[b]);
        else
            fprintf(out, "  %s", branch->why);
        fprintf(out, "\n");
    }
    fprintf(out, " * a direction in which the cone is lowest\n");
}
