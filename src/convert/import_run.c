/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a file or folder of another program and writes a data set: the part that all formats share. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/config.h"
#include "convert/convert.h"
#include "store/store.h"

/* ---- files ----------------------------------------------------------------------------------- */

bool dia_import_path(const char *folder, const char *name, size_t size, char *text)
{
    const int length = snprintf(text, size, "%s/%s", folder, name);
    return length >= 0 && (size_t)length < size;
}

void dia_import_folder(const char *path, size_t size, char *text)
{
    const char *slash = strrchr(path, '/');
    snprintf(text, size, "%.*s", slash != NULL ? (int)(slash - path) : 1, slash != NULL ? path : ".");
}

bool dia_import_is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

size_t dia_import_head(const char *path, size_t size, char *text)
{
    FILE *file = is_folder(path) ? NULL : fopen(path, "rb");
    const size_t got = file != NULL ? fread(text, 1, size - 1, file) : 0;
    if (file != NULL)
        fclose(file);
    text[got] = '\0';
    return got;
}

bool dia_import_ends(const char *path, const char *ending)
{
    const size_t length = strlen(path), size = strlen(ending);
    return length >= size && strcmp(path + length - size, ending) == 0;
}

/* "point2" before "point10": numbers in names by their value. */
static int compare(const struct dirent **left, const struct dirent **right)
{
    const char *a = (*left)->d_name, *b = (*right)->d_name;
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        const size_t na = strspn(a, "0123456789"), nb = strspn(b, "0123456789");
        if (na > 0 && nb > 0 && na < 18 && nb < 18) {
            const long long x = strtoll(a, NULL, 10), y = strtoll(b, NULL, 10);
            if (x != y)
                return x < y ? -1 : 1;
            if (na != nb)
                return na < nb ? -1 : 1;
            a += na - 1;
            b += nb - 1;
        } else if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

enum { DEEPEST = 8 };

static bool wanted(const char *entry, const char *name)
{
    return name[0] == '*' ? dia_import_ends(entry, name + 1) : strcmp(entry, name) == 0;
}

/* The files of a folder first, then its folders. */
static dia_status each(dia_import *import, const char *folder, const char *name, dia_import_reader *read, int depth,
                       int *count, dia_error *error)
{
    char path[4096];
    struct dirent **entries = NULL;
    dia_status status = DIA_OK;
    const int n = depth < DEEPEST ? scandir(folder, &entries, visible, compare) : 0;
    for (int i = 0; i < n && status == DIA_OK; i++)
        if (wanted(entries[i]->d_name, name) && dia_import_path(folder, entries[i]->d_name, sizeof path, path) &&
            dia_import_is_file(path)) {
            ++*count;
            status = read(import, path, error);
        }
    for (int i = 0; i < n; i++) {
        if (status == DIA_OK && dia_import_path(folder, entries[i]->d_name, sizeof path, path) && is_folder(path))
            status = each(import, path, name, read, depth + 1, count, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

dia_status dia_import_each(dia_import *import, const char *path, const char *name, dia_import_reader *read, int *count,
                           dia_error *error)
{
    *count = 0;
    return each(import, path, name, read, 0, count, error);
}

static dia_status nothing(dia_import *import, const char *path, dia_error *error)
{
    (void)import;
    (void)path;
    return dia_error_set(error, DIA_ERROR_INTERRUPTED, "one is enough");
}

bool dia_import_holds(const char *folder, const char *name)
{
    int count = 0;
    dia_error found = {0};
    return is_folder(folder) && each(NULL, folder, name, nothing, 0, &count, &found) != DIA_OK;
}

/* ---- which format ---------------------------------------------------------------------------- */

static void list_readers(size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; dia_convert_formats[i] != NULL; i++)
        if (dia_convert_formats[i]->read != NULL && used < size)
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", dia_convert_formats[i]->name);
}

static dia_status choose(const char *name, const char *in, const dia_convert_format **format, dia_error *error)
{
    char known[300];
    struct stat about;
    list_readers(sizeof known, known);
    if (stat(in, &about) != 0)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be read: %s", in, strerror(errno));
    for (int i = 0; dia_convert_formats[i] != NULL; i++) {
        *format = dia_convert_formats[i];
        if ((*format)->read != NULL && (name != NULL ? strcmp(name, (*format)->name) == 0 : (*format)->recognise(in)))
            return DIA_OK;
    }
    if (name != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "--format: data sets are not made from '%s'; they are from %s",
                             name, known);
    return dia_error_set(error, DIA_ERROR_INPUT, "%s: its format is not recognised; add --format NAME, one of %s", in,
                         known);
}

/* ---- the whole ------------------------------------------------------------------------------- */

dia_status dia_import_run(const char *format, const char *in, const char *out, const dia_import_options *options,
                          bool replace, const dia_convert_format **chosen, int *npoint, dia_error *error)
{
    const dia_claim claim = {.path = out, .key = "OUT", .what = "a data set", .ours = dia_store_is, .replace = replace};
    dia_import import;
    dia_status status = choose(format, in, chosen, error);
    if (status == DIA_OK && !replace && dia_import_is_file(out) && !dia_output_same(in, out))
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: is there already; --force replaces it", out);
    if (status == DIA_OK)
        status = dia_output_check(&claim, 1, &in, error);
    if (status != DIA_OK)
        return status;
    status = dia_import_begin(&import, options, error);
    import.format = (*chosen)->name;
    import.path = in;
    import.units = (*chosen)->units;
    dia_import_where(&import, "%s", in);
    if (status == DIA_OK)
        status = (*chosen)->read(&import, error);
    *npoint = import.npoint;
    return dia_import_end(&import, status, out, error);
}
