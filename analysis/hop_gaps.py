#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""At what energy gap the swarm hopped: a histogram for each direction, accepted and frustrated hops apart.

  analysis/hop_gaps.py swarm.h5
"""
from swarm import EV, Mistake, Swarm, colour, np, parser, plt, run, save

PANELS = 6  # directions shown, the most frequent ones


def directions(swarm):
    """[(from, to, gaps of accepted hops, gaps of frustrated hops)], eV, the most frequent first. Hops of trajectories that do not count
    in the populations are left out, as in 'diabolo analyse'."""
    mine = np.isin(swarm["hops/trajectory"], swarm["trajectories/number"][swarm.counted])
    start, to, accepted, gap = (swarm[f"hops/{name}"][mine] for name in ("from", "to", "accepted", "gap"))
    found = []
    for a, b in sorted(set(zip(start.tolist(), to.tolist()))):
        here = (start == a) & (to == b)
        found.append((a, b, *(np.abs(gap[here & (accepted == kind)]) * EV for kind in (1, 0))))
    return sorted(found, key=lambda d: -(len(d[2]) + len(d[3])))[:PANELS]


def bins_of(gaps):
    """Common bins from 0: width by Freedman and Diaconis, 10 to 50 of them. A few hops far out go into the last one."""
    top, most = gaps.max(), 1.2 * np.quantile(gaps, 0.98)
    top = max(top if top < 1.5 * most else most, 1e-3)
    width = 2 * np.subtract(*np.quantile(gaps, (0.75, 0.25))) / len(gaps) ** (1 / 3)
    return np.linspace(0, top, int(np.clip(top / width if width > 0 else 20, 10, 50)) + 1)


def draw(axes, bins, start, to, accepted, frustrated):
    inside = [np.minimum(g, bins[-1]) for g in (accepted, frustrated)]
    _, _, (full, hatched) = axes.hist(inside, bins, stacked=True, color=[colour(start), "white"], linewidth=0.8)
    for patch in full:
        patch.set_edgecolor("white")
    for patch in hatched:
        patch.set(edgecolor=colour(start), hatch="//////", visible=patch.get_height() > 0)
    handles, names = [], []
    if len(accepted):
        handles += [full[0], axes.axvline(np.median(accepted), color="black", linewidth=1.1, linestyle=(0, (4, 2)))]
        names += [f"accepted: {len(accepted)}", f"their median: {np.median(accepted):.2f} eV"]
    if len(frustrated):
        handles.append(plt.Rectangle((0, 0), 1, 1, facecolor="white", edgecolor=colour(start), hatch="//////", linewidth=0.8))
        names.append(f"frustrated: {len(frustrated)}")
    axes.set_title(f"S{start} → S{to}")
    axes.set_ylabel("hops")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.legend(handles, names, loc="upper right")


def main():
    options = parser(__doc__, "hop_gaps").parse_args()
    swarm = Swarm(options.swarm)
    found = directions(swarm)
    if not found:
        raise Mistake(f"{options.swarm}: no hop was attempted, there is nothing to draw")
    every = np.concatenate([gaps for direction in found for gaps in direction[2:]])
    bins = bins_of(every)
    figure, axes = plt.subplots(len(found), 1, figsize=(6.4, 1.0 + 1.9 * len(found)), sharex=True, squeeze=False)
    for panel, direction in zip(axes[:, 0], found):
        draw(panel, bins, *direction)
    beyond = np.count_nonzero(every > bins[-1])
    note = f" (last bar with {beyond} beyond)" if beyond else ""
    axes[-1, 0].set(xlabel="energy gap / eV" + note, xlim=(0, bins[-1]))
    save(figure, options)


run(main)
