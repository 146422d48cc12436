/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes -> members of structs, by option tables. */
#include <assert.h>
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_internal.h"
#include "base/number.h"

enum { WHERE = 200, WHY = 300, KEYS = 256 };

/* ---- one value ------------------------------------------------------------------------------- */

static bool in_range(const dia_option *option, double value, const char *text, size_t size, char *why)
{
    if ((option->minimum == 0.0 && option->maximum == 0.0) || (value >= option->minimum && value <= option->maximum))
        return true;
    char range[160];
    dia_option_range(option, sizeof range, range);
    snprintf(why, size, "%.40s is out of range, expected %s", text, range);
    return false;
}

/* The index of `text` among the alternatives "a|b|c"; -1: it is none of them. */
static int find_choice(const char *choices, const char *text)
{
    const size_t length = strlen(text);
    int place = 0;
    for (const char *word = choices; word != NULL; place++) {
        if (strncmp(word, text, length) == 0 && (word[length] == '|' || word[length] == '\0'))
            return place;
        word = strchr(word, '|');
        word = word != NULL ? word + 1 : NULL;
    }
    return -1;
}

static bool must_be(const dia_option *option, const char *text, size_t size, char *why)
{
    char expected[256];
    dia_option_expected(option, sizeof expected, expected);
    snprintf(why, size, "'%.40s' must be %.220s", text, expected);
    return false;
}

/* An integer within the option's range, which the message names; without a range, any int. The first word of
 * `choices` is -1, the second -2, ... */
static bool read_int(const dia_option *option, const char *text, int *value, size_t size, char *why)
{
    const int word = option->choices != NULL ? find_choice(option->choices, text) : -1;
    if (word >= 0) {
        *value = -1 - word;
        return true;
    }
    const char *digits = text + (*text == '-' || *text == '+');
    const size_t count = strspn(digits, "0123456789");
    if (count > 1 && digits[0] == '0' && digits[count] == '\0') { /* octal elsewhere in YAML */
        snprintf(why, size, "'%.40s': an integer must not begin with 0", text);
        return false;
    }
    if (option->choices != NULL && count == 0)
        return must_be(option, text, size, why);
    if (!dia_text_int(text, INT_MIN, INT_MAX, value, size, why)) {
        if (count > 0 && digits[count] == '\0')
            in_range(option, *text == '-' ? -INFINITY : INFINITY, text, size, why);
        return false;
    }
    return in_range(option, *value, text, size, why);
}

/* The alternatives "a|b|c" as an array of texts in `copy`, ended by NULL. */
static void split(const char *choices, size_t size, char *copy, int room, const char **words)
{
    int n = 0;
    snprintf(copy, size, "%s", choices);
    for (char *word = copy; word != NULL && n < room - 1;) {
        words[n++] = word;
        word = strchr(word, '|');
        if (word != NULL)
            *word++ = '\0';
    }
    words[n] = NULL;
}

static bool read_choice(const dia_option *option, const char *text, int *value, size_t size, char *why)
{
    char copy[512];
    const char *words[64];
    split(option->choices, sizeof copy, copy, 64, words);
    *value = find_choice(option->choices, text);
    if (*value >= 0)
        return true;
    const char *near = dia_text_nearest(text, words);
    must_be(option, text, size, why);
    if (near != NULL)
        snprintf(why + strlen(why), size - strlen(why), "; did you mean '%s'?", near);
    return false;
}

const char *dia_config_absolute(const char *text, const char *directory, dia_arena *arena)
{
    if (text[0] == '/' || directory == NULL)
        return text;
    size_t size = strlen(directory) + strlen(text) + 2;
    char *path = dia_arena_get(arena, size);
    if (path != NULL)
        snprintf(path, size, "%s%s%s", directory, strcmp(directory, "/") == 0 ? "" : "/", text);
    return path;
}

/* Converts one scalar value by the option and stores it in `member`. directory: for relative paths (NULL: left as
 * they are). False: `why` says what is wrong. Text is not copied (it must live long enough); an absolute path is
 * made in the arena. */
