/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/control.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/machine.h"

/* Threads read the flag while a signal handler or another thread sets it. The public header has a plain int, because
 * C++ and Python have no atomic_int; both have the same representation. */
_Static_assert(sizeof(atomic_int) == sizeof(int) && ATOMIC_INT_LOCK_FREE == 2,
               "an int is read and written in one piece");

bool dia_control_stopped(const dia_control *control)
{
    return control != NULL && control->stop != NULL &&
           atomic_load_explicit((const volatile atomic_int *)control->stop, memory_order_relaxed) != 0;
}

int dia_control_threads(const dia_control *control)
{
    return control != NULL ? control->threads : 0;
}

void dia_control_progress(const dia_control *control, const dia_progress_state *state)
{
    if (control != NULL && control->progress != NULL)
        control->progress(control->context, state);
}

void dia_control_phase(const dia_control *control, dia_phase *phase, double done, double total)
{
    const double now = dia_seconds();
    if (done == 0.0)
        *phase = (dia_phase){.what = phase->what, .begun = now};
    if (!phase->told && (now - phase->begun < 1.0 || done >= total))
        return;
    if (!phase->told)
        phase->before = done;
    phase->told = true;
    dia_control_progress(
        control, &(dia_progress_state){.what = phase->what, .done = done, .total = total, .before = phase->before});
}

/* Words from a file (a note, a group, a comment) may hold any bytes: none goes to a terminal unchanged. */
static void say(void (*hear)(void *, const char *), void *context, const char *format, va_list arguments)
{
    char raw[sizeof((dia_error *)0)->text], text[sizeof raw];
    vsnprintf(raw, sizeof raw, format, arguments);
    dia_text_escape(sizeof text, text, strlen(raw), raw);
    hear(context, text);
}

void dia_control_warn(const dia_control *control, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (control != NULL && control->warning != NULL)
        say(control->warning, control->context, format, arguments);
    va_end(arguments);
}

void dia_control_note(const dia_control *control, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (control != NULL && control->note != NULL)
        say(control->note, control->context, format, arguments);
    va_end(arguments);
}
