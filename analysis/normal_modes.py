#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal modes of a model's lowest state at its minimum, as a Molden file: for the descriptor `normal_coordinates`, `mechanism`, and viewers.

  analysis/normal_modes.py model.h5 modes.molden

The search begins at the model's reference geometry, as that of Wigner sampling. An imaginary mode is written with a negative frequency. An existing
file is not written over."""
import argparse
import sys

from molecule import symbol
from picture import Mistake, np
from surfaces import modes, open_model


def write(path, numbers, R, frequency, vectors):
    """R (A, 3) bohr, frequency (m) cm^-1, vectors (m, A, 3) Cartesian displacements of any length."""
    def row(values):
        return " ".join(f"{x:.9f}" for x in values)

    lines = ["[MOLDEN FORMAT]", "[FREQ]", *(f"{w:.4f}" for w in frequency), "[FR-COORD]"]
    lines += [f"{symbol(int(z))} {row(x)}" for z, x in zip(numbers, R)] + ["[FR-NORM-COORD]"]
    for number, vector in enumerate(vectors, 1):
        lines += [f"vibration {number}", *map(row, vector / np.linalg.norm(vector))]
    with open(path, "x", encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")


def main():
    import diabolo
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a model file, or YAML text of a model")
    parser.add_argument("output")
    options = parser.parse_args()
    try:
        model = open_model(options.model)
        if model.dimension != 3:
            raise Mistake(f"{options.model}: a model system has no normal modes of a molecule")
        start = diabolo.sample({"model": options.model, "initial": {"state": 0, "trajectories": 1}})
        write(options.output, start.numbers, start.minimum, *modes(model, start.minimum, 0))
    except (Mistake, diabolo.Error, OSError) as reason:
        sys.exit(f"normal_modes.py: {reason}")


if __name__ == "__main__":
    main()
