#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""faults.py PROGRAM SOURCE [--each N] [--only COMMAND[,COMMAND]] [--kinds KIND[,KIND]] [--seed N] [--memory memory.so]

Commands with a fault in each: an allocation fails, or all from some moment on (memory.c); the disk is full from some moment on; a write, read, sync, rename, cut or opening
of a file fails (strace, which injects the error); the process is killed at a system call, or at a random time. Then:

- no crash: the command ends by itself, with an exit status of its own, and says why;
- what was there before (a result of an earlier run, which `--fresh` would replace) is whole: the old bytes or the new ones;
- it succeeds only with the bytes of an undisturbed run;
- the same command again, undisturbed, ends with these bytes, and leaves no temporary file behind.

Each fault is at a place drawn at random from all that there are. Exit status 77: neither strace nor memory.so can be used."""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PULSE = """model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-8], momentum: [20], position_width: [1], momentum_width: [0.5], state: 0, trajectories: 150, seed: 1}
dynamics: {timestep: 0.1 fs, duration: 60 fs, stop: {transmitted: x > 8}}
output: {file: swarm.h5, every: 1 fs}
exact: {file: exact.h5}
"""
NET = """data: {file: data.h5, validation: 0.2, split: point}
network: {states: 2, layers: [5], descriptors: [inverse_distance]}
stages: [{optimiser: adam, epochs: 6, batch: 8}, {optimiser: lbfgs, iterations: 12, memory: 4}]
output: {file: net.h5}
"""
CROSSINGS = """model: {type: jahn_teller, g: 0.01}
start: {copies: 4, spread: 2 Angstrom, geometries: [{position: [-2, 0]}, {position: [0, 0.1]}]}
search: [{states: [0]}, {states: [0, 1]}]
scan: [{name: relaxed, from: S0-1, coordinate: position 0, range: [-5, 5], points: 3}]
descent: [{name: down, point: S1/S0-1, directions: 4}]
output: {file: points.h5}
"""
LEARN = """start: {geometry: nh3.xyz, points: 12}
engine: {type: model, file: %s/models/nh3/nh3.h5, states: 2}
train:
  committee: {members: 2}
  network: {layers: [4], descriptors: [inverse_distance]}
  stages: [{optimiser: adam, epochs: 3, batch: 8}]
swarm:
  initial: {sampling: wigner, state: 1, trajectories: 4}
  dynamics: {timestep: 0.5 fs, duration: 5 fs}
