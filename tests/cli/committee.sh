#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Committees as a user meets them: committee.sh PROGRAM SOURCE_DIR. Trained, killed and resumed; joined, calibrated, evaluated.
. "$(dirname "$0")/common.bash"
need h5py
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive # threads that wait must not keep a busy machine from working

thin_data "$source/models/ethylene/data.h5" data.h5
cat >net.yaml <<EOF
data: {file: data.h5, validation: 0.2, split: point, below: 20 eV}
network: {descriptors: [inverse_distance], layers: [10, 7], states: 3}
stages: [{optimiser: soap, epochs: 8, batch: 32}]
committee: {members: 3, resample: bootstrap}
output: {file: net.h5}
EOF

# One and two threads, in one go and killed again and again: the same bytes, and nothing is left beside it.
run 0 train net.yaml --threads 1 --quiet
out_has "energy, meV .*[0-9]"
run 0 train net.yaml --threads 2 --quiet --output two.h5
cmp -s net.h5 two.h5 || fail "one and two threads give different committees"
for pause in 0.1 0.2 0.3; do
    timeout -s KILL $pause "$program" train net.yaml --quiet --output killed.h5 >/dev/null 2>&1
    status=0
    "$program" train net.yaml --quiet --output killed.h5 >/dev/null 2>interrupted &
    pid=$!
    # Interrupted once it listens: on a busy machine that may take longer than the pause.
    for ((i = 0; i < 1000; i++)); do
        caught=$(awk '/^SigCgt/ {print $2}' /proc/$pid/status 2>/dev/null)
        (((0x${caught:-2} & 2) != 0)) && break # 2: it has ended already
        sleep 0.01
    done
    sleep $pause
    kill -INT $pid 2>/dev/null
    wait $pid || status=$?
    [ $status = 0 ] || { [ $status = 130 ] && grep -q 'the same command goes on' interrupted; } || fail "interrupted: status $status: $(cat interrupted)"
done
run 0 train net.yaml --quiet --output killed.h5
cmp -s net.h5 killed.h5 || fail "a training that was killed ends differently"
cp net.h5 killed.h5.member1 # as if it had been killed when the committee was written and its members not yet removed
"$python" -c 'import h5py; h5py.File("killed.h5.member1.checkpoint", "w").attrs["format"] = "diabolo-training"' # nor what they go on from
run 0 train net.yaml --quiet --output killed.h5
rm -f killed.h5.lock
[ "$(echo killed.h5*)" = killed.h5 ] || fail "left behind: $(echo killed.h5*)"
run 0 train net.yaml
out_has "complete already"

# The first member is the network that the input gives without the block.
run 0 train net.yaml --quiet --set "committee={members: 2}" --output pair.h5
run 0 train net.yaml --quiet --set "committee={members: 1}" --output single.h5
"$python" - <<'END' || fail "the first member is another network than that of the training alone"
import h5py
with h5py.File("pair.h5") as pair, h5py.File("single.h5") as single:
    for name in single["layers"]:
        assert (pair[f"member/0/layers/{name}/weight"][()] == single[f"layers/{name}/weight"][()]).all()
        assert (pair[f"member/1/layers/{name}/weight"][()] != single[f"layers/{name}/weight"][()]).any()
END
# Few points: each calibrates with members that have not seen it, and nothing of these stays. A kill changes nothing. Near copies of
# training points do not calibrate.
"$python" - <<'END'
import h5py, numpy as np
with h5py.File("data.h5") as f, h5py.File("few.h5", "w") as out: # 60 points, the last 20 of them twice
    out.attrs.update(f.attrs)
    n, some = len(f["energies"]), np.r_[:60, 40:60]
    for name, item in f.items():
        out[name] = item[()][some] if item.shape[:1] == (n,) else item[()]
        out[name].attrs.update(item.attrs)
    out["positions"][60:] += 1e-4 * np.sin(np.arange(20 * 18)).reshape(20, 6, 3)
