/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of the page: time series in few bits and back, text and data that cannot break out, axes. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/html.h"
#include "report/channel.h"
#include "report/doctor.h"
#include "report/maps.h"
#include "report/plot.h"

/* ---- a reader of channels, written from the description in channel.h ------------------------- */

typedef struct reader {
    const uint8_t *byte;
    size_t place;
} reader;

static uint32_t take(reader *r, int count)
{
    uint32_t value = 0;
    for (int i = 0; i < count; i++, r->place++)
        value = (value << 1) | ((r->byte[r->place / 8] >> (7 - r->place % 8)) & 1u);
    return value;
}

static void read_channel(reader *r, int n, int64_t *v)
{
    static const int64_t binomial[4][4] = {{1}, {1, 1}, {1, 2, 1}, {1, 3, 3, 1}};
    const int order = (int)take(r, 2), k = (int)take(r, 5);
    v[0] = (int32_t)take(r, 32);
    for (int i = 1; i < n; i++) {
        uint32_t ones = 0;
        while (ones < DIA_CHANNEL_ESCAPE && take(r, 1) == 1)
            ones++;
        const uint32_t u = ones < DIA_CHANNEL_ESCAPE ? (ones << k) | take(r, k) : take(r, 32);
        const int q = order < i ? order : i;
        v[i] = u % 2 == 0 ? (int64_t)(u / 2) : -(int64_t)(u / 2) - 1;
        for (int m = 1; m <= q; m++)
            v[i] += (m % 2 == 1 ? 1 : -1) * binomial[q][m] * v[i - m];
    }
}

/* Writes channels one behind the other, reads them back; gives the bytes it took. */
static size_t round_trip(int channels, int n, const int32_t *value)
{
    dia_bits bits = {0};
    int64_t *found = malloc((size_t)n * sizeof *found);
    for (int c = 0; c < channels; c++)
        dia_channel_put(&bits, n, value + (size_t)c * (size_t)n);
    dia_bits_align(&bits);
    assert_false(bits.failed);
    assert_int_equal(bits.held, 0);
    reader r = {.byte = bits.byte};
    for (int c = 0; c < channels; c++) {
        read_channel(&r, n, found);
        for (int i = 0; i < n; i++)
            assert_int_equal(found[i], value[c * n + i]);
    }
    assert_true((r.place + 7) / 8 == bits.size); /* nothing is left over */
    const size_t size = bits.size;
    free(bits.byte);
    free(found);
    return size;
}

/* Any integers that are allowed come back: random ones of every size, and the outermost. */
static void any_numbers(void **state)
{
    (void)state;
    enum { N = 64, CHANNELS = 3 };
    int32_t value[CHANNELS * N];
    const uint64_t seed = check_seed(11);
    for (uint64_t trial = 0; trial < 300; trial++) {
        const int n = 1 + (int)dia_rng_integer(seed, trial, 0, DIA_PURPOSE_TEST, 0, N);
        const double size = pow(2, 27 * dia_rng_uniform(seed, trial, 1, DIA_PURPOSE_TEST, 0));
        for (int i = 0; i < CHANNELS * n; i++)
            value[i] = (int32_t)(size * (2 * dia_rng_uniform(seed, trial, 2, DIA_PURPOSE_TEST, (uint32_t)i) - 1));
        round_trip(CHANNELS, n, value);
    }
    for (int i = 0; i < N; i++) /* the largest third differences there are */
        value[i] = i % 2 == 0 ? DIA_CHANNEL_MOST : -DIA_CHANNEL_MOST;
    round_trip(1, N, value);
    for (int i = 0; i < N; i++) /* one far point in a calm: the escape */
        value[i] = i == 40 ? DIA_CHANNEL_MOST : 5;
    round_trip(1, N, value);
}

/* A vibration of 0.2 Angstrom and 30 fs, sampled every fs: the position comes back to half a quantum, in a third of the
 * 16 bits that plain rounding would take. */
static void a_vibration(void **state)
{
    (void)state;
    enum { N = 400 };
    const double quantum = 1e-3;
    int32_t value[N];
    for (int i = 0; i < N; i++) {
        const double x = 1.4 + 0.2 * sin(6.283185307179586 * i / 30) + 0.001 * i;
        assert_true(dia_channel_round(x, quantum, &value[i]));
        assert_true(fabs(value[i] * quantum - x) <= 0.5000001 * quantum); /* and the rounding of the product */
    }
    const size_t size = round_trip(1, N, value);
    assert_true(size * 8 < (size_t)N * 16 / 3);
    /* A constant takes one bit a value behind its head of 39. */
    for (int i = 0; i < N; i++)
        value[i] = -1234567;
    assert_int_equal(round_trip(1, N, value), (39 + N - 1 + 7) / 8);
}

static void what_cannot_be_rounded(void **state)
{
    (void)state;
    int32_t value = 7;
    assert_false(dia_channel_round(NAN, 1e-3, &value));
    assert_false(dia_channel_round(INFINITY, 1e-3, &value));
    assert_false(dia_channel_round(-1e300, 1e-3, &value));
    assert_false(dia_channel_round(1e-3 * DIA_CHANNEL_MOST + 1e-3, 1e-3, &value));
    assert_int_equal(value, 7);
    assert_true(dia_channel_round(-0.0026, 1e-3, &value));
    assert_int_equal(value, -3);
}

