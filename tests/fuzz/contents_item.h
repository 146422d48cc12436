/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of contents.c: one dataset or attribute of an open file, and the changes of it. */
#ifndef DIA_FUZZ_CONTENTS_ITEM_H
#define DIA_FUZZ_CONTENTS_ITEM_H

#include <hdf5.h>

#include "contents.h"

enum { CONTENTS_NAME = 120, CONTENTS_RANK = 33, CONTENTS_MANY = 1 << 16 };

typedef struct item { /* a dataset, or an attribute */
    hid_t file, id, type, space;
    char path[CONTENTS_NAME], attribute[CONTENTS_NAME]; /* attribute "": a dataset */
    H5T_class_t class;
    size_t count;
} item;

bool item_there(hid_t file, const char *path);
/* False if there is no such object; the path is set all the same. */
bool item_open(item *at, hid_t file, const char *name);
void item_close(item *at);
/* The text of a scalar, on the heap; NULL: it is none. */
char *item_text(const item *at);
herr_t item_read(const item *at, hid_t memory, void *values);
herr_t item_write(const item *at, hid_t memory, const void *values);
void item_remove(const item *at);
/* A new object in its place: of a file type and a shape, with values of a memory type (NULL: none). */
void item_replace(const item *at, hid_t type, hid_t space, hid_t memory, const void *values);
/* The same of a dataset that keeps its unit. */
void item_replace_with_unit(const item *at, hid_t type, hid_t space, hid_t memory, const void *values);

/* ---- contents_change.c --------------------------------------------------------------------------- */

/* Does what a line says; the line is cut. */
void contents_change(hid_t file, char *line);
/* Words for a mutator. */
extern const char *const contents_types[], *const contents_verbs[];

/* ---- contents.c ---------------------------------------------------------------------------------- */

int contents_bases(void);

/* ---- contents_mutate.c --------------------------------------------------------------------------- */

void contents_know_one(const char *name);

#endif
