#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Packs the build as Debian packages, asks lintian (if it is here), unpacks them and uses what a stranger would: examples, manual, completion, Python.
# Then the release archive.   package.sh SOURCE_DIR BUILD_DIR
set -eu
source=$1 build=$2
for command in dpkg-deb dpkg-shlibdeps file cpack; do command -v "$command" >/dev/null || { echo "skipped: no $command"; exit 77; }; done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
umask 022
cpack --config "$build/CPackConfig.cmake" -B "$scratch/packages" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
packages=("$scratch"/packages/*.deb)
names=$(for package in "${packages[@]}"; do dpkg-deb -f "$package" Package; done | sort | tr '\n' ' ')
[ "$names" = "diabolo diabolo-doc libdiabolo-dev libdiabolo0 python3-diabolo " ] || { echo "packages: $names" >&2; exit 1; }
if command -v lintian >/dev/null; then
  lintian --fail-on error --tag-display-limit 0 "${packages[@]}" >"$scratch/lintian" 2>&1 || { cat "$scratch/lintian" >&2; exit 1; }
fi

# Each file belongs to one package; all the files of the installed tree are in some package.
root=$scratch/root
for package in "${packages[@]}"; do dpkg-deb -c "$package" | awk '$1 !~ /^d/ { print $6 }'; dpkg-deb -x "$package" "$root"; done | sort >"$scratch/files"
[ -z "$(uniq -d "$scratch/files")" ] || { echo "in two packages: $(uniq -d "$scratch/files")" >&2; exit 1; }
DESTDIR=$scratch/whole cmake --install "$build" --prefix /usr >/dev/null
missing=$(cd "$scratch/whole" && find . ! -type d | sort | comm -23 - "$scratch/files")
[ -z "$missing" ] || { echo "in no package: $missing" >&2; exit 1; }
for package in diabolo diabolo-doc libdiabolo-dev libdiabolo0 python3-diabolo; do
  [ -s "$root/usr/share/doc/$package/copyright" ] && gzip -t "$root/usr/share/doc/$package/changelog.Debian.gz"
done

# The release archive: the same bytes each time, all that is tracked and nothing else, and its sum holds.
if git -C "$source" rev-parse HEAD >/dev/null 2>&1; then
  "$source/packaging/release.sh" HEAD "$scratch/one" >/dev/null && "$source/packaging/release.sh" HEAD "$scratch/two" >/dev/null
  cmp "$scratch"/one/*.tar.gz "$scratch"/two/*.tar.gz && cmp "$scratch"/one/*.sha256 "$scratch"/two/*.sha256
  (cd "$scratch/one" && sha256sum --check --quiet ./*.sha256)
  tar -tzf "$scratch"/one/*.tar.gz | sed -n 's|^[^/]*/\(.*[^/]\)$|\1|p' | sort >"$scratch/archived"
  git -C "$source" -c core.quotePath=false ls-tree -r --name-only HEAD | sort | cmp - "$scratch/archived"
fi

# Used where they were unpacked.
program=$root/usr/bin/diabolo
"$program" --version | grep -q '^diabolo '
cp "$root/usr/share/diabolo/examples/photochem/01_tully/tully.yaml" "$scratch/"
"$program" run "$scratch/tully.yaml" --quiet --set initial.trajectories=20 --output "$scratch/swarm.h5" >/dev/null
"$program" run "$root/usr/share/diabolo/examples/photochem/03_ethylene/ethylene.yaml" --quiet --set initial.trajectories=3 --set dynamics.duration="2 fs" --output "$scratch/ethylene.h5" >/dev/null
"$program" plot | grep -q '^populations '
grep -q __complete "$root/usr/share/bash-completion/completions/diabolo"
if command -v help2man >/dev/null; then
  "$program" __complete --commands | cut -f1 | while read -r name; do
    zcat "$root/usr/share/man/man1/diabolo-$name.1.gz" | grep -q "^diabolo-$name \\\\- " || { echo "the manual page of $name" >&2; exit 1; }
  done
fi
/usr/bin/python3 -c 'import numpy, h5py' 2>/dev/null || exit 0
found=$(cd / && env -u DIABOLO_LIBRARY PYTHONPATH="$root/usr/lib/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c "
import diabolo
with diabolo.Swarm('$scratch/swarm.h5') as swarm:
    assert len(swarm) == 20
print(diabolo._library.library()._name)")
case $found in "$root"/usr/lib/*) ;; *) echo "the package loads '$found'" >&2; exit 1 ;; esac
if /usr/bin/python3 -c 'import matplotlib' 2>/dev/null; then
  (cd "$scratch" && env -u DIABOLO_LIBRARY -u DIABOLO PYTHONPATH="$root/usr/lib/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1 "$program" plot populations swarm.h5 --fit -o p.png >/dev/null)
  [ -s "$scratch/p.png" ]
fi
