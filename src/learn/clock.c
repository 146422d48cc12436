/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long the whole course will take, from what its parts took so far. Parts of earlier calls are read from log.txt: an estimate alone
 * depends on them, no result does. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/machine.h"
#include "base/number.h"
#include "learn/course.h"
#include "learn/process.h"

static const char *const names[DIA_PARTS] = {"labels", "training", "swarm"};

void dia_clock_add(dia_clock *clock, dia_part part, double units, double seconds)
{
    if (!(units > 0.0 && seconds >= 0.0))
        return;
    clock->units[part] += units;
    clock->seconds[part] += seconds;
}

/* "DATE took training 300 35.2", seconds */
static void read_line(dia_clock *clock, char *line)
{
    char *rest = NULL, *word[6] = {NULL};
    int n = 0;
    for (char *at = strtok_r(line, " ", &rest); at != NULL && n < 6; at = strtok_r(NULL, " ", &rest))
        word[n++] = at;
    double units, seconds;
    if (n != 5 || strcmp(word[1], "took") != 0 || !dia_text_real(word[3], &units) || !dia_text_real(word[4], &seconds))
        return;
    for (int part = 0; part < DIA_PARTS; part++)
        if (strcmp(word[2], names[part]) == 0)
            dia_clock_add(clock, (dia_part)part, units, seconds);
}

void dia_clock_read(dia_clock *clock, const char *log)
{
    char line[200];
    for (const char *at = log; *at != '\0'; at += *at == '\n') {
        const size_t n = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, at);
        read_line(clock, line);
        at += n;
    }
}

double dia_clock_left(const dia_clock *clock, const dia_clock_plan *plan)
{
    double rate[DIA_PARTS], sum = 0.0, total = plan->total;
    for (int part = 0; part < DIA_PARTS; part++)
        rate[part] = clock->units[part] > 0.0 ? clock->seconds[part] / clock->units[part] : (double)NAN;
    for (int round = plan->round; round <= plan->rounds && (round == plan->round || total < plan->most); round++) {
        if (round > plan->round || !plan->labelled) {
            sum += plan->labels * rate[DIA_PART_LABELS];
            total += plan->labels;
        }
        if (round > plan->round || !plan->trained)
            sum += total * rate[DIA_PART_TRAINING];
        if (round < plan->rounds && total < plan->most)
            sum += rate[DIA_PART_SWARM];
    }
    return sum + (plan->swarms > 0.0 ? plan->swarms * rate[DIA_PART_SWARM] : 0.0);
}

/* ---- of a course ----------------------------------------------------------------------------- */

void dia_course_took(dia_course *c, dia_part part, double units, double seconds)
{
    char line[100];
    snprintf(line, sizeof line, "took %s %.9g %.3f", names[part], units, seconds);
    dia_course_log(c, line);
    dia_clock_add(&c->clock, part, units, seconds);
}

void dia_course_remember(dia_course *c)
{
    char *path = dia_path_join(c->folder, "log.txt"), *log = NULL;
    dia_error ignored = {0};
    if (path != NULL && dia_course_exists(path) && dia_file_text(path, 1 << 26, &log, &ignored) == DIA_OK)
        dia_clock_read(&c->clock, log);
    free(log);
    free(path);
}

/* From now to the limits of the criterion: rounds, labels, hours. */
static double left(const dia_course *c, int round, bool labelled, bool trained)
{
    const struct dia_learn_criterion *s = &c->settings.criterion;
    const dia_clock_plan plan = {.round = round,
                                 .rounds = s->rounds,
                                 .labelled = labelled,
                                 .trained = trained,
                                 .labels = c->settings.choose.labels + c->settings.choose.judge,
                                 .total = c->data.n,
                                 .most = s->labels,
                                 .swarms =
                                     c->settings.final.trajectories * c->members / fmax(c->settings.trajectories, 1.0)};
    const double own = dia_clock_left(&c->clock, &plan);
    return s->hours > 0.0 ? fmin(own, fmax(0.0, 3600.0 * s->hours - (dia_seconds() - c->begun))) : own;
}

void dia_course_expect(dia_course *c, int round, bool labelled, bool trained)
{
    c->end = dia_seconds() + left(c, round, labelled, trained);
}

void dia_course_left(const dia_course *c, size_t size, char *text)
{
    const double seconds = fmax(0.0, c->end - dia_seconds());
    text[0] = '\0';
    if (isnan(c->end))
        return;
    if (seconds < 60.0)
        snprintf(text, size, "%.0f s", seconds);
    else if (seconds < 3600.0)
        snprintf(text, size, "%.0f min", seconds / 60.0);
    else
        snprintf(text, size, "%.1f h", seconds / 3600.0);
}
