/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one file holds, as a group of another. */
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"

/* All by hand: H5Ocopy crashes where an object has more than eight attributes of texts, and where a write fails (HDF5 1.10). */

enum { DEEPEST = 16 }; /* groups in groups: a file may hold a group that is its own member */

typedef struct failing {
    char reason[DIA_STORE_TEXT]; /* HDF5's, of the call that failed                       */
    const char *why;             /* a rule of ours, and what to do; NULL: HDF5's own reason */
    char where[DIA_STORE_TEXT];  /* names of the groups, of the object, of its attribute   */
} failing;

typedef struct copying {
    hid_t to; /* the new object */
    int depth;
    failing *fault;
} copying;

/* To be called at once: each later call of HDF5 forgets why the one before failed. */
static herr_t note(failing *fault)
{
    if (fault->reason[0] == '\0')
        dia_store_reason(sizeof fault->reason, fault->reason);
    return -1;
}

/* What failed is named from the inside out. */
static herr_t blame(failing *fault, const char *name, const char *why)
{
    char rest[sizeof fault->where];
    snprintf(rest, sizeof rest, "%s", fault->where);
    snprintf(fault->where, sizeof fault->where, "%.100s%s%.150s", name, rest[0] != '\0' ? "/" : "", rest);
    fault->why = fault->why != NULL ? fault->why : why;
    return -1;
}

static const char refers[] =
    "holds references to objects of its own file, which a copy in another one cannot: delete it, or store the names";

