# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture scripts share: models (through the Python module 'diabolo' beside this file), geometries and directions given as text.
Not a program."""
import pathlib
import re

from molecule import symbol
from picture import ANGSTROM, EV, Mistake, np
from swarm import Store, Swarm, format_of, mended

DALTON, WAVENUMBER = 1822.888486209, 219474.6313632  # electron masses a unit of mass, cm^-1 a hartree

GEOMETRIES = """A geometry is: 'reference' (the model's), an XYZ file (FILE.xyz, its frame 2: FILE.xyz@2), a point of a file of intersections
(FILE.h5@S1/S0-1), a hop of a swarm (FILE.h5@hop 12), or, of a model system, its coordinates in atomic units ('3, 0')."""


def open_model(source):
    """A diabolo.Model of a file, of YAML text, or of a built-in type with its defaults ('ferretti')."""
    import diabolo
    text = str(source)
    try:
        if re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]*", text) and not pathlib.Path(text).exists():
            return diabolo.Model(f"type: {text}\n")
        return diabolo.Model(text)
    except diabolo.Error as reason:
        raise Mistake(f"{reason}") from None


def check_states(model, states):
    for k in states:
        if not 0 <= k < model.states:
            raise Mistake(f"the model has no state S{k}; they go from S0 to S{model.states - 1}")
    return states


# ---- geometries --------------------------------------------------------------------------------------------------------


def read_xyz(path, frame):
    """Symbols and positions (A, 3) in bohr of one frame of an XYZ file."""
    try:
        lines = pathlib.Path(path).read_text().split("\n")
    except (OSError, UnicodeDecodeError) as reason:
        raise Mistake(f"{path}: cannot be read ({reason})") from None
    at = found = 0
    while at < len(lines) and lines[at].strip():
        try:
            count = int(lines[at])
            if found == frame:
                rows = [line.split() for line in lines[at + 2:at + 2 + count]]
                return [row[0] for row in rows], np.array([[float(x) for x in row[1:4]] for row in rows]).reshape(count, 3) / ANGSTROM
        except (ValueError, IndexError):
            raise Mistake(f"{path}: line {at + 1} does not begin a frame of an XYZ file") from None
        at, found = at + 2 + count, found + 1
    raise Mistake(f"{path}: has no frame {frame}; it has {found}, counted from 0")


def point_of(store, name):
    """Row of a point of a file of intersections, by its name, its label, or its number."""
    names = store.texts("points/name")
    labels = store.texts("points/label") if "points/label" in store else [""] * len(names)
    for row, known in enumerate(zip(names, labels)):
        if name and name in known:
            return row
    if name.isdigit() and int(name) < len(names):
        return int(name)
    raise Mistake(f"{store.path}: no point '{name}'; it has {', '.join(n + (f' ({label})' if label else '') for n, label in zip(names, labels)) or 'none'}")


def two_states(store):
    """Row of the first intersection of two states."""
    found = np.flatnonzero(store["points/count"] == 2)
    if len(found) == 0:
        raise Mistake(f"{store.path}: holds no intersection of two states")
    return int(found[0])


def model_of_file(store, given=None):
    """The model that a file of intersections or a swarm was made with; `given`: where it is now."""
    import diabolo
    if not given:
        try:
            return diabolo.Model.of_result(store.path)
        except (diabolo.Error, OSError) as reason:
            raise Mistake(f"{reason}; or give --on MODEL") from None
    model = open_model(given)
    if model.digest != store.attribute("model_digest", model.digest):
        raise Mistake(f"{store.path}: was made with another model than {given} (their SHA-256 differ); give --on MODEL")
    return model


def from_h5(path, what):
    """Atomic numbers and positions of a point or a hop."""
    kind = format_of(path)
    if kind == "diabolo-intersections":
        store = Store(path, kind)
        return store["molecule/numbers"], store["points/position"][point_of(store, what)]
    store, words = Swarm(path), what.split()
    hops = len(store["hops/time"])
    if len(words) != 2 or words[0] != "hop" or not words[1].isdigit() or int(words[1]) >= hops:
        raise Mistake(f"{path}@{what}: expected 'hop K', K from 0 to {hops - 1}")
    return store["molecule/numbers"], store["hops/position"][int(words[1])]


def geometry(model, word):
    """(A, D) bohr: see GEOMETRIES."""
    word = word.strip()
    if word == "reference":
        return np.array(model.reference)
    numbers = re.split(r"[,\s]+", word)
    try:
        R = np.array([float(x) for x in numbers])
    except ValueError:
        return from_file(model, word)
    if model.dimension != 1 or R.size != model.natom:
        raise Mistake(f"'{word}': {R.size} numbers are no geometry of this model, which has {model.natom * model.dimension} coordinates"
                      + ("; of a molecule, give an XYZ file" if model.dimension == 3 else ""))
    return R.reshape(model.natom, 1)


def from_file(model, word):
    path, _, what = word.partition("@")
    if not pathlib.Path(path).exists():
        raise Mistake(f"'{word}': no such file, and no geometry otherwise. {GEOMETRIES}")
    if path.endswith((".h5", ".hdf5")):
        numbers, R = from_h5(path, what)
        symbols = [symbol(int(z)) for z in numbers]
    else:
        if what and not what.isdigit():
            raise Mistake(f"'{word}': '{what}' is no number of a frame")
        symbols, R = read_xyz(path, int(what or 0))
    if list(symbols) != list(model.symbols):
        raise Mistake(f"{path}: its atoms are {' '.join(symbols)}, those of the model {' '.join(model.symbols)}: they must be the same, in "
                      "the same order")
    return np.array(R, float)


def placed(R, onto):
    """R moved and turned onto another geometry (Kabsch, Acta Cryst. A 32, 922 (1976)); a model system stays as it is."""
    if R.shape[1] != 3:
        return R
    a, b = onto - onto.mean(0), R - R.mean(0)
    u, _, v = np.linalg.svd(b.T @ a)
    flip = np.diag([1, 1, np.sign(np.linalg.det(u @ v)) or 1])
    return b @ (u @ flip @ v) + onto.mean(0)


# ---- directions --------------------------------------------------------------------------------------------------------


def rigid(R, masses):
    """Orthonormal mass-weighted translations and rotations (r, 3A)."""
    root, at = np.sqrt(masses)[:, None], R - (masses[:, None] * R).sum(0) / masses.sum()
    moves = [root * e for e in np.eye(3)] + [root * np.cross(e, at) for e in np.eye(3)]
    u, s, _ = np.linalg.svd(np.array([m.ravel() for m in moves]).T, full_matrices=False)
    return u[:, s > 1e-6 * s[0]].T


def modes(model, R, state):
    """Frequencies (cm^-1, imaginary ones negative), ascending, and Cartesian displacements (m, A, D) a unit of mass-weighted length
    (bohr sqrt(electron mass)) of a state at R, from central differences of its gradient."""
    step, size = 1e-3, R.size
    shifts = (np.eye(size) * step).reshape(size, *R.shape)
    slopes = [mended(model.gradients, R + sign * shifts, int(state)).reshape(size, size) for sign in (1, -1)]
    hessian = (slopes[0] - slopes[1]) / (2 * step)
    root = np.sqrt(np.repeat(model.masses, R.shape[1]))
    hessian = 0.5 * (hessian + hessian.T) / np.outer(root, root)
    keep = np.eye(size)
    if R.shape[1] == 3:
        fixed = rigid(R, model.masses)
        keep = np.linalg.svd(fixed)[2][len(fixed):].T
    values, vectors = np.linalg.eigh(keep.T @ hessian @ keep)
    return np.sign(values) * np.sqrt(np.abs(values)) * WAVENUMBER, ((keep @ vectors).T / root).reshape(-1, *R.shape)


class Direction:
    """vector (A, D): displacement in bohr a unit of the axis; label of the axis; reach: a sensible range; origin: the value on the axis
    without displacement."""

    def __init__(self, vector, label, reach, origin=0.0):
        self.vector, self.label, self.reach, self.origin = vector, label, reach, origin


def length_unit(model):
    """(bohr a unit, its name) of displacements of this model."""
    return (1 / ANGSTROM, "Å") if model.dimension == 3 else (1.0, "a.u.")


def direction(model, R, word, pair, state):
    """From words: 'component C', 'mode M', one of x y g h s (branching plane of the pair of states at R), or another geometry."""
    words, (bohr, unit) = word.split(), length_unit(model)
    if words[:1] in (["component"], ["mode"]) and len(words) == 2 and words[1].isdigit():
        number = int(words[1])
        if words[0] == "component":
            if number >= R.size:
                raise Mistake(f"--along '{word}': components go from 0 to {R.size - 1}")
            vector = np.zeros(R.size)
            vector[number] = bohr
            at = R.flat[number] / bohr
            if model.dimension == 3:
                return Direction(vector.reshape(R.shape), f"component {number} / {unit}", (at - 0.5, at + 0.5), at)
            return Direction(vector.reshape(R.shape), f"coordinate {number} / {unit}", (at - 3.0, at + 3.0), at)
        frequency, vectors = modes(model, R, state)
        if number >= len(vectors):
            raise Mistake(f"--along '{word}': modes go from 0 to {len(vectors) - 1}")
        # Dimensionless normal coordinates: q = sqrt(w) Q.
        wave = abs(frequency[number])
        imaginary = "i" if frequency[number] < 0 else ""
        scale = 1 / np.sqrt(max(wave, 1.0) / WAVENUMBER)
        return Direction(vectors[number] * scale, f"$q_{{{number}}}$ ({wave:.0f}{imaginary} cm$^{{-1}}$)", (-4.0, 4.0))
    if word in ("x", "y", "g", "h", "s"):
        plane = mended(model.branching_plane, R, pair[0])
        vector = getattr(plane, word)
        size = np.linalg.norm(vector)
        if size < 1e-12:
            raise Mistake(f"--along {word}: this vector vanishes here")
        return Direction(vector / size * bohr, f"{word} / {unit}", (-0.3, 0.3) if unit == "Å" else (-1.0, 1.0))
    to = placed(geometry(model, word), R)
    return Direction(to - R, f"towards {name_of(word)}", (-0.2, 1.2))


def name_of(word):
    """A geometry's name for a label."""
    path, _, what = word.partition("@")
    stem = pathlib.Path(path).stem if path.endswith((".xyz", ".h5", ".hdf5")) else word
    return what if path.endswith((".h5", ".hdf5")) and what else stem + (f" {what}" if what else "")


# ---- energies ----------------------------------------------------------------------------------------------------------


class Energies:
    """Adiabatic energies (..., n) and diabatic matrices (..., n, n), hartree, as eV above a zero: what tokens such as S1, S1-S0, H01 stand
    for."""

    def __init__(self, adiabatic, diabatic, zero):
        states = range(adiabatic.shape[-1])
        self.adiabatic, self.diabatic = (adiabatic - zero) * EV, diabatic * EV
        self.diabatic[..., states, states] -= zero * EV

    @classmethod
    def on(cls, model, R, zero):
        """Of a model on geometries (..., A, D)."""
        flat, shape = mended(model.evaluate, R.reshape(-1, *R.shape[-2:])), R.shape[:-2]
        return cls(flat.energies.reshape(*shape, -1), flat.hamiltonian.reshape(*shape, model.states, model.states), zero)

    def of(self, token):
        kind, states = token
        if kind == "S":
            return self.adiabatic[..., states[0]]
        if kind == "gap":
            return self.adiabatic[..., states[0]] - self.adiabatic[..., states[1]]
        return self.diabatic[..., states[0], states[1]]


def token_of(model, word):
    """('S', (1,)), ('gap', (1, 0)), ('H', (0, 1)) from S1, S1-S0, H01 (H0,11 if there are many states)."""
    for kind, pattern in (("S", r"S(\d+)"), ("gap", r"S(\d+)-S(\d+)"), ("H", r"H(\d)(\d)"), ("H", r"H(\d+),(\d+)")):
        found = re.fullmatch(pattern, word, re.IGNORECASE)
        if found:
            states = tuple(int(k) for k in found.groups())
            check_states(model, states)
            if kind == "gap" and states[0] < states[1]:
                states = states[::-1]
            return kind, states
    raise Mistake(f"--show {word}: expected an adiabatic energy (S1), a gap (S1-S0) or an element of the diabatic matrix (H01)")


def token_name(token):
    kind, states = token
    return (f"S{states[0]}" if kind == "S" else f"S{states[0]} − S{states[1]}" if kind == "gap"
            else f"$H_{{{states[0]}{states[1]}}}$")


def zero_of(model, word):
    """hartree: 'reference', 'none', or a geometry: its lowest energy."""
    if word == "none":
        return 0.0
    return float(mended(model.energies, geometry(model, word))[0])
