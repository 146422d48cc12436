/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extending a finished swarm, so that it is bit for bit the one that was asked for from the start.
 *
 * More trajectories: those that are new fly into a file of their own, like a shard, which is joined to the swarm (join.c).
 * A longer duration: every trajectory goes on from its last state, which the swarm file keeps (restart/state).
 * Both: first the old trajectories fly on, then the new ones are added.
 *
 * What is excluded from the means is excluded at all times. A trajectory that loses its energy in the new part so changes the
 * populations of the old one, and these are sums that have forgotten it: then all is flown from the start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/provenance.h"
#include "parallel/team.h"
#include "swarm/join.h"
#include "swarm/plan.h"

typedef struct extension {
    dia_run_plan *plan;
    const dia_run_flags *flags;
    const dia_control *control;
    dia_run_result *result;
    dia_error *error;
    dia_swarm *there;
    char *journal; /* path */
    bool anew;     /* all was flown from the start */
} extension;

/* ---- does the swarm grow into the one that is asked for? -------------------------------------- */

/* A line that may differ: the number of trajectories, the duration, digests of files of starts, which are compared themselves. */
static bool may_differ(const char *block, const char *line)
{
    static const char *const free_lines[][2] = {{"initial:", "    trajectories: "},
                                                {"initial:", "    # SHA-256 of "},
                                                {"dynamics:", "    duration: "},
                                                {"", DIA_IDENTITY_SAMPLED}};
    for (size_t i = 0; i < sizeof free_lines / sizeof free_lines[0]; i++)
        if (strncmp(line, free_lines[i][1], strlen(free_lines[i][1])) == 0 &&
            (free_lines[i][0][0] == '\0' || strncmp(block, free_lines[i][0], strlen(free_lines[i][0])) == 0))
            return true;
    return false;
}

/* A copy without those lines, on the heap; NULL: out of memory. */
static char *stripped(const char *identity)
{
    char *copy = malloc(strlen(identity) + 1), *to = copy;
    const char *block = "";
    while (copy != NULL && *identity != '\0') {
        const size_t line = strcspn(identity, "\n"), size = line + (identity[line] == '\n');
        if (identity[0] != ' ')
            block = identity;
        if (!may_differ(block, identity)) {
            memcpy(to, identity, size);
            to += size;
        }
        identity += size;
    }
    if (copy != NULL)
        *to = '\0';
    return copy;
}

bool dia_run_extends(const char *before, const char *now)
{
    char difference[600], *a = stripped(before), *b = stripped(now);
    const bool same = a != NULL && b != NULL && !dia_identity_differs(a, b, sizeof difference, difference);
    free(a);
    free(b);
    return same;
}

static dia_status check_settings(const extension *x)
{
    char difference[600];
    char *before = x->there->identity != NULL ? stripped(x->there->identity) : NULL, *now = stripped(x->plan->identity);
    dia_status status = DIA_OK;
    if (x->there->identity == NULL || x->there->partial != NULL || x->there->shard != NULL)
        status = dia_error_set(x->error, DIA_ERROR_INPUT, "%s: cannot be extended: it is %s", x->there->path,
                               x->there->identity == NULL  ? "the file of an older program"
                               : x->there->partial != NULL ? "merged from a part of its shards"
                                                           : "a shard");
    else if (before == NULL || now == NULL)
        status = dia_error_set(x->error, DIA_ERROR_MEMORY, "no memory to compare settings");
    else if (dia_identity_differs(before, now, sizeof difference, difference))
        status = dia_error_set(x->error, DIA_ERROR_INPUT,
                               "%s: only initial.trajectories and dynamics.duration may differ from the swarm that is "
                               "extended (%s)",
                               x->there->path, difference);
    free(before);
    free(now);
    return status;
}

/* The first trajectories must begin as those of the file. */
static dia_status check_starts(const extension *x)
{
    const dia_swarm *s = x->there;
    const dia_flight *flight = &x->plan->flight;
    const size_t n = (size_t)s->N, ncart = (size_t)dia_model_shape(flight->model).ncart,
                 width = flight->c != NULL ? 2 * (size_t)s->nstate : 0, most = ncart > width ? ncart : width;
    double *room = dia_allocate(n * most, sizeof *room);
    dia_status status =
        room != NULL ? DIA_OK : dia_error_set(x->error, DIA_ERROR_MEMORY, "no memory to compare starts");
    bool same =
        dia_swarm_row_size(s, "initial/position") == ncart && dia_swarm_row_size(s, "initial/amplitudes") == width;
    const struct {
        const char *name;
        const double *now;
        size_t width;
    } arrays[] = {{"initial/position", flight->R, ncart},
                  {"initial/velocity", flight->V, ncart},
                  {"initial/amplitudes", flight->c, width}};
    for (int i = 0; i < 3 && status == DIA_OK && same; i++) {
        if (arrays[i].width == 0)
            continue;
        status = dia_swarm_copy(s, arrays[i].name, 0, n, room, x->error);
        same = status == DIA_OK && memcmp(room, arrays[i].now, n * arrays[i].width * sizeof *room) == 0;
    }
    for (size_t j = 0; j < n && same; j++)
        same =
            s->number[j] == (int64_t)j && s->initial_state[j] == flight->state[j] && s->weight[j] == flight->weight[j];
    free(room);
    if (status != DIA_OK || same)
        return status;
    return dia_error_set(
        x->error, DIA_ERROR_INPUT,
        "%s: its trajectories begin otherwise than the first %lld of this input. Starts that are chosen "
        "among all (initial.state: excited) change with their number, and another kind of processor "
        "samples otherwise by rounding: such a swarm cannot be extended here, only flown anew (--fresh)",
        s->path, (long long)s->N);
}

