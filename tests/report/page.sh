#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The page of a small swarm of ethylene in headless Chromium: page.sh PROGRAM SOURCE_DIR NODE_MODULES. Exit status 77, with the reason: something
# that only this test needs is missing.
set -u
program=$1 source=$2 modules=$3 python=${PYTHON:-/usr/bin/python3}
skip() {
    echo "skipped: $*"
    exit 77
}
command -v node >/dev/null || skip "no node"
[ -d "$modules/playwright-core" ] || skip "no playwright-core (npm was not found or had no network when CMake ran)"
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "no chromium"
"$python" -c 'import h5py, numpy' 2>/dev/null || skip "no h5py"
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work" || exit 1

"$program" run "$source/examples/photochem/03_ethylene/ethylene.yaml" --quiet --set initial.trajectories=40 \
    --set dynamics.timestep="0.25 fs" --set dynamics.duration="40 fs" --output swarm.h5 >/dev/null || exit 1
"$python" "$source/tests/report/synthetic_intersections.py" swarm.h5 intersections.h5 || exit 1
cat >mechanism.yaml <<'END'
swarm: swarm.h5
census: {intersections: intersections.h5, limit: 2 Angstrom}
coordinates: [{name: C-C, coordinate: distance 0 1, smooth: 0.02 Angstrom}, {name: pyramidalisation, coordinate: out_of_plane 0 1 2 3, fold: max, absolute: true}]
modes: {}
components: {}
clusters: {radius: 0.3 Angstrom}
END
"$program" mechanism mechanism.yaml --quiet --set "model=$source/models/ethylene/ethylene.h5" >/dev/null || exit 1
# The second scheme is refused: no atom ever gets that far.
cat >analysis.yaml <<'END'
groups: {excited: [1, 2]}
schemes: [{name: decay, scheme: "excited -> S0"}, {name: far, scheme: "far -> farther"}]
classes:
  - {name: farther, where: ["distance 0 2 > 30 Angstrom"]}
  - {name: far, where: ["distance 0 2 > 20 Angstrom"]}
  - {name: broken, where: ["distance 0 2 > 1.5 Angstrom"], equivalent: [[0, 1], [2, 3, 4, 5]]}
bootstrap: {resamplings: 100}
END
"$program" analyse swarm.h5 --input analysis.yaml --scheme "S1 -> S0" --model "$source/models/ethylene/ethylene.h5" --json --quiet >analysis.json || exit 1
echo "model: $source/models/ethylene/ethylene.h5" >>analysis.yaml
"$python" "$source/tests/report/expected.py" swarm.h5 analysis.json mechanism.h5 doubt.h5 >expected.json || exit 1
"$program" report swarm.h5 --intersections intersections.h5 --mechanism mechanism.h5 --analysis analysis.yaml --scheme "S1 -> S0" --check check.json -o page.html --quiet 2>err || { cat err; exit 1; }
grep -q "No 3-D" err && skip "diabolo was built without the 3-D viewer"
cp doubt.h5 twin.h5 # as if of another member of a committee
"$program" report doubt.h5 twin.h5 --quiet >/dev/null || exit 1
few=$(printf 'one_trajectory_without_hops_and_with_a_name_that_has_no_blank_anywhere_%.0s' 1 2 3) # the longest that a file system takes, almost
"$python" "$source/tests/cli/synthetic_swarm.py" "$few.h5" --trajectories 1 --lifetime 1e9 --samples 21 2>/dev/null && "$program" report "$few.h5" --quiet >/dev/null || exit 1
"$python" "$source/tests/cli/synthetic_swarm.py" many.h5 --states 15 --atoms 60 --trajectories 30 --samples 41 && "$program" report many.h5 --quiet >/dev/null || exit 1
"$program" run "$source/examples/photochem/03_ethylene/ethylene.yaml" --quiet --set initial.trajectories=5 --set dynamics.timestep="0.25 fs" \
    --set dynamics.duration="5 fs" --set output.trajectories=false --output lean.h5 >/dev/null || exit 1
"$program" report lean.h5 >/dev/null 2>&1 || exit 1
cat >both.yaml <<'END'
model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-8], momentum: [20], position_width: [1], momentum_width: [0.5], state: 0, trajectories: 20}
dynamics: {timestep: 0.1 fs, duration: 40 fs, stop: {transmitted: x > 5}}
output: {file: both.h5, every: 1 fs}
END
"$program" run both.yaml --quiet >/dev/null && "$program" exact both.yaml --quiet >/dev/null || exit 1
"$program" report both.h5 --exact both-exact.h5 >/dev/null 2>&1 && "$program" report both-exact.h5 >/dev/null 2>&1 || exit 1
HOME=$work node "$source/tests/report/page.js" "$modules" "$chromium" page.html expected.json "${SCREENSHOTS:-}" both.html lean.html both-exact.html "$few.html" many.html doubt.html
