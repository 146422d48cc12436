# SPDX-License-Identifier: GPL-3.0-or-later
"""The block `dipoles` of a training: a network is taught known dipoles; symmetry, rotation, surplus diabats, what is left as it was; mistakes."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import diabolo  # noqa: E402

NETWORK = support.SOURCE / "examples/photochem/03_ethylene/network.yaml"
DATA = support.SOURCE / "models/ethylene/data.h5"
POINTS = 160
DIPOLES = "{epochs: 150, layers: [32]}"


def rotation(rng):
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return q * np.linalg.det(q)


def close_group(permutations, inversions, gamma):
    """All elements (permutation, inverts, Gamma) of the group with these generators."""
    known = {(tuple(range(len(permutations[0]))), False): np.eye(len(gamma[0]))}
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


def known(R, elements):
    """A diabatic dipole matrix (B, 3, 3, 3) with the group's symmetry: the mean over its elements of simple charges."""
    total = 0.0
    for permutation, inverts, gamma in elements:
        image = (-1 if inverts else 1) * R[:, list(permutation)]
        w = image - image.mean(axis=1, keepdims=True)
        r = np.linalg.norm(image[:, 0] - image[:, 1], axis=1)
        mu = np.zeros((len(R), 3, 3, 3))
        for i in range(3):
            for j in range(i + 1):
                q = np.sin(np.arange(6) + 2.0 * i + j) * 0.5
                mu[:, i, j] = mu[:, j, i] = np.einsum("a,bax->bx", q, w) * (1 + 0.3 * np.exp(-r / 2.0))[:, None]
        total = total + (-1 if inverts else 1) * np.einsum("ki,bklx,lj->bijx", gamma, mu, gamma)
    return total / len(elements)


