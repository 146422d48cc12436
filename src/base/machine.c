/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* _SC_PHYS_PAGES */
#include "base/machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/* Where Linux keeps the memory limit of a control group, versions 2 and 1; "max": no limit. */
static double group_limit(void)
{
    static const char *const files[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    double limit = INFINITY;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        FILE *file = fopen(files[i], "r");
        char text[64]; /* "max" where there is no limit */
        if (file == NULL)
            continue;
        const double found = fgets(text, sizeof text, file) != NULL ? strtod(text, NULL) : 0.0;
        if (found > 0)
            limit = fmin(limit, found);
        fclose(file);
    }
    return limit;
}

double dia_machine_memory(void)
{
    struct rlimit space;
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    double memory = pages > 0 && page > 0 ? (double)pages * (double)page : INFINITY;
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
        memory = fmin(memory, (double)space.rlim_cur);
    return fmin(memory, group_limit());
}

double dia_machine_disk(const char *path)
{
    struct statvfs disk;
    char folder[4096];
    const char *slash = strrchr(path, '/');
    const int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    if (snprintf(folder, sizeof folder, "%.*s", length, slash == NULL ? "." : path) >= (int)sizeof folder ||
        statvfs(folder, &disk) != 0)
        return INFINITY;
    return (double)disk.f_bavail * (double)disk.f_frsize;
}

void dia_bytes_text(double bytes, size_t size, char *text)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t u = 0;
    for (; bytes >= 999.5 && u + 1 < sizeof units / sizeof units[0]; u++)
        bytes /= 1000.0;
    snprintf(text, size, "%.3g %s", bytes, units[u]);
}

double dia_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
