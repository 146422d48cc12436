#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time-resolved fluorescence of a swarm, on a model that knows its dipoles (docs/spectra.md): photons a molecule emits per ns and eV against time.

  analysis/fluorescence.py swarm.h5                                    map of time and photon energy, and the total with two standard errors
  analysis/fluorescence.py swarm.h5 --model ethylene-dipoles.h5        the swarm's network was taught its dipoles afterwards
  analysis/fluorescence.py swarm.h5 --window "3 eV" "5 eV" --instrument "30 fs"
  analysis/fluorescence.py swarm.h5 --power                            emitted energy (eV per ns and eV) in place of photons
"""
import math

from light import LIGHT, PER_NANOSECOND, add_shape, check_shape, check_table, duration, energy, grid, line, mean, write_csv, write_json
from picture import EV, Mistake, canvas, np, number, parser, run, save
from surfaces import open_model
from swarm import Swarm, mended


def emission(model, swarm, rows, every):
    """Of the active state to all lower ones: energies (J, T, n) eV, rates of photons (J, T, n) 1/ns: A = 4/3 E^3 |mu|^2/c^3 (Einstein, atomic
    units). A trajectory that has ended does not emit."""
    n, time = swarm.states, swarm["time"][::every]
    E, A = np.zeros((len(rows), len(time), n)), np.zeros((len(rows), len(time), n))
    end = swarm["trajectories/end"]
    for j, row in enumerate(rows):
        states = swarm.rows("trajectories/active", row)[::every].astype(int)
        emits = (states > 0) & (time <= end[row] + 1e-9)
        if not emits.any():
            continue
        R = swarm.rows("trajectories/position", row)[::every][emits].astype(float)
        mu, levels = mended(model.dipoles, R), model.energies(R)
        k = states[emits]
        here = np.arange(len(k))
        gap = levels[here, k][:, None] - levels
        below = np.arange(n)[None] < k[:, None]
        E[j, emits] = np.where(below, gap, 0.0) * EV
        A[j, emits] = np.where(below, 4 / 3 * gap**3 * (mu[here, k]**2).sum(axis=-1) / LIGHT**3, 0.0) * PER_NANOSECOND
    return time, E, A


def check_same(model, swarm, row, name):
    """Another network would emit from another surface: energies of the first sample tell (positions and energies may be single precision)."""
    R, state = swarm.rows("trajectories/position", row)[:1].astype(float), int(swarm.rows("trajectories/active", row)[0])
    flown, here = float(swarm.rows("trajectories/potential", row)[0]), mended(model.energies, R)[0][state]
    if not abs(here - flown) < 1e-4:
        raise Mistake(f"--model {name}: not the network that the swarm was flown on: S{state} is {abs(here - flown) * EV:.3g} eV off at its first geometry; "
                      "expected that network with dipoles (docs/spectra.md)")


def response(time, fwhm):
    """Weights (T, T) of the instrument: a Gaussian; before time 0 nothing is emitted, after the last sample as much as there."""
    if not fwhm:
        return np.eye(len(time))
    step, s = np.gradient(time), fwhm / np.sqrt(8 * np.log(2))
    K = np.exp(-0.5 * ((time[:, None] - time) / s)**2) * step / (s * np.sqrt(2 * np.pi))
    K[:, 0] *= 0.5
    K[:, -1] = [0.5 * math.erfc((time[-1] - step[-1] / 2 - t) / (s * np.sqrt(2))) for t in time]
    return K


def total_rate(E, A, window, K, power):
    """(J, T): photons (or energy) per ns inside the window, seen by the instrument."""
    inside = A * ((E >= window[0]) & (E <= window[1])) * (E if power else 1.0)
    return inside.sum(axis=2) @ K.T


def map_of(E, A, weight, x, K, options):
    """Mean over trajectories (T, P)."""
    w, result = weight / weight.sum(), np.zeros((E.shape[1], len(x)))
    for t in range(E.shape[1]):
        lit = A[:, t] > 0
        amount = (w[:, None] * A[:, t] * (E[:, t] if options.power else 1.0))[lit]
        result[t] = amount @ line(x - E[:, t][lit][:, None], options.fwhm, options.shape) if lit.any() else 0.0
    return K @ result


def main():
    p = parser(__doc__, "fluorescence")
    p.add_argument("--model", metavar="FILE", help="in place of the swarm's: the same network with dipoles")
    p.add_argument("--window", type=energy, nargs=2, default=(0.0, np.inf), metavar=("LOW", "HIGH"), help="photon energies that the total counts (default: all)")
    p.add_argument("--instrument", type=duration, default=0.0, metavar="T", help="full width at half maximum of the response in time (default: none)")
    p.add_argument("--power", action="store_true", help="emitted energy, proportional to E^4 |mu|^2, in place of photons, E^3 |mu|^2")
    p.add_argument("--every", type=int, default=1, metavar="N", help="every N-th sample (default 1)")
    p.add_argument("--trajectories", type=int, metavar="N", help="only the first N (default: all)")
    add_shape(p)
    options = p.parse_args()
    check_shape(options)
    if options.every < 1 or options.instrument < 0 or not options.window[1] > options.window[0] or (options.trajectories or 2) < 2:
        raise Mistake("--every is at least 1, --trajectories at least 2, --instrument not negative, --window two energies, the lower first")
    for table in (options.csv, options.json):
        check_table(table, (options.swarm, options.model))
    import diabolo
    swarm = Swarm(options.swarm)
    model = open_model(options.model) if options.model else mended(diabolo.Model.of_result, options.swarm)
    if model.states != swarm.states:
        raise Mistake(f"{options.model}: {model.states} states, the swarm has {swarm.states}")
    rows = np.flatnonzero(swarm.counted)[:options.trajectories]
    if len(rows) < 2:
        raise Mistake(f"{options.swarm}: fewer than two trajectories count")
    if options.model:
        check_same(model, swarm, rows[0], options.model)
    weight = swarm["initial/weight"][rows]
    time, E, A = emission(model, swarm, rows, options.every)
    if not A.any():
        raise Mistake(f"{options.swarm}: nothing emits: no trajectory is in an excited state with a transition dipole")
    K = response(time, options.instrument)
    rate, error = mean(total_rate(E, A, options.window, K, options.power), weight)
    x = grid(options, E[A > 0])
    both = map_of(E, A, weight, x, K, options)
    unit = "eV/ns" if options.power else "photons/ns"
    columns = {"time_fs": time, f"rate_{'ev' if options.power else 'photons'}_per_ns": rate, "error": error}
    print(f"{len(rows)} trajectories; at {time[0]:g} fs {rate[0]:.4g} +- {error[0]:.2g} {unit}, at {time[-1]:g} fs {rate[-1]:.4g} +- {error[-1]:.2g}")
    if options.csv:
        write_csv(options.csv, "fluorescence", list(columns), list(columns.values()))
    if options.json:
        write_json(options.json, "fluorescence", {"trajectories": len(rows), "fwhm_ev": options.fwhm, "shape": options.shape, "instrument_fs": options.instrument,
                                                  "window_ev": [w if np.isfinite(w) else None for w in options.window], "power": options.power,
                                                  "model_sha256": model.digest, **columns, "energy_ev": x, "map": both})
    figure, (upper, lower) = canvas(options, 4.4, rows=2, sharex=True, height_ratios=(2, 1))
    shown = upper.pcolormesh(time, x, both.T, shading="nearest", cmap="viridis", rasterized=True)
    figure.colorbar(shown, ax=[upper, lower], label=f"{unit}/eV")
    upper.set(ylabel="photon energy / eV", title=f"fluorescence, {len(rows)} trajectories, {options.shape} of {number(options.fwhm)} eV"
              + (f", instrument {number(options.instrument)} fs" if options.instrument else ""))
    lower.plot(time, rate, color="black", linewidth=1.2)
    lower.fill_between(time, rate - 2 * error, rate + 2 * error, color="black", alpha=0.2, linewidth=0)
    lower.set(xlabel="time / fs", ylabel=unit)
    lower.set_ylim(bottom=0)
    save(figure, options)


if __name__ == "__main__":
    run(main)
