/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fewest switches on the models of the literature (docs/models.md) against an independent one (tully_fssh.h): from an input as
 * users write it to the swarm file. Compared are populations at four times, of the active state, by amplitudes, of diabats.
 *
 *   test_physics_fewest_switches [-f] [-s SHARE] [-t THREADS] [-v] TRAJECTORIES [MODEL ...]
 *
 * of each flight (fewer of the costly models): the usual start without decoherence and another one with it; -f: both starts with and
 * without. SHARE: the reference's step in those of the program; -v: the differences of the means.
 *
 * Both start at the same geometries and velocities, and draw active states at the start and hops apart, so differences are
 * taken trajectory by trajectory (paired.h). 3 sigma are exceeded by chance once in 370 independent comparisons, and there are
 * more. So a flight fails if the probability of its chi2, which takes all its populations together, is below 1e-3, or if any z is above
 * 4; all flights together fail if the probability of the sum of chi2 is below 0.0027, which is 3 sigma. Seeds are fixed: a test
 * that passed does not fail by chance later.
 *
 * What 250 trajectories see: a diabatic start whose amplitudes are those of one adiabatic state fails at the conical intersections
 * (4.4 sigma); hopping probabilities too small by a tenth are at the limit (one group of models in three fails). */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "diabolo/model.h"
#include "diabolo/run.h"
#include "diabolo/swarm.h"
#include "model/registry.h"
#include "paired.h"
#include "parallel/team.h"
#include "tully_fssh.h"

enum { TIMES = 4, KINDS = 3, BINS = 4, STATES = 100 };

/* Populations may differ by this because of finite steps: amplitudes before any hop differ by 1e-4 to 5e-4 in most models. */
static const double STEP = 5e-4;

typedef struct problem {
    const char *name, *model; /* of the flight; as in `diabolo init run MODEL`           */
    int cost;                 /* fewer trajectories by this factor                       */
    const char *usual;        /* initial.state of that input                             */
    const char *other;        /* another start                                           */
    const char *unit;         /* of time                                                 */
    double every;             /* time between comparisons: a quarter of the duration     */
    const char *keys;         /* other variants, shorter approaches; separated by blanks */
} problem;

static const problem problems[] = {
    {"tully 1", "tully", 1, "0", "{diabatic: 1}", "fs", 7.5, "initial.position=[-5]"},
    {"tully 2", "tully", 1, "0", "{diabatic: 1}", "fs", 7.5, "model.variant=2 initial.position=[-6]"},
    {"tully 3", "tully", 1, "0", "{diabatic: 1}", "fs", 10, "model.variant=3 initial.position=[-8]"},
    {"double arch", "subotnik", 1, "0", "{diabatic: 1}", "fs", 6.5, "initial.position=[-8]"},
    {"dumbbell", "subotnik", 1, "0", "{diabatic: 1}", "fs", 8.5, "model.variant=dumbbell initial.position=[-14]"},
    {"subotnik x", "subotnik", 1, "0", "{diabatic: 1}", "fs", 7, "model.variant=x initial.position=[-12]"},
    {"subotnik s", "subotnik", 1, "0", "{diabatic: 1}", "fs", 7, "model.variant=s initial.position=[-12]"},
    {"subotnik 2d", "subotnik", 1, "0", "{diabatic: 1}", "fs", 7,
     "model.variant=2d initial.position=[-8,0] initial.momentum=[40,0] initial.position_width=[0.5] "
     "initial.momentum_width=[1]"},
    {"superexchange", "superexchange", 1, "0", "{diabatic: 2}", "fs", 7.5, "initial.position=[-5]"},
    {"fan of 10", "fan", 1, "{diabatic: 0}", "{diabatic: 1}", "fs", 6, ""},
    {"fan of 30", "fan", 20, "{diabatic: 0}", "{diabatic: 14}", "fs", 6, "model.states=30"},
    {"coupled fan", "fan", 1, "{diabatic: 0}", "{diabatic: 1}", "fs", 6, "model.states=4 model.coupling=0.001hartree"},
    {"morse I", "morse", 1, "{diabatic: 0}", "{diabatic: 1}", "fs", 15, "model.variant=I"},
    {"morse II", "morse", 1, "{diabatic: 0}", "{diabatic: 1}", "fs", 15, "model.variant=II"},
    {"morse III", "morse", 1, "{diabatic: 0}", "{diabatic: 1}", "fs", 15, ""},
    {"nai", "nai", 2, "{diabatic: 1}", "1", "fs", 80, ""},
    {"ferretti", "ferretti", 1, "{diabatic: 0}", "{diabatic: 1}", "fs", 20, ""},
    {"jahn_teller", "jahn_teller", 1, "1", "{diabatic: 1}", "fs", 10, ""},
    {"butatriene", "butatriene", 1, "{diabatic: 0}", "{diabatic: 1}", "fs", 10, ""},
    {"bma", "bma", 1, "{diabatic: 0}", "{diabatic: 1}", "fs", 20, ""},
    {"retinal", "retinal", 1, "{diabatic: 1}", "1", "fs", 40, ""},
    {"phenol", "phenol", 1, "{diabatic: 2}", "{diabatic: 1}", "fs", 10, ""},
    {"pyrazine3", "pyrazine3", 1, "{diabatic: 1}", "1", "fs", 15, ""},
    {"pyrazine4", "pyrazine4", 1, "{diabatic: 1}", "1", "fs", 15, ""},
    {"pyrazine24", "pyrazine24", 2, "{diabatic: 1}", "1", "fs", 10, ""},
    {"fulvene", "fulvene", 1, "{diabatic: 1}", "1", "fs", 10, ""},
    {"uracil", "uracil", 2, "{diabatic: 2}", "{diabatic: 3}", "fs", 15, ""},
    {"fmo", "fmo", 4, "{diabatic: 0}", "{diabatic: 1}", "fs", 50, ""},
    {"debye", "spin_boson", 2, "{diabatic: 0}", "{diabatic: 1}", "au", 1, "model.modes=20"},
    {"ohmic", "spin_boson", 2, "{diabatic: 0}", "{diabatic: 1}", "au", 1,
     "model.density=ohmic model.xi=0.2 model.modes=20"},
};

