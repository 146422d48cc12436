/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading datasets. */
#include "store/internal.h"

#include <math.h>
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/unit.h"

/* A name below something that is no group. */
static bool below_no_group(const dia_store *store, const char *parent)
{
    hid_t object = H5Oopen(store->file, parent, H5P_DEFAULT);
    const bool other = object >= 0 && H5Iget_type(object) != H5I_GROUP;
    if (object >= 0)
        H5Oclose(object);
    return other;
}

/* H5Lexists checks one link only, so every group on the way is checked. What a file that cannot be read answers is no `no`: what
 * may be missing would then be missing without a word. */
bool dia_store_has(const dia_store *store, const char *name)
{
    dia_store_quiet();
    char path[DIA_STORE_TEXT], parent[DIA_STORE_TEXT] = ".";
    size_t length = strlen(name);
    if (length == 0 || length >= sizeof path)
        return length == 0;
    memcpy(path, name, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (name[i] != '/' && name[i] != '\0')
            continue;
        path[i] = '\0';
        htri_t there = H5Lexists(store->file, path, H5P_DEFAULT);
        if (there > 0)
            there = H5Oexists_by_name(store->file, path, H5P_DEFAULT);
        if (there <= 0)
            return there < 0 && !below_no_group(store, parent);
        memcpy(parent, path, i + 1);
        path[i] = name[i];
    }
    return true;
}

int dia_store_numbered(const dia_store *store, const char *group)
{
    char name[DIA_STORE_TEXT];
    H5G_info_t info;
    const bool known = dia_store_has(store, group) && H5Gget_info_by_name(store->file, group, &info, H5P_DEFAULT) >= 0;
    const hsize_t most = known ? info.nlinks : 1;
    int n = 0;
    for (; n < INT_MAX && (hsize_t)n < most; n++)
        if (snprintf(name, sizeof name, "%s/%d", group, n) >= (int)sizeof name || !dia_store_has(store, name))
            break;
    return n;
}

static dia_status missing(const dia_store *store, const char *name, dia_error *error)
{
    char group[DIA_STORE_TEXT] = "", names[DIA_STORE_TEXT];
    const char *slash = strrchr(name, '/');
    if (slash != NULL && slash > name && (size_t)(slash - name) < sizeof group) {
        memcpy(group, name, (size_t)(slash - name));
        group[slash - name] = '\0';
    }
    if (group[0] != '\0' && !dia_store_has(store, group))
        return dia_error_set(error, DIA_ERROR_INPUT, "'%s': no dataset '%s': there is no group '%s'", store->path, name,
                             group);
    dia_store_names(store, group, sizeof names, names);
    return dia_error_set(error, DIA_ERROR_INPUT, "'%s': no dataset '%s'; %s%s%s holds: %s", store->path, name,
                         group[0] != '\0' ? "group '" : "the file", group, group[0] != '\0' ? "'" : "", names);
}

hid_t dia_store_dataset(const dia_store *store, const char *name, dia_error *error)
{
    if (!dia_store_has(store, name)) {
        missing(store, name, error);
        return H5I_INVALID_HID;
    }
    hid_t object = H5Oopen(store->file, name, H5P_DEFAULT);
    if (object < 0) {
        dia_store_failure(store, "open", name, error);
    } else if (H5Iget_type(object) != H5I_DATASET) {
        H5Oclose(object);
        dia_error_set(error, DIA_ERROR_INPUT, "'%s': '%s' is a group, expected a dataset", store->path, name);
        return H5I_INVALID_HID;
    }
    return object;
}

/* A damaged file may state more data than memory can hold, or than the file has: deflate packs at best a thousand
 * bytes into one. */
static dia_status check_extents(const dia_store *store, const char *name, hid_t dataset, int rank, const size_t *dims,
                                dia_error *error)
{
    const size_t large = (size_t)1 << 30, most = SIZE_MAX / 64;
    size_t count = 1;
    bool fits = true;
    for (int d = 0; d < rank; d++) {
        fits = fits && (dims[d] == 0 || count <= most / dims[d]);
        count = fits ? count * dims[d] : count;
    }
    if (fits && (count < large || count / 2000 <= H5Dget_storage_size(dataset)))
        return DIA_OK;
    char shape[DIA_STORE_TEXT];
    dia_store_shape_text(rank, dims, sizeof shape, shape);
    return dia_error_set(error, DIA_ERROR_FILE,
                         "'%s': dataset '%s' has the shape %s, and the file holds only %llu bytes of it: it is damaged",
                         store->path, name, shape, (unsigned long long)H5Dget_storage_size(dataset));
}

/* Rank and extents of an open dataset; the rank must fit in DIA_STORE_RANK. */
static dia_status extents(const dia_store *store, const char *name, hid_t dataset, int *rank, size_t *dims,
                          dia_error *error)
{
    hid_t space = H5Dget_space(dataset);
    hsize_t sizes[DIA_STORE_RANK];
    *rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    bool null = space >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
    if (*rank >= 0 && *rank <= DIA_STORE_RANK && !null)
        H5Sget_simple_extent_dims(space, sizes, NULL);
    if (space >= 0)
        H5Sclose(space);
    if (*rank < 0)
        return dia_store_failure(store, "read the shape of", name, error);
    if (null || *rank > DIA_STORE_RANK)
        return dia_error_set(error, DIA_ERROR_INPUT, "'%s': dataset '%s' %s", store->path, name,
                             null ? "is empty" : "has more than 8 dimensions");
    for (int d = 0; d < *rank; d++)
        dims[d] = (size_t)sizes[d];
    return check_extents(store, name, dataset, *rank, dims, error);
}

