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

static const dia_option block_table[] = {{.key = "time",
                                          .kind = DIA_OPTION_REAL,
                                          .dimension = DIA_TIME,
                                          .offset = offsetof(block, time),
                                          .fallback = "1 fs"},
                                         {.key = "count",
                                          .kind = DIA_OPTION_INT,
                                          .offset = offsetof(block, count),
                                          .required = true,
                                          .minimum = 1,
                                          .maximum = 9},
                                         {.key = NULL}};

static const dia_option table[] = {
    {.key = "model", .kind = DIA_OPTION_PATH, .offset = offsetof(input, model), .required = true},
    {.key = "title", .kind = DIA_OPTION_TEXT, .offset = offsetof(input, title)},
    {.key = "energy",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_ENERGY,
     .offset = offsetof(input, energy),
     .fallback = "1 eV"},
    {.key = "choice",
     .kind = DIA_OPTION_CHOICE,
     .offset = offsetof(input, choice),
     .choices = "a|b|c",
     .fallback = "a"},
    {.key = "flag", .kind = DIA_OPTION_BOOL, .offset = offsetof(input, flag), .fallback = "true"},
    {.key = "layers", .kind = DIA_OPTION_INTS, .offset = offsetof(input, layers), .fallback = "[1, 2]"},
    {.key = "names", .kind = DIA_OPTION_TEXTS, .offset = offsetof(input, names)},
    {.key = "blocks",
     .kind = DIA_OPTION_BLOCKS,
     .offset = offsetof(input, blocks),
     .table = block_table,
     .item_size = sizeof(block)},
    {.key = "block", .kind = DIA_OPTION_BLOCK, .offset = offsetof(input, block), .table = block_table},
    {.key = "node", .kind = DIA_OPTION_NODE, .offset = offsetof(input, node)},
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
