/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/channel.h"

#include <math.h>
#include <stdlib.h>

enum { K_MOST = 27 };

static bool grow(dia_bits *bits)
{
    const size_t room = bits->room > 0 ? 2 * bits->room : 4096;
    uint8_t *byte = realloc(bits->byte, room);
    if (byte == NULL) {
        bits->failed = true;
        return false;
    }
    bits->byte = byte;
    bits->room = room;
    return true;
}

/* The low `count` (0 .. 32) bits of value. */
static void put_bits(dia_bits *bits, uint32_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        bits->hold = (bits->hold << 1) | ((value >> i) & 1);
        if (++bits->held < 8)
            continue;
        if (bits->failed || (bits->size == bits->room && !grow(bits)))
            return;
        bits->byte[bits->size++] = (uint8_t)bits->hold;
        bits->hold = 0;
        bits->held = 0;
    }
}

void dia_bits_align(dia_bits *bits)
{
    if (bits->held > 0)
        put_bits(bits, 0, 8 - bits->held);
}

/* Residual of the prediction of this order for v_i, folded to a natural number. */
static uint32_t residual(const int32_t *v, int i, int order)
{
    int32_t r = v[i];
    switch (order < i ? order : i) {
    case 1:
        r = v[i] - v[i - 1];
        break;
    case 2:
        r = v[i] - 2 * v[i - 1] + v[i - 2];
        break;
    case 3:
        r = v[i] - 3 * (v[i - 1] - v[i - 2]) - v[i - 3];
        break;
    }
    return r >= 0 ? 2 * (uint32_t)r : 2 * (uint32_t)(-r) - 1;
}

static uint64_t cost(int n, const int32_t *v, int order, int k)
{
    uint64_t bits = 0;
    for (int i = 1; i < n; i++) {
        const uint32_t ones = residual(v, i, order) >> k;
        bits += ones < DIA_CHANNEL_ESCAPE ? ones + 1 + (uint32_t)k : DIA_CHANNEL_ESCAPE + 32;
    }
    return bits;
}

/* The k near log2 of the mean residual takes the fewest bits; its neighbours are tried too. */
static int likely_k(int n, const int32_t *v, int order)
{
    uint64_t sum = 0;
    for (int i = 1; i < n; i++)
        sum += residual(v, i, order);
    int k = 0;
    while (k < K_MOST - 1 && n > 1 && (uint64_t)(n - 1) << (k + 1) <= sum)
        k++;
    return k;
}

void dia_channel_put(dia_bits *bits, int n, const int32_t *value)
{
    int order = 0, k = 0;
    uint64_t least = UINT64_MAX;
    for (int p = 0; p < DIA_CHANNEL_ORDERS; p++) {
        const int middle = likely_k(n, value, p);
        for (int j = middle > 2 ? middle - 2 : 0; j <= middle + 1; j++) {
            const uint64_t c = cost(n, value, p, j);
            if (c < least) {
                least = c;
                order = p;
                k = j;
            }
        }
    }
    put_bits(bits, (uint32_t)order, 2);
    put_bits(bits, (uint32_t)k, 5);
    put_bits(bits, (uint32_t)value[0], 32);
    for (int i = 1; i < n; i++) {
        const uint32_t u = residual(value, i, order), ones = u >> k;
        if (ones < DIA_CHANNEL_ESCAPE) {
            put_bits(bits, ((uint32_t)1 << (ones + 1)) - 2, (int)ones + 1);
            put_bits(bits, u, k);
        } else {
            put_bits(bits, ((uint32_t)1 << DIA_CHANNEL_ESCAPE) - 1, DIA_CHANNEL_ESCAPE);
            put_bits(bits, u, 32);
        }
    }
}

bool dia_channel_round(double x, double quantum, int32_t *value)
{
    const double r = round(x / quantum);
    if (!(fabs(r) <= DIA_CHANNEL_MOST)) /* NaN too */
        return false;
    *value = (int32_t)r;
    return true;
}
