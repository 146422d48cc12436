#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floors of the house, checked: floors.py SOURCE_DIR OBJECTS.txt LIBRARY.so

Includes and calls point downwards only; siblings on one floor do not see each other; each foreign library has one folder that may
include it; the library exports names in dia_ alone, nobody takes more threads than the caller gives, and below the program nobody prints or exits.
"""
import pathlib, re, subprocess, sys

FLOOR = {"base": 0, "math": 1, "store": 1, "parallel": 1, "statistics": 2, "molecule": 2, "swarm/file": 3, "dataset": 3, "model": 3, "model/architecture": 3, "model/baseline": 3, "model/descriptor": 3, "models": 3,
         "electronic": 4, "dynamics": 5, "dynamics/hop": 5, "dynamics/decoherence": 5, "dynamics/thermostat": 5, "swarm": 6, "train": 6, "intersect": 6,
         "intersect/path": 6, "exact": 6, "exact/engine": 6, "analyse": 7, "analyse/populations": 7, "analyse/kinetics": 7, "analyse/mechanism": 7, "compare": 7, "convert": 7, "report": 8, "certify": 8, "check": 8, "check/data": 3, "check/model": 7, "cli": 9}
ANALYSES = ("analyse/populations", "analyse/kinetics", "analyse/mechanism")
# On one floor: whoever is collected in a registry may use the folder of the registry's owner, and the owner sees the registry. The analyses
# all use the record of the swarm in src/analyse, which puts them together; they do not see each other.
TOGETHER = {("models", "model"), ("model", "models"), ("model/descriptor", "model"), ("model", "model/descriptor"),
            ("model/architecture", "model"), ("model", "model/architecture"), ("model/baseline", "model"), ("model", "model/baseline"),
            ("model/baseline", "model/descriptor"),
            ("models", "model/descriptor"), ("dynamics", "dynamics/hop"), ("dynamics/hop", "dynamics"),
            ("dynamics", "dynamics/decoherence"), ("dynamics/decoherence", "dynamics"),
            ("dynamics", "dynamics/thermostat"), ("dynamics/thermostat", "dynamics"),
            ("intersect", "intersect/path"), ("intersect/path", "intersect"),
            ("dataset", "check/data"), ("check/data", "dataset"),  # the doctor examines a set; it is asked in short when one is loaded
            ("exact", "exact/engine"), ("exact/engine", "exact"),
            *(("analyse", room) for room in ANALYSES), *((room, "analyse") for room in ANALYSES)}
# Active learning is made of the rooms below it: a floor of its own, under the program.
FLOOR.update({"learn": 9, "learn/engine": 9, "cli": 10})
TOGETHER.update({("learn", "learn/engine"), ("learn/engine", "learn")})
APART = {(above, below) for below in ("dynamics", "dynamics/hop", "dynamics/decoherence", "dynamics/thermostat")
         for above in ("train", "intersect", "intersect/path", "analyse", *ANALYSES, "compare", "convert", "report")}  # the analysis knows a swarm by its file alone
HOME = [(r"omp\.h", {"parallel"}), (r"hdf5.*\.h|H5.*\.h", {"store"}), (r"yaml\.h", {"base"}),
        (r"(lapack|lapacke|cblas|f77blas|openblas.*)\.h|gsl/.*|fftw3\.h", {"math"}), (r"(jansson|zip|sqlite3)\.h", {"convert"}), (r"Random123/.*", {"base"})]
SPEAKS = re.compile(r"(__)?(v?printf|puts|putchar|perror|stdout|stderr|exit|_exit|_Exit|quick_exit|abort)(_chk|_unlocked)?(@.*)?$")


def folder(path):
    """Folder of the table a file belongs to, from its path below src/ (or models/...): the longest that fits."""
    parts = pathlib.PurePath(path).parts[:-1]
    return next(("/".join(parts[:n]) for n in range(len(parts), 0, -1) if "/".join(parts[:n]) in FLOOR), None)


def sees(above, below):
    if above == below or (above, below) in TOGETHER:
        return True
    return FLOOR[above] > FLOOR[below] and (above, below) not in APART


def includes(source):
    for file in sorted([*source.glob("src/**/*.[ch]"), *source.glob("models/*.[ch]")]):
        where = file.relative_to(source / "src") if file.is_relative_to(source / "src") else file.relative_to(source)
        home = folder(where)
        if home is None:
            yield f"{file}: no such folder in the table of floors"
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            name = match[2]
            for pattern, homes in HOME:
                if re.fullmatch(pattern, name) and home not in homes:
                    yield f"{file}:{number}: {name} belongs to {', '.join(homes)} alone"
            if match[1] == '"' and not name.startswith("diabolo/"):  # public headers declare; who calls what is seen below
                target = folder(name) or (folder(where.parent / name) if "/" not in name else None)
                if target is None or not sees(home, target):
                    yield f"{file}:{number}: {home} (floor {FLOOR[home]}) must not see {name} (floor {FLOOR.get(target, '?')})"


def teams(source):
    """How many threads there are is the caller's to say (dia_control, -t): a team of all processors is nobody's own idea."""
    for file in sorted([*source.glob("src/**/*.c"), *source.glob("models/*.c")]):
        if file.parent.name == "cli":  # main pins BLAS by it
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if re.search(r"dia_team_size\(0\)", line):
                yield f"{file}:{number}: dia_team_size(0): take the threads of the caller's dia_control"


def symbols(paths, *options):
    """(file, name, kind) of every symbol: one call of nm for all files."""
    run = subprocess.run(["nm", "-A", "-P", *options, *paths], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        file, _, rest = line.partition(": ")
        if rest.strip():
            yield file.split("[")[0], *rest.split()[:2]


def room_of(path):
    """Folder of an object, generated sources included."""
    tail = re.search(r"\.dir/(?:\./)?(?:src/)?(.*)\.o$", path)[1]
    tail = {"registry_engine.c": "learn/x", "registry_model.c": "model/x", "registry_texts.c": "model/x", "registry_architecture.c": "model/x", "registry_baseline.c": "model/x", "registry_descriptor.c": "model/x", "registry_hop.c": "dynamics/x",
            "registry_decoherence.c": "dynamics/x", "registry_thermostat.c": "dynamics/x", "registry_path.c": "intersect/x", "registry_exact.c": "exact/x",
            "version.c": "base/x"}.get(tail, "report/x" if tail.startswith("dia_report_part") else tail)
    return folder(tail)


def calls(objects):
    """Every undefined dia_ name must be at home on a floor this one sees; nobody prints or exits."""
    home, wants, rooms = {}, [], {path: room_of(path) for path in objects}
    for path, name, kind in symbols(objects, "-g"):
        (wants.append((path, rooms[path], name)) if kind in "Uw" else home.setdefault(name, rooms[path]))
    for path, where, name in wants:
        if SPEAKS.match(name):
            yield f"{path}: uses {name}: only the program prints and exits"
        if name in home and not sees(where, home[name]):
            yield f"{path}: {where} (floor {FLOOR[where]}) calls {name} of {home[name]} (floor {FLOOR[home[name]]})"


def exports(library):
    for _, name, _ in symbols([library], "-D", "--defined-only"):
        if not name.startswith(("dia_", "_")):  # _...: the linker's and the sanitizers' own
            yield f"{library}: exports {name}: exported names start with dia_"


if __name__ == "__main__":
    source, objects, library = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text().split(), sys.argv[3]
    faults = [*includes(source), *teams(source), *calls(objects), *exports(library)]
    print("\n".join(faults) or f"{len(objects)} objects: all floors in order")
    sys.exit(1 if faults else 0)
