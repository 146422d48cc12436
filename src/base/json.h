/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing one JSON object (RFC 8259) to a stream, indented: numbers round-trip, NaN and infinity become null (JSON
 * has neither), text is escaped. Inside an array the key is NULL. For write errors the caller checks ferror(). */
#ifndef DIA_BASE_JSON_H
#define DIA_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { DIA_JSON_DEPTH = 16 };

typedef struct dia_json { /* zero-initialise with .out set: dia_json json = {.out = stream}; */
    FILE *out;            /* borrowed */
    int depth;
    bool filled[DIA_JSON_DEPTH]; /* does the list at this depth have an item already? */
    bool line[DIA_JSON_DEPTH];   /* are its items on one line? */
    char close[DIA_JSON_DEPTH];
    int most;   /* 0: all. Longer arrays of reals are thinned: see dia_json_thinned */
    int digits; /* 0: as many as read back the same number; else numbers are rounded, and lists have no blanks */
} dia_json;

/* The number of items left when n items are thinned to at most `most` (2 or more; 0: all), and the index of the i-th
 * of them: items at a constant distance from the first on, and the last item. */
int dia_json_thinned(int n, int most);
int dia_json_item(int n, int most, int i);

void dia_json_object(dia_json *json, const char *key); /* opens "key": { ; the outermost has key NULL */
void dia_json_array(dia_json *json, const char *key);  /* opens "key": [                              */
void dia_json_line(dia_json *json, const char *key);   /* the same, its items (no lists) on one line  */
void dia_json_end(dia_json *json);                     /* closes the innermost; after the outermost a newline */

void dia_json_text(dia_json *json, const char *key, const char *text); /* UTF-8; NULL: null */
void dia_json_real(dia_json *json, const char *key, double value);
void dia_json_int(dia_json *json, const char *key, int64_t value);
void dia_json_bool(dia_json *json, const char *key, bool value);
void dia_json_null(dia_json *json, const char *key);
/* An array of n numbers on one line: values[0], values[stride], ... */
void dia_json_reals(dia_json *json, const char *key, int n, int stride, const double *values);

#endif
