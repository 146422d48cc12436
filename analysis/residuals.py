#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well a fitted decay describes the swarm: data and model, their difference, and its autocorrelation.

  analysis/residuals.py swarm.h5                              fits now ('diabolo analyse')
  analysis/residuals.py swarm.h5 --fit analysis.json          from the output of 'diabolo analyse --json'
  analysis/residuals.py swarm.h5 --scheme "S2 -> S1 -> S0"    of a kinetic scheme, each state
  analysis/residuals.py swarm.h5 --model biexponential        another decay: delayed, exponential, biexponential

The band is two standard errors of the data. Neighbouring samples are the same trajectories, so residuals of a good fit are correlated over
the time that a population takes to change; what a good fit does not show is a trend, or a residual that stays outside the band.
"""
from ask import analyse, analysis, fitted_schemes
from picture import DOTTED, Mistake, canvas, colour, narrow, np, parser, run, save, state_name
from swarm import Swarm


def autocorrelation(x):
    """Autocorrelation of a series about zero, at all lags up to half its length."""
    norm = (x * x).sum()
    return np.array([(x[:len(x) - k] * x[k:]).sum() / norm if norm > 0 else np.nan for k in range(max(len(x) // 2, 1))])


def series_of(found):
    """[(name, state, times, data, error, curve)] of all that was fitted: each species of each kinetic scheme, else the lifetime."""
    every = []
    for scheme in fitted_schemes(found):
        for i, (species, share, fit) in enumerate(zip(scheme["species"], scheme["share"], scheme["fit"])):
            p, state = np.array(share, float), int(species[1:]) if species[:1] == "S" and species[1:].isdigit() else i + 3
            error = np.sqrt(np.clip(p * (1 - p), 0, None) / max(scheme["effective_trajectories"], 1))
            every.append((f"{species} in {scheme['scheme'].replace('->', '→')}", state, np.array(scheme["time_fs"], float), p, error, np.array(fit, float)))
    life = found["lifetime"]
    if every:
        return every
    if life["refused"]:
        raise Mistake(f"there is no fit: {life['refused']}")
    values = [np.array(life[key], float) for key in ("time_fs", "survival", "survival_error", "curve")]
    return [(f"{state_name(life['state'])}, {life['model']}: {life['formula']}", life["state"], *values)]


def draw(row, series, short):
    name, state, time, data, error, curve = series
    upper, lower, right = row
    band = 2 * np.nan_to_num(error)
    upper.fill_between(time, np.clip(data - band, 0, 1), np.clip(data + band, 0, 1), color=colour(state), alpha=0.22, linewidth=0)
    upper.plot(time, data, color=colour(state), linewidth=1.4, label="swarm")
    upper.plot(time, curve, color="black", linewidth=1.2, linestyle=DOTTED, label="fit")
    upper.set(ylabel="population", ylim=(-0.02, 1.02))
    upper.set_title(name.split(":")[0] if short else name, fontsize=7.5)
    upper.legend(loc="upper right")
    rest = data - curve
    lower.axhline(0, color="0.6", linewidth=0.7)
    lower.fill_between(time, -band, band, color=colour(state), alpha=0.22, linewidth=0, label="2 standard errors")
    lower.plot(time, rest, color="black", linewidth=1.0)
    reach = 1.15 * max(np.abs(rest).max(), band.max(), 1e-6)
    lower.set(ylabel="residual", xlabel="time / fs", ylim=(-reach, reach), xlim=(time[0], max(time[-1], time[0] + 1e-3)))
    outside = np.mean(np.abs(rest) > np.maximum(band, 1e-12))
    lower.set_title(f"rms {np.sqrt(np.mean(rest**2)):.3g}, {100 * outside:.0f} % outside two standard errors", fontsize=7)
    lag = autocorrelation(rest)
    right.axhline(0, color="0.6", linewidth=0.7)
    right.vlines((time - time[0])[:len(lag)], 0, lag, color="black", linewidth=max(0.5, min(2, 60 / len(lag))))
    right.set(xlabel="lag / fs", ylabel="autocorrelation", ylim=(min(1.15 * lag.min(), -0.2), 1.05))


def main():
    p = parser(__doc__, "residuals")
    p.add_argument("--fit", metavar="ANALYSIS.json", help="the output of 'diabolo analyse --json' (default: asks now)")
    p.add_argument("--model", metavar="MODEL", help="which decay to fit now (see 'diabolo analyse --help')")
    p.add_argument("--scheme", action="append", metavar="SCHEME", help="a kinetic scheme to fit now: 'S2 -> S1 -> S0'")
    options = p.parse_args()
    if options.model and options.scheme:
        raise Mistake("--model and --scheme ask for different fits: give one of them")
    if options.fit and options.model:
        raise Mistake("--fit reads a fit that is done, --model asks for one: give one of them")
    Swarm(options.swarm)
    found = analyse(options.swarm, "--fit", options.model) if options.model else analysis(options)
    fitted = series_of(found)
    figure, _ = canvas(options, (5.4 if narrow(options) else 3.8) * len(fitted))
    figure.clear()
    below = narrow(options)  # the autocorrelation: below or beside
    height = 3 if below else 2
    grid = figure.add_gridspec(height * len(fitted), 1 if below else 2, width_ratios=None if below else (3, 1),
                               height_ratios=((2.2, 1, 1) if below else (2.2, 1)) * len(fitted))
    for i, series in enumerate(fitted):
        upper = figure.add_subplot(grid[height * i, 0])
        lower = figure.add_subplot(grid[height * i + 1, 0], sharex=upper)
        upper.tick_params(labelbottom=False)
        right = figure.add_subplot(grid[height * i + 2, 0] if below else grid[2 * i:2 * i + 2, 1])
        draw((upper, lower, right), series, below)
        figure.align_ylabels((upper, lower, right) if below else (upper, lower))
    save(figure, options)


run(main)
