# SPDX-License-Identifier: GPL-3.0-or-later
"""What the site does with the pages beyond Sphinx and MyST: anchors, links out of the site, formulas by KaTeX, docstrings as plain text."""
import os
import pathlib
import re

from docutils import nodes


def heading_slug(title):
    """Anchors as code hosts make them, which is what the links of the pages are written for (tests/house/docs.py)."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower().replace("`", "")).replace(" ", "-")


def plain_links(app, docname, source):
    """Links to what the site does not hold (sources, folders) become words; those to folders with a page go to that page."""
    here = pathlib.Path(docname).parent

    def linked(found):
        text, target = found.groups()
        path = target.partition("#")[0]
        if not path or re.match(r"[a-z]+:", target):
            return found.group(0)
        at = pathlib.Path(os.path.normpath(pathlib.Path(app.srcdir) / here / path))
        if at.is_dir():
            page = next((at / name for name in ("README.md", "card.md") if (at / name).exists()), None)
            return f"[{text}]({os.path.relpath(page, pathlib.Path(app.srcdir) / here)})" if page else text
        return found.group(0) if at.exists() else text

    source[0] = re.sub(r"(?<!!)\[((?:[^][]|\[[^][]*\])*)\]\(([^)\s]+)\)", linked, source[0])


def escaped(line):
    """A line of plain text as reStructuredText; what is between backticks on one line is code."""
    parts = line.split("`")
    if len(parts) % 2 == 0:
        parts = [line]
    return "".join(f"``{part}``" if k % 2 else re.sub(r"([\\*`|_<>])", r"\\\1", part) for k, part in enumerate(parts))


def readable(app, what, name, obj, options, lines):
    """Docstrings are plain text (shapes such as (B, n), bras and kets): nothing in them is markup, and what is indented is laid out by hand."""
    text, code = [], False
    for line in lines:
        indented = line.startswith("  ")
        if indented and not code:
            text += ["", "::", ""]
        elif code and line and not indented:
            text += [""]
        code = indented or (code and not line)
        text.append(line if code else escaped(line))
    lines[:] = text


def visit_math(self, node):
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate") + r"\(" + self.encode(node.astext()) + r"\)</span>")
    raise nodes.SkipNode


def visit_math_block(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math notranslate") + r"\[" + self.encode(node.astext()) + r"\]</div>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.connect("source-read", plain_links)
    app.connect("autodoc-process-docstring", readable)
