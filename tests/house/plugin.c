/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plug-in of the documentation: built as a stranger would, loaded at run time, and held to what every model
 * promises. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "diabolo/extend.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"
#include "dynamics/options.h"

static dia_model *load(const char *options)
{
    char yaml[1000];
    snprintf(yaml, sizeof yaml, "{plugin: \"%s\"%s}", PLUGIN, options);
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

static void test_conforms(void **state)
{
    (void)state;
    dia_model *model = load("");
    conform_model(model, &(conform){.spread = 1.0, .fixed_frame = true});
    dia_model_free(model);
}

/* E = m w^2 r^2/2 -+ k r. */
static void test_cone(void **state)
{
    (void)state;
    dia_model *model = load(", mass: 3 me, frequency: 0.5 hartree, k: 0.07");
    dia_error error = {0};
    dia_tape *tape = NULL;
    double R[2] = {0.3, -0.4}, r = 0.5, H[3], E[2], U[4], work[256];
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, 1, R, H), NULL);
    dia_frame frame = {.batch = 1, .nstate = 2, .H = H, .E = E, .U = U};
    assert_true(dia_frame_work(2) <= 256);
    assert_ok(dia_frame_solve(&frame, work), NULL);
    /* A few roundings of numbers below one. */
    assert_close(E[0], 0.5 * 3 * 0.25 * r * r - 0.07 * r, 0, 1e-15);
    assert_close(E[1], 0.5 * 3 * 0.25 * r * r + 0.07 * r, 0, 1e-15);
    dia_tape_free(tape);
    dia_model_free(model);
}

/* Without a block: the shared object itself as the model, with its defaults. */
static void test_file(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_load(&model, PLUGIN, &error), &error);
    assert_string_equal(dia_model_name(model), "mexican_hat");
    assert_int_equal(dia_model_shape(model).ncart, 2);
    dia_model_free(model);
}

/* Built for headers older or newer than this program's: refused with both versions and the cure, never called. */
static void test_versions(void **state)
{
    (void)state;
    const struct {
        const char *file, *says;
    } others[] = {{OTHERS "/version_none/other_version.so", "built for headers without a version"},
                  {OTHERS "/version_1/other_version.so", "built for version 1 of"},
                  {OTHERS "/version_999/other_version.so", "built for version 999 of"}};
    for (int i = 0; i < 3; i++) {
        dia_error error = {0};
        dia_model *model = NULL;
        assert_int_equal(dia_model_load(&model, others[i].file, &error), DIA_ERROR_INPUT);
        assert_null(model);
        if (strstr(error.text, others[i].says) == NULL || strstr(error.text, others[i].file) == NULL ||
            strstr(error.text, "build the plug-in again") == NULL)
            fail_msg("%s", error.text);
    }
}

/* A hopping and a decoherence method from a shared object: flown, written into `resolved` with the digest of the file, and
 * refused where they do not fit or are not there. */
static void test_methods(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_dynamics d;
    dia_block *block = NULL;
    dia_model *model = load("");
    assert_ok(
        dia_dynamics_parse(
            &d, "{method: \"" METHOD "\", every: 4, duration: 2.5 fs, decoherence: {method: \"" METHOD "\"}}", &error),
        &error);
    assert_string_equal(d.hop->name, "to_and_fro");
    assert_string_equal(d.decoherence->name, "at_once");
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    dia_dynamics_write(out, 0, &d);
    fclose(out);
    assert_non_null(strstr(text, "method: " METHOD "\n"));
    assert_non_null(strstr(text, "every: 4\n"));
    assert_non_null(strstr(text, "# SHA-256 of method: "));
    assert_non_null(strstr(text, "# SHA-256 of decoherence.method: "));
    free(text);
    d.crossing = 0.0; /* the method counts whole steps */
    assert_ok(dia_block_create(&block, model, &d, 1, &error), &error);
    assert_ok(
        dia_block_start(block, 1, (int64_t[]){0}, (double[]){0.3, -0.4}, (double[]){0.02, 0.01}, (int[]){1}, &error),
        &error);
    for (int i = 1; i <= 10; i++) {
        double c[4];
        assert_ok(dia_block_step(block), NULL);
        dia_block_amplitudes(block, 0, c);
        if (i < 8) /* the hop up may be frustrated */
            assert_int_equal(block->active[0], i < 4 ? 1 : 0);
        assert_close(c[2 * block->active[0]], 1.0, 1e-12, 0); /* to the diabatic basis and back */
    }
    assert_int_equal(block->fate[0], DIA_FATE_FINISHED);
    dia_block_free(block);
    dia_model_free(model);
    /* Another model: refused. */
    assert_ok(dia_model_parse(&model,
                              "{type: vibronic, epsilon: [0 eV, 1 eV, 2 eV], modes: [{name: a, frequency: 0.1 eV}]}",
                              ".", &error),
              &error);
    assert_int_equal(dia_block_create(&block, model, &d, 1, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "to_and_fro: is for two states"));
    dia_model_free(model);
    dia_dynamics_close(&d);
    static const struct {
        const char *yaml, *says;
    } wrong[] = {{"{duration: 1 fs, method: nowhere.so}", "nowhere.so"},
                 {"{duration: 1 fs, method: \"" PLUGIN "\"}", "has no symbol 'dia_hop_type_mexican_hat'"},
                 {"{duration: 1 fs, decoherence: {method: \"" PLUGIN "\"}}", "dia_decoherence_type_mexican_hat"},
                 {"{duration: 1 fs, method: \"" METHOD "\", every: 0}", "every"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        dia_error_clear(&error);
        assert_int_equal(dia_dynamics_parse(&d, wrong[i].yaml, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i].says) == NULL)
            fail_msg("%s should say %s", error.text, wrong[i].says);
        dia_dynamics_close(&d);
    }
}

