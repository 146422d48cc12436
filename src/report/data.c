/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data of the page: each block one <script> element of a type that no browser runs. Their contents are documented
 * in docs/report.md. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "diabolo/molecule.h"
#include "report/catalogue_data.h"
#include "report/content.h"
#include "report/html.h"

typedef void block_writer(const dia_content *content, FILE *out);

/* Lets a writer write into memory and puts the result into an element. */
static dia_status write_block(const dia_content *content, const char *id, block_writer *writer, FILE *out,
                              dia_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    writer(content, memory);
    const bool failed = ferror(memory) != 0;
    if (fclose(memory) != 0 || failed) {
        free(text);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    }
    fprintf(out, "<script type=\"application/json\" id=\"%s\">", id);
    dia_html_json(out, size, text);
    fputs("</script>\n", out);
    free(text);
    return DIA_OK;
}

static void write_mechanism(const dia_content *c, FILE *out)
{
    fwrite(c->mechanism, 1, c->mechanism_size, out);
}

static void write_about(const dia_content *c, FILE *out)
{
    const dia_record *r = c->analysis->record;
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "format", "diabolo-report");
    dia_json_int(&json, "version", 1);
    dia_json_text(&json, "written_by", dia_version());
    dia_json_text(&json, "flown_by", r->swarm->program_version);
    dia_json_text(&json, "model_path", r->swarm->model_path);
    dia_json_int(&json, "seed", r->swarm->seed);
    dia_json_text(&json, "resolved", r->swarm->resolved);
    dia_json_text(&json, "no_molecules", c->no_molecules[0] != '\0' ? c->no_molecules : NULL);
    dia_json_int(&json, "natom", c->natom);
    dia_json_int(&json, "dimension", c->dimension);
    dia_json_array(&json, "symbols");
    for (int i = 0; i < c->natom; i++)
        dia_json_text(&json, NULL, dia_element_symbol(r->swarm->numbers[i]));
    dia_json_end(&json);
    dia_json_array(&json, "fates");
    for (int f = 0; f < DIA_FATES; f++)
        dia_json_text(&json, NULL, dia_fate_text(f));
    dia_json_end(&json);
    dia_json_array(&json, "fate_words");
    for (int f = 0; f < DIA_FATES; f++)
        dia_json_text(&json, NULL, dia_fate_word(f));
    dia_json_end(&json);
    dia_json_bool(&json, "energies", c->stream.energies);
    dia_json_int(&json, "trajectories", r->ntrajectory);
    dia_json_int(&json, "listed", c->listed);
    dia_json_int(&json, "samples", r->ntime);
    dia_json_int(&json, "shown", c->stream.count);
    dia_json_int(&json, "wanted", c->stream.wanted);
    dia_json_real(&json, "zero_hartree", c->energies.zero);
    dia_json_real(&json, "position_quantum", DIA_STREAM_POSITION);
    dia_json_real(&json, "energy_quantum_ev", DIA_STREAM_ENERGY);
    dia_json_real(&json, "total_quantum_ev", DIA_STREAM_TOTAL);
    dia_json_end(&json);
}

static void write_analysis(const dia_content *c, FILE *out)
{
    dia_analysis_write_thinned(c->analysis, c->most, out);
}

static void key(FILE *out, const char *name)
{
    fprintf(out, "%s\"%s\":[", name[0] == '!' ? "{" : ",\n", name[0] == '!' ? name + 1 : name);
}

/* Of n values at most `most` (0: all), thinned, and the end of the list. Seven digits: more than a picture or a table shows. */
static void items(FILE *out, int n, int most, int stride, const double *values, double factor)
{
    for (int i = 0; i < dia_json_thinned(n, most); i++) {
        const double x = values[(size_t)dia_json_item(n, most, i) * (size_t)stride] * factor;
        fputs(i > 0 ? "," : "", out);
        if (isfinite(x))
            fprintf(out, "%.7g", x);
        else
            fputs("null", out);
    }
    fputc(']', out);
}

static void reals(FILE *out, const char *name, int n, const double *values, double factor)
{
    key(out, name);
    items(out, n, 0, 1, values, factor);
}

/* Over the samples of the page. */
static void series(const dia_content *c, FILE *out, const char *name, int stride, const double *values)
{
    key(out, name);
    items(out, c->energies.ntime, c->most, stride, values, 1);
}

