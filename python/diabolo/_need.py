# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where a module of another project is missing. Imports nothing that may be missing itself."""
import importlib
import sys


def need(*modules: str) -> None:
    """Imports them; ImportError names the one that is missing and how to get it."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as missing:
            raise ImportError(f"this Python ({sys.executable}) has no module '{missing.name or module}'.\n"
                              "On Debian or Ubuntu: apt install python3-numpy python3-h5py python3-matplotlib python3-ase python3-pandas python3-xarray,\n"
                              f"then run it with the system's Python: /usr/bin/python3 {' '.join(sys.argv)}\n"
                              f"In an environment of your own: pip install {missing.name or module}", name=missing.name or module) from None
