/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* TIOCGWINSZ */
#include <sys/ioctl.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/machine.h"
#include "cli/cli.h"

static int terminal_width(void)
{
    struct winsize window;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
        return window.ws_col;
    return 80;
}

void dia_duration_text(double seconds, size_t size, char *text)
{
    if (!(seconds < 1e8))
        snprintf(text, size, "?");
    else if (seconds < 59.95)
        snprintf(text, size, "%.1f s", seconds);
    else if (seconds < 3599.5)
        snprintf(text, size, "%d min %d s", (int)(seconds + 0.5) / 60, (int)(seconds + 0.5) % 60);
    else
        snprintf(text, size, "%d h %d min", (int)(seconds / 60 + 0.5) / 60, (int)(seconds / 60 + 0.5) % 60);
}

void dia_progress_start(dia_progress *progress, const char *what, double done, double total, bool quiet)
{
    const char *terminal = getenv("TERM");
    *progress = (dia_progress){.what = what, .total = total, .origin = done, .begun = dia_seconds(), .quiet = quiet};
    progress->shown = progress->begun;
    progress->bar = isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    progress->width = progress->bar ? terminal_width() : 0;
    progress->next = total > 0 ? floor(10.0 * done / total + 1.0) / 10.0 : 0.1;
}

static double fraction_of(const dia_progress *progress, double done)
{
    double fraction = progress->total > 0 ? done / progress->total : 1.0;
    return fraction < 0.0 ? 0.0 : fraction > 1.0 ? 1.0 : fraction;
}

/* Time left from the rate since the start; what was done before does not count. */
static void time_left(const dia_progress *progress, double done, double time, size_t size, char *text)
{
    double fresh = done - progress->origin;
    double left = fresh > 0 ? (time - progress->begun) * (progress->total - done) / fresh : INFINITY;
    dia_duration_text(left > 0 ? left : 0, size, text);
}

/* "flying  [#####-----]  52 %  3.2 s left  S1 0.43", cut to the terminal: a line that wraps cannot be redrawn. The bar
 * leaves room for what is said; if less than a few characters are left, there is none. */
static void draw(const dia_progress *progress, double fraction, const char *tail)
{
    enum { BAR = 30, SHORTEST = 5, AROUND = 11 }; /* AROUND: " []  52 %  " */
    char bar[BAR + 4] = "", line[512];
    const int width =
        progress->width > 1 && progress->width - 1 < (int)sizeof line ? progress->width - 1 : (int)sizeof line - 1;
    const int room = width - (int)strlen(progress->what) - AROUND - (int)strlen(tail), n = room < BAR ? room : BAR;
    if (n >= SHORTEST) {
        const int full = (int)(fraction * n);
        bar[0] = ' ';
        bar[1] = '[';
        memset(bar + 2, '#', (size_t)full);
        memset(bar + 2 + full, '-', (size_t)(n - full));
        bar[n + 2] = ']';
        bar[n + 3] = '\0';
    }
    snprintf(line, sizeof line, "%s%s %3d %%  %s", progress->what, bar, (int)(100.0 * fraction), tail);
    fprintf(stderr, "\r%.*s\033[K", width, line); /* back to the margin, then clear what an earlier, longer line left */
    fflush(stderr);
}

static void show(dia_progress *progress, double done, double time, const char *note, bool last)
{
    char duration[48], tail[256];
    double fraction = fraction_of(progress, done);
    if (last)
        dia_duration_text(time - progress->begun, sizeof duration, duration);
    else
        time_left(progress, done, time, sizeof duration, duration);
    snprintf(tail, sizeof tail, "%s%s%s%s%s", last ? "in " : "", duration, last ? "" : " left",
             note != NULL ? "  " : "", note != NULL ? note : "");
    if (progress->bar)
        draw(progress, fraction, tail);
    else
        fprintf(stderr, "%s: %.0f %%, %s\n", progress->what, 100.0 * fraction, tail);
    if (progress->bar && last)
        fputc('\n', stderr);
    progress->shown = time;
    progress->next = floor(10.0 * fraction + 1.0 + 1e-9) / 10.0;
}

void dia_progress_update(dia_progress *progress, double done, const char *note)
{
    if (progress->quiet)
        return;
    double time = dia_seconds(), silence = time - progress->shown;
    bool due = progress->bar ? silence >= 0.2 : fraction_of(progress, done) >= progress->next || silence >= 60.0;
    if (due && fraction_of(progress, done) < 1.0)
        show(progress, done, time, note, false);
}

void dia_progress_finish(dia_progress *progress, double done, const char *note)
{
    if (!progress->quiet)
        show(progress, done, dia_seconds(), note, true);
}

/* ---- output of long calls -------------------------------------------------------------------- */

void dia_cli_talk_end(dia_cli_talk *talk)
{
    if (talk->open && talk->bar.bar && !talk->quiet)
        fputc('\n', stderr);
    talk->open = false;
}

static void hear_progress(void *context, const dia_progress_state *state)
{
    dia_cli_talk *talk = context;
    if (strncmp(talk->what, state->what, sizeof talk->what - 1) != 0) {
        dia_cli_talk_end(talk);
        snprintf(talk->what, sizeof talk->what, "%s", state->what);
        dia_progress_start(&talk->bar, talk->what, state->before, state->total, talk->quiet);
    }
    talk->bar.total = state->total; /* a flight may learn that it will be longer */
    if (state->done < state->total)
        dia_progress_update(&talk->bar, state->done, state->note);
    else
        dia_progress_finish(&talk->bar, state->done, state->note);
    talk->open = talk->bar.shown > talk->bar.begun && state->done < state->total;
}

static void hear_warning(void *context, const char *text)
{
    dia_cli_talk_end(context);
    dia_cli_warning("%s", text);
}

static void hear_note(void *context, const char *text)
{
    dia_cli_talk *talk = context;
    dia_cli_talk_end(talk);
    if (!talk->quiet)
        fprintf(stderr, "%s\n", text);
}

dia_control dia_cli_control(const dia_cli *cli, dia_cli_talk *talk)
{
    *talk = (dia_cli_talk){.quiet = cli->quiet};
    dia_cli_catch_signals();
    return (dia_control){.threads = cli->threads,
                         .stop = (const volatile int *)&dia_cli_interrupted, /* read as atomic: dia_control_stopped */
                         .progress = hear_progress,
                         .warning = hear_warning,
                         .note = hear_note,
                         .context = talk};
}
