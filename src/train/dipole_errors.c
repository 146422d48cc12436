/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/dipole_errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dataset/dipoles.h"
#include "diabolo/frame.h"
#include "math/vector.h"
#include "model/committee.h"
#include "model/front.h"
#include "model/network.h"
#include "train/errors.h"
#include "train/reference.h"

static const double debye = 1.0 / DIA_DEBYE; /* e bohr */
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

double dia_dipole_coupling_weight(double gap)
{
    const double unit = 0.5 * DIA_EV, fall = 1.0 + gap * gap / (unit * unit);
    return 0.04 * DIA_ANGSTROM * DIA_ANGSTROM / (DIA_EV * DIA_EV) / (fall * fall);
}

/* Signs (states) that turn the label of point b onto the model. */
static void choose(const point *p, const dia_dataset *data, int b, int states, double *sign)
{
    const dia_label label = dia_dataset_label(data, b);
    double overlap[DIA_DATASET_STATES * (DIA_DATASET_STATES - 1) / 2 + 1] = {0}, mu[3];
    for (int j = 1; j < states; j++)
        for (int i = 0; i < j; i++) {
            const int pair = j * (j - 1) / 2 + i;
            const double product = dia_dot(p->nc, label.coupling + pair * p->nc, p->h + pair * p->nc);
            if (product == product)
                overlap[pair] += dia_dipole_coupling_weight(label.energy[j] - label.energy[i]) * product;
            between(p, i, j, mu);
            if (dia_dipole_known(data, b, i, j))
                overlap[pair] += dia_dot(3, mu, dia_dataset_dipole(data, b, i, j));
        }
    dia_reference_signs(states, overlap, sign);
}

static void add_point(dia_dipole_errors *e, const point *p, const dia_dataset *data, int b, const double *origin)
{
    const double *energy = data->energy + (size_t)b * (size_t)data->nstate;
    double sign[DIA_DATASET_STATES], mu[3];
    choose(p, data, b, e->nstate, sign);
    for (int j = 0; j < e->nstate; j++)
        for (int i = 0; i <= j; i++) {
            double given[3];
            double square[2] = {0};
            if (!dia_dipole_known(data, b, i, j))
                continue;
            between(p, i, j, mu);
            for (int x = 0; x < 3; x++) {
                given[x] = dia_dataset_dipole(data, b, i, j)[x] - (i == j ? origin[x] : 0.0);
                dia_deviation_add(i == j ? &e->permanent : &e->transition, mu[x] - sign[i] * sign[j] * given[x]);
                dia_deviation_add(&e->size[i != j], given[x]);
                square[0] += mu[x] * mu[x];
                square[1] += given[x] * given[x];
            }
            const double f = 2.0 / 3.0 * (energy[j] - energy[i]) * square[1];
            if (i == 0 && j > 0) {
                dia_deviation_add(&e->strength[j], 2.0 / 3.0 * (p->frame.E[j] - p->frame.E[0]) * square[0] - f);
                dia_deviation_add(&e->reference[j], f);
            }
        }
    e->npoint++;
}

/* Has any two of the states that count a dipole here? */
static bool labelled(const dia_dataset *data, int b, int states)
{
    bool any = false;
    for (int j = 0; j < states; j++)
        for (int i = 0; i <= j; i++)
            any = any || dia_dipole_known(data, b, i, j);
    return any;
}

static bool too_close(const double *energy, int states)
{
    bool close = false;
    for (int k = 1; k < states; k++)
        close = close || energy[k] - energy[k - 1] < close_states;
    return close;
}

/* Of a network, or of that a committee flies on: it knows the charge of an ion. NULL: another model. */
static const dia_dipoles *form_of(const dia_model *model)
{
    const dia_model *flown = dia_model_members(model) > 1 ? dia_model_flown(model) : model;
    if (flown == NULL || strcmp(dia_model_type_of(flown)->name, "network") != 0)
        return NULL;
    const dia_network *network = dia_model_self((dia_model *)(uintptr_t)flown); /* read only */
    return &network->dipoles;
}

dia_status dia_dipole_errors_measure(dia_dipole_errors *e, const dia_model *model, const dia_dataset *data, int states,
                                     int n, const int *points, dia_error *error)
{
    point p = {0};
    double origin[3] = {0.0};
    const dia_dipoles *form = form_of(model);
    *e = (dia_dipole_errors){.nstate = states < data->nstate ? states : data->nstate};
    if (!dia_model_dipolar(model) || data->dipole == NULL)
        return DIA_OK;
    dia_status status = point_open(&p, model, error);
    e->measured = status == DIA_OK;
    for (int i = 0; i < n && status == DIA_OK; i++) {
        const int b = points[i];
        if (!labelled(data, b, e->nstate))
            continue;
        if (too_close(data->energy + (size_t)b * (size_t)data->nstate, e->nstate)) {
            e->left++;
            continue;
        }
        if (form != NULL)
            dia_dipoles_origin(form, data->R + (size_t)b * (size_t)p.nc, origin);
        status = point_ask(&p, data->R + (size_t)b * (size_t)p.nc);
        if (status == DIA_OK && p.n > 1)
            status = point_couplings(&p);
        if (status == DIA_OK)
            add_point(e, &p, data, b, origin);
        else
            dia_error_set(error, status, "the dipoles cannot be evaluated at point %d", b);
    }
    point_close(&p);
    return status;
}

/* ---- output ---------------------------------------------------------------------------------- */

static void cells(FILE *out, int digits, double unit, const dia_deviation *d, const dia_deviation *reference)
{
    dia_errors_cell(out, 8, digits, dia_deviation_mean(d) / unit);
    dia_errors_cell(out, 8, digits, dia_deviation_rms(d) / unit);
    dia_errors_cell(out, 8, digits, dia_deviation_rms(reference) / unit);
    fputc('\n', out);
}

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
        if (rows[i]->n > 0) {
            fprintf(out, "  %-15s", names[i]);
            cells(out, 3, debye, rows[i], &e->size[i]);
        }
    for (int k = 1; k < e->nstate; k++)
        if (e->strength[k].n > 0) {
            fprintf(out, "  f, S0 to S%-5d", k);
            cells(out, 4, 1.0, &e->strength[k], &e->reference[k]);
        }
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
