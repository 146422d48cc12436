# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared library: where it is, the structs of its public headers (include/diabolo/*.h), its errors as exceptions."""
from __future__ import annotations

import contextlib
import ctypes as c
import functools

from . import _find


class Error(Exception):
    """What the library reports; its text names the file, the key and what to do. `status` is the library's number."""

    status: int | None = None


class InputError(Error, ValueError):
    """The input is wrong: a key, a unit, a state that does not exist."""


class FileError(Error, OSError):
    """A file is missing, damaged, or cannot be read or written."""


class NumericError(Error, ArithmeticError):
    """A numerical method failed."""


class UnsupportedError(Error, NotImplementedError):
    """This model cannot do that."""


class Interrupted(Error):
    """Stopped by a signal."""


class DiaboloWarning(UserWarning):
    """A warning of the library."""


_CLASSES = {1: InputError, 2: FileError, 3: MemoryError, 4: NumericError, 5: UnsupportedError, 6: Interrupted}

# ---- structs -------------------------------------------------------------------------------------------------------------
Real = c.POINTER(c.c_double)
Integer = c.POINTER(c.c_int)


def _struct(name, **fields):
    return type(name, (c.Structure,), {"_fields_": list(fields.items())})


ErrorText = _struct("dia_error", status=c.c_int, text=c.c_char * 4000)
Shape = _struct("dia_shape", natom=c.c_int, ncart=c.c_int, nstate=c.c_int, npacked=c.c_int, ntheta=c.c_int)
Molecule = _struct("dia_molecule", natom=c.c_int, dimension=c.c_int, ncart=c.c_int, numbers=Integer, masses=Real, reference=Real)
Frame = _struct("dia_frame", batch=c.c_int, nstate=c.c_int, H=Real, E=Real, U=Real, hermitian=c.c_bool)
Residual = c.CFUNCTYPE(c.c_double, c.c_void_p, Real, Real)
Constraint = _struct("dia_constraint", residual=Residual, context=c.c_void_p)
SearchOptions = _struct("dia_search_options", method=c.c_int, gap=c.c_double, gradient=c.c_double, max_step=c.c_double,
                        iterations=c.c_int, nconstraint=c.c_int, constraint=c.POINTER(Constraint))
SearchResult = _struct("dia_search_result", converged=c.c_bool, iterations=c.c_int, energy=c.c_double, gap=c.c_double,
                       gradient=c.c_double, why=c.c_char * 200)
SeamModes = _struct("dia_seam_modes", ncart=c.c_int, nmode=c.c_int, frequency=Real, vector=Real, negative=c.c_int)
BranchingPlane = _struct("dia_branching_plane", ncart=c.c_int, directions=c.c_int, g=Real, h=Real, h_imaginary=Real, x=Real,
                         y=Real, z=Real, s=Real, pitch=c.c_double, asymmetry=c.c_double, tilt=c.c_double, heading=c.c_double, P=c.c_double, B=c.c_double)
Input = _struct("dia_input", path=c.c_char_p, text=c.c_char_p, directory=c.c_char_p, nset=c.c_int, set=c.POINTER(c.c_char_p),
                output=c.c_char_p)
ProgressState = _struct("dia_progress_state", what=c.c_char_p, done=c.c_double, total=c.c_double, before=c.c_double, note=c.c_char_p)
Progress = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(ProgressState))
Text = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p)
Control = _struct("dia_control", threads=c.c_int, stop=Integer, progress=Progress, warning=Text, note=Text, context=c.c_void_p)
RunFlags = _struct("dia_run_flags", fresh=c.c_bool, alone=c.c_bool, trajectory=c.c_int64, checkpoint=c.c_double, shard=c.c_int,
                   shards=c.c_int, extend=c.c_bool)
RunResult = _struct("dia_run_result", path=c.c_char * 4096, complete=c.c_bool, threads=c.c_int, flown=c.c_int64, seconds=c.c_double)
RunMethod = _struct("dia_run_method", method=c.c_char * 40, result=RunResult)
RunResults = _struct("dia_run_results", count=c.c_int, item=c.POINTER(RunMethod), members=c.c_int)
MergeFlags = _struct("dia_merge_flags", output=c.c_char_p, partial=c.c_bool, fresh=c.c_bool)
MergeResult = _struct("dia_merge_result", path=c.c_char * 4096, complete=c.c_bool, shards=c.c_int, missing=c.c_int, trajectories=c.c_int64,
                      rounded=c.c_bool)
ReplayResult = _struct("dia_replay_result", run=RunResult, compared=c.c_int64, changed=c.c_char * 1000, difference=c.c_char * 1000, reasons=c.c_char * 1000)
Samples = _struct("dia_samples", n=c.c_int, natom=c.c_int, dimension=c.c_int, ncart=c.c_int, nstate=c.c_int, numbers=Integer,
                  masses=Real, R=Real, V=Real, state=Integer, weight=Real, kinetic=Real, energies=Real, amplitudes=Real, strengths=Real, temperature=c.c_double,
                  nmode=c.c_int, diabat=c.c_int, stated=c.c_bool, frequency=Real, deviation=Real, minimum=Real, minimum_energy=c.c_double, zero_point=c.c_double,
                  harmonic=c.c_double, own=c.c_void_p)
