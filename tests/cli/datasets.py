# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sets of a diatomic with two states whose energies, gradients and couplings are known in closed form, each spoilt in one way."""
import h5py
import numpy as np

BOHR, EV = 0.529177210903, 27.211386245988


def matrix(r):
    """H and dH/dr, hartree and bohr: a Morse curve, an exponential one, and what couples them."""
    x, y, z = np.exp(-0.8 * (r - 2.2)), np.exp(-1.2 * (r - 2.6)), 0.01 * np.exp(-(((r - 3.6) / 0.8) ** 2))
    return (np.array([[0.12 * (1 - x) ** 2, z], [z, 0.08 + 0.05 * y]]),
            np.array([[0.192 * (1 - x) * x, -2 * z * (r - 3.6) / 0.64], [-2 * z * (r - 3.6) / 0.64, -0.06 * y]]))


def points(n=60):
    rng = np.random.default_rng(0)
    R, E, G, h = np.zeros((n, 2, 3)), np.zeros((n, 2)), np.zeros((n, 2, 2, 3)), np.zeros((n, 1, 2, 3))
    for p in range(n):
        r, d = rng.uniform(1.6, 6.0), rng.normal(size=3)
        d /= np.linalg.norm(d)
        R[p, 0] = rng.normal(size=3)
        R[p, 1] = R[p, 0] + r * d
        H, dH = matrix(r)
        E[p], U = np.linalg.eigh(H)
        F = U.T @ dH @ U
        for i in range(2):
            G[p, i] = np.outer([-F[i, i], F[i, i]], d)
        h[p, 0] = np.outer([-F[0, 1], F[0, 1]], d)
    return {"numbers": np.array([1, 17], "i4"), "positions": R, "energies": E, "gradients": G, "couplings": h}


UNITS = {"positions": "bohr", "energies": "hartree", "gradients": "hartree/bohr", "couplings": "hartree/bohr"}


def write(name, change=lambda d: None, **units):
    data = points()
    change(data)
    with h5py.File(name + ".h5", "w") as f:
        f.attrs.update(format="diabolo-dataset", version=1)
        for key, values in data.items():
            f[key] = values
            unit = units.get(key, UNITS.get(key))
            if unit:
                f[key].attrs["unit"] = unit


def third(d):
    d["energies"] = np.concatenate([d["energies"], d["energies"][:, 1:] + 0.05], axis=1)
    d["energies"][d["energies"][:, 2] > 0.2, 2] = np.nan
    d["energies"][[7, 30]] = np.nan
    d["gradients"] = np.concatenate([d["gradients"], d["gradients"][:, 1:]], axis=1)
    d["couplings"] = np.concatenate([d["couplings"], np.full((60, 2, 2, 3), np.nan)], axis=1)


def second(d):
    """Half of the points again, of another electronic solution."""
    for name in UNITS:
        d[name][30:] = d[name][:30] + (0.02 if name == "energies" else 0.0)


def gap(d):
    return (d["energies"][:, 1] - d["energies"][:, 0])[:, None, None, None]


write("right")
write("angstrom", lambda d: d.update(positions=d["positions"] * BOHR), positions="Angstrom")
write("ev", lambda d: d.update(energies=d["energies"] * EV), energies="eV")
write("nac", lambda d: d.update(couplings=d["couplings"] / gap(d)), couplings="1/bohr")
write("atomic", positions="au", energies="au", gradients="au", couplings="au")
write("plural", lambda d: d.update(energies=d["energies"] * EV), energies="")
write("twice")
write("more", third)
for name in "plural", "twice":
    with h5py.File(name + ".h5", "r+") as f:
        f["energies"].attrs["units"] = "eV"
write("nines", lambda d: d["couplings"].__setitem__(slice(0, 30), 9999.0))
write("one", lambda d: d["gradients"].__setitem__((slice(None), 1), -d["gradients"][:, 1]))
write("bare", positions="")
write("kind", energies="bohr")
write("zero", lambda d: d.update(couplings=0 * d["couplings"]))
write("some", lambda d: d["couplings"].__setitem__(slice(0, 45), np.nan))
write("tiny", lambda d: d.update(couplings=1e-10 * d["couplings"]))
write("heavy", lambda d: d.update(masses=np.array([3673.0, 64000.0])))
write("forces", lambda d: d.update(gradients=-d["gradients"]))
write("flat", lambda d: d.update(gradients=d["gradients"] / 1185.8))  # kcal/mol/Angstrom stated, hartree/bohr meant
write("name", lambda d: d.update(forces=-d.pop("gradients")))
write("same", second)
write("high", lambda d: d["energies"].__setitem__((5, 1), 60.0))
write("meet", lambda d: d["positions"].__setitem__((3, 1), d["positions"][3, 0]))
write("number", lambda d: d["numbers"].__setitem__(0, 300))
