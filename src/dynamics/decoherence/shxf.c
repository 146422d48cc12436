/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoherence from exact factorisation, SHXF (Ha, Lee, Min, JPCL 9, 1097 (2018), DOI 10.1021/acs.jpclett.8b00060). Where several states
 * are populated, each of them but the active one has an auxiliary trajectory that starts at the trajectory and parts from
 * it: position R_k, velocity along that of the trajectory with its kinetic energy from the conserved energy, and the momentum
 * f_k that it has gained since. With Gaussians of width sigma around them the quantum momentum and its effect are
 *
 *   Q = (R - sum_k |c_k|^2 R_k)/(2 sigma^2)
 *   dc_k/dt = -sum_l |c_l|^2 Q.(f_l - f_k)/m c_k,   that is  |c_k|^2 grows with 2 Q.f_k/m and the norm is kept.
 *
 * |c_k|^2 between `threshold` and 1 - threshold: populated. Auxiliary trajectories end when a hop is accepted, and when one state holds
 * more than 1 - threshold: if that is the active one, the amplitudes collapse onto it. (Implementations that then make an
 * active state without population hop change the hopping method; here that is its own matter.) */
#include <math.h>
#include <string.h>

#include "diabolo/extend.h"
#include "dynamics/method.h"

enum { EQUAL_TOTAL, EQUAL_KINETIC };
enum { FIX, COLLAPSE };

typedef struct shxf {
    double sigma, threshold;
    int energy, forbidden;
} shxf;

static const dia_option shxf_options[] = {
    DIA_REAL(shxf, sigma, DIA_LENGTH, "0.1 bohr", "width of the Gaussians around auxiliary trajectories",
             DIA_RANGE(1e-6, 1e6)),
    DIA_REAL(shxf, threshold, DIA_PURE, "0.01", "population below which a state counts as empty", DIA_RANGE(0.0, 0.5)),
    DIA_CHOICE(shxf, energy, "total|kinetic", "total",
               "an auxiliary trajectory starts with the total, or with the kinetic energy of the trajectory"),
    DIA_CHOICE(shxf, forbidden, "fix|collapse", "fix",
               "an auxiliary trajectory without energy for its state rests from then on, or its amplitude vanishes"),
    {.key = NULL},
};

/* Memory of a state: is there an auxiliary trajectory, does it rest; its position, velocity, and momentum gained. */
enum { THERE, RESTS, HEAD };

static size_t width_of(int ncart)
{
    return HEAD + 3 * (size_t)ncart;
}

static double *position_of(double *own)
{
    return own + HEAD;
}

static double *velocity_of(int ncart, double *own)
{
    return own + HEAD + ncart;
}

static double *momentum_of(int ncart, double *own)
{
    return own + HEAD + 2 * ncart;
}

static dia_status shxf_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)error;
    *size = (size_t)shape->nstate * width_of(shape->ncart);
    return DIA_OK;
}

static void end_all(int n, int ncart, double *memory)
{
    memset(memory, 0, (size_t)n * width_of(ncart) * sizeof *memory);
}

static void shxf_after(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted,
                       double *memory, double *c)
{
    (void)self, (void)b, (void)from, (void)to, (void)c;
    if (accepted)
        end_all(view->nstate, view->ncart, memory);
}

/* Which states are populated; THERE of a new one is 2 until it has been placed. Are there auxiliary trajectories? */
static bool begin_and_end(const shxf *method, const dia_step_view *view, int b, double *memory, double *c)
{
    const int n = view->nstate;
    const size_t width = width_of(view->ncart);
    int populated = 0;
    for (int k = 0; k < n; k++) {
        double *own = memory + (size_t)k * width;
        const double p = dia_population(c + 2 * k);
        if (p > 1.0 - method->threshold) {
            if (own[THERE] != 0.0 && k == view->active[b])
                dia_collapse(n, k, c);
            end_all(n, view->ncart, memory);
            return false;
        }
        if (p < method->threshold) {
            memset(own, 0, width * sizeof *own);
            continue;
        }
        populated++;
        if (own[THERE] == 0.0)
            own[THERE] = 2.0;
    }
    if (populated < 2)
        end_all(n, view->ncart, memory);
    return populated >= 2;
}

/* Kinetic energy that the auxiliary trajectory of state k has at t+dt; of one that begins, `from` is that of the trajectory. */
static double energy_of(const shxf *method, const dia_step_view *view, int b, int k, const double *own)
{
    const int n = view->nstate, ncart = view->ncart;
    const double *E = view->after->E + b * n, *E0 = view->before->E + b * n;
    if (k == view->active[b])
        return view->kinetic[b];
    if (own[THERE] == 2.0)
        return view->kinetic[b] + (method->energy == EQUAL_TOTAL ? E[view->active[b]] - E[k] : 0.0);
    double kinetic = 0.0;
    for (int i = 0; i < ncart; i++)
        kinetic += 0.5 * view->mass[i] * own[HEAD + ncart + i] * own[HEAD + ncart + i];
    return kinetic + E0[k] - E[k];
}

