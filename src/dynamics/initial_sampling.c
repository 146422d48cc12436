/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Initial positions and velocities that are drawn: harmonic oscillators about a minimum of the model or as the input states
 * them, and points with Gaussian widths. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "dynamics/initial_internal.h"
#include "electronic/minimum.h"
#include "molecule/molden.h"
#include "molecule/oscillators.h"

/* ---- oscillators about a minimum of the model ------------------------------------------------ */

/* Start of the search for the minimum: NULL for the model's reference, or an array in *own (the caller frees it). */
static dia_status find_start(dia_initial_maker *m, const double **start, double **own)
{
    const dia_initial_settings *s = m->settings;
    *start = s->position.n > 0 ? s->position.items : NULL;
    *own = NULL;
    if (s->file == NULL)
        return s->position.n > 0 ? dia_initial_check_count(m, "position", &s->position, false) : DIA_OK;
    if (s->position.n > 0)
        return dia_error_set(
            m->error, DIA_ERROR_INPUT,
            "initial: `file` and `position` both say where the search for the minimum begins; keep one");
    dia_xyz xyz;
    dia_status status = dia_initial_read_frames(m, &xyz);
    if (status != DIA_OK)
        return status;
    *start = *own = xyz.R;
    xyz.R = NULL;
    dia_xyz_free(&xyz);
    return DIA_OK;
}

/* Minimum of the lowest state, or of a diabat, and the normal modes there. */
static dia_status find_minimum(dia_initial_maker *m)
{
    const double *start;
    double *own;
    dia_ground_minimum found = {0};
    dia_status status = find_start(m, &start, &own);
    if (status == DIA_OK)
        status = dia_ground_minimum_find(&found, m->model, m->settings->diabat, start, m->control, m->error);
    free(own);
    m->out->minimum = found.R;
    m->out->minimum_energy = found.energy;
    m->out->modes = found.modes;
    m->out->saddle = found.saddle;
    if (found.left > 0)
        dia_initial_note(
            m,
            "the search for the minimum came to a saddle point (%.4gi cm^-1) and left it along its imaginary mode: the "
            "samples are about a minimum %.4g eV lower, one of several if the molecule is symmetric; initial.file or "
            "initial.position says where another search begins",
            -found.left_frequency / DIA_WAVENUMBER, (found.left_energy - found.energy) / DIA_EV);
    return status;
}

static void note_modes(dia_initial_maker *m)
{
    const dia_modes *modes = &m->out->modes;
    int imaginary = 0, soft = 0;
    for (int k = 0; k < modes->nmode; k++) {
        imaginary += !(modes->frequency[k] > 0.0);
        soft += modes->frequency[k] > 0.0 && modes->frequency[k] < m->settings->lowest_frequency;
    }
    if (imaginary + soft > 0)
        dia_initial_note(
            m, "%d imaginary mode%s and %d mode%s below %.4g cm^-1 (initial.lowest_frequency) are left at rest%s",
            imaginary, imaginary == 1 ? "" : "s", soft, soft == 1 ? "" : "s",
            m->settings->lowest_frequency / DIA_WAVENUMBER,
            m->out->saddle
                ? "; the samples are about a saddle point, from which no way down was found: initial.file or "
                  "initial.position says where another search begins"
                : "");
}

/* ---- stated oscillators ---------------------------------------------------------------------- */

bool dia_initial_stated(const dia_initial_settings *s)
{
    const bool drawn = s->sampling != DIA_SAMPLING_FILE && s->sampling != DIA_SAMPLING_FIXED;
    return drawn && (s->modes != NULL || s->frequencies.n + s->position_width.n > 0);
}

/* Number c of a list that is empty, has one number for all (if allowed), or one per coordinate. */
static double entry(const dia_list *list, int c, double fallback)
{
    const double *x = list->items;
    return list->n == 0 ? fallback : x[list->n == 1 ? 0 : c];
}

