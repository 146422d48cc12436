/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many searches at once, and the distinct points they end in. Atomic units.
 *
 * Two results of one set of states are the same point if their permutation-aligned distance and the difference of their
 * energies are within the tolerances. The best converged result leads: it is a point; each next one, in the order of
 * its convergence, joins the nearest leader within the tolerances or becomes a leader itself. Nothing depends on the
 * number of threads. */
#ifndef DIA_INTERSECT_SURVEY_H
#define DIA_INTERSECT_SURVEY_H

#include "diabolo/frame.h"
#include "diabolo/intersect.h"
#include "intersect/catalogue.h"
#include "intersect/starts.h"
#include "molecule/match.h"

typedef struct dia_state_set { /* states first .. first+count-1 */
    int first, count;
} dia_state_set;

typedef struct dia_survey_settings { /* all borrowed */
    int nsearch;
    const dia_state_set *search;
    int nmethod;
    dia_search_method method[DIA_SEARCH_METHODS]; /* each from each start                                   */
    dia_search_options convergence;               /* its method is ignored                                  */
    double distance, energy;                      /* bohr (rms over atoms), hartree: same point within both */
    double highest;         /* hartree: results this far above the lowest of S0 count as not converged; 0: none */
    const dia_match *match; /* what may be exchanged, are mirror images the same      */
} dia_survey_settings;

typedef struct dia_search_end { /* of one search */
    int start;                  /* row of the starts                            */
    dia_state_set states;
    dia_search_method method;
    dia_search_result result;
    int point; /* row of the catalogue; -1: it did not converge */
} dia_search_end;

typedef struct dia_survey { /* arrays owned */
    int n, ncart;
    dia_search_end *ending; /* (n) by set of states, start, method */
    double *R;              /* (n, ncart) where they ended         */
} dia_survey;

/* Every start, by every method, for every set of states that it serves. DIA_ERROR_INPUT: a set of states that no start
 * serves. DIA_ERROR_INTERRUPTED if stopped. On failure *survey is zero. */
DIA_MUST_USE dia_status dia_survey_run(dia_survey *survey, const dia_model *model, const dia_starts *starts,
                                       const dia_survey_settings *settings, const dia_control *control,
                                       dia_error *error);
/* The distinct points with energies, seam modes and branching planes, sorted and named; fills ending.point. Points of
 * molecules are superposed on the reference geometry, without exchange of atoms. Labels are left empty. On failure
 * *catalogue is zero. */
DIA_MUST_USE dia_status dia_survey_collect(dia_survey *survey, dia_catalogue *catalogue, const dia_model *model,
                                           const dia_survey_settings *settings, const dia_control *control,
                                           dia_error *error);
/* Group /starts of the file (docs/intersections-file.md). */
DIA_MUST_USE dia_status dia_survey_write(const dia_survey *survey, const dia_starts *starts,
                                         const dia_molecule *molecule, dia_store *store, dia_error *error);
/* The endings of a file of intersections, without geometries (R is NULL) and numbers of starts (start is the row). On
 * failure *survey is zero. */
DIA_MUST_USE dia_status dia_survey_read(dia_survey *survey, const char *path, dia_error *error);
void dia_survey_free(dia_survey *survey);

#endif
