/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole input: what is there already, the propagation, the same with finer settings, the file; and what it holds. */
#include "diabolo/exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/machine.h"
#include "base/output.h"
#include "exact/plan.h"
#include "exact/record.h"
#include "model/front.h"

enum { CHANGES = 8 };
static const double CHEAP = 60.0; /* seconds of a test of convergence that is made without being asked for */

dia_status dia_exact_stopped(const dia_exact_problem *problem, int64_t step, dia_error *error)
{
    if (!dia_control_stopped(problem->control))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INTERRUPTED,
                         "interrupted at %.6g fs; nothing was written, the next call begins anew",
                         (double)step * problem->timestep / DIA_FEMTOSECOND);
}

/* ---- a propagation --------------------------------------------------------------------------- */

typedef struct listener {
    const dia_exact_problem *problem;
    dia_exact_record *record;
    const char *what;
    char note[100];
} listener;

static void hear_sample(void *context, const dia_exact_sample *sample)
{
    listener *l = context;
    dia_exact_record_sample(l->record, l->problem, sample);
    l->note[0] = '\0';
    for (int k = 0; sample->adiabatic != NULL && k < l->problem->nstate && k < 6; k++)
        snprintf(l->note + strlen(l->note), sizeof l->note - strlen(l->note), "%sS%d %.3f", k > 0 ? " " : "", k,
                 sample->adiabatic[k]);
}

static void hear_overlap(void *context, int64_t step, const double overlap[2])
{
    listener *l = context;
    dia_exact_record_overlap(l->record, step, overlap);
}

static dia_status hear_scattering(void *context, int incoming, int n, const dia_scatter *results, const double *change,
                                  dia_error *error)
{
    listener *l = context;
    return dia_exact_record_scattering(l->record, incoming, n, results, change, error);
}

static void hear_step(void *context, int64_t step)
{
    listener *l = context;
    const dia_progress_state state = {
        .what = l->what, .done = (double)step, .total = (double)l->problem->steps, .note = l->note};
    dia_control_progress(l->problem->control, &state);
}

static dia_status propagate(const dia_exact_plan *plan, const void *self, const char *what, dia_exact_record *record,
                            dia_error *error)
{
    listener l = {.problem = &plan->problem, .record = record, .what = what};
    const dia_exact_observer observer = {.context = &l,
                                         .sample = hear_sample,
                                         .overlap = hear_overlap,
                                         .step = hear_step,
                                         .scattering = hear_scattering};
    dia_status status = dia_exact_record_make(record, &plan->problem, error);
    if (status == DIA_OK)
        status = plan->engine->propagate(self, &plan->problem, &observer, error);
    return status == DIA_OK ? dia_exact_record_finish(record, &plan->problem, error) : status;
}

/* ---- convergence ----------------------------------------------------------------------------- */

