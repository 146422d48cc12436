/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time series of integers in few bits: the residuals of a polynomial prediction, in Rice's code. Lossless; the error of
 * a page is that of rounding to integers before.
 *
 * A channel of n values v_0 .. v_{n-1} is written, most significant bit first, as
 *   2 bits   order p = 0 .. 3 of the prediction
 *   5 bits   k of the code
 *   32 bits  v_0, two's complement
 *   then for i = 1 .. n-1 the residual r_i = sum_{m=0}^{q} (-1)^m binomial(q, m) v_{i-m}, q = min(p, i): what the
 *   polynomial of degree q-1 through the q values before leaves over; folded to u = 2r (r >= 0) or -2r - 1 (r < 0);
 *   u >> k in unary (that many ones and a zero) and the k low bits of u. From 20 ones on: 20 ones, then u in 32 bits.
 *
 * p and k are those that take the fewest bits. Rice, Plaunt, IEEE Trans. Commun. Technol. 19, 889 (1971), DOI
 * 10.1109/TCOM.1971.1090789; the predictors: Robinson, SHORTEN, Cambridge University report CUED/F-INFENG/TR.156
 * (1994). */
#ifndef DIA_REPORT_CHANNEL_H
#define DIA_REPORT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIA_CHANNEL_MOST = 1 << 27, /* |v| at most: a residual of order 3 is up to 8 times that and must fit */
    DIA_CHANNEL_ORDERS = 4,
    DIA_CHANNEL_ESCAPE = 20
};

typedef struct dia_bits { /* zero-initialise; bytes owned: free() */
    uint8_t *byte;
    size_t size, room; /* bytes written, allocated         */
    uint32_t hold;     /* bits that are no whole byte yet  */
    int held;          /* how many                         */
    bool failed;       /* out of memory: nothing more was written */
} dia_bits;

/* Zeros up to the next whole byte. */
void dia_bits_align(dia_bits *bits);

/* value (n), n >= 1. */
void dia_channel_put(dia_bits *bits, int n, const int32_t *value);

/* x / quantum to the nearest integer; false (and nothing) if x is no number or too large for a channel. */
bool dia_channel_round(double x, double quantum, int32_t *value);

#endif
