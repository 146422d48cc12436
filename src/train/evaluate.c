/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model at geometries: compared with the labels of a data set, or written as one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/json.h"
#include "diabolo/train.h"
#include "math/vector.h"
#include "model/committee.h"
#include "model/front.h"
#include "model/outside.h"
#include "molecule/xyz.h"
#include "store/store.h"
#include "train/calibrate.h"
#include "train/dipole_errors.h"
#include "train/evaluate.h"
#include "train/objective.h"
#include "train/topology.h"

typedef struct job {
    const dia_model *model;
    dia_shape shape;
    const char *path;
    dia_evaluation_plan plan;
    dia_dataset data;  /* labels are missing if geometries were given as XYZ            */
    int *points;       /* 0..npoint-1                                                    */
    double *H, *F;     /* (npoint, npacked), (npoint, npacked, ncart)                    */
    dia_evaluation *e; /* energies, novelty                                              */
} job;

/* ---- geometries ------------------------------------------------------------------------------ */

/* Geometries alone, as a data set without labels. */
static dia_status from_xyz(job *j, dia_error *error)
{
    dia_xyz xyz;
    dia_status status = dia_xyz_read_for(&xyz, dia_model_molecule(j->model), j->path, error);
    if (status != DIA_OK)
        return status;
    dia_dataset *d = &j->data;
    *d = (dia_dataset){
        .natom = xyz.molecule.natom, .ncart = xyz.molecule.ncart, .npoint = xyz.nframe, .nstate = j->shape.nstate};
    d->numbers = calloc((size_t)d->natom, sizeof *d->numbers);
    d->R = calloc((size_t)d->npoint * (size_t)d->ncart, sizeof *d->R);
    if (d->numbers != NULL && d->R != NULL) {
        memcpy(d->numbers, xyz.molecule.numbers, sizeof *d->numbers * (size_t)d->natom);
        memcpy(d->R, xyz.R, sizeof *d->R * (size_t)d->npoint * (size_t)d->ncart);
    } else {
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %d geometries", j->path, xyz.nframe);
    }
    dia_xyz_free(&xyz);
    return status;
}

static dia_status check_molecule(const job *j, dia_error *error)
{
    dia_molecule molecule;
    dia_status status = dia_molecule_init(&molecule, j->data.natom, 3, j->data.numbers, error);
    if (status != DIA_OK)
        return status;
    status = dia_molecule_match(&molecule, dia_model_molecule(j->model), error);
    dia_molecule_free(&molecule);
    if (status != DIA_OK)
        return dia_error_prefix(error, "%s does not fit the model", j->path);
    return DIA_OK;
}

/* Which labels count: below the limit, of states that the model has too; couplings projected on internal motions. */
static dia_status choose_labels(job *j, const dia_control *control, dia_error *error)
{
    const int held = j->data.nstate, most = held < j->shape.nstate ? held : j->shape.nstate;
    if (j->plan.states > most)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "--states %d: the model has %d states, and %s holds %d; at most %d can be compared",
                             j->plan.states, j->shape.nstate, j->path, held, most);
    const int fitted = dia_model_fitted(j->model);
    if (j->plan.states <= 0)
        j->plan.states = most < fitted ? most : fitted;
    if (held != j->shape.nstate || fitted != j->shape.nstate) {
        char surplus[60] = "";
        if (fitted < j->shape.nstate)
            snprintf(surplus, sizeof surplus, ", of which %d %s fitted", fitted, fitted == 1 ? "was" : "were");
        dia_control_note(control, "%s holds %d states, the model has %d%s: the lowest %d %s compared", j->path, held,
                         j->shape.nstate, surplus, j->plan.states, j->plan.states == 1 ? "is" : "are");
    }
    if (j->plan.below > 0.0)
        dia_dataset_limit(&j->data, j->plan.below);
    const dia_status status = dia_dataset_set_states(&j->data, j->shape.nstate, error);
    return status == DIA_OK ? dia_dataset_project(&j->data, error) : status;
}

