#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing of cmake/packages.txt (Debian 12, Ubuntu 22.04 and later). With everything there it does nothing and needs
# neither network nor root.
#   ./setup.sh          what building, testing and plotting need
#   ./setup.sh --all    also what comes after "# optional" in the list: clang, race and coverage checks, viewer of reports
set -eu
cd "$(dirname "$0")"

all=false
case "${1:-}" in
  '') ;;
  --all) all=true ;;
  *) echo "usage: ./setup.sh [--all]" >&2; exit 2 ;;
esac

# Lines of the list, package and the command (if any) that does as well: comments and blanks dropped, the optional part only if asked for.
wanted() {
  awk -v all="$all" '/^# optional/ && all != "true" { exit } { sub(/#.*/, "") } NF { print $1, $2 }' cmake/packages.txt
}

missing() {
  wanted | while read -r package command; do
    [ -z "$command" ] || ! command -v "$command" >/dev/null || continue
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

if ! command -v dpkg-query >/dev/null; then
  echo "setup.sh: no dpkg here, so nothing was installed; Diabolo needs these (Debian names):" $(wanted | cut -d' ' -f1) >&2
  exit 0
fi
packages=$(missing)
[ -n "$packages" ] || exit 0

echo "setup.sh: installing" $packages >&2
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "setup.sh: run as root: apt-get install --no-install-recommends" $packages >&2
    exit 1
  fi
}
as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null || echo "setup.sh: apt-get update failed; trying with the old lists" >&2
if $all; then # names of the optional part differ between releases: those unknown here are left out
  packages=$(for package in $packages; do
    if apt-cache show "$package" >/dev/null 2>&1; then echo "$package"; else echo "setup.sh: no package $package here" >&2; fi
  done)
  [ -n "$packages" ] || exit 0
fi
# shellcheck disable=SC2086
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages </dev/null
