/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block `light`: reading and writing. */
#include "dynamics/light.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "dynamics/light_table.h"

static const dia_option pulse_options[] = {
    DIA_REAL(dia_pulse, energy, DIA_ENERGY, NULL, "of a photon, at the centre of the pulse; 0: a static field",
             DIA_RANGE(0.0, 1e3), .required = true),
    DIA_REAL(dia_pulse, intensity, DIA_INTENSITY, NULL, "largest intensity; or `field`", DIA_RANGE(0.0, 1e6)),
    DIA_REAL(dia_pulse, field, DIA_FIELD, NULL, "largest amplitude of the field, in place of `intensity`",
             DIA_RANGE(0.0, 1e3)),
    {.key = "polarisation",
     .kind = DIA_OPTION_REALS,
     .offset = offsetof(dia_pulse, axis),
     .dimension = DIA_PURE,
     .help = "direction of the field, x y z; its length does not matter",
     .required = true},
    DIA_CHOICE(dia_pulse, shape, "gaussian|cosine|constant", "gaussian",
               "envelope of the field; cosine: a cosine squared, which ends; constant: from beginning to end"),
    DIA_REAL(dia_pulse, fwhm, DIA_TIME, NULL, "full width of the intensity at half of its maximum; not of constant",
             DIA_RANGE(1e-3, 1e9)),
    DIA_REAL(dia_pulse, centre, DIA_TIME, "0 fs", "time of the largest intensity, from the start of a trajectory",
             DIA_RANGE(-1e9, 1e9)),
    DIA_REAL(dia_pulse, phase, DIA_ANGLE, "0 deg", "of the field at the centre: 0 is a cosine", DIA_RANGE(-1e3, 1e3)),
    DIA_REAL(dia_pulse, chirp, DIA_ENERGY_RATE, "0 eV/fs", "how fast the photon energy rises", DIA_RANGE(-1e3, 1e3)),
    {.key = NULL},
};

const dia_option dia_light_options[] = {
    DIA_BLOCKS(dia_light, pulses, dia_pulse, pulse_options, "pulses by formula; their fields add up"),
    DIA_PATH(dia_light, file, NULL, "SHARC's laser file: a table of the field; with `pulses` or without"),
    DIA_BOOL(dia_light, rotating_wave, "false",
             "rotating-wave approximation: light takes up or gives one photon, and no permanent dipole counts"),
    DIA_BOOL(dia_light, gradient, "true", "the field pulls at the nuclei, by the derivative of the dipoles"),
    DIA_CHOICE(dia_light, orientation, "fixed|random", "fixed",
               "fixed: molecules stand as their coordinates say; random: each trajectory in a direction of its own"),
    {.key = NULL},
};

/* ---- pulses ---------------------------------------------------------------------------------- */

/* Where a Gaussian envelope is below 1e-12 there is no field. */
static const double least = 1e-12;

/* Where the envelope is not zero, and what is derived from the keys. */
static void prepare(dia_pulse *p)
{
    const double *axis = p->axis.items, largest = fmax(fmax(fabs(axis[0]), fabs(axis[1])), fabs(axis[2]));
    double square = 0.0;
    for (int c = 0; c < 3; c++) {
        p->unit[c] = axis[c] / largest;
        square += p->unit[c] * p->unit[c];
    }
    for (int c = 0; c < 3; c++)
        p->unit[c] /= sqrt(square);
    p->amplitude = p->intensity > 0.0 ? sqrt(p->intensity) : p->field;
    double reach = INFINITY;
    if (p->shape == DIA_ENVELOPE_GAUSSIAN)
        reach = p->fwhm * sqrt(-log(least) / (2.0 * log(2.0)));
    else if (p->shape == DIA_ENVELOPE_COSINE) /* cos(x)^4 is 1/2 where cos(x) = 2^(-1/4) */
        reach = 0.25 * p->fwhm * DIA_PI / acos(pow(0.5, 0.25));
    p->from = p->centre - reach;
    p->to = p->centre + reach;
}

