# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of the command line share: run STATUS ARGUMENT...; out_has, err_has, out_lacks REGEX.
set -euo pipefail
: "${DIABOLO:?path of the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
said=""

fail() {
  echo "FAILED: $* (after: $said)" >&2
  echo "--- stdout" >&2; cat "$work/out" >&2 || true
  echo "--- stderr" >&2; cat "$work/err" >&2 || true
  exit 1
}
run() {
  local expected=$1 status=0
  shift
  said="diabolo $*"
  "$DIABOLO" "$@" > "$work/out" 2> "$work/err" < /dev/null || status=$?
  [ "$status" -eq "$expected" ] || fail "status $status, expected $expected"
  if [ "$status" -ne 0 ] && [ ! -s "$work/err" ]; then fail "failed without a word"; fi
}
out_has() { grep -Eq -- "$1" "$work/out" || fail "stdout lacks '$1'"; }
err_has() { grep -Eq -- "$1" "$work/err" || fail "stderr lacks '$1'"; }
out_lacks() { ! grep -Eq -- "$1" "$work/out" || fail "stdout has '$1'"; }
