/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "statistics/moments.h"
#include "statistics/share.h"

static const double ROUNDING = 1e-6; /* of a population in a file: amplitudes have single precision */

static dia_status open_file(dia_exact_beside *b, const char *path, dia_error *error)
{
    *b = (dia_exact_beside){.path = strdup(path)};
    if (b->path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_exact_open(&b->result, path, error);
    if (status != DIA_OK)
        return status;
    const dia_exact_record *r = b->result.record;
    if (r->samples < 1 || (r->active == NULL && r->diabatic == NULL))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: holds no populations against time (its engine is %s); `diabolo exact` with "
                             "exact.engine grid, oscillators or heom makes them",
                             path, b->result.engine);
    b->population[DIA_POPULATION_ACTIVE] = b->population[DIA_POPULATION_ELECTRONIC] = r->active;
    b->error[DIA_POPULATION_ACTIVE] = b->error[DIA_POPULATION_ELECTRONIC] = r->active_error;
    b->population[DIA_POPULATION_DIABATIC] = r->diabatic;
    b->error[DIA_POPULATION_DIABATIC] = r->diabatic_error;
    return DIA_OK;
}

dia_status dia_exact_alone(dia_exact_beside *beside, dia_record **record, const char *path, dia_error *error)
{
    dia_record *made = dia_allocate(1, sizeof *made);
    *record = made;
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = open_file(beside, path, error);
    if (status != DIA_OK)
        return status;
    made->ntime = (int)beside->result.record->samples;
    made->nstate = beside->result.record->nstate;
    made->time = beside->result.record->time;
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++)
        if (kind != DIA_POPULATION_ELECTRONIC) { /* a wave function has one adiabatic population */
            made->population[kind] = beside->population[kind];
            made->error[kind] = beside->error[kind];
        }
    return DIA_OK;
}

/* ---- are they of one input? ------------------------------------------------------------------ */

/* Keys of `initial` that decide how many trajectories there are, and which, but not where the wave packet is. */
static bool only_of_swarm(const char *line, size_t length)
{
    static const char *const keys[] = {"trajectories:", "seed:"};
    const size_t blanks = strspn(line, " ");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (length > blanks + strlen(keys[i]) && strncmp(line + blanks, keys[i], strlen(keys[i])) == 0)
            return true;
    return false;
}

/* The next line of a block at *at that counts; false: it ended. */
static bool next_line(const char **at, size_t *length, const char **line)
{
    while (**at == ' ') {
        *line = *at;
        *length = strcspn(*at, "\n");
        *at += *length + ((*at)[*length] == '\n');
        if (!only_of_swarm(*line, *length))
            return true;
    }
    *line = "";
    *length = 0;
    return false;
}

/* The lines of a block of the resolved input, head "model:\n"; "": there is none (a model that is a file has no block). */
static const char *block_of(const char *resolved, const char *head)
{
    const size_t length = strlen(head);
    for (const char *line = resolved; line != NULL && *line != '\0';) {
        if (strncmp(line, head, length) == 0)
            return line + length;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return "";
}

/* The first line in which a block differs. */
static dia_status check_block(const dia_exact_beside *b, const dia_swarm *swarm, const char *head, const char *what,
                              dia_error *error)
{
    const char *there = block_of(swarm->resolved, head), *here = block_of(b->result.record->head.resolved, head);
    for (;;) {
        const char *left, *right;
        size_t nleft, nright;
        const bool more = next_line(&there, &nleft, &left), other = next_line(&here, &nright, &right);
        if (!more && !other)
            return DIA_OK;
        if (nleft == nright && strncmp(left, right, nleft) == 0)
            continue;
        const int skip = (int)strspn(left, " "), skipped = (int)strspn(right, " ");
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s and %s %s: the swarm has %.*s '%.*s', the exact dynamics '%.*s'", swarm->path, b->path,
                             what, (int)strcspn(head, ":"), head, more ? (int)nleft - skip : 0, left + skip,
                             other ? (int)nright - skipped : 0, right + skipped);
    }
}

static dia_status check_times(const dia_exact_beside *b, const dia_record *r, dia_error *error)
{
    const dia_exact_record *e = b->result.record;
    const double rounding = 1e-9 * r->time[r->ntime - 1];
    bool same = e->samples == r->ntime;
    for (int t = 0; same && t < r->ntime; t++)
        same = fabs(e->time[t] - r->time[t]) <= rounding;
    if (same)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s has %d samples, every %g fs up to %g fs, %s %lld, every %g fs up to %g fs: give both the "
                         "same dynamics.duration and output.every",
                         r->swarm->path, r->ntime, r->ntime > 1 ? r->time[1] - r->time[0] : 0.0, r->time[r->ntime - 1],
                         b->path, (long long)e->samples, e->samples > 1 ? e->time[1] - e->time[0] : 0.0,
                         e->time[e->samples - 1]);
}

static dia_status check(const dia_exact_beside *b, const dia_record *r, dia_error *error)
{
    const dia_exact_record *e = b->result.record;
    const dia_swarm *swarm = r->swarm;
    if (e->nstate != r->nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s has %d states, %s %d: they are not of the same model",
                             swarm->path, r->nstate, b->path, e->nstate);
    if (e->head.model_digest == NULL || strcmp(e->head.model_digest, swarm->model_digest) != 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s and %s are not of the same model: '%s' with SHA-256 %.12s..., '%s' with %.12s...",
                             swarm->path, b->path, swarm->model_type, swarm->model_digest,
                             e->head.model_type != NULL ? e->head.model_type : "unknown",
                             e->head.model_digest != NULL ? e->head.model_digest : "none");
    dia_status status = check_block(b, swarm, "model:\n", "are not of the same model", error);
    if (status == DIA_OK)
        status = check_block(b, swarm, "initial:\n", "do not start alike", error);
    return status == DIA_OK ? check_times(b, r, error) : status;
}

