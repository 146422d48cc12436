# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis/distil.py: the mean of members whose states have other signs, what is left out, and that a training reads the file."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import support

support.need("numpy", "h5py", "matplotlib")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import diabolo  # noqa: E402
import distil  # noqa: E402

SCRIPT = support.SOURCE / "analysis/distil.py"
DATA = support.SOURCE / "models/ethylene/data.h5"
EV = 27.211386245988


class Distil(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A second member: the first with its last layer changed a little."""
        cls.folder = tempfile.TemporaryDirectory()
        os.chdir(cls.folder.name)
        shutil.copy(support.ETHYLENE, "a.h5")
        shutil.copy(support.ETHYLENE, "b.h5")
        with h5py.File("b.h5", "r+") as f:
            last = max(f["layers"], key=int)
            f[f"layers/{last}/weight"][...] *= 1 + 0.01 * np.random.default_rng(4).normal(size=f[f"layers/{last}/weight"].shape)

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        cls.folder.cleanup()

    def distil(self, *words, at=DATA, models=("a.h5", "b.h5")):
        return subprocess.run([sys.executable, SCRIPT, *models, "--at", at, "--output", "labels.h5", *words], capture_output=True,
                              text=True)

    def setUp(self):
        if os.path.exists("labels.h5"):
            os.remove("labels.h5")

    def test_signs(self):
        """Members that differ in the signs of states alone have their common couplings as mean."""
        rng = np.random.default_rng(1)
        for states in (2, 3, 4):
            pairs = [(i, j) for j in range(states) for i in range(j)]
            one = rng.normal(size=(20, len(pairs), 5, 3))
            sign = rng.choice([-1, 1], size=(3, 20, states))
            h = np.array([one * np.array([s[:, i] * s[:, j] for i, j in pairs]).T[..., None, None] for s in sign])
            turned = distil.aligned(h, np.ones((20, len(pairs))))
            for member in turned:
                np.testing.assert_array_equal(member, h[0])

    def test_signs_are_joint(self):
        """A pair without weight follows the others, even where its own sign asks for something else."""
        one = np.ones((1, 3, 1, 3))
        h = np.array([one, one * np.array([-1, 1, 1])[None, :, None, None]])
        turned = distil.aligned(h, np.array([[1.0, 1.0, 0.1]]))  # (0,1) of the other sign: state 1 is turned, and with it (1,2)
        np.testing.assert_array_equal(turned[1, 0, :, 0, 0], [1, 1, -1])

    def test_mean(self):
        run = self.distil("--points", "200", "--gap", "0.3", "--spread", "5")
        self.assertEqual(run.returncode, 0, run.stderr)
        a, b = diabolo.Model("a.h5"), diabolo.Model("b.h5")
        with h5py.File("labels.h5") as f:
            R, E, G, h = (f[name][()] for name in ("positions", "energies", "gradients", "couplings"))
            spread = f["spread/energies"][()]
            self.assertEqual(set(f["group"][()]), {b"committee"})
        one, two = (m.evaluate(R, gradients="all", couplings="all") for m in (a, b))
        np.testing.assert_allclose(E, (one.energies + two.energies) / 2, rtol=0, atol=1e-12)
        np.testing.assert_allclose(spread, np.abs(one.energies - two.energies) / 2, rtol=0, atol=1e-12)
        close = np.minimum(np.diff(one.energies, axis=1), np.diff(two.energies, axis=1)) * EV < 0.3
        states = np.zeros(E.shape, bool)
        states[:, :-1] |= close
        states[:, 1:] |= close
        self.assertTrue(0 < states.sum() < states.size)
        np.testing.assert_array_equal(np.isnan(G).all(axis=(2, 3)), states)
        np.testing.assert_allclose(G[~states], ((one.gradients + two.gradients) / 2)[~states], rtol=0, atol=1e-12)
        usual = ~np.isnan(h).any(axis=(2, 3))
        for p, (i, j) in enumerate(a.pairs):
            np.testing.assert_array_equal(usual[:, p], ~(states[:, i] | states[:, j]))
        # nothing is lost by wrong signs: the mean is as long as the members, up to their difference
        length = np.linalg.norm(h[usual], axis=(1, 2))
        difference = np.minimum(*(np.linalg.norm(one.couplings[usual] + s * two.couplings[usual], axis=(1, 2)) for s in (1, -1)))
        near = difference < 0.2 * length
        self.assertGreater(near.mean(), 0.8)
        np.testing.assert_allclose(length[near], np.linalg.norm(one.couplings[usual], axis=(1, 2))[near], rtol=0.25)
        # dipoles of both, with the signs of the couplings: b differs from a in H alone, and little
        with h5py.File("labels.h5") as f:
            mu = f["dipoles"][()]
        d, alike = a.dipoles(R), ~states.any(axis=1)
        np.testing.assert_allclose(np.einsum("bkkx->bx", mu)[alike], np.einsum("bkkx->bx", d)[alike], atol=1e-12)  # the trace is that of both
        for p, (i, j) in enumerate(a.pairs):
            own = np.einsum("bax,bax->b", h[:, p], one.couplings[:, p])
            self.assertGreater((np.sign(own) * np.einsum("bx,bx->b", mu[:, i, j], d[:, i, j]))[alike].sum(),
                               0.9 * (d[alike, i, j]**2).sum(), (i, j))
        self.assertTrue(np.isnan(mu[states]).all())

    def test_committee(self):
        """A committee is its members."""
        support.program("committee", "a.h5", "b.h5", "--output", "committee.h5")
        found = []
        for models in (("a.h5", "b.h5"), ("committee.h5",)):
            run = self.distil("--points", "20", "--spread", "5", models=models)
            self.assertEqual(run.returncode, 0, run.stderr)
            with h5py.File("labels.h5") as f:
                found.append([f[name][()] for name in ("positions", "energies", "gradients", "couplings", "spread/energies")])
            os.remove("labels.h5")
        for one, two in zip(*found):
            np.testing.assert_array_equal(one, two)

    def test_points_that_are_left_out(self):
        a, b = diabolo.Model("a.h5"), diabolo.Model("b.h5")
        with h5py.File(DATA) as data:  # half of the points are within it
            limit = np.median(np.abs(a.energies(data["positions"][:300]) - b.energies(data["positions"][:300])).max(axis=1) / 2) * EV
        run = self.distil("--points", "300", "--spread", f"{limit:.6f}", "--labels", DATA, "--displace", "0.02")
        self.assertEqual(run.returncode, 0, run.stderr)
        with h5py.File("labels.h5") as f, h5py.File(DATA) as data:
            committee = f["group"][()] == b"committee"
            spread, R = f["spread/energies"][()], f["positions"][()]
            self.assertTrue(0 < committee.sum() < 300)
            self.assertLessEqual(spread[committee].max() * EV, limit + 1e-6)
            self.assertTrue(np.isnan(spread[~committee]).all())
            np.testing.assert_array_equal(R[~committee], data["positions"])
            np.testing.assert_array_equal(f["couplings"][~committee], data["couplings"])
            self.assertGreater(np.abs(R[committee][:, None] - R[~committee][None, :]).max(axis=(2, 3)).min(), 0.0)
        support.program("evaluate", "a.h5", "labels.h5")

    def test_chain(self):
        """Committee, labels at geometries of its swarm, a student, a committee that holds it, a flight on it, watched by the members."""
        held_out = str(support.SOURCE / "models/ethylene/held_out.h5")
        support.program("committee", "a.h5", "b.h5", "--output", "pair.h5", "--calibrate", held_out, "--below", "14 eV")
        swarm = support.fly(self.folder.name, trajectories=3, duration="5 fs")
        run = self.distil("--spread", "5", "--points", "12", "--labels", held_out, at=swarm, models=("pair.h5",))
        self.assertEqual(run.returncode, 0, run.stderr)
        with open("student.yaml", "w") as out:
            out.write("""data: {file: labels.h5, train_only: [committee], validation: 0.2, split: point, below: 14 eV}
network: {descriptors: [inverse_distance], layers: [12], states: 3}
stages: [{optimiser: soap, epochs: 3, batch: 64}]
output: {file: student.h5}
""")
        support.program("train", "student.yaml", "--quiet")
        support.program("committee", "pair.h5", "--distilled", "student.h5", "--output", "both.h5")
        student, flown = diabolo.Model("student.h5"), diabolo.Model("type: committee\nfile: both.h5\nmember: distilled\n")
        with h5py.File("both.h5") as both, h5py.File("pair.h5") as pair:
            self.assertEqual(both.attrs["members"], 2)
            np.testing.assert_array_equal(both["calibration/factor"][()], pair["calibration/factor"][()])
        with open("flight.yaml", "w") as out:
            out.write("""model: {type: committee, file: both.h5, member: distilled}
initial: {sampling: file, file: start.xyz, state: 1, trajectories: 2, seed: 1}
dynamics: {timestep: 0.1 fs, duration: 1 fs, drift: 0 eV, committee: {every: 5, limit: 1 eV}}
output: {file: flight.h5, every: 0.5 fs}
""")
        with h5py.File("labels.h5") as f, open("start.xyz", "w") as out:
            for R in f["positions"][:2]:
                print(6, "bohr", *(f"{s} {x} {y} {z}" for s, (x, y, z) in zip("CCHHHH", R)), sep="\n", file=out)
        support.program("run", "flight.yaml")
        with h5py.File("flight.h5") as f:
            R, E, doubt = f["trajectories/position"][()], f["trajectories/energies"][()], f["committee/energy"][()]
        R = R.reshape(-1, 6, 3)
        np.testing.assert_array_equal(flown.hamiltonian(R), student.hamiltonian(R))
        # single precision in the file, of positions too: 1e-7 of 78 hartree, and of a gradient of 1 hartree/bohr at 10 bohr
        np.testing.assert_allclose(student.energies(R), E.reshape(-1, 3), rtol=0, atol=3e-5)
        # the doubt is that of the distilled network against both members, calibrated: no look is without it
        self.assertTrue((doubt > 0).all())

    def test_swarm_and_xyz(self):
        swarm = support.fly(self.folder.name, trajectories=3, duration="5 fs")
        self.assertEqual(self.distil("--points", "12", "--spread", "5", at=swarm).returncode, 0)
        with h5py.File("labels.h5") as f, h5py.File(swarm) as flown:
            R, flown = f["positions"][()], flown["trajectories/position"][()].reshape(-1, 6, 3)
            self.assertEqual(len(R), 12)
            self.assertEqual(np.abs(R[:, None] - flown[None]).max(axis=(2, 3)).min(axis=1).max(), 0.0)
        os.remove("labels.h5")
        with open("one.xyz", "w") as out:
            print(6, "bohr", *(f"{s} {x} {y} {z}" for s, (x, y, z) in zip("CCHHHH", diabolo.Model("a.h5").reference)), sep="\n", file=out)
        run = self.distil("--spread", "5", at="one.xyz")
        self.assertIn("1 geometries labelled", run.stdout, run.stderr)

    def test_one_model(self):
        """Labels of one model are its own, from several files, without a spread; what lies lower than its data is left out."""
        a = diabolo.Model("a.h5")
        with open("hole.xyz", "w") as out:  # a hydrogen far inside the other end of the molecule, and the reference
            for shift in (0.0, 0.95):
                R = np.array(a.reference)
                R[2] += shift * (R[1] - R[2])
                print(6, "bohr", *(f"{s} {x} {y} {z}" for s, (x, y, z) in zip("CCHHHH", R)), sep="\n", file=out)
        deep = a.energies(R[None])[0, 0] < a.energies(np.array(a.reference)[None])[0, 0]
        run = subprocess.run([sys.executable, SCRIPT, "a.h5", "--at", DATA, "hole.xyz", "--points", "20", "--output", "labels.h5"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(deep)
        self.assertIn("21 geometries labelled, 1 left out in holes", run.stdout)
        with h5py.File("labels.h5") as f:
            np.testing.assert_array_equal(f["energies"][()], a.energies(f["positions"][()]))
            self.assertTrue(np.isnan(f["spread/energies"][()]).all())

    def test_refusals(self):
        open("labels.h5", "w").write("mine")
        self.assertIn("labels.h5 exists", self.distil().stderr)
        os.remove("labels.h5")
        self.assertIn("differ by more", self.distil("--points", "20", "--spread", "1e-9").stderr)
        self.assertIn("--states", self.distil("--states", "9").stderr)
        self.assertFalse(os.path.exists("labels.h5"))


if __name__ == "__main__":
    unittest.main()
