/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A unit is a factor and the powers of its base dimensions; a product of units multiplies one and adds the other. */
#include "base/unit.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "diabolo/base.h"

enum { MASS, LENGTH, TIME, CHARGE, ANGLE, KELVIN, NBASE };

typedef struct unit {
    double factor; /* atomic units per unit */
    int power[NBASE];
    bool any; /* "atomic units": of every dimension */
} unit;

#define JOULE (1.0 / 4.3597447222071e-18) /* CODATA 2018, as the constants of base.h */
#define KILOGRAM (1.0 / 9.1093837015e-31)
#define ENERGY                                                                                                         \
    {                                                                                                                  \
        [MASS] = 1, [LENGTH] = 2, [TIME] = -2                                                                          \
    }

static const struct {
    const char *name;
    double factor;
    int power[NBASE];
} names[] = {
    {"hartree", 1.0, ENERGY},
    {"hartrees", 1.0, ENERGY},
    {"Eh", 1.0, ENERGY},
    {"E_h", 1.0, ENERGY},
    {"Ha", 1.0, ENERGY},
    {"millihartree", 1e-3, ENERGY},
    {"mhartree", 1e-3, ENERGY},
    {"mEh", 1e-3, ENERGY},
    {"eV", DIA_EV, ENERGY},
    {"ev", DIA_EV, ENERGY},
    {"electronvolt", DIA_EV, ENERGY},
    {"meV", 1e-3 * DIA_EV, ENERGY},
    {"cm^-1", DIA_WAVENUMBER, ENERGY}, /* 1/cm is a wave number, never an inverse length, in this field */
    {"cm-1", DIA_WAVENUMBER, ENERGY},
    {"cm**-1", DIA_WAVENUMBER, ENERGY},
    {"1/cm", DIA_WAVENUMBER, ENERGY},
    {"Ry", 0.5, ENERGY},
    {"rydberg", 0.5, ENERGY},
    {"J", JOULE, ENERGY},
    {"kJ", 1e3 * JOULE, ENERGY},
    {"kj", 1e3 * JOULE, ENERGY},
    {"kcal", 4184.0 * JOULE, ENERGY},
    {"mol", 6.02214076e23, {0}},
    {"bohr", 1.0, {[LENGTH] = 1}},
    {"bohrs", 1.0, {[LENGTH] = 1}},
    {"a0", 1.0, {[LENGTH] = 1}},
    {"a_0", 1.0, {[LENGTH] = 1}},
    {"Angstrom", DIA_ANGSTROM, {[LENGTH] = 1}},
    {"Angstroms", DIA_ANGSTROM, {[LENGTH] = 1}},
    {"Ang", DIA_ANGSTROM, {[LENGTH] = 1}},
    {"Angs", DIA_ANGSTROM, {[LENGTH] = 1}},
    {"\303\205ngstr\303\266m", DIA_ANGSTROM, {[LENGTH] = 1}},
    {"angstr\303\266m", DIA_ANGSTROM, {[LENGTH] = 1}},
    {"A", DIA_ANGSTROM, {[LENGTH] = 1}},
    {"\303\205", DIA_ANGSTROM, {[LENGTH] = 1}},     /* U+00C5 */
    {"\342\204\253", DIA_ANGSTROM, {[LENGTH] = 1}}, /* U+212B */
    {"nm", 10.0 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"nanometer", 10.0 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"nanometers", 10.0 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"nanometre", 10.0 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"nanometres", 10.0 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"pm", 1e-2 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"picometer", 1e-2 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"picometers", 1e-2 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"picometre", 1e-2 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"picometres", 1e-2 * DIA_ANGSTROM, {[LENGTH] = 1}},
    {"fs", DIA_FEMTOSECOND, {[TIME] = 1}},
    {"femtosecond", DIA_FEMTOSECOND, {[TIME] = 1}},
    {"femtoseconds", DIA_FEMTOSECOND, {[TIME] = 1}},
    {"ps", 1e3 * DIA_FEMTOSECOND, {[TIME] = 1}},
    {"picosecond", 1e3 * DIA_FEMTOSECOND, {[TIME] = 1}},
    {"picoseconds", 1e3 * DIA_FEMTOSECOND, {[TIME] = 1}},
    {"as", 1e-3 * DIA_FEMTOSECOND, {[TIME] = 1}},
    {"aut", 1.0, {[TIME] = 1}}, /* atomic unit of time */
    {"atu", 1.0, {[TIME] = 1}},
    {"u", DIA_DALTON, {[MASS] = 1}},
    {"amu", DIA_DALTON, {[MASS] = 1}},
    {"Da", DIA_DALTON, {[MASS] = 1}},
    {"dalton", DIA_DALTON, {[MASS] = 1}},
    {"daltons", DIA_DALTON, {[MASS] = 1}},
    {"m_u", DIA_DALTON, {[MASS] = 1}},
    {"g", 1e-3 * KILOGRAM, {[MASS] = 1}},
    {"kg", KILOGRAM, {[MASS] = 1}},
    {"electron_mass", 1.0, {[MASS] = 1}},
    {"electron_masses", 1.0, {[MASS] = 1}},
    {"electron mass", 1.0, {[MASS] = 1}},
    {"electron masses", 1.0, {[MASS] = 1}},
    {"me", 1.0, {[MASS] = 1}},
    {"m_e", 1.0, {[MASS] = 1}},
    {"hbar", 1.0, {[MASS] = 1, [LENGTH] = 2, [TIME] = -1}},
    {"e", 1.0, {[CHARGE] = 1}},
    {"Debye", 0.393430269519, {[CHARGE] = 1, [LENGTH] = 1}},
    {"D", 0.393430269519, {[CHARGE] = 1, [LENGTH] = 1}},
    {"rad", 1.0, {[ANGLE] = 1}},
    {"deg", DIA_PI / 180.0, {[ANGLE] = 1}},
    {"K", 1.0, {[KELVIN] = 1}},
    {"1", 1.0, {0}},
};