/* A swarm of an input with one of the two widths starts without the spread of the other; some engines know only one kind of
 * population. */
static void find_note(dia_exact_beside *b, const dia_swarm *swarm)
{
    const char *initial = block_of(swarm->resolved, "initial:\n");
    const bool fixed = strstr(initial, "sampling: fixed\n") != NULL,
               no_momenta = strstr(initial, " momentum_width: []\n") != NULL,
               no_positions = strstr(initial, " position_width: []\n") != NULL;
    if (fixed && no_momenta && no_positions)
        snprintf(b->note, sizeof b->note,
                 "the swarm starts from one point, the wave packet has a width: give the input initial.position_width "
                 "and momentum_width");
    else if (fixed && no_momenta != no_positions)
        snprintf(b->note, sizeof b->note,
                 "the swarm starts without a spread of %s, the wave packet with it: give the input initial.%s_width",
                 no_momenta ? "momenta" : "positions", no_momenta ? "momentum" : "position");
    else if (strstr(initial, "sampling: boltzmann\n") != NULL)
        snprintf(b->note, sizeof b->note,
                 "the swarm starts in the classical equilibrium of its modes, the exact dynamics in the quantum one "
                 "(sampling: wigner)");
    if (b->population[DIA_POPULATION_ACTIVE] == NULL) {
        const size_t used = strlen(b->note);
        snprintf(b->note + used, sizeof b->note - used,
                 "%sthe engine %s knows no adiabatic populations: only the diabatic ones are compared",
                 used > 0 ? "; " : "", b->result.engine);
    }
}

/* ---- deviation ------------------------------------------------------------------------------- */

static double error_of(const dia_exact_beside *b, const dia_record *r, int kind, size_t at, double effective)
{
    const double exact = fmin(fmax(b->population[kind][at], 0.0), 1.0),
                 own = kind == DIA_POPULATION_ACTIVE ? dia_binomial_error(exact, effective) : r->error[kind][at],
                 change = b->error[kind] != NULL ? b->error[kind][at] : 0.0;
    return sqrt(own * own + change * change + ROUNDING * ROUNDING);
}

static dia_deviation deviation_of(const dia_exact_beside *b, const dia_record *r, int kind, int state, double effective)
{
    const double share = 1.0 / r->ntime;
    dia_deviation d = {
        .state = state, .largest = NAN, .largest_error = NAN, .largest_time = NAN, .most = NAN, .most_time = NAN};
    for (int t = 0; t < r->ntime; t++) {
        const size_t at = (size_t)t * (size_t)r->nstate + (size_t)state;
        const double difference = r->population[kind][at] - b->population[kind][at],
                     sigma = error_of(b, r, kind, at, effective), errors = fabs(difference) / sigma;
        d.mean += share * difference;
        d.mean_error += share * sigma;
        d.rms += share * difference * difference;
        d.beyond += errors > 2.0 ? share : 0.0;
        if (isnan(difference))
            continue;
        if (!(fabs(difference) <= fabs(d.largest))) {
            d.largest = difference;
            d.largest_error = sigma;
            d.largest_time = r->time[t];
        }
        if (errors > d.most || (isnan(d.most) && !isnan(errors))) {
            d.most = errors;
            d.most_time = r->time[t];
        }
    }
    d.rms = sqrt(d.rms);
    return d;
}

static dia_status compare(dia_exact_beside *b, const dia_record *r, dia_error *error)
{
    dia_moments weights = {0};
    for (int j = 0; j < r->ntrajectory; j++)
        if (r->weight[j] > 0)
            dia_moments_add(&weights, r->weight[j], 0);
    const double effective = dia_moments_effective(&weights);
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++) {
        if (b->population[kind] == NULL || r->population[kind] == NULL)
            continue;
        b->deviation[kind] = dia_allocate((size_t)r->nstate, sizeof *b->deviation[kind]);
        if (b->deviation[kind] == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
        for (int k = 0; k < r->nstate; k++)
            b->deviation[kind][k] = deviation_of(b, r, kind, k, effective);
    }
    return DIA_OK;
}

dia_status dia_exact_compare(dia_exact_beside *beside, const dia_record *record, const char *path, dia_error *error)
{
    dia_status status = open_file(beside, path, error);
    if (status == DIA_OK)
        status = check(beside, record, error);
    if (status != DIA_OK)
        return status;
    find_note(beside, record->swarm);
    return compare(beside, record, error);
}

double dia_exact_beside_change(const dia_exact_beside *beside)
{
    double worst = NAN; /* fmax leaves NaN out */
    for (int i = 0; i < beside->result.changes; i++)
        worst = fmax(worst, beside->result.change[i]);
    return worst;
}

void dia_exact_beside_free(dia_exact_beside *beside)
{
    if (beside == NULL)
        return;
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++)
        free(beside->deviation[kind]);
    dia_exact_close(&beside->result);
    free(beside->path);
    *beside = (dia_exact_beside){0};
}
