/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do intervals of 95 % hold the truth 95 times out of 100? coverage [REPEATS [RESAMPLINGS [CASE]]]: made-up swarms with
 * known constants, fitted again and again; fails if any quantity is covered less than 93 % or more than 97 % of the
 * time (1000 repeats: the standard deviation of 95 % is 0.7 %, so that is 2.9 sigma either way). */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/kinetics/scheme_fit.h"
#include "markov.h"
#include "parallel/team.h"

enum { MOST_TIMES = 200, MOST_QUANTITIES = 8 };

typedef struct truth {
    const char *name;
    markov markov;
    int nquantity; /* those whose truth is known, in the order of the fit */
    double value[MOST_QUANTITIES];
} truth;

static const truth cases[] = {
    {"single exponential with delay",
     {.scheme = "S1 -> S0", .rate = {1 / 30.0}, .delay = 12, .n = 300, .ntime = 61, .every = 2.5},
     2,
     {30, 12}},
    {"S2 -> S1 -> S0",
     {.scheme = "S2 -> S1 -> S0", .rate = {1 / 15.0, 1 / 60.0}, .delay = 8, .n = 300, .ntime = 81, .every = 2.5},
     3,
     {15, 60, 8}},
    {"branching",
     {.scheme = "S2 -> S1; S1 -> S0; S2 -> S0",
      .rate = {1 / 30.0, 1 / 60.0, 1 / 70.0},
      .delay = 8,
      .n = 500,
      .ntime = 81,
      .every = 2.5},
     6,
     {30, 60, 70, 0.7, 0.3, 8}},
    {"back reaction",
     {.scheme = "S2 -> S1; S1 -> S2; S1 -> S0",
      .rate = {1 / 20.0, 1 / 50.0, 1 / 60.0},
      .delay = 8,
      .n = 500,
      .ntime = 81,
      .every = 2.5},
     6,
     {20, 50, 60, 0.54545454545454545, 0.45454545454545454, 8}}};

typedef struct tally {
    const truth *truth;
    int resamplings;
    int covered[MOST_QUANTITIES], bca[MOST_QUANTITIES], normal[MOST_QUANTITIES], missed_low[MOST_QUANTITIES];
    int fitted;
    double sum[MOST_QUANTITIES], square[MOST_QUANTITIES], error[MOST_QUANTITIES];
    char name[MOST_QUANTITIES][160];
} tally;

static void repeat(void *context, int number, int thread)
{
    (void)thread;
    tally *t = context;
    double time[MOST_TIMES];
    markov m = t->truth->markov;
    dia_scheme scheme;
    dia_occupation data;
    dia_error error = {0};
    dia_scheme_fit *fit = malloc(sizeof *fit);
    const dia_regression_options options = {
        .bootstrap = t->resamplings, .seed = (uint64_t)number + 1, .control = &(dia_control){.threads = 1}};
    m.seed = 1000 + (uint64_t)number;
    markov_fly(&m, &scheme, time, &data);
    if (dia_scheme_fit_create(fit, &scheme, &(dia_kinetics_form){.delay = DIA_KINETICS_FREE}, &data, time, &options,
                              &error) != DIA_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    dia_team_lock();
    t->fitted += fit->regression.fitted;
    for (int v = 0; v < t->truth->nquantity && fit->regression.fitted; v++) {
        const dia_quantity *q = &fit->regression.quantity[v];
        const double truth_value = t->truth->value[v];
        t->covered[v] += q->low <= truth_value && truth_value <= q->high;
        t->missed_low[v] += truth_value < q->low;
        t->bca[v] += q->bca[0] <= truth_value && truth_value <= q->bca[1];
        t->normal[v] += fabs(q->value - truth_value) <= 1.96 * q->standard_error;
        t->sum[v] += q->value;
        t->square[v] += q->value * q->value;
        t->error[v] += q->standard_error;
        snprintf(t->name[v], sizeof t->name[v], "%s", fit->quantity[v].name);
    }
    dia_team_unlock();
    dia_scheme_fit_free(fit);
    dia_occupation_free(&data);
    free(fit);
}

static bool report(const tally *t, int repeats)
{
    bool good = t->fitted == repeats;
    const double n = t->fitted, slack = 3 * sqrt(0.95 * 0.05 / n), low = n >= 1000 ? 0.93 : 0.95 - slack,
                 high = n >= 1000 ? 0.97 : 0.95 + slack;
    printf("%s: %d trajectories, %d of %d fitted, %d resamplings each\n", t->truth->name, t->truth->markov.n, t->fitted,
           repeats, t->resamplings);
    printf("  %-24s %9s %9s %9s %9s %8s %8s %8s %8s\n", "", "truth", "mean", "spread", "std.err", "percent.", "(below)",
           "BCa", "normal");
    for (int v = 0; v < t->truth->nquantity; v++) {
        const double mean = t->sum[v] / n, cover = t->covered[v] / n;
        const bool within = cover >= low && cover <= high;
        printf("  %-24s %9.4g %9.4g %9.3g %9.3g %7.1f%% %7.1f%% %7.1f%% %7.1f%% %s\n", t->name[v], t->truth->value[v],
               mean, sqrt(t->square[v] / n - mean * mean), t->error[v] / n, 100 * cover, 100 * t->missed_low[v] / n,
               100 * t->bca[v] / n, 100 * t->normal[v] / n, within ? "" : "<-- outside");
        good = good && within;
    }
    fflush(stdout);
    return good;
}

int main(int argc, char **argv)
{
    const int repeats = argc > 1 ? atoi(argv[1]) : 1000, resamplings = argc > 2 ? atoi(argv[2]) : 500;
    bool good = true;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        if (argc > 3 && atoi(argv[3]) != (int)c)
            continue;
        tally t = {.truth = &cases[c], .resamplings = resamplings};
        dia_team_run(dia_team_size(0), repeats, repeat, &t);
        good = report(&t, repeats) && good;
    }
    return good ? 0 : 1;
}
