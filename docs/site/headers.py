#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doxygen's input filter: the comments of the public headers are plain text beside the code; this marks them as documentation, and keeps Doxygen
and HTML from finding commands in them. A comment above a declaration is its description, one behind it in the same line too."""
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()


def plain(words):
    return re.sub(r"([\\@&$#<>%\"])", r"\\\1", words)


def comment(found):
    before, body = found.group(1), found.group(2)
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in body.split("\n")]
    behind = bool(before.strip())
    mark = "/**< " if behind else "/** "
    if len(lines) == 1 or behind:
        said = "\n".join(plain(line.strip()) for line in lines)
    elif any(line.startswith("  ") for line in lines[1:]):  # laid out by hand
        said = "\\verbatim\n" + "\n".join(lines).replace("*/", "") + "\n\\endverbatim\n"
    else:
        said = "\n".join(plain(line) for line in lines) + "\n"
    return f"{before}{mark}{said}*/"


text = re.sub(r"/\* SPDX[^\n]*\n", "\n", text, count=1)
text = re.sub(r"^([^\n/]*)/\*[ \n](.*?)\*/", comment, text, flags=re.M | re.S)
first = re.search(r"/\*\* ", text)
if first:
    text = text[:first.end()] + "\\file\n" + text[first.end():]
sys.stdout.write(text)
