/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DIA_CLI_INFO_H
#define DIA_CLI_INFO_H

#include "diabolo/base.h"

/* What is this file? Prints it to stdout: HDF5 of any format, or a model as YAML or plug-in. */
DIA_MUST_USE dia_status dia_info_file(const char *path, dia_error *error);

#endif
