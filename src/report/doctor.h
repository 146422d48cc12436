/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor's findings on a model: the file that `diabolo check MODEL` writes by --json or --record (docs/check.md). */
#ifndef DIA_REPORT_DOCTOR_H
#define DIA_REPORT_DOCTOR_H

#include "base/config.h"
#include "base/json.h"

/* Reads and checks it; digest: of the swarm's model. DIA_ERROR_INPUT: no such file, or of another model. */
DIA_MUST_USE dia_status dia_doctor_read(dia_config **config, const char *path, const char *digest, dia_error *error);
/* "pass", "fail": borrowed. */
const char *dia_doctor_verdict(const dia_config *config);
/* "check": { verdict, summary, tests } of the object that is open. */
void dia_doctor_write(const dia_config *config, dia_json *json);

#endif
