#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""damaged.py PROGRAM SOURCE: reads damaged copies of whole.h5 by every command and by the package diabolo; see damaged.sh."""
import os
import pathlib
import shutil
import subprocess
import sys

import h5py
import numpy as np

PROGRAM, SOURCE = sys.argv[1:3]
ALL = os.environ.get("DAMAGED") == "all"

# Numbers whose sign is free: -x is as good as x. Of these, another value within reason cannot be told from the right one.
SIGNED = {"molecule/reference", "initial/position", "initial/velocity", "trajectories/potential", "trajectories/energies",
          "trajectories/amplitudes", "trajectories/position", "trajectories/velocity", "hops/position", "hops/velocity"}
# Extents are taken from these: when they are wrong, others are found to disagree with them.
SCALES = ("trajectories/active", "molecule/reference", "populations/active", "hops/trajectory", "format", "version")
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


def run(name):
    """Exit status, what came out, what was said."""
    command, file = COMMANDS[name]
    if pathlib.Path("out").is_dir():
        shutil.rmtree("out")
    pathlib.Path("out").unlink(missing_ok=True)
    words = [PROGRAM, *command.split()] if command else [sys.executable, "-c", READ]
    done = subprocess.run(words, capture_output=True, timeout=300, cwd=".")
    made = done.stdout
    if file and pathlib.Path(file).is_dir():
        made = b"".join(p.read_bytes() for p in sorted(pathlib.Path(file).rglob("*")) if p.is_file())
    elif file and pathlib.Path(file).exists():
        made = pathlib.Path(file).read_bytes()
    return done.returncode, made, done.stderr.decode("utf-8", "replace")


# ---- damages: each a function of the file, or None where it does not apply ----------------------------------------------------


def replace(f, name, values, unit=True):
    old = f[name].attrs["unit"]
    del f[name]
    f[name] = values
    if unit:
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
    kind, unit, rank = f[name].dtype, f[name].attrs["unit"], f[name].ndim
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
    yield "no unit", lambda f, n: f[n].attrs.__delitem__("unit")
    yield "a strange unit", lambda f, n: f[n].attrs.__setitem__("unit", "furlong\x1b[31m" * 1000)
    yield "another unit", lambda f, n: f[n].attrs.__setitem__("unit", "ps" if f[n].attrs["unit"] == "fs" else "eV")
    if real:
        yield "NaN", put(np.nan)
        yield "infinity", put(np.inf)
        yield "huge", put(1e30)
    else:
        yield "huge", put(lambda a: np.iinfo(a.dtype).max)
        yield "fractions", shaped(lambda a: a + 0.5)
    if name not in SIGNED:
        yield "negative", put(lambda a: -abs(a.flat[a.size // 2]) - 1)
    if name in ("time", "trajectories/number", "hops/trajectory", "hops/time"):
        yield "descending", shaped(lambda a: a[::-1])


ATTRIBUTES = [("format", 7), ("format", "x" * 100000), ("version", 2), ("version", -1), ("version", "one"), ("input", 7),
              ("model_digest", "abc"), ("model_digest", "\x1b" * 64), ("digest", ""), ("model_path", "x" * 100000), ("method", "\x1b[31m"),
              ("model_type", "y" * 1000), ("timestep", np.nan), ("timestep", 0.0), ("timestep", -0.1), ("timestep", 1e300),
              ("every", 0), ("every", -1), ("every", 1 << 62), ("states", 2), ("states", -3), ("trajectories", 1 << 40), ("excluded", 5),
              ("timestep", None), ("every", None), ("format", None), ("method", None), ("model_digest", None), ("resolved", None),
              ("seed", "many"), ("timestep", np.array([0.1, 0.2]))]


def variants():
    """(name, what, change of an open file, may the numbers be others?)"""
    with h5py.File("whole.h5") as f:
        names = []
        f.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        kinds = {name: list(damages(name, f[name])) for name in names}
    for name in names:
        for what, change in kinds[name]:
            yield name, what, (lambda f, change=change, name=name: change(f, name)), what == "missing" and name in OPTIONAL
    for name, value in ATTRIBUTES:
        yield name, f"= {value!r:.30}", (lambda f, name=name, value=value: f.attrs.__delitem__(name) if value is None
                                         else f.attrs.__setitem__(name, value)), False


def prepare():
    shutil.copy("whole.h5", "swarm.h5")
    shutil.copy(f"{SOURCE}/models/ethylene/ethylene.h5", "model.h5")
    pathlib.Path("mechanism.yaml").write_text("swarm: swarm.h5\ncoordinates: [{name: cc, coordinate: distance 0 1}]\n"
                                              "components: {count: 2}\nclusters: {radius: 0.5 Angstrom}\n")
    pathlib.Path("intersect.yaml").write_text("model: model.h5\nstart: {file: swarm.h5, hops: all, limit: 1}\n"
                                              "search: [{states: [0, 1]}]\noutput: {file: out}\n")


def main():
    prepare()
    whole = {}
    for name in COMMANDS:
        whole[name] = run(name)
        assert whole[name][0] == 0, f"{name} of the whole file: {whole[name][2]}"
    faults = tried = refused = 0
    order = list(COMMANDS)
    for i, (name, what, change, free) in enumerate(variants()):
        shutil.copy("whole.h5", "swarm.h5")
        with h5py.File("swarm.h5", "r+") as f:
            change(f)
        for command in order if ALL else [order[(i + i // len(order)) % len(order)]]:
            status, made, said = run(command)
            tried += 1
            refused += status != 0
            wrong = []
            if status not in (0, 1, 2) or "Sanitizer" in said or "runtime error" in said:
                wrong.append(f"status {status}")
            if status == 0 and not free and made != whole[command][1] and command != "info":
                wrong.append("other numbers without a word")
            if status != 0 and not free and (name not in said or "swarm.h5" not in said) and name not in SCALES:
                wrong.append("the message does not say where")
            if len(said) > 4100 + 1000 * (command == "python") or "\x1b" in said:
                wrong.append(f"a message of {len(said)} characters, or with control characters")
            for fault in wrong:
                faults += 1
                print(f"FAILED: {name}, {what}: {command}: {fault}: {said[-300:]!r}")
    print(f"{tried} readings of damaged files, {refused} refused, {faults} faults")
    sys.exit(faults > 0)


main()
