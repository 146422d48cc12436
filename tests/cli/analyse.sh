#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo analyse as a user meets it: analyse.sh PROGRAM SOURCE_DIR. Made-up swarms whose constants are known; then everything that may
# be wrong with a file or an option. Exit status 77: h5py is missing.
set -u
program=$1 source=$2 python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import h5py, numpy' 2>/dev/null || exit 77
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work" || exit 1
failures=0

fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}
make() { "$python" "$source/tests/cli/synthetic_swarm.py" "$@" || fail "synthetic_swarm.py $*"; }
# must STATUS TEXT ARGUMENTS...: the program must end so, and say so on stderr without a word on stdout.
must() {
    local status=$1 text=$2 found
    shift 2
    "$program" "$@" >out 2>err
    found=$?
    [ "$found" = "$status" ] || fail "diabolo $*: exit status $found, expected $status"
    grep -qF -- "$text" err || fail "diabolo $*: stderr should say '$text': $(cat err)"
    [ ! -s out ] || fail "diabolo $*: an error, and yet something on stdout"
}
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
[ "$(wc -l <text)" -lt 90 ] || fail "the page is too long"

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

# A pipe that closes early must not look like success.
"$program" analyse swarm.h5 --json >/dev/full 2>err && fail "a full disk looks like success"
grep -q "cannot write" err || fail "a full disk: $(cat err)"

[ "$failures" = 0 ] && echo "all well" || exit 1
