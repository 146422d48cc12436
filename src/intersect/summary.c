/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "store/member.h"

static const double degree = DIA_PI / 180.0;
static const double slope_unit = DIA_EV / DIA_ANGSTROM; /* eV/Angstrom */

static bool is_molecule(const dia_catalogue *catalogue)
{
    return catalogue->molecule.dimension == 3;
}

/* Mean energy of the states that meet, eV above the zero. */
static double energy_ev(const dia_catalogue *catalogue, int i)
{
    double sum = 0;
    for (int k = 0; k < catalogue->count[i]; k++)
        sum += catalogue->E[(size_t)i * (size_t)catalogue->nstate + (size_t)(catalogue->first[i] + k)];
    return (sum / catalogue->count[i] - catalogue->zero) / DIA_EV;
}

/* ---- which atoms move ------------------------------------------------------------------------ */

typedef struct mover {
    int atom;
    double share;
} mover;

static int by_share(const void *a, const void *b)
{
    const mover *x = a, *y = b;
    return x->share != y->share ? (x->share < y->share) - (x->share > y->share) : x->atom - y->atom;
}

/* movers (natom): shares of the atoms (coordinates of a model system) in the squared length of a vector, largest first.
 */
static void find_movers(const dia_molecule *molecule, const double *vector, mover *movers)
{
    double sum = 0;
    for (int a = 0; a < molecule->natom; a++) {
        movers[a] = (mover){.atom = a};
        for (int i = 0; i < molecule->dimension; i++) {
            const double component = vector[a * molecule->dimension + i];
            movers[a].share += component * component;
        }
        sum += movers[a].share;
    }
    for (int a = 0; a < molecule->natom; a++)
        movers[a].share /= sum > 0 ? sum : 1.0;
    qsort(movers, (size_t)molecule->natom, sizeof *movers, by_share);
}

static void write_movers(FILE *out, const dia_molecule *molecule, const double *vector, mover *movers)
{
    enum { MOST = 4 };
    find_movers(molecule, vector, movers);
    for (int a = 0; a < molecule->natom && a < MOST && movers[a].share > 0.05; a++)
        fprintf(out, "%s%s%d %.0f %%", a > 0 ? ", " : "",
                molecule->dimension == 3 ? dia_element_symbol(molecule->numbers[movers[a].atom]) : "coordinate ",
                movers[a].atom, 100.0 * movers[a].share);
}

/* ---- a page of text -------------------------------------------------------------------------- */

static bool has_labels(const dia_catalogue *catalogue)
{
    for (int i = 0; i < catalogue->npoint; i++)
        if (catalogue->label[i][0] != '\0')
            return true;
    return false;
}

/* The parameters of a cone; the tilt of an upright one has no direction. */
static void write_cone(FILE *out, const dia_catalogue *catalogue, int i)
{
    char heading[32] = "-";
    if (catalogue->tilt[i] > 1e-6)
        snprintf(heading, sizeof heading, "%.1f", catalogue->heading[i] / degree);
    fprintf(out, " %11.4f %9.4f %6.3f %7s %6.3f %6.3f",
            catalogue->pitch[i] / (is_molecule(catalogue) ? slope_unit : 1.0), catalogue->asymmetry[i],
            catalogue->tilt[i], heading, catalogue->P[i], catalogue->B[i]);
}

static void write_points(FILE *out, const dia_catalogue *catalogue)
{
    const bool labels = has_labels(catalogue);
    fprintf(out, "%-12s %10s %5s %8s  %-24s %11s %9s %6s %7s %6s %6s%s\n", "point", "energy/eV", "order", "searches",
            "kind", "pitch", "asymmetry", "tilt", "heading", "P", "B", labels ? "  name" : "");
    fprintf(out, "%-12s %10s %5s %8s  %-24s %11s %9s %6s %7s\n", "", "", "", "", "",
            is_molecule(catalogue) ? "eV/Angstrom" : "hartree/bohr", "", "", "deg");
    for (int i = 0; i < catalogue->npoint; i++) {
        char order[16] = "?", kind[40];
        if (catalogue->order[i] >= 0)
            snprintf(order, sizeof order, "%d", catalogue->order[i]);
        snprintf(kind, sizeof kind, "%s %s", dia_point_shape(catalogue, i), dia_point_path(catalogue, i));
        if (catalogue->count[i] != 2)
            snprintf(kind, sizeof kind, "%s%s",
                     catalogue->order[i] == 0  ? "minimum"
                     : catalogue->order[i] > 0 ? "saddle"
                                               : "stationary",
                     catalogue->count[i] > 2 ? " of the seam" : "");
        fprintf(out, "%-12s %10.4f %5s %8d  %-24s", catalogue->name[i], energy_ev(catalogue, i), order,
                catalogue->starts[i], kind);
        if (catalogue->count[i] == 2)
            write_cone(out, catalogue, i);
        else if (labels && catalogue->label[i][0] != '\0')
            fprintf(out, "%51s", "");
        fprintf(out, "%s%s\n", catalogue->label[i][0] != '\0' ? "  " : "", catalogue->label[i]);
    }
}

