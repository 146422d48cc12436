/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diabolo sample INPUT: the initial conditions of a swarm, to look at or to fly later. Reads the same input as `diabolo
 * run`, of which it uses `model` and `initial`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "diabolo/frame.h"
#include "dynamics/initial.h"
#include "model/front.h"
#include "molecule/wigner.h"
#include "molecule/xyz.h"

typedef struct sample_input {
    const dia_node *model, *initial, *dynamics, *output;
} sample_input;

static const dia_option sample_options[] = {
    DIA_NODE(sample_input, model, "as in run", .required = true),
    DIA_NODE(sample_input, initial, "as in run"),
    DIA_NODE(sample_input, dynamics, "not used"),
    DIA_NODE(sample_input, output, "not used"),
    {.key = NULL},
};

typedef struct sampling { /* everything the command owns */
    dia_config *config;
    dia_model *model;
    dia_initial_settings settings;
    dia_initial initial;
} sampling;

static dia_status read_input(sampling *s, const dia_cli *cli, dia_error *error)
{
    sample_input input = {0};
    dia_input file = dia_cli_input(cli, cli->args[0]);
    dia_status status = dia_config_open(&s->config, &file, NULL, error);
    if (status != DIA_OK)
        return status;
    dia_config_read(s->config, dia_config_root(s->config), "input", 1, (const dia_option *const[]){sample_options},
                    (void *const[]){&input});
    dia_config_read(s->config, input.initial, "initial", 1, (const dia_option *const[]){dia_initial_options},
                    (void *const[]){&s->settings});
    if (input.model != NULL)
        status = dia_model_open_node(&s->model, s->config, input.model, error);
    dia_status mistakes = dia_config_finish(s->config, error);
    return status != DIA_OK ? status : mistakes;
}

/* Mean and standard deviation of n numbers. */
static void statistics(int n, const double *x, double *mean, double *deviation)
{
    double sum = 0.0, square = 0.0;
    for (int i = 0; i < n; i++)
        sum += x[i] / n;
    for (int i = 0; i < n; i++)
        square += (x[i] - sum) * (x[i] - sum);
    *mean = sum;
    *deviation = n > 1 ? sqrt(square / (n - 1)) : 0.0;
}

static void print_modes(const sampling *s)
{
    const dia_initial *initial = &s->initial;
    const dia_modes *modes = &initial->modes;
    dia_wigner wigner = {.molecule = dia_model_molecule(s->model),
                         .minimum = initial->minimum,
                         .modes = modes,
                         .temperature = s->settings.temperature,
                         .lowest = s->settings.lowest_frequency};
    printf("# minimum of the lowest state: %.10f hartree\n", initial->minimum_energy);
    printf("# %4s %14s %10s %12s\n", "mode", "cm^-1", "eV", "sigma(Q)");
    for (int m = 0; m < modes->nmode; m++) {
        double w = modes->frequency[m], deviation = dia_wigner_deviation(&wigner, m);
        printf("  %4d %13.4f%s %10.6f %12.6f\n", m, fabs(w) / DIA_WAVENUMBER, w < 0.0 ? "i" : " ", fabs(w) / DIA_EV,
               deviation);
    }
    printf("zero-point energy             %12.6f eV\n",
           dia_modes_zero_point(modes, s->settings.lowest_frequency) / DIA_EV);
    printf("harmonic energy at %8.2f K %12.6f eV\n", s->settings.temperature / DIA_KELVIN,
           dia_wigner_energy(&wigner) / DIA_EV);
}

/* Kinetic energy, and potential energy of each state, over the samples. Potentials count from the minimum of the lowest
 * state where that is known. */
