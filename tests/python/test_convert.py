# SPDX-License-Identifier: GPL-3.0-or-later
"""What `diabolo convert` writes, read by those it is written for: ASE, MDAnalysis, h5py against the H5MD specification, a reader of
SHARC's fixed columns, the csv module. Compared with the swarm file itself."""
import csv
import re
import signal
import subprocess
import unittest
import warnings

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

from diabolo import units  # noqa: E402

BOHR, EV = 1 / units.ANGSTROM, 1 / units.EV  # in Angstrom, eV
SPEED = BOHR * units.FEMTOSECOND  # Angstrom/fs
EARLY, DEAD = 5, 15.0  # a trajectory that ends early, in fs


class Converted(support.Folder):
    """A swarm of 12 trajectories and 41 samples of ethylene in double precision; one of them is cut short as by a dissociation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = support.fly(cls.folder, output__precision="double")
        with h5py.File(cls.path, "r+") as f:
            t = f["time"][:]
            last = int(np.flatnonzero(t <= DEAD)[-1])
            f["trajectories/fate"][EARLY], f["trajectories/end"][EARLY] = 3, t[last]
            for name in ("active", "potential", "kinetic", "energies", "amplitudes", "position", "velocity"):
                f[f"trajectories/{name}"][EARLY, last:] = f[f"trajectories/{name}"][EARLY, last]
            p = np.eye(f["populations/active"].shape[1])[f["trajectories/active"][:]].mean(0)
            f["populations/active"][:], f["populations/active_error"][:] = p, np.sqrt(np.clip(p * (1 - p), 0, None) / len(f["trajectories/fate"]))
            flown = (f["hops/trajectory"][:] != EARLY) | (f["hops/time"][:] <= t[last])
            for name in list(f["hops"]):
                kept, unit = f[f"hops/{name}"][:][flown], f[f"hops/{name}"].attrs["unit"]
                del f[f"hops/{name}"]
                f[f"hops/{name}"] = kept
                f[f"hops/{name}"].attrs["unit"] = unit
        with h5py.File(cls.path) as f:
            cls.swarm = {name: f[name][:] for name in (
                "time", "molecule/numbers", "molecule/masses", "hops/trajectory", "hops/time", "hops/from", "hops/to", "hops/accepted",
                "hops/gap", "populations/active", "populations/diabatic_error", "trajectories/active", "trajectories/potential",
                "trajectories/kinetic", "trajectories/energies", "trajectories/amplitudes", "trajectories/position",
                "trajectories/velocity")}
            cls.timestep = float(f.attrs["timestep"])
        cls.hopper = int(min(cls.swarm["hops/trajectory"].min(), 10))  # one that hops, and not the last
        cls.population = (cls.swarm["trajectories/amplitudes"] ** 2).sum(-1)

    def convert(self, out, *options):
        support.program("convert", self.path, self.folder / out, "--quiet", *options)
        return self.folder / out

    def of(self, name, j, k=slice(None)):
        return self.swarm[f"trajectories/{name}"][j][k]


class Ase(Converted):
    @classmethod
    def setUpClass(cls):
        try:
            import ase.io
            import ase.units
        except ImportError:
            raise unittest.SkipTest("ASE is not here")
        cls.ase = ase
        super().setUpClass()

    def compare(self, atoms, j, k):
        # Printed with 9 decimals of an Angstrom, 11 of Angstrom/fs, 10 of an eV: half a unit of the last, and some.
        np.testing.assert_allclose(atoms.positions, self.of("position", j, k) * BOHR, atol=6e-10)
        velocity = self.of("velocity", j, k) * SPEED
        np.testing.assert_allclose(atoms.arrays["velo"], velocity, atol=6e-12)
        # ASE's own unit of time is of CODATA 2014: 2e-8.
        np.testing.assert_allclose(atoms.get_velocities() * self.ase.units.fs, velocity, atol=1e-10, rtol=5e-8)
        self.assertAlmostEqual(atoms.get_potential_energy(), self.of("potential", j, k) * EV, delta=6e-11)
        self.assertAlmostEqual(atoms.get_kinetic_energy() / (self.of("kinetic", j, k) * EV), 1, delta=1e-7)
        np.testing.assert_allclose(atoms.info["energies"], self.of("energies", j, k) * EV, atol=6e-11)
        np.testing.assert_allclose(atoms.info["populations"], self.population[j, k], atol=6e-9)
        self.assertEqual((atoms.info["state"], atoms.info["trajectory"]), (self.of("active", j, k), j))
        self.assertAlmostEqual(atoms.info["time_fs"], self.swarm["time"][k], delta=1e-8)
        np.testing.assert_allclose(atoms.get_masses(), self.swarm["molecule/masses"] / units.DALTON, atol=5.1e-11)
        np.testing.assert_array_equal(atoms.numbers, self.swarm["molecule/numbers"])
        self.assertFalse(atoms.pbc.any())

    def test_one_file(self):
        frames = self.ase.io.read(self.convert("some.xyz", "--trajectory", "7,2-3", "--every", "4 fs"), ":")
        self.assertEqual(len(frames), 33)  # 40 fs
        for i, atoms in enumerate(frames):
            self.compare(atoms, (2, 3, 7)[i // 11], 4 * (i % 11))

    def test_a_file_each(self):
        (self.folder / "each").mkdir()
        self.convert("each/t_{trajectory}.extxyz")
        self.assertEqual(len(list((self.folder / "each").iterdir())), 12)
        for j in range(12):
            frames = self.ase.io.read(self.folder / f"each/t_{j:05d}.extxyz", ":")
            self.assertEqual(len(frames), 16 if j == EARLY else 41)
            for k in (0, 9, len(frames) - 1):
                self.compare(frames[k], j, k)

    def test_hops(self):
        """Geometries at hops, before the momentum is adjusted: the energy in the comment is that of the velocities."""
        with h5py.File(self.path) as f:
            h = {name: f[f"hops/{name}"][:] for name in f["hops"]}
        frames = self.ase.io.read(self.convert("hops.xyz", "--table", "hops"), ":")
        self.assertEqual(len(frames), len(h["time"]))
        for k, atoms in enumerate(frames):
            np.testing.assert_allclose(atoms.positions, h["position"][k] * BOHR, atol=1e-10)
            self.assertEqual([atoms.info[x] for x in ("hop", "trajectory", "from_state", "to_state")],
                             [k, h["trajectory"][k], h["from"][k], h["to"][k]])
            self.assertEqual(bool(atoms.info["accepted"]), bool(h["accepted"][k]))
            self.assertAlmostEqual(atoms.info["gap"], h["gap"][k] * EV, delta=1e-9)
            speed, mass = atoms.arrays["velo"], atoms.arrays["masses"]  # Angstrom/fs, u: m v^2/2 in eV
            self.assertAlmostEqual((mass * (speed**2).sum(1)).sum() / 2 * 103.642696, atoms.info["kinetic_energy_before"], delta=1e-4)
        some = self.ase.io.read(self.convert("hopper.xyz", "--table", "hops", "--trajectory", str(self.hopper)), ":")
        self.assertEqual([atoms.info["hop"] for atoms in some], list(np.flatnonzero(h["trajectory"] == self.hopper)))
        for wrong, said in ((("--table", "energies"), "--table energies"), (("--state", "1"), "--state"), (("--author", "me"), "--author"),
                            (("--table", "hops", "--every", "5 fs"), "--every")):
            with self.assertRaisesRegex(Exception, said):
                self.convert("wrong.xyz", *wrong)

    def test_diabolo_reads_it(self):
        """Its frames are initial conditions again: the same energies, positions to the printed digits."""
        path = self.convert("start.xyz", "--trajectory", "0-3", "--every", "40 fs")
        (self.folder / "again.yaml").write_text(f"model: {support.ETHYLENE}\ninitial: {{sampling: file, file: {path}, state: file}}\n")
        said = support.program("sample", self.folder / "again.yaml")
        kinetic = float(re.search(r"kinetic +(\S+)", said)[1])
        expected = np.mean([self.of("kinetic", j, k) for j in range(4) for k in (0, 40)]) * EV
        self.assertAlmostEqual(kinetic, expected, delta=1e-6)

    def test_data_set(self):
        source = support.SOURCE / "models/ethylene/data.h5"
        out = self.folder / "data.xyz"
        support.program("convert", source, out, "--state", 1)
        frames = self.ase.io.read(out, ":")
        with h5py.File(source) as f:
            self.assertEqual(len(frames), len(f["energies"]))
            for p in (0, 5, len(frames) - 1):
                # 12 decimals of Angstrom and eV/Angstrom
                np.testing.assert_allclose(frames[p].positions, f["positions"][p] * BOHR, atol=6e-13)
                np.testing.assert_allclose(frames[p].get_forces(), -f["gradients"][p, 1] * EV / BOHR, atol=6e-13)
                self.assertAlmostEqual(frames[p].get_potential_energy(), f["energies"][p, 1] * EV, delta=6e-11)


class H5md(Converted):
    def element(self, group, name, shape):
        """Checks an element by the specification; its values."""
        found = group[name]
        self.assertEqual(set(found), {"value", "step", "time"})
        step, time, value = found["step"], found["time"], found["value"]
        self.assertEqual(value.shape, shape)
        self.assertEqual(step.shape, (shape[0],))
        self.assertEqual(time.shape, (shape[0],))
        self.assertEqual(step.dtype.kind, "i")
        self.assertTrue((np.diff(step[:]) > 0).all())
        np.testing.assert_allclose(step[:] * self.timestep, time[:], rtol=1e-12)
        self.assertEqual(time.attrs["unit"], "fs")
        return value

    def test_specification(self):
        """https://www.nongnu.org/h5md/h5md.html, version 1.1."""
        with h5py.File(self.convert("all.h5md", "--author", "A. Nother")) as f:
            self.assertEqual(f["h5md"].attrs["version"].tolist(), [1, 1])
            self.assertEqual(f["h5md/author"].attrs["name"], "A. Nother")
            self.assertEqual(f["h5md/creator"].attrs["name"], "diabolo")
            self.assertTrue(f["h5md/creator"].attrs["version"])
            self.assertEqual(f["h5md/modules/units"].attrs["version"].tolist(), [1, 0])
            self.assertEqual(f["h5md/modules/units"].attrs["system"], "SI")
            self.assertEqual(list(f["particles"]), [f"traj_{j:05d}" for j in range(12)])
            first = f["particles/traj_00000"]
            for j in range(12):
                group, T = f[f"particles/traj_{j:05d}"], 16 if j == EARLY else 41
                self.assertEqual(group["box"].attrs["dimension"], 3)
                self.assertEqual(list(group["box"].attrs["boundary"]), ["none"] * 3)
                position = self.element(group, "position", (T, 6, 3))
                velocity = self.element(group, "velocity", (T, 6, 3))
                self.assertEqual((position.attrs["unit"], velocity.attrs["unit"]), ("Angstrom", "Angstrom ps-1"))
                # The swarm is of double precision, so is this: rounding of one multiplication.
                np.testing.assert_allclose(position[:], self.of("position", j)[:T] * BOHR, rtol=1e-14)
                np.testing.assert_allclose(velocity[:], self.of("velocity", j)[:T] * SPEED * 1e3, rtol=1e-14)
                self.assertEqual(group["position/time"], group["velocity/time"] if T == 41 else group["position/time"])
                np.testing.assert_array_equal(group["species"][:], self.swarm["molecule/numbers"])
                np.testing.assert_allclose(group["mass"][:], self.swarm["molecule/masses"] / units.DALTON, rtol=1e-14)
                self.assertEqual(group["mass"], first["mass"])  # the same dataset, by a hard link
            self.assertEqual(first["position/step"], f["observables/potential_energy/step"])
            potential = self.element(f["observables"], "potential_energy", (41, 12))
            np.testing.assert_allclose(potential[:], self.swarm["trajectories/potential"].T * EV, rtol=1e-14)
            np.testing.assert_array_equal(self.element(f["observables"], "active_state", (41, 12)),
                                          self.swarm["trajectories/active"].T)
            np.testing.assert_allclose(self.element(f["observables"], "populations", (41, 12, 3)),
                                       self.population.swapaxes(0, 1), atol=1e-14)
            np.testing.assert_allclose(self.element(f["observables"], "state_energies", (41, 12, 3)),
                                       self.swarm["trajectories/energies"].swapaxes(0, 1) * EV, rtol=1e-14)
            for name in ("kinetic_energy", "total_energy"):
                self.assertEqual(self.element(f["observables"], name, (41, 12)).attrs["unit"], "eV")
            np.testing.assert_array_equal(f["swarm/number"], np.arange(12))
            np.testing.assert_array_equal(f["swarm/populations/active"], self.swarm["populations/active"])
            np.testing.assert_array_equal(f["swarm/hops/time"], self.swarm["hops/time"])
            self.assertEqual(f["swarm/fate"][EARLY], 3)

    def test_some(self):
        """Part of a swarm: its own hops, no populations of the whole."""
        with h5py.File(self.convert("some.h5md", "--trajectory", f"{self.hopper}-{self.hopper + 1}", "--every", "2 fs")) as f:
            self.assertEqual(list(f["particles"]), [f"traj_{j:05d}" for j in (self.hopper, self.hopper + 1)])
            self.element(f["observables"], "total_energy", (21, 2))
            mine = np.isin(self.swarm["hops/trajectory"], (self.hopper, self.hopper + 1))
            self.assertGreater(mine.sum(), 0)
            for name in ("trajectory", "time", "from", "to", "accepted"):
                np.testing.assert_array_equal(f[f"swarm/hops/{name}"], self.swarm[f"hops/{name}"][mine])
            self.assertNotIn("populations", f["swarm"])
            self.assertEqual(f["h5md/author"].attrs["name"], "not given")

    def test_single_precision(self):
        """A swarm of single precision gives positions of single precision."""
        (self.folder / "single").mkdir()
        path = support.fly(self.folder / "single", 2, "2 fs")
        out = self.folder / "single.h5md"
        support.program("convert", path, out)
        with h5py.File(path) as swarm, h5py.File(out) as f:
            value = f["particles/traj_00001/position/value"]
            self.assertEqual(value.dtype, np.float32)
            np.testing.assert_allclose(value[:], swarm["trajectories/position"][1] * BOHR, rtol=2e-7)

    def test_mdanalysis(self):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import MDAnalysis
        except ImportError:
            self.skipTest("MDAnalysis is not here")
        xyz, one, whole = self.convert("top.xyz", "--trajectory", 4), self.convert("one.h5md", "--trajectory", 4), self.convert("w.h5md")
        bare = MDAnalysis.Universe(str(one))  # without a topology: the number of atoms from /particles/trajectory
        self.assertEqual((len(bare.atoms), bare.trajectory.n_frames), (6, 41))
        universe = MDAnalysis.Universe(str(xyz), str(one))
        self.assertEqual("".join(universe.atoms.names), "CCHHHH")
        for k, frame in enumerate(universe.trajectory):
            self.assertAlmostEqual(frame.time, self.swarm["time"][k] * 1e-3, delta=1e-9)  # MDAnalysis: ps
            # MDAnalysis keeps single precision: 6e-8 of some 2 Angstrom, of some 100 Angstrom/ps
            np.testing.assert_allclose(universe.atoms.positions, self.of("position", 4, k) * BOHR, atol=3e-7)
            np.testing.assert_allclose(universe.atoms.velocities, self.of("velocity", 4, k) * SPEED * 1e3, atol=2e-5)
            self.assertAlmostEqual(frame.data["potential_energy"], self.of("potential", 4, k) * EV, delta=1e-9)
            self.assertEqual(frame.data["active_state"], self.of("active", 4, k))
            self.assertEqual(frame.data["step"], round(self.swarm["time"][k] / self.timestep))
        universe.load_new(str(whole))  # many trajectories: the first, and observables of all
        self.assertEqual(universe.trajectory.n_frames, 41)
        np.testing.assert_allclose(universe.trajectory[9].data["total_energy"],
                                   (self.swarm["trajectories/potential"] + self.swarm["trajectories/kinetic"])[:, 9] * EV, rtol=1e-12)


