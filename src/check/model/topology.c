/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do the surfaces of the model cross where those of the data do? */
#include "check/model/patient.h"
#include "train/errors.h"

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    (void)error;
    if (p->errors == NULL)
        return dia_exam_absent(exam, dia_patient_unlabelled);
    const dia_errors *e = p->errors;
    if (e->norm < 5 && e->nknown == 0)
        return dia_exam_absent(exam, "The data have no couplings at small gaps, and know no intersection.");
    char text[DIA_ERRORS_VERDICT] = "";
    const bool wrong = dia_errors_wrong(e, sizeof text, text);
    if (e->norm > 0) {
        dia_exam_tell(exam, "", (double)e->norm, "couplings at gaps below 0.5 eV");
        dia_exam_tell(exam, "%", 100.0 * (double)e->norm_right / (double)e->norm, "of these with a norm within 20 %%");
    }
    if (e->nknown > 0) {
        dia_exam_tell(exam, "", e->nknown, "intersections that the data know");
        dia_exam_tell(exam, "", e->nright, "of these there, with a geometric phase");
    }
    dia_exam_most(exam, "", wrong, 0, "other surfaces cross than in the data");
    if (wrong)
        dia_exam_say(exam, "%s", text);
    return DIA_OK;
}

const dia_model_test dia_model_test_topology = {
    .name = "topology",
    .measures = "the surfaces that cross in the data cross in the model: norms of couplings at small gaps, "
                "intersections known from labels",
    .limits = "as `diabolo evaluate` judges: wrong if a fifth of the couplings is off by more than half, or a third of "
              "the intersections is missing",
    .run = run};
