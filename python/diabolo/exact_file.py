# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of `diabolo exact` (docs/exact.md) by h5py. Times in fs, everything else atomic. T samples, n states, c coordinates."""
from __future__ import annotations

import ctypes
import functools
import os
import typing

import h5py
import numpy as np

from . import _library as lib
from . import tables
from ._array import Array, Path


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


class Exact:
    """A file of `diabolo exact`: `with diabolo.Exact("exact.h5") as exact:` or without `with`. exact["populations/active"] is the array of any dataset, `in` says whether there is one; attributes: all the root's."""

    def __init__(self, path: Path) -> None:
        self.path = os.fspath(path)
        if not os.path.exists(self.path):
            raise lib.FileError(f"{self.path}: no such file")
        result = lib.ExactResult()  # the library's reader checks the file
        try:
            lib.call("dia_exact_open", ctypes.byref(result), os.fsencode(self.path))
        finally:
            lib.function("dia_exact_close")(ctypes.byref(result))
        self.file = h5py.File(self.path, "r")

    def close(self) -> None:
        """Closes the file; arrays that were read stay."""
        self.file.close()

    def __enter__(self) -> Exact:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not self.file:
            return f"<diabolo.Exact {self.path}, closed>"
        extent = f"{len(self.time)} samples" if "time" in self else f"{len(self['scattering/energy'])} energies"
        return f"<diabolo.Exact {self.path}: engine {self.attributes['engine']}, {self.states} states, {extent}>"

    def __contains__(self, name: str) -> bool:
        return name in self.file

    def __getitem__(self, name: str) -> Array:
        if name not in self.file:
            raise lib.FileError(f"{self.path}: no dataset '/{name}'; the engine {self.attributes['engine']} does not know it")
        return self.file[name][()]

    def to_pandas(self, table: str = "populations") -> typing.Any:
        """A pandas DataFrame of the populations: one row a time (fs), columns active_S0, ... as those of a swarm."""
        return tables.pandas_of(self, table)

    def to_xarray(self) -> typing.Any:
        """An xarray Dataset: populations over time (fs) and state."""
        return tables.xarray_of(self, ())

    @functools.cached_property
    def attributes(self) -> typing.Dict[str, typing.Any]:
        """The root's attributes (docs/exact.md)."""
        return {name: _text(value) for name, value in self.file.attrs.items()}

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.attributes["states"])

    @functools.cached_property
    def time(self) -> Array:
        """(T) fs: the times of the samples."""
        return self["time"]

    @functools.cached_property
    def populations(self) -> typing.Dict[str, Array]:
        """{"active": (T, n), "electronic": the same, "diabatic": (T, n), "active_error": ...}: what the file has."""
        return {name: self.file["populations"][name][()] for name in self.file["populations"]} if "populations" in self.file else {}

    @functools.cached_property
    def outcomes(self) -> typing.Dict[str, Array]:
        """The last sample's probability in the regions of dynamics.stop, as Swarm.outcomes: a dict from the name of a condition and "inside" to
        an array (n + 1), without unit, by adiabatic state, the last of all states. Empty if there are none."""
        if "outcomes/adiabatic" not in self:
            return {}
        names = [line.partition(":")[0] for line in self.attributes["stop_conditions"].splitlines()] + ["inside"]
        last = self["outcomes/adiabatic"][-1]
        return dict(zip(names, np.column_stack([last, last.sum(axis=1)])))

    @functools.cached_property
    def density(self) -> Array:
        """(T, n, n) complex: the reduced density matrix in the diabatic basis."""
        return self["density"] @ np.array([1, 1j])

    @functools.cached_property
    def autocorrelation(self) -> typing.Tuple[Array, Array]:
        """(K) times in fs, (K) complex."""
        return self["autocorrelation/time"], self["autocorrelation/value"] @ np.array([1, 1j])

    @functools.cached_property
    def convergence(self) -> typing.Dict[str, float]:
        """{"step halved": largest change of a population, ...}; empty if it was not tested."""
        if "convergence/what" not in self:
            return {}
        return {_text(word): float(change) for word, change in zip(self["convergence/what"], self["convergence/change"])}
