/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/model_page.h"

#include <math.h>

#include "base/html.h"
#include "base/json.h"

/* "0.0123 meV (at most 5)" */
static void number(const dia_figure *f, size_t size, char *text)
{
    size_t used = (size_t)snprintf(text, size, "%.4g%s%s", f->value, f->unit[0] != '\0' ? " " : "", f->unit);
    if (!isnan(f->limit) && used < size)
        snprintf(text + used, size - used, " (at %s %.4g)", f->least ? "least" : "most", f->limit);
}

void dia_model_page_text(const dia_model_check *check, const dia_model *model, const char *path, FILE *out)
{
    fprintf(out, "%s: %s\nmodel '%s', %d states, %.0f s\n", path, check->summary, dia_model_name(model),
            dia_model_shape(model).nstate, check->seconds);
    for (int i = 0; dia_model_tests[i] != NULL; i++) {
        const dia_exam *e = &check->exam[i];
        fprintf(out, "\n%s: %s\n", dia_model_tests[i]->name, dia_verdict_names[e->verdict]);
        for (int k = 0; k < e->n; k++) {
            char text[120];
            number(&e->figure[k], sizeof text, text);
            fprintf(out, "  %c %-72s %s\n", dia_figure_good(&e->figure[k]) ? ' ' : '!', e->figure[k].name, text);
        }
        if (e->told[0] != '\0')
            fprintf(out, "    %s\n", e->told);
    }
}

static void figure_json(const dia_figure *f, dia_json *json)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "name", f->name);
    dia_json_real(json, "value", f->value);
    dia_json_text(json, "unit", f->unit[0] != '\0' ? f->unit : "1");
    dia_json_real(json, f->least ? "at_least" : "at_most", f->limit);
    dia_json_bool(json, "good", dia_figure_good(f));
    dia_json_end(json);
}

void dia_model_page_json(const dia_model_check *check, const dia_model *model, const char *path, FILE *out)
{
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "verdict", dia_verdict_names[check->verdict]);
    dia_json_text(&json, "summary", check->summary);
    dia_json_text(&json, "model", path);
    dia_json_text(&json, "model_digest", dia_model_digest(model));
    dia_json_text(&json, "program_version", dia_version());
    dia_json_text(&json, "program_commit", dia_commit());
    dia_json_real(&json, "seconds", check->seconds);
    dia_json_array(&json, "tests");
    for (int i = 0; dia_model_tests[i] != NULL; i++) {
        const dia_exam *e = &check->exam[i];
        dia_json_object(&json, NULL);
        dia_json_text(&json, "name", dia_model_tests[i]->name);
        dia_json_text(&json, "verdict", dia_verdict_names[e->verdict]);
        dia_json_text(&json, "measures", dia_model_tests[i]->measures);
        dia_json_text(&json, "limits", dia_model_tests[i]->limits);
        dia_json_text(&json, "told", e->told[0] != '\0' ? e->told : NULL);
        dia_json_real(&json, "seconds", e->seconds);
        dia_json_array(&json, "figures");
        for (int k = 0; k < e->n; k++)
            figure_json(&e->figure[k], &json);
        dia_json_end(&json);
        dia_json_end(&json);
    }
    dia_json_end(&json);
    dia_json_end(&json);
}

static const char style[] =
    "body{font:15px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "h2{margin:1.4em 0 .2em;font-size:1.1em}table{border-collapse:collapse;width:100%}"
    "td{border-top:1px solid #ddd;padding:.15em .6em .15em 0;vertical-align:top}td:last-child{white-space:nowrap}"
    ".pass{color:#17652b}.fail{color:#b00020;font-weight:bold}.none{color:#666}p{margin:.2em 0;color:#444}";

static void row_html(const dia_figure *f, FILE *out)
{
    char text[120];
    number(f, sizeof text, text);
    fprintf(out, "<tr%s><td>", dia_figure_good(f) ? "" : " class=\"fail\"");
    dia_html_text(out, f->name);
    fputs("</td><td>", out);
    dia_html_text(out, text);
    fputs("</td></tr>\n", out);
}

static void paragraph(const char *text, FILE *out)
{
    if (text[0] == '\0')
        return;
    fputs("<p>", out);
    dia_html_text(out, text);
    fputs("</p>\n", out);
}

void dia_model_page_html(const dia_model_check *check, const dia_model *model, const char *path, FILE *out)
{
    static const char *const class[] = {"none", "pass", "fail"};
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Check of ", out);
    dia_html_text(out, path);
    fprintf(out, "</title><style>%s</style></head><body>\n<h1>", style);
    dia_html_text(out, path);
    fprintf(out, "</h1>\n<p class=\"%s\">", class[check->verdict]);
    dia_html_text(out, check->summary);
    fprintf(out, "</p>\n<p>Model '%s', %d states. SHA-256 %s. Diabolo %s, %.0f s.</p>\n", dia_model_name(model),
            dia_model_shape(model).nstate, dia_model_digest(model), dia_version(), check->seconds);
    for (int i = 0; dia_model_tests[i] != NULL; i++) {
        const dia_exam *e = &check->exam[i];
        fprintf(out, "<h2>%s: <span class=\"%s\">%s</span></h2>\n", dia_model_tests[i]->name, class[e->verdict],
                dia_verdict_names[e->verdict]);
        paragraph(dia_model_tests[i]->measures, out);
        if (e->n > 0)
            fputs("<table>\n", out);
        for (int k = 0; k < e->n; k++)
            row_html(&e->figure[k], out);
        if (e->n > 0)
            fputs("</table>\n", out);
        paragraph(e->told, out);
        if (e->verdict != DIA_VERDICT_ABSENT) {
            fputs("<p>Limits: ", out);
            dia_html_text(out, dia_model_tests[i]->limits);
            fputs("</p>\n", out);
        }
    }
    fputs("</body></html>\n", out);
}
