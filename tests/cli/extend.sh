#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Extending a finished swarm, by trajectories, in time, both at once: extend.sh PROGRAM SOURCE_DIR. What comes out is byte for byte the file of a
# run that was so long from the start. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy
export OMP_NUM_THREADS=2
fly() { "$program" run "$@" -q >out 2>err || fail "run $*: status $?: $(cat err)"; }
same() { cmp "$1" "$2" || fail "$1 is not $2: ${*:3}"; }
extend() { fly "$@" --extend; }

# Trajectories that end early, and 203 of them: blocks are not of equal size.
cat >tully.yaml <<'END'
model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: 0, trajectories: 203, seed: 1}
dynamics: {timestep: 0.1 fs, duration: 40 fs, stop: {through: x > 6 bohr, lower: state 0 for 18 fs}}
output: {file: swarm.h5, every: 2 fs}
END
fly tully.yaml -o one.h5

# More trajectories; then longer; both at once; the same again is nothing.
short() { rm -f swarm.h5 && fly tully.yaml --set initial.trajectories=51 --set dynamics.duration="20 fs"; }
short
must 2 "swarm.h5: is there already" run tully.yaml
err_has '--extend'
extend tully.yaml --set dynamics.duration="20 fs"
extend tully.yaml
same swarm.h5 one.h5 "more trajectories, then longer"
short
extend tully.yaml
same swarm.h5 one.h5 "both at once"
extend tully.yaml
same swarm.h5 one.h5 "extended twice"
[ -z "$(ls | grep -E 'journal|tmp|extension')" ] || fail "left behind: $(ls)"
must 2 "that is no extension" run tully.yaml --extend --set initial.trajectories=50
must 2 "only initial.trajectories and dynamics.duration may differ from the swarm that is extended (there: '    every: 2 fs'" \
    run tully.yaml --extend --set initial.trajectories=300 --set output.every="4 fs"
same swarm.h5 one.h5 "a refused extension"
must 2 "leave \`until\` out" run tully.yaml --extend --set until="{population S0: 0.1}"
must 2 "merge the shards, and extend the swarm" run tully.yaml --extend --shard 1/2

# What ended early stays as it ended, whatever the reason: SHORT LONG FATE... (numbers of them that must be there), and others end later.
stays() {
    "$python" - "$@" <<'END' || fail "$1: trajectories that had ended are others in $2"
import sys, h5py, numpy as np
short, long, *words = sys.argv[1:]
fates = [int(word) for word in words if word.isdigit()]
with h5py.File(short) as a, h5py.File(long) as b:
    fate, T = a["trajectories/fate"][:], len(a["time"])
    for one in fates:
        assert 0 < (fate == one).sum() < len(fate), (one, np.bincount(fate))
    ended = np.flatnonzero(fate != 1)
    for name, item in a["trajectories"].items():
        old, new = item[:], b["trajectories/" + name][: len(fate)]
        if item.ndim > 1 and item.shape[1] == T:
            assert name in ("outside", "novelty") or (new[ended, T:] == new[ended, T - 1 : T]).all(), name # frozen
            new = new[:, :T]
        assert old[ended].tobytes() == new[ended].tobytes(), name
    later = (b["trajectories/fate"][: len(fate)][fate == 1] != 1).any()
    assert later != ("no-later" in words), "nothing ends later, or something does"
END
}
short && stays swarm.h5 one.h5 5
sed "s|model: so2|model: $source/examples/photochem/02_so2_vibronic/so2|; s/trajectories: [0-9]*/trajectories: 30/" \
    "$source/examples/photochem/02_so2_vibronic/so2.yaml" >so2.yaml
cat >ammonia.yaml <<END
model: $source/models/nh3/nh3.h5
initial: {sampling: wigner, state: 1, trajectories: 24, seed: 3}
dynamics: {timestep: 0.25 fs, duration: 100 fs, dissociation: 2.5 Angstrom}
output: {file: swarm.h5, every: 5 fs}
END
fly ammonia.yaml -o ammonia_long.h5
rm -f swarm.h5
fly ammonia.yaml --set dynamics.duration="50 fs" --set initial.trajectories=20
cp swarm.h5 short.h5
extend ammonia.yaml
same swarm.h5 ammonia_long.h5 "dissociation"
stays short.h5 swarm.h5 3

