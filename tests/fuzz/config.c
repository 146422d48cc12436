/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"

typedef struct block {
    double time;
    int count;
} block;

typedef struct input {
    const char *model, *title;
    double energy;
    int choice;
    bool flag;
    dia_list layers, names, blocks;
    block block;
    const dia_node *node;
} input;

static const dia_option block_table[] = {DIA_REAL(block, time, DIA_TIME, "1 fs", NULL),
                                         DIA_INT(block, count, NULL, NULL, DIA_RANGE(1, 9), .required = true),
                                         {.key = NULL}};

static const dia_option table[] = {DIA_PATH(input, model, NULL, NULL, .required = true),
                                   DIA_TEXT(input, title, NULL, NULL),
                                   DIA_REAL(input, energy, DIA_ENERGY, "1 eV", NULL),
                                   DIA_CHOICE(input, choice, "a|b|c", "a", NULL),
                                   DIA_BOOL(input, flag, "true", NULL),
                                   DIA_INTS(input, layers, "[1, 2]", NULL),
                                   DIA_TEXTS(input, names, NULL, NULL),
                                   DIA_BLOCKS(input, blocks, block, block_table, NULL),
                                   DIA_BLOCK(input, block, block_table, NULL),
                                   DIA_NODE(input, node, NULL),
                                   {.key = NULL}};

static char *written(const input *self)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    dia_option_write(out, 0, table, self);
    fclose(out);
    return text;
}

/* NULL unless the text is accepted; then what it was understood as, written out again. */
static char *read_and_write(const char *text, const char *key, const char *value)
{
    dia_config *config;
    dia_error error = {0};
    input self = {0};
    char *again = NULL;
    if (dia_config_parse(&config, text, "fuzz.yaml", "/", &error) == DIA_OK) {
        dia_status status = key != NULL ? dia_config_set(config, key, value, &error) : DIA_OK;
        dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){table},
                        (void *const[]){&self});
        if (status == DIA_OK && dia_config_finish(config, &error) == DIA_OK)
            again = written(&self);
        dia_config_free(config);
    }
    if ((again == NULL) != (error.text[0] != '\0') || memchr(error.text, '\0', sizeof error.text) == NULL)
        abort(); /* either understood or explained */
    return again;
}

/* What is accepted and written is accepted again, and says the same. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = calloc(size + 1, 1);
    if (text == NULL)
        abort();
    memcpy(text, bytes, size);
    char *once = read_and_write(text, NULL, NULL);
    char *twice = once != NULL ? read_and_write(once, NULL, NULL) : NULL;
    if (once != NULL && (twice == NULL || strcmp(once, twice) != 0))
        abort();
    free(read_and_write("model: m\nblocks: [{count: 1}]\nblock: {count: 2}", "blocks.0.time", text));
    free(read_and_write("model: m\nblock: {count: 2}", text, "1"));
    free(once);
    free(twice);
    free(text);
    return 0;
}