/* Numbers that must be above 0 (or at least 0), one for each coordinate or one for all. */
static dia_status check_widths(const dia_initial_maker *m, const char *key, const dia_list *list, bool positive)
{
    dia_status status = dia_initial_check_count(m, key, list, true);
    for (int c = 0; status == DIA_OK && c < list->n; c++) {
        const double x = ((const double *)list->items)[c];
        if (x < 0.0 || (positive && x == 0.0))
            status = dia_error_set(m->error, DIA_ERROR_INPUT, "initial.%s: a standard deviation is %s, found %g", key,
                                   positive ? "above 0 here" : "not negative", x);
    }
    return status;
}

static dia_status read_frequency(const dia_initial_maker *m, int c, double *w)
{
    const dia_list *list = &m->settings->frequencies;
    const char *text = ((const char *const *)list->items)[list->n == 1 ? 0 : c];
    char why[200];
    if (!dia_quantity_parse(text, DIA_ENERGY, w, sizeof why, why))
        return dia_error_set(m->error, DIA_ERROR_INPUT, "initial.frequencies: %s", why);
    if (*w > 0.0)
        return DIA_OK;
    return dia_error_set(m->error, DIA_ERROR_INPUT, "initial.frequencies: expected energies above 0, found '%.40s'",
                         text);
}

/* Oscillators along the coordinates, by their frequencies or by the widths of their ground states,
 * sigma^2 = 1/(2 m w). */
static dia_status state_along_coordinates(dia_initial_maker *m)
{
    const dia_initial_settings *s = m->settings;
    const dia_molecule *molecule = m->molecule;
    const int n = molecule->ncart;
    if (molecule->dimension == 3 && molecule->natom > 1)
        return dia_error_set(
            m->error, DIA_ERROR_INPUT,
            "initial.%s: the Cartesian coordinates of a molecule are no oscillators; leave it out (normal "
            "modes at the minimum), or write sampling: fixed",
            s->frequencies.n > 0 ? "frequencies" : "position_width");
    dia_status status = dia_initial_check_count(m, "frequencies", &s->frequencies, true);
    if (status == DIA_OK)
        status = check_widths(m, "position_width", &s->position_width, true);
    double *w = malloc((size_t)n * sizeof *w);
    if (status == DIA_OK && w == NULL)
        status = dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d oscillators", n);
    for (int c = 0; status == DIA_OK && c < n; c++) {
        const double width = entry(&s->position_width, c, 0.0);
        if (s->frequencies.n > 0)
            status = read_frequency(m, c, &w[c]);
        else
            w[c] = 1.0 / (2.0 * molecule->masses[c / molecule->dimension] * width * width);
    }
    if (status == DIA_OK)
        status = dia_oscillators_stated(&m->out->modes, n, w, m->error);
    free(w);
    return status;
}

static bool of_model(const dia_initial_settings *s)
{
    return s->frequencies.n == 1 && strcmp(((const char *const *)s->frequencies.items)[0], "model") == 0;
}

