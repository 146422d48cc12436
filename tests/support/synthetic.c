/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "synthetic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "check.h"
#include "store/store.h"

/* Shorthand: a call that must succeed. */
#define MUST(call) assert_ok((call), &error)

typedef struct tables { /* of one swarm; shapes as in docs/swarm-file.md */
    double *time, *potential, *kinetic, *energies, *amplitudes, *end, *drift, *weight;
    double *population[3], *population_error[3];
    int64_t *number;
    int8_t *active, *fate, *start;
} tables;

double synthetic_departure(const synthetic_swarm *s, int j)
{
    const bool slow = dia_rng_uniform(s->seed, (uint64_t)j, 1, DIA_PURPOSE_TEST, 0) < s->slow_share;
    const double lifetime = slow ? s->slow_lifetime : s->lifetime;
    return s->delay - lifetime * log(dia_rng_uniform(s->seed, (uint64_t)j, 0, DIA_PURPOSE_TEST, 0));
}

static void *zeros(size_t n, size_t size)
{
    void *p = calloc(n > 0 ? n : 1, size);
    assert_non_null(p);
    return p;
}

static bool counts(const tables *t, int j)
{
    return t->fate[j] != 2;
}

static void fill_trajectory(const synthetic_swarm *s, tables *t, int j)
{
    const double departure = synthetic_departure(s, j), last = (s->ntime - 1) * s->every;
    const int below = s->from > 0 ? s->from - 1 : 1;
    t->number[j] = j;
    t->start[j] = (int8_t)s->from;
    t->weight[j] = s->weighted ? j % 3 + 1 : 1;
    t->fate[j] = s->nan_every > 0 && j % s->nan_every == 0 ? 2 : 1;
    t->end[j] = t->fate[j] == 2 ? last / 2 : last;
    const double drift = s->ntrajectory > 1 ? s->drift * j / (s->ntrajectory - 1) : 0;
    t->drift[j] = fabs(drift);
    for (int i = 0; i < s->ntime; i++) {
        const size_t at = (size_t)j * (size_t)s->ntime + (size_t)i;
        const int a = t->time[i] < departure ? s->from : below, other = a > 0 ? a - 1 : 1;
        t->active[at] = (int8_t)a;
        for (int k = 0; k < s->nstate; k++)
            t->energies[at * (size_t)s->nstate + (size_t)k] = -78 + 0.1 * k + 0.01 * sin(0.3 * t->time[i] + k);
        t->potential[at] = t->energies[at * (size_t)s->nstate + (size_t)a];
        t->kinetic[at] = -77.7 - t->potential[at] + (last > 0 ? drift * t->time[i] / last : 0);
        double *c = t->amplitudes + at * (size_t)s->nstate * 2;
        c[2 * a] = sqrt((1 - s->excess) / 2); /* any phase will do */
        c[2 * a + 1] = -c[2 * a];
        if (s->excess > 0)
            c[2 * other + 1] = sqrt(s->excess);
    }
}

/* Means and errors by the formulas of docs/swarm-file.md, written down anew. */
static void fill_populations(const synthetic_swarm *s, tables *t)
{
    for (int i = 0; i < s->ntime; i++)
        for (int k = 0; k < s->nstate; k++)
            for (int kind = 0; kind < 3; kind++) {
                double w = 0, w2 = 0, mean = 0, scatter = 0, n = 0;
                for (int pass = 0; pass < 2; pass++) {
                    for (int j = 0; j < s->ntrajectory; j++) {
                        const size_t at = (size_t)j * (size_t)s->ntime + (size_t)i;
                        const double *c = t->amplitudes + (at * (size_t)s->nstate + (size_t)k) * 2;
                        const double x = kind == 0 ? t->active[at] == k : c[0] * c[0] + c[1] * c[1], wj = t->weight[j];
                        if (!counts(t, j))
                            continue;
                        if (pass == 0) {
                            n++;
                            w += wj;
                            w2 += wj * wj;
                            mean += wj * x;
                        } else {
                            scatter += wj * wj * (x - mean) * (x - mean);
                        }
                    }
                    if (pass == 0)
                        mean /= w;
                }
                const size_t at = (size_t)i * (size_t)s->nstate + (size_t)k;
                t->population[kind][at] = mean;
                t->population_error[kind][at] =
                    kind == 0 ? sqrt(mean * (1 - mean) * w2) / w : sqrt(n / (n - 1) * scatter) / w;
            }
}

