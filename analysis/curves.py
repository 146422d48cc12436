# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture scripts share: energies of states and elements of the diabatic matrix as curves and as contours. Not a program."""
from picture import DASHED, canvas, colour, gap_axis, legend, narrow, np
from surfaces import token_name


def default_tokens(n, plane=False):
    """All energies, the whole diabatic matrix of n states and the gaps of neighbours; in a plane energies and the lowest gap."""
    if plane:
        return [("S", (k,)) for k in range(min(n, 3))] + ([("gap", (1, 0))] if n > 1 else [])
    return ([("S", (k,)) for k in range(n)] + [("H", (k, k)) for k in range(n)]
            + [("H", (i, j)) for j in range(n) for i in range(j)] + [("gap", (k + 1, k)) for k in range(n - 1)])


def colours_of(tokens):
    """{token: colour}: an energy has the colour of its state, a gap that of its upper state unless another gap has it; everything else a
    colour that no other curve of the picture has."""
    shades, taken = {}, set()
    for token in tokens:
        kind, states = token
        if kind == "S" or (kind == "gap" and not any(t[0] == "gap" and t[1][0] == states[0] for t in shades)):
            shades[token] = states[0]
            taken.add(states[0])
    for token in tokens:
        if token not in shades:
            shades[token] = next(i for i in range(len(taken) + 1) if i not in taken)
            taken.add(shades[token])
    return {token: colour(i) for token, i in shades.items()}


def draw_line(axes, at, energies, token, shade):
    kind, states = token
    if kind == "S":
        look = dict(linewidth=1.5, zorder=3)
    elif kind == "gap":
        look = dict(linewidth=1.3)
    elif states[0] == states[1]:
        look = dict(linewidth=1.0, linestyle=DASHED, zorder=4)
    else:
        look = dict(linewidth=1.1, linestyle=DASHED)
    axes.plot(at, energies.of(token), label=token_name(token), color=shade, **look)


VANISHES = 1e-6  # eV: a coupling below it everywhere is rounding


def coupling_axis(axes, couplings, energies):
    """Couplings (k, P) in eV; those that vanish are not scaled up to the whole height, and are labelled as zero."""
    axes.axhline(0, color="0.8", linewidth=0.7, zorder=0)
    axes.set_ylabel("coupling / eV")
    largest = np.nanmax(np.abs(couplings))
    if largest < VANISHES:
        axes.set(ylim=(-1, 1), yticks=[0])
        axes.annotate("no coupling between these states", (0.5, 0.6), xycoords="axes fraction", ha="center", fontsize=7, color="0.35")
    elif largest < 1e-3 * np.ptp(energies.adiabatic[np.isfinite(energies.adiabatic)]):
        axes.annotate("small: note the scale", (0.99, 0.95), xycoords="axes fraction", ha="right", va="top", fontsize=6.5, color="0.35")


def draw_cut(options, at, energies, tokens, label, nodes=(), top=None):
    """Energies and diagonal elements above; off-diagonal ones below; gaps below that. nodes: [(position, name)] on the axis. Figure, panels."""
    rows = [[t for t in tokens if t[0] == "S" or (t[0] == "H" and t[1][0] == t[1][1])],
            [t for t in tokens if t[0] == "H" and t[1][0] != t[1][1]], [t for t in tokens if t[0] == "gap"]]
    shown = [(row, name) for row, name in zip(rows, ("energy / eV", "coupling / eV", "gap / eV")) if row]
    heights = [2.6 if name == "energy / eV" else 1 for _, name in shown]
    figure, panels = canvas(options, 0.6 + 1.15 * sum(heights), len(shown), 1, sharex=True, squeeze=False, gridspec_kw=dict(height_ratios=heights))
    shades = colours_of(tokens)
    for panel, (row, name) in zip(panels[:, 0], shown):
        for token in row:
            draw_line(panel, at, energies, token, shades[token])
        for position, _ in nodes:
            panel.axvline(position, color="0.85", linewidth=0.7, zorder=0)
        panel.set_ylabel(name)
        if name == "energy / eV" and top is not None:
            panel.set_ylim(top=top)
        if name == "coupling / eV":
            coupling_axis(panel, np.array([energies.of(token) for token in row]), energies)
        if name == "gap / eV":
            gap_axis(panel, np.array([energies.of(token) for token in row]))
        legend(panel, options, columns=3 if len(row) < 8 else 4)
    panels[-1, 0].set(xlabel=label, xlim=(at[0], at[-1]))
    if nodes:
        panels[-1, 0].set_xticks([p for p, _ in nodes], [name for _, name in nodes])
    figure.align_ylabels()
    return figure, panels[:, 0]


def levels_of(values, top):
    """Some 20 round levels."""
    low, high = np.nanmin(values), min(np.nanmax(values), top)
    step = max(high - low, 1e-9) / 20
    decade = 10 ** np.floor(np.log10(step))
    step = decade * min((m for m in (1, 2, 2.5, 5, 10) if m * decade >= step), default=10)
    return np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step


def draw_panel(figure, axes, origin, a, b, values, token, top):
    levels = levels_of(values, top if top is not None else np.nanquantile(values, 0.97))
    signed = token[0] == "H" and token[1][0] != token[1][1] and levels[0] < 0 < levels[-1]
    look = dict(levels=levels, extend="max" if np.nanmax(values) > levels[-1] else "neither")
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
    if origin is not None:
        for shade, width in (("black", 2.0), ("white", 1.0)):
            axes.plot(*origin, marker="+", color=shade, markersize=7, markeredgewidth=width)


def draw_contours(options, a, b, energies, tokens, labels, origin=None, equal=False, top=None):
    """One panel per token on the grid a x b; origin: where the cross is. Figure, panels."""
    columns = 1 if narrow(options) or len(tokens) == 1 else 3 if len(tokens) in (3, 5, 6) else 2
    rows = -(-len(tokens) // columns)
    height = {1: 3.5 if narrow(options) else 4.6, 2: 2.75, 3: 2.1}[columns]
    figure, panels = canvas(options, 0.3 + height * rows, rows, columns, sharex=True, sharey=True, squeeze=False)
    for panel, token in zip(panels.flat, tokens):
        draw_panel(figure, panel, origin, a, b, energies.of(token), token, top)
        if equal and 0.4 < (a[-1] - a[0]) / (b[-1] - b[0]) < 2.5:
            panel.set_aspect("equal")
    for panel in panels.flat[len(tokens):]:
        panel.set_visible(False)
    for column in range(columns):
        lowest = panels[(len(tokens) - 1 - column) // columns, column]
        lowest.tick_params(labelbottom=True)
        lowest.set_xlabel(labels[0])
    for row in panels:
        row[0].set_ylabel(labels[1])
    return figure, panels
