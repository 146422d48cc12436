/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certify/method.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "dynamics/options.h"
#include "dynamics/registry.h"
#include "model/object.h"

enum { MOST = 400 };

typedef struct collection {
    dia_certify_method *method; /* (MOST) */
    int n;
} collection;

static void set_stem(dia_certify_method *method)
{
    size_t n = 0;
    for (const char *p = method->label; *p != '\0'; p++)
        if (isalnum((unsigned char)*p) || *p == '_')
            method->stem[n++] = *p;
        else if (n > 0 && method->stem[n - 1] != '-')
            method->stem[n++] = '-';
}

/* key, value: of one option more, in the block `dynamics` (or `decoherence`); NULL: none. */
static void add(collection *c, const char *hop, const char *decoherence, bool inner, const char *key, const char *value)
{
    if (c->n == MOST)
        return;
    const char *slash = strrchr(hop, '/'), *name = slash != NULL ? slash + 1 : hop;
    const bool plain = strcmp(decoherence, "none") == 0;
    dia_certify_method *method = &c->method[c->n++];
    const dia_hop_type *type = dia_hop_type_find(hop);
    *method =
        (dia_certify_method){.variant = key != NULL, .whole = type == NULL || type->scale != NULL || type->windows};
    snprintf(method->hop, sizeof method->hop, "%s", name);
    snprintf(method->decoherence, sizeof method->decoherence, "%s", decoherence);
    int n = snprintf(method->label, sizeof method->label, "%s%s%s", name, plain ? "" : " + ", plain ? "" : decoherence);
    if (key != NULL)
        snprintf(method->label + n, sizeof method->label - (size_t)n, ", %s: %s", key, value);
    set_stem(method);
    snprintf(method->set[method->nset++], sizeof method->set[0], "dynamics.method=%s", hop);
    snprintf(method->set[method->nset++], sizeof method->set[0], "dynamics.decoherence={method: %s%s%s%s%s}",
             decoherence, inner ? ", " : "", inner ? key : "", inner ? ": " : "", inner ? value : "");
    if (key != NULL && !inner)
        snprintf(method->set[method->nset++], sizeof method->set[0], "dynamics.%s=%s", key, value);
}

/* A method for each choice of an option that is not its default. */
static void add_choices(collection *c, const char *hop, const char *decoherence, bool inner, const dia_option *option)
{
    char words[400];
    snprintf(words, sizeof words, "%s", option->choices != NULL ? option->choices : "");
    for (char *rest = words, *word = strtok_r(words, "|", &rest); word != NULL; word = strtok_r(NULL, "|", &rest))
        if (option->fallback != NULL && strcmp(word, option->fallback) != 0)
            add(c, hop, decoherence, inner, option->key, word);
}

static void add_all_choices(collection *c, const char *hop, const char *decoherence, bool inner,
                            const dia_option *options)
{
    for (; options != NULL && options->key != NULL; options++)
        if (options->kind == DIA_OPTION_CHOICE)
            add_choices(c, hop, decoherence, inner, options);
}

/* The default of a key of the block `dynamics`. */
static const char *fallback_of(const char *key)
{
    for (const dia_option *option = dia_dynamics_options; option->key != NULL; option++)
        if (strcmp(option->key, key) == 0)
            return option->kind == DIA_OPTION_NODE ? option->table[0].fallback : option->fallback;
    return NULL;
}

static void add_variants(collection *c)
{
    const char *hop = fallback_of("method"), *decoherence = fallback_of("decoherence");
    for (int i = 0; dia_hop_types[i] != NULL; i++) {
        const bool agree = dia_methods_agree(dia_hop_types[i], dia_decoherence_type_find(decoherence));
        add_all_choices(c, dia_hop_types[i]->name, agree ? decoherence : "none", false, dia_hop_types[i]->options);
    }
    for (int i = 0; dia_decoherence_types[i] != NULL; i++)
        add_all_choices(c, hop, dia_decoherence_types[i]->name, true, dia_decoherence_types[i]->options);
    for (const dia_option *option = dia_dynamics_options; option->key != NULL; option++)
        if (strcmp(option->key, "adjust") == 0 || strcmp(option->key, "frustrated") == 0)
            add_choices(c, hop, decoherence, false, option);
}

