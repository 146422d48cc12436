#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Several methods in one run, and their paired differences: methods.sh PROGRAM SOURCE_DIR. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy

head='model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: 0, trajectories: 300, seed: 7}
dynamics: {timestep: 0.05 fs, duration: 40 fs, stop: {through: x > 6 bohr, lower: state 0 for 18 fs}}
output: {file: swarm.h5, every: 2 fs}'
printf '%s\n' "$head" >single.yaml
cat >methods.yaml <<END
$head
methods:
  fssh: {}
  again: {method: fewest_switches}
  near: {decoherence: {method: energy_based, constant: 0.03 hartree}}
  none: {decoherence: none}
  lz: {method: landau_zener}
END
names="fssh again near none lz"
run 0 run methods.yaml -q -t 1
for name in $names; do
    out_has "^==== $name\$"
done
out_has 'swarm.lz.h5 minus swarm.fssh.h5: 300 trajectories that both have'
out_has "first setting that differs: there: '.*energy_based'; now: '.*none'"
cp out first
[ -z "$(ls | grep -E 'journal|tmp|^swarm.h5')" ] || fail "left behind: $(ls)"

# Each file is as the one of that method alone, but for the text of the input.
run 0 run single.yaml -q -o one.again.h5 --set dynamics.method=fewest_switches
run 0 run single.yaml -q -o one.near.h5 --set "dynamics.decoherence={method: energy_based, constant: 0.03 hartree}"
run 0 run single.yaml -q -o one.none.h5 --set dynamics.decoherence.method=none
run 0 run single.yaml -q -o one.lz.h5 --set dynamics.method=landau_zener
for name in again near none lz; do same_swarm "swarm.$name.h5" "one.$name.h5"; done

# By hand: differences of each trajectory. Two equal methods differ by nothing; a small change by less than independent swarms would.
run 0 compare swarm.fssh.h5 swarm.again.h5 swarm.near.h5 swarm.none.h5 swarm.lz.h5 --json
"$python" - <<'END' || fail "the differences"
import json, h5py, numpy as np
found = json.load(open("out"))
assert [p["swarm"] for p in found["pairs"]] == [f"swarm.{n}.h5" for n in ("again", "near", "none", "lz")] and found["reference"] == "swarm.fssh.h5"

def read(path):
    with h5py.File(path) as f:
        active, hops = f["trajectories/active"][:], {k: f["hops/" + k][:] for k in ("trajectory", "time", "accepted")}
        names = [line.split(":")[0] for line in f.attrs["stop_conditions"].splitlines()] + ["inside"]
        outcome = [names[s] for s in f["trajectories/stop"][:]]  # -1: inside
    hops = {k: v[hops["accepted"] == 1] for k, v in hops.items()}
    first = np.array([min([40.0, *hops["time"][hops["trajectory"] == j]]) for j in range(len(active))])
    return active, np.array(outcome), first, np.bincount(hops["trajectory"], minlength=len(active)).astype(float)

def close(got, x, y):
    d, N = np.asarray(y, float) - x, len(x)
    np.testing.assert_allclose(got["difference"], d.mean(0), atol=1e-12)
    np.testing.assert_allclose(got["error"], d.std(0, ddof=1) / N**0.5, atol=1e-12)
    np.testing.assert_allclose(got["unpaired_error"], np.sqrt((np.var(x, 0, ddof=1) + np.var(y, 0, ddof=1)) / N), atol=1e-12)

a = read("swarm.fssh.h5")
for pair in found["pairs"]:
    b = read(pair["swarm"])
    assert pair["populations_of_reference"] == pair["populations_of_swarm"] == "active"
    assert pair["trajectories"] == 300 and pair["same_seed"] and abs(pair["time_fs"][1] - 2) < 1e-9
    for p in pair["populations"]:
        close(p, (a[0] == p["state"]).astype(float), (b[0] == p["state"]).astype(float))
    assert {o["name"] for o in pair["outcomes"]} == {"through", "lower", "inside", "dissociated"}
    for o in pair["outcomes"]:
        x, y = ((s[1] == o["name"]) & (True if o["state"] is None else s[0][:, -1] == o["state"]) for s in (a, b))
        close(o, x.astype(float), y.astype(float))
    close(pair["first_state_fs"], a[2], b[2])
    close(pair["accepted_hops"], a[3], b[3])
again, near = found["pairs"][0], found["pairs"][1]
for p in again["populations"]:
    assert not any(p["difference"]) and not any(p["error"])
