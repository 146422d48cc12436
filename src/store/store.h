/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDF5 files. Only src/store includes hdf5.h. One writer; filters shuffle + deflate + fletcher32 only.
 *
 * Writing goes to PATH.tmp; dia_store_commit flushes, syncs and renames it to PATH, so a reader never sees half a
 * file and a failed run never damages a good one. Names may hold groups ("trajectories/active"); groups are made as
 * needed. HDF5's own error stack is silenced; messages here name file and dataset, what was expected and what was
 * found. Attributes: object "" is the root. Not thread-safe: one thread at a time (which may have a team for what needs no HDF5). */
#ifndef DIA_STORE_STORE_H
#define DIA_STORE_STORE_H

#include "base/output.h"

typedef struct dia_store dia_store;

/* Stops HDF5 from cleaning up at exit. Only for our own program, as its first call to the store; the library must
 * not do this in another program's process. Every file is closed by then, and after a file that could not be written
 * (a full disk) that clean-up crashes (HDF5 1.10). */
void dia_store_own_process(void);

typedef enum dia_number {
    DIA_NUMBER_REAL,
    DIA_NUMBER_FLOAT,
    DIA_NUMBER_INT,
    DIA_NUMBER_INT8,
    DIA_NUMBER_INT64
} dia_number;
/* element types in the file; in memory: double, double, int, int8_t, int64_t */

/* Does the file begin as HDF5 does? False if it cannot be read. */
bool dia_store_is_hdf5(const char *path);

DIA_MUST_USE dia_status dia_store_open(dia_store **store, const char *path, dia_error *error);   /* read only */
DIA_MUST_USE dia_status dia_store_create(dia_store **store, const char *path, dia_error *error); /* PATH.tmp  */
DIA_MUST_USE dia_status dia_store_commit(dia_store **store,
                                         dia_error *error); /* rename to PATH and close; *store = NULL */
void dia_store_close(dia_store **store); /* read: close; created and not committed: removes PATH.tmp. *store = NULL */
/* Forgets what is kept of datasets that were read or written in parts, up to 1 MiB each; closing does so too. False: something
 * could not be written. */
bool dia_store_release(const dia_store *store);
const char *dia_store_path(const dia_store *store);
/* A group of a store shown as a store of its own, to read what was a whole file; messages call it PATH/GROUP. Closed by
 * dia_store_close, before the store. */
DIA_MUST_USE dia_status dia_store_group(dia_store **view, const dia_store *store, const char *group, dia_error *error);
/* Copies all that `from` holds into a new group `name`. */
DIA_MUST_USE dia_status dia_store_copy(dia_store *store, const char *name, const dia_store *from, dia_error *error);

/* True also if the file cannot be read there: reading it then tells why. So for attributes. */
bool dia_store_has(const dia_store *store, const char *name);
/* How many of GROUP/0, GROUP/1, ... there are in a row; 1 if the file cannot be read there. */
int dia_store_numbered(const dia_store *store, const char *group);
/* rank and extents of a dataset; dims has room for 8. Their product, times 64, is a number of bytes that fits a size_t:
 * a shape that does not fit is an error, and so is a large one of which the file holds almost no data. */
DIA_MUST_USE dia_status dia_store_shape(const dia_store *store, const char *name, int *rank, size_t *dims,
                                        dia_error *error);
/* Whole dataset; its shape must equal (rank, dims) exactly. `number` says the type in memory. */
DIA_MUST_USE dia_status dia_store_read(const dia_store *store, const char *name, dia_number number, int rank,
                                       const size_t *dims, void *values, dia_error *error);
/* Rows [first, first+count) of the leading dimension; the other extents must equal dims[1..]. */
DIA_MUST_USE dia_status dia_store_read_rows(const dia_store *store, const char *name, dia_number number, int rank,
                                            const size_t *dims, size_t first, size_t count, void *values,
                                            dia_error *error);
/* The same for a block of the first `cut` dimensions: first, count (cut). */
DIA_MUST_USE dia_status dia_store_read_part(const dia_store *store, const char *name, dia_number number, int rank,
                                            const size_t *dims, int cut, const size_t *first, const size_t *count,
                                            void *values, dia_error *error);
/* Is there such a dataset, of this shape and of a type that can be read so? */
DIA_MUST_USE dia_status dia_store_expect_shape(const dia_store *store, const char *name, dia_number number, int rank,
                                               const size_t *dims, dia_error *error);
/* Whole dataset into new memory, freed by free(); its shape must equal (rank, dims). */
DIA_MUST_USE dia_status dia_store_read_new(const dia_store *store, const char *name, dia_number number, int rank,
                                           const size_t *dims, void **values, dia_error *error);
/* Unit of a dataset, from its attribute "unit". *factor: multiply its numbers by it to get them in `unit`
 * (base/unit.h); a unit of another dimension is an error that names both. *stated: the attribute exists; without it
 * *factor is 1, and the caller decides what to report. stated == NULL: a missing attribute is an error as well. */
DIA_MUST_USE dia_status dia_store_unit(const dia_store *store, const char *name, const char *unit, double *factor,
                                       bool *stated, dia_error *error);
/* dia_store_read of real numbers (DIA_NUMBER_REAL), converted into `unit`. */
DIA_MUST_USE dia_status dia_store_read_in(const dia_store *store, const char *name, const char *unit, int rank,
                                          const size_t *dims, double *values, bool *stated, dia_error *error);
