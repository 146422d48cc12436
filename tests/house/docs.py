#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs.py SOURCE PROGRAM: what the pages name is there. Links and their anchors, files of this tree, commands of the program, scripts, and the options
of both, in code blocks and in code within the text. Cards of models name the tests that the verdict beside the model calls failed, and no others."""
import functools
import json
import pathlib
import re
import subprocess
import sys

SOURCE, PROGRAM = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
PAGES = sorted([*SOURCE.glob("*.md"), *SOURCE.glob("docs/*.md"), *SOURCE.glob("examples/**/*.md"), *SOURCE.glob("models/**/*.md")])
OF_SHELL = {"--prefix", "--cflags", "--libs"}  # of other programs on the same line


@functools.lru_cache(maxsize=None)
def help_of(*words):
    """What --help prints; None: there is no such command."""
    asked = subprocess.run([*words, "--help"], capture_output=True, text=True)
    return asked.stdout if asked.returncode == 0 else None


@functools.lru_cache(maxsize=None)
def anchors(page):
    """As GitHub makes them from headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower().replace("`", "")).replace(" ", "-") for h in re.findall(r"^#+ (.*)", text, re.M)}


def links(page, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        found = (page.parent / path).resolve() if path else page
        if not found.exists():
            yield f"link to {target}: no such file"
        elif anchor and found.suffix == ".md" and anchor not in anchors(found):
            yield f"link to {target}: no such heading"


def code(text):
    """Lines of code blocks, joined where they end in a backslash, and code within the text."""
    for language, block in re.findall(r"^```([^\n]*)\n(.*?)^```", text, re.M | re.S):
        yield from block.replace("\\\n", " ").splitlines() if language in ("", "sh", "bash") else []
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def options(command, helped, words):
    for option in re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-[a-zA-Z])(?![\w-])", words):
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", helped):
            yield f"{command} has no option {option}"


def commands(page, line):
    line = re.sub(r"\s#.*", "", line)
    line = re.sub(r'"[^"]*"|\'[^\']*\'', "X", line)
    for call in re.split(r"[|;&]+|\$\(", line):
        words = call.split()
        words = words[next((i for i, w in enumerate(words) if "=" not in w), 0):]  # VARIABLE=VALUE before it
        if len(words) > 1 and pathlib.Path(words[0]).name == "diabolo" and re.fullmatch(r"[a-z]+", words[1]):
            helped = help_of(PROGRAM, words[1])
            yield from options(f"diabolo {words[1]}", helped, call) if helped else [f"there is no 'diabolo {words[1]}'"]
        elif words and re.search(r"(^|/)analysis/\w+\.py$", words[0]):
            script = SOURCE / "analysis" / pathlib.Path(words[0]).name
            if not script.exists():
                yield f"there is no {words[0]}"
            elif len(words) > 1:
                yield from options(script.name, script.read_text() + (SOURCE / "analysis" / "picture.py").read_text(), call)


def files(line):
    for path in re.findall(r"(?<![\w/.])(?:src|docs|examples|analysis|models|tests|include|cmake)/[\w./-]*\w", line):
        if not (SOURCE / path).exists() and not list(SOURCE.glob(path + "*")) and "NAME" not in path and "GROUP" not in path:
            yield f"there is no {path}"


def verdict(page, text):
    for path in page.parent.glob("*.h5.check.json") if page.name == "card.md" else ():
        told = json.loads(path.read_text())
        row = next((line for line in text.splitlines() if line.startswith("| For dynamics? |")), "")
        said = re.search(r"`diabolo check` (passes|fails on [^.:]*)", row)
        if not said or (said[1] == "passes") != (told["verdict"] == "pass"):
            yield f"the row 'For dynamics?' does not say that `diabolo check` {'passes' if told['verdict'] == 'pass' else 'fails on ...'}"
            continue
        for test in told["tests"]:
            if test["verdict"] == "fail" and not re.search(rf"\b{test['name']}\b", row):
                yield f"the failed test '{test['name']}' of {path.name} is not named"
            if test["verdict"] != "fail" and re.search(rf"\b{test['name']}\b", said[1]):
                yield f"'{test['name']}' is named as failed; {path.name} says: {test['verdict']}"


faults = 0
for page in PAGES:
    text = page.read_text()
    found = [*links(page, text), *verdict(page, text)]
    for line in code(text):
        found += [*commands(page, line), *files(line)]
    for fault in dict.fromkeys(found):
        print(f"{page.relative_to(SOURCE)}: {fault}")
        faults += 1
print(f"{len(PAGES)} pages, {faults} faults")
sys.exit(faults > 0)
