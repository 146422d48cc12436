/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* strsep */
#include "contents_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers as they are in memory; NULL: it holds no numbers, or too many. */
static void *numbers_of(const item *at, hid_t *memory)
{
    *memory = at->class == H5T_INTEGER ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
    if ((at->class != H5T_INTEGER && at->class != H5T_FLOAT) || at->count == 0 || at->count > CONTENTS_MANY)
        return NULL;
    void *values = calloc(at->count, 8);
    if (values == NULL || item_read(at, *memory, values) < 0) {
        free(values);
        return NULL;
    }
    return values;
}

static void put_number(hid_t memory, void *values, size_t i, const char *text)
{
    if (memory == H5T_NATIVE_INT64)
        ((int64_t *)values)[i] = strtoll(text, NULL, 0);
    else
        ((double *)values)[i] = strtod(text, NULL);
}

static hid_t text_type(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_strpad(type, H5T_STR_NULLPAD); /* no NUL behind it */
    return type;
}

static void put_text(const item *at, const char *text, size_t size, bool variable)
{
    hid_t space = H5Screate(H5S_SCALAR), type = text_type(variable ? H5T_VARIABLE : size > 0 ? size : 1);
    if (variable)
        H5Tset_cset(type, H5T_CSET_UTF8);
    item_replace(at, type, space, type, variable ? (const void *)&text : text);
    H5Tclose(type);
    H5Sclose(space);
}

/* "%41" is A. Returns the length. */
static size_t unescape(char *text)
{
    size_t n = 0;
    for (const char *c = text; *c != '\0'; c++) {
        unsigned byte;
        if (*c == '%' && sscanf(c + 1, "%2x", &byte) == 1 && c[1] != '\0' && c[2] != '\0') {
            text[n++] = (char)byte;
            c += 2;
        } else {
            text[n++] = *c;
        }
    }
    text[n] = '\0';
    return n;
}

static hid_t parse_shape(const char *text)
{
    hsize_t dims[CONTENTS_RANK];
    int rank = 0;
    if (strncmp(text, "scalar", 6) == 0 || strncmp(text, "null", 4) == 0)
        return H5Screate(text[0] == 's' ? H5S_SCALAR : H5S_NULL);
    for (char *end; rank < CONTENTS_RANK - 1 && *text >= '0' && *text <= '9'; text = *end == 'x' ? end + 1 : end)
        dims[rank++] = strtoull(text, &end, 10);
    return rank > 0 ? H5Screate_simple(rank, dims, NULL) : -1;
}

static size_t points_of(hid_t space)
{
    const hssize_t points = H5Sget_simple_extent_npoints(space);
    return points < 0 ? SIZE_MAX : (size_t)points;
}

static void change_shape(const item *at, const char *argument)
{
    hid_t memory = -1, space = parse_shape(argument);
    if (space < 0)
        return;
    const size_t count = points_of(space);
    unsigned char *values = count <= CONTENTS_MANY ? numbers_of(at, &memory) : NULL, *more = NULL;
    if (values != NULL && (more = calloc(count + 1, 8)) != NULL)
        for (size_t i = 0; i < count; i++)
            memcpy(more + 8 * i, values + 8 * (i % at->count), 8);
    item_replace_with_unit(at, at->type, space, memory, more);
    free(values);
    free(more);
    H5Sclose(space);
}

const char *const contents_types[] = {"int8",   "int32",     "int64", "uint64", "float32", "float64",
                                      "big",    "long",      "text",  "bytes3", "enum",    "compound",
                                      "opaque", "reference", "vlen",  "array",  "bits"};
static hid_t parse_type(const char *name)
{
    const hsize_t three = 3;
    size_t t = 0;
    while (t < sizeof contents_types / sizeof *contents_types &&
           strncmp(contents_types[t], name, strlen(contents_types[t])) != 0)
        t++;
    hid_t type;
    switch (t) {
    case 0:
        return H5Tcopy(H5T_STD_I8LE);
    case 1:
        return H5Tcopy(H5T_STD_I32LE);
    case 2:
        return H5Tcopy(H5T_STD_I64LE);
    case 3:
        return H5Tcopy(H5T_STD_U64LE);
    case 4:
        return H5Tcopy(H5T_IEEE_F32LE);
    case 5:
        return H5Tcopy(H5T_IEEE_F64LE);
    case 6:
        return H5Tcopy(H5T_IEEE_F64BE);
    case 7:
        return H5Tcopy(H5T_NATIVE_LDOUBLE);
    case 8:
        return text_type(H5T_VARIABLE);
    case 9:
        return text_type(3);
    case 10:
        type = H5Tenum_create(H5T_STD_I8LE);
        H5Tenum_insert(type, "yes", &(int8_t){1});
        return type;
    case 11:
        type = H5Tcreate(H5T_COMPOUND, 8);
        H5Tinsert(type, "x", 0, H5T_IEEE_F64LE);
        return type;
    case 12:
        return H5Tcreate(H5T_OPAQUE, 8);
    case 13:
        return H5Tcopy(H5T_STD_REF_OBJ);
    case 14:
        return H5Tvlen_create(H5T_IEEE_F64LE);
    case 15:
        return H5Tarray_create2(H5T_IEEE_F64LE, 1, &three);
    case 16:
        return H5Tcopy(H5T_STD_B64LE);
    default:
        return -1;
    }
}

