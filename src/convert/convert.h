/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversion of Diabolo's files to formats of other programs, and of their files to data sets: docs/convert.md. A format is
 * one dia_convert_format in a file src/convert/NAME.c (its reader, if it has both, in NAME_read.c), and a line in formats.c. */
#ifndef DIA_CONVERT_CONVERT_H
#define DIA_CONVERT_CONVERT_H

#include <stdio.h>

#include "convert/import.h"
#include "diabolo/molecule.h"
#include "diabolo/swarm.h"

typedef struct dia_convert_job dia_convert_job;
typedef struct dia_convert_frames dia_convert_frames;

typedef struct dia_convert_format {
    const char *name;     /* "extxyz"                                                                    */
    const char *suffixes; /* of the output that select it, separated by blanks: ".xyz .extxyz"; "": none */
    const char *summary;  /* "extended XYZ: ASE, OVITO, ..."                                             */
    bool atoms;           /* wants recorded trajectories of atoms in three dimensions                    */
    bool folder;          /* the output is a folder, with files that this format names                   */
    bool author;          /* stores the author's name                                                    */
    bool tables;          /* writes tables                                                               */
    /* Converts a swarm; paths by dia_convert_path. NULL: this format is only read. */
    dia_status (*swarm)(const dia_convert_job *job, dia_error *error);
    /* Geometries without time (a data set, intersections); NULL: swarms only. */
    dia_status (*frames)(const dia_convert_frames *frames, const dia_convert_job *job, dia_error *error);
    /* Is this file or folder of the format? Reads it (import->path) into a data set. NULL: this format is only written. */
    bool (*recognise)(const char *path);
    dia_status (*read)(dia_import *import, dia_error *error);
    dia_import_units
        units; /* that the documentation of the format fixes; NULL: asked for, if the file does not state it */
} dia_convert_format;

extern const dia_convert_format dia_convert_format_extxyz, dia_convert_format_h5md, dia_convert_format_sharc,
    dia_convert_format_csv, dia_convert_format_npz, dia_convert_format_pyrai2md, dia_convert_format_asedb,
    dia_convert_format_columbus, dia_convert_format_bagel, dia_convert_format_openmolcas, dia_convert_format_newtonx;
extern const dia_convert_format *const dia_convert_formats[]; /* NULL-terminated */
/* By its name (--format), or (name NULL) by the suffix of the output. DIA_ERROR_INPUT says which there are. */
DIA_MUST_USE dia_status dia_convert_format_choose(const char *name, const char *out, const dia_convert_format **format,
                                                  dia_error *error);

/* Trajectories done of total. False: stop; the file being written is removed, whole ones stay. */
typedef bool dia_convert_progress(void *context, int64_t done, int64_t total);

enum { DIA_CONVERT_INPUTS = 4 };

typedef struct dia_convert_options {
    const char *format;        /* name of the format; NULL: by the suffix of the output                       */
    const char *trajectories;  /* numbers, "17" or "3,20-29"; NULL: all                                       */
    double every;              /* fs from one frame to the next; 0: every sample. A multiple of the samples'  */
    const char *table;         /* of CSV: populations, hops, energies, trajectories; NULL: by the output's name.
                                       Of extended XYZ: hops, for their geometries; NULL: trajectories             */
    const char *author;        /* of H5MD, which requires one; NULL: "not given"                              */
    bool state_given;          /* an option without effect for the file or format is an error                */
    int state;                 /* whose energy and forces a data set's frames carry                          */
    dia_import_options import; /* of a file that becomes a data set                                          */
    bool replace;              /* overwrite files that are there                                              */
    const char *replacing;     /* the option that says so, and replaces nothing but movies; NULL: --force, any file
                                       but an input and a result of Diabolo's                                      */
    const char *inputs[DIA_CONVERT_INPUTS]; /* what else is read or written and must not be replaced; NULL: nothing */
    dia_convert_progress *progress;         /* may be NULL */
    void *context;
} dia_convert_options;

typedef struct dia_convert_summary {
    const dia_convert_format *format;
    int64_t files, frames; /* frames: of geometries, or rows of a table */
    char first[300];       /* path of the first file, cut if longer     */
} dia_convert_summary;

/* Converts IN (a swarm, a data set, a file of intersections) to OUT, or IN (of another program) to the data set OUT, which
 * then ends in .h5 or .hdf5; "{trajectory}" in OUT makes one file per
 * trajectory, with its number in five digits. Every file appears under its name only when it is whole. DIA_ERROR_INPUT:
 * unknown format or trajectory, a file that is there already (unless `replace`), a swarm that lacks what the format
 * needs. */
DIA_MUST_USE dia_status dia_convert(const char *in, const char *out, const dia_convert_options *options,
                                    dia_convert_summary *summary, dia_error *error);

