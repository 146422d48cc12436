/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results as text: a page of the points found and the tasks done, one JSON object, an extended XYZ file. */
#ifndef DIA_INTERSECT_SUMMARY_H
#define DIA_INTERSECT_SUMMARY_H

#include "diabolo/intersect.h"
#include "intersect/catalogue.h"
#include "intersect/survey.h"

typedef struct dia_found { /* what stands behind a dia_intersections, which comes first; owned */
    dia_intersections shown;
    dia_catalogue catalogue;
    dia_survey survey;             /* its endings alone */
    char *model_type, *path, *xyz; /* xyz: NULL if none is written */
    dia_intersections_task *task;
} dia_found;

/* One frame a point; g, h, s in eV/Angstrom, x and y as columns. Molecules only. */
DIA_MUST_USE dia_status dia_catalogue_write_xyz(const dia_catalogue *catalogue, const char *path, dia_error *error);
/* What the comment of every such frame holds. */
#define DIA_CATALOGUE_XYZ_MARK "slope_unit=eV/Angstrom"

#endif
