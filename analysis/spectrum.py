#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Absorption spectrum by the nuclear ensemble, of a model that knows its dipoles (docs/spectra.md), with bands of two standard errors.

  analysis/spectrum.py input.yaml                                      geometries drawn as the input of 'diabolo run' says
  analysis/spectrum.py input.yaml --model ethylene-dipoles.h5 --samples 2000 --fwhm "0.2 eV"
  analysis/spectrum.py swarm.h5                                        those that a swarm started from
  analysis/spectrum.py input.yaml --csv spectrum.csv --json spectrum.json
"""
import os

from light import (ABSORPTION, EXTINCTION, add_shape, check_shape, check_table, grid, line, mean, strengths, write_csv, write_json)
from picture import EV, Mistake, canvas, colour, h5py, legend, np, number, parser, run, save, state_name
from surfaces import open_model
from swarm import Swarm, check_state, mended


def ensemble(options):
    """Transition energies (N, n) eV and oscillator strengths from state `--from` at the geometries of the ensemble, weights (N)."""
    import diabolo
    if h5py.is_hdf5(options.source):
        swarm = Swarm(options.source)
        if "initial/candidate" in swarm:
            raise Mistake(f"{options.source}: its starts were chosen by excitation energy already: they are no ensemble of the ground state; give the "
                          "input without `excitation`")
        model = open_model(options.model) if options.model else mended(diabolo.Model.of_result, options.source)
        check_state(options.state, model.fitted, options.source)
        R, weight = (swarm[name][:options.samples] for name in ("initial/position", "initial/weight"))
        E, f = strengths(model, R, options.state)
        return E[:, :model.fitted], f[:, :model.fitted], weight
    settings = {"initial": {"state": options.state, **({"trajectories": options.samples} if options.samples else {}),
                            **({"seed": options.seed} if options.seed is not None else {})}}
    if options.model:
        settings["model"] = os.path.abspath(options.model)
    try:
        found = diabolo.sample(options.source, **settings)
    except diabolo.Error as reason:
        hint = "; take the block `excitation` out for a spectrum" if "excitation" in str(reason) else ""
        raise Mistake(f"{reason}{hint}") from None
    if found.strengths is None:
        raise Mistake(f"{options.source}: its model has no dipoles: the block `dipoles` of a training teaches them to a network (then --model), a vibronic model "
                      "has the key `dipoles` (docs/spectra.md)")
    fitted = ~np.isnan(found.strengths[0])
    return (found.energies - found.energies[:, options.state, None])[:, fitted] * EV, found.strengths[:, fitted], found.weight


def spectrum(E, f, weight, options):
    """energies (P); for each state above --from and their sum: cross section (Angstrom^2) and its standard error (P)."""
    states = list(range(options.state + 1, E.shape[1]))
    if not states:
        raise Mistake(f"no state lies above S{options.state}")
    x, parts = grid(options, E[:, states]), {}
    total = np.zeros((len(E), len(x)))
    for k in states:
        each = ABSORPTION * f[:, k, None] * line(x - E[:, k, None], options.fwhm, options.shape)
        total += each
        parts[k] = mean(each, weight)
    return x, parts, mean(total, weight)


def moments(E, f, weight):
    """Oscillator strength, mean energy and width (eV) of the bare lines, weighted by f, with errors (of the ratio, to first order)."""
    strength, error = mean(f, weight)
    w = weight / weight.sum()
    centre = (w * f * E).sum() / strength if strength > 0 else np.nan
    n = np.count_nonzero(weight)
    off = np.sqrt(n / max(n - 1, 1) * (w**2 * (f * (E - centre))**2).sum()) / strength if strength > 0 else np.nan
    width = np.sqrt((w * f * (E - centre)**2).sum() / strength) if strength > 0 else np.nan
    return {"oscillator_strength": strength, "oscillator_strength_error": error, "mean_ev": centre, "mean_ev_error": off, "width_ev": width}


def draw(x, parts, total, options, N):
    figure, axes = canvas(options, 2.9)
    for name, (y, error), paint, style in [*((state_name(k), v, colour(k), "-") for k, v in parts.items()), ("all", total, "black", (0, (4, 2)))]:
        if name == "all" and len(parts) == 1:
            continue
        axes.plot(x, y, color=paint, linestyle=style, linewidth=1.2, label=name)
        axes.fill_between(x, y - 2 * error, y + 2 * error, color=paint, alpha=0.2, linewidth=0)
    axes.set(xlabel="photon energy / eV", ylabel=r"cross section / $\mathrm{\AA}^2$", xlim=(x[0], x[-1]))
    axes.set_ylim(bottom=0)
    axes.set_title(f"absorption from {state_name(options.state)}, {N} geometries, {options.shape} of {number(options.fwhm)} eV")
    legend(axes, options)
    save(figure, options)


def main():
    p = parser(__doc__, "spectrum", what="source", metavar="INPUT", text="input of 'diabolo run' (YAML), or a swarm file (HDF5)")
    p.add_argument("--model", metavar="FILE", help="in place of the input's: the same network with dipoles")
    p.add_argument("--samples", type=int, metavar="N", help="geometries (default: as many as the input has trajectories)")
    p.add_argument("--seed", type=int, metavar="N", help="in place of the input's")
    p.add_argument("--from", type=int, default=0, dest="state", metavar="K", help="state that absorbs (default 0)")
    add_shape(p)
    options = p.parse_args()
    check_shape(options)
    for table in (options.csv, options.json):
        check_table(table, (options.source, options.model))
    if options.samples is not None and options.samples < 2 or options.state < 0:
        raise Mistake("--samples is at least 2, --from at least 0")
    E, f, weight = ensemble(options)
    x, parts, total = spectrum(E, f, weight, options)
    bare = {state_name(k): moments(E[:, k], f[:, k], weight) for k in parts}
    print(f"{'':4s}{'f':>10s}{'+-':>9s}{'mean, eV':>10s}{'+-':>8s}{'width, eV':>11s}   (of the lines, before broadening)")
    for name, m in bare.items():
        print(f"{name:4s}{m['oscillator_strength']:10.5f}{m['oscillator_strength_error']:9.5f}{m['mean_ev']:10.4f}{m['mean_ev_error']:8.4f}{m['width_ev']:11.4f}")
    top = int(total[0].argmax())
    print(f"maximum {total[0][top]:.4g} +- {total[1][top]:.2g} Angstrom^2 at {x[top]:.3f} eV: molar extinction {total[0][top] * EXTINCTION:.4g} L/(mol cm)")
    columns = {"energy_ev": x, **{f"{state_name(k)}_angstrom2": v[0] for k, v in parts.items()},
               **{f"{state_name(k)}_error": v[1] for k, v in parts.items()}, "total_angstrom2": total[0], "total_error": total[1],
               "extinction_l_per_mol_cm": total[0] * EXTINCTION}
    if options.csv:
        write_csv(options.csv, "absorption spectrum", list(columns), list(columns.values()))
    if options.json:
        write_json(options.json, "absorption spectrum", {"geometries": len(E), "from": options.state, "fwhm_ev": options.fwhm, "shape": options.shape,
                                                         "lines": bare, **columns})
    draw(x, parts, total, options, len(E))


if __name__ == "__main__":
    run(main)
