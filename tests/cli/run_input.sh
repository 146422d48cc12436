#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Bad inputs of diabolo run, and files that are there already: run_input.sh PROGRAM SOURCE_DIR. Each is told with place and cure, the exit
# status is 2 (the input is wrong) or 1 (a file is), and nothing is overwritten.
. "$(dirname "$0")/common.bash"
# refused STATUS TEXT ARGUMENTS...: by diabolo run, which leaves nothing behind.
refused() {
    must "$1" "$2" run "${@:3}"
    [ -z "$(ls | grep -E 'journal|tmp|swarm.h5')" ] || fail "run ${*:3}: left behind $(ls)"
}
cat >good.yaml <<'END'
model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-10], momentum: [25], state: 0, trajectories: 10, seed: 1}
dynamics: {timestep: 0.05 fs, duration: 10 fs}
output: {file: swarm.h5, every: 1 fs}
END
# with SED STATUS TEXT: the good input, edited
with() {
    sed "$1" good.yaml >bad.yaml
    refused "$2" "$3" bad.yaml
}

refused 1 "nosuch.yaml" nosuch.yaml
refused 2 "KEY=VALUE" good.yaml --set dynamics.timestep
refused 2 "did you mean 'timestep'" good.yaml --set dynamics.timestp=1
with 's/timestep/timestp/' 2 "bad.yaml:3:12: unknown key 'timestp' in 'dynamics'; did you mean 'timestep'?"
with 's/^output/outputs/' 2 "bad.yaml:4:1: unknown key 'outputs'"
with 's/0.05 fs/0.05 eV/' 2 "eV is a unit of energy, expected a time in fs"
with 's/0.05 fs/5d-2 fs/' 2 "5e-2"
with 's/every: 1 fs/every: 0.33 fs/' 2 "output.every is 0.33 fs, expected a multiple of dynamics.timestep, 0.05 fs"
with 's/every: 1 fs/every: 3 fs/' 2 "output.every is 60 timesteps, the flight takes 200"
with 's/trajectories: 10/trajectories: 0/' 2 "initial.trajectories: 0 is out of range"
with 's/trajectories: 10, //' 2 "initial.trajectories"
with 's/state: 0/state: 2/' 2 "initial.state"
with 's/fixed/fluid/' 2 "fluid"
# Too large, told with numbers and the key, before anything is written.
refused 2 "samples of each trajectory (output.every: 0.05 fs)" good.yaml --set dynamics.duration="1e10 fs" --set output.every="0.05 fs"
refused 1 "free on that disk. 2000001 samples" good.yaml --set initial.trajectories=1000000 --set dynamics.duration="1e5 fs" --set output.every="0.05 fs"
# Also where a file of that name is there that cannot be this swarm; and before any sampling, which would take minutes.
"$program" run good.yaml -q -o there.h5 >out 2>err || fail "good.yaml does not fly: $(cat err)"
begun=$SECONDS
"$program" run good.yaml -q -o there.h5 --fresh --set initial.trajectories=100000000 --set dynamics.duration="1e6 fs" --set output.every="0.05 fs" >out 2>err
[ $? != 0 ] && grep -q "100000000 trajectories (initial.trajectories) make it so large\|samples" err && [ $((SECONDS - begun)) -lt 30 ] ||
    fail "10^8 trajectories are not refused at once: $(cat err)"
if [ -z "${DIABOLO_PRELOAD-}" ]; then # the address sanitizer reserves more
    (ulimit -v 2000000; "$program" sample good.yaml -q --set initial.trajectories=100000000 >out 2>err)
    [ $? = 2 ] && grep -q "these samples need .*initial.trajectories, 100000000, makes it so large" err || fail "10^8 samples: $(cat err)"
fi
rm -f there.h5
with '/^model/d' 2 "missing key 'model'"
with '/^dynamics/d' 2 "missing key 'duration' in 'dynamics'"
with 's/10 fs/0 fs/' 2 "dynamics.duration"
with 's/type: tully/type: tuly/' 2 "did you mean 'tully'"
with 's/timestep/method: fewest_swiches, timestep/' 2 "did you mean 'fewest_switches'"
with 's/^model.*/model: nosuch.h5/' 1 "nosuch.h5"
with 's/^model.*/model: [1, 2/' 2 "bad.yaml:"
# A path typed on the command line is relative to where the command runs, whatever the key; one in the input, to its folder.
mkdir -p deep here
sed 's/^model.*/model: lost.yaml/' good.yaml >deep/in.yaml
printf 'type: tully\nvariant: dual_crossing\n' >here/mine.yaml
printf '1\nProperties=species:S:1:pos:R:1\nX -10\n' >start.xyz
for setting in "model=here/mine.yaml" "model={plugin: here/no.so}" "initial={sampling: file, file: start.xyz, state: 0}" "dynamics.method=here/no.so"; do
    "$program" run deep/in.yaml -q -o typed.h5 --set model=here/mine.yaml --set "$setting" >out 2>err
    case "$setting" in
    model=here*) [ -s typed.h5 ] || fail "--set $setting: $(cat err)" ;;
    *) grep -qF "$PWD/" err && ! grep -qF "$PWD/deep" err || fail "--set $setting is not relative to where the command runs: $(cat err)" ;;
    esac
