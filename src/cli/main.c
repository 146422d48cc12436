/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: `diabolo COMMAND ...`. Commands come from one table; each parses its own arguments. */
#include <argp.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/complete.h"
#include "cli/version.h"
#include "parallel/team.h"
#include "store/store.h"

const char *argp_program_bug_address = NULL;

static void print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    dia_version_print(out);
}

static const dia_command *command_find(const char *name)
{
    for (int i = 0; dia_commands[i] != NULL; i++)
        if (strcmp(dia_commands[i]->name, name) == 0)
            return dia_commands[i];
    return NULL;
}

static void unknown_command(struct argp_state *state, const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = {NULL};
    for (int i = 0; dia_commands[i] != NULL && i < MOST; i++)
        names[i] = dia_commands[i]->name;
    const char *near = dia_text_nearest(name, names);
    if (near != NULL)
        argp_error(state, "'%s' is no command; did you mean '%s'?", name, near);
    else
        argp_error(state, "'%s' is no command", name);
}

/* Passes the arguments from the command's name on to the command, under the name "diabolo COMMAND". */
static int dispatch(struct argp_state *state, const dia_command *command)
{
    int argc = state->argc - state->next + 1;
    char **argv = state->argv + state->next - 1;
    size_t size = strlen("diabolo ") + strlen(command->name) + 1;
    char *name = malloc(size), *typed = argv[0];
    if (name == NULL) {
        dia_cli_error("out of memory");
        return DIA_EXIT_FAILED;
    }
    snprintf(name, size, "diabolo %s", command->name);
    argv[0] = name;
    int status = command->run(argc, argv);
    argv[0] = typed;
    free(name);
    state->next = state->argc;
    return status;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    int *status = state->input;
    if (key == ARGP_KEY_ARG && strcmp(text, "__complete") == 0) {
        *status = dia_complete(state->argc - state->next, state->argv + state->next);
        state->next = state->argc;
        return 0;
    }
    if (key == ARGP_KEY_ARG) {
        const dia_command *command = command_find(text);
        if (command == NULL)
            unknown_command(state, text);
        else
            *status = dispatch(state, command);
        return 0;
    }
    if (key == ARGP_KEY_NO_ARGS) {
        argp_state_help(state, stderr, ARGP_HELP_STD_USAGE);
        *status = DIA_EXIT_USAGE;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* The list of commands, put in front of the options. */
static char *help_filter(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    char *list = NULL;
    size_t size;
    FILE *out = open_memstream(&list, &size);
    if (out == NULL)
        return NULL;
    fputs("Commands:\n", out);
    for (int i = 0; dia_commands[i] != NULL; i++)
        fprintf(out, "  %-11s %s\n", dia_commands[i]->name, dia_commands[i]->summary);
    fputs("\n`diabolo COMMAND --help` tells more of each.", out);
    fclose(out);
    return list;
}

int main(int argc, char **argv)
{
    int status = DIA_EXIT_OK;
    struct argp parser = {.parser = parse,
                          .args_doc = "COMMAND [ARGUMENT...]",
                          .doc = "Excited-state dynamics with learned diabatic Hamiltonians.\v ",
                          .help_filter = help_filter};
    dia_store_own_process();
    (void)dia_team_size(0);             /* BLAS uses one thread from here on: all commands round alike on any machine */
    mallopt(M_MMAP_THRESHOLD, 1 << 20); /* large blocks go back to the system, so that their holes do not add up ... */
    mallopt(M_TRIM_THRESHOLD, 4 << 20); /* ... but not the top of the heap whenever HDF5 has unpacked a chunk */
    signal(SIGXFSZ, SIG_IGN);           /* beyond `ulimit -f` a write fails, and the message says where */
    argp_program_version_hook = print_version;
    argp_err_exit_status = DIA_EXIT_USAGE;
    if (argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &status) != 0)
        return DIA_EXIT_USAGE;
    return status;
}
