/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"

#define FIFTY "01234567890123456789012345678901234567890123456789"

typedef struct thermostat {
    double temperature;
    int chain;
} thermostat;

typedef struct stage {
    int optimiser;
    int epochs;
    double rate;
} stage;

typedef struct extra {
    const char *note;
} extra;

typedef struct sample {
    const char *model, *title;
    double timestep, energy, weight;
    int trajectories, method;
    bool quiet;
    dia_list layers, widths, names, stages;
    thermostat bath;
    extra extra;
    const dia_node *variant;
} sample;

static const dia_option bath_table[] = {
    DIA_REAL(thermostat, temperature, DIA_TEMPERATURE, "300 K", "Temperature of the bath", DIA_RANGE(0, DBL_MAX)),
    DIA_INT(thermostat, chain, "3", NULL, DIA_RANGE(1, 9)),
    {.key = NULL}};

static const dia_option extra_table[] = {DIA_TEXT(extra, note, NULL, NULL), {.key = NULL}};

static const dia_option stage_table[] = {
    DIA_CHOICE(stage, optimiser, "adam|lbfgs", NULL, "Optimiser", .required = true),
    DIA_INT(stage, epochs, "100", NULL, DIA_RANGE(1, 1e6)),
    DIA_REAL(stage, rate, DIA_PURE, "2e-3", NULL, DIA_RANGE(0, 1)),
    {.key = NULL}};

static const dia_option table[] = {
    DIA_PATH(sample, model, NULL, "Model file", .required = true),
    DIA_TEXT(sample, title, NULL, "Free text"),
    DIA_REAL(sample, timestep, DIA_TIME, "0.25 fs", "Time step of the nuclei", DIA_RANGE(1e-3, 1e4)),
    DIA_REAL(sample, energy, DIA_ENERGY, "0.1", NULL),
    DIA_REAL(sample, weight, DIA_INVERSE_ENERGY2, "1 eV^-2", NULL),
    DIA_INT(sample, trajectories, "100", NULL, DIA_RANGE(1, 1000000)),
    DIA_CHOICE(sample, method, "file|wigner|boltzmann", "wigner", NULL),
    DIA_BOOL(sample, quiet, "false", NULL),
    DIA_INTS(sample, layers, "[64, 32]", NULL, DIA_RANGE(1, 1000)),
    DIA_REALS(sample, widths, DIA_LENGTH, NULL, NULL),
    DIA_TEXTS(sample, names, NULL, NULL),
    DIA_BLOCKS(sample, stages, stage, stage_table, NULL),
    DIA_BLOCK(sample, bath, bath_table, "Heat bath"),
    DIA_BLOCK(sample, extra, extra_table, NULL),
    DIA_NODE(sample, variant, NULL),
    {.key = NULL}};

/* Reads the text by the table; the configuration is returned so that what it holds stays alive. */
static dia_config *read_text(const char *text, sample *self, dia_status *status, dia_error *error)
{
    dia_config *config;
    memset(self, 0, sizeof *self);
    *status = dia_config_parse(&config, text, "in.yaml", "/tmp", error);
    if (*status != DIA_OK)
        return NULL;
    dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){table}, (void *const[]){self});
    *status = dia_config_finish(config, error);
    return config;
}