done
"$program" analyse typed.h5 | grep -q "three estimators" || fail "the model given by --set is not found again"
rm -rf typed.h5 start.xyz
refused 1 "deep/lost.yaml" deep/in.yaml
printf '\211HDF\r\n\032\nrubbish' >corrupt.h5
with 's/^model.*/model: corrupt.h5/' 1 "corrupt.h5"
head -c 3000 "$source/models/ethylene/data.h5" >truncated.h5
with 's/^model.*/model: truncated.h5/' 1 "truncated.h5"
refused 2 "expected 0 to 9" good.yaml --trajectory 10
refused 2 "counted from 0" good.yaml --trajectory -1
refused 2 "expected a number of seconds" good.yaml --checkpoint often
refused 1 "output.file: cannot write 'nowhere/x.h5.tmp'" good.yaml -o nowhere/x.h5

# A duration that is no multiple of the timestep.
"$program" run good.yaml -q -o odd.h5 --set dynamics.duration="10.02 fs" --set output.every="0.05 fs" >out 2>err || fail "an odd duration is refused"
grep -qF "dynamics.duration is 10.02 fs, no multiple of dynamics.timestep, 0.05 fs: the trajectories fly 201 steps, 10.05 fs" err ||
    fail "an odd duration goes unnoticed: $(cat err)"
rm -f odd.h5

# A model and initial conditions of different molecules.
sed "s|model: so2|model: $source/examples/photochem/02_so2_vibronic/so2|" "$source/examples/photochem/02_so2_vibronic/so2.yaml" |
    sed 's/sampling: wigner.*/sampling: file/; s/temperature: .*/file: water.xyz/; s/so2.h5/swarm.h5/' >water.yaml
printf '3\nProperties=species:S:1:pos:R:3:velo:R:3\nO 0 0 0 0 0 0\nH 0 0 1 0 0 0\nH 0 1 0 0 0 0\n' >water.xyz
refused 2 "water.xyz" water.yaml
refused 2 "O2S" water.yaml
sed -i 's/file: water.xyz/file: ice.xyz/' water.yaml
refused 1 "ice.xyz" water.yaml

# Several mistakes are told in one go.
sed 's/timestep/timestp/; s/momentum/momentun/' good.yaml >bad.yaml
refused 2 "timestp" bad.yaml
refused 2 "momentun" bad.yaml

# What is there already.
"$program" run good.yaml -q -o there.h5 >first 2>err || fail "the good input: $(cat err)"
cp there.h5 copy.h5
"$program" run good.yaml -o there.h5 >second 2>err || fail "again: $(cat err)"
grep -q 'complete already' err || fail "flies what is there: $(cat err)"
cmp <(grep -v speed first) second || fail "the summary of what is there differs"
refused 2 "is the result of something else (there: '    seed: 1'; now: '    seed: 2'); choose another output.file, or --fresh" good.yaml -o there.h5 --set initial.seed=2
cmp there.h5 copy.h5 || fail "another swarm was overwritten"
"$program" run good.yaml -o there.h5 --set initial.seed=2 --fresh >out 2>err || fail "--fresh: $(cat err)"
cmp -s there.h5 copy.h5 && fail "--fresh replaced nothing"
cp "$source/models/ethylene/data.h5" data.h5
refused 2 "is not a swarm that could be replaced" good.yaml -o data.h5
refused 2 "is not a swarm that could be replaced" good.yaml -o data.h5 --fresh
cmp data.h5 "$source/models/ethylene/data.h5" || fail "a dataset was overwritten"
refused 2 "would overwrite" good.yaml -o good.yaml --fresh

# The resolved settings are an input that flies the same swarm; the default of output.every divides the flight.
sed 's/, every: 1 fs//' good.yaml >short.yaml
"$program" run short.yaml -q -o default.h5 >out 2>err || fail "no output.every: $(cat err)"
cmp <(grep -v -E 'speed|file' out) <(grep -v -E 'speed|file' first) || fail "output.every does not default to 1 fs here"
if /usr/bin/python3 -c 'import h5py' 2>err; then
    /usr/bin/python3 -c "import h5py; print(h5py.File('default.h5').attrs['resolved'])" >resolved.yaml
    "$program" run resolved.yaml -q -o default.h5 >out 2>err || fail "the resolved input: $(cat err)"
fi
