/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/stop.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"

static const char example[] = "'position 0 > 10 bohr', 'state 0' or 'state 0 for 20 fs'";

/* ---- reading --------------------------------------------------------------------------------- */

/* Copies text from..to-1 without the blanks at its ends. False: it is empty or too long. */
static bool copy(const char *from, const char *to, size_t size, char *out)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    if (from >= to || (size_t)(to - from) >= size)
        return false;
    memcpy(out, from, (size_t)(to - from));
    out[to - from] = '\0';
    return true;
}

/* Steps over `word` and the blanks behind it. */
static bool take(const char **text, const char *word)
{
    const size_t length = strlen(word);
    if (strncmp(*text, word, length) != 0 || isalnum((unsigned char)(*text)[length]))
        return false;
    *text += length;
    while (isspace((unsigned char)**text))
        (*text)++;
    return true;
}

/* "K" or "K for TIME", behind `state`. */
static bool read_state(dia_stop_condition *c, const char *text, size_t size, char *why)
{
    char number[DIA_STOP_NAME];
    const char *end = text + strcspn(text, " \t");
    if (!copy(text, end, sizeof number, number) || !dia_text_int(number, 0, 10000, &c->state, 0, NULL)) {
        snprintf(why, size, "expected a state, counted from 0, found '%.40s'", text);
        return false;
    }
    c->on_state = true;
    for (text = end; isspace((unsigned char)*text); text++)
        ;
    if (*text == '\0')
        return true;
    if (!take(&text, "for")) {
        snprintf(why, size, "expected 'for' and a time, or nothing, behind the state, found '%.40s'", text);
        return false;
    }
    if (!dia_quantity_parse(text, DIA_TIME, &c->time, size, why))
        return false;
    if (!(c->time > 0.0))
        snprintf(why, size, "expected a time above 0, found '%.40s'", text);
    return c->time > 0.0;
}

/* "COORDINATE > LIMIT", "|COORDINATE| < LIMIT" */
static bool read_coordinate(dia_stop_condition *c, const char *text, size_t size, char *why)
{
    const char *sign = strpbrk(text, "<>"), *from = text, *to = sign;
    if (sign == NULL || strpbrk(sign + 1, "<>=") == sign + 1) {
        snprintf(why, size, "expected a condition such as %s, found '%.60s'", example, text);
        return false;
    }
    c->below = *sign == '<';
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    if (*from == '|' && to - from > 2 && to[-1] == '|') {
        c->absolute = true;
        from++;
        to--;
    }
    if (copy(from, to, sizeof c->coordinate, c->coordinate) &&
        copy(sign + 1, sign + 1 + strlen(sign + 1), sizeof c->limit, c->limit))
        return true;
    snprintf(why, size, "expected a coordinate, %c and a limit, found '%.60s'", *sign, text);
    return false;
}

static bool read_condition(dia_stop_condition *c, const char *text, size_t size, char *why)
{
    if (!copy(text, text + strlen(text), sizeof c->text, c->text)) {
        snprintf(why, size, "expected a condition such as %s, of less than %d letters", example, DIA_STOP_TEXT);
        return false;
    }
    const char *rest = c->text;
    take(&rest, "in");
    return take(&rest, "state") ? read_state(c, rest, size, why) : read_coordinate(c, c->text, size, why);
}

static bool good_name(const char *name)
{
    const size_t length = strlen(name);
    return length > 0 && length < DIA_STOP_NAME && strcmp(name, DIA_OUTCOME_INSIDE) != 0 &&
           strcmp(name, dia_fate_word(DIA_FATE_DISSOCIATED)) != 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == length;
}