dia_status dia_store_shape(const dia_store *store, const char *name, int *rank, size_t *dims, dia_error *error)
{
    dia_store_quiet();
    hid_t dataset = dia_store_dataset(store, name, error);
    if (dataset < 0)
        return error != NULL ? error->status : DIA_ERROR_FILE;
    dia_status status = extents(store, name, dataset, rank, dims, error);
    H5Dclose(dataset);
    return status;
}

/* HDF5 would silently clip 5000000000 to the largest int, and cut 1.5 to 1. */
static H5T_conv_ret_t refuse_overflow(H5T_conv_except_t what, hid_t from, hid_t to, void *source, void *target,
                                      void *context)
{
    (void)from, (void)to, (void)source, (void)target, (void)context;
    return what == H5T_CONV_EXCEPT_RANGE_HI || what == H5T_CONV_EXCEPT_RANGE_LOW ? H5T_CONV_ABORT : H5T_CONV_UNHANDLED;
}

static dia_status check_type(const dia_store *store, const char *name, hid_t dataset, dia_number number,
                             dia_error *error)
{
    hid_t type = H5Dget_type(dataset);
    H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    if (type >= 0)
        H5Tclose(type);
    bool real = number == DIA_NUMBER_REAL || number == DIA_NUMBER_FLOAT;
    if (class == H5T_INTEGER || (class == H5T_FLOAT && real))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT, "'%s': dataset '%s' holds %s, expected %s", store->path, name,
                         class == H5T_FLOAT    ? "real numbers"
                         : class == H5T_STRING ? "text"
                                               : "something that is not a number",
                         real ? "real numbers" : "integers");
}

/* Opens a dataset whose numbers can be read as `number` and whose extents from `cut` on are dims[cut..]; found: all of
 * them. */
static dia_status open_checked(const dia_store *store, const char *name, dia_number number, int rank,
                               const size_t *dims, int cut, hid_t *dataset, size_t *found, dia_error *error)
{
    int found_rank;
    char have[DIA_STORE_TEXT], want[DIA_STORE_TEXT];
    dia_store_quiet();
    *dataset = dia_store_dataset(store, name, error);
    if (*dataset < 0)
        return error != NULL ? error->status : DIA_ERROR_FILE;
    dia_status status = check_type(store, name, *dataset, number, error);
    if (status == DIA_OK)
        status = extents(store, name, *dataset, &found_rank, found, error);
    bool same = status == DIA_OK && found_rank == rank;
    for (int d = cut; same && d < rank; d++)
        same = found[d] == dims[d];
    if (status == DIA_OK && !same) {
        dia_store_shape_text(found_rank, found, sizeof have, have);
        dia_store_shape_text(rank, dims, sizeof want, want);
        status = dia_error_set(error, DIA_ERROR_INPUT, "'%s': dataset '%s' has shape %s, expected %s", store->path,
                               name, have, want);
    }
    if (status != DIA_OK)
        H5Dclose(*dataset);
    return status;
}

/* Reads what `memory` and `file` select. */
static dia_status transfer(const dia_store *store, const char *name, hid_t dataset, dia_number number, hid_t memory,
                           hid_t file, void *values, dia_error *error)
{
    hid_t properties = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_type_conv_cb(properties, refuse_overflow, NULL);
    herr_t failed = H5Dread(dataset, dia_store_memory_type(number), memory, file, properties, values);
    dia_status status = failed < 0 ? dia_store_failure(store, "read", name, error) : DIA_OK;
    H5Pclose(properties);
    return status;
}

dia_status dia_store_read_part(const dia_store *store, const char *name, dia_number number, int rank,
                               const size_t *dims, int cut, const size_t *first, const size_t *count, void *values,
                               dia_error *error)
{
    assert(cut <= rank && rank <= DIA_STORE_RANK);
    size_t found[DIA_STORE_RANK];
    hid_t dataset;
    dia_status status = open_checked(store, name, number, rank, dims, cut, &dataset, found, error);
    if (status != DIA_OK)
        return status;
    hsize_t start[DIA_STORE_RANK] = {0}, size[DIA_STORE_RANK];
    bool some = true;
    for (int d = 0; d < rank; d++) {
        start[d] = d < cut ? first[d] : 0;
        size[d] = d < cut ? count[d] : dims[d];
        some = some && size[d] > 0;
        if (status == DIA_OK && (start[d] > found[d] || size[d] > found[d] - start[d]))
            status = dia_error_set(error, DIA_ERROR_INPUT, "'%s': dataset '%s' has %zu rows, asked for rows %zu to %zu",
                                   store->path, name, found[d], (size_t)start[d], (size_t)(start[d] + size[d]));
    }
    if (status == DIA_OK && cut == 0)
        status = transfer(store, name, dataset, number, H5S_ALL, H5S_ALL, values, error);
    else if (status == DIA_OK && some) {
        dia_store_hold(store, name, dataset);
        hid_t memory = H5Screate_simple(rank, size, NULL), file = H5Dget_space(dataset);
        H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, size, NULL);
        status = transfer(store, name, dataset, number, memory, file, values, error);
        H5Sclose(memory);
        H5Sclose(file);
    }
    H5Dclose(dataset);
    return status;
}

