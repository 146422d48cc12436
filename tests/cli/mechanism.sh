#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo mechanism as a user meets it: mechanism.sh PROGRAM SOURCE_DIR. Made-up swarms with known answers, a real small one; then
# everything that may be wrong with the input. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
set -eo pipefail
need h5py numpy
model=$source/models/ethylene/ethylene.h5
known() { "$python" "$source/tests/cli/mechanism.py" "$@" || fail "mechanism.py $*"; }
known make

# Census: which intersection, components, shares, populations.
cat > census.yaml <<Y
swarm: swarm.h5
census: {intersections: intersections.h5}
Y
run 0 mechanism census.yaml -o census.h5 -q
known census census.h5
out_has 'S1->S0  S1/S0-1 twisted'
out_has 'before the momentum is adjusted'
out_has 'Population of S0, by the intersection'
run 0 mechanism census.yaml -o census.h5 -q --json # the output may be written anew
"$python" -c "import json; d = json.load(open('out')); assert d['census']['table'] and d['census']['populations'][0]['through']" || fail "JSON"

# An older file without the velocity at the hop: said, and taken from the samples; here there are none of these either.
cp swarm.h5 older.h5
"$python" -c "import h5py; del h5py.File('older.h5', 'r+')['hops/velocity']"
run 0 mechanism census.yaml -q -o older-census.h5 --set swarm=older.h5
out_has 'none in the file'

# Coordinates, modes, principal components.
cat > motion.yaml <<Y
swarm: swarm.h5
coordinates:
  - {name: far, coordinate: distance 0 2, fold: max}
  - {coordinate: torsion 2 0 1 3, fold: min, absolute: true, smooth: 5 deg}
  - {coordinate: distance 0 2, fold: sort, from: 1 Angstrom, to: 2.5 Angstrom, smooth: 0.05 Angstrom}
  - {coordinate: distance 0 2, fold: mean}
  - {coordinate: torsion 2 0 1 3}
modes: {reference: modes.molden}
components: {from: 5 fs, to: 15 fs}
Y
run 0 mechanism motion.yaml -q -o motion.h5 -t 2
known motion motion.h5
run 0 mechanism motion.yaml -q -o one.h5 -t 1
cmp one.h5 motion.h5 || fail "the file depends on the number of threads"

run 0 mechanism motion.yaml -q -o none.h5 --set equivalence.labels=none # nobody takes another's place: nothing to fold
"$python" -c "import h5py; f = h5py.File('none.h5'); assert [f[f'coordinates/{i}'].attrs['images'] for i in range(5)] == [1] * 5" || fail "labels: none"

# Ten like atoms have too many permutations: in the way only where some are needed.
"$python" - > many.yaml <<'P'
x = [[1.3 * i, 0.7 * (i % 2), 0.2 * (i % 3)] for i in range(10)]
flat = lambda rows: ", ".join(f"{v:.6f}" for row in rows for v in row)
print("type: vibronic\nmolecule:\n  symbols: [%s]\n  geometry: [%s]\nepsilon: [0 eV, 3 eV]\nmodes:" % (", ".join("C" * 10), flat(x)))
print("  - {name: stretch, frequency: 1000 cm^-1, vector: [%s]}" % flat([[0.5 if i in (0, 3) else -0.5 if i in (1, 2) else 0, 0, 0] for i in range(10)]))
P
cat > many_run.yaml <<Y
model: many.yaml
initial: {sampling: wigner, state: 0, trajectories: 3, seed: 1}
dynamics: {method: none, timestep: 0.25 fs, duration: 2 fs}
Y
run 0 run many_run.yaml -q --output many.h5
printf 'swarm: many.h5\nmodel: many.yaml\ncoordinates: [{coordinate: distance 0 1}]\nmodes: {relabel: never}\n' > many_mechanism.yaml
run 0 mechanism many_mechanism.yaml -q -o many_mechanism.h5
run 2 mechanism many_mechanism.yaml -q -o many_mechanism.h5 --set modes.relabel=start
err_has 'can be permuted in'
run 0 mechanism many_mechanism.yaml -q -o many_mechanism.h5 --set modes.relabel=start --set equivalence.labels=none

# Clusters.
printf 'swarm: kinds.h5\nclusters: {radius: 0.1 Angstrom}\n' > clusters.yaml
run 0 mechanism clusters.yaml -q -o kinds-2.h5 --set clusters.file=kinds-clusters.xyz -t 2
known clusters kinds-2.h5
out_has 'Clusters of final geometries: 60 in 4'

