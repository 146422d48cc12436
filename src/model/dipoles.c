/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/dipoles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"

void dia_dipoles_free(dia_dipoles *d)
{
    free(d->length);
    free(d->mean);
    free(d->deviation);
    free(d->centre);
    for (int l = 0; l < DIA_DIPOLE_LAYERS; l++) {
        free(d->weight[l]);
        free(d->bias[l]);
    }
    dia_mlp_free(&d->mlp);
    free(d->permutation);
    free(d->pair);
    free(d->polar);
    free(d->axial);
    memset(d, 0, sizeof *d);
}

void dia_dipoles_origin(const dia_dipoles *d, const double *R, double *more)
{
    for (int x = 0; x < 3; x++) {
        more[x] = 0.0;
        for (int a = 0; a < d->natom; a++)
            more[x] += d->charge * d->centre[a] * R[3 * a + x];
    }
}

void dia_dipoles_place(const dia_dipoles *d, const double *R, double *w)
{
    double c[3] = {0.0};
    for (int a = 0; a < d->natom; a++)
        for (int x = 0; x < 3; x++)
            c[x] += d->centre[a] * R[3 * a + x];
    for (int a = 0; a < d->natom; a++)
        for (int x = 0; x < 3; x++)
            w[3 * a + x] = R[3 * a + x] - c[x];
}

void dia_dipoles_features(const dia_dipoles *d, const double *w, double *feature)
{
    for (int a = 1, k = 0; a < d->natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const double x = w[3 * a] - w[3 * b], y = w[3 * a + 1] - w[3 * b + 1], z = w[3 * a + 2] - w[3 * b + 2];
            const double r = sqrt(x * x + y * y + z * z);
            for (int l = 0; l < d->nlength; l++)
                feature[l * d->npair + k] = exp(-r / d->length[l]);
        }
}

dia_status dia_dipoles_pack(dia_dipoles *d, dia_error *error)
{
    const dia_status status = dia_mlp_init(&d->mlp, d->nlayer, d->width, DIA_ACTIVATION_TANH, false, error);
    if (status == DIA_OK)
        dia_dipoles_refresh(d);
    return status;
}

void dia_dipoles_refresh(dia_dipoles *d)
{
    for (int l = 0; l < d->nlayer; l++) {
        dia_panel_pack(d->width[l + 1], d->width[l], d->weight[l], 0, d->mlp.packed[l]);
        dia_panel_pack(d->width[l], d->width[l + 1], d->weight[l], 1, d->mlp.transposed[l]);
        memcpy(d->mlp.bias[l], d->bias[l], sizeof(double) * (size_t)d->width[l + 1]);
    }
}

/* ---- evaluation ------------------------------------------------------------------------------ */

/* Work space: panels, and what belongs to each of GROUP geometries. "bar": of the way back. */
typedef struct room {
    double *x, *xbar;              /* (padded nfeature, L)   */
    double *y, *ybar;              /* (padded outputs, L)    */
    double *v, *vbar;              /* (nvector, 3, L)        */
    double *part;                  /* (2, npacked, 3, L)     */
    double *memory, *scratch;      /* of the perceptron      */
    double *w, *wbar;              /* (GROUP, natom, 3)      */
    double *feature, *feature_bar; /* (GROUP, nfeature)      */
    double *mu;                    /* (GROUP, npacked, 3), or its adjoint */
} room;

enum { L = DIA_PANEL_LANES, GROUP = L };

/* base == NULL: only counts. Returns the doubles. */
static size_t lay_out(const dia_dipoles *d, room *m, double *base)
{
    const size_t in = (size_t)dia_panel_padded(d->nfeature) * L,
                 out = (size_t)dia_panel_padded(d->width[d->nlayer]) * L, nv = 3 * (size_t)d->nvector * L,
                 np = 3 * (size_t)d->npacked, nw = 3 * (size_t)d->natom * GROUP, nf = (size_t)d->nfeature * GROUP;
    const struct {
        double **piece;
        size_t size;
    } all[] = {{&m->x, in},
               {&m->xbar, in},
               {&m->y, out},
               {&m->ybar, out},
               {&m->v, nv},
               {&m->vbar, nv},
               {&m->part, 2 * np * L},
               {&m->memory, dia_mlp_memory(&d->mlp)},
               {&m->scratch, dia_mlp_scratch(&d->mlp)},
               {&m->w, nw},
               {&m->wbar, nw},
               {&m->feature, nf},
               {&m->feature_bar, nf},
               {&m->mu, np * GROUP}};
    size_t used = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { /* multiples of L: aligned as base is */
        *all[i].piece = base != NULL ? base + used : NULL;
        used += all[i].size;
    }
    return used;
}

