#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of intersections made up for a swarm, in the layout of docs/intersections-file.md: synthetic_intersections.py SWARM.h5 OUT.h5"""
import sys

import h5py
import numpy as np

swarm, out = h5py.File(sys.argv[1]), h5py.File(sys.argv[2], "w")
K, n = 4, int(swarm.attrs["states"])
reference = swarm["molecule/reference"][:]
A, D = reference.shape
random = np.random.default_rng(3)


def put(name, values, unit, frame=False):
    out[name] = values
    out[name].attrs["unit"] = unit
    if frame:
        out[name].attrs["frame"] = "cartesian"


# The third name is what a careless page would run.
names = ["S0-1", "S1/S0-1", "</script><script>document.title='broken'</script>", "S2/S1-1"]
for key, value in dict(format="diabolo-intersections", version=1, input="", input_path="x", resolved="", model_path="-", model_type="network",
                       model_digest=swarm.attrs["model_digest"], start_digest="0", program_version="0", program_commit="0", digest="0",
                       states=n, zero=-78.0, zero_text="the minimum S0-1").items():
    out.attrs[key] = value
for name, unit in (("numbers", "1"), ("masses", "electron_mass"), ("reference", "bohr")):
    put(f"molecule/{name}", swarm[f"molecule/{name}"][:], unit)
text = h5py.string_dtype()
put("points/name", np.array(names, dtype=text), "1")
put("points/label", np.array(["", "twisted", "", ""], dtype=text), "1")
for name, values in dict(first=[0, 0, 0, 1], count=[1, 2, 2, 2], order=[0, 0, 1, -1], starts=[9, 40, 2, 1], method=[1, 1, 0, 2]).items():
    put(f"points/{name}", np.array(values, np.int32), "1")
out["points/method"].attrs["methods"] = "projection lagrange_newton penalty"
put("points/reached", np.ones((K, 3), np.int32), "1")
put("points/position", reference + 0.1 * random.normal(size=(K, A, D)), "bohr", True)
energies = -78 + np.array([0, 0.17, 0.2, 0.25])[:, None] + np.sort(random.random((K, n)), 1) * 0.05
energies[1:3, 1] = energies[1:3, 0]
put("points/energies", energies, "hartree")
put("points/gap", np.full(K, 1e-10), "hartree")
put("points/gradient", np.full(K, 1e-7), "hartree/bohr")
put("points/frequencies", np.full((K, A * D), np.nan), "hartree")
two = np.array([np.nan, 1, 1, 1])
for name in "ghs":
    put(f"points/{name}", two[:, None, None] * 0.05 * random.normal(size=(K, A, D)), "hartree/bohr", True)
q = np.linalg.qr(random.normal(size=(A * D, 2)))[0].T.reshape(2, A, D)
for name, vector in zip("xy", q):
    values = two[:, None, None] * vector
    if name == "y":
        values[3] = 0  # S2/S1-1: the coupling vector vanishes there
    put(f"points/{name}", values, "1", True)
for name, values, unit in (("pitch", 0.08, "hartree/bohr"), ("asymmetry", 0.35, "1"), ("tilt", 0.6, "1"), ("heading", 0.7, "rad"),
                           ("P", 0.5, "1"), ("B", 1.2, "1")):
    put(f"points/{name}", two * values, unit)