/* What turns has a direction to turn in: else the approximation would keep half of the field. */
static void check_rotation(const dia_light *light, dia_config *config, const dia_node *node, const char *where)
{
    const dia_pulse *p = light->pulses.items;
    for (int i = 0; i < light->pulses.n && light->rotating_wave; i++)
        if (p[i].energy == 0.0)
            dia_config_mistake(config, node, "%s.rotating_wave: pulses[%d] is a static field, which does not turn",
                               where, i);
    if (light->rotating_wave && light->table[0] != NULL && !light->table_complex)
        dia_config_mistake(config, node,
                           "%s.rotating_wave: the field of %s is real, the approximation needs a complex one", where,
                           light->file);
}

static bool check(dia_config *config, const dia_node *node, const char *where, const dia_pulse *p, int i)
{
    const double *axis = p->axis.items;
    const bool endless = p->shape == DIA_ENVELOPE_CONSTANT;
    const char *wrong = NULL;
    if ((p->intensity > 0.0) == (p->field > 0.0))
        wrong = "expected either `intensity` or `field`, above 0";
    else if (p->axis.n != 3 || (axis[0] == 0.0 && axis[1] == 0.0 && axis[2] == 0.0))
        wrong = "polarisation: expected three numbers, not all 0, as in [0, 0, 1]";
    else if (endless != (p->fwhm == 0.0))
        wrong = endless ? "fwhm: a field of constant amplitude has none" : "expected `fwhm`, as in fwhm: 20 fs";
    else if (endless && p->chirp != 0.0)
        wrong = "chirp: the photon energy of a field without end cannot rise for ever; expected 0";
    if (wrong != NULL)
        dia_config_mistake(config, node, "%s.pulses[%d]: %s", where, i, wrong);
    return wrong == NULL;
}

/* The pulses as they were read stand in the memory of the configuration. */
static bool keep_pulses(dia_light *light, dia_config *config, const dia_node *node, const char *where)
{
    const int n = light->pulses.n;
    const dia_pulse *read = light->pulses.items;
    light->pulses = (dia_list){0, NULL};
    if (n == 0)
        return true;
    if (n > DIA_PULSES) {
        dia_config_mistake(config, node, "%s.pulses: expected %d at most, found %d", where, DIA_PULSES, n);
        return true;
    }
    dia_pulse *own = dia_allocate((size_t)n, sizeof *own);
    light->pulses.items = own;
    for (int i = 0; own != NULL && i < n; i++) {
        if (!check(config, node, where, &read[i], i))
            continue;
        own[light->pulses.n] = read[i];
        double *axis = dia_allocate(3, sizeof *axis);
        own[light->pulses.n].axis.items = axis;
        light->pulses.n++;
        if (axis == NULL)
            return false;
        memcpy(axis, read[i].axis.items, 3 * sizeof *axis);
        prepare(&own[light->pulses.n - 1]);
    }
    return own != NULL;
}

/* Times at which there is a field, and how fast it oscillates. */
static void survey(dia_light *light)
{
    const dia_pulse *p = light->pulses.items;
    for (int i = 0; i < light->pulses.n; i++) {
        const double reach = p[i].to - p[i].centre, spread = p[i].fwhm > 0.0 ? 4.0 / p[i].fwhm : 0.0;
        light->from = fmin(light->from, p[i].from);
        light->to = fmax(light->to, p[i].to);
        light->fastest =
            fmax(light->fastest, p[i].energy + (p[i].chirp != 0.0 ? fabs(p[i].chirp) * reach : 0.0) + spread);
    }
}

