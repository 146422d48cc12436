#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo exact: the table, the file, what is refused, stopping, and swarm and exact in one picture.
. "$(dirname "$0")/common.bash"
cat >in.yaml <<'YAML'
model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-8], momentum: [20], position_width: [1], state: 0, trajectories: 40}
dynamics: {timestep: 0.1 fs, duration: 40 fs}
output: {file: swarm.h5, every: 4 fs}
exact: {order: 4}
YAML
"$program" exact in.yaml -q >out 2>err || fail "exact: $(cat err)"
grep -q '^converged to .* step halved' out || fail "no test of convergence: $(cat out)"
grep -q '^norm      changed by' out || fail "no norm: $(cat out)"
[ -f swarm-exact.h5 ] && [ ! -e swarm.h5 ] || fail "the result has not the name swarm-exact.h5"
cp swarm-exact.h5 first.h5
"$program" exact in.yaml >again 2>err || fail "again: $(cat err)"
grep -q 'complete already' err || fail "propagates what is there: $(cat err)"
cmp first.h5 swarm-exact.h5 || fail "what is there was changed"
cmp <(grep -v '^time' out) again || fail "the table of what is there differs"
"$program" info swarm-exact.h5 >out || fail "info"
grep -q 'exact dynamics by the engine grid' out || fail "info does not say what it is: $(cat out)"

refused() { # text, settings...
    local text=$1
    shift
    "$program" exact in.yaml -q -o other.h5 "$@" >out 2>err
    [ $? -eq 2 ] || fail "$*: not refused: $(cat out err)"
    grep -qF -- "$text" err || fail "$*: said $(cat err)"
    [ ! -e other.h5 ] || fail "$*: left a file"
}
refused 'is the result of something else' -o swarm-exact.h5 --set exact.order=2
cmp first.h5 swarm-exact.h5 || fail "another result was overwritten"
refused 'a wave packet has a width' --set initial.position_width=[] --set initial.momentum=[0]
refused 'for a Gaussian wave packet it is 1/2' --set initial.momentum_width=[2]
refused 'of memory, there are' --set exact.points=[1000000] --set initial.temperature="0 K" --set 'model={type: ferretti}' \
    --set 'initial.position=[2, 0]' --set 'initial.momentum=[0, 0]' --set 'exact.points=[1000000, 1000000]'
refused "did you mean 'grid'" --set exact.engine=gird
refused 'unknown key' --set exact.pionts=[10]
refused 'expected 1 number' --set 'exact.lower=[1, 2]'
refused 'outside the box' --set 'exact.lower=[0]' --set 'exact.upper=[10]'
refused 'state' --set initial.state=7
refused 'frames of a file' --set initial.sampling=file --set initial.file=in.yaml

# What is left out of an input that a swarm flies: the engine, by the number of coordinates and the temperature; the width of a packet that moves.
cat >many.yaml <<'YAML'
model: {type: pyrazine4}
initial: {sampling: wigner, frequencies: model, state: {diabatic: 1}, trajectories: 10}
dynamics: {timestep: 0.1 fs, duration: 1 fs}
output: {file: many.h5}
YAML
"$program" exact many.yaml -q --set exact='{energy: 0.5 eV, adiabatic: false, convergence: false}' >out 2>err || fail "many modes: $(cat err)"
grep -q 'by the engine oscillators' out || fail "many modes: $(cat out)"
fmo=(many.yaml --set model='{type: fmo}' --set initial.temperature="300 K" --set initial.state='{diabatic: 0}' --set initial.sampling=boltzmann
    --set exact='{depth: 1, matsubara: 0, convergence: false}')
