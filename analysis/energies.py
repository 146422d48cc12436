#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One trajectory: its adiabatic energies with the active one marked, its hops, and how well its total energy is kept.

  analysis/energies.py swarm.h5                      the first trajectory that hopped
  analysis/energies.py swarm.h5 --trajectory 17
"""
from swarm import EV, Swarm, colour, np, parser, plt, run, save

FATES = {0: "still flying", 1: "finished", 2: "not a number", 3: "dissociated", 4: "energy drifted"}


def first_that_hopped(swarm):
    hopped = swarm["hops/trajectory"][swarm["hops/accepted"] == 1]
    return int(hopped[0]) if len(hopped) else int(swarm["trajectories/number"][0])


def draw_surfaces(axes, time, energies, active):
    """Thin lines for all states; a broad shade under the active one, broken where it changes."""
    for k in range(energies.shape[1]):
        axes.plot(time, np.where(active == k, energies[:, k], np.nan), color="black", linewidth=7, alpha=0.2, zorder=1,
                  marker="o", markersize=7, markeredgewidth=0, markevery=[i for i in range(len(time)) if lonely(active, i)])
        axes.plot(time, energies[:, k], color=colour(k), linewidth=1.4, label=f"S{k}")
    axes.plot([], [], color="black", linewidth=7, alpha=0.2, label="active")


def lonely(active, i):
    """A single sample on a state: a line would not show it."""
    return all(not 0 <= j < len(active) or active[j] != active[i] for j in (i - 1, i + 1))


def draw_hops(axes, swarm, number, time, energies):
    """Each hop as an arrow from surface to surface at its time: full if accepted, dashed if frustrated."""
    mine = swarm["hops/trajectory"] == number
    styles = {1: dict(color="black", linewidth=1.4), 0: dict(color="0.4", linewidth=1.1, linestyle=(0, (2, 1.5)))}
    names = {1: "hop", 0: "frustrated hop"}
    columns = [swarm[f"hops/{name}"][mine] for name in ("time", "from", "to", "accepted")]
    for t, start, to, accepted in zip(*columns):
        low, high = (np.interp(t, time, energies[:, int(k)]) for k in (start, to))
        axes.axvline(t, color="0.85", linewidth=0.8, zorder=0)
        axes.annotate("", xy=(t, high), xytext=(t, low), zorder=4,
                      arrowprops=dict(arrowstyle="-|>", shrinkA=0, shrinkB=0, mutation_scale=9, **styles[int(accepted)]))
    for kind in sorted(set(columns[3].tolist()), reverse=True):
        axes.plot([], [], label=names[kind], **styles[kind])


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

    figure, (upper, lower) = plt.subplots(2, 1, figsize=(6.8, 5.0), sharex=True, gridspec_kw=dict(height_ratios=(4, 1)))
    draw_surfaces(upper, time, energies, swarm.rows("trajectories/active", row).astype(int))
    draw_hops(upper, swarm, number, time, energies)
    lower.axhline(0, color="0.8", linewidth=0.8)
    change = (total - total[0]) * EV * 1000
    lower.plot(time, change, color="black", linewidth=1.2)
    reach = max(1.2 * np.nanmax(np.abs(change)), 0.1)  # meV; what is smaller is nothing to look at
    end, fate = swarm.rows("trajectories/end", row), int(swarm.rows("trajectories/fate", row))
    if end < time[-1]:  # frozen from there on
        for axes in (upper, lower):
            axes.axvspan(end, time[-1], color="0.93", zorder=-1)
    upper.set_title(f"trajectory {number}" + ("" if fate == 1 else f": {FATES.get(fate, fate)} at {end:g} fs"))
    upper.set_ylabel("energy above lowest S0 / eV")
    upper.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    lower.set(xlabel="time / fs", ylabel=r"$\Delta E_\mathrm{tot}$ / meV", ylim=(-reach, reach),
              xlim=(time[0], max(time[-1], time[0] + 1e-3)))
    figure.align_ylabels()
    save(figure, options)


run(main)
