#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Swarms under light: the work of light in the file whatever way it came about, in analyses and exports; damaged work is refused.
# light_swarm.sh PROGRAM SOURCE_DIR. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy
export OMP_NUM_THREADS=2
fly() { "$program" run "$@" -q >out 2>err || fail "run $*: status $?: $(cat err)"; }
same() { cmp "$1" "$2" || fail "$1 is not $2: ${*:3}"; }

# Dipoles that depend on the coordinates; trajectories that end early; 75 of them: blocks are not of equal size.
cat >pulse.yaml <<'END'
model:
  type: vibronic
  epsilon: [0 eV, 3 eV]
  modes: [{name: a, frequency: 0.12 eV, kappa: [-0.1 eV, 0.35 eV]}, {name: b, frequency: 0.1 eV}]
  lambda: [{states: [0, 1], modes: [b], value: 0.2 eV}]
  dipoles:
    - {states: [0, 1], vector: [0, 0, 1]}
    - {states: [0, 1], vector: [0, 0, 0.4], mode: a}
    - {states: [0, 0], vector: [0, 0, 0.6], mode: a}
initial: {sampling: wigner, trajectories: 75, state: 0, seed: 1}
dynamics:
  timestep: 0.2 fs
  duration: 40 fs
  stop: {long: state 0 for 33 fs}
  light: {pulses: [{energy: 3.2 eV, field: 0.01 au, polarisation: [0, 0, 1], fwhm: 6 fs, centre: 12 fs}]}
output: {file: swarm.h5, every: 2 fs}
END
fly pulse.yaml -o one.h5

! grep -q 'light.pulses' err || fail "a remark on a pulse that acts whole: $(cat err)"
"$program" run pulse.yaml -q -o late.h5 --set initial.trajectories=2 --set dynamics.duration="2 fs" >out 2>err || fail "late pulse: $(cat err)"
grep -q 'dynamics.light.pulses\[0\] misses the trajectories: its centre is at 12 fs, they fly from 0 to 2 fs' err || fail "no remark on a late pulse: $(cat err)"

# The identities of the file, by numbers of its own.
cat >identities.py <<'END'
import sys, h5py, numpy as np
EV = 27.211386245988
with h5py.File(sys.argv[1]) as f:
    t, h = f["trajectories"], {name: item[:] for name, item in f["hops"].items()}
    assert f["trajectories/work"].attrs["unit"] == f["hops/work"].attrs["unit"] == "hartree" and t["work"].dtype == h["work"].dtype == float
    work, total = t["work"][:], t["potential"][:] + t["kinetic"][:]
    drift = np.abs(total - total[:, :1] - work).max(axis=1)
    assert np.allclose(drift, t["drift"][:], rtol=0, atol=1e-15), "drift" # the order of sums
    assert np.median(drift) * EV < 1e-3 and np.abs(total - total[:, :1]).max() * EV > 2.9 # 0.2 fs: some tenths of a meV; photons are 3.2 eV
    light = h["work"] != 0
    assert light.sum() > 20 and (~light & (h["accepted"] == 1)).sum() > 0 and (h["accepted"] == 0).sum() > 0
    assert np.array_equal(h["work"][light], h["gap"][light]) and (h["accepted"][light] == 1).all()
    assert np.array_equal(h["kinetic_before"][light], h["kinetic_after"][light])
    paid = np.where(h["accepted"] == 1, h["gap"], 0) - h["work"]
    assert np.abs(h["kinetic_before"] - paid - h["kinetic_after"]).max() < 1e-10
    jumps = np.zeros(len(work))
    np.add.at(jumps, h["trajectory"] - t["number"][0], h["work"])
    pull = np.abs(work[:, -1] - jumps) * EV # what the field did on the nuclei
    assert (work[:, 0] == 0).all() and 1e-3 < pull.max() < 0.1, pull.max()
    assert set(t["fate"][:]) >= {1, 5}, "some stop early, some fly on"
END
"$python" identities.py one.h5 || fail "identities of the file"

# However it came about: threads, killed again and again, shards, extended in each way.
fly pulse.yaml -t 1
same swarm.h5 one.h5 "one thread"
rm swarm.h5
for pause in 0.05 0.1 0.15 0.2 0.25 0.3; do
    timeout -s KILL $pause "$program" run pulse.yaml -q --checkpoint 0.02 -t 1 >/dev/null 2>&1
done
fly pulse.yaml
same swarm.h5 one.h5 "killed and resumed"
rm swarm.h5
for i in 1 2 3; do fly pulse.yaml --shard $i/3; done
run 0 merge swarm.shard-* -q
same swarm.h5 one.h5 "three shards"
short() { rm -f swarm.h5 && fly pulse.yaml --set initial.trajectories=21 --set dynamics.duration="14 fs"; } # in the middle of the pulse
short && fly pulse.yaml --extend
same swarm.h5 one.h5 "more trajectories and longer at once"
short && fly pulse.yaml --extend --set dynamics.duration="14 fs" && fly pulse.yaml --extend
same swarm.h5 one.h5 "more trajectories, then longer"

