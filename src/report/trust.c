/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/trust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "model/verdict.h"
#include "report/doctor.h"
#include "statistics/moments.h"

static dia_status no_memory(dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
}

/* Share of all trajectories whose time in `since` has come. */
static double *share_by(const dia_record *r, const double *since)
{
    double *by = dia_allocate((size_t)r->ntime, sizeof *by);
    for (int t = 0; t < r->ntime && by != NULL; t++) {
        int count = 0;
        for (int j = 0; j < r->ntrajectory; j++)
            count += since[j] <= r->time[t]; /* NaN: never */
        by[t] = (double)count / r->ntrajectory;
    }
    return by;
}

static dia_status count_rows(const dia_record *r, const double *since, int *count, double *share, double **by,
                             dia_error *error)
{
    *count = -1;
    if (since == NULL)
        return DIA_OK;
    *count = dia_record_after(r, since, share);
    *by = share_by(r, since);
    return *by != NULL ? DIA_OK : no_memory(error);
}

/* ---- the committee --------------------------------------------------------------------------- */

static const char *const doubt_names[DIA_DOUBTS] = {"committee/energy", "committee/gap", "committee/hop"};

typedef struct gathering {
    const dia_record *record;
    int counted;
    double *value[DIA_DOUBTS]; /* (ntime, ncounted) */
} gathering;

static bool gather(void *context, int first, int count, double *const *values)
{
    gathering *g = context;
    const dia_record *r = g->record;
    const size_t T = (size_t)r->ntime;
    for (int j = 0; j < count; j++) {
        if (!(r->weight[first + j] > 0))
            continue;
        for (int q = 0; q < DIA_DOUBTS; q++)
            for (size_t t = 0; t < T; t++)
                g->value[q][t * (size_t)r->ncounted + (size_t)g->counted] =
                    values[q] != NULL ? values[q][(size_t)j * T + t] : NAN;
        g->counted++;
    }
    return true;
}

static dia_status summarise(dia_trust *trust, const gathering *g, int q, dia_error *error)
{
    static const double share[DIA_DOUBT_CURVES] = {0.5, 0.9, 1.0};
    const double unit = q == DIA_DOUBT_HOP ? 1 : DIA_EV;
    const size_t n = (size_t)g->record->ncounted;
    for (int c = 0; c < DIA_DOUBT_CURVES; c++)
        if ((trust->doubt[q][c] = dia_allocate((size_t)trust->ntime, sizeof(double))) == NULL)
            return no_memory(error);
    for (int t = 0; t < trust->ntime; t++) {
        double *now = g->value[q] + (size_t)t * n;
        if (!dia_sort(n, now, NULL))
            return no_memory(error);
        for (int c = 0; c < DIA_DOUBT_CURVES; c++)
            trust->doubt[q][c][t] = dia_quantile(n, now, NULL, share[c]) / unit;
    }
    return DIA_OK;
}

static dia_status watch(dia_trust *trust, const dia_record *r, dia_error *error)
{
    gathering g = {.record = r};
    const size_t size = (size_t)r->ntime * (size_t)r->ncounted;
    if (dia_swarm_row_size(r->swarm, doubt_names[0]) == 0)
        return DIA_OK;
    dia_status status = DIA_OK;
    for (int q = 0; q < DIA_DOUBTS; q++)
        if ((g.value[q] = dia_allocate(size + 1, sizeof(double))) == NULL)
            status = no_memory(error);
    if (status == DIA_OK)
        status = dia_record_walk(r, DIA_DOUBTS, doubt_names, gather, &g, error);
    for (int q = 0; q < DIA_DOUBTS; q++) {
        if (status == DIA_OK)
            status = summarise(trust, &g, q, error);
        free(g.value[q]);
    }
    return status;
}

