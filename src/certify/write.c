/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The certificate as JSON. */
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/output.h"
#include "certify/certify.h"

void dia_certify_place_text(const dia_target *target, int place, size_t size, char *text)
{
    const bool outcomes = target->what == DIA_COMPARED_OUTCOMES;
    snprintf(text, size, "%s%s%s%d", outcomes ? target->channel[place / target->nstate] : "", outcomes ? ", " : "",
             target->what == DIA_COMPARED_DIABATIC ? "diabat " : "S", place % target->nstate);
}

static void write_deviation(dia_json *json, const char *key, const dia_certify_deviation *d)
{
    dia_json_object(json, key);
    dia_json_real(json, "rms", d->rms);
    dia_json_real(json, "error", d->error);
    dia_json_real(json, "limit", d->limit);
    dia_json_real(json, "noise", d->noise);
    dia_json_real(json, "sigmas", d->sigmas);
    dia_json_bool(json, "significant", d->sigmas >= DIA_DEVIATION_SIGMAS);
    dia_json_end(json);
}

static void write_cell(dia_json *json, const dia_certificate *c, const dia_certify_row *row, int method)
{
    const dia_certify_cell *cell = &row->cell[method];
    char text[100];
    dia_json_object(json, NULL);
    dia_json_text(json, "method", c->method[method].label);
    dia_json_text(json, "hopping", c->method[method].hop);
    dia_json_text(json, "decoherence", c->method[method].decoherence);
    dia_json_bool(json, "variant", c->method[method].variant);
    dia_json_text(json, "reason", cell->reason[0] != '\0' ? cell->reason : NULL);
    if (cell->reason[0] == '\0') {
        write_deviation(json, "deviation", &cell->deviation);
        write_deviation(json, "half_step", &cell->change);
        dia_certify_place_text(&row->target, cell->largest, sizeof text, text);
        dia_json_object(json, "end");
        dia_json_text(json, "what", text);
        dia_json_real(json, "difference", cell->end);
        dia_json_real(json, "error", cell->end_error);
        dia_json_end(json);
        dia_json_int(json, "trajectories", cell->deviation.n);
        dia_json_int(json, "left_out", cell->left_out);
    }
    dia_json_end(json);
}

static void write_row(dia_json *json, const dia_certificate *c, const dia_certify_row *row)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "name", row->name);
    dia_json_text(json, "reason", row->reason[0] != '\0' ? row->reason : NULL);
    if (row->reason[0] == '\0') {
        dia_json_text(json, "model", row->model);
        dia_json_text(json, "differs", row->differs);
        dia_json_text(json, "compared", dia_compared_names[row->target.what]);
        dia_json_int(json, "states", row->target.nstate);
        dia_json_int(json, "samples", row->target.samples);
        dia_json_text(json, "engine", row->engine);
        dia_json_text(json, "settings", row->settings);
        dia_json_real(json, "exact_change", row->target.change);
        dia_json_real(json, "timestep_fs", row->timestep / DIA_FEMTOSECOND);
        dia_json_real(json, "duration_fs", row->duration / DIA_FEMTOSECOND);
        dia_json_int(json, "trajectories", row->trajectories);
        dia_json_array(json, "methods");
        for (int m = 0; m < c->nmethod; m++)
            write_cell(json, c, row, m);
        dia_json_end(json);
    }
    dia_json_end(json);
}

dia_status dia_certificate_write(const dia_certificate *c, dia_error *error)
{
    dia_output output;
    dia_status status = dia_output_open(&output, c->path, error);
    if (status != DIA_OK)
        return status;
    dia_json json = {.out = output.stream};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "format", "diabolo-certificate");
    dia_json_int(&json, "version", 1);
    dia_json_text(&json, "program_version", dia_version());
    dia_json_text(&json, "program_commit", dia_commit());
    dia_json_real(&json, "significant_from_sigmas", DIA_DEVIATION_SIGMAS);
    dia_json_array(&json, "same");
    for (int m = 0; m < c->nmethod; m++)
        if (dia_certificate_same(c, m) >= 0) {
            dia_json_object(&json, NULL);
            dia_json_text(&json, "method", c->method[m].label);
            dia_json_text(&json, "as", c->method[dia_certificate_same(c, m)].label);
            dia_json_end(&json);
        }
    dia_json_end(&json);
    dia_json_array(&json, "cases");
    for (int i = 0; i < c->ncase; i++)
        write_row(&json, c, &c->row[i]);
    dia_json_end(&json);
    dia_json_end(&json);
    return dia_output_close(&output, ferror(output.stream) ? DIA_ERROR_FILE : DIA_OK, error);
}
