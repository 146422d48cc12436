#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo train and evaluate as a user meets them: train.sh PROGRAM SOURCE_DIR. Threads, interruptions, bad input; a network written from Python.
. "$(dirname "$0")/common.bash"

cat >net.yaml <<EOF
data: {file: $source/models/ethylene/data.h5, validation: 0.1, split: point}
network:
  descriptors: [inverse_distance]
  layers: [10, 7]
  activation: silu
  states: 3
  symmetry:
    - {permutation: [0, 1, 3, 2, 4, 5], signs: [-1, 1, 1]}
    - {permutation: [1, 0, 4, 5, 2, 3], signs: [1, -1, 1]}
loss: {outlier: 0.05}
stages:
  - {optimiser: adam, epochs: 2}
  - {optimiser: soap, epochs: 3, batch: 32, coupling: 5}
  - {optimiser: lbfgs, iterations: 12, memory: 5}
output: {file: net.h5}
EOF

# One and two threads: the same bytes. A table with numbers.
"$program" train net.yaml --threads 1 --quiet >table || fail "train"
grep -q "S0/S1 .*[0-9]" table || fail "no table of errors"
"$program" train net.yaml --threads 2 --quiet --output two.h5 >/dev/null || fail "train with two threads"
cmp -s net.h5 two.h5 || fail "one and two threads give different files"
[ ! -e net.h5.checkpoint ] || fail "the checkpoint stays behind"

# The course of the training is kept: a row an epoch or iteration, in order, with a loss that falls.
"$python" - <<'END' || fail "the history in the model file"
try:
    import h5py
except ImportError:
    raise SystemExit(0)
with h5py.File("net.h5") as f:
    stage, iteration, loss, validation = (f[f"history/{name}"][:].tolist() for name in ("stage", "iteration", "loss", "validation"))
    assert f["history/optimisers"].asstr()[:].tolist() == ["adam", "soap", "lbfgs"]
assert list(zip(stage, iteration)) == [(s, i + 1) for s, n in enumerate((2, 3, 12)) for i in range(n)], (stage, iteration)
assert loss[-1] < 0.8 * loss[0] and 0 < min(validation) < validation[0], (loss, validation)
END

# Interrupted by TERM, then resumed: the same bytes.
"$program" train net.yaml --quiet --output three.h5 >/dev/null 2>err &
pid=$!
for _ in $(seq 100); do sleep 0.02; kill -0 $pid 2>/dev/null || break; grep -q SigCgt:.*4003 /proc/$pid/status 2>/dev/null && break; done
sleep 0.3
if kill -TERM $pid 2>/dev/null; then
    wait $pid
    status=$?
    [ $status = 143 ] || [ $status = 0 ] || fail "interrupted: exit status $status: $(cat err)"
    [ $status = 0 ] || [ -e three.h5.checkpoint ] || fail "no checkpoint after an interruption"
fi
wait
if [ -e three.h5.checkpoint ]; then # a checkpoint of another input is not taken
    run 0 status three.h5
    out_has '^three.h5  training, stopped, stage [0-2], iteration [0-9]+; saved [0-9.]+ m?s ago; the command that began it goes on with it$'
    must 2 "another input" train net.yaml --quiet --output three.h5 --set network.seed=2
fi
"$program" train net.yaml --quiet --output three.h5 >/dev/null || fail "resume"
run 0 status three.h5
out_has '^three.h5  training, finished$'
cmp -s net.h5 three.h5 || fail "an interrupted training ends differently"

# Done already: says so, touches nothing but what a killed training left beside it; another input does not overwrite.
"$python" -c 'import h5py; h5py.File("net.h5.checkpoint", "w").attrs["format"] = "diabolo-training"'
cp net.h5 net.h5.best
"$program" train net.yaml --quiet >out || fail "a complete training should exit 0"
grep -q "complete already" out || fail "a complete training should say so"
[ "$(echo net.h5*)" = net.h5 ] || fail "left behind: $(echo net.h5*)"
cp net.h5 before.h5
must 2 "not the result of this training" train net.yaml --quiet --set network.seed=2
cmp -s net.h5 before.h5 || fail "a refused training touched the file"