/* ---- text ------------------------------------------------------------------------------------ */

static char *written; /* by the stream below */
static size_t written_size;

static FILE *begin(void)
{
    return open_memstream(&written, &written_size);
}

static void expect(FILE *out, const char *text)
{
    fclose(out);
    assert_string_equal(written, text);
    free(written);
}

static void text_is_harmless(void **state)
{
    (void)state;
    FILE *out = begin();
    dia_html_text(out, "a<b> & \"c\" 'd'\n\t\x01\x7f \xc3\xa4");
    expect(out, "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;\n\t?? \xc3\xa4");
    out = begin();
    const char *json = "{\"a\":\"</script><!--\"}";
    dia_html_json(out, strlen(json), json);
    expect(out, "{\"a\":\"\\u003c/script>\\u003c!--\"}");
}

/* The examples of RFC 4648, section 10, and all bytes. */
static void base64(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        FILE *out = begin();
        dia_html_base64(out, strlen(pairs[i][0]), (const uint8_t *)pairs[i][0]);
        expect(out, pairs[i][1]);
    }
    const uint8_t high[] = {0xff, 0xef, 0xbe, 0x00};
    FILE *out = begin();
    dia_html_base64(out, sizeof high, high);
    expect(out, "/+++AA==");
}

/* ---- figures --------------------------------------------------------------------------------- */

/* Between 3 and 10 ticks on every axis, at 1, 2 or 5 times a power of ten. */
static void ticks(void **state)
{
    (void)state;
    for (double span = 1e-6; span < 1e6; span *= 1.07) {
        const double tick = dia_plot_tick(0, span), power = pow(10, floor(log10(tick) + 1e-9));
        assert_true(span / tick >= 3 && span / tick <= 10);
        const double digit = tick / power;
        assert_true(fabs(digit - 1) < 1e-9 || fabs(digit - 2) < 1e-9 || fabs(digit - 5) < 1e-9);
    }
}

/* One sample, no number at all, a number out of all measure: an SVG with finite numbers each time. */
static void plots_of_little(void **state)
{
    (void)state;
    const double x[3] = {0, 1, 2}, nothing[3] = {NAN, NAN, NAN}, wild[3] = {1, 1e300, -INFINITY}, calm[3] = {2, 2, 2};
    const double *const y[] = {nothing, wild, calm};
    for (int n = 1; n <= 3; n += 2)
        for (int i = 0; i < 3; i++) {
            const dia_plot_line line = {
                .label = "<S0>", .colour = "red", .width = 1, .y = y[i], .error = calm, .band = 2, .stride = 1};
            const dia_plot plot = {.title = "a \"b\"",
                                   .x_label = "x",
                                   .y_label = "y",
                                   .n = n,
                                   .x = x,
                                   .low = NAN,
                                   .high = NAN,
                                   .nline = 1,
                                   .line = &line};
            FILE *out = begin();
            dia_plot_write(out, &plot);
            fclose(out);
            assert_non_null(strstr(written, "</svg>"));
            assert_non_null(strstr(written, "a &quot;b&quot;"));
            assert_non_null(strstr(written, "&lt;S0&gt;"));
            assert_null(strstr(written, "nan"));
            assert_null(strstr(written, "inf"));
            assert_true(written_size < 20000);
            free(written);
        }
}

/* A hundred thousand samples: as much text as the screen has columns (at most four points in each, a band of two, some 12 letters a
 * point), and yet the one sample that stands out is drawn at its height. */
static void plots_of_many(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    static double x[MANY], y[MANY], error[MANY];
    for (int i = 0; i < MANY; i++) {
        x[i] = i;
        y[i] = sin(0.01 * i);
        error[i] = 0.1;
    }
    y[MANY / 3] = 5.0; /* the top of the axis, 5: 34 from the upper edge */
    y[MANY / 2] = NAN; /* a gap: the pen is lifted once more */
    const dia_plot_line line = {.colour = "red", .width = 1, .y = y, .error = error, .band = 1, .stride = 1};
    const dia_plot plot = {
        .title = "", .x_label = "", .y_label = "", .n = MANY, .x = x, .low = -5, .high = 5, .nline = 1, .line = &line};
    FILE *out = begin();
    dia_plot_write(out, &plot);
    fclose(out);
    assert_true(written_size < (4 + 2) * 720 * 13);
    const char *path = strstr(written, " d=\"M");
    assert_non_null(path);
    assert_non_null(strstr(path, " 34.0L"));
    assert_non_null(strchr(strchr(path, 'M') + 1, 'M'));
    free(written);
}

/* ---- density maps ---------------------------------------------------------------------------- */

enum { SAMPLES = 500, MAP_BINS = 7, MAP_GROUPS = 2 }; /* more samples than columns: they are merged */

