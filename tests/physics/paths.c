/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interpolations, scans and seams: closed forms of linear vibronic models, identities on the shipped ethylene network.
 */
#include "check.h"

#include <math.h>
#include <string.h>

#include "diabolo/frame.h"
#include "intersect/descent.h"
#include "intersect/interpolate.h"
#include "intersect/loop.h"
#include "intersect/scan.h"
#include "intersect/seam.h"
#include "parallel/team.h"

enum { NCART = 18 };

static const double degree = 3.14159265358979323846 / 180.0;

/* Linear vibronic coupling, energies in eV and Q: states 0 +- k Q0, coupled by l Q1, and Q2 that couples to neither but
 * moves the intersection with its bilinear term: H = sum w Q^2/2 + [(e0 + k Q0 + c Q2) sigma_z + l Q1 sigma_x]. The
 * seam is the line e0 + k Q0 + c Q2 = 0, Q1 = 0. */
static double gap_at(const dia_path *path, int point)
{
    const double *E = path->E + (size_t)point * (size_t)path->nstate;
    return E[1] - E[0];
}

static const double w[3] = {0.10, 0.12, 0.05}, e0 = 0.3, k0 = 0.2, c2 = 0.05, l1 = 0.15;

static dia_model *linear_model(void)
{
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_model_parse(&model,
                              "type: vibronic\nepsilon: [0.3 eV, -0.3 eV]\nmodes:\n"
                              "  - {name: a, frequency: 0.10 eV, kappa: [0.2 eV, -0.2 eV]}\n"
                              "  - {name: b, frequency: 0.12 eV}\n"
                              "  - {name: c, frequency: 0.05 eV, kappa: [0.05 eV, -0.05 eV]}\n"
                              "lambda: [{states: [0, 1], modes: [b], value: 0.15 eV}]\n",
                              ".", &error),
              &error);
    return model;
}

static dia_model *ethylene(void)
{
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_model_load(&model, SOURCE_DIR "/models/ethylene/ethylene.h5", &error), &error);
    return model;
}

static dia_coordinate parse(const char *text, const dia_model *model)
{
    dia_error error = {0};
    dia_coordinate c;
    assert_ok(dia_coordinate_parse(&c, text, dia_model_molecule(model), &error), &error);
    return c;
}

/* ---- interpolation --------------------------------------------------------------------------- */

/* Twisted by 90 deg, one side pyramidal, stretched; somewhere else and turned. */
static void make_end(const dia_model *model, double *R)
{
    dia_error error = {0};
    const dia_molecule *molecule = dia_model_molecule(model);
    dia_internal_set set;
    const dia_coordinate c[3] = {parse("torsion 2 0 1 4", model), parse("out_of_plane 0 1 2 3", model),
                                 parse("distance 0 1", model)};
    memcpy(R, molecule->reference, NCART * sizeof *R);
    const double value[3] = {dia_coordinate_value(&c[0], R) + 85 * degree, 40 * degree, 2.75};
    assert_ok(dia_internal_set_make(&set, molecule, 1, R, &error), &error);
    assert_ok(dia_internal_place(molecule, &set, 3, c, value, R, &error), &error);
    dia_internal_set_free(&set);
    for (int a = 0; a < 6; a++) {
        const double x = R[3 * a], y = R[3 * a + 1], z = R[3 * a + 2];
        R[3 * a] = y + 3, R[3 * a + 1] = z - 2, R[3 * a + 2] = x + 1;
    }
}

static void energies_at(const dia_model *model, const double *R, double *E)
{
    dia_error error = {0};
    dia_path path;
    dia_path_init(&path, model);
    assert_ok(dia_path_add(&path, R, &error), &error);
    assert_ok(dia_path_evaluate(&path, model, &error), &error);
    memcpy(E, path.E, (size_t)path.nstate * sizeof *E);
    dia_path_free(&path);
}

