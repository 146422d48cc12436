/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Searches from many starts, and the distinct points: on models whose intersections are known, and on ethylene for
 * exchanges of atoms. */
#include "check.h"
#include "synthetic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "diabolo/model.h"
#include "intersect/survey.h"
#include "molecule/align.h"

static dia_model *parse(const char *yaml)
{
    dia_model *model;
    dia_error error = {0};
    assert_ok(dia_model_parse(&model, yaml, SOURCE_DIR, &error), &error);
    return model;
}

static const dia_start plain = {.source = DIA_START_INPUT, .trajectory = -1, .time = NAN, .lower = -1, .upper = -1};

static void add(dia_starts *starts, int ncart, const double *R)
{
    dia_error error = {0};
    assert_ok(dia_starts_add(starts, ncart, &plain, R, &error), &error);
}

static dia_survey_settings settings_of(int nsearch, const dia_state_set *search, const dia_match *match)
{
    dia_survey_settings s = {.nsearch = nsearch,
                             .search = search,
                             .nmethod = 1,
                             .method = {DIA_SEARCH_LAGRANGE_NEWTON},
                             .distance = 0.05,
                             .energy = 1e-5,
                             .match = match};
    dia_search_defaults(&s.convergence);
    return s;
}

static void run(dia_survey *survey, dia_catalogue *catalogue, const dia_model *model, const dia_starts *starts,
                const dia_survey_settings *settings, int nthread)
{
    dia_error error = {0};
    const dia_control control = {.threads = nthread};
    assert_ok(dia_survey_run(survey, model, starts, settings, &control, &error), &error);
    assert_ok(dia_survey_collect(survey, catalogue, model, settings, &control, &error), &error);
}

/* Quadratic Jahn-Teller: the states meet at the origin and at three points at the distance 2k/|g| (k = 0.02, g = 0.01
 * hartree, bohr): 4 bohr, and there E = m w^2 r^2/2. The survey finds each once, with any number of threads. */
static void test_jahn_teller(void **state)
{
    (void)state;
    dia_model *model = parse("type: jahn_teller\ng: 0.01\n");
    const dia_state_set search[] = {{0, 1}, {0, 2}};
    dia_match *match;
    dia_error error = {0};
    assert_ok(dia_match_create(&match, dia_model_molecule(model), NULL, true, &error), &error);
    dia_starts starts = {0};
    const double origin[] = {0.1, -0.2};
    add(&starts, 2, origin);
    assert_ok(dia_starts_displace(&starts, 60, 3.0, 1, &error), &error);
    assert_int_equal(starts.n, 61);
    const dia_survey_settings settings = settings_of(2, search, match);
    dia_survey survey[2];
    dia_catalogue catalogue[2];
    for (int k = 0; k < 2; k++)
        run(&survey[k], &catalogue[k], model, &starts, &settings, 1 + 2 * k);
    const dia_catalogue *c = &catalogue[0];
    assert_int_equal(survey[0].n, 122);
    int minima = 0, centre = 0, outer = 0, reached = 0, converged = 0;
    const double force = dia_model_molecule(model)->masses[0] * pow(0.1 * DIA_EV, 2);
    for (int i = 0; i < c->npoint; i++) {
        const double *R = c->R + 2 * i, r = hypot(R[0], R[1]);
        reached += c->starts[i];
        if (c->count[i] == 1) {
            minima++;
            assert_int_equal(c->first[i], 0);
            assert_true(isnan(c->x[2 * i]) && isnan(c->pitch[i]));
            continue;
        }
        assert_true(c->gap[i] < 1e-9);
        assert_close(c->E[2 * i + 1] - c->E[2 * i], 0.0, 0, 1e-9);
        assert_close(c->E[2 * i], 0.5 * force * r * r, 0, 1e-8); /* gap of 1e-9, and as much of the energy */
        if (r < 1e-6) {
            centre++;
            assert_close(c->pitch[i], 0.02, 1e-7, 0);
        } else {
            outer++;
            assert_close(r, 4.0, 0, 1e-6);
        }
    }
    assert_int_equal(minima, 3);
    assert_int_equal(centre, 1);
    assert_int_equal(outer, 3);
    assert_string_equal(c->name[0], "S0-1");
    assert_string_equal(c->name[3], "S1/S0-1"); /* by energy: the origin lies lowest */
    assert_close(hypot(c->R[6], c->R[7]), 0.0, 0, 1e-6);
    assert_true(c->zero == c->E[0]);
    for (int k = 0; k < survey[0].n; k++)
        converged += survey[0].ending[k].result.converged;
    assert_int_equal(reached, converged);
    assert_memory_equal(survey[0].R, survey[1].R, 2 * (size_t)survey[0].n * sizeof(double));
    assert_int_equal(catalogue[0].npoint, catalogue[1].npoint);
    assert_memory_equal(catalogue[0].R, catalogue[1].R, 2 * (size_t)c->npoint * sizeof(double));
    assert_memory_equal(catalogue[0].starts, catalogue[1].starts, (size_t)c->npoint * sizeof(int));
    for (int k = 0; k < 2; k++) {
        dia_survey_free(&survey[k]);
        dia_catalogue_free(&catalogue[k]);
    }
    dia_starts_free(&starts);
    dia_match_free(match);
    dia_model_free(model);
}