# Without trajectories, in double precision, by two methods; and without light nothing of it.
fly pulse.yaml --set output.trajectories=false -o thin.h5
fly pulse.yaml --set output.precision=double -o double.h5
fly pulse.yaml --set "methods={fssh: {}, flux: {method: global_flux}}" --set initial.trajectories=10 -o several.h5
grep -v light: pulse.yaml >dark.yaml
fly dark.yaml -o dark.h5
"$python" - <<'END' || fail "work in files of other kinds"
import h5py, glob
one, thin, double, dark = (h5py.File(name + ".h5") for name in ("one", "thin", "double", "dark"))
for f in (thin, double):
    for name in ("trajectories/work", "hops/work"):
        assert f[name][()].tobytes() == one[name][()].tobytes(), name
assert "trajectories/work" not in dark and "hops/work" not in dark
several = [h5py.File(name) for name in glob.glob("several*.h5")]
assert len(several) == 2 and all("hops/work" in f and f["trajectories/work"].shape == (10, 21) for f in several)
END
run 0 replay one.h5 3 17 40-44
out_has '^check +as in the swarm, bit for bit'
out_has ' by light +3\.'
"$python" - <<'END' || fail "replay: another work"
import h5py, numpy as np
a, b = h5py.File("one.h5"), h5py.File("one-replay-3_17_40-44.h5")
rows = b["trajectories/number"][:]
assert np.array_equal(a["trajectories/work"][:][rows], b["trajectories/work"][:][:, ::10])
END

# What is said of it.
run 0 run pulse.yaml -o one.h5
out_has '^hops +[0-9]+ accepted, of these [0-9]+ by light, [0-9]+ frustrated$'
out_has '^light +[0-9.]+ \+- [0-9.]+ eV taken from it by the end, a trajectory$'
run 0 analyse one.h5 --json --scheme "S1 -> S0"
cp out one.json
run 0 analyse one.h5
out_has '^Energy taken from the light'
out_has 'S0 -> S1 +by light'
out_has 'NOTE: lifetimes and kinetic schemes begin at [0-9.]+ fs, when the light has done its work'
run 0 analyse one.h5 --set since="0.001 fs"
out_has '^Lifetime of state 0'
out_lacks 'NOTE: lifetimes'
must 2 'since: 40 fs, but one.h5 ends at 40 fs' analyse one.h5 --set since="40 fs"
run 0 analyse one.h5 --set since="5 fs" # hardly anything is excited then
run 0 info one.h5
out_has '^ +- energy: 3.2 eV$'
run 0 report one.h5 -o one.html
grep -q 'of them by light' one.html || fail "the page does not tell hops by light"
for table in hops energies; do run 0 convert one.h5 $table.csv; done
"$python" - <<'END' || fail "numbers of the analysis or of tables"
import csv, h5py, json, numpy as np
EV = 27.211386245988
a = json.load(open("one.json"))
with h5py.File("one.h5") as f:
    hops, t = {name: f["hops/" + name][:] for name in ("from", "to", "accepted", "work", "time", "trajectory")}, f["trajectories"]
    work = t["work"][:] * EV
    light = a["light"]
    assert abs(light["work_ev"] - work[:, -1].mean()) < 1e-9 and abs(light["work_error_ev"] - work[:, -1].std(ddof=1) / np.sqrt(len(work))) < 1e-9
    assert np.allclose(light["series"]["work_ev"], work.mean(axis=0), rtol=0, atol=1e-9)
    changes = np.abs(work - work[:, -1:]).max(axis=0) > 1e-3
    assert light["settled_fs"] == f["time"][np.flatnonzero(changes)[-1] + 1], "settled"
    assert a["hops"]["by_light"] == (hops["work"] != 0).sum()
    for pair in a["hops"]["pairs"]:
        here = (hops["from"] == pair["from"]) & (hops["to"] == pair["to"])
        assert pair["by_light"]["count"] == (here & (hops["work"] != 0)).sum() and pair["accepted"]["count"] == (here & (hops["accepted"] == 1)).sum()
    assert abs(a["energy"]["max_drift_mev"] / 1e3 - t["drift"][:].max() * EV) < 1e-9
    life, scheme, time, active = a["lifetime"], a["schemes"][0], f["time"][:], t["active"][:]
    first = np.flatnonzero(time == light["settled_fs"])[0]
    there = active[:, first] == 1
    assert 0 < first < 15 and life["state"] == 1 and life["since_fs"] == time[first] and life["started"] == there.sum() > 10
    assert life["time_fs"] == list(time[first:]) == scheme["time_fs"]
    assert np.allclose(life["survival"], (active[there, first:] == 1).mean(axis=0), rtol=0, atol=1e-12)
    assert np.allclose(scheme["share"][scheme["species"].index("S1")], (active[:, first:] == 1).mean(axis=0), rtol=0, atol=1e-12)
    rows = list(csv.DictReader(open("hops.csv")))
    assert np.allclose([float(r["work_eV"]) for r in rows], hops["work"] * EV, rtol=1e-8)
    rows = [r for r in csv.DictReader(open("energies.csv")) if r["trajectory"] == "3"]
    assert np.allclose([float(r["work_eV"]) for r in rows], work[3][: len(rows)], atol=1e-9)
    kept = [float(r["potential_eV"]) + float(r["kinetic_eV"]) - float(r["work_eV"]) for r in rows]
    assert np.allclose([float(r["total_eV"]) for r in rows], kept, atol=1e-8) and np.ptp(kept) < 5e-3
