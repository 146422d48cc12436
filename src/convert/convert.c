/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a conversion that all formats share: the request, the input, and whether the output may be written. */
#include "convert/convert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/output.h"
#include "convert/frames.h"
#include "store/store.h"
#include "swarm/file/table.h"

static const char mark[] = "{trajectory}";

dia_status dia_convert_path(const dia_convert_job *job, int64_t number, size_t size, char *path, dia_error *error)
{
    const char *at = job->split ? strstr(job->out, mark) : NULL;
    const int length = at == NULL ? snprintf(path, size, "%s", job->out)
                                  : snprintf(path, size, "%.*s%05lld%s", (int)(at - job->out), job->out,
                                             (long long)number, at + strlen(mark));
    if (length < 0 || (size_t)length >= size)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: the path is too long", job->out);
    return DIA_OK;
}

void dia_convert_count(const dia_convert_job *job, const char *path, int64_t frames)
{
    dia_convert_summary *summary = job->summary;
    if (summary->files++ == 0)
        snprintf(summary->first, sizeof summary->first, "%.299s", path);
    summary->frames += frames;
}

static dia_status write_text(const dia_convert_job *job, int64_t first, int64_t count, dia_convert_text *write,
                             dia_convert_trajectory *t, dia_error *error)
{
    char path[4096];
    dia_output text;
    int64_t frames = 0;
    dia_status status = dia_convert_path(job, job->swarm->number[job->row[first]], sizeof path, path, error);
    if (status == DIA_OK)
        status = dia_output_open(&text, path, error);
    if (status != DIA_OK)
        return status;
    status = write(text.stream, job, first, count, t, &frames, error);
    status = dia_output_close(&text, status, error);
    if (status == DIA_OK)
        dia_convert_count(job, path, frames);
    return status;
}

dia_status dia_convert_texts(const dia_convert_job *job, bool reads, dia_convert_text *write, dia_error *error)
{
    dia_convert_trajectory t = {0};
    dia_status status = reads ? dia_convert_trajectory_init(&t, job, error) : DIA_OK;
    const int64_t each = job->split ? 1 : job->nrow;
    for (int64_t i = 0; status == DIA_OK && i < job->nrow; i += each)
        status = write_text(job, i, each, write, reads ? &t : NULL, error);
    dia_convert_trajectory_free(&t);
    return status;
}

/* A file of Diabolo's own: what it holds took work, and no conversion made it. */
static bool is_result(const char *path)
{
    dia_store *store = NULL;
    dia_error none = {0};
    const bool found = dia_store_open(&store, path, &none) == DIA_OK && dia_store_has_attribute(store, "", "format");
    dia_store_close(&store);
    return found;
}

/* Does it begin as an XYZ file, with a number of atoms on a line? */
static bool is_movie(const char *path, const char *any)
{
    char line[64] = "", *end = line;
    FILE *file = fopen(path, "rb");
    (void)any;
    if (file != NULL && fgets(line, sizeof line, file) != NULL)
        (void)strtol(line, &end, 10);
    if (file != NULL)
        fclose(file);
    return end != line && end[strspn(end, " \t\r\n")] == '\0';
}

/* Nothing is overwritten unless asked for, an input never; checked before anything is written. */
static dia_status check_target(const dia_convert_job *job, const char *path, dia_error *error)
{
    const dia_convert_options *options = job->options;
    const bool again = options->replacing != NULL; /* only what a command like this one has made */
    const char *inputs[1 + DIA_CONVERT_INPUTS] = {job->in};
    struct stat about;
    for (int i = 0; i < DIA_CONVERT_INPUTS; i++)
        inputs[1 + i] = options->inputs[i];
    if (!options->replace && stat(path, &about) == 0 && S_ISREG(about.st_mode))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: is there already; %s replaces it", path,
                             again ? options->replacing : "--force");
    const dia_claim claim = {.path = path,
                             .key = again ? "--xyz" : "OUT",
                             .what = "a movie",
                             .ours = is_movie,
                             .mark = "",
                             .replace = !again};
    dia_status status = dia_output_check(&claim, 1 + DIA_CONVERT_INPUTS, inputs, error);
    if (status == DIA_OK && stat(path, &about) == 0 && about.st_size > 0 && is_result(path))
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s: is there already and is a result of Diabolo's, which no conversion replaces; choose "
                          "another name, or move it away",
                          path);
    return status;
}

