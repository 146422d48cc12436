# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture scripts share: opening Diabolo's HDF5 files (swarm files: docs/swarm-file.md). Not a program."""
import argparse
import pathlib

from picture import Mistake, h5py, np, state_of  # first: says which modules are missing

import diabolo
from diabolo.swarm import fate_text  # noqa: F401

# Formats: their names in messages, and what writes them.
KINDS = {"diabolo-swarm": ("swarm file", "diabolo run"), "diabolo-model": ("model file", "diabolo train"),
         "diabolo-dataset": ("dataset file", "you"), "diabolo-intersections": ("file of intersections", "diabolo intersect"),
         "diabolo-exact": ("file of exact dynamics", "diabolo exact"), "diabolo-mechanism": ("mechanism file", "diabolo mechanism"), "diabolo-training": ("checkpoint of a training", "diabolo train")}
NEWEST = {"diabolo-model": 3}  # newest version that these scripts know, if not 1
HINTS = {name: " (it is written unless the input says output.trajectories: false)"
         for name in ("trajectories/energies", "trajectories/amplitudes", "trajectories/position", "trajectories/velocity")}


def text_of(value):
    return value.decode() if isinstance(value, bytes) else value


def mended(function, *arguments, **more):
    """Calls a function of the package; an error it reports is shown as a mistake of the user."""
    try:
        return function(*arguments, **more)
    except diabolo.Error as reason:
        raise Mistake(f"{reason}") from None


def open_h5(path):
    if not pathlib.Path(path).exists():
        raise Mistake(f"{path}: no such file")
    try:
        return h5py.File(path, "r")
    except OSError as reason:
        raise Mistake(f"{path}: not an HDF5 file, truncated, or still being written ({reason})") from None


def format_of(path):
    """The root attribute `format` of an HDF5 file."""
    with open_h5(path) as file:
        return text_of(file.attrs.get("format", "nothing"))


def is_format(path, form):
    """Is there an HDF5 file of this format?"""
    try:
        with h5py.File(path, "r") as file:
            return text_of(file.attrs.get("format", "")) == form
    except (OSError, ValueError):
        return False


def check_state(state, states, path):
    if not 0 <= state < states:
        raise Mistake(f"{path}: no state S{state}; they go from S0 to S{states - 1}")
    return state


def direction_of(text):
    """(1, 0) from 'S1-S0', 'S1>S0', '1-0'."""
    words = text.replace("->", ">").replace("-", ">").split(">")
    try:
        start, to = map(state_of, words)
    except (argparse.ArgumentTypeError, ValueError):
        raise Mistake(f"--hops {text}: expected two states, as in S1-S0") from None
    return start, to


class Store:
    """An open file of one format whose datasets are read when asked for: store["hops/gap"]."""

    def __init__(self, path, form):
        self.path, self.file = path, open_h5(path)
        kind, (name, by) = self.attribute("format", "nothing"), KINDS[form]
        if kind != form:
            found = f", a {KINDS[kind][0]}" if kind in KINDS else ""
            raise Mistake(f"{path}: not a {name}: its format is '{kind[:80]}'{found}; expected '{form}', as written by '{by}'")
        found, newest = self.attribute("version", 0), NEWEST.get(form, 1)
        if not 1 <= int(found) <= newest:
            raise Mistake(f"{path}: version {found} of the {name}; these scripts read version {newest}" + (" and older ones" if newest > 1 else ""))

    def attribute(self, name, default=None):
        return text_of(self.file.attrs.get(name, default))

    def __contains__(self, name):
        return name in self.file

    def __getitem__(self, name):
        return self.rows(name, slice(None))

    def texts(self, name):
        return [text_of(word) for word in self[name]]

    def rows(self, name, which):
        if name not in self.file:
            raise Mistake(f"{self.path}: no dataset '/{name}'{HINTS.get(name, '')}")
        try:
            return self.file[name][which]
        except OSError as reason:
            raise Mistake(f"{self.path}: dataset '/{name}' cannot be read, the file is damaged ({reason})") from None


class Swarm(Store):
    """A swarm file, checked by the package diabolo."""

    def __init__(self, path):
        super().__init__(path, "diabolo-swarm")
        self.checked = mended(diabolo.Swarm, path)
        self.states = self.checked.states

    def rows(self, name, which):
        return mended(self.checked._read, name, () if isinstance(which, slice) and which == slice(None) else which) if name in self else super().rows(name, which)

    def row(self, number):
        """Row of the trajectory with this number."""
        return mended(self.checked.row, number)

    @property
    def counted(self):
        """(N) the trajectories that count in the populations."""
        return self.checked.counted

    @property
    def by_amplitudes(self):
        """Are the populations of the method those of its amplitudes?"""
        return self.checked.by_amplitudes

    @property
    def weights(self):
        """(N) statistical weights, 0 for those that do not count."""
        return np.where(self.counted, self["initial/weight"], 0.0)

    def check_state(self, state):
        return check_state(state, self.states, self.path)
