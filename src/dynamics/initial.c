/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/initial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "electronic/minimum.h"
#include "molecule/wigner.h"
#include "molecule/xyz.h"
#include "parallel/team.h"

const dia_option dia_initial_options[] = {
    DIA_CHOICE(dia_initial_settings, sampling, "wigner|file|fixed", "wigner",
               "harmonic Wigner distribution at the minimum of the lowest state, frames of a file, or one point"),
    DIA_REAL(dia_initial_settings, temperature, DIA_TEMPERATURE, "0 K", "of the Wigner distribution",
             DIA_RANGE(0.0, 1.0)),
    DIA_INT(dia_initial_settings, state, NULL, "adiabatic state the trajectories start in, counted from 0",
            DIA_RANGE(0, 10000), .required = true),
    DIA_INT(dia_initial_settings, trajectories, NULL, "how many; left out with sampling: file, all frames",
            DIA_RANGE(1, 100000000)),
    DIA_INT(dia_initial_settings, seed, "1", "of the random numbers", DIA_RANGE(0, 2147483647)),
    DIA_PATH(dia_initial_settings, file, NULL, "extended XYZ; positions in Angstrom, velocities (velo) in Angstrom/fs"),
    DIA_REAL(dia_initial_settings, lowest_frequency, DIA_ENERGY, "10 cm^-1",
             "softer modes, and imaginary ones, are left at rest by the Wigner sampling", DIA_RANGE(0.0, 1.0)),
    DIA_REALS(dia_initial_settings, position, DIA_ATOMIC, NULL,
              "with sampling: fixed, one number a coordinate, atomic units; left out: the model's reference"),
    DIA_REALS(dia_initial_settings, momentum, DIA_ATOMIC, NULL,
              "with sampling: fixed, one number a coordinate, atomic units; left out: at rest"),
    DIA_REALS(dia_initial_settings, position_width, DIA_ATOMIC, NULL,
              "standard deviation of the positions, one number or one a coordinate; left out: none"),
    DIA_REALS(dia_initial_settings, momentum_width, DIA_ATOMIC, NULL, "standard deviation of the momenta"),
    {.key = NULL},
};

/* ---- the three ways -------------------------------------------------------------------------- */

typedef struct maker {
    dia_initial *out;
    const dia_model *model;
    const dia_molecule *molecule;
    const dia_initial_settings *settings;
    dia_error *error;
    dia_status status;
} maker;

