/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/mapping.h"

#include <math.h>

int dia_mapping_largest(int n, const double *c)
{
    int most = 0;
    for (int k = 1; k < n; k++)
        if (dia_population(c + 2 * k) > dia_population(c + 2 * most))
            most = k;
    return most;
}

void dia_mapping_uniform(const dia_step_view *view, int b, int n, double *z)
{
    double norm = 0.0;
    for (int k = 0; k < n; k++) { /* normal numbers, by Box and Muller */
        const double size = sqrt(-2.0 * log(view->random(view, b, 2 * k))),
                     phase = 6.283185307179586 * view->random(view, b, 2 * k + 1);
        z[2 * k] = size * cos(phase);
        z[2 * k + 1] = size * sin(phase);
        norm += size * size;
    }
    for (int i = 0; i < 2 * n; i++)
        z[i] /= sqrt(norm);
}

void dia_mapping_sphere(const dia_step_view *view, int b, int n, int largest, double *z)
{
    dia_mapping_uniform(view, b, n, z);
    const int most = dia_mapping_largest(n, z);
    for (int i = 0; i < 2; i++) {
        const double swap = z[2 * largest + i];
        z[2 * largest + i] = z[2 * most + i];
        z[2 * most + i] = swap;
    }
}

static dia_status rate(const dia_step_view *view, int b, int k, int l, bool imaginary, double *value)
{
    (imaginary ? dia_weight_pair_imaginary : dia_weight_pair)(view->after, b, k, l, view->W);
    const dia_status status = view->contract(view, 1, &b, view->W, view->answers);
    const double *V = view->velocity + (size_t)b * (size_t)view->ncart;
    *value = 0.0;
    for (int c = 0; c < view->ncart && status == DIA_OK; c++)
        *value += view->answers[c] * V[c];
    return status;
}

dia_status dia_mapping_phases(const dia_step_view *view, int b, int active, double *f)
{
    dia_status status = DIA_OK;
    for (int k = 0; k < view->nstate && status == DIA_OK; k++) {
        double re = 0.0, im = 0.0;
        if (k != active)
            status = rate(view, b, active, k, false, &re);
        if (k != active && status == DIA_OK && view->after->hermitian)
            status = rate(view, b, active, k, true, &im);
        const double size = hypot(re, im);
        f[2 * k] = size > 0.0 ? re / size : 1.0;
        f[2 * k + 1] = size > 0.0 ? -im / size : 0.0;
    }
    return status;
}

/* a <- a f, numbers (2). */
static void turn(double *a, const double *f)
{
    const double x = a[0], y = a[1];
    a[0] = x * f[0] - y * f[1];
    a[1] = x * f[1] + y * f[0];
}

void dia_mapping_hemisphere(const dia_step_view *view, int b, int i, const double *f, double *z)
{
    const double larger = 0.5 * (1.0 + sqrt(view->random(view, b, i))), /* S_z = sqrt(u) */
        phase = 6.283185307179586 * view->random(view, b, i + 1);
    z[0] = sqrt(larger);
    z[1] = 0.0;
    z[2] = sqrt(1.0 - larger) * cos(phase);
    z[3] = sqrt(1.0 - larger) * sin(phase);
    turn(z + 2, f);
}

/* The state whose amplitude alone is not zero; -1: there are several. */
static int pure(int n, const double *c)
{
    const int most = dia_mapping_largest(n, c);
    double rest = 0.0;
    for (int k = 0; k < n; k++)
        rest += k != most ? dia_population(c + 2 * k) : 0.0;
    return rest < 1e-12 ? most : -1;
}

/* c <- sample around c (n, 2), of norm 1, as the first vector of a basis: the unit vectors, reflected so that the first becomes c
 * up to a phase (Householder). */
static void around(int n, const double *z, double *c)
{
    const double size = sqrt(dia_population(c)), re = size > 0.0 ? c[0] / size : 1.0,
                 im = size > 0.0 ? c[1] / size : 0.0;
    double dot[2] = {0.0, 0.0}, norm = 0.0; /* v = c + phase e_0; z - 2 v (v^* z)/|v|^2 */
    c[0] += re;
    c[1] += im;
    for (int k = 0; k < n; k++) {
        dot[0] += c[2 * k] * z[2 * k] + c[2 * k + 1] * z[2 * k + 1];
        dot[1] += c[2 * k] * z[2 * k + 1] - c[2 * k + 1] * z[2 * k];
        norm += dia_population(c + 2 * k);
    }
    for (int k = 0; k < n; k++) {
        const double x = c[2 * k], y = c[2 * k + 1];
        c[2 * k] = z[2 * k] - 2.0 * (x * dot[0] - y * dot[1]) / norm;
        c[2 * k + 1] = z[2 * k + 1] - 2.0 * (x * dot[1] + y * dot[0]) / norm;
    }
}

bool dia_mapping_start(const dia_step_view *view, int b, dia_mapping_draw *draw, void *context, double *c,
                       dia_mapping_basis *basis)
{
    const int n = view->nstate, own = pure(n, c);
    double *z = view->work, *diabatic = view->work + 2 * n, *f = view->work + 4 * n;
    if (own >= 0) {
        *basis = DIA_MAPPING_ADIABATIC;
        if (dia_mapping_phases(view, b, own, f) != DIA_OK)
            return false;
        draw(context, view, b, n, own, c);
        for (int k = 0; k < n; k++)
            turn(c + 2 * k, f + 2 * k);
        return true;
    }
    dia_frame_diabatic(view->after, b, c, diabatic);
    const int diabat = pure(n, diabatic);
    *basis = diabat >= 0 ? DIA_MAPPING_DIABATIC : DIA_MAPPING_OTHER;
    draw(context, view, b, n, diabat >= 0 ? diabat : 0, z);
    if (diabat >= 0)
        dia_frame_adiabatic(view->after, b, z, c);
    else
        around(n, z, c);
    return true;
}

void dia_mapping_take_states(const dia_frame *frame, int b, const double *gamma, double *W)
{
    const int n = frame->nstate, size = frame->hermitian ? 2 : 1; /* numbers of an element of U */
    const double *U = frame->U + (size_t)b * dia_frame_matrix(frame);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            for (int k = 0; k < n; k++) {
                const double *u = U + (i * n + k) * size, *v = U + (j * n + k) * size;
                W[dia_packed(i, j)] -= gamma[k] * (u[0] * v[0] + (size == 2 ? u[1] * v[1] : 0.0));
                if (size == 2 && i != j)
                    W[dia_packed_imaginary(n, i, j)] -= gamma[k] * (u[1] * v[0] - u[0] * v[1]);
            }
}
