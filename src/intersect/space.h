/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The branching space of any number of states that meet: the directions in which their degeneracy is lifted to first order. */
#ifndef DIA_INTERSECT_SPACE_H
#define DIA_INTERSECT_SPACE_H

#include "intersect/block.h"

/* b (ncondition, ncart) hartree/bohr: orthogonal vectors, the longest first, such that for a displacement q, to first order,
 * sum_a (E_a - mean E)^2 / count = sum_k (b_k . q)^2: of two states, or of two Kramers doublets, the square of half the gap. Returns
 * their number: 2 where two states of a real H meet, 3 of a complex one, 5 for two Kramers doublets, 1 for states that do not couple,
 * 0 for states that never part; the other rows are zero. The block was solved where its states are degenerate. work:
 * dia_eigen_work(ncondition) doubles. */
int dia_branching_space(const dia_block_view *block, double *b, double *work);

#endif