/* Runs with other settings; their largest changes. */
static dia_status test_convergence(const dia_exact_plan *plan, dia_exact_record *record, double seconds,
                                   dia_exact_result *result, dia_error *error)
{
    const dia_exact_type *engine = plan->engine;
    dia_exact_plan again = *plan; /* what there was to be warned of has been told */
    dia_control quiet = plan->problem.control != NULL ? *plan->problem.control : (dia_control){0};
    dia_status status = DIA_OK;
    double cost = 1.0;
    quiet.warning = NULL;
    again.problem.control = &quiet;
    void *changed = dia_allocate(1, engine->self_size + 1);
    if (changed == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a test of convergence");
    for (int i = 0; i < CHANGES && status == DIA_OK && engine->vary != NULL; i++) {
        char *text = result->change_what[result->changes], what[120];
        memcpy(changed, plan->self, engine->self_size);
        if (!engine->vary(plan->self, &plan->problem, i, changed, sizeof result->change_what[0], text, &cost))
            break;
        if (plan->common.convergence == DIA_EXACT_CONVERGENCE_CHEAP && seconds * cost > CHEAP) {
            dia_control_note(plan->problem.control,
                             "convergence with %s is not tested: it takes %.3g s (exact.convergence: true tests it)",
                             text, seconds * cost);
            continue;
        }
        dia_exact_record other = {0};
        snprintf(what, sizeof what, "propagating, %s", text);
        status = propagate(&again, changed, what, &other, error);
        if (status == DIA_OK)
            result->change[result->changes++] = dia_exact_record_compare(record, &other);
        dia_exact_record_free(&other);
    }
    free(changed);
    return status;
}

/* norm + absorbed stays 1; the energy stays while nothing was absorbed and without light. */
static void measure_drift(const dia_exact_record *r, bool lit, dia_exact_result *result)
{
    const size_t width = 2 * (size_t)r->ncart * (size_t)r->nstate;
    result->norm_drift = r->norm != NULL ? 0.0 : NAN;
    result->energy_drift = r->energy != NULL && !lit ? 0.0 : NAN;
    for (int64_t s = 0; s < r->samples; s++) {
        double taken = 0.0;
        for (size_t i = 0; r->absorbed != NULL && i < width; i++)
            taken += r->absorbed[(size_t)s * width + i];
        if (r->norm != NULL)
            result->norm_drift = fmax(result->norm_drift, fabs(r->norm[s] + taken - r->norm[0]));
        if (!isnan(result->energy_drift) && taken < 1e-12)
            result->energy_drift = fmax(result->energy_drift, fabs(r->energy[s] - r->energy[0]));
    }
}

/* ---- the file -------------------------------------------------------------------------------- */

static void write_head(const dia_exact_plan *plan, const dia_exact_result *result, dia_writer *root)
{
    char digest[DIA_DIGEST_SIZE], method[80];
    char *files = dia_model_files_text(plan->model);
    if (files == NULL) {
        root->status = dia_error_set(root->error, DIA_ERROR_MEMORY, "no memory for the names of files");
        return;
    }
    dia_digest_bytes(plan->identity, strlen(plan->identity), digest);
    snprintf(method, sizeof method, "exact, %s", plan->engine->name);
    const char *const texts[][2] = {{"format", DIA_EXACT_FORMAT},
                                    {"input", dia_config_text(plan->config)},
                                    {"input_path", dia_config_name(plan->config)},
                                    {"resolved", plan->resolved},
                                    {"model_path", plan->model_path},
                                    {"model_type", dia_model_name(plan->model)},
                                    {"model_digest", dia_model_digest(plan->model)},
                                    {"model_files", files},
                                    {"program_version", dia_version()},
                                    {"program_commit", dia_commit()},
                                    {"identity", plan->identity},
                                    {"digest", digest},
                                    {"method", method},
                                    {"engine", plan->engine->name},
                                    {"settings", result->settings}};
    dia_writer_set_int(root, "version", DIA_EXACT_VERSION);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        dia_writer_set_text(root, texts[i][0], texts[i][1]);
    free(files);
    if (plan->regions.text != NULL)
        dia_writer_set_text(root, "stop_conditions", plan->regions.text);
    dia_writer_set_int(root, "states", plan->problem.nstate);
    dia_writer_set_int(root, "coordinates", plan->problem.ncart);
    dia_writer_set_int(root, "every", plan->problem.every);
    dia_writer_set_real(root, "timestep", plan->problem.timestep / DIA_FEMTOSECOND);
    dia_writer_set_real(root, "norm_drift", result->norm_drift);
    dia_writer_set_real(root, "energy_drift", result->energy_drift);
}

static void write_changes(const dia_exact_result *result, dia_writer *group)
{
    const char *texts[CHANGES];
    for (int i = 0; i < result->changes; i++)
        texts[i] = result->change_what[i];
    if (result->changes > 0) {
        dia_writer_texts(group, "what", (size_t)result->changes, texts);
        dia_writer_reals(group, "change", "1", (size_t)result->changes, result->change);
    }
}

static dia_status write_file(const dia_exact_plan *plan, const dia_exact_record *record, const dia_exact_result *result,
                             dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_create(&store, plan->path, error);
    if (status != DIA_OK)
        return status;
    dia_writer root = {.store = store, .name = "", .error = error},
               changes = {.store = store, .name = "convergence", .error = error},
               own = {.store = store, .name = "engine", .error = error};
    write_head(plan, result, &root);
    status = root.status;
    if (status == DIA_OK)
        status = dia_exact_record_write(record, store, error);
    if (status == DIA_OK)
        write_changes(result, &changes), status = changes.status;
    if (status == DIA_OK && plan->engine->write != NULL)
        plan->engine->write(plan->self, &own), status = own.status;
    if (status == DIA_OK)
        return dia_store_commit(&store, error);
    dia_store_close(&store);
    return status;
}

/* A text becomes a line of tables and messages. */
static dia_status check_line(const dia_store *store, const char *name, const char *text, dia_error *error)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '\x7f')
            return dia_error_set(error, DIA_ERROR_FILE, "%s: '%s': expected a line of text, found a control character",
                                 dia_store_path(store), name);
    return DIA_OK;
}

static dia_status read_text(const dia_store *store, const char *name, size_t size, char *text, dia_error *error)
{
    char *found = NULL;
    dia_status status = dia_store_attribute_text(store, "", name, &found, error);
    if (status == DIA_OK)
        status = check_line(store, name, found, error);
    if (status == DIA_OK)
        snprintf(text, size, "%s", found);
    free(found);
    return status;
}

