# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays as a data set for `diabolo train` (include/diabolo/dataset.h)."""
from __future__ import annotations

import ctypes as c
import os
import typing

import numpy as np

from . import _library as lib
from ._array import ArrayLike, Path
from .calls import _call

UNITS = ("length", "energy", "gradient", "coupling", "dipole")


def _array(name, values, shape, kind=float):
    array = np.ascontiguousarray(values, kind)
    if array.shape != shape:
        raise lib.InputError(f"{name} has the shape {array.shape}; expected {shape}")
    return array


def write_dataset(path: Path, numbers: ArrayLike, positions: ArrayLike, energies: ArrayLike, gradients: typing.Optional[ArrayLike] = None,
                  couplings: typing.Optional[ArrayLike] = None, dipoles: typing.Optional[ArrayLike] = None, *, units: typing.Mapping[str, str], group: typing.Optional[typing.Sequence[object]] = None,
                  level_of_theory: typing.Optional[str] = None, replace: bool = False) -> None:
    """Writes ab initio data of one molecule as a data set (HDF5, docs/input-format.md) that `diabolo train` reads.

    numbers (natom): atomic numbers; positions (npoint, natom, 3); energies (npoint, nstate); gradients (npoint, nstate, natom, 3), slopes, not
    forces; couplings (npoint, npair, natom, 3) of the pairs (0,1), (0,2), (1,2), (0,3), ... dipoles (npoint, nstate, nstate, 3), symmetric
    in the states, with the signs of the couplings. NaN is what is missing. group: a name or number a
    point; points of one trajectory or scan share it.
    units: a dictionary, {"length": "Angstrom", "energy": "eV", "gradient": "eV/Angstrom", "coupling": "1/Angstrom", "dipole": "debye"}; what is given must have
    its unit. Couplings in an energy per length are h_ij = <i|dH/dR|j>, in 1/length derivative couplings d_ij = h_ij/(E_j - E_i).

    States are put in the order of their energies. What is doubtful is a DiaboloWarning. replace: a file that is there already."""
    unknown = set(units) - set(UNITS)
    if unknown:
        raise lib.InputError(f"units: no quantity '{sorted(unknown)[0]}'; there are {', '.join(UNITS)}")
    energies = np.ascontiguousarray(energies, float)
    if energies.ndim != 2:
        raise lib.InputError(f"energies has the shape {energies.shape}; expected (npoint, nstate)")
    npoint, nstate = energies.shape
    numbers = np.ascontiguousarray(numbers, np.intc)
    natom = numbers.size
    vectors = (natom, 3)
    kept = [_array("numbers", numbers, (natom,), np.intc), _array("positions", positions, (npoint, *vectors)), energies]
    made = lib.DatasetArrays(npoint=npoint, natom=natom, nstate=nstate, numbers=kept[0].ctypes.data_as(lib.Integer),
                             positions=kept[1].ctypes.data_as(lib.Real), energies=energies.ctypes.data_as(lib.Real))
    for name, values, rows in (("gradients", gradients, nstate), ("couplings", couplings, nstate * (nstate - 1) // 2)):
        if values is not None:
            kept.append(_array(name, values, (npoint, rows, *vectors)))
            setattr(made, name, kept[-1].ctypes.data_as(lib.Real))
    if dipoles is not None:
        kept.append(_array("dipoles", dipoles, (npoint, nstate, nstate, 3)))
        made.dipoles = kept[-1].ctypes.data_as(lib.Real)
    if group is not None:
        names = [str(name).encode() for name in group]
        if len(names) != npoint:
            raise lib.InputError(f"group has {len(names)} entries; expected one for each of {npoint} points")
        made.group = (c.c_char_p * npoint)(*names)
    for name in UNITS:
        setattr(made, f"{name}_unit", None if units.get(name) is None else units[name].encode())
    made.level_of_theory = None if level_of_theory is None else level_of_theory.encode()
    _call("dia_dataset_write_arrays", (os.fsencode(path), c.byref(made), replace), (), None, False)
