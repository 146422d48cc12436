/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer of data sets: what dia_dataset_load reads, in its units. */
#include <stdlib.h>

#include "store/writer.h"
#include "dataset/dataset.h"

static bool any_known(size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++)
        if (values[i] == values[i])
            return true;
    return false;
}

/* (npoint, count, natom, 3); nothing if no label of the kind is known. */
static void write_vectors(dia_writer *root, const char *name, const dia_dataset *data, int count, const double *values)
{
    const size_t dims[] = {(size_t)data->npoint, (size_t)count, (size_t)data->natom, 3};
    if (count < 1 || !any_known(dims[0] * dims[1] * dims[2] * 3, values))
        return;
    dia_writer_write(root, name, "hartree/bohr", DIA_NUMBER_REAL, 4, dims, values);
    dia_writer_mark(root, name, "frame", "cartesian");
}

static void write_groups(dia_writer *root, const dia_dataset *data)
{
    const char **names = data->group_name != NULL ? malloc((size_t)data->npoint * sizeof *names) : NULL;
    for (int p = 0; names != NULL && p < data->npoint; p++)
        names[p] = data->group_name[data->group[p]];
    if (names != NULL)
        dia_writer_texts(root, "group", (size_t)data->npoint, names);
    else if (data->group_name != NULL)
        root->status =
            dia_error_set(root->error, DIA_ERROR_MEMORY, "no memory for the groups of %d points", data->npoint);
    free(names);
}

static void write_text(dia_writer *root, const char *name, const char *text)
{
    if (text != NULL)
        dia_writer_set_text(root, name, text);
}

void dia_dataset_write(const dia_dataset *data, dia_writer *root)
{
    const size_t npoint = (size_t)data->npoint, natom = (size_t)data->natom;
    dia_writer_set_text(root, "format", "diabolo-dataset");
    dia_writer_set_int(root, "version", 1);
    write_text(root, "level_of_theory", data->level_of_theory);
    write_text(root, "licence", data->licence);
    write_text(root, "source", data->source);
    dia_writer_ints(root, "numbers", natom, data->numbers);
    dia_writer_vectors(root, "positions", "bohr", npoint, data->natom, 3, data->R);
    dia_writer_write(root, "energies", "hartree", DIA_NUMBER_REAL, 2, (const size_t[]){npoint, (size_t)data->nstate},
                     data->energy);
    write_vectors(root, "gradients", data, data->nstate, data->gradient);
    write_vectors(root, "couplings", data, data->npair, data->coupling);
    if (data->dipole != NULL) {
        const size_t n = (size_t)data->nstate, dims[] = {npoint, n, n, 3};
        dia_writer_write(root, "dipoles", "e bohr", DIA_NUMBER_REAL, 4, dims, data->dipole);
        dia_writer_mark(root, "dipoles", "frame", "cartesian");
    }
    write_groups(root, data);
}
