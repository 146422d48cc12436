/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network model: H(R) = H_ref(R) + baseline(R) + shift + scale * y(u(R)), y an architecture (architecture.h) of the
 * standardised features u = (f - mean)/deviation. It is covariant under the declared symmetry group, so the parity of each state is
 * exact. The forward and reverse calls are in models/network.c; here are the parts that training, saving and loading
 * share. */
#ifndef DIA_MODEL_NETWORK_H
#define DIA_MODEL_NETWORK_H

#include "diabolo/extend.h"
#include "model/architecture.h"
#include "model/dipoles.h"
#include "model/region.h"
#include "model/symmetry.h"

#define DIA_NETWORK_DESCRIPTORS 8

typedef struct dia_baseline_type dia_baseline_type; /* baseline.h */

typedef struct dia_network {
    dia_shape shape;
    dia_molecule molecule; /* own copy */
    int ndescriptor;
    struct {
        const dia_descriptor_type *type;
        void *self;
        int first, count; /* its features */
        char *options;    /* YAML, all of them; NULL: it has none, or all have their default owned */
    } descriptor[DIA_NETWORK_DESCRIPTORS];
    int nfeature;
    double *mean, *deviation; /* (nfeature) standardisation, unchanged by the images of the group              owned */
    dia_region region;        /* of the training points; all zero: not known                                 owned */
    const dia_architecture_type *architecture;
    void *body;                 /* its self                            owned */
    char *architecture_options; /* YAML, all of them                   owned */
    double *theta;              /* (shape.ntheta), belongs to the body       */
    double *shift, *scale; /* (npacked) hartree                                                             owned */
    dia_symmetry symmetry;
    dia_images images;   /* arrays owned                                                                  */
    dia_dipoles dipoles; /* learned beside H; all zero: none                                         owned */
    const dia_baseline_type *baseline; /* NULL: none */
    int baseline_rows, baseline_columns;
    double *baseline_numbers; /* (rows, columns)                    owned */
    char *reference_text;     /* YAML of the additive reference model; NULL: none  owned */
    dia_model *reference;     /*                                                   owned */
    char *note;               /* warnings for the user, or NULL                    owned */
    int fitted;               /* the lowest so many adiabatic states were fitted; init sets shape.nstate */
} dia_network;

typedef struct dia_network_plan { /* what a network is made of; all borrowed */
    const dia_molecule *molecule;
    int nstate;
    int ndescriptor;
    const char *const *descriptors;        /* names                                                           */
    const char *const *descriptor_options; /* YAML text of each, or NULL for defaults; NULL: defaults for all */
    const char *architecture;              /* name; NULL: mlp                                                 */
    const char *architecture_options;      /* YAML text; NULL: defaults                                       */
    dia_generators generators;             /* of the symmetry group */
    const char *baseline;                  /* name; NULL: none */
    const char *reference_text;            /* or NULL */
    const char *directory;                 /* of paths in reference_text */
    bool stored;                           /* reference_text comes from a data file: as in dia_model_source */
} dia_network_plan;

/* A network with zero weights, mean 0, deviation 1, shift 0, scale 1. Refuses descriptors that do not distinguish
 * two states of different symmetry (every element between them would vanish). */
DIA_MUST_USE dia_status dia_network_init(dia_network *network, const dia_network_plan *plan, dia_error *error);
void dia_network_free(dia_network *network);
int dia_network_largest(const dia_network *network); /* number of the descriptor with most features */
/* After theta was changed; and: draws new parameters. */
void dia_network_refresh(dia_network *network);
void dia_network_randomise(dia_network *network, uint64_t seed, uint64_t member);
/* All raw features of a panel: x (ncart, L) -> f (nfeature, L). */
void dia_network_features(const dia_network *network, const double *x, double *f);
/* No standardised feature is steeper than one over this length (bohr), about the amplitude of a vibration. */
#define DIA_NETWORK_LENGTH (0.05 * DIA_ANGSTROM)

/* Mean and deviation from the geometries R (npoint, ncart) that are `usual` (npoint; NULL: all) and their images, the
 * region from all of them. */
DIA_MUST_USE dia_status dia_network_standardise(dia_network *network, int npoint, const double *R, const bool *usual,
                                                dia_error *error);

enum { DIA_NETWORK_HISTORY = 4 }; /* numbers of one record of the training */

/* Further contents of a model file; texts may be NULL. */
typedef struct dia_network_record {
    const char *level_of_theory, *licence, *source; /* of the data                                    */
    const char *training;                           /* resolved input of the training, YAML           */
    const char *symmetry;                           /* the generators that the training found, YAML   */
    const char *errors;                             /* report of errors, JSON                         */
    const char *labels;                             /* how many labels of each kind were taught, JSON */
    const char *data_digest;                        /* SHA-256 of the data file                       */
    int nstage;                                     /* optimisers one after the other; 0: no history  */
    const char *const *stages;                      /* (nstage) their names                           */
    int nhistory;                                   /* records of the training                        */
    const double
        *history; /* (nhistory, DIA_NETWORK_HISTORY) stage, iterations done in it, training loss, validation loss */
} dia_network_record;

/* Of model files: the newest that is read; the newest of a network. */
enum { DIA_MODEL_VERSION = 5, DIA_COMMITTEE_VERSION = 5, DIA_NETWORK_VERSION = 3 };

/* Writes PATH (format "diabolo-model", type "network"; docs/model-file.md) through a temporary file. */
DIA_MUST_USE dia_status dia_network_save(const dia_network *network, const char *path, const dia_network_record *record,
                                         dia_error *error);
/* Reads it; network is initialised. */
DIA_MUST_USE dia_status dia_network_load(dia_network *network, const struct dia_store *store, dia_error *error);

/* Makes a model from the network; on success the model owns it (it must be on the heap). */
DIA_MUST_USE dia_status dia_network_model(dia_model **model, dia_network *network, dia_error *error);

#endif
