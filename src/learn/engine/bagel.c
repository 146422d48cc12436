/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State-averaged CASSCF by BAGEL (Shiozaki, WIREs Comput. Mol. Sci. 8, e1331 (2018)): one job gives all energies, gradients and
 * couplings.
 *
 * Its file NACME_I_J.out holds <J|d/dR I>: measured against its own overlaps of displaced wave functions and against OpenMolcas,
 * minus <I|d/dR J>. So h_IJ = <I|dH/dR|J> = (E_J - E_I) <I|d/dR J> is minus the file times the gap. FORCE_I.out is the gradient, not
 * the force. Couplings are asked for with electron-translation factors ("etf"): they sum to zero over the atoms. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/number.h"
#include "learn/engine.h"
#include "learn/process.h"
#include "molecule/lines.h"

typedef struct self {
    dia_list active; /* electrons, orbitals */
    int charge;
    const char *basis, *fitting, *program;
    double threshold, residual;
    char *path, *basis_path, *fitting_path; /* owned */
    int closed;
} self;

static const dia_option options[] = {
    DIA_INTS(self, active, NULL, "electrons and orbitals of the active space, such as [2, 2]", .required = true),
    DIA_INT(self, charge, "0", "of the molecule", DIA_RANGE(-20, 20)),
    DIA_TEXT(self, basis, "svp", "basis set: a name of BAGEL's, or a file of its JSON format beside the input"),
    DIA_TEXT(self, fitting, "svp-jkfit", "basis set of the density fitting, likewise"),
    DIA_TEXT(self, program, "BAGEL", "the program: a name on the PATH, or a file"),
    DIA_REAL(self, threshold, DIA_PURE, "1e-7", "convergence of the orbitals", DIA_RANGE(1e-12, 1e-3)),
    DIA_REAL(self, residual, DIA_PURE, "5e-5",
             "largest remainder of the response equations; beyond it the label failed", DIA_RANGE(1e-9, 1)),
    {.key = NULL}};

/* ---- opening --------------------------------------------------------------------------------- */

/* A file beside the input, or the name as it is. */
static char *named(const char *name, const char *directory)
{
    char *path = dia_path_join(directory, name);
    if (path == NULL || access(path, R_OK) == 0)
        return path;
    free(path);
    return strdup(name);
}

static dia_status open_bagel(void *own, const dia_molecule *molecule, int nstate, const char *directory,
                             dia_error *error)
{
    self *s = own;
    const int *active = s->active.items;
    int electrons = -s->charge;
    (void)nstate;
    for (int a = 0; a < molecule->natom; a++)
        electrons += molecule->numbers[a];
    if (s->active.n != 2 || active[0] < 1 || active[1] < 1 || active[0] > 2 * active[1])
        return dia_error_set(error, DIA_ERROR_INPUT, "engine.active: expected [electrons, orbitals], such as [2, 2]");
    if (electrons < active[0] || (electrons - active[0]) % 2 != 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "engine.active: %d electrons in all, of which %d are active, leave no closed shells",
                             electrons, active[0]);
    s->closed = (electrons - active[0]) / 2;
    s->path = dia_process_find(s->program, directory);
    if (s->path == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "engine.program: there is no program '%s' (Debian, Ubuntu: apt-get install bagel)",
                             s->program);
    s->basis_path = named(s->basis, directory);
    s->fitting_path = named(s->fitting, directory);
    return s->basis_path != NULL && s->fitting_path != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an engine");
}

static void close_bagel(void *own)
{
    self *s = own;
    free(s->path);
    free(s->basis_path);
    free(s->fitting_path);
}

/* A basis in a file is called by the name of the file. */
static void level(const void *own, int nstate, size_t size, char *text)
{
    const self *s = own;
    const int *active = s->active.items;
    const char *slash = strrchr(s->basis, '/');
    snprintf(
        text, size,
        "SA%d-CASSCF(%d,%d)/%s, charge %d, density fitting (%s), BAGEL; couplings with electron-translation factors",
        nstate, active[0], active[1], slash != NULL ? slash + 1 : s->basis, s->charge, s->fitting);
}

/* ---- input ----------------------------------------------------------------------------------- */

static void write_molecule(const self *s, const dia_engine_task *task, dia_json *json)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "title", "molecule");
    dia_json_text(json, "basis", s->basis_path);
    dia_json_text(json, "df_basis", s->fitting_path);
    dia_json_bool(json, "angstrom", false);
    dia_json_array(json, "geometry");
    for (int a = 0; a < task->molecule->natom; a++) {
        dia_json_object(json, NULL);
        dia_json_text(json, "atom", dia_element_symbol(task->molecule->numbers[a]));
        dia_json_reals(json, "xyz", 3, 1, task->R + 3 * a);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

static void write_method(const self *s, const dia_engine_task *task, dia_json *json)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "title", "casscf");
    dia_json_int(json, "charge", s->charge);
    dia_json_int(json, "nact", ((const int *)s->active.items)[1]);
    dia_json_int(json, "nclosed", s->closed);
    dia_json_int(json, "nstate", task->nstate);
    dia_json_real(json, "thresh", s->threshold);
    dia_json_text(json, "algorithm", "second");
    dia_json_int(json, "maxiter", 100);
    dia_json_end(json);
}

