/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 400, LINES = 40, TYPES = 17, VERBS = 14, NAMES = 1024 };

/* ---- names --------------------------------------------------------------------------------------- */

static char names[NAMES][CONTENTS_NAME];
static int nname;

void contents_know_one(const char *name)
{
    for (int i = 0; i < nname; i++)
        if (strcmp(names[i], name) == 0)
            return;
    if (nname < NAMES && strlen(name) < CONTENTS_NAME)
        snprintf(names[nname++], CONTENTS_NAME, "%s", name);
}

void contents_know(const char *const *more)
{
    for (; *more != NULL; more++)
        contents_know_one(*more);
}

static const char *random_name(unsigned value)
{
    return names[value % (unsigned)nname];
}

/* ---- lines --------------------------------------------------------------------------------------- */

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 8;
}

static const char *const interesting[] = {"0",
                                          "1",
                                          "-1",
                                          "2",
                                          "3",
                                          "-0.5",
                                          "0.5",
                                          "1e-300",
                                          "1e300",
                                          "nan",
                                          "inf",
                                          "-inf",
                                          "127",
                                          "128",
                                          "-129",
                                          "32768",
                                          "65536",
                                          "2147483647",
                                          "-2147483648",
                                          "4294967296",
                                          "4611686018427387904",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "1e12",
                                          "1e-8",
                                          "100",
                                          "7",
                                          "1e18"};
static const char *const texts[] = {"",
                                    "eV",
                                    "fs",
                                    "bohr",
                                    "1",
                                    "Angstrom",
                                    "furlong",
                                    "%1b[31m",
                                    "%ff%fe",
                                    "a: b: c",
                                    "{",
                                    "[[[[",
                                    "nan",
                                    "diabolo-swarm",
                                    "diabolo-model",
                                    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                                    "%0a%0a",
                                    "x%0ay%0a",
                                    "- - -",
                                    "!!int x",
                                    "&a *a",
                                    "%%s%%n",
                                    "type: network",
                                    "-1 of 3",
                                    "3 of 2: trajectories 1 to 0 of 0",
                                    "9999999999 of 99999999999"};
static const char *const shapes[] = {"0",
                                     "1",
                                     "2",
                                     "3",
                                     "scalar",
                                     "null",
                                     "1x1",
                                     "0x3",
                                     "3x0",
                                     "4x4",
                                     "6x3",
                                     "2x3x3",
                                     "1x1x1x1x1x1x1x1x1",
                                     "1099511627776",
                                     "1048576x1048576",
                                     "4294967296x4294967296x2",
                                     "3x5x2",
                                     "100",
                                     "9223372036854775807"};
#define PICK(list, state) ((list)[next_random(state) % (sizeof(list) / sizeof *(list))])

static int random_argument(const char *verb, unsigned *state, size_t size, char *out)
{
    const unsigned place = next_random(state) % 64;
    switch (verb[0] == 's' ? verb[1] : verb[0]) {
    case 'h': /* shape, or hard */
        return snprintf(out, size, " %s", verb[0] == 'h' ? random_name(next_random(state)) : PICK(shapes, state));
    case 'o':
        return snprintf(out, size, " %s", random_name(next_random(state)));
    case 't':
        return snprintf(out, size, " %s",
                        strcmp(verb, "type") == 0 ? contents_types[next_random(state) % TYPES] : PICK(texts, state));
    case 'e':
        return snprintf(out, size, " %u %s", next_random(state) % 4 == 0 ? 0 : place, PICK(interesting, state));
    case 'f':
        return snprintf(out, size, " %s", PICK(interesting, state));
    case 'w':
        return snprintf(out, size, " %u %u", place, next_random(state) % 64);
    case 'c':
        return snprintf(out, size, " %u", next_random(state) % 2000);
    case 'b':
        return snprintf(out, size, " %u %02x", next_random(state) % 2000, next_random(state) % 256);
    case 'm':
        return snprintf(out, size, " %s %s", PICK(shapes, state), PICK(interesting, state));
    default:
        return 0;
    }
}

static size_t random_line(unsigned *state, size_t size, char *line)
{
    const char *verb = contents_verbs[next_random(state) % VERBS], *name = random_name(next_random(state));
    if (strchr(name, '@') != NULL && next_random(state) % 2 == 0)
        verb = PICK(((const char *const[]){"text", "cut", "byte", "set"}), state);
    char argument[300] = "";
    random_argument(verb, state, sizeof argument, argument);
    const int n = contents_bases() > 1 && next_random(state) % 16 == 0
                      ? snprintf(line, size, "base %u\n", next_random(state) % (unsigned)contents_bases())
                      : snprintf(line, size, "%s %s%s\n", name, verb, argument);
    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);

/* A line more, one less, one replaced, or (seldom) any bytes. "base N" counts in the first line alone. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    unsigned state = seed * 2654435761u + 1;
    const unsigned how = next_random(&state) % 8;
    if (nname == 0 || how == 0)
        return LLVMFuzzerMutate(bytes, size, most);
    size_t begins[LINES + 1], n = 0;
    for (size_t i = 0; i < size && n < LINES; i++)
        if (i == 0 || bytes[i - 1] == '\n')
            begins[n++] = i;
    begins[n] = size;
    const size_t at = n > 0 ? next_random(&state) % (n + 1) : 0;
    size_t cut = at < n ? begins[at + 1] - begins[at] : 0; /* what is taken out */
    char line[LINE] = "";
    size_t length = 0;
    if (how < 5) /* more */
        cut = 0;
    if (how != 5 || n < 2)
        length = random_line(&state, sizeof line, line);
    if (strncmp(line, "base ", 5) == 0 && at > 0)
        length = 0;
    const size_t begin = begins[at < n ? at : n];
    if (size - cut + length + 1 > most)
        return size;
    if (begin == size && size > 0 && bytes[size - 1] != '\n')
        bytes[size++] = '\n';
    const size_t from = begin < size - cut ? begin : size - cut;
    memmove(bytes + from + length, bytes + from + cut, size - from - cut);
    memcpy(bytes + from, line, length);
    return size - cut + length;
}
