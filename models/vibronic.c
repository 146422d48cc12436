/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear and quadratic vibronic coupling (Koppel, Domcke, Cederbaum, Adv. Chem. Phys. 57, 59 (1984)), any number of
 * states and modes:
 *
 *   H_ij(Q) = delta_ij sum_m w_m Q_m^2 / 2 + epsilon_ij + sum_m lambda_ij^m Q_m + sum_mk gamma_ij^mk Q_m Q_k
 *
 * in dimensionless normal coordinates Q. For a molecule: Q_m = sqrt(w_m) sum_c K_mc sqrt(M_c) (z_c - y_c), where the
 * geometry has been aligned onto the reference (molecule/align.h), so that H does not change when the molecule is
 * translated or rotated; the derivatives include the rotation of that alignment exactly. Without a molecule the
 * coordinates are Q itself, of mass 1/w_m, so that the kinetic energy is w_m P_m^2 / 2. Parameters come from SHARC's
 * files or from the input (vibronic_input.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "molecule/align.h"
#include "model/vibronic.h"

typedef struct vibronic {
    dia_vibronic_input input; /* the input; not used after open */
    int nstate, npacked, nmode, natom, ncart, nlinear, nterm;
    bool molecular;
    double *frequency;       /* (nmode)                                                     owned */
    double *direction;       /* (nmode, ncart): sqrt(w_m M_c) K_mc; NULL without a molecule  owned */
    double *constant;        /* (npacked)                                                   owned */
    dia_vibronic_term *term; /* (nterm): nlinear linear ones, then the quadratic ones         owned */
    double *vector;          /* (nmode, ncart) K; NULL without a molecule                    owned */
    dia_alignment alignment;
} vibronic;

/* ---- opening --------------------------------------------------------------------------------- */

static void vibronic_close(void *self)
{
    vibronic *model = self;
    free(model->frequency);
    free(model->direction);
    free(model->vector);
    free(model->constant);
    free(model->term);
    dia_alignment_free(&model->alignment);
}

/* Puts constant terms into a matrix, and orders the others: linear, then quadratic. */
static void sort_terms(vibronic *model, const dia_vibronic *data)
{
    for (int t = 0; t < data->nterm; t++)
        if (data->term[t].m < 0)
            model->constant[dia_packed(data->term[t].i, data->term[t].j)] += data->term[t].value;
    for (int quadratic = 0; quadratic < 2; quadratic++) {
        for (int t = 0; t < data->nterm; t++)
            if (data->term[t].m >= 0 && (data->term[t].k >= 0) == quadratic)
                model->term[model->nterm++] = data->term[t];
        if (!quadratic)
            model->nlinear = model->nterm;
    }
}

static dia_status take(vibronic *model, const dia_vibronic *data, dia_error *error)
{
    size_t nmode = (size_t)data->nmode, ncart = (size_t)data->molecule.ncart;
    model->nstate = data->nstate;
    model->npacked = data->nstate * (data->nstate + 1) / 2;
    model->nmode = data->nmode;
    model->natom = data->molecule.natom;
    model->ncart = data->molecule.ncart;
    model->molecular = data->vector != NULL;
    model->frequency = malloc(nmode * sizeof(double));
    model->constant = calloc((size_t)model->npacked, sizeof(double));
    model->term = malloc(((size_t)data->nterm + 1) * sizeof *model->term);
    model->direction = malloc(nmode * ncart * sizeof(double));
    if (model->frequency == NULL || model->constant == NULL || model->term == NULL || model->direction == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a vibronic model of %d modes", data->nmode);
    memcpy(model->frequency, data->frequency, nmode * sizeof(double));
    sort_terms(model, data);
    if (!model->molecular)
        return DIA_OK;
    model->vector = malloc(nmode * ncart * sizeof *model->vector);
    if (model->vector == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a vibronic model of %d modes", data->nmode);
    memcpy(model->vector, data->vector, nmode * ncart * sizeof *model->vector);
    for (size_t m = 0; m < nmode; m++)
        for (size_t c = 0; c < ncart; c++)
            model->direction[m * ncart + c] =
                sqrt(data->frequency[m] * data->molecule.masses[c / 3]) * data->vector[m * ncart + c];
    return dia_alignment_make(&model->alignment, &data->molecule, error);
}

static dia_status vibronic_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                                dia_error *error)
{
    vibronic *model = self;
    dia_vibronic data = {0};
    dia_status status = dia_vibronic_input_read(&model->input, &data, error);
    if (status != DIA_OK && source->path != NULL)
        dia_error_prefix(error, "%s", source->path);
    if (status == DIA_OK)
        status = take(model, &data, error);
    if (status == DIA_OK)
        status = dia_molecule_copy(molecule, &data.molecule, error);
    if (status == DIA_OK && data.reference_path != NULL)
        status = dia_model_source_read(source, data.reference_path, error);
    dia_vibronic_free(&data);
    if (status != DIA_OK) {
        vibronic_close(self);
        return status;
    }
    *shape =
        (dia_shape){.natom = model->natom, .ncart = model->ncart, .nstate = model->nstate, .npacked = model->npacked};
    return DIA_OK;
}

/* ---- the tape: data that hamiltonian stores for the others ----------------------------------- */

typedef struct row { /* of one geometry; its numbers Q (nmode), z (ncart) follow it */
    dia_pose pose;
    double numbers[];
} row;

static size_t row_size(const vibronic *model)
{
    return sizeof(row) + (size_t)(model->nmode + model->ncart) * sizeof(double);
}

/* The work space of one request, (nmode + ncart), is in front of the rows. */
static size_t vibronic_tape_size(const void *self, int batch_max, int request_max)
{
    const vibronic *model = self;
    (void)request_max;
    return (size_t)(model->nmode + model->ncart) * sizeof(double) + (size_t)batch_max * row_size(model);
}

static row *tape_row(const vibronic *model, void *work, int b)
{
    return (row *)((char *)work + (size_t)(model->nmode + model->ncart) * sizeof(double) + (size_t)b * row_size(model));
}

/* ---- hamiltonian, contract, derivative ------------------------------------------------------- */

static void coordinates(const vibronic *model, const double *R, row *r)
{
    double *Q = r->numbers, *z = Q + model->nmode;
    if (!model->molecular) {
        memcpy(Q, R, (size_t)model->nmode * sizeof *Q);
        return;
    }
    dia_align(&model->alignment, R, z, &r->pose);
    for (int m = 0; m < model->nmode; m++) {
        const double *direction = model->direction + (size_t)m * (size_t)model->ncart;
        double sum = 0.0;
        for (int c = 0; c < model->ncart; c++)
            sum += direction[c] * (z[c] - model->alignment.y[c]);
        Q[m] = sum;
    }
}

static void vibronic_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    const vibronic *model = self;
    for (int b = 0; b < batch; b++) {
        row *r = tape_row(model, work, b);
        double *h = H + (size_t)b * (size_t)model->npacked, harmonic = 0.0;
        const double *Q = r->numbers;
        coordinates(model, R + (size_t)b * (size_t)model->ncart, r);
        memcpy(h, model->constant, (size_t)model->npacked * sizeof *h);
        for (int m = 0; m < model->nmode; m++)
            harmonic += 0.5 * model->frequency[m] * Q[m] * Q[m];
        for (int t = 0; t < model->nterm; t++) {
            const dia_vibronic_term *term = &model->term[t];
            h[dia_packed(term->i, term->j)] += term->value * Q[term->m] * (t < model->nlinear ? 1.0 : Q[term->k]);
        }
        for (int i = 0; i < model->nstate; i++)
            h[dia_packed(i, i)] += harmonic;
    }
}

/* Qbar_m = sum_ij W_ij dH_ij/dQ_m */
static void contract_modes(const vibronic *model, const double *Q, const double *W, double *Qbar)
{
    double trace = 0.0;
    for (int i = 0; i < model->nstate; i++)
        trace += W[dia_packed(i, i)];
    for (int m = 0; m < model->nmode; m++)
        Qbar[m] = trace * model->frequency[m] * Q[m];
    for (int t = 0; t < model->nterm; t++) {
        const dia_vibronic_term *term = &model->term[t];
        double w = term->value * W[dia_packed(term->i, term->j)] * (term->i == term->j ? 1.0 : 2.0);
        if (t < model->nlinear) {
            Qbar[term->m] += w;
        } else { /* product rule; m == k gives the factor 2 */
            Qbar[term->m] += w * Q[term->k];
            Qbar[term->k] += w * Q[term->m];
        }
    }
}

static void vibronic_contract(const void *self, void *work, const double *R, int n, const int *rows, const double *W,
                              double *G)
{
    const vibronic *model = self;
    double *Qbar = work, *P = Qbar + model->nmode;
    (void)R;
    for (int q = 0; q < n; q++) {
        const row *r = tape_row(model, work, rows[q]);
        double *g = G + (size_t)q * (size_t)model->ncart;
        contract_modes(model, r->numbers, W + (size_t)q * (size_t)model->npacked, Qbar);
        if (!model->molecular) {
            memcpy(g, Qbar, (size_t)model->nmode * sizeof *g);
            continue;
        }
        memset(P, 0, (size_t)model->ncart * sizeof *P);
        for (int m = 0; m < model->nmode; m++)
            for (int c = 0; c < model->ncart; c++)
                P[c] += Qbar[m] * model->direction[(size_t)m * (size_t)model->ncart + (size_t)c];
        dia_align_cotangent(&model->alignment, r->numbers + model->nmode, &r->pose, P, g);
    }
}

static void vibronic_derivative(const void *self, void *work, const double *R, int n, const int *rows, const double *V,
                                double *dH)
{
    const vibronic *model = self;
    double *dQ = work, *dz = dQ + model->nmode;
    (void)R;
    for (int q = 0; q < n; q++) {
        const row *r = tape_row(model, work, rows[q]);
        const double *Q = r->numbers, *v = V + (size_t)q * (size_t)model->ncart;
        double *dh = dH + (size_t)q * (size_t)model->npacked, harmonic = 0.0;
        if (model->molecular)
            dia_align_tangent(&model->alignment, Q + model->nmode, &r->pose, v, dz);
        for (int m = 0; m < model->nmode; m++) {
            dQ[m] = model->molecular ? 0.0 : v[m];
            for (int c = 0; model->molecular && c < model->ncart; c++)
                dQ[m] += model->direction[(size_t)m * (size_t)model->ncart + (size_t)c] * dz[c];
            harmonic += model->frequency[m] * Q[m] * dQ[m];
        }
        memset(dh, 0, (size_t)model->npacked * sizeof *dh);
        for (int t = 0; t < model->nterm; t++) {
            const dia_vibronic_term *term = &model->term[t];
            dh[dia_packed(term->i, term->j)] +=
                term->value * (t < model->nlinear ? dQ[term->m] : dQ[term->m] * Q[term->k] + Q[term->m] * dQ[term->k]);
        }
        for (int i = 0; i < model->nstate; i++)
            dh[dia_packed(i, i)] += harmonic;
    }
}

static int vibronic_oscillators(const void *self, double *frequency, double *vector)
{
    const vibronic *model = self;
    const size_t nmode = (size_t)model->nmode, ncart = (size_t)model->ncart;
    if (frequency != NULL)
        memcpy(frequency, model->frequency, nmode * sizeof *frequency);
    if (vector != NULL && model->molecular)
        memcpy(vector, model->vector, nmode * ncart * sizeof *vector);
    for (size_t m = 0; vector != NULL && !model->molecular && m < nmode; m++)
        for (size_t c = 0; c < ncart; c++)
            vector[m * ncart + c] = m == c ? 1.0 : 0.0;
    return model->nmode;
}

const dia_model_type dia_model_type_vibronic = {
    .version = DIA_EXTEND_VERSION,
    .name = "vibronic",
    .summary = "linear and quadratic vibronic coupling in normal coordinates of a molecule, or of abstract modes",
    .reference =
        "H. Koppel, W. Domcke, L. S. Cederbaum, Adv. Chem. Phys. 57, 59 (1984); SHARC's files: F. Plasser et al., "
        "Phys. Chem. Chem. Phys. 21, 57 (2019), DOI 10.1039/C8CP05662E",
    .options = dia_vibronic_options,
    .self_size = sizeof(vibronic),
    .open = vibronic_open,
    .close = vibronic_close,
    .tape_size = vibronic_tape_size,
    .hamiltonian = vibronic_hamiltonian,
    .contract = vibronic_contract,
    .derivative = vibronic_derivative,
    .oscillators = vibronic_oscillators,
};