static void write_planes(FILE *out, const dia_catalogue *catalogue)
{
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    mover *movers = calloc((size_t)catalogue->molecule.natom, sizeof *movers);
    bool told = false;
    for (int i = 0; movers != NULL && i < catalogue->npoint; i++) {
        if (catalogue->count[i] != 2)
            continue;
        if (!told)
            fprintf(out, "\nWhat moves in the branching plane (share of each %s in the squared length)\n",
                    is_molecule(catalogue) ? "atom" : "coordinate");
        told = true;
        fprintf(out, "%-12s x: ", catalogue->name[i]);
        write_movers(out, &catalogue->molecule, catalogue->x + (size_t)i * ncart, movers);
        fprintf(out, "; y: ");
        write_movers(out, &catalogue->molecule, catalogue->y + (size_t)i * ncart, movers);
        fprintf(out, "\n");
    }
    free(movers);
}

/* Points at which the states part in another number of directions than those of a real H do. */
static void write_directions(FILE *out, const dia_catalogue *catalogue)
{
    bool told = false;
    for (int i = 0; i < catalogue->npoint; i++) {
        const int count = catalogue->count[i], directions = catalogue->directions[i];
        if (count < 2 || directions < 0 || directions == count * (count + 1) / 2 - 1)
            continue;
        fprintf(out, "%s%-12s %d\n",
                told ? ""
                     : "\nIndependent directions in which the states part to first order (conditions of the seam)\n",
                catalogue->name[i], directions);
        told = true;
    }
}

/* Model systems: where the points lie. Molecules: see the XYZ file. */
static void write_positions(FILE *out, const dia_catalogue *catalogue)
{
    enum { MOST = 8 };
    const int ncart = catalogue->molecule.ncart;
    if (is_molecule(catalogue) || ncart > MOST || catalogue->npoint == 0)
        return;
    fprintf(out, "\nCoordinates, atomic units\n");
    for (int i = 0; i < catalogue->npoint; i++) {
        fprintf(out, "%-12s", catalogue->name[i]);
        for (int c = 0; c < ncart; c++) {
            const double x = catalogue->R[(size_t)i * (size_t)ncart + (size_t)c];
            fprintf(out, " %13.6f", fabs(x) < 5e-7 ? 0.0 : x);
        }
        fprintf(out, "\n");
    }
}

/* Of all searches, or those of one method (-1: all) that ended in one point (-1: all). */
typedef struct tally {
    int searches, converged;
    double iterations, difference; /* mean of the converged; largest |E - E of the point|, hartree */
} tally;

static const dia_member tally_members[] = {
    DIA_MEMBER_OF(tally, converged, DIA_MEMBER_INT, .key = "searches"),
    DIA_MEMBER_OF(tally, iterations, DIA_MEMBER_REAL, .key = "mean_iterations"),
    DIA_MEMBER_OF(tally, difference, DIA_MEMBER_REAL, .key = "largest_difference_hartree"),
    {0}};

static tally count(const dia_found *found, int method, int point)
{
    const dia_catalogue *catalogue = &found->catalogue;
    tally made = {0};
    for (int k = 0; k < found->survey.n; k++) {
        const dia_search_end *ending = &found->survey.ending[k];
        if ((method >= 0 && (int)ending->method != method) || (point >= 0 && ending->point != point))
            continue;
        made.searches++;
        if (!ending->result.converged || ending->point < 0 || ending->point >= catalogue->npoint)
            continue;
        made.converged++;
        made.iterations += ending->result.iterations;
        const double E = energy_ev(catalogue, ending->point) * DIA_EV + catalogue->zero;
        made.difference = fmax(made.difference, fabs(ending->result.energy - E));
    }
    made.iterations /= made.converged > 0 ? made.converged : 1;
    return made;
}

static int methods_used(const dia_found *found)
{
    int used = 0;
    for (int m = 0; m < DIA_SEARCH_METHODS; m++)
        used += count(found, m, -1).searches > 0;
    return used;
}