static void check_interpolation(dia_interpolation kind)
{
    dia_error error = {0};
    dia_model *model = ethylene();
    const dia_molecule *molecule = dia_model_molecule(model);
    double geometries[3 * NCART], E[3], mid[NCART];
    memcpy(geometries, molecule->reference, NCART * sizeof *mid);
    make_end(model, geometries + NCART);
    memcpy(geometries + 2 * NCART, molecule->reference, NCART * sizeof *mid);
    dia_interpolated line, finer;
    dia_interpolate_options options = {.kind = kind, .points = 11};
    assert_ok(dia_interpolate(&line, model, &options, 3, geometries, NULL, &error), &error);
    assert_int_equal(line.path.npoint, 21);
    for (int g = 0; g < 3; g++) {
        assert_int_equal(line.node[g], 10 * g);
        energies_at(model, geometries + g * NCART, E);
        for (int s = 0; s < 3; s++) /* the same geometry but for a turn: rounding of the network's inputs */
            assert_close(line.path.E[3 * line.node[g] + s], E[s], 0, 1e-12);
    }
    assert_memory_equal(line.path.R, geometries, NCART * sizeof *mid);
    for (int p = 0; p < 21; p++) { /* the way back is the way there */
        for (int s = 0; s < 3;
             s++) /* geometries are found to 1e-10 bohr, in soft directions ten times that; slopes 0.3 */
            assert_close(line.path.E[3 * p + s], line.path.E[3 * (20 - p) + s], 0, 1e-8);
        assert_close(line.fraction[p], 0.1 * p, 0, 1e-14);
        assert_true(line.closure[p / 20] < 1e-7); /* the end fits its own values exactly */
        assert_true(p == 0 || line.path.weighted[p] > line.path.weighted[p - 1]);
    }
    options.points = 41; /* where points are does not depend on how many there are */
    assert_ok(dia_interpolate(&finer, model, &options, 2, geometries, NULL, &error), &error);
    for (int s = 0; s < 3; s++)
        assert_close(finer.path.E[3 * 20 + s], line.path.E[3 * 5 + s], 0, 1e-8);
    assert_true(finer.path.weighted[40] >= line.path.weighted[10] * (1 - 1e-12)); /* chords of more points are longer */
    dia_interpolated_free(&finer);
    dia_interpolated_free(&line);
    dia_model_free(model);
}

static void test_internal(void **state)
{
    (void)state;
    check_interpolation(DIA_INTERPOLATION_INTERNAL);
}

static void test_cartesian(void **state)
{
    (void)state;
    check_interpolation(DIA_INTERPOLATION_CARTESIAN);
}

static void test_distances(void **state)
{
    (void)state;
    check_interpolation(DIA_INTERPOLATION_DISTANCES);
}

/* Linear in the coordinates that define it: half way the torsion, the pyramid and the bond are half way. They are
 * consistent with one another there up to what the other internal coordinates of the least-squares fit pull. */
static void test_linear(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = ethylene();
    double geometries[2 * NCART];
    memcpy(geometries, dia_model_molecule(model)->reference, NCART * sizeof *geometries);
    make_end(model, geometries + NCART);
    dia_interpolated line;
    const dia_interpolate_options options = {.points = 5};
    assert_ok(dia_interpolate(&line, model, &options, 2, geometries, NULL, &error), &error);
    static const char *const texts[] = {"distance 0 1", "torsion 2 0 1 4", "angle 2 0 1"};
    static const double tolerance[] = {1e-3, 3 * 3.14159265358979323846 / 180, 3 * 3.14159265358979323846 / 180};
    for (int i = 0; i < 3; i++) {
        const dia_coordinate c = parse(texts[i], model);
        const double a = dia_coordinate_value(&c, geometries), b = dia_coordinate_value(&c, geometries + NCART);
        for (int p = 0; p < 5; p++) {
            const double value = dia_coordinate_value(&c, line.path.R + p * NCART);
            const double wanted = a + dia_coordinate_difference(&c, b, a) * p / 4;
            assert_close(dia_coordinate_difference(&c, value, wanted), 0, 0, tolerance[i]);
        }
    }
    dia_interpolated_free(&line);
    dia_model_free(model);
}

/* The same geometry with its two ends exchanged, and mirrored, is no way away, if exchanges are looked for. */
static void test_exchange(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = ethylene();
    double geometries[2 * NCART], *B = geometries + NCART;
    make_end(model, geometries);
    static const int from[6] = {1, 0, 4, 5, 2, 3};
    for (int a = 0; a < 6; a++)
        memcpy(B + 3 * a, geometries + 3 * from[a], 3 * sizeof *B);
    for (int a = 0; a < 6; a++)
        B[3 * a] = 1 - B[3 * a];
    dia_interpolated line;
    dia_interpolate_options options = {.points = 3, .exchange = true};
    assert_ok(dia_interpolate(&line, model, &options, 2, geometries, NULL, &error), &error);
    assert_close(line.path.length[2], 0, 0, 1e-6); /* a rotation from sums of squares: the root of rounding */
    dia_interpolated_free(&line);
    options.exchange = false;
    assert_ok(dia_interpolate(&line, model, &options, 2, geometries, NULL, &error), &error);
    assert_true(line.path.length[2] > 1);
    dia_interpolated_free(&line);
    dia_model_free(model);
}