size_t dia_dipoles_work(const dia_dipoles *d)
{
    room m;
    return d->nlayer > 0 ? lay_out(d, &m, NULL) : 0;
}

/* w and plain features of a group. */
static void begin(const dia_dipoles *d, const room *m, const double *R, int count, const int *row)
{
    for (int b = 0; b < count; b++) {
        dia_dipoles_place(d, R + (size_t)row[b] * 3 * (size_t)d->natom, m->w + 3 * b * d->natom);
        dia_dipoles_features(d, m->w + 3 * b * d->natom, m->feature + b * d->nfeature);
    }
}

/* Geometry b of a group and image g that a lane of a panel holds; false: none. */
static bool lane_of(const dia_dipoles *d, int count, int panel, int lane, int *b, int *g)
{
    const int unit = panel * L + lane;
    *b = unit / d->nimage;
    *g = unit % d->nimage;
    return *b < count;
}

static void forward(const dia_dipoles *d, const room *m, int count, int panel)
{
    int b, g;
    for (int lane = 0; lane < L; lane++) {
        const bool used = lane_of(d, count, panel, lane, &b, &g);
        dia_dipoles_fill(d, g, lane, used ? m->w + 3 * b * d->natom : NULL, used ? m->feature + b * d->nfeature : NULL,
                         m->v, m->x);
    }
    dia_mlp_forward(&d->mlp, m->x, m->memory, m->scratch, m->y);
}

void dia_dipoles_evaluate(const dia_dipoles *d, const double *R, int n, const int *row, double *work, double *mu)
{
    const int np = d->npacked;
    room m;
    int b, g;
    lay_out(d, &m, work);
    for (int first = 0; first < n; first += GROUP) {
        const int count = n - first < GROUP ? n - first : GROUP;
        begin(d, &m, R, count, row + first);
        memset(m.mu, 0, sizeof *m.mu * 3 * GROUP * (size_t)np);
        for (int p = 0; p * L < count * d->nimage; p++) {
            forward(d, &m, count, p);
            dia_dipoles_sum(d, m.y, m.v, m.part);
            for (int lane = 0; lane < L; lane++)
                if (lane_of(d, count, p, lane, &b, &g))
                    dia_dipoles_act(d, g, lane, m.part, m.mu + 3 * b * np);
        }
        for (b = 0; b < count; b++)
            for (int k = 0; k < np; k++)
                for (int x = 0; x < 3; x++)
                    mu[(size_t)(3 * (first + b) + x) * (size_t)np + (size_t)k] = m.mu[3 * (b * np + k) + x];
    }
}

/* ---- the way back ---------------------------------------------------------------------------- */

/* Adjoint of mu (npacked, 3) from a weight (3, npacked): an element off the diagonal counts twice. */
static void weigh(const dia_dipoles *d, const double *W, double *bar)
{
    for (int i = 0, k = 0; k < d->npacked; i++)
        for (int j = 0; j <= i; j++, k++)
            for (int x = 0; x < 3; x++)
                bar[3 * k + x] = (i == j ? 1.0 : 2.0) * W[x * d->npacked + k];
}

/* vbar from the adjoint of part, beside dia_dipoles_spread. */
static void spread_outputs(const dia_dipoles *d, const double *part, const double *y, double *vbar)
{
    memset(vbar, 0, sizeof *vbar * 3 * (size_t)d->nvector * L);
    for (int i = 0; i < d->nvector; i++)
        for (int k = 0; k < d->npacked; k++)
            for (int x = 0; x < 3; x++) {
                const double *from = part + (((i < d->natom ? 0 : d->npacked) + k) * 3 + x) * L,
                             *yi = y + (i * d->npacked + k) * L;
                double *to = vbar + (3 * i + x) * L;
                for (int lane = 0; lane < L; lane++)
                    to[lane] += from[lane] * yi[lane];
            }
}

