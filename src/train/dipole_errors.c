/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/dipole_errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/frame.h"
#include "math/vector.h"
#include "store/store.h"
#include "train/reference.h"

static const double debye = 1.0 / 2.541746473; /* e bohr */
static const double close_states = 0.02 * DIA_EV;

/* The model at one geometry. */
typedef struct point {
    const dia_model *model;
    int n, np, nc;
    dia_tape *tape;
    dia_frame frame;
    double *mu, *W, *h, *work; /* (3, np); (npair, np); (npair, nc) couplings; of the frame */
    int *row;                  /* (npair) zeros */
} point;

static void point_close(point *p)
{
    dia_tape_free(p->tape);
    free(p->mu);
    free(p->row);
}

static dia_status point_open(point *p, const dia_model *model, dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    const size_t n = (size_t)shape.nstate, np = (size_t)shape.npacked, pairs = n * (n - 1) / 2,
                 nc = (size_t)shape.ncart;
    *p = (point){.model = model, .n = shape.nstate, .np = shape.npacked, .nc = shape.ncart};
    p->mu = dia_allocate(4 * np + n + n * n + pairs * (np + nc) + dia_frame_work(p->n), sizeof *p->mu);
    p->row = calloc(pairs + 1, sizeof *p->row);
    if (p->mu == NULL || p->row == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for dipoles");
    p->frame = (dia_frame){.batch = 1, .nstate = p->n, .H = p->mu + 3 * np};
    p->frame.E = p->frame.H + np;
    p->frame.U = p->frame.E + n;
    p->W = p->frame.U + n * n;
    p->h = p->W + pairs * np;
    p->work = p->h + pairs * nc;
    return dia_tape_create(&p->tape, model, 1, (int)pairs + 1, error);
}

static dia_status point_ask(point *p, const double *R)
{
    dia_status status = dia_model_hamiltonian(p->model, p->tape, 1, R, p->frame.H);
    if (status == DIA_OK)
        status = dia_frame_solve(&p->frame, p->work);
    return status == DIA_OK ? dia_model_dipole(p->model, p->tape, 1, (const int[]){0}, p->mu) : status;
}

/* h_ij of all pairs into p->h, in the signs of p->frame. */
static dia_status point_couplings(point *p)
{
    const double *U = p->frame.U;
    double *W = p->W;
    for (int j = 1; j < p->n; j++)
        for (int i = 0; i < j; i++, W += p->np)
            for (int a = 0; a < p->n; a++)
                for (int b = 0; b <= a; b++)
                    W[dia_packed(a, b)] = 0.5 * (U[a * p->n + i] * U[b * p->n + j] + U[a * p->n + j] * U[b * p->n + i]);
    return dia_model_contract(p->model, p->tape, p->n * (p->n - 1) / 2, p->row, p->W, p->h);
}

/* mu_ij of the adiabatic states. */
static void between(const point *p, int i, int j, double *mu)
{
    for (int x = 0; x < 3; x++) {
        mu[x] = 0.0;
        for (int a = 0; a < p->n; a++)
            for (int b = 0; b < p->n; b++)
                mu[x] += p->frame.U[a * p->n + i] * p->mu[x * p->np + dia_packed(a, b)] * p->frame.U[b * p->n + j];
    }
}

dia_status dia_dipoles_predict(const dia_model *model, int npoint, const double *R, double *mu, dia_error *error)
{
    point p;
    dia_status status = point_open(&p, model, error);
    for (int b = 0; b < npoint && status == DIA_OK; b++) {
        status = point_ask(&p, R + (size_t)b * (size_t)p.nc);
        if (status != DIA_OK)
            dia_error_set(error, status, "the dipoles cannot be evaluated at geometry %d", b);
        for (int i = 0; i < p.n && status == DIA_OK; i++)
            for (int j = 0; j < p.n; j++)
                between(&p, i, j, mu + (((size_t)b * (size_t)p.n + (size_t)i) * (size_t)p.n + (size_t)j) * 3);
    }
    point_close(&p);
    return status;
}

/* ---- against labels -------------------------------------------------------------------------- */

static void count(dia_deviation *d, double difference)
{
    d->n++;
    d->absolute += fabs(difference);
    d->square += difference * difference;
}

static bool finite3(const double *v)
{
    return isfinite(v[0]) && isfinite(v[1]) && isfinite(v[2]);
}

/* The factor of a coupling where signs are chosen, as in errors.c; gap in hartree. */
static double weight(double gap)
{
    const double unit = 0.5 * DIA_EV, fall = 1.0 + gap * gap / (unit * unit);
    return 0.04 * DIA_ANGSTROM * DIA_ANGSTROM / (DIA_EV * DIA_EV) / (fall * fall);
}

/* Signs (states) that turn the label onto the model; reference (held, held, 3). */
static void choose(const point *p, const dia_label *label, int states, int held, const double *reference, double *sign)
{
    double overlap[DIA_DATASET_STATES * (DIA_DATASET_STATES - 1) / 2 + 1] = {0}, mu[3];
    for (int j = 1; j < states; j++)
        for (int i = 0; i < j; i++) {
            const int pair = j * (j - 1) / 2 + i;
            const double *h = label->coupling + pair * p->nc, *given = reference + 3 * (i * held + j);
            const double product = dia_dot(p->nc, h, p->h + pair * p->nc);
            if (product == product)
                overlap[pair] += weight(label->energy[j] - label->energy[i]) * product;
            between(p, i, j, mu);
            if (finite3(given))
                overlap[pair] += dia_dot(3, mu, given);
        }
    dia_reference_signs(states, overlap, sign);
}

static void add_point(dia_dipole_errors *e, const point *p, const dia_label *label, int held, const double *reference)
{
    double sign[DIA_DATASET_STATES], mu[3];
    bool any = false;
    choose(p, label, e->nstate, held, reference, sign);
    for (int j = 0; j < e->nstate; j++)
        for (int i = 0; i <= j; i++) {
            const double *given = reference + 3 * (i * held + j);
            double square[2] = {0};
            if (isnan(label->energy[i]) || isnan(label->energy[j]) || !finite3(given))
                continue;
            any = true;
            between(p, i, j, mu);
            for (int x = 0; x < 3; x++) {
                count(i == j ? &e->permanent : &e->transition, mu[x] - sign[i] * sign[j] * given[x]);
                count(&e->size[i != j], given[x]);
                square[0] += mu[x] * mu[x];
                square[1] += given[x] * given[x];
            }
            const double f = 2.0 / 3.0 * (label->energy[j] - label->energy[i]) * square[1];
            if (i == 0 && j > 0) {
                count(&e->strength[j], 2.0 / 3.0 * (p->frame.E[j] - p->frame.E[0]) * square[0] - f);
                count(&e->reference[j], f);
            }
        }
    e->npoint += any;
}

/* Has any state that counts a dipole here? */
static bool labelled(int states, int held, const double *reference)
{
    bool any = false;
    for (int i = 0; i < states; i++)
        for (int j = 0; j <= i; j++)
            any = any || finite3(reference + 3 * (i * held + j));
    return any;
}

static bool too_close(const dia_label *label, int states)
{
    bool close = false;
    for (int k = 1; k < states; k++)
        close = close || label->energy[k] - label->energy[k - 1] < close_states;
    return close;
}

/* `dipoles` (npoint, held, held, 3) of the file, e bohr, on the heap. */
static dia_status read(const char *path, int npoint, int *held, double **values, dia_error *error)
{
    dia_store *store = NULL;
    int rank = 0;
    size_t dims[8] = {0};
    dia_status status = dia_store_open(&store, path, error);
    *values = NULL;
    if (status == DIA_OK && !dia_store_has(store, "dipoles")) {
        dia_store_close(&store);
        return DIA_OK;
    }
    if (status == DIA_OK)
        status = dia_store_shape(store, "dipoles", &rank, dims, error);
    if (status == DIA_OK &&
        (rank != 4 || dims[0] != (size_t)npoint || dims[1] != dims[2] || dims[3] != 3 || dims[1] < 1 || dims[1] > 1000))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: dataset 'dipoles' has %d dimensions; expected (%d, states, states, 3)", path, rank,
                               npoint);
    if (status == DIA_OK && (*values = dia_allocate(dims[0] * dims[1] * dims[1] * 3, sizeof **values)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for its dipoles", path);
    char *unit = NULL;
    if (status == DIA_OK)
        status = dia_store_read(store, "dipoles", DIA_NUMBER_REAL, 4, dims, *values, error);
    if (status == DIA_OK && dia_store_has_attribute(store, "dipoles", "unit"))
        status = dia_store_attribute_text(store, "dipoles", "unit", &unit, error);
    const bool atomic = unit != NULL && (strcmp(unit, "e bohr") == 0 || strcmp(unit, "au") == 0);
    if (status == DIA_OK && !atomic && (unit == NULL || strcmp(unit, "debye") != 0))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: dataset 'dipoles' has the unit '%.60s'; expected 'e bohr' or 'debye'", path,
                               unit != NULL ? unit : "");
    for (size_t i = 0; status == DIA_OK && !atomic && i < dims[0] * dims[1] * dims[1] * 3; i++)
        (*values)[i] *= debye;
    *held = (int)dims[1];
    free(unit);
    dia_store_close(&store);
    return status;
}

dia_status dia_dipole_errors_measure(dia_dipole_errors *e, const dia_model *model, const dia_dataset *data,
                                     const char *path, int states, dia_error *error)
{
    double *values = NULL;
    int held = 0;
    point p = {0};
    *e = (dia_dipole_errors){0};
    if (!dia_model_dipolar(model))
        return DIA_OK;
    dia_status status = read(path, data->npoint, &held, &values, error);
    if (status == DIA_OK && values != NULL)
        status = point_open(&p, model, error);
    e->measured = status == DIA_OK && values != NULL;
    e->nstate = states < held ? states : held;
    for (int b = 0; b < data->npoint && e->measured && status == DIA_OK; b++) {
        const dia_label label = dia_dataset_label(data, b);
        const double *reference = values + (size_t)b * (size_t)(3 * held * held);
        if (!labelled(e->nstate, held, reference))
            continue;
        if (too_close(&label, e->nstate)) {
            e->left++;
            continue;
        }
        status = point_ask(&p, data->R + (size_t)b * (size_t)p.nc);
        if (status == DIA_OK && p.n > 1)
            status = point_couplings(&p);
        if (status == DIA_OK)
            add_point(e, &p, &label, held, reference);
        else
            dia_error_set(error, status, "%s: the dipoles cannot be evaluated at geometry %d", path, b);
    }
    point_close(&p);
    free(values);
    return status;
}

/* ---- output ---------------------------------------------------------------------------------- */

void dia_dipole_errors_table(const dia_dipole_errors *e, FILE *out)
{
    const dia_deviation *const rows[] = {&e->permanent, &e->transition};
    static const char *const names[] = {"permanent", "transition"};
    if (!e->measured)
        return;
    fprintf(out, "dipoles at %ld points", e->npoint);
    if (e->left > 0)
        fprintf(out, " (%ld more have states within 20 meV)", e->left);
    fputs(", debye a component: mean, rms; rms of the reference\n", out);
    for (int i = 0; i < 2; i++)
        if (rows[i]->n > 0)
            fprintf(out, "  %-15s %8.3f %8.3f %8.3f\n", names[i], dia_deviation_mean(rows[i]) / debye,
                    dia_deviation_rms(rows[i]) / debye, dia_deviation_rms(&e->size[i]) / debye);
    for (int k = 1; k < e->nstate; k++)
        if (e->strength[k].n > 0)
            fprintf(out, "  f, S0 to S%-5d %8.4f %8.4f %8.4f\n", k, dia_deviation_mean(&e->strength[k]),
                    dia_deviation_rms(&e->strength[k]), dia_deviation_rms(&e->reference[k]));
}

void dia_dipole_errors_json(const dia_dipole_errors *e, dia_json *json)
{
    const dia_deviation *const rows[] = {&e->permanent, &e->transition};
    static const char *const names[] = {"permanent", "transition"};
    if (!e->measured)
        return;
    dia_json_object(json, "dipoles");
    dia_json_int(json, "npoint", e->npoint);
    dia_json_int(json, "left_out", e->left);
    for (int i = 0; i < 2; i++) {
        dia_json_object(json, names[i]);
        dia_json_real(json, "mae_debye", dia_deviation_mean(rows[i]) / debye);
        dia_json_real(json, "rmse_debye", dia_deviation_rms(rows[i]) / debye);
        dia_json_real(json, "reference_rms_debye", dia_deviation_rms(&e->size[i]) / debye);
        dia_json_end(json);
    }
    dia_json_array(json, "oscillator_strength");
    for (int k = 1; k < e->nstate; k++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "state", k);
        dia_json_real(json, "mae", dia_deviation_mean(&e->strength[k]));
        dia_json_real(json, "rmse", dia_deviation_rms(&e->strength[k]));
        dia_json_real(json, "reference_rms", dia_deviation_rms(&e->reference[k]));
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}
