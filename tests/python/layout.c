/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints size and offsets of every public struct that python/diabolo mirrors, and the units: "dia_shape.nstate 8". */
#include <stdio.h>

#include "diabolo/diabolo.h"

#define SIZE(type) printf(#type " %zu\n", sizeof(type))
#define AT(type, member) printf(#type "." #member " %zu\n", offsetof(type, member))
#define UNIT(name) printf(#name " %.17g\n", DIA_##name)

static void basic(void)
{
    SIZE(dia_error);
    AT(dia_error, status);
    AT(dia_error, text);
    SIZE(dia_shape);
    AT(dia_shape, natom);
    AT(dia_shape, ncart);
    AT(dia_shape, nstate);
    AT(dia_shape, npacked);
    AT(dia_shape, ntheta);
    SIZE(dia_molecule);
    AT(dia_molecule, natom);
    AT(dia_molecule, dimension);
    AT(dia_molecule, ncart);
    AT(dia_molecule, numbers);
    AT(dia_molecule, masses);
    AT(dia_molecule, reference);
    SIZE(dia_frame);
    AT(dia_frame, batch);
    AT(dia_frame, nstate);
    AT(dia_frame, H);
    AT(dia_frame, E);
    AT(dia_frame, U);
    AT(dia_frame, hermitian);
}

static void search(void)
{
    SIZE(dia_constraint);
    AT(dia_constraint, residual);
    AT(dia_constraint, context);
    SIZE(dia_search_options);
    AT(dia_search_options, method);
    AT(dia_search_options, gap);
    AT(dia_search_options, gradient);
    AT(dia_search_options, max_step);
    AT(dia_search_options, iterations);
    AT(dia_search_options, nconstraint);
    AT(dia_search_options, constraint);
    SIZE(dia_search_result);
    AT(dia_search_result, converged);
    AT(dia_search_result, iterations);
    AT(dia_search_result, energy);
    AT(dia_search_result, gap);
    AT(dia_search_result, gradient);
    AT(dia_search_result, why);
}

static void point(void)
{
    SIZE(dia_seam_modes);
    AT(dia_seam_modes, ncart);
    AT(dia_seam_modes, nmode);
    AT(dia_seam_modes, frequency);
    AT(dia_seam_modes, vector);
    AT(dia_seam_modes, negative);
    SIZE(dia_branching_plane);
    AT(dia_branching_plane, ncart);
    AT(dia_branching_plane, directions);
    AT(dia_branching_plane, g);
    AT(dia_branching_plane, h);
    AT(dia_branching_plane, h_imaginary);
    AT(dia_branching_plane, x);
    AT(dia_branching_plane, y);
    AT(dia_branching_plane, z);
    AT(dia_branching_plane, s);
    AT(dia_branching_plane, pitch);
    AT(dia_branching_plane, asymmetry);
    AT(dia_branching_plane, tilt);
    AT(dia_branching_plane, heading);
    AT(dia_branching_plane, P);
    AT(dia_branching_plane, B);
}