# evaluate: its numbers are those of the table; JSON holds the promised keys.
"$program" evaluate net.h5 "$source/models/ethylene/data.h5" --json >json || fail "evaluate"
for key in npoint energy_mae_mev energy_rmse_mev gradient_mae_mev_per_angstrom coupling_mae_mev_per_angstrom by_state by_pair by_gap; do
    grep -q "\"$key\"" json || fail "JSON lacks $key"
done
"$program" evaluate net.h5 "$source/models/ethylene/data.h5" --json --below "5 eV" >low || fail "evaluate --below"
python3 - json low <<'EOF' || fail "JSON of evaluate"
import json, sys
every, low = (json.load(open(name)) for name in sys.argv[1:])
assert every["below_ev"] is None and abs(low["below_ev"] - 5) < 1e-9 and every["points_left_out"] == 0 < low["points_left_out"]
assert low["npoint"] + low["points_left_out"] == every["npoint"] and low["by_energy"][3]["energy_mae_mev"] is None
assert every["topology"]["couplings"] > 100 and every["coupling_gap_below_0.5_ev_mae_mev_per_angstrom"] > 0
worst = every["worst"]["energies"]
assert len(worst) == 5 and worst[0]["error_mev"] >= worst[4]["error_mev"] > every["energy_rmse_mev"] and worst[0]["group"]
EOF
must 2 "expected an energy above 0" evaluate net.h5 "$source/models/ethylene/data.h5" --below "8 fs"
must 2 "at most 3 can be compared" evaluate net.h5 "$source/models/ethylene/data.h5" --states 4
"$program" info net.h5 >info || fail "info"
grep -q network info || fail "info does not say what the file is"

# Bad input: clear errors, nothing left behind.
printf 'data: {file: %s}\nnetwork: {descriptors: [inverse_distance], architecture: products, pairs: [2, 2, 2, 2], crossed: [1, 1, 1, 1], states: 3}\nstages: [{optimiser: adam, epochs: 1}]\noutput: {file: deep.h5}\n' "$source/models/ethylene/data.h5" >deep.yaml
must 2 "pairs has 4 entries, one for each level; expected 1 to 3" train deep.yaml # deeper ones diverge
must 2 "crossed: 5 of 2 pairs at level 1" train deep.yaml --set 'network.pairs=[2]' --set 'network.crossed=[5]'
must 2 "did you mean 'activation'" train net.yaml --set network.activaton=tanh --output bad.h5
must 2 "the data '$source/models/ethylene/data.h5' hold 3 states" train net.yaml --set network.states=4 --output bad.h5
must 2 "network.architecture: there is no 'poled'; did you mean 'pooled'?" train net.yaml --set network.architecture=poled --output bad.h5
must 2 "network.descriptors: there is no 'internal'; did you mean 'internals'?" train net.yaml --set 'network.descriptors=[internal]' --output bad.h5
must 2 "network.descriptors: there is no 'intenals'; did you mean 'internals'?" train net.yaml --set 'network.descriptors=[{type: intenals}]' --output bad.h5
must 2 "data.weights names the group 'sea', which the data do not have" train net.yaml --set 'data.weights=[{group: sea, factor: 2}]' --output bad.h5
must 2 "data.weights gives the group 'seam1' two factors" train net.yaml --set 'data.weights=[{group: seam1, factor: 2}, {group: seam1, factor: 3}]' --output bad.h5
must 2 "data.weights" train net.yaml --set 'data.weights=[{group: seam1, factor: 0}]' --output bad.h5
must 2 "at least as many diabats" train net.yaml --set network.diabats=2 --output bad.h5
must 2 "triple_product" train net.yaml --set 'network.symmetry=[{permutation: [0,1,2,3,4,5], inversion: true, signs: [1,-1,1]}]' --output bad.h5
must 2 "different elements" train net.yaml --set 'network.symmetry=[{permutation: [2,1,0,3,4,5], signs: [1,1,1]}]' --output bad.h5
must 2 "at most 20000 parameters" train net.yaml --set 'network.layers=[3000, 8]' --set 'stages=[{optimiser: levenberg_marquardt}]' --output bad.h5
must 2 "optimiser" train net.yaml --set 'stages=[{optimiser: adm}]' --output bad.h5
must 1 "nowhere.h5" train net.yaml --set data.file=/nowhere.h5 --output bad.h5
head -c 3000 net.h5 >cut.h5
must 1 "cut.h5" evaluate cut.h5 "$source/models/ethylene/data.h5"
printf '2\n\nH 0 0 0\nH 0 0 0.7\n' >h2.xyz
must 2 "h2.xyz" evaluate net.h5 h2.xyz
"$program" evaluate "$source/models/ethylene/ethylene.h5" "$source/models/ethylene/casscf_intersections.xyz" 2>err | awk -F'\t' 'NF != 4 { wrong = 1 } END { exit wrong || NR < 3 }' ||
    fail "evaluate of geometries: not a column for the number and one for each of three states"
