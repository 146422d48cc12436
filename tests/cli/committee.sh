#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Committees as a user meets them: committee.sh PROGRAM SOURCE_DIR. Trained, killed and resumed; joined, calibrated, evaluated.
. "$(dirname "$0")/common.bash"
need h5py

"$python" - "$source/models/ethylene/data.h5" <<'END'
import sys, h5py
with h5py.File(sys.argv[1]) as f, h5py.File("data.h5", "w") as out: # every tenth point: the same molecule, in a tenth of the time
    out.attrs.update(f.attrs)
    n = len(f["energies"])
    for name, item in f.items():
        if isinstance(item, h5py.Dataset):
            out[name] = item[()][::10] if item.shape[:1] == (n,) else item[()]
            out[name].attrs.update(item.attrs)
END
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
done 2>/dev/null
run 0 train net.yaml --quiet --output killed.h5
cmp -s net.h5 killed.h5 || fail "a training that was killed ends differently"
rm -f killed.h5.lock
[ "$(echo killed.h5*)" = killed.h5 ] || fail "left behind: $(echo killed.h5*)"
run 0 train net.yaml
out_has "complete already"

# Members differ, and are whole networks.
run 0 info net.h5
out_has "model type +committee"
run 0 evaluate net.h5 data.h5 --json
"$python" - out <<'END' || fail "evaluate --json of a committee"
import json, sys
c = json.load(open(sys.argv[1]))["committee"]
assert c["members"] == 3 and c["calibration_points"] == 78, c
assert [q["quantity"] for q in c["quantities"]] == ["energy", "gradient", "coupling"]
for q in c["quantities"]:
    assert 0 < q["expected_" + ("mev" if q["quantity"] == "energy" else "mev_per_angstrom")] and len(q["by_gap"]) == 3
END
"$python" - <<'END' || fail "the members in the file"
import h5py
with h5py.File("net.h5") as f:
    a, b = (f[f"member/{k}/layers/0/weight"][()] for k in (0, 1))
    assert (a != b).mean() > 0.99 and f.attrs["members"] == 3 and "distilled" not in f
    for name in ("floor", "factor"):
        assert (f[f"calibration/{name}"][()] > 0).all()
    with h5py.File("alone.h5", "w") as out: # a member is a model file of its own
        for name in f["member/1"]:
            f.copy(f"member/1/{name}", out)
        out.attrs.update(f["member/1"].attrs)
END
run 0 committee alone.h5 alone.h5 -o twice.h5 --calibrate data.h5 --distilled alone.h5
out_has "energy, meV"
run 0 committee net.h5 alone.h5 -o four.h5
run 0 info four.h5
out_has "members +4"
must 2 "would overwrite" committee twice.h5 -o twice.h5
must 2 "a 'diabolo-model' file" committee twice.h5 -o other.h5 --calibrate net.h5
must 2 "--output" committee alone.h5
