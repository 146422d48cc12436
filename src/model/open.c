/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a file or a block of an input to a model: find the type, read its options, open it. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/front.h"
#include "model/network.h"
#include "model/object.h"
#include "model/registry.h"
#include "store/store.h"

#define FORMAT "diabolo-model"

typedef struct selector { /* the keys that choose the type */
    const char *type, *plugin;
} selector;

static const dia_option selector_options[] = {
    DIA_TEXT(selector, type, NULL, "which model; `diabolo info` lists them"),
    DIA_PATH(selector, plugin, NULL, "shared object with a model of your own"),
    {.key = NULL}};

/* ---- making ---------------------------------------------------------------------------------- */

/* Frees a model that has not been opened, without calling its type's `close`. */
static void discard(dia_model *made)
{
    free(made->self);
    dia_molecule_free(&made->molecule);
    dia_files_free(&made->files);
    free(made->text);
    dia_plugin_close(made->plugin);
    free(made);
}

/* NULL: out of memory; then the plug-in is closed. */
static dia_model *make(const dia_model_type *type, void *plugin)
{
    dia_model *made = calloc(1, sizeof *made);
    void *self = calloc(1, type->self_size > 0 ? type->self_size : 1);
    if (made == NULL || self == NULL) {
        free(made);
        free(self);
        dia_plugin_close(plugin);
        return NULL;
    }
    made->type = type;
    made->self = self;
    made->plugin = plugin;
    return made;
}

/* SHA-256 of the text of a block and the digests of the files it was made from. */
static dia_status digest_block(dia_model *made, dia_error *error)
{
    size_t length = strlen(made->text), size = length + (size_t)made->files.n * DIA_DIGEST_SIZE;
    char *all = malloc(size + 1);
    if (all == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the text of a model block");
    memcpy(all, made->text, length);
    for (int i = 0; i < made->files.n; i++)
        memcpy(all + length + (size_t)i * DIA_DIGEST_SIZE, made->files.items[i].digest, DIA_DIGEST_SIZE);
    dia_digest_bytes(all, size, made->digest);
    free(all);
    return DIA_OK;
}

enum { MOST_STATES = 10000 }; /* their square is an int */

/* All others count on these numbers. */
static dia_status check_shape(const dia_model *made, dia_error *error)
{
    const dia_shape s = made->shape;
    const dia_molecule *m = &made->molecule;
    const int real = s.nstate * (s.nstate + 1) / 2;
    if (s.nstate >= 1 && s.nstate <= MOST_STATES && (s.npacked == real || s.npacked == s.nstate * s.nstate) &&
        s.natom == m->natom && s.ncart == m->ncart)
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "the model '%s' opens with a wrong shape: %d states and %d packed elements of H (expected n (n + "
        "1)/2 of n states, n^2 if H is complex), %d atoms and %d coordinates (its molecule has %d and %d)",
        made->type->name, s.nstate, s.npacked, s.natom, s.ncart, m->natom, m->ncart);
}

/* Opens `made->type` into `made`, whose self has been filled from options. whole: the digest is that of its files;
 * otherwise that of its block. On failure `made` is freed. */
static dia_status open_self(dia_model **model, dia_model *made, dia_model_source *source, bool whole, dia_error *error)
{
    source->files = &made->files;
    dia_status status = made->type->open(made->self, source, &made->shape, &made->molecule, error);
    if (status != DIA_OK) {
        discard(made);
        return status;
    }
    status = check_shape(made, error);
    if (status != DIA_OK) {
        dia_model_free(made);
        return status;
    }
    status = whole ? dia_files_digest(&made->files, made->digest, error) : digest_block(made, error);
    if (status != DIA_OK) {
        dia_model_free(made);
        return status;
    }
    *model = made;
    return DIA_OK;
}

/* The text of a block: see dia_model_text. */
static dia_status write_block(dia_model *made, const char *plugin, dia_error *error)
{
    size_t size = 0;
    FILE *out = open_memstream(&made->text, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the text of a model block");
    fputs(plugin != NULL ? "plugin: " : "type: ", out);
    dia_option_write_text(out, plugin != NULL ? plugin : made->type->name);
    fputc('\n', out);
    if (made->type->options != NULL && made->type->options[0].key != NULL)
        dia_option_write(out, 0, made->type->options, made->self);
    return fclose(out) == 0 ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the text of a model");
}

/* ---- from a file of its own ------------------------------------------------------------------ */

static dia_status open_store(dia_model **model, const char *path, dia_error *error)
{
    dia_store *store = NULL;
    char *name = NULL;
    dia_files files = {0};
    dia_status status = dia_files_add(&files, path, error);
    if (status == DIA_OK)
        status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, FORMAT, DIA_MODEL_VERSION, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "type", &name, error);
    const dia_model_type *type = status == DIA_OK ? dia_model_type_find(name) : NULL;
    if (status == DIA_OK && type == NULL)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: attribute 'type' is '%s', which is no model of this version of Diabolo; "
                               "`diabolo info` lists the models",
                               path, name);
    dia_model *made = status == DIA_OK ? make(type, NULL) : NULL;
    if (status == DIA_OK && made == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the model", path);
    if (status == DIA_OK) {
        made->files = files;
        files = (dia_files){0};
        dia_model_source source = {.store = store, .directory = ".", .path = path, .stored = true};
        status = open_self(model, made, &source, true, error);
    }
    dia_files_free(&files);
    free(name);
    dia_store_close(&store);
    return status;
}

