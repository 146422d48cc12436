/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the machine has. */
#ifndef DIA_BASE_MACHINE_H
#define DIA_BASE_MACHINE_H

#include "diabolo/base.h"

/* Bytes this process may use: of the machine, of its control group (a container, a batch job), of its limits (ulimit -v);
 * infinite if unknown. */
double dia_machine_memory(void);
/* Bytes free for us on the disk of `path`, a file to come; infinite if unknown. */
double dia_machine_disk(const char *path);
/* "1.3 GB" */
void dia_bytes_text(double bytes, size_t size, char *text);

#endif
