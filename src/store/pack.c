/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of a real number sign, exponent and first digits can be packed, the others are noise, on which deflate spends nine tenths of its time
 * for nothing. Shuffled bytes of one significance lie together; so piece by piece a look at a part of it decides whether it is
 * deflated or stored. Both are blocks of one stream (RFC 1951), which every reader takes. */
#include "store/pack.h"

#include <string.h>
#include <zlib.h>

enum {
    PIECE = 16 << 10, /* bytes that are judged together  */
    SAMPLE = 1 << 10, /* of them looked at               */
    WINDOW = 12,      /* log2 of the window for that     */
    PROMISE = 90,     /* per cent to which the sample must be packed */
    BLOCK = 65535,    /* longest stored block                        */
    CHECKSUM = 4
};

size_t dia_pack_room(size_t size)
{
    return size + size / 16 + 1024 + CHECKSUM; /* stored blocks: 5 bytes more each; a few for each change */
}

/* Byte k of all elements, for all k (HDF5's filter 2); what is no whole element stays behind them. */
static void shuffle(const unsigned char *raw, size_t size, size_t element, unsigned char *shuffled)
{
    const size_t n = size / element;
    for (size_t k = 0; k < element; k++)
        for (size_t i = 0; i < n; i++)
            shuffled[k * n + i] = raw[i * element + k];
    memcpy(shuffled + n * element, raw + n * element, size - n * element);
}

/* HDF5's filter 3: Fletcher's checksum over pairs of bytes, the first the higher; an odd byte at the end is a higher one. */
static uint32_t fletcher32(const unsigned char *bytes, size_t size)
{
    enum { RUN = 360 }; /* pairs after which the sums still fit 32 bits */
    uint32_t one = 0, two = 0;
    size_t left = size / 2;
    while (left > 0) {
        const size_t run = left < RUN ? left : RUN;
        for (size_t i = 0; i < run; i++) {
            one += (uint32_t)bytes[2 * i] << 8 | bytes[2 * i + 1];
            two += one;
        }
        bytes += 2 * run;
        left -= run;
        one = (one & 0xffff) + (one >> 16);
        two = (two & 0xffff) + (two >> 16);
    }
    if (size % 2 != 0) {
        one += (uint32_t)bytes[0] << 8;
        two += one;
        one = (one & 0xffff) + (one >> 16);
        two = (two & 0xffff) + (two >> 16);
    }
    one = (one & 0xffff) + (one >> 16);
    two = (two & 0xffff) + (two >> 16);
    return two << 16 | one;
}

/* Does the middle of a piece become smaller? */
static int gains(z_stream *probe, const unsigned char *piece, size_t size)
{
    unsigned char out[SAMPLE * PROMISE / 100];
    const size_t sample = size < SAMPLE ? size : SAMPLE;
    deflateReset(probe);
    probe->next_in = (unsigned char *)(uintptr_t)(piece + (size - sample) / 2); /* zlib does not change it */
    probe->avail_in = (uInt)sample;
    probe->next_out = out;
    probe->avail_out = (uInt)(sample * PROMISE / 100);
    return deflate(probe, Z_FINISH) == Z_STREAM_END;
}

/* One stream of all pieces; its size, 0: it would not be smaller. */
static size_t pack_pieces(z_stream *stream, z_stream *probe, const unsigned char *bytes, size_t size,
                          unsigned char *packed)
{
    int level = DIA_PACK_LEVEL;
    stream->next_out = packed;
    stream->avail_out = (uInt)(dia_pack_room(size) - CHECKSUM);
    for (size_t at = 0; at < size; at += PIECE) {
        const size_t piece = size - at < PIECE ? size - at : PIECE;
        const int wanted = gains(probe, bytes + at, piece) ? DIA_PACK_LEVEL : Z_NO_COMPRESSION;
        if (wanted != level && deflateParams(stream, wanted, Z_DEFAULT_STRATEGY) != Z_OK)
            return 0;
        level = wanted;
        stream->next_in = (unsigned char *)(uintptr_t)(bytes + at);
        stream->avail_in = (uInt)piece;
        const int done = deflate(stream, at + piece == size ? Z_FINISH : Z_NO_FLUSH);
        if (done != Z_OK && done != Z_STREAM_END)
            return 0;
    }
    return stream->total_out < size ? stream->total_out : 0;
}

size_t dia_pack(const unsigned char *raw, size_t size, size_t element, unsigned char *room, unsigned char *packed,
                uint32_t *mask)
{
    z_stream stream = {0}, probe = {0};
    const unsigned char *bytes = raw;
    if (element > 1) {
        shuffle(raw, size, element, room);
        bytes = room;
    }
    const int first = deflateInit(&stream, DIA_PACK_LEVEL),
              second = deflateInit2(&probe, 1, Z_DEFLATED, -WINDOW, 5, Z_DEFAULT_STRATEGY);
    size_t got = first == Z_OK && second == Z_OK ? pack_pieces(&stream, &probe, bytes, size, packed) : 0;
    deflateEnd(&stream);
    deflateEnd(&probe);
    if (first != Z_OK || second != Z_OK)
        return 0;
    *mask = got > 0 ? 0 : 3;
    if (got == 0) {
        memcpy(packed, raw, size);
        got = size;
    }
    const uint32_t sum = fletcher32(packed, got);
    for (int i = 0; i < CHECKSUM; i++)
        packed[got + (size_t)i] = (unsigned char)(sum >> 8 * i);
    return got + CHECKSUM;
}
