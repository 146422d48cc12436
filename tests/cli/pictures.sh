#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The picture scripts: pictures.sh PROGRAM SOURCE_DIR SCRIPT. One CTest a script. Draws a made-up swarm and looks whether a picture of
# sensible size with something on it came out; then whether mistakes are told clearly. Exit status 77: h5py or matplotlib is missing.
set -u
program=$1 source=$2 script=$3 python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import h5py, matplotlib' 2>/dev/null || exit 77
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work" || exit 1
unset DISPLAY
failures=0

fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}
draw() { "$python" -W error::UserWarning "$source/analysis/$script.py" "$@"; }
# A PNG of some 1000 pixels a side, on which at least a thousandth and at most half of the pixels are not white.
check_png() {
    "$python" - "$1" <<'END' || fail "$1 is no picture of sensible size and content"
import sys
import matplotlib.image
assert open(sys.argv[1], "rb").read(8) == b"\x89PNG\r\n\x1a\n"
pixels = matplotlib.image.imread(sys.argv[1])
height, width = pixels.shape[:2]
inked = (pixels[:, :, :3].min(2) < 0.9).mean()
print(sys.argv[1], width, height, "inked", inked)
assert 800 < width < 2400 and 500 < height < 3000 and 0.001 < inked < 0.5
END
}
# must TEXT ARGUMENTS...: status 2, a message with TEXT and without a traceback, no picture.
must() {
    local text=$1 found
    shift
    rm -f no.png
    draw "$@" -o no.png >out 2>err
    found=$?
    [ "$found" = 2 ] || fail "$script $*: exit status $found, expected 2"
    grep -qF -- "$text" err || fail "$script $*: stderr should say '$text': $(cat err)"
    ! grep -q Traceback err || fail "$script $*: a traceback"
    [ ! -e no.png ] || fail "$script $*: a picture all the same"
}

"$python" "$source/tests/cli/synthetic_swarm.py" swarm.h5 --trajectories 200 --nan-every 20 || exit 1
named=$(draw swarm.h5) || fail "$script swarm.h5"
[ "$named" = "swarm_$script.png" ] || fail "the picture's name: '$named'"
check_png "swarm_$script.png"
draw swarm.h5 -o again.png >/dev/null && cmp -s again.png "swarm_$script.png" || fail "the same swarm gives another picture"
draw swarm.h5 -o a.pdf >/dev/null && [ "$(head -c 5 a.pdf)" = "%PDF-" ] || fail "PDF"
draw swarm.h5 -o a.svg >/dev/null && grep -q "</svg>" a.svg || fail "SVG"
"$python" "$source/tests/cli/synthetic_swarm.py" seven.h5 --states 7 --trajectories 30 --samples 21 || exit 1
draw seven.h5 -o seven.png >/dev/null && check_png seven.png || fail "seven states"

case $script in
populations)
    "$program" analyse swarm.h5 --json --bootstrap 40 >fit.json
    draw swarm.h5 --fit fit.json -o fit.svg >/dev/null || fail "--fit FILE"
    lifetime=$("$python" -c 'import json; print("%.3g" % json.load(open("fit.json"))["lifetime"]["parameters"]["lifetime"]["value"])')
    grep -q "lifetime $lifetime fs" fit.svg || fail "the fitted lifetime is not in the picture"
    DIABOLO=$program draw swarm.h5 --fit -o now.svg >/dev/null || fail "--fit"
    grep -q "lifetime $lifetime fs" now.svg || fail "the lifetime fitted now is not in the picture"
    # What all scripts share (analysis/swarm.py), once.
    must "no such file" none.h5
    echo "time,S0,S1" >table.h5
    must "table.h5" table.h5
    head -c 20000 swarm.h5 >half.h5
    must "half.h5" half.h5
    "$python" -c 'import h5py; h5py.File("model.h5", "w").attrs["format"] = "diabolo-model"'
    must "diabolo-model" model.h5
    "$python" "$source/tests/cli/synthetic_swarm.py" new.h5 --version 7 --trajectories 5
    must "version 7" new.h5
    draw swarm.h5 -o picture.docx >out 2>err
    [ $? = 2 ] && grep -q ".png, .pdf or .svg" err || fail "a picture with a strange ending: $(cat err)"
    must "not the output of" swarm.h5 --fit table.h5
    DIABOLO=$work/nothing must "cannot be started" swarm.h5 --fit
    # Without h5py: which package, which Python.
    mkdir empty && echo 'raise ImportError("none", name="h5py")' >empty/h5py.py
    PYTHONPATH=$work/empty draw swarm.h5 >out 2>err && fail "no h5py, and yet success"
    grep -q "python3-h5py" err || fail "the message without h5py: $(cat err)"
    ;;
energies)
    draw swarm.h5 --trajectory 19 -o nan.svg >/dev/null && grep -q "not a number at 50 fs" nan.svg || fail "the fate"
    must "no trajectory 200" swarm.h5 --trajectory 200
    "$python" "$source/tests/cli/synthetic_swarm.py" bare.h5 --no-trajectories --trajectories 5
    must "output.trajectories" bare.h5
    ;;
hop_gaps)
    "$python" "$source/tests/cli/synthetic_swarm.py" still.h5 --lifetime 1e6 --trajectories 5
    must "no hop" still.h5
    accepted=$("$python" -c 'import h5py, numpy as np; f = h5py.File("swarm.h5"); good = np.flatnonzero(f["trajectories/fate"][:] == 1)
print(((f["hops/from"][:] == 1) & (f["hops/accepted"][:] == 1) & np.isin(f["hops/trajectory"][:], good)).sum())')
    grep -q "accepted: $accepted" a.svg || fail "the number of accepted hops, $accepted, is not in the picture"
    ;;
esac

[ "$failures" = 0 ] && echo "all well" || exit 1
