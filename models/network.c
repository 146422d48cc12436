/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A neural network for the diabatic matrix, on panels of eight lanes: features -> standardised -> architecture ->
 * shift and scale, baseline, and a reference model. In single precision the architecture, and nothing else, takes panels of sixteen
 * floats, made of two of these. */
#include <stdlib.h>
#include <string.h>

#include "math/lanes.h"
#include "model/baseline.h"
#include "model/front.h"
#include "model/network_tape.h"
#include "model/object.h"
#include "model/request.h"

#define L DIA_LANES

/* ---- precision ------------------------------------------------------------------------------- */

/* Panels that the architecture takes at a time. */
static int parts(const dia_network_work *w)
{
    return w->single ? DIA_PANEL_SINGLE_LANES / L : 1;
}

/* How many of n are in this part of what the architecture takes at a time. */
static int count_of(int n, int part)
{
    const int left = n - part * L;
    return left < 0 ? 0 : left < L ? left : L;
}

/* What the architecture takes and gives: panels of doubles themselves, or each as its part of a panel of floats. */
DIA_CLONES static void narrow(const dia_network_work *w, int part, int rows, const double *from, float *to)
{
    for (int k = 0; k < rows && w->single; k++)
        for (int l = 0; l < L; l++)
            to[k * DIA_PANEL_SINGLE_LANES + part * L + l] = (float)from[k * L + l];
}

DIA_CLONES static void widen(const dia_network_work *w, int part, int rows, const float *from, double *to)
{
    for (int k = 0; k < rows && w->single; k++)
        for (int l = 0; l < L; l++)
            to[k * L + l] = (double)from[k * DIA_PANEL_SINGLE_LANES + part * L + l];
}

static void forward(const dia_network *net, const dia_network_work *w, double *memory)
{
    if (w->single)
        net->architecture->single->forward(net->body, w->narrow_u, (float *)memory, (float *)w->scratch, w->narrow_y);
    else
        net->architecture->forward(net->body, w->u, memory, w->scratch, w->y);
}

static void reverse(const dia_network *net, const dia_network_work *w, const double *memory)
{
    if (w->single)
        net->architecture->single->reverse(net->body, (const float *)memory, w->narrow_y, (float *)w->scratch,
                                           w->narrow_u);
    else
        net->architecture->reverse(net->body, memory, w->y, w->scratch, w->ubar);
}

static void tangent(const dia_network *net, const dia_network_work *w, const double *memory)
{
    if (w->single)
        net->architecture->single->tangent(net->body, (const float *)memory, w->narrow_u, (float *)w->scratch,
                                           w->narrow_y);
    else
        net->architecture->tangent(net->body, memory, w->u, w->scratch, w->y);
}

/* ---- what is remembered ---------------------------------------------------------------------- */

/* Requests of this part; NULL: none. */
static const int *requests_of(const dia_turn *t, int part)
{
    const int *request = t->request + part * L;
    for (int l = 0; l < L; l++)
        if (request[l] >= 0)
            return request;
    return NULL;
}

/* Geometries and features of a part that has requests. */
static dia_network_panel points_in(const dia_network *net, const dia_network_work *w, const dia_turn *t, int part,
                                   const int *row)
{
    if (t->panel >= 0)
        return w->panel[t->panel * parts(w) + part];
    return dia_network_points(net, w, count_of(t->n, part), row + t->request[part * L]);
}

/* Memory of the architecture. */
static const double *memory_of(const dia_network *net, const dia_network_work *w, const dia_turn *t, const int *row)
{
    if (t->panel >= 0)
        return w->panel[t->panel * parts(w)].memory;
    const int lanes = L * parts(w), n = t->n, *rows = row + t->request[0];
    const size_t size = net->architecture->memory(net->body) / L;
    const double *from[DIA_PANEL_SINGLE_LANES];
    for (int l = 0; l < lanes; l++)
        from[l] = w->panel[rows[l < n ? l : 0] / lanes * parts(w)].memory;
    for (size_t k = 0; k < size; k++)
        for (int l = 0; l < lanes; l++) {
            const size_t at = (size_t)(rows[l < n ? l : 0] % lanes);
            if (w->single)
                ((float *)w->gathered.memory)[k * (size_t)lanes + (size_t)l] =
                    ((const float *)from[l])[k * (size_t)lanes + at];
            else
                w->gathered.memory[k * L + (size_t)l] = from[l][k * L + at];
        }
    return w->gathered.memory;
}

/* ---- hamiltonian, contract, derivative ------------------------------------------------------- */

