/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "molecule/coordinate.h"

enum { NATOM = 5, NCART = 3 * NATOM };

static const double pi = 3.14159265358979323846;
static const double degree = 3.14159265358979323846 / 180.0;
static uint64_t seed;
static uint32_t draws;

static double draw(void)
{
    return dia_rng_normal(seed, 0, 0, DIA_PURPOSE_TEST, draws++);
}

static void make_molecule(dia_molecule *molecule)
{
    static const int numbers[NATOM] = {6, 6, 1, 1, 8};
    dia_error error = {0};
    assert_ok(dia_molecule_init(molecule, NATOM, 3, numbers, &error), &error);
}

static dia_coordinate parse(const char *text, const dia_molecule *molecule)
{
    dia_error error = {0};
    dia_coordinate c;
    assert_ok(dia_coordinate_parse(&c, text, molecule, &error), &error);
    assert_string_equal(c.text, text);
    return c;
}

static double value_of(const char *text, const double *R)
{
    dia_molecule molecule;
    make_molecule(&molecule);
    const dia_coordinate c = parse(text, &molecule);
    dia_molecule_free(&molecule);
    return dia_coordinate_value(&c, R);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Bond 0-1 along z, atom 2 up (y) on atom 0. Seen along 0 -> 1, right is -x. */
static const double hand[NCART] = {0, 0, 0, 0, 0, 1.5, 0, 2, 0, -1, 0, 1.5, 1, 1, 0};

static void test_signs(void **state)
{
    (void)state;
    assert_close(value_of("distance 0 1", hand), 1.5, 1e-15, 0);
    assert_close(value_of("angle 2 0 1", hand), 90 * degree, 1e-15, 0);
    assert_close(value_of("angle 2 0 4", hand), 45 * degree, 1e-15, 0);
    assert_close(value_of("torsion 2 0 1 3", hand), 90 * degree, 1e-15, 0); /* from up to the right: clockwise */
    assert_close(value_of("torsion 3 1 0 2", hand), 90 * degree, 1e-15, 0); /* the same from the other end     */
    assert_close(value_of("torsion 4 0 1 3", hand), 135 * degree, 1e-15, 0);
    /* (2 - 0) x (4 - 0) = (0 2 0) x (1 1 0) = (0 0 -2): atom 1 at +z is on the negative side */
    assert_close(value_of("out_of_plane 0 1 2 4", hand), -90 * degree, 1e-15, 0);
    assert_close(value_of("out_of_plane 0 1 4 2", hand), 90 * degree, 1e-15, 0);
    assert_close(value_of("out_of_plane 0 4 2 1", hand), 45 * degree, 1e-15, 0); /* (0 2 0) x (0 0 1.5) is +x */
    assert_close(value_of("position 9", hand), -1, 1e-15, 0);
    assert_close(value_of("- distance 0 1 + 2*distance 0 2", hand), 2.5, 1e-15, 0);
    assert_close(value_of("0.5 angle 2 0 1 -angle 2 0 4", hand), 0, 0, 1e-15);
}

/* Mirror images: torsions and out-of-plane angles change sign, the rest stays; nothing sees turns and shifts. */
static void test_invariance(void **state)
{
    (void)state;
    static const char *const texts[] = {"distance 0 3", "angle 1 0 4", "torsion 2 0 1 3", "out_of_plane 0 1 2 4",
                                        "angle 0 1 2 + 2 angle 2 1 3"};
    static const int parity[] = {1, 1, -1, -1, 1};
    for (int trial = 0; trial < 50; trial++) {
        double R[NCART], S[NCART], M[NCART];
        const double a = draw(), b = draw(), shift[3] = {5 * draw(), 5 * draw(), 5 * draw()};
        for (int c = 0; c < NCART; c++)
            R[c] = 2 * draw();
        for (int n = 0; n < NATOM; n++) { /* about z, then about x */
            const double *r = R + 3 * n;
            const double x = cos(a) * r[0] - sin(a) * r[1], y = sin(a) * r[0] + cos(a) * r[1];
            S[3 * n] = x + shift[0];
            S[3 * n + 1] = cos(b) * y - sin(b) * r[2] + shift[1];
            S[3 * n + 2] = sin(b) * y + cos(b) * r[2] + shift[2];
            M[3 * n] = -R[3 * n], M[3 * n + 1] = R[3 * n + 1], M[3 * n + 2] = R[3 * n + 2];
        }
        for (int t = 0; t < 5; t++) {
            /* rounding 1e-15 of coordinates of 10, made larger where three atoms are nearly on a line */
            assert_close(value_of(texts[t], S), value_of(texts[t], R), 0, 1e-11);
            assert_close(value_of(texts[t], M), parity[t] * value_of(texts[t], R), 0, 1e-11);
        }
    }
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* Richardson's difference of steps h and 2h: error h^4, rounding 1e-16 value/h. */
static double difference(const dia_coordinate *c, const double *R, int k, double h)
{
    double v[4], S[NCART];
    static const double step[4] = {-2, -1, 1, 2};
    for (int i = 0; i < 4; i++) {
        memcpy(S, R, sizeof S);
        S[k] += step[i] * h;
        v[i] = dia_coordinate_difference(c, dia_coordinate_value(c, S), dia_coordinate_value(c, R));
    }
    return (8 * (v[2] - v[1]) - (v[3] - v[0])) / (12 * h);
}

static void compare_gradient(const dia_coordinate *c, const double *R, double h, double rtol)
{
    double G[NCART], largest = 0, sum[3] = {0, 0, 0};
    assert_close(dia_coordinate_gradient(c, R, G), dia_coordinate_value(c, R), 0, 0);
    for (int k = 0; k < NCART; k++)
        largest = fmax(largest, fabs(G[k]));
    for (int k = 0; k < NCART; k++) {
        /* where atoms nearly meet or line up, the fifth derivative is the fifth power of the first */
        assert_close(G[k], difference(c, R, k, h), 0, rtol * fmax(largest, 1) + 100 * pow(h, 4) * pow(largest, 5));
        sum[k % 3] += G[k];
    }
    if (strstr(c->text, "position") == NULL)
        for (int i = 0; i < 3; i++) /* shifts change nothing; rounding of the sum */
            assert_close(sum[i], 0, 0, 1e-13 * fmax(largest, 1));
}

static void test_gradients(void **state)
{
    (void)state;
    static const char *const texts[] = {"distance 1 3",     "angle 0 1 2",
                                        "torsion 2 0 1 3",  "out_of_plane 0 1 2 4",
                                        "position 7",       "distance 0 1 - 0.7 distance 1 2 + position 3",
                                        "-torsion 4 2 1 0", "0.5 angle 0 1 2 + 0.5 angle 1 2 3 - out_of_plane 1 0 2 3"};
    dia_molecule molecule;
    make_molecule(&molecule);
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        const dia_coordinate c = parse(texts[t], &molecule);
        for (int trial = 0; trial < 100; trial++) {
            double R[NCART];
            for (int k = 0; k < NCART; k++)
                R[k] = 2 * draw();
            compare_gradient(&c, R, 1e-4, 1e-7); /* rounding 1e-15/h, h^4 times a fifth derivative */
        }
    }
    dia_molecule_free(&molecule);
}

/* A chain bent by small angles at 1 and 2 and twisted by `twist`: 0-1-2-3, 4 aside. */
static void chain(double bend, double twist, double *R)
{
    const double from[NCART] = {
        sin(bend),     0,   -cos(bend), 0, 0, 0, 0, 0, 2, sin(bend) * cos(twist), sin(bend) * sin(twist),
        2 + cos(bend), 0.3, 3,          1};
    memcpy(R, from, sizeof from);
}

static void test_near_singular(void **state)
{
    (void)state;
    dia_molecule molecule;
    make_molecule(&molecule);
    const dia_coordinate torsion = parse("torsion 0 1 2 3", &molecule), bend = parse("angle 0 1 2", &molecule);
    static const double twists[] = {0, 1e-9, -1e-9, 1e-3, 3.0, 3.1415926, -3.1415926, 3.14159265358979323846};
    double R[NCART], G[NCART];
    for (int i = 0; i < 8; i++) {
        chain(1.0, twists[i], R);
        compare_gradient(&torsion, R, 1e-3, 1e-9); /* h^4 */
        double sense = dia_coordinate_difference(&torsion, dia_coordinate_value(&torsion, R), twists[i]);
        assert_close(sense, 0, 0, 1e-14);
    }
    /* The angle 180 deg - bend to full relative accuracy of the bend: acos would have lost it at 1e-8. */
    for (double small = 1e-1; small > 1e-7; small /= 10) {
        chain(small, 0.7, R);
        assert_close(pi - dia_coordinate_value(&bend, R), small, 1e-8, 2e-16);
        compare_gradient(&bend, R, 1e-2 * small, 1e-7 + 1e-14 / small); /* rounding 1e-16/h */
        assert_close(dia_coordinate_value(&torsion, R), 0.7, 1e-8, 0);
    }
    chain(0.0, 0.0, R); /* straight: nothing is defined but the value of the angle, and nothing is NaN */
    assert_close(dia_coordinate_gradient(&bend, R, G), pi, 1e-15, 0);
    for (int k = 0; k < NCART; k++)
        assert_close(G[k], 0, 0, 0);
    assert_close(dia_coordinate_gradient(&torsion, R, G), 0, 0, 0);
    for (int k = 0; k < NCART; k++)
        assert_close(G[k], 0, 0, 0);
    dia_molecule_free(&molecule);
}

static void test_periodic(void **state)
{
    (void)state;
    dia_molecule molecule;
    make_molecule(&molecule);
    const dia_coordinate torsion = parse("-1 torsion 0 1 2 3", &molecule), sum = parse("2 torsion 0 1 2 3", &molecule);
    const dia_coordinate angle = parse("angle 0 1 2", &molecule);
    assert_true(torsion.periodic);
    assert_false(sum.periodic);
    assert_false(angle.periodic);
    assert_close(dia_coordinate_difference(&torsion, 170 * degree, -170 * degree), -20 * degree, 1e-13, 0);
    assert_close(dia_coordinate_difference(&torsion, -3.5 * pi, 0), 0.5 * pi, 1e-13, 0);
    const dia_coordinate mean = parse("0.5 torsion 0 1 2 3 - 0.5 torsion 0 1 2 4 + angle 0 1 2", &molecule);
    assert_close(mean.period, pi, 1e-15, 0);
    assert_close(dia_coordinate_difference(&mean, 100 * degree, -100 * degree), 20 * degree, 1e-13, 0);
    assert_close(parse("torsion 0 1 2 3 - 2 torsion 0 1 2 4", &molecule).period, 0, 0, 0);
    assert_close(dia_coordinate_difference(&angle, 170 * degree, -170 * degree), 340 * degree, 1e-13, 0);
    dia_molecule_free(&molecule);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void expect_mistake(const dia_molecule *molecule, const char *text, const char *part)
{
    dia_error error = {0};
    dia_coordinate c;
    assert_int_equal(dia_coordinate_parse(&c, text, molecule, &error), DIA_ERROR_INPUT);
    if (strstr(error.text, part) == NULL)
        fail_msg("'%s' gives\n%s\nwithout\n%s", text, error.text, part);
    assert_int_equal(c.nterm, 0);
}

static void test_mistakes(void **state)
{
    (void)state;
    dia_molecule molecule;
    make_molecule(&molecule);
    static const char *const cases[][2] = {
        {"", "empty"},
        {"  ", "empty"},
        {"distance 0 5", "there is no atom 5: the molecule has atoms 0 to 4 (they are counted from 0)"},
        {"distance 0 77", "there is no atom 77: the molecule has atoms 0 to 4"},
        {"distance 0 -1", "no atom -1"},
        {"distance 0 99999999999999999999", "no atom 9999"},
        {"distance 0", "distance takes 2 atoms, found 1"},
        {"distance 0 - distance 0 1", "distance takes 2 atoms, found 1"},
        {"torsion 0 1 2", "torsion takes 4 atoms, found 3"},
        {"distance C0 1", "atom 'C0' is not a whole number (atoms are counted from 0): did you mean '0'?"},
        {"distance 0, 1", "atom '0,' is not"},
        {"distance 0 1 2", "expected '+', '-' or the end before '2'"},
        {"distance 1 1", "atom 1 is there twice"},
        {"distence 0 1", "did you mean 'distance'?"},
        {"dihedral 0 1 2 3", "did you mean 'torsion'?"},
        {"bond 0 1", "did you mean 'distance'?"},
        {"fluffiness 0 1", "expected distance, angle, torsion, out_of_plane or position"},
        {"distance 0 1 +", "expected a kind of coordinate"},
        {"0 distance 0 1", "'0' is no factor"},
        {"1e999 distance 0 1", "is no factor"},
        {"2distance 0 1", "is no factor"},
        {"distance 0 1 + angle 0 1 2", "angle added to distance: terms must be all lengths or all angles"},
        {"position 15", "there is no component 15: the molecule has components 0 to 14"},
        {"distance 0 1 + distance 0 1 + distance 0 1 + distance 0 1 + distance 0 1 + distance 0 1 + distance 0 1 + "
         "distance "
         "0 1 + distance 0 1",
         "more than 8 terms"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_mistake(&molecule, cases[i][0], cases[i][1]);
    char text[400];
    memset(text, 'x', sizeof text);
    text[399] = '\0';
    expect_mistake(&molecule, text, "longer than 199 letters");
    dia_molecule_free(&molecule);
}

static void test_model_system(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, 3, 1, NULL, &error), &error);
    expect_mistake(&molecule, "distance 0 1", "a model system has no distance");
    expect_mistake(&molecule, "position 3", "components 0 to 2");
    const dia_coordinate c = parse("position 0 - 2 position 2", &molecule);
    const double R[3] = {1, 10, 100};
    double G[3];
    assert_int_equal(c.dimension, DIA_ATOMIC);
    assert_close(dia_coordinate_gradient(&c, R, G), -199, 0, 0);
    assert_close(G[0], 1, 0, 0);
    assert_close(G[1], 0, 0, 0);
    assert_close(G[2], -2, 0, 0);
    dia_molecule_free(&molecule);
}

static void test_list_and_make(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    make_molecule(&molecule);
    const char *good[] = {"distance 0 1", "torsion 0 1 2 3"}, *bad[] = {"distance 0 1", "torsion 0 1 2 9"};
    dia_coordinate *list, c;
    assert_ok(dia_coordinate_parse_list(&list, &(dia_list){2, good}, &molecule, &error), &error);
    assert_int_equal(list[0].dimension, DIA_LENGTH);
    assert_int_equal(list[1].dimension, DIA_ANGLE);
    dia_coordinate_make(&c, DIA_COORDINATE_TORSION, (const int[]){0, 1, 2, 3}, &molecule);
    assert_string_equal(c.text, "torsion 0 1 2 3");
    assert_memory_equal(&c, &list[1], sizeof c);
    free(list);
    assert_int_equal(dia_coordinate_parse_list(&list, &(dia_list){2, bad}, &molecule, &error), DIA_ERROR_INPUT);
    assert_null(list);
    assert_non_null(strstr(error.text, "item 1 of the list: coordinate 'torsion 0 1 2 9': there is no atom 9"));
    dia_error_clear(&error);
    assert_ok(dia_coordinate_parse_list(&list, &(dia_list){0, NULL}, &molecule, &error), &error);
    assert_null(list);
    dia_molecule_free(&molecule);
}

int main(void)
{
    seed = check_seed(5);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs),         cmocka_unit_test(test_invariance),    cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_near_singular), cmocka_unit_test(test_periodic),      cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_model_system),  cmocka_unit_test(test_list_and_make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