# interrupted: settings of the short swarm
fly tully.yaml -o undisturbed.h5 --set dynamics.timestep="0.002 fs"
interrupted() {
    rm -f swarm.*
    fly tully.yaml --set dynamics.timestep="0.002 fs" "$@"
    cp swarm.h5 short.h5
    for ((i = 0; i < 20; i++)); do
        "$program" run tully.yaml --extend -t 1 -q --set dynamics.timestep="0.002 fs" --checkpoint 0.01 >out 2>err &
        while kill -0 $! 2>kill_err && [ "$(cat swarm*.journal 2>stat_err | wc -c)" -lt 60000 ]; do sleep 0.01; done
        kill -9 $! 2>kill_err
        wait $! 2>wait_err
        [ -z "$(ls swarm*.journal 2>stat_err)" ] || break
    done
    [ -n "$(ls swarm*.journal)" ] && cmp swarm.h5 short.h5 || fail "$*: was not killed in mid-run"
    extend tully.yaml --set dynamics.timestep="0.002 fs"
    same swarm.h5 undisturbed.h5 "an extension that was killed, $*"
    [ -z "$(ls | grep -E 'journal|tmp|extension')" ] || fail "left behind: $(ls)"
}
interrupted --set initial.trajectories=30
interrupted --set dynamics.duration="4 fs"
interrupted --set initial.trajectories=100 --set dynamics.duration="4 fs"

# Energy that drifts in the new part excludes from the old one: told, and flown anew.
drift() { fly tully.yaml -o drift.h5 --set dynamics.stop="{}" --set dynamics.timestep="0.5 fs" --set dynamics.drift="0.006 eV" "$@"; }
rm -f drift.h5
drift && mv drift.h5 long.h5
drift --set dynamics.duration="12 fs"
"$python" - <<'END' || fail "choose dynamics.drift anew: nothing drifts, or all"
import h5py
a, b = (h5py.File(f)["trajectories/fate"][:] for f in ("drift.h5", "long.h5"))
assert 0 < (b == 4).sum() < 203 and (a == 4).sum() < (b == 4).sum(), ((a == 4).sum(), (b == 4).sum())
END
drift --extend
same drift.h5 long.h5 "drift in the new part"
grep -q 'all trajectories are flown again from the start' err || fail "drift: not told: $(cat err)"

# Energy that drifted in the old part alone: those trajectories stay out, and nothing is flown twice.
calm() { drift --set dynamics.drift="0.008 eV" "$@"; }
rm -f drift.h5 long.h5
calm && mv drift.h5 long.h5
calm --set dynamics.duration="24 fs" --set initial.trajectories=150
stays drift.h5 long.h5 4 no-later
calm --extend
same drift.h5 long.h5 "drift in the old part"
! grep -q 'flown again' err || fail "drift in the old part: $(cat err)"

# Without states: flown anew, told.
rm -f drift.h5
fly tully.yaml -o drift.h5 --set output.extendable=false --set dynamics.duration="20 fs"
extend tully.yaml -o drift.h5 --set output.extendable=false
grep -q 'keeps no states to go on from' err || fail "no states: not told: $(cat err)"
"$python" - <<'END' || fail "without states"
import h5py
with h5py.File("drift.h5") as a, h5py.File("one.h5") as b:
    assert "restart" not in a and (a["trajectories/potential"][:] == b["trajectories/potential"][:]).all()
END

