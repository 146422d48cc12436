#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the swarm is: a density map of internal coordinates against time, the hops marked, beside it the coordinate at the hops.

  analysis/coordinate_map.py swarm.h5 "torsion 2 0 1 4"
  analysis/coordinate_map.py swarm.h5 "distance 0 1" "0.5 angle 2 0 1 + 0.5 angle 3 0 1" --active S1
  analysis/coordinate_map.py swarm.h5 "torsion 2 0 1 4" --absolute --hops S1-S0
  analysis/coordinate_map.py mechanism.h5                        all coordinates of 'diabolo mechanism'
  analysis/coordinate_map.py swarm.h5 "position 0"               a model system

A coordinate is a sum of terms, each with an optional factor: distance I J, angle I J K, torsion I J K L, out_of_plane I J K L (the bond I-J
out of the plane of I, K, L), position C. Atoms are counted from 0; lengths are in Angstrom (atomic units in a model system), angles in degrees."""
from coordinate import Coordinate
from picture import ANGSTROM, DEGREE, Mistake, canvas, colour, matplotlib, narrow, note, np, parser, plt, run, save, state_name, state_of
from swarm import Store, Swarm, check_state, direction_of, is_format, text_of

BINS = 72  # of 360 degrees: 5 degrees each


class Tracks:
    """One coordinate of a swarm file, computed here: label, bins, share of the trajectories in each bin, values at the hops."""

    def __init__(self, swarm, text, options):
        shape = swarm["molecule/numbers"].shape[0], swarm["molecule/reference"].shape[1]
        coordinate = Coordinate(text, shape)
        self.values = coordinate.values(swarm["trajectories/position"])  # (N, T)
        self.at_hops = coordinate.values(swarm["hops/position"])  # (K)
        self.angular, self.unit, self.label = coordinate.angular, coordinate.unit, coordinate.label
        if options.absolute:
            self.values, self.at_hops, self.label = np.abs(self.values), np.abs(self.at_hops), f"|{text}| / {self.unit}"
        self.bins = self.edges(options, coordinate.periodic, swarm.counted)
        self.limits = self.bins[0], self.bins[-1]
        weights = np.repeat(swarm.weights[:, None], self.values.shape[1], 1)
        if options.active is not None:
            weights = np.where(swarm["trajectories/active"] == swarm.check_state(options.active), weights, 0.0)
        self.share = density(self.values, weights, self.bins)

    def edges(self, options, periodic, counts):
        """The whole circle for a torsion, else a range that holds nearly all values."""
        if options.range:
            low, high = options.range
        elif periodic:
            low, high = (0 if options.absolute else -180), 180
        else:
            inside = self.values[counts][np.isfinite(self.values[counts])]
            low, high = np.quantile(inside, (0.001, 0.995)) if len(inside) else (0, 1)
            low, high = low - 0.05 * (high - low) - 1e-6, high + 0.05 * (high - low) + 1e-6
        if not low < high:
            raise Mistake(f"--range {low:g} {high:g}: the first must be smaller")
        return np.linspace(low, high, (options.bins or BINS) + 1)


class Stored:
    """One coordinate of a file of 'diabolo mechanism': its map and its values at the hops as stored. A coordinate with several values a
    geometry (fold: sort) has one map, and marks for each value."""

    def __init__(self, store, group, options):
        about = {name: text_of(value) for name, value in store.file[group].attrs.items()}
        text = about["coordinate"]
        self.angular = any(word in text for word in ("angle", "torsion", "out_of_plane"))
        model_system = store["molecule/reference"].shape[1] == 1
        self.unit, factor = ("deg", DEGREE) if self.angular else ("a.u.", 1.0) if model_system else ("Å", ANGSTROM)
        self.label = f"{about['name'] or text} / {self.unit}"
        self.bins, self.at_hops = store[f"{group}/edge"] * factor, store[f"{group}/hop"] * factor
        which = 0 if options.active is None else options.active + 1
        found = store[f"{group}/density"][:, which] * np.diff(store[f"{group}/edge"])  # (T, B)
        present = np.maximum(found.sum(1) + store[f"{group}/outside"][:, which], 1e-12)
        self.share = 100 * (found / present[:, None]).T
        if not self.angular:  # a few fragments far away must not compress the rest
            mass = np.cumsum(self.share.sum(1)) / max(self.share.sum(), 1e-300)
            first, last = np.searchsorted(mass, (0.001, 0.995))
            self.limits = self.bins[max(first - 1, 0)], self.bins[min(last + 2, len(self.bins) - 1)]
        else:
            self.limits = self.bins[0], self.bins[-1]


def density(values, weights, bins):
    """(bins, T): share of the trajectories in each bin, per cent; weights (N, T)."""
    total = weights.sum(0)
    columns = [np.histogram(values[:, t], bins, weights=weights[:, t])[0] / (total[t] if total[t] > 0 else 1)
               for t in range(values.shape[1])]
    return 100 * np.array(columns).T


def mark_hops(axes, side, hops, tracks, bins):
    """A dot for each accepted hop (empty: upwards), a cross for each frustrated one; beside them histograms of the accepted."""
    side.set_xlabel("hops")
    values = tracks.at_hops.reshape(len(hops["time"]), -1)
    for a, b in sorted(set(zip(hops["from"].tolist(), hops["to"].tolist()))):
        here = (hops["from"] == a) & (hops["to"] == b)
        name = f"{state_name(a)} → {state_name(b)}"
        # Two states have one colour, that of the upper; empty dots go up.
        shade, crowd = colour(max(a, b)), len(here) > 5000
        for kind in (1, 0):
            mine = here & (hops["accepted"] == kind)
            look = (dict(marker="x", markersize=2.2, markeredgewidth=0.5, color=shade) if kind == 0 else
                    dict(marker="o", markersize=2.2, markeredgewidth=0.25, color=shade, markeredgecolor="white") if a > b else
                    dict(marker="o", markersize=2.0, markeredgewidth=0.55, markerfacecolor="none", color=shade))
            if mine.any():
                axes.plot(np.repeat(hops["time"][mine], values.shape[1]), values[mine].ravel(), linestyle="none", alpha=0.9 if kind else 0.6, rasterized=crowd,
                          label=f"{name}{'' if kind else ' frustrated'}: {mine.sum()}", **look)
        done = here & (hops["accepted"] == 1)
        side.hist(values[done].ravel(), bins[::2] if len(bins) > 40 else bins, orientation="horizontal", histtype="step", color=shade,
                  linestyle="-" if a > b else (0, (2, 1)), linewidth=1.0)


def draw(figure, row, time, tracks, hops, options):
    axes, side = row
    bins, share = tracks.bins, tracks.share
    step = np.diff(time).mean() if len(time) > 1 else 1.0
    edges = np.append(time - step / 2, time[-1] + step / 2)
    top = np.quantile(share[share > 0], 0.995) if (share > 0).any() else 1.0
    drawn = axes.pcolormesh(edges, bins, np.minimum(share, top), cmap="Greys", norm=matplotlib.colors.PowerNorm(0.6, 0, top), rasterized=True)
    if hops is not None:
        mark_hops(axes, side, hops, tracks, bins)
    axes.set(ylabel=tracks.label, xlim=(edges[0], edges[-1]), ylim=tracks.limits)
    if tracks.angular and bins[-1] - bins[0] >= 90:
        axes.yaxis.set_major_locator(plt.MultipleLocator(60 if bins[-1] - bins[0] > 200 else 30))
    side.tick_params(labelleft=False)
    side.margins(x=0.02)
    bar = figure.colorbar(drawn, ax=side, fraction=0.12 if narrow(options) else 0.2, pad=0.05, aspect=25)
    bar.set_label(f"% in {bins[1] - bins[0]:.2g} {tracks.unit}", fontsize=7)
    bar.ax.tick_params(labelsize=6.5)
    bar.outline.set_linewidth(0.5)


def hops_of(column, counts, states, options):
    """Columns of the hops to draw, and their rows. column(name): of /hops; counts (K): does the hop count?"""
    if options.no_hops:
        return None, None
    here = counts.copy()
    if not options.frustrated:
        here &= column("accepted") == 1
    if options.hops:
        start, to = direction_of(options.hops)
        for state in (start, to):
            check_state(state, states, options.swarm)
        here &= (column("from") == start) & (column("to") == to)
    return {name: column(name)[here] for name in ("time", "from", "to", "accepted")}, here


def of_swarm(options):
    """Times, coordinates, hops, their rows, number of trajectories."""
    if not options.coordinates:
        raise Mistake(f"{options.swarm}: a swarm file; which coordinate? For example 'distance 0 1'")
    swarm = Swarm(options.swarm)
    every = [Tracks(swarm, text, options) for text in options.coordinates]
    counts = np.isin(swarm["hops/trajectory"], swarm["trajectories/number"][swarm.counted])
    return swarm["time"], every, *hops_of(lambda name: swarm[f"hops/{name}"], counts, swarm.states, options), int(swarm.counted.sum())


def of_mechanism(options):
    store = Store(options.swarm, "diabolo-mechanism")
    groups = sorted(store.file["coordinates"], key=int) if "coordinates" in store else []
    names = [text_of(store.file[f"coordinates/{g}"].attrs["name"]) for g in groups]
    for word in options.coordinates:
        if word not in names:
            raise Mistake(f"{options.swarm}: has no coordinate named '{word}'; it has {', '.join(names) or 'none'}")
    if not groups:
        raise Mistake(f"{options.swarm}: holds no coordinates; the input of 'diabolo mechanism' needs the key 'coordinates'")
    if options.range or options.bins or options.absolute:
        raise Mistake("--range, --bins and --absolute are for swarm files: a file of 'diabolo mechanism' holds maps that are made (keys from, to, bins, absolute)")
    if options.active is not None:
        check_state(options.active, int(store.attribute("states")), options.swarm)
    every = [Stored(store, f"coordinates/{g}", options) for g, name in zip(groups, names) if not options.coordinates or name in options.coordinates]
    hops = here = None
    if "census/hops/time" in store:
        hops, here = hops_of(lambda name: store[f"census/hops/{name}"], store["census/hops/weight"] > 0, int(store.attribute("states")), options)
    return store["time"], every, hops, here, int(store.attribute("counted"))


def main():
    p = parser(__doc__, "coordinate_map", metavar="FILE.h5", text="swarm file of 'diabolo run', or mechanism file of 'diabolo mechanism'")
    p.add_argument("coordinates", nargs="*", metavar="COORDINATE", help="coordinates, each in quotes: 'torsion 2 0 1 4'; of a mechanism file their names "
                   "(default: all)")
    p.add_argument("--active", type=state_of, metavar="STATE", help="only while this state is the active one")
    p.add_argument("--absolute", action="store_true", help="the absolute values, where the sign means nothing")
    p.add_argument("--range", nargs=2, type=float, metavar=("LOW", "HIGH"), help="of the coordinates shown")
    p.add_argument("--bins", type=int, metavar="N", help=f"of the coordinate ({BINS})")
    p.add_argument("--hops", metavar="FROM-TO", help="only hops of this direction, such as S1-S0 (default: all)")
    p.add_argument("--frustrated", action="store_true", help="frustrated hops as well")
    p.add_argument("--no-hops", action="store_true", help="no hops")
    options = p.parse_args()
    if options.bins is not None and options.bins < 2:
        raise Mistake(f"--bins {options.bins}: at least 2")
    mechanism = is_format(options.swarm, "diabolo-mechanism")
    time, every, hops, here, counted = of_mechanism(options) if mechanism else of_swarm(options)
    figure, axes = canvas(options, 0.5 + 2.6 * len(every), len(every), 2, squeeze=False, sharey="row",
                          gridspec_kw=dict(width_ratios=(3 if narrow(options) else 4, 1)))
    for row, tracks in zip(axes, every):
        if here is not None:
            tracks.at_hops = tracks.at_hops[here]
        draw(figure, row, time, tracks, hops, options)
    for panel in axes[:, 0]:
        panel.sharex(axes[0, 0]) if panel is not axes[0, 0] else None
    axes[-1, 0].set_xlabel("time / fs")
    words = "" if options.active is None else f" while on {state_name(options.active)}"
    note(figure, options, f"grey: {counted} trajectories{words}; marks: hops")
    if hops is not None and len(hops["time"]):
        axes[0, 0].legend(loc="lower left", bbox_to_anchor=(0, 1.01), ncol=2 if narrow(options) else 4, borderaxespad=0, handletextpad=0.2,
                          columnspacing=1.2, markerscale=1.6)
    save(figure, options)


run(main)
