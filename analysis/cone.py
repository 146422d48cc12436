#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The double cone of a conical intersection in its branching plane, on the model itself: in three dimensions, and how far the lower cone falls in
each direction; dotted its first order (pitch, asymmetry, tilt: Fdez. Galvan et al., J. Chem. Theory Comput. 12, 3636 (2016)).

  analysis/cone.py intersections.h5                               the first intersection of two states in a file of 'diabolo intersect'
  analysis/cone.py intersections.h5 --point S1/S0-2 --radius 0.2
  analysis/cone.py ethylene.h5 --from guess.xyz --states S0 S1    searched now, from a geometry, on a model
  analysis/cone.py ferretti --from "2.9, 0.1"

x and y are orthonormal directions of the branching plane, the steeper first."""
from molecule import draw as draw_molecule
from molecule import view
from picture import ANGSTROM, DOTTED, EV, Mistake, colour, matplotlib, narrow, note, np, parser, plt, run, save, state_name, state_of
from surfaces import GEOMETRIES, check_states, geometry, length_unit, model_of_file, open_model, point_of, two_states
from swarm import Store, is_format, mended

SHADES = ("#56B4E9", "#E69F00")  # lower and upper sheet


class Cone:
    """An intersection: name, lower state, geometry, plane (diabolo.BranchingPlane), and energies on a polar grid of its plane."""

    def __init__(self, model, name, lower, R):
        self.model, self.name, self.lower, self.R = model, name, lower, R
        self.plane = mended(model.branching_plane, R, lower)
        self.energy = mended(model.energies, R)[lower:lower + 2].mean()

    def energies(self, x, y):
        """eV above the intersection, of both sheets, at x, y (bohr): (2, ...)."""
        R = self.R + x[..., None, None] * self.plane.x + y[..., None, None] * self.plane.y
        E = mended(self.model.energies, R.reshape(-1, *self.R.shape))[:, self.lower:self.lower + 2]
        return ((E - self.energy) * EV).T.reshape(2, *x.shape)

    def first_order(self, x, y):
        return np.array(self.plane.cone(x, y)) * EV

    def radius(self):
        """In units of the axes, rounded: where the mean slope amounts to some 0.3 eV, or nearer, where the cone still holds: its first order
        off by less than a third of the slope, root mean square."""
        bohr, theta = length_unit(self.model)[0], np.arange(48) * np.pi / 24
        r = np.clip(0.3 / EV / self.plane.pitch, 0.01, 1.5)
        for _ in range(12):
            x, y = r * np.cos(theta), r * np.sin(theta)
            off = np.sqrt(np.mean((self.energies(x, y) - self.first_order(x, y)) ** 2))
            if off < 0.35 * EV * self.plane.pitch * r:
                break
            r *= 0.8
        decade = 10.0 ** np.floor(np.log10(r / bohr))
        return decade * min((1, 2, 3, 4, 5, 6, 8, 10), key=lambda m: abs(m * decade - r / bohr))

    @property
    def states(self):
        return f"{state_name(self.lower + 1)}/{state_name(self.lower)}"


def from_file(options):
    store = Store(options.model, "diabolo-intersections")
    row = point_of(store, options.point) if options.point else two_states(store)
    if store["points/count"][row] != 2:
        raise Mistake(f"{options.model}: '{options.point}' is no intersection of two states")
    model = model_of_file(store, options.on)
    return Cone(model, store.texts("points/name")[row], int(store["points/first"][row]), store["points/position"][row])


def searched(options):
    if options.point or options.on:
        raise Mistake("--point and --on go with a file of intersections; this is a model: give --from GEOMETRY")
    model = open_model(options.model)
    pair = sorted(check_states(model, options.states))
    if pair[1] != pair[0] + 1:
        raise Mistake(f"--states {pair[0]} {pair[1]}: expected two neighbours")
    found = mended(model.search, geometry(model, options.start), tuple(pair))
    if not found.converged:
        raise Mistake(f"the search from '{options.start}' did not reach an intersection of S{pair[1]} and S{pair[0]}: {found.why}")
    return Cone(model, f"S{pair[1]}/S{pair[0]}", pair[0], found.R)


# ---- the cone in space -------------------------------------------------------------------------------------------------


def shaded(faces, base):
    """Colours of faces (F, 4, 3): lit from the upper left, lighter where they face upwards."""
    normal = np.cross(faces[:, 2] - faces[:, 0], faces[:, 3] - faces[:, 1])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    normal *= np.where(normal[:, 2:] < 0, -1, 1)
    light = np.array([-0.45, -0.5, 0.74])
    bright = 0.62 + 0.38 * np.clip(normal @ light, 0, 1)[:, None]
    rgb = np.array(matplotlib.colors.to_rgb(base))
    return np.clip(rgb * bright + (1 - rgb) * 0.12 * (bright - 0.62), 0, 1)


def draw_space(axes, cone, radius, options, bohr, unit):
    """Both sheets as one collection, so that near faces hide far ones."""
    r = np.append(np.linspace(0, 0.985 * radius, options.rings + 1), radius)  # the last, narrow ring is the dark rim
    theta = np.linspace(0, 2 * np.pi, 4 * options.rings + 1)
    x, y = r[:, None] * np.cos(theta), r[:, None] * np.sin(theta)
    z = cone.energies(x, y)
    scale = np.array([2 * radius / bohr, 2 * radius / bohr, z.max() - z.min()])
    polygons, colours = [], []
    for sheet, base in zip(z, SHADES):
        corner = np.stack([x / bohr, y / bohr, sheet], axis=-1)
        faces = np.stack([corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]], axis=2).reshape(-1, 4, 3)
        polygons.append(faces)
        shade = shaded(faces / scale, base)
        shade[-(len(theta) - 1):] = 0.15
        colours.append(shade)
    shades = np.concatenate(colours)
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection
    axes.add_collection3d(Poly3DCollection(np.concatenate(polygons), facecolors=shades, edgecolors=shades * 0.82, linewidths=0.15))
    first = cone.first_order(x[-1], y[-1])
    for line in first:
        line = np.where((line < z.min()) | (line > z.max()), np.nan, line)  # nothing outside the box
        axes.plot(x[-1] / bohr, y[-1] / bohr, line, color="black", linewidth=1.0, linestyle=DOTTED, zorder=21)
    axes.set(xlabel=f"x / {unit}", ylabel=f"y / {unit}", zlabel="energy / eV", xlim=(-radius / bohr, radius / bohr), ylim=(-radius / bohr, radius / bohr),
             zlim=(z.min(), z.max()))
    axes.view_init(options.elevation, options.azimuth)
    axes.set_box_aspect((1, 1, 0.95), zoom=1.02)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
        axis._axinfo["grid"].update(color="0.9", linewidth=0.5)
        axis.labelpad = -3
        axis.set_major_locator(plt.MaxNLocator(5, prune="both"))
    axes.tick_params(pad=-3, labelsize=6.5)
    axes.tick_params(axis="z", pad=1)


# ---- directions --------------------------------------------------------------------------------------------------------


def descents(theta, fall):
    """Angles at which the lower cone falls most (local maxima of a periodic curve that are positive)."""
    higher = (fall > np.roll(fall, 1)) & (fall >= np.roll(fall, -1)) & (fall > 0)
    return theta[higher]


def fall(cone, radius):
    """Angles, how far the model's lower cone falls at that radius, and the same to first order, eV."""
    theta = np.arange(360) * np.pi / 180
    x, y = radius * np.cos(theta), radius * np.sin(theta)
    return theta, -cone.energies(x, y)[0], -cone.first_order(x, y)[0]


