#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds of 'diabolo learn': the error at fresh hops against the number of labels, a line a file; open marks: expected by the disagreement.

  analysis/learn.py learn/learn.json
  analysis/learn.py chosen/learn.json random/learn.json --names chosen "at random"
  analysis/learn.py chosen/learn.json random/learn.json --test held_out.h5     # also at points that are the same for all
"""
import json
import pathlib
import subprocess

from picture import Mistake, canvas, colour, legend, parser, run, save

MARKS = "osD^v"


def load(path):
    try:
        with open(path) as file:
            found = json.load(file)
    except (OSError, ValueError) as reason:
        raise Mistake(f"{path}: {reason}") from None
    if not isinstance(found, dict) or found.get("format") != "diabolo-learn":
        raise Mistake(f"{path}: expected the learn.json of 'diabolo learn'")
    return found["rounds"]


def tested(path, rounds, options):
    """Error of the first member of each committee at the points of a data set: (labels, meV)."""
    for row in rounds:
        model = pathlib.Path(path).parent / f"round-{row['round']:03d}" / "committee.h5"
        said = subprocess.run([options.diabolo, "evaluate", str(model), options.test, "--json", "--below", options.below], capture_output=True, text=True)
        if said.returncode != 0:
            raise Mistake(f"{options.diabolo} evaluate {model}: {said.stderr.strip()}")
        yield row["labels"], json.loads(said.stdout)["energy_mae_mev"]


def draw(options):
    figure, axes = canvas(options, 2.6, columns=2 if options.test else 1, squeeze=False)
    for number, path in enumerate(options.learn):
        name = options.names[number] if options.names and number < len(options.names) else path
        style = {"color": colour(number), "marker": MARKS[number % len(MARKS)], "ms": 3.6, "lw": 0.9}
        rounds = load(path)
        judged = [row for row in rounds if row["energy_mae_mev"] is not None]
        x = [row["labels_of_the_judged"] for row in judged]
        axes[0][0].errorbar(x, [row["energy_mae_mev"] for row in judged], [row["energy_mae_error_mev"] or 0 for row in judged], label=name, **style)
        axes[0][0].plot(x, [row["expected_mae_mev"] for row in judged], mfc="none", **{**style, "lw": 0})
        if options.test:
            points = list(tested(path, rounds, options))
            axes[0][1].plot(*zip(*points), label=name, **style)
    for axis, title in zip(axes[0], ("at fresh hops of their own swarms", "at the same points for all")):
        axis.set(yscale="log", xlabel="labels", ylabel="error of energies (meV)", title=title)
    legend(axes[0][-1], options, columns=1)
    save(figure, options)


def main():
    p = parser(__doc__, "learning", "learn", "LEARN.json", "learn.json of 'diabolo learn'", nargs="+")
    p.add_argument("--names", nargs="+", metavar="NAME", help="of the files, in their order")
    p.add_argument("--test", metavar="DATA.h5", help="a data set at which the first member of each committee is evaluated too")
    p.add_argument("--below", default="20 eV", metavar="ENERGY", help="labels of --test that count (20 eV)")
    p.add_argument("--diabolo", default="diabolo", metavar="PROGRAM", help="the program, for --test")
    draw(p.parse_args())


run(main)
