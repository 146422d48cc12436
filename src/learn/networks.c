/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of a round: trained from different seeds, and what they disagree about. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "diabolo/run.h"
#include "diabolo/train.h"
#include "learn/answers.h"
#include "learn/course.h"

/* ---- inputs of the calls --------------------------------------------------------------------- */

void dia_course_pairs(FILE *out, int indent, const dia_node *mapping, const char *const *without)
{
    for (int i = 0; mapping != NULL && dia_node_is_mapping(mapping) && i < dia_node_count(mapping); i++) {
        const dia_node *value;
        const char *key = dia_node_pair(mapping, i, &value);
        bool skip = false;
        for (int k = 0; without[k] != NULL; k++)
            skip = skip || strcmp(key, without[k]) == 0;
        if (skip)
            continue;
        fprintf(out, "%*s%s: ", indent, "", key);
        dia_node_write(out, value);
        fputc('\n', out);
    }
}

/* A seed of the input, or 1. */
static long seed_of(const dia_node *mapping)
{
    const dia_node *seed = mapping != NULL ? dia_node_child(mapping, "seed") : NULL;
    return seed != NULL && dia_node_text(seed) != NULL ? strtol(dia_node_text(seed), NULL, 10) : 1;
}

/* Seeds of members are far from each other, so that no member of one training is that of another. */
static dia_status train_text(const dia_course *c, int round, int member, char **text, dia_error *error)
{
    const dia_node *train = c->settings.train, *data = dia_node_child(train, "data"),
                   *network = dia_node_child(train, "network");
    char name[40], *file = NULL, *model = NULL;
    size_t size = 0;
    snprintf(name, sizeof name, "model-%d.h5", member);
    dia_status status = dia_course_given(c, round, "data.h5", &file, error);
    if (status == DIA_OK)
        status = dia_course_given(c, round, name, &model, error);
    FILE *out = status == DIA_OK ? open_memstream(text, &size) : NULL;
    if (status == DIA_OK && out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an input");
    if (status == DIA_OK) {
        fputs("data:\n  file: ", out);
        dia_option_write_text(out, file);
        fprintf(out, "\n  seed: %ld\n", (seed_of(data) + 1009L * member) % 2000000000L);
        if (dia_node_child(data, "split") == NULL)
            fputs("  split: point\n", out); /* groups say why a point was chosen */
        dia_course_pairs(out, 2, data, (const char *const[]){"file", "seed", NULL});
        fprintf(out, "network:\n  seed: %ld\n", (seed_of(network) + 1013L * member) % 2000000000L);
        if (dia_node_child(network, "states") == NULL)
            fprintf(out, "  states: %d\n", c->settings.engine.states);
        dia_course_pairs(out, 2, network, (const char *const[]){"seed", NULL});
        dia_course_pairs(out, 0, train, (const char *const[]){"data", "network", NULL});
        fputs("output: {file: ", out);
        dia_option_write_text(out, model);
        fputs("}\n", out);
        status = dia_text_close(out, text, error);
    }
    free(file);
    free(model);
    return status;
}

static dia_status swarm_text(const dia_course *c, int round, char **text, dia_error *error)
{
    const dia_node *swarm = c->settings.swarm, *initial = dia_node_child(swarm, "initial"),
                   *output = dia_node_child(swarm, "output");
    char name[40], *file = NULL, *model = NULL;
    size_t size = 0;
    snprintf(name, sizeof name, "model-%d.h5", dia_course_flown(c, round));
    dia_status status = dia_course_given(c, round, name, &model, error);
    if (status == DIA_OK)
        status = dia_course_given(c, round, "swarm.h5", &file, error);
    FILE *out = status == DIA_OK ? open_memstream(text, &size) : NULL;
    if (status == DIA_OK && out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an input");
    if (status == DIA_OK) {
        fputs("model: ", out);
        dia_option_write_text(out, model);
        fprintf(out, "\ninitial:\n  seed: %ld\n", seed_of(initial) + round);
        dia_course_pairs(out, 2, initial, (const char *const[]){"seed", NULL});
        dia_course_pairs(out, 0, swarm, (const char *const[]){"initial", "output", NULL});
        fputs("output:\n  file: ", out);
        dia_option_write_text(out, file);
        fputs("\n  trajectories: true\n", out);
        dia_course_pairs(out, 2, output, (const char *const[]){"file", "trajectories", NULL});
        status = dia_text_close(out, text, error);
    }
    free(file);
    free(model);
    return status;
}

/* ---- training and flying --------------------------------------------------------------------- */

static dia_status train_member(dia_course *c, int round, int member, dia_error *error)
{
    char name[40], *text = NULL, *path = NULL;
    dia_train_result trained = {0};
    snprintf(name, sizeof name, "model-%d.h5", member);
    dia_status status = dia_course_path(c, round, name, &path, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        status = train_text(c, round, member, &text, error);
        const dia_input input = {.text = text, .directory = dia_config_directory(c->config)};
        if (status == DIA_OK)
            status = dia_train(&input, false, &c->control, &trained, error);
    }
    dia_train_result_free(&trained);
    free(text);
    free(path);
    return status;
}

dia_status dia_networks_train(dia_course *c, int round, dia_error *error)
{
    dia_status status = DIA_OK;
    dia_course_say(c, "round %d", round);
    c->pieces = c->settings.members;
    for (c->piece = 0; c->piece < c->pieces && status == DIA_OK; c->piece++)
        status = train_member(c, round, c->piece, error);
    c->piece = c->pieces = 0;
    return status;
}

dia_status dia_networks_open(dia_networks *networks, const dia_course *c, int round, dia_error *error)
{
    dia_status status = DIA_OK;
    *networks = (dia_networks){0};
    for (int m = 0; m < c->settings.members && status == DIA_OK; m++) {
        char name[40], *path = NULL;
        snprintf(name, sizeof name, "model-%d.h5", m);
        status = dia_course_path(c, round, name, &path, error);
        if (status == DIA_OK)
            status = dia_model_load(&networks->model[m], path, error);
        networks->n += status == DIA_OK;
        free(path);
    }
    return status;
}

void dia_networks_close(dia_networks *networks)
{
    for (int m = 0; m < networks->n; m++)
        dia_model_free(networks->model[m]);
    *networks = (dia_networks){0};
}

int dia_course_flown(const dia_course *c, int round)
{
    return round % c->settings.members;
}

dia_status dia_course_fly(dia_course *c, int round, dia_error *error)
{
    char *text = NULL, *path = NULL;
    dia_course_say(c, "round %d", round);
    dia_status status = dia_course_path(c, round, "swarm.h5", &path, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        status = swarm_text(c, round, &text, error);
        const dia_input input = {.text = text, .directory = dia_config_directory(c->config)};
        if (status == DIA_OK)
            status = dia_run(&input, NULL, &c->control, NULL, error);
    }
    free(text);
    free(path);
    return status;
}

/* ---- disagreement ---------------------------------------------------------------------------- */

typedef struct sums { /* over members, relative to the first */
    double *E, *E2;   /* (n, nstate)        */
    double *G, *G2;   /* (n, nstate, ncart) */
} sums;

static void add(size_t n, const double *x, const double *first, double *sum, double *square)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] += x[i] - first[i];
        square[i] += (x[i] - first[i]) * (x[i] - first[i]);
    }
}

