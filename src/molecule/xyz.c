/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/xyz_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "molecule/elements.h"
#include "molecule/radii.h"

enum { MOST_ATOMS = 1000000 };

static const char *const kind_names[KINDS] = {
    [SPECIES] = "an element", [NUMBER] = "an atomic number", [POSITION] = "a coordinate",
    [VELO] = "a velocity",    [VELO_ELSE] = "a velocity",    [MOMENTA] = "a momentum",
    [MASS] = "a mass"};

typedef struct atom {
    int number;
    double isotope;         /* its mass if its name is that of an isotope; else 0 */
    double value[KINDS][3]; /* atomic units                                       */
    double rounding[KINDS]; /* half of the last digit                             */
    bool has[KINDS];
} atom;

void dia_xyz_free(dia_xyz *xyz)
{
    dia_molecule_free(&xyz->molecule);
    free(xyz->masses);
    free(xyz->R);
    free(xyz->V);
    free(xyz->state);
    free(xyz->amplitudes);
    free(xyz->weight);
    *xyz = (dia_xyz){0};
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* Half of the last digit of a number as it is printed; 0 for an integer. */
static double half_digit(const char *number)
{
    const char *point = strchr(number, '.'), *exponent = strpbrk(number, "eEdD");
    const int decimals = point != NULL ? (int)strspn(point + 1, "0123456789") : 0;
    int power = 0;
    if (exponent != NULL && !dia_text_int(exponent + 1, -400, 400, &power, 0, NULL))
        power = 0;
    return point != NULL || exponent != NULL ? 0.5 * pow(10.0, power - decimals) : 0.0;
}

static double unit_of(const dia_xyz_reader *r, dia_xyz_column kind)
{
    switch (kind) {
    case POSITION:
        return r->unit.length > 0.0 ? r->unit.length : DIA_ANGSTROM;
    case VELO:
    case VELO_ELSE:
        return r->unit.velocity > 0.0 ? r->unit.velocity : DIA_XYZ_VELOCITY;
    case MOMENTA:
        return sqrt(DIA_DALTON * DIA_EV); /* of ASE: its time is Angstrom sqrt(u/eV) */
    case MASS:
        return r->unit.mass > 0.0 ? r->unit.mass : DIA_DALTON;
    default:
        return 1.0;
    }
}

/* One column of an atom; if it had another of the same kind before, they must agree. */
static dia_status read_property(dia_xyz_reader *r, dia_xyz_column kind, int count, atom *a)
{
    double value[3] = {0}, rounding = 0.0, isotope = 0.0;
    dia_status status = DIA_OK;
    if (kind == SKIP || (kind == VELO_ELSE && !r->has[kind])) {
        for (int i = 0; i < count; i++)
            if (dia_lines_token(&r->lines) == NULL)
                return wrong(r, "there are fewer columns than Properties says");
        return DIA_OK;
    }
    const double unit = unit_of(r, kind);
    for (int i = 0; i < count && status == DIA_OK; i++) {
        const char *text = dia_lines_rest(&r->lines);
        int number = 0;
        if (kind == SPECIES || kind == NUMBER) {
            double mass;
            status = dia_lines_element(&r->lines, &number, &mass, r->error);
            value[0] = number;
            isotope = mass;
        } else {
            status = dia_lines_real(&r->lines, kind_names[kind], &value[i], r->error);
            value[i] *= unit;
            if (status == DIA_OK)
                rounding = fmax(rounding, half_digit(text) * unit);
        }
    }
    for (int i = 0; status == DIA_OK && a->has[kind] && i < count; i++)
        if (fabs(value[i] - a->value[kind][i]) > 1.01 * (rounding + a->rounding[kind]))
            return wrong(r, "%s is given twice, and differs: %.9g and %.9g", kind_names[kind], a->value[kind][i] / unit,
                         value[i] / unit);
    memcpy(a->value[kind], value, sizeof value);
    a->rounding[kind] = rounding;
    a->has[kind] = true;
    a->isotope = isotope > 0.0 ? isotope : a->isotope;
    return status;
}

/* A single number where an atom should be: the next frame begins too early. */
static bool is_lone_number(const dia_lines *lines)
{
    const char *rest = dia_lines_rest(lines);
    const size_t digits = strspn(rest, "0123456789");
    return digits > 0 && rest[digits + strspn(rest + digits, " \t")] == '\0';
}

static dia_status read_atom(dia_xyz_reader *r, int done, int natom, atom *a)
{
    *a = (atom){0};
    if (dia_lines_next(&r->lines) == NULL || is_lone_number(&r->lines) || *dia_lines_rest(&r->lines) == '\0')
        return wrong(r, "expected %d atoms, as the first line of the frame says, found %d and then %s", natom, done,
                     r->lines.cursor == NULL              ? "the end of the file"
                     : *dia_lines_rest(&r->lines) == '\0' ? "an empty line"
                                                          : "the number of the next frame");
    for (int p = 0; p < r->nproperty; p++) {
        dia_status status = read_property(r, r->property[p].kind, r->property[p].count, a);
        if (status != DIA_OK)
            return status;
    }
    const char *rest = dia_lines_rest(&r->lines);
    if (*rest != '\0' && !r->extended)
        return wrong(
            r,
            "expected the end of the line, found '%.40s': a plain XYZ file has four columns; name more of them "
            "in the comment, as Properties=species:S:1:pos:R:3:charge:R:1",
            rest);
    if (a->has[SPECIES] && a->has[NUMBER] && a->value[SPECIES][0] != a->value[NUMBER][0])
        return wrong(r, "the symbol says %s, the atomic number %s", dia_element_symbol((int)a->value[SPECIES][0]),
                     dia_element_symbol((int)a->value[NUMBER][0]));
    a->number = (int)a->value[a->has[SPECIES] ? SPECIES : NUMBER][0];
    return *rest != '\0' ? dia_lines_end(&r->lines, r->error) : DIA_OK;
}

bool dia_xyz_room_amplitudes(dia_xyz_reader *r)
{
    dia_xyz *out = r->out;
    const size_t width = (size_t)out->namplitude, room = (size_t)r->room;
    double *c = realloc(out->amplitudes, room * width * sizeof *c);
    if (c == NULL)
        return false;
    for (size_t i = out->amplitudes != NULL ? (size_t)out->nframe * width : 0; i < room * width; i++)
        c[i] = NAN;
    out->amplitudes = c;
    return true;
}

static dia_status grow(dia_xyz_reader *r, int natom)
{
    dia_xyz *out = r->out;
    if (out->nframe < r->room)
        return DIA_OK;
    size_t room = r->room > 0 ? 2 * (size_t)r->room : 16, ncart = 3 * (size_t)natom;
    double *R = realloc(out->R, room * ncart * sizeof *R);
    out->R = R != NULL ? R : out->R;
    double *V = realloc(out->V, room * ncart * sizeof *V);
    out->V = V != NULL ? V : out->V;
    int *state = realloc(out->state, room * sizeof *state);
    out->state = state != NULL ? state : out->state;
    double *weight = realloc(out->weight, room * sizeof *weight);
    out->weight = weight != NULL ? weight : out->weight;
    if (R == NULL || V == NULL || state == NULL || weight == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "out of memory for %zu frames", room);
    r->room = (int)room;
    if (out->namplitude > 0 && !dia_xyz_room_amplitudes(r))
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "out of memory for %zu frames", room);
    return DIA_OK;
}

