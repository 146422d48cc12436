#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Populations of a swarm against time, with bands of two standard errors: active states (solid), mean |c|^2 (dashed), and others.

  analysis/populations.py swarm.h5                                     active states and mean |c|^2
  analysis/populations.py swarm.h5 swarm-exact.h5                      with the exact populations, from 'diabolo exact'
  analysis/populations.py swarm-exact.h5                               these alone: adiabatic (solid), diabatic (dashed)
  analysis/populations.py swarm.h5 --fit                               with the decay fitted by 'diabolo analyse'
  analysis/populations.py swarm.h5 --fit analysis.json                 the same from the output of 'diabolo analyse --json'
  analysis/populations.py swarm.h5 --scheme "S2 -> S1 -> S0"           with a kinetic scheme, fitted to all states
  analysis/populations.py swarm.h5 --estimator active diabatic
  analysis/populations.py swarm.h5 --groups S0 excited=S1+S2           summed by group of states
  analysis/populations.py swarm.h5 --width single -o figure.pdf figure.png
"""
import argparse

from ask import analysis, fitted_schemes, words_of_parameters
from picture import DASHED, DOTTED, Mistake, canvas, colour, legend, narrow, note, np, parser, plt, run, save, state_name, state_of
from swarm import Swarm, check_state, is_format, mended

from diabolo.plot import ESTIMATORS, band, looks_of, own_estimators, population_limits

# ---- which populations -------------------------------------------------------------------------------------------------


class Alone:
    """A file of `diabolo exact` where a swarm is expected: its populations have no errors."""

    def __init__(self, path):
        from diabolo.exact_file import Exact
        self.exact, self.path = mended(Exact, path), path
        self.states = self.exact.states
        if not self.exact.populations:
            raise Mistake(f"{path}: no populations against time; the engine is {self.exact.attributes['engine']}")

    def __getitem__(self, name):
        return self.exact.time if name == "time" else self.exact.populations[name.removeprefix("populations/")]

    def check_state(self, state):
        return check_state(state, self.states, self.path)


def groups_of(words, swarm):
    """[(name, [states])] from 'S0', 'S1+S2', 'excited=S1+S2'."""
    found = []
    for word in words or map(state_name, range(swarm.states)):
        name, _, states = word.rpartition("=")
        try:
            states = [swarm.check_state(state_of(s)) for s in states.split("+")]
        except (argparse.ArgumentTypeError, Mistake) as reason:
            raise Mistake(f"--groups {word}: {reason}; expected states joined by +, such as S1+S2 or excited=S1+S2") from None
        if len(set(states)) < len(states):
            raise Mistake(f"--groups {word}: a state is named twice")
        found.append((name or "+".join(map(state_name, states)), states))
    return found


def error_of_share(p, weights):
    """Binomial, with Kish's effective number of trajectories (docs/swarm-file.md)."""
    effective = weights.sum() ** 2 / (weights**2).sum() if weights.any() else np.nan
    return np.sqrt(np.clip(p * (1 - p), 0, None) / effective)


def error_of_ratio(x, whole, weights):
    """Of sum w x / sum w whole, both (N, T), as in docs/swarm-file.md: of a weighted mean of x, if `whole` is 1."""
    counted, ratio = np.count_nonzero(weights), weights @ x / (weights @ whole)
    if counted < 2:
        return np.full(x.shape[1], np.nan)
    return np.sqrt(counted / (counted - 1) * (weights**2 @ (x - ratio * whole) ** 2)) / abs(weights @ whole)


def mixed(found):
    """Diabatic populations from the active state and the coherences of the amplitudes, with errors, (T, n) each: 'diabolo analyse' has them."""
    diabatic = (found.get("estimators") or {}).get("diabatic") or {}
    if not diabatic.get("mixed"):
        raise Mistake(f"no mixed populations in the analysis: {diabatic.get('missing') or 'it is of an earlier program'}")
    return [np.array(diabatic["mixed"][name], float).T for name in ("value", "error")]


