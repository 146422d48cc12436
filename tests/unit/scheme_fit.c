/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinetic fits to trajectories of Markov schemes whose constants are known; diabatic estimators; intervals of shares.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/populations/estimators.h"
#include "analyse/kinetics/scheme_fit.h"
#include "analyse/populations/yields.h"
#include "statistics/resample.h"
#include "statistics/share.h"
#include "base/rng.h"
#include "markov.h"

enum { MOST_TIMES = 100 };
static double time_of[MOST_TIMES];

static const dia_kinetics_form delayed = {.delay = DIA_KINETICS_FREE};

static dia_scheme_fit *fit(const markov *m, const char *text, const dia_kinetics_form *form, int bootstrap, int threads)
{
    dia_scheme made, fitted;
    dia_occupation data;
    dia_error error = {0};
    dia_scheme_fit *f = malloc(sizeof *f);
    assert_non_null(f);
    markov_fly(m, &made, time_of, &data);
    assert_ok(dia_scheme_parse(&fitted, text, &error), &error);
    for (int i = 0; i < data.n * data.ntime; i++) { /* species of the fitted scheme, by name */
        int s = 0;
        while (s < fitted.nspecies && strcmp(fitted.species[s].name, made.species[data.species[i]].name) != 0)
            s++;
        data.species[i] = (int8_t)(s < fitted.nspecies ? s : DIA_OCCUPATION_NONE);
    }
    data.nspecies = fitted.nspecies;
    const dia_regression_options options = {
        .bootstrap = bootstrap, .seed = m->seed, .control = &(dia_control){.threads = threads}};
    assert_ok(dia_scheme_fit_create(f, &fitted, form, &data, time_of, &options, &error), &error);
    dia_occupation_free(&data);
    return f;
}

static void drop(dia_scheme_fit *f)
{
    dia_scheme_fit_free(f);
    free(f);
}

static const markov chain = {
    .scheme = "A -> B -> C", .rate = {1 / 15.0, 1 / 45.0}, .delay = 6, .n = 200, .ntime = 41, .every = 4};

/* Of 100 intervals of 95 % 88 to 100 must hold the truth (binomial: 2.2, so 88 is 3.2 sigma below). Their standard
 * errors must be the spread of the estimates, which 100 of them tell to 7 %: 3 sigma and 5 % for what is not linear. */
static void intervals_cover(void **state)
{
    (void)state;
    enum { REPEATS = 100, QUANTITIES = 3 };
    static const double truth[QUANTITIES] = {15, 45, 6};
    int covered[QUANTITIES] = {0};
    double sum[QUANTITIES] = {0}, square[QUANTITIES] = {0}, error[QUANTITIES] = {0};
    const uint64_t seed = check_seed(4000);
    for (int r = 0; r < REPEATS; r++) {
        markov m = chain;
        m.seed = seed + (uint64_t)r;
        dia_scheme_fit *f = fit(&m, m.scheme, &delayed, 100, 0);
        assert_string_equal(f->refused, "");
        assert_int_equal(f->regression.nquantity, QUANTITIES);
        for (int v = 0; v < QUANTITIES; v++) {
            const dia_quantity *q = &f->regression.quantity[v];
            covered[v] += q->low <= truth[v] && truth[v] <= q->high;
            sum[v] += q->value / REPEATS;
            square[v] += q->value * q->value / REPEATS;
            error[v] += q->standard_error / REPEATS;
            /* The other interval, of the same replicates, is of this quantity too. */
            assert_true(q->bca[0] < q->bca[1] && fabs(q->bca[0] - q->low) < q->high - q->low &&
                        fabs(q->bca[1] - q->high) < q->high - q->low);
        }
        drop(f);
    }
    for (int v = 0; v < QUANTITIES; v++) {
        const double spread = sqrt(square[v] - sum[v] * sum[v]);
        print_message("%g: %d of %d, mean %g, spread %g, standard error %g\n", truth[v], covered[v], REPEATS, sum[v],
                      spread, error[v]);
        assert_in_range(covered[v], 88, 100);
        assert_close(error[v], spread, 0.26, 0);
        assert_close(sum[v], truth[v], 0.04, 4 * spread / sqrt(REPEATS));
    }
}

