#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo certify: methods that are exact are found to be so, wrong ones to be wrong; a plug-in appears by itself; cells that are there are
# kept, also after an interruption; the JSON file says what the table says.
. "$(dirname "$0")/common.bash"
export OMP_NUM_THREADS=1
# Two straight lines that do not couple: the Wigner distribution moves as classical points do, so whoever keeps the diabat is exact, and
# who never leaves the adiabatic state is off by 1 at the end.
cat >lines.yaml <<'YAML'
model: {type: fan, states: 2}
initial: {sampling: wigner, position: [-3], position_width: [0.3], momentum: [20], state: {diabatic: 0}, trajectories: 200}
dynamics: {timestep: 0.2 fs, duration: 30 fs}
output: {file: lines.h5, every: 3 fs}
exact: {convergence: false}
YAML
cat >tully.yaml <<'YAML'
model: {type: tully, variant: single_crossing}
initial: {sampling: wigner, position: [-4], position_width: [0.5], momentum: [20], state: 0, trajectories: 200}
dynamics: {timestep: 0.2 fs, duration: 25 fs}
output: {file: tully.h5, every: 5 fs}
exact: {convergence: false}
YAML
run 0 certify lines.yaml -o lines -q
out_has '^  fewest_switches  .*< 0\.0[0-9]* .*S0 -0\.0000'
out_has '^  landau_zener .*< 0\.0'
out_has '^  none .*0\.[89][0-9]* \+- .*S1 -1\.0000'
! grep -q '^  none +' out || fail "a method that sees no amplitudes is flown with every decoherence"
# ... which is true of it: by a swarm of the same starts.
for decoherence in none energy_based; do
    run 0 run lines.yaml -q -o "$decoherence.h5" --set dynamics.method=landau_zener --set dynamics.decoherence="$decoherence"
done
/usr/bin/python3 -c 'import h5py; a, b = (h5py.File(f)["trajectories/active"][:] for f in ("none.h5", "energy_based.h5")); assert (a == b).all() and a.any()' || fail "landau_zener looks at amplitudes"
run 0 certify lines.yaml -o varied -q --method fewest_switches --variants
out_has '^  fewest_switches  .*< 0\.0' # a variant that changes nothing gives way to the method itself
out_has '^fewest_switches \+ energy_based, adjust: velocity: the same trajectories as fewest_switches'
[ ! -e lines.h5 ] && [ ! -e lines-exact.h5 ] || fail "writes where the input says, not into its folder"

# All that the registries hold, and what they do not agree to is not flown.
run 0 certify --list --variants
for word in tully-1 fewest_switches 'landau_zener.*, probability: gap' 'adjust: velocity' 'frustrated: reverse' 'convention: amplitude'; do
    out_has "$word"
done
cat >three.yaml <<'YAML'
model: {type: superexchange}
initial: {sampling: wigner, position: [-3], position_width: [0.3], momentum: [20], state: 0, trajectories: 20}
dynamics: {timestep: 0.2 fs, duration: 6 fs}
output: {file: three.h5, every: 3 fs}
exact: {convergence: false}
YAML
plugin=$(dirname "$program")/tests/house/method/method.so
if [ -e "$plugin" ]; then
    run 0 certify tully.yaml -o wrong -q --method fewest_switches --method "$plugin"
    out_has '^  fewest_switches  .*< 0\.'
    out_has '^  method.so  .*0\.[3-9][0-9]* \+- '
    run 0 certify three.yaml -o three -q --method "$plugin"
    out_has 'not flown: .*for two states, the model has 3'
fi

# Outcomes of waves: the same start at one momentum, so chance is in the hops alone.
cat >waves.yaml <<'YAML'
model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-4], momentum: [20], state: 0, trajectories: 200}
dynamics: {timestep: 0.2 fs, duration: 60 fs, stop: {back: x < -5 bohr, through: x > 5 bohr}}
output: {file: waves.h5, every: 5 fs}
exact: {engine: scattering, lower: -12, upper: 12}
YAML
run 0 certify waves.yaml -o waves -q --method fewest_switches
out_has '^waves: outcomes'
out_has 'upper end, S'
run 0 certify waves.yaml -o waves -q --method none # 0.4932 goes up to S1: 1 less what exact.sh finds for S0
out_has '^  none .*0\.4932 \+- 0.0000 .*upper end, S0 \+0\.4932'

