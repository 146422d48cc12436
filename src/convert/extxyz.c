/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended XYZ (https://github.com/libAtoms/extxyz): what ASE, OVITO, VMD, Jmol and `diabolo` itself read. Angstrom,
 * eV. Velocities twice: `velo` in Angstrom/fs for people (and for `initial.file`), `momenta` in ASE's unit, which ASE
 * reads. */
#include <math.h>
#include <stdlib.h>

#include "base/output.h"
#include "convert/convert.h"
#include "convert/extxyz_read.h"

#define VELOCITY (DIA_ANGSTROM / DIA_FEMTOSECOND) /* Angstrom/fs -> atomic units */

static void write_list(FILE *file, const char *key, int count, const double *values, double unit, const char *format)
{
    fprintf(file, " %s=\"", key);
    for (int i = 0; i < count; i++) {
        fputs(i > 0 ? " " : "", file);
        fprintf(file, format, values[i] / unit);
    }
    fputc('"', file);
}

static void write_comment(FILE *file, const dia_swarm *swarm, const dia_convert_trajectory *t, int64_t k)
{
    const size_t n = (size_t)swarm->nstate;
    fprintf(file,
            "%d\nProperties=species:S:1:pos:R:3:velo:R:3:momenta:R:3:masses:R:1 velocity_unit=Angstrom/fs "
            "trajectory=%lld time_fs=%.10g state=%d energy=%.10f kinetic_energy=%.10f",
            swarm->natom, (long long)t->number, t->time[k], (int)t->active[k], t->potential[k] / DIA_EV,
            t->kinetic[k] / DIA_EV);
    if (swarm->lit)
        fprintf(file, " work=%.10f", t->work[k] / DIA_EV);
    write_list(file, "energies", swarm->nstate, t->energies + (size_t)k * n, DIA_EV, "%.10f");
    write_list(file, "populations", swarm->nstate, t->population + (size_t)k * n, 1.0, "%.8f");
    fputs(" pbc=\"F F F\"\n", file);
}

static void write_frame(FILE *file, const dia_swarm *swarm, const dia_convert_trajectory *t, int64_t k)
{
    const double momentum = sqrt(DIA_DALTON * DIA_EV); /* ASE's unit, u Angstrom / (Angstrom sqrt(u/eV)) */
    write_comment(file, swarm, t, k);
    for (int a = 0; a < swarm->natom; a++) {
        const size_t first = ((size_t)k * (size_t)swarm->natom + (size_t)a) * 3;
        const double *x = t->position + first, *v = t->velocity + first, m = swarm->masses[a];
        fprintf(file, "%-2s %15.9f %15.9f %15.9f %15.11f %15.11f %15.11f %16.11f %16.11f %16.11f %.10f\n",
                dia_element_symbol(swarm->numbers[a]), x[0] / DIA_ANGSTROM, x[1] / DIA_ANGSTROM, x[2] / DIA_ANGSTROM,
                v[0] / VELOCITY, v[1] / VELOCITY, v[2] / VELOCITY, m * v[0] / momentum, m * v[1] / momentum,
                m * v[2] / momentum, m / DIA_DALTON);
    }
}

static dia_status trajectories(FILE *file, const dia_convert_job *job, int64_t first, int64_t count,
                               dia_convert_trajectory *t, int64_t *frames, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int64_t i = first; status == DIA_OK && i < first + count && !ferror(file); i++) {
        status = dia_convert_trajectory_read(t, job, i, false, error);
        for (int64_t k = 0; status == DIA_OK && k < t->count; k++, ++*frames)
            write_frame(file, job->swarm, t, k);
    }
    return status;
}

/* ---- geometries of hops ---------------------------------------------------------------------- */

/* velocity: NULL: the file does not have it. */
static void write_hop(FILE *file, const dia_swarm *swarm, int64_t k, const double *position, const double *velocity)
{
    const dia_swarm_hops *h = &swarm->hops;
    fprintf(file, "%d\nProperties=species:S:1:pos:R:3%s", swarm->natom,
            velocity != NULL ? ":velo:R:3:masses:R:1 velocity_unit=Angstrom/fs" : "");
    fprintf(file,
            " hop=%lld trajectory=%lld time_fs=%.10g from_state=%d to_state=%d accepted=%s gap=%.10f "
            "kinetic_energy_before=%.10f kinetic_energy_after=%.10f",
            (long long)k, (long long)h->trajectory[k], h->time[k], h->from[k], h->to[k], h->accepted[k] ? "T" : "F",
            h->gap[k] / DIA_EV, h->kinetic_before[k] / DIA_EV, h->kinetic_after[k] / DIA_EV);
    if (swarm->lit)
        fprintf(file, " work=%.10f", h->work[k] / DIA_EV);
    fputs(" pbc=\"F F F\"\n", file);
    for (int a = 0; a < swarm->natom; a++) {
        const double *x = position + 3 * a, *v = velocity != NULL ? velocity + 3 * a : NULL;
        fprintf(file, "%-2s %18.12f %18.12f %18.12f", dia_element_symbol(swarm->numbers[a]), x[0] / DIA_ANGSTROM,
                x[1] / DIA_ANGSTROM, x[2] / DIA_ANGSTROM);
        if (v != NULL)
            fprintf(file, " %15.11f %15.11f %15.11f %.10f", v[0] / VELOCITY, v[1] / VELOCITY, v[2] / VELOCITY,
                    swarm->masses[a] / DIA_DALTON);
        fputc('\n', file);
    }
}