static dia_status open_plugin(dia_model **model, const char *path, bool stored, dia_error *error)
{
    void *plugin;
    const dia_model_type *type;
    dia_status status = dia_plugin_open(&plugin, &type, path, stored, error);
    if (status != DIA_OK)
        return status;
    dia_model *made = make(type, plugin);
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the model", path);
    if (type->options != NULL)
        dia_option_defaults(type->options, made->self);
    status = dia_files_add(&made->files, path, error);
    if (status == DIA_OK) {
        char *real = realpath(path, NULL);
        status = write_block(made, real != NULL ? real : path, error);
        free(real);
    }
    if (status != DIA_OK) {
        discard(made);
        return status;
    }
    dia_model_source source = {.directory = ".", .path = path, .stored = stored};
    return open_self(model, made, &source, true, error);
}

/* ---- from a block ---------------------------------------------------------------------------- */

/* Adds all paths among the options, also those in nested blocks. */
static dia_status add_paths(dia_files *files, const dia_option *table, const void *self, dia_error *error)
{
    dia_status status = DIA_OK;
    for (const dia_option *option = table; option != NULL && option->key != NULL && status == DIA_OK; option++) {
        const char *member = (const char *)self + option->offset, *path = NULL;
        if (option->kind == DIA_OPTION_PATH)
            memcpy(&path, member, sizeof path);
        if (path != NULL)
            status = dia_files_add(files, path, error);
        if (option->kind == DIA_OPTION_BLOCK)
            status = add_paths(files, option->table, member, error);
        const dia_list *list = (const dia_list *)member;
        for (int i = 0; option->kind == DIA_OPTION_BLOCKS && i < list->n && status == DIA_OK; i++)
            status = add_paths(files, option->table, (const char *)list->items + (size_t)i * option->item_size, error);
    }
    return status;
}

static void mistake_unknown_type(dia_config *config, const dia_node *node, const char *name)
{
    enum { MOST = 128 };
    const char *names[MOST];
    int n = 0;
    for (int i = 0; dia_model_types[i] != NULL && n < MOST - 1; i++)
        names[n++] = dia_model_types[i]->name;
    for (int i = 0; dia_model_sets[i].name != NULL && n < MOST - 1; i++)
        names[n++] = dia_model_sets[i].name;
    names[n] = NULL;
    const char *nearest = dia_text_nearest(name, names);
    dia_config_mistake(config, node, "unknown model type '%s'%s%s%s; `diabolo info` lists the models", name,
                       nearest != NULL ? ", did you mean '" : "", nearest != NULL ? nearest : "",
                       nearest != NULL ? "'?" : "");
}

static dia_status open_block(dia_model **model, dia_config *config, const dia_node *node, const char *file, bool stored,
                             dia_error *error);

/* The block `type: NAME` of a parameter set has no other keys. */
static dia_status open_set(dia_model **model, dia_config *config, const dia_node *node, const dia_model_text_entry *set,
                           const char *file, bool stored, dia_error *error)
{
    selector chosen = {0};
    dia_config *own = NULL;
    dia_config_read(config, node, "model", 1, (const dia_option *const[]){selector_options}, (void *const[]){&chosen});
    dia_status status = dia_config_finish(config, error);
    if (status == DIA_OK)
        status = dia_config_parse(&own, set->text, set->name, dia_config_directory(config), error);
    if (status == DIA_OK)
        status = open_block(model, own, dia_config_root(own), file, stored, error);
    dia_config_free(own);
    return status;
}

/* file: the YAML file that consists of this block; NULL: the block is part of an input. stored: see
 * dia_model_source. */
