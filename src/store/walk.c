/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listing the contents of a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

typedef struct walk {
    const dia_store *store;
    dia_store_visitor *visit;
    void *context;
} walk;

static void type_text(hid_t type, size_t size, char *text)
{
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        snprintf(text, size, "%zu-bit real", 8 * H5Tget_size(type));
        break;
    case H5T_INTEGER:
        snprintf(text, size, "%zu-bit integer", 8 * H5Tget_size(type));
        break;
    case H5T_STRING:
        snprintf(text, size, "text");
        break;
    default:
        snprintf(text, size, "other");
    }
}

static void shape_of(hid_t space, dia_store_item *item)
{
    hsize_t sizes[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_ndims(space);
    item->rank = rank >= 0 && rank <= DIA_STORE_RANK ? rank : 0;
    if (item->rank == 0 || H5Sget_simple_extent_dims(space, sizes, NULL) < 0)
        return;
    for (int d = 0; d < item->rank; d++)
        item->dims[d] = (size_t)sizes[d];
}

static herr_t object(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    const walk *in = context;
    char type_name[32] = "group", *unit = NULL;
    dia_store_item item = {.name = name, .type = type_name};
    if (strcmp(name, ".") == 0)
        return 0;
    if (info->type == H5O_TYPE_DATASET) {
        hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
        if (dataset < 0)
            return -1;
        hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
        type_text(type, sizeof type_name, type_name);
        shape_of(space, &item);
        H5Sclose(space);
        H5Tclose(type);
        H5Dclose(dataset);
        dia_error none = {0};
        if (dia_store_has_attribute(in->store, name, "unit") &&
            dia_store_attribute_text(in->store, name, "unit", &unit, &none) == DIA_OK)
            item.unit = unit;
    }
    in->visit(in->context, &item);
    free(unit);
    return 0;
}

dia_status dia_store_walk(const dia_store *store, dia_store_visitor *visit, void *context, dia_error *error)
{
    dia_store_quiet();
    walk in = {.store = store, .visit = visit, .context = context};
    if (H5Ovisit2(store->file, H5_INDEX_NAME, H5_ITER_INC, object, &in, H5O_INFO_BASIC) < 0)
        return dia_store_failure(store, "list", "/", error);
    return DIA_OK;
}

/* The value of a scalar attribute as text on the heap; NULL: no such attribute, or of another kind. */
static char *value_text(const dia_store *store, const char *name, const char *attribute, H5T_class_t class)
{
    dia_error none = {0};
    char *text = NULL;
    double real;
    int64_t integer;
    if (class == H5T_STRING) {
        if (dia_store_attribute_text(store, name, attribute, &text, &none) != DIA_OK)
            return NULL;
        return text;
    }
    enum { NUMBER = 40 };
    text = malloc(NUMBER);
    if (text != NULL && class == H5T_INTEGER &&
        dia_store_attribute_int(store, name, attribute, &integer, &none) == DIA_OK)
        snprintf(text, NUMBER, "%lld", (long long)integer);
    else if (text != NULL && class == H5T_FLOAT &&
             dia_store_attribute_real(store, name, attribute, &real, &none) == DIA_OK)
        snprintf(text, NUMBER, "%.12g", real);
    else {
        free(text);
        text = NULL;
    }
    return text;
}

typedef struct attribute_walk {
    walk all;
    const char *object;
} attribute_walk;

static herr_t attribute(hid_t location, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    const attribute_walk *in = context;
    char type_name[32];
    dia_store_item item = {.name = name, .type = type_name};
    hid_t one = H5Aopen(location, name, H5P_DEFAULT);
    if (one < 0)
        return -1;
    hid_t type = H5Aget_type(one), space = H5Aget_space(one);
    H5T_class_t class = H5Tget_class(type);
    type_text(type, sizeof type_name, type_name);
    shape_of(space, &item);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(one);
    char *value = item.rank == 0 ? value_text(in->all.store, in->object, name, class) : NULL;
    item.value = value;
    in->all.visit(in->all.context, &item);
    free(value);
    return 0;
}

dia_status dia_store_walk_attributes(const dia_store *store, const char *name, dia_store_visitor *visit, void *context,
                                     dia_error *error)
{
    dia_store_quiet();
    attribute_walk in = {.all = {.store = store, .visit = visit, .context = context}, .object = name};
    hsize_t first = 0;
    if (H5Aiterate_by_name(store->file, name[0] != '\0' ? name : ".", H5_INDEX_NAME, H5_ITER_INC, &first, attribute,
                           &in, H5P_DEFAULT) < 0)
        return dia_store_failure(store, "list the attributes of", name, error);
    return DIA_OK;
}
