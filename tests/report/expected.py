#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of a swarm must show, read by h5py, as JSON: expected.py SWARM.h5"""
import json
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
json.dump(dict(
    pairs=sorted({(int(a), int(b)) for a, b in zip(f["hops/from"], f["hops/to"])}), accepted=int((accepted & counted[f["hops/trajectory"][:]]).sum()),
    number=len(counted), samples=len(f["time"]), time=f["time"][:].tolist(), hops=len(f["hops/time"]), rows=rows,
    position=[(f["trajectories/position"][r].astype(float) * BOHR).reshape(len(f["time"]), -1).T.tolist() for r in rows],
    energy=[((energies[r] - zero) * EV).T.tolist() for r in rows], total=[((total[r] - zero) * EV).tolist() for r in rows],
    active=[f["trajectories/active"][r].tolist() for r in rows]), sys.stdout)
