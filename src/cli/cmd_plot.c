/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo plot NAME ...`: a script of analysis/, run by Python with the arguments that follow its name. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum { SCRIPTS = 64, TEXT = 200 };

typedef struct script {
    char name[TEXT], summary[TEXT];
} script;

/* ---- where the scripts are ------------------------------------------------------------------- */

/* The folder of this program; false: the system does not tell. */
static bool own_folder(char folder[PATH_MAX], char program[PATH_MAX])
{
    const ssize_t length = readlink("/proc/self/exe", program, PATH_MAX - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    snprintf(folder, PATH_MAX, "%s", program);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    return true;
}

/* In the build folder a link to analysis/; installed, PREFIX/share/diabolo/analysis. */
static bool script_folder(char found[PATH_MAX])
{
    static const char *const places[] = {"analysis", "../share/diabolo/analysis"};
    char folder[PATH_MAX], program[PATH_MAX], mark[PATH_MAX + 16];
    if (!own_folder(folder, program))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (snprintf(found, PATH_MAX, "%s/%s", folder, places[i]) >= PATH_MAX)
            return false;
        snprintf(mark, sizeof mark, "%s/picture.py", found);
        if (access(mark, R_OK) == 0)
            return true;
    }
    return false;
}

/* ---- which there are ------------------------------------------------------------------------- */

/* The first sentence, or line, of the text a script begins with; false: a module that is no program. */
static bool read_script(const char *folder, const char *file, script *one)
{
    char path[PATH_MAX + 256], text[1000];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return false;
    const size_t length = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[length] = '\0';
    char *begin = strstr(text, "\"\"\"");
    if (strncmp(text, "#!", 2) != 0 || begin == NULL)
        return false;
    begin += 3;
    char *end = strstr(begin, "\n\n"), *sentence = strstr(begin, ". "), *colon = strstr(begin, ": ");
    end = end != NULL ? end : begin + strcspn(begin, "\"");
    end = sentence != NULL && sentence < end ? sentence : end;
    end = colon != NULL && colon < end && colon - begin > 20 ? colon : end;
    *end = '\0';
    for (char *c = begin; *c != '\0'; c++)
        *c = *c == '\n' ? ' ' : *c;
    if (end > begin && end[-1] == '.')
        end[-1] = '\0';
    snprintf(one->name, sizeof one->name, "%.*s", (int)strlen(file) - 3, file);
    snprintf(one->summary, sizeof one->summary, "%s", begin);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const script *)a)->name, ((const script *)b)->name);
}

static int read_scripts(const char *folder, script all[SCRIPTS])
{
    int n = 0;
    DIR *open = opendir(folder);
    for (const struct dirent *entry; open != NULL && n < SCRIPTS && (entry = readdir(open)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        if (length > 3 && length < TEXT && strcmp(entry->d_name + length - 3, ".py") == 0)
            n += read_script(folder, entry->d_name, &all[n]);
    }
    if (open != NULL)
        closedir(open);
    qsort(all, (size_t)n, sizeof all[0], by_name);
    return n;
}

static void names(int k, const char *const *words, void (*offer)(const char *name, const char *begun),
                  const char *begun)
{
    (void)words;
    char folder[PATH_MAX];
    static script all[SCRIPTS];
    const int n = k == 0 && script_folder(folder) ? read_scripts(folder, all) : 0;
    for (int i = 0; i < n; i++)
        offer(all[i].name, begun);
    if (k > 0)
        puts(":files");
}

/* ---- running one ----------------------------------------------------------------------------- */

/* The Python of the environment that is active, else the system's: it has the packages of apt. */
static const char *python(char path[PATH_MAX])
{
    static const char *const environments[] = {"VIRTUAL_ENV", "CONDA_PREFIX"};
    const char *named = getenv("DIABOLO_PYTHON");
    if (named != NULL && named[0] != '\0')
        return named;
    for (size_t i = 0; i < sizeof environments / sizeof environments[0]; i++) {
        const char *root = getenv(environments[i]);
        if (root != NULL && snprintf(path, PATH_MAX, "%s/bin/python3", root) < PATH_MAX && access(path, X_OK) == 0)
            return path;
    }
    return access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

/* The script uses this program and its library, unless the user names others. Returns only if it cannot be started. */
static int start(const char *folder, const char *name, int argc, char **argv)
{
    char own[PATH_MAX], program[PATH_MAX], path[PATH_MAX + 256], interpreter[PATH_MAX];
    if (own_folder(own, program)) {
        (void)setenv("DIABOLO", program, 0);
        snprintf(path, sizeof path, "%s/libdiabolo.so", own);
        if (access(path, R_OK) == 0)
            (void)setenv("DIABOLO_LIBRARY", path, 0);
    }
    snprintf(path, sizeof path, "%s/%s.py", folder, name);
    char **words = calloc((size_t)argc + 3, sizeof *words);
    if (words == NULL) {
        dia_cli_error("out of memory");
        return DIA_EXIT_FAILED;
    }
    char *with = (char *)python(interpreter);
    words[0] = with;
    words[1] = path;
    for (int i = 0; i < argc; i++)
        words[2 + i] = argv[i];
    execvp(with, words);
    dia_cli_error("%s: cannot be started (%s); DIABOLO_PYTHON names another Python", with, strerror(errno));
    free(words);
    return DIA_EXIT_FAILED;
}

static int unknown(const char *name, int n, const script *all)
{
    const char *candidates[SCRIPTS + 1] = {NULL};
    for (int i = 0; i < n; i++)
        candidates[i] = all[i].name;
    const char *near = dia_text_nearest(name, candidates);
    dia_cli_error("there is no script '%s'%s%s%s; `diabolo plot` lists them", name,
                  near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return DIA_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    static const dia_cli_usage usage = {.arguments = "[NAME [ARGUMENT...]]",
                                        .summary = "Draw: run a script of Diabolo's, `diabolo plot populations "
                                                   "swarm.h5`. Without NAME, list them. What follows NAME is the "
                                                   "script's: `diabolo plot populations --help`.",
                                        .details = "Needs Python with NumPy, h5py and matplotlib: that of the active "
                                                   "environment, or /usr/bin/python3, or what "
                                                   "DIABOLO_PYTHON names. Pictures of all: docs/pictures.md.",
                                        .most = -1};
    static script all[SCRIPTS];
    dia_cli cli;
    const bool named = argc > 1 && argv[1][0] != '-';
    if (!dia_cli_parse(&cli, named ? 2 : argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_cli_free(&cli);
    char folder[PATH_MAX], name[TEXT];
    if (!script_folder(folder)) {
        dia_cli_error("the scripts are not here; the Debian package python3-diabolo has them, or `cmake --install` "
                      "puts them into "
                      "share/diabolo/analysis beside bin/");
        return DIA_EXIT_FAILED;
    }
    const int n = read_scripts(folder, all);
    if (!named) {
        for (int i = 0; i < n; i++)
            printf("%-17s %s\n", all[i].name, all[i].summary);
        return dia_cli_exit(DIA_OK, NULL);
    }
    snprintf(name, sizeof name, "%s", argv[1]);
    char *end = strrchr(name, '.');
    if (end != NULL && strcmp(end, ".py") == 0)
        *end = '\0';
    for (int i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            return start(folder, name, argc - 2, argv + 2);
    return unknown(name, n, all);
}

const dia_command dia_command_plot = {
    .name = "plot", .summary = "Draw a picture: run one of the scripts", .run = run, .names = names};
