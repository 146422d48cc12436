# SPDX-License-Identifier: GPL-3.0-or-later
"""diabolo.Model: its structs are the compiler's, its derivatives are those of its energies, its objects live and die properly."""
import copy
import gc
import os
import pickle
import subprocess
import threading
import unittest

import support

support.need("numpy")
import numpy as np  # noqa: E402

import diabolo  # noqa: E402
from diabolo import _library, units  # noqa: E402

SEED = 7
TULLY = "type: tully\nvariant: dual_crossing\n"
# Two modes, two states, quadratic: small, and not linear in anything.
FOUR_POINT = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def slope(f, step):
    """df/dx at 0 by four points; error of order step^4."""
    return sum(w * f(k * step) for k, w in FOUR_POINT) / step


class Layout(unittest.TestCase):
    """The ctypes structs and constants are those of the headers."""

    def test_structs_and_units(self):
        said = subprocess.run([os.environ.get("LAYOUT", str(support.SOURCE / "build/tests/python_layout"))], capture_output=True,
                              text=True, check=True).stdout
        c = dict(line.split() for line in said.splitlines())
        mine = {}
        for struct in _library.STRUCTS:
            mine[struct.__name__] = str(_library.c.sizeof(struct))
            for name, _ in struct._fields_:
                mine[f"{struct.__name__}.{name}"] = str(getattr(struct, name).offset)
        for name in ("EV", "WAVENUMBER", "KELVIN", "ANGSTROM", "FEMTOSECOND", "DALTON"):
            self.assertEqual(float(c.pop(name)), getattr(units, name), name)
        self.assertEqual(mine, c)


