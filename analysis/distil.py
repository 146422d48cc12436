#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels unlabelled geometries by the adiabatic mean of several networks, so that one network can be taught what a committee knows; or by
one network, so that a smaller and faster one can be taught.

  analysis/distil.py committee.h5 --at swarm.h5 --points 3000 --output labels.h5
  analysis/distil.py a.h5 b.h5 --at swarm.h5 --points 3000 --output labels.h5
  analysis/distil.py a.h5 b.h5 --at train.h5 --displace 0.1 --points 3000 --labels train.h5 --output labels.h5
  analysis/distil.py large.h5 --at swarm.h5 train.h5 --displace 0.05 --points 10000 --labels train.h5 --output labels.h5

--at: swarms, data sets or XYZ files. What is averaged are energies, gradients, couplings and, if all have them, dipoles of adiabatic states. (Never average H: members that
were trained apart have their diabatic states turned against each other by angles that change with the geometry.) --labels adds the points of
a data set as they are. The others are the group 'committee': put 'train_only: [committee]' under 'data' of the training's input, so
that only true labels judge it. Left out are geometries where members differ by more than
--spread, and holes: S0 lower than at the reference geometry of the first model by more than that (of a network it is the lowest of its data)."""
import argparse
import json
import os
import tempfile

from ask import ask
from picture import EV, Mistake, h5py, np, run
from surfaces import open_model
from swarm import format_of

UNITS = {"positions": "bohr", "energies": "hartree", "gradients": "hartree/bohr", "couplings": "hartree/bohr", "dipoles": "e bohr"}
COUPLING = 0.04 * (EV / 0.529177210903)**2  # weight of a product of couplings beside one of dipoles (e bohr), as where dipoles are fitted
GROUP = b"committee"


def aligned(h, weight, mu=None):
    """Couplings h (M, B, P, ...) of M members with the signs of their states turned to those of the first: at each geometry jointly for
    all states, the 2^(n-1) patterns with the largest sum over pairs of weight (B, P) times h_a.h_b. Dipoles mu (M, B, n, n, 3), if
    given, count too; then both are returned."""
    h, mu = h.copy(), None if mu is None else mu.copy()
    states = int((1 + np.sqrt(1 + 8 * h.shape[2])) / 2)
    first, second = np.array([(i, j) for j in range(states) for i in range(j)]).reshape(-1, 2).T
    patterns = 1 - 2 * (np.arange(2**max(states - 1, 0))[:, None] >> np.arange(states) & 1)
    products = patterns[:, first] * patterns[:, second]  # (patterns, P)
    total = h[0].copy()
    for k, member in enumerate(h[1:], 1):
        overlap = weight * (total * member).reshape(*h.shape[1:3], -1).sum(axis=-1)
        if mu is not None:
            overlap = COUPLING * overlap + (mu[:k, :, first, second].sum(axis=0) * mu[k][:, first, second]).sum(axis=-1)
        best = (overlap @ products.T).argmax(axis=1)
        member *= products[best].reshape(h.shape[1:3] + (1,) * (h.ndim - 3))
        if mu is not None:
            mu[k] *= (patterns[best][:, :, None] * patterns[best][:, None, :])[..., None]
        total += member
    return h if mu is None else (h, mu)


def deviation(values, axes):
    """Root mean square over members and `axes` of the difference from the members' mean."""
    return np.sqrt(((values - values.mean(axis=0))**2).mean(axis=(0, *axes)))


def mean_labels(models, R, states, gap):
    """Mean and spread, two dictionaries, of the lowest `states` at R (B, A, 3). NaN: gradients and couplings of states that come closer than
    `gap` (hartree) in any member: there each has a basis of its own."""
    pairs = [(i, j) for j in range(states) for i in range(j)]
    found = [model.evaluate(R, gradients=list(range(states)), couplings=pairs) for model in models]
    E = np.array([f.energies[:, :states] for f in found])
    G, h = (np.array([getattr(f, name) for f in found]) for name in ("gradients", "couplings"))
    apart = np.array([E[:, :, j] - E[:, :, i] for i, j in pairs]).reshape(len(pairs), *E.shape[:2])
    mu = np.array([m.dipoles(R, follow=f.vectors)[:, :states, :states] for m, f in zip(models, found)]) if all(m.dipolar for m in models) else None
    if pairs:  # weights as in a training: couplings at large gaps are not those of any matrix, and not alike among members
        weight = (1 + (apart.mean(axis=1) * EV / 0.5)**2).T**-2.0
        h, mu = (aligned(h, weight), None) if mu is None else aligned(h, weight, mu)
    close = np.zeros((len(R), states), bool)
    for (i, j), d in zip(pairs, apart):
        close[:, [i, j]] |= (d.min(axis=0) < gap)[:, None]
    mean = {"energies": E.mean(axis=0), "gradients": G.mean(axis=0), "couplings": h.mean(axis=0)}
    spread = {"energies": deviation(E, ()), "gradients": deviation(G, (3, 4)), "couplings": deviation(h, (3, 4))}
    if mu is not None:
        mean["dipoles"], spread["dipoles"] = mu.mean(axis=0), deviation(mu, (4,))
    for table in (mean, spread):
        table["gradients"][close] = np.nan
        if mu is not None:
            table["dipoles"][close[:, :, None] | close[:, None, :]] = np.nan
        for p, (i, j) in enumerate(pairs):
            table["couplings"][close[:, i] | close[:, j], p] = np.nan
    return mean, spread


