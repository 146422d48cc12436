/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From geometries to panels of normal coordinates (model/vibronic_terms.h) and back. */
#include "model/vibronic_core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"
#include "model/front.h"
#include "model/object.h"
#include "model/vibronic_terms.h"

#define L DIA_LANES

/* ---- opening --------------------------------------------------------------------------------- */

void dia_vibronic_core_free(dia_vibronic_core *model)
{
    free(model->frequency);
    free(model->direction);
    free(model->vector);
    free(model->constant);
    free(model->term);
    free(model->power);
    free(model->dipole);
    free(model->morse);
    free(model->bath);
    free(model->bath_coupling);
    free(model->multiplicity);
    dia_alignment_free(&model->alignment);
}

/* Puts constant terms into a matrix, and orders the others: linear, then quadratic. */
static void sort_terms(dia_vibronic_core *model, const dia_vibronic *data)
{
    for (int t = 0; t < data->nterm; t++)
        if (data->term[t].m < 0)
            model->constant[dia_vibronic_place(model, &data->term[t])] += data->term[t].value;
    for (int quadratic = 0; quadratic < 2; quadratic++) {
        for (int t = 0; t < data->nterm; t++)
            if (data->term[t].m >= 0 && (data->term[t].k >= 0) == quadratic)
                model->term[model->nterm++] = data->term[t];
        if (!quadratic)
            model->nlinear = model->nterm;
    }
}

/* NULL only without memory; of no items a piece that can be freed. */
static void *copy(const void *items, int n, size_t size)
{
    void *made = calloc((size_t)n + 1, size);
    if (made != NULL && n > 0)
        memcpy(made, items, (size_t)n * size);
    return made;
}

static bool is_complex(const dia_vibronic *data)
{
    bool complex = false;
    for (int t = 0; t < data->nterm; t++)
        complex = complex || data->term[t].imaginary;
    for (int d = 0; d < data->ndipole; d++)
        complex = complex || data->dipole[d].imaginary;
    return complex;
}

static dia_status take(dia_vibronic_core *model, const dia_vibronic *data, dia_error *error)
{
    size_t nmode = (size_t)data->nmode, ncart = (size_t)data->molecule.ncart;
    model->nstate = data->nstate;
    model->npacked = is_complex(data) ? data->nstate * data->nstate : data->nstate * (data->nstate + 1) / 2;
    model->nmode = data->nmode;
    model->natom = data->molecule.natom;
    model->ncart = data->molecule.ncart;
    model->molecular = data->vector != NULL;
    model->npower = data->npower;
    model->nmorse = data->nmorse;
    model->nbath = data->nbath;
    model->ndipole = data->ndipole;
    model->dipole = copy(data->dipole, data->ndipole, sizeof *model->dipole);
    model->frequency = copy(data->frequency, data->nmode, sizeof(double));
    model->constant = calloc((size_t)model->npacked, sizeof(double));
    model->term = malloc(((size_t)data->nterm + 1) * sizeof *model->term);
    model->power = copy(data->power, data->npower, sizeof *model->power);
    model->morse = copy(data->morse, data->nmorse, sizeof *model->morse);
    model->bath = copy(data->bath, data->nbath, sizeof *model->bath);
    model->bath_coupling = copy(data->bath_coupling, data->nbath * data->nstate, sizeof(double));
    model->multiplicity = data->multiplicity != NULL ? copy(data->multiplicity, 2 * data->nstate, sizeof(int)) : NULL;
    model->direction = model->molecular ? malloc(nmode * ncart * sizeof(double)) : NULL;
    model->vector = model->molecular ? copy(data->vector, (int)(nmode * ncart), sizeof(double)) : NULL;
    if (model->frequency == NULL || model->dipole == NULL || model->constant == NULL || model->term == NULL ||
        model->power == NULL || model->morse == NULL || model->bath == NULL || model->bath_coupling == NULL ||
        (data->multiplicity != NULL && model->multiplicity == NULL) ||
        (model->molecular && (model->direction == NULL || model->vector == NULL)))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a vibronic model of %d modes", data->nmode);
    for (int b = 0; b < data->nbath; b++)
        model->bath[b].coupling = model->bath_coupling + (size_t)b * (size_t)data->nstate;
    sort_terms(model, data);
    if (!model->molecular)
        return DIA_OK;
    for (size_t m = 0; m < nmode; m++)
        for (size_t c = 0; c < ncart; c++)
            model->direction[m * ncart + c] =
                sqrt(data->frequency[m] * data->molecule.masses[c / 3]) * data->vector[m * ncart + c];
    return dia_alignment_make(&model->alignment, &data->molecule, error);
}

