/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data of the page: each block one <script> element of a type that no browser runs. Their contents are documented
 * in docs/report.md. */
#include <stdlib.h>

#include "diabolo/molecule.h"
#include "report/catalogue_data.h"
#include "report/content.h"
#include "base/html.h"
#include "report/mechanism_data.h"
#include "store/member.h"

typedef void block_writer(const dia_content *content, FILE *out);

/* Lets a writer write into memory and puts the result into an element. */
static dia_status write_block(const dia_content *content, const char *id, block_writer *writer, FILE *out,
                              dia_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory != NULL)
        writer(content, memory);
    const dia_status status = dia_text_close(memory, &text, error);
    if (status != DIA_OK)
        return status;
    fprintf(out, "<script type=\"application/json\" id=\"%s\">", id);
    dia_html_json(out, size, text);
    fputs("</script>\n", out);
    free(text);
    return DIA_OK;
}

#define OF(member, ...) DIA_MEMBER_OF(dia_swarm, member, __VA_ARGS__)
static const dia_member swarm_members[] = {OF(program_version, DIA_MEMBER_TEXT, .key = "flown_by"),
                                           OF(model_path, DIA_MEMBER_TEXT, .key = "model_path"),
                                           OF(seed, DIA_MEMBER_INT64, .key = "seed"),
                                           OF(resolved, DIA_MEMBER_TEXT, .key = "resolved"),
                                           {0}};
#undef OF
#define OF(member, ...) DIA_MEMBER_OF(dia_content, member, __VA_ARGS__)
static const dia_member content_members[] = {OF(no_molecules, DIA_MEMBER_WORDS, .key = "no_molecules"),
                                             OF(natom, DIA_MEMBER_INT, .key = "natom"),
                                             OF(dimension, DIA_MEMBER_INT, .key = "dimension"),
                                             OF(stream.energies, DIA_MEMBER_BOOL, .key = "energies"),
                                             OF(stream.light, DIA_MEMBER_BOOL, .key = "light"),
                                             OF(energies.ntrajectory, DIA_MEMBER_INT, .key = "trajectories"),
                                             OF(listed, DIA_MEMBER_INT, .key = "listed"),
                                             OF(energies.ntime, DIA_MEMBER_INT, .key = "samples"),
                                             OF(stream.count, DIA_MEMBER_INT, .key = "shown"),
                                             OF(stream.wanted, DIA_MEMBER_INT, .key = "wanted"),
                                             OF(energies.zero, DIA_MEMBER_REAL, .key = "zero_hartree"),
                                             {0}};
#undef OF

static void write_trust(const dia_content *c, FILE *out)
{
    dia_trust_write(&c->trust, c->analysis->record, c->most, out);
}

/* Of exact dynamics, with the same keys where they mean the same. */
#define OF(member, key_) DIA_MEMBER_OF(dia_exact_head, member, DIA_MEMBER_TEXT, .key = key_)
static const dia_member exact_members[] = {
    OF(program_version, "flown_by"), OF(model_path, "model_path"), OF(resolved, "resolved"), {0}};
#undef OF

static void write_about(const dia_content *c, FILE *out)
{
    const dia_swarm *swarm = c->analysis->record->swarm;
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "format", "diabolo-report");
    dia_json_int(&json, "version", 1);
    dia_json_text(&json, "written_by", dia_version());
    dia_json_text(&json, "kind", swarm != NULL ? "swarm" : "exact");
    if (swarm != NULL)
        dia_members_json(swarm_members, swarm, NULL, &json);
    else
        dia_members_json(exact_members, &c->analysis->exact->result.record->head, NULL, &json);
    dia_members_json(content_members, c, NULL, &json);
    dia_json_array(&json, "symbols");
    for (int i = 0; i < c->natom; i++)
        dia_json_text(&json, NULL, dia_element_symbol(swarm->numbers[i]));
    dia_json_end(&json);
    for (int words = 0; words < 2; words++) {
        dia_json_array(&json, words ? "fate_words" : "fates");
        for (int f = 0; f < DIA_FATES; f++)
            dia_json_text(&json, NULL, words ? dia_fate_word(f) : dia_fate_text(f));
        dia_json_end(&json);
    }
    dia_json_real(&json, "position_quantum", DIA_STREAM_POSITION);
    dia_json_real(&json, "energy_quantum_ev", DIA_STREAM_ENERGY);
    dia_json_real(&json, "total_quantum_ev", DIA_STREAM_TOTAL);
    dia_json_end(&json);
}

static void write_analysis(const dia_content *c, FILE *out)
{
    dia_analysis_write_json(c->analysis, c->most, out);
}

/* Columns of trajectories (N listed, S shown), hops (K) and samples (T). */
#define OF(member, type, key_, ...) DIA_MEMBER_OF(dia_record, member, DIA_MEMBER_##type, .key = key_, __VA_ARGS__)
static const dia_member trajectory_columns[] = {
    OF(number, INT64, "number", .shape = "N"), OF(fate, INT8, "fate", .shape = "N"),
    OF(start, INT8, "start", .shape = "N"),    OF(end, REAL, "end_fs", .shape = "N"),
    OF(weight, REAL, "weight", .shape = "N"),  {0}};
static const dia_member hop_columns[] = {OF(hop_row, INT64, "row", .shape = "K"),
                                         OF(hop_time, REAL, "time_fs", .shape = "K"),
                                         OF(hop_from, INT8, "from", .shape = "K"),
                                         OF(hop_to, INT8, "to", .shape = "K"),
                                         OF(hop_accepted, INT8, "accepted", .shape = "K"),
                                         OF(hop_gap, REAL, "gap_ev", .shape = "K", .scale = DIA_EV),
                                         {0}};