def population_of(swarm, estimator, states, options):
    """Summed over states, and its error."""
    if isinstance(swarm, Alone):
        return swarm[f"populations/{estimator}"][:, states].sum(1), 0.0
    if estimator != "mixed":
        p = swarm[f"populations/{estimator}"][:, states].sum(1)
        return p, error_of_group(swarm, estimator, states, p)
    value, error = mixed(options.found)
    return value[:, states].sum(1), error[:, states[0]] if len(states) == 1 else np.full(len(value), np.nan)


def error_of_group(swarm, estimator, states, p):
    """One standard error of the summed population, NaN where the file does not determine it."""
    stored, rest = swarm[f"populations/{estimator}_error"], [k for k in range(swarm.states) if k not in states]
    if len(states) == 1:
        return stored[:, states[0]]
    if len(rest) == 1:  # all but one: p = 1 - that one
        return stored[:, rest[0]]
    if estimator == "active":
        return error_of_share(p, swarm.weights)
    if estimator == "electronic" and "trajectories/amplitudes" in swarm:
        counts = swarm.counted
        c = swarm["trajectories/amplitudes"][counts]
        x = swarm.checked.contributions(c, counts) if swarm.by_amplitudes else (c.astype(float) ** 2).sum(3)
        return error_of_ratio(x[:, :, states].sum(2), x.sum(2), swarm.weights[counts])
    return np.full(len(p), np.nan)


def exact_of(path, swarm):
    """The file of `diabolo exact`, of the same model and times."""
    from diabolo.exact_file import Exact
    exact = mended(Exact, path)
    if exact.states != swarm.states:
        raise Mistake(f"{path}: {exact.states} states, the swarm has {swarm.states}: not of the same model")
    if exact.attributes["model_digest"] != swarm.attribute("model_digest"):
        raise Mistake(f"{path}: not of the model that flew {swarm.path}")
    return exact


# ---- drawing -----------------------------------------------------------------------------------------------------------


def draw_populations(axes, swarm, estimators, groups, options):
    """Lines and names for the legend."""
    time, lines = swarm["time"], []
    # Bands of all but the first fainter, so that they are seen where they overlap.
    for estimator in reversed(estimators):
        style, width, alpha, _ = options.looks[estimator]
        if estimator == estimators[0]:
            alpha, lines = 0.22, []
        for i, (_, states) in enumerate(groups):
            shade = colour(states[0] if len(groups) > 1 else i)
            p, error = population_of(swarm, estimator, states, options)
            lines.append(band(axes, time, p, error, shade, (style, width, alpha, "")))
    names = [name for name, _ in groups]
    for estimator in estimators:
        style, width, _, name = options.looks[estimator]
        lines.append(plt.Line2D([], [], color="0.35", linewidth=width, linestyle=style))
        names.append(name)
    return lines, names


def draw_exact(axes, exact, estimators, groups):
    """The exact populations of the first estimator that the file has, dots of ink over the bands; the line for the legend."""
    name = next((e for e in estimators if e in exact.populations), None)
    if name is None:
        raise Mistake(f"{exact.path}: none of the populations {', '.join(estimators)}; the engine knows {', '.join(exact.populations) or 'none'}")
    style = dict(linewidth=1.3, linestyle=DOTTED, zorder=5)
    for i, (_, states) in enumerate(groups):
        axes.plot(exact.time, exact.populations[name][:, states].sum(1), color=dark(colour(states[0] if len(groups) > 1 else i)), **style)
    return plt.Line2D([], [], color="black", **style)


def dark(shade):
    """The same hue, nearer to black."""
    return tuple(0.55 * np.array(plt.matplotlib.colors.to_rgb(shade)))