END
for name in dark thin; do run 0 analyse $name.h5; done
run 0 analyse dark.h5
out_lacks 'light'

run 0 compare dark.h5 one.h5
out_has '^  work of light/eV +0\.0000 +[0-9.]+  \+'
run 0 compare dark.h5 one.h5 --json
"$python" - <<'END' || fail "compare"
import h5py, json, numpy as np
pair = json.load(open("out"))["pairs"][0]
f = h5py.File("one.h5")
assert pair["work_of_light_ev"]["reference"] == 0 and abs(pair["work_of_light_ev"]["value"] - f["trajectories/work"][:, -1].mean() * 27.211386245988) < 1e-9
assert pair["hops_by_light"]["reference"] == 0 and abs(pair["hops_by_light"]["value"] - (f["hops/work"][:] != 0).sum() / 75) < 1e-12
assert abs(pair["accepted_hops"]["value"] - f["hops/accepted"][:].sum() / 75) < 1e-12
END

# A molecule: formats of others.
(cat "$source/examples/photochem/02_so2_vibronic/so2_lvc.yaml" && echo "dipoles: [{states: [0, 1], vector: [0.4, 0.4, 0.4]}]") >so2_lvc.yaml
sed "s/trajectories: [0-9]*/trajectories: 6/; s/state: 2/state: 0/" "$source/examples/photochem/02_so2_vibronic/so2.yaml" >so2.yaml
fly so2.yaml -o so2.h5 --set dynamics.duration="20 fs" --set dynamics.method=fewest_switches \
    --set "dynamics.light={pulses: [{energy: 4.2 eV, field: 0.02 au, polarisation: [1, 1, 1], fwhm: 5 fs, centre: 8 fs}]}"
run 0 convert so2.h5 so2.h5md
run 0 convert so2.h5 so2.xyz
run 0 convert so2.h5 hops.xyz --table hops
"$python" - <<'END' || fail "H5MD, XYZ"
import h5py, numpy as np, re
EV = 27.211386245988
f, g = h5py.File("so2.h5"), h5py.File("so2.h5md")
work = f["trajectories/work"][:] * EV
assert np.abs(work).max() > 1
assert np.allclose(g["observables/work_of_light/value"][:], work.T, atol=1e-12)
total = g["observables/total_energy/value"][:] - g["observables/work_of_light/value"][:]
assert np.abs(total - total[0]).max() < 0.05, np.abs(total - total[0]).max()
found = [float(x) for x in re.findall(r" work=(\S+)", open("so2.xyz").read())]
assert len(found) == work.size and np.allclose(found, work.ravel(), atol=1e-9)
assert len(re.findall(r" work=(\S+)", open("hops.xyz").read())) == len(f["hops/work"])
END

# Damage.
damaged() { # WHAT CODE TEXT
    cp one.h5 bad.h5
    "$python" -c "import h5py, numpy as np
with h5py.File('bad.h5', 'r+') as f:
    light = np.flatnonzero(f['hops/work'][:])
    frustrated = np.flatnonzero(f['hops/accepted'][:] == 0)
    $2" || fail "$1: cannot damage"
    must 1 "$3" analyse bad.h5
}
damaged "a part of the gap" "f['hops/work'][light[0]] *= 0.5" "expected 0, or all of 'hops/gap'"
damaged "nothing paid" "f['hops/work'][light[0]] = 0" "expected 'hops/kinetic_before' less 'hops/gap'"
damaged "a frustrated hop" "f['hops/work'][frustrated[0]] = f['hops/gap'][frustrated[0]]" "expected 0, since the hop was not accepted"
damaged "kinetic energy" "f['hops/kinetic_after'][light[0]] += 0.1" "since light paid 'hops/gap'"
damaged "no number" "f['trajectories/work'][2, 3] = np.nan" "dataset 'trajectories/work', entry"
damaged "a start" "f['trajectories/work'][2, 0] = 0.1" "expected no work at the start"
damaged "one missing" "del f['trajectories/work']" "found one of them, expected both, or none"
damaged "the other" "del f['hops/work']" "found one of them, expected both, or none"