static void test_values(void **state)
{
    (void)state;
    sample self;
    dia_status status;
    dia_error error = {0};
    dia_config *config = read_text("# a comment\n"
                                   "model: data/m.h5\n"
                                   "title: 'a: b # c'\n"
                                   "timestep: 0.1 fs\n"
                                   "energy: 27.211386245988\n"
                                   "weight: 4 hartree^-2\n"
                                   "trajectories: 17\n"
                                   "method: boltzmann\n"
                                   "quiet: true\n"
                                   "layers: [8, 9, 10]\n"
                                   "widths: [1 bohr, 0.1 nm]\n"
                                   "names: [x, \"y z\"]\n"
                                   "stages:\n"
                                   "  - {optimiser: adam, epochs: 5}\n"
                                   "  - optimiser: lbfgs\n"
                                   "bath:\n"
                                   "  temperature: 10 K\n"
                                   "variant: {method: x}\n",
                                   &self, &status, &error);
    assert_ok(status, &error);
    assert_string_equal(self.model, "/tmp/data/m.h5");
    assert_string_equal(self.title, "a: b # c");
    assert_close(self.timestep, 0.1 * DIA_FEMTOSECOND, 1e-15, 0);
    assert_close(self.energy, 1.0, 1e-15, 0); /* a bare energy is in eV */
    assert_close(self.weight, 4.0, 1e-15, 0);
    assert_int_equal(self.trajectories, 17);
    assert_int_equal(self.method, 2);
    assert_true(self.quiet);
    assert_int_equal(self.layers.n, 3);
    assert_int_equal(((const int *)self.layers.items)[2], 10);
    assert_close(((const double *)self.widths.items)[0], 1.0, 0, 0);
    assert_close(((const double *)self.widths.items)[1], DIA_ANGSTROM, 1e-15, 0);
    assert_string_equal(((const char *const *)self.names.items)[1], "y z");
    const stage *stages = self.stages.items;
    assert_int_equal(self.stages.n, 2);
    assert_true(stages[0].optimiser == 0 && stages[0].epochs == 5 && stages[1].optimiser == 1 &&
                stages[1].epochs == 100);
    assert_close(stages[1].rate, 2e-3, 0, 0);
    assert_close(self.bath.temperature, 10 * DIA_KELVIN, 1e-15, 0);
    assert_int_equal(self.bath.chain, 3);
    assert_string_equal(dia_node_text(dia_node_child(self.variant, "method")), "x");
    dia_config_free(config);
}

static void test_defaults(void **state)
{
    (void)state;
    sample self, plain = {0};
    dia_status status;
    dia_error error = {0};
    dia_config *config = read_text("model: /m.h5", &self, &status, &error);
    assert_ok(status, &error);
    assert_string_equal(self.model, "/m.h5");
    assert_null(self.title);
    assert_null(self.variant);
    assert_close(self.timestep, 0.25 * DIA_FEMTOSECOND, 1e-15, 0);
    assert_int_equal(self.method, 1);
    assert_int_equal(self.layers.n, 2);
    assert_int_equal(((const int *)self.layers.items)[1], 32);
    assert_int_equal(self.stages.n, 0);
    assert_close(self.bath.temperature, 300 * DIA_KELVIN, 1e-15, 0);
    dia_option_defaults(table, &plain);
    assert_close(plain.timestep, self.timestep, 0, 0);
    assert_int_equal(plain.bath.chain, 3);
    assert_int_equal(plain.layers.n, 0); /* lists stay empty without a configuration */
    dia_config_free(config);
}

/* One mistake, the place it must be reported at, and a word its message must hold. */
typedef struct bad_case {
    const char *text, *place, *word;
} bad_case;

