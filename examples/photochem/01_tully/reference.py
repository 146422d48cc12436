#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewest switches for Tully's models as it is in the textbook, and not as Diabolo does it: closed-form adiabatic energies and couplings, the
electrons propagated in the ADIABATIC basis with the coupling, hops from the change of the active population. It shares no code with
Diabolo; expected.json was made with it:   reference.py > expected.json   (about five minutes)

J. C. Tully, J. Chem. Phys. 93, 1061 (1990), DOI 10.1063/1.459170: models eqs 21, 23, 24; algorithm section II.
"""
import json, sys
import numpy as np

MASS, START, TRAJECTORIES, SEED = 2000.0, -10.0, 5000, 1990
FEMTOSECOND = 41.341373335182
MOMENTA = {"single_crossing": [6, 8, 10, 12, 15, 20, 25, 30],
           "dual_crossing": [12, 16, 20, 24, 30, 40, 55, 75],
           "extended_coupling": [6, 10, 14, 18, 22, 26, 30, 34]}


def diabats(model, x):
    """Mean, half difference D = (V11 - V22)/2, coupling C, and their derivatives."""
    if model == "single_crossing":
        e = np.exp(-1.6 * abs(x))
        c = 0.005 * np.exp(-x * x)
        return 0 * x, np.sign(x) * 0.01 * (1 - e), c, 0 * x, 0.016 * e, -2 * x * c
    if model == "dual_crossing":
        e = 0.10 * np.exp(-0.28 * x * x)
        c = 0.015 * np.exp(-0.06 * x * x)
        return (0.05 - e) / 2, -(0.05 - e) / 2, c, 0.28 * x * e, -0.28 * x * e, -0.12 * x * c
    e = 0.10 * np.exp(-0.9 * abs(x))
    return 0 * x, 6e-4 + 0 * x, np.where(x < 0, e, 0.2 - e), 0 * x, 0 * x, 0.9 * e


def surfaces(model, x):
    """E (2, n), F = -dE/dx (2, n), d = <0|d/dx|1> (n): with the mixing angle t = atan2(C, D)/2, which is continuous since C > 0."""
    mean, D, C, dmean, dD, dC = diabats(model, x)
    gap = np.sqrt(D * D + C * C)
    slope = (D * dD + C * dC) / gap
    coupling = -0.5 * (D * dC - C * dD) / (D * D + C * C)
    return np.array([mean - gap, mean + gap]), np.array([-dmean + slope, -dmean - slope]), coupling


def duration(k):
    """Time in which a free particle goes 60 bohr, whole fs."""
    return round(60 * MASS / k / FEMTOSECOND)


def fly(model, k, n, dt, rng):
    """Fractions transmitted and reflected, by final state."""
    x, v, a = np.full(n, START), np.full(n, k / MASS), np.zeros(n, int)
    c = np.zeros((2, n), complex)
    c[0] = 1
    each = np.arange(n)
    E, F, _ = surfaces(model, x)
    for _ in range(round(duration(k) * FEMTOSECOND / dt)):
        v += 0.5 * dt * F[a, each] / MASS
        middle = surfaces(model, x + 0.5 * dt * v)
        x += dt * v
        E, F, _ = surfaces(model, x)
        # exp(-i dt h), h = ((E0, -i v d), (i v d, E1)) at the middle of the step, closed form for two states
        (e0, e1), w = middle[0], v * middle[2]
        delta, r = (e0 - e1) / 2, np.sqrt(((e0 - e1) / 2) ** 2 + w * w)
        cos, sin = np.cos(r * dt), np.sin(r * dt) / r
        before = abs(c[a, each]) ** 2
        c = np.array([(cos - 1j * sin * delta) * c[0] - sin * w * c[1], sin * w * c[0] + (cos + 1j * sin * delta) * c[1]])
        v += 0.5 * dt * F[a, each] / MASS
        hop = rng.random(n) < 1 - abs(c[a, each]) ** 2 / before
        kinetic = 0.5 * MASS * v * v + E[a, each] - E[1 - a, each]
        hop &= kinetic > 0  # frustrated hops are passed over
        v = np.where(hop, np.copysign(np.sqrt(2 * np.maximum(kinetic, 0) / MASS), v), v)
        a = np.where(hop, 1 - a, a)
    return [float(np.mean((x > 0) & (a == 0))), float(np.mean((x > 0) & (a == 1))),
            float(np.mean((x < 0) & (a == 0))), float(np.mean((x < 0) & (a == 1)))]


if __name__ == "__main__":
    rng = np.random.default_rng(SEED)
    points = []
    for model, momenta in MOMENTA.items():
        for k in momenta:
            points.append({"model": model, "momentum": k, "duration_fs": duration(k),
                           "fractions": fly(model, k, TRAJECTORIES, min(1.0, 15.0 / k), rng)})
            print(points[-1], file=sys.stderr)
    head = json.dumps({"trajectories": TRAJECTORIES, "channels": ["transmission, lower", "transmission, upper",
                                                                  "reflection, lower", "reflection, upper"]})
    print(head[:-1] + ',\n "points": [\n  ' + ",\n  ".join(json.dumps(point) for point in points) + "\n ]}")
