#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swarms whose mechanism is known, made up in the layout of docs/swarm-file.md, and what `diabolo mechanism` must say of them.

mechanism.py make         writes swarm.h5, intersections.h5, modes.molden and the truth (truth.npz) into the working folder
mechanism.py CHECK FILE   compares the file with the truth; CHECK: census, motion, clusters, wigner
"""
import sys

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)  # nothing to test with

BOHR, EV, CM, U = 1 / 0.529177210903, 1 / 27.211386245988, 1 / 219474.6313632, 1822.888486209
NUMBERS = np.array([6, 6, 1, 1, 1, 1])
MASSES = np.array([12.0, 12.0] + 4 * [1.00782503]) * U
N, T = 60, 21  # trajectories, samples
ROUNDING = 1e-9  # of rotations back and forth, sums of some thousand terms, in units of order 1


def rotation(random):
    q = np.linalg.qr(random.normal(size=(3, 3)))[0]
    return q * np.sign(np.linalg.det(q))


class Disguise:
    """Another order of like atoms, another orientation, another place, perhaps the mirror image."""

    def __init__(self, random, mirror=True):
        self.order = np.concatenate([random.permutation(2), 2 + random.permutation(4)])
        self.turn = rotation(random) * (-1 if mirror and random.random() < 0.5 else 1)
        self.shift = random.normal(size=3)

    def vector(self, v):
        out = np.empty_like(v)
        out[..., self.order, :] = v @ self.turn.T
        return out

    def point(self, R):
        return self.vector(R) + self.shift


def rigid(R, weight):
    """Orthonormal translations and rotations at R, of vectors weighted with sqrt(weight)."""
    x = R - (weight[:, None] * R).sum(0) / weight.sum()
    root = np.sqrt(weight)[:, None]
    rows = [(root * e).ravel() for e in np.eye(3)] + [(root * np.cross(e, x)).ravel() for e in np.eye(3)]
    return np.linalg.qr(np.array(rows).T)[0].T


def internal(R, weight, n, random):
    """n orthonormal vectors without rigid motions."""
    basis = rigid(R, weight)
    v = random.normal(size=(n, R.size))
    v -= v @ basis.T @ basis
    v -= v @ basis.T @ basis  # again, for rounding
    return np.linalg.qr(v.T)[0].T.reshape(n, *R.shape)


def geometry(random):
    R = np.array([[0, 0, 0], [2.6, 0, 0], [-1.0, 1.8, 0], [-1.1, -1.7, 0.2], [3.7, 1.8, -0.4], [3.6, -1.9, 0.3]])
    return R + random.normal(0, 0.35, R.shape)


def put(f, name, values, unit="1"):
    f[name] = values
    f[name].attrs["unit"] = unit


def write_intersections(points, path, digest="d" * 64, nstate=3):
    """points: (first, order, R, x, y, pitch, asymmetry, energies)."""
    K = len(points)
    with h5py.File(path, "w") as f:
        f.attrs.update(format="diabolo-intersections", version=1, model_digest=digest, zero=-78.0, zero_text="nothing", states=nstate)
        put(f, "molecule/numbers", NUMBERS.astype(np.int32))
        put(f, "molecule/masses", MASSES, "electron_mass")
        put(f, "molecule/reference", points[0][2], "bohr")
        text = h5py.string_dtype()
        f.create_dataset("points/name", data=[f"S{p[0] + 1}/S{p[0]}-{i + 1}" for i, p in enumerate(points)], dtype=text)
        f.create_dataset("points/label", data=["twisted"] + [""] * (K - 1), dtype=text)
        for name, values in dict(first=[p[0] for p in points], count=[2] * K, order=[p[1] for p in points], starts=[1] * K,
                                 method=[0] * K).items():
            put(f, f"points/{name}", np.array(values, np.int32))
        put(f, "points/reached", np.ones((K, 3), np.int32))
        put(f, "points/position", np.array([p[2] for p in points]), "bohr")
        put(f, "points/energies", np.array([p[7] for p in points]), "hartree")
        put(f, "points/frequencies", np.full((K, 18), np.nan), "hartree")
        units = dict(gap="hartree", gradient="hartree/bohr", heading="rad", g="hartree/bohr", h="hartree/bohr", s="hartree/bohr")
        for name in ("gap", "gradient", "tilt", "heading", "P", "B"):
            put(f, f"points/{name}", np.full(K, 0.1), units.get(name, "1"))
        for name, i in dict(g=3, h=4, x=3, y=4, s=3).items():
            put(f, f"points/{name}", np.array([p[i] for p in points]), units.get(name, "1"))
        put(f, "points/pitch", np.array([p[5] for p in points]), "hartree/bohr")
        put(f, "points/asymmetry", np.array([p[6] for p in points]))


def fly_hops(random, points, time):
    """Rows of hops, each at a known displacement from a point, and the active states that follow from them."""
    rows, truth, active = [], [], np.ones((N, T), np.int8)
    for j in range(N):
        state, t = 1, 0.0
        for _ in range(random.integers(0, 4)):
            t += random.uniform(0.5, 12)
            accepted = random.random() < 0.7
            to = {0: 1, 1: 2 if random.random() < 0.3 else 0, 2: 1}[state]
            pair = [i for i, p in enumerate(points) if p[0] == min(state, to) and p[1] == 0]
            i = int(random.choice(pair))
            _, _, R, x, y, pitch, asymmetry, energies = points[i]
            a, b = random.normal(0, 0.06, 2)
            rest = internal(R, np.ones(6), 8, random)[7]
            rest -= (rest * x).sum() * x + (rest * y).sum() * y  # x, y have no rigid motions: neither has what is left
            rest *= 0.08 / np.linalg.norm(rest)
            far = random.random() < 0.1
            u = a * x + b * y + rest if not far else 9.0 * internal(R, np.ones(6), 1, random)[0]
            va, vb = random.normal(0, 1e-3, 2)
            v = va * x + vb * y + 2e-3 * rest / np.linalg.norm(rest)
            if t > time[-1]:
                break
            hide = Disguise(random)
            gap = (1 if to > state else -1) * random.gamma(2, 0.01)
            rows.append(dict(trajectory=j, time=t, **{"from": state, "to": to}, accepted=accepted, gap=gap,
                             position=hide.point(R + u), velocity=hide.vector(v), above=random.gamma(2, 0.02)))
            truth.append((-1 if far else i, a, b, 0.08, va, vb, 2e-3,
                          2 * pitch * np.sqrt((1 + asymmetry) * a * a + (1 - asymmetry) * b * b), np.linalg.norm(u) / np.sqrt(6)))
            if accepted:
                active[j, time >= t] = to
                state = to
    return rows, np.array(truth), active


def fly_positions(random, time):
    """Displacements along two of a set of modes with a coherent and a random part, each trajectory in its own disguise."""
    R0 = geometry(random)
    R0 -= (MASSES[:, None] * R0).sum(0) / MASSES.sum()
    modes = internal(R0, MASSES, 12, random)
    Q = np.zeros((N, T, 12))
    Q[..., 3] = 9 * np.cos(0.3 * time) + random.normal(0, 2, (N, 1))
    Q[..., 7] = 6 * np.sin(0.2 * time)[None, :] * random.normal(0, 1, (N, 1))
    X = np.einsum("jtk,kac->jtac", Q, modes)
    plain = R0 + X / np.sqrt(MASSES)[:, None]
    R = np.empty_like(plain)
    for j in range(N):
        hide = Disguise(random)
        for i in range(T):
            hide.turn = rotation(random) * np.sign(np.linalg.det(hide.turn))
            R[j, i] = hide.point(plain[j, i])
    return R0, modes, Q, X, plain, R


def write_molden(R0, modes, frequency, path):
    with open(path, "w") as f:
        print("[Molden Format]\n[FREQ]", *[f"{0.0:12.4f}"] * 6, *[f"{w:12.4f}" for w in frequency], sep="\n", file=f)
        print("[FR-COORD]", file=f)
        for z, r in zip(NUMBERS, R0):
            print({1: "H", 6: "C"}[z], *[f"{x:.12f}" for x in r], file=f)
        print("[FR-NORM-COORD]", file=f)
        moves = [b.reshape(6, 3) for b in rigid(R0, MASSES)] + list(modes)
        for k, L in enumerate(moves):
            d = L / np.sqrt(MASSES)[:, None]
            print("vibration", k + 1, file=f)
            for r in d / np.linalg.norm(d):
                print(*[f"{x:.12f}" for x in r], file=f)


def make():
    random = np.random.default_rng(20240607)
    time = np.arange(T) * 1.0
    points = []
    for first, order in ((0, 0), (0, 0), (1, 0), (0, 1)):
        R = geometry(random)
        x, y = internal(R, np.ones(6), 2, random)
        points.append((first, order, R, x, y, 0.05 + 0.01 * len(points), 0.3, np.array([-78.0, -77.9, -77.8]) + 0.01 * len(points)))
    write_intersections(points, "intersections.h5")
    write_intersections(points, "foreign.h5", digest="e" * 64)
    hops, truth, active = fly_hops(random, points, time)
    R0, modes, Q, X, plain, R = fly_positions(random, time)
    frequency = np.linspace(300, 3300, 12)
    write_molden(R0, modes, frequency, "modes.molden")
    weight = 1.0 + np.arange(N) % 3
    fate = np.ones(N, np.int8)
    fate[::17] = 2  # these do not count
    counted = np.where(fate == 2, 0.0, weight)
    p = np.tensordot(counted, np.eye(3)[active], 1) / counted.sum()
    total = -77.0
    kinetic = np.full((N, T), 0.2)
    with h5py.File("swarm.h5", "w") as f:
        f.attrs.update(format="diabolo-swarm", version=1, input="made up for a test\n", model_path="-", model_type="synthetic",
                       model_digest="d" * 64, method="fewest_switches", program_version="0", seed=1, timestep=0.25, every=4,
                       states=3, trajectories=N, resolved="made up for a test\n", program_commit="none", digest="0" * 64,
                       initial_digest="0" * 64, excluded=int((fate == 2).sum()))
        put(f, "time", time, "fs")
        put(f, "molecule/numbers", NUMBERS.astype(np.int32))
        put(f, "molecule/masses", MASSES, "electron_mass")
        put(f, "molecule/reference", R0, "bohr")
        for kind in ("active", "electronic", "diabatic"):
            put(f, f"populations/{kind}", p)
            put(f, f"populations/{kind}_error", np.sqrt(np.clip(p * (1 - p), 0, None) * (counted**2).sum()) / counted.sum())
        put(f, "trajectories/number", np.arange(N) + 100)
        put(f, "trajectories/active", active)
        put(f, "trajectories/fate", fate)
        put(f, "trajectories/end", np.full(N, time[-1]), "fs")
        put(f, "trajectories/drift", np.zeros(N), "hartree")
        put(f, "trajectories/potential", total - kinetic, "hartree")
        put(f, "trajectories/kinetic", kinetic, "hartree")
        put(f, "trajectories/position", R, "bohr")
        put(f, "initial/state", active[:, 0].astype(np.int8))
        put(f, "initial/weight", weight)
        column = lambda name: np.array([h[name] for h in hops])
        put(f, "hops/trajectory", column("trajectory") + 100)
        put(f, "hops/time", column("time"), "fs")
        for name in ("from", "to", "accepted"):
            put(f, f"hops/{name}", column(name).astype(np.int8))
        put(f, "hops/gap", column("gap"), "hartree")
        # mean energy of the two states = total - kinetic_before + gap/2 is `above` over that of the point
        level = np.array([points[max(int(t[0]), 0)][7] for t in truth])
        low = np.minimum(column("from"), column("to"))
        middle = (level[np.arange(len(hops)), low] + level[np.arange(len(hops)), low + 1]) / 2
        kinetic = total + column("gap") / 2 - middle - column("above")
        put(f, "hops/kinetic_before", kinetic, "hartree")
        put(f, "hops/kinetic_after", kinetic - column("accepted") * column("gap"), "hartree")
        put(f, "hops/position", column("position"), "bohr")
        put(f, "hops/velocity", column("velocity"), "bohr hartree/hbar")
    np.savez("truth.npz", truth=truth, above=column("above"), Q=Q, X=X, plain=plain, modes=modes, frequency=frequency,
             weight=counted, active=active)


def close(a, b, tolerance, what):
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    assert np.array_equal(np.isnan(a), np.isnan(b)), f"{what}: NaN where there should be none"
    difference = np.nanmax(np.abs(a - b), initial=0)
    assert difference <= tolerance, f"{what}: off by {difference:.3g}, more than {tolerance:.3g}"


def census(f, known):
    """Which intersection, its components, the table, the populations: against what was put in."""
    truth, hops = known["truth"], f["census/hops"]
    point = truth[:, 0].astype(int)
    assert (hops["point"][:] == point).all(), "hops went to other intersections than they were made at"
    assert len(set(point)) == 4, "the made-up swarm should visit three points and none"
    near = point >= 0
    components = np.where(near[:, None], truth[:, 1:4], np.nan)
    close(hops["displacement"], components, ROUNDING, "displacement")
    close(hops["velocity"], np.where(near[:, None], truth[:, 4:7], np.nan), ROUNDING, "velocity")
    close(hops["linear_gap"], np.where(near, truth[:, 7], np.nan), ROUNDING, "first-order gap")
    close(hops["away"][near], truth[near, 8], ROUNDING, "distance")
    close(hops["energy"][near], known["above"][near], ROUNDING, "energy above")
    assert f["census"].attrs["velocity_source"] == "hop"

    start, to, accepted, time = (hops[name][:] for name in ("from", "to", "accepted", "time"))
    row = hops["trajectory"][:] - 100
    w = known["weight"][row]
    table, seen = f["census/table"], 0
    for i in range(len(table["from"])):
        for kind in (0, 1):
            group = (start == table["from"][i]) & (to == table["to"][i]) & (accepted == kind) & (w > 0)
            mine = group & (point == table["point"][i])
            seen += mine.sum()
            assert table["count"][i, kind] == mine.sum(), "count"
            if not mine.any():
                continue
            p, n = w[mine].sum() / w[group].sum(), w[group].sum() ** 2 / (w[group] ** 2).sum()
            close(table["share"][i, kind], p, ROUNDING, "share")
            z = 1.9599639845400545  # Wilson's limits are the roots q of (p - q)^2 = z^2 q (1 - q)/n
            for q in (table["share_low"][i, kind], table["share_high"][i, kind]):
                close((p - q) ** 2, z * z * q * (1 - q) / n, ROUNDING, "Wilson interval")
            close(table["mean_time"][i, kind], np.average(time[mine], weights=w[mine]), ROUNDING, "mean time")
            if table["point"][i] >= 0:
                inwards = (truth[mine, 1:3] * truth[mine, 4:6]).sum(1) < 0
                close(table["approaching"][i, kind], np.average(inwards, weights=w[mine]), ROUNDING, "approaching")
                close(table["along"][i, kind], np.sqrt(np.average(truth[mine, 1:3] ** 2, axis=0, weights=w[mine])), ROUNDING, "rms")
    assert seen == (w > 0).sum(), "the table should hold every hop that counts once"

    # populations by intersection, counted anew
    t, whole = f["time"][:], known["weight"].sum()
    P = len(f["census/points/first"])
    last, first = np.zeros((2, P + 2, len(t))), np.zeros((2, P + 2, len(t)))
    for b in range(2):
        for j in range(N):
            mine = np.flatnonzero((row == j) & (accepted == 1) & (start > b) & (to <= b))
            for i in range(len(t)):
                passed = mine[time[mine] <= t[i]]
                if known["active"][j, i] <= b:
                    last[b, point[passed[-1]] if len(passed) and point[passed[-1]] >= 0 else P if len(passed) else P + 1, i] += known["weight"][j]
                if 1 <= b:
                    first[b, P + 1, i] += known["weight"][j]  # all begin on S1
                elif len(passed):
                    first[b, point[passed[0]] if point[passed[0]] >= 0 else P, i] += known["weight"][j]
    passages = f["census/passages"]
    close(passages["last"], last / whole, ROUNDING, "populations by last passage")
    close(passages["first"], first / whole, ROUNDING, "populations by first passage")
    close(passages["last"][:].sum(1), passages["below"], ROUNDING, "their sum")
    share = np.einsum("j,jtk->tk", known["weight"], np.eye(3)[known["active"]]) / whole
    close(passages["below"], np.cumsum(share, axis=1)[:, :2].T, ROUNDING, "population below")
    assert (np.diff(passages["first"][:], axis=2) >= -ROUNDING).all(), "a first passage was taken back"


def dihedral(R):
    b = np.diff(R, axis=-2)
    n1, n2 = np.cross(b[..., 0, :], b[..., 1, :]), np.cross(b[..., 1, :], b[..., 2, :])
    y = (np.cross(n1, n2) * b[..., 1, :]).sum(-1) / np.linalg.norm(b[..., 1, :], axis=-1)
    return np.arctan2(y, (n1 * n2).sum(-1))


def motion(f, known):
    w, active, Q = known["weight"], known["active"], known["Q"]
    counted = w > 0
    wn = w / w.sum()

    # coordinate 0: the largest C-H distance of all eight, whatever the atoms are called; 1: |torsion| smallest; 2: all eight in order
    pairs = np.linalg.norm(known["plain"][:, :, :2, None] - known["plain"][:, :, None, 2:], axis=-1).reshape(N, T, 8)
    single = 1e-6  # values are kept in single precision
    for i, true in ((0, pairs.max(-1)), (3, pairs.mean(-1))):
        close(f[f"coordinates/{i}/value"][..., 0], true, single, f"coordinate {i}")
        close(f[f"coordinates/{i}/mean"][0, 0], wn @ true, ROUNDING, f"its mean {i}")
    close(f["coordinates/2/value"], np.sort(pairs, axis=-1), single, "sorted distances")
    torsions = np.stack([np.abs(dihedral(known["plain"][:, :, [a, 0, 1, b]])) for a in range(2, 6) for b in range(2, 6) if a != b], -1)
    close(f["coordinates/1/value"][..., 0], torsions.min(-1), single, "folded torsion")

    for i in range(4):  # of each state, and the density of all and of each state
        g = f[f"coordinates/{i}"]
        value = g["value"][:].astype(float)
        for k in range(3):
            part = np.where((active == k) & counted[:, None], w[:, None], 0)
            with np.errstate(invalid="ignore"):
                mean = (part[..., None] * value).sum(0) / part.sum(0)[:, None]
                sd = np.sqrt((part[..., None] * (value - mean) ** 2).sum(0) / part.sum(0)[:, None])
            close(g["mean"][:, 1 + k], mean.T, 10 * single, "mean of a state")
            close(g["deviation"][:, 1 + k], sd.T, 1e-3, "deviation of a state")  # sqrt of rounding where one trajectory is alone
        width = np.diff(g["edge"][:])
        inside = (g["density"][:] * width).sum(-1)
        close(inside[:, 0] + g["outside"][:, 0], 1, ROUNDING, "density of all")
        close(inside[:, 1:].sum(1), inside[:, 0], ROUNDING, "densities of the states together")
        population = np.einsum("j,jtk->tk", wn, np.eye(3)[active])
        close(inside[:, 1:] + g["outside"][:, 1:], population, ROUNDING, "density of a state")
    # the histogram of the first: counted anew from the values that were written (one on an edge may fall either way)
    g = f["coordinates/0"]
    edge = g["edge"][:]
    for i in range(T):
        h = np.histogram(g["value"][:, i, 0], bins=edge, weights=wn)[0]
        assert np.abs(np.cumsum(h) - np.cumsum(g["density"][i, 0] * np.diff(edge))).max() < 2 * wn.max(), "histogram"

    # modes: what was put in, up to the signs of the file's vectors
    modes = f["modes"]
    assert len(modes["frequency"]) == 12, "rigid motions should be left out"
    close(modes["frequency"], known["frequency"] * CM, 1e-9, "frequencies")
    digits = 1e-7  # of the displacements in the Molden file, 1e-12, times sums of masses
    sign = np.sign(np.einsum("kac,kac->k", modes["vector"], known["modes"]))
    mean = np.einsum("j,jtk->kt", wn, Q) * sign[:, None]
    square = np.einsum("j,jtk->kt", wn, Q**2)
    close(modes["mean"], mean, digits, "mean of modes")
    close(modes["square"], square, 1e-5, "squares of modes")
    close(modes["total"], np.sqrt(np.maximum(square.mean(1) - mean.mean(1) ** 2, 0)), 1e-5, "total activity")
    close(modes["coherent"], mean.std(1), 1e-5, "coherent activity")
    assert set(np.argsort(modes["total"][:])[-2:]) == {3, 7}
    close(modes["total"][:] ** 2, modes["coherent"][:] ** 2 + (modes["deviation"][:] ** 2).mean(1), 1e-8, "activities add up")

    # principal components: those of the displacements that were put in, up to sign
    c = f["components"]
    X = known["X"].reshape(N, T, 18)[:, 5:16]  # 5 to 15 fs
    ww = np.repeat(wn / 11, 11)
    X = X.reshape(-1, 18)
    C = np.cov(X.T, aweights=ww, ddof=0)
    E, V = np.linalg.eigh(C)
    close(c["eigenvalue"][:2], E[::-1][:2], 1e-7, "eigenvalues")
    close(c["eigenvalue"][2:], 0, 1e-7, "eigenvalues of what does not move")
    close(c["share"][:].sum(), 1, ROUNDING, "shares")
    for k in range(2):
        v = c["vector"][k].ravel()
        close(np.abs(v @ V[:, -1 - k]), 1, 1e-7, "component")
        close(v[np.argmax(np.abs(v))] > 0, True, 0, "sign of a component")
        p = (known["X"].reshape(N, T, 18) - np.average(X, axis=0, weights=ww)) @ v
        close(c["projection"][..., k], p, 1e-4, "projection")  # single precision of numbers of order 30
        close(c["mean"][k, 0], wn @ p, 1e-6, "mean projection")


def make_clusters():
    """Final geometries near three templates, in disguise; weights 1; and one far from all."""
    random = np.random.default_rng(5)
    templates = [geometry(random) for _ in range(3)]
    sizes = [25, 20, 14, 1]
    with h5py.File("swarm.h5", "r") as f, h5py.File("kinds.h5", "w") as g:
        for name, value in f.attrs.items():
            g.attrs[name] = value
        for name in f:
            f.copy(name, g)
        R = g["trajectories/position"][:]
        kind = np.repeat(range(4), sizes)
        random.shuffle(kind)
        for j, k in enumerate(kind):
            base = templates[k] + 0.03 * random.normal(size=(6, 3)) if k < 3 else templates[0] * 3
            R[j, -1] = Disguise(random).point(base)
        g["trajectories/position"][...] = R
        g["initial/weight"][...] = 1.0
        g["trajectories/fate"][...] = 1
        p = np.eye(3)[g["trajectories/active"][:]].mean(0)
        g["populations/active"][...], g["populations/active_error"][...] = p, np.sqrt(np.clip(p * (1 - p), 0, None) / sum(sizes))
        g.attrs["excluded"] = 0
    np.savez("kinds.npz", kind=kind, sizes=sizes)


def clusters(f, _):
    known = np.load("kinds.npz")
    names = {f[f"clusters/{i}"].attrs["name"]: f[f"clusters/{i}"] for i in f["clusters"]}
    assert set(names) == {"S1/S0", "S2/S1", "final"}, names
    g = names["final"]
    assert list(g["count"][:]) == list(known["sizes"]), f"sizes {g['count'][:]}"
    for j, k in enumerate(known["kind"]):
        assert g["member"][j] == k, "a geometry went to another cluster"
    assert (g["distance"][:] <= f["clusters"].attrs["radius"]).all()
    close(g["share"], known["sizes"] / known["sizes"].sum(), ROUNDING, "shares")
    frames = sum(min(len(names[n]["count"]), 20) for n in names)
    lines = open("kinds-clusters.xyz").read().splitlines()
    assert len(lines) == frames * 8, f"{len(lines)} lines, {frames} representatives"
    # distances by brute force for one pair: the centre of the first cluster and a member
    import itertools
    with h5py.File("kinds.h5") as s:
        R = s["trajectories/position"][:, -1]
    a, b = int(g["item"][g["centre"][0]]), int(np.flatnonzero(g["member"][:] == 0)[0])
    best = np.inf
    A = R[a] - R[a].mean(0)
    for order in itertools.product(itertools.permutations([0, 1]), itertools.permutations([2, 3, 4, 5])):
        B = R[b][list(order[0] + order[1])]
        U, S, Vt = np.linalg.svd((B - B.mean(0)).T @ A)
        best = min(best, np.sqrt(max((A**2).sum() + ((B - B.mean(0)) ** 2).sum() - 2 * S.sum(), 0) / 6))
    close(g["distance"][b], best, 1e-7, "distance")  # sqrt of the rounding of a difference


def wigner(f, _):
    """At the start of a Wigner ensemble at 0 K each mode has <q> = 0 and <q^2> = 1/2: within 5 standard errors of 400 draws."""
    modes = f["modes"]
    n = int(f.attrs["counted"])
    q = modes["mean"][:, 0] * modes["scale"][:]
    square = modes["square"][:, 0] * modes["scale"][:] ** 2
    assert len(q) == 12
    close(q, 0, 5 * np.sqrt(0.5 / n), "<q>")
    close(square, 0.5, 5 * 0.5 * np.sqrt(2 / n), "<q^2>")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make()
        make_clusters()
    else:
        with h5py.File(sys.argv[2]) as f:
            globals()[sys.argv[1]](f, np.load("truth.npz"))
