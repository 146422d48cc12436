#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# style.sh format|tidy SOURCE BUILD: are all C files as .clang-format lays them out; has .clang-tidy nothing to object to?
# Skipped (77) without the tool, outside a checkout, and where clang-format is not the version that the files are laid out by (others break
# lines elsewhere).
set -eu
what=$1 source=$2 build=$3
cd "$source"

skip() {
  echo "style.sh: $*: skipped"
  exit 77
}
files() { git ls-files -- "$@" 2>/dev/null | while read -r file; do [ ! -f "$file" ] || echo "$file"; done; }
[ -n "$(files '*.c')" ] || skip "no checkout here"

case $what in
  format)
    command -v clang-format >/dev/null || skip "no clang-format"
    clang-format --version | grep -q 'version 14\.' || skip "$(clang-format --version), not 14"
    files '*.c' '*.h' | xargs clang-format --dry-run -Werror
    ;;
  tidy)
    command -v clang-tidy >/dev/null || skip "no clang-tidy"
    clang-tidy --version | grep -q 'version 14\.' || skip "clang-tidy is not version 14"
    [ -f "$build/compile_commands.json" ] || skip "no compile_commands.json"
    files 'src/*.c' 'models/*.c' | xargs -P 2 -n 16 clang-tidy -p "$build" --quiet 2>/dev/null
    ;;
  *) echo "usage: style.sh format|tidy SOURCE BUILD" >&2; exit 2 ;;
esac
