/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block `until` of an input. */
#include "swarm/until.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/output.h"
#include "dynamics/options.h"
#include "dynamics/registry.h"
#include "dynamics/stop.h"

enum { LEAST = 200, BATCH = 256, WORDS = 6, WORD = 64 };
static const char example[] =
    "'population S0', 'population S1 at 50 fs', 'outcome NAME', 'outcome NAME S1' or 'lifetime S1'";

/* ---- words of a target ----------------------------------------------------------------------- */

/* Splits at blanks; -1: too many, or too long. */
static int split(const char *text, char (*words)[WORD])
{
    int n = 0;
    while (*(text += strspn(text, " \t")) != '\0') {
        const size_t length = strcspn(text, " \t");
        if (n == WORDS || length >= WORD)
            return -1;
        memcpy(words[n], text, length);
        words[n++][length] = '\0';
        text += length;
    }
    return n;
}

static bool read_state(const char *word, int *state)
{
    return word[0] == 'S' && isdigit((unsigned char)word[1]) && dia_text_int(word + 1, 0, 10000, state, 0, NULL);
}

static bool read_population(dia_until_target *t, int n, char (*words)[WORD], size_t size, char *why)
{
    char time[2 * WORD];
    t->kind = DIA_TARGET_POPULATION;
    t->time = -1.0;
    if (n < 2 || !read_state(words[1], &t->state))
        return false;
    if (n == 2)
        return true;
    if (n > 5 || n < 4 || strcmp(words[2], "at") != 0)
        return false;
    snprintf(time, sizeof time, "%s%s%s", words[3], n == 5 ? " " : "", n == 5 ? words[4] : "");
    return dia_quantity_parse(time, DIA_TIME, &t->time, size, why);
}

static bool read_outcome(dia_until_target *t, int n, char (*words)[WORD])
{
    t->kind = DIA_TARGET_OUTCOME;
    t->state = -1;
    if (n < 2 || n > 3)
        return false;
    memcpy(t->outcome, words[1], sizeof t->outcome);
    return n == 2 || read_state(words[2], &t->state);
}

static bool read_quantity(dia_until_target *t, const char *text, size_t size, char *why)
{
    char words[WORDS][WORD];
    const int n = split(text, words);
    why[0] = '\0';
    if (n > 0 && strcmp(words[0], "population") == 0)
        return read_population(t, n, words, size, why);
    if (n > 0 && strcmp(words[0], "outcome") == 0)
        return read_outcome(t, n, words);
    t->kind = DIA_TARGET_LIFETIME;
    return n == 2 && strcmp(words[0], "lifetime") == 0 && read_state(words[1], &t->state);
}

/* "5 %", or a number, or a time. */
static bool read_error(dia_until_target *t, const char *text, size_t size, char *why)
{
    char number[40];
    const size_t length = strlen(text);
    const bool time = t->kind == DIA_TARGET_LIFETIME;
    snprintf(t->asked, sizeof t->asked, "%s", text);
    t->relative = length > 1 && text[length - 1] == '%';
    if (t->relative) {
        size_t digits = length - 1;
        while (digits > 0 && isspace((unsigned char)text[digits - 1]))
            digits--;
        snprintf(number, sizeof number, "%.*s", (int)digits, text);
    } else {
        snprintf(number, sizeof number, "%s", text);
    }
    if (length >= sizeof number ||
        !dia_quantity_parse(number, time && !t->relative ? DIA_TIME : DIA_PURE, &t->error, size, why))
        return false;
    if (t->relative)
        t->error /= 100.0;
    const bool good = t->error > 0.0 && (time || t->error < 1.0);
    if (!good)
        snprintf(why, size, "expected %s, found '%.40s'",
                 time ? "a time above 0, or a part such as '5 %'" : "a number between 0 and 1, or a part such as '5 %'",
                 text);
    return good;
}

/* ---- the block ------------------------------------------------------------------------------- */

static bool read_count(dia_config *config, const dia_node *value, const char *key, int64_t *count)
{
    long long number;
    const char *text = dia_node_text(value);
    if (text != NULL && dia_text_integer(text, 1, 100000000, &number, 0, NULL)) {
        *count = number;
        return true;
    }
    dia_config_mistake(config, value, "until.%s: expected a number of trajectories", key);
    return false;
}

static void read_target(dia_until *until, dia_config *config, const char *key, const dia_node *value)
{
    char why[300];
    const char *text = dia_node_text(value);
    if (until->n == DIA_TARGETS) {
        dia_config_mistake(config, value, "until: more than %d targets", (int)DIA_TARGETS);
        return;
    }
    dia_until_target *t = &until->target[until->n];
    if (strlen(key) >= sizeof t->text || !read_quantity(t, key, sizeof why, why)) {
        dia_config_mistake(config, value, "until: '%.80s': expected %s, `least` or `batch`%s%s", key, example,
                           why[0] != '\0' ? "; " : "", why);
        return;
    }
    strcpy(t->text, key);
    if (text == NULL || !read_error(t, text, sizeof why, why))
        dia_config_mistake(config, value, "until.%s: %s", key, text == NULL ? "expected an error" : why);
    until->n++;
}

