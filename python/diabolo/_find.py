# SPDX-License-Identifier: GPL-3.0-or-later
"""Where libdiabolo is: the environment variable DIABOLO_LIBRARY, else the first place of `places` that holds a library of this version."""
from __future__ import annotations

import ctypes as c
import ctypes.util
import os
import pathlib
import shutil
import sys
import typing

from ._version import __version__

BUILT, INSTALLED = "libdiabolo.so", "libdiabolo.so.0"  # in a build folder; in a folder of libraries


class NotFound(Exception):
    """No library, or none that can be loaded."""


class OtherVersion(ImportError):
    """There is a library, but of another version."""


def _checkout() -> typing.Optional[str]:
    """The source tree that `pip install` made this package from."""
    try:
        from ._checkout import CHECKOUT  # type: ignore[import]  # written by python/setup.py
        return str(CHECKOUT)
    except ImportError:
        return None


def _in_prefix(prefix: pathlib.Path) -> typing.Iterator[pathlib.Path]:
    for pattern in (f"lib*/{INSTALLED}", f"lib*/*/{INSTALLED}"):
        yield from sorted(prefix.glob(pattern))


def places() -> typing.Iterator[pathlib.Path]:
    """Files that may be the library, in order of preference: the checkout this package is in or was installed from, the tree it is installed
    in, this Python's, that of the program `diabolo` in the path."""
    here = pathlib.Path(__file__).resolve().parent  # CHECKOUT/python/diabolo or PREFIX/lib/python3.X/site-packages/diabolo
    if (here.parents[1] / "CMakeLists.txt").exists():
        yield here.parents[1] / "build" / BUILT
    checkout = _checkout()
    if checkout is not None:
        yield pathlib.Path(checkout) / "build" / BUILT
    if len(here.parents) > 3:
        yield from _in_prefix(here.parents[3])
    yield from _in_prefix(pathlib.Path(sys.prefix))
    program = shutil.which("diabolo")
    if program is not None:
        folder = pathlib.Path(program).resolve().parent
        yield folder / BUILT
        yield from _in_prefix(folder.parent)


def _load(path: str) -> c.CDLL:
    try:
        # Not RTLD_GLOBAL: else the HDF5 and BLAS of the library would take precedence over those of other Python packages.
        return c.CDLL(path)
    except OSError as reason:
        raise NotFound(f"{path}: not a library that can be loaded ({reason})") from None


def version_of(library: c.CDLL) -> str:
    """What the library says it is."""
    try:
        ask = library.dia_version
    except AttributeError:
        raise NotFound(f"{library._name}: not the library of Diabolo: it has no dia_version") from None
    ask.restype, ask.argtypes = c.c_char_p, []
    return ask().decode()


def _refused(library: c.CDLL, version: str) -> OtherVersion:
    return OtherVersion(f"{library._name} is version {version}, this Python package is version {__version__}: they must be the same. Install both from "
                        "one source tree, or set DIABOLO_LIBRARY to the library that belongs to this package")


def find() -> c.CDLL:
    """The library, loaded. Raises NotFound, or OtherVersion if none of those found is of this version."""
    named = os.environ.get("DIABOLO_LIBRARY")
    if named:
        if not os.path.exists(named):
            raise NotFound(f"$DIABOLO_LIBRARY is '{named}': no such file")
        library = _load(named)
        if version_of(library) != __version__:
            raise _refused(library, version_of(library))
        return library
    tried, refused = list(dict.fromkeys(map(str, places()))), None
    system = ctypes.util.find_library("diabolo")
    for path in [*filter(os.path.exists, tried), *([system] if system else [])]:
        library = _load(path)
        version = version_of(library)
        if version == __version__:
            return library
        refused = refused or _refused(library, version)
    if refused is not None:
        raise refused
    raise NotFound("libdiabolo.so was not found: build it (./run.sh, or cmake --build build), install it, or set DIABOLO_LIBRARY to it. "
                   f"Looked for {', '.join(tried) or 'it beside the package'} and in the system's library path")