static void bytes(FILE *out, const char *name, int n, const int8_t *values)
{
    key(out, name);
    for (int i = 0; i < n; i++)
        fprintf(out, "%s%d", i > 0 ? "," : "", values[i]);
    fputc(']', out);
}

static void write_trajectories(const dia_content *c, FILE *out)
{
    const dia_record *r = c->analysis->record;
    key(out, "!number");
    for (int j = 0; j < c->listed; j++)
        fprintf(out, "%s%" PRId64, j > 0 ? "," : "", r->number[j]);
    fputc(']', out);
    bytes(out, "fate", c->listed, r->fate);
    bytes(out, "start", c->listed, r->start);
    key(out, "final");
    for (int j = 0; j < c->listed; j++)
        fprintf(out, "%s%d", j > 0 ? "," : "", r->active[(size_t)(j + 1) * (size_t)r->ntime - 1]);
    fputc(']', out);
    reals(out, "end_fs", c->listed, r->end, 1);
    reals(out, "weight", c->listed, r->weight, 1);
    reals(out, "drift_mev", c->listed, c->energies.largest, 1);
    key(out, "samples");
    for (int j = 0; j < c->stream.count; j++)
        fprintf(out, "%s%d", j > 0 ? "," : "", c->stream.samples[j]);
    fputc(']', out);
    key(out, "offset");
    for (int j = 0; j < c->stream.count; j++)
        fprintf(out, "%s%zu", j > 0 ? "," : "", c->stream.offset[j]);
    fputs("]}", out);
}

static void write_hops(const dia_content *c, FILE *out)
{
    const dia_record *r = c->analysis->record;
    key(out, "!row");
    for (int i = 0; i < c->nhop; i++)
        fprintf(out, "%s%" PRId64, i > 0 ? "," : "", r->hop_row[i]);
    fputc(']', out);
    reals(out, "time_fs", c->nhop, r->hop_time, 1);
    bytes(out, "from", c->nhop, r->hop_from);
    bytes(out, "to", c->nhop, r->hop_to);
    bytes(out, "accepted", c->nhop, r->hop_accepted);
    reals(out, "gap_ev", c->nhop, r->hop_gap, 1 / DIA_EV);
    reals(out, "kinetic_before_ev", c->nhop, r->swarm->hops.kinetic_before, 1 / DIA_EV);
    reals(out, "kinetic_after_ev", c->nhop, r->swarm->hops.kinetic_after, 1 / DIA_EV);
    fputc('}', out);
}

static void write_energies(const dia_content *c, FILE *out)
{
    static const char *const names[DIA_DRIFT_CURVES] = {"drift_median_mev", "drift_90_mev", "drift_largest_mev"};
    const dia_energies *e = &c->energies;
    series(c, out, "!potential_ev", 1, e->potential);
    series(c, out, "total_ev", 1, e->total);
    for (int q = 0; q < DIA_DRIFT_CURVES; q++)
        series(c, out, names[q], 1, e->drift[q]);
    fputs(",\n\"state_ev\":[", out);
    for (int k = 0; e->state != NULL && k < e->nstate; k++) {
        fputs(k > 0 ? ",\n[" : "[", out);
        items(out, e->ntime, c->most, e->nstate, e->state + k, 1);
    }
    fputs("]}", out);
}

dia_status dia_content_write_data(const dia_content *content, FILE *out, dia_error *error)
{
    static const struct {
        const char *id;
        block_writer *writer;
    } blocks[] = {{"data-about", write_about},
                  {"data-analysis", write_analysis},
                  {"data-trajectories", write_trajectories},
                  {"data-hops", write_hops},
                  {"data-energies", write_energies}};
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        dia_status status = write_block(content, blocks[b].id, blocks[b].writer, out, error);
        if (status != DIA_OK)
            return status;
    }
    if (content->options->intersections != NULL) {
        dia_status status = write_block(content, "data-intersections", dia_catalogue_data_write, out, error);
        if (status != DIA_OK)
            return status;
    }
    if (content->mechanism != NULL) {
        dia_status status = write_block(content, "data-mechanism", write_mechanism, out, error);
        if (status != DIA_OK)
            return status;
    }
    fputs("<script type=\"text/plain\" id=\"data-stream\">", out);
    dia_html_base64(out, content->stream.bits.size, content->stream.bits.byte);
    fputs("</script>\n", out);
    return DIA_OK;
}
