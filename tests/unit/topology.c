/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The intersections of a model against those that its data know, on three like atoms in the E x e Jahn-Teller model of
 * their distances: two states meet at the equilateral triangle, and change sign around it. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "diabolo/extend.h"
#include "diabolo/frame.h"
#include "diabolo/train.h"
#include "model/front.h"
#include "store/store.h"
#include "train/topology.h"

/* H = k/2 sum (r - r0)^2 + a [[qx, c], [c, -qx]] with c as it should be, zero, or never zero. */
typedef enum fault { NONE, NO_COUPLING, NEVER_MEETS } fault;

static const double k = 0.2, r0 = 2.0, a = 0.05, apart = 0.1;
/* of r10, r20, r21 */
static const double to_x[3] = {0.81649658092772603, -0.40824829046386302, -0.40824829046386302},
                    to_y[3] = {0.0, 0.70710678118654752, -0.70710678118654752};

/* H (3) and dH (3, 9) */
static void formula(fault which, const double *R, double *H, double *dH)
{
    static const int pairs[3][2] = {{1, 0}, {2, 0}, {2, 1}};
    double V = 0.0, qx = 0.0, qy = 0.0, dV[9] = {0}, dx[9] = {0}, dy[9] = {0};
    for (int p = 0; p < 3; p++) {
        double d[3], r = 0.0;
        for (int c = 0; c < 3; c++) {
            d[c] = R[3 * pairs[p][0] + c] - R[3 * pairs[p][1] + c];
            r = hypot(r, d[c]);
        }
        V += 0.5 * k * (r - r0) * (r - r0);
        qx += to_x[p] * r;
        qy += to_y[p] * r;
        for (int c = 0; c < 3; c++)
            for (int end = 0; end < 2; end++) {
                const double u = (end == 0 ? d[c] : -d[c]) / r;
                const int at = 3 * pairs[p][end] + c;
                dV[at] += k * (r - r0) * u;
                dx[at] += to_x[p] * u;
                dy[at] += to_y[p] * u;
            }
    }
    const double coupling = which == NONE ? qy : which == NO_COUPLING ? 0.0 : hypot(qy, apart);
    const double slope = which == NONE ? 1.0 : which == NO_COUPLING ? 0.0 : qy / coupling;
    H[0] = V + a * qx;
    H[1] = a * coupling;
    H[2] = V - a * qx;
    for (int i = 0; i < 9; i++) {
        dH[i] = dV[i] + a * dx[i];
        dH[9 + i] = a * slope * dy[i];
        dH[18 + i] = dV[i] - a * dx[i];
    }
}

static size_t tape_size(const void *self, int batch_max, int request_max)
{
    (void)self;
    (void)batch_max;
    (void)request_max;
    return 64;
}

static void hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    double dH[27];
    (void)work;
    for (int b = 0; b < batch; b++)
        formula(*(const fault *)self, R + 9 * b, H + 3 * b, dH);
}

static void contract(const void *self, void *work, const double *R, int n, const int *row, const double *W, double *G)
{
    double H[3], dH[27];
    (void)work;
    for (int q = 0; q < n; q++) {
        formula(*(const fault *)self, R + 9 * row[q], H, dH);
        for (int i = 0; i < 9; i++)
            G[9 * q + i] = W[3 * q] * dH[i] + 2.0 * W[3 * q + 1] * dH[9 + i] + W[3 * q + 2] * dH[18 + i];
    }
}

static void derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                       double *dH)
{
    double H[3], all[27];
    (void)work;
    for (int q = 0; q < n; q++) {
        formula(*(const fault *)self, R + 9 * row[q], H, all);
        for (int e = 0; e < 3; e++) {
            dH[3 * q + e] = 0.0;
            for (int i = 0; i < 9; i++)
                dH[3 * q + e] += all[9 * e + i] * V[9 * q + i];
        }
    }
}

static const dia_model_type type = {.version = DIA_EXTEND_VERSION,
                                    .name = "triangle",
                                    .self_size = sizeof(fault),
                                    .tape_size = tape_size,
                                    .hamiltonian = hamiltonian,
                                    .contract = contract,
                                    .derivative = derivative};

