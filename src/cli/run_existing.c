/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/run_existing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/provenance.h"
#include "diabolo/swarm.h"

static dia_status compare(const run_plan *plan, const dia_swarm *swarm, bool replace, bool *complete, dia_error *error)
{
    char *ours = dia_flight_identity(&plan->flight);
    char *theirs = dia_identity_text(&(dia_identity){.version = swarm->program_version,
                                                     .commit = swarm->program_commit,
                                                     .model_digest = swarm->model_digest,
                                                     .initial_digest = swarm->initial_digest,
                                                     .resolved = swarm->resolved});
    char difference[500];
    dia_status status = DIA_OK;
    if (ours == NULL || theirs == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare swarms");
    else if (!dia_identity_differs(theirs, ours, sizeof difference, difference))
        *complete = true;
    else if (!replace)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: is there already and holds another swarm (%s); choose another output.file, or "
                               "--fresh to replace it",
                               plan->path, difference);
    free(ours);
    free(theirs);
    return status;
}

dia_status dia_run_existing(const run_plan *plan, bool replace, bool *complete, dia_error *error)
{
    struct stat about;
    *complete = false;
    if (stat(plan->path, &about) != 0)
        return errno == ENOENT ? DIA_OK : dia_error_set(error, DIA_ERROR_FILE, "%s: %s", plan->path, strerror(errno));
    dia_swarm *swarm = NULL;
    dia_error reason = {0};
    if (dia_swarm_open(&swarm, plan->path, &reason) != DIA_OK)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: is there already and is no swarm file that could be replaced (%s); choose another "
                             "output.file, or move it away",
                             plan->path, reason.text);
    dia_status status = compare(plan, swarm, replace, complete, error);
    dia_swarm_close(swarm);
    return status;
}
