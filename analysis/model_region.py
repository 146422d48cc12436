#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds the region of its training data to a model file that was written without it, or by an older program (docs/model-file.md, "The region").

  analysis/model_region.py network.h5 data.h5
  analysis/model_region.py network.h5 data.h5 --replace

The region is that of all points of the data set; `diabolo train` uses its training points. Nothing else in the file is touched: its energies stay
what they are to the last bit (its SHA-256 does not)."""
import argparse
import sys

from picture import h5py, np

CENTRES, LEAST, IMAGES = 1024, 128, 8192  # centres at most, and with many images; images
POINTS, TRIED = 8192, 2048                # of more points so many are looked at; give the radius
NEIGHBOURS, INSIDE, SAME = 3, 0.97, 0.01  # SAME: bohr


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


def actions(group):
    """The different permutations of pairs that the elements are."""
    natom = len(group[0])
    a, b = np.tril_indices(natom, -1)
    table = np.zeros((natom, natom), int)
    table[a, b] = table[b, a] = np.arange(len(a))
    return np.array(sorted({tuple(table[np.array(p)[a], np.array(p)[b]]) for p in group}))


def thin(r, images):
    """Numbers of the points that are no near copies of an earlier one, or of an image of one."""
    kept = []
    for p in range(len(r)):
        if not kept or all(np.abs(r[kept][:, k] - r[p]).max(axis=1).min() >= SAME for k in images):
            kept.append(p)
    return np.array(kept)


def mean_distance(z, centres, images, without=None):
    """Of each z (points, pairs) to the NEIGHBOURS nearest centres; without: the number of a centre for each point that does not count, -1: none."""
    square = np.full((len(z), len(centres)), np.inf)
    for k in images:
        image = centres[:, k]
        for p in range(0, len(z), 256):  # sums of squares as they stand: no cancellation
            square[p:p + 256] = np.minimum(square[p:p + 256], ((z[p:p + 256, None, :] - image) ** 2).sum(axis=2))
    if without is not None:
        square[np.arange(len(z))[without >= 0], without[without >= 0]] = np.inf
    count = min(NEIGHBOURS, len(centres) - (without is not None)) or 1
    return np.sqrt(np.partition(square, count - 1, axis=1)[:, :count]).mean(axis=1)


def region(R, group):
    """centres (K, pairs), shortest, longest, deviation (pairs), radius, neighbours."""
    images = actions(group)
    r = distances(R[::(len(R) + POINTS - 1) // POINTS])
    every = np.concatenate([r[:, k] for k in images])
    deviation = np.maximum(0.01, np.log(every).std(axis=0))
    kept = r[thin(r, images)]
    n, count = len(kept), min(len(kept), CENTRES, max(LEAST, IMAGES // len(images)))
    centre = np.arange(count) * n // count
    tried = np.arange(0, n, (n + TRIED - 1) // TRIED)
    at = np.full(n, -1)
    at[centre] = np.arange(count)
    found = np.sort(mean_distance(np.log(kept[tried]) / deviation, np.log(kept[centre]) / deviation, images, at[tried])) if n > 1 else np.zeros(1)
    radius = found[int(np.ceil(INSIDE * (len(tried) - 1)))]
    return kept[centre], every.min(axis=0), every.max(axis=0), deviation, max(0.1, float(radius)), min(NEIGHBOURS, max(1, n - 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--replace", action="store_true", help="the region that it has")
    options = parser.parse_args()
    with h5py.File(options.data, "r") as data:
        R, numbers, unit = data["positions"][()], data["numbers"][()], data["positions"].attrs.get("unit", "none")
    if unit != "bohr":
        sys.exit(f"{options.data}: 'positions' has the unit '{unit}'; expected bohr")
    with h5py.File(options.model, "r+") as model:
        if "region" in model and not options.replace:
            sys.exit(f"{options.model}: holds its region already; --replace puts another in its place")
        if not np.array_equal(model["molecule/numbers"][()], numbers):
            sys.exit(f"{options.data}: another molecule than that of {options.model}")
        generators = model["symmetry/permutations"][()] if "symmetry" in model else []
        centres, shortest, longest, deviation, radius, neighbours = region(R, permutations(generators, len(numbers)))
        if "region" in model:
            del model["region"]
        for name, values, unit in (("centres", centres, "bohr"), ("shortest", shortest, "bohr"), ("longest", longest, "bohr"),
                                   ("deviation", deviation, "1")):
            model[f"region/{name}"] = values
            model[f"region/{name}"].attrs["unit"] = unit
        model["region"].attrs.update(radius=radius, neighbours=neighbours)


if __name__ == "__main__":
    main()
