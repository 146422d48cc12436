/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of SHARC (https://sharc-md.org, manual: file formats): QM.out of an interface, with the geometry in QM.in beside it, and output.dat
 * of a trajectory (initconds.excited: sharc_conditions.c). Both are made of blocks behind lines "! NUMBER TEXT". Hartree, hartree/bohr, 1/bohr; NACdr is d_ij = <i|d/dR j>; the
 * geometry of output.dat is in bohr, that of QM.in in the unit it names. States are listed for each multiplicity, for each M_S: the
 * first M_S of one multiplicity is read. Spin-orbit elements are not taken. */
#include "convert/sharc_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "convert/point.h"
#include "molecule/lines.h"

enum { PATH = 4096, MULTIPLETS = 20, MOST_STATES = 1000 };

typedef struct reader {
    dia_import *import;
    dia_lines lines;
    dia_error *error;
    int nmultiplet, multiplet[MULTIPLETS]; /* states of multiplicity 1, 2, ...   */
    int nexpanded;                         /* with all M_S                       */
    int first, count;                      /* of the states that are read, from 0 */
    double zero;                           /* energy that output.dat leaves out  */
    bool coupled;                          /* a spin-orbit element was seen      */
    dia_import_point point;
} reader;

#define wrong(r, ...) dia_lines_error(&(r)->lines, (r)->error, DIA_ERROR_INPUT, __VA_ARGS__)

/* ---- states ---------------------------------------------------------------------------------- */

/* The rest of a line "states 4 0 3". */
static dia_status read_multiplets(reader *r)
{
    const dia_status status = dia_lines_ints(&r->lines, "a number of states of each multiplicity", 0, MOST_STATES,
                                             MULTIPLETS, &r->nmultiplet, r->multiplet, r->error);
    r->nexpanded = 0;
    for (int k = 0; k < r->nmultiplet; k++)
        r->nexpanded += (k + 1) * r->multiplet[k];
    return status;
}

dia_status dia_sharc_choose(dia_import *import, const char *path, int nmultiplet, const int *multiplet, int *first,
                            int *count, dia_error *error)
{
    int m = import->options->multiplicity, others = 0;
    import->took |= DIA_TOOK_MULTIPLICITY;
    for (int k = 0; k < nmultiplet && m == 0; k++)
        m = multiplet[k] > 0 ? k + 1 : 0;
    if (m == 0 || m > nmultiplet || multiplet[m - 1] == 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: no states of multiplicity %d", path, m);
    *first = 0;
    for (int k = 0; k < nmultiplet; k++) {
        *first += k < m - 1 ? (k + 1) * multiplet[k] : 0;
        others += k != m - 1 ? multiplet[k] : 0;
    }
    *count = multiplet[m - 1];
    if (others > 0 && import->told++ == 0)
        fprintf(import->notes, "the %d states of multiplicity %d are taken, %d of others are not (--multiplicity)\n",
                *count, m, others);
    return *count <= DIA_IMPORT_STATES ? DIA_OK
                                       : dia_error_set(error, DIA_ERROR_INPUT, "%s: %d states; expected at most %d",
                                                       path, *count, DIA_IMPORT_STATES);
}

static dia_status choose_states(reader *r)
{
    return dia_sharc_choose(r->import, r->lines.path, r->nmultiplet, r->multiplet, &r->first, &r->count, r->error);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* n rows of n complex numbers: the energies are the diagonal, what is off it couples spins (or states, in a diabatic basis). */
static dia_status read_hamiltonian(reader *r)
{
    dia_status status = DIA_OK;
    for (int i = 0; i < r->nexpanded && status == DIA_OK; i++) {
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within the Hamiltonian");
        for (int j = 0; j < 2 * r->nexpanded && status == DIA_OK; j++) {
            double value;
            status = dia_lines_real(&r->lines, "an element of the Hamiltonian", &value, r->error);
            const bool diagonal = j == 2 * i;
            if (status == DIA_OK && diagonal && i >= r->first && i < r->first + r->count)
                r->point.energy[i - r->first] = value + r->zero;
            r->coupled = r->coupled || (status == DIA_OK && !diagonal && value != 0.0);
        }
        status = status == DIA_OK ? dia_lines_end(&r->lines, r->error) : status;
    }
    return status;
}

/* n rows of n complex numbers: component c of the dipoles; the imaginary parts are zero. A matrix of zeros was not computed. */
static dia_status read_dipoles(reader *r, int c)
{
    const int n = r->count;
    dia_status status = DIA_OK;
    for (int i = 0; i < r->nexpanded && status == DIA_OK; i++) {
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within the dipoles");
        for (int j = 0; j < 2 * r->nexpanded && status == DIA_OK; j++) {
            double value;
            const int bra = i - r->first, ket = j / 2 - r->first;
            status = dia_lines_real(&r->lines, "an element of the dipoles", &value, r->error);
            if (status == DIA_OK && j % 2 == 0 && bra >= 0 && bra < n && ket >= 0 && ket < n)
                r->point.dipole[(bra * n + ket) * 3 + c] = value;
        }
        status = status == DIA_OK ? dia_lines_end(&r->lines, r->error) : status;
    }
    return status;
}

/* Dipoles of zeros in all elements: a calculation without them. A file that was refused early has no room for them. */
static void drop_dipoles(reader *r)
{
    if (r->point.dipole != NULL)
        dia_import_drop_zeros(1, r->count * r->count * 3, r->point.dipole);
}

/* natom lines of three numbers; vector NULL: skipped. */
static dia_status read_vector(reader *r, double *vector)
{
    dia_status status = DIA_OK;
    for (int a = 0; a < r->point.natom && status == DIA_OK; a++) {
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within a vector of %d atoms", r->point.natom);
        for (int c = 0; c < 3 && status == DIA_OK; c++) {
            double value;
            status = dia_lines_real(&r->lines, "a component", &value, r->error);
            if (status == DIA_OK && vector != NULL)
                vector[3 * a + c] = value;
        }
        status = status == DIA_OK ? dia_lines_end(&r->lines, r->error) : status;
    }
    return status;
}

static double *gradient_of(reader *r, int state)
{
    return state >= r->first && state < r->first + r->count ? dia_import_point_gradient(&r->point, state - r->first)
                                                            : NULL;
}

/* d_ij of bra i and ket j; of the pair only the order i < j. */
static double *coupling_of(reader *r, int bra, int ket)
{
    const bool ours = bra >= r->first && ket > bra && ket < r->first + r->count;
    return ours ? dia_import_point_coupling(&r->point, bra - r->first, ket - r->first) : NULL;
}

/* The number and the text of "! 15 Gradients (MCH) State   1"; false: no such line. The text is what follows. */
static bool is_block(dia_lines *lines, int *number)
{
    const char *rest = dia_lines_rest(lines);
    if (rest[0] != '!')
        return false;
    dia_lines_token(lines);
    const char *word = dia_lines_token(lines);
    return word != NULL && dia_text_int(word, 0, 100, number, 0, NULL);
}

/* ---- QM.out ---------------------------------------------------------------------------------- */

/* QM.in: number of atoms, a comment, symbols and positions, then keywords. */
static dia_status read_qm_in(reader *r, const char *path)
{
    char unit[20] = "";
    int natom = 0;
    dia_status status = dia_lines_open(&r->lines, path, r->error);
    if (status == DIA_OK && dia_lines_next(&r->lines) == NULL)
        status = wrong(r, "expected the number of atoms");
    if (status == DIA_OK)
        status = dia_lines_int(&r->lines, "the number of atoms", 1, DIA_IMPORT_ATOMS, &natom, r->error);
    if (status == DIA_OK)
        status = dia_import_point_reset(&r->point, r->import, natom, r->count, r->error);
    dia_lines_next(&r->lines);
    for (int a = 0; a < natom && status == DIA_OK; a++) {
        double mass;
        if (dia_lines_next(&r->lines) == NULL)
            status = wrong(r, "expected %d atoms", natom);
        if (status == DIA_OK)
            status = dia_lines_element(&r->lines, &r->point.numbers[a], &mass, r->error);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(&r->lines, "a coordinate", &r->point.R[3 * a + c], r->error);
    }
    while (status == DIA_OK && dia_lines_next_filled(&r->lines) != NULL) {
        const char *word = dia_lines_token(&r->lines);
        if (word != NULL && strcasecmp(word, "unit") == 0 && (word = dia_lines_token(&r->lines)) != NULL)
            snprintf(unit, sizeof unit, "%.18s", word);
    }
    if (status == DIA_OK && unit[0] == '\0' && r->import->options->units.of[DIA_UNIT_LENGTH] == NULL)
        status = dia_error_set(r->error, DIA_ERROR_INPUT,
                               "%s: has no line `unit bohr` or `unit angstrom`: state it by --length-unit", path);
    if (status == DIA_OK)
        dia_import_state_unit(r->import, DIA_UNIT_LENGTH, unit[0] != '\0' ? unit : NULL);
    dia_lines_close(&r->lines);
    return status == DIA_OK ? dia_files_add(&r->import->files, path, r->error) : status;
}

/* "! 0 Basic information": lines of a keyword and numbers up to the next block. */
static dia_status read_basic(reader *r, const char *path)
{
    dia_status status = dia_lines_open(&r->lines, path, r->error);
    bool found = false;
    while (status == DIA_OK && !found && dia_lines_next_filled(&r->lines) != NULL) {
        const char *word = dia_lines_token(&r->lines);
        found = word != NULL && strcmp(word, "states") == 0;
    }
    if (status == DIA_OK && !found)
        status =
            dia_error_set(r->error, DIA_ERROR_INPUT,
                          "%s: no line `states` (block `! 0 Basic information`, written by SHARC 3 and later)", path);
    if (status == DIA_OK)
        status = read_multiplets(r);
    if (status == DIA_OK)
        status = choose_states(r);
    dia_lines_close(&r->lines);
    return status;
}

/* Each matrix or vector begins with a line of its extents, "24 24" or "42 3 ! ...". */
static dia_status read_extents(reader *r, int rows, int columns)
{
    int n;
    if (dia_lines_next_filled(&r->lines) == NULL)
        return wrong(r, "the file ends where the extents of a block should be");
    dia_status status = dia_lines_int(&r->lines, "the number of rows", rows, rows, &n, r->error);
    return status == DIA_OK ? dia_lines_int(&r->lines, "the number of columns", columns, columns, &n, r->error)
                            : status;
}

static dia_status read_qm_block(reader *r, int number)
{
    const int n = r->nexpanded, natom = r->point.natom;
    dia_status status = DIA_OK;
    if (number == 1) {
        status = read_extents(r, n, n);
        return status == DIA_OK ? read_hamiltonian(r) : status;
    }
    for (int c = 0; c < 3 && number == 2 && status == DIA_OK; c++) {
        status = read_extents(r, n, n);
        if (status == DIA_OK)
            status = read_dipoles(r, c);
    }
    for (int i = 0; i < n && number == 3 && status == DIA_OK; i++) {
        status = read_extents(r, natom, 3);
        if (status == DIA_OK)
            status = read_vector(r, gradient_of(r, i));
    }
    for (int i = 0; i < n * n && number == 5 && status == DIA_OK; i++) {
        status = read_extents(r, natom, 3);
        if (status == DIA_OK)
            status = read_vector(r, coupling_of(r, i / n, i % n));
    }
    return status;
}

static void say_coupled(reader *r)
{
    if (r->coupled && r->import->told_also++ == 0)
        fputs("spin-orbit elements of the Hamiltonian are not taken\n", r->import->notes);
}

static dia_status read_qm_out(dia_import *import, const char *path, dia_error *error)
{
    reader r = {.import = import, .error = error};
    char folder[PATH], input[PATH];
    int number;
    dia_import_where(import, "%.1000s", path);
    dia_import_folder(path, sizeof folder, folder);
    if (!dia_import_path(folder, "QM.in", sizeof input, input) || !dia_import_is_file(input))
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: its geometry is in QM.in, which must be in the same folder; there is none", path);
    dia_status status = read_basic(&r, path);
    if (status == DIA_OK)
        status = read_qm_in(&r, input);
    if (status == DIA_OK)
        status = dia_lines_open(&r.lines, path, error);
    while (status == DIA_OK && dia_lines_next_filled(&r.lines) != NULL)
        if (is_block(&r.lines, &number))
            status = read_qm_block(&r, number);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, path, error);
    drop_dipoles(&r);
    if (status == DIA_OK)
        status = dia_import_point_add(import, &r.point, NULL, error);
    if (status == DIA_OK)
        say_coupled(&r);
    dia_lines_close(&r.lines);
    dia_import_point_free(&r.point);
    return status;
}

/* ---- output.dat ------------------------------------------------------------------------------ */

static dia_status read_atoms(reader *r, int natom, int **numbers)
{
    dia_status status = DIA_OK;
    if (natom == 0 || *numbers != NULL)
        return wrong(r, natom == 0 ? "expected `natom` before the atomic numbers"
                                   : "second atomic numbers, expected one list");
    *numbers = calloc((size_t)natom, sizeof **numbers);
    if (*numbers == NULL)
        return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", r->lines.path);
    for (int a = 0; a < natom && status == DIA_OK; a++) {
        double z = 0.0;
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within the atomic numbers");
        status = dia_lines_real(&r->lines, "an atomic number", &z, r->error);
        if (status == DIA_OK)
            status = dia_lines_end(&r->lines, r->error);
        (*numbers)[a] = z >= 1.0 && z < 200.0 && z == floor(z) ? (int)z : -1;
    }
    return status;
}

/* "! Elements": one symbol a line, which must be those of the numbers. */
static dia_status check_elements(reader *r, int natom, const int *numbers)
{
    dia_status status = DIA_OK;
    for (int a = 0; a < natom && numbers != NULL && status == DIA_OK; a++) {
        int number = 0;
        double mass;
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within the elements");
        status = dia_lines_element(&r->lines, &number, &mass, r->error);
        if (status == DIA_OK && number != numbers[a])
            status = wrong(r, "atom %d is the element %d here, %d among the atomic numbers", a, number, numbers[a]);
    }
    return status;
}

/* A line of the settings: `nstates_m 4 0 3`, `natom 6`, `ezero -329.5`, each once. *zero: was there an ezero? */
static dia_status read_setting(reader *r, int *natom, bool *zero)
{
    const char *word = dia_lines_token(&r->lines);
    const bool atoms = strcmp(word, "natom") == 0, states = strcmp(word, "nstates_m") == 0,
               energy = strcmp(word, "ezero") == 0;
    if ((atoms && *natom > 0) || (states && r->nmultiplet > 0) || (energy && *zero))
        return wrong(r, "a second `%s`, expected one", word);
    dia_status status = DIA_OK;
    if (states)
        return read_multiplets(r);
    if (atoms)
        status = dia_lines_int(&r->lines, "the number of atoms", 1, DIA_IMPORT_ATOMS, natom, r->error);
    else if (energy)
        status = dia_lines_real(&r->lines, "the reference energy", &r->zero, r->error);
    *zero = *zero || energy;
    return status == DIA_OK && (atoms || energy) ? dia_lines_end(&r->lines, r->error) : status;
}

/* The head: settings, then the atomic numbers, behind which no number comes, and the elements. */
static dia_status read_head(reader *r, int **numbers)
{
    int natom = 0;
    bool zero = false, behind = false;
    dia_status status = DIA_OK;
    *numbers = NULL;
    while (status == DIA_OK && dia_lines_next_filled(&r->lines) != NULL) {
        const char *line = dia_lines_rest(&r->lines) + strspn(dia_lines_rest(&r->lines), " \t");
        if (strstr(line, "End of header") != NULL)
            break;
        if (behind && strchr("!*", line[0]) == NULL)
            return wrong(r, "expected as many atomic numbers as `natom` says, %d, and then a line that begins with !",
                         natom);
        behind = strncmp(line, "! Atomic numbers", 16) == 0;
        if (behind)
            status = read_atoms(r, natom, numbers);
        else if (strncmp(line, "! Elements", 10) == 0)
            status = check_elements(r, natom, *numbers);
        else
            status = read_setting(r, &natom, &zero);
    }
    if (status == DIA_OK && (*numbers == NULL || r->nmultiplet == 0 || !zero))
        status = dia_error_set(
            r->error, DIA_ERROR_INPUT,
            "%s: expected natom, nstates_m, ezero and the atomic numbers at the head of an output.dat", r->lines.path);
    if (status == DIA_OK)
        status = choose_states(r);
    return status == DIA_OK ? dia_import_point_reset(&r->point, r->import, natom, r->count, r->error) : status;
}

/* A state or pair behind the text of a block: its last words. */
static bool last_numbers(dia_lines *lines, int n, int *value)
{
    const char *word;
    int found[3] = {0};
    while ((word = dia_lines_token(lines)) != NULL) {
        found[0] = found[1];
        if (!dia_text_int(word, 1, MOST_STATES, &found[1], 0, NULL))
            found[1] = 0;
    }
    value[0] = n == 1 ? found[1] : found[0];
    value[1] = found[1];
    return value[0] > 0 && value[1] > 0;
}

static dia_status read_step_block(reader *r, int number)
{
    int state[2];
    switch (number) {
    case 1:
        return read_hamiltonian(r);
    case 3: { /* "Dipole moments X (MCH) in a.u." */
        const char *name = strstr(dia_lines_rest(&r->lines), "moments ");
        const int c = name != NULL ? name[8] - 'X' : -1;
        return c >= 0 && c < 3 ? read_dipoles(r, c) : wrong(r, "expected X, Y or Z behind `Dipole moments`");
    }
    case 11:
        return read_vector(r, r->point.R);
    case 15:
        return last_numbers(&r->lines, 1, state) ? read_vector(r, gradient_of(r, state[0] - 1))
                                                 : wrong(r, "expected the number of a state at the end of this line");
    case 16:
        return last_numbers(&r->lines, 2, state) ? read_vector(r, coupling_of(r, state[0] - 1, state[1] - 1))
                                                 : wrong(r, "expected two states at the end of this line");
    default:
        return DIA_OK;
    }
}

static dia_status add_step(reader *r, const int *numbers, int step)
{
    memcpy(r->point.numbers, numbers, (size_t)r->point.natom * sizeof *numbers);
    dia_import_where(r->import, "%.1000s: step %d", r->lines.path, step);
    drop_dipoles(r);
    return dia_import_point_add(r->import, &r->point, r->lines.path, r->error);
}

static dia_status read_steps(reader *r, const int *numbers)
{
    int number, step = -1;
    dia_status status = DIA_OK;
    while (status == DIA_OK && dia_lines_next_filled(&r->lines) != NULL) {
        if (!is_block(&r->lines, &number))
            continue;
        if (number == 0 && step >= 0)
            status = add_step(r, numbers, step);
        if (number == 0) {
            step++;
            if (status == DIA_OK)
                status = dia_import_point_reset(&r->point, r->import, r->point.natom, r->count, r->error);
            for (int i = 0; i < 3 * r->point.natom; i++)
                r->point.R[i] = NAN; /* a step without a geometry is refused */
        } else if (status == DIA_OK) {
            status = read_step_block(r, number);
        }
    }
    return status == DIA_OK && step >= 0 ? add_step(r, numbers, step) : status;
}

static dia_status read_output(dia_import *import, const char *path, dia_error *error)
{
    reader r = {.import = import, .error = error};
    int *numbers = NULL;
    dia_import_where(import, "%.1000s", path);
    dia_import_state_unit(import, DIA_UNIT_LENGTH, "bohr");
    dia_status status = dia_lines_open(&r.lines, path, error);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, path, error);
    if (status == DIA_OK)
        status = read_head(&r, &numbers);
    if (status == DIA_OK)
        status = read_steps(&r, numbers);
    if (status == DIA_OK)
        say_coupled(&r);
    free(numbers);
    dia_lines_close(&r.lines);
    dia_import_point_free(&r.point);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool is_qm_out(const char *path)
{
    char head[40];
    return dia_import_head(path, sizeof head, head) > 10 && strncmp(head, "! 0 Basic", 9) == 0;
}

static bool is_output(const char *path)
{
    char head[40];
    return dia_import_head(path, sizeof head, head) > 10 && strncmp(head + strspn(head, " "), "SHARC_version", 13) == 0;
}

bool dia_sharc_recognise(const char *path)
{
    return is_qm_out(path) || is_output(path) || dia_sharc_is_conditions(path) || dia_import_ends(path, "QM.out") ||
           dia_import_ends(path, "output.dat") || dia_import_holds(path, "QM.out") ||
           dia_import_holds(path, "output.dat");
}

dia_status dia_sharc_read(dia_import *import, dia_error *error)
{
    int outputs = 0, results = 0;
    if (dia_sharc_is_conditions(import->path))
        return dia_sharc_read_conditions(import, import->path, error);
    if (dia_import_is_file(import->path))
        return is_output(import->path) || dia_import_ends(import->path, "output.dat")
                   ? read_output(import, import->path, error)
                   : read_qm_out(import, import->path, error);
    dia_status status = dia_import_each(import, import->path, "output.dat", read_output, &outputs, error);
    if (status == DIA_OK && outputs == 0) /* trajectories have a QM.out of their last step below them */
        status = dia_import_each(import, import->path, "QM.out", read_qm_out, &results, error);
    return status == DIA_OK && outputs + results == 0
               ? dia_error_set(error, DIA_ERROR_INPUT, "%s: neither QM.out nor output.dat in this folder or below it",
                               import->path)
               : status;
}