# Members of a committee, which also end where they disagree too much; shards of them.
thin_data "$source/models/ethylene/data.h5" data.h5
cat >net.yaml <<END
data: {file: data.h5, validation: 0.2, split: point, below: 20 eV}
network: {descriptors: [inverse_distance], layers: [10, 7], states: 3}
stages: [{optimiser: soap, epochs: 30, batch: 32}]
committee: {members: 3}
output: {file: net.h5}
END
"$program" train net.yaml -q >out 2>err || fail "a committee: $(cat err)"
"$program" sample "$source/examples/photochem/03_ethylene/ethylene.yaml" --set initial.trajectories=70 -o start.xyz -q >out 2>err || fail "starts: $(cat err)"
cat >members.yaml <<END
model: {type: committee, file: net.h5, member: all}
initial: {sampling: file, file: start.xyz, state: 1, trajectories: 70}
dynamics: {timestep: 0.25 fs, duration: 30 fs, drift: 0 eV}
output: {file: members.h5, every: 2.5 fs}
END
all() { for m in 0 1 2; do same members.member$m.h5 all.member$m.h5 "$1, member $m"; done; }
fly members.yaml -o all.h5
for i in 1 2 3; do fly members.yaml --shard $i/3; done
for m in 0 1 2; do "$program" merge members.member$m.shard-* -q >out 2>err || fail "member $m: $(cat err)"; done
all shards
members() { rm -f members.*h5 && fly members.yaml "$@"; }
members --set initial.trajectories=33
extend members.yaml
all "more trajectories"
members --set dynamics.duration="10 fs"
extend members.yaml
all longer
members --set dynamics.duration="10 fs" --set initial.trajectories=33
extend members.yaml
all both
# Where they disagree a trajectory is marked and flies on, or ends and is left out at all times: then all is flown anew, and that is told.
for beyond in fly end; do
    doubt="dynamics.committee={every: 4, limit: 6 eV, beyond: $beyond}"
    fly members.yaml --set "$doubt" -o all.h5 --fresh
    members --set "$doubt" --set dynamics.duration="10 fs" --set initial.trajectories=33
    extend members.yaml --set "$doubt"
    all "disagreement: $beyond"
    [ "$beyond" = end ] && ended=1 || ended=0
    [ "$(grep -c 'flown again from the start' err)" -ge $ended ] && { [ $ended = 1 ] || ! grep -q 'flown again' err; } || fail "$beyond: $(cat err)"
    "$python" - "$beyond" <<'END' || fail "choose the limit of dynamics.committee anew"
import sys, h5py, numpy as np
with h5py.File("all.member0.h5") as f:
    late = f["committee/outside"][:33]
    assert (late <= 10).any() and (late > 10).any() and np.isnan(f["committee/outside"][:]).any()
    assert (f["trajectories/fate"][:] == 6).any() == (sys.argv[1] == "end")
END
done

# Memory of methods and of a heat bath, crossings, no trajectories kept.
cat >several.yaml <<'END'
model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-4], momentum: [15], momentum_width: [3], state: 0, trajectories: 120, seed: 1}
dynamics: {timestep: 0.1 fs, duration: 30 fs}
methods: {fssh: {}, lz: {method: landau_zener}}
output: {file: several.h5, every: 2 fs, precision: double, trajectories: false}
END
fly several.yaml -o whole.h5
fly several.yaml --set initial.trajectories=40
extend several.yaml
for m in fssh lz; do same several.$m.h5 whole.$m.h5 "methods, more trajectories"; done
rm several.*h5
fly several.yaml --set dynamics.duration="14 fs"
extend several.yaml
for m in fssh lz; do same several.$m.h5 whole.$m.h5 "methods, longer"; done
rm several.*h5
fly several.yaml --set dynamics.duration="14 fs" --set initial.trajectories=40
extend several.yaml
for m in fssh lz; do same several.$m.h5 whole.$m.h5 "methods, both"; done
for bath in '{method: nose_hoover, temperature: 300 K, time: 20 fs}' '{method: langevin, temperature: 300 K, time: 100 fs}'; do
    rm -f so2.h5
    set -- so2.yaml --set output.every="2 fs" --set dynamics.thermostat="$bath"
    fly "$@" --set dynamics.duration="40 fs" -o so2_long.h5 --fresh
    fly "$@" --set dynamics.duration="16 fs" -o so2.h5
    extend "$@" --set dynamics.duration="40 fs" -o so2.h5
    same so2.h5 so2_long.h5 "$bath"
done

