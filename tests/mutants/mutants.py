# SPDX-License-Identifier: GPL-3.0-or-later
"""Small random changes in C sources, one at a time: does a test notice?

    python3 tests/mutants/mutants.py reach WORK             once: builds a copy with counters, runs every test, notes which lines it reaches
    python3 tests/mutants/mutants.py run WORK --count 200   draws, builds, tests; goes on where it stopped
    python3 tests/mutants/mutants.py again WORK             survivors once more, with the tests as they are now
    python3 tests/mutants/mutants.py table WORK             what became of all

WORK: a folder outside the checkout (3 GB), whose copies are changed; the checkout is only read. One process in a folder; two folders, a seed
each, share what `reach` measured by a link. A mutant whose machine code is that of the original is none, and another is drawn; so is one that
does not compile. Only tests that reach the changed lines are run, the fast ones first, those that have killed a mutant of the file as if they
were four times as fast. A test that fails, or takes 3 times the time of the build with counters and 10 s, kills, if it passes with the original."""
import argparse
import difflib
import glob
import json
import os
import random
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter

sys.dont_write_bytecode = True
from reach import Reach, configure, copy_tree, tests_of  # noqa: E402
from sites import Site, mutated, sites  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOMS = ["src/model", "src/electronic", "src/dynamics", "src/train", "src/swarm", "src/statistics", "src/analyse/kinetics",
         "src/analyse/populations"]
STRICT = "-g0 -Werror=incompatible-pointer-types -Werror=int-conversion -Werror=discarded-qualifiers -fdiagnostics-color=never"
MEMORY = 8 << 30  # bytes of address space of a test's process


def measured(test, limit):
    """(outcome, seconds of processor). limit: seconds of processor of one process, and ten times that by the clock."""
    def bound():
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(test["command"], cwd=test["folder"], env={**os.environ, **test["environment"], "OPENBLAS_NUM_THREADS": "1"},
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                          preexec_fn=bound) as process:
        try:
            status = process.wait(10 * limit + 60)
        except subprocess.TimeoutExpired:
            status = -9
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    outcome = {0: "passed", test["skip"]: "skipped", -9: "limit", -24: "limit"}.get(status, "failed")
    return outcome, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def code(target, content=None):
    """An object without what debuggers read; content: of these bytes instead."""
    with tempfile.NamedTemporaryFile(suffix=".o") as bare, tempfile.NamedTemporaryFile(suffix=".o") as given:
        if content is not None:
            given.write(content)
            given.flush()
            target = given.name
        subprocess.run(["objcopy", "--strip-debug", target, bare.name], check=True)
        with open(bare.name, "rb") as file:
            return file.read()


