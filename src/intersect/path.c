/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "diabolo/frame.h"
#include "molecule/align.h"
#include "molecule/modes.h"

dia_status dia_watch_tell(const dia_watch *watch, int done, int total, dia_error *error)
{
    if (watch == NULL)
        return DIA_OK;
    dia_control_progress(watch->control, &(dia_progress_state){.what = watch->what, .done = done, .total = total});
    return !dia_control_stopped(watch->control)
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted after %d of %d points", done, total);
}

void dia_path_init(dia_path *path, const dia_model *model)
{
    const dia_shape shape = dia_model_shape(model);
    *path = (dia_path){.natom = shape.natom,
                       .dimension = shape.ncart / shape.natom,
                       .ncart = shape.ncart,
                       .nstate = shape.nstate,
                       .npacked = shape.npacked};
}

void dia_path_free(dia_path *path)
{
    free(path->R);
    free(path->H);
    free(path->E);
    free(path->length);
    free(path->weighted);
    *path = (dia_path){0};
}

/* Room for `room` points of `each` numbers in *array, the new ones NaN. False: out of memory, and nothing is lost. */
static bool grow(double **array, int have, int room, int each)
{
    double *more = realloc(*array, (size_t)room * (size_t)each * sizeof *more);
    if (more == NULL)
        return false;
    for (size_t i = (size_t)have * (size_t)each; i < (size_t)room * (size_t)each; i++)
        more[i] = NAN;
    *array = more;
    return true;
}

dia_status dia_path_add(dia_path *path, const double *R, dia_error *error)
{
    if (path->npoint == path->room) {
        const int have = path->room, room = have > 0 ? 2 * have : 32;
        if (!grow(&path->R, have, room, path->ncart) || !grow(&path->H, have, room, path->npacked) ||
            !grow(&path->E, have, room, path->nstate) || !grow(&path->length, have, room, 1) ||
            !grow(&path->weighted, have, room, 1))
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a path of %d points", room);
        path->room = room;
    }
    memcpy(path->R + (size_t)path->npoint * (size_t)path->ncart, R, (size_t)path->ncart * sizeof *R);
    path->npoint++;
    return DIA_OK;
}

/* sqrt(sum |A - B|^2), and the same mass-weighted, without superposition. */
static double distance(const dia_molecule *molecule, const double *A, const double *B, bool mass_weighted)
{
    double sum = 0.0;
    for (int c = 0; c < molecule->ncart; c++)
        sum += (mass_weighted ? molecule->masses[c / molecule->dimension] : 1.0) * (A[c] - B[c]) * (A[c] - B[c]);
    return sqrt(sum);
}

static void measure(dia_path *path, const dia_molecule *molecule)
{
    for (int p = 0; p < path->npoint; p++) {
        const double *R = path->R + (size_t)p * (size_t)path->ncart;
        path->length[p] = p == 0 ? 0.0 : path->length[p - 1] + distance(molecule, R, R - path->ncart, false);
        path->weighted[p] = p == 0 ? 0.0 : path->weighted[p - 1] + distance(molecule, R, R - path->ncart, true);
    }
}

dia_status dia_path_evaluate(dia_path *path, const dia_model *model, dia_error *error)
{
    enum { BATCH = 32 };
    const size_t N = (size_t)path->nstate;
    dia_tape *tape = NULL;
    const dia_shape shape = dia_model_shape(model);
    const size_t matrices = BATCH * (dia_hermitian(&shape) ? 2 : 1) * N * N;
    double *U = malloc((matrices + dia_frame_work(path->nstate)) * sizeof *U);
    dia_status status =
        U == NULL ? dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the states of a path") : DIA_OK;
    if (status == DIA_OK)
        status = dia_tape_create_hermitian(&tape, model, BATCH, 1, error);
    for (int p = 0; p < path->npoint && status == DIA_OK; p += BATCH) {
        const int n = path->npoint - p < BATCH ? path->npoint - p : BATCH;
        double *H = path->H + (size_t)p * (size_t)path->npacked;
        dia_frame frame = {.batch = n,
                           .nstate = path->nstate,
                           .H = H,
                           .E = path->E + (size_t)p * N,
                           .U = U,
                           .hermitian = dia_hermitian(&shape)};
        status = dia_model_hamiltonian(model, tape, n, path->R + (size_t)p * (size_t)path->ncart, H);
        if (status == DIA_OK)
            status = dia_frame_solve(&frame, U + matrices);
        if (status != DIA_OK)
            dia_error_set(error, status, "the model cannot be evaluated along a path");
    }
    dia_tape_free(tape);
    free(U);
    measure(path, dia_model_molecule(model));
    return status;
}

