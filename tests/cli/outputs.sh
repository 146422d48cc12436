#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# No output of a command replaces one of its inputs or a file of somebody else, a link in the way is never followed, and
# what a data file names is never executed: outputs.sh PROGRAM SOURCE_DIR.
. "$(dirname "$0")/common.bash"

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

# The disk is full (a limit on the size of files stands for it): the system's words, and nothing left.
(ulimit -f 2; "$program" evaluate model.h5 data.h5 -q -o full.h5 >out.log 2>err.log)
[ $? = 1 ] && grep -q "full.h5': cannot [a-z]* .*: File too large" err.log && ! grep -q '0x\|time =' err.log || fail "evaluate on a full disk: $(cat err.log)"
[ -z "$(ls | grep full)" ] || fail "evaluate on a full disk leaves $(ls | grep full)"
rm -f out.log err.log

# A plug-in that a data file names is not loaded; this one would leave a mark at once.
python=/usr/bin/python3
[ -x $python ] && $python -c 'import h5py' 2>/dev/null || python=python3
if $python -c 'import h5py' 2>/dev/null && command -v cc >/dev/null; then
    cat >evil.c <<'END'
#include <stdio.h>
__attribute__((constructor)) static void mark(void) { FILE *file = fopen("executed", "w"); if (file != NULL) fclose(file); }
END
    cc -shared -fPIC -o evil.so evil.c || fail "the plug-in cannot be built"
    cp swarm.h5 named.h5 && cp swarm.h5 inside.h5 && cp model.h5 reference.h5
    printf 'plugin: evil.so\n' >evil.yaml
    cp swarm.h5 yaml.h5
    $python - <<'END'
import h5py, os
h5py.File("named.h5", "r+").attrs["model_path"] = os.path.abspath("evil.so")
h5py.File("yaml.h5", "r+").attrs["model_path"] = os.path.abspath("evil.yaml")
inside = h5py.File("inside.h5", "r+").attrs
inside["model_path"] = "-"
inside["resolved"] = "model:\n    plugin: %s\n" % os.path.abspath("evil.so")
h5py.File("reference.h5", "r+").attrs["reference_model"] = "plugin: %s\n" % os.path.abspath("evil.so")
END
    for swarm in named inside yaml; do
        "$program" analyse $swarm.h5 >out.log 2>&1
        grep -q 'is not loaded' out.log || fail "analyse $swarm.h5 does not say why: $(head -3 out.log)"
        "$program" report $swarm.h5 -o page.html >out.log 2>&1
        "$program" info $swarm.h5 >out.log 2>&1
        "$program" convert $swarm.h5 $swarm.csv >out.log 2>&1
        "$program" mechanism mechanism.yaml -q -s swarm=$swarm.h5 -o m.h5 >out.log 2>&1
        "$program" intersect search.yaml -q -s start.file=$swarm.h5 -s convergence.iterations=1 -o i.h5 >out.log 2>&1
    done
    "$program" info reference.h5 >out.log 2>&1
    "$program" evaluate reference.h5 data.h5 >out.log 2>&1 && fail "evaluates a model without its reference"
    grep -q 'is not loaded' out.log || fail "evaluate does not say why: $(head -3 out.log)"
    [ ! -e executed ] || fail "a data file was executed"
    "$program" analyse named.h5 --model evil.so >out.log 2>&1
    [ -e executed ] || fail "the test proves nothing: the plug-in leaves no mark where the user names it"
fi

# A model inside the input is made again from what the swarm keeps; its resolved input is an input again.
"$program" analyse block.h5 | grep -q "three estimators" || fail "the model of a block is not made again"