static void change_type(const item *at, const char *argument)
{
    hid_t memory = -1, type = parse_type(argument);
    if (type < 0)
        return;
    const H5T_class_t class = H5Tget_class(type);
    void *values = class == H5T_INTEGER || class == H5T_FLOAT ? numbers_of(at, &memory) : NULL;
    item_replace_with_unit(at, type, at->space, memory, values);
    free(values);
    H5Tclose(type);
}

static void change_numbers(const item *at, const char *verb, const char *argument)
{
    hid_t memory;
    char *end;
    uint64_t *values = numbers_of(at, &memory);
    if (values == NULL)
        return;
    const size_t n = at->count, i = strtoull(argument, &end, 10) % n, j = strtoull(end, NULL, 10) % n;
    if (strcmp(verb, "set") == 0)
        put_number(memory, values, i, end);
    for (size_t k = 0; k < n && strcmp(verb, "fill") == 0; k++)
        put_number(memory, values, k, argument);
    for (size_t k = 0; strcmp(verb, "reverse") == 0 && k < n / 2; k++) {
        const uint64_t kept = values[k];
        values[k] = values[n - 1 - k];
        values[n - 1 - k] = kept;
    }
    if (strcmp(verb, "swap") == 0) {
        const uint64_t kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
    item_write(at, memory, values);
    free(values);
}

static void change_text(const item *at, const char *verb, char *argument)
{
    char *end, *text = item_text(at);
    const size_t size = text != NULL ? strlen(text) : 0, place = strtoull(argument, &end, 10);
    if (strcmp(verb, "text") == 0) {
        const size_t length = unescape(argument);
        put_text(at, argument, length, length % 2 == 0);
    } else if (text != NULL && size > 0 && strcmp(verb, "cut") == 0) {
        text[place % size] = '\0';
        put_text(at, text, place % size, true);
    } else if (text != NULL && size > 0) {
        text[place % size] = (char)strtoul(end, NULL, 16);
        put_text(at, text, size, true);
    }
    free(text);
}

static void make(const item *at, char *argument)
{
    char *value = strchr(argument, ' ');
    hid_t space = parse_shape(argument);
    if (space < 0)
        return;
    const size_t count = points_of(space);
    double *values = count <= CONTENTS_MANY ? calloc(count + 1, sizeof *values) : NULL;
    for (size_t i = 0; values != NULL && value != NULL && i < count; i++)
        values[i] = strtod(value, NULL);
    item_replace(at, H5T_IEEE_F64LE, space, H5T_NATIVE_DOUBLE, values);
    free(values);
    H5Sclose(space);
}

static void make_link(const item *at, const char *verb, const char *argument)
{
    if (at->attribute[0] != '\0' || at->path[0] == '\0' || argument[0] == '\0')
        return;
    if (strcmp(verb, "hard") == 0 && !item_there(at->file, argument))
        return;
    item_remove(at);
    hid_t group = -1;
    if (strcmp(verb, "hard") == 0)
        H5Lcreate_hard(at->file, argument, at->file, at->path, H5P_DEFAULT, H5P_DEFAULT);
    else if (strcmp(verb, "soft") == 0)
        H5Lcreate_soft(argument, at->file, at->path, H5P_DEFAULT, H5P_DEFAULT);
    else if ((group = H5Gcreate2(at->file, at->path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)) >= 0)
        H5Gclose(group);
}

const char *const contents_verbs[] = {"remove", "group", "soft",    "hard", "shape", "type", "set",
                                      "fill",   "swap",  "reverse", "cut",  "byte",  "text", "make"};

void contents_change(hid_t file, char *line)
{
    char *rest = line, *object = strsep(&rest, " "), *verb = strsep(&rest, " ");
    static char nothing[] = "";
    char *argument = rest != NULL ? rest : nothing;
    item at;
    if (verb == NULL || strlen(object) >= CONTENTS_NAME)
        return;
    const bool found = item_open(&at, file, object);
    if (strcmp(verb, "remove") == 0)
        item_remove(&at);
    else if (strcmp(verb, "make") == 0)
        make(&at, argument);
    else if (strcmp(verb, "group") == 0 || strcmp(verb, "soft") == 0 || strcmp(verb, "hard") == 0)
        make_link(&at, verb, argument);
    else if (strcmp(verb, "text") == 0 || (found && (strcmp(verb, "cut") == 0 || strcmp(verb, "byte") == 0)))
        change_text(&at, verb, argument);
    else if (found && strcmp(verb, "shape") == 0)
        change_shape(&at, argument);
    else if (found && strcmp(verb, "type") == 0)
        change_type(&at, argument);
    else if (found)
        change_numbers(&at, verb, argument);
    item_close(&at);
}
