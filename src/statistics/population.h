/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a method's trajectories say of populations. In surface hopping the active state does. In a mean field, and in mapping
 * methods, the amplitudes do; and mapping methods may draw their amplitudes so that populations and coherences weigh a trajectory
 * differently. A swarm file holds the rule as text, so that a reader need not know the method.
 *
 * Where trajectories count with different parts, by windows or by weights of either sign, the populations of an ensemble are ratios:
 * with x_k what a trajectory contributes to state k, P_k = sum w x_k / sum w (x_0 + ... + x_(n-1)). */
#ifndef DIA_STATISTICS_POPULATION_H
#define DIA_STATISTICS_POPULATION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct dia_population_rule {
    bool amplitudes; /* populations are scale (|c_k|^2 - 1/n) + 1/n in any basis; else those of active states */
    double scale;    /* 1 if not `amplitudes`                                                                 */
    bool by_start;   /* coherences weigh a trajectory by 1/| |c_0|^2 - |c_1|^2 | at its start                 */
    bool windows;    /* with `amplitudes`: a trajectory counts for state k, by 1, while it is in its triangle
                        window, |c_k|^2 >= 1 and all others below; |c|^2 adds up to more than 1                  */
    bool weighted;   /* each trajectory has a weight of its own besides, which may be negative                   */
} dia_population_rule;

enum { DIA_POPULATION_TEXT = 80 };
#define DIA_POPULATION_WINDOWS "amplitudes, windows"
/* "active", "amplitudes, scale 2.4", "amplitudes, scale 2.4, weighted", "amplitudes, windows", "active, coherences by the start". */
void dia_population_text(const dia_population_rule *rule, char text[DIA_POPULATION_TEXT]);
/* Back; NULL is "active", the rule of a file that does not name one. False: it is no such text. */
bool dia_population_parse(const char *text, dia_population_rule *rule);

/* p (n): squares of amplitudes -> what the trajectory contributes; weight: its own, of no meaning unless `weighted`. */
void dia_population_share(const dia_population_rule *rule, double weight, int n, double *p);
/* Are populations ratios? Else contributions add up to 1, and populations are their means. */
static inline bool dia_population_ratio(const dia_population_rule *rule)
{
    return rule->windows || rule->weighted;
}
/* Contributions x (n) of one trajectory -> P_k + (x_k - P_k sum x) / sum mean, P_k = mean_k / sum mean, with mean (n) of the ensemble:
 * values whose mean is the ratio, and the standard error of that mean the one of the ratio to first order (Cochran, Sampling Techniques,
 * 3rd ed., Wiley (1977), sec. 6.4). */
void dia_population_linear(int n, const double *mean, double *x);
/* The same of one value: `whole` and `own` are the sums of mean and x over the states. */
static inline double dia_population_linear_value(double mean, double whole, double x, double own)
{
    return mean / whole + (x - mean / whole * own) / whole;
}
/* The weight of coherences of a trajectory that started with the adiabatic amplitudes c (n, 2). */
double dia_population_coherence(const dia_population_rule *rule, const double *c);

#endif
