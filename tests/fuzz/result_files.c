/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/mechanism.h"
#include "diabolo/analyse.h"
#include "diabolo/exact.h"
#include "diabolo/intersect.h"
#include "diabolo/run.h"
#include "train/checkpoint.h"

#define SO2 SOURCE_DIR "/examples/photochem/02_so2_vibronic/so2_lvc.yaml"
#define TULLY                                                                                                          \
    "model: {type: tully, variant: single_crossing}\n"                                                                 \
    "initial: {sampling: fixed, position: [-3], momentum: [20], position_width: [1], momentum_width: [0.5], state: "   \
    "0, trajectories: 2}\n"                                                                                            \
    "dynamics: {timestep: 0.5 fs, duration: 12 fs, stop: {transmitted: x > 2}}\n"                                      \
    "output: {file: tully.h5, every: 4 fs}\nexact: {file: exact.h5}\n"

static char swarm[300];
static dia_record *record;
static double theta[4] = {1, 2, 3, 4}, best[4] = {1, 2, 3, 4}, rows[8];

static void exact(void)
{
    dia_exact_result result;
    dia_error error = {0};
    const dia_input input = {.text = TULLY, .output = fuzz_path("base.h5")};
    fuzz_made(dia_exact(&input, true, &(dia_control){.threads = 1}, &result, &error), &error);
    dia_exact_close(&result);
    contents_load(fuzz_path("base.h5"));
}

static void mechanism(void)
{
    char text[2000], *page, *json;
    dia_error error = {0};
    dia_intersections *found;
    const dia_control control = {.threads = 1};
    snprintf(swarm, sizeof swarm, "%s", fuzz_path("swarm.h5"));
    const dia_input flight = {
        .text = "model: " SO2 "\ninitial: {sampling: wigner, temperature: 0 K, state: 2, trajectories: 6, seed: 1}\n"
                "dynamics: {method: fewest_switches, timestep: 0.5 fs, duration: 40 fs}\noutput: {file: s.h5, every: 4 "
                "fs}\n",
        .output = swarm};
    fuzz_made(dia_run(&flight, NULL, &control, NULL, &error), &error);
    const dia_input search = {.text = "model: " SO2 "\nstart: {copies: 2, spread: 0.1 Angstrom}\n"
                                      "search: [{states: [1, 2]}]\noutput: {file: p.h5}\n",
                              .output = fuzz_path("points.h5")};
    const dia_input *const inputs[] = {&search};
    fuzz_made(dia_intersect(inputs[0], true, &control, &found, &error), &error);
    dia_intersections_free(found);
    snprintf(text, sizeof text,
             "swarm: %s\ncensus: {intersections: %s, limit: 5 Angstrom}\ncoordinates: [{name: so, coordinate: distance "
             "0 1, bins: 4}]\n"
             "model: " SO2 "\nmodes: {}\ncomponents: {count: 2}\nclusters: {radius: 1 Angstrom}\noutput: {file: %s}\n",
             swarm, fuzz_path("points.h5"), fuzz_path("mechanism.h5"));
    const dia_input input = {.text = text};
    fuzz_made(dia_mechanism(&input, &control, &page, &json, &error), &error);
    free(page);
    free(json);
    contents_load(fuzz_path("mechanism.h5"));
    fuzz_made(dia_record_load(&record, swarm, &error), &error);
}

static void checkpoint(void)
{
    dia_error error = {0};
    const dia_checkpoint at = {.stage = 0,
                               .iteration = 3,
                               .loss = 1.0,
                               .best_value = 0.5,
                               .state = rows,
                               .state_size = 8,
                               .history = {.row = rows, .n = 2, .room = 2},
                               .symmetry = "generators: []"};
    fuzz_made(dia_checkpoint_write(fuzz_path("checkpoint"), "digest", &at, 4, theta, best, &error), &error);
    contents_load(fuzz_path("checkpoint"));
}

static void read_exact(const char *path)
{
    dia_exact_result result;
    dia_outcome *outcomes = NULL;
    char *page, *json;
    int count;
    dia_error errors[3] = {{0}};
    const dia_status status = dia_exact_open(&result, path, &errors[0]);
    fuzz_check(status, &errors[0]);
    if (status == DIA_OK)
        fuzz_check(dia_exact_outcomes(result.record, &outcomes, &count, &errors[1]), &errors[1]);
    free(outcomes);
    dia_exact_close(&result);
    fuzz_check(dia_analyse(NULL, path, NULL, &(dia_control){.threads = 1}, &page, &json, &errors[2]), &errors[2]);
    free(page);
    free(json);
}

static void read_checkpoint(const char *path)
{
    dia_checkpoint at = {0};
    char *text;
    bool found;
    dia_error errors[2] = {{0}};
    fuzz_check(dia_checkpoint_read(path, "digest", &at, 4, theta, best, &found, &errors[0]), &errors[0]);
    free(at.state);
    free(at.history.row);
    fuzz_check(dia_checkpoint_symmetry(path, "digest", &text, &errors[1]), &errors[1]);
    free(text);
}

static void prepare(void)
{
    exact();
    mechanism();
    checkpoint();
}

/* Files of exact dynamics, mechanism files, checkpoints of trainings: base 0, 1, 2. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int base;
    const char *path = contents_file(prepare, bytes, size, "result.h5", &base);
    if (path == NULL)
        return 0;
    if (base == 0)
        read_exact(path);
    if (base == 1) {
        dia_mechanism_file file;
        dia_error error = {0};
        fuzz_check(dia_mechanism_file_read(&file, record, path, &error), &error);
        dia_mechanism_file_free(&file);
    }
    if (base == 2)
        read_checkpoint(path);
    return 0;
}