static void test_model_line(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = linear_model();
    static const double ends[6] = {0, 0, 0, 1, 2, -1};
    dia_interpolated line;
    assert_ok(dia_interpolate(&line, model, &(dia_interpolate_options){.points = 5}, 2, ends, NULL, &error), &error);
    for (int p = 0; p < 5; p++) {
        const double Q[3] = {0.25 * p, 0.5 * p, -0.25 * p};
        double both = 0;
        for (int m = 0; m < 3; m++) {
            assert_close(line.path.R[3 * p + m], Q[m], 0, 1e-15);
            both += 0.5 * w[m] * Q[m] * Q[m];
        }
        const double z = e0 + k0 * Q[0] + c2 * Q[2], half = hypot(z, l1 * Q[1]);
        assert_close(line.path.E[2 * p] / DIA_EV, both - half, 0, 1e-12);
        assert_close(line.path.E[2 * p + 1] / DIA_EV, both + half, 0, 1e-12);
        assert_close(line.path.H[3 * p + 1] / DIA_EV, l1 * Q[1], 0, 1e-12);
        assert_close(gap_at(&line.path, p) / DIA_EV, 2 * half, 0, 1e-12);
    }
    assert_close(line.path.length[4], sqrt(6), 1e-14, 0);
    dia_interpolated_free(&line);
    dia_interpolate_options one = {.points = 1};
    assert_int_equal(dia_interpolate(&line, model, &one, 2, ends, NULL, &error), DIA_ERROR_INPUT);
    assert_null(line.path.R);
    dia_model_free(model);
}

/* ---- scans ----------------------------------------------------------------------------------- */

static dia_scan make_scan(const dia_model *model, const dia_scan_options *options, const double *start)
{
    dia_error error = {0};
    dia_scan scan;
    assert_ok(dia_scan_make(&scan, model, options, start, NULL, NULL, &error), &error);
    return scan;
}

/* The relaxed lower state at fixed Q0 is stationary in Q1 and Q2, by the closed form of its gradient, and lies below
 * the rigid one. */
static void test_relaxed_model(void **state)
{
    (void)state;
    dia_model *model = linear_model();
    static const double start[3] = {0.2, 0.1, 0.3};
    dia_scan_options options = {.kind = DIA_SCAN_RELAXED, .first = 0, .count = 1, .naxis = 1};
    dia_search_defaults(&options.search);
    options.axis[0] = (dia_scan_axis){parse("position 0", model), -2, 2, 9};
    dia_scan scan = make_scan(model, &options, start);
    options.kind = DIA_SCAN_RIGID;
    dia_scan rigid = make_scan(model, &options, start);
    for (int p = 0; p < 9; p++) {
        const double Q0 = -2 + 0.5 * p, *R = scan.path.R + 3 * p;
        assert_true(scan.point[p].converged && rigid.point[p].converged);
        assert_close(R[0], Q0, 0, 1e-9);
        assert_close(scan.value[p], Q0, 0, 1e-14);
        const double z = e0 + k0 * Q0 + c2 * R[2], half = hypot(z, l1 * R[1]);
        assert_close(w[1] * R[1] - l1 * l1 * R[1] / half, 0, 0, 1e-4); /* gradient below 1e-6 hartree = 3e-5 eV */
        assert_close(w[2] * R[2] - c2 * z / half, 0, 0, 1e-4);
        assert_true(scan.path.E[2 * p] <= rigid.path.E[2 * p] + 1e-12);
        for (int m = 1; m < 3; m++)
            assert_close(rigid.path.R[3 * p + m], start[m], 0, 1e-12);
    }
    dia_scan_free(&scan);
    dia_scan_free(&rigid);
    dia_model_free(model);
}

/* Relaxed on the seam of two states: at fixed Q2 the minimum is at Q0 = -(e0 + c Q2)/k, Q1 = 0. A grid has its points
 * in rows. */
