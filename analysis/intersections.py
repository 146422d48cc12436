#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What 'diabolo intersect' found: all intersections with their energies, kinds and branching planes; or one of its scans, paths, seams, loops, descents.

  analysis/intersections.py intersections.h5                            an overview: levels, geometries, arrows along x and y
  analysis/intersections.py intersections.h5 --points S1/S0-1 S1/S0-2 S0-1
  analysis/intersections.py intersections.h5 --types                    peaked or sloped, bifurcating or single-path
  analysis/intersections.py intersections.h5 --task seams/stretch       a task of the input, by its name
  analysis/intersections.py intersections.h5 --task twist --show S0 S1 S1-S0

Without --points: all intersections. Arrows show how atoms move along the orthonormal vectors x (the steeper) and y of the branching plane."""
from curves import default_tokens, draw_contours, draw_cut
from molecule import draw as draw_molecule
from picture import ANGSTROM, DEGREE, EV, Mistake, canvas, colour, legend_above, narrow, note, np, parser, plt, run, save, state_name
from surfaces import Energies, point_of, token_of
from swarm import Store, text_of

ARROWS = ("#E69F00", "#0072B2")  # along x, along y
TASKS = ("scans", "interpolations", "seams", "loops", "descents")


# ---- points ------------------------------------------------------------------------------------------------------------


class Points:
    """Columns of /points that are drawn; energies in eV above the file's zero."""

    def __init__(self, store, rows):
        self.store, self.rows = store, rows
        self.numbers = store["molecule/numbers"]
        self.names, self.labels = store.texts("points/name"), store.texts("points/label")
        self.energies = (store["points/energies"] - float(store.attribute("zero", 0.0))) * EV
        for name in ("first", "count", "order", "position", "x", "y", "P", "B"):
            setattr(self, name, store[f"points/{name}"])

    def kind(self, row):
        if self.count[row] != 2:
            return {1: "minimum" if self.order[row] == 0 else "saddle" if self.order[row] > 0 else ""}.get(int(self.count[row]), "three states")
        if not np.any(self.y[row]):
            return "crossing,\nno coupling"
        return f"{'peaked' if self.P[row] < 1 else 'sloped'}\n{'bifurcating' if self.B[row] < 1 else 'single-path'}"


def chosen(store, options):
    if options.points:
        return [point_of(store, name) for name in options.points]
    rows = [int(r) for r in np.flatnonzero(store["points/count"] >= 2)]
    if not rows:
        raise Mistake(f"{options.intersections}: holds no intersection; name points by --points ({', '.join(store.texts('points/name')) or 'there are none'})")
    return rows


def broken(label):
    """A longer name is wider than a sixth of the picture at 7 points, and up to six stand side by side: broken at a hyphen."""
    return label.replace("-", "-\n", 1) if len(label) > 14 else label


def draw_levels(axes, points, rows, columns):
    """Bars of the states; those that meet are broad, black-edged and joined."""
    for x, row in enumerate(rows):
        meet = range(points.first[row], points.first[row] + points.count[row])
        for k, e in enumerate(points.energies[row]):
            broad = k in meet
            axes.plot([x - 0.32, x + 0.32], [e, e], color=colour(k), linewidth=2.4 if broad else 1.2, alpha=1 if broad else 0.55, solid_capstyle="butt")
        e = points.energies[row][points.first[row]]
        if points.count[row] > 1:  # both colours where they meet
            axes.plot([x - 0.32, x], [e, e], color=colour(points.first[row]), linewidth=2.4, solid_capstyle="butt", zorder=3)
            axes.plot(x, e, "o", color="black", markersize=3.2, zorder=4)
        axes.annotate(f"{e:.2f}", (x, e), xytext=(0, -9), textcoords="offset points", ha="center", fontsize=6.5, zorder=5,
                      bbox=dict(facecolor="white", edgecolor="none", pad=0.6, alpha=0.8))
        draw_small_gaps(axes, x, points.energies[row], meet)
    axes.set_xticks(range(len(rows)), [points.names[r] + (f"\n{broken(points.labels[r])}" if points.labels[r] else "") for r in rows], fontsize=7)
    axes.tick_params(axis="x", length=0)
    axes.set(xlim=(-0.5, columns - 0.5), ylabel="energy / eV")
    axes.yaxis.grid(True, color="0.94", linewidth=0.6)


def draw_small_gaps(axes, x, energies, meet):
    """Gaps that the axis cannot show (below a fiftieth of what it spans), as text, above the states they lie between."""
    low, high = axes.get_ylim()
    for k in range(len(energies) - 1):
        gap = energies[k + 1] - energies[k]
        if gap < 0.02 * (high - low) and not (k in meet and k + 1 in meet):
            axes.annotate(f"S{k + 1} − S{k}: {1000 * gap:.3g} meV", (x, energies[k + 1]), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=6,
                          color="0.35")


