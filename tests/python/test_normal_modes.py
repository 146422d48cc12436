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

    def test_sampling(self):
        """Oscillators of a Molden file, however its program normalises them, are those of the model that it was made of: the same |q| of each mode and trajectory."""
        path = self.folder / "modes.molden"
        self.assertEqual(write(path).returncode, 0)
        text = path.read_text()
        head, tail = text.split("[FR-NORM-COORD]\n")
        vectors = np.array([line.split() for line in tail.splitlines() if not line.startswith("vibration")], float).reshape(-1, 6, 3)
        settings = {"sampling": "wigner", "state": 0, "trajectories": 20, "seed": 4, "temperature": "300 K"}
        own = diabolo.sample({"model": support.ETHYLENE, "initial": settings})
        root = np.sqrt(own.masses)[:, None]
        weighted = vectors * root
        L = (weighted / np.linalg.norm(weighted, axis=(1, 2))[:, None, None]).reshape(len(vectors), -1)
        q = np.abs(((own.position - own.minimum) * root).reshape(20, -1) @ L.T) * np.sqrt(own.frequency)
        p = np.abs((own.velocity * root).reshape(20, -1) @ L.T) / np.sqrt(own.frequency)
        scale = 0.5 + np.arange(len(vectors))[:, None, None] / 7
        forms = {"Cartesian, normalised (Gaussian, ORCA, Turbomole)": vectors, "Cartesian of any length (Molpro, Molcas)": vectors * scale,
                 "in sqrt(Angstrom) (COLUMBUS)": vectors / np.sqrt(1.889726), "mass-weighted": weighted}
        for name, form in forms.items():
            lines = [f"vibration {k + 1}\n" + "\n".join(" ".join(f"{x:.9f}" for x in row) for row in v) for k, v in enumerate(form)]
            path.write_text(head + "[FR-NORM-COORD]\n" + "\n".join(lines) + "\n")
            made = diabolo.sample({"model": support.ETHYLENE, "initial": {**settings, "modes": str(path)}})
            x = ((made.position - made.minimum) * root).reshape(20, -1)
            # frequencies by other steps of finite differences, and 4 digits in the file
            np.testing.assert_allclose(np.abs(x @ L.T) * np.sqrt(own.frequency), q, atol=2e-3, err_msg=name)
            np.testing.assert_allclose(np.abs((made.velocity * root).reshape(20, -1) @ L.T) / np.sqrt(own.frequency), p, atol=2e-3, err_msg=name)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            made = diabolo.sample({"model": support.ETHYLENE, "initial": {**settings, "modes": str(path), "lowest_frequency": "1100 cm^-1"}})
        self.assertIn("2 of 12 modes are imaginary or below 1100 cm^-1", " ".join(str(w.message) for w in said))
        self.assertEqual(len(made.frequency), 10)
        for key, value in (("frequencies", ["0.1 eV"]), ("position", [0.0] * 18), ("sampling", "fixed")):
            with self.assertRaisesRegex(diabolo.InputError, "modes"):
                diabolo.sample({"model": support.ETHYLENE, "initial": {**settings, "modes": str(path), key: value}})


if __name__ == "__main__":
    support.unittest.main()
