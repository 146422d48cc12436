/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Through which intersection did each hop go? Every attempted hop between states a and b is compared with the
 * intersections of just these states (first .. first+count-1 from the lower to the higher one). The nearest is that of
 * the smallest permutation-aligned rms distance (molecule/match.h); within a limit the hop belongs to it. The nearest
 * need not be the one whose basin the hop lies in, so a search from the hop geometry can be requested to decide.
 *
 * The hop geometry is superposed on the intersection, T R, and in the frame of the intersection
 *
 *   displacement  u = T R - R0      bohr,     velocity  v = turn of the hop's velocity before the momentum is adjusted
 *
 * are resolved along the orthonormal x, y of the branching plane (x along the steeper direction) and the rest, |u|^2 =
 * u_x^2 + u_y^2 + u_rest^2. To first order the gap there is 2 pitch sqrt((1 + asymmetry) u_x^2 + (1 - asymmetry) u_y^2)
 * (Fdez. Galvan et al., DOI 10.1021/acs.jctc.6b00384): its agreement with the actual gap says how far the picture of a
 * cone holds. At symmetric intersections the signs of components are undetermined. */
#ifndef DIA_ANALYSE_MECHANISM_CENSUS_H
#define DIA_ANALYSE_MECHANISM_CENSUS_H

#include "analyse/mechanism/settings.h"
#include "statistics/share.h"
#include "analyse/mechanism/swarm.h"
#include "diabolo/model.h"
#include "intersect/catalogue.h"

enum { DIA_CENSUS_NONE = -1 }; /* near no intersection of the file */

/* Of the search from a hop. */
typedef enum dia_search_end {
    DIA_SEARCH_END_NONE,     /* not made                                         */
    DIA_SEARCH_END_LISTED,   /* at an intersection of the file                   */
    DIA_SEARCH_END_UNLISTED, /* converged elsewhere                              */
    DIA_SEARCH_END_LOST,     /* not converged                                    */
    DIA_SEARCH_ENDS
} dia_search_end;
extern const char *const dia_search_end_names[DIA_SEARCH_ENDS]; /* "none", "listed", "unlisted", "lost" */

typedef struct dia_census_group { /* hops of one direction, one intersection, accepted or frustrated; weighted */
    dia_share share;              /* of all hops of that direction that were accepted (frustrated)   */
    double time[3], mean_time, time_error; /* quartiles, mean and its error, fs                     */
    double gap[3], distance[3];            /* quartiles of |gap|, hartree, and of the distance, bohr          */
    double energy;                         /* mean energy above the intersection, hartree                     */
    double along[2], across;               /* rms of u_x, u_y, u_rest, bohr                                   */
    double speed[2];                       /* rms of v_x, v_y, atomic units                                   */
    double approaching; /* share of hops that move towards the intersection within the plane, u.v < 0 */
} dia_census_group;     /* all NaN where there are no hops; components where there is no plane */

typedef struct dia_census_row {
    int from, to, point;       /* DIA_CENSUS_NONE: near none; the catalogue's order          */
    dia_census_group group[2]; /* frustrated, accepted                                       */
} dia_census_row;

typedef struct dia_census { /* arrays owned; hops in the order of the file */
    dia_catalogue points;
    bool *used;         /* (npoint) does it take part: a minimum of its seam, or all were asked for */
    int assign;         /* dia_assignment that `point` follows                                      */
    double limit, same; /* bohr */
    int nhop;
    int *point;           /* (nhop) the intersection it belongs to, or DIA_CENSUS_NONE         */
    int *nearest;         /* (nhop) the nearest at any distance; DIA_CENSUS_NONE: no candidates */
    double *distance;     /* (nhop) bohr: to that one; NaN                                     */
    int *basin;           /* (nhop) where the search ended, or DIA_CENSUS_NONE                 */
    int8_t *ending;       /* (nhop) dia_search_end                                             */
    double *away;         /* (nhop) bohr: to `point`; without one, to the nearest              */
    double *moved;        /* (nhop) bohr: permutation-aligned distance the search went; NaN    */
    double *displacement; /* (nhop, 3) u_x, u_y, u_rest, bohr, from `point`; NaN without one   */
    double *velocity;     /* (nhop, 3) v_x, v_y, |rest|; NaN without velocities                */
    double *linear_gap;   /* (nhop) hartree, first order                                       */
    double *energy;       /* (nhop) hartree: mean energy of the two states minus that of `point` */
    int nrow;
    dia_census_row *row;               /* (nrow) directions that occur, by from, then to; points, then none */
    int ending_count[DIA_SEARCH_ENDS]; /* of hops that count */
} dia_census;

/* model: for searches; else NULL. DIA_ERROR_INPUT: intersections of another molecule, model or number of states, or
 * none that could take part. */
DIA_MUST_USE dia_status dia_census_make(dia_census *census, const dia_mechanism_swarm *swarm, const dia_model *model,
                                        const dia_mechanism_settings *settings, const dia_control *control,
                                        dia_error *error);
void dia_census_free(dia_census *census);

#endif
