#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo convert as a user meets it: formats, what is refused and how, nothing overwritten, nothing half. What is in the files is
# tested by their readers (python.convert).
. "$(dirname "$0")/common.bash"
set -eo pipefail
none() { for file in "$@"; do [ ! -e "$file" ] || fail "$file is there all the same"; done; }

cat > ethylene.yaml <<END
model: $SOURCE_DIR/models/ethylene/ethylene.h5
initial: {sampling: wigner, temperature: 300 K, state: 1, trajectories: 4, seed: 2}
dynamics: {timestep: 0.25 fs, duration: 4 fs}
output: {file: swarm.h5, every: 1 fs}
END
cat > tully.yaml <<'END'
model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-5], momentum: [20], state: 0, trajectories: 3}
dynamics: {timestep: 0.1 fs, duration: 5 fs}
output: {file: tully.h5, every: 1 fs}
END
run 0 run ethylene.yaml --quiet
run 0 run ethylene.yaml --quiet --output bare.h5 --set output.trajectories=false
run 0 run ethylene.yaml --quiet --output two.h5 --trajectory 2
run 0 run tully.yaml --quiet
cat > ferretti.yaml <<'END'
model: {type: ferretti}
start: {geometries: [{position: [3.2, 0.1]}]}
output: {file: points.h5}
END
run 0 intersect ferretti.yaml --quiet

# The format by the ending or by name.
run 0 convert swarm.h5 a.xyz
err_has "wrote a.xyz \(extxyz, 20 frames\)"
[ "$(grep -c '^6$' a.xyz)" = 20 ] || fail "expected 20 frames"
run 0 convert swarm.h5 a.h5md --quiet
[ ! -s err ] || fail "talk in spite of --quiet"
run 0 convert swarm.h5 a.dat --format csv --table trajectories
[ "$(wc -l < a.dat)" = 5 ] || fail "expected a header and four rows"
run 0 convert swarm.h5 "t{trajectory}.extxyz" --trajectory 1-2 --every "2 fs"
err_has "and 1 more files \(extxyz, 6 frames\)"
[ "$(grep -c '^6$' t00001.extxyz)" = 3 ] || fail "expected 3 frames a file"
run 0 convert swarm.h5 sharc -f sharc
[ -s sharc/TRAJ_00003/output.lis ] || fail "no output.lis"
run 0 convert swarm.h5 same.xyz
cmp a.xyz same.xyz || fail "the same swarm gave another file"
run 0 convert two.h5 alone.xyz
run 0 convert swarm.h5 chosen.xyz --trajectory 2
cmp alone.xyz chosen.xyz || fail "a trajectory flown alone and one chosen from its swarm differ"
run 0 convert tully.h5 tully.csv
run 0 convert bare.h5 bare.csv
run 0 convert bare.h5 hops.csv
run 0 convert "$SOURCE_DIR/models/ethylene/data.h5" data.xyz --state 2

# Mistakes.
run 2 convert swarm.h5
run 2 convert swarm.h5 b.pdb
err_has "b.pdb: its ending does not tell the format; add --format NAME: extxyz \(.xyz .extxyz\), h5md"
run 2 convert swarm.h5 b.xyz --format extxy
err_has "no format 'extxy' \(did you mean 'extxyz'\?\)"
run 2 convert swarm.h5 b.xyz --trajectory 4
err_has "swarm.h5: no trajectory 4; its 4 trajectories have numbers from 0 to 3"
run 2 convert two.h5 b.xyz --trajectory 0-2
err_has "two.h5: no trajectory 0"
for list in "" 1- 3-1 1,,2 1x -1 "1, 2" 99999999999999999999; do
  run 2 convert swarm.h5 b.xyz --trajectory="$list"
  err_has "expected numbers and ranges"