static herr_t copy_attribute(hid_t from, const char *name, const H5A_info_t *info, void *context)
{
    const copying *c = context;
    (void)info;
    const hid_t old = H5Aopen(from, name, H5P_DEFAULT), type = H5Aget_type(old), space = H5Aget_space(old);
    const char *why = H5Tdetect_class(type, H5T_REFERENCE) > 0 ? refers : NULL;
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    void *values = calloc(n > 0 ? (size_t)n : 1, H5Tget_size(type) + 1);
    herr_t status = values != NULL && n >= 0 && why == NULL ? H5Aread(old, type, values) : -1;
    if (status < 0)
        note(c->fault);
    if (status >= 0) {
        const hid_t new = H5Acreate2(c->to, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        status = new >= 0 ? H5Awrite(new, type, values) : -1;
        if (status < 0)
            note(c->fault);
        if (new >= 0 && H5Aclose(new) < 0)
            status = -1;
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
    }
    free(values);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(old);
    return status < 0 ? blame(c->fault, name, why) : status;
}

static herr_t copy_attributes(hid_t from, hid_t to, failing *fault)
{
    hsize_t first = 0;
    copying c = {.to = to, .fault = fault};
    return H5Aiterate2(from, H5_INDEX_NAME, H5_ITER_INC, &first, copy_attribute, &c);
}

/* Datasets of models and of results that are put together: they fit in memory. */
static herr_t copy_values(hid_t from, hid_t to, hid_t type, hid_t space, failing *fault)
{
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    if (n == 0)
        return 0;
    const size_t large = (size_t)1 << 30, bytes = n > 0 ? (size_t)n * H5Tget_size(type) : 0;
    if (bytes > large && bytes / 2000 > H5Dget_storage_size(from)) /* as in reading: no such file is whole */
        return note(fault);
    void *values = n > 0 ? dia_allocate((size_t)n, H5Tget_size(type)) : NULL;
    herr_t status = values != NULL ? H5Dread(from, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) : -1;
    if (status < 0)
        note(fault);
    if (status >= 0) {
        status = H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        if (status < 0)
            note(fault);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
    }
    free(values);
    return status;
}

static herr_t copy_dataset(hid_t from, const copying *into, const char *name)
{
    const hid_t type = H5Dget_type(from), space = H5Dget_space(from), properties = H5Dget_create_plist(from),
                to = H5Dcreate2(into->to, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (to < 0)
        note(into->fault);
    into->fault->why = H5Tdetect_class(type, H5T_REFERENCE) > 0 ? refers : NULL;
    herr_t status = to >= 0 && into->fault->why == NULL ? copy_values(from, to, type, space, into->fault) : -1;
    if (status >= 0)
        status = copy_attributes(from, to, into->fault);
    if (to >= 0 && H5Dclose(to) < 0)
        status = -1;
    H5Pclose(properties);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

/* A datatype with a name of its own. */
static herr_t copy_type(hid_t from, const copying *into, const char *name)
{
    const hid_t to = H5Tcopy(from), properties = dia_store_untimed(H5P_DATATYPE_CREATE);
    herr_t status = H5Tcommit2(into->to, name, to, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (status < 0)
        note(into->fault);
    if (status >= 0)
        status = copy_attributes(from, to, into->fault);
    H5Pclose(properties);
    if (H5Tclose(to) < 0)
        status = -1;
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

static herr_t copy_members(hid_t from, hid_t to, int depth, failing *fault)
{
    if (depth > DEEPEST) {
        fault->why = "is a group in too many others, perhaps in itself; no model has one: delete it";
        return -1;
    }
    const herr_t status = copy_attributes(from, to, fault);
    copying c = {.to = to, .depth = depth, .fault = fault};
    return status < 0 ? status : H5Literate(from, H5_INDEX_NAME, H5_ITER_INC, NULL, copy_link, &c);
}

static herr_t copy_group(hid_t from, const copying *into, const char *name)
{
    const hid_t properties = dia_store_untimed(H5P_GROUP_CREATE),
                to = H5Gcreate2(into->to, name, H5P_DEFAULT, properties, H5P_DEFAULT);
    herr_t status = to >= 0 ? copy_members(from, to, into->depth + 1, into->fault) : -1;
    if (to >= 0 && H5Gclose(to) < 0)
        status = -1;
    H5Pclose(properties);
    return status;
}

static herr_t copy_link(hid_t from, const char *name, const H5L_info_t *info, void *context)
{
    const copying *c = context;
    if (info->type != H5L_TYPE_HARD)
        return copy_reference(from, c->to, name, info) < 0 ? blame(c->fault, name, NULL) : 0;
    const hid_t object = H5Oopen(from, name, H5P_DEFAULT);
    const H5I_type_t kind = object >= 0 ? H5Iget_type(object) : H5I_BADID;
    const herr_t status = kind == H5I_DATASET    ? copy_dataset(object, c, name)
                          : kind == H5I_GROUP    ? copy_group(object, c, name)
                          : kind == H5I_DATATYPE ? copy_type(object, c, name)
                                                 : -1;
    if (object >= 0)
        H5Oclose(object);
    return status < 0 ? blame(c->fault, name, NULL) : 0;
}

/* A rule of ours is about the file that was read; what HDF5 cannot do is about both. */
static dia_status copy_failure(const dia_store *store, const char *name, const dia_store *from, const failing *fault,
                               dia_error *error)
{
    if (fault->where[0] == '\0')
        return dia_store_failure(store, "copy a file to", name, error);
    char where[4 * DIA_STORE_TEXT];
    dia_text_escape(sizeof where, where, strlen(fault->where), fault->where);
    if (fault->why != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "'%s': '%s' %s", from->path, where, fault->why);
    return dia_error_set(error, DIA_ERROR_FILE, "'%s': cannot copy '%s' of '%s' to '%s': %s", store->path, where,
                         from->path, name, fault->reason[0] != '\0' ? fault->reason : "HDF5 gives no reason");
}

dia_status dia_store_copy(dia_store *store, const char *name, const dia_store *from, dia_error *error)
{
    dia_store_quiet();
    const hid_t link = dia_store_link_properties(store, name), properties = dia_store_untimed(H5P_GROUP_CREATE);
    const hid_t to = H5Gcreate2(store->file, name, link, properties, H5P_DEFAULT);
    H5Pclose(properties);
    H5Pclose(link);
    failing fault = {0};
    const bool good = to >= 0 && copy_members(from->file, to, 0, &fault) >= 0;
    dia_status status = good ? DIA_OK : copy_failure(store, name, from, &fault, error);
    if (to >= 0 && H5Gclose(to) < 0 && status == DIA_OK)
        status = dia_store_failure(store, "copy a file to", name, error);
    return status;
}