static dia_status hops(FILE *file, const dia_convert_job *job, int64_t first, int64_t count, dia_convert_trajectory *t,
                       int64_t *frames, dia_error *error)
{
    const dia_swarm *s = job->swarm;
    const size_t ncart = (size_t)s->natom * 3;
    const bool moving = dia_swarm_row_size(s, "hops/velocity") > 0;
    int64_t *hop = NULL;
    (void)t;
    dia_status status = dia_convert_hops(job, first, count, frames, &hop, error);
    double *position = malloc(2 * ncart * sizeof *position), *velocity = position + ncart;
    if (status == DIA_OK && position == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for a geometry", s->path);
    for (int64_t i = 0; status == DIA_OK && i < *frames; i++) {
        status = dia_swarm_rows(s, "hops/position", hop[i], 1, position, error);
        if (status == DIA_OK && moving)
            status = dia_swarm_rows(s, "hops/velocity", hop[i], 1, velocity, error);
        if (status == DIA_OK)
            write_hop(file, s, hop[i], position, moving ? velocity : NULL);
    }
    free(position);
    free(hop);
    return status;
}

static dia_status swarm(const dia_convert_job *job, dia_error *error)
{
    return job->options->table != NULL ? dia_convert_texts(job, false, hops, error)
                                       : dia_convert_texts(job, true, trajectories, error);
}

/* ---- geometries without time ----------------------------------------------------------------- */

static bool known(const double *values, int count)
{
    for (int i = 0; i < count; i++)
        if (isnan(values[i]))
            return false;
    return true;
}

static void write_geometry(FILE *file, const dia_convert_frames *f, int p)
{
    const double *E = f->energies + (size_t)p * (size_t)f->nstate;
    const size_t first = (size_t)p * (size_t)f->natom * 3;
    const bool forces = f->gradient != NULL && known(f->gradient + first, 3 * f->natom);
    const double force = DIA_EV / DIA_ANGSTROM;
    fprintf(file, "%d\nProperties=species:S:1:pos:R:3%s", f->natom, forces ? ":forces:R:3" : "");
    if (f->name != NULL && f->name[p] != NULL)
        fprintf(file, " name=\"%s\"", f->name[p]);
    fprintf(file, " point=%d state=%d", p, f->state[p]);
    if (!isnan(E[f->state[p]]))
        fprintf(file, " energy=%.10f", E[f->state[p]] / DIA_EV);
    if (known(E, f->nstate))
        write_list(file, "energies", f->nstate, E, DIA_EV, "%.10f");
    fputs(" pbc=\"F F F\"\n", file);
    for (int a = 0; a < f->natom; a++) {
        const double *x = f->R + first + 3 * (size_t)a, *g = forces ? f->gradient + first + 3 * (size_t)a : NULL;
        fprintf(file, "%-2s %18.12f %18.12f %18.12f", dia_element_symbol(f->numbers[a]), x[0] / DIA_ANGSTROM,
                x[1] / DIA_ANGSTROM, x[2] / DIA_ANGSTROM);
        if (forces)
            fprintf(file, " %18.12f %18.12f %18.12f", -g[0] / force, -g[1] / force, -g[2] / force);
        fputc('\n', file);
    }
}

static dia_status frames(const dia_convert_frames *f, const dia_convert_job *job, dia_error *error)
{
    dia_output text;
    dia_status status = dia_output_open(&text, job->out, error);
    if (status != DIA_OK)
        return status;
    for (int p = 0; p < f->nframe; p++)
        write_geometry(text.stream, f, p);
    status = dia_output_close(&text, status, error);
    if (status == DIA_OK)
        dia_convert_count(job, job->out, f->nframe);
    return status;
}

const dia_convert_format dia_convert_format_extxyz = {.name = "extxyz",
                                                      .suffixes = ".xyz .extxyz",
                                                      .summary = "extended XYZ, for ASE, OVITO, VMD, Jmol",
                                                      .atoms = true,
                                                      .swarm = swarm,
                                                      .frames = frames,
                                                      .recognise = dia_extxyz_recognise,
                                                      .read = dia_extxyz_read,
                                                      .units = {{"Angstrom", "eV", "eV/Angstrom", NULL, "e Angstrom"}}};
