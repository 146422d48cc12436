#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""damaged.py PROGRAM SOURCE KIND: damaged copies of a swarm (whole.h5), a model, a data set, a checkpoint, a mechanism file and exact dynamics, read by the commands and by the package
diabolo; see damaged.sh."""
import collections
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy as np

PROGRAM, SOURCE, KIND = sys.argv[1:4]
ALL = os.environ.get("DAMAGED") == "all"

# Numbers whose sign is free: -x is as good as x. Of these, another value within reason cannot be told from the right one.
SIGNED = {"molecule/reference", "initial/position", "initial/velocity", "trajectories/potential", "trajectories/energies",
          "trajectories/amplitudes", "trajectories/position", "trajectories/velocity", "hops/position", "hops/velocity"}
# Extents are taken from these: when they are wrong, others are found to disagree with them.
SCALES = ("trajectories/active", "molecule/reference", "populations/active", "hops/trajectory", "format", "version", "time", "census/hops/time",
          "census/points/name", "census/table/from", "coordinates/0/mean", "coordinates/0/density", "modes/frequency", "modes/vector", "components/mean", "clusters/0/item",
          "clusters/0/position")
# What the page of a swarm reads of a mechanism file; of these, NaN (there is none) is no damage.
PAGE = ["time", "census/hops/time", "census/hops/point", "census/points/name", "census/points/label", "census/passages/last", "coordinates/0/mean",
        "coordinates/0/quantile", "coordinates/0/density", "coordinates/0/edge", "modes/frequency", "modes/mean", "components/vector", "components/deviation",
        "clusters/0/count", "clusters/0/position"]
PAGE += ["census/table/" + name for name in "from point count share mean_time energy gap".split()]
ABSENT = {name for name in PAGE if name.startswith(("census/table/", "coordinates/0/mean", "coordinates/0/quantile", "modes/mean", "components/dev"))}
SIGNED |= {"coordinates/0/mean", "coordinates/0/quantile", "census/table/energy", "modes/frequency", "modes/mean", "components/vector", "clusters/0/position"}
OPTIONAL = {"trajectories/energies", "trajectories/amplitudes", "trajectories/position", "trajectories/velocity", "hops/velocity",
            "initial/position", "initial/velocity"}

READ = """
import sys, diabolo
with diabolo.Swarm("swarm.h5") as s:
    for name in ("populations", "trajectories", "hops"):
        print(getattr(s, name).tobytes().hex())
    for name in ("active", "potential", "kinetic", "energies", "amplitudes", "position", "velocity"):
        print(s["trajectories/" + name].tobytes().hex())
    print(s.time.tobytes().hex(), s.numbers.tobytes().hex(), s.masses.tobytes().hex(), s.reference.tobytes().hex())
