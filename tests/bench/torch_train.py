# SPDX-License-Identifier: GPL-3.0-or-later
"""What PyTorch needs for the same as bench_train: an epoch of Adam over 3000 geometries of 6 atoms, inverse distances -> 2 x 100 tanh -> H of 3 states, the loss of a
training (energies, gradients, gap-scaled couplings; signs of the states chosen jointly for each geometry, weight of a coupling falling with the gap). float64, one thread.
"autograd": gradients of all elements of H by torch.autograd.grad, as one writes it; "by hand": the way back through the network written as matrix products of the whole batch,
of which autograd has only to differentiate the result. Prints JSON: median processor seconds of an epoch of each kind and batch.

    /usr/bin/python3 tests/bench/torch_train.py [RUNS]
"""
import itertools
import json
import sys
import time

import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
npoint, natom, nstate, units = 3000, 6, 3, 100
pairs = torch.tril_indices(natom, natom, -1)
packed = torch.tril_indices(nstate, nstate)
npacked = packed.shape[1]
signs = torch.tensor([(1.0,) + v for v in itertools.product((1.0, -1.0), repeat=nstate - 1)])
off = torch.tensor([k for k in range(npacked) if packed[0, k] != packed[1, k]])
diagonal = torch.tensor([k for k in range(npacked) if packed[0, k] == packed[1, k]])
ev = 1.0 / 27.211386245988
w_energy, w_force, gap_scale = ev**-2, 0.04 * (ev * 0.529177210903) ** -2, 0.5 * ev  # atomic units
layers = [(natom * (natom - 1) // 2, units), (units, units), (units, npacked)]


def network():
    return [t.requires_grad_(True) for a, b in layers for t in (torch.randn(a, b) / a**0.5, torch.zeros(b))]


def features(R):
    d = R[:, pairs[0]] - R[:, pairs[1]]
    return (1.0 / d.norm(dim=2) - 0.25) / 0.1


def elements(x, theta):
    W1, b1, W2, b2, W3, b3 = theta
    h1 = torch.tanh(torch.addmm(b1, x, W1))
    h2 = torch.tanh(torch.addmm(b2, h1, W2))
    return h1, h2, 0.01 * torch.addmm(b3, h2, W3)


def by_autograd(R, J, theta):
    R = R.requires_grad_(True)
    y = elements(features(R), theta)[2]
    D = [torch.autograd.grad(y[:, k].sum(), R, create_graph=True)[0].flatten(1) for k in range(npacked)]
    return y, torch.stack(D, 1)


def by_hand(R, J, theta):
    """J: derivatives of the features, which no parameter changes: made once."""
    W1, b1, W2, b2, W3, b3 = theta
    h1, h2, y = elements(features(R), theta)
    z2 = (1.0 - h2 * h2)[:, None, :] * (0.01 * W3.T)
    z1 = (1.0 - h1 * h1)[:, None, :] * (z2 @ W2.T)
    return y, torch.bmm(z1 @ W1.T, J)


def full(x):
    M = x.new_zeros((x.shape[0], nstate, nstate) + x.shape[2:])
    M[:, packed[0], packed[1]] = x
    M[:, packed[1], packed[0]] = x
    return M


def loss_of(theta, model, R, J, E0, F0):
    y, D = model(R, J, theta)
    E, U = torch.linalg.eigh(full(y))
    F = torch.einsum("bki,bklc,blj->bijc", U, full(D), U)[:, packed[0], packed[1]]
    gap = (E0[:, packed[0]] - E0[:, packed[1]]) / gap_scale
    weight = w_force / (1.0 + gap * gap)
    with torch.no_grad():
        overlap = weight * (F * F0).sum(2)
        s = signs[:, packed[0]] * signs[:, packed[1]]
        turn = s[(overlap[:, off] @ s[:, off].T).argmax(1)]
    square = ((F - turn[:, :, None] * F0) ** 2).sum(2)
    count = torch.ones(npacked)
    count[off] = 2.0
    return (w_energy * ((E - E0) ** 2).sum() + (count * weight * square).sum()) / len(R)


def training(model, batch):
    """An epoch at each call."""
    R = 2.5 * torch.rand(npoint, natom, 3) + 2.5 * torch.arange(natom)[None, :, None]
    J = torch.autograd.functional.jacobian(lambda r: features(r).sum(0), R.clone()).permute(1, 0, 2, 3).reshape(npoint, -1, 3 * natom)
    with torch.no_grad():
        teacher = [t.detach() for t in network()]
        y, D = by_hand(R, J, teacher)
        E0, U = torch.linalg.eigh(full(y))
        F0 = torch.einsum("bki,bklc,blj->bijc", U, full(D), U)[:, packed[0], packed[1]].contiguous()
    theta = network()
    adam = torch.optim.Adam(theta, lr=1e-3)

    def epoch():
        for points in torch.randperm(npoint).split(batch):
            adam.zero_grad(set_to_none=True)
            loss_of(theta, model, R[points], J[points], E0[points], F0[points]).backward()
            adam.step()

    return epoch


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    kinds = {(name, batch): training(model, batch) for name, model in (("autograd", by_autograd), ("by hand", by_hand)) for batch in (128, 32)}
    times = {key: [] for key in kinds}
    for _ in range(runs):
        for key, epoch in kinds.items():
            begin = time.process_time()
            epoch()
            times[key].append(time.process_time() - begin)
    print(json.dumps({"version": torch.__version__, **{f"{name}, batch {batch}": sorted(t)[runs // 2] for (name, batch), t in times.items()}}))


main()
