/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What something was made from: files with their digests, and the text that decides a result. */
#ifndef DIA_BASE_PROVENANCE_H
#define DIA_BASE_PROVENANCE_H

#include "base/digest.h"

typedef struct dia_files { /* zero-initialise */
    int n, room;
    dia_file *items; /* (n) in the order in which they were added, each path once; owned, paths too */
} dia_files;

/* Reads the file and adds it. A path that is there already is not added again. */
DIA_MUST_USE dia_status dia_files_add(dia_files *files, const char *path, dia_error *error);
/* Adds a copy of an entry whose digest is known. */
DIA_MUST_USE dia_status dia_files_note(dia_files *files, const char *path, const char *digest, dia_error *error);
void dia_files_free(dia_files *files);

/* One line per file as sha256sum writes it, "DIGEST  PATH", on the heap; NULL: out of memory. */
char *dia_files_text(const dia_files *files);
/* SHA-256 of the digests in their order. For a single file: its own digest. Paths are not included: files may be
 * moved. */
DIA_MUST_USE dia_status dia_files_digest(const dia_files *files, char digest[DIA_DIGEST_SIZE], dia_error *error);

/* What determines the numbers of a result. */
typedef struct dia_identity {
    const char *version, *commit;
    const char *arithmetic; /* how the processor rounds products and sums: math/panel.h */
    int nfile;
    const dia_file *files; /* (nfile) of the model: dia_model_files                                  */
    const char *model_digest, *initial_digest;
    bool sampled;         /* the initial conditions follow from everything else, except for rounding    */
    const char *resolved; /* all settings; the line `model: PATH` is ignored: the file's content counts */
} dia_identity;
#define DIA_IDENTITY_SAMPLED "sampled initial conditions: " /* the last line, then the digest */
/* The identity as lines of text, on the heap; NULL: out of memory. The digest of a result is the digest of this
 * text. */
char *dia_identity_text(const dia_identity *identity);
/* Writes the first line in which two identities differ into text, as "there: '...'; now: '...'". false: they are
 * equal, or differ only in sampled initial conditions: another kind of processor rounds otherwise. */
bool dia_identity_differs(const char *before, const char *now, size_t size, char *text);

#endif
