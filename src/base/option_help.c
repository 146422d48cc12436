/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Key reference and commented template, from an option table alone. */
#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_internal.h"

/* How a key looks in an input. */
static dia_option_kind shown(const dia_option *option)
{
    return option->kind == DIA_OPTION_NODE && option->shown != 0 ? option->shown : option->kind;
}

void dia_option_expected(const dia_option *option, size_t size, char *text)
{
    static const char *const plain[] = {[DIA_OPTION_BOOL] = "true or false",    [DIA_OPTION_INT] = "integer",
                                        [DIA_OPTION_INTS] = "list of integers", [DIA_OPTION_TEXT] = "text",
                                        [DIA_OPTION_TEXTS] = "list of texts",   [DIA_OPTION_PATH] = "path of a file",
                                        [DIA_OPTION_BLOCKS] = "list of blocks", [DIA_OPTION_NODE] = "list or block",
                                        [DIA_OPTION_BLOCK] = "block of keys"};
    const dia_option_kind kind = shown(option);
    char units[128];
    if (kind == DIA_OPTION_REAL || kind == DIA_OPTION_REALS) {
        dia_dimension_units(option->dimension, sizeof units, units);
        snprintf(text, size, "%s%s%s%s%s", kind == DIA_OPTION_REALS ? "list, each: " : "",
                 option->dimension == DIA_PURE ? "number" : dia_dimension_name(option->dimension),
                 units[0] != '\0' ? " (" : "", units, units[0] != '\0' ? ")" : "");
    } else if (kind == DIA_OPTION_CHOICE) {
        size_t used = (size_t)snprintf(text, size, "one of ");
        for (const char *p = option->choices; *p != '\0' && used + 3 < size; p++)
            used += (size_t)snprintf(text + used, size - used, *p == '|' ? ", " : "%c", *p);
    } else {
        const bool word = option->choices != NULL && (kind == DIA_OPTION_INT || kind == DIA_OPTION_TEXTS);
        snprintf(text, size, "%s%s%s", plain[kind], word ? " or " : "", word ? option->choices : "");
    }
}

static void bound_text(const dia_option *option, bool real, double bound, size_t size, char *text)
{
    if (!real) {
        snprintf(text, size, "%.0f", bound);
        return;
    }
    dia_quantity_brief(bound, option->dimension, size, text);
    size_t digits = strcspn(text, " ");
    if (digits > 9) { /* no "315775.02480406757 K" in a range */
        char unit[32];
        snprintf(unit, sizeof unit, "%s", text + digits);
        snprintf(text, size, "%.6g%s", strtod(text, NULL), unit);
    }
}

void dia_option_range(const dia_option *option, size_t size, char *text)
{
    text[0] = '\0';
    bool integer = option->kind == DIA_OPTION_INT || option->kind == DIA_OPTION_INTS;
    bool real = option->kind == DIA_OPTION_REAL || option->kind == DIA_OPTION_REALS;
    if ((!integer && !real) || (option->minimum == 0.0 && option->maximum == 0.0))
        return;
    char low[400], high[400]; /* "%.0f" of DBL_MAX has 309 digits */
    bound_text(option, real, option->minimum, sizeof low, low);
    bound_text(option, real, option->maximum, sizeof high, high);
    bool below = option->minimum > (integer ? INT_MIN : -DBL_MAX),
         above = option->maximum < (integer ? INT_MAX : DBL_MAX);
    if (below && above)
        snprintf(text, size, "%.70s to %.70s", low, high);
    else if (below || above)
        snprintf(text, size, "at %s %.70s", below ? "least" : "most", below ? low : high);
}

static const dia_option *sub_table(const dia_option *option)
{
    return shown(option) == DIA_OPTION_BLOCK || shown(option) == DIA_OPTION_BLOCKS ? option->table : NULL;
}

void dia_option_help(FILE *out, int indent, const dia_option *table)
{
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++) {
        char expected[256], range[160];
        dia_option_expected(option, sizeof expected, expected);
        dia_option_range(option, sizeof range, range);
        fprintf(out, "%*s%-*s  %s%s%s", indent, "", 24 - indent > 0 ? 24 - indent : 0, option->key, expected,
                range[0] != '\0' ? ", " : "", range);
        if (option->required)
            fputs(", required", out);
        else if (option->fallback != NULL)
            fprintf(out, ", default %s", option->fallback);
        fputc('\n', out);
        if (option->help != NULL)
            fprintf(out, "%*s%s\n", 28, "", option->help);
        dia_option_help(out, indent + 2, sub_table(option));
    }
}

/* Does a block written from this table hold any key that is not a comment? */
static bool has_keys(const dia_option *table)
{
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++)
        if (option->required || option->fallback != NULL ||
            (shown(option) == DIA_OPTION_BLOCK && has_keys(option->table)))
            return true;
    return false;
}

/* The beginning of a line: indentation, with "# " inserted at column `comment` if that is not negative, so that taking
 * it away again leaves the right indentation. */
static void begin(FILE *out, int indent, int comment)
{
    if (comment < 0)
        fprintf(out, "%*s", indent, "");
    else
        fprintf(out, "%*s# %*s", comment, "", indent - comment, "");
}

/* Optional keys without a default are written as comments, with all below them. first: begins the line of the first
 * key ("- "). */
static void write_template(FILE *out, int indent, const char *first, int comment, const dia_option *table)
{
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++) {
        char expected[256], range[160];
        bool block = shown(option) == DIA_OPTION_BLOCK, blocks = shown(option) == DIA_OPTION_BLOCKS;
        bool none =
            option->fallback != NULL && strcmp(option->fallback, "none") == 0; /* it does something by being there */
        bool live = option->required || (block ? has_keys(option->table) && !none : option->fallback != NULL);
        int column = comment >= 0 || live ? comment : indent;
        dia_option_expected(option, sizeof expected, expected);
        dia_option_range(option, sizeof range, range);
        begin(out, indent, comment);
        fprintf(out, "# %s%s%s%s%s%s\n", option->help != NULL ? option->help : option->key, block ? "" : ": ",
                block ? "" : expected, range[0] != '\0' ? ", " : "", range, option->required ? "; required" : "");
        begin(out, first != NULL ? indent - 2 : indent, column);
        fprintf(out, "%s%s:", first != NULL ? first : "", option->key);
        first = NULL;
        if (block || blocks)
            fputc('\n', out);
        else
            fprintf(out, " %s\n", option->fallback != NULL ? option->fallback : "...");
        if (block)
            write_template(out, indent + 2, NULL, column, option->table);
        else if (blocks)
            write_template(out, indent + 4, "- ", column, option->table);
    }
}

void dia_option_template(FILE *out, int indent, const dia_option *table)
{
    write_template(out, indent, NULL, -1, table);
}