/* ---- more trajectories ------------------------------------------------------------------------ */

static dia_status join_new(const extension *x, const char *beyond)
{
    const dia_run_plan *plan = x->plan;
    dia_swarm *parts[2] = {x->there, NULL};
    bool rounded = false;
    dia_status status = dia_swarm_open_lean(&parts[1], beyond, x->error);
    const dia_join join = {
        .n = 2, .part = parts, .resolved = plan->whole_resolved, .identity = plan->whole_identity, .strict = true};
    if (status == DIA_OK)
        status = dia_join_write(&join, plan->path, x->control, &rounded, x->error);
    dia_swarm_close(parts[1]);
    if (status == DIA_OK)
        unlink(beyond);
    return status;
}

static dia_status add_trajectories(const extension *x)
{
    dia_run_plan *plan = x->plan;
    const dia_shard shard = {
        .number = 2, .count = 2, .first = x->there->N, .past = plan->flight.count, .whole = plan->flight.count};
    char word[80], *path = plan->path;
    snprintf(word, sizeof word, ".extension-%lld-to-%lld", (long long)shard.first, (long long)shard.past - 1);
    char *beyond = dia_run_path_with(path, word);
    if (beyond == NULL)
        return dia_error_set(x->error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    dia_control_note(x->control, "extending %s by trajectories %lld to %lld", path, (long long)shard.first,
                     (long long)shard.past - 1);
    const dia_run_result before = *x->result;
    dia_status status = dia_run_plan_divide(plan, &shard, x->error);
    plan->path = beyond;
    if (status == DIA_OK)
        status = dia_run_plan_fly(plan, x->flags, x->control, x->result, x->error);
    plan->path = path;
    x->result->flown += before.flown;
    x->result->seconds += before.seconds;
    if (status == DIA_OK)
        status = join_new(x, beyond);
    free(beyond);
    return status;
}

/* ---- a longer duration ------------------------------------------------------------------------ */

/* Everything from the start; a flight that is interrupted goes on so. */
static dia_status fly_anew(extension *x)
{
    dia_run_flags flags = *x->flags;
    flags.fresh = true;
    x->anew = true;
    return dia_run_plan_fly(x->plan, &flags, x->control, x->result, x->error);
}

/* The trajectories of the file, `whole` cut to them. */
static dia_status fly_longer(extension *x, const dia_flight *whole)
{
    dia_flight flight = *whole;
    dia_journal *journal = NULL;
    char *stored = NULL;
    dia_flight_progress last = {0};
    dia_error reason = {0};
    flight.before = x->there;
    dia_status status = dia_run_plan_fits_disk(x->plan, flight.count, x->control, x->error);
    if (status == DIA_OK)
        status = dia_flight_journal(&flight, &journal, x->journal, false, &stored, x->error);
    if (status != DIA_OK)
        return status;
    dia_control_note(x->control, "%s %s from %.6g fs to %.6g fs",
                     dia_journal_resumed(journal) ? "going on with" : "extending", x->plan->path,
                     (double)dia_flight_steps_before(&flight) * x->there->timestep,
                     (double)flight.steps * x->there->timestep);
    status = dia_flight_fly(&flight, journal, x->flags->checkpoint > 0.0 ? x->flags->checkpoint : 30.0, x->control,
                            &last, &reason);
    x->result->flown = last.flown;
    x->result->seconds = last.seconds;
    const int64_t lost = status == DIA_OK ? dia_flight_lost(&flight, journal, &reason) : 0;
    status = lost < 0 ? reason.status : status;
    if (status == DIA_OK && lost == 0)
        status = dia_flight_assemble(&flight, journal, x->plan->path, x->control, &reason);
    if (status == DIA_OK)
        dia_journal_remove(journal);
    else
        dia_journal_close(journal);
    free(stored);
    if (status == DIA_ERROR_INTERRUPTED)
        return dia_error_set(x->error, status, "interrupted; the same command goes on from %s", x->journal);
    if (status != DIA_OK)
        return dia_error_set(x->error, status, "%s", reason.text);
    if (lost == 0)
        return DIA_OK;
    dia_control_warn(
        x->control,
        "%lld trajectories end in the added time by what excludes them from the populations at all times, so "
        "those of the swarm that is there change too: all trajectories are flown again from the start",
        (long long)lost);
    return fly_anew(x);
}

/* ---- both ------------------------------------------------------------------------------------- */

/* Afterwards the file is that of a swarm as long as the new one, which only lacks trajectories: an interruption in the second
 * part is resumed as that. */
static dia_status grow(extension *x)
{
    dia_flight flight;
    char *resolved = NULL;
    dia_status status = dia_run_plan_cut(x->plan, &x->plan->flight, x->there->N, &flight, &resolved, x->error);
    if (status == DIA_OK)
        status = fly_longer(x, &flight);
    free(resolved);
    if (status != DIA_OK || x->anew)
        return status;
    dia_swarm_close(x->there);
    x->there = NULL;
    status = dia_swarm_open_lean(&x->there, x->plan->path, x->error);
    return status == DIA_OK ? add_trajectories(x) : status;
}

/* ---- the whole -------------------------------------------------------------------------------- */

static dia_status extend(extension *x)
{
    const dia_swarm *s = x->there;
    const dia_flight *flight = &x->plan->flight;
    const int64_t N = flight->count, T = dia_flight_samples(flight);
    dia_status status = check_settings(x);
    if (status != DIA_OK)
        return status;
    if (N < s->N || T < s->T || (N == s->N && T == s->T))
        return dia_error_set(x->error, DIA_ERROR_INPUT,
                             "%s holds %lld trajectories of %.6g fs, the input asks for %lld of %.6g fs: that is no "
                             "extension",
                             s->path, (long long)s->N, (double)((s->T - 1) * s->every) * s->timestep, (long long)N,
                             (double)flight->steps * s->timestep);
    if (s->width == 0 || dia_swarm_row_size(s, "restart/electronic") == 0 ||
        dia_swarm_row_size(s, "restart/diabatic") == 0) {
        dia_control_warn(x->control,
                         "%s keeps no states to go on from (output.extendable, and files of earlier versions): all "
                         "trajectories are flown from the start",
                         s->path);
        return fly_anew(x);
    }
    status = check_starts(x);
    if (status != DIA_OK)
        return status;
    return T == s->T ? add_trajectories(x) : N == s->N ? fly_longer(x, flight) : grow(x);
}

/* A journal of a flight from the start is beside the swarm: that flight goes on. An extension that was finished may have left
 * its own. */
static dia_status look_at_journal(const extension *x, bool complete, bool *whole)
{
    dia_journal_view view;
    *whole = false;
    if (access(x->journal, F_OK) != 0)
        return DIA_OK;
    const dia_status status = dia_journal_look(x->journal, &view, x->error);
    if (status != DIA_OK)
        return status;
    const size_t length = strlen(x->plan->identity);
    const bool own = view.identity != NULL && strncmp(view.identity, x->plan->identity, length) == 0;
    *whole = own && view.identity[length] == '\0';
    if (complete && own && !*whole && !view.locked)
        unlink(x->journal);
    free(view.identity);
    return DIA_OK;
}

dia_status dia_run_plan_extend(dia_run_plan *plan, const dia_run_flags *flags, const dia_control *control,
                               dia_run_result *result, dia_error *error)
{
    extension x = {.plan = plan, .flags = flags, .control = control, .result = result, .error = error};
    dia_run_flags plain = *flags;
    bool whole = false;
    plain.extend = false;
    if (plan->until != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a flight with `until` ends by itself: leave `until` out of the input and set "
                             "initial.trajectories to extend what it has flown");
    if (access(plan->path, F_OK) != 0)
        return dia_run_plan_fly(plan, &plain, control, result, error);
    *result = (dia_run_result){.threads = dia_team_size(dia_control_threads(control))};
    x.flags = &plain;
    x.journal = malloc(strlen(plan->path) + sizeof ".journal");
    if (x.journal == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    sprintf(x.journal, "%s.journal", plan->path);
    dia_status status = dia_swarm_open_lean(&x.there, plan->path, error);
    const bool complete =
        status == DIA_OK && x.there->identity != NULL && strcmp(x.there->identity, plan->identity) == 0;
    if (status == DIA_OK)
        status = look_at_journal(&x, complete, &whole);
    if (status == DIA_OK && (complete || whole))
        status = dia_run_plan_fly(plan, &plain, control, result, error);
    else if (status == DIA_OK)
        status = extend(&x);
    snprintf(result->path, sizeof result->path, "%s", plan->path);
    dia_swarm_close(x.there);
    free(x.journal);
    return status;
}
