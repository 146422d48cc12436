/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/text_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

dia_status dia_text_file_open(dia_text_file *text, const char *path, dia_error *error)
{
    text->file = NULL;
    const int length = snprintf(text->temporary, sizeof text->temporary, "%s.tmp", path);
    if (length < 0 || (size_t)length >= sizeof text->temporary)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: the path is too long", path);
    strcpy(text->path, path); /* shorter than the other */
    text->file = fopen(text->temporary, "w");
    if (text->file == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be written: %s", text->temporary, strerror(errno));
    return DIA_OK;
}

dia_status dia_text_file_close(dia_text_file *text, dia_status status, dia_error *error)
{
    bool good = fflush(text->file) == 0 && ferror(text->file) == 0 && fsync(fileno(text->file)) == 0;
    int why = errno;
    if (fclose(text->file) != 0 && good) {
        why = errno;
        good = false;
    }
    text->file = NULL;
    if (status == DIA_OK && good && rename(text->temporary, text->path) != 0) {
        why = errno;
        good = false;
    }
    if (status != DIA_OK || !good)
        remove(text->temporary);
    if (status != DIA_OK)
        return status;
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be written: %s", text->path, strerror(why));
}
