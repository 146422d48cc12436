# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of the library that the tests reach, by room: coverage.py GCOVR SOURCE BUILD. Details in BUILD/coverage.html; fails if a room has less than 85 %."""
import json
import os
import subprocess
import sys
from collections import defaultdict

LEAST = 0.85

gcovr, source, build = sys.argv[1:]
summary = os.path.join(build, "coverage.json")
subprocess.run([gcovr, "--root", source, "--filter", os.path.join(source, "src", ""), "--filter", os.path.join(source, "models", ""),
                "--html", os.path.join(build, "coverage.html"), "--json-summary", summary, build], check=True)
with open(summary, encoding="utf-8") as file:
    files = json.load(file)["files"]
rooms = defaultdict(lambda: [0, 0, 0])
for f in files:
    parts = f["filename"].split("/")
    for name in ("/".join(parts[:2]) if parts[0] == "src" else parts[0], "library" if parts[:2] != ["src", "cli"] else "the program"):
        for k, number in enumerate((1, f["line_total"], f["line_covered"])):
            rooms[name][k] += number
print(f"{'':16} {'files':>6} {'lines':>7} {'reached':>8}")
for name in sorted(rooms, key=lambda room: (room in ("library", "the program"), room)):
    n, total, covered = rooms[name]
    print(f"{name:16} {n:6} {total:7} {100 * covered / max(total, 1):7.1f}%")
for f in sorted(files, key=lambda f: f["line_covered"] - f["line_total"])[:15]:
    print(f"{f['line_total'] - f['line_covered']:5} of {f['line_total']:4} lines not reached in {f['filename']}")
low = [name for name, (_, total, covered) in rooms.items() if covered < LEAST * total]
if low:
    sys.exit(f"less than {100 * LEAST:.0f} % of the lines reached: {', '.join(sorted(low))}")
