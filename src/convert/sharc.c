/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output.lis and output.xyz in SHARC's fixed columns (SHARC manual, "Output files"; https://sharc-md.org), one folder
 * (TRAJ_00017) per trajectory. States count from 1; without spin-orbit coupling the diagonal and the MCH representation
 * are the same. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/output.h"
#include "convert/convert.h"
#include "convert/sharc_read.h"

typedef struct sharc {
    const dia_convert_job *job;
    dia_convert_trajectory t;
    double zero;      /* hartree: energies are relative to it */
    int64_t next_hop; /* row of /hops not written yet         */
} sharc;

/* The lowest energy of S0 that any trajectory starts with, whichever are chosen: absolute energies would not fit the
 * columns. */
static dia_status find_zero(sharc *s, dia_error *error)
{
    const dia_swarm *swarm = s->job->swarm;
    const size_t row = dia_swarm_row_size(swarm, "trajectories/energies");
    const int64_t most = dia_swarm_slab(swarm, row);
    double *energies = malloc(((size_t)most * row + 1) * sizeof *energies);
    dia_status status =
        energies != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for energies", swarm->path);
    s->zero = INFINITY;
    for (int64_t j = 0; status == DIA_OK && j < swarm->N; j += most) {
        const int64_t count = swarm->N - j < most ? swarm->N - j : most;
        status = dia_swarm_rows(swarm, "trajectories/energies", j, count, energies, error);
        for (int64_t i = 0; status == DIA_OK && i < count; i++)
            s->zero = fmin(s->zero, energies[(size_t)i * row]); /* passes over NaN */
    }
    free(energies);
    if (status == DIA_OK && !isfinite(s->zero))
        return dia_error_set(error, DIA_ERROR_FILE, "%s: no trajectory starts with a finite energy", swarm->path);
    return status;
}

/* |sum_a m_a (r_a - r_cm) x v_a|, hbar. */
static double angular_momentum(const dia_swarm *swarm, const double *R, const double *V)
{
    double mass = 0.0, centre[3] = {0.0}, J[3] = {0.0};
    for (int a = 0; a < swarm->natom; a++) {
        mass += swarm->masses[a];
        for (int i = 0; i < 3; i++)
            centre[i] += swarm->masses[a] * R[3 * a + i];
    }
    for (int a = 0; a < swarm->natom; a++)
        for (int i = 0; i < 3; i++) {
            const int j = (i + 1) % 3, k = (i + 2) % 3;
            J[i] += swarm->masses[a] * ((R[3 * a + j] - centre[j] / mass) * V[3 * a + k] -
                                        (R[3 * a + k] - centre[k] / mass) * V[3 * a + j]);
        }
    return sqrt(J[0] * J[0] + J[1] * J[1] + J[2] * J[2]);
}

static void write_header(FILE *file, const sharc *s)
{
    static const char line[] =
        "====================================================================================="
        "==========================================================================================";
    fprintf(file, "#%s\n", line);
    fprintf(file, "#%11s %14s %15s %44s %14s %14s %14s %29s %12s\n", "Step |", "Time |", "State |", "Energy |",
            "Angular |", "Gradient |", "Density |", "Expectation Value |", "Runtime |");
    fprintf(file, "#%11s %14s %7s %7s %14s %14s %14s %14s %14s %14s %14s %14s %12s\n", "|", "|", "diag |", "MCH |",
            "kin |", "pot |", "tot |", "Momentum |", "RMS |", "Total |", "DM |", "S |", "|");
    fprintf(file, "#%11s %14s %7s %7s %14s %14s %14s %14s %14s %14s %14s %14s %12s\n", "|", "[fs] |", "|", "|",
            "[eV] |", "[eV] |", "[eV] |", "[hbar] |", "[eV/Ang] |", "|", "[Debye] |", "|", "[sec] |");
    fprintf(file, "#%s\n", line);
    fprintf(file, "# Written by diabolo %s, trajectory %lld; zero of energy %.10f hartree; not known: NaN\n",
            dia_version(), (long long)s->t.number, s->zero);
}

/* Hops since the previous sample are written before the sample's line. */
static void write_hops(FILE *file, sharc *s, double until)
{
    const dia_swarm_hops *hops = &s->job->swarm->hops;
    for (;
         s->next_hop < hops->count && hops->trajectory[s->next_hop] == s->t.number && hops->time[s->next_hop] <= until;
         s->next_hop++) {
        if (hops->accepted[s->next_hop])
            fprintf(file, "# Surface Hop/Pointer State Switch: new state= %4d old state= %4d randnum= %12s\n",
                    hops->to[s->next_hop] + 1, hops->from[s->next_hop] + 1, "NaN");
        else
            fprintf(file, "# Jump frustrated.\n");
    }
}

/* Format (1X,I9,3X,F12.5,3X,2(I5,3X),8(F12.6,3X),I10). */
static void write_line(FILE *file, sharc *s, int64_t k)
{
    const dia_swarm *swarm = s->job->swarm;
    const dia_convert_trajectory *t = &s->t;
    const size_t first = (size_t)k * (size_t)swarm->natom * 3;
    const double kinetic = t->kinetic[k] / DIA_EV, potential = (t->potential[k] - s->zero) / DIA_EV;
    const int state = (int)t->active[k] + 1;
    double norm = 0.0;
    for (int i = 0; i < swarm->nstate; i++)
        norm += t->population[k * swarm->nstate + i];
    write_hops(file, s, t->time[k] + 0.01 * swarm->timestep);
    fprintf(file,
            " %9lld   %12.5f   %5d   %5d   %12.6f   %12.6f   %12.6f   %12.6f   %12s   %12.6f   %12s   %12.6f   %10d\n",
            (long long)llround(t->time[k] / swarm->timestep), t->time[k], state, state, kinetic, potential,
            kinetic + potential, angular_momentum(swarm, t->position + first, t->velocity + first), "NaN", norm, "NaN",
            0.0, 0);
}

