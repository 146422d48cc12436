/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DIA_CLI_COMPLETE_KEYS_H
#define DIA_CLI_COMPLETE_KEYS_H

#include "cli/cli.h"

/* For `--set KEY=VALUE`, of the inputs that a command reads: the keys at the level of `begun`, blocks with a dot behind them, others with
 * '='; behind '=' the words that the key takes. */
void dia_complete_setting(const dia_input_kind *inputs, const char *begun);

#endif
