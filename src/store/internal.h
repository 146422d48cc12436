/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the store. */
#ifndef DIA_STORE_INTERNAL_H
#define DIA_STORE_INTERNAL_H

#include <hdf5.h>

#include "base/output.h"
#include "store/store.h"

enum { DIA_STORE_RANK = 8, DIA_STORE_TEXT = 256, DIA_STORE_HELD = 64 };
/* Chunks are about this large: small enough for HDF5's chunk cache (1 MiB), large enough that the index costs nothing. */
enum { DIA_STORE_CHUNK = 256 * 1024 };

typedef struct dia_store_held { /* datasets that stay open while they are read or written in parts */
    int n;
    hid_t dataset[DIA_STORE_HELD];
    char *name[DIA_STORE_HELD]; /* owned */
} dia_store_held;

struct dia_store {
    hid_t file;
    char *path;                  /* owned                                 */
    dia_output output;           /* path == NULL: opened for reading      */
    dia_store_held *held;        /* owned                                 */
    struct dia_streams *streams; /* owned; NULL: none (stream.c)    */
    dia_store_team *team;        /* NULL: this thread alone         */
    int nthread;
};

/* Switches HDF5's own printing off for this thread; the first line of every function that calls HDF5. */
void dia_store_quiet(void);
/* HDF5's innermost reason for the last failure. */
void dia_store_reason(size_t size, char *reason);
/* "'PATH': cannot VERB 'NAME': reason" */
dia_status dia_store_failure(const dia_store *store, const char *verb, const char *name, dia_error *error);
/* Names below the root or group `group`, "a, b, c", for messages about something missing. */
void dia_store_names(const dia_store *store, const char *group, size_t size, char *names);
/* "(860, 3)" */
void dia_store_shape_text(int rank, const size_t *dims, size_t size, char *text);
/* Opens the dataset or fills the error (if it is missing: with the names that exist). */
hid_t dia_store_dataset(const dia_store *store, const char *name, dia_error *error);
/* Keeps an open dataset open beyond the caller's H5Dclose: HDF5 then keeps its latest chunks (up to 1 MiB), and parts that share
 * a chunk do not unpack, check and pack it again each time. */
void dia_store_hold(const dia_store *store, const char *name, hid_t dataset);
/* Rows of this dataset, which was just created, will come in their order: dia_stream_take takes them if they do. */
DIA_MUST_USE dia_status dia_stream_begin(dia_store *store, const char *name, hid_t dataset, dia_number number, int rank,
                                         const size_t *dims, const hsize_t *chunk, dia_error *error);
/* Takes a part that is to be written, if it is of such a dataset and the next one; false: HDF5 must write it. True, with a status:
 * it is taken, or what waits cannot be written. */
bool dia_stream_take(dia_store *store, const char *name, int rank, const size_t *dims, int cut, const size_t *first,
                     const size_t *count, const void *values, dia_status *status, dia_error *error);
/* Writes all that waits; rows that come later are left to HDF5 where the last chunk is not full. */
DIA_MUST_USE dia_status dia_streams_end(dia_store *store, dia_error *error);
void dia_streams_free(dia_store *store);
/* Element types: in memory and in the file (borrowed). */
hid_t dia_store_memory_type(dia_number number);
hid_t dia_store_file_type(dia_number number);
/* Variable-length string type with the character set of `like` (< 0: UTF-8). The caller closes it. */
hid_t dia_store_text_type(hid_t like);
/* Strings of either kind (fixed or variable length) from a dataset or an attribute: `count` of them in one block, or
 * NULL: not exactly `count` strings, or unreadable (then *unreadable). */
typedef herr_t dia_store_reader(hid_t object, hid_t type, void *buffer);
char **dia_store_strings(hid_t object, hid_t type, hid_t space, size_t count, dia_store_reader *read, bool *unreadable);
/* Makes the groups that `name` is in, without time stamps; returns link creation properties (UTF-8). The caller closes
 * it. */
hid_t dia_store_link_properties(const dia_store *store, const char *name);
/* Object properties without time stamps: the same content is the same bytes. The caller closes it. */
hid_t dia_store_untimed(hid_t class_id);

#endif
