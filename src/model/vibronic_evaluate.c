/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From geometries to panels of normal coordinates (model/vibronic_kernel.h) and back. */
#include <string.h>

#include "math/lane_isa.h"
#include "model/vibronic_core.h"
#include "model/vibronic_kernel.h"
#include "molecule/align_kernel.h"

enum { L = DIA_LANES };

static const dia_vibronic_kernel *best(void)
{
    static const dia_vibronic_kernel *const kernels[DIA_ISAS] = {
        [DIA_ISA_GENERIC] = &dia_vibronic_kernel_generic,
        [DIA_ISA_AVX2] = &dia_vibronic_kernel_avx2,
        [DIA_ISA_AVX512] = &dia_vibronic_kernel_avx512,
    };
    return kernels[dia_lane_isa()];
}

/* ---- the tape: data that hamiltonian stores for the others ----------------------------------- */

/* What is kept of a panel of geometries, one behind another: Q (nmode, L); of a molecule also z (ncart, L) and poses (DIA_POSE_ROWS, L). */
typedef struct panel {
    double *Q, *z, *pose;
} panel;

typedef struct tape {
    const dia_vibronic_core *model;
    const dia_vibronic_kernel *kernel;
    const dia_align_kernel *align;
    double *R, *P, *dQ, *h, *moment,
        *alone;       /* work space of one panel: (ncart, L) twice, (nmode, L), (3 npacked, L), (3, L); 2 ncart */
    double *gathered; /* a panel of rows of several ones */
    double *panels;
} tape;

static size_t panel_size(const dia_vibronic_core *model)
{
    const size_t more = model->molecular ? (size_t)model->ncart + DIA_POSE_ROWS : 0;
    return ((size_t)model->nmode + more) * L;
}

static panel panel_at(const dia_vibronic_core *model, double *at)
{
    panel p = {.Q = at};
    p.z = p.Q + (size_t)model->nmode * L;
    p.pose = p.z + (size_t)model->ncart * L;
    return p;
}

/* base == NULL: only counts. Returns the number of doubles, without the panels. */
static size_t lay_out(tape *t, double *base)
{
    const dia_vibronic_core *model = t->model;
    const size_t ncart = (size_t)model->ncart;
    double **const at[] = {&t->R, &t->P, &t->dQ, &t->h, &t->moment, &t->gathered, &t->alone, &t->panels};
    const size_t sizes[] = {ncart * L, ncart * L,         (size_t)model->nmode * L,    3 * (size_t)model->npacked * L,
                            3 * L,     panel_size(model), (2 * ncart + L - 1) / L * L, 0};
    size_t used = 0;
    for (int i = 0; i < 8; i++) {
        *at[i] = base != NULL ? base + used : NULL;
        used += sizes[i];
    }
    return used;
}

size_t dia_vibronic_core_tape_size(const void *self, int batch_max, int request_max)
{
    const size_t panels = ((size_t)batch_max + L - 1) / L;
    tape t = {.model = self};
    (void)request_max;
    return (lay_out(&t, NULL) + panels * panel_size(self)) * sizeof(double);
}

static tape tape_of(const void *self, void *work)
{
    tape t = {.model = self, .kernel = best(), .align = dia_align_kernel_best()};
    lay_out(&t, work);
    return t;
}

/* ---- rows and panels ------------------------------------------------------------------------- */

/* Rows first..first+count-1 of x (., size) -> lanes; those without one hold numbers that are as good. */
static void put(const tape *t, int first, int count, const double *x, int size, double *lanes)
{
    const double *row[L];
    for (int l = 0; l < L; l++)
        row[l] = x + (size_t)(first + (l < count ? l : 0)) * (size_t)size;
    t->kernel->gather((size_t)size, row, lanes);
}

static void take(const tape *t, int first, int count, const double *lanes, int size, double *x)
{
    double *row[L];
    for (int l = 0; l < count; l++)
        row[l] = x + (size_t)(first + l) * (size_t)size;
    t->kernel->scatter((size_t)size, count, lanes, row);
}

