/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The electric field of light: the block `light` of the dynamics (docs/light.md). The molecule feels -mu(R).E(t) with the dipole
 * matrix of the model. The field is a sum of pulses, given by formula or as a table; each is the real part of
 *
 *   E0 e f(t - t0) exp(-i [w (t - t0) + r (t - t0)^2/2 + p])
 *
 * with amplitude E0, direction e, envelope f (1 at its largest), photon energy w, which changes at the rate r, and phase p. The
 * rotating-wave approximation needs the complex number, everything else its real part. Atomic units. */
#ifndef DIA_DYNAMICS_LIGHT_H
#define DIA_DYNAMICS_LIGHT_H

#include <stdio.h>

#include "base/config.h"
#include "diabolo/dynamics.h"

struct dia_spline;

enum { DIA_PULSES = 32 };

typedef enum dia_envelope {
    DIA_ENVELOPE_GAUSSIAN, /* exp(-2 ln 2 t^2/fwhm^2)                        */
    DIA_ENVELOPE_COSINE,   /* cos(pi t/(2 d))^2 for |t| < d, else 0          */
    DIA_ENVELOPE_CONSTANT  /* 1                                             */
} dia_envelope;

typedef struct dia_pulse {
    int shape;        /* dia_envelope                                                          */
    double energy;    /* hartree, of a photon at the centre                                    */
    double chirp;     /* hartree per unit of time: how fast it rises                           */
    double centre;    /* time of the largest envelope                                          */
    double fwhm;      /* of the intensity                                                      */
    double intensity; /* of the light, in units of that of a field of 1 au; 0: `field` is given */
    double field;     /* amplitude                                                             */
    double phase;     /* radians                                                               */
    dia_list axis;    /* of doubles, x y z: direction of the field; of any length              */
    double unit[3];   /* the same of length 1                                                  */
    double from, to;  /* outside the envelope is zero                                          */
    double amplitude; /* au, from intensity or field                                           */
} dia_pulse;

typedef struct dia_light {
    dia_list pulses;             /* of dia_pulse                                                  owned */
    const char *file;            /* SHARC's laser file; NULL: none                                owned */
    bool rotating_wave;          /* of light and states keep what conserves the energy, see docs/light.md   */
    bool gradient;               /* the field also pulls at the nuclei, by the derivative of mu   */
    int orientation;             /* 0: molecules stand as their coordinates say; 1: each in a random direction */
    char digest[65];             /* SHA-256 of the file */
    struct dia_spline *table[6]; /* of the file: real and imaginary parts of x, y, z     owned */
    bool table_complex;          /* it has imaginary parts                                     */
    double table_from, table_to; /* times of the file                                          */
    double from, to;             /* outside the field is zero                                  */
    double fastest;              /* largest angular frequency in it                            */
} dia_light;

/* Reads the block (NULL: *light is NULL), `where` for messages; mistakes are noted in the configuration. The only failure is
 * DIA_ERROR_MEMORY. */
DIA_MUST_USE dia_status dia_light_read(dia_light **light, dia_config *config, const dia_node *node, const char *where,
                                       dia_error *error);
void dia_light_free(dia_light *light); /* NULL is fine */
/* Writes the block as in an input, nothing if there is none; dynamics: with the keys that concern the flight. */
void dia_light_write(FILE *out, int indent, const dia_light *light, bool dynamics);
extern const dia_option dia_light_options[];

/* f at the time t. */
double dia_pulse_envelope(const dia_pulse *pulse, double t);
/* The complex field E (3, 2) at the time t: x, y, z, real and imaginary part; in the frame of the laboratory. */
void dia_light_field(const dia_light *light, double t, double E[6]);
/* Is the field zero throughout? */
bool dia_light_dark(const dia_light *light, double from, double to);
/* Q (3, 3): rows are the axes of the molecule of a trajectory in the frame of the laboratory; the field that it sees is Q E. Of
 * `orientation: fixed` the unit matrix. */
void dia_light_orientation(const dia_light *light, uint64_t seed, int64_t trajectory, double Q[9]);

/* Has the model the dipoles that it takes, and is it a molecule if molecules are turned? DIA_ERROR_INPUT says what is missing. */
DIA_MUST_USE dia_status dia_light_fit(const dia_light *light, const dia_model *model, dia_error *error);
/* text: the first pulse that flights from 0 to `duration` do not see, or see only in part, or that is polarised at right angles to every
 * transition dipole at the geometries R (n, ncart), or both; a table whose times the flights do not reach; empty if all is as one
 * would wish. */
DIA_MUST_USE dia_status dia_light_note(const dia_light *light, const dia_model *model, int n, const double *R,
                                       double duration, size_t size, char *text, dia_error *error);

#endif
