#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of a swarm must show, read by h5py, as JSON: expected.py SWARM.h5 ANALYSIS.json MECHANISM.h5 DOUBT.h5. Makes DOUBT.h5, the swarm with a
committee and trajectories outside the training data made up, and check.json, what the doctor might say of its model."""
import json
import shutil
import sys

import h5py
import numpy as np

BOHR, EV = 0.529177210903, 27.211386245988
f = h5py.File(sys.argv[1])
counted = ~np.isin(f["trajectories/fate"][:], (2, 4))
energies, total = f["trajectories/energies"][:], f["trajectories/potential"][:] + f["trajectories/kinetic"][:]
zero = energies[counted, :, 0].min()
rows = [0, len(counted) // 2, len(counted) - 1]
accepted = f["hops/accepted"][:] == 1


def mechanism(path):
    with h5py.File(path) as m:
        most = m["modes/total"][:] * m["modes/scale"][:]
        sets = [g for g in m["clusters"].values() if g.attrs["name"] == "final"]
        return dict(density=[np.moveaxis(m[f"coordinates/{i}/density"][:], 1, 0).tolist() for i in range(len(m["coordinates"]))],
                    mode=int(np.nanargmax(most)), total=float(np.nanmax(most)), count=int(sets[0]["count"][0]),
                    centre=(sets[0]["position"][0] * BOHR).ravel().tolist())


def doubt(path):
    shutil.copy(sys.argv[1], path)
    random = np.random.default_rng(5)
    with h5py.File(path, "r+") as g:
        N, T = g["trajectories/active"].shape
        time, end = g["time"][:], g["trajectories/end"][:]
        for name, unit in (("energy", "hartree"), ("gap", "hartree"), ("gradient", "hartree/bohr"), ("hop", "1")):
            g[f"committee/{name}"] = random.gamma(2, 0.002, (N, T))
            g[f"committee/{name}"].attrs["unit"] = unit
        if "model_note" in g.attrs:
            del g.attrs["model_note"]  # as if nobody had examined the model
        since = np.where(np.arange(N) % 4 == 0, time[T // 2], np.nan)
        for name in ("committee/outside", "trajectories/outside"):
            if name in g:
                del g[name]
            g[name] = since
            g[name].attrs["unit"] = "fs"
        if "trajectories/novelty" not in g:
            g["trajectories/novelty"] = np.full(N, 2.0)
            g["trajectories/novelty"].attrs["unit"] = "1"
        return dict(number=N, outside=int(np.isfinite(since).sum()), share=float(100 * np.nansum(np.maximum(0, end - since)) / end.sum()),
                    median=np.quantile(g["committee/gap"][:][counted] * EV, 0.5, axis=0).tolist())


def check(path):
    test = lambda name, verdict, told, *figures: dict(name=name, verdict=verdict, measures="", limits="", told=told, seconds=0,
                                                      figures=[dict(zip(("name", "value", "unit", "at_most", "good"), x)) for x in figures])
    with open(path, "w") as out:
        json.dump(dict(verdict="fail", summary="fail: holes", model="x", model_digest=f.attrs["model_digest"], seconds=1, tests=[
            test("derivatives", "pass", None, ("an identity </script>", 1e-15, "1", 1e-10, True)),
            test("holes", "fail", "A hole.", ("energy below the minimum", 7.5, "eV", 0.05, False), ("told only", 1, "1", None, True)),
            test("calibration", "not applicable", "No committee.")]), out)


check("check.json")
json.dump(dict(
    pairs=sorted({(int(a), int(b)) for a, b in zip(f["hops/from"], f["hops/to"])}), accepted=int((accepted & counted[f["hops/trajectory"][:]]).sum()),
    number=len(counted), samples=len(f["time"]), time=f["time"][:].tolist(), hops=len(f["hops/time"]), rows=rows,
    position=[(f["trajectories/position"][r].astype(float) * BOHR).reshape(len(f["time"]), -1).T.tolist() for r in rows],
    energy=[((energies[r] - zero) * EV).T.tolist() for r in rows], total=[((total[r] - zero) * EV).tolist() for r in rows],
    active=[f["trajectories/active"][r].tolist() for r in rows], analysis=json.load(open(sys.argv[2])), mechanism=mechanism(sys.argv[3]), doubt=doubt(sys.argv[4])), sys.stdout)
