/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding how the diabats behave under symmetry operations, and the operations, where the input does not say.
 *
 * A generator of network.symmetry without signs gets them by short trainings, one for each pattern (the sign of the
 * first diabat is free). Energies hardly tell a right pattern from a wrong one, couplings do: where two states are
 * close, a pattern under which an element of H is odd that should be even makes their coupling wrong. So a pattern is
 * judged by its mean absolute error of the couplings at gaps below 0.5 eV.
 *
 * Before that the patterns are ruled out which couplings at symmetric geometries contradict (told.h). If those of one
 * hypothesis are left, it is taken; of a search it is still compared with the network without the operation.
 *
 * Patterns that differ by the order of the diabats alone are one hypothesis; the best of them stands for it. One hypothesis is
 * taken before another if, over the points with such couplings, the mean of the paired differences of their errors is 3
 * standard errors or more, the error of the other is 1.3 times as large or more (two trainings of the same pattern differ,
 * too), and there are five points or more. Otherwise the two best are trained again for longer and compared; if that does
 * not decide either, the user is asked. The same measure says
 * that an operation which was found by the search is contradicted by the data: with its best pattern couplings are
 * worse than without it. */
#ifndef DIA_TRAIN_SIGNS_H
#define DIA_TRAIN_SIGNS_H

#include "train/training.h"

/* Completes t->settings.network.symmetry, with notes on every trial, and t->found, if anything was missing; the data of
 * t are loaded and split. DIA_ERROR_INPUT: the data do not decide. */
DIA_MUST_USE dia_status dia_signs_find(dia_training *t, const dia_control *control, dia_error *error);

#endif
