/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "base/config.h"
#include "base/rng.h"

static double parsed(const char *text, dia_dimension dimension)
{
    char why[200] = "";
    double value = NAN;
    if (!dia_quantity_parse(text, dimension, &value, sizeof why, why))
        fail_msg("'%s': %s", text, why);
    return value;
}

static void refused(const char *text, dia_dimension dimension, const char *word)
{
    char why[200] = "";
    double value = 17.0;
    if (dia_quantity_parse(text, dimension, &value, sizeof why, why) || strstr(why, word) == NULL)
        fail_msg("'%s' must be refused with '%s', was %g, '%s'", text, word, value, why);
    assert_true(value == 17.0); /* untouched */
}

/* Factors against independent arithmetic with CODATA 2018 values. One multiplication: a few units in the last place. */
static void test_units(void **state)
{
    (void)state;
    const double rtol = 1e-14;
    assert_close(parsed("1 fs", DIA_TIME), 1e-15 / 2.4188843265857e-17, 1e-12, 0); /* the constant has 14 digits */
    assert_close(parsed("0.5 ps", DIA_TIME), 500 * parsed("1 fs", DIA_TIME), rtol, 0);
    assert_close(parsed("250 as", DIA_TIME), parsed("0.25", DIA_TIME), rtol, 0);
    assert_close(parsed("3 au", DIA_TIME), 3.0, 0, 0);
    assert_close(parsed("27.211386245988 eV", DIA_ENERGY), 1.0, rtol, 0);
    assert_close(parsed("27211.386245988 meV", DIA_ENERGY), 1.0, rtol, 0);
    assert_close(parsed("1 hartree", DIA_ENERGY), parsed("1 Eh", DIA_ENERGY), 0, 0);
    assert_close(parsed("219474.6313632 cm^-1", DIA_ENERGY), 1.0, rtol, 0);
    assert_close(parsed("627.5094740631 kcal/mol", DIA_ENERGY), 1.0, 1e-12, 0);
    assert_close(parsed("2625.4996394799 kJ/mol", DIA_ENERGY), 1.0, 1e-12, 0);
    assert_close(parsed("0.529177210903", DIA_LENGTH), 1.0, rtol, 0);
    assert_close(parsed("1 nm", DIA_LENGTH), parsed("10 A", DIA_LENGTH), rtol, 0);
    assert_close(parsed("100 pm", DIA_LENGTH), parsed("1 Angstrom", DIA_LENGTH), rtol, 0);
    assert_close(parsed("300 K", DIA_TEMPERATURE), 300 * 1.380649e-23 / 4.3597447222071e-18, 1e-12, 0);
    assert_close(parsed("1 u", DIA_MASS), 1822.888486209, rtol, 0);
    assert_close(parsed("2000 me", DIA_MASS), 2000.0, 0, 0);
    assert_close(parsed("180", DIA_ANGLE), acos(-1.0), rtol, 0);
    assert_close(parsed("2 rad", DIA_ANGLE), 2.0, 0, 0);
    assert_close(parsed("1 eV^-2", DIA_INVERSE_ENERGY2), 27.211386245988 * 27.211386245988, rtol, 0);
    assert_close(parsed("1 Angstrom^2/eV^2", DIA_INVERSE_FORCE2), pow(27.211386245988 / 0.529177210903, 2), rtol, 0);
    assert_close(parsed("51.4220674763 V/Angstrom", DIA_FIELD), 1.0, 1e-12, 0);
    assert_close(parsed("1 au", DIA_INTENSITY), 1.0, 0, 0);
    const double field = 5.14220674763e11; /* V/m; eps0 c E^2/2, in W/cm^2 */
    assert_close(parsed("1 W/cm^2", DIA_INTENSITY), 1e4 / (0.5 * 8.8541878128e-12 * 299792458.0 * field * field), 1e-11,
                 0);
    assert_close(parsed("2 eV/fs", DIA_ENERGY_RATE), parsed("2 eV", DIA_ENERGY) / parsed("1 fs", DIA_TIME), rtol, 0);
    assert_close(parsed("-1.5e+2", DIA_PURE), -150.0, 0, 0);
    assert_close(parsed(" .5", DIA_ATOMIC), 0.5, 0, 0);
    assert_close(parsed("2.fs", DIA_TIME), parsed("2 fs", DIA_TIME), 0, 0);
    assert_close(parsed("1E-3 fs", DIA_TIME), 1e-3 * parsed("1", DIA_TIME), rtol, 0);
    assert_close(parsed("2 eV", DIA_ENERGY), parsed("2", DIA_ENERGY), 0, 0); /* the first unit is the bare one */
}