static dia_status check_targets(const dia_convert_job *job, dia_error *error)
{
    char path[4096];
    dia_status status = DIA_OK;
    for (int64_t i = 0; status == DIA_OK && i < (job->split ? job->nrow : 1); i++) {
        const int64_t number = job->split ? job->swarm->number[job->row[i]] : 0;
        status = dia_convert_path(job, number, sizeof path, path, error);
        if (status == DIA_OK)
            status = check_target(job, path, error);
    }
    return status;
}

/* An option that has no effect is an error. */
static dia_status check_options(const dia_convert_options *o, const dia_convert_format *format, const char *kind,
                                dia_error *error)
{
    const bool hops = o->table != NULL && strcmp(o->table, "hops") == 0, data = strcmp(kind, "diabolo-dataset") == 0;
    const bool swarm = strcmp(kind, "diabolo-swarm") == 0;
    if (o->state_given && !data)
        return dia_error_set(error, DIA_ERROR_INPUT, "--state is of data sets, and this is a '%s' file: leave it out",
                             kind);
    if (o->author != NULL && !format->author)
        return dia_error_set(error, DIA_ERROR_INPUT, "--author: %s has no place for it, h5md has: leave it out",
                             format->name);
    if (o->table != NULL && !(swarm && (format->tables || (hops && format->frames != NULL))))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "--table %s: csv writes the tables of swarms, extxyz takes 'hops' for the geometries of "
                             "hops; for %s of a '%s' file leave it out",
                             o->table, format->name, kind);
    if (hops && !format->tables && o->every != 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "hops have no samples: leave out --every");
    return DIA_OK;
}

static dia_status check_space(const dia_swarm *swarm, const dia_convert_format *format, dia_error *error)
{
    return swarm->dimension == 3
               ? DIA_OK
               : dia_error_set(
                     error, DIA_ERROR_INPUT,
                     "%s: a model system of %d coordinate(s) a particle; %s holds atoms in space. csv takes its "
                     "populations, hops and energies",
                     swarm->path, swarm->dimension, format->name);
}

static dia_status check_atoms(const dia_swarm *swarm, const dia_convert_options *options,
                              const dia_convert_format *format, dia_error *error)
{
    const dia_status status = check_space(swarm, format, error);
    if (status != DIA_OK)
        return status;
    if (!swarm->full && options->table == NULL) /* hops have their own geometries */
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: holds no trajectories, it was flown with output.trajectories: false; csv takes its "
                             "populations and hops",
                             swarm->path);
    return DIA_OK;
}

static dia_status convert_swarm(dia_convert_job *job, const dia_convert_format *format, dia_error *error)
{
    dia_swarm *swarm = NULL;
    dia_status status = dia_swarm_open(&swarm, job->in, error);
    job->swarm = swarm;
    if (status == DIA_OK && format->atoms)
        status = check_atoms(swarm, job->options, format, error);
    if (status == DIA_OK)
        status = dia_swarm_select(swarm, job->options->trajectories, &job->nrow, &job->row, error);
    if (status == DIA_OK)
        status = dia_convert_select_stride(swarm, job->options->every, &job->stride, error);
    if (status == DIA_OK && !format->folder)
        status = check_targets(job, error);
    if (status == DIA_OK)
        status = format->swarm(job, error);
    free(job->row);
    dia_swarm_close(swarm);
    return status;
}

dia_status dia_convert_check(const dia_swarm *swarm, const char *out, const dia_convert_options *options,
                             dia_error *error)
{
    dia_convert_job job = {
        .options = options, .swarm = swarm, .in = swarm->path, .out = out, .split = strstr(out, mark) != NULL};
    const dia_convert_format *format = NULL;
    dia_status status = dia_convert_format_choose(options->format, out, &format, error);
    if (status == DIA_OK && format->atoms)
        status = check_space(swarm, format, error);
    if (status == DIA_OK)
        status = dia_swarm_select(swarm, options->trajectories, &job.nrow, &job.row, error);
    if (status == DIA_OK && !format->folder)
        status = check_targets(&job, error);
    free(job.row);
    return status;
}