dia_status dia_vibronic_core_make(dia_vibronic_core *model, const dia_vibronic *data, dia_shape *shape,
                                  dia_molecule *molecule, dia_error *error)
{
    dia_status status = take(model, data, error);
    if (status == DIA_OK)
        status = dia_molecule_copy(molecule, &data->molecule, error);
    if (status != DIA_OK) {
        dia_vibronic_core_free(model);
        return status;
    }
    *shape =
        (dia_shape){.natom = model->natom, .ncart = model->ncart, .nstate = model->nstate, .npacked = model->npacked};
    return DIA_OK;
}

void dia_vibronic_core_close(void *self)
{
    dia_vibronic_core_free(self);
}

const dia_vibronic_bath *dia_vibronic_baths(const dia_model *model, int *n)
{
    *n = 0;
    if (dia_model_type_of(model)->hamiltonian != dia_vibronic_core_hamiltonian)
        return NULL;
    const dia_vibronic_core *core = model->self;
    int nmode = 0;
    for (int b = 0; b < core->nbath; b++)
        nmode += core->bath[b].nmode;
    if (nmode != core->nmode)
        return NULL;
    *n = core->nbath;
    return core->bath;
}

/* ---- the tape: data that hamiltonian stores for the others ----------------------------------- */

/* In front the work space of one panel; then Q (panels, nmode, L); then, of a molecule, z (batch, ncart) and the poses. */
typedef struct tape {
    double *Q, *panel_Q, *dQ, *h, *W, *cart;
    double *z;
    dia_pose *pose;
} tape;

static size_t rounded(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

/* base == NULL: only counts. Returns the bytes. */
static size_t lay_out(const dia_vibronic_core *model, tape *t, char *base, size_t batch)
{
    const size_t panels = (batch + L - 1) / L, nmode = (size_t)model->nmode, np = (size_t)model->npacked;
    const size_t sizes[] = {nmode * L * sizeof(double),
                            nmode * L * sizeof(double),
                            np * L * sizeof(double),
                            np * L * sizeof(double),
                            (size_t)model->ncart * sizeof(double),
                            model->molecular ? batch * (size_t)model->ncart * sizeof(double) : 0,
                            model->molecular ? batch * sizeof(dia_pose) : 0,
                            panels * nmode * L * sizeof(double)};
    char *at[8];
    size_t used = 0;
    for (int i = 0; i < 8; i++) {
        at[i] = base != NULL ? base + used : NULL;
        used += rounded(sizes[i]);
    }
    *t = (tape){.panel_Q = (double *)at[0],
                .dQ = (double *)at[1],
                .h = (double *)at[2],
                .W = (double *)at[3],
                .cart = (double *)at[4],
                .z = (double *)at[5],
                .pose = (dia_pose *)at[6],
                .Q = (double *)at[7]};
    return used;
}

/* The number of rows of z and of poses is kept in front of all, so that the layout is known later. */
size_t dia_vibronic_core_tape_size(const void *self, int batch_max, int request_max)
{
    tape t;
    (void)request_max;
    return rounded(sizeof(size_t)) + lay_out(self, &t, NULL, (size_t)batch_max);
}

void dia_vibronic_core_tape_init(const void *self, void *work, int batch_max, int request_max)
{
    (void)self, (void)request_max;
    *(size_t *)work = (size_t)batch_max;
}

static tape tape_of(const dia_vibronic_core *model, void *work)
{
    tape t;
    lay_out(model, &t, (char *)work + rounded(sizeof(size_t)), *(size_t *)work);
    return t;
}

/* ---- hamiltonian, contract, derivative ------------------------------------------------------- */

/* Q of geometry b, lane l of its panel. */
static void coordinates(const dia_vibronic_core *model, const double *R, tape *t, int b, double *Q)
{
    if (!model->molecular) {
        for (int m = 0; m < model->nmode; m++)
            Q[m * L] = R[m];
        return;
    }
    double *z = t->z + (size_t)b * (size_t)model->ncart;
    dia_align(&model->alignment, R, z, &t->pose[b]);
    for (int m = 0; m < model->nmode; m++) {
        const double *direction = model->direction + (size_t)m * (size_t)model->ncart;
        double sum = 0.0;
        for (int c = 0; c < model->ncart; c++)
            sum += direction[c] * (z[c] - model->alignment.y[c]);
        Q[m * L] = sum;
    }
}

void dia_vibronic_core_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    const dia_vibronic_core *model = self;
    tape t = tape_of(model, work);
    for (int first = 0; first < batch; first += L) {
        const int n = batch - first < L ? batch - first : L;
        double *Q = t.Q + (size_t)first * (size_t)model->nmode;
        for (int l = 0; l < n; l++)
            coordinates(model, R + (size_t)(first + l) * (size_t)model->ncart, &t, first + l, Q + l);
        for (int l = n; l < L; l++) /* lanes without a geometry hold numbers that are as good */
            for (int m = 0; m < model->nmode; m++)
                Q[m * L + l] = Q[m * L];
        dia_vibronic_terms_hamiltonian(model, Q, t.h);
        for (int l = 0; l < n; l++)
            for (int k = 0; k < model->npacked; k++)
                H[(size_t)(first + l) * (size_t)model->npacked + (size_t)k] = t.h[k * L + l];
    }
}

