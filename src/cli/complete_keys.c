/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/complete_keys.h"

#include <string.h>

#include "dynamics/registry.h"
#include "dynamics/thermostat.h"
#include "exact/engine.h"
#include "learn/engine.h"
#include "model/registry.h"

enum { KEY = 400 };

/* Blocks whose other keys belong to the type that a key of theirs names. */
typedef struct variant {
    const char *block, *key;    /* "dynamics.", "method"                        */
    const char *(*name)(int i); /* of the i-th type; NULL: no more              */
    const dia_option *(*options)(int i);
} variant;

#define VARIANT(kind, types)                                                                                           \
    static const char *kind##_name(int i)                                                                              \
    {                                                                                                                  \
        return types[i] != NULL ? types[i]->name : NULL;                                                               \
    }                                                                                                                  \
    static const dia_option *kind##_options(int i)                                                                     \
    {                                                                                                                  \
        return types[i]->options;                                                                                      \
    }
VARIANT(model, dia_model_types)
VARIANT(hop, dia_hop_types)
VARIANT(decoherence, dia_decoherence_types)
VARIANT(thermostat, dia_thermostat_types)
VARIANT(exact, dia_exact_types)
VARIANT(engine, dia_engine_types)

static const variant variants[] = {{"model.", "type", model_name, model_options},
                                   {"dynamics.", "method", hop_name, hop_options},
                                   {"dynamics.decoherence.", "method", decoherence_name, decoherence_options},
                                   {"dynamics.thermostat.", "method", thermostat_name, thermostat_options},
                                   {"exact.", "engine", exact_name, exact_options},
                                   {"engine.", "type", engine_name, engine_options}};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

static void offer(const char *word, const char *begun)
{
    if (strncmp(word, begun, strlen(begun)) == 0)
        puts(word);
}

static bool is_block(const dia_option *option)
{
    return option->table != NULL &&
           (option->kind == DIA_OPTION_BLOCK || (option->kind == DIA_OPTION_NODE && option->shown == DIA_OPTION_BLOCK));
}

/* "KEY=word" for each of the words "a|b|c". */
static void offer_words(const char *key, const char *words, const char *begun)
{
    char made[2 * KEY];
    while (words != NULL && *words != '\0') {
        const size_t length = strcspn(words, "|");
        snprintf(made, sizeof made, "%s=%.*s", key, (int)length, words);
        offer(made, begun);
        words += length + (words[length] == '|');
    }
}

static void offer_values(const dia_option *option, const char *key, const char *begun)
{
    if (option->kind == DIA_OPTION_BOOL)
        offer_words(key, "true|false", begun);
    else if (option->choices != NULL)
        offer_words(key, option->choices, begun);
    else if (option->kind == DIA_OPTION_PATH || (option->kind == DIA_OPTION_NODE && option->shown == DIA_OPTION_PATH))
        puts(":files");
}

/* The keys of a table at the level `prefix` ("dynamics."), or the values of the key that `begun` has with its '='. */
static void offer_keys(const dia_option *table, const char *prefix, const char *begun)
{
    char key[KEY];
    for (; table != NULL && table->key != NULL; table++) {
        const int length = snprintf(key, sizeof key, "%s%s", prefix, table->key);
        if (strncmp(begun, key, (size_t)length) == 0 && begun[length] == '=')
            offer_values(table, key, begun);
        else {
            snprintf(key + length, sizeof key - (size_t)length, is_block(table) ? "." : "=");
            offer(key, begun);
        }
    }
}

static void offer_level(const dia_option *table, const char *prefix, const char *begun)
{
    char block[KEY];
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++) {
        const int length = snprintf(block, sizeof block, "%s%s.", prefix, option->key);
        if (strncmp(begun, block, (size_t)length) == 0 && is_block(option)) {
            offer_level(option->table, block, begun);
            return;
        }
    }
    offer_keys(table, prefix, begun);
}

/* What the types of a block add to its keys, and their names. */
static void offer_variant(const variant *v, const char *begun)
{
    const size_t length = strlen(v->block);
    if (strncmp(begun, v->block, length) != 0 || (strchr(begun + length, '.') != NULL && strchr(begun, '=') == NULL))
        return;
    char key[KEY], word[2 * KEY];
    snprintf(key, sizeof key, "%s%s=", v->block, v->key);
    if (strlen(begun) < strlen(key))
        offer(key, begun);
    for (int i = 0; v->name(i) != NULL; i++) {
        snprintf(word, sizeof word, "%s%s", key, v->name(i));
        if (strncmp(begun, key, strlen(key)) == 0)
            offer(word, begun);
        else
            offer_keys(v->options(i), v->block, begun);
    }
}

void dia_complete_setting(const dia_input_kind *inputs, const char *begun)
{
    for (; inputs != NULL && inputs->name != NULL; inputs++) {
        dia_option made[DIA_INPUT_KEYS];
        if (inputs->fill != NULL)
            inputs->fill(made);
        offer_level(inputs->fill != NULL ? made : inputs->table, "", begun);
    }
    for (int i = 0; i < VARIANTS; i++)
        offer_variant(&variants[i], begun);
}