static const bad_case bad_cases[] = {
    {"model: m\ntimestp: 1 fs", "in.yaml:2:1: ", "did you mean 'timestep'?"},
    {"model: m\nxyzzy: 1 fs", "in.yaml:2:1: ", "known: model, title"},
    {"timestep: 1 fs", "in.yaml:1:1: ", "missing key 'model'"},
    {"model: m\nvariant: {" FIFTY FIFTY FIFTY "x: 1}", "in.yaml:2:11: ", "a key of 151 bytes, expected 150"},
    {"model: m\ntimestep: 1 fs\ntimestep: 2 fs", "in.yaml:3:1: ", "given twice, first on line 2"},
    {"model: m\ntimestep: 1 K", "in.yaml:2:11: ", "unit of temperature, expected a time"},
    {"model: m\nbath: {temperature: 1 fs}", "in.yaml:2:21: ", "unit of time, expected a temperature in K"},
    {"model: m\ntimestep: 1 fz", "in.yaml:2:11: ", "did you mean 'fs'?"},
    {"model: m\ntimestep: 0.1x", "in.yaml:2:11: ", "unknown unit 'x'"},
    {"model: m\ntimestep: 1d-3 fs", "in.yaml:2:11: ", "write 1e-3 fs"},
    {"model: m\ntimestep: 1D-3", "in.yaml:2:11: ", "write 1e-3"},
    {"model: m\ntimestep: nan", "in.yaml:2:11: ", "finite"},
    {"model: m\ntimestep: .inf", "in.yaml:2:11: ", "finite"},
    {"model: m\ntimestep: -Infinity fs", "in.yaml:2:11: ", "finite"},
    {"model: m\ntimestep: 1e999 fs", "in.yaml:2:11: ", "too large"},
    {"model: m\ntimestep: 0,1 fs", "in.yaml:2:11: ", "decimal point"},
    {"model: m\ntimestep: 0x10 fs", "in.yaml:2:11: ", "unit"},
    {"model: m\ntimestep: -1 fs", "in.yaml:2:11: ", "out of range"},
    {"model: m\ntimestep:", "in.yaml:2:10: ", "no value"},
    {"model: m\ntimestep: ~", "in.yaml:2:11: ", "no value"},
    {"model: m\ntimestep: [1 fs]", "in.yaml:2:11: ", "found a list"},
    {"model: ''", "in.yaml:1:8: ", "empty"},
    {"model: m\ntrajectories: 1.5", "in.yaml:2:15: ", "not an integer"},
    {"model: m\ntrajectories: 1e3", "in.yaml:2:15: ", "not an integer"},
    {"model: m\ntrajectories: 0500", "in.yaml:2:15: ", "must not begin with 0"},
    {"model: m\ntrajectories: 0", "in.yaml:2:15: ", "0 is out of range, expected 1 to 1000000"},
    {"model: m\ntrajectories: 99999999999999999999999", "in.yaml:2:15: ", "out of range, expected 1 to 1000000"},
    {"model: m\ntrajectories: 3000000000", "in.yaml:2:15: ", "out of range, expected 1 to 1000000"},
    {"model: m\nquiet: yes", "in.yaml:2:8: ", "true or false"},
    {"model: m\nmethod: wignr", "in.yaml:2:9: ", "one of file, wigner, boltzmann; did you mean 'wigner'?"},
    {"model: m\nlayers: 64", "in.yaml:2:9: ", "write [64]"},
    {"model: m\nlayers: [64, 0]", "in.yaml:2:14: ", "layers[1]"},
    {"model: m\nwidths: [1, 2 fs]", "in.yaml:2:13: ", "unit of time"},
    {"model: m\nbath: 300 K", "in.yaml:2:7: ", "block of keys"},
    {"model: m\nbath: {temprature: 1}", "in.yaml:2:8: ", "did you mean 'temperature'?"},
    {"model: m\nbath: {temperature: -1 K}", "in.yaml:2:21: ", "at least 0 K"},
    {"model: m\nstages: [{epochs: 1}]", "in.yaml:2:10: ", "missing key 'optimiser' in 'stages[0]'"},
    {"model: m\nstages: [adam]", "in.yaml:2:10: ", "block of keys"},
    {"model: &a m", "in.yaml:1:8: ", "anchors ('&a')"},
    {"model: m\ntitle: *a", "in.yaml:2:8: ", "aliases ('*a')"},
    {"model: !!str m", "in.yaml:1:8: ", "tags"},
    {"model: m\nbath:\n\ttemperature: 1 K", "in.yaml:3:1: ", "tab in the indentation; use spaces"},
    {"model: m\ntitle: \"a\\0b\"", "in.yaml:2:8: ", "zero byte"},
    {"model: m\ntitle: caf\xe9\n", "in.yaml:2:11: ", "not UTF-8"},
    {"model: m\ntitle: 'open", "in.yaml:2:13: ", "end of stream"},
    {"model: m\n---\nmodel: n", "in.yaml:2:1: ", "second document"},
    {"model: m\n? [a]\n: b", "in.yaml:2:3: ", "simple word"},
    {"- model", "in.yaml:1:1: ", "found a list"},
    {"just words", "in.yaml:1:1: ", "found a single value"},
    {"", "in.yaml: ", "holds nothing"},
    {"# nothing\n", "in.yaml: ", "holds nothing"},
    {"---\n", "in.yaml: ", "holds nothing"},
};

static void test_bad_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
        sample self;
        dia_status status;
        dia_error error = {0};
        dia_config *config = read_text(bad_cases[i].text, &self, &status, &error);
        if (status != DIA_ERROR_INPUT || strstr(error.text, bad_cases[i].place) == NULL ||
            strstr(error.text, bad_cases[i].word) == NULL)
            fail_msg("case %zu, expected '%s' ... '%s':\n%s\ngave status %d:\n%s", i, bad_cases[i].place,
                     bad_cases[i].word, bad_cases[i].text, status, error.text);
        dia_config_free(config);
    }
}

