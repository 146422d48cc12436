#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py SOURCE PROGRAM LIBRARY OUT [--linkcheck]: the site, into OUT/html.

Puts the pages of the tree together in OUT/pages as they stand there to one another, beside what the program says of itself (every key of every
input, every option of every command: reference.py) and what Doxygen reads from the headers, and calls Sphinx on it, for which warnings are errors."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

import reference

HERE = pathlib.Path(__file__).resolve().parent
PAGES = ["CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "docs/*.md", "docs/*.json", "docs/pictures/*.png", "docs/notebooks/*.ipynb",
         "examples/**/*", "models/*/card.md", "models/*/*.yaml", "models/*/*.xyz", "models/inputs/*.yaml", "include/diabolo/*.h"]
KATEX = pathlib.Path("/usr/share/javascript/katex")


def copy(source, to):
    """Only what is newer: Sphinx reads again what has changed."""
    to.parent.mkdir(parents=True, exist_ok=True)
    if not to.exists() or source.stat().st_mtime != to.stat().st_mtime or source.stat().st_size != to.stat().st_size:
        shutil.copy2(source, to)


def gather(source, pages):
    kept = set()
    for pattern in PAGES:
        for path in source.glob(pattern):
            if path.is_file() and "__pycache__" not in path.parts:
                kept.add(pages / path.relative_to(source))
                copy(path, pages / path.relative_to(source))
    return kept


def static(to):
    shutil.copytree(HERE / "static", to, dirs_exist_ok=True)
    if KATEX.is_dir():
        shutil.copytree(KATEX, to / "katex", dirs_exist_ok=True, ignore=shutil.ignore_patterns("katex.js", "*.mjs", "katex.css"))


def doxygen(source, to):
    to.mkdir(parents=True, exist_ok=True)
    settings = {"PROJECT_NAME": "Diabolo", "INPUT": source / "include/diabolo", "FILE_PATTERNS": "*.h", "GENERATE_HTML": "NO", "GENERATE_LATEX": "NO",
                "GENERATE_XML": "YES", "OUTPUT_DIRECTORY": to, "OPTIMIZE_OUTPUT_FOR_C": "YES", "EXTRACT_ALL": "YES", "QUIET": "YES", "WARN_IF_UNDOCUMENTED": "NO",
                "WARN_AS_ERROR": "NO", "INPUT_FILTER": f'"{sys.executable} {HERE / "headers.py"}"', "MACRO_EXPANSION": "YES", "EXPAND_ONLY_PREDEF": "YES",
                "PREDEFINED": '"DIA_API=" "DIA_MUST_USE=" "DIA_PRINTF(a,b)="', "MARKDOWN_SUPPORT": "NO", "AUTOLINK_SUPPORT": "NO", "SORT_MEMBER_DOCS": "NO", "TYPEDEF_HIDES_STRUCT": "YES"}
    text = "".join(f"{key} = {value}\n" for key, value in settings.items())
    done = subprocess.run(["doxygen", "-"], input=text, capture_output=True, text=True)
    if done.returncode or "warning:" in done.stderr or "error:" in done.stderr:
        sys.exit(f"doxygen: {done.stderr}")
    return to / "xml"


def package(source):
    """The folder that holds the Python package."""
    for folder in ("python", "python/src", "analysis"):
        if (source / folder / "diabolo" / "__init__.py").exists():
            return source / folder
    sys.exit(f"{source}: no Python package")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("program")
    parser.add_argument("library")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--linkcheck", action="store_true", help="asks the net for every external link instead")
    given = parser.parse_args()
    source, out = given.source.resolve(), given.out.resolve()
    pages = out / "pages"
    kept = gather(source, pages)
    kept |= reference.write(given.program, source, pages / "docs/reference")
    front = out / "front/index.html"
    front.parent.mkdir(exist_ok=True)
    front.write_text('<!DOCTYPE html><meta charset="utf-8"><title>Diabolo</title><meta http-equiv="refresh" content="0; url=docs/index.html">'
                     '<a href="docs/index.html">Diabolo</a>\n')
    gone = [old for old in pages.rglob("*") if old.is_file() and old not in kept]
    for old in gone:
        old.unlink()
    if gone:
        shutil.rmtree(out / "html", ignore_errors=True)
    static(out / "static")
    environment = {**os.environ, "DIABOLO_LIBRARY": os.path.abspath(given.library), "DIABOLO_STATIC": str(out / "static"), "DIABOLO_FRONT": str(front.parent),
                   "DIABOLO_PACKAGE": str(package(source)), "DIABOLO_DOXYGEN": str(doxygen(source, out / "doxygen")), "PYTHONDONTWRITEBYTECODE": "1",
                   "DIABOLO_VERSION": re.search(r"[\d.]+", subprocess.run([given.program, "--version"], capture_output=True, text=True).stdout)[0]}
    builder = "linkcheck" if given.linkcheck else "html"
    sys.exit(subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", builder, "-c", HERE, "-d", out / "doctrees", pages, out / builder],
                            env=environment).returncode)


if __name__ == "__main__":
    main()
