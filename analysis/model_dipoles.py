#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teaches a network its dipoles: fits the diabatic dipole matrix beside H, which stays as it is, and writes a copy of the model file that has it.

  analysis/model_dipoles.py network.h5 data.h5 -o network-dipoles.h5
  analysis/model_dipoles.py network.h5 data.h5 -o network-dipoles.h5 --charge 1     of a cation

What is fitted and how is in docs/spectra.md. The given files are not changed. Energies, gradients and couplings of the copy are those of the network
to the last bit (its SHA-256 is another). Data: the dataset 'dipoles' (points, states, states, 3), symmetric in the states, NaN where it is
missing, its signs joint with those of 'couplings'."""
import argparse
import hashlib
import itertools
import json
import os
import shutil
import time

from picture import EV, Mistake, h5py, np, run
from surfaces import open_model

DEBYE = 2.541746473  # debye per e bohr (CODATA 2018)
DEGENERATE = 0.02 / EV  # hartree: states closer than this are compared up to a rotation, as in a training
COUPLING, GAP = 0.04 * (EV * 0.529177210903**-1)**2, 0.5 / EV  # weight of couplings against dipoles where signs are chosen, and its fall


def symmetry(model, states, natom):
    """Different permutations of the group (G, A), and the actions on packed matrices (G, P, P) of true and of axial vectors: means over the
    elements with that permutation of B: Y -> Gamma^T Y Gamma, and of B times -1 where the element inverts."""
    with h5py.File(model, "r") as f:
        if "symmetry/permutations" in f:
            permutations, inversions = f["symmetry/permutations"][()], f["symmetry/inversions"][()].astype(bool)
            gamma = f["symmetry/representations"][()] if "symmetry/representations" in f else np.array([np.diag(s) for s in f["symmetry/signs"][()]])
        else:
            permutations, inversions, gamma = np.arange(natom)[None], np.zeros(1, bool), np.eye(states)[None]
    elements = close_group(permutations, inversions, gamma)
    found = {}
    for permutation, inverts, matrix in elements:
        B = back(matrix)
        polar, axial = found.setdefault(permutation, [0.0, 0.0])
        found[permutation] = [polar + B / len(elements), axial + (-B if inverts else B) / len(elements)]
    return np.array(list(found)), *(np.array([pair[i] for pair in found.values()]) for i in (0, 1))


def close_group(permutations, inversions, gamma):
    """All elements (permutation, inverts, Gamma) of the group with these generators."""
    natom = len(permutations[0])
    known = {(tuple(range(natom)), False): np.eye(len(gamma[0]))}
    fresh = list(known)
    generators = [(tuple(int(a) for a in p), bool(i), m) for p, i, m in zip(permutations, inversions, gamma)]
    while fresh:
        following = []
        for p, i in fresh:
            for q, j, m in generators:
                element = (tuple(p[a] for a in q), i != j)  # the image of an image: first p, then q
                if element not in known:
                    known[element] = m @ known[p, i]
                    following.append(element)
        fresh = following
    return [(p, i, m) for (p, i), m in known.items()]


def back(gamma):
    """The packed Y -> the packed Gamma^T Y Gamma."""
    i, j = np.tril_indices(len(gamma))
    B = np.zeros((len(i), len(i)))
    for k, (a, b) in enumerate(zip(i, j)):
        Y = np.zeros_like(gamma)
        Y[a, b] = Y[b, a] = 1.0
        B[:, k] = (gamma.T @ Y @ gamma)[i, j]
    return B


class Form:
    """mu(R) with parameters theta (docs/model-file.md, "Dipoles"): what does not depend on them is made once for all geometries."""

    def __init__(self, R, centre, lengths, group, states, hidden, standard=None):
        self.permutations, self.polar, self.axial = group
        self.states, (self.i, self.j) = states, np.tril_indices(states)
        natom = R.shape[1]
        a, b = np.tril_indices(natom, -1)
        w = R - np.einsum("a,bax->bx", centre, R)[:, None]
        w = np.stack([w[:, p] for p in self.permutations], axis=1)  # (B, G, A, 3) of the images
        f = np.exp(-np.linalg.norm(w[:, :, a] - w[:, :, b], axis=-1)[:, :, None] / np.asarray(lengths)[:, None])
        f = f.reshape(*f.shape[:2], -1)
        self.mean, self.deviation = standard or (f.mean(axis=(0, 1)), np.maximum(f.std(axis=(0, 1)), 1e-6))
        self.x = (f - self.mean) / self.deviation
        self.crossed = np.abs(self.axial).max() > 1e-12
        self.natom = natom
        self.v = np.concatenate([w, np.cross(w[:, :, a], w[:, :, b])], axis=2) if self.crossed else w
        self.sizes = [f.shape[-1], *hidden, self.v.shape[2] * len(self.i)]

    def start(self, rng):
        theta = []
        for inputs, outputs in zip(self.sizes, self.sizes[1:]):
            theta += [rng.normal(size=(outputs, inputs)) / np.sqrt(inputs), np.zeros(outputs)]
        theta[-2] *= 0.1
        return theta

    def forward(self, rows, theta):
        """Activations of the layers, and packed mu (B, P, 3)."""
        h = [self.x[rows].reshape(-1, self.sizes[0])]
        last = len(theta) // 2 - 1
        for layer in range(last + 1):
            z = h[-1] @ theta[2 * layer].T + theta[2 * layer + 1]
            h.append(np.tanh(z) if layer < last else z)
        y, v = h[-1].reshape(len(rows), len(self.permutations), self.v.shape[2], -1), self.v[rows]
        mu = 0.0
        for part, action in self.parts():
            mu = mu + np.einsum("bgkx,glk->blx", np.einsum("bgvk,bgvx->bgkx", y[:, :, part], v[:, :, part]), action, optimize=True)
        return h, mu

    def parts(self):
        yield slice(0, self.natom), self.polar
        if self.crossed:
            yield slice(self.natom, None), self.axial

    def backward(self, rows, theta, h, bar):
        """Gradient by theta of sum bar (B, P, 3) mu."""
        v, gradient = self.v[rows], [None] * len(theta)
        ybar = [np.einsum("bgvx,bgkx->bgvk", v[:, :, part], np.einsum("blx,glk->bgkx", bar, action, optimize=True)) for part, action in self.parts()]
        zbar = np.concatenate(ybar, axis=2).reshape(-1, self.sizes[-1])
        for layer in range(len(theta) // 2 - 1, -1, -1):
            gradient[2 * layer], gradient[2 * layer + 1] = zbar.T @ h[layer], zbar.sum(axis=0)
            if layer > 0:
                zbar = (zbar @ theta[2 * layer]) * (1 - h[layer]**2)
        return gradient

    def full(self, packed):
        """(B, P, 3) -> (B, n, n, 3)"""
        whole = np.empty((len(packed), self.states, self.states, 3))
        whole[:, self.i, self.j] = whole[:, self.j, self.i] = packed
        return whole


# ---- labels ------------------------------------------------------------------------------------------------------------


class Labels:
    """Reference dipoles and couplings of some points, and the states of the frozen model there."""

    def __init__(self, found, energies, dipoles, couplings):
        n = self.states = energies.shape[1]
        self.pairs = [(i, j) for j in range(n) for i in range(j)]
        self.E, self.U = found.energies, found.vectors
        self.h, self.reference = (x.reshape(len(energies), len(self.pairs), -1) for x in (found.couplings, couplings))
        gap = np.stack([energies[:, j] - energies[:, i] for i, j in self.pairs], axis=1) if n > 1 else np.empty((len(energies), 0))
        self.weight = np.nan_to_num(COUPLING * (1 + (gap / GAP)**2)**-2.0)  # as in a training: at large gaps couplings are not those of any matrix
        self.raw, self.close = dipoles, [(p, i, j) for p, (i, j) in enumerate(self.pairs) if j == i + 1 and (gap[:, p] < DEGENERATE).any()]
        self.gap = gap
        self.mask = np.isfinite(dipoles)

    def turned(self, prediction=None):
        """The labels with signs of the states (joint for couplings and dipoles, the pattern with the largest overlap with the model), states nearly
        degenerate turned among each other by the angle that fits best. prediction (B, n, n, 3): of the model; None: couplings decide alone."""
        n, B = self.states, len(self.raw)
        best, chosen = np.full(B, -np.inf), self.raw.copy()
        angles = np.linspace(0, np.pi, 24, endpoint=False)
        turns = [np.eye(n)[None].repeat(B, axis=0)]
        for p, i, j in self.close:
            near = self.gap[:, p] < DEGENERATE
            for angle in angles[1:]:
                O = np.eye(n)[None].repeat(B, axis=0)
                O[near, i, i] = O[near, j, j] = np.cos(angle)
                O[near, i, j], O[near, j, i] = -np.sin(angle), np.sin(angle)
                turns.append(O)
        h = np.zeros((B, n, n, self.reference.shape[-1] if self.pairs else 1))
        m = np.zeros_like(h)
        for p, (i, j) in enumerate(self.pairs):
            h[:, i, j] = h[:, j, i] = np.nan_to_num(self.reference[:, p])
            m[:, i, j] = m[:, j, i] = self.h[:, p] * self.weight[:, p, None]
        raw, guess = np.where(self.mask, self.raw, 0.0), None if prediction is None else np.where(self.mask, prediction, 0.0)
        for O in turns:
            mu = np.einsum("bik,bijx,bjl->bklx", O, raw, O, optimize=True)
            overlap = np.einsum("bklx,bklx->bkl", np.einsum("bik,bijx,bjl->bklx", O, h, O, optimize=True), m)
            if guess is not None:
                overlap = overlap + np.einsum("bklx,bklx->bkl", mu, guess)
            for signs in itertools.product((1.0, -1.0), repeat=n - 1):
                s = np.array((1.0, *signs))
                score = np.einsum("bkl,k,l->b", overlap, s, s)
                better = score > best + 1e-12
                best[better] = score[better]
                chosen[better] = (mu * s[:, None, None] * s[None, :, None])[better]
        return np.where(self.mask, chosen, np.nan)


def adiabatic(U, mu):
    return np.einsum("bik,bijx,bjl->bklx", U, mu, U, optimize=True)


# ---- the fit -----------------------------------------------------------------------------------------------------------


def fit(form, labels, rows, epochs, seed, tell=None):
    """theta that makes the squared deviation of the adiabatic dipoles at `rows` smallest (Adam, cosine of rates; parameters are the mean over
    the last tenth). Signs of labels are chosen again, with the dipoles predicted so far, between epochs."""
    rng = np.random.default_rng(seed)
    theta = form.start(rng)
    moment, square = [np.zeros_like(t) for t in theta], [np.zeros_like(t) for t in theta]
    target, batch, step = labels.turned(), min(32, len(rows)), 0
    steps, every = epochs * (len(rows) // batch), max(1, epochs // 20)
    weight = np.where(form.i == form.j, 1.0, 2.0)[:, None]
    for epoch in range(epochs):
        if epoch % every == every - 1 and epoch < epochs * 0.8:
            target = labels.turned(predict(form, theta, labels))
        order = rng.permutation(rows)
        for begin in range(0, len(rows) - batch + 1, batch):
            some = order[begin:begin + batch]
            h, mu = form.forward(some, theta)
            d = np.nan_to_num(adiabatic(labels.U[some], form.full(mu)) - target[some])
            bar = np.einsum("bik,bklx,bjl->bijx", labels.U[some], d, labels.U[some], optimize=True)
            gradient = form.backward(some, theta, h, bar[:, form.i, form.j] * weight * 2 / batch)
            step += 1
            rate = 3e-3 * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
            for k, g in enumerate(gradient):
                moment[k] += 0.1 * (g - moment[k])
                square[k] += 0.005 * (g * g - square[k])
                theta[k] -= rate * moment[k] / (1 - 0.9**step) / (np.sqrt(square[k] / (1 - 0.995**step)) + 1e-8)
                if k % 2 == 0:
                    theta[k] *= 1 - rate * 0.01
        if tell is not None:
            tell(epoch)
    return theta


def predict(form, theta, labels, rows=None):
    """Adiabatic dipoles (B, n, n, 3)."""
    rows = np.arange(len(labels.raw)) if rows is None else rows
    parts = [form.forward(rows[b:b + 256], theta)[1] for b in range(0, len(rows), 256)]
    return adiabatic(labels.U[rows], form.full(np.concatenate(parts)))


def errors(prediction, labels, energies, rows):
    """Mean and rms deviation of permanent and transition dipoles (debye, by component) and what the data spread, and of oscillator strengths of
    transitions from the lowest state."""
    target, n = labels.turned(prediction)[rows], labels.states
    known = np.isfinite(target).any(axis=(0, 3))
    d, diagonal, upper = (prediction[rows] - target) * DEBYE, np.eye(n, dtype=bool) & known, np.triu(known, 1)
    result = {"points": int(len(rows))}
    for name, pairs in (("permanent", diagonal), ("transition", upper)):
        here, given = d[:, pairs], target[:, pairs] * DEBYE
        if np.isfinite(here).any():
            result[name] = {"mae_debye": float(np.nanmean(np.abs(here))), "rmse_debye": float(np.sqrt(np.nanmean(here**2))),
                            "spread_debye": float(np.sqrt(np.nanmean((given - (np.nanmean(given, axis=0) if name == "permanent" else 0))**2)))}
    strengths = {}
    for k in range(1, n):
        f = [2 / 3 * (e[rows, k] - e[rows, 0]) * (mu[:, 0, k]**2).sum(axis=-1) for e, mu in ((labels.E, prediction[rows]), (energies, target))]
        good = np.isfinite(f[1])
        if good.any():
            strengths[f"S{k}"] = {"mae": float(np.abs(f[0] - f[1])[good].mean()), "mean": float(f[1][good].mean()), "mean_model": float(f[0][good].mean()),
                                  "spread": float(f[1][good].std())}
    result["oscillator_strength"] = strengths
    return result


def table(found):
    lines = [f"{'':12s}{'points':>8s}  {'permanent: mean, rms of spread (debye)':40s}{'transition':30s}"]
    for name, e in found.items():
        cells = [f"{e[k]['mae_debye']:.3f}, {e[k]['rmse_debye']:.3f} of {e[k]['spread_debye']:.3f}" if k in e else "-" for k in ("permanent", "transition")]
        lines.append(f"{name:12s}{e['points']:8d}  {cells[0]:40s}{cells[1]:30s}")
        lines += [f"{'':22s}oscillator strength S0 to {k}: off by {f['mae']:.4f}, mean {f['mean_model']:.4f} (data {f['mean']:.4f}, spread {f['spread']:.4f})"
                  for k, f in e["oscillator_strength"].items()]
    return "\n".join(lines)


# ---- files -------------------------------------------------------------------------------------------------------------


def read(path, model, charge):
    """Positions, energies, dipoles seen from the centre of mass, couplings of the points with any dipole; their number in the file."""
    with h5py.File(path, "r") as f:
        for name, unit in (("positions", ("bohr",)), ("energies", ("hartree",)), ("dipoles", ("e bohr", "au", "debye"))):
            if name not in f:
                raise Mistake(f"{path}: no dataset '{name}'" + ("; without reference dipoles none can be taught" if name == "dipoles" else ""))
            if f[name].attrs.get("unit") not in unit:
                raise Mistake(f"{path}: dataset '{name}' has the unit {f[name].attrs.get('unit')!r}, expected {' or '.join(map(repr, unit))}")
        R, E, mu = (f[name][()] for name in ("positions", "energies", "dipoles"))
        n = E.shape[1] if E.ndim == 2 else 0
        if mu.shape != (len(R), n, n, 3) or not np.allclose(mu, mu.swapaxes(1, 2), rtol=0, atol=1e-6, equal_nan=True):
            raise Mistake(f"{path}: 'dipoles' is {mu.shape}; expected {(len(R), n, n, 3)}: points, states, states (symmetric), x y z")
        if list(f["numbers"][()]) != list(model.numbers):
            raise Mistake(f"{path}: the atoms are {list(f['numbers'][()])}, those of the model {list(model.numbers)}")
        h = f["couplings"][()] if "couplings" in f else np.full((len(R), n * (n - 1) // 2, *R.shape[1:]), np.nan)
        mu = mu / (DEBYE if f["dipoles"].attrs["unit"] == "debye" else 1.0)
    rows = np.flatnonzero(np.isfinite(mu).any(axis=(1, 2, 3)) & np.isfinite(E).all(axis=1))
    if len(rows) < 20:
        raise Mistake(f"{path}: {len(rows)} points have dipoles; at least 20 are needed")
    centre = np.einsum("a,bax->bx", model.masses / model.masses.sum(), R)
    mu[:, range(n), range(n)] -= charge * centre[:, None]
    return R[rows], *of_states(model.states, E[rows], mu[rows], h[rows]), rows


def of_states(states, E, mu, h):
    """Labels of the states of the model: those of higher ones are dropped, those of surplus diabats, for which the data have no states, are missing."""
    n, more = min(states, E.shape[1]), max(0, states - E.shape[1])
    pairs, every = n * (n - 1) // 2, states * (states - 1) // 2  # pairs of the lowest states come first
    return (np.pad(E[:, :n], ((0, 0), (0, more)), constant_values=np.nan), np.pad(mu[:, :n, :n], ((0, 0), (0, more), (0, more), (0, 0)), constant_values=np.nan),
            np.pad(h[:, :pairs], ((0, 0), (0, every - pairs), (0, 0), (0, 0)), constant_values=np.nan))


def write(path, source, data, form, theta, lengths, centre, charge, found, seed):
    temporary = f"{path}.tmp"
    shutil.copyfile(source, temporary)
    try:
        with h5py.File(temporary, "r+") as f:
            if "dipoles" in f:
                del f["dipoles"]
            g = f.create_group("dipoles")
            g.attrs["layers"], g.attrs["charge"], g.attrs["seed"] = len(theta) // 2, charge, seed
            g.attrs["errors"] = json.dumps(found, indent=2)
            with open(data, "rb") as d:
                g.attrs["data_sha256"] = hashlib.sha256(d.read()).hexdigest()
            g["lengths"], g["centre"] = np.asarray(lengths), centre
            g["lengths"].attrs["unit"] = "bohr"
            g["mean"], g["deviation"] = form.mean, form.deviation
            for layer in range(len(theta) // 2):
                g[f"layers/{layer}/weight"], g[f"layers/{layer}/bias"] = theta[2 * layer], theta[2 * layer + 1]
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def check_output(path, sources):
    for given in sources:
        if os.path.exists(path) and os.path.samefile(path, given):
            raise Mistake(f"{path} is an input of this command; give another --output")
    if os.path.exists(path):
        try:
            with h5py.File(path, "r") as f:
                ours = "dipoles/centre" in f
        except OSError:
            ours = False
        if not ours:
            raise Mistake(f"{path} exists and is no result of this command; remove it, or give another --output")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("model", help="a network (HDF5)")
    options.add_argument("data", help="a data set (HDF5) with dipoles")
    options.add_argument("-o", "--output", required=True, help="the copy with dipoles")
    options.add_argument("--charge", type=int, default=0, help="of the molecule: dipoles of an ion are seen from its centre of mass (default 0)")
    options.add_argument("--hidden", type=int, nargs="+", default=[64, 64], help="units of the hidden layers, at most 5 (default 64 64)")
    options.add_argument("--lengths", type=float, nargs="+", default=[0.5, 1.0, 2.0], help="of the features exp(-r/length), Angstrom (default 0.5 1 2)")
    options.add_argument("--epochs", type=int, default=200, help="passes over the data (default 200)")
    options.add_argument("--held-out", type=float, default=0.1, help="share of the points that is kept apart and measures the errors (default 0.1)")
    options.add_argument("--seed", type=int, default=1, help="of the division and the first parameters (default 1)")
    options.add_argument("--json", action="store_true", help="print the errors as JSON")
    o = options.parse_args()
    if not 1 <= len(o.hidden) <= 5 or min(o.hidden) < 1 or o.epochs < 1 or not 0 < o.held_out < 0.9 or min(o.lengths) <= 0:
        raise Mistake("expected 1 to 5 hidden layers, epochs from 1, a held-out share between 0 and 0.9, lengths above 0")
    check_output(o.output, (o.model, o.data))
    begin = time.time()
    model = open_model(o.model)
    if model.type != "network":
        raise Mistake(f"{o.model}: a model of type '{model.type}'; dipoles are taught to a network")
    R, E, mu, h, _ = read(o.data, model, o.charge)
    labels = Labels(model.evaluate(R, couplings="all"), E, mu, h)
    lengths, centre = [x / 0.529177210903 for x in o.lengths], model.masses / model.masses.sum()
    form = Form(R, centre, lengths, symmetry(o.model, model.states, model.natom), model.states, o.hidden)
    order = np.random.default_rng(o.seed).permutation(len(R))
    cut = max(1, round(o.held_out * len(R)))
    held, rest = np.sort(order[:cut]), np.sort(order[cut:])
    theta = fit(form, labels, rest, o.epochs, o.seed)
    prediction = predict(form, theta, labels)
    found = {"training": errors(prediction, labels, E, rest), "held out": errors(prediction, labels, E, held)}
    write(o.output, o.model, o.data, form, theta, lengths, centre, o.charge, found, o.seed)
    print(json.dumps(found, indent=2) if o.json else f"{table(found)}\n{o.output}: {len(R)} points with dipoles, {time.time() - begin:.0f} s")


if __name__ == "__main__":
    run(main)
