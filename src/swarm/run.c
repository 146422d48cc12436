/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a plan: existing results, the journal, the flight, the swarm file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "dynamics/light.h"
#include "dynamics/like.h"
#include "model/verdict.h"
#include "parallel/team.h"
#include "swarm/file/table.h"
#include "swarm/plan.h"

/* ---- existing results ------------------------------------------------------------------------ */

/* May the swarm and its journal be written there? */
static dia_status check_output(const dia_run_plan *plan, const char *journal, dia_error *error)
{
    int nfile;
    const dia_file *files = dia_model_files(plan->model, &nfile);
    const dia_claim swarm = {.path = plan->path,
                             .key = plan->key,
                             .what = "a swarm",
                             .ours = dia_store_is,
                             .mark = DIA_SWARM_FORMAT},
                    beside = {.path = journal, .key = plan->key, .what = "the journal of a flight", .mark = "DIAJRNL"};
    dia_status status = dia_config_check_output(plan->config, &swarm, nfile, files, error);
    return status == DIA_OK ? dia_config_check_output(plan->config, &beside, nfile, files, error) : status;
}

/* ---- the journal ----------------------------------------------------------------------------- */

typedef struct departure { /* a flight and its journal */
    dia_flight flight;
    dia_journal *journal;
    char *stored; /* initial conditions from the journal; NULL: the plan's */
} departure;

/* Is it a swarm that was flown until the same errors? */
static bool asks_same(const dia_swarm *there, const char *asked)
{
    const size_t length = strlen(asked);
    return strncmp(there->until, asked, length) == 0 && there->until[length] == '\n';
}

