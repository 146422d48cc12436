/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/heom_light.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"

bool dia_heom_light_make(dia_heom_light *light, int n, const double *H)
{
    const size_t m = (size_t)n;
    *light = (dia_heom_light){.n = n, .H = H};
    light->E = calloc(m, sizeof(double));
    light->U = calloc(m * m, sizeof(double));
    light->mu = calloc(3 * m * m, sizeof(double));
    return light->E != NULL && light->U != NULL && light->mu != NULL;
}

void dia_heom_light_free(dia_heom_light *light)
{
    free(light->E);
    free(light->U);
    free(light->mu);
}

dia_status dia_heom_light_dipoles(dia_heom_light *s, const dia_model *model, dia_tape *tape, dia_error *error)
{
    const int n = s->n, packed = n * (n + 1) / 2;
    double *mu = malloc(3 * (size_t)packed * sizeof *mu);
    if (mu == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the dipoles of %d states", n);
    const dia_status status = dia_model_dipole(model, tape, 1, (const int[]){0}, mu);
    for (int c = 0; c < 3 && status == DIA_OK; c++)
        for (int k = 0; k < n; k++)
            for (int l = 0; l <= k; l++) {
                double sum = 0.0;
                for (int i = 0; i < n; i++)
                    for (int j = 0; j < n; j++)
                        sum += s->U[i * n + k] * mu[c * packed + dia_packed(i, j)] * s->U[j * n + l];
                s->mu[c * packed + dia_packed(k, l)] = sum;
                s->size += 2.0 * sum * sum;
            }
    free(mu);
    s->size = sqrt(s->size);
    return status;
}

/* H in the constant field E: H (n, n), imaginary (n, n); A: (n, n, 2) of work. */
static void put_field(const dia_heom_light *s, bool rotating_wave, const double E[6], double *A, double *H,
                      double *imaginary)
{
    const int n = s->n;
    const dia_shape shape = {.nstate = n, .npacked = n * (n + 1) / 2};
    dia_field_coupling(&shape, rotating_wave, s->mu, E, A);
    memcpy(H, s->H, (size_t)(n * n) * sizeof *H);
    memset(imaginary, 0, (size_t)(n * n) * sizeof *imaginary);
    for (int k = 0; k < n; k++)
        for (int l = 0; l <= k; l++)
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) {
                    const double kl = s->U[i * n + k] * s->U[j * n + l], lk = s->U[i * n + l] * s->U[j * n + k];
                    H[i * n + j] += A[2 * (k * n + l)] * (k == l ? kl : kl + lk);
                    imaginary[i * n + j] += A[2 * (k * n + l) + 1] * (kl - lk);
                }
}

/* The hierarchy sees the field as constant in each piece; the sub-steps are short against the states and against what the baths do to
 * them. */
dia_status dia_heom_light_advance(const dia_heom_light *s, dia_heom *heom, const dia_light *light, double t, double dt,
                                  double *H, dia_error *error)
{
    const size_t n2 = (size_t)s->n * (size_t)s->n;
    double E[2][6];
    const double rate = light->fastest + s->E[s->n - 1] - s->E[0] + s->fluctuation;
    const int substeps = (int)fmin(fmax(ceil(rate * dt / s->angle), 1.0), 1e8);
    const double norm = heom->norm, h = dt / substeps;
    dia_status status = dia_heom_check(heom, dt, error);
    for (int i = 0; i < substeps && status == DIA_OK && !dia_control_stopped(heom->control); i++) {
        dia_field_pieces pieces = {.E = E};
        dia_field_cut(light, t + i * h, h, 1, &pieces);
        for (int k = 0; k < pieces.n && status == DIA_OK; k++) {
            put_field(s, light->rotating_wave, E[k], H + 2 * n2, H, H + n2);
            heom->norm = norm + 2.0 * s->size * sqrt(dia_dot(6, E[k], E[k]));
            status = dia_heom_advance(heom, pieces.h, error);
        }
    }
    memcpy(H, s->H, n2 * sizeof *H);
    memset(H + n2, 0, n2 * sizeof *H);
    heom->norm = norm;
    return status;
}
