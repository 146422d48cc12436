/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which shard a process flies: as typed, or as Slurm says. */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"

enum { MOST = 9999 };

/* An integer of the environment, set by Slurm in jobs of an array (sbatch(1), OUTPUT ENVIRONMENT VARIABLES). */
static bool slurm(const char *name, int *value, dia_error *error)
{
    const char *text = getenv(name);
    if (text != NULL && dia_text_int(text, 0, 100000000, value, 0, NULL))
        return true;
    dia_error_set(error, DIA_ERROR_INPUT,
                  "--shard slurm: %s is %s%s%s; expected a job of an array (sbatch --array=1-10), or --shard 3/10",
                  name, text != NULL ? "'" : "not set", text != NULL ? text : "", text != NULL ? "'" : "");
    return false;
}

/* Elements that are flown again (--array=3,7) count their own number, not that of the shards: only an array from 1 (or 0) on
 * without gaps says how many there are. */
static bool slurm_count(int *first, int *count, dia_error *error)
{
    int last = 0;
    if (!slurm("SLURM_ARRAY_TASK_MIN", first, error) || !slurm("SLURM_ARRAY_TASK_MAX", &last, error) ||
        !slurm("SLURM_ARRAY_TASK_COUNT", count, error))
        return false;
    if (*first <= 1 && last - *first + 1 == *count)
        return true;
    dia_error_set(error, DIA_ERROR_INPUT,
                  "--shard slurm: this array has %d elements, the first is %d and the last %d: a part of an array does "
                  "not say how many shards there are; say it: --shard slurm/10",
                  *count, *first, last);
    return false;
}

bool dia_cli_shard(const char *text, int *shard, int *shards, dia_error *error)
{
    const char *slash = strchr(text, '/');
    const size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    char number[20];
    int first = 1;
    const bool counted = slash != NULL && dia_text_int(slash + 1, 1, MOST, shards, 0, NULL);
    if (length == 5 && strncmp(text, "slurm", length) == 0 && counted == (slash != NULL)) {
        if (!slurm("SLURM_ARRAY_TASK_ID", shard, error) || (!counted && !slurm_count(&first, shards, error)))
            return false;
        *shard += 1 - first;
        if (*shard >= 1 && *shard <= *shards)
            return true;
        dia_error_set(error, DIA_ERROR_INPUT, "--shard %s: element %d of the array is none of %d shards, 1 to %d", text,
                      *shard, *shards, *shards);
        return false;
    }
    snprintf(number, sizeof number, "%.*s", length < 10 ? (int)length : 0, text);
    if (counted && dia_text_int(number, 1, *shards, shard, 0, NULL))
        return true;
    dia_error_set(error, DIA_ERROR_INPUT,
                  "--shard %s: expected I/N with I from 1 to N and N at most %d, such as 3/10; or slurm, slurm/10",
                  text, (int)MOST);
    return false;
}
