/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo certify`: how far each method is from exact quantum dynamics, model by model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "certify/certify.h"
#include "cli/cli.h"

enum { LABEL = 44 };

/* "0.0123 +- 0.0021", or "< 0.0080" where it may be chance. */
static void deviation_text(const dia_certify_deviation *d, size_t size, char *text)
{
    if (isnan(d->rms))
        snprintf(text, size, "-");
    else if (d->sigmas >= DIA_DEVIATION_SIGMAS)
        snprintf(text, size, "%.4f +- %.4f", d->rms, d->error);
    else
        snprintf(text, size, "< %.4f", d->limit);
}

static void print_cell(const dia_certify_row *row, const dia_certify_method *method, const dia_certify_cell *cell)
{
    char deviation[60], change[60], place[60], error[60];
    printf("  %-*s  ", LABEL, method->label);
    if (cell->reason[0] != '\0') {
        printf("not flown: %s\n", cell->reason);
        return;
    }
    deviation_text(&cell->deviation, sizeof deviation, deviation);
    deviation_text(&cell->change, sizeof change, change);
    dia_certify_place_text(&row->target, cell->largest, sizeof place, place);
    dia_real_text(cell->end_error, 4, sizeof error, error);
    printf("%-16s  %6.4f  %-16s  %s %+.4f +- %s", deviation, cell->deviation.noise, change, place, cell->end, error);
    if (cell->left_out > 0)
        printf("; %d left out", cell->left_out);
    printf("\n");
}

static void print_row(const dia_certificate *c, const dia_certify_row *row)
{
    if (row->reason[0] != '\0') {
        printf("%s: no exact answer: %s\n\n", row->name, row->reason);
        return;
    }
    printf("%s: %s, %d trajectories, %.4g fs in steps of %.4g fs\n", row->name, dia_compared_names[row->target.what],
           row->trajectories, row->duration / DIA_FEMTOSECOND, row->timestep / DIA_FEMTOSECOND);
    printf("  exact: %s, ", row->engine);
    if (isnan(row->target.change))
        printf("convergence not tested\n");
    else
        printf("converged to %.1e\n", row->target.change);
    printf("  %-*s  %-16s  %-6s  %-16s  %s\n", LABEL, "method", "deviation", "noise", "half the step", "at the end");
    for (int m = 0; m < c->nmethod; m++)
        if (dia_certificate_same(c, m) < 0 || row->target.what == DIA_COMPARED_DIABATIC)
            print_cell(row, &c->method[m], &row->cell[m]);
    printf("\n");
}

/* All cases in one table, as Markdown: deviations, or "< 0.008" where it may be chance. */
static void print_summary(const dia_certificate *c)
{
    printf("| case |");
    for (int m = 0; m < c->nmethod; m++)
        if (dia_certificate_same(c, m) < 0)
            printf(" %s |", c->method[m].label);
    printf("\n|---|");
    for (int m = 0; m < c->nmethod; m++)
        if (dia_certificate_same(c, m) < 0)
            printf("---|");
    for (int i = 0; i < c->ncase; i++) {
        printf("\n| %s |", c->row[i].name);
        for (int m = 0; m < c->nmethod; m++) {
            const dia_certify_cell *cell = &c->row[i].cell[m];
            if (dia_certificate_same(c, m) >= 0)
                continue;
            if (c->row[i].reason[0] != '\0' || cell->reason[0] != '\0' || isnan(cell->deviation.rms))
                printf(" - |");
            else if (cell->deviation.sigmas >= DIA_DEVIATION_SIGMAS)
                printf(" %.3f |", cell->deviation.rms);
            else
                printf(" < %.3f |", cell->deviation.limit);
        }
    }
    printf("\n");
}

static void print_same(const dia_certificate *c)
{
    for (int m = 0; m < c->nmethod; m++)
        if (dia_certificate_same(c, m) >= 0)
            printf("%s: the same trajectories as %s\n", c->method[m].label,
                   c->method[dia_certificate_same(c, m)].label);
}

static void print(const dia_certificate *c)
{
    char duration[60];
    for (int i = 0; i < c->ncase; i++)
        print_row(c, &c->row[i]);
    if (c->ncase > 1)
        print_summary(c);
    print_same(c);
    dia_duration_text(c->seconds, sizeof duration, duration);
    printf("time      %s\nfile      %s\n", duration, c->path);
}

static dia_status list(const dia_certify_request *request, dia_error *error)
{
    dia_certify_method *methods = NULL;
    int n = 0;
    const dia_status status =
        dia_certify_methods(&methods, &n, request->nmethod, request->methods, request->variants, error);
    if (status != DIA_OK)
        return status;
    printf("Cases\n");
    for (const dia_certify_case *c = dia_certify_cases; c->name != NULL; c++) {
        printf("  %-20s diabolo init run %s", c->name, c->input);
        for (int i = 0; c->set[i] != NULL; i++)
            printf("%s%s", i == 0 ? "; " : ", ", c->set[i]);
        printf("\n");
    }
    printf("\nMethods\n");
    for (int m = 0; m < n; m++)
        printf("  %s\n", methods[m].label);
    free(methods);
    return DIA_OK;
}

static dia_status work(const dia_cli *cli, dia_certify_request *request, dia_error *error)
{
    dia_cli_talk talk;
    dia_certificate certificate;
    const dia_control control = dia_cli_control(cli, &talk);
    const dia_status status = dia_certify(request, &control, &certificate, error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        print(&certificate);
    dia_certificate_free(&certificate);
    return status;
}

static void names(int k, const char *const *words, void (*offer)(const char *name, const char *begun),
                  const char *begun)
{
    (void)k;
    (void)words;
    for (const dia_certify_case *c = dia_certify_cases; c->name != NULL; c++)
        offer(c->name, begun);
}

static int run(int argc, char **argv)
{
    bool listing = false;
    const char *names[16] = {NULL};
    dia_list methods = {.items = names};
    dia_certify_request request = {0};
    const dia_cli_flag flags[] = {
        {.name = "list", .help = "list cases and methods", .given = &listing},
        {.name = "method",
         .argument = "NAME",
         .help =
             "only methods of this name: a hopping method, a decoherence method, a label of --list, or the file of a "
             "plug-in; may be repeated",
         .texts = &methods},
        {.name = "trajectories",
         .argument = "N",
         .help = "trajectories of each swarm (default: 1000, of an input of your own what it says)",
         .number = &request.trajectories,
         .least = 2,
         .most = 100000000},
        {.name = "variants",
         .help = "also all other choices of the methods' options, of the adjustment of momenta and of frustrated hops",
         .given = &request.variants},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "[CASE|INPUT ...]",
        .summary =
            "Compare every hopping and decoherence method with exact quantum dynamics, for models of the literature, "
            "or for "
            "your own INPUT if an exact engine can solve it: the deviation of populations or outcomes, its statistical "
            "error, and whether the time step matters. Results are kept in a folder (--output, default: certificate); "
            "an interrupted call goes on from there.",
        .details = "What is compared, and the certificate of this version, are in docs/certificate.md.",
        .most = -1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    request.ncase = cli.narg;
    request.cases = cli.args;
    request.nmethod = methods.n;
    request.methods = names;
    request.nset = cli.nset;
    request.set = cli.set;
    request.directory = cli.output != NULL ? cli.output : "certificate";
    const dia_status status = listing ? list(&request, &error) : work(&cli, &request, &error);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_certify = {
    .name = "certify", .summary = "Compare all methods with exact quantum dynamics", .run = run, .names = names};