static void test_scan_on_seam(void **state)
{
    (void)state;
    dia_model *model = linear_model();
    static const double start[3] = {-1.4, 0.1, 0.1};
    dia_scan_options options = {.kind = DIA_SCAN_RELAXED, .first = 0, .count = 2, .naxis = 1};
    dia_search_defaults(&options.search);
    options.axis[0] = (dia_scan_axis){parse("position 2", model), -1, 1, 5};
    dia_scan scan = make_scan(model, &options, start);
    for (int p = 0; p < 5; p++) {
        assert_true(scan.point[p].converged);
        const double *R = scan.path.R + 3 * p;
        assert_close(R[0], -(e0 + c2 * R[2]) / k0, 0, 1e-7); /* gap below 1e-9 hartree over a slope of 0.2 eV */
        assert_close(R[1], 0, 0, 1e-6);
        assert_true(gap_at(&scan.path, p) < 1e-8);
    }
    dia_scan_free(&scan);
    options.kind = DIA_SCAN_RIGID;
    options.naxis = 2;
    options.axis[1] = (dia_scan_axis){parse("position 0 + position 1", model), 0, 3, 4};
    scan = make_scan(model, &options, start);
    assert_int_equal(scan.path.npoint, 20);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 4; j++) {
            const double *R = scan.path.R + 3 * (4 * i + j);
            assert_close(R[2], -1 + 0.5 * i, 0, 1e-9);
            assert_close(R[0] + R[1], j, 0, 1e-9);
        }
    dia_scan_free(&scan);
    dia_model_free(model);
}

/* The torsion of ethylene: relaxed below rigid, symmetric about 90 deg, and each point is what a search from elsewhere
 * finds. */
static void test_ethylene_torsion(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = ethylene();
    const dia_molecule *molecule = dia_model_molecule(model);
    const dia_coordinate twist = parse("torsion 2 0 1 4", model);
    const double *start = molecule->reference;
    dia_scan_options options = {.kind = DIA_SCAN_RIGID, .first = 0, .count = 1, .naxis = 1};
    dia_search_defaults(&options.search);
    const double begin = dia_coordinate_value(&twist, start);
    options.axis[0] = (dia_scan_axis){twist, begin, begin + 80 * degree, 5};
    dia_scan rigid = make_scan(model, &options, start);
    options.kind = DIA_SCAN_RELAXED;
    dia_scan relaxed = make_scan(model, &options, start);
    for (int p = 0; p < 5; p++) {
        const double value = dia_coordinate_value(&twist, relaxed.path.R + p * NCART);
        assert_true(relaxed.point[p].converged && rigid.point[p].converged);
        assert_close(dia_coordinate_difference(&twist, value, begin + 20 * degree * p), 0, 0, 1e-8);
        assert_true(relaxed.path.E[3 * p] <= rigid.path.E[3 * p]);
        assert_true(p == 0 || relaxed.path.E[3 * p] > relaxed.path.E[3 * p - 3]);
    }
    /* one point alone, from the rigid geometry, is the same minimum: both gradients are below 1e-6 hartree/bohr */
    options.axis[0] = (dia_scan_axis){twist, begin + 60 * degree, NAN, 1};
    options.axis[0].to = options.axis[0].from;
    dia_scan alone = make_scan(model, &options, rigid.path.R + 3 * NCART);
    assert_close(alone.path.E[0], relaxed.path.E[9], 0, 1e-9);
    dia_scan_free(&alone);
    dia_scan_free(&rigid);
    dia_scan_free(&relaxed);
    options.axis[0].to = NAN; /* no end, no geometry */
    dia_scan scan;
    assert_int_equal(dia_scan_make(&scan, model, &options, start, NULL, NULL, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "has no end"));
    dia_error_clear(&error);
    options.axis[0].to = 0;
    options.first = 3;
    assert_int_equal(dia_scan_make(&scan, model, &options, start, NULL, NULL, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "no state 3: the model has states 0 to 2"));
    assert_null(scan.path.R);
    dia_model_free(model);
}

/* A value that no geometry has: the point says so, the scan goes on. */
static void test_unreachable(void **state)
{
    (void)state;
    dia_model *model = ethylene();
    dia_scan_options options = {.kind = DIA_SCAN_RIGID, .naxis = 1};
    options.axis[0] = (dia_scan_axis){parse("angle 2 0 1", model), 100 * degree, 190 * degree, 4};
    dia_scan scan = make_scan(model, &options, dia_model_molecule(model)->reference);
    for (int p = 0; p < 4; p++) {
        assert_int_equal(scan.point[p].converged, p < 3);
        assert_int_equal(isnan(scan.path.E[3 * p]), !scan.point[p].converged);
        assert_int_equal(scan.point[p].why[0] != '\0', !scan.point[p].converged);
    }
    dia_scan_free(&scan);
    dia_model_free(model);
}

