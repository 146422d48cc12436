# SPDX-License-Identifier: GPL-3.0-or-later
"""Swarms and exact dynamics as tables of pandas and xarray, which are imported when they are asked for. Units are those of the arrays: fs, else
atomic."""
from __future__ import annotations

import typing

import numpy as np

from . import _library as lib
from ._need import need

TABLES = ("populations", "hops", "trajectories")
_ARRAYS: typing.Dict[str, typing.Tuple[str, ...]] = {  # of /trajectories: axes after the trajectory and the time
    "active": (), "potential": (), "kinetic": (), "work": (), "energies": ("state",), "position": ("atom", "coordinate"), "velocity": ("atom", "coordinate")}


def _populations(source: typing.Any) -> typing.Dict[str, np.ndarray]:
    """{"active": (T, n), "active_error": (T, n), ...} of a Swarm or an Exact."""
    found = source.populations
    names = found.dtype.names if isinstance(found, np.ndarray) else found
    return {name: found[name] for name in names if name != "time"}


def _plain(table: np.ndarray) -> typing.Dict[str, np.ndarray]:
    """The columns of a structured array that hold one number a row."""
    return {name: table[name] for name in table.dtype.names if table[name].ndim == 1}


def pandas_of(source: typing.Any, table: str) -> typing.Any:
    """See Swarm.to_pandas."""
    need("pandas")
    import pandas
    if table not in TABLES or (table != "populations" and not hasattr(source, table)):
        raise lib.InputError(f"there is no table '{table}'; there are {', '.join(t for t in TABLES if hasattr(source, t))}")
    units = {}
    if table == "populations":
        columns = {f"{name}_S{k}": values[:, k] for name, values in _populations(source).items() for k in range(values.shape[1])}
        frame = pandas.DataFrame(columns, index=pandas.Index(source.time, name="time"))
        units["time"] = "fs"
    elif table == "hops":
        frame = pandas.DataFrame(_plain(source.hops))
        units = {name: source.unit(f"hops/{name}") for name in frame.columns}
    else:
        frame = pandas.DataFrame(_plain(source.trajectories)).set_index("number")
        units = {"end": "fs", "drift": "hartree"}
    frame.attrs["units"] = units
    return frame


def xarray_of(source: typing.Any, arrays: typing.Sequence[str]) -> typing.Any:
    """See Swarm.to_xarray."""
    need("xarray")
    import xarray
    unknown = [name for name in arrays if name not in _ARRAYS]
    if unknown:
        raise lib.InputError(f"there is no array '{unknown[0]}'; there are {', '.join(_ARRAYS)}")
    made: typing.Dict[str, typing.Any] = {name: (("time", "state"), values, {"units": "1"}) for name, values in _populations(source).items()}
    axes: typing.Dict[str, typing.Any] = {"time": ("time", source.time, {"units": "fs"}), "state": np.arange(source.states)}
    for name in arrays:
        unit = source.unit(f"trajectories/{name}")
        # `active` is a population already: the state a trajectory is on gets a name of its own
        made["active_state" if name == "active" else name] = (("trajectory", "time", *_ARRAYS[name]), source[f"trajectories/{name}"], {"units": unit})
    if arrays:
        axes["trajectory"] = source.trajectories["number"]
        axes["fate"] = ("trajectory", source.trajectories["fate"])
    if {"position", "velocity"} & set(arrays):
        axes["number"] = ("atom", source.numbers, {"long_name": "atomic number"})
    return xarray.Dataset(made, axes, {name: source.attributes[name] for name in ("model_type", "method", "engine", "program_version", "version")
                                       if name in source.attributes})