static bool take_scalar(const dia_option *option, dia_option_kind kind, const char *text, const char *directory,
                        dia_arena *arena, void *member, size_t size, char *why)
{
    switch (kind) {
    case DIA_OPTION_BOOL:
        *(bool *)member = strcmp(text, "true") == 0;
        return *(bool *)member || strcmp(text, "false") == 0 || must_be(option, text, size, why);
    case DIA_OPTION_INT:
        return read_int(option, text, member, size, why);
    case DIA_OPTION_REAL:
        return dia_quantity_parse(text, option->dimension, member, size, why) &&
               in_range(option, *(double *)member, text, size, why);
    case DIA_OPTION_CHOICE:
        return read_choice(option, text, member, size, why);
    case DIA_OPTION_PATH:
        *(const char **)member = dia_config_absolute(text, directory, arena);
        break;
    default:
        *(const char **)member = text;
        break;
    }
    if (*(const char **)member == NULL)
        snprintf(why, size, "out of memory");
    else if (text[0] == '\0')
        snprintf(why, size, "the text is empty");
    return *(const char **)member != NULL && text[0] != '\0';
}

/* ---- defaults -------------------------------------------------------------------------------- */

static bool is_list(const dia_option *option)
{
    return option->kind == DIA_OPTION_INTS || option->kind == DIA_OPTION_REALS || option->kind == DIA_OPTION_TEXTS;
}

static void set_defaults(const dia_option *table, void *self, const char *directory, dia_arena *arena)
{
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++) {
        void *member = (char *)self + option->offset;
        char why[WHY] = "";
        if (option->kind == DIA_OPTION_BLOCK) {
            set_defaults(option->table, member, directory, arena);
        } else if (option->fallback != NULL && !is_list(option) && option->kind != DIA_OPTION_BLOCKS &&
                   option->kind != DIA_OPTION_NODE) {
            bool good = take_scalar(option, option->kind, option->fallback, directory, arena, member, sizeof why, why);
            assert(good && "the default in an option table must be valid");
            (void)good;
        }
    }
}