done
run 2 convert swarm.h5 b.xyz --every "1.5 fs"
err_has "the samples of swarm.h5 are 1 fs apart"
run 2 convert swarm.h5 b.xyz --every "2 eV"
err_has "eV is a unit of energy"
run 2 convert swarm.h5 b.xyz --every "0 fs"
err_has "above zero"
run 2 convert swarm.h5 b.csv --table hop
err_has "no table 'hop' \(did you mean 'hops'\?\)"
run 2 convert swarm.h5 b.csv --trajectory 1
err_has "populations is of the whole swarm"
run 2 convert swarm.h5 b.csv --table hops --every "2 fs"
err_has "leave out --every"
run 2 convert swarm.h5 "b{trajectory}" -f sharc
err_has "leave \{trajectory\} out"
for format in extxyz h5md sharc; do
  run 2 convert tully.h5 b -f $format
  err_has "tully.h5: a model system of 1 coordinate.* csv takes"
  run 2 convert bare.h5 b -f $format
  err_has "bare.h5: holds no trajectories, it was flown with output.trajectories: false"
done
run 2 convert bare.h5 b.csv --table energies
err_has "output.trajectories: false"
run 2 convert "$SOURCE_DIR/models/ethylene/ethylene.h5" b.xyz
err_has "is a 'diabolo-model' file; a swarm, a data set or a file of intersections"
run 2 convert "$SOURCE_DIR/models/ethylene/data.h5" b.csv
err_has "csv takes swarms only"
run 2 convert "$SOURCE_DIR/models/ethylene/data.h5" b.xyz --state 3
err_has "has 3 states, counted from 0"
run 2 convert "$SOURCE_DIR/models/ethylene/data.h5" b.xyz --trajectory 3
err_has "holds no trajectories"
run 2 convert points.h5 b.xyz
err_has "points.h5: a model system of 1 coordinate"
run 2 convert points.h5 b.csv
err_has "is a 'diabolo-intersections' file; csv takes swarms only"
run 1 convert none.h5 b.xyz
err_has "none.h5"
echo "no HDF5" > text.h5
run 1 convert text.h5 b.xyz
err_has "text.h5.* not an HDF5 file"
for size in 3000 20000; do
  head -c $size swarm.h5 > half.h5
  run 1 convert half.h5 b.xyz
  err_has "half.h5"
done
run 1 convert swarm.h5 nowhere/b.xyz
err_has "nowhere/b.xyz"
none b b.xyz b.csv b.pdb ./*.tmp nowhere

# Nothing is overwritten unasked; --force replaces.
cp a.xyz before
for again in "a.xyz" "a.xyz --trajectory 1" "t{trajectory}.extxyz" "sharc -f sharc"; do
  # shellcheck disable=SC2086
  run 2 convert swarm.h5 $again
  err_has "is there already; --force replaces"
done
cmp a.xyz before || fail "a.xyz was changed"
none t00000.extxyz t00003.extxyz # one of them was there: none was written
run 0 convert swarm.h5 a.xyz --trajectory 1 --force
[ "$(grep -c '^6$' a.xyz)" = 5 ] || fail "--force did not replace"
run 0 convert swarm.h5 sharc -f sharc --trajectory 1 --force
run 2 convert swarm.h5 a.xyz -f sharc
err_has "a.xyz: is there already and is no folder"
mkdir folder.xyz
run 2 convert swarm.h5 folder.xyz --force
err_has "is a folder; name the file"
cp swarm.h5 itself.h5md
run 2 convert itself.h5md itself.h5md --force
err_has "would overwrite 'itself.h5md'"
cp swarm.h5 other.h5
run 2 convert swarm.h5 other.h5 -f extxyz --force
err_has "is a result of Diabolo's, which no conversion replaces"
cmp swarm.h5 other.h5 || fail "a swarm was overwritten"
cmp swarm.h5 itself.h5md || fail "the input was harmed"

# The disk is full (a limit on the size of files stands for it): status 1, and what was there stays.
cp a.xyz before
full() { (trap '' XFSZ; ulimit -f 2; exec "$DIABOLO" "$@") > out 2> err; }
said="a full disk"
if full --version; then # a program that checks its own threads needs files of its own to begin with
    status=0
    full convert swarm.h5 a.xyz --force || status=$?
    [ $status = 1 ] || fail "status $status"
    err_has "cannot write 'a.xyz'"
    cmp a.xyz before || fail "a full disk harmed what was there"
    status=0
    full convert swarm.h5 c.h5md || status=$?
    [ $status = 1 ] || fail "status $status"
    none c.h5md ./*.tmp
fi
