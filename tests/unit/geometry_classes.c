/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes of geometries: conditions, exchanges of equivalent atoms against all permutations by hand, the order of the
 * classes, and definitions that make no sense. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "molecule/geometry_classes.h"
#include "molecule/coordinate.h"

enum { NATOM = 6 };

static void make_ethylene(dia_molecule *molecule)
{
    static const int numbers[NATOM] = {6, 6, 1, 1, 1, 1};
    dia_error error = {0};
    assert_ok(dia_molecule_init(molecule, NATOM, 3, numbers, &error), &error);
}

static dia_classes *parse(const char *yaml, const dia_molecule *molecule, dia_error *error)
{
    dia_config *config = NULL;
    dia_classes *classes = NULL;
    assert_int_equal(dia_config_parse(&config, yaml, "in.yaml", ".", error), DIA_OK);
    const dia_node *list = dia_node_child(dia_config_root(config), "classes");
    assert_non_null(list);
    assert_int_equal(dia_classes_read(&classes, config, list, molecule, error), DIA_OK);
    assert_true((dia_config_finish(config, error) == DIA_OK) == (classes != NULL));
    dia_config_free(config);
    return classes;
}

static const int all_pairs[2][2] = {{0, 1}, {1, 0}};

/* Three hydrogens within 1.6 Angstrom of one carbon: over random geometries the class must hold exactly if it holds by
 * counting, which knows nothing of permutations. */
static void exchanges_are_complete(void **state)
{
    (void)state;
    dia_molecule molecule;
    dia_error error = {0};
    make_ethylene(&molecule);
    dia_classes *classes =
        parse("classes:\n"
              "  - name: ethylidene\n"
              "    where: [distance 0 2 < 1.6 Angstrom, distance 0 3 < 1.6 Angstrom, 1.6 Angstrom > distance 4 0]\n"
              "    equivalent: [[0, 1], [2, 3, 4, 5]]\n"
              "  - {name: near, where: [distance 0 1 <= 1.5]}\n",
              &molecule, &error);
    assert_ok(error.status, &error);
    int seen[3] = {0};
    for (int trial = 0; trial < 3000; trial++) {
        double R[3 * NATOM];
        for (int i = 0; i < 3 * NATOM; i++)
            R[i] = 2.2 * dia_rng_normal(11, (uint64_t)trial, (uint64_t)i, DIA_PURPOSE_TEST, 0);
        bool three = false;
        for (int p = 0; p < 2; p++) {
            int bonds = 0;
            for (int h = 2; h < NATOM; h++) {
                double d2 = 0;
                for (int x = 0; x < 3; x++)
                    d2 += pow(R[3 * all_pairs[p][0] + x] - R[3 * h + x], 2);
                bonds += sqrt(d2) < 1.6 * DIA_ANGSTROM;
            }
            three = three || bonds >= 3;
        }
        double d2 = 0;
        for (int x = 0; x < 3; x++)
            d2 += pow(R[x] - R[3 + x], 2);
        const bool near = sqrt(d2) <= 1.5 * DIA_ANGSTROM;
        const int expected = three ? 0 : near ? 1 : 2;
        assert_int_equal(dia_classes_of(classes, R), expected);
        assert_true(dia_classes_holds(classes, 1, R) == near);
        seen[expected]++;
    }
    for (int i = 0; i < 3; i++)
        assert_true(seen[i] > 20); /* all three outcomes were met */
    assert_int_equal(dia_classes_count(classes), 2);
    assert_string_equal(dia_classes_name(classes, 2), "other");
    assert_int_equal(dia_classes_find(classes, "near"), 1);
    assert_int_equal(dia_classes_find(classes, "other"), 2);
    assert_int_equal(dia_classes_find(classes, "far"), -1);
    assert_int_equal(dia_classes_conditions(classes, 0), 3);
    double R[3 * NATOM];
    for (int i = 0; i < 3 * NATOM; i++)
        R[i] = NAN;
    assert_int_equal(dia_classes_of(classes, R), 2);
    dia_classes_free(classes);
    dia_molecule_free(&molecule);
}

