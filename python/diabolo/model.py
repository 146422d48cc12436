# SPDX-License-Identifier: GPL-3.0-or-later
"""Models: the diabatic Hamiltonian and what follows from it, as NumPy arrays (include/diabolo/model.h, frame.h, intersect.h)."""
from __future__ import annotations

import ctypes as c
import os
import threading
import typing

import numpy as np

from . import _library as lib
from ._array import Array, ArrayLike, Path
from .results import BranchingPlane, Evaluation, SeamModes, SearchResult, pairs

BATCH, REQUESTS = 64, 256  # geometries and requests a call: results do not depend on them

METHODS = ("projection", "lagrange_newton", "penalty")  # enum dia_search_method

States = typing.Union[int, typing.Sequence[int]]  # one, or several
Pairs = typing.Union[str, typing.Sequence[int], typing.Sequence[typing.Sequence[int]]]  # "all", (i, j), [(i, j), ...]
Constraint = typing.Callable[[Array], typing.Tuple[float, ArrayLike]]  # R (A, D) bohr -> c, dc/dR (A, D)


class _Handle:
    """Owns an object of the library; whatever uses the object keeps the handle alive."""

    def __init__(self, free, after=None):
        self.pointer = c.c_void_p()
        self._free = lib.function(free)
        self._after = after  # must be freed after this one

    def __del__(self):
        if getattr(self, "_free", None) is not None and self.pointer:
            self._free(self.pointer)
            self.pointer = None


class _Closed:
    """In the place of the handle of a closed model."""

    @property
    def pointer(self) -> c.c_void_p:
        raise lib.InputError("this model was closed")


def _reals(array):
    return array.ctypes.data_as(lib.Real)