static dia_status print_energies(const sampling *s, dia_error *error)
{
    const dia_initial *initial = &s->initial;
    const dia_molecule *molecule = dia_model_molecule(s->model);
    dia_shape shape = dia_model_shape(s->model);
    int n = initial->n, rows = shape.nstate + 1;
    double *x = malloc((size_t)n * (size_t)rows * sizeof *x), *H = NULL; /* (rows, n): kinetic, then the states */
    dia_tape *tape = NULL;
    size_t states = (size_t)shape.nstate;
    dia_status status = dia_tape_create(&tape, s->model, 1, 0, error);
    H = malloc(((size_t)shape.npacked + states + states * states + dia_frame_work(shape.nstate)) * sizeof *H);
    if (status == DIA_OK && (x == NULL || H == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d energies", n);
    for (int i = 0; status == DIA_OK && i < n; i++) {
        const double *R = initial->R + (size_t)i * (size_t)shape.ncart,
                     *V = initial->V + (size_t)i * (size_t)shape.ncart;
        dia_frame frame = {.batch = 1, .nstate = shape.nstate, .H = H, .E = H + shape.npacked};
        frame.U = frame.E + shape.nstate;
        status = dia_model_hamiltonian(s->model, tape, 1, R, H);
        if (status == DIA_OK)
            status = dia_frame_solve(&frame, frame.U + states * states);
        x[i] = 0.0;
        for (int c = 0; c < shape.ncart; c++)
            x[i] += 0.5 * molecule->masses[c / molecule->dimension] * V[c] * V[c];
        for (int k = 0; k < shape.nstate; k++)
            x[(size_t)(k + 1) * (size_t)n + (size_t)i] = frame.E[k] - initial->minimum_energy;
    }
    if (status == DIA_OK)
        printf("# %d samples, start state %d; energies in eV\n# %-16s %14s %14s\n", n, s->settings.state, "", "mean",
               "deviation");
    for (int k = 0; status == DIA_OK && k < rows; k++) {
        char name[40];
        double mean, deviation;
        snprintf(name, sizeof name, k == 0 ? "kinetic" : "potential of S%d", k - 1);
        statistics(n, x + (size_t)k * (size_t)n, &mean, &deviation);
        printf("  %-16s %14.6f %14.6f\n", name, mean / DIA_EV, deviation / DIA_EV);
    }
    dia_tape_free(tape);
    free(H);
    free(x);
    return status;
}

static dia_status write_frames(const sampling *s, const char *path, dia_error *error)
{
    const dia_initial *initial = &s->initial;
    dia_xyz xyz = {.molecule = *dia_model_molecule(s->model), /* borrowed: not freed */
                   .nframe = initial->n,
                   .R = initial->R,
                   .V = initial->V,
                   .state = initial->state,
                   .weight = initial->weight};
    if (xyz.molecule.dimension != 3)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "--output: an XYZ file holds molecules in three dimensions, the model has coordinates of %d; "
            "leave --output out",
            xyz.molecule.dimension);
    return dia_xyz_write(&xyz, path, error);
}

static dia_status work(sampling *s, const dia_cli *cli, dia_error *error)
{
    dia_status status = read_input(s, cli, error);
    if (status == DIA_OK)
        status = dia_initial_make(&s->initial, s->model, &s->settings, error);
    if (status != DIA_OK)
        return status;
    if (s->initial.note[0] != '\0')
        dia_cli_warning("%s", s->initial.note);
    if (cli->output != NULL)
        status = write_frames(s, cli->output, error);
    if (status == DIA_OK && s->initial.modes.frequency != NULL)
        print_modes(s);
    if (status == DIA_OK)
        status = print_energies(s, error);
    if (status == DIA_OK && cli->output != NULL && !cli->quiet)
        fprintf(stderr, "wrote %s\n", cli->output);
    return status;
}

static int run(int argc, char **argv)
{
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary =
            "Make the initial conditions of a swarm: minimum of the lowest state, normal modes, samples. INPUT is that "
            "of `diabolo run`; of it `model` and `initial` are used. Prints frequencies, zero-point energy and "
            "the energies of the samples.",
        .details =
            "--output FILE.xyz writes the samples as extended XYZ (Angstrom; velocities `velo` in Angstrom/fs), which "
            "`initial: {sampling: file, file: FILE.xyz}` reads.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT};
    dia_cli cli;
    dia_error error = {0};
    sampling s = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_status status = work(&s, &cli, &error);
    dia_initial_free(&s.initial);
    dia_model_free(s.model);
    dia_config_free(s.config);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_sample = {
    .name = "sample", .summary = "Initial conditions: minimum, normal modes, Wigner samples", .run = run};
