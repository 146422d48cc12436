#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Shards and their merging; extending a finished swarm: shards.sh PROGRAM SOURCE_DIR. What comes out is byte for byte the file of one run.
# Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy
export OMP_NUM_THREADS=2
fly() { "$program" run "$@" -q >out 2>err || fail "run $*: status $?: $(cat err)"; }
merge() { "$program" merge "$@" -q >out 2>err || fail "merge $*: status $?: $(cat err)"; }
same() { cmp "$1" "$2" || fail "$1 is not $2: ${*:3}"; }

# Trajectories that end early, and 203 of them: neither blocks nor shards are of equal size.
cat >tully.yaml <<'END'
model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: 0, trajectories: 203, seed: 1}
dynamics: {timestep: 0.1 fs, duration: 40 fs, stop: {through: x > 6 bohr, lower: state 0 for 18 fs}}
output: {file: swarm.h5, every: 2 fs}
END
fly tully.yaml -o one.h5
for n in 1 2 7; do
    rm -f swarm.*h5
    for ((i = 1; i <= n; i++)); do fly tully.yaml --shard $i/$n; done
    merge swarm.shard-*
    same swarm.h5 one.h5 "$n shards"
done
cp swarm.h5 kept.h5

# The trajectories keep their numbers; each file says what it is.
"$program" run tully.yaml --shard 2/7 >out 2>err || fail "a finished shard: $(cat err)"
grep -q 'shard 2 of 7: trajectories 29 to 57 of 203' out && grep -q 'complete already' err || fail "a finished shard: $(cat out err)"
"$python" - <<'END' || fail "numbers of a shard"
import h5py
with h5py.File("swarm.shard-002-of-007.h5") as a, h5py.File("one.h5") as b:
    assert list(a["trajectories/number"][:]) == list(range(29, 58))
    assert (a["trajectories/potential"][:] == b["trajectories/potential"][29:58]).all()
END

# Merging twice is merging once; what does not belong together is named, and nothing is written.
run 0 merge swarm.shard-*
err_has 'swarm.h5: is merged already'
same swarm.h5 kept.h5 "merged twice"
rm swarm.h5
refuse() { # TEXT ARGUMENT...
    must 2 "$@"
    [ ! -e swarm.h5 ] && [ ! -e swarm.h5.tmp ] || fail "$1: and yet an output"
}
refuse "shards are missing: 3, 5-6 of 7; 116 of 203 trajectories are there. swarm.shard-003-of-007.h5 is there: name it too, and so on" \
    merge swarm.shard-00[1247]*
mv swarm.shard-003-of-007.h5 third.h5
refuse "swarm.shard-003-of-007.h5 is not there: fly it (--shard)" merge swarm.shard-*
cp swarm.shard-004-of-007.h5 again.h5
refuse "swarm.shard-004-of-007.h5 and again.h5 are the same shard, 4 of 7" merge swarm.shard-* again.h5
refuse "one.h5: is a swarm of its own, no shard" merge swarm.shard-* one.h5
fly tully.yaml --shard 3/7 --set initial.seed=2 -o other.h5
refuse "are shards of different swarms (there: '    seed: 1'; now: '    seed: 2')" merge swarm.shard-* other.shard-003-of-007.h5
fly tully.yaml --shard 3/7 --set model.mass="1.1 u" -o other.h5 --fresh
refuse "are shards of different swarms (there: 'model: " merge swarm.shard-* other.shard-003-of-007.h5
fly tully.yaml --shard 3/9 -o other.h5
refuse "is one of 7 shards, other.shard-003-of-009.h5 one of 9" merge swarm.shard-* other.shard-003-of-009.h5
"$python" - <<'END'
import h5py, shutil
shutil.copy("third.h5", "moved.h5")
with h5py.File("moved.h5", "r+") as f:
    f["initial/position"][3] += 1e-9
END
must 1 "the initial conditions in these files are not those of one swarm" merge swarm.shard-* moved.h5 -o swarm.h5 -q
[ ! -e swarm.h5 ] && [ ! -e swarm.h5.tmp ] || fail "damaged: and yet an output"
echo >swarm.h5
must 2 "swarm.h5" merge swarm.shard-* third.h5 -o swarm.h5
rm swarm.h5