/* Q (nmode, L) of rows[0..n-1]: a panel of the batch if they form one (the usual case, nothing is copied), else a copy. */
static const double *gather(const dia_vibronic_core *model, const tape *t, int n, const int *rows)
{
    const size_t size = (size_t)model->nmode;
    bool whole = rows[0] % L == 0;
    for (int l = 1; l < n && whole; l++)
        whole = rows[l] == rows[0] + l;
    if (whole)
        return t->Q + (size_t)rows[0] * size;
    for (int l = 0; l < L; l++) {
        const int row = rows[l < n ? l : 0];
        const double *from = t->Q + (size_t)(row - row % L) * size + row % L;
        for (int m = 0; m < model->nmode; m++)
            t->panel_Q[m * L + l] = from[m * L];
    }
    return t->panel_Q;
}

/* From dH/dQ of one lane, and the moment (3) of what turns with the molecule, to its gradient. */
static void molecular_gradient(const dia_vibronic_core *model, const tape *t, int row, const double *Qbar,
                               const double *moment, double *g)
{
    memset(t->cart, 0, (size_t)model->ncart * sizeof *t->cart);
    for (int m = 0; m < model->nmode; m++)
        for (int c = 0; c < model->ncart; c++)
            t->cart[c] += Qbar[m * L] * model->direction[(size_t)m * (size_t)model->ncart + (size_t)c];
    dia_align_cotangent_turn(&model->alignment, t->z + (size_t)row * (size_t)model->ncart, &t->pose[row], t->cart,
                             moment, g);
}

void dia_vibronic_core_contract(const void *self, void *work, const double *R, int n, const int *rows, const double *W,
                                double *G)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(model, work);
    (void)R;
    for (int first = 0; first < n; first += L) {
        const int lanes = n - first < L ? n - first : L;
        const double *Q = gather(model, &t, lanes, rows + first);
        for (int l = 0; l < L; l++)
            for (int k = 0; k < model->npacked; k++)
                t.W[k * L + l] = l < lanes ? W[(size_t)(first + l) * (size_t)model->npacked + (size_t)k] : 0.0;
        dia_vibronic_terms_contract(model, Q, t.W, t.dQ);
        for (int l = 0; l < lanes; l++) {
            double *g = G + (size_t)(first + l) * (size_t)model->ncart;
            if (model->molecular)
                molecular_gradient(model, &t, rows[first + l], t.dQ + l, (const double[3]){0.0, 0.0, 0.0}, g);
            for (int m = 0; !model->molecular && m < model->nmode; m++)
                g[m] = t.dQ[m * L + l];
        }
    }
}

/* dQ of one request, in one lane. */
static void mode_velocity(const dia_vibronic_core *model, const tape *t, int row, const double *v, double *dQ)
{
    if (!model->molecular) {
        for (int m = 0; m < model->nmode; m++)
            dQ[m * L] = v[m];
        return;
    }
    dia_align_tangent(&model->alignment, t->z + (size_t)row * (size_t)model->ncart, &t->pose[row], v, t->cart);
    for (int m = 0; m < model->nmode; m++) {
        dQ[m * L] = 0.0;
        for (int c = 0; c < model->ncart; c++)
            dQ[m * L] += model->direction[(size_t)m * (size_t)model->ncart + (size_t)c] * t->cart[c];
    }
}

void dia_vibronic_core_derivative(const void *self, void *work, const double *R, int n, const int *rows,
                                  const double *V, double *dH)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(model, work);
    (void)R;
    for (int first = 0; first < n; first += L) {
        const int lanes = n - first < L ? n - first : L;
        const double *Q = gather(model, &t, lanes, rows + first);
        for (int l = 0; l < lanes; l++)
            mode_velocity(model, &t, rows[first + l], V + (size_t)(first + l) * (size_t)model->ncart, t.dQ + l);
        for (int l = lanes; l < L; l++)
            for (int m = 0; m < model->nmode; m++)
                t.dQ[m * L + l] = 0.0;
        dia_vibronic_terms_derivative(model, Q, t.dQ, t.h);
        for (int l = 0; l < lanes; l++)
            for (int k = 0; k < model->npacked; k++)
                dH[(size_t)(first + l) * (size_t)model->npacked + (size_t)k] = t.h[k * L + l];
    }
}

