/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* dladdr, RTLD_NOLOAD */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/output.h"
#include "model/object.h"

static void stem_of(const char *path, size_t size, char *stem)
{
    const char *base = strrchr(path, '/');
    base = base != NULL ? base + 1 : path;
    if (strncmp(base, "lib", 3) == 0)
        base += 3;
    snprintf(stem, size, "%.*s", (int)strcspn(base, "."), base);
}

/* Has the user named it in DIABOLO_PLUGINS, a list separated by colons? */
static bool named_by_user(const char *path)
{
    char item[4096];
    for (const char *list = getenv("DIABOLO_PLUGINS"); list != NULL && *list != '\0';) {
        const size_t length = strcspn(list, ":");
        snprintf(item, sizeof item, "%.*s", length < sizeof item ? (int)length : 0, list);
        if (dia_output_same(item, path))
            return true;
        list += length + (list[length] == ':');
    }
    return false;
}

/* A plug-in calls functions of the library. If the library was loaded without global symbols, as Python does, they
 * are made visible first. */
static void show_library(void)
{
    static const int here;
    Dl_info own;
    void *handle = dladdr(&here, &own) != 0 ? dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL) : NULL;
    if (handle != NULL)
        dlclose(handle); /* the symbols stay visible */
}

/* Is `symbol`, at address `found`, a type of the right version? Every type begins with its version. */
static dia_status check_version(const uint32_t *found, const char *path, const char *symbol, dia_error *error)
{
    if (*found == DIA_EXTEND_VERSION)
        return DIA_OK;
    char built[60] = "headers without a version (before 0.1.0)"; /* types without a version began with a pointer */
    if (*found < 1000)
        snprintf(built, sizeof built, "version %u", (unsigned)*found);
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s: '%s' was built for %s of diabolo/extend.h, this program takes version %d; build the "
                         "plug-in again with the headers of this program (diabolo %s)",
                         path, symbol, built, DIA_EXTEND_VERSION, dia_version());
}

dia_status dia_plugin_symbol(void **plugin, const void **type, const char *kind, const char *path, dia_error *error)
{
    char here[4096]; /* without a slash dlopen would look among the system's libraries */
    *plugin = NULL;
    show_library();
    snprintf(here, sizeof here, "%s%s", strchr(path, '/') == NULL ? "./" : "", path);
    void *handle = dlopen(here, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be loaded as a plug-in: %s", path, dlerror());
    char stem[128], symbol[160];
    stem_of(path, sizeof stem, stem);
    snprintf(symbol, sizeof symbol, "dia_%s_type_%s", kind, stem);
    const void *found = dlsym(handle, symbol);
    dia_status status = DIA_OK;
    if (found == NULL)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: has no symbol '%s'; a plug-in NAME.so must define `const dia_%s_type "
                               "dia_%s_type_NAME` and export it",
                               path, symbol, kind, kind);
    else
        status = check_version(found, path, symbol, error);
    if (status != DIA_OK) {
        dlclose(handle);
        return status;
    }
    *plugin = handle;
    *type = found;
    return DIA_OK;
}

dia_status dia_plugin_open(void **plugin, const dia_model_type **type, const char *path, bool stored, dia_error *error)
{
    const void *found = NULL;
    *plugin = NULL;
    if (stored && !named_by_user(path))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "the plug-in '%s' is not loaded: a data file names it, and a plug-in is a program. If you "
                             "trust it, name it yourself: by --model FILE where a command takes that, or in the "
                             "environment, DIABOLO_PLUGINS=%s",
                             path, path);
    dia_status status = dia_plugin_symbol(plugin, &found, "model", path, error);
    if (status != DIA_OK)
        return status;
    *type = found;
    if ((*type)->open == NULL || (*type)->tape_size == NULL || (*type)->hamiltonian == NULL ||
        (*type)->contract == NULL || (*type)->derivative == NULL) {
        dia_plugin_close(*plugin);
        *plugin = NULL;
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: the model type leaves out open, tape_size, hamiltonian, contract or derivative; only "
                             "close, pullback and theta may be NULL",
                             path);
    }
    return DIA_OK;
}

void dia_plugin_close(void *plugin)
{
    if (plugin != NULL)
        dlclose(plugin);
}
