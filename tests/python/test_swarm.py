# SPDX-License-Identifier: GPL-3.0-or-later
"""diabolo.Swarm: its arrays are those of the file, its trajectories obey the model, mistakes are told."""
import json
import shutil
import unittest

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import diabolo  # noqa: E402
from diabolo import units  # noqa: E402


class Swarm(support.Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = support.fly(cls.folder, output__precision="double")
        cls.swarm = diabolo.Swarm(cls.path)
        cls.raw = h5py.File(cls.path, "r")

    @classmethod
    def tearDownClass(cls):
        cls.raw.close()
        cls.swarm.close()
        super().tearDownClass()

    def test_arrays(self):
        swarm, raw = self.swarm, self.raw
        self.assertEqual((len(swarm), swarm.states, len(swarm.time)), (12, 3, 41))
        np.testing.assert_allclose(swarm.time, np.arange(41.0), rtol=1e-15)
        for name in ("active", "active_error", "electronic", "diabatic"):
            np.testing.assert_array_equal(swarm.populations[name], raw[f"populations/{name}"][:])
        np.testing.assert_array_equal(swarm.trajectories["number"], np.arange(12))
        np.testing.assert_array_equal(swarm.trajectories["initial_state"], np.full(12, 2))
        for name in raw["hops"]:
            np.testing.assert_array_equal(swarm.hops[name], raw[f"hops/{name}"][:])
        self.assertEqual(len(swarm.hops), len(raw["hops/time"]))
        self.assertGreater(len(swarm.hops), 0)
        self.assertEqual(swarm.attributes["model_type"], "network")
        self.assertEqual(swarm.unit("hops/gap"), "hartree")
        self.assertIn("hops/gap", swarm)

    def test_outcomes(self):
        """Shares by condition and state; what met none is inside; a swarm without conditions has no outcomes."""
        self.assertEqual(self.swarm.outcomes, {})
        with support.tempfile.TemporaryDirectory() as folder:
            path = support.fly(folder, dynamics__stop="{down: state 1 for 2 fs, stretched: distance 0 1 > 1.45 Angstrom}")
            with diabolo.Swarm(path) as swarm:
                last, stop, fate = swarm["trajectories/active"][:, -1], swarm["trajectories/stop"], swarm["trajectories/fate"]
                found = swarm.outcomes
                self.assertEqual(list(found), ["down", "stretched", "inside"])
                for k, name in enumerate(found):
                    mine = stop == (k if k < 2 else -1)
                    np.testing.assert_array_equal(fate[mine], 5 if k < 2 else 1)
                    expected = [np.mean(mine & (last == n)) for n in range(3)] + [np.mean(mine)]
                    np.testing.assert_allclose(found[name], expected, rtol=1e-14)
                self.assertGreater(found["stretched"][-1], 0)

    def test_outcomes_from_amplitudes(self):
        """Of a method whose populations are those of amplitudes, summed over the conditions they are the populations at the end, in the
        package, in the analysis and in differences; active states are not. The file has amplitudes in single precision."""
        with support.tempfile.TemporaryDirectory() as folder:
            flown = {}
            for method in ("fewest_switches", "mash_multistate", "sqc", "spin_mapping"):
                path = support.pathlib.Path(folder) / method
                path.mkdir()
                flown[method] = support.fly(path, dynamics__method=method, dynamics__decoherence="none",
                                            dynamics__stop="{stretched: distance 0 1 > 1.45 Angstrom}")
            end, outcomes, scale = {}, {}, {"mash_multistate": 12 / 5, "spin_mapping": 2}  # (n - 1)/(1/2 + ... + 1/n), sqrt(n + 1) of three states
            for method, file in flown.items():
                with diabolo.Swarm(file) as swarm:
                    end[method] = swarm.populations[-1]["active" if method == "fewest_switches" else "electronic"]
                    self.assertEqual(swarm.by_amplitudes, method != "fewest_switches")
                    self.assertAlmostEqual(swarm.population_scale or 0, scale.get(method, 0), delta=1e-14)
                    np.testing.assert_allclose(sum(swarm.outcomes.values()), [*end[method], 1], atol=1e-6)
                    outcomes[method] = swarm.outcomes
                    if method != "fewest_switches":
                        x = swarm.contributions(swarm["trajectories/amplitudes"])
                        np.testing.assert_allclose(x.sum(0) / x.sum((0, 2))[:, None], swarm.populations["electronic"], atol=1e-6)
                    if method == "mash_multistate":
                        self.assertGreater(abs(swarm.populations[-1]["active"] - end[method]).max(), 0.01)
                    if method == "sqc":  # each trajectory in one window or none, actions of three states from 1 to 3 in all
                        self.assertLessEqual(set(x.sum(2).ravel()), {0, 1})
                        norm = (swarm["trajectories/amplitudes"] ** 2).sum((2, 3))
                        np.testing.assert_allclose(norm, norm[:, :1] * np.ones(norm.shape), rtol=1e-6)
                        self.assertTrue((norm >= 1).all() and (norm <= 3).all())
                        np.testing.assert_array_equal(swarm.populations["electronic"][0], np.eye(3)[swarm["initial/state"][0]])
                    if method == "spin_mapping":  # the weight is n (population of the state at the start)
                        w = swarm["initial/start_weight"]
                        self.assertLess(w.min(), 0)
                        np.testing.assert_allclose(x.sum(2), w[:, None] * np.ones(x.shape[1]), rtol=1e-6)
                        np.testing.assert_allclose(w, 3 * x[:, 0, swarm["initial/state"][0]] / w, rtol=1e-5)
            for method in list(flown)[1:]:
                for one in json.loads(support.program("analyse", flown[method], "--json"))["trajectories"]["outcomes"]:
                    np.testing.assert_allclose([s["share"] for s in one["states"]], outcomes[method][one["name"]][:-1], atol=1e-12)
            for k, pair in enumerate(json.loads(support.program("compare", *flown.values(), "--json"))["pairs"]):
                for state, p in enumerate(pair["populations"]):
                    self.assertAlmostEqual(p["value"][-1], end[list(flown)[k + 1]][state], delta=1e-6)
                    self.assertAlmostEqual(p["reference"][-1], end["fewest_switches"][state], delta=1e-12)

    def test_trajectory(self):
        one = self.swarm.trajectory(4)
        np.testing.assert_array_equal(one.position, self.raw["trajectories/position"][4])
        np.testing.assert_array_equal(one.total, self.raw["trajectories/potential"][4] + self.raw["trajectories/kinetic"][4])
        c = self.raw["trajectories/amplitudes"][4]
        np.testing.assert_array_equal(one.amplitudes, c[..., 0] + 1j * c[..., 1])
        self.assertTrue((one.hops["trajectory"] == 4).all())
        self.assertEqual([t.number for t in self.swarm], list(range(12)))
        self.assertEqual(sum(len(t.hops) for t in self.swarm), len(self.swarm.hops))

    def test_model_of_the_swarm(self):
        """The stored energies are the model's at the stored positions; kinetic energies are those of the stored velocities."""
        model = diabolo.Model(support.ETHYLENE)
        self.assertEqual(model.digest, self.swarm.attributes["model_digest"])
        for one in self.swarm:  # the same numbers from the same library, but for the order of a sum
            np.testing.assert_allclose(model.energies(one.position), one.energies, atol=1e-12)
            kinetic = 0.5 * np.sum(self.swarm.masses[:, None] * one.velocity**2, axis=(1, 2))
            np.testing.assert_allclose(kinetic, one.kinetic, atol=1e-13)

    def test_one_trajectory_file(self):
        path = self.folder / "four.h5"
        support.program("run", self.folder / "input.yaml", "--quiet", "--trajectory", 4, "--output", path, "--set",
                        "output.precision=double")
        with diabolo.Swarm(path) as alone:
            np.testing.assert_array_equal(alone.trajectory(4).position, self.swarm.trajectory(4).position)
            with self.assertRaisesRegex(diabolo.InputError, "no trajectory 0; it holds 4 to 4"):
                alone.trajectory(0)

    def test_mistakes(self):
        with self.assertRaisesRegex(diabolo.FileError, "none.h5: no such file"):
            diabolo.Swarm(self.folder / "none.h5")
        with self.assertRaisesRegex(diabolo.FileError, "its format is 'diabolo-model'"):
            diabolo.Swarm(support.ETHYLENE)
        half = self.folder / "half.h5"
        half.write_bytes(self.path.read_bytes()[:20000])
        with self.assertRaisesRegex(diabolo.FileError, "half.h5: not an HDF5 file, truncated"):
            diabolo.Swarm(half)
        shutil.copy(self.path, self.folder / "new.h5")
        with h5py.File(self.folder / "new.h5", "r+") as f:
            f.attrs["version"] = 9
        with self.assertRaisesRegex(diabolo.FileError, "its version is 9"):
            diabolo.Swarm(self.folder / "new.h5")
        (self.folder / "bare").mkdir()
        bare = support.fly(self.folder / "bare", 2, "1 fs", output__trajectories="false")
        with diabolo.Swarm(bare) as swarm, self.assertRaisesRegex(diabolo.FileError, "output.trajectories"):
            swarm.trajectory(0).position
        with self.assertRaisesRegex(AttributeError, "its arrays are active"):
            self.swarm.trajectory(0).positions

    def test_light(self):
        """The total energy less the work of light is kept; hops say who paid; tables and the analysis have it. Without light the work is 0."""
        np.testing.assert_array_equal(self.swarm.trajectory(2).work, 0)
        text = """
            model:
              type: vibronic
              epsilon: [0 eV, 3 eV]
              modes: [{name: a, frequency: 0.1 eV, kappa: [0 eV, 0.2 eV]}]
              dipoles: [{states: [0, 1], vector: [0, 0, 1]}, {states: [0, 1], vector: [0, 0, 0.3], mode: a}]
            initial: {sampling: wigner, state: 0, trajectories: 20, seed: 2}
            dynamics:
              timestep: 0.1 fs
              duration: 30 fs
              light: {pulses: [{energy: 3.2 eV, field: 0.01 au, polarisation: [0, 0, 1], fwhm: 6 fs, centre: 12 fs}]}
            output: {every: 1 fs}"""
        with support.tempfile.TemporaryDirectory() as folder:
            with diabolo.run(text, output=f"{folder}/light.h5") as swarm:
                hops, light = swarm.hops, swarm.hops["work"] != 0
                self.assertGreater(light.sum(), 10)
                np.testing.assert_array_equal(hops["work"][light], hops["gap"][light])
                self.assertLess(hops.dtype.names.index("work"), hops.dtype.names.index("position"))
                for one in swarm:
                    np.testing.assert_array_equal(one.work, swarm["trajectories/work"][one.index])
                    np.testing.assert_array_equal(one.total, one.potential + one.kinetic - one.work)
                    self.assertLess(np.ptp(one.total) / units.EV, 2e-3)  # at 0.1 fs; the photons have 3.2 eV
                found = diabolo.analyse(swarm)
                self.assertAlmostEqual(found["light"]["work_ev"], swarm["trajectories/work"][:, -1].mean() / units.EV, delta=1e-9)
                self.assertEqual(found["hops"]["by_light"], light.sum())

    def test_atoms(self):
        try:
            import ase  # noqa: F401
        except ImportError:
            self.skipTest("ASE is not here")
        one = self.swarm.trajectory(2)
        frames = self.swarm.atoms(2, every=20)
        self.assertEqual([a.info["time_fs"] for a in frames], [0.0, 20.0, 40.0])
        for a, t in zip(frames, (0, 20, 40)):
            np.testing.assert_allclose(a.positions, one.position[t] / units.ANGSTROM, rtol=1e-14)
            # ASE's eV, u and unit of time are of CODATA 2014: 1e-8 of a kinetic energy.
            self.assertAlmostEqual(a.get_kinetic_energy() * units.EV / one.kinetic[t], 1, delta=1e-7)
            self.assertAlmostEqual(a.get_potential_energy() * units.EV, one.potential[t], delta=1e-12)
            self.assertEqual(a.info["state"], one.active[t])
            self.assertAlmostEqual(sum(a.info["populations"]), 1, delta=1e-9)  # norm of the amplitudes, kept by the propagation


if __name__ == "__main__":
    unittest.main()