AnalyseFlags = _struct("dia_analyse_flags", model=c.c_char_p, fit=c.c_char_p, nscheme=c.c_int, scheme=c.POINTER(c.c_char_p),
                       **{"from": Integer}, bootstrap=Integer, seed=Integer, exact=c.c_char_p, card=c.c_bool, members=c.c_bool, plain=c.c_bool)
DatasetArrays = _struct("dia_dataset_arrays", npoint=c.c_int, natom=c.c_int, nstate=c.c_int, numbers=Integer, positions=Real, energies=Real,
                        gradients=Real, couplings=Real, dipoles=Real, group=c.POINTER(c.c_char_p), length_unit=c.c_char_p, energy_unit=c.c_char_p,
                        gradient_unit=c.c_char_p, coupling_unit=c.c_char_p, dipole_unit=c.c_char_p, level_of_theory=c.c_char_p)
TrainResult = _struct("dia_train_result", model=c.c_char_p, errors=c.c_char_p, complete=c.c_bool)

ExactResult = _struct("dia_exact_result", path=c.c_char * 4096, engine=c.c_char * 64, settings=c.c_char * 400, complete=c.c_bool,
                      seconds=c.c_double, norm_drift=c.c_double, energy_drift=c.c_double, changes=c.c_int, change_what=(c.c_char * 80) * 8,
                      change=c.c_double * 8, record=c.c_void_p)

STRUCTS = (ErrorText, Shape, Molecule, Frame, Constraint, SearchOptions, SearchResult, SeamModes, BranchingPlane, Input, ProgressState,
           Control, RunFlags, RunResult, RunMethod, RunResults, MergeFlags, MergeResult, ReplayResult, Samples, AnalyseFlags, DatasetArrays, TrainResult, ExactResult)

