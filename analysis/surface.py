#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surfaces of a model: cuts along a path or a direction, contours along two directions; adiabatic energies and the diabatic matrix.

  analysis/surface.py ethylene.h5 --path reference twisted.xyz           straight from geometry to geometry
  analysis/surface.py ethylene.h5 --at reference --along "mode 3"        along a normal mode
  analysis/surface.py ethylene.h5 --at points.h5@S1/S0-1 --along x y     contours in the branching plane of an intersection
  analysis/surface.py ferretti --along "component 0" "component 1" --at "3, 0" --range -3 3 --show S0 S1 S1-S0
  analysis/surface.py "{type: jahn_teller, g: 0.01}" --at "0, 0" --along "component 0"

MODEL is a file (.h5, .yaml, .so), a built-in type with its defaults, or YAML text."""
from curves import default_tokens, draw_contours, draw_cut
from picture import Mistake, np, parser, run, save, state_of
from surfaces import GEOMETRIES, Energies, check_states, direction, geometry, name_of, open_model, placed, token_of, zero_of

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
    return R, at, "", [(i, name_of(word)) for i, word in enumerate(words)]


def cut_of(model, options, pair):
    """The same of a cut along one direction."""
    R = geometry(model, options.at)
    towards = direction(model, R, options.along[0], pair, options.mode_state)
    at = np.linspace(*(options.range or towards.reach), options.points)
    return R + (at - towards.origin)[:, None, None] * towards.vector, at, towards.label, []


def contours(model, options, pair, tokens, zero):
    R = geometry(model, options.at)
    first, second = (direction(model, R, word, pair, options.mode_state) for word in options.along)
    a = np.linspace(*(options.range or first.reach), options.points)
    b = np.linspace(*(options.range2 or options.range or second.reach), options.points)
    grid = R + (a - first.origin)[:, None, None, None] * first.vector + (b - second.origin)[None, :, None, None] * second.vector
    same = "/" in first.label and first.label.split("/")[-1] == second.label.split("/")[-1]
    return draw_contours(options, a, b, Energies.on(model, grid, zero), tokens, (first.label, second.label), (first.origin, second.origin),
                         same, options.top)[0]


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
    tokens = [token_of(model, word) for word in options.show] if options.show else default_tokens(model.states, plane)
    zero = zero_of(model, options.zero)
    if plane:
        figure = contours(model, options, pair, tokens, zero)
    else:
        R, at, label, nodes = path_of(model, options.path, options.points) if options.path else cut_of(model, options, pair)
        figure, _ = draw_cut(options, at, Energies.on(model, R, zero), tokens, label, nodes, options.top)
    save(figure, options)


run(main)
