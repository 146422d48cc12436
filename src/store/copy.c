/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one file holds, as a group of another. */
#include "store/internal.h"

#include <stdlib.h>

#include "base/arena.h"

/* All by hand: H5Ocopy crashes where an object has more than eight attributes of texts, and where a write fails (HDF5 1.10). */

enum { DEEPEST = 16 }; /* groups in groups: a file may hold a group that is its own member */

typedef struct copying {
    hid_t to; /* the new object */
    int depth;
} copying;

static herr_t copy_attribute(hid_t from, const char *name, const H5A_info_t *info, void *context)
{
    const copying *c = context;
    (void)info;
    const hid_t old = H5Aopen(from, name, H5P_DEFAULT), type = H5Aget_type(old), space = H5Aget_space(old);
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    void *values = calloc(n > 0 ? (size_t)n : 1, H5Tget_size(type) + 1);
    herr_t status = values != NULL && n >= 0 ? H5Aread(old, type, values) : -1;
    if (status >= 0) {
        const hid_t new = H5Acreate2(c->to, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        status = new >= 0 ? H5Awrite(new, type, values) : -1;
        if (new >= 0 && H5Aclose(new) < 0)
            status = -1;
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
    }
    free(values);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(old);
    return status;
}

static herr_t copy_attributes(hid_t from, hid_t to)
{
    hsize_t first = 0;
    return H5Aiterate2(from, H5_INDEX_NAME, H5_ITER_INC, &first, copy_attribute, &(copying){.to = to});
}

/* Datasets of models and of results that are put together: they fit in memory. */
static herr_t copy_values(hid_t from, hid_t to, hid_t type, hid_t space)
{
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    if (n == 0)
        return 0;
    const size_t large = (size_t)1 << 30, bytes = n > 0 ? (size_t)n * H5Tget_size(type) : 0;
    if (bytes > large && bytes / 2000 > H5Dget_storage_size(from)) /* as in reading: no such file is whole */
        return -1;
    void *values = n > 0 ? dia_allocate((size_t)n, H5Tget_size(type)) : NULL;
    herr_t status = values != NULL ? H5Dread(from, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) : -1;
    if (status >= 0) {
        status = H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
    }
    free(values);
    return status;
}

static herr_t copy_dataset(hid_t from, hid_t into, const char *name)
{
    const hid_t type = H5Dget_type(from), space = H5Dget_space(from), properties = H5Dget_create_plist(from),
                to = H5Dcreate2(into, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    herr_t status = to >= 0 ? copy_values(from, to, type, space) : -1;
    if (status >= 0)
        status = copy_attributes(from, to);
    if (to >= 0 && H5Dclose(to) < 0)
        status = -1;
    H5Pclose(properties);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

/* Soft and external links stay what they are, whether they lead anywhere or not; others are left out. */
static herr_t copy_reference(hid_t from, hid_t into, const char *name, const H5L_info_t *info)
{
    char *value = calloc(info->u.val_size + 1, 1);
    const char *file, *object;
    unsigned flags;
    herr_t status = value != NULL ? H5Lget_val(from, name, value, info->u.val_size, H5P_DEFAULT) : -1;
    if (status >= 0 && info->type == H5L_TYPE_SOFT)
        status = H5Lcreate_soft(value, into, name, H5P_DEFAULT, H5P_DEFAULT);
    else if (status >= 0 && info->type == H5L_TYPE_EXTERNAL &&
             H5Lunpack_elink_val(value, info->u.val_size, &flags, &file, &object) >= 0)
        status = H5Lcreate_external(file, object, into, name, H5P_DEFAULT, H5P_DEFAULT);
    free(value);
    return status;
}

static herr_t copy_link(hid_t from, const char *name, const H5L_info_t *info, void *context);

static herr_t copy_members(hid_t from, hid_t to, int depth)
{
    const herr_t status = depth <= DEEPEST ? copy_attributes(from, to) : -1;
    copying c = {.to = to, .depth = depth};
    return status < 0 ? status : H5Literate(from, H5_INDEX_NAME, H5_ITER_INC, NULL, copy_link, &c);
}

static herr_t copy_group(hid_t from, hid_t into, const char *name, int depth)
{
    const hid_t properties = dia_store_untimed(H5P_GROUP_CREATE),
                to = H5Gcreate2(into, name, H5P_DEFAULT, properties, H5P_DEFAULT);
    herr_t status = to >= 0 ? copy_members(from, to, depth) : -1;
    if (to >= 0 && H5Gclose(to) < 0)
        status = -1;
    H5Pclose(properties);
    return status;
}

static herr_t copy_link(hid_t from, const char *name, const H5L_info_t *info, void *context)
{
    const copying *c = context;
    if (info->type != H5L_TYPE_HARD)
        return copy_reference(from, c->to, name, info);
    const hid_t object = H5Oopen(from, name, H5P_DEFAULT);
    if (object < 0)
        return -1;
    const herr_t status = H5Iget_type(object) == H5I_DATASET ? copy_dataset(object, c->to, name)
                          : H5Iget_type(object) == H5I_GROUP ? copy_group(object, c->to, name, c->depth + 1)
                                                             : -1;
    H5Oclose(object);
    return status < 0 ? -1 : 0;
}

dia_status dia_store_copy(dia_store *store, const char *name, const dia_store *from, dia_error *error)
{
    dia_store_quiet();
    const hid_t link = dia_store_link_properties(store, name), properties = dia_store_untimed(H5P_GROUP_CREATE);
    const hid_t to = H5Gcreate2(store->file, name, link, properties, H5P_DEFAULT);
    H5Pclose(properties);
    H5Pclose(link);
    const bool good = to >= 0 && copy_members(from->file, to, 0) >= 0;
    dia_status status = good ? DIA_OK : dia_store_failure(store, "copy a file to", name, error);
    if (to >= 0 && H5Gclose(to) < 0 && status == DIA_OK)
        status = dia_store_failure(store, "copy a file to", name, error);
    return status;
}
