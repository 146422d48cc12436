/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key `initial.state`: reading and writing. What is made of it: initial_electrons.c. */
#include "dynamics/initial_internal.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct state_block { /* state: {diabatic: 1, as: density} */
    const dia_node *adiabatic, *diabatic, *spin_free;
    int as;
} state_block;

static const dia_option state_options[] = {
    DIA_NODE(state_block, adiabatic, "an adiabatic state, or the coefficients of a superposition, one a state",
             .shown = DIA_OPTION_TEXTS),
    DIA_NODE(state_block, diabatic, "a diabatic state, or the coefficients of a superposition; file: as frames say",
             .shown = DIA_OPTION_TEXTS),
    DIA_NODE(
        state_block, spin_free,
        "an eigenstate of H without spin-orbit coupling, by its name (S1, T1: each component equally often) or its "
        "number in the order of the diabatic states; or coefficients; file: as frames say",
        .shown = DIA_OPTION_TEXTS),
    DIA_CHOICE(state_block, as, "wave_function|density", "wave_function",
               "wave_function: with the amplitudes of the superposition; density: with 1 in the drawn active state"),
    {.key = NULL},
};

static const char *const bases[] = {"adiabatic", "diabatic", "spin_free"}; /* dia_basis */

/* "0.6", "0.8i", "-i", "0.5-0.5i" */
static bool read_complex(const char *text, double c[2])
{
    bool seen[2] = {false, false};
    c[0] = c[1] = 0.0;
    while (*text != '\0') {
        char number[64];
        const size_t sign = *text == '-' || *text == '+', length = dia_number_length(text, false);
        double value = *text == '-' ? -1.0 : 1.0; /* of "i" and "-i" */
        if (length >= sizeof number || (sign == 0 && (seen[0] || seen[1])))
            return false;
        snprintf(number, sizeof number, "%.*s", (int)length, text);
        if (length > 0 && !dia_text_real(number, &value))
            return false;
        text += length > 0 ? length : sign;
        const bool imaginary = *text == 'i';
        if (seen[imaginary] || (length == 0 && !imaginary))
            return false;
        seen[imaginary] = true;
        c[imaginary] = value;
        text += imaginary;
    }
    return seen[0] || seen[1];
}

static void read_coefficients(dia_initial_settings *s, dia_config *config, const dia_node *list, const char *key)
{
    const int n = dia_node_count(list);
    double norm = 0.0;
    s->state = DIA_STATE_MIXED;
    if (n > DIA_START_STATES) {
        dia_config_mistake(config, list, "initial.state.%s: expected at most %d coefficients, found %d", key,
                           DIA_START_STATES, n);
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *text = dia_node_text(dia_node_item(list, i));
        if (text == NULL || !read_complex(text, s->coefficients + 2 * i)) {
            dia_config_mistake(config, dia_node_item(list, i),
                               "initial.state.%s: expected a number such as 0.6, 0.8i or 0.5-0.5i, found '%.40s'", key,
                               text != NULL ? text : "a list or block");
            return;
        }
        norm +=
            s->coefficients[2 * i] * s->coefficients[2 * i] + s->coefficients[2 * i + 1] * s->coefficients[2 * i + 1];
    }
    s->ncoefficient = n;
    if (!(fabs(norm - 1.0) < 1e-4)) /* 0.7071 is near enough to the root of 1/2 */
        dia_config_mistake(
            config, list,
            "initial.state.%s: the squares of the coefficients add up to %.6g, expected 1; divide each by "
            "%.8g",
            key, norm, sqrt(norm));
    for (int i = 0; i < 2 * n; i++)
        s->coefficients[i] /= norm > 0.0 ? sqrt(norm) : 1.0;
}

/* A number or `file`, by the rules of the reader for integers. */
static void read_number(dia_initial_settings *s, dia_config *config, const dia_node *node, const char *where)
{
    const char *text = dia_node_text(node);
    char why[200];
    if (text != NULL && strcmp(text, "file") == 0)
        s->state = DIA_STATE_OF_FRAME;
    else if (text != NULL && strcmp(text, "excited") == 0 && node == s->state_node)
        s->state = DIA_STATE_EXCITED;
    else if (text == NULL)
        dia_config_mistake(config, node, "%s: expected a state (an integer) or file, found a list", where);
    else if (!dia_text_int(text, 0, 10000, &s->state, sizeof why, why))
        dia_config_mistake(config, node, "%s: expected a state, counted from 0, or file: %s", where, why);
}