static void test_refused(void **state)
{
    (void)state;
    refused("", DIA_TIME, "'0.5 fs'");
    refused("fs", DIA_TIME, "'0.5 fs'");
    refused("abc", DIA_PURE, "not a number");
    refused("-", DIA_PURE, "not a number");
    refused(".", DIA_PURE, "not a number");
    refused("e5", DIA_PURE, "not a number");
    refused("1 2", DIA_PURE, "no unit");
    refused("1 fs fs", DIA_TIME, "unknown unit");
    refused("1e", DIA_TIME, "unknown unit");
    refused("0.1x", DIA_TIME, "unknown unit 'x'");
    refused("0x1p3", DIA_PURE, "no unit");
    refused("1 FS", DIA_TIME, "did you mean 'fs'?");
    refused("1 ev", DIA_ENERGY, "did you mean 'eV'?");
    refused("300 K", DIA_ENERGY, "unit of temperature");
    refused("5 eV", DIA_PURE, "no unit");
    refused("1d-3", DIA_PURE, "write 1e-3");
    refused("1.5D3 fs", DIA_TIME, "write 1.5e3 fs");
    refused("nan", DIA_PURE, "finite");
    refused("-NaN", DIA_TIME, "finite");
    refused("+inf fs", DIA_TIME, "finite");
    refused(".inf", DIA_PURE, "finite");
    refused("1e400", DIA_PURE, "too large");
    refused("1e308 ps", DIA_TIME, "too large");
    refused("1,5 fs", DIA_TIME, "decimal point");
}

/* Texts name the same double again, in every dimension and over all magnitudes. */
static void test_round_trip(void **state)
{
    (void)state;
    uint64_t seed = check_seed(20260101);
    for (uint64_t i = 0; i < 20000; i++) {
        dia_dimension dimension = (dia_dimension)dia_rng_integer(seed, 0, i, DIA_PURPOSE_TEST, 0, DIA_ATOMIC + 1);
        double exponent = 200.0 * dia_rng_uniform(seed, 0, i, DIA_PURPOSE_TEST, 1) - 100.0;
        double value = pow(10.0, exponent) * (i % 2 == 0 ? 1.0 : -1.0);
        char text[64], brief[64];
        dia_quantity_text(value, dimension, sizeof text, text);
        dia_quantity_brief(value, dimension, sizeof brief, brief);
        /* A temperature or weight has no unit of factor one to fall back on: the last bit may be lost. */
        double allowed = dimension == DIA_TEMPERATURE ? 3e-16 : 0.0;
        assert_close(parsed(text, dimension), value, allowed, 0.0);
        assert_close(parsed(brief, dimension), value, allowed, 0.0);
    }
    char text[64];
    const double largest = parsed("1.5e308 hartree", DIA_ENERGY); /* infinite in eV */
    dia_quantity_text(largest, DIA_ENERGY, sizeof text, text);
    assert_string_equal(text, "1.5e+308 hartree");
    dia_quantity_text(0.25 * DIA_FEMTOSECOND, DIA_TIME, sizeof text, text);
    assert_string_equal(text, "0.25 fs");
    dia_quantity_text(300 * DIA_KELVIN, DIA_TEMPERATURE, sizeof text, text);
    assert_string_equal(text, "300 K");
    dia_quantity_text(2e-3, DIA_PURE, sizeof text, text);
    assert_string_equal(text, "0.002");
    dia_quantity_brief(1.0, DIA_MASS, sizeof text, text);
    assert_string_equal(text, "1 me");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_units), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_round_trip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
