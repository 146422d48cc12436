#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo sample as a user meets it: sample.sh PROGRAM SOURCE_DIR.
. "$(dirname "$0")/common.bash"

cat >water.yaml <<'END'
model:
  type: vibronic
  molecule: {symbols: [O, H, H], geometry: [0, 0, 0.12, 0, 0.76, -0.47, 0, -0.76, -0.47]}
  epsilon: [0 eV, 7 eV]
  modes:
    - {name: s, frequency: 0.46 eV, vector: [0, 0, 0.2008, 0, 0.5655, -0.4, 0, -0.5655, -0.4], kappa: [0 eV, 0.2 eV]}
initial: {temperature: 300 K, state: 1, trajectories: 20, lowest_frequency: 100 cm^-1}
END
cat >tully.yaml <<'END'
model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-5], momentum: [20], state: 0, trajectories: 4}
END

"$program" sample water.yaml -o water.xyz >text 2>err || fail "sample: $(cat err)"
grep -q "zero-point energy" text || fail "no zero-point energy"
grep -q "potential of S1" text || fail "no energies of the samples"
grep -q "at rest" err || fail "the modes left at rest are not told of"
[ "$(grep -c velo water.xyz)" = 20 ] || fail "expected 20 frames"
"$program" sample water.yaml -q -o again.xyz >again 2>/dev/null || fail "a second time"
cmp -s water.xyz again.xyz || fail "the same input gave other samples"
"$program" sample water.yaml --set initial.seed=2 -o other.xyz >/dev/null 2>&1 || fail "another seed"
cmp -s water.xyz other.xyz && fail "another seed gave the same samples"

# What it wrote it reads: the same energies.
"$program" sample water.yaml --set initial.sampling=file --set initial.file=water.xyz --set "initial.temperature=0 K" >back 2>err ||
    fail "reading back: $(cat err)"
[ "$(grep kinetic text)" = "$(grep kinetic back)" ] || fail "kinetic energies differ: $(grep kinetic text back)"

# 20^2/(2 x 2000) hartree
"$program" sample tully.yaml >text 2>err || fail "tully: $(cat err)"
grep -qE "kinetic +2\.721139 +0\.000000" text || fail "kinetic energy of a fixed momentum: $(cat text)"
[ ! -s err ] || fail "talk on stderr: $(cat err)"

must 2 "--output" sample tully.yaml -o tully.xyz
[ ! -e tully.xyz ] || fail "half a file"
must 2 "usage" sample # no input
must 2 "trajectories" sample tully.yaml --set initial.trajectories=0
must 2 "0 to 1" sample tully.yaml --set initial.state=2
must 2 "did you mean 'sampling'" sample tully.yaml --set initial.samplin=fixed
must 2 "did you mean 'tully'" sample tully.yaml --set model.type=tuly
must 1 "missing.yaml" sample missing.yaml
must 1 "nowhere" sample water.yaml -o nowhere/water.xyz
