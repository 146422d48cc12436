# SPDX-License-Identifier: GPL-3.0-or-later
"""Internal coordinates given as a line of text, read and evaluated by the library (docs/intersect.md): "distance 0 2 - distance 1 2",
"0.5 angle 2 0 1 + 0.5 angle 3 0 1". Atoms are counted from 0. Not a program."""
import ctypes

from picture import ANGSTROM, DEGREE, np
from swarm import mended

import diabolo._library as lib


class Coordinate:
    """Values in Angstrom or degrees; of a model system (one coordinate a particle) in atomic units. periodic: values that differ by 360 degrees
    are the same."""

    def __init__(self, text, shape):
        """shape (A, D): particles and coordinates a particle."""
        self.text, (natom, dimension) = " ".join(text.split()), shape
        self.molecule = lib.Molecule(natom=natom, dimension=dimension, ncart=natom * dimension)
        angle, periodic = ctypes.c_bool(), ctypes.c_bool()
        self.flags = angle, periodic
        self.values(np.zeros((0, natom, dimension)))
        self.angular, self.periodic = angle.value, periodic.value
        self.unit = "deg" if self.angular else "a.u." if dimension == 1 else "Å"

    def values(self, R):
        """Of geometries (..., A, D) in bohr: (...)."""
        R = np.ascontiguousarray(R, float)
        values = np.empty(R.shape[:-2])
        real = lambda a: a.ctypes.data_as(lib.Real)
        mended(lib.call, "dia_coordinate_values", self.text.encode(), ctypes.byref(self.molecule), values.size, real(R), real(values),
               *map(ctypes.byref, self.flags))
        return values * (DEGREE if self.flags[0].value else 1.0 if self.molecule.dimension == 1 else ANGSTROM)

    @property
    def label(self):
        return f"{self.text} / {self.unit}"