static void write_methods(FILE *out, const dia_found *found)
{
    if (methods_used(found) < 2)
        return;
    fprintf(out,
            "\nMethods compared: searches that ended there, their mean number of iterations, and how far the energy "
            "is from that above (hartree)\n%-12s",
            "point");
    for (int m = 0; m < DIA_SEARCH_METHODS; m++)
        fprintf(out, " %26s", dia_search_method_names[m]);
    fprintf(out, "\n");
    for (int i = 0; i <= found->catalogue.npoint; i++) {
        const bool all = i == found->catalogue.npoint;
        fprintf(out, "%-12s", all ? "no point" : found->catalogue.name[i]);
        for (int m = 0; m < DIA_SEARCH_METHODS; m++) {
            const tally t = count(found, m, all ? -1 : i);
            if (all)
                fprintf(out, " %26d", t.searches - t.converged);
            else if (t.converged > 0)
                fprintf(out, "    %5d %8.1f %8.1e", t.converged, t.iterations, t.difference);
            else
                fprintf(out, " %26s", "-");
        }
        fprintf(out, "\n");
    }
}

/* Are two reasons the same apart from their numbers? */
static bool same_reason(const char *a, const char *b)
{
    static const char digits[] = "0123456789.e+-";
    while (*a != '\0' && *b != '\0') {
        if (*a >= '0' && *a <= '9' && *b >= '0' && *b <= '9') {
            a += strspn(a, digits);
            b += strspn(b, digits);
        } else if (*a++ != *b++) {
            return false;
        }
    }
    return *a == *b;
}

/* The reasons of those that did not converge, the commonest first, each with one example. */
static void write_failures(FILE *out, const dia_found *found)
{
    enum { KINDS = 16 };
    const dia_survey *survey = &found->survey;
    int nkind = 0, example[KINDS], number[KINDS] = {0};
    for (int k = 0; k < survey->n; k++) {
        const dia_search_result *end = &survey->ending[k].result;
        int kind = 0;
        if (end->converged)
            continue;
        while (kind < nkind && !same_reason(end->why, survey->ending[example[kind]].result.why))
            kind++;
        if (kind == KINDS)
            continue;
        if (kind == nkind)
            example[nkind++] = k;
        number[kind]++;
    }
    for (int shown = 0; shown < nkind; shown++) {
        int most = 0;
        for (int kind = 1; kind < nkind; kind++)
            most = number[kind] > number[most] ? kind : most;
        fprintf(out, "  %5d: %s%s\n", number[most], survey->ending[example[most]].result.why,
                number[most] > 1 ? " (the first; the others alike)" : "");
        number[most] = -1;
    }
}

static void write_page(const dia_found *found, FILE *out)
{
    const dia_catalogue *catalogue = &found->catalogue;
    const tally all = count(found, -1, -1);
    char formula[128] = "";
    if (is_molecule(catalogue))
        dia_molecule_formula(&catalogue->molecule, sizeof formula, formula);
    fprintf(out, "%d distinct point%s from %d of %d search%s on a %s model%s%s\n", catalogue->npoint,
            catalogue->npoint == 1 ? "" : "s", all.converged, all.searches, all.searches == 1 ? "" : "es",
            found->model_type, formula[0] != '\0' ? " of " : "", formula);
    fprintf(out, "energies relative to %s (%.8f hartree)\n\n", catalogue->zero_text, catalogue->zero);
    write_points(out, catalogue);
    write_positions(out, catalogue);
    write_planes(out, catalogue);
    write_directions(out, catalogue);
    write_methods(out, found);
    if (all.converged < all.searches) {
        fprintf(out, "\n%d search%s gave no point\n", all.searches - all.converged,
                all.searches - all.converged == 1 ? "" : "es");
        write_failures(out, found);
    }
    for (int i = 0; i < found->shown.ntask; i++) {
        const dia_intersections_task *task = &found->task[i];
        fprintf(out, "\n%s: %s%s%s", task->group, task->failed ? "failed: " : "", task->summary,
                task->failed ? "\n" : "");
    }
    fprintf(out, "\nfile      %s\n", found->path);
    if (found->xyz != NULL)
        fprintf(out, "          %s\n", found->xyz);
}

/* ---- one JSON object ------------------------------------------------------------------------- */

