# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures on axes of matplotlib, in the style of the scripts (`diabolo plot`, docs/pictures.md), which draw with these functions.

    from diabolo import plot
    with plot.style():
        axes = plot.populations(swarm)
        axes.figure.savefig("populations.png")

Each function takes `axes` (left out: those of a new figure) and returns them; energies are drawn in eV, times in fs.
"""
from __future__ import annotations

import typing

import numpy as np

from ._array import Array
from ._need import need

need("matplotlib")

import matplotlib  # noqa: E402
from matplotlib.colors import hsv_to_rgb, to_hex  # noqa: E402

from . import units  # noqa: E402

# Okabe and Ito's palette, distinguishable with every kind of colour vision; then Tol's muted scheme (personal.sron.nl/~pault).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#332288", "#882255", "#999933", "#117733", "#AA4499", "#DDCC77",
           "#661100", "#6699CC", "#888888")
DASHED, DOTTED, SHORT = (0, (4, 2)), (0, (1, 1.3)), (0, (2, 1.5))
STYLE = {
    "font.size": 8, "axes.labelsize": 9, "axes.titlesize": 9, "axes.titlelocation": "left", "legend.fontsize": 7.5,
    "legend.frameon": False, "legend.handlelength": 1.8, "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "axes.linewidth": 0.7, "xtick.major.width": 0.7, "ytick.major.width": 0.7,
    "lines.solid_capstyle": "round", "hatch.linewidth": 0.6, "figure.constrained_layout.use": True,
    "pdf.fonttype": 42, "svg.fonttype": "none",  # text stays text: to be searched and edited
    "svg.hashsalt": "diabolo"}  # no random names: the same numbers give the same bytes
# name of an estimator: style, width, opacity of the band, what the legend says
ESTIMATORS: typing.Dict[str, typing.Any] = {
    "active": ("-", 1.6, 0.22, "active state"), "electronic": (DASHED, 1.1, 0.12, r"mean $|c|^2$"),
    "diabatic": ((0, (5, 1.5, 1, 1.5)), 1.1, 0.12, r"mean $|c|^2$, diabatic"), "mixed": (SHORT, 1.1, 0.12, "mixed, diabatic")}
Axes = typing.Any


def style() -> typing.Any:
    """The style of the scripts, for a block: `with plot.style():`."""
    return matplotlib.rc_context(STYLE)


def colour(number: int) -> str:
    """The colour of a state, or of the n-th curve: no two alike. Beyond the palette, hues a golden section of the circle apart."""
    if number < len(COLOURS):
        return COLOURS[number]
    beyond = number - len(COLOURS)
    return to_hex(hsv_to_rgb((beyond * 0.618034 % 1, 0.9 if beyond % 2 else 0.6, 0.55 if beyond % 3 else 0.8)))


def state_name(state: int) -> str:
    """ "S1" of 1."""
    return f"S{state}"


def _axes(axes: Axes) -> Axes:
    if axes is None:
        import matplotlib.pyplot as plt
        axes = plt.subplots()[1]
    return axes


def _time_axis(axes: Axes, time: Array) -> None:
    axes.set(xlabel="time / fs", xlim=(time[0], max(time[-1], time[0] + 1e-3)))


def band(axes: Axes, time: Array, p: Array, error: Array, shade: str, look: typing.Any) -> typing.Any:
    """A population p (T) against time (T) fs, with a band of two standard errors `error` (T, or one number), cut at 0 and 1 unless p itself goes beyond;
    `look` as in ESTIMATORS. Returns the line."""
    linestyle, width, alpha, _ = look
    wide = 2 * np.nan_to_num(error)
    low, high = (-np.inf, np.inf) if np.any(p < -1e-9) or np.any(p > 1 + 1e-9) else (0, 1)
    axes.fill_between(time, np.clip(p - wide, low, high), np.clip(p + wide, low, high), color=shade, alpha=alpha, linewidth=0)
    return axes.plot(time, p, color=shade, linewidth=width, linestyle=linestyle)[0]


def own_estimators(swarm: typing.Any) -> typing.List[str]:
    """The populations of the method first, then the others: mean fields and some mapping methods have those of amplitudes."""
    names = ["active", "electronic"]
    return names[::-1] if getattr(swarm, "by_amplitudes", False) else names


def looks_of(swarm: typing.Any) -> typing.Dict[str, typing.Any]:
    """ESTIMATORS, in the words of the method, whose own populations are solid: scaled ones are no mean |c|^2."""
    if not getattr(swarm, "by_amplitudes", False):
        return ESTIMATORS
    active, other, diabatic = (ESTIMATORS[name] for name in ("active", "electronic", "diabatic"))
    return {**ESTIMATORS, "active": (*other[:3], active[3]), "electronic": (*active[:3], "from amplitudes"),
            "diabatic": (*diabatic[:3], "from amplitudes, diabatic")}


def population_limits(axes: Axes) -> typing.Tuple[float, float]:
    """0 to 1, or more where lines go beyond: populations from amplitudes may."""
    drawn = np.concatenate([[0.0, 1.0]] + [np.asarray(line.get_ydata(), float) for line in axes.lines])
    return np.nanmin(drawn) - 0.02, np.nanmax(drawn) + 0.02


def populations(swarm: typing.Any, axes: Axes = None, estimators: typing.Optional[typing.Sequence[str]] = None) -> Axes:
    """Populations of all states of a Swarm (or Exact) against time, with bands of two standard errors. estimators: "active", "electronic",
    "diabatic", the first one with solid lines; left out: that of the method, and the other of the first two."""
    axes, found, estimators = _axes(axes), swarm.populations, estimators or own_estimators(swarm)
    names = found.dtype.names if isinstance(found, np.ndarray) else found
    for estimator in estimators:
        if estimator not in names:
            continue
        for k in range(swarm.states):
            error = found[f"{estimator}_error"][:, k] if f"{estimator}_error" in names else np.zeros(len(swarm.time))
            line = band(axes, swarm.time, found[estimator][:, k], error, colour(k), looks_of(swarm)[estimator])
            if estimator == estimators[0]:
                line.set_label(state_name(k))
        linestyle, width, _, text = looks_of(swarm)[estimator]
        axes.plot([], [], color="0.35", linewidth=width, linestyle=linestyle, label=text)
    axes.set(ylabel="population", ylim=population_limits(axes))
    _time_axis(axes, swarm.time)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return axes


def _lonely(active: Array, i: int) -> bool:
    """Is sample i alone on its state, so that a line would not show it?"""
    return all(not 0 <= j < len(active) or active[j] != active[i] for j in (i - 1, i + 1))


def surfaces(axes: Axes, time: Array, energies: Array, active: Array) -> None:
    """Thin lines for energies (T, n) eV of all states against time (T) fs; a broad shade under the active one (T), broken where it changes."""
    shade: typing.Dict[str, typing.Any] = dict(color="black", linewidth=5.5, alpha=0.2)
    for k in range(energies.shape[1]):
        axes.plot(time, np.where(active == k, energies[:, k], np.nan), zorder=1, marker="o", markersize=5.5, markeredgewidth=0,
                  markevery=[i for i in range(len(time)) if _lonely(active, i)], **shade)
        axes.plot(time, energies[:, k], color=colour(k), linewidth=1.1, label=state_name(k))
    axes.plot([], [], label="active", **shade)


def hops(axes: Axes, time: Array, energies: Array, table: typing.Any) -> None:
    """Hops as arrows from surface to surface at their times: full if accepted, dashed if frustrated. energies (T, n) eV against time (T) fs;
    table: its columns `time` (fs), `from`, `to`, `accepted`, one row a hop."""
    styles: typing.Dict[int, typing.Any] = {2: dict(color=colour(0), linewidth=1.1), 1: dict(color="black", linewidth=1.1), 0: dict(color="0.4", linewidth=0.9, linestyle=SHORT)}
    columns = [table[name] for name in ("time", "from", "to", "accepted")]
    if "work" in (table.dtype.names if isinstance(table, np.ndarray) else table):  # what light paid
        columns[3] = np.where(table["work"] != 0, 2, columns[3])
    for t, start, to, accepted in zip(*columns):
        low, high = (np.interp(t, time, energies[:, int(k)]) for k in (start, to))
        axes.axvline(t, color="0.85", linewidth=0.7, zorder=0)
        axes.annotate("", xy=(t, high), xytext=(t, low), zorder=4,
                      arrowprops=dict(arrowstyle="-|>", shrinkA=0, shrinkB=0, mutation_scale=7, **styles[int(accepted)]))
    for kind in sorted({int(a) for a in columns[3]}, reverse=True):
        axes.plot([], [], label={2: "hop by light", 1: "hop", 0: "frustrated hop"}[kind], **styles[kind])


def energies(trajectory: typing.Any, axes: Axes = None) -> Axes:
    """Adiabatic energies of a Trajectory against time, above its lowest S0, the active one marked, its hops as arrows."""
    axes = _axes(axes)
    values = (trajectory.energies - np.nanmin(trajectory.energies[:, 0])) / units.EV
    surfaces(axes, trajectory.time, values, trajectory.active.astype(int))
    hops(axes, trajectory.time, values, trajectory.hops)
    axes.set(ylabel="energy above lowest S0 / eV", title=f"trajectory {trajectory.number}")
    _time_axis(axes, trajectory.time)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return axes


def gaps(swarm: typing.Any, axes: Axes = None, start: int = 1, to: int = 0) -> Axes:
    """At what gap a Swarm hopped from state `start` to `to`: a histogram in eV of accepted hops, hatched those of frustrated ones; trajectories that
    do not count in the populations are left out."""
    axes, table = _axes(axes), swarm.hops
    mine = np.isin(table["trajectory"], swarm.trajectories["number"][swarm.counted]) & (table["from"] == start) & (table["to"] == to)
    parts = [np.abs(table["gap"][mine & (table["accepted"] == kind)]) / units.EV for kind in (1, 0)]
    top = max([part.max() for part in parts if len(part)], default=1.0)
    _, _, (full, hatched) = axes.hist(parts, np.linspace(0, max(top, 1e-3), 21), stacked=True, color=[colour(start), "white"], linewidth=0.8,
                                      label=[f"accepted: {len(parts[0])}", f"frustrated: {len(parts[1])}"])
    for patch in full:
        patch.set_edgecolor("white")
    for patch in hatched:
        patch.set(edgecolor=colour(start), hatch="//////", visible=patch.get_height() > 0)
    axes.set(xlabel="energy gap / eV", ylabel="hops", title=f"{state_name(start)} → {state_name(to)}")
    axes.legend()
    return axes
