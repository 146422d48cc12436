/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "dynamics/options.h"
#include "dynamics/registry.h"

/* Reads a block of an input; returns what dia_config_finish says. */
static dia_status read(const char *yaml, dia_dynamics *dynamics, dia_error *error)
{
    dia_config *config = NULL;
    assert_ok(dia_config_parse(&config, yaml, "in.yaml", ".", error), error);
    assert_ok(dia_dynamics_read(dynamics, config, dia_node_child(dia_config_root(config), "dynamics"), error), error);
    const dia_status status = dia_config_finish(config, error);
    dia_config_free(config);
    return status;
}

static void defaults(void **unused)
{
    (void)unused;
    dia_error error = {0};
    dia_dynamics d;
    assert_ok(read("dynamics: {duration: 100 fs}", &d, &error), &error);
    assert_string_equal(d.hop->name, "fewest_switches");
    assert_ptr_equal(d.hop, dia_hop_type_find("fewest_switches"));
    assert_close(d.timestep, 0.25 * DIA_FEMTOSECOND, 1e-15, 0.0);
    assert_int_equal(dia_dynamics_steps(&d), 400);
    assert_int_equal(d.adjust, DIA_ADJUST_COUPLING);
    assert_int_equal(d.frustrated, DIA_FRUSTRATED_KEEP);
    assert_string_equal(d.decoherence->name, "energy_based");
    assert_close(d.substep_tolerance, 1e-3, 0.0, 0.0);
    assert_close(d.dissociation, 0.0, 0.0, 0.0);
    assert_close(d.drift, 1.0 * DIA_EV, 1e-15, 0.0);
    dia_dynamics_close(&d);
}

static void everything(void **unused)
{
    (void)unused;
    dia_error error = {0};
    dia_dynamics d;
    assert_ok(read("dynamics:\n"
                   "  method: none\n"
                   "  timestep: 0.1 fs\n"
                   "  duration: 1 ps\n"
                   "  adjust: velocity\n"
                   "  frustrated: jasper_truhlar\n"
                   "  decoherence: {method: none, constant: 0.2 hartree, convention: amplitude}\n"
                   "  substep_tolerance: 1e-5\n"
                   "  dissociation: 3 Angstrom\n"
                   "  drift: 0.5 eV\n",
                   &d, &error),
              &error);
    assert_string_equal(d.hop->name, "none");
    assert_int_equal(dia_dynamics_steps(&d), 10000);
    assert_int_equal(d.adjust, DIA_ADJUST_VELOCITY);
    assert_int_equal(d.frustrated, DIA_FRUSTRATED_JASPER_TRUHLAR);
    assert_string_equal(d.decoherence->name, "none");
    assert_close(d.substep_tolerance, 1e-5, 1e-15, 0.0);
    assert_close(d.dissociation, 3.0 * DIA_ANGSTROM, 1e-15, 0.0);
    assert_close(d.drift, 0.5 * DIA_EV, 1e-15, 0.0);
    dia_dynamics_close(&d);
}

/* A method's own keys stand in the same block, and are unknown to other methods. */
static void keys_of_the_method(void **unused)
{
    (void)unused;
    dia_error error = {0};
    dia_dynamics d;
    assert_ok(read("dynamics: {duration: 1 fs, method: fewest_switches, probability: net_flux}", &d, &error), &error);
    dia_dynamics_close(&d);
    assert_int_equal(read("dynamics: {duration: 1 fs, method: none, probability: net_flux}", &d, &error),
                     DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "probability"));
    dia_dynamics_close(&d);
}

