/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swarm/file/table.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/number.h"
#include "diabolo/swarm.h"

/* ---- fates ----------------------------------------------------------------------------------- */

static const struct {
    bool counts;
    const char *word, *text;
} fates[DIA_FATES] = {
#define X(name, number, counts, word, text) [number] = {counts, word, text},
    DIA_FATE_LIST(X)
#undef X
};

static bool is_fate(int fate)
{
    return fate >= 0 && fate < DIA_FATES;
}

const char *dia_fate_word(int fate)
{
    return is_fate(fate) ? fates[fate].word : "unknown";
}

const char *dia_fate_text(int fate)
{
    return is_fate(fate) ? fates[fate].text : "unknown";
}

bool dia_fate_counts(int fate)
{
    return is_fate(fate) && fates[fate].counts;
}
/* ---- attributes ------------------------------------------------------------------------------ */

#define TEXT(name, most, optional)                                                                                     \
    {                                                                                                                  \
#name, most, optional, offsetof(dia_swarm, name)                                                               \
    }
enum { NAME = 200, PATH = 4096 };

const dia_swarm_text dia_swarm_texts[] = {
    TEXT(input, DIA_SWARM_INPUT, false),
    TEXT(input_path, PATH, true),
    TEXT(resolved, DIA_SWARM_INPUT, false),
    TEXT(model_path, PATH, false),
    TEXT(model_type, NAME, false),
    TEXT(model_digest, DIA_SWARM_DIGEST, false),
    TEXT(model_files, DIA_SWARM_INPUT, true),
    TEXT(initial_digest, DIA_SWARM_DIGEST, false),
    TEXT(program_version, NAME, false),
    TEXT(program_commit, NAME, false),
    TEXT(identity, DIA_SWARM_INPUT, true),
    TEXT(digest, DIA_SWARM_DIGEST, false),
    TEXT(method, NAME, false),
    TEXT(network_precision, NAME, true),
    TEXT(amplitude_signs, NAME, true),
    TEXT(populations, NAME, true),
    TEXT(model_note, DIA_SWARM_INPUT, true),
    TEXT(first_outside, PATH, true),
    TEXT(stop_conditions, DIA_SWARM_INPUT, true),
    TEXT(until, DIA_SWARM_INPUT, true),
    TEXT(excitation, DIA_SWARM_INPUT, true),
    TEXT(shard, NAME, true),
    TEXT(whole_resolved, DIA_SWARM_INPUT, true),
    TEXT(whole_identity, DIA_SWARM_INPUT, true),
    TEXT(whole_initial_digest, DIA_SWARM_DIGEST, true),
    TEXT(partial, DIA_SWARM_INPUT, true),
    {NULL, 0, false, 0},
};

/* ---- datasets -------------------------------------------------------------------------------- */

#define HELD(name, unit, number, shape, rule, flags, member)                                                           \
    {                                                                                                                  \
        name, DIA_UNIT_##unit, DIA_NUMBER_##number, shape, DIA_RULE_##rule, DIA_HELD | (flags),                        \
            offsetof(dia_swarm, member)                                                                                \
    }
#define ROWS(name, unit, number, shape, rule, flags)                                                                   \
    {                                                                                                                  \
        name, DIA_UNIT_##unit, DIA_NUMBER_##number, shape, DIA_RULE_##rule, flags, 0                                   \
    }