def fields(line, *widths):
    """A line cut into columns as a Fortran FORMAT does; negative: that many blanks."""
    found, at = [], 0
    for w in widths:
        if w < 0 and line[at:at - w].strip():
            raise ValueError(f"'{line}': expected blanks in columns {at} to {at - w}")
        if w > 0:
            found.append(line[at:at + w])
        at += abs(w)
    if line[at:].strip():
        raise ValueError(f"'{line}' is longer than {at} columns")
    return found


class Sharc(Converted):
    """By the formats of SHARC: output.lis (1X,I9,3X,F12.5,3X,2(I5,3X),8(F12.6,3X),I10), output.xyz I12; (A5,1X,F14.5,1X,I4,1X,I4);
    (A2,3(1X,F16.9)). Numbers fill their columns; states count from 1."""

    def read_lis(self, path):
        rows, comments = [], []
        for line in path.read_text().splitlines():
            if line.startswith("#"):
                comments.append((len(rows), line))
            else:
                rows.append([float(x) for x in fields(line, -1, 9, -3, 12, -3, 5, -3, 5, -3, *8 * (12, -3), 10)])
        return np.array(rows), comments

    def test_lis(self):
        out = self.convert("sharc", "--format", "sharc")
        self.assertEqual(sorted(p.name for p in out.iterdir()), [f"TRAJ_{j:05d}" for j in range(12)])
        zero = self.swarm["trajectories/energies"][:, 0, 0].min()
        changed = 0
        for j in range(12):
            rows, comments = self.read_lis(out / f"TRAJ_{j:05d}/output.lis")
            T = 16 if j == EARLY else 41
            self.assertEqual(rows.shape, (T, 13))
            np.testing.assert_allclose(rows[:, 0], np.round(self.swarm["time"][:T] / self.timestep))
            np.testing.assert_allclose(rows[:, 1], self.swarm["time"][:T], atol=5.1e-6)
            for column in (2, 3):
                np.testing.assert_array_equal(rows[:, column], self.of("active", j)[:T] + 1)
            potential, kinetic = (self.of("potential", j)[:T] - zero) * EV, self.of("kinetic", j)[:T] * EV
            for column, expected in ((4, kinetic), (5, potential), (6, kinetic + potential), (9, self.population[j, :T].sum(1))):
                np.testing.assert_allclose(rows[:, column], expected, atol=5.1e-7)
            m, R, V = self.swarm["molecule/masses"][:, None], self.of("position", j)[:T], self.of("velocity", j)[:T]
            centre = (m * R).sum(1, keepdims=True) / m.sum()
            J = np.linalg.norm((m * np.cross(R - centre, V)).sum(1), axis=1)
            np.testing.assert_allclose(rows[:, 7], J, atol=5.1e-7)
            self.assertTrue(np.isnan(rows[:, [8, 10]]).all())
            np.testing.assert_array_equal(rows[:, 11:], 0)
            changed += self.check_hops(j, T, comments)
        self.assertGreater(changed, 0)

    def check_hops(self, j, T, comments):
        """A hop stands before the first sample that follows it."""
        mine = np.flatnonzero((self.swarm["hops/trajectory"] == j) & (self.swarm["hops/time"] <= self.swarm["time"][T - 1] + 1e-9))
        said = [(row, line) for row, line in comments if "Surface Hop" in line or "frustrated" in line]
        self.assertEqual(len(said), len(mine))
        for h, (row, line) in zip(mine, said):
            self.assertEqual(row, np.searchsorted(self.swarm["time"] + 1e-9, self.swarm["hops/time"][h]))
            if self.swarm["hops/accepted"][h]:
                found = re.match(r"# Surface Hop/Pointer State Switch: new state= (....) old state= (....) randnum= ", line)
                self.assertEqual([int(x) - 1 for x in found.groups()], [self.swarm["hops/to"][h], self.swarm["hops/from"][h]])
            else:
                self.assertEqual(line, "# Jump frustrated.")
        return len(said)

    def test_xyz(self):
        lines = (self.convert("one", "-f", "sharc", "--trajectory", 3) / "TRAJ_00003/output.xyz").read_text().splitlines()
        self.assertEqual(len(lines), 41 * 8)
        for k in range(41):
            frame = lines[8 * k:8 * k + 8]
            self.assertEqual(int(fields(frame[0], 12)[0]), 6)
            word, t, diag, mch = fields(frame[1], 5, -1, 14, -1, 4, -1, 4)
            self.assertEqual(word, "  t= ")
            self.assertAlmostEqual(float(t), self.swarm["time"][k], delta=5.1e-6)
            self.assertEqual((int(diag), int(mch)), (self.of("active", 3, k) + 1,) * 2)
            atoms = [fields(line, 2, -1, 16, -1, 16, -1, 16) for line in frame[2:]]
            self.assertEqual([a[0].strip() for a in atoms], list("CCHHHH"))
            np.testing.assert_allclose(np.array([a[1:] for a in atoms], float), self.of("position", 3, k) * BOHR, atol=5.1e-10)


