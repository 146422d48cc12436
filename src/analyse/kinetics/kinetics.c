/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/kinetics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/exponential.h"

enum { NODES = 8, NS = DIA_SCHEME_SPECIES, NR = DIA_SCHEME_STEPS };
static const double REACH = 9; /* widths beyond which the response is zero: Phi(-9) = 1e-19 */

/* Gauss-Legendre on [0, 1], 8 points (Abramowitz, Stegun, table 25.4). */
static const double node_half[NODES / 2] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                            0.9602898564975363};
static const double weight_half[NODES / 2] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                              0.1012285362903763};

static double node_place(int i)
{
    return i < NODES / 2 ? (1 - node_half[NODES / 2 - 1 - i]) / 2 : (1 + node_half[i - NODES / 2]) / 2;
}

static double node_weight(int i)
{
    return (i < NODES / 2 ? weight_half[NODES / 2 - 1 - i] : weight_half[i - NODES / 2]) / 2;
}

/* exp(K h) and its derivatives by ln k of each step; n x n each, row-major. */
typedef struct propagator {
    double h;
    double *E; /* (n, n)        */
    double *F; /* (nstep, n, n) */
} propagator;

struct dia_kinetics {
    const dia_scheme *scheme;
    dia_kinetics_form form;
    int ntime;
    const double *time;
    int nparameter, delay, width, start;
    double K[NS * NS], k[NR];
    double t0, w;
    bool sensitive;                      /* are derivatives wanted?                           */
    propagator step, panel, node[NODES]; /* of the interval, of a panel, of a node to its end */
    double *block, *exponential, *work;  /* (2n, 2n), (2n, 2n), work of the exponential      */
    double *z, *moved;                   /* (nstep + 1, n): Q and its derivatives             */
    double *logit;                       /* (ntime, n): populations from one species          */
    double *room;                        /* all of the above */
};

static void lay_out(dia_kinetics *s)
{
    s->nparameter = s->scheme->nstep;
    s->start = s->delay = s->width = -1;
    if (s->form.start_free) {
        s->start = s->nparameter;
        s->nparameter += s->scheme->nspecies - 1;
    }
    if (s->form.delay == DIA_KINETICS_FREE)
        s->delay = s->nparameter++;
    if (s->form.response == DIA_KINETICS_FREE)
        s->width = s->nparameter++;
}

dia_status dia_kinetics_create(dia_kinetics **kinetics, const dia_scheme *scheme, const dia_kinetics_form *form,
                               int ntime, const double *time, dia_error *error)
{
    const size_t n = (size_t)scheme->nspecies, r = (size_t)scheme->nstep, one = (r + 1) * n * n;
    const size_t work = dia_matrix_exponential_work(2 * (int)n);
    dia_kinetics *s = dia_allocate(1, sizeof *s);
    *kinetics = s;
    if (s == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a scheme");
    *s = (dia_kinetics){.scheme = scheme, .form = *form, .ntime = ntime, .time = time};
    lay_out(s);
    s->room = dia_allocate((NODES + 2) * one + 8 * n * n + work + 2 * (r + 1) * n + (size_t)ntime * n, sizeof(double));
    if (s->room == NULL) {
        dia_kinetics_free(s);
        *kinetics = NULL;
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a scheme");
    }
    double *at = s->room;
    for (int i = 0; i < NODES + 2; i++, at += one)
        *(i == 0 ? &s->step : i == 1 ? &s->panel : &s->node[i - 2]) = (propagator){.h = NAN, .E = at, .F = at + n * n};
    s->block = at;
    s->exponential = at + 4 * n * n;
    s->work = at + 8 * n * n;
    s->z = s->work + work;
    s->moved = s->z + (r + 1) * n;
    s->logit = s->moved + (r + 1) * n;
    return DIA_OK;
}

void dia_kinetics_free(dia_kinetics *kinetics)
{
    if (kinetics == NULL)
        return;
    free(kinetics->room);
    free(kinetics);
}

dia_kinetics_layout dia_kinetics_layout_of(const dia_kinetics *s)
{
    return (dia_kinetics_layout){s->nparameter, s->delay, s->width, s->start};
}

void dia_kinetics_bounds(const dia_kinetics *s, int parameter, double *low, double *high)
{
    const double duration = s->time[s->ntime - 1] - s->time[0], sample = duration / (s->ntime - 1);
    *low = -INFINITY;
    *high = INFINITY;
    if (parameter < s->scheme->nstep) {
        *low = -log(1000 * duration);
        *high = -log(0.05 * sample);
    } else if (parameter == s->width) {
        *low = log(0.05 * sample);
        *high = log(duration);
    } else if (parameter != s->delay) {
        *low = -30; /* logits: shares of 1e-13 */
        *high = 30;
    }
}

static double bounded(const dia_kinetics *s, const double *q, int parameter, bool *inside)
{
    double low, high;
    dia_kinetics_bounds(s, parameter, &low, &high);
    *inside = q[parameter] > low && q[parameter] < high;
    return fmin(fmax(q[parameter], low), high);
}

/* ---- propagators ----------------------------------------------------------------------------- */

/* Fills the propagator of h unless it holds it already. Derivatives come from the exponential of [[K, dK], [0, K]] h,
 * whose upper right block is d exp(K h). */
static void propagate(dia_kinetics *s, propagator *p, double h)
{
    const int n = s->scheme->nspecies, m = 2 * n;
    if (p->h == h)
        return;
    p->h = h;
    for (int r = s->sensitive ? 0 : -1; r < (s->sensitive ? s->scheme->nstep : 0); r++) {
        const int order = r < 0 ? n : m;
        memset(s->block, 0, (size_t)(order * order) * sizeof *s->block);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                s->block[i * order + j] = h * s->K[i * n + j];
                if (r >= 0)
                    s->block[(n + i) * order + n + j] = h * s->K[i * n + j];
            }
        if (r >= 0) {
            const int from = s->scheme->step[r].from, to = s->scheme->step[r].to;
            s->block[from * m + n + from] -= h * s->k[r];
            s->block[to * m + n + from] += h * s->k[r];
        }
        if (!dia_matrix_exponential(order, s->block, s->exponential, s->work))
            memset(s->exponential, 0xff, (size_t)(order * order) * sizeof *s->exponential); /* NaN: seen by the fit */
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                p->E[i * n + j] = s->exponential[i * order + j];
                if (r >= 0)
                    p->F[(r * n + i) * n + j] = s->exponential[i * order + n + j];
            }
    }
}

