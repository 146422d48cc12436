/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of a command, by glibc's argp from a small table. */
#include <argp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "parallel/team.h"

enum { KEY_THREADS = 't', KEY_QUIET = 'q', KEY_SET = 's', KEY_OUTPUT = 'o', KEY_FLAG = 1000, FLAGS = 24, REPEATS = 16 };

static const struct argp_option common_options[] =
    {/* in the order of the bits DIA_CLI_... */
     {"threads", KEY_THREADS, "N", 0, "Threads to use (default: OMP_NUM_THREADS, else all processors)", -2},
     {"quiet", KEY_QUIET, NULL, 0, "No progress bar, no notes", -2},
     {"set", KEY_SET, "KEY=VALUE", 0,
      "Override one key of the input, e.g. dynamics.timestep=\"0.1 fs\"; may be repeated", -2},
     {"output", KEY_OUTPUT, "FILE", 0, "Write the result here", -2}};

typedef struct parsing {
    dia_cli *cli;
    const dia_cli_usage *usage;
} parsing;

static void take_number(const char *text, const char *option, int least, int most, int *number,
                        struct argp_state *state)
{
    char why[200];
    const bool any = least == 0 && most == 0;
    if (!dia_text_int(text, any ? INT_MIN : least, any ? INT_MAX : most, number, sizeof why, why))
        argp_error(state, "--%s: %s", option, why);
}

static void take_flag(const dia_cli_flag *flag, char *text, struct argp_state *state)
{
    if (flag->given != NULL)
        *flag->given = true;
    if (flag->text != NULL)
        *flag->text = text;
    if (flag->texts != NULL) {
        if (flag->texts->n == REPEATS)
            argp_error(state, "--%s: more than %d times", flag->name, (int)REPEATS);
        ((const char **)flag->texts->items)[flag->texts->n++] = text;
    }
    if (flag->number != NULL)
        take_number(text, flag->name, flag->least, flag->most, flag->number, state);
}

static void check_count(const dia_cli *cli, const dia_cli_usage *usage, struct argp_state *state)
{
    if (cli->narg < usage->least)
        argp_error(state, "expected %s", usage->arguments);
    if (usage->most >= 0 && cli->narg > usage->most)
        argp_error(state, "unexpected argument '%s'", cli->args[usage->most]);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    const parsing *now = state->input;
    dia_cli *cli = now->cli;
    switch (key) {
    case KEY_THREADS:
        take_number(text, "threads", 1, DIA_TEAM_MOST, &cli->threads, state);
        return 0;
    case KEY_QUIET:
        cli->quiet = true;
        return 0;
    case KEY_SET:
        if (strchr(text, '=') == NULL || text[0] == '=')
            argp_error(state, "--set: '%s' must be KEY=VALUE", text);
        cli->set[cli->nset++] = text;
        return 0;
    case KEY_OUTPUT:
        if (text[0] == '\0')
            argp_error(state, "--output: the name is empty");
        cli->output = text;
        return 0;
    case ARGP_KEY_ARG:
        cli->args[cli->narg++] = text;
        return 0;
    case ARGP_KEY_END:
        check_count(cli, now->usage, state);
        return 0;
    default:
        if (key >= KEY_FLAG && key < KEY_FLAG + FLAGS) {
            take_flag(&now->usage->flags[key - KEY_FLAG], text, state);
            return 0;
        }
        for (const dia_cli_flag *flag = now->usage->flags; flag != NULL && flag->name != NULL; flag++)
            if (flag->letter != 0 && key == flag->letter) {
                take_flag(flag, text, state);
                return 0;
            }
        return ARGP_ERR_UNKNOWN;
    }
}

void (*dia_cli_tell)(const dia_cli_usage *usage) = NULL;

bool dia_cli_parse(dia_cli *cli, int argc, char **argv, const dia_cli_usage *usage)
{
    if (dia_cli_tell != NULL) {
        dia_cli_tell(usage);
        return false;
    }
    *cli = (dia_cli){.set = calloc((size_t)argc + 1, sizeof *cli->set),
                     .args = calloc((size_t)argc + 1, sizeof *cli->args)};
    if (cli->set == NULL || cli->args == NULL) {
        dia_cli_free(cli);
        dia_cli_error("out of memory");
        return false;
    }
    struct argp_option options[FLAGS + 5] = {{0}};
    int n = 0;
    for (int i = 0; usage->flags != NULL && usage->flags[i].name != NULL && i < FLAGS; i++) {
        const dia_cli_flag *flag = &usage->flags[i];
        int key = flag->letter != 0 ? flag->letter : KEY_FLAG + i;
        options[n++] = (struct argp_option){flag->name, key, flag->argument, 0, flag->help, -3};
    }
    for (int bit = 0; bit < 4; bit++)
        if (usage->common & 1u << bit)
            options[n++] = common_options[bit];
    char doc[4000];
    snprintf(doc, sizeof doc, "%s%s%s", usage->summary, usage->details != NULL ? "\v" : "",
             usage->details != NULL ? usage->details : "");
    struct argp parser = {.options = options, .parser = parse, .args_doc = usage->arguments, .doc = doc};
    parsing input = {.cli = cli, .usage = usage};
    argp_err_exit_status = DIA_EXIT_USAGE;
    argp_program_version_hook = NULL; /* --version belongs to `diabolo` alone */
    argp_program_version = NULL;
    if (argp_parse(&parser, argc, argv, 0, NULL, &input) == 0)
        return true;
    dia_cli_free(cli);
    return false;
}

void dia_cli_free(dia_cli *cli)
{
    free(cli->set);
    free(cli->args);
    *cli = (dia_cli){0};
}

dia_input dia_cli_input(const dia_cli *cli, const char *path)
{
    return (dia_input){.path = path,
                       .text = path == NULL ? "{}" : NULL,
                       .nset = cli->nset,
                       .set = (const char *const *)cli->set,
                       .output = cli->output};
}
