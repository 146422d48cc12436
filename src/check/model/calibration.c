/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a committee says of itself: the factors, kept in its file, that turn the spread of its members into limits of errors. How
 * well they hold at other points `diabolo evaluate` measures. */
#include <math.h>

#include "check/model/patient.h"
#include "model/committee.h"

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    (void)error;
    const int members = dia_model_members(p->model);
    const dia_calibration *c = dia_model_calibration(p->model);
    if (members < 2)
        return dia_exam_absent(exam, "No committee.");
    dia_exam_tell(exam, "", members, "members");
    if (c == NULL || c->npoint == 0) {
        exam->verdict = DIA_VERDICT_FAIL;
        dia_exam_say(exam, "The committee was not calibrated: the spread of its members is no error.");
        return DIA_OK;
    }
    dia_exam_tell(exam, "", c->npoint, "points that it was calibrated on");
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        double most = 0.0;
        for (int g = 0; g < DIA_CALIBRATION_GAPS; g++)
            most = fmax(most, c->factor[q][g][0]);
        dia_exam_most(exam, "", most, 10.0, "%s: error over spread, 68 %% of errors, largest of the classes of gaps",
                      dia_calibration_names[q]);
    }
    return DIA_OK;
}

const dia_model_test dia_model_test_calibration = {
    .name = "calibration",
    .measures =
        "of a committee: the factors by which errors exceed the spread of its members, as found on points kept aside",
    .limits = "a spread ten times smaller than the errors says nothing about them",
    .run = run};
