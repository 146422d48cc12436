/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of a model work on: the model, the minimum of its lowest state, and geometries that a swarm visits. All
 * atomic units. */
#ifndef DIA_CHECK_MODEL_PATIENT_H
#define DIA_CHECK_MODEL_PATIENT_H

#include "check/model/test.h"
#include "diabolo/dynamics.h"
#include "diabolo/model.h"
#include "dynamics/initial.h"
#include "intersect/surface.h"
#include "train/errors.h"

enum { DIA_PATIENT_STARTS = 12, DIA_PATIENT_POINTS = 36 };

typedef struct dia_patient { /* arrays owned */
    dia_model *model;        /* borrowed */
    const dia_control *control;
    dia_errors *errors; /* at labelled points that it was not trained on; NULL: there are none */
    dia_shape shape;
    int fitted;        /* states that mean something */
    bool molecule;     /* atoms in space; else a model system with coordinates of its own */
    bool bound;        /* it has a minimum: initial.minimum, initial.modes, ... */
    char unbound[300]; /* why it has none */
    double step;       /* of time: a fortieth of the fastest vibration */
    double energy;     /* zero of energies: of the lowest state at the minimum; at the reference if it has none */
    double unit;       /* hartree: 1 eV; of reduced units a tenth of their unit of energy */
    char unit_name[16];
    dia_initial initial; /* samples of a Wigner distribution; nothing if not `bound` */
    int n;
    double
        *R; /* (n, ncart) geometries met by trajectories on each state, from those samples; the first are the samples */
} dia_patient;

/* Why a test of labels does not apply where errors is NULL. */
extern const char dia_patient_unlabelled[];

/* data: path of a data set; NULL: none. */
DIA_MUST_USE dia_status dia_patient_open(dia_patient *patient, dia_model *model, const char *data,
                                         const dia_control *control, dia_error *error);
void dia_patient_close(dia_patient *patient);
/* Bonds at the minimum, as dia_molecule_bonded: pair (room, 2) of atoms. Returns their number. */
int dia_patient_bonds(const dia_patient *patient, int room, int (*pair)[2]);
/* R (ncart) becomes `from` with the bond a-b `length` (bohr) long: b and what hangs on it is moved; in a ring b and its
 * hydrogens. moved (natom): these atoms. */
void dia_patient_stretch(const dia_patient *patient, int a, int b, double length, const double *from, bool *moved,
                         double *R);
/* Trajectories on one adiabatic state: settings with the time step `step`, as many steps as the caller takes. more: further keys
 * of the block, "thermostat: ..."; "" for none. Close by dia_dynamics_close. */
DIA_MUST_USE dia_status dia_patient_dynamics(const dia_patient *patient, double step, const char *more,
                                             dia_dynamics *dynamics, dia_error *error);

#endif
