/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "packet.h"

#include "check.h"

static void hear_sample(void *context, const dia_exact_sample *sample)
{
    void **pair = context;
    dia_exact_record_sample(pair[0], pair[1], sample);
}

static void hear_overlap(void *context, int64_t step, const double overlap[2])
{
    void **pair = context;
    dia_exact_record_overlap(pair[0], step, overlap);
}

static void hear_step(void *context, int64_t step)
{
    (void)context, (void)step;
}

dia_exact_record packet_propagate(packet_job *j)
{
    dia_error error = {0};
    dia_model *model = j->own;
    dia_exact_record record = {0};
    if (model == NULL)
        assert_ok(dia_model_parse(&model, j->model, ".", &error), &error);
    const dia_shape shape = dia_model_shape(model);
    const dia_molecule *molecule = dia_model_molecule(model);
    const size_t c = (size_t)shape.ncart;
    double covariance[4] = {0}, precision[4] = {0}, amplitude[64] = {0}, bytes = 0.0;
    for (size_t i = 0; i < c; i++) {
        covariance[i * c + i] = j->start.width[i] * j->start.width[i];
        precision[i * c + i] = 1.0 / covariance[i * c + i];
    }
    amplitude[2 * j->start.state] = 1.0;
    const dia_exact_start start = {.centre = j->start.centre,
                                   .momentum = j->start.momentum,
                                   .covariance = covariance,
                                   .precision = precision,
                                   .diabatic = j->start.diabatic,
                                   .amplitude = amplitude};
    dia_exact_problem problem = {.model = model,
                                 .nstate = shape.nstate,
                                 .ncart = shape.ncart,
                                 .mass = molecule->masses,
                                 .start = &start,
                                 .light = j->light,
                                 .timestep = j->timestep,
                                 .steps = j->steps,
                                 .every = j->every,
                                 .threads = j->threads > 0 ? j->threads : 1};
    const dia_exact_type *type = dia_exact_type_find("grid");
    void *pair[2] = {&record, &problem};
    const dia_exact_observer observer = {
        .context = pair, .sample = hear_sample, .overlap = hear_overlap, .step = hear_step};
    char advice[300];
    assert_ok(type->prepare(&j->settings, &problem, &bytes, sizeof advice, advice, &error), &error);
    assert_true(bytes > 0.0);
    assert_ok(dia_exact_record_make(&record, &problem, &error), &error);
    assert_ok(type->propagate(&j->settings, &problem, &observer, &error), &error);
    assert_ok(dia_exact_record_finish(&record, &problem, &error), &error);
    dia_model_free(model);
    return record;
}
