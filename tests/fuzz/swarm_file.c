/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents.h"

#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "diabolo/analyse.h"
#include "diabolo/run.h"
#include "swarm/file/table.h"

#define LIGHT                                                                                                          \
    "model:\n  type: vibronic\n  epsilon: [0 eV, 3 eV]\n"                                                              \
    "  modes: [{name: a, frequency: 0.12 eV, kappa: [-0.1 eV, 0.35 eV]}, {name: b, frequency: 0.1 eV}]\n"              \
    "  lambda: [{states: [0, 1], modes: [b], value: 0.2 eV}]\n"                                                        \
    "  dipoles: [{states: [0, 1], vector: [0, 0, 1]}, {states: [0, 0], vector: [0, 0, 0.6], mode: a}]\n"               \
    "initial: {sampling: wigner, trajectories: 4, state: 0, seed: 1}\n"                                                \
    "dynamics:\n  timestep: 0.5 fs\n  duration: 12 fs\n  stop: {long: state 0 for 9 fs, far: x > 1}\n"                 \
    "  light: {pulses: [{energy: 3.2 eV, field: 0.02 au, polarisation: [0, 0, 1], fwhm: 3 fs, centre: 6 fs}]}\n"       \
    "output: {file: swarm.h5, every: 3 fs}\n"
#define SPIN                                                                                                           \
    "model: {type: tully, variant: single_crossing}\n"                                                                 \
    "initial: {sampling: fixed, position: [-2], momentum: [20], state: 0, trajectories: 3, seed: 1}\n"                 \
    "dynamics: {method: spin_mapping, timestep: 0.5 fs, duration: 6 fs}\noutput: {file: swarm.h5, every: 2 fs}\n"
#define SO2                                                                                                            \
    "model: " SOURCE_DIR "/examples/photochem/02_so2_vibronic/so2_lvc.yaml\n"                                          \
    "initial: {sampling: wigner, temperature: 0 K, state: 2, trajectories: 3, seed: 1}\n"                              \
    "dynamics: {method: fewest_switches, timestep: 0.5 fs, duration: 8 fs}\noutput: {file: swarm.h5, every: 2 fs}\n"

static void prepare(void)
{
    static const char *const inputs[] = {LIGHT, SPIN, SO2, SO2};
    static const char *const others[] = {"trajectories/weight",
                                         "trajectories/uncertain",
                                         "trajectories/outside",
                                         "@until",
                                         "@partial",
                                         "trajectories/start_weight",
                                         "@model_note",
                                         NULL};
    for (int i = 0; i < 4; i++) {
        dia_run_result result;
        dia_error error = {0};
        const dia_control control = {.threads = 1};
        const dia_run_flags flags = {.fresh = true, .shard = i == 3, .shards = i == 3 ? 2 : 0};
        const dia_input input = {.text = inputs[i], .output = fuzz_path("base.h5")};
        fuzz_made(dia_run(&input, &flags, &control, &result, &error), &error);
        contents_load(result.path);
    }
    contents_know(others);
}

/* Every array of trajectories. */
static void read_all(const dia_swarm *swarm)
{
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++) {
        dia_error error = {0};
        const size_t width = dia_swarm_row_size(swarm, d->name);
        double *values = malloc((width * (size_t)swarm->N + 1) * sizeof *values);
        if (values == NULL)
            abort();
        if (width > 0 && strncmp(d->name, "hops/", 5) != 0)
            fuzz_check(dia_swarm_rows(swarm, d->name, 0, swarm->N, values, &error), &error);
        free(values);
    }
}

static void show(const dia_swarm *swarm)
{
    dia_error errors[4] = {{0}};
    dia_outcome *outcomes;
    dia_molecule molecule;
    int count;
    double *mean = calloc(2 * (size_t)swarm->T + 1, sizeof *mean);
    int8_t *states = calloc((size_t)(swarm->N * swarm->T) + 1, 1);
    if (mean == NULL || states == NULL)
        abort();
    fuzz_check(dia_swarm_outcomes(swarm, &outcomes, &count, &errors[0]), &errors[0]);
    fuzz_check(dia_swarm_work(swarm, mean, mean + swarm->T, NULL, &errors[1]), &errors[1]);
    fuzz_check(dia_swarm_active(swarm, 0, swarm->N, states, &errors[2]), &errors[2]);
    fuzz_check(dia_swarm_molecule(swarm, &molecule, &errors[3]), &errors[3]);
    dia_molecule_free(&molecule);
    free(outcomes);
    free(mean);
    free(states);
}

static void convert(const char *path, const char *format, const char *table)
{
    dia_error error = {0};
    dia_convert_summary summary;
    const dia_convert_options options = {.format = format, .table = table, .replace = true};
    fuzz_check(dia_convert(path, fuzz_path("converted"), &options, &summary, &error), &error);
}

/* What is opened is whole: it can be analysed and exported. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int base;
    const char *path = contents_file(prepare, bytes, size, "swarm.h5", &base);
    if (path == NULL)
        return 0;
    dia_swarm *swarm;
    dia_error error = {0}, analysis = {0};
    const dia_status status = dia_swarm_open(&swarm, path, &error);
    fuzz_check(status, &error);
    if (size == 0)
        fuzz_made(status, &error);
    if (status == DIA_OK) {
        read_all(swarm);
        show(swarm);
        char *json, *page;
        const int none = 0;
        const dia_analyse_flags flags = {.bootstrap = &none, .plain = size % 2 == 0};
        fuzz_check(dia_analyse(NULL, path, &flags, &(dia_control){.threads = 1}, &page, &json, &analysis), &analysis);
        free(page);
        free(json);
        convert(path, "extxyz", size % 3 == 0 ? "hops" : NULL);
        convert(path, "csv", size % 2 == 0 ? "energies" : "populations");
        convert(path, size % 2 == 0 ? "sharc" : "h5md", NULL);
    }
    dia_swarm_close(swarm);
    contents_all_closed();
    return 0;
}
