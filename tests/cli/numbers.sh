#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Numbers nobody would write, for every numeric key and flag: numbers.sh PROGRAM SOURCE_DIR. See strange_numbers.py.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" && "${PYTHON:-/usr/bin/python3}" "$2/tests/cli/strange_numbers.py" "$1" "$2"
