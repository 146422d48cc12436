# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands of the program do, as calls: run, sample, train, analyse, intersect, mechanism (include/diabolo/run.h,
train.h, ...).

The library works in a separate thread; the caller's thread draws the progress, passes on warnings and handles Ctrl-C, after which the
library saves what it has.
"""
from __future__ import annotations

import ctypes as c
import dataclasses
import json
import logging
import operator
import os
import queue
import sys
import threading
import typing
import warnings

import numpy as np

from . import _library as lib
from ._array import Array, Path, Progress, Source, told
from ._need import need

if typing.TYPE_CHECKING:
    from .exact_file import Exact
    from .model import Model
    from .swarm import Swarm

log = logging.getLogger("diabolo")  # notes of the library, at level INFO


# ---- the input -----------------------------------------------------------------------------------------------------------
def _plain(value):
    """Types unknown to json: arrays and numbers of NumPy, paths."""
    return value.tolist() if hasattr(value, "tolist") else os.fspath(value)


def _text(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)  # JSON is YAML


def _flat(settings, prefix=""):
    """Nested settings as pairs ("dynamics.timestep", "0.1 fs")."""
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _input(source, output, settings):
    """A dia_input and the memory it refers to. source: a dict, YAML text (anything with ': ' or a line end), or a file's path."""
    made = lib.Input()
    if isinstance(source, dict):
        made.text = _text(source).encode()
    elif isinstance(source, str) and (": " in source or "\n" in source):
        made.text = source.encode()
    else:
        made.path = os.fsencode(source)
    if isinstance(output, dict):  # the block `output` of the input
        settings, output = {**settings, "output": output}, None
    made.output = None if output is None else os.fsencode(output)
    pairs = [f"{key}={_text(value)}".encode() for key, value in _flat(settings)]
    made.nset, made.set = len(pairs), (c.c_char_p * len(pairs))(*pairs)
    return made


def _path(thing: typing.Any) -> bytes:
    """Of a path, or what has one: a Swarm, an Exact."""
    return os.fsencode(getattr(thing, "path", thing))


# ---- progress ------------------------------------------------------------------------------------------------------------
class _Bars:
    """One tqdm bar for each thing that is counted."""

    def __init__(self, tqdm):
        self.tqdm, self.bar, self.what = tqdm, None, None

    def __call__(self, what, done, total, before, note):
        if what != self.what:
            self.close()
            self.what = what
            self.bar = self.tqdm(total=total, initial=before, desc=what, unit_scale=True, unit="")
        self.bar.set_postfix_str(note, refresh=False)
        self.bar.update(done - self.bar.n)

    def close(self):
        if self.bar is not None:
            self.bar.close()
        self.bar = None


class _Lines:
    """A line on stderr for every tenth."""

    def __init__(self):
        self.told = None

    def __call__(self, what, done, total, before, note):
        tenth = (what, int(10 * done / total) if total > 0 else 10)
        if tenth != self.told:
            self.told = tenth
            print(f"{what}: {10 * tenth[1]} % {note}".rstrip(), file=sys.stderr, flush=True)

    def close(self):
        pass


class _Own:
    """The caller's function."""

    def __init__(self, function):
        self.function = function

    def __call__(self, what, done, total, before, note):
        self.function(what, done, total, note)

    def close(self):
        pass


def _listener(progress):
    if callable(progress):
        return _Own(progress)
    notebook = "ipykernel" in sys.modules
    if progress is False or progress is None and not (notebook or sys.stderr.isatty()):
        return None
    try:
        with warnings.catch_warnings():  # without the notebook's widgets tqdm warns each time
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
        return _Bars(tqdm)
    except ImportError:
        return _Lines() if progress else None


# ---- the call ------------------------------------------------------------------------------------------------------------
class _Call:
    """A long call in progress: messages of the library, and the flag that stops it."""

    def __init__(self, threads, progress):
        self.stop, self.said, self.state, self.show = c.c_int(0), queue.SimpleQueue(), None, _listener(progress)
        self.callbacks = lib.Progress(self._progress), lib.Text(self._warning), lib.Text(self._note)
        heard, warned, noted = self.callbacks
        self.control = lib.Control(threads=threads or 0, stop=c.pointer(self.stop), progress=heard, warning=warned, note=noted)

    def _progress(self, _, state):
        s = state.contents
        self.state = (s.what.decode(), s.done, s.total, s.before, (s.note or b"").decode("utf-8", "replace"))

    def _warning(self, _, text):
        self.said.put((warnings.warn, text.decode("utf-8", "replace")))

    def _note(self, _, text):
        self.said.put((log.info, text.decode("utf-8", "replace")))

    def pass_on(self, stacklevel):
        while not self.said.empty():
            say, text = self.said.get()
            if say is warnings.warn:
                warnings.warn(text, lib.DiaboloWarning, stacklevel)
            else:
                say("%s", text)
        state, self.state = self.state, None
        if state is not None and self.show is not None:
            self.show(*state)