dia_status dia_path_superpose(const dia_molecule *molecule, const double *onto, double *R, dia_error *error)
{
    if (molecule->dimension != 3)
        return DIA_OK;
    dia_molecule at = *molecule;
    at.reference = (double *)onto; /* only read */
    dia_alignment alignment;
    dia_pose pose;
    double centre[3], *z = malloc((size_t)molecule->ncart * sizeof *z);
    dia_status status = z == NULL ? dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a geometry")
                                  : dia_alignment_make(&alignment, &at, error);
    if (status == DIA_OK) {
        dia_align(&alignment, R, z, &pose);
        dia_centre_of_mass(molecule, onto, centre);
        for (int c = 0; c < molecule->ncart; c++)
            R[c] = z[c] + centre[c % 3];
        dia_alignment_free(&alignment);
    }
    free(z);
    return status;
}

/* ---- tables ---------------------------------------------------------------------------------- */

enum { ROWS = 10 };

int dia_path_rows(int npoint)
{
    return npoint <= ROWS + 1 ? npoint : ROWS + 1;
}

int dia_path_row(int i, int npoint)
{
    return npoint <= ROWS + 1 ? i : (int)((long long)i * (npoint - 1) / ROWS);
}

double dia_path_unit(const dia_coordinate *coordinate, const char **name)
{
    const bool angle = coordinate->dimension == DIA_ANGLE, length = coordinate->dimension == DIA_LENGTH;
    *name = angle ? "deg" : length ? "Angstrom" : "au";
    return angle ? DIA_PI / 180.0 : length ? DIA_ANGSTROM : 1.0;
}

double dia_path_above(double E, double zero)
{
    const double ev = (E - zero) / DIA_EV;
    return fabs(ev) < 5e-5 ? 0.0 : ev;
}

void dia_path_heading(const dia_path *path, FILE *out)
{
    for (int k = 0; k < path->nstate; k++)
        fprintf(out, "     S%d/eV", k);
    fprintf(out, "\n");
}

void dia_path_energies(const dia_path *path, int point, double zero, FILE *out)
{
    for (int k = 0; k < path->nstate; k++)
        fprintf(out, " %9.4f", dia_path_above(path->E[(size_t)point * (size_t)path->nstate + (size_t)k], zero));
}

#define OF(member, ...) DIA_MEMBER_OF(dia_path, member, DIA_MEMBER_REAL, __VA_ARGS__)
const dia_member dia_path_members[] = {
    OF(R, .shape = "PAD", .name = "positions", .unit = "bohr", .frame = true),
    OF(H, .shape = "PK", .name = "hamiltonian", .unit = "hartree"),
    OF(E, .shape = "PN", .name = "energies", .unit = "hartree"),
    OF(length, .shape = "P", .name = "length", .unit = "bohr"),
    OF(weighted, .shape = "P", .name = "length_mass_weighted", .unit = "bohr electron_mass^(1/2)"),
    {0}};
#undef OF

dia_extents dia_path_extents(const dia_path *path)
{
    dia_extents e = {{0}};
    e.of['P'] = (size_t)path->npoint, e.of['N'] = (size_t)path->nstate, e.of['K'] = (size_t)path->npacked;
    e.of['A'] = (size_t)path->natom, e.of['D'] = (size_t)path->dimension;
    return e;
}
