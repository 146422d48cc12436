/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"

static double entry(const dia_list *list, int c, double fallback)
{
    const double *x = list->items;
    return list->n == 0 ? fallback : x[list->n == 1 ? 0 : c];
}

/* `fixed`: the widths of positions and momenta of a pure Gaussian belong together, sigma_x sigma_p = 1/2. A sharp start that
 * moves stands for a packet of Tully's width, exp[-(x-x0)^2/s^2] with s = 20/momentum. */
static dia_status make_fixed(dia_exact_start *start, const dia_molecule *molecule, const dia_initial_settings *s,
                             const dia_control *control, dia_error *error)
{
    const size_t n = (size_t)molecule->ncart;
    for (size_t c = 0; c < n; c++) {
        const double x = entry(&s->position_width, (int)c, 0.0), p = entry(&s->momentum_width, (int)c, 0.0);
        start->centre[c] = entry(&s->position, (int)c, molecule->reference[c]);
        start->momentum[c] = entry(&s->momentum, (int)c, 0.0);
        const bool sharp = !(x > 0.0) && !(p > 0.0), moves = fabs(start->momentum[c]) > 0.0;
        if (sharp && moves)
            dia_control_note(control,
                             "coordinate %zu of the start has no width; the wave packet gets one of 10/momentum, %g "
                             "bohr, as in J. C. Tully, J. Chem. Phys. 93, 1061 (1990). With initial.position_width and "
                             "momentum_width a swarm has the same",
                             c, 10.0 / fabs(start->momentum[c]));
        if (sharp && !moves)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "initial.position_width: a wave packet has a width, in each coordinate; coordinate "
                                 "%zu has none. Give the standard deviation of its positions, in bohr",
                                 c);
        if (x > 0.0 && p > 0.0 && fabs(2.0 * x * p - 1.0) > 0.01)
            return dia_error_set(
                error, DIA_ERROR_INPUT,
                "initial: coordinate %zu has position_width %g and momentum_width %g, whose product is %g; for a "
                "Gaussian wave packet it is 1/2: expected momentum_width %g, or leave it out",
                c, x, p, x * p, 0.5 / x);
        const double width = sharp ? 10.0 / fabs(start->momentum[c]) : x > 0.0 ? x : 0.5 / p;
        start->covariance[c * n + c] = width * width;
        start->precision[c * n + c] = 1.0 / (width * width);
    }
    return DIA_OK;
}

/* The ground state of the harmonic oscillators, at a minimum or as stated: covariance M^-1/2 L^T (1/2w) L M^-1/2. */
static dia_status make_wigner(dia_exact_start *start, const dia_molecule *molecule, const dia_initial *initial,
                              const dia_initial_settings *s, dia_error *error)
{
    const dia_modes *modes = &initial->modes;
    const size_t n = (size_t)molecule->ncart;
    if (modes->nmode != molecule->ncart)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial: the model has %d coordinates and %d modes; a wave packet needs a model without "
                             "translations and rotations",
                             molecule->ncart, modes->nmode);
    memcpy(start->centre, initial->minimum, n * sizeof *start->centre);
    if (initial->momentum != NULL)
        memcpy(start->momentum, initial->momentum, n * sizeof *start->momentum);
    for (size_t m = 0; m < n; m++) {
        const double w = modes->frequency[m], *L = modes->vector + m * n;
        if (!(w > 0.0) || (w < s->lowest_frequency && !initial->stated))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "initial: mode %zu at the minimum has %.4g cm^-1, below initial.lowest_frequency: a "
                                 "wave packet would have no width along it; give sampling: fixed with position_width",
                                 m, w / DIA_WAVENUMBER);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                const double mass = sqrt(molecule->masses[(int)i / molecule->dimension] *
                                         molecule->masses[(int)j / molecule->dimension]);
                start->covariance[i * n + j] += L[i] * L[j] / (2.0 * w * mass);
                start->precision[i * n + j] += L[i] * L[j] * 2.0 * w * mass;
            }
    }
    return DIA_OK;
}

