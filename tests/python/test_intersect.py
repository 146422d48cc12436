# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches, seams and branching planes from Python: known intersections of model systems, identities on ethylene."""
import re
import unittest

import support

support.need("numpy")
import numpy as np  # noqa: E402

import diabolo  # noqa: E402
from diabolo import _library, units  # noqa: E402

FERRETTI = "type: ferretti\ngamma: 0.04\n"
TILTED = "type: jahn_teller\nk: 0.02\ntilt_x: 0.006\ntilt_y: 0.008\n"


def twisted(model):
    """Ethylene with one CH2 turned by a right angle and bent out of its plane: near the twisted-pyramidalised intersection."""
    R = model.reference.copy()
    axis = (R[1] - R[0]) / np.linalg.norm(R[1] - R[0])
    for h in (4, 5):
        arm = R[h] - R[1]
        along, across = np.dot(arm, axis) * axis, arm - np.dot(arm, axis) * axis
        R[h] = R[1] - along * 0.3 + np.cross(axis, across) + 1.2 * across / 3
    return R


class Known(unittest.TestCase):
    def test_every_function_is_there(self):
        for name in _library._FUNCTIONS:
            _library.function(name)
        names = (_library.c.c_char_p * 3).in_dll(_library.library(), "dia_search_method_names")
        self.assertEqual(tuple(n.decode() for n in names), diabolo.model.METHODS)

    def test_ferretti(self):
        """The states meet at (3, 0) at 0.01 hartree."""
        model = diabolo.Model(FERRETTI)
        for method in diabolo.model.METHODS:
            found = model.search([[3.3], [0.2]], (0, 1), method)
            self.assertTrue(found.converged, f"{method}: {found.why}")
            np.testing.assert_allclose(found.R, [[3.0], [0.0]], atol=1e-6)
            self.assertAlmostEqual(found.energy, 0.01, delta=1e-6)
            self.assertLess(found.gap, 1e-8)
            np.testing.assert_allclose(model.energies(found.R).mean(), found.energy, atol=1e-14)

    def test_minimum(self):
        """A diabat's minimum far from the coupling: (4, 0), energy 0."""
        found = diabolo.Model(FERRETTI).search([[4.4], [0.3]], 0)
        self.assertTrue(found.converged, found.why)
        self.assertAlmostEqual(found.energy, 0, delta=1e-8)

    def test_cone(self):
        """Pitch k, tilt |(a, b)|/k. Energies leave the cone by the harmonic term alone: m w^2 r^2/2, to the last digit."""
        model = diabolo.Model(TILTED)
        plane = model.branching_plane([[0.0], [0.0]])
        self.assertAlmostEqual(plane.pitch, 0.02, delta=1e-9)
        self.assertAlmostEqual(plane.asymmetry, 0, delta=1e-9)
        self.assertAlmostEqual(plane.tilt, 0.5, delta=1e-9)
        self.assertTrue(plane.peaked)
        constant = model.masses[0] * (0.1 * units.EV) ** 2
        x, y = np.random.default_rng(4).normal(scale=0.05, size=(2, 20))
        R = x[:, None, None] * plane.x + y[:, None, None] * plane.y
        expected = np.stack(plane.cone(x, y), axis=1) + 0.5 * constant * (x**2 + y**2)[:, None]
        np.testing.assert_allclose(model.energies(R), expected, atol=1e-12)

    def test_constraint(self):
        """The seam of the Ferretti model is the point (3, 0); its lower surface at X = 2.5 is lowest on the constraint."""
        model = diabolo.Model(FERRETTI)

        def held(R):
            return R[0, 0] - 2.5, np.array([[1.0], [0.0]])

        found = model.search([[2.7], [0.3]], 0, "lagrange_newton", constraints=[held])
        self.assertTrue(found.converged, found.why)
        self.assertAlmostEqual(found.R[0, 0], 2.5, delta=1e-6)
        self.assertAlmostEqual(model.gradients(found.R, 0)[1, 0], 0, delta=2e-6)
        self.assertGreater(abs(model.gradients(found.R, 0)[0, 0]), 1e-4)

        def broken(R):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            model.search([[2.7], [0.3]], 0, "lagrange_newton", constraints=[broken])
        with self.assertRaises(diabolo.InputError):
            model.search([[2.7], [0.3]], 0, "penalty", constraints=[held])

    def test_not_converged(self):
        found = diabolo.Model(support.ETHYLENE).search(diabolo.Model(support.ETHYLENE).reference, (0, 1), iterations=1)
        self.assertFalse(found.converged)
        self.assertTrue(found.why)


class Ethylene(support.Folder):
    def test_minimum(self):
        """The minimum and the frequencies are those of `diabolo sample`."""
        path = self.folder / "input.yaml"
        path.write_text(f"model: {support.ETHYLENE}\ninitial: {{sampling: wigner, trajectories: 1, state: 1}}\n")
        said = support.program("sample", path)
        model = diabolo.Model(support.ETHYLENE)
        found = model.search(model.reference, 0)
        self.assertTrue(found.converged, found.why)
        # Gradients below 1e-6 against force constants of 0.01 and more: 1e-10; ten decimals are printed.
        self.assertAlmostEqual(found.energy, float(re.search(r"minimum of the lowest state: (\S+)", said)[1]), delta=3e-10)
        modes = model.seam_modes(found.R, 0)
        self.assertEqual((len(modes.frequency), modes.negative), (12, 0))
        printed = [float(x) for x in re.findall(r"^ +\d+ +(\d+\.\d+) +\d+\.\d+ +\d+\.\d+$", said, re.M)]
        # Both differentiate gradients numerically, each at its own idea of the minimum.
        np.testing.assert_allclose(modes.frequency / units.WAVENUMBER, printed, atol=0.05)
        vectors = modes.vector.reshape(12, 18)
        np.testing.assert_allclose(vectors @ vectors.T, np.eye(12), atol=1e-10)

    def test_intersection(self):
        model = diabolo.Model(support.ETHYLENE)
        found = model.search(twisted(model), (0, 1), "lagrange_newton")
        self.assertTrue(found.converged, found.why)
        self.assertLess(found.gap, 1e-8)
        self.assertEqual(len(model.seam_modes(found.R).frequency), 10)
        plane = model.branching_plane(found.R)
        x, y = plane.x.ravel(), plane.y.ravel()
        np.testing.assert_allclose([x @ x, y @ y, x @ y], [1, 1, 0], atol=1e-12)
        # Whatever orthogonal mixture of the two states one has: g and h lie in the plane.
        G, h = model.gradients(found.R, [0, 1]), model.couplings(found.R, (0, 1))
        for vector in ((G[1] - G[0]).ravel() / 2, h.ravel(), plane.g.ravel(), plane.h.ravel()):
            rest = vector - (vector @ x) * x - (vector @ y) * y
            self.assertLess(np.linalg.norm(rest), 1e-6 * np.linalg.norm(vector))
        np.testing.assert_allclose(plane.s, (G[0] + G[1]) / 2, atol=1e-10)
        # To first order the energies are the cone's: what is left falls with the square of the distance.
        left = []
        for r in (2e-3, 1e-3):
            R = found.R + r * (0.6 * plane.x + 0.8 * plane.y)
            left.append(np.abs(model.energies(R)[:2] - found.energy - plane.cone(0.6 * r, 0.8 * r)).max())
        self.assertAlmostEqual(left[0] / left[1], 4, delta=0.3)


if __name__ == "__main__":
    unittest.main()