static void write_head(dia_store *store, const synthetic_swarm *s)
{
    static const char digest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const char *const digests[] = {"digest", "model_digest", "initial_digest"};
    const int every = s->nan_every > 0 ? s->nan_every : s->ntrajectory + 1;
    dia_error error = {0};
    MUST(dia_store_set_text(store, "", "format", "diabolo-swarm", &error));
    MUST(dia_store_set_int(store, "", "version", 1, &error));
    MUST(dia_store_set_text(store, "", "input", "made up for a test\n", &error));
    MUST(dia_store_set_text(store, "", "resolved", "made up for a test\n", &error));
    for (int i = 0; i < 3; i++)
        MUST(dia_store_set_text(store, "", digests[i], digest, &error));
    MUST(dia_store_set_text(store, "", "program_commit", dia_commit(), &error));
    MUST(dia_store_set_text(store, "", "model_type", "synthetic", &error));
    MUST(dia_store_set_text(store, "", "model_path", "-", &error));
    MUST(dia_store_set_text(store, "", "method", "fewest_switches", &error));
    MUST(dia_store_set_text(store, "", "program_version", dia_version(), &error));
    MUST(dia_store_set_int(store, "", "seed", (int64_t)s->seed, &error));
    MUST(dia_store_set_real(store, "", "timestep", s->every / 4, &error));
    MUST(dia_store_set_int(store, "", "every", 4, &error));
    MUST(dia_store_set_int(store, "", "excluded", s->nan_every > 0 ? (s->ntrajectory - 1) / every + 1 : 0, &error));
    MUST(dia_store_set_int(store, "", "states", s->nstate, &error));
    MUST(dia_store_set_int(store, "", "trajectories", s->ntrajectory, &error));
    if (s->populations != NULL)
        MUST(dia_store_set_text(store, "", "populations", s->populations, &error));
}

static void write_hops(dia_store *store, const synthetic_swarm *s)
{
    const double last = (s->ntime - 1) * s->every;
    size_t n = (size_t)s->ntrajectory, k = 0;
    int64_t *trajectory = zeros(n, sizeof *trajectory);
    double *time = zeros(n, sizeof *time), *gap = zeros(n, sizeof *gap), *kinetic = zeros(n, sizeof *kinetic),
           *after = zeros(n, sizeof *after), *position = zeros(n, sizeof *position);
    int8_t *from = zeros(n, 1), *to = zeros(n, 1), *accepted = zeros(n, 1);
    for (int j = 0; j < s->ntrajectory; j++) {
        const bool stopped = s->nan_every > 0 && j % s->nan_every == 0; /* half way */
        if (synthetic_departure(s, j) > (stopped ? last / 2 : last))
            continue;
        trajectory[k] = j;
        time[k] = synthetic_departure(s, j);
        from[k] = (int8_t)s->from;
        to[k] = (int8_t)(s->from > 0 ? s->from - 1 : 1);
        gap[k] = -0.001 * (double)(k + 1);
        after[k] = -gap[k];
        accepted[k++] = 1;
    }
    dia_error error = {0};
    MUST(dia_store_write(store, "hops/trajectory", DIA_NUMBER_INT64, 1, &k, trajectory, "1", &error));
    MUST(dia_store_write(store, "hops/time", DIA_NUMBER_REAL, 1, &k, time, "fs", &error));
    MUST(dia_store_write(store, "hops/from", DIA_NUMBER_INT8, 1, &k, from, "1", &error));
    MUST(dia_store_write(store, "hops/to", DIA_NUMBER_INT8, 1, &k, to, "1", &error));
    MUST(dia_store_write(store, "hops/accepted", DIA_NUMBER_INT8, 1, &k, accepted, "1", &error));
    MUST(dia_store_write(store, "hops/gap", DIA_NUMBER_REAL, 1, &k, gap, "hartree", &error));
    MUST(dia_store_write(store, "hops/kinetic_before", DIA_NUMBER_REAL, 1, &k, kinetic, "hartree", &error));
    MUST(dia_store_write(store, "hops/kinetic_after", DIA_NUMBER_REAL, 1, &k, after, "hartree", &error));
    const size_t vector[3] = {k, 1, 1};
    MUST(dia_store_write(store, "hops/position", DIA_NUMBER_REAL, 3, vector, position, "bohr", &error));
    void *const mine[] = {trajectory, time, gap, kinetic, after, position, from, to, accepted};
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++)
        free(mine[i]);
}

/* One particle on a line. */
static void write_molecule(dia_store *store)
{
    const size_t one[2] = {1, 1};
    dia_error error = {0};
    MUST(dia_store_write(store, "molecule/numbers", DIA_NUMBER_INT, 1, one, &(int){0}, "1", &error));
    MUST(dia_store_write(store, "molecule/masses", DIA_NUMBER_REAL, 1, one, &(double){2000}, "electron_mass", &error));
    MUST(dia_store_write(store, "molecule/reference", DIA_NUMBER_REAL, 2, one, &(double){0}, "bohr", &error));
}