/* A method that works without decoherence has none by default, and refuses it where the input is read and in a block. */
static void test_without_decoherence(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "{duration: 1 fs, method: \"" ALONE "\", decoherence: {method: energy_based}}",
        "{duration: 1 fs, method: \"" ALONE "\", decoherence: {method: \"" METHOD "\"}}"};
    dia_error error = {0};
    dia_dynamics d;
    for (int i = 0; i < 2; i++) {
        dia_error_clear(&error);
        assert_int_equal(dia_dynamics_parse(&d, refused[i], &error), DIA_ERROR_INPUT);
        if (strstr(error.text, "to_and_fro works without decoherence") == NULL ||
            strstr(error.text, "decoherence: {method: none}") == NULL)
            fail_msg("%s", error.text);
        dia_dynamics_close(&d);
    }
    dia_error_clear(&error);
    dia_model *model = load("");
    dia_block *block = NULL;
    assert_ok(dia_dynamics_parse(&d, "{duration: 1 fs, method: \"" ALONE "\"}", &error), &error);
    assert_string_equal(d.decoherence->name, "none");
    assert_ok(dia_block_create(&block, model, &d, 1, &error), &error);
    dia_block_free(block);
    dia_dynamics other;
    assert_ok(dia_dynamics_parse(&other, "{duration: 1 fs}", &error), &error);
    const dia_decoherence_type *none = d.decoherence;
    d.decoherence = other.decoherence;
    assert_int_equal(dia_block_create(&block, model, &d, 1, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "to_and_fro works without decoherence"));
    d.decoherence = none;
    dia_dynamics_close(&other);
    dia_dynamics_close(&d);
    dia_model_free(model);
}

/* What plug-ins were compiled against. If this fails, a struct has changed: raise DIA_EXTEND_VERSION, and record the new
 * numbers here (processors with pointers of 64 bits). */