/* clang-format off */
const dia_swarm_dataset dia_swarm_datasets[] = {
    HELD("molecule/numbers",             NONE,     INT,   "A",    ELEMENT,      0, numbers),
    HELD("molecule/masses",              MASS,     REAL,  "A",    POSITIVE,     0, masses),
    HELD("molecule/reference",           LENGTH,   REAL,  "AD",   FINITE,       0, reference),
    HELD("time",                         TIME,     REAL,  "T",    NOT_NEGATIVE, 0, time),
    HELD("trajectories/number",          NONE,     INT64, "N",    NUMBER,       0, number),
    HELD("trajectories/fate",            NONE,     INT8,  "N",    FATE,         0, fate),
    HELD("trajectories/end",             TIME,     REAL,  "N",    NOT_NEGATIVE, 0, end),
    HELD("trajectories/drift",           ENERGY,   REAL,  "N",    NOT_NEGATIVE, DIA_FATED, drift),
    HELD("trajectories/outside",         TIME,     REAL,  "N",    MOMENT,       DIA_OPTIONAL, outside),
    HELD("trajectories/novelty",         NONE,     REAL,  "N",    NOT_NEGATIVE, DIA_OPTIONAL | DIA_FATED, novelty),
    HELD("committee/outside",            TIME,     REAL,  "N",    MOMENT,       DIA_OPTIONAL, uncertain),
    HELD("trajectories/stop",            NONE,     INT8,  "N",    STOP,         DIA_OPTIONAL, stop),
    HELD("initial/state",                NONE,     INT8,  "N",    STATE,        0, initial_state),
    HELD("initial/weight",               NONE,     REAL,  "N",    NOT_NEGATIVE, 0, weight),
    HELD("initial/start_weight",         NONE,     REAL,  "N",    FINITE,       DIA_OPTIONAL, start_weight),
    ROWS("initial/position",             LENGTH,   REAL,  "NAD",  FINITE,       DIA_OPTIONAL | DIA_FATED),
    ROWS("initial/velocity",             VELOCITY, REAL,  "NAD",  FINITE,       DIA_OPTIONAL | DIA_FATED),
    ROWS("initial/amplitudes",           NONE,     REAL,  "Nn2",  AMPLITUDE,    DIA_OPTIONAL),
    ROWS("initial/candidate",            NONE,     INT64, "N",    NUMBER,       DIA_OPTIONAL),
    ROWS("initial/excitation",           ENERGY,   REAL,  "N",    NOT_NEGATIVE, DIA_OPTIONAL),
    ROWS("initial/strength",             NONE,     REAL,  "N",    NOT_NEGATIVE, DIA_OPTIONAL),
    HELD("populations/active",           NONE,     REAL,  "Tn",   SHARE,        DIA_MEAN, active),
    HELD("populations/electronic",       NONE,     REAL,  "Tn",   SHARE,        DIA_MEAN, electronic),
    HELD("populations/diabatic",         NONE,     REAL,  "Tn",   SHARE,        DIA_MEAN, diabatic),
    HELD("populations/active_error",     NONE,     REAL,  "Tn",   ERROR,        DIA_MEAN, active_error),
    HELD("populations/electronic_error", NONE,     REAL,  "Tn",   ERROR,        DIA_MEAN, electronic_error),
    HELD("populations/diabatic_error",   NONE,     REAL,  "Tn",   ERROR,        DIA_MEAN, diabatic_error),
    ROWS("trajectories/active",          NONE,     INT8,  "NT",   STATE,        0),
    ROWS("trajectories/potential",       ENERGY,   REAL,  "NT",   FINITE,       DIA_FATED),
    ROWS("trajectories/kinetic",         ENERGY,   REAL,  "NT",   NOT_NEGATIVE, DIA_FATED),
    ROWS("trajectories/work",            ENERGY,   REAL,  "NT",   FINITE,       DIA_OPTIONAL | DIA_FATED | DIA_LIT),
    ROWS("trajectories/energies",        ENERGY,   REAL,  "NTn",  FINITE,       DIA_OPTIONAL | DIA_FATED | DIA_FULL),
    ROWS("trajectories/amplitudes",      NONE,     REAL,  "NTn2", AMPLITUDE,    DIA_OPTIONAL | DIA_FATED | DIA_FULL | DIA_SINGLE),
    ROWS("trajectories/position",        LENGTH,   REAL,  "NTAD", FINITE,       DIA_OPTIONAL | DIA_FATED | DIA_FULL | DIA_SINGLE),
    ROWS("trajectories/velocity",        VELOCITY, REAL,  "NTAD", FINITE,       DIA_OPTIONAL | DIA_FATED | DIA_FULL | DIA_SINGLE),
    ROWS("committee/energy",             ENERGY,   REAL,  "NT",   NOT_NEGATIVE, DIA_OPTIONAL | DIA_FATED | DIA_WATCHED),
    ROWS("committee/gap",                ENERGY,   REAL,  "NT",   NOT_NEGATIVE, DIA_OPTIONAL | DIA_FATED | DIA_WATCHED),
    ROWS("committee/gradient",           GRADIENT, REAL,  "NT",   NOT_NEGATIVE, DIA_OPTIONAL | DIA_FATED | DIA_WATCHED),
    ROWS("committee/hop",                NONE,     REAL,  "NT",   NOT_NEGATIVE, DIA_OPTIONAL | DIA_FATED | DIA_WATCHED),
    ROWS("restart/state",                NONE,     REAL,  "NW",   ANY,          DIA_OPTIONAL | DIA_RESTART),
    ROWS("restart/electronic",           NONE,     REAL,  "Tn4",  ANY,          DIA_OPTIONAL | DIA_RESTART),
    ROWS("restart/diabatic",             NONE,     REAL,  "Tn4",  ANY,          DIA_OPTIONAL | DIA_RESTART),
    ROWS("shard/electronic",             NONE,     REAL,  "NTn",  SHARE,        DIA_OPTIONAL | DIA_FATED | DIA_SHARD),
    ROWS("shard/diabatic",               NONE,     REAL,  "NTn",  SHARE,        DIA_OPTIONAL | DIA_FATED | DIA_SHARD),
    HELD("hops/trajectory",              NONE,     INT64, "K",    NUMBER,       0, hops.trajectory),
    HELD("hops/time",                    TIME,     REAL,  "K",    NOT_NEGATIVE, 0, hops.time),
    HELD("hops/from",                    NONE,     INT8,  "K",    STATE,        0, hops.from),
    HELD("hops/to",                      NONE,     INT8,  "K",    STATE,        0, hops.to),
    HELD("hops/accepted",                NONE,     INT8,  "K",    FLAG,         0, hops.accepted),
    HELD("hops/gap",                     ENERGY,   REAL,  "K",    FINITE,       0, hops.gap),
    HELD("hops/kinetic_before",          ENERGY,   REAL,  "K",    NOT_NEGATIVE, 0, hops.kinetic_before),
    HELD("hops/kinetic_after",           ENERGY,   REAL,  "K",    NOT_NEGATIVE, 0, hops.kinetic_after),
    HELD("hops/work",                    ENERGY,   REAL,  "K",    FINITE,       DIA_OPTIONAL | DIA_LIT, hops.work),
    ROWS("hops/position",                LENGTH,   REAL,  "KAD",  FINITE,       0),
    ROWS("hops/velocity",                VELOCITY, REAL,  "KAD",  FINITE,       DIA_OPTIONAL),
    {NULL, NULL, DIA_NUMBER_REAL, NULL, DIA_RULE_FINITE, 0, 0},
};
/* clang-format on */