static double deviation(double sum, double square, int n)
{
    return sqrt(fmax(0.0, (square - sum * sum / n) / (n - 1)));
}

static void fill(const sums *s, int members, size_t n, size_t ns, size_t nc, double *spread, double *score)
{
    for (size_t i = 0; i < n; i++) {
        double energy = 0.0, gradient = 0.0;
        for (size_t k = i * ns; k < (i + 1) * ns; k++) {
            const double e = deviation(s->E[k], s->E2[k], members);
            double square = 0.0;
            for (size_t x = k * nc; x < (k + 1) * nc; x++)
                square += pow(deviation(s->G[x], s->G2[x], members), 2.0);
            energy = fmax(energy, e);
            gradient = fmax(gradient, sqrt(square / (double)nc));
            if (spread != NULL)
                spread[k] = e;
        }
        if (score != NULL)
            score[i] = energy + 0.1 * DIA_ANGSTROM * gradient;
    }
}

dia_status dia_networks_spread(const dia_networks *networks, const dia_course *c, int flown, int n, const double *R,
                               double *E, double *G, double *spread, double *score, dia_error *error)
{
    const size_t ns = (size_t)c->settings.engine.states, nc = (size_t)c->bench.molecule.ncart, ne = (size_t)n * ns,
                 ng = ne * nc;
    double *block = calloc(4 * (ne + ng) + 1, sizeof *block);
    if (block == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare networks at %d geometries", n);
    double *firstE = block, *firstG = firstE + ne, *x = firstG + ng, *y = x + ne;
    const sums s = {.E = y + ng, .E2 = y + ng + ne, .G = y + ng + 2 * ne, .G2 = y + 2 * ng + 2 * ne};
    dia_status status = DIA_OK;
    for (int m = 0; m < networks->n && status == DIA_OK; m++) {
        status = dia_answers_make(networks->model[m], (int)ns, n, R, x, y, NULL, c->control.threads, error);
        if (n == 1 && status == DIA_ERROR_NUMERIC) { /* NaN says it */
            dia_error_clear(error);
            status = DIA_OK;
        }
        if (m == 0) {
            memcpy(firstE, x, ne * sizeof *x);
            memcpy(firstG, y, ng * sizeof *y);
        }
        add(ne, x, firstE, s.E, s.E2);
        add(ng, y, firstG, s.G, s.G2);
        if (m == flown && E != NULL)
            memcpy(E, x, ne * sizeof *x);
        if (m == flown && G != NULL)
            memcpy(G, y, ng * sizeof *y);
    }
    fill(&s, networks->n, (size_t)n, ns, nc, spread, score);
    free(block);
    return status;
}