# A real swarm: Wigner sampling seen by its own modes, the velocity at a hop.
cat > fly.yaml <<Y
model: $model
initial: {sampling: wigner, state: 1, trajectories: 400, seed: 3}
dynamics: {timestep: 0.1 fs, duration: 0.2 fs}
output: {file: start.h5, every: 0.1 fs, precision: double}
Y
run 0 run fly.yaml -q
printf 'swarm: start.h5\nmodel: %s\nmodes: {relabel: never}\n' "$model" > modes.yaml
run 0 mechanism modes.yaml -q -o modes.h5
cp out named.out
sed '/^model/d' modes.yaml > unnamed.yaml # the model that the swarm names
run 0 mechanism unnamed.yaml -q -o modes.h5
cmp -s out named.out || fail "modes with the model that the swarm names"
printf 'model: {type: vibronic, epsilon: [0 eV, 1 eV], modes: [{name: q, frequency: 0.1 eV}]}\ninitial: {sampling: wigner, state: 0, trajectories: 3}\ndynamics: {method: none, timestep: 0.1 fs, duration: 1 fs}\noutput: {file: block.h5}\n' > block.yaml
run 0 run block.yaml -q
rm block.yaml # the model is in the swarm
run 0 mechanism unnamed.yaml -q -o block-modes.h5 --set swarm=block.h5
out_has '806.6' # cm^-1, 0.1 eV
known wigner modes.h5
run 0 run fly.yaml -q --set initial.trajectories=16 --set dynamics.duration="20 fs" --set output.every="1 fs" -o small.h5
"$python" - <<'P' || fail "the velocity at a hop is not that of kinetic_before"
import h5py, numpy as np
with h5py.File("small.h5") as f:
    v, m, k = f["hops/velocity"][:], f["molecule/masses"][:], f["hops/kinetic_before"][:]
    assert len(k) > 0, "no hops: fly longer"
    assert np.abs(0.5 * (m[:, None] * v**2).sum((1, 2)) / k - 1).max() < 1e-14  # rounding of 18 terms
P

# The example, on this small swarm.
run 0 mechanism "$source/examples/photochem/03_ethylene/mechanism.yaml" -q --set swarm=small.h5 -o example.h5
for line in 'C-C = distance 0 1/Angstrom' 'sort of 8 equivalent' 'Normal modes' 'Principal components' 'Clusters of final geometries: 16 in'; do
  out_has "$line"
done

# Mistakes: said with their place, status 2, and nothing is written.
rm -f bad.h5
bad() { # TEXT ARGUMENTS...
  local text=$1
  shift
  run 2 mechanism "$@" -q -o bad.h5
  err_has "$text"
  [ ! -e bad.h5 ] && [ ! -e bad.h5.tmp ] || fail "an output of a mistake"
}
bad 'nothing to cluster' clusters.yaml --set clusters='{hops: false, final: false}'
echo 'swarm: swarm.h5' > nothing.yaml
bad 'nothing to compute' nothing.yaml
bad 'which is not kept; name it' census.yaml --set census.assign=search
bad 'other_model: true' census.yaml --set census.intersections=foreign.h5
bad 'coordinates.0.*9' motion.yaml --set coordinates.0.coordinate='distance 0 9'
bad 'coordinates.0.*did you mean|coordinates.0.*distanc' motion.yaml --set coordinates.0.coordinate='distanc 0 1'
bad 'coordinates.0.*from' motion.yaml --set coordinates.0.from='3 eV'
bad 'cannot be equivalent' motion.yaml --set equivalence.labels='[0, 0, 0, 1, 1, 1]'
bad 'one an atom' motion.yaml --set equivalence.labels='[0, 1]'
bad 'no sample between' motion.yaml --set components.from='1000 fs' --set components.to='2000 fs'
bad 'not the model' modes.yaml --set swarm=swarm.h5
bad 'unknown key' census.yaml --set census.intersection=intersections.h5
run 0 mechanism census.yaml -q -o foreign-census.h5 --set census.intersections=foreign.h5 --set other_model=true
err_has 'warning: the intersections are not those of the model'
head -c 20000 swarm.h5 > torn.h5
run 1 mechanism census.yaml -q -o bad.h5 --set swarm=torn.h5
err_has 'torn.h5'
cp swarm.h5 kept.h5
run 2 mechanism census.yaml -q -o kept.h5
err_has 'is not a file of'
cmp swarm.h5 kept.h5 || fail "a foreign file was overwritten"
sed 's/vibration 9/vibration 9\n1 2/' modes.molden > torn.molden
bad 'torn.molden:' motion.yaml --set modes.reference=torn.molden
# A swarm of C2D4: its file keeps the masses, and its modes are those that `sample` finds (with hydrogen the highest is above 3400 cm^-1).
cat > heavy.yaml <<Y
model: $model
initial: {state: 1, trajectories: 3, masses: [C, C, D, D, D, D]}
dynamics: {duration: 1 fs}
output: {file: heavy.h5}
Y
run 0 sample heavy.yaml -q
highest=$(awk '$1 == 11 {printf "%.1f", $2}' "$work/out")
run 0 run heavy.yaml -q
"$python" -c "import h5py; m = h5py.File('heavy.h5')['molecule/masses'][:] / 1822.888486209; assert abs(m[5] - 2.01410177812) < 1e-8, m" || fail "masses"
printf 'swarm: heavy.h5\nmodel: %s\nmodes: {}\noutput: {file: heavy-modes.h5}\n' "$model" > heavy-modes.yaml
run 0 mechanism heavy-modes.yaml -q
out_has "^ +11 +$highest "
run 0 init mechanism
out_has '^census:'
echo "all is well"
