/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors at labelled points that the model was not trained on, and whether its surfaces cross where those of the data do. */
#include <math.h>

#include "check/model/patient.h"
#include "train/errors.h"

static const char none[] = "No labelled points: --data FILE.h5 names some that it was not trained on.";

static dia_status errors(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    (void)error;
    if (p->errors == NULL)
        return dia_exam_absent(exam, none);
    const dia_errors *e = p->errors;
    const double slope = 1000.0 / (DIA_EV / DIA_ANGSTROM);
    dia_exam_tell(exam, "", e->npoint, "points");
    dia_exam_most(exam, "meV", 1000 / DIA_EV * dia_deviation_mean(&e->energy_low), 100.0,
                  "energies up to 14 eV, mean absolute");
    dia_exam_tell(exam, "meV", 1000 / DIA_EV * dia_deviation_mean(&e->energy), "energies, mean absolute");
    dia_exam_tell(exam, "meV", 1000 / DIA_EV * dia_deviation_rms(&e->energy), "energies, root mean square");
    dia_exam_tell(exam, "meV/Angstrom", slope * dia_deviation_mean(&e->gradient_low),
                  "gradients up to 14 eV, mean absolute");
    if (e->coupling_close.n > 0)
        dia_exam_tell(exam, "meV/Angstrom", slope * dia_deviation_mean(&e->coupling_close),
                      "couplings at gaps below 0.5 eV, mean absolute");
    for (int g = 0; g < DIA_LABEL_GAPS; g++) {
        if (e->gap_energy[g].n > 0)
            dia_exam_tell(exam, "meV", 1000 / DIA_EV * dia_deviation_mean(&e->gap_energy[g]), "energies, gap %s eV",
                          dia_label_gap_names[g]);
        if (e->gap_gradient[g].n > 0)
            dia_exam_tell(exam, "meV/Angstrom", slope * dia_deviation_mean(&e->gap_gradient[g]), "gradients, gap %s eV",
                          dia_label_gap_names[g]);
        if (e->gap_coupling[g].n > 0)
            dia_exam_tell(exam, "meV/Angstrom", slope * dia_deviation_mean(&e->gap_coupling[g]), "couplings, gap %s eV",
                          dia_label_gap_names[g]);
    }
    return DIA_OK;
}

const dia_model_test dia_model_test_errors = {
    .name = "errors",
    .measures = "errors at labelled points of --data, by gap",
    .limits = "energies within 0.1 eV, as good as what they are fitted to mostly is",
    .run = errors};

static dia_status topology(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    (void)error;
    if (p->errors == NULL)
        return dia_exam_absent(exam, none);
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
    .run = topology};
