/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/data/finding.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const dia_severity_names[] = {"note", "doubt", "fault"};

static void finding_free(dia_finding *finding)
{
    free(finding->what);
    free(finding->sure);
    free(finding->cure);
    free(finding->done);
    free(finding->point);
}

dia_finding *dia_findings_add(dia_findings *findings, const char *test, dia_severity severity, const char *dataset)
{
    static dia_finding spare;
    if (findings->n == findings->room) {
        const int room = 2 * findings->room + 16;
        dia_finding *more = realloc(findings->item, (size_t)room * sizeof *more);
        if (more == NULL) {
            findings->failed = true;
            return &spare;
        }
        findings->item = more;
        findings->room = room;
    }
    dia_finding *finding = &findings->item[findings->n++];
    *finding = (dia_finding){
        .test = test, .severity = severity, .dataset = dataset, .state = -1, .other = -1, .factor = NAN, .error = NAN};
    return finding;
}

void dia_findings_free(dia_findings *findings)
{
    for (int i = 0; i < findings->n; i++)
        finding_free(&findings->item[i]);
    free(findings->item);
    *findings = (dia_findings){0};
}

void dia_finding_text(dia_findings *findings, char **text, const char *format, ...)
{
    va_list arguments;
    char *made = NULL;
    size_t size = 0;
    FILE *out = findings->failed ? NULL : open_memstream(&made, &size);
    if (out == NULL) {
        findings->failed = true;
        return;
    }
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    if (fclose(out) != 0)
        findings->failed = true;
    free(*text);
    *text = made;
}

void dia_finding_points(dia_findings *findings, dia_finding *finding, int n, const bool *marked)
{
    int count = 0;
    for (int p = 0; p < n; p++)
        count += marked[p];
    free(finding->point);
    finding->npoint = 0;
    finding->point = findings->failed ? NULL : calloc((size_t)count + 1, sizeof *finding->point);
    if (finding->point == NULL) {
        findings->failed = true;
        return;
    }
    for (int p = 0; p < n; p++)
        if (marked[p])
            finding->point[finding->npoint++] = p;
}

void dia_points_text(int n, const int *point, size_t size, char *text)
{
    enum { RUNS = 8 };
    size_t used = (size_t)snprintf(text, size, n == 1 ? "point" : "points");
    int told = 0;
    for (int run = 0; told < n && run < RUNS && used < size; run++) {
        int last = told;
        while (last + 1 < n && point[last + 1] == point[last] + 1)
            last++;
        used += (size_t)snprintf(text + used, size - used, last > told ? "%s%d-%d" : "%s%d", run > 0 ? ", " : " ",
                                 point[told], point[last]);
        told = last + 1;
    }
    if (told < n && used < size)
        snprintf(text + used, size - used, " and %d more", n - told);
}

int dia_findings_count(const dia_findings *findings, dia_severity severity)
{
    int n = 0;
    for (int i = 0; i < findings->n; i++)
        n += findings->item[i].severity == severity;
    return n;
}

dia_severity dia_findings_worst(const dia_findings *findings)
{
    dia_severity worst = DIA_SEVERITY_NOTE;
    for (int i = 0; i < findings->n; i++)
        if (findings->item[i].severity > worst)
            worst = findings->item[i].severity;
    return worst;
}

void dia_finding_json(const dia_finding *finding, dia_json *json)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "test", finding->test);
    dia_json_text(json, "severity", dia_severity_names[finding->severity]);
    dia_json_text(json, "dataset", finding->dataset);
    dia_json_text(json, "what", finding->what);
    dia_json_text(json, "how_sure", finding->sure);
    dia_json_text(json, "what_to_do", finding->cure);
    dia_json_text(json, "repaired", finding->done);
    dia_json_line(json, "states");
    if (finding->state >= 0)
        dia_json_int(json, NULL, finding->state);
    if (finding->other >= 0)
        dia_json_int(json, NULL, finding->other);
    dia_json_end(json);
    dia_json_line(json, "points");
    for (int i = 0; i < finding->npoint; i++)
        dia_json_int(json, NULL, finding->point[i]);
    dia_json_end(json);
    dia_json_real(json, "factor", finding->factor);
    dia_json_real(json, "factor_error", finding->error);
    dia_json_end(json);
}
