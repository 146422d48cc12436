/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vibronic.h"

#define V0 "unit_sharc_V0.txt"
#define TEMPLATE "unit_sharc_LVC.template"

static const char reference[] =
    "Geometry\n H   1.    0.10  0.20 -0.70  1.00782503\n F   9.  0.10 0.20 0.95  18.99840316\n"
    "Frequencies\n -0.0 0.0 0.0 0.0 0.0 0.0188\n"
    "Mass-weighted normal modes\n"
    "1 0 0 0 0 0\n0 1 0 0 0 0\n0 0 1 0 0 0.974421\n"
    "0 0 0 1 0 0\n0 0 0 0 1 0\n0 0 0 0 0 -0.224729\n";

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static dia_status read_both(const char *v0, const char *body, int multiplicity, dia_vibronic *out, dia_error *error)
{
    write_text(V0, v0);
    write_text(TEMPLATE, body);
    dia_error_clear(error);
    dia_status status = dia_vibronic_read_sharc(out, TEMPLATE, multiplicity, error);
    remove(V0);
    remove(TEMPLATE);
    return status;
}

/* The value of a term, 0 if there is none. */
static double term(const dia_vibronic *v, int i, int j, int m, int k)
{
    for (int t = 0; t < v->nterm; t++)
        if (v->term[t].i == i && v->term[t].j == j && v->term[t].m == m && v->term[t].k == k)
            return v->term[t].value;
    return 0.0;
}

static void test_blocks(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_vibronic v;
    const char *body = V0 "\n2 0 1\ncharge 0 1 0\nepsilon\n3\n 1 1 0.1\n 1 2 0.3\n 3 1 0.2\n"
                          "eta\n1\n1 1 2 0.001\n"
                          "kappa\n2\n1 2 6 -1.5e-3\n3 1 6 4e-3\n"
                          "lambda\n1\n1 2 1 6 0.02\n"
                          "lambda_soc\n1\n1 2 6 R 0.5\n"
                          "gamma\n3\n1 1 1 6 6 0.004\n1 1 2 6 6 0.005\n1 2 1 6 6 0.005\n"
                          "SOC R\n0 0 1\n0 0 1e-4\n1 1 0\nDMX R\n0.5 0.2 0 0 0\n0.2 -0.3 0 0 0\n0 0 7 0 0\n0 0 0 7 "
                          "0\n0 0 0 0 7\nDMX I\n9 9 9\n9\n"
                          "Multipolar Density Fit\n1\n1 1 1 0 0.5\n";
    assert_ok(read_both(reference, body, 1, &v, &error), &error);
    assert_int_equal(v.nstate, 2);
    assert_int_equal(v.nmode, 1); /* the five of frequency zero are left out */
    assert_int_equal(v.molecule.numbers[1], 9);
    assert_close(v.molecule.reference[2], -0.70, 0, 0);
    assert_close(v.molecule.masses[0], 1.00782503 * DIA_DALTON, 1e-15, 0);
    assert_close(v.frequency[0], 0.0188, 0, 0);
    assert_close(v.vector[5], -0.224729, 0, 0);
    assert_int_equal(v.nterm, 7);
    assert_int_equal(v.ndipole, 3);
    for (int d = 0; d < 3; d++) { /* the two singlets' part of DMX R; of DMX I nothing */
        const double x[3] = {0.5, 0.2, -0.3};
        assert_int_equal(v.dipole[d].m, -1);
        assert_close(v.dipole[d].vector[0], x[d], 0, 0);
        assert_close(v.dipole[d].vector[2], 0.0, 0, 0);
    }
    assert_close(term(&v, 0, 0, -1, -1), 0.1, 0, 0);
    assert_close(term(&v, 1, 1, -1, -1), 0.3, 0, 0);
    assert_close(term(&v, 1, 0, -1, -1), 0.001, 0, 0);
    assert_close(term(&v, 1, 1, 0, -1), -1.5e-3, 0, 0);
    assert_close(term(&v, 1, 0, 0, -1), 0.02, 0, 0);
    assert_close(term(&v, 0, 0, 0, 0), 0.004, 0, 0);
    assert_close(term(&v, 1, 0, 0, 0), 0.005, 0, 0); /* both triangles written out: one element */
    dia_vibronic_free(&v);
    assert_ok(read_both(reference, body, 3, &v, &error), &error);
    assert_int_equal(v.nstate, 1);
    assert_int_equal(v.nterm, 2);
    assert_close(term(&v, 0, 0, 0, -1), 4e-3, 0, 0);
    dia_vibronic_free(&v);
}