"$program" exact "${fmo[@]}" -q -o fmo.h5 >out 2>err || fail "baths: $(cat err)"
grep -q 'by the engine heom' out || fail "baths: $(cat out)"
# It knows no adiabatic populations: a comparison says so, and no figure claims them.
"$program" run "${fmo[@]}" -q -o flown.h5 >out 2>err || fail "baths: $(cat err)"
run 0 analyse flown.h5 --exact fmo.h5 --bootstrap 0
out_has 'in the quantum one \(sampling: wigner\); the engine heom knows no adiabatic populations: only the diabatic ones are compared'
out_lacks '^  (active|electronic) +S'
run 0 report flown.h5 --exact fmo.h5 -o fmo.html
grep -qF 'exact (dots)' fmo.html && fail "the figure of the page claims exact populations that there are not"
run 0 report fmo.h5 -o fmo.html
grep -qF 'Exact populations of the diabatic states against time (dashed)' fmo.html || fail "the figure of the page claims adiabatic populations"
rm flown.h5
"$program" exact in.yaml -o sharp.h5 --set initial.position_width=[] --set exact.convergence=false >out 2>err || fail "sharp: $(cat err)"
grep -q 'one of 10/momentum, 0.5 bohr' err || fail "does not say the width that it takes: $(cat err)"

# Outcomes: regions of dynamics.stop as channels, each of what is inside or was absorbed there; conditions without a region are left out.
stop=(--set 'dynamics.stop={transmitted: x > 5, relaxed: state 1, reflected: x < -11}' --set dynamics.duration="60 fs" --set output.every="60 fs")
"$program" exact in.yaml -q -o stop.h5 "${stop[@]}" >out 2>err || fail "stop: $(cat err)"
grep -q "dynamics.stop.relaxed: 'state 1' ends a trajectory by its active state" err || fail "does not say what it leaves out: $(cat err)"
grep -q '^  transmitted  *0.5070' out || fail "no outcomes: $(cat out)"
grep -q '^  relaxed' out && fail "an outcome without a region"
"$program" run in.yaml -q -o flown.h5 "${stop[@]}" --set 'dynamics.stop={transmitted: x > 5, reflected: x < -11}' >out 2>err || fail "stop: $(cat err)"
run 0 analyse flown.h5 --exact stop.h5 --bootstrap 0
[ "$(grep -A1 '^  transmitted' out | grep -c '^    exact  *0.5070')" = 1 ] || fail "no exact outcome below that of the swarm: $(cat out)"
run 0 analyse stop.h5
out_has '^  inside  *0.0000'
"$program" exact in.yaml -q -o stay.h5 "${stop[@]}" --set 'dynamics.stop={early: x > -3, late: x > 99}' --set exact.convergence=false >out 2>err || fail "stop: $(cat err)"
grep -q 'left the region' err && fail "a packet that stays in its region is warned of"
"$program" exact in.yaml -q -o through.h5 "${stop[@]}" --set output.every="1 fs" --set 'dynamics.stop={late: x > 3, early: x > -3}' --set exact.convergence=false >out 2>err || fail "stop: $(cat err)"
grep -q 'left the region of dynamics.stop.early again' err || fail "a packet that crosses a region is not warned of: $(cat err)"
"$program" exact many.yaml -q --fresh --set 'dynamics.stop={far: position 0 > 3}' --set exact='{energy: 0.5 eV, adiabatic: false, convergence: false}' >out 2>err || fail "stop: $(cat err)"
grep -q 'does not count any, for there are no adiabatic populations' err || fail "outcomes are left out without a word: $(cat err)"
refused "dynamics.stop.a: the model has the states 0 to 1" --set 'dynamics.stop={a: state 7}'

