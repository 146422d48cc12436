# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sets made from files of other programs, against what NumPy, json, sqlite3 and ASE write and read themselves. Most files are written
here, with numbers of no molecule; tests/python/ethylene holds results of BAGEL and OpenMolcas for a point of the data set of ethylene; published
files are read where DIABOLO_DATA names their folder."""
import itertools
import json
import os
import pathlib
import re
import sqlite3
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
MU = np.random.default_rng(6).normal(size=(N, NS, NS, 3))
MU = MU + MU.transpose(0, 2, 1, 3)  # e bohr
DEBYE = 2.541746473
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

    def test_dipoles(self):
        """In three arrangements and units; they go with their states, as the couplings do."""
        three = "--length-unit", "Angstrom", "--energy-unit", "eV", "--gradient-unit", "eV/Angstrom", "--coupling-unit", "eV/Angstrom", "--dipole-unit"
        rows = np.stack([MU[:, i, j] for i in range(NS) for j in range(i, NS)], 1)
        for values, unit, factor in ((MU, "e bohr", 1.0), (MU.transpose(0, 3, 1, 2), "debye", DEBYE), (rows, "e Angstrom", BOHR)):
            data = self.convert(self.save(dipoles=values * factor), *three, unit)
            self.same(data, dipoles=MU)
            self.whole(data)
        swap = [0, 2, 1, 3]
        pairs = [PAIRS.index(tuple(sorted((swap[i], swap[j])))) for i, j in ROWS]
        data = self.convert(self.save(energies=E[:, swap] * EV, forces=-G[:, swap] * EV / BOHR, couplings=H[:, pairs] * EV / BOHR, mu=MU[:, swap][:, :, swap]), *three, "e bohr")
        self.same(data, dipoles=MU)
        self.same(self.convert(self.save(dipoles=MU), *three, "e bohr", "--states", "1-2"), dipoles=MU[:, 1:3, 1:3])
        own = self.convert(self.save(dipoles=MU[:, range(NS), range(NS)]), *three, "e bohr")["dipoles"]
        self.same({"own": own[:, range(NS), range(NS)]}, own=MU[:, range(NS), range(NS)])
        self.assertTrue(np.isnan(own[:, 0, 1]).all())
        self.refused("the unit of its dipole data is not stated", self.save(dipoles=MU), *three[:-1])
        self.refused("'eV' is no unit of dipole", self.save(dipoles=MU), *three, "eV")
        self.refused("not symmetric in the states: <0|mu|1>", self.save(dipoles=np.triu(np.ones((N, 3, NS, NS)))), *three, "debye")
        data = self.convert(self.save(dipoles=MU[:, :2]), *three[:-1])
        self.assertNotIn("dipoles", data)
        self.assertIn("not taken: 'dipoles' (its shape (2, 4, 3)", self.attributes["conversion"])

    def test_others(self):
        """Arrays that nothing is taken from are named; of gradients and forces the former are read."""
        self.whole(self.convert(self.save(gradients=G * EV / BOHR, soc=np.zeros((N, 3)), note=np.array("mine")), *self.STATED))
        self.assertIn("not taken: 'forces', 'soc', 'note'", self.attributes["conversion"])
        self.convert(self.save(), *self.STATED)
        self.assertNotIn("not taken", self.attributes["conversion"])

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
        self.refused("names no multiplicities", self.save(), *self.STATED, "--multiplicity", "1")
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            diabolo.write_dataset(self.folder / "dipoles.h5", *arrays, MU * DEBYE, units={**given["units"], "dipole": "debye"})
        self.same(self.read("dipoles.h5"), dipoles=MU)
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

    def test_dipoles(self):
        """ASE's unit is e Angstrom. What has no place is named."""
        text = lambda x: "_JSON " + json.dumps(x.tolist())  # noqa: E731
        for stated, factor in (("", BOHR), (" dipole_unit=debye", DEBYE)):
            name = self.lines(lambda p, s=stated, f=factor: f'Properties=species:S:1:pos:R:3 REF_energy="{text(E[p] * EV)}" REF_dipoles="{text(MU[p] * f)}" REF_socs="1 2" tag=3{s}')
            self.same(self.convert(name), dipoles=MU, energies=E)
            self.assertIn("not taken: REF_socs\n", self.attributes["conversion"])

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

    def test_periodic(self):
        """That a cell is not taken is said once; not of ASE's molecules in a box."""
        for keys, told in (('Lattice="9 0 0 0 9 0 0 0 9"', 1), ('Lattice="9 0 0 0 9 0 0 0 9" pbc="F F F"', 0), ('pbc="F F T"', 1), ("", 0)):
            name = self.lines(lambda p, keys=keys: f'{keys} Properties=species:S:1:pos:R:3 energies="1 2"')
            run = subprocess.run([support.PROGRAM, "convert", self.folder / name, self.folder / "p.h5", "--force"], capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr.count("the cell is not taken")), (0, told), (keys, run.stderr))

    def test_refused(self):
        name = self.lines(lambda p: "Properties=species:S:1:pos:R:3 energies=" + ("1" if p < 3 else '"1 2"'))
        self.refused(("set.xyz:20 (frame 3)", "2 states here, 1 before"), name)
        self.refused("no energies in the comment line", self.lines(lambda p: "Properties=species:S:1:pos:R:3"))
        self.refused("--key energies=mine: there is nothing of that name", self.lines(lambda p: "Properties=species:S:1:pos:R:3"), "--key", "energies=mine")
        there = self.folder / "there.h5"
        there.write_text("mine")
        run = subprocess.run([support.PROGRAM, "convert", str(self.folder / name), str(there)], capture_output=True, text=True)
        self.assertEqual((run.returncode, there.read_text()), (2, "mine"))
        self.assertIn("there.h5: is there already; --force replaces it", run.stderr)
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


