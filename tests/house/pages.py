#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""pages.py SOURCE PROGRAM LIBRARY SCRATCH PAGE: runs what a page shows, in its order, as a reader would, in a copy of the page's folder.

```console   lines that begin with $ are commands and must succeed; the others are output, and must be among what was printed, numbers aside
```yaml      whose first line is `# NAME.yaml`: a file; if it is there already (examples), it must say the same
```python    all blocks of a page in one interpreter

Comments before a block, which readers do not see:
<!-- quick: WORDS -->    WORDS are added to each command of the block: fewer trajectories, fewer epochs
<!-- prepare: COMMAND --> run before the block
<!-- skip: REASON -->    the block is not run
<!-- full: REASON -->    it is run with --show alone
<!-- folder: PATH -->    where in the tree the page's commands are run (once a page; otherwise at its top)

With --show before the others nothing is made quick, and the time and output of each command are printed: for the numbers in the page.

pages.py --keys SOURCE PROGRAM: every key of every YAML block of all pages is one that the program knows."""
import contextlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys

BLOCK = re.compile(r"((?:^<!--[^>]*-->\n+)*)^```(\w*)[^\n]*\n(.*?)^```", re.M | re.S)
SHOW = "--show" in sys.argv
LINKED = ("models", "analysis", "docs", "python", "include", "tests")


def blocks(text):
    """(line, directives, language, code) of each fenced block."""
    for found in BLOCK.finditer(text):
        directives = dict(re.findall(r"<!-- (\w+): (.*?) -->", found[1]))
        yield text[:found.start(3)].count("\n") + 1, directives, found[2], found[3]


def tree(source, scratch, folder):
    """A place that looks like the tree: the page's folder copied, the rest linked."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in LINKED:
        if (source / name).exists():
            (scratch / name).symlink_to(source / name)
    shutil.copytree(source / "examples", scratch / "examples")
    here = scratch / folder
    here.mkdir(parents=True, exist_ok=True)
    return here


def shape(line):
    return re.sub(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", "#", " ".join(line.split()))


class Reader:
    def __init__(self, page, here, environment):
        self.page, self.here, self.environment, self.names, self.done = page, here, environment, {"__name__": "__main__"}, 0

    def fail(self, line, what):
        sys.exit(f"{self.page}:{line}: {what}")

    def yaml(self, line, directives, code):
        name = re.match(r"# ([\w./-]+\.ya?ml)\n", code)
        if not name:
            return
        path, text = self.here / name[1], code[name.end():]
        if path.exists() and path.read_text() not in (code, text):
            self.fail(line, f"{name[1]} of the page is not what the file says")
        if not path.exists():
            path.write_text(code)
        self.done += 1

    def console(self, line, directives, code):
        commands = re.split(r"^\$ ", code.replace("\\\n", " "), flags=re.M)[1:]
        for command in commands:
            words, _, shown = command.partition("\n")
            words = re.sub(r"\s+#\s.*", "", words) + ("" if SHOW else " " + directives.get("quick", ""))
            began = [*os.times()]
            done = subprocess.run(words, shell=True, cwd=self.here, env=self.environment, capture_output=True, text=True)
            said = done.stdout + done.stderr
            if SHOW:
                times = [now - then for now, then in zip(os.times(), began)]
                print(f"\n$ {words}\n# {times[2] + times[3]:.1f} s of the processor, {times[4]:.1f} s by the clock\n{said}", flush=True)
            if done.returncode:
                self.fail(line, f"'{words}' ends with {done.returncode}:\n{said}")
            printed = {shape(out) for out in said.splitlines()}
            for out in shown.splitlines():
                if out.strip() and out.strip() != "..." and not any(shape(out.rstrip(" .")) in one for one in printed):
                    self.fail(line, f"'{words}' does not print a line like\n{out}\nbut\n{said}")
            self.done += 1

    def python(self, line, directives, code):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile("\n" * (line - 1) + code, str(self.page), "exec"), self.names)
        self.done += 1


def run(source, program, library, scratch, page):
    text = (source / page).read_text()
    folder = re.search(r"<!-- folder: (.*?) -->", text)
    here = tree(source, scratch, folder[1] if folder else ".")
    package = source / ("python" if (source / "python/diabolo").is_dir() else "analysis")
    os.environ.update({"PATH": f"{pathlib.Path(program).resolve().parent}:/usr/bin:{os.environ['PATH']}", "PYTHONPATH": str(package), "DIABOLO": str(pathlib.Path(program).resolve()),
                       "DIABOLO_LIBRARY": str(pathlib.Path(library).resolve()), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"})
    sys.path.insert(0, str(package))
    os.chdir(here)
    reader = Reader(page, here, dict(os.environ))
    for line, directives, language, code in blocks(text):
        if language in ("yaml", "console", "python") and "skip" not in directives and (SHOW or "full" not in directives):
            if "prepare" in directives:
                reader.console(line, {}, "$ " + directives["prepare"] + "\n")
            getattr(reader, language)(line, directives, code)
    print(f"{page}: {reader.done} commands, files and snippets")
    if not SHOW:
        shutil.rmtree(scratch, ignore_errors=True)


# Blocks whose keys are names that the user invents.
FREE = {"stop", "methods", "until", "groups", "diabatic_groups", "classes", "products", "yields", "species", "coordinates", "conditions", "parameters"}


def known_keys(program):
    """Every key of every input, model, descriptor, method, engine and optimiser."""
    def said(*words):
        return subprocess.run([program, *words], capture_output=True, text=True).stdout
    keys = {"type", "plugin", "optimiser", "engine", "method", "as", "diabatic", "adiabatic"}
    for kind in re.findall(r"^(\w+) ", said("init"), re.M):
        keys |= set(re.findall(r"^ *(?:# *)?(?:- )?([a-z_]\w*):", said("init", kind), re.M))
    for name in re.findall(r"^  (\w+)  ", said("info"), re.M):
        keys |= set(re.findall(r"^  (\w+) ", said("info", name), re.M)) | set(re.findall(r"^ *(\w+):", said("info", name), re.M))
    return keys


def keys_of(node):
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            if key not in FREE:
                yield from keys_of(value)
    elif isinstance(node, list):
        for one in node:
            yield from keys_of(one)


def check_keys(source, program):
    try:
        import yaml
    except ImportError:
        print("python3-yaml is not here")
        sys.exit(77)
    known, faults, seen = known_keys(program), 0, 0
    for page in sorted([*source.glob("*.md"), *source.glob("docs/*.md"), *source.glob("examples/**/*.md")]):
        for line, directives, language, code in blocks(page.read_text()):
            if language != "yaml":
                continue
            seen += 1
            try:
                node = yaml.safe_load(code)
            except yaml.YAMLError as error:
                print(f"{page.relative_to(source)}:{line}: {error}")
                faults += 1
                continue
            for key in keys_of(node):
                if str(key) not in known:
                    print(f"{page.relative_to(source)}:{line}: no input has a key '{key}'")
                    faults += 1
    print(f"{seen} blocks, {faults} faults")
    sys.exit(faults > 0)


if __name__ == "__main__":
    if sys.argv[1] == "--keys":
        check_keys(pathlib.Path(sys.argv[2]).resolve(), sys.argv[3])
    else:
        source, program, library, scratch, page = [word for word in sys.argv[1:] if word != "--show"]
        run(pathlib.Path(source).resolve(), program, library, pathlib.Path(scratch).resolve(), pathlib.Path(page))