static const int numbers[3] = {1, 1, 1};
static const double triangle[9] = {0, 0, 0, 2, 0, 0, 1, 1.7320508075688772, 0};

static dia_model *make(fault which)
{
    dia_error error = {0};
    dia_molecule molecule;
    dia_model *model;
    fault *self = malloc(sizeof *self);
    *self = which;
    assert_ok(dia_molecule_init(&molecule, 3, 3, numbers, &error), &error);
    memcpy(molecule.reference, triangle, sizeof triangle);
    assert_ok(dia_model_adopt(&model, &type, self, (dia_shape){3, 9, 2, 3, 0}, &molecule, &error), &error);
    return model;
}

enum { POINTS = 120 };
static double grown; /* triangles of three sizes: 1 - grown, 1, 1 + grown */
static double R[POINTS * 9], energy[POINTS * 2], gradient[POINTS * 18], coupling[POINTS * 9];
static int points[POINTS];

/* Labels of the formula; signs of couplings at random, as programs leave them. */
static dia_dataset make_data(void)
{
    dia_dataset data = {.natom = 3,
                        .ncart = 9,
                        .nstate = 2,
                        .npair = 1,
                        .npoint = POINTS,
                        .numbers = (int *)numbers,
                        .R = R,
                        .energy = energy,
                        .gradient = gradient,
                        .coupling = coupling};
    for (int b = 0; b < POINTS; b++) {
        double H[3], dH[27], U[4], W[3], work[256];
        const double spread = b % 3 == 0 ? 0.05 : 0.15;
        const int row = 0;
        for (int i = 0; i < 9; i++)
            R[9 * b + i] = (1.0 + grown * (b / 3 % 3 - 1)) * triangle[i] +
                           spread * dia_rng_normal(5, 0, (uint64_t)b, DIA_PURPOSE_TEST, (uint32_t)i);
        formula(NONE, R + 9 * b, H, dH);
        dia_frame frame = {.batch = 1, .nstate = 2, .H = H, .E = energy + 2 * b, .U = U};
        assert_true(dia_frame_work(2) <= sizeof work / sizeof *work);
        assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
        for (int i = 0; i < 2; i++)
            for (int j = 0; j <= i; j++) {
                double *G = i == j ? gradient + 18 * b + 9 * i : coupling + 9 * b;
                dia_weight_pair(&frame, 0, j, i, W);
                contract(&(fault){NONE}, NULL, R + 9 * b, 1, &row, W, G);
            }
        for (int i = 0; i < 9 && b % 2 == 1; i++)
            coupling[9 * b + i] *= -1.0;
        points[b] = b;
    }
    return data;
}

static dia_errors look_at(fault which, const dia_named *named)
{
    dia_error error = {0};
    dia_errors errors = {0};
    const dia_dataset data = make_data();
    dia_model *model = make(which);
    assert_ok(dia_topology_check(&errors, model, &data, 2, named != NULL ? 0 : POINTS, points, named, &error), &error);
    dia_model_free(model);
    return errors;
}

static void right_topology_is_green(void **state)
{
    (void)state;
    char text[DIA_ERRORS_VERDICT];
    const dia_errors errors = look_at(NONE, NULL);
    assert_in_range(errors.nknown, 1, 10); /* sizes of the triangle that differ by more than copies do */
    assert_int_equal(errors.nright, errors.nknown);
    for (int i = 0; i < errors.nknown; i++) {
        assert_true(errors.known[i].meets && errors.known[i].sign == -1 && errors.known[i].lower == 0);
        assert_close(errors.known[i].share, 1.0, 1e-12, 0);
        assert_true(errors.known[i].moved < 0.02); /* second order of the step from the label, some 0.1 bohr */
    }
    assert_false(dia_errors_wrong(&errors, sizeof text, text));
}