static void test_all_at_once(void **state)
{
    (void)state;
    sample self;
    dia_status status;
    dia_error error = {0};
    dia_config *config = read_text("trajectories: 0\n"
                                   "bath:\n"
                                   "  chian: 3\n"
                                   "timestep: 1 K\n"
                                   "quiet: maybe\n",
                                   &self, &status, &error);
    assert_int_equal(status, DIA_ERROR_INPUT);
    assert_string_equal(error.text,
                        "in.yaml:1:1: missing key 'model': Model file (path of a file)\n"
                        "in.yaml:1:15: trajectories: 0 is out of range, expected 1 to 1000000\n"
                        "    trajectories: 0\n"
                        "                  ^\n"
                        "in.yaml:3:3: unknown key 'chian' in 'bath'; did you mean 'chain'?\n"
                        "    chian: 3\n"
                        "    ^\n"
                        "in.yaml:4:11: timestep: '1 K': K is a unit of temperature, expected a time in fs, ps, as, au\n"
                        "    timestep: 1 K\n"
                        "              ^\n"
                        "in.yaml:5:8: quiet: 'maybe' must be true or false\n"
                        "    quiet: maybe\n"
                        "           ^");
    dia_config_free(config);
}

/* Far more mistakes than an error can hold: whole lines, and the rest counted. */
static void test_many_mistakes(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < 500; i++)
        fprintf(out, "unknown_key_with_\xc3\xa4_number_%d: 1\n", i);
    fclose(out);
    sample self;
    dia_status status;
    dia_error error = {0};
    dia_config *config = read_text(text, &self, &status, &error);
    assert_int_equal(status, DIA_ERROR_INPUT);
    assert_true(strlen(error.text) < sizeof error.text - 1 && strlen(error.text) > 3000);
    int lines = 1, rest = 0;
    for (const char *p = error.text; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    assert_int_equal(sscanf(strrchr(error.text, '\n'), "\n... and %d more mistakes", &rest), 1);
    assert_int_equal(lines - 1 + rest, 501); /* 500 unknown and one missing key */
    dia_config_free(config);
    free(text);
}

static void test_files(void **state)
{
    (void)state;
    char path[] = "/tmp/diabolo-config-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "w");
    fputs("model: m.h5\n", file);
    fflush(file);
    dia_config *config;
    dia_error error = {0};
    assert_ok(dia_config_load(&config, path, &error), &error);
    assert_string_equal(dia_config_directory(config), "/tmp");
    assert_string_equal(dia_config_text(config), "model: m.h5\n");
    assert_string_equal(dia_config_name(config), path);
    dia_config_free(config);
    for (int i = 0; i < (1 << 20) / 16 + 1; i++)
        fputs("# fifteen bytes\n", file);
    fclose(file);
    assert_int_equal(dia_config_load(&config, path, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "1 MiB"));
    dia_error_clear(&error);
    unlink(path);
    assert_int_equal(dia_config_load(&config, path, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "No such file"));
    assert_null(config);
    dia_error_clear(&error);
    assert_int_equal(dia_config_load(&config, "/tmp", &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "directory"));
}

