/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all initial conditions share: settings that do not go together or do not fit the model; that they can be stopped. */
#include "check.h"

#include <string.h>

#include "base/control.h"
#include "start.h"

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *model, *initial, *says;
    } wrong[] = {
        {start_tully, "{sampling: fixed, state: 2, trajectories: 1}", "0 to 1"},
        {start_tully, "{sampling: fixed, state: 0}", "trajectories"},
        {start_tully, "{sampling: fixed, state: 0, trajectories: 1, position: [1, 2]}", "expected 1 number"},
        {start_tully, "{sampling: fixed, state: 0, trajectories: 1, momentum: [1, 2]}", "initial.momentum"},
        {start_tully, "{sampling: fixed, state: 0, trajectories: 1, file: a.xyz}", "sampling: file"},
        {start_tully, "{sampling: fixed, state: 0, trajectories: 1, temperature: 300 K, momentum_width: [1]}",
         "keep one"},
        {start_tully, "{sampling: fixed, state: 0, trajectories: 1, frequencies: [1 eV]}",
         "initial.frequencies is not used"},
        {start_tully, "{sampling: fixed, state: 0, trajectories: 1, diabat: 0}", "initial.diabat is not used"},
        {start_tully, "{state: 0, trajectories: 1, frequencies: [1 eV], diabat: 0}", "the oscillators are stated"},
        {start_tully, "{state: 0, trajectories: 1, frequencies: [1 eV], position_width: [1]}", "keep one"},
        {start_tully, "{state: 0, trajectories: 1, frequencies: [1 eV, 1 eV]}",
         "initial.frequencies: expected 1 number"},
        {start_tully, "{state: 0, trajectories: 1, frequencies: [0 eV]}", "expected energies above 0, found '0 eV'"},
        {start_tully, "{state: 0, trajectories: 1, frequencies: [1 fs]}", "initial.frequencies: "},
        {start_tully, "{state: 0, trajectories: 1, frequencies: model}", "is not written in harmonic oscillators"},
        {start_tully, "{state: 0, trajectories: 1, position_width: [0]}", "above 0"},
        {start_tully, "{state: 0, trajectories: 1, diabat: 2}",
         "initial.diabat: the model has the states 0 to 1, found 2"},
        {start_tully, "{sampling: boltzmann, state: 0, trajectories: 1, frequencies: [1 eV]}",
         "sampling: boltzmann needs one"},
        {start_water, "{state: 0, trajectories: 1, frequencies: [1 eV]}", "Cartesian coordinates of a molecule"},
        {start_water, "{state: 0, trajectories: 1, frequencies: model, masses: [O, D, D]}", "leave initial.masses out"},
        {start_abstract, "{state: 0, trajectories: 1, momentum: [0]}", "initial.momentum: expected 2"},
        {start_abstract, "{state: 0, trajectories: 1, momentum_width: [0]}", "sampling: fixed"},
        {start_abstract, "{state: 0, trajectories: 1, position: [0]}", "expected 2 numbers"},
        {start_abstract, "{state: 0, trajectories: 1, position: [0, 0], file: a.xyz}", "keep one"},
        {start_abstract, "{state: file, trajectories: 1}", "give a number"},
        {start_abstract, "{state: 0, trajectories: 1, masses: file}", "initial.masses: file needs `file`"},
        {start_abstract, "{state: 0, trajectories: 1, masses: [1, 1, 1]}", "expected 2"},
        {start_abstract, "{state: 0, trajectories: 1, masses: [1, 0]}", "atom 2: a mass must be positive"},
        {start_abstract, "{state: 0, trajectories: 1, masses: [1, D]}", "atom 2: 'D' is H, in the model it is X"},
        {start_abstract, "{state: 0, trajectories: 1, masses: [1, 1e300]}", "atom 2 must lie between"},
        {start_water, "{state: 0, trajectories: 1, masses: [O, H, C]}", "atom 3: 'C' is C, in the model it is H"},
        {start_water, "{state: 0, trajectories: 1, masses: [O, H, heavy]}", "'heavy' is no element"},
        {start_water, "{state: 0, trajectories: 1, masses: [O, H, 1837]}", "electron masses"},
        {start_tully, "{sampling: fixed, state: 0, trajectories: 1, position_width: [-1]}", "not negative"},
        {start_water, "{sampling: file, state: 0}", "file"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        ask(&a, wrong[i].model, wrong[i].initial);
        assert_int_equal(dia_initial_make(&x, a.model, &a.settings, NULL, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i].says) == NULL)
            fail_msg("case %zu: '%s' should say '%s'", i, error.text, wrong[i].says);
        assert_null(x.R);
        answered(&a);
    }
}

/* Asked to stop, before or while the samples are drawn: nothing is left. */
static void test_stops(void **state)
{
    (void)state;
    static const struct {
        const char *model, *initial;
    } cases[] = {{start_water, "{state: 0, trajectories: 1000}"},
                 {start_tully, "{sampling: fixed, position: [1], state: 0, trajectories: 1000}"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        const int now = 1;
        const dia_control control = {.stop = &now};
        ask(&a, cases[i].model, cases[i].initial);
        assert_int_equal(dia_initial_make(&x, a.model, &a.settings, &control, &error), DIA_ERROR_INTERRUPTED);
        assert_null(x.R);
        answered(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
