/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats there are: those that are written first. */
#include "convert/convert.h"

#include <string.h>

#include "base/config.h"

const dia_convert_format *const dia_convert_formats[] = {
    &dia_convert_format_extxyz,     &dia_convert_format_h5md,     &dia_convert_format_sharc,
    &dia_convert_format_csv,        &dia_convert_format_asedb,    &dia_convert_format_npz,
    &dia_convert_format_pyrai2md,   &dia_convert_format_columbus, &dia_convert_format_bagel,
    &dia_convert_format_openmolcas, &dia_convert_format_newtonx,  NULL};

static void names(size_t size, const char **list, char *text)
{
    text[0] = '\0';
    for (int i = 0; dia_convert_formats[i] != NULL && dia_convert_formats[i]->swarm != NULL; i++) {
        const size_t length = strlen(text);
        const dia_convert_format *format = dia_convert_formats[i];
        snprintf(text + length, size - length, "%s%s%s%s%s", i > 0 ? ", " : "", format->name,
                 format->suffixes[0] != '\0' ? " (" : "", format->suffixes, format->suffixes[0] != '\0' ? ")" : "");
        list[i] = format->name;
        list[i + 1] = NULL;
    }
}

/* Does the path end in one of the suffixes? */
static bool ends(const char *path, const char *suffixes)
{
    const size_t length = strlen(path);
    for (const char *next = suffixes; *next != '\0';) {
        const size_t size = strcspn(next, " ");
        if (length > size && strncmp(path + length - size, next, size) == 0)
            return true;
        next += size;
        next += strspn(next, " ");
    }
    return false;
}

dia_status dia_convert_format_choose(const char *name, const char *out, const dia_convert_format **format,
                                     dia_error *error)
{
    enum { MOST = 16 };
    const char *list[MOST];
    char known[300];
    names(sizeof known, list, known);
    for (int i = 0; dia_convert_formats[i] != NULL; i++) {
        *format = dia_convert_formats[i];
        if ((*format)->swarm != NULL &&
            (name != NULL ? strcmp(name, (*format)->name) == 0 : ends(out, (*format)->suffixes)))
            return DIA_OK;
    }
    if (name == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: its ending does not tell the format; add --format NAME: %s",
                             out, known);
    const char *near = dia_text_nearest(name, list);
    return dia_error_set(error, DIA_ERROR_INPUT, "--format: there is no format '%s'%s%s%s; there are %s", name,
                         near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "",
                         known);
}
