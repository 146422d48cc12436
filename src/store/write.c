/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing datasets. */
#include "store/internal.h"
#include "store/pack.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Datasets of up to so many bytes are one chunk without compression. */
static const size_t whole_bytes = 64 * 1024, chunk_bytes = DIA_STORE_CHUNK;

static size_t element_size(dia_number number)
{
    return H5Tget_size(dia_store_file_type(number));
}

/* Leading dimensions are cut first, so that a chunk is a run of whole rows wherever a row fits. */
static void chunk_shape(int rank, const hsize_t *dims, size_t size, hsize_t *chunk)
{
    hsize_t total = size;
    for (int d = 0; d < rank; d++)
        total *= chunk[d] = dims[d];
    for (int d = 0; d < rank && total > chunk_bytes; d++) {
        hsize_t rest = total / chunk[d];
        chunk[d] = rest < chunk_bytes ? chunk_bytes / rest : 1;
        total = rest * chunk[d];
    }
}

static hsize_t bytes_of(dia_number number, int rank, const hsize_t *dims)
{
    hsize_t total = element_size(number);
    for (int d = 0; d < rank; d++)
        total *= dims[d];
    return total;
}

/* HDF5 would spend its time on the low bits of doubles, which are noise: they get only the checksum, unless we pack them. */
static hid_t creation_properties(dia_number number, int rank, const hsize_t *dims, bool in_order, hsize_t *chunk)
{
    hid_t properties = dia_store_untimed(H5P_DATASET_CREATE);
    const hsize_t total = bytes_of(number, rank, dims);
    if (rank > 0 && total > 0) { /* HDF5 has checksums for chunks only */
        chunk_shape(rank, dims, element_size(number), chunk);
        H5Pset_chunk(properties, rank, chunk);
        /* A small one has its place at once: the same content is the same bytes, whatever was written when. */
        if (total <= whole_bytes)
            H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
        else if (number != DIA_NUMBER_REAL || in_order) {
            H5Pset_shuffle(properties);
            H5Pset_deflate(properties, in_order ? DIA_PACK_LEVEL : 4);
        }
        H5Pset_fletcher32(properties);
    }
    return properties;
}

/* Creates the dataset with its unit; fill: with NaN or -1; in_order: its rows will come so. */
static hid_t create(dia_store *store, const char *name, dia_number number, int rank, const size_t *dims, bool fill,
                    bool in_order, const char *unit, dia_error *error)
{
    assert(store->output.path != NULL && rank >= 0 && rank <= DIA_STORE_RANK);
    dia_store_quiet();
    hsize_t sizes[DIA_STORE_RANK], chunk[DIA_STORE_RANK] = {0};
    for (int d = 0; d < rank; d++)
        sizes[d] = dims[d];
    if (dia_store_has(store, name)) {
        dia_error_set(error, DIA_ERROR_FILE, "'%s': dataset '%s' is already there", store->path, name);
        return H5I_INVALID_HID;
    }
    hid_t space = rank > 0 ? H5Screate_simple(rank, sizes, NULL) : H5Screate(H5S_SCALAR);
    hid_t properties = creation_properties(number, rank, sizes, in_order, chunk),
          links = dia_store_link_properties(store, name);
    if (fill) {
        const double nan = NAN;
        const int64_t none = -1;
        bool real = number == DIA_NUMBER_REAL || number == DIA_NUMBER_FLOAT;
        H5Pset_fill_value(properties, real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, real ? (const void *)&nan : &none);
        H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC);
    }
    hid_t dataset = H5Dcreate2(store->file, name, dia_store_file_type(number), space, links, properties, H5P_DEFAULT);
    if (dataset < 0)
        dia_store_failure(store, "create", name, error);
    H5Pclose(links);
    H5Pclose(properties);
    H5Sclose(space);
    if (dataset >= 0 && unit != NULL && dia_store_set_text(store, name, "unit", unit, error) != DIA_OK) {
        H5Dclose(dataset);
        return H5I_INVALID_HID;
    }
    if (dataset >= 0 && in_order && bytes_of(number, rank, sizes) > whole_bytes &&
        dia_stream_begin(store, name, dataset, number, rank, dims, chunk, error) != DIA_OK) {
        H5Dclose(dataset);
        return H5I_INVALID_HID;
    }
    return dataset;
}