static void test_set(void **state)
{
    (void)state;
    sample self = {0};
    dia_config *config;
    dia_error error = {0};
    assert_ok(dia_config_parse(&config, "model: m.h5\nbath: {chain: 2}\nstages: [{optimiser: adam}]\n", "in.yaml",
                               "/tmp", &error),
              &error);
    assert_ok(dia_config_set(config, "timestep", "0.1 fs", &error), &error);
    assert_ok(dia_config_set(config, "bath.chain", "5", &error), &error);
    assert_ok(dia_config_set(config, "bath.temperature", "1 K", &error), &error);
    assert_ok(dia_config_set(config, "layers", "[1, 2]", &error), &error);
    assert_ok(dia_config_set(config, "stages.0.epochs", "3", &error), &error);
    assert_ok(dia_config_set(config, "stages[0].epochs", "7", &error), &error); /* the same item */
    assert_ok(dia_config_set(config, "variant.a.b", "c", &error), &error);
    assert_ok(dia_config_set(config, "model", "here.h5", &error), &error);
    dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){table}, (void *const[]){&self});
    assert_ok(dia_config_finish(config, &error), &error);
    assert_close(self.timestep, 0.1 * DIA_FEMTOSECOND, 1e-15, 0);
    assert_int_equal(self.bath.chain, 5);
    assert_close(self.bath.temperature, DIA_KELVIN, 1e-15, 0);
    assert_int_equal(self.layers.n, 2);
    assert_int_equal(((const stage *)self.stages.items)[0].epochs, 7);
    assert_string_equal(dia_node_text(dia_node_child(dia_node_child(self.variant, "a"), "b")), "c");
    char here[4096], expected[4200]; /* relative to where the command runs, and absolute, as any path of an input */
    assert_non_null(getcwd(here, sizeof here));
    snprintf(expected, sizeof expected, "%s/here.h5", here);
    assert_string_equal(self.model, expected);

    assert_int_equal(dia_config_set(config, "timestep", "", &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    assert_int_equal(dia_config_set(config, "timestep.x", "1", &error), DIA_ERROR_INPUT);
    static const char *const brackets[] = {"stages[0", "stages[0].epochs]", "stages[0]]",
                                           "stages]",  "stages[0]epochs",   "[0]",
                                           "stages[]", "stages[x]",         "stages[-1]"};
    for (size_t i = 0; i < sizeof brackets / sizeof *brackets; i++) {
        dia_error_clear(&error);
        if (dia_config_set(config, brackets[i], "1", &error) != DIA_ERROR_INPUT ||
            strstr(error.text, "stages[0].rate") == NULL)
            fail_msg("--set %s: %s", brackets[i], error.text);
    }
    dia_error_clear(&error);
    assert_int_equal(dia_config_set(config, "stages.1.epochs", "1", &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    assert_int_equal(dia_config_set(config, "bath..chain", "1", &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    assert_int_equal(dia_config_set(config, "layers", "[1,", &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "--set layers"));
    dia_error_clear(&error);
    assert_ok(dia_config_set(config, "bath.chan", "1", &error), &error);
    dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){table}, (void *const[]){&self});
    assert_int_equal(dia_config_finish(config, &error), DIA_ERROR_INPUT);
    assert_string_equal(error.text, "--set bath.chan: unknown key 'chan' in 'bath'; did you mean 'chain'?");
    dia_config_free(config);

    assert_ok(dia_config_parse(&config, "model: m.h5\n", "in.yaml", ".", &error), &error);
    assert_ok(dia_config_set(config, "bath.chain", "many", &error), &error);
    dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){table}, (void *const[]){&self});
    dia_error_clear(&error);
    assert_int_equal(dia_config_finish(config, &error), DIA_ERROR_INPUT);
    assert_int_equal(strncmp(error.text, "--set bath.chain: ", 18), 0);
    assert_null(strstr(error.text + 18, "bath.chain")); /* named once */
    dia_config_free(config);
}

/* Two tables at once: keys go to the first that knows them (this is how variants read their own options). */
/* Text, settings and the output's name together make an input; a name needs no care. */
static void test_open(void **state)
{
    (void)state;
    sample self = {0};
    dia_config *config;
    dia_error error = {0};
    const char *const set[] = {"bath.chain=5", "title=a=b"};
    dia_input input = {.text = "model: m.h5\n", .directory = "/tmp", .nset = 2, .set = set, .output = "a \"b\" \\.h5"};
    assert_ok(dia_config_open(&config, &input, "variant.file", &error), &error);
    dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){table}, (void *const[]){&self});
    assert_ok(dia_config_finish(config, &error), &error);
    assert_string_equal(self.model, "/tmp/m.h5");
    assert_int_equal(self.bath.chain, 5);
    assert_string_equal(self.title, "a=b");
    assert_string_equal(dia_node_text(dia_node_child(self.variant, "file")), "a \"b\" \\.h5");
    dia_config_free(config);

    const char *const bad[] = {"bath.chain"};
    input.nset = 1;
    input.set = bad;
    assert_int_equal(dia_config_open(&config, &input, NULL, &error), DIA_ERROR_INPUT);
    assert_string_equal(error.text, "setting 'bath.chain': expected KEY=VALUE");
    assert_null(config);
    dia_error_clear(&error);
    assert_int_equal(dia_config_open(&config, &(dia_input){.output = "x"}, NULL, &error), DIA_ERROR_INPUT);
    assert_null(config);
}

