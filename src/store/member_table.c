/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of structs as lines of a table. */
#include <math.h>
#include <stdio.h>

#include "store/member_own.h"

void dia_cell(double value, int width, int digits, FILE *out)
{
    if (isnan(value))
        fprintf(out, " %*s", width, "-");
    else
        fprintf(out, " %*.*f", width, digits, value);
}

/* A UTF-8 text has more bytes than columns. */
static int columns_of(const char *text)
{
    int n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void dia_members_heading(const dia_member *fields, FILE *out)
{
    for (const dia_member *f = fields; f->kind != DIA_MEMBER_END; f++) {
        if (f->heading == NULL)
            continue;
        const int gap = f->before != NULL ? columns_of(f->before) : 1, blank = f->width - columns_of(f->heading);
        fprintf(out, "%*s", gap + (dia_member_is_text(f) || blank < 0 ? 0 : blank), "");
        fprintf(out, "%s%*s", f->heading, dia_member_is_text(f) && blank > 0 ? blank : 0, "");
    }
}

void dia_members_line(const dia_member *fields, const void *object, FILE *out)
{
    for (const dia_member *f = fields; f->kind != DIA_MEMBER_END; f++) {
        if (f->heading == NULL)
            continue;
        if (dia_member_is_text(f)) {
            const char *text = dia_member_text(f, object) != NULL ? dia_member_text(f, object) : "";
            const int blank = f->width - columns_of(text);
            fprintf(out, "%s%s%*s", f->before != NULL ? f->before : " ", text, blank > 0 ? blank : 0, "");
            continue;
        }
        const double value = dia_member_real(f, dia_member_at(f, object), 0);
        if (f->before == NULL)
            dia_cell(value, f->width, f->digits, out);
        else if (isnan(value))
            fprintf(out, "%*s", columns_of(f->before) + f->width, "");
        else
            fprintf(out, "%s%*.*f", f->before, f->width, f->digits, value);
    }
}
