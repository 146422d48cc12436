/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/convert.h"
#include "molecule/initconds.h"

/* Bytes as the files of a folder: behind a line "=== NAME" those of the file NAME. Bytes without such a line are one file. */
static const char *const names[] = {"set.xyz",
                                    "set.npz",
                                    "set.json",
                                    "set.db",
                                    "geom.all",
                                    "energy.all",
                                    "QM.in",
                                    "QM.out",
                                    "output.dat",
                                    "ENERGY.out",
                                    "FORCE_0.out",
                                    "NACME_0_1.out",
                                    "in.json",
                                    "molcas.out",
                                    "nx.log",
                                    "dyn.xyz",
                                    "final_output",
                                    "initconds",
                                    "cartgrd.drt1.state1.all"};
enum { NAMES = sizeof names / sizeof names[0] };
static bool written[NAMES];
static char folder[64];

static const char *path_of(int k)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, names[k]);
    return path;
}

static void write_file(int k, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path_of(k), "wb");
    if (file == NULL)
        abort();
    fwrite(bytes, 1, size, file);
    fclose(file);
    written[k] = true;
}

/* The name behind "=== " at this place, or -1; *length: of the line. */
static int mark_at(const uint8_t *bytes, size_t size, size_t *length)
{
    for (int k = 0; k < NAMES; k++) {
        char line[64];
        *length = (size_t)snprintf(line, sizeof line, "=== %s\n", names[k]);
        if (size >= *length && memcmp(bytes, line, *length) == 0)
            return k;
    }
    return -1;
}

static void write_files(const uint8_t *bytes, size_t size)
{
    size_t length, begin = 0;
    int file = -1;
    for (size_t i = 0; i <= size; i++) {
        const int next = i < size && (i == 0 || bytes[i - 1] == '\n') ? mark_at(bytes + i, size - i, &length) : -1;
        if (next < 0 && i < size)
            continue;
        if (file >= 0)
            write_file(file, bytes + begin, i - begin);
        file = next;
        begin = next >= 0 ? i + length : i;
    }
}

/* What is rejected is explained; what is accepted is finite or NaN. */
static void read_as(const dia_convert_format *format, const char *path)
{
    const dia_import_options options = {.units = {{"bohr", "hartree", "hartree/bohr", "1/bohr"}}};
    dia_import import;
    dia_error error = {0}, ignored = {0};
    if (dia_import_begin(&import, &options, &error) != DIA_OK)
        abort();
    import.format = format->name;
    import.path = path;
    import.units = format->units;
    dia_status status = format->read(&import, &error);
    if (status != DIA_OK && (error.status == DIA_OK || error.text[0] == '\0'))
        abort();
    for (int i = 0; i < import.npoint * 3 * import.natom; i++)
        if (!isfinite(import.R[i]))
            abort();
    for (int i = 0; i < import.npoint * import.nstate; i++)
        if (isinf(import.energy[i]))
            abort();
    if (dia_import_end(&import, DIA_ERROR_INPUT, NULL, &ignored) == DIA_OK)
        abort();
}

static void read_conditions(const char *path)
{
    dia_xyz xyz;
    dia_error error = {0};
    dia_status status = dia_initconds_read(&xyz, NULL, path, &error);
    if (status != DIA_OK && error.text[0] == '\0')
        abort();
    for (int i = 0; status == DIA_OK && i < xyz.nframe * xyz.molecule.ncart; i++)
        if (!isfinite(xyz.R[i]) || !isfinite(xyz.V[i]))
            abort();
    dia_xyz_free(&xyz);
}

/* All readers that take the path. */
static void read_path(const char *path)
{
    for (int f = 0; dia_convert_formats[f] != NULL; f++)
        if (dia_convert_formats[f]->read != NULL && dia_convert_formats[f]->recognise(path))
            read_as(dia_convert_formats[f], path);
    if (dia_initconds_recognise(path))
        read_conditions(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int count = 0;
    if (folder[0] == '\0')
        snprintf(folder, sizeof folder, "fuzz_import_%ld", (long)getpid());
    mkdir(folder, 0777);
    write_files(bytes, size);
    for (int k = 0; k < NAMES; k++)
        if (written[k]) {
            char path[200];
            snprintf(path, sizeof path, "%s", path_of(k));
            read_path(path);
            count++;
        }
    if (count > 1)
        read_path(folder);
    for (int k = 0; k < NAMES; k++) {
        if (written[k])
            remove(path_of(k));
        written[k] = false;
    }
    rmdir(folder);
    return 0;
}
