#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adiabatic energies of the start geometries of a swarm, again, from the parameters in so2_lvc.yaml:   energies.py SWARM.h5

Shares nothing with the program but the numbers: mass-weighted alignment by a singular value decomposition (Kabsch), normal coordinates
Q = sqrt(w) K^T sqrt(M) (R - R0), H = sum w Q^2/2 + epsilon + kappa Q + lambda Q, eigenvalues. Fails beyond 1e-9 hartree: rounding in Q is 1e-14
times slopes of 0.02, and the energies in the file are double; a wrong sign or unit shows at 1e-3.
"""
import os, re, sys
import h5py
import numpy as np

DALTON = 1822.888486209
number = r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?"


def numbers(text, unit):
    return np.array([float(x) for x in re.findall(rf"({number}) {unit}" if unit else number, text)])


def parameters():
    """The few keys of this one file; a real reader is inside the program."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "so2_lvc.yaml")) as file:
        text = re.sub(r"#.*", "", file.read())
    masses = numbers(re.search(r"masses: (.*)", text)[1], "u") * DALTON
    geometry = numbers(re.search(r"geometry:(.*?)\]", text, re.S)[1], "bohr").reshape(-1, 3)
    epsilon = numbers(re.search(r"epsilon: (.*)", text)[1], "hartree")
    modes = {}
    for block in re.split(r"- name: ", text.split("modes:\n")[1].split("lambda:")[0])[1:]:
        kappa = re.search(r"kappa: (.*)", block)
        modes[block.split()[0]] = (numbers(re.search(r"frequency: (.*)", block)[1], "hartree")[0],
                                   numbers(re.search(r"vector: (.*)", block)[1], None),
                                   numbers(kappa[1], "hartree") if kappa else 0 * epsilon)
    couplings = re.findall(rf"states: \[(\d), (\d)\], modes: \[(\w+)\], value: ({number}) hartree", text)
    return masses, geometry, epsilon, modes, couplings


def energies(R, masses, R0, epsilon, modes, couplings):
    x, y = (G - masses @ G / masses.sum() for G in (R, R0))
    u, _, v = np.linalg.svd((x * masses[:, None]).T @ y)
    x = x @ u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v
    shift = (np.sqrt(masses)[:, None] * (x - y)).ravel()
    H = np.diag(epsilon)
    for name, (w, vector, kappa) in modes.items():
        Q = np.sqrt(w) * (vector @ shift)
        H = H + np.diag(0.5 * w * Q * Q + kappa * Q)
        for i, j, mode, value in couplings:
            if mode == name:
                H[int(i), int(j)] += float(value) * Q
                H[int(j), int(i)] += float(value) * Q
    return np.linalg.eigvalsh(H)


model = parameters()
with h5py.File(sys.argv[1]) as swarm:
    stored = swarm["trajectories/energies"][:, 0]
    found = np.array([energies(R, *model) for R in swarm["initial/position"][:]])
worst = abs(found - stored).max()
print(f"{len(found)} geometries, {found.shape[1]} states: largest difference {worst:.1e} hartree")
sys.exit(0 if worst < 1e-9 else 1)