/* ---- seams ----------------------------------------------------------------------------------- */

static void test_seam_model(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = linear_model();
    static const double start[3] = {-1.5, 0, 0};
    dia_seam_options options = {
        .first = 0, .count = 2, .coordinate = parse("position 2", model), .step = -0.25, .points = 6};
    dia_seam seam;
    dia_search_defaults(&options.search);
    assert_ok(dia_seam_follow(&seam, model, &options, start, NULL, &error), &error);
    assert_int_equal(seam.path.npoint, 13);
    assert_int_equal(seam.origin, 6);
    for (int p = 0; p < 13; p++) {
        const double Q2 = 0.25 * (p - 6), Q0 = -(e0 + c2 * Q2) / k0, *R = seam.path.R + 3 * p;
        assert_close(seam.value[p], Q2, 0, 1e-13);
        assert_close(R[0], Q0, 0, 1e-7);
        assert_close(R[1], 0, 0, 1e-6);
        assert_close(R[2], Q2, 0, 1e-9);
        assert_close(seam.energy[p] / DIA_EV, 0.5 * w[0] * Q0 * Q0 + 0.5 * w[2] * Q2 * Q2, 0, 1e-7);
        assert_true(seam.gap[p] < 1e-8);
    }
    assert_string_equal(seam.ended[0], "6 points");
    assert_string_equal(seam.ended[1], "6 points");
    dia_seam_free(&seam);
    options.step = 0;
    assert_int_equal(dia_seam_follow(&seam, model, &options, start, NULL, &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    options.step = 1;
    options.count = 1;
    assert_int_equal(dia_seam_follow(&seam, model, &options, start, NULL, &error), DIA_ERROR_INPUT);
    assert_null(seam.value);
    dia_model_free(model);
}

/* The three outer intersections of the quadratic Jahn-Teller model are points: the seam has no other value of x near,
 * and says so. */
static void test_seam_lost(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_model_parse(&model, "type: jahn_teller\nfrequency: 0.1 eV\nk: 0.02\ng: 0.04\n", ".", &error), &error);
    dia_seam_options options = {
        .first = 0, .count = 2, .coordinate = parse("position 0", model), .step = 0.1, .points = 5};
    dia_seam seam;
    dia_search_defaults(&options.search);
    dia_status status = dia_seam_follow(&seam, model, &options, (const double[]){-1, 0}, NULL, &error);
    if (status == DIA_OK) { /* that the start is on a seam, constrained to its own value, may be seen or not */
        assert_int_equal(seam.path.npoint, 1);
        assert_non_null(strstr(seam.ended[0], "no intersection found at"));
        dia_seam_free(&seam);
    } else {
        assert_int_equal(status, DIA_ERROR_NUMERIC);
    }
    dia_model_free(model);
}

/* ---- ethylene: an intersection, its seam, and the ways down ---------------------------------- */

static void find_intersection(const dia_model *model, double *R)
{
    dia_error error = {0};
    dia_search_options options;
    dia_search_result result;
    dia_search_defaults(&options);
    make_end(model, R);
    assert_ok(dia_search(model, 0, 2, &options, R, &result, &error), &error);
    if (!result.converged)
        fail_msg("%s", result.why);
}

static void test_ethylene_seam(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = ethylene();
    double R[NCART];
    find_intersection(model, R);
    dia_seam_options options = {
        .first = 0, .count = 2, .coordinate = parse("distance 0 1", model), .step = 0.05, .points = 3};
    dia_seam seam;
    dia_search_defaults(&options.search);
    assert_ok(dia_seam_follow(&seam, model, &options, R, NULL, &error), &error);
    assert_int_equal(seam.path.npoint, 7);
    for (int p = 0; p < 7; p++) {
        assert_true(seam.gap[p] < 1e-8);
        assert_close(dia_coordinate_value(&options.coordinate, seam.path.R + p * NCART), seam.value[p], 0, 1e-8);
        assert_true(seam.energy[p] >= seam.energy[seam.origin] - 1e-9); /* it began at the minimum */
    }
    dia_seam_free(&seam);
    dia_model_free(model);
}

static void test_ethylene_descent(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = ethylene();
    double R[NCART];
    find_intersection(model, R);
    dia_branching_plane plane;
    assert_ok(dia_branching_plane_make(&plane, model, 0, R, &error), &error);
    dia_descent_options options;
    dia_descent descent;
    dia_descent_defaults(&options);
    options.directions = 4;
    assert_ok(dia_descent_make(&descent, model, &options, R, plane.x, plane.y, NULL, &error), &error);
    assert_true(descent.npath >= 4);
    int minima = 0;
    for (int i = 0; i < descent.npath; i++) {
        const dia_descent_path *b = &descent.branch[i];
        print_message("%5.1f deg%s: %s, %d steps, %d points, E = %.4f eV: %s\n", b->angle / degree,
                      b->special ? " *" : "", dia_descent_end_names[b->end], b->steps, b->path.npoint,
                      b->path.E[3 * (b->path.npoint - 1)] / DIA_EV, b->why);
        for (int p = 1; p < b->path.npoint; p++)
            assert_true(b->path.E[3 * p] < b->path.E[3 * p - 3] + 1e-9);
        minima += b->end == DIA_DESCENT_MINIMUM;
    }
    assert_true(minima > 0);
    dia_descent_free(&descent);
    dia_branching_plane_free(&plane);
    dia_model_free(model);
}

/* The states change sign around an intersection of the network, in its branching plane, and nowhere beside it; S2 keeps
 * its. */
static void test_ethylene_loop(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = ethylene();
    double R[NCART];
    find_intersection(model, R);
    dia_branching_plane plane;
    assert_ok(dia_branching_plane_make(&plane, model, 0, R, &error), &error);
    const dia_loop_options options = {.x = plane.x, .y = plane.y, .radius = 0.01, .points = 12};
    dia_loop loop;
    assert_ok(dia_loop_make(&loop, model, &options, R, NULL, &error), &error);
    assert_int_equal(loop.sign[0], -1);
    assert_int_equal(loop.sign[1], -1);
    assert_int_equal(loop.sign[2], 1);
    /* curl of the coupling: other states, of the area of the loop */
    assert_close(loop.coupling[0], 3.14159265358979323846, 0, 1e-3);
    dia_loop_free(&loop);
    for (int c = 0; c < NCART; c++)
        R[c] += 0.05 * plane.x[c];
    assert_ok(dia_loop_make(&loop, model, &options, R, NULL, &error), &error);
    for (int k = 0; k < 3; k++)
        assert_int_equal(loop.sign[k], 1);
    assert_close(loop.coupling[0], 0, 0, 1e-3);
    dia_loop_free(&loop);
    /* by two coordinates, the rest kept: a loop about the same point */
    for (int c = 0; c < NCART; c++)
        R[c] -= 0.05 * plane.x[c];
    const dia_coordinate both[2] = {parse("torsion 2 0 1 4", model), parse("out_of_plane 0 1 2 3", model)};
    const dia_loop_options turned = {.coordinate = {&both[0], &both[1]}, .radius = 2 * degree, .points = 8};
    assert_ok(dia_loop_make(&loop, model, &turned, R, NULL, &error), &error);
    for (int p = 0; p < loop.path.npoint; p++)
        assert_close(hypot(dia_coordinate_value(&both[0], loop.path.R + p * NCART) - dia_coordinate_value(&both[0], R),
                           dia_coordinate_value(&both[1], loop.path.R + p * NCART) - dia_coordinate_value(&both[1], R)),
                     2 * degree, 0, 1e-8);
    print_message("in torsion and out-of-plane angle: sign %+d, integral %.6f\n", loop.sign[0], loop.coupling[0]);
    assert_int_equal(loop.sign[0], -1);
    dia_loop_free(&loop);
    dia_branching_plane_free(&plane);
    dia_model_free(model);
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread: else its team costs more than these matrices */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_internal),         cmocka_unit_test(test_cartesian),
        cmocka_unit_test(test_distances),        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_exchange),         cmocka_unit_test(test_model_line),
        cmocka_unit_test(test_relaxed_model),    cmocka_unit_test(test_scan_on_seam),
        cmocka_unit_test(test_ethylene_torsion), cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_seam_model),       cmocka_unit_test(test_seam_lost),
        cmocka_unit_test(test_ethylene_seam),    cmocka_unit_test(test_ethylene_descent),
        cmocka_unit_test(test_ethylene_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
