/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "molecule/xyz.h"

#define PATH "unit_xyz.xyz"

static void write_text(const char *text)
{
    FILE *file = fopen(PATH, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static dia_status read_text(const char *text, dia_xyz *xyz, dia_error *error)
{
    write_text(text);
    dia_error_clear(error);
    dia_status status = dia_xyz_read(xyz, PATH, error);
    remove(PATH);
    return status;
}

static void test_plain(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_xyz xyz;
    assert_ok(read_text("2\nany words, even key\nO 0 0 1\nh 0.5 -1e-1 0\n\n", &xyz, &error), &error);
    assert_int_equal(xyz.nframe, 1);
    assert_int_equal(xyz.molecule.numbers[1], 1);
    assert_close(xyz.R[3], 0.5 / 0.529177210903, 1e-14, 0);
    assert_null(xyz.V);
    assert_int_equal(xyz.state[0], -1);
    assert_close(xyz.weight[0], 1.0, 0, 0);
    assert_close(xyz.molecule.masses[0], dia_element_mass(8), 0, 0);
    dia_xyz_free(&xyz);
}

static void test_extended(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_xyz xyz;
    assert_ok(
        read_text("1\r\nstate=2 Lattice=\"1 0 0 0 1 0 0 0 1\" note=\"a \\\"quoted\\\" = word\" list=[1, 2, [3]] "
                  "Properties=forces:R:3:species:S:1:tag:I:1:pos:R:3:velo:R:3:masses:R:1 weight=0.25 pbc=\"F F F\"\r\n"
                  "9 9 9 H 7 1 2 3 0.01 0.02 -0.03 2.014\r\n"
                  "1\nProperties=species:S:1:pos:R:3:velo:R:3\nH 4 5 6 1 1 1\n",
                  &xyz, &error),
        &error);
    assert_int_equal(xyz.nframe, 2);
    assert_int_equal(xyz.state[0], 2);
    assert_int_equal(xyz.state[1], -1);
    assert_close(xyz.weight[0], 0.25, 0, 0);
    assert_close(xyz.R[4], 5 * DIA_ANGSTROM, 1e-15, 0);
    /* 1 bohr per atomic unit of time = 0.529177 Angstrom / 0.02418884 fs = 21.876913 Angstrom/fs */
    assert_close(xyz.V[2], -0.03 / 21.87691262, 1e-8, 0);
    assert_true(xyz.masses);
    assert_close(xyz.molecule.masses[0], 2.014 * DIA_DALTON, 1e-15, 0);
    dia_xyz_free(&xyz);
}

static void test_round_trip(void **state)
{
    (void)state;
    dia_error error = {0};
    const int numbers[] = {6, 8};
    double R[12], V[12], weight[] = {1.0, 1.0 / 3.0};
    int states[] = {1, 0};
    dia_xyz out = {.nframe = 2, .R = R, .V = V, .state = states, .weight = weight}, in;
    assert_ok(dia_molecule_init(&out.molecule, 2, 3, numbers, &error), &error);
    out.molecule.masses[1] = 17.999 * DIA_DALTON;
    for (int c = 0; c < 12; c++) {
        R[c] = 3.0 * sin(c + 0.3);
        V[c] = 1e-3 * cos(2.0 * c);
    }
    assert_ok(dia_xyz_write(&out, PATH, &error), &error);
    assert_int_not_equal(access(PATH ".tmp", F_OK), 0);
    assert_ok(dia_xyz_read(&in, PATH, &error), &error);
    remove(PATH);
    assert_int_equal(in.nframe, 2);
    for (int c = 0; c < 12; c++) { /* 12 decimals of Angstrom, 15 of Angstrom/fs */
        assert_close(in.R[c], R[c], 0, 1e-12);
        assert_close(in.V[c], V[c], 0, 1e-16);
    }
    for (int f = 0; f < 2; f++) {
        assert_int_equal(in.state[f], states[f]);
        assert_close(in.weight[f], weight[f], 0, 0);
    }
    assert_close(in.molecule.masses[1], out.molecule.masses[1], 1e-11, 0);
    dia_xyz_free(&in);
    dia_molecule_free(&out.molecule);
    assert_int_equal(dia_xyz_write(&out, "no/such/folder.xyz", &error), DIA_ERROR_FILE);
}

/* Every mistake is an error that names its line. */
static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *says;
    } wrong[] = {
        {"", PATH, "empty"},
        {"two\n\nH 0 0 0\n", PATH ":1:", "integer"},
        {"0\n\n", PATH ":1:", "number of atoms"},
        {"2\n\nH 0 0 0\n", PATH ":3:", "end of the file"},
        {"1\n", PATH ":1:", "comment"},
        {"1\n\nQq 0 0 0\n", PATH ":3:", "no element"},
        {"1\n\nH 0 0\n", PATH ":3:", "end of the line"},
        {"1\n\nH 0 0 nan\n", PATH ":3:", "number"},
        {"1\n\nH 0 0 1d0\n", PATH ":3:", "1d0"},
        {"1\n\nH 0 0 0 5\n", PATH ":3:", "end of the line"},
        {"1\nProperties=species:S:1\nH\n", PATH ":2:", "pos:R:3"},
        {"1\nProperties=species:S:1:pos:R\nH 0 0 0\n", PATH ":2:", "name:type:columns"},
        {"1\nProperties=species:S:1:pos:R:2\nH 0 0\n", PATH ":2:", "pos:R:3"},
        {"1\nnote=\"open\nH 0 0 0\n", PATH ":2:", "does not end"},
        {"1\nstate=one\nH 0 0 0\n", PATH ":2:", "state"},
        {"1\nstate=-1\nH 0 0 0\n", PATH ":2:", "state"},
        {"1\nweight=-1\nH 0 0 0\n", PATH ":2:", "weight"},
        {"1\nvelocity_unit=au Properties=species:S:1:pos:R:3:velo:R:3\nH 0 0 0 0 0 0\n", PATH ":2:", "Angstrom/fs"},
        {"1\nProperties=species:S:1:pos:R:3:masses:R:1\nH 0 0 0 -1\n", PATH ":3:", "positive"},
        {"1\n\nX 0 0 0\n", PATH ":3:", "mass"},
        {"1\n\nH 0 0 0\n2\n\nH 0 0 0\nH 0 0 0\n", PATH ":4:", "first frame"},
        {"1\n\nH 0 0 0\n1\n\nHe 0 0 0\n", PATH ":6:", "first frame"},
        {"1\n\nH 0 0 0\n1\nProperties=species:S:1:pos:R:3:velo:R:3\nH 0 0 0 0 0 0\n", PATH ":5:", "all frames"},
    };
    dia_error error = {0};
    dia_xyz xyz;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_text(wrong[i].text, &xyz, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i].line) == NULL || strstr(error.text, wrong[i].says) == NULL)
            fail_msg("case %zu: '%s' should name '%s' and '%s'", i, error.text, wrong[i].line, wrong[i].says);
        assert_null(xyz.R);
    }
    dia_error_clear(&error);
    assert_int_equal(dia_xyz_read(&xyz, "no_such_file.xyz", &error), DIA_ERROR_FILE);
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    fwrite("1\n\0\n", 1, 4, file);
    fclose(file);
    dia_error_clear(&error);
    assert_int_equal(dia_xyz_read(&xyz, PATH, &error), DIA_ERROR_FILE);
    remove(PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_extended),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
