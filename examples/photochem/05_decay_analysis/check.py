#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does an analysis give the expected time constants and yields?

    check.py ANALYSIS.json EXPECTED.json        compare; fails beyond 4 standard errors of the difference
    check.py --make ANALYSIS.json > EXPECTED.json
    check.py --fly PROGRAM EXPECTED.json        fly a small swarm with another seed and analyse it first

Errors are a quarter of the width of the 95 % intervals, but not below that of one trajectory for a yield.
"""
import argparse, json, pathlib, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent


def numbers(analysis):
    """name -> (value, error)"""
    found = {}
    for scheme in analysis["schemes"]:
        if scheme["refused"]:
            sys.exit(f"{scheme['name']}: {scheme['refused']}")
        for name, p in scheme["parameters"].items():
            if not p["at_bound"]:
                found[f"{scheme['name']}: {name} / {p['unit']}"] = (p["value"], (p["high"] - p["low"]) / 4)
    for c in analysis["yields"]["classes"]:
        found[f"yield of {c['name']}"] = (c["yield"], max((c["high"] - c["low"]) / 4, 1 / analysis["yields"]["trajectories"]))
    return found


def compare(found, expected):
    worst = 0.0
    for name, (value, error) in found.items():
        if name not in expected:  # a rate at its bound in one of the two says nothing
            continue
        wanted, spread = expected[name]
        deviation = abs(value - wanted) / (error**2 + spread**2) ** 0.5
        worst = max(worst, deviation)
        print(f"{name:48} {value:9.4g} +- {error:<8.2g} expected {wanted:9.4g} +- {spread:<8.2g} {deviation:4.1f}")
    print(f"largest difference: {worst:.1f} standard errors")
    return worst < 4


def fly(program, scratch):
    swarm = pathlib.Path(scratch) / "swarm.h5"
    subprocess.run([program, "run", HERE / "../03_ethylene/ethylene.yaml", "--quiet", "--output", swarm, "--set", "initial.trajectories=250",
                    "--set", "initial.seed=2", "--set", "dynamics.timestep=0.25 fs"], check=True, stdout=subprocess.DEVNULL)
    run = subprocess.run([program, "analyse", swarm, "--input", HERE / "analysis.yaml", "--bootstrap", "100", "--json"], check=True,
                         stdout=subprocess.PIPE)
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--fly", metavar="PROGRAM")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    if arguments.make:
        found = numbers(json.load(open(arguments.files[0])))
        print(json.dumps({name: [float(f"{x:.5g}") for x in pair] for name, pair in found.items()}, indent=1))
        return
    expected = json.load(open(arguments.files[-1]))
    if arguments.fly:
        with tempfile.TemporaryDirectory() as scratch:
            analysis = fly(arguments.fly, scratch)
    else:
        analysis = json.load(open(arguments.files[0]))
    sys.exit(0 if compare(numbers(analysis), expected) else 1)


if __name__ == "__main__":
    main()
