# SPDX-License-Identifier: GPL-3.0-or-later
"""Every public object of the package says what it is; what returns arrays says their shape or unit; the types hold (mypy); reprs tell; the version is
one."""
import functools
import importlib
import inspect
import re
import shutil
import subprocess
import sys
import typing
import unittest

import support

support.need("numpy", "h5py")

import diabolo  # noqa: E402

SHAPE = r"\((?:[A-Za-z*]|natom|npoint|nstate|npair)(?:, ?(?:[A-Za-z*+\d ]|natom|npoint|nstate|npair|k|\.\.\.)+)*\)"
UNIT = r"hartree|bohr|fs\b|eV|electron masses|without unit|booleans|atomic numbers"


def public():
    """(name, object) of everything a user can name: the package, its modules, functions, classes, their methods and properties."""
    yield "diabolo", diabolo
    for name in ("units", "plot", "tables", "results"):
        yield f"diabolo.{name}", importlib.import_module(f"diabolo.{name}")
    for name in dir(diabolo.plot):
        if not name.startswith("_") and inspect.isfunction(getattr(diabolo.plot, name)) and getattr(diabolo.plot, name).__module__ == "diabolo.plot":
            yield f"diabolo.plot.{name}", getattr(diabolo.plot, name)
    for name in diabolo.__all__:
        if name == "Calculator" and importlib.util.find_spec("ase") is None or name.startswith("__"):
            continue
        thing = getattr(diabolo, name)
        yield f"diabolo.{name}", thing
        if inspect.isclass(thing) and not issubclass(thing, BaseException):
            for member, value in vars(thing).items():
                if not member.startswith("_") and (callable(value) or isinstance(value, (property, functools.cached_property, classmethod))):
                    yield f"diabolo.{name}.{member}", value


def function_of(value):
    value = getattr(value, "fget", None) or getattr(value, "func", None) or getattr(value, "__func__", None) or value
    return value if inspect.isfunction(value) else None


class Docstrings(support.Folder):
    def test_all(self):
        bare, untyped, shapeless, arrays, count = [], [], [], 0, 0
        for name, value in public():
            count += 1
            text = inspect.getdoc(value)
            if not text or len(text) < 10:
                bare.append(name)
            function = function_of(value)
            if function is None:
                continue
            hints = inspect.signature(function)
            if hints.return_annotation is inspect.Signature.empty:
                untyped.append(name)
            if "Array" in str(hints.return_annotation):
                arrays += 1
                if not re.search(SHAPE, text or "") and not re.search(UNIT, text or ""):
                    shapeless.append(name)
        self.assertEqual((bare, untyped, shapeless), ([], [], []))
        self.assertGreater(count, 70)
        self.assertGreater(arrays, 20)

    def test_fields(self):
        """Arrays of the dataclasses have a shape or unit beside them in the source."""
        for cls in (diabolo.Evaluation, diabolo.SearchResult, diabolo.SeamModes, diabolo.BranchingPlane, diabolo.Samples):
            lines = [line for line in inspect.getsource(cls).splitlines() if re.match(r"    \w+: .*(Array|float)", line)]
            self.assertTrue(lines, cls)
            for line in lines:
                self.assertRegex(line, rf"#.*({SHAPE}|{UNIT}|radians|peaked|bifurcating|vectors|orthonormal)|pitch|asymmetry|tilt")

    def test_types(self):
        mypy = shutil.which("mypy")
        if mypy is None:
            self.skipTest("no mypy here")
        done = subprocess.run([mypy, "--config-file", "pyproject.toml", "--cache-dir", str(self.folder / "cache")], cwd=support.SOURCE / "python",
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_reprs(self):
        path = support.fly(self.folder, 6, "5 fs")
        with diabolo.Model(support.ETHYLENE) as model:
            self.assertRegex(repr(model), r"network of C C H H H H: 3 states, dipoles, from .*ethylene.h5")
            found = model.evaluate(model.reference, gradients="all")
            self.assertEqual(repr(found), "<diabolo.Evaluation: R (6, 3), hamiltonian (3, 3), energies (3,), vectors (3, 3), gradients (3, 6, 3), couplings (0, 6, 3)>")
            self.assertRegex(repr(model.search(model.reference, states=0)), r"<diabolo.SearchResult: R \(6, 3\), converged=True, iterations=\d+, energy=-?\d")
        self.assertIn("closed", repr(model))
        with self.assertRaisesRegex(diabolo.InputError, "was closed"):
            model.energies(model.reference)
        with diabolo.Swarm(path) as swarm:
            self.assertRegex(repr(swarm), r"6 trajectories, 3 states, 6 samples to 5 fs, \d+ attempted hops, fewest_switches on network>")
            self.assertRegex(repr(swarm.trajectory(2)), r"<diabolo.Trajectory 2 of .*: finished at 5 fs, \d+ attempted hops, from S2>")
        self.assertIn("closed", repr(swarm))

    def test_version(self):
        self.assertTrue(diabolo.version().startswith(diabolo.__version__ + " ("))
        self.assertIn(f"diabolo {diabolo.__version__} ", support.program("--version"))
        for path in ("CITATION.cff", "packaging/conda/meta.yaml"):
            self.assertRegex((support.SOURCE / path).read_text(), rf'(?m)version(:| =) "?{re.escape(diabolo.__version__)}"?')

    def test_hints_resolve(self):
        """Annotations name things that exist (those for type checkers alone apart)."""
        for name in ("energies", "couplings", "search", "branching_plane"):
            self.assertIn("return", typing.get_type_hints(getattr(diabolo.Model, name)))
        self.assertIn("return", typing.get_type_hints(diabolo.sample))


if __name__ == "__main__":
    sys.exit(unittest.main())
