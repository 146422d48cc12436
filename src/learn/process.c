/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/config.h"
#include "base/control.h"
#include "base/machine.h"

extern char **environ;

/* ---- files and folders ----------------------------------------------------------------------- */

char *dia_path_join(const char *directory, const char *name)
{
    const size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL && name[0] == '/')
        snprintf(path, size, "%s", name);
    else if (path != NULL)
        snprintf(path, size, "%s/%s", directory, name);
    return path;
}

dia_status dia_folder_make(const char *path, dia_error *error)
{
    struct stat found;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode)))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_FILE, "%s: the folder cannot be made: %s", path, strerror(errno));
}

static void remove_inside(const char *path)
{
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inside = dia_path_join(path, entry->d_name);
        if (inside != NULL)
            dia_folder_remove(inside);
        free(inside);
    }
    if (folder != NULL)
        closedir(folder);
}

void dia_folder_remove(const char *path)
{
    struct stat found;
    if (lstat(path, &found) != 0)
        return;
    if (S_ISDIR(found.st_mode)) {
        remove_inside(path);
        rmdir(path);
    } else {
        unlink(path);
    }
}

dia_status dia_file_text(const char *path, size_t most, char **text, dia_error *error)
{
    FILE *file = fopen(path, "rb");
    *text = NULL;
    if (file == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "%s cannot be read: %s", path, strerror(errno));
    char *read = malloc(most + 2);
    const size_t n = read != NULL ? fread(read, 1, most + 1, file) : 0;
    fclose(file);
    if (read == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to read it", path);
    if (n > most || memchr(read, 0, n) != NULL) {
        free(read);
        return dia_error_set(error, DIA_ERROR_FILE, "%s is no text, or longer than %zu bytes", path, most);
    }
    read[n] = '\0';
    *text = read;
    return DIA_OK;
}

/* ---- programs -------------------------------------------------------------------------------- */

static bool is_file(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

char *dia_process_find(const char *word, const char *directory)
{
    char *path = dia_path_join(directory, word);
    if (path == NULL || is_file(path))
        return path;
    free(path);
    const char *list = getenv("PATH");
    for (const char *at = list != NULL ? list : "/usr/bin:/bin"; strchr(word, '/') == NULL && *at != '\0';) {
        const size_t n = strcspn(at, ":");
        char folder[4096];
        snprintf(folder, sizeof folder, "%.*s", (int)n, n > 0 ? at : ".");
        path = dia_path_join(folder, word);
        if (path == NULL || (is_file(path) && access(path, X_OK) == 0))
            return path;
        free(path);
        at += n + (at[n] == ':');
    }
    return NULL;
}

/* The environment with `set` in front: the first of a name counts. Heap. */
static const char **environment(const char *const *set)
{
    size_t n = 1;
    for (size_t i = 0; set != NULL && set[i] != NULL; i++)
        n++;
    for (char **at = environ; at != NULL && *at != NULL; at++)
        n++;
    const char **all = calloc(n, sizeof *all);
    if (all == NULL)
        return NULL;
    size_t k = 0;
    for (size_t i = 0; set != NULL && set[i] != NULL; i++)
        all[k++] = set[i];
    for (char **at = environ; at != NULL && *at != NULL; at++) {
        bool replaced = false;
        for (size_t i = 0; set != NULL && set[i] != NULL; i++)
            replaced = replaced || strncmp(*at, set[i], strcspn(set[i], "=") + 1) == 0;
        if (!replaced)
            all[k++] = *at;
    }
    return all;
}

enum { NOT_RUN = SIGUSR1 }; /* how a child ends that could not become the program */

/* In the child, between fork and exec: only what is safe there. */
static void become(const dia_process *p, const char *const *all, int out)
{
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* if this program is killed, its engines do not go on */
#endif
    const int none = open("/dev/null", O_RDONLY);
    if (none >= 0 && dup2(none, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0 && chdir(p->folder) == 0)
        execve(p->command[0], (char *const *)(uintptr_t)p->command, (char *const *)(uintptr_t)all);
    signal(NOT_RUN, SIG_DFL);
    kill(getpid(), NOT_RUN);
}

/* Appends the last lines of the output to the error, safe for a terminal. */
static dia_status quote(const dia_process *p, const char *what, dia_error *error)
{
    enum { LAST = 600 };
    char tail[LAST + 1] = "", safe[4 * LAST + 1] = "", *path = dia_path_join(p->folder, "out");
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    if (file != NULL && (fseek(file, -LAST, SEEK_END) == 0 || fseek(file, 0, SEEK_SET) == 0))
        tail[fread(tail, 1, LAST, file)] = '\0';
    if (file != NULL)
        fclose(file);
    free(path);
    const char *from = strlen(tail) == LAST && strchr(tail, '\n') != NULL ? strchr(tail, '\n') + 1 : tail;
    size_t n = strlen(from);
    while (n > 0 && (from[n - 1] == '\n' || from[n - 1] == ' '))
        n--;
    dia_text_escape(sizeof safe, safe, n, from);
    for (char *c = safe; *c != '\0'; c++)
        *c = *c == '\n' ? ' ' : *c; /* an error of a label is one line */
    return dia_error_set(error, DIA_ERROR_NUMERIC, "%s %s%s%s", p->command[0], what,
                         safe[0] != '\0' ? "; it said: " : "", safe);
}

static dia_status wait_for(const dia_process *p, pid_t child, dia_error *error)
{
    const double begun = dia_seconds();
    int status = 0;
    char what[80];
    for (double pause = 0.0005; waitpid(child, &status, WNOHANG) == 0; pause = pause < 0.02 ? 1.3 * pause : pause) {
        const bool late = p->timeout > 0.0 && dia_seconds() - begun > p->timeout,
                   stop = dia_control_stopped(p->control);
        if (late || stop) {
            kill(-child, SIGKILL);
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            if (stop)
                return dia_error_set(error, DIA_ERROR_INTERRUPTED, "stopped while %s was running", p->command[0]);
            snprintf(what, sizeof what, "took longer than engine.timeout, %.6g s", p->timeout);
            return quote(p, what, error);
        }
        nanosleep(&(struct timespec){.tv_nsec = (long)(1e9 * pause)}, NULL);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return DIA_OK;
    if (WIFSIGNALED(status) && WTERMSIG(status) == NOT_RUN)
        return dia_error_set(error, DIA_ERROR_FILE, "%s cannot be run", p->command[0]);
    if (WIFSIGNALED(status))
        snprintf(what, sizeof what, "was ended by signal %d", WTERMSIG(status));
    else
        snprintf(what, sizeof what, "ended with exit status %d", WEXITSTATUS(status));
    return quote(p, what, error);
}

dia_status dia_process_run(const dia_process *p, dia_error *error)
{
    char *path = dia_path_join(p->folder, "out");
    const char **all = environment(p->set);
    const int out = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    dia_status status = DIA_OK;
    if (path == NULL || all == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to run %s", p->command[0]);
    else if (out < 0)
        status = dia_error_set(error, DIA_ERROR_FILE, "%s cannot be written: %s", path, strerror(errno));
    const pid_t child = status == DIA_OK ? fork() : -1;
    if (child == 0)
        become(p, all, out);
    if (status == DIA_OK && child < 0)
        status = dia_error_set(error, DIA_ERROR_FILE, "no process for %s: %s", p->command[0], strerror(errno));
    if (out >= 0)
        close(out);
    if (status == DIA_OK) {
        setpgid(child, child); /* in both, whoever comes first; a group, so that all it starts can be ended */
        status = wait_for(p, child, error);
    }
    free(path);
    free(all);
    return status;
}
