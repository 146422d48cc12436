/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics/population.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char active[] = "active", by_start[] = "active, coherences by the start",
                  amplitudes[] = "amplitudes, scale ";

void dia_population_text(const dia_population_rule *rule, char text[DIA_POPULATION_TEXT])
{
    if (rule->amplitudes)
        snprintf(text, DIA_POPULATION_TEXT, "%s%.17g", amplitudes, rule->scale);
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
    const size_t length = sizeof amplitudes - 1;
    if (strncmp(text, amplitudes, length) != 0)
        return false;
    char *end;
    rule->amplitudes = true;
    rule->scale = strtod(text + length, &end);
    return end != text + length && *end == '\0' && rule->scale > 0.0 && isfinite(rule->scale);
}

void dia_population_scale(const dia_population_rule *rule, int n, double *p)
{
    for (int k = 0; k < n && rule->amplitudes; k++)
        p[k] = 1.0 / n + rule->scale * (p[k] - 1.0 / n);
}

double dia_population_coherence(const dia_population_rule *rule, const double *c)
{
    if (!rule->by_start)
        return rule->scale;
    return 1.0 / fabs(c[0] * c[0] + c[1] * c[1] - c[2] * c[2] - c[3] * c[3]);
}
