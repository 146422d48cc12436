/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/learn.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "base/provenance.h"
#include "check/check.h"
#include "learn/course.h"
#include "learn/process.h"
#include "molecule/xyz.h"
#include "parallel/team.h"
#include "store/store.h"
#include "train/dataset.h"

/* ---- messages -------------------------------------------------------------------------------- */

void dia_course_say(dia_course *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->now, sizeof c->now, format, arguments);
    va_end(arguments);
}

/* The trainings of a round are one piece of work. */
static void hear_progress(void *context, const dia_progress_state *state)
{
    const dia_course *c = context;
    char what[200];
    dia_progress_state own = *state;
    snprintf(what, sizeof what, "%s, %s", c->now, state->what);
    own.what = what;
    if (c->pieces > 0) {
        own.done = c->piece + (state->total > 0.0 ? state->done / state->total : 0.0);
        own.total = c->pieces;
        own.before = c->piece + (state->total > 0.0 ? state->before / state->total : 0.0);
    }
    dia_control_progress(c->outer, &own);
}

static void hear_warning(void *context, const char *text)
{
    const dia_course *c = context;
    if (c->piece == 0)
        dia_control_warn(c->outer, "%s: %s", c->now, text);
}

static void hear_note(void *context, const char *text)
{
    const dia_course *c = context;
    if (c->piece == 0) /* what is said of the first network holds of the others */
        dia_control_note(c->outer, "%s: %s", c->now, text);
}

