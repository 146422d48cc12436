/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages from HDF5's errors, and small functions on types and properties. */
#include "store/internal.h"

#include <stdio.h>
#include <string.h>

void dia_store_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* Upward walk: the first entry is the innermost, which names the cause. Where the system refused, only its words are
 * taken ("File too large"): HDF5 wraps them in times, descriptors and addresses in memory. */
static herr_t innermost(unsigned n, const H5E_error2_t *entry, void *text)
{
    static const char system[] = "error message = '";
    const char *reason = entry->desc, *words = reason != NULL ? strstr(reason, system) : NULL;
    if (words != NULL)
        reason = words + sizeof system - 1;
    if (n == 0 && reason != NULL)
        snprintf(text, DIA_STORE_TEXT, "%.*s", words != NULL ? (int)strcspn(reason, "'") : DIA_STORE_TEXT, reason);
    return 0;
}

void dia_store_reason(size_t size, char *reason)
{
    char text[DIA_STORE_TEXT] = "HDF5 gives no reason";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, text);
    snprintf(reason, size, "%s", text);
}

dia_status dia_store_failure(const dia_store *store, const char *verb, const char *name, dia_error *error)
{
    char reason[DIA_STORE_TEXT];
    dia_store_reason(sizeof reason, reason);
    return dia_error_set(error, DIA_ERROR_FILE, "'%s': cannot %s '%s': %s", store->path, verb, name, reason);
}

typedef struct name_list {
    size_t size, used;
    char *text;
} name_list;

static herr_t append_name(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    (void)group;
    (void)info;
    name_list *list = context;
    const char *comma = list->used > 0 ? ", " : "";
    size_t length = strlen(comma) + strlen(name);
    if (list->used + length + sizeof ", ..." > list->size) {
        list->used += (size_t)snprintf(list->text + list->used, list->size - list->used, ", ...");
        return 1; /* full: stop */
    }
    list->used += (size_t)snprintf(list->text + list->used, list->size - list->used, "%s%s", comma, name);
    return 0;
}

void dia_store_names(const dia_store *store, const char *group, size_t size, char *names)
{
    name_list list = {.size = size, .text = names};
    names[0] = '\0';
    hid_t id = H5Gopen2(store->file, group[0] != '\0' ? group : ".", H5P_DEFAULT);
    if (id >= 0) {
        H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, NULL, append_name, &list);
        H5Gclose(id);
    }
    if (list.used == 0)
        snprintf(names, size, "nothing");
}

void dia_store_shape_text(int rank, const size_t *dims, size_t size, char *text)
{
    size_t used = (size_t)snprintf(text, size, "(");
    for (int d = 0; d < rank && used < size; d++)
        used += (size_t)snprintf(text + used, size - used, "%s%zu", d > 0 ? ", " : "", dims[d]);
    if (used < size)
        snprintf(text + used, size - used, ")");
}

hid_t dia_store_memory_type(dia_number number)
{
    switch (number) {
    case DIA_NUMBER_INT:
        return H5T_NATIVE_INT;
    case DIA_NUMBER_INT8:
        return H5T_NATIVE_INT8;
    case DIA_NUMBER_INT64:
        return H5T_NATIVE_INT64;
    default:
        return H5T_NATIVE_DOUBLE;
    }
}

hid_t dia_store_file_type(dia_number number)
{
    switch (number) {
    case DIA_NUMBER_INT:
        return H5T_STD_I32LE;
    case DIA_NUMBER_INT8:
        return H5T_STD_I8LE;
    case DIA_NUMBER_INT64:
        return H5T_STD_I64LE;
    case DIA_NUMBER_FLOAT:
        return H5T_IEEE_F32LE;
    default:
        return H5T_IEEE_F64LE;
    }
}

hid_t dia_store_text_type(hid_t like)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, like >= 0 ? H5Tget_cset(like) : H5T_CSET_UTF8); /* HDF5 does not convert between sets */
    return type;
}

/* HDF5 ignores the properties and gives intermediate groups time stamps: so we make the groups. */
hid_t dia_store_link_properties(const dia_store *store, const char *name)
{
    hid_t properties = H5Pcreate(H5P_LINK_CREATE), untimed = dia_store_untimed(H5P_GROUP_CREATE);
    H5Pset_char_encoding(properties, H5T_CSET_UTF8);
    char path[DIA_STORE_TEXT];
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(path, sizeof path, "%.*s", (int)(slash - name), name);
        if (slash == name || dia_store_has(store, path))
            continue;
        hid_t group = H5Gcreate2(store->file, path, properties, untimed, H5P_DEFAULT);
        if (group >= 0) /* if this fails, creating the object inside fails with a message */
            H5Gclose(group);
    }
    H5Pclose(untimed);
    return properties;
}

hid_t dia_store_untimed(hid_t class_id)
{
    hid_t properties = H5Pcreate(class_id);
    H5Pset_obj_track_times(properties, false);
    return properties;
}
