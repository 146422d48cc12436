#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flies a swarm from Python: fly.py INPUT.yaml SWARM.h5 (docs/python.md)."""
import sys

import diabolo

try:
    swarm = diabolo.run(sys.argv[1], output=sys.argv[2], **{"output.precision": "double"})
except KeyboardInterrupt as interrupted:
    sys.exit(str(interrupted))  # how to go on
for state, share in enumerate(swarm.populations["active"][-1]):
    print(f"S{state} {share:.3f}")
