/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "base/output.h"
#include "molecule/xyz_internal.h"

static bool isotopes(const dia_molecule *molecule)
{
    for (int a = 0; a < molecule->natom; a++)
        if (fabs(molecule->masses[a] / dia_element_mass(molecule->numbers[a]) - 1.0) > 1e-9)
            return true;
    return false;
}

static bool has_vectors(const dia_xyz_vectors *vectors, size_t first)
{
    return !isnan(vectors->values[first]);
}

static void write_comment(FILE *file, const dia_xyz *xyz, int f, size_t first, bool masses)
{
    fprintf(file, "Properties=species:S:1:pos:R:3%s%s", xyz->V != NULL ? ":velo:R:3" : "", masses ? ":masses:R:1" : "");
    for (int k = 0; k < xyz->nvectors; k++)
        if (has_vectors(&xyz->vectors[k], first))
            fprintf(file, ":%s:R:3", xyz->vectors[k].name);
    if (xyz->V != NULL)
        fprintf(file, " velocity_unit=Angstrom/fs");
    if (xyz->state != NULL && xyz->state[f] >= 0)
        fprintf(file, " state=%d", xyz->state[f]);
    if (xyz->weight != NULL)
        fprintf(file, " weight=%.17g", xyz->weight[f]);
    for (int i = 0; xyz->amplitudes != NULL && i < xyz->namplitude; i++)
        fprintf(file, "%s%.17g%s", i == 0 ? " amplitudes=\"" : " ", xyz->amplitudes[f * xyz->namplitude + i],
                i + 1 == xyz->namplitude ? "\"" : "");
    if (xyz->kind != NULL)
        fprintf(file, " diabolo=%s", xyz->kind);
    if (xyz->notes != NULL && xyz->notes[f] != NULL)
        fprintf(file, " %s", xyz->notes[f]);
    fprintf(file, " pbc=\"F F F\"\n");
}

static void write_frame(FILE *file, const dia_xyz *xyz, int f, bool masses)
{
    const dia_molecule *molecule = &xyz->molecule;
    size_t first = (size_t)f * (size_t)molecule->ncart;
    fprintf(file, "%d\n", molecule->natom);
    write_comment(file, xyz, f, first, masses);
    for (int a = 0; a < molecule->natom; a++) {
        const double *x = xyz->R + first + 3 * (size_t)a;
        fprintf(file, "%-2s %18.12f %18.12f %18.12f", dia_element_symbol(molecule->numbers[a]), x[0] / DIA_ANGSTROM,
                x[1] / DIA_ANGSTROM, x[2] / DIA_ANGSTROM);
        for (int i = 0; xyz->V != NULL && i < 3; i++)
            fprintf(file, " %20.15f", xyz->V[first + 3 * (size_t)a + (size_t)i] / DIA_XYZ_VELOCITY);
        if (masses)
            fprintf(file, " %.12g", molecule->masses[a] / DIA_DALTON);
        for (int k = 0; k < xyz->nvectors; k++)
            for (size_t i = 0; i < 3 && has_vectors(&xyz->vectors[k], first); i++)
                fprintf(file, " %18.12f", xyz->vectors[k].values[first + 3 * (size_t)a + i] / xyz->vectors[k].unit);
        fputc('\n', file);
    }
}

dia_status dia_xyz_write(const dia_xyz *xyz, const char *path, dia_error *error)
{
    dia_output output;
    dia_status status = dia_output_open(&output, path, error);
    if (status != DIA_OK)
        return status;
    const bool masses = isotopes(&xyz->molecule);
    for (int f = 0; f < xyz->nframe; f++)
        write_frame(output.stream, xyz, f, masses);
    return dia_output_close(&output, DIA_OK, error);
}
