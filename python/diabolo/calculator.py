# SPDX-License-Identifier: GPL-3.0-or-later
"""ASE (https://wiki.fysik.dtu.dk/ase): a Calculator for any adiabatic state, and trajectories as Atoms. ASE's units: eV, Angstrom,
u, and its own time unit (ase.units.fs)."""
from __future__ import annotations

import typing

import ase
import ase.units
import numpy as np
from ase.calculators.calculator import Calculator as Base
from ase.calculators.calculator import all_changes
from ase.calculators.singlepoint import SinglePointCalculator

from . import _library as lib
from . import model as models
from . import units
from ._array import Path

EV_PER_ANGSTROM = units.EV / units.ANGSTROM  # hartree/bohr


class Calculator(Base):
    """An adiabatic state of a model: `atoms.calc = diabolo.Calculator(model, state=1)`.

    model: a diabolo.Model, or what diabolo.Model takes. state: counted from 0; to change it, calc.set(state=0). Atoms must
    be those of the model, in its order. results: energy, free_energy (eV) and forces (eV/Angstrom), and besides
      state_energies (n) eV            of all adiabatic states
      hamiltonian (n, n) eV            diabatic
      vectors (n, n)                   column k: adiabatic state k in the diabatic basis; signs follow the last geometry
      couplings (p, A, 3) eV/Angstrom  h_ij = <i|dH/dR|j>, pairs (0,1), (0,2), (1,2), ...
      nac (p, A, 3) 1/Angstrom         d_ij = h_ij/(E_j - E_i)
    Couplings cost about as much as the forces once more for each pair; couplings=False leaves them out. ("energies", in ASE, are
    those of atoms, so those of states have a name of their own.)
    """

    implemented_properties = ["energy", "free_energy", "forces"]
    default_parameters = {"state": 0, "couplings": True}
    discard_results_on_any_change = True

    def __init__(self, model: typing.Union[models.Model, Path], state: int = 0, couplings: bool = True, **kwargs: typing.Any) -> None:
        self.model = model if isinstance(model, models.Model) else models.Model(model)
        if self.model.dimension != 3:
            raise lib.InputError(f"a model of {self.model.dimension} coordinate(s) a particle has no atoms in space for ASE")
        self._vectors: typing.Optional[np.ndarray] = None
        super().__init__(state=state, couplings=couplings, **kwargs)

    def set(self, **parameters: typing.Any) -> typing.Any:
        """Changes state or couplings: calc.set(state=1)."""
        if "state" in parameters:
            self.model._states(parameters["state"])
        return super().set(**parameters)

    def calculate(self, atoms: typing.Optional[ase.Atoms] = None, properties: typing.Sequence[str] = ("energy",), system_changes: typing.Any = all_changes) -> None:
        """Called by ASE: fills `results`, energies in eV, forces in eV/Angstrom."""
        super().calculate(atoms, properties, system_changes)
        if not np.array_equal(self.atoms.numbers, self.model.numbers):
            raise lib.InputError(f"the atoms are {' '.join(self.atoms.symbols)}, those of the model "
                                 f"{' '.join(self.model.symbols)}: they must be the same, in the same order")
        state = self.parameters.state
        found = self.model.evaluate(self.atoms.positions * units.ANGSTROM, gradients=[state],
                                    couplings="all" if self.parameters.couplings else (), follow=self._vectors)
        self._vectors = found.vectors
        energies = found.energies / units.EV
        self.results = {
            "energy": float(energies[state]), "free_energy": float(energies[state]),
            "forces": -found.gradients[0] / EV_PER_ANGSTROM, "state_energies": energies,
            "hamiltonian": found.hamiltonian / units.EV, "vectors": found.vectors.copy()}
        if self.parameters.couplings:
            i, j = np.array(self.model.pairs, dtype=int).reshape(-1, 2).T
            h = found.couplings / EV_PER_ANGSTROM
            with np.errstate(divide="ignore", invalid="ignore"):  # at an intersection d is infinite
                d = h / (energies[j] - energies[i])[:, None, None]
            self.results.update(couplings=h, nac=d)


def atoms_of_model(model):
    """The model's reference geometry as ASE Atoms, with the model's masses."""
    return ase.Atoms(model.symbols, positions=model.reference / units.ANGSTROM, masses=model.masses / units.DALTON)


def atoms_of_trajectory(trajectory, every=1):
    swarm = trajectory.swarm
    if swarm.reference.shape[1] != 3:
        raise lib.InputError(f"{swarm.path}: a model system of {swarm.reference.shape[1]} coordinate(s) a particle has no atoms in "
                             "space for ASE")
    if every < 1:
        raise lib.InputError(f"every: expected 1 or more, found {every}")
    position, velocity = trajectory.position.astype(float), trajectory.velocity.astype(float)
    potential, energies, populations = trajectory.potential, trajectory.energies, abs(trajectory.amplitudes) ** 2
    speed = units.FEMTOSECOND / units.ANGSTROM / ase.units.fs  # atomic units -> Angstrom an ASE unit of time
    frames = []
    for t in range(0, len(trajectory.time), every):
        if trajectory.time[t] > trajectory.end + 1e-9:
            break
        atoms = ase.Atoms(numbers=swarm.numbers, positions=position[t] / units.ANGSTROM, masses=swarm.masses / units.DALTON,
                          velocities=velocity[t] * speed)
        atoms.info.update(time_fs=float(trajectory.time[t]), state=int(trajectory.active[t]),
                          energies_eV=energies[t] / units.EV, populations=populations[t])
        atoms.calc = SinglePointCalculator(atoms, energy=potential[t] / units.EV)
        frames.append(atoms)
    return frames
