/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism in its file, as a JSON object, and read back from the file: each section is described once (store/member.h)
 * in a file of its own, and result.c puts them together. Datasets and keys are documented in docs/mechanism.md: change both
 * together. Arrays over hops, samples or bins are in the file only. What the members allow to be read (least, most, below,
 * absent) is stated for those that are. */
#ifndef DIA_ANALYSE_MECHANISM_RESULT_H
#define DIA_ANALYSE_MECHANISM_RESULT_H

#include "analyse/mechanism/mechanism.h"
#include "store/member.h"

#define BOHR "bohr"
#define HARTREE "hartree"
#define FS "fs"
#define SPEED "bohr hartree/hbar"

typedef struct dia_result_writer { /* after a failure nothing more is written: a list of writes needs one check */
    const dia_mechanism_result *m;
    dia_store *store;
    dia_error *error;
    dia_status status;
    dia_extents extents;
} dia_result_writer;

void dia_result_put(dia_result_writer *w, const char *group, const dia_member *fields, const void *object);
void dia_result_put_rows(dia_result_writer *w, const char *group, const dia_member *fields, dia_rows rows);
/* N trajectories, T samples, K hops, G groups (all, then by state), A atoms, D coordinates of each, C of all. */
dia_extents dia_result_extents(const dia_record *r);
/* DIA_ERROR_INPUT: the file was made from another swarm than that of the record. */
dia_status dia_result_foreign(const dia_store *store, const dia_record *r, dia_error *error);

/* ---- result_census.c ---- */
void dia_result_put_census(dia_result_writer *w);
void dia_result_census_json(const dia_mechanism_result *m, dia_json *json);
dia_status dia_result_read_census(dia_mechanism_file *file, const dia_record *r, const dia_store *store, dia_extents *e,
                                  dia_error *error);
void dia_result_free_census(dia_mechanism_file *file);

/* ---- result_motion.c ---- */
void dia_result_put_motion(dia_result_writer *w);
void dia_result_motion_json(const dia_mechanism_result *m, dia_json *json);
dia_status dia_result_read_series(dia_series *s, int i, int dimension, const dia_store *store, dia_extents *e,
                                  dia_error *error);
void dia_result_free_series(dia_series *s);
dia_status dia_result_read_modes(dia_activity *a, const dia_store *store, dia_extents *e, dia_error *error);
void dia_result_free_modes(dia_activity *a);
dia_status dia_result_read_components(dia_components *c, const dia_store *store, dia_extents *e, dia_error *error);
void dia_result_free_components(dia_components *c);

/* ---- result_clusters.c ---- */
void dia_result_put_clusters(dia_result_writer *w);
void dia_result_clusters_json(const dia_mechanism_result *m, dia_json *json);
dia_status dia_result_read_clusters(dia_clusters *clusters, const dia_store *store, dia_extents *e, dia_error *error);
void dia_result_free_clusters(dia_clusters *clusters);

#endif
