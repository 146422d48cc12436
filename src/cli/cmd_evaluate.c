/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo evaluate MODEL DATASET.h5`: errors of a model against data; `diabolo evaluate MODEL GEOMETRIES -o OUT.h5`:
 * H, energies, gradients, couplings. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "diabolo/model.h"
#include "molecule/xyz.h"
#include "store/store.h"
#include "train/errors.h"
#include "train/objective.h"

typedef struct job {
    dia_model *model;
    dia_shape shape;
    dia_dataset data; /* labels are missing if geometries were given as XYZ */
    bool labelled;
    int *points;       /* 0..npoint-1 */
    double *H, *E, *F; /* (npoint, npacked), (npoint, nstate), (npoint, npacked, ncart) */
} job;

static bool is_hdf5(const char *path)
{
    unsigned char magic[4] = {0};
    FILE *file = fopen(path, "rb");
    const bool yes = file != NULL && fread(magic, 1, 4, file) == 4 && memcmp(magic, "\211HDF", 4) == 0;
    if (file != NULL)
        fclose(file);
    return yes;
}

/* Geometries alone, as a data set without labels. */
static dia_status from_xyz(job *j, const char *path, dia_error *error)
{
    dia_xyz xyz;
    dia_status status = dia_xyz_read_for(&xyz, dia_model_molecule(j->model), path, error);
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
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %d geometries", path, xyz.nframe);
    }
    dia_xyz_free(&xyz);
    return status;
}

static dia_status check_molecule(const job *j, const char *path, dia_error *error)
{
    dia_molecule molecule;
    dia_status status = dia_molecule_init(&molecule, j->data.natom, 3, j->data.numbers, error);
    if (status != DIA_OK)
        return status;
    status = dia_molecule_match(&molecule, dia_model_molecule(j->model), error);
    dia_molecule_free(&molecule);
    if (status != DIA_OK)
        return dia_error_prefix(error, "%s does not fit the model", path);
    if (j->data.nstate != j->shape.nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s holds %d states, the model has %d", path, j->data.nstate,
                             j->shape.nstate);
    return DIA_OK;
}

static dia_status read_geometries(job *j, const char *path, dia_error *error)
{
    j->labelled = is_hdf5(path);
    dia_status status = j->labelled ? dia_dataset_load(&j->data, path, error) : from_xyz(j, path, error);
    if (status == DIA_OK)
        status = check_molecule(j, path, error);
    if (status != DIA_OK)
        return status;
    const size_t n = (size_t)j->data.npoint, np = (size_t)j->shape.npacked;
    j->points = calloc(n, sizeof *j->points);
    j->H = calloc(n * np, sizeof *j->H);
    j->E = calloc(n * (size_t)j->shape.nstate, sizeof *j->E);
    j->F = calloc(n * np * (size_t)j->shape.ncart, sizeof *j->F);
    if (j->points == NULL || j->H == NULL || j->E == NULL || j->F == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %zu geometries", path, n);
    for (int b = 0; b < j->data.npoint; b++)
        j->points[b] = b;
    return DIA_OK;
}

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

static dia_status predict(job *j, int threads, dia_error *error)
{
    const dia_loss none = {0};
    dia_objective *objective;
    dia_status status = dia_objective_create(&objective, j->model, &j->data, &none, j->data.npoint, threads, error);
    if (status != DIA_OK)
        return status;
    status = dia_objective_predict(objective, j->data.npoint, j->points, j->E, j->F);
    dia_objective_free(objective);
    return status == DIA_OK ? hamiltonians(j, error) : status;
}

/* Gradients and couplings are rows of F, in the order of the data set. */
static dia_status write_rows(dia_store *store, const job *j, bool couplings, dia_error *error)
{
    const size_t n = (size_t)j->data.npoint, ns = (size_t)j->shape.nstate, nc = (size_t)j->shape.ncart,
                 rows = couplings ? ns * (ns - 1) / 2 : ns;
    double *out = calloc(n * rows * nc + 1, sizeof *out);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write %zu geometries", n);
    for (size_t b = 0; b < n; b++)
        for (int s = 0; s < j->shape.nstate; s++)
            for (int t = couplings ? 0 : s; t < (couplings ? s : s + 1); t++) {
                const size_t row = couplings ? (size_t)(s * (s - 1) / 2 + t) : (size_t)s;
                memcpy(out + (b * rows + row) * nc,
                       j->F + (b * (size_t)j->shape.npacked + (size_t)dia_packed(s, t)) * nc, sizeof *out * nc);
            }
    const dia_status status = dia_store_write(
        store, couplings ? "couplings" : "gradients", DIA_NUMBER_REAL, 4,
        (const size_t[]){n, rows, (size_t)j->shape.natom, nc / (size_t)j->shape.natom}, out, "hartree/bohr", error);
    free(out);
    return status;
}

static dia_status write_output(const job *j, const char *path, dia_error *error)
{
    const size_t n = (size_t)j->data.npoint, na = (size_t)j->shape.natom, ns = (size_t)j->shape.nstate;
    dia_store *store = NULL;
    dia_status status = dia_store_create(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "format", "diabolo-dataset", error);
    if (status == DIA_OK)
        status = dia_store_set_int(store, "", "version", 1, error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "level_of_theory", "model", error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "model_sha256", dia_model_digest(j->model), error);
    if (status == DIA_OK)
        status = dia_store_write(store, "numbers", DIA_NUMBER_INT, 1, &na, j->data.numbers, NULL, error);
    if (status == DIA_OK)
        status = dia_store_write(store, "positions", DIA_NUMBER_REAL, 3, (const size_t[]){n, na, 3}, j->data.R, "bohr",
                                 error);
    if (status == DIA_OK)
        status = dia_store_write(store, "hamiltonian", DIA_NUMBER_REAL, 2,
                                 (const size_t[]){n, (size_t)j->shape.npacked}, j->H, "hartree", error);
    if (status == DIA_OK)
        status =
            dia_store_write(store, "energies", DIA_NUMBER_REAL, 2, (const size_t[]){n, ns}, j->E, "hartree", error);
    if (status == DIA_OK)
        status = write_rows(store, j, false, error);
    if (status == DIA_OK && ns > 1)
        status = write_rows(store, j, true, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    dia_store_close(&store);
    return status;
}

static void print_energies(const job *j)
{
    printf("# geometry");
    for (int k = 0; k < j->shape.nstate; k++)
        printf("\tS%d (hartree)", k);
    putchar('\n');
    for (int b = 0; b < j->data.npoint; b++) {
        printf("%d", b);
        for (int k = 0; k < j->shape.nstate; k++)
            printf("\t%.10f", j->E[b * j->shape.nstate + k]);
        putchar('\n');
    }
}

static void print_results(const job *j, bool as_json, const char *output)
{
    if (!j->labelled) {
        if (output == NULL)
            print_energies(j);
        return;
    }
    dia_errors errors = {0};
    dia_errors_add(&errors, &j->data, j->data.npoint, j->points, j->E, j->F);
    if (as_json) {
        dia_json json = {.out = stdout};
        dia_json_object(&json, NULL);
        dia_errors_json(&errors, &json);
        dia_json_end(&json);
    } else {
        dia_errors_table(&errors, stdout);
    }
}

static int run(int argc, char **argv)
{
    bool as_json = false;
    const dia_cli_flag flags[] = {{.name = "json", .help = "print errors as one JSON object", .given = &as_json},
                                  {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "MODEL DATASET.h5\nMODEL GEOMETRIES.xyz",
        .summary = "Compare a model with ab initio data, or evaluate it at given geometries.",
        .details = "With --output the hamiltonian, energies, gradients and couplings go to FILE (HDF5, a data set). "
                   "Errors are per Cartesian component; couplings are gap-scaled, with the "
                   "signs of the states aligned jointly for each geometry.",
        .least = 2,
        .most = 2,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    job j = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_FAILED;
    dia_status status = dia_model_load(&j.model, cli.args[0], &error);
    if (status == DIA_OK) {
        j.shape = dia_model_shape(j.model);
        status = read_geometries(&j, cli.args[1], &error);
    }
    if (status == DIA_OK)
        status = predict(&j, cli.threads, &error);
    if (status == DIA_OK && cli.output != NULL)
        status = write_output(&j, cli.output, &error);
    if (status == DIA_OK)
        print_results(&j, as_json, cli.output);
    dia_dataset_free(&j.data);
    dia_model_free(j.model);
    free(j.points);
    free(j.H);
    free(j.E);
    free(j.F);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_evaluate = {"evaluate", "Compare a model with data, or evaluate it at geometries", run,
                                          NULL};