/* Bitwise the same. */
static void threads_play_no_part(void **state)
{
    (void)state;
    markov m = chain;
    m.seed = 9;
    dia_scheme_fit *one = fit(&m, m.scheme, &delayed, 60, 1), *three = fit(&m, m.scheme, &delayed, 60, 3);
    for (int v = 0; v < one->regression.nquantity; v++)
        assert_memory_equal(&one->regression.quantity[v], &three->regression.quantity[v], sizeof(dia_quantity));
    assert_int_equal(one->regression.bootstrap_failed, 0);
    assert_true(one->regression.reached >= 2);
    drop(one);
    drop(three);
}

/* The true scheme against others of the same species. Without the one that contains it (A -> C as well) it must win
 * more than 90 times of 100; the one that contains it is preferred by any AIC some 8 to 16 times of 100 (chi^2 of one
 * degree above 2, half of it where the rate must be positive), so the bound there is 75: 4 sigma below 90. */
static void the_true_scheme_is_chosen(void **state)
{
    (void)state;
    enum { REPEATS = 100, SCHEMES = 4 };
    static const char *const texts[SCHEMES] = {"A -> B -> C", "A -> B; A -> C", "A -> C -> B", "A -> B -> C; A -> C"};
    int alone = 0, all = 0;
    for (int r = 0; r < REPEATS; r++) {
        dia_scheme_fit *f[SCHEMES];
        const dia_regression *fits[SCHEMES];
        dia_rank rank[SCHEMES];
        double sum = 0;
        markov m = chain;
        m.seed = 6000 + (uint64_t)r;
        for (int s = 0; s < SCHEMES; s++) {
            f[s] = fit(&m, texts[s], &delayed, 0, 1);
            fits[s] = &f[s]->regression;
        }
        dia_regression_compare(3, fits, rank);
        alone += rank[0].weight > rank[1].weight && rank[0].weight > rank[2].weight;
        dia_regression_compare(4, fits, rank);
        all += rank[0].weight > rank[1].weight && rank[0].weight > rank[2].weight && rank[0].weight > rank[3].weight;
        for (int s = 0; s < SCHEMES; s++) {
            sum += rank[s].weight;
            assert_true(rank[s].aicc >= rank[s].aic);
            drop(f[s]);
        }
        assert_close(sum, 1, 0, 1e-12);
    }
    print_message("the true scheme is chosen %d of %d times, against one that contains it %d\n", alone, REPEATS, all);
    assert_true(alone > 90);
    assert_true(all > 75);
}

static bool warned(const dia_scheme_fit *f, const char *text)
{
    for (int i = 0; i < f->nwarning; i++)
        if (strstr(f->warning[i], text) != NULL)
            return true;
    return false;
}

static void what_is_not_determined_is_said(void **state)
{
    (void)state;
    markov m = {.scheme = "A -> B", .rate = {1 / 20.0}, .n = 400, .ntime = 41, .every = 4, .seed = 3};
    dia_scheme_fit *f = fit(&m, "A -> B; B -> A", &delayed, 40, 0); /* a step that is not there */
    assert_string_equal(f->refused, "");
    assert_true(warned(f, "do not need") || f->regression.quantity[1].low > 500);
    const dia_quantity *q = f->regression.quantity; /* a constant at its bound has no value, an interval no end there */
    assert_int_equal(isnan(q[1].value), f->quantity[1].beyond);
    assert_true(isnan(q[1].high) && !isnan(q[0].value) && !isnan(q[0].high));
    drop(f);
    f = fit(&m, "A -> B; C -> B", &delayed, 40, 2); /* nobody is ever in C: no value, no interval without a width */
    q = f->regression.quantity;
    assert_true(isnan(q[1].value) && isnan(q[1].low) && isnan(q[1].high) && warned(f, "do not depend on it"));
    assert_true(!isnan(q[0].value) && q[0].low < q[0].high);
    drop(f);
    m = (markov){.scheme = "A -> B -> C", .rate = {1 / 10.0, 1 / 60.0}, .n = 400, .ntime = 41, .every = 4, .seed = 3};
    f = fit(&m, "A -> B", &delayed, 40, 0); /* C is nobody */
    assert_true(f->uncovered > 0.5 && warned(f, "none of its species"));
    drop(f);
    m.n = 5;
    f = fit(&m, "A -> B -> C", &delayed, 40, 0);
    assert_non_null(strstr(f->refused, "at least 10"));
    drop(f);
    m.n = 400;
    m.ntime = 4;
    f = fit(&m, "A -> B -> C", &delayed, 40, 0);
    assert_non_null(strstr(f->refused, "too few"));
    drop(f);
}

