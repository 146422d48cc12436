#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""At what energy gap the swarm hopped: a histogram for each direction, accepted and frustrated hops apart.

  analysis/hop_gaps.py swarm.h5
  analysis/hop_gaps.py swarm.h5 --width single -o gaps.png gaps.pdf gaps.svg
"""
from picture import DASHED, EV, Mistake, canvas, colour, narrow, note, np, parser, plt, plural, run, save, state_name
from swarm import Swarm

PANELS, LEAST = 6, 0.02  # directions shown: the most frequent ones, with at least this share of all hops


def attempts(direction):
    return len(direction[2]) + len(direction[3])


def directions(swarm):
    """[(from, to, gaps of accepted hops, gaps of frustrated hops)], eV, the most frequent first. Hops of trajectories that do not count
    in the populations are left out, as in 'diabolo analyse'."""
    mine = np.isin(swarm["hops/trajectory"], swarm["trajectories/number"][swarm.counted])
    start, to, accepted, gap = (swarm[f"hops/{name}"][mine] for name in ("from", "to", "accepted", "gap"))
    found = []
    for a, b in sorted(set(zip(start.tolist(), to.tolist()))):
        here = (start == a) & (to == b)
        found.append((a, b, *(np.abs(gap[here & (accepted == kind)]) * EV for kind in (1, 0))))
    return sorted(found, key=lambda d: -attempts(d))


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
        handles += [full[0], axes.axvline(np.median(accepted), color="black", linewidth=1.0, linestyle=DASHED)]
        names += [f"accepted: {len(accepted)}", f"their median: {np.median(accepted):.2f} eV"]
    if len(frustrated):
        handles.append(plt.Rectangle((0, 0), 1, 1, facecolor="white", edgecolor=colour(start), hatch="//////", linewidth=0.8))
        names.append(f"frustrated: {len(frustrated)}")
    axes.set_title(f"{state_name(start)} → {state_name(to)}")
    axes.set_ylabel("hops")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.legend(handles, names, loc="upper right")


def main():
    options = parser(__doc__, "hop_gaps").parse_args()
    swarm = Swarm(options.swarm)
    found = directions(swarm)
    if not found:
        raise Mistake(f"{options.swarm}: no hop was attempted, there is nothing to draw")
    every, total = np.concatenate([gaps for direction in found for gaps in direction[2:]]), sum(map(attempts, found))
    shown = [d for d in found if attempts(d) >= LEAST * total][:PANELS]
    bins = bins_of(np.concatenate([gaps for direction in shown for gaps in direction[2:]]))
    columns = 2 if len(shown) > 1 and not narrow(options) else 1
    rows = -(-len(shown) // columns)
    figure, axes = canvas(options, 0.7 + 1.7 * rows, rows, columns, sharex=True, squeeze=False)
    for panel, direction in zip(axes.flat, shown):
        draw(panel, bins, *direction)
    for panel in axes.flat[len(shown):]:
        panel.set_visible(False)
    beyond = sum(np.count_nonzero(gaps > bins[-1]) for d in shown for gaps in d[2:])
    for column in range(columns):  # the lowest one drawn in each column
        lowest = axes[(len(shown) - 1 - column) // columns, column]
        lowest.tick_params(labelbottom=True)
        lowest.set(xlabel="energy gap / eV", xlim=(0, bins[-1]))
    notes = [f"{plural(beyond, 'hop')} beyond in the last bar"] if beyond else []
    notes += [f"{state_name(a)} → {state_name(b)}: {len(x) + len(y)}, not shown" for a, b, x, y in found[len(shown):]]
    if notes:
        note(figure, options, "; ".join(notes))
    save(figure, options)


run(main)