static void write_tables(dia_store *store, const synthetic_swarm *s, const tables *t)
{
    const size_t N = (size_t)s->ntrajectory, T = (size_t)s->ntime, n = (size_t)s->nstate;
    const size_t samples[2] = {T, n}, rows[4] = {N, T, n, 2};
    static const char *const kinds[3] = {"active", "electronic", "diabatic"};
    dia_error error = {0};
    char name[64];
    MUST(dia_store_write(store, "time", DIA_NUMBER_REAL, 1, samples, t->time, "fs", &error));
    for (int kind = 0; kind < 3; kind++) {
        snprintf(name, sizeof name, "populations/%s", kinds[kind]);
        MUST(dia_store_write(store, name, DIA_NUMBER_REAL, 2, samples, t->population[kind], "1", &error));
        snprintf(name, sizeof name, "populations/%s_error", kinds[kind]);
        MUST(dia_store_write(store, name, DIA_NUMBER_REAL, 2, samples, t->population_error[kind], "1", &error));
    }
    MUST(dia_store_write(store, "trajectories/number", DIA_NUMBER_INT64, 1, rows, t->number, "1", &error));
    MUST(dia_store_write(store, "trajectories/active", DIA_NUMBER_INT8, 2, rows, t->active, "1", &error));
    MUST(dia_store_write(store, "trajectories/potential", DIA_NUMBER_REAL, 2, rows, t->potential, "hartree", &error));
    MUST(dia_store_write(store, "trajectories/kinetic", DIA_NUMBER_REAL, 2, rows, t->kinetic, "hartree", &error));
    MUST(dia_store_write(store, "trajectories/fate", DIA_NUMBER_INT8, 1, rows, t->fate, "1", &error));
    MUST(dia_store_write(store, "trajectories/end", DIA_NUMBER_REAL, 1, rows, t->end, "fs", &error));
    MUST(dia_store_write(store, "trajectories/drift", DIA_NUMBER_REAL, 1, rows, t->drift, "hartree", &error));
    MUST(dia_store_write(store, "trajectories/energies", DIA_NUMBER_REAL, 3, rows, t->energies, "hartree", &error));
    if (!s->no_amplitudes)
        MUST(dia_store_write(store, "trajectories/amplitudes", DIA_NUMBER_FLOAT, 4, rows, t->amplitudes, "1", &error));
    MUST(dia_store_write(store, "initial/state", DIA_NUMBER_INT8, 1, rows, t->start, "1", &error));
    MUST(dia_store_write(store, "initial/weight", DIA_NUMBER_REAL, 1, rows, t->weight, "1", &error));
}

dia_store *synthetic_swarm_begin(const synthetic_swarm *s, const char *path)
{
    const size_t N = (size_t)s->ntrajectory, T = (size_t)s->ntime, n = (size_t)s->nstate;
    tables t = {.time = zeros(T, 8),
                .potential = zeros(N * T, 8),
                .kinetic = zeros(N * T, 8),
                .energies = zeros(N * T * n, 8),
                .amplitudes = zeros(N * T * n * 2, 8),
                .end = zeros(N, 8),
                .drift = zeros(N, 8),
                .weight = zeros(N, 8),
                .number = zeros(N, 8),
                .active = zeros(N * T, 1),
                .fate = zeros(N, 1),
                .start = zeros(N, 1)};
    for (int kind = 0; kind < 3; kind++) {
        t.population[kind] = zeros(T * n, 8);
        t.population_error[kind] = zeros(T * n, 8);
    }
    for (int i = 0; i < s->ntime; i++)
        t.time[i] = i * s->every;
    for (int j = 0; j < s->ntrajectory; j++)
        fill_trajectory(s, &t, j);
    fill_populations(s, &t);
    dia_error error = {0};
    dia_store *store = NULL;
    MUST(dia_store_create(&store, path, &error));
    write_head(store, s);
    write_tables(store, s, &t);
    void *const mine[] = {t.time,  t.potential, t.kinetic, t.energies, t.amplitudes, t.end,
                          t.drift, t.weight,    t.number,  t.active,   t.fate,       t.start};
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++)
        free(mine[i]);
    for (int kind = 0; kind < 3; kind++) {
        free(t.population[kind]);
        free(t.population_error[kind]);
    }
    return store;
}

void synthetic_swarm_write(const synthetic_swarm *s, const char *path)
{
    dia_error error = {0};
    dia_store *store = synthetic_swarm_begin(s, path);
    write_molecule(store);
    write_hops(store, s);
    MUST(dia_store_commit(&store, &error));
}