enum { PROBLEMS = sizeof problems / sizeof problems[0] };

typedef struct settings {
    int trajectories, threads;
    double share;
    bool four, verbose;
} settings;

typedef struct flight { /* one problem, one start, with or without decoherence */
    const settings *settings;
    const problem *problem;
    const char *state;
    bool decohere;
    int n;           /* trajectories                                                              */
    int nbin, count; /* of states compared at once; numbers of a trajectory                       */
    dia_swarm *swarm;
    dia_model *model;
    dia_shape shape;
    double *d;       /* (n, count) populations of the program, later their differences       owned */
    double *R, *V;   /* (n, ncart) start                                                     owned */
    tully_fssh **of; /* (threads)                                                            owned */
} flight;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *memory(size_t count, size_t size)
{
    void *room = calloc(count, size);
    assert_non_null(room);
    return room;
}

/* ---- Diabolo's ------------------------------------------------------------------------------- */

static void run_program(flight *f)
{
    enum { MOST = 16 };
    const problem *p = f->problem;
    const dia_model_text_entry *input = dia_model_text_find(dia_model_inputs, p->model);
    char text[5][100], keys[300], path[100];
    const char *set[MOST];
    int n = 0;
    dia_error error = {0};
    assert_non_null(input);
    snprintf(text[0], sizeof text[0], "initial.trajectories=%d", f->n);
    snprintf(text[1], sizeof text[1], "initial.state=%s", f->state);
    snprintf(text[2], sizeof text[2], "dynamics.duration=%g %s", TIMES * p->every, p->unit);
    snprintf(text[3], sizeof text[3], "output.every=%g %s", p->every, p->unit);
    snprintf(text[4], sizeof text[4], "dynamics.decoherence={method: %s}", f->decohere ? "energy_based" : "none");
    for (int i = 0; i < 5; i++)
        set[n++] = text[i];
    set[n++] = "output.precision=double";
    snprintf(keys, sizeof keys, "%s", p->keys);
    for (char *key = strtok(keys, " "); key != NULL; key = strtok(NULL, " ")) {
        assert_true(n < MOST);
        set[n++] = key;
    }
    snprintf(path, sizeof path, "fewest_switches_%d.h5", (int)getpid());
    const dia_input from = {.text = input->text, .nset = n, .set = set, .output = path};
    const dia_control control = {.threads = f->settings->threads};
    assert_ok(dia_run(&from, &(dia_run_flags){.fresh = true}, &control, NULL, &error), &error);
    assert_ok(dia_swarm_open(&f->swarm, path, &error), &error);
    assert_ok(dia_model_of_result(&f->model, path, NULL, &error), &error);
    unlink(path); /* it stays open */
    assert_int_equal(f->swarm->T, TIMES + 1);
    assert_int_equal(f->swarm->excluded, 0);
}

/* Adds up the states of a bin. The last bin is left out: populations add up to 1. */
static void put(const flight *f, const double *population, double *x)
{
    const int n = f->shape.nstate;
    memset(x, 0, (size_t)(f->nbin - 1) * sizeof *x);
    for (int k = 0; k < n; k++)
        if (k * f->nbin / n < f->nbin - 1)
            x[k * f->nbin / n] += population[k];
}

