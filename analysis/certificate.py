#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of 'diabolo certify': deviation from exact dynamics, a line a case, a mark a method.

  analysis/certificate.py certificate/certificate.json
  analysis/certificate.py certificate.json --methods fewest_switches "fewest_switches + energy_based" landau_zener
"""
import json

from picture import Mistake, canvas, colour, legend, np, parser, run, save

MARKS = "osD^vP*Xh<>p"
SMALLEST = 1e-3  # what is smaller stands there


def load(path):
    try:
        with open(path) as file:
            found = json.load(file)
    except (OSError, ValueError) as reason:
        raise Mistake(f"{path}: {reason}") from None
    if not isinstance(found, dict) or found.get("format") != "diabolo-certificate":
        raise Mistake(f"{path}: is no certificate; expected the certificate.json of 'diabolo certify'")
    return found


def chosen(certificate, wanted):
    """Labels in the order of the file; those whose trajectories are those of another are left out unless asked for."""
    same = {entry["method"] for entry in certificate["same"]}
    labels = []
    for case in certificate["cases"]:
        labels += [cell["method"] for cell in case.get("methods", []) if cell["method"] not in labels]
    for name in wanted or []:
        if name not in labels:
            raise Mistake(f"--methods {name}: there is none in the file; it has {', '.join(labels)}")
    return [label for label in labels if label in (wanted or set(labels) - same)]


def draw(options):
    certificate = load(options.certificate)
    labels = chosen(certificate, options.methods)
    cases = [case for case in certificate["cases"] if any(cell["method"] in labels and cell["reason"] is None for cell in case.get("methods", []))]
    if not cases:
        raise Mistake(f"{options.certificate}: nothing to draw")
    figure, axes = canvas(options, 1.2 + 0.23 * len(cases))
    for m, label in enumerate(labels):
        shift = 0.6 * (m / max(len(labels) - 1, 1) - 0.5)
        for sure in (True, False):  # empty marks: limits
            x, y, error = [], [], []
            for line, case in enumerate(cases):
                cell = next((c for c in case["methods"] if c["method"] == label), None)
                if cell is None or cell["reason"] is not None or cell["deviation"]["significant"] is not sure:
                    continue
                found = cell["deviation"]
                value = found["rms"] if sure else found["limit"]
                if value is None:
                    continue
                x.append(max(value, SMALLEST))
                y.append(line + shift)
                error.append(min(found["error"] or 0, 0.9 * x[-1]) if sure else 0)
            axes.errorbar(x, y, xerr=error if sure else None, ls="", marker=MARKS[m % len(MARKS)], ms=3.6, lw=0.8, color=colour(m),
                          mfc=colour(m) if sure else "none", mew=0.8, label=label if sure else None)
    axes.set_xscale("log")
    axes.set_xlim(0.8 * SMALLEST, 1.05)
    axes.set_xlabel("deviation from exact (empty marks: at most that)")
    axes.set_yticks(np.arange(len(cases)), [case["name"] for case in cases])
    axes.set_ylim(len(cases) - 0.4, -0.6)
    for line in range(len(cases)):
        axes.axhspan(line - 0.5, line + 0.5, color="0.95" if line % 2 else "1.0", lw=0)
    legend(axes, options, columns=2)
    save(figure, options)


def main():
    p = parser(__doc__, "deviations", "certificate", "CERTIFICATE.json", "certificate.json of 'diabolo certify'")
    p.add_argument("--methods", nargs="+", metavar="NAME", help="only these, by their labels in the file")
    draw(p.parse_args())


run(main)
