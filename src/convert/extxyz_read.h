/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reading half of the format extxyz. Private to src/convert. */
#ifndef DIA_CONVERT_EXTXYZ_READ_H
#define DIA_CONVERT_EXTXYZ_READ_H

#include "convert/import.h"

bool dia_extxyz_recognise(const char *path);
DIA_MUST_USE dia_status dia_extxyz_read(dia_import *import, dia_error *error);

#endif
