/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Displacements of geometries from a reference in its own frame: equivalent atoms take the order (and image) nearest to
 * the reference, then the geometry is turned into the Eckart frame (molecule/align.h), then
 *
 *   X_c = sqrt(m_c) (z_c - y_c)          bohr sqrt(electron mass); with unit masses bohr
 *
 * y: the reference from its centre of mass. A model system (dimension 1) is not turned. */
#ifndef DIA_ANALYSE_MECHANISM_ALIGNER_H
#define DIA_ANALYSE_MECHANISM_ALIGNER_H

#include "analyse/mechanism/settings.h"
#include "analyse/mechanism/swarm.h"
#include "molecule/align.h"

typedef struct dia_aligner {
    const dia_match *match; /* borrowed; NULL with DIA_RELABEL_NEVER  */
    dia_relabelling relabel;
    int natom, ncart;
    bool space;              /* three dimensions                                          */
    dia_alignment alignment; /* of the reference, if in space                       owned */
    double *reference;       /* (ncart) bohr                                        owned */
    double *root;            /* (ncart) sqrt(m)                                     owned */
} dia_aligner;

/* molecule: numbers, and masses used as weights (all 1: unweighted); reference (ncart). */
DIA_MUST_USE dia_status dia_aligner_create(dia_aligner *aligner, const dia_molecule *molecule, const double *reference,
                                           const dia_match *match, dia_relabelling relabel, dia_error *error);
void dia_aligner_free(dia_aligner *aligner);

/* What to do with the displacements X (count, ntime, ncart) of trajectories [first, first+count). */
typedef void dia_aligner_visitor(void *context, int first, int count, const double *X);
/* Goes through the whole swarm in slabs, in order: displacements on `threads` threads, the visits on one. */
DIA_MUST_USE dia_status dia_aligner_walk(const dia_aligner *aligner, const dia_mechanism_swarm *swarm, int threads,
                                         dia_aligner_visitor *visit, void *context, dia_error *error);

#endif
