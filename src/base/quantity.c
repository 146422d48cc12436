/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with units: "0.25 fs" <-> atomic units. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/number.h"
#include "base/unit.h"

typedef struct unit {
    const char *name;
    dia_dimension dimension;
    double factor; /* atomic units per unit */
} unit;

/* The first unit of a dimension is that of a bare number, and the one printed. */
static const unit units[] = {
    {"fs", DIA_TIME, DIA_FEMTOSECOND},
    {"ps", DIA_TIME, 1e3 * DIA_FEMTOSECOND},
    {"as", DIA_TIME, 1e-3 * DIA_FEMTOSECOND},
    {"au", DIA_TIME, 1.0},
    {"eV", DIA_ENERGY, DIA_EV},
    {"meV", DIA_ENERGY, 1e-3 * DIA_EV},
    {"hartree", DIA_ENERGY, 1.0},
    {"Eh", DIA_ENERGY, 1.0},
    {"cm^-1", DIA_ENERGY, DIA_WAVENUMBER},
    {"kcal/mol", DIA_ENERGY, DIA_KCAL_PER_MOL},
    {"kJ/mol", DIA_ENERGY, DIA_KJ_PER_MOL},
    {"Angstrom", DIA_LENGTH, DIA_ANGSTROM},
    {"A", DIA_LENGTH, DIA_ANGSTROM},
    {"bohr", DIA_LENGTH, 1.0},
    {"nm", DIA_LENGTH, 10.0 * DIA_ANGSTROM},
    {"pm", DIA_LENGTH, 1e-2 * DIA_ANGSTROM},
    {"K", DIA_TEMPERATURE, DIA_KELVIN},
    {"eV", DIA_TEMPERATURE, DIA_EV}, /* k_B T */
    {"hartree", DIA_TEMPERATURE, 1.0},
    {"cm^-1", DIA_TEMPERATURE, DIA_WAVENUMBER},
    {"u", DIA_MASS, DIA_DALTON},
    {"Da", DIA_MASS, DIA_DALTON},
    {"me", DIA_MASS, 1.0},
    {"deg", DIA_ANGLE, DIA_PI / 180.0},
    {"rad", DIA_ANGLE, 1.0},
    {"eV^-2", DIA_INVERSE_ENERGY2, 1.0 / (DIA_EV * DIA_EV)},
    {"hartree^-2", DIA_INVERSE_ENERGY2, 1.0},
    {"Angstrom^2/eV^2", DIA_INVERSE_FORCE2, DIA_ANGSTROM *DIA_ANGSTROM / (DIA_EV * DIA_EV)},
    {"bohr^2/hartree^2", DIA_INVERSE_FORCE2, 1.0},
    {"V/Angstrom", DIA_FIELD, DIA_EV / DIA_ANGSTROM},
    {"au", DIA_FIELD, 1.0},
    {"W/cm^2", DIA_INTENSITY, 1.0 / DIA_INTENSITY_AU},
    {"au", DIA_INTENSITY, 1.0},
    {"eV/fs", DIA_ENERGY_RATE, DIA_EV / DIA_FEMTOSECOND},
    {"meV/fs", DIA_ENERGY_RATE, 1e-3 * DIA_EV / DIA_FEMTOSECOND},
    {"au", DIA_ENERGY_RATE, 1.0},
};
enum { NUNIT = sizeof units / sizeof units[0] };

static const char *const dimension_names[] = {
    [DIA_PURE] = "pure number",
    [DIA_TIME] = "time",
    [DIA_ENERGY] = "energy",
    [DIA_LENGTH] = "length",
    [DIA_TEMPERATURE] = "temperature",
    [DIA_MASS] = "mass",
    [DIA_ANGLE] = "angle",
    [DIA_INVERSE_ENERGY2] = "weight of an energy",
    [DIA_INVERSE_FORCE2] = "weight of a gradient",
    [DIA_ATOMIC] = "number in atomic units",
    [DIA_FIELD] = "field strength",
    [DIA_INTENSITY] = "intensity",
    [DIA_ENERGY_RATE] = "change of an energy in time",
};

const char *dia_dimension_name(dia_dimension dimension)
{
    return dimension_names[dimension];
}

/* Name and factor (atomic units per unit) of the unit a dimension is printed in: ("fs", 41.34...). */
static const char *printed_unit(dia_dimension dimension, double *factor)
{
    for (int i = 0; i < NUNIT; i++)
        if (units[i].dimension == dimension) {
            *factor = units[i].factor;
            return units[i].name;
        }
    *factor = 1.0;
    return "";
}

/* "an energy", "a time" */
static const char *article(dia_dimension dimension)
{
    return strchr("aeiou", dimension_names[dimension][0]) != NULL ? "an" : "a";
}

void dia_dimension_units(dia_dimension dimension, size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < NUNIT; i++)
        if (units[i].dimension == dimension && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", units[i].name);
}

/* What is wrong with a text that does not begin with a number. */
static bool no_number(const char *text, dia_dimension dimension, size_t size, char *why)
{
    double factor;
    const char *p = text + (*text == '-' || *text == '+'), *name = printed_unit(dimension, &factor);
    p += *p == '.';
    bool special = false;
    for (const char *const *word = (const char *const[]){"nan", "inf", NULL}; *word != NULL; word++)
        special |= tolower((unsigned char)p[0]) == (*word)[0] && tolower((unsigned char)p[1]) == (*word)[1] &&
                   tolower((unsigned char)p[2]) == (*word)[2];
    if (special)
        snprintf(why, size, "'%.40s' is not allowed, expected a finite number", text);
    else if (name[0] != '\0')
        snprintf(why, size, "'%.40s' is not a number with a unit, expected %s %s such as '0.5 %s'", text,
                 article(dimension), dimension_names[dimension], name);
    else
        snprintf(why, size, "'%.40s' is not a number", text);
    return false;
}

