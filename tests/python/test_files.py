# SPDX-License-Identifier: GPL-3.0-or-later
"""A model is all files it consists of, and data are never executed: resolved inputs fly again, a changed file is named, and nothing that a data
file names is loaded."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import unittest
import unittest.mock

import support

support.need("numpy", "h5py")
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import diabolo  # noqa: E402

HAT = pathlib.Path(os.environ.get("LAYOUT", support.SOURCE / "build/tests/python_layout")).parent / "house" / "mexican_hat.so"
DYNAMICS = {"timestep": "0.5 fs", "duration": "5 fs"}
WIGNER = {"sampling": "wigner", "state": 1, "trajectories": 4, "seed": 2}
FIXED = {"sampling": "fixed", "position": [0.5, 0.0], "state": 1, "trajectories": 4, "position_width": [0.1], "seed": 1}
# Hydrogen fluoride with two states, in SHARC's files.
V0 = ("Geometry\n H 1. 0.10 0.20 -0.70 1.00782503\n F 9. 0.10 0.20 0.95 18.99840316\nFrequencies\n 0.0 0.0 0.0 0.0 0.0 0.0188\n"
      "Mass-weighted normal modes\n1 0 0 0 0 0\n0 1 0 0 0 0\n0 0 1 0 0 0.974421\n0 0 0 1 0 0\n0 0 0 0 1 0\n0 0 0 0 0 -0.224729\n")
TEMPLATE = "V0.txt\n2 0 0\nepsilon\n2\n 1 1 0.1\n 1 2 0.3\nkappa\n1\n1 2 6 -1.5e-3\nlambda\n1\n1 2 1 6 0.02\n"


class Files(support.Folder):
    def setUp(self):
        self.here = os.getcwd()
        self.place = self.folder / self.id().rsplit(".", 1)[-1]
        self.place.mkdir()
        os.chdir(self.place)

    def tearDown(self):
        os.chdir(self.here)

    def sharc(self):
        """The folder sharc/, and model.yaml that names the template in it."""
        os.mkdir("sharc")
        pathlib.Path("sharc/V0.txt").write_text(V0)
        pathlib.Path("sharc/LVC.template").write_text(TEMPLATE)
        pathlib.Path("model.yaml").write_text("type: vibronic\ntemplate: sharc/LVC.template\nmultiplicity: 1\n")

    # ---- the resolved input ------------------------------------------------------------------------------------------------
    def flies_again(self, model, initial):
        """The resolved input kept in a swarm file gives the same swarm, bit for bit, from elsewhere; and its model is found again."""
        with diabolo.run({"model": model, "initial": initial, "dynamics": DYNAMICS, "output": {"file": "first.h5"}}) as first:
            resolved, position = first.attributes["resolved"], first["trajectories/position"]
            with unittest.mock.patch.dict(os.environ, {"DIABOLO_PLUGINS": os.path.abspath("mexican_hat.so")}):  # leave to load this one
                self.assertEqual(diabolo.Model.of_result("first.h5").digest, first.attributes["model_digest"])
        os.mkdir("elsewhere")
        os.chdir("elsewhere")
        with diabolo.run(resolved, output="second.h5") as second:
            self.assertEqual(second["trajectories/position"].tobytes(), position.tobytes())
            self.assertEqual(second.attributes["resolved"].replace("second.h5", "first.h5"), resolved.replace("second.h5", "first.h5"))
            self.assertEqual(len(second), initial.get("trajectories", 4))

    def test_resolved_block(self):
        self.flies_again({"type": "jahn_teller", "k": 0.01}, FIXED)

    def test_resolved_plug_in(self):
        shutil.copy(HAT, "mexican_hat.so")
        self.flies_again({"plugin": "mexican_hat.so", "k": 0.03}, FIXED)

    def test_resolved_file(self):
        shutil.copy(support.ETHYLENE, "net.h5")
        self.flies_again("net.h5", WIGNER)

    def test_resolved_sharc(self):
        self.sharc()
        self.flies_again({"type": "vibronic", "template": "sharc/LVC.template", "multiplicity": 1}, WIGNER)

    def test_resolved_model_file(self):
        self.sharc()
        self.flies_again("model.yaml", WIGNER)

    @unittest.skipUnless(os.path.exists(os.environ.get("DIABOLO_DATA", "none") + "/so2_lvc"), "DIABOLO_DATA names no folder with so2_lvc")
    def test_resolved_so2(self):
        os.symlink(os.environ["DIABOLO_DATA"] + "/so2_lvc", "so2")
        self.flies_again({"type": "vibronic", "template": "so2/LVC.template", "multiplicity": 1}, {**WIGNER, "state": 2})

    # ---- a file that changes -----------------------------------------------------------------------------------------------
    def changed(self, model, initial, name, change):
        """Neither a swarm that was stopped nor one that is whole goes on after that file has changed; the message names it."""
        flight = {"model": model, "initial": {**initial, "trajectories": 300}, "dynamics": {"timestep": "0.1 fs", "duration": "1000 fs"},
                  "output": {"every": "100 fs"}}
        short = {**flight, "dynamics": DYNAMICS, "output": {"file": "whole.h5"}}

        def stop(*_):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            diabolo.run(flight, output="stopped.h5", progress=stop, checkpoint=0.01, threads=1)
        self.assertTrue(os.path.exists("stopped.h5.journal"))
        diabolo.run(short).close()
        diabolo.run(short).close()  # complete already
        change()
        for source, output in ((flight, "stopped.h5"), (short, "whole.h5")):
            with self.assertRaisesRegex(diabolo.InputError, f"{name}.*now"):
                diabolo.run(source, output=output).close()
        self.assertTrue(os.path.exists("stopped.h5.journal"))  # the other swarm is still there to be gone on with

    def append(self, path, text):
        with open(path, "ab") as file:
            file.write(text)

    def test_plug_in_of_a_model_file_changes(self):
        shutil.copy(HAT, "mexican_hat.so")
        pathlib.Path("model.yaml").write_text("plugin: mexican_hat.so\nk: 0.03\n")

        def change():  # a new file: the old one is still loaded
            os.rename("mexican_hat.so", "old.so")
            shutil.copy("old.so", "mexican_hat.so")
            self.append("mexican_hat.so", b"another")

        self.changed("model.yaml", FIXED, "mexican_hat.so", change)

    def test_template_changes(self):
        self.sharc()
        self.changed("model.yaml", WIGNER, "LVC.template", lambda: pathlib.Path("sharc/LVC.template").write_text(TEMPLATE.replace("0.02", "0.021")))

    def test_reference_changes(self):
        self.sharc()
        self.changed({"type": "vibronic", "template": "sharc/LVC.template", "multiplicity": 1}, WIGNER, "V0.txt",
                     lambda: pathlib.Path("sharc/V0.txt").write_text(V0.replace("-0.70", "-0.71")))

    # ---- plug-ins ----------------------------------------------------------------------------------------------------------
    def test_plug_in_first(self):
        """A plug-in named in YAML text is the first thing that a process opens; the options beside it reach it."""
        text = ("import diabolo, sys\nm = [diabolo.Model(f'plugin: {sys.argv[1]}\\nk: {k}\\n') for k in (0.02, 0.05)]\n"
                "print([round(x.hamiltonian([[1.0], [0.0]])[0, 0] - x.hamiltonian([[-1.0], [0.0]])[0, 0], 12) for x in m])")
        said = subprocess.run([sys.executable, "-c", text, str(HAT)], capture_output=True, text=True)
        self.assertEqual((said.stdout, said.stderr), ("[0.04, 0.1]\n", ""))

    def test_nothing_is_executed(self):
        """Files that name a plug-in which would leave a mark: no reader loads it."""
        if not shutil.which("cc"):
            self.skipTest("no compiler")
        pathlib.Path("evil.c").write_text('#include <stdio.h>\n__attribute__((constructor)) static void mark(void) '
                                          '{ FILE *f = fopen("executed", "w"); if (f != NULL) fclose(f); }\n')
        subprocess.run(["cc", "-shared", "-fPIC", "-o", "evil.so", "evil.c"], check=True)
        evil = os.path.abspath("evil.so")
        pathlib.Path("evil.yaml").write_text(f"plugin: {evil}\n")
        pathlib.Path("start.xyz").write_text("6\n\n" + "".join(f"{s} {x} {y} 0\n" for s, x, y in (
            ("C", 0, 0), ("C", 1.34, 0), ("H", -0.55, 0.93), ("H", -0.55, -0.93), ("H", 1.89, 0.93), ("H", 1.89, -0.93))))
        swarm = support.fly(self.place, 2, "2 fs")
        diabolo.intersect({"model": support.ETHYLENE, "start": {"file": "start.xyz"}, "search": [{"states": [0]}]}, output="points.h5")
        crafted = []
        for result in (swarm, "points.h5"):
            for i, attributes in enumerate(({"model_path": evil}, {"model_path": os.path.abspath("evil.yaml")},
                                            {"model_path": "-", "resolved": f"model:\n    plugin: {evil}\n"},
                                            {"model_type": evil, "model_path": "-", "model": f"plugin: {evil}\n", "resolved": f"model: {evil}\n"})):
                crafted.append(f"{pathlib.Path(result).stem}{i}.h5")
                shutil.copy(result, crafted[-1])
                with h5py.File(crafted[-1], "r+") as f:
                    for name, value in attributes.items():
                        f.attrs[name] = value
        shutil.copy(support.ETHYLENE, "model.h5")
        with h5py.File("model.h5", "r+") as f:
            f.attrs["reference_model"] = f"plugin: {evil}\n"
        for path in crafted:
            with self.assertRaisesRegex(diabolo.Error, "is not loaded|is not kept"):
                diabolo.Model.of_result(path)
            if path.startswith("swarm"):
                with diabolo.Swarm(path) as s:
                    self.assertEqual((len(s), len(s.hops) >= 0, s["trajectories/position"].shape[0]), (2, True, 2))
                diabolo.analyse(path)
                with contextlib.suppress(diabolo.Error):
                    diabolo.mechanism({"swarm": path, "clusters": {}}, output="mechanism.h5")
        with self.assertRaisesRegex(diabolo.Error, "is not loaded"):
            diabolo.Model("model.h5")
        self.assertFalse(os.path.exists("executed"))
        with self.assertRaises(diabolo.Error):  # no model in it
            diabolo.Model(evil)
        self.assertTrue(os.path.exists("executed"), "the test proves nothing: the plug-in leaves no mark where the user names it")


if __name__ == "__main__":
    unittest.main()
