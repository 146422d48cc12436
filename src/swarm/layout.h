/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record of one trajectory at one sample: a row of bytes with a fixed place for every field. Buffers, journal
 * and swarm file all use this table. */
#ifndef DIA_SWARM_LAYOUT_H
#define DIA_SWARM_LAYOUT_H

#include "diabolo/dynamics.h"
#include "store/store.h"

enum { DIA_RECORD_STATES = 64 }; /* largest number of states: one trajectory's amplitudes are on the stack */

typedef enum dia_field {
    DIA_FIELD_POTENTIAL,  /* 1       hartree, of the active state                                     */
    DIA_FIELD_KINETIC,    /* 1       hartree                                                          */
    DIA_FIELD_ELECTRONIC, /* nstate  contributions to populations by |c_k|^2, adiabatic basis (dia_population_share) */
    DIA_FIELD_DIABATIC,   /* nstate  by |c_i|^2, diabatic basis, the same                              */
    DIA_FIELD_ENERGIES,   /* nstate  hartree, adiabatic                                       if full */
    DIA_FIELD_AMPLITUDES, /* nstate, 2  adiabatic basis, signs as electronic/sign.h           if full */
    DIA_FIELD_POSITION,   /* ncart   bohr                                                     if full */
    DIA_FIELD_VELOCITY,   /* ncart   bohr per atomic unit of time                             if full */
    DIA_FIELD_NOVELTY,    /* 1       how far outside the model's training data (dia_model_novelty)    */
    DIA_FIELD_DOUBT_ENERGY,   /* 1   calibrated error of the active energy, hartree (dia_block_doubt)    if watched */
    DIA_FIELD_DOUBT_GAP,      /* 1   of its gap, hartree                                                if watched */
    DIA_FIELD_DOUBT_GRADIENT, /* 1   of its gradient, hartree/bohr                                      if watched */
    DIA_FIELD_DOUBT_HOP,      /* 1   deviation of the probability of a hop                              if watched */
    DIA_FIELD_WORK,           /* 1   hartree, done by light since the start                               if lit */
    DIA_FIELD_START_WEIGHT,   /* 1   of the method, the same at all samples                             if weighted */
    DIA_FIELD_ACTIVE,         /* 1       active state                                                     */
    DIA_FIELD_COUNT
} dia_field;

typedef struct dia_layout {
    int nstate, ncart;
    int width[DIA_FIELD_COUNT];         /* numbers in a row; 0: not recorded                          */
    dia_number number[DIA_FIELD_COUNT]; /* REAL, FLOAT or INT8: type in the row and in the swarm file */
    size_t offset[DIA_FIELD_COUNT];     /* bytes from the start of the row                            */
    size_t size;                        /* bytes of a row                                             */
} dia_layout;

typedef struct dia_recorded {
    bool full;     /* also energies, amplitudes, position, velocity */
    bool single;   /* the last three in single precision            */
    bool watched;  /* the disagreement of a committee too           */
    bool lit;      /* and the work of light                         */
    bool weighted; /* and weights of trajectories by the method    */
} dia_recorded;
void dia_layout_init(dia_layout *layout, int nstate, int ncart, dia_recorded what);
/* Records all trajectories of a block: rows (block->count, layout->size). */
void dia_layout_take(const dia_layout *layout, const dia_block *block, unsigned char *rows);
/* The numbers of one field of a row: values (width[field]). */
void dia_layout_get(const dia_layout *layout, const unsigned char *row, dia_field field, double *values);
/* The active state of a row. */
int dia_layout_active(const dia_layout *layout, const unsigned char *row);

#endif
