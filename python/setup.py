# SPDX-License-Identifier: GPL-3.0-or-later
"""All is said in pyproject.toml, but for one thing: a package that is installed from a source tree remembers where that is, so that it finds the library
in the tree's build folder. Nothing is compiled."""
import pathlib

from setuptools import setup
from setuptools.command.build_py import build_py

CHECKOUT = pathlib.Path.cwd().resolve().parent


class Build(build_py):
    def run(self):
        super().run()
        package = pathlib.Path(self.build_lib) / "diabolo"
        if package.is_dir() and (CHECKOUT / "CMakeLists.txt").exists():
            (package / "_checkout.py").write_text(f'"""Written by setup.py."""\nCHECKOUT = {str(CHECKOUT)!r}\n')


setup(cmdclass={"build_py": Build})
