/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outputs: may a path be written, is a result there already, the lock of an output in work, and the way by which a file
 * appears under its name only when it is whole.
 *
 * A command that writes a file asks dia_output_check before its work begins, with all files it reads, and writes by
 * dia_output_open ... dia_output_close (HDF5: dia_store_create ... dia_store_commit, which stand on them). */
#ifndef DIA_BASE_OUTPUT_H
#define DIA_BASE_OUTPUT_H

#include <stdio.h>

#include "diabolo/base.h"

/* ---- may it be written? ---------------------------------------------------------------------- */

typedef struct dia_claim { /* what a command is going to write */
    const char *path;
    const char *key;  /* how the user says it, for messages: "output.file", "--output"              */
    const char *what; /* "a swarm file"                                                             */
    /* Is the file at `path` of the kind that this command writes? NULL: dia_output_marked. For HDF5: dia_store_is. */
    bool (*ours)(const char *path, const char *mark);
    const char *mark; /* format of an HDF5 file; or what the head of a text file of ours holds. NULL: no file that is
                         there is replaced, unless `replace` */
    bool replace;     /* the user has said that any file there may go (--force); an input never does */
} dia_claim;

/* Refuses to replace one of the `inputs` (NULLs are skipped; they are compared by what they are, through links, and by
 * name where there is no file yet), what is no file, and a file that `ours` does not know; proves that the folder takes a
 * new file. Each message names the way out. Other outputs of the same command count as inputs. */
DIA_MUST_USE dia_status dia_output_check(const dia_claim *claim, int ninput, const char *const *inputs,
                                         dia_error *error);
/* Do both paths name one file, there or to come? */
bool dia_output_same(const char *a, const char *b);
/* Do the first 4096 bytes of the file hold `mark`? */
bool dia_output_marked(const char *path, const char *mark);

/* ---- is the result there already? ------------------------------------------------------------ */

/* Compares the identity kept in the result at `path` with that of the result to be made. *complete: it is this very
 * result, and not `fresh`. Another one is an error unless `fresh`: it says in which line they differ. */
DIA_MUST_USE dia_status dia_output_existing(const dia_claim *claim, const char *before, const char *now, bool fresh,
                                            bool *complete, dia_error *error);

/* ---- locks ----------------------------------------------------------------------------------- */

/* Opens PATH for reading and writing, made if it is not there, never through a link, and locks it (fcntl) against other
 * processes and other callers of this one. *descriptor: closing it unlocks. doing: "flying", for the message of one who
 * comes second. */
DIA_MUST_USE dia_status dia_lock_open(int *descriptor, const char *path, const char *doing, dia_error *error);

/* ---- writing --------------------------------------------------------------------------------- */

typedef struct dia_output { /* a file in the making */
    char *path, *temporary; /* PATH.tmp; owned */
    int descriptor;         /* of it, locked against a second writer; -1: none */
    FILE *stream;           /* of it; NULL: after dia_output_create */
} dia_output;

/* Makes PATH.tmp anew and locks it; one that a killed program left is replaced, a link is never followed. On failure
 * nothing is open. */
DIA_MUST_USE dia_status dia_output_create(dia_output *output, const char *path, dia_error *error);
/* The same, with a stream to write to. */
DIA_MUST_USE dia_status dia_output_open(dia_output *output, const char *path, dia_error *error);
/* Ends it: if `status` is DIA_OK, and all reached the disk, it gets its name; otherwise PATH.tmp is removed and what was
 * there under the name stays. Returns the first thing that went wrong. Once more does nothing. */
DIA_MUST_USE dia_status dia_output_close(dia_output *output, dia_status status, dia_error *error);
/* Removes PATH.tmp. */
void dia_output_discard(dia_output *output);

#endif
