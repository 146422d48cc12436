/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flies a swarm from C: fly INPUT.yaml SWARM.h5 (docs/library.md). */
#include <diabolo/diabolo.h>

#include <stdio.h>

static void show(void *context, const dia_progress_state *state)
{
    (void)context;
    fprintf(stderr, "%s: %.0f %%\n", state->what, 100.0 * state->done / state->total);
}

static void warn(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "warning: %s\n", text);
}

int main(int argc, char **argv)
{
    const char *set[] = {"output.precision=double"}; /* as --set */
    dia_input input = {.path = argc > 1 ? argv[1] : NULL, .output = argc > 2 ? argv[2] : NULL, .nset = 1, .set = set};
    dia_control control = {.progress = show, .warning = warn};
    dia_run_result result;
    dia_error error = {0};
    dia_swarm *swarm = NULL;
    if (dia_run(&input, NULL, &control, &result, &error) != DIA_OK ||
        dia_swarm_open(&swarm, result.path, &error) != DIA_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    const double *last = swarm->active + (swarm->T - 1) * swarm->nstate;
    for (int k = 0; k < swarm->nstate; k++)
        printf("S%d %.3f\n", k, last[k]);
    dia_swarm_close(swarm);
    return 0;
}