def members_of(path):
    """What open_model takes, of each member of a committee; of any other model the path."""
    if not h5py.is_hdf5(path):
        return [path]
    with h5py.File(path, "r") as file:
        n = int(file.attrs.get("members", 0))
    return [f"{{type: committee, file: {json.dumps(os.path.abspath(path))}, member: {k}}}\n" for k in range(n)] or [path]


def geometries(path, models):
    """Positions (B, A, 3), bohr, of a swarm, a data set or an XYZ file."""
    form = format_of(path) if h5py.is_hdf5(path) else None
    if form == "diabolo-swarm":
        with h5py.File(path, "r") as file:
            if "trajectories/position" not in file:
                raise Mistake(f"{path}: holds no positions; it was flown with output.trajectories: false")
            R = file["trajectories/position"][()]
            R = R.reshape(-1, *R.shape[-2:])
            return R[np.isfinite(R).all(axis=(1, 2))]
    if form == "diabolo-dataset":
        return points_of(path)["positions"]
    with tempfile.TemporaryDirectory() as folder:  # the program reads XYZ files, with their units
        out = os.path.join(folder, "geometries.h5")
        ask("evaluate", models[0], path, "--output", out)
        return points_of(out)["positions"]


def points_of(path):
    """Datasets of a data set that belong to points, in the units of the layout."""
    with h5py.File(path, "r") as file:
        for name, unit in UNITS.items():
            have = file[name].attrs.get("unit", "none") if name in file else unit
            have = have.decode() if isinstance(have, bytes) else have
            if have != unit:
                raise Mistake(f"{path}: '{name}' has the unit {have}; expected {unit}")
        found = {name: file[name][()] for name in (*UNITS, "numbers", "group") if name in file}
    for name in ("positions", "energies", "numbers"):
        if name not in found:
            raise Mistake(f"{path}: no dataset '{name}'")
    return found


