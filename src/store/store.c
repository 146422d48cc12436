/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening, committing and closing of files. */
#include "store/internal.h"

#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static dia_store *store_new(const char *path)
{
    dia_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    store->file = H5I_INVALID_HID;
    store->output.descriptor = -1;
    store->path = strdup(path);
    store->held = calloc(1, sizeof *store->held);
    if (store->path == NULL || store->held == NULL)
        dia_store_close(&store);
    return store;
}

bool dia_store_is_hdf5(const char *path)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    char head[sizeof signature - 1];
    FILE *file = fopen(path, "rb");
    const bool same =
        file != NULL && fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, signature, sizeof head) == 0;
    if (file != NULL)
        fclose(file);
    return same;
}

dia_status dia_store_open(dia_store **out, const char *path, dia_error *error)
{
    *out = NULL;
    dia_store_quiet();
    struct stat about;
    if (stat(path, &about) != 0 || access(path, R_OK) != 0)
        return dia_error_set(error, DIA_ERROR_FILE, "cannot read '%s': %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return dia_error_set(error, DIA_ERROR_FILE, "cannot read '%s': it is a directory", path);
    if (H5Fis_hdf5(path) == 0)
        return dia_error_set(error, DIA_ERROR_FILE, "'%s' is not an HDF5 file (or its beginning is damaged)", path);
    dia_store *store = store_new(path);
    if (store == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory opening '%s'", path);
    store->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (store->file < 0) {
        char reason[DIA_STORE_TEXT];
        dia_store_reason(sizeof reason, reason);
        dia_store_close(&store);
        return dia_error_set(error, DIA_ERROR_FILE, "cannot open '%s', it is damaged or still being written: %s", path,
                             reason);
    }
    *out = store;
    return DIA_OK;
}

dia_status dia_store_group(dia_store **out, const dia_store *store, const char *group, dia_error *error)
{
    char path[DIA_STORE_TEXT];
    *out = NULL;
    dia_store_quiet();
    snprintf(path, sizeof path, "%s/%s", store->path, group);
    dia_store *view = store_new(path);
    if (view == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory opening '%s'", path);
    view->file = dia_store_has(store, group) ? H5Gopen2(store->file, group, H5P_DEFAULT) : H5I_INVALID_HID;
    if (view->file < 0) {
        dia_store_close(&view);
        return dia_error_set(error, DIA_ERROR_FILE, "'%s': there is no group '%s'", store->path, group);
    }
    *out = view;
    return DIA_OK;
}

static hid_t create_file(const char *path)
{
    hid_t access_properties = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access_properties, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_fclose_degree(access_properties, H5F_CLOSE_STRONG);
    H5Pset_file_locking(access_properties, false, true); /* the store holds the lock already */
    hid_t create_properties = dia_store_untimed(H5P_FILE_CREATE);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, create_properties, access_properties);
    H5Pclose(create_properties);
    H5Pclose(access_properties);
    return file;
}

dia_status dia_store_create(dia_store **out, const char *path, dia_error *error)
{
    *out = NULL;
    dia_store_quiet();
    dia_store *store = store_new(path);
    if (store == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory creating '%s'", path);
    dia_status status = dia_output_create(&store->output, path, error);
    if (status == DIA_OK) {
        store->file = create_file(store->output.temporary);
        if (store->file < 0)
            status = dia_store_failure(store, "create", store->output.temporary, error);
    }
    if (status != DIA_OK) {
        dia_store_close(&store);
        return status;
    }
    *out = store;
    return DIA_OK;
}

void dia_store_share(dia_store *store, dia_store_team *team, int nthread)
{
    store->team = team;
    store->nthread = nthread;
}

void dia_store_hold(const dia_store *store, const char *name, hid_t dataset)
{
    dia_store_held *held = store->held;
    for (int i = 0; i < held->n; i++)
        if (strcmp(held->name[i], name) == 0)
            return;
    char *own = held->n < DIA_STORE_HELD ? strdup(name) : NULL;
    if (own == NULL || H5Iinc_ref(dataset) < 0) {
        free(own);
        return;
    }
    held->name[held->n] = own;
    held->dataset[held->n++] = dataset;
}

bool dia_store_release(const dia_store *store)
{
    dia_store_held *held = store->held;
    hid_t why = H5I_INVALID_HID; /* of the first that fails: each further call would forget it */
    dia_store_quiet();
    while (held->n > 0) {
        free(held->name[--held->n]);
        if (H5Dclose(held->dataset[held->n]) < 0 && why < 0)
            why = H5Eget_current_stack();
    }
    if (why >= 0)
        H5Eset_current_stack(why); /* closes it */
    return why < 0;
}

dia_status dia_store_commit(dia_store **store, dia_error *error)
{
    dia_store *one = *store;
    assert(one != NULL && one->output.path != NULL);
    dia_store_quiet();
    dia_status status = dia_streams_end(one, error);
    if (status == DIA_OK && (!dia_store_release(one) || H5Fflush(one->file, H5F_SCOPE_GLOBAL) < 0))
        status = dia_store_failure(one, "write", one->output.temporary, error);
    dia_streams_free(one);
    if (status == DIA_OK) {
        herr_t closed = H5Fclose(one->file);
        one->file = H5I_INVALID_HID;
        if (closed < 0)
            status = dia_store_failure(one, "close", one->output.temporary, error);
    }
    if (status == DIA_OK)
        status = dia_output_close(&one->output, status, error);
    dia_store_close(store);
    return status;
}

void dia_store_close(dia_store **store)
{
    dia_store *one = *store;
    *store = NULL;
    if (one == NULL)
        return;
    dia_store_quiet();
    dia_streams_free(one);
    if (one->held != NULL)
        dia_store_release(one);
    free(one->held);
    if (one->file >= 0 && H5Iget_type(one->file) == H5I_GROUP)
        H5Gclose(one->file);
    else if (one->file >= 0)
        H5Fclose(one->file);
    dia_output_discard(&one->output);
    free(one->path);
    free(one);
}

void dia_store_own_process(void)
{
    H5dont_atexit();
}

const char *dia_store_path(const dia_store *store)
{
    return store->path;
}

dia_status dia_store_existing(const dia_claim *claim, const char *identity, bool fresh, bool *complete,
                              dia_error *error)
{
    dia_store *store = NULL;
    char *before = NULL;
    *complete = false;
    if (access(claim->path, F_OK) != 0)
        return DIA_OK;
    dia_status status = dia_store_open(&store, claim->path, error);
    if (status == DIA_OK && dia_store_has_attribute(store, "", "identity"))
        status = dia_store_attribute_text(store, "", "identity", &before, error);
    dia_store_close(&store);
    if (status == DIA_OK)
        status =
            dia_output_existing(claim, before != NULL ? before : "an older program", identity, fresh, complete, error);
    free(before);
    return status;
}

bool dia_store_is(const char *path, const char *format)
{
    dia_store *store = NULL;
    char *found = NULL;
    dia_error ignored = {0};
    const bool same =
        dia_store_open(&store, path, &ignored) == DIA_OK && dia_store_has_attribute(store, "", "format") &&
        dia_store_attribute_text(store, "", "format", &found, &ignored) == DIA_OK && strcmp(found, format) == 0;
    free(found);
    dia_store_close(&store);
    return same;
}

dia_status dia_store_expect(const dia_store *store, const char *format, int version, dia_error *error)
{
    char *found = NULL;
    int64_t found_version = 0;
    if (!dia_store_has_attribute(store, "", "format"))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "'%s': expected a file of format '%s', but it has no root attribute 'format'", store->path,
                             format);
    dia_status status = dia_store_attribute_text(store, "", "format", &found, error);
    if (status == DIA_OK && strcmp(found, format) != 0)
        status =
            dia_error_set(error, DIA_ERROR_INPUT, "'%s' is a '%.80s' file, expected '%s'", store->path, found, format);
    free(found);
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "", "version", &found_version, error);
    if (status == DIA_OK && (found_version < 1 || found_version > version))
        status = dia_error_set(
            error, DIA_ERROR_INPUT,
            "'%s': format '%s' version %lld, this program reads versions 1 to %d; a newer diabolo may read it",
            store->path, format, (long long)found_version, version);
    return status;
}
