/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other programs do by default with hops, momenta and decoherence: the key `like` of the block `dynamics`. */
#ifndef DIA_DYNAMICS_LIKE_H
#define DIA_DYNAMICS_LIKE_H

#include "diabolo/extend.h"

/* Words of the key, for DIA_CHOICE; the first is this program. */
#define DIA_LIKE "diabolo|abin|mlatom|mudslide|newton-x|nqcdynamics|sharc|unixmd"

/* Place of a word in DIA_LIKE; 0 for any other. */
int dia_like_find(const char *word);
/* Default of a key of the block `dynamics` ("decoherence.KEY": of the block in it) in such a program; NULL: it is that of this one. */
const char *dia_like_fallback(int like, const char *key);
/* Copies a table with such defaults to `out`, which has room for `room` entries. prefix: "", or "decoherence.". */
void dia_like_options(int like, const char *prefix, const dia_option *table, int room, dia_option *out);
/* All that is set so, as it stands in an input on one line: text (size). */
void dia_like_text(int like, size_t size, char *text);

#endif