ls bad.h5* >/dev/null 2>&1 && fail "a failed training left a file"

if "$python" -c 'import h5py, numpy' 2>/dev/null; then
    "$python" "$source/tests/cli/python_model.py" "$program" || fail "a model written from Python"
    "$python" - "$source/models/ethylene/data.h5" <<'EOF' || fail "spoil"
import sys, shutil, h5py, numpy as np
for name in "nan", "shape", "order":
    shutil.copy(sys.argv[1], name + ".h5")
f = h5py.File("nan.h5", "r+"); x = f["positions"][:]; x[7, 2, 1] = np.nan; f["positions"][:] = x
f = h5py.File("shape.h5", "r+"); g = f["gradients"][:, :2]; del f["gradients"]; f["gradients"] = g
f = h5py.File("order.h5", "r+"); e = f["energies"][:]; e[3] = e[3, ::-1]; f["energies"][:] = e
EOF
    # A diatomic in closed form, spoilt in one way each: what is wrong is said, and what can be put right gives the same numbers.
    "$python" "$source/tests/cli/datasets.py" || fail "data sets of a diatomic"
    small() { # FILE: trains on it; stdout of the training in `out`, stderr in `err`
        printf 'data: {file: %s.h5, validation: 0.1}\nnetwork: {descriptors: [inverse_distance], layers: [6], states: 2}\nstages: [{optimiser: lbfgs, iterations: 100}]\noutput: {file: %s.model.h5}\n' "$1" "$1" >small.yaml
        "$program" train small.yaml --threads 1 >out 2>err
    }
    says() { # FILE TEXT...: the training runs, and says each text
        small "$1" || fail "train on $1.h5: $(cat err)"
        for text in "${@:2}"; do grep -qF -- "$text" err || fail "train on $1.h5 should say '$text': $(cat err)"; done
    }
    says right "60 points of ClH, 2 states: 120 energies, 120 gradients, 60 couplings"
    grep -q warning err && fail "a good data set is warned of: $(cat err)"
    for k in angstrom ev atomic plural; do
        small $k || fail "train on $k.h5"
        "$program" evaluate right.model.h5 right.h5 | tail -n +2 >right.table
        "$program" evaluate right.model.h5 $k.h5 2>/dev/null | tail -n +2 | cmp -s - right.table || fail "$k.h5 is not converted"
    done
    # Data with a third state, which is missing where the energy is high, and points without any energy: two states are fitted, by
    # two diabats or by three, and compared.
    for n in 2 3; do
        printf 'data: {file: more.h5, validation: 0.1}\nnetwork: {descriptors: [inverse_distance], layers: [6], states: 2, diabats: %s}\nstages: [{optimiser: lbfgs, iterations: 20, gradient: 0.5, coupling_power: 4}]\noutput: {file: more%s.model.h5}\n' $n $n >more.yaml
        "$program" train more.yaml >out 2>err || fail "train on more.h5 with $n diabats: $(cat err)"
        grep -qF "of its 3 states the lowest 2 are fitted" err || fail "states that are not fitted: $(cat err)"
        grep -qF "2 of 60 points have no energy at all" err || fail "points without energies: $(cat err)"
        "$program" evaluate more$n.model.h5 more.h5 --states 2 >out 2>err || fail "evaluate on more.h5: $(cat err)"
        grep -qF "58 points (2 more have no label that counts)" out || fail "points that are left out: $(cat out)"
    done
    "$program" info more3.model.h5 | grep -q "surplus diabats" || fail "info should speak of surplus diabats"
    "$program" info more3.model.h5 | grep -q "states  *3, the lowest 2 fitted" || fail "info should count the fitted states"
    # A surplus state that is absurd does not count, unless it is asked for.
    "$python" - <<'EOF' || fail "an absurd surplus state"
