/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one file holds, as a group of another. */
#include "store/internal.h"

#include <stdlib.h>

typedef struct copying {
    hid_t to; /* the new group */
} copying;

static herr_t copy_link(hid_t from, const char *name, const H5L_info_t *info, void *context)
{
    const copying *c = context;
    (void)info;
    return H5Ocopy(from, name, c->to, name, H5P_DEFAULT, H5P_DEFAULT);
}

/* By hand: H5Ocopy of an object with more than eight attributes of texts crashes (HDF5 1.10). */
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
        if (new >= 0)
            H5Aclose(new);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
    }
    free(values);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(old);
    return status;
}

dia_status dia_store_copy(dia_store *store, const char *name, const dia_store *from, dia_error *error)
{
    dia_store_quiet();
    const hid_t link = dia_store_link_properties(store, name), properties = dia_store_untimed(H5P_GROUP_CREATE);
    copying c = {.to = H5Gcreate2(store->file, name, link, properties, H5P_DEFAULT)};
    H5Pclose(properties);
    H5Pclose(link);
    hsize_t first = 0;
    bool good = c.to >= 0 && H5Aiterate2(from->file, H5_INDEX_NAME, H5_ITER_INC, &first, copy_attribute, &c) >= 0 &&
                H5Literate(from->file, H5_INDEX_NAME, H5_ITER_INC, NULL, copy_link, &c) >= 0;
    const dia_status status = good ? DIA_OK : dia_store_failure(store, "copy a file to", name, error);
    if (c.to >= 0)
        H5Gclose(c.to);
    return status;
}