static void test_variants(void **state)
{
    (void)state;
    thermostat bath;
    stage one;
    dia_config *config;
    dia_error error = {0};
    assert_ok(dia_config_parse(&config, "block: {temperature: 5 K, optimiser: lbfgs}", "in.yaml", "/", &error), &error);
    const dia_node *block = dia_node_child(dia_config_root(config), "block");
    dia_config_read(config, block, "block", 3, (const dia_option *const[]){bath_table, NULL, stage_table},
                    (void *const[]){&bath, NULL, &one});
    assert_ok(dia_config_finish(config, &error), &error);
    assert_close(bath.temperature, 5 * DIA_KELVIN, 1e-15, 0);
    assert_int_equal(one.optimiser, 1);
    assert_int_equal(one.epochs, 100);
    dia_config_free(config);
}

/* What is written reads back as the same bits. */
static void test_write(void **state)
{
    (void)state;
    sample self, again;
    dia_status status;
    dia_error error = {0};
    dia_config *config = read_text("model: /a b/m.h5\n"
                                   "title: \"it's: \\\"so\\\" # \\n\\t*&! \xc3\xa4\"\n"
                                   "timestep: 0.123456789012345678 fs\n"
                                   "energy: 1.23456 kcal/mol\n"
                                   "widths: [1 bohr, 1 pm, 1e-300]\n"
                                   "names: [null, '', '- x', true, '~', '*a']\n"
                                   "stages: [{optimiser: adam, rate: 0.1}, {optimiser: lbfgs}]\n"
                                   "bath: {temperature: 77.123456789 K}\n"
                                   "variant: {method: x, list: [1 fs, {a: 'b: c'}]}\n",
                                   &self, &status, &error);
    assert_int_equal(status, DIA_ERROR_INPUT); /* the empty name */
    dia_error_clear(&error);
    dia_config_free(config);
    config = read_text("model: /a b/m.h5\n"
                       "title: \"it's: \\\"so\\\" # \\n\\t*&! \xc3\xa4 \\N\\L\\P\\x7f\\uFEFF\"\n"
                       "timestep: 0.123456789012345678 fs\n"
                       "energy: 1.23456 kcal/mol\n"
                       "widths: [1 bohr, 1 pm, 1e-300]\n"
                       "names: ['null', '- x', true, '~', '*a', 'x:', '#']\n"
                       "stages: [{optimiser: adam, rate: 0.1}, {optimiser: lbfgs}]\n"
                       "bath: {temperature: 77.123456789 K}\n"
                       "variant: {method: x, list: [1 fs, {a: 'b: c'}]}\n",
                       &self, &status, &error);
    assert_ok(status, &error);
    char *text[2];
    size_t size;
    FILE *out = open_memstream(&text[0], &size);
    dia_option_write(out, 0, table, &self);
    fclose(out);
    dia_config *second = read_text(text[0], &again, &status, &error);
    assert_ok(status, &error);
    assert_string_equal(again.title, self.title);
    assert_string_equal(again.model, self.model);
    assert_true(again.timestep == self.timestep && again.energy == self.energy && again.weight == self.weight);
    assert_true(again.bath.temperature == self.bath.temperature);
    assert_memory_equal(again.widths.items, self.widths.items, 3 * sizeof(double));
    assert_int_equal(again.names.n, 7);
    for (int i = 0; i < 7; i++)
        assert_string_equal(((const char *const *)again.names.items)[i], ((const char *const *)self.names.items)[i]);
    assert_int_equal(again.stages.n, 2);
    out = open_memstream(&text[1], &size);
    dia_option_write(out, 0, table, &again);
    fclose(out);
    assert_string_equal(text[0], text[1]);
    assert_non_null(strstr(text[0], "    rate: 0.1\n"));
    assert_non_null(strstr(text[0], "  temperature: 77.123456789 K\n"));
    free(text[0]);
    free(text[1]);
    dia_config_free(config);
    dia_config_free(second);
}

