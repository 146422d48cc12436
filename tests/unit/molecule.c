/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <string.h>

#include "diabolo/molecule.h"

static void test_elements(void **state)
{
    (void)state;
    assert_string_equal(dia_element_symbol(0), "X");
    assert_string_equal(dia_element_symbol(6), "C");
    assert_string_equal(dia_element_symbol(86), "Rn");
    assert_null(dia_element_symbol(-1));
    assert_null(dia_element_symbol(87));
    assert_int_equal(dia_element_number("cl"), 17);
    assert_int_equal(dia_element_number("Qq"), -1);
    for (int z = 0; z <= 86; z++) /* every symbol leads back to its number */
        assert_int_equal(dia_element_number(dia_element_symbol(z)), z);
    assert_close(dia_element_mass(6) / DIA_DALTON, 12.0, 1e-15, 0); /* the definition of the dalton */
    assert_close(dia_element_mass(0), 0.0, 0, 0);
    assert_close(dia_element_mass(200), 0.0, 0, 0);
    for (int z = 1; z <= 86; z++) {
        /* The mass number of the most abundant isotope lies between 1.9 Z and 2.6 Z (hydrogen aside), and binding makes
         * a mass differ from an integer by less than 0.1 u. */
        double u = dia_element_mass(z) / DIA_DALTON;
        assert_true(z == 1 || (u > 1.9 * z && u < 2.6 * z));
        assert_true(u - (int)(u + 0.5) > -0.1 && u - (int)(u + 0.5) < 0.1);
    }
}

static void test_molecule(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule a, b;
    const int ethylene[] = {6, 1, 1, 6, 1, 1};
    assert_ok(dia_molecule_init(&a, 6, 3, ethylene, &error), &error);
    assert_int_equal(a.ncart, 18);
    assert_close(a.masses[1] / DIA_DALTON, 1.00782503223, 1e-14, 0);
    a.masses[1] = 2 * DIA_DALTON; /* an isotope survives the copy */
    a.reference[17] = 4.25;
    assert_ok(dia_molecule_copy(&b, &a, &error), &error);
    assert_close(b.masses[1], a.masses[1], 0, 0);
    assert_close(b.reference[17], 4.25, 0, 0);
    assert_ok(dia_molecule_match(&a, &b, &error), &error);
    char text[32];
    dia_molecule_formula(&a, sizeof text, text);
    assert_string_equal(text, "C2H4");
    b.numbers[0] = 1;
    b.numbers[1] = 6;
    assert_int_equal(dia_molecule_match(&a, &b, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "order"));
    dia_error_clear(&error);
    b.numbers[0] = 8;
    assert_int_equal(dia_molecule_match(&a, &b, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "C2H4"));
    assert_non_null(strstr(error.text, "C2H3O"));
    dia_molecule_free(&a);
    dia_molecule_free(&b);
    assert_null(a.numbers);
}

static void test_hill(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule a;
    char text[32];
    const int so2[] = {16, 8, 8}, hcl[] = {1, 17}, chbr3[] = {35, 35, 35, 1, 6};
    assert_ok(dia_molecule_init(&a, 3, 3, so2, &error), &error);
    dia_molecule_formula(&a, sizeof text, text);
    assert_string_equal(text, "O2S");
    char small[3];
    dia_molecule_formula(&a, sizeof small, small); /* cut, never beyond */
    assert_string_equal(small, "O2");
    dia_molecule_free(&a);
    assert_ok(dia_molecule_init(&a, 2, 3, hcl, &error), &error);
    dia_molecule_formula(&a, sizeof text, text);
    assert_string_equal(text, "ClH");
    dia_molecule_free(&a);
    assert_ok(dia_molecule_init(&a, 5, 3, chbr3, &error), &error);
    dia_molecule_formula(&a, sizeof text, text);
    assert_string_equal(text, "CHBr3");
    dia_molecule_free(&a);
    assert_ok(dia_molecule_init(&a, 2, 1, NULL, &error), &error); /* a model system of two coordinates */
    assert_int_equal(a.ncart, 2);
    assert_close(a.masses[1], 1.0, 0, 0);
    dia_molecule_free(&a);
}

static void test_mistakes(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule a;
    const int bad[] = {1, 120};
    assert_int_equal(dia_molecule_init(&a, 0, 3, NULL, &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    assert_int_equal(dia_molecule_init(&a, 2, 3, bad, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "120"));
    dia_molecule_free(&a); /* harmless after a failure */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_molecule),
        cmocka_unit_test(test_hill),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