/* The three estimators are densities that agree where they must: each adds up to 1; they are equal for amplitudes that
 * sit on the active state; the mixed one averaged over active states drawn with |c_k|^2 is the electronic one.
 * Rounding. */
static void diabatic_estimators(void **state)
{
    (void)state;
    enum { N = 3 };
    const double a = 0.7, b = -0.4;
    const double U[N * N] = {cos(a), -sin(a) * cos(b), sin(a) * sin(b), sin(a), cos(a) * cos(b), -cos(a) * sin(b),
                             0,      sin(b),           cos(b)};
    const double c[2 * N] = {0.6, 0.2, -0.3, 0.5, 0.1, sqrt(1 - 0.36 - 0.04 - 0.09 - 0.25 - 0.01)};
    const dia_frame frame = {.batch = 1, .nstate = N, .U = (double *)U}; /* read only */
    const dia_population_rule active = {.scale = 1.0};
    const dia_counting how = {.rule = &active, .coherence = 1.0, .start_weight = 1.0};
    double p[3][N], mean[N] = {0};
    for (int k = 0; k < N; k++) {
        double pure[2 * N] = {0}, sums[3] = {0};
        pure[2 * k] = 0.6;
        pure[2 * k + 1] = -0.8;
        dia_diabatic_populations(&how, &frame, 0, k, pure, p[0], p[1], p[2]);
        for (int i = 0; i < N; i++) {
            assert_close(p[0][i], U[i * N + k] * U[i * N + k], 0, 1e-15);
            assert_close(p[1][i], p[0][i], 0, 1e-15);
            assert_close(p[2][i], p[0][i], 0, 1e-15);
        }
        dia_diabatic_populations(&how, &frame, 0, k, c, p[0], p[1], p[2]);
        for (int i = 0; i < N; i++) {
            for (int e = 0; e < 3; e++)
                sums[e] += p[e][i];
            mean[i] += (c[2 * k] * c[2 * k] + c[2 * k + 1] * c[2 * k + 1]) * p[2][i];
        }
        for (int e = 0; e < 3; e++)
            assert_close(sums[e], 1, 0, 1e-14);
    }
    for (int i = 0; i < N; i++)
        assert_close(mean[i], p[1][i], 0, 1e-14);
}

/* Coverage of Wilson's interval, exactly, by summing the binomial distribution: on average over p close to 95 % (Brown,
 * Cai, DasGupta, Stat. Sci. 16, 101 (2001), fig. 5), nowhere in the middle below 92 %. */
static void wilson_covers(void **state)
{
    (void)state;
    const int n = 60;
    double mean = 0, low, high, least = 1;
    for (int i = 1; i < 200; i++) {
        const double p = i / 200.0;
        double cover = 0;
        for (int k = 0; k <= n; k++) {
            dia_wilson((double)k / n, n, &low, &high);
            if (low <= p && p <= high)
                cover += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p));
        }
        mean += cover / 199;
        if (p > 0.1 && p < 0.9)
            least = fmin(least, cover);
    }
    assert_close(mean, 0.95, 0, 0.007);
    assert_true(least > 0.92);
    dia_wilson(0, n, &low, &high);
    assert_true(low == 0);
    assert_close(high, 3.8414588206941245 / (n + 3.8414588206941245), 1e-12, 0);
    dia_wilson(1, n, &low, &high);
    assert_true(high == 1 && low > 0.9);
}

