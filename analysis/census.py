#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Through which intersection the swarm went, how often and when, from a file of 'diabolo mechanism': shares of the hops, their times, and the
population below split by the intersection that was passed last.

  analysis/census.py mechanism.h5                        the direction with most accepted hops downwards
  analysis/census.py mechanism.h5 --hops S2-S1 --most 4
  analysis/census.py mechanism.h5 --first                the population by the first passage: it never falls
  analysis/census.py mechanism.h5 --plane                where the hops are in the branching planes, with the gap to first order

Bars are shares of the accepted hops with 95 % intervals. 'none near': further from every intersection than the census allows."""
from molecule import draw as draw_molecule
from picture import ANGSTROM, COLOURS, EV, Mistake, canvas, narrow, note, np, parser, plt, run, save, state_name
from swarm import Store, direction_of

OTHERS, NONE, BEGAN = "0.62", "0.82", "0.92"  # greys: less frequent points, none near, began below


class Census:
    """What the file holds of one direction: points from the most frequent one, with their shares."""

    def __init__(self, store, start, to, most):
        table = {name: store[f"census/table/{name}"] for name in ("from", "to", "point", "count", "share", "share_low", "share_high")}
        rows = np.flatnonzero((table["from"] == start) & (table["to"] == to) & (table["count"][:, 1] > 0))
        if len(rows) == 0:
            raise Mistake(f"{store.path}: no hop S{start} → S{to} was accepted; there are {', '.join(directions_of(table)) or 'none'}")
        rows = sorted(rows, key=lambda r: (-1 if table["point"][r] < 0 else table["share"][r, 1]), reverse=True)
        self.store, self.start, self.to, self.table = store, start, to, table
        points = [int(table["point"][r]) for r in rows]
        self.shown = [p for p in points if p >= 0][:most]
        self.rest = [p for p in points if p >= 0][most:]
        self.rows = {int(table["point"][r]): r for r in rows}
        names, labels = store.texts("census/points/name"), store.texts("census/points/label")
        self.names = [name + (f"\n{label}" if label else "") for name, label in zip(names, labels)]

    def entries(self):
        """[(name, colour, points)] of what is drawn; the last entries are the other points and 'none near'."""
        found = [(self.names[p], COLOURS[i % len(COLOURS)], [p]) for i, p in enumerate(self.shown)]
        if self.rest:
            found.append((f"{len(self.rest)} others", OTHERS, self.rest))
        if -1 in self.rows:
            found.append(("none near", NONE, [-1]))
        return found

    def share(self, points):
        """Share of the accepted hops and its interval (per cent): Wilson's, from the file; for a sum by the same formula."""
        rows = [self.rows[p] for p in points]
        p = self.table["share"][rows, 1].sum()
        if len(rows) == 1:
            return 100 * np.array([p, self.table["share_low"][rows[0], 1], self.table["share_high"][rows[0], 1]])
        n, z = sum(self.table["count"][r, 1] for r in self.rows.values()), 1.959964
        middle, half = (p + z * z / (2 * n)), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return 100 * np.array([p, (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)])

    def hops(self, points):
        """Rows of /census/hops that were accepted, through these points."""
        column = {name: self.store[f"census/hops/{name}"] for name in ("from", "to", "accepted", "point", "weight")}
        return np.flatnonzero((column["from"] == self.start) & (column["to"] == self.to) & (column["accepted"] == 1) & (column["weight"] > 0)
                              & np.isin(column["point"], points))


def directions_of(table):
    return sorted({f"S{a} → S{b}" for a, b, n in zip(table["from"], table["to"], table["count"][:, 1]) if n > 0}, reverse=True)


def most_frequent(store):
    """The direction downwards with most accepted hops."""
    start, to, count = (store[f"census/table/{name}"] for name in ("from", "to", "count"))
    down = {}
    for a, b, n in zip(start.tolist(), to.tolist(), count[:, 1]):
        if a > b:
            down[a, b] = down.get((a, b), 0) + n
    if not down or max(down.values()) == 0:
        raise Mistake(f"{store.path}: no hop downwards was accepted, there is nothing to count")
    return max(sorted(down), key=lambda d: down[d])


# ---- panels ------------------------------------------------------------------------------------------------------------