static dia_status read_geometries(job *j, const dia_control *control, dia_error *error)
{
    j->e->labelled = dia_store_is_hdf5(j->path);
    dia_status status =
        j->e->labelled ? dia_dataset_load(&j->data, j->path, dia_control_threads(control), error) : from_xyz(j, error);
    if (status == DIA_OK)
        status = check_molecule(j, error);
    if (status == DIA_OK && j->e->labelled)
        dia_dataset_talk(&j->data, j->path, control);
    if (status == DIA_OK && j->e->labelled)
        status = choose_labels(j, control, error);
    if (status != DIA_OK)
        return status;
    const size_t n = (size_t)j->data.npoint, np = (size_t)j->shape.npacked;
    j->e->npoint = j->data.npoint;
    j->e->nstate = j->shape.nstate;
    j->points = calloc(n, sizeof *j->points);
    j->H = calloc(n * np, sizeof *j->H);
    j->F = calloc(n * np * (size_t)j->shape.ncart, sizeof *j->F);
    j->e->energies = calloc(n * (size_t)j->shape.nstate, sizeof *j->e->energies);
    j->e->novelty = calloc(n, sizeof *j->e->novelty);
    if (j->points == NULL || j->H == NULL || j->F == NULL || j->e->energies == NULL || j->e->novelty == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %zu geometries", j->path, n);
    for (int b = 0; b < j->data.npoint; b++)
        j->points[b] = b;
    return DIA_OK;
}

/* ---- predictions of the model ---------------------------------------------------------------- */

static dia_status hamiltonians(job *j, dia_error *error)
{
    enum { BATCH = 64 };
    dia_tape *tape;
    dia_status status = dia_tape_create(&tape, j->model, BATCH, 0, error);
    for (int b = 0; b < j->data.npoint && status == DIA_OK; b += BATCH) {
        const int n = j->data.npoint - b < BATCH ? j->data.npoint - b : BATCH;
        status = dia_model_hamiltonian(j->model, tape, n, j->data.R + (size_t)b * (size_t)j->shape.ncart,
                                       j->H + b * j->shape.npacked);
    }
    dia_tape_free(tape);
    return status;
}

static dia_status predict(job *j, const dia_control *control, dia_error *error)
{
    const dia_loss none = {0};
    dia_objective *objective;
    dia_status status = dia_objective_create(&objective, j->model, &j->data, &none, j->data.npoint, control, error);
    if (status != DIA_OK)
        return status;
    status = dia_objective_predict(objective, j->data.npoint, j->points, j->e->energies, j->F);
    dia_objective_free(objective);
    return status == DIA_OK ? hamiltonians(j, error) : status;
}

/* No NaN or infinity is written: the error names the geometry, and the reason where it is obvious. */
static dia_status check_finite(const job *j, dia_error *error)
{
    const size_t nf = (size_t)j->shape.npacked * (size_t)j->shape.ncart, ns = (size_t)j->shape.nstate;
    for (int b = 0; b < j->data.npoint; b++) {
        if (dia_finite(ns, j->e->energies + (size_t)b * ns) && dia_finite(nf, j->F + (size_t)b * nf))
            continue;
        char why[100] = "";
        int first, second;
        if (!dia_finite((size_t)j->shape.ncart, j->data.R + b * j->shape.ncart))
            snprintf(why, sizeof why, "; a coordinate is not a finite number");
        else if (dia_atoms_meet(j->data.natom, j->data.R + b * j->data.ncart, &first, &second))
            snprintf(why, sizeof why, "; its atoms %d and %d (counted from 0) are at one place", first, second);
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: the model is not finite at geometry %d (counted from 0)%s",
                             j->path, b, why);
    }
    return DIA_OK;
}

static void tell_outside(const job *j, const dia_control *control)
{
    char text[700];
    if (dia_model_outside(j->model, j->data.npoint, j->data.R, "geometries", control, j->e->novelty, sizeof text,
                          text) > 0)
        dia_control_warn(control, "%s: %s", j->path, text);
}

/* ---- the data set that is written ------------------------------------------------------------ */

