#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the populations of swarms differ from those of the first one, trajectory by trajectory: bands of two standard errors of the paired
difference; thin lines: what the band would be for independent swarms. Asks 'diabolo compare'.

  analysis/differences.py swarm.fssh.h5 swarm.none.h5 swarm.lz.h5
  analysis/differences.py swarm.fssh.h5 swarm.lz.h5 --states S0 -o lz.pdf
"""
import json
import pathlib

from ask import ask
from picture import Mistake, canvas, colour, legend, note, np, parser, run, save, state_name, state_of
from swarm import Swarm

PANELS = 4  # states shown unless others are asked for


def draw_state(axes, pairs, state):
    """Lines and names for the legend."""
    lines = []
    for i, pair in enumerate(pairs):
        found, time = pair["populations"][state], np.array(pair["time_fs"])
        difference, error, unpaired = (np.array(found[key], float) for key in ("difference", "error", "unpaired_error"))
        axes.fill_between(time, difference - 2 * error, difference + 2 * error, color=colour(i), alpha=0.25, linewidth=0)
        for sign in (-2, 2):
            axes.plot(time, difference + sign * unpaired, color=colour(i), linewidth=0.5, linestyle=":")
        lines += axes.plot(time, difference, color=colour(i), linewidth=1.5)
    axes.axhline(0, color="0.4", linewidth=0.7, zorder=0)
    axes.set_ylabel(f"difference of {state_name(state)}")
    axes.yaxis.grid(True, color="0.92", linewidth=0.6)
    return lines


def main():
    p = parser(__doc__, "differences", "swarms", "SWARM.h5", "swarm files from the same initial conditions, the reference first", nargs="+")
    p.add_argument("--states", nargs="+", type=state_of, metavar="STATE", help=f"which (default: the first {PANELS}; of two states S0 alone)")
    options = p.parse_args()
    if len(options.swarms) < 2:
        raise Mistake("a difference needs two swarms: the reference first")
    swarm = Swarm(options.swarms[0])
    states = [swarm.check_state(s) for s in options.states] if options.states else list(range(min(swarm.states, PANELS)))[: 1 if swarm.states == 2 else None]
    pairs = json.loads(ask("compare", "--json", *options.swarms))["pairs"]
    names = [pathlib.Path(pair["swarm"]).stem for pair in pairs]
    figure, axes = canvas(options, 0.8 + 2.0 * len(states), len(states), 1, sharex=True, squeeze=False)
    for panel, state in zip(axes.flat, states):
        lines = draw_state(panel, pairs, state)
    time = pairs[0]["time_fs"]
    axes[-1, 0].set(xlabel="time / fs", xlim=(time[0], max(time[-1], time[0] + 1e-3)))
    legend(axes[0, 0], options, lines, names, columns=2)
    note(figure, options, f"minus {pathlib.Path(options.swarms[0]).stem}; {min(pair['trajectories'] for pair in pairs)} trajectories in pairs; bands: two "
         "standard errors; dotted: of independent swarms")
    save(figure, options)


run(main)
