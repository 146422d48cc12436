/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the input reader. */
#ifndef DIA_BASE_CONFIG_INTERNAL_H
#define DIA_BASE_CONFIG_INTERNAL_H

#include "base/arena.h"
#include "base/config.h"

typedef enum node_kind {
    NODE_SCALAR,
    NODE_LIST,
    NODE_MAPPING,
    NODE_BROKEN /* a mistake was noted when it was read: report nothing more */
} node_kind;

struct dia_node { /* all memory is in the configuration's arena */
    node_kind kind;
    bool quoted;        /* a scalar in quotation marks                                    */
    int line, column;   /* from 1; 0: no place                                            */
    const char *source; /* "--set dynamics.timestep"; NULL: the file                      */
    const char *text;   /* of a scalar                                                    */
    int count, room;    /* items, or pairs                                                */
    dia_node **items;   /* (count) of a list, or values of a mapping                      */
    dia_node **keys;    /* (count) of a mapping: scalars                                  */
};

typedef struct mistake {
    int line, column;
    bool caret; /* the source line is shown as well */
    const char *source, *text;
} mistake;

typedef struct named_path { /* that an option of the input has read */
    const char *key, *path; /* "initial.file"                       */
    struct named_path *next;
} named_path;

enum { MISTAKES = 100, MISTAKE_TEXT = 600 };

struct dia_config {
    dia_arena *arena;
    const char *name, *directory, *working, *text; /* working: directory of paths from dia_config_set */
    size_t size;                                   /* of text */
    dia_node *root;
    named_path *paths; /* NULL: none */
    bool exhausted;    /* out of memory */
    int nmistake, nmore;
    mistake mistakes[MISTAKES]; /* sorted by place; nmore: number of further ones, not kept */
};

/* YAML text -> node tree. Syntax errors return an error; anything milder (duplicates, anchors, tags) becomes a
 * mistake. *root == NULL: the text is empty. source: as in dia_node. */
dia_status dia_config_tree(dia_config *config, const char *text, size_t size, const char *source, dia_node **root,
                           dia_error *error);
dia_node *dia_config_node(dia_config *config, node_kind kind, int line, int column, const char *source);
/* Appends a pair (or an item, if key == NULL). False: out of memory. */
bool dia_config_append(dia_config *config, dia_node *to, dia_node *key, dia_node *value);
/* The line `line` of the text and below it a line with a caret at `column`, into text ("" if that would not help). */
void dia_config_caret(const char *text, int line, int column, size_t size, char *out);

/* As dia_config_mistake, for something that is missing: no source line is shown. */
void dia_config_missing(dia_config *config, const dia_node *node, const char *format, ...) DIA_PRINTF(3, 4);

/* What paths below this node are relative to. */
static inline const char *dia_config_base(const dia_config *config, const dia_node *node)
{
    return node->source == NULL ? config->directory : config->working;
}
/* The path made absolute, in the arena; NULL: out of memory. */
const char *dia_config_absolute(const char *text, const char *directory, dia_arena *arena);

/* "integer", "time (fs, ps, as, au)", "one of a, b": what the option accepts. */
void dia_option_expected(const dia_option *option, size_t size, char *text);
/* "0 to 1", "at least 1 fs": the range the option allows; "": any value. */
void dia_option_range(const dia_option *option, size_t size, char *text);

#endif
