# SPDX-License-Identifier: GPL-3.0-or-later
"""`diabolo check DATA`: each planted fault is found and named with its place, in each of three data sets; the clean sets are quiet."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

BOHR, EV = 0.529177210903, 27.211386245988
DATA = os.environ.get("DIABOLO_DATA")
VECTORS = ("gradients", "couplings")
UNITS = {"positions": "bohr", "energies": "hartree", "gradients": "hartree/bohr", "couplings": "hartree/bohr"}


def load(path, points=None):
    with h5py.File(path) as f:
        data = {name: f[name][()] for name in ("numbers", *UNITS)}
    if points is not None:
        data.update({name: data[name][points] for name in UNITS})
    return data


def write(path, data):
    with h5py.File(path, "w") as f:
        f.attrs.update(format="diabolo-dataset", version=1)
        for name, values in data.items():
            f[name] = values
            if name in UNITS:
                f[name].attrs["unit"] = UNITS[name]


def sets():
    """Name and numbers of up to three sets: those with the most neighbours of a larger set, to be quick."""
    yield "ethylene", load(support.SOURCE / "models/ethylene/data.h5", slice(0, 600))
    if DATA:
        yield "nh3", load(pathlib.Path(DATA) / "nh3.h5", slice(0, 500))
        yield "c4h2f6", load(pathlib.Path(DATA) / "c4h2f6.h5", slice(0, 250))


def turn(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.linalg.det(q)


# ---- faults: each changes the numbers in place and returns the points it touched (None: all) -------------------------


def angstrom(d, some, rng):
    d["positions"] *= BOHR


def electronvolt(d, some, rng):
    d["energies"] *= EV


def forces(d, some, rng):
    d["gradients"] *= -1


def gradients_ev(d, some, rng):
    d["gradients"] *= EV / BOHR


def couplings_ev(d, some, rng):
    d["couplings"] *= EV / BOHR


def derivative(d, some, rng):
    for j in range(1, d["energies"].shape[1]):
        for i in range(j):
            gap = d["energies"][:, j] - d["energies"][:, i]  # zero: no d can be given
            d["couplings"][:, j * (j - 1) // 2 + i] /= np.where(gap > 0, gap, np.nan)[:, None, None]


def swapped(d, some, rng):
    for name in ("energies", "gradients"):
        d[name][np.ix_(some, [0, 1])] = d[name][np.ix_(some, [1, 0])]
    if d["couplings"].shape[1] == 3:
        d["couplings"][np.ix_(some, [1, 2])] = d["couplings"][np.ix_(some, [2, 1])]
    return some


def duplicates(d, some, rng):
    for name in UNITS:
        d[name] = np.concatenate([d[name], d[name][some]])
    return np.arange(len(some)) + len(d["positions"]) - len(some)


def exchanged(d, some, rng):
    """Copies with like atoms exchanged, turned and moved."""
    order = np.arange(len(d["numbers"]))
    like = np.flatnonzero(d["numbers"] == np.bincount(d["numbers"]).argmax())
    order[like] = np.roll(like, 1)
    r = np.linalg.norm(d["positions"][some, :, None] - d["positions"][some, None], axis=-1)
    some = some[np.abs(r - r[:, order][:, :, order]).max(axis=(1, 2)) > 1e-3]  # of symmetric geometries the exchange is a rotation: a plain copy
    new = duplicates(d, some, rng)
    for p in new:
        Q = turn(rng)
        d["positions"][p] = d["positions"][p][order] @ Q + rng.normal(size=3)
        for name in VECTORS:
            d[name][p] = d[name][p][:, order] @ Q
    return new


def sentinels(d, some, rng):
    d["energies"][some, -1] = 60.0
    return some


def zeros(d, some, rng):
    d["gradients"][some, 1] = 0.0
    return some


def coinciding(d, some, rng):
    d["positions"][some, -1] = d["positions"][some, -2] + 0.02
    return some


def exploded(d, some, rng):
    d["positions"][some, -1] += 150.0
    return some


def turned(d, some, rng):
    for p in some:
        Q = turn(rng)
        for name in VECTORS:
            d[name][p] = d[name][p] @ Q
    return some


def contradiction(d, some, rng):
    new = duplicates(d, some, rng)
    d["energies"][new] += 0.02
    return np.concatenate([some, new])


def unknown(d, some, rng):
    d["nacs"] = np.zeros(3)


def partly(d, some, rng):
    d["gradients"][some, 0, 0, 0] = np.nan
    return some


def shrunk(d, some, rng):
    """Of molecules in one piece: two broken bonds, shrunk, are the bonds of nobody knows what."""
    size = np.ptp(d["positions"], axis=1).max(axis=1)
    some = np.argsort(size, kind="stable")[: len(some)]
    d["positions"][some] *= BOHR**2
    return some


def single_forces(d, some, rng):
    d["gradients"][some] *= -1


def single_unit(d, some, rng):
    d["gradients"][some] *= EV / BOHR


def single_exchange(d, some, rng):
    d["gradients"][np.ix_(some, [0, 1])] = d["gradients"][np.ix_(some, [1, 0])]
    if d["couplings"].shape[1] == 3:
        d["couplings"][np.ix_(some, [1, 2])] = d["couplings"][np.ix_(some, [2, 1])]


def single_shift(d, some, rng):
    d["energies"][some] += 0.8 / EV


# name, words of the finding, fault, may be repaired to the original numbers
FAULTS = [("lengths", "positions are in another unit than the file says: Angstrom", angstrom, True),
          ("slopes", "energies are in eV", electronvolt, True),
          ("slopes", "they are forces", forces, True),
          ("slopes", "gradients are in eV/Angstrom", gradients_ev, True),
          ("couplings", "couplings are in eV/Angstrom", couplings_ev, True),
          ("couplings", "derivative couplings d = h/gap in 1/bohr", derivative, True),
          ("order", "swapped states", swapped, True),
          ("duplicates", "the geometry of an earlier point$", duplicates, False),
          ("duplicates", "with like atoms exchanged", exchanged, False),
          ("duplicates", "different energies", contradiction, False),
          ("sentinels", "stand for 'not computed' .60.$", sentinels, False),
          ("placeholders", "exactly zero", zeros, False),
          ("placeholders", "known in part only", partly, False),
          ("atoms", "two atoms inside each other", coinciding, False),
          ("atoms", "an atom that flew away", exploded, False),
          ("motions", "another orientation", turned, False),
          ("shrunk", "too small by one factor", shrunk, True),
          ("layout", "dataset 'nacs' is not read", unknown, False)]


def check(path, *words):
    """Status and the object of findings."""
    run = subprocess.run([support.PROGRAM, "check", path, "--json", "found.json", *words], capture_output=True, text=True)
    assert run.returncode in (0, 1) and run.stdout, run.stderr
    return run.returncode, json.loads(pathlib.Path("found.json").read_text())


def told(found):
    return [f"{f['severity']} {f['test']}: {f['what']}" for f in found["findings"]]


def unrepeated(clean):
    """The points that a repair of a good set keeps: those of it that are copies it leaves out."""
    write("whole.h5", clean)
    found = check("whole.h5")[1]
    left = {p for f in found["findings"] if f["test"] == "duplicates" for p in f["points"]}
    return [p for p in range(len(clean["positions"])) if p not in left]


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chdir(self.folder.name)

    def tearDown(self):
        os.chdir("/")
        self.folder.cleanup()

    def test_clean(self):
        """Of sets as they are only notes are told: copies that are really there, rounded energies, single jumps."""
        names = [support.SOURCE / "models/ethylene/data.h5"]
        if DATA:
            names += [pathlib.Path(DATA) / f"{name}.h5" for name in ("nh3", "ch2oh", "phenol", "aniline", "c4h2f6")]
        for path in names:
            with self.subTest(str(path)):
                status, found = check(path)
                self.assertEqual((status, found["verdict"]), (0, "pass"))
                self.assertEqual([f for f in told(found) if not f.startswith("note ")], [])

    def test_thin(self):
        """So are parts of a set, whose neighbours are farther apart."""
        for part in (slice(900, 2400), slice(0, None, 4)):
            write("part.h5", load(support.SOURCE / "models/ethylene/data.h5", part))
            self.assertEqual([f for f in told(check("part.h5")[1]) if not f.startswith("note ")], [])

    @unittest.skipUnless(DATA, "DIABOLO_DATA is not set")
    def test_tutorial(self):
        """99 points of CH2NH2+, as their importer leaves them: ten of them were converted twice."""
        source = pathlib.Path(DATA) / "foreign/spainn/ch2nh2+_99points.db"
        support.program("convert", source, "ch2nh2.h5")
        status, found = check("ch2nh2.h5", "--repair", "good.h5")
        self.assertEqual(status, 1)
        bad = [f for f in found["findings"] if f["severity"] != "note"]
        self.assertEqual([(f["test"], f["points"]) for f in bad], [("shrunk", list(range(10)))])
        self.assertEqual(check("good.h5")[1]["verdict"], "pass")

    def test_at_a_load(self):
        """Whoever reads a set is told in short: single bad points that contradict a near neighbour, at least a third of those planted and no others."""
        clean = load(support.SOURCE / "models/ethylene/data.h5", slice(0, 600))
        some = np.sort(np.random.default_rng(2).choice(600, 12, replace=False))
        for name, words, bad in (("clean", None, []), ("forces", "opposite sign: forces", some)):
            data = {key: values.copy() for key, values in clean.items()}
            data["gradients"][bad] *= -1
            write("some.h5", data)
            told = subprocess.run([support.PROGRAM, "evaluate", support.ETHYLENE, "some.h5"], capture_output=True, text=True).stderr
            if words is None:
                self.assertNotIn("taken back", told)
                continue
            self.assertIn("`diabolo check` tells more", told)
            line = next(line for line in told.splitlines() if words in line)
            named = {int(p) for p in re.findall(r"\d+", line[line.index("(point"):line.index(": taken back")].split(" and ")[0])}
            count = int(re.search(r"gradients of (\d+) point", line)[1])
            self.assertLessEqual(named, {int(p) for p in some}, line)
            self.assertGreaterEqual(count, 4, line)

    def test_few_pairs(self):
        """Couplings in another unit are a fault where mixing and gaps say so, a doubt where few pairs tell nearly all; no repair follows a doubt."""
        for points, severity in ((slice(0, 60), "doubt"), (slice(2400, 2460), "fault")):
            data = load(support.SOURCE / "models/ethylene/data.h5", points)
            data["couplings"] *= EV / BOHR
            write("some.h5", data)
            found = [f for f in check("some.h5", "--repair", "copy.h5")[1]["findings"] if f["test"] == "couplings"]
            self.assertEqual([f["severity"] for f in found], [severity])
            self.assertEqual("few pairs" in found[0]["how_sure"], severity == "doubt")
            kept = load("copy.h5")["couplings"]
            self.assertAlmostEqual(np.nanmax(np.abs(kept)) * (1 if severity == "doubt" else EV / BOHR) / np.nanmax(np.abs(data["couplings"])), 1, places=6)

    def test_foreign(self):
        """An HDF5 file of another program: what is missing, and how data sets are made."""
        with h5py.File("foreign.h5", "w") as f:
            f["energies"] = [1.0]
        run = subprocess.run([support.PROGRAM, "check", "foreign.h5"], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        for text in ("foreign.h5: no file of Diabolo's", "diabolo-dataset", "docs/convert.md"):
            self.assertIn(text, run.stderr)

    def test_together(self):
        """Several faults at once: each is told, and together they are repaired."""
        clean = load(support.SOURCE / "models/ethylene/data.h5", slice(0, 900))
        data = {key: values.copy() for key, values in clean.items()}
        derivative(data, None, None)
        for fault in (angstrom, electronvolt, gradients_ev, forces):
            fault(data, None, None)
        write("bad.h5", data)
        _, found = check("bad.h5", "--repair", "good.h5")
        self.assertEqual([f["test"] for f in found["findings"] if f["severity"] != "note"], ["lengths", "slopes", "slopes", "couplings"])
        self.is_repaired(clean, True)

    def test_refusals(self):
        """Nothing that is there is written over, and what is no data set is said to be none."""
        clean = load(support.SOURCE / "models/ethylene/data.h5", slice(0, 30))
        write("clean.h5", clean)
        with h5py.File("strange.h5", "w") as f:
            f.attrs["format"] = "strange"
        for words, text in ((["clean.h5", "--repair", "clean.h5"], "would overwrite"), (["other.h5", "--repair", "clean.h5"], "not a repaired copy"),
                            (["clean.h5", "--json", "clean.h5"], "would overwrite"), (["strange.h5"], "a file of format 'strange'")):
            write("other.h5", clean)
            run = subprocess.run([support.PROGRAM, "check", *words], capture_output=True, text=True)
            self.assertIn(text, run.stderr)
            self.assertNotEqual(run.returncode, 0)

    def test_undecided(self):
        """Tests that need neighbours and find none say "-", not "ok"; so do those of two states if there is one."""
        clean = load(support.SOURCE / "models/ethylene/data.h5", slice(0, 3900, 400))
        clean["positions"] += np.random.default_rng(1).normal(scale=0.3, size=clean["positions"].shape)
        write("few.h5", clean)
        page = subprocess.run([support.PROGRAM, "check", "few.h5"], capture_output=True, text=True).stdout
        verdict = {line.split()[0]: line.split()[1] for line in page.split("\n\n")[1].splitlines()}
        self.assertEqual({name for name, said in verdict.items() if said == "-"}, {"slopes", "points", "couplings", "outliers", "digits"}, page)

    def test_nothing_left(self):
        """Repairs that leave no point: an error, no copy, and what was found is told all the same, without a word of a copy."""
        data = load(support.SOURCE / "models/ethylene/data.h5", slice(0, 3))
        data["positions"][:, -1] = data["positions"][:, -2] + 0.02
        write("bad.h5", data)
        run = subprocess.run([support.PROGRAM, "check", "bad.h5", "--repair", "good.h5", "--json", "found.json"], capture_output=True, text=True)
        self.assertIn("no point is left", run.stderr)
        self.assertIn("two atoms inside each other", run.stdout)
        self.assertNotEqual(run.returncode, 0)
        self.assertIsNone(json.loads(pathlib.Path("found.json").read_text())["repaired_copy"])
        self.assertFalse(os.path.exists("good.h5"))

    def test_faults(self):
        rng = np.random.default_rng(5)
        for name, clean in sets():
            write("clean.h5", clean)
            self.assertEqual([t for t in told(check("clean.h5")[1]) if not t.startswith("note ")], [])
            for test, words, fault, exact in FAULTS:
                with self.subTest(f"{name}: {fault.__name__}"):
                    data = {key: values.copy() for key, values in clean.items()}
                    some = np.sort(rng.choice(len(clean["positions"]), 12, replace=False))
                    touched = fault(data, some, rng)
                    write("bad.h5", data)
                    _, found = check("bad.h5", "--repair", "good.h5")
                    hits = [f for f in found["findings"] if f["test"] == test and re.search(words, f["what"])]
                    self.assertEqual(len(hits), 1, told(found))
                    if touched is not None:
                        missed = set(touched) - set(hits[0]["points"])
                        self.assertFalse(missed, f"missed {missed}")
                        if test != "duplicates":  # some are there from the beginning
                            self.assertEqual(set(hits[0]["points"]), set(touched))
                    others = [t for t, f in zip(told(found), found["findings"]) if f["severity"] != "note" and f not in hits]
                    self.assertEqual(others, [], "one fault is told once")
                    if exact or name == "ethylene":
                        self.is_repaired(clean, exact)
                    os.remove("good.h5")

    def test_single_points(self):
        """One mistake at single points among good ones: most are found (rates: tests/slow/doctor_rates.py), nothing else is, and what is found is repaired."""
        rates = {single_forces: 0.75, single_unit: 0.75, single_exchange: 0.4, single_shift: 0.4}
        for name, clean in sets():
            rng = np.random.default_rng(3)
            for fault, least in rates.items():
                with self.subTest(f"{name}: {fault.__name__}"):
                    data = {key: values.copy() for key, values in clean.items()}
                    some = np.sort(rng.choice(len(clean["positions"]), 12, replace=False))
                    fault(data, some, rng)
                    write("bad.h5", data)
                    found = check("bad.h5", "--repair", "good.h5")[1]["findings"]
                    hits = {p for f in found if f["test"] == "points" for p in f["points"]}
                    self.assertGreaterEqual(len(hits & set(some)), least * len(some))
                    # a bad point that is not recognised may mislead one neighbour
                    self.assertLessEqual(len(hits - set(some)), 1, hits - set(some))
                    if fault is not single_shift and name == "ethylene":
                        copy = load("good.h5")
                        left = {p for f in found if f["repaired"] and "left out" in f["repaired"] for p in f["points"]}
                        kept = np.array([p for p in range(len(clean["positions"])) if p not in left])
                        for p in hits & set(some):
                            for what in VECTORS:
                                np.testing.assert_allclose(copy[what][np.searchsorted(kept, p)], clean[what][p], rtol=1e-12, err_msg=what)

    def is_repaired(self, clean, exact):
        """The copy is as quiet as the clean set; of a conversion the numbers are there again, to rounding."""
        self.assertEqual([t for t in told(check("good.h5")[1]) if not t.startswith("note ")], [])
        if not exact:
            return
        copy, kept = load("good.h5"), unrepeated(clean)
        for name in UNITS:
            where = np.isfinite(copy[name]) & np.isfinite(clean[name][kept])
            self.assertGreater(where.mean(), 0.99)
            # a gap is a difference of energies of up to 750 hartree: 1e-13 of it are rounded, and d may be ten times h
            np.testing.assert_allclose(copy[name][where], clean[name][kept][where], rtol=1e-12, atol=1e-11, err_msg=name)


if __name__ == "__main__":
    unittest.main()
