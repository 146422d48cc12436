# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis/model_dipoles.py: a network is taught known dipoles; symmetry, rotation, what is left as it was; mistakes."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import support

support.need("numpy", "h5py", "matplotlib")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import diabolo  # noqa: E402
import model_dipoles  # noqa: E402

SCRIPT = support.SOURCE / "analysis/model_dipoles.py"
DATA = support.SOURCE / "models/ethylene/data.h5"
POINTS = 160


def rotation(rng):
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return q * np.linalg.det(q)


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
            cls.group = model_dipoles.close_group(f["symmetry/permutations"][()], f["symmetry/inversions"][()].astype(bool),
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
        cls.errors = json.loads(cls.fit("--epochs", "150", "--hidden", "32", "--json").stdout)
        cls.taught = diabolo.Model("taught.h5")

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        super().tearDownClass()

    @staticmethod
    def fit(*words, data="data.h5", model="net.h5", output="taught.h5"):
        return subprocess.run([sys.executable, SCRIPT, model, data, "-o", output, *words], capture_output=True, text=True)

    def test_learned(self):
        """The known dipoles come back, though signs were scrambled: within a quarter of what they spread after 150 epochs at 143 points, held-out
        points too (with wrong signs the deviation is as large as the spread)."""
        self.assertEqual(self.errors["training"]["points"] + self.errors["held out"]["points"], POINTS - 1)
        for part in self.errors.values():
            for kind in ("permanent", "transition"):
                self.assertLess(part[kind]["rmse_debye"], 0.25 * part[kind]["spread_debye"], (kind, self.errors))
        d = self.taught.dipoles(self.R)  # the model's own states: signs of the truth are those of the same vectors
        self.assertLess(np.sqrt(np.mean((d - self.truth)**2)), 0.25 * np.sqrt(np.mean(self.truth**2)))

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
        self.assertEqual(found["npoint"] + found["left_out"], POINTS - 1)
        n = [self.errors[part]["points"] for part in ("training", "held out")]
        for kind in ("permanent", "transition"):
            both = sum(m * self.errors[part][kind]["mae_debye"] for m, part in zip(n, ("training", "held out"))) / sum(n)
            self.assertAlmostEqual(found[kind]["mae_debye"], both, delta=0.15 * both)  # points left out; states within 20 meV not turned
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
        with self.assertRaisesRegex(diabolo.UnsupportedError, "model_dipoles.py"):
            self.model.dipoles(self.R)

    def test_again(self):
        """The same command gives the same numbers."""
        first = self.fit("--epochs", "2", "--hidden", "8", output="a.h5")
        self.fit("--epochs", "2", "--hidden", "8", output="b.h5")
        self.assertEqual(first.returncode, 0, first.stderr)
        a, b = (diabolo.Model(name).dipoles(self.R) for name in ("a.h5", "b.h5"))
        self.assertEqual(a.tobytes(), b.tobytes())

    def test_axial(self):
        """Without symmetry cross products are there, and one state odd in a reflection has a transition dipole upright on a plane."""
        planar = self.R * [1.0, 1.0, 0.0]
        centre = np.full(6, 1 / 6)
        one = np.diag([1.0, -1.0])
        identity = (tuple(range(6)), False, np.eye(2))
        elements = [identity, (tuple(range(6)), True, one)]
        B = [model_dipoles.back(gamma) for _, _, gamma in elements]
        group = np.arange(6)[None], (B[0] + B[1])[None] / 2, (B[0] - B[1])[None] / 2
        form = model_dipoles.Form(planar, centre, [1.0, 2.0], group, 2, [8])
        mu = form.full(form.forward(np.arange(len(planar)), form.start(np.random.default_rng(2)))[1])
        self.assertTrue(form.crossed)
        np.testing.assert_allclose(mu[:, [0, 1], [0, 1], 2], 0, atol=1e-14)
        np.testing.assert_allclose(mu[:, 0, 1, :2], 0, atol=1e-14)
        self.assertGreater(np.abs(mu[:, 0, 1, 2]).min(), 0)

    def test_gradient(self):
        """Parameters' gradient against finite differences."""
        form = model_dipoles.Form(self.R[:5], np.full(6, 1 / 6), [1.0, 2.0], (np.arange(6)[None], np.eye(6)[None], np.eye(6)[None]), 3, [4])
        rng, rows = np.random.default_rng(3), np.arange(5)
        theta, bar = form.start(rng), rng.normal(size=(5, 6, 3))
        h, _ = form.forward(rows, theta)
        for k, g in enumerate(form.backward(rows, theta, h, bar)):
            at = tuple(rng.integers(s) for s in theta[k].shape)
            values = []
            for step in (1e-5, -1e-5):
                theta[k][at] += step
                values.append((bar * form.forward(rows, theta)[1]).sum())
                theta[k][at] -= step
            self.assertAlmostEqual((values[0] - values[1]) / 2e-5, g[at], delta=1e-6 * max(1, abs(g[at])))

    def test_mistakes(self):
        with h5py.File("data.h5", "r") as f, h5py.File("bare.h5", "w") as g:
            for name in ("numbers", "positions", "energies", "couplings"):
                f.copy(name, g)
        with open("other.txt", "w") as f:
            f.write("mine")
        for words, says in ((dict(data="bare.h5"), "no dataset 'dipoles'"), (dict(output="net.h5"), "is an input"),
                            (dict(output="other.txt"), "is no result of this command"), (dict(model="data.h5"), "diabolo-dataset")):
            found = self.fit(**words)
            self.assertEqual(found.returncode, 2, found.stderr)
            self.assertIn(says, found.stderr)
        self.assertEqual(pathlib.Path("other.txt").read_text(), "mine")

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
