#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds the region of its training data to a model file that was written without it (docs/model-file.md, "The region").

  analysis/model_region.py network.h5 data.h5

The region is that of all points of the data set; `diabolo train` uses its training points. Nothing else in the file is touched: its energies stay
what they are to the last bit (its SHA-256 does not)."""
import argparse
import sys

from picture import h5py, np

CENTRES = 128


def distances(R):
    """(points, pairs) in the order a > b at a(a-1)/2 + b."""
    a, b = np.tril_indices(R.shape[1], -1)
    return np.linalg.norm(R[:, a] - R[:, b], axis=2)


def permutations(generators, natom):
    """All elements of the group with these generators."""
    elements = fresh = {tuple(range(natom))}
    while fresh:
        fresh = {tuple(p[a] for a in q) for p in fresh for q in map(tuple, generators)} - elements
        elements = elements | fresh
    return sorted(elements)


def region(R, group):
    """centres (K, pairs), shortest, longest, deviation (pairs), radius."""
    images = [distances(R[:, p]) for p in group]  # of every point
    deviation = np.maximum(0.01, np.log(np.concatenate(images)).std(axis=0))
    r, chosen, near = distances(R), [0], np.full(len(R), np.inf)
    for _ in range(max(1, min(CENTRES, len(R) // 4))):
        for image in permute(r[chosen[-1]], group):
            near = np.minimum(near, (((np.log(r) - np.log(image)) / deviation) ** 2).sum(axis=1))
        chosen.append(int(near.argmax()))
    return r[chosen[:-1]], np.min(images, axis=(0, 1)), np.max(images, axis=(0, 1)), deviation, max(0.1, float(np.sqrt(near.max())))


def permute(row, group):
    """The distances of one geometry as its images have them."""
    natom = len(group[0])
    a, b = np.tril_indices(natom, -1)
    table = np.zeros((natom, natom))
    table[a, b] = table[b, a] = row
    return [table[np.array(p)[a], np.array(p)[b]] for p in group]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("data")
    options = parser.parse_args()
    with h5py.File(options.data, "r") as data:
        R, numbers, unit = data["positions"][()], data["numbers"][()], data["positions"].attrs.get("unit", "none")
    if unit != "bohr":
        sys.exit(f"{options.data}: 'positions' has the unit '{unit}'; expected bohr")
    with h5py.File(options.model, "r+") as model:
        if "region" in model:
            sys.exit(f"{options.model}: holds its region already")
        if not np.array_equal(model["molecule/numbers"][()], numbers):
            sys.exit(f"{options.data}: another molecule than that of {options.model}")
        generators = model["symmetry/permutations"][()] if "symmetry" in model else []
        centres, shortest, longest, deviation, radius = region(R, permutations(generators, len(numbers)))
        for name, values, unit in (("centres", centres, "bohr"), ("shortest", shortest, "bohr"), ("longest", longest, "bohr"),
                                   ("deviation", deviation, "1")):
            model[f"region/{name}"] = values
            model[f"region/{name}"].attrs["unit"] = unit
        model["region"].attrs["radius"] = radius


if __name__ == "__main__":
    main()
