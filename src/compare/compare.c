/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Swarms against the first of them. */
#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "base/output.h"
#include "diabolo/analyse.h"

enum { ROWS = 10, DIGITS = 4 };

/* ---- page ------------------------------------------------------------------------------------ */

static void print_value(const dia_pair *pair, size_t k, FILE *out)
{
    char error[40], unpaired[40];
    dia_real_text(pair->error[k], DIGITS, sizeof error, error);
    dia_real_text(pair->unpaired[k], DIGITS, sizeof unpaired, unpaired);
    fprintf(out, "  %+.*f +- %s (%s)", DIGITS, pair->difference[k], error, unpaired);
}

static void print_heads(const dia_pair *pair, const char *first, bool any, FILE *out)
{
    fprintf(out, "\n%-18s", first);
    for (int k = 0; k < pair->nstate; k++)
        fprintf(out, "%25sS%-3d", "", k);
    fprintf(out, "%s\n", any ? "                          all" : "");
}

static void print_populations(const dia_pair *pair, FILE *out)
{
    const int rows = pair->ntime - 1 < ROWS ? pair->ntime - 1 : ROWS;
    print_heads(pair, "population, fs", false, out);
    for (int i = 0; i <= rows; i++) {
        const int t = rows > 0 ? (int)((int64_t)i * (pair->ntime - 1) / rows) : 0;
        fprintf(out, "  %-16.6g", pair->time[t]);
        for (int k = 0; k < pair->nstate; k++)
            print_value(pair, (size_t)t * (size_t)pair->nstate + (size_t)k, out);
        fprintf(out, "\n");
    }
}