bool dia_vibronic_core_dipolar(const void *self)
{
    return ((const dia_vibronic_core *)self)->ndipole > 0;
}

/* mu (3, npacked) from the orientation of the reference, z = turn (R - centre), to that of the geometry. */
static void turn_back(int npacked, const double *turn, double *mu)
{
    for (int k = 0; k < npacked; k++) {
        const double v[3] = {mu[k], mu[npacked + k], mu[2 * npacked + k]};
        for (int x = 0; x < 3; x++)
            mu[x * npacked + k] = turn[x] * v[0] + turn[3 + x] * v[1] + turn[6 + x] * v[2];
    }
}

static int place_of(const dia_vibronic_core *model, const dia_vibronic_dipole *dipole)
{
    return dipole->imaginary ? dia_packed_imaginary(model->nstate, dipole->i, dipole->j)
                             : dia_packed(dipole->i, dipole->j);
}

/* Q of a row of the batch: mode m at m L. */
static const double *coordinates_of(const dia_vibronic_core *model, const tape *t, int row)
{
    return t->Q + (size_t)(row - row % L) * (size_t)model->nmode + row % L;
}

void dia_vibronic_core_dipole(const void *self, void *work, const double *R, int n, const int *rows, double *mu)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(model, work);
    (void)R;
    for (int q = 0; q < n; q++) {
        const int row = rows[q], np = model->npacked;
        const double *Q = coordinates_of(model, &t, row);
        double *here = mu + 3 * (size_t)q * (size_t)np;
        memset(here, 0, 3 * (size_t)np * sizeof *here);
        for (int d = 0; d < model->ndipole; d++) {
            const dia_vibronic_dipole *dipole = &model->dipole[d];
            const int place = place_of(model, dipole);
            for (int x = 0; x < 3; x++)
                here[x * np + place] += dipole->vector[x] * (dipole->m < 0 ? 1.0 : Q[dipole->m * L]);
        }
        if (model->molecular)
            turn_back(np, t.pose[row].turn, here);
    }
}

/* mu = Q^T m(Q_1, ...) with the turn Q of the alignment, dQ = omega x Q: W . dmu = (Q W) . dm + omega . ((Q W) x m). */
void dia_vibronic_core_dipole_contract(const void *self, void *work, const double *R, int n, const int *rows,
                                       const double *W, double *G)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(model, work);
    (void)R;
    for (int q = 0; q < n; q++) {
        const double *Q = coordinates_of(model, &t, rows[q]), *turn = model->molecular ? t.pose[rows[q]].turn : NULL;
        const double *weight = W + 3 * (size_t)q * (size_t)model->npacked;
        double *g = G + (size_t)q * (size_t)model->ncart, moment[3] = {0.0, 0.0, 0.0};
        for (int m = 0; m < model->nmode; m++)
            t.dQ[m * L] = 0.0;
        for (int d = 0; d < model->ndipole; d++) {
            const dia_vibronic_dipole *dipole = &model->dipole[d];
            const double *v = dipole->vector, often = dipole->i == dipole->j ? 1.0 : 2.0;
            const int at = place_of(model, dipole);
            double w[3] = {weight[at], weight[model->npacked + at], weight[2 * model->npacked + at]}, turned[3], t3[3];
            for (int x = 0; x < 3; x++)
                turned[x] = turn != NULL ? dia_dot3(turn + 3 * x, w) : w[x];
            if (dipole->m >= 0)
                t.dQ[dipole->m * L] += often * dia_dot3(turned, v);
            dia_cross(turned, v, t3);
            for (int x = 0; x < 3; x++)
                moment[x] += often * t3[x] * (dipole->m < 0 ? 1.0 : Q[dipole->m * L]);
        }
        if (model->molecular)
            molecular_gradient(model, &t, rows[q], t.dQ, moment, g);
        for (int m = 0; !model->molecular && m < model->nmode; m++)
            g[m] = t.dQ[m * L];
    }
}

bool dia_vibronic_core_spin(const void *self, int *multiplicity, int *projection)
{
    const dia_vibronic_core *model = self;
    const size_t n = (size_t)model->nstate;
    if (model->multiplicity == NULL)
        return false;
    memcpy(multiplicity, model->multiplicity, n * sizeof *multiplicity);
    memcpy(projection, model->multiplicity + n, n * sizeof *projection);
    return true;
}

int dia_vibronic_core_oscillators(const void *self, double *frequency, double *vector)
{
    const dia_vibronic_core *model = self;
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