def chosen(R, points, displace, seed):
    """`points` of the geometries, drawn at random and displaced by normal random numbers (bohr) in all coordinates."""
    rng = np.random.default_rng(seed)
    many = rng.permutation(len(R)) if displace == 0 else np.concatenate([rng.permutation(len(R)) for _ in range(-(-points // len(R)))])
    return R[many[:points]] + displace * rng.normal(size=(min(points, len(many)), *R.shape[1:]))


def write(path, numbers, parts, note):
    """A data set of parts [(positions, labels, spread, groups)], one after the other."""
    with h5py.File(path, "x") as out:
        out.attrs.update({"format": "diabolo-dataset", "version": 1, "source": note})
        out["numbers"] = numbers
        out["positions"] = np.concatenate([part[0] for part in parts])
        out["group"] = np.concatenate([part[3] for part in parts]).astype("S")
        for name in [name for name in UNITS if name in parts[0][1]]:
            out[name] = np.concatenate([part[1][name] for part in parts])
            out[f"spread/{name}"] = np.concatenate([part[2][name] for part in parts])
            out[f"spread/{name}"].attrs["unit"] = UNITS[name]
        for name in out.keys() & UNITS.keys():
            out[name].attrs["unit"] = UNITS[name]


def true_part(path, numbers, states):
    """The lowest `states` of a data set's own labels; their spread is unknown."""
    data = points_of(path)
    n, atoms, pairs = len(data["positions"]), len(numbers), states * (states - 1) // 2
    if list(data["numbers"]) != list(numbers) or data["energies"].shape[1] < states:
        raise Mistake(f"{path}: other atoms than the models', or fewer than {states} states")
    label = {"energies": data["energies"][:, :states]}
    for name, many in (("gradients", states), ("couplings", pairs)):
        label[name] = data[name][:, :many] if name in data else np.full((n, many, atoms, 3), np.nan)
    label["dipoles"] = data["dipoles"][:, :states, :states] if "dipoles" in data else np.full((n, states, states, 3), np.nan)
    spread = {name: np.full(label[name].shape[:3 if name == "dipoles" else 2], np.nan) for name in label}
    return data["positions"], label, spread, data.get("group", np.full(n, b"data"))


def options_of():
    parser = argparse.ArgumentParser(usage="%(prog)s MODEL.h5 [MODEL.h5 ...] --at FILE [FILE ...] --output LABELS.h5 [options]",
                                     description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL.h5", help="a committee; two or more, trained apart (another network.seed); or one")
    parser.add_argument("--at", required=True, nargs="+", metavar="FILE", help="geometries: swarms, data sets, XYZ files")
    parser.add_argument("--output", required=True, metavar="LABELS.h5")
    parser.add_argument("--points", type=int, default=3000, help="at most so many geometries of each file (%(default)s)")
    parser.add_argument("--displace", type=float, default=0.0, help="each coordinate by normal random numbers of this size, bohr (%(default)s)")
    parser.add_argument("--spread", type=float, default=0.1, help="leave out points where members differ by more from their mean, and where S0 is lower than at the reference geometry by more, eV (%(default)s)")
    parser.add_argument("--gap", type=float, default=0.02, help="no gradients and couplings of states closer than this, eV (%(default)s)")
    parser.add_argument("--states", type=int, help="only the lowest so many (default: all that every model was fitted to)")
    parser.add_argument("--labels", metavar="DATA.h5", help="a data set whose points are added as they are")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    options = options_of()
    members = [member for path in options.models for member in members_of(path)]
    if options.points < 1 or options.displace < 0:
        raise Mistake("expected --points of 1 or more and --displace of 0 or more")
    if os.path.lexists(options.output):
        raise Mistake(f"{options.output} exists; choose another name, or remove it")
    if not os.access(os.path.dirname(options.output) or ".", os.W_OK):
        raise Mistake(f"{options.output}: its folder is not there, or nothing can be written into it")
    models = [open_model(member) for member in members]
    numbers, most = models[0].numbers, min(model.states for model in models)
    states = min(model.fitted for model in models) if options.states is None else options.states
    if any(list(model.numbers) != list(numbers) for model in models) or not 1 <= states <= most:
        raise Mistake(f"the models are of different molecules, or --states is not within 1 to {most}")
    drawn = []
    for path in options.at:
        R = geometries(path, options.models)
        if R.shape[1:] != (len(numbers), 3) or len(R) == 0:
            raise Mistake(f"{path}: geometries of {R.shape[1]} atoms; the models have {len(numbers)}")
        drawn.append(chosen(R, options.points, options.displace, options.seed))
    R = np.concatenate(drawn)
    mean, spread = mean_labels(models, R, states, options.gap / EV)
    worst = np.abs(spread["energies"]).max(axis=1) * EV
    hole = (mean["energies"][:, 0] - models[0].energies(models[0].reference[None])[0, 0]) * EV < -options.spread
    kept = (worst <= options.spread) & ~hole  # false for NaN
    if not kept.any():
        raise Mistake(f"the members differ by more than {options.spread} eV, or have holes, at all {len(R)} geometries")
    if len(models) == 1:
        for table in spread.values():
            table[...] = np.nan  # unknown
    parts = [(R[kept], *({k: v[kept] for k, v in table.items()} for table in (mean, spread)), np.full(int(kept.sum()), GROUP))]
    if options.labels:
        parts.append(true_part(options.labels, numbers, states))
    write(options.output, numbers, parts, ("adiabatic mean of " if len(models) > 1 else "labels of ") + ", ".join(model.digest for model in models))
    print(f"{kept.sum()} geometries labelled, {hole.sum()} left out in holes"
          + (f", {(~kept & ~hole).sum()} where members differ by more than {options.spread} eV" if len(models) > 1 else "")
          + (f"; spread of energies {np.median(worst[kept]) * 1000:.1f} meV in the median" if len(models) > 1 else "")
          + (f"; {len(parts[1][0])} points of {options.labels} added" if options.labels else ""))


if __name__ == "__main__":
    run(main)
