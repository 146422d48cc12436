/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table is docs/coming-from.md's, which says where each line is from. */
#include "dynamics/like.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef struct setting {
    const char *key, *value;
} setting;

enum { MOST = 10 };

static const struct {
    const char *name;
    setting set[MOST];
} programs[] = {
    {.name = "diabolo"},
    {.name = "abin",
     .set = {{"method", "fewest_switches_rates"},
             {"probability", "interpolated"},
             {"substeps", "100"},
             {"adjust", "coupling_then_velocity"},
             {"frustrated", "keep"},
             {"decoherence.method", "energy_based"},
             {"decoherence.constant", "0.1 hartree"},
             {"decoherence.convention", "population"}}},
    {.name = "mlatom",
     .set = {{"method", "landau_zener"},
             {"probability", "gap"},
             {"adjust", "velocity"},
             {"frustrated", "keep"},
             {"decoherence.method", "none"}}},
    {.name = "mudslide",
     .set = {{"method", "fewest_switches_rates"},
             {"probability", "interpolated"},
             {"adjust", "coupling"},
             {"frustrated", "keep"},
             {"decoherence.method", "none"}}},
    {.name = "newton-x",
     .set = {{"method", "fewest_switches_rates"},
             {"probability", "interpolated"},
             {"substeps", "20"},
             {"adjust", "coupling"},
             {"frustrated", "keep"},
             {"decoherence.method", "energy_based"},
             {"decoherence.constant", "0.1 hartree"},
             {"decoherence.convention", "amplitude"}}},
    {.name = "nqcdynamics",
     .set = {{"method", "fewest_switches_rates"},
             {"probability", "averaged"},
             {"adjust", "coupling"},
             {"frustrated", "keep"},
             {"decoherence.method", "none"}}},
    {.name = "sharc",
     .set = {{"method", "fewest_switches"},
             {"probability", "local_diabatisation"},
             {"adjust", "velocity"},
             {"frustrated", "keep"},
             {"decoherence.method", "energy_based"},
             {"decoherence.constant", "0.1 hartree"},
             {"decoherence.convention", "population"}}},
    {.name = "unixmd",
     .set = {{"method", "fewest_switches_rates"},
             {"probability", "interpolated"},
             {"substeps", "20"},
             {"adjust", "coupling_then_velocity"},
             {"frustrated", "reverse"},
             {"decoherence.method", "none"}}},
};

enum { PROGRAMS = sizeof programs / sizeof programs[0] };

int dia_like_find(const char *word)
{
    for (int i = 1; word != NULL && i < PROGRAMS; i++)
        if (strcmp(programs[i].name, word) == 0)
            return i;
    return 0;
}

const char *dia_like_fallback(int like, const char *key)
{
    assert(like >= 0 && like < PROGRAMS);
    for (const setting *s = programs[like].set; s < programs[like].set + MOST && s->key != NULL; s++)
        if (strcmp(s->key, key) == 0)
            return s->value;
    return NULL;
}

void dia_like_options(int like, const char *prefix, const dia_option *table, int room, dia_option *out)
{
    int n = 0;
    for (; table->key != NULL && n < room - 1; table++, n++) {
        char key[80];
        snprintf(key, sizeof key, "%s%s", prefix, table->key);
        const char *own = dia_like_fallback(like, key);
        out[n] = *table;
        if (own != NULL)
            out[n].fallback = own;
    }
    assert(table->key == NULL);
    out[n] = (dia_option){.key = NULL};
}

void dia_like_text(int like, size_t size, char *text)
{
    size_t n = 0;
    bool inner = false;
    text[0] = '\0';
    for (const setting *s = programs[like].set; s < programs[like].set + MOST && s->key != NULL && n < size; s++) {
        const char *dot = strchr(s->key, '.');
        n += (size_t)snprintf(text + n, size - n, "%s%s%s: %s", n > 0 ? ", " : "",
                              dot != NULL && !inner ? "decoherence: {" : "", dot != NULL ? dot + 1 : s->key, s->value);
        inner = dot != NULL;
    }
    if (inner && n < size)
        snprintf(text + n, size - n, "}");
}
