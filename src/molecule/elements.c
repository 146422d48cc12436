/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chemical elements: symbols, and the mass of the most abundant isotope (of the longest-lived one where none is
 * stable). Masses: NIST, Atomic Weights and Isotopic Compositions,
 * https://www.nist.gov/pml/atomic-weights-and-isotopic-compositions-relative-atomic-masses (AME2012: Wang et al.,
 * Chinese Physics C 36, 1603 (2012)). */
#include "molecule/elements.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

typedef struct element {
    const char *symbol;
    double mass; /* dalton */
} element;

/* clang-format off */
static const element elements[] = { /* place = atomic number */
    {"X", 0.0}, /* an abstract particle */
    {"H", 1.00782503223}, {"He", 4.00260325413}, {"Li", 7.0160034366}, {"Be", 9.012183065},
    {"B", 11.00930536}, {"C", 12.0}, {"N", 14.00307400443}, {"O", 15.99491461957},
    {"F", 18.99840316273}, {"Ne", 19.9924401762}, {"Na", 22.989769282}, {"Mg", 23.985041697},
    {"Al", 26.98153853}, {"Si", 27.97692653465}, {"P", 30.97376199842}, {"S", 31.9720711744},
    {"Cl", 34.968852682}, {"Ar", 39.9623831237}, {"K", 38.9637064864}, {"Ca", 39.962590863},
    {"Sc", 44.95590828}, {"Ti", 47.94794198}, {"V", 50.94395704}, {"Cr", 51.94050623},
    {"Mn", 54.93804391}, {"Fe", 55.93493633}, {"Co", 58.93319429}, {"Ni", 57.93534241},
    {"Cu", 62.92959772}, {"Zn", 63.92914201}, {"Ga", 68.9255735}, {"Ge", 73.921177761},
    {"As", 74.92159457}, {"Se", 79.9165218}, {"Br", 78.9183376}, {"Kr", 83.9114977282},
    {"Rb", 84.9117897379}, {"Sr", 87.9056125}, {"Y", 88.9058403}, {"Zr", 89.9046977},
    {"Nb", 92.906373}, {"Mo", 97.90540482}, {"Tc", 96.9063667}, {"Ru", 101.9043441},
    {"Rh", 102.905498}, {"Pd", 105.9034804}, {"Ag", 106.9050916}, {"Cd", 113.90336509},
    {"In", 114.903878776}, {"Sn", 119.90220163}, {"Sb", 120.903812}, {"Te", 129.906222748},
    {"I", 126.9044719}, {"Xe", 131.9041550856}, {"Cs", 132.905451961}, {"Ba", 137.905247},
    {"La", 138.9063563}, {"Ce", 139.9054431}, {"Pr", 140.9076576}, {"Nd", 141.907729},
    {"Pm", 144.9127559}, {"Sm", 151.9197397}, {"Eu", 152.921238}, {"Gd", 157.9241123},
    {"Tb", 158.9253547}, {"Dy", 163.9291819}, {"Ho", 164.9303288}, {"Er", 165.9302995},
    {"Tm", 168.9342179}, {"Yb", 173.9388664}, {"Lu", 174.9407752}, {"Hf", 179.946557},
    {"Ta", 180.9479958}, {"W", 183.95093092}, {"Re", 186.9557501}, {"Os", 191.961477},
    {"Ir", 192.9629216}, {"Pt", 194.9647917}, {"Au", 196.96656879}, {"Hg", 201.9706434},
    {"Tl", 204.9744278}, {"Pb", 207.9766525}, {"Bi", 208.9803991}, {"Po", 208.9824308},
    {"At", 209.9871479}, {"Rn", 222.0175782}
};
/* clang-format on */

enum { ELEMENTS = sizeof elements / sizeof elements[0] };

const char *dia_element_symbol(int number)
{
    return number >= 0 && number < ELEMENTS ? elements[number].symbol : NULL;
}

int dia_element_number(const char *symbol)
{
    for (int number = 0; number < ELEMENTS; number++)
        if (strcasecmp(symbol, elements[number].symbol) == 0)
            return number;
    return -1;
}

