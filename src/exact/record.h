/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an engine told its observer, sample by sample, and the file of it (docs/exact.md). */
#ifndef DIA_EXACT_RECORD_H
#define DIA_EXACT_RECORD_H

#include "diabolo/exact.h"
#include "exact/engine.h"
#include "store/member.h"

#define DIA_EXACT_FORMAT "diabolo-exact"
#define DIA_EXACT_VERSION 1

DIA_MUST_USE dia_status dia_exact_record_make(dia_exact_record *record, const dia_exact_problem *problem,
                                              dia_error *error);
void dia_exact_record_free(dia_exact_record *record);
/* Takes a sample, an overlap: for an observer. */
void dia_exact_record_sample(dia_exact_record *record, const dia_exact_problem *problem,
                             const dia_exact_sample *sample);
void dia_exact_record_overlap(dia_exact_record *record, int64_t step, const double overlap[2]);
/* Takes what a stationary engine found. */
DIA_MUST_USE dia_status dia_exact_record_scattering(dia_exact_record *record, int incoming, int n,
                                                    const dia_scatter *results, const double *change, dia_error *error);
/* Drops what was never told, makes the spectrum. DIA_ERROR_NUMERIC: something that was told is not finite. */
DIA_MUST_USE dia_status dia_exact_record_finish(dia_exact_record *record, const dia_exact_problem *problem,
                                                dia_error *error);
/* Largest difference of the populations; the errors of `record` become at least the differences at each sample. */
double dia_exact_record_compare(dia_exact_record *record, const dia_exact_record *other);
DIA_MUST_USE dia_status dia_exact_record_write(const dia_exact_record *record, dia_store *store, dia_error *error);
DIA_MUST_USE dia_status dia_exact_record_read(dia_exact_record *record, const dia_store *store, dia_error *error);

#endif
