# SPDX-License-Identifier: GPL-3.0-or-later
"""Swarm files (docs/swarm-file.md) by h5py: nothing is read before it is asked for. Units as in the file: times in fs, everything
else atomic. N trajectories, T samples, n states, A atoms, D coordinates an atom, K attempted hops."""
from __future__ import annotations

import ctypes
import functools
import os
import typing
import weakref

import h5py
import numpy as np

from . import _library as lib
from . import tables
from ._array import Array, Path
from ._need import need

FORMAT, VERSION = "diabolo-swarm", 1


def fate_text(fate: int) -> str:
    """What became of a trajectory, in words: fate_text(3) is "dissociated"."""
    return lib.function("dia_fate_text")(int(fate)).decode()


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


class Swarm:
    """A swarm file: `with diabolo.Swarm("swarm.h5") as swarm:` or without `with`.

    Opening checks the file as the program does (docs/swarm-file.md), a large array is checked when it is first read. swarm["hops/gap"]
    is the array of any dataset (whole), swarm.dataset("trajectories/position") the h5py dataset, of which a slice reads only its part,
    unchecked; swarm.unit("hops/gap") its unit; swarm.attributes all the root's attributes.
    """

    def __init__(self, path: Path) -> None:
        self.path = os.fspath(path)
        if not os.path.exists(self.path):
            raise lib.FileError(f"{self.path}: no such file")
        try:
            self.file = h5py.File(self.path, "r")
        except OSError as reason:
            raise lib.FileError(f"{self.path}: not an HDF5 file, truncated, or still being written ({reason})") from None
        found, version = _text(self.file.attrs.get("format", "nothing")), int(self.file.attrs.get("version", 0))
        if found != FORMAT or version != VERSION:
            self.file.close()
            what = f"its format is '{found[:80]}', expected '{FORMAT}'" if found != FORMAT else \
                f"its version is {version}, this package reads version {VERSION}"
            raise lib.FileError(f"{self.path}: not a swarm file that can be read: {what}")
        self._checked: typing.Set[str] = set()
        self._handle = ctypes.c_void_p()
        try:  # the library's reader checks all but the large arrays
            lib.call("dia_swarm_open", ctypes.byref(self._handle), os.fsencode(self.path))
        except Exception:
            self.file.close()
            raise
        self._close = weakref.finalize(self, lib.function("dia_swarm_close"), self._handle)

    def close(self) -> None:
        """Closes the file; arrays that were read stay."""
        self._close()
        self.file.close()

    def __enter__(self) -> Swarm:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.dataset("trajectories/number"))

    def __repr__(self) -> str:
        if not self.file:
            return f"<diabolo.Swarm {self.path}, closed>"
        method, model = self.attributes.get("method", "?"), self.attributes.get("model_type", "?")
        return (f"<diabolo.Swarm {self.path}: {len(self)} trajectories, {self.states} states, {len(self.time)} samples to {self.time[-1]:g} fs, "
                f"{len(self.dataset('hops/time'))} attempted hops, {method} on {model}>")

    # ---- anything in the file ----------------------------------------------------------------------------------------------
    def dataset(self, name: str) -> h5py.Dataset:
        """The h5py dataset, unread: a slice of it reads only its part, unchecked."""
        if name not in self.file:
            hint = ("; it is written unless the input says output.trajectories: false"
                    if name in ("trajectories/" + x for x in ("energies", "amplitudes", "position", "velocity")) else "")
            raise lib.FileError(f"{self.path}: no dataset '/{name}'{hint}")
        return self.file[name]

    def _check(self, name, which):
        """Large arrays are checked by the library before they are first used: the row that is asked for, or all."""
        if name in self._checked or not self._close.alive or not lib.function("dia_swarm_row_size")(self._handle, name.encode()):
            return
        rows = self.file[name].shape[0]
        one = isinstance(which, (int, np.integer)) and -rows <= which < rows
        lib.call("dia_swarm_check", self._handle, name.encode(), which % rows if one else 0, 1 if one else rows)
        if not one:
            self._checked.add(name)

    def _read(self, name, which=()):
        try:
            dataset = self.dataset(name)
            self._check(name, which)
            return dataset[which]
        except (OSError, RuntimeError) as reason:
            if isinstance(reason, lib.Error):
                raise
            raise lib.FileError(f"{self.path}: dataset '/{name}' cannot be read, the file is damaged ({reason})") from None

    def __getitem__(self, name: str) -> Array:
        return self._read(name)

    def __contains__(self, name: str) -> bool:
        return name in self.file

    def unit(self, name: str) -> str:
        """The unit of a dataset, "1" if it has none."""
        return _text(self.dataset(name).attrs.get("unit", "1"))

    @functools.cached_property
    def attributes(self) -> typing.Dict[str, typing.Any]:
        """The root's attributes: input, model, version, seed, ... (docs/swarm-file.md)."""
        return {name: _text(value) for name, value in self.file.attrs.items()}

    # ---- as tables -----------------------------------------------------------------------------------------------------------
    def to_pandas(self, table: str = "populations") -> typing.Any:
        """A pandas DataFrame. "populations": one row a time (fs), columns active_S0, active_error_S0, electronic_S0, ...; "hops": one row an
        attempted hop; "trajectories": one row a trajectory, by its number. Units as in the arrays of the same names, also in frame.attrs["units"]."""
        return tables.pandas_of(self, table)

    def to_xarray(self, *arrays: str) -> typing.Any:
        """An xarray Dataset: populations over time (fs) and state, each array with its unit; and of those named, such as "energies",
        "position", over trajectory (its number), time, ..."""
        return tables.xarray_of(self, arrays)

    # ---- the usual ---------------------------------------------------------------------------------------------------------
    @functools.cached_property
    def time(self) -> Array:
        """(T) fs: the times of the samples."""
        return self["time"]

    @functools.cached_property
    def numbers(self) -> Array:
        """(A) atomic numbers; 0: an abstract particle."""
        return self["molecule/numbers"]

    @functools.cached_property
    def masses(self) -> Array:
        """(A) electron masses."""
        return self["molecule/masses"]

    @functools.cached_property
    def reference(self) -> Array:
        """(A, D) bohr."""
        return self["molecule/reference"]

    @property
    def states(self) -> int:
        """Number of states."""
        return self.dataset("populations/active").shape[1]

    def _table(self, columns):
        """A structured array with one field a column: {name: (rows, ...)}."""
        rows = len(next(iter(columns.values())))
        table = np.empty(rows, dtype=[(name, a.dtype, a.shape[1:]) for name, a in columns.items()])
        for name, array in columns.items():
            table[name] = array
        return table

    @functools.cached_property
    def populations(self) -> Array:
        """(T) with fields time (fs), active, electronic, diabatic (n each), active_error, electronic_error, diabatic_error: one
        standard error."""
        names = [kind + error for kind in ("active", "electronic", "diabatic") for error in ("", "_error")]
        return self._table({"time": self.time, **{name: self[f"populations/{name}"] for name in names}})

    @property
    def population_scale(self) -> typing.Optional[float]:
        """s, if the populations of the method are those of its amplitudes, 1/n + s (|c|^2 - 1/n) ("electronic", "diabatic"; ehrenfest,
        mash_multistate, spin_mapping); None, if they are shares of active states ("active") or are by windows (sqc)."""
        rule, begin = self.attributes.get("populations", "active"), "amplitudes, scale "
        return float(rule[len(begin):].partition(",")[0]) if rule.startswith(begin) else None

    @property
    def by_amplitudes(self) -> bool:
        """Are the populations of the method those of its amplitudes, "electronic" and "diabatic"? Else they are shares of active states."""
        return self.attributes.get("populations", "active").startswith("amplitudes")

    def contributions(self, amplitudes: typing.Any, rows: typing.Any = slice(None)) -> Array:
        """What trajectories contribute to the populations of a method whose populations are those of amplitudes (N, ..., n, 2), or complex
        (N, ..., n), of these rows: shape (N, ..., n). With the weights w of the trajectories populations are sum w x_k / sum w (x_0 + ... +
        x_(n-1)), in the adiabatic or any other basis that the amplitudes belong to."""
        c = np.asarray(amplitudes)
        squares = abs(c.astype(complex)) ** 2 if np.iscomplexobj(c) else (c.astype(float) ** 2).sum(axis=-1)
        if self.population_scale is None:
            return ((squares >= 1) & ((squares >= 1).sum(axis=-1, keepdims=True) == 1)).astype(float)
        p = 1 / self.states + self.population_scale * (squares - 1 / self.states)
        if "initial/start_weight" in self:
            p = p * self["initial/start_weight"][rows].reshape((-1,) + (1,) * (p.ndim - 1))
        return p

    @functools.cached_property
    def trajectories(self) -> Array:
        """(N) with fields number, fate (see fate_text), end (fs), drift (hartree), initial_state, weight: one row a trajectory."""
        columns = {name: self[f"trajectories/{name}"] for name in ("number", "fate", "end", "drift")}
        return self._table({**columns, "initial_state": self["initial/state"], "weight": self["initial/weight"]})

    @functools.cached_property
    def hops(self) -> Array:
        """(K) with the datasets of /hops as fields: trajectory (its number), time (fs), from, to, accepted, gap, kinetic_before,
        kinetic_after (hartree), with light work (hartree: what it paid of the gap), position (A, D), ..."""
        group = self.dataset("hops")
        first = ["trajectory", "time", "from", "to", "accepted", "gap", "kinetic_before", "kinetic_after", "work"]
        names = [n for n in first if n in group] + [n for n in group if n not in first and len(group[n]) == len(group["time"])]
        return self._table({name: self[f"hops/{name}"] for name in names})

    @functools.cached_property
    def counted(self) -> Array:
        """(N) booleans: which trajectories count in the populations: all but those that met NaN or lost their energy."""
        return np.array([lib.function("dia_fate_counts")(int(fate)) for fate in self["trajectories/fate"]], bool)

    @functools.cached_property
    def outcomes(self) -> typing.Dict[str, Array]:
        """How the trajectories that count ended, by the conditions of dynamics.stop: a dict from the name of a condition, "inside" (none
        was met) and "dissociated" to an array (n + 1), without unit, of their shares (of the weights) by active state at the end, the last of all states.
        Where the method's populations are those of amplitudes (by_amplitudes), these at the end take the place of active states; NaN if
        the file has no amplitudes. Empty if the swarm has no conditions."""
        if "trajectories/stop" not in self:
            return {}
        lines = self.attributes["stop_conditions"].splitlines()
        names = [line.partition(":")[0] for line in lines] + ["inside", "dissociated"]
        word = lib.function("dia_fate_word")
        fates = {word(f).decode(): f for f in range(16)}
        stop, fate = self["trajectories/stop"], self["trajectories/fate"]
        channel = np.where(stop >= 0, stop, len(lines) + (fate == fates["dissociated"]))
        weight, last = self["initial/weight"] * self.counted, self["trajectories/active"][:, -1]
        shares = np.zeros((len(names), self.states + 1))
        np.add.at(shares[:, -1], channel, weight)
        whole = weight.sum()
        if not self.by_amplitudes:
            np.add.at(shares, (channel, last), weight)
        elif "trajectories/amplitudes" in self:
            p = self.contributions(self.dataset("trajectories/amplitudes")[:, -1])
            np.add.at(shares[:, :-1], channel, weight[:, None] * p)
            if self.population_scale is None or "initial/start_weight" in self:  # ratios
                shares[:, -1], whole = shares[:, :-1].sum(axis=1), shares[:, :-1].sum()
        else:
            shares[:, :-1] = np.nan
        found = dict(zip(names, shares / whole))
        if not np.any(found["dissociated"]):
            del found["dissociated"]
        return found

    def row(self, number: int) -> int:
        """Row of the trajectory with this number."""
        numbers = self.trajectories["number"]
        found = np.flatnonzero(numbers == number)
        if len(found) == 0:
            held = f"{numbers.min()} to {numbers.max()}" if len(numbers) else "none"
            raise lib.InputError(f"{self.path}: no trajectory {number}; it holds {held}")
        return int(found[0])

    def trajectory(self, number: int) -> Trajectory:
        """One trajectory, by its number: a Trajectory."""
        return Trajectory(self, number)

    def __iter__(self) -> typing.Iterator[Trajectory]:
        return (Trajectory(self, number) for number in self.trajectories["number"])

    def atoms(self, number: int, every: int = 1) -> typing.List[typing.Any]:
        """A trajectory as a list of ASE Atoms, one for every `every`-th sample: see Trajectory.atoms."""
        return self.trajectory(number).atoms(every)


