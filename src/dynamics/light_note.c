/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the light will not be seen, because of when it comes or how it is polarised: mistakes that are no errors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dynamics/light.h"

/* Does it begin before the trajectories, or end after them? `least`: share of the largest field that is not worth a word. */
static bool note_time(const dia_pulse *p, int i, double duration, size_t size, char *text)
{
    const double least = 0.05, fs = DIA_FEMTOSECOND, nearest = fmin(fmax(p->centre, 0.0), duration);
    const double seen = dia_pulse_envelope(p, nearest), begun = dia_pulse_envelope(p, 0.0);
    if (p->shape == DIA_ENVELOPE_CONSTANT)
        return false;
    if (seen < least)
        snprintf(
            text, size,
            "light.pulses[%d] misses the trajectories: its centre is at %.4g fs, they fly from 0 to %.4g fs and see "
            "at most %.2g of its field",
            i, p->centre / fs, duration / fs, seen);
    else if (p->centre <= 0.0 || begun > least)
        snprintf(text, size,
                 "light.pulses[%d] is on already when the trajectories start, at %.2g of its largest field; `centre` "
                 "counts from their start: at %.4g fs all of the pulse would act",
                 i, begun, fmin(p->centre - p->from, 2.0 * p->fwhm) / fs);
    else if (p->centre > duration)
        snprintf(text, size,
                 "light.pulses[%d] is at its largest at %.4g fs, after the end of the trajectories at %.4g fs", i,
                 p->centre / fs, duration / fs);
    else
        return false;
    return true;
}

/* Is the matrix mu.e (packed) a multiple of 1, so that it moves nothing from state to state in whatever basis? `size`: of all dipoles. */
static bool is_unit(const dia_shape *shape, const double *mu, const double e[3], double size)
{
    double first = 0.0;
    for (int j = 0; j < shape->npacked; j++) {
        double along = 0.0;
        for (int c = 0; c < 3; c++)
            along += e[c] * mu[c * shape->npacked + j];
        int i = 0;
        while (i < shape->nstate && dia_packed(i, i) != j)
            i++;
        if (j == 0)
            first = along;
        if (fabs(along - (i < shape->nstate ? first : 0.0)) > 1e-9 * size)
            return false;
    }
    return true;
}

static bool is_idle(const dia_shape *shape, const double *mu, int n, const double e[3])
{
    const size_t width = 3 * (size_t)shape->npacked;
    for (int q = 0; q < n; q++) {
        double size = 0.0;
        for (size_t j = 0; j < width; j++)
            size = fmax(size, fabs(mu[(size_t)q * width + j]));
        if (!is_unit(shape, mu + (size_t)q * width, e, size))
            return false;
    }
    return true;
}

/* A pulse whose polarisation is at right angles to all transition dipoles in these geometries excites nothing. */
static dia_status note_polarisation(const dia_light *light, const dia_model *model, int n, const double *R, size_t size,
                                    char *text, dia_error *error)
{
    enum { MOST = 16 };
    const dia_shape shape = dia_model_shape(model);
    const dia_pulse *p = light->pulses.items;
    int row[MOST];
    dia_tape *tape = NULL;
    n = n < MOST ? n : MOST;
    for (int q = 0; q < n; q++)
        row[q] = q;
    double *mu = dia_allocate((size_t)n * 3 * (size_t)shape.npacked, sizeof *mu);
    double *H = dia_allocate((size_t)n * (size_t)shape.npacked, sizeof *H);
    dia_status status = mu != NULL && H != NULL ? dia_tape_create_hermitian(&tape, model, n, n, error)
                                                : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for dipoles");
    if (status == DIA_OK)
        status = dia_model_hamiltonian(model, tape, n, R, H);
    if (status == DIA_OK)
        status = dia_model_dipole(model, tape, n, row, mu);
    for (int i = 0; status == DIA_OK && i < light->pulses.n && text[0] == '\0'; i++)
        if (is_idle(&shape, mu, n, p[i].unit))
            snprintf(text, size,
                     "light.pulses[%d] excites nothing at the geometries of the start: no transition dipole has a part "
                     "along its "
                     "polarisation, [%.4g, %.4g, %.4g]",
                     i, p[i].unit[0], p[i].unit[1], p[i].unit[2]);
    dia_tape_free(tape);
    free(mu);
    free(H);
    return status;
}

static void note_table(const dia_light *light, double duration, size_t size, char *text)
{
    const double fs = DIA_FEMTOSECOND;
    if (light->table[0] != NULL && (light->table_to <= 0.0 || light->table_from >= duration))
        snprintf(text, size,
                 "light.file misses the trajectories: its times are %.4g to %.4g fs, they fly from 0 to %.4g fs",
                 light->table_from / fs, light->table_to / fs, duration / fs);
}

dia_status dia_light_note(const dia_light *light, const dia_model *model, int n, const double *R, double duration,
                          size_t size, char *text, dia_error *error)
{
    text[0] = '\0';
    if (light == NULL)
        return DIA_OK;
    note_table(light, duration, size, text);
    for (int i = 0; i < light->pulses.n && text[0] == '\0'; i++)
        if (note_time((const dia_pulse *)light->pulses.items + i, i, duration, size, text))
            break;
    if (light->pulses.n == 0 || light->orientation != 0 || n == 0)
        return DIA_OK;
    char second[300];
    second[0] = '\0';
    const dia_status status = note_polarisation(light, model, n, R, sizeof second, second, error);
    const size_t used = strlen(text);
    if (second[0] != '\0')
        snprintf(text + used, size - used, "%s%s", used > 0 ? "; " : "", second);
    return status;
}
