# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis/spectrum.py and fluorescence.py against what is known of oscillators; starts chosen by light in a swarm file."""
import csv
import json
import os
import subprocess
import sys
import unittest

import support

support.need("numpy", "h5py", "matplotlib")
import numpy as np  # noqa: E402

import diabolo  # noqa: E402
import light  # noqa: E402

W, EPSILON, KAPPA, MU = 0.2, 4.0, -0.3, 0.8  # eV, eV, eV, e bohr
MODEL = (f"{{type: vibronic, epsilon: [0 eV, {EPSILON} eV], modes: [{{name: a, frequency: {W} eV, kappa: [0 eV, {KAPPA} eV]}}],"
         f" dipoles: [{{states: [0, 1], vector: [0, 0, {MU}]}}]}}")
INPUT = (f"model: {MODEL}\ninitial: {{sampling: wigner, frequencies: model, state: STATE, trajectories: N, seed: 3}}\n"
         "dynamics: {method: none, timestep: 0.1 fs, duration: 20 fs}\noutput: {file: swarm.h5, every: 1 fs, precision: double}\n")
N = 2000


class Spectra(support.Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.chdir(cls.folder)
        cls.write("ground.yaml", state="0")
        cls.write("flown.yaml", state="1", number=400)
        cls.ask("spectrum.py", "ground.yaml", "--samples", N, "--json", "s.json", "--csv", "s.csv", "-o", "s.png", "--fwhm", "0.05 eV")
        with open("s.json") as f:
            cls.found = json.load(f)
        support.program("run", "flown.yaml", "-q")

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        super().tearDownClass()

    @staticmethod
    def write(name, state, number=N, text=INPUT):
        with open(name, "w") as f:
            f.write(text.replace("STATE", state).replace(": N,", f": {number},"))

    @staticmethod
    def ask(script, *words, status=0):
        run = subprocess.run([sys.executable, support.SOURCE / "analysis" / script, *map(str, words)], capture_output=True, text=True)
        if run.returncode != status:
            raise AssertionError(f"{script} {words}: {run.returncode}\n{run.stdout}{run.stderr}")
        return run.stdout + run.stderr

    def test_integral(self):
        """The cross section's area is the mean oscillator strength times pi e^2 hbar/(2 m c eps0), 1.0976 Angstrom^2 eV."""
        x, total = np.array(self.found["energy_ev"]), np.array(self.found["total_angstrom2"])
        area, f = np.trapezoid(total, x) if hasattr(np, "trapezoid") else np.trapz(total, x), self.found["lines"]["S1"]["oscillator_strength"]
        self.assertAlmostEqual(area / f, 1.0976, delta=1e-3)  # the constant's digits, and tails beyond the grid
        self.assertAlmostEqual(light.EXTINCTION, 2.6154e4, delta=1.0)  # N_A/(1000 ln 10) 1e-16 cm^2
        self.assertAlmostEqual(self.found["extinction_l_per_mol_cm"][50], total[50] * light.EXTINCTION, delta=1e-6 * total[50] * light.EXTINCTION)

    def test_moments(self):
        """Of f/E, which is the exact spectrum's weight |mu|^2: mean epsilon and variance kappa^2/2, those of the exact progression (Poisson,
        S = (kappa/w)^2/2) in the ground state; four standard errors."""
        sample = diabolo.sample("ground.yaml", initial={"trajectories": N})
        E, f = (sample.energies[:, 1] - sample.energies[:, 0]) / diabolo.units.EV, sample.strengths[:, 1]
        np.testing.assert_allclose(f, 2 / 3 * E * diabolo.units.EV * MU**2, rtol=1e-12)
        S = (KAPPA / W)**2 / 2
        levels = np.arange(60)
        poisson = np.exp(-S) * np.cumprod(np.concatenate([[1.0], S / levels[1:]]))
        energies = EPSILON - S * W + levels * W  # of the exact lines
        mean, variance = (poisson * energies).sum(), (poisson * (energies - (poisson * energies).sum())**2).sum()
        self.assertAlmostEqual(mean, EPSILON, delta=1e-10)
        self.assertAlmostEqual(variance, KAPPA**2 / 2, delta=1e-10)
        self.assertLess(abs(E.mean() - mean), 4 * np.sqrt(variance / N))
        self.assertLess(abs(E.var() - variance), 4 * variance * np.sqrt(2 / N))
        lines = self.found["lines"]["S1"]
        self.assertAlmostEqual(lines["oscillator_strength"], f.mean(), delta=1e-12)
        self.assertAlmostEqual(lines["oscillator_strength_error"], f.std(ddof=1) / np.sqrt(N), delta=1e-12)
        self.assertAlmostEqual(lines["mean_ev"], (f * E).sum() / f.sum(), delta=1e-10)

    def test_tables(self):
        with open("s.csv") as f:
            rows = list(csv.reader(f))[1:]
        self.assertEqual(rows[0][:2], ["energy_ev", "S1_angstrom2"])
        self.assertEqual(len(rows) - 1, len(self.found["energy_ev"]))
        self.assertTrue(os.path.getsize("s.png") > 1000)
        self.ask("spectrum.py", "swarm.h5", "--csv", "again.csv", "-o", "again.png", "--shape", "lorentzian")
        self.assertIn("is no table", self.ask("spectrum.py", "ground.yaml", "--csv", "s.png", "-o", "t.png", status=2))
        self.assertIn("is an input", self.ask("spectrum.py", "ground.yaml", "--csv", "ground.yaml", "-o", "t.png", status=2))

    def test_fluorescence(self):
        """Trajectories in S1: rates are the mean of 4/3 E^3 mu^2/c^3 at the recorded positions, which swing about -kappa/w; the
        standard error is that of the trajectories."""
        self.ask("fluorescence.py", "swarm.h5", "--json", "f.json", "-o", "f.png")
        with open("f.json") as f:
            found = json.load(f)
        swarm = diabolo.Swarm("swarm.h5")
        gap = EPSILON + KAPPA * swarm["trajectories/position"][:, :, 0, 0]
        rate = 4 / 3 * (gap * diabolo.units.EV)**3 * MU**2 / light.LIGHT**3 * 1e6 * diabolo.units.FEMTOSECOND
        np.testing.assert_allclose(found["rate_photons_per_ns"], rate.mean(axis=0), rtol=1e-10)
        np.testing.assert_allclose(found["error"], rate.std(axis=0, ddof=1) / np.sqrt(len(rate)), rtol=1e-10)
        x, both = np.array(found["energy_ev"]), np.array(found["map"])
        np.testing.assert_allclose(both.sum(axis=1) * (x[1] - x[0]), found["rate_photons_per_ns"], rtol=1e-3)  # tails beyond the grid
        self.ask("fluorescence.py", "swarm.h5", "--json", "p.json", "-o", "f.png", "--power", "--window", "0 eV", "20 eV")
        with open("p.json") as f:
            np.testing.assert_allclose(json.load(f)["rate_ev_per_ns"], (rate * gap).mean(axis=0), rtol=1e-10)
        for name, epsilon, status in (("same.yaml", EPSILON, 0), ("other.yaml", EPSILON + 0.1, 2)):
            with open(name, "w") as f:
                f.write(MODEL.replace(f"{EPSILON} eV", f"{epsilon} eV"))
            told = self.ask("fluorescence.py", "swarm.h5", "--model", name, "-o", "f.png", status=status)
            self.assertEqual("not the network that the swarm was flown on: S1 is 0.1 eV off" in told, status == 2, told)
        self.ask("fluorescence.py", "swarm.h5", "--json", "p.json", "-o", "f.png", "--window", "9 eV", "20 eV")
        with open("p.json") as f:
            self.assertEqual(max(json.load(f)["rate_photons_per_ns"]), 0.0)

    def test_instrument(self):
        """A constant signal stays constant once the response has risen; at time 0 half of it is seen; its weights add up to 1."""
        import fluorescence
        K = fluorescence.response(np.arange(0.0, 101.0), 20.0)
        signal = K @ np.ones(101)
        np.testing.assert_allclose(signal[40:], 1.0, atol=1e-3)
        self.assertAlmostEqual(signal[0], 0.5, delta=1e-2)
        np.testing.assert_array_equal(fluorescence.response(np.arange(5.0), 0.0), np.eye(5))

    def test_chosen(self):
        """A swarm whose starts light has chosen keeps which, with what energy and strength; all lie in the window, and it is no ensemble."""
        text = INPUT.replace("state: STATE", "state: excited, excitation: {window: [4.1 eV, 4.6 eV]}").replace("swarm.h5", "chosen.h5")
        self.write("chosen.yaml", "excited", 50, text)
        support.program("run", "chosen.yaml", "-q")
        swarm = diabolo.Swarm("chosen.h5")
        E, f, which = (swarm[f"initial/{name}"] for name in ("excitation", "strength", "candidate"))
        self.assertTrue(((E >= 4.1 * diabolo.units.EV) & (E <= 4.6 * diabolo.units.EV)).all())
        np.testing.assert_allclose(f, 2 / 3 * E * MU**2, rtol=1e-12)
        np.testing.assert_allclose(swarm["initial/position"], diabolo.sample("ground.yaml", initial={"trajectories": 1000}).position[which], rtol=0, atol=0)
        self.assertIn("1000 candidates in S0", swarm.attributes["excitation"])
        self.assertIn("candidates in S0", support.program("info", "chosen.h5"))
        self.assertIn("chosen by excitation energy", self.ask("spectrum.py", "chosen.h5", "-o", "t.png", status=2))
        self.assertIn("take the block `excitation` out", self.ask("spectrum.py", "chosen.yaml", "-o", "t.png", status=2))
        replayed = diabolo.replay("chosen.h5", 3, output="replayed.h5")
        np.testing.assert_array_equal(replayed["initial/position"][0], swarm["initial/position"][3])

    def test_no_dipoles(self):
        self.write("bare.yaml", "0", text=INPUT.replace(f", dipoles: [{{states: [0, 1], vector: [0, 0, {MU}]}}]", ""))
        self.assertIn("has no dipoles", self.ask("spectrum.py", "bare.yaml", "-o", "t.png", status=2))
        self.assertIsNone(diabolo.sample("bare.yaml", initial={"trajectories": 3}).strengths)
        self.assertFalse(os.path.exists("t.png"))


if __name__ == "__main__":
    unittest.main()