dia_status dia_until_read(dia_until **until, dia_config *config, const dia_node *node, dia_error *error)
{
    *until = NULL;
    if (node == NULL)
        return DIA_OK;
    if (!dia_node_is_mapping(node)) {
        dia_config_mistake(config, node, "until: expected targets and their errors, such as {population S0: 0.01}");
        return DIA_OK;
    }
    dia_until *made = *until = calloc(1, sizeof *made);
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the block until");
    made->least = LEAST;
    made->batch = BATCH;
    for (int i = 0; i < dia_node_count(node); i++) {
        const dia_node *value = NULL;
        const char *key = dia_node_pair(node, i, &value);
        if (strcmp(key, "least") == 0)
            (void)read_count(config, value, key, &made->least);
        else if (strcmp(key, "batch") == 0) {
            if (read_count(config, value, key, &made->batch) && made->batch % 8 != 0)
                dia_config_mistake(config, value, "until.batch: expected a multiple of 8, found %lld",
                                   (long long)made->batch);
        } else
            read_target(made, config, key, value);
    }
    if (made->n == 0)
        dia_config_mistake(config, node, "until: no target; expected %s", example);
    return DIA_OK;
}

/* ---- with the rest of the input -------------------------------------------------------------- */

static bool known_outcome(const dia_dynamics *dynamics, const char *name)
{
    bool known = strcmp(name, DIA_OUTCOME_INSIDE) == 0 || strcmp(name, dia_fate_word(DIA_FATE_DISSOCIATED)) == 0;
    for (int i = 0; !known && dia_dynamics_stop(dynamics, i) != NULL; i++)
        known = strcmp(name, dia_dynamics_stop(dynamics, i)) == 0;
    return known;
}

static void fit_time(dia_until_target *t, dia_config *config, const dia_node *value, const dia_dynamics *dynamics,
                     int64_t steps, int64_t every)
{
    const double apart = (double)every * dynamics->timestep, ratio = t->time / apart;
    t->sample = steps / every;
    if (t->time < 0.0)
        return;
    if (!(ratio <= (double)t->sample * (1.0 + 1e-9)))
        dia_config_mistake(config, value, "until.%s: the flight ends at %.8g fs", t->text,
                           (double)steps * dynamics->timestep / DIA_FEMTOSECOND);
    else if (fabs(ratio - round(ratio)) > 1e-6 * fmax(ratio, 1.0))
        dia_config_mistake(config, value, "until.%s: no sample at that time; they are %.8g fs apart (output.every)",
                           t->text, apart / DIA_FEMTOSECOND);
    else
        t->sample = (int64_t)round(ratio);
}

void dia_until_fit(dia_until *until, dia_config *config, const dia_node *node, const dia_dynamics *dynamics, int nstate,
                   int64_t steps, int64_t every)
{
    const bool by_amplitudes = dynamics->hop != NULL && dia_dynamics_populations(dynamics, nstate).amplitudes;
    for (int i = 0; i < until->n; i++) {
        dia_until_target *t = &until->target[i];
        const dia_node *value = dia_node_child(node, t->text);
        if (t->state >= nstate)
            dia_config_mistake(config, value, "until.%s: the model has the states S0 to S%d", t->text, nstate - 1);
        if (t->kind == DIA_TARGET_POPULATION && steps > 0 && every > 0)
            fit_time(t, config, value, dynamics, steps, every);
        if ((t->kind != DIA_TARGET_OUTCOME || t->state >= 0) && by_amplitudes)
            dia_config_mistake(config, value,
                               "until.%s: is counted by active states, and the populations of %s are those of its "
                               "amplitudes; expected 'outcome NAME' or another method",
                               t->text, dynamics->hop->name);
        if (t->kind == DIA_TARGET_OUTCOME && !known_outcome(dynamics, t->outcome))
            dia_config_mistake(config, value, "until.%s: dynamics.stop has no condition '%s'", t->text, t->outcome);
    }
}

char *dia_until_text(const dia_until *until)
{
    char *text = NULL;
    size_t size = 0;
    dia_error none = {0};
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; out != NULL && i < until->n; i++)
        fprintf(out, "%s%s: %s", i > 0 ? ", " : "", until->target[i].text, until->target[i].asked);
    if (out != NULL)
        fprintf(out, "; at least %lld, in batches of %lld", (long long)until->least, (long long)until->batch);
    return dia_text_close(out, &text, &none) == DIA_OK ? text : NULL;
}

int64_t dia_until_block(const dia_until *until)
{
    int64_t block = until->batch / 16 / 8 * 8; /* 16 blocks a batch, if they are not too large */
    block = block < 8 ? 8 : block > 64 ? 64 : block;
    while (until->batch % block != 0)
        block -= 8;
    return block;
}
