/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attributes. */
#include "store/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* "": the root, or the group that the store shows. */
static const char *object_name(const char *object)
{
    return object[0] != '\0' ? object : ".";
}

bool dia_store_has_attribute(const dia_store *store, const char *object, const char *name)
{
    dia_store_quiet();
    return dia_store_has(store, object) &&
           H5Aexists_by_name(store->file, object_name(object), name, H5P_DEFAULT) != 0; /* below 0: see dia_store_has */
}

/* Opens an attribute that must be there and hold one value of the class (or, if real, an integer). */
static hid_t open_attribute(const dia_store *store, const char *object, const char *name, H5T_class_t class,
                            const char *expected, dia_error *error)
{
    if (!dia_store_has_attribute(store, object, name)) {
        dia_error_set(error, DIA_ERROR_INPUT, "'%s': '%s' has no attribute '%s'", store->path, object_name(object),
                      name);
        return H5I_INVALID_HID;
    }
    hid_t attribute = H5Aopen_by_name(store->file, object_name(object), name, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0) {
        dia_store_failure(store, "read attribute", name, error);
        return attribute;
    }
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    H5T_class_t found = H5Tget_class(type);
    bool fits = found == class || (class == H5T_FLOAT && found == H5T_INTEGER);
    if (!fits || H5Sget_simple_extent_npoints(space) != 1) {
        dia_error_set(error, DIA_ERROR_INPUT, "'%s': attribute '%s' of '%s' must be %s", store->path, name,
                      object_name(object), expected);
        H5Aclose(attribute);
        attribute = H5I_INVALID_HID;
    }
    H5Sclose(space);
    H5Tclose(type);
    return attribute;
}

static herr_t read_attribute(hid_t object, hid_t type, void *buffer)
{
    return H5Aread(object, type, buffer);
}

dia_status dia_store_attribute_text(const dia_store *store, const char *object, const char *name, char **text,
                                    dia_error *error)
{
    *text = NULL;
    hid_t attribute = open_attribute(store, object, name, H5T_STRING, "one text", error);
    if (attribute < 0)
        return error != NULL ? error->status : DIA_ERROR_INPUT;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    bool unreadable;
    char **texts = dia_store_strings(attribute, type, space, 1, read_attribute, &unreadable);
    *text = texts != NULL ? strdup(texts[0]) : NULL;
    free(texts);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return *text != NULL ? DIA_OK : dia_store_failure(store, "read attribute", name, error);
}

static dia_status number_attribute(const dia_store *store, const char *object, const char *name, H5T_class_t class,
                                   const char *expected, hid_t memory, void *value, dia_error *error)
{
    hid_t attribute = open_attribute(store, object, name, class, expected, error);
    if (attribute < 0)
        return error != NULL ? error->status : DIA_ERROR_INPUT;
    dia_status status =
        H5Aread(attribute, memory, value) < 0 ? dia_store_failure(store, "read attribute", name, error) : DIA_OK;
    H5Aclose(attribute);
    return status;
}

dia_status dia_store_attribute_real(const dia_store *store, const char *object, const char *name, double *value,
                                    dia_error *error)
{
    dia_store_quiet();
    return number_attribute(store, object, name, H5T_FLOAT, "one number", H5T_NATIVE_DOUBLE, value, error);
}

dia_status dia_store_attribute_int(const dia_store *store, const char *object, const char *name, int64_t *value,
                                   dia_error *error)
{
    dia_store_quiet();
    return number_attribute(store, object, name, H5T_INTEGER, "one integer", H5T_NATIVE_INT64, value, error);
}

/* An attribute may come before anything else in its group: the group is made. */
static bool have_object(dia_store *store, const char *object)
{
    if (dia_store_has(store, object))
        return true;
    hid_t links = dia_store_link_properties(store, object), properties = dia_store_untimed(H5P_GROUP_CREATE);
    hid_t group = H5Gcreate2(store->file, object, links, properties, H5P_DEFAULT);
    H5Pclose(properties);
    H5Pclose(links);
    return group >= 0 && H5Gclose(group) >= 0;
}

/* count 0: a scalar. */
static dia_status set_attribute(dia_store *store, const char *object, const char *name, hid_t file, hid_t memory,
                                size_t count, const void *value, dia_error *error)
{
    assert(store->output.path != NULL);
    if (!have_object(store, object))
        return dia_store_failure(store, "create", object, error);
    const char *target = object_name(object);
    if (H5Aexists_by_name(store->file, target, name, H5P_DEFAULT) > 0)
        H5Adelete_by_name(store->file, target, name, H5P_DEFAULT);
    const hsize_t size = count;
    hid_t space = count > 0 ? H5Screate_simple(1, &size, NULL) : H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate_by_name(store->file, target, name, file, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    dia_status status = DIA_OK;
    if (attribute < 0 || H5Awrite(attribute, memory, value) < 0)
        status = dia_store_failure(store, "write attribute", name, error);
    if (attribute >= 0 && H5Aclose(attribute) < 0 && status == DIA_OK)
        status = dia_store_failure(store, "write attribute", name, error);
    H5Sclose(space);
    return status;
}

dia_status dia_store_set_text(dia_store *store, const char *object, const char *name, const char *text,
                              dia_error *error)
{
    dia_store_quiet();
    hid_t type = dia_store_text_type(-1);
    dia_status status = set_attribute(store, object, name, type, type, 0, &text, error);
    H5Tclose(type);
    return status;
}

dia_status dia_store_set_real(dia_store *store, const char *object, const char *name, double value, dia_error *error)
{
    dia_store_quiet();
    return set_attribute(store, object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 0, &value, error);
}

dia_status dia_store_set_int(dia_store *store, const char *object, const char *name, int64_t value, dia_error *error)
{
    dia_store_quiet();
    return set_attribute(store, object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, 0, &value, error);
}

dia_status dia_store_set_texts(dia_store *store, const char *object, const char *name, size_t count,
                               const char *const *texts, dia_error *error)
{
    dia_store_quiet();
    assert(count > 0);
    hid_t type = dia_store_text_type(-1);
    dia_status status = set_attribute(store, object, name, type, type, count, texts, error);
    H5Tclose(type);
    return status;
}

dia_status dia_store_set_ints(dia_store *store, const char *object, const char *name, size_t count, const int *values,
                              dia_error *error)
{
    dia_store_quiet();
    assert(count > 0);
    return set_attribute(store, object, name, H5T_STD_I32LE, H5T_NATIVE_INT, count, values, error);
}