/* What the table says of each of them, in its units; of a named geometry, too, which lies farther away. */
static void table_says_so(void **state)
{
    (void)state;
    const dia_dataset data = make_data();
    double near[9];
    memcpy(near, triangle, sizeof near);
    near[3] += 0.1;
    const dia_named named = {1, 0, near};
    for (int by_name = 0; by_name < 2; by_name++) {
        dia_errors errors = look_at(NONE, by_name ? &named : NULL);
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        errors.data = &data;
        dia_errors_table(&errors, out);
        fclose(out);
        const char *at = text;
        for (int i = 0; i < errors.nknown; i++) {
            const dia_known *is = &errors.known[i];
            int point = -1, diabats[2];
            double gap = NAN, moved = NAN, share = NAN, plane = NAN;
            assert_non_null(at = strstr(at, "S0/S1 "));
            at += 6;
            if (by_name)
                assert_int_equal(sscanf(at, "named geometry %d", &point), 1);
            else
                assert_int_equal(sscanf(at, "point %d, gap %lf eV", &point, &gap), 2);
            assert_non_null(at = strchr(at, ':'));
            assert_int_equal(sscanf(at, ": meet %lf A away, diabats %d and %d (%lf %%), plane %lf %%, sign -1", &moved,
                                    &diabats[0], &diabats[1], &share, &plane),
                             5);
            assert_int_equal(point, by_name ? -1 - is->point : is->point);
            if (!by_name)
                assert_close(gap, is->gap / DIA_EV, 0, 0.00051); /* as printed, and so on */
            assert_close(moved, is->moved / DIA_ANGSTROM, 0, 0.00051);
            assert_true(diabats[0] == 0 && diabats[1] == 1);
            assert_close(share, 100 * is->share, 0, 0.51);
            assert_close(plane, 100 * is->plane, 0, 0.51);
            assert_true(!by_name || moved > 0.01);
        }
        free(text);
    }
}

/* The states meet in triangles of any size; sides of 1.4, 2 and 2.6 bohr are no copies of each other, whichever is found first. */
static void intersections_of_different_size_are_different(void **state)
{
    (void)state;
    int found[3] = {0};
    grown = 0.3;
    const dia_errors errors = look_at(NONE, NULL);
    grown = 0.0;
    for (int i = 0; i < errors.nknown; i++)
        found[errors.known[i].point / 3 % 3]++;
    for (int size = 0; size < 3; size++)
        assert_true(found[size] > 0);
    assert_int_equal(errors.nright, errors.nknown);
}

/* A geometry that is there twice is a copy, and those behind it are looked at all the same. */
static void copies_add_nothing(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_errors once = {0}, twice = {0};
    int doubled[2 * POINTS];
    grown = 0.3;
    const dia_dataset data = make_data();
    grown = 0.0;
    dia_model *model = make(NONE);
    for (int i = 0; i < 2 * POINTS; i++)
        doubled[i] = i / 2;
    assert_ok(dia_topology_check(&once, model, &data, 2, POINTS, points, NULL, &error), &error);
    assert_ok(dia_topology_check(&twice, model, &data, 2, 2 * POINTS, doubled, NULL, &error), &error);
    assert_true(once.nknown > 1);
    assert_int_equal(twice.nknown, once.nknown);
    for (int i = 0; i < once.nknown; i++)
        assert_int_equal(twice.known[i].point, once.known[i].point);
    dia_model_free(model);
}

static void wrong_topology_is_red(void **state)
{
    (void)state;
    static const fault faults[2] = {NO_COUPLING, NEVER_MEETS};
    for (int i = 0; i < 2; i++) {
        char text[DIA_ERRORS_VERDICT];
        const dia_errors errors = look_at(faults[i], NULL);
        assert_int_equal(errors.nright, 0);
        assert_int_equal(errors.known[0].meets, faults[i] == NO_COUPLING);
        assert_true(dia_errors_wrong(&errors, sizeof text, text));
        assert_non_null(strstr(text, "known from the data"));
    }
}

/* A geometry that the input names, a little aside of the triangle. */
static void named_intersections(void **state)
{
    (void)state;
    double near[9];
    memcpy(near, triangle, sizeof near);
    near[3] += 0.1;
    const dia_named named = {1, 0, near};
    assert_int_equal(look_at(NONE, &named).nright, 1);
    assert_int_equal(look_at(NO_COUPLING, &named).nright, 0);
    assert_int_equal(look_at(NO_COUPLING, &named).known[0].point, -1);
}

