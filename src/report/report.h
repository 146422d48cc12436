/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One self-contained HTML page of a swarm, or of exact dynamics (docs/report.md): the text, figures drawn here as SVG, and the data from
 * which the page's own scripts (src/report/page/) draw the rest. The same files give the same bytes. */
#ifndef DIA_REPORT_REPORT_H
#define DIA_REPORT_REPORT_H

#include "analyse/analyse.h"

typedef struct dia_report_options {
    const char *swarm;          /* the swarm file, or a file of format "diabolo-exact"                     */
    int nmember;                /* swarms of a committee, of which `swarm` is the first; 0 or 1: it is alone */
    const char *const *members; /* (nmember) */
    const char *exact;          /* file of that format to stand beside the swarm; NULL: none               */
    const char *intersections;  /* file of format "diabolo-intersections"; NULL: none                       */
    const char *mechanism;      /* file of format "diabolo-mechanism"; NULL: none                           */
    const char *check;          /* of `diabolo check MODEL --json` on the swarm's model; NULL: none              */
    const dia_input *analysis;  /* input of `diabolo analyse`; NULL: none. Without it and schemes no study is made */
    int nscheme;                /* further kinetic schemes */
    const char *const *scheme;
    int trajectories;           /* at most this number in the player, the first ones of the swarm           */
    size_t bytes;               /* largest size of the page: what does not fit is left out of player and tables */
    const dia_control *control; /* of the analysis; NULL: all threads, no messages */
} dia_report_options;

typedef struct dia_report_result {
    int shown, listed, total; /* trajectories in the player, in the tables, in the swarm                  */
    size_t size, least;       /* of the page, bytes; without trajectories: more than asked for is possible */
    bool molecules;           /* 3-D pictures are there                      */
    char why[200];            /* if not: why; else empty                     */
} dia_report_result;

/* Writes PATH.tmp and renames it: on failure a page that was there stays. DIA_ERROR_INPUT: options, files of another
 * format, path is one of the files read; DIA_ERROR_FILE: cannot be read or written. */
DIA_MUST_USE dia_status dia_report_write(const dia_report_options *options, const char *path, dia_report_result *result,
                                         dia_error *error);

#endif
