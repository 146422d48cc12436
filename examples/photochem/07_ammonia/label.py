#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for an electronic-structure program: labels frames of a swarm with energies, gradients and couplings.

  label.py trajectories.h5 data.h5 --points 400

The labels are those of the shipped network of ammonia. With your own program only `label` changes: it returns what the program printed,
in its units, and write_dataset is told which these are."""
import argparse
import pathlib

import diabolo
import h5py
import numpy as np

TRUTH = pathlib.Path(__file__).resolve().parents[3] / "models/nh3/nh3.h5"


def label(positions, rng):
    """Energies (points, 2), gradients (points, 2, 4, 3) and couplings (points, 1, 4, 3) at positions (points, 4, 3), atomic units."""
    model = diabolo.Model(TRUTH)
    result = model.evaluate(positions, gradients="all", couplings="all")
    signs = rng.choice([-1.0, 1.0], size=(len(positions), 1, 1, 1))  # as in any program: the sign of a state is arbitrary
    return result.energies, result.gradients, result.couplings * signs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("swarm")
    parser.add_argument("data")
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    with h5py.File(given.swarm) as swarm:
        positions = swarm["trajectories/position"][:].astype(float)  # (trajectory, time, atom, 3) bohr
        numbers = swarm["molecule/numbers"][:]
    ends = [len(path) - int((path == path[-1]).all(axis=(1, 2))[::-1].argmin()) for path in positions]  # ended ones keep their last frame
    frames = [(j, t) for j, end in enumerate(ends) for t in range(min(end + 1, len(positions[j])))]
    chosen = [frames[k] for k in sorted(rng.permutation(len(frames))[:given.points])]
    R = np.array([positions[j, t] for j, t in chosen])
    energies, gradients, couplings = label(R, rng)
    diabolo.write_dataset(given.data, numbers, R, energies, gradients, couplings, group=[f"trajectory {j}" for j, _ in chosen], replace=True,
                          units={"length": "bohr", "energy": "hartree", "gradient": "hartree/bohr", "coupling": "hartree/bohr"})
    print(f"{len(R)} of {len(frames)} frames of {len(positions)} trajectories in {given.data}")


if __name__ == "__main__":
    main()
