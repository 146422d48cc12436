# SPDX-License-Identifier: GPL-3.0-or-later
"""What PyTorch needs for the same as bench_model and the eigenproblems: inverse distances -> 2 x 100 tanh -> H of 3 states, 6 atoms, eigenvectors,
gradient of one adiabatic state. One thread, float64. Prints JSON: median microseconds a geometry for each batch.

    /usr/bin/python3 tests/bench/torch_network.py [RUNS]
"""
import json
import sys
import time

import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
natom, nstate, units = 6, 3, 100
pairs = torch.tril_indices(natom, natom, -1)
packed = torch.tril_indices(nstate, nstate)
layers = [(natom * (natom - 1) // 2, units), (units, units), (units, nstate * (nstate + 1) // 2)]
weights = [(torch.randn(a, b) / a**0.5, torch.zeros(b)) for a, b in layers]


def gradient(R):
    R = R.requires_grad_(True)
    x = (1.0 / (R[:, pairs[0]] - R[:, pairs[1]]).norm(dim=2) - 0.25) / 0.1
    for W, b in weights[:-1]:
        x = torch.tanh(torch.addmm(b, x, W))
    x = torch.addmm(weights[-1][1], x, weights[-1][0])
    H = torch.zeros(len(R), nstate, nstate)
    H[:, packed[0], packed[1]] = x
    H[:, packed[1], packed[0]] = x
    with torch.no_grad():
        u = torch.linalg.eigh(H).eigenvectors[:, :, 1]
    energy = torch.einsum("bi,bij,bj->", u, H, u)  # the gradient of an eigenvalue is that of u^T H u at fixed u
    return torch.autograd.grad(energy, R)[0]


def median_time(batch, runs):
    R = 2.5 * torch.rand(batch, natom, 3) + 2.5 * torch.arange(natom)[None, :, None]
    times = []
    for _ in range(runs):
        repeats = max(1, 512 // batch)
        begin = time.process_time()
        for _ in range(repeats):
            gradient(R.detach())
        times.append(1e6 * (time.process_time() - begin) / (repeats * batch))
    return sorted(times)[runs // 2]


runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
print(json.dumps({"version": torch.__version__, "1": median_time(1, runs), "64": median_time(64, runs)}))
