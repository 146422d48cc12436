#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Populations of a swarm against time: active states (solid) and mean |c|^2 (dashed), with bands of two standard errors.

  analysis/populations.py swarm.h5                          the populations
  analysis/populations.py swarm.h5 --fit                    with the decay fitted by 'diabolo analyse'
  analysis/populations.py swarm.h5 --fit analysis.json      the same from the output of 'diabolo analyse --json'
"""
import json
import os
import pathlib
import shutil
import subprocess

from swarm import Mistake, Swarm, colour, np, parser, plt, run, save


def program():
    """$DIABOLO, or the program built beside these scripts, or the one in the path."""
    beside = pathlib.Path(__file__).resolve().parent.parent / "build" / "diabolo"
    found = os.environ.get("DIABOLO") or (str(beside) if beside.exists() else shutil.which("diabolo"))
    if not found:
        raise Mistake("--fit needs the program 'diabolo', in the path or in build/ (or set DIABOLO); or a file, --fit ANALYSIS.json")
    return found


def analysis(options):
    """The JSON object of 'diabolo analyse', from a file or by asking now."""
    if options.fit == "":
        command = [program(), "analyse", options.swarm, "--json"]
        try:
            asked = subprocess.run(command, capture_output=True, text=True)
        except OSError as reason:
            raise Mistake(f"{command[0]}: cannot be started ({reason.strerror})") from None
        if asked.returncode != 0:
            raise Mistake(f"{' '.join(command)} failed:\n{asked.stderr.strip()}")
        text = asked.stdout
    else:
        try:
            text = pathlib.Path(options.fit).read_text()
        except (OSError, UnicodeDecodeError) as reason:
            raise Mistake(f"{options.fit}: cannot be read ({reason})") from None
    try:
        found = json.loads(text)
        if found.get("format") != "diabolo-analysis":
            raise ValueError("it has another format")
        return found
    except (ValueError, AttributeError) as reason:
        raise Mistake(f"{options.fit or 'diabolo analyse'}: not the output of 'diabolo analyse --json' ({reason})") from None


def words_of_fit(life):
    """A line for each parameter: value and interval."""
    lines = [f"fit to S{life['state']}"]
    for name, p in life["parameters"].items():
        unit = "" if p["unit"] == "1" else f" {p['unit']}"
        lines.append(f"{name.replace('_', ' ')} {p['value']:.3g}{unit}")
        if p["low"] is not None:
            lines.append(f"   95 %: {p['low']:.3g} to {p['high']:.3g}")
    return "\n".join(lines)


def draw_fit(axes, options):
    """The curve and what to say of it in the legend."""
    life = analysis(options)["lifetime"]
    if life["refused"]:
        return plt.Line2D([], [], linestyle="none"), "no fit: see\ndiabolo analyse"
    line, = axes.plot(life["time_fs"], life["curve"], color="black", linewidth=1.4, linestyle=(0, (1, 1.3)), zorder=4)
    return line, words_of_fit(life)


def draw_states(axes, swarm):
    time, lines = swarm["time"], []
    active, electronic = swarm["populations/active"], swarm["populations/electronic"]
    # Two standard errors either way; the band of |c|^2 fainter, so that both are seen where they overlap.
    for p, name, style, width, alpha in ((electronic, "electronic", (0, (4, 2)), 1.3, 0.12), (active, "active", "-", 2.0, 0.22)):
        error = 2 * np.nan_to_num(swarm[f"populations/{name}_error"])
        for k in range(swarm.states):
            axes.fill_between(time, p[:, k] - error[:, k], p[:, k] + error[:, k], color=colour(k), alpha=alpha, linewidth=0)
            lines += axes.plot(time, p[:, k], color=colour(k), linewidth=width, linestyle=style)
    return lines[swarm.states:]  # those of the active states, for the legend


def main():
    p = parser(__doc__, "populations")
    p.add_argument("--fit", nargs="?", const="", metavar="ANALYSIS.json",
                   help="draw the fitted decay: by asking 'diabolo analyse' now, or from its --json output")
    options = p.parse_args()
    swarm = Swarm(options.swarm)
    figure, axes = plt.subplots(figsize=(6.8, 4.0))
    lines = draw_states(axes, swarm)
    names = [f"S{k}" for k in range(swarm.states)]
    lines += [plt.Line2D([], [], color="0.35", linewidth=2), plt.Line2D([], [], color="0.35", linewidth=1.3, linestyle=(0, (4, 2)))]
    names += ["active state", r"mean $|c|^2$"]
    if options.fit is not None:
        for found, to in zip(draw_fit(axes, options), (lines, names)):
            to.append(found)
    axes.legend(lines, names, loc="center left", bbox_to_anchor=(1.01, 0.5))
    time = swarm["time"]
    axes.set(xlabel="time / fs", ylabel="population", ylim=(-0.02, 1.02), xlim=(time[0], max(time[-1], time[0] + 1e-3)))
    axes.yaxis.grid(True, color="0.92", linewidth=0.7)
    save(figure, options)


run(main)