/* All states: two singlets, and two triplets in three components each: T1(-1) T2(-1) T1(0) T2(0) T1(+1) T2(+1) are 2 to 7. */
static const char whole[] = V0
    "\n2 0 2\nepsilon\n4\n 1 1 0.1\n 1 2 0.3\n 3 1 0.2\n 3 2 0.25\nkappa\n1\n3 1 6 4e-3\nlambda\n1\n3 1 2 6 0.02\n"
    "lambda_soc\n2\n 1 3 6 R 0.5\n 2 5 6 I 0.25\n"
    "SOC R (cm-1)\n0 0 7 0 0 0 0 0\n0 0 0 0 0 0 0 0\n7 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 "
    "0\n"
    "0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n"
    "SOC I\n0 0 0 2e-4 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n-2e-4 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 "
    "0\n"
    "0 0 0 0 0 0 0 3e-4\n0 0 0 0 0 0 -3e-4 0\n"
    "DMY R\n0.5 0.1 0 0 0 0 0 0\n0.1 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 "
    "0\n"
    "0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n"
    "DMZ I\n0 0.7 0 0 0 0 0 0\n-0.7 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n"
    "0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0\n";

/* Of the imaginary part. */
static double imaginary(const dia_vibronic *v, int i, int j, int m)
{
    for (int t = 0; t < v->nterm; t++)
        if (v->term[t].imaginary && v->term[t].i == i && v->term[t].j == j && v->term[t].m == m)
            return v->term[t].value;
    return 0.0;
}

static void test_whole(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_vibronic v;
    assert_ok(read_both(reference, whole, DIA_VIBRONIC_ALL, &v, &error), &error);
    assert_int_equal(v.nstate, 8);
    static const int multiplicity[] = {1, 1, 3, 3, 3, 3, 3, 3}, projection[] = {0, 0, -2, -2, 0, 0, 2, 2};
    assert_memory_equal(v.multiplicity, multiplicity, sizeof multiplicity);
    assert_memory_equal(v.multiplicity + 8, projection, sizeof projection);
    for (int c = 0; c < 3; c++) {
        assert_close(term(&v, 2 + 2 * c, 2 + 2 * c, -1, -1), 0.2, 0, 0);
        assert_close(term(&v, 2 + 2 * c, 2 + 2 * c, 0, -1), 4e-3, 0, 0);
        assert_close(term(&v, 3 + 2 * c, 2 + 2 * c, 0, -1), 0.02, 0, 0);
    }
    assert_close(term(&v, 2, 0, -1, -1), 7 * DIA_WAVENUMBER, 1e-14, 0);
    assert_close(term(&v, 2, 0, 0, -1), 0.5, 0, 0);
    assert_close(imaginary(&v, 3, 0, -1), -2e-4, 0, 0); /* Im H of the lower triangle */
    assert_close(imaginary(&v, 7, 6, -1), -3e-4, 0, 0);
    assert_close(imaginary(&v, 4, 1, 0), -0.25, 0, 0); /* H_25 = 0.25 i Q is the upper one */
    assert_int_equal(v.ndipole, 3);
    assert_close(v.dipole[0].vector[1], 0.5, 0, 0);
    assert_true(v.dipole[2].imaginary && v.dipole[2].i == 1 && v.dipole[2].j == 0);
    assert_close(v.dipole[2].vector[2], -0.7, 0, 0);
    dia_vibronic_free(&v);
    assert_ok(read_both(reference, whole, DIA_VIBRONIC_SPIN_FREE, &v, &error), &error); /* each state once */
    assert_int_equal(v.nstate, 4);
    assert_int_equal(v.nterm, 6);
    assert_close(term(&v, 2, 2, 0, -1), 4e-3, 0, 0);
    assert_close(term(&v, 3, 2, 0, -1), 0.02, 0, 0);
    assert_int_equal(v.multiplicity[2], 3);
    assert_int_equal(v.ndipole, 2);
    dia_vibronic_free(&v);
    static const struct {
        const char *body, *line, *says;
    } wrong[] = {
        {V0 "\n1 1\nSOC R\n0 0 1\n0 0 0\n1.1 0 0\n", ":6:", "not Hermitian"},
        {V0 "\n1 1\nSOC I\n0 0 1\n0 0 0\n1 0 0\n", ":6:", "with the other sign"},
        {V0 "\n1 1\nSOC R\n0 0 1\n0 0 0\n", ":5:", "3 rows"},
        {V0 "\n1 1\nSOC X\n", ":3:", "R or I"},
        {V0 "\n1 1\nSOC R (furlong)\n", ":3:", "furlong"},
        {V0 "\n1 1\nlambda_soc\n1\n1 4 6 R 0.1\n", ":5:", "expected 1 to 3"},
        {V0 "\n1 1\nlambda_soc\n1\n1 2 6 0.1\n", ":5:", "R or I"},
        {V0 "\n1 1\nlambda_soc\n1\n2 2 6 I 0.1\n", ":5:", "diagonal"},
        {V0 "\n1 1\nlambda_soc\n2\n1 2 6 I 0.1\n2 1 6 I 0.1\n", ":6:", "given before"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_both(reference, wrong[i].body, DIA_VIBRONIC_ALL, &v, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i].line) == NULL || strstr(error.text, wrong[i].says) == NULL)
            fail_msg("case %zu: '%s' should name '%s' and '%s'", i, error.text, wrong[i].line, wrong[i].says);
    }
}

