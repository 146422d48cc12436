# SPDX-License-Identifier: GPL-3.0-or-later
"""Models and swarms of Diabolo as NumPy arrays (docs/python.md).

    import diabolo
    model = diabolo.Model("models/ethylene/ethylene.h5")
    E = model.energies(model.reference)              # hartree
    swarm = diabolo.Swarm("swarm.h5")
    t, p = swarm.time, swarm.populations["active"]   # fs
    atoms.calc = diabolo.Calculator(model, state=1)  # ASE
    swarm = diabolo.run("input.yaml", dynamics={"duration": "50 fs"})  # flies it; also exact, sample, train, analyse, intersect, mechanism

Atomic units, unless a name says otherwise; `diabolo.units` converts. States are counted from 0, atoms too. The library is
called through its public interface (include/diabolo/*.h) by ctypes. h5py is needed for Swarm alone, ASE for Calculator and
`atoms` alone: both are imported when first used.
"""
from ._need import need

need("numpy")

from ._library import check_version  # noqa: E402

check_version()

from . import units  # noqa: E402
from ._library import (DiaboloWarning, Error, FileError, InputError, Interrupted, NumericError, UnsupportedError, version)  # noqa: E402
from .calls import Samples, analyse, analyse_members, compare, exact, intersect, mechanism, merge, replay, run, sample, train  # noqa: E402
from ._version import __version__  # noqa: E402
from .dataset import write_dataset  # noqa: E402
from .model import Model  # noqa: E402
from .results import BranchingPlane, Evaluation, SeamModes, SearchResult, pairs  # noqa: E402

__all__ = ["__version__", "BranchingPlane", "Calculator", "DiaboloWarning", "Error", "Evaluation", "Exact", "FileError", "InputError", "Interrupted", "Model", "NumericError",
           "Samples", "SeamModes", "SearchResult", "Swarm", "Trajectory", "UnsupportedError", "analyse", "analyse_members", "compare", "exact", "intersect", "mechanism", "merge", "pairs", "plot", "replay", "run", "sample",
           "train", "units", "version", "write_dataset"]


def __getattr__(name):  # PEP 562: what needs h5py or ASE is imported when it is first asked for
    if name in ("Swarm", "Trajectory"):
        need("h5py")
        from . import swarm
        return getattr(swarm, name)
    if name == "Exact":
        need("h5py")
        from .exact_file import Exact
        return Exact
    if name == "plot":
        need("matplotlib")
        import importlib
        return importlib.import_module(".plot", __name__)
    if name == "Calculator":
        need("ase")
        from .calculator import Calculator
        return Calculator
    raise AttributeError(f"module 'diabolo' has no attribute '{name}'")


def __dir__():
    return sorted(__all__)
