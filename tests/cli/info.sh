#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/common.bash"
set -eo pipefail

run 0 info
for name in tully ferretti jahn_teller vibronic network inverse_distance fewest_switches energy_based; do out_has "^  $name "; done
# Every name listed can be asked for, and says its kind and its source.
while read -r name; do
  run 0 info "$name"
  out_has "^$name: (model|parameter set|descriptor|architecture|baseline|hopping method|decoherence method|thermostat|exact engine|label engine|optimiser)"
done < <("$DIABOLO" info | sed -n 's/^  \([a-z_0-9]*\) .*/\1/p')
# What a descriptor is good for.
for name in coulomb_matrix normal_coordinates internals; do
  run 0 info "$name"
  out_has "^  Use: .{30}"
done
run 0 info energy_based
out_has "constant +energy .*default 0.1 hartree"
run 0 info landau_zener
out_has "do not couple"
run 0 info tully
out_has "Reference: .*Tully"
out_has "variant +one of .*single_crossing.*required"
out_has "mass +mass \(u, Da, me\).*default 2000 me"
run 2 info tuly
err_has "did you mean 'tully'\?"
run 2 info fewest
err_has "did you mean 'fewest_switches'\?"

data=$SOURCE_DIR/models/ethylene/data.h5
if [ -e "$data" ]; then
  run 0 info "$data"
  out_has "diabolo-dataset, version 1"
  out_has "states +3"
  out_has "formula +C2H4"
  out_has "energies +\([0-9]+, 3\) 64-bit real, hartree"
  head -c 5000 "$data" > "$work/cut.h5"
  run 1 info "$work/cut.h5"
  err_has "damaged"
fi
run 1 info "$work/nothing.h5"
err_has "cannot read .*nothing.h5': No such file"
run 1 info "$work"
err_has "directory"
echo plain > "$work/plain.h5"
run 1 info "$work/plain.h5"
err_has "not an HDF5 file"
: > "$work/empty.h5"
run 1 info "$work/empty.h5"

# A model written as YAML.
printf 'type: tully\nvariant: single_crossing\n' > "$work/model.yaml"
run 0 info "$work/model.yaml"
out_has "model type +tully"
out_has "states +2"
printf 'type: tully\nvariant: single_crosing\nmas: 1\n' > "$work/model.yaml"
run 2 info "$work/model.yaml"
err_has "model.yaml:2:10: .*did you mean 'single_crossing'\?"
err_has "model.yaml:3:1: unknown key 'mas'.*did you mean 'mass'\?"

# Every shipped network is read and states its errors; with its training input beside it, that input is one.
for model in "$source"/models/*/*.h5; do
  case $model in */data.h5 | */held_out.h5 | */later.h5) continue ;; esac
  run 0 info "$model"
  out_has "errors +mean absolute on [0-9]+ validation points"
  out_has "training region +stored"
done

# A plug-in in this folder, named without one.
plugin=$(dirname "$(realpath "$program")")/tests/house/mexican_hat.so
if [ -e "$plugin" ]; then
  cp "$plugin" "$work/" && cd "$work" || exit 1
  run 0 info mexican_hat.so
  out_has mexican_hat
fi