class DataBase(Imported):
    """Data bases of ASE: the bytes as ASE packs them, made here from its documentation, and by ASE itself."""

    def write(self, rows, metadata=None, packed=True, columns=None):
        path = self.folder / "set.db"
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE systems (id INTEGER PRIMARY KEY AUTOINCREMENT, numbers BLOB, positions BLOB, energy REAL, forces BLOB, data BLOB, pbc INTEGER, dipole BLOB)")
            db.execute("CREATE TABLE information (name TEXT, value TEXT)")
            if metadata:
                db.execute("INSERT INTO information VALUES ('metadata', ?)", (json.dumps(metadata),))
            for p, row in enumerate(rows):
                energy, forces = (columns(p) if columns else (None, None))
                db.execute("INSERT INTO systems (numbers, positions, energy, forces, data) VALUES (?, ?, ?, ?, ?)",
                           (NUMBERS.astype("<i4").tobytes(), row.pop("R").astype("<f8").tobytes(), energy, forces, self.pack(row) if packed else self.text(row)))
        db.close()
        return "set.db"

    def pack(self, row):
        parts, index = [b"12345678"], {}
        for key, array in row.items():
            index[key] = {"__ndarray__": [list(array.shape), array.dtype.name, sum(map(len, parts))]}
            parts.append(array.tobytes())
        parts[0] = np.array(sum(map(len, parts)), "<i8").tobytes()
        return b"".join(parts) + json.dumps(index).encode()

    def text(self, row):
        return json.dumps({key: {"__ndarray__": [list(a.shape), a.dtype.name, a.ravel().tolist()]} for key, a in row.items()}) if row else None

    ATOMIC = {"_distance_unit": "Bohr", "_property_unit_dict": {"energy": "Hartree", "forces": "Hartree/Bohr", "nacs": "1", "smooth_nacs": "1"},
              "ReferenceMethod": "none", "n_singlets": NS, "n_triplets": 0}

    def rows(self, **changes):
        d = (H / GAP)[:, BY_ROWS].transpose(0, 2, 1, 3)
        for p in range(N):
            yield {"R": R[p], "energy": E[p][None], "forces": -G[p].transpose(1, 0, 2), "nacs": d[p], **{k: v[p] for k, v in changes.items()}}

    def test_spainn(self):
        for packed in (True, False):
            self.whole(self.convert(self.write(self.rows(), self.ATOMIC, packed)), 2e-12)
        self.assertEqual(self.attributes["level_of_theory"], "none")
        smooth = -H[:, BY_ROWS].transpose(0, 2, 1, 3)  # (E_i - E_j) d_ij
        self.whole(self.convert(self.write(self.rows(smooth_nacs=smooth, nacs=np.full_like(smooth, 9.0)), self.ATOMIC)))
        self.assertIn("their sign is turned", self.attributes["conversion"])
        for unit, names in (("eV", {"energy": "eV"}), ("Angstrom", None)):  # couplings without a unit, and not all in atomic units
            metadata = {**self.ATOMIC, **({"_distance_unit": unit} if names is None else {"_property_unit_dict": {**self.ATOMIC["_property_unit_dict"], **names}})}
            self.refused("the unit of its coupling data is not stated", self.write(self.rows(), metadata))

    def test_dipoles(self):
        """SPaiNN keeps the upper triangle by rows; atomic units if lengths and energies are."""
        rows = np.stack([MU[:, i, j] for i in range(NS) for j in range(i, NS)], 1)
        self.same(self.convert(self.write(self.rows(dipoles=rows, socs=rows[:, :2]), self.ATOMIC)), dipoles=MU)
        self.assertIn("not taken: socs\n", self.attributes["conversion"])

    def test_periodic(self):
        path = self.folder / self.write(self.rows(), self.ATOMIC)
        for pbc, told in ((0, 0), (7, 1)):
            with sqlite3.connect(path) as db:
                db.execute("UPDATE systems SET pbc = ?", (pbc,))
            db.close()
            run = subprocess.run([support.PROGRAM, "convert", path, self.folder / "p.h5", "--force"], capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr.count("the cell is not taken")), (0, told), run.stderr)

    def test_multiplicities(self):
        """Two singlets and two triplets: states of one multiplicity, with the couplings of their pairs."""
        metadata = {**self.ATOMIC, "n_singlets": 2, "n_triplets": 2}
        few = H[:, [PAIRS.index((0, 1))]].transpose(0, 2, 1, 3)
        rows = [{k: v for k, v in row.items() if k != "nacs"} for row in self.rows(smooth_nacs=-few)]
        data = self.convert(self.write(rows, metadata))
        self.same(data, energies=E[:, :2], gradients=G[:, :2], couplings=H[:, [0]])
        rows = [{k: v for k, v in row.items() if k != "nacs"} for row in self.rows()]
        data = self.convert(self.write(rows, metadata), "--multiplicity", "3")
        self.same(data, energies=E[:, 2:], gradients=G[:, 2:])

    def test_ase(self):
        try:
            import ase.db
            import ase.calculators.singlepoint
        except ImportError as missing:
            self.skipTest(str(missing))
        (self.folder / "ase.db").unlink(missing_ok=True)
        with ase.db.connect(self.folder / "ase.db") as db:  # an ordinary data base: Angstrom, eV, one state in the columns
            for p in range(N):
                atoms = ase.Atoms(numbers=NUMBERS, positions=R[p] * BOHR)
                atoms.calc = ase.calculators.singlepoint.SinglePointCalculator(atoms, energy=E[p, 0] * EV, forces=-G[p, 0] * EV / BOHR, dipole=MU[p, 0, 0] * BOHR)
                db.write(atoms)
        data = self.convert("ase.db")
        self.same(data, dipoles=MU[:, :1, :1], positions=R, energies=E[:, :1], gradients=G[:, :1])
        (self.folder / "spainn.db").unlink(missing_ok=True)
        with ase.db.connect(self.folder / "spainn.db") as db:
            db.metadata = self.ATOMIC
            for row in self.rows():
                db.write(ase.Atoms(numbers=NUMBERS, positions=row.pop("R")), data=row)
        self.whole(self.convert("spainn.db"), 2e-12)

    def test_refused(self):
        path = self.folder / self.write(self.rows(), self.ATOMIC)
        whole = path.read_bytes()
        path.write_bytes(whole[:len(whole) // 2 // 4096 * 4096])
        self.refused("set.db", "set.db")
        path.write_bytes(whole)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE systems SET data = ? WHERE id = 3", (np.array(10**9, "<i8").tobytes() + b"{}",))
        self.refused(("row 3", "its data are damaged"), "set.db")
        with sqlite3.connect(path) as db:
            db.execute("UPDATE systems SET data = ? WHERE id = 3", (np.array(8, "<i8").tobytes() + b'{"energy": {"__ndarray__": [[4], "float64", 8]}}',))
        self.refused(("row 3", "'energy'", "a damaged array"), "set.db")
        with sqlite3.connect(path) as db:
            db.execute("UPDATE systems SET positions = ? WHERE id = 2", (b"12345678",))
        self.refused(("row 2", "4 atoms and 1 coordinates"), "set.db")


class Columbus(Imported):
    def write(self, **changes):
        folder = self.folder / "surf"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        fortran = lambda x: "".join(f"{v:22.14e}".replace("e", "D") for v in x) + "\n"  # noqa: E731
        files = {"geom.all": "".join(f" {s} {z:5.1f} " + " ".join(f"{v:.15f}" for v in R[p, a]) + " 1.0\n" for p in range(N)
                                     for a, (s, z) in enumerate(zip("OCHH", NUMBERS))), "energy.all": "".join(" ".join(f"{v:.14f}" for v in E[p]) + "\n" for p in range(N))}
        for j in range(NS):
            files[f"cartgrd.drt1.state{j + 1}.all"] = "".join(fortran(v) for v in G[:, j].reshape(-1, 3))
        for k, (i, j) in enumerate(PAIRS):
            files[("cartgrd.nad" if k == 1 else "cartgrd_total") + f".drt1.state{i + 1}.drt1.state{j + 1}.all"] = "".join(fortran(v) for v in (H / GAP)[:, k].reshape(-1, 3))
        for name, text in {**files, **changes}.items():
            if text is not None:
                (folder / name).write_text(text)
        return "surf"

    def test_folder(self):
        data = self.convert(self.write())
        for key, values, error in (("positions", R, 1e-14), ("energies", E, 1e-13), ("gradients", G, 1e-14), ("couplings", H, 1e-13)):
            np.testing.assert_allclose(data[key], values, rtol=0, atol=error, err_msg=key)
        self.assertIn("multiplied by E_j - E_i", self.attributes["conversion"])
        self.assertEqual(len(self.attributes["converted_from"].splitlines()), 2 + NS + len(PAIRS))
        data = self.convert(self.write(**{"cartgrd.drt1.state2.all": None, "cartgrd_total.drt1.state3.drt1.state4.all": None}))
        self.assertTrue(np.isnan(data["gradients"][:, 1]).all() and np.isfinite(data["gradients"][:, 2]).all())
        self.assertTrue(np.isnan(data["couplings"][:, PAIRS.index((2, 3))]).all())

    def test_refused(self):
        self.refused(("cartgrd.drt1.state1.all:1", "the file ends early"), self.write(**{"cartgrd.drt1.state1.all": "0 0 0\n"}))
        self.refused("expected the end: energy.all has fewer points", self.write(**{"cartgrd.drt1.state1.all": "0 0 0.1\n" * 4 * (N + 1)}))
        self.refused("geom.all has 28 lines, energy.all 3", self.write(**{"energy.all": "1 2\n" * 3}))
        self.refused(("energy.all:2", "an energy"), self.write(**{"energy.all": "1 2 3 4\n1 2 x 4\n" + "1 2 3 4\n" * (N - 2)}))


class Sharc(Imported):
    """Three singlets, two triplets, with spin-orbit coupling: 9 states in SHARC's list."""

    STATES = [(1, k) for k in range(3)] + [(3, k) for _ in range(3) for k in range(2)]
    N = len(STATES)

    def hamiltonian(self, p, zero=0.0):
        h = np.zeros((self.N, self.N, 2))
        h[range(self.N), range(self.N), 0] = [(E[p, k] if m == 1 else E[p, k] + 0.01) - zero for m, k in self.STATES]
        h[0, 4] = h[4, 0] = 1e-4, 2e-4
        return "".join(" ".join(f"{v:.14E}" for v in row.ravel()) + "\n" for row in h)

    def vectors(self, p):
        """Gradients of the singlets and d of their pairs; those of triplets and of spins are other numbers."""
        gradients = [G[p, k] if m == 1 else np.full((4, 3), 0.7) for m, k in self.STATES]
        d = {}
        for (a, (ma, i)), (b, (mb, j)) in itertools.product(enumerate(self.STATES), repeat=2):
            pair = H[p, PAIRS.index((min(i, j), max(i, j)))] / (E[p, j] - E[p, i]) if i != j else np.zeros((4, 3))
            d[a, b] = pair if ma == mb == 1 else 0.3 * (ma == mb) * np.ones((4, 3))
        return gradients, d

    rows = staticmethod(lambda x: "".join(" ".join(f"{v:.14E}" for v in row) + "\n" for row in x))

    def dipoles(self, p):
        """(3, N, N, 2) of all states; those of the singlets are MU."""
        mu = np.full((3, self.N, self.N, 2), 0.0)
        mu[:, 3:, 3:, 0] = 0.9
        mu[:, :3, :3, 0] = MU[p, :3, :3].transpose(2, 0, 1)
        return mu.reshape(3, self.N, 2 * self.N)

    def qm(self, p, unit="bohr"):
        folder = self.folder / "runs" / f"point{p}"
        folder.mkdir(parents=True, exist_ok=True)
        scale = BOHR if unit == "angstrom" else 1.0
        (folder / "QM.in").write_text("4\n\n" + "".join(f"{s} " + " ".join(repr(float(v)) for v in R[p, a] * scale) + "\n" for a, s in enumerate("OCHH"))
                                      + (f"unit {unit}\n" if unit else "") + "states 3 0 2\nSOC\n")
        gradients, d = self.vectors(p)
        (folder / "QM.out").write_text(
            f"! 0 Basic information\nstates 3 0 2\nnmstates {self.N}\nnatom 4\n! 1 Hamiltonian Matrix ({self.N}x{self.N}, complex)\n{self.N} {self.N}\n{self.hamiltonian(p)}\n"
            f"! 2 Dipole Moment Matrices (3x{self.N}x{self.N}, complex)\n" + "".join(f"{self.N} {self.N}\n{self.rows(x)}" for x in self.dipoles(p)) + "\n"
            f"! 3 Gradient Vectors ({self.N}x4x3, real)\n" + "".join(f"4 3 ! m1 {m} s1 {k + 1} ms1 0\n" + self.rows(g) for (m, k), g in zip(self.STATES, gradients))
            + f"\n! 5 Non-adiabatic couplings (ddr) ({self.N}x{self.N}x4x3, real)\n" + "".join("4 3 ! m1\n" + self.rows(v) for v in d.values()) + "\n! 8 Runtime\n1.0\n")

    def expect(self, data, points):
        pairs = [PAIRS.index(q) for q in PAIRS if q[1] < 3]
        for key, values, error in (("positions", R, 1e-14), ("energies", E[:, :3], 1e-12), ("gradients", G[:, :3], 1e-14), ("couplings", H[:, pairs], 1e-13)):
            np.testing.assert_allclose(data[key], values[points], rtol=0, atol=error, err_msg=key)
        np.testing.assert_allclose(data["dipoles"], MU[points][:, :3, :3], rtol=0, atol=1e-14)
        self.assertIn("the 3 states of multiplicity 1 are taken, 2 of others are not", self.attributes["conversion"])
        self.assertIn("spin-orbit elements of the Hamiltonian are not taken", self.attributes["conversion"])

    def test_results_of_an_interface(self):
        for p, unit in ((2, "bohr"), (5, "angstrom")):
            self.qm(p, unit)
            self.expect(self.convert(f"runs/point{p}/QM.out"), [p])
        self.qm(5)
        self.expect(self.convert("runs"), [2, 5])
        data = self.convert("runs/point5/QM.out", "--multiplicity", "3")
        np.testing.assert_allclose(data["energies"], E[[5], :2] + 0.01, rtol=1e-13)
        self.qm(2, "")
        self.refused("no line `unit bohr`", "runs/point2/QM.out")
        (self.folder / "runs/point2/QM.in").unlink()
        self.refused("its geometry is in QM.in", "runs/point2/QM.out")
        out = self.folder / "runs/point5/QM.out"
        out.write_text(out.read_text()[:-3000])
        self.refused("QM.out:", "runs/point5/QM.out")

    def test_trajectory(self):
        text = "SHARC_version   4.0\n maxmult           3\n nstates_m    3 0 2\n natom  4\n ezero  -99.5\n*** End of settings ***\n! Atomic numbers\n"
        text += "".join(f" {z:.13E}\n" for z in NUMBERS) + "! Elements\n O\n C\n H\n H\n*** End of header array data ***\n"
        for p in range(N):
            gradients, d = self.vectors(p)
            text += f"! 0 Step\n   {p}\n! 1 Hamiltonian (MCH) in a.u.\n{self.hamiltonian(p, -99.5)}" + "".join(f"! 3 Dipole moments {'XYZ'[c]} (MCH) in a.u.\n{self.rows(x)}" for c, x in enumerate(self.dipoles(p))) + f"! 8 states (diag, MCH)\n 1 1\n! 11 Geometry in a.u.\n{self.rows(R[p])}"
            text += "".join(f"! 15 Gradients (MCH) State{k + 1:3d}\n{self.rows(g)}" for k, g in enumerate(gradients))
            text += "".join(f"! 16 NACdr matrix element (MCH){a + 1:3d} {b + 1:3d}\n{self.rows(v)}" for (a, b), v in d.items())
        (self.folder / "output.dat").write_text(text)
        data = self.convert("output.dat")
        self.expect(data, slice(None))
        self.assertEqual(len(set(data["group"])), 1)
        (self.folder / "output.dat").write_text(text.replace("! 11 Geometry", "! 12 Velocities", 1))
        self.refused(("output.dat: step 0", "position of atom 0"), "output.dat")
        for again in "natom 5", "nstates_m 2", "ezero -1":
            (self.folder / "output.dat").write_text(text.replace("*** End of settings", f"{again}\n*** End of settings"))
            self.refused(("output.dat", f"a second `{again.split()[0]}`"), "output.dat")
        (self.folder / "output.dat").write_text(text.replace("natom  4", "natom  3"))
        self.refused(("output.dat:11", "as many atomic numbers as `natom` says, 3"), "output.dat")
        for wrong, found in ((text.replace(" ezero  -99.5\n", ""), "ezero"), (text.replace("! Elements\n O", "! Elements\n N"), "atom 0 is the element 7 here, 8"),
                             (text.replace("natom  4", "natom  4 5"), "output.dat:4"), (text.replace("nstates_m    3 0 2", "nstates_m    2 0 2"), "output.dat:"),
                             (text.replace(f" {NUMBERS[0]:.13E}", " 8.4"), "atom"),
                             (text.replace("! Elements", "! Atomic numbers\n 8.0\n! Elements"), "second atomic numbers")):
            self.assertNotEqual(wrong, text)
            (self.folder / "output.dat").write_text(wrong)
            self.refused(("output.dat", found), "output.dat")
        (self.folder / "output.dat").write_text(text.replace("nstates_m    3 0 2", "nstates_m    3 0 x"))
        self.refused(("output.dat:3", "a number of states"), "output.dat")


class SharcConditions(Imported):
    def test_energies(self):
        """initconds.excited: geometries and energies of all states, one multiplicity of which is taken."""
        atoms = lambda x: "".join(f"{s} {z:.1f} {' '.join(repr(float(v)) for v in row)} {2.0 * z} 0 0 0\n" for s, z, row in zip("OCHH", NUMBERS, x))  # noqa: E731
        text = "SHARC Initial conditions file, version 2.0   <Excited>\nNinit 7\nNatom 4\nRepr MCH\nEref -100\nStates 2 0 1\n\nEquilibrium\n" + atoms(R[0])
        for p in range(N):
            text += f"\nIndex {p + 1}\nAtoms\n{atoms(R[p])}States\n" + "".join(
                f"{k + 1:03d} {e:.13f} -100 0 0 0 0 0 0 1.0 0.1 {k == 1}\n" for k, e in enumerate([*E[p, :2], *[E[p, 2]] * 3])) + "Ekin 0.004 a.u.\n"
        (self.folder / "initconds.excited").write_text(text)
        data = self.convert("initconds.excited")
        self.same(data, positions=R, energies=E[:, :2])
        self.same(self.convert("initconds.excited", "--multiplicity", "3"), energies=E[:, 2:3])
        (self.folder / "initconds").write_text(text.replace("States\n001", "Ekin 0.004 a.u.\n001"))
        self.refused("energies are in initconds.excited", "initconds")
        (self.folder / "diagonal").write_text(text.replace("MCH", "diag"))
        self.refused("spin-diagonal", "diagonal")
        self.refused("--pairs 0-1: no couplings were read", "initconds.excited", "--pairs", "0-1")


class NewtonX(Imported):
    def test_trajectory(self):
        """Two steps of three states: couplings V(2,1), V(3,1), V(3,2) are d_ji."""
        folder = self.folder / "TRAJ1" / "RESULTS"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dyn.xyz").write_text("".join("4\n\n" + "".join(f"{s} " + " ".join(repr(float(v)) for v in R[p, a] * BOHR) + "\n" for a, s in enumerate("OCHH"))
                                                for p in range(2)))
        rows = lambda x: "".join(" ".join(f"{v:.14E}" for v in row) + "\n" for row in np.reshape(x, (-1, 3)))  # noqa: E731
        text = "Newton-X version 2.2 (build 5)\n Initial parameters:\n Nat = 4\n nstat = 3\n dt = 0.5\n\n"
        pairs = [PAIRS.index(q) for q in ((0, 1), (0, 2), (1, 2))]
        for p, surface in enumerate((3, 2)):
            text += f" Gradient vectors (a.u.)\n{rows(G[p, surface - 1])} Nonadiabatic coupling vectors (a.u.)\n{rows(-(H / GAP)[p, pairs])} Energy =\n"
            text += "".join(f" {e:.12f}\n" for e in E[p, :3]) + f" FINISHING STEP {p}, TIME {p / 2:.2f} fs on SURFACE {surface}\n"
        (folder / "nx.log").write_text(text)
        data = self.convert("TRAJ1")
        np.testing.assert_allclose(data["energies"], E[:2, :3], rtol=0, atol=1e-12)
        np.testing.assert_allclose(data["positions"], R[:2], rtol=0, atol=1e-13)
        np.testing.assert_allclose(data["couplings"], H[:2, pairs], rtol=0, atol=1e-11)  # energies have 12 decimals, d is up to 10
        expected = np.full((2, 3, 4, 3), np.nan)
        expected[0, 2], expected[1, 1] = G[0, 2], G[1, 1]
        np.testing.assert_allclose(data["gradients"], expected, rtol=0, atol=1e-14)
        (folder / "nx.log").write_text(text.replace("SURFACE 2", "SURFACE 4"))
        self.refused(("nx.log:", "the active state"), "TRAJ1")
        (folder / "nx.log").write_text(text.replace("Nat = 4", "Nat = 5"))
        self.refused("5 atoms, and 4 in dyn.xyz", "TRAJ1")


