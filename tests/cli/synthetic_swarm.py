#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A swarm file made up by known laws, in the layout of docs/swarm-file.md: synthetic_swarm.py OUT.h5 [--option value ...]

Trajectories start in the highest state but one, wait --delay fs and leave for the state below with the rate 1/--lifetime. A share of
--back hops up again later, after a frustrated attempt. |c|^2 follows the active state, --excess of it lies on the state below. The molecule
is H-O-O-H (atoms 0 1 2 3; with --atoms several of them): the O-O bond is 1.4 Angstrom + 0.1 sin(2 pi t/20 fs), the torsion of
trajectory j 100 deg sin(2 pi (t/50 fs + j/10)).
"""
import argparse
import sys

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)  # nothing to test with

EV, ANGSTROM = 1 / 27.211386245988, 1 / 0.529177210903


def stopped(o, j):
    """Did trajectory j meet NaN, half way?"""
    return o.nan_every and (j + 1) % o.nan_every == 0


def fly(o, random):
    """Times (T), active states (N, T) and the rows of /hops, gaps in eV."""
    N, T = o.trajectories, o.samples
    time = np.arange(T) * o.every
    active, hops = np.full((N, T), o.start, np.int8), []
    for j in range(N):
        leave = o.delay + random.exponential(o.lifetime)
        active[j, time >= leave] = o.start - 1
        hops.append((j, leave, o.start, o.start - 1, 1, -random.gamma(2, 0.12)))
        if random.random() < o.back:
            hops.append((j, leave + random.exponential(20), o.start - 1, o.start, 0, random.gamma(3, 0.5)))
            back = hops[-1][1] + random.exponential(10)
            active[j, time >= back] = o.start
            hops.append((j, back, o.start - 1, o.start, 1, random.gamma(2, 0.08)))
            again = back + random.exponential(10)
            active[j, time >= again] = o.start - 1
            hops.append((j, again, o.start, o.start - 1, 1, -random.gamma(2, 0.12)))
    return time, active, [h for h in sorted(hops, key=lambda h: h[:2]) if h[1] <= time[-1] / (2 if stopped(o, h[0]) else 1)]


def surfaces(o, time, random):
    """Adiabatic energies (N, T, n), hartree: swinging, and nearing each other with time."""
    phase = random.uniform(0, 2 * np.pi, (o.trajectories, 1))
    e = np.empty((o.trajectories, o.samples, o.states))
    for k in range(o.states):
        e[:, :, k] = 0.6 * np.sin(2 * np.pi * time / 35 + phase) + 3.0 * k - 0.7 * k * np.tanh(time / 60)
        e[:, :, k] += 0.35 * np.sin(2 * np.pi * time / (11 + 3 * k) + 2 * phase)
    return np.sort(e * EV - 78, axis=2)


def geometries(j, time):
    """Positions (..., 4, 3) in bohr of trajectories j at times (both broadcast)."""
    j, time = np.broadcast_arrays(j, time)
    bond, torsion = 1.4 + 0.1 * np.sin(2 * np.pi * time / 20), np.radians(100) * np.sin(2 * np.pi * (time / 50 + j / 10))
    R = np.zeros(time.shape + (4, 3))
    R[..., 0, :] = 0.95, 0, -0.2
    R[..., 2, 2] = bond
    R[..., 3, 0], R[..., 3, 1], R[..., 3, 2] = 0.95 * np.cos(torsion), 0.95 * np.sin(torsion), bond + 0.2
    return R * ANGSTROM


def molecules(o, j, time):
    """The same of o.atoms atoms: such molecules side by side, 3 Angstrom apart."""
    R = geometries(j, time)
    return np.concatenate([R + 3 * ANGSTROM * np.array([i % 4, i // 4, 0]) for i in range(o.atoms // 4)], axis=-2)


def means(x, w):
    """Mean over trajectories and the standard errors of docs/swarm-file.md: binomial (shares), of a weighted mean (others)."""
    p = np.tensordot(w, x, 1) / w.sum()
    counted = (w > 0).sum()
    binomial = np.sqrt(np.clip(p * (1 - p), 0, None) * (w**2).sum()) / w.sum()
    scatter = np.tensordot(w**2, (x - p) ** 2, 1) * counted / (counted - 1)
    return p, binomial, np.sqrt(scatter) / w.sum()


def write_trajectories(put, o, random, time, active):
    N, n = o.trajectories, o.states
    energies = surfaces(o, time, random)
    fate = np.ones(N, np.int8)
    if o.nan_every:
        fate[o.nan_every - 1 :: o.nan_every] = 2
    share = np.eye(n)[active]
    electronic = (1 - o.excess) * share + o.excess * np.roll(share, -1, axis=2)
    for name, x in dict(active=share, electronic=electronic, diabatic=np.roll(electronic, 1, axis=2)).items():
        p, binomial, spread = means(x, np.where(fate == 2, 0.0, 1.0))
        put(f"populations/{name}", p, "1")
        put(f"populations/{name}_error", binomial if name == "active" else spread, "1")
    potential = np.take_along_axis(energies, active[:, :, None].astype(int), 2)[:, :, 0]
    drift = np.abs(random.normal(0, 0.3, N)) * 1e-3 * EV
    put("trajectories/number", np.arange(N), "1")
    put("trajectories/active", active, "1")
    put("trajectories/potential", potential, "hartree")
    start = max(-78 + 7 * EV, np.nanmax(potential) + 0.1 * EV)  # many states reach high: the kinetic energy stays positive
    put("trajectories/kinetic", start + drift[:, None] * (time / time[-1]) ** 2 - potential, "hartree")
    put("trajectories/fate", fate, "1")
    put("trajectories/end", np.where(fate == 2, time[-1] / 2, time[-1]), "fs")
    put("trajectories/drift", drift, "hartree")
    if not o.no_trajectories:
        amplitudes = np.zeros((N, o.samples, n, 2), np.float32)
        amplitudes[..., 1] = np.sqrt(electronic)
        put("trajectories/energies", energies, "hartree")
        put("trajectories/amplitudes", amplitudes, "1")
        put("trajectories/position", molecules(o, np.arange(N)[:, None], time).astype(np.float32), "bohr")
    put("initial/state", np.full(N, o.start, np.int8), "1")
    put("initial/weight", np.ones(N), "1")


def write_hops(put, o, hops):
    columns = list(zip(*hops)) if hops else [[]] * 6
    for name, column, kind, unit in zip(("trajectory", "time", "from", "to", "accepted", "gap"), columns,
                                        (np.int64, float, np.int8, np.int8, np.int8, float),
                                        ("1", "fs", "1", "1", "1", "hartree")):
        put(f"hops/{name}", np.array(column, kind) * (EV if name == "gap" else np.ones(1, kind)), unit)
    put("hops/position", molecules(o, np.array(columns[0], float), np.array(columns[1], float)), "bohr")
    before, cost = np.full(len(hops), 5.0), np.array(columns[5], float) * EV * np.array(columns[4], float)
    put("hops/kinetic_before", before, "hartree")
    put("hops/kinetic_after", before - cost, "hartree")


def write(path, o):
    random = np.random.default_rng(o.seed)
    time, active, hops = fly(o, random)
    with h5py.File(path, "w") as f:
        def put(name, values, unit):
            f[name] = values
            f[name].attrs["unit"] = unit

        for key, value in dict(format="diabolo-swarm", version=o.version, input="made up for a test\n", model_path="-",
                               model_type="synthetic", method="fewest_switches", program_version="0", seed=o.seed,
                               timestep=o.every / 4, every=4, states=o.states, trajectories=o.trajectories,
                               resolved="made up for a test\n", program_commit="none", digest="0" * 64, initial_digest="0" * 64,
                               model_digest="0" * 64, excluded=o.trajectories // o.nan_every if o.nan_every else 0).items():
            f.attrs[key] = value
        put("time", time, "fs")
        put("molecule/numbers", np.tile(np.array([1, 8, 8, 1], np.int32), o.atoms // 4), "1")
        put("molecule/masses", 1822.888486 * np.tile([1.008, 15.995, 15.995, 1.008], o.atoms // 4), "electron_mass")
        put("molecule/reference", molecules(o, 0, 0.0), "bohr")
        write_trajectories(put, o, random, time, active)
        write_hops(put, o, hops)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("output")
    for name, kind, value in (("trajectories", int, 400), ("samples", int, 101), ("states", int, 3), ("every", float, 1.0),
                              ("lifetime", float, 30.0), ("delay", float, 12.0), ("back", float, 0.15),
                              ("excess", float, 0.04), ("nan-every", int, 0), ("atoms", int, 4), ("version", int, 1), ("seed", int, 1)):
        p.add_argument(f"--{name}", type=kind, default=value)
    p.add_argument("--no-trajectories", action="store_true")
    o = p.parse_args()
    o.start = max(o.states - 2, 1)
    write(o.output, o)


main()
