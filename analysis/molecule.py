# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture scripts share: molecules as balls and sticks in the plane, with arrows. Not a program."""
from picture import ANGSTROM, matplotlib, np

SYMBOLS = ("X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag "
           "Cd In Sn Sb Te I Xe").split()
# Covalent radii in Angstrom: Cordero et al., Dalton Trans. 2832 (2008), DOI 10.1039/b801115j
RADII = (0.5, 0.31, 0.28, 1.28, 0.96, 0.84, 0.76, 0.71, 0.66, 0.57, 0.58, 1.66, 1.41, 1.21, 1.11, 1.07, 1.05, 1.02, 1.06, 2.03, 1.76, 1.70, 1.60, 1.53,
         1.39, 1.39, 1.32, 1.26, 1.24, 1.32, 1.22, 1.22, 1.20, 1.19, 1.20, 1.20, 1.16)
SHADES = {1: "#F2F2F2", 5: "#E8B796", 6: "#606060", 7: "#3F6FD1", 8: "#D23B2E", 9: "#8FCB6B", 14: "#C9A46C", 15: "#E58A2E", 16: "#E3C22F",
          17: "#55B94A", 35: "#9A4B33", 53: "#7A3FA0"}


def symbol(z):
    return SYMBOLS[z] if z < len(SYMBOLS) else f"Z{z}"


def radius(z):
    return RADII[z] if z < len(RADII) else 1.45


def view(R):
    """Rotation (3, 3) by rows: the longest extent to the right, the shortest towards the eye, then turned a little so that depth shows."""
    _, _, axes = np.linalg.svd(R - R.mean(0))
    for axis in axes:  # the sign of an axis is arbitrary: fix it
        axis *= np.sign(axis[np.argmax(np.abs(axis) > 0.99 * np.abs(axis).max())])
    axes[2] = np.cross(axes[0], axes[1])
    a, b = np.radians(22), np.radians(-14)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    return about_x @ about_y @ axes


def bonds(numbers, R):
    """Pairs nearer than 1.3 times the sum of their covalent radii; R in Angstrom."""
    return [(i, j) for j in range(len(numbers)) for i in range(j)
            if np.linalg.norm(R[i] - R[j]) < 1.3 * (radius(numbers[i]) + radius(numbers[j]))]


def arrow_lengths(vector, longest=0.9):
    """An arrow for each atom (A, 3), the longest of length `longest` (Angstrom); those too short to see are zero."""
    vector = np.asarray(vector, float)
    lengths = np.linalg.norm(vector, axis=1)
    scaled = vector * (longest / lengths.max() if lengths.max() > 0 else 0.0)
    return np.where((lengths > 0.08 * lengths.max())[:, None], scaled, 0.0)


def draw(axes, numbers, R, arrows=(), turn=None):
    """R (A, 3) in bohr; arrows: [(vector (A, 3), colour)], lengths relative. turn: a view; default the molecule's own."""
    numbers, R = [int(z) for z in numbers], np.asarray(R, float) * ANGSTROM
    turn = view(R) if turn is None else turn
    R = (R - R.mean(0)) @ turn.T
    depth = R[:, 2]
    rank = {a: 3 * i for i, a in enumerate(np.argsort(depth))}
    for i, j in bonds(numbers, R):
        for a, b in ((i, j), (j, i)):  # each half in the colour of its atom
            middle = 0.5 * (R[a] + R[b])
            for width, shade in ((4.6, "0.25"), (3.4, SHADES.get(numbers[a], "#C9A0C0"))):
                axes.plot([R[a, 0], middle[0]], [R[a, 1], middle[1]], color=shade, linewidth=width, solid_capstyle="butt",
                          zorder=10 + min(rank[i], rank[j]) + 1)
    sizes = np.array([0.42 * radius(z) + 0.06 for z in numbers])
    for a, (z, size) in enumerate(zip(numbers, sizes)):
        axes.add_patch(matplotlib.patches.Circle(R[a, :2], size, facecolor=SHADES.get(z, "#C9A0C0"), edgecolor="0.25", linewidth=0.6,
                                                 zorder=10 + rank[a]))
        axes.add_patch(matplotlib.patches.Circle(R[a, :2] + (-0.3 * size, 0.3 * size), 0.35 * size, facecolor="white", alpha=0.35,
                                                 linewidth=0, zorder=10 + rank[a]))
    room = sizes[:, None] + 0.08  # the largest atom is inside with its rim
    reach = [R[:, :2] - room, R[:, :2] + room]
    for vector, shade in arrows:
        ends = R + arrow_lengths(vector) @ turn.T
        for a in np.flatnonzero(np.abs(ends - R).max(1) > 0):
            axes.annotate("", xy=ends[a, :2], xytext=R[a, :2], zorder=200,
                          arrowprops=dict(arrowstyle="-|>", color=shade, linewidth=1.3, shrinkA=0, shrinkB=0, mutation_scale=7))
        reach += [ends[:, :2] - 0.2, ends[:, :2] + 0.2]  # the head of an arrow
    reach = np.concatenate(reach)
    axes.set(xlim=(reach[:, 0].min(), reach[:, 0].max()), ylim=(reach[:, 1].min(), reach[:, 1].max()), aspect="equal")
    axes.axis("off")