class Engines(Imported):
    """Results for a point of the data set of ethylene, whose labels another program took from another run of BAGEL."""

    FOLDER = support.SOURCE / "tests/python/ethylene"

    def compare(self, data, energy, gradient, coupling, dipole):
        with h5py.File(support.SOURCE / "models/ethylene/data.h5") as f:
            p = int(np.abs(f["positions"][:] - data["positions"][0]).max((1, 2)).argmin())
            known = {key: f[key][p] for key in ("positions", "energies", "gradients", "couplings", "dipoles")}
        np.testing.assert_allclose(data["positions"][0], known["positions"], rtol=0, atol=1e-6)
        np.testing.assert_allclose(data["energies"][0], known["energies"], rtol=0, atol=energy)
        np.testing.assert_allclose(data["gradients"][0], known["gradients"], rtol=0, atol=gradient)
        # signs of two states are free; that of the product of the three couplings is not
        signs = np.array([(1, s, t) for s in (1, -1) for t in (1, -1)])
        off, best = min((np.abs(data["couplings"][0] * [[[s[i] * s[j]]] for i, j in ((0, 1), (0, 2), (1, 2))] - known["couplings"]).max(), list(s)) for s in signs)
        self.assertLess(off, coupling)
        # those of dipoles are the same; the data set holds what BAGEL printed, whose dipoles count electrons as positive
        np.testing.assert_allclose(data["dipoles"][0] * np.outer(best, best)[:, :, None], -known["dipoles"], rtol=0, atol=dipole)

    def test_bagel(self):
        data = self.convert(self.FOLDER / "bagel")
        self.compare(data, 1e-9, 2e-6, 2e-6, 2e-6)  # 1e-10 as printed; two runs of other orbital thresholds
        self.assertEqual(len(self.attributes["converted_from"].splitlines()), 9)

    def test_bagel_refused(self):
        import shutil
        folder = self.folder / "run" / "point1"
        shutil.copytree(self.FOLDER / "bagel", folder, dirs_exist_ok=True)
        text = (folder / "in.json").read_text()
        molecule = json.loads(text)
        molecule["bagel"][0]["angstrom"] = True
        (folder / "in.json").write_text(json.dumps(molecule))
        angstrom = self.convert("run")
        self.assertIn("the geometry in what BAGEL printed is not", self.attributes["conversion"])
        (folder / "in.json").write_text(text)
        np.testing.assert_allclose(angstrom["positions"] * BOHR, self.convert("run")["positions"], rtol=1e-14)
        self.assertNotIn("dipoles", angstrom)  # of other places of the atoms
        shutil.copy(folder / "bagel.out", folder / "again.log")
        self.assertNotIn("dipoles", self.convert("run"))
        self.assertIn("several files hold what BAGEL printed", self.attributes["conversion"])
        (folder / "again.log").unlink()
        self.assertIn("dipoles", self.convert("run"))
        (folder / "in.json").write_text(text.replace('"casscf"', '"caspt2"'))
        self.assertNotIn("dipoles", self.convert("run"))
        (folder / "in.json").write_text(text)
        (folder / "NACME_0_2.out").unlink()
        self.assertTrue(np.isnan(self.convert("run")["couplings"][0, 1]).all())
        (folder / "second.json").write_text(text)
        self.refused("several inputs", "run")
        (folder / "second.json").unlink()
        (folder / "in.json").write_text(text.replace('"etf"', '"noweight"'))
        self.refused('"noweight" are not divided by the gap', "run")
        (folder / "in.json").write_text(text)
        (folder / "FORCE_1.out").write_text("".join((folder / "FORCE_1.out").read_text().splitlines(True)[:4]))
        self.refused(("FORCE_1.out:4", "the file ends early: expected 6 atoms"), "run")

    def test_openmolcas(self):
        """Without density fitting (energies 0.4 mEh lower), and couplings without electron-translation factors: alike, not equal."""
        data = self.convert(self.FOLDER / "openmolcas.out")
        self.compare(data, 5e-4, 3e-4, 6e-3, 2e-3)
        np.testing.assert_allclose(data["couplings"].sum(2), 0, atol=1e-6)  # invariant under translation
        text = (self.FOLDER / "openmolcas.out").read_text()
        for name in ("run10", "run2"):
            (self.folder / "molcas" / name).mkdir(parents=True, exist_ok=True)
            (self.folder / "molcas" / name / "a.out").write_text(text.replace("-77.87252364", "-77.88" if name == "run10" else "-77.87"))
            (self.folder / "molcas" / name / "other.out").write_text("nothing of Molcas")
        np.testing.assert_array_equal(self.convert("molcas")["energies"][:, 0], [-77.87, -77.88])  # run2 before run10
        plain = re.sub(r"PROPERTY: MLTPL  1", "PROPERTY: MLTPL  2", text)  # without RASSI's: permanent ones alone, five digits in debye
        (self.folder / "plain.out").write_text(plain)
        own = self.convert("plain.out")["dipoles"][0]
        np.testing.assert_allclose(own[range(3), range(3)], data["dipoles"][0][range(3), range(3)], rtol=0, atol=3e-5)
        self.assertTrue(np.isnan(own[0, 1:]).all())
        moved = plain.replace("Origin of the operator (Ang)=    0.0000", "Origin of the operator (Ang)=    1.0000")
        (self.folder / "moved.out").write_text(moved)
        self.assertNotIn("dipoles", self.convert("moved.out"))
        self.assertIn("not seen from the origin", self.attributes["conversion"])
        for words, change in (("'Happy landing!'", ("Happy", "Sad")), ("expected MCLR to name one", ("for state no.   1", "for state")),
                              ("expected atom 3, H, found another element", ("H3  ", "C3  ")), ("states 1 and 9, of 3", ("1/  2", "1/  9"))):
            at = text.index(change[0], 3000) if change[0] == "H3  " else text.index(change[0])
            (self.folder / "a.out").write_text(text[:at] + change[1] + text[at + len(change[0]):])
            self.refused(words, "a.out")


