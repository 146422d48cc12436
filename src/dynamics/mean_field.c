/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of a mean field: momenta and amplitudes move together, by the Hamiltonian
 *
 *   sum_c P_c^2/2m_c + sum_ij D_ij H_ij(R),   D = 1/n + s (c c^H - 1/n),   s of the method (1: Ehrenfest), or its own D.
 *
 * It is split in two parts whose motions are exact. Under the first the nuclei drift. Under the second they stand still: the
 * amplitudes turn by exp(-iHt), and the momenta receive the mean over this time of the force, sum_ij D_ij dH_ij/dR, which is again
 * one request to the model (still.h) (Church, Hele, Ezra, Ananth, J. Chem. Phys. 148, 102326 (2018), DOI 10.1063/1.5005557). So every
 * splitting of integrator.h keeps its order here, is reversible, and the energy does not drift. Its kicks are the drifts here and its
 * drifts the turns, because a turn at the end of a step would need the force there, and another one at the same place when the next
 * step begins. */
#include <string.h>

#include "dynamics/integrator.h"
#include "dynamics/internal.h"
#include "electronic/propagate.h"
#include "electronic/still.h"

/* Element l of the propagator's rows: what becomes of state l of t, diabatic. */
static double *image(dia_block *s, int b, int l)
{
    return s->scratch->T + 2 * (size_t)((b * s->nstate + l) * s->nstate);
}

static void begin(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const int n = s->nstate;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q];
        dia_frame_adiabatic(&w->before, b, s->c + 2 * b * n, w->c_before + 2 * b * n);
        for (int l = 0; l < n; l++) {
            memset(w->work, 0, 2 * (size_t)n * sizeof *w->work);
            w->work[2 * l] = 1.0;
            dia_frame_diabatic(&w->before, b, w->work, image(s, b, l));
        }
    }
}

static void turn(dia_block *s, int b, double dt)
{
    dia_still_turn(&s->frame, b, dt, s->c + 2 * b * s->nstate, s->scratch->work);
}

/* D from c c^H. */
static void spread(const dia_block *s, int b, double *W)
{
    const dia_hop_type *hop = s->dynamics->hop;
    if (hop->density != NULL) {
        hop->density(s->dynamics->hop_self, &s->frame, b, dia_block_memory(s, ROW_HOP, b), W);
        return;
    }
    const double scale = hop->mean_field(s->dynamics->hop_self, s->nstate);
    for (int i = 0; i < s->npacked && scale != 1.0; i++)
        W[i] *= scale;
    for (int i = 0; i < s->nstate && scale != 1.0; i++)
        W[dia_packed(i, i)] += (1.0 - scale) / s->nstate;
}

/* The second part of the motion, over dt. G: the mean force of this time. */
static dia_status stand(dia_block *s, double dt)
{
    struct dia_block_scratch *w = s->scratch;
    const int n = s->nstate;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q];
        double *W = w->W + (size_t)q * (size_t)s->npacked;
        turn(s, b, 0.5 * dt);
        dia_still_density(&s->frame, b, dt, s->c + 2 * b * n, W, w->work);
        spread(s, b, W);
        turn(s, b, 0.5 * dt);
        for (int l = 0; l < n; l++)
            dia_still_turn(&s->frame, b, dt, image(s, b, l), w->work);
    }
    const dia_status status = dia_block_gradients(s, true);
    dia_block_kick(s, dt);
    return status;
}

/* The same with a heat bath in its middle. */
static dia_status stand_in_bath(dia_block *s, double dt)
{
    if (!dia_bath_in_middle(s))
        return stand(s, dt);
    dia_status status = stand(s, 0.5 * dt);
    if (status != DIA_OK || s->scratch->nflying == 0)
        return status;
    dia_block_bathe(s, dt, true);
    return stand(s, 0.5 * dt);
}

/* c_after and T from what the amplitudes have become. */
static void end(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const int n = s->nstate;
    double *T = w->work, *column = w->work + 2 * n * n;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q];
        dia_frame_adiabatic(&s->frame, b, s->c + 2 * b * n, w->c_after + 2 * b * n);
        dia_amplitudes_normalise(n, w->c_after + 2 * b * n);
        for (int l = 0; l < n; l++) {
            dia_frame_adiabatic(&s->frame, b, image(s, b, l), column);
            for (int k = 0; k < n; k++) {
                T[2 * (k * n + l)] = column[2 * k];
                T[2 * (k * n + l) + 1] = column[2 * k + 1];
            }
        }
        memcpy(image(s, b, 0), T, 2 * (size_t)(n * n) * sizeof *T);
    }
}

dia_status dia_mean_field_fly(dia_block *s, double dt)
{
    const dia_integrator *way = &dia_integrators[s->dynamics->integrator];
    const struct dia_block_scratch *w = s->scratch;
    dia_status status = DIA_OK;
    begin(s);
    for (int j = 1; j <= way->stages && status == DIA_OK && w->nflying > 0; j++) {
        dia_block_drift(s, way->kick[j - 1] * dt);
        status = dia_block_hamiltonian(s);
        if (status == DIA_OK && w->nflying > 0)
            status = stand_in_bath(s, way->drift[j] * dt);
    }
    dia_block_drift(s, way->kick[way->stages] * dt);
    if (status == DIA_OK)
        status = dia_block_hamiltonian(s);
    end(s);
    return status;
}

/* D of the amplitudes c_after. */
static void weight(const dia_block *s, int b, double *W)
{
    dia_weight_density(&s->frame, b, s->scratch->c_after + 2 * b * s->nstate, W);
    spread(s, b, W);
}

dia_status dia_mean_field_forces(dia_block *s)
{
    for (int q = 0; q < s->scratch->nflying; q++)
        weight(s, s->scratch->flying[q], s->scratch->W + (size_t)q * (size_t)s->npacked);
    return dia_block_gradients(s, false);
}

double dia_mean_field_potential(const dia_block *s, int b)
{
    weight(s, b, s->scratch->W);
    return dia_weight_product(&s->frame, s->scratch->W, s->frame.H + (size_t)b * (size_t)s->npacked);
}

dia_status dia_mean_field_decay(dia_block *s)
{
    const dia_hop_type *hop = s->dynamics->hop;
    if (hop->decay == NULL || s->scratch->nflying == 0)
        return DIA_OK;
    const dia_status status =
        hop->decay(s->dynamics->hop_self, dia_block_view(s, DIA_PURPOSE_METHOD), s->scratch->rows[ROW_HOP].now, s->V);
    dia_block_energies(s);
    return status;
}