/* The predictions as a data set: gradients and couplings are rows of F in another order. */
static dia_status write_labels(dia_writer *root, const job *j, dia_error *error)
{
    static char level[] = "model";
    const size_t n = (size_t)j->data.npoint, ns = (size_t)j->shape.nstate, nc = (size_t)j->shape.ncart,
                 pairs = ns * (ns - 1) / 2;
    dia_dataset set = j->data; /* borrows geometries and atoms */
    set.nstate = j->shape.nstate;
    set.npair = (int)pairs;
    set.energy = j->e->energies;
    set.level_of_theory = level;
    set.licence = set.source = NULL;
    set.group_name = NULL;
    set.dipole = NULL; /* written by write_dipoles */
    if (!DIA_PARTS({&set.gradient, n * ns * nc}, {&set.coupling, n * pairs * nc + 1}))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write %zu geometries", n);
    for (size_t b = 0; b < n; b++)
        for (int s = 0; s < j->shape.nstate; s++)
            for (int t = 0; t <= s; t++) {
                double *to = t == s ? set.gradient + (b * ns + (size_t)s) * nc
                                    : set.coupling + (b * pairs + (size_t)(s * (s - 1) / 2 + t)) * nc;
                memcpy(to, j->F + (b * (size_t)j->shape.npacked + (size_t)dia_packed(s, t)) * nc, sizeof *to * nc);
            }
    dia_dataset_write(&set, root);
    free(set.gradient);
    return root->status;
}

