/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* strsep */
#include "contents_item.h"

#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BASES = 8, NAME = CONTENTS_NAME, LINES = 40 };

static struct {
    unsigned char *bytes;
    size_t size;
} bases[BASES];
static int nbase;

/* ---- valid files -------------------------------------------------------------------------------- */

static herr_t know_attribute(hid_t object, const char *attribute, const H5A_info_t *info, void *of)
{
    char name[2 * NAME];
    (void)object, (void)info;
    snprintf(name, sizeof name, "%s@%s", strcmp(of, ".") == 0 ? "" : (const char *)of, attribute);
    contents_know_one(name);
    return 0;
}

static herr_t know_object(hid_t file, const char *name, const H5O_info_t *info, void *context)
{
    char of[NAME];
    (void)info, (void)context;
    snprintf(of, sizeof of, "%s", name);
    if (strcmp(name, ".") != 0)
        contents_know_one(name);
    hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, know_attribute, of);
    H5Oclose(object);
    return 0;
}

/* Of libhdf5's own making, from the bytes to what is on the disk: an image that it hands out has a wrong checksum (HDF5 1.10). */
static hid_t open_copy(int base, const char *path)
{
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(bases[base].bytes, 1, bases[base].size, out) != bases[base].size || fclose(out) != 0)
        abort();
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, access);
    H5Pclose(access);
    return file;
}

void contents_load(const char *path)
{
    FILE *in = fopen(path, "rb");
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    if (in == NULL || nbase == BASES)
        abort();
    unsigned char *bytes = malloc(1 << 24);
    const size_t size = bytes != NULL ? fread(bytes, 1, 1 << 24, in) : 0;
    fclose(in);
    bases[nbase].bytes = bytes;
    bases[nbase].size = size;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0 || H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, know_object, NULL) < 0)
        abort();
    H5Fclose(file);
    nbase++;
}

int contents_bases(void)
{
    return nbase;
}

/* ---- the file ----------------------------------------------------------------------------------- */

bool contents_write(const uint8_t *bytes, size_t size, const char *path, int *base)
{
    char *text = calloc(size + 1, 1), *rest = text;
    if (text == NULL)
        abort();
    memcpy(text, bytes, size);
    *base = strncmp(text, "base ", 5) == 0 ? (int)(strtoul(text + 5, NULL, 10) % (unsigned)nbase) : 0;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = open_copy(*base, path);
    int n = 0;
    for (char *line; n < LINES && (line = strsep(&rest, "\n")) != NULL; n++)
        contents_change(file, line);
    const bool good = file >= 0 && H5Fclose(file) >= 0;
    free(text);
    return good;
}

const char *contents_file(void (*prepare)(void), const uint8_t *bytes, size_t size, const char *name, int *base)
{
    static bool prepared;
    if (!prepared)
        prepare();
    prepared = true;
    const char *path = fuzz_path(name);
    return contents_write(bytes, size, path, base) ? path : NULL;
}

void contents_all_closed(void)
{
    static hsize_t types_at_first;
    hsize_t spaces = 0, open_types = 0, lists = 0;
    H5Inmembers(H5I_DATASPACE, &spaces);
    H5Inmembers(H5I_DATATYPE, &open_types);
    H5Inmembers(H5I_GENPROP_LST, &lists);
    static hsize_t lists_at_first;
    if (types_at_first == 0) {
        types_at_first = open_types;
        lists_at_first = lists;
    }
    if (H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) != 0 || spaces != 0 || open_types > types_at_first ||
        lists > lists_at_first) {
        fprintf(stderr, "left open: %ld objects, %ld shapes, %ld types, %ld lists\n",
                (long)H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL), (long)spaces, (long)open_types - (long)types_at_first,
                (long)lists - (long)lists_at_first);
        abort();
    }
}
