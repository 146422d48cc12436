#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo analyse as a user meets it: analyse.sh PROGRAM SOURCE_DIR. Made-up swarms whose constants are known; then everything that may
# be wrong with a file or an option. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy
# Change a copy of swarm.h5 by a line of Python, f being the file.
spoil() { cp swarm.h5 "$1" && "$python" -c "import h5py; f = h5py.File('$1', 'r+'); $2" || fail "spoil $1"; }

make swarm.h5 --trajectories 600 --back 0.1 --nan-every 50

# The page of text, and what it must hold.
"$program" analyse swarm.h5 >text 2>err || fail "analyse: $(cat err)"
[ ! -s err ] || fail "analyse talks on stderr: $(cat err)"
for line in "588 finished, 12 not a number" "12 left out at all times" "trajectory 49: not a number at 50 fs" \
    "Internal consistency" "Lifetime of state 1" "all converged" "Conservation of the total energy"; do
    grep -qF "$line" text || fail "the page should say '$line'"
done
[ "$(wc -l <text)" -lt 95 ] || fail "the page is too long"

# JSON: the same numbers; populations and hops counted anew by h5py; the truth (delay 12, of those that do not come back lifetime 30).
"$program" analyse swarm.h5 --json >1.json && "$program" analyse swarm.h5 --json --threads 2 >2.json || fail "--json"
cmp -s 1.json 2.json || fail "two threads give another result than all"
"$program" analyse swarm.h5 --json --seed 2 --threads 1 >3.json
cmp -s 1.json 3.json && fail "--seed changes nothing"
"$python" - <<'END' || fail "the JSON object"
import h5py, json, numpy as np
j = json.load(open("1.json"))
f = h5py.File("swarm.h5")
good = f["trajectories/fate"][:] == 1
active = f["trajectories/active"][:][good]
close = lambda a, b, tolerance=1e-12: np.testing.assert_allclose(np.array(a, float), b, rtol=0, atol=tolerance)
assert j["trajectories"]["total"] == 600 and j["trajectories"]["counted"] == good.sum() == 588
assert [x["trajectory"] for x in j["trajectories"]["left_out"]] == list(range(49, 600, 50))
for k in range(3):
    p = (active == k).mean(0)
    close(j["populations"]["active"]["value"][k], p)
    close(j["populations"]["active"]["error"][k], np.sqrt(p * (1 - p) / 588))
share = np.eye(3)[active]
electronic = (f["trajectories/amplitudes"][:][good].astype(float) ** 2).sum(-1)
difference = (share - electronic).mean(0)
c = j["consistency"]
close(c["rms"], np.sqrt((difference**2).mean()), 1e-10)
close(c["rms_by_chance"], np.sqrt(((share - electronic).std(0, ddof=1) ** 2 / 588).mean()), 1e-10)
close(abs(c["max"]["difference"]), np.abs(difference).max(), 1e-10)
assert c["norm"] < 1e-6 and c["stored_minus_recomputed"] < 1e-6
mine = np.isin(f["hops/trajectory"][:], np.flatnonzero(good))
for pair in j["hops"]["pairs"]:
    here = mine & (f["hops/from"][:] == pair["from"]) & (f["hops/to"][:] == pair["to"])
    for kind, number in (("accepted", 1), ("frustrated", 0)):
        these = here & (f["hops/accepted"][:] == number)
        assert pair[kind]["count"] == these.sum()
        if these.any():
            gap = np.abs(f["hops/gap"][:][these]) * 27.211386245988
            close(pair[kind]["gap_quartiles_ev"], np.quantile(gap, (0.25, 0.5, 0.75), method="hazen"))
            close(pair[kind]["mean_time_fs"], f["hops/time"][:][these].mean(), 1e-9)
assert j["hops"]["left_out"] == (~mine).sum() > 0
total = (f["trajectories/potential"][:] + f["trajectories/kinetic"][:])[good] * 27211.386245988
drift = np.abs(total - total[:, :1]).max(1)
close([j["energy"]["median_drift_mev"], j["energy"]["max_drift_mev"]], [np.median(drift), drift.max()], 1e-7)
life = j["lifetime"]
assert life["refused"] is None and life["state"] == 1 and life["bootstrap"] == 1000 and life["bootstrap_failed"] == 0
for p in life["parameters"].values():
    assert p["low"] < p["value"] < p["high"]