/* y += a M x */
static void add_product(int n, double a, const double *M, const double *x, double *y)
{
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += M[i * n + j] * x[j];
        y[i] += a * sum;
    }
}

/* z = (Q, dQ/dln k_1, ...) moved by the propagator. */
static void move(dia_kinetics *s, const propagator *p)
{
    const int n = s->scheme->nspecies, count = s->sensitive ? s->scheme->nstep : 0;
    memset(s->moved, 0, (size_t)((count + 1) * n) * sizeof *s->moved);
    add_product(n, 1, p->E, s->z, s->moved);
    for (int r = 0; r < count; r++) {
        add_product(n, 1, p->E, s->z + (r + 1) * n, s->moved + (r + 1) * n);
        add_product(n, 1, p->F + r * n * n, s->z, s->moved + (r + 1) * n);
    }
    memcpy(s->z, s->moved, (size_t)((count + 1) * n) * sizeof *s->z);
}

static double density(const dia_kinetics *s, double t)
{
    static const double root = 2.5066282746310002; /* sqrt(2 pi) */
    const double x = (t - s->t0) / s->w;
    return exp(-x * x / 2) / (root * s->w);
}

/* z from `from` to `to` with a response: panel by panel, what is there and what starts within. */
static void advance_panels(dia_kinetics *s, double from, double to, const double *p0)
{
    const int n = s->scheme->nspecies, panels = (int)fmin(ceil((to - from) / s->w), 1e8),
              count = s->sensitive ? s->scheme->nstep : 0;
    const double h = (to - from) / panels;
    if (from > s->t0 + REACH * s->w) { /* nothing starts any more */
        propagate(s, &s->step, to - from);
        move(s, &s->step);
        return;
    }
    propagate(s, &s->panel, h);
    for (int i = 0; i < NODES; i++)
        propagate(s, &s->node[i], h * (1 - node_place(i)));
    for (int panel = 0; panel < panels; panel++) {
        move(s, &s->panel);
        for (int i = 0; i < NODES; i++) {
            const double started = node_weight(i) * h * density(s, from + h * (panel + node_place(i)));
            add_product(n, started, s->node[i].E, p0, s->z);
            for (int r = 0; r < count; r++)
                add_product(n, started, s->node[i].F + r * n * n, p0, s->z + (r + 1) * n);
        }
    }
}

/* z at t, from z at `before` (-infinity: nothing has begun). Equal intervals of the caller give equal propagators. */
static void advance(dia_kinetics *s, double before, double t, double h, const double *p0)
{
    const int n = s->scheme->nspecies;
    if (s->form.response != DIA_KINETICS_NONE) {
        const double first = s->t0 - REACH * s->w;
        if (t <= first)
            return;
        advance_panels(s, before > first ? before : first, before > first ? before + h : t, p0);
        return;
    }
    if (t <= s->t0)
        return;
    if (before <= s->t0) {
        memcpy(s->z, p0, (size_t)n * sizeof *p0);
        h = t - s->t0;
    }
    propagate(s, &s->step, h);
    move(s, &s->step);
}