@unittest.skipUnless(os.environ.get("DIABOLO_DATA"), "DIABOLO_DATA does not name a folder of published data")
class Published(Imported):
    def setUp(self):
        self.data = pathlib.Path(os.environ["DIABOLO_DATA"])
        self.foreign = self.data / "foreign"

    def test_columbus(self):
        """The same points as a data set that was made by hand; numbers have six digits."""
        made = self.convert(self.foreign / "columbus_ch2oh")
        with h5py.File(self.data / "ch2oh.h5") as f:
            row = [int(np.abs(made["positions"] - x).max((1, 2)).argmin()) for x in f["positions"]]
            for key, error in (("positions", 0), ("energies", 0), ("gradients", 6e-6), ("couplings", 6e-6)):
                np.testing.assert_allclose(made[key][row], f[key][:], rtol=0, atol=error)

    def test_spainn(self):
        path = self.foreign / "spainn/ch2nh2+_99points.db"
        data, nacs = self.convert(path), self.convert(path, "--key", "couplings=nacs", out="nacs.h5")
        self.assertEqual(data["energies"].shape, (99, 3))
        np.testing.assert_allclose(data["couplings"], nacs["couplings"], rtol=0, atol=2e-8)  # both conventions give one h
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            raw = db.execute("SELECT data FROM systems WHERE id = 50").fetchone()[0]
        start = int(np.frombuffer(raw[:8], "<i8")[0])
        index = json.loads(raw[start:])
        shape, _, offset = index["forces"]["__ndarray__"]
        forces = np.frombuffer(raw, "<f8", int(np.prod(shape)), offset).reshape(shape)
        np.testing.assert_array_equal(data["gradients"][49], -forces.transpose(1, 0, 2))

    def test_xmace(self):
        path = self.foreign / "xmace/propene_30points.xyz"
        data = self.convert(path)
        for p, line in enumerate(path.read_text().splitlines()[1::11]):
            energies, forces = (json.loads(re.search(rf'REF_{key}="_JSON (.*?)"', line)[1]) for key in ("energy", "forces"))
            np.testing.assert_allclose(data["energies"][p], np.ravel(energies) / EV, rtol=1e-14)
            np.testing.assert_allclose(data["gradients"][p], -np.array(forces).transpose(1, 0, 2) / EV * BOHR, rtol=1e-14)

    def test_pyrai2md(self):
        path = self.foreign / "pyrai2md/c6f6_20points.json"
        data, raw = self.convert(path), json.loads(path.read_text())
        np.testing.assert_array_equal(data["gradients"], raw[5])
        np.testing.assert_array_equal(data["energies"], raw[4])
        np.testing.assert_allclose(data["positions"] * BOHR, [[[float(v) for v in atom[1:]] for atom in m] for m in raw[2]], rtol=1e-14)
        self.assertNotIn("couplings", data)

    def test_sharc(self):
        data = self.convert(self.foreign / "sharc/bagel_ddr/output.dat")
        np.testing.assert_allclose(data["energies"][0], np.array([-0.09839596, 0.12570094]) - 329.50628954, rtol=1e-14)
        np.testing.assert_array_equal(data["positions"][0, 2], [1.70572675, 0.1689711, -1.21526286])
        steps = (self.foreign / "sharc/bagel_ddr/output.dat").read_text().split("! 0 Step")[1:]
        for p, step in enumerate(steps):  # by NumPy: rows of complex numbers behind their heads
            def matrix(head):
                rows = step[step.index(head):].splitlines()[1:3]
                return np.array([row.split() for row in rows], float)[:, ::2]
            np.testing.assert_allclose(data["energies"][p], np.diag(matrix("! 1 Hamiltonian")) - 329.50628954, rtol=1e-14)
            for c, x in enumerate("XYZ"):
                np.testing.assert_array_equal(data["dipoles"][p, :, :, c], matrix(f"! 3 Dipole moments {x}"))
            np.testing.assert_array_equal(data["positions"][p], np.array([row.split() for row in step[step.index("! 11 Geometry"):].splitlines()[1:7]], float))
        self.assertEqual(len(data["energies"]), len(steps))


if __name__ == "__main__":
    unittest.main()
