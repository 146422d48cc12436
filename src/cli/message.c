/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages on stderr, and the exit status of the program. */
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* May escape sequences be written there? A terminal, not "dumb", and NO_COLOR (https://no-color.org) unset. */
static bool may_colour(FILE *file)
{
    const char *never = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return (never == NULL || never[0] == '\0') && terminal != NULL && strcmp(terminal, "dumb") != 0 &&
           isatty(fileno(file));
}

static void say(const char *label, const char *colour, const char *format, va_list arguments)
{
    bool coloured = may_colour(stderr);
    fprintf(stderr, "%s%s:%s ", coloured ? colour : "", label, coloured ? "\033[0m" : "");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void dia_cli_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("error", "\033[1;31m", format, arguments);
    va_end(arguments);
}

void dia_cli_warning(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("warning", "\033[1;33m", format, arguments);
    va_end(arguments);
}

int dia_cli_exit(dia_status status, const dia_error *error)
{
    if (status == DIA_OK) {
        if (fflush(stdout) == 0 && !ferror(stdout)) /* results that could not be written are a failure */
            return DIA_EXIT_OK;
        dia_cli_error("cannot write to the standard output");
        return DIA_EXIT_FAILED;
    }
    const char *text = error != NULL && error->text[0] != '\0' ? error->text : dia_status_text(status);
    if (status == DIA_ERROR_INTERRUPTED)
        fprintf(stderr, "%s\n", text);
    else
        dia_cli_error("%s%s", strchr(text, '\n') != NULL ? "\n" : "",
                      text); /* a list of mistakes begins at the margin */
    return status == DIA_ERROR_INPUT         ? DIA_EXIT_USAGE
           : status == DIA_ERROR_INTERRUPTED ? 128 + (dia_cli_interrupted != 0 ? dia_cli_interrupted : SIGINT)
                                             : DIA_EXIT_FAILED;
}

atomic_int dia_cli_interrupted;

static void note_signal(int number)
{
    atomic_store_explicit(&dia_cli_interrupted, number, memory_order_relaxed);
}

void dia_cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    action.sa_flags = (int)SA_RESETHAND; /* the second signal has its default effect */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
