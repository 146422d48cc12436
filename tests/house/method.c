/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hopping and a decoherence method of one's own in one shared object, built as a stranger would: a hop to the other of two
 * states every `every` steps, counted in the trajectory's memory; amplitudes that follow at once. With ALONE the hopping
 * method refuses decoherence. */
#include <diabolo/extend.h>

typedef struct method {
    int every;
} method;

static const dia_option method_options[] = {
    DIA_INT(method, every, "3", "steps from hop to hop", DIA_RANGE(1, 1000)),
    {.key = NULL},
};

static dia_status method_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self;
    if (shape->nstate != 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "is for two states, the model has %d", shape->nstate);
    *size = 1;
    return DIA_OK;
}

static void method_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        memory[b] += 1.0;
        if ((int)memory[b] % ((const method *)self)->every == 0)
            target[b] = 1 - view->active[b];
    }
}

static void method_decohere(const void *self, const dia_step_view *view, double *memory, double *c)
{
    (void)self, (void)memory;
    for (int q = 0; q < view->nflying; q++) {
        double *a = c + 4 * view->flying[q];
        a[0] = a[1] = a[2] = a[3] = 0.0;
        a[2 * view->active[view->flying[q]]] = 1.0;
    }
}

DIA_API extern const dia_hop_type dia_hop_type_method;
const dia_hop_type dia_hop_type_method = {
    .version = DIA_EXTEND_VERSION,
    .name = "to_and_fro",
    .summary = "hops every few steps",
    .options = method_options,
    .self_size = sizeof(method),
#ifdef ALONE
    .without_decoherence = true,
#endif
    .prepare = method_prepare,
    .propose = method_propose,
};

DIA_API extern const dia_decoherence_type dia_decoherence_type_method;
const dia_decoherence_type dia_decoherence_type_method = {
    .version = DIA_EXTEND_VERSION,
    .name = "at_once",
    .summary = "the amplitudes are those of the active state",
    .decohere = method_decohere,
};
