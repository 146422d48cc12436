/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoherence at the rate at which Gaussian packets on two states lose their overlap. The packet of state k starts where the
 * trajectory is, with the momentum that a hop along the coupling vector would give it (dp; reversed along it, with the same
 * force, where the energy does not suffice), and feels another force (dF). With density width sigma, g = 1/(2 sigma^2), the overlap is
 *
 *   |<a|k>|^2 = exp(-b t - a t^2),   a = sum_i [g (dp_i/m_i)^2 + dF_i^2/g]/2,   b = sum_i dp_i dF_i/g
 *
 * but for its value at t = 0. The rate r of c_k <- exp(-r dt) c_k is that whose purity, exp(-2 r t)(2 - exp(-2 r t)), has the same mean
 * time: r = 7/(12 <t>), <t> = -b/2a + exp(-y^2)/(sqrt(pi a) erfc y), y = b/(2 sqrt a). Amplitudes stay where states are still
 * coupled, |d_ka.v| > threshold |E_k - E_a|. J. E. Runeson, arXiv:2507.18381 (2025). Overlaps of moving packets kept from step to
 * step instead: Granucci, Persico, Zoccante, JCP 133, 134111 (2010). */
#include <math.h>
#include <string.h>

#include "diabolo/extend.h"
#include "dynamics/method.h"
#include "dynamics/momentum.h"
#include "math/vector.h"

typedef struct gaussian_overlap {
    double width, threshold;
} gaussian_overlap;

static const dia_option gaussian_overlap_options[] = {
    DIA_REAL(gaussian_overlap, width, DIA_LENGTH, "0.1 bohr",
             "standard deviation of the packet's density in each coordinate", DIA_RANGE(1e-6, 1e6)),
    DIA_REAL(gaussian_overlap, threshold, DIA_PURE, "0.01",
             "coupling per time over energy difference above which a state stays as it is; 0: none does",
             DIA_RANGE(0.0, 1e6)),
    {.key = NULL},
};

/* The coupling vector of the pair that is looked at; then |d.v| times the gap. */
static dia_status gaussian_overlap_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)error;
    *size = (size_t)shape->ncart + 1;
    return DIA_OK;
}

static bool ask_couplings(const dia_step_view *view, int k, double *memory)
{
    const int ncart = view->ncart;
    for (int part = 0; part < (view->after->hermitian ? 2 : 1); part++) {
        if (dia_method_couplings(view, k, part == 1) != DIA_OK)
            return false;
        for (int q = 0; q < view->nflying; q++) {
            const int b = view->flying[q];
            double *h = memory + (size_t)b * ((size_t)ncart + 1);
            const double *z = view->answers + (size_t)q * (size_t)ncart;
            h[ncart] = hypot(part == 1 ? h[ncart] : 0.0, dia_dot(ncart, z, view->velocity + b * ncart));
            if (part == 0)
                memcpy(h, z, (size_t)ncart * sizeof *h);
            else
                dia_momentum_direction(ncart, view->mass, z, h);
        }
    }
    return true;
}

/* Mean of t with the weight exp(-b t - a t^2); nearly exponential it is 1/b. */
static double mean_time(double a, double b)
{
    const double y = b / (2.0 * sqrt(a));
    if (y > 20.0)
        return (1.0 - 1.0 / (y * y)) / b;
    return exp(-y * y) / (sqrt(3.14159265358979323846 * a) * erfc(y)) - b / (2.0 * a);
}

/* h: the coupling vector; gradients of both states. */
static double rate_of(const gaussian_overlap *method, const dia_step_view *view, int b, double gap, const double *h,
                      const double *gradient)
{
    const int ncart = view->ncart;
    const double *V = view->velocity + b * ncart, *own = view->gradient + b * ncart;
    const double g = 0.5 / (method->width * method->width);
    double square = 0.0, a = 0.0, slope = 0.0;
    for (int i = 0; i < ncart; i++)
        square += h[i] * h[i] / view->mass[i];
    const double along = square > 0.0 ? dia_dot(ncart, h, V) / square : 0.0; /* momentum along h: along h */
    const double energy = 0.5 * along * along * square;
    const bool allowed = energy > gap;
    const double change = allowed ? along * (sqrt(1.0 - gap / energy) - 1.0) : -2.0 * along;
    for (int i = 0; i < ncart; i++) {
        const double dp = change * h[i], dv = dp / view->mass[i], dF = allowed ? own[i] - gradient[i] : 0.0;
        a += 0.5 * (g * dv * dv + dF * dF / g);
        slope += dp * dF / g;
    }
    return a > 0.0 ? 7.0 / (12.0 * mean_time(a, slope)) : 0.0;
}

/* Amplitude of state k of trajectory b; h and what follows it in memory. */
static void decay(const gaussian_overlap *method, const dia_step_view *view, int b, int k, const double *h,
                  const double *gradient, double *c)
{
    const int active = view->active[b];
    const double gap = view->after->E[b * view->nstate + k] - view->after->E[b * view->nstate + active];
    const double coupling = h[view->ncart], dt = fabs(view->dt);
    if (method->threshold > 0.0 && !(coupling <= method->threshold * gap * gap))
        return;
    if (coupling * dt <= 1e-15 * fabs(gap)) { /* no direction is left */
        dia_take_out(k, active, c);
        return;
    }
    double *a = c + 2 * k, part[4] = {0.0, 0.0, c[2 * active], c[2 * active + 1]};
    const double factor = exp(-dt * rate_of(method, view, b, gap, h, gradient));
    const double left[2] = {factor * a[0], factor * a[1]}, lost = sqrt((1.0 - factor) * (1.0 + factor));
    part[0] = lost * a[0]; /* what the active state gains */
    part[1] = lost * a[1];
    dia_take_out(0, 1, part);
    memcpy(c + 2 * active, part + 2, 2 * sizeof *c);
    memcpy(a, left, sizeof left);
}

static void gaussian_overlap_decohere(const void *self, const dia_step_view *view, double *memory, double *c)
{
    const gaussian_overlap *method = self;
    const size_t ncart = (size_t)view->ncart;
    for (int k = 0; k < view->nstate; k++) {
        if (!ask_couplings(view, k, memory) || dia_method_gradients(view, k) != DIA_OK)
            return;
        for (int q = 0; q < view->nflying; q++) {
            const int b = view->flying[q];
            if (k != view->active[b])
                decay(method, view, b, k, memory + (size_t)b * (ncart + 1), view->answers + (size_t)q * ncart,
                      c + 2 * b * view->nstate);
        }
    }
}

const dia_decoherence_type dia_decoherence_type_gaussian_overlap = {
    .version = DIA_EXTEND_VERSION,
    .name = "gaussian_overlap",
    .summary = "amplitudes decay at the rate at which Gaussian packets on two states lose their overlap",
    .reference =
        "J. E. Runeson, arXiv:2507.18381 (2025); G. Granucci, M. Persico, A. Zoccante, J. Chem. Phys. 133, 134111 "
        "(2010), DOI 10.1063/1.3489004",
    .options = gaussian_overlap_options,
    .self_size = sizeof(gaussian_overlap),
    .prepare = gaussian_overlap_prepare,
    .decohere = gaussian_overlap_decohere,
};