/* Images of one start under exchange of atoms, rotation and reflection end in one point, of which every search counts;
 * without exchanges in as many as there are inequivalent images. The network is symmetric under these exchanges. */
static void test_images(void **state)
{
    (void)state;
    enum { IMAGES = 8 };
    dia_model *model;
    dia_error error = {0};
    assert_ok(dia_model_load(&model, SOURCE_DIR "/models/ethylene/ethylene.h5", &error), &error);
    const dia_molecule *molecule = dia_model_molecule(model);
    const int pairs[] = {0, 0, 2, 2, 2, 2}, fixed[] = {0, 1, 2, 3, 4, 5};
    dia_match *match, *same;
    assert_ok(dia_match_create(&match, molecule, pairs, true, &error), &error);
    assert_ok(dia_match_create(&same, molecule, fixed, false, &error), &error);
    dia_starts starts = {0};
    /* the permutations that the network knows: carbons change places with their hydrogens, hydrogens of one carbon */
    const int known[IMAGES][6] = {{0, 1, 2, 3, 4, 5}, {0, 1, 3, 2, 4, 5}, {0, 1, 2, 3, 5, 4}, {0, 1, 3, 2, 5, 4},
                                  {1, 0, 4, 5, 2, 3}, {1, 0, 5, 4, 2, 3}, {1, 0, 4, 5, 3, 2}, {1, 0, 5, 4, 3, 2}};
    double twisted[18];
    memcpy(twisted, molecule->reference, sizeof twisted);
    double axis[3], norm = 0; /* C=C, about which one CH2 is turned by 80 degrees, and one H bent out */
    for (int i = 0; i < 3; i++) {
        axis[i] = twisted[3 + i] - twisted[i];
        norm += axis[i] * axis[i];
    }
    for (int a = 4; a < 6; a++) { /* Rodrigues' formula */
        const double c = cos(1.4), s = sin(1.4);
        double v[3], w[3], dot = 0;
        for (int i = 0; i < 3; i++) {
            v[i] = twisted[3 * a + i] - twisted[3 + i];
            dot += v[i] * axis[i] / sqrt(norm);
        }
        for (int i = 0; i < 3; i++) {
            const int j = (i + 1) % 3, k = (i + 2) % 3;
            w[i] = c * v[i] + s * (axis[j] * v[k] - axis[k] * v[j]) / sqrt(norm) + (1 - c) * dot * axis[i] / sqrt(norm);
        }
        for (int i = 0; i < 3; i++)
            twisted[3 * a + i] = twisted[3 + i] + w[i] + (a == 4 ? 0.4 * axis[i] : 0.0);
    }
    for (int m = 0; m < IMAGES; m++) {
        double image[18], M[9], Q[9];
        for (int i = 0; i < 9; i++)
            M[i] = dia_rng_normal(3, 0, (uint64_t)m, DIA_PURPOSE_TEST, (uint32_t)i);
        dia_best_turn(M, Q);
        for (int a = 0; a < 6; a++)
            for (int i = 0; i < 3; i++) {
                image[3 * a + i] = 0.3 * m;
                for (int j = 0; j < 3; j++)
                    image[3 * a + i] += (m % 3 == 1 ? -1 : 1) * Q[3 * i + j] * twisted[3 * known[m][a] + j];
            }
        add(&starts, 18, image);
    }
    const dia_state_set search[] = {{0, 2}};
    for (int exchange = 0; exchange < 2; exchange++) {
        const dia_survey_settings settings = settings_of(1, search, exchange ? match : same);
        dia_survey survey;
        dia_catalogue catalogue;
        run(&survey, &catalogue, model, &starts, &settings, 2);
        if (exchange) {
            assert_int_equal(catalogue.npoint, 1);
            assert_int_equal(catalogue.starts[0], IMAGES);
        } else {
            assert_true(catalogue.npoint > 1);
        }
        for (int i = 0; i < catalogue.npoint; i++) {
            assert_true(catalogue.gap[i] < 1e-9);
            /* it lies as near to the reference as it can: turning it on brings nothing */
            double d = 0;
            for (int c = 0; c < 18; c++)
                d += pow(catalogue.R[18 * i + c] - molecule->reference[c], 2) / 6;
            assert_close(dia_match_distance(same, molecule->reference, catalogue.R + 18 * i, NULL), sqrt(d), 0, 1e-9);
        }
        dia_survey_free(&survey);
        dia_catalogue_free(&catalogue);
    }
    dia_starts_free(&starts);
    dia_match_free(match);
    dia_match_free(same);
    dia_model_free(model);
}

