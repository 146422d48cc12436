/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dia_status dia_files_note(dia_files *files, const char *path, const char *digest, dia_error *error)
{
    for (int i = 0; i < files->n; i++)
        if (strcmp(files->items[i].path, path) == 0)
            return DIA_OK;
    if (files->n == files->room) {
        const int room = 2 * files->room + 4;
        dia_file *items = realloc(files->items, (size_t)room * sizeof *items);
        if (items == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a list of %d files", room);
        files->items = items;
        files->room = room;
    }
    dia_file *item = &files->items[files->n];
    item->path = strdup(path);
    if (item->path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the name of a file");
    snprintf(item->digest, sizeof item->digest, "%s", digest);
    files->n++;
    return DIA_OK;
}

dia_status dia_files_add(dia_files *files, const char *path, dia_error *error)
{
    char digest[DIA_DIGEST_SIZE];
    dia_status status = dia_digest_file(path, digest, error);
    return status == DIA_OK ? dia_files_note(files, path, digest, error) : status;
}

void dia_files_free(dia_files *files)
{
    for (int i = 0; i < files->n; i++)
        free((char *)files->items[i].path);
    free(files->items);
    *files = (dia_files){0};
}

char *dia_files_text(const dia_files *files)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    for (int i = 0; i < files->n; i++) {
        fprintf(stream, "%s  ", files->items[i].digest);
        for (const char *c = files->items[i].path; *c != '\0'; c++)
            fputc(*c == '\n' ? '?' : *c, stream); /* one line per file */
        fputc('\n', stream);
    }
    return fclose(stream) == 0 ? text : NULL;
}

dia_status dia_files_digest(const dia_files *files, char digest[DIA_DIGEST_SIZE], dia_error *error)
{
    if (files->n == 1) {
        memcpy(digest, files->items[0].digest, DIA_DIGEST_SIZE);
        return DIA_OK;
    }
    char *all = malloc((size_t)files->n * DIA_DIGEST_SIZE + 1);
    digest[0] = '\0';
    for (int i = 0; all != NULL && i < files->n; i++)
        memcpy(all + (size_t)i * DIA_DIGEST_SIZE, files->items[i].digest, DIA_DIGEST_SIZE);
    if (all == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a digest of %d files", files->n);
    dia_digest_bytes(all, (size_t)files->n * DIA_DIGEST_SIZE, digest);
    free(all);
    return DIA_OK;
}

static const char sampled_label[] = DIA_IDENTITY_SAMPLED;

static bool is_sampled(const char *line)
{
    return strncmp(line, sampled_label, sizeof sampled_label - 1) == 0;
}

/* In the order in which differences are reported: the user's own settings come before what follows from them. */
char *dia_identity_text(const dia_identity *identity)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    const char *resolved = identity->resolved;
    if (strncmp(resolved, "model: ", 7) == 0) {
        resolved += strcspn(resolved, "\n");
        resolved += resolved[0] == '\n';
    }
    fprintf(stream, "program version: %s\nprogram commit: %s\narithmetic: %s\n", identity->version, identity->commit,
            identity->arithmetic);
    for (int i = 0; identity->nfile > 1 && i < identity->nfile; i++) {
        const char *path = identity->files[i].path, *slash = strrchr(path, '/');
        fprintf(stream, "file of the model, %s: %s\n", slash != NULL ? slash + 1 : path, identity->files[i].digest);
    }
    fprintf(stream, "model: %s\n%s%s%s\n", identity->model_digest, resolved,
            identity->sampled ? sampled_label : "initial conditions: ", identity->initial_digest);
    return fclose(stream) == 0 ? text : NULL;
}

bool dia_identity_differs(const char *before, const char *now, size_t size, char *text)
{
    while (*before != '\0' || *now != '\0') {
        size_t a = strcspn(before, "\n"), b = strcspn(now, "\n");
        if ((a != b || memcmp(before, now, a) != 0) && !(is_sampled(before) && is_sampled(now))) {
            snprintf(text, size, "there: '%.*s'; now: '%.*s'", (int)(a < 200 ? a : 200), before,
                     (int)(b < 200 ? b : 200), now);
            return true;
        }
        before += a + (before[a] == '\n');
        now += b + (now[b] == '\n');
    }
    return false;
}