# A part: marked in the file, told by the commands, replaced by more, never in place of the whole.
run 0 merge swarm.shard-* --partial -q
out_has 'A PART of a swarm: shards are missing, 3 of 7; 174 of 203'
run 0 analyse swarm.h5
out_has 'PART of a swarm.*3 of 7; 174 of 203'
must 2 "merged from a part of its shards" run tully.yaml --extend --set initial.trajectories=300
must 2 "is there already and is the result of something else (there: 'partial: 3 of 7" run tully.yaml
merge swarm.shard-* third.h5
same swarm.h5 one.h5 "a part, then all"
must 2 "is the whole swarm, which a part of its shards does not replace" merge swarm.shard-* --partial
mv third.h5 swarm.shard-003-of-007.h5

# Killed in mid-run: flown on; while a journal is there nothing is merged.
for ((i = 0; i < 20; i++)); do
    rm -f killed.*
    "$program" run tully.yaml -t 1 -q --shard 2/3 -o killed.h5 --set dynamics.timestep="0.002 fs" --checkpoint 0.01 >out 2>err &
    while kill -0 $! 2>kill_err && [ "$(stat -c %s killed.shard-002-of-003.h5.journal 2>stat_err || echo 0)" -lt 60000 ]; do sleep 0.01; done
    kill -9 $! 2>kill_err
    wait $! 2>wait_err
    [ -e killed.shard-002-of-003.h5.journal ] && break
done
[ -e killed.shard-002-of-003.h5.journal ] && [ ! -e killed.shard-002-of-003.h5 ] || fail "was not killed in mid-run"
for i in 1 3; do fly tully.yaml --shard $i/3 -o killed.h5 --set dynamics.timestep="0.002 fs"; done
must 2 "killed.shard-002-of-003.h5 is not finished: the command that began it goes on with it" merge killed.shard-00?-of-003.h5
must 2 "killed.shard-002-of-003.h5: is not finished" merge killed.shard-00{1,2,3}-of-003.h5
fly tully.yaml --shard 2/3 -o killed.h5 --set dynamics.timestep="0.002 fs"
fly tully.yaml -o undisturbed.h5 --set dynamics.timestep="0.002 fs"
merge killed.shard-00?-of-003.h5
same killed.h5 undisturbed.h5 "a shard that was killed"

# Slurm's variables.
slurm() { env SLURM_ARRAY_TASK_ID=$1 SLURM_ARRAY_TASK_MIN=$2 SLURM_ARRAY_TASK_MAX=$3 SLURM_ARRAY_TASK_COUNT=$4 "$program" run tully.yaml -q -o slurm.h5 --shard "$5"; }
slurm 2 0 6 7 slurm >out 2>err || fail "Slurm's variables: $(cat err)"
slurm 7 7 7 1 slurm/7 >out 2>err || fail "an element again: $(cat err)"
[ "$(ls slurm.*)" = "$(printf 'slurm.shard-00%d-of-007.h5\n' 3 7)" ] || fail "which shards: $(ls slurm.*)"
! slurm 3 3 3 1 slurm >out 2>err && grep -q 'a part of an array does not say how many shards there are' err || fail "a part of an array: $(cat err)"
! slurm 9 9 9 1 slurm/7 >out 2>err && grep -q 'element 9 of the array is none of 7 shards' err || fail "beyond: $(cat err)"
must 2 "SLURM_ARRAY_TASK_ID is not set" run tully.yaml --shard slurm/7
must 2 "--shard 0/3: expected I/N" run tully.yaml --shard 0/3
must 2 "300 shards of 203 trajectories" run tully.yaml --shard 300/300
must 2 "a block \`until\`" run tully.yaml --shard 1/2 --set until="{population S0: 0.1}"
must 2 "a single trajectory is no shard" run tully.yaml --shard 1/2 --trajectory 3

# Methods, of which one remembers; no trajectories, double precision.
cat >several.yaml <<'END'
model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-4], momentum: [15], momentum_width: [3], state: 0, trajectories: 120, seed: 1}
dynamics: {timestep: 0.1 fs, duration: 30 fs}
methods: {fssh: {}, lz: {method: landau_zener}}
output: {file: several.h5, every: 2 fs, precision: double, trajectories: false}
END
fly several.yaml -o whole.h5
for i in 1 2 3; do fly several.yaml --shard $i/3; done
for m in fssh lz; do
    merge several.$m.shard-*
    same several.$m.h5 whole.$m.h5 "shards of methods"
done

