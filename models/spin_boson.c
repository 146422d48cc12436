/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spin-boson model (Leggett, Chakravarty, Dorsey, Fisher, Garg, Zwerger, Rev. Mod. Phys. 59, 1 (1987)):
 *
 *   H = [[eps, del], [del, -eps]] + sum_m (p_m^2 + w_m^2 x_m^2)/2 + sigma_z sum_m c_m x_m,
 *   J(w) = (pi/2) sum_m (c_m^2/w_m) delta(w - w_m) = (lam/2) w wc/(w^2 + wc^2)   Debye, lam = 2 sum c^2/w^2
 *                                                  = (pi/2) xi w exp(-w/wc)      Ohmic, lam = 2 xi wc
 *
 * lam is the energy that is released when one state relaxes from the minimum of the other: 4 sum_m c_m^2/(2 w_m^2). The
 * coordinates of the model are Q = sqrt(w) x, of mass 1/w. How the bath is divided into modes: model/vibronic.h. */
#include "diabolo/extend.h"
#include "model/vibronic_core.h"

typedef struct spin_boson {
    dia_vibronic_core core;
    int density, modes;
    double unit, eps, del, lam, xi, wc;
} spin_boson;

static const dia_option spin_boson_options[] = {
    DIA_CHOICE(spin_boson, density, DIA_BATH_DENSITIES, "debye", "spectral density of the bath"),
    DIA_REAL(spin_boson, unit, DIA_ENERGY, "1 hartree",
             "what 1 means in the numbers below; with 1 hartree (reduced units) 1 is also the unit of time",
             DIA_RANGE(1e-12, 1e6)),
    DIA_REAL(spin_boson, eps, DIA_PURE, "1", "bias: the states are eps and -eps at Q = 0"),
    DIA_REAL(spin_boson, del, DIA_PURE, "1", "electronic coupling"),
    DIA_REAL(spin_boson, lam, DIA_PURE, "0.5", "reorganisation energy between the minima of the states; of Debye baths",
             DIA_RANGE(0.0, 1e9)),
    DIA_REAL(spin_boson, xi, DIA_PURE, "0.1", "Kondo parameter, the strength of Ohmic baths", DIA_RANGE(0.0, 1e9)),
    DIA_REAL(spin_boson, wc, DIA_PURE, "1", "cutoff frequency of the bath", DIA_RANGE(1e-9, 1e9)),
    DIA_INT(spin_boson, modes, "100", "modes that stand for the bath", DIA_RANGE(1, 100000)),
    {.key = NULL},
};

static dia_status spin_boson_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                                  dia_error *error)
{
    spin_boson *model = self;
    const double unit = model->unit;
    double epsilon[2] = {model->eps * unit, -model->eps * unit}, coupling[2] = {1.0, -1.0};
    /* The bath's own reorganisation energy, sum c^2/(2 w^2), is a quarter of that between the minima. */
    const double lam = model->density == DIA_BATH_DEBYE ? model->lam : 2.0 * model->xi * model->wc;
    dia_vibronic_bath_input bath = {.density = model->density,
                                    .reorganisation = 0.25 * lam * unit,
                                    .cutoff = model->wc * unit,
                                    .modes = model->modes,
                                    .coupling = {2, coupling}};
    int states[2] = {0, 1};
    dia_vibronic_coupling_input eta = {.states = {2, states}, .value = model->del * unit};
    const dia_vibronic_input input = {.epsilon = {2, epsilon}, .eta = {1, &eta}, .baths = {1, &bath}};
    dia_vibronic data = {0};
    (void)source;
    dia_status status = dia_vibronic_input_read(&input, &data, error);
    if (status == DIA_OK)
        status = dia_vibronic_core_make(&model->core, &data, shape, molecule, error);
    dia_vibronic_free(&data);
    return status;
}

/* Of `unit: 1 hartree`; any other is physical. */
static double spin_boson_unit(const void *self)
{
    const spin_boson *model = self;
    return model->unit == 1.0 ? 1.0 : 0.0;
}

static const char *spin_boson_note(const void *self)
{
    return spin_boson_unit(self) > 0.0 ? "reduced units: 1 hartree is its unit of energy and 1 au its unit of time; "
                                         "numbers in eV, K and fs have no meaning"
                                       : NULL;
}

const dia_model_type dia_model_type_spin_boson = {
    .version = DIA_EXTEND_VERSION,
    .name = "spin_boson",
    .summary = "two states in a bath of harmonic oscillators, Debye or Ohmic, in reduced units or not",
    .reference =
        "A. J. Leggett, S. Chakravarty, A. T. Dorsey, M. P. A. Fisher, A. Garg, W. Zwerger, Rev. Mod. Phys. 59, 1 "
        "(1987), DOI 10.1103/RevModPhys.59.1",
    .options = spin_boson_options,
    .self_size = sizeof(spin_boson),
    .open = spin_boson_open,
    DIA_VIBRONIC_CORE,
    .note = spin_boson_note,
    .unit = spin_boson_unit,
};