/* The template is itself a valid input: what it says about defaults is what leaving everything out gives. */
static void test_template(void **state)
{
    (void)state;
    sample self, plain;
    dia_status status;
    dia_error error = {0};
    char *text[3];
    size_t size;
    FILE *out = open_memstream(&text[0], &size);
    dia_option_template(out, 0, table);
    fclose(out);
    assert_non_null(strstr(text[0], "# Time step of the nuclei: time (fs, ps, as, au)"));
    dia_config *config = read_text(text[0], &self, &status, &error);
    assert_ok(status, &error);
    dia_config *second = read_text("model: ...", &plain, &status, &error);
    for (int i = 0; i < 2; i++) {
        out = open_memstream(&text[1 + i], &size);
        dia_option_write(out, 2, table, i == 0 ? &self : &plain);
        fclose(out);
    }
    assert_string_equal(text[1], text[2]);
    dia_config_free(config);
    dia_config_free(second);
    for (int i = 0; i < 3; i++)
        free(text[i]);
    out = open_memstream(&text[0], &size);
    dia_option_help(out, 2, table);
    fclose(out);
    assert_non_null(strstr(text[0], "required"));
    assert_non_null(strstr(text[0], "default 300 K"));
    free(text[0]);
}

/* An integer or a word; a list of texts or a word. Written as it was read. */
typedef struct wordy {
    int state;
    dia_list masses;
} wordy;

static void test_words(void **state)
{
    (void)state;
    static const dia_option words[] = {DIA_INT(wordy, state, NULL, NULL, .choices = "file|random", DIA_RANGE(0, 9)),
                                       DIA_TEXTS(wordy, masses, NULL, NULL, .choices = "file"),
                                       {.key = NULL}};
    static const struct {
        const char *given, *written; /* written NULL: a mistake */
        int state, masses;
    } cases[] = {{"{state: 3, masses: [D, H]}", "state: 3\nmasses: [D, H]\n", 3, 2},
                 {"{state: file, masses: file}", "state: file\nmasses: [file]\n", -1, 1},
                 {"{state: random, masses: [file]}", "state: random\nmasses: [file]\n", -2, 1},
                 {"{state: fil}", NULL, 0, 0},
                 {"{state: -1}", NULL, 0, 0},
                 {"{state: 10}", NULL, 0, 0},
                 {"{masses: fil}", NULL, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wordy self = {0};
        void *selves[] = {&self};
        const dia_option *tables[] = {words};
        dia_config *config;
        dia_error error = {0};
        assert_ok(dia_config_parse(&config, cases[i].given, "in.yaml", "/tmp", &error), &error);
        dia_config_read(config, dia_config_root(config), "", 1, tables, selves);
        if (cases[i].written == NULL) {
            assert_int_equal(dia_config_finish(config, &error), DIA_ERROR_INPUT);
        } else {
            char *text = NULL;
            size_t size;
            FILE *out = open_memstream(&text, &size);
            assert_ok(dia_config_finish(config, &error), &error);
            assert_int_equal(self.state, cases[i].state);
            assert_int_equal(self.masses.n, cases[i].masses);
            dia_option_write(out, 0, words, &self);
            fclose(out);
            assert_string_equal(text, cases[i].written);
            free(text);
        }
        dia_config_free(config);
    }
}

static void test_nearest(void **state)
{
    (void)state;
    const char *const words[] = {"timestep", "duration", "method", "seed", "fs", NULL};
    assert_string_equal(dia_text_nearest("timestp", words), "timestep");
    assert_string_equal(dia_text_nearest("tiemstep", words), "timestep");
    assert_string_equal(dia_text_nearest("Time_step", words), "timestep");
    assert_string_equal(dia_text_nearest("FS", words), "fs");
    assert_string_equal(dia_text_nearest("seeds", words), "seed");
    assert_string_equal(dia_text_nearest("dur", words), "duration");
    assert_null(dia_text_nearest("temperature", words));
    assert_null(dia_text_nearest("x", words));
    assert_null(dia_text_nearest("", words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),      cmocka_unit_test(test_defaults), cmocka_unit_test(test_bad_cases),
        cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_files),    cmocka_unit_test(test_many_mistakes),
        cmocka_unit_test(test_set),         cmocka_unit_test(test_open),     cmocka_unit_test(test_variants),
        cmocka_unit_test(test_write),       cmocka_unit_test(test_template), cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