/* What the swarm's own input says of it; a text that is no input, as of another program, says nothing. */
static void read_limit(dia_trust *trust, const dia_swarm *swarm)
{
    dia_config *config = NULL;
    dia_error error = {0};
    if (dia_config_parse(&config, swarm->resolved, "resolved", ".", &error) == DIA_OK) {
        const dia_node *node = dia_config_root(config);
        static const char *const keys[] = {"dynamics", "committee", "limit"};
        for (size_t k = 0; k < sizeof keys / sizeof keys[0] && node != NULL; k++)
            node = dia_node_child(node, keys[k]);
        const char *text = node != NULL ? dia_node_text(node) : NULL;
        if (text != NULL && strlen(text) < sizeof trust->limit)
            snprintf(trust->limit, sizeof trust->limit, "%s", text);
    }
    dia_config_free(config);
}

/* ---- the whole ------------------------------------------------------------------------------- */

dia_status dia_trust_create(dia_trust *trust, const dia_record *record, const char *check, dia_error *error)
{
    const dia_swarm *swarm = record->swarm;
    *trust = (dia_trust){.ntime = record->ntime};
    dia_status status =
        count_rows(record, swarm->outside, &trust->outside, &trust->outside_share, &trust->outside_by, error);
    if (status == DIA_OK)
        status = count_rows(record, swarm->uncertain, &trust->uncertain, &trust->uncertain_share, &trust->uncertain_by,
                            error);
    if (status == DIA_OK)
        status = watch(trust, record, error);
    if (status == DIA_OK && check != NULL)
        status = dia_doctor_read(&trust->verdict, check, swarm->model_digest, error);
    if (status == DIA_OK)
        read_limit(trust, swarm);
    else
        dia_trust_free(trust);
    return status;
}

void dia_trust_free(dia_trust *trust)
{
    free(trust->outside_by);
    free(trust->uncertain_by);
    for (int q = 0; q < DIA_DOUBTS; q++)
        for (int c = 0; c < DIA_DOUBT_CURVES; c++)
            free(trust->doubt[q][c]);
    dia_config_free(trust->verdict);
    *trust = (dia_trust){0};
}

static void put_remarks(const char *remarks, dia_json *json)
{
    char *verdict = NULL;
    dia_json_array(json, "notes");
    for (dia_remark line = dia_remark_first(remarks); line.text != NULL; line = dia_remark_next(line)) {
        char *text = strndup(line.text, (size_t)line.length);
        if (line.verdict && verdict == NULL) {
            verdict = text;
            continue;
        }
        dia_json_text(json, NULL, text);
        free(text);
    }
    dia_json_end(json);
    dia_json_text(json, "summary", verdict);
    free(verdict);
}

static void put_rows(dia_json *json, const char *key, int count, double share, int ntime, const double *by)
{
    if (count < 0) {
        dia_json_null(json, key);
        return;
    }
    dia_json_object(json, key);
    dia_json_int(json, "trajectories", count);
    dia_json_real(json, "time_share", share);
    dia_json_reals(json, "by", ntime, 1, by);
    dia_json_end(json);
}

void dia_trust_write(const dia_trust *trust, const dia_record *record, int most, FILE *out)
{
    static const char *const names[DIA_DOUBTS] = {"energy_ev", "gap_ev", "hop"}, *const curves[DIA_DOUBT_CURVES] = {
                                                                                     "median", "most", "largest"};
    dia_json json = {.out = out, .digits = 5, .most = most};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "model_digest", record->swarm->model_digest);
    put_remarks(record->swarm->model_note, &json);
    put_rows(&json, "outside", trust->outside, trust->outside_share, trust->ntime, trust->outside_by);
    dia_json_text(&json, "first_outside", record->swarm->first_outside);
    put_rows(&json, "uncertain", trust->uncertain, trust->uncertain_share, trust->ntime, trust->uncertain_by);
    dia_json_text(&json, "limit", trust->limit[0] != '\0' ? trust->limit : NULL);
    for (int q = 0; q < DIA_DOUBTS && trust->doubt[q][0] != NULL; q++) {
        dia_json_object(&json, names[q]);
        for (int c = 0; c < DIA_DOUBT_CURVES; c++)
            dia_json_reals(&json, curves[c], trust->ntime, 1, trust->doubt[q][c]);
        dia_json_end(&json);
    }
    if (trust->verdict != NULL)
        dia_doctor_write(trust->verdict, &json);
    dia_json_end(&json);
}