choose: {labels: 4, judge: 2}
criterion: {energy: 1 meV, rounds: 2, least: 2}
output: {folder: got}
"""
MECHANISM = """swarm: so2.h5
coordinates: [{name: so, coordinate: distance 0 1, bins: 8}]
components: {count: 2}
clusters: {radius: 0.5 Angstrom}
output: {file: mechanism.h5}
"""
SO2 = """model: %s/examples/photochem/02_so2_vibronic/so2_lvc.yaml
initial: {sampling: wigner, temperature: 0 K, state: 2, trajectories: 20, seed: 1}
dynamics: {timestep: 0.5 fs, duration: 20 fs}
output: {file: so2.h5, every: 2 fs}
"""
NH3 = "4\n\nN 0.0 0.0 0.12\nH 0.94 0.0 -0.27\nH -0.47 0.81 -0.27\nH -0.47 -0.81 -0.25\n"

# words: of the command; files: which it makes, of whose bytes nothing may differ; printed: so must what it prints; fresh: may replace what is there.
Case = collections.namedtuple("Case", "words files printed fresh")
CASES = {
    "run": Case("run swarm.yaml --quiet", ["swarm.h5"], False, True),
    "train": Case("train net.yaml --quiet", ["net.h5"], False, True),
    "learn": Case("learn learn.yaml --quiet", ["got/round-002/committee.h5", "got/round-002/labels.h5"], True, False),
    "intersect": Case("intersect points.yaml --quiet", ["points.h5"], True, True),
    "merge": Case("merge swarm.shard-001-of-003.h5 swarm.shard-002-of-003.h5 swarm.shard-003-of-003.h5 --quiet -o merged.h5", ["merged.h5"], False, True),
    "analyse": Case("analyse so2.h5 --bootstrap 40 --json", [], True, False),
    "exact": Case("exact swarm.yaml --quiet", ["exact.h5"], False, True),
    "mechanism": Case("mechanism mechanism.yaml --quiet", ["mechanism.h5"], True, False),
    "convert": Case("convert so2.h5 so2.xyz --quiet --force", ["so2.xyz"], False, False),
    "report": Case("report so2.h5 -o so2.html", ["so2.html"], False, False),
}
# What fails, and with which error. "+": all from that place on.
CALLS = {
    "full": ("write,pwrite64,writev,ftruncate,fallocate", "error=ENOSPC", "+"),
    "write": ("write,pwrite64,writev", "error=EIO", ""),
    "read": ("read,pread64,readv", "error=EIO", ""),
    "sync": ("fsync,fdatasync", "error=EIO", ""),
    "rename": ("rename,renameat,renameat2", "error=EACCES", ""),
    "cut": ("ftruncate", "error=EIO", ""),
    "open": ("openat,open", "error=EMFILE", ""),
    "kill": ("write,pwrite64,openat,fsync,fdatasync,rename,unlink,ftruncate", "signal=KILL", ""),
}
KINDS = ["memory", *CALLS, "time"]


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.random = random.Random(options.seed)
        self.environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", LC_ALL="C")
        self.start = folder / "start"
        self.start.mkdir()
        self.faults = []

    def run(self, place, words, before=(), environment=None, wait=120, kill_after=None):
        """(status, printed, said); the status of a command killed after a time is -9."""
        process = subprocess.Popen([*before, self.options.program, *words.split()], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, env={**self.environment, **(environment or {})})
        try:
            printed, said = process.communicate(timeout=kill_after or wait)
        except subprocess.TimeoutExpired:
            process.kill()
            printed, said = process.communicate()
            if kill_after is None:
                return "it hangs", printed, said.decode("utf-8", "replace")
        return process.returncode, printed, said.decode("utf-8", "replace")

    def good(self, place, words, **more):
        status, printed, said = self.run(place, words, **more)
        assert status == 0, f"{words}: {status}: {said}"
        return printed

    def prepare(self, source):
        for name, text in (("swarm.yaml", PULSE), ("net.yaml", NET), ("points.yaml", CROSSINGS), ("learn.yaml", LEARN % source), ("mechanism.yaml", MECHANISM),
                           ("so2.yaml", SO2 % source), ("nh3.xyz", NH3)):
            (self.start / name).write_text(text)
        for shard in (1, 2, 3):
            self.good(self.start, f"run swarm.yaml --quiet --shard {shard}/3")
        self.good(self.start, "run so2.yaml --quiet")
        self.good(self.start, "sample so2.yaml -o few.xyz --quiet --set initial.trajectories=30")
        self.good(self.start, f"evaluate {source}/examples/photochem/02_so2_vibronic/so2_lvc.yaml few.xyz -o data.h5 --states 2 --quiet")

    def place(self):
        """All at one place: some results name the files that they were made from."""
        place = self.folder / "work"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.start, place)
        return place

    def results(self, case, place):
        return [(place / name).read_bytes() if (place / name).exists() else None for name in case.files]

    def learn_case(self, name):
        """The undisturbed run: what it makes and prints, how long it takes, how many allocations and system calls it makes."""
        case, place = CASES[name], self.place()
        begun = time.monotonic()
        printed = self.good(place, case.words)
        took = time.monotonic() - begun
        made = self.results(case, place)
        assert all(made), f"{name}: a result is missing of {case.files}"
        counts = {}
        if self.options.memory:
            place, count = self.place(), self.folder / "count"
            self.good(place, case.words, environment={"LD_PRELOAD": self.options.memory, "FAULT_COUNT": str(count)})
            counts["memory"] = int(count.read_text())
        if self.options.strace:
            place, log = self.place(), self.folder / "log"
            calls = ",".join(sorted({call for names, _, _ in CALLS.values() for call in names.split(",")}))
            self.good(place, case.words, before=["strace", "-y", "-o", str(log), "-e", "trace=" + calls])
            self.count(place, log.read_text(errors="replace"), counts)
        counts["time"] = 10**9
        return case, printed, made, took, counts

    def count(self, place, log, counts):
        """Calls that concern files of ours: the loader's are not. Faults are placed by name of the file, as strace filters them."""
        lines = [line for line in re.sub(r"AT_FDCWD<[^>]*>", "AT_FDCWD", log).splitlines()
                 if ".so" not in line and (str(place) in line or re.match(r'\w+\((AT_FDCWD[^,]*, )?"[^/]', line))]
        self.paths = sorted({match for line in lines for match in re.findall(re.escape(str(place)) + r'[^">)]*', line)} |
                            {str(place / match) for line in lines for match in re.findall(r'"([^/"][^"]*)"', line) if (match.count("\\") == 0)})
        for kind, (names, _, _) in CALLS.items():
            counts[kind] = sum(line.split("(")[0] in names.split(",") for line in lines)

    def trial(self, name, kind, case, printed, made, took, total):
        k, old = self.random.randint(1, total), self.random.random() < 0.5
        place = self.place()
        before, environment, after = (), {}, None
        words = case.words
        if case.fresh and old:  # a result of other settings is in the way, which --fresh replaces
            for file in case.files:
                shutil.copy(self.folder / f"old.{name}", place / file)
            words += " --fresh"
        if kind == "memory":
            environment = {"LD_PRELOAD": self.options.memory, "FAULT_MEMORY": f"{k}{'+' if self.random.random() < 0.5 else ''}"}
            what = f"allocation {environment['FAULT_MEMORY']} of {total}"
        elif kind == "time":
            after = max(0.01, self.random.random() * took)
            what = f"killed after {after:.3f} s"
        else:
            names, error, more = CALLS[kind]
            before = ["strace", "-o", "/dev/null", "-e", "trace=" + names, "-e", f"inject={names}:{error}:when={k}{more}"]
            for path in self.paths:  # as it is named by the program: strace compares words
                before += ["-P", path] + (["-P", os.path.relpath(path, place)] if path != str(place) else [])
            what = f"{kind}: call {k}{more} of {total}"
        status, out, said = self.run(place, words, before, environment, kill_after=after)
        killed = kind in ("kill", "time")
        after_it = self.results(case, place)

        def fault(text):
            self.faults.append(f"{name}: {what}{', something is there' if old else ''}: {text}: status {status}: {said[-400:]!r}")
            print("FAILED: " + self.faults[-1], flush=True)

        if status == "it hangs" or (isinstance(status, int) and (status < 0 or status > 128) and not killed) or "Sanitizer" in said or "runtime error" in said:
            fault("it does not end by itself")
        lacks = name == "analyse" and b'"missing": "' in out  # an analysis without the swarm's model says why it lacks what needs it
        if status == 0 and (after_it != made or (case.printed and out != printed)) and not lacks:
            fault("it succeeds with another result")
        if isinstance(status, int) and 0 < status < 128 and not said.strip():
            fault("it fails without a word")
        if isinstance(status, int) and status > 0 and case.printed and out and name == "analyse" and out != printed[:len(out)]:
            fault("it prints something else")
        for now, new, file in zip(after_it, made, case.files):
            earlier = (self.folder / f"old.{name}").read_bytes() if case.fresh and old else None
            if now not in (new, earlier):
                fault(f"{file} is neither as before nor whole")
        again, out, told = self.run(place, words)
        if again != 0 or self.results(case, place) != made or (case.printed and out != printed):
            said = told
            fault(f"the same command again: {again}, " + ("the same" if self.results(case, place) == made else "another result"))
        left = [str(p.relative_to(place)) for p in place.rglob("*") if p.name.endswith((".tmp", ".journal", ".checkpoint"))]
        if again == 0 and left:
            fault(f"left behind: {left}")
        return killed and status != 0, status != 0

    def old_result(self, name):
        """A result of the same command and other settings."""
        case, place = CASES[name], self.place()
        change = {"run": "--set initial.seed=2", "train": "--set network.seed=5", "intersect": "--set scan.0.points=5", "exact": "--set initial.momentum=[21]"}
        if name == "merge":
            for shard in (1, 2, 3):
                self.good(place, f"run swarm.yaml --quiet --fresh --shard {shard}/3 --set initial.seed=2")
        self.good(place, f"{case.words} {change.get(name, '')}")
        shutil.copy(place / case.files[0], self.folder / f"old.{name}")

    def all_of(self, name):
        if CASES[name].fresh:
            self.old_result(name)
        case, printed, made, took, counts = self.learn_case(name)
        for kind in self.options.kinds:
            if counts.get(kind, 0) == 0:
                continue
            tried = [self.trial(name, kind, case, printed, made, took, counts[kind]) for _ in range(self.options.each)]
            print(f"{name:10} {kind:7} {counts[kind] if kind != 'time' else '':>7} places, {len(tried)} faults, {sum(f for _, f in tried)} of them stopped it", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("source")
    parser.add_argument("--each", type=int, default=1, help="faults of each kind for each command")
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("TEST_SEED", 1)))
    parser.add_argument("--memory", default="")
    options = parser.parse_args()
    options.program, options.source = str(pathlib.Path(options.program).resolve()), str(pathlib.Path(options.source).resolve())
    options.memory = str(pathlib.Path(options.memory).resolve()) if options.memory else ""
    options.strace = shutil.which("strace") is not None and subprocess.run(["strace", "-o", "/dev/null", "-P", "/nosuch", "-e", "inject=fsync:error=EIO:when=1", "true"],
                                                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    options.kinds = [kind for kind in options.kinds.split(",") if kind == "time" or (options.memory if kind == "memory" else options.strace)]
    if options.kinds in ([], ["time"]):
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, pathlib.Path(folder).resolve())
        bench.prepare(options.source)
        for name in options.only.split(","):
            bench.all_of(name)
        print(f"{len(bench.faults)} failures; seed {options.seed}")
        sys.exit(len(bench.faults) > 0)


main()
