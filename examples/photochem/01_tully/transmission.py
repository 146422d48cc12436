#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transmission and reflection against momentum for Tully's three models: one `diabolo run` a point, one line a point.

    transmission.py [--diabolo PROGRAM] [--trajectories N] [--check]

With --check the result is compared with expected.json, which an independent program made (reference.py); it fails if a channel is off by
more than 4 standard errors of the difference, or if all of them together are off by more than chance allows (chi-squared beyond 4 sigma).
"""
import argparse, json, os, subprocess, sys, tempfile
import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def fly(arguments, point, output):
    """Fractions of the trajectories in the four channels of expected.json."""
    subprocess.run([arguments.diabolo, "run", os.path.join(HERE, "tully.yaml"), "--quiet", "--output", output,
                    "--set", f"model.variant={point['model']}", "--set", f"initial.momentum=[{point['momentum']}]",
                    "--set", f"initial.trajectories={arguments.trajectories}",
                    "--set", f"dynamics.duration={point['duration_fs']} fs",
                    "--set", f"output.every={point['duration_fs']} fs"], check=True, stdout=subprocess.DEVNULL)
    with h5py.File(output) as swarm:
        x, active = swarm["trajectories/position"][:, -1, 0, 0], swarm["trajectories/active"][:, -1]
        if np.any(swarm["trajectories/fate"][:] != 1):
            sys.exit(f"{output}: not all trajectories reached their end")
    return np.array([np.mean(((x > 0) == right) & (active == state))
                     for right, state in ((True, 0), (True, 1), (False, 0), (False, 1))])


def compare(points, found, n, m):
    """Differences in standard errors of two fractions with the pooled estimate, and chi-squared of two multinomial samples."""
    worst, chi2, free = 0.0, 0.0, 0
    for point, fractions in zip(points, found):
        pooled = (n * fractions + m * np.array(point["fractions"])) / (n + m)
        some = pooled > 0
        square = ((fractions - point["fractions"]) ** 2)[some] / (pooled[some] * (1 / n + 1 / m))
        worst = max(worst, np.sqrt(np.max(square / np.maximum(1 - pooled[some], 1 / (n + m)))))
        chi2, free = chi2 + square.sum(), free + some.sum() - 1
    print(f"largest difference {worst:.1f} standard errors; chi-squared {chi2:.0f} for {free} degrees of freedom")
    return worst < 4 and chi2 < free + 4 * np.sqrt(2 * free)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--diabolo", default="diabolo")
    parser.add_argument("--trajectories", type=int, default=2000)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    with open(os.path.join(HERE, "expected.json")) as file:
        expected = json.load(file)
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for i, point in enumerate(expected["points"]):
            if i == 0 or point["model"] != expected["points"][i - 1]["model"]:
                print(f"{point['model']}\nmomentum  " + "  ".join(f"{name:>19}" for name in expected["channels"]))
            found.append(fly(arguments, point, os.path.join(scratch, f"{i}.h5")))
            error = np.sqrt(found[-1] * (1 - found[-1]) / arguments.trajectories)
            print(f"{point['momentum']:8g}  " + "  ".join(f"{p:10.4f} +- {e:.4f}" for p, e in zip(found[-1], error)), flush=True)
    if arguments.check:
        sys.exit(0 if compare(expected["points"], found, arguments.trajectories, expected["trajectories"]) else 1)


if __name__ == "__main__":
    main()
