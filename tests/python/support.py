# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the Python package share. They run under CTest (python.NAME), or by hand after a build:
PYTHONPATH=python python3 tests/python/test_model.py"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("DIABOLO", str(SOURCE / "build" / "diabolo"))
ETHYLENE = str(SOURCE / "models" / "ethylene" / "ethylene.h5")


def need(*modules):
    """Exit status 77 (skipped) without these."""
    for name in modules:
        try:
            __import__(name)
        except ImportError as missing:
            print(f"skipped: {missing}")
            sys.exit(77)


def program(*arguments, **options):
    """Output of the program; a failure raises with its words."""
    run = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, **options)
    if run.returncode != 0:
        raise RuntimeError(f"diabolo {' '.join(map(str, arguments))}: status {run.returncode}\n{run.stderr}")
    return run.stdout


def fly(folder, trajectories=12, duration="40 fs", **settings):
    """A small swarm of ethylene; its path."""
    folder = pathlib.Path(folder)
    path = folder / "swarm.h5"
    text = (f"model: {ETHYLENE}\ninitial: {{sampling: wigner, temperature: 300 K, state: 2, trajectories: {trajectories}, seed: 3}}\n"
            f"dynamics: {{method: fewest_switches, timestep: 0.25 fs, duration: {duration}}}\noutput: {{file: {path}, every: 1 fs}}\n")
    (folder / "input.yaml").write_text(text)
    changes = [x for key, value in settings.items() for x in ("--set", f"{key.replace('__', '.')}={value}")]
    program("run", folder / "input.yaml", "--quiet", *changes)
    return path


class Folder(unittest.TestCase):
    """A test with a scratch folder for the class."""

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls._folder.name)

    @classmethod
    def tearDownClass(cls):
        cls._folder.cleanup()


def resident():
    """Memory of this process, MB."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