static void calls(void)
{
    SIZE(dia_input);
    AT(dia_input, path);
    AT(dia_input, text);
    AT(dia_input, directory);
    AT(dia_input, nset);
    AT(dia_input, set);
    AT(dia_input, output);
    SIZE(dia_progress_state);
    AT(dia_progress_state, what);
    AT(dia_progress_state, done);
    AT(dia_progress_state, total);
    AT(dia_progress_state, before);
    AT(dia_progress_state, note);
    SIZE(dia_control);
    AT(dia_control, threads);
    AT(dia_control, stop);
    AT(dia_control, progress);
    AT(dia_control, warning);
    AT(dia_control, note);
    AT(dia_control, context);
    SIZE(dia_run_flags);
    AT(dia_run_flags, fresh);
    AT(dia_run_flags, alone);
    AT(dia_run_flags, trajectory);
    AT(dia_run_flags, checkpoint);
    AT(dia_run_flags, shard);
    AT(dia_run_flags, shards);
    AT(dia_run_flags, extend);
    SIZE(dia_merge_flags);
    AT(dia_merge_flags, output);
    AT(dia_merge_flags, partial);
    AT(dia_merge_flags, fresh);
    SIZE(dia_merge_result);
    AT(dia_merge_result, path);
    AT(dia_merge_result, complete);
    AT(dia_merge_result, shards);
    AT(dia_merge_result, missing);
    AT(dia_merge_result, trajectories);
    AT(dia_merge_result, rounded);
    SIZE(dia_run_result);
    AT(dia_run_result, path);
    AT(dia_run_result, complete);
    AT(dia_run_result, threads);
    AT(dia_run_result, flown);
    AT(dia_run_result, seconds);
    SIZE(dia_run_method);
    AT(dia_run_method, method);
    AT(dia_run_method, result);
    SIZE(dia_run_results);
    AT(dia_run_results, count);
    AT(dia_run_results, item);
    AT(dia_run_results, members);
    SIZE(dia_replay_result);
    AT(dia_replay_result, run);
    AT(dia_replay_result, compared);
    AT(dia_replay_result, changed);
    AT(dia_replay_result, difference);
    AT(dia_replay_result, reasons);
    SIZE(dia_exact_result);
    AT(dia_exact_result, path);
    AT(dia_exact_result, engine);
    AT(dia_exact_result, settings);
    AT(dia_exact_result, complete);
    AT(dia_exact_result, seconds);
    AT(dia_exact_result, norm_drift);
    AT(dia_exact_result, energy_drift);
    AT(dia_exact_result, changes);
    AT(dia_exact_result, change_what);
    AT(dia_exact_result, change);
    AT(dia_exact_result, record);
    SIZE(dia_analyse_flags);
    AT(dia_analyse_flags, model);
    AT(dia_analyse_flags, fit);
    AT(dia_analyse_flags, nscheme);
    AT(dia_analyse_flags, scheme);
    AT(dia_analyse_flags, from);
    AT(dia_analyse_flags, bootstrap);
    AT(dia_analyse_flags, seed);
    AT(dia_analyse_flags, exact);
    AT(dia_analyse_flags, card);
    AT(dia_analyse_flags, members);
    AT(dia_analyse_flags, plain);
    SIZE(dia_dataset_arrays);
    AT(dia_dataset_arrays, npoint);
    AT(dia_dataset_arrays, natom);
    AT(dia_dataset_arrays, nstate);
    AT(dia_dataset_arrays, numbers);
    AT(dia_dataset_arrays, positions);
    AT(dia_dataset_arrays, energies);
    AT(dia_dataset_arrays, gradients);
    AT(dia_dataset_arrays, couplings);
    AT(dia_dataset_arrays, dipoles);
    AT(dia_dataset_arrays, group);
    AT(dia_dataset_arrays, length_unit);
    AT(dia_dataset_arrays, energy_unit);
    AT(dia_dataset_arrays, gradient_unit);
    AT(dia_dataset_arrays, coupling_unit);
    AT(dia_dataset_arrays, dipole_unit);
    AT(dia_dataset_arrays, level_of_theory);
    SIZE(dia_train_result);
    AT(dia_train_result, model);
    AT(dia_train_result, errors);
    AT(dia_train_result, complete);
}

static void samples(void)
{
    SIZE(dia_samples);
    AT(dia_samples, n);
    AT(dia_samples, natom);
    AT(dia_samples, dimension);
    AT(dia_samples, ncart);
    AT(dia_samples, nstate);
    AT(dia_samples, numbers);
    AT(dia_samples, masses);
    AT(dia_samples, R);
    AT(dia_samples, V);
    AT(dia_samples, state);
    AT(dia_samples, weight);
    AT(dia_samples, kinetic);
    AT(dia_samples, energies);
    AT(dia_samples, amplitudes);
    AT(dia_samples, strengths);
    AT(dia_samples, temperature);
    AT(dia_samples, nmode);
    AT(dia_samples, diabat);
    AT(dia_samples, stated);
    AT(dia_samples, frequency);
    AT(dia_samples, deviation);
    AT(dia_samples, minimum);
    AT(dia_samples, minimum_energy);
    AT(dia_samples, zero_point);
    AT(dia_samples, harmonic);
    AT(dia_samples, own);
}

int main(void)
{
    basic();
    search();
    point();
    calls();
    samples();
    UNIT(EV);
    UNIT(WAVENUMBER);
    UNIT(KELVIN);
    UNIT(ANGSTROM);
    UNIT(FEMTOSECOND);
    UNIT(DALTON);
    return 0;
}
