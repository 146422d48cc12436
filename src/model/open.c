/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a file or a block of an input to a model: find the type, read its options, open it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/front.h"
#include "model/object.h"
#include "model/registry.h"
#include "store/store.h"

#define FORMAT "diabolo-model"
#define VERSION 1

typedef struct selector { /* the keys that choose the type */
    const char *type, *plugin;
} selector;

static const dia_option selector_options[] = {
    DIA_TEXT(selector, type, NULL, "which model; `diabolo info` lists them"),
    DIA_PATH(selector, plugin, NULL, "shared object with a model of your own"),
    {.key = NULL}};

/* Opens `made->type` into `made`, whose self has been filled from options. On failure `made` is freed. */
static dia_status open_self(dia_model **model, dia_model *made, const dia_model_source *source, dia_error *error)
{
    dia_status status = made->type->open(made->self, source, &made->shape, &made->molecule, error);
    if (status != DIA_OK) {
        free(made->self);
        dia_molecule_free(&made->molecule);
        dia_plugin_close(made->plugin);
        free(made);
        return status;
    }
    *model = made;
    return DIA_OK;
}

static dia_model *make(const dia_model_type *type, void *plugin)
{
    dia_model *made = calloc(1, sizeof *made);
    void *self = calloc(1, type->self_size > 0 ? type->self_size : 1);
    if (made == NULL || self == NULL) {
        free(made);
        free(self);
        return NULL;
    }
    made->type = type;
    made->self = self;
    made->plugin = plugin;
    return made;
}

static dia_status open_store(dia_model **model, const char *path, dia_error *error)
{
    dia_store *store = NULL;
    char *name = NULL, digest[DIA_DIGEST_SIZE];
    dia_status status = dia_digest_file(path, digest, error);
    if (status == DIA_OK)
        status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, FORMAT, VERSION, error);
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
        memcpy(made->digest, digest, sizeof digest);
        dia_model_source source = {.store = store, .directory = ".", .path = path};
        status = open_self(model, made, &source, error);
    }
    free(name);
    dia_store_close(&store);
    return status;
}

static dia_status open_plugin(dia_model **model, const char *path, dia_error *error)
{
    void *plugin;
    const dia_model_type *type;
    dia_status status = dia_plugin_open(&plugin, &type, path, error);
    if (status != DIA_OK)
        return status;
    dia_model *made = make(type, plugin);
    if (made == NULL) {
        dia_plugin_close(plugin);
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the model", path);
    }
    if (type->options != NULL)
        dia_option_defaults(type->options, made->self);
    status = dia_digest_file(path, made->digest, error);
    if (status != DIA_OK) { /* not opened yet: there is nothing for the type to close */
        free(made->self);
        free(made);
        dia_plugin_close(plugin);
        return status;
    }
    dia_model_source source = {.directory = ".", .path = path};
    return open_self(model, made, &source, error);
}

/* SHA-256 of the type's name, its resolved options, and the content of every file they name. */
static dia_status digest_block(dia_model *made, dia_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the text of a model block");
    fprintf(stream, "type: %s\n", made->type->name);
    dia_status status = DIA_OK;
    if (made->type->options != NULL)
        dia_option_write(stream, 0, made->type->options, made->self);
    for (const dia_option *option = made->type->options; option != NULL && option->key != NULL && status == DIA_OK;
         option++) {
        const char *path = NULL;
        char digest[DIA_DIGEST_SIZE];
        if (option->kind == DIA_OPTION_PATH)
            memcpy(&path, (const char *)made->self + option->offset, sizeof path);
        if (path != NULL && (status = dia_digest_file(path, digest, error)) == DIA_OK)
            fprintf(stream, "%s %s\n", option->key, digest);
    }
    fclose(stream);
    dia_digest_bytes(text, size, made->digest);
    free(text);
    return status;
}

