# SPDX-License-Identifier: GPL-3.0-or-later
"""diabolo.run, sample, train: what they make is what the commands make; progress, warnings, mistakes and Ctrl-C arrive."""
import json
import os
import signal
import subprocess
import sys
import time
import unittest
import warnings

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import diabolo  # noqa: E402

TULLY = {"model": {"type": "tully", "variant": "single_crossing"},
         "initial": {"sampling": "fixed", "position": np.array([-8.0]), "momentum": [20], "state": 0, "trajectories": 40, "seed": 3},
         "dynamics": {"method": "fewest_switches", "timestep": "0.05 fs", "duration": "60 fs"},
         "output": {"file": "tully.h5", "every": "3 fs"}}
YAML = """model: {type: tully, variant: single_crossing}
initial: {sampling: fixed, position: [-8.0], momentum: [20], state: 0, trajectories: 40, seed: 3}
dynamics: {method: fewest_switches, timestep: 0.05 fs, duration: 60 fs}
output: {file: tully.h5, every: 3 fs}
"""
LONG = """import sys, diabolo
try:
    diabolo.run("tully.yaml", output="long.h5", checkpoint=0.01, threads=2, dynamics={"duration": "3000 fs"}, initial={"trajectories": 200})
except KeyboardInterrupt as said:
    sys.exit(f"KeyboardInterrupt: {said}")
"""


