#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# No output of a command replaces one of its inputs or a file of somebody else, a link in the way is never followed, and
# what a data file names is never executed: outputs.sh PROGRAM SOURCE_DIR.
set -u
program=$1 source=$2
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work" || exit 1
failures=0
fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

cp "$source/models/ethylene/ethylene.h5" model.h5
cp "$source/models/ethylene/data.h5" data.h5
cat >run.yaml <<'END'
model: model.h5
initial: {sampling: wigner, state: 1, trajectories: 8, seed: 1}
dynamics: {timestep: 0.5 fs, duration: 2 fs}
output: {file: swarm.h5}
END
cat >block.yaml <<'END'
model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-3], momentum: [20], state: 0, trajectories: 4, seed: 1}
dynamics: {timestep: 0.1 fs, duration: 1 fs}
output: {file: block.h5}
END
"$program" run run.yaml -q >/dev/null && "$program" run block.yaml -q >/dev/null || fail "cannot fly"
"$program" sample run.yaml -q -o start.xyz >/dev/null || fail "cannot sample"
sed 's/ diabolo=samples//' start.xyz >theirs.xyz # of another program
sed -e 's/sampling: wigner/sampling: file, file: theirs.xyz/' -e 's/, trajectories: 8//' run.yaml >from.yaml
cat >train.yaml <<'END'
data: {file: data.h5, validation: 0.1, seed: 1}
network: {states: 3, layers: [4]}
stages: [{optimiser: adam, epochs: 1}]
output: {file: new.h5}
END
cat >search.yaml <<'END'
model: model.h5
search: [{states: [0, 1]}]
start: {file: theirs.xyz}
output: {file: points.h5}
END
cat >mechanism.yaml <<'END'
swarm: swarm.h5
clusters: {}
output: {file: mechanism.h5}
END
printf 'letters to somebody\n' >stranger.txt
ln -s model.h5 link.h5
ln model.h5 hard.h5
mkdir folder
before=$(find . -type f -o -type l | sort | xargs sha256sum)

# refused COMMAND...: ends with 1 or 2 and a word, and nothing has changed.
refused() {
    "$program" "$@" >out.log 2>err.log
    local status=$?
    [ "$status" = 1 ] || [ "$status" = 2 ] || fail "diabolo $*: exit status $status, expected 1 or 2"
    grep -qE 'would overwrite|is not .* that could be replaced|is a folder|is in the way|is the input itself|replaces it' err.log ||
        fail "diabolo $*: does not say why: $(cat err.log)"
    rm -f out.log err.log
    [ "$(find . -type f -o -type l | sort | xargs sha256sum)" = "$before" ] || fail "diabolo $*: files have changed"
}
for victim in run.yaml model.h5 link.h5 hard.h5 data.h5 stranger.txt folder; do
    refused run run.yaml -q -o $victim
    refused run run.yaml -q --fresh -o $victim
    refused sample run.yaml -q -o $victim
    refused evaluate model.h5 data.h5 -q -o $victim
    refused report swarm.h5 -o $victim
    refused intersect search.yaml -q -o $victim
    refused mechanism mechanism.yaml -q -o $victim
done
for victim in train.yaml data.h5 stranger.txt folder run.yaml; do
    refused train train.yaml -q -o $victim
    refused train train.yaml -q --fresh -o $victim
done
refused run from.yaml -q -o theirs.xyz
refused sample from.yaml -q -o theirs.xyz
refused sample run.yaml -q -o theirs.xyz
refused intersect search.yaml -q -s output.xyz=theirs.xyz
refused intersect search.yaml -q -s output.xyz=search.yaml
refused mechanism mechanism.yaml -q -o swarm.h5
refused mechanism mechanism.yaml -q -s clusters.file=mechanism.yaml
refused mechanism mechanism.yaml -q -s clusters.file=swarm.h5
refused report swarm.h5 -o swarm.h5
refused convert swarm.h5 swarm.h5 -f extxyz --force
refused convert swarm.h5 stranger.txt -f csv

# A link in the place of a temporary file is not followed.
ln -s stranger.txt late.h5.tmp
ln -s stranger.txt late.xyz.tmp
before=$(find . -type f -o -type l | sort | xargs sha256sum)
refused run run.yaml -q -o late.h5
refused sample run.yaml -q -o late.xyz
refused evaluate model.h5 data.h5 -q -o late.h5

# A model inside the input is made again from what the swarm keeps; its resolved input is an input again.
"$program" analyse block.h5 | grep -q "three estimators" || fail "the model of a block is not made again"

[ "$failures" = 0 ] && echo "all well" || exit 1
