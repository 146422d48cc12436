/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sections of the page and of the JSON object of an analysis; private to page*.c. */
#ifndef DIA_ANALYSE_PAGE_H
#define DIA_ANALYSE_PAGE_H

#include "analyse/analyse.h"
#include "base/json.h"
#include "store/member.h"

void dia_populations_page(const dia_analysis *analysis, FILE *out); /* and their consistency                        */
void dia_lifetime_page(const dia_analysis *analysis, FILE *out);
void dia_hops_page(const dia_analysis *analysis, FILE *out);     /* hops, energy, light                             */
void dia_groups_page(const dia_analysis *analysis, FILE *out);   /* of a study: groups, diabatic and spin-free states */
void dia_kinetics_page(const dia_analysis *analysis, FILE *out); /* of a study: shapes, what was left out, schemes   */
void dia_yields_page(const dia_analysis *analysis, FILE *out);
void dia_exact_head_page(const dia_analysis *analysis, FILE *out); /* of exact dynamics alone                     */
void dia_deviation_page(const dia_analysis *analysis, FILE *out);  /* of a swarm with exact dynamics beside it     */
void dia_exact_page(const dia_analysis *analysis, FILE *out);      /* of exact dynamics alone: mean values, spectrum */

/* Items of the object that is open. */
void dia_populations_json(const dia_analysis *analysis, dia_json *json);
void dia_hops_json(const dia_analysis *analysis, dia_json *json); /* hops, energy, light */
void dia_kinetics_json(const dia_analysis *analysis, dia_json *json);
void dia_exact_json(const dia_analysis *analysis, dia_json *json);

/* "outcomes": of a swarm or of exact dynamics; nothing if there are none. */
void dia_outcomes_json(const dia_outcome *outcomes, int count, int nstate, dia_json *json);
/* One array over time for each state, from values (ntime, nstate). */
void dia_states_json(dia_json *json, const char *key, const dia_record *record, const double *values);

enum { DIA_PAGE_ROWS = 10 }; /* lines of a table against time */
/* "0.1234 ± 0.0056", 18 columns; of a single trajectory without an error; a dash where none counts. */
void dia_page_error(double value, double error, FILE *out);

/* NULL for an empty text: null in JSON. */
const char *dia_words_or_null(const char *words);

#endif