class Calls(support.Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.here = os.getcwd()
        os.chdir(cls.folder)
        (cls.folder / "tully.yaml").write_text(YAML)
        support.program("run", "tully.yaml", "--quiet", "--output", "command.h5")

    @classmethod
    def tearDownClass(cls):
        os.chdir(cls.here)
        super().tearDownClass()

    def assert_same(self, one, other):
        """Every dataset, bit for bit."""
        with h5py.File(one) as a, h5py.File(other) as b:
            names = []
            a.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            self.assertGreater(len(names), 20)
            for name in names:
                one, two = a[name][()], b[name][()]
                self.assertEqual(*((list(x) if x.dtype == object else x.tobytes()) for x in (one, two)), name)

    def test_exact(self):
        packet = {"position_width": [1.0]}
        support.program("exact", "tully.yaml", "--quiet", "--output", "exact.h5", "--set", "initial.position_width=[1.0]")
        with diabolo.exact(TULLY, output="python-exact.h5", initial=packet, threads=1) as exact:
            self.assert_same("exact.h5", "python-exact.h5")
            self.assertEqual(exact.populations["active"].shape, (21, 2))
            np.testing.assert_allclose(exact.populations["active"].sum(1), 1, atol=1e-9)
            np.testing.assert_allclose(np.trace(exact.density, axis1=1, axis2=2).real, exact["norm"], atol=1e-12)
            self.assertLess(max(exact.convergence.values()), 1e-3)
            self.assertEqual(exact.autocorrelation[1][0].round(9), 1)
            support.program("run", "tully.yaml", "--quiet", "--output", "beside.h5", "--set", "initial.position_width=[1.0]")
            found = diabolo.analyse("beside.h5", exact=exact, bootstrap={"resamplings": 0})["exact"]
            with diabolo.Swarm("beside.h5") as swarm:
                difference = swarm["populations/active"] - exact.populations["active"]
            self.assertAlmostEqual(found["deviation"]["active"][0]["mean"], difference[:, 0].mean(), 12)
        with self.assertRaisesRegex(diabolo.InputError, "position_width: a wave packet has a width"):
            diabolo.exact(TULLY, output="none.h5", initial={"momentum": [0.0]})
        self.assertFalse(os.path.exists("none.h5"))

    def test_same_swarm(self):
        for i, source in enumerate((TULLY, YAML, "tully.yaml", self.folder / "tully.yaml")):
            with diabolo.run(source, output=f"python{i}.h5", threads=1 + i % 2) as swarm:
                self.assertIsInstance(swarm, diabolo.Swarm)
                self.assertEqual(len(swarm), 40)
            self.assert_same("command.h5", f"python{i}.h5")
        self.assertFalse([name for name in os.listdir(".") if name.startswith("python") and not name.endswith(".h5")])

    def test_output_and_settings(self):
        with diabolo.run(TULLY, output={"file": "named.h5"}, dynamics={"duration": "6 fs"}, **{"initial.seed": 4}) as swarm:
            self.assertEqual((swarm.path, swarm.time[-1], swarm.attributes["seed"]),
                             (os.path.abspath("named.h5"), 6.0, 4))
        with diabolo.run(TULLY, output="alone.h5", trajectory=17) as alone, diabolo.Swarm("command.h5") as all_of_them:
            np.testing.assert_array_equal(alone.trajectory(17).position, all_of_them.trajectory(17).position)

    def test_shards_and_extension(self):
        with diabolo.run(YAML, output="at_once.h5"):
            pass
        parts = [diabolo.run(YAML, output="parts.h5", shard=(i, 3)).path for i in (2, 3, 1)]
        with self.assertRaisesRegex(diabolo.InputError, "shards are missing: 1 of 3"):
            diabolo.merge(parts[:2])
        with diabolo.merge(parts) as swarm:
            self.assertEqual((os.path.abspath(swarm.path), len(swarm)), (os.path.abspath("parts.h5"), 40))
        self.assert_same("at_once.h5", "parts.h5")
        for key, less in {"initial.trajectories": 7, "dynamics.duration": "21 fs"}.items():
            with diabolo.run(YAML, output="grown.h5", fresh=True, **{key: less}):
                pass
            with diabolo.run(YAML, output="grown.h5", extend=True):
                self.assert_same("at_once.h5", "grown.h5")

    def test_complete_already(self):
        diabolo.run(TULLY, output="twice.h5").close()
        before = os.stat("twice.h5").st_mtime_ns
        diabolo.run(TULLY, output="twice.h5").close()
        self.assertEqual(os.stat("twice.h5").st_mtime_ns, before)
        with self.assertRaisesRegex(diabolo.InputError, "seed: 9"):
            diabolo.run(TULLY, output="twice.h5", initial={"seed": 9})
        diabolo.run(TULLY, output="twice.h5", initial={"seed": 9}, fresh=True).close()
        self.assertNotEqual(os.stat("twice.h5").st_mtime_ns, before)

    def test_progress(self):
        seen = []
        diabolo.run(TULLY, output="seen.h5", progress=lambda *state: seen.append(state)).close()
        what, done, total, _ = seen[-1]
        self.assertEqual((what, done, total), ("flying", 40 * 1200, 40 * 1200))
        self.assertEqual([s[1] for s in seen], sorted(s[1] for s in seen))

    def test_warnings(self):
        with self.assertWarnsRegex(diabolo.DiaboloWarning, "60.03 fs, no multiple of dynamics.timestep") as caught:
            diabolo.run(TULLY, output="odd.h5", **{"dynamics.duration": "60.03 fs", "output.every": "0.05 fs"}).close()
        self.assertEqual(os.path.basename(caught.filename), os.path.basename(__file__))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with self.assertRaises(diabolo.DiaboloWarning):
                diabolo.run(TULLY, output="odder.h5", **{"dynamics.duration": "60.04 fs", "output.every": "0.05 fs"})

    def test_mistakes(self):
        with self.assertRaisesRegex(diabolo.InputError, "did you mean 'timestep'"):
            diabolo.run(TULLY, dynamics={"timestp": "1 fs"})
        with self.assertRaisesRegex(diabolo.FileError, "nowhere.yaml"):
            diabolo.run("nowhere.yaml")
        with self.assertRaisesRegex(diabolo.InputError, "0 to 39"):
            diabolo.run(TULLY, trajectory=40)
        with self.assertRaises(ValueError):
            diabolo.run(TULLY, initial={"momentum": [float("nan")]})

    def test_interrupt(self):
        command = [sys.executable, "-c", LONG]
        for _ in range(20):
            flight = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            size = os.path.getsize("long.h5.journal") if os.path.exists("long.h5.journal") else 0
            while flight.poll() is None and not (os.path.exists("long.h5.journal") and os.path.getsize("long.h5.journal") > size + 5000):
                time.sleep(0.01)
            flight.send_signal(signal.SIGINT)
            said = flight.communicate()[1]
            if "interrupted with" in said:
                break
            if os.path.exists("long.h5"):  # it was at its end already
                os.remove("long.h5")
        self.assertIn("KeyboardInterrupt: interrupted with", said)
        self.assertIn("goes on from", said)
        self.assertTrue(os.path.exists("long.h5.journal"))
        self.assertEqual(subprocess.run(command).returncode, 0)
        self.assertFalse(os.path.exists("long.h5.journal"))
        support.program("run", "tully.yaml", "-q", "-o", "whole.h5", "--set", "dynamics.duration=3000 fs", "--set", "initial.trajectories=200")
        self.assert_same("whole.h5", "long.h5")

    def test_replay(self):
        with diabolo.replay("command.h5", [17, 20], output="again.h5", progress=False) as again, h5py.File("command.h5") as swarm, h5py.File("again.h5") as file:
            self.assertEqual([one.number for one in again], [17, 20])
            self.assertEqual(file["trajectories/position"].dtype, np.float64)
            np.testing.assert_array_equal(file["trajectories/potential"][:, ::60], swarm["trajectories/potential"][:][[17, 20]])
        diabolo.replay("command.h5", 3, output="fine.h5", progress=False, **{"dynamics.timestep": "0.025 fs"}).close()
        with h5py.File("command.h5") as swarm, h5py.File("bent.h5", "w") as bent:
            for name in swarm:
                swarm.copy(name, bent)
            bent.attrs.update(swarm.attrs)
            bent["trajectories/kinetic"][3, 5] = np.nextafter(bent["trajectories/kinetic"][3, 5], 0)
        with self.assertWarnsRegex(diabolo.DiaboloWarning, "trajectory 3 at 15 fs: trajectories/kinetic"):
            diabolo.replay("bent.h5", "3", progress=False).close()
        for number in (1.5, [2, 1.5], None):
            with self.assertRaises(TypeError):
                diabolo.replay("command.h5", number, progress=False)

    def test_methods(self):
        flown = diabolo.run({**TULLY, "methods": {"fssh": {}, "none": {"decoherence": "none"}, "same": {"method": "fewest_switches"}}}, output="several.h5", progress=False)
        self.assertEqual([*flown], ["fssh", "none", "same"])
        self.assert_same("several.fssh.h5", "command.h5")
        band = diabolo.analyse_members(flown)  # methods in the place of members
        self.assertEqual(len(band["swarms"]), len(flown))
        np.testing.assert_allclose(np.mean(band["populations"][0]["members"], axis=0), band["populations"][0]["mean"], atol=1e-12)
        # The lifetime by its definition; its error by the jackknife, which is that of a ratio up to 1/N.
        t = np.array([s["trajectories/end"] for s in flown.values()])
        d = np.zeros_like(t)
        for own, left, s in zip(t, d, flown.values()):
            for j, time, accepted in zip(*(s[f"hops/{name}"][::-1] for name in ("trajectory", "time", "accepted"))):
                if accepted:
                    own[j], left[j] = time, 1
        life, n = band["lifetime_fs"], t.shape[1]
        self.assertGreater(d.sum(axis=1).min(), 9)
        np.testing.assert_allclose(life["members"], t.sum(axis=1) / d.sum(axis=1), rtol=1e-12)
        without = [(np.delete(t, j, 1).sum(axis=1) / np.delete(d, j, 1).sum(axis=1)).mean() for j in range(n)]
        np.testing.assert_allclose(life["statistical"], np.sqrt((n - 1) / n * ((without - np.mean(without))**2).sum()), rtol=0.15)
        pairs = diabolo.compare(flown)["pairs"]
        self.assertEqual((len(pairs), set(pairs[1]["populations"][0]["error"])), (2, {0}))
        for one in ("command.h5", flown["none"]):
            with self.assertRaisesRegex(diabolo.InputError, "two swarms or more"):
                diabolo.compare(one, progress=False)
        with self.assertRaisesRegex(diabolo.InputError, "starts otherwise"):
            diabolo.compare(["command.h5", diabolo.run(TULLY, output="else.h5", initial={"momentum": [21]}, progress=False)])

    def test_sample(self):
        samples = diabolo.sample(TULLY)
        with h5py.File("command.h5") as swarm:
            np.testing.assert_array_equal(samples.position, swarm["initial/position"][:])
            np.testing.assert_array_equal(samples.velocity, swarm["initial/velocity"][:])
        self.assertEqual((len(samples), samples.state.tolist(), samples.minimum), (40, [0] * 40, None))
        np.testing.assert_allclose(samples.kinetic, 0.5 * 20**2 / 2000, rtol=1e-12)  # p^2/2m
        np.testing.assert_allclose(samples.energies, diabolo.Model("type: tully\nvariant: single_crossing\n").energies(samples.position))
        wigner = diabolo.sample({"model": support.ETHYLENE, "initial": {"sampling": "wigner", "state": 1, "trajectories": 5}},
                                output="start.xyz")
        self.assertEqual((wigner.position.shape, wigner.frequency.shape, wigner.energies.shape), ((5, 6, 3), (12,), (5, 3)))
        self.assertAlmostEqual(wigner.zero_point, wigner.frequency.sum() / 2, 12)
        back = diabolo.sample({"model": support.ETHYLENE, "initial": {"sampling": "file", "file": "start.xyz", "state": 1}})
        np.testing.assert_allclose(back.position, wigner.position, atol=1e-9)  # digits of the file

    def test_analyse(self):
        said = json.loads(support.program("analyse", "command.h5", "--json", "--bootstrap", "0", "--scheme", "S1 -> S0"))
        for swarm in ("command.h5", diabolo.Swarm("command.h5")):
            self.assertEqual(str(diabolo.analyse(swarm, bootstrap={"resamplings": 0}, schemes=["S1 -> S0"])), str(said))
        with self.assertRaisesRegex(diabolo.InputError, "delayd"):
            diabolo.analyse("command.h5", fit="delayd")

    def test_mechanism(self):
        support.fly(self.folder, 4, "5 fs")
        text = f"swarm: swarm.h5\nmodel: {support.ETHYLENE}\ncoordinates: [{{coordinate: distance 0 2, fold: max}}]\n"
        found = diabolo.mechanism(text, output="mechanism.h5")
        (self.folder / "mechanism.yaml").write_text(text)
        said = json.loads(support.program("mechanism", "mechanism.yaml", "-q", "-o", "mechanism2.h5", "--json"))
        self.assertEqual(set(found), set(said))
        self.assertTrue(os.path.exists("mechanism.h5"))

    def test_train(self):
        network = {"data": {"file": support.SOURCE / "models/ethylene/data.h5"},
                   "network": {"descriptors": ["inverse_distance"], "layers": [4], "states": 3},
                   "stages": [{"optimiser": "adam", "epochs": 1}], "output": {"file": "net.h5"}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", diabolo.DiaboloWarning)
            model = diabolo.train(network, threads=1)
        self.assertEqual((model.type, model.states), ("network", 3))
        self.assertTrue(np.isfinite(model.energies(model.reference)).all())


if __name__ == "__main__":
    unittest.main()
