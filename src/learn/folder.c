/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* realpath */
/* The folder of a course: whose it is, what may be removed from it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/provenance.h"
#include "learn/course.h"
#include "learn/process.h"

static const char first_line[] = "# diabolo learn: settings that decide which labels are asked for\n";

/* Settings and digest of the start: what an existing folder must have been made by. */
static dia_status identity(const dia_course *c, char **text, dia_error *error)
{
    char digest[DIA_DIGEST_SIZE], level[300];
    const char *start = c->settings.start.data != NULL ? c->settings.start.data : c->settings.start.geometry;
    char *settings = dia_learn_settings_text(&c->settings);
    size_t size = 0;
    FILE *out = settings != NULL ? open_memstream(text, &size) : NULL;
    dia_status status = out != NULL ? dia_digest_file(start, digest, error)
                                    : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the settings");
    if (status == DIA_OK) {
        c->bench.type->level(c->bench.self, c->settings.engine.states, sizeof level, level);
        fprintf(out, "%s%s# start: %s\n# labels: %s\n", first_line, settings, digest, level);
    }
    if (out != NULL)
        status = dia_text_close(out, text, status == DIA_OK ? error : NULL) == DIA_OK ? status : DIA_ERROR_MEMORY;
    free(settings);
    return status;
}

/* What a call makes in its folder, besides rounds and the lock; learn.yaml, which says so, is made first and removed last. */
static const char *const names[] = {"kept",       "scratch", "learn.txt", "learn.json",
                                    "learn.html", "log.txt", "learn.yaml"};
enum { NNAME = sizeof names / sizeof names[0] };

/* A folder without the settings of a call: whatever has the name of a result in it is somebody else's. */
static dia_status check_free(const dia_course *c, dia_error *error)
{
    char *path = NULL;
    dia_status status = dia_course_path(c, 0, "", &path, error);
    for (size_t i = 0; status == DIA_OK && !dia_course_exists(path) && i < NNAME; i++) {
        free(path);
        status = dia_course_path(c, -1, names[i], &path, error);
    }
    if (status == DIA_OK && dia_course_exists(path))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: is there already and was not made by `diabolo learn`; choose another output.folder",
                               path);
    free(path);
    return status;
}

/* Does `clean` remove the file? */
static bool is_result(const dia_course *c, const char *file)
{
    char *folder = realpath(c->folder, NULL), *whole = realpath(file, NULL);
    const size_t length = folder != NULL ? strlen(folder) : 0;
    bool found = false;
    if (folder != NULL && whole != NULL && strncmp(whole, folder, length) == 0 && whole[length] == '/') {
        char *first = whole + length + 1;
        first[strcspn(first, "/")] = '\0';
        found = strncmp(first, "round-", 6) == 0;
        for (size_t i = 0; i < NNAME; i++)
            found |= strcmp(first, names[i]) == 0;
    }
    free(folder);
    free(whole);
    return found;
}

/* Removes what an earlier call left: only names that a call makes. */
static void clean(const dia_course *c)
{
    char *path = NULL;
    dia_error ignored = {0};
    for (int round = 0; round < 10000; round++) {
        const bool there = dia_course_path(c, round, "", &path, &ignored) == DIA_OK && dia_course_exists(path);
        if (there)
            dia_folder_remove(path);
        free(path);
        if (!there)
            break;
    }
    for (size_t i = 0; i < NNAME; i++) {
        if (dia_course_path(c, -1, names[i], &path, &ignored) == DIA_OK)
            dia_folder_remove(path);
        free(path);
    }
}

/* May the folder be used? What is not known to be an earlier call's result, or is needed, stays. Nothing is made yet, so that a
 * call that is refused leaves nothing in a folder of somebody else. */
static dia_status check_room(const dia_course *c, bool fresh, dia_error *error)
{
    const char *start = c->settings.start.data != NULL ? c->settings.start.data : c->settings.start.geometry;
    char *path = NULL;
    dia_status status = dia_course_path(c, -1, "learn.yaml", &path, error);
    if (status != DIA_OK)
        return status;
    if (!dia_course_exists(path))
        status = check_free(c, error);
    else if (!dia_output_marked(path, first_line))
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s: is there already and was not made by `diabolo learn`, which keeps its settings under "
                          "that name; choose another output.folder",
                          path);
    else if (fresh && is_result(c, start))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "start: '%s' is one of the files that --fresh would remove; copy it elsewhere, or "
                               "choose another output.folder",
                               start);
    free(path);
    return status;
}

/* Do the settings differ? Not where an earlier version of the program did not know a key that has its default now. */
static bool differ(const dia_course *c, const char *before, const char *now, size_t size, char *difference)
{
    static const char last[] = "\n# start: "; /* digests stand behind the settings */
    if (!dia_identity_differs(before, now, size, difference))
        return false;
    char *completed = dia_learn_settings_completed(before, dia_config_directory(c->config)), *all = NULL;
    const char *end = strstr(before, last);
    size_t length = 0;
    FILE *out = completed != NULL && end != NULL ? open_memstream(&all, &length) : NULL;
    dia_error ignored = {0};
    bool other = true;
    if (out != NULL) {
        fprintf(out, "%s%s%s", first_line, completed, end + 1);
        if (dia_text_close(out, &all, &ignored) == DIA_OK)
            other = dia_identity_differs(all, now, size, difference);
    }
    free(all);
    free(completed);
    return other;
}

static dia_status claim(dia_course *c, bool fresh, dia_error *error)
{
    char *path = NULL, *now = NULL, *before = NULL, difference[600];
    dia_status status = dia_course_path(c, -1, "learn.yaml", &path, error);
    if (status == DIA_OK && fresh && dia_course_exists(path))
        clean(c);
    if (status == DIA_OK)
        status = identity(c, &now, error);
    const bool there = status == DIA_OK && dia_course_exists(path);
    if (there)
        status = dia_file_text(path, 1 << 22, &before, error);
    if (status == DIA_OK && there && differ(c, before, now, sizeof difference, difference))
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s: this folder belongs to other settings (%s): go on with those, which are in its "
                          "learn.yaml; or choose another output.folder, where `start: {data: all.h5 of the last round "
                          "here}` takes over its labels; or let --fresh remove what is there",
                          c->folder, difference);
    if (status == DIA_OK && !there)
        status = dia_course_text(path, now, error);
    free(path);
    free(now);
    free(before);
    return status;
}

static dia_status lock_folder(dia_course *c, dia_error *error)
{
    char *lock = NULL;
    dia_status status = dia_folder_make(c->folder, error);
    if (status == DIA_OK)
        status = dia_course_path(c, -1, "lock", &lock, error);
    if (status == DIA_OK)
        status = dia_lock_open(&c->lock, lock, "learning", error);
    free(lock);
    return status;
}

dia_status dia_folder_claim(dia_course *c, bool fresh, dia_error *error)
{
    dia_status status = check_room(c, fresh, error);
    if (status == DIA_OK)
        status = lock_folder(c, error);
    return status == DIA_OK ? claim(c, fresh, error) : status;
}

/* The lock goes while it is held: later it may belong to another call. */
void dia_folder_release(const dia_course *c)
{
    char *path = NULL;
    dia_error ignored = {0};
    if (c->lock >= 0 && dia_course_path(c, -1, "lock", &path, &ignored) == DIA_OK)
        unlink(path);
    if (c->lock >= 0)
        close(c->lock);
    free(path);
}
