# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis/split_dataset.py: nothing is lost, near copies are no test, nothing is written over."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

SCRIPT = support.SOURCE / "analysis/split_dataset.py"
POINTS, ATOMS = 60, 3


class Split(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chdir(self.folder.name)
        R = np.random.default_rng(1).normal(size=(POINTS, ATOMS, 3))
        R[1::2] = R[::2] + 0.3  # every point has a copy that is only moved
        with h5py.File("data.h5", "w") as f:
            f.attrs["format"] = "diabolo-dataset"
            f["positions"], f["numbers"], f["energies"] = R, [8, 1, 1], np.arange(POINTS)[:, None] * 1.0
            f["positions"].attrs["unit"] = "bohr"

    def tearDown(self):
        os.chdir("/")
        self.folder.cleanup()

    def split(self, *words):
        return subprocess.run([sys.executable, SCRIPT, "data.h5", "train.h5", "kept.h5", *words], capture_output=True, text=True)

    def test_parts(self):
        self.assertEqual(self.split("--share", "0.3").returncode, 0)
        with h5py.File("train.h5") as train, h5py.File("kept.h5") as kept:
            a, b = train["energies"][:, 0], kept["energies"][:, 0]
            self.assertEqual(sorted([*a, *b]), list(range(POINTS)))
            self.assertGreater(len(b), 0)
            self.assertFalse({k // 2 for k in a} & {k // 2 for k in b})  # no copy on the other side
            self.assertEqual((kept["positions"].attrs["unit"], kept.attrs["format"]), ("bohr", "diabolo-dataset"))
            np.testing.assert_array_equal(kept["numbers"], [8, 1, 1])

    def test_refusals(self):
        pathlib.Path("kept.h5").write_text("mine")
        self.assertIn("kept.h5 exists", self.split().stderr)
        self.assertEqual((pathlib.Path("kept.h5").read_text(), os.path.exists("train.h5")), ("mine", False))
        os.remove("kept.h5")
        self.assertIn("--share", self.split("--share", "2").stderr)
        pathlib.Path("data.h5").write_text("no data")
        self.assertIn("data.h5", self.split().stderr)


if __name__ == "__main__":
    unittest.main()
