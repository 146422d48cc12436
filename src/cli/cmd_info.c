/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo info`: what the program offers; `info NAME`: a model, parameter set, descriptor, architecture, baseline, hopping method,
 * decoherence method, thermostat, exact engine, label engine or optimiser with its keys; `info FILE`: what a file holds. */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/info.h"
#include "dynamics/registry.h"
#include "dynamics/thermostat.h"
#include "exact/engine.h"
#include "learn/engine.h"
#include "model/architecture.h"
#include "model/baseline.h"
#include "model/registry.h"
#include "train/optimiser.h"
#include "train/training.h"

enum { MOST = 256 };

/* The members that all kinds of type share; one row of the list of all types. */
typedef struct entry {
    const char *kind, *name, *summary, *reference, *use; /* use: of descriptors only */
    const dia_option *options;
    const char *text; /* of parameter sets only */
} entry;

static int entries(int room, entry *all)
{
    int n = 0;
#define TAKE(what, types)                                                                                              \
    for (int i = 0; types[i] != NULL && n < room; i++)                                                                 \
    all[n++] = (entry){what, types[i]->name, types[i]->summary, types[i]->reference, NULL, types[i]->options, NULL}
    TAKE("model", dia_model_types);
    for (const dia_model_text_entry *set = dia_model_sets; set->name != NULL && n < room; set++)
        all[n++] = (entry){"parameter set", set->name, set->summary, set->reference, NULL, NULL, set->text};
    const int first = n;
    TAKE("descriptor", dia_descriptor_types);
    for (int i = first; i < n; i++)
        all[i].use = dia_descriptor_types[i - first]->use;
    TAKE("architecture", dia_architecture_types);
    TAKE("baseline", dia_baseline_types);
    TAKE("hopping method", dia_hop_types);
    TAKE("decoherence method", dia_decoherence_types);
    TAKE("thermostat", dia_thermostat_types);
    TAKE("exact engine", dia_exact_types);
    TAKE("label engine", dia_engine_types);
    TAKE("optimiser", dia_optimiser_types);
#undef TAKE
    return n;
}

static void list(int n, const entry *all)
{
    const char *kind = NULL;
    for (int i = 0; i < n; i++) {
        if (kind != all[i].kind)
            printf("%s%c%ss\n", kind != NULL ? "\n" : "", all[i].kind[0] - 'a' + 'A', all[i].kind + 1);
        kind = all[i].kind;
        printf("  %-22s %s\n", all[i].name, all[i].summary);
    }
}

/* Lines of 100 columns at most, two spaces in front. */
static void print_wrapped(const char *title, const char *text)
{
    enum { COLUMNS = 100 };
    size_t column = (size_t)printf("  %s", title);
    while (*text != '\0') {
        const size_t word = strcspn(text, " ");
        if (column + word > COLUMNS)
            column = (size_t)printf("\n  ") - 1;
        column += (size_t)printf("%.*s%s", (int)word, text, text[word] != '\0' ? " " : "");
        text += word + strspn(text + word, " ");
    }
    putchar('\n');
}

static void print_entry(const entry *one)
{
    printf("%s: %s\n  %s\n", one->name, one->kind, one->summary);
    if (one->use != NULL)
        print_wrapped("Use: ", one->use);
    if (one->reference != NULL)
        printf("  Reference: %s\n", one->reference);
    if (one->text != NULL) {
        printf("\nModel\n%s", one->text);
        return;
    }
    if (one->options == NULL || one->options[0].key == NULL) {
        printf("\nNo keys.\n");
        return;
    }
    printf("\nKeys\n");
    dia_option_help(stdout, 2, one->options);
    if (strcmp(one->kind, "optimiser") == 0) {
        printf("\nKeys of every stage\n");
        dia_option_help(stdout, 2, dia_stage_options + 1); /* the first names the optimiser */
    }
}

/* A name may belong to several things (a model and a method): all are printed. Returns how many. */
static int print_named(const char *name, int n, const entry *all)
{
    int found = 0;
    for (int i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0) {
            if (found++ > 0)
                putchar('\n');
            print_entry(&all[i]);
        }
    return found;
}

static int unknown(const char *name, int n, const entry *all)
{
    const char *names[MOST + 1] = {NULL};
    for (int i = 0; i < n; i++)
        names[i] = all[i].name;
    const char *near = dia_text_nearest(name, names);
    if (near != NULL)
        dia_cli_error("'%s' is neither a file nor a name; did you mean '%s'?", name, near);
    else
        dia_cli_error("'%s' is neither a file nor the name of a model, parameter set, descriptor, architecture, "
                      "baseline, hopping method, decoherence method, thermostat, exact engine, label engine or "
                      "optimiser; `diabolo "
                      "info` lists them",
                      name);
    return DIA_EXIT_USAGE;
}

static void names(int k, const char *const *words, void (*offer)(const char *name, const char *begun),
                  const char *begun)
{
    (void)words;
    entry all[MOST];
    const int n = k == 0 ? entries(MOST, all) : 0;
    for (int i = 0; i < n; i++)
        offer(all[i].name, begun);
}

static int run(int argc, char **argv)
{
    static const dia_cli_usage usage = {
        .arguments = "[NAME|FILE]",
        .summary =
            "What is this? NAME: a model, parameter set of one, descriptor, architecture, baseline, hopping method, "
            "decoherence method, thermostat, exact engine, label engine or optimiser, with the keys it takes and "
            "its reference. "
            "FILE: a "
            "model, dataset, swarm or exact dynamics. Without either, list all names.",
        .most = 1,
    };
    dia_cli cli;
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_FAILED;
    const char *name = cli.narg > 0 ? cli.args[0] : NULL;
    dia_cli_free(&cli);
    entry all[MOST];
    dia_error error = {0};
    int n = entries(MOST, all);
    if (name == NULL)
        list(n, all);
    else if (print_named(name, n, all) > 0)
        return dia_cli_exit(DIA_OK, NULL);
    else if (strchr(name, '/') != NULL || strchr(name, '.') != NULL || access(name, F_OK) == 0)
        return dia_cli_exit(dia_info_file(name, &error), &error);
    else
        return unknown(name, n, all);
    return dia_cli_exit(DIA_OK, NULL);
}

const dia_command dia_command_info = {
    .name = "info", .summary = "What is this? A model, descriptor, method, or a file", .run = run, .names = names};