static void hamiltonian(const void *self, void *memory, int batch, const double *R, double *H)
{
    const dia_network *net = self;
    dia_network_work *w = memory;
    const int np = net->shape.npacked, nc = net->shape.ncart, nf = net->nfeature;
    for (int first = 0; first < batch; first += parts(w) * L) {
        const dia_network_panel *r = &w->panel[first / L];
        for (int part = 0; part < parts(w) && first + part * L < batch; part++) {
            const int at = first + part * L;
            dia_network_to_panel(count_of(batch - first, part), NULL, nc, R + (size_t)at * (size_t)nc, r[part].x);
            dia_network_features(net, r[part].x, r[part].f);
            dia_network_inputs(net, r[part].f, w->u);
            narrow(w, part, nf, w->u, w->narrow_u);
        }
        if (H == NULL)
            continue;
        forward(net, w, r->memory);
        for (int part = 0; part < parts(w) && first + part * L < batch; part++) {
            const int at = first + part * L, n = count_of(batch - first, part);
            widen(w, part, np, w->narrow_y, w->y);
            dia_network_elements(net, w, &r[part], n, H + (size_t)at * (size_t)np);
        }
    }
    if (net->reference != NULL) {
        net->reference->type->hamiltonian(net->reference->self, w->reference, batch, R, w->reference_H);
        for (int i = 0; i < batch * np && H != NULL; i++)
            H[i] += w->reference_H[i];
    }
}

static void contract(const void *self, void *memory, const double *R, int n, const int *row, const double *W, double *G)
{
    const dia_network *net = self;
    dia_network_work *w = memory;
    const int np = net->shape.npacked, nc = net->shape.ncart;
    const int lanes = L * parts(w);
    const bool in_place = dia_requests_in_place(lanes, n, row);
    for (int first = 0; first < n;) {
        const dia_turn t = dia_turn_from(lanes, first, n, row, in_place);
        for (int part = 0; part < parts(w); part++) {
            dia_network_adjoint(net, t.request + part * L, W, net->scale, w->y);
            narrow(w, part, np, w->y, w->narrow_y);
        }
        reverse(net, w, memory_of(net, w, &t, row));
        for (int part = 0; part < parts(w); part++) {
            const int *request = requests_of(&t, part);
            if (request == NULL)
                continue;
            const dia_network_panel r = points_in(net, w, &t, part, row);
            widen(w, part, net->nfeature, w->narrow_u, w->ubar);
            dia_network_to_coordinates(net, w, &r, request, W);
            dia_network_from_lanes(request, nc, w->v, G);
        }
        first += t.n;
    }
    if (net->reference != NULL) {
        net->reference->type->contract(net->reference->self, w->reference, R, n, row, W, w->reference_G);
        for (int i = 0; i < n * nc; i++)
            G[i] += w->reference_G[i];
    }
}

/* Of requests in the lanes of a part: du for their velocities V -> w->u; those stay in w->v. */
static void tangent_of(const dia_network *net, dia_network_work *w, const dia_network_panel *r, const int *request,
                       const double *V)
{
    dia_network_to_lanes(request, net->shape.ncart, V, w->v);
    dia_network_feature_tangent(net, r, w->v, w->u);
}

static void derivative(const void *self, void *memory, const double *R, int n, const int *row, const double *V,
                       double *dH)
{
    const dia_network *net = self;
    dia_network_work *w = memory;
    const int np = net->shape.npacked;
    const int lanes = L * parts(w);
    const bool in_place = dia_requests_in_place(lanes, n, row);
    for (int first = 0; first < n;) {
        const dia_turn t = dia_turn_from(lanes, first, n, row, in_place);
        for (int part = 0; part < parts(w); part++) {
            const int *request = requests_of(&t, part);
            if (request == NULL)
                memset(w->u, 0, (size_t)net->nfeature * L * sizeof *w->u);
            else {
                const dia_network_panel r = points_in(net, w, &t, part, row);
                tangent_of(net, w, &r, request, V);
            }
            narrow(w, part, net->nfeature, w->u, w->narrow_u);
        }
        tangent(net, w, memory_of(net, w, &t, row));
        for (int part = 0; part < parts(w); part++) {
            const int *request = requests_of(&t, part);
            if (request == NULL)
                continue;
            widen(w, part, np, w->narrow_y, w->y);
            for (int k = 0; k < np; k++)
                for (int l = 0; l < L; l++)
                    w->y[k * L + l] *= net->scale[k];
            if (net->baseline != NULL) {
                const dia_network_panel r = points_in(net, w, &t, part, row);
                tangent_of(net, w, &r, request, V);
                dia_network_clear(net, w->ysum);
                dia_network_inputs(net, r.f, w->ubar);
                net->baseline->tangent(net, net->baseline_numbers, r.x, w->ubar, w->v, w->u, w->ysum);
                for (int k = 0; k < np * L; k++)
                    w->y[k] += w->ysum[k];
            }
            dia_network_from_lanes(request, np, w->y, dH);
        }
        first += t.n;
    }
    if (net->reference != NULL) {
        net->reference->type->derivative(net->reference->self, w->reference, R, n, row, V, w->reference_dH);
        for (int i = 0; i < n * np; i++)
            dH[i] += w->reference_dH[i];
    }
}

