# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/python.md run, one after the other, as a reader would run them."""
import contextlib
import io
import os
import re
import unittest

import support

support.need("numpy", "h5py", "ase")


class Examples(support.Folder):
    def test_python_page(self):
        support.fly(self.folder, 8, "10 fs")
        (self.folder / "models").symlink_to(support.SOURCE / "models")
        text = (support.SOURCE / "docs/python.md").read_text()
        blocks = [(text[:m.start()].count("\n") + 2, m[1]) for m in re.finditer(r"^```python\n(.*?)^```$", text, re.M | re.S)]
        self.assertGreaterEqual(len(blocks), 6)
        here, names, said = os.getcwd(), {}, io.StringIO()
        os.chdir(self.folder)
        try:
            for line, block in blocks:
                with contextlib.redirect_stdout(said):
                    exec(compile("\n" * (line - 1) + block, "docs/python.md", "exec"), names)
        finally:
            os.chdir(here)
        # What the page says is printed.
        self.assertIn("['C', 'C', 'H', 'H', 'H', 'H'] 3 network", said.getvalue())
        self.assertTrue(names["found"].converged, names["found"].why)
        self.assertLess(names["found"].gap, 1e-8)
        print(said.getvalue())


if __name__ == "__main__":
    unittest.main()