static dia_status read_changes(dia_exact_result *result, const dia_store *store, dia_error *error)
{
    int rank = 0;
    size_t dims[8] = {0};
    char **texts = NULL;
    if (!dia_store_has(store, "convergence/change"))
        return DIA_OK;
    dia_status status = dia_store_shape(store, "convergence/change", &rank, dims, error);
    if (status == DIA_OK && (rank != 1 || dims[0] > CHANGES))
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'convergence/change': expected a list of up to %d",
                               dia_store_path(store), CHANGES);
    if (status == DIA_OK)
        status = dia_store_read(store, "convergence/change", DIA_NUMBER_REAL, 1, dims, result->change, error);
    if (status == DIA_OK)
        status = dia_store_read_texts(store, "convergence/what", dims[0], &texts, error);
    for (size_t i = 0; status == DIA_OK && i < dims[0]; i++) {
        status = check_line(store, "convergence/what", texts[i], error);
        if (status == DIA_OK && !(result->change[i] >= 0.0 && result->change[i] < DIA_SENSIBLE))
            status = dia_error_set(error, DIA_ERROR_FILE, "%s: 'convergence/change', number %zu: %g is no change",
                                   dia_store_path(store), i, result->change[i]);
        snprintf(result->change_what[i], sizeof result->change_what[i], "%s", texts[i]);
    }
    if (status == DIA_OK)
        result->changes = (int)dims[0];
    free(texts);
    return status;
}

dia_status dia_exact_open(dia_exact_result *result, const char *path, dia_error *error)
{
    dia_store *store = NULL;
    *result = (dia_exact_result){0};
    snprintf(result->path, sizeof result->path, "%s", path);
    result->record = calloc(1, sizeof *result->record);
    if (result->record == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, DIA_EXACT_FORMAT, DIA_EXACT_VERSION, error);
    if (status == DIA_OK)
        status = read_text(store, "engine", sizeof result->engine, result->engine, error);
    if (status == DIA_OK)
        status = read_text(store, "settings", sizeof result->settings, result->settings, error);
    if (status == DIA_OK)
        status = dia_store_attribute_real(store, "", "norm_drift", &result->norm_drift, error);
    if (status == DIA_OK)
        status = dia_store_attribute_real(store, "", "energy_drift", &result->energy_drift, error);
    if (status == DIA_OK)
        status = read_changes(result, store, error);
    if (status == DIA_OK)
        status = dia_exact_record_read(result->record, store, error);
    dia_store_close(&store);
    return status;
}

void dia_exact_close(dia_exact_result *result)
{
    if (result->record != NULL)
        dia_exact_record_free(result->record);
    free(result->record);
    *result = (dia_exact_result){0};
}

/* ---- all of it ------------------------------------------------------------------------------- */

static dia_status check_output(const dia_exact_plan *plan, bool fresh, bool *complete, dia_error *error)
{
    int nfile;
    const dia_file *files = dia_model_files(plan->model, &nfile);
    const dia_claim claim = {.path = plan->path,
                             .key = plan->common.file != NULL ? "exact.file" : "output.file",
                             .what = "a file of exact dynamics",
                             .ours = dia_store_is,
                             .mark = DIA_EXACT_FORMAT};
    const dia_status status = dia_config_check_output(plan->config, &claim, nfile, files, error);
    return status == DIA_OK ? dia_store_existing(&claim, plan->identity, fresh, complete, error) : status;
}

static void describe(const dia_exact_plan *plan, dia_exact_result *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = plan->engine->describe != NULL ? open_memstream(&text, &size) : NULL;
    if (out == NULL)
        return;
    plan->engine->describe(plan->self, out);
    fclose(out);
    if (text != NULL)
        snprintf(result->settings, sizeof result->settings, "%s", text);
    free(text);
    dia_control_note(plan->problem.control, "%s: %s", plan->engine->name, result->settings);
}

static dia_status make(const dia_exact_plan *plan, dia_exact_result *result, dia_error *error)
{
    dia_exact_record record = {0};
    const double begun = dia_seconds();
    describe(plan, result);
    dia_status status = propagate(plan, plan->self, "propagating", &record, error);
    if (status == DIA_OK) {
        measure_drift(&record, plan->problem.light != NULL, result);
        if (plan->common.convergence != DIA_EXACT_CONVERGENCE_NO)
            status = test_convergence(plan, &record, dia_seconds() - begun, result, error);
    }
    if (status == DIA_OK)
        status = write_file(plan, &record, result, error);
    dia_exact_record_free(&record);
    return status;
}

dia_status dia_exact(const dia_input *input, bool fresh, const dia_control *control, dia_exact_result *result,
                     dia_error *error)
{
    dia_exact_plan plan;
    dia_exact_result made = {0};
    bool complete = false;
    const double begun = dia_seconds();
    *result = (dia_exact_result){0};
    dia_status status = dia_exact_plan_make(&plan, input, control, error);
    if (status == DIA_OK)
        status = check_output(&plan, fresh, &complete, error);
    if (status == DIA_OK && complete)
        dia_control_note(control, "%s: complete already, nothing to propagate (--fresh does it again)", plan.path);
    if (status == DIA_OK && !complete)
        status = make(&plan, &made, error);
    if (status == DIA_OK) /* from the file itself, so that it is the same whether it was made now or before */
        status = dia_exact_open(result, plan.path, error);
    result->complete = complete;
    result->seconds = dia_seconds() - begun;
    dia_exact_plan_free(&plan);
    return status;
}
