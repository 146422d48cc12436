/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages to the caller of a long call (dia_control, base.h). The control may be NULL in all of these. */
#ifndef DIA_BASE_CONTROL_H
#define DIA_BASE_CONTROL_H

#include "diabolo/base.h"

/* Does the caller want the call to stop? Cheap; may be called from any thread. */
bool dia_control_stopped(const dia_control *control);
int dia_control_threads(const dia_control *control); /* 0: the caller sets no number */
/* These are called from one thread at a time. */
void dia_control_progress(const dia_control *control, const dia_progress_state *state);
/* A part of a call that may be over at once, and may take long: how far it is is told once it has taken a second, and then that it is
 * done. Begins anew with done == 0. */
typedef struct dia_phase { /* zero-initialise; then what */
    const char *what;
    double begun, before; /* seconds; pieces that were done when it was told first */
    bool told;
} dia_phase;
void dia_control_phase(const dia_control *control, dia_phase *phase, double done, double total);
void dia_control_warn(const dia_control *control, const char *format, ...) DIA_PRINTF(2, 3);
void dia_control_note(const dia_control *control, const char *format, ...) DIA_PRINTF(2, 3);

#endif