/* The mass of an atom: from the column, else from the name of an isotope (*stated), else of the element. */
static dia_status find_mass(dia_xyz_reader *r, const atom *a, double *stated, double *mass)
{
    dia_error own = {0};
    *stated = a->has[MASS] ? a->value[MASS][0] : a->isotope;
    *mass = *stated > 0.0 ? *stated : dia_element_mass(a->number);
    if (a->has[MASS] && dia_element_check_mass(a->number, a->isotope, *stated, &own) != DIA_OK)
        return wrong(r, "%s", own.text);
    if (!(*mass > 0.0))
        return wrong(r, "the mass of %s is not known: a dummy atom? Leave it out, or add masses:R:1",
                     dia_element_symbol(a->number));
    return DIA_OK;
}

/* The first frame defines the molecule; the others must agree. */
static dia_status take_atom(dia_xyz_reader *r, int i, const atom *a)
{
    dia_molecule *molecule = &r->out->molecule;
    double stated, mass;
    dia_status status = find_mass(r, a, &stated, &mass);
    if (status != DIA_OK)
        return status;
    if (r->out->nframe == 0) {
        molecule->numbers[i] = a->number;
        molecule->masses[i] = mass;
        r->out->masses[i] = stated;
    }
    if (molecule->numbers[i] != a->number)
        return wrong(r, "atom %d is %s here and %s in the first frame: frames must be of one molecule", i + 1,
                     dia_element_symbol(a->number), dia_element_symbol(molecule->numbers[i]));
    if (stated > 0.0 && fabs(molecule->masses[i] - mass) > 1e-9 * mass + 2.0 * a->rounding[MASS])
        return wrong(r, "atom %d weighs %.9g u here, %.9g u in the first frame", i + 1, mass / DIA_DALTON,
                     molecule->masses[i] / DIA_DALTON);
    return DIA_OK;
}

