/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vibronic_sharc.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "molecule/stated_unit.h"

static const char *const names[DIA_SHARC_MATRICES] = {"SOC", "DMX", "DMY", "DMZ"};

/* ---- states ---------------------------------------------------------------------------------- */

int dia_sharc_all(const dia_sharc_states *states)
{
    int all = 0;
    for (int m = 1; m <= states->nmult; m++)
        all += m * states->count[m];
    return all;
}

int dia_sharc_components(const dia_sharc_states *states, int multiplicity)
{
    return states->kept == DIA_VIBRONIC_ALL         ? multiplicity
           : states->kept == DIA_VIBRONIC_SPIN_FREE ? 1
                                                    : multiplicity == states->kept;
}

int dia_sharc_kept(const dia_sharc_states *states)
{
    int kept = 0;
    for (int m = 1; m <= states->nmult; m++)
        kept += dia_sharc_components(states, m) * states->count[m];
    return kept;
}

static int source_of(const dia_sharc_states *states, int kept)
{
    int all = 0;
    for (int m = 1; m <= states->nmult; m++) {
        const int here = dia_sharc_components(states, m) * states->count[m];
        if (kept < here)
            return all + kept;
        kept -= here;
        all += m * states->count[m];
    }
    return all;
}

int dia_sharc_place(const dia_sharc_states *states, int multiplicity, int component, int s)
{
    int before = 0;
    for (int m = 1; m < multiplicity; m++)
        before += dia_sharc_components(states, m) * states->count[m];
    return before + component * states->count[multiplicity] + s;
}

/* ---- reading --------------------------------------------------------------------------------- */

static dia_status read_rows(double *M, int n, double unit, const char *name, dia_lines *lines, dia_error *error)
{
    for (int i = 0; i < n; i++) {
        if (dia_lines_next_filled(lines) == NULL)
            return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                                   "%s: expected %d rows, one for each state and component, found %d", name, n, i);
        for (int j = 0; j < n; j++) {
            const dia_status status = dia_lines_real(lines, "an element of the matrix", &M[i * n + j], error);
            if (status != DIA_OK)
                return dia_error_prefix(error, "%s", name);
            M[i * n + j] *= unit;
        }
        const dia_status status = dia_lines_end(lines, error);
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

/* The real part is symmetric, the imaginary one antisymmetric, up to their last digits. */
static dia_status check(const double *M, int n, bool imaginary, const char *name, const dia_lines *lines,
                        dia_error *error)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const double x = M[i * n + j], y = imaginary ? -M[j * n + i] : M[j * n + i];
            if (!(fabs(x - y) <= 1e-9 + 1e-5 * fabs(x)))
                return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                                       "%s %s is not Hermitian: the elements of states %d and %d are %.9g and %.9g, "
                                       "expected the same number%s",
                                       name, imaginary ? "I" : "R", i + 1, j + 1, x, M[j * n + i],
                                       imaginary ? " with the other sign" : "");
        }
    return DIA_OK;
}

dia_status dia_sharc_matrix_read(dia_sharc_matrices *matrices, int which, const dia_sharc_states *states,
                                 dia_lines *lines, bool *skipped, dia_error *error)
{
    const char *token = dia_lines_token(lines);
    const bool imaginary = token != NULL && strcasecmp(token, "I") == 0;
    const int n = dia_sharc_all(states);
    double unit = 1.0;
    char why[300];
    /* States of one component have no spin-orbit coupling among them that is kept, and real dipoles. */
    *skipped = states->kept != DIA_VIBRONIC_ALL && (imaginary || which == DIA_SHARC_SOC);
    if (*skipped)
        return DIA_OK;
    if (token != NULL && !imaginary && strcasecmp(token, "R") != 0)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "%s: expected R or I, found '%s'", names[which], token);
    if (which == DIA_SHARC_SOC && !dia_title_unit(dia_lines_rest(lines), "hartree", 1.0, &unit, sizeof why, why))
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "%s", why);
    double **M = &matrices->part[which][imaginary];
    if (*M != NULL)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "%s %s was given before", names[which],
                               imaginary ? "I" : "R");
    *M = calloc((size_t)n * (size_t)n + 1, sizeof **M);
    if (*M == NULL)
        return dia_lines_error(lines, error, DIA_ERROR_MEMORY, "out of memory for %d states", n);
    dia_status status = read_rows(*M, n, unit, names[which], lines, error);
    if (status == DIA_OK && states->kept == DIA_VIBRONIC_ALL)
        status = check(*M, n, imaginary, names[which], lines, error);
    return status;
}

