/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/stated_unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/unit.h"

enum { WORD = 64 };

static bool is_among(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcasecmp(word, *list) == 0)
            return true;
    return false;
}

/* Capitals and a full stop behind the unit are people's: "NM", "ANGSTROM/PS", "in bohr." */
static bool convert(const char *word, const char *atomic, double *factor)
{
    char plain[WORD];
    size_t length = (size_t)snprintf(plain, sizeof plain, "%s", word);
    if (dia_unit_convert(word, atomic, factor))
        return true;
    if (length > 1 && length < WORD && plain[length - 1] == '.')
        plain[length - 1] = '\0';
    if (dia_unit_convert(plain, atomic, factor))
        return true;
    for (char *c = plain; *c != '\0'; c++) {
        if (islower((unsigned char)*c))
            return false; /* in mixed case case may matter */
        *c = (char)tolower((unsigned char)*c);
    }
    return dia_unit_convert(plain, atomic, factor);
}

/* ---- titles ---------------------------------------------------------------------------------- */

/* Cuts the next word off *text, at blanks and brackets; false: none is left. */
static bool next_word(const char **text, const char *ends, char *word)
{
    *text += strspn(*text, ends);
    const size_t length = strcspn(*text, ends);
    snprintf(word, WORD, "%.*s", (int)(length < WORD ? length : WORD - 1), *text);
    *text += length;
    return length > 0;
}

bool dia_title_unit(const char *rest, const char *atomic, double usual, double *factor, size_t size, char *why)
{
    static const char *const fillers[] = {"in", "units", "unit", "atoms", "atom", NULL};
    static const char ends[] = " \t()[]{}:=,;\"'";
    const char *text = rest;
    char word[WORD];
    bool known = true, named = false;
    *factor = usual;
    while (known && next_word(&text, ends, word)) {
        double found;
        if (is_among(word, fillers))
            continue;
        known = convert(word, atomic, &found) && (!named || found == *factor);
        named = true;
        *factor = known ? found : usual;
    }
    if (!known)
        snprintf(why, size, "'%.60s' is no unit that can be read here; expected nothing, or one of the same kind as %s",
                 rest + strspn(rest, " \t"), atomic);
    return known;
}

/* ---- comments -------------------------------------------------------------------------------- */

typedef enum subject { NOBODY, POSITIONS, VELOCITIES, MASSES, OTHERS } subject;

typedef struct scan {
    dia_stated_units *stated;
    subject about;     /* what the next unit belongs to, by the words since the last one */
    subject last;      /* of the word before                                             */
    bool number;       /* the word before is a number, or "in" behind one                */
    bool introduced;   /* it is "in" or "unit", or a bracket was opened                  */
    bool unit, equals; /* it is "unit" or "units"; and "=" or ":" follows                */
    bool others;       /* something that is no column was named since the last unit      */
    size_t size;
    char *why;
} scan;

static subject subject_of(const char *word)
{
    static const char *const lists[][20] = {
        [POSITIONS] = {"coordinates", "coordinate", "coords", "coord", "positions", "position", "pos", "geometry",
                       "geometries", "geom", "xyz", "distances", "distance", "lengths", "length", "cartesians",
                       "cartesian", "structure"},
        [VELOCITIES] = {"velocities", "velocity", "velo", "vel", "velos"},
        [MASSES] = {"masses", "mass"},
        [OTHERS] = {"energies", "energy", "e", "forces", "force", "gradients", "gradient", "grad", "dipole", "time",
                    "charges", "charge", "frequencies", "frequency", "couplings", "coupling", "wavelength", "stress",
                    "lattice"},
    };
    for (subject s = POSITIONS; s <= OTHERS; s++)
        if (is_among(word, lists[s]))
            return s;
    return NOBODY;
}

/* "Angstrom/fs" */
static bool read_velocity_unit(const char *word, double *factor)
{
    const char *slash = strchr(word, '/');
    char length[WORD];
    double x, t;
    if (slash == NULL)
        return false;
    snprintf(length, sizeof length, "%.*s", (int)(slash - word), word);
    if (!convert(length, "bohr", &x) || !convert(slash + 1, "aut", &t))
        return false;
    *factor = x / t;
    return true;
}

static bool state(scan *s, const char *what, double *stated, double factor, const char *word)
{
    if (*stated != 0.0 && *stated != factor) {
        snprintf(s->why, s->size, "the comment states two units of the %s; the second is '%s'", what, word);
        return false;
    }
    *stated = factor;
    return true;
}

static bool unclear(const scan *s, const char *word)
{
    snprintf(s->why, s->size,
             "the comment names '%s', and it is not clear what that is the unit of: write pos_unit=Angstrom, "
             "pos_unit=bohr, velocity_unit=Angstrom/fs or mass_unit=u, or leave it out",
             word);
    return false;
}

