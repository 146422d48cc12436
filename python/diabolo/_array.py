# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of what users hand in and get, and how arrays are told in a repr."""
from __future__ import annotations

import os
import typing

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[typing.Any]  # what comes out; its shape and unit are in the docstring
ArrayLike = npt.ArrayLike  # what goes in
Path = typing.Union[str, "os.PathLike[str]"]
Source = typing.Union[Path, typing.Mapping[str, typing.Any]]  # an input: a dictionary, YAML text, the path of a file
Progress = typing.Union[None, bool, typing.Callable[[str, float, float, str], typing.Any]]


def told(thing: object) -> str:
    """The repr of a dataclass: its arrays by their shapes, numbers by their values; what is None is left out."""
    words = []
    for name in type(thing).__dataclass_fields__:  # type: ignore[attr-defined]
        value = getattr(thing, name)
        if isinstance(value, np.ndarray):
            words.append(f"{name} {value.shape}")
        elif value is not None:
            words.append(f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value!r}")
    return f"<diabolo.{type(thing).__name__}: {', '.join(words)}>"
