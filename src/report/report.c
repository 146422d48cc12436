/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/output.h"
#include "report/content.h"
#include "base/html.h"
#include "report/parts.h"

const dia_report_part *dia_report_part_find(const char *name)
{
    for (int i = 0; dia_report_parts[i] != NULL; i++)
        if (strcmp(dia_report_parts[i]->name, name) == 0)
            return dia_report_parts[i];
    return NULL;
}

static void write_part(const char *name, const char *before, const char *after, FILE *out)
{
    const dia_report_part *part = dia_report_part_find(name);
    if (part == NULL)
        return;
    fputs(before, out);
    fwrite(part->byte, 1, part->size, out);
    fputs(after, out);
}

static void write_styles(const dia_content *content, FILE *out)
{
    write_part("page.css", "<style>\n", "</style>\n", out);
    fprintf(out, "<style>[data-of=%s] { display: none !important; }</style>\n", /* what is of the other kind of page */
            dia_content_is_exact(content) ? "swarm" : "exact");
    write_part("uplot.css", "<style>\n", "</style>\n", out);
}

/* Third-party scripts come before our own, which check whether they are present. The viewer is left out where it has
 * nothing to show.
 */
static void write_scripts(const dia_content *content, FILE *out)
{
    static const char *const own[] = {"decode.js",   "table.js",         "svg.js",       "plots.js",
                                      "molecule.js", "player.js",        "hops.js",      "kinetics.js",
                                      "maps.js",     "intersections.js", "mechanism.js", "motion.js",
                                      "numbers.js",  "trust.js",         "keys.js",      "page.js"};
    if (content->no_molecules[0] == '\0')
        write_part("3dmol.js", "<script>\n", "\n</script>\n", out);
    write_part("uplot.js", "<script>\n", "\n</script>\n", out);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        write_part(own[i], "<script>\n", "</script>\n", out);
}

static void write_licences(const dia_content *content, FILE *out)
{
    (void)content;
    for (int p = 0; dia_report_parts[p] != NULL; p++) {
        const dia_report_part *part = dia_report_parts[p];
        if (strncmp(part->name, "licence ", 8) == 0) {
            fputs("<h3>", out);
            dia_html_text(out, part->name + 8);
            fputs("</h3>\n<pre>", out);
            for (size_t i = 0; i < part->size; i++) {
                const char letter[2] = {(char)part->byte[i], '\0'};
                dia_html_text(out, letter);
            }
            fputs("</pre>\n", out);
        }
    }
}

static void write_title(const dia_content *content, FILE *out)
{
    const char *slash = strrchr(content->analysis->path, '/');
    dia_html_text(out, slash != NULL && slash[1] != '\0' ? slash + 1 : content->analysis->path);
}

/* The page with each {{name}} filled in. */
static dia_status write_page(const dia_content *content, FILE *out, dia_error *error)
{
    static const struct {
        const char *name;
        void (*write)(const dia_content *content, FILE *out);
    } places[] = {{"title", write_title},
                  {"styles", write_styles},
                  {"head", dia_content_write_head},
                  {"cards", dia_content_write_cards},
                  {"columns", dia_content_write_columns},
                  {"notes", dia_content_write_notes},
                  {"populations", dia_content_write_populations},
                  {"committee", dia_content_write_committee},
                  {"energies", dia_content_write_energies},
                  {"drift", dia_content_write_drift},
                  {"scripts", write_scripts},
                  {"licences", write_licences}};
    const dia_report_part *page = dia_report_part_find("page.html");
    const char *text = page != NULL ? (const char *)page->byte : "";
    size_t left = page != NULL ? page->size : 0;
    while (left > 0) {
        size_t plain = 0;
        while (plain < left && !(left - plain > 3 && text[plain] == '{' && text[plain + 1] == '{'))
            plain++;
        fwrite(text, 1, plain, out);
        text += plain;
        left -= plain;
        if (left == 0)
            break;
        size_t length = 0;
        while (2 + length < left && text[2 + length] != '}')
            length++;
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            if (strlen(places[i].name) == length && memcmp(places[i].name, text + 2, length) == 0)
                places[i].write(content, out);
        if (length == 4 && memcmp(text + 2, "data", 4) == 0) {
            dia_status status = dia_content_write_data(content, out, error);
            if (status != DIA_OK)
                return status;
        }
        text += length + 4 < left ? length + 4 : left;
        left -= length + 4 < left ? length + 4 : left;
    }
    return DIA_OK;
}

static dia_status check(const dia_report_options *options, const char *path, dia_error *error)
{
    const char *const inputs[] = {options->swarm,     options->intersections,
                                  options->mechanism, options->exact,
                                  options->check,     options->analysis != NULL ? options->analysis->path : NULL};
    const dia_claim claim = {
        .path = path, .key = "--output", .what = "a page of this command", .mark = "content=\"diabolo report\""};
    dia_status status = dia_output_check(&claim, sizeof inputs / sizeof inputs[0], inputs, error);
    if (status == DIA_OK)
        status = dia_output_check(&claim, options->nmember, options->members, error);
    if (status != DIA_OK)
        return status;
    if (options->trajectories < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "trajectories: expected 0 or more, found %d",
                             options->trajectories);
    return DIA_OK;
}

/* Bytes of the page as it is now, without trajectories. */
static dia_status measure(const dia_content *content, size_t *size, dia_error *error)
{
    char *text = NULL;
    FILE *memory = open_memstream(&text, size);
    const dia_status status = memory != NULL ? write_page(content, memory, error) : DIA_OK,
                     closed = dia_text_close(memory, &text, error);
    free(text);
    return status == DIA_OK ? closed : status;
}

static dia_status write_file(const dia_content *content, const char *path, size_t *size, dia_error *error)
{
    dia_output output;
    dia_status status = dia_output_open(&output, path, error);
    if (status != DIA_OK)
        return status;
    status = write_page(content, output.stream, error);
    const long end = ftell(output.stream);
    *size = end > 0 ? (size_t)end : 0;
    return dia_output_close(&output, status, error);
}

/* Between two parts of the work. */
static dia_status go_on(const dia_report_options *options, dia_status status, dia_error *error)
{
    return status == DIA_OK && dia_control_stopped(options->control)
               ? dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted; no page was written")
               : status;
}

dia_status dia_report_write(const dia_report_options *options, const char *path, dia_report_result *result,
                            dia_error *error)
{
    dia_content content;
    *result = (dia_report_result){0};
    dia_status status = check(options, path, error);
    if (status == DIA_OK)
        status = dia_content_create(&content, options, error);
    if (status != DIA_OK)
        return status;
    status = go_on(options, status, error);
    if (status == DIA_OK)
        status = go_on(options, measure(&content, &result->least, error), error);
    if (status == DIA_OK && !dia_content_is_exact(&content))
        status = dia_content_fill(&content, result->least < options->bytes ? options->bytes - result->least : 0, error);
    status = go_on(options, status, error);
    if (status == DIA_OK)
        status = write_file(&content, path, &result->size, error);
    result->shown = content.stream.count;
    result->total = content.analysis->record->ntrajectory;
    result->listed = content.listed;
    result->molecules = content.no_molecules[0] == '\0';
    snprintf(result->why, sizeof result->why, "%s", content.no_molecules);
    dia_content_free(&content);
    return status;
}
