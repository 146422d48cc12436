/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/complete.h"

#include <ctype.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/complete_keys.h"

typedef struct place { /* of the word that is completed */
    const dia_command *command;
    int n; /* words after the program's name, the last of them not whole */
    char **words;
} place;

static place now; /* a usage is told from within the command */

static void offer(const char *word, const char *begun)
{
    if (strncmp(word, begun, strlen(begun)) == 0)
        puts(word);
}

/* Files as a word of a usage names them: DATA.h5, INPUT, MODEL, IN. Words for other things (N, TEXT) give none. */
static void offer_files(const char *name)
{
    if (strstr(name, ".h5") != NULL && strstr(name, "MODEL") != NULL)
        puts(":files h5 yaml yml so");
    else if (strstr(name, ".h5") != NULL)
        puts(":files h5");
    else if (strstr(name, ".xyz") != NULL)
        puts(":files xyz h5");
    else if (strstr(name, "INPUT") != NULL)
        puts(":files yaml yml");
    else if (strcmp(name, "MODEL") == 0)
        puts(":files h5 yaml yml so");
    else if (strstr(name, "FILE") != NULL || strcmp(name, "IN") == 0 || strcmp(name, "OUT") == 0)
        puts(":files");
}

/* ---- options --------------------------------------------------------------------------------- */

static const dia_cli_flag common[] = {{.name = "threads", .letter = 't', .argument = "N"},
                                      {.name = "quiet", .letter = 'q'},
                                      {.name = "set", .letter = 's', .argument = "KEY=VALUE"},
                                      {.name = "output", .letter = 'o', .argument = "FILE"},
                                      {.name = NULL}}; /* in the order of the bits DIA_CLI_... */

static bool is_option(const dia_cli_flag *flag, const char *word)
{
    if (word[0] == '-' && word[1] == '-')
        return strcmp(word + 2, flag->name) == 0;
    return word[0] == '-' && flag->letter != 0 && word[1] == flag->letter && word[2] == '\0';
}

static const dia_cli_flag *find_option(const dia_cli_usage *usage, const char *word)
{
    for (const dia_cli_flag *flag = usage->flags; flag != NULL && flag->name != NULL; flag++)
        if (is_option(flag, word))
            return flag;
    for (int bit = 0; common[bit].name != NULL; bit++)
        if ((usage->common & 1u << bit) != 0 && is_option(&common[bit], word))
            return &common[bit];
    return NULL;
}

static void offer_options(const dia_cli_usage *usage, const char *begun)
{
    char word[100];
    for (const dia_cli_flag *flag = usage->flags; flag != NULL && flag->name != NULL; flag++) {
        snprintf(word, sizeof word, "--%s", flag->name);
        offer(word, begun);
    }
    for (int bit = 0; common[bit].name != NULL; bit++)
        if ((usage->common & 1u << bit) != 0) {
            snprintf(word, sizeof word, "--%s", common[bit].name);
            offer(word, begun);
        }
    offer("--help", begun);
    offer("--usage", begun);
}

static void offer_value(const dia_cli_flag *flag, const char *begun)
{
    if (strcmp(flag->argument, "KEY=VALUE") == 0)
        dia_complete_setting(now.command->inputs, begun);
    else
        offer_files(flag->argument);
}

/* ---- arguments ------------------------------------------------------------------------------- */

/* The word for the k-th argument in a line such as "REFERENCE.h5 SWARM.h5..." or "[NAME|FILE]"; the last one repeats. */
static void argument_name(const char *line, int k, size_t size, char *name)
{
    name[0] = '\0';
    for (int i = 0; i <= k; i++) {
        line += strspn(line, " ");
        const size_t length = strcspn(line, " \n");
        if (length == 0)
            return;
        snprintf(name, size, "%.*s", (int)length, line);
        line += length;
    }
}

static void offer_arguments(const dia_cli_usage *usage, int k, const char *begun)
{
    char name[100];
    if (now.command->names != NULL)
        now.command->names(k, (const char *const *)now.words, offer, begun);
    for (const char *line = usage->arguments; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        argument_name(line, k, sizeof name, name);
        if (strchr(name, '[') != NULL && now.command->names != NULL && strstr(name, "FILE") == NULL &&
            strstr(name, "INPUT") == NULL)
            return; /* an optional word that is a name alone */
        offer_files(name);
    }
}

/* How many of the words before the last are arguments, not options or their values. */
static int arguments_before(const dia_cli_usage *usage)
{
    int k = 0;
    for (int i = 1; i < now.n - 1; i++) {
        const dia_cli_flag *flag = find_option(usage, now.words[i]);
        if (flag != NULL && flag->argument != NULL)
            i++;
        else if (now.words[i][0] != '-')
            k++;
    }
    return k;
}

static void tell(const dia_cli_usage *usage)
{
    const char *begun = now.words[now.n - 1];
    const dia_cli_flag *before = now.n > 2 ? find_option(usage, now.words[now.n - 2]) : NULL;
    if (before != NULL && before->argument != NULL)
        offer_value(before, begun);
    else if (begun[0] == '-')
        offer_options(usage, begun);
    else
        offer_arguments(usage, arguments_before(usage), begun);
}

int dia_complete(int n, char **words)
{
    const bool list = n == 1 && strcmp(words[0], "--commands") == 0;
    for (int i = 0; dia_commands[i] != NULL; i++) {
        if (list)
            printf("%s\t%s\n", dia_commands[i]->name, dia_commands[i]->summary);
        else if (n == 1)
            offer(dia_commands[i]->name, words[0]);
        else if (n > 1 && strcmp(dia_commands[i]->name, words[0]) == 0)
            now = (place){dia_commands[i], n, words};
    }
    if (n == 1 && !list && words[0][0] == '-') {
        offer("--help", words[0]);
        offer("--usage", words[0]);
        offer("--version", words[0]);
    }
    if (now.command != NULL) {
        char *argv[] = {words[0], NULL};
        dia_cli_tell = tell;
        (void)now.command->run(1, argv);
        dia_cli_tell = NULL;
    }
    return dia_cli_exit(DIA_OK, NULL);
}
