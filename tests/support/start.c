/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "start.h"

#include <string.h>

#include "check.h"

const char start_tully[] = "{type: tully, variant: single_crossing}";
const char start_abstract[] = "type: vibronic\n"
                              "epsilon: [0.2 hartree]\n"
                              "modes:\n"
                              "  - {name: a, frequency: 0.010 hartree, kappa: [0.004 hartree]}\n"
                              "  - {name: b, frequency: 0.005 hartree}\n"
                              "gamma: [{states: [0, 0], modes: [b, b], value: 0.001 hartree}]\n";
const char start_water[] =
    "type: vibronic\n"
    "molecule: {symbols: [O, H, H], geometry: [0, 0, 0.12, 0, 0.76, -0.47, 0, -0.76, -0.47]}\n"
    "epsilon: [0 eV, 7 eV]\n"
    "modes:\n"
    "  - {name: s, frequency: 0.46 eV, vector: [0, 0, 0.2008, 0, 0.5655, -0.4, 0, -0.5655, -0.4],"
    " kappa: [0 eV, 0.2 eV]}\n";

void ask(asked *a, const char *model, const char *initial)
{
    dia_error error = {0};
    memset(a, 0, sizeof *a);
    assert_ok(dia_model_parse(&a->model, model, ".", &error), &error);
    assert_ok(dia_config_parse(&a->config, initial, "initial", ".", &error), &error);
    dia_initial_read(&a->settings, a->config, dia_config_root(a->config));
    assert_ok(dia_config_finish(a->config, &error), &error);
}

void answered(asked *a)
{
    dia_model_free(a->model);
    dia_config_free(a->config);
}
