#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo run as a user meets it: run.sh PROGRAM SOURCE_DIR. The same bytes for any number of threads and after any interruption; one
# trajectory alone; journals under misfortune. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy
RANDOM=${TEST_SEED:-1}
fly() { "$program" run "$@" >out 2>err || fail "run $*: status $?: $(cat err)"; }

cat >tully.yaml <<'END'
model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: 0, trajectories: 1000, seed: 1}
dynamics: {timestep: 0.05 fs, duration: 60 fs}
output: {file: swarm.h5, every: 2 fs}
END
sed "s|model: so2|model: $source/examples/photochem/02_so2_vibronic/so2|; s/trajectories: 1000/trajectories: 200/" \
    "$source/examples/photochem/02_so2_vibronic/so2.yaml" >so2.yaml

# One thread and two.
fly tully.yaml -t 1 -o one.h5
grep -q '1000 trajectories by fewest_switches' out || fail "no summary: $(cat out)"
grep -q '^hops  *[1-9][0-9]* accepted' out || fail "no hops in the summary"
grep -q '^fates  *1000 finished' out || fail "no fates in the summary"
fly tully.yaml -t 2 -o two.h5
cmp one.h5 two.h5 || fail "1 and 2 threads differ"
fly so2.yaml -t 1 -o so2_one.h5
fly so2.yaml -t 2 -o so2_two.h5
cmp so2_one.h5 so2_two.h5 || fail "1 and 2 threads differ on a vibronic model"
[ -z "$(ls | grep -E 'journal|tmp')" ] || fail "left behind: $(ls)"

# disturb SIGNAL INPUT REFERENCE: sends the signal at random moments, the same command again until it is done. Every third time without
# waiting for the flight to begin; after some times in peace, so that it ends.
disturb() {
    local signal=$1 input=$2 reference=$3 interruptions=0 status=1 before expected
    case $signal in INT) expected=130 ;; TERM) expected=143 ;; *) expected=137 ;; esac
    rm -f disturbed.h5
    for ((i = 0; i < 14 && status != 0; i++)); do
        before=$(bytes 'disturbed.h5.journal')
        "$program" run "$input" -t $((1 + i % 2)) -o disturbed.h5 --checkpoint 0.02 >out 2>err &
        [ $((i % 3)) = 1 ] || wait_for_growth $! "$before" 'disturbed.h5.journal'
        sleep 0.0$((10 + RANDOM % 60))
        [ $i = 13 ] || kill -$signal $! 2>kill_err
        wait $! 2>wait_err
        status=$?
        if [ $status = $expected ]; then
            interruptions=$((interruptions + 1))
            [ ! -e disturbed.h5 ] || cmp disturbed.h5 "$reference" || fail "$signal: half a swarm under its own name"
        elif [ $status != 0 ]; then
            fail "$signal: status $status: $(cat err)"
        fi
    done
    [ $status = 0 ] || fail "$signal: never done"
    [ $interruptions -gt 0 ] || fail "$signal: was never interrupted; make the flight longer"
    cmp disturbed.h5 "$reference" || fail "$signal: not as if undisturbed"
    [ ! -e disturbed.h5.journal ] || fail "$signal: the journal is still there"
    echo "$signal: $interruptions interruptions"
}
disturb INT tully.yaml one.h5
disturb TERM so2.yaml so2_one.h5
disturb KILL tully.yaml one.h5

# What an interrupted flight says, and what becomes of its journal.
# The head and the initial conditions of the thousand take 37 kB, which no checksum covers (the head holds their digest, and what is sampled
# anew is flown); a segment of finished steps takes 50 kB and more.
interrupt() { # leaves later.h5.journal, part of the flight
    for _ in 1 2 3 4 5; do
        rm -f later.h5*
        "$program" run tully.yaml -t 1 -o later.h5 --checkpoint 0.01 "$@" >out 2>err &
        wait_for_growth $! 60000 'later.h5.journal'
        kill -INT $!
        wait $! || return
    done
    fail "could not be interrupted halfway"
}
interrupt
grep -q 'the same command goes on from later.h5.journal' err || fail "does not say how to go on: $(cat err)"
[ ! -s out ] || fail "interrupted, and yet numbers on stdout"
size=$(stat -c %s later.h5.journal)
truncate -s $((size - 1000)) later.h5.journal
fly tully.yaml -o later.h5
grep -q 'torn or damaged' err || fail "a torn journal goes unnoticed: $(cat err)"
cmp later.h5 one.h5 || fail "a torn journal changes the swarm"
interrupt
printf junk | dd of=later.h5.journal bs=1 seek=$(($(stat -c %s later.h5.journal) - 1000)) conv=notrunc status=none
fly tully.yaml -o later.h5
grep -q 'torn or damaged' err || fail "a damaged journal goes unnoticed: $(cat err)"
cmp later.h5 one.h5 || fail "a damaged journal changes the swarm"
interrupt
"$program" run tully.yaml -o later.h5 --set initial.seed=2 >out 2>err
[ $? = 2 ] || fail "another seed goes on from the journal of the first"
grep -q "belongs to another flight (there: '    seed: 1'; now: '    seed: 2'); --fresh" err || fail "does not say what differs: $(cat err)"
fly tully.yaml -o later.h5 # the journal has not suffered
cmp later.h5 one.h5 || fail "somebody else's look at the journal changes the swarm"
interrupt --set initial.seed=2
fly tully.yaml -o later.h5 --fresh
cmp later.h5 one.h5 || fail "--fresh is not fresh"

