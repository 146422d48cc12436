/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/generators.h"

#include <stdio.h>
#include <stdlib.h>

const dia_option dia_generator_options[] = {
    DIA_INTS(dia_generator, permutation, NULL, "where atom a of the image was before, for each atom, numbered from 0",
             .required = true),
    DIA_BOOL(dia_generator, inversion, "false", "are all coordinates negated as well"),
    DIA_INTS(
        dia_generator, signs, NULL,
        "of each diabatic state under the operation: 1 or -1; left out: found by short trainings, which are judged "
        "by the couplings at small gaps"),
    DIA_NODE(dia_generator, representation,
             "in place of signs, where diabats are degenerate by symmetry: the orthogonal matrix that the operation is "
             "for the diabats, as a list of rows, such as [[-0.5, 0.8660254037844386], [-0.8660254037844386, -0.5]]"),
    {.key = NULL}};

static void read_matrix(dia_config *config, dia_generator *g)
{
    const dia_node *rows = g->representation;
    const int n = dia_node_is_list(rows) ? dia_node_count(rows) : 0;
    bool good = n > 0;
    g->order = n;
    g->matrix = calloc((size_t)n * (size_t)n + 1, sizeof *g->matrix);
    for (int i = 0; i < n && good && g->matrix != NULL; i++) {
        const dia_node *row = dia_node_item(rows, i);
        good = dia_node_is_list(row) && dia_node_count(row) == n;
        for (int j = 0; j < n && good; j++) {
            char why[200];
            const char *text = dia_node_text(dia_node_item(row, j));
            good = text != NULL && dia_quantity_parse(text, DIA_PURE, g->matrix + i * n + j, sizeof why, why);
        }
    }
    if (g->matrix == NULL)
        dia_config_mistake(config, rows, "no memory for a representation");
    else if (!good)
        dia_config_mistake(config, rows,
                           "network.symmetry.representation: expected a square matrix as a list of rows of numbers, "
                           "such as [[1, 0], [0, -1]]");
    if (g->signs.n > 0)
        dia_config_mistake(config, rows, "network.symmetry: give `signs` or `representation`, not both");
}

void dia_generator_list_read(dia_config *config, const dia_node *node, dia_list *list)
{
    *list = (dia_list){0};
    if (!dia_node_is_list(node)) {
        dia_config_mistake(config, node,
                           "network.symmetry: expected `search`, or a list of generators such as "
                           "[{permutation: [1, 0, 2], signs: [1, -1]}]");
        return;
    }
    const int n = dia_node_count(node);
    dia_generator *items = calloc((size_t)n + 1, sizeof *items);
    if (items == NULL) {
        dia_config_mistake(config, node, "no memory for the symmetry");
        return;
    }
    *list = (dia_list){n, items};
    for (int g = 0; g < n; g++) {
        dia_config_read(config, dia_node_item(node, g), "network.symmetry", 1,
                        (const dia_option *const[]){dia_generator_options}, (void *const[]){items + g});
        if (items[g].representation != NULL)
            read_matrix(config, items + g);
    }
}

dia_status dia_generator_list_make(dia_list *list, int n, int natom, int *permutations, const bool *inversions,
                                   dia_error *error)
{
    dia_generator *items = calloc((size_t)n + 1, sizeof *items);
    dia_generator_list_free(list);
    if (items == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the symmetry");
    for (int g = 0; g < n; g++)
        items[g] = (dia_generator){.permutation = {natom, permutations + g * natom}, .inversion = inversions[g]};
    *list = (dia_list){n, items};
    return DIA_OK;
}

void dia_generator_list_free(dia_list *list)
{
    dia_generator *items = list->items;
    for (int g = 0; g < list->n; g++)
        free(items[g].matrix);
    free(items);
    *list = (dia_list){0};
}

bool dia_generator_complete(const dia_generator *generator)
{
    return generator->signs.n > 0 || generator->matrix != NULL;
}

static void write_ints(FILE *out, const char *key, const dia_list *list)
{
    fprintf(out, "%s: [", key);
    for (int i = 0; i < list->n; i++)
        fprintf(out, "%s%d", i > 0 ? ", " : "", ((const int *)list->items)[i]);
    fputc(']', out);
}

static void write_matrix(FILE *out, int n, const double *matrix)
{
    fputs(", representation: [", out);
    for (int i = 0; i < n * n; i++)
        fprintf(out, "%s%.17g%s", i % n == 0 ? (i > 0 ? ", [" : "[") : ", ", matrix[i], i % n == n - 1 ? "]" : "");
    fputc(']', out);
}

char *dia_generator_list_text(const dia_list *list)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    fputs(list->n > 0 ? "symmetry:\n" : "symmetry: []\n", out);
    for (int g = 0; g < list->n; g++) {
        const dia_generator *generator = (const dia_generator *)list->items + g;
        fputs("  - {", out);
        write_ints(out, "permutation", &generator->permutation);
        fputs(generator->inversion ? ", inversion: true" : "", out);
        if (generator->matrix != NULL)
            write_matrix(out, generator->order, generator->matrix);
        else if (generator->signs.n > 0)
            write_ints(out, ", signs", &generator->signs);
        fputs("}\n", out);
    }
    fclose(out);
    return text;
}
