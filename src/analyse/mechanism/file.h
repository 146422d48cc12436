/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a file of format "diabolo-mechanism" (docs/mechanism.md): what pages and tables show of it. Times in fs, all
 * else in atomic units, as in the file. */
#ifndef DIA_ANALYSE_MECHANISM_FILE_H
#define DIA_ANALYSE_MECHANISM_FILE_H

#include "analyse/mechanism/census.h"
#include "analyse/mechanism/passages.h"

typedef struct dia_mechanism_kind { /* a cluster of geometries */
    dia_share share;
    double mean, radius, time; /* bohr, bohr, fs: of dia_cluster */
    const double *R;           /* (ncart) bohr: its centre       */
} dia_mechanism_kind;

typedef struct dia_mechanism_kinds { /* arrays owned */
    char *name;                      /* "S1/S0", ..., "final" */
    int n;
    dia_mechanism_kind *kind; /* (n) the largest first */
    double *R;                /* (n, ncart)            */
} dia_mechanism_kinds;

typedef struct dia_mechanism_file { /* arrays owned */
    char *swarm, *model_digest;     /* model_digest: NULL if the swarm did not say */
    int ntime, nstate, natom, dimension, counted;
    double *time;                   /* (ntime)                                                            */
    bool has_census;                /* else what follows up to passages is zero                           */
    char *assign, *velocity_source; /* "nearest" or "search"; "hop", "sample" or "none"     */
    double limit;                   /* bohr                                                               */
    int npoint;
    char **name, **label; /* (npoint) one block each                                       */
    int nrow;
    dia_census_row *row;   /* (nrow) as in dia_census                                       */
    dia_passages passages; /* as in passages.h                                              */
    int nset;
    dia_mechanism_kinds *set; /* (nset) clusters; 0: not computed                           */
} dia_mechanism_file;

/* On failure *file is zero and the error names file and dataset. */
DIA_MUST_USE dia_status dia_mechanism_file_read(dia_mechanism_file *file, const char *path, dia_error *error);
void dia_mechanism_file_free(dia_mechanism_file *file);

#endif
