/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents.h"

#include <stdlib.h>

#include "intersect/catalogue.h"
#include "intersect/survey.h"

#define TASKS                                                                                                          \
    "model: {type: jahn_teller, g: 0.01}\n"                                                                            \
    "start: {copies: 3, spread: 2 Angstrom, geometries: [{position: [-2, 0]}, {position: [0, 0.1]}]}\n"                \
    "search: [{states: [0]}, {states: [0, 1]}]\n"                                                                      \
    "scan: [{name: relaxed, from: S0-1, coordinate: position 0, range: [-5, 5], points: 3}]\n"                         \
    "interpolate: [{name: straight, geometries: [S0-1, S1/S0-1, reference], points: 3}]\n"                             \
    "seam: [{name: point, point: S1/S0-1, coordinate: position 0, step: 0.1}]\n"                                       \
    "loop: [{name: one, point: S1/S0-1, radius: 0.1}]\n"                                                               \
    "descent: [{name: down, point: S1/S0-1, directions: 4}]\noutput: {file: points.h5}\n"

static dia_status intersect(const char *path, dia_intersections **found, dia_error *error)
{
    const dia_input input = {.text = TASKS, .output = path};
    return dia_intersect(&input, false, &(dia_control){.threads = 1}, found, error);
}

static void prepare(void)
{
    dia_intersections *found;
    dia_error error = {0};
    fuzz_made(intersect(fuzz_path("base.h5"), &found, &error), &error);
    dia_intersections_free(found);
    contents_load(fuzz_path("base.h5"));
}

/* The points, the searches, and the whole file as the command that made it tells of it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int base;
    const char *path = contents_file(prepare, bytes, size, "points.h5", &base);
    if (path == NULL)
        return 0;
    dia_error errors[3] = {{0}};
    dia_catalogue catalogue;
    dia_survey survey;
    dia_intersections *found = NULL;
    fuzz_check(dia_catalogue_read(&catalogue, path, &errors[0]), &errors[0]);
    dia_catalogue_free(&catalogue);
    fuzz_check(dia_survey_read(&survey, path, &errors[1]), &errors[1]);
    dia_survey_free(&survey);
    const dia_status status = intersect(path, &found, &errors[2]);
    fuzz_check(status, &errors[2]);
    if (size == 0)
        fuzz_made(status, &errors[2]);
    for (int json = 0; status == DIA_OK && json < 2; json++)
        free(dia_intersections_text(found, json == 1));
    dia_intersections_free(found);
    contents_all_closed();
    return 0;
}