/* ---- hops of a swarm ------------------------------------------------------------------------- */

static const char swarm[] = "test_survey_swarm.h5";
enum { HOPS = 40 };

/* Hops of a two-coordinate model in three states: every fourth frustrated, every fifth between S1 and S2. spoil: what is
 * wrong. */
static void write_swarm(const char *spoil)
{
    dia_store *store;
    dia_error error = {0};
    const size_t dims[3] = {HOPS, 2, 1}, atoms[2] = {2, 1};
    int64_t trajectory[HOPS];
    int8_t from[HOPS], to[HOPS], accepted[HOPS];
    double time[HOPS], R[2 * HOPS], none[HOPS] = {0};
    const int numbers[2] = {0, strcmp(spoil, "molecule") == 0 ? 6 : 0};
    const synthetic_swarm s = {.ntrajectory = HOPS, .ntime = 41, .nstate = 3, .from = 1, .every = 0.5, .lifetime = 1e9};
    for (int k = 0; k < HOPS; k++) {
        trajectory[k] = k;
        from[k] = k % 5 == 0 ? 2 : 1;
        to[k] = k % 5 == 0 ? 1 : 0;
        accepted[k] = strcmp(spoil, "frustrated") == 0 ? 0 : k % 4 != 0;
        time[k] = 0.5 * k;
        R[2 * k] = k;
        R[2 * k + 1] = k == 7 && strcmp(spoil, "nan") == 0 ? NAN : 0.1 * (k % 7);
    }
    store = synthetic_swarm_begin(&s, swarm);
    assert_ok(dia_store_set_text(store, "", "format", strcmp(spoil, "format") == 0 ? "other" : "diabolo-swarm", &error),
              &error);
    assert_ok(dia_store_set_int(store, "", "version", strcmp(spoil, "version") == 0 ? 2 : 1, &error), &error);
    assert_ok(dia_store_write(store, "molecule/numbers", DIA_NUMBER_INT, 1, atoms, numbers, "1", &error), &error);
    assert_ok(dia_store_write(store, "molecule/masses", DIA_NUMBER_REAL, 1, atoms, (const double[]){1, 1},
                              "electron_mass", &error),
              &error);
    assert_ok(dia_store_write(store, "molecule/reference", DIA_NUMBER_REAL, 2, atoms, R, "bohr", &error), &error);
    assert_ok(dia_store_write(store, "hops/trajectory", DIA_NUMBER_INT64, 1, dims, trajectory, "1", &error), &error);
    assert_ok(dia_store_write(store, "hops/from", DIA_NUMBER_INT8, 1, dims, from, "1", &error), &error);
    assert_ok(dia_store_write(store, "hops/to", DIA_NUMBER_INT8, 1, dims, to, "1", &error), &error);
    assert_ok(dia_store_write(store, "hops/accepted", DIA_NUMBER_INT8, 1, dims, accepted, "1", &error), &error);
    assert_ok(dia_store_write(store, "hops/time", DIA_NUMBER_REAL, 1, dims, time, "fs", &error), &error);
    static const char *const energies[] = {"hops/gap", "hops/kinetic_before", "hops/kinetic_after"};
    for (int e = 0; e < 3; e++)
        assert_ok(dia_store_write(store, energies[e], DIA_NUMBER_REAL, 1, dims, none, "hartree", &error), &error);
    if (strcmp(spoil, "position") != 0)
        assert_ok(dia_store_write(store, "hops/position", DIA_NUMBER_REAL, 3, dims, R, "bohr", &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
}

static void two_coordinates(dia_molecule *molecule)
{
    dia_error error = {0};
    assert_ok(dia_molecule_init(molecule, 2, 1, NULL, &error), &error);
}

static void test_hops(void **state)
{
    (void)state;
    dia_molecule molecule;
    two_coordinates(&molecule);
    dia_error error = {0};
    char digest[DIA_DIGEST_SIZE];
    write_swarm("");
    const int expected[] = {30, 10, 40};
    for (int choice = 0; choice < 3; choice++) {
        dia_starts starts = {0};
        assert_ok(dia_starts_add_hops(&starts, &molecule, 3, swarm, (dia_hop_choice)choice, digest, &error), &error);
        assert_int_equal(starts.n, expected[choice]);
        assert_int_equal(strlen(digest), 64);
        for (int i = 0; i < starts.n; i++) {
            const dia_start *start = &starts.start[i];
            assert_int_equal(start->trajectory, start->index);
            assert_close(start->time, 0.5 * (double)start->index, 0, 0);
            assert_close(starts.R[2 * i], (double)start->index, 0, 0);
            const bool upper = start->index % 5 == 0;
            assert_int_equal(start->lower, upper ? 1 : 0);
            assert_int_equal(start->upper, upper ? 2 : 1);
            assert_true(dia_start_serves(start, upper ? 1 : 0, 2));
            assert_false(dia_start_serves(start, upper ? 0 : 1, 2));
            assert_true(dia_start_serves(start, 0, 3) && dia_start_serves(start, 1, 1));
            assert_true(dia_start_serves(start, 0, 1) == !upper);
        }
        dia_starts_free(&starts);
    }
    dia_molecule_free(&molecule);
    unlink(swarm);
}

static void test_choice(void **state)
{
    (void)state;
    dia_molecule molecule;
    two_coordinates(&molecule);
    dia_error error = {0};
    dia_match *match;
    char digest[DIA_DIGEST_SIZE], digests[4][DIA_DIGEST_SIZE];
    assert_ok(dia_match_create(&match, &molecule, NULL, true, &error), &error);
    write_swarm("");
    for (int kind = 0; kind < 4; kind++) { /* random with seeds 1, 1, 2; farthest */
        dia_starts starts = {0};
        int pairs[2] = {0, 0};
        assert_ok(dia_starts_add_hops(&starts, &molecule, 3, swarm, DIA_HOPS_ALL, digest, &error), &error);
        add(&starts, 2, (const double[]){-1, -1}); /* no hop: stays */
        assert_ok(dia_starts_choose(&starts, 5, kind == 3 ? DIA_CHOOSE_FARTHEST : DIA_CHOOSE_RANDOM, kind == 2 ? 2 : 1,
                                    match, &error),
                  &error);
        assert_int_equal(starts.n, 11);
        for (int i = 0; i < 10; i++) {
            pairs[starts.start[i].lower]++;
            assert_true(i == 0 || starts.start[i].index > starts.start[i - 1].index);
        }
        assert_int_equal(pairs[0], 5);
        assert_int_equal(pairs[1], 5);
        assert_int_equal(starts.start[10].source, DIA_START_INPUT);
        assert_ok(dia_starts_digest(&starts, digests[kind], &error), &error);
        if (kind == 3) { /* of S2/S1, at 0, 5, ... 35: the ends, the middle, and so on */
            int n = 0;
            for (int i = 0; i < 10; i++)
                if (starts.start[i].lower == 1)
                    n += starts.start[i].index == 0 || starts.start[i].index == 35;
            assert_int_equal(n, 2);
        }
        dia_starts_free(&starts);
    }
    assert_string_equal(digests[0], digests[1]);
    assert_string_not_equal(digests[0], digests[2]);
    assert_string_not_equal(digests[0], digests[3]);
    dia_match_free(match);
    dia_molecule_free(&molecule);
    unlink(swarm);
}

static void test_bad_swarms(void **state)
{
    (void)state;
    static const struct {
        const char *spoil, *text;
        int nstate;
        dia_status status;
    } cases[] = {{"format", "diabolo-swarm", 3, DIA_ERROR_FILE},
                 {"version", "version", 3, DIA_ERROR_FILE},
                 {"position", "hops/position", 3, DIA_ERROR_FILE},
                 {"nan", "hops/position', entry 15", 3, DIA_ERROR_FILE},
                 {"molecule", "another molecule", 3, DIA_ERROR_INPUT},
                 {"frustrated", "no accepted hops (40 in all)", 3, DIA_ERROR_INPUT},
                 {"", "the model has only S0 to S1", 2, DIA_ERROR_INPUT}};
    dia_molecule molecule;
    two_coordinates(&molecule);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        dia_starts starts = {0};
        dia_error error = {0};
        char digest[DIA_DIGEST_SIZE];
        write_swarm(cases[k].spoil);
        const dia_status status =
            dia_starts_add_hops(&starts, &molecule, cases[k].nstate, swarm, DIA_HOPS_ACCEPTED, digest, &error);
        if (status != cases[k].status && !(cases[k].status == DIA_ERROR_FILE && status == DIA_ERROR_INPUT))
            fail_msg("status %d of '%s': %s", (int)status, cases[k].spoil, error.text);
        if (strstr(error.text, cases[k].text) == NULL || strstr(error.text, swarm) == NULL)
            fail_msg("expected '%s' in: %s", cases[k].text, error.text);
        dia_starts_free(&starts);
    }
    dia_molecule_free(&molecule);
    unlink(swarm);
}

/* No hop between S0 and S1 in the list: said so, not searched from nowhere. What is written of a survey reads back. */
static void test_file(void **state)
{
    (void)state;
    dia_model *model = parse("type: jahn_teller\n");
    dia_match *match;
    dia_error error = {0};
    dia_starts starts = {0};
    const double R[] = {0.4, 0.3};
    assert_ok(dia_match_create(&match, dia_model_molecule(model), NULL, true, &error), &error);
    dia_start hop = plain;
    hop.source = DIA_START_HOP, hop.lower = 0, hop.upper = 2;
    assert_ok(dia_starts_add(&starts, 2, &hop, R, &error), &error);
    const dia_state_set search[] = {{0, 2}, {1, 1}};
    dia_survey_settings settings = settings_of(1, search, match);
    dia_survey survey, back;
    const dia_control control = {.threads = 1};
    assert_int_equal(dia_survey_run(&survey, model, &starts, &settings, &control, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "no starting geometry for S1/S0"));
    assert_null(survey.ending);
    dia_error_clear(&error);
    starts.n = 0;
    add(&starts, 2, R);
    settings.nsearch = 2; /* the minimum of the upper state is the cone itself: no search converges there */
    settings.convergence.iterations = 30;
    dia_catalogue catalogue;
    run(&survey, &catalogue, model, &starts, &settings, 1);
    assert_int_equal(catalogue.npoint, 1);
    dia_store *store;
    assert_ok(dia_store_create(&store, swarm, &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", DIA_CATALOGUE_FORMAT, &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", DIA_CATALOGUE_VERSION, &error), &error);
    assert_ok(dia_catalogue_write(&catalogue, store, &error), &error);
    assert_ok(dia_survey_write(&survey, &starts, dia_model_molecule(model), store, &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_ok(dia_survey_read(&back, swarm, &error), &error);
    assert_int_equal(back.n, 2);
    for (int k = 0; k < 2; k++) {
        const dia_search_end *a = &survey.ending[k], *b = &back.ending[k];
        assert_int_equal(a->point, b->point);
        assert_int_equal(a->states.first, b->states.first);
        assert_int_equal(a->states.count, b->states.count);
        assert_true(a->result.converged == b->result.converged);
        assert_int_equal(a->result.iterations, b->result.iterations);
        assert_true(a->result.energy == b->result.energy && a->result.gap == b->result.gap);
        assert_string_equal(a->result.why, b->result.why);
    }
    assert_int_equal(survey.ending[0].point, 0);
    assert_int_equal(survey.ending[1].point, -1);
    assert_true(survey.ending[1].result.why[0] != '\0');
    dia_survey_free(&back);
    dia_survey_free(&survey);
    dia_catalogue_free(&catalogue);
    dia_starts_free(&starts);
    dia_match_free(match);
    dia_model_free(model);
    unlink(swarm);
}

/* ---- a whole input --------------------------------------------------------------------------- */

typedef struct listener {
    int stop, told, notes;
    double done, total;
} listener;

static void hear(void *context, const dia_progress_state *at)
{
    listener *own = context;
    own->told++;
    own->done = at->done, own->total = at->total;
}

static void hear_note(void *context, const char *text)
{
    listener *own = context;
    own->notes += strstr(text, "complete already") != NULL;
}

/* From text to the points: as the command does it, with progress; a second time nothing is searched; a stop leaves no file. */
static void test_input(void **state)
{
    (void)state;
    static const char text[] =
        "model: {type: ferretti}\nstart: {geometries: [{position: [2.5, 0.3]}, {position: [3.5, 0.1]}]}\n"
        "search: [{states: [0]}, {states: [0, 1]}]\nloop: [{name: around, point: S1/S0-1}]\n"
        "scan: [{name: nowhere, from: S0-9, coordinate: position 0, range: [1, 2]}]\n";
    const char *path = BINARY_DIR "/test_intersect_input.h5";
    const dia_input input = {.text = text, .output = path};
    listener own = {.stop = 1};
    const dia_control control = {.threads = 1, .stop = &own.stop, .progress = hear, .note = hear_note, .context = &own};
    dia_intersections *found;
    dia_error error = {0};
    unlink(path);
    assert_int_equal(dia_intersect(&input, false, &control, &found, &error), DIA_ERROR_INTERRUPTED);
    assert_null(found);
    assert_int_not_equal(access(path, F_OK), 0);
    dia_error_clear(&error);
    own.stop = 0;
    for (int again = 0; again < 2; again++) {
        assert_ok(dia_intersect(&input, false, &control, &found, &error), &error);
        assert_true(found->complete == (again == 1));
        assert_int_equal(found->points->npoint, 3);
        assert_string_equal(found->path, path);
        assert_string_equal(found->points->name[2], "S1/S0-1");
        assert_close(found->points->R[2 * 2], 3.0, 1e-6,
                     0); /* 3, 0 bohr and 0.01 hartree by the constants of the model */
        assert_close(found->points->R[2 * 2 + 1], 0.0, 0, 1e-6);
        assert_close(found->points->E[2 * 2 + 1], 0.01, 1e-8, 0);
        assert_int_equal(found->ntask, 2); /* in the order of the keys: scans before loops */
        assert_string_equal(found->task[0].group, "scans/nowhere");
        assert_true(found->task[0].failed && strstr(found->task[0].summary, "no point S0-9") != NULL);
        assert_true(!found->task[1].failed && strstr(found->task[1].summary, "loop of radius") != NULL);
        char *page = dia_intersections_text(found, false), *json = dia_intersections_text(found, true);
        assert_non_null(strstr(page, "3 distinct points from 4 of 4 searches"));
        assert_true(json[0] == '{' && strstr(json, "diabolo-intersections-summary") != NULL);
        free(page);
        free(json);
        dia_intersections_free(found);
    }
    assert_true(own.told > 4 && own.done == own.total);
    assert_int_equal(own.notes, 1);
    const char *set[] = {"method=penalty"};
    const dia_input other = {.text = text, .output = path, .nset = 1, .set = set};
    assert_int_equal(dia_intersect(&other, false, &control, &found, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "method: penalty"));
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jahn_teller), cmocka_unit_test(test_images),     cmocka_unit_test(test_hops),
        cmocka_unit_test(test_choice),      cmocka_unit_test(test_bad_swarms), cmocka_unit_test(test_file),
        cmocka_unit_test(test_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