/* A unit of length; au may also be a unit of something else. */
static bool take_length(scan *s, const char *word, double factor, bool au)
{
    if (s->about == VELOCITIES)
        return au ? state(s, "velocities", &s->stated->velocity, 1.0, word) : unclear(s, word);
    if (s->about == MASSES || s->about == OTHERS || s->number)
        return true;
    if (s->about == NOBODY && au && !s->unit)
        return s->introduced ? unclear(s, word) : true; /* "E = -78 Eh in au"; "Au" may be gold */
    if (s->about == NOBODY && !s->introduced)
        return strncasecmp(word, "bohr", 4) == 0 ? unclear(s, word) : true; /* others may be ordinary words: A, pm */
    if (s->about == NOBODY && au && !state(s, "velocities", &s->stated->velocity, 1.0, word))
        return false;
    return state(s, "positions", &s->stated->length, factor, word);
}

/* A word that may be a unit. *unit: it is one. */
static bool take_word(scan *s, const char *word, bool *unit)
{
    static const char *const angstrom[] = {"metal", "real", NULL}; /* LAMMPS: Angstrom; times differ */
    static const char *const unread[] = {"m",        "cm",         "mm",      "um",     "fm",     "meter", "meters",
                                         "metre",    "metres",     "micron",  "fermi",  "inch",   "feet",  "furlong",
                                         "furlongs", "fractional", "reduced", "scaled", "parsec", NULL};
    double factor;
    const bool au = strcasecmp(word, "au") == 0 || strncasecmp(word, "a.u", 3) == 0;
    *unit = true;
    if (read_velocity_unit(word, &factor))
        return s->about == VELOCITIES || s->about == NOBODY || s->about == POSITIONS
                   ? state(s, "velocities", &s->stated->velocity, factor, word)
                   : true;
    if (s->about == MASSES && !s->number && convert(word, "electron_mass", &factor))
        return state(s, "masses", &s->stated->mass, factor, word);
    if (convert(word, "bohr", &factor))
        return take_length(s, word, factor, au);
    if (s->equals && s->about == NOBODY && is_among(word, angstrom))
        return state(s, "positions", &s->stated->length, DIA_ANGSTROM, word);
    double number;
    *unit = !dia_text_real(word, &number) && (dia_unit_known(word) || strpbrk(word, "/^*") != NULL);
    const bool column = s->about == POSITIONS || s->about == VELOCITIES || s->about == MASSES;
    const bool strange = is_among(word, unread) || (*unit && !s->others && !s->number); /* "coordinates in eV" */
    return (s->equals && (column || (s->about == NOBODY && !*unit))) || (s->introduced && column && strange)
               ? unclear(s, word)
               : true;
}

/* What the word means for the words that follow it. */
static void remember(scan *s, const char *word, bool unit, bool equals)
{
    static const char *const units[] = {"unit", "units", NULL};
    const subject mine = subject_of(word);
    const bool in = strcasecmp(word, "in") == 0;
    double number;
    s->unit = is_among(word, units);
    if (s->unit && (s->last != NOBODY || equals)) /* pos_unit; units= of everything */
        s->about = s->last;
    else if (unit)
        s->about = NOBODY;
    else if (mine != NOBODY && s->about != POSITIONS) /* "coordinates and energies in bohr" */
        s->about = mine;
    s->others = !unit && (s->others || mine == OTHERS);
    s->last = mine;
    s->number = dia_text_real(word, &number) || (in && s->number);
    s->introduced = s->unit || in;
}

bool dia_comment_units(const char *comment, dia_stated_units *stated, size_t size, char *why)
{
    static const char ends[] = " \t,;=:#!\"'()[]{}_";
    scan s = {.stated = stated, .size = size, .why = why};
    *stated = (dia_stated_units){0};
    for (const char *p = comment;;) {
        const size_t gap = strspn(p, ends);
        const bool first = p == comment;
        char word[WORD];
        s.introduced = s.introduced || (gap > 0 && strchr("([{", p[gap - 1]) != NULL);
        const size_t whole = strcspn(p + gap, " \t,;=:#!\"'()[]{}");
        snprintf(word, sizeof word, "%.*s", (int)(whole < WORD ? whole : 0), p + gap);
        if (strchr(word, '_') != NULL && dia_unit_known(word)) /* a_0 */
            p += gap + whole;
        else if (!next_word(&p, ends, word))
            return true;
        const char *after = p + strspn(p, " \t");
        if (strcasecmp(word, "properties") == 0) { /* names of columns say no units */
            p = after + strcspn(after, " \t");
            continue;
        }
        if (strcasecmp(word, "atomic") == 0 && (s.equals || strncasecmp(after, "unit", 4) == 0)) {
            p = strncasecmp(after, "unit", 4) == 0 ? after + strcspn(after, ends) : p;
            snprintf(word, sizeof word, "au");
            s.unit = s.unit || s.introduced;
        }
        if (strcasecmp(word, "electron") == 0 && strncasecmp(after, "mass", 4) == 0) {
            p = after + strcspn(after, ends);
            snprintf(word, sizeof word, "me");
        }
        s.introduced = s.introduced || (first && p[strspn(p, ends)] == '\0'); /* a comment of one word */
        bool unit;
        if (!take_word(&s, word, &unit))
            return false;
        const size_t next = strspn(p, ends);
        s.equals = memchr(p, '=', next) != NULL || memchr(p, ':', next) != NULL;
        remember(&s, word, unit, s.equals);
        s.equals = s.equals && s.unit;
    }
}