/* The auxiliary trajectory of state k at t+dt. False: it has no energy for it, and that ends its state. */
static bool move(const shxf *method, const dia_step_view *view, int b, int k, double *own)
{
    const int ncart = view->ncart;
    const double *R = view->position + b * ncart, *V = view->velocity + b * ncart;
    const bool begins = own[THERE] == 2.0, here = begins || k == view->active[b];
    double *place = position_of(own), *speed = velocity_of(ncart, own), *gained = momentum_of(ncart, own);
    double energy = own[RESTS] != 0.0 ? 0.0 : energy_of(method, view, b, k, own);
    if (energy < 0.0) {
        if (method->forbidden == COLLAPSE)
            return false;
        own[RESTS] = 1.0;
        energy = 0.0;
    }
    const double scale = view->kinetic[b] > 0.0 ? sqrt(energy / view->kinetic[b]) : 0.0;
    for (int i = 0; i < ncart; i++) {
        place[i] = here ? R[i] : place[i] + view->dt * speed[i];
        gained[i] = begins ? 0.0 : gained[i] + view->mass[i] * (scale * V[i] - speed[i]);
        speed[i] = scale * V[i];
    }
    own[THERE] = 1.0;
    return true;
}

/* Q.f_k/m of each populated state -> rate (n); others 0. */
static void rates(const shxf *method, const dia_step_view *view, int b, double *memory, const double *c, double *rate)
{
    const int n = view->nstate, ncart = view->ncart;
    const size_t width = width_of(ncart);
    memset(rate, 0, (size_t)n * sizeof *rate);
    for (int i = 0; i < ncart; i++) {
        double Q = 0.0;
        for (int k = 0; k < n; k++) {
            double *own = memory + (size_t)k * width;
            if (own[THERE] != 0.0)
                Q += dia_population(c + 2 * k) * (view->position[b * ncart + i] - position_of(own)[i]);
        }
        Q *= 0.5 / (method->sigma * method->sigma * view->mass[i]);
        for (int k = 0; k < n; k++) {
            double *own = memory + (size_t)k * width;
            if (own[THERE] != 0.0)
                rate[k] += Q * momentum_of(ncart, own)[i];
        }
    }
}

/* d|c_k|^2/dt = 2 |c_k|^2 (rate_k - mean of all rates), with rates that follow the populations, over dt: factors exp(rate h), normalised,
 * so that populations stay positive and their sum the same. States that are not populated have no part in it. */
static void damp(const shxf *method, const dia_step_view *view, int b, double *memory, double *c)
{
    enum { SUBSTEPS = 20 };
    const int n = view->nstate;
    const size_t width = width_of(view->ncart);
    double *rate = view->work;
    for (int s = 0; s < SUBSTEPS; s++) {
        double before = 0.0, after = 0.0, most = -INFINITY;
        rates(method, view, b, memory, c, rate);
        for (int k = 0; k < n; k++)
            if (memory[(size_t)k * width + THERE] != 0.0)
                most = fmax(most, rate[k]);
        for (int k = 0; k < n; k++) {
            if (memory[(size_t)k * width + THERE] == 0.0)
                continue;
            const double p = dia_population(c + 2 * k);
            rate[k] = exp((rate[k] - most) * view->dt / SUBSTEPS);
            before += p;
            after += p * rate[k] * rate[k];
        }
        for (int k = 0; k < n; k++)
            for (int i = 0; i < 2 && memory[(size_t)k * width + THERE] != 0.0; i++)
                c[2 * k + i] *= rate[k] * sqrt(before / after);
    }
}

static void shxf_decohere(const void *self, const dia_step_view *view, double *memory, double *c)
{
    const shxf *method = self;
    const int n = view->nstate;
    const size_t width = width_of(view->ncart), size = (size_t)n * width;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        double *own = memory + (size_t)b * size, *a = c + 2 * b * n;
        dia_method_follow(view, b, width, own);
        if (!begin_and_end(method, view, b, own, a))
            continue;
        for (int k = 0; k < n; k++)
            if (own[(size_t)k * width + THERE] != 0.0 && !move(method, view, b, k, own + (size_t)k * width)) {
                dia_take_out(k, view->active[b], a);
                memset(own + (size_t)k * width, 0, width * sizeof *own);
            }
        damp(method, view, b, own, a);
    }
}

const dia_decoherence_type dia_decoherence_type_shxf = {
    .version = DIA_EXTEND_VERSION,
    .name = "shxf",
    .summary = "exact factorisation: a quantum momentum from auxiliary trajectories of all populated states",
    .reference = "J.-K. Ha, I. S. Lee, S. K. Min, J. Phys. Chem. Lett. 9, 1097 (2018), DOI 10.1021/acs.jpclett.8b00060",
    .options = shxf_options,
    .self_size = sizeof(shxf),
    .prepare = shxf_prepare,
    .after = shxf_after,
    .decohere = shxf_decohere,
};
