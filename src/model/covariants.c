/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/covariants.h"

#include <stdlib.h>
#include <string.h>

#include "diabolo/model.h"

/* Does B mix the packed elements k and j, for any image? */
static bool mixes(const dia_images *images, int k, int j)
{
    bool does = false;
    for (int g = 0; g < images->nimage && k != j && images->back != NULL; g++)
        does = does || dia_images_back(images, g, k, j) != 0.0 || dia_images_back(images, g, j, k) != 0.0;
    return does;
}

/* The elements with covariants, and which of them are mixed and so belong together. */
static dia_status find_elements(dia_covariants *of, dia_error *error)
{
    const dia_images *im = of->images;
    const int np = im->npacked;
    of->element = calloc((size_t)np, sizeof *of->element);
    of->set = calloc((size_t)np, sizeof *of->set);
    if (of->element == NULL || of->set == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    for (int i = 0; i < im->nstate; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j);
            bool any = i != j;
            for (int q = 0; q < np && !any; q++)
                any = mixes(im, k, q);
            if (any)
                of->element[of->nelement++] = k;
        }
    for (int o = 0; o < of->nelement; o++)
        of->set[o] = -1;
    for (int o = 0; o < of->nelement; o++) {
        bool grown = of->set[o] < 0;
        if (grown)
            of->set[o] = of->nset++;
        while (grown) { /* until no other is mixed with one of the set */
            grown = false;
            for (int q = 0; q < of->nelement * of->nelement; q++) {
                const int from = q / of->nelement, to = q % of->nelement;
                if (of->set[from] == of->set[o] && of->set[to] < 0 && mixes(im, of->element[from], of->element[to])) {
                    of->set[to] = of->set[o];
                    grown = true;
                }
            }
        }
    }
    return DIA_OK;
}

static dia_status find_invariant(dia_covariants *of, dia_error *error)
{
    const int n = of->images->nstate, np = of->images->npacked;
    if (of->images->back == NULL)
        return DIA_OK;
    of->invariant = calloc((size_t)np * (size_t)n, sizeof *of->invariant);
    double *y = calloc(2 * (size_t)np, sizeof *y);
    for (int i = 0; i < n && y != NULL && of->invariant != NULL; i++) {
        memset(y, 0, sizeof *y * (size_t)np);
        y[dia_packed(i, i)] = 1.0;
        dia_images_invariant(of->images, y, y + np);
        for (int k = 0; k < np; k++)
            of->invariant[k * n + i] = y[np + k];
    }
    const bool good = y != NULL && of->invariant != NULL;
    free(y);
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
}

dia_status dia_covariants_init(dia_covariants *of, const dia_images *images, dia_error *error)
{
    *of = (dia_covariants){.images = images};
    dia_status status = find_elements(of, error);
    if (status == DIA_OK)
        status = find_invariant(of, error);
    if (status != DIA_OK)
        dia_covariants_free(of);
    return status;
}

void dia_covariants_free(dia_covariants *of)
{
    free(of->element);
    free(of->set);
    free(of->invariant);
    memset(of, 0, sizeof *of);
}
