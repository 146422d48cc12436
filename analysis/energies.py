#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One trajectory: its adiabatic energies with the active one marked, the gaps between neighbours, its hops, and how well its total energy is kept.

  analysis/energies.py swarm.h5                                the first trajectory that hopped
  analysis/energies.py swarm.h5 --trajectory 17
  analysis/energies.py swarm.h5 --trajectory 17 --width single -o t17.pdf t17.png
"""
from picture import EV, canvas, colour, gap_axis, legend, narrow, np, parser, run, save
from swarm import Swarm, fate_text

from diabolo import plot


def first_that_hopped(swarm):
    hopped = swarm["hops/trajectory"][swarm["hops/accepted"] == 1]
    return int(hopped[0]) if len(hopped) else int(swarm["trajectories/number"][0])


def draw_gaps(axes, time, energies):
    """Gaps of neighbours, each in the colour of its upper state: a gap of 10 meV cannot be seen among energies of 10 eV."""
    gaps = np.diff(energies, axis=1)
    for k in range(gaps.shape[1]):
        axes.plot(time, gaps[:, k], color=colour(k + 1), linewidth=1.0, label=f"S{k + 1} − S{k}")
    gap_axis(axes, gaps)


def draw_drift(axes, change):
    axes.axhline(0, color="0.8", linewidth=0.7)
    axes.plot(change[0], change[1], color="black", linewidth=1.0)
    reach = max(1.2 * np.nanmax(np.abs(change[1])), 0.1)  # meV; smaller changes are not shown
    axes.set(ylabel=r"$\Delta E_\mathrm{tot}$ / meV", ylim=(-reach, reach))


def main():
    p = parser(__doc__, "energies")
    p.add_argument("--trajectory", type=int, metavar="J", help="number of the trajectory (default: the first that hopped)")
    options = p.parse_args()
    swarm = Swarm(options.swarm)
    number = first_that_hopped(swarm) if options.trajectory is None else options.trajectory
    row = swarm.row(number)
    time, absolute = swarm["time"], swarm.rows("trajectories/energies", row)
    energies = (absolute - np.nanmin(absolute[:, 0])) * EV
    total = swarm.rows("trajectories/potential", row) + swarm.rows("trajectories/kinetic", row)
    if "trajectories/work" in swarm:  # of light
        total = total - swarm.rows("trajectories/work", row)

    heights = [3 if narrow(options) else 4] + [1.2] * (energies.shape[1] > 1) + [1]
    figure, panels = canvas(options, 4.6 + 0.9 * (len(heights) - 2), len(heights), sharex=True, gridspec_kw=dict(height_ratios=heights))
    upper, lower = panels[0], panels[-1]
    plot.surfaces(upper, time, energies, swarm.rows("trajectories/active", row).astype(int))
    mine = swarm["hops/trajectory"] == number
    plot.hops(upper, time, energies, {name: swarm[f"hops/{name}"][mine] for name in ("time", "from", "to", "accepted", "work") if f"hops/{name}" in swarm})
    if energies.shape[1] > 1:
        draw_gaps(panels[1], time, energies)
        legend(panels[1], options)
    draw_drift(lower, (time, (total - total[0]) * EV * 1000))
    end, fate = swarm.rows("trajectories/end", row), int(swarm.rows("trajectories/fate", row))
    if end < time[-1]:  # frozen from there on
        for axes in panels:
            axes.axvspan(end, time[-1], color="0.93", zorder=-1)
    title = f"trajectory {number}" + ("" if fate == 1 else f": {fate_text(fate)} at {end:g} fs")
    if narrow(options):
        figure.suptitle(title, x=0.02, ha="left", fontsize=9)
    else:
        upper.set_title(title)
    upper.set_ylabel("energy / eV" if narrow(options) else "energy above lowest S0 / eV")
    legend(upper, options)
    lower.set(xlabel="time / fs", xlim=(time[0], max(time[-1], time[0] + 1e-3)))
    figure.align_ylabels()
    save(figure, options)


run(main)