class Bench:
    """The copy that is changed (WORK/tree), its build (WORK/build), and the tests in it."""

    def __init__(self, work):
        self.work, self.tree, self.build = work, os.path.join(work, "tree"), os.path.join(work, "build")
        if not os.path.exists(os.path.join(self.build, "build.ninja")):
            copy_tree(SOURCE, self.tree)
            configure(self.tree, self.build, "RelWithDebInfo", "")
        self.tests = {t["name"]: t for t in tests_of(self.build)}
        self.commands = {}
        for entry in json.load(open(os.path.join(self.build, "compile_commands.json"))):
            if "diabolo-objects" in entry["command"] or "diabolo-panel" in entry["command"] or "diabolo-lanes" in entry["command"]:
                self.commands.setdefault(os.path.relpath(entry["file"], self.tree), []).append(entry["command"])
        self.links = {}
        self.path = os.path.join(work, "baseline.json")
        self.baseline = json.load(open(self.path)) if os.path.exists(self.path) else {}
        self.originals = {}  # objects at present replaced: path -> bytes
        self.linked = set()  # programs made of the objects as they are
        self.changed = os.path.join(work, "changed.json")  # which source that is, for who was killed in between
        if os.path.exists(self.changed):
            path, text = json.load(open(self.changed))
            with open(os.path.join(self.tree, path), "w") as file:
                file.write(text)
            for command in self.commands[path]:
                subprocess.run(command, shell=True, cwd=self.build, check=True, stderr=subprocess.DEVNULL)
            os.remove(self.changed)

    def put(self, path, text):
        """Source `path` has this text now. "invalid", "same" (machine code), or "new"."""
        full = os.path.join(self.tree, path)
        self.linked = set()
        original, same = open(full).read(), True
        with open(self.changed, "w") as file:
            json.dump([path, original], file)
        try:
            with open(full, "w") as file:
                file.write(text)
            for command in self.commands[path]:
                target = os.path.join(self.build, shlex.split(command)[shlex.split(command).index("-o") + 1])
                self.originals[target] = open(target, "rb").read()
                status = subprocess.run(f"{command} {STRICT}", shell=True, cwd=self.build, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                if status.returncode != 0:
                    self.restore()
                    return "invalid"
                same = same and code(target) == code(target, self.originals[target])
        finally:
            with open(full, "w") as file:
                file.write(original)
        if same:
            self.restore()
        return "same" if same else "new"

    def restore(self):
        for target, content in self.originals.items():
            with open(target, "wb") as file:
                file.write(content)
        self.originals, self.linked = {}, set()
        if os.path.exists(self.changed):
            os.remove(self.changed)

    def link(self, test):
        """The programs that a test runs, from the objects as they are."""
        program = os.path.relpath(test["command"][0], self.build)
        own = [program] if program.startswith("tests" + os.sep) else ["diabolo", os.path.relpath(
            os.path.realpath(os.path.join(self.build, "libdiabolo.so")), self.build)]
        for target in own:
            if target in self.linked:
                continue
            if target not in self.links:
                out = subprocess.run(["ninja", "-t", "commands", "-s", target], cwd=self.build, capture_output=True, text=True, check=True)
                self.links[target] = out.stdout.strip().split("\n")[-1].replace(" -o ", " -Wl,--strip-debug -o ", 1)
            subprocess.run(self.links[target], shell=True, cwd=self.build, check=True, stdout=subprocess.DEVNULL)
            self.linked.add(target)

    def recompile(self, name):
        """A test whose source has changed; the library stays as it is. False: it needs a newer one."""
        folder, stem = name.split(".")[:2]
        if os.path.exists(os.path.join(self.tree, "tests", folder, stem + ".c")):
            made = subprocess.run(["ninja", "tests/libdiabolo-support.a", f"tests/CMakeFiles/test_{folder}_{stem}.dir/{folder}/{stem}.c.o"],
                                  cwd=self.build, stdout=subprocess.DEVNULL)
            if made.returncode != 0:
                del self.tests[name]
                return False
        self.links, self.linked, _ = {}, set(), self.baseline.pop(name, None)
        return True

    def passes(self, name):
        """Does a test pass with the original? Asked at the first failure."""
        if name not in self.baseline:
            kept, linked = {target: open(target, "rb").read() for target in self.originals}, self.linked
            self.linked = set()
            for target, content in self.originals.items():
                with open(target, "wb") as file:
                    file.write(content)
            self.link(self.tests[name])
            self.baseline[name] = measured(self.tests[name], 600)
            for target, content in kept.items():
                with open(target, "wb") as file:
                    file.write(content)
            self.linked = linked - self.linked
            with open(self.path, "w") as file:
                json.dump(self.baseline, file, indent=1)
        return self.baseline[name][0] == "passed"

    def kills(self, name, seconds):
        """seconds: of the test in the build with counters."""
        self.link(self.tests[name])
        outcome, spent = measured(self.tests[name], 3 * seconds + 10)
        return outcome if outcome in ("failed", "limit") and self.passes(name) else None, spent


def reaching(reach, tree, site):
    """Tests that run the lines of a site, with how often; where the source has changed since they were measured, the lines that correspond."""
    lines = reach.of(site.path)
    text = open(os.path.join(tree, site.path)).read()
    old = open(os.path.join(reach.root, "tree", site.path)).read().split("\n") if lines else []
    first, last = site.line, site.line + text.count("\n", site.begin, site.end)
    while first > 1 and first not in lines and not text.split("\n")[first - 1].endswith(("{", "}", ";")) and site.line - first < 12:
        first -= 1  # a statement of several lines counts at its first
    tests, known = {}, False
    for a, b, n in difflib.SequenceMatcher(None, old, text.split("\n"), False).get_matching_blocks():
        for line in range(max(first, b + 1), min(last, b + n) + 1):
            for test, count in lines.get(line - b + a, {}).items():
                tests[test] = tests.get(test, 0) + count
            known = known or line - b + a in lines
    if known:
        return tests
    return {test: 1 for at in lines.values() for test in at}


def ordered(bench, reach, names, killers):
    """Those that killed a mutant of the file count as four times as fast."""
    def cost(name):
        seconds = bench.baseline[name][1] if name in bench.baseline else reach.tests.get(name, {"seconds": 1.0})["seconds"]
        return (seconds + 0.3) / (4.0 if name in killers else 1.0)
    return sorted((n for n in names if n in bench.tests and reach.tests.get(n, {"outcome": "passed"})["outcome"] != "failed"), key=cost)


def draw(bench, rooms, seed):
    """Endless: room after room, a kind, then a site; none twice."""
    rng, of_room = random.Random(seed), {}
    for room in rooms:
        kinds = {}
        for full in sorted(glob.glob(os.path.join(bench.tree, room, "**", "*.c"), recursive=True)):
            path = os.path.relpath(full, bench.tree)
            if path in bench.commands:
                for site in sites(path, open(full).read()):
                    kinds.setdefault(site.kind, []).append(site)
        of_room[room] = kinds
    drawn = set()
    while True:
        for room in rooms:
            site = rng.choice(of_room[room][rng.choice(sorted(of_room[room]))])
            if site not in drawn:
                drawn.add(site)
                yield site


def attack(bench, reach, site, mutant, killers, names, budget):
    """Runs tests until one kills or the budget is spent; the notes of the mutant tell."""
    text = open(os.path.join(bench.tree, site.path)).read()
    state = bench.put(site.path, mutated(text, site))
    if state != "new":
        return state
    try:
        left = ordered(bench, reach, names, killers.get(site.path, set()))
        mutant.update({"outcome": "survived" if left else "not reached", "by": None, "left": []})
        for k, name in enumerate(left):
            if mutant["seconds"] > budget:
                mutant["left"] = left[k:]
                break
            outcome, spent = bench.kills(name, reach.tests.get(name, {"seconds": 60.0})["seconds"])
            mutant["seconds"] = round(mutant["seconds"] + spent, 2)
            mutant["tried"].append(name)
            if outcome:
                mutant.update({"outcome": "killed", "by": name, "how": outcome})
                killers.setdefault(site.path, set()).add(name)
                break
    finally:
        bench.restore()
    return state


def said(number, mutant):
    old, new = (" ".join(mutant[k].split()) for k in ("old", "new"))
    print(f"{number:4} {mutant['outcome']:11} {mutant['seconds']:7.1f} s  {mutant['path']}:{mutant['line']}  {mutant['kind']}: {old[:60]} -> {new[:60] or 'nothing'}"
          f"  [{mutant['by'] or str(len(mutant['tried'])) + ' tests'}{', ' + str(len(mutant['left'])) + ' left' if mutant['left'] else ''}]", flush=True)


class Book:
    """WORK/mutants.json: what became of each mutant drawn."""

    def __init__(self, work):
        self.path = os.path.join(work, "mutants.json")
        self.all = json.load(open(self.path)) if os.path.exists(self.path) else []

    def save(self):
        with open(self.path + ".new", "w") as file:
            json.dump(self.all, file, indent=1)
        os.replace(self.path + ".new", self.path)

    def killers(self):
        by = {}
        for m in self.all:
            if m["outcome"] == "killed":
                by.setdefault(m["path"], set()).add(m["by"])
        return by


def run(arguments, reach, bench):
    book, killers = Book(arguments.work), None
    seen = {tuple(m[k] for k in Site._fields): m for m in book.all}
    killers, real, number = book.killers(), 0, 0
    for site in draw(bench, arguments.rooms, arguments.seed):
        if real >= arguments.count or time.time() > arguments.until:
            break
        number += 1
        mutant = seen.get(tuple(site))
        if mutant is None:
            mutant = {**site._asdict(), "outcome": "", "by": None, "tried": [], "left": [], "seconds": 0.0}
            state = attack(bench, reach, site, mutant, killers, reaching(reach, bench.tree, site), arguments.budget)
            mutant["outcome"] = mutant["outcome"] or state
            book.all.append(mutant)
            book.save()
            said(real, mutant)
        real += mutant["outcome"] not in ("invalid", "same")
    table(book)


def again(arguments, reach, bench):
    """The survivors: tests that have changed in the checkout since, then those that were not tried."""
    changed = []
    for test in bench.tests.values():
        own = [a for a in test["command"] if a.startswith(os.path.join(bench.tree, "tests"))]
        stem = test["name"].split(".")
        own.append(os.path.join(bench.tree, "tests", stem[0], stem[1] + ".c"))
        for full in own:
            new = os.path.join(SOURCE, os.path.relpath(full, bench.tree))
            if os.path.isfile(full) and os.path.isfile(new) and open(full, "rb").read() != open(new, "rb").read():
                changed.append(test["name"])
                break
    shutil.copytree(os.path.join(SOURCE, "tests"), os.path.join(bench.tree, "tests"), dirs_exist_ok=True)
    subprocess.run(["cmake", bench.build], check=True, stdout=subprocess.DEVNULL)  # there may be new files
    for full in glob.glob(os.path.join(bench.tree, "tests", "[ucp]*", "*.c")):  # CTest lists only what is there; `link` makes it
        folder, stem = os.path.basename(os.path.dirname(full)), os.path.splitext(os.path.basename(full))[0]
        if folder in ("unit", "conform", "physics"):
            with open(os.path.join(bench.build, "tests", f"test_{folder}_{stem}"), "ab") as program:
                os.chmod(program.name, 0o755)
    new = [t["name"] for t in tests_of(bench.build) if t["name"] not in bench.tests]
    bench.tests = {t["name"]: t for t in tests_of(bench.build)}
    changed, new = ([name for name in names if bench.recompile(name)] for names in (changed, new))
    book = Book(arguments.work)
    killers = book.killers()
    print(f"changed: {', '.join(changed + new) or 'none'}", flush=True)
    for number, mutant in enumerate(book.all):
        if mutant["outcome"] not in ("survived", "not reached") or time.time() > arguments.until:
            continue
        site = Site(*(mutant[k] for k in Site._fields))
        names = reaching(reach, bench.tree, site)
        names = [n for n in names if n not in mutant["tried"] or n in changed] + new
        mutant["seconds"] = 0.0
        if names:
            attack(bench, reach, site, mutant, killers, names, arguments.budget)
            book.save()
        said(number, mutant)
    table(book)


def table(book):
    rooms = Counter()
    for m in book.all:
        rooms["/".join(m["path"].split("/")[:2]), m["outcome"]] += 1
    print(f"{'':16} {'mutants':>8} {'killed':>8} {'share':>8}")
    names = sorted({room for room, _ in rooms})
    for room in names + ["all"]:
        n = {o: sum(rooms[r, o] for r in (names if room == "all" else [room])) for o in ("killed", "survived", "not reached")}
        total = sum(n.values())
        print(f"{room:16} {total:8} {n['killed']:8} {100 * n['killed'] / max(total, 1):7.1f}%")
    print(f"drawn besides: {sum(c for (_, o), c in rooms.items() if o == 'same')} with the same machine code, "
          f"{sum(c for (_, o), c in rooms.items() if o == 'invalid')} that do not compile")
    for number, m in enumerate(book.all):
        if m["outcome"] in ("survived", "not reached"):
            said(number, m)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["reach", "run", "again", "table"])
    parser.add_argument("work")
    parser.add_argument("--count", type=int, default=200, help="mutants that compile to something else")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", nargs="+", default=ROOMS, help="folders of sources")
    parser.add_argument("--budget", type=float, default=300.0, help="seconds of processor for one mutant; `again` goes on with those left")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no mutant after so many")
    arguments = parser.parse_args()
    arguments.work = os.path.abspath(arguments.work)
    arguments.until = time.time() + 60 * arguments.minutes
    if os.path.commonpath([arguments.work, SOURCE]) == SOURCE:
        parser.error(f"{arguments.work} lies in the checkout: expected a folder outside")
    reach = Reach(os.path.join(arguments.work, "reach"))
    if arguments.action == "reach":
        os.makedirs(reach.root, exist_ok=True)
        reach.measure(SOURCE, 600.0)
    elif arguments.action == "table":
        table(Book(arguments.work))
    elif not reach.tests:
        parser.error(f"nothing is known in {reach.root}: run `reach` first")
    else:
        {"run": run, "again": again}[arguments.action](arguments, reach, Bench(arguments.work))


if __name__ == "__main__":
    main()