/* ---- using ----------------------------------------------------------------------------------- */

static double element(const dia_sharc_matrices *matrices, const dia_sharc_states *states, int which, int imaginary,
                      int i, int j)
{
    const double *M = matrices->part[which][imaginary];
    const int n = dia_sharc_all(states);
    return M != NULL ? M[source_of(states, i) * n + source_of(states, j)] : 0.0;
}

static dia_status add_spin_orbit(const dia_sharc_matrices *matrices, const dia_sharc_states *states, dia_vibronic *out,
                                 dia_error *error)
{
    const int n = out->nstate;
    dia_vibronic_term *terms = realloc(out->term, ((size_t)out->nterm + (size_t)n * (size_t)n) * sizeof *terms);
    if (terms == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d states", n);
    out->term = terms;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            for (int imaginary = 0; imaginary < 2; imaginary++) {
                const double value = element(matrices, states, DIA_SHARC_SOC, imaginary, i, j);
                if (value != 0.0 && !(imaginary && i == j))
                    terms[out->nterm++] =
                        (dia_vibronic_term){.i = i, .j = j, .m = -1, .k = -1, .value = value, .imaginary = imaginary};
            }
    return DIA_OK;
}

static dia_status add_dipoles(const dia_sharc_matrices *matrices, const dia_sharc_states *states, dia_vibronic *out,
                              dia_error *error)
{
    const int n = out->nstate;
    bool any = false;
    for (int x = 0; x < 3; x++)
        any = any || matrices->part[DIA_SHARC_DMX + x][0] != NULL || matrices->part[DIA_SHARC_DMX + x][1] != NULL;
    if (!any)
        return DIA_OK;
    out->dipole = calloc((size_t)n * (size_t)n, sizeof *out->dipole);
    if (out->dipole == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d states", n);
    for (int imaginary = 0; imaginary < 2; imaginary++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) {
                dia_vibronic_dipole dipole = {.i = i, .j = j, .m = -1, .imaginary = imaginary};
                bool some = false;
                for (int x = 0; x < 3; x++) {
                    dipole.vector[x] = element(matrices, states, DIA_SHARC_DMX + x, imaginary, i, j);
                    some = some || dipole.vector[x] != 0.0;
                }
                if (imaginary ? some && i != j : some || states->kept > 0)
                    out->dipole[out->ndipole++] = dipole;
            }
    return DIA_OK;
}

static dia_status add_spins(const dia_sharc_states *states, dia_vibronic *out, dia_error *error)
{
    out->multiplicity = malloc(2 * (size_t)out->nstate * sizeof *out->multiplicity);
    if (out->multiplicity == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d states", out->nstate);
    int *projection = out->multiplicity + out->nstate;
    for (int m = 1; m <= states->nmult; m++)
        for (int c = 0; c < dia_sharc_components(states, m); c++)
            for (int s = 0; s < states->count[m]; s++) {
                const int i = dia_sharc_place(states, m, c, s);
                out->multiplicity[i] = m;
                projection[i] = states->kept == DIA_VIBRONIC_ALL ? 2 * c - (m - 1) : m - 1;
            }
    return DIA_OK;
}

dia_status dia_sharc_matrices_use(const dia_sharc_matrices *matrices, const dia_sharc_states *states, const char *path,
                                  dia_vibronic *out, dia_error *error)
{
    dia_status status = states->kept == DIA_VIBRONIC_ALL ? add_spin_orbit(matrices, states, out, error) : DIA_OK;
    if (status == DIA_OK)
        status = add_dipoles(matrices, states, out, error);
    if (status == DIA_OK)
        status = add_spins(states, out, error);
    return status == DIA_OK ? DIA_OK : dia_error_prefix(error, "%s", path);
}

void dia_sharc_matrices_free(dia_sharc_matrices *matrices)
{
    for (int w = 0; w < DIA_SHARC_MATRICES; w++)
        for (int p = 0; p < 2; p++)
            free(matrices->part[w][p]);
}
