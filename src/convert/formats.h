/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DIA_CONVERT_FORMATS_H
#define DIA_CONVERT_FORMATS_H

#include <stdio.h>

#include "convert/convert.h"

extern const dia_convert_format dia_convert_format_extxyz, dia_convert_format_h5md, dia_convert_format_sharc,
    dia_convert_format_csv;

/* By its name (--format), or (name NULL) by the suffix of the output. DIA_ERROR_INPUT says which there are. */
DIA_MUST_USE dia_status dia_convert_format_choose(const char *name, const char *out, const dia_convert_format **format,
                                                  dia_error *error);

#endif
