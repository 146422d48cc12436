/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rounds gave, as text, JSON, and a page with a picture. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/number.h"
#include "learn/course.h"

#define MEV (1e-3 * DIA_EV)
#define FORCE (1e-3 * DIA_EV / DIA_ANGSTROM) /* meV/Angstrom */

/* ---- columns --------------------------------------------------------------------------------- */

enum { COLUMNS = 16, CELL = 24 };
static const char *const heads[COLUMNS] = {"round",      "labels", "failed",   "not unique", "left out", "again",
                                           "wrong",      "judged", "E, meV",   "+-",         "gap, meV", "G, meV/A",
                                           "in 1 sigma", "in 2",   "expected", "outside"};

static void cells_of(int round, const dia_learn_round *r, char (*cell)[CELL])
{
    const double values[] = {r->energy / MEV, r->energy_error / MEV, r->gap / MEV,      r->gradient / FORCE,
                             r->within[0][0], r->within[0][1],       r->expected / MEV, r->outside};
    const int digits[] = {1, 1, 1, 1, 2, 2, 1, 2};
    snprintf(cell[0], CELL, "%d", round);
    snprintf(cell[1], CELL, "%d", r->total);
    snprintf(cell[2], CELL, "%d", r->failed);
    snprintf(cell[3], CELL, "%d", r->not_unique);
    snprintf(cell[4], CELL, "%d", r->left_out);
    snprintf(cell[5], CELL, "%d", r->topology.trainings - r->topology.members);
    snprintf(cell[6], CELL, "%d", r->topology.wrong);
    snprintf(cell[7], CELL, "%d", r->judged);
    for (int i = 0; i < COLUMNS - 8; i++)
        dia_real_text(values[i], digits[i], CELL, cell[8 + i]);
}

/* "Lifetime of S1 fitted (delayed, tau): 85 fs +- 6 (sample) +- 4 (model) ..." */
static void write_fit(const dia_course *c, FILE *out)
{
    const dia_learn_fit *f = &c->result->fit;
    if (f->n > 0)
        fprintf(out, "lifetime of S%d fitted (%s, %s), fs: %.4g +- %.2g (sample) +- %.2g (model), of %d members\n",
                c->result->band.state, f->shape, f->parameter, f->mean, f->statistical, f->model, f->n);
}

int dia_course_topology_text(const dia_learn_topology *t, const char *before, size_t size, char *text)
{
    int n = 0;
    text[0] = '\0';
    if (t->wrong > 0)
        n = snprintf(text, size, "%sother surfaces cross than in the labels in %d of %d members", before, t->wrong,
                     t->members);
    if (t->trainings > t->members)
        n += snprintf(text + n, size - (size_t)n, "%s%s%d trainings", t->wrong > 0 ? "" : before,
                      t->wrong > 0 ? ", after " : "no member is wrong, after ", t->trainings);
    return n;
}

/* Whether the members have the intersections that the labels know: energies alone do not say it. */
static void write_topology(const dia_course *c, FILE *out)
{
    const dia_learn_topology *t = &c->result->round[c->result->nround - 1].topology;
    if (t->members == 0)
        return;
    fprintf(out, "Intersections known from the labels: %d", t->known);
    if (t->known > 0 && t->least < t->most)
        fprintf(out, "; members of the last committee have %d to %d of them", t->least, t->most);
    else if (t->known > 0)
        fprintf(out, "; each member of the last committee has %d of them", t->most);
    if (t->wrong > 0)
        fprintf(out, "; other surfaces cross in %d of %d members: populations would be wrong", t->wrong, t->members);
    if (t->trainings > t->members)
        fprintf(out, "; %d trainings", t->trainings);
    fputs(".\n", out);
}

static void write_table(const dia_course *c, FILE *out)
{
    char cell[COLUMNS][CELL];
    for (int i = 0; i < COLUMNS; i++)
        fprintf(out, "%s%11s", i > 0 ? " " : "", heads[i]);
    fputc('\n', out);
    for (int k = 0; k < c->result->nround; k++) {
        cells_of(k, &c->result->round[k], cell);
        for (int i = 0; i < COLUMNS; i++)
            fprintf(out, "%s%11s", i > 0 ? " " : "", cell[i]);
        fputc('\n', out);
    }
    fputs(
        "\nA row: labels its committee was trained on, labels of the round that failed or are not unique, labels up to "
        "here that the\n"
        "doctor left out; further trainings of its members in which other surfaces crossed than in the labels, members "
        "that are wrong\nafter them; then what the committee of the round before was worth at the "
        "judged hops of its\n"
        "own swarm, which no member had seen: of the member that flew the mean absolute error of energies with its "
        "standard error, of\n"
        "the smallest gap, of gradient components; of all members the shares of errors of energies within one and two "
        "sigma as\n"
        "calibrated by earlier rounds (0.68, 0.95 if right); error expected at all hops; share of the hops at which no "
        "label was asked for.\n",
        out);
    if (c->result->why != NULL && c->result->why[0] != '\0')
        fprintf(out, "\nEnded: %s.\n", c->result->why);
    write_topology(c, out);
    if (c->result->band.nmember > 0) {
        fputc('\n', out);
        dia_band_text(&c->result->band, out);
        write_fit(c, out);
    }
}

