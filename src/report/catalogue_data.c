/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The intersections of a model for the page: read, compared with the swarm, written as data. */
#include "report/catalogue_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Same atoms in the same order? A swarm without geometries is not checked. */
static dia_status same_molecule(const dia_content *c, dia_error *error)
{
    const dia_molecule *m = &c->intersections.molecule;
    if (c->natom == 0)
        return DIA_OK;
    bool same = m->natom == c->natom && m->dimension == c->dimension;
    for (int i = 0; same && i < m->natom; i++)
        same = m->numbers[i] == c->analysis->record->swarm->numbers[i];
    if (same)
        return DIA_OK;
    char formula[200];
    dia_molecule_formula(m, sizeof formula, formula);
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "%s: the intersections are of %s (%d atoms), the swarm is of %s (%d atoms), or the atoms are in "
        "another order; give the intersections of the model that the swarm was flown on",
        c->options->intersections, formula, m->natom, c->formula[0] != '\0' ? c->formula : "a model system", c->natom);
}

dia_status dia_catalogue_data_read(dia_content *content, dia_error *error)
{
    dia_status status = dia_catalogue_read(&content->intersections, content->options->intersections, error);
    if (status == DIA_OK)
        status = same_molecule(content, error);
    content->other_model = status == DIA_OK && strcmp(content->analysis->record->swarm->model_digest,
                                                      content->intersections.model_digest) != 0;
    return status;
}

static void write_point(const dia_catalogue *c, int p, dia_json *json)
{
    const int n = c->molecule.ncart;
    const struct {
        const char *key;
        const double *value;
    } reals[] = {{"gap", c->gap},   {"gradient", c->gradient}, {"pitch", c->pitch}, {"asymmetry", c->asymmetry},
                 {"tilt", c->tilt}, {"heading", c->heading},   {"P", c->P},         {"B", c->B}};
    const size_t at = (size_t)p * (size_t)n;
    dia_json_object(json, NULL);
    dia_json_text(json, "name", c->name[p]);
    dia_json_text(json, "label", c->label != NULL ? c->label[p] : NULL);
    dia_json_int(json, "first", c->first[p]);
    dia_json_int(json, "count", c->count[p]);
    dia_json_int(json, "order", c->order[p]);
    dia_json_int(json, "starts", c->starts[p]);
    dia_json_reals(json, "energy", c->nstate, 1, c->E + (size_t)p * (size_t)c->nstate);
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
        dia_json_real(json, reals[i].key, reals[i].value[p]);
    dia_json_array(json, "position");
    for (int i = 0; i < n; i++)
        dia_json_real(json, NULL, c->R[at + (size_t)i] / (c->molecule.dimension == 3 ? DIA_ANGSTROM : 1));
    dia_json_end(json);
    dia_json_reals(json, "x", n, 1, c->x + at);
    dia_json_reals(json, "y", n, 1, c->y + at);
    dia_json_end(json);
}

void dia_catalogue_data_write(const dia_content *content, FILE *out)
{
    const dia_catalogue *c = &content->intersections;
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_json_int(&json, "dimension", c->molecule.dimension);
    dia_json_array(&json, "symbols");
    for (int i = 0; i < c->molecule.natom; i++)
        dia_json_text(&json, NULL, dia_element_symbol(c->molecule.numbers[i]));
    dia_json_end(&json);
    dia_json_bool(&json, "other_model", content->other_model);
    dia_json_text(&json, "zero", c->zero_text);
    dia_json_real(&json, "zero_hartree", c->zero);
    dia_json_array(&json, "points");
    for (int p = 0; p < c->npoint; p++)
        write_point(c, p, &json);
    dia_json_end(&json);
    dia_json_end(&json);
}