def draw_shares(axes, census, entries):
    """Bars with intervals, beside each the intersection itself."""
    highest = 0.0
    for i, (name, shade, points) in enumerate(entries):
        share, low, high = census.share(points)
        axes.barh(-i, share, 0.62, color=shade)
        axes.plot([low, high], [-i, -i], color="black", linewidth=1.0, solid_capstyle="butt")
        axes.annotate(f"{share:.1f} %  ({len(census.hops(points))})", (high, -i), xytext=(4, 0), textcoords="offset points", va="center", fontsize=7)
        highest = max(highest, high)
    axes.set_yticks([-i for i in range(len(entries))], [name for name, _, _ in entries])
    axes.set(xlim=(0, 1.55 * highest), ylim=(0.5 - len(entries), 0.5), xlabel="share of hops / %")
    axes.tick_params(axis="y", length=0)


def draw_molecules(axes, census, entries):
    """Thumbnails in a column, aligned with the bars."""
    axes.axis("off")
    numbers, R = census.store["molecule/numbers"], census.store["census/points/position"]
    if R.shape[2] != 3:
        return
    for i, (_, shade, points) in enumerate(entries):
        if len(points) == 1 and points[0] >= 0:
            inset = axes.inset_axes([0, 1 - (i + 1) / len(entries), 1, 1 / len(entries)])
            p = points[0]
            draw_molecule(inset, numbers, R[p])


def draw_times(axes, census, entries):
    time, at = census.store["time"], census.store["census/hops/time"]
    weight = census.store["census/hops/weight"]
    bins = np.linspace(time[0], max(time[-1], time[0] + 1e-3), 26)
    rows = [census.hops(points) for _, _, points in entries]
    axes.hist([at[r] for r in rows], bins, weights=[weight[r] for r in rows], stacked=True, color=[shade for _, shade, _ in entries],
              edgecolor="white", linewidth=0.3)
    axes.set(xlabel="time / fs", ylabel=f"hops in {bins[1] - bins[0]:.3g} fs", xlim=(bins[0], bins[-1]))


def draw_populations(axes, census, entries, kind):
    """Stacked shares of trajectories below the boundary, by passage."""
    store, time = census.store, census.store["time"]
    passages = store[f"census/passages/{kind}"][census.to]
    unlike = [p for p in range(passages.shape[0] - 2) if p not in census.shown]
    parts = [(passages[p], COLOURS[i % len(COLOURS)]) for i, p in enumerate(census.shown)]
    parts += [(passages[unlike].sum(0), OTHERS), (passages[-2], NONE), (passages[-1], BEGAN)]
    parts = [(p, shade) for p, shade in parts if p.max() > 0]
    axes.stackplot(time, *[p for p, _ in parts], colors=[shade for _, shade in parts], linewidth=0)
    if kind == "last":
        below = store["census/passages/below"][census.to]
        axes.plot(time, below, color="black", linewidth=1.1)
    states = f"{state_name(0)}" if census.to == 0 else f"{state_name(0)} to {state_name(census.to)}"
    axes.set(xlabel="time / fs", ylabel=f"population of {states}" if kind == "last" else "share of trajectories", xlim=(time[0], max(time[-1], time[0] + 1e-3)),
             ylim=(0, 1))


def draw_plane(axes, census, name, shade, point):
    """Hops in the branching plane of one intersection (absolute values, since signs mean nothing where it is symmetric)."""
    store, rows = census.store, census.hops([point])
    u = np.abs(store["census/hops/displacement"][rows][:, :2]) * ANGSTROM
    gap = np.abs(store["census/hops/gap"][rows]) * EV
    drawn = axes.scatter(u[:, 0], u[:, 1], c=gap, s=6, cmap="viridis", vmin=0, vmax=max(np.quantile(gap, 0.95), 1e-3), linewidths=0)
    linear = store["census/hops/linear_gap"][rows] * EV
    good = np.isfinite(linear) & (linear > 0)
    if good.any():
        # The gap to first order is sqrt(a ux^2 + b uy^2): a and b are recovered from the stored values of the hops.
        a, b = np.linalg.lstsq(u[good] ** 2, linear[good] ** 2, rcond=None)[0]
        top = 1.05 * max(np.quantile(u, 0.98), 1e-3)
        x, y = np.meshgrid(np.linspace(0, top, 60), np.linspace(0, top, 60))
        lines = axes.contour(x, y, np.sqrt(np.clip(a * x**2 + b * y**2, 0, None)), colors="0.6", linewidths=0.6, levels=6)
        axes.clabel(lines, fontsize=6, fmt="%.2g")
        axes.set(xlim=(0, top), ylim=(0, top))
    axes.set(xlabel="|x| / Å", ylabel="|y| / Å", aspect="equal")
    axes.set_title(f"{' '.join(name.split())}: {len(rows)}", fontsize=8, color=shade)
    return drawn


