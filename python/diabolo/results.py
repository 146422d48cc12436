# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model is asked for, as values: arrays with their shapes and units. n states, A atoms, D coordinates an atom."""
from __future__ import annotations

import dataclasses
import typing

import numpy as np

from ._array import Array, ArrayLike, told


class _Told:
    def __repr__(self) -> str:
        return told(self)


def pairs(states: int) -> typing.List[typing.Tuple[int, int]]:
    """Pairs of states in the order of couplings: (0,1), (0,2), (1,2), (0,3), ..."""
    return [(i, j) for j in range(states) for i in range(j)]


@dataclasses.dataclass(frozen=True, repr=False)
class Evaluation(_Told):
    """A model at one geometry, or at a batch (all arrays with a leading axis B). n states, A atoms, D coordinates an atom."""

    R: Array  # (A, D) bohr
    hamiltonian: Array  # (n, n) hartree, diabatic
    energies: Array  # (n) hartree, ascending
    vectors: Array  # (n, n): column k is adiabatic state k in the diabatic basis
    gradients: Array  # (k, A, D) hartree/bohr, of the states asked for
    couplings: Array  # (p, A, D) hartree/bohr: h_ij = <i|dH/dR|j> of the pairs asked for


@dataclasses.dataclass(frozen=True, repr=False)
class SearchResult(_Told):
    """Where a search ended. If it did not converge: the best point met, and `why`."""

    R: Array  # (A, D) bohr
    converged: bool
    iterations: int
    energy: float  # hartree: mean of the states' energies
    gap: float  # hartree: largest minus smallest of them
    gradient: float  # hartree/bohr: largest component of the mean gradient along the seam
    why: str


@dataclasses.dataclass(frozen=True, repr=False)
class SeamModes(_Told):
    """Curvature at a stationary point, within the seam."""

    frequency: Array  # (m) hartree, ascending; imaginary ones negative
    vector: Array  # (m, A, D) mass-weighted, orthonormal
    negative: int  # how many are imaginary: 0 a minimum, 1 a first-order saddle


@dataclasses.dataclass(frozen=True, repr=False)
class BranchingPlane(_Told):
    """Branching plane and shape of the double cone of states lower, lower+1: Fdez. Galvan et al., J. Chem. Theory Comput. 12, 3636
    (2016). Vectors (A, D)."""

    g: Array  # hartree/bohr: (grad E_B - grad E_A)/2
    h: Array  # hartree/bohr: <A|dH/dR|B>
    x: Array  # unit vectors of the plane, the steeper direction first
    y: Array  # as x: orthonormal to it
    s: Array  # hartree/bohr: (grad E_A + grad E_B)/2
    pitch: float  # hartree/bohr
    asymmetry: float
    tilt: float
    heading: float  # radians
    P: float  # < 1 peaked, > 1 sloped
    B: float  # < 1 bifurcating, > 1 single-path; NaN in three directions
    directions: int  # independent vectors along which the states part: 2; of a complex H 3, or fewer
    h_imaginary: Array  # hartree/bohr: imaginary part of <A|dH/dR|B>, of a complex H
    z: Array  # as x, the third direction, orthonormal to both; 0 where there are not three

    @property
    def peaked(self) -> bool:
        """Is the intersection the lowest point around it?"""
        return self.P < 1

    @property
    def bifurcating(self) -> bool:
        """Does the lower cone fall in two directions?"""
        return self.B < 1

    def cone(self, x: ArrayLike, y: ArrayLike) -> typing.Tuple[Array, Array]:
        """The two energies (hartree, above the intersection) to first order at displacements x, y (bohr) in the plane: (lower,
        upper), of the shape of x."""
        r, theta = np.hypot(x, y), np.arctan2(y, x)
        mean = self.tilt * np.cos(theta - self.heading)
        split = np.sqrt(1 + self.asymmetry * np.cos(2 * theta))
        return self.pitch * r * (mean - split), self.pitch * r * (mean + split)
