/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "intersect/catalogue.h"

static const char path[] = "test_catalogue.h5";

/* Water, three states: a minimum, an intersection, a three-state one. */
static dia_catalogue make(int npoint)
{
    static const int numbers[] = {8, 1, 1};
    dia_molecule molecule;
    dia_catalogue catalogue;
    dia_error error = {0};
    assert_ok(dia_molecule_init(&molecule, 3, 3, numbers, &error), &error);
    for (int c = 0; c < 9; c++)
        molecule.reference[c] = 0.1 * c;
    assert_ok(dia_catalogue_init(&catalogue, &molecule, npoint, 3, 5, &error), &error);
    dia_molecule_free(&molecule);
    catalogue.model_digest = strdup("0123456789abcdef");
    catalogue.zero_text = strdup("the minimum S0-1");
    catalogue.zero = -76.5;
    for (int i = 0; i < npoint; i++) {
        const int count = i % 3 + 1;
        char name[40], states[32];
        dia_states_text(0, count, sizeof states, states);
        snprintf(name, sizeof name, "%s-%d", states, i / 3 + 1);
        catalogue.name[i] = strdup(name);
        catalogue.label[i] = i % 2 == 0 ? NULL : strdup("bent, \u00e9");
        catalogue.count[i] = count;
        catalogue.order[i] = i % 3 - 1;
        catalogue.starts[i] = 10 + i;
        catalogue.method[i] = i % DIA_SEARCH_METHODS;
        catalogue.reached[DIA_SEARCH_METHODS * i + 1] = 10 + i;
        catalogue.gap[i] = 1e-10 * i;
        catalogue.gradient[i] = 1e-7;
        for (int k = 0; k < 3; k++)
            catalogue.E[3 * i + k] = -76.0 + 0.01 * k;
        double *const vectors[] = {catalogue.R, catalogue.g, catalogue.h, catalogue.x, catalogue.y, catalogue.s};
        for (int v = 0; v < (count == 2 ? 6 : 1); v++)
            for (int c = 0; c < 9; c++)
                vectors[v][9 * i + c] = i + v + 0.01 * c;
        double *const numbers_of_plane[] = {catalogue.pitch,   catalogue.asymmetry, catalogue.tilt,
                                            catalogue.heading, catalogue.P,         catalogue.B};
        for (int v = 0; v < (count == 2 ? 6 : 0); v++)
            numbers_of_plane[v][i] = 0.1 * (v + 1);
        for (int m = 0; m < 2; m++)
            catalogue.frequency[9 * i + m] = 0.01 * (m + 1);
    }
    return catalogue;
}

/* A head as the writers of files give it; version and format may be wrong on purpose. */
static void save(const dia_catalogue *catalogue, const char *format, int version)
{
    dia_store *store;
    dia_error error = {0};
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", format, &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", version, &error), &error);
    assert_ok(dia_catalogue_write(catalogue, store, &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
}

static void same_reals(int n, const double *a, const double *b)
{
    for (int i = 0; i < n; i++)
        assert_true(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])));
}

static void same_integers(int n, const int *a, const int *b)
{
    assert_memory_equal(a, b, (size_t)n * sizeof *a);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int n = 0; n <= 7; n += 7) {
        dia_catalogue a = make(n), b;
        dia_error error = {0};
        save(&a, DIA_CATALOGUE_FORMAT, DIA_CATALOGUE_VERSION);
        assert_ok(dia_catalogue_read(&b, path, &error), &error);
        assert_int_equal(b.npoint, n);
        assert_int_equal(b.nstate, 3);
        assert_string_equal(b.model_digest, a.model_digest);
        assert_string_equal(b.zero_text, a.zero_text);
        assert_true(a.zero == b.zero);
        assert_ok(dia_molecule_match(&a.molecule, &b.molecule, &error), &error);
        same_reals(9, a.molecule.reference, b.molecule.reference);
        same_reals(3, a.molecule.masses, b.molecule.masses);
        for (int i = 0; i < n; i++) {
            assert_string_equal(a.name[i], b.name[i]);
            assert_string_equal(a.label[i] != NULL ? a.label[i] : "", b.label[i]);
        }
        const struct {
            int width;
            const double *a, *b;
        } reals[] = {{9, a.R, b.R},
                     {3, a.E, b.E},
                     {1, a.gap, b.gap},
                     {1, a.gradient, b.gradient},
                     {9, a.g, b.g},
                     {9, a.h, b.h},
                     {9, a.x, b.x},
                     {9, a.y, b.y},
                     {9, a.s, b.s},
                     {1, a.pitch, b.pitch},
                     {1, a.tilt, b.tilt},
                     {1, a.asymmetry, b.asymmetry},
                     {1, a.P, b.P},
                     {1, a.B, b.B},
                     {1, a.heading, b.heading},
                     {9, a.frequency, b.frequency}};
        for (size_t f = 0; f < sizeof reals / sizeof reals[0]; f++)
            same_reals(n * reals[f].width, reals[f].a, reals[f].b);
        same_integers(n, a.first, b.first);
        same_integers(n, a.count, b.count);
        same_integers(n, a.order, b.order);
        same_integers(n, a.starts, b.starts);
        same_integers(n, a.method, b.method);
        same_integers(n * DIA_SEARCH_METHODS, a.reached, b.reached);
        dia_catalogue_free(&a);
        dia_catalogue_free(&b);
    }
    unlink(path);
}