/* Populations of the diabats from amplitudes c of adiabatic states whose largest component is positive (swarm-file.md). */
static void diabats(tully_fssh *t, int n, const double *R, const double *c, double *population)
{
    double E[STATES], *U = memory((size_t)(n * n), sizeof *U);
    tully_states(t, R, E, U);
    for (int k = 0; k < n; k++) {
        int largest = 0;
        for (int j = 1; j < n; j++)
            largest = fabs(U[k * n + j]) > fabs(U[k * n + largest]) ? j : largest;
        for (int j = 0, turn = U[k * n + largest] < 0.0; j < n && turn; j++)
            U[k * n + j] *= -1.0;
    }
    for (int i = 0; i < n; i++) {
        double re = 0.0, im = 0.0;
        for (int k = 0; k < n; k++) {
            re += U[k * n + i] * c[2 * k];
            im += U[k * n + i] * c[2 * k + 1];
        }
        population[i] = re * re + im * im;
    }
    free(U);
}

/* Rows of all trajectories; freed by the caller. */
static double *read_rows(const flight *f, const char *name)
{
    dia_error error = {0};
    double *values = memory((size_t)f->n * dia_swarm_row_size(f->swarm, name), sizeof *values);
    assert_ok(dia_swarm_rows(f->swarm, name, 0, f->n, values, &error), &error);
    return values;
}

static void read_program(flight *f)
{
    const int n = f->shape.nstate, ncart = f->shape.ncart;
    double p[STATES], *active = read_rows(f, "trajectories/active"), *c = read_rows(f, "trajectories/amplitudes"),
                      *R = read_rows(f, "trajectories/position");
    f->R = read_rows(f, "initial/position");
    f->V = read_rows(f, "initial/velocity");
    double *x = f->d;
    for (int at = 0; at < f->n * (TIMES + 1); at++) {
        const double *a = c + 2 * n * at;
        if (at % (TIMES + 1) == 0)
            continue; /* the start */
        for (int k = 0; k < n; k++)
            p[k] = k == (int)active[at];
        put(f, p, x);
        for (int k = 0; k < n; k++)
            p[k] = a[2 * k] * a[2 * k] + a[2 * k + 1] * a[2 * k + 1];
        put(f, p, x + (f->nbin - 1));
        diabats(f->of[0], n, R + ncart * at, a, p);
        put(f, p, x + 2 * (f->nbin - 1));
        x += KINDS * (f->nbin - 1);
    }
    free(active);
    free(c);
    free(R);
}

/* ---- the reference ---------------------------------------------------------------------------- */

static void fly_reference(void *context, int i, int thread)
{
    const flight *f = context;
    tully_fssh *t = f->of[thread];
    const int ncart = f->shape.ncart, each = KINDS * (f->nbin - 1);
    const bool diabatic = f->state[0] == '{'; /* {diabatic: D} */
    double kinds[KINDS][STATES], y[KINDS * (BINS - 1)];
    tully_start(t, (uint64_t)i, f->R + i * ncart, f->V + i * ncart, diabatic,
                atoi(diabatic ? strchr(f->state, ':') + 1 : f->state));
    for (int s = 0; s < TIMES; s++) {
        tully_fly(t, (f->swarm->time[s + 1] - f->swarm->time[s]) * DIA_FEMTOSECOND);
        tully_populations(t, kinds[0], kinds[1], kinds[2]);
        for (int k = 0; k < KINDS; k++)
            put(f, kinds[k], y + k * (f->nbin - 1));
        for (int k = 0; k < each; k++)
            f->d[i * f->count + s * each + k] -= y[k];
    }
}

/* ---- comparison ------------------------------------------------------------------------------- */

static void prepare(flight *f)
{
    const size_t n = (size_t)f->n, threads = (size_t)f->settings->threads;
    const tully_settings reference = {.timestep = f->settings->share * f->swarm->timestep * DIA_FEMTOSECOND,
                                      .turn = 2e-4,
                                      .constant = f->decohere ? 0.1 : 0.0,
                                      .seed = 20261128};
    f->shape = dia_model_shape(f->model);
    assert_true(f->shape.nstate <= STATES);
    f->nbin = f->shape.nstate < BINS ? f->shape.nstate : BINS;
    f->count = KINDS * TIMES * (f->nbin - 1);
    f->d = memory(n * (size_t)f->count, sizeof *f->d);
    f->of = memory(threads, sizeof(tully_fssh *));
    for (size_t i = 0; i < threads; i++)
        f->of[i] = tully_create(f->model, &reference);
}

static void clear(flight *f)
{
    for (int i = 0; i < f->settings->threads; i++)
        tully_free(f->of[i]);
    free(f->of);
    free(f->d);
    free(f->R);
    free(f->V);
    dia_swarm_close(f->swarm);
    dia_model_free(f->model);
}

