/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/status_other.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/output.h"
#include "cli/cli.h"
#include "swarm/file/table.h"
#include "store/store.h"

/* Seconds since the file was written; NaN: it is not there. */
static double age_of(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 ? fmax(difftime(time(NULL), about.st_mtime), 0.0) : NAN;
}

/* ---- trainings ------------------------------------------------------------------------------- */

/* A checkpoint appears whole. False: there is none. */
static bool look_at_checkpoint(const char *path, dia_other *o)
{
    dia_store *store = NULL;
    dia_error none = {0};
    const double age = age_of(path);
    if (isnan(age))
        return false;
    o->age = age;
    if (dia_store_open(&store, path, &none) != DIA_OK ||
        dia_store_attribute_int(store, "", "stage", &o->stage, &none) != DIA_OK ||
        dia_store_attribute_int(store, "", "iteration", &o->iteration, &none) != DIA_OK)
        o->stage = o->iteration = -1;
    dia_store_close(&store);
    return true;
}

/* Is a member trained again? */
static bool look_at_again(const char *path, int member, dia_other *o)
{
    char name[4200];
    bool found = false;
    for (int again = 1; again <= 20 && !found; again++) { /* committee.again is at most 20 */
        snprintf(name, sizeof name, "%s.member%d.again%d.checkpoint", path, member, again);
        found = look_at_checkpoint(name, o);
    }
    return found;
}

/* The members of a committee are trained one after the other, each into a file of its own; the last there is the one in work. */
static bool look_at_members(const char *path, dia_other *o)
{
    char name[4200];
    bool some = false;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%s.member%d", path, i);
        const bool whole = access(name, F_OK) == 0;
        strncat(name, ".checkpoint", sizeof name - strlen(name) - 1);
        if (look_at_checkpoint(name, o) || look_at_again(path, i, o))
            o->member = i;
        else if (!whole)
            return some;
        some = true;
    }
    return some;
}

/* The format of a file; "": none of ours. */
static void format_of(const char *path, size_t size, char *format)
{
    dia_store *store = NULL;
    dia_error none = {0};
    char *text = NULL;
    format[0] = '\0';
    if (dia_store_is_hdf5(path) && dia_store_open(&store, path, &none) == DIA_OK &&
        dia_store_has_attribute(store, "", "format") &&
        dia_store_attribute_text(store, "", "format", &text, &none) == DIA_OK)
        snprintf(format, size, "%s", text);
    free(text);
    dia_store_close(&store);
}

static dia_status look_at_training(const char *path, dia_other *o, bool *found, dia_error *error)
{
    char name[4200], format[80];
    long process = 0;
    snprintf(name, sizeof name, "%s.lock", path);
    const bool running = dia_lock_held(name, &process);
    snprintf(name, sizeof name, "%s.checkpoint", path);
    const bool begun = look_at_checkpoint(name, o) || look_at_members(path, o);
    format_of(path, sizeof format, format);
    o->state = running ? "running" : begun ? "stopped" : "finished";
    *found = running || begun || strcmp(format, "diabolo-model") == 0;
    if (*found || access(path, F_OK) != 0 || strcmp(format, DIA_SWARM_FORMAT) == 0)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s: is %s%.60s%s, of which nothing is told; expected a swarm, a network that is trained, or "
                         "a folder of `diabolo learn`",
                         path, format[0] != '\0' ? "a '" : "no file of Diabolo's", format,
                         format[0] != '\0' ? "' file" : "");
}

/* ---- courses of active learning --------------------------------------------------------------- */

/* The rest of the line of a text file that begins so. */
static bool find_line(const char *path, const char *begin, size_t size, char *rest)
{
    char line[1000];
    bool found = false;
    FILE *file = fopen(path, "r");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, begin, strlen(begin)) == 0) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(rest, size, "%.*s", (int)size - 1, line + strlen(begin));
            found = true;
        }
    if (file != NULL)
        fclose(file);
    return found;
}

static void look_at_course(const char *path, dia_other *o, bool *found)
{
    char name[4200];
    long process = 0;
    snprintf(name, sizeof name, "%s/learn.yaml", path);
    if (!find_line(name, "# diabolo learn:", sizeof o->ended, o->ended))
        return;
    *found = o->learning = true;
    o->ended[0] = '\0';
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        int round = -1;
        if (strncmp(entry->d_name, "round-", 6) == 0 && dia_text_int(entry->d_name + 6, 0, 9999, &round, 0, NULL) &&
            round > o->round)
            o->round = round;
    }
    if (folder != NULL)
        closedir(folder);
    snprintf(name, sizeof name, "%s/log.txt", path);
    o->age = age_of(name);
    snprintf(name, sizeof name, "%s/lock", path);
    const bool running = dia_lock_held(name, &process);
    snprintf(name, sizeof name, "%s/learn.txt", path);
    const bool ended = !running && find_line(name, "Ended: ", sizeof o->ended, o->ended);
    o->state = running ? "running" : ended ? "finished" : "stopped";
}

/* ---- both ------------------------------------------------------------------------------------ */

dia_status dia_other_look(const char *path, dia_other *other, bool *found, dia_error *error)
{
    struct stat about;
    dia_status status = DIA_OK;
    *other = (dia_other){.state = "", .member = -1, .stage = -1, .iteration = -1, .round = -1, .age = NAN};
    *found = false;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        look_at_course(path, other, found);
        if (!*found)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: is a folder, and none of `diabolo learn`", path);
    } else {
        status = look_at_training(path, other, found, error);
    }
    other->path = *found ? strdup(path) : NULL;
    if (*found && other->path == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    return status;
}

void dia_other_print(const dia_other *o)
{
    char text[48];
    printf("%s  %s, %s", o->path, o->learning ? "learning" : "training", o->state);
    if (o->ended[0] != '\0')
        printf(": %s", o->ended);
    if (o->member >= 0)
        printf(", member %d", o->member);
    if (o->stage >= 0)
        printf(", stage %lld, iteration %lld", (long long)o->stage, (long long)o->iteration);
    if (o->round >= 0 && o->ended[0] == '\0')
        printf(", round %d", o->round);
    if (strcmp(o->state, "finished") != 0 && !isnan(o->age)) {
        dia_duration_text(o->age, sizeof text, text);
        printf("; %s %s ago", o->learning ? "last word" : "saved", text);
    }
    printf("%s\n", strcmp(o->state, "stopped") == 0 ? "; the command that began it goes on with it" : "");
}

static void count(dia_json *json, const char *key, int64_t value)
{
    if (value >= 0)
        dia_json_int(json, key, value);
    else
        dia_json_null(json, key);
}

void dia_other_json(const dia_other *o, dia_json *json)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "file", o->path);
    dia_json_text(json, "what", o->learning ? "learning" : "training");
    dia_json_text(json, "state", o->state);
    if (o->learning) {
        count(json, "round", o->round);
        dia_json_text(json, "ended", o->ended[0] != '\0' ? o->ended : NULL);
    } else {
        count(json, "member", o->member);
        count(json, "stage", o->stage);
        count(json, "iteration", o->iteration);
    }
    dia_json_real(json, "age_seconds", o->age);
    dia_json_end(json);
}
