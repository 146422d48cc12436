/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "molecule/molden.h"

#define PATH "unit_molden.molden"

/* Water with two of its stretches as another program would print them. */
#define FREQ "[FREQ]\n3800\n3900\n"
#define COORD "[FR-COORD]\nO 0 0 0.22\nH 0 1.43 -0.89\nH 0 -1.43 -0.89\n"
#define ANGS "\nO 0 0 0.116418986\nH 0 0.756723412 -0.470967718\nH 0 -0.756723412 -0.470967718\n"
#define MODES "[FR-NORM-COORD]\n"
#define ONE "vibration 1\n0 0 0.04\n0 0.58 -0.40\n0 -0.58 -0.40\n"
#define TWO "vibration 2\n0 -0.07 0\n0 0.555 -0.435\n0 0.555 0.435\n"

static dia_status read_text(const char *text, const dia_molecule *molecule, dia_modes *modes, double **R,
                            dia_error *error)
{
    FILE *file = fopen(PATH, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    dia_error_clear(error);
    dia_status status = dia_molden_modes_read(modes, R, molecule, PATH, error);
    remove(PATH);
    return status;
}

static void make_water(dia_molecule *water)
{
    static const int numbers[3] = {8, 1, 1};
    dia_error error = {0};
    assert_ok(dia_molecule_init(water, 3, 3, numbers, &error), &error);
    memcpy(water->reference, (double[]){0, 0, 0.22, 0, 1.43, -0.89, 0, -1.43, -0.89}, 9 * sizeof(double));
}

/* All of these say the same. */
static void test_dialects(void **state)
{
    (void)state;
    static const char *const same[] = {
        "[Molden Format]\n" FREQ COORD MODES ONE TWO,
        "\xef\xbb\xbf[Molden Format]\r[FREQ]\r3800\r3900\r" COORD MODES ONE TWO, /* line ends of old Macintoshes too */
        "[MOLDEN FORMAT]\n [N_FREQ]\n 2\n[freq]\n3.8D+03\n3900.0d0\n [NATOM]\n3\n" COORD MODES ONE TWO,
        FREQ "[FR-COORD] AU\nO1 0 0 2.2D-01\nH2 0 1.43 -0.89\n1 0 -1.43 -0.89\n" MODES ONE TWO,
        FREQ "[FR-COORD] Angs" ANGS MODES ONE TWO,
        FREQ "[FR-COORD] (Angs)" ANGS MODES ONE TWO,
        FREQ "[fr-coord] ANGSTROM" ANGS MODES ONE TWO,
        FREQ "[FR-COORD] [Angs]" ANGS MODES ONE TWO,
        "[FREQ] cm-1\n3800\n3900\n" COORD MODES ONE TWO,
        "[FREQ] hartree\n0.0173140740\n0.0177697075\n" COORD MODES ONE TWO,
        FREQ COORD MODES ONE TWO " --> end of molden input\n", /* COLUMBUS */
        FREQ COORD MODES ONE TWO "something else behind\n1 2 3\n[INT]\n1\n2\n",
        "[Atoms] Angs\nO 1 8 0 0 0.116418986\nH 2 1 0 0.756723412 -0.470967718\nH 3 1 0 -0.756723412 -0.470967718\n"
        "[GTO]\n1 0\n" FREQ COORD MODES ONE TWO,
        "[Atoms]\nBq 1 0 0 0 0\n" FREQ COORD MODES ONE TWO, /* another set of atoms, nothing hangs on it */
        /* Turned by a right angle against its modes; the geometry of [Atoms] is not. */
        "[Atoms] (AU)\nO 1 8 0 0 0.22\nH 2 1 0 1.43 -0.89\nH 3 1 0 -1.43 -0.89\n" FREQ
        "[FR-COORD]\nO 0 0.22 0\nH 0 -0.89 -1.43\nH 0 -0.89 1.43\n" MODES ONE TWO,
    };
    dia_error error = {0};
    dia_molecule water;
    make_water(&water);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        dia_modes modes;
        double *R;
        if (read_text(same[i], &water, &modes, &R, &error) != DIA_OK)
            fail_msg("text %zu: %s", i, error.text);
        assert_int_equal(modes.nmode, 2);
        for (int c = 0; c < 9; c++)
            assert_close(R[c], water.reference[c], 0, 1e-8); /* nine digits of Angstrom */
        for (int k = 0; k < 2; k++)
            for (int l = 0; l < 2; l++) {
                double sum = 0;
                for (int c = 0; c < 9; c++)
                    sum += modes.vector[9 * k + c] * modes.vector[9 * l + c];
                assert_close(sum, k == l, 0, 1e-14);
            }
        assert_close(modes.frequency[1] / DIA_WAVENUMBER, 3900, 1e-7, 0);
        dia_modes_free(&modes);
        free(R);
    }
    dia_molecule_free(&water);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {FREQ COORD MODES ONE ONE, "orthogonal"}, /* one stretch twice is no set of modes */
        {FREQ COORD MODES ONE, "2 frequencies"},
        {FREQ COORD MODES ONE " --> end of molden input\n", "1 vibrations"},
        {FREQ COORD MODES ONE "waves 2\n", "expected 'vibration', found 'waves'"},
        {FREQ "[FR-COORD] furlong" ANGS MODES ONE TWO, ":4: 'furlong' is no unit"},
        {FREQ "[FR-COORD] cm-1" ANGS MODES ONE TWO, "is no unit"},
        {FREQ "[FR-COORD] AU Angs" ANGS MODES ONE TWO, "is no unit"},
        {"[FREQ] Angs\n1\n2\n" COORD MODES ONE TWO, "is no unit"},
        {FREQ "[FR-COORD]" ANGS MODES ONE TWO, "0.529 times those of the swarm's reference"},
        {"[FREQ]\n3800\nnan\n" COORD MODES ONE TWO, ":3: expected a frequency"},
        {"[N_FREQ]\n3\n" FREQ COORD MODES ONE TWO, "[N_FREQ] says 3 frequencies, [FREQ] holds 2"},
        {"[NATOM]\n4\n" FREQ COORD MODES ONE TWO, "[NATOM] says 4 atoms"},
        {FREQ "[FR-COORD]\nO 0 0 0.22\nD 0 1.43 -0.89\nH 0 -1.43 -0.89\n" MODES ONE TWO, "isotope of 2.0141 u"},
        {FREQ "[FR-COORD]\nO 0 0 0.22\nC 0 1.43 -0.89\nH 0 -1.43 -0.89\n" MODES ONE TWO,
         "atom 2 is C, the swarm has H"},
        {FREQ "[FR-COORD]\nO 0 0.22 0\nH 0 -0.89 -1.43\nH 0 -0.89 1.43\n" MODES ONE TWO, "different orientations"},
    };
    dia_error error = {0};
    dia_molecule water;
    make_water(&water);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        dia_modes modes;
        double *R;
        if (read_text(wrong[i].text, &water, &modes, &R, &error) != DIA_ERROR_INPUT)
            fail_msg("case %zu is read", i);
        if (strstr(error.text, wrong[i].says) == NULL || strstr(error.text, PATH) == NULL)
            fail_msg("case %zu: '%s' should name '%s'", i, error.text, wrong[i].says);
        assert_null(R);
        assert_null(modes.vector);
    }
    /* A geometry in [Atoms] that is 1.89 times as large, where the swarm knows none. */
    memset(water.reference, 0, 9 * sizeof(double));
    dia_modes modes;
    double *R;
    assert_int_equal(read_text("[Atoms] AU\nO 1 8 0 0 0.22\nH 2 1 0 1.43 -0.89\nH 3 1 0 -1.43 -0.89\n" FREQ
                               "[FR-COORD]" ANGS MODES ONE TWO,
                               &water, &modes, &R, &error),
                     DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "0.529 times those in [Atoms]"));
    dia_molecule_free(&water);
}

