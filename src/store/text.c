/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datasets of strings. */
#include "store/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One block: the pointers, then the characters. `read` holds count strings; free(*texts) frees everything. */
static char **one_block(size_t count, char *const *read)
{
    size_t bytes = (count + 1) * sizeof(char *);
    for (size_t i = 0; i < count; i++)
        bytes += (read[i] != NULL ? strlen(read[i]) : 0) + 1;
    char **texts = calloc(1, bytes);
    if (texts == NULL)
        return NULL;
    char *next = (char *)(texts + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t size = (read[i] != NULL ? strlen(read[i]) : 0) + 1;
        texts[i] = memcpy(next, read[i] != NULL ? read[i] : "", size);
        next += size;
    }
    return texts;
}

/* Fixed-length strings are padded with zeros or blanks and need no terminator. */
static void cut_padding(char *text, size_t size)
{
    text[size] = '\0';
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
}

static herr_t read_dataset(hid_t object, hid_t type, void *buffer)
{
    return H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
}

static char **read_variable(hid_t object, hid_t type, hid_t space, size_t count, dia_store_reader *read)
{
    char **texts = NULL, **buffer = calloc(count + 1, sizeof *buffer);
    hid_t memory = dia_store_text_type(type);
    if (buffer != NULL && read(object, memory, buffer) >= 0) {
        texts = one_block(count, buffer);
        H5Dvlen_reclaim(memory, space, H5P_DEFAULT, buffer);
    }
    H5Tclose(memory);
    free(buffer);
    return texts;
}

static char **read_fixed(hid_t object, hid_t type, size_t count, dia_store_reader *read)
{
    size_t size = H5Tget_size(type);
    char **texts = NULL, **starts = calloc(count + 1, sizeof *starts);
    char *packed = calloc(count + 1, size + 1), *buffer = calloc(count + 1, size + 1);
    if (starts != NULL && packed != NULL && buffer != NULL && read(object, type, packed) >= 0) {
        for (size_t i = 0; i < count; i++) {
            starts[i] = buffer + i * (size + 1);
            memcpy(starts[i], packed + i * size, size);
            cut_padding(starts[i], size);
        }
        texts = one_block(count, starts);
    }
    free(starts);
    free(packed);
    free(buffer);
    return texts;
}

char **dia_store_strings(hid_t object, hid_t type, hid_t space, size_t count, dia_store_reader *read, bool *unreadable)
{
    *unreadable = false;
    if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != (hssize_t)count)
        return NULL;
    char **texts = H5Tis_variable_str(type) > 0 ? read_variable(object, type, space, count, read)
                                                : read_fixed(object, type, count, read);
    *unreadable = texts == NULL;
    return texts;
}

dia_status dia_store_read_texts(const dia_store *store, const char *name, size_t count, char ***texts, dia_error *error)
{
    *texts = NULL;
    dia_store_quiet();
    hid_t dataset = dia_store_dataset(store, name, error);
    if (dataset < 0)
        return error != NULL ? error->status : DIA_ERROR_FILE;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    bool unreadable = false;
    *texts = H5Sget_simple_extent_ndims(space) == 1
                 ? dia_store_strings(dataset, type, space, count, read_dataset, &unreadable)
                 : NULL;
    dia_status status = DIA_OK;
    if (unreadable)
        status = dia_store_failure(store, "read", name, error);
    else if (*texts == NULL)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "'%s': dataset '%s' must hold a list of %zu strings, it holds %lld %s", store->path,
                               name, count, (long long)H5Sget_simple_extent_npoints(space),
                               H5Tget_class(type) == H5T_STRING ? "strings" : "values that are not text");
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
    return status;
}

dia_status dia_store_write_texts(dia_store *store, const char *name, size_t count, const char *const *texts,
                                 dia_error *error)
{
    assert(store->output.path != NULL);
    dia_store_quiet();
    if (dia_store_has(store, name))
        return dia_error_set(error, DIA_ERROR_FILE, "'%s': dataset '%s' is already there", store->path, name);
    hsize_t size = count;
    hid_t type = dia_store_text_type(-1), space = H5Screate_simple(1, &size, NULL);
    hid_t properties = dia_store_untimed(H5P_DATASET_CREATE), links = dia_store_link_properties(store, name);
    hid_t dataset = H5Dcreate2(store->file, name, type, space, links, properties, H5P_DEFAULT);
    dia_status status = DIA_OK;
    if (dataset < 0 || (count > 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) < 0))
        status = dia_store_failure(store, "write", name, error);
    if (dataset >= 0 && H5Dclose(dataset) < 0 && status == DIA_OK) /* small ones are written here */
        status = dia_store_failure(store, "write", name, error);
    H5Pclose(links);
    H5Pclose(properties);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}