def draw_row_of_molecules(axes, points, rows, columns):
    axes.axis("off")
    axes.set_xlim(-0.5, columns - 0.5)
    for x, row in enumerate(rows):
        inset = axes.inset_axes([x / columns, 0.2, 1 / columns, 0.8])
        arrows = [(points.x[row], ARROWS[0]), (points.y[row], ARROWS[1])] if points.count[row] == 2 else []
        if points.position.shape[2] == 3:
            draw_molecule(inset, points.numbers, points.position[row], arrows)
        else:
            inset.axis("off")
        axes.annotate(points.kind(row), ((x + 0.5) / columns, 0.18), xycoords="axes fraction", ha="center", va="top", fontsize=6.5, color="0.35")


def overview(store, options):
    points = Points(store, chosen(store, options))
    most = 3 if narrow(options) else 6
    columns = max(-(-len(points.rows) // -(-len(points.rows) // most)), 2)  # rows as long as one another
    blocks = [points.rows[i:i + columns] for i in range(0, len(points.rows), columns)]
    molecule = points.position.shape[2] == 3
    low, high = points.energies[points.rows].min(), points.energies[points.rows].max()
    figure, panels = plt.subplots(2 * len(blocks), 1, figsize=(options.width, 0.35 + (2.9 if molecule else 2.3) * len(blocks)),
                                  gridspec_kw=dict(height_ratios=(1.7, 1.25 if molecule else 0.4) * len(blocks)), squeeze=False)
    for i, rows in enumerate(blocks):
        panels[2 * i, 0].set_ylim(low - 0.13 * (high - low) - 0.1, high + 0.06 * (high - low) + 0.1)
        draw_levels(panels[2 * i, 0], points, rows, columns)
        draw_row_of_molecules(panels[2 * i + 1, 0], points, rows, columns)
    names = [state_name(k) for k in range(points.energies.shape[1])]
    handles = [plt.Line2D([], [], color=colour(k), linewidth=2.0) for k in range(len(names))]
    if molecule:
        handles += [plt.Line2D([], [], color=shade, marker=">", markersize=4) for shade in ARROWS]
        names += ["along x", "along y"]
    legend_above(figure, options, handles, names, 8)
    note(figure, options, f"energies relative to {store.attribute('zero_text', 'zero')}; kinds to first order in the branching plane")
    return figure


def types(store, options):
    """P and B of all intersections of two states."""
    points = Points(store, chosen(store, options))
    rows = [r for r in points.rows if points.count[r] == 2 and points.y[r].any() and points.P[r] > 0 and points.B[r] > 0 and np.isfinite(points.P[r] + points.B[r])]
    if not rows:
        raise Mistake(f"{options.intersections}: no intersection of two states with finite P and B among these")
    figure, axes = canvas(options, 4.2)
    axes.axhline(1, color="0.6", linewidth=0.8)
    axes.axvline(1, color="0.6", linewidth=0.8)
    for lower in sorted({int(points.first[r]) for r in rows}):
        mine = [r for r in rows if points.first[r] == lower]
        axes.plot(points.P[mine], points.B[mine], "o", color=colour(lower + 1), markersize=4.5, markeredgecolor="white", markeredgewidth=0.4,
                  label=f"{state_name(lower + 1)}/{state_name(lower)}")
    for r in rows:
        axes.annotate(points.names[r].split("-")[-1], (points.P[r], points.B[r]), xytext=(4, 3), textcoords="offset points", fontsize=7)
    axes.set(xscale="log", yscale="log", xlabel=r"$P$", ylabel=r"$B$")
    axes.margins(0.15)
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    axes.set(xlim=(min(left, 0.2), max(right, 5)), ylim=(min(low, 0.5), max(high, 2)))
    for x, ha, one in ((0.01, "left", "peaked"), (0.99, "right", "sloped")):
        for y, va, two in ((0.01, "bottom", "bifurcating"), (0.99, "top", "single-path")):
            axes.annotate(f"{one}, {two}", (x, y), xycoords="axes fraction", ha=ha, va=va, fontsize=7.5, color="0.45")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


# ---- tasks -------------------------------------------------------------------------------------------------------------


class Task:
    """A group of a task: energies in eV above the file's zero, and the quantity along the axis."""

    def __init__(self, store, group):
        self.store, self.group, self.kind = store, group, group.split("/")[0]
        self.zero = float(store.attribute("zero", 0.0))

    def __getitem__(self, name):
        return self.store[f"{self.group}/{name}"]

    def attribute(self, name, default=""):
        return text_of(self.store.file[self.group].attrs.get(name, default))

    def energies(self, group=""):
        """Of this task, or of a path of a descent."""
        E, packed = self[f"{group}energies"], self[f"{group}hamiltonian"]
        n = E.shape[1]
        H, (i, j) = np.zeros((len(E), n, n)), np.tril_indices(n)
        H[:, i, j] = H[:, j, i] = packed
        return Energies(E, H, self.zero)

    def axis(self, name, text, column=None):
        """Values of a coordinate in Angstrom or degrees, and its label."""
        values = self[name] if column is None else self[name][:, column]
        if any(word in text for word in ("angle", "torsion", "out_of_plane")):
            return values * DEGREE, f"{text} / deg"
        model_system = self.store["molecule/reference"].shape[1] == 1
        return (values, f"{text} / a.u.") if model_system else (values * ANGSTROM, f"{text} / Å")


def find_task(store, name):
    groups = [f"{kind}/{found}" for kind in TASKS if kind in store for found in store.file[kind]]
    matches = [g for g in groups if name in (g, g.split("/")[1])]
    if len(matches) != 1:
        what = "no task" if not matches else "more than one task"
        raise Mistake(f"{store.path}: {what} '{name}'; it has {', '.join(groups) or 'none'}")
    if "failed" in store.file[matches[0]]:
        raise Mistake(f"{store.path}: {matches[0]} could not be done: {store.texts(matches[0] + '/failed')[0]}")
    return Task(store, matches[0])


class Some:
    """The tokens that a task shows by default or by --show."""

    def __init__(self, task, options, plane=False):
        self.states = (task["0/energies"] if task.kind == "descents" else task["energies"]).shape[1]
        self.tokens = [token_of(self, word) for word in options.show] if options.show else default_tokens(self.states, plane)


def draw_scan(task, options):
    values = task["values"]
    first = task.axis("values", task.attribute("coordinate"), 0)
    unlike = task["converged"] != 1
    if values.shape[1] == 1:
        energies = task.energies()
        figure, panels = draw_cut(options, first[0], energies, Some(task, options).tokens, first[1])
        for k in range(energies.adiabatic.shape[1]):
            panels[0].plot(first[0][unlike], energies.adiabatic[unlike, k], "x", color="black", markersize=4)
        if unlike.any():
            note(figure, options, f"crosses: {unlike.sum()} points that did not converge")
        return figure
    second = task.axis("values", task.attribute("coordinate2"), 1)
    shape = int(task.attribute("points", 0)), int(task.attribute("points2", 0))
    if shape[0] * shape[1] != len(values):
        raise Mistake(f"{task.store.path}: {task.group} is no whole grid ({len(values)} points of {shape[0]} x {shape[1]})")
    energies = task.energies()
    energies.adiabatic = np.where(unlike[:, None], np.nan, energies.adiabatic).reshape(*shape, -1)
    energies.diabatic = energies.diabatic.reshape(*shape, *energies.diabatic.shape[1:])
    a, b = first[0].reshape(shape)[:, 0], second[0].reshape(shape)[0]
    return draw_contours(options, a, b, energies, Some(task, options, True).tokens, (first[1], second[1]))[0]


def draw_interpolation(task, options):
    names = [f"{i}" for i in range(len(task["node"]))]
    fraction = task["fraction"]
    nodes = list(zip(fraction[task["node"]], names))
    figure, panels = draw_cut(options, fraction, task.energies(), Some(task, options).tokens, f"{task.attribute('kind')} interpolation", nodes)
    return figure


def draw_seam(task, options):
    at, label = task.axis("value", task.attribute("coordinate"))
    energies, gap, origin = task.energies(), np.abs(task["gap"]) * EV, int(task.attribute("origin", 0))
    meet = range(int(task.attribute("first_state", 0)), int(task.attribute("first_state", 0)) + int(task.attribute("states", 2)))
    figure, (upper, lower) = canvas(options, 3.9, 2, sharex=True, gridspec_kw=dict(height_ratios=(3, 1)))
    for k in range(energies.adiabatic.shape[1]):
        if k not in meet:
            upper.plot(at, energies.adiabatic[:, k], color=colour(k), linewidth=1.2, label=state_name(k))
    upper.plot(at, (task["energy"] - task.zero) * EV, color="black", linewidth=1.6, marker="o", markersize=2.6,
               label="/".join(state_name(k) for k in reversed(meet)) + " seam")
    upper.plot(at[origin], (task["energy"][origin] - task.zero) * EV, "o", color=colour(1), markersize=6, fillstyle="none", markeredgewidth=1.3)
    upper.set_ylabel("energy / eV")
    upper.legend(loc="best")
    lower.plot(at, np.maximum(gap, 1e-14), color="black", linewidth=1.0, marker="o", markersize=2.2)
    lower.set(yscale="log", ylabel="gap / eV", xlabel=label)
    figure.align_ylabels()
    return figure


def draw_loop(task, options):
    figure, panels = draw_cut(options, task["angle"] * DEGREE, task.energies(), Some(task, options).tokens, "angle on the loop / deg")
    if task["hamiltonian"].shape[1] > task["energies"].shape[1] * (task["energies"].shape[1] + 1) // 2:  # a complex H
        phases = ", ".join(f"{state_name(k)} {'uncertain' if np.isnan(p) else f'{np.degrees(p):.1f}°'}" for k, p in enumerate(task["phase"]))
        note(figure, options, f"phase of each state after one turn: {phases}")
    else:
        signs = ", ".join(f"{state_name(k)} {'−1' if s < 0 else '+1' if s > 0 else 'uncertain'}" for k, s in enumerate(task["sign"]))
        note(figure, options, f"sign of each state after one turn: {signs}")
    panels[-1].xaxis.set_major_locator(plt.MultipleLocator(60))
    return figure


def draw_descents(task, options):
    """Energy of the state that is descended against path length, one line per direction; a compass of the directions."""
    angle, special, state = task["angle"], task["special"], int(task.attribute("state", 0))
    products, labels = task.store.texts(f"{task.group}/product"), task.store.texts(f"{task.group}/label")
    ends = [f"{product}{f' {label}' if label else ''}" or end for product, label, end in zip(products, labels, task.store.texts(f"{task.group}/end"))]
    shades = {end: colour(i) for i, end in enumerate(dict.fromkeys(ends))}
    figure = plt.figure(figsize=(options.width, options.width * (1.25 if narrow(options) else 0.45)))
    grid = figure.add_gridspec(*((2, 1) if narrow(options) else (1, 2)), **({} if narrow(options) else dict(width_ratios=(2.2, 1))))
    axes, compass = figure.add_subplot(grid[0]), figure.add_subplot(grid[1], projection="polar")
    for i, end in enumerate(ends):
        length = task[f"{i}/length_mass_weighted"] * ANGSTROM / np.sqrt(1822.888486209)
        energy = (task[f"{i}/energies"][:, state] - task.zero) * EV
        axes.plot(length, energy, color=shades[end], linewidth=1.3 if special[i] else 0.9, linestyle="-" if special[i] else (0, (3, 1)))
        axes.plot(length[-1], energy[-1], "o", color=shades[end], markersize=3.5)
        compass.annotate("", xy=(angle[i], 1), xytext=(angle[i], 0), arrowprops=dict(
            arrowstyle="-|>", color=shades[end], linewidth=1.6 if special[i] else 0.9, shrinkA=0, shrinkB=0, mutation_scale=8))
    for end, shade in shades.items():
        axes.plot([], [], color=shade, linewidth=1.4, label=f"to {end}: {ends.count(end)}")
    axes.legend(loc="best")
    axes.set(xlabel="path length / Å √u", ylabel=f"energy of {state_name(state)} / eV", xlim=(0, None))
    compass.set(ylim=(0, 1.08), yticks=[])
    compass.set_thetagrids((0, 90, 180, 270), ("x", "y", "−x", "−y"))
    compass.grid(color="0.88", linewidth=0.5)
    compass.spines["polar"].set_color("0.8")
    note(figure, options, "full lines and bold arrows: directions in which the cone is lowest" if special.any() else "directions evenly in the branching plane")
    return figure


DRAW = {"scans": draw_scan, "interpolations": draw_interpolation, "seams": draw_seam, "loops": draw_loop, "descents": draw_descents}


def main():
    p = parser(__doc__, "intersections", "intersections", "FILE.h5", "a file of 'diabolo intersect'")
    p.add_argument("--points", nargs="+", metavar="NAME", help="which points, by name, label or number (default: all intersections)")
    p.add_argument("--types", action="store_true", help="the map of kinds: P and B of Fdez. Galvan et al.")
    p.add_argument("--task", metavar="NAME", help="a scan, interpolation, seam, loop or descent of the file: 'NAME' or 'seams/NAME'")
    p.add_argument("--show", nargs="+", metavar="WHAT", help="of a scan, interpolation or loop: energies S1, gaps S1-S0, elements H01 (default: all)")
    options = p.parse_args()
    if sum(map(bool, (options.task, options.types))) > 1 or (options.task and options.points):
        raise Mistake("--task, --types: give one of them (--points goes with --types)")
    store = Store(options.intersections, "diabolo-intersections")
    if options.task:
        task = find_task(store, options.task)
        figure = DRAW[task.kind](task, options)
    else:
        figure = (types if options.types else overview)(store, options)
    save(figure, options)


run(main)
