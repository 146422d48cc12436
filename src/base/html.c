/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/html.h"

void dia_html_text(FILE *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc((*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f ? '?' : *p, out);
        }
    }
}

void dia_html_json(FILE *out, size_t size, const char *json)
{
    for (size_t i = 0; i < size; i++)
        if (json[i] == '<')
            fputs("\\u003c", out);
        else
            fputc(json[i], out);
}

void dia_html_base64(FILE *out, size_t size, const uint8_t *bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const unsigned b = left > 1 ? bytes[i + 1] : 0, c = left > 2 ? bytes[i + 2] : 0;
        const unsigned word = ((unsigned)bytes[i] << 16) | (b << 8) | c;
        fputc(digits[word >> 18], out);
        fputc(digits[(word >> 12) & 63], out);
        fputc(left > 1 ? digits[(word >> 6) & 63] : '=', out);
        fputc(left > 2 ? digits[word & 63] : '=', out);
    }
}
