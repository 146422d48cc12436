/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cases of the certificate: the usual input of a model (`diabolo init run NAME`), and what is changed in it.
 *
 * Trajectories sample the Wigner distribution of the very packet that is propagated exactly: `wigner`, or `fixed` with
 * widths of product 1/2. Packets of Tully's width: exp(ikx - (x - x0)^2/(20/k)^2), whose density has the standard
 * deviation 10/k and whose momenta have k/20 (J. Chem. Phys. 93, 1061 (1990)). */
#include "certify/certify.h"

#define PACKET(k, width) "initial.sampling=wigner", "initial.momentum=[" k "]", "initial.position_width=[" width "]"
#define FROM(x) "initial.position=[" x "]"
#define FOR(time) "dynamics.duration=" time
#define ENDS(left, right) "dynamics.stop={reflected: x < " left " bohr, transmitted: x > " right " bohr}"

static const char packet[] =
    "A wave packet of Tully's width against trajectories of its Wigner distribution. Trajectories have no "
    "tunnelling and no phase of the nuclei";
static const char wave[] =
    "A wave of one energy against trajectories of one momentum: all interference that a packet would average "
    "is there";
static const char wigner[] =
    "Trajectories of the Wigner distribution of the packet: zero-point energy may flow between modes, "
    "and there is no geometric phase of the nuclei";
static const char diabatic[] = "A diabatic start: amplitudes of the diabat, active states drawn from their squares. ";

const dia_certify_case dia_certify_cases[] = {
    {"tully-1-k8", "tully", {PACKET("8", "1.25"), FROM("-10"), FOR("300 fs"), ENDS("-17", "10")}, packet},
    {"tully-1-k15", "tully", {PACKET("15", "0.6666666667"), FROM("-10"), FOR("120 fs"), ENDS("-17", "10")}, packet},
    {"tully-1-k25", "tully", {PACKET("25", "0.4"), FROM("-10"), FOR("80 fs"), ENDS("-17", "10")}, packet},
    {"tully-2-k16",
     "tully",
     {"model.variant=dual_crossing", PACKET("16", "0.625"), FROM("-10"), FOR("300 fs"), ENDS("-17", "10")},
     packet},
    {"tully-2-k30",
     "tully",
     {"model.variant=dual_crossing", PACKET("30", "0.3333333333"), FROM("-10"), FOR("60 fs"), ENDS("-17", "10")},
     packet},
    {"tully-2-k50",
     "tully",
     {"model.variant=dual_crossing", PACKET("50", "0.2"), FROM("-10"), FOR("40 fs"), ENDS("-17", "10")},
     packet},
    {"tully-3-k10",
     "tully",
     {"model.variant=extended_coupling", PACKET("10", "1"), FROM("-10"), FOR("200 fs"), ENDS("-17", "10")},
     packet},
    {"tully-3-k20",
     "tully",
     {"model.variant=extended_coupling", PACKET("20", "0.5"), FROM("-10"), FOR("120 fs"), ENDS("-17", "10")},
     packet},
    {"tully-3-k30",
     "tully",
     {"model.variant=extended_coupling", PACKET("30", "0.3333333333"), FROM("-10"), FOR("120 fs"), ENDS("-17", "10")},
     packet},
    {"double-arch-k20", "subotnik", {PACKET("20", "0.5"), FROM("-15"), FOR("250 fs"), ENDS("-20", "15")}, packet},
    {"double-arch-k50", "subotnik", {PACKET("50", "0.2"), FROM("-15"), FOR("60 fs"), ENDS("-20", "15")}, packet},
    {"dumbbell-k32",
     "subotnik",
     {"model.variant=dumbbell", PACKET("32", "0.3125"), FROM("-20"), FOR("300 fs"), ENDS("-26", "20")},
     packet},
    {"dumbbell-k50",
     "subotnik",
     {"model.variant=dumbbell", PACKET("50", "0.2"), FROM("-20"), FOR("100 fs"), ENDS("-26", "20")},
     packet},
    {"superexchange-k6",
     "superexchange",
     {"initial.momentum=[6]", FOR("400 fs"), ENDS("-11", "10"), "exact={engine: scattering, lower: -12, upper: 12}"},
     wave},
    {"superexchange-k12",
     "superexchange",
     {"initial.momentum=[12]", FOR("150 fs"), ENDS("-11", "10"), "exact={engine: scattering, lower: -12, upper: 12}"},
     wave},
    {"morse-1", "morse", {"model.variant=I"}, diabatic},
    {"morse-2", "morse", {"model.variant=II"}, diabatic},
    {"morse-3", "morse", {"model.variant=III"}, diabatic},
    {"nai", "nai", {FOR("500 fs"), "dynamics.timestep=0.5 fs", "exact.order=4"}, diabatic},
    {"ferretti-0.01", "ferretti", {"model.gamma=0.01"}, wigner},
    {"ferretti-0.04", "ferretti", {"model.gamma=0.04"}, wigner},
    {"ferretti-0.04-slow",
     "ferretti",
     {"model.gamma=0.04", "model.mass_y=666700 me", FOR("60 fs")},
     "Y hardly moves while the packet passes the intersection: what the motion of Y, of few quanta, does is left out, "
     "and the "
     "rest of ferretti-0.04 is there"},
    {"jahn-teller", "jahn_teller", {NULL}, wigner},
    {"butatriene", "butatriene", {NULL}, wigner},
    {"bma", "bma", {NULL}, wigner},
    {"retinal",
     "retinal",
     {FOR("150 fs"), "exact={lower: [-3.141592653589793, -9.7], upper: [3.141592653589793, 7.6]}"},
     wigner},
    {"pyrazine-3", "pyrazine3", {FOR("60 fs"), "exact={engine: oscillators, energy: 4 eV, convergence: true}"}, wigner},
    {"pyrazine-4",
     "pyrazine4",
     {FOR("60 fs"), "exact={engine: oscillators, adiabatic: false, convergence: true}"},
     wigner},
    {"spin-boson-3",
     "spin_boson",
     {"model.modes=3", "initial.sampling=wigner", "initial.temperature=0 K", "exact={engine: oscillators}"},
     wigner},
    {"spin-boson",
     "spin_boson",
     {"model.modes=20", "initial.sampling=wigner", "dynamics.timestep=0.02 au", "exact={engine: heom}"},
     diabatic},
    {.name = NULL}};
