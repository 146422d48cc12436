/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* F_OFD_SETLK, memmem */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/provenance.h"

#ifndef F_OFD_SETLK
#define F_OFD_SETLK F_SETLK /* without this kind of lock, threads of one process do not exclude each other */
#endif

/* ---- folders and names ----------------------------------------------------------------------- */

/* The folder of a path, on the heap. */
static char *folder_of(const char *path)
{
    char *copy = strdup(path), *folder = copy != NULL ? strdup(dirname(copy)) : NULL;
    free(copy);
    return folder;
}

static bool same_node(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool dia_output_same(const char *a, const char *b)
{
    struct stat x, y;
    const bool there = stat(a, &x) == 0, also = stat(b, &y) == 0;
    if (there && also)
        return same_node(&x, &y);
    if (there || also)
        return false;
    const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
    if (strcmp(slash_a != NULL ? slash_a + 1 : a, slash_b != NULL ? slash_b + 1 : b) != 0)
        return false;
    char *folder_a = folder_of(a), *folder_b = folder_of(b);
    const bool same =
        folder_a != NULL && folder_b != NULL && stat(folder_a, &x) == 0 && stat(folder_b, &y) == 0 && same_node(&x, &y);
    free(folder_a);
    free(folder_b);
    return same;
}

bool dia_output_marked(const char *path, const char *mark)
{
    char head[4096];
    FILE *file = fopen(path, "rb");
    const size_t size = file != NULL ? fread(head, 1, sizeof head, file) : 0;
    if (file != NULL)
        fclose(file);
    return memmem(head, size, mark, strlen(mark)) != NULL;
}

/* ---- may it be written? ---------------------------------------------------------------------- */

static dia_status check_there(const dia_claim *claim, dia_error *error)
{
    struct stat about;
    if (stat(claim->path, &about) != 0)
        return errno == ENOENT ? DIA_OK
                               : dia_error_set(error, DIA_ERROR_FILE, "%s: '%s' cannot be written: %s", claim->key,
                                               claim->path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: '%s' is a folder; name the file to be written", claim->key,
                             claim->path);
    if (!S_ISREG(about.st_mode))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: '%s' is there already and is no file; choose another name",
                             claim->key, claim->path);
    if (claim->replace || about.st_size == 0) /* nothing is lost by replacing an empty file */
        return DIA_OK;
    bool (*ours)(const char *, const char *) = claim->ours != NULL ? claim->ours : dia_output_marked;
    if (claim->mark == NULL || !ours(claim->path, claim->mark))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: '%s' is there already and is not %s that could be replaced; choose another name, or "
                             "move it away",
                             claim->key, claim->path, claim->what);
    return DIA_OK;
}

dia_status dia_output_check(const dia_claim *claim, int ninput, const char *const *inputs, dia_error *error)
{
    if (claim->path[0] == '\0')
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: the name is empty; name the file to be written", claim->key);
    const size_t size = strlen(claim->path) + sizeof ".tmp";
    char *temporary = malloc(size);
    if (temporary == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the name of an output");
    snprintf(temporary, size, "%s.tmp", claim->path);
    dia_status status = DIA_OK;
    for (int i = 0; i < ninput && status == DIA_OK; i++)
        if (inputs[i] != NULL && (dia_output_same(claim->path, inputs[i]) || dia_output_same(temporary, inputs[i])))
            status =
                dia_error_set(error, DIA_ERROR_INPUT,
                              "%s: writing '%s' would overwrite '%s', which this command uses; choose another name",
                              claim->key, claim->path, inputs[i]);
    free(temporary);
    if (status == DIA_OK)
        status = check_there(claim, error);
    if (status != DIA_OK)
        return status;
    dia_output probe;
    status = dia_output_create(&probe, claim->path, error);
    if (status != DIA_OK)
        return error != NULL ? dia_error_prefix(error, "%s", claim->key) : status;
    dia_output_discard(&probe);
    return DIA_OK;
}

dia_status dia_output_existing(const dia_claim *claim, const char *before, const char *now, bool fresh, bool *complete,
                               dia_error *error)
{
    char difference[500];
    *complete = false;
    if (before == NULL || now == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare results");
    if (!dia_identity_differs(before, now, sizeof difference, difference))
        *complete = !fresh;
    else if (!fresh)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: is there already and is the result of something else (%s); choose another %s, or "
                             "--fresh to replace it",
                             claim->path, difference, claim->key);
    return DIA_OK;
}

/* ---- locks ----------------------------------------------------------------------------------- */

/* These locks belong to the open file, so that they also work between callers in one process. A second lock of the
 * old kind, far behind them in the file, belongs to the process and tells which process it is. */
static const off_t announcement = (off_t)1 << 62;

/* Returns 0 if locked, otherwise errno; *holder: the process that has the lock, 0: not known. */
static int take_lock(int descriptor, long *holder)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = announcement},
                 name = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = announcement, .l_len = 1};
    *holder = 0;
    if (fcntl(descriptor, F_OFD_SETLK, &lock) == 0) {
        (void)fcntl(descriptor, F_SETLK, &name); /* only for the message of a later caller */
        return 0;
    }
    const int why = errno;
    if (fcntl(descriptor, F_GETLK, &name) == 0)
        *holder = name.l_type == F_UNLCK ? 0 : (long)name.l_pid;
    return why;
}

