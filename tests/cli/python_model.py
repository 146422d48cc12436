# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a network with h5py as docs/model-file.md describes it, lets the program evaluate it, and compares with NumPy."""
import itertools
import subprocess
import sys

import h5py
import numpy as np

program = sys.argv[1]
rng = np.random.default_rng(3)
bohr = 0.529177210903
numbers = np.array([8, 1, 1, 6], dtype="i4")
n, natom, hidden = 3, 4, (11, 5)
packed = n * (n + 1) // 2
pairs = [(a, b) for a in range(natom) for b in range(a)]
quads = [(i, a, b, c) for i in range(natom) for a, b, c in itertools.combinations(range(natom), 3) if i not in (a, b, c)]
swap = np.array([0, 2, 1, 3])
signs = np.array([1.0, -1.0, 1.0])


def features(R):
    f = [1 / np.linalg.norm(R[a] - R[b]) for a, b in pairs]
    for i, a, b, c in quads:
        u, v, w = (x / np.linalg.norm(x) for x in (R[a] - R[i], R[b] - R[i], R[c] - R[i]))
        f.append(np.dot(np.cross(u, v), w))
    return np.array(f)


sizes = (len(pairs) + len(quads),) + hidden + (packed,)
W = [rng.normal(size=(o, i)) / np.sqrt(i) for i, o in zip(sizes, sizes[1:])]
b = [0.1 * rng.normal(size=o) for o in sizes[1:]]
mean = np.concatenate([np.full(len(pairs), 0.3), np.zeros(len(quads))])
deviation = np.concatenate([np.full(len(pairs), 0.2), np.full(len(quads), 0.6)])
shift = np.array([-1.0, 0, -0.9, 0, 0, -0.7])
scale = np.linspace(0.1, 0.2, packed)


def hamiltonian(R):
    total = 0
    for image, s in ((R, np.ones(n)), (R[swap], signs)):
        h = (features(image) - mean) / deviation
        for layer in range(len(W)):
            h = W[layer] @ h + b[layer]
            if layer < len(W) - 1:
                h = h / (1 + np.exp(-h))
        gamma = np.array([s[i] * s[j] for i in range(n) for j in range(i + 1)])
        total = total + gamma * h / 2
    y = shift + scale * total
    H = np.zeros((n, n))
    for k, (i, j) in enumerate((i, j) for i in range(n) for j in range(i + 1)):
        H[i, j] = H[j, i] = y[k]
    return H


R0 = np.array([[0.0, 0, 0], [1.6, 0.2, 0.9], [-1.5, 0.3, 1.0], [0.1, 0.4, -2.3]])
with h5py.File("mine.h5", "w") as f:
    f.attrs.update(format="diabolo-model", version=1, type="network", states=n, layers=len(W), activation="silu")
    f["molecule/numbers"] = numbers
    f["molecule/masses"] = 1822.888486209 * np.array([16.0, 1, 1, 12])
    f["molecule/reference"] = R0
    f["descriptors"] = np.array(["inverse_distance", "triple_product"], dtype=h5py.string_dtype())
    f["features/mean"], f["features/deviation"] = mean, deviation
    for layer in range(len(W)):
        f[f"layers/{layer}/weight"], f[f"layers/{layer}/bias"] = W[layer], b[layer]
    f["output/shift"], f["output/scale"] = shift, scale
    f["symmetry/permutations"] = swap[None].astype("i4")
    f["symmetry/inversions"] = np.array([0], dtype="i4")
    f["symmetry/signs"] = signs[None]
    for name, unit in (("molecule/masses", "electron mass"), ("molecule/reference", "bohr"), ("output/shift", "hartree"), ("output/scale", "hartree")):
        f[name].attrs["unit"] = unit

geometries = [R0 + 0.3 * rng.normal(size=R0.shape) for _ in range(11)]
with open("mine.xyz", "w") as f:
    for R in geometries:
        f.write(f"{natom}\n\n")
        for s, x in zip("OHHC", R * bohr):
            f.write(f"{s} {x[0]:.17g} {x[1]:.17g} {x[2]:.17g}\n")
subprocess.run([program, "evaluate", "mine.h5", "mine.xyz", "-o", "out.h5"], check=True, stdout=subprocess.DEVNULL)
with h5py.File("out.h5") as f:
    E, Hp, G, h = f["energies"][:], f["hamiltonian"][:], f["gradients"][:], f["couplings"][:]
for k, R in enumerate(geometries):
    H = hamiltonian(R)
    # positions went through a text of 17 digits and a division by the length unit; energies are of order 1
    assert np.abs(Hp[k] - H[np.tril_indices(n)]).max() < 1e-12, "H"
    e, U = np.linalg.eigh(H)
    assert np.abs(E[k] - e).max() < 1e-12, "energies"
    d = rng.normal(size=R.shape)
    t = 1e-4  # four points: error of order t^4; rounding 1e-16/t
    dH = sum(w * hamiltonian(R + x * t * d) for w, x in ((1 / 12, -2), (-8 / 12, -1), (8 / 12, 1), (-1 / 12, 2))) / t
    F = U.T @ dH @ U
    assert np.abs([np.sum(G[k, i] * d) - F[i, i] for i in range(n)]).max() < 1e-9, "gradients"
    for p, (i, j) in enumerate((i, j) for j in range(n) for i in range(j)):
        assert abs(abs(np.sum(h[k, p] * d)) - abs(F[i, j])) < 1e-9, "couplings"

# Units that the file states are honoured; masses in u that it does not state as such are refused, a unit not stated is said.
def variant(name, change):
    with h5py.File("mine.h5") as old, h5py.File(name, "w") as new:
        for key in old:
            old.copy(key, new)
        new.attrs.update(old.attrs)
        change(new)
    return subprocess.run([program, "evaluate", name, "mine.xyz"], capture_output=True, text=True)


def rescale(f, name, factor, unit):
    f[name][...] *= factor
    f[name].attrs["unit"] = unit


plain = subprocess.run([program, "evaluate", "mine.h5", "mine.xyz"], capture_output=True, text=True, check=True).stdout
other = variant("ev.h5", lambda f: (rescale(f, "output/shift", 27.211386245988, "eV"), rescale(f, "output/scale", 27.211386245988, "eV"),
                                    rescale(f, "molecule/masses", 1 / 1822.888486209, "u"), rescale(f, "molecule/reference", bohr, "Angstrom")))
assert other.returncode == 0 and other.stdout == plain and "warning" not in other.stderr, other  # ten digits are printed
wrong = variant("wrong.h5", lambda f: rescale(f, "output/shift", 1, "bohr"))
assert wrong.returncode == 2 and "'output/shift' is in 'bohr'" in wrong.stderr and "'hartree'" in wrong.stderr, wrong
heavy = variant("u.h5", lambda f: (rescale(f, "molecule/masses", 1 / 1822.888486209, "x"), f["molecule/masses"].attrs.pop("unit")))
assert heavy.returncode == 1 and "lighter than any nucleus" in heavy.stderr, heavy
bare = variant("bare.h5", lambda f: f["molecule/reference"].attrs.pop("unit"))
assert bare.returncode == 0 and "'molecule/reference' of the model file does not say its unit" in bare.stderr, bare
flag = variant("flag.h5", lambda f: f["symmetry/signs"].__setitem__((0, 0), 0.5))
assert flag.returncode == 1 and "'symmetry/signs' holds 0.5" in flag.stderr, flag
