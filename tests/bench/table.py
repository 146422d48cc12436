# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed beside what the processor and others give, all of it measured now:  tests/bench/table.py [--json FILE] [BUILD]

BUILD: the build folder (build). Medians of one thread's processor time; the figures of bench_model, which are held against `dgemm`, alternate. OpenBLAS
chooses its own kernel. PyTorch is asked if Debian's package (python3-torch) is there. --json FILE: all figures.
"""
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
MODELS = [  # name, model for bench_step (behind its options), steps
    ("network, 6 atoms, 3 states", ["random:6:3"], 100),
    ("network, 6 atoms, 10 states", ["random:6:10"], 100),
    ("ethylene", [SOURCE / "models/ethylene/ethylene.h5"], 50),
    ("ethylene_fast", [SOURCE / "models/ethylene/ethylene_fast.h5"], 50),
    ("ethylene_fast, single precision", ["--single", SOURCE / "models/ethylene/ethylene_fast.h5"], 50),
    ("ammonia", [SOURCE / "models/nh3/nh3.h5"], 50),
    ("SO2, vibronic, 4 states", [SOURCE / "examples/photochem/02_so2_vibronic/so2_lvc.yaml"], 200),
    ("pyrazine, vibronic, 24 modes", ["{type: pyrazine24}"], 200),
    ("Tully 1", ["{type: tully, variant: 1}"], 400),
]


def program(*command):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    done = subprocess.run([str(c) for c in command], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def torch_times(name):
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
        return None
    return program(python, SOURCE / "tests/bench" / name)


def main():
    arguments = sys.argv[1:]
    out = None
    if arguments[:1] == ["--json"] and len(arguments) > 1:
        out, arguments = arguments[1], arguments[2:]
    if len(arguments) > 1 or arguments[:1] == ["--json"]:
        sys.exit(__doc__)
    build = pathlib.Path(arguments[0] if arguments else SOURCE / "build")
    model = program(build / "tests/bench_model", "--json")
    steps = {name: program(build / "tests/bench_step", "--json", *model_arguments, 64, count, 5) for name, model_arguments, count in MODELS}
    torch = torch_times("torch_network.py")
    training = program(build / "tests/bench_train", "--json")
    torch_training = torch_times("torch_train.py")

    def value(figures, name):
        return figures[name]["median"]

    print(f"instructions: {model['instructions']}, load {os.getloadavg()[0]:.1f}")
    print(f"dgemm 512 / 64 x 100 x 100: {value(model, 'dgemm 512 x 512 x 512'):.0f} / {value(model, 'dgemm 64 x 100 x 100'):.0f} GFLOP/s; "
          f"tanh, silu: {value(model, 'tanh and its derivative'):.2f}, {value(model, 'silu and its derivative'):.2f} ns; copy {value(model, 'copy'):.0f} GB/s\n")
    print(f"{'2 x 100 tanh, 3 states':34}" + "".join(f"{n:>5} atoms" for n in (6, 12, 24)))
    for text, key, form in (("model part, us", "model part", ".2f"), ("  share of dgemm 512", "share of dgemm 512", ".2f"),
                            ("  in single precision, us", "single precision", ".2f"), ("  double / single", "double / single", ".2f"),
                            ("all derivatives, us", "all derivatives", ".2f"), ("  share of dgemm 512", "share, all derivatives", ".2f")):
        print(f"{text:34}" + "".join(f"{value(model, f'{n} atoms, {key}'):11{form}}" for n in (6, 12, 24)))
    print(f"\n{'us a step and trajectory':34}{'whole':>9}{'model':>9}{'electrons':>11}{'rest':>9}")
    for name, figures in steps.items():
        part = value(figures, "model, hamiltonian") + value(figures, "model, contract")
        print(f"{name:34}{value(figures, 'trajectory and step'):9.2f}{part:9.2f}{value(figures, 'electrons'):11.2f}{value(figures, 'the rest'):9.2f}")
    network = steps[MODELS[0][0]]
    part = value(network, "model, hamiltonian") + value(network, "model, contract")
    print(f"\nwhole step / model part, 6 atoms: {value(network, 'trajectory and step') / part:.2f}")
    print(f"two threads against one, processor time: {value(network, 'two threads, processor time'):.2f}, on the wall {value(network, 'two threads, wall'):.2f}")
    if torch is not None:
        own = part + value(network, "electrons")
        print(f"PyTorch {torch['version']}, H, eigenvectors, gradient: batch 64 {torch['64']:.1f} us, {torch['64'] / own:.1f} times ours; "
              f"one geometry {torch['1']:.0f} us, {torch['1'] / own:.0f} times")
    else:
        print("PyTorch: not there (Debian: python3-torch)")
    print("\ntraining, 3000 geometries, energies + gradients + couplings, adam")
    for batch in (128, 32):
        epoch = value(training, f"epoch, batch {batch}")
        text = f"batch {batch:3}: {epoch:.0f} ms an epoch, {value(training, f'share, batch {batch}'):.2f} of dgemm 512"
        if torch_training is not None:
            text += "; PyTorch" + ",".join(f" {name} {1e3 * torch_training[f'{name}, batch {batch}']:.0f} ms, {1e3 * torch_training[f'{name}, batch {batch}'] / epoch:.1f} times ours"
                                           for name in ("autograd", "by hand"))
        print(text)
    print(f"normal equations of levenberg_marquardt: {value(training, 'share of dsyrk, normal equations'):.2f} of dsyrk")
    if out is not None:
        pathlib.Path(out).write_text(json.dumps({"model": model, "step": steps, "torch": torch, "training": training, "torch_training": torch_training}, indent=1) + "\n")


main()