# ---- how far it is, and jobs --------------------------------------------------------------------
mkdir jobs && cd jobs && cp ../tully.yaml .
must 2 "swarm.h5: there is no such swarm, no journal of it and no shard" status swarm.h5
fly tully.yaml --shard 1/3
"$program" run tully.yaml -q --shard 2/3 --set dynamics.timestep="0.0005 fs" --checkpoint 0.05 -t 1 >out2 2>err2 &
flight=$!
while kill -0 $flight 2>kill_err && [ "$(stat -c %s swarm.shard-002-of-003.h5.journal 2>stat_err || echo 0)" -lt 90000 ]; do sleep 0.02; done
run 0 status swarm.h5
out_has '^swarm.shard-001-of-003.h5  finished +64 of 64 +100.0 %$'
out_has '^swarm.shard-002-of-003.h5  running +[0-9]+ of 72 +[0-9.]+ %  [0-9.e+]+ steps/s, .* left; saved [0-9.]+ m?s ago$'
out_has '^all +1 finished, 1 running, 1 not begun, [0-9]+ of 203 trajectories, '
kill -9 $flight
wait $flight 2>wait_err
run 0 status swarm.shard-*
out_has '^swarm.shard-002-of-003.h5  stopped .*the command that began it goes on with it'
run 0 status swarm.h5 --json
"$python" - <<'END' || fail "status as JSON: $(cat "$work/out")"
import json
s = json.load(open("../out"))
a, b = s["flights"]
assert a["state"] == "finished" and b["state"] == "stopped" and s["not_begun"] == 1 and s["trajectories"] == 203
assert 0 < b["part"] < 1 and b["steps_per_second"] > 0 and abs(b["seconds_left"] - (1 - b["part"]) * b["trajectories"] * 80000 / b["steps_per_second"]) < 1e-6 * b["seconds_left"]
END
rm swarm.*

# The scripts do what they say, with bash in the place of Slurm; names of any kind.
mkdir "it's \$HOME" && cp tully.yaml "it's \$HOME/my tully.yaml" && cd "it's \$HOME" || exit 1
run 0 submit "my tully.yaml" --shards 3 --threads 2 --time 0:10:00 --memory 1G --partition "a b" --account me --slurm=--qos=long --set initial.seed=4 -o "o'ut.h5"
out_has "^  job=\\$\\(sbatch --parsable"
for line in "--time=0:10:00" "--mem=1G" "--partition='a b'" "--account=me" "--qos=long" "--array=1-3" "--cpus-per-task=2"; do
    grep -qxF -- "#SBATCH $line" "o'ut.array.sh" || fail "the script lacks $line: $(cat "o'ut.array.sh")"
done
for i in 1 2 3; do SLURM_ARRAY_TASK_ID=$i SLURM_CPUS_PER_TASK=1 bash "o'ut.array.sh" >out 2>err || fail "element $i: $(cat err)"; done
bash "o'ut.merge.sh" >out 2>err || fail "the merging script: $(cat err)"
fly "my tully.yaml" --set initial.seed=4 -o one.h5
same "o'ut.h5" one.h5 "jobs"
echo mine >"o'ut.array.sh"
must 2 "o'ut.array.sh" submit "my tully.yaml" --shards 3 -o "o'ut.h5"
[ "$(cat "o'ut.array.sh")" = mine ] || fail "a file of the user was overwritten"
cd .. || exit 1
run 0 submit tully.yaml --shards 3 --set methods="{fssh: {}, lz: {method: landau_zener}}"
grep -q 'a pilot on this machine took [0-9.]* us a trajectory and step' swarm.array.sh || fail "no pilot: $(cat swarm.array.sh)"
grep -q 'merge --quiet .*swarm.fssh.shard-\*-of-003.h5$' swarm.merge.sh && grep -q 'swarm.lz.shard-\*-of-003' swarm.merge.sh || fail "methods: $(cat swarm.merge.sh)"
must 2 "--shards 10" submit tully.yaml
must 2 "--modules: expected names of modules, found 'a; rm'" submit tully.yaml --shards 2 --modules "a; rm"
must 2 "a block \`until\`" submit tully.yaml --shards 2 --set until="{population S0: 0.1}"
! PATH=/nowhere "$program" submit tully.yaml --shards 2 --send >out 2>err && grep -q 'there is no sbatch here' err || fail "no sbatch: $(cat out err)"

# GNU parallel, as docs/clusters.md says it.
if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q GNU; then
    mkdir parallel && cp tully.yaml parallel/swarm.yaml && cd parallel || exit 1
    line=$(sed -n 's/^parallel diabolo/parallel --will-cite diabolo/p' "$source/docs/clusters.md")
    [ -n "$line" ] || fail "docs/clusters.md has no line for GNU parallel"
    mkdir bin && ln -s "$(command -v "$program")" bin/diabolo
    PATH=$PWD/bin:$PATH bash -c "$line" >out 2>err || fail "GNU parallel: $(cat err)"
    same_swarm swarm.h5 ../../one.h5
fi
