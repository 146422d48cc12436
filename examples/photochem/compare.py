#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a swarm give the expected populations?

    compare.py SWARM.h5 EXPECTED.json             compare; fails beyond 4 standard errors of the difference
    compare.py --make SWARM.h5 > EXPECTED.json    from a large swarm with another seed
    compare.py --fly PROGRAM INPUT.yaml EXPECTED.json     fly first

Samples are correlated in time, so the largest deviation counts, not a sum. An error bar is never taken as smaller than that of one event, so that
a population of 0 or 1 does not demand the same of all swarms.
"""
import argparse, json, os, subprocess, sys, tempfile
import h5py
import numpy as np

KINDS = ("active", "electronic")


def populations(path, times=None):
    with h5py.File(path) as swarm:
        t, n = swarm["time"][:], len(swarm["trajectories/fate"]) - int(swarm.attrs["excluded"])
        pick = slice(None) if times is None else [int(np.argmin(abs(t - x))) for x in times]
        if times is not None and np.max(abs(t[pick] - times)) > 1e-6:
            sys.exit(f"{path}: has no samples at {times} fs")
        value = {kind: swarm[f"populations/{kind}"][:][pick] for kind in KINDS}
        error = {kind: np.maximum(swarm[f"populations/{kind}_error"][:][pick], 1 / n) for kind in KINDS}
    return t[pick], n, value, error


def make(path, step):
    t, n, value, error = populations(path)
    pick = np.arange(0, len(t), max(1, round(step / (t[1] - t[0]))))
    print(json.dumps({"trajectories": n, "time_fs": t[pick].round(6).tolist(),
                      **{kind: value[kind][pick].round(5).tolist() for kind in KINDS},
                      **{f"{kind}_error": error[kind][pick].round(5).tolist() for kind in KINDS}}))


def compare(path, expected):
    t, _, value, error = populations(path, np.array(expected["time_fs"]))
    worst = 0.0
    print("each state: found expected" + "".join(f"   |   {kind}" for kind in KINDS))
    for i, time in enumerate(t):
        line = f"{time:7.2f} fs"
        for kind in KINDS:
            wanted, spread = np.array(expected[kind][i]), np.array(expected[f"{kind}_error"][i])
            worst = max(worst, np.max(abs(value[kind][i] - wanted) / np.hypot(error[kind][i], spread)))
            line += "   |   " + "   ".join(f"{a:.3f} {b:.3f}" for a, b in zip(value[kind][i], wanted))
        print(line)
    print(f"largest difference: {worst:.1f} standard errors")
    return worst < 4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--step", type=float, default=10.0, help="fs between expected samples")
    parser.add_argument("--fly", metavar="PROGRAM")
    parser.add_argument("--keep", metavar="FILE", help="where the flown swarm goes")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    if arguments.make:
        return make(arguments.files[0], arguments.step)
    swarm, expected = arguments.files
    with open(expected) as file:
        expected = json.load(file)
    if arguments.fly is None:
        sys.exit(0 if compare(swarm, expected) else 1)
    with tempfile.TemporaryDirectory() as scratch:
        output = arguments.keep or os.path.join(scratch, "swarm.h5")
        subprocess.run([arguments.fly, "run", swarm, "--quiet", "--fresh", "--output", output], check=True, stdout=subprocess.DEVNULL)
        sys.exit(0 if compare(output, expected) else 1)


if __name__ == "__main__":
    main()