static void test_variable(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_vibronic v;
    setenv("UNIT_SHARC_NAME", "unit_sharc", 1);
    assert_ok(read_both(reference, "${UNIT_SHARC_NAME}_V0.txt\n1\n", 1, &v, &error), &error);
    dia_vibronic_free(&v);
    assert_int_equal(read_both(reference, "$UNIT_SHARC_NOBODY/V0.txt\n1\n", 1, &v, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, TEMPLATE ":1:"));
    assert_int_equal(read_both(reference, "elsewhere.txt\n1\n", 1, &v, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "elsewhere.txt"));
}

/* As other editors and programs leave the files; the numbers are those of `reference`. */
static void test_dialects(void **state)
{
    (void)state;
    static const char angstrom[] =
        "\xef\xbb\xbf"
        "Geometry (Angstrom)\r\nH1 1. 5.2917721090D-02 0.1058354418 -0.3704240476 1.00782503\r\n"
        "F 9. 0.0529177211 0.1058354418 0.5027183504 18.99840316\r\nFrequencies in cm-1\r\n"
        " -0.0 0.0 0.0 0.0 0.0 4126.12307\r\nMass-weighted normal modes\r\n"
        "1 0 0 0 0 0\r\n0 1 0 0 0 0\r\n0 0 1 0 0 9.74421d-1\r\n0 0 0 1 0 0\r\n0 0 0 0 1 0\r\n0 0 0 0 0 -0.224729\r\n";
    static const char body[] =
        "\xef\xbb\xbf" V0 "\r\n2\r\nepsilon eV\r\n1\r\n1 2 2.72113862460D+00\r\nkappa (cm^-1)\r\n"
        "1\r\n1 1 6 219.4746313632\r\nlambda\r\n1\r\n1 1 2 6 1.0D-02\r\n";
    dia_error error = {0};
    dia_vibronic v;
    assert_ok(read_both(angstrom, body, 1, &v, &error), &error);
    assert_close(v.molecule.reference[2], -0.70, 1e-9, 0); /* ten digits in the file */
    assert_close(v.frequency[0], 0.0188, 1e-8, 0);
    assert_close(v.vector[2], 0.974421, 0, 0);
    assert_close(term(&v, 1, 1, -1, -1), 0.1, 1e-9, 0);
    assert_close(term(&v, 0, 0, 0, -1), 1e-3, 1e-12, 0);
    assert_close(term(&v, 1, 0, 0, -1), 1e-2, 1e-15, 0);
    dia_vibronic_free(&v);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *body, *line, *says;
    } wrong[] = {
        {"", TEMPLATE, "V0.txt"},
        {V0 "\n", TEMPLATE ":1:", "number of states"},
        {V0 "\ntwo\n", TEMPLATE ":2:", "integer"},
        {V0 "\n0 0 1\n", TEMPLATE ":2:", "multiplicity 1"},
        {V0 "\n2\nepsilon\n2\n1 1 0.0\n", TEMPLATE ":5:", "announces 2"},
        {V0 "\n2\nepsilon\n1\n1 3 0.0\n", TEMPLATE ":5:", "expected 1 to 2"},
        {V0 "\n2\nepsilon\n1\n1 1 zero\n", TEMPLATE ":5:", "zero"},
        {V0 "\n2\nepsilon\n1\n1 1 0.0 0.0\n", TEMPLATE ":5:", "end of the line"},
        {V0 "\n2\nepsilon\n1\n1 1 0.0\n1 2 0.1\n", TEMPLATE ":6:", "unknown keyword"}, /* one line too many */
        {V0 "\n2\nkapa\n1\n1 1 6 0.1\n", TEMPLATE ":3:", "kappa"},
        {V0 "\n2\nkappa\n1\n1 1 7 0.1\n", TEMPLATE ":5:", "expected 1 to 6"},
        {V0 "\n2\nkappa\n1\n1 1 2 0.1\n", TEMPLATE ":5:", "frequency zero"},
        {V0 "\n2\nlambda\n2\n1 1 2 6 0.1\n1 2 1 6 0.2\n", TEMPLATE ":6:", "line 5"},
        {V0 "\n2\nepsilon\n2\n1 1 0.1\n1 1 0.1\n", TEMPLATE ":6:", "line 5"},
        {V0 " other\n2\n", TEMPLATE ":1:", "other"},
        {V0 "\n2\nepsilon (furlong)\n1\n1 1 0.1\n", TEMPLATE ":3:", "furlong"},
        {V0 "\n2\nkappa Angstrom\n1\n1 1 6 0.1\n", TEMPLATE ":3:", "Angstrom"},
        {V0 "\n9223372036854775808\n", TEMPLATE ":2:", "expected 0 to 1000"},
        {V0 "\n2\nepsilon\n1e20\n", TEMPLATE ":4:", "1e20"},
        {V0 "\n2\nepsilon\n-1\n", TEMPLATE ":4:", "expected 0 to"},
        {V0 "\n2\nepsilon\n1\n1 1 nan\n", TEMPLATE ":5:", "nan"},
    };
    dia_error error = {0};
    dia_vibronic v;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_both(reference, wrong[i].body, 1, &v, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i].line) == NULL || strstr(error.text, wrong[i].says) == NULL)
            fail_msg("case %zu: '%s' should name '%s' and '%s'", i, error.text, wrong[i].line, wrong[i].says);
        assert_null(v.term);
    }
}