assert again["setting"] == "" and max(again["populations"][0]["unpaired_error"]) > 0.02
p = near["populations"][0]
assert 0 < max(p["error"]) < 0.5 * max(p["unpaired_error"]), (max(p["error"]), max(p["unpaired_error"]))
END

# Any number of threads; interrupted and gone on with, also between two methods; complete already; one trajectory.
run 0 run methods.yaml -q -t 2 -o two.h5
for name in $names; do cmp "swarm.$name.h5" "two.$name.h5" || fail "1 and 2 threads differ: $name"; done
status=1 interruptions=0
for ((i = 0; i < 15 && status != 0; i++)); do
    before=$(bytes 'disturbed.*.journal')
    "$program" run methods.yaml -t 2 -o disturbed.h5 --checkpoint 0.02 >out 2>err &
    wait_for_growth $! $((before + 5000)) 'disturbed.*.journal' # killed when something more is saved, wherever it is then
    [ $i -gt 8 ] || kill -TERM $! 2>kill_err # (a shell in the background ignores Ctrl-C until the program catches it)
    wait $! 2>wait_err
    status=$?
    [ $status = 0 ] || [ $status = 143 ] || fail "interrupted: status $status: $(cat err)"
    ! grep -q 'interrupted with .* goes on from .*disturbed.[a-z]*.h5.journal' err || interruptions=$((interruptions + 1))
done
[ $status = 0 ] && [ $interruptions -gt 0 ] || fail "status $status after $interruptions interruptions"
for name in $names; do cmp "swarm.$name.h5" "disturbed.$name.h5" || fail "not as if undisturbed: $name"; done
run 0 run methods.yaml
err_has 'swarm.lz.h5: complete already'
run 0 run methods.yaml -q --trajectory 17
[ -e swarm.lz-trajectory-17.h5 ] || fail "one trajectory: $(ls)"
run 0 compare swarm.fssh-trajectory-17.h5 swarm.lz-trajectory-17.h5
out_has '1 trajectory that both have'
out_has '[+-]0.0000 \+- - \(-\)' # one has no error
out_lacks nan
run 0 analyse swarm.fssh-trajectory-17.h5 --bootstrap 0
out_has '^Diabatic populations at the end'
out_lacks nan
run 0 replay swarm.none.h5 17
out_has 'bit for bit'

# Files that are no pairs; mistakes, with their places.
run 0 run single.yaml -q -o other.h5 --set initial.seed=8
must 2 "trajectory 0 starts otherwise in other.h5 than in swarm.fssh.h5 (initial/velocity)" compare swarm.fssh.h5 other.h5
run 0 run single.yaml -q -o fewer.h5 --set initial.trajectories=100 --set output.every="1 fs"
run 0 compare swarm.fssh.h5 fewer.h5
out_has '^fewer.h5 minus swarm.fssh.h5: 100 trajectories that both have'
out_has '200 are in one file alone'
mistake() { # TEXT, the block
    printf '%s\nmethods:%s\n' "$head" "$2" >wrong.yaml
    must 2 "$1" run wrong.yaml
}
mistake "wrong.yaml:6:10: unknown key 'timestp' in 'dynamics'" $'\n  fssh: {timestp: 0.1 fs}'
mistake "methods.lz: wrong.yaml:7:16: dynamics.method: there is no hopping method 'landauzener'" $'\n  fssh: {}\n  lz: {method: landauzener}'
must 2 "no method 'lx', but fssh, again, near, none, lz" run methods.yaml -o set.h5 --set methods.lx.timestep="0.1 fs"
[ -z "$(ls | grep '^set')" ] || fail "a method that was misspelt: $(ls)"
run 0 run methods.yaml -q -o set.h5 --set initial.trajectories=8 --set "methods={one: {}}" --set methods.two.method=none
[ -e set.one.h5 ] && [ -e set.two.h5 ] || fail "methods that were set: $(ls)"
run 0 run single.yaml -q -o set1.h5 --set initial.trajectories=8 --set methods.one.timestep="0.1 fs" --set methods.two.method=none
[ -e set1.one.h5 ] && [ -e set1.two.h5 ] || fail "methods of the command line alone: $(ls)"
mistake "becomes part of a file's name" " {a/b: {}}"
mistake "expected 1 to 16 names" " [fssh, lz]"
mistake "methods.lz: expected keys of \`dynamics\`, found 'landau_zener'" " {lz: landau_zener}"
mistake "methods.lz: expected keys of \`dynamics\`, found a list" " {fssh: {}, lz: [landau_zener]}"
