/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/repair.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/output.h"
#include "store/writer.h"

#define REPAIRED "repaired"
#define ORIGINAL "repaired_from"

/* ---- may it be written? ---------------------------------------------------------------------- */

static bool is_copy(const char *path, const char *mark)
{
    dia_store *store = NULL;
    dia_error ignored = {0};
    const bool is = dia_store_is(path, mark) && dia_store_open(&store, path, &ignored) == DIA_OK &&
                    dia_store_has_attribute(store, "", ORIGINAL);
    dia_store_close(&store);
    return is;
}

dia_status dia_repair_check(const char *original, const char *path, dia_error *error)
{
    const dia_claim claim = {.path = path,
                             .key = "--repair",
                             .what = "a repaired copy of this command",
                             .ours = is_copy,
                             .mark = "diabolo-dataset"};
    return dia_output_check(&claim, 1, &original, error);
}

/* ---- points that stay ------------------------------------------------------------------------ */

/* Rows (npoint, width) of the points that stay, moved together. */
static void gather(const dia_checkup *x, size_t size, size_t width, void *values)
{
    char *bytes = values;
    size_t kept = 0;
    for (int p = 0; p < x->data.npoint; p++)
        if (!x->drop[p])
            memmove(bytes + kept++ * width * size, bytes + (size_t)p * width * size, width * size);
}

static int count_kept(const dia_checkup *x)
{
    int n = 0;
    for (int p = 0; p < x->data.npoint; p++)
        n += !x->drop[p];
    return n;
}

bool dia_repair_leaves(const dia_checkup *x)
{
    return count_kept(x) > 0;
}

/* Dipoles (npoint, nstate, nstate, 3): bra and ket in the order of the states now. */
static void reorder_dipoles(const dia_checkup *x, double *dipoles)
{
    const int n = x->data.nstate;
    double copy[DIA_DATASET_STATES * DIA_DATASET_STATES * 3];
    for (int p = 0; p < x->data.npoint; p++) {
        double *here = dipoles + (size_t)p * (size_t)(n * n * 3);
        const int *order = x->order + p * n;
        memcpy(copy, here, sizeof *copy * (size_t)(n * n * 3));
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                memcpy(here + (i * n + j) * 3, copy + (order[i] * n + order[j]) * 3, sizeof *copy * 3);
    }
}

static void gather_all(dia_checkup *x)
{
    dia_dataset *d = &x->data;
    gather(x, sizeof *d->R, (size_t)d->ncart, d->R);
    gather(x, sizeof *d->energy, (size_t)d->nstate, d->energy);
    gather(x, sizeof *d->gradient, (size_t)d->nstate * (size_t)d->ncart, d->gradient);
    gather(x, sizeof *d->coupling, (size_t)d->npair * (size_t)d->ncart, d->coupling);
    if (d->dipole != NULL) {
        reorder_dipoles(x, d->dipole);
        gather(x, sizeof *d->dipole, (size_t)d->nstate * (size_t)d->nstate * 3, d->dipole);
    }
    gather(x, sizeof *d->group, 1, d->group);
}

/* ---- the copy -------------------------------------------------------------------------------- */

static void copy_attribute(void *context, const dia_store_item *item)
{
    dia_writer *root = context;
    double value;
    if (item->value == NULL || dia_store_has_attribute(root->store, "", item->name) ||
        strcmp(item->name, REPAIRED) == 0 || strcmp(item->name, ORIGINAL) == 0)
        return;
    if (strcmp(item->type, "text") == 0)
        dia_writer_set_text(root, item->name, item->value);
    else if (dia_text_real(item->value, &value))
        dia_writer_set_real(root, item->name, value);
}

static dia_status write_history(const dia_checkup *x, dia_writer *root, dia_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; out != NULL && i < x->findings.n; i++)
        if (x->findings.item[i].done != NULL)
            fprintf(out, "%s: %s\n", x->findings.item[i].test, x->findings.item[i].done);
    const dia_status status = dia_text_close(out, &text, error);
    if (status == DIA_OK) {
        dia_writer_set_text(root, REPAIRED, text[0] != '\0' ? text : "nothing");
        dia_writer_set_text(root, ORIGINAL, x->data.digest);
    }
    free(text);
    return status;
}

dia_status dia_repair_write(dia_checkup *x, const char *path, dia_error *error)
{
    dia_store *from = NULL, *store = NULL;
    const int kept = count_kept(x);
    if (kept == 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: no point is left after the repairs; nothing was written",
                             x->path);
    dia_status status = dia_store_open(&from, x->path, error);
    if (status == DIA_OK)
        status = dia_store_create(&store, path, error);
    dia_writer root = {.store = store, .name = "", .error = error};
    if (status == DIA_OK) {
        gather_all(x);
        dia_dataset set = x->data; /* borrows its arrays */
        set.npoint = kept;
        dia_dataset_write(&set, &root);
        status = root.status;
    }
    if (status == DIA_OK)
        status = dia_store_walk_attributes(from, "", copy_attribute, &root, error);
    if (status == DIA_OK)
        status = write_history(x, &root, error);
    if (status == DIA_OK)
        status = root.status;
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    dia_store_close(&store);
    dia_store_close(&from);
    return status;
}
