/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DIA_CLI_VERSION_H
#define DIA_CLI_VERSION_H

#include <stdio.h>

/* Version and commit of the program; of each part, the version it was compiled with and the one loaded now (they can
 * differ: a distribution lets BLAS and LAPACK be exchanged at any time). For bug reports. */
void dia_version_print(FILE *out);

#endif