class Trajectory:
    """One trajectory of a swarm; arrays are read when asked for: active (T), potential, kinetic, total, work (T) hartree, energies
    (T, n) hartree, amplitudes (T, n) complex, position (T, A, D) bohr, velocity (T, A, D) atomic units."""

    _arrays = ("active", "potential", "kinetic", "energies", "amplitudes", "position", "velocity")

    def __init__(self, swarm: Swarm, number: int) -> None:
        self.swarm, self.number = swarm, int(number)
        self.index = swarm.row(number)  # of the arrays (N, ...)
        info = swarm.trajectories[self.index]
        self.fate, self.end, self.drift = int(info["fate"]), float(info["end"]), float(info["drift"])
        self.initial_state, self.weight = int(info["initial_state"]), float(info["weight"])
        self.time = swarm.time

    def __getattr__(self, name: str) -> Array:  # only called for what is not there yet
        if name not in self._arrays:
            raise AttributeError(f"a trajectory has no '{name}'; its arrays are {', '.join(self._arrays)}, total and work")
        values = self.swarm._read(f"trajectories/{name}", self.index)
        if name == "amplitudes":
            values = values[..., 0] + 1j * values[..., 1]
        setattr(self, name, values)
        return values

    def __repr__(self) -> str:
        return f"<diabolo.Trajectory {self.number} of {self.swarm.path}: {fate_text(self.fate)} at {self.end:g} fs, {len(self.hops)} attempted hops, from S{self.initial_state}>"

    @property
    def work(self) -> Array:
        """(T) hartree: done by light on the trajectory since its start; 0 without light."""
        return self.swarm._read("trajectories/work", self.index) if "trajectories/work" in self.swarm else np.zeros(len(self.time))

    @property
    def total(self) -> Array:
        """(T) hartree: potential and kinetic energy less the work of light, which dynamics keeps."""
        return self.potential + self.kinetic - self.work

    @property
    def hops(self) -> Array:
        """(k) rows of swarm.hops that are its own."""
        return self.swarm.hops[self.swarm.hops["trajectory"] == self.number]

    def atoms(self, every: int = 1) -> typing.List[typing.Any]:
        """A list of ASE Atoms: positions (Angstrom), velocities and the model's masses; `info` holds time_fs, state,
        energies_eV, populations; a SinglePointCalculator the energy (eV) of the active state. Samples after the end of a
        trajectory (they repeat the last one) are left out."""
        need("ase")
        from .calculator import atoms_of_trajectory
        return atoms_of_trajectory(self, every)