def draw_fit(axes, options):
    """The fitted curves and their text for the legend: of the first kinetic scheme that was fitted, else of the lifetime."""
    found, dotted = options.found, dict(color="black", linewidth=1.2, linestyle=DOTTED, zorder=4)
    for scheme in fitted_schemes(found)[:1]:
        for curve in scheme["fit"]:
            line, = axes.plot(scheme["time_fs"], np.array(curve, float), **dotted)
        return line, [scheme["scheme"].replace("->", "→")] + words_of_parameters(scheme["parameters"])
    life = found["lifetime"]
    if life["refused"]:
        return plt.Line2D([], [], linestyle="none"), ["no fit: see", "diabolo analyse"]
    if life.get("since_fs"):  # of those that are in the state then: not a curve of the populations
        return plt.Line2D([], [], linestyle="none"), [f"{state_name(life['state'])} since {life['since_fs']:g} fs: {life['model']}"] + words_of_parameters(life["parameters"])
    line, = axes.plot(life["time_fs"], life["curve"], **dotted)
    return line, [f"fit to {state_name(life['state'])}: {life['model']}"] + words_of_parameters(life["parameters"])


def main():
    p = parser(__doc__, "populations")
    p.add_argument("--fit", nargs="?", const="", metavar="ANALYSIS.json",
                   help="draw the fitted decay: by asking 'diabolo analyse' now, or from its --json output")
    p.add_argument("--scheme", action="append", metavar="SCHEME", help="draw the fit of a kinetic scheme, made now: 'S2 -> S1 -> S0'")
    p.add_argument("--estimator", nargs="+", choices=list(ESTIMATORS), metavar="NAME",
                   help=f"which populations: {', '.join(ESTIMATORS)} (default: active electronic, the method's own first)")
    p.add_argument("--groups", nargs="+", metavar="GROUP", help="sums of states: S0 S1+S2, or with a name excited=S1+S2")
    p.add_argument("exact", nargs="?", metavar="EXACT.h5", help="file written by 'diabolo exact': the exact populations, dotted")
    options = p.parse_args()
    alone = is_format(options.swarm, "diabolo-exact")
    if alone and (options.exact or options.fit is not None or options.scheme):
        raise Mistake(f"{options.swarm}: of exact dynamics, drawn alone: no second file, --fit or --scheme")
    swarm, options.looks = Alone(options.swarm) if alone else Swarm(options.swarm), ESTIMATORS
    if not alone:
        options.looks = looks_of(swarm)
    options.estimator = options.estimator or own_estimators(swarm)
    if alone:  # what the engine knows
        options.looks = {"active": ("-", 1.6, 0, "exact, adiabatic"), "diabatic": (DASHED, 1.1, 0, "exact, diabatic")}
        options.estimator = [name for name in options.looks if name in swarm.exact.populations]
    exact = exact_of(options.exact, swarm) if options.exact else None
    groups = groups_of(options.groups, swarm)
    fitted = options.fit is not None or bool(options.scheme)
    options.found = analysis(options) if fitted or "mixed" in options.estimator else None
    figure, axes = canvas(options, 3.6)
    lines, names = draw_populations(axes, swarm, options.estimator, groups, options)
    if exact is not None:
        lines.append(draw_exact(axes, exact, options.estimator, groups))
        names.append("exact")
    if fitted:
        line, words = draw_fit(axes, options)
        lines.append(line)
        names.append("fit" if narrow(options) else "\n".join(words))
        if narrow(options):  # the numbers below, there is no room beside
            note(figure, options, ", ".join(words).replace(",    (", " (").replace(", (95", " (95"))
    legend(axes, options, lines, names, columns=3 if len(options.estimator) < 3 else 2)
    time = swarm["time"]
    axes.set(xlabel="time / fs", ylabel="population", ylim=population_limits(axes), xlim=(time[0], max(time[-1], time[0] + 1e-3)))
    axes.yaxis.grid(True, color="0.92", linewidth=0.6)
    save(figure, options)


run(main)
