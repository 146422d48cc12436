/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo exact`: quantum dynamics of nuclei and electrons together. */
#include <math.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "diabolo/exact.h"
#include "exact/plan.h"
#include "swarm/file/table.h"

enum { ROWS = 10 };

static void print_populations(const dia_exact_record *r)
{
    const int64_t rows = r->samples - 1 < ROWS ? r->samples - 1 : ROWS;
    const double *const kinds[] = {r->active, r->diabatic};
    if ((r->active == NULL && r->diabatic == NULL) || r->samples < 1)
        return;
    printf("%10s", "time/fs");
    for (int kind = 0; kind < 2; kind++)
        for (int k = 0; kinds[kind] != NULL && k < r->nstate; k++)
            printf(kind == 0 ? "       S%-3d" : "  diabat %-2d", k);
    printf("\n");
    for (int64_t i = 0; i <= rows; i++) {
        const int64_t s = rows > 0 ? i * (r->samples - 1) / rows : 0;
        printf("%10.2f", r->time[s]);
        for (int kind = 0; kind < 2; kind++)
            for (int k = 0; kinds[kind] != NULL && k < r->nstate; k++)
                printf("  %9.6f", kinds[kind][s * r->nstate + k]);
        printf("\n");
    }
    printf("\n");
}

/* Of the incoming channel: transmission to each state at the other end, reflection to each at this one. */
static void print_scattering(const dia_exact_record *r)
{
    const int64_t n = r->nstate, m = 2 * n;
    if (r->energies < 1 || r->scattering_momentum == NULL || r->scattering_matrix == NULL ||
        r->scattering_incoming == NULL || r->scattering_change == NULL || r->scattering_flux == NULL ||
        r->scattering_unitarity == NULL)
        return;
    printf("%12s%12s", "momentum", "energy/eV");
    for (int part = 0; part < 2; part++)
        for (int64_t k = 0; k < n; k++)
            printf("  %9s S%-2d", part == 0 ? "to" : "back", (int)k);
    printf("   change\n");
    double change = 0.0, flux = 0.0, unitarity = 0.0;
    for (int64_t i = 0; i < r->energies; i++) {
        const int64_t from = (int64_t)r->scattering_incoming[i];
        printf("%12.6f%12.6f", r->scattering_momentum[i * m + from], r->scattering_energy[i] / DIA_EV);
        for (int part = 0; part < 2; part++)
            for (int64_t k = 0; k < n; k++) {
                const double *S =
                    r->scattering_matrix + 2 * ((i * m + ((from < n) == (part == 0) ? n : 0) + k) * m + from);
                printf("  %13.10f", S[0] * S[0] + S[1] * S[1]);
            }
        printf("  %.1e\n", r->scattering_change[i]);
        change = fmax(change, r->scattering_change[i]);
        flux = fmax(flux, r->scattering_flux[i]);
        unitarity = fmax(unitarity, r->scattering_unitarity[i]);
    }
    printf("\nflux      conserved to %.2g, S unitary to %.2g\n", flux, unitarity);
    printf("converged to %.2g (largest change of a probability when the step was last halved)\n", change);
}

static void print_absorbed(const dia_exact_record *r)
{
    if (r->absorbed == NULL || r->samples < 1)
        return;
    const double *last = r->absorbed + (r->samples - 1) * 2 * r->ncart * r->nstate;
    for (int side = 0; side < 2 * r->ncart; side++) {
        double sum = 0.0;
        for (int k = 0; k < r->nstate; k++)
            sum += last[side * r->nstate + k];
        if (!(sum > 0.0))
            continue;
        printf("absorbed  at the %s end of coordinate %d:", side % 2 == 0 ? "lower" : "upper", side / 2);
        for (int k = 0; k < r->nstate; k++)
            printf("  S%d %.7f", k, last[side * r->nstate + k]);
        printf("\n");
    }
    if (r->norm != NULL)
        printf("left      %.3g inside\n", r->norm[r->samples - 1]);
}

/* As at the end of a flight. */
static dia_status print_outcomes(const dia_exact_record *r, dia_error *error)
{
    dia_outcome *outcomes;
    int count;
    const dia_status status = dia_exact_outcomes(r, &outcomes, &count, error);
    if (status != DIA_OK || count == 0)
        return status;
    dia_outcomes_write(outcomes, count, r->nstate, NULL, 0, stdout);
    printf("\n");
    free(outcomes);
    return DIA_OK;
}

static dia_status print(const dia_exact_result *result, dia_error *error)
{
    const dia_exact_record *r = result->record;
    printf("exact dynamics by the engine %s: %s\n\n", result->engine, result->settings);
    print_populations(r);
    print_scattering(r);
    const dia_status status = print_outcomes(r, error);
    print_absorbed(r);
    if (!isnan(result->norm_drift))
        printf("norm      changed by %.2g\n", result->norm_drift);
    if (!isnan(result->energy_drift))
        printf("energy    changed by %.3g meV\n", 1e3 / DIA_EV * result->energy_drift);
    if (r->dipole != NULL && r->energy != NULL)
        printf("light     changed the energy by %.6g eV\n", (r->energy[r->samples - 1] - r->energy[0]) / DIA_EV);
    for (int i = 0; i < result->changes; i++)
        printf("converged to %.2g (largest change of a population with %s)\n", result->change[i],
               result->change_what[i]);
    if (result->changes == 0 && r->energies == 0)
        printf("converged not tested\n");
    if (!result->complete)
        printf("time      %.3g s\n", result->seconds);
    printf("file      %s\n", result->path);
    return status;
}

static int run(int argc, char **argv)
{
    bool fresh = false;
    const dia_cli_flag flags[] = {{.name = "fresh", .help = "Replace the result of another input", .given = &fresh},
                                  {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary = "Solve the quantum problem of nuclei and electrons for the input of a swarm, and write populations, "
                   "mean values, autocorrelation and spectrum to an HDF5 file: the exact answer that a swarm is "
                   "compared with. For models of few coordinates.",
        .details = "`diabolo init exact` prints a commented input. Input and file are described in docs/exact.md.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_cli_talk talk;
    dia_error error = {0};
    dia_exact_result result = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    const dia_input input = dia_cli_input(&cli, cli.args[0]);
    const dia_control control = dia_cli_control(&cli, &talk);
    dia_status status = dia_exact(&input, fresh, &control, &result, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        status = print(&result, &error);
    dia_exact_close(&result);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind kinds[] = {
    {.name = "exact", .summary = "Input of `diabolo exact`: a wave packet", .fill = dia_exact_options}, {.name = NULL}};

const dia_command dia_command_exact = {
    .name = "exact", .summary = "Exact quantum dynamics of few coordinates", .run = run, .inputs = kinds};