/* Of rows (N, n) at one time, which come in two pieces. */
static dia_status estimate(dia_estimate *e, int N, int n, const double *values, const double *weight,
                           const dia_estimate_options *options, dia_error *error)
{
    dia_estimate_rows *rows;
    const dia_status status = dia_estimate_open(&rows, N, 1, n, weight, options, error);
    if (status != DIA_OK)
        return status;
    dia_estimate_take(rows, N / 3, values);
    dia_estimate_take(rows, N - N / 3, values + (size_t)(N / 3) * (size_t)n);
    return dia_estimate_close(&rows, e, error);
}

/* Means and their errors against closed forms: n zeros and ones; the bootstrap's spread is that of the binomial up to
 * its own error of 1/sqrt(2 R): 4 sigma. */
static void bootstrap_of_means(void **state)
{
    (void)state;
    enum { N = 200, R = 2000 };
    double values[N], weight[N];
    for (int j = 0; j < N; j++) {
        values[j] = j % 4 == 0;
        weight[j] = 1;
    }
    dia_estimate e;
    dia_error error = {0};
    const dia_estimate_options options = {
        .binomial = true, .bootstrap = R, .seed = 5, .control = &(dia_control){.threads = 2}};
    assert_ok(estimate(&e, N, 1, values, weight, &options, &error), &error);
    const double sigma = sqrt(0.25 * 0.75 / N);
    assert_close(e.value[0], 0.25, 1e-14, 0);
    assert_close(e.error[0], sigma, 1e-14, 0);
    assert_close(e.spread[0], sigma, 4 / sqrt(2.0 * R), 0);
    assert_close(e.low[0], 0.25 - 1.96 * sigma, 0, 0.01); /* two steps of 1/N */
    assert_close(e.high[0], 0.25 + 1.96 * sigma, 0, 0.01);
    dia_estimate_free(&e);
}

/* Of a large sample groups are drawn: the spread is that of a weighted mean, up to its own error from the resamples and from the
 * groups, 4 sigma; also where the members come in order, so that neighbours are alike. */
static void bootstrap_of(int N)
{
    enum { R = 2000, GROUPS = 2000 };
    double *values = calloc(2 * (size_t)N, sizeof *values), *weight = calloc((size_t)N, sizeof *weight);
    assert_true(values != NULL && weight != NULL);
    double total = 0.0, mean = 0.0, scatter = 0.0;
    for (int j = 0; j < N; j++) {
        values[2 * j] = j / (double)N;
        values[2 * j + 1] = 1.0 - values[2 * j];
        weight[j] = 0.5 + dia_rng_uniform(3, (uint64_t)j, 0, DIA_PURPOSE_TEST, 0);
        total += weight[j];
        mean += weight[j] * values[2 * j];
    }
    mean /= total;
    for (int j = 0; j < N; j++)
        scatter += pow(weight[j] * (values[2 * j] - mean) / total, 2);
    dia_estimate e;
    dia_error error = {0};
    const dia_estimate_options options = {.bootstrap = R, .seed = 5, .control = &(dia_control){.threads = 2}};
    assert_ok(estimate(&e, N, 2, values, weight, &options, &error), &error);
    const double sigma = sqrt(scatter), near = 4.0 * sqrt(0.5 / R + 0.5 / GROUPS);
    for (int c = 0; c < 2; c++) {
        assert_close(e.spread[c], sigma, near, 0);
        assert_close(e.low[c], e.value[c] - 1.96 * sigma, 0,
                     0.4 * sigma); /* a percentile of 2000: 0.06 sigma, and near */
        assert_close(e.high[c], e.value[c] + 1.96 * sigma, 0, 0.4 * sigma);
    }
    dia_estimate_free(&e);
    free(values);
    free(weight);
}

static void bootstrap_of_many(void **state)
{
    (void)state;
    bootstrap_of(DIA_RESAMPLE_LARGE + 1);
    bootstrap_of(50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bootstrap_of_many),
        cmocka_unit_test(intervals_cover),
        cmocka_unit_test(threads_play_no_part),
        cmocka_unit_test(the_true_scheme_is_chosen),
        cmocka_unit_test(what_is_not_determined_is_said),
        cmocka_unit_test(diabatic_estimators),
        cmocka_unit_test(wilson_covers),
        cmocka_unit_test(bootstrap_of_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
