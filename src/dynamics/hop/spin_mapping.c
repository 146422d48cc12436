/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spin mapping on the W sphere (Runeson, Richardson, JCP 151, 044119 (2019), DOI 10.1063/1.5100506; any number of states: JCP 152, 084110
 * (2020), DOI 10.1063/1.5143412).
 *
 * Amplitudes c of norm 1 are mapping variables z = (n+1)^(1/4) c; the nuclei move on
 *
 *   V = sum_kl z_k^* H_kl z_l - gamma sum_k H_kk,   gamma = (sqrt(n+1) - 1)/n,
 *
 * and the population of state k in any basis is |z_k|^2 - gamma = 1/n + sqrt(n+1) (|c_k|^2 - 1/n). Start in state a:
 *
 *   full      c uniform on the sphere; the trajectory has the weight n (|z_a|^2 - gamma), of either sign, of mean 1
 *   focused   |z_a|^2 = 1 + gamma and |z_k|^2 = gamma, so that the population is 1 in a; phases uniform; all weights alike
 *
 * Memory of full sampling: the weight. */
#include <math.h>

#include "dynamics/mapping.h"

typedef struct spin_mapping {
    int sampling;
} spin_mapping;

enum { FULL, FOCUSED };

static const dia_option spin_options[] = {
    DIA_CHOICE(
        spin_mapping, sampling, "full|focused", "full",
        "of the start: the whole sphere, with weights of either sign, or where the population is 1 in the state"),
    {.key = NULL},
};

static double radius(int n) /* |z|^2 of all states */
{
    return sqrt(n + 1.0);
}

static double zero_point(int n)
{
    return (radius(n) - 1.0) / n;
}

static bool spin_weighted(const void *self)
{
    return ((const spin_mapping *)self)->sampling == FULL;
}

static dia_status spin_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)shape, (void)error;
    *size = spin_weighted(self) ? 1 : 0;
    return DIA_OK;
}

/* context: the weight. */
static void draw_full(void *context, const dia_step_view *view, int b, int n, int state, double *z)
{
    double *weight = context;
    dia_mapping_uniform(view, b, n, z);
    *weight = n * (radius(n) * dia_population(z + 2 * state) - zero_point(n));
}

static void draw_focused(void *context, const dia_step_view *view, int b, int n, int state, double *z)
{
    (void)context;
    for (int k = 0; k < n; k++) {
        const double size = sqrt((zero_point(n) + (k == state ? 1.0 : 0.0)) / radius(n)),
                     phase = 6.283185307179586 * view->random(view, b, k);
        z[2 * k] = size * cos(phase);
        z[2 * k + 1] = size * sin(phase);
    }
}

static void spin_start(const void *self, const dia_step_view *view, int b, double *memory, double *c, int *active)
{
    (void)active;
    dia_mapping_basis basis;
    (void)dia_mapping_start(view, b, spin_weighted(self) ? draw_full : draw_focused, memory, c, &basis);
}

static double spin_start_weight(const void *self, const double *memory)
{
    return spin_weighted(self) ? memory[0] : 1.0;
}

/* Of the force and of the populations. */
static double spin_scale(const void *self, int nstate)
{
    (void)self;
    return radius(nstate);
}

const dia_hop_type dia_hop_type_spin_mapping = {
    .version = DIA_EXTEND_VERSION,
    .name = "spin_mapping",
    .summary = "spin mapping, linearised: mean field of a spin on the W sphere",
    .reference = "J. E. Runeson, J. O. Richardson, J. Chem. Phys. 151, 044119 (2019), DOI 10.1063/1.5100506; 152, "
                 "084110 (2020), DOI 10.1063/1.5143412",
    .options = spin_options,
    .self_size = sizeof(spin_mapping),
    .without_decoherence = true,
    .prepare = spin_prepare,
    .start = spin_start,
    .mean_field = spin_scale,
    .scale = spin_scale,
    .weighted = spin_weighted,
    .start_weight = spin_start_weight,
};
