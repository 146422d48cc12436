# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines each test reaches: every test is run once in a build with --coverage, its counters in a folder of its own."""
import gzip
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time

LEFT_OUT = {"house", "docs", "packages", "report", "slow"}  # of the rules and pages of the project, not of what the library computes
COUNTERS = "-O1 --coverage -fprofile-abs-path -D_exit=exit"  # _exit, by which children of tests end, writes no counters
ORDER = ["unit", "conform", "fuzz", "cli", "python", "physics", "examples"]  # roughly by time


def tests_of(build):
    """Tests as CTest knows them: name, command, folder, environment, status of a test that skips itself."""
    text = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, capture_output=True, text=True, check=True).stdout
    tests = []
    for test in json.loads(text)["tests"]:
        prop = {p["name"]: p["value"] for p in test["properties"]}
        if "command" in test and not LEFT_OUT & set(prop.get("LABELS", [])):
            tests.append({"name": test["name"], "command": test["command"], "folder": prop["WORKING_DIRECTORY"],
                          "environment": dict(e.split("=", 1) for e in prop.get("ENVIRONMENT", [])),
                          "skip": prop.get("SKIP_RETURN_CODE", -1)})
    return sorted(tests, key=lambda test: ORDER.index(test["name"].split(".")[0]) if test["name"].split(".")[0] in ORDER else len(ORDER))


def run_test(test, timeout, environment):
    """(outcome, seconds): passed, failed, skipped or timeout. All processes of a test end with it."""
    begin = time.monotonic()
    with subprocess.Popen(test["command"], cwd=test["folder"], env={**os.environ, **test["environment"], **environment},
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = None
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass
    outcome = "timeout" if status is None else "passed" if status == 0 else "skipped" if status == test["skip"] else "failed"
    return outcome, time.monotonic() - begin


def copy_tree(source, target):
    """A copy of the files that the version control knows, so that the checkout is never touched."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=source, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, files)):
        if os.path.exists(os.path.join(source, name)):
            os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
            shutil.copy2(os.path.join(source, name), os.path.join(target, name))


def configure(tree, build, build_type, flags):
    """Configured and built: everything."""
    mold = ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold", "-DCMAKE_SHARED_LINKER_FLAGS=-fuse-ld=mold"] if shutil.which("mold") else []
    ccache = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") and "--coverage" not in flags else []
    subprocess.run(["cmake", "-S", tree, "-B", build, "-G", "Ninja", f"-DCMAKE_BUILD_TYPE={build_type}", f"-DCMAKE_C_FLAGS={flags}", *mold,
                    *ccache], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", build, "-j1"], check=True, stdout=subprocess.DEVNULL)


def _ran(path):
    """Is any counter of the file not zero? A record of zeros alone has a negative length and no content (gcc 12 and later)."""
    with open(path, "rb") as file:
        data = file.read()
    at = 16
    while at + 8 <= len(data):
        tag, length = struct.unpack_from("<Ii", data, at)
        if tag == 0x01a10000 and length > 0 and any(data[at + 8:at + 8 + length]):
            return True
        at += 8 + max(length, 0)
    return False


class Reach:
    """The folder `root`: tree/ (a copy), build/ (with counters), TEST/ for each test that has run, reach.json."""

    def __init__(self, root):
        self.root = root
        self.build = os.path.join(root, "build")
        self.path = os.path.join(root, "reach.json")
        self.tests = json.load(open(self.path)) if os.path.exists(self.path) else {}
        self.cache = {}

    def measure(self, source, longest):
        tree = os.path.join(self.root, "tree")
        if not os.path.exists(os.path.join(self.build, "build.ninja")):
            copy_tree(source, tree)
            configure(tree, self.build, "None", COUNTERS)
        for test in tests_of(self.build):
            if test["name"] in self.tests:
                continue
            data = os.path.join(self.root, "data", test["name"])
            shutil.rmtree(data, ignore_errors=True)
            outcome, seconds = run_test(test, longest, {"GCOV_PREFIX": data, "GCOV_PREFIX_STRIP": str(self.build.count("/"))})
            self.tests[test["name"]] = {"outcome": outcome, "seconds": round(seconds, 2)}
            print(f"{seconds:8.1f} s  {outcome:8} {test['name']}", flush=True)
            with open(self.path, "w") as file:
                json.dump(self.tests, file, indent=1)

    def _counters(self, source):
        """Folder below a set of counters, and stems, of the objects of a source file (several if it is compiled several times)."""
        found = []
        for folder in os.listdir(os.path.join(self.build, "CMakeFiles")):
            stem = os.path.join("CMakeFiles", folder, source)
            if os.path.exists(os.path.join(self.build, stem + ".gcno")):
                found.append(stem)
        return found

    def _lines(self, stem, data):
        """{line: count} of one object in one set of counters."""
        counters = os.path.join(data, stem + ".gcda")
        if not os.path.exists(counters) or not _ran(counters):
            return {}
        notes = counters[:-len(".gcda")] + ".gcno"
        if not os.path.exists(notes):
            os.symlink(os.path.join(self.build, stem + ".gcno"), notes)
        answer = subprocess.run(["gcov", "--json-format", "--stdout", counters], capture_output=True, cwd=data).stdout
        if answer[:2] == b"\x1f\x8b":
            answer = gzip.decompress(answer)
        name = re.sub(r".*?\.dir/(.*)", r"\1", stem)
        lines = {}
        for text in filter(None, answer.split(b"\n")):
            for file in json.loads(text)["files"]:
                if file["file"].endswith("/" + name):
                    for line in file["lines"]:
                        lines[line["line_number"]] = lines.get(line["line_number"], 0) + line["count"]
        return lines

    def of(self, source):
        """{line: {test: count}} of a source file, for its executable lines; a test that ran into the limit counts for what it wrote."""
        if source not in self.cache:
            lines = {}
            for stem in self._counters(source):
                for test in self.tests:
                    for line, count in self._lines(stem, os.path.join(self.root, "data", test)).items():
                        at = lines.setdefault(line, {})
                        if count:
                            at[test] = at.get(test, 0) + count
            self.cache[source] = lines
        return self.cache[source]


if __name__ == "__main__":
    Reach(os.path.abspath(sys.argv[2])).measure(os.path.abspath(sys.argv[1]), float(sys.argv[3]) if len(sys.argv) > 3 else 600.0)