class Csv(Converted):
    def table(self, out, *options):
        path = self.convert(out, *options)
        text = path.read_bytes()
        self.assertEqual(text.count(b"\n"), text.count(b"\r\n"))  # RFC 4180
        with open(path, newline="") as f:
            rows = list(csv.DictReader(f))
        return {name: np.array([float(r[name] or "nan") if name != "fate" else r[name] for r in rows]) for name in rows[0]}

    def test_populations(self):
        table = self.table("p.csv", "--every", "2 fs")
        np.testing.assert_allclose(table["time_fs"], self.swarm["time"][::2])
        for k in range(3):  # ten digits
            np.testing.assert_allclose(table[f"active_S{k}"], self.swarm["populations/active"][::2, k], rtol=1e-9)
            np.testing.assert_allclose(table[f"diabatic_error_{k}"], self.swarm["populations/diabatic_error"][::2, k], rtol=1e-9)

    def test_hops(self):
        table = self.table("hops.csv")
        for name, column, unit in (("trajectory", "trajectory", 1), ("time", "time_fs", 1), ("from", "from_state", 1),
                                   ("to", "to_state", 1), ("accepted", "accepted", 1), ("gap", "gap_eV", EV)):
            np.testing.assert_allclose(table[column], self.swarm[f"hops/{name}"] * unit, rtol=1e-9)
        some = self.table("some.csv", "--table", "hops", "--trajectory", f"{self.hopper}-{self.hopper + 1}")
        np.testing.assert_array_equal(some["trajectory"], [j for j in self.swarm["hops/trajectory"] if j in (self.hopper, self.hopper + 1)])

    def test_energies(self):
        table = self.table("energies.csv", "--trajectory", f"{EARLY},11")
        np.testing.assert_array_equal(table["trajectory"], [EARLY] * 16 + [11] * 41)
        for name, column in (("potential", "potential_eV"), ("kinetic", "kinetic_eV")):
            expected = np.concatenate([self.of(name, EARLY)[:16], self.of(name, 11)]) * EV
            np.testing.assert_allclose(table[column], expected, atol=6e-11)
        np.testing.assert_allclose(table["energy_S2_eV"][16:], self.of("energies", 11)[:, 2] * EV, atol=6e-11)
        np.testing.assert_allclose(table["population_S1"][16:], self.population[11, :, 1], rtol=1e-9)
        np.testing.assert_array_equal(table["state"][16:], self.of("active", 11))

    def test_trajectories(self):
        table = self.table("trajectories.csv")
        self.assertEqual(list(table["fate"]), ["finished"] * EARLY + ["dissociated"] + ["finished"] * (11 - EARLY))
        self.assertAlmostEqual(table["end_fs"][EARLY], DEAD, delta=1e-9)

    def test_model_system(self):
        """CSV takes what has no atoms."""
        (self.folder / "tully.yaml").write_text(
            "model: {type: tully, variant: dual_crossing}\ninitial: {sampling: fixed, position: [-5], momentum: [20], state: 0, "
            "trajectories: 3}\ndynamics: {timestep: 0.1 fs, duration: 20 fs}\noutput: {file: tully.h5, every: 10 fs}\n")
        support.program("run", self.folder / "tully.yaml", "--quiet", cwd=self.folder)
        support.program("convert", self.folder / "tully.h5", self.folder / "tully_energies.csv", "--table", "energies")
        with open(self.folder / "tully_energies.csv", newline="") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual(len(rows), 9)
        # 20^2/(2 x 2000) hartree
        self.assertAlmostEqual(float(rows[0]["kinetic_eV"]), 0.1 * EV, delta=1e-9)

    def test_interruption(self):
        """Ctrl-C: status 130, and no half file."""
        (self.folder / "many.yaml").write_text(
            "model: {type: tully, variant: dual_crossing}\ninitial: {sampling: fixed, position: [-5], momentum: [20], state: 0, "
            "trajectories: 2000}\ndynamics: {timestep: 0.5 fs, duration: 50 fs}\noutput: {file: many.h5, every: 0.5 fs}\n")
        support.program("run", self.folder / "many.yaml", "--quiet", cwd=self.folder)
        flight = subprocess.Popen([support.PROGRAM, "convert", "many.h5", "many.csv", "--table", "energies"], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        self.assertIn("converting: 10 %", flight.stderr.readline())  # nine tenths, 180000 rows, are ahead
        flight.send_signal(signal.SIGINT)
        rest = flight.communicate()[1]
        self.assertEqual(flight.returncode, 130, rest)
        self.assertRegex(rest, "interrupted after [0-9]+ of 2000 trajectories")
        self.assertEqual(sorted(p.name for p in self.folder.glob("many.csv*")), [])


if __name__ == "__main__":
    unittest.main()