class Model:
    """A model: `Model("models/ethylene/ethylene.h5")`, `Model("model.yaml")`, `Model("type: tully\\nvariant: single_crossing\\n")`.

    A geometry R is an array (A, D) in bohr, many of them (B, A, D); also taken: flat ones, (A*D) and (B, A*D). A single
    geometry gives results without the leading axis B. Atomic units throughout. One object may be used by several threads.
    `with diabolo.Model(...) as model:` frees it at the end of the block; else it is freed when nothing refers to it.
    """

    natom: int  #: A
    dimension: int  #: D, coordinates of an atom
    numbers: Array  #: (A) atomic numbers; 0: an abstract particle
    masses: Array  #: (A) electron masses
    reference: Array  #: (A, D) bohr
    path: typing.Optional[str]  #: the file it was opened from

    def __init__(self, source: typing.Optional[Path], directory: Path = ".", result: typing.Optional[Path] = None) -> None:
        """source: a file (HDF5, YAML, or a plug-in .so), or YAML text (anything with ': '), in which relative paths start at
        `directory`. result: see of_result."""
        given: typing.Any = source
        text = isinstance(source, str) and (": " in source or "\n" in source)
        self._made = (source, directory, result)
        self._handle: typing.Union[_Handle, _Closed] = _Handle("dia_model_free")
        if result is not None:
            lib.call("dia_model_of_result", c.byref(self._handle.pointer), os.fsencode(result), os.fsencode(source) if source else None)
        elif text:
            lib.call("dia_model_parse", c.byref(self._handle.pointer), given.encode(), os.fsencode(directory))
        else:
            lib.call("dia_model_load", c.byref(self._handle.pointer), os.fsencode(given))
        self.path = None if text or not source else os.fspath(source)
        self._shape = lib.function("dia_model_shape")(self._handle.pointer)
        self._take_molecule(lib.function("dia_model_molecule")(self._handle.pointer).contents)
        self._local = threading.local()

    @classmethod
    def of_result(cls, result: Path, given: typing.Optional[Path] = None) -> Model:
        """The model that a result was made with: a swarm or intersections (a file of HDF5). It is looked for where the file says, or made
        from the block stored in it; `given`: where it is now. Its digest is compared; a plug-in is loaded only if `given` leads to it."""
        return cls(given, result=result)

    def _take_molecule(self, molecule):
        A, D = molecule.natom, molecule.dimension
        self.natom, self.dimension = A, D
        self.numbers = np.ctypeslib.as_array(molecule.numbers, (A,)).copy()
        self.masses = np.ctypeslib.as_array(molecule.masses, (A,)).copy()
        self.reference = np.ctypeslib.as_array(molecule.reference, (A * D,)).copy().reshape(A, D)
        for array in (self.numbers, self.masses, self.reference):
            array.setflags(write=False)

    def __reduce__(self):  # copies and pickles open the source again
        return Model, self._made

    def __repr__(self) -> str:
        if isinstance(self._handle, _Closed):
            return "<diabolo.Model, closed>"
        atoms = " ".join(self.symbols) if self.dimension == 3 else f"{self.natom} x {self.dimension} coordinates"
        known = [f"{self.states} states"] + [f"{self.fitted} of them fitted"] * (self.fitted < self.states)
        known += [f"{self.members} members"] * (self.members > 1) + ["dipoles"] * self.dipolar + [f"from {self.path}"] * (self.path is not None)
        return f"<diabolo.Model {self.type} of {atoms}: {', '.join(known)}>"

    def close(self) -> None:
        """Frees the model as soon as no thread uses it; it cannot be used any more."""
        self._handle = _Closed()
        self._local = threading.local()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- what it is ------------------------------------------------------------------------------------------------------
    @property
    def states(self) -> int:
        """Number of states."""
        return self._shape.nstate

    @property
    def fitted(self) -> int:
        """How many of them mean something, the lowest: the others belong to surplus diabats and were not fitted."""
        return lib.function("dia_model_fitted")(self._handle.pointer)

    @property
    def parameters(self) -> int:
        """Number of parameters that can be trained."""
        return self._shape.ntheta

    @property
    def type(self) -> str:
        """"network", "vibronic", ..."""
        return lib.function("dia_model_name")(self._handle.pointer).decode()

    @property
    def digest(self) -> str:
        """SHA-256 of what it was opened from, as in the swarm file's model_digest."""
        return lib.function("dia_model_digest")(self._handle.pointer).decode()

    @property
    def symbols(self) -> typing.List[str]:
        """Element symbols; "X": an abstract particle of a model system."""
        return [lib.function("dia_element_symbol")(int(z)).decode() for z in self.numbers]

    @property
    def pairs(self) -> typing.List[typing.Tuple[int, int]]:
        """Pairs of states in the order of couplings."""
        return pairs(self.states)

    @property
    def bounded(self) -> bool:
        """Does it know the region of its training data?"""
        return bool(lib.function("dia_model_bounded")(self._handle.pointer))

    @property
    def members(self) -> int:
        """Number of members of a committee; 1 of any other model."""
        return lib.function("dia_model_members")(self._handle.pointer)

    @property
    def complex(self) -> bool:
        """Is H complex Hermitian (spin-orbit coupling)? Then H, vectors and couplings are complex arrays."""
        return bool(self._shape.npacked > self.states * (self.states + 1) // 2)

    @property
    def _number(self):
        return np.complex128 if self.complex else np.float64

    @property
    def spins(self) -> typing.Optional[typing.Tuple[Array, Array]]:
        """Multiplicity 2S+1 (n) and 2 M_S (n) of the diabatic states; None: the model does not say."""
        spins = np.zeros((2, self.states), dtype=np.intc)
        known = lib.function("dia_model_spin")(self._handle.pointer, *(s.ctypes.data_as(lib.Integer) for s in spins))
        return (spins[0], spins[1]) if known else None

    # ---- arguments -------------------------------------------------------------------------------------------------------
    def _geometries(self, R, what="R"):
        """(B, ncart) contiguous, and whether it was a single one."""
        A, D = self.natom, self.dimension
        R = np.ascontiguousarray(R, dtype=np.float64)
        if R.shape in ((A, D), (A * D,)):
            return R.reshape(1, A * D), True
        if R.shape[1:] in ((A, D), (A * D,)):
            return R.reshape(-1, A * D), False
        raise lib.InputError(f"{what} has the shape {R.shape}; expected ({A}, {D}) or (B, {A}, {D}): {A} atoms, {D} coordinates "
                             "each")

    def _states(self, states):
        chosen = [states] if np.ndim(states) == 0 else list(states)
        for k in chosen:
            if not 0 <= k < self.states:
                raise lib.InputError(f"there is no state {k}: the model has {self.states}, counted from 0")
        return [int(k) for k in chosen]

    def _chosen(self, pairs):
        """A list of pairs of states; was it a single one?"""
        if isinstance(pairs, str):
            if pairs != "all":
                raise lib.InputError(f"pairs '{pairs}': expected \"all\", a pair (i, j), or a list of pairs")
            return self.pairs, False
        single = np.ndim(pairs) == 1 and len(pairs) == 2
        return [tuple(p) for p in ([pairs] if single else pairs)], single

    # ---- evaluation ------------------------------------------------------------------------------------------------------
    def _tape(self):
        """This thread's tape."""
        tape = getattr(self._local, "tape", None)
        if tape is None:
            tape = _Handle("dia_tape_free", after=self._handle)
            lib.call("dia_tape_create_hermitian", c.byref(tape.pointer), self._handle.pointer, BATCH, REQUESTS)
            self._local.tape = tape
        return tape.pointer

    def _forward(self, tape, R):
        """One call of the forward pass: R (b, ncart), b <= BATCH -> packed H (b, npacked)."""
        H = np.empty((len(R), self._shape.npacked))
        lib.check(lib.function("dia_model_hamiltonian")(self._handle.pointer, tape, len(R), _reals(R), _reals(H)))
        return H

    def _frame(self, H):
        b, n = len(H), self.states
        E, U = np.empty((b, n)), np.empty((b, n, n), dtype=self._number)
        work = np.empty(lib.function("dia_frame_work")(n))
        frame = lib.Frame(b, n, _reals(H), _reals(E), _reals(U.view(np.float64)), self.complex)
        lib.check(lib.function("dia_frame_solve")(c.byref(frame), _reals(work)), where="diagonalisation")
        return E, U

    def _backward(self, tape, row, W):
        """row (q), W (q, npacked) -> (q, ncart)."""
        G = np.empty((len(row), self._shape.ncart))
        for i in range(0, len(row), REQUESTS):
            some, weights, out = (np.ascontiguousarray(x[i:i + REQUESTS]) for x in (row, W, G))
            lib.check(lib.function("dia_model_contract")(self._handle.pointer, tape, len(some), some.ctypes.data_as(lib.Integer),
                                                         _reals(weights), _reals(out)))
            G[i:i + REQUESTS] = out
        return G

    def _unpack(self, packed):
        """(..., npacked) -> symmetric or Hermitian (..., n, n)"""
        n = self.states
        full = np.empty(packed.shape[:-1] + (n, n), dtype=self._number)
        i, j = np.tril_indices(n)
        full[..., i, j] = full[..., j, i] = packed[..., :len(i)]
        if self.complex:
            k, l = np.tril_indices(n, -1)
            full[..., k, l] += 1j * packed[..., len(i):]
            full[..., l, k] -= 1j * packed[..., len(i):]
        return full

    def _pack(self, full):
        """The Hermitian part of (..., n, n), packed."""
        full = (full + full.conj().swapaxes(-1, -2)) / 2
        i, j = np.tril_indices(self.states)
        k, l = np.tril_indices(self.states, -1)
        real = full[..., i, j].real
        return np.ascontiguousarray(np.concatenate((real, full[..., k, l].imag), axis=-1) if self.complex else real)

    def _followed(self, U, follow):
        """Columns of U with the signs or phases that make their overlaps with those of `follow` positive."""
        overlap = np.einsum("bik,bik->bk", follow.conj(), U)
        size = abs(overlap)
        return U * (np.where(size > 0, overlap.conj(), 1) / np.where(size > 0, size, 1))[:, None, :]

    def evaluate(self, R: ArrayLike, gradients: typing.Union[str, States] = (), couplings: Pairs = (), follow: typing.Optional[ArrayLike] = None) -> Evaluation:
        """Everything from one forward pass: an Evaluation. gradients: states; couplings: pairs of states; "all": all of them.
        follow: the `vectors` of an earlier Evaluation (one, or as many as geometries): signs of states are turned to theirs (phases, if
        H is complex); without it they are arbitrary, and so are the couplings' signs."""
        many, single = self._geometries(R)
        states = range(self.states) if isinstance(gradients, str) and gradients == "all" else self._states(gradients)
        two: typing.List[typing.Any] = [tuple(self._states(p)) for p in (self.pairs if isinstance(couplings, str) and couplings == "all" else couplings)]
        for p in two:
            if len(p) != 2:
                raise lib.InputError(f"{p} is not a pair of states")
        H, E, U, G = self._evaluate(many, [*((k, k) for k in states), *two], follow)
        A, D = self.natom, self.dimension
        G = G.reshape(len(many), G.shape[1], A, D)
        result = dict(R=many.reshape(-1, A, D), hamiltonian=self._unpack(H), energies=E, vectors=U, gradients=G[:, :len(states)].real,
                      couplings=G[:, len(states):])
        if single:
            result = {name: array[0] for name, array in result.items()}
        return Evaluation(**result)

    def _evaluate(self, R, requests, follow):
        """H (B, npacked), E (B, n), U (B, n, n), and contracted u_k u_l^H of the requests (B, q, ncart)."""
        n, q, tape = self.states, len(requests), self._tape()
        k, l = (np.array([r[i] for r in requests], dtype=int) for i in (0, 1))
        if follow is not None:
            follow = np.broadcast_to(np.asarray(follow, dtype=self._number), (len(R), n, n))
        parts = [(np.empty((0, self._shape.npacked)), np.empty((0, n)), np.empty((0, n, n), dtype=self._number),
                  np.empty((0, q, self._shape.ncart), dtype=self._number))]
        for begin in range(0, len(R), BATCH):
            some = np.ascontiguousarray(R[begin:begin + BATCH])
            H = self._forward(tape, some)
            E, U = self._frame(H)
            if follow is not None:
                U = self._followed(U, follow[begin:begin + BATCH])
            W = np.einsum("biq,bjq->bqij", U[:, :, k], U[:, :, l].conj())
            row = np.repeat(np.arange(len(some), dtype=np.intc), q)
            G = self._backward(tape, row, self._pack(W).reshape(-1, self._shape.npacked))
            if self.complex:
                G = G + 1j * self._backward(tape, row, self._pack(1j * W).reshape(-1, self._shape.npacked))
            parts.append((H, E, U, G.reshape(len(some), q, self._shape.ncart)))
        return [np.concatenate(arrays) for arrays in zip(*parts)]

    def novelty(self, R: ArrayLike) -> Array:
        """How far a geometry is from the training data, without unit: a number, for a batch (B); above 1 is outside. 0 if the model is not `bounded`."""
        many, single = self._geometries(R)
        far = np.array([lib.function("dia_model_novelty")(self._handle.pointer, _reals(x), 0, None) for x in many])
        return far[0] if single else far

    def hamiltonian(self, R: ArrayLike) -> Array:
        """Diabatic H (n, n) hartree."""
        return self.evaluate(R).hamiltonian

    def energies(self, R: ArrayLike) -> Array:
        """Adiabatic energies (n) hartree, ascending."""
        return self.evaluate(R).energies

    def gradients(self, R: ArrayLike, states: typing.Union[str, States] = "all") -> Array:
        """Gradients of adiabatic energies (k, A, D) hartree/bohr; of a single state, given as an integer, (A, D)."""
        wanted = states if isinstance(states, str) else self._states(states)
        G = self.evaluate(R, gradients=wanted).gradients
        return G if np.ndim(states) or isinstance(states, str) else G[..., 0, :, :]

    def couplings(self, R: ArrayLike, pairs: Pairs = "all", follow: typing.Optional[ArrayLike] = None) -> Array:
        """h_ij = <i|dH/dR|j> (p, A, D) hartree/bohr, finite at intersections; of a single pair (i, j), (A, D). Signs: see
        evaluate."""
        chosen, single = self._chosen(pairs)
        h = self.evaluate(R, couplings=chosen, follow=follow).couplings
        return h[..., 0, :, :] if single else h

    def derivative_couplings(self, R: ArrayLike, pairs: Pairs = "all", follow: typing.Optional[ArrayLike] = None) -> Array:
        """d_ij = <i|d/dR|j> = h_ij/(E_j - E_i), 1/bohr, antisymmetric in i, j; infinite or NaN at an intersection."""
        chosen, single = self._chosen(pairs)
        found = self.evaluate(R, couplings=chosen, follow=follow)
        two = np.array(chosen, dtype=int).reshape(-1, 2)
        gap = found.energies[..., two[:, 1]] - found.energies[..., two[:, 0]]
        with np.errstate(divide="ignore", invalid="ignore"):
            d = found.couplings / gap[..., None, None]
        return d[..., 0, :, :] if single else d

    # ---- dipoles ---------------------------------------------------------------------------------------------------------
    @property
    def dipolar(self) -> bool:
        """Does it know its dipoles (docs/spectra.md)?"""
        return bool(lib.function("dia_model_dipolar")(self._handle.pointer))

    def _dipoles(self, R, follow=None):
        """E (B, n), U (B, n, n), the diabatic dipole matrices (B, n, n, 3)."""
        if not self.dipolar:
            raise lib.UnsupportedError(f"{self.path or 'the model'}: this model has no dipoles: the block `dipoles` of a training teaches "
                                       "them to a network, a vibronic model has the key `dipoles` (docs/spectra.md)")
        n, tape = self.states, self._tape()
        parts = [(np.empty((0, n)), np.empty((0, n, n), dtype=self._number), np.empty((0, n, n, 3), dtype=self._number))]
        if follow is not None:
            follow = np.broadcast_to(np.asarray(follow, dtype=self._number), (len(R), n, n))
        for begin in range(0, len(R), BATCH):
            some = np.ascontiguousarray(R[begin:begin + BATCH])
            E, U = self._frame(self._forward(tape, some))
            if follow is not None:
                U = self._followed(U, follow[begin:begin + BATCH])
            row, mu = np.arange(len(some), dtype=np.intc), np.empty((len(some), 3, self._shape.npacked))
            lib.check(lib.function("dia_model_dipole")(self._handle.pointer, tape, len(some), row.ctypes.data_as(lib.Integer), _reals(mu)))
            parts.append((E, U, np.moveaxis(self._unpack(mu), 1, -1)))
        return [np.concatenate(arrays) for arrays in zip(*parts)]

    def diabatic_dipoles(self, R: ArrayLike) -> Array:
        """Dipole matrix in the diabatic basis (n, n, 3), e bohr."""
        many, single = self._geometries(R)
        mu = self._dipoles(many)[2]
        return mu[0] if single else mu

    def dipoles(self, R: ArrayLike, follow: typing.Optional[ArrayLike] = None) -> Array:
        """Dipole matrix of the adiabatic states (n, n, 3), e bohr: permanent dipoles on the diagonal, transition dipoles beside it. Signs:
        see evaluate."""
        many, single = self._geometries(R)
        _, U, mu = self._dipoles(many, follow)
        mu = np.einsum("bik,bijx,bjl->bklx", U.conj(), mu, U, optimize=True)
        return mu[0] if single else mu

    def oscillator_strengths(self, R: ArrayLike, state: int = 0) -> Array:
        """f = 2/3 (E_k - E_state) |mu|^2 of the transitions from `state` to all states k (n), without unit, negative to lower ones."""
        many, single = self._geometries(R)
        state, = self._states(state)
        E, U, mu = self._dipoles(many)
        mu = np.einsum("bi,bijx,bjl->blx", U[:, :, state].conj(), mu, U, optimize=True)
        f = 2 / 3 * (E - E[:, state, None]) * (abs(mu)**2).sum(axis=-1)
        return f[0] if single else f

    def contract(self, R: ArrayLike, W: ArrayLike) -> Array:
        """sum_ij W_ij dH_ij/dR (A, D) hartree/bohr for symmetric weights W (n, n), one for each geometry or one for all. Of a complex
        H: Re tr(W^H dH/dR) for Hermitian W."""
        many, single = self._geometries(R)
        weights = np.broadcast_to(np.asarray(W, dtype=self._number), (len(many), self.states, self.states))
        weights, tape, parts = self._pack(weights), self._tape(), []
        for begin in range(0, len(many), BATCH):
            some = np.ascontiguousarray(many[begin:begin + BATCH])
            self._forward(tape, some)
            parts.append(self._backward(tape, np.arange(len(some), dtype=np.intc), weights[begin:begin + BATCH]))
        G = np.concatenate(parts or [np.empty((0, self._shape.ncart))]).reshape(-1, self.natom, self.dimension)
        return G[0] if single else G

    def derivative(self, R: ArrayLike, V: ArrayLike) -> Array:
        """Directional derivatives of the diabatic matrix, sum_c V_c dH/dR_c (n, n), hartree for V in bohr. One geometry with several V, or one V for
        each geometry."""
        many, single = self._geometries(R)
        directions, alone = self._geometries(V, "V")
        if single and not alone:
            many = np.repeat(many, len(directions), axis=0)
        if len(many) != len(directions):
            raise lib.InputError(f"{len(many)} geometries and {len(directions)} vectors V: expected as many")
        tape, parts = self._tape(), [np.empty((0, self._shape.npacked))]
        for begin in range(0, len(many), BATCH):
            some, along = (np.ascontiguousarray(x[begin:begin + BATCH]) for x in (many, directions))
            self._forward(tape, some)
            row, dH = np.arange(len(some), dtype=np.intc), np.empty((len(some), self._shape.npacked))
            lib.check(lib.function("dia_model_derivative")(self._handle.pointer, tape, len(some), row.ctypes.data_as(lib.Integer),
                                                           _reals(along), _reals(dH)))
            parts.append(dH)
        dH = self._unpack(np.concatenate(parts))
        return dH[0] if single and alone else dH

    # ---- intersections ---------------------------------------------------------------------------------------------------
    def _block(self, states):
        """first, count of neighbouring states given as one number or a sequence."""
        chosen = self._states(states)
        if not chosen or chosen != list(range(chosen[0], chosen[0] + len(chosen))):
            raise lib.InputError(f"states {chosen}: expected one state, or neighbours in ascending order such as (0, 1)")
        return chosen[0], len(chosen)

    def _one(self, R):
        R, single = self._geometries(R)
        if not single:
            raise lib.InputError(f"one geometry at a time, not {len(R)}")
        return R[0].copy()

    def _vector(self, pointer, *leading):
        A, D = self.natom, self.dimension
        count = int(np.prod(leading, dtype=int)) * A * D
        if count == 0:
            return np.empty(leading + (A, D))
        return np.ctypeslib.as_array(pointer, (count,)).copy().reshape(leading + (A, D))

    def search(self, R: ArrayLike, states: States = (0, 1), method: typing.Optional[str] = None, constraints: typing.Sequence[Constraint] = (),
               **options: float) -> SearchResult:
        """From R (A, D) bohr to a minimum of one state (states=1), or the lowest point at which two or three neighbouring states meet
        (states=(0, 1)): a SearchResult. method: "projection", "lagrange_newton" or "penalty"; None: the library's choice.
        options: gap, gradient, max_step, iterations (dia_search_options). constraints (Lagrange-Newton alone): functions of
        R (A, D) that return c and dc/dR (A, D); c = 0 holds at the end."""
        first, count = self._block(states)
        start, failures = self._one(R), []  # type: typing.Any, typing.List[BaseException]
        if method is not None and method not in METHODS:
            raise lib.InputError(f"there is no method '{method}'; there are {', '.join(METHODS)}")
        for name in options:
            if name not in ("gap", "gradient", "max_step", "iterations"):
                raise lib.InputError(f"there is no option '{name}'; there are gap, gradient, max_step, iterations")
        given = lib.SearchOptions()
        lib.function("dia_search_defaults")(c.byref(given))
        if method is not None:
            options["method"] = METHODS.index(method)
        for name, value in options.items():
            setattr(given, name, value)
        kept = (lib.Constraint * max(len(constraints), 1))(*(
            lib.Constraint(lib.Residual(self._residual(f, failures)), None) for f in constraints))
        given.nconstraint, given.constraint = len(constraints), kept
        result = lib.SearchResult()
        try:
            lib.call("dia_search", self._handle.pointer, first, count, c.byref(given), _reals(start), c.byref(result))
        finally:
            if failures:
                raise failures[0]
        return SearchResult(R=start.reshape(self.natom, self.dimension), why=result.why.decode("utf-8", "replace"),
                            **{k: getattr(result, k) for k in ("converged", "iterations", "energy", "gap", "gradient")})

    def _residual(self, function, failures):
        """A constraint for the library; what it raises is stored, since an exception cannot pass through C."""
        A, D = self.natom, self.dimension

        def residual(_context, R, gradient):
            try:
                value, slope = function(np.ctypeslib.as_array(R, (A * D,)).copy().reshape(A, D))
                np.ctypeslib.as_array(gradient, (A * D,))[:] = np.reshape(slope, A * D)
                return float(value)
            except BaseException as failure:  # noqa: B902
                failures.append(failure)
                np.ctypeslib.as_array(gradient, (A * D,))[:] = np.nan
                return np.nan

        return residual

    def seam_modes(self, R: ArrayLike, states: States = (0, 1)) -> SeamModes:
        """Curvature of the mean energy at a stationary point, within the seam on which the states meet: SeamModes."""
        first, count = self._block(states)
        modes = lib.SeamModes()
        lib.call("dia_seam_modes_make", c.byref(modes), self._handle.pointer, first, count, _reals(self._one(R)))
        try:
            frequency = np.array([modes.frequency[i] for i in range(modes.nmode)])
            return SeamModes(frequency, self._vector(modes.vector, modes.nmode), modes.negative)
        finally:
            lib.function("dia_seam_modes_free")(c.byref(modes))

    def branching_plane(self, R: ArrayLike, lower: int = 0) -> BranchingPlane:
        """Branching plane and cone of states lower, lower+1 at or near an intersection: BranchingPlane."""
        self._states((lower, lower + 1))
        plane = lib.BranchingPlane()
        lib.call("dia_branching_plane_make", c.byref(plane), self._handle.pointer, lower, _reals(self._one(R)))
        try:
            vectors = {name: self._vector(getattr(plane, name)) for name in ("g", "h", "h_imaginary", "x", "y", "z", "s")}
            numbers = ("directions", "pitch", "asymmetry", "tilt", "heading", "P", "B")
            return BranchingPlane(**vectors, **{k: getattr(plane, k) for k in numbers})
        finally:
            lib.function("dia_branching_plane_free")(c.byref(plane))
