# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture scripts share: style, colours, options, saving, mistakes. Not a program."""
import argparse
import contextlib
import importlib.util
import io
import os
import pathlib
import re
import sys
import textwrap


def find_package():
    """The package `diabolo`: that of the source tree this script is in, else the installed one, if need be of the tree this script is installed in."""
    root = pathlib.Path(__file__).resolve().parents[1]  # the source tree, or PREFIX/share/diabolo
    if (root / "python" / "diabolo").is_dir():
        sys.path.insert(0, str(root / "python"))
    elif importlib.util.find_spec("diabolo") is None:
        sys.path += map(str, sorted(root.parents[1].glob("lib/python3*/*-packages")))


find_package()
try:
    from diabolo._need import need
    need("h5py", "matplotlib")
except ImportError as missing:
    sys.exit(f"{sys.argv[0]}: {missing}")
import h5py  # noqa: E402, F401
import matplotlib  # noqa: E402
import numpy as np  # noqa: E402

matplotlib.use("Agg")  # no display needed
import matplotlib.pyplot as plt  # noqa: E402

from diabolo import plot  # noqa: E402
from diabolo.plot import COLOURS, DASHED, DOTTED, SHORT, colour, state_name  # noqa: E402, F401

# CODATA 2018, as in docs/units.md
EV = 27.211386245988  # eV per hartree
ANGSTROM = 0.529177210903  # Angstrom per bohr
DEGREE = 180 / np.pi

FORMATS = ("png", "pdf", "svg")
WIDTHS = {"single": 85 / 25.4, "double": 178 / 25.4}  # inches: one and two columns of most journals

plt.rcParams.update(plot.STYLE)


class Mistake(Exception):
    """A mistake the user can correct: printed without a traceback, exit status 2."""


def plural(number, noun):
    return f"{number} {noun}" + ("" if number == 1 else "s")


# ---- options -----------------------------------------------------------------------------------------------------------


def width_of(text):
    """single, double, or a number of inches, centimetres or millimetres."""
    if text in WIDTHS:
        return WIDTHS[text]
    for unit, inches in (("mm", 1 / 25.4), ("cm", 1 / 2.54), ("in", 1.0), ("", 1.0)):
        if text.endswith(unit):
            try:
                width = float(text[:len(text) - len(unit)]) * inches
            except ValueError:
                break
            if 2 <= width <= 20:
                return width
            break
    raise argparse.ArgumentTypeError(f"'{text}' is no width; expected 'single' (85 mm), 'double' (178 mm) or a length from 2 to 20 "
                                     "inches such as '12 cm', '120 mm', '5 in'")


def formats_of(text):
    found = [word.strip().lower().lstrip(".") for word in text.split(",") if word.strip()]
    for word in found:
        if word not in FORMATS:
            raise argparse.ArgumentTypeError(f"'{word}' is no format of pictures; expected png, pdf or svg")
    return found


def state_of(text):
    """'S1', 's1' or '1'."""
    word = text.strip()
    if word[:1] in "Ss":
        word = word[1:]
    if not word.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is no state; expected S0, S1, ... or 0, 1, ...")
    return int(word)


class Parser(argparse.ArgumentParser):
    """Takes several pictures after one -o without swallowing the input file after them: -o a.png b.pdf swarm.h5. A word that begins
    with '-' and a digit is a number, not an option."""

    def parse_known_args(self, args=None, namespace=None):
        given, spread, after = list(sys.argv[1:] if args is None else args), [], False
        for word in given:
            if after and pathlib.Path(word).suffix.lower().lstrip(".") in FORMATS and spread[-1] not in ("-o", "--output"):
                spread.append("-o")
            after = word in ("-o", "--output") or (after and (spread[-1] == "-o" or spread[-1] == "--output"))
            spread.append(word)
        options, rest = super().parse_known_args(spread, namespace)
        options.pictures = outputs(options)  # before anything is computed
        return options, rest


def parser(doc, suffix, what="swarm", metavar="SWARM.h5", text="swarm file written by 'diabolo run'", **many):
    """The options all scripts have. `what` names the input in the options; `suffix` makes the default name of the picture."""
    p = Parser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument(what, metavar=metavar, help=text, **many)
    p.add_argument("-o", "--output", metavar="PICTURE", action="append",
                   help=f"where to; .png, .pdf or .svg, by the ending; several may follow (default: NAME_{suffix}.png in this folder, NAME "
                   "that of the input)")
    p.add_argument("--formats", type=formats_of, metavar="LIST", help="write each of these, such as png,pdf,svg, named like PICTURE")
    p.add_argument("--width", type=width_of, default="double", metavar="W",
                   help="single (85 mm), double (178 mm, the default), or a length such as '12 cm'")
    p.add_argument("--dpi", type=int, default=300, metavar="N", help="dots per inch of a PNG (300)")
    p.set_defaults(suffix=suffix, what=what)
    return p


# ---- drawing -----------------------------------------------------------------------------------------------------------


def narrow(options):
    return options.width < 4.5


def canvas(options, height, rows=1, columns=1, **more):
    """Figure and axes of the width asked for; height in inches at double width. Narrow pictures are less flat, not tiny."""
    tall = height * (0.5 + 0.5 * options.width / WIDTHS["double"]) if options.width < WIDTHS["double"] else height
    return plt.subplots(rows, columns, figsize=(options.width, tall), **more)