def _call(name, before, after, threads, progress):
    """Calls dia_NAME(*before, control, *after, error) in a thread of its own; raises what it reports."""
    own, error, status, done, stopped = _Call(threads, progress), lib.ErrorText(), None, threading.Event(), None
    function = lib.function(name)

    def work():
        nonlocal status
        try:
            status = function(*before, c.byref(own.control), *after, c.byref(error))
        finally:
            done.set()  # Thread.join must not be interrupted (Python 3.11 then considers the thread dead)

    worker = threading.Thread(target=work, name=name)
    worker.start()
    while not done.is_set():
        try:
            done.wait(0.1)
            if stopped is None:
                own.pass_on(4)
        except BaseException as reason:  # Ctrl-C, or a warning turned into an error
            stopped = stopped or reason
            own.stop.value = 1
    worker.join()
    try:
        if stopped is None:
            own.pass_on(4)
    finally:
        if own.show is not None:
            own.show.close()
    if isinstance(stopped, KeyboardInterrupt):
        raise KeyboardInterrupt(error.text.decode("utf-8", "replace") if status != 0 else "at the end: it is done") from None
    if stopped is not None:
        raise stopped
    lib.check(status, error, name)


# ---- what there is to call -----------------------------------------------------------------------------------------------
def run(source: Source, *, output: typing.Union[None, Path, typing.Dict[str, typing.Any]] = None, fresh: bool = False,
        trajectory: typing.Optional[int] = None, shard: typing.Optional[typing.Tuple[int, int]] = None, extend: bool = False,
        checkpoint: float = 30.0, threads: typing.Optional[int] = None, progress: Progress = None, **settings: typing.Any) -> typing.Any:
    """Flies the swarm that `source` describes, or what is left of it, and returns it (diabolo.Swarm). If it has a block `methods`: a dictionary
    of swarms by the methods' names, which `compare` takes.

    source: an input of `diabolo run` as a dictionary, as YAML text, or the path of a file. Relative paths in a dictionary or text are
    relative to the working directory. settings replace single keys: dynamics={"timestep": "0.1 fs"}, or **{"dynamics.timestep": "0.1 fs"}.
    output: path of the swarm file; threads: all, if not given; trajectory: fly only this one; fresh: start over, replace the file.
    shard: (3, 10), only that part, which `merge` joins with the others; extend: the swarm is there, fly what is new in the input.
    progress: True, False, or a function (what, done, total, note); left out, a bar in a terminal or notebook.

    Ctrl-C stops it (KeyboardInterrupt) and leaves a journal beside the swarm file: the same call resumes from there."""
    flags = lib.RunFlags(fresh=fresh, alone=trajectory is not None, trajectory=trajectory or 0, checkpoint=checkpoint, extend=extend)
    flags.shard, flags.shards = shard or (0, 0)
    results = lib.RunResults()
    try:
        _call("dia_run_each", (c.byref(_input(source, output, settings)), c.byref(flags)), (c.byref(results),), threads, progress)
        made = {results.item[i].method.decode(): os.fsdecode(results.item[i].result.path) for i in range(results.count)}
    finally:
        lib.function("dia_run_results_free")(c.byref(results))
    need("h5py")  # the swarm is there even without
    from .swarm import Swarm
    return Swarm(made[""]) if "" in made else {name: Swarm(path) for name, path in made.items()}


def merge(shards: typing.Iterable[Path], *, output: typing.Optional[Path] = None, partial: bool = False, fresh: bool = False,
          progress: Progress = None) -> Swarm:
    """The swarm of its shards (paths, in any order), bit for bit that of one run, as diabolo.Swarm.

    output: path of its file; left out, the shards' name without .shard-003-of-010. partial: merge what is there, although shards are missing.
    fresh: replace a swarm that is there. progress: as for `run`."""
    paths = [os.fsencode(getattr(shard, "path", shard)) for shard in shards]
    flags, result = lib.MergeFlags(partial=partial, fresh=fresh), lib.MergeResult()
    if output is not None:
        flags.output = os.fsencode(output)
    _call("dia_merge", (len(paths), (c.c_char_p * len(paths))(*paths), c.byref(flags)), (c.byref(result),), None, progress)
    need("h5py")
    from .swarm import Swarm
    return Swarm(os.fsdecode(result.path))