static void json_movers(dia_json *json, const char *key, const dia_molecule *molecule, const double *vector)
{
    mover *movers = calloc((size_t)molecule->natom, sizeof *movers);
    dia_json_array(json, key);
    if (movers != NULL)
        find_movers(molecule, vector, movers);
    for (int a = 0; movers != NULL && a < molecule->natom && movers[a].share > 0.05; a++) {
        dia_json_object(json, NULL);
        dia_json_int(json, molecule->dimension == 3 ? "atom" : "coordinate", movers[a].atom);
        dia_json_real(json, "share", movers[a].share);
        dia_json_end(json);
    }
    dia_json_end(json);
    free(movers);
}

static void json_plane(dia_json *json, const dia_catalogue *catalogue, int i)
{
    const size_t at = (size_t)i * (size_t)catalogue->molecule.ncart;
    dia_json_object(json, "plane");
    dia_json_text(json, "shape", dia_point_shape(catalogue, i));
    dia_json_text(json, "path", dia_point_path(catalogue, i));
    dia_catalogue_json(catalogue, i, DIA_POINT_CONE, json);
    json_movers(json, "moves_in_x", &catalogue->molecule, catalogue->x + at);
    json_movers(json, "moves_in_y", &catalogue->molecule, catalogue->y + at);
    dia_json_end(json);
}

static void json_point(dia_json *json, const dia_found *found, int i)
{
    const dia_catalogue *catalogue = &found->catalogue;
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    dia_json_object(json, NULL);
    dia_catalogue_json(catalogue, i, DIA_POINT_NAMES, json);
    dia_json_array(json, "states");
    for (int k = 0; k < catalogue->count[i]; k++)
        dia_json_int(json, NULL, catalogue->first[i] + k);
    dia_json_end(json);
    dia_json_real(json, "energy_ev", energy_ev(catalogue, i));
    dia_catalogue_json(catalogue, i, DIA_POINT_ENERGIES, json);
    if (catalogue->order[i] >= 0)
        dia_json_int(json, "order", catalogue->order[i]);
    else
        dia_json_null(json, "order");
    dia_json_int(json, "searches", catalogue->starts[i]);
    dia_json_object(json, "methods");
    for (int m = 0; m < DIA_SEARCH_METHODS; m++) {
        const tally t = count(found, m, i);
        if (t.converged == 0)
            continue;
        dia_json_object(json, dia_search_method_names[m]);
        dia_members_json(tally_members, &t, NULL, json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_reals(json, "position_bohr", (int)ncart, 1, catalogue->R + (size_t)i * ncart);
    if (catalogue->count[i] > 1 && catalogue->directions[i] >= 0)
        dia_catalogue_json(catalogue, i, DIA_POINT_SPACE, json);
    if (catalogue->count[i] == 2)
        json_plane(json, catalogue, i);
    dia_json_end(json);
}

static const dia_member task_members[] = {
    DIA_MEMBER_OF(dia_intersections_task, group, DIA_MEMBER_TEXT, .key = "group"),
    DIA_MEMBER_OF(dia_intersections_task, failed, DIA_MEMBER_BOOL, .key = "failed"),
    DIA_MEMBER_OF(dia_intersections_task, summary, DIA_MEMBER_TEXT, .key = "summary"),
    {0}};

static void write_object(const dia_found *found, dia_json *json)
{
    const dia_catalogue *catalogue = &found->catalogue;
    const tally all = count(found, -1, -1);
    dia_json_text(json, "format", "diabolo-intersections-summary");
    dia_json_int(json, "version", 1);
    dia_json_text(json, "file", found->path);
    dia_json_text(json, "model_type", found->model_type);
    dia_json_int(json, "states", catalogue->nstate);
    dia_json_real(json, "zero_hartree", catalogue->zero);
    dia_json_text(json, "zero_text", catalogue->zero_text);
    dia_json_int(json, "searches", all.searches);
    dia_json_int(json, "converged", all.converged);
    dia_json_array(json, "points");
    for (int i = 0; i < catalogue->npoint; i++)
        json_point(json, found, i);
    dia_json_end(json);
    const dia_rows tasks = DIA_ROWS(found->task, found->shown.ntask);
    dia_rows_json(task_members, &tasks, "tasks", json);
}

char *dia_intersections_text(const dia_intersections *shown, bool json)
{
    const dia_found *found = (const dia_found *)shown;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    dia_json object = {.out = out};
    if (out == NULL)
        return NULL;
    if (json) {
        dia_json_object(&object, NULL);
        write_object(found, &object);
        dia_json_end(&object);
    } else {
        write_page(found, out);
    }
    const bool bad = ferror(out) != 0;
    if (fclose(out) == 0 && !bad)
        return text;
    free(text);
    return NULL;
}
