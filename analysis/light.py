# SPDX-License-Identifier: GPL-3.0-or-later
"""What spectrum.py and fluorescence.py share: units of absorption and emission, line shapes, tables. Not a program."""
import argparse
import csv
import json
import os
import re

from picture import EV, Mistake, np

LIGHT = 137.035999084  # speed of light in atomic units (CODATA 2018)
ANGSTROM2 = 0.529177210903**2  # Angstrom^2 per bohr^2
# sigma(E) = ABSORPTION f g(E), g per eV: pi e^2 hbar/(2 m c eps0) = 2 pi^2/c in atomic units (Crespo-Otero, Barbatti, Theor. Chem. Acc. 131, 1237 (2012), eq 3)
ABSORPTION = 2 * np.pi**2 / LIGHT * ANGSTROM2 * EV  # Angstrom^2 eV
EXTINCTION = 6.02214076e23 / (1000 * np.log(10)) * 1e-16  # L/(mol cm) per Angstrom^2: epsilon = N_A sigma/(1000 ln 10), sigma in cm^2
PER_NANOSECOND = 1e6 * 41.341373335182  # 1/ns per inverse atomic unit of time
UNITS = {"eV": 1.0, "meV": 1e-3, "hartree": EV, "Eh": EV, "cm^-1": EV / 219474.6313632}
TIMES = {"fs": 1.0, "ps": 1e3, "as": 1e-3}


def quantity(text, units, what):
    found = re.fullmatch(r"\s*([-+0-9.eE]+)\s*(\S+)?\s*", text)
    try:
        return float(found[1]) * units[found[2] or next(iter(units))]
    except (TypeError, ValueError, KeyError):
        raise argparse.ArgumentTypeError(f"'{text}' is no {what}; expected a number and a unit: {', '.join(units)}") from None


def energy(text):
    """eV, of '0.1 eV', '800 cm^-1' or '0.1'."""
    return quantity(text, UNITS, "energy")


def duration(text):
    """fs, of '50 fs' or '50'."""
    return quantity(text, TIMES, "time")


def add_shape(options):
    options.add_argument("--fwhm", type=energy, default=0.1, metavar="E", help="full width at half maximum of each line (default '0.1 eV')")
    options.add_argument("--shape", choices=("gaussian", "lorentzian"), default="gaussian", help="of each line (default gaussian)")
    options.add_argument("--range", type=energy, nargs=2, metavar=("LOW", "HIGH"), help="energies shown (default: those of the lines)")
    options.add_argument("--step", type=energy, metavar="E", help="from one energy to the next (default: an eighth of the width)")
    options.add_argument("--csv", metavar="FILE", help="write the numbers as a table")
    options.add_argument("--json", metavar="FILE", help="write the numbers as JSON")


def check_shape(options):
    if not options.fwhm > 0 or (options.step is not None and not options.step > 0) or (options.range and not options.range[1] > options.range[0]):
        raise Mistake("--fwhm and --step are energies above 0, --range two of them, the lower first")


def line(distance, fwhm, shape):
    """g(distance) of area 1."""
    if shape == "gaussian":
        s = fwhm / np.sqrt(8 * np.log(2))
        return np.exp(-0.5 * (distance / s)**2) / (s * np.sqrt(2 * np.pi))
    return fwhm / (2 * np.pi) / (distance**2 + fwhm**2 / 4)


def grid(options, lines):
    """The energies, eV, at which something is drawn; lines: all transition energies that count."""
    low, high = options.range or (max(lines.min() - 3 * options.fwhm, 0.0), lines.max() + 3 * options.fwhm)
    return np.arange(low, high + 1e-9, options.step or options.fwhm / 8)


def mean(values, weight, axis=0):
    """Weighted mean over independent samples and its standard error (docs/swarm-file.md, "Means and errors")."""
    w = weight / weight.sum()
    w = w.reshape(w.shape + (1,) * (values.ndim - 1))
    m, n = (w * values).sum(axis=0), np.count_nonzero(weight)
    error = np.sqrt(n / (n - 1) * (w**2 * (values - m)**2).sum(axis=0)) if n > 1 else np.full(m.shape, np.nan)
    return m, error


def strengths(model, R, state):
    """Transition energies (eV) and oscillator strengths (B, n) from `state`."""
    import diabolo
    try:
        found = model.energies(R), model.oscillator_strengths(R, state)
    except diabolo.Error as reason:
        raise Mistake(f"{reason}") from None
    return (found[0] - found[0][:, state, None]) * EV, found[1]


def check_table(path, sources):
    """No table replaces a file that is read, or one of another kind."""
    if path is None or not os.path.exists(path):
        return
    if any(s and os.path.exists(s) and os.path.samefile(path, s) for s in sources):
        raise Mistake(f"{path} is an input of this command; give another name")
    with open(path, "rb") as f:
        if not f.read(200).lstrip().startswith((b'{\n  "diabolo"', b"# diabolo")):
            raise Mistake(f"{path}: is there already and is no table of this command; choose another name, or move it away")


def write_whole(path, text):
    with open(f"{path}.tmp", "w") as f:
        f.write(text)
    os.replace(f"{path}.tmp", path)
    print(path)


def write_json(path, what, content):
    write_whole(path, json.dumps({"diabolo": what, **content}, indent=2, default=lambda x: x.tolist()) + "\n")


def write_csv(path, what, names, columns):
    import io
    room = io.StringIO()
    table = csv.writer(room, lineterminator="\n")
    room.write(f"# diabolo {what}\n")
    table.writerow(names)
    table.writerows([f"{x:.8g}" for x in row] for row in zip(*columns))
    write_whole(path, room.getvalue())