assert life["parameters"]["delay"]["low"] < 12 < life["parameters"]["delay"]["high"]
residual = np.array(life["survival"]) - life["curve"]
close(np.sqrt((residual**2).mean()), life["rms_residual"])
assert json.load(open("3.json"))["lifetime"]["parameters"]["lifetime"]["value"] == life["parameters"]["lifetime"]["value"]
END

# Nobody comes back: the lifetime put in must lie in the interval (fixed seed; 95 of 100 seeds would do).
make plain.h5 --back 0 --trajectories 1000
"$program" analyse plain.h5 --json --bootstrap 400 >plain.json || fail "plain"
"$python" -c 'import json; p = json.load(open("plain.json"))["lifetime"]["parameters"]["lifetime"]; assert p["low"] < 30 < p["high"], p' ||
    fail "the lifetime of 30 fs is not in the interval"
"$program" analyse plain.h5 --fit exponential --bootstrap 0 | grep -q "exp(-t/lifetime)" || fail "--fit exponential"
"$program" analyse plain.h5 --fit biexponential --bootstrap 40 | grep -q "slow_lifetime" || fail "--fit biexponential"

# Schemes of the command line; what was left out put back; the models of the decay compared.
"$program" analyse swarm.h5 --scheme "S1 -> S0" --scheme "S1 <-> S0" --bootstrap 40 --json >scheme.json || fail "--scheme"
"$program" analyse swarm.h5 --scheme "S1 -> S0" --bootstrap 40 >scheme.txt || fail "--scheme, text"
grep -q "Kinetic scheme: S1 -> S0" scheme.txt && grep -q "with the 12 trajectories that are left out" scheme.txt || fail "the page: $(cat scheme.txt)"
"$python" - <<'END' || fail "the JSON object of a study"
import h5py, json, numpy as np
j = json.load(open("scheme.json"))
f = h5py.File("swarm.h5")
good = f["trajectories/fate"][:] == 1
one, two = j["schemes"]
assert one["species"] == ["S1", "S0"] and one["refused"] is None
p = one["parameters"]["S1 -> S0"]
assert p["low"] < p["value"] < p["high"] and p["standard_error"] > 0 and p["unit"] == "fs"
share = (f["trajectories/active"][:][good] == 1).mean(0)
np.testing.assert_allclose(one["share"][0], share, atol=1e-12)
residual = np.array(one["share"]) - one["fit"]
np.testing.assert_allclose(np.sqrt((residual**2).mean()), one["rms_residual"], rtol=1e-9)
assert abs(one["akaike_weight"] + two["akaike_weight"] - 1) < 1e-9 and two["aicc"] is not None
assert np.array(one["covariance"]["matrix"]).shape == (2, 2) and one["covariance"]["of"] == ["ln k S1 -> S0", "delay"]
as_is, until = one["with_discarded"]["as_is"], one["with_discarded"]["until_end"]
values = [x["parameters"]["S1 -> S0"]["value"] for x in (one, as_is, until)]
assert len(set(values)) == 3 and max(values) / min(values) < 1.1
assert j["discarded"]["count"] == 12 and j["discarded"]["trajectories"][0]["state_at_end"] in (0, 1)
assert j["discarded"]["lifetime"]["as_is"]["started"] == 600
assert [d["model"] for d in j["decay_models"]] == ["delayed", "exponential", "biexponential", "stretched"]
active = j["estimators"]["adiabatic"]["active"]
np.testing.assert_allclose(active["value"], j["populations"]["active"]["value"], atol=1e-12)
np.testing.assert_allclose(np.array(active["bootstrap_error"])[1, 20:80], np.array(active["error"])[1, 20:80], rtol=0.6)
assert j["estimators"]["diabatic"]["active"] is None and "block" in j["estimators"]["diabatic"]["missing"]
END

