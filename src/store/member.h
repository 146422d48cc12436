/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results described by one table. For each member of a struct the table gives its name, unit and shape in an HDF5 file,
 * its key and unit in JSON, and its column in a text table; all three outputs are written from it:
 *
 *   static const dia_member cluster_fields[] = {
 *       DIA_MEMBER_OF(dia_cluster, radius, DIA_MEMBER_REAL, .name = "radius", .unit = "bohr", .key = "radius_angstrom",
 *                    .scale = DIA_ANGSTROM, .heading = "radius", .width = 8, .digits = 3),
 *       {0}};
 *
 * A member without a name is not in the file, one without a key not in JSON, one without a heading not in the table. A
 * file is read back, and checked, by the same table. */
#ifndef DIA_STORE_MEMBER_H
#define DIA_STORE_MEMBER_H

#include <stddef.h>
#include <stdio.h>

#include "base/json.h"
#include "store/store.h"

typedef enum dia_member_kind {
    DIA_MEMBER_END,
    DIA_MEMBER_REAL,   /* double                                                 */
    DIA_MEMBER_FLOAT,  /* double, in single precision in the file                */
    DIA_MEMBER_INT,    /* int                                                    */
    DIA_MEMBER_INT8,   /* int8_t                                                 */
    DIA_MEMBER_INT64,  /* int64_t                                                */
    DIA_MEMBER_BOOL,   /* bool                                                   */
    DIA_MEMBER_TEXT,   /* char *: NULL is null in JSON, and left out of the file */
    DIA_MEMBER_WORDS,  /* char [], empty: the same                               */
    DIA_MEMBER_CHOICE, /* int or enum: a text, the one of `words` at its place; not read */
    DIA_MEMBER_OBJECT, /* a struct, described by `fields`; only in JSON          */
    DIA_MEMBER_PART,   /* a struct whose `fields` count as members of this one; only written to the file */
    DIA_MEMBER_ROWS /* points to structs: if there are any, each of `fields` is a dataset; only written to the file */
} dia_member_kind;

/* Numbers in atomic units beyond this, either way, are none that a calculation gave. */
#define DIA_SENSIBLE 1e12

typedef struct dia_member {
    dia_member_kind kind;
    size_t offset, size; /* of the member                                                                         */
    /* NULL: the member is one number or text, in the file an attribute of the group. Otherwise one character per
     * extent. Digits stand for themselves: the member is an array of these extents inside the struct ("3"). Letters
     * are looked up in dia_extents: the member points to the array ("NTv"); in the file a dataset. */
    const char *shape;
    const char *name, *unit; /* in the file                                                                      */
    bool frame; /* vectors: the dataset has an attribute `frame`, "cartesian", or "model" if their extent is 1 */
    const char *const *words; /* of DIA_MEMBER_CHOICE                                                            */
    double least, most; /* of numbers that are read; both 0: up to 1e12 either way. Of a text, most: it may have several
                           lines, so many characters together */
    char below;         /* integers that are read: an index, from `least` to below this extent              */
    bool absent;        /* NaN may be read: there is none                                                   */
    const char *key;    /* in JSON                                                                          */
    double scale;       /* JSON and the table show the number divided by it; 0: as it is                    */
    bool across;        /* in JSON the last extent of two comes first: a list for each state, not each time */
    const struct dia_member *fields; /* of DIA_MEMBER_OBJECT, DIA_MEMBER_PART, DIA_MEMBER_ROWS */
    size_t stride;                   /* of DIA_MEMBER_ROWS: bytes of one struct        */
    const char *heading;             /* of its column                                  */
    int width, digits;               /* of the column: numbers to the right, text left */
    const char *before;              /* what stands between this column and the one before; NULL: a blank; it and the
                                       number are left blank for NaN, where a column with a blank shows a dash     */
} dia_member;

#define DIA_MEMBER_OF(type, member, ...)                                                                               \
    {                                                                                                                  \
        .offset = offsetof(type, member), .size = sizeof(((type *)0)->member), .kind = __VA_ARGS__                     \
    }

typedef struct dia_extents { /* the extent that a letter stands for */
    size_t of[128];
} dia_extents;
#define DIA_EXTENT_ANY SIZE_MAX /* when reading: as the first dataset that has it; 0 to INT_MAX */

typedef struct
    dia_rows { /* (dims[0]) structs, stride bytes apart; or (dims[0], dims[1]), then these inner bytes apart */
    void *row;
    size_t stride;
    int rank;
    size_t dims[2], inner;
} dia_rows;

#define DIA_ROWS(array, n) ((dia_rows){.row = (array), .stride = sizeof *(array), .rank = 1, .dims = {(size_t)(n)}})

/* The members of one struct: datasets below the group, single numbers and texts as its attributes (of a group that is
 * there, "" the root). Arrays of numbers that are NULL are left out. Stops at the first failure. */
DIA_MUST_USE dia_status dia_members_store(const dia_member *members, const void *object, const dia_extents *extents,
                                          dia_store *store, const char *group, dia_error *error);
/* Each member of the rows as a dataset (dims..., shape...) below the group. */
DIA_MUST_USE dia_status dia_rows_store(const dia_member *members, const dia_rows *rows, dia_store *store,
                                       const char *group, dia_error *error);
/* Reads the members that have a name and are among `only` (names with blanks between; NULL: all): arrays and texts on
 * the heap, for dia_members_free. DIA_ERROR_INPUT: missing, or of another shape, type or unit; DIA_ERROR_FILE: numbers
 * or texts that no such file can hold. On failure some are set, the others as they were: free them too. */
DIA_MUST_USE dia_status dia_members_load(const dia_member *members, void *object, dia_extents *extents,
                                         const dia_store *store, const char *group, const char *only, dia_error *error);
/* The same into the rows, whose number must be that in the file. */
DIA_MUST_USE dia_status dia_rows_load(const dia_member *members, const dia_rows *rows, dia_extents *extents,
                                      const dia_store *store, const char *group, const char *only, dia_error *error);
/* The same memory for arrays of numbers that are still to be filled: reals NaN, others 0. */
DIA_MUST_USE dia_status dia_members_reserve(const dia_member *members, void *object, const dia_extents *extents,
                                            dia_error *error);
/* Frees the arrays of reals, all of them pointed to, that are NaN throughout or empty: nobody filled them. */
void dia_members_drop(const dia_member *members, void *object, const dia_extents *extents);
/* The first array of doubles with a number that is not finite, and its row; NULL: none. */
const dia_member *dia_members_not_finite(const dia_member *members, const void *object, const dia_extents *extents,
                                         size_t *row);
/* Frees what dia_members_load or dia_members_reserve made; the object was zero before that. */
void dia_members_free(const dia_member *members, void *object);
/* The members of one struct as items of the object that is open. */
void dia_members_json(const dia_member *members, const void *object, const dia_extents *extents, dia_json *json);
/* Of the first n members, which point to arrays, each its item `row` as an item of the object that is open. */
void dia_members_json_row(const dia_member *members, int n, const void *object, const dia_extents *extents, size_t row,
                          dia_json *json);
/* "key": a list of objects. */
void dia_rows_json(const dia_member *members, const dia_rows *rows, const char *key, dia_json *json);
/* A line of headings, and the line of one struct; without the end of the line. */
void dia_members_heading(const dia_member *members, FILE *out);
void dia_members_line(const dia_member *members, const void *object, FILE *out);
/* A blank and a number right in `width` columns; a dash for NaN. */
void dia_cell(double value, int width, int digits, FILE *out);

#endif
