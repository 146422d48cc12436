/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chunk of a dataset, as the filters of HDF5 make it: shuffle, deflate, fletcher32. From any thread, unlike HDF5's own. */
#ifndef DIA_STORE_PACK_H
#define DIA_STORE_PACK_H

#include <stddef.h>
#include <stdint.h>

enum { DIA_PACK_LEVEL = 1 }; /* of deflate: 4 makes files smaller by one or two per cent, in half as much time again */

/* Room for the packed form of a chunk of `size` bytes. */
size_t dia_pack_room(size_t size);
/* raw: (size) bytes, elements of `element` bytes as they are in the file; room: (size) scratch; packed: (dia_pack_room). Returns the
 * packed size. *mask: the filters that were left out, bits 0 and 1 (shuffle, deflate) where the chunk does not become smaller. 0: no
 * memory. The bytes depend on the chunk alone. */
size_t dia_pack(const unsigned char *raw, size_t size, size_t element, unsigned char *room, unsigned char *packed,
                uint32_t *mask);

#endif
