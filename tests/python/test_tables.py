# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of pandas and xarray hold the arrays of the swarm; pictures of diabolo.plot show them; what is missing is said."""
import subprocess
import sys
import unittest

import support

support.need("numpy", "h5py")
import numpy as np  # noqa: E402

import diabolo  # noqa: E402


def here(name):
    try:
        __import__(name)
        return True
    except ImportError:
        return False


class Tables(support.Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.swarm = diabolo.Swarm(support.fly(cls.folder, 20, "30 fs"))

    @unittest.skipUnless(here("pandas"), "no pandas")
    def test_pandas(self):
        swarm = self.swarm
        frame = swarm.to_pandas()
        self.assertEqual((frame.index.name, len(frame), frame.attrs["units"]["time"]), ("time", 31, "fs"))
        for kind in ("active", "active_error", "electronic", "diabatic"):
            np.testing.assert_array_equal(frame[[f"{kind}_S{k}" for k in range(3)]], swarm.populations[kind])
        np.testing.assert_array_equal(frame.index, swarm.time)
        hops = swarm.to_pandas("hops")
        self.assertEqual(len(hops), len(swarm.hops))
        self.assertEqual(hops.attrs["units"]["gap"], "hartree")
        self.assertNotIn("position", hops.columns)
        np.testing.assert_array_equal(hops["gap"], swarm.hops["gap"])
        self.assertEqual(hops.query("accepted == 1").groupby(["from", "to"]).size().sum(), (swarm.hops["accepted"] == 1).sum())
        one = swarm.to_pandas("trajectories")
        self.assertEqual((one.index.name, len(one)), ("number", 20))
        np.testing.assert_array_equal(one["weight"], swarm.trajectories["weight"])
        with self.assertRaisesRegex(diabolo.InputError, "no table 'hop'; there are populations, hops, trajectories"):
            swarm.to_pandas("hop")

    @unittest.skipUnless(here("xarray"), "no xarray")
    def test_xarray(self):
        swarm = self.swarm
        found = swarm.to_xarray("energies", "position", "active")
        np.testing.assert_array_equal(found["active"], swarm.populations["active"])
        np.testing.assert_array_equal(found["energies"].sel(trajectory=7), swarm.trajectory(7).energies)
        np.testing.assert_array_equal(found["position"].sel(trajectory=7, time=3.0), swarm.trajectory(7).position[3])
        np.testing.assert_array_equal(found["active_state"].sel(trajectory=7), swarm.trajectory(7).active)
        self.assertEqual((found["energies"].dims, found["energies"].attrs["units"], found["time"].attrs["units"], found["position"].attrs["units"]),
                         (("trajectory", "time", "state"), "hartree", "fs", "bohr"))
        self.assertEqual(found.attrs["model_type"], "network")
        self.assertEqual(dict(swarm.to_xarray().sizes), {"time": 31, "state": 3})
        for name in ("potential", "kinetic", "velocity"):  # units are those of the file
            self.assertEqual(swarm.to_xarray(name)[name].attrs["units"], swarm.unit(f"trajectories/{name}"))
        with self.assertRaisesRegex(diabolo.InputError, "no array 'forces'"):
            swarm.to_xarray("forces")

    @unittest.skipUnless(here("matplotlib"), "no matplotlib")
    def test_plot(self):
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
        swarm = self.swarm
        with diabolo.plot.style():
            axes = diabolo.plot.populations(swarm)
            drawn = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 31]
            for k in range(3):
                self.assertTrue(any(np.array_equal(y, swarm.populations["active"][:, k]) for y in drawn), k)
            low, high = axes.collections[1].get_paths()[0].get_extents().get_points()[:, 1]  # the band of S1
            p, error = swarm.populations["active"][:, 1], 2 * swarm.populations["active_error"][:, 1]
            np.testing.assert_allclose((low, high), (np.clip(p - error, 0, 1).min(), np.clip(p + error, 0, 1).max()), atol=1e-12)
            self.assertEqual([t.get_text() for t in axes.get_legend().get_texts()], ["S0", "S1", "S2", "active state", "mean $|c|^2$"])
            hopped = int(swarm.hops["trajectory"][0])
            axes = diabolo.plot.energies(swarm.trajectory(hopped))
            arrows = [a for a in axes.texts if a.arrow_patch is not None]
            self.assertEqual(len(arrows), len(swarm.trajectory(hopped).hops))
            axes = diabolo.plot.gaps(swarm, plt.subplots()[1], 2, 1)
            attempted = ((swarm.hops["from"] == 2) & (swarm.hops["to"] == 1)).sum()
            self.assertEqual(sum(patch.get_height() for patch in axes.patches), attempted)
        plt.close("all")

    def test_missing(self):
        """Without pandas, xarray, matplotlib: all else works, and the message says what to install."""
        code = f"""
import sys
for name in ("pandas", "xarray", "matplotlib", "ase"):
    sys.modules[name] = None
import diabolo
swarm = diabolo.Swarm({self.swarm.path!r})
assert len(swarm.populations) == 31
for name, call in (("pandas", swarm.to_pandas), ("xarray", swarm.to_xarray), ("matplotlib", lambda: diabolo.plot), ("ase", lambda: diabolo.Calculator)):
    try:
        call()
    except ImportError as reason:
        assert f"no module '{{name}}'" in str(reason) and f"python3-{{name}}" in str(reason) and f"pip install {{name}}" in str(reason), reason
    else:
        raise SystemExit(f"{{name}} is not here, and yet no error")
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
