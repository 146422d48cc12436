/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outputs of OpenMolcas (https://www.molcas.org; the text that pymolcas prints): geometry of GATEWAY in bohr, energies of RASSCF, the slopes +dE/dR
 * (hartree/bohr) and the CI derivative couplings (hartree/bohr) that ALASKA prints after MCLR, which names the states. The CI part is h_ij
 * of the pair, not divided by the gap and without the part of the configuration state functions, which no matrix H gives: it sums to zero over the
 * atoms. "Total derivative coupling" is not taken. Roots count from 1.
 * Dipoles: of RASSI with MEIN between the states that went into it, e bohr, whose signs are those of the couplings; else what RASSCF prints of
 * each root, permanent ones in debye. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "convert/convert.h"
#include "convert/point.h"
#include "dataset/dipoles.h"
#include "molecule/lines.h"

typedef struct reader {
    dia_import *import;
    dia_lines lines;
    dia_error *error;
    int natom, nstate, room;
    int *numbers; /* (room), with R */
    double *R;    /* (room, 3) bohr */
    double energy[DIA_IMPORT_STATES];
    int state[2];                                           /* of the last MCLR; [1] 0: a gradient; [0] 0: none */
    bool open;                                              /* is there a geometry that waits to be added?      */
    int root;                                               /* whose properties RASSCF prints; 0: none          */
    int component, ncolumn, column[DIA_IMPORT_STATES];      /* of the matrix that RASSI prints; 0: none */
    double dipole[DIA_IMPORT_STATES][DIA_IMPORT_STATES][3]; /* e bohr                       */
    dia_import_point point;
} reader;

#define wrong(r, ...) dia_lines_error(&(r)->lines, (r)->error, DIA_ERROR_INPUT, __VA_ARGS__)

static bool is_output(const char *path)
{
    char head[4000];
    return dia_import_head(path, sizeof head, head) > 0 &&
           (strstr(head, "This run of MOLCAS") != NULL || strstr(head, "OPENMOLCAS") != NULL);
}

static dia_status stop_at_one(dia_import *import, const char *path, dia_error *error)
{
    (void)import;
    return is_output(path) ? dia_error_set(error, DIA_ERROR_INTERRUPTED, "one is enough") : DIA_OK;
}

/* An output, or a folder with outputs in files that end in .out. */
static bool recognise(const char *path)
{
    int count;
    dia_error found = {0};
    return is_output(path) || dia_import_each(NULL, path, "*.out", stop_at_one, &count, &found) != DIA_OK;
}

/* ---- parts of the output --------------------------------------------------------------------- */

static bool room(reader *r, int natom)
{
    if (natom <= r->room)
        return true;
    const int more = 2 * natom + 16;
    int *numbers = realloc(r->numbers, (size_t)more * sizeof *numbers);
    r->numbers = numbers != NULL ? numbers : r->numbers;
    double *R = realloc(r->R, (size_t)more * 3 * sizeof *R);
    r->R = R != NULL ? R : r->R;
    r->room = numbers != NULL && R != NULL ? more : r->room;
    return natom <= r->room;
}

/* Rows "1 C1 x y z (bohr) x y z (Angstrom)" behind the line "Center Label x y z ...". */
static dia_status read_geometry(reader *r)
{
    dia_status status = DIA_OK;
    r->natom = 0;
    for (char *line = dia_lines_next(&r->lines); line != NULL; line = dia_lines_next(&r->lines)) {
        int index;
        double mass;
        const char *word = dia_lines_token(&r->lines);
        if (word != NULL && strcmp(word, "Center") == 0)
            continue;
        if (word == NULL || !dia_text_int(word, 1, DIA_IMPORT_ATOMS, &index, 0, NULL)) {
            if (r->natom > 0)
                return DIA_OK;
            continue;
        }
        if (!room(r, r->natom + 1))
            return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", r->lines.path);
        status = dia_lines_element(&r->lines, &r->numbers[r->natom], &mass, r->error);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(&r->lines, "a coordinate", &r->R[3 * r->natom + c], r->error);
        if (status != DIA_OK)
            return status;
        r->natom++;
    }
    return r->natom > 0 ? DIA_OK : wrong(r, "the file ends where the geometry should be");
}

/* "::    RASSCF root number  1 Total energy:    -77.85518448" */
static dia_status read_energy(reader *r)
{
    int root;
    const char *word;
    while ((word = dia_lines_token(&r->lines)) != NULL && strcmp(word, "number") != 0)
        ;
    dia_status status = dia_lines_int(&r->lines, "the number of a root", 1, DIA_IMPORT_STATES, &root, r->error);
    while (status == DIA_OK && (word = dia_lines_token(&r->lines)) != NULL && strcmp(word, "energy:") != 0)
        ;
    if (status == DIA_OK)
        status = dia_lines_real(&r->lines, "an energy", &r->energy[root - 1], r->error);
    r->nstate = status == DIA_OK && root > r->nstate ? root : r->nstate;
    return status;
}

/* "... are calculated for state no.   1", "for states no.   1/  2" */
static void read_states(reader *r)
{
    const char *word;
    bool behind = false;
    int n = 0;
    r->state[0] = r->state[1] = 0;
    while ((word = dia_lines_token(&r->lines)) != NULL) {
        char number[12];
        const size_t digits = strspn(word, "0123456789");
        if (behind && digits > 0 && digits < sizeof number && n < 2) {
            snprintf(number, sizeof number, "%.*s", (int)digits, word);
            n += dia_text_int(number, 1, DIA_IMPORT_STATES, &r->state[n], 0, NULL);
        }
        if (behind && word[digits] == '/' && strspn(word + digits + 1, "0123456789") > 0 && n < 2)
            n += dia_text_int(word + digits + 1, 1, DIA_IMPORT_STATES, &r->state[n], 0, NULL);
        behind = behind || strcmp(word, "no.") == 0;
    }
}

/* The first geometry with energies makes the point; labels come after it. */
static dia_status open_point(reader *r)
{
    if (r->open)
        return DIA_OK;
    dia_status status = dia_import_point_reset(&r->point, r->import, r->natom, r->nstate, r->error);
    if (status != DIA_OK)
        return status;
    memcpy(r->point.numbers, r->numbers, (size_t)r->natom * sizeof *r->numbers);
    memcpy(r->point.R, r->R, 3 * (size_t)r->natom * sizeof *r->R);
    memcpy(r->point.energy, r->energy, (size_t)r->nstate * sizeof *r->energy);
    r->open = true;
    return DIA_OK;
}

/* Rows "C1 x y z" between two rules, after a head. */
static dia_status read_vector(reader *r, double *vector)
{
    dia_status status = DIA_OK;
    int rules = 0;
    while (rules < 2) {
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends where a gradient or coupling should be");
        rules += strncmp(dia_lines_rest(&r->lines), "----", 4) == 0;
    }
    for (int a = 0; a < r->natom && status == DIA_OK; a++) {
        int number;
        double mass;
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within a vector");
        status = dia_lines_element(&r->lines, &number, &mass, r->error);
        if (status == DIA_OK && number != r->numbers[a])
            return wrong(r, "expected atom %d, %s, found another element (symmetry? use Group=nosym)", a + 1,
                         dia_element_symbol(r->numbers[a]));
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(&r->lines, "a component", vector + 3 * a + c, r->error);
    }
    return status;
}

static dia_status read_label(reader *r, bool coupling)
{
    if (r->natom == 0 || r->nstate == 0)
        return wrong(r, "a gradient or coupling before the geometry and the energies");
    if (r->state[0] == 0 || coupling != (r->state[1] > 0))
        return wrong(r, "it is not clear of which states this is: expected MCLR to name %s before it",
                     coupling ? "two (NAC=i j)" : "one (SALA=i)");
    if (r->state[0] > r->nstate || r->state[1] > r->nstate || r->state[0] == r->state[1])
        return wrong(r, "states %d and %d, of %d energies", r->state[0], r->state[1], r->nstate);
    dia_status status = open_point(r);
    return status != DIA_OK ? status
           : coupling       ? read_vector(r, dia_import_point_coupling(&r->point, r->state[0] - 1, r->state[1] - 1))
                            : read_vector(r, dia_import_point_gradient(&r->point, r->state[0] - 1));
}

/* ---- dipoles --------------------------------------------------------------------------------- */

static void forget_dipoles(reader *r)
{
    for (int i = 0; i < DIA_IMPORT_STATES * DIA_IMPORT_STATES * 3; i++)
        (&r->dipole[0][0][0])[i] = NAN;
    r->root = r->component = r->ncolumn = 0;
}

/* Only as seen from the origin of the coordinates. */
static bool zero_origin(const char *line)
{
    const char *numbers = strpbrk(line, "=:");
    return numbers != NULL && strpbrk(numbers, "123456789") == NULL;
}

/* Behind "Dipole Moment (Debye):" the origin, then "X= 1.2982E+00  Y= ... Z= ...  Total= ...". */
static dia_status read_permanent(reader *r)
{
    const int k = r->root - 1;
    double mu[3];
    const char *line = dia_lines_next(&r->lines);
    r->root = 0;
    if (line == NULL || !zero_origin(line)) {
        dia_import_leave_out(r->import, "dipoles (not seen from the origin of the coordinates)");
        return DIA_OK;
    }
    if (dia_lines_next(&r->lines) == NULL)
        return wrong(r, "the file ends within a dipole");
    for (int c = 0; c < 3; c++) {
        dia_lines_token(&r->lines); /* X= */
        const dia_status status = dia_lines_real(&r->lines, "a component of a dipole", &mu[c], r->error);
        if (status != DIA_OK)
            return status;
    }
    for (int c = 0; c < 3 && isnan(r->dipole[k][k][c]); c++)
        r->dipole[k][k][c] = mu[c] / DIA_DEBYE;
    return DIA_OK;
}

/* "PROPERTY: MLTPL  1   COMPONENT:*   2": the star is for states that went into RASSI. */
static void begin_matrix(reader *r, const char *line)
{
    const char *at = strstr(line, "COMPONENT:*");
    const char *rank = strstr(line, "MLTPL");
    r->component = r->ncolumn = 0;
    if (at != NULL && rank != NULL && rank[5 + strspn(rank + 5, " ")] == '1')
        r->component = at[11 + strspn(at + 11, " ")] - '0';
    r->component = r->component >= 1 && r->component <= 3 ? r->component : 0;
}

/* A line of such a matrix: the origin, "STATE : 1 2 3", or "1  0.510746275  -0.150864002 ...". */
static dia_status read_matrix(reader *r, const char *line)
{
    dia_status status = DIA_OK;
    int row;
    const bool away = strstr(line, "ORIGIN") != NULL && !zero_origin(line);
    const char *word = dia_lines_token(&r->lines);
    if (away) {
        dia_import_leave_out(r->import, "dipoles (not seen from the origin of the coordinates)");
        r->component = 0;
    }
    if (away || word == NULL || strncmp(word, "ORIGIN", 6) == 0)
        return DIA_OK;
    if (strncmp(word, "STATE", 5) == 0) {
        r->ncolumn = 0;
        while ((word = dia_lines_token(&r->lines)) != NULL)
            if (r->ncolumn < DIA_IMPORT_STATES &&
                dia_text_int(word, 1, DIA_IMPORT_STATES, &r->column[r->ncolumn], 0, NULL))
                r->ncolumn++;
        return DIA_OK;
    }
    if (r->ncolumn == 0 || !dia_text_int(word, 1, DIA_IMPORT_STATES, &row, 0, NULL)) {
        r->component = 0; /* the matrix is over */
        return DIA_OK;
    }
    for (int k = 0; k < r->ncolumn && status == DIA_OK; k++)
        status = dia_lines_real(&r->lines, "an element of the dipoles",
                                &r->dipole[row - 1][r->column[k] - 1][r->component - 1], r->error);
    return status;
}

/* Into the point; a RASSI of other states than those of the energies says nothing of them. */
static void take_dipoles(reader *r)
{
    const int n = r->nstate;
    bool more = false;
    for (int i = 0; i < DIA_IMPORT_STATES; i++)
        more = more || (i >= n && !isnan(r->dipole[i][i][0]));
    if (more)
        dia_import_leave_out(r->import, "dipoles (RASSI has other states than RASSCF)");
    for (int i = 0; i < n && !more; i++)
        for (int j = 0; j < n; j++)
            memcpy(r->point.dipole + (i * n + j) * 3, r->dipole[i][j], 3 * sizeof(double));
}

/* ---- a file ---------------------------------------------------------------------------------- */

/* Ends a geometry: a new one follows, or the file ends. */
static dia_status finish_point(reader *r)
{
    dia_status status = DIA_OK;
    if (r->natom > 0 && r->nstate > 0) {
        status = open_point(r);
        if (status == DIA_OK)
            take_dipoles(r);
        if (status == DIA_OK)
            status = dia_import_point_add(r->import, &r->point, NULL, r->error);
    }
    forget_dipoles(r);
    r->open = false;
    r->natom = r->nstate = 0;
    r->state[0] = r->state[1] = 0;
    for (int k = 0; k < DIA_IMPORT_STATES; k++)
        r->energy[k] = NAN;
    return status;
}

static dia_status read_line(reader *r, const char *line)
{
    if (strstr(line, "Cartesian Coordinates / Bohr, Angstrom") != NULL) {
        dia_status status = finish_point(r);
        return status == DIA_OK ? read_geometry(r) : status;
    }
    if (strstr(line, "RASSCF root number") != NULL && strstr(line, "Total energy:") != NULL)
        return r->open ? wrong(r, "energies after gradients: a second RASSCF of the same geometry is not read")
                       : read_energy(r);
    const char *root = strstr(line, "properties for root number:");
    if (root != NULL && !dia_text_int(root + 27 + strspn(root + 27, " "), 1, DIA_IMPORT_STATES, &r->root, 0, NULL))
        r->root = 0;
    if (r->root > 0 && strstr(line, "Dipole Moment (Debye)") != NULL)
        return read_permanent(r);
    if (strstr(line, "PROPERTY:") != NULL)
        begin_matrix(r, line);
    else if (r->component > 0)
        return read_matrix(r, line);
    if (strstr(line, "Lagrangian multipliers are calculated") != NULL)
        read_states(r);
    else if (strstr(line, "Molecular gradients") != NULL)
        return read_label(r, false);
    else if (strstr(line, "CI derivative coupling") != NULL)
        return read_label(r, true);
    return DIA_OK;
}

static dia_status read_file(dia_import *import, const char *path, dia_error *error)
{
    reader r = {.import = import, .error = error};
    bool happy = false;
    dia_import_where(import, "%.1000s", path);
    dia_status status = dia_lines_open(&r.lines, path, error);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, path, error);
    if (status == DIA_OK)
        status = finish_point(&r);
    for (const char *line; status == DIA_OK && (line = dia_lines_next(&r.lines)) != NULL;) {
        happy = happy || strstr(line, "Happy landing") != NULL;
        status = read_line(&r, line);
    }
    if (status == DIA_OK && !happy)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: does not end in 'Happy landing!': the calculation failed or is not over", path);
    if (status == DIA_OK)
        status = finish_point(&r);
    free(r.numbers);
    free(r.R);
    dia_lines_close(&r.lines);
    dia_import_point_free(&r.point);
    return status;
}

static dia_status read_output(dia_import *import, const char *path, dia_error *error)
{
    return is_output(path) ? read_file(import, path, error) : DIA_OK;
}

static dia_status read_all(dia_import *import, dia_error *error)
{
    int count;
    return dia_import_is_file(import->path)
               ? read_file(import, import->path, error)
               : dia_import_each(import, import->path, "*.out", read_output, &count, error);
}

const dia_convert_format dia_convert_format_openmolcas = {
    .name = "openmolcas",
    .suffixes = "",
    .summary = "outputs of OpenMolcas",
    .recognise = recognise,
    .read = read_all,
    .units = {{"bohr", "hartree", "hartree/bohr", "hartree/bohr", "e bohr"}}};