/* What is wrong with what follows the number. */
static bool no_unit(const char *text, const char *rest, dia_dimension dimension, size_t size, char *why)
{
    char accepted[128];
    dia_dimension_units(dimension, sizeof accepted, accepted);
    const char *sign = rest + (rest[0] != '\0' && (rest[1] == '+' || rest[1] == '-'));
    if ((rest[0] == 'd' || rest[0] == 'D') && isdigit((unsigned char)sign[1])) {
        snprintf(why, size, "'%.40s' is not a number here; write %.*se%.10s", text, (int)(rest - text), text, rest + 1);
        return false;
    }
    if (rest[0] == ',' && isdigit((unsigned char)rest[1])) {
        snprintf(why, size, "'%.40s' is not a number; write a decimal point, not a comma", text);
        return false;
    }
    if (accepted[0] == '\0') {
        snprintf(why, size, "'%.40s': '%.20s' does not belong to %s %s, which takes no unit", text, rest,
                 article(dimension), dimension_names[dimension]);
        return false;
    }
    const char *names[NUNIT + 1] = {NULL};
    for (int i = 0, n = 0; i < NUNIT; i++) {
        if (units[i].dimension == dimension)
            names[n++] = units[i].name;
        if (strcmp(units[i].name, rest) == 0) {
            snprintf(why, size, "'%.40s': %s is a unit of %s, expected %s %s in %s", text, rest,
                     dimension_names[units[i].dimension], article(dimension), dimension_names[dimension], accepted);
            return false;
        }
    }
    const char *near = dia_text_nearest(rest, names);
    snprintf(why, size, "'%.40s': unknown unit '%.20s' of %s%s%s%s; accepted: %s", text, rest,
             dimension_names[dimension], near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
             near != NULL ? "'?" : "", accepted);
    return false;
}

bool dia_quantity_parse(const char *text, dia_dimension dimension, double *value, size_t size, char *why)
{
    if (size > 0)
        why[0] = '\0';
    while (*text == ' ')
        text++;
    size_t length = dia_number_length(text, false);
    if (length == 0)
        return no_number(text, dimension, size, why);
    const char *rest = text + length;
    char *end;
    double number = strtod(text, &end);
    if (end < rest) { /* a locale whose decimal point is a comma */
        snprintf(why, size, "'%.40s' cannot be read in this locale; set LC_NUMERIC=C", text);
        return false;
    }
    while (*rest == ' ')
        rest++;
    double factor = 1.0;
    bool known = *rest == '\0';
    if (known)
        printed_unit(dimension, &factor);
    for (int i = 0; i < NUNIT && !known; i++)
        if (units[i].dimension == dimension && strcmp(units[i].name, rest) == 0) {
            factor = units[i].factor;
            known = true;
        }
    if (!known)
        return no_unit(text, rest, dimension, size, why);
    if (!isfinite(number * factor)) {
        snprintf(why, size, "'%.40s' is too large", text);
        return false;
    }
    *value = number * factor;
    return true;
}

/* "%.*g" writes 300 with one digit as 3e+02: fixed point is used where people expect it. */
static void write_digits(double number, int digits, const char *unit_name, size_t size, char *text)
{
    int exponent = number != 0.0 && isfinite(number) ? (int)floor(log10(fabs(number))) : 0;
    int decimals = digits - 1 - exponent;
    if (exponent >= -4 && exponent < 7 && decimals < 22)
        snprintf(text, size, "%.*f %s", decimals > 0 ? decimals : 0, number, unit_name);
    else
        snprintf(text, size, "%.*g %s", digits, number, unit_name);
}

/* Shortest digits of value / factor that read back as the same double; false: none do. */
static bool shortest(double value, const unit *in, size_t size, char *text)
{
    double back;
    char why[300]; /* the reason is not used; gcc checks the size of the buffer */
    for (int digits = 1; digits <= 17; digits++) {
        write_digits(value / in->factor, digits, in->name, size, text);
        if (dia_quantity_parse(text, in->dimension, &back, sizeof why, why) && back == value)
            return true;
    }
    return false;
}

/* In the usual unit, or if no digits read back as the same double there, in any other unit. */
void dia_quantity_text(double value, dia_dimension dimension, size_t size, char *text)
{
    static const unit none = {"", DIA_PURE, 1.0};
    bool found = false, any = false;
    for (int i = 0; i < NUNIT && !found; i++)
        if (units[i].dimension == dimension) {
            any = true;
            found = shortest(value, &units[i], size, text);
        }
    if (any)
        return;
    shortest(value, &none, size, text);
    text[strcspn(text, " ")] = '\0';
}

void dia_quantity_brief(double value, dia_dimension dimension, size_t size, char *text)
{
    char other[64];
    dia_quantity_text(value, dimension, size, text);
    for (int i = 0; i < NUNIT; i++)
        if (units[i].dimension == dimension && shortest(value, &units[i], sizeof other, other) &&
            strcspn(other, " ") + 3 < strcspn(text, " ")) /* another unit only if the number is much rounder in it */
            snprintf(text, size, "%s", other);
}