static dia_status open_block(dia_model **model, dia_config *config, const dia_node *node, const char *file, bool stored,
                             dia_error *error)
{
    const dia_node *named = dia_node_child(node, "plugin");
    const char *name = dia_node_text(dia_node_child(node, "type")), *given = dia_node_text(named);
    const dia_model_type *type = NULL;
    void *plugin = NULL;
    if (given != NULL) {
        dia_status status = dia_plugin_open(&plugin, &type, dia_config_path(config, named), stored, error);
        if (status != DIA_OK)
            return status;
    } else if (name == NULL) {
        dia_config_mistake(config, node,
                           "a model block needs `type: NAME` (`diabolo info` lists them) or `plugin: FILE.so`");
        return dia_config_finish(config, error);
    } else if (dia_model_text_find(dia_model_sets, name) != NULL) {
        return open_set(model, config, node, dia_model_text_find(dia_model_sets, name), file, stored, error);
    } else if ((type = dia_model_type_find(name)) == NULL) {
        mistake_unknown_type(config, dia_node_child(node, "type"), name);
        return dia_config_finish(config, error);
    }
    if (type->options == NULL && given == NULL) {
        dia_config_mistake(config, node, "a model of type '%s' comes from a file: give its path instead of a block",
                           type->name);
        return dia_config_finish(config, error);
    }
    dia_model *made = make(type, plugin);
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the model");
    selector chosen = {0};
    dia_config_read(config, node, "model", type->options != NULL ? 2 : 1,
                    (const dia_option *const[]){selector_options, type->options}, (void *const[]){&chosen, made->self});
    dia_status status = dia_config_finish(config, error);
    if (status == DIA_OK && file != NULL)
        status = dia_files_add(&made->files, file, error);
    if (status == DIA_OK && chosen.plugin != NULL)
        status = dia_files_add(&made->files, chosen.plugin, error);
    if (status == DIA_OK)
        status = add_paths(&made->files, type->options, made->self, error);
    if (status == DIA_OK)
        status = write_block(made, chosen.plugin, error);
    if (status != DIA_OK) {
        discard(made);
        return status;
    }
    dia_model_source source = {
        .directory = dia_config_directory(config), .path = dia_config_name(config), .stored = stored};
    return open_self(model, made, &source, file != NULL, error);
}

/* Opens a model from the path of a YAML model file, an HDF5 file or a shared object. */
static dia_status load(dia_model **model, const char *path, bool stored, dia_error *error)
{
    *model = NULL;
    unsigned char magic[8] = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: the model file cannot be read; expected an HDF5 file of format '" FORMAT "', a YAML "
                             "file with `type: NAME`, or a plug-in (.so)",
                             path);
    size_t got = fread(magic, 1, sizeof magic, file);
    fclose(file);
    if (got == sizeof magic && memcmp(magic, "\211HDF\r\n\032\n", 8) == 0)
        return open_store(model, path, error);
    if (got >= 4 && memcmp(magic, "\177ELF", 4) == 0)
        return open_plugin(model, path, stored, error);
    dia_config *config = NULL;
    dia_status status = dia_config_load(&config, path, error);
    if (status == DIA_OK)
        status = open_block(model, config, dia_config_root(config), path, stored, error);
    dia_config_free(config);
    return status;
}

static dia_status parse(dia_model **model, const char *yaml, const char *where, const char *directory, bool stored,
                        dia_error *error)
{
    dia_config *config = NULL;
    *model = NULL;
    dia_status status = dia_config_parse(&config, yaml, where, directory, error);
    if (status == DIA_OK)
        status = open_block(model, config, dia_config_root(config), NULL, stored, error);
    dia_config_free(config);
    return status;
}

dia_status dia_model_load(dia_model **model, const char *path, dia_error *error)
{
    return load(model, path, false, error);
}

dia_status dia_model_parse(dia_model **model, const char *yaml, const char *directory, dia_error *error)
{
    return parse(model, yaml, "model", directory, false, error);
}

dia_status dia_model_open_stored(dia_model **model, const char *path, const char *text, const char *where,
                                 const char *directory, dia_error *error)
{
    return text != NULL ? parse(model, text, where, directory, true, error) : load(model, path, true, error);
}

dia_status dia_model_open_node(dia_model **model, dia_config *config, const dia_node *node, dia_error *error)
{
    return dia_node_text(node) == NULL ? open_block(model, config, node, NULL, false, error)
                                       : load(model, dia_config_path(config, node), false, error);
}

void dia_model_write(FILE *out, const dia_model *model, dia_config *config, const dia_node *node)
{
    const char *given = dia_node_text(node);
    fputs("model:", out);
    if (given != NULL) {
        fputc(' ', out);
        dia_option_write_text(out, dia_config_path(config, node));
    }
    fputc('\n', out);
    for (const char *line = given == NULL ? model->text : ""; *line != '\0';) {
        const int length = (int)strcspn(line, "\n");
        fprintf(out, "    %.*s\n", length, line);
        line += length + (line[length] == '\n');
    }
}
