/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/unit.h"
#include "molecule/condition.h"
#include "molecule/elements.h"
#include "statistics/population.h"
#include "swarm/file/table.h"

static double geometry[18] = {0, 0, 0, 2.6, 0.1, 0, -1.0, 1.7, 0.2, -1.1, -1.7, -0.1, 3.5, 1.2, 1.3, 3.7, -1.3, -1.2};
static int numbers[6] = {6, 6, 1, 1, 1, 1};
static double masses[6] = {22000, 22000, 1837, 1837, 1837, 1837};

static void conditions(const char *text, const dia_molecule *molecule)
{
    dia_condition condition;
    dia_error error = {0}, check = {0};
    fuzz_check(dia_condition_parse(&condition, text, molecule, &error), &error);
    if (error.status != DIA_OK)
        return;
    fuzz_check(dia_condition_check(&condition, 1, &condition, &check), &check);
    if (check.status == DIA_OK)
        (void)dia_condition_holds(&condition, geometry);
}

static void shards(const char *text)
{
    dia_shard shard;
    char again[200];
    if (dia_shard_parse(text, &shard)) {
        if (shard.number < 1 || shard.number > shard.count || shard.first < 0 || shard.past < shard.first ||
            shard.past > shard.whole)
            abort();
        dia_shard_text(&shard, sizeof again, again);
    }
    int number, count;
    const char *end;
    if (dia_shard_word(text, &number, &count, &end) && (end < text || end > text + strlen(text)))
        abort();
}

/* What is accepted of a population's rule says the same when it is written. */
static void populations(const char *text)
{
    dia_population_rule rule = {0}, back = {0};
    char again[DIA_POPULATION_TEXT], third[DIA_POPULATION_TEXT];
    if (!dia_population_parse(text, &rule))
        return;
    dia_population_text(&rule, again);
    if (!dia_population_parse(again, &back))
        abort();
    dia_population_text(&back, third);
    if (strcmp(again, third) != 0)
        abort();
}

static void stops(const char *text)
{
    char name[64];
    for (int i = 0; i < 40 && dia_stop_conditions_name(text, i, sizeof name, name); i++)
        if (memchr(name, '\0', sizeof name) == NULL)
            abort();
}

/* The small texts that files and inputs hold: conditions, units, elements, shards, rules of populations. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const dia_molecule molecule = {
        .natom = 6, .dimension = 3, .ncart = 18, .numbers = numbers, .masses = masses, .reference = geometry};
    char *text = calloc(size + 1, 1);
    double factor, mass;
    int number;
    dia_error error = {0};
    if (text == NULL)
        abort();
    memcpy(text, bytes, size);
    conditions(text, &molecule);
    shards(text);
    populations(text);
    stops(text);
    if (dia_unit_convert(text, "hartree/bohr", &factor) && !(isfinite(factor) && factor > 0.0))
        abort();
    if (dia_unit_convert(text, "fs", &factor) && !(isfinite(factor) && factor > 0.0))
        abort();
    (void)dia_unit_known(text);
    fuzz_check(dia_element_read(text, &number, &mass, &error), &error);
    free(text);
    return 0;
}
