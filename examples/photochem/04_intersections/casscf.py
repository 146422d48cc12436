#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intersections of ethylene on the network beside those of its level of theory, optimised ab initio.

    casscf.py INTERSECTIONS.h5            what `diabolo intersect` found
    casscf.py --diabolo PROGRAM --check   search from the ab initio geometries now; status 1 if the comparison is worse than stated

Energies are above the minimum of S0, each on its own surface. Geometries are compared after superposition, over all exchanges of
like atoms and mirror images.
"""
import argparse, itertools, pathlib, subprocess, sys, tempfile

import h5py
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE / "../../../models/ethylene"
BOHR, EV = 0.529177210903, 27.211386245988  # Angstrom, eV per hartree
EXCHANGES = [(*c, *h) for c in itertools.permutations((0, 1)) for h in itertools.permutations((2, 3, 4, 5))]


def deviation(a, b):
    """Smallest rms deviation over atoms: Kabsch, Acta Cryst. A 32, 922 (1976)."""
    def superposed(a, b):
        u, s, v = np.linalg.svd(b.T @ a)
        s[-1] *= np.sign(np.linalg.det(u @ v))
        return np.sqrt(max(0.0, ((a * a).sum() + (b * b).sum() - 2 * s.sum()) / len(a)))
    a, b = a - a.mean(0), b - b.mean(0)
    return min(superposed(a, sign * b[list(p)]) for p in EXCHANGES for sign in (1, -1))


def ab_initio():
    """(name, eV above the minimum, positions in Angstrom) of each frame."""
    lines = (MODEL / "casscf_intersections.xyz").read_text().splitlines()
    for i in range(0, len(lines), 8):
        keys = dict(word.split("=", 1) for word in lines[i + 1].split())
        yield keys["name"], float(keys["above_minimum_ev"]), np.array([[float(x) for x in l.split()[1:]] for l in lines[i + 2:i + 8]])


def compare(path):
    """Prints the table; returns [(name, eV, Angstrom)] of the differences."""
    try:
        file = h5py.File(path)
    except OSError as reason:
        sys.exit(f"casscf.py: {path}: {reason}")
    with file:
        if file.attrs.get("format") != "diabolo-intersections":
            sys.exit(f"casscf.py: {path}: expected a file of 'diabolo intersect' (format diabolo-intersections)")
        p = file["points"]
        names, energies, positions = p["name"].asstr()[:], p["energies"][:], p["position"][:] * BOHR
    zero = min(e[0] for n, e in zip(names, energies) if n.startswith("S0-"))
    print("ab initio                  eV    network       eV   difference/eV   rms deviation/Angstrom")
    differences = []
    for name, level, geometry in ab_initio():
        rms, i = min((deviation(geometry, positions[i]), i) for i, n in enumerate(names) if n.startswith("S1/S0"))
        found = (energies[i, 0] - zero) * EV
        print(f"{name:22s} {level:7.3f}    {names[i]:8s} {found:7.3f} {found - level:12.3f} {rms:16.3f}")
        differences.append((name, found - level, rms))
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("intersections", nargs="?", metavar="INTERSECTIONS.h5")
    parser.add_argument("--diabolo", default="diabolo", metavar="PROGRAM")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.check:
        if options.intersections is None:
            parser.error("INTERSECTIONS.h5 is missing")
        compare(options.intersections)
        return
    with tempfile.TemporaryDirectory() as scratch:
        output, geometries = f"{scratch}/found.h5", MODEL / "casscf_intersections.xyz"
        source = pathlib.Path(scratch) / "input.yaml"
        source.write_text(f"model: {MODEL / 'ethylene.h5'}\nstart: {{file: {geometries}, copies: 5, spread: 0.05 Angstrom}}\n"
                          f"search: [{{states: [0]}}, {{states: [0, 1]}}]\noutput: {{file: {output}}}\n")
        subprocess.run([options.diabolo, "intersect", str(source), "--quiet"], check=True, stdout=subprocess.DEVNULL)
        differences = compare(output)
    sys.exit(0 if all(abs(e) < ENERGY and rms < DEVIATION for _, e, rms in differences) else 1)


ENERGY, DEVIATION = 0.05, 0.05  # eV, Angstrom: what one may ask of a network that is used at these intersections

if __name__ == "__main__":
    main()