#undef OF
#define OF(member, key_)                                                                                               \
    DIA_MEMBER_OF(dia_swarm_hops, member, DIA_MEMBER_REAL, .key = key_, .shape = "K", .scale = DIA_EV)
static const dia_member kinetic_columns[] = {
    OF(kinetic_before, "kinetic_before_ev"), OF(kinetic_after, "kinetic_after_ev"), {0}};
static const dia_member light_columns[] = {OF(work, "work_ev"), {0}};
#undef OF
static const dia_member stream_columns[] = {
    DIA_MEMBER_OF(dia_stream, samples, DIA_MEMBER_INT, .key = "samples", .shape = "S"),
    DIA_MEMBER_OF(dia_stream, offset, DIA_MEMBER_INT64, .key = "offset", .shape = "S"),
    {0}};
#define OF(member, key_, ...) DIA_MEMBER_OF(dia_energies, member, DIA_MEMBER_REAL, .key = key_, __VA_ARGS__)
static const dia_member drift_columns[] = {OF(largest, "drift_mev", .shape = "N"), {0}};
static const dia_member energy_columns[] = {
    OF(potential, "potential_ev", .shape = "T"),     OF(total, "total_ev", .shape = "T"),
    OF(drift[0], "drift_median_mev", .shape = "T"),  OF(drift[1], "drift_90_mev", .shape = "T"),
    OF(drift[2], "drift_largest_mev", .shape = "T"), {0}};
static const dia_member work_columns[] = {OF(work, "work_ev", .shape = "T"), {0}};
static const dia_member state_columns[] = {OF(state, "state_ev", .shape = "Tn", .across = true), {0}};
#undef OF

enum { DIGITS = 7 }; /* more than a picture or a table shows */

static dia_extents extents_of(const dia_content *c)
{
    return (dia_extents){{['N'] = (size_t)c->listed,
                          ['S'] = (size_t)c->stream.count,
                          ['K'] = (size_t)c->nhop,
                          ['T'] = (size_t)c->energies.ntime,
                          ['n'] = (size_t)c->energies.nstate}};
}

static void write_trajectories(const dia_content *c, FILE *out)
{
    const dia_record *r = c->analysis->record;
    const dia_extents extents = extents_of(c);
    dia_json json = {.out = out, .digits = DIGITS};
    dia_json_object(&json, NULL);
    dia_members_json(trajectory_columns, r, &extents, &json);
    dia_members_json(drift_columns, &c->energies, &extents, &json);
    dia_members_json(stream_columns, &c->stream, &extents, &json);
    dia_json_line(&json, "final");
    for (int j = 0; j < c->listed; j++)
        dia_json_int(&json, NULL, r->active[(size_t)(j + 1) * (size_t)r->ntime - 1]);
    dia_json_end(&json);
    dia_json_end(&json);
}

static void write_hops(const dia_content *c, FILE *out)
{
    const dia_extents extents = extents_of(c);
    dia_json json = {.out = out, .digits = DIGITS};
    dia_json_object(&json, NULL);
    dia_members_json(hop_columns, c->analysis->record, &extents, &json);
    dia_members_json(kinetic_columns, &c->analysis->record->swarm->hops, &extents, &json);
    if (c->analysis->record->swarm->lit)
        dia_members_json(light_columns, &c->analysis->record->swarm->hops, &extents, &json);
    dia_json_end(&json);
}

static void write_energies(const dia_content *c, FILE *out)
{
    const dia_extents extents = extents_of(c);
    dia_json json = {.out = out, .digits = DIGITS, .most = c->most};
    dia_json_object(&json, NULL);
    dia_members_json(energy_columns, &c->energies, &extents, &json);
    if (c->energies.work != NULL)
        dia_members_json(work_columns, &c->energies, &extents, &json);
    if (c->energies.state != NULL) {
        dia_members_json(state_columns, &c->energies, &extents, &json);
    } else {
        dia_json_array(&json, "state_ev");
        dia_json_end(&json);
    }
    dia_json_end(&json);
}

static void write_bytes(const char *id, const dia_bits *bits, FILE *out)
{
    fprintf(out, "<script type=\"text/plain\" id=\"%s\">", id);
    dia_html_base64(out, bits->size, bits->byte);
    fputs("</script>\n", out);
}

dia_status dia_content_write_data(const dia_content *content, FILE *out, dia_error *error)
{
    const bool swarm = !dia_content_is_exact(content);
    const struct {
        const char *id;
        block_writer *writer;
        bool there;
    } blocks[] = {{"data-about", write_about, true},
                  {"data-analysis", write_analysis, true},
                  {"data-trajectories", write_trajectories, swarm},
                  {"data-hops", write_hops, swarm},
                  {"data-energies", write_energies, true},
                  {"data-intersections", dia_catalogue_data_write, content->options->intersections != NULL},
                  {"data-mechanism", dia_mechanism_data_write, content->options->mechanism != NULL},
                  {"data-trust", write_trust, swarm}};
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        if (!blocks[b].there)
            continue;
        dia_status status = write_block(content, blocks[b].id, blocks[b].writer, out, error);
        if (status != DIA_OK)
            return status;
    }
    write_bytes("data-stream", &content->stream.bits, out);
    if (content->options->mechanism != NULL)
        write_bytes("data-maps", &content->maps.bits, out);
    return DIA_OK;
}