/* A dataset of strings (fixed or variable length), (count): an array of count heap strings in one block, freed by
 * free(*texts). */
DIA_MUST_USE dia_status dia_store_read_texts(const dia_store *store, const char *name, size_t count, char ***texts,
                                             dia_error *error);

/* Whole dataset. unit: attribute "unit" (NULL: none). All but single numbers are chunked, with a checksum; those over 64 KiB are
 * compressed (DIA_NUMBER_REAL of full precision is not). */
DIA_MUST_USE dia_status dia_store_write(dia_store *store, const char *name, dia_number number, int rank,
                                        const size_t *dims, const void *values, const char *unit, dia_error *error);
/* Creates a dataset of known final shape, filled with NaN / -1, to be written by rows. in_order: its rows will come whole, from the
 * first to the last. Each chunk is then written once, packed as far as that gains something (numbers of DIA_NUMBER_REAL too), by the
 * team of the store; rows in another order are written all the same. They are in the file, and can be read, when it is committed. */
DIA_MUST_USE dia_status dia_store_reserve(dia_store *store, const char *name, dia_number number, int rank,
                                          const size_t *dims, bool in_order, const char *unit, dia_error *error);
/* Runs task 0..ntask-1 by so many threads (dia_team_run). */
typedef void dia_store_team(int nthread, int ntask, void (*task)(void *context, int task, int thread), void *context);
/* Chunks are packed by a team; the bytes of the file are the same for any number of threads. */
void dia_store_share(dia_store *store, dia_store_team *team, int nthread);
/* Of the first `cut` dimensions the block that begins at first (cut) and is count (cut) long; all of the others. */
DIA_MUST_USE dia_status dia_store_write_part(dia_store *store, const char *name, dia_number number, int rank,
                                             const size_t *dims, int cut, const size_t *first, const size_t *count,
                                             const void *values, dia_error *error);
DIA_MUST_USE dia_status dia_store_write_texts(dia_store *store, const char *name, size_t count,
                                              const char *const *texts, dia_error *error);
/* A second name (hard link) for an existing object. */
DIA_MUST_USE dia_status dia_store_link(dia_store *store, const char *existing, const char *name, dia_error *error);
/* Reals of 32 bits in the file? False if there is no such dataset. */
bool dia_store_single(const dia_store *store, const char *name);

/* Attributes. Text comes back on the heap (free()). A missing attribute is an error that says so. */
bool dia_store_has_attribute(const dia_store *store, const char *object, const char *name);
DIA_MUST_USE dia_status dia_store_attribute_text(const dia_store *store, const char *object, const char *name,
                                                 char **text, dia_error *error);
DIA_MUST_USE dia_status dia_store_attribute_real(const dia_store *store, const char *object, const char *name,
                                                 double *value, dia_error *error);
DIA_MUST_USE dia_status dia_store_attribute_int(const dia_store *store, const char *object, const char *name,
                                                int64_t *value, dia_error *error);
DIA_MUST_USE dia_status dia_store_set_text(dia_store *store, const char *object, const char *name, const char *text,
                                           dia_error *error); /* variable-length UTF-8 */
DIA_MUST_USE dia_status dia_store_set_real(dia_store *store, const char *object, const char *name, double value,
                                           dia_error *error);
DIA_MUST_USE dia_status dia_store_set_int(dia_store *store, const char *object, const char *name, int64_t value,
                                          dia_error *error);
/* Lists, which other formats need: attributes of shape (count). */
DIA_MUST_USE dia_status dia_store_set_texts(dia_store *store, const char *object, const char *name, size_t count,
                                            const char *const *texts, dia_error *error);
DIA_MUST_USE dia_status dia_store_set_ints(dia_store *store, const char *object, const char *name, size_t count,
                                           const int *values, dia_error *error);

/* Checks root attributes: `format` must be `format`, `version` at most `version`. The message says what kind of file
 * it is instead. */
DIA_MUST_USE dia_status dia_store_expect(const dia_store *store, const char *format, int version, dia_error *error);

/* Does the result of the command exist at claim->path already, by the identity stored in it (attribute `identity`)?
 * As dia_output_existing; a file without an identity is another result. No file: not complete. */
DIA_MUST_USE dia_status dia_store_existing(const dia_claim *claim, const char *identity, bool fresh, bool *complete,
                                           dia_error *error);
/* Is there a file at the path, of that format? (dia_claim.ours) */
bool dia_store_is(const char *path, const char *format);

/* Everything in a file, for listing it. Strings are borrowed and valid during the call. */
typedef struct dia_store_item {
    const char *name;  /* "trajectories/active"; of an attribute: its own name */
    const char *type;  /* "64-bit real", "8-bit integer", "text", "group"      */
    const char *value; /* of a scalar attribute; NULL: a dataset or group      */
    const char *unit;  /* attribute "unit" of a dataset; NULL: none            */
    int rank;
    size_t dims[8];
} dia_store_item;
typedef void dia_store_visitor(void *context, const dia_store_item *item);

/* All groups and datasets, in alphabetical order. */
DIA_MUST_USE dia_status dia_store_walk(const dia_store *store, dia_store_visitor *visit, void *context,
                                       dia_error *error);
/* All attributes of an object, in alphabetical order. */
DIA_MUST_USE dia_status dia_store_walk_attributes(const dia_store *store, const char *object, dia_store_visitor *visit,
                                                  void *context, dia_error *error);

#endif
