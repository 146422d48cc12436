/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything a page is made from, gathered before the first byte is written. */
#ifndef DIA_REPORT_CONTENT_H
#define DIA_REPORT_CONTENT_H

#include "analyse/mechanism/mechanism.h"
#include "compare/band.h"
#include "intersect/catalogue.h"
#include "report/energies.h"
#include "report/maps.h"
#include "report/report.h"
#include "report/stream.h"
#include "report/trust.h"

typedef struct dia_content {
    const dia_report_options *options; /* borrowed */
    dia_analysis *analysis;
    dia_band band; /* of the swarms of a committee; nmember 0: there is one swarm */
    dia_energies energies;
    dia_stream stream;
    int most;                     /* samples of every series on the page (base/json.h)              */
    int listed;                   /* trajectories in the page's tables: the first ones of the swarm */
    int nhop;                     /* hops of these: the first ones                                  */
    int natom, dimension;         /* of the positions in the file; 0: none are there */
    char formula[200];            /* "C2H4"; empty: unknown */
    dia_catalogue intersections;  /* all zero if none were given */
    bool other_model;             /* they belong to another model than that of the swarm */
    dia_mechanism_file mechanism; /* all zero if none was given                                   */
    dia_maps maps;                /* of its coordinates                                           */
    dia_trust trust;              /* of a swarm                                                   */
    char no_molecules[200];       /* why there are no 3-D pictures; empty: there are */
} dia_content;

/* A page of exact dynamics alone: without anything of trajectories. */
bool dia_content_is_exact(const dia_content *content);
/* All but the trajectories. */
DIA_MUST_USE dia_status dia_content_create(dia_content *content, const dia_report_options *options, dia_error *error);
/* As many trajectories as `bytes` hold: in tables, then in the player. */
DIA_MUST_USE dia_status dia_content_fill(dia_content *content, size_t bytes, dia_error *error);
void dia_content_free(dia_content *content);

/* The pieces of the page, one for each {{name}} of page/page.html. */
void dia_content_write_head(const dia_content *content, FILE *out);    /* title and first sentence    */
void dia_content_write_cards(const dia_content *content, FILE *out);   /* the most important numbers  */
void dia_content_write_columns(const dia_content *content, FILE *out); /* how many in a row      */
void dia_content_write_notes(const dia_content *content, FILE *out);   /* sentences below them       */
void dia_content_write_populations(const dia_content *content, FILE *out);
void dia_content_write_committee(const dia_content *content, FILE *out); /* nothing if there is one swarm */
void dia_content_write_energies(const dia_content *content, FILE *out);
void dia_content_write_drift(const dia_content *content, FILE *out);
/* The data, as <script> elements that are not executed. */
DIA_MUST_USE dia_status dia_content_write_data(const dia_content *content, FILE *out, dia_error *error);

#endif
