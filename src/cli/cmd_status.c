/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo status`: how far flights are, read from their journals, which nothing disturbs. */
#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/output.h"
#include "cli/cli.h"
#include "cli/status_other.h"
#include "store/store.h"
#include "swarm/file/table.h"
#include "swarm/journal.h"

typedef enum state { FINISHED, RUNNING, STOPPED, NOT_BEGUN, STATES } state;
static const char *const words[STATES] = {"finished", "running", "stopped", "not begun"};

typedef struct flight { /* of one swarm file */
    char *path;
    state state;
    dia_shard shard;        /* count 0: it is none, or nothing says so       */
    int64_t done, total;    /* trajectories at their end, of all             */
    double part, steps;     /* 0 to 1; trajectory-steps of the whole         */
    double rate, left, age; /* trajectory-steps a second, seconds; NaN: not known */
    long process;
} flight;

typedef struct flights {
    flight *item;
    int n;
    dia_other *other; /* trainings and courses of learning */
    int nother;
} flights;

static bool exists(const char *path, const char *suffix)
{
    char name[4200];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return access(name, F_OK) == 0;
}

/* ---- one flight ------------------------------------------------------------------------------ */

static void look_at_file(flight *f)
{
    dia_store *store = NULL;
    dia_error none = {0};
    char *text = NULL;
    f->state = FINISHED;
    f->part = 1.0;
    f->left = 0.0;
    if (dia_store_open(&store, f->path, &none) == DIA_OK) { /* it is whole: nobody writes to it */
        (void)!dia_store_attribute_int(store, "", "trajectories", &f->total, &none);
        if (dia_store_has_attribute(store, "", "shard") &&
            dia_store_attribute_text(store, "", "shard", &text, &none) == DIA_OK)
            dia_shard_parse(text, &f->shard);
    }
    f->done = f->total;
    free(text);
    dia_store_close(&store);
}

static dia_status look(flight *f, dia_error *error)
{
    char path[4200];
    dia_journal_view view = {0};
    f->rate = f->left = f->age = NAN;
    snprintf(path, sizeof path, "%s.journal", f->path);
    if (access(path, F_OK) != 0) {
        if (exists(f->path, ""))
            look_at_file(f);
        else
            f->state = NOT_BEGUN;
        return DIA_OK;
    }
    const dia_status status = dia_journal_look(path, &view, error);
    if (status != DIA_OK)
        return status;
    const char *shard = view.identity != NULL ? strstr(view.identity, "    # shard ") : NULL;
    if (shard != NULL)
        dia_shard_parse(shard + strlen("    # shard "), &f->shard);
    f->state = view.locked ? RUNNING : STOPPED;
    f->process = view.process;
    f->total = view.size.count;
    f->done = view.complete;
    f->steps = (double)view.size.count * (double)view.size.steps;
    f->part = f->steps > 0.0 ? (double)view.done / f->steps : 0.0;
    f->age = view.last > 0.0 ? view.now - view.last : NAN;
    if (view.rate > 0.0) {
        f->rate = view.rate;
        f->left = (f->steps - (double)view.done) / view.rate;
    }
    free(view.identity);
    return DIA_OK;
}

/* ---- which flights --------------------------------------------------------------------------- */

static dia_status add(flights *all, const char *path, dia_error *error)
{
    for (int i = 0; i < all->n; i++)
        if (strcmp(all->item[i].path, path) == 0)
            return DIA_OK;
    flight *item = realloc(all->item, (size_t)(all->n + 1) * sizeof *item);
    if (item == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    all->item = item;
    flight *made = &item[all->n];
    *made = (flight){.path = strdup(path)};
    if (made->path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    all->n++;
    return look(made, error);
}

/* The name of a swarm from that of its journal or temporary file, in place. */
static void strip(char *path)
{
    static const char *const ends[] = {".journal", ".tmp"};
    for (size_t i = 0; i < 2; i++) {
        const size_t length = strlen(path), own = strlen(ends[i]);
        if (length > own && strcmp(path + length - own, ends[i]) == 0)
            path[length - own] = '\0';
    }
}

/* Shards and extensions of a swarm: STEM.shard-003-of-010.h5, STEM.extension-100-to-999.h5, and their journals. */
static dia_status add_parts(flights *all, const char *path, const char *word, dia_error *error)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    const size_t stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - path) : strlen(path);
    char pattern[8400];
    size_t used = 0;
    for (size_t i = 0; i < stem && used < sizeof pattern - 100; i++) {
        if (strchr("*?[\\", path[i]) != NULL)
            pattern[used++] = '\\';
        pattern[used++] = path[i];
    }
    snprintf(pattern + used, sizeof pattern - used, "%s*", word);
    glob_t found;
    dia_status status = DIA_OK;
    if (glob(pattern, 0, NULL, &found) != 0)
        return DIA_OK;
    for (size_t i = 0; i < found.gl_pathc && status == DIA_OK; i++) {
        strip(found.gl_pathv[i]);
        const size_t length = strlen(found.gl_pathv[i]), end = strlen(path + stem);
        if (length > end && strcmp(found.gl_pathv[i] + length - end, path + stem) == 0)
            status = add(all, found.gl_pathv[i], error);
    }
    globfree(&found);
    return status;
}

static dia_status add_other(flights *all, const char *path, bool *found, dia_error *error)
{
    dia_other *other = realloc(all->other, (size_t)(all->nother + 1) * sizeof *other);
    if (other == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    all->other = other;
    const dia_status status = dia_other_look(path, &other[all->nother], found, error);
    all->nother += *found;
    return status;
}

static dia_status add_argument(flights *all, const char *argument, dia_error *error)
{
    char *path = strdup(argument);
    if (path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    strip(path);
    const int before = all->n;
    bool other = false;
    dia_status status = add_parts(all, path, ".shard-", error);
    if (status == DIA_OK)
        status = add_parts(all, path, ".extension-", error);
    if (status == DIA_OK && !exists(path, ".journal"))
        status = add_other(all, path, &other, error);
    if (status == DIA_OK && !other && (exists(path, "") || exists(path, ".journal")))
        status = add(all, path, error);
    if (status == DIA_OK && !other && all->n == before)
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s: there is no such swarm, no journal of it and no shard; expected the name of a swarm "
                          "file (output.file), or of its shards",
                          path);
    free(path);
    return status;
}

/* ---- what is told ---------------------------------------------------------------------------- */

typedef struct sum { /* of shards if there are any, else of all flights */
    int state[STATES];
    int64_t done, total;
    double rate, left; /* trajectory-steps a second; seconds, NaN: not known */
} sum;

/* Is it the first shard of its swarm? Flights are sorted by name. */
static bool first_of_swarm(const flights *all, int i)
{
    const char *path = all->item[i].path, *word = strstr(path, ".shard-");
    return i == 0 || word == NULL || all->item[i - 1].shard.count == 0 ||
           strncmp(path, all->item[i - 1].path, (size_t)(word - path)) != 0;
}

/* Shards that have left no trace are not begun: trajectories are counted as the others know them. */
static sum add_up(const flights *all)
{
    sum s = {.left = 0.0};
    double remaining = 0.0, each = 0.0;
    int64_t whole = 0;
    int shards = 0, parts = 0;
    for (int i = 0; i < all->n; i++)
        shards += all->item[i].shard.count > 0;
    for (int i = 0; i < all->n; i++) {
        const flight *f = &all->item[i];
        if (shards > 0 && f->shard.count == 0 && f->state == FINISHED)
            continue; /* the swarm that was merged of them */
        parts += f->shard.count > 0 && first_of_swarm(all, i) ? f->shard.count : 0;
        whole += f->shard.count > 0 && first_of_swarm(all, i) ? f->shard.whole : 0;
        s.state[f->state]++;
        s.done += f->done;
        s.total += f->total;
        s.rate += f->state == RUNNING && f->rate > 0.0 ? f->rate : 0.0;
        remaining += f->state != FINISHED ? (1.0 - f->part) * f->steps : 0.0;
        each = f->total > 0 && f->steps > 0.0 ? f->steps / (double)f->total : each;
    }
    if (parts > shards) {
        s.state[NOT_BEGUN] += parts - shards;
        remaining += whole > s.total ? (double)(whole - s.total) * each : 0.0;
        s.total = whole > s.total ? whole : s.total;
    }
    s.left = remaining == 0.0 && s.state[NOT_BEGUN] == 0 ? 0.0 : s.rate > 0.0 ? remaining / s.rate : NAN;
    return s;
}

static void print_flight(const flight *f, int width)
{
    char text[48];
    printf("%-*s  %-9s  %8lld of %-8lld %5.1f %%", width, f->path, words[f->state], (long long)f->done,
           (long long)f->total, 100.0 * f->part);
    if (f->state == RUNNING && f->rate > 0.0) {
        dia_duration_text(f->left, sizeof text, text);
        printf("  %.3g steps/s, %s left", f->rate, text);
    }
    if (f->state == STOPPED)
        printf("  the command that began it goes on with it");
    if (f->state != FINISHED && !isnan(f->age)) {
        dia_duration_text(f->age, sizeof text, text);
        printf("; saved %s ago", text);
    }
    printf("\n");
}

static void print_all(const flights *all)
{
    char text[48];
    int width = 4;
    for (int i = 0; i < all->n; i++)
        width = (int)strlen(all->item[i].path) > width ? (int)strlen(all->item[i].path) : width;
    for (int i = 0; i < all->nother; i++)
        dia_other_print(&all->other[i]);
    for (int i = 0; i < all->n; i++)
        print_flight(&all->item[i], width);
    if (all->n < 2 && (all->n == 0 || all->item[0].shard.count == 0))
        return;
    const sum s = add_up(all);
    printf("%-*s  ", width, "all");
    for (int k = 0; k < STATES; k++)
        if (s.state[k] > 0)
            printf("%d %s, ", s.state[k], words[k]);
    printf("%lld of %lld trajectories", (long long)s.done, (long long)s.total);
    if (s.rate > 0.0) {
        dia_duration_text(s.left, sizeof text, text);
        printf(", %.3g steps/s, %s left at this rate", s.rate, text);
    }
    printf("\n");
}

static void print_json(const flights *all)
{
    dia_json json = {.out = stdout};
    const sum s = add_up(all);
    dia_json_object(&json, NULL);
    dia_json_text(&json, "format", "diabolo-status");
    dia_json_int(&json, "version", 1);
    dia_json_array(&json, "flights");
    for (int i = 0; i < all->n; i++) {
        const flight *f = &all->item[i];
        dia_json_object(&json, NULL);
        dia_json_text(&json, "file", f->path);
        dia_json_text(&json, "state", words[f->state]);
        dia_json_int(&json, "done", f->done);
        dia_json_int(&json, "trajectories", f->total);
        dia_json_real(&json, "part", f->part);
        dia_json_real(&json, "steps_per_second", f->rate);
        dia_json_real(&json, "seconds_left", f->left);
        dia_json_end(&json);
    }
    dia_json_end(&json);
    dia_json_array(&json, "others");
    for (int i = 0; i < all->nother; i++)
        dia_other_json(&all->other[i], &json);
    dia_json_end(&json);
    dia_json_int(&json, "done", s.done);
    dia_json_int(&json, "trajectories", s.total);
    for (int k = 0; k < STATES; k++)
        dia_json_int(&json, k == NOT_BEGUN ? "not_begun" : words[k], s.state[k]);
    dia_json_real(&json, "seconds_left", s.left);
    dia_json_end(&json);
}

static int compare_flights(const void *left, const void *right)
{
    const flight *a = left, *b = right;
    return strcmp(a->path, b->path);
}

static int run(int argc, char **argv)
{
    bool json = false;
    const dia_cli_flag options[] = {{.name = "json", .help = "Print one JSON object", .given = &json}, {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "SWARM.h5|NETWORK.h5|FOLDER...",
        .summary =
            "Say how far flights are: trajectories at their end, speed, time left; running, stopped or finished. "
            "The shards of a swarm are found by its name. Only journals are read, which disturbs nothing.",
        .details = "  diabolo status swarm.h5\n"
                   "Of a training (the name of its network) it tells member, stage and iteration, of a folder of "
                   "`diabolo learn` the round. docs/clusters.md",
        .least = 1,
        .most = -1,
        .flags = options};
    dia_cli cli;
    dia_error error = {0};
    flights all = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_status status = DIA_OK;
    for (int i = 0; i < cli.narg && status == DIA_OK; i++)
        status = add_argument(&all, cli.args[i], &error);
    if (status == DIA_OK && all.n > 0)
        qsort(all.item, (size_t)all.n, sizeof *all.item, compare_flights);
    if (status == DIA_OK && json)
        print_json(&all);
    else if (status == DIA_OK)
        print_all(&all);
    for (int i = 0; i < all.n; i++)
        free(all.item[i].path);
    for (int i = 0; i < all.nother; i++)
        free(all.other[i].path);
    free(all.item);
    free(all.other);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_status = {.name = "status", .summary = "How far flights are", .run = run};