static dia_status reserve(dia_exact_start *start, int ncart, int nstate, dia_error *error)
{
    const size_t n = (size_t)ncart;
    start->centre = calloc(n, sizeof(double));
    start->momentum = calloc(n, sizeof(double));
    start->covariance = calloc(n * n, sizeof(double));
    start->precision = calloc(n * n, sizeof(double));
    start->amplitude = calloc(2 * (size_t)nstate, sizeof(double));
    return start->centre != NULL && start->momentum != NULL && start->covariance != NULL && start->precision != NULL &&
                   start->amplitude != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a start in %d coordinates", ncart);
}

/* One wave function, whatever ensemble of trajectories stands for it (`as`). */
static void set_state(dia_exact_start *start, const dia_initial_settings *s)
{
    start->diabatic = s->basis == DIA_BASIS_DIABATIC;
    if (s->state >= 0)
        start->amplitude[2 * s->state] = 1.0;
    for (int i = 0; s->state == DIA_STATE_MIXED && i < 2 * s->ncoefficient; i++)
        start->amplitude[i] = s->coefficients[i];
}

static bool has_packet(const dia_initial_settings *s)
{
    return s->sampling == DIA_SAMPLING_WIGNER || s->position_width.n > 0 || s->momentum_width.n > 0;
}

dia_status dia_exact_start_make(dia_exact_start *start, dia_model *model, const dia_initial_settings *settings,
                                const dia_exact_type *engine, const dia_control *control, dia_error *error)
{
    *start = (dia_exact_start){0};
    dia_initial initial = {0};
    dia_initial_settings one = *settings; /* makes the checks, the masses, and the modes */
    one.trajectories = 1;
    one.packet = true;
    if (settings->excitation.given)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial.state: excited chooses geometries for trajectories; a wave packet is excited as a whole: "
            "give the state, as in state: {diabatic: 1}");
    if (settings->sampling == DIA_SAMPLING_FILE)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial.sampling: frames of a file are points, not a wave packet; write sampling: wigner, "
            "or fixed with position_width");
    if (settings->sampling == DIA_SAMPLING_BOLTZMANN && engine->thermal)
        dia_control_note(control,
                         "initial.sampling: the baths are in quantum equilibrium, which is that of sampling: wigner; a "
                         "swarm of boltzmann starts in the classical one");
    else if (settings->sampling == DIA_SAMPLING_HUSIMI || settings->sampling == DIA_SAMPLING_BOLTZMANN)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.sampling: a wave function has the Wigner distribution; write sampling: wigner");
    if (settings->temperature > 0.0 && !engine->thermal)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.temperature: the engine %s propagates one wave function, that of 0 K",
                             engine->name);
    if (settings->basis == DIA_BASIS_SPIN_FREE)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial.state: a wave packet starts in a diabatic or an adiabatic state, not in a spin-free "
            "one; write {diabatic: K}, the state of that name at the reference geometry");
    dia_status status = dia_initial_make(&initial, model, &one, control, error);
    const dia_molecule *molecule = dia_model_molecule(model);
    if (status == DIA_OK)
        status = reserve(start, molecule->ncart, dia_model_shape(model).nstate, error);
    if (status != DIA_OK) {
        dia_initial_free(&initial);
        return status;
    }
    start->temperature = settings->temperature;
    set_state(start, settings);
    if (settings->sampling == DIA_SAMPLING_WIGNER) {
        status = make_wigner(start, molecule, &initial, settings, error);
    } else if (engine->packet || has_packet(settings)) {
        status = make_fixed(start, molecule, settings, control, error);
        if (status == DIA_OK && (settings->position_width.n == 0) != (settings->momentum_width.n == 0))
            dia_control_note(control,
                             "the wave packet spreads in position and momentum, a swarm of this input in one of them; "
                             "with initial.momentum_width, 1/(2 position_width), both start alike");
    } else {
        free(start->covariance);
        free(start->precision);
        start->covariance = start->precision = NULL;
        memcpy(start->centre, initial.R, (size_t)molecule->ncart * sizeof *start->centre);
        for (int c = 0; c < molecule->ncart; c++)
            start->momentum[c] = entry(&settings->momentum, c, 0.0);
    }
    dia_initial_free(&initial);
    return status;
}

void dia_exact_start_free(dia_exact_start *start)
{
    free(start->centre);
    free(start->momentum);
    free(start->covariance);
    free(start->precision);
    free(start->amplitude);
    *start = (dia_exact_start){0};
}
