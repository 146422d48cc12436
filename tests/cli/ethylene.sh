#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The shipped network in small swarms: the same bytes for one and two threads, trajectory 17 alone the same numbers as in the swarm, the program's promise that
# an initial file of another molecule is refused.   ethylene.sh PROGRAM SOURCE_DIR
. "$(dirname "$0")/common.bash"
# Long enough for hops; 70 trajectories are two blocks, the second not full.
fly() {
    "$program" run "$source/examples/photochem/03_ethylene/ethylene.yaml" --quiet --set initial.trajectories=70 \
        --set dynamics.timestep="0.25 fs" --set dynamics.duration="25 fs" "$@" || fail "run $*"
}
fly --threads 1 --output one.h5 >table
fly --threads 2 --output two.h5 >/dev/null
cmp -s one.h5 two.h5 || fail "one and two threads give different files"
grep -q "hops  *[1-9]" table || fail "no hop: the test says nothing"
fly --trajectory 17 --output alone.h5 >/dev/null
if "$python" -c 'import h5py' 2>/dev/null; then
    "$python" - <<'EOF' || fail "trajectory 17 alone differs from trajectory 17 of the swarm"
import h5py, numpy as np
swarm, alone = h5py.File("one.h5"), h5py.File("alone.h5")
names = [n for n in swarm["trajectories"] if swarm["trajectories"][n].shape[:1] == (70,)]
assert len(names) > 6
for name in names:
    a, b = swarm["trajectories"][name][17], alone["trajectories"][name][0]
    assert a.tobytes() == b.tobytes(), name
EOF
fi
# In single precision: other numbers, the same for one and two threads, and never mixed with the first.
fly --threads 1 --set dynamics.precision=single --output single.h5 >table
fly --threads 2 --set dynamics.precision=single --output again.h5 >/dev/null
cmp -s single.h5 again.h5 || fail "single precision: one and two threads give different files"
cmp -s single.h5 one.h5 && fail "single precision changes nothing"
grep -q "on a network model in single precision" table || fail "the summary should name the precision: $(cat table)"
cp one.h5 kept.h5
must 2 "precision" run "$source/examples/photochem/03_ethylene/ethylene.yaml" --extend --set initial.trajectories=75 --set dynamics.timestep="0.25 fs" \
    --set dynamics.duration="25 fs" --set dynamics.precision=single --output one.h5
cmp -s one.h5 kept.h5 || fail "a refused extension touched the file"
must 2 "dynamics.precision: only networks compute in single precision" run "$source/examples/photochem/01_tully/tully.yaml" --set dynamics.precision=single
printf '3\nProperties=species:S:1:pos:R:3:velo:R:3\nO 0 0 0 0 0 0\nH 0 0.76 0.59 0 0 0\nH 0 -0.76 0.59 0 0 0\n' >water.xyz
cat >water.yaml <<EOF
model: $source/models/ethylene/ethylene.h5
initial: {sampling: file, file: water.xyz, state: 1, trajectories: 1}
dynamics: {method: fewest_switches, timestep: 0.25 fs, duration: 1 fs}
output: {file: no.h5}
EOF
"$program" run water.yaml --quiet >out 2>err
[ $? = 2 ] || fail "water on a model of ethylene: the exit status should be 2"
grep -q H2O err || fail "the message should name the molecules: $(cat err)"
[ ! -e no.h5 ] || fail "a refused run left a file"
