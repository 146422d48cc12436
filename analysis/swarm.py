# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture scripts share: opening a swarm file (layout: docs/swarm-file.md), colours, saving. Not a program."""
import argparse
import pathlib
import sys

try:
    import h5py
    import matplotlib
    import numpy as np
except ImportError as missing:
    sys.exit(f"{sys.argv[0]}: this Python ({sys.executable}) has no module '{missing.name}'.\n"
             "On Debian or Ubuntu: apt install python3-numpy python3-h5py python3-matplotlib,\n"
             f"then run it with the system's Python: /usr/bin/python3 {' '.join(sys.argv)}")

matplotlib.use("Agg")  # no display needed
import matplotlib.pyplot as plt  # noqa: E402

EV = 27.211386245988  # eV per hartree, CODATA 2018

# Okabe and Ito's palette: told apart with every kind of colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

plt.rcParams.update({
    "font.size": 10, "axes.labelsize": 11, "axes.titlesize": 11, "axes.titlelocation": "left", "legend.fontsize": 9,
    "legend.frameon": False, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "lines.solid_capstyle": "round", "hatch.linewidth": 0.6, "figure.constrained_layout.use": True, "savefig.dpi": 200,
    "pdf.fonttype": 42, "svg.fonttype": "none"})


class Mistake(Exception):
    """Something the user can mend: printed without a traceback, exit status 2."""


def colour(state):
    return COLOURS[state % len(COLOURS)]


def parser(doc, suffix):
    """The options all scripts have; `suffix` makes the default name of the picture."""
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("swarm", metavar="SWARM.h5", help="swarm file written by 'diabolo run'")
    p.add_argument("-o", "--output", metavar="PICTURE", help="where to; .png, .pdf or .svg, by the ending "
                   f"(default: SWARM_{suffix}.png in this folder)")
    p.set_defaults(suffix=suffix)
    return p


class Swarm:
    """An open swarm file whose datasets are read when asked for: swarm["hops/gap"]."""

    def __init__(self, path):
        self.path = path
        if not pathlib.Path(path).exists():
            raise Mistake(f"{path}: no such file")
        try:
            self.file = h5py.File(path, "r")
        except OSError as reason:
            raise Mistake(f"{path}: not an HDF5 file, truncated, or still being written ({reason})") from None
        kind = self.attribute("format", "nothing")
        if kind != "diabolo-swarm":
            raise Mistake(f"{path}: not a swarm file: its format is '{kind}', expected 'diabolo-swarm'")
        if int(self.attribute("version", 0)) != 1:
            raise Mistake(f"{path}: version {self.attribute('version', 0)} of the swarm file; these scripts read version 1")
        # The same trajectories count as in the populations: all but those that met NaN (2) or lost their energy (4).
        self.counted = ~np.isin(self["trajectories/fate"], (2, 4))

    def attribute(self, name, default):
        value = self.file.attrs.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def __getitem__(self, name):
        return self.rows(name, slice(None))

    def rows(self, name, which):
        if name not in self.file:
            hint = (" (it is written unless the input says output.trajectories: false)"
                    if name in ("trajectories/energies", "trajectories/amplitudes") else "")
            raise Mistake(f"{self.path}: no dataset '/{name}'{hint}")
        try:
            return self.file[name][which]
        except OSError as reason:
            raise Mistake(f"{self.path}: dataset '/{name}' cannot be read, the file is damaged ({reason})") from None

    def row(self, number):
        """Row of the trajectory with this number."""
        numbers = self["trajectories/number"]
        found = np.flatnonzero(numbers == number)
        if len(found) == 0:
            raise Mistake(f"{self.path}: no trajectory {number}; their numbers go from {numbers.min()} to {numbers.max()}")
        return int(found[0])

    @property
    def states(self):
        return self["populations/active"].shape[1]


def save(figure, options):
    """Writes the picture and says where."""
    output = options.output or f"{pathlib.Path(options.swarm).stem}_{options.suffix}.png"
    ending = pathlib.Path(output).suffix.lower()
    if ending not in (".png", ".pdf", ".svg"):
        raise Mistake(f"{output}: the picture's name must end in .png, .pdf or .svg")
    # No date in the file: the same swarm gives the same picture.
    metadata = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(ending)
    try:
        figure.savefig(output, metadata=metadata)
    except OSError as reason:
        raise Mistake(f"{output}: cannot be written ({reason.strerror})") from None
    print(output)


def run(main):
    try:
        main()
    except Mistake as mistake:
        print(f"{pathlib.Path(sys.argv[0]).name}: {mistake}", file=sys.stderr)
        sys.exit(2)