/* Magnitudes, ranges, and a model system's coordinate. */
static void kinds_of_conditions(void **state)
{
    (void)state;
    dia_molecule molecule, line;
    dia_error error = {0};
    make_ethylene(&molecule);
    dia_classes *classes = parse("classes:\n"
                                 "  - {name: twisted, where: [60 deg < |torsion 2 0 1 4| < 120 deg]}\n"
                                 "  - {name: again, where: [120 deg > |torsion 2 0 1 4| > 60 deg]}\n",
                                 &molecule, &error);
    assert_ok(error.status, &error);
    for (int degrees = -175; degrees <= 175; degrees += 10) {
        const double t = degrees * 3.14159265358979323846 / 180;
        const double R[18] = {0, 0, 0, 0, 0, 2, 1, 0, -1, -1, 0, -1, cos(t), sin(t), 3, -cos(t), -sin(t), 3};
        const bool expected = abs(degrees) > 60 && abs(degrees) < 120;
        assert_int_equal(dia_classes_of(classes, R), expected ? 0 : 2);
        assert_true(dia_classes_holds(classes, 1, R) == expected);
    }
    dia_classes_free(classes);
    assert_ok(dia_molecule_init(&line, 2, 1, NULL, &error), &error);
    classes = parse("classes:\n  - {name: reflected, where: [position 1 < -2]}\n", &line, &error);
    assert_ok(error.status, &error);
    assert_int_equal(dia_classes_of(classes, (const double[]){5, -2.1}), 0);
    assert_int_equal(dia_classes_of(classes, (const double[]){-5, -1.9}), 1);
    dia_classes_free(classes);
    dia_molecule_free(&line);
    dia_molecule_free(&molecule);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *says;
    } cases[] = {
        {"classes: []\n", "expected a list of 1 to"},
        {"classes: 3\n", "expected a list of 1 to"},
        {"classes:\n  - {where: [distance 0 1 < 2]}\n", "name"},
        {"classes:\n  - {name: a, where: []}\n", "has 0 conditions"},
        {"classes:\n  - {name: a}\n", "where"},
        {"classes:\n  - {name: other, where: [distance 0 1 < 2]}\n", "what no class claims"},
        {"classes:\n  - {name: a, where: [distance 0 1 < 2]}\n  - {name: a, where: [distance 0 2 < 2]}\n",
         "two classes"},
        {"classes:\n  - {name: a, where: [distance 0 9 < 2]}\n", "in.yaml:2:"},
        {"classes:\n  - {name: a, where: [distance 0 9 < 2]}\n", "9"},
        {"classes:\n  - name: a\n    where:\n      - distance 0 1 < 2\n      - distance 0 1\n", "in.yaml:5:"},
        {"classes:\n  - {name: a, where: [distance 0 1 < 2 eV]}\n", "eV is a unit of energy"},
        {"classes:\n  - {name: a, where: [distance 0 1 <]}\n", "no value"},
        {"classes:\n  - {name: a, where: [1 < distance 0 1 > 2]}\n", "different directions"},
        {"classes:\n  - {name: a, where: ['distance 0 1 < 1', 'distance 1 0 > 2']}\n", "contradict"},
        {"classes:\n  - {name: a, where: ['distance 0 1 < 2', 'distance 0 1 >= 2']}\n", "contradict"},
        {"classes:\n  - {name: a, where: [2 < distance 0 1 < 1]}\n", "can never hold"},
        {"classes:\n  - {name: a, where: [distance 0 1 < 0]}\n", "can never hold"},
        {"classes:\n  - {name: a, where: [angle 2 0 1 > 200 deg]}\n", "can never hold"},
        {"classes:\n  - {name: a, where: ['|torsion 2 0 1 4 > 90']}\n", "closed by |"},
        {"classes:\n  - {name: a, where: [distanse 0 1 < 2]}\n", "distance"},
        {"classes:\n  - {name: a, where: [distance 0 2 < 2], equivalent: [[0, 2]]}\n", "different elements"},
        {"classes:\n  - {name: a, where: [distance 0 2 < 2], equivalent: [[0, 1], [1, 0]]}\n", "two sets"},
        {"classes:\n  - {name: a, where: [distance 0 2 < 2], equivalent: [[2, 7]]}\n", "0 to 5"},
        {"classes:\n  - {name: a, where: [distance 0 2 < 2], equivalent: [2, 3]}\n", "list of lists"},
        {"classes:\n  - {name: a, were: [distance 0 2 < 2]}\n", "did you mean"},
    };
    dia_molecule molecule;
    make_ethylene(&molecule);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dia_error error = {0};
        assert_null(parse(cases[i].yaml, &molecule, &error));
        assert_int_equal(error.status, DIA_ERROR_INPUT);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("%s: expected '%s' in '%s'", cases[i].yaml, cases[i].says, error.text);
    }
    dia_error error = {0};
    dia_classes *kept =
        parse("classes:\n  - {name: a, where: ['distance 0 1 <= 2', 'distance 0 1 >= 2']}\n", &molecule, &error);
    assert_non_null(kept); /* one single value is no contradiction */
    dia_classes_free(kept);
    dia_molecule_free(&molecule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exchanges_are_complete), cmocka_unit_test(kinds_of_conditions),
                                       cmocka_unit_test(mistakes_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
