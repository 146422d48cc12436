/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict of the doctor (`diabolo check MODEL --record`), kept in FILE.check.json beside the model's file. It counts as long as the
 * model's digest is the one examined. */
#ifndef DIA_MODEL_VERDICT_H
#define DIA_MODEL_VERDICT_H

#include "diabolo/model.h"

/* FILE.check.json of the file that the model was opened from, on the heap; NULL: it was opened from text, or no memory. */
char *dia_model_verdict_path(const dia_model *model);
/* "pass: ...", "fail: holes; ...", on the heap; NULL: there is none, or it is of another model. */
char *dia_model_verdict(const dia_model *model);

#define DIA_MODEL_VERDICT_LINE "check of the model (`diabolo check`): "
/* dia_model_note, and the verdict as a further line that begins so; on the heap. NULL: neither, or no memory. */
char *dia_model_remarks(const dia_model *model);

/* The lines of such remarks (NULL: none), as `for (dia_remark line = dia_remark_first(remarks); line.text != NULL; line =
 * dia_remark_next(line))`. */
typedef struct dia_remark {
    const char *
        text; /* (length) borrowed; of the verdict what follows DIA_MODEL_VERDICT_LINE. NULL: there is no further line */
    int length;
    bool verdict;
} dia_remark;
dia_remark dia_remark_first(const char *remarks);
dia_remark dia_remark_next(dia_remark line);

#endif