# Two runs on one output.
"$program" run tully.yaml -o rival.h5 --set dynamics.duration="6000 fs" >out 2>err &
first=$!
for _ in $(seq 50); do [ -e rival.h5.journal ] && break || sleep 0.1; done
"$program" run tully.yaml -o rival.h5 --set dynamics.duration="6000 fs" >out2 2>err2
[ $? = 1 ] || fail "two runs on one output"
grep -q "another run (process $first) is flying this output" err2 || fail "does not say who flies: $(cat err2)"
kill -TERM $first
wait $first
[ $? = 143 ] || fail "SIGTERM: status is not 143"

# States that the model was not fitted to: nothing starts there, and trajectories that hop there are counted.
cp "$source/models/ethylene/ethylene.h5" surplus.h5
"$python" -c 'import h5py; h5py.File("surplus.h5", "r+").attrs["fitted_states"] = 2'
cat >surplus.yaml <<'END'
model: surplus.h5
initial: {sampling: wigner, state: 1, trajectories: 60, seed: 1}
dynamics: {timestep: 0.25 fs, duration: 30 fs}
output: {file: surplus_swarm.h5, every: 0.25 fs}
END
must 2 "would start in state 2, but only the lowest 2 of the model's 3 states were fitted" run surplus.yaml --set initial.state=2
must 2 "expected 0 to 1" sample surplus.yaml --set initial.state=2
fly surplus.yaml
"$python" - <<'END' || fail "trajectories in states that were not fitted: $(cat err)"
import h5py, re
with h5py.File("surplus_swarm.h5") as f:
    there = (f["trajectories/active"][:] > 1).any(axis=1).sum()
said = re.search(r"(\d+) of 60 trajectories hopped to states from S2 on", open("err").read())
assert there > 2 and int(said.group(1)) == there, (there, said)
END
for seed in 5 $(seq 40); do # trajectory 1 alone, where it gets there
    fly surplus.yaml --trajectory 1 -o surplus_alone.h5 --fresh --set initial.seed=$seed
    "$python" -c 'import h5py, sys; sys.exit(not (h5py.File("surplus_alone.h5")["trajectories/active"][:] > 1).any())' && break
done
grep -q "1 of 1 trajectories hopped to states from S2 on" err || fail "one trajectory in a state that was not fitted: $(cat err)"

# One trajectory alone.
fly tully.yaml --trajectory 20
[ -e swarm-trajectory-20.h5 ] || fail "one trajectory has no file of its own"
fly so2.yaml --trajectory 17 -o so2_alone.h5
"$python" - <<'END' || fail "a trajectory alone is not the same trajectory"
import h5py, numpy
for all_name, alone_name, j in ("one.h5", "swarm-trajectory-20.h5", 20), ("so2_one.h5", "so2_alone.h5", 17):
    with h5py.File(all_name) as all, h5py.File(alone_name) as alone:
        assert list(alone["trajectories/number"]) == [j]
        for group in "trajectories", "initial":
            for name in all[group]:
                assert (all[group][name][j] == alone[group][name][0]).all(), (group, name)
        mine = all["hops/trajectory"][:] == j
        assert mine.sum() > 0, f"trajectory {j} of {all_name} never tries to hop: choose another"
        for name in all["hops"]:
            assert (all["hops"][name][mine] == alone["hops"][name][:]).all(), name
END

# Energies that no file of a swarm holds: the trajectories are lost, the file is not.
cat >far.yaml <<'YAML'
model: {type: vibronic, epsilon: [0 eV, 1e30 eV], modes: [{name: Q, frequency: 0.1 eV}]}
initial: {sampling: wigner, state: {diabatic: 1}, trajectories: 3}
dynamics: {timestep: 0.1 fs, duration: 1 fs}
output: {file: far.h5}
YAML
fly far.yaml
grep -q '^fates  *3 not a number' out || fail "energies beyond all bounds: $(cat out)"
"$program" analyse far.h5 >out 2>err || fail "a swarm of lost trajectories is unreadable: $(cat err)"
