# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis/normal_modes.py writes what the descriptor `normal_coordinates` reads; the network that is made of it needs the file no more."""
import os
import pathlib
import subprocess
import sys
import warnings

import support

support.need("numpy", "matplotlib")
import diabolo  # noqa: E402
import numpy as np  # noqa: E402

SCRIPT = support.SOURCE / "analysis/normal_modes.py"


def write(path):
    return subprocess.run([sys.executable, SCRIPT, support.ETHYLENE, path], capture_output=True, text=True)


class Modes(support.Folder):
    def test_descriptor(self):
        os.chdir(self.folder)
        path = pathlib.Path("ethylene.molden")
        self.assertEqual(write(path).returncode, 0)
        self.assertIn("exists", write(path).stderr)  # not written over
        rows = path.read_text().split("\n")
        written = np.array(rows[rows.index("[FREQ]") + 1:rows.index("[FR-COORD]")], float)
        start = diabolo.sample({"model": support.ETHYLENE, "initial": {"state": 0, "trajectories": 1}})
        np.testing.assert_allclose(written, start.frequency * 219474.6313632, rtol=1e-4)  # other steps of finite differences
        network = {"data": {"file": support.SOURCE / "models/ethylene/data.h5"},
                   "network": {"descriptors": [{"type": "normal_coordinates", "modes": str(path)}], "layers": [4], "states": 3,
                               "symmetry": [{"permutation": [1, 0, 4, 5, 2, 3], "signs": [1, -1, 1]},
                                            {"permutation": [0, 1, 2, 3, 4, 5], "inversion": True, "signs": [1, 1, 1]}]},
                   "stages": [{"optimiser": "adam", "epochs": 1}], "output": {"file": "net.h5"}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", diabolo.DiaboloWarning)
            before = diabolo.train(network, threads=1)
            text = path.read_text()
            path.write_text(text.replace("[FREQ]", "[FREQ] cm-1"))
            with self.assertRaisesRegex(diabolo.Error, "not the result of this training"):  # of other modes
                diabolo.train(network, threads=1)
            path.unlink()
            model = diabolo.Model("net.h5")
        R = model.reference + np.random.default_rng(1).normal(scale=0.1, size=model.reference.shape)
        np.testing.assert_array_equal(model.hamiltonian(R), before.hamiltonian(R))
        signs = np.array([1, -1, 1])  # exact, although the reference in the file is not symmetric to the last digit
        np.testing.assert_allclose(model.hamiltonian(R[[1, 0, 4, 5, 2, 3]]), signs[:, None] * model.hamiltonian(R) * signs, atol=1e-12)


if __name__ == "__main__":
    support.unittest.main()
