#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds with warnings as errors, runs all tests. Status and last lines are those of ctest.
#   ./test.sh          gcc (or CC)
#   ./test.sh --all    first compiles everything with clang too (always so where CI is set)
set -eu
cd "$(dirname "$0")"

all=false
case "${1:-}" in
  '') [ -z "${CI:-}" ] || all=true ;;
  --all) all=true ;;
  *) echo "usage: ./test.sh [--all]" >&2; exit 2 ;;
esac

build() { # directory, then options of cmake
  cmake -S . -B "$@" -G Ninja -DDIABOLO_WERROR=ON
  cmake --build "$1"
}

./setup.sh
if $all; then
  if ./setup.sh --all && command -v clang >/dev/null; then
    build build-clang -DCMAKE_C_COMPILER=clang
  else
    echo "test.sh: clang cannot be had here: its build is left out" >&2
  fi
fi
build build
exec ctest --test-dir build --output-on-failure --parallel "$(nproc)"
