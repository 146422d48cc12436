/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "force" with "dipole": true prints, behind the CASSCF iterations,
 *
 *     * CASSCF dipole moments
 *       * State             0 :   (   -0.509452,     0.440035,    -0.419560) a.u.
 *       * Transition    1 - 0 :   (    0.150453,     0.124727,     0.022717) a.u.
 *
 * unrelaxed, seen from the origin of the coordinates, of the signs of states of NACME_i_j.out. BAGEL counts electrons as positive: its dipole of HF
 * points from hydrogen to fluorine. The sign is turned. */
#include "convert/bagel_dipoles.h"

#include <dirent.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "molecule/lines.h"

enum { PATH = 4096 };

static bool is_output(const char *path)
{
    char head[4000];
    return dia_import_head(path, sizeof head, head) > 0 && strstr(head, "BAGEL - Freshly leavened") != NULL;
}

/* What was printed, among the files of the folder; how many there are. */
static int find_output(const char *folder, char path[PATH])
{
    DIR *directory = opendir(folder);
    int found = 0;
    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        char name[PATH];
        if (dia_import_path(folder, entry->d_name, sizeof name, name) && dia_import_is_file(name) && is_output(name) &&
            found++ == 0)
            memcpy(path, name, PATH);
    }
    if (directory != NULL)
        closedir(directory);
    return found;
}

/* Brackets, quotes and commas become blanks. */
static void open_brackets(char *line)
{
    for (char *c = strpbrk(line, "(){}[],:\""); c != NULL; c = strpbrk(c, "(){}[],:\""))
        *c = ' ';
}

static bool three(dia_lines *lines, double *v)
{
    dia_error ignored = {0};
    for (int c = 0; c < 3; c++)
        if (dia_lines_real(lines, "a component", &v[c], &ignored) != DIA_OK)
            return false;
    return true;
}

/* "{ "atom" : "C", "xyz" : [ x, y, z ] }": is it atom a of R, to the six decimals? */
static bool same_atom(dia_lines *lines, const double *R, int natom, int a)
{
    double x[3];
    for (const char *word = dia_lines_token(lines); word != NULL && strcmp(word, "xyz") != 0;)
        word = dia_lines_token(lines);
    bool same = three(lines, x) && a < natom;
    for (int c = 0; c < 3 && same; c++)
        same = fabs(x[c] - R[3 * a + c]) < 1e-5;
    return same;
}

/* "State i : x y z", "Transition j - i : x y z". */
static dia_status read_dipole(dia_lines *lines, dia_import_point *point, dia_error *error)
{
    int state[2] = {-1, -1}, n = 0;
    double mu[3];
    const char *word;
    while (n < 2 && (word = dia_lines_token(lines)) != NULL)
        if (dia_text_int(word, 0, point->nstate - 1, &state[n], 0, NULL)) {
            n++;
            if (n == 1 && strncmp(dia_lines_rest(lines) + strspn(dia_lines_rest(lines), " "), "- ", 2) != 0)
                break; /* of one state */
        }
    if (n == 0 || !three(lines, mu))
        return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                               "expected the numbers of one or two of %d states and the components of a dipole",
                               point->nstate);
    const int i = state[0], j = n == 2 ? state[1] : i;
    for (int c = 0; c < 3; c++)
        point->dipole[(i * point->nstate + j) * 3 + c] = point->dipole[(j * point->nstate + i) * 3 + c] = -mu[c];
    return DIA_OK;
}

static dia_status read_output(dia_import *import, const char *path, const double *R, dia_import_point *point,
                              dia_error *error)
{
    dia_lines lines = {0};
    bool block = false, any = false, same = true;
    int natom = 0;
    dia_status status = dia_lines_open(&lines, path, error);
    for (char *line; status == DIA_OK && (line = dia_lines_next(&lines)) != NULL;) {
        const bool head = strstr(line, "* CASSCF dipole moments") != NULL,
                   row = strstr(line, "* State ") != NULL || strstr(line, "* Transition ") != NULL,
                   atom = strstr(line, "\"atom\"") != NULL && strstr(line, "\"xyz\"") != NULL;
        block = head ||
                (block && (row || strstr(line, "Oscillator strength") != NULL || strspn(line, " ") == strlen(line)));
        open_brackets(line);
        if (atom && !any)
            same = same_atom(&lines, R, point->natom, natom++) && same;
        if (block && row) {
            status = read_dipole(&lines, point, error);
            any = true;
        }
    }
    dia_lines_close(&lines);
    if (status != DIA_OK || !any)
        return status;
    if (same && natom == point->natom)
        return dia_files_add(&import->files, path, error);
    for (int i = 0; i < point->nstate * point->nstate * 3; i++)
        point->dipole[i] = NAN;
    dia_import_leave_out(import, "dipoles (the geometry in what BAGEL printed is not that of the input)");
    return DIA_OK;
}

dia_status dia_bagel_dipoles(dia_import *import, const char *folder, const double *R, dia_import_point *point,
                             dia_error *error)
{
    char path[PATH];
    const int found = find_output(folder, path);
    if (found > 1)
        dia_import_leave_out(import, "dipoles (several files hold what BAGEL printed)");
    return found == 1 ? read_output(import, path, R, point, error) : DIA_OK;
}
