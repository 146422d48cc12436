/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resources of the machine, and its clock. */
#ifndef DIA_BASE_MACHINE_H
#define DIA_BASE_MACHINE_H

#include "diabolo/base.h"

/* Bytes of memory this process may use: the least of the machine's memory, its control group's (a container, a batch
 * job) and its limits (ulimit -v); infinite if unknown. */
double dia_machine_memory(void);
/* Bytes free on the disk where the file `path` will be; infinite if unknown. */
double dia_machine_disk(const char *path);
/* Seconds since some moment in the past, which only grow. */
double dia_seconds(void);
/* "1.3 GB" */
void dia_bytes_text(double bytes, size_t size, char *text);

#endif