import h5py, shutil
for name in "absurd", "forgetful", "too_many":
    shutil.copy("more3.model.h5", name + ".h5")
    with h5py.File(name + ".h5", "r+") as f:
        assert f.attrs["fitted_states"] == 2
        f["output/shift"][5] += 3.0
        if name == "forgetful":
            del f.attrs["fitted_states"]
        if name == "too_many":
            f.attrs["fitted_states"] = 4
EOF
    table() { "$program" evaluate "$@" 2>err || fail "evaluate $*: $(cat err)"; }
    table absurd.h5 more.h5 >default
    grep -q "of which 2 were fitted: the lowest 2 are compared" err || fail "evaluate should say what it compares: $(cat err)"
    grep -q "58 points .*, 2 of 3 states" default || fail "the heading should count the states: $(cat default)"
    table absurd.h5 more.h5 --states 2 | cmp -s - default || fail "an absurd surplus state counts"
    table absurd.h5 more.h5 --states 3 >every
    table forgetful.h5 more.h5 | cmp -s - every || fail "without 'fitted_states' all states count"
    awk '$1 == "S2" { exit !($2 > 10000) }' every || fail "--states should override what the file says: $(cat every)"
    must 1 "'fitted_states' is 4; expected 1 to 3" evaluate too_many.h5 more.h5
    # A stage ends when the validation loss no longer falls.
    printf 'data: {file: right.h5, validation: 0.2}\nnetwork: {descriptors: [inverse_distance], layers: [6], states: 2}\nstages: [{optimiser: adam, epochs: 100, rate: 0.5, final_rate: 0.5, patience: 4}]\noutput: {file: patient.h5}\n' >patient.yaml
    "$program" train patient.yaml --threads 1 >out 2>err || fail "train with patience: $(cat err)"
    "$python" - <<'EOF' || fail "patience"
import h5py
with h5py.File("patient.h5") as f:
    iteration, validation = f["history/iteration"][:], f["history/validation"][:]
