/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a method's trajectories say of populations. In surface hopping the active state does. In a mean field, and in mapping
 * methods, the amplitudes do; and mapping methods may draw their amplitudes so that populations and coherences weigh a trajectory
 * differently. A swarm file holds the rule as text, so that a reader need not know the method. */
#ifndef DIA_STATISTICS_POPULATION_H
#define DIA_STATISTICS_POPULATION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct dia_population_rule {
    bool amplitudes; /* populations are scale (|c_k|^2 - 1/n) + 1/n in any basis; else those of active states */
    double scale;    /* 1 if not `amplitudes`                                                                 */
    bool by_start;   /* coherences weigh a trajectory by 1/| |c_0|^2 - |c_1|^2 | at its start                 */
} dia_population_rule;

enum { DIA_POPULATION_TEXT = 80 };
/* "active", "amplitudes, scale 2.4", "active, coherences by the start". */
void dia_population_text(const dia_population_rule *rule, char text[DIA_POPULATION_TEXT]);
/* Back; NULL is "active", the rule of a file that does not name one. False: it is no such text. */
bool dia_population_parse(const char *text, dia_population_rule *rule);

/* p (n): squares of amplitudes -> populations. */
void dia_population_scale(const dia_population_rule *rule, int n, double *p);
/* The weight of coherences of a trajectory that started with the adiabatic amplitudes c (n, 2). */
double dia_population_coherence(const dia_population_rule *rule, const double *c);

#endif