/* Real files of five programs. */
static void test_programs(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int natom, nmode, numbers[26];
    } files[] = {{"COLUMBUS", 3, 3, {16, 8, 8}},
                 {"GAUSSIAN", 5, 9, {6, 8, 8, 1, 1}}, /* turned against its modes */
                 {"MOLCAS", 6, 12, {6, 7, 1, 1, 1, 1}},
                 {"MOLPRO", 6, 12, {6, 14, 1, 1, 1, 1}},
                 {"ORCA", 26, 72, {6, 6, 6, 6, 6, 6, 8, 8, 1, 6, 1, 1, 1, 1, 6, 1, 8, 1, 7, 1, 1, 6, 1, 1, 1, 1}}};
    const char *data = getenv("DIABOLO_DATA");
    if (data == NULL)
        skip();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[1000];
        dia_error error = {0};
        dia_molecule molecule;
        dia_modes modes;
        double *R;
        snprintf(path, sizeof path, "%s/foreign/molden/%s.molden", data, files[i].name);
        assert_ok(dia_molecule_init(&molecule, files[i].natom, 3, files[i].numbers, &error), &error);
        if (dia_molden_modes_read(&modes, &R, &molecule, path, &error) != DIA_OK)
            fail_msg("%s", error.text);
        assert_int_equal(modes.nmode, files[i].nmode);
        dia_modes_free(&modes);
        dia_molecule_free(&molecule);
        free(R);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dialects), cmocka_unit_test(test_mistakes),
                                       cmocka_unit_test(test_programs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
