# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture scripts share: asking the program 'diabolo' for numbers. Not a program."""
import json
import os
import pathlib
import shutil
import subprocess

from picture import Mistake


def program():
    """$DIABOLO, or the program built beside these scripts, or the one in the path."""
    beside = pathlib.Path(__file__).resolve().parent.parent / "build" / "diabolo"
    found = os.environ.get("DIABOLO") or (str(beside) if beside.exists() else shutil.which("diabolo"))
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


def analyse(swarm, *arguments):
    """The same by asking now."""
    return analysis_of(ask("analyse", swarm, "--json", *arguments), "diabolo analyse")