class Derivatives(unittest.TestCase):
    """Each derivative against finite differences of what it is the derivative of, away from intersections."""

    def setUp(self):
        self.random = np.random.default_rng(SEED)

    def check(self, model, R, step, tolerance):
        V = self.random.normal(size=R.shape)
        V /= np.linalg.norm(V)
        at = model.evaluate(R, "all", "all")
        n = model.states
        self.assertEqual(at.gradients.shape, (n,) + R.shape)
        self.assertEqual(at.couplings.shape, (n * (n - 1) // 2,) + R.shape)
        np.testing.assert_allclose(at.hamiltonian @ at.vectors, at.vectors * at.energies, atol=1e-12)
        slopes = slope(lambda x: model.energies(R + x * V), step)
        np.testing.assert_allclose(np.sum(at.gradients * V, axis=(1, 2)), slopes, atol=tolerance)
        dH = slope(lambda x: model.hamiltonian(R + x * V), step)
        np.testing.assert_allclose(model.derivative(R, V), dH, atol=tolerance)
        # d_ij = <i| d/dx |j>: columns followed from R, so that signs agree.
        dU = slope(lambda x: model.evaluate(R + x * V, follow=at.vectors).vectors, step)
        d = model.derivative_couplings(R, follow=at.vectors)
        for p, (i, j) in enumerate(model.pairs):
            gap = at.energies[j] - at.energies[i]
            self.assertAlmostEqual(abs(np.sum(at.couplings[p] * V) - at.vectors[:, i].conj() @ dH @ at.vectors[:, j]), 0, delta=tolerance)
            # The error of dU is that of dH over the gap.
            self.assertAlmostEqual(abs(np.sum(d[p] * V) - at.vectors[:, i].conj() @ dU[:, j]), 0, delta=10 * tolerance / gap)
        # Adjoint identity: no step size, so to rounding of numbers of order 1.
        W = self.random.normal(size=(n, n))
        if model.complex:
            W = W + 1j * self.random.normal(size=(n, n))
        W = W + W.conj().T
        self.assertAlmostEqual(np.sum(W.conj() * model.derivative(R, V)).real, np.sum(model.contract(R, W) * V), delta=1e-12)

    def test_network(self):
        model = diabolo.Model(support.ETHYLENE)
        for _ in range(3):
            # Energies of 78 hartree carry rounding of 1e-14, times 1/step = 1e3: 1e-11; the network's fifth derivative, some 10
            # hartree/bohr^5, times step^4: 1e-11.
            self.check(model, model.reference + self.random.normal(scale=0.15, size=(6, 3)), 1e-3, 1e-9)

    def test_complex(self):
        model = diabolo.Model("type: miao\nw: 2\n")
        self.assertTrue(model.complex)
        self.assertIsNone(model.spins)
        self.assertEqual(model.hamiltonian(np.array([[0.1], [0.3]])).dtype, np.complex128)
        self.check(model, np.array([[0.1], [0.3]]), 2e-3, 1e-8)  # the error function of 3 x: a fifth derivative of some 1e3 times step^4
        many = np.array([[[0.1], [0.3]], [[-0.2], [1.0]]])
        self.assertFalse(diabolo.Model(TULLY).complex)
        np.testing.assert_array_equal(model.couplings(many)[1], model.couplings(many[1]))

    def test_vibronic_and_tully(self):
        self.check(diabolo.Model(TULLY), np.array([[0.7]]), 1e-3, 1e-12)  # energies of 0.01 hartree


class Agreement(support.Folder):
    """The same numbers as the program, and in whatever way they are asked for."""

    def setUp(self):
        self.model = diabolo.Model(support.ETHYLENE)
        self.random = np.random.default_rng(SEED)

    def test_program(self):
        h5py = __import__("h5py")
        R = self.model.reference + self.random.normal(scale=0.1, size=(4, 6, 3))
        lines = []
        for frame in R / units.ANGSTROM:
            lines += ["6", ""] + [f"{s} {x:.17g} {y:.17g} {z:.17g}" for s, (x, y, z) in zip(self.model.symbols, frame)]
        (self.folder / "some.xyz").write_text("\n".join(lines) + "\n")
        support.program("evaluate", support.ETHYLENE, self.folder / "some.xyz", "-o", self.folder / "out.h5")
        at = self.model.evaluate(R, "all", "all")
        with h5py.File(self.folder / "out.h5") as f:  # positions went through text: some 1e-16 of a coordinate, energies of 78 hartree
            np.testing.assert_allclose(f["energies"][:], at.energies, atol=1e-12)
            np.testing.assert_allclose(f["gradients"][:], at.gradients, atol=1e-12)
            np.testing.assert_allclose(np.abs(f["couplings"][:]), np.abs(at.couplings), atol=1e-12)  # signs are free

    def test_batches(self):
        """A geometry's results do not depend on its company: bitwise, across the chunks of BATCH geometries and REQUESTS requests."""
        R = self.model.reference + self.random.normal(scale=0.1, size=(150, 6, 3))
        many = self.model.evaluate(R, "all", "all")
        for b in (0, 63, 64, 149):
            one = self.model.evaluate(R[b], "all", "all")
            for name in ("hamiltonian", "energies", "vectors", "gradients", "couplings"):
                np.testing.assert_array_equal(getattr(one, name), getattr(many, name)[b], name)
        np.testing.assert_array_equal(self.model.energies(R.reshape(150, 18)), many.energies)
        np.testing.assert_array_equal(self.model.gradients(R, 1), many.gradients[:, 1])
        np.testing.assert_array_equal(self.model.gradients(R, [2, 0]), many.gradients[:, [2, 0]])
        np.testing.assert_array_equal(self.model.couplings(R, (1, 2)), many.couplings[:, 2])
        self.assertEqual(self.model.energies(R[:0]).shape, (0, 3))
        V = self.random.normal(size=R.shape)
        np.testing.assert_array_equal(self.model.derivative(R, V)[99], self.model.derivative(R[99], V[99]))
        np.testing.assert_array_equal(self.model.derivative(R[0], V[:70])[66], self.model.derivative(R[0], V[66]))
        np.testing.assert_array_equal(self.model.contract(R, np.eye(3))[70], self.model.contract(R[70], np.eye(3)))
        R[5, 0, 0] = np.nan
        self.assertEqual(list(np.flatnonzero(np.isnan(self.model.energies(R)).all(axis=1))), [5])

    def test_threads(self):
        R = self.model.reference + self.random.normal(scale=0.1, size=(4, 200, 6, 3))
        serial = [self.model.gradients(r) for r in R]
        found = [None] * 4

        def work(k):
            for _ in range(3):
                found[k] = self.model.gradients(R[k])

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for one, two in zip(serial, found):
            np.testing.assert_array_equal(one, two)

    def test_copies(self):
        R = self.model.reference
        for other in (copy.deepcopy(self.model), pickle.loads(pickle.dumps(self.model)), pickle.loads(pickle.dumps(diabolo.Model(TULLY)))):
            self.assertIsNot(other, self.model)
        np.testing.assert_array_equal(copy.copy(self.model).energies(R), self.model.energies(R))


class Lifetime(unittest.TestCase):
    def test_memory(self):
        """Models, tapes and the tapes of ended threads are freed. One model is 0.5 MB and its tape 1 MB, so 30 rounds that free
        nothing hold 45 MB more. The allocator keeps some 20 MB or gives them back at times of its own: a leak grows in every
        stretch of rounds, this in one or two, so the median of five stretches is judged."""
        def once():
            model = diabolo.Model(support.ETHYLENE)
            model.gradients(model.reference)
            thread = threading.Thread(target=model.energies, args=(model.reference,))
            thread.start()
            thread.join()

        held = []
        for _ in range(6):
            for _ in range(30):
                once()
            gc.collect()
            held.append(support.resident())
        self.assertLess(np.median(np.diff(held)), 10)

    def test_order(self):
        """What is left of a model after its end is valid: arrays are copies, a tape keeps its model."""
        model = diabolo.Model(support.ETHYLENE)
        reference, at, tape = model.reference, model.evaluate(model.reference, "all"), None
        model._tape()
        tape = model._local.tape
        del model
        gc.collect()
        self.assertEqual(reference.shape, (6, 3))
        self.assertTrue(np.isfinite(at.gradients).all())
        del tape


class Mistakes(unittest.TestCase):
    def raises(self, kind, text, call):
        with self.assertRaises(kind) as caught:
            call()
        self.assertIn(text, str(caught.exception))

    def test_files(self):
        self.raises(OSError, "none.h5", lambda: diabolo.Model("none.h5"))
        self.raises(diabolo.FileError, "none.h5", lambda: diabolo.Model("none.h5"))
        self.raises(diabolo.InputError, "did you mean 'tully'", lambda: diabolo.Model("type: tuly\n"))
        self.raises(diabolo.Error, "test_model.py", lambda: diabolo.Model(__file__))

    def test_arguments(self):
        model = diabolo.Model(support.ETHYLENE)
        R = model.reference
        self.raises(ValueError, "(5, 3)", lambda: model.energies(np.zeros((5, 3))))
        self.raises(diabolo.InputError, "no state 3", lambda: model.gradients(R, 3))
        self.raises(diabolo.InputError, "no state -1", lambda: model.couplings(R, (0, -1)))
        self.raises(diabolo.InputError, "neighbours", lambda: model.search(R, (0, 2)))
        self.raises(diabolo.InputError, "no method 'newton'", lambda: model.search(R, (0, 1), "newton"))
        self.raises(diabolo.InputError, "no option 'steps'", lambda: model.search(R, (0, 1), steps=3))
        self.raises(diabolo.InputError, "one geometry", lambda: model.search(np.stack([R, R])))
        self.raises(diabolo.InputError, "2 geometries and 3", lambda: model.derivative(np.stack([R] * 2), np.stack([R] * 3)))

    def test_no_library(self):
        run = subprocess.run(["/usr/bin/python3", "-c", "import diabolo; diabolo.Model('x.h5')"], capture_output=True, text=True,
                             env={**os.environ, "DIABOLO_LIBRARY": "/nowhere/libdiabolo.so"})
        self.assertIn("$DIABOLO_LIBRARY is '/nowhere/libdiabolo.so': no such file", run.stderr)


if __name__ == "__main__":
    unittest.main()
