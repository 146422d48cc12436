# SPDX-License-Identifier: GPL-3.0-or-later
"""`diabolo check MODEL`: the page as text, JSON and HTML, exit status, the verdict that `run` names and a swarm keeps."""
import hashlib
import html.parser
import json
import os
import subprocess
import unittest

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402

INPUT = """model: {model}
initial: {{sampling: wigner, temperature: 0 K, state: 1, trajectories: 2, seed: 1}}
dynamics: {{method: landau_zener, timestep: 0.25 fs, duration: 1 fs}}
output: {{file: {output}}}
"""


class Tags(html.parser.HTMLParser):
    """Every tag that is opened is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.rows = [], 0

    def handle_starttag(self, tag, attributes):
        self.rows += tag == "tr"
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


def command(*words):
    return subprocess.run([support.PROGRAM, *words], capture_output=True, text=True)


class CheckModel(support.Folder):
    def setUp(self):
        os.chdir(self.folder)

    def test_pages(self):
        with open("model.yaml", "w") as f:
            f.write("type: pyrazine3\n")
        done = command("check", "model.yaml", "-q", "--json", "found.json", "--html", "found.html")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"model.yaml: pass; 6 tests passed, \d not applicable")
        with open("found.json") as f:
            found = json.load(f)
        self.assertEqual(found["verdict"], "pass")
        verdicts = {test["name"]: test["verdict"] for test in found["tests"]}
        self.assertEqual(verdicts["geometric phase"], "pass")
        self.assertEqual(verdicts["symmetry"], "not applicable")
        for test in found["tests"]:
            for figure in test["figures"]:
                self.assertTrue(figure["good"], figure)
                self.assertIn(figure["name"], done.stdout)
        tags = Tags()
        with open("found.html") as f:
            tags.feed(f.read())
        self.assertEqual(tags.open, [])
        self.assertEqual(tags.rows, sum(len(test["figures"]) for test in found["tests"]))
        # What is not ours is not written over.
        self.assertEqual(command("check", "model.yaml", "-q", "--json", "model.yaml").returncode, 2)

    def run_on(self, model, output):
        with open("run.yaml", "w") as f:
            f.write(INPUT.format(model=model, output=output))
        done = command("run", "run.yaml")
        self.assertEqual(done.returncode, 0, done.stderr)
        with h5py.File(output) as swarm:
            return done.stderr, swarm.attrs.get("model_note")

    def test_verdict(self):
        # pyrazine's 24-mode model has quadratic terms that go down without end: hot trajectories find it.
        for name, verdict in (("pyrazine3", "pass"), ("pyrazine24", "fail")):
            with open(f"{name}.yaml", "w") as f:
                f.write(f"type: {name}\n")
            said, kept = self.run_on(f"{name}.yaml", f"{name}.before.h5")
            self.assertNotIn("check", said)
            self.assertIsNone(kept)
            self.assertEqual(command("check", f"{name}.yaml", "-q", "--record").returncode, 0 if verdict == "pass" else 1)
            said, kept = self.run_on(f"{name}.yaml", f"{name}.h5")
            self.assertIn(f"check of the model (`diabolo check`): {verdict}", said)
            self.assertTrue(kept.startswith(f"check of the model (`diabolo check`): {verdict}"), kept)
            if verdict == "fail":
                self.assertIn("holes", kept)
                self.assertIn("NOTE: check of the model", command("analyse", f"{name}.h5").stdout)
        # The verdict is of that model alone.
        with open("pyrazine3.yaml", "w") as f:
            f.write("type: pyrazine4\n")
        said, kept = self.run_on("pyrazine3.yaml", "other.h5")
        self.assertIsNone(kept)

    def test_shipped(self):
        """The verdict beside each network of models/ is of that very file (else: analysis/model_verdicts.py), made with labels, and `run` names it."""
        networks = [path for path in support.SOURCE.glob("models/*/*.h5") if path.stem == path.parent.name]
        self.assertEqual(len(networks), 6)
        for path in networks:
            with self.subTest(path.stem):
                found = json.loads(path.with_name(path.name + ".check.json").read_text())
                self.assertEqual(found["model_digest"], hashlib.sha256(path.read_bytes()).hexdigest())
                self.assertIn(next(test["verdict"] for test in found["tests"] if test["name"] == "errors"), ("pass", "fail"))
        said, kept = self.run_on(support.ETHYLENE, "shipped.h5")
        self.assertIn("check of the model (`diabolo check`): pass; 10 tests passed", said)
        self.assertTrue(kept.startswith("check of the model (`diabolo check`): pass"), kept)

    def test_labels_against_the_model(self):
        # Two copies of a good network are a committee that nobody calibrated; the labels have S1 and S2 0.5 eV higher and couplings of
        # three times the size: three tests must fail for that, and all that do not look at labels or members pass.
        network = str(support.SOURCE / "models/ethylene/ethylene.h5")
        self.assertEqual(command("committee", network, network, "-o", "twins.h5").returncode, 0)
        with h5py.File(support.SOURCE / "models/ethylene/held_out.h5") as old, h5py.File("wrong.h5", "w") as new:
            rows = slice(0, 433, 2)
            for name, value in old.items():
                new[name] = value[()] if name == "numbers" else value[rows]
                new[name].attrs.update(value.attrs)
            new.attrs.update(old.attrs)
            new["energies"][:, 1:] += 0.5 / 27.211386  # h5py reads, adds and writes
            new["couplings"][...] = 3 * new["couplings"][()]
        done = command("check", "twins.h5", "--data", "wrong.h5", "-q", "--json", "found.json")
        self.assertEqual(done.returncode, 1, done.stderr)
        with open("found.json") as f:
            failed = {test["name"] for test in json.load(f)["tests"] if test["verdict"] == "fail"}
        self.assertEqual(failed, {"errors", "topology", "calibration"}, done.stdout)

    def test_data_set_keeps_its_own_options(self):
        done = command("check", str(support.SOURCE / "models/ethylene/held_out.h5"), "-q", "--record")
        self.assertEqual(done.returncode, 2)
        self.assertIn("for models", done.stderr)


if __name__ == "__main__":
    unittest.main()