static bool is_plugin(const char *name)
{
    const size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, ".so") == 0;
}

static void add_plugins(collection *c, int nname, const char *const *names)
{
    for (int i = 0; i < nname; i++)
        for (int k = 0; is_plugin(names[i]) && dia_decoherence_types[k] != NULL; k++)
            add(c, names[i], dia_decoherence_types[k]->name, false, NULL, NULL);
}

/* One that cannot be opened is a mistake of the call, not of a case. */
static dia_status try_plugins(int nname, const char *const *names, dia_error *error)
{
    for (int i = 0; i < nname; i++) {
        if (!is_plugin(names[i]))
            continue;
        char path[4096]; /* without a slash dlopen would look elsewhere */
        const int length = snprintf(path, sizeof path, "%s%s", strchr(names[i], '/') == NULL ? "./" : "", names[i]);
        if (length >= (int)sizeof path || access(path, R_OK) != 0)
            return dia_error_set(error, DIA_ERROR_FILE, "--method %.200s: cannot be read: %s", names[i],
                                 length >= (int)sizeof path ? "the name is too long" : strerror(errno));
        void *handle = NULL;
        const void *type = NULL;
        const dia_status status = dia_plugin_symbol(&handle, &type, "hop", path, error);
        dia_plugin_close(handle);
        if (status != DIA_OK)
            return dia_error_prefix(error, "--method %s", names[i]);
    }
    return DIA_OK;
}

/* Marks the methods of that name in `wanted` (n): of the hopping method or the label; if there are none, of the decoherence method. */
static bool mark(const collection *c, const char *name, bool *wanted)
{
    const char *slash = strrchr(name, '/'), *own = slash != NULL ? slash + 1 : name;
    bool found = false;
    for (int round = 0; round < 2 && !found; round++)
        for (int k = 0; k < c->n; k++) {
            const dia_certify_method *m = &c->method[k];
            const bool called =
                round == 0 ? strcmp(m->hop, own) == 0 || strcmp(m->label, own) == 0 : strcmp(m->decoherence, own) == 0;
            wanted[k] = wanted[k] || called;
            found = found || called;
        }
    return found;
}

static dia_status choose(collection *c, int nname, const char *const *names, dia_error *error)
{
    const char *labels[MOST + 1] = {NULL};
    bool wanted[MOST] = {false};
    int n = 0;
    for (int i = 0; i < nname; i++) {
        if (mark(c, names[i], wanted))
            continue;
        for (int k = 0; k < c->n; k++)
            labels[k] = c->method[k].hop;
        const char *near = dia_text_nearest(names[i], labels);
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "--method %s: there is no such hopping or decoherence method%s%s%s; `diabolo certify --list` "
            "lists all",
            names[i], near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    }
    for (int k = 0; k < c->n; k++)
        if (nname == 0 || wanted[k])
            c->method[n++] = c->method[k];
    c->n = n;
    return DIA_OK;
}

dia_status dia_certify_methods(dia_certify_method **methods, int *n, int nname, const char *const *names, bool variants,
                               dia_error *error)
{
    collection c = {.method = dia_allocate(MOST, sizeof *c.method)};
    if (c.method == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for methods");
    for (int i = 0; dia_hop_types[i] != NULL; i++)
        for (int k = 0; dia_decoherence_types[k] != NULL; k++)
            if (dia_methods_agree(dia_hop_types[i], dia_decoherence_types[k]) &&
                (!dia_hop_types[i]->blind || strcmp(dia_decoherence_types[k]->name, "none") == 0))
                add(&c, dia_hop_types[i]->name, dia_decoherence_types[k]->name, false, NULL, NULL);
    if (variants)
        add_variants(&c);
    add_plugins(&c, nname, names);
    dia_status status = try_plugins(nname, names, error);
    if (status == DIA_OK)
        status = choose(&c, nname, names, error);
    if (status != DIA_OK)
        free(c.method);
    *methods = status == DIA_OK ? c.method : NULL;
    *n = c.n;
    return status;
}