/* Mends `reference` in one place: the message names the line of V0.txt. */
static void test_reference_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *line, *says;
    } wrong[] = {
        {"Geometry", "Geometri", ":1:", "Geometry"},
        {" H ", " Hh ", ":2:", "no element"},
        {" 1. ", " 2. ", ":2:", "nuclear charge"},
        {" 18.99840316", " -18.9", ":3:", "mass"},
        {" 18.99840316", "", ":3:", "mass"},
        {"0.0188", "-0.0188", ":5:", "imaginary"},
        {"0.0188", "0.0", ":5:", "zero"},
        {"0.0188", "", ":5:", "end of the line"},
        {"Mass-weighted", "Normal", ":6:", "Mass-weighted"},
        {"1 0 0 0 0 0\n", "1 0 0 0 0\n", ":7:", "end of the line"},
        {"0 0 0 0 1 0\n", "", ":11:", "6 lines"},
        {"Geometry", "Geometry in furlong", ":1:", "furlong"},
        {"Geometry", "Geometry (Angstrom) (bohr)", ":1:", "Angstrom"},
        {" 0.10  0.20 -0.70 ", " 0.10  0.20 0.07 ", V0, "Geometry (Angstrom)"}, /* 0.88: the bond of HF in Angstrom */
        {"Frequencies", "Frequencies (Angstrom)", ":4:", "Angstrom"},
        {"0.0188", "4126.0", ":5:", "cm^-1"},
        {"Mass-weighted normal modes", "Mass-weighted normal modes (bohr)", ":6:", "bohr"},
        {" 1.00782503", " 1837.15", ":2:", "electron masses"},
        {" H ", " D ", ":2:", "2.0141 u, the column of masses 1.00783 u"},
        {"0.974421", "0.774421", V0, "orthonormal"},
    };
    dia_error error = {0};
    dia_vibronic v;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[2000];
        const char *place = strstr(reference, wrong[i].from);
        assert_non_null(place);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(place - reference), reference, wrong[i].to,
                 place + strlen(wrong[i].from));
        assert_int_equal(read_both(text, V0 "\n1\n", 1, &v, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i].line) == NULL || strstr(error.text, wrong[i].says) == NULL ||
            strstr(error.text, V0) == NULL)
            fail_msg("case %zu: '%s' should name '%s' and '%s'", i, error.text, wrong[i].line, wrong[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),   cmocka_unit_test(test_whole),    cmocka_unit_test(test_variable),
        cmocka_unit_test(test_dialects), cmocka_unit_test(test_mistakes), cmocka_unit_test(test_reference_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
