/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates of memory and disk space before a flight begins. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/control.h"
#include "base/machine.h"
#include "dynamics/save.h"
#include "swarm/plan.h"

/* Files above this size, in bytes, are mentioned. */
static const double LARGE = 10e9;

typedef struct needs {         /* bytes, without hops, whose number is not known yet       */
    double file, journal;      /* upper limits: single precision is compressed in the file */
    double memory_N, memory_T; /* that grow with trajectories, and with samples            */
} needs;

/* Bytes of the last state of a trajectory, which the journal holds, and the file if it can be extended. */
static double state_bytes(const dia_flight *flight)
{
    dia_block *like = NULL;
    dia_error ignored = {0};
    const bool made = dia_block_create(&like, flight->model, flight->dynamics, 1, &ignored) == DIA_OK;
    const double bytes = made ? (double)dia_block_state_width(like) * sizeof(double) : 0.0;
    dia_block_free(like);
    dia_error_clear(&ignored);
    return bytes;
}

/* For N trajectories; `initial`: number of initial conditions. */
static needs estimate(const dia_flight *flight, int64_t initial, int64_t N)
{
    const dia_shape shape = dia_model_shape(flight->model);
    const double T = (double)dia_flight_samples(flight), n = shape.nstate, ncart = shape.ncart, number = 8.0;
    dia_layout record;
    dia_flight_layout(flight, &record);
    /* A row of the file is a row of the journal without the two populations, of which only averages are written. */
    const double row = (double)record.size - 2.0 * n * number, conditions = (2.0 * ncart + 2.0 * n + 3.0) * number,
                 state = state_bytes(flight);
    return (needs){
        .file = (double)N * (T * row + conditions + (flight->extendable ? state : 0.0)) + T * (1.0 + 6.0 * n) * number,
        .journal = (double)N * (T * (double)record.size + conditions + state),
        /* Initial conditions, and some ten numbers of each trajectory. */
        .memory_N = (double)initial * conditions + (double)N * 10.0 * number,
        /* A swarm that is read holds times and populations; a flight holds less. */
        .memory_T = T * (6.0 * n + 2.0) * number,
    };
}

/* Names the key that makes it so large. */
static void blame(const dia_flight *flight, int64_t N, bool samples, size_t size, char *text)
{
    if (samples)
        snprintf(text, size, "%lld samples of each trajectory (output.every: %.6g fs) make it so large: write fewer",
                 (long long)dia_flight_samples(flight),
                 (double)flight->every * flight->dynamics->timestep / DIA_FEMTOSECOND);
    else
        snprintf(text, size, "%lld trajectories (initial.trajectories) make it so large: fly fewer, or in parts",
                 (long long)N);
}

dia_status dia_run_plan_fits_samples(const dia_run_plan *plan, dia_error *error)
{
    const dia_shape shape = dia_model_shape(plan->model);
    const double N = plan->initial_settings.trajectories, memory = dia_machine_memory(),
                 need = N * (2.0 * shape.ncart + 3.0 + 3.0 * shape.nstate) * sizeof(double);
    char much[40], there[40];
    if (need < memory)
        return DIA_OK;
    dia_bytes_text(need, sizeof much, much);
    dia_bytes_text(memory, sizeof there, there);
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "these samples need %s of memory, there are %s; initial.trajectories, %d, makes it so large",
                         much, there, plan->initial_settings.trajectories);
}

static dia_status fits_memory(const dia_flight *flight, int64_t initial, int64_t N, dia_error *error)
{
    const needs need = estimate(flight, initial, N);
    const double memory = dia_machine_memory();
    char much[40], there[40], file[40], why[200];
    if (need.memory_N + need.memory_T < memory)
        return DIA_OK;
    dia_bytes_text(need.memory_N + need.memory_T, sizeof much, much);
    dia_bytes_text(memory, sizeof there, there);
    dia_bytes_text(need.file, sizeof file, file);
    blame(flight, initial > N ? initial : N, need.memory_T > need.memory_N, sizeof why, why);
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "this flight needs %s of memory, there are %s (and its file would hold up to %s). %s", much,
                         there, file, why);
}

/* Size of the file; 0: it does not exist. */
static double file_bytes(const char *path, const char *suffix)
{
    char name[4200];
    struct stat about;
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &about) == 0 ? (double)about.st_size : 0.0;
}

dia_status dia_run_plan_fits_disk(const dia_run_plan *plan, int64_t N, const dia_control *control, dia_error *error)
{
    const dia_flight *flight = &plan->flight;
    const needs need = estimate(flight, N, N);
    const double room = dia_machine_disk(plan->path), there = file_bytes(plan->path, ".journal"),
                 more = need.journal > there ? need.journal - there : 0.0;
    char file[40], notes[40], free[40], why[200];
    dia_bytes_text(need.file, sizeof file, file);
    dia_bytes_text(need.journal, sizeof notes, notes);
    dia_bytes_text(room, sizeof free, free);
    blame(flight, N, dia_flight_samples(flight) > N, sizeof why, why);
    const char *thin = flight->full ? ", or set output.trajectories: false, and geometries are left out" : "";
    /* The file is written while the journal still exists. The file is compressed, the journal is not. */
    if (more >= room)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: the swarm file would hold up to %s and its journal %s, there are %s free on that "
                             "disk. %s%s",
                             plan->path, file, notes, free, why, thin);
    if (more + need.file >= room)
        dia_control_warn(control,
                         "%s: the swarm file will hold up to %s and its journal, until the end, %s; there are %s free "
                         "on that disk, which may be too few. %s%s",
                         plan->path, file, notes, free, why, thin);
    else if (need.file > LARGE)
        dia_control_note(control, "the swarm file will hold up to %s and its journal, until the end, %s", file, notes);
    return DIA_OK;
}

dia_status dia_run_plan_fits(const dia_run_plan *plan, int64_t N, dia_error *error)
{
    const int64_t asked = plan->initial_settings.trajectories; /* 0: all frames of a file, which are not so many */
    dia_status status = fits_memory(&plan->flight, asked, N, error);
    /* A file that is there may be this swarm itself: then nothing is written. It is not if it cannot hold the initial
     * conditions, which are not compressed. */
    const double least = (double)N * 2.0 * dia_model_shape(plan->model).ncart * sizeof(double);
    const bool done = file_bytes(plan->path, "") > least;
    return status == DIA_OK && !done ? dia_run_plan_fits_disk(plan, N, NULL, error) : status;
}