double dia_element_mass(int number)
{
    return number >= 0 && number < ELEMENTS ? elements[number].mass * DIA_DALTON : 0.0;
}

/* Isotopes that have a name of their own. Masses: as above. */
static const struct {
    const char *name;
    int number;
    double mass; /* dalton */
} isotopes[] = {{"D", 1, 2.01410177812}, {"2H", 1, 2.01410177812}, {"T", 1, 3.0160492779}, {"3H", 1, 3.0160492779}};

static bool find_name(const char *name, int *number, double *mass)
{
    for (size_t i = 0; i < sizeof isotopes / sizeof isotopes[0]; i++)
        if (strcasecmp(name, isotopes[i].name) == 0) {
            *number = isotopes[i].number;
            *mass = isotopes[i].mass * DIA_DALTON;
            return true;
        }
    *mass = 0.0;
    *number = dia_element_number(name);
    return *number >= 0;
}

/* PDB files write CA1 for a carbon (C alpha) and Ca1 for calcium. */
static bool is_ambiguous(const char *name)
{
    const char first[2] = {name[0], '\0'};
    return strlen(name) == 2 && isupper((unsigned char)name[1]) && dia_element_number(first) > 0;
}

dia_status dia_element_read(const char *text, int *number, double *mass, dia_error *error)
{
    static const char *const ghosts[] = {"Bq", "Gh", "Du", "Xx", "Q", "LP"};
    const size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    char name[3] = "", why[200];
    *mass = 0.0;
    if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text)) {
        if (dia_text_int(text, 1, ELEMENTS - 1, number, sizeof why, why))
            return DIA_OK;
        return dia_error_set(error, DIA_ERROR_INPUT, "the atomic number %s", why);
    }
    if (find_name(text, number, mass))
        return DIA_OK;
    bool ghost = text[0] == '@' || strchr(text, ':') != NULL; /* @C, C:ghost */
    for (size_t i = 0; i < sizeof ghosts / sizeof ghosts[0]; i++)
        ghost = ghost || (letters == strlen(ghosts[i]) && strncasecmp(text, ghosts[i], letters) == 0);
    const size_t length = strlen(text); /* C-Bq */
    if (ghost || (length > 3 && strcasecmp(text + length - 3, "-Bq") == 0))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "'%.40s' is no element but a dummy atom: leave it out, a model knows nuclei only", text);
    const bool label = letters > 0 && letters < sizeof name && text[letters] != '\0' &&
                       strspn(text + letters, "0123456789") == strlen(text + letters);
    if (label)
        memcpy(name, text, letters);
    if (label && is_ambiguous(name))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "the label '%.40s' may mean %c or %c%c: write the symbol of the element", text, name[0],
                             name[0], tolower((unsigned char)name[1]));
    if (label && find_name(name, number, mass))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "'%.40s' is no element: expected a symbol (C; D and T for heavy hydrogen), a label (C1) or an "
                         "atomic number up to %d",
                         text, ELEMENTS - 1);
}

dia_status dia_element_check_mass(int number, double isotope, double mass, dia_error *error)
{
    const double usual = dia_element_mass(number), ratio = usual > 0.0 ? mass / usual : 1.0;
    if (!(mass > 0.0) || !isfinite(mass))
        return dia_error_set(error, DIA_ERROR_INPUT, "a mass must be positive, found %g u", mass / DIA_DALTON);
    /* 1 % covers masses of few digits and tells H, D and T apart. */
    if (isotope > 0.0 && fabs(mass / isotope - 1.0) > 0.01)
        return dia_error_set(error, DIA_ERROR_INPUT, "the isotope's name says %.6g u, the column of masses %.6g u",
                             isotope / DIA_DALTON, mass / DIA_DALTON);
    /* Average masses differ by less than 5 %; tritium has three times the mass of hydrogen. */
    if (ratio > 0.95 * DIA_DALTON && ratio < 3.1 * DIA_DALTON)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a mass of %.6g u for %s: that is its mass in electron masses, expected u",
                             mass / DIA_DALTON, dia_element_symbol(number));
    return DIA_OK;
}