/* The oscillators that the model is written in. */
static dia_status state_of_model(dia_initial_maker *m)
{
    dia_modes *modes = &m->out->modes;
    const size_t n = (size_t)dia_model_oscillators(m->model, NULL, NULL), ncart = (size_t)m->molecule->ncart;
    if (n == 0)
        return dia_error_set(
            m->error, DIA_ERROR_INPUT,
            "initial.frequencies: model: the model '%s' is not written in harmonic oscillators; give their "
            "frequencies, one a coordinate",
            dia_model_name(m->model));
    if (m->settings->masses.n > 0)
        return dia_error_set(
            m->error, DIA_ERROR_INPUT,
            "initial.frequencies: model: the oscillators of the model are those of its own masses; leave "
            "initial.masses out, or sample about the minimum");
    *modes = (dia_modes){.ncart = (int)ncart,
                         .nmode = (int)n,
                         .frequency = calloc(n, sizeof(double)),
                         .vector = calloc(n * ncart, sizeof(double))};
    if (modes->frequency == NULL || modes->vector == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %zu oscillators", n);
    dia_model_oscillators(m->model, modes->frequency, modes->vector);
    return DIA_OK;
}

static int rigid_motions(const dia_molecule *molecule, const double *R)
{
    double moment[3], axis[9];
    return 3 + dia_principal_axes(molecule, R, moment, axis);
}

/* The normal modes of a Molden file and the geometry they belong to; imaginary and soft ones stay at rest, and are left out here. */
static dia_status read_modes(dia_initial_maker *m)
{
    dia_initial *out = m->out;
    dia_modes *modes = &out->modes;
    const double lowest = m->settings->lowest_frequency;
    const dia_status status = dia_molden_modes_read(modes, &out->minimum, m->molecule, m->settings->modes, m->error);
    if (status != DIA_OK)
        return status;
    const int all = modes->nmode;
    const size_t ncart = (size_t)modes->ncart;
    modes->nmode = 0;
    for (int k = 0; k < all; k++)
        if (modes->frequency[k] > 0.0 && modes->frequency[k] >= lowest) {
            memmove(modes->vector + (size_t)modes->nmode * ncart, modes->vector + (size_t)k * ncart,
                    ncart * sizeof *modes->vector);
            dia_modes_sign((int)ncart, modes->vector + (size_t)modes->nmode * ncart);
            modes->frequency[modes->nmode++] = modes->frequency[k];
        }
    if (modes->nmode < all)
        dia_initial_note(
            m, "%s: %d of %d modes are imaginary or below %.4g cm^-1 (initial.lowest_frequency) and left at rest",
            m->settings->modes, all - modes->nmode, all, lowest / DIA_WAVENUMBER);
    const int expected = (int)ncart - rigid_motions(m->molecule, out->minimum);
    if (all < expected)
        dia_initial_note(m, "%s holds %d normal modes, the molecule has %d: the others stay at rest",
                         m->settings->modes, all, expected);
    out->stated = true;
    return DIA_OK;
}

/* The oscillators that the input states, about `position`. */
static dia_status state_oscillators(dia_initial_maker *m)
{
    dia_initial *out = m->out;
    if (m->settings->modes != NULL)
        return read_modes(m);
    dia_status status = dia_initial_check_count(m, "position", &m->settings->position, false);
    out->minimum = calloc((size_t)out->ncart, sizeof *out->minimum);
    if (status == DIA_OK && out->minimum == NULL)
        status = dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d coordinates", out->ncart);
    for (int c = 0; status == DIA_OK && c < out->ncart; c++)
        out->minimum[c] = entry(&m->settings->position, c, m->molecule->reference[c]);
    if (status != DIA_OK)
        return status;
    out->stated = true;
    return of_model(m->settings) ? state_of_model(m) : state_along_coordinates(m);
}

/* ---- oscillators ----------------------------------------------------------------------------- */

static dia_status take_momentum(dia_initial_maker *m)
{
    const dia_list *list = &m->settings->momentum;
    dia_initial *out = m->out;
    dia_status status = dia_initial_check_count(m, "momentum", list, false);
    if (status != DIA_OK || list->n == 0)
        return status;
    out->momentum = malloc((size_t)out->ncart * sizeof *out->momentum);
    if (out->momentum == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d coordinates", out->ncart);
    memcpy(out->momentum, list->items, (size_t)out->ncart * sizeof *out->momentum);
    return DIA_OK;
}

dia_oscillators dia_initial_set(const dia_initial *initial, const dia_initial_settings *s, const dia_molecule *molecule)
{
    return (dia_oscillators){.molecule = molecule,
                             .centre = initial->minimum,
                             .momentum = initial->momentum,
                             .modes = &initial->modes,
                             .distribution = s->sampling == DIA_SAMPLING_HUSIMI      ? DIA_HUSIMI
                                             : s->sampling == DIA_SAMPLING_BOLTZMANN ? DIA_BOLTZMANN
                                                                                     : DIA_WIGNER,
                             .temperature = s->temperature,
                             .lowest = initial->stated ? 0.0 : s->lowest_frequency,
                             .seed = (uint64_t)s->seed};
}

dia_status dia_initial_oscillators(dia_initial_maker *m)
{
    dia_initial *out = m->out;
    dia_status status = dia_initial_reserve(m, m->settings->trajectories);
    if (status == DIA_OK)
        status = take_momentum(m);
    if (status == DIA_OK)
        status = dia_initial_stated(m->settings) ? state_oscillators(m) : find_minimum(m);
    if (status != DIA_OK)
        return status;
    if (!out->stated)
        note_modes(m);
    const dia_oscillators set = dia_initial_set(out, m->settings, m->molecule);
    double *Q = calloc(2 * (size_t)out->ncart, sizeof *Q), *P = Q + out->ncart;
    if (Q == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d modes", out->ncart);
    for (int i = 0; dia_initial_goes_on(m, "sampling", (size_t)i, (size_t)out->n); i++) {
        size_t first = (size_t)i * (size_t)out->ncart;
        dia_oscillators_draw(&set, (uint64_t)i, Q, P);
        dia_oscillators_place(&set, Q, P, out->R + first, out->V + first);
    }
    free(Q);
    return m->status;
}

/* ---- points ---------------------------------------------------------------------------------- */

/* Standard deviation of the momentum of coordinate c: as given, or thermal, sqrt(m kT). */
static double momentum_width(const dia_initial_maker *m, int c)
{
    const dia_initial_settings *s = m->settings;
    const double mass = m->molecule->masses[c / m->molecule->dimension];
    return s->temperature > 0.0 ? sqrt(mass * s->temperature) : entry(&s->momentum_width, c, 0.0);
}

/* Thermal velocities of a molecule: it neither drifts nor turns, as in the other samplings. */
static void stay_in_place(const dia_initial_maker *m, const double *R, double *V)
{
    double moment[3], axis[9];
    if (m->molecule->dimension != 3 || m->molecule->natom < 2)
        return;
    dia_drift_remove(m->molecule, V);
    dia_rotation_remove(m->molecule, R, dia_principal_axes(m->molecule, R, moment, axis), V);
}

/* Trajectory i: R, V (ncart). A mean momentum is not thermal, and stays. */
static void place_point(const dia_initial_maker *m, int i, double *R, double *V)
{
    const dia_initial_settings *s = m->settings;
    const bool thermal = s->temperature > 0.0;
    for (int c = 0; c < m->molecule->ncart; c++) {
        const double mass = m->molecule->masses[c / m->molecule->dimension];
        R[c] = entry(&s->position, c, m->molecule->reference[c]) +
               entry(&s->position_width, c, 0.0) *
                   dia_rng_normal((uint64_t)s->seed, (uint64_t)i, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * c));
        V[c] = ((thermal ? 0.0 : entry(&s->momentum, c, 0.0)) +
                momentum_width(m, c) *
                    dia_rng_normal((uint64_t)s->seed, (uint64_t)i, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * c + 1))) /
               mass;
    }
    if (thermal)
        stay_in_place(m, R, V);
    for (int c = 0; thermal && c < m->molecule->ncart; c++)
        V[c] += entry(&s->momentum, c, 0.0) / m->molecule->masses[c / m->molecule->dimension];
}

dia_status dia_initial_fixed(dia_initial_maker *m)
{
    const dia_initial_settings *s = m->settings;
    const size_t ncart = (size_t)m->molecule->ncart;
    dia_status status = dia_initial_check_count(m, "position", &s->position, false);
    if (status == DIA_OK)
        status = dia_initial_check_count(m, "momentum", &s->momentum, false);
    if (status == DIA_OK)
        status = check_widths(m, "position_width", &s->position_width, false);
    if (status == DIA_OK)
        status = check_widths(m, "momentum_width", &s->momentum_width, false);
    if (status == DIA_OK)
        status = dia_initial_reserve(m, s->trajectories);
    for (int i = 0; status == DIA_OK && dia_initial_goes_on(m, "sampling", (size_t)i, (size_t)s->trajectories); i++)
        place_point(m, i, m->out->R + (size_t)i * ncart, m->out->V + (size_t)i * ncart);
    return status == DIA_OK ? m->status : status;
}