/* Of a model that has them. */
static dia_status write_dipoles(dia_store *store, const job *j, dia_error *error)
{
    const size_t n = (size_t)j->data.npoint, ns = (size_t)j->shape.nstate;
    if (!dia_model_dipolar(j->model))
        return DIA_OK;
    double *mu = calloc(n * ns * ns * 3 + 1, sizeof *mu);
    if (mu == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write %zu geometries", n);
    dia_status status = dia_dipoles_predict(j->model, j->data.npoint, j->data.R, mu, error);
    if (status == DIA_OK)
        status =
            dia_store_write(store, "dipoles", DIA_NUMBER_REAL, 4, (const size_t[]){n, ns, ns, 3}, mu, "e bohr", error);
    free(mu);
    return status;
}

/* Was this data set written by this command? Then it holds predictions, and may be replaced. */
static bool is_evaluation(const char *path, const char *mark)
{
    dia_store *store = NULL;
    dia_error ignored = {0};
    const bool is = dia_store_is(path, mark) && dia_store_open(&store, path, &ignored) == DIA_OK &&
                    dia_store_has_attribute(store, "", "model_sha256");
    dia_store_close(&store);
    return is;
}

static dia_status check_output(const dia_model *model, const char *geometries, const char *path, dia_error *error)
{
    const dia_claim claim = {.path = path,
                             .key = "--output",
                             .what = "a data set of this command",
                             .ours = is_evaluation,
                             .mark = "diabolo-dataset"};
    int nfile;
    const dia_file *files = dia_model_files(model, &nfile);
    dia_status status = dia_output_check(&claim, 1, &geometries, error);
    for (int i = 0; i < nfile && status == DIA_OK; i++)
        status = dia_output_check(&claim, 1, &files[i].path, error);
    return status;
}

/* Of a committee: the spread of energies, gradients and couplings, and the errors that it makes expect. */
static dia_status write_spread(dia_store *store, const job *j, const dia_control *control, dia_error *error)
{
    static const struct {
        const char *name, *unit;
    } sets[DIA_CALIBRATED] = {
        {"energies", "hartree"}, {"gradients", "hartree/bohr"}, {"couplings", "hartree/bohr"}, {"gaps", "hartree"}};
    const dia_calibration *calibration = dia_model_calibration(j->model);
    dia_spread spread[DIA_CALIBRATED];
    dia_status status = dia_spread_measure(spread, j->model, &j->data, dia_model_fitted(j->model), j->data.npoint,
                                           j->points, false, control, error);
    for (int q = 0; q < DIA_CALIBRATED && status == DIA_OK; q++) {
        dia_spread *s = &spread[q];
        char name[60];
        const size_t dims[2] = {(size_t)s->npoint, (size_t)s->count};
        if (s->count == 0 || sets[q].name == NULL) /* a hop has no probability without a velocity */
            continue;
        snprintf(name, sizeof name, "spread/%s", sets[q].name);
        status = dia_store_write(store, name, DIA_NUMBER_REAL, 2, dims, s->spread, sets[q].unit, error);
        for (int i = 0; i < s->npoint * s->count; i++)
            s->spread[i] = dia_calibration_limit(calibration, (dia_calibrated)q, s->gap[i], s->spread[i], 0);
        snprintf(name, sizeof name, "expected/%s", sets[q].name);
        if (status == DIA_OK && calibration != NULL)
            status = dia_store_write(store, name, DIA_NUMBER_REAL, 2, dims, s->spread, sets[q].unit, error);
    }
    dia_spread_free(spread);
    return status;
}

static dia_status write_output(const job *j, const char *path, const dia_control *control, dia_error *error)
{
    const size_t n = (size_t)j->data.npoint, np = (size_t)j->shape.npacked;
    dia_store *store = NULL;
    dia_status status = dia_store_create(&store, path, error);
    dia_writer root = {.store = store, .name = "", .error = error};
    if (status == DIA_OK)
        status = write_labels(&root, j, error);
    if (status == DIA_OK) {
        char *files = dia_model_files_text(j->model);
        dia_writer_set_text(&root, "model_sha256", dia_model_digest(j->model));
        if (files != NULL)
            dia_writer_set_text(&root, "model_files", files);
        free(files);
        dia_writer_write(&root, "hamiltonian", "hartree", DIA_NUMBER_REAL, 2, (const size_t[]){n, np}, j->H);
        if (dia_model_bounded(j->model))
            dia_writer_reals(&root, "novelty", "1", n, j->e->novelty);
        status = root.status;
    }
    if (status == DIA_OK && dia_model_members(j->model) > 1)
        status = write_spread(store, j, control, error);
    if (status == DIA_OK)
        status = write_dipoles(store, j, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    dia_store_close(&store);
    return status;
}

/* ---- messages -------------------------------------------------------------------------------- */

static void write_energies(const job *j, FILE *out)
{
    fputs("# geometry", out);
    for (int k = 0; k < j->shape.nstate; k++)
        fprintf(out, "\tS%d (hartree)", k);
    fputc('\n', out);
    for (int b = 0; b < j->data.npoint; b++) {
        fprintf(out, "%d", b);
        for (int k = 0; k < j->shape.nstate; k++)
            fprintf(out, "\t%.10f", j->e->energies[b * j->shape.nstate + k]);
        fputc('\n', out);
    }
}

static void write_energies_json(const job *j, dia_json *json)
{
    dia_json_int(json, "npoint", j->data.npoint);
    dia_json_array(json, "energies_hartree");
    for (int b = 0; b < j->data.npoint; b++) {
        dia_json_array(json, NULL);
        for (int k = 0; k < j->shape.nstate; k++)
            dia_json_real(json, NULL, j->e->energies[b * j->shape.nstate + k]);
        dia_json_end(json);
    }
    dia_json_end(json);
}

/* Of a committee: expected against observed errors. */
static dia_status write_disagreement(const job *j, FILE *table, dia_json *json, const dia_control *control,
                                     dia_error *error)
{
    const dia_calibration *calibration = dia_model_calibration(j->model);
    dia_spread spread[DIA_CALIBRATED];
    dia_coverage coverage[DIA_CALIBRATED];
    dia_status status =
        dia_spread_measure(spread, j->model, &j->data, j->plan.states, j->data.npoint, j->points, true, control, error);
    if (status == DIA_OK)
        status = dia_coverage_measure(coverage, calibration, spread, error);
    if (status == DIA_OK) {
        fputc('\n', table);
        dia_coverage_table(coverage, calibration, table);
        dia_json_object(json, "committee");
        dia_json_int(json, "members", dia_model_members(j->model));
        dia_json_int(json, "calibration_points", calibration != NULL ? calibration->npoint : 0);
        dia_coverage_json(coverage, calibration, json);
        dia_json_end(json);
    }
    dia_spread_free(spread);
    return status;
}

static dia_status write_texts(job *j, const dia_control *control, dia_error *error)
{
    size_t size[2];
    dia_status status = DIA_OK;
    FILE *table = open_memstream(&j->e->table, &size[0]), *text = open_memstream(&j->e->json, &size[1]);
    if (table != NULL && text != NULL) {
        dia_json json = {.out = text};
        dia_errors errors = {0};
        int outside = 0;
        dia_json_object(&json, NULL);
        if (j->e->labelled) {
            status = dia_errors_add(&errors, &j->data, j->plan.states, j->data.npoint, j->points, j->e->energies, j->F,
                                    error);
            if (status == DIA_OK)
                status = dia_topology_check(&errors, j->model, &j->data, j->plan.states, j->data.npoint, j->points,
                                            NULL, error);
            if (j->plan.below > 0.0)
                fprintf(table, "labels below %g eV above the lowest energy of the data\n", j->plan.below / DIA_EV);
            dia_errors_table(&errors, table);
            dia_json_real(&json, "below_ev", j->plan.below > 0.0 ? j->plan.below / DIA_EV : (double)NAN);
            dia_errors_json(&errors, &json);
            dia_dipole_errors dipoles = {0};
            if (status == DIA_OK)
                status = dia_dipole_errors_measure(&dipoles, j->model, &j->data, j->plan.states, j->data.npoint,
                                                   j->points, error);
            dia_dipole_errors_table(&dipoles, table);
            dia_dipole_errors_json(&dipoles, &json);
            if (status == DIA_OK && dia_model_members(j->model) > 1)
                status = write_disagreement(j, table, &json, control, error);
        } else {
            write_energies(j, table);
            write_energies_json(j, &json);
        }
        for (int b = 0; b < j->data.npoint; b++)
            outside += j->e->novelty[b] > 1.0;
        if (dia_model_bounded(j->model))
            dia_json_int(&json, "outside_trained_region", outside);
        dia_json_end(&json);
    }
    const bool made = table != NULL && text != NULL;
    if (table != NULL)
        fclose(table);
    if (text != NULL)
        fclose(text);
    return made ? status
                : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the table of %d geometries", j->data.npoint);
}

dia_status dia_evaluate(const dia_model *model, const char *geometries, const dia_evaluation_plan *plan,
                        const dia_control *control, dia_evaluation *evaluation, dia_error *error)
{
    *evaluation = (dia_evaluation){0};
    job j = {.model = model, .shape = dia_model_shape(model), .path = geometries, .e = evaluation};
    j.plan = plan != NULL ? *plan : (dia_evaluation_plan){0};
    const char *output = j.plan.output;
    dia_status status = output != NULL ? check_output(model, geometries, output, error) : DIA_OK;
    if (status == DIA_OK)
        status = read_geometries(&j, control, error);
    if (status == DIA_OK)
        status = predict(&j, control, error);
    if (status == DIA_OK)
        status = check_finite(&j, error);
    if (status == DIA_OK)
        tell_outside(&j, control);
    if (status == DIA_OK && output != NULL)
        status = write_output(&j, output, control, error);
    if (status == DIA_OK)
        status = write_texts(&j, control, error);
    dia_dataset_free(&j.data);
    free(j.points);
    free(j.H);
    free(j.F);
    return status;
}

dia_status dia_evaluate_errors(const dia_model *model, const char *path, const dia_control *control, dia_errors *errors,
                               dia_error *error)
{
    dia_evaluation own = {0};
    job j = {.model = model, .shape = dia_model_shape(model), .path = path, .e = &own};
    *errors = (dia_errors){0};
    dia_status status = read_geometries(&j, control, error);
    if (status == DIA_OK && !own.labelled)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: expected a data set with labels (HDF5)", path);
    if (status == DIA_OK)
        status = predict(&j, control, error);
    if (status == DIA_OK)
        status = check_finite(&j, error);
    if (status == DIA_OK)
        status = dia_errors_add(errors, &j.data, j.plan.states, j.data.npoint, j.points, own.energies, j.F, error);
    if (status == DIA_OK)
        status = dia_topology_check(errors, model, &j.data, j.plan.states, j.data.npoint, j.points, NULL, error);
    errors->data = NULL;
    dia_dataset_free(&j.data);
    free(j.points);
    free(j.H);
    free(j.F);
    dia_evaluation_free(&own);
    return status;
}

void dia_evaluation_free(dia_evaluation *evaluation)
{
    free(evaluation->energies);
    free(evaluation->novelty);
    free(evaluation->table);
    free(evaluation->json);
    *evaluation = (dia_evaluation){0};
}
