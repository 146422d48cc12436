#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surfaces of a model: cuts along a path or a direction, contours along two directions; adiabatic energies and the diabatic matrix.

  analysis/surface.py ethylene.h5 --path reference twisted.xyz           straight from geometry to geometry
  analysis/surface.py ethylene.h5 --at reference --along "mode 3"        along a normal mode
  analysis/surface.py ethylene.h5 --at points.h5@S1/S0-1 --along x y     contours in the branching plane of an intersection
  analysis/surface.py ferretti --along "component 0" "component 1" --at "3, 0" --range -3 3 --show S0 S1 S1-S0
  analysis/surface.py "{type: jahn_teller, g: 0.01}" --at "0, 0" --along "component 0"

MODEL is a file (.h5, .yaml, .so), a built-in type with its defaults, or YAML text."""
from picture import DASHED, Mistake, canvas, colour, legend, narrow, np, parser, run, save, state_of
from surfaces import (GEOMETRIES, Energies, check_states, direction, geometry, name_of, open_model, placed, token_name, token_of,
                      zero_of)

EPILOG = GEOMETRIES + """
A direction is: 'component C' (Cartesian, or coordinate of a model system), 'mode M' (normal modes at --at, ascending from 0), x y g h s (branching
plane of --states at --at: x, y orthonormal, the steeper first; s the mean gradient), or another geometry. Along a mode the axis is its dimensionless
coordinate, towards a geometry 1 is there, else it is the length of the displacement in Angstrom (atomic units in a model system)."""


# ---- cuts --------------------------------------------------------------------------------------------------------------


def path_of(model, words, points):
    """Geometries (P, A, D), positions on the axis, its label, [(position, name)] of the geometries given."""
    nodes = [geometry(model, words[0])]
    for word in words[1:]:
        nodes.append(placed(geometry(model, word), nodes[-1]))
    share = np.linspace(0, 1, points)[:, None, None]
    R = np.concatenate([a + share * (b - a) for a, b in zip(nodes, nodes[1:])])
    at = np.concatenate([i + share[:, 0, 0] for i in range(len(nodes) - 1)])
    return R, at, "linear path", [(i, name_of(word)) for i, word in enumerate(words)]


def cut_of(model, R, towards, limits, points):
    at = np.linspace(*(limits or towards.reach), points)
    return R + (at - towards.origin)[:, None, None] * towards.vector, at, towards.label, []


def default_tokens(model, plane):
    n = model.states
    if plane:
        return [("S", (k,)) for k in range(min(n, 3))] + ([("gap", (1, 0))] if n > 1 else [])
    return ([("S", (k,)) for k in range(n)] + [("H", (k, k)) for k in range(n)]
            + [("H", (i, j)) for j in range(n) for i in range(j)])


def draw_line(axes, at, energies, token, options):
    kind, states = token
    if kind == "S":
        look = dict(color=colour(states[0]), linewidth=1.5, zorder=3)
    elif kind == "gap":
        look = dict(color=colour(states[0]), linewidth=1.3)
    elif states[0] == states[1]:
        look = dict(color=colour(states[0] + 3), linewidth=1.0, linestyle=DASHED, zorder=4)
    else:
        look = dict(color=colour(states[0] + states[1] + 2), linewidth=1.1, linestyle=DASHED)
    axes.plot(at, energies.of(token), label=token_name(token), **look)


def draw_cut(model, cut, tokens, options, zero):
    """Energies and diagonal elements above; off-diagonal ones below; gaps below that."""
    R, at, label, nodes = cut
    energies = Energies(model, R, zero)
    rows = [[t for t in tokens if t[0] == "S" or (t[0] == "H" and t[1][0] == t[1][1])],
            [t for t in tokens if t[0] == "H" and t[1][0] != t[1][1]], [t for t in tokens if t[0] == "gap"]]
    names = ["energy / eV", "coupling / eV", "gap / eV"]
    shown = [(row, name) for row, name in zip(rows, names) if row]
    heights = [2.6 if name == "energy / eV" else 1 for _, name in shown]
    figure, panels = canvas(options, 0.6 + 1.15 * sum(heights), len(shown), 1, sharex=True, squeeze=False, gridspec_kw=dict(height_ratios=heights))
    for panel, (row, name) in zip(panels[:, 0], shown):
        for token in row:
            draw_line(panel, at, energies, token, options)
        for position, _ in nodes:
            panel.axvline(position, color="0.85", linewidth=0.7, zorder=0)
        panel.set_ylabel(name)
        if name == "energy / eV" and options.top is not None:
            panel.set_ylim(top=options.top)
        if name == "coupling / eV":
            panel.axhline(0, color="0.8", linewidth=0.7, zorder=0)
        legend(panel, options, columns=max(3, min(4, model.states)))
    panels[-1, 0].set(xlabel="" if nodes else label, xlim=(at[0], at[-1]))
    if nodes:
        panels[-1, 0].set_xticks([p for p, _ in nodes], [name for _, name in nodes])
    figure.align_ylabels()
    return figure


# ---- contours ----------------------------------------------------------------------------------------------------------


def levels_of(values, top):
    """Some 20 round levels."""
    low, high = values.min(), min(values.max(), top)
    step = max(high - low, 1e-9) / 20
    decade = 10 ** np.floor(np.log10(step))
    step = decade * min((m for m in (1, 2, 2.5, 5, 10) if m * decade >= step), default=10)
    return np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step


def draw_panel(figure, axes, origin, a, b, values, token, options):
    top = options.top if options.top is not None else np.quantile(values, 0.97)
    levels = levels_of(values, top)
    signed = token[0] == "H" and token[1][0] != token[1][1] and levels[0] < 0 < levels[-1]
    look = dict(levels=levels, extend="max" if values.max() > levels[-1] else "neither")
    if signed:
        reach = max(-levels[0], levels[-1])
        look.update(cmap="RdBu_r", vmin=-reach, vmax=reach)
    else:
        look.update(cmap="viridis" if token[0] != "gap" else "magma")
    filled = axes.contourf(a, b, values.T, **look)
    for layer in filled.collections:  # no hairlines between layers in PDF viewers
        layer.set_edgecolor("face")
        layer.set_linewidth(0.2)
    axes.contour(a, b, values.T, levels=levels, colors="black", linewidths=0.35, alpha=0.45, linestyles="solid")
    bar = figure.colorbar(filled, cax=axes.inset_axes([1.03, 0, 0.04, 1]))
    bar.outline.set_linewidth(0.5)
    bar.set_label(f"{token_name(token)} / eV")
    for shade, width in (("black", 2.0), ("white", 1.0)):
        axes.plot(*origin, marker="+", color=shade, markersize=7, markeredgewidth=width)


def draw_contours(model, R, first, second, tokens, options, zero):
    a = np.linspace(*(options.range or first.reach), options.points)
    b = np.linspace(*(options.range2 or options.range or second.reach), options.points)
    grid = R + (a - first.origin)[:, None, None, None] * first.vector + (b - second.origin)[None, :, None, None] * second.vector
    energies = Energies(model, grid, zero)
    columns = 1 if narrow(options) or len(tokens) == 1 else 3 if len(tokens) in (3, 5, 6) else 2
    rows = -(-len(tokens) // columns)
    figure, panels = canvas(options, 0.3 + {1: 3.5 if narrow(options) else 4.6, 2: 2.75, 3: 2.1}[columns] * rows, rows, columns, sharex=True, sharey=True, squeeze=False)
    same = first.label.split("/")[-1] == second.label.split("/")[-1] and "/" in first.label
    for panel, token in zip(panels.flat, tokens):
        draw_panel(figure, panel, (first.origin, second.origin), a, b, energies.of(token), token, options)
        if same and 0.4 < (a[-1] - a[0]) / (b[-1] - b[0]) < 2.5:
            panel.set_aspect("equal")
    for panel in panels.flat[len(tokens):]:
        panel.set_visible(False)
    for column in range(columns):
        lowest = panels[(len(tokens) - 1 - column) // columns, column]
        lowest.tick_params(labelbottom=True)
        lowest.set_xlabel(first.label)
    for row in panels:
        row[0].set_ylabel(second.label)
    return figure


# ---- the program -------------------------------------------------------------------------------------------------------


def options_of():
    p = parser(__doc__, "surface", "model", "MODEL", "a model: file (.h5, .yaml, .so), built-in type, or YAML text")
    p.epilog = EPILOG
    p.add_argument("--path", nargs="+", metavar="GEOMETRY", help="a cut along straight lines between geometries, each turned onto the one before")
    p.add_argument("--at", default="reference", metavar="GEOMETRY", help="where directions start (the model's reference geometry)")
    p.add_argument("--along", nargs="+", metavar="DIRECTION", help="one direction: a cut; two: contours")
    p.add_argument("--range", nargs=2, type=float, metavar=("LOW", "HIGH"), help="along the direction, in units of the axis")
    p.add_argument("--range2", nargs=2, type=float, metavar=("LOW", "HIGH"), help="along the second direction")
    p.add_argument("--points", type=int, metavar="N", help="along each direction (cuts 201, contours 81)")
    p.add_argument("--show", nargs="+", metavar="WHAT", help="energies S1, gaps S1-S0, elements H01 of the diabatic matrix (default: all; contours: energies and "
                   "the lowest gap)")
    p.add_argument("--states", nargs=2, type=state_of, default=[0, 1], metavar="STATE", help="the pair of x, y, g, h, s (S0 S1)")
    p.add_argument("--mode-state", type=state_of, default=0, metavar="STATE", help="whose normal modes (S0)")
    p.add_argument("--zero", default="reference", metavar="GEOMETRY", help="energies are above the lowest one there, 'none' for absolute ones (reference)")
    p.add_argument("--top", type=float, metavar="EV", help="highest energy shown")
    return p.parse_args()


def main():
    options = options_of()
    if bool(options.path) == bool(options.along):
        raise Mistake("give either --path GEOMETRY GEOMETRY ... or --along DIRECTION [DIRECTION]")
    if options.path and len(options.path) < 2 or options.along and len(options.along) > 2:
        raise Mistake("--path takes two geometries or more, --along one or two directions (quotes around 'mode 3')")
    for limits in (options.range, options.range2):
        if limits and not limits[0] < limits[1]:
            raise Mistake(f"--range {limits[0]:g} {limits[1]:g}: the first must be smaller")
    plane = bool(options.along) and len(options.along) == 2
    options.points = options.points or (81 if plane else 201)
    if not 2 <= options.points <= 2000:
        raise Mistake(f"--points {options.points}: from 2 to 2000")
    model = open_model(options.model)
    pair = sorted(check_states(model, options.states))
    check_states(model, [options.mode_state])
    tokens = [token_of(model, word) for word in options.show] if options.show else default_tokens(model, plane)
    zero = zero_of(model, options.zero)
    if options.path:
        figure = draw_cut(model, path_of(model, options.path, options.points), tokens, options, zero)
    else:
        R = geometry(model, options.at)
        towards = [direction(model, R, word, pair, options.mode_state) for word in options.along]
        figure = (draw_contours(model, R, *towards, tokens, options, zero) if plane
                  else draw_cut(model, cut_of(model, R, towards[0], options.range, options.points), tokens, options, zero))
    save(figure, options)


run(main)