bool dia_lock_held(const char *path, long *process)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = announcement},
                 name = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = announcement, .l_len = 1};
    const int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    *process = 0;
    const bool held = descriptor >= 0 && fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (held && fcntl(descriptor, F_GETLK, &name) == 0 && name.l_type != F_UNLCK && name.l_pid > 0)
        *process = (long)name.l_pid;
    if (descriptor >= 0)
        close(descriptor);
    return held;
}

/* Is the open file still what the path names? Its last holder may have removed it meanwhile. */
static bool still_there(int descriptor, const char *path)
{
    struct stat ours, there;
    return fstat(descriptor, &ours) == 0 && lstat(path, &there) == 0 && same_node(&ours, &there);
}

/* Opens a plain file without following a link. Returns -1 if it does not exist (O_CREAT | O_EXCL: if it exists); -2
 * for another failure, described in the error. O_NONBLOCK: do not wait for a pipe. */
static int open_plain(const char *path, int flags, dia_error *error)
{
    struct stat about;
    const int descriptor = open(path, flags | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    const int why = errno;
    if (descriptor >= 0 && fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode))
        return descriptor;
    if (descriptor >= 0)
        close(descriptor);
    else if (why == (flags & O_CREAT ? EEXIST : ENOENT))
        return -1;
    if (descriptor >= 0 || why == EISDIR || why == ENXIO)
        dia_error_set(error, DIA_ERROR_FILE, "'%s' is in the way: it is no file; move it away", path);
    else if (why == ELOOP)
        dia_error_set(error, DIA_ERROR_FILE, "'%s' is in the way: it is a symbolic link; remove it", path);
    else
        dia_error_set(error, DIA_ERROR_FILE, "cannot write '%s': %s", path, strerror(why));
    return -2;
}

dia_status dia_lock_open(int *descriptor, const char *path, const char *doing, dia_error *error)
{
    for (;;) {
        long holder;
        *descriptor = open_plain(path, O_CREAT, error);
        if (*descriptor < 0)
            return DIA_ERROR_FILE;
        const int why = take_lock(*descriptor, &holder);
        if (why == 0 && still_there(*descriptor, path))
            return DIA_OK;
        close(*descriptor);
        *descriptor = -1;
        if (why == EACCES || why == EAGAIN) {
            char who[40] = "";
            if (holder > 0)
                snprintf(who, sizeof who, " (process %ld)", holder);
            return dia_error_set(error, DIA_ERROR_FILE,
                                 "%s: another run%s is %s this output; wait for it, or choose another output.file",
                                 path, who, doing);
        }
        if (why != 0)
            return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be locked: %s", path, strerror(why));
    }
}

/* ---- writing --------------------------------------------------------------------------------- */