# Classes: trajectory j of two atoms that end 4 Angstrom apart if j % 4 == 0, else 1 Angstrom; trajectories with fate 2 do not count.
cp swarm.h5 atoms.h5 && "$python" - <<'END' || fail "atoms.h5"
import h5py, numpy as np
with h5py.File("atoms.h5", "r+") as f:
    N, T = f["trajectories/active"].shape
    def put(name, values, unit):
        f[name] = values
        f[name].attrs["unit"] = unit
    for name in ("molecule", "trajectories/position", "hops/position"):
        if name in f:
            del f[name]
    put("molecule/numbers", np.array([1, 1], np.int32), "1")
    put("molecule/masses", np.array([1837.0, 1837.0]), "electron_mass")
    put("molecule/reference", np.array([[0, 0, 0], [0, 0, 2.0]]), "bohr")
    put("hops/position", np.zeros((len(f["hops/time"]), 2, 3)), "bohr")
    R = np.zeros((N, T, 2, 3), np.float32)
    R[:, :, 1, 2] = 1 / 0.529177210903
    R[::4, T // 2 :, 0, 2] = -3 / 0.529177210903
    put("trajectories/position", R, "bohr")
END
cat >study.yaml <<'END'
groups: {excited: [1, 2]}
schemes:
  - {scheme: excited -> broken; excited -> other, delay: none}
  - {name: smeared, scheme: excited -> S0, response: 5 fs, start: fit}
classes:
  - {name: broken, where: [distance 0 1 > 3 Angstrom]}
  - {name: never, where: [distance 0 1 > 50 Angstrom]}
bootstrap: {resamplings: 60, seed: 3}
END
"$program" analyse atoms.h5 --input study.yaml --json >study.json || fail "--input"
"$program" analyse atoms.h5 -i study.yaml >study.txt && grep -q "Quantum yields at 100 fs" study.txt && grep -q "excited" study.txt ||
    fail "--input, text"
"$program" analyse atoms.h5 -i study.yaml --set 'yields.time=20 fs' --bootstrap 0 --json >early.json || fail "--set"
"$python" - <<'END' || fail "yields"
import h5py, json, numpy as np
j, early = json.load(open("study.json")), json.load(open("early.json"))
good = h5py.File("swarm.h5")["trajectories/fate"][:] == 1
broken, never, other = j["yields"]["classes"]
assert broken["count"] == good[::4].sum() and other["count"] == good.sum() - good[::4].sum()
assert abs(broken["yield"] - good[::4].sum() / good.sum()) < 1e-12 and broken["low"] < broken["yield"] < broken["high"]
assert never["count"] == 0 and never["low"] == 0 and 0 < never["high"] < 0.01 and never["fulfil_conditions"] == 0
assert abs(sum(s["yield"] for s in broken["by_state"]) - broken["yield"]) < 1e-12 and broken["bootstrap_low"] < broken["yield"]
assert early["yields"]["classes"][0]["count"] == 0 and early["yields"]["time_fs"] == 20
assert j["estimators"]["adiabatic"]["names"] == ["S0", "S1", "S2", "excited"]
v = np.array(j["estimators"]["adiabatic"]["active"]["value"])
np.testing.assert_allclose(v[3], v[1] + v[2], atol=1e-12)
first, smeared = j["schemes"]
assert "branching excited -> broken" in first["parameters"] and "delay" not in first["parameters"]
assert smeared["name"] == "smeared" and smeared["response_fwhm"] == 5 and "start excited" in smeared["parameters"]
END

# Diabatic populations need the model; recomputed they are the stored ones, and the mixed ones add up to 1.
"$program" run "$source/examples/photochem/03_ethylene/ethylene.yaml" --quiet --output flown.h5 --set initial.trajectories=12 \
    --set "dynamics.timestep=0.5 fs" --set "dynamics.duration=20 fs" >/dev/null 2>&1 || fail "run"
"$program" analyse flown.h5 --bootstrap 40 --json >flown.json || fail "diabatic"
"$python" - <<'END' || fail "diabatic populations"
import json, numpy as np
d = json.load(open("flown.json"))["estimators"]["diabatic"]
assert d["missing"] is None and d["stored_minus_recomputed"] < 1e-4, d["stored_minus_recomputed"]  # single precision geometries
for kind in ("active", "electronic", "mixed"):
    np.testing.assert_allclose(np.sum(d[kind]["value"], 0), 1, atol=1e-5)
assert np.abs(np.subtract(d["active"]["value"], d["mixed"]["value"])).max() > 1e-4
END
must 2 "not the model that flown.h5 was made with" analyse flown.h5 --model "$source/examples/photochem/02_so2_vibronic/so2_lvc.yaml"
must 1 "none.h5" analyse flown.h5 --model none.h5

# No fit where there is nothing to fit, and the rest of the page all the same.
make still.h5 --lifetime 1e6 --trajectories 50
"$program" analyse still.h5 >still || fail "a swarm without decay is no error"
grep -q "no fit: 0 of the 50 trajectories" still || fail "a lifetime without decay: $(grep -A1 Lifetime still)"
grep -q "Hops: 0 accepted, 0 frustrated" still || fail "no hops"
make bare.h5 --no-trajectories
"$program" analyse bare.h5 | grep -q "no amplitudes" || fail "a file without amplitudes"

# What may be wrong: 2 for the wrong question or the wrong kind of file, 1 for a file that cannot be read or is damaged.
must 2 "biexponential" analyse swarm.h5 --fit biexponentail
must 2 "states are 0 to 2" analyse swarm.h5 --from 9
must 2 "at least 40" analyse swarm.h5 --bootstrap 5
must 2 "SWARM.h5" analyse
must 2 "column 1: there is no species 'S7'" analyse swarm.h5 --scheme "S7 -> S0"
must 2 "column 7: expected a species, found '->'" analyse swarm.h5 --scheme "S1 -> -> S0"
must 2 "did you mean 'broken'" analyse atoms.h5 -i study.yaml --scheme "S1 -> borken"
must 2 "did you mean 'schemes'" analyse atoms.h5 -i study.yaml --set 'scheme=[]'
wrong() { # LINE-OF-YAML TEXT
    printf '%s\n' "$1" >wrong.yaml
    must 2 "$2" analyse atoms.h5 --input wrong.yaml
}
wrong 'groups: {excited: [1, 5]}' "there is no state '5'"
wrong 'groups: {S1: [1]}' "no name for a group"
wrong 'schemes: [{scheme: S1 -> S9}]' "wrong.yaml:1:"
wrong 'schemes: [{scheme: S1 -> S0, delay: soon}]' "delay"
wrong 'schemes: [{scheme: S1 -> S0, response: -3 fs}]' "response"
wrong 'schemes: []' "expected a list"
wrong 'classes: []' "expected a list of 1 to"
wrong 'classes: [{name: a, where: []}]' "0 conditions"
wrong 'classes: [{name: a, where: [distance 0 7 < 2]}]' "7"
wrong 'classes: [{name: a, where: [distance 0 1 < 2, distance 0 1 > 3]}]' "contradict"
wrong 'yields: {time: 20.3 fs}
classes: [{name: a, where: [distance 0 1 < 2]}]' "no sample at that time"
wrong 'bootstrap: {resamplings: 7}' "at least 40"
printf 'classes: [{name: a, where: [distance 0 1 < 2]}]\n' >wrong.yaml
spoil bodiless.h5 'del f["molecule"]'
must 2 "molecule" analyse bodiless.h5 --input wrong.yaml
must 1 "nowhere.yaml" analyse swarm.h5 --input nowhere.yaml
"$program" init analyse >template.yaml && grep -q "schemes:" template.yaml || fail "init analyse"
must 1 "none.h5" analyse none.h5
echo "time,S0,S1" >table.h5
must 1 "table.h5" analyse table.h5
head -c 20000 swarm.h5 >half.h5
must 1 "half.h5" analyse half.h5
make new.h5 --version 7
must 2 "7" analyse new.h5
spoil model.h5 'f.attrs["format"] = "diabolo-model"'
must 2 "diabolo-model" analyse model.h5
spoil state.h5 'f["trajectories/active"][3, 4] = 9'
must 1 "trajectories/active" analyse state.h5
must 1 "0 to 2" analyse state.h5
spoil who.h5 'f["hops/trajectory"][0] = 4711'
must 1 "4711" analyse who.h5
spoil lost.h5 'del f["populations/electronic"]'
must 2 "populations/electronic" analyse lost.h5
spoil short.h5 'x = f["trajectories/fate"][:5]; del f["trajectories/fate"]; f["trajectories/fate"] = x'
must 2 "trajectories/fate" analyse short.h5
spoil back.h5 'f["time"][5] = 0'
must 1 "time" analyse back.h5

# The card: its numbers are those of the JSON object and of the file; left out and outside are told.
spoil card.h5 'f.attrs["model_note"] = "couplings were not taught\ncheck of the model (`diabolo check`): fail: holes"; n = len(f["trajectories/fate"]); o = [float("nan")] * n; o[3] = 50; o[4] = 0; f["trajectories/outside"] = o; f["trajectories/outside"].attrs["unit"] = "fs"; f["trajectories/novelty"] = [1.5] * n; f["trajectories/novelty"].attrs["unit"] = "1"'
"$program" analyse card.h5 --card --seed 1 >card.md 2>err || fail "--card: $(cat err)"
"$program" analyse card.h5 --json --seed 1 >card.json || fail "--json of the same"
"$python" - <<'END' || fail "the card"
import h5py, json, re
card, j, f = open("card.md").read(), json.load(open("card.json")), h5py.File("card.h5")
def row(name):
    return re.search(rf"^\| {name}[^|]*\| (.*) \|$", card, re.M).group(1)
assert "588 finished" in row("trajectories") and "12 not a number (left out)" in row("trajectories")
for k in range(3):
    value, error = row(f"population of S{k}").split(" ± ")
    p = j["populations"]["active"]
    assert abs(float(value) - p["value"][k][-1]) < 6e-5 and abs(float(error) - p["error"][k][-1]) < 6e-5  # 4 digits
life = j["lifetime"]["parameters"]["lifetime"]
told = [float(x) for x in re.findall(r"[0-9.]+", row("lifetime of S1"))]
assert all(abs(a / b - 1) < 6e-4 for a, b in zip(told, (life["value"], life["low"], life["high"]))), told  # 4 digits
end = f["trajectories/end"][:]
after = (end[3] - 50 + end[4]) / end.sum()
assert row("outside the training data") == f"2 of 600 trajectories (0.3 %), at most {100 * after:.1f} % of the time flown"
assert row("check of the model") == "fail: holes" and row("note of the model") == "couplings were not taught"
assert "takes a committee" in row("error of the model")
assert f"{j['energy']['max_drift_mev']:.3g} meV (worst" in row("total energy")
assert f.attrs["resolved"] in card and f.attrs["model_digest"][:12] in card
END
"$program" analyse swarm.h5 --card | grep -q "check of the model | not made" || fail "a model that was not checked is not called so"
must 2 "two forms" analyse swarm.h5 --card --json

# Several multiplicities with a complex H: populations of spin-free states and of the template's, summed over components. Sums are 1; that of a
# multiplicity is the same in both; a start in a singlet is one for the amplitudes; on the page the terms have their names.
cat >V0.txt <<'END'
Geometry
 H   1.    0.10  0.20 -0.70  1.00782503
 F   9.    0.10  0.20  0.95  18.99840316
Frequencies
 0 0 0 0 0 0.0188
Mass-weighted normal modes
 1 0 0 0 0 0
 0 1 0 0 0 0
 0 0 1 0 0 0.974421
 0 0 0 1 0 0
 0 0 0 0 1 0
 0 0 0 0 0 -0.224729
END
cat >LVC.template <<'END'
V0.txt
2 0 1
epsilon
3
1 1 0
1 2 0.2
3 1 0.19
kappa
2
1 2 6 0.02
3 1 6 -0.01
lambda_soc
2
2 3 6 R 0.002
2 4 6 I 0.003
SOC I
0 0 0 0 0
0 0 2e-3 0 0
0 -2e-3 0 0 0
0 0 0 0 0
0 0 0 0 0
END
cat >spins.yaml <<'END'
model: {type: vibronic, template: LVC.template, multiplicity: all}
initial: {sampling: wigner, state: {diabatic: 1}, trajectories: 60}
dynamics: {timestep: 0.25 fs, duration: 10 fs}
output: {file: spins.h5, every: 2.5 fs}
END
"$program" run spins.yaml --quiet >out 2>err || fail "several multiplicities: $(cat err)"
"$program" analyse spins.h5 --bootstrap 0 >text 2>err || fail "several multiplicities: $(cat err)"
grep -q '^Populations of spin-free states' text || fail "no populations of spin-free states"
grep -qE '  S0 +S1 +T1 +singlet +triplet$' text || fail "no names of terms"
"$program" analyse spins.h5 --bootstrap 0 --json >spins.json || fail "several multiplicities, --json"
"$python" - <<'END' || fail "populations of spin-free states"
import json
import numpy as np
e = json.load(open("spins.json"))["estimators"]
free, diabatic = e["spin_free"], e["spin_diabatic"]
assert free["names"] == diabatic["names"] == ["S0", "S1", "T1", "singlet", "triplet"]
for kind in "active", "electronic", "mixed":
    p, q = (np.array(x[kind]["value"]) for x in (free, diabatic))
    assert np.abs(p[:3].sum(0) - 1).max() < 1e-6 and np.abs(p[3:].sum(0) - 1).max() < 1e-6 # amplitudes are stored in single precision
    assert np.abs(p[3:] - q[3:]).max() < 1e-6
    assert np.abs(np.array(e["diabatic"][kind]["value"])[2:].sum(0) - q[4]).max() < 1e-6
start = np.array(diabatic["electronic"]["value"])[:, 0]
assert abs(start[1] - 1) < 1e-6, start
assert np.array(free["electronic"]["value"])[4, -1] > 1e-3, "nothing has gone over to the triplet"
END

# A pipe that closes early must not look like success.
"$program" analyse swarm.h5 --json >/dev/full 2>err && fail "a full disk looks like success"
grep -q "cannot write" err || fail "a full disk: $(cat err)"
