/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "model/object.h"

static void stem_of(const char *path, size_t size, char *stem)
{
    const char *base = strrchr(path, '/');
    base = base != NULL ? base + 1 : path;
    if (strncmp(base, "lib", 3) == 0)
        base += 3;
    snprintf(stem, size, "%.*s", (int)strcspn(base, "."), base);
}

dia_status dia_plugin_open(void **plugin, const dia_model_type **type, const char *path, dia_error *error)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be loaded as a plug-in: %s", path, dlerror());
    char stem[128], symbol[160];
    stem_of(path, sizeof stem, stem);
    snprintf(symbol, sizeof symbol, "dia_model_type_%s", stem);
    const dia_model_type *found = dlsym(handle, symbol);
    if (found == NULL) {
        dlclose(handle);
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: has no symbol '%s'; a plug-in NAME.so must define `const dia_model_type "
                             "dia_model_type_NAME` and export it",
                             path, symbol);
    }
    if (found->open == NULL || found->tape_size == NULL || found->hamiltonian == NULL || found->contract == NULL ||
        found->derivative == NULL) {
        dlclose(handle);
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: '%s' leaves out open, tape_size, hamiltonian, contract or derivative; only "
                             "close, pullback and theta may be NULL",
                             path, symbol);
    }
    *plugin = handle;
    *type = found;
    return DIA_OK;
}

void dia_plugin_close(void *plugin)
{
    if (plugin != NULL)
        dlclose(plugin);
}
