/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* RTLD_DEFAULT, dladdr */
#include "cli/version.h"

#include <dlfcn.h>
#include <string.h>

#include "diabolo/base.h"

/* Library versions are looked up by symbol name, so that this file needs none of their headers and works with any
 * BLAS. */
static void *look_up(const char *symbol, void *function)
{
    void *found = dlsym(RTLD_DEFAULT, symbol);
    memcpy(function, &found, sizeof found); /* C has no cast from object to function pointer */
    return found;
}

/* The file a symbol comes from, without its folders. */
static const char *home(void *symbol)
{
    Dl_info info;
    if (symbol == NULL || dladdr(symbol, &info) == 0 || info.dli_fname == NULL)
        return "not found";
    const char *slash = strrchr(info.dli_fname, '/');
    return slash != NULL ? slash + 1 : info.dli_fname;
}

static void print_blas(FILE *out)
{
    char *(*configuration)(void) = NULL;
    void *symbol = look_up("openblas_get_config", &configuration);
    fprintf(out, "  BLAS    compiled with %s, loaded %s", DIABOLO_COMPILED_BLAS, home(dlsym(RTLD_DEFAULT, "dgemm_")));
    fprintf(out, symbol != NULL ? " (%s)\n" : "\n", symbol != NULL ? configuration() : "");
}

static void print_lapack(FILE *out)
{
    void (*version)(int *, int *, int *) = NULL;
    int number[3] = {0, 0, 0};
    if (look_up("ilaver_", &version) != NULL)
        version(&number[0], &number[1], &number[2]);
    fprintf(out, "  LAPACK  compiled with lapacke %s, loaded %s (%d.%d.%d)\n", DIABOLO_COMPILED_LAPACKE,
            home(dlsym(RTLD_DEFAULT, "dsyev_")), number[0], number[1], number[2]);
}

static void print_hdf5(FILE *out)
{
    int (*version)(unsigned *, unsigned *, unsigned *) = NULL;
    unsigned number[3] = {0, 0, 0};
    if (look_up("H5get_libversion", &version) != NULL)
        version(&number[0], &number[1], &number[2]);
    fprintf(out, "  HDF5    compiled with %s, loaded %u.%u.%u\n", DIABOLO_COMPILED_HDF5, number[0], number[1],
            number[2]);
}

void dia_version_print(FILE *out)
{
    const char *const *gsl = dlsym(RTLD_DEFAULT, "gsl_version");
    fprintf(out, "diabolo %s (commit %s)\n", dia_version(), dia_commit());
    print_blas(out);
    print_lapack(out);
    print_hdf5(out);
    fprintf(out, "  GSL     compiled with %s, loaded %s\n", DIABOLO_COMPILED_GSL, gsl != NULL ? *gsl : "not found");
}