def legend(axes, options, handles=None, names=None, columns=3, **more):
    """Beside the axes; above them in a narrow picture."""
    given = () if handles is None else (handles, names)
    if narrow(options):
        more.setdefault("columnspacing", 1.2)
        return axes.legend(*given, loc="lower left", bbox_to_anchor=(0, 1.01), ncol=columns, borderaxespad=0, **more)
    return axes.legend(*given, loc="center left", bbox_to_anchor=(1.01, 0.5), **more)


def legend_above(figure, options, handles, names, columns):
    """One legend over all panels."""
    columns = min(columns, len(names)) if not narrow(options) else min(2, columns, len(names))
    rows = -(-len(names) // columns)
    figure.suptitle("\n".join(" " * rows), fontsize=8.5, linespacing=1.3)  # keeps room
    return figure.legend(handles, names, loc="upper center", ncol=columns, borderaxespad=0.2, columnspacing=1.4)


def wide_range(values):
    """Do these positive numbers span such a range that a linear axis would hide the small ones?"""
    values = np.asarray(values)[np.isfinite(values)]
    return values.size > 0 and values.max() > 20 * max(values.min(), 0.0)


def gap_axis(axes, gaps):
    """An axis of energy gaps in eV that shows small ones beside large: logarithmic if they span a factor of 20, down to 0.1 meV at most."""
    low = np.nanmin(gaps) if np.isfinite(gaps).any() else 0.0
    axes.set_ylabel("gap / eV")
    if wide_range(gaps):
        axes.set(yscale="log", ylim=(max(0.7 * low, 1e-4), 1.5 * np.nanmax(gaps)))
    else:
        axes.set_ylim(bottom=0)


def note(figure, options, text):
    """A small remark below everything."""
    figure.supxlabel("\n".join(textwrap.wrap(text, int(17 * options.width))), fontsize=7, color="0.35")


def number(value, digits=3):
    """'0.0123', '12.3', '123', '1.2e-07': that many significant digits, as people write them."""
    if value is None or not np.isfinite(value):
        return "?"
    if value != 0 and not 1e-4 <= abs(value) < 1e5:
        return f"{value:.{digits - 1}e}"
    places = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0) if value != 0 else 0
    return f"{value:.{places}f}"


# ---- saving ------------------------------------------------------------------------------------------------------------


def outputs(options):
    """The pictures' names, checked."""
    first = getattr(options, options.what)
    first = first[0] if isinstance(first, list) else first
    names = options.output or [f"{pathlib.Path(first).stem}_{options.suffix}" + ("" if options.formats else ".png")]
    if options.formats:
        stems = [name[:-4] if name[-4:].lower().lstrip(".") in FORMATS else name for name in names]
        names = [f"{stem}.{ending}" for stem in stems for ending in options.formats]
    for name in names:
        check_output(name, options)
    return names


def is_picture(path):
    """Does this file hold a picture of one of our formats? Nothing is lost by replacing an empty one."""
    with open(path, "rb") as file:
        head = file.read(1000)
    return not head or head.startswith((b"\x89PNG\r\n\x1a\n", b"%PDF-")) or b"<svg" in head


def check_output(name, options):
    """No picture replaces a file that is read, or one that is no picture."""
    path = pathlib.Path(name)
    if path.suffix.lower().lstrip(".") not in FORMATS:
        raise Mistake(f"{name}: the picture's name must end in .png, .pdf or .svg")
    given = [word for value in vars(options).values() for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)]
    try:
        inputs = [word for word in given if word not in (options.output or ()) and os.path.exists(word)]
        if any(os.path.samefile(found, word) for found in (name, f"{name}.tmp") if os.path.exists(found) for word in inputs):
            raise Mistake(f"{name}: is what this picture is drawn from; choose another name")
        if path.is_dir() or path.exists() and not (path.is_file() and is_picture(path)):
            raise Mistake(f"{name}: is there already and is no picture that could be replaced; choose another name, or move it away")
        if not os.access(path.parent, os.W_OK):
            raise Mistake(f"{name}: cannot be written: there is no such folder, or it may not be written to")
    except (OSError, ValueError) as reason:
        raise Mistake(f"{name}: cannot be written ({reason})") from None


def settled(svg):
    """Names in an SVG counted in their order: some that matplotlib gives come from addresses in memory."""
    text = svg.decode()
    names = dict.fromkeys(re.findall(r'id="([a-zA-Z][0-9a-f]{10})"', text))
    new = {name: f"{name[0]}{i}" for i, name in enumerate(names)}
    return re.sub(r'(?<=["#])[a-zA-Z][0-9a-f]{10}(?=[")])', lambda found: new.get(found[0], found[0]), text).encode()


def save(figure, options):
    """Writes the pictures, whole or not at all, and prints their names."""
    drawn = []
    for name in options.pictures:
        ending, room = pathlib.Path(name).suffix.lower().lstrip("."), io.BytesIO()
        # No date in the file: the same numbers give the same picture.
        metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(ending)
        figure.savefig(room, format=ending, dpi=options.dpi, metadata=metadata)
        drawn.append((name, settled(room.getvalue()) if ending == "svg" else room.getvalue()))
    for name, picture in drawn:
        aside = f"{name}.tmp"
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(aside)  # of a call that was killed; a link, not what it leads to
            with open(aside, "xb") as file:
                file.write(picture)
            os.replace(aside, name)
        except OSError as reason:
            raise Mistake(f"{name}: cannot be written ({reason.strerror})") from None
        print(name)
    plt.close(figure)


def run(main):
    try:
        main()
    except Mistake as mistake:
        print(f"{pathlib.Path(sys.argv[0]).name}: {mistake}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output has closed the pipe
        sys.exit(1)