/* ---- trained ----------------------------------------------------------------------------------- */

static char folder[] = "/tmp/diabolo-topology-XXXXXX", data_path[64], output[64];

static void write_data(const dia_dataset *data)
{
    dia_error error = {0};
    dia_store *store;
    const size_t natom = 3;
    assert_ok(dia_store_create(&store, data_path, &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", "diabolo-dataset", &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", 1, &error), &error);
    assert_ok(dia_store_write(store, "numbers", DIA_NUMBER_INT, 1, &natom, data->numbers, NULL, &error), &error);
    const struct {
        const char *name, *unit;
        const double *values;
        int rank;
        size_t dims[4];
    } all[] = {{"positions", "bohr", data->R, 3, {POINTS, 3, 3}},
               {"energies", "hartree", data->energy, 2, {POINTS, 2}},
               {"gradients", "hartree/bohr", data->gradient, 4, {POINTS, 2, 3, 3}},
               {"couplings", "hartree/bohr", data->coupling, 4, {POINTS, 1, 3, 3}}};
    for (int i = 0; i < 4; i++)
        assert_ok(dia_store_write(store, all[i].name, DIA_NUMBER_REAL, all[i].rank, all[i].dims, all[i].values,
                                  all[i].unit, &error),
                  &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    dia_store_close(&store);
}

/* The note of a network that was trained with this seed and these keys of `network`, heap; NULL: none. */
static char *note_of(int seed, const char *keys)
{
    dia_error error = {0};
    dia_train_result result;
    dia_model *model;
    char text[700];
    snprintf(text, sizeof text,
             "data: {file: %s, validation: 0.1, split: point}\n"
             "network: {descriptors: [inverse_distance], layers: [32], states: 2, seed: %d%s}\n"
             "loss: {coupling: 0.4}\n"
             "stages: [{optimiser: soap, epochs: 500, batch: 8, rate: 1e-2, final_rate: 1e-3}]\n",
             data_path, seed, keys);
    const dia_input input = {.text = text, .output = output};
    assert_ok(dia_train(&input, true, &(dia_control){.threads = 1}, &result, &error), &error);
    assert_non_null(strstr(result.errors, "known intersections"));
    dia_train_result_free(&result);
    assert_ok(dia_model_load(&model, output, &error), &error);
    char *note = dia_model_note(model) != NULL ? strdup(dia_model_note(model)) : NULL;
    dia_model_free(model);
    remove(output);
    return note;
}

/* One-dimensional representations of the threefold axis cannot hold an E state: such a network has no intersection
 * where the data have one, and its file says so. Small networks that are trained for a second come out now and then as they should
 * not, and how the processor rounds decides which: of 20 seeds 11 of the free ones were right, and 18 of the others known to be wrong. By
 * these shares one of seven free ones is right, and most of seven others are found out, but for 4 and 3 machines of a thousand. */
enum { SEEDS = 7 };

static void trainings_are_judged(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(data_path, sizeof data_path, "%s/data.h5", folder);
    snprintf(output, sizeof output, "%s/network.h5", folder);
    const dia_dataset data = make_data();
    write_data(&data);
    int right = 0, wrong = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
        char *free_of_symmetry = note_of(seed, ""),
             *with = note_of(seed, ", symmetry: [{permutation: [1, 2, 0], signs: [1, 1]}, {permutation: [1, 0, 2], "
                                   "signs: [1, -1]}]");
        right += free_of_symmetry == NULL || strstr(free_of_symmetry, "wrong") == NULL;
        wrong += with != NULL && strstr(with, "known from the data") != NULL;
        free(free_of_symmetry);
        free(with);
    }
    assert_true(right > 0);
    assert_true(wrong > SEEDS / 2);
    remove(data_path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(right_topology_is_green),
                                       cmocka_unit_test(table_says_so),
                                       cmocka_unit_test(intersections_of_different_size_are_different),
                                       cmocka_unit_test(copies_add_nothing),
                                       cmocka_unit_test(wrong_topology_is_red),
                                       cmocka_unit_test(named_intersections),
                                       cmocka_unit_test(trainings_are_judged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