class Dipoles(support.Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.chdir(cls.folder)
        shutil.copy(support.ETHYLENE, "net.h5")
        with h5py.File("net.h5", "r+") as f:
            del f["dipoles"]  # those that it is shipped with
        cls.model = diabolo.Model("net.h5")
        with h5py.File("net.h5", "r") as f:
            cls.group = close_group(f["symmetry/permutations"][()], f["symmetry/inversions"][()].astype(bool),
                                                  np.array([np.diag(s) for s in f["symmetry/signs"][()]]))
        rng = np.random.default_rng(5)
        with h5py.File(DATA, "r") as f:
            rows = np.sort(rng.choice(np.flatnonzero(np.isfinite(f["dipoles"][()]).all(axis=(1, 2, 3))), POINTS, replace=False))
            cls.R = f["positions"][rows]
        found = cls.model.evaluate(cls.R, couplings="all")
        cls.truth = np.einsum("bik,bijx,bjl->bklx", found.vectors, known(cls.R, cls.group), found.vectors)
        signs = rng.choice([-1.0, 1.0], size=(POINTS, 3))  # as an electronic structure program: arbitrary, joint with couplings
        cls.labels = cls.truth * signs[:, :, None, None] * signs[:, None, :, None]
        h = found.couplings * np.array([[s[i] * s[j] for i, j in cls.model.pairs] for s in signs])[:, :, None, None]
        cls.labels[3] = np.nan  # a point without any, and one label that is missing
        cls.labels[4, 2, 0] = cls.labels[4, 0, 2] = np.nan
        with h5py.File("data.h5", "w") as f:
            f.attrs["format"], f.attrs["version"] = "diabolo-dataset", 1
            f["numbers"] = cls.model.numbers
            for name, values, unit in (("positions", cls.R, "bohr"), ("energies", found.energies, "hartree"), ("couplings", h, "hartree/bohr"),
                                       ("dipoles", cls.labels, "e bohr")):
                f[name] = values
                f[name].attrs["unit"] = unit
        cls.before = pathlib.Path("net.h5").read_bytes(), pathlib.Path("data.h5").read_bytes()
        cls.errors = cls.fit(dipoles=DIPOLES)
        cls.taught = diabolo.Model("taught.h5")

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        super().tearDownClass()

    @staticmethod
    def fit(*changes, dipoles="{}", data="data.h5", output="taught.h5", start="start: net.h5"):
        """Teaches net.h5, whose H stays as it is; the errors that the program wrote."""
        text = NETWORK.read_text()
        network = text[text.index("network:"):text.index("loss:")]
        pathlib.Path("in.yaml").write_text(f"data: {{file: {data}, validation: 0.1, split: point}}\n{network}  {start}\n"
                                           f"stages: []\ndipoles: {dipoles}\noutput: {{file: {output}}}\n")
        support.program("train", "in.yaml", "--quiet", *changes)
        with h5py.File(output, "r") as f:
            return {part: e["dipoles"] for part, e in json.loads(f.attrs["errors"]).items()}

    def test_learned(self):
        """The known dipoles come back, though signs were scrambled: within a quarter of what they spread after 150 epochs at 144 points, held-out
        points too (with wrong signs the deviation is as large as the spread). What the errors leave out has states within 20 meV."""
        points = [self.errors[part]["npoint"] + self.errors[part]["left_out"] for part in ("training", "validation")]
        self.assertEqual(sum(points), POINTS - 1)
        for part in self.errors.values():
            for kind in ("permanent", "transition"):
                self.assertLess(part[kind]["rmse_debye"], 0.25 * part[kind]["reference_rms_debye"], (kind, self.errors))
        d = self.taught.dipoles(self.R)  # the model's own states: signs of the truth are those of the same vectors
        self.assertLess(np.sqrt(np.mean((d - self.truth)**2)), 0.25 * np.sqrt(np.mean(self.truth**2)))

    def test_surplus(self):
        """Three diabats, data of the lowest two states: their dipoles come back, within a quarter of what they spread."""
        with h5py.File("data.h5", "r") as f, h5py.File("two.h5", "w") as g:
            for name in ("numbers", "positions"):
                f.copy(name, g)
            for name, part in (("energies", np.s_[:, :2]), ("couplings", np.s_[:, :1]), ("dipoles", np.s_[:, :2, :2])):
                g[name] = f[name][part]
                g[name].attrs["unit"] = f[name].attrs["unit"]
            g.attrs.update(f.attrs)
        errors = self.fit("--set", "network.states=2", "--set", "network.diabats=3", data="two.h5", dipoles=DIPOLES, output="surplus.h5")
        model = diabolo.Model("surplus.h5")
        self.assertEqual((model.states, model.fitted), (3, 2))
        self.assertEqual(model.hamiltonian(self.R).tobytes(), self.model.hamiltonian(self.R).tobytes())
        d, truth = model.dipoles(self.R)[:, :2, :2], self.truth[:, :2, :2]
        self.assertLess(np.sqrt(np.mean((d - truth)**2)), 0.25 * np.sqrt(np.mean(truth**2)), errors)

    def test_ion(self):
        """Dipoles of a cation refer to the origin of the coordinates: wherever each point is moved, what is left without the charge at the centre of
        mass is fitted, and compared by `evaluate`. (Parameters are not the same: the first steps of `soap` blow rounding up.)"""
        shutil.copy("data.h5", "ion.h5")
        with h5py.File("ion.h5", "r+") as f:
            f["positions"][...] = f["positions"][()] + np.random.default_rng(8).normal(size=(POINTS, 1, 3)) * 5
            mu = f["dipoles"][()]
            mu[:, range(3), range(3)] += np.einsum("a,bax->bx", self.model.masses / self.model.masses.sum(), f["positions"][()])[:, None]
            f["dipoles"][...] = mu
        neutral, cation = self.errors, self.fit(dipoles=DIPOLES.replace("}", ", charge: 1}"), data="ion.h5", output="cation.h5")
        for part in neutral:
            for kind in ("permanent", "transition"):
                self.assertAlmostEqual(cation[part][kind]["reference_rms_debye"], neutral[part][kind]["reference_rms_debye"], places=9)
                self.assertLess(cation[part][kind]["rmse_debye"], 0.25 * neutral[part][kind]["reference_rms_debye"])
        found = json.loads(support.program("evaluate", "cation.h5", "ion.h5", "--json", "--quiet"))["dipoles"]["permanent"]
        self.assertLess(found["rmse_debye"], 0.25 * found["reference_rms_debye"])
        mu = diabolo.Model("cation.h5").diabatic_dipoles(self.R)
        self.assertLess(np.abs(mu - self.taught.diabatic_dipoles(self.R)).mean(), 0.25 * np.abs(mu).mean())

    def test_damaged_checkpoint(self):
        """What a stopped fit had chosen of each label is looked at before it goes on, the first and the last too."""
        self.fit(dipoles="{epochs: 1, layers: [4]}", output="short.h5")  # writes in.yaml
        arguments = ["train", "in.yaml", "--set", "dipoles.epochs=1000000", "--output", "long.h5"]
        with subprocess.Popen([support.PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as training:
            told = next(line for line in training.stderr if "dipoles:" in line and "parameters" in line)
            training.send_signal(signal.SIGINT)  # it listens by now
            training.stderr.read()
        n, points, validation = (int(x) for x in re.search(r"(\d+) parameters, (\d+) training and (\d+) validation", told).groups())
        with h5py.File("long.h5.checkpoint", "r") as f:
            state = f["state"][()]
        for row, wrong in ((0, 0.5), (0, -1), (points - 1, 0.5), (points, 0), (points + validation - 1, 0)):
            with h5py.File("long.h5.checkpoint", "r+") as f:
                f["state"][...] = state
                f["state"][2 * n + 1 + row] = wrong
            with self.assertRaisesRegex(RuntimeError, "the state of the dipoles is not one that this training leaves"):
                support.program(*arguments, timeout=60)  # what is taken all the same would go on for hours

    def test_committee(self):
        """Each member gets its own dipoles, which differ; those of the committee are those of the member it flies on."""
        self.fit("--set", "committee.members=2", "--set", "committee.calibrate=validation", "--set", "stages=[{optimiser: adam, epochs: 1}]",
                 dipoles="{epochs: 2, layers: [4]}", output="committee.h5", start="seed: 2")
        members = [diabolo.Model(f"{{type: committee, file: {self.folder}/committee.h5, member: {k}}}\n") for k in (0, 1)]
        mu = [m.diabatic_dipoles(self.R[:5]) for m in members]
        self.assertGreater(np.abs(mu[0] - mu[1]).max(), 1e-4)
        np.testing.assert_array_equal(diabolo.Model("committee.h5").diabatic_dipoles(self.R[:5]), mu[0])

    def test_symmetry(self):
        """mu(gR) = s Gamma mu Gamma^T for all elements, exact to rounding; mu turns with the molecule and does not move with it."""
        mu, rng = self.taught.diabatic_dipoles(self.R), np.random.default_rng(1)
        for permutation, inverts, gamma in self.group:
            sign = -1 if inverts else 1
            image = self.taught.diabatic_dipoles(sign * self.R[:, list(permutation)])
            np.testing.assert_allclose(image, sign * np.einsum("ik,bklx,jl->bijx", gamma, mu, gamma), rtol=0, atol=1e-12)
        Q = rotation(rng)
        np.testing.assert_allclose(self.taught.diabatic_dipoles(self.R @ Q.T + [3.0, -1.0, 2.0]), mu @ Q.T, rtol=0, atol=1e-12)

    def test_invariants(self):
        """The trace does not depend on the basis, the sum over k of |mu_0k|^2 is the element of mu.mu; f follows from mu and E."""
        mu, d, found = self.taught.diabatic_dipoles(self.R), self.taught.dipoles(self.R), self.taught.evaluate(self.R)
        np.testing.assert_allclose(np.einsum("bkkx->bx", mu), np.einsum("bkkx->bx", d), atol=1e-12)
        np.testing.assert_allclose((mu**2).sum(axis=(1, 2, 3)), (d**2).sum(axis=(1, 2, 3)), rtol=1e-12)
        f = 2 / 3 * (found.energies - found.energies[:, 1:2]) * (d[:, 1]**2).sum(axis=-1)
        np.testing.assert_allclose(self.taught.oscillator_strengths(self.R, 1), f, atol=1e-14)
        turned = self.taught.dipoles(self.R, follow=-found.vectors)
        np.testing.assert_allclose(turned, d, atol=1e-12)  # both signs of a pair change

    def test_evaluate(self):
        """`diabolo evaluate` finds the errors of the fit, and writes dipoles whose signs are those of the couplings beside them."""
        found = json.loads(support.program("evaluate", "taught.h5", "data.h5", "--json", "--quiet", "-o", "out.h5"))["dipoles"]
        n = [self.errors[part]["npoint"] for part in ("training", "validation")]
        self.assertEqual(found["npoint"], sum(n))
        for kind in ("permanent", "transition"):  # one missing label: the parts have not quite as many components as points
            both = sum(m * self.errors[part][kind]["mae_debye"] for m, part in zip(n, ("training", "validation"))) / sum(n)
            self.assertAlmostEqual(found[kind]["mae_debye"], both, delta=0.01 * both)
        self.assertIn("permanent", support.program("evaluate", "taught.h5", "data.h5", "--quiet"))
        self.assertNotIn("dipoles", json.loads(support.program("evaluate", "net.h5", "data.h5", "--json", "--quiet")))
        with h5py.File("out.h5", "r") as f:
            h, mu, unit = f["couplings"][()], f["dipoles"][()], f["dipoles"].attrs["unit"]
        own = self.taught.evaluate(self.R, couplings="all")
        sign = np.sign(np.einsum("bpax,bpax->bp", h, own.couplings))
        d = self.taught.dipoles(self.R)
        self.assertEqual(unit, "e bohr")
        for p, (i, j) in enumerate(self.model.pairs):
            np.testing.assert_allclose(mu[:, i, j], d[:, i, j] * sign[:, p, None], atol=1e-10)

    def test_untouched(self):
        """Neither input changes; the copy gives the same energies to the last bit."""
        self.assertEqual(self.before, (pathlib.Path("net.h5").read_bytes(), pathlib.Path("data.h5").read_bytes()))
        self.assertEqual(self.taught.hamiltonian(self.R).tobytes(), self.model.hamiltonian(self.R).tobytes())
        self.assertTrue(self.taught.dipolar)
        self.assertFalse(self.model.dipolar)
        with self.assertRaisesRegex(diabolo.UnsupportedError, "dipoles"):
            self.model.dipoles(self.R)

    def test_again(self):
        """The same input gives the same numbers, on any number of threads."""
        for name, threads in (("a.h5", 1), ("b.h5", 2)):
            self.fit("--threads", str(threads), dipoles="{epochs: 2, layers: [8]}", output=name)
        a, b = (diabolo.Model(name).dipoles(self.R) for name in ("a.h5", "b.h5"))
        self.assertEqual(a.tobytes(), b.tobytes())

    def test_independent(self):
        """What the file holds, evaluated by NumPy as docs/model-file.md says, is what the model says."""
        with h5py.File("taught.h5", "r") as f:
            g = f["dipoles"]
            lengths, centre, mean, deviation = (g[name][()] for name in ("lengths", "centre", "mean", "deviation"))
            layers = [(g[f"layers/{i}/weight"][()], g[f"layers/{i}/bias"][()]) for i in range(g.attrs["layers"])]
        a, b = np.tril_indices(6, -1)
        i, j = np.tril_indices(3)
        total = 0.0
        for permutation, inverts, gamma in self.group:
            w = (self.R - np.einsum("a,bax->bx", centre, self.R)[:, None])[:, list(permutation)] * (-1 if inverts else 1)
            r = np.linalg.norm(w[:, a] - w[:, b], axis=-1)
            h = (np.concatenate([np.exp(-r / length) for length in lengths], axis=1) - mean) / deviation
            for k, (W, bias) in enumerate(layers):
                h = h @ W.T + bias
                h = np.tanh(h) if k < len(layers) - 1 else h
            v = np.concatenate([w, np.cross(w[:, a], w[:, b])], axis=1)[:, :h.shape[1] // 6]
            packed = np.einsum("bvk,bvx->bkx", h.reshape(len(h), -1, 6), v)
            mu = np.zeros((len(h), 3, 3, 3))
            mu[:, i, j] = mu[:, j, i] = packed
            total = total + (-1 if inverts else 1) * np.einsum("ki,bklx,lj->bijx", gamma, mu, gamma) / len(self.group)
        np.testing.assert_allclose(self.taught.diabatic_dipoles(self.R), total, rtol=0, atol=1e-10)

    def test_mistakes(self):
        with h5py.File("data.h5", "r") as f, h5py.File("bare.h5", "w") as g:
            for name in ("numbers", "positions", "energies", "couplings"):
                f.copy(name, g)
            g.attrs.update(f.attrs)
        for words, says in ((dict(data="bare.h5"), "none of the training points"), (dict(dipoles="{layers: [0]}"), "dipoles.layers"),
                            (dict(dipoles="{epoch: 2}"), "epochs"), (dict(dipoles="{lengths: [1 eV]}"), "lengths"), (dict(dipoles="yes"), "dipoles")):
            with self.assertRaisesRegex(RuntimeError, says):
                self.fit(**words, output="wrong.h5")
            self.assertFalse(pathlib.Path("wrong.h5").exists())
        for change, says in ((lambda x: x[:, :2], "shape|dimensions|expected"), (lambda x: x + np.arange(3)[:, None], "symmetric"), (lambda x: x + np.inf, "infinite")):
            shutil.copy("data.h5", "damaged.h5")
            with h5py.File("damaged.h5", "r+") as f:
                values = change(f["dipoles"][()])
                del f["dipoles"]
                f["dipoles"] = values
                f["dipoles"].attrs["unit"] = "e bohr"
            with self.assertRaisesRegex(RuntimeError, says):
                self.fit(data="damaged.h5", output="wrong.h5")

    def test_damaged(self):
        """A file whose dipoles are wrong is refused, with what is wrong, never read beyond its end."""
        for name, change, says in (("centre", lambda x: x + [0, 0.1, 0, 0, 0, 0], "equal weights"), ("centre", lambda x: 2 * x, "sum 1"),
                                   ("lengths", lambda x: 0 * x, "above 0"), ("deviation", lambda x: x[:-1], "deviation"),
                                   ("layers/1/weight", lambda x: x[:-1], "layers/1/bias"), ("layers/0/weight", lambda x: x[:, 1:], "columns"),
                                   ("layers/0/bias", lambda x: x * np.nan, "not finite")):
            shutil.copy("taught.h5", "damaged.h5")
            with h5py.File("damaged.h5", "r+") as f:
                values, unit = change(f["dipoles"][name][()]), f["dipoles"][name].attrs.get("unit")
                del f["dipoles"][name]
                f["dipoles"][name] = values
                if unit:
                    f["dipoles"][name].attrs["unit"] = unit
            with self.assertRaisesRegex(diabolo.Error, says):
                diabolo.Model("damaged.h5")


if __name__ == "__main__":
    unittest.main()
