#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the build into a scratch prefix and builds a ten-line user of the library against it, by find_package and by pkg-config;
# then a plug-in against the installed headers alone.   install.sh SOURCE_DIR BUILD_DIR CC CFLAGS
set -eu
source=$1 build=$2 cc=$3 flags=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
cmake --install "$build" --prefix "$prefix" >"$scratch/log"

cmake -G Ninja -S "$source/tests/house/consumer" -B "$scratch/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
  -DCMAKE_C_FLAGS="$flags" >"$scratch/log"
cmake --build "$scratch/consumer" >"$scratch/log" || { cat "$scratch/log"; exit 1; }
one=$("$scratch/consumer/consumer")

# Scripts can be run, and every link of a document leads to something.
for script in "$prefix"/share/diabolo/analysis/*.py; do
  if head -n 1 "$script" | grep -q '^#!' && [ ! -x "$script" ]; then echo "$script is not executable" >&2; exit 1; fi
done
broken=$(cd "$prefix/share/doc/diabolo" && find -L . -name '*.md' -not -path './include/*' | while read -r page; do
  grep -oE '\]\([^)#[:space:]]+' "$page" | cut -c 3- | grep -v '^https\?:' | while read -r link; do
    [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
  done
done)
[ -z "$broken" ] || { echo "links that lead nowhere:" "$broken" >&2; exit 1; }

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name diabolo.pc)")
export PKG_CONFIG_PATH
cp -r "$prefix" "$scratch/moved" # the tree may be moved
PKG_CONFIG_PATH=${PKG_CONFIG_PATH/$prefix/$scratch/moved}
rm -rf "$prefix"
# shellcheck disable=SC2046,SC2086
"$cc" $flags "$source/tests/house/consumer/consumer.c" -o "$scratch/plain" $(pkg-config --cflags --libs diabolo)
two=$(LD_LIBRARY_PATH=$(pkg-config --variable=libdir diabolo) "$scratch/plain")

echo "$one"
[ "$one" = "$two" ] || { echo "pkg-config build says: $two" >&2; exit 1; }
case $one in "diabolo 0."*"H = 0.0080 0.0018 -0.0080 hartree") ;; *) echo "unexpected" >&2; exit 1 ;; esac
# 0.01 (1 - exp(-1.6)) = 0.00798; 0.005 exp(-1) = 0.00184

# A swarm flown from C, from Python and by the command is the same, bit for bit; the program of the example is built as a user builds it.
sed 's/trajectories: 2000/trajectories: 30/' "$source/examples/photochem/01_tully/tully.yaml" >"$scratch/tully.yaml"
libdir=$(pkg-config --variable=libdir diabolo)
# shellcheck disable=SC2046,SC2086
"$cc" $flags "$scratch/moved/share/diabolo/examples/library/fly.c" -o "$scratch/fly" $(pkg-config --cflags --libs diabolo)
LD_LIBRARY_PATH=$libdir "$scratch/fly" "$scratch/tully.yaml" "$scratch/c.h5" >"$scratch/c.txt" 2>"$scratch/log" || { cat "$scratch/log"; exit 1; }
"$scratch/moved/bin/diabolo" run "$scratch/tully.yaml" -q -o "$scratch/command.h5" --set output.precision=double >/dev/null
same() {
  /usr/bin/python3 - "$@" <<'END'
import sys, h5py
one, other = (h5py.File(path) for path in sys.argv[1:])
names = []
one.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
wrong = [name for name in names if one[name][()].tobytes() != other[name][()].tobytes()]
assert len(names) > 20 and not wrong, (sys.argv, wrong)
END
}
h5py() { /usr/bin/python3 -c 'import numpy, h5py' 2>/dev/null; }
if h5py; then same "$scratch/command.h5" "$scratch/c.h5"; fi

# The Python package of the installed tree finds the library of the installed tree (a sanitizer would have to be there before Python).
case $flags in *-fsanitize*) exit 0 ;; esac
/usr/bin/python3 -c 'import numpy' 2>/dev/null || exit 0
package=$(dirname "$(dirname "$(find "$scratch/moved" -path '*diabolo/__init__.py')")")
found=$(cd "$scratch" && env -u DIABOLO_LIBRARY PYTHONPATH="$package" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c '
import diabolo
from diabolo import _library
model = diabolo.Model("type: tully\nvariant: single_crossing\n")
assert abs(model.hamiltonian([[1.0]])[0, 0] - 0.00798) < 1e-5
print(_library.library()._name)')
case $found in "$(cd "$scratch/moved" && pwd -P)"/*) ;; *) echo "the package loads '$found'" >&2; exit 1 ;; esac

h5py || exit 0
PYTHONPATH=$package PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$scratch/moved/share/diabolo/examples/library/fly.py" "$scratch/tully.yaml" \
  "$scratch/python.h5" >"$scratch/python.txt"
same "$scratch/command.h5" "$scratch/python.h5"
cmp "$scratch/c.txt" "$scratch/python.txt"