dia_status dia_light_read(dia_light **light, dia_config *config, const dia_node *node, const char *where,
                          dia_error *error)
{
    *light = NULL;
    const char *word = node != NULL ? dia_node_text(node) : NULL;
    if (node == NULL || (word != NULL && strcmp(word, "none") == 0))
        return DIA_OK;
    dia_light *l = dia_allocate(1, sizeof *l);
    if (l == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the block light");
    l->from = INFINITY;
    l->to = -INFINITY;
    dia_config_read(config, node, where, 1, (const dia_option *const[]){dia_light_options}, (void *const[]){l});
    const char *file = l->file;
    const bool nothing = l->pulses.n == 0 && file == NULL;
    l->file = NULL;
    bool kept = keep_pulses(l, config, node, where);
    if (file != NULL && (l->file = strdup(file)) == NULL)
        kept = false;
    *light = l;
    if (!kept)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the block light");
    if (nothing)
        dia_config_mistake(config, node, "%s: expected `pulses`, `file` or both", where);
    survey(l);
    dia_error why = {0};
    if (l->file != NULL && (dia_digest_file(l->file, l->digest, &why) != DIA_OK || dia_light_table(l, &why) != DIA_OK))
        dia_config_mistake(config, dia_node_child(node, "file"), "%s.file: %s", where, why.text);
    check_rotation(l, config, node, where);
    return DIA_OK;
}

void dia_light_free(dia_light *light)
{
    if (light == NULL)
        return;
    dia_pulse *p = light->pulses.items;
    for (int i = 0; i < light->pulses.n; i++)
        free(p[i].axis.items);
    free(p);
    free((char *)light->file);
    dia_light_table_free(light);
    free(light);
}

/* A key of which there is no default is written only where it was given. */
static void write_pulse(FILE *out, int indent, const dia_pulse *p)
{
    const char *before = "- ";
    dia_option one[2] = {{.key = NULL}, {.key = NULL}};
    for (const dia_option *option = pulse_options; option->key != NULL; option++) {
        const bool absent = (option->offset == offsetof(dia_pulse, intensity) && p->intensity == 0.0) ||
                            (option->offset == offsetof(dia_pulse, field) && p->intensity > 0.0) ||
                            (option->offset == offsetof(dia_pulse, fwhm) && p->fwhm == 0.0);
        if (absent)
            continue;
        one[0] = *option;
        fprintf(out, "%*s%s", indent, "", before);
        dia_option_write(out, 0, one, p);
        before = "  ";
    }
}

void dia_light_write(FILE *out, int indent, const dia_light *light, bool dynamics)
{
    if (light == NULL)
        return;
    fprintf(out, "%*slight:\n", indent, "");
    if (light->pulses.n > 0)
        fprintf(out, "%*spulses:\n", indent + 2, "");
    for (int i = 0; i < light->pulses.n; i++)
        write_pulse(out, indent + 4, (const dia_pulse *)light->pulses.items + i);
    for (const dia_option *option = dia_light_options; option->key != NULL; option++) {
        const dia_option one[2] = {*option, {.key = NULL}};
        const bool of_flight = option->kind == DIA_OPTION_BOOL;
        if ((dynamics || !of_flight) && option->kind != DIA_OPTION_BLOCKS &&
            (option->kind != DIA_OPTION_PATH || light->file != NULL))
            dia_option_write(out, indent + 2, one, light);
    }
    if (light->file != NULL) /* a comment, but part of the identity of a swarm */
        fprintf(out, "%*s# SHA-256 of light.file: %s\n", indent, "", light->digest);
}

dia_status dia_light_fit(const dia_light *light, const dia_model *model, dia_error *error)
{
    if (light == NULL)
        return DIA_OK;
    if (!dia_model_dipolar(model))
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "dynamics.light: the model %s has no dipoles, light would pass it by; docs/spectra.md says "
            "which models have them",
            dia_model_name(model));
    if (light->gradient && !light->rotating_wave && !dia_model_dipole_differentiable(model))
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "dynamics.light.gradient: the model %s has dipoles but not their derivatives; with `gradient: "
            "false` the field does not pull at the nuclei",
            dia_model_name(model));
    if (light->orientation != 0 && dia_model_molecule(model)->dimension != 3)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "dynamics.light.orientation: random turns a molecule in three dimensions; the model %s is "
                             "none: expected fixed",
                             dia_model_name(model));
    return DIA_OK;
}