/* Before trajectories of a swarm are flown again: could dia_convert take the result to OUT? DIA_ERROR_INPUT: a model system, an
 * OUT that is there already or is the swarm itself. */
DIA_MUST_USE dia_status dia_convert_check(const dia_swarm *swarm, const char *out, const dia_convert_options *options,
                                          dia_error *error);

/* A data set OUT from a file or folder of another program. format: its name; NULL: recognised, *chosen says which. */
DIA_MUST_USE dia_status dia_import_run(const char *format, const char *in, const char *out,
                                       const dia_import_options *options, bool replace,
                                       const dia_convert_format **chosen, int *npoint, dia_error *error);

/* ---- for the formats ------------------------------------------------------------------------- */

struct dia_convert_job {
    const dia_convert_options *options;
    const dia_swarm *swarm; /* NULL: frames                                                 */
    const char *in, *out;
    bool split;     /* one file per trajectory                                      */
    int64_t nrow;   /* trajectories chosen                                          */
    int64_t *row;   /* (nrow) their rows in the swarm, ascending                    */
    int64_t stride; /* samples from one frame to the next                           */
    dia_convert_summary *summary;
};

/* Geometries without time. */
struct dia_convert_frames {
    int natom, nframe, nstate;
    const int *numbers;     /* (natom)                                                            */
    const double *R;        /* (nframe, natom, 3) bohr                                            */
    const double *energies; /* (nframe, nstate) hartree; NaN: not known                           */
    const int *state;       /* (nframe) state whose energy and gradient are the frame's           */
    const double *gradient; /* (nframe, natom, 3) hartree/bohr of that state; NaN: not known; NULL: none */
    char *const *name;      /* (nframe) of each; NULL: none                                       */
};

/* One trajectory: samples 0, stride, 2 stride, ... up to its end, what comes later being copies of the last. Atomic
 * units. */
typedef struct dia_convert_trajectory {
    int64_t number, row;
    int64_t count; /* samples                                                 */
    double *time;  /* (count) fs                                              */
    union {
        struct {
            double *active, *potential, *kinetic; /* (count) state; hartree           */
            double *energies, *population;        /* (count, nstate) hartree; |c_k|^2 */
            double *position, *velocity;          /* (count, natom, dimension)        */
            double *work;                         /* (count) hartree, of light; only if the swarm is lit */
        };
        double *array[8]; /* the same, one after the other */
    };
    double *block;                 /* all of these                                   owned */
    double *cache;                 /* neighbouring rows, as read; private            owned */
    int64_t cached, ncached, most; /* first of them, how many, room                        */
} dia_convert_trajectory;

DIA_MUST_USE dia_status dia_convert_trajectory_init(dia_convert_trajectory *trajectory, const dia_convert_job *job,
                                                    dia_error *error);
/* The i-th one chosen; whole: including the copies after its end. Reports progress. */
DIA_MUST_USE dia_status dia_convert_trajectory_read(dia_convert_trajectory *trajectory, const dia_convert_job *job,
                                                    int64_t i, bool whole, dia_error *error);
void dia_convert_trajectory_free(dia_convert_trajectory *trajectory);

/* *hop (*count, at least one entry of memory, freed by the caller): rows of /hops of the chosen trajectories first ..
 * first+trajectories-1. */
DIA_MUST_USE dia_status dia_convert_hops(const dia_convert_job *job, int64_t first, int64_t trajectories,
                                         int64_t *count, int64_t **hop, dia_error *error);

/* OUT with the number in place of "{trajectory}". DIA_ERROR_INPUT: too long. */
DIA_MUST_USE dia_status dia_convert_path(const dia_convert_job *job, int64_t number, size_t size, char *path,
                                         dia_error *error);
/* Counts a file that has been written. */
void dia_convert_count(const dia_convert_job *job, const char *path, int64_t frames);

/* Writes trajectories first .. first+count-1 of those chosen to the end of a file; *frames: how many frames or rows.
 * t: to read them with; NULL where dia_convert_texts was not asked for one. */
typedef dia_status dia_convert_text(FILE *file, const dia_convert_job *job, int64_t first, int64_t count,
                                    dia_convert_trajectory *t, int64_t *frames, dia_error *error);
/* A text file of all trajectories chosen, or one of each, as the job says. */
DIA_MUST_USE dia_status dia_convert_texts(const dia_convert_job *job, bool reads, dia_convert_text *write,
                                          dia_error *error);

/* every (fs; 0: each sample) -> samples from one frame to the next. DIA_ERROR_INPUT: no multiple of the samples'
 * distance. */
DIA_MUST_USE dia_status dia_convert_select_stride(const dia_swarm *swarm, double every, int64_t *stride,
                                                  dia_error *error);

#endif
