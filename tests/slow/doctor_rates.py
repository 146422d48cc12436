#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many single bad points `diabolo check` finds: doctor_rates.py [--seeds N] [--share 0.01] PROGRAM DATA.h5 ...

Plants one mistake at a share of the points of each data set, drawn at random, examines the set, and counts which of these points are named by a finding that is more than a note, and
which others are. The points of a data set that are doubtful already are left as they are. The table in docs/check.md comes from here.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import h5py
import numpy as np

EV, BOHR = 27.211386245988, 0.529177210903


def forces(d, some, rng):
    d["gradients"][some] *= -1


def unit(d, some, rng):
    d["gradients"][some] *= EV / BOHR


def exchanged(d, some, rng):
    for p in some:
        n = d["energies"].shape[1]
        k = rng.integers(n - 1)
        order = np.arange(n)
        order[[k, k + 1]] = k + 1, k
        d["gradients"][p] = d["gradients"][p][order]
        pair = lambda i, j: max(i, j) * (max(i, j) - 1) // 2 + min(i, j)
        d["couplings"][p] = d["couplings"][p][[pair(order[i], order[j]) for j in range(n) for i in range(j)]]


def shifted(d, some, rng):
    d["energies"][some] += 0.8 / EV * rng.choice([-1, 1], size=(len(some), 1))


def one_shifted(d, some, rng):
    """The highest state, upwards: the order of the states stays."""
    d["energies"][some, -1] += 0.8 / EV


FAULTS = (forces, unit, exchanged, shifted, one_shifted)


def named(program, path, found):
    subprocess.run([program, "check", path, "--json", found], capture_output=True)
    return {p for f in json.loads(found.read_text())["findings"] if f["severity"] != "note" for p in f["points"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("program")
    parser.add_argument("data", nargs="+", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--share", type=float, default=0.01)
    words = parser.parse_args()
    print(f"{'set':12} {'fault':12} {'planted':>8} {'found':>7} {'others named':>13}")
    with tempfile.TemporaryDirectory() as folder:
        bad, found = pathlib.Path(folder) / "bad.h5", pathlib.Path(folder) / "found.json"
        for path in words.data:
            with h5py.File(path) as f:
                clean = {name: (f[name][()], dict(f[name].attrs)) for name in ("numbers", "positions", "energies", "gradients", "couplings")}
            before = named(words.program, path, found)
            for fault in FAULTS:
                planted = hit = other = 0
                for seed in range(words.seeds):
                    rng = np.random.default_rng(seed)
                    data = {name: values.copy() for name, (values, _) in clean.items()}
                    known = [p for p in range(len(data["energies"])) if p not in before and np.isfinite(data["energies"][p]).all() and np.isfinite(data["gradients"][p]).all()]
                    some = np.sort(rng.choice(known, max(1, round(words.share * len(known))), replace=False))
                    fault(data, some, rng)
                    with h5py.File(bad, "w") as f:
                        f.attrs.update(format="diabolo-dataset", version=1)
                        for name, values in data.items():
                            f[name] = values
                            f[name].attrs.update(clean[name][1])
                    after = named(words.program, bad, found)
                    planted += len(some)
                    hit += len(after & set(some))
                    other += len(after - set(some) - before)
                print(f"{path.stem if path.stem != 'data' else path.parent.name:12} {fault.__name__:12} {planted:8} {hit / planted:7.0%} {other:13}", flush=True)


if __name__ == "__main__":
    main()
