/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escapes text and data that go into an HTML page. Write errors stay in the stream: the caller asks ferror(). */
#ifndef DIA_BASE_HTML_H
#define DIA_BASE_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Text between tags or inside a quoted attribute: & < > " ' become entities, control characters other than tab and
 * newline (which HTML forbids) a question mark. */
void dia_html_text(FILE *out, const char *text);

/* JSON inside a <script type="application/json">: every '<' becomes \u003c. It can stand in strings alone, so the JSON
 * means the same, and neither "</script" nor "<!--" can end or change the element (HTML Living Standard, 4.12.1.3). */
void dia_html_json(FILE *out, size_t size, const char *json);

/* Base64 (RFC 4648, section 4), one long line. */
void dia_html_base64(FILE *out, size_t size, const uint8_t *bytes);

#endif