# ---- pictures ----------------------------------------------------------------------------------------------------------


def planes(census, options):
    shown = [entry for entry in census.entries() if len(entry[2]) == 1 and entry[2][0] >= 0 and len(census.hops(entry[2])) > 2]
    if not shown:
        raise Mistake(f"{options.mechanism}: fewer than 3 hops near each intersection, nothing to draw in their planes")
    columns = min(len(shown), 1 if narrow(options) else 3)
    rows = -(-len(shown) // columns)
    figure, axes = canvas(options, 0.3 + (2.4 if columns > 1 else 3.6) * rows, rows, columns, squeeze=False)
    for panel, (name, shade, points) in zip(axes.flat, shown):
        bar = figure.colorbar(draw_plane(panel, census, name, shade, points[0]), ax=panel, fraction=0.05, pad=0.03)
        bar.outline.set_linewidth(0.5)
        bar.set_label("gap / eV", fontsize=7)
    for panel in axes.flat[len(shown):]:
        panel.set_visible(False)
    note(figure, options, "dots: hops, coloured by their gap; lines: the gap of the cone to first order, eV")
    return figure


def overview(census, options):
    entries = census.entries()
    high = 0.42 * len(entries)
    if narrow(options):
        figure = plt.figure(figsize=(options.width, 0.9 + high + 3.6))
        grid = figure.add_gridspec(3, 2, height_ratios=(high + 0.4, 1.8, 1.8), width_ratios=(1, 3))
        cells = grid[0, 0], grid[0, 1], grid[1, :], grid[2, :]
    else:
        figure = plt.figure(figsize=(options.width, max(2.9, 0.7 + high)))
        grid = figure.add_gridspec(2, 3, width_ratios=(0.6, 1.9, 2.1))
        cells = grid[:, 0], grid[:, 1], grid[0, 2], grid[1, 2]
    molecules, shares, times, populations = [figure.add_subplot(cell) for cell in cells]
    draw_molecules(molecules, census, entries)
    draw_shares(shares, census, entries)
    draw_times(times, census, entries)
    draw_populations(populations, census, entries, "first" if options.first else "last")
    shares.set_title(f"{state_name(census.start)} → {state_name(census.to)}: {len(census.hops([p for e in entries for p in e[2]]))} hops")
    return figure


def main():
    p = parser(__doc__, "census", "mechanism", "MECHANISM.h5", "a file of 'diabolo mechanism' with a census")
    p.add_argument("--hops", metavar="FROM-TO", help="which direction, such as S1-S0")
    p.add_argument("--most", type=int, default=6, metavar="N", help="intersections shown one by one, the most frequent ones (6)")
    p.add_argument("--first", action="store_true", help="populations by the first passage instead of the last")
    p.add_argument("--plane", action="store_true", help="the hops in the branching planes")
    options = p.parse_args()
    if not 1 <= options.most <= len(COLOURS):
        raise Mistake(f"--most {options.most}: from 1 to {len(COLOURS)}")
    store = Store(options.mechanism, "diabolo-mechanism")
    if "census" not in store:
        raise Mistake(f"{options.mechanism}: holds no census; the input of 'diabolo mechanism' needs the key 'census'")
    start, to = direction_of(options.hops) if options.hops else most_frequent(store)
    if start <= to and not options.plane:
        raise Mistake(f"--hops {options.hops}: populations are split by passages downwards; upwards there is --plane")
    census = Census(store, start, to, options.most)
    save(planes(census, options) if options.plane else overview(census, options), options)


run(main)
