#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a part of a data set aside, to judge a model that was trained on the rest.

  analysis/split_dataset.py data.h5 train.h5 held_out.h5 --share 0.15

Points are drawn at random (--seed). Those of the part kept aside that nearly repeat a training point, no distance between two atoms differing by more
than --apart bohr, train too: they would be no test."""
import argparse
import os
import sys

from picture import h5py, np


def choose(R, share, apart, seed):
    """Masks of the points to train on and of those kept aside; how many near copies were returned to the former."""
    drawn = np.zeros(len(R), bool)
    drawn[np.random.default_rng(seed).permutation(len(R))[:int(share * len(R))]] = True
    i, j = np.triu_indices(R.shape[1], 1)
    r = np.linalg.norm(R[:, i] - R[:, j], axis=2)
    kept = drawn.copy()
    for k in np.flatnonzero(drawn):
        kept[k] = np.abs(r[~drawn] - r[k]).max(axis=1).min() >= apart
    return ~kept, kept, int(drawn.sum() - kept.sum())


def copy(source, path, mask):
    """A data set of the points of the mask, with all its attributes."""
    with h5py.File(path, "x") as out:
        out.attrs.update(source.attrs)
        for name, data in source.items():
            by_point = data.shape[:1] == mask.shape and name not in ("numbers", "masses")
            out[name] = data[()][mask] if by_point else data[()]
            out[name].attrs.update(data.attrs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("train")
    parser.add_argument("held_out")
    parser.add_argument("--share", type=float, default=0.15, help="of the points that is drawn (%(default)s)")
    parser.add_argument("--apart", type=float, default=0.01, help="bohr (%(default)s)")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    if not 0 < options.share < 1:
        sys.exit(f"split_dataset.py: --share {options.share}: expected a number between 0 and 1")
    for path in (options.train, options.held_out):
        if os.path.lexists(path):
            sys.exit(f"split_dataset.py: {path} exists; choose another name, or remove it")
    try:
        source = h5py.File(options.data, "r")
    except OSError as reason:
        sys.exit(f"split_dataset.py: {options.data}: {reason}")
    with source:
        if source.attrs.get("format") != "diabolo-dataset" or "positions" not in source:
            sys.exit(f"split_dataset.py: {options.data}: expected a data set (format diabolo-dataset) with 'positions'")
        train, kept, copies = choose(source["positions"][()], options.share, options.apart, options.seed)
        if not train.any() or not kept.any():
            sys.exit("split_dataset.py: one of the two parts is empty; choose another --share or --apart")
        copy(source, options.train, train)
        copy(source, options.held_out, kept)
    print(f"{train.sum()} points to train on, {kept.sum()} kept aside; {copies} near copies train too")


if __name__ == "__main__":
    main()
