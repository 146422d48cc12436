/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading an input: YAML by libyaml, then strict conversion by tables of keys (dia_option, extend.h).
 *
 * Every mistake is collected with file, line and column (and "did you mean"), so that all are reported at once:
 *   dia_config_load -> dia_config_read (any number of times) -> dia_config_finish.
 * The node tree, strings and lists live in the configuration's arena until dia_config_free. */
#ifndef DIA_BASE_CONFIG_H
#define DIA_BASE_CONFIG_H

#include <stdio.h>

#include "base/output.h"
#include "diabolo/base.h"
#include "diabolo/extend.h"

typedef struct dia_config dia_config;
typedef struct dia_node dia_node; /* a scalar, list or mapping, with its place in the file */

/* path: a YAML file, at most 1 MiB. */
DIA_MUST_USE dia_status dia_config_load(dia_config **config, const char *path, dia_error *error);
/* `name` is used in messages in place of a file name; relative paths are relative to `directory`. */
DIA_MUST_USE dia_status dia_config_parse(dia_config **config, const char *text, const char *name, const char *directory,
                                         dia_error *error);
/* The input of a long call with its settings; output_key: the key that input->output sets ("output.file"; NULL:
 * none, the caller uses input->output itself). */
DIA_MUST_USE dia_status dia_config_open(dia_config **config, const dia_input *input, const char *output_key,
                                        dia_error *error);
void dia_config_free(dia_config *config);
/* --set dynamics.timestep="0.1 fs": replaces or adds one scalar (or flow list/mapping, parsed as YAML). An item of a
 * list is named by its number: stages.0.rate or stages[0].rate. A path in the value is relative to the working directory. */
DIA_MUST_USE dia_status dia_config_set(dia_config *config, const char *dotted_key, const char *value, dia_error *error);

/* The pairs of the mapping `with` replace those of the same key in the mapping `key` of the root, or are added to it. Mistakes in
 * them are still reported at their own place. DIA_ERROR_INPUT: the root has no such mapping. */
DIA_MUST_USE dia_status dia_config_merge(dia_config *config, const char *key, const dia_node *with, dia_error *error);

/* Takes the keys out of a mapping of a configuration that are not in the table and did not come by dia_config_set. */
void dia_config_drop(const dia_node *mapping, const dia_option *table);

const dia_node *dia_config_root(const dia_config *config);
const char *dia_config_text(const dia_config *config);      /* the input's text as read                    */
const char *dia_config_name(const dia_config *config);      /* the file's path                             */
const char *dia_config_directory(const dia_config *config); /* absolute; relative paths are relative to it */
/* The path that a scalar names, absolute: relative to the folder of the file, or to the working directory where the
 * scalar came by dia_config_set. In the configuration's memory; "" if that is exhausted. */
const char *dia_config_path(dia_config *config, const dia_node *scalar);
/* For provenance: the path as the file says it; absolute where it came by dia_config_set. */
const char *dia_config_path_given(dia_config *config, const dia_node *scalar);

/* Did it come by dia_config_set, that is from the command line? */
bool dia_node_was_set(const dia_node *node);
/* Did pair i come so to a mapping that was there without it? */
bool dia_node_pair_was_added(const dia_node *mapping, int i);
bool dia_node_is_scalar(const dia_node *node);
bool dia_node_is_mapping(const dia_node *node);
bool dia_node_is_list(const dia_node *node);
const dia_node *dia_node_child(const dia_node *mapping, const char *key); /* NULL if absent or not a mapping */
int dia_node_count(const dia_node *node);                                 /* items of a list or pairs of a mapping */
const dia_node *dia_node_item(const dia_node *list, int i);
/* The i-th pair of a mapping: its key, and the value. */
const char *dia_node_pair(const dia_node *mapping, int i, const dia_node **value);
const char *dia_node_text(const dia_node *scalar); /* NULL if not a scalar */

/* Reads the mapping `node` by `ntable` tables at once into selves[t]: a key belongs to the first table that has it;
 * a key in no table is a mistake. Defaults are set first, so node == NULL gives all defaults (and mistakes for
 * required keys). For variants: read `method` with dia_node_child, find the type, then read with {common,
 * type->options}. where: "dynamics", for messages. */
void dia_config_read(dia_config *config, const dia_node *node, const char *where, int ntable,
                     const dia_option *const *tables, void *const *selves);
/* Notes a mistake at a node (NULL: at the file) in the same list. */
void dia_config_mistake(dia_config *config, const dia_node *node, const char *format, ...) DIA_PRINTF(3, 4);
/* DIA_OK, or DIA_ERROR_INPUT with all mistakes, sorted by line, one per line: "in.yaml:12:3: unknown key 'timestp'
 * ... "
 */
DIA_MUST_USE dia_status dia_config_finish(const dia_config *config, dia_error *error);

/* dia_output_check with all files that a command with this input uses: the input itself, every path it names under a
 * key other than claim->key (other outputs too), and `files`, those of its model. */
DIA_MUST_USE dia_status dia_config_check_output(const dia_config *config, const dia_claim *claim, int nfile,
                                                const dia_file *files, dia_error *error);

/* The fully resolved block as YAML text, with units, as it would be written in an input; appended to *out
 * (open_memstream). */
void dia_option_write(FILE *out, int indent, const dia_option *table, const void *self);
/* A node that was not read, in flow style, as it was given. */
void dia_node_write(FILE *out, const dia_node *node);
/* One text as a YAML scalar, in quotation marks if needed. */
void dia_option_write_text(FILE *out, const char *text);
/* Key reference and commented template, made from the table. */
void dia_option_help(FILE *out, int indent, const dia_option *table);
void dia_option_template(FILE *out, int indent, const dia_option *table);
/* Sets the defaults of one table (as dia_config_read with no node, without a configuration); lists stay empty. */
void dia_option_defaults(const dia_option *table, void *self);

/* "0.25 fs" -> atomic units. Rejects "0.1x", "1d-3" (with the hint 1e-3), nan, inf. On failure the reason is in
 * `why` (size bytes). */
DIA_MUST_USE bool dia_quantity_parse(const char *text, dia_dimension dimension, double *value, size_t size, char *why);

/* "time"; and all its units, "fs, ps, as, au" ("" if it has none). */
const char *dia_dimension_name(dia_dimension dimension);
void dia_dimension_units(dia_dimension dimension, size_t size, char *text);
/* Atomic units -> "0.25 fs": the shortest text that dia_quantity_parse reads back as the same double. */
void dia_quantity_text(double value, dia_dimension dimension, size_t size, char *text);
/* The same for display: in another unit ("1 me", not "0.000548579909065 u") where the number is much rounder there. */
void dia_quantity_brief(double value, dia_dimension dimension, size_t size, char *text);

/* The candidate nearest to `word` by edit distance if it is near enough to suggest, else NULL. candidates end with
 * NULL. */
const char *dia_text_nearest(const char *word, const char *const *candidates);
/* Copies the first `length` bytes of text into out (size), safe for a terminal: control characters (except line ends
 * and tabs) and bytes that are not UTF-8 are written as "\x1b". Ends early if out is full; returns the length. */
size_t dia_text_escape(size_t size, char *out, size_t length, const char *text);

#endif
