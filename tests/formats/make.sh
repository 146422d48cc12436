#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# make.sh PROGRAM FOLDER: one small file of each format, as this program writes it. tests/cli/formats.sh reads those that were kept, of every version
# that was released (tests/formats/0.1/, ...): run this once at a release, into a new folder, and never change a folder again.
set -eu
here=$(dirname "$(realpath "$0")")
program=$(realpath "$1")
mkdir -p "$2"
cd "$2"

cat >swarm.yaml <<'END'
model: {type: ferretti}
initial: {sampling: fixed, position: [2.2, 0.1], position_width: [0.2, 0.2], state: {diabatic: 0}, trajectories: 4, seed: 3}
dynamics: {method: fewest_switches, timestep: 0.5 fs, duration: 40 fs}
output: {file: swarm.h5, every: 10 fs}
END
"$program" run swarm.yaml --quiet --threads 1 >/dev/null
cat >intersections.yaml <<'END'
model: {type: ferretti}
start: {geometries: [{position: [2.5, 0.3]}]}
search: [{states: [0]}, {states: [0, 1]}]
output: {file: intersections.h5}
END
"$program" intersect intersections.yaml --quiet --threads 1 >/dev/null
cat >mechanism.yaml <<'END'
swarm: swarm.h5
census: {intersections: intersections.h5, limit: 5 Angstrom}
output: {file: mechanism.h5}
END
"$program" mechanism mechanism.yaml --quiet --threads 1 >/dev/null
cat >exact.yaml <<'END'
model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-4.0], momentum: [20], position_width: [1.0], state: 0, trajectories: 4, seed: 3}
dynamics: {method: fewest_switches, timestep: 0.2 fs, duration: 20 fs}
output: {file: flight.h5, every: 10 fs}
END
"$program" exact exact.yaml --quiet --threads 1 --output exact.h5 >/dev/null

# A vibronic model as text; twelve points of a bent molecule of three atoms, whose two states are formulas, as data for a network and for two.
cat >vibronic.yaml <<'END'
type: vibronic
epsilon: [3.9 eV, 4.8 eV]
modes:
  - {name: tuning, frequency: 0.1 eV, kappa: [-0.1 eV, 0.15 eV]}
  - {name: coupling, frequency: 0.12 eV}
lambda: [{states: [0, 1], modes: [coupling], value: 0.25 eV}]
END
for ((i = 0; i < 12; i++)); do
  awk -v i="$i" 'BEGIN { x = 0.03*i; printf "3\nProperties=species:S:1:pos:R:3 energies=\"%.6f %.6f\"\nO 0 0 0\nH %.4f 0 0\nH -0.24 %.4f 0\n", x*x, 1 + 0.5*x*x, 0.96 + x, 0.93 + 0.5*x }'
done >points.xyz
"$program" convert points.xyz dataset.h5 --energy-unit eV --quiet
cat >network.yaml <<'END'
data: {file: dataset.h5, validation: 0.2, seed: 1}
network: {descriptors: [inverse_distance], layers: [4], states: 2}
stages: [{optimiser: adam, epochs: 20, rate: 1e-2, batch: 4}]
output: {file: network.h5}
END
"$program" train network.yaml --quiet --threads 1 >/dev/null
"$program" train network.yaml --quiet --threads 1 --set committee.members=2 --output committee.h5 >/dev/null
rm -f points.xyz ./*.errors.h5 ./*.member*
/usr/bin/python3 "$here/read.py" "$program" . >expected.json
