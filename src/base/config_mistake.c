/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collecting mistakes, and reporting them all at once. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/config_internal.h"

/* Order: mistakes in the file by line and column, then those of the command line, then those of the file as a whole. */
static bool before(const mistake *a, const mistake *b)
{
    int rank_a = a->source != NULL ? 1 : a->line == 0 ? 2 : 0, rank_b = b->source != NULL ? 1 : b->line == 0 ? 2 : 0;
    if (rank_a != rank_b)
        return rank_a < rank_b;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* A value of several lines must not break the list of messages, and half a character (cut by a precision) must not
 * reach the terminal.
 */
static void tidy(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p != '\0';) {
        int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0, found = 0;
        while (found < more && (p[found + 1] & 0xc0) == 0x80)
            found++;
        if (*p < ' ' || *p == 0x7f || (*p & 0xc0) == 0x80 || found < more) {
            *p = *p < ' ' ? ' ' : '?';
            p++;
            continue;
        }
        p += more + 1;
    }
}

static void note(dia_config *config, const dia_node *node, bool caret, const char *format, va_list arguments)
{
    if (config->nmistake == MISTAKES) {
        config->nmore++;
        return;
    }
    char text[MISTAKE_TEXT];
    vsnprintf(text, sizeof text, format, arguments);
    tidy(text);
    mistake one = {.caret = caret, .text = dia_arena_text(config->arena, text)};
    if (one.text == NULL) {
        config->exhausted = true;
        return;
    }
    if (node != NULL) {
        one.line = node->line;
        one.column = node->column;
        one.source = node->source;
    }
    int place = config->nmistake++;
    for (; place > 0 && before(&one, &config->mistakes[place - 1]); place--)
        config->mistakes[place] = config->mistakes[place - 1];
    config->mistakes[place] = one;
}

void dia_config_mistake(dia_config *config, const dia_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note(config, node, true, format, arguments);
    va_end(arguments);
}

void dia_config_missing(dia_config *config, const dia_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note(config, node, false, format, arguments);
    va_end(arguments);
}

void dia_config_caret(const char *text, int line, int column, size_t size, char *out)
{
    enum { WIDEST = 100 };
    out[0] = '\0';
    for (; line > 1 && text != NULL; line--) {
        text = strchr(text, '\n');
        if (text != NULL)
            text++;
    }
    if (text == NULL)
        return;
    size_t length = strcspn(text, "\r\n"), indent = strspn(text, " ");
    if (length > WIDEST || column < 1 || (size_t)column > length + 1 || (size_t)column <= indent)
        return;
    char copy[WIDEST + 1];
    for (size_t i = indent; i < length;
         i++) { /* a tab would shift the caret; other control characters and broken bytes garble a terminal */
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80 || c == 0x7f || (c < ' ' && c != '\t'))
            return;
        copy[i - indent] = c == '\t' ? ' ' : (char)c;
    }
    copy[length - indent] = '\0';
    snprintf(out, size, "\n    %s\n    %*s", copy, column - (int)indent, "^");
}

static void render(const dia_config *config, const mistake *one, bool caret, size_t size, char *text)
{
    if (one->source != NULL) {
        const char *key = strrchr(one->source, ' '); /* of "--set KEY"; the text may begin with it */
        const size_t length = key != NULL ? strlen(++key) : 0;
        const bool twice =
            length > 0 && strncmp(one->text, key, length) == 0 && strncmp(one->text + length, ": ", 2) == 0;
        snprintf(text, size, "%s: %s", one->source, one->text + (twice ? length + 2 : 0));
    } else if (one->line == 0) {
        snprintf(text, size, "%s: %s", config->name, one->text);
    } else {
        char below[400] = "";
        if (caret && one->caret)
            dia_config_caret(config->text, one->line, one->column, sizeof below, below);
        snprintf(text, size, "%s:%d:%d: %s%s", config->name, one->line, one->column, one->text, below);
    }
}

dia_status dia_config_finish(const dia_config *config, dia_error *error)
{
    enum { ROOM = 64 }; /* room for the last line, "... and 17 more mistakes" */
    if (config->exhausted)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory reading '%s'", config->name);
    if (config->nmistake == 0)
        return DIA_OK;
    char all[sizeof error->text], one[2048];
    size_t used = 0;
    int told = 0;
    for (; told < config->nmistake; told++) {
        render(config, &config->mistakes[told], config->nmistake <= 10, sizeof one, one);
        size_t length = strlen(one);
        if (told > 0 && used + length + 1 + ROOM > sizeof all)
            break;
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", told > 0 ? "\n" : "", one);
    }
    int rest = config->nmistake + config->nmore - told;
    if (rest > 0)
        snprintf(all + used, sizeof all - used, "\n... and %d more mistake%s", rest, rest > 1 ? "s" : "");
    return dia_error_set(error, DIA_ERROR_INPUT, "%s", all);
}
