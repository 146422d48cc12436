/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an examination of a model found: one page as text, JSON (docs/check.md) and HTML without scripts. */
#ifndef DIA_CHECK_MODEL_PAGE_H
#define DIA_CHECK_MODEL_PAGE_H

#include <stdio.h>

#include "check/model.h"

void dia_model_page_text(const dia_model_check *check, const dia_model *model, const char *path, FILE *out);
void dia_model_page_json(const dia_model_check *check, const dia_model *model, const char *path, FILE *out);
void dia_model_page_html(const dia_model_check *check, const dia_model *model, const char *path, FILE *out);

#endif
