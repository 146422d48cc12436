/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration: loading, overriding, walking. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <sys/stat.h>

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_internal.h"
#include "base/number.h"

enum { LARGEST = 1 << 20 };

static const char *absolute(dia_arena *arena, const char *directory)
{
    char *real = realpath(directory, NULL);
    const char *copy = dia_arena_text(arena, real != NULL ? real : directory);
    free(real);
    return copy;
}

static dia_status parse(dia_config **out, const char *text, size_t size, const char *name, const char *directory,
                        dia_error *error)
{
    *out = NULL;
    dia_arena *arena = dia_arena_create();
    dia_config *config = arena != NULL ? dia_arena_get(arena, sizeof *config) : NULL;
    char *copy = config != NULL ? dia_arena_get(arena, size + 1) : NULL;
    if (copy == NULL) {
        dia_arena_free(arena);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory reading '%s'", name);
    }
    memcpy(copy, text, size);
    config->arena = arena;
    config->text = copy;
    config->size = size;
    config->name = dia_arena_text(arena, name);
    config->directory = absolute(arena, directory);
    config->working = absolute(arena, ".");
    config->exhausted = config->name == NULL || config->directory == NULL || config->working == NULL;
    dia_status status = DIA_ERROR_MEMORY;
    if (config->exhausted)
        dia_error_set(error, status, "out of memory reading '%s'", name);
    else
        status = dia_config_tree(config, copy, size, NULL, &config->root, error);
    if (status != DIA_OK) {
        dia_config_free(config);
        return status;
    }
    if (config->root == NULL)
        dia_config_mistake(config, NULL, "holds nothing; expected lines of the form 'key: value'");
    *out = config;
    return DIA_OK;
}

dia_status dia_config_parse(dia_config **config, const char *text, const char *name, const char *directory,
                            dia_error *error)
{
    *config = NULL;
    size_t size = strlen(text);
    if (size > LARGEST)
        return dia_error_set(error, DIA_ERROR_INPUT, "'%s' has %zu bytes; an input holds at most 1 MiB", name, size);
    return parse(config, text, size, name, directory, error);
}

/* *text: heap. Reads one byte more than allowed, to detect also a file that grows meanwhile or has no size (a pipe). */
static dia_status slurp(const char *path, char **text, size_t *size, dia_error *error)
{
    struct stat about;
    FILE *file = stat(path, &about) == 0 ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "cannot read '%s': %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode)) {
        fclose(file);
        return dia_error_set(error, DIA_ERROR_FILE, "cannot read '%s': it is a directory", path);
    }
    *text = malloc(LARGEST + 1);
    *size = *text != NULL ? fread(*text, 1, LARGEST + 1, file) : 0;
    int reason = errno;
    bool failed = ferror(file) != 0;
    fclose(file);
    if (*text == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory reading '%s'", path);
    if (failed)
        return dia_error_set(error, DIA_ERROR_FILE, "cannot read '%s': %s", path, strerror(reason));
    if (*size > LARGEST)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "'%s' is larger than 1 MiB, which no input is; is it another kind of file?", path);
    return DIA_OK;
}