void dia_option_defaults(const dia_option *table, void *self)
{
    set_defaults(table, self, NULL, NULL);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* "dynamics.timestep"; in messages: " in 'dynamics'", nothing at the root. */
static const char *inner_key(const char *where, const dia_option *option, char inner[WHERE])
{
    snprintf(inner, WHERE, "%.99s%s%.99s", where, where[0] != '\0' ? "." : "", option->key);
    return inner;
}

static const char *in_block(const char *where, char block[WHERE + 16])
{
    snprintf(block, WHERE + 16, where[0] != '\0' ? " in '%s'" : "%s", where);
    return block;
}

static const char *kind_text(const dia_node *node)
{
    return node->kind == NODE_LIST ? "a list" : node->kind == NODE_MAPPING ? "a block of keys" : "a single value";
}

/* "key:" or "key: null": YAML's null, which no option accepts. */
static bool no_value(const dia_node *node)
{
    return node->kind == NODE_SCALAR && !node->quoted &&
           (node->text[0] == '\0' || strcmp(node->text, "null") == 0 || strcmp(node->text, "~") == 0);
}

static void note_path(dia_config *config, const char *key, const char *path)
{
    named_path *note = dia_arena_get(config->arena, sizeof *note);
    if (note != NULL)
        *note = (named_path){.key = dia_arena_text(config->arena, key), .path = path, .next = config->paths};
    if (note != NULL && note->key != NULL)
        config->paths = note;
    else
        config->exhausted = true;
}

static void read_scalar(dia_config *config, const dia_node *node, const char *key, const dia_option *option,
                        dia_option_kind kind, void *member)
{
    char why[WHY], expected[256];
    if (node->kind == NODE_BROKEN)
        return;
    if (node->kind != NODE_SCALAR) {
        dia_option_expected(option, sizeof expected, expected);
        dia_config_mistake(config, node, "%s: expected %s, found %s", key, expected, kind_text(node));
        return;
    }
    if (!take_scalar(option, kind, node->text, dia_config_base(config, node), config->arena, member, sizeof why, why))
        dia_config_mistake(config, node, "%s: %s", key, why);
    else if (kind == DIA_OPTION_PATH)
        note_path(config, key, *(const char *const *)member);
}

static size_t item_size(const dia_option *option)
{
    switch (option->kind) {
    case DIA_OPTION_INTS:
        return sizeof(int);
    case DIA_OPTION_REALS:
        return sizeof(double);
    case DIA_OPTION_TEXTS:
        return sizeof(const char *);
    default:
        return option->item_size;
    }
}

static dia_option_kind item_kind(const dia_option *option)
{
    return option->kind == DIA_OPTION_INTS    ? DIA_OPTION_INT
           : option->kind == DIA_OPTION_REALS ? DIA_OPTION_REAL
                                              : DIA_OPTION_TEXT;
}

static void read_list(dia_config *config, const dia_node *node, const char *key, const dia_option *option,
                      dia_list *list)
{
    if (node->kind == NODE_BROKEN)
        return;
    const bool word = node->kind == NODE_SCALAR && option->choices != NULL;
    if (word && find_choice(option->choices, node->text) >= 0) {
        *list = (dia_list){1, dia_arena_get(config->arena, sizeof node->text)};
        if (list->items != NULL)
            memcpy(list->items, &node->text, sizeof node->text);
        config->exhausted = config->exhausted || list->items == NULL;
        list->n = list->items != NULL;
        return;
    }
    if (node->kind != NODE_LIST) {
        char expected[256];
        dia_option_expected(option, sizeof expected, expected);
        bool single = node->kind == NODE_SCALAR && option->kind != DIA_OPTION_BLOCKS;
        dia_config_mistake(config, node, "%s: expected %s, found %s%s%.40s%s", key, expected, kind_text(node),
                           single ? "; write [" : "", single ? node->text : "", single ? "]" : "");
        return;
    }
    size_t size = item_size(option);
    char *items = dia_arena_get(config->arena, (size_t)node->count * size);
    if (items == NULL) {
        config->exhausted = true;
        return;
    }
    for (int i = 0; i < node->count; i++) {
        char item[WHERE];
        snprintf(item, sizeof item, "%.180s[%d]", key, i);
        void *self = items + (size_t)i * size;
        if (option->kind == DIA_OPTION_BLOCKS)
            dia_config_read(config, node->items[i], item, 1, &option->table, &self);
        else
            read_scalar(config, node->items[i], item, option, item_kind(option), self);
    }
    list->n = node->count;
    list->items = items;
}

static void read_member(dia_config *config, const dia_node *node, const char *where, const dia_option *option,
                        void *self)
{
    void *member = (char *)self + option->offset;
    char inner[WHERE];
    inner_key(where, option, inner);
    if (no_value(node)) {
        dia_config_mistake(config, node, "%s: no value; leave the key out to keep its default", inner);
        return;
    }
    switch (option->kind) {
    case DIA_OPTION_NODE:
        *(const dia_node **)member = node->kind != NODE_BROKEN ? node : NULL;
        break;
    case DIA_OPTION_BLOCK:
        dia_config_read(config, node, inner, 1, &option->table, &member);
        break;
    case DIA_OPTION_INTS:
    case DIA_OPTION_REALS:
    case DIA_OPTION_TEXTS:
    case DIA_OPTION_BLOCKS:
        read_list(config, node, inner, option, member);
        break;
    default:
        read_scalar(config, node, inner, option, option->kind, member);
    }
}

/* The option called `key` in the first table that has it; *t: index of that table. */
static const dia_option *find(const char *key, int ntable, const dia_option *const *tables, int *t)
{
    for (*t = 0; *t < ntable; (*t)++)
        for (const dia_option *option = tables[*t]; option != NULL && option->key != NULL; option++)
            if (strcmp(option->key, key) == 0)
                return option;
    return NULL;
}

static void unknown_key(dia_config *config, const dia_node *key, const char *where, int ntable,
                        const dia_option *const *tables)
{
    const char *known[KEYS] = {NULL};
    char list[200] = "";
    size_t used = 0;
    int n = 0;
    for (int t = 0; t < ntable; t++)
        for (const dia_option *option = tables[t]; option != NULL && option->key != NULL && n < KEYS - 1; option++) {
            known[n++] = option->key;
            if (used < sizeof list)
                used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", n > 1 ? ", " : "", option->key);
        }
    char block[WHERE + 16];
    in_block(where, block);
    const char *near = dia_text_nearest(key->text, known);
    if (near != NULL)
        dia_config_mistake(config, key, "unknown key '%.60s'%s; did you mean '%s'?", key->text, block, near);
    else if (n > 0)
        dia_config_mistake(config, key, "unknown key '%.60s'%s; known: %s%s", key->text, block, list,
                           used < sizeof list ? "" : "...");
    else
        dia_config_mistake(config, key, "unknown key '%.60s'%s, which takes no keys", key->text, block);
}

/* Defaults of lists are YAML texts ("[64, 64]"), so a configuration is needed to read them. */
static void list_defaults(dia_config *config, const dia_node *node, const char *where, const dia_option *table,
                          void *self)
{
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++) {
        if (!is_list(option) || option->fallback == NULL || dia_node_child(node, option->key) != NULL)
            continue;
        dia_node *list;
        dia_status status =
            dia_config_tree(config, option->fallback, strlen(option->fallback), option->key, &list, NULL);
        assert(status == DIA_OK && list != NULL && list->kind == NODE_LIST && "the default of a list must be a list");
        if (status == DIA_OK)
            read_list(config, list, where, option, (dia_list *)(void *)((char *)self + option->offset));
    }
}

