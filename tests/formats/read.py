#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""read.py PROGRAM FOLDER: what the program and the Python package read from the files of a folder that make.sh made, as numbers in a JSON object.
read.py PROGRAM FOLDER --compare: fails where they are not those in expected.json."""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))
import diabolo  # noqa: E402

PROGRAM, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()


def ask(*words):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"diabolo {' '.join(map(str, words))}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def read(scratch):
    found = {}
    for model in sorted(path.name for kind in ("network", "committee") for path in FOLDER.glob(f"{kind}*.h5")):  # on the data set
        found[model] = json.loads(ask("evaluate", FOLDER / model, FOLDER / "dataset.h5", "--json"))["energy_mae_mev"]
        with diabolo.Model(FOLDER / model) as opened:
            found[f"{model} energies"] = opened.energies(opened.reference).tolist()
    with diabolo.Model(FOLDER / "vibronic.yaml") as vibronic:
        found["vibronic.yaml energies"] = vibronic.energies(vibronic.reference + 1.0).tolist()
    for name in ("swarm.h5", "exact.h5"):
        found[name] = json.loads(ask("analyse", FOLDER / name, "--json"))["populations"]["active"]
    with diabolo.Swarm(FOLDER / "swarm.h5") as swarm:
        found["swarm.h5 hops"] = swarm.hops["time"].tolist()
        found["swarm.h5 position"] = swarm.trajectory(2).position[-1].tolist()
        with diabolo.Model.of_result(swarm.path) as model:
            found["swarm.h5 model"] = model.energies(swarm.trajectory(2).position[-1]).tolist()
    with diabolo.Exact(FOLDER / "exact.h5") as exact:
        found["exact.h5 norm"] = exact["norm"].tolist()
    (scratch / "mechanism.yaml").write_text(f"swarm: {FOLDER}/swarm.h5\ncensus: {{intersections: {FOLDER}/intersections.h5, limit: 5 Angstrom}}\n")
    found["intersections.h5"] = json.loads(ask("mechanism", scratch / "mechanism.yaml", "--output", scratch / "mechanism.h5", "--json"))["census"]
    del found["intersections.h5"]["intersections"]  # its path
    ask("report", FOLDER / "swarm.h5", "--mechanism", FOLDER / "mechanism.h5", "--intersections", FOLDER / "intersections.h5", "--output", scratch / "page.html")
    found["report"] = "census" in (scratch / "page.html").read_text()
    return found


def differences(one, other, where=""):
    """Where two trees of numbers differ by more than 1e-6: rounding of other compilers and mathematical libraries is far below."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**one, **other}:
            yield from differences(one.get(name), other.get(name), f"{where}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other)):
            yield from differences(a, b, f"{where}/{i}")
    elif isinstance(one, (int, float)) and isinstance(other, (int, float)):
        if abs(one - other) > 1e-6 * max(1.0, abs(one)):
            yield f"{where}: {one} was {other}"
    elif one != other:
        yield f"{where}: {one!r} was {other!r}"


with tempfile.TemporaryDirectory() as folder:
    now = read(pathlib.Path(folder))
if "--compare" not in sys.argv:
    print(json.dumps(now, indent=1))
else:
    wrong = list(differences(now, json.loads((FOLDER / "expected.json").read_text())))
    sys.exit("\n".join(wrong) if wrong else 0)
