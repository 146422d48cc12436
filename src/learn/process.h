/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another program, run in a folder of its own until it ends, its time is over or the caller wants to stop; and such folders. */
#ifndef DIA_LEARN_PROCESS_H
#define DIA_LEARN_PROCESS_H

#include "diabolo/base.h"

enum { DIA_PROCESS_WORDS = 64 };

typedef struct dia_process {    /* all borrowed */
    const char *const *command; /* words, the first an absolute path; ends with NULL                                 */
    const char *const *set;     /* "OMP_NUM_THREADS=1", further variables of the environment; ends with NULL         */
    const char *folder;         /* it runs there; its output, both streams, goes to `out` in it                      */
    double timeout;             /* seconds; 0: none. Then it is killed, with all it started                          */
    const dia_control *control;
} dia_process;

/* DIA_OK: it ended with exit status 0. DIA_ERROR_NUMERIC: it did not, or took too long; the error quotes the last lines of its output.
 * DIA_ERROR_INTERRUPTED: the control asks to stop. From any thread. */
DIA_MUST_USE dia_status dia_process_run(const dia_process *process, dia_error *error);

/* Absolute path of a program: `word` if it names a file relative to `directory`, else as the shell finds it; heap, NULL: there is
 * none. */
char *dia_process_find(const char *word, const char *directory);

/* "DIRECTORY/NAME" on the heap; of an absolute NAME that itself. NULL: out of memory. */
char *dia_path_join(const char *directory, const char *name);
/* A folder; it may be there already. */
DIA_MUST_USE dia_status dia_folder_make(const char *path, dia_error *error);
/* Removes a folder with everything in it, never through a link; what is not there is no error. */
void dia_folder_remove(const char *path);
/* The text of a file, heap; at most `most` bytes. */
DIA_MUST_USE dia_status dia_file_text(const char *path, size_t most, char **text, dia_error *error);

#endif
