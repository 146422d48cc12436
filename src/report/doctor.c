/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/doctor.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

static const char *text_of(const dia_node *mapping, const char *key)
{
    const dia_node *node = dia_node_child(mapping, key);
    return node != NULL ? dia_node_text(node) : NULL;
}

/* NaN: null, or no number. */
static double number_of(const dia_node *mapping, const char *key)
{
    const char *text = text_of(mapping, key);
    double value = NAN;
    if (text == NULL || !dia_text_real(text, &value))
        return NAN;
    return value;
}

/* A text that is null in the file is a missing one. */
static const char *words_of(const dia_node *mapping, const char *key)
{
    const char *text = text_of(mapping, key);
    return text != NULL && strcmp(text, "null") != 0 ? text : NULL;
}

static bool is_list(const dia_node *node)
{
    return node != NULL && dia_node_is_list(node);
}

/* What is wrong with it; NULL: nothing. */
static const char *flaw(const dia_node *root)
{
    const dia_node *tests = dia_node_child(root, "tests");
    if (text_of(root, "verdict") == NULL || text_of(root, "summary") == NULL || text_of(root, "model_digest") == NULL)
        return "'verdict', 'summary' and 'model_digest' of a model";
    if (!is_list(tests))
        return "a list 'tests'";
    for (int i = 0; i < dia_node_count(tests); i++) {
        const dia_node *test = dia_node_item(tests, i), *figures = dia_node_child(test, "figures");
        if (text_of(test, "name") == NULL || text_of(test, "verdict") == NULL || !is_list(figures))
            return "'name', 'verdict' and 'figures' of each test";
        for (int k = 0; k < dia_node_count(figures); k++)
            if (text_of(dia_node_item(figures, k), "name") == NULL ||
                text_of(dia_node_item(figures, k), "value") == NULL)
                return "'name' and 'value' of each figure";
    }
    return NULL;
}

dia_status dia_doctor_read(dia_config **config, const char *path, const char *digest, dia_error *error)
{
    dia_status status = dia_config_load(config, path, error); /* JSON is YAML */
    if (status != DIA_OK)
        return status;
    const char *missing = flaw(dia_config_root(*config));
    const char *found = missing == NULL ? text_of(dia_config_root(*config), "model_digest") : NULL;
    if (missing != NULL)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: expected %s, as `diabolo check MODEL --json FILE` writes them", path, missing);
    else if (strcmp(found, digest) != 0)
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s: is of a model with SHA-256 %.12s..., the swarm was flown on %.12s...; examine that one: "
                          "diabolo check MODEL --json FILE",
                          path, found, digest);
    if (status != DIA_OK) {
        dia_config_free(*config);
        *config = NULL;
    }
    return status;
}

const char *dia_doctor_verdict(const dia_config *config)
{
    return text_of(dia_config_root(config), "verdict");
}

static void write_figure(const dia_node *figure, dia_json *json)
{
    const char *good = text_of(figure, "good");
    const bool least = dia_node_child(figure, "at_least") != NULL;
    dia_json_object(json, NULL);
    dia_json_text(json, "name", text_of(figure, "name"));
    dia_json_real(json, "value", number_of(figure, "value"));
    dia_json_text(json, "unit", words_of(figure, "unit"));
    dia_json_real(json, least ? "at_least" : "at_most", number_of(figure, least ? "at_least" : "at_most"));
    dia_json_bool(json, "good", good == NULL || strcmp(good, "false") != 0);
    dia_json_end(json);
}

static void write_test(const dia_node *test, dia_json *json)
{
    static const char *const keys[] = {"name", "verdict", "measures", "limits", "told"};
    const dia_node *figures = dia_node_child(test, "figures");
    dia_json_object(json, NULL);
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
        dia_json_text(json, keys[k], words_of(test, keys[k]));
    dia_json_array(json, "figures");
    for (int i = 0; i < dia_node_count(figures); i++)
        write_figure(dia_node_item(figures, i), json);
    dia_json_end(json);
    dia_json_end(json);
}

void dia_doctor_write(const dia_config *config, dia_json *json)
{
    const dia_node *root = dia_config_root(config), *tests = dia_node_child(root, "tests");
    dia_json_object(json, "check");
    dia_json_text(json, "verdict", text_of(root, "verdict"));
    dia_json_text(json, "summary", text_of(root, "summary"));
    dia_json_array(json, "tests");
    for (int i = 0; i < dia_node_count(tests); i++)
        write_test(dia_node_item(tests, i), json);
    dia_json_end(json);
    dia_json_end(json);
}
