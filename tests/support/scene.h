/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of swarms share: a flight of particles through a double crossing, its files, and how to compare them. Flights
 * run in child processes, so that they can be killed. */
#ifndef DIA_TEST_SCENE_H
#define DIA_TEST_SCENE_H

#include <sys/types.h>

#include "diabolo/swarm.h"
#include "swarm/plan.h"

enum { SCENE_N = 150, SCENE_STEPS = 3000, SCENE_EVERY = 20, SCENE_NCART = 9 };

typedef struct scene { /* a flight and what it borrows */
    dia_model *model;
    dia_dynamics dynamics;
    dia_flight flight;
    int64_t number[SCENE_N];
    double R[SCENE_N * SCENE_NCART], V[SCENE_N * SCENE_NCART], weight[SCENE_N];
    double c[4 * SCENE_N];
    int state[SCENE_N];
} scene;

extern const char scene_tully[];

/* Particles come from the left with momenta spread about 25 / bohr, on the lower state, as a superposition; some end when they
 * have passed, or have been on the upper state for long. */
void scene_prepare(scene *s, const char *model);
void scene_clear(scene *s);

/* In a child: flies or resumes `path`, and assembles it when all have arrived. Exit status: dia_status. */
pid_t scene_take_off(const scene *s, const char *path, int nthread, double checkpoint);
void scene_fly(const scene *s, const char *path,
               int nthread); /* the same, and waits; a file of this path is removed first */

unsigned char *scene_bytes(const char *path, size_t *size); /* of a file; the caller frees them */
void scene_assert_same_bytes(const char *a, const char *b);
/* Rows ja and jb of a big array of two swarms, bitwise. */
void scene_assert_same_rows(const dia_swarm *a, int64_t ja, const dia_swarm *b, int64_t jb, const char *name);

#endif
