#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a committee knows of its own errors: expected against observed ones, or populations with the band of both errors.

  analysis/committee.py committee.h5 held_out.h5                         asks 'diabolo evaluate'
  analysis/committee.py swarm.member0.h5 swarm.member1.h5 swarm.member2.h5     asks 'diabolo analyse'

Of errors: each point is a fifth of the labels, in the order of their expected error; on the diagonal the calibration is right. Of populations: dark the 95 %
of the sample alone, light that of sample and model, thin lines the members."""
import json
import pathlib

from ask import ask
from picture import Mistake, canvas, colour, legend, narrow, note, np, parser, run, save, state_name
from swarm import format_of

UNITS = {"energy": "meV", "gradient": "meV/Å", "coupling": "meV/Å"}


def draw_errors(options):
    found = json.loads(ask("evaluate", *options.files, "--json")).get("committee")
    if found is None:
        raise Mistake(f"{options.files[0]}: no committee, or {options.files[1]} holds no labels")
    below = narrow(options)  # the panels: below each other or beside
    figure, axes = canvas(options, 8.0 if below else 3.0, *((3, 1) if below else (1, 3)), squeeze=False)
    for i, (panel, quantity) in enumerate(zip(axes.flat, found["quantities"])):
        x, y = (np.array(quantity[key], float) for key in ("fifths_expected", "fifths_observed"))
        name, known = quantity["quantity"], np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)
        if known.any():
            low, high = 0.7 * min(x[known].min(), y[known].min()), 1.4 * max(x[known].max(), y[known].max())
            panel.plot([low, high], [low, high], color="0.6", linewidth=0.8)
            panel.loglog(x[known], y[known], "o-", color=colour(i), linewidth=1.2, markersize=4)
            panel.set(xlim=(low, high), ylim=(low, high))
        panel.set(xlabel=f"expected / {UNITS[name]}", ylabel="observed" if below or i == 0 else "")
        within = [100 * (quantity[key] or np.nan) for key in ("within_one_sigma", "within_two_sigma")]
        panel.set_title(f"{name}, within 1, 2 σ: {within[0]:.0f}, {within[1]:.0f} %", fontsize=7.5)
    note(figure, options, f"{found['members']} members, calibrated on {found['calibration_points']} points")
    return figure


def draw_band(options):
    found = json.loads(ask("analyse", *options.files, "--json"))
    time = np.array(found["time_fs"], float)
    figure, axes = canvas(options, 0.8 + 2.0 * len(found["populations"]), len(found["populations"]), 1, sharex=True, squeeze=False)
    for panel, population in zip(axes.flat, found["populations"]):
        mean, sample, low, high = (np.array(population[key], float) for key in ("mean", "statistical", "low", "high"))
        own = colour(population["state"])
        light = panel.fill_between(time, low, high, color=own, alpha=0.2, linewidth=0)
        dark = panel.fill_between(time, mean - 1.96 * sample, mean + 1.96 * sample, color=own, alpha=0.35, linewidth=0)
        for member in population["members"]:
            thin, = panel.plot(time, member, color=own, linewidth=0.4)
        line, = panel.plot(time, mean, color=own, linewidth=1.6)
        panel.set(ylabel=f"population of {state_name(population['state'])}", ylim=(-0.02, 1.02))
    axes[-1, 0].set(xlabel="time / fs", xlim=(time[0], max(time[-1], time[0] + 1e-3)))
    legend(axes[0, 0], options, [line, dark, light, thin], ["mean", "95 %, sample", "95 %, sample and model", "a member"], columns=2)
    note(figure, options, f"{len(found['swarms'])} members, {found['trajectories']} trajectories each")
    return figure


def main():
    p = parser(__doc__, "committee", "files", "FILE.h5", "a committee and a data set; or the swarms of its members", nargs="+")
    options = p.parse_args()
    if len(options.files) < 2:
        raise Mistake("expected a committee and a data set, or the swarms of two or more members")
    if format_of(pathlib.Path(options.files[0])) == "diabolo-model" and len(options.files) == 2:
        save(draw_errors(options), options)
    else:
        save(draw_band(options), options)


run(main)