END
few=(train net.yaml --quiet --set data.file=few.h5 --set "data.below=0 eV" --set "committee={members: 2, folds: 3}")
run 0 "${few[@]}" --set data.split=cluster --output folds.h5
run 0 info folds.h5
out_has "members +2, calibrated on 80 points"
for pause in 0.1 0.2; do
    timeout -s KILL $pause "$program" "${few[@]}" --set data.split=cluster --output again.h5 >/dev/null 2>&1
done 2>/dev/null
run 0 "${few[@]}" --set data.split=cluster --output again.h5
cmp -s folds.h5 again.h5 || fail "a calibration by folds that was killed ends differently"
rm -f again.h5.lock
[ "$(echo again.h5*)" = again.h5 ] || fail "left behind: $(echo again.h5*)"
run 0 "${few[@]}" --output points.h5
"$python" - <<'END' || fail "near copies calibrate"
import h5py
with h5py.File("points.h5") as f: # of a pair of copies in two folds neither calibrates
    assert 40 <= f["calibration"].attrs["points"] < 70, f["calibration"].attrs["points"]
END
# At geometries without labels too.
run 0 evaluate net.h5 data.h5 --output spread.h5
"$python" - <<'END' || fail "evaluate --output of a committee"
import h5py, numpy as np
with h5py.File("spread.h5") as f, h5py.File("net.h5") as net:
    floor, factor = (net[f"calibration/{name}"][()] for name in ("floor", "factor"))
    gap = np.minimum(*(np.abs(np.diff(f["energies"][()], axis=1)[:, k]) for k in (0, 1))) * 27.2114
    wide = gap > 1
    assert f["spread/energies"].shape == f["energies"].shape and f["spread/gradients"].attrs["unit"] == "hartree/bohr"
    for q, name in enumerate(("energies", "gradients", "couplings")):
        s, e = f[f"spread/{name}"][()], f[f"expected/{name}"][()]
        np.testing.assert_allclose(e[wide], factor[q, 2, 0] * np.hypot(s[wide], floor[q]), rtol=1e-12)
END
# Members differ, and are whole networks.
run 0 info net.h5
out_has "model type +committee"
out_has "members +3, calibrated on 78 points"
out_has "errors +mean absolute on 78 validation points"
run 0 evaluate net.h5 data.h5 --json
"$python" - out <<'END' || fail "evaluate --json of a committee"
import json, sys
c = json.load(open(sys.argv[1]))["committee"]
assert c["members"] == 3 and c["calibration_points"] == 78, c
unit = {"energy": "mev", "gradient": "mev_per_angstrom", "coupling": "mev_per_angstrom", "gap": "mev", "hop": "percent"}
assert [q["quantity"] for q in c["quantities"]] == list(unit)
for q in c["quantities"]:
    assert q["errors"] == 0 or 0 < q["expected_" + unit[q["quantity"]]] and len(q["by_gap"]) == 3 # no hop is likely at these points
END
"$python" - <<'END' || fail "the members in the file"
import h5py
with h5py.File("net.h5") as f:
    a, b = (f[f"member/{k}/layers/0/weight"][()] for k in (0, 1))
    assert (a != b).mean() > 0.99 and f.attrs["members"] == 3 and "distilled" not in f
    for name in ("floor", "factor"):
        assert (f[f"calibration/{name}"][:4] > 0).all()
    with h5py.File("alone.h5", "w") as out: # a member is a model file of its own
        for name in f["member/1"]:
            f.copy(f"member/1/{name}", out)
        out.attrs.update(f["member/1"].attrs)
END
run 0 committee alone.h5 alone.h5 -o twice.h5 --calibrate data.h5 --distilled alone.h5
out_has "energy, meV"
"$program" committee alone.h5 alone.h5 -o copies.h5 2>&1 | grep -q "alone.h5 is given twice" || fail "a network that is given twice is no news"
"$python" - <<'END' # which somebody else has added
import h5py, numpy
with h5py.File("alone.h5", "a") as f:
    f["mine"] = h5py.SoftLink("/nowhere")
    f["kind"] = numpy.dtype([("a", "i4"), ("b", "f8")]) # a datatype with a name
    f.create_dataset("of_kind", (3,), f["kind"])