/* ---- dipoles --------------------------------------------------------------------------------- */

static bool dipolar(const void *self)
{
    return ((const dia_network *)self)->dipoles.nlayer > 0;
}

static void dipole(const void *self, void *memory, const double *R, int n, const int *row, double *mu)
{
    const dia_network_work *w = memory;
    dia_dipoles_evaluate(&((const dia_network *)self)->dipoles, R, n, row, w->dipoles, mu);
}

static void dipole_contract(const void *self, void *memory, const double *R, int n, const int *row, const double *W,
                            double *G)
{
    const dia_network_work *w = memory;
    dia_dipoles_contract(&((const dia_network *)self)->dipoles, R, n, row, w->dipoles, W, G);
}

/* ---- what else it says ----------------------------------------------------------------------- */

static void single(const void *self, void *memory)
{
    (void)self;
    ((dia_network_work *)memory)->single = true;
}

static double *theta(void *self)
{
    return ((dia_network *)self)->theta;
}

static void refresh(void *self)
{
    dia_network_refresh(self);
}

static bool bounded(const void *self)
{
    return ((const dia_network *)self)->region.ncentre > 0;
}

static double novelty(const void *self, const double *R, size_t size, char *text)
{
    return dia_region_novelty(&((const dia_network *)self)->region, R, 1, size, text);
}

static const char *note(const void *self)
{
    const dia_network *net = self;
    return net->note != NULL && net->note[0] != '\0' ? net->note : NULL;
}

static int fitted(const void *self)
{
    return ((const dia_network *)self)->fitted;
}

/* ---- opening --------------------------------------------------------------------------------- */

static dia_status open_(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                        dia_error *error)
{
    dia_network *net = self;
    if (source->store == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a model of type 'network' comes from an HDF5 file that `diabolo train` wrote: give "
                             "its path");
    dia_status status = dia_network_load(net, source->store, error);
    if (status != DIA_OK)
        return status;
    status = dia_molecule_copy(molecule, &net->molecule, error);
    int nfile = 0;
    const dia_file *files = net->reference != NULL ? dia_model_files(net->reference, &nfile) : NULL;
    for (int i = 0; i < nfile && status == DIA_OK; i++)
        status = dia_files_note(source->files, files[i].path, files[i].digest, error);
    if (status != DIA_OK)
        dia_network_free(net);
    *shape = net->shape;
    return status;
}

static void close_(void *self)
{
    dia_network_free(self);
}

const dia_model_type dia_model_type_network = {
    .version = DIA_EXTEND_VERSION,
    .name = "network",
    .summary = "neural network for the diabatic matrix, trained by `diabolo train`",
    .reference = "Guan, Zhang, Guo, Yarkony, Phys. Chem. Chem. Phys. 21, 14205 (2019); Shen, Yarkony, J. Phys. Chem. A "
                 "124, 4539 (2020)",
    .self_size = sizeof(dia_network),
    .open = open_,
    .close = close_,
    .tape_size = dia_network_tape_size,
    .tape_init = dia_network_tape_init,
    .single = single,
    .hamiltonian = hamiltonian,
    .contract = contract,
    .derivative = derivative,
    .pullback = dia_network_pullback,
    .pullback_each = dia_network_pullback_each,
    .gradients = dia_network_gradients,
    .gradients_pullback = dia_network_gradients_pullback,
    .theta = theta,
    .refresh = refresh,
    .dipolar = dipolar,
    .dipole = dipole,
    .dipole_contract = dipole_contract,
    .bounded = bounded,
    .novelty = novelty,
    .note = note,
    .fitted = fitted,
};

dia_status dia_network_model(dia_model **model, dia_network *network, dia_error *error)
{
    dia_molecule molecule = {0};
    dia_status status = dia_molecule_copy(&molecule, &network->molecule, error);
    if (status == DIA_OK)
        status = dia_model_adopt(model, &dia_model_type_network, network, network->shape, &molecule, error);
    if (status != DIA_OK)
        dia_molecule_free(&molecule);
    return status;
}
