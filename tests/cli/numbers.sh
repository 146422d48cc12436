#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Numbers nobody would write, for every numeric key and flag: numbers.sh PROGRAM SOURCE_DIR. See strange_numbers.py.
. "$(dirname "$0")/common.bash"
"$python" "$source/tests/cli/strange_numbers.py" "$program" "$source" || fail "strange numbers"