/* What is kept of rows[0..count-1]: a panel of the batch if they form one (the usual case, nothing is copied), else a copy. */
static panel gather(const tape *t, int count, const int *rows)
{
    const size_t size = panel_size(t->model);
    bool whole = rows[0] % L == 0;
    for (int l = 1; l < count && whole; l++)
        whole = rows[l] == rows[0] + l;
    if (whole)
        return panel_at(t->model, t->panels + (size_t)(rows[0] / L) * size);
    for (int l = 0; l < L; l++) {
        const int row = rows[l < count ? l : 0];
        const double *from = t->panels + (size_t)(row / L) * size + row % L;
        for (size_t i = 0; i < size; i += L)
            t->gathered[i + (size_t)l] = from[i];
    }
    return panel_at(t->model, t->gathered);
}

/* Qbar and, of what turns with the molecule, a moment (3, L) -> gradients. */
static void give_gradients(const tape *t, panel at, int first, int count, const double *Qbar, const double *moment,
                           double *G)
{
    const dia_vibronic_core *model = t->model;
    if (!model->molecular) {
        take(t, first, count, Qbar, model->nmode, G);
        return;
    }
    t->kernel->cotangent(model, Qbar, t->P);
    t->align->cotangent(&model->alignment, at.z, at.pose, t->P, moment, t->R);
    take(t, first, count, t->R, model->ncart, G);
}

static int here(int n, int first)
{
    return n - first < L ? n - first : L;
}

/* ---- hamiltonian, contract, derivative ------------------------------------------------------- */

void dia_vibronic_core_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(self, work);
    for (int first = 0; first < batch; first += L) {
        const int count = here(batch, first);
        const panel p = panel_at(model, t.panels + (size_t)(first / L) * panel_size(model));
        put(&t, first, count, R, model->ncart, model->molecular ? t.R : p.Q);
        if (model->molecular) {
            dia_align_panel(t.align, &model->alignment, t.R, p.z, p.pose, t.alone);
            t.kernel->coordinates(model, p.z, p.Q);
        }
        t.kernel->hamiltonian(model, p.Q, t.h);
        take(&t, first, count, t.h, model->npacked, H);
    }
}

void dia_vibronic_core_contract(const void *self, void *work, const double *R, int n, const int *rows, const double *W,
                                double *G)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(self, work);
    (void)R;
    memset(t.moment, 0, 3 * L * sizeof *t.moment);
    for (int first = 0; first < n; first += L) {
        const int count = here(n, first);
        const panel p = gather(&t, count, rows + first);
        put(&t, first, count, W, model->npacked, t.h);
        t.kernel->contract(model, p.Q, t.h, t.dQ);
        give_gradients(&t, p, first, count, t.dQ, t.moment, G);
    }
}

void dia_vibronic_core_derivative(const void *self, void *work, const double *R, int n, const int *rows,
                                  const double *V, double *dH)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(self, work);
    (void)R;
    for (int first = 0; first < n; first += L) {
        const int count = here(n, first);
        const panel p = gather(&t, count, rows + first);
        put(&t, first, count, V, model->ncart, model->molecular ? t.R : t.dQ);
        if (model->molecular) {
            t.align->tangent(&model->alignment, p.z, p.pose, t.R, t.P);
            t.kernel->tangent(model, t.P, t.dQ);
        }
        t.kernel->derivative(model, p.Q, t.dQ, t.h);
        take(&t, first, count, t.h, model->npacked, dH);
    }
}

/* ---- dipoles --------------------------------------------------------------------------------- */

static int place_of(const dia_vibronic_core *model, const dia_vibronic_dipole *dipole)
{
    return dipole->imaginary ? dia_packed_imaginary(model->nstate, dipole->i, dipole->j)
                             : dia_packed(dipole->i, dipole->j);
}