/* active, electronic, diabatic populations, a line for each time */
static void tell_differences(const flight *f)
{
    double mean[PAIRED_MOST], covariance[PAIRED_MOST * PAIRED_MOST];
    paired_moments(f->n, f->count, f->d, mean, covariance);
    for (int k = 0; k < f->count; k++)
        printf("%s%9.5f +- %7.5f%s", k % (f->count / TIMES) == 0 ? "   " : "  ", mean[k],
               sqrt(covariance[k * f->count + k]), (k + 1) % (f->count / TIMES) == 0 ? "\n" : "");
}

static paired_verdict fly(flight *f)
{
    long steps = 0, unclear = 0;
    const double start = seconds();
    run_program(f);
    prepare(f);
    read_program(f);
    const double middle = seconds();
    dia_team_run(f->settings->threads, f->n, fly_reference, f);
    for (int i = 0; i < f->settings->threads; i++) {
        long some, few;
        tully_counts(f->of[i], &some, &few);
        steps += some;
        unclear += few;
    }
    const paired_verdict v = paired_judge(f->n, f->count, f->d, STEP);
    printf("%-13s %-14s %-4s %6d %5d %6.2f", f->problem->name, f->state, f->decohere ? "yes" : "no", v.n, f->count,
           v.largest);
    if (v.compared > 0)
        printf(" %6.2f", sqrt(v.square / v.compared));
    else
        printf("      -");
    printf(" %7.1f %4d %11.4f %9.1f %9.1f %7.0f\n", v.chi2, v.rank, v.probability, middle - start, seconds() - middle,
           (double)steps / f->n);
    if (unclear > 0)
        printf("   %ld steps of the reference were too long to follow its states\n", unclear);
    if (f->settings->verbose)
        tell_differences(f);
    fflush(stdout);
    clear(f);
    return v;
}

static bool asked(const problem *p, int n, char **models)
{
    for (int i = 0; i < n; i++)
        if (strcmp(p->model, models[i]) == 0 || strcmp(p->name, models[i]) == 0)
            return true;
    return n == 0;
}

/* Every model that has a usual input is compared, unless its H is complex: the independent method is for real H (of complex H
 * fewest switches is compared with exact dynamics, physics/hermitian.c). */
static void check_complete(void)
{
    for (const dia_model_text_entry *input = dia_model_inputs; input->name != NULL; input++) {
        int n = 0;
        for (int p = 0; p < PROBLEMS; p++)
            n += strcmp(problems[p].model, input->name) == 0;
        if (strstr(input->text, "H is complex") != NULL)
            continue;
        if (n == 0)
            printf("no flight of the model %s\n", input->name);
        assert_true(n > 0);
    }
}

static settings read_settings(int argc, char **argv)
{
    settings s = {.threads = 1, .share = 0.25};
    int option;
    while ((option = getopt(argc, argv, "fs:t:v")) != -1) {
        if (option == 's')
            s.share = atof(optarg);
        else if (option == 't')
            s.threads = dia_team_size(atoi(optarg));
        else if (option == 'f')
            s.four = true;
        else if (option == 'v')
            s.verbose = true;
        else
            exit(2);
    }
    s.trajectories = optind < argc ? atoi(argv[optind]) : 100;
    return s;
}

int main(int argc, char **argv)
{
    const settings s = read_settings(argc, argv);
    paired_sum all = {0};
    int bad = 0;
    check_complete();
    printf("%-13s %-14s %-4s %6s %5s %6s %6s %7s %4s %11s %9s %9s %7s\n", "model", "start", "EDC", "trajs", "pops",
           "max|z|", "rms z", "chi2", "rank", "probability", "program/s", "refer./s", "steps");
    for (int p = 0; p < PROBLEMS; p++)
        for (int way = 0; way < 4 && asked(&problems[p], argc - optind - 1, argv + optind + 1); way++) {
            if (!s.four && (way == 1 || way == 2))
                continue;
            flight f = {.settings = &s,
                        .problem = &problems[p],
                        .state = way < 2 ? problems[p].usual : problems[p].other,
                        .decohere = way % 2 == 1,
                        .n = s.trajectories / problems[p].cost};
            const paired_verdict v = fly(&f);
            const bool wrong = v.probability < 1e-3 || v.largest > 4.0;
            if (wrong)
                printf("   DIFFERS\n");
            bad += wrong;
            paired_add(&all, &v);
        }
    double error;
    const double rms = paired_rms(&all, &error), probability = paired_probability(&all);
    printf("%d flights: %d comparisons, rms z %.3f +- %.3f, largest %.2f (expected %.1f), chi2 %.1f of rank %d, "
           "probability %.4f\n",
           all.judged, all.compared, rms, error, all.largest, paired_expected(&all), all.chi2, all.rank, probability);
    return bad > 0 || probability < 0.0027;
}
