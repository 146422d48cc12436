# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sets made from files of other programs, against what NumPy, json, sqlite3 and ASE write and read themselves. The files are written
here, with numbers of no molecule; real ones are read where DIABOLO_DATA names their folder (python.foreign)."""
import json
import subprocess
import unittest
import warnings

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import diabolo  # noqa: E402
from diabolo import units  # noqa: E402

BOHR, EV = 1 / units.ANGSTROM, 1 / units.EV  # in Angstrom, eV
SYMBOLS, N, NS = ("O", "C", "H", "D"), 7, 4  # D: the isotope by name, where the format knows names
NUMBERS = np.array([8, 6, 1, 1])
PAIRS = [(i, j) for j in range(NS) for i in range(j)]  # of a data set
ROWS = [(i, j) for i in range(NS) for j in range(i + 1, NS)]  # of most other programs


def labels(seed=5):
    """Positions, ascending energies, gradients, h in atomic units: any numbers."""
    rng = np.random.default_rng(seed)
    R = rng.normal(size=(N, 4, 3)) * 0.3 + 3.0 * np.arange(4)[:, None]
    E = -100 + np.sort(rng.uniform(0, 0.5, (N, NS)), axis=1)
    return R, E, rng.normal(size=(N, NS, 4, 3)) * 0.1, rng.normal(size=(N, len(PAIRS), 4, 3)) * 0.05


R, E, G, H = labels()
GAP = np.stack([E[:, j] - E[:, i] for i, j in PAIRS], 1)[:, :, None, None]
BY_ROWS = [PAIRS.index(p) for p in ROWS]  # H[:, BY_ROWS]: in the order of other programs


class Imported(support.Folder):
    def convert(self, name, *options, out="data.h5"):
        support.program("convert", self.folder / name, self.folder / out, "--force", *options)
        return self.read(out)

    def read(self, out="data.h5"):
        with h5py.File(self.folder / out) as f:
            self.attributes = dict(f.attrs)
            return {key: f[key][()] for key in f}

    def refused(self, words, name, *options, out="refused.h5"):
        run = subprocess.run([support.PROGRAM, "convert", str(self.folder / name), str(self.folder / out), *options], capture_output=True, text=True)
        self.assertIn(run.returncode, (1, 2), run.stderr)
        for word in (words,) if isinstance(words, str) else words:
            self.assertIn(word, run.stderr)
        self.assertFalse((self.folder / out).exists())
        self.assertFalse((self.folder / (out + ".tmp")).exists())

    def same(self, data, rtol=2e-14, **expected):
        """Two conversions of units and one of decimal digits: some eps. Couplings by way of the gap: 100 hartree / gap times as much, 2e-12."""
        for key, values in expected.items():
            np.testing.assert_allclose(data[key], values, rtol=rtol, atol=0, err_msg=key)

    def whole(self, data, rtol=2e-14):
        np.testing.assert_array_equal(data["numbers"], NUMBERS)
        self.same(data, rtol, positions=R, energies=E, gradients=G, couplings=H)


class Arrays(Imported):
    ARRAYS = dict(numbers=NUMBERS, positions=R * BOHR, energies=E * EV, forces=-G * EV / BOHR, couplings=H[:, BY_ROWS] * EV / BOHR)
    STATED = ("--length-unit", "Angstrom", "--energy-unit", "eV", "--gradient-unit", "eV/Angstrom", "--coupling-unit", "eV/Angstrom")

    def save(self, name="set.npz", compressed=True, **changes):
        arrays = {key: value for key, value in {**self.ARRAYS, **changes}.items() if value is not None}
        (np.savez_compressed if compressed else np.savez)(self.folder / name, **arrays)
        return name

    def test_numpy(self):
        for compressed in (True, False):
            self.whole(self.convert(self.save(compressed=compressed), *self.STATED))
        self.assertIn("npz", self.attributes["converted_by"])

    def test_other_arrangements(self):
        """(npoint, natom, nstate, 3), the first index fastest, big-endian, single precision, other names."""
        moved = np.asfortranarray(self.ARRAYS["forces"].transpose(0, 2, 1, 3))
        # (4 atoms, 4 states): both orders fit, and the documented one counts
        data = self.convert(self.save(forces=moved), *self.STATED)
        np.testing.assert_allclose(data["gradients"], G.transpose(0, 2, 1, 3), rtol=2e-14)
        three = self.save(energies=(E * EV)[:, :3].astype(">f8"), forces=None, couplings=None, F=moved[:, :, :3].astype("f4"), E=self.ARRAYS["forces"])
        data = self.convert(three, *self.STATED[:6])
        self.same(data, energies=E[:, :3])
        self.same(data, 2e-7, gradients=G[:, :3])
        self.assertNotIn("couplings", data)
        named = self.save(energies=None, mine=E * EV, forces=None, slope=G * EV / BOHR, couplings=None)
        data = self.convert(named, *self.STATED[:6], "--key", "energies=mine", "--key", "gradients=slope")
        self.same(data, energies=E, gradients=G)

    def test_derivative_couplings(self):
        d = (H / GAP)[:, BY_ROWS] / BOHR
        self.whole(self.convert(self.save(couplings=d), *self.STATED[:6], "--coupling-unit", "1/Angstrom"), 2e-12)
        self.assertIn("derivative couplings", self.attributes["conversion"])

    def test_units_in_the_file(self):
        self.whole(self.convert(self.save(length_unit="Angstrom", energy_unit="eV", gradient_unit="eV/Angstrom", coupling_unit="eV/Angstrom")))

    def test_states(self):
        data = self.convert(self.save(), *self.STATED, "--states", "1-2")
        self.same(data, energies=E[:, 1:3], gradients=G[:, 1:3], couplings=H[:, [PAIRS.index((1, 2))]])
        some = self.save(couplings=np.stack([H[:, PAIRS.index((0, 2))], H[:, PAIRS.index((1, 3))]], 1) * EV / BOHR)
        data = self.convert(some, *self.STATED, "--pairs", "2-0,1-3")
        expected = np.full_like(H, np.nan)
        for pair in ((0, 2), (1, 3)):
            expected[:, PAIRS.index(pair)] = H[:, PAIRS.index(pair)]
        self.same(data, couplings=expected)

    def test_order_of_states(self):
        """Energies that are not ascending: gradients and couplings go with them."""
        swap = [0, 2, 1, 3]
        pairs = [PAIRS.index(tuple(sorted((swap[i], swap[j])))) for i, j in ROWS]
        self.whole(self.convert(self.save(energies=E[:, swap] * EV, forces=-G[:, swap] * EV / BOHR, couplings=H[:, pairs] * EV / BOHR), *self.STATED))
        self.assertIn("7 of 7 points", self.attributes["conversion"])

    def test_missing(self):
        holes = G.copy()
        holes[3, 1] = np.nan
        self.same(self.convert(self.save(forces=-holes * EV / BOHR), *self.STATED), gradients=holes)

    def test_group(self):
        for group in (np.array([f"scan{p // 3}" for p in range(N)]), np.arange(N) // 3):
            data = self.convert(self.save(group=group), *self.STATED)
            self.assertEqual([g.decode() for g in data["group"]], [str(g) for g in group])

    def test_refused(self):
        self.refused(("the unit of its lengths is not stated", "--length-unit"), self.save())
        self.refused(("the unit of its coupling data is not stated", "1/bohr"), self.save(), *self.STATED[:6])
        self.refused("'eV' is no unit of length", self.save(), *self.STATED, "--length-unit", "eV")
        self.refused("state hartree/bohr or 1/bohr", self.save(), *self.STATED, "--coupling-unit", "au")
        self.refused("--coupling-unit eV/Angstrom: no coupling was read", self.save(couplings=None), *self.STATED)
        other = np.tile(NUMBERS, (N, 1))
        other[2, 1] = 7
        self.refused(("point 2", "atom 1 (counted from 0) is N here and C before"), self.save(numbers=other), *self.STATED)
        bad = R.copy()
        bad[4, 2] = bad[4, 1]
        self.refused(("point 4", "atoms 1 and 2 are at one place"), self.save(positions=bad * BOHR), *self.STATED)
        bad[4, 2] = np.nan
        self.refused(("point 4", "position of atom 2"), self.save(positions=bad * BOHR), *self.STATED)
        self.refused("Python objects", self.save(energies=np.array([None] * N)), *self.STATED)
        self.refused("'couplings' is (3, 4, 3)", self.save(couplings=H[:, :3]), *self.STATED)
        self.refused("--key energies=none: there is nothing of that name", self.save(), *self.STATED, "--key", "energies=none")
        self.refused("--key: expected QUANTITY=NAME", self.save(), *self.STATED, "--key", "energy=E")
        self.refused("--states: expected ascending", self.save(), *self.STATED, "--states", "2,1")
        self.refused("no array of energies", self.save(energies=None), *self.STATED)
        (self.folder / "other.xyz").write_text("4\n\nC 0 0 0\nO 1 1 1\nH 2 2 2\nH 3 3 3\n")
        self.refused("atom 0 (counted from 0) is O here and C before", self.save(), *self.STATED, "--molecule", str(self.folder / "other.xyz"))
        (self.folder / "torn.npz").write_bytes((self.folder / self.save()).read_bytes()[:-300])
        self.refused("torn.npz", "torn.npz", *self.STATED)
        self.refused("its format is not recognised", "../" + self.folder.name)
        self.refused("nowhere.npz: cannot be read", "nowhere.npz")

    def test_write_dataset(self):
        given = dict(units={"length": "Angstrom", "energy": "eV", "gradient": "eV/Angstrom", "coupling": "1/Angstrom"}, replace=True)
        arrays = NUMBERS, R * BOHR, E * EV, G * EV / BOHR, H / GAP / BOHR
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            diabolo.write_dataset(self.folder / "data.h5", *arrays, group=np.arange(N), level_of_theory="none", **given)
        self.whole(self.read(), 2e-12)
        self.assertEqual(self.attributes["level_of_theory"], "none")
        with self.assertRaisesRegex(diabolo.InputError, "unit of its gradient data is not stated"):
            diabolo.write_dataset(self.folder / "data.h5", *arrays, units={"length": "bohr", "energy": "eV"}, replace=True)
        with self.assertRaisesRegex(diabolo.InputError, "no quantity 'force'"):
            diabolo.write_dataset(self.folder / "data.h5", *arrays, units={"force": "eV"})
        with self.assertRaisesRegex(diabolo.InputError, r"gradients has the shape \(7, 3, 4, 3\)"):
            diabolo.write_dataset(self.folder / "data.h5", *arrays[:3], G[:, :3], units=given["units"])
        with self.assertRaisesRegex(diabolo.InputError, "data.h5"):  # is there already
            diabolo.write_dataset(self.folder / "data.h5", *arrays, units=given["units"])
        with self.assertRaises(TypeError):
            diabolo.write_dataset(self.folder / "data.h5", *arrays)


class Text(Imported):
    """Extended XYZ: written by ASE, and by hand as other programs do."""

    def lines(self, keys, columns=None, symbols=SYMBOLS):
        out = []
        for p in range(N):
            out += ["4", keys(p)]
            out += [f"{s} " + " ".join(repr(float(v)) for v in [*R[p, a] * BOHR, *(columns(p, a) if columns else ())]) for a, s in enumerate(symbols)]
        (self.folder / "set.xyz").write_text("\n".join(out) + "\n")
        return "set.xyz"

    def test_json_arrays(self):
        """As X-MACE has them: energies (1, nstate), forces (natom, nstate, 3), couplings (natom, npair, 3)."""
        text = lambda x: "_JSON " + json.dumps(x.tolist())  # noqa: E731
        name = self.lines(lambda p: f'Properties=species:S:1:pos:R:3 REF_energy="{text(E[p][None] * EV)}" '
                          f'REF_forces="{text(-G[p].transpose(1, 0, 2) * EV / BOHR)}" REF_nacs="{text((H / GAP)[p, BY_ROWS].transpose(1, 0, 2) / BOHR)}" pbc="F F F"')
        self.whole(self.convert(name, "--coupling-unit", "1/Angstrom"), 2e-12)
        self.refused("the unit of its coupling data is not stated", name)
        data = self.convert(name, "--coupling-unit", "1/Angstrom", "--energy-unit", "kcal/mol", "--length-unit", "nm")
        self.same(data, energies=E * EV * 0.001593601437640628, positions=R * 10)

    def test_columns(self):
        name = self.lines(lambda p: f"Properties=species:S:1:pos:R:3:forces:R:12 energies=\"{' '.join(map(repr, map(float, E[p])))}\" energy_unit=hartree "
                          "forces_unit=hartree/bohr", lambda p, a: -G[p, :, a].ravel())
        self.same(self.convert(name), energies=E, gradients=G)

    def test_one_state_of_several(self):
        """Forces of the state that the frame names, as the converter itself writes a data set."""
        self.convert(self.lines(lambda p: f"Properties=species:S:1:pos:R:3 energies=\"{' '.join(repr(float(e * EV)) for e in E[p])}\" "
                                f'gradients="_JSON {json.dumps((G[p] * EV / BOHR).tolist())}"'))
        # (4, 4, 3): atoms come first in text files
        support.program("convert", self.folder / "data.h5", self.folder / "back.xyz", "--state", "2", "--force")
        data = self.convert("back.xyz", out="again.h5")
        expected = np.full_like(G, np.nan)
        expected[:, 2] = G.transpose(0, 2, 1, 3)[:, 2]
        np.testing.assert_allclose(data["gradients"], expected, rtol=0, atol=1e-12 * EV)  # 12 decimals of eV/Angstrom
        np.testing.assert_allclose(data["energies"], E, rtol=0, atol=1e-10)
        np.testing.assert_allclose(data["positions"], R, rtol=0, atol=2e-12)

    def test_ase(self):
        try:
            import ase.calculators.singlepoint
            import ase.io
        except ImportError as missing:
            self.skipTest(str(missing))
        frames = []
        for p in range(N):
            atoms = ase.Atoms(numbers=NUMBERS, positions=R[p] * BOHR)
            atoms.calc = ase.calculators.singlepoint.SinglePointCalculator(atoms, energy=E[p, 0] * EV, forces=-G[p, 0] * EV / BOHR)
            frames.append(atoms)
        ase.io.write(self.folder / "ase.xyz", frames, format="extxyz")
        data = self.convert("ase.xyz")
        # ASE writes 8 decimals
        np.testing.assert_allclose(data["energies"][:, 0], E[:, 0], rtol=0, atol=1e-8)
        np.testing.assert_allclose(data["gradients"][:, 0], G[:, 0], rtol=0, atol=1e-8)
        np.testing.assert_allclose(data["positions"], R, rtol=0, atol=2e-8)

    def test_refused(self):
        name = self.lines(lambda p: "Properties=species:S:1:pos:R:3 energies=" + ("1" if p < 3 else '"1 2"'))
        self.refused(("set.xyz:20 (frame 3)", "2 states here, 1 before"), name)
        self.refused("no energies in the comment line", self.lines(lambda p: "Properties=species:S:1:pos:R:3"))
        self.refused(("set.xyz:2 (frame 0)", "expected a number, found 'x'"), self.lines(lambda p: "Properties=species:S:1:pos:R:3 energies=\"1 x\""))
        self.refused("leave out --length-unit", self.lines(lambda p: "Properties=species:S:1:pos:R:3 energies=1 pos_unit=bohr"), "--length-unit", "bohr")
        self.refused(("Of which state is it", "state=N"),
                     self.lines(lambda p: 'Properties=species:S:1:pos:R:3:forces:R:3 energies="1 2"', lambda p, a: G[p, 0, a]))
        self.refused("no JSON: line 1, column", self.lines(lambda p: 'Properties=species:S:1:pos:R:3 energies="_JSON [1,,2]"'))


class Pyrai2md(Imported):
    def write(self, new, nac):
        xyz = [[[s, *(repr(float(x)) for x in R[p, a] * BOHR)] for a, s in enumerate(("O", "C", "H", "H"))] for p in range(N)]
        grad = G.tolist()
        grad[2] = None
        parts = [4, NS, xyz, [[0.0]] * N, E.tolist(), grad, nac, [None] * N, [None] * N]
        old = dict(zip(("natom", "nstate", "xyz", "invr", "energy", "grad", "nac"), parts))
        (self.folder / "set.json").write_text(json.dumps(old if new else parts))
        return "set.json"

    def test_versions(self):
        expected = G.copy()
        expected[2] = np.nan
        for new in (False, True):
            data = self.convert(self.write(new, H[:, BY_ROWS].tolist()))
            self.same(data, positions=R, energies=E, gradients=expected, couplings=H)
            data = self.convert(self.write(new, np.zeros((N, 1, 4, 3)).tolist()))  # a placeholder
            self.assertNotIn("couplings", data)
        one = H[:, [PAIRS.index((1, 2))]]
        self.refused("the file does not say which: state them by --pairs", self.write(True, one.tolist()))
        data = self.convert(self.write(True, one.tolist()), "--pairs", "1-2")
        np.testing.assert_allclose(data["couplings"][:, [PAIRS.index((1, 2))]], one, rtol=2e-14)
        self.assertTrue(np.isnan(data["couplings"]).sum() == one.size * (len(PAIRS) - 1))

    def test_refused(self):
        whole = json.loads((self.folder / self.write(False, None)).read_text())
        for words, change in ((("point 0", "atom 1"), lambda s: s[2][0].__setitem__(1, ["Xx", 0, 0, 0])), (("entries of energy",), lambda s: s[4].pop()),
                              (("point 5", "3 energies, expected 4"), lambda s: s[4][5].pop()), (("out of range",), lambda s: s.__setitem__(0, 10**9)),
                              (("grad[1][2]", "list of 3 items", "found 2"), lambda s: s[5][0][1][2].pop())):
            copy = json.loads(json.dumps(whole))
            change(copy)
            (self.folder / "set.json").write_text(json.dumps(copy))
            self.refused(words, "set.json")


if __name__ == "__main__":
    unittest.main()
