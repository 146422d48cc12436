#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/common.bash"
set -eo pipefail

run 0 init
out_has "^tully "
# Every kind gives a template that says something, in comments and keys.
while read -r kind; do
  run 0 init "$kind"
  out_has "^# "
  out_has "^(# )?[a-z_]+:"
done < <("$DIABOLO" init | sed 's/ .*//')
# What a block does by being there is not asked for by a template.
run 0 init train
out_has "^# dipoles:"
out_has "^loss:"
run 2 init tuly
err_has "did you mean 'tully'\?"
run 2 init xyzzyxyzzy
err_has "lists them"

# The template of a model, its one required key filled in, is a model.
run 0 init tully
sed 's/^variant: .*/variant: single_crossing/' "$work/out" > "$work/model.yaml"
run 0 info "$work/model.yaml"
out_has "model type +tully"
# As it stands, the required key is still missing: said with its place.
"$DIABOLO" init tully > "$work/model.yaml"
run 2 info "$work/model.yaml"
err_has "model.yaml:[0-9]+:[0-9]+: model.variant: '...' must be one of"

# The usual input of every model of the literature is there for every parameter set and every formula, and flies: some
# trajectories, a few steps, none lost.
run 2 init run pyrazin24
err_has "did you mean 'pyrazine"
run 2 init train tully
err_has "init run tully"
for model in $("$DIABOLO" info | sed -n '/^Models/,/^Descriptors/s/^  \([a-z_0-9]*\) .*/\1/p'); do
  case $model in network | committee | vibronic) continue ;; esac # their numbers come from files
  run 0 init run "$model"
  cp "$work/out" "$work/$model.yaml"
  grep -q "^| \`$model\`" "$SOURCE_DIR/docs/models.md" || { echo "docs/models.md has no row of $model"; exit 1; }
  read -r step unit < <(sed -n 's/^ *timestep: //p' "$work/$model.yaml")
  duration="$(awk "BEGIN {print 10 * $step}") $unit"
  if grep -q '^# diabolo exact' "$work/$model.yaml"; then # H is complex
    run 0 exact "$work/$model.yaml" --output "$work/$model.h5" --set dynamics.duration="$duration" --set output.every="$duration" --set exact.convergence=false
    continue
  fi
  run 0 run "$work/$model.yaml" --threads 1 --output "$work/$model.h5" --set initial.trajectories=8 --set dynamics.duration="$duration" \
    --set output.every="$duration"
  out_has "^fates +8 finished"
done

# In reduced units 1 eV is no limit of the energy's drift: 600 steps with a bath of fast modes end well, and it is said what they are.
run 0 run "$work/spin_boson.yaml" --threads 1 --fresh --output "$work/spin_boson.h5" --set initial.trajectories=8 --set dynamics.duration="3 au" --set output.every="1 au"
out_has "^fates +8 finished"
err_has "reduced units"
run 0 run "$work/spin_boson.yaml" --threads 1 --fresh --output "$work/spin_boson.h5" --set initial.trajectories=8 --set dynamics.duration="3 au" --set output.every="1 au" --set dynamics.drift="1 eV"
out_has "^fates .*drifted"
