# SPDX-License-Identifier: GPL-3.0-or-later
"""The region of training data (docs/model-file.md): the program's is that of analysis/model_region.py; it lets points pass that were kept aside and stops
what is far; where it stops, the network is wrong."""
import importlib.util
import os
import pathlib
import subprocess
import sys
import unittest
import warnings

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import diabolo  # noqa: E402
from diabolo import units  # noqa: E402

MODELS = support.SOURCE / "models"
DATA = os.environ.get("DIABOLO_DATA")
NETWORK = """data: {file: some.h5, validation: 0}
network: {descriptors: [inverse_distance], layers: [4], states: 3, symmetry: [{permutation: [0,1,3,2,4,5], signs: [1,1,1]}, {permutation: [1,0,4,5,2,3], signs: [1,1,1]}]}
stages: [{optimiser: adam, epochs: 1}]
output: {file: some.model.h5}
"""


def script():
    sys.path.insert(0, str(support.SOURCE / "analysis"))
    spec = importlib.util.spec_from_file_location("model_region", support.SOURCE / "analysis/model_region.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bonds(model):
    """Pairs of atoms nearer than 1.3 times the sum of their radii at the reference, and the atoms beyond each, or the first with its hydrogens in a ring."""
    radius = {1: 0.31, 6: 0.76, 7: 0.71, 8: 0.66, 9: 0.57}
    r0 = np.array([radius[z] for z in model.numbers]) * units.ANGSTROM
    near = np.linalg.norm(model.reference[:, None] - model.reference, axis=2) < 1.3 * (r0[:, None] + r0)
    np.fill_diagonal(near, False)
    for i, j in zip(*np.nonzero(np.triu(near))):
        beyond, fresh = {j}, {j}
        while fresh:
            fresh = {b for a in fresh for b in np.flatnonzero(near[a]) if {a, b} != {i, j}} - beyond
            beyond |= fresh
        yield i, sorted(beyond) if i not in beyond else [j] + [a for a in np.flatnonzero(near[j]) if model.numbers[a] == 1], j


def scaled(model, R, factor):
    """Each geometry with each bond in turn `factor` times as long."""
    for i, moved, j in bonds(model):
        far = R.copy()
        far[:, moved] += (factor - 1) * (R[:, j] - R[:, i])[:, None]
        yield far


class Region(support.Folder):
    def test_program_and_script_agree(self):
        os.chdir(self.folder)
        with h5py.File(MODELS / "ethylene/data.h5") as data, h5py.File("some.h5", "w") as some:
            some.attrs.update(data.attrs)
            for name in ("numbers", "positions", "energies", "gradients"):
                rows = slice(None) if name == "numbers" else slice(0, 3900, 13)
                some[name] = data[name][rows]
                some[name].attrs.update(data[name].attrs)
            some["positions"][7] = some["positions"][8] + 1e-4  # a near copy: not counted
            R = some["positions"][()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", diabolo.DiaboloWarning)
            diabolo.train(NETWORK, threads=1)
        group = script().permutations([[0, 1, 3, 2, 4, 5], [1, 0, 4, 5, 2, 3]], 6)
        centres, shortest, longest, deviation, radius, neighbours = script().region(R, group)
        with h5py.File("some.model.h5") as model:
            region = model["region"]
            self.assertLess(len(centres), 300)
            self.assertEqual(region["centres"].shape, centres.shape)
            for name, mine in (("centres", centres), ("shortest", shortest), ("longest", longest), ("deviation", deviation)):
                np.testing.assert_allclose(region[name][()], mine, rtol=1e-11, err_msg=name)
            self.assertAlmostEqual(region.attrs["radius"] / radius, 1.0, places=11)
            self.assertEqual(region.attrs["neighbours"], neighbours)

    def rates(self, model, kept):
        """Shares outside of points kept aside, of stretched, shortened, dissociated ones made from them."""
        some = kept[:: len(kept) // 40 + 1]
        far = some.copy()
        _, moved, _ = list(bonds(model))[-1]
        far[:, moved] += 12.0
        outside = lambda R: float((model.novelty(R) > 1).mean())
        return (outside(kept), outside(np.concatenate(list(scaled(model, some, 3.0)))),
                outside(np.concatenate(list(scaled(model, some, 0.7)))), outside(far))

    def test_ethylene(self):
        model = diabolo.Model(str(MODELS / "ethylene/ethylene.h5"))
        self.assertTrue(model.bounded)
        R, error = [], []
        for name in ("held_out", "later"):
            with h5py.File(MODELS / f"ethylene/{name}.h5") as data:
                R.append(data["positions"][()])
                error.append(np.nanmax(np.abs(model.energies(R[-1]) - data["energies"][()]), axis=1) / units.EV)
        kept, stretched, shortened, far = self.rates(model, R[0])
        print(f"ethylene: outside {kept:.3f} kept aside, {stretched:.2f} stretched, {shortened:.2f} shortened, {far:.2f} dissociated")
        self.assertLess(kept, 0.05)
        self.assertGreater(stretched, 0.9)  # though hydrogens are lost in many of its training points
        self.assertGreater(far, 0.95)
        outside, error = model.novelty(np.concatenate(R)) > 1, np.concatenate(error)
        print(f"outside: {outside[error > 1].mean():.2f} of those wrong by 1 eV, {outside[error < 0.1].mean():.4f} of those right to 0.1 eV")
        self.assertGreater(outside[error > 1].mean(), 0.7)
        self.assertLess(outside[error < 0.1].mean(), 0.02)

    @unittest.skipUnless(DATA, "DIABOLO_DATA does not name the folder of the data")
    def test_others(self):
        """About one minimum or path nothing of this kind is among the data. aniline and c4h2f6 as split for their networks."""
        os.chdir(self.folder)
        for name in ("aniline", "c4h2f6"):
            subprocess.run([sys.executable, support.SOURCE / "analysis/split_dataset.py", pathlib.Path(DATA) / f"{name}.h5", f"{name}_train.h5", f"{name}_kept.h5"],
                           check=True, capture_output=True)
            with h5py.File(f"{name}_kept.h5") as data:
                R, E = data["positions"][()], data["energies"][:, 0]
            kept, stretched, shortened, far = self.rates(diabolo.Model(str(MODELS / f"{name}/{name}.h5")), R[E - E.min() < 8 * units.EV])
            print(f"{name}: outside {kept:.3f} kept aside, {stretched:.2f} stretched, {shortened:.2f} shortened, {far:.2f} dissociated")
            self.assertLess(kept, 0.05)
            for share in (stretched, shortened, far):
                self.assertGreater(share, 0.95)


if __name__ == "__main__":
    unittest.main()
