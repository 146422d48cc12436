/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A test of a data set: one struct, one file, one line in the list of list.c. Tests run in the order of that list, each on
 * what the repairs of those before it have left, so that one fault (a wrong unit) is told once and does not look like another. */
#ifndef DIA_CHECK_DATA_TEST_H
#define DIA_CHECK_DATA_TEST_H

#include "check/data/finding.h"
#include "check/data/near.h"
#include "store/store.h"
#include "dataset/dataset.h"

typedef struct dia_checkup { /* a data set under examination */
    const char *path;
    const dia_control *control; /* threads to use, and whether to stop: long loops ask it; NULL: all, never */
    const dia_store *store;     /* the file; NULL: none, the set is in memory alone                              */
    dia_dataset data;           /* atomic units, as the file says; repaired as far as the tests went             */
    bool *drop;                 /* (npoint) points that no test looks at any more, and a repaired copy leaves out */
    int *order;                 /* (npoint, nstate) state of the file that is state k of the working copy        */
    bool brief;                 /* at a load: a test that takes seconds looks at the most doubtful points alone  */
    bool paired;                /* `near` is up to date                                                          */
    dia_near near;
    dia_findings findings;
    char *told;     /* what the running test says of itself, a line without full stop                              */
    bool undecided; /* the running test could not be made on this set                                              */
} dia_checkup;

typedef struct dia_data_test {
    const char *name;  /* "slopes"                                         */
    const char *finds; /* what is wrong where it finds something           */
    const char *tells; /* how it is told                                   */
    bool brief;        /* runs whenever a set is loaded: changes nothing   */
    dia_status (*find)(dia_checkup *x, dia_error *error);
    /* Repairs one finding of its own in the working copy, and says so in finding->done if it could. NULL: none can be. */
    dia_status (*repair)(dia_checkup *x, dia_finding *finding, dia_error *error);
} dia_data_test;

extern const dia_data_test *const dia_data_tests[]; /* NULL-terminated, in the order in which they run */

/* ---- for the tests --------------------------------------------------------------------------- */

void dia_checkup_say(dia_checkup *x, const char *format, ...) DIA_PRINTF(2, 3);
/* The same, where the test could decide nothing: too few neighbours, one state only. */
void dia_checkup_undecided(dia_checkup *x, const char *format, ...) DIA_PRINTF(2, 3);
/* A finding of the running test. */
dia_finding *dia_checkup_found(dia_checkup *x, const dia_data_test *test, dia_severity severity, const char *dataset);
/* x->near of the points that are not dropped, found when first asked for and again after positions were repaired. */
DIA_MUST_USE dia_status dia_checkup_pairs(dia_checkup *x, dia_error *error);
void dia_checkup_moved(dia_checkup *x); /* positions or points changed: pairs must be found again */
/* All labels of a point's states in another order: state k becomes what order[k] was; energies, or only vectors. */
void dia_checkup_reorder(dia_checkup *x, int point, const int *order, bool energies);
/* The points of a finding are dropped; finding->done says so. */
void dia_checkup_drop(dia_checkup *x, dia_finding *finding);

double *dia_checkup_energy(const dia_checkup *x, int point);              /* (nstate)       */
double *dia_checkup_gradient(const dia_checkup *x, int point, int state); /* (ncart)        */
double *dia_checkup_coupling(const dia_checkup *x, int point, int pair);  /* (ncart)        */
double *dia_checkup_position(const dia_checkup *x, int point);            /* (ncart)        */
void dia_forget(int n, double *values);                                   /* all become NaN */

/* ---- robust numbers -------------------------------------------------------------------------- */

typedef struct dia_ratio { /* the slope of y = r x by least absolute deviations: the median of y/x weighted by |x| */
    int n;                 /* pairs                                                                               */
    double effective;      /* number of pairs of equal weight that tell as much: (sum w)^2 / sum w^2               */
    double value;          /* r; NaN: no pair                                                                     */
    double low, high;      /* weighted quartiles of y/x                                                           */
    double error;          /* standard error of r: 1.2533 sigma/sqrt(effective number), sigma from the quartiles  */
} dia_ratio;

/* x, y (n) are overwritten. Pairs with x = 0 or NaN do not count. A weight is at most `cap` times the median of them, so that a few vectors in a larger
 * unit do not outweigh all others; INFINITY: no limit. */
dia_ratio dia_ratio_of(int n, double *x, double *y, double cap);
double dia_median(int n, double *x); /* sorts x, which holds no NaN; NaN: empty */

#endif