_model, _tape, _error, _out = c.c_void_p, c.c_void_p, c.POINTER(ErrorText), c.POINTER(c.c_void_p)
_input, _control, _found = c.POINTER(Input), c.POINTER(Control), c.POINTER(c.POINTER(Samples))
_FUNCTIONS = {  # name: (result, arguments); those that end with _error return a status
    "dia_version": (c.c_char_p, []),
    "dia_commit": (c.c_char_p, []),
    "dia_status_text": (c.c_char_p, [c.c_int]),
    "dia_element_symbol": (c.c_char_p, [c.c_int]),
    "dia_fate_text": (c.c_char_p, [c.c_int]),
    "dia_fate_word": (c.c_char_p, [c.c_int]),
    "dia_fate_counts": (c.c_bool, [c.c_int]),
    "dia_swarm_open": (c.c_int, [_out, c.c_char_p, _error]),
    "dia_swarm_close": (None, [c.c_void_p]),
    "dia_swarm_check": (c.c_int, [c.c_void_p, c.c_char_p, c.c_int64, c.c_int64, _error]),
    "dia_swarm_row_size": (c.c_size_t, [c.c_void_p, c.c_char_p]),
    "dia_coordinate_values": (c.c_int, [c.c_char_p, c.POINTER(Molecule), c.c_int64, Real, Real, c.POINTER(c.c_bool),
                                        c.POINTER(c.c_bool), _error]),
    "dia_model_load": (c.c_int, [_out, c.c_char_p, _error]),
    "dia_model_parse": (c.c_int, [_out, c.c_char_p, c.c_char_p, _error]),
    "dia_model_of_result": (c.c_int, [_out, c.c_char_p, c.c_char_p, _error]),
    "dia_model_free": (None, [_model]),
    "dia_model_shape": (Shape, [_model]),
    "dia_model_molecule": (c.POINTER(Molecule), [_model]),
    "dia_model_name": (c.c_char_p, [_model]),
    "dia_model_digest": (c.c_char_p, [_model]),
    "dia_model_fitted": (c.c_int, [_model]),
    "dia_model_bounded": (c.c_bool, [_model]),
    "dia_model_members": (c.c_int, [_model]),
    "dia_model_novelty": (c.c_double, [_model, Real, c.c_size_t, c.c_char_p]),
    "dia_tape_create": (c.c_int, [_out, _model, c.c_int, c.c_int, _error]),
    "dia_tape_create_hermitian": (c.c_int, [_out, _model, c.c_int, c.c_int, _error]),
    "dia_model_spin": (c.c_bool, [_model, Integer, Integer]),
    "dia_tape_free": (None, [_tape]),
    "dia_model_hamiltonian": (c.c_int, [_model, _tape, c.c_int, Real, Real]),
    "dia_model_contract": (c.c_int, [_model, _tape, c.c_int, Integer, Real, Real]),
    "dia_model_derivative": (c.c_int, [_model, _tape, c.c_int, Integer, Real, Real]),
    "dia_model_dipolar": (c.c_bool, [_model]),
    "dia_model_dipole": (c.c_int, [_model, _tape, c.c_int, Integer, Real]),
    "dia_frame_work": (c.c_size_t, [c.c_int]),
    "dia_frame_solve": (c.c_int, [c.POINTER(Frame), Real]),
    "dia_frame_follow": (None, [c.POINTER(Frame), c.POINTER(Frame)]),
    "dia_search_defaults": (None, [c.POINTER(SearchOptions)]),
    "dia_search": (c.c_int, [_model, c.c_int, c.c_int, c.POINTER(SearchOptions), Real, c.POINTER(SearchResult), _error]),
    "dia_seam_modes_make": (c.c_int, [c.POINTER(SeamModes), _model, c.c_int, c.c_int, Real, _error]),
    "dia_seam_modes_free": (None, [c.POINTER(SeamModes)]),
    "dia_branching_plane_make": (c.c_int, [c.POINTER(BranchingPlane), _model, c.c_int, Real, _error]),
    "dia_branching_plane_free": (None, [c.POINTER(BranchingPlane)]),
    "dia_run_each": (c.c_int, [_input, c.POINTER(RunFlags), _control, c.POINTER(RunResults), _error]),
    "dia_run_results_free": (None, [c.POINTER(RunResults)]),
    "dia_merge": (c.c_int, [c.c_int, c.POINTER(c.c_char_p), c.POINTER(MergeFlags), _control, c.POINTER(MergeResult), _error]),
    "dia_replay": (c.c_int, [c.c_char_p, c.c_char_p, _input, c.c_bool, _control, c.POINTER(ReplayResult), _error]),
    "dia_exact": (c.c_int, [_input, c.c_bool, _control, c.POINTER(ExactResult), _error]),
    "dia_exact_open": (c.c_int, [c.POINTER(ExactResult), c.c_char_p, _error]),
    "dia_exact_close": (None, [c.POINTER(ExactResult)]),
    "dia_sample": (c.c_int, [_input, _control, _found, _error]),
    "dia_samples_free": (None, [c.POINTER(Samples)]),
    "dia_dataset_write_arrays": (c.c_int, [c.c_char_p, c.POINTER(DatasetArrays), c.c_bool, _control, _error]),
    "dia_train": (c.c_int, [_input, c.c_bool, _control, c.POINTER(TrainResult), _error]),
    "dia_train_result_free": (None, [c.POINTER(TrainResult)]),
    "dia_intersect": (c.c_int, [_input, c.c_bool, _control, _out, _error]),
    "dia_intersections_free": (None, [c.c_void_p]),
    "dia_intersections_text": (c.c_void_p, [c.c_void_p, c.c_bool]),
    "dia_analyse_members": (c.c_int, [c.c_int, c.POINTER(c.c_char_p), _control, _out, _out, _error]),
    "dia_compare": (c.c_int, [c.c_int, c.POINTER(c.c_char_p), _control, _out, _out, _error]),
    "dia_analyse": (c.c_int, [_input, c.c_char_p, c.POINTER(AnalyseFlags), _control, _out, _out, _error]),
    "dia_mechanism": (c.c_int, [_input, _control, _out, _out, _error]),
}


# ---- finding it ----------------------------------------------------------------------------------------------------------
@functools.lru_cache(maxsize=None)
def library():
    """The loaded library (ctypes.CDLL): see _find.py."""
    try:
        return _find.find()
    except _find.NotFound as reason:
        raise FileError(str(reason)) from None


def check_version():
    """Raises ImportError if a library is found that is not of this package's version. None found: said when one is needed."""
    with contextlib.suppress(FileError):
        library()


@functools.lru_cache(maxsize=None)
def function(name):
    """A function of the public interface, typed."""
    try:
        found = getattr(library(), name)
    except AttributeError:
        raise UnsupportedError(f"{library()._name} is older than this package: it has no {name}; build it again") from None
    found.restype, found.argtypes = _FUNCTIONS[name]
    return found


def free(pointer):
    """Frees a text of the library's heap."""
    release = c.CDLL(None).free
    release.argtypes = [c.c_void_p]
    release(pointer)


def check(status, error=None, where=None):
    """Raises the exception of a status; `error`: the dia_error that holds the text."""
    if status == 0:
        return
    text = error.text.decode("utf-8", "replace") if error is not None else ""
    if not text:
        text = function("dia_status_text")(status).decode()
        text = f"{where}: {text}" if where else text
    raised = _CLASSES.get(status, Error)(text)
    if isinstance(raised, Error):
        raised.status = status
    raise raised


def call(name, *arguments):
    """Calls a function whose last argument is a dia_error, which is added here; raises."""
    error = ErrorText()
    check(function(name)(*arguments, c.byref(error)), error, name)


def version() -> str:
    """Version and commit of the library: "0.1.0 (883b658...)"."""
    return f"{function('dia_version')().decode()} ({function('dia_commit')().decode()})"
