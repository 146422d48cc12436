/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wave packet on a grid: the settings of the engine `grid`, and the parts of a propagation by the split-operator
 * method with Fourier transforms (Feit, Fleck, Steiger, J. Comput. Phys. 47, 412 (1982)):
 *
 *   exp(-i (T + V) dt) = product of exp(-i a V dt) and exp(-i b T dt),
 *
 * T diagonal in momentum space and the same for all states, V(R) = H(R) an electronic matrix at each grid point. */
#ifndef DIA_EXACT_GRID_H
#define DIA_EXACT_GRID_H

#include "electronic/hermitian.h"
#include "exact/engine.h"
#include "exact/field.h"
#include "math/fourier.h"

enum { DIA_GRID_AXES = 3, DIA_GRID_STAGES = 6, DIA_GRID_MOST = 1 << 20, DIA_GRID_STATES = 32 };
/* Momentum times width of an absorbing layer: c / 2d, see damping_at in grid.c. */
#define DIA_GRID_LAYER 6.55515

/* One coordinate: points x_j = lower + j dx, j = 0 to n-1; x_n is x_0 again. */
typedef struct dia_grid_axis {
    int n;
    double lower, upper; /* bohr; dx = (upper - lower)/n                                             */
    double layer[2];     /* width of the absorbing layer inside the lower and the upper end; 0: none */
    double mass;         /* electron masses                                                          */
    bool ring;           /* an angle: H has the period of the box, whose ends are one place           */
} dia_grid_axis;

typedef struct dia_grid_settings {
    dia_list lower, upper;                   /* bohr                            */
    dia_list points;                         /* int                             */
    dia_list absorber_lower, absorber_upper; /* bohr                            */
    int order;                               /* 0: second, 1: fourth            */
    int substeps;                            /* of a time step; 0: as needed    */
    int refine;                              /* 0: as needed */
    int naxis;                               /* set by prepare, as what follows */
    int regions;                             /* of the problem */
    bool light;                              /* of the problem */
    double angle;                            /* of its sub-steps, see exact/field.h; 0: DIA_FIELD_ANGLE */
    dia_grid_axis axis[DIA_GRID_AXES];
} dia_grid_settings;

/* Where the mean values of one sample are made; arrays as in dia_exact_sample. */
typedef struct dia_grid_means {
    double *adiabatic, *diabatic, *density, *absorbed, *absorbed_diabatic, *outcome;
    double norm, potential, kinetic, dipole[3];
    double position[DIA_GRID_AXES], position_width[DIA_GRID_AXES], momentum[DIA_GRID_AXES],
        momentum_width[DIA_GRID_AXES];
    double edge[DIA_GRID_AXES];          /* share of |psi|^2 near the ends of the box        */
    double momentum_edge[DIA_GRID_AXES]; /* and near the largest momenta the grid can hold   */
} dia_grid_means;

/* A splitting: V(a_0) T(b_0) V(a_1) ... T(b_stages-1) V(a_stages), in units of the step. */
typedef struct dia_grid_splitting {
    int stages;
    double a[DIA_GRID_STAGES + 1], b[DIA_GRID_STAGES];
} dia_grid_splitting;

/* A factor exp(-i x E) or exp(-i x p^2/2m) for one coefficient x. */
typedef struct dia_grid_phase {
    double coefficient;
    double *values; /* V: (points, nstate, 2); T: (sum of n over axes, 2), divided by n   owned */
} dia_grid_phase;

