/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics/population.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char active[] = "active", by_start[] = "active, coherences by the start",
                  amplitudes[] = "amplitudes, scale ", weighted[] = ", weighted";

void dia_population_text(const dia_population_rule *rule, char text[DIA_POPULATION_TEXT])
{
    if (rule->windows)
        snprintf(text, DIA_POPULATION_TEXT, "%s", DIA_POPULATION_WINDOWS);
    else if (rule->amplitudes)
        snprintf(text, DIA_POPULATION_TEXT, "%s%.17g%s", amplitudes, rule->scale, rule->weighted ? weighted : "");
    else
        snprintf(text, DIA_POPULATION_TEXT, "%s", rule->by_start ? by_start : active);
}

bool dia_population_parse(const char *text, dia_population_rule *rule)
{
    *rule = (dia_population_rule){.scale = 1.0};
    if (text == NULL || strcmp(text, active) == 0)
        return true;
    if (strcmp(text, by_start) == 0)
        return rule->by_start = true;
    if (strcmp(text, DIA_POPULATION_WINDOWS) == 0)
        return rule->amplitudes = rule->windows = true;
    const size_t length = sizeof amplitudes - 1;
    if (strncmp(text, amplitudes, length) != 0)
        return false;
    char *end;
    rule->amplitudes = true;
    rule->scale = strtod(text + length, &end);
    rule->weighted = strcmp(end, weighted) == 0;
    return end != text + length && (rule->weighted || *end == '\0') && rule->scale > 0.0 && isfinite(rule->scale);
}

/* At most one action is 1 or more: e_k >= 1 and e_l < 1. For two states, whose actions add up to 2 at most, these are the triangles of
 * Cotton, Miller, JCP 145, 144108 (2016), DOI 10.1063/1.4963914; for more JCP 150, 104101 (2019), DOI 10.1063/1.5087160. */
static void count_windows(int n, double *p)
{
    int above = 0;
    for (int k = 0; k < n; k++)
        above += p[k] >= 1.0;
    for (int k = 0; k < n; k++)
        p[k] = above == 1 && p[k] >= 1.0 ? 1.0 : 0.0;
}

void dia_population_share(const dia_population_rule *rule, double weight, int n, double *p)
{
    if (rule->windows)
        count_windows(n, p);
    else if (rule->amplitudes)
        for (int k = 0; k < n; k++)
            p[k] = (rule->weighted ? weight : 1.0) * (1.0 / n + rule->scale * (p[k] - 1.0 / n));
}

void dia_population_linear(int n, const double *mean, double *x)
{
    double whole = 0.0, own = 0.0;
    for (int k = 0; k < n; k++) {
        whole += mean[k];
        own += x[k];
    }
    for (int k = 0; k < n; k++)
        x[k] = dia_population_linear_value(mean[k], whole, x[k], own);
}

double dia_population_coherence(const dia_population_rule *rule, const double *c)
{
    if (!rule->by_start)
        return rule->scale;
    return 1.0 / fabs(c[0] * c[0] + c[1] * c[1] - c[2] * c[2] - c[3] * c[3]);
}
