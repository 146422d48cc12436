/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts allocations of the calling thread, those inside libraries included: proof that a hot call makes none. */
#ifndef DIA_TEST_ALLOCATIONS_H
#define DIA_TEST_ALLOCATIONS_H

/* Allocations by this thread since the program began: take the difference of two. */
long allocations_count(void);

#endif
