#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""notebook.py SOURCE: every notebook of docs/notebooks is small, holds no output, and its cells run in their order: in a kernel where nbclient and ipykernel
are installed, else as a script."""
import json
import os
import pathlib
import sys
import tempfile

LARGEST = 40_000  # bytes: no pictures in the tree


def run_in_kernel(path):
    import nbformat
    from nbclient import NotebookClient
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    return "in a kernel"


def run_as_script(path, cells):
    os.chdir(path.parent)
    names = {"__name__": "__main__"}
    for k, cell in enumerate(cells):
        exec(compile("".join(cell["source"]), f"{path.name}, cell {k}", "exec"), names)
    return "as a script"


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    os.environ.setdefault("MPLBACKEND", "Agg")
    # Jupyter notes what it runs in folders of its own: not in the home of who runs the test.
    scratch = tempfile.TemporaryDirectory()
    os.environ.update({"JUPYTER_RUNTIME_DIR": scratch.name, "IPYTHONDIR": scratch.name, "JUPYTER_DATA_DIR": scratch.name})
    books = sorted((source / "docs/notebooks").glob("*.ipynb"))
    assert books, "no notebook"
    for path in books:
        cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
        assert path.stat().st_size < LARGEST, f"{path.name} is larger than {LARGEST} bytes: clear its outputs"
        assert not any(cell["outputs"] or cell["execution_count"] for cell in cells), f"{path.name} holds outputs: clear them"
        try:
            import ipykernel  # noqa: F401
            import nbclient  # noqa: F401
        except ImportError:
            how = run_as_script(path, cells)
        else:
            how = run_in_kernel(path)
        print(f"{path.name}: {len(cells)} cells, {how}")


if __name__ == "__main__":
    main()