assert 5 <= iteration[-1] < 100 and validation.argmin() == len(validation) - 5, (iteration, validation)
EOF
    awk 'length > 79 && /^training:/ { exit 1 }' err || fail "a line of progress is longer than 79: $(cat err)"
    says nac "derivative couplings d_ij"
    "$program" evaluate right.model.h5 nac.h5 2>/dev/null | tail -n +2 | cmp -s - right.table || fail "derivative couplings are not converted"
    says bare "dataset 'positions' does not say its unit"
    says zero "60 of 60 couplings are exactly zero" "couplings were not taught: populations rest on energies and gradients alone"
    says some "couplings were taught for " " pairs of states closer than 0.5 eV: populations rest mostly on energies and gradients"
    says tiny "couplings were taught that are all next to zero"
    says heavy "dataset 'masses' is not read; the model gets the masses of its elements"
    says forces "the gradients have the opposite sign: they are forces" "diabolo check"
    says flat "times what the gradients say"
    says one "the gradients of S1 have the opposite sign"
    says nines "30 of 60 couplings are one number in all their components (9999 at point 0)"
    must 2 "states two units that disagree: its attribute 'units' is 'eV'" evaluate right.model.h5 twice.h5
    printf 'data: {file: right.h5}\nnetwork: {descriptors: [inverse_distance], layers: [6], states: 2}\nstages: [{optimiser: adam, epochs: 1, gradient: 0}]\noutput: {file: weightless.h5}\n' >weightless.yaml
    "$program" train weightless.yaml --threads 1 >out 2>err || fail "train with stages that give gradients no weight: $(cat err)"
    grep -q "gradients were not taught" err || fail "gradients without weight in any stage: $(cat err)"
    # A file that says two things about its layers.
    printf 'data: {file: right.h5}\nnetwork: {descriptors: [inverse_distance], architecture: pooled, image_layers: [4], invariants: 4, covariants: 1, trunk: [4], states: 2}\nstages: [{optimiser: adam, epochs: 1}]\noutput: {file: layers.h5}\n' >layers.yaml
    "$program" train layers.yaml --threads 1 >out 2>err || fail "train a pooled network: $(cat err)"
    "$program" train layers.yaml --quiet >out || fail "a complete training of a pooled network should exit 0"
    grep -q "complete already" out || fail "a complete training of a pooled network should say so: $(cat out)"
    "$python" -c 'import h5py; h5py.File("layers.h5", "r+").attrs["layers"] = 5'
    must 1 "attribute 'layers' is 5; a network of 'pooled' has 4 here" evaluate layers.h5 right.h5
    says name "dataset 'forces' is not read; a data set holds 'gradients' = -forces" "gradients were not taught"
    says same "points have the geometry of another one and different energies"
    says high "1 energy of S1 stands for 'not computed' (60)"
    must 2 "dataset 'energies' is in 'bohr'" evaluate right.model.h5 kind.h5
    must 2 "at point 3 the atoms 0 and 1 are at one place" evaluate right.model.h5 meet.h5
    must 2 "no element" evaluate right.model.h5 number.h5
    printf '2\n\nH 0 0 0\nCl 0 0 0\n' >meet.xyz
    must 2 "the model is not finite at geometry 0" evaluate right.model.h5 meet.xyz
    printf '2\n\nH 0 0 0\nCl 0 0 1.6\n2\n\nH 0 0 0\nCl 0 0 9\n' >far.xyz
    must 0 "1 of 2 geometries (1; counted from 0) are outside the region" evaluate right.model.h5 far.xyz
    grep -q "atoms 0 and 1 are 9 Angstrom apart" err || fail "the distance that is outside is not named: $(cat err)"
    # What a model was not taught, and where it extrapolates, goes with it: into a swarm, its summary, its analysis.
    printf 'model: zero.model.h5\ninitial: {sampling: file, file: far.xyz, state: 0}\ndynamics: {timestep: 0.1 fs, duration: 1 fs}\noutput: {file: swarm.h5}\n' >run.yaml
    "$program" run run.yaml --quiet >out 2>err || fail "run: $(cat err)"
    grep -q "the model: couplings were not taught" err || fail "run should repeat the model's note: $(cat err)"
    grep -q "1 of 2 initial conditions (1; counted from 0) are outside" err || fail "run should count the initial conditions outside: $(cat err)"
    grep -q "1 of 2 trajectories were outside the region.*; first trajectory 1 at 0 fs: atoms 0 and 1 are 9 Angstrom apart" out ||
        fail "run should count the trajectories outside, and say where first: $(cat out)"
    "$program" sample run.yaml 2>err >out || fail "sample: $(cat err)"
    grep -q "1 of 2 initial conditions (1; counted from 0) are outside" err || fail "sample should count the geometries outside: $(cat err)"
    "$program" analyse swarm.h5 >out 2>err || fail "analyse: $(cat err)"
    grep -q "NOTE: couplings were not taught" out || fail "analyse should repeat the model's note: $(cat out)"
    grep -q "NOTE: 1 of 2 trajectories were outside.*; first trajectory 1 at 0 fs: atoms" out || fail "analyse should count the trajectories outside: $(cat out)"
    "$program" info zero.model.h5 | grep -q "training region *stored" || fail "info should say that the region is stored"

    must 2 "point 7, atom 2" train net.yaml --set "data.file=$work/nan.h5" --output bad.h5
    must 2 "gradients" train net.yaml --set "data.file=$work/shape.h5" --output bad.h5
    must 2 "ascending" train net.yaml --set "data.file=$work/order.h5" --output bad.h5
fi

# How far a long one is, of a committee too; what is no training is named.
"$program" train net.yaml --quiet --output long.h5 --set stages.0.epochs=100000 --set "committee={members: 2}" >/dev/null 2>long_err &
pid=$!
for _ in $(seq 200); do
    sleep 0.05
    "$program" status long.h5 >out 2>err && grep -q '^long.h5  training, running' out && break
done
grep -q '^long.h5  training, running' out || fail "status of a running training: $(cat out err long_err)"
kill -TERM $pid
wait $pid
run 0 status long.h5 --json
"$python" - out <<'END' || fail "status as JSON: $(cat out)"
import json, sys
one, = json.load(open(sys.argv[1]))["others"]
assert (one["what"], one["state"], one["member"], one["stage"]) == ("training", "stopped", 0, 0) and one["iteration"] >= 0 and one["age_seconds"] >= 0, one
END
must 2 "is a 'diabolo-dataset' file, of which nothing is told" status "$source/models/ethylene/data.h5"
must 2 "is a folder, and none of \`diabolo learn\`" status "$source/models"