static void refused(const char *text)
{
    dia_catalogue catalogue;
    dia_error error = {0};
    const dia_status status = dia_catalogue_read(&catalogue, path, &error);
    assert_true(status == DIA_ERROR_FILE || status == DIA_ERROR_INPUT);
    if (strstr(error.text, text) == NULL)
        fail_msg("expected '%s' in: %s", text, error.text);
    assert_non_null(strstr(error.text, path));
    assert_null(catalogue.R);
    assert_null(catalogue.molecule.numbers);
}

static void test_refused(void **state)
{
    (void)state;
    dia_catalogue a = make(4);
    save(&a, "diabolo-swarm", 1);
    refused("diabolo-swarm");
    save(&a, DIA_CATALOGUE_FORMAT, 2);
    refused("version");
    a.first[2] = 1; /* S1, S2, S3 of three states */
    save(&a, DIA_CATALOGUE_FORMAT, 1);
    refused("'points/first', point 2: states 1 to 3 meet");
    a.first[2] = 0;
    a.x[9] = NAN;
    save(&a, DIA_CATALOGUE_FORMAT, 1);
    refused("'points/x', point 1");
    a.x[9] = 0;
    a.R[5] = INFINITY;
    save(&a, DIA_CATALOGUE_FORMAT, 1);
    refused("'points/position', number 5: expected -1e+12 to 1e+12, found inf");
    a.R[5] = 0;
    a.method[3] = 7;
    save(&a, DIA_CATALOGUE_FORMAT, 1);
    refused("'points/method', number 3: expected 0 to 2, found 7");
    dia_catalogue_free(&a);
    unlink(path);
    refused("");
}

/* Cut anywhere, the file is refused, and nothing is left behind. */
static void test_truncated(void **state)
{
    (void)state;
    dia_catalogue a = make(5);
    save(&a, DIA_CATALOGUE_FORMAT, 1);
    dia_catalogue_free(&a);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    const long whole = ftell(file);
    fclose(file);
    for (int k = 9; k >= 0; k--) {
        assert_int_equal(truncate(path, whole * k / 10), 0);
        refused("");
    }
    unlink(path);
}

/* Points of one file, energies of another: shapes must agree. */
static void test_shapes(void **state)
{
    (void)state;
    dia_store *store;
    dia_error error = {0};
    dia_catalogue a = make(2);
    const size_t dims[2] = {2, 3}, other[1] = {3};
    double zeros[9] = {0};
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", DIA_CATALOGUE_FORMAT, &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", 1, &error), &error);
    assert_ok(dia_store_set_text(store, "", "model_digest", "0", &error), &error);
    assert_ok(dia_store_set_text(store, "", "zero_text", "0", &error), &error);
    assert_ok(dia_store_set_real(store, "", "zero", 0, &error), &error);
    assert_ok(dia_store_set_int(store, "", "states", 3, &error), &error);
    const size_t atoms[2] = {3, 3};
    assert_ok(dia_store_write(store, "molecule/numbers", DIA_NUMBER_INT, 1, atoms, a.molecule.numbers, "1", &error),
              &error);
    assert_ok(dia_store_write(store, "molecule/masses", DIA_NUMBER_REAL, 1, atoms, a.molecule.masses, "electron_mass",
                              &error),
              &error);
    assert_ok(dia_store_write(store, "molecule/reference", DIA_NUMBER_REAL, 2, atoms, zeros, "bohr", &error), &error);
    assert_ok(dia_store_write(store, "points/energies", DIA_NUMBER_REAL, 2, dims, zeros, "hartree", &error), &error);
    assert_ok(dia_store_write(store, "points/gap", DIA_NUMBER_REAL, 1, other, zeros, "hartree", &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    refused("'points/gap' has shape (3), expected (2)");
    dia_catalogue_free(&a);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
