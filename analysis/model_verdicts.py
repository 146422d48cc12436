#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examines the networks of models/ and keeps each verdict beside its file, in FILE.check.json, which `diabolo run` names (docs/check.md, "Models").

  analysis/model_verdicts.py --data FOLDER
  analysis/model_verdicts.py ethylene nh3

Held-out points: models/NAME/held_out.h5, else the part of FOLDER/NAME.h5 that split_dataset.py keeps aside, as for the training; without either a network is examined without labels, and that
is told. To be repeated when a network's file changes: the verdict belongs to its digest."""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from ask import program
from picture import Mistake

ROOT = pathlib.Path(__file__).resolve().parent.parent


def held_out(name, data, folder):
    """The file of held-out points; None: there is none."""
    shipped = ROOT / "models" / name / "held_out.h5"
    whole = pathlib.Path(data) / f"{name}.h5" if data else None
    if shipped.exists():
        return shipped
    if whole is None or not whole.exists():
        return None
    kept = pathlib.Path(folder) / f"{name}_held_out.h5"
    subprocess.run([sys.executable, ROOT / "analysis" / "split_dataset.py", whole, pathlib.Path(folder) / f"{name}_train.h5", kept], check=True, stdout=subprocess.DEVNULL)
    return kept


def examine(name, data):
    with tempfile.TemporaryDirectory() as folder:
        points = held_out(name, data, folder)
        if points is None:
            print(f"{name}: no held-out points: examined without labels", file=sys.stderr)
        words = ["--data", os.path.relpath(points, ROOT / "models" / name)] if points else []
        run = subprocess.run([program(), "check", f"{name}.h5", "--record", "--quiet", *words], cwd=ROOT / "models" / name, capture_output=True, text=True)
    if run.returncode not in (0, 1) or not run.stdout:
        raise Mistake(f"{name}: {run.stderr.strip()}")
    print(f"{name}: {run.stdout.splitlines()[0]}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="of a folder of models/ (default: all that hold NAME/NAME.h5)")
    parser.add_argument("--data", help="folder of the data sets NAME.h5 that are not part of the project")
    words = parser.parse_args()
    every = sorted(path.stem for path in ROOT.glob("models/*/*.h5") if path.stem == path.parent.name)
    for name in words.name or every:
        if name not in every:
            raise Mistake(f"{name}: no network in models/; there are {', '.join(every)}")
        examine(name, words.data)


if __name__ == "__main__":
    try:
        main()
    except Mistake as mistake:
        sys.exit(f"error: {mistake}")