static void write_json_topology(dia_json *json, const dia_learn_topology *t)
{
    dia_json_object(json, "topology");
    dia_json_int(json, "known_intersections", t->known);
    dia_json_int(json, "right_least", t->least);
    dia_json_int(json, "right_most", t->most);
    dia_json_int(json, "members", t->members);
    dia_json_int(json, "members_wrong", t->wrong);
    dia_json_int(json, "trainings", t->trainings);
    dia_json_end(json);
}

static void write_json(const dia_course *c, FILE *out)
{
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "format", "diabolo-learn");
    dia_json_int(&json, "version", 1);
    dia_json_bool(&json, "met", c->result->met);
    dia_json_text(&json, "ended", c->result->why);
    dia_json_real(&json, "limit_energy_mev", c->settings.criterion.energy / MEV);
    dia_json_bool(&json, "topology_counts", c->settings.criterion.topology);
    write_json_topology(&json, &c->result->round[c->result->nround - 1].topology);
    if (c->result->band.nmember > 0) {
        dia_json_object(&json, "final");
        dia_band_object(&c->result->band, &json);
        const dia_learn_fit *f = &c->result->fit;
        dia_json_object(&json, "fitted_lifetime_fs");
        dia_json_int(&json, "state", c->result->band.state);
        dia_json_text(&json, "shape", f->shape);
        dia_json_text(&json, "parameter", f->parameter);
        dia_json_int(&json, "members", f->n);
        dia_json_real(&json, "mean", f->mean);
        dia_json_real(&json, "statistical", f->statistical);
        dia_json_real(&json, "model", f->model);
        dia_json_end(&json);
        dia_json_end(&json);
    }
    dia_json_array(&json, "rounds");
    for (int k = 0; k < c->result->nround; k++) {
        const dia_learn_round *r = &c->result->round[k];
        dia_json_object(&json, NULL);
        dia_json_int(&json, "round", k);
        dia_json_int(&json, "labels", r->total);
        dia_json_int(&json, "labels_of_this_round", r->labels);
        dia_json_int(&json, "failed", r->failed);
        dia_json_int(&json, "not_unique", r->not_unique);
        dia_json_int(&json, "left_out", r->left_out);
        dia_json_int(&json, "judged", k > 0 ? r->judged : 0);
        dia_json_int(&json, "labels_of_the_judged", k > 0 ? c->result->round[k - 1].total : 0);
        dia_json_real(&json, "energy_mae_mev", k > 0 ? r->energy / MEV : NAN);
        dia_json_real(&json, "energy_mae_error_mev", k > 0 ? r->energy_error / MEV : NAN);
        dia_json_real(&json, "gap_mae_mev", k > 0 ? r->gap / MEV : NAN);
        dia_json_real(&json, "gradient_mae_mev_per_angstrom", k > 0 ? r->gradient / FORCE : NAN);
        dia_json_real(&json, "within_one_sigma", r->within[0][0]);
        dia_json_real(&json, "within_two_sigma", r->within[0][1]);
        dia_json_real(&json, "gradients_within_one_sigma", r->within[1][0]);
        dia_json_real(&json, "gradients_within_two_sigma", r->within[1][1]);
        dia_json_real(&json, "expected_mae_mev", r->expected / MEV);
        dia_json_int(&json, "hops", r->hops);
        dia_json_real(&json, "outside", r->outside);
        dia_json_bool(&json, "errors_within_limits", r->right);
        dia_json_bool(&json, "met", r->met);
        write_json_topology(&json, &r->topology);
        dia_json_int(&json, "flown", r->flown);
        dia_json_end(&json);
    }
    dia_json_end(&json);
    dia_json_end(&json);
}

/* ---- the picture ----------------------------------------------------------------------------- */