/* Every level is that of the mean of the cells that it stands for, to half a level; a small page has fewer cells, and their bytes fit. */
static void maps_of_a_density(void **state)
{
    (void)state;
    static double value[SAMPLES * MAP_GROUPS * MAP_BINS], edge[MAP_BINS + 1];
    const uint64_t seed = check_seed(3);
    for (uint32_t i = 0; i < SAMPLES * MAP_GROUPS * MAP_BINS; i++)
        value[i] = pow(dia_rng_uniform(seed, 0, 0, DIA_PURPOSE_TEST, i), 4);
    for (int b = 0; b <= MAP_BINS; b++)
        edge[b] = -1 + 0.5 * b;
    dia_series series = {
        .ntime = SAMPLES,
        .ngroup = MAP_GROUPS,
        .density = {.bins = MAP_BINS, .ntime = SAMPLES, .ngroup = MAP_GROUPS, .edge = edge, .value = value}};
    const dia_mechanism_file file = {.nseries = 1, .series = &series};
    for (size_t room = 1000; room <= 1000000; room *= 1000) {
        dia_maps maps;
        dia_error error = {0};
        assert_ok(dia_maps_create(&maps, &file, room, &error), &error);
        const dia_map *map = &maps.map[0];
        assert_true(map->columns * map->every >= SAMPLES && (map->columns - 1) * map->every < SAMPLES);
        assert_true(maps.bits.size <= room || room == 1000); /* of 45 columns at least */
        assert_true(room == 1000 ? map->columns < 100 : map->columns == 167);
        assert_close(map->step, 0.5 * map->merged, 1e-12, 0);
        for (int g = 0; g < MAP_GROUPS; g++) {
            reader r = {.byte = maps.bits.byte, .place = 8 * map->offset[g]};
            int64_t level[MAP_BINS];
            for (int c = 0; c < map->columns; c++) {
                read_channel(&r, map->bins, level);
                for (int b = 0; b < map->bins; b++) {
                    double sum = 0;
                    int n = 0;
                    for (int t = c * map->every; t < (c + 1) * map->every && t < SAMPLES; t++)
                        for (int i = b * map->merged; i < (b + 1) * map->merged && i < MAP_BINS; i++, n++)
                            sum += value[(t * MAP_GROUPS + g) * MAP_BINS + i];
                    assert_close((double)level[b], DIA_MAP_LEVELS * sqrt(sum / n / map->most[g]), 0, 0.5 + 1e-9);
                }
            }
        }
        dia_maps_free(&maps);
    }
}

/* ---- the doctor's file ----------------------------------------------------------------------- */

static dia_status read_verdict(const char *text, dia_error *error)
{
    dia_config *config = NULL;
    FILE *out = fopen("report_check.json", "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    const dia_status status = dia_doctor_read(&config, "report_check.json", "abc", error);
    remove("report_check.json");
    assert_true((config == NULL) == (status != DIA_OK));
    if (status == DIA_OK) {
        assert_string_equal(dia_doctor_verdict(config), "fail");
        FILE *memory = begin();
        dia_json json = {.out = memory};
        dia_json_object(&json, NULL);
        dia_doctor_write(config, &json);
        dia_json_end(&json);
        fclose(memory);
        assert_non_null(strstr(written, "\"at_least\": 0.5"));
        assert_non_null(strstr(written, "\"told\": null"));
        assert_non_null(strstr(written, "\"good\": false"));
        free(written);
    }
    dia_config_free(config);
    return status;
}

static void verdicts(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"[]", "'verdict'"},
        {"{\"verdict\": \"fail\", \"summary\": \"\", \"model_digest\": \"abc\"}", "a list 'tests'"},
        {"{\"verdict\": \"fail\", \"summary\": \"\", \"model_digest\": \"abc\", \"tests\": [{}]}", "of each test"},
        {"{\"verdict\": \"fail\", \"summary\": \"\", \"model_digest\": \"abc\", \"tests\": [{\"name\": \"x\", "
         "\"verdict\": \"pass\", "
         "\"figures\": [7]}]}",
         "of each figure"},
        {"{\"verdict\": \"fail\", \"summary\": \"\", \"model_digest\": \"abd\", \"tests\": []}", "SHA-256 abd"}};
    dia_error error = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        error = (dia_error){0};
        assert_int_equal(read_verdict(wrong[i][0], &error), DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i][1]) == NULL)
            fail_msg("%s", error.text);
    }
    assert_ok(
        read_verdict("{\"verdict\": \"fail\", \"summary\": \"\", \"model_digest\": \"abc\", \"tests\": [{\"name\": "
                     "\"x\", \"verdict\": "
                     "\"fail\", \"told\": null, \"figures\": [{\"name\": \"y\", \"value\": 0.25, \"unit\": \"1\", "
                     "\"at_least\": 0.5, \"good\": false}]}]}",
                     &error),
        &error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_numbers),      cmocka_unit_test(a_vibration),   cmocka_unit_test(what_cannot_be_rounded),
        cmocka_unit_test(text_is_harmless), cmocka_unit_test(base64),        cmocka_unit_test(ticks),
        cmocka_unit_test(plots_of_little),  cmocka_unit_test(plots_of_many), cmocka_unit_test(maps_of_a_density),
        cmocka_unit_test(verdicts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
