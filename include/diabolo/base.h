/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all headers share: status codes, the error struct of the caller, long calls, units.
 *
 * Errors: a cold call (load, open, parse) returns a dia_status and fills the caller's dia_error with a sentence that
 * names file, line, key, what was expected and what was found. A hot call (inside a step) returns a status alone.
 * A programming error is an assertion. A trajectory that meets NaN, dissociates, ... is no error: its fate is
 * recorded and the other trajectories go on.
 */
#ifndef DIABOLO_BASE_H
#define DIABOLO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DIA_API __attribute__((visibility("default")))
#define DIA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define DIA_MUST_USE __attribute__((warn_unused_result))
#else
#define DIA_API
#define DIA_PRINTF(fmt, args)
#define DIA_MUST_USE
#endif

/* One list gives the enum and the text. */
#define DIA_STATUS_LIST(X)                                                                                             \
    X(DIA_OK, "no error")                                                                                              \
    X(DIA_ERROR_INPUT, "the input is wrong")              /* the user can correct it: exit status 2 */                 \
    X(DIA_ERROR_FILE, "a file cannot be read or written") /* missing, corrupt, no permission     */                    \
    X(DIA_ERROR_MEMORY, "out of memory")                                                                               \
    X(DIA_ERROR_NUMERIC, "a numerical method failed") /* no convergence, NaN                 */                        \
    X(DIA_ERROR_UNSUPPORTED, "not supported")         /* e.g. pullback of a model without parameters */                \
    X(DIA_ERROR_INTERRUPTED, "interrupted")           /* by a signal, after a clean checkpoint */

typedef enum dia_status {
#define X(name, text) name,
    DIA_STATUS_LIST(X)
#undef X
} dia_status;

/* The caller owns it; zero-initialise (`dia_error error = {0};`). The first error set stays until dia_error_clear. */
typedef struct dia_error {
    dia_status status;
    char text[4000]; /* UTF-8, no newline at the end; may hold several lines (one mistake of an input a line) */
} dia_error;

/* Text of a status ("the input is wrong"). Never NULL. */
DIA_API const char *dia_status_text(dia_status status);
/* Formats into *error (which may be NULL) unless it already holds an error; returns `status` so that
 * `return dia_error_set(error, DIA_ERROR_INPUT, ...)` reads well. */
DIA_API dia_status dia_error_set(dia_error *error, dia_status status, const char *format, ...) DIA_PRINTF(3, 4);
/* Puts "prefix: " before the text already there: a caller that knows the file name adds it. Returns error->status;
 * DIA_ERROR_INPUT if error is NULL, because this is called only after a failure. */
DIA_API dia_status dia_error_prefix(dia_error *error, const char *format, ...) DIA_PRINTF(2, 3);
DIA_API void dia_error_clear(dia_error *error);

/* ---- long calls ------------------------------------------------------------------------------ */

/* What a command of the program does with its input file, the library does in one call of the form
 *
 *   dia_status dia_VERB(const dia_input *input, FLAGS, const dia_control *control, RESULTS, dia_error *error)
 *
 * which does not print and does not exit. */

/* The input of such a call: a YAML file, or YAML text. Everything is borrowed during the call. Zero-initialise. */
typedef struct dia_input {
    const char *path;       /* of the file; relative paths in it are relative to its folder. NULL: `text`       */
    const char *text;       /* YAML                                                                             */
    const char *directory;  /* what relative paths in `text` are relative to; NULL: the working directory       */
    int nset;               /* as --set: single keys replaced, paths in them relative to the working directory  */
    const char *const *set; /* (nset) "dynamics.timestep=0.1 fs"                                                */
    const char *output;     /* path of the result, in place of output.file; NULL: as the input says             */
} dia_input;

/* Progress of a long call. Borrowed during the callback. */
typedef struct dia_progress_state {
    const char *what;   /* "flying", "training": what is counted; a call may have several such phases       */
    double done, total; /* in any unit; done == total is reported once, at the end of a phase               */
    double before;      /* part of `done` that an earlier, interrupted call did: not for estimates of speed */
    const char *note;   /* "S0 0.12 S1 0.88 at 42 fs"; NULL: nothing to add                                 */
} dia_progress_state;

/* How a long call communicates with its caller. Callbacks come from the calling thread or, one at a time, from one
 * of its worker threads; each may be NULL. NULL in place of a dia_control: all threads, no messages, no stopping.
 * Zero-initialise. */
typedef struct dia_control {
    int threads; /* 0: OMP_NUM_THREADS, else all processors */
    /* Once it is nonzero the call returns DIA_ERROR_INTERRUPTED. Flights, trainings, active learning and certificates have saved
     * their work by then, and calling again continues; all others write nothing and begin anew. A signal handler may set it. May be NULL. */
    const volatile int *stop;
    void (*progress)(void *context, const dia_progress_state *state);
    void (*warning)(void *context, const char *text); /* a sentence that the user should read */
    void (*note)(void *context, const char *text);    /* a sentence that may be ignored       */
    void *context;
} dia_control;

/* A file that something was made from: its path, and the SHA-256 of its content as 64 hexadecimal digits. */
#define DIA_DIGEST_SIZE 65
typedef struct dia_file {
    const char *path;
    char digest[DIA_DIGEST_SIZE];
} dia_file;

/* "0.1.0", and the git commit the library was built from ("unknown" outside a checkout). */
DIA_API const char *dia_version(void);
DIA_API const char *dia_commit(void);

/* Units: atomic inside. Multiply a number in the named unit by the constant to get atomic units.
 * CODATA 2018: https://physics.nist.gov/cuu/Constants/ */
#define DIA_EV (1.0 / 27.211386245988)        /* hartree */
#define DIA_WAVENUMBER (1.0 / 219474.6313632) /* cm^-1 -> hartree */
#define DIA_KELVIN (3.1668115634556e-6)       /* k_B T in hartree */
#define DIA_ANGSTROM (1.0 / 0.529177210903)   /* bohr */
#define DIA_FEMTOSECOND (41.341373335182)     /* atomic unit of time */
#define DIA_DALTON (1822.888486209)           /* electron mass */
#define DIA_PI 3.14159265358979323846

#ifdef __cplusplus
}
#endif
#endif