/* The identity of the plan's flight cut to N trajectories, on the heap. */
static dia_status cut_identity(const dia_run_plan *plan, int64_t N, char **made, dia_error *error)
{
    dia_flight flight;
    char *resolved = NULL;
    dia_status status = dia_run_plan_cut(plan, &plan->flight, N, &flight, &resolved, error);
    if (status == DIA_OK && (*made = dia_flight_identity(&flight)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the identity of the flight");
    free(resolved);
    return status;
}

/* The identity that a finished swarm must have to be this one; *made owns it if it is not the plan's. A flight that ends when
 * errors are reached may have any number of trajectories: then it is that of as many as there are. */
static dia_status identity_there(const dia_run_plan *plan, bool replaces, const char **identity, char **made,
                                 dia_error *error)
{
    dia_swarm *there = NULL;
    dia_error none = {0};
    dia_status status = DIA_OK;
    *identity = plan->identity;
    *made = NULL;
    if (plan->until == NULL || access(plan->path, F_OK) != 0 ||
        dia_swarm_open_lean(&there, plan->path, &none) != DIA_OK)
        return DIA_OK;
    char *asked = dia_until_text(plan->until);
    if (asked == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the identity of the flight");
    else if (there->until != NULL && asks_same(there, asked) && there->N <= plan->flight.count)
        status = cut_identity(plan, there->N, made, error);
    else if (there->until != NULL && !asks_same(there, asked) && !replaces && there->until[0] != '\n')
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: is there already and is the result of something else (there: until '%.*s'; now: "
                               "'%.300s'); choose another %s, or --fresh to replace it",
                               plan->path, (int)strcspn(there->until, "\n"), there->until, asked, plan->key);
    *identity = *made != NULL ? *made : plan->identity;
    free(asked);
    dia_swarm_close(there);
    return status;
}

/* Something else is there: is it this swarm with other trajectories, or another duration? */
static void hint_extension(const dia_run_plan *plan, dia_error *error)
{
    dia_swarm *there = NULL;
    dia_error none = {0};
    const dia_error said = *error;
    if (plan->shard == NULL && dia_swarm_open_lean(&there, plan->path, &none) == DIA_OK && there->identity != NULL &&
        there->N <= plan->flight.count && there->T <= dia_flight_samples(&plan->flight) &&
        dia_run_extends(there->identity, plan->identity)) {
        *error = (dia_error){0};
        dia_error_set(error, said.status, "%s; or --extend, to fly on from what is there", said.text);
    }
    dia_swarm_close(there);
}

/* journal: NULL if the swarm is complete already. known: it was opened before in this run. */
static dia_status open_journal(departure *now, const dia_run_plan *plan, const char *path, bool fresh, bool known,
                               const dia_control *control, dia_error *error)
{
    dia_journal **const journal = &now->journal;
    bool complete = false, replaces = fresh;
    dia_status status = check_output(plan, path, error);
    now->flight = plan->flight;
    if (status == DIA_OK && !fresh &&
        access(path, F_OK) == 0) { /* an interrupted flight may have been allowed to replace the file */
        status = dia_flight_journal(&now->flight, journal, path, false, &now->stored, error);
        replaces = status == DIA_OK && dia_journal_replaces(*journal);
    }
    const char *identity = NULL;
    char *made = NULL;
    const bool opened = status == DIA_OK;
    if (status == DIA_OK)
        status = identity_there(plan, replaces, &identity, &made, error);
    if (status == DIA_OK)
        status = dia_store_existing(&(dia_claim){.path = plan->path, .key = plan->key}, identity, replaces, &complete,
                                    error);
    free(made);
    if (opened && status == DIA_ERROR_INPUT)
        hint_extension(plan, error);
    if (status == DIA_OK && complete && !replaces) {
        if (*journal != NULL)
            dia_journal_remove(*journal);
        *journal = NULL;
        return DIA_OK;
    }
    if (status == DIA_OK && !known)
        status = dia_run_plan_fits_disk(plan, plan->flight.count, control, error);
    if (status == DIA_OK && *journal == NULL)
        return dia_flight_journal(&now->flight, journal, path, fresh, &now->stored, error);
    if (status != DIA_OK) {
        dia_journal_close(*journal);
        *journal = NULL;
    }
    return status;
}

/* ---- flying ---------------------------------------------------------------------------------- */

static void tell_light(const dia_run_plan *plan, double length, const dia_control *control)
{
    char text[800];
    dia_error ignored = {0}; /* it is said again by the flight */
    if (dia_light_note(plan->dynamics.light, plan->model, (int)fmin(16.0, (double)plan->flight.count), plan->flight.R,
                       length, sizeof text, text, &ignored) == DIA_OK &&
        text[0] != '\0')
        dia_control_warn(control, "dynamics.%s", text);
}

/* Warnings and notes when a flight begins. */
static void tell_beginning(const dia_run_plan *plan, const departure *now, const dia_control *control)
{
    const dia_journal *journal = now->journal;
    const dia_dynamics *dynamics = &plan->dynamics;
    const double length = (double)plan->flight.steps * dynamics->timestep;
    if (fabs(length - dynamics->duration) > 1e-6 * dynamics->timestep)
        dia_control_warn(
            control,
            "dynamics.duration is %.8g fs, no multiple of dynamics.timestep, %.8g fs: the trajectories fly "
            "%lld steps, %.8g fs",
            dynamics->duration / DIA_FEMTOSECOND, dynamics->timestep / DIA_FEMTOSECOND, (long long)plan->flight.steps,
            length / DIA_FEMTOSECOND);
    if (dynamics->like != 0) {
        char text[400];
        dia_like_text(dynamics->like, sizeof text, text);
        dia_control_note(control, "where the input says nothing else: %s", text);
    }
    tell_light(plan, length, control);
    if (dia_model_note(plan->model) != NULL)
        dia_control_warn(control, "the model: %s", dia_model_note(plan->model));
    char *verdict = dia_model_verdict(plan->model);
    if (verdict != NULL && strncmp(verdict, "fail", 4) == 0)
        dia_control_warn(control, "check of the model (`diabolo check`): %s", verdict);
    else if (verdict != NULL)
        dia_control_note(control, "check of the model (`diabolo check`): %s", verdict);
    free(verdict);
    if (plan->initial.note[0] != '\0')
        dia_control_warn(control, "%s", plan->initial.note);
    if (dia_journal_damaged(journal) > 0)
        dia_control_warn(control, "%s.journal: %llu bytes are torn or damaged; what they held is flown again",
                         plan->path, (unsigned long long)dia_journal_damaged(journal));
    if (dia_journal_resumed(journal))
        dia_control_note(control, "going on from %s.journal", plan->path);
    if (now->stored != NULL)
        dia_control_warn(control,
                         "%s.journal: its initial conditions differ from those sampled here by rounding, as on another "
                         "kind of processor; the flight goes on with those of the journal",
                         plan->path);
}

/* Writes what a watch has found to be enough. */
static dia_status assemble_cut(const dia_run_plan *plan, const departure *now, const dia_watch *watch,
                               const dia_control *control, dia_error *error)
{
    dia_flight flight;
    char *resolved = NULL, *text = dia_watch_text(watch);
    dia_status status =
        text != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to describe the flight");
    if (status == DIA_OK)
        status = dia_run_plan_cut(plan, &now->flight, dia_watch_taken(watch), &flight, &resolved, error);
    if (status == DIA_OK) {
        flight.until = text;
        status = dia_flight_assemble(&flight, now->journal, plan->path, control, error);
    }
    if (status == DIA_OK && !dia_watch_reached(watch))
        dia_control_warn(control,
                         "until: all %lld trajectories are flown, and not every error is reached: raise "
                         "initial.trajectories",
                         (long long)plan->flight.count);
    free(resolved);
    free(text);
    return status;
}

static dia_status fly(const dia_run_plan *plan, departure *now, double checkpoint, dia_run_beside *beside,
                      const dia_control *control, dia_run_result *result, dia_error *error)
{
    dia_flight_progress last = {0};
    dia_error reason = {0};
    dia_watch *watch = NULL;
    bool flown = false;
    dia_status status =
        plan->until != NULL ? dia_watch_create(&watch, plan->until, &now->flight, beside->least, &reason) : DIA_OK;
    now->flight.watch = watch;
    if (status == DIA_OK)
        status = dia_flight_fly(&now->flight, now->journal, checkpoint, control, &last, &reason);
    flown = status == DIA_OK;
    result->flown = last.flown;
    result->seconds = last.seconds;
    beside->taken = status == DIA_OK && watch != NULL ? dia_watch_taken(watch) : 0;
    if (status == DIA_OK && !beside->hold)
        status = watch != NULL ? assemble_cut(plan, now, watch, control, &reason)
                               : dia_flight_assemble(&now->flight, now->journal, plan->path, control, &reason);
    now->flight.watch = NULL;
    dia_watch_free(watch);
    if (status == DIA_ERROR_INTERRUPTED)
        return dia_error_set(error, status,
                             "interrupted with %.0f %% flown; the same command goes on from %s.journal, and ends as if "
                             "undisturbed",
                             100.0 * (double)last.done / (double)last.total, plan->path);
    if (status == DIA_ERROR_FILE && flown)
        return dia_error_set(
            error, status,
            "%s; nothing is lost: all is flown and kept in %s.journal, from which the same command writes "
            "the file when it can",
            reason.text, plan->path);
    return status == DIA_OK ? DIA_OK : dia_error_set(error, status, "%s", reason.text);
}

/* A swarm that is complete has as many trajectories as it has. */
static dia_status take_complete(const dia_run_plan *plan, dia_run_beside *beside, dia_error *error)
{
    dia_swarm *there = NULL;
    if (plan->until == NULL)
        return DIA_OK;
    dia_status status = dia_swarm_open_lean(&there, plan->path, error);
    if (status != DIA_OK)
        return status;
    beside->taken = there->N;
    dia_swarm_close(there);
    if (beside->taken >= beside->least)
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "%s is complete with %lld trajectories, but the errors of all methods together need %lld: choose "
        "another %s, or --fresh to fly all methods anew",
        plan->path, (long long)beside->taken, (long long)beside->least, plan->key);
}

dia_status dia_run_plan_fly(const dia_run_plan *plan, const dia_run_flags *flags, const dia_control *control,
                            dia_run_result *result, dia_error *error)
{
    static const dia_run_flags none = {0};
    dia_run_result unasked;
    return dia_run_plan_fly_beside(plan, flags != NULL ? flags : &none, &(dia_run_beside){0}, control,
                                   result != NULL ? result : &unasked, error);
}

dia_status dia_run_plan_fly_beside(const dia_run_plan *plan, const dia_run_flags *flags, dia_run_beside *beside,
                                   const dia_control *control, dia_run_result *result, dia_error *error)
{
    *result = (dia_run_result){.threads = dia_team_size(dia_control_threads(control))};
    if (strlen(plan->path) >= sizeof result->path)
        return dia_error_set(error, DIA_ERROR_INPUT, "output.file: the name is longer than %zu bytes",
                             sizeof result->path - 1);
    strcpy(result->path, plan->path);
    char *path = malloc(strlen(plan->path) + sizeof ".journal");
    if (path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    sprintf(path, "%s.journal", plan->path);
    departure now = {0};
    dia_status status = open_journal(&now, plan, path, flags->fresh && !beside->again, beside->again, control, error);
    free(path);
    if (status != DIA_OK)
        return status;
    result->complete = now.journal == NULL;
    if (result->complete) {
        status = take_complete(plan, beside, error);
    } else {
        if (!beside->again)
            tell_beginning(plan, &now, control);
        status = fly(plan, &now, flags->checkpoint > 0.0 ? flags->checkpoint : 30.0, beside, control, result, error);
        if (status == DIA_OK && !beside->hold)
            dia_journal_remove(now.journal);
        else if (status == DIA_ERROR_INPUT && result->flown == 0 && !dia_journal_resumed(now.journal))
            dia_journal_remove(now.journal); /* what was asked cannot be flown */
        else
            dia_journal_close(now.journal);
    }
    free(now.stored);
    return status;
}

dia_status dia_run(const dia_input *input, const dia_run_flags *flags, const dia_control *control,
                   dia_run_result *result, dia_error *error)
{
    dia_run_plan *plan;
    dia_run_result unasked;
    result = result != NULL ? result : &unasked;
    dia_status status = dia_run_plan_prepare(&plan, input, flags, control, error);
    if (status == DIA_OK && plan->method[0] != '\0')
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "the input has a block `methods` and describes several swarms; this call runs one");
    if (status == DIA_OK)
        status = flags != NULL && flags->extend ? dia_run_plan_extend(plan, flags, control, result, error)
                                                : dia_run_plan_fly(plan, flags, control, result, error);
    dia_run_plan_free(plan);
    return status;
}