# Scattering: a table of probabilities, the same from the file; nothing in the file that the engine does not know.
waves=(in.yaml -o waves.h5 --set 'exact={engine: scattering, lower: -12, upper: 12, momenta: [8, 20]}')
"$program" exact "${waves[@]}" -q >out 2>err || fail "scattering: $(cat err)"
grep -q '^   20.000000    2.449025   0.50679' out || fail "no probability of Tully's first problem: $(cat out)"
grep -q '^flux      conserved to' out || fail "no flux: $(cat out)"
"$program" exact "${waves[@]}" -q >again 2>err || fail "scattering again: $(cat err)"
cmp <(grep -v '^time' out) again || fail "the table of waves that are there differs"
"$program" info waves.h5 >out || fail "info of waves"
grep -q 'scattering/S  *(2, 4, 4, 2)' out || fail "no S matrix: $(cat out)"
grep -q 'populations\|^  time ' out && fail "waves have populations: $(cat out)"
"$program" info swarm-exact.h5 | grep -q scattering && fail "a packet has waves"
if /usr/bin/python3 -c 'import h5py' 2>err; then # a channel that is none, and a table without its matrix
    cp waves.h5 whole.h5
    /usr/bin/python3 -c 'import h5py; h5py.File("waves.h5", "r+")["scattering/incoming"][1] = 1e9'
    must 1 "expected 0 to 3" exact "${waves[@]}" -q
    cp whole.h5 waves.h5
    /usr/bin/python3 -c 'import h5py; del h5py.File("waves.h5", "r+")["scattering/S"]'
    "$program" exact "${waves[@]}" -q >out 2>err || fail "waves without a matrix: $(cat err)"
    cp whole.h5 waves.h5
fi

# Stopped: nothing is written.
"$program" exact in.yaml -q -o long.h5 --set dynamics.duration="100000 fs" --set output.every="1000 fs" \
    --set 'exact.lower=[-20]' --set 'exact.upper=[20]' --set 'exact.points=[512]' >out 2>err &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
[ $? -eq 143 ] || fail "not stopped by a signal: $(cat out err)"
grep -q 'interrupted at' err || fail "does not say that it was interrupted: $(cat err)"
[ ! -e long.h5 ] && [ ! -e long.h5.tmp ] || fail "half a file"