static const char *spaces(const char *p)
{
    while (*p == ' ')
        p++;
    return p;
}

/* The longest name that the text begins with and that no letter follows; case matters only in short names, where it
 * distinguishes units (meV and MeV, A and a). Returns where it ends; NULL: none. */
static const char *read_name(const char *p, unit *u)
{
    size_t best = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *name = names[i].name;
        const size_t length = strlen(name);
        const bool loose = length > 3 || strcmp(name, "Ang") == 0 || strcmp(name, "amu") == 0;
        if (length <= best || (loose ? strncasecmp(p, name, length) : strncmp(p, name, length)) != 0 ||
            isalpha((unsigned char)p[length]) || p[length] == '_')
            continue;
        best = length;
        u->factor = names[i].factor;
        memcpy(u->power, names[i].power, sizeof u->power);
    }
    return best > 0 ? p + best : NULL;
}

/* "^-1", "**2", "-1", "2", "^(-1)", "^(1/2)" has no whole power and is refused: false. */
static bool read_power(const char **text, int *power)
{
    const char *p = *text;
    const bool caret = *p == '^' || (p[0] == '*' && p[1] == '*');
    p += caret ? (*p == '^' ? 1 : 2) : 0;
    const bool bracket = caret && *p == '(';
    p += bracket;
    const int sign = *p == '-' ? -1 : 1;
    p += *p == '-' || *p == '+';
    *power = 1;
    if (!isdigit((unsigned char)*p))
        return !caret && p == *text;
    *power = sign * (*p - '0');
    p++;
    if (isdigit((unsigned char)*p) || (bracket && *p != ')'))
        return false;
    *text = p + bracket;
    return true;
}

static const char *read_product(const char *p, int depth, unit *u);

static const char *read_factor(const char *p, int depth, unit *u)
{
    if (*p == '(') {
        p = read_product(p + 1, depth + 1, u);
        if (p == NULL || *spaces(p) != ')')
            return NULL;
        p = spaces(p) + 1;
    } else if ((p = read_name(p, u)) == NULL) {
        return NULL;
    }
    int power;
    if (!read_power(&p, &power))
        return NULL;
    u->factor = pow(u->factor, power);
    for (int i = 0; i < NBASE; i++)
        u->power[i] *= power;
    return p;
}

/* Factors joined by "/", "*", "." or a space, from left to right: kcal/mol/bohr is kcal/(mol bohr). */
static const char *read_product(const char *p, int depth, unit *u)
{
    *u = (unit){.factor = 1.0};
    for (int sign = 1; depth < 4; sign = 1) {
        unit next = {0};
        p = spaces(p);
        if (*p == '/' || *p == '*' || *p == '.') {
            sign = *p == '/' ? -1 : 1;
            p = spaces(p + 1);
        }
        if ((p = read_factor(p, depth, &next)) == NULL)
            return NULL;
        u->factor *= sign > 0 ? next.factor : 1.0 / next.factor;
        for (int i = 0; i < NBASE; i++)
            u->power[i] += sign * next.power[i];
        if (*spaces(p) == '\0' || *spaces(p) == ')')
            return p;
    }
    return NULL;
}

static bool read_unit(const char *text, unit *u)
{
    static const char *const atomic[] = {"au",           "a.u.",        "a.u",          "atomic",
                                         "atomic units", "atomic unit", "atomic_units", NULL};
    text = spaces(text);
    for (const char *const *name = atomic; *name != NULL; name++)
        if (strcasecmp(text, *name) == 0) {
            *u = (unit){.factor = 1.0, .any = true};
            return true;
        }
    const char *end = read_product(text, 0, u);
    return end != NULL && *spaces(end) == '\0';
}

bool dia_unit_convert(const char *stated, const char *wanted, double *factor)
{
    unit from, to;
    if (strcmp(stated, wanted) == 0) {
        *factor = 1.0;
        return true;
    }
    if (!read_unit(stated, &from) || !read_unit(wanted, &to))
        return false;
    if (!from.any && !to.any && memcmp(from.power, to.power, sizeof from.power) != 0)
        return false;
    *factor = from.factor / to.factor;
    return true;
}

bool dia_unit_known(const char *text)
{
    unit u;
    return read_unit(text, &u);
}
