/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo sample INPUT`: the initial conditions of a swarm. */
#include <math.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "diabolo/run.h"

/* "kinetic   mean   deviation" of numbers x[0], x[stride], ..., less `origin`, in eV. */
static void print_statistics(const char *name, const dia_samples *s, const double *x, int stride, double origin)
{
    double sum = 0.0, square = 0.0;
    for (int i = 0; i < s->n; i++)
        sum += (x[(size_t)i * (size_t)stride] - origin) / s->n;
    for (int i = 0; i < s->n; i++) {
        const double d = x[(size_t)i * (size_t)stride] - origin - sum;
        square += d * d;
    }
    printf("  %-16s %14.6f %14.6f\n", name, sum / DIA_EV, s->n > 1 ? sqrt(square / (s->n - 1)) / DIA_EV : 0.0);
}

static void print_modes(const dia_samples *s)
{
    const bool saddle = s->nmode > 0 && s->frequency[0] < -DIA_WAVENUMBER; /* below 1 cm^-1 a mode is flat */
    const char *point = saddle ? "saddle point" : "minimum";
    if (s->stated)
        printf("# stated oscillators\n");
    else if (s->diabat >= 0)
        printf("# %s of diabatic state %d: %.10f hartree\n", point, s->diabat, s->minimum_energy);
    else
        printf("# %s of the lowest state: %.10f hartree\n", point, s->minimum_energy);
    printf("# %4s %14s %10s %12s\n", "mode", "cm^-1", "eV", "sigma(Q)");
    for (int m = 0; m < s->nmode; m++) {
        const double w = s->frequency[m];
        printf("  %4d %13.4f%s %10.6f %12.6f\n", m, fabs(w) / DIA_WAVENUMBER, w < 0.0 ? "i" : " ", fabs(w) / DIA_EV,
               s->deviation[m]);
    }
    printf("zero-point energy             %12.6f eV\n", s->zero_point / DIA_EV);
    printf("harmonic energy at %8.2f K %12.6f eV\n", s->temperature / DIA_KELVIN, s->harmonic / DIA_EV);
}

/* Potentials count from the minimum of the lowest state where that is known. */
static void print_energies(const dia_samples *s)
{
    printf("# %d samples, start in", s->n);
    for (int k = 0, told = 0; k < s->nstate; k++) {
        int count = 0;
        for (int i = 0; i < s->n; i++)
            count += s->state[i] == k;
        if (count > 0)
            printf(told++ > 0 ? ", S%d (%d)" : " S%d (%d)", k, count);
    }
    printf("%s; energies in eV\n# %-16s %14s %14s\n", s->amplitudes != NULL ? " with amplitudes of their own" : "", "",
           "mean", "deviation");
    print_statistics("kinetic", s, s->kinetic, 1, 0.0);
    for (int k = 0; k < s->nstate; k++) {
        char name[40];
        snprintf(name, sizeof name, "potential of S%d", k);
        print_statistics(name, s, s->energies + k, s->nstate, s->minimum_energy);
    }
    for (int k = 0; s->strengths != NULL && k < s->nstate; k++) {
        double sum = 0.0;
        for (int i = 0; i < s->n; i++)
            sum += s->strengths[(size_t)i * (size_t)s->nstate + (size_t)k] / s->n;
        if (sum != 0.0 && !isnan(sum))
            printf("  oscillator strength of the transition to S%d: mean %.5f\n", k, sum);
    }
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
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT};
    dia_cli cli;
    dia_cli_talk talk;
    dia_samples *samples = NULL;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    const dia_input input = dia_cli_input(&cli, cli.args[0]);
    const dia_control control = dia_cli_control(&cli, &talk);
    dia_status status = dia_sample(&input, &control, &samples, &error);
    if (status == DIA_OK && samples->nmode > 0)
        print_modes(samples);
    if (status == DIA_OK)
        print_energies(samples);
    dia_samples_free(samples);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_sample = {
    .name = "sample", .summary = "Initial conditions: minimum, normal modes, Wigner samples", .run = run};
