#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Damaged swarms, models, data sets, checkpoints and mechanism files, each array and attribute in many ways, given to everything that reads them
# (damaged.py): no crash, and never success with other numbers than those of a whole swarm. All commands on all of them: DAMAGED=all.
# damaged.sh PROGRAM SOURCE_DIR KIND (swarm, model, data, checkpoint, mechanism, exact); one CTest a kind. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy
"$program" run "$source/examples/photochem/03_ethylene/ethylene.yaml" --quiet --set initial.trajectories=14 --set dynamics.duration="40 fs" \
    --set output.every="2 fs" --output whole.h5 >/dev/null || exit 1
"$python" "$source/tests/report/synthetic_intersections.py" whole.h5 points.h5 || exit 1
printf 'swarm: whole.h5\ncensus: {intersections: points.h5, limit: 5 Angstrom}\ncoordinates: [{name: cc, coordinate: distance 0 1, bins: 8}]\n' >m.yaml
printf 'model: %s\nmodes: {}\ncomponents: {count: 2}\nclusters: {radius: 1 Angstrom}\n' "$source/models/ethylene/ethylene.h5" >>m.yaml
"$program" mechanism m.yaml --quiet --output mechanism.whole >/dev/null || exit 1
PYTHONPATH=$source/python:$source/analysis "$python" "$source/tests/cli/damaged.py" "$program" "$source" "$3" || fail "damaged files"
