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