# A swarm of the same input, and both in one analysis, page and picture.
"$program" run in.yaml -q >out 2>err || fail "run: $(cat err)"
run 0 analyse swarm.h5 --exact swarm-exact.h5 --bootstrap 0
out_has '^Swarm minus exact: swarm-exact.h5, engine grid, converged to'
out_has '^  diabatic   D0 '
out_has 'starts without a spread of momenta, the wave packet with it'
run 0 report swarm.h5 --exact swarm-exact.h5 -o beside.html
grep -qF 'exact (dots)' beside.html || fail "the figure of the page does not show the exact populations"
[ "$(grep -c 'stroke-dasharray="2 3.5" d="M' beside.html)" -ge 2 ] || fail "no dotted line for each state"
run 0 analyse swarm-exact.h5
out_has '^Populations, exact, diabatic'
out_has '^Lifetime of state 0'
out_has '^Absorption spectrum: mean'
out_has 'no hops, fates'
out_lacks 'trajectories count'
run 0 report swarm-exact.h5
grep -qF '"kind": "exact"' swarm-exact.html || fail "the page of exact dynamics is not of its kind"
grep -qE 'id="data-(hops|trajectories)"' swarm-exact.html && fail "the page of exact dynamics has trajectories"
if /usr/bin/python3 -c 'import h5py, numpy' 2>err; then
    "$program" analyse swarm.h5 --exact swarm-exact.h5 --bootstrap 0 --json >beside.json || fail "analyse --json"
    "$program" analyse swarm-exact.h5 --json >alone.json || fail "analyse --json of exact dynamics"
    /usr/bin/python3 - <<'END' || fail "deviation: another number than h5py finds"
import json
import h5py, numpy as np
s, e, found, alone = h5py.File("swarm.h5"), h5py.File("swarm-exact.h5"), json.load(open("beside.json")), json.load(open("alone.json"))
n = len(s["trajectories/fate"])
for kind in "active", "electronic", "diabatic":
    p, q, change = s["populations/" + kind][:], e["populations/" + kind][:], e[f"populations/{kind}_error"][:]
    own = np.sqrt(np.clip(q * (1 - q), 0, None) / n) if kind == "active" else s[f"populations/{kind}_error"][:]
    error = np.sqrt(own**2 + change**2 + 1e-12)
    for d in found["exact"]["deviation"][kind]:
        k = d["state"]
        t = np.argmax(abs(p - q)[:, k])
        most = abs(p - q)[:, k] / error[:, k]
        for name, value in [("largest", (p - q)[t, k]), ("largest_error", error[t, k]), ("largest_time_fs", s["time"][t]), ("mean", (p - q)[:, k].mean()),
                            ("most_errors", most.max()), ("mean_error", error[:, k].mean()), ("rms", np.sqrt(((p - q)[:, k]**2).mean())), ("beyond_two_errors", (most > 2).mean())]:
            assert abs(d[name] - value) < 1e-9 * max(1, abs(value)), (kind, k, name, d[name], value)
assert np.allclose(np.array(alone["populations"]["active"]["value"]).T, e["populations/active"], rtol=0, atol=1e-12)
assert abs(alone["exact"]["means"]["energy_ev"][0] - e["energy/total"][0] * 27.211386245988) < 1e-9
assert "trajectories" not in alone and "hops" not in alone
END
fi
# A complex H: exact dynamics and trajectories take it, on either basis; the engine oscillators refuses it.
cat >complex.yaml <<END
model: {type: miao}
initial: {sampling: fixed, position: [-3, 0], momentum: [20, 0], position_width: [0.5, 0.5], state: {diabatic: 1}, trajectories: 2}
dynamics: {timestep: 0.2 fs, duration: 0.4 fs}
output: {file: complex.h5}
exact: {convergence: false, refine: 1}
END
"$program" exact complex.yaml >out 2>err || fail "complex H: $(cat err)"
"$program" info miao | grep -q 'phase' || fail "no description of miao"
must 1 "the model 'miao' has a complex Hermitian H, which this does not take" exact complex.yaml --set exact="{engine: oscillators}" -o none.h5
# A complex coupling in a vibronic model: that of two states is the real one with another phase of a state, so populations are the same.
for part in real imaginary; do
    cat >$part.yaml <<END
model: {type: vibronic, epsilon: [0 eV, 0.3 eV], modes: [{name: a, frequency: 0.1 eV, kappa: [-0.15 eV, 0.15 eV]}], soc: [{states: [0, 1], $part: 0.05 eV}]}
initial: {sampling: wigner, frequencies: [model], state: {diabatic: 1}, trajectories: 10}
dynamics: {timestep: 0.1 fs, duration: 20 fs}
exact: {engine: grid}
output: {file: $part.h5, every: 2 fs}
END
    "$program" exact $part.yaml >out 2>err || fail "$part coupling: $(cat err)"
    grep -E '^ +[0-9]' out >$part.txt
done
test "$(wc -l <real.txt)" -gt 5 || fail "no populations: $(cat out)"
cmp -s real.txt imaginary.txt || fail "a constant phase of a coupling changes populations: $(diff real.txt imaginary.txt)"
# Trajectories of the model above have the populations of the wave packet (0.007 off with many; 2 % and 4 standard errors are allowed). A stranger finds
# the diabatic populations of the file from H at its geometries and the amplitudes, whose states have their largest component real and positive.
if /usr/bin/python3 -c 'import h5py, numpy' 2>err; then
    long=(--set model="{type: miao, w: 5}" --set initial.momentum_width="[1, 1]" --set dynamics.duration="6 fs" --set dynamics.decoherence=none --quiet)
    "$program" exact complex.yaml "${long[@]}" -o wave.h5 >out 2>err || fail "$(cat err)"
    "$program" run complex.yaml "${long[@]}" --set initial.trajectories=1000 -o complex.h5 >out 2>err || fail "$(cat err)"
    "$program" analyse complex.h5 --exact wave.h5 --bootstrap 0 --json >complex.json 2>err || fail "$(cat err)"
    /usr/bin/python3 - <<'END' || fail "trajectories on a complex H"
import json, math
import h5py, numpy as np
s, found = h5py.File("complex.h5"), json.load(open("complex.json"))
for kind in "active", "electronic", "diabatic":
    for d in found["exact"]["deviation"][kind]:
        assert abs(d["largest"]) < 0.02 + 4 * d["largest_error"], (kind, d)
R, a = s["trajectories/position"][:].reshape(1000, -1, 2), s["trajectories/amplitudes"][:]
t = 0.5 * math.pi * (np.vectorize(math.erf)(3 * R[..., 0]) + 1)
H = np.empty(t.shape + (2, 2), complex)
H[..., 0, 0], H[..., 1, 1], H[..., 0, 1] = -0.1 * np.cos(t), 0.1 * np.cos(t), 0.1 * np.sin(t) * np.exp(5j * R[..., 1])
H[..., 1, 0] = H[..., 0, 1].conj()
E, U = np.linalg.eigh(H)
size = abs(U)
largest = np.where(size[..., 1, :] > size[..., 0, :] * (1 + 1e-12), U[..., 1, :], U[..., 0, :])
U *= (largest.conj() / abs(largest))[..., None, :]
c = np.einsum("ntik,ntk->nti", U, a[..., 0] + 1j * a[..., 1])
assert np.abs(E - s["trajectories/energies"][:]).max() < 1e-7 # single precision, as positions and amplitudes
assert np.abs((abs(c)**2).mean(0) - s["populations/diabatic"][:]).max() < 1e-6
assert found["estimators"]["diabatic"]["stored_minus_recomputed"] < 1e-6
END
fi
differs() { # what the message says, settings...
    local text=$1
    shift
    "$program" exact in.yaml -q -o differs.h5 --fresh --set exact.convergence=false "$@" >out 2>err || fail "exact $*: $(cat err)"
    must 2 "$text" analyse swarm.h5 --exact differs.h5
    must 2 "$text" report swarm.h5 --exact differs.h5 -o none.html
    [ ! -e none.html ] || fail "a page of what does not belong together"
}
differs 'are not of the same model' --set model.mass="1900 me"
differs "initial 'state: 0', the exact dynamics 'state: 1'" --set initial.state=1
differs "initial 'position: [-8]', the exact dynamics 'position: [-7]'" --set initial.position=[-7]
differs "the exact dynamics 'lowest_frequency: 0.00247968" --set initial.lowest_frequency="20 cm^-1"
differs '6, every 8 fs up to 40 fs: give both the same' --set output.every="8 fs"
differs '2 states' --set 'model={type: morse, variant: I}' --set 'initial.position=[3]' --set 'initial.momentum=[0]' --set dynamics.timestep="0.4 fs"
must 2 'holds no populations against time' analyse waves.h5
must 2 "is a 'diabolo-swarm' file, expected 'diabolo-exact'" analyse swarm.h5 --exact swarm.h5
must 2 "which has no trajectories; '--scheme'" analyse swarm-exact.h5 --scheme "S1 -> S0"
must 2 "which has no trajectories; --mechanism" report swarm-exact.h5 --mechanism swarm.h5 -o none.html
[ -z "${DIABOLO_PRELOAD-}" ] || export LD_PRELOAD="$DIABOLO_PRELOAD" ASAN_OPTIONS=detect_leaks=0 # Python loads the library
if /usr/bin/python3 -c 'import h5py, matplotlib' 2>err; then
    /usr/bin/python3 "$source/analysis/populations.py" swarm.h5 swarm-exact.h5 -o both.svg >out 2>err || fail "picture: $(cat err)"
    grep -q '>exact<' both.svg || fail "the legend does not name the exact populations"
    /usr/bin/python3 "$source/analysis/populations.py" swarm-exact.h5 -o alone.svg >out 2>err || fail "picture of exact dynamics: $(cat err)"
    grep -q '>exact, diabatic<' alone.svg || fail "the legend does not name the diabatic populations"
    /usr/bin/python3 "$source/analysis/populations.py" swarm-exact.h5 --fit -o none.svg >out 2>err && fail "a fit of exact dynamics was drawn"
    /usr/bin/python3 "$source/analysis/populations.py" swarm.h5 swarm.h5 -o none.svg >out 2>err && fail "a swarm was taken for exact"
    [ ! -e none.svg ] || fail "a picture of nothing"
fi
