#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The main job in one command: installs what is missing, builds the program, flies photoexcited ethylene, prints populations and lifetimes,
# draws them and writes the page of the swarm.   ./run.sh [options of `diabolo run`, e.g. --set initial.trajectories=200]
set -eu
cd "$(dirname "$0")"

./setup.sh
mkdir -p build/ethylene
{ cmake -S . -B build -G Ninja && cmake --build build --target diabolo libdiabolo; } >build/run.log 2>&1 || { cat build/run.log >&2; exit 1; }

build/diabolo run examples/photochem/03_ethylene/ethylene.yaml --fresh --output build/ethylene/swarm.h5 "$@"
build/diabolo analyse build/ethylene/swarm.h5
/usr/bin/python3 analysis/populations.py build/ethylene/swarm.h5 --fit -o build/ethylene/populations.png >/dev/null
build/diabolo report build/ethylene/swarm.h5 -o build/ethylene/report.html >/dev/null
echo "picture: $PWD/build/ethylene/populations.png"
echo "page:    $PWD/build/ethylene/report.html"
