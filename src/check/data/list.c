/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All tests, in the order in which they run: what spoils the others comes first. */
#include "check/data/test.h"

extern const dia_data_test dia_data_test_layout, dia_data_test_lengths, dia_data_test_shrunk, dia_data_test_atoms,
    dia_data_test_sentinels, dia_data_test_order, dia_data_test_placeholders, dia_data_test_motions,
    dia_data_test_slopes, dia_data_test_duplicates, dia_data_test_points, dia_data_test_outliers,
    dia_data_test_couplings, dia_data_test_digits;

const dia_data_test *const dia_data_tests[] = {
    &dia_data_test_layout,       &dia_data_test_lengths,   &dia_data_test_shrunk,
    &dia_data_test_atoms,        &dia_data_test_sentinels, &dia_data_test_order,
    &dia_data_test_placeholders, &dia_data_test_motions,   &dia_data_test_slopes,
    &dia_data_test_duplicates,   &dia_data_test_points,    &dia_data_test_couplings,
    &dia_data_test_outliers,     &dia_data_test_digits,    NULL};