static dia_status convert_frames(dia_convert_job *job, const dia_convert_format *format, const char *kind,
                                 dia_error *error)
{
    if (format->frames == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s is a '%s' file; %s takes swarms only, extxyz takes geometries",
                             job->in, kind, format->name);
    if (job->split || job->options->trajectories != NULL || job->options->every != 0.0)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s is a '%s' file and holds no trajectories: leave out {trajectory}, --trajectory, --every", job->in,
            kind);
    dia_status status = check_targets(job, error);
    dia_frames frames = {0};
    if (status == DIA_OK)
        status = dia_frames_load(&frames, job->in, kind, job->options->state,
                                 dia_control_threads(job->options->import.control), error);
    if (status == DIA_OK)
        status = format->frames(&frames.view, job, error);
    dia_frames_free(&frames);
    return status;
}

/* "diabolo-swarm", ...: what IN is; on the heap. */
static dia_status look(const char *in, char **kind, dia_error *error)
{
    dia_store *store = NULL;
    *kind = NULL;
    dia_status status = dia_store_open(&store, in, error);
    if (status == DIA_OK && !dia_store_has_attribute(store, "", "format"))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: no file of Diabolo's: it has no root attribute 'format'; expected a swarm, a data "
                               "set or a file of intersections",
                               in);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "format", kind, error);
    dia_store_close(&store);
    return status;
}

/* Options of the other direction have no effect, and are errors. */
static dia_status convert_into_set(const char *in, const char *out, const dia_convert_options *o,
                                   dia_convert_summary *summary, dia_error *error)
{
    int npoint = 0;
    if (o->trajectories != NULL || o->every != 0.0 || o->table != NULL || o->state_given || o->author != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s becomes a data set: leave out --trajectory, --every, --table, --state, --author", in);
    dia_status status = dia_import_run(o->format, in, out, &o->import, o->replace, &summary->format, &npoint, error);
    if (status == DIA_OK)
        *summary = (dia_convert_summary){.format = summary->format, .files = 1, .frames = npoint};
    if (status == DIA_OK)
        snprintf(summary->first, sizeof summary->first, "%.299s", out);
    return status;
}

static dia_status check_import_options(const dia_import_options *o, const char *in, dia_error *error)
{
    bool given = o->nkey > 0 || o->states != NULL || o->pairs != NULL || o->multiplicity != 0 || o->molecule != NULL ||
                 o->level != NULL;
    for (int kind = 0; kind < DIA_UNIT_KINDS; kind++)
        given = given || o->units.of[kind] != NULL;
    return given
               ? dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: units, keys, states and the like are of files of other programs that become a data "
                               "set OUT.h5: leave them out",
                               in)
               : DIA_OK;
}

dia_status dia_convert(const char *in, const char *out, const dia_convert_options *options,
                       dia_convert_summary *summary, dia_error *error)
{
    *summary = (dia_convert_summary){0};
    if ((dia_import_ends(out, ".h5") || dia_import_ends(out, ".hdf5")) && !dia_store_is_hdf5(in))
        return convert_into_set(in, out, options, summary, error);
    dia_convert_job job = {
        .options = options, .in = in, .out = out, .split = strstr(out, mark) != NULL, .summary = summary};
    char *kind = NULL;
    dia_status status = dia_convert_format_choose(options->format, out, &summary->format, error);
    if (status == DIA_OK)
        status = check_import_options(&options->import, in, error);
    if (status == DIA_OK)
        status = look(in, &kind, error);
    if (status == DIA_OK)
        status = check_options(options, summary->format, kind, error);
    if (status == DIA_OK && strcmp(kind, "diabolo-swarm") == 0)
        status = convert_swarm(&job, summary->format, error);
    else if (status == DIA_OK)
        status = convert_frames(&job, summary->format, kind, error);
    free(kind);
    return status;
}