/* A file left by a killed program is removed under its lock, and a new one is created, so that a hard link to the
 * old file is not overwritten. */
static dia_status make_temporary(dia_output *output, dia_error *error)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        long holder;
        const bool stale = attempt % 2 == 0; /* first a file that may exist already */
        const int descriptor = open_plain(output->temporary, stale ? 0 : O_CREAT | O_EXCL, error);
        if (descriptor == -2)
            return DIA_ERROR_FILE;
        if (descriptor < 0)
            continue;
        const int why = take_lock(descriptor, &holder);
        if (why == EACCES || why == EAGAIN) {
            close(descriptor);
            return dia_error_set(error, DIA_ERROR_FILE,
                                 "'%s' is being written by another process; wait for it or choose another output",
                                 output->path);
        } /* else: locked, or a file system without locks: go on */
        if (!stale && still_there(descriptor, output->temporary)) {
            output->descriptor = descriptor;
            return DIA_OK;
        }
        if (stale && still_there(descriptor, output->temporary))
            unlink(output->temporary);
        close(descriptor);
    }
    return dia_error_set(error, DIA_ERROR_FILE, "'%s' is being written by another process", output->path);
}

dia_status dia_output_create(dia_output *output, const char *path, dia_error *error)
{
    const size_t size = strlen(path) + sizeof ".tmp";
    struct stat about;
    *output = (dia_output){.descriptor = -1};
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return dia_error_set(error, DIA_ERROR_FILE, "cannot write '%s': it exists and is not a file", path);
    output->path = strdup(path);
    output->temporary = malloc(size);
    dia_status status = DIA_OK;
    if (output->path == NULL || output->temporary == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write '%s'", path);
    if (status == DIA_OK) {
        snprintf(output->temporary, size, "%s.tmp", path);
        status = make_temporary(output, error);
    }
    if (status != DIA_OK)
        dia_output_discard(output);
    return status;
}

dia_status dia_output_open(dia_output *output, const char *path, dia_error *error)
{
    dia_status status = dia_output_create(output, path, error);
    if (status != DIA_OK)
        return status;
    output->stream = fdopen(output->descriptor, "w");
    if (output->stream != NULL)
        return DIA_OK;
    dia_output_discard(output);
    return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write '%s'", path);
}

/* The rename itself must reach the disk. A failure here is harmless: the file is complete. */
static void sync_folder(const char *path)
{
    char *folder = folder_of(path);
    const int descriptor = folder != NULL ? open(folder, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    free(folder);
}

/* Removed before unlocking: afterwards the name may belong to another writer. */
void dia_output_discard(dia_output *output)
{
    if (output->descriptor >= 0 && output->temporary != NULL)
        unlink(output->temporary);
    if (output->stream != NULL)
        fclose(output->stream); /* which closes the descriptor */
    else if (output->descriptor >= 0)
        close(output->descriptor);
    free(output->temporary);
    free(output->path);
    *output = (dia_output){.descriptor = -1};
}

dia_status dia_output_close(dia_output *output, dia_status status, dia_error *error)
{
    if (output->descriptor < 0)
        return status;
    errno = 0;
    if (status == DIA_OK && ((output->stream != NULL && (fflush(output->stream) != 0 || ferror(output->stream))) ||
                             fsync(output->descriptor) != 0 || rename(output->temporary, output->path) != 0))
        status = dia_error_set(error, DIA_ERROR_FILE, "cannot write '%s': %s", output->path,
                               errno != 0 ? strerror(errno) : "not all of it reached the disk");
    if (status == DIA_OK) {
        sync_folder(output->path);
        free(output->temporary); /* nothing left to remove */
        output->temporary = NULL;
    }
    dia_output_discard(output);
    return status;
}

dia_status dia_text_close(FILE *stream, char **text, dia_error *error)
{
    const bool failed = stream == NULL || ferror(stream) != 0;
    if ((stream == NULL || fclose(stream) == 0) && !failed)
        return DIA_OK;
    if (stream != NULL)
        free(*text);
    *text = NULL;
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a text");
}