static void test_layout(void **state)
{
    (void)state;
#define SIZE(type)                                                                                                     \
    {                                                                                                                  \
#type, sizeof(type)                                                                                            \
    }
#define AT(type, member)                                                                                               \
    {                                                                                                                  \
#type "." #member, offsetof(type, member)                                                                      \
    }
    static const struct {
        const char *name;
        size_t now;
    } found[] = {SIZE(dia_model_type),
                 AT(dia_model_type, version),
                 AT(dia_model_type, name),
                 AT(dia_model_type, summary),
                 AT(dia_model_type, reference),
                 AT(dia_model_type, options),
                 AT(dia_model_type, self_size),
                 AT(dia_model_type, open),
                 AT(dia_model_type, close),
                 AT(dia_model_type, tape_size),
                 AT(dia_model_type, tape_init),
                 AT(dia_model_type, hamiltonian),
                 AT(dia_model_type, contract),
                 AT(dia_model_type, derivative),
                 AT(dia_model_type, pullback),
                 AT(dia_model_type, pullback_each),
                 AT(dia_model_type, gradients),
                 AT(dia_model_type, gradients_pullback),
                 AT(dia_model_type, theta),
                 AT(dia_model_type, refresh),
                 AT(dia_model_type, bounded),
                 AT(dia_model_type, novelty),
                 AT(dia_model_type, note),
                 AT(dia_model_type, fitted),
                 AT(dia_model_type, oscillators),
                 AT(dia_model_type, unit),
                 AT(dia_model_type, dipolar),
                 AT(dia_model_type, dipole),
                 AT(dia_model_type, dipole_contract),
                 AT(dia_model_type, member),
                 AT(dia_model_type, spin),
                 SIZE(dia_descriptor_type),
                 AT(dia_descriptor_type, version),
                 AT(dia_descriptor_type, options),
                 AT(dia_descriptor_type, self_size),
                 AT(dia_descriptor_type, open),
                 AT(dia_descriptor_type, close),
                 AT(dia_descriptor_type, forward),
                 AT(dia_descriptor_type, reverse),
                 AT(dia_descriptor_type, tangent),
                 AT(dia_descriptor_type, image),
                 AT(dia_descriptor_type, use),
                 AT(dia_descriptor_type, note),
                 SIZE(dia_hop_type),
                 AT(dia_hop_type, version),
                 AT(dia_hop_type, name),
                 AT(dia_hop_type, options),
                 AT(dia_hop_type, self_size),
                 AT(dia_hop_type, needs_hdot),
                 AT(dia_hop_type, without_decoherence),
                 AT(dia_hop_type, adiabatic),
                 AT(dia_hop_type, prepare),
                 AT(dia_hop_type, start),
                 AT(dia_hop_type, propose),
                 AT(dia_hop_type, propagate),
                 AT(dia_hop_type, margin),
                 AT(dia_hop_type, direction),
                 AT(dia_hop_type, after),
                 AT(dia_hop_type, mean_field),
                 AT(dia_hop_type, decay),
                 AT(dia_hop_type, reflects),
                 AT(dia_hop_type, scale),
                 AT(dia_hop_type, by_start),
                 SIZE(dia_decoherence_type),
                 AT(dia_decoherence_type, version),
                 AT(dia_decoherence_type, options),
                 AT(dia_decoherence_type, self_size),
                 AT(dia_decoherence_type, prepare),
                 AT(dia_decoherence_type, start),
                 AT(dia_decoherence_type, after),
                 AT(dia_decoherence_type, decohere),
                 SIZE(dia_step_view),
                 AT(dia_step_view, batch),
                 AT(dia_step_view, nflying),
                 AT(dia_step_view, flying),
                 AT(dia_step_view, dt),
                 AT(dia_step_view, time),
                 AT(dia_step_view, tolerance),
                 AT(dia_step_view, mass),
                 AT(dia_step_view, before),
                 AT(dia_step_view, after),
                 AT(dia_step_view, c_before),
                 AT(dia_step_view, c_after),
                 AT(dia_step_view, T),
                 AT(dia_step_view, dH_before),
                 AT(dia_step_view, dH),
                 AT(dia_step_view, active),
                 AT(dia_step_view, position),
                 AT(dia_step_view, velocity),
                 AT(dia_step_view, gradient),
                 AT(dia_step_view, kinetic),
                 AT(dia_step_view, position_before),
                 AT(dia_step_view, velocity_before),
                 AT(dia_step_view, uniform),
                 AT(dia_step_view, random),
                 AT(dia_step_view, contract),
                 AT(dia_step_view, W),
                 AT(dia_step_view, answers),
                 AT(dia_step_view, couplings),
                 AT(dia_step_view, vibration),
                 AT(dia_step_view, origin),
                 AT(dia_step_view, work),
                 AT(dia_step_view, block),
                 SIZE(dia_model_source),
                 AT(dia_model_source, store),
                 AT(dia_model_source, directory),
                 AT(dia_model_source, path),
                 AT(dia_model_source, files),
                 AT(dia_model_source, stored),
                 SIZE(dia_frame),
                 AT(dia_frame, batch),
                 AT(dia_frame, nstate),
                 AT(dia_frame, H),
                 AT(dia_frame, E),
                 AT(dia_frame, U),
                 AT(dia_frame, hermitian),
                 SIZE(dia_option),
                 AT(dia_option, key),
                 AT(dia_option, kind),
                 AT(dia_option, offset),
                 SIZE(dia_shape),
                 SIZE(dia_molecule),
                 AT(dia_molecule, natom),
                 AT(dia_molecule, dimension),
                 AT(dia_molecule, ncart),
                 AT(dia_molecule, numbers),
                 AT(dia_molecule, masses),
                 AT(dia_molecule, reference),
                 SIZE(dia_list),
                 SIZE(dia_error)};
    static const struct {
        int version, numbers[sizeof found / sizeof found[0]];
    } recorded = {14, {248, 0,   8,   16,  24,  32,  40,  48,  56,  64,  72,  80,  88,  96,  104, 112, 120, 128, 136,
                       144, 152, 160, 168, 176, 184, 192, 200, 208, 216, 224, 232, 112, 0,   32,  40,  48,  56,  64,
                       72,  80,  88,  96,  104, 200, 0,   8,   32,  40,  48,  49,  50,  56,  64,  72,  80,  88,  96,
                       104, 112, 120, 136, 144, 152, 88,  0,   32,  40,  48,  56,  64,  72,  272, 0,   16,  24,  32,
                       40,  48,  56,  64,  72,  80,  88,  96,  104, 112, 120, 128, 136, 144, 152, 160, 168, 176, 184,
                       192, 200, 208, 216, 224, 232, 240, 248, 40,  0,   8,   16,  24,  32,  40,  0,   4,   8,   16,
                       24,  32,  104, 0,   8,   16,  20,  40,  0,   4,   8,   16,  24,  32,  16,  4004}};
    if (sizeof(void *) != 8)
        skip();
    assert_int_equal(recorded.version, DIA_EXTEND_VERSION);
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++)
        if (found[i].now != (size_t)recorded.numbers[i])
            fail_msg("%s: %zu bytes, in version %d %d: raise DIA_EXTEND_VERSION (extend.h) and record the new layout",
                     found[i].name, found[i].now, recorded.version, recorded.numbers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conforms), cmocka_unit_test(test_cone),    cmocka_unit_test(test_file),
        cmocka_unit_test(test_versions), cmocka_unit_test(test_methods), cmocka_unit_test(test_without_decoherence),
        cmocka_unit_test(test_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