END
run 0 committee net.h5 alone.h5 -o four.h5
"$python" -c 'import h5py; assert h5py.File("four.h5").get("member/3/mine", getlink=True).path == "/nowhere"' || fail "a link of a model is lost"
"$python" -c 'import h5py; f = h5py.File("four.h5"); assert isinstance(f["member/3/kind"], h5py.Datatype) and f["member/3/of_kind"].dtype == f["member/3/kind"].dtype' || fail "a named datatype of a model is lost"
run 0 info four.h5
out_has "members +4, calibrated on 0 points"
run 0 committee twice.h5 -o taught.h5 --distilled alone.h5 # the same members: the limits stay
"$python" - <<'END' || fail "a committee with a distilled network"
import h5py
with h5py.File("twice.h5") as a, h5py.File("taught.h5") as b:
    assert (a["calibration/factor"][()] == b["calibration/factor"][()]).all() and "distilled" in b and b.attrs["members"] == 2
END
run 0 committee net.h5 -o noise.h5 --calibrate data.h5 --noise
out_has "noise, energy: [0-9]"
"$python" - <<'END' || fail "a committee that is calibrated again forgets how its members were trained"
import h5py
with h5py.File("net.h5") as a, h5py.File("noise.h5") as b:
    for name in ("training", "data_sha256", "labels"):
        assert a.attrs[name] == b.attrs[name], name
END
must 2 "would overwrite" committee twice.h5 -o twice.h5
must 2 "a 'diabolo-model' file" committee twice.h5 -o other.h5 --calibrate net.h5
must 2 "--fresh to replace it" committee alone.h5 -o four.h5
must 2 "--output" committee alone.h5

# Watched or not, the same flight; one member alone, the same disagreement. Copies have none, and their band is that of the sample.
run 0 committee alone.h5 alone.h5 alone.h5 -o copies.h5 --fresh
cat >run.yaml <<EOF
model: {type: committee, file: net.h5}
initial: {sampling: fixed, position: [0, 0, 1.25, 0.05, 0, -1.25, 1.75, 0.1, 2.3, -1.7, 0.3, 2.35, 1.6, 0.7, -2.4, -1.7, -0.6, -2.2], momentum_width: [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3],
  state: 1, trajectories: 12, seed: 1}
dynamics: {timestep: 0.25 fs, duration: 5 fs, drift: 0 eV}
output: {file: plain.h5}
EOF
run 0 run run.yaml
run 0 run run.yaml --set "dynamics.committee={every: 2, limit: 0.5 eV}" --output watched.h5
out_has "committee +[0-9]+ of 12 trajectories became too uncertain"
run 0 run run.yaml --set "dynamics.committee={every: 2, limit: 0.5 eV}" --trajectory 7 --output seven.h5
run 0 run run.yaml --set "dynamics.committee={every: 2, limit: 1e-6 eV, beyond: end}" --output ended.h5
out_has "12 the committee became too uncertain"
# Flown on from its end, a watched swarm is the one that was as long from the start: what the members said is part of its state.
for limit in "limit: 0.5 eV" "limit: 1e-6 eV, beyond: end"; do
    rm -f grown.h5
    run 0 run run.yaml --set "dynamics.committee={every: 2, $limit}" --set output.every="0.5 fs" --set dynamics.duration="2.5 fs" --output grown.h5
    run 0 run run.yaml --set "dynamics.committee={every: 2, $limit}" --set output.every="0.5 fs" --extend --output grown.h5
    run 0 run run.yaml --set "dynamics.committee={every: 2, $limit}" --set output.every="0.5 fs" --output at_once.h5 --fresh
    cmp at_once.h5 grown.h5 || fail "$limit: extended"
