#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.py COMMAND ... OUT: builds the site with the command, whose last word is where it goes, and looks at it: no warning; every page within two clicks of the
first; every link inside the site leads somewhere, to its anchor too; the search knows the words of the field."""
import html.parser
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

from sphinx.search.en import SearchEnglish

WORDS = ["decoherence", "conical", "SHARC", "ammonia", "diabatic", "dissociation"]
MADE = {"search.html", "genindex.html", "py-modindex.html"}


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.anchors.add(named.get("id"))
        if tag == "a" and named.get("href"):
            self.links.append(named["href"])
        if tag == "img" and named.get("src"):
            self.links.append(named["src"])


def target(root, page, link):
    """The file and anchor that a link leads to; None: out of the site."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = urllib.parse.unquote(parts.path)
    return (pathlib.Path(os.path.normpath(page.parent / path)) if path else page), parts.fragment


def clicks(pages, root, first):
    """How many clicks each page is from the first."""
    found, ring = {first: 0}, [first]
    while ring:
        following = []
        for page in ring:
            for link in pages[page].links:
                led = target(root, page, link)
                if led and led[0] in pages and led[0] not in found:
                    found[led[0]] = found[page] + 1
                    following.append(led[0])
        ring = following
    return found


def faults(root):
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in root.rglob("*.html") if "_static" not in path.parts}
    near = clicks(pages, root, root / "docs/index.html")
    for path, page in pages.items():
        name = path.relative_to(root)
        if str(name) not in MADE | {"index.html"} and near.get(path, 99) > 2:
            yield f"{name}: {near.get(path, 'no number of')} clicks from the first page"
        for link in page.links:
            led = target(root, path, link)
            if led is None:
                continue
            if not led[0].exists():
                yield f"{name}: link to {link}: no such file"
            elif led[1] and led[0] in pages and led[1] not in pages[led[0]].anchors and str(led[0].name) not in MADE:
                yield f"{name}: link to {link}: no such anchor"
    index = (root / "searchindex.js").read_text(encoding="utf-8")
    terms = re.search(r'"?terms"?: *(.*)', index, re.S)[1]
    for word in WORDS:
        stem = SearchEnglish({}).stem(word.lower())
        if not re.search(rf'[{{, ]"?{re.escape(stem)}"?:', terms):
            yield f"the search does not know '{word}'"


def main():
    built = subprocess.run(sys.argv[1:], capture_output=True, text=True)
    print(built.stdout, built.stderr, sep="")
    if built.returncode:
        sys.exit("the site has warnings")
    root = pathlib.Path(sys.argv[-1]) / "html"
    found = list(dict.fromkeys(faults(root)))
    print(*found, sep="\n")
    print(f"{len(list(root.rglob('*.html')))} pages, {len(found)} faults")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