typedef struct frame { /* logarithmic axes */
    double x0, x1, y0, y1;
} frame;

static double place_x(const frame *f, double x)
{
    return 70.0 + 610.0 * log(x / f->x0) / log(f->x1 / f->x0);
}

static double place_y(const frame *f, double y)
{
    return 340.0 - 320.0 * log(fmin(fmax(y, f->y0), f->y1) / f->y0) / log(f->y1 / f->y0);
}

static void axis(const frame *f, bool vertical, FILE *out)
{
    static const double steps[] = {1.0, 2.0, 5.0};
    const double low = vertical ? f->y0 : f->x0, high = vertical ? f->y1 : f->x1;
    for (double decade = pow(10.0, floor(log10(low))); decade < high; decade *= 10.0)
        for (int i = 0; i < 3; i++) {
            const double v = steps[i] * decade;
            if (v < low || v > high)
                continue;
            if (vertical)
                fprintf(out, "<path class='grid' d='M70 %.1fH680'/><text x='64' y='%.1f' text-anchor='end'>%g</text>\n",
                        place_y(f, v), place_y(f, v) + 4.0, v);
            else
                fprintf(out,
                        "<path class='grid' d='M%.1f 20V340'/><text x='%.1f' y='358' text-anchor='middle'>%g</text>\n",
                        place_x(f, v), place_x(f, v), v);
        }
}

static void write_picture(const dia_course *c, FILE *out)
{
    const int n = c->result->nround;
    const dia_learn_round *r = c->result->round;
    const double limit = c->settings.criterion.energy / MEV;
    frame f = {.x0 = 0.8 * r[0].total, .x1 = 1.3 * r[n - 1].total, .y0 = 0.5 * limit, .y1 = 2.0 * limit};
    for (int k = 1; k < n; k++)
        if (r[k].energy > 0.0) {
            f.y0 = fmin(f.y0, 0.7 * r[k].energy / MEV);
            f.y1 = fmax(f.y1, 1.5 * fmax(r[k].energy, r[k].expected) / MEV); /* fmax ignores NaN */
        }
    fputs("<svg viewBox='0 0 700 390' role='img' aria-label='error at fresh hops against number of labels'>\n", out);
    axis(&f, false, out);
    axis(&f, true, out);
    fprintf(out, "<path class='limit' d='M70 %.1fH680'/>\n", place_y(&f, limit));
    for (int k = 1; k < n; k++) {
        const double x = place_x(&f, r[k - 1].total), e = r[k].energy / MEV, s = r[k].energy_error / MEV;
        if (!(e > 0.0))
            continue;
        fprintf(out, "<path class='bar' d='M%.1f %.1fV%.1f'/><circle cx='%.1f' cy='%.1f' r='4'/>\n", x,
                place_y(&f, e - (s > 0.0 ? s : 0.0)), place_y(&f, e + (s > 0.0 ? s : 0.0)), x, place_y(&f, e));
        if (r[k].expected > 0.0)
            fprintf(out, "<circle class='open' cx='%.1f' cy='%.1f' r='4'/>\n", x, place_y(&f, r[k].expected / MEV));
    }
    fputs("<text x='375' y='382' text-anchor='middle'>labels</text><text x='16' y='180' text-anchor='middle' "
          "transform='rotate(-90 16 180)'>error at fresh hops, meV</text>\n</svg>\n",
          out);
}

