/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/dataset_page.h"

#include <string.h>

static void write_wrapped(FILE *out, const char *label, const char *text)
{
    if (text != NULL && text[0] != '\0')
        fprintf(out, "        %-10s %s\n", label, text);
}

static void write_finding(const dia_finding *f, bool repaired, FILE *out)
{
    char points[200];
    fprintf(out, "  %-6s %s: %s\n", dia_severity_names[f->severity], f->test, f->what != NULL ? f->what : "");
    if (f->npoint > 0) {
        dia_points_text(f->npoint, f->point, sizeof points, points);
        write_wrapped(out, "where", points);
    }
    write_wrapped(out, "how sure", f->sure);
    write_wrapped(out, "what to do", f->cure);
    write_wrapped(out, repaired ? "repaired" : "--repair", f->done);
}

/* The worst first, in the order of the tests otherwise. */
void dia_dataset_page_text(const dia_dataset_page *page, FILE *out)
{
    const dia_checkup *x = page->x;
    char summary[400];
    dia_dataset_summary(&x->data, sizeof summary, summary);
    fprintf(out, "%s: %s\n\n", x->path, summary);
    for (int i = 0; dia_data_tests[i] != NULL; i++) {
        int n = 0;
        for (int k = 0; k < x->findings.n; k++)
            n += strcmp(x->findings.item[k].test, dia_data_tests[i]->name) == 0 &&
                 x->findings.item[k].severity > DIA_SEVERITY_NOTE;
        fprintf(out, "  %-14s %-4s %s\n", dia_data_tests[i]->name,
                n > 0                     ? "BAD"
                : page->line[i].undecided ? "-"
                                          : "ok",
                page->line[i].told != NULL ? page->line[i].told : "");
    }
    fputc('\n', out);
    for (int severity = DIA_SEVERITY_FAULT; severity >= DIA_SEVERITY_NOTE; severity--)
        for (int k = 0; k < x->findings.n; k++)
            if ((int)x->findings.item[k].severity == severity)
                write_finding(&x->findings.item[k], page->repaired != NULL, out);
    fprintf(out, "%s%d faults, %d doubts, %d notes\n", x->findings.n > 0 ? "\n" : "",
            dia_findings_count(&x->findings, DIA_SEVERITY_FAULT), dia_findings_count(&x->findings, DIA_SEVERITY_DOUBT),
            dia_findings_count(&x->findings, DIA_SEVERITY_NOTE));
}

static void write_counts(const dia_dataset *data, dia_json *json)
{
    const dia_label_count c = dia_dataset_count(data, 0, NULL);
    dia_json_object(json, "labels");
    dia_json_int(json, "points", data->npoint);
    dia_json_int(json, "states", data->nstate);
    dia_json_int(json, "energies", c.energy);
    dia_json_int(json, "gradients", c.gradient);
    dia_json_int(json, "couplings", c.coupling);
    dia_json_array(json, "couplings_by_gap");
    for (int i = 0; i < DIA_LABEL_GAPS; i++) {
        dia_json_object(json, NULL);
        dia_json_text(json, "gap_ev", dia_label_gap_names[i]);
        dia_json_int(json, "pairs", c.pair[i]);
        dia_json_int(json, "with_coupling", c.taught[i]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

void dia_dataset_page_json(const dia_dataset_page *page, dia_json *json)
{
    const dia_checkup *x = page->x;
    dia_json_object(json, NULL);
    dia_json_text(json, "file", x->path);
    dia_json_text(json, "sha256", x->data.digest);
    dia_json_text(json, "verdict", dia_findings_worst(&x->findings) == DIA_SEVERITY_FAULT ? "fail" : "pass");
    write_counts(&x->data, json);
    dia_json_array(json, "tests");
    for (int i = 0; dia_data_tests[i] != NULL; i++) {
        dia_json_object(json, NULL);
        dia_json_text(json, "name", dia_data_tests[i]->name);
        dia_json_text(json, "finds", dia_data_tests[i]->finds);
        dia_json_text(json, "tells", dia_data_tests[i]->tells);
        dia_json_text(json, "told", page->line[i].told);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_array(json, "findings");
    for (int k = 0; k < x->findings.n; k++)
        dia_finding_json(&x->findings.item[k], json);
    dia_json_end(json);
    dia_json_text(json, "repaired_copy", page->repaired);
    dia_json_end(json);
}
