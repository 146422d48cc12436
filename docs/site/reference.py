# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of every key, option and method, from what the program prints of its own tables (`diabolo init`, `diabolo info`, `--help`)."""
import os
import re
import subprocess


class Program:
    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments):
        return subprocess.run([self.path, *arguments], capture_output=True, text=True, env={**os.environ, "COLUMNS": "100", "LC_ALL": "C.UTF-8"}).stdout

    def commands(self):
        """Name and summary of each."""
        block = re.search(r"^Commands:\n(.*?)\n\n", self("--help"), re.M | re.S)[1]
        return [(name, " ".join(words.split())) for name, words in re.findall(r"^  (\w+) +(.*(?:\n(?!  \w).*)*)", block, re.M)]

    def kinds(self):
        """Name and summary of each kind of input that a command reads."""
        return [(name, words) for name, words in re.findall(r"^(\w+) +(Input of .*)", self("init"), re.M)]

    def types(self):
        """(Kind, [names]) of all that `diabolo info` lists."""
        for part in self("info").split("\n\n"):
            title, *lines = part.strip("\n").split("\n")
            names = [line.split()[0] for line in lines if re.match(r"  \S", line)]
            if names:
                yield title, names


def cell(text):
    """Words for the cell of a table: nothing in them is markup but code between backticks."""
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:
        parts = ["'".join(parts)]
    return "`".join(part.replace("|", "\\|") if k % 2 else re.sub(r"([\\|*_<>$\[\]])", r"\\\1", part) for k, part in enumerate(parts))


def code(text):
    return f"`{text}`" if text else ""


def keys_of_template(text):
    """(path, default, help, whether it is commented out) of each key of what `diabolo init` prints."""
    path, said = [], ""
    for line in text.splitlines():
        key = re.fullmatch(r"( *)(# )?( *)(- )?([A-Za-z_]\w*):(?: (.*))?", line)
        if key and key[2] and key[6] not in (None, "..."):
            key = None  # a sentence with a colon
        if key:
            depth = len(key[1]) + len(key[3]) + (2 if key[4] else 0)
            path = [(d, name) for d, name in path if d < depth] + [(depth, key[5])]
            yield [name for _, name in path], key[6], said, bool(key[2])
            said = ""
        elif line.strip().startswith("#"):
            said = line.strip().lstrip("# ").strip()


def input_page(program, name, summary):
    text = program("init", name)
    blocks = {}
    for path, value, said, optional in keys_of_template(text):
        blocks.setdefault(".".join(path[:-1]), []).append((path[-1], value, said, optional))
    lines = [f"# {summary.replace('`', '')}", "", f"Printed by `diabolo init {name}`, whose output is an input to start from. Keys without a default that are not required may be left out.", ""]
    for block, keys in blocks.items():
        lines += [f"## {block}" if block else "## The input", "", "| key | default | what it is |", "|---|---|---|"]
        for key, value, said, optional in keys:
            inner = f"{block}.{key}" if block else key
            default = "required" if said.endswith("required") else "" if value in (None, "...") else code(value)
            name_of = f"[`{key}`](#{inner.replace('.', '').lower()})" if inner in blocks else f"`{key}`"
            lines.append(f"| {name_of} | {default} | {cell(re.sub('; required$', '', said))} |")
        lines.append("")
    return "\n".join(lines)


def commands_page(program):
    lines = ["# Commands", "", "What each says with `--help`.", ""]
    for name, summary in program.commands():
        lines += [f"## diabolo {name}", "", f"{summary}.", "", "```text", program(name, "--help").strip(), "```", ""]
    return "\n".join(lines)


def types_page(program):
    lines = ["# Models, methods, descriptors, optimisers", "", "What `diabolo info NAME` says of each: a line, its source, its keys.", ""]
    for title, names in program.types():
        lines += [f"## {title}", ""]
        for name in names:
            for said in re.split(r"\n\n(?=\w+: )", program("info", name).strip()):
                if said.startswith(f"{name}: ") and said.split("\n")[0].split(": ")[1].rstrip("s")[:6].lower() == title[:6].lower():
                    lines += type_section(name, said)
        if title == "Optimisers":
            stage = program("info", names[0]).partition("\nKeys of every stage\n")[2]
            lines += ["### Keys of every stage", "", *key_table(stage)]
    return "\n".join(lines)


def type_section(name, text):
    head, _, keys = text.partition("\nKeys\n")
    words = [re.sub(r"\s+", " ", line.strip()) for line in re.split(r"\n  (?=\S)", head)[1:]]
    lines = [f"### {name}", "", *[cell(word.split("\n\n")[0].split(" Model type:")[0]) + "  " for word in words if word], ""]
    return lines + key_table(keys.partition("\nKeys of every stage\n")[0])


def key_table(text):
    rows = re.findall(r"^  (\S+) +(.*)\n((?: {10,}.*\n?)+)", text + "\n", re.M)
    if not rows:
        return []
    return ["| key | values | what it is |", "|---|---|---|", *[f"| `{key}` | {cell(values)} | {cell(' '.join(said.split()))} |" for key, values, said in rows], ""]


def header_page(header):
    return f"# diabolo/{header.name}\n\n```{{eval-rst}}\n.. doxygenfile:: {header.name}\n   :project: diabolo\n```\n"


PYTHON = """# The Python package

[From Python](../python.md) shows how it is used.

```{eval-rst}
.. automodule:: diabolo
   :members:
   :imported-members:
   :inherited-members: tuple, Exception, BaseException
   :exclude-members: __new__, __init__
```
"""


HEADERS = """# C headers

`#include <diabolo/diabolo.h>` includes all but `extend.h`, which is for those who add a model, descriptor or method. [From C](../library.md) flies a swarm in 40 lines.

```{toctree}
"""


def write(program_path, source, folder):
    """All pages into the folder; returns their paths."""
    program = Program(program_path)
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"commands.md": commands_page(program), "types.md": types_page(program), "python.md": PYTHON}
    for name, summary in program.kinds():
        pages[f"input-{name}.md"] = input_page(program, name, summary)
    headers = sorted((source / "include/diabolo").glob("*.h"))
    pages |= {f"c-{header.stem}.md": header_page(header) for header in headers}
    pages["headers.md"] = HEADERS + "".join(f"c-{header.stem}\n" for header in headers) + "```\n"
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    return {folder / name for name in pages}
