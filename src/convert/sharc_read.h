/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reading half of the format sharc. Private to src/convert. */
#ifndef DIA_CONVERT_SHARC_READ_H
#define DIA_CONVERT_SHARC_READ_H

#include "convert/import.h"

bool dia_sharc_recognise(const char *path);
DIA_MUST_USE dia_status dia_sharc_read(dia_import *import, dia_error *error);

#endif