/* ---- populations ----------------------------------------------------------------------------- */

/* p(t) and derivatives by all but the logits, from z. */
static void take(dia_kinetics *s, double t, const double *p0, const bool *inside, double *p, double *J)
{
    const int n = s->scheme->nspecies, np = s->nparameter;
    const bool response = s->form.response != DIA_KINETICS_NONE;
    const double begun = response ? dia_normal_share((t - s->t0) / s->w) : t > s->t0;
    double flow[NS] = {0}, bend[NS] = {0};
    for (int i = 0; i < n; i++)
        p[i] = p0[i] * (response ? dia_normal_share(-(t - s->t0) / s->w) : 1 - begun) + s->z[i];
    if (J == NULL)
        return;
    add_product(n, 1, s->K, s->z, flow);
    for (int i = 0; i < n; i++) {
        for (int r = 0; r < s->scheme->nstep; r++)
            J[i * np + r] = inside[r] ? s->z[(r + 1) * n + i] : 0;
        if (s->delay >= 0)
            J[i * np + s->delay] = -flow[i];
    }
    if (s->width < 0)
        return;
    double source[NS] = {0};
    for (int i = 0; i < n; i++)
        source[i] = flow[i] + density(s, t) * p0[i];
    add_product(n, s->w * s->w, s->K, source, bend); /* dp/dln w = w dp/dw */
    for (int i = 0; i < n; i++)
        J[i * np + s->width] = inside[s->width] ? bend[i] : 0;
}

static void solve(dia_kinetics *s, const double *p0, const bool *inside, double *p, double *J)
{
    const int n = s->scheme->nspecies;
    memset(s->z, 0, (size_t)((s->scheme->nstep + 1) * n) * sizeof *s->z);
    double before = -INFINITY, last = NAN;
    for (int i = 0; i < s->ntime; i++) {
        double h = i > 0 ? s->time[i] - s->time[i - 1] : NAN;
        if (fabs(h - last) < 1e-9 * last) /* equal apart from rounding: the same propagator is used */
            h = last;
        last = h;
        advance(s, before, s->time[i], h, p0);
        before = s->time[i];
        take(s, s->time[i], p0, inside, p + (size_t)i * (size_t)n,
             J != NULL ? J + (size_t)i * (size_t)(n * s->nparameter) : NULL);
    }
}

void dia_kinetics_start_populations(const dia_kinetics *s, const double *q, double *p0)
{
    const int n = s->scheme->nspecies;
    double sum = 1;
    bool inside;
    p0[0] = 1;
    for (int i = 1; i < n; i++)
        sum += p0[i] = exp(bounded(s, q, s->start + i - 1, &inside));
    for (int i = 0; i < n; i++)
        p0[i] /= sum;
}

/* dp/dlogit_i = p0_i (p from species i alone - p): p is linear in p0. */
static void add_start_derivatives(dia_kinetics *s, const double *p0, const bool *inside, const double *p, double *J)
{
    const int n = s->scheme->nspecies, np = s->nparameter;
    s->sensitive = false;
    for (int i = 1; i < n; i++) {
        double alone[NS] = {0};
        alone[i] = 1;
        solve(s, alone, inside, s->logit, NULL);
        for (size_t at = 0; at < (size_t)s->ntime * (size_t)n; at++)
            J[at * (size_t)np + (size_t)(s->start + i - 1)] =
                inside[s->start + i - 1] ? p0[i] * (s->logit[at] - p[at]) : 0;
    }
}

void dia_kinetics_populations(dia_kinetics *s, const double *q, const double *p0, double *p, double *J)
{
    bool inside[DIA_KINETICS_PARAMETERS];
    double begin[NS];
    for (int i = 0; i < s->nparameter; i++)
        bounded(s, q, i, &inside[i]);
    for (int r = 0; r < s->scheme->nstep; r++)
        s->k[r] = exp(bounded(s, q, r, &inside[r]));
    dia_scheme_matrix(s->scheme, s->k, s->K);
    s->t0 = s->delay >= 0 ? q[s->delay] : s->form.delay == DIA_KINETICS_FIXED ? s->form.delay_value : 0;
    s->w = s->width >= 0 ? exp(bounded(s, q, s->width, &inside[s->width])) : s->form.response_width;
    s->sensitive = J != NULL;
    s->step.h = s->panel.h = NAN;
    for (int i = 0; i < NODES; i++)
        s->node[i].h = NAN;
    if (s->start >= 0)
        dia_kinetics_start_populations(s, q, begin);
    else
        memcpy(begin, p0, (size_t)s->scheme->nspecies * sizeof *p0);
    solve(s, begin, inside, p, J);
    if (J != NULL && s->start >= 0)
        add_start_derivatives(s, begin, inside, p, J);
}