static void print_outcomes(const dia_pair *pair, FILE *out)
{
    if (pair->nchannel == 0)
        return;
    print_heads(pair, "outcome", true, out);
    for (int c = 0; c < pair->nchannel; c++) {
        const size_t any = dia_pair_outcome(pair, c, pair->nstate);
        if (c == pair->nchannel - 1 && pair->reference[any] == 0.0 && pair->value[any] == 0.0)
            continue; /* dissociated: only if any are */
        fprintf(out, "  %-16.39s", pair->channel[c]);
        for (int k = 0; k <= pair->nstate; k++)
            print_value(pair, dia_pair_outcome(pair, c, k), out);
        fprintf(out, "\n");
    }
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void print_pair(const dia_pairing *all, const dia_pair *pair, FILE *out)
{
    const size_t stay = dia_pair_stay(pair), hops = dia_pair_hops(pair);
    fprintf(out, "%s minus %s: %lld trajector%s that both have\n", name_of(pair->path), name_of(all->path),
            (long long)pair->count, pair->count == 1 ? "y" : "ies");
    if (pair->setting[0] != '\0')
        fprintf(out, "  first setting that differs: %s\n", pair->setting);
    if (pair->left_out > 0)
        fprintf(out, "  %lld more are left out: their fate in one of them does not count\n", (long long)pair->left_out);
    if (pair->alone > 0)
        fprintf(out, "  %lld are in one file alone\n", (long long)pair->alone);
    if (!pair->same_seed)
        fprintf(out, "  the seeds differ: the random numbers of the hops have nothing in common\n");
    if (pair->by_amplitudes[0] || pair->by_amplitudes[1])
        fprintf(out,
                "  populations and outcomes of %s are those of amplitudes; first state and hops are of active states\n",
                pair->by_amplitudes[0] && pair->by_amplitudes[1] ? "both"
                : pair->by_amplitudes[0]                         ? all->method
                                                                 : pair->method);
    fprintf(out, "difference +- standard error from the differences (what two independent swarms would have)\n");
    print_populations(pair, out);
    print_outcomes(pair, out);
    fprintf(out, "\n%-18s%12s%12s%12s\n", "a trajectory", "there", "here", "difference");
    fprintf(out, "  %-16s%12.4f%12.4f", "first state, fs", pair->reference[stay], pair->value[stay]);
    print_value(pair, stay, out);
    fprintf(out, "\n  %-16s%12.4f%12.4f", "accepted hops", pair->reference[hops], pair->value[hops]);
    print_value(pair, hops, out);
    for (size_t k = hops + 1; k < pair->n; k++) {
        fprintf(out, "\n  %-16s%12.4f%12.4f", k == dia_pair_work(pair) ? "work of light/eV" : " by light",
                pair->reference[k], pair->value[k]);
        print_value(pair, k, out);
    }
    fprintf(out, "\n\n");
}

static void write_text(const dia_pairing *comparison, FILE *out)
{
    for (int i = 0; i < comparison->npair; i++)
        print_pair(comparison, &comparison->pair[i], out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void put_numbers(dia_json *json, const dia_pair *pair, size_t first, int n, int stride)
{
    const struct {
        const char *key;
        const double *values;
    } parts[] = {{"reference", pair->reference},     {"reference_error", pair->reference_error}, {"value", pair->value},
                 {"value_error", pair->value_error}, {"difference", pair->difference},           {"error", pair->error},
                 {"unpaired_error", pair->unpaired}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (n > 1)
            dia_json_reals(json, parts[i].key, n, stride, parts[i].values + first);
        else
            dia_json_real(json, parts[i].key, parts[i].values[first]);
}

static void put_one(dia_json *json, const char *key, const dia_pair *pair, size_t at)
{
    dia_json_object(json, key);
    put_numbers(json, pair, at, 1, 1);
    dia_json_end(json);
}

static void put_pair(dia_json *json, const dia_pair *pair)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "swarm", pair->path);
    dia_json_text(json, "method", pair->method);
    dia_json_text(json, "setting", pair->setting);
    dia_json_int(json, "trajectories", pair->count);
    dia_json_int(json, "left_out", pair->left_out);
    dia_json_int(json, "alone", pair->alone);
    dia_json_bool(json, "same_seed", pair->same_seed);
    dia_json_text(json, "populations_of_reference", pair->by_amplitudes[0] ? "amplitudes" : "active");
    dia_json_text(json, "populations_of_swarm", pair->by_amplitudes[1] ? "amplitudes" : "active");
    dia_json_reals(json, "time_fs", pair->ntime, 1, pair->time);
    dia_json_array(json, "populations");
    for (int k = 0; k < pair->nstate; k++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "state", k);
        put_numbers(json, pair, (size_t)k, pair->ntime, pair->nstate);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_array(json, "outcomes");
    for (int c = 0; c < pair->nchannel; c++)
        for (int k = 0; k <= pair->nstate; k++) {
            dia_json_object(json, NULL);
            dia_json_text(json, "name", pair->channel[c]);
            k < pair->nstate ? dia_json_int(json, "state", k) : dia_json_null(json, "state");
            put_numbers(json, pair, dia_pair_outcome(pair, c, k), 1, 1);
            dia_json_end(json);
        }
    dia_json_end(json);
    put_one(json, "first_state_fs", pair, dia_pair_stay(pair));
    put_one(json, "accepted_hops", pair, dia_pair_hops(pair));
    if (pair->lit) {
        put_one(json, "hops_by_light", pair, dia_pair_by_light(pair));
        put_one(json, "work_of_light_ev", pair, dia_pair_work(pair));
    }
    dia_json_end(json);
}

static void write_json(const dia_pairing *comparison, FILE *out)
{
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "reference", comparison->path);
    dia_json_text(&json, "method", comparison->method);
    dia_json_array(&json, "pairs");
    for (int i = 0; i < comparison->npair; i++)
        put_pair(&json, &comparison->pair[i]);
    dia_json_end(&json);
    dia_json_end(&json);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status write_out(const dia_pairing *comparison, void (*write)(const dia_pairing *, FILE *), char **text,
                            dia_error *error)
{
    size_t size = 0;
    if (text == NULL)
        return DIA_OK;
    FILE *out = open_memstream(text, &size);
    if (out != NULL)
        write(comparison, out);
    return dia_text_close(out, text, error);
}

static dia_status make_pairs(dia_pairing *comparison, int nswarm, const char *const *swarms, const dia_control *control,
                             dia_error *error)
{
    dia_swarm *reference = NULL;
    dia_status status = dia_swarm_open(&reference, swarms[0], error);
    if (status != DIA_OK)
        return status;
    strncpy(comparison->path, swarms[0], sizeof comparison->path - 1);
    strncpy(comparison->method, reference->method, sizeof comparison->method - 1);
    for (int i = 1; i < nswarm && status == DIA_OK; i++) {
        dia_swarm *swarm = NULL;
        status = dia_swarm_open(&swarm, swarms[i], error);
        if (status == DIA_OK)
            status = dia_pair_create(&comparison->pair[i - 1], reference, swarm, control, error);
        comparison->npair += status == DIA_OK;
        dia_swarm_close(swarm);
    }
    dia_swarm_close(reference);
    return status;
}

dia_status dia_compare(int nswarm, const char *const *swarms, const dia_control *control, char **page, char **json,
                       dia_error *error)
{
    dia_pairing comparison = {0};
    if (page != NULL)
        *page = NULL;
    if (json != NULL)
        *json = NULL;
    if (nswarm < 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "a comparison needs two swarms or more");
    comparison.pair = calloc((size_t)nswarm, sizeof *comparison.pair);
    dia_status status = comparison.pair != NULL ? make_pairs(&comparison, nswarm, swarms, control, error)
                                                : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare swarms");
    if (status == DIA_OK)
        status = write_out(&comparison, write_text, page, error);
    if (status == DIA_OK)
        status = write_out(&comparison, write_json, json, error);
    if (status != DIA_OK && page != NULL) {
        free(*page);
        *page = NULL;
    }
    for (int i = 0; i < comparison.npair; i++)
        dia_pair_free(&comparison.pair[i]);
    free(comparison.pair);
    return status;
}