def draw_directions(axes, cone, radius, bohr, unit):
    theta, exact, first = fall(cone, radius)
    low = min(0.0, exact.min(), first.min())
    closed = np.append(theta, theta[:1])
    axes.fill_between(closed, np.full(361, low), np.append(exact, exact[:1]), color=SHADES[0], alpha=0.25, linewidth=0)
    axes.plot(closed, np.append(exact, exact[:1]), color=colour(0), linewidth=1.4, label="model")
    axes.plot(closed, np.append(first, first[:1]), color="black", linewidth=1.0, linestyle=DOTTED, label="first order")
    if low < 0:
        axes.plot(closed, np.zeros(361), color="0.5", linewidth=0.6)
    for angle in descents(theta, exact):
        axes.annotate("", xy=(angle, exact[int(round(np.degrees(angle)))]), xytext=(angle, low), arrowprops=dict(
            arrowstyle="-|>", color=colour(1), linewidth=1.1, shrinkA=0, shrinkB=0, mutation_scale=7))
    axes.set_rlim(low, 1.08 * max(exact.max(), first.max()))
    axes.set_rlabel_position(112)
    axes.set_thetagrids((0, 90, 180, 270), ("x", "y", "−x", "−y"))
    axes.yaxis.set_major_locator(plt.MaxNLocator(3))
    axes.tick_params(labelsize=7, pad=-2)
    axes.grid(color="0.88", linewidth=0.5)
    axes.spines["polar"].set_visible(False)
    axes.set_title(f"fall of the lower cone / eV, r = {radius / bohr:.2g} {unit}", fontsize=7.5, loc="center")
    axes.legend(loc="upper left", bbox_to_anchor=(0.86, 1.06), fontsize=6.5, handlelength=1.4)


