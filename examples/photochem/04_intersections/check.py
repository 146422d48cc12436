#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does diabolo intersect find what it should?

    check.py PROGRAM INPUT.yaml EXPECTED.json [OPTION ...]     further options go to the program

Every expected point must be among those found: the same states, class, energy, and where given position (of a model system) and shape of
the cone, each within its tolerance. More may be found. Loops must turn signs as expected, methods agree.
"""
import json, math, os, subprocess, sys, tempfile
import h5py
import numpy as np


def find(found, wanted, tolerance):
    """The first point found that is the one wanted, or None."""
    for p in found:
        if p["states"] != wanted["states"] or ("label" in wanted and p["label"] != wanted["label"]):
            continue
        if "energy_ev" in wanted and abs(p["energy_ev"] - wanted["energy_ev"]) > tolerance["energy_ev"]:
            continue
        energy = p["energies_hartree"][p["states"][0]]
        if "energy_hartree" in wanted and abs(energy - wanted["energy_hartree"]) > tolerance["energy_hartree"]:
            continue
        if "position_bohr" in wanted and math.dist(p["position_bohr"], wanted["position_bohr"]) > tolerance["position_bohr"]:
            continue
        plane = wanted.get("plane", {})
        if any(p["plane"][k] != v if isinstance(v, str) else abs(p["plane"][k] - v) > tolerance["plane"] for k, v in plane.items()):
            continue
        return p
    return None


def main():
    if len(sys.argv) < 4:
        sys.exit(f"usage: {sys.argv[0]} DIABOLO INPUT.yaml expected.json [OPTION of diabolo intersect...]")
    program, source, expected = sys.argv[1:4]
    with open(expected) as file:
        expected = json.load(file)[os.path.splitext(os.path.basename(source))[0]]
    with tempfile.TemporaryDirectory() as scratch:
        output = os.path.join(scratch, "found.h5")
        command = [program, "intersect", source, "--quiet", "--json", "--output", output, *sys.argv[4:]]
        if "ethylene" in source:
            command += ["--set", f"output.xyz={scratch}/points.xyz"]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        with h5py.File(output) as file:
            signs = {name: loop["sign"][:].tolist() for name, loop in file.get("loops", {}).items()}
            products = {name: sorted(set(d["product"].asstr()[:]) - {""}) for name, d in file.get("descents", {}).items()}
            seams = {name: (s["energy"][:], s["gap"][:]) for name, s in file.get("seams", {}).items()}
    good = True
    for wanted in expected["points"]:
        p = find(found["points"], wanted, expected["tolerance"])
        good = good and p is not None
        what = f"{p['name']} {p['label']}, {p['searches']} searches" if p else "NOT FOUND"
        print(f"states {wanted['states']} {wanted.get('label', '')}: {what}")
    if "count" in expected and len(found["points"]) != expected["count"]:
        good = False
        print(f"{len(found['points'])} points instead of {expected['count']}: {[p['name'] for p in found['points']]}")
    for p in found["points"]:
        worst = max((m["largest_difference_hartree"] for m in p["methods"].values()), default=0.0)
        if p["gap_hartree"] > 1e-8 or worst > 1e-6:
            good = False
            print(f"{p['name']}: gap {p['gap_hartree']:.1e} hartree, methods differ by {worst:.1e} hartree")
    for name, sign in expected.get("loops", {}).items():
        print(f"loop {name}: {signs[name]}")
        good = good and signs[name] == sign
    for name, product in expected.get("descents", {}).items():
        print(f"descent {name}: {products[name]}")
        good = good and products[name] == product
    for name, (energy, gap) in seams.items():  # the start is the lowest point of its seam
        print(f"seam {name}: {len(energy)} points, gaps below {gap.max():.0e} hartree")
        good = good and len(energy) > 3 and gap.max() < 1e-8 and 0 < int(np.argmin(energy)) < len(energy) - 1
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