/* v (3, rows stand `stride` apart), turned by Q, or back by its transpose; one lane. */
static void turn(const double *Q, bool back, size_t stride, double *v)
{
    const double x = v[0], y = v[stride], z = v[2 * stride];
    for (int i = 0; i < 3; i++)
        v[(size_t)i * stride] = back ? Q[i * L] * x + Q[(3 + i) * L] * y + Q[(6 + i) * L] * z
                                     : Q[3 * i * L] * x + Q[(3 * i + 1) * L] * y + Q[(3 * i + 2) * L] * z;
}

/* All elements of panels (3, npacked, L). */
static void turn_all(const dia_vibronic_core *model, panel p, bool back, double *mu)
{
    const size_t np = (size_t)model->npacked;
    for (size_t i = 0; model->molecular && i < np * L; i++)
        turn(p.pose + DIA_TURN_ROW * L + i % L, back, np * L, mu + i);
}

void dia_vibronic_core_dipole(const void *self, void *work, const double *R, int n, const int *rows, double *mu)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(self, work);
    const size_t np = (size_t)model->npacked;
    (void)R;
    for (int first = 0; first < n; first += L) {
        const int count = here(n, first);
        const panel p = gather(&t, count, rows + first);
        memset(t.h, 0, 3 * np * L * sizeof *t.h);
        for (int d = 0; d < model->ndipole; d++) {
            const dia_vibronic_dipole *dipole = &model->dipole[d];
            double *element = t.h + (size_t)place_of(model, dipole) * L;
            for (size_t x = 0; x < 3; x++)
                for (int l = 0; l < L; l++)
                    element[x * np * L + (size_t)l] +=
                        dipole->vector[x] * (dipole->m < 0 ? 1.0 : p.Q[dipole->m * L + l]);
        }
        turn_all(model, p, true, t.h);
        take(&t, first, count, t.h, 3 * model->npacked, mu);
    }
}

/* One dipole: w . dmu = w . dm + omega . (w x m), w the turned weight; -> Qbar and moment. */
static void contract_dipole(const dia_vibronic_core *model, const dia_vibronic_dipole *dipole, const double *Q,
                            const double *W, double *Qbar, double *moment)
{
    const double *v = dipole->vector, often = dipole->i == dipole->j ? 1.0 : 2.0;
    const double *w = W + (size_t)place_of(model, dipole) * L;
    const size_t next = (size_t)model->npacked * L;
    for (int l = 0; l < L; l++) {
        const double x = w[l], y = w[next + (size_t)l], z = w[2 * next + (size_t)l];
        const double size = often * (dipole->m < 0 ? 1.0 : Q[dipole->m * L + l]);
        if (dipole->m >= 0)
            Qbar[dipole->m * L + l] += often * (x * v[0] + y * v[1] + z * v[2]);
        moment[l] += size * (y * v[2] - z * v[1]);
        moment[L + l] += size * (z * v[0] - x * v[2]);
        moment[2 * L + l] += size * (x * v[1] - y * v[0]);
    }
}

/* mu = Q^T m(Q_1, ...) with the turn Q of the alignment, dQ = omega x Q: W . dmu = (Q W) . dm + omega . ((Q W) x m). */
void dia_vibronic_core_dipole_contract(const void *self, void *work, const double *R, int n, const int *rows,
                                       const double *W, double *G)
{
    const dia_vibronic_core *model = self;
    const tape t = tape_of(self, work);
    (void)R;
    for (int first = 0; first < n; first += L) {
        const int count = here(n, first);
        const panel p = gather(&t, count, rows + first);
        put(&t, first, count, W, 3 * model->npacked, t.h);
        turn_all(model, p, false, t.h);
        memset(t.dQ, 0, (size_t)model->nmode * L * sizeof *t.dQ);
        memset(t.moment, 0, 3 * L * sizeof *t.moment);
        for (int d = 0; d < model->ndipole; d++)
            contract_dipole(model, &model->dipole[d], p.Q, t.h, t.dQ, t.moment);
        give_gradients(&t, p, first, count, t.dQ, t.moment, G);
    }
}