static void write_wish(const char *title, int first, int second, dia_json *json)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "title", title);
    dia_json_int(json, "target", first);
    if (second >= 0) {
        dia_json_int(json, "target2", second);
        dia_json_text(json, "nacmtype", "etf");
    }
    dia_json_int(json, "maxziter", 200);
    dia_json_end(json);
}

static void write_forces(const self *s, const dia_engine_task *task, dia_json *json)
{
    dia_json_object(json, NULL);
    dia_json_text(json, "title", "forces");
    dia_json_bool(json, "export", true);
    dia_json_array(json, "grads");
    for (int k = 0; k < (task->wish == DIA_WISH_ALL ? task->nstate : 1); k++)
        write_wish("force", k, -1, json);
    for (int j = 1; j < task->nstate && task->wish == DIA_WISH_ALL; j++)
        for (int i = 0; i < j; i++)
            write_wish("nacme", i, j, json);
    dia_json_end(json);
    dia_json_array(json, "method");
    write_method(s, task, json);
    dia_json_end(json);
    dia_json_end(json);
}

static void write_jobs(const self *s, const dia_engine_task *task, dia_json *json)
{
    dia_json_object(json, NULL);
    dia_json_array(json, "bagel");
    write_molecule(s, task, json);
    dia_json_object(json, NULL);
    if (task->start != NULL) { /* orbitals of that geometry, projected on this one */
        dia_json_text(json, "title", "load_ref");
        dia_json_text(json, "file", "start");
        dia_json_bool(json, "continue_geom", false);
    } else {
        dia_json_text(json, "title", "hf");
        dia_json_int(json, "charge", s->charge);
        dia_json_real(json, "thresh", 1e-8);
    }
    dia_json_end(json);
    if (task->wish == DIA_WISH_ENERGIES)
        write_method(s, task, json);
    else
        write_forces(s, task, json);
    if (task->keep != NULL) {
        dia_json_object(json, NULL);
        dia_json_text(json, "title", "save_ref");
        dia_json_text(json, "file", "end");
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

static dia_status write_input(const self *s, const dia_engine_task *task, dia_error *error)
{
    char *path = dia_path_join(task->scratch, "in.json");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    dia_status status = DIA_OK;
    if (file != NULL) {
        dia_json json = {.out = file};
        write_jobs(s, task, &json);
    }
    if (file == NULL || fclose(file) != 0)
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: BAGEL's input cannot be written", task->scratch);
    free(path);
    return status;
}

/* ---- wave functions -------------------------------------------------------------------------- */

static dia_status copy_file(const char *from, const char *to, dia_error *error)
{
    FILE *in = fopen(from, "rb"), *out = in != NULL ? fopen(to, "wb") : NULL;
    char buffer[1 << 14];
    bool good = out != NULL;
    for (size_t n; good && (n = fread(buffer, 1, sizeof buffer, in)) > 0;)
        good = fwrite(buffer, 1, n, out) == n;
    good = good && ferror(in) == 0;
    if (in != NULL)
        fclose(in);
    if (out != NULL && fclose(out) != 0)
        good = false;
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_FILE, "%s cannot be copied to %s", from, to);
}

static dia_status copy_archive(const char *from, const char *from_name, const char *to, const char *to_name,
                               dia_error *error)
{
    char *source = dia_path_join(from, from_name), *target = dia_path_join(to, to_name);
    const dia_status status = source != NULL && target != NULL
                                  ? copy_file(source, target, error)
                                  : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    free(source);
    free(target);
    return status;
}

/* ---- output ---------------------------------------------------------------------------------- */

/* The tokens of a line as numbers: their count, at most `most`; 0 if one of them is none. */
static int row(dia_lines *lines, int most, double *values)
{
    int n = 0;
    for (const char *word; (word = dia_lines_token(lines)) != NULL; n++)
        if (n == most || !dia_text_real(word, &values[n]))
            return 0;
    return n;
}

typedef struct said { /* by BAGEL's output */
    bool converged;
    double residual; /* largest last remainder (third column) of the tables of the response equations */
    double *E;       /* (nstate) of the last iteration: rows "iteration state energy gradient seconds"  */
} said;

static void read_line(dia_lines *lines, const char *line, int nstate, bool *table, double *last, said *what)
{
    double v[5];
    const bool title = strstr(line, "CASSCF Z-vector iteration") != NULL;
    what->converged = what->converged || strstr(line, "optimization converged") != NULL;
    const int n = row(lines, 5, v);
    if (n == 5 && !what->converged && v[1] >= 0.0 && v[1] < nstate && v[1] == floor(v[1]))
        what->E[(int)v[1]] = v[2];
    if (*table && n == 4) {
        *last = v[2];
    } else if (*table && *last > 0.0) { /* behind the table */
        what->residual = fmax(what->residual, *last);
        *table = false;
    }
    if (title) {
        *table = true;
        *last = 0.0;
    }
}

static dia_status read_said(const dia_engine_task *task, said *what, dia_error *error)
{
    char *path = dia_path_join(task->scratch, "out");
    dia_lines lines;
    bool table = false;
    double last = 0.0;
    if (path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    const dia_status status = dia_lines_open(&lines, path, error);
    for (const char *line; status == DIA_OK && (line = dia_lines_next(&lines)) != NULL;)
        read_line(&lines, line, task->nstate, &table, &last, what);
    dia_lines_close(&lines);
    free(path);
    return status;
}

/* A file of BAGEL's: ENERGY.out, an energy a line; FORCE_I.out, NACME_I_J.out, a line of headings, then "atom x y z". */
static dia_status read_file(const dia_engine_task *task, const char *name, int head, int rows, int columns,
                            double factor, double *to, dia_error *error)
{
    char *path = dia_path_join(task->scratch, name);
    dia_lines lines;
    double v[4];
    if (path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    dia_status status = dia_lines_open(&lines, path, error);
    for (int i = 0; i < head && status == DIA_OK; i++)
        (void)dia_lines_next(&lines);
    for (int i = 0; i < rows && status == DIA_OK; i++) {
        if (dia_lines_next(&lines) == NULL || row(&lines, columns, v) != columns)
            status =
                dia_lines_error(&lines, error, DIA_ERROR_NUMERIC, "expected %d lines of %d numbers", rows, columns);
        for (int x = 0; x < (columns == 1 ? 1 : 3) && status == DIA_OK; x++)
            to[(columns == 1 ? 1 : 3) * i + x] = factor * v[columns == 1 ? 0 : x + 1];
    }
    dia_lines_close(&lines);
    free(path);
    return status == DIA_ERROR_FILE ? DIA_ERROR_NUMERIC : status; /* the failure of this label alone */
}

static dia_status read_derivatives(const dia_engine_task *task, dia_engine_label *label, dia_error *error)
{
    const int nc = task->molecule->ncart;
    char name[40];
    dia_status status = DIA_OK;
    for (int j = 0; j < task->nstate && status == DIA_OK; j++) {
        if (j > 0 && task->wish != DIA_WISH_ALL)
            break;
        snprintf(name, sizeof name, "FORCE_%d.out", j);
        status = read_file(task, name, 1, task->molecule->natom, 4, 1.0, label->G + j * nc, error);
        for (int i = 0; i < j && status == DIA_OK; i++) {
            snprintf(name, sizeof name, "NACME_%d_%d.out", i, j);
            status = read_file(task, name, 1, task->molecule->natom, 4, -(label->E[j] - label->E[i]),
                               label->h + (j * (j - 1) / 2 + i) * nc, error);
        }
    }
    return status;
}

static dia_status read_output(const self *s, const dia_engine_task *task, dia_engine_label *label, dia_error *error)
{
    said what = {.E = label->E};
    dia_status status = read_said(task, &what, error);
    if (status == DIA_OK && !what.converged)
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "BAGEL: the orbitals did not converge");
    if (status == DIA_OK && !(what.residual <= s->residual))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "BAGEL: the response equations end with a remainder of %.2g",
                               what.residual);
    if (status == DIA_OK && task->wish != DIA_WISH_ENERGIES)
        status = read_file(task, "ENERGY.out", 0, task->nstate, 1, 1.0, label->E, error);
    if (status == DIA_OK && task->wish != DIA_WISH_ENERGIES)
        status = read_derivatives(task, label, error);
    return status;
}

/* One thread a job: several jobs at once use the processors better. */
static dia_status label(const void *own, const dia_engine_task *task, dia_engine_label *out, dia_error *error)
{
    const self *s = own;
    const char *const command[] = {s->path, "in.json", NULL}, *const set[] = {
                                                                  "OMP_NUM_THREADS=1", "BAGEL_NUM_THREADS=1",
                                                                  "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", NULL};
    const dia_process process = {
        .command = command, .set = set, .folder = task->scratch, .timeout = task->timeout, .control = task->control};
    dia_status status = write_input(s, task, error);
    if (status == DIA_OK && task->start != NULL)
        status = copy_archive(task->start, "end.archive", task->scratch, "start.archive", error);
    if (status == DIA_OK)
        status = dia_process_run(&process, error);
    if (status == DIA_OK)
        status = read_output(s, task, out, error);
    if (status == DIA_OK && task->keep != NULL)
        status = copy_archive(task->scratch, "end.archive", task->keep, "end.archive", error);
    return status;
}

const dia_engine_type dia_engine_type_bagel = {
    .name = "bagel",
    .summary = "state-averaged CASSCF by BAGEL: energies, gradients, couplings",
    .reference = "T. Shiozaki, WIREs Comput. Mol. Sci. 8, e1331 (2018), DOI 10.1002/wcms.1331; https://nubakery.org",
    .options = options,
    .self_size = sizeof(self),
    .starts = true,
    .open = open_bagel,
    .close = close_bagel,
    .level = level,
    .label = label};