const dia_swarm_dataset *dia_swarm_dataset_find(const char *name)
{
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++)
        if (strcmp(d->name, name) == 0)
            return d;
    return NULL;
}

static size_t extent(const dia_swarm *swarm, char letter)
{
    switch (letter) {
    case 'A':
        return (size_t)swarm->natom;
    case 'D':
        return (size_t)swarm->dimension;
    case 'K':
        return (size_t)swarm->hops.count;
    case 'N':
        return (size_t)swarm->N;
    case 'n':
        return (size_t)swarm->nstate;
    case 'T':
        return (size_t)swarm->T;
    case 'W':
        return (size_t)swarm->width;
    default:
        return (size_t)(letter - '0');
    }
}

int dia_swarm_shape(const dia_swarm *swarm, const dia_swarm_dataset *d, size_t dims[8], size_t *width)
{
    const int rank = (int)strlen(d->shape);
    *width = 1;
    for (int i = 0; i < rank; i++) {
        dims[i] = extent(swarm, d->shape[i]);
        *width *= i > 0 ? dims[i] : 1;
    }
    return rank;
}

/* ---- shards ---------------------------------------------------------------------------------- */

void dia_shard_text(const dia_shard *shard, size_t size, char *text)
{
    snprintf(text, size, "%d of %d: trajectories %" PRId64 " to %" PRId64 " of %" PRId64, shard->number, shard->count,
             shard->first, shard->past - 1, shard->whole);
}

/* Takes a word and the number behind it. */
static bool take(const char **text, const char *word, int64_t *number)
{
    const size_t length = strlen(word);
    char digits[20];
    long long value;
    if (strncmp(*text, word, length) != 0)
        return false;
    const size_t n = strspn(*text + length, "0123456789");
    if (n >= sizeof digits)
        return false;
    memcpy(digits, *text + length, n);
    digits[n] = '\0';
    if (!dia_text_integer(digits, 0, INT64_MAX, &value, 0, NULL))
        return false;
    *number = value;
    *text += length + n;
    return true;
}

bool dia_shard_word(const char *text, int *number, int *count, const char **end)
{
    int64_t a = 0, b = 0;
    if (!take(&text, ".shard-", &a) || !take(&text, "-of-", &b) || a > INT_MAX || b > INT_MAX)
        return false;
    *number = (int)a;
    *count = (int)b;
    *end = text;
    return true;
}

bool dia_shard_parse(const char *text, dia_shard *shard)
{
    int64_t number = 0, count = 0, last = 0;
    *shard = (dia_shard){0};
    if (!take(&text, "", &number) || !take(&text, " of ", &count) || !take(&text, ": trajectories ", &shard->first) ||
        !take(&text, " to ", &last) || !take(&text, " of ", &shard->whole) || number < 1 || number > count ||
        count > INT_MAX || last < shard->first || last >= shard->whole) {
        *shard = (dia_shard){0};
        return false;
    }
    shard->number = (int)number;
    shard->count = (int)count;
    shard->past = last + 1;
    return true;
}

bool dia_swarm_shard(const dia_swarm *swarm, dia_shard *shard)
{
    return swarm->shard != NULL && dia_shard_parse(swarm->shard, shard) && shard->past - shard->first == swarm->N &&
           shard->first == swarm->number[0];
}