def replay(swarm: typing.Union[Path, Swarm], trajectories: typing.Union[int, str, typing.Iterable[int]], *, output: typing.Optional[Path] = None,
           fresh: bool = False, threads: typing.Optional[int] = None, progress: Progress = None, **settings: typing.Any) -> Swarm:
    """Flies trajectories of a finished swarm again, every step in double precision (docs/replay.md), and returns them (diabolo.Swarm).

    swarm: a path or a diabolo.Swarm; trajectories: numbers, or a text as "3,20-29". settings as in `run`; without such that change the flight
    a trajectory that differs from the one in the swarm in any bit is a DiaboloWarning that says where."""
    numbers = trajectories if isinstance(trajectories, str) else ",".join(str(operator.index(n)) for n in (trajectories if np.iterable(trajectories) else [trajectories]))
    result = lib.ReplayResult()
    _call("dia_replay", (_path(swarm), numbers.encode(), c.byref(_input({}, output, settings)), fresh),
          (c.byref(result),), threads, progress)
    if result.difference and not result.changed:
        warnings.warn("not as in the swarm: " + (result.difference + b"; " + result.reasons).decode(), lib.DiaboloWarning, stacklevel=2)
    need("h5py")
    from .swarm import Swarm
    return Swarm(os.fsdecode(result.run.path))


def exact(source: Source, *, output: typing.Union[None, Path, typing.Dict[str, typing.Any]] = None, fresh: bool = False,
          threads: typing.Optional[int] = None, progress: Progress = None, **settings: typing.Any) -> Exact:
    """Exact quantum dynamics of the swarm that `source` describes (docs/exact.md), written to a file and returned (diabolo.Exact).
    source, output, fresh, threads, progress, settings: as for `run`. Ctrl-C stops it (KeyboardInterrupt); nothing is written then."""
    result = lib.ExactResult()
    try:
        _call("dia_exact", (c.byref(_input(source, output, settings)), fresh), (c.byref(result),), threads, progress)
        path = os.fsdecode(result.path)
    finally:
        lib.function("dia_exact_close")(c.byref(result))
    need("h5py")  # the file is there even without
    from .exact_file import Exact
    return Exact(path)


@dataclasses.dataclass(frozen=True, repr=False)
class Samples:
    """Initial conditions of N trajectories, atomic units. A atoms, D coordinates an atom, n states, m modes. What belongs to
    oscillators (wigner, husimi, boltzmann) is None with other samplings."""

    numbers: Array  # (A) atomic numbers
    masses: Array  # (A) electron masses
    position: Array  # (N, A, D) bohr
    velocity: Array  # (N, A, D) bohr per atomic unit of time
    state: Array  # (N) adiabatic
    weight: Array  # (N)
    kinetic: Array  # (N) hartree
    energies: Array  # (N, n) hartree, adiabatic
    amplitudes: typing.Optional[Array] = None  # (N, n) complex, of the diabatic states; None: 1 in `state`
    minimum: typing.Optional[Array] = None  # (A, D) bohr, of the surface sampled, or centre of stated oscillators
    minimum_energy: typing.Optional[float] = None  # hartree
    frequency: typing.Optional[Array] = None  # (m) hartree; imaginary ones negative
    zero_point: typing.Optional[float] = None  # hartree
    strengths: typing.Optional[Array] = None  # (N, n) oscillator strengths from `state`; None: the model has no dipoles

    def __len__(self) -> int:
        return len(self.position)

    def __repr__(self) -> str:
        return told(self)


def _samples(s):
    def array(pointer, *shape):
        return np.ctypeslib.as_array(pointer, shape).copy() if np.prod(shape) else np.zeros(shape)

    R = s.natom, s.dimension
    wigner = bool(s.minimum)
    return Samples(array(s.numbers, s.natom), array(s.masses, s.natom), array(s.R, s.n, *R), array(s.V, s.n, *R), array(s.state, s.n),
                   array(s.weight, s.n), array(s.kinetic, s.n), array(s.energies, s.n, s.nstate),
                   array(s.amplitudes, s.n, s.nstate, 2) @ [1, 1j] if s.amplitudes else None,
                   array(s.minimum, *R) if wigner else None, s.minimum_energy if wigner else None,
                   array(s.frequency, s.nmode) if wigner else None, s.zero_point if wigner else None,
                   array(s.strengths, s.n, s.nstate) if s.strengths else None)


def sample(source: Source, *, output: typing.Optional[Path] = None, progress: Progress = None, **settings: typing.Any) -> Samples:
    """Initial conditions of the swarm that `source` (as in run) describes: Samples. output: an extended XYZ file to write them to."""
    found = c.POINTER(lib.Samples)()
    _call("dia_sample", (c.byref(_input(source, output, settings)),), (c.byref(found),), None, progress)
    try:
        return _samples(found.contents)
    finally:
        lib.function("dia_samples_free")(found)