/* A line of log.txt with the date: the one file that tells when what was done. */
static void log_line(const dia_course *c, const char *text)
{
    char *path = dia_path_join(c->folder, "log.txt"), date[40] = "";
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    const time_t now = time(NULL);
    struct tm parts;
    if (file != NULL && gmtime_r(&now, &parts) != NULL && strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
        fprintf(file, "%s %s\n", date, text);
    if (file != NULL)
        fclose(file);
    free(path);
}

/* ---- paths ----------------------------------------------------------------------------------- */

static dia_status path_of(const char *folder, int round, const char *name, char **path, dia_error *error)
{
    const size_t size = strlen(folder) + strlen(name) + 32;
    *path = malloc(size);
    if (*path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    if (round < 0)
        snprintf(*path, size, "%s/%s", folder, name);
    else
        snprintf(*path, size, "%s/round-%03d%s%s", folder, round, name[0] != '\0' ? "/" : "", name);
    return DIA_OK;
}

dia_status dia_course_path(const dia_course *c, int round, const char *name, char **path, dia_error *error)
{
    return path_of(c->folder, round, name, path, error);
}

dia_status dia_course_given(const dia_course *c, int round, const char *name, char **path, dia_error *error)
{
    return path_of(c->given, round, name, path, error);
}

bool dia_course_exists(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* The molecule is that of the data or of the geometry. */
static dia_status find_molecule(dia_course *c, dia_error *error)
{
    const struct dia_learn_start *s = &c->settings.start;
    if (s->geometry != NULL) {
        dia_xyz xyz;
        dia_status status = dia_xyz_read(&xyz, s->geometry, error);
        if (status != DIA_OK)
            return status;
        status = dia_molecule_copy(&c->bench.molecule, &xyz.molecule, error);
        dia_xyz_free(&xyz);
        return status;
    }
    dia_dataset data;
    dia_status status = dia_dataset_load(&data, s->data, error);
    if (status != DIA_OK)
        return status;
    status = dia_molecule_init(&c->bench.molecule, data.natom, 3, data.numbers, error);
    if (status == DIA_OK)
        memcpy(c->bench.molecule.reference, data.R, (size_t)data.ncart * sizeof(double));
    dia_dataset_free(&data);
    return status;
}

/* Settings and digest of the start: what an existing folder must have been made by. */
static dia_status identity(const dia_course *c, char **text, dia_error *error)
{
    char digest[DIA_DIGEST_SIZE], level[300];
    const char *start = c->settings.start.data != NULL ? c->settings.start.data : c->settings.start.geometry;
    char *settings = dia_learn_settings_text(&c->settings);
    size_t size = 0;
    FILE *out = settings != NULL ? open_memstream(text, &size) : NULL;
    dia_status status = out != NULL ? dia_digest_file(start, digest, error)
                                    : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the settings");
    if (status == DIA_OK) {
        c->bench.type->level(c->bench.self, c->settings.engine.states, sizeof level, level);
        fprintf(out, "# diabolo learn: settings that decide which labels are asked for\n%s# start: %s\n# labels: %s\n",
                settings, digest, level);
    }
    if (out != NULL)
        status = dia_text_close(out, text, status == DIA_OK ? error : NULL) == DIA_OK ? status : DIA_ERROR_MEMORY;
    free(settings);
    return status;
}

static dia_status write_text(const char *path, const char *text, dia_error *error)
{
    dia_output output;
    dia_status status = dia_output_open(&output, path, error);
    if (status != DIA_OK)
        return status;
    if (fputs(text, output.stream) < 0)
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be written", path);
    return dia_output_close(&output, status, error);
}

/* Removes what an earlier call left: only names that a call makes. */
static void clean(const dia_course *c)
{
    static const char *const names[] = {"kept",       "final",   "learn.txt", "learn.json",
                                        "learn.html", "log.txt", "learn.yaml"};
    char *path = NULL;
    dia_error ignored = {0};
    for (int round = 0; round < 10000; round++) {
        const bool there = dia_course_path(c, round, "", &path, &ignored) == DIA_OK && dia_course_exists(path);
        if (there)
            dia_folder_remove(path);
        free(path);
        if (!there)
            break;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (dia_course_path(c, -1, names[i], &path, &ignored) == DIA_OK)
            dia_folder_remove(path);
        free(path);
    }
}

static dia_status claim(dia_course *c, bool fresh, dia_error *error)
{
    char *path = NULL, *now = NULL, *before = NULL, difference[600];
    dia_status status = dia_course_path(c, -1, "learn.yaml", &path, error);
    if (status == DIA_OK && fresh && dia_course_exists(path))
        clean(c);
    if (status == DIA_OK)
        status = identity(c, &now, error);
    const bool there = status == DIA_OK && dia_course_exists(path);
    if (there)
        status = dia_file_text(path, 1 << 22, &before, error);
    if (status == DIA_OK && there && dia_identity_differs(before, now, sizeof difference, difference))
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s: this folder belongs to other settings (%s); --fresh removes what is there and begins "
                          "anew, or choose another output.folder",
                          c->folder, difference);
    if (status == DIA_OK && !there)
        status = write_text(path, now, error);
    free(path);
    free(now);
    free(before);
    return status;
}

static dia_status make_folders(dia_course *c, const dia_input *input, dia_error *error)
{
    const dia_node *output = dia_node_child(dia_config_root(c->config), "output"),
                   *node = output != NULL ? dia_node_child(output, "folder") : NULL;
    const bool set = input->output != NULL || (node != NULL && dia_node_was_set(node));
    char *lock = NULL;
    c->folder = strdup(c->settings.output.folder);
    c->given = strdup(node != NULL && !set   ? dia_node_text(node)
                      : node == NULL && !set ? "learn"
                                             : c->settings.output.folder);
    dia_status status = c->folder != NULL && c->given != NULL
                            ? dia_folder_make(c->folder, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    if (status == DIA_OK)
        status = dia_course_path(c, -1, "lock", &lock, error);
    if (status == DIA_OK)
        status = dia_lock_open(&c->lock, lock, "learning", error);
    free(lock);
    if (status != DIA_OK)
        return status;
    c->bench.kept = dia_path_join(c->folder, "kept");
    c->bench.scratch =
        c->settings.engine.scratch != NULL ? strdup(c->settings.engine.scratch) : dia_path_join(c->folder, "scratch");
    return c->bench.kept != NULL && c->bench.scratch != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
}

static dia_status open_course(dia_course *c, const dia_input *input, bool fresh, dia_error *error)
{
    dia_status status = dia_config_open(&c->config, input, "output.folder", error);
    if (status == DIA_OK)
        status = dia_learn_settings_read(&c->settings, c->config, error);
    if (status == DIA_OK && c->settings.members > DIA_LEARN_MEMBERS)
        status = dia_error_set(error, DIA_ERROR_INPUT, "members: at most %d", DIA_LEARN_MEMBERS);
    if (status == DIA_OK)
        status = find_molecule(c, error);
    c->bench.type = c->settings.type;
    c->bench.self = c->settings.self;
    c->bench.common = &c->settings.engine;
    c->bench.control = &c->control;
    if (status == DIA_OK) {
        status = c->settings.type->open(c->settings.self, &c->bench.molecule, c->settings.engine.states,
                                        dia_config_directory(c->config), error);
        c->opened = true;
    }
    if (status == DIA_OK)
        status = make_folders(c, input, error);
    if (status == DIA_OK)
        status = claim(c, fresh, error);
    if (status == DIA_OK)
        status = dia_folder_make(c->bench.scratch, error);
    if (status == DIA_OK && c->bench.type->starts)
        status = dia_folder_make(c->bench.kept, error);
    return status == DIA_OK ? dia_points_init(&c->data, &c->bench.molecule, c->settings.engine.states, error) : status;
}

static void close_course(dia_course *c)
{
    if (c->opened && c->settings.type->close != NULL)
        c->settings.type->close(c->settings.self);
    if (c->settings.engine.scratch == NULL && c->bench.scratch != NULL)
        dia_folder_remove(c->bench.scratch);
    dia_points_free(&c->data);
    dia_bench_free(&c->bench);
    dia_learn_settings_free(&c->settings);
    dia_config_free(c->config);
    if (c->lock >= 0)
        close(c->lock);
    free(c->folder);
    free(c->given);
}

/* ---- one round ------------------------------------------------------------------------------- */

/* chosen.h5: made if it is missing, then read, so that both ways go on from the same numbers. */
static dia_status choice(dia_course *c, int round, dia_points *chosen, dia_error *error)
{
    char *path = NULL;
    dia_points made = {0};
    dia_status status = dia_course_path(c, round, "chosen.h5", &path, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        status = dia_points_init(&made, &c->bench.molecule, c->settings.engine.states, error);
        if (status == DIA_OK)
            status = round == 0 ? dia_course_start(c, &made, error) : dia_course_choose(c, round - 1, &made, error);
        if (status == DIA_OK)
            status = dia_points_write(&made, false, path, error);
    }
    if (status == DIA_OK)
        status = dia_points_read(chosen, false, path, error);
    if (status == DIA_OK && round == 0)
        dia_course_start_done(c);
    dia_points_free(&made);
    free(path);
    return status;
}

/* Labels that cannot be right are not learned: gradients and couplings of states closer than 3 meV, where the response equations of a
 * program are ill-conditioned. */
static void mask_close(dia_points *p)
{
    const int nc = p->ncart;
    for (int i = 0; i < p->n; i++)
        for (int k = 1; k < p->nstate; k++) {
            if (!(p->E[i * p->nstate + k] - p->E[i * p->nstate + k - 1] < 3e-3 * DIA_EV))
                continue;
            for (int x = 0; x < nc; x++) {
                p->G[(i * p->nstate + k) * nc + x] = p->G[(i * p->nstate + k - 1) * nc + x] = NAN;
                p->h[(i * p->npair + k * (k - 1) / 2 + k - 1) * nc + x] = NAN;
            }
        }
}

static dia_status make_labels(dia_course *c, int round, const dia_points *chosen, const char *path, dia_error *error)
{
    char prefix[16], level[300], line[300], *journal = NULL, *failed = NULL, *text = NULL;
    size_t size = 0;
    dia_points made = {0};
    dia_bench_result result = {0};
    snprintf(prefix, sizeof prefix, "r%03d", round);
    dia_course_say(c, "round %d", round);
    dia_status status = dia_course_path(c, round, "labels.journal", &journal, error);
    if (status == DIA_OK)
        status = dia_course_path(c, round, "failed.txt", &failed, error);
    if (status == DIA_OK)
        status = dia_points_init(&made, &c->bench.molecule, c->settings.engine.states, error);
    FILE *failures = status == DIA_OK ? open_memstream(&text, &size) : NULL;
    if (status == DIA_OK && failures == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for labels");
    if (status == DIA_OK)
        status = dia_bench_label(&c->bench, chosen, prefix, journal, &made, failures, &result, error);
    if (failures != NULL && dia_text_close(failures, &text, error) != DIA_OK && status == DIA_OK)
        status = DIA_ERROR_MEMORY;
    if (status == DIA_OK) {
        c->bench.type->level(c->bench.self, c->settings.engine.states, sizeof level, level);
        made.level = strdup(level);
        mask_close(&made);
        status = write_text(failed, text, error);
    }
    if (status == DIA_OK)
        status = dia_points_write(&made, true, path, error);
    if (status == DIA_OK) {
        snprintf(line, sizeof line, "round %d: %d labels, %d failed, %d not unique; %.3g s a label", round,
                 result.count[DIA_LABELLED], result.count[DIA_LABEL_FAILED], result.count[DIA_LABEL_NOT_UNIQUE],
                 result.seconds / (result.timed > 0 ? result.timed : 1));
        log_line(c, line);
        dia_control_note(c->outer, "%s", line);
        unlink(journal);
    }
    dia_points_free(&made);
    free(text);
    free(journal);
    free(failed);
    return status;
}

/* Counts the lines of failed.txt. */
static dia_status count_failures(const dia_course *c, int round, dia_learn_round *r, dia_error *error)
{
    char *path = NULL, *text = NULL;
    dia_status status = dia_course_path(c, round, "failed.txt", &path, error);
    if (status == DIA_OK && dia_course_exists(path))
        status = dia_file_text(path, 1 << 26, &text, error);
    for (const char *line = text; status == DIA_OK && line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n'), *unique = strstr(line, " not unique:");
        const bool split = unique != NULL && (end == NULL || unique < end);
        r->not_unique += split;
        r->failed += !split;
        line = end != NULL ? end + 1 : NULL;
    }
    free(text);
    free(path);
    return status;
}

/* Labels of the round, read back; wave functions to start from are those of earlier rounds. */
static dia_status labels_of(dia_course *c, int round, dia_points *labels, dia_learn_round *r, dia_error *error)
{
    char *path = NULL, name[DIA_START_NAME];
    dia_points chosen = {0};
    const bool given = round == 0 && c->settings.start.data != NULL;
    dia_status status = dia_course_path(c, round, "", &path, error);
    if (status == DIA_OK)
        status = dia_folder_make(path, error);
    free(path);
    path = NULL;
    if (status == DIA_OK)
        status = dia_points_init(&chosen, &c->bench.molecule, c->settings.engine.states, error);
    if (status == DIA_OK)
        status = dia_course_path(c, round, "labels.h5", &path, error);
    if (status == DIA_OK && !given)
        status = choice(c, round, &chosen, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        if (given) {
            status = dia_points_load(&chosen, c->settings.start.data, &c->control, error);
            if (status == DIA_OK)
                status = dia_points_write(&chosen, true, path, error);
        } else {
            status = make_labels(c, round, &chosen, path, error);
        }
    }
    if (status == DIA_OK)
        status = dia_points_read(labels, true, path, error);
    if (status == DIA_OK)
        status = count_failures(c, round, r, error);
    for (int i = 0; i < chosen.n && status == DIA_OK && !given; i++) {
        snprintf(name, sizeof name, "r%03d-%04d", round, i);
        status = dia_bench_add_start(&c->bench, name, chosen.R + i * chosen.ncart, error);
    }
    r->labels = labels->n;
    dia_points_free(&chosen);
    free(path);
    return status;
}

/* The doctor on all labels so far: its page is kept, faults are told. */
static dia_status examine(dia_course *c, int round, const char *data, dia_error *error)
{
    char *path = NULL;
    dia_check_result found = {0};
    dia_status status = dia_course_path(c, round, "check.txt", &path, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        dia_course_say(c, "round %d", round);
        status = dia_check_dataset(data, NULL, &c->control, &found, error);
        if (status == DIA_OK && found.worst == DIA_SEVERITY_FAULT)
            dia_control_warn(c->outer, "round %d: the labels have faults: see %s", round, path);
        if (status == DIA_OK)
            status = write_text(path, found.text, error);
    }
    dia_check_result_free(&found);
    free(path);
    return status;
}

static dia_status write_data(dia_course *c, int round, const dia_points *labels, dia_error *error)
{
    char *path = NULL;
    dia_status status = DIA_OK;
    for (int i = 0; i < labels->n && status == DIA_OK; i++)
        status = dia_points_copy(&c->data, labels, i, error);
    if (status == DIA_OK)
        status = dia_course_path(c, round, "data.h5", &path, error);
    if (status == DIA_OK && !dia_course_exists(path))
        status = dia_points_write(&c->data, true, path, error);
    if (status == DIA_OK)
        status = examine(c, round, path, error);
    free(path);
    return status;
}

/* Everything of a round up to its networks. */
static dia_status one_round(dia_course *c, int round, dia_calibration *pooled, dia_error *error)
{
    dia_learn_round *rounds = realloc(c->result->round, ((size_t)round + 1) * sizeof *rounds);
    dia_points labels = {0};
    if (rounds == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a round");
    c->result->round = rounds;
    dia_learn_round *r = &rounds[round];
    *r = (dia_learn_round){0};
    dia_status status = dia_points_init(&labels, &c->bench.molecule, c->settings.engine.states, error);
    if (status == DIA_OK)
        status = labels_of(c, round, &labels, r, error);
    if (status == DIA_OK)
        status = dia_course_judge(c, round, &labels, pooled, r, error);
    if (status == DIA_OK)
        status = write_data(c, round, &labels, error);
    r->total = c->data.n;
    if (status == DIA_OK) {
        c->result->nround = round + 1;
        status = dia_networks_train(c, round, error);
    }
    dia_points_free(&labels);
    return status;
}

/* Why to end after this round; "": there is to be another. */
static void reason(const dia_course *c, int round, size_t size, char *why)
{
    const struct dia_learn_criterion *s = &c->settings.criterion;
    const dia_learn_round *r = &c->result->round[round];
    why[0] = '\0';
    if (r->met)
        snprintf(why, size, "the criterion is met: the networks of round %d were right at fresh hops", round - 1);
    else if (r->total >= s->labels)
        snprintf(why, size, "criterion.labels: %d labels without meeting the criterion", r->total);
    else if (round >= s->rounds)
        snprintf(why, size, "criterion.rounds: %d rounds without meeting the criterion", round);
    else if (s->hours > 0.0 && dia_seconds() - c->begun > 3600.0 * s->hours)
        snprintf(why, size, "criterion.hours: %.3g hours without meeting the criterion", s->hours);
}

static void tell_round(const dia_course *c, int round)
{
    const dia_learn_round *r = &c->result->round[round];
    char line[400];
    if (round == 0)
        snprintf(line, sizeof line, "round 0: networks trained on %d labels", r->total);
    else
        snprintf(
            line, sizeof line,
            "round %d: %d labels; at %d fresh hops the networks of round %d were off by %.3g +- %.2g meV (limit %.3g), "
            "expected at all %d hops: %.3g meV",
            round, r->total, r->judged, round - 1, 1e3 * r->energy / DIA_EV, 1e3 * r->energy_error / DIA_EV,
            1e3 * c->settings.criterion.energy / DIA_EV, r->hops, 1e3 * r->expected / DIA_EV);
    log_line(c, line);
    dia_control_note(c->outer, "%s", line);
}

static dia_status loop(dia_course *c, dia_error *error)
{
    dia_calibration pooled = {0};
    char why[200] = "";
    dia_status status = DIA_OK;
    for (int round = 0; status == DIA_OK && why[0] == '\0'; round++) {
        status = one_round(c, round, &pooled, error);
        if (status == DIA_OK)
            reason(c, round, sizeof why, why);
        if (status == DIA_OK) {
            tell_round(c, round);
            c->result->met = c->result->round[round].met;
            free(c->result->why);
            c->result->why = strdup(why);
            status = dia_course_write(c, error);
        }
        if (status == DIA_OK && why[0] == '\0')
            status = dia_course_fly(c, round, error);
    }
    if (status == DIA_OK)
        status = dia_course_path(c, c->result->nround - 1, "model-0.h5", &c->result->model, error);
    if (status == DIA_OK && c->settings.final.trajectories > 0)
        status = dia_course_finish(c, c->result->nround - 1, error);
    if (status == DIA_OK && c->settings.final.trajectories > 0)
        status = dia_course_write(c, error);
    free(pooled.ratio);
    return status;
}

dia_status dia_learn(const dia_input *input, bool fresh, const dia_control *control, dia_learn_result *result,
                     dia_error *error)
{
    dia_course c = {.outer = control, .lock = -1, .result = result, .begun = dia_seconds()};
    if (control != NULL)
        c.control = *control;
    c.control.context = &c;
    c.control.progress = hear_progress;
    c.control.warning = hear_warning;
    c.control.note = hear_note;
    *result = (dia_learn_result){0};
    (void)dia_team_size(1); /* BLAS uses one thread from here on: a resumed call must round as an undisturbed one */
    dia_status status = open_course(&c, input, fresh, error);
    if (status == DIA_OK)
        status = loop(&c, error);
    close_course(&c);
    return status;
}

void dia_learn_result_free(dia_learn_result *result)
{
    free(result->round);
    free(result->table);
    free(result->model);
    free(result->why);
    *result = (dia_learn_result){0};
}
