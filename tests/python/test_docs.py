# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/python.md and docs/convert.md run, one after the other, as a reader would run them."""
import contextlib
import importlib.util
import io
import os
import re
import shlex
import unittest
import warnings

import support

support.need("numpy", "h5py", "ase")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

from diabolo import units  # noqa: E402

OPTIONAL = {"to_pandas": "pandas", "to_xarray": "xarray", "import plot": "matplotlib"}  # what a block with these words needs
os.environ["MPLBACKEND"] = "Agg"


def blocks(page, language):
    """Line number and text of the page's code blocks."""
    text = (support.SOURCE / "docs" / page).read_text()
    return [(text[:m.start()].count("\n") + 2, m[1]) for m in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)]


class Examples(support.Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        support.fly(cls.folder, 30, "10 fs", initial__state=1)
        (cls.folder / "models").symlink_to(support.SOURCE / "models")
        (cls.folder / "data.h5").symlink_to(support.SOURCE / "models/ethylene/data.h5")
        (cls.folder / "movies").mkdir()
        with h5py.File(support.SOURCE / "models/ethylene/data.h5") as f:
            np.savez(cls.folder / "set.npz", numbers=f["numbers"], R=f["positions"][:5] / units.ANGSTROM, E=f["energies"][:5] / units.EV,
                     G=f["gradients"][:5] / units.EV * units.ANGSTROM, nacs=f["couplings"][:5])
        (cls.folder / "search.yaml").write_text("model: models/ethylene/ethylene.h5\nsearch: [{states: [0]}]\n"
                                                "output: {file: intersections.h5}\n")

    def setUp(self):
        self.here = os.getcwd()
        os.chdir(self.folder)

    def tearDown(self):
        os.chdir(self.here)

    def run_blocks(self, page, least):
        names, said, found = {}, io.StringIO(), blocks(page, "python")
        self.assertGreaterEqual(len(found), least)
        for line, block in found:
            if any(word in block and importlib.util.find_spec(module) is None for word, module in OPTIONAL.items()):
                continue
            with contextlib.redirect_stdout(said):
                exec(compile("\n" * (line - 1) + block, f"docs/{page}", "exec"), names)
        return names, said.getvalue()

    def test_python_page(self):
        names, said = self.run_blocks("python.md", 6)
        self.assertIn("['C', 'C', 'H', 'H', 'H', 'H'] 3 network", said)  # as the page says
        self.assertTrue(names["found"].converged, names["found"].why)
        self.assertLess(names["found"].gap, 1e-8)

    def test_convert_page(self):
        support.program("intersect", "search.yaml", "--quiet")
        commands = [c for _, block in blocks("convert.md", "") for c in block.splitlines() if c.startswith("diabolo convert") and "[" not in c]
        self.assertGreaterEqual(len(commands), 8)
        for command in [*commands, "diabolo convert swarm.h5 one.h5md --trajectory 17"]:
            support.program(*shlex.split(command, comments=True)[1:])
        self.check_points()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import MDAnalysis  # noqa: F401
        except ImportError:
            self.skipTest("MDAnalysis is not here")
        names, _ = self.run_blocks("convert.md", 2)
        self.assertEqual((len(names["frames"]), names["one"].trajectory.n_frames), (11, 11))

    def check_points(self):
        """Intersections as extended XYZ: the file's points, by name."""
        import ase.io
        frames = ase.io.read("points.xyz", ":")
        with h5py.File("intersections.h5") as f:
            self.assertEqual([a.info["name"] for a in frames], [n.decode() for n in f["points/name"][:]])
            for a, R, E in zip(frames, f["points/position"][:], f["points/energies"][:]):
                np.testing.assert_allclose(a.positions, R / units.ANGSTROM, atol=6e-13)
                np.testing.assert_allclose(a.info["energies"], E / units.EV, atol=6e-11)
                self.assertEqual(a.get_potential_energy(), a.info["energies"][0])


if __name__ == "__main__":
    unittest.main()