/* Populations of the last swarms with their 95 % band, and the text of all that has one. */
static void write_band(const dia_course *c, FILE *out)
{
    const dia_band *b = &c->result->band;
    const dia_pair *p = &b->layout;
    static const char *const colours[] = {"#05a", "#c30", "#293", "#859", "#a70", "#555"};
    const double end = p->ntime > 1 ? p->time[p->ntime - 1] : 1.0;
    fputs("<h2>Populations</h2>\n<svg viewBox='0 0 700 390' role='img' aria-label='populations against time'>\n", out);
    for (int i = 0; i <= 5; i++)
        fprintf(out,
                "<path class='grid' d='M70 %.1fH680M%.1f 20V340'/><text x='64' y='%.1f' text-anchor='end'>%.1f</text>"
                "<text x='%.1f' y='358' text-anchor='middle'>%.4g</text>\n",
                340.0 - 64.0 * i, 70.0 + 122.0 * i, 344.0 - 64.0 * i, 0.2 * i, 70.0 + 122.0 * i, 0.2 * i * end);
    for (int k = 0; k < p->nstate; k++) {
        const char *colour = colours[k % 6];
        const double *const edges[] = {b->high, b->low};
        fprintf(out, "<path fill='%s' fill-opacity='0.2' d='", colour);
        for (int i = 0; i < 2 * p->ntime; i++) { /* there, and back */
            const int t = i < p->ntime ? i : 2 * p->ntime - 1 - i;
            fprintf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', 70.0 + 610.0 * p->time[t] / end,
                    340.0 - 320.0 * edges[i >= p->ntime][t * p->nstate + k]);
        }
        fprintf(out, "Z'/><path fill='none' stroke-width='2' stroke='%s' d='", colour);
        for (int t = 0; t < p->ntime; t++)
            fprintf(out, "%c%.1f %.1f", t == 0 ? 'M' : 'L', 70.0 + 610.0 * p->time[t] / end,
                    340.0 - 320.0 * b->mean[t * p->nstate + k]);
        fprintf(out, "'/><text x='%d' y='14' fill='%s'>S%d</text>\n", 80 + 40 * k, colour, k);
    }
    fputs("<text x='375' y='382' text-anchor='middle'>fs</text></svg>\n<p>Mean over the members of the last committee, "
          "and the 95 % band of sample and model error.</p>\n<pre>",
          out);
    dia_band_text(b, out);
    write_fit(c, out);
    fputs("</pre>\n", out);
}

static void write_page(const dia_course *c, FILE *out)
{
    char cell[COLUMNS][CELL];
    fputs(
        "<!DOCTYPE html>\n<html lang='en'><meta charset='utf-8'><title>diabolo learn</title>\n<style>body{font:15px "
        "sans-serif;max-width:900px;margin:2em auto;padding:0 1em}table{border-collapse:collapse;font-size:13px}td,th"
        "{text-align:right;padding:2px 8px;border-bottom:1px solid #ddd}svg "
        "text{font-size:12px}pre,table{overflow-x:auto}.grid{stroke:#ddd}.bar"
        "{stroke:#05a;stroke-width:2}circle{fill:#05a}.open{fill:none;stroke:#05a}.limit{stroke:#c30;stroke-dasharray:"
        "6 "
        "4}</style>\n<h1>Active learning</h1>\n",
        out);
    if (c->result->why != NULL && c->result->why[0] != '\0')
        fprintf(out, "<p>Ended: %s.</p>\n", c->result->why);
    fputs("<p>", out);
    write_topology(c, out);
    fputs("</p>\n", out);
    write_picture(c, out);
    fputs(
        "<p>Full circles: mean absolute error of the energies at hops of the networks' own swarm, drawn at random and "
        "labelled "
        "before any network saw them, with its standard error. Open circles: expected at all hops of that swarm by the "
        "calibrated disagreement of the networks. Dashed: the limit.</p>\n<table><tr>",
        out);
    for (int i = 0; i < COLUMNS; i++)
        fprintf(out, "<th>%s</th>", heads[i]);
    for (int k = 0; k < c->result->nround; k++) {
        cells_of(k, &c->result->round[k], cell);
        fputs("</tr>\n<tr>", out);
        for (int i = 0; i < COLUMNS; i++)
            fprintf(out, "<td>%s</td>", cell[i]);
    }
    fputs("</tr></table>\n", out);
    if (c->result->band.nmember > 0)
        write_band(c, out);
    fputs("</html>\n", out);
}

/* ---- files ----------------------------------------------------------------------------------- */

static dia_status write_file(const dia_course *c, const char *name, void (*write)(const dia_course *, FILE *),
                             dia_error *error)
{
    char *path = NULL;
    dia_output output;
    dia_status status = dia_course_path(c, -1, name, &path, error);
    if (status == DIA_OK)
        status = dia_output_open(&output, path, error);
    if (status == DIA_OK) {
        write(c, output.stream);
        status = dia_output_close(&output, DIA_OK, error);
    }
    free(path);
    return status;
}

dia_status dia_course_write(const dia_course *c, dia_error *error)
{
    size_t size = 0;
    free(c->result->table);
    c->result->table = NULL;
    FILE *out = open_memstream(&c->result->table, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a table");
    write_table(c, out);
    dia_status status = dia_text_close(out, &c->result->table, error);
    if (status == DIA_OK)
        status = write_file(c, "learn.txt", write_table, error);
    if (status == DIA_OK)
        status = write_file(c, "learn.json", write_json, error);
    return status == DIA_OK ? write_file(c, "learn.html", write_page, error) : status;
}
