/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool item_there(hid_t file, const char *path)
{
    char part[CONTENTS_NAME];
    for (size_t i = 1; i <= strlen(path); i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (H5Lexists(file, part, H5P_DEFAULT) <= 0 || H5Oexists_by_name(file, part, H5P_DEFAULT) <= 0)
            return false;
    }
    return true;
}

static const char *holder(const item *at)
{
    return at->path[0] != '\0' ? at->path : ".";
}

/* False if there is no such object; the path is set all the same. */
bool item_open(item *at, hid_t file, const char *name)
{
    const char *mark = strchr(name, '@');
    *at = (item){.file = file, .id = -1, .type = -1, .space = -1};
    snprintf(at->path, sizeof at->path, "%.*s", mark != NULL ? (int)(mark - name) : (int)strlen(name), name);
    snprintf(at->attribute, sizeof at->attribute, "%s", mark != NULL ? mark + 1 : "");
    if (at->path[0] != '\0' && !item_there(file, at->path))
        return false;
    if (mark != NULL && H5Aexists_by_name(file, holder(at), at->attribute, H5P_DEFAULT) > 0)
        at->id = H5Aopen_by_name(file, holder(at), at->attribute, H5P_DEFAULT, H5P_DEFAULT);
    else if (mark == NULL && at->path[0] != '\0')
        at->id = H5Oopen(file, at->path, H5P_DEFAULT);
    if (at->id >= 0 && mark == NULL && H5Iget_type(at->id) != H5I_DATASET) {
        H5Oclose(at->id);
        at->id = -1;
    }
    if (at->id < 0)
        return false;
    at->type = mark != NULL ? H5Aget_type(at->id) : H5Dget_type(at->id);
    at->space = mark != NULL ? H5Aget_space(at->id) : H5Dget_space(at->id);
    at->class = H5Tget_class(at->type);
    const hssize_t points = H5Sget_simple_extent_npoints(at->space);
    at->count = points > 0 ? (size_t)points : 0;
    return true;
}

void item_close(item *at)
{
    if (at->id >= 0)
        (void)(at->attribute[0] != '\0' ? H5Aclose(at->id) : H5Oclose(at->id));
    if (at->type >= 0)
        H5Tclose(at->type);
    if (at->space >= 0)
        H5Sclose(at->space);
    at->id = at->type = at->space = -1; /* its name stays */
}

herr_t item_read(const item *at, hid_t memory, void *values)
{
    return at->attribute[0] != '\0' ? H5Aread(at->id, memory, values)
                                    : H5Dread(at->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

herr_t item_write(const item *at, hid_t memory, const void *values)
{
    return at->attribute[0] != '\0' ? H5Awrite(at->id, memory, values)
                                    : H5Dwrite(at->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

void item_remove(const item *at)
{
    if (at->attribute[0] != '\0')
        H5Adelete_by_name(at->file, holder(at), at->attribute, H5P_DEFAULT);
    else if (at->path[0] != '\0')
        H5Ldelete(at->file, at->path, H5P_DEFAULT);
}

/* A new object in its place: of a file type and a shape, with values of a memory type (NULL: none). */
void item_replace(const item *at, hid_t type, hid_t space, hid_t memory, const void *values)
{
    if (at->attribute[0] != '\0' && H5Sget_simple_extent_npoints(space) > 1000)
        return; /* HDF5 1.10 itself stumbles over these */
    hid_t links = H5Pcreate(H5P_LINK_CREATE), made;
    H5Pset_create_intermediate_group(links, 1);
    item_remove(at);
    if (at->attribute[0] != '\0') {
        made =
            H5Acreate_by_name(at->file, holder(at), at->attribute, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (made >= 0 && values != NULL)
            H5Awrite(made, memory, values);
        if (made >= 0)
            H5Aclose(made);
    } else if (at->path[0] != '\0') {
        hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        hsize_t chunk[CONTENTS_RANK];
        const int rank = H5Sget_simple_extent_ndims(space);
        for (int d = 0; d < rank; d++)
            chunk[d] = 1;
        if (values == NULL && rank > 0) /* a large one of which the file holds nothing */
            H5Pset_chunk(creation, rank, chunk);
        made = H5Dcreate2(at->file, at->path, type, space, links, creation, H5P_DEFAULT);
        if (made >= 0 && values != NULL)
            H5Dwrite(made, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        if (made >= 0)
            H5Dclose(made);
        H5Pclose(creation);
    }
    H5Pclose(links);
}

char *item_text(const item *at)
{
    char *text = NULL;
    if (at->class != H5T_STRING || at->count != 1)
        return NULL;
    if (H5Tis_variable_str(at->type) > 0) {
        char *found = NULL;
        if (item_read(at, at->type, &found) >= 0 && found != NULL)
            text = strdup(found);
        H5free_memory(found);
    } else {
        text = calloc(H5Tget_size(at->type) + 1, 1);
        if (text != NULL && item_read(at, at->type, text) < 0)
            text[0] = '\0';
    }
    return text;
}

/* An item replaced keeps its other attributes: a unit, above all. */
void item_replace_with_unit(const item *at, hid_t type, hid_t space, hid_t memory, const void *values)
{
    item unit = {.id = -1, .type = -1, .space = -1};
    char name[2 * CONTENTS_NAME];
    snprintf(name, sizeof name, "%s@unit", at->path);
    char *text = at->attribute[0] == '\0' && item_open(&unit, at->file, name) ? item_text(&unit) : NULL;
    item_close(&unit);
    item_replace(at, type, space, memory, values);
    if (text != NULL && item_there(at->file, at->path)) {
        hid_t variable = H5Tcopy(H5T_C_S1), scalar = H5Screate(H5S_SCALAR);
        H5Tset_size(variable, H5T_VARIABLE);
        H5Tset_cset(variable, H5T_CSET_UTF8);
        item_replace(&unit, variable, scalar, variable, &text);
        H5Tclose(variable);
        H5Sclose(scalar);
    }
    free(text);
}