# What is there is not made again; another result is.
ls -l --time-style=full-iso waves/*.h5 >before
run 0 certify waves.yaml -o waves -q --method fewest_switches
ls -l --time-style=full-iso waves/*.h5 >after
cmp before after || fail "cells that are there are made again"
run 0 certify waves.yaml -o waves -q --method none --trajectories 50
grep -q '"trajectories": 50' waves/certificate.json || fail "not flown with 50 trajectories"

run 0 certify waves.yaml -o few -q --method none --trajectories 2 # which tell nothing, however they agree
out_has '^  none .*< 0\.9.*upper end, S0 \+0\.4932'

# Interrupted: finished cells stay, and the same command goes on.
"$program" certify lines.yaml tully.yaml -o lines --set dynamics.timestep="0.0005 fs" --set output.every="15 fs" --method none >out 2>err &
pid=$!
for _ in $(seq 100); do
    [ -e lines/lines-none-energy_based.h5.journal ] || [ -e lines/lines-none.h5.journal ] || [ -e lines/lines-none-half.h5.journal ] && break
    sleep 0.1
done
kill -INT $pid
wait $pid
[ $? -eq 130 ] || fail "not interrupted: $(cat out err)"
grep -q 'the same command goes on from there' err || fail "does not say how to go on: $(cat err)"
[ -e lines/lines-exact.h5 ] || fail "the exact answer is gone"

must 2 'methods: a certificate flies all methods itself' certify lines.yaml -o none --set 'methods={a: {}, b: {method: none}}'
must 2 "did you mean 'tully-1-k8'" certify tully-1-k9 -o none
must 1 "--method ./nothere.so: cannot be read: No such file" certify lines.yaml -o none --method ./nothere.so
printf 'no code' >text.so
must 1 "--method ./text.so: ./text.so: cannot be loaded as a plug-in" certify lines.yaml -o none --method ./text.so
must 2 "did you mean 'landau_zener'" certify lines.yaml -o none --method landau_zenner
must 2 'found 60 changes, expected at most 48' certify lines.yaml -o none $(printf -- '--set initial.trajectories=%d ' $(seq 60))
must 2 'expected one energy' certify waves.yaml -o none --set exact.momenta='[10, 20]'
must 2 'the exact dynamics counted no outcomes' certify three.yaml -o none --set 'dynamics.stop={down: state 0}'

# A packet and its trajectories behind two limits: where each is, and in which state.
run 0 certify tully.yaml -o limits -q --method fewest_switches --set 'dynamics.stop={back: x < -7 bohr, through: x > 4 bohr}'
out_has '^tully: outcomes'
out_has '^  fewest_switches .*(through|inside|back), S[01] [+-]0\.0'

"$python" - lines/certificate.json $(ls wrong/certificate.json 2>/dev/null) <<'END' || fail "the JSON file"
import json, sys
for path in sys.argv[1:]:
    with open(path) as file:
        c = json.load(file)
    assert c["format"] == "diabolo-certificate" and c["version"] == 1
    row, = c["cases"]
    assert row["reason"] is None and row["engine"] == "grid" and row["compared"] == "adiabatic"
    cells = {cell["method"]: cell for cell in row["methods"]}
    assert cells["fewest_switches"]["deviation"]["significant"] is False, cells["fewest_switches"]
    wrong = cells.get("none") or cells["method.so"]
    assert wrong["deviation"]["significant"] is True and wrong["deviation"]["rms"] > 0.3, wrong
    assert all(cell["trajectories"] == 200 and cell["left_out"] == 0 for cell in cells.values())
END