static void check_required(dia_config *config, const dia_node *node, const char *where, const dia_option *table)
{
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++) {
        if (!option->required || dia_node_child(node, option->key) != NULL)
            continue;
        char expected[256], block[WHERE + 16];
        dia_option_expected(option, sizeof expected, expected);
        dia_config_missing(config, node, "missing key '%s'%s: %s (%s)", option->key, in_block(where, block),
                           option->help != NULL ? option->help : "required", expected);
    }
}

/* Missing blocks are read by the same function as present ones, for their defaults and required keys. */
static void absent_blocks(dia_config *config, const dia_node *node, const char *where, const dia_option *table,
                          void *self)
{
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++) {
        if (option->kind != DIA_OPTION_BLOCK || option->required || dia_node_child(node, option->key) != NULL)
            continue;
        char inner[WHERE];
        void *member = (char *)self + option->offset;
        dia_config_read(config, NULL, inner_key(where, option, inner), 1, &option->table, &member);
    }
}

void dia_config_read(dia_config *config, const dia_node *node, const char *where, int ntable,
                     const dia_option *const *tables, void *const *selves)
{
    for (int t = 0; t < ntable; t++)
        set_defaults(tables[t], selves[t], config->directory, config->arena);
    if (node != NULL && node->kind != NODE_MAPPING) {
        if (node->kind != NODE_BROKEN)
            dia_config_mistake(config, node, "%s%sexpected a block of keys ('key: value'), found %s", where,
                               where[0] != '\0' ? ": " : "", kind_text(node));
        return;
    }
    for (int t = 0; t < ntable; t++) {
        list_defaults(config, node, where, tables[t], selves[t]);
        absent_blocks(config, node, where, tables[t], selves[t]);
        check_required(config, node, where, tables[t]);
    }
    for (int i = 0; i < dia_node_count(node); i++) {
        int t;
        const dia_option *option = find(node->keys[i]->text, ntable, tables, &t);
        if (option == NULL)
            unknown_key(config, node->keys[i], where, ntable, tables);
        else
            read_member(config, node->items[i], where, option, selves[t]);
    }
}