/* What is written is read back as the same, and stands in the order of the documentation. */
static void written_in_full(void **unused)
{
    (void)unused;
    const struct {
        const char *given, *text;
    } cases[] = {
        {"dynamics: {duration: 100 fs, probability: net_flux}",
         "  method: fewest_switches\n  timestep: 0.25 fs\n  duration: 100 fs\n  adjust: coupling\n  project: false\n  "
         "frustrated: keep\n"
         "  decoherence:\n    method: energy_based\n    constant: 2.7211386245988 eV\n    convention: population\n"
         "  forced_ground: 0 eV\n  precision: double\n  substep_tolerance: 0.001\n  integrator: velocity_verlet\n  "
         "accuracy: 0 eV\n  "
         "thermostat:\n    method: "
         "none\n  crossing: 0.001 eV\n  dissociation: 0 Angstrom\n  drift: 1 eV\n  probability: "
         "net_flux\n"},
        /* switched off by one word: the keys may stay */
        {"dynamics: {duration: 1 ps, method: none, decoherence: {method: none, constant: 0.2 hartree}}",
         "  method: none\n  timestep: 0.25 fs\n  duration: 1000 fs\n  adjust: coupling\n  project: false\n  "
         "frustrated: keep\n"
         "  decoherence:\n    method: none\n    constant: 5.4422772491976 eV\n    convention: population\n"
         "  forced_ground: 0 eV\n  precision: double\n  substep_tolerance: 0.001\n  integrator: velocity_verlet\n  "
         "accuracy: 0 eV\n  "
         "thermostat:\n    method: "
         "none\n  crossing: 0.001 eV\n  dissociation: 0 Angstrom\n  drift: 1 eV\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *yaml = cases[i].given;
        char *text[2] = {NULL, NULL}, block[2000];
        for (int pass = 0; pass < 2; pass++) {
            dia_error error = {0};
            dia_dynamics d;
            size_t size;
            FILE *out = open_memstream(&text[pass], &size);
            assert_ok(read(yaml, &d, &error), &error);
            dia_dynamics_write(out, 2, &d);
            fclose(out);
            dia_dynamics_close(&d);
            snprintf(block, sizeof block, "dynamics:\n%s", text[pass]);
            yaml = block;
        }
        assert_string_equal(text[0], text[1]);
        assert_string_equal(text[0], cases[i].text);
        free(text[0]);
        free(text[1]);
    }
}

/* Defaults of another program; keys that are given win, and a method that is given has its own. What is written names all, and gives the
 * same again without them. */
static void like_another_program(void **unused)
{
    (void)unused;
    const struct {
        const char *keys, *hop, *decoherence;
        int adjust, frustrated;
        const char *writes;
    } cases[] = {
        {"like: sharc", "fewest_switches", "energy_based", DIA_ADJUST_VELOCITY, DIA_FRUSTRATED_KEEP,
         "convention: population"},
        {"like: newton-x", "fewest_switches_rates", "energy_based", DIA_ADJUST_COUPLING, DIA_FRUSTRATED_KEEP,
         "convention: amplitude"},
        {"like: unixmd", "fewest_switches_rates", "none", DIA_ADJUST_COUPLING_THEN_VELOCITY, DIA_FRUSTRATED_REVERSE,
         "substeps: 20"},
        {"like: mlatom", "landau_zener", "none", DIA_ADJUST_VELOCITY, DIA_FRUSTRATED_KEEP, "probability: gap"},
        {"like: newton-x, decoherence: {convention: population}, adjust: velocity", "fewest_switches_rates",
         "energy_based", DIA_ADJUST_VELOCITY, DIA_FRUSTRATED_KEEP, "convention: population"},
        {"like: mlatom, method: fewest_switches", "fewest_switches", "none", DIA_ADJUST_VELOCITY, DIA_FRUSTRATED_KEEP,
         "probability: local_diabatisation"},
        {"like: sharc, method: mash", "mash", "none", DIA_ADJUST_VELOCITY, DIA_FRUSTRATED_REVERSE, "like: sharc"},
        {"like: mudslide, decoherence: afssh, states: [0, 2]", "fewest_switches_rates", "afssh", DIA_ADJUST_COUPLING,
         DIA_FRUSTRATED_KEEP, "states: [0, 2]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char yaml[2000], *text[2] = {NULL, NULL};
        snprintf(yaml, sizeof yaml, "dynamics: {duration: 100 fs, %s}", cases[i].keys);
        for (int pass = 0; pass < 2; pass++) {
            dia_error error = {0};
            dia_dynamics d;
            size_t size;
            FILE *out = open_memstream(&text[pass], &size);
            assert_ok(read(yaml, &d, &error), &error);
            assert_string_equal(d.hop->name, cases[i].hop);
            assert_string_equal(d.decoherence->name, cases[i].decoherence);
            assert_int_equal(d.adjust, cases[i].adjust);
            assert_int_equal(d.frustrated, cases[i].frustrated);
            dia_dynamics_write(out, 2, &d);
            fclose(out);
            if (strstr(text[pass], cases[i].writes) == NULL)
                fail_msg("%s\n%s\nshould say: %s", cases[i].keys, text[pass], cases[i].writes);
            dia_dynamics_close(&d);
            const char *line = strstr(text[pass], "  like: "); /* without it the same */
            const int before = (int)(line - text[pass]);
            snprintf(yaml, sizeof yaml, "dynamics:\n%.*s%s", before, text[pass], strchr(line, '\n') + 1);
            dia_dynamics again;
            char *bare = NULL;
            out = open_memstream(&bare, &size);
            assert_ok(read(yaml, &again, &error), &error);
            dia_dynamics_write(out, 2, &again);
            fclose(out);
            assert_string_equal(bare, strstr(yaml, "\n") + 1);
            free(bare);
            dia_dynamics_close(&again);
            snprintf(yaml, sizeof yaml, "dynamics:\n%s", text[pass]);
        }
        assert_string_equal(text[0], text[1]);
        free(text[0]);
        free(text[1]);
    }
}

static void mistakes(void **unused)
{
    (void)unused;
    const struct {
        const char *yaml, *says;
    } cases[] = {
        {"dynamics: {timestep: 0.25 fs}", "duration"},
        {"dynamics: {duration: 1 fs, method: fewest_swiches}", "did you mean 'fewest_switches'"},
        {"dynamics: {duration: 1 fs, method: magic}", "no hopping method 'magic'"},
        {"dynamics: {duration: 1 fs, method: [none]}", "name of a hopping method"},
        {"dynamics: {duration: 1 fs, timestep: 0 fs}", "timestep"},
        {"dynamics: {duration: 1 eV}", "duration"},
        {"dynamics: {duration: 1 fs, decoherence: {constant: -1 eV}}", "constant"},
        {"dynamics: {duration: 1 fs, adjust: gradient}", "adjust"},
        {"dynamics: {duration: 1 fs, like: shark}", "sharc"},
        {"dynamics: {duration: 1 fs, states: []}", "one state or more"},
        {"dynamics: {duration: 1 fs, states: [0, -1]}", "found -1"},
        {"dynamics: {duration: 1 fs, states: [0, 1, 0]}", "state 0 stands there twice"},
        {"dynamics: {duration: 1 fs, states: [1, 2], forced_ground: 0.1 eV}", "leads to state 0"},
        {"dynamics: {duration: 1 fs, method: ehrenfest, states: [0]}", "cannot leave any out"},
        {"dynamics: {duration: 1 fs, method: ehrenfest, adjust: velocity}", "momenta are not adjusted at hops"},
        {"dynamics: {duration: 1 fs, method: ehrenfest, project: true}", "leave the key out"},
        {"dynamics: {duration: 1 fs, method: ehrenfest, adjust: [velocity]}", "adjust"},
        {"dynamics: {duration: 1 fs, method: ehrenfest, integrator: blanes_moan, thermostat: langevin}",
         "thermostats work with velocity_verlet"},
        {"dynamics: {duration: 1 fs, method: mash, forced_ground: 0.1 eV}", "dynamics.forced_ground"},
        {"dynamics: {duration: 1 fs, decoherence: energy}", "did you mean 'energy_based'"},
        {"dynamics: {duration: 1 fs, decoherence: [none]}", "decoherence"},
        {"dynamics: {duration: 1 fs, thermostat: langevine}", "did you mean 'langevin'"},
        {"dynamics: {duration: 1 fs, decoherence: {method: energy}}", "did you mean 'energy_based'"},
        {"dynamics: {duration: 1 fs, decoherence: {method: magic}}", "no decoherence method 'magic'"},
        {"dynamics: {duration: 1 fs, decoherence: {constnat: 1 eV}}", "constnat"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dia_error error = {0};
        dia_dynamics d;
        assert_int_equal(read(cases[i].yaml, &d, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("%s\n%s\nshould say: %s", cases[i].yaml, error.text, cases[i].says);
        assert_non_null(strstr(error.text, "in.yaml:1:"));
        dia_dynamics_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),        cmocka_unit_test(everything),           cmocka_unit_test(keys_of_the_method),
        cmocka_unit_test(written_in_full), cmocka_unit_test(like_another_program), cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