typedef struct dia_grid {
    int naxis, nstate, threads, refine;
    const dia_model *model;
    dia_shape shape; /* of the model; U as in electronic/hermitian.h */
    size_t matrix;   /* doubles of the U of a point */
    dia_tape **tape; /* (threads)        */
    double *surface; /* (threads, 2, ...): work space for H and frames */
    dia_grid_axis axis[DIA_GRID_AXES];
    dia_fourier *fourier[DIA_GRID_AXES];  /* owned, as all arrays here */
    size_t points;                        /* the last coordinate is the fastest */
    double cell;                          /* volume of one point, bohr^naxis    */
    double *E;                            /* (points, nstate)                   */
    double *U;                            /* (points, nstate, nstate), if H is complex (..., 2) */
    double *turn;                         /* (points): change of H to the next points, hartree; see grid_states.c */
    double *psi;                          /* (nstate, points, 2) diabatic       */
    double *shifted;                      /* the same between the points           */
    double *start;                        /* the same at time 0                 */
    double *momentum;                     /* (sum of n): p of each axis         */
    double *damping;                      /* (points) absorbing potential, hartree; NULL: none       */
    int8_t *side;                         /* (points) 2 axis + end to which it belongs               */
    double *absorbed, *absorbed_diabatic; /* (2 naxis, nstate)                                      */
    int channels;                         /* regions of the problem and, the last, none of them; 0: there are none */
    double *share;                        /* (channels, points) how much of the cell of a point belongs to each    */
    double *absorbed_in;                  /* (channels, nstate) adiabatic                                          */
    const dia_grid_splitting *splitting;
    double step;                /* of one splitting                                       */
    const dia_control *control; /* asked in each step of the splitting whether to stop */
    const dia_light *light;     /* NULL: none, and no more than that of what follows                            */
    double *mu;                 /* (points, 3, npacked) adiabatic, packed                                        */
    double angle;               /* of the settings */
    double *reach;              /* (points) its Frobenius norm                                                   */
    double widest, farthest;    /* largest range of energies of a point, largest reach                          */
    double *field;              /* of the pieces                                                                 */
    int levels;                 /* that the present stage has                                                    */
    dia_field_pieces pieces[DIA_FIELD_LEVELS]; /* of the present stage, by level                             */
    double strongest, stretch;                 /* largest field in it; its length                            */
    double nothing;                            /* what of |psi|^2 light does not act on: all of it together is 1e-26 */
    int nV, nT;
    dia_grid_phase V[DIA_GRID_STAGES + 2], T[DIA_GRID_STAGES];
    int stage_V[DIA_GRID_STAGES + 1],
        stage_T[DIA_GRID_STAGES]; /* number of the phase of each a, b of the splitting    */
    int joint_V;                  /* of the last V of a step with the first of the next */
    double *line;                 /* (threads, lines of a task, largest n, 2)               */
    double *partial;              /* (tasks, width): sums of the tasks, added in their order */
    size_t partials, width;
} dia_grid;

/* Chooses what the settings leave open: ends, layers, points, substeps. */
DIA_MUST_USE dia_status dia_grid_box(dia_grid_settings *settings, const dia_exact_problem *problem, dia_error *error);
/* Bytes that dia_grid_create takes. */
double dia_grid_bytes(const dia_grid_settings *settings, const dia_shape *shape, int threads);
/* The grid with H and the start on it. Call dia_grid_free also after a failure. */
DIA_MUST_USE dia_status dia_grid_create(dia_grid *grid, const dia_grid_settings *settings,
                                        const dia_exact_problem *problem, dia_error *error);
void dia_grid_free(dia_grid *grid);
/* `n` steps of the splitting from the time t on, fewer if the control stops them (ask it afterwards); what the absorbers take is added up. */
void dia_grid_advance(dia_grid *grid, double t, int n);
void dia_grid_overlap(dia_grid *grid, double overlap[2]);
/* outcome (channels, nstate): what is in each channel or was absorbed there. */
void dia_grid_outcome(dia_grid *grid, double *outcome);
void dia_grid_measure(dia_grid *grid, dia_grid_means *means);
/* What is left of psi in each adiabatic state: sum (nstate), to be multiplied by the cell. */
void dia_grid_states(dia_grid *grid, double *sum);
/* H and frames of up to DIA_GRID_BATCH geometries, for one thread. */
typedef struct dia_grid_surface {
    double *R, *H, *E, *U, *work;
} dia_grid_surface;
enum { DIA_GRID_BATCH = 64 };
/* which: 0 or 1, there are two. */
dia_grid_surface dia_grid_surface_of(const dia_grid *grid, int thread, int which);
/* False: H is not finite. */
bool dia_grid_look(const dia_grid *grid, const dia_grid_surface *surface, int thread, int count);
/* Doubles of both of a thread are twice that: in whole pairs, for U may be complex. */
size_t dia_grid_surface_size(const dia_shape *shape);
/* H at all points: E, U, turn; and the tapes. */
DIA_MUST_USE dia_status dia_grid_surface_make(dia_grid *grid, dia_error *error);
/* Phases of U that are continuous from the centre of the packet outwards, and the packet. */
void dia_grid_start_make(dia_grid *grid, const dia_exact_start *start);
/* Dipoles at all points, after the phases of U are what they will be. */
DIA_MUST_USE dia_status dia_grid_light_make(dia_grid *grid, dia_error *error);
/* Begins a stage from t to t + dt; false: there is no field in it. */
bool dia_grid_light_stage(dia_grid *grid, double t, double dt);
/* Propagates the adiabatic amplitudes v (nstate, 2) of a point through the stage; false: hardly any, they are left as they are. */
bool dia_grid_light_turn(const dia_grid *grid, size_t point, double *v);
/* sum (3) += <v|mu|v>. */
void dia_grid_light_dipole(const dia_grid *grid, size_t point, const double *v, double *sum);
/* Coordinates (naxis) of a point. */
void dia_grid_position(const dia_grid *grid, size_t point, double *R);

#endif