static void read_block(dia_initial_settings *s, dia_config *config, const dia_node *node)
{
    state_block block = {0};
    dia_config_read(config, node, "initial.state", 1, (const dia_option *const[]){state_options},
                    (void *const[]){&block});
    s->as = block.as;
    const dia_node *const values[] = {block.adiabatic, block.diabatic, block.spin_free}, *value = NULL;
    int given = 0;
    for (int i = 0; i < 3; i++)
        if (values[i] != NULL) {
            given++;
            s->basis = i;
            value = values[i];
        }
    const char *key = bases[s->basis], *text = dia_node_text(value);
    char where[60];
    snprintf(where, sizeof where, "initial.state.%s", key);
    if (given != 1)
        dia_config_mistake(
            config, node,
            "initial.state: expected one of `adiabatic`, `diabatic` and `spin_free`, as in {diabatic: 1}");
    else if (s->basis == DIA_BASIS_SPIN_FREE && text != NULL && isupper((unsigned char)text[0]) &&
             strlen(text) < sizeof s->term)
        s->state = DIA_STATE_TERM, snprintf(s->term, sizeof s->term, "%s", text);
    else if (dia_node_is_list(value))
        read_coefficients(s, config, value, key);
    else
        read_number(s, config, value, where);
}

void dia_initial_read(dia_initial_settings *settings, dia_config *config, const dia_node *node)
{
    dia_config_read(config, node, "initial", 1, (const dia_option *const[]){dia_initial_options},
                    (void *const[]){settings});
    const dia_node *state = settings->state_node;
    if (state != NULL && dia_node_is_mapping(state))
        read_block(settings, config, state);
    else if (state != NULL)
        read_number(settings, config, state, "initial.state");
    dia_excitation_read(settings, config);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_state(FILE *out, int indent, const dia_initial_settings *s)
{
    static const char *const kinds[] = {"wave_function", "density"};
    const bool block = s->basis != DIA_BASIS_ADIABATIC || s->state == DIA_STATE_MIXED;
    fprintf(out, "%*sstate: ", indent, "");
    if (block)
        fprintf(out, "{%s: ", bases[s->basis]);
    if (s->state == DIA_STATE_OF_FRAME)
        fprintf(out, "file");
    else if (s->state == DIA_STATE_EXCITED)
        fprintf(out, "excited");
    else if (s->state == DIA_STATE_TERM)
        fprintf(out, "%s", s->term);
    else if (s->state >= 0)
        fprintf(out, "%d", s->state);
    for (int i = 0; s->state == DIA_STATE_MIXED && i < s->ncoefficient; i++)
        fprintf(out, "%s%.17g%+.17gi", i == 0 ? "[" : ", ", s->coefficients[2 * i], s->coefficients[2 * i + 1]);
    fprintf(out, "%s", s->state == DIA_STATE_MIXED ? "]" : "");
    if (block)
        fprintf(out, ", as: %s}", kinds[s->as]);
    fprintf(out, "\n");
}

void dia_initial_write(FILE *out, int indent, const dia_initial_settings *settings)
{
    dia_option run[32]; /* the keys before `state`, then those behind it */
    size_t n = 0;
    for (const dia_option *option = dia_initial_options;; option++) {
        assert(n < sizeof run / sizeof run[0]);
        if (option->key != NULL && settings->trajectories == 0 && strcmp(option->key, "trajectories") == 0)
            continue; /* left out: all frames of a file */
        if (option->key != NULL && option->kind != DIA_OPTION_NODE) {
            run[n++] = *option;
            continue;
        }
        run[n] = (dia_option){.key = NULL};
        if (n > 0)
            dia_option_write(out, indent, run, settings);
        n = 0;
        if (option->key == NULL)
            return;
        if (strcmp(option->key, "state") == 0)
            write_state(out, indent, settings);
        else
            dia_excitation_write(out, indent, settings);
    }
}
