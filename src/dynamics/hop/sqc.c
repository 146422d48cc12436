/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symmetrical quasi-classical dynamics with triangle windows (Cotton, Miller, JCP 145, 144108 (2016), DOI 10.1063/1.4963914; any number of
 * states: JCP 150, 104101 (2019), DOI 10.1063/1.5087160).
 *
 * The electrons are mapping variables z (Meyer, Miller 1979) with the actions e_k = |z_k|^2; the nuclei move on
 *
 *   V = sum_kl z_k^* H_kl z_l - gamma sum_k H_kk,   gamma = 1/3,
 *
 * the same in every basis. Start in state a: e_a = 1 + x with the density 2 (1 - x), the others uniform from 0 to 1 - x, which is the
 * window (2 - e_a)^(2-n) h(e_a - 1) prod h(2 - e_a - e_k); all phases alike. The ensemble is in state k, in any basis, as the
 * trajectories are in its window, e_k >= 1 and all others below, among those that are in one.
 *
 * gamma: adjusted (Cotton, Miller, JCP 150, 194110 (2019), DOI 10.1063/1.5094458): gamma_k = e_k(0) - (1 in the state of the start, else
 * 0), in the basis of the start, so that the first energy is that of this state alone, and the first force on average over the phases.
 * Of a start in several adiabatic states: minus their populations.
 *
 * Amplitudes c = z/sqrt(sum e); memory: sum e; where gamma is adjusted also whether its states are diabatic, and gamma_k. */
#include <math.h>
#include <string.h>

#include "dynamics/mapping.h"

typedef struct sqc {
    int gamma;
} sqc;

enum { FIXED, ADJUSTED };
enum { NORM, IN_DIABATS, GAMMA }; /* places in the memory */

static const dia_option sqc_options[] = {
    DIA_CHOICE(sqc, gamma, "fixed|adjusted", "fixed",
               "zero-point energy of the electrons: 1/3, or of each trajectory so that it starts with the energy of "
               "one state"),
    {.key = NULL},
};

static dia_status sqc_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)error;
    *size = ((const sqc *)self)->gamma == ADJUSTED ? (size_t)GAMMA + (size_t)shape->nstate : 1;
    return DIA_OK;
}

/* context: the sum of the actions. */
static void draw(void *context, const dia_step_view *view, int b, int n, int state, double *z)
{
    const double left = sqrt(view->random(view, b, 2 * state)); /* 2 - e of the state */
    double *sum = context;
    *sum = 0.0;
    for (int k = 0; k < n; k++) {
        const double e = k == state ? 2.0 - left : left * view->random(view, b, 2 * k),
                     phase = 6.283185307179586 * view->random(view, b, 2 * k + 1);
        z[2 * k] = sqrt(e) * cos(phase);
        z[2 * k + 1] = sqrt(e) * sin(phase);
        *sum += e;
    }
    for (int i = 0; i < 2 * n; i++)
        z[i] /= sqrt(*sum);
}

/* gamma_k = e_k - |start_k|^2, start (n, 2) adiabatic. */
static void adjust(const dia_step_view *view, int b, bool diabatic, const double *start, const double *c,
                   double *memory)
{
    double *now = view->work, *first = view->work + 2 * view->nstate;
    memcpy(now, c, 2 * (size_t)view->nstate * sizeof *c);
    memcpy(first, start, 2 * (size_t)view->nstate * sizeof *c);
    if (diabatic) {
        dia_frame_diabatic(view->after, b, c, now);
        dia_frame_diabatic(view->after, b, start, first);
    }
    memory[IN_DIABATS] = diabatic;
    for (int k = 0; k < view->nstate; k++)
        memory[GAMMA + k] = memory[NORM] * dia_population(now + 2 * k) - dia_population(first + 2 * k);
}

static void sqc_start(const void *self, const dia_step_view *view, int b, double *memory, double *c, int *active)
{
    (void)active;
    double *start = view->work + 6 * view->nstate; /* dia_mapping_start takes what is before */
    dia_mapping_basis basis;
    memory[NORM] = 1.0;
    memcpy(start, c, 2 * (size_t)view->nstate * sizeof *c);
    if (dia_mapping_start(view, b, draw, &memory[NORM], c, &basis) && ((const sqc *)self)->gamma == ADJUSTED)
        adjust(view, b, basis == DIA_MAPPING_DIABATIC, start, c, memory);
}

static double sqc_norm(const void *self, const double *memory)
{
    (void)self;
    return memory[NORM];
}

static double sqc_mean_field(const void *self, int nstate)
{
    (void)self, (void)nstate;
    return 1.0;
}

/* W = sum e c c^* - gamma. */
static void sqc_density(const void *self, const dia_frame *frame, int b, const double *memory, double *W)
{
    const bool adjusted = ((const sqc *)self)->gamma == ADJUSTED, in_states = adjusted && memory[IN_DIABATS] == 0.0;
    for (size_t i = 0; i < dia_frame_packed(frame); i++)
        W[i] *= memory[NORM];
    for (int k = 0; k < frame->nstate && !in_states; k++)
        W[dia_packed(k, k)] -= adjusted ? memory[GAMMA + k] : 1.0 / 3.0;
    if (in_states)
        dia_mapping_take_states(frame, b, memory + GAMMA, W);
}

const dia_hop_type dia_hop_type_sqc = {
    .version = DIA_EXTEND_VERSION,
    .name = "sqc",
    .summary = "symmetrical quasi-classical: mean field of mapping variables, populations by triangle windows",
    .reference = "S. J. Cotton, W. H. Miller, J. Chem. Phys. 145, 144108 (2016), DOI 10.1063/1.4963914; 150, 104101 "
                 "(2019), DOI 10.1063/1.5087160; gamma: adjusted: 150, 194110 (2019), DOI 10.1063/1.5094458",
    .options = sqc_options,
    .self_size = sizeof(sqc),
    .without_decoherence = true,
    .prepare = sqc_prepare,
    .start = sqc_start,
    .mean_field = sqc_mean_field,
    .density = sqc_density,
    .windows = true,
    .norm = sqc_norm,
};
