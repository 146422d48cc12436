/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outputs: whether a path may be written, whether a result exists already, locks, and writing a file so that it appears
 * under its name only when it is complete.
 *
 * A command that writes a file calls dia_output_check before its work begins, with all files it reads, and writes by
 * dia_output_open ... dia_output_close (HDF5: dia_store_create ... dia_store_commit, which use them). */
#ifndef DIA_BASE_OUTPUT_H
#define DIA_BASE_OUTPUT_H

#include <stdio.h>

#include "diabolo/base.h"

/* ---- may it be written? ---------------------------------------------------------------------- */

typedef struct dia_claim { /* an output that a command is going to write */
    const char *path;
    const char *key;  /* the key or option that sets it, for messages: "output.file", "--output" */
    const char *what; /* "a swarm file"                                                          */
    /* Is the file at `path` of the kind that this command writes? NULL: dia_output_marked. For HDF5: dia_store_is. */
    bool (*ours)(const char *path, const char *mark);
    /* Format of an HDF5 file, or a mark in the first bytes of our text files. NULL: an existing file is not replaced,
     * unless `replace`. */
    const char *mark;
    bool replace; /* the user allows replacing any file (--force) except an input */
} dia_claim;

/* Refuses to replace one of the `inputs` (NULLs are skipped; files are compared through links, and by name where no
 * file exists yet), anything that is not a plain file, and a file that `ours` does not recognise. Tests that a file
 * can be created in the folder. Each message says what to do. Other outputs of the same command count as inputs. */
DIA_MUST_USE dia_status dia_output_check(const dia_claim *claim, int ninput, const char *const *inputs,
                                         dia_error *error);
/* Do both paths name the same file (existing or not)? */
bool dia_output_same(const char *a, const char *b);
/* Do the first 4096 bytes of the file hold `mark`? */
bool dia_output_marked(const char *path, const char *mark);

/* ---- is the result there already? ------------------------------------------------------------ */

/* Compares the identity stored in the result at `path` with that of the result to be made. *complete: they are the
 * same, and `fresh` is false. If they differ it is an error that shows the first different line, unless `fresh`. */
DIA_MUST_USE dia_status dia_output_existing(const dia_claim *claim, const char *before, const char *now, bool fresh,
                                            bool *complete, dia_error *error);

/* ---- locks ----------------------------------------------------------------------------------- */

/* Opens PATH for reading and writing (created if missing, never through a link) and locks it (fcntl) against other
 * processes and other callers in this process. *descriptor: closing it unlocks. doing: "flying", for the message
 * when the file is locked already. */
DIA_MUST_USE dia_status dia_lock_open(int *descriptor, const char *path, const char *doing, dia_error *error);

/* Is it locked so, by another process? *process: which, if it is on this machine; else 0. */
bool dia_lock_held(const char *path, long *process);

/* ---- writing --------------------------------------------------------------------------------- */

typedef struct dia_output { /* a file that is being written                          */
    char *path, *temporary; /* PATH.tmp; owned                                       */
    int descriptor;         /* of PATH.tmp, locked against a second writer; -1: none */
    FILE *stream;           /* of PATH.tmp; NULL: after dia_output_create            */
} dia_output;

/* Creates PATH.tmp and locks it. A PATH.tmp left by a killed program is replaced; a link is never followed. On
 * failure nothing is open. */
DIA_MUST_USE dia_status dia_output_create(dia_output *output, const char *path, dia_error *error);
/* The same, with a stream to write to. */
DIA_MUST_USE dia_status dia_output_open(dia_output *output, const char *path, dia_error *error);
/* Ends writing: if `status` is DIA_OK and all data reached the disk, PATH.tmp is renamed to PATH; otherwise PATH.tmp
 * is removed and an existing PATH stays. Returns the first error. A second call does nothing. */
DIA_MUST_USE dia_status dia_output_close(dia_output *output, dia_status status, dia_error *error);
/* Removes PATH.tmp. */
void dia_output_discard(dia_output *output);

/* Closes a stream of open_memstream(text, ...) (NULL: it could not be opened). If something is missing in the text, it is
 * freed, *text is NULL, and DIA_ERROR_MEMORY returned. */
DIA_MUST_USE dia_status dia_text_close(FILE *stream, char **text, dia_error *error);

#endif
