# SPDX-License-Identifier: GPL-3.0-or-later
"""Internal coordinates given as a line of text, as the program reads them: terms joined by + and -, each with an optional factor.

  distance I J          angle I J K          torsion I J K L          out_of_plane I J K L          position C

"distance 0 2 - distance 1 2", "0.5 angle 2 0 1 + 0.5 angle 3 0 1". Atoms are counted from 0. Not a program."""
import difflib
import re

from picture import ANGSTROM, DEGREE, Mistake, np, plural

ATOMS = {"distance": 2, "angle": 3, "torsion": 4, "out_of_plane": 4, "position": 1}
# A factor, a sign, a star, or what stands between blanks.
WORD = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?=[\s*]|$)|[+\-*]|[^\s+\-*]+")
ANGLES = ("angle", "torsion", "out_of_plane")


def dot(a, b):
    return (a * b).sum(-1)


def unit(a):
    return a / np.linalg.norm(a, axis=-1, keepdims=True)


def distance(a, b):
    return np.linalg.norm(a - b, axis=-1)


def angle(a, b, c):
    u, v = unit(a - b), unit(c - b)
    return np.arctan2(np.linalg.norm(np.cross(u, v), axis=-1), dot(u, v))


def torsion(a, b, c, d):
    """IUPAC sign; Blondel, Karplus, J. Comput. Chem. 17, 1132 (1996), eq. 27."""
    f, g, h = a - b, b - c, d - c
    m, n = np.cross(f, g), np.cross(h, g)
    return np.arctan2(dot(np.cross(n, m), unit(g)), dot(m, n))


def out_of_plane(i, j, k, l):
    """Angle between bond I-J and the plane I, K, L: Wilson, Decius, Cross, Molecular Vibrations (1955), ch. 4-1."""
    normal = np.cross(unit(k - i), unit(l - i))
    return np.arctan2(dot(normal, unit(j - i)), np.sqrt(np.clip(dot(normal, normal) - dot(normal, unit(j - i)) ** 2, 0, None)))


FUNCTIONS = {"distance": distance, "angle": angle, "torsion": torsion, "out_of_plane": out_of_plane}


class Coordinate:
    """Values in Angstrom or degrees; of a model system (one coordinate a particle) in atomic units. periodic: values that differ by 360 degrees
    are the same."""

    def __init__(self, text, shape):
        """shape (A, D): particles and coordinates a particle."""
        self.text, (self.natom, self.dimension), self.terms = " ".join(text.split()), shape, []
        words, at = WORD.findall(text), 0
        while at < len(words) or not self.terms:
            sign = 1.0
            if at < len(words) and words[at] in "+-":
                sign, at = -1.0 if words[at] == "-" else 1.0, at + 1
            elif self.terms:
                self.mistake(f"expected '+', '-' or the end before '{words[at]}'")
            at = self.term(sign, words, at)
        kinds = {kind in ANGLES for kind, _, _ in self.terms}
        if len(kinds) > 1:
            self.mistake("terms must be all lengths or all angles")
        self.angular = kinds.pop()
        self.periodic = len(self.terms) == 1 and self.terms[0][0] == "torsion" and abs(self.terms[0][2]) == 1
        self.unit = "deg" if self.angular else "a.u." if self.dimension == 1 else "Å"

    def mistake(self, what):
        raise Mistake(f"coordinate '{self.text}': {what}")

    def term(self, sign, words, at):
        """Reads one from words[at] on; returns where the next begins."""
        factor = sign
        if at < len(words) and words[at][0] in "0123456789.":
            try:
                factor, at = sign * float(words[at]), at + 1
            except ValueError:
                self.mistake(f"'{words[at]}' is no factor; expected a number, as in '0.5 angle 2 0 1'")
            at += at < len(words) and words[at] == "*"
        if at >= len(words):
            self.mistake(f"ends where a term was expected: {', '.join(ATOMS)}")
        kind = words[at]
        if kind not in ATOMS:
            near = difflib.get_close_matches(kind, ATOMS, 1)
            self.mistake(f"unknown kind '{kind}': " + (f"did you mean '{near[0]}'?" if near else f"expected {', '.join(ATOMS)}"))
        if self.dimension != 3 and kind != "position":
            self.mistake(f"'{kind}' needs a molecule; this is a model system, expected 'position C'")
        atoms = self.atoms(kind, words[at + 1:at + 1 + ATOMS[kind]])
        self.terms.append((kind, atoms, factor))
        return at + 1 + ATOMS[kind]

    def atoms(self, kind, words):
        count, what = (self.natom * self.dimension, "component") if kind == "position" else (self.natom, "atom")
        found = next((i for i, word in enumerate(words) if word in "+-"), len(words))
        if found < ATOMS[kind]:
            self.mistake(f"{kind} takes {plural(ATOMS[kind], what)}, found {found}")
        for word in words:
            if not word.isdigit():
                self.mistake(f"{what} '{word}' is not a whole number ({what}s are counted from 0)")
            if int(word) >= count:
                self.mistake(f"there is no {what} {word}: they go from 0 to {count - 1}")
            if words.count(word) > 1:
                self.mistake(f"atom {word} is there twice in one {kind}")
        return [int(word) for word in words]

    def values(self, R):
        """Of geometries (..., A, D) in bohr: (...)."""
        R, total = np.asarray(R, float), 0.0
        for kind, atoms, factor in self.terms:
            if kind == "position":
                x = R.reshape(*R.shape[:-2], -1)[..., atoms[0]]
            else:
                with np.errstate(invalid="ignore", divide="ignore"):
                    x = FUNCTIONS[kind](*(R[..., a, :] for a in atoms))
            total = total + factor * x
        if self.periodic:
            total = np.remainder(total + np.pi, 2 * np.pi) - np.pi
        return total * (DEGREE if self.angular else 1.0 if self.dimension == 1 else ANGSTROM)

    @property
    def label(self):
        return f"{self.text} / {self.unit}"
