/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The swarms of a committee on the page: populations, outcomes and times with the error of sample and model (compare/band.h). */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/html.h"
#include "report/content.h"
#include "report/plot.h"

enum { STATES = 8 }; /* colours of the page */

static void write_figure(const dia_band *b, FILE *out)
{
    static const char *const names[STATES] = {"S0", "S1", "S2", "S3", "S4", "S5", "S6", "S7"},
                             *const colours[STATES] = {"var(--s0)", "var(--s1)", "var(--s2)", "var(--s3)",
                                                       "var(--s4)", "var(--s5)", "var(--s6)", "var(--s7)"};
    const dia_pair *p = &b->layout;
    const size_t n = (size_t)p->ntime * (size_t)p->nstate;
    double *middle = dia_allocate(2 * n + 1, sizeof *middle), *half = middle + n;
    dia_plot_line line[2 * STATES] = {{0}};
    int nline = 0;
    for (size_t i = 0; middle != NULL && i < n; i++) {
        middle[i] = 0.5 * (b->low[i] + b->high[i]);
        half[i] = 0.5 * (b->high[i] - b->low[i]);
    }
    for (int k = 0; middle != NULL && k < p->nstate && k < STATES; k++) {
        line[nline++] = (dia_plot_line){
            .colour = colours[k], .dash = "0 1000", .y = middle + k, .error = half + k, .band = 1, .stride = p->nstate};
        line[nline++] = (dia_plot_line){
            .label = names[k], .colour = colours[k], .width = 2.2, .y = b->mean + k, .stride = p->nstate};
    }
    const dia_plot plot = {.title = "Populations of the committee against time: mean of the members, 95 % band of the "
                                    "errors of sample and model",
                           .x_label = "time / fs",
                           .y_label = "population",
                           .n = p->ntime,
                           .x = p->time,
                           .low = 0,
                           .high = 1,
                           .nline = nline,
                           .line = line};
    if (middle != NULL)
        dia_plot_write(out, &plot);
    free(middle);
}

static void write_row(const dia_band *b, const char *name, size_t at, FILE *out)
{
    if (isnan(b->mean[at]))
        return;
    fputs("<tr><th scope=\"row\" class=\"text\">", out);
    dia_html_text(out, name);
    fprintf(out, "</th><td>%.4g</td><td>%.2g</td><td>%.2g</td><td>%.4g to %.4g</td><td class=\"text\">", b->mean[at],
            b->statistical[at], b->model[at], b->low[at], b->high[at]);
    for (int m = 0; m < b->nmember; m++)
        fprintf(out, "%s%.4g", m > 0 ? ", " : "", b->member[(size_t)m * b->n + at]);
    fputs("</td></tr>\n", out);
}

static void write_table(const dia_band *b, FILE *out)
{
    const dia_pair *p = &b->layout;
    char name[160];
    fputs("<div class=\"scroll\" role=\"region\" aria-label=\"Error of sample and "
          "model\"><table>\n<thead><tr><th></th><th "
          "scope=\"col\">mean</th><th scope=\"col\">error of the sample</th><th scope=\"col\">of the model</th><th "
          "scope=\"col\">95 % band of both</th><th scope=\"col\">members</th></tr></thead>\n<tbody>\n",
          out);
    snprintf(name, sizeof name, "lifetime of S%d / fs", b->state);
    write_row(b, name, b->n - 1, out);
    for (int k = 0; k < p->nstate; k++) {
        snprintf(name, sizeof name, "in S%d at %.6g fs", k, p->time[p->ntime - 1]);
        write_row(b, name, (size_t)(p->ntime - 1) * (size_t)p->nstate + (size_t)k, out);
    }
    for (int c = 0; c < p->nchannel; c++)
        for (int k = 0; k <= p->nstate; k++) {
            if (k < p->nstate)
                snprintf(name, sizeof name, "%s, S%d", p->channel[c], k);
            else
                snprintf(name, sizeof name, "%s", p->channel[c]);
            if (b->mean[dia_pair_outcome(p, c, k)] > 0.0)
                write_row(b, name, dia_pair_outcome(p, c, k), out);
        }
    write_row(b, "first state is left / fs", dia_pair_stay(p), out);
    write_row(b, "accepted hops a trajectory", dia_pair_hops(p), out);
    fputs("</tbody>\n</table></div>\n", out);
}

void dia_content_write_committee(const dia_content *content, FILE *out)
{
    const dia_band *b = &content->band;
    if (b->nmember == 0)
        return;
    fprintf(
        out,
        "<section id=\"committee\" aria-labelledby=\"h-committee\">\n<h2 id=\"h-committee\">Error of sample and "
        "model</h2>\n<p>A swarm on each of the %d members of a committee, %lld trajectories from the same start with "
        "the same random numbers: ",
        b->nmember, (long long)b->layout.count);
    for (int m = 0; m < b->nmember; m++) {
        fputs(m > 0 ? ", " : "", out);
        dia_html_text(out, b->path[m]);
    }
    fputs(
        ". Lines: mean of the members; bands: 95 %, of the errors of sample and model. All else on this page is of the "
        "first.</p>\n<figure>\n",
        out);
    write_figure(b, out);
    fputs("</figure>\n", out);
    write_table(b, out);
    fputs("</section>\n", out);
}