"""
COMMANDS = {  # name: (command, the file it makes; None: what it prints)
    "analyse": ("analyse swarm.h5 --json --bootstrap 0 --model model.h5", None),
    "mechanism": ("mechanism mechanism.yaml -q -o out", "out"),
    "xyz": ("convert swarm.h5 out --format extxyz --force -q", "out"),
    "hops": ("convert swarm.h5 out --format extxyz --table hops --force -q", "out"),
    "h5md": ("convert swarm.h5 out --format h5md --force -q", "out"),
    "sharc": ("convert swarm.h5 out --format sharc --force -q", "out"),
    "populations.csv": ("convert swarm.h5 out --format csv --table populations --force -q", "out"),
    "hops.csv": ("convert swarm.h5 out --format csv --table hops --force -q", "out"),
    "energies.csv": ("convert swarm.h5 out --format csv --table energies --force -q", "out"),
    "trajectories.csv": ("convert swarm.h5 out --format csv --table trajectories --force -q", "out"),
    "report": ("report swarm.h5 -o out", "out"),
    "info": ("info swarm.h5", None),
    "intersect": ("intersect intersect.yaml --json -q -o out", None),
    "python": (None, None)}
# Numbers of models, data sets and checkpoints cannot be told from others within reason: these commands must not crash, must refuse what is of
# another shape, and say where.
MODEL = {"info": ("info model.h5", None), "evaluate": ("evaluate model.h5 few.xyz -o out", "out"),
         "run": ("run run.yaml -q --fresh -o out", "out"), "intersect": ("intersect find.yaml -q --fresh -o out", "out")}
DATA = {"train": ("train learn.yaml -q --fresh -o out", "out"), "info": ("info data.h5", None), "evaluate": ("evaluate model.h5 data.h5 --json", None),
        "xyz": ("convert data.h5 out --format extxyz --force -q", "out")}
MECHANISM = {"report": ("report whole.h5 --mechanism mechanism.h5 -o out", "out")}
EXACT = {"analyse": ("analyse exact.h5 --json", None), "beside": ("analyse tully.h5 --exact exact.h5 --bootstrap 0 --json", None),
         "report": ("report exact.h5 -o out", "out"), "exact": ("exact tully.yaml -q", None), "info": ("info exact.h5", None)}
CHECKPOINT = {"train": ("train long.yaml -q -o out", "out"), "info": ("info out.checkpoint", None)}


def run(command, file):
    """Exit status, what came out, what was said."""
    if pathlib.Path("out").is_dir():
        shutil.rmtree("out")
    pathlib.Path("out").unlink(missing_ok=True)
    words = [PROGRAM, *command.split()] if command else [sys.executable, "-c", READ]
    preload = os.environ.get("DIABOLO_PRELOAD")  # a sanitizer, for Python
    more = {"LD_PRELOAD": preload, "ASAN_OPTIONS": "detect_leaks=0"} if preload and not command else {}
    done = subprocess.run(words, capture_output=True, timeout=300, cwd=".", env={**os.environ, **more})
    made = done.stdout
    if file and pathlib.Path(file).is_dir():
        made = b"".join(p.read_bytes() for p in sorted(pathlib.Path(file).rglob("*")) if p.is_file())
    elif file and pathlib.Path(file).exists():
        made = pathlib.Path(file).read_bytes()
    return done.returncode, made, done.stderr.decode("utf-8", "replace")


# ---- damages: each a function of the file, or None where it does not apply ----------------------------------------------------


def replace(f, name, values, unit=True):
    old = f[name].attrs.get("unit")
    del f[name]
    f[name] = values
    if unit and old is not None:
        f[name].attrs["unit"] = old


def put(value):
    def change(f, name):
        values = f[name][:]
        values.flat[values.size // 2] = value(values) if callable(value) else value
        replace(f, name, values)
    return change


def shaped(change):
    return lambda f, name: replace(f, name, change(f[name][:]))


def huge_shape(f, name):
    kind, unit, rank = f[name].dtype, f[name].attrs.get("unit", "1"), f[name].ndim
    del f[name]
    f.create_dataset(name, shape=(1 << 40,) * rank, dtype=kind, chunks=(1024,) + (1,) * (rank - 1)).attrs["unit"] = unit


def damages(name, dataset):
    """Pairs (what, change)."""
    real, last = dataset.dtype.kind == "f", dataset.ndim - 1
    yield "missing", lambda f, n: f.__delitem__(n)
    yield "fewer rows", shaped(lambda a: a[:-1])
    yield "more rows", shaped(lambda a: np.concatenate([a, a[-1:]]))
    if last > 0:
        yield "shorter rows", shaped(lambda a: a[..., :-1])
        yield "longer rows", shaped(lambda a: np.concatenate([a, a[..., -1:]], last))
    yield "one row", shaped(lambda a: a[:1])
    yield "no rows", shaped(lambda a: a[:0])
    yield "another rank", shaped(lambda a: a[..., None])
    yield "one number", shaped(lambda a: a.flat[0])
    yield "text", shaped(lambda a: np.full(a.shape, b"x\x1b[31m", "S8"))
    yield "a shape beyond memory", huge_shape
    if "unit" in dataset.attrs:
        yield "no unit", lambda f, n: f[n].attrs.__delitem__("unit")
        yield "a strange unit", lambda f, n: f[n].attrs.__setitem__("unit", "furlong\x1b[31m" * 1000)
        yield "another unit", lambda f, n: f[n].attrs.__setitem__("unit", "ps" if f[n].attrs["unit"] == "fs" else "eV")
    if dataset.dtype.kind == "O":
        yield "numbers", shaped(lambda a: np.arange(a.size))
        yield "long texts", shaped(lambda a: np.full(a.shape, "\x1b[31m%s%n" * 20000, object))
        return
    if real:
        yield "NaN", put(np.nan)
        yield "infinity", put(np.inf)
        yield "huge", put(1e30)
    else:
        yield "huge", put(lambda a: np.iinfo(a.dtype).max)
        yield "fractions", shaped(lambda a: a + 0.5)
    if name not in SIGNED:
        yield "negative", put(lambda a: -abs(a.flat[a.size // 2]) - 2)
    if name in ("time", "trajectories/number", "hops/trajectory", "hops/time"):
        yield "descending", shaped(lambda a: a[::-1])


ATTRIBUTES = [("format", 7), ("format", "x" * 100000), ("version", 2), ("version", -1), ("version", "one"), ("input", 7),
              ("model_digest", "abc"), ("model_digest", "\x1b" * 64), ("digest", ""), ("model_path", "x" * 100000), ("method", "\x1b[31m"),
              ("model_type", "y" * 1000), ("timestep", np.nan), ("timestep", 0.0), ("timestep", -0.1), ("timestep", 1e300),
              ("every", 0), ("every", -1), ("every", 1 << 62), ("states", 2), ("states", -3), ("trajectories", 1 << 40), ("excluded", 5),
              ("timestep", None), ("every", None), ("format", None), ("method", None), ("model_digest", None), ("resolved", None),
              ("seed", "many"), ("model_note", "\x1b[31m"), ("resolved", "\x1b[31m"), ("first_outside", "\x1b[31m"), ("timestep", np.array([0.1, 0.2]))]


ROOT = [("format", 7), ("format", "x" * 100000), ("version", 99), ("version", -1), ("version", "one"), ("format", None), ("version", None)]
OF_MODEL = ROOT + [("states", 0), ("states", -3), ("states", 1 << 40), ("states", 2), ("states", None), ("layers", 0), ("layers", 1 << 33), ("layers", 4),
                   ("activation", "relu\x1b[31m"), ("activation", 3), ("type", "x" * 5000), ("training", 7), ("errors", "{" * 100000), ("errors", 3),
                   ("note", "\x1b[31m" * 5000), ("note", 7), ("reference_model", "type: nothing"), ("reference_model", "x\n\x1b" * 9999),
                   ("licence", "\x1b[31m" * 5000), ("source", 1.5), ("data_sha256", 3)]
OF_DATA = ROOT + [("level_of_theory", 3), ("licence", "\x1b[31m" * 5000), ("source", np.array([1.5, 2.0]))]
OF_CHECKPOINT = ROOT + [("digest", "abc"), ("digest", 7), ("stage", -1), ("stage", 1), ("stage", 1 << 40), ("stage", None), ("iteration", -1),
                        ("iteration", 1 << 40), ("iteration", "x"), ("iteration", None)]

OF_MECHANISM = [("format", 7), ("version", 2), ("format", None)] + [
    ("coordinates/0@" + name, value) for name in ("name", "coordinate") for value in (None, 7, "x" * 100000, "\x1b[31m")] + [
    (place, value) for place in ("modes@source", "components@weighting", "components@to", "clusters@radius", "clusters/0@name") for value in (None, "\x1b[31m")]

OF_EXACT = ROOT + [("states", 0), ("states", -3), ("states", 1 << 40), ("states", None), ("coordinates", 0), ("coordinates", 1 << 40), ("timestep", np.nan),
                   ("timestep", "x"), ("every", 0), ("every", None), ("engine", "\x1b[31m" * 100), ("engine", None), ("settings", 7), ("norm_drift", "x"), ("resolved", "\x1b"),
                   ("resolved", "initial:\n"), ("resolved", None), ("model_digest", "x" * 99999), ("model_digest", None), ("model_type", "\x1b[31m"),
                   ("stop_conditions", "\n" * 999), ("stop_conditions", "x" * 99999), ("stop_conditions", None), ("stop_conditions", 7), ("identity", None)]
# What analyses and pages show of it.
SHOWN = ["time", "populations/active", "populations/diabatic_error", "norm", "energy/kinetic", "position/width", "absorbed/adiabatic", "outcomes/adiabatic",
         "autocorrelation/value", "spectrum/energy", "convergence/what", "convergence/change"]
TULLY = """model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-8], momentum: [20], position_width: [1], momentum_width: [0.5], state: 0, trajectories: 20}
dynamics: {timestep: 0.2 fs, duration: 40 fs, stop: {transmitted: x > 5}}
output: {file: tully.h5, every: 4 fs}
exact: {file: exact.h5}
"""

# file: of which copies are damaged; whole: the good one; scales: see SCALES; strict: other numbers, and refusals that do not say where, are faults.
# only: of these datasets alone.
Kind = collections.namedtuple("Kind", "file whole commands attributes strict only", defaults=[None])
KINDS = {"swarm": Kind("swarm.h5", "whole.h5", COMMANDS, ATTRIBUTES, True), "model": Kind("model.h5", "model.whole", MODEL, OF_MODEL, False),
         "data": Kind("data.h5", "data.whole", DATA, OF_DATA, False),
         "checkpoint": Kind("out.checkpoint", "checkpoint.whole", CHECKPOINT, OF_CHECKPOINT, False),
         "exact": Kind("exact.h5", "exact.whole", EXACT, OF_EXACT, False, SHOWN),
         "mechanism": Kind("mechanism.h5", "mechanism.whole", MECHANISM, OF_MECHANISM, True, PAGE)}
# Damages that leave numbers of another shape or kind, which each reader of the dataset must refuse.
SHAPES = {"fewer rows", "more rows", "shorter rows", "longer rows", "no rows", "another rank", "one number", "text", "a shape beyond memory", "NaN", "infinity"}
# Read by nobody, by some commands alone, or of any length.
LOOSE = ("history", "group", "dipoles", "descriptors", "region/centres", "losses")


def variants(kind):
    """(name, what, change of an open file, may the numbers be others?)"""
    with h5py.File(kind.whole) as f:
        names = []
        f.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) and name in (kind.only or [name]) else None)
        kinds = {name: list(damages(name, f[name])) for name in names}
    for name in names:
        for what, change in kinds[name]:
            yield name, what, (lambda f, change=change, name=name: change(f, name)), not kind.strict or (
                what == "missing" and name in OPTIONAL or what == "NaN" and name in ABSENT)
    if not kind.strict:  # numbers that count or point to something, of all sizes
        for name in (n for n in names if n in ("state", "theta", "losses", "symmetry/permutations", "symmetry/inversions", "molecule/numbers", "numbers")):
            for value in (-1e18, -1, 0.5, 5, 1e18, 1e300):
                yield name, f"{value} at the beginning", (lambda f, name=name, value=value: replace(f, name, at_start(f[name][:], value))), True
    for where, value in kind.attributes:  # "GROUP@NAME", or a name of the root
        group, _, name = where.rpartition("@")
        yield name, f"= {value!r:.30}", (lambda f, at=group or "/", name=name, value=value: f[at].attrs.pop(name, None) if value is None
                                         else f[at].attrs.__setitem__(name, value)), not kind.strict


def at_start(values, number):
    values = values.astype(float)
    values.flat[:4] = number
    return values


def checkpoint():
    """Of a training that was stopped; told to be in its last iteration but one, so that it can be finished at once."""
    training = subprocess.Popen([PROGRAM, *CHECKPOINT["train"][0].split()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        time.sleep(0.1)
        if training.poll() is not None or any(line.startswith("SigCgt") and int(line.split()[1], 16) & 2  # SIGINT is caught
                                              for line in pathlib.Path(f"/proc/{training.pid}/status").read_text().splitlines()):
            break
    time.sleep(1)
    training.send_signal(signal.SIGINT)
    training.wait(timeout=300)
    with h5py.File("out.checkpoint", "r+") as f:
        f.attrs["iteration"] = LONG - 1
    shutil.move("out.checkpoint", "checkpoint.whole")


LONG = 1000000


def prepare():
    shutil.copy("whole.h5", "swarm.h5")
    shutil.copy(f"{SOURCE}/models/ethylene/ethylene.h5", "model.h5")
    shutil.copy("model.h5", "model.whole")
    with h5py.File(f"{SOURCE}/models/ethylene/data.h5") as all_of_it, h5py.File("data.h5", "w") as f:  # 40 points
        for name, value in all_of_it.attrs.items():
            f.attrs[name] = value
        for name, item in all_of_it.items():
            f[name] = item[:40] if len(item) > 40 else item[:]
            for key, value in item.attrs.items():
                f[name].attrs[key] = value
        numbers, R = f["numbers"][:], f["positions"][:2] * 0.529177210903
    shutil.copy("data.h5", "data.whole")
    pathlib.Path("few.xyz").write_text("".join("6\n\n" + "".join(f"{'C' if z == 6 else 'H'} {x:.9f} {y:.9f} {w:.9f}\n" for z, (x, y, w) in zip(numbers, r)) for r in R))
    pathlib.Path("mechanism.yaml").write_text("swarm: swarm.h5\ncoordinates: [{name: cc, coordinate: distance 0 1}]\n"
                                              "components: {count: 2}\nclusters: {radius: 0.5 Angstrom}\n")
    pathlib.Path("intersect.yaml").write_text("model: model.h5\nstart: {file: swarm.h5, hops: all, limit: 1}\n"
                                              "search: [{states: [0, 1]}]\noutput: {file: out}\n")
    pathlib.Path("run.yaml").write_text("model: model.h5\ninitial: {sampling: file, file: few.xyz, state: 1}\n"
                                        "dynamics: {timestep: 0.5 fs, duration: 1 fs}\noutput: {file: out}\n")
    pathlib.Path("find.yaml").write_text("model: model.h5\nstart: {file: few.xyz}\nsearch: [{states: [0]}]\nconvergence: {iterations: 1}\n")
    network = "data: {file: data.h5, validation: 0.1, split: point}\nnetwork: {states: 3, layers: [3]}\nstages: [{%s}]\noutput: {file: out}\n"
    pathlib.Path("learn.yaml").write_text(network % "optimiser: adam, epochs: 1")
    pathlib.Path("long.yaml").write_text(network % f"optimiser: lbfgs, iterations: {LONG}, memory: 4, tolerance: 0")
    if KIND == "exact":
        pathlib.Path("tully.yaml").write_text(TULLY)
        assert run("run tully.yaml -q", None)[0] == 0 and run("exact tully.yaml -q", None)[0] == 0
        shutil.copy("exact.h5", "exact.whole")
    if KIND == "checkpoint":
        checkpoint()


def check(kind, name, what, free, command, whole, result):
    """What is wrong with the result of one reading."""
    status, made, said = result
    if status not in (0, 1, 2) or "Sanitizer" in said or "runtime error" in said:
        yield f"status {status}"
    if status == 0 and not free and made != whole[1] and command != "info":
        yield "other numbers without a word"
    missing = what == "NaN" and kind.file == "data.h5" and name in ("energies", "gradients", "couplings")
    if status == 0 and not kind.strict and what in SHAPES and not missing and command != "info" and not name.startswith(LOOSE) and made != whole[1]:
        yield "taken all the same"
    if status != 0 and kind.strict and not free and (name not in said or kind.file not in said) and name not in SCALES:
        yield "the message does not say where"
    if status != 0 and not kind.strict and kind.file not in said and not (command == "run" and what == "huge"):  # the flight fails
        yield "the message does not name the file"
    if len(said) > 4100 + 1000 * (command == "python") or "\x1b" in said or kind.commands[command][1] is None and b"\x1b" in made:
        yield f"a message of {len(said)} characters, or with control characters"


def read_damaged(kind):
    """Readings, refusals, faults."""
    whole = {}
    for name, command in kind.commands.items():
        shutil.copy(kind.whole, kind.file)
        whole[name] = run(*command)
        assert whole[name][0] == 0, f"{name} of the whole file: {whole[name][2]}"
    faults = tried = refused = 0
    order = list(kind.commands)
    for i, (name, what, change, free) in enumerate(variants(kind)):
        shutil.copy(kind.whole, "damaged.h5")
        with h5py.File("damaged.h5", "r+") as f:
            change(f)
        for command in order if ALL else [order[(i + i // len(order)) % len(order)]]:
            shutil.copy("damaged.h5", kind.file)
            result = run(*kind.commands[command])
            tried += 1
            refused += result[0] != 0
            for fault in check(kind, name, what, free, command, whole[command], result):
                faults += 1
                print(f"FAILED: {kind.file}: {name}, {what}: {command}: {fault}: {result[2][-300:]!r}")
    shutil.copy(kind.whole, kind.file)
    print(f"{kind.file}: {tried} readings of damaged files, {refused} refused, {faults} faults")
    return faults


def main():
    prepare()
    sys.exit(read_damaged(KINDS[KIND]) > 0)


main()