done
must 2 "no committee" run run.yaml --set model=alone.h5 --set "dynamics.committee={every: 2}" --output none.h5
run 0 run run.yaml --set model.member=all --set model.file=copies.h5 --output same.h5
out_has "Committee of 3 members"
run 0 run run.yaml --set model.member=all --output all.h5
must 2 "give one of them" run run.yaml --set model.member=all --set "methods={a: {}}" --output none.h5
must 2 "the same file as all.member0.h5" analyse all.member0.h5 all.member1.h5 ./all.member0.h5
must 2 "--set: several swarms" analyse all.member0.h5 all.member1.h5 --set bootstrap.resamplings=0
run 0 analyse all.member0.h5 all.member1.h5 all.member2.h5 --json
cp out band.json
grep -q '"low": *\[*-' band.json && fail "a band of what cannot be negative goes below 0"
run 0 analyse same.member0.h5 same.member1.h5 same.member2.h5 --json
cp out same.json
# The page of all: what it says of both errors is what analyse says; else it is the page of the first.
run 0 report all.member0.h5 all.member1.h5 all.member2.h5 -o all.html
run 0 report all.member0.h5 -o one.html
must 2 "the same file as all.member0.h5" report all.member0.h5 all.member1.h5 ./all.member0.h5 -o none.html
must 2 "is there already" report all.member0.h5 all.member1.h5 -o all.member1.h5
"$python" - <<'END' || fail "the page of the swarms of a committee"
import json, re
band, page, one = json.load(open("band.json")), open("all.html").read(), open("one.html").read()
section = re.search(r'<section id="committee".*?</section>\n', page, re.S).group(0)
assert 'id="committee"' not in one and page.replace(section, "").replace("{{", "") == one.replace("{{", "")
assert section.count('class="band"') == len(band["populations"])
row = re.search(r"accepted hops a trajectory</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>(.*?) to (.*?)</td>", section).groups()
hops = band["accepted_hops"]
for text, key in zip(row, ("mean", "statistical", "model", "low", "high")):
    assert abs(float(text) - hops[key]) <= 0.05 * abs(hops[key]) + 1e-9, (key, text, hops[key]) # two digits
END
"$python" - <<'END' || fail "the swarms of a committee"
import json, h5py, numpy as np
with h5py.File("plain.h5") as p, h5py.File("watched.h5") as w, h5py.File("seven.h5") as s:
    for name in ("trajectories/position", "trajectories/velocity", "trajectories/energies", "hops/time"):
        assert (p[name][()] == w[name][()]).all(), name
    assert "committee" not in p and set(w["committee"]) == {"energy", "gap", "gradient", "hop", "outside"}
    for name in w["committee"]:
        assert w["committee"][name][7].tobytes() == s["committee"][name][0].tobytes(), name
    assert (w["committee/energy"][()] > 0).all() and (w["committee/hop"][()] <= 1).all()
with h5py.File("all.member0.h5") as a, h5py.File("all.member1.h5") as b:
    assert (a["initial/velocity"][()] == b["initial/velocity"][()]).all() and a["trajectories/position"][()].tobytes() != b["trajectories/position"][()].tobytes()
    states = [f["trajectories/active"][()] for f in (a, b, h5py.File("all.member2.h5"))]
band = json.load(open("band.json"))
for population in band["populations"]: # by its definition
    y = np.array([x == population["state"] for x in states], float)
    mean = y.mean(axis=(0, 1))
    vs = y.mean(axis=0).var(axis=0, ddof=1) / y.shape[1]
    noise = np.mean([(y[k] - y[l]).var(axis=0, ddof=1) / y.shape[1] / 2 for k in range(3) for l in range(k)], axis=0)
    vm = np.maximum(y.mean(axis=1).var(axis=0, ddof=1) - noise, 0)
    for key, value in (("mean", mean), ("statistical", np.sqrt(vs)), ("model", np.sqrt(vm))):
        np.testing.assert_allclose(population[key], value, atol=1e-7)
same = json.load(open("same.json"))
for population in same["populations"]:
    assert not np.any(population["model"])
    np.testing.assert_allclose(population["members"][0], population["mean"], atol=1e-12)
END