static dia_status reserve(maker *m, int n)
{
    dia_initial *out = m->out;
    size_t rows = (size_t)n, ncart = (size_t)m->molecule->ncart;
    out->n = n;
    out->ncart = m->molecule->ncart;
    out->R = calloc(rows * ncart, sizeof *out->R);
    out->V = calloc(rows * ncart, sizeof *out->V);
    out->state = calloc(rows, sizeof *out->state);
    out->weight = calloc(rows, sizeof *out->weight);
    if (out->R == NULL || out->V == NULL || out->state == NULL || out->weight == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d trajectories", n);
    for (int i = 0; i < n; i++) {
        out->state[i] = m->settings->state;
        out->weight[i] = 1.0;
    }
    return DIA_OK;
}

/* Minimum of the lowest state from the model's reference, and the normal modes there. */
static dia_status find_minimum(maker *m)
{
    dia_ground_minimum found;
    dia_status status = dia_ground_minimum_find(&found, m->model, m->error);
    m->out->minimum = found.R;
    m->out->minimum_energy = found.energy;
    m->out->modes = found.modes;
    return status;
}

static void note_modes(maker *m)
{
    const dia_modes *modes = &m->out->modes;
    int imaginary = 0, soft = 0;
    for (int k = 0; k < modes->nmode; k++) {
        imaginary += !(modes->frequency[k] > 0.0);
        soft += modes->frequency[k] > 0.0 && modes->frequency[k] < m->settings->lowest_frequency;
    }
    if (imaginary + soft > 0)
        snprintf(m->out->note, sizeof m->out->note,
                 "%d imaginary mode%s and %d mode%s below %.4g cm^-1 (initial.lowest_frequency) are left at rest%s",
                 imaginary, imaginary == 1 ? "" : "s", soft, soft == 1 ? "" : "s",
                 m->settings->lowest_frequency / DIA_WAVENUMBER,
                 imaginary > 0 ? "; the geometry is not a minimum: begin from a less symmetric reference" : "");
}

static dia_status make_wigner(maker *m)
{
    dia_initial *out = m->out;
    dia_status status = reserve(m, m->settings->trajectories);
    if (status == DIA_OK)
        status = find_minimum(m);
    if (status != DIA_OK)
        return status;
    note_modes(m);
    dia_wigner wigner = {.molecule = m->molecule,
                         .minimum = out->minimum,
                         .modes = &out->modes,
                         .temperature = m->settings->temperature,
                         .lowest = m->settings->lowest_frequency,
                         .seed = (uint64_t)m->settings->seed};
    double *Q = calloc(2 * (size_t)out->ncart, sizeof *Q), *P = Q + out->ncart;
    if (Q == NULL)
        return dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d modes", out->ncart);
    for (int i = 0; i < out->n; i++) {
        size_t first = (size_t)i * (size_t)out->ncart;
        dia_wigner_draw(&wigner, (uint64_t)i, Q, P);
        dia_wigner_place(&wigner, Q, P, out->R + first, out->V + first);
    }
    free(Q);
    return DIA_OK;
}

static dia_status take_frames(maker *m, const dia_xyz *xyz)
{
    const dia_initial_settings *s = m->settings;
    int n = s->trajectories > 0 ? s->trajectories : xyz->nframe;
    dia_status status;
    for (int a = 0; a < m->molecule->natom; a++)
        if (fabs(xyz->molecule.masses[a] / m->molecule->masses[a] - 1.0) > 1e-6)
            return dia_error_set(m->error, DIA_ERROR_INPUT, "%s: atom %d weighs %.6f u, in the model %.6f u", s->file,
                                 a + 1, xyz->molecule.masses[a] / DIA_DALTON, m->molecule->masses[a] / DIA_DALTON);
    if (n > xyz->nframe)
        return dia_error_set(m->error, DIA_ERROR_INPUT,
                             "%s: holds %d frames, initial.trajectories asks for %d; ask for fewer", s->file,
                             xyz->nframe, n);
    status = reserve(m, n);
    if (status != DIA_OK)
        return status;
    size_t size = (size_t)n * (size_t)m->molecule->ncart * sizeof(double);
    memcpy(m->out->R, xyz->R, size);
    memcpy(m->out->weight, xyz->weight, (size_t)n * sizeof(double));
    if (xyz->V != NULL)
        memcpy(m->out->V, xyz->V, size);
    else
        snprintf(m->out->note, sizeof m->out->note,
                 "%s holds no velocities (velo:R:3 or momenta:R:3)%s%s: the trajectories start at rest", s->file,
                 xyz->note[0] != '\0' ? "; " : "", xyz->note);
    return DIA_OK;
}

static dia_status make_file(maker *m)
{
    dia_xyz xyz;
    if (m->settings->file == NULL)
        return dia_error_set(m->error, DIA_ERROR_INPUT, "initial: sampling: file needs `file`, an extended XYZ file");
    dia_status status = dia_xyz_read_for(&xyz, m->molecule, m->settings->file, m->error);
    if (status != DIA_OK)
        return status;
    status = take_frames(m, &xyz);
    dia_xyz_free(&xyz);
    return status;
}

/* Number c of a list of none, one for all (if allowed), or one a coordinate. */
static double entry(const dia_list *list, int c, double fallback)
{
    const double *x = list->items;
    return list->n == 0 ? fallback : x[list->n == 1 ? 0 : c];
}

static dia_status make_fixed(maker *m)
{
    const dia_initial_settings *s = m->settings;
    const struct {
        const char *key;
        const dia_list *list;
        bool one;
    } lists[] = {{"position", &s->position, false},
                 {"momentum", &s->momentum, false},
                 {"position_width", &s->position_width, true},
                 {"momentum_width", &s->momentum_width, true}};
    int ncart = m->molecule->ncart;
    for (int i = 0; i < 4; i++)
        if (lists[i].list->n != 0 && lists[i].list->n != ncart && !(lists[i].one && lists[i].list->n == 1))
            return dia_error_set(m->error, DIA_ERROR_INPUT,
                                 "initial.%s: expected %d number%s, one a coordinate of the model, found %d",
                                 lists[i].key, ncart, ncart == 1 ? "" : "s", lists[i].list->n);
    dia_status status = reserve(m, s->trajectories);
    for (int i = 0; status == DIA_OK && i < s->trajectories; i++)
        for (int c = 0; c < ncart; c++) {
            double *R = m->out->R + (size_t)i * (size_t)ncart, *V = m->out->V + (size_t)i * (size_t)ncart;
            double mass = m->molecule->masses[c / m->molecule->dimension];
            R[c] = entry(&s->position, c, m->molecule->reference[c]) +
                   entry(&s->position_width, c, 0.0) *
                       dia_rng_normal((uint64_t)s->seed, (uint64_t)i, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * c));
            V[c] = (entry(&s->momentum, c, 0.0) +
                    entry(&s->momentum_width, c, 0.0) *
                        dia_rng_normal((uint64_t)s->seed, (uint64_t)i, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * c + 1))) /
                   mass;
        }
    return status;
}