/* velo and momenta of one atom: one of them, or both if they agree. Without masses in the file it is not known which
 * masses the momenta were made with, perhaps averages over isotopes: these differ by up to 2 %. */
static dia_status take_velocity(dia_xyz_reader *r, int i, const atom *a, double *v)
{
    const double mass = r->out->molecule.masses[i];
    const dia_xyz_column velo = a->has[VELO] ? VELO : VELO_ELSE;
    double most = 0.0;
    if (a->has[VELO] && a->has[VELO_ELSE])
        for (int c = 0; c < 3; c++)
            if (fabs(a->value[VELO][c] - a->value[VELO_ELSE][c]) > 1.01 * (a->rounding[VELO] + a->rounding[VELO_ELSE]))
                return wrong(r, "two velocities of atom %d differ: %.9g and %.9g Angstrom/fs", i + 1,
                             a->value[VELO][c] / DIA_XYZ_VELOCITY, a->value[VELO_ELSE][c] / DIA_XYZ_VELOCITY);
    for (int c = 0; c < 3; c++) {
        v[c] = a->has[velo] ? a->value[velo][c] : a->value[MOMENTA][c] / mass;
        most = fmax(most, fabs(v[c]));
    }
    const double allowed = a->rounding[velo] + a->rounding[MOMENTA] / mass + (a->has[MASS] ? 1e-6 : 0.02) * most;
    for (int c = 0; c < 3 && a->has[velo] && a->has[MOMENTA]; c++)
        if (fabs(v[c] - a->value[MOMENTA][c] / mass) > 1.01 * allowed)
            return wrong(r,
                         "atom %d has the velocity %c = %.9g Angstrom/fs, and by its momentum %.9g: keep the column "
                         "that is right (ASE writes momenta and leaves an old velo as it was)",
                         i + 1, "xyz"[c], v[c] / DIA_XYZ_VELOCITY, a->value[MOMENTA][c] / mass / DIA_XYZ_VELOCITY);
    return DIA_OK;
}

static dia_status read_count(dia_xyz_reader *r, int *natom)
{
    const char *rest = dia_lines_rest(&r->lines);
    if (r->out->nframe > 0 && !isdigit((unsigned char)*rest))
        return wrong(r,
                     "expected the number of atoms of the next frame, found '%.40s'; the frames before have %d atoms: "
                     "does this one have more?",
                     rest, r->out->molecule.natom);
    char why[400];
    dia_status status = dia_lines_int(&r->lines, "the number of atoms", 1, MOST_ATOMS, natom, r->error);
    if (status == DIA_OK && !dia_title_unit(dia_lines_rest(&r->lines), "bohr", 0, &r->count_unit, sizeof why, why))
        return wrong(r, "behind the number of atoms: %s", why);
    if (status == DIA_OK && r->out->nframe > 0 && *natom != r->out->molecule.natom)
        return wrong(r, "%d atoms here, %d in the first frame", *natom, r->out->molecule.natom);
    return status;
}

static dia_status open_molecule(dia_xyz_reader *r, int natom)
{
    dia_status status = dia_molecule_init(&r->out->molecule, natom, 3, NULL, r->error);
    r->out->masses = calloc((size_t)natom, sizeof *r->out->masses);
    return status != DIA_OK || r->out->masses != NULL
               ? status
               : dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "out of memory for %d atoms", natom);
}