/* The transpose of dia_dipoles_fill: adjoints of a lane go to those of its geometry. */
static void gather(const dia_dipoles *d, const room *m, int g, int lane, int b)
{
    const int *permutation = d->permutation + g * d->natom, *pair = d->pair + g * d->npair;
    const double *w = m->w + 3 * b * d->natom;
    double *wbar = m->wbar + 3 * b * d->natom, *bar = m->feature_bar + b * d->nfeature;
    for (int a = 0; a < d->natom; a++)
        for (int x = 0; x < 3; x++)
            wbar[3 * permutation[a] + x] += m->vbar[(3 * a + x) * L + lane];
    for (int l = 0; l < d->nlength; l++)
        for (int k = 0; k < d->npair; k++)
            bar[l * d->npair + pair[k]] += m->xbar[(l * d->npair + k) * L + lane] / d->deviation[l * d->npair + k];
    for (int a = 1, k = d->natom; a < d->natom && d->nvector > d->natom; a++)
        for (int e = 0; e < a; e++, k++) {
            const int p = 3 * permutation[a], q = 3 * permutation[e];
            const double *from = m->vbar + 3 * k * L + lane, c[3] = {from[0], from[L], from[2 * L]};
            double more[3];
            dia_cross(w + q, c, more); /* c . (p x q) = p . (q x c) = q . (c x p) */
            for (int x = 0; x < 3; x++)
                wbar[p + x] += more[x];
            dia_cross(c, w + p, more);
            for (int x = 0; x < 3; x++)
                wbar[q + x] += more[x];
        }
}

/* From adjoints of w and of the plain features of geometry b to the gradient. */
static void finish(const dia_dipoles *d, const room *m, int b, double *G)
{
    const double *w = m->w + 3 * b * d->natom, *feature = m->feature + b * d->nfeature,
                 *bar = m->feature_bar + b * d->nfeature;
    double *wbar = m->wbar + 3 * b * d->natom, sum[3] = {0.0, 0.0, 0.0};
    for (int a = 1, k = 0; a < d->natom; a++)
        for (int e = 0; e < a; e++, k++) {
            const double r = dia_distance(w + 3 * a, w + 3 * e);
            double slope = 0.0;
            for (int l = 0; l < d->nlength; l++)
                slope -= bar[l * d->npair + k] * feature[l * d->npair + k] / d->length[l];
            for (int x = 0; x < 3; x++) {
                const double more = r == 0.0 ? 0.0 : slope * (w[3 * a + x] - w[3 * e + x]) / r; /* 0: a cusp */
                wbar[3 * a + x] += more;
                wbar[3 * e + x] -= more;
            }
        }
    for (int a = 0; a < d->natom; a++)
        for (int x = 0; x < 3; x++)
            sum[x] += wbar[3 * a + x];
    for (int a = 0; a < d->natom; a++) /* w_a = r_a - sum_b centre_b r_b */
        for (int x = 0; x < 3; x++)
            G[3 * a + x] = wbar[3 * a + x] - d->centre[a] * sum[x];
}

void dia_dipoles_contract(const dia_dipoles *d, const double *R, int n, const int *row, double *work, const double *W,
                          double *G)
{
    const size_t np = 3 * (size_t)d->npacked, nw = 3 * (size_t)d->natom;
    room m;
    int b, g;
    lay_out(d, &m, work);
    for (int first = 0; first < n; first += GROUP) {
        const int count = n - first < GROUP ? n - first : GROUP;
        begin(d, &m, R, count, row + first);
        memset(m.wbar, 0, sizeof *m.wbar * GROUP * nw);
        memset(m.feature_bar, 0, sizeof *m.feature_bar * GROUP * (size_t)d->nfeature);
        for (b = 0; b < count; b++)
            weigh(d, W + (size_t)(first + b) * np, m.mu + (size_t)b * np);
        for (int p = 0; p * L < count * d->nimage; p++) {
            forward(d, &m, count, p);
            memset(m.part, 0, sizeof *m.part * 2 * np * L);
            for (int lane = 0; lane < L; lane++)
                if (lane_of(d, count, p, lane, &b, &g))
                    dia_dipoles_act_back(d, g, lane, m.mu + (size_t)b * np, m.part);
            dia_dipoles_spread(d, m.part, m.v, m.ybar);
            spread_outputs(d, m.part, m.y, m.vbar);
            dia_mlp_reverse(&d->mlp, m.memory, m.ybar, m.scratch, m.xbar);
            for (int lane = 0; lane < L; lane++)
                if (lane_of(d, count, p, lane, &b, &g))
                    gather(d, &m, g, lane, b);
        }
        for (b = 0; b < count; b++)
            finish(d, &m, b, G + (size_t)(first + b) * nw);
    }
}
