/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[200];

static void remove_folder(void)
{
    char command[300]; /* a folder of our own making, by mkdtemp */
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        fprintf(stderr, "%s remains\n", folder);
}

const char *fuzz_path(const char *name)
{
    static char paths[8][300];
    static unsigned turn;
    if (folder[0] == '\0') {
        const char *temporary = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/fuzz_XXXXXX", temporary != NULL ? temporary : "/tmp");
        if (mkdtemp(folder) == NULL)
            abort();
        atexit(remove_folder);
    }
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

void fuzz_check(dia_status status, const dia_error *error)
{
    if ((status != DIA_OK) != (error->text[0] != '\0') || (status != DIA_OK && error->status == DIA_OK) ||
        memchr(error->text, '\0', sizeof error->text) == NULL) {
        fprintf(stderr, "status %d, error %d, \"%.300s\"\n", status, error->status, error->text);
        abort();
    }
}

void fuzz_made(dia_status status, const dia_error *error)
{
    if (status == DIA_OK)
        return;
    fprintf(stderr, "a valid file could not be made: %s\n", error->text);
    abort();
}
