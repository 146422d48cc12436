/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structs -> YAML by option tables; reading the text gives the same values. */
#include <stdio.h>
#include <string.h>

#include "base/config_internal.h"

/* Code point of a character that YAML does not accept even in quotation marks: control characters, the line breaks
 * U+0085, U+2028, U+2029, U+FEFF and U+FFFE. 0: not one of these. */
static int special(const unsigned char *p)
{
    if (p[0] < ' ' || p[0] == 0x7f)
        return p[0];
    if (p[0] == 0xc2 && p[1] < 0xa0)
        return p[1];
    if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
        return 0x2000 + (p[2] & 0x3f);
    if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
        return 0xfeff;
    if (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe)
        return 0xffc0 + (p[2] & 0x3f);
    return 0;
}

/* Plain YAML text if that is safe, else in double quotes. */
void dia_option_write_text(FILE *out, const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+^";
    const bool negative = text[0] == '-' && text[1] >= '0' && text[1] <= '9';
    bool plain = text[0] != '\0' && (strchr(safe, text[0]) != NULL || negative) && strcmp(text, "null") != 0;
    for (const char *p = text; plain && *p != '\0'; p++)
        plain = strchr(safe, *p) != NULL || *p == '-' || *p == '*' || (*p == ' ' && p[1] != '\0');
    if (plain) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        int code = special(p);
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (code > 0)
            fprintf(out, "\\u%04x", (unsigned)code);
        else
            fputc(*p, out);
        if (code >= 0x80)
            p += code < 0x800 ? 1 : 2;
    }
    fputc('"', out);
}

static void write_choice(FILE *out, const char *choices, int place)
{
    const char *word = choices;
    for (int i = 0; i < place && word != NULL; i++)
        word = strchr(word, '|') != NULL ? strchr(word, '|') + 1 : NULL;
    if (word != NULL)
        fprintf(out, "%.*s", (int)strcspn(word, "|"), word);
}

static void write_scalar(FILE *out, const dia_option *option, dia_option_kind kind, const void *member)
{
    char text[64];
    switch (kind) {
    case DIA_OPTION_BOOL:
        fputs(*(const bool *)member ? "true" : "false", out);
        break;
    case DIA_OPTION_INT:
        if (option->choices == NULL || *(const int *)member >= 0)
            fprintf(out, "%d", *(const int *)member);
        else
            write_choice(out, option->choices, -1 - *(const int *)member);
        break;
    case DIA_OPTION_REAL:
        dia_quantity_text(*(const double *)member, option->dimension, sizeof text, text);
        fputs(text, out);
        break;
    case DIA_OPTION_CHOICE:
        write_choice(out, option->choices, *(const int *)member);
        break;
    default: {
        const char *string = *(const char *const *)member;
        dia_option_write_text(out, string != NULL ? string : "");
    }
    }
}

static void write_list(FILE *out, const dia_option *option, const dia_list *list)
{
    fputc('[', out);
    for (int i = 0; i < list->n; i++) {
        if (i > 0)
            fputs(", ", out);
        if (option->kind == DIA_OPTION_INTS)
            write_scalar(out, option, DIA_OPTION_INT, (const int *)list->items + i);
        else if (option->kind == DIA_OPTION_REALS)
            write_scalar(out, option, DIA_OPTION_REAL, (const double *)list->items + i);
        else
            write_scalar(out, option, DIA_OPTION_TEXT, (const char *const *)list->items + i);
    }
    fputc(']', out);
}

void dia_node_write(FILE *out, const dia_node *node)
{
    if (node->kind == NODE_SCALAR)
        dia_option_write_text(out, node->text);
    if (node->kind != NODE_LIST && node->kind != NODE_MAPPING)
        return;
    fputc(node->kind == NODE_LIST ? '[' : '{', out);
    for (int i = 0; i < node->count; i++) {
        if (i > 0)
            fputs(", ", out);
        if (node->kind == NODE_MAPPING) {
            dia_option_write_text(out, node->keys[i]->text);
            fputs(": ", out);
        }
        dia_node_write(out, node->items[i]);
    }
    fputc(node->kind == NODE_LIST ? ']' : '}', out);
}

/* Nothing to write: a text or node that was not given and has no default. */
static bool absent(const dia_option *option, const void *member)
{
    if (option->kind == DIA_OPTION_TEXT || option->kind == DIA_OPTION_PATH)
        return *(const char *const *)member == NULL;
    if (option->kind == DIA_OPTION_NODE)
        return *(const dia_node *const *)member == NULL;
    if (option->kind == DIA_OPTION_BLOCKS)
        return ((const dia_list *)member)->n == 0;
    return false;
}

/* first: written before the first key instead of the indentation ("- " of a list item); NULL: the indentation. */
static void write_table(FILE *out, int indent, const char *first, const dia_option *table, const void *self);

static void write_blocks(FILE *out, int indent, const dia_option *option, const dia_list *list)
{
    for (int i = 0; i < list->n; i++) {
        fprintf(out, "%*s", indent + 2, "");
        write_table(out, indent + 4, "- ", option->table, (const char *)list->items + (size_t)i * option->item_size);
    }
}

static void write_table(FILE *out, int indent, const char *first, const dia_option *table, const void *self)
{
    int written = 0;
    for (const dia_option *option = table; option != NULL && option->key != NULL; option++) {
        const void *member = (const char *)self + option->offset;
        if (absent(option, member))
            continue;
        if (written++ == 0 && first != NULL)
            fputs(first, out);
        else
            fprintf(out, "%*s", indent, "");
        fprintf(out, "%s:", option->key);
        switch (option->kind) {
        case DIA_OPTION_BLOCK:
            fputc('\n', out);
            write_table(out, indent + 2, NULL, option->table, member);
            continue;
        case DIA_OPTION_BLOCKS:
            fputc('\n', out);
            write_blocks(out, indent, option, member);
            continue;
        case DIA_OPTION_INTS:
        case DIA_OPTION_REALS:
        case DIA_OPTION_TEXTS:
            fputc(' ', out);
            write_list(out, option, member);
            break;
        case DIA_OPTION_NODE:
            fputc(' ', out);
            dia_node_write(out, *(const dia_node *const *)member);
            break;
        default:
            fputc(' ', out);
            write_scalar(out, option, option->kind, member);
        }
        fputc('\n', out);
    }
    if (written == 0)
        fprintf(out, "%*s{}\n", first != NULL ? 0 : indent, first != NULL ? "- " : "");
}

void dia_option_write(FILE *out, int indent, const dia_option *table, const void *self)
{
    write_table(out, indent, NULL, table, self);
}