dia_status dia_stops_read(dia_stops **stops, dia_config *config, const dia_node *node, dia_error *error)
{
    *stops = NULL;
    if (node == NULL)
        return DIA_OK;
    const int n = dia_node_count(node);
    if (!dia_node_is_mapping(node) || n > DIA_STOPS) {
        dia_config_mistake(config, node,
                           "dynamics.stop: expected a block of at most %d conditions, each with a name of your own: "
                           "{transmitted: position 0 > 10 bohr, reflected: position 0 < -10 bohr}",
                           DIA_STOPS);
        return DIA_OK;
    }
    dia_stops *made = n > 0 ? dia_allocate(1, sizeof *made) : NULL;
    if (n > 0 && made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the conditions of dynamics.stop");
    for (int i = 0; i < n; i++) {
        const dia_node *value;
        const char *name = dia_node_pair(node, i, &value), *text = dia_node_text(value);
        char why[300] = "expected a text such as 'position 0 > 10 bohr', found a list or block";
        dia_stop_condition *c = &made->condition[made->n++];
        if (!good_name(name))
            dia_config_mistake(
                config, value,
                "dynamics.stop: the name '%.60s': expected less than %d letters, digits, _ and -, and none "
                "of '%s' and '%s', which say that no condition was met",
                name, DIA_STOP_NAME, DIA_OUTCOME_INSIDE, dia_fate_word(DIA_FATE_DISSOCIATED));
        else if (text == NULL || !read_condition(c, text, sizeof why, why))
            dia_config_mistake(config, value, "dynamics.stop.%s: %s", name, why);
        snprintf(c->name, sizeof c->name, "%.*s", DIA_STOP_NAME - 1, name);
    }
    *stops = made;
    return DIA_OK;
}

void dia_stops_write(FILE *out, int indent, const dia_stops *stops)
{
    if (stops == NULL)
        return;
    fprintf(out, "%*sstop:\n", indent, "");
    for (int i = 0; i < stops->n; i++) {
        fprintf(out, "%*s%s: ", indent + 2, "", stops->condition[i].name);
        dia_option_write_text(out, stops->condition[i].text);
        fprintf(out, "\n");
    }
}

char *dia_stops_text(const dia_stops *stops)
{
    char *text = stops != NULL ? malloc((size_t)stops->n * sizeof *stops->condition + 1) : NULL, *at = text;
    for (int i = 0; text != NULL && i < stops->n; i++)
        at += sprintf(at, "%s%s: %s", i > 0 ? "\n" : "", stops->condition[i].name, stops->condition[i].text);
    return text;
}

const char *dia_dynamics_stop(const dia_dynamics *dynamics, int i)
{
    return dynamics->stops != NULL && i >= 0 && i < dynamics->stops->n ? dynamics->stops->condition[i].name : NULL;
}

/* ---- for a model ----------------------------------------------------------------------------- */

/* The limit in the unit of the coordinate. Coordinates of a model system have none; bohr is understood. */
static bool read_limit(const dia_stop_condition *c, dia_dimension dimension, double *limit, size_t size, char *why)
{
    const size_t length = strlen(c->limit);
    if (dimension == DIA_ATOMIC && length > 4 && strcmp(c->limit + length - 4, "bohr") == 0)
        dimension = DIA_LENGTH;
    return dia_quantity_parse(c->limit, dimension, limit, size, why);
}

dia_status dia_stop_resolve(dia_stop_test *test, const dia_stop_condition *c, const dia_model *model, dia_error *error)
{
    static const char *const letters[] = {"x", "y", "z"}, *const positions[] = {"position 0", "position 1",
                                                                                "position 2"};
    const dia_molecule *molecule = dia_model_molecule(model);
    const int nstate = dia_model_shape(model).nstate;
    char why[300];
    *test = (dia_stop_test){.condition = c};
    if (c->on_state)
        return c->state < nstate ? DIA_OK
                                 : dia_error_set(error, DIA_ERROR_INPUT,
                                                 "dynamics.stop.%s: the model has the states 0 to %d, found %d",
                                                 c->name, nstate - 1, c->state);
    const char *text = c->coordinate;
    for (int i = 0; molecule->dimension != 3 && i < 3; i++)
        if (strcmp(text, letters[i]) == 0)
            text = positions[i];
    dia_status status = dia_coordinate_parse(&test->coordinate, text, molecule, error);
    if (status == DIA_OK && !read_limit(c, test->coordinate.dimension, &test->limit, sizeof why, why))
        status = dia_error_set(error, DIA_ERROR_INPUT, "the limit: %s", why);
    return status == DIA_OK ? DIA_OK : dia_error_prefix(error, "dynamics.stop.%s", c->name);
}

dia_status dia_stops_fit(const dia_dynamics *dynamics, const dia_model *model, dia_error *error)
{
    dia_stop_test test;
    dia_status status = DIA_OK;
    for (int i = 0; dynamics->stops != NULL && i < dynamics->stops->n && status == DIA_OK; i++)
        status = dia_stop_resolve(&test, &dynamics->stops->condition[i], model, error);
    return status;
}

bool dia_stop_met(const dia_stop_test *test, const double *R, int active, double time)
{
    const dia_stop_condition *c = test->condition;
    if (c->on_state)
        return active == c->state && time >= c->time * (1.0 - 1e-9); /* a sum of time steps */
    const double x = dia_coordinate_value(&test->coordinate, R), size = c->absolute ? fabs(x) : x;
    return c->below ? size < test->limit : size > test->limit;
}
