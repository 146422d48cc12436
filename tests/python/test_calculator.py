# SPDX-License-Identifier: GPL-3.0-or-later
"""diabolo.Calculator in ASE's hands: forces, an optimisation, NVE runs, couplings whose sign does not jump."""
import copy
import re
import unittest

import support

support.need("numpy", "ase")
import ase  # noqa: E402
import ase.units  # noqa: E402
import numpy as np  # noqa: E402
from ase.calculators.test import numeric_force  # noqa: E402
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary  # noqa: E402
from ase.md.verlet import VelocityVerlet  # noqa: E402
from ase.optimize import BFGS  # noqa: E402

import diabolo  # noqa: E402
from diabolo import units  # noqa: E402


def ethylene(shake=0.0):
    model = diabolo.Model(support.ETHYLENE)
    shift = np.random.default_rng(5).normal(scale=shake, size=(6, 3)) if shake else 0
    return model, ase.Atoms(model.symbols, positions=model.reference / units.ANGSTROM + shift, masses=model.masses / units.DALTON)


class Calculator(support.Folder):
    def test_forces(self):
        model, atoms = ethylene(0.05)
        for state in range(3):
            atoms.calc = diabolo.Calculator(model, state=state)
            forces = atoms.get_forces()
            for atom, axis in ((0, 2), (3, 1), (5, 0)):
                # ASE's two-point difference with steps of 1e-3 Angstrom: third derivative of some 100 eV/Angstrom^3 times d^2/6.
                self.assertAlmostEqual(forces[atom, axis], numeric_force(atoms, atom, axis, 1e-3), delta=1e-4)

    def test_results(self):
        model, atoms = ethylene(0.05)
        atoms.calc = diabolo.Calculator(model, state=1)
        energy, results = atoms.get_potential_energy(), atoms.calc.results
        R = atoms.positions * units.ANGSTROM
        self.assertEqual(energy, results["state_energies"][1])
        np.testing.assert_allclose(results["state_energies"] * units.EV, model.energies(R), rtol=1e-15)
        np.testing.assert_allclose(results["hamiltonian"] * units.EV, model.hamiltonian(R), rtol=1e-15)
        np.testing.assert_allclose(results["nac"] * (1 / units.ANGSTROM), model.derivative_couplings(R, follow=results["vectors"]),
                                   rtol=1e-12)
        self.assertEqual(results["couplings"].shape, (3, 6, 3))
        atoms.calc.set(state=0)
        self.assertLess(atoms.get_potential_energy(), energy - 1)  # another state, not the old result
        atoms.calc = diabolo.Calculator(support.ETHYLENE, couplings=False)
        atoms.get_forces()
        self.assertNotIn("nac", atoms.calc.results)

    def test_optimisation(self):
        """BFGS ends where the program's own minimisation ends."""
        model, atoms = ethylene(0.08)
        atoms.calc = diabolo.Calculator(model)
        self.assertTrue(BFGS(atoms, logfile=None).run(fmax=1e-4, steps=300))
        path = self.folder / "input.yaml"
        path.write_text(f"model: {support.ETHYLENE}\ninitial: {{sampling: wigner, trajectories: 1, state: 1}}\n")
        said = re.search(r"minimum of the lowest state: (\S+) hartree", support.program("sample", path))
        # A force of 1e-4 eV/Angstrom against a constant of 1 eV/Angstrom^2 is 5e-9 eV; the program prints ten decimals.
        self.assertAlmostEqual(atoms.get_potential_energy() * units.EV, float(said[1]), delta=1e-9)

    def fluctuation(self, state, timestep, length=16.0):
        """Largest deviation of the total energy (eV) of an NVE run."""
        model, atoms = ethylene()
        atoms.calc = diabolo.Calculator(model, state=state, couplings=False)
        MaxwellBoltzmannDistribution(atoms, temperature_K=300, rng=np.random.RandomState(3))
        Stationary(atoms)
        run, start, most = VelocityVerlet(atoms, timestep * ase.units.fs), atoms.get_total_energy(), 0.0
        for _ in range(round(length / timestep)):
            run.run(1)
            most = max(most, abs(atoms.get_total_energy() - start))
        return most

    def test_nve(self):
        """Velocity Verlet keeps the energy to order dt^2 on the ground and on an excited state: half the step, a quarter of the
        fluctuation. The next order is dt^4: (omega dt)^2/12 with 3100 cm^-1 and 0.2 fs is 1 %."""
        for state in (0, 1):
            coarse, fine = self.fluctuation(state, 0.2), self.fluctuation(state, 0.1)
            self.assertLess(fine, 0.005)
            self.assertAlmostEqual(coarse / fine, 4, delta=0.2, msg=f"S{state}: {coarse} {fine} eV")

    def test_couplings_follow(self):
        """Along a path in small steps the coupling vectors turn smoothly, whatever signs LAPACK gives."""
        model, atoms = ethylene()
        start = model.reference + np.random.default_rng(5).normal(scale=0.1, size=(6, 3))
        path = start + np.linspace(-0.5, 0.5, 81)[:, None, None] * np.random.default_rng(6).normal(size=(6, 3))
        bare = model.evaluate(path).vectors
        flips = np.einsum("bik,bik->bk", bare[1:], bare[:-1]) < 0
        self.assertTrue(flips.any(), "this path proves nothing: nothing is turned over on it")
        atoms.calc, before = diabolo.Calculator(model, state=1), None
        for R in path:
            atoms.positions = R / units.ANGSTROM
            atoms.get_potential_energy()
            now = atoms.calc.results["couplings"]
            if before is not None:  # the angle from step to step is below 60 degrees; turned over it would be above 120
                self.assertGreater(np.sum(now * before, axis=(1, 2)).min(), 0.0)
            before = now

    def test_mistakes(self):
        model, atoms = ethylene()
        with self.assertRaisesRegex(diabolo.InputError, "no state 3"):
            diabolo.Calculator(model, state=3)
        with self.assertRaisesRegex(diabolo.InputError, "no atoms in space"):
            diabolo.Calculator("type: tully\nvariant: 1\n")
        wrong = atoms[[1, 2, 0, 3, 4, 5]]
        wrong.calc = diabolo.Calculator(model)
        with self.assertRaisesRegex(diabolo.InputError, "C H C H H H, those of the model C C H H H H"):
            wrong.get_potential_energy()
        twin = copy.deepcopy(atoms)
        twin.calc = copy.deepcopy(wrong.calc)
        self.assertLess(twin.get_potential_energy(), -2000)


if __name__ == "__main__":
    unittest.main()
