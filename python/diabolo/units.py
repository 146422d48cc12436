# SPDX-License-Identifier: GPL-3.0-or-later
"""Units, as in diabolo/base.h: a number in the named unit times the constant is in atomic units, so energies in eV are
`model.energies(R) / diabolo.units.EV`. CODATA 2018, https://physics.nist.gov/cuu/Constants/"""

EV = 1.0 / 27.211386245988  # hartree
WAVENUMBER = 1.0 / 219474.6313632  # cm^-1 -> hartree
KELVIN = 3.1668115634556e-6  # k_B T in hartree
ANGSTROM = 1.0 / 0.529177210903  # bohr
FEMTOSECOND = 41.341373335182  # atomic unit of time
DALTON = 1822.888486209  # electron mass