dia_status dia_store_write(dia_store *store, const char *name, dia_number number, int rank, const size_t *dims,
                           const void *values, const char *unit, dia_error *error)
{
    hid_t dataset = create(store, name, number, rank, dims, false, false, unit, error);
    if (dataset < 0)
        return error != NULL ? error->status : DIA_ERROR_FILE;
    dia_status status = DIA_OK;
    if (H5Dwrite(dataset, dia_store_memory_type(number), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = dia_store_failure(store, "write", name, error);
    if (H5Dclose(dataset) < 0 && status == DIA_OK)
        status = dia_store_failure(store, "write", name, error);
    return status;
}

dia_status dia_store_reserve(dia_store *store, const char *name, dia_number number, int rank, const size_t *dims,
                             bool in_order, const char *unit, dia_error *error)
{
    hid_t dataset = create(store, name, number, rank, dims, true, in_order, unit, error);
    if (dataset < 0)
        return error != NULL ? error->status : DIA_ERROR_FILE;
    return H5Dclose(dataset) < 0 ? dia_store_failure(store, "write", name, error) : DIA_OK;
}

dia_status dia_store_write_part(dia_store *store, const char *name, dia_number number, int rank, const size_t *dims,
                                int cut, const size_t *first, const size_t *count, const void *values, dia_error *error)
{
    assert(store->output.path != NULL && rank >= cut && rank <= DIA_STORE_RANK);
    dia_store_quiet();
    dia_status status = DIA_OK;
    if (dia_stream_take(store, name, rank, dims, cut, first, count, values, &status, error))
        return status;
    hid_t dataset = dia_store_dataset(store, name, error);
    if (dataset < 0)
        return error != NULL ? error->status : DIA_ERROR_FILE;
    dia_store_hold(store, name, dataset);
    hsize_t start[DIA_STORE_RANK] = {0}, size[DIA_STORE_RANK], found[DIA_STORE_RANK];
    bool some = true;
    for (int d = 0; d < rank; d++) {
        start[d] = d < cut ? first[d] : 0;
        size[d] = d < cut ? count[d] : dims[d];
        some = some && size[d] > 0;
        assert(start[d] + size[d] <= dims[d]);
    }
    hid_t file = H5Dget_space(dataset);
    bool same = H5Sget_simple_extent_ndims(file) == rank && H5Sget_simple_extent_dims(file, found, NULL) >= 0;
    for (int d = 0; same && d < rank; d++)
        same = found[d] == dims[d];
    if (!same) {
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "'%s': rows for dataset '%s' have another shape than it was reserved with", store->path,
                               name);
    } else if (some) {
        hid_t memory = H5Screate_simple(rank, size, NULL);
        H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, size, NULL);
        if (H5Dwrite(dataset, dia_store_memory_type(number), memory, file, H5P_DEFAULT, values) < 0)
            status = dia_store_failure(store, "write", name, error);
        H5Sclose(memory);
    }
    H5Sclose(file);
    if (H5Dclose(dataset) < 0 && status == DIA_OK)
        status = dia_store_failure(store, "write", name, error);
    return status;
}

dia_status dia_store_link(dia_store *store, const char *existing, const char *name, dia_error *error)
{
    assert(store->output.path != NULL);
    dia_store_quiet();
    hid_t links = dia_store_link_properties(store, name);
    herr_t made = H5Lcreate_hard(store->file, existing, store->file, name, links, H5P_DEFAULT);
    H5Pclose(links);
    return made < 0 ? dia_store_failure(store, "create", name, error) : DIA_OK;
}
