#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The shell of the program: help, versions, unknown commands, exit statuses.
. "$(dirname "$0")/common.bash"
set -eo pipefail

run 0 --help
out_has "Commands:"
out_has "init "
run 0 --version
out_has "diabolo [0-9]+\.[0-9]+\.[0-9]+ \(commit "
for part in BLAS LAPACK HDF5 GSL; do out_has "$part +compiled with .+ loaded "; done
run 2
err_has "Usage: diabolo"
run 2 inof
err_has "'inof' is no command; did you mean 'info'\?"
run 2 xyzzyxyzzy
err_has "'xyzzyxyzzy' is no command$"
run 2 --no-such-option
err_has "unrecognized option"
run 2 info a b
err_has "diabolo info: unexpected argument 'b'"
run 2 info --json
err_has "Try .diabolo info --help"
run 0 info --help
out_has "Usage: diabolo info"
# Whatever computes with several threads lets the user say how many.
for command in analyse certify check committee convert evaluate exact intersect learn mechanism merge replay report run sample train; do
  run 0 "$command" --help
  out_has "-t, --threads=N"
done
# A standard output that takes nothing is a failure, not a success.
if [ -e /dev/full ]; then
  set +e; "$DIABOLO" info > /dev/full 2> "$work/err"; status=$?; set -e
  [ $status -eq 1 ] || fail "status $status writing to a full device"
  err_has "cannot write"
fi
# No colours but on a terminal.
run 2 init nonsense
err_has "^error: "