def train(source: Source, *, output: typing.Union[None, Path, typing.Dict[str, typing.Any]] = None, fresh: bool = False,
          threads: typing.Optional[int] = None, progress: Progress = None, **settings: typing.Any) -> Model:
    """Trains the network that `source` (as in run; an input of `diabolo train`) describes, or resumes its training, and returns the model
    (diabolo.Model). Ctrl-C stops it and leaves a checkpoint from which the same call resumes."""
    result = lib.TrainResult()
    try:
        _call("dia_train", (c.byref(_input(source, output, settings)), fresh), (c.byref(result),), threads, progress)
        path = os.fsdecode(result.model)
    finally:
        lib.function("dia_train_result_free")(c.byref(result))
    from .model import Model
    return Model(path)


def _take(text):
    """A text on the library's heap, which is freed."""
    value = c.cast(text, c.c_char_p).value
    lib.free(text)
    return json.loads(value)


def intersect(source: Source, *, output: typing.Union[None, Path, typing.Dict[str, typing.Any]] = None, fresh: bool = False,
              threads: typing.Optional[int] = None, progress: Progress = None, **settings: typing.Any) -> typing.Dict[str, typing.Any]:
    """Finds and follows intersections as `source` (as in run; an input of `diabolo intersect`) says; writes the file, and returns what
    `diabolo intersect --json` prints (docs/intersect.md) as a dictionary."""
    found = c.c_void_p()
    _call("dia_intersect", (c.byref(_input(source, output, settings)), fresh), (c.byref(found),), threads, progress)
    try:
        return _take(lib.function("dia_intersections_text")(found, True))
    finally:
        lib.function("dia_intersections_free")(found)


def analyse(swarm: typing.Union[Path, Swarm, Exact], source: typing.Optional[Source] = None, *, fit: typing.Optional[str] = None,
            schemes: typing.Sequence[str] = (), exact: typing.Union[None, Path, Exact] = None, threads: typing.Optional[int] = None, progress: Progress = None,
            **settings: typing.Any) -> typing.Dict[str, typing.Any]:
    """The analysis of a swarm, with errors: what `diabolo analyse --json` prints (docs/analyse.md) as a dictionary. swarm: a path or a
    diabolo.Swarm (or of `diabolo exact` a path or a diabolo.Exact). source (as in run; an input of `diabolo analyse`): groups, classes, ...;
    fit: a decay model; schemes: kinetic schemes; exact: a path or a diabolo.Exact of the same input, to compare the populations with."""
    names, text = [scheme.encode() for scheme in schemes], c.c_void_p()
    flags = lib.AnalyseFlags(fit=fit and fit.encode(), nscheme=len(names), scheme=(c.c_char_p * len(names))(*names),
                             exact=None if exact is None else _path(exact))
    asked = None if source is None and not settings else c.byref(_input(source or {}, None, settings))
    _call("dia_analyse", (asked, _path(swarm), c.byref(flags)), (None, c.byref(text)), threads, progress)
    return _take(text)


def _joined(name, swarms, progress):
    """What a function of several swarms says of paths, diabolo.Swarms or a dictionary of them."""
    if isinstance(swarms, (str, bytes, os.PathLike)) or hasattr(swarms, "path"):
        swarms = [swarms]  # too few, which is said below
    paths = [_path(s) for s in (swarms.values() if hasattr(swarms, "values") else swarms)]
    text = c.c_void_p()
    _call(name, (len(paths), (c.c_char_p * len(paths))(*paths)), (None, c.byref(text)), None, progress)
    return _take(text)


def compare(swarms: typing.Any, *, progress: Progress = None) -> typing.Dict[str, typing.Any]:
    """Paired differences of swarms from the first of them (docs/methods.md): what `diabolo compare --json` prints, as a dictionary.
    swarms: paths or diabolo.Swarms from the same initial conditions, or the dictionary that `run` returns."""
    return _joined("dia_compare", swarms, progress)


def analyse_members(swarms: typing.Any, *, progress: Progress = None) -> typing.Dict[str, typing.Any]:
    """Populations, outcomes and times of the swarms of a committee's members, with a band of the errors of sample and model
    (docs/committee.md): what `diabolo analyse A.h5 B.h5 ... --json` prints, as a dictionary. swarms: as in compare."""
    return _joined("dia_analyse_members", swarms, progress)


def mechanism(source: Source, *, output: typing.Union[None, Path, typing.Dict[str, typing.Any]] = None, threads: typing.Optional[int] = None, progress: Progress = None,
              **settings: typing.Any) -> typing.Dict[str, typing.Any]:
    """The mechanism of a swarm as `source` (as in run; an input of `diabolo mechanism`) asks; writes the file, and returns what
    `diabolo mechanism --json` prints (docs/mechanism.md) as a dictionary."""
    text = c.c_void_p()
    _call("dia_mechanism", (c.byref(_input(source, output, settings)),), (None, c.byref(text)), threads, progress)
    return _take(text)