static dia_status read_frame(dia_xyz_reader *r)
{
    dia_xyz *out = r->out;
    int natom = 0;
    dia_status status = read_count(r, &natom);
    if (status == DIA_OK && out->nframe == 0)
        status = open_molecule(r, natom);
    if (status == DIA_OK)
        status = grow(r, natom);
    if (status == DIA_OK)
        status = dia_xyz_read_comment(r, &out->state[out->nframe], &out->weight[out->nframe]);
    if (status != DIA_OK)
        return status;
    const bool velo = r->has[VELO] || r->has[VELO_ELSE], velocities = velo || r->has[MOMENTA];
    if (out->nframe > 0 && (velocities != r->velocities || (velocities && velo == out->momenta)))
        return wrong(r, "velocities (velo:R:3 or momenta:R:3) must be in all frames or in none");
    r->velocities = velocities;
    out->momenta = velocities && !velo;
    const size_t first = (size_t)out->nframe * 3 * (size_t)natom;
    for (int i = 0; status == DIA_OK && i < natom; i++) {
        atom a;
        status = read_atom(r, i, natom, &a);
        if (status == DIA_OK)
            status = take_atom(r, i, &a);
        if (status == DIA_OK)
            status = take_velocity(r, i, &a, out->V + first + 3 * (size_t)i);
        memcpy(out->R + first + 3 * (size_t)i, a.value[POSITION], sizeof a.value[POSITION]);
    }
    out->nframe += status == DIA_OK;
    return status;
}

/* Arrays without any value become NULL. */
static void finish(dia_xyz_reader *r)
{
    dia_xyz *xyz = r->out;
    bool stated = false;
    memcpy(xyz->molecule.reference, xyz->R, (size_t)xyz->molecule.ncart * sizeof *xyz->R);
    for (int i = 0; i < xyz->molecule.natom; i++)
        stated = stated || xyz->masses[i] > 0.0;
    if (!stated) {
        free(xyz->masses);
        xyz->masses = NULL;
    }
    if (!r->velocities) {
        free(xyz->V);
        xyz->V = NULL;
    }
}

/* A bond of an intact molecule is within a fifth of its length in the reference. So a factor that near to the one between
 * Angstrom and another unit means that unit; any other factor means a stretched molecule. NULL: no unit. */
static const char *unit_of_scale(double scale)
{
    static const struct {
        const char *name;
        double scale;
    } units[] = {{"bohr", DIA_ANGSTROM}, {"another unit", 1.0 / DIA_ANGSTROM}, {"nm", 0.1}, {"pm", 100.0}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (scale < 1.2 * units[i].scale && units[i].scale < 1.2 * scale)
            return units[i].name;
    return NULL;
}

dia_status dia_xyz_fit(dia_xyz *xyz, const dia_molecule *molecule, const char *path, bool stated, dia_error *error)
{
    dia_status status = dia_molecule_match(&xyz->molecule, molecule, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "%s and the model", path);
    const double scale = stated ? 1.0 : dia_bond_scale(molecule, molecule->reference, xyz->R, 2);
    const char *unit = scale != 1.0 ? unit_of_scale(scale) : NULL;
    if (unit != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: all bonds of the first frame are %.3g times those of the model's reference: is it in "
                             "%s? State the unit in the comment: pos_unit=bohr, or pos_unit=Angstrom if it is right",
                             path, scale, unit);
    for (int i = 0; i < molecule->natom; i++) {
        if (xyz->masses != NULL && xyz->masses[i] > 0.0)
            continue;
        const double factor = xyz->molecule.masses[i] / molecule->masses[i];
        xyz->molecule.masses[i] = molecule->masses[i];
        for (int f = 0; f < xyz->nframe && xyz->momenta; f++)
            for (int c = 0; c < 3; c++)
                xyz->V[((size_t)f * (size_t)molecule->natom + (size_t)i) * 3 + (size_t)c] *= factor;
    }
    return DIA_OK;
}

dia_status dia_xyz_read_for(dia_xyz *xyz, const dia_molecule *molecule, const char *path, dia_error *error)
{
    *xyz = (dia_xyz){0};
    dia_xyz_reader r = {.error = error, .out = xyz};
    dia_status status = dia_lines_open(&r.lines, path, error);
    while (status == DIA_OK && dia_lines_next_filled(&r.lines) != NULL)
        status = read_frame(&r);
    if (status == DIA_OK && xyz->nframe == 0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: expected at least one frame, found an empty file", path);
    if (status == DIA_OK)
        finish(&r);
    if (status == DIA_OK && molecule != NULL)
        status = dia_xyz_fit(xyz, molecule, path, r.length > 0.0, error);
    dia_lines_close(&r.lines);
    if (status != DIA_OK)
        dia_xyz_free(xyz);
    return status;
}

dia_status dia_xyz_read(dia_xyz *xyz, const char *path, dia_error *error)
{
    return dia_xyz_read_for(xyz, NULL, path, error);
}
