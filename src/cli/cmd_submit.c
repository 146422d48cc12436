/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo submit`: a swarm as an array of Slurm jobs, and a job that merges the shards when all are done. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/machine.h"
#include "base/number.h"
#include "base/output.h"
#include "cli/cli.h"
#include "diabolo/run.h"
#include "swarm/plan.h"

#define MARK "# written by diabolo submit"

enum { PATH = 4096, OPTIONS = 16 };

typedef struct job {
    const dia_cli *cli;
    const char *input;
    int shards, threads;
    const char *time, *memory, *partition, *account, *modules;
    dia_list slurm; /* further options of sbatch, as typed */
    bool send;
    char program[PATH], folder[PATH], stem[PATH], array[PATH + 20], merge[PATH + 20];
    char about[300];          /* how time and memory were found */
    char limit[40], need[40]; /* as Slurm takes them          */
} job;

/* ---- text for the shell ---------------------------------------------------------------------- */

/* A word for the shell, whatever is in it; plain where nothing needs quotes. */
static void quote(FILE *out, const char *text)
{
    if (text[0] != '\0' &&
        text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+%")] == '\0') {
        fputs(text, out);
        return;
    }
    fputc('\'', out);
    for (const char *c = text; *c != '\0'; c++)
        if (*c == '\'')
            fputs("'\\''", out);
        else
            fputc(*c, out);
    fputc('\'', out);
}

static bool one_line(const char *text)
{
    return text == NULL || strpbrk(text, "\n\r") == NULL;
}

/* ---- time and memory ------------------------------------------------------------------------- */

/* Twice what the pilot says and five minutes: nodes differ, and a job that is cut off costs a start. */
static void find_time(job *j, const dia_run_plan *plan, const dia_pilot *pilot)
{
    double work = 0.0;
    for (const dia_run_plan *p = plan; p != NULL; p = dia_run_plan_next(p))
        work += (double)p->flight.count * (double)p->flight.steps;
    const double seconds = 2.0 * pilot->each * work / j->threads + 300.0;
    const long minutes = seconds < 1e8 ? (long)ceil(seconds / 60.0) : 1666667;
    snprintf(j->limit, sizeof j->limit, "%ld:%02ld:00", minutes / 60, minutes % 60);
    snprintf(
        j->about, sizeof j->about,
        "# time: a pilot on this machine took %.3g us a trajectory and step (%.2g s, %lld steps); a shard has %.3g of "
        "them.\n# Asked for: twice that, and five minutes.\n",
        1e6 * pilot->each, pilot->seconds, (long long)pilot->steps, work);
}

/* What the pilot took, with the starts of all trajectories; as much again for buffers of the threads and of files. */
static void find_memory(job *j, const dia_pilot *pilot)
{
    const double megabytes = 1.5 * pilot->memory / 1048576.0 + 256.0 + 64.0 * j->threads;
    snprintf(j->need, sizeof j->need, "%.0fM", 64.0 * ceil(megabytes / 64.0));
}

/* ---- scripts --------------------------------------------------------------------------------- */

static void head(const job *j, FILE *out, const char *what, const char *name, const char *log, int threads)
{
    const char *base = strrchr(j->stem, '/') != NULL ? strrchr(j->stem, '/') + 1 : j->stem;
    fprintf(out, "#!/bin/bash\n%s: %s\n", MARK, what);
    fprintf(out, "#SBATCH --job-name=");
    quote(out, base);
    fprintf(out, "%s\n#SBATCH --output=", name);
    quote(out, log);
    fprintf(out, "\n#SBATCH --open-mode=append\n#SBATCH --requeue\n#SBATCH --cpus-per-task=%d\n", threads);
    fprintf(out, "#SBATCH --time=%s\n#SBATCH --mem=%s\n", j->limit, j->need);
    const char *const named[][2] = {{"partition", j->partition}, {"account", j->account}};
    for (int i = 0; i < 2; i++)
        if (named[i][1] != NULL) {
            fprintf(out, "#SBATCH --%s=", named[i][0]);
            quote(out, named[i][1]);
            fputc('\n', out);
        }
    for (int i = 0; i < j->slurm.n; i++)
        fprintf(out, "#SBATCH %s\n", ((const char **)j->slurm.items)[i]);
}

static void body(const job *j, FILE *out)
{
    fprintf(out, "set -eu\ncd ");
    quote(out, j->folder);
    fputc('\n', out);
    if (j->modules != NULL)
        fprintf(out, "module load %s\n", j->modules);
}

/* The options of the command line that belong to the run. */
static void settings(const job *j, FILE *out)
{
    for (int i = 0; i < j->cli->nset; i++) {
        fputs(" --set ", out);
        quote(out, j->cli->set[i]);
    }
    if (j->cli->output != NULL) {
        fputs(" --output ", out);
        quote(out, j->cli->output);
    }
}

static void write_array(const job *j, FILE *out)
{
    char log[PATH + 20], what[80];
    snprintf(log, sizeof log, "%s.shard-%%a.log", j->stem);
    snprintf(what, sizeof what, "%d shards of a swarm, each an element of the array", j->shards);
    head(j, out, what, "", log, j->threads);
    fprintf(out, "#SBATCH --array=1-%d\n", j->shards);
    /* The program saves and ends; without the signal the journal is as old as its last checkpoint. */
    fprintf(out, "#SBATCH --signal=B:TERM@60\n%s", j->about);
    fprintf(out, "# To fly single elements again: sbatch --array=3,7 %s\n", j->array);
    body(j, out);
    fputs("exec ", out);
    quote(out, j->program);
    fputs(" run ", out);
    quote(out, j->input);
    fprintf(out, " --shard \"$SLURM_ARRAY_TASK_ID/%d\" --threads \"${SLURM_CPUS_PER_TASK:-1}\" --quiet", j->shards);
    settings(j, out);
    fputc('\n', out);
}

/* "swarm".shard-*-of-010.h5 of the swarm's or shard's path. */
static void shards_of(const job *j, const char *path, FILE *out)
{
    char word[60];
    snprintf(word, sizeof word, ".shard-001-of-%03d", j->shards);
    const char *at = strstr(path, word);
    for (const char *next = at; next != NULL; next = strstr(next + 1, word))
        at = next;
    char *stem = at != NULL ? strndup(path, (size_t)(at - path)) : NULL;
    if (stem == NULL)
        return;
    quote(out, stem);
    fprintf(out, ".shard-*-of-%03d", j->shards);
    if (at[strlen(word)] != '\0')
        quote(out, at + strlen(word));
    free(stem);
}

static void write_merge(const job *j, const dia_run_plan *plan, FILE *out)
{
    char log[PATH + 20];
    snprintf(log, sizeof log, "%s.merge.log", j->stem);
    head(j, out, "the swarm of its shards, when all are flown", "-merge", log, 1);
    body(j, out);
    for (; plan != NULL; plan = dia_run_plan_next(plan)) {
        quote(out, j->program);
        fputs(" merge --quiet ", out);
        shards_of(j, dia_run_plan_path(plan), out);
        fputc('\n', out);
    }
}

static dia_status write_scripts(const job *j, const dia_run_plan *plan, dia_error *error)
{
    const char *const inputs[] = {j->input, j->merge};
    for (int i = 0; i < 2; i++) {
        const dia_claim claim = {
            .path = i == 0 ? j->array : j->merge, .key = "--script", .what = "a job script", .mark = MARK};
        dia_output output;
        dia_status status = dia_output_check(&claim, i == 0 ? 2 : 1, inputs, error);
        if (status == DIA_OK)
            status = dia_output_open(&output, claim.path, error);
        if (status != DIA_OK)
            return status;
        if (i == 0)
            write_array(j, output.stream);
        else
            write_merge(j, plan, output.stream);
        status = dia_output_close(&output, DIA_OK, error);
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* Runs sbatch with these arguments; its answer, the number of the job, into answer. */
static dia_status sbatch(char *const *arguments, size_t size, char *answer, dia_error *error)
{
    int ends[2], status = 0;
    size_t used = 0;
    if (pipe(ends) != 0)
        return dia_error_set(error, DIA_ERROR_FILE, "sbatch: %s", strerror(errno));
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp("sbatch", arguments);
        _exit(127);
    }
    close(ends[1]);
    for (ssize_t got; child > 0 && used + 1 < size && (got = read(ends[0], answer + used, size - used - 1)) > 0;)
        used += (size_t)got;
    close(ends[0]);
    answer[used] = '\0';
    answer[strcspn(answer, ";\n")] = '\0'; /* --parsable: JOB or JOB;CLUSTER */
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return dia_error_set(error, DIA_ERROR_FILE, "%s",
                             child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127
                                 ? "there is no sbatch here; without --send the scripts are written for a machine that "
                                   "has it"
                                 : "sbatch refused the job: see above");
    if (answer[0] == '\0' || strspn(answer, "0123456789") != strlen(answer))
        return dia_error_set(error, DIA_ERROR_FILE, "sbatch: expected the number of a job, found '%.100s'", answer);
    return DIA_OK;
}

static dia_status send_jobs(const job *j, dia_error *error)
{
    char number[100], merging[100], after[140];
    char name[] = "sbatch", parsable[] = "--parsable", kill[] = "--kill-on-invalid-dep=yes";
    char *array = strdup(j->array), *merge = strdup(j->merge);
    dia_status status =
        array != NULL && merge != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK)
        status = sbatch((char *[]){name, parsable, array, NULL}, sizeof number, number, error);
    if (status == DIA_OK) {
        printf("job %s: %d shards, %s\n", number, j->shards, j->array);
        snprintf(after, sizeof after, "--dependency=afterok:%s", number);
        status = sbatch((char *[]){name, parsable, after, kill, merge, NULL}, sizeof merging, merging, error);
    }
    if (status == DIA_OK)
        printf("job %s: merges them when all are flown, %s\n", merging, j->merge);
    free(array);
    free(merge);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status check(const job *j, dia_error *error)
{
    if (j->shards < 1)
        return dia_error_set(error, DIA_ERROR_INPUT, "say into how many parts the swarm is divided: --shards 10");
    bool lines = one_line(j->time) && one_line(j->memory) && one_line(j->partition) && one_line(j->account) &&
                 one_line(j->modules);
    for (int i = 0; i < j->slurm.n; i++) {
        const char *text = ((const char **)j->slurm.items)[i];
        lines = lines && one_line(text);
        if (strncmp(text, "--", 2) != 0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "--slurm: expected an option of sbatch, such as --slurm=--qos=long, found '%s'", text);
    }
    if (!lines)
        return dia_error_set(error, DIA_ERROR_INPUT, "an option of a job is one line");
    if (j->modules != NULL &&
        strspn(j->modules, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+ ") !=
            strlen(j->modules))
        return dia_error_set(error, DIA_ERROR_INPUT, "--modules: expected names of modules, found '%s'", j->modules);
    if (j->time != NULL && strspn(j->time, "0123456789:-") != strlen(j->time))
        return dia_error_set(error, DIA_ERROR_INPUT, "--time: expected [DAYS-]HOURS:MINUTES:SECONDS, found '%s'",
                             j->time);
    if (j->memory != NULL && strspn(j->memory, "0123456789KMGT") != strlen(j->memory))
        return dia_error_set(error, DIA_ERROR_INPUT, "--memory: expected a size as of sbatch, such as 2G, found '%s'",
                             j->memory);
    return DIA_OK;
}

/* Names of the program, the folder, the scripts. */
static dia_status find_names(job *j, const dia_run_plan *plan, dia_error *error)
{
    const ssize_t length = readlink("/proc/self/exe", j->program, sizeof j->program - 1);
    const char *path = dia_run_plan_path(plan), *at = strstr(path, ".shard-001-of-");
    if (length <= 0 || getcwd(j->folder, sizeof j->folder) == NULL || at == NULL || (size_t)(at - path) >= PATH)
        return dia_error_set(error, DIA_ERROR_FILE, "a path is too long, or the folder is gone");
    j->program[length] = '\0';
    size_t stem = (size_t)(at - path);
    const char *method = dia_run_plan_method(plan);
    if (method[0] != '\0')
        stem -= strlen(method) + 1; /* "swarm.fssh" */
    snprintf(j->stem, sizeof j->stem, "%.*s", (int)stem, path);
    snprintf(j->array, sizeof j->array, "%s.array.sh", j->stem);
    snprintf(j->merge, sizeof j->merge, "%s.merge.sh", j->stem);
    return DIA_OK;
}

static dia_status work(job *j, dia_error *error)
{
    static const double pilot_seconds = 2.0;
    const dia_input input = dia_cli_input(j->cli, j->input);
    const dia_run_flags flags = {.shard = 1, .shards = j->shards};
    dia_run_plan *plan = NULL;
    dia_pilot pilot = {0};
    dia_status status = check(j, error);
    if (status == DIA_OK)
        status = dia_run_plan_make(&plan, &input, &flags, error);
    if (status == DIA_OK)
        status = find_names(j, plan, error);
    if (status == DIA_OK && (j->time == NULL || j->memory == NULL))
        status = dia_run_plan_pilot(plan, pilot_seconds, &pilot, error);
    if (status == DIA_OK) {
        if (j->time == NULL)
            find_time(j, plan, &pilot);
        else
            snprintf(j->limit, sizeof j->limit, "%s", j->time);
        if (j->memory == NULL)
            find_memory(j, &pilot);
        else
            snprintf(j->need, sizeof j->need, "%s", j->memory);
        status = write_scripts(j, plan, error);
    }
    dia_run_plan_free(plan);
    if (status == DIA_OK && j->send)
        return send_jobs(j, error);
    if (status == DIA_OK)
        printf("%s: %d shards, %s each, %s of memory\n%s: merges them\nsend them by\n"
               "  job=$(sbatch --parsable %s) && sbatch --dependency=afterok:$job --kill-on-invalid-dep=yes %s\n",
               j->array, j->shards, j->limit, j->need, j->merge, j->array, j->merge);
    return status;
}

static int run(int argc, char **argv)
{
    const char *options_of_sbatch[OPTIONS];
    dia_cli cli;
    job j = {.cli = &cli, .threads = 1, .slurm = {.items = options_of_sbatch}};
    const dia_cli_flag flags[] = {
        {.name = "shards",
         .argument = "N",
         .help = "Into how many jobs",
         .number = &j.shards,
         .least = 1,
         .most = 9999},
        {.name = "threads",
         .argument = "N",
         .help = "Processors of each (default: 1, which wastes nothing)",
         .number = &j.threads,
         .least = 1,
         .most = 1024},
        {.name = "time",
         .argument = "H:MM:SS",
         .help = "Time limit of a job (default: twice what a pilot of two seconds says, and five minutes)",
         .text = &j.time},
        {.name = "memory",
         .argument = "SIZE",
         .help = "Memory of a job, such as 2G (default: from the pilot)",
         .text = &j.memory},
        {.name = "partition", .argument = "NAME", .help = "Slurm's partition", .text = &j.partition},
        {.name = "account", .argument = "NAME", .help = "Slurm's account", .text = &j.account},
        {.name = "modules", .argument = "NAMES", .help = "`module load` these in each job", .text = &j.modules},
        {.name = "slurm",
         .argument = "OPTION",
         .help = "A further option of sbatch, --slurm=--qos=long; may be repeated",
         .texts = &j.slurm},
        {.name = "send", .help = "Send the jobs by sbatch, instead of only writing them", .given = &j.send},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary =
            "Write the scripts of two Slurm jobs: an array that flies a swarm in shards, and one that merges them "
            "when all are done; or send them.",
        .details = "  diabolo submit swarm.yaml --shards 64 --partition cpu --send\n"
                   "An element that Slurm stops or requeues goes on where it was. docs/clusters.md",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    j.input = cli.args[0];
    const dia_status status = work(&j, &error);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_submit = {
    .name = "submit", .summary = "A swarm as jobs of a cluster (Slurm)", .run = run};
