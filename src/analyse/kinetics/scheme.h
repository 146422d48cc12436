/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kinetic scheme of first-order steps, given as a line of text:
 *
 *   S2 -> S1 -> S0                       a chain
 *   S2 -> S1; S1 -> S0; S2 -> S0         branching
 *   S2 -> S1 -> S0; S1 <-> S2            a step and its reverse (a step that is named twice is a mistake)
 *   excited -> S0                        groups of states, product classes
 *
 * Species are separated by the arrows ->, <- and <->, parts by semicolons. A name may hold anything but these; blanks
 * around it do not belong to it. */
#ifndef DIA_ANALYSE_KINETICS_SCHEME_H
#define DIA_ANALYSE_KINETICS_SCHEME_H

#include "diabolo/base.h"

enum { DIA_SCHEME_SPECIES = 12, DIA_SCHEME_STEPS = 24, DIA_SCHEME_NAME = 64, DIA_SCHEME_TEXT = 500 };

typedef struct dia_scheme {
    char text[DIA_SCHEME_TEXT];
    int nspecies, nstep;
    struct {
        char name[DIA_SCHEME_NAME];
        int place;                 /* byte of the text where it is named first */
    } species[DIA_SCHEME_SPECIES]; /* in the order of the text */
    struct {
        int from, to; /* species */
    } step[DIA_SCHEME_STEPS];
} dia_scheme;

/* The message gives the column (counted from 1) and shows the place by a caret on a line of its own. */
DIA_MUST_USE dia_status dia_scheme_parse(dia_scheme *scheme, const char *text, dia_error *error);
/* DIA_ERROR_INPUT with "column N: " + format, the text, and a caret under its byte `place`. For mistakes found after
 * parsing (an unknown species). */
DIA_MUST_USE dia_status dia_scheme_mistake(const char *text, int place, dia_error *error, const char *format, ...)
    DIA_PRINTF(4, 5);
/* "S2 -> S1" */
void dia_scheme_step_name(const dia_scheme *scheme, int step, size_t size, char *name);
/* K (nspecies, nspecies), row-major, of the rates k (nstep): dp/dt = K p; columns add up to 0. */
void dia_scheme_matrix(const dia_scheme *scheme, const double *k, double *K);

#endif