static void mistake_unknown_type(dia_config *config, const dia_node *node, const char *name)
{
    const char *names[64];
    int n = 0;
    for (; dia_model_types[n] != NULL && n < 63; n++)
        names[n] = dia_model_types[n]->name;
    names[n] = NULL;
    const char *nearest = dia_text_nearest(name, names);
    dia_config_mistake(config, node, "unknown model type '%s'%s%s%s; `diabolo info` lists the models", name,
                       nearest != NULL ? ", did you mean '" : "", nearest != NULL ? nearest : "",
                       nearest != NULL ? "'?" : "");
}

static dia_status open_block(dia_model **model, dia_config *config, const dia_node *node, dia_error *error)
{
    const char *name = dia_node_text(dia_node_child(node, "type"));
    const dia_node *plugin_node = dia_node_child(node, "plugin");
    const dia_model_type *type = NULL;
    void *plugin = NULL;
    if (plugin_node != NULL && dia_node_text(plugin_node) != NULL) {
        char path[4096];
        const char *given = dia_node_text(plugin_node);
        snprintf(path, sizeof path, "%s%s%s", given[0] == '/' ? "" : dia_config_directory(config),
                 given[0] == '/' ? "" : "/", given);
        dia_status status = dia_plugin_open(&plugin, &type, path, error);
        if (status != DIA_OK)
            return status;
    } else if (name == NULL) {
        dia_config_mistake(config, node,
                           "a model block needs `type: NAME` (`diabolo info` lists them) or `plugin: FILE.so`");
        return dia_config_finish(config, error);
    } else if ((type = dia_model_type_find(name)) == NULL) {
        mistake_unknown_type(config, dia_node_child(node, "type"), name);
        return dia_config_finish(config, error);
    }
    if (type->options == NULL) {
        dia_config_mistake(config, node, "a model of type '%s' comes from a file: give its path instead of a block",
                           type->name);
        dia_plugin_close(plugin);
        return dia_config_finish(config, error);
    }
    dia_model *made = make(type, plugin);
    if (made == NULL) {
        dia_plugin_close(plugin);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the model");
    }
    selector chosen = {0};
    dia_config_read(config, node, "model", 2, (const dia_option *const[]){selector_options, type->options},
                    (void *const[]){&chosen, made->self});
    dia_status status = dia_config_finish(config, error);
    if (status == DIA_OK)
        status = digest_block(made, error);
    if (status != DIA_OK) { /* not opened yet: there is nothing for the type to close */
        free(made->self);
        free(made);
        dia_plugin_close(plugin);
        return status;
    }
    dia_model_source source = {.directory = dia_config_directory(config), .path = dia_config_name(config)};
    return open_self(model, made, &source, error);
}

/* Turns a path to a YAML model file, HDF5 file or shared object into a model. */
dia_status dia_model_load(dia_model **model, const char *path, dia_error *error)
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
        return open_plugin(model, path, error);
    dia_config *config = NULL;
    dia_status status = dia_config_load(&config, path, error);
    if (status != DIA_OK)
        return status;
    status = open_block(model, config, dia_config_root(config), error);
    if (status == DIA_OK)
        status = dia_digest_file(path, (*model)->digest, error);
    if (status != DIA_OK && *model != NULL) {
        dia_model_free(*model);
        *model = NULL;
    }
    dia_config_free(config);
    return status;
}

dia_status dia_model_parse(dia_model **model, const char *yaml, const char *directory, dia_error *error)
{
    dia_config *config = NULL;
    dia_status status = dia_config_parse(&config, yaml, "model", directory, error);
    if (status != DIA_OK)
        return status;
    status = open_block(model, config, dia_config_root(config), error);
    dia_config_free(config);
    return status;
}

dia_status dia_model_open_node(dia_model **model, dia_config *config, const dia_node *node, dia_error *error)
{
    const char *given = dia_node_text(node);
    if (given == NULL)
        return open_block(model, config, node, error);
    char path[4096];
    snprintf(path, sizeof path, "%s%s%s", given[0] == '/' ? "" : dia_config_directory(config),
             given[0] == '/' ? "" : "/", given);
    return dia_model_load(model, path, error);
}