static void write_lis(FILE *file, sharc *s)
{
    write_header(file, s);
    for (int64_t k = 0; k < s->t.count; k++)
        write_line(file, s, k);
}

/* Formats I12; (A5,1X,F14.5,1X,I4,1X,I4); (A2,3(1X,F16.9)), Angstrom. */
static void write_xyz(FILE *file, sharc *s)
{
    const dia_swarm *swarm = s->job->swarm;
    const dia_convert_trajectory *t = &s->t;
    for (int64_t k = 0; k < t->count; k++) {
        const int state = (int)t->active[k] + 1;
        fprintf(file, "%12d\n  t=  %14.5f %4d %4d\n", swarm->natom, t->time[k], state, state);
        for (int a = 0; a < swarm->natom; a++) {
            const double *x = t->position + ((size_t)k * (size_t)swarm->natom + (size_t)a) * 3;
            fprintf(file, "%-2s %16.9f %16.9f %16.9f\n", dia_element_symbol(swarm->numbers[a]), x[0] / DIA_ANGSTROM,
                    x[1] / DIA_ANGSTROM, x[2] / DIA_ANGSTROM);
        }
    }
}

static dia_status make_folder(const char *path, dia_error *error)
{
    struct stat about;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode)))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_FILE, "%s: this folder cannot be made: %s", path, strerror(errno));
}

/* OUT/TRAJ_00017/NAME; name NULL: the folder. */
static dia_status path_of(const dia_convert_job *job, int64_t number, const char *name, size_t size, char *path,
                          dia_error *error)
{
    const int length = snprintf(path, size, "%s/TRAJ_%05lld%s%s", job->out, (long long)number, name != NULL ? "/" : "",
                                name != NULL ? name : "");
    if (length < 0 || (size_t)length >= size)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: the path is too long", job->out);
    return DIA_OK;
}

static dia_status write_file(sharc *s, const char *name, void (*write)(FILE *file, sharc *s), int64_t frames,
                             dia_error *error)
{
    char path[4096];
    dia_output text;
    dia_status status = path_of(s->job, s->t.number, name, sizeof path, path, error);
    if (status == DIA_OK)
        status = dia_output_open(&text, path, error);
    if (status != DIA_OK)
        return status;
    write(text.stream, s);
    status = dia_output_close(&text, DIA_OK, error);
    if (status == DIA_OK)
        dia_convert_count(s->job, path, frames);
    return status;
}

static dia_status write_trajectory(sharc *s, int64_t i, dia_error *error)
{
    char folder[4096];
    const dia_swarm_hops *hops = &s->job->swarm->hops;
    dia_status status = dia_convert_trajectory_read(&s->t, s->job, i, false, error);
    while (s->next_hop < hops->count && hops->trajectory[s->next_hop] < s->t.number)
        s->next_hop++;
    if (status == DIA_OK)
        status = path_of(s->job, s->t.number, NULL, sizeof folder, folder, error);
    if (status == DIA_OK)
        status = make_folder(folder, error);
    if (status == DIA_OK)
        status = write_file(s, "output.lis", write_lis, s->t.count, error);
    return status == DIA_OK ? write_file(s, "output.xyz", write_xyz, 0, error) : status;
}

/* The folder may exist; the trajectories to be written must not, unless they may be replaced. */
static dia_status check(const dia_convert_job *job, dia_error *error)
{
    char path[4096];
    struct stat about;
    if (job->split)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: sharc makes a folder with one folder per trajectory in it: leave {trajectory} out",
                             job->out);
    if (stat(job->out, &about) == 0 && !S_ISDIR(about.st_mode))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: is there already and is no folder; choose another name",
                             job->out);
    for (int64_t i = 0; i < job->nrow; i++) {
        dia_status status = path_of(job, job->swarm->number[job->row[i]], NULL, sizeof path, path, error);
        if (status != DIA_OK)
            return status;
        if (!job->options->replace && stat(path, &about) == 0)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: is there already; --force replaces what is in it", path);
    }
    return DIA_OK;
}

static dia_status swarm(const dia_convert_job *job, dia_error *error)
{
    sharc s = {.job = job};
    dia_status status = check(job, error);
    if (status == DIA_OK)
        status = dia_convert_trajectory_init(&s.t, job, error);
    if (status == DIA_OK)
        status = find_zero(&s, error);
    if (status == DIA_OK)
        status = make_folder(job->out, error);
    for (int64_t i = 0; status == DIA_OK && i < job->nrow; i++)
        status = write_trajectory(&s, i, error);
    dia_convert_trajectory_free(&s.t);
    return status;
}

const dia_convert_format dia_convert_format_sharc = {
    .name = "sharc",
    .suffixes = "",
    .summary = "output.lis and output.xyz in SHARC's columns, one folder per trajectory",
    .atoms = true,
    .folder = true,
    .swarm = swarm,
    .recognise = dia_sharc_recognise,
    .read = dia_sharc_read,
    .units = {{NULL, "hartree", "hartree/bohr", "1/bohr", "e bohr"}}};
