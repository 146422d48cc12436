/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/judged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "store/store.h"

static int number_of(const dia_node *topology, const char *key)
{
    const dia_node *value = topology != NULL ? dia_node_child(topology, key) : NULL;
    const char *text = value != NULL ? dia_node_text(value) : NULL;
    return text != NULL ? (int)strtol(text, NULL, 10) : 0;
}

/* From the report of errors, JSON, which is YAML. */
static dia_status read_errors(const dia_store *network, dia_judged *judged, dia_error *error)
{
    dia_config *config = NULL;
    char *text = NULL;
    dia_status status = dia_store_attribute_text(network, "", "errors", &text, error);
    if (status == DIA_OK)
        status = dia_config_parse(&config, text, dia_store_path(network), ".", error);
    if (status == DIA_OK) {
        const dia_node *training = dia_node_child(dia_config_root(config), "training"),
                       *topology = training != NULL ? dia_node_child(training, "topology") : NULL,
                       *wrong = topology != NULL ? dia_node_child(topology, "wrong") : NULL;
        judged->known = number_of(topology, "intersections");
        judged->right = number_of(topology, "intersections_with_phase");
        judged->couplings = number_of(topology, "couplings");
        judged->off = number_of(topology, "norm_off_by_half");
        judged->wrong = wrong != NULL && dia_node_text(wrong) != NULL && strcmp(dia_node_text(wrong), "true") == 0;
    }
    dia_config_free(config);
    free(text);
    return status;
}

static dia_status read_network(const dia_store *network, dia_judged *judged, dia_error *error)
{
    int64_t trainings = 1;
    dia_status status = DIA_OK;
    *judged = (dia_judged){0};
    if (dia_store_has_attribute(network, "", "errors"))
        status = read_errors(network, judged, error);
    if (status == DIA_OK && dia_store_has_attribute(network, "", "trainings"))
        status = dia_store_attribute_int(network, "", "trainings", &trainings, error);
    judged->trainings = (int)trainings;
    return status;
}

dia_status dia_judged_read(const char *path, int room, dia_judged *judged, int *n, dia_error *error)
{
    dia_store *file = NULL, *view = NULL;
    char name[40];
    *n = 0;
    dia_status status = dia_store_open(&file, path, error);
    if (status == DIA_OK && room > 0 && !dia_store_has(file, "member/0"))
        status = read_network(file, &judged[(*n)++], error);
    for (int k = 0; status == DIA_OK && k < room; k++) {
        snprintf(name, sizeof name, "member/%d", k);
        if (!dia_store_has(file, name))
            break;
        status = dia_store_group(&view, file, name, error);
        if (status == DIA_OK)
            status = read_network(view, &judged[(*n)++], error);
        dia_store_close(&view);
    }
    dia_store_close(&file);
    return status;
}

bool dia_judged_better(const dia_judged *a, const dia_judged *b)
{
    if (a->wrong != b->wrong)
        return !a->wrong;
    return a->right != b->right ? a->right > b->right : a->off < b->off;
}

void dia_judged_text(const dia_judged *j, size_t size, char *text)
{
    if (3 * (j->known - j->right) > j->known || j->couplings == 0)
        snprintf(text, size, "%d of %d intersections known from the labels", j->right, j->known);
    else
        snprintf(text, size, "%d of %d couplings at small gaps off by more than half", j->off, j->couplings);
}