dia_status dia_config_load(dia_config **config, const char *path, dia_error *error)
{
    *config = NULL;
    char *text = NULL, *copy = strdup(path);
    size_t size = 0;
    if (copy == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory reading '%s'", path);
    dia_status status = slurp(path, &text, &size, error);
    if (status == DIA_OK)
        status = parse(config, text, size, path, dirname(copy), error);
    free(text);
    free(copy);
    return status;
}

void dia_config_free(dia_config *config)
{
    if (config != NULL)
        dia_arena_free(config->arena); /* the configuration itself is in it */
}

/* "input.output.file" is the option "output.file". */
static bool is_key(const char *key, const char *wanted)
{
    const size_t n = strlen(key), m = strlen(wanted);
    return n >= m && strcmp(key + n - m, wanted) == 0 && (n == m || key[n - m - 1] == '.');
}

dia_status dia_config_check_output(const dia_config *config, const dia_claim *claim, int nfile, const dia_file *files,
                                   dia_error *error)
{
    int n = 1 + nfile;
    for (const named_path *p = config->paths; p != NULL; p = p->next)
        n++;
    const char **inputs = malloc((size_t)n * sizeof *inputs);
    if (inputs == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to check an output");
    n = 0;
    inputs[n++] = config->name;
    for (int i = 0; i < nfile; i++)
        inputs[n++] = files[i].path;
    for (const named_path *p = config->paths; p != NULL; p = p->next)
        inputs[n++] = is_key(p->key, claim->key) ? NULL : p->path;
    const dia_status status = dia_output_check(claim, n, inputs, error);
    free(inputs);
    return status;
}

/* ---- overriding ------------------------------------------------------------------------------ */

/* The slot in `node` that the word names: an existing one (the word is a key, or an index of a list), or a new one
 * in a mapping. */
static dia_node **slot(dia_config *config, dia_node *node, const char *word, const char *source, dia_error *error)
{
    if (node->kind == NODE_LIST) {
        int i;
        if (dia_text_int(word, 0, node->count - 1, &i, 0, NULL))
            return &node->items[i];
        dia_error_set(error, DIA_ERROR_INPUT, "%s: '%s' must be the number of an item, 0 to %d", source, word,
                      node->count - 1);
        return NULL;
    }
    if (node->kind != NODE_MAPPING) {
        dia_error_set(error, DIA_ERROR_INPUT, "%s: what '%s' is to belong to is not a block of keys in %s", source,
                      word, config->name);
        return NULL;
    }
    for (int i = 0; i < node->count; i++)
        if (strcmp(node->keys[i]->text, word) == 0)
            return &node->items[i];
    dia_node *key = dia_config_node(config, NODE_SCALAR, 0, 0, source);
    dia_node *value = dia_config_node(config, NODE_MAPPING, 0, 0, source);
    if (key != NULL)
        key->text = dia_arena_text(config->arena, word);
    if (key == NULL || key->text == NULL || value == NULL || !dia_config_append(config, node, key, value)) {
        dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
        return NULL;
    }
    return &node->items[node->count - 1];
}

/* stages[0].rate -> stages.0.rate: messages name items so. False: a bracket that is not such a number. */
static bool number_items(char *words)
{
    char *to = words;
    for (const char *from = words; *from != '\0'; from++) {
        if (*from == ']')
            return false;
        *to = *from;
        if (*from == '[') {
            const size_t digits = strspn(from + 1, "0123456789");
            const char after = digits > 0 && from[1 + digits] == ']' ? from[2 + digits] : 'x';
            if (to == words || (after != '\0' && after != '.' && after != '['))
                return false;
            *to++ = '.';
            memmove(to, from + 1, digits);
            to += digits - 1;
            from += digits + 1;
        }
        to++;
    }
    *to = '\0';
    return true;
}

static dia_status set(dia_config *config, char *words, dia_node *value, const char *source, dia_error *error)
{
    if (config->root == NULL)
        config->root = dia_config_node(config, NODE_MAPPING, 0, 0, source);
    dia_node **place = &config->root;
    for (char *word = words, *dot = words; dot != NULL && place != NULL; word = dot + 1) {
        if (*place == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
        dot = strchr(word, '.');
        if (dot != NULL)
            *dot = '\0';
        if (word[0] == '\0')
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: expected KEY=VALUE with a key such as dynamics.timestep",
                                 source);
        place = slot(config, *place, word, source, error);
        if (dot == NULL && place != NULL)
            *place = value;
        if (dot == NULL)
            break;
    }
    return place != NULL ? DIA_OK : error != NULL ? error->status : DIA_ERROR_INPUT;
}

dia_status dia_config_set(dia_config *config, const char *dotted_key, const char *value, dia_error *error)
{
    char buffer[256];
    snprintf(buffer, sizeof buffer, "--set %.200s", dotted_key);
    const char *source = dia_arena_text(config->arena, buffer);
    char *words = dia_arena_text(config->arena, dotted_key);
    if (source == NULL || words == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (!number_items(words))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: expected KEY=VALUE with a key such as dynamics.timestep or stages[0].rate", source);
    dia_node *node;
    dia_status status = dia_config_tree(config, value, strlen(value), source, &node, error);
    if (status != DIA_OK)
        return status;
    if (node == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: no value; write %s=VALUE", source, dotted_key);
    return set(config, words, node, source, error);
}

/* "KEY=VALUE" */
static dia_status set_pair(dia_config *config, const char *pair, dia_error *error)
{
    const char *equals = strchr(pair, '=');
    if (equals == NULL || equals == pair)
        return dia_error_set(error, DIA_ERROR_INPUT, "setting '%s': expected KEY=VALUE", pair);
    char *key = strndup(pair, (size_t)(equals - pair));
    if (key == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_config_set(config, key, equals + 1, error);
    free(key);
    return status;
}

/* A path as a YAML scalar in double quotes. The reader refuses control characters. */
static dia_status set_path(dia_config *config, const char *key, const char *path, dia_error *error)
{
    char *text = malloc(2 * strlen(path) + 3), *p = text;
    if (text == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    *p++ = '"';
    for (; *path != '\0'; path++) {
        if (*path == '"' || *path == '\\')
            *p++ = '\\';
        *p++ = *path;
    }
    memcpy(p, "\"", 2);
    dia_status status = dia_config_set(config, key, text, error);
    free(text);
    return status;
}

dia_status dia_config_open(dia_config **config, const dia_input *input, const char *output_key, dia_error *error)
{
    *config = NULL;
    dia_status status;
    if (input->path != NULL)
        status = dia_config_load(config, input->path, error);
    else if (input->text != NULL)
        status =
            dia_config_parse(config, input->text, "input", input->directory != NULL ? input->directory : ".", error);
    else
        status = dia_error_set(error, DIA_ERROR_INPUT, "the input has neither a path nor text");
    for (int i = 0; i < input->nset && status == DIA_OK; i++)
        status = set_pair(*config, input->set[i], error);
    if (status == DIA_OK && input->output != NULL && output_key != NULL)
        status = set_path(*config, output_key, input->output, error);
    if (status != DIA_OK) {
        dia_config_free(*config);
        *config = NULL;
    }
    return status;
}

dia_status dia_config_merge(dia_config *config, const char *key, const dia_node *with, dia_error *error)
{
    dia_node *into = (dia_node *)dia_node_child(config->root, key); /* the configuration's own */
    if (into == NULL || into->kind != NODE_MAPPING)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: expected a block `%s`", config->name, key);
    for (int i = 0; i < with->count; i++) {
        dia_node **place = slot(config, into, with->keys[i]->text, config->name, error);
        if (place == NULL)
            return error != NULL ? error->status : DIA_ERROR_MEMORY;
        *place = with->items[i];
        for (int k = 0; k < into->count; k++)
            if (&into->items[k] == place)
                into->keys[k] = with->keys[i];
    }
    return DIA_OK;
}

void dia_config_drop(const dia_node *mapping, const dia_option *table)
{
    dia_node *node = (dia_node *)mapping; /* the configuration's own */
    int kept = 0;
    for (int i = 0; i < node->count; i++) {
        const dia_option *option = table;
        while (option->key != NULL && strcmp(option->key, node->keys[i]->text) != 0)
            option++;
        if (option->key == NULL && !dia_node_was_set(node->items[i]))
            continue;
        node->keys[kept] = node->keys[i];
        node->items[kept++] = node->items[i];
    }
    node->count = kept;
}

/* ---- walking --------------------------------------------------------------------------------- */

const dia_node *dia_config_root(const dia_config *config)
{
    return config->root;
}

const char *dia_config_text(const dia_config *config)
{
    return config->text;
}

const char *dia_config_name(const dia_config *config)
{
    return config->name;
}

const char *dia_config_directory(const dia_config *config)
{
    return config->directory;
}

const char *dia_config_path(dia_config *config, const dia_node *scalar)
{
    const char *path = dia_config_absolute(scalar->text, dia_config_base(config, scalar), config->arena);
    config->exhausted = config->exhausted || path == NULL;
    return path != NULL ? path : "";
}

const char *dia_config_path_given(dia_config *config, const dia_node *scalar)
{
    return scalar->source != NULL ? dia_config_path(config, scalar) : scalar->text;
}

bool dia_node_was_set(const dia_node *node)
{
    return node != NULL && node->source != NULL;
}

bool dia_node_pair_was_added(const dia_node *mapping, int i)
{
    return !dia_node_was_set(mapping) && dia_node_was_set(mapping->keys[i]);
}

bool dia_node_is_scalar(const dia_node *node)
{
    return node != NULL && node->kind == NODE_SCALAR;
}

bool dia_node_is_list(const dia_node *node)
{
    return !dia_node_is_scalar(node) && !dia_node_is_mapping(node);
}

bool dia_node_is_mapping(const dia_node *node)
{
    return node != NULL && node->kind == NODE_MAPPING;
}

const dia_node *dia_node_child(const dia_node *mapping, const char *key)
{
    if (!dia_node_is_mapping(mapping))
        return NULL;
    for (int i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->text, key) == 0)
            return mapping->items[i];
    return NULL;
}

int dia_node_count(const dia_node *node)
{
    return node != NULL ? node->count : 0;
}

const char *dia_node_pair(const dia_node *mapping, int i, const dia_node **value)
{
    *value = mapping->items[i];
    return mapping->keys[i]->text;
}

const dia_node *dia_node_item(const dia_node *list, int i)
{
    return list != NULL && i >= 0 && i < list->count ? list->items[i] : NULL;
}

const char *dia_node_text(const dia_node *scalar)
{
    return dia_node_is_scalar(scalar) ? scalar->text : NULL;
}
