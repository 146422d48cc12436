/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tape of a network: panels of eight lanes (models/network.c flies on them, network_pullback.c trains). L: DIA_LANES. */
#ifndef DIA_MODEL_NETWORK_TAPE_H
#define DIA_MODEL_NETWORK_TAPE_H

#include "math/lanes.h"
#include "model/network.h"

typedef struct dia_network_panel { /* of one panel of geometries, for reverse and tangent                    */
    double *x;                     /* (ncart, L)                                                            */
    double *f;                     /* (nfeature, L) raw features                                            */
    double *memory; /* of the architecture: rows of 64 bytes; in single precision of this and the next panel */
} dia_network_panel;

typedef struct dia_network_work {
    bool single;
    int npanel;
    dia_network_panel *panel;                         /* (npanel) of the batch                                    */
    dia_network_panel gathered;                       /* for requests that are not one whole panel of the batch   */
    double *u, *ubar;                                 /* (nfeature, L) standardised features, their adjoint       */
    double *y, *ysum;                                 /* (npacked, L)                                             */
    float *narrow_u, *narrow_y;                       /* (nfeature or npacked, two panels), or their adjoints */
    double *v, *scratch;                              /* (ncart, L); of the architecture                       */
    bool *done;                                       /* (request panels)                                         */
    void *pullback;                                   /* of the architecture, of one panel                        */
    double *dipoles;                                  /* of dia_dipoles_evaluate, dia_dipoles_contract */
    double *unit;                                     /* (L, npacked) weights of one element          */
    double *reference_H, *reference_G, *reference_dH; /* (batch, npacked); of requests */
    void *reference;                                  /* work space of the reference model                        */
} dia_network_work;

size_t dia_network_tape_size(const void *self, int batch_max, int request_max);
void dia_network_tape_init(const void *self, void *memory, int batch_max, int request_max);
/* Geometries and features of rows[0..n-1] of the batch, n <= L; lanes beyond repeat the first. Borrowed. */
dia_network_panel dia_network_points(const dia_network *net, const dia_network_work *w, int n, const int *rows);

/* ---- one panel ------------------------------------------------------------------------------- */

/* The requests 0, 1, ..., n - 1 in the lanes of these numbers. */
const int *dia_network_in_order(int n, int request[DIA_LANES]);
/* Lane l of panel `to` is row rows[l] of the batch-major array; lanes beyond n repeat the first, so that they stay
 * finite. */
void dia_network_to_panel(int n, const int *rows, int width, const double *from, double *to);
/* Row request[l] of the batch-major array and lane l of a panel; lanes without a request, where it is -1: zero. */
void dia_network_to_lanes(const int *request, int width, const double *from, double *to);
void dia_network_from_lanes(const int *request, int width, const double *from, double *to);
/* Raw features -> standardised ones. */
void dia_network_inputs(const dia_network *net, const double *f, double *u);
/* Packed weights of requests, as for dia_network_to_lanes, to the adjoint of the elements times scale (NULL: 1): the off-diagonals count
 * twice. */
void dia_network_adjoint(const dia_network *net, const int *request, const double *W, const double *scale,
                         double *ybar);
/* H (n, npacked) of a panel of geometries of which w->y holds what the architecture gives; without the reference model. w->y, w->u and
 * w->ysum are used up. */
void dia_network_elements(const dia_network *net, dia_network_work *w, const dia_network_panel *r, int n, double *H);
/* Elements of a panel <- 0 */
void dia_network_clear(const dia_network *net, double *panel);
/* Where an adjoint ubar of standardised features becomes gradients w->v of requests; W (requests, npacked): weights of the elements,
 * for the baseline. */
void dia_network_to_coordinates(const dia_network *net, dia_network_work *w, const dia_network_panel *r,
                                const int *request, const double *W);
/* du = (df/dx . v)/deviation of one panel */
void dia_network_feature_tangent(const dia_network *net, const dia_network_panel *r, const double *v, double *du);

/* ---- training: verbs of dia_model_type (model.h, extend.h) ------------------------------------ */

void dia_network_pullback(const void *self, void *memory, const double *R, int n, const int *row, const double *W0,
                          const double *V, const double *W1, double *theta_bar);
void dia_network_pullback_each(const void *self, void *memory, const double *R, int n, const int *row, const double *W0,
                               const double *V, const double *W1, double *J);
void dia_network_gradients(const void *self, void *memory, const double *R, int first, int n, double *H, double *G);
void dia_network_gradients_pullback(const void *self, void *memory, const double *R, int first, int n,
                                    const double *Hbar, const double *Gbar, double *theta_bar);

#endif