/* A task, so that BLAS is pinned to one thread first and the bits do not hang on the number of threads. */
static void make(void *context, int task, int thread)
{
    maker *m = context;
    (void)task, (void)thread;
    static dia_status (*const ways[])(maker *) = {make_wigner, make_file, make_fixed};
    m->status = ways[m->settings->sampling](m);
}

/* A key that the chosen sampling would pass over in silence is a mistake. */
static dia_status check_settings(const dia_initial_settings *s, int nstate, dia_error *error)
{
    static const char *const names[] = {"wigner", "file", "fixed"};
    if (s->state < 0 || s->state >= nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.state: the model has the states 0 to %d, found %d",
                             nstate - 1, s->state);
    if (s->sampling != DIA_SAMPLING_FILE && s->trajectories < 1)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.trajectories: say how many, at least 1");
    if (s->sampling != DIA_SAMPLING_FILE && s->file != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.file is not used by sampling: %s; write sampling: file",
                             names[s->sampling]);
    if (s->sampling != DIA_SAMPLING_FIXED &&
        s->position.n + s->momentum.n + s->position_width.n + s->momentum_width.n > 0)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial: position, momentum and their widths are not used by sampling: %s; write sampling: "
            "fixed",
            names[s->sampling]);
    if (s->sampling != DIA_SAMPLING_WIGNER && s->temperature > 0.0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.temperature is not used by sampling: %s; write sampling: wigner",
                             names[s->sampling]);
    return DIA_OK;
}

dia_status dia_initial_make(dia_initial *initial, const dia_model *model, const dia_initial_settings *settings,
                            dia_error *error)
{
    *initial = (dia_initial){0};
    maker m = {
        .out = initial, .model = model, .molecule = dia_model_molecule(model), .settings = settings, .error = error};
    m.status = check_settings(settings, dia_model_shape(model).nstate, error);
    if (m.status == DIA_OK)
        dia_team_run(1, 1, make, &m);
    if (m.status != DIA_OK)
        dia_initial_free(initial);
    return m.status;
}

void dia_initial_free(dia_initial *initial)
{
    free(initial->R);
    free(initial->V);
    free(initial->state);
    free(initial->weight);
    free(initial->minimum);
    dia_modes_free(&initial->modes);
    *initial = (dia_initial){0};
}
