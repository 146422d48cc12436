# SPDX-License-Identifier: GPL-3.0-or-later
"""`pip install ./python` without network into a fresh environment; where the library is looked for; a library of another version."""
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import support

support.need("numpy", "h5py")
for module in ("pip", "setuptools", "wheel", "venv"):
    if importlib.util.find_spec(module) is None:
        print(f"skipped: no module {module}")
        sys.exit(77)

import diabolo  # noqa: E402

LIBRARY = os.environ.get("DIABOLO_LIBRARY") or diabolo._library.library()._name


class Install(support.Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tree = cls.folder / "tree"  # what pip looks at of a source tree, so that it leaves nothing in ours
        shutil.copytree(support.SOURCE / "python", cls.tree / "python", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
        (cls.tree / "CMakeLists.txt").touch()
        cls.environment = {k: v for k, v in os.environ.items() if not k.startswith(("DIABOLO", "PYTHON"))}
        cls.environment["PATH"] = "/usr/bin:/bin"
        subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", cls.folder / "venv"], check=True)
        cls.python = cls.folder / "venv" / "bin" / "python3"
        done = subprocess.run([sys.executable, "-m", "pip", "--python", cls.python, "install", "--no-index", "--no-build-isolation", "--quiet",
                               cls.tree / "python"], capture_output=True, text=True, env=cls.environment)
        assert done.returncode == 0, done.stderr

    def ask(self, code, **environment):
        return subprocess.run([self.python, "-c", code], capture_output=True, text=True, cwd="/", env={**self.environment, **environment})

    def test_installed(self):
        said = self.ask("import importlib.metadata, os, diabolo; here = os.path.dirname(diabolo.__file__); "
                        "print(here, importlib.metadata.version('diabolo'), os.path.exists(here + '/py.typed'))", DIABOLO_LIBRARY=LIBRARY)
        where, version, typed = said.stdout.split()
        self.assertTrue(where.startswith(str(self.folder / "venv")), where)
        self.assertEqual((version, typed), (diabolo.__version__, "True"))
        self.assertEqual(sorted(p.name for p in pathlib.Path(where).glob("*.py") if p.name != "_checkout.py"),
                         sorted(p.name for p in (support.SOURCE / "python" / "diabolo").glob("*.py") if p.name != "_checkout.py"))

    def test_found(self):
        """Nowhere; then in the build folder of the tree it was installed from; before that, in this environment; before all, where the variable says."""
        ask = "import diabolo; print(diabolo._library.library()._name)"
        said = self.ask(ask)
        if said.returncode == 0:
            self.skipTest(f"a library is installed here: {said.stdout}")
        self.assertIn("FileError: libdiabolo.so was not found: build it", said.stderr)
        for place, name in ((self.folder / "venv" / "lib", "libdiabolo.so.0"), (self.tree / "build", "libdiabolo.so")):
            place.mkdir(exist_ok=True)
            (place / name).symlink_to(LIBRARY)
            self.assertEqual(self.ask(ask).stdout.strip(), str(place / name))
        self.assertEqual(self.ask(ask, DIABOLO_LIBRARY=LIBRARY).stdout.strip(), LIBRARY)
        said = self.ask(ask, DIABOLO_LIBRARY="/nowhere.so")
        self.assertIn("FileError: $DIABOLO_LIBRARY is '/nowhere.so': no such file", said.stderr)
        (self.folder / "no.so").write_text("no library")
        self.assertIn("not a library that can be loaded", self.ask(ask, DIABOLO_LIBRARY=str(self.folder / "no.so")).stderr)

    def test_other_version(self):
        """Refused at import, with both versions; passed over if there is one of the right version further on."""
        if not shutil.which("cc"):
            self.skipTest("no compiler")
        (self.folder / "other.c").write_text('const char *dia_version(void);\nconst char *dia_version(void) { return "9.9.9"; }\n')
        other = self.folder / "other" / "libdiabolo.so"
        other.parent.mkdir()
        subprocess.run(["cc", "-shared", "-fPIC", "-o", other, self.folder / "other.c"], check=True)
        said = self.ask("import diabolo", DIABOLO_LIBRARY=str(other))
        self.assertNotEqual(said.returncode, 0)
        self.assertIn(f"{other} is version 9.9.9, this Python package is version {diabolo.__version__}", said.stderr)
        (self.folder / "other" / "diabolo").write_text("#!/bin/sh\n")  # the program in the path, its library beside it
        (self.folder / "other" / "diabolo").chmod(0o755)
        said = self.ask("import diabolo; print(diabolo._library.library()._name)", PATH=f"{other.parent}:/usr/bin:/bin")
        self.assertTrue("version 9.9.9" in said.stderr or said.returncode == 0 and str(other) not in said.stdout, said)


if __name__ == "__main__":
    unittest.main()
