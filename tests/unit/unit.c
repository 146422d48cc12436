/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units stated in files: factors against CODATA 2018 arithmetic, spellings in use, dimensions kept apart. */
#include "check.h"

#include "base/unit.h"

static double factor(const char *stated, const char *wanted)
{
    double f = -1.0;
    if (!dia_unit_convert(stated, wanted, &f))
        fail_msg("'%s' should be convertible to '%s'", stated, wanted);
    return f;
}

static void refused(const char *stated, const char *wanted)
{
    double f = 17.0;
    if (dia_unit_convert(stated, wanted, &f) || f != 17.0)
        fail_msg("'%s' must not pass for '%s'", stated, wanted);
}

/* A few multiplications: a few units in the last place; kcal/mol and g/mol go by constants of 11 digits. */
static void factors(void **state)
{
    (void)state;
    const double rtol = 1e-14;
    assert_close(factor("Angstrom", "bohr"), 1 / 0.529177210903, rtol, 0);
    assert_close(factor("eV", "hartree"), 1 / 27.211386245988, rtol, 0);
    assert_close(factor("cm-1", "hartree"), 1 / 219474.6313632, rtol, 0);
    assert_close(factor("eV/Angstrom", "hartree/bohr"), 0.529177210903 / 27.211386245988, rtol, 0);
    assert_close(factor("kcal/mol", "hartree"), 1 / 627.509474, 1e-9, 0);
    assert_close(factor("kj/mol", "hartree"), factor("kJ/mol", "hartree"), rtol, 0);
    assert_close(factor("mHartree", "hartree"), 1e-3, rtol, 0);
    assert_close(factor("kcal/(mol Angstrom)", "hartree/bohr"), factor("kcal/mol/A", "hartree/bohr"), rtol, 0);
    assert_close(factor("kcal/mol/A", "hartree/bohr"), 0.529177210903 / 627.509474, 1e-9, 0);
    assert_close(factor("g/mol", "electron_mass"), 1822.888486209, 1e-9, 0);
    assert_close(factor("u", "electron mass"), 1822.888486209, rtol, 0);
    assert_close(factor("Angstrom/fs", "bohr/fs"), 1 / 0.529177210903, rtol, 0);
    assert_close(factor("1/Angstrom", "1/bohr"), 0.529177210903, rtol, 0);
    assert_close(factor("deg", "rad"), 3.141592653589793 / 180, rtol, 0);
}

static void spellings(void **state)
{
    (void)state;
    for (const char *const *s = (const char *const[]){"bohr", "Bohr", "a0", "BOHR", "au", "a.u.", "atomic units", NULL};
         *s != NULL; s++)
        assert_true(factor(*s, "bohr") == 1.0);
    for (const char *const *s = (const char *const[]){"hartree/bohr", "Eh/a0", "Hartree/Bohr", "hartree bohr^-1",
                                                      "hartree*bohr**-1", "Eh a0-1", "hartree/(bohr)", NULL};
         *s != NULL; s++)
        assert_true(factor(*s, "hartree/bohr") == 1.0);
    for (const char *const *s = (const char *const[]){"angstrom", "A", "Ang", "\303\205", "\342\204\253", NULL};
         *s != NULL; s++)
        assert_true(factor(*s, "bohr") == factor("Angstrom", "bohr"));
    assert_true(factor("1/bohr", "bohr^-1") == 1.0);
    assert_close(factor("bohr hartree/hbar", "bohr/fs"), 41.341373335182, 1e-14, 0);
}

static void dimensions(void **state)
{
    (void)state;
    refused("eV", "bohr");
    refused("1/bohr", "hartree/bohr");
    refused("hartree", "hartree/bohr");
    refused("1", "bohr");
    refused("MeV", "hartree"); /* a million times eV, if anything */
    refused("parsec", "bohr");
    refused("", "bohr");
    refused("bohr^(1/2)", "bohr");
    refused("((((((bohr))))))", "bohr");
    refused("bohr/", "bohr");
    assert_true(dia_unit_known("e bohr"));
    assert_false(dia_unit_known("whatever"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(factors), cmocka_unit_test(spellings),
                                       cmocka_unit_test(dimensions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