def words_of(cone, radius, bohr, unit_of_length):
    """The kind to first order, and what the arrows show: the directions in which the model itself falls. The two may differ."""
    p = cone.plane
    slope = p.pitch * EV / ANGSTROM if cone.model.dimension == 3 else p.pitch * EV
    unit = "eV/Å" if cone.model.dimension == 3 else "eV/a.u."
    kind = f"{'peaked' if p.P < 1 else 'sloped'} ($P$ = {p.P:.3g}), {'bifurcating' if p.B < 1 else 'single-path'} ($B$ = {p.B:.3g})"
    theta, exact, _ = fall(cone, radius)
    arrows = len(descents(theta, exact))
    found = f"{arrows} direction{'' if arrows == 1 else 's'} of steepest fall" if arrows else "the lower cone falls nowhere"
    return (f"{cone.name}, first order: {kind}; pitch {slope:.3g} {unit}, asymmetry {p.asymmetry:.2f}, tilt {p.tilt:.2f} towards "
            f"{np.degrees(p.heading):.0f}°. Arrows, on the model at r = {radius / bohr:.2g} {unit_of_length}: {found}.")


def check_coupling(cone):
    """Without coupling the surfaces cross along a seam of one dimension more, and there is no cone to draw."""
    if not np.linalg.norm(cone.plane.y) > 0:
        raise Mistake(f"{cone.name}: the two states do not couple here (the coupling vector vanishes or is parallel to the gradient difference), so "
                      f"their surfaces cross without a cone; draw them along the crossing: analysis/surface.py ... --along x")


def arrange(options, molecule):
    """Figure and its axes: space, directions, [x, y]."""
    if narrow(options):
        figure = plt.figure(figsize=(options.width, options.width * (2.35 if molecule else 1.9)))
        grid = figure.add_gridspec(3 if molecule else 2, 2, height_ratios=(1.25, 0.85, 0.45) if molecule else (1.25, 0.85))
        cells = [grid[0, :], grid[1, :]] + ([grid[2, 0], grid[2, 1]] if molecule else [])
    else:
        figure = plt.figure(figsize=(options.width, 0.56 * options.width))
        grid = figure.add_gridspec(2, 4, height_ratios=(1.5, 1) if molecule else (1, 0.01), width_ratios=(1.3, 1.3, 1, 1))
        cells = [grid[:, :2], grid[0, 2:]] + ([grid[1, 2], grid[1, 3]] if molecule else [])
    kinds = ["3d", "polar", None, None]
    figure.set_constrained_layout_pads(wspace=0.06)
    return figure, [figure.add_subplot(cell, projection=kind) for cell, kind in zip(cells, kinds)]


def main():
    p = parser(__doc__, "cone", "model", "FILE", "a file of intersections, or a model (file, built-in type, YAML text)")
    p.epilog = GEOMETRIES
    p.add_argument("--point", metavar="NAME", help="which point of the file, such as S1/S0-2 (default: the first of two states)")
    p.add_argument("--on", metavar="MODEL", help="the model, if it is not where the file says")
    p.add_argument("--from", dest="start", metavar="GEOMETRY", help="on a model: search an intersection from there")
    p.add_argument("--states", nargs=2, type=state_of, default=[0, 1], metavar="STATE", help="on a model: which (S0 S1)")
    p.add_argument("--radius", type=float, metavar="R", help="of the cone, Angstrom (atomic units in a model system)")
    p.add_argument("--rings", type=int, default=24, metavar="N", help="of the grid (24)")
    p.add_argument("--elevation", type=float, default=16, metavar="DEG", help="of the eye (16)")
    p.add_argument("--azimuth", type=float, default=-58, metavar="DEG", help="of the eye (-58)")
    options = p.parse_args()
    if options.radius is not None and not options.radius > 0 or not 3 <= options.rings <= 200:
        raise Mistake("--radius must be positive, --rings from 3 to 200")
    if is_format(options.model, "diabolo-intersections"):
        cone = from_file(options)
    elif options.start is None:
        raise Mistake("on a model, give --from GEOMETRY: where the search for an intersection begins")
    else:
        cone = searched(options)
    check_coupling(cone)
    bohr, unit = length_unit(cone.model)
    radius = bohr * (options.radius or cone.radius())
    molecule = cone.model.dimension == 3
    figure, panels = arrange(options, molecule)
    draw_space(panels[0], cone, radius, options, bohr, unit)
    draw_directions(panels[1], cone, radius, bohr, unit)
    for panel, vector, name, shade in zip(panels[2:], (cone.plane.x, cone.plane.y), "xy", (colour(1), colour(2))):
        draw_molecule(panel, cone.model.numbers, cone.R, [(vector, shade)], view(cone.R))
        panel.set_title(name, loc="center", color=shade, pad=1)
    note(figure, options, words_of(cone, radius, bohr, unit))
    save(figure, options)


run(main)
