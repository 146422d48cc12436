/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the analysis of the mechanism knows of a swarm: its record (analyse/record.h), its molecule, and its hops with
 * their geometries. Atomic units, times in fs as in the file. */
#ifndef DIA_ANALYSE_MECHANISM_SWARM_H
#define DIA_ANALYSE_MECHANISM_SWARM_H

#include "analyse/record.h"
#include "molecule/match.h"

typedef enum dia_velocity_source {
    DIA_VELOCITY_NONE,   /* the file holds no velocities                                                       */
    DIA_VELOCITY_SAMPLE, /* /trajectories/velocity of the last sample before the hop: files of earlier versions */
    DIA_VELOCITY_HOP     /* /hops/velocity: at the hop, before the momentum is adjusted                        */
} dia_velocity_source;
extern const char *const dia_velocity_source_names[]; /* "none", "sample", "hop" */

typedef struct dia_mechanism_swarm { /* arrays owned */
    dia_record *record;
    const char *model_digest; /* of the record */
    dia_molecule molecule;
    int *label;       /* (natom) atoms with the same one may exchange places               */
    dia_match *match; /* by these labels; NULL until dia_mechanism_swarm_match              */
    double *hop_R;    /* (nhop, ncart) bohr                                                */
    double *hop_V;    /* (nhop, ncart); NULL if source is NONE                             */
    double *hop_E;    /* (nhop) hartree: mean of the two states' energies at the hop, from the conserved total energy
                          of the nearest sample: good to the drift of that energy           */
    double *
        hop_weight; /* (nhop) of its trajectory; 0: it does not count, or light made the hop, which may do so anywhere */
    dia_velocity_source source;
    double weight;    /* of all trajectories that count                                    */
    double effective; /* (sum w)^2 / sum w^2 (Kish)                                         */
} dia_mechanism_swarm;

/* label (nlabel): one per atom; nlabel 0: all atoms of one element and mass are alike; negative: no atom is like
 * another. On failure *swarm is NULL. */
DIA_MUST_USE dia_status dia_mechanism_swarm_load(dia_mechanism_swarm **swarm, const char *path, int nlabel,
                                                 const int *label, dia_error *error);
/* Makes swarm->match, which only some sections need: molecules with many like atoms have too many permutations. */
DIA_MUST_USE dia_status dia_mechanism_swarm_match(dia_mechanism_swarm *swarm, bool mirror, dia_error *error);
void dia_mechanism_swarm_free(dia_mechanism_swarm *swarm);

/* Does this hop count: of a trajectory with weight? */
static inline bool dia_mechanism_hop_counts(const dia_mechanism_swarm *swarm, int k)
{
    return swarm->hop_weight[k] > 0;
}

#endif