dia_status dia_store_read(const dia_store *store, const char *name, dia_number number, int rank, const size_t *dims,
                          void *values, dia_error *error)
{
    return dia_store_read_part(store, name, number, rank, dims, 0, NULL, NULL, values, error);
}

dia_status dia_store_read_rows(const dia_store *store, const char *name, dia_number number, int rank,
                               const size_t *dims, size_t first, size_t count, void *values, dia_error *error)
{
    return dia_store_read_part(store, name, number, rank, dims, 1, &first, &count, values, error);
}

dia_status dia_store_expect_shape(const dia_store *store, const char *name, dia_number number, int rank,
                                  const size_t *dims, dia_error *error)
{
    size_t found[DIA_STORE_RANK];
    hid_t dataset;
    dia_status status = open_checked(store, name, number, rank, dims, 0, &dataset, found, error);
    if (status == DIA_OK)
        H5Dclose(dataset);
    return status;
}

dia_status dia_store_read_new(const dia_store *store, const char *name, dia_number number, int rank, const size_t *dims,
                              void **values, dia_error *error)
{
    *values = NULL;
    dia_status status = dia_store_expect_shape(store, name, number, rank, dims, error);
    if (status != DIA_OK)
        return status;
    size_t count = 1;
    for (int d = 0; d < rank; d++)
        count *= dims[d]; /* fits: it is the shape of the dataset */
    *values = dia_allocate(count + 1, H5Tget_size(dia_store_memory_type(number)));
    if (*values == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "'%s': no memory for the %zu numbers of dataset '%s'",
                             store->path, count, name);
    status = count > 0 ? dia_store_read(store, name, number, rank, dims, *values, error) : DIA_OK;
    if (status != DIA_OK) {
        free(*values);
        *values = NULL;
    }
    return status;
}

dia_status dia_store_unit(const dia_store *store, const char *name, const char *unit, double *factor, bool *stated,
                          dia_error *error)
{
    char *found = NULL;
    double other = 1.0;
    const bool singular = dia_store_has_attribute(store, name, "unit"),
               plural = dia_store_has_attribute(store, name, "units"), there = singular || plural;
    const char *attribute = singular ? "unit" : "units"; /* other programs write the second */
    *factor = 1.0;
    if (stated != NULL)
        *stated = there;
    if (!there && stated == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "'%s': dataset '%s' does not say its unit (attribute 'unit'); expected '%s'", store->path,
                             name, unit);
    dia_status status = there ? dia_store_attribute_text(store, name, attribute, &found, error) : DIA_OK;
    if (status == DIA_OK && there && !dia_unit_convert(found, unit, factor))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "'%s': dataset '%s' is in '%.80s' (attribute '%s'), %s; expected '%s' or another unit "
                               "of that kind",
                               store->path, name, found, attribute,
                               dia_unit_known(found) ? "which is something else" : "an unknown unit", unit);
    if (status == DIA_OK && singular && plural) {
        free(found);
        found = NULL;
        status = dia_store_attribute_text(store, name, "units", &found, error);
        if (status == DIA_OK && (!dia_unit_convert(found, unit, &other) || fabs(other - *factor) > 1e-9 * *factor))
            status = dia_error_set(error, DIA_ERROR_INPUT,
                                   "'%s': dataset '%s' states two units that disagree: its attribute 'units' is "
                                   "'%.80s'; remove it or 'unit', whichever is wrong",
                                   store->path, name, found);
    }
    free(found);
    return status;
}

dia_status dia_store_read_in(const dia_store *store, const char *name, const char *unit, int rank, const size_t *dims,
                             double *values, bool *stated, dia_error *error)
{
    double factor = 1.0;
    size_t count = 1;
    dia_status status = dia_store_read(store, name, DIA_NUMBER_REAL, rank, dims, values, error);
    if (status == DIA_OK)
        status = dia_store_unit(store, name, unit, &factor, stated, error);
    for (int d = 0; d < rank; d++)
        count *= dims[d];
    for (size_t i = 0; status == DIA_OK && factor != 1.0 && i < count; i++)
        values[i] *= factor;
    return status;
}

bool dia_store_single(const dia_store *store, const char *name)
{
    dia_store_quiet();
    hid_t dataset = dia_store_has(store, name) ? dia_store_dataset(store, name, NULL) : H5I_INVALID_HID;
    if (dataset < 0)
        return false;
    hid_t type = H5Dget_type(dataset);
    bool single = H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == 4;
    H5Tclose(type);
    H5Dclose(dataset);
    return single;
}
