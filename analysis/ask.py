# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture scripts share: asking the program 'diabolo' for numbers. Not a program."""
import json
import os
import pathlib
import shutil
import subprocess

from picture import Mistake


def program():
    """$DIABOLO, or the program built or installed with these scripts, or the one in the path."""
    root = pathlib.Path(__file__).resolve().parent.parent  # of the source tree; installed: PREFIX/share/diabolo
    beside = next((p for p in (root / "build" / "diabolo", root.parent.parent / "bin" / "diabolo") if p.exists()), None)
    found = os.environ.get("DIABOLO") or (str(beside) if beside else shutil.which("diabolo"))
    if not found:
        raise Mistake("this needs the program 'diabolo', in the path or in build/ (or set DIABOLO); "
                      "or a file written before by 'diabolo analyse SWARM.h5 --json'")
    return found


def ask(*arguments):
    """What `diabolo ARGUMENTS` prints."""
    command = [program(), *map(str, arguments)]
    try:
        asked = subprocess.run(command, capture_output=True, text=True)
    except OSError as reason:
        raise Mistake(f"{command[0]}: cannot be started ({reason.strerror})") from None
    if asked.returncode != 0:
        raise Mistake(f"{' '.join(command)} failed:\n{asked.stderr.strip()}")
    return asked.stdout


def analysis_of(text, name):
    try:
        found = json.loads(text)
        if found.get("format") != "diabolo-analysis":
            raise ValueError("it has another format")
        return found
    except (ValueError, AttributeError) as reason:
        raise Mistake(f"{name}: not the output of 'diabolo analyse --json' ({reason})") from None


def read_analysis(path):
    """The JSON object of 'diabolo analyse' from a file."""
    try:
        return analysis_of(pathlib.Path(path).read_text(), path)
    except (OSError, UnicodeDecodeError) as reason:
        raise Mistake(f"{path}: cannot be read ({reason})") from None


def analysis(options):
    """The analysis a script was asked for: read from --fit FILE, or made now for --scheme TEXT and other `arguments`."""
    if options.fit and options.scheme:
        raise Mistake("--fit FILE reads fits that are done, --scheme asks for one now: give one of them")
    if options.fit:
        return read_analysis(options.fit)
    return analyse(options.swarm, *(word for scheme in options.scheme or () for word in ("--scheme", scheme)))


def fitted_schemes(found):
    """The kinetic schemes that could be fitted; if schemes were asked for and none could, an error that says why."""
    schemes = found.get("schemes") or []
    good = [s for s in schemes if not s["refused"]]
    if schemes and not good:
        raise Mistake(f"no scheme could be fitted: {schemes[0]['refused']}")
    return good


def words_of_parameters(parameters):
    """A line for each: value, then its 95 % interval."""
    lines = []
    for name, p in parameters.items():
        unit, low, high = "" if p["unit"] == "1" else f" {p['unit']}", p["low"], p["high"]
        value = "not determined" if p["value"] is None else f"{p['value']:.3g}{unit}"
        lines.append(f"{name.replace('_', ' ').replace('->', '→')} {value}")
        if low is not None and high is not None:
            lines.append(f"   ({low:.3g} to {high:.3g})")
        elif low is not None or high is not None:
            lines.append(f"   (above {low:.3g})" if high is None else f"   (below {high:.3g})")
    return lines + ["(95 % intervals)"]


def analyse(swarm, *arguments):
    """The same from a new call of the program."""
    return analysis_of(ask("analyse", swarm, "--json", *arguments), "diabolo analyse")
