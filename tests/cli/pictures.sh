#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The picture scripts: pictures.sh PROGRAM SOURCE_DIR SCRIPT. One CTest a script. Draws something made up or small and looks whether pictures
# of sensible size with something on them came out, with the right words; then whether mistakes are told clearly. Exit status 77: h5py or
# matplotlib is missing.
. "$(dirname "$0")/common.bash"
need h5py matplotlib
script=$3
unset DISPLAY
export DIABOLO=$program PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
DIABOLO_LIBRARY=$(dirname "$program")/libdiabolo.so && export DIABOLO_LIBRARY
[ -z "${DIABOLO_PRELOAD-}" ] || export LD_PRELOAD="$DIABOLO_PRELOAD" ASAN_OPTIONS=detect_leaks=0 # Python loads the library

draw() { "$python" -W error::UserWarning "$source/analysis/$script.py" "$@"; }
synthetic() { "$python" "$source/tests/cli/synthetic_swarm.py" "$@" || exit 1; }
# A PNG of some 1000 pixels a side, on which at least a thousandth and at most SHARE (half) of the pixels are not white.
check_png() {
    "$python" - "$1" "${2:-0.5}" <<'END' || fail "$1 is no picture of sensible size and content"
import sys
import matplotlib.image
assert open(sys.argv[1], "rb").read(8) == b"\x89PNG\r\n\x1a\n"
pixels = matplotlib.image.imread(sys.argv[1])
height, width = pixels.shape[:2]
inked = (pixels[:, :, :3].min(2) < 0.9).mean()
print(sys.argv[1], width, height, "inked", inked)
assert 800 < width < 2400 and 500 < height < 4000 and 0.001 < inked < float(sys.argv[2])
END
}
# pictures SHARE WORD... -- ARGUMENTS...: PNG, PDF and SVG in one go, the same bytes twice, a narrow one; WORDs are texts of the SVG.
pictures() {
    local share=$1 words=() word
    shift
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    shift
    draw "$@" -o a.png a.pdf a.svg >names || fail "$script $*"
    [ "$(cat names)" = "$(printf '%s\n' a.png a.pdf a.svg)" ] || fail "$script $*: prints '$(cat names)'"
    check_png a.png "$share"
    [ "$(head -c 5 a.pdf)" = "%PDF-" ] && tail -c 8 a.pdf | grep -q EOF || fail "$script $*: PDF"
    "$python" -c 'import xml.etree.ElementTree as t; t.parse("a.svg")' || fail "$script $*: SVG"
    for word in "${words[@]}"; do
        grep -qF -- "$word" a.svg || fail "$script $*: the picture should say '$word'"
    done
    draw "$@" -o b --formats png,pdf,svg >names || fail "$script $* --formats"
    for ending in png pdf svg; do
        cmp -s a.$ending b.$ending || fail "$script $*: drawn twice, the $ending differs"
    done
    draw "$@" --width single --dpi 400 -o narrow.png >/dev/null && check_png narrow.png "$share" || fail "$script $* --width single"
    [ -z "$(ls ./*.tmp 2>/dev/null)" ] || fail "$script $*: leaves $(ls ./*.tmp)"
    kept "$@"
}
# kept ARGUMENTS...: a picture replaces nothing that it is drawn from, by whatever name, and no file of somebody else.
kept() {
    local word name links=()
    printf 'letters to somebody\n' >letters.png
    mkdir -p folder.png
    for word in "$@"; do
        [ ! -f "$word" ] || { ln -sf "$(realpath "$word")" "link${#links[@]}.svg" && links+=("link${#links[@]}.svg"); }
    done
    for name in letters.png folder.png "${links[@]}"; do
        before=$(sha256sum letters.png "${links[@]}")
        draw "$@" -o fine.png "$name" >out 2>err
        [ $? = 2 ] && grep -qE "$name: is (there already and is no picture|what this picture is drawn from)" err && ! grep -q Traceback err ||
            fail "$script $* -o $name: $(cat err)"
        [ "$(sha256sum letters.png "${links[@]}")" = "$before" ] && [ -d folder.png ] && [ ! -e fine.png ] || fail "$script $* -o $name: files have changed"
    done
    rm -rf letters.png folder.png "${links[@]}"
    ln -s letters.txt late.png.tmp # is not followed
    draw "$@" -o late.png >/dev/null && [ ! -e letters.txt ] && [ ! -L late.png ] || fail "$script $*: a link in the place of the temporary file"
}
# says FILE.svg WORD...
says() {
    local file=$1 word
    shift
    for word in "$@"; do
        grep -qF -- "$word" "$file" || fail "$file should say '$word'"
    done
}
# must TEXT ARGUMENTS...: status 2, a message with TEXT and without a traceback, no picture.
must() {
    local text=$1 found
    shift
    rm -f no.png
    draw "$@" -o no.png >out 2>err
    found=$?
    [ "$found" = 2 ] || fail "$script $*: exit status $found, expected 2: $(cat err)"
    grep -qF -- "$text" err || fail "$script $*: stderr should say '$text': $(cat err)"
    ! grep -q Traceback err || fail "$script $*: a traceback"
    [ ! -e no.png ] || fail "$script $*: a picture all the same"
}

# The shared library, of this build; an address sanitizer's cannot be loaded into Python.
library() { PYTHONPATH=$source/python:$source/analysis "$python" -c 'import diabolo; diabolo.version()' 2>err || { cat err >&2 && exit 77; }; }
# twisted.xyz: a twisted ethylene, and one near the twisted-pyramidalised intersection.
geometries() {
    cat >twisted.xyz <<'END'
6
twisted
C 0 0 0
C 1.36 0 0
H -0.55 0.93 0
H -0.55 -0.93 0
H 1.91 0 0.93
H 1.91 0 -0.93
6
twisted and pyramidalised
C 0 0 0
C 1.40 0 0
H -0.20 0.93 0.50
H -0.20 -0.93 0.50
H 1.91 0.20 0.93
H 1.91 0 -0.93
END
}

# mechanism.h5: a small swarm of ethylene, its hops near the intersections that a search from two geometries finds.
mechanism() {
    geometries
    local model=$source/models/ethylene/ethylene.h5
    printf 'model: %s\ninitial: {sampling: wigner, state: 1, trajectories: 30, seed: 1}\ndynamics: {method: fewest_switches, timestep: 0.25 fs, duration: 60 fs}\n' "$model" >run.yaml
    printf 'output: {file: flight.h5, every: 1 fs}\n' >>run.yaml
    "$program" run run.yaml --quiet --threads 1 >/dev/null 2>&1 || fail "diabolo run"
    printf 'model: %s\nstart: {file: twisted.xyz}\nsearch: [{states: [0, 1]}]\noutput: {file: points.h5}\n' "$model" >points.yaml
    "$program" intersect points.yaml --quiet --threads 1 >/dev/null || fail "diabolo intersect"
    cat >mechanism.yaml <<'END'
swarm: flight.h5
census: {intersections: points.h5}
coordinates:
  - {name: C-C, coordinate: distance 0 1}
  - {name: torsion, coordinate: torsion 2 0 1 4}
output: {file: mechanism.h5}
END
    "$program" mechanism mechanism.yaml --quiet --threads 1 >/dev/null || fail "diabolo mechanism"
}

library
draw --help >help && grep -q "analysis/$script.py" help || fail "$script --help gives no example"
synthetic swarm.h5 --trajectories 200 --nan-every 20
case $script in
populations | energies | hop_gaps | residuals) # what needs the swarm alone
    [ "$(draw swarm.h5)" = "swarm_$script.png" ] || fail "the picture's name"
    check_png "swarm_$script.png"
    synthetic seven.h5 --states 7 --trajectories 60 --samples 41
    draw seven.h5 -o seven.png >/dev/null && check_png seven.png || fail "seven states"
    ;;
esac

case $script in
populations)
    pictures 0.5 "time / fs" population S0 S1 "active state" -- swarm.h5
    "$program" analyse swarm.h5 --json --bootstrap 40 >fit.json
    draw swarm.h5 --fit fit.json -o fit.svg >/dev/null || fail "--fit FILE"
    lifetime=$("$python" -c 'import json; print("%.3g" % json.load(open("fit.json"))["lifetime"]["parameters"]["lifetime"]["value"])')
    says fit.svg "lifetime $lifetime fs"
    draw swarm.h5 --fit -o now.svg >/dev/null || fail "--fit"
    says now.svg "lifetime $lifetime fs"
    draw swarm.h5 --groups excited=S1+S2 S0 --estimator diabatic active electronic -o groups.svg >/dev/null || fail "--groups"
    says groups.svg excited diabatic
    if "$program" analyse --help | grep -q -- --scheme; then
        draw swarm.h5 --scheme "S1 -> S0" -o scheme.svg >/dev/null && says scheme.svg "S1 → S0" "95 % intervals" || fail "--scheme"
        must "give one of them" swarm.h5 --scheme "S1 -> S0" --fit fit.json
    fi
    must "no mixed populations" swarm.h5 --fit fit.json --estimator active mixed
    must "no state S7" swarm.h5 --groups S0+S7
    must "invalid choice" swarm.h5 --estimator activ
    # What all scripts share (analysis/picture.py, swarm.py), once.
    must "no such file" none.h5
    echo "time,S0,S1" >table.h5
    must "table.h5" table.h5
    head -c 20000 swarm.h5 >half.h5
    must "half.h5" half.h5
    "$python" -c 'import h5py; h5py.File("model.h5", "w").attrs["format"] = "diabolo-model"'
    must "a model file; expected 'diabolo-swarm'" model.h5
    synthetic new.h5 --version 7 --trajectories 5
    must "version 7" new.h5
    draw swarm.h5 -o picture.docx >out 2>err
    [ $? = 2 ] && grep -q ".png, .pdf or .svg" err || fail "a picture with a strange ending: $(cat err)"
    draw swarm.h5 --formats gif >out 2>err
    [ $? = 2 ] && grep -q "'gif' is no format" err || fail "a strange format: $(cat err)"
    must "is no width" swarm.h5 --width huge
    draw swarm.h5 -o none/there.png >out 2>err
    [ $? = 2 ] && grep -q "none/there.png: cannot be written" err || fail "a folder that is not there: $(cat err)"
    [ "$(draw -o one.png two.svg swarm.h5)" = "$(printf 'one.png\ntwo.svg')" ] || fail "-o A B INPUT"
    must "not the output of" swarm.h5 --fit table.h5
    DIABOLO=$work/nothing must "cannot be started" swarm.h5 --fit
    # Without h5py: which package, which Python.
    mkdir empty && echo 'raise ImportError("none", name="h5py")' >empty/h5py.py
    PYTHONPATH=$work/empty draw swarm.h5 >out 2>err && fail "no h5py, and yet success"
    grep -q "python3-h5py" err || fail "the message without h5py: $(cat err)"
    ;;
differences)
    sed 's/^ *|//' >methods.yaml <<'END'
        |model: {type: tully, variant: dual_crossing}
        |initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: 0, trajectories: 200}
        |dynamics: {timestep: 0.1 fs, duration: 40 fs}
        |methods: {fssh: {}, none: {decoherence: none}, lz: {method: landau_zener}}
        |output: {file: swarm.h5, every: 1 fs}
END
    "$program" run methods.yaml -q >out || fail "run"
    pictures 0.5 "time / fs" "difference of S0" swarm.none swarm.lz "200 trajectories in pairs" -- swarm.fssh.h5 swarm.none.h5 swarm.lz.h5
    must "needs two swarms" swarm.fssh.h5
    must "they cannot be compared" swarm.fssh.h5 swarm.h5
    ;;
committee)
    sed 's/^ *|//' >members.yaml <<'END'
        |model: {type: tully, variant: dual_crossing}
        |initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: 0, trajectories: 100}
        |dynamics: {timestep: 0.1 fs, duration: 40 fs}
        |methods: {one: {}, other: {timestep: 0.2 fs}}
        |output: {file: swarm.h5, every: 1 fs}
END
    "$program" run members.yaml -q >out || fail "run"
    pictures 0.8 "time / fs" "population of S1" "95 %, sample and model" "2 members, 100 trajectories each" -- swarm.one.h5 swarm.other.h5
    "$program" committee "$source/models/ethylene/ethylene.h5" "$source/models/ethylene/ethylene.h5" -o two.h5 >out || fail "committee"
    pictures 0.5 "expected / meV" observed "2 members, calibrated on 0 points" -- two.h5 "$source/models/ethylene/held_out.h5"
    must "two or more" two.h5
    ;;
energies)
    pictures 0.5 "time / fs" "energy above lowest S0 / eV" "gap / eV" "S1 − S0" S1 active hop -- swarm.h5
    draw swarm.h5 --trajectory 19 -o nan.svg >/dev/null && says nan.svg "not a number at 50 fs" || fail "the fate"
    must "no trajectory 200" swarm.h5 --trajectory 200
    synthetic bare.h5 --no-trajectories --trajectories 5
    must "output.trajectories" bare.h5
    ;;
hop_gaps)
    accepted=$("$python" -c 'import h5py, numpy as np; f = h5py.File("swarm.h5"); good = np.flatnonzero(f["trajectories/fate"][:] == 1)
print(((f["hops/from"][:] == 1) & (f["hops/accepted"][:] == 1) & np.isin(f["hops/trajectory"][:], good)).sum())')
    pictures 0.5 "energy gap / eV" "accepted: $accepted" -- swarm.h5
    synthetic still.h5 --lifetime 1e6 --trajectories 5
    must "no hop" still.h5
    ;;
residuals)
    pictures 0.5 "time / fs" residual autocorrelation "outside two standard errors" -- swarm.h5
    "$program" analyse swarm.h5 --json --bootstrap 40 --fit biexponential >fit.json
    draw swarm.h5 --fit fit.json -o fit.svg >/dev/null && says fit.svg biexponential || fail "--fit FILE"
    draw swarm.h5 --model biexponential -o now.svg >/dev/null && says now.svg biexponential || fail "--model"
    if "$program" analyse --help | grep -q -- --scheme; then
        draw swarm.h5 --scheme "S1 -> S0" -o scheme.svg >/dev/null && says scheme.svg "S1 in S1 → S0" "S0 in S1 → S0" || fail "--scheme"
    fi
    must "triple" swarm.h5 --model triple
    must "give one of them" swarm.h5 --model exponential --fit fit.json
    synthetic still.h5 --lifetime 1e6 --trajectories 5
    must "there is no fit" still.h5
    ;;
coordinate_map)
    pictures 0.9 "time / fs" "torsion 0 1 2 3 / deg" "distance 1 2 / Å" "S1 → S0" -- swarm.h5 "torsion 0 1 2 3" "distance 1 2"
    pictures 0.9 "|torsion 0 1 2 3| / deg" "on S1" -- swarm.h5 "torsion 0 1 2 3" --absolute --active S1 --hops S1-S0 --frustrated
    # The known geometry, and the identities of the grammar.
    PYTHONPATH=$source/python:$source/analysis "$python" - "$source/tests/cli" <<'END' || fail "coordinates"
import sys
sys.argv, folder = ["x", "none.h5"], sys.argv[1]
import numpy as np
from coordinate import Coordinate
from swarm import Swarm
s = Swarm("swarm.h5")
R, t = s["trajectories/position"].astype(float), s["time"]
value = lambda text: Coordinate(text, (4, 3)).values(R)
near = lambda a, b: np.testing.assert_allclose(a, np.broadcast_to(b, np.shape(a)), atol=2e-4)  # positions are single: 7 digits
near(value("torsion 0 1 2 3"), 100 * np.sin(2 * np.pi * (t / 50 + np.arange(len(R))[:, None] / 10)))
near(value("distance 1 2"), 1.4 + 0.1 * np.sin(2 * np.pi * t / 20))
near(value("angle 0 1 2"), np.degrees(np.pi - np.arctan2(0.95, 0.2)))
near(value("-2*angle 0 1 2 + 0.5 angle 0 1 2 + angle 1 2 3"), -0.5 * value("angle 0 1 2"))
near(value("position 8"), value("distance 1 2"))  # atom 2 is on the axis z
near(value("torsion 3 2 1 0"), value("torsion 0 1 2 3"))
near(np.abs(np.sin(np.radians(value("out_of_plane 1 0 2 3")))),  # height of atom 0 over the plane of 1, 2, 3
     np.abs(np.sin(np.radians(value("torsion 0 1 2 3"))) * np.sin(np.radians(value("angle 0 1 2")))))
END
    must "which coordinate" swarm.h5
    must "did you mean 'torsion'" swarm.h5 "torsoin 0 1 2 3"
    must "there is no atom 9" swarm.h5 "distance 0 9"
    must "all lengths or all angles" swarm.h5 "distance 0 1 + angle 0 1 2"
    must "takes 4 atoms, found 3" swarm.h5 "torsion 0 1 2"
    must "is there twice" swarm.h5 "distance 1 1"
    must "expected '+', '-' or the end" swarm.h5 "distance 0 1 distance 0 2"
    must "no state S5" swarm.h5 "distance 0 1" --active S5
    must "expected two states" swarm.h5 "distance 0 1" --hops down
    synthetic bare.h5 --no-trajectories --trajectories 5
    must "output.trajectories" bare.h5 "distance 0 1"
    # The same from a file of `diabolo mechanism`.
    mechanism
    pictures 0.9 "time / fs" "C-C / Å" "torsion / deg" "% in 6 deg" -- mechanism.h5
    draw mechanism.h5 torsion --active S1 --hops S1-S0 -o one.svg >/dev/null && says one.svg "torsion / deg" "on S1" || fail "one coordinate"
    must "no coordinate named 'bend'" mechanism.h5 bend
    must "are for swarm files" mechanism.h5 --bins 20
    ;;
intersections)
    geometries
    cat >tasks.yaml <<END
model: $source/models/ethylene/ethylene.h5
start: {file: twisted.xyz}
search: [{states: [0, 1]}, {states: [0]}]
scan:
  - {name: twist, from: S0-1, coordinate: torsion 2 0 1 4, range: [0 deg, 60 deg], points: 4, kind: rigid}
  - {name: map, from: S0-1, coordinate: torsion 2 0 1 4, range: [0 deg, 60 deg], points: 4, kind: rigid, coordinate2: distance 0 1,
     range2: [1.3 Angstrom, 1.5 Angstrom], points2: 3}
interpolate: [{name: straight, geometries: [S0-1, S1/S0-1], points: 5}]
seam: [{name: stretch, point: S1/S0-1, coordinate: distance 0 1, step: 0.02 Angstrom, points: 1}]
loop: [{name: round, point: S1/S0-1, points: 12}]
descent: [{name: down, point: S1/S0-1, directions: 1}]
output: {file: points.h5}
END
    "$program" intersect tasks.yaml --quiet --threads 1 >/dev/null || fail "diabolo intersect"
    pictures 0.6 "energy / eV" "S1/S0-1" "along x" "bifurcating" "relative to" -- points.h5
    draw points.h5 --types -o types.svg >/dev/null && says types.svg "peaked, bifurcating" "S1/S0" || fail "--types"
    draw points.h5 --points S0-1 S1/S0-1 -o some.svg >/dev/null && says some.svg "S0-1" minimum || fail "--points"
    draw points.h5 --task twist -o task.svg >/dev/null && says task.svg "torsion 2 0 1 4 / deg" "coupling / eV" || fail "a scan"
    draw points.h5 --task map -o task.svg >/dev/null && says task.svg "torsion 2 0 1 4 / deg" "distance 0 1 / Å" "S0 / eV" || fail "a map"
    draw points.h5 --task straight --show S0 S1 S1-S0 -o task.svg >/dev/null && says task.svg "internal interpolation" "gap / eV" || fail "an interpolation"
    draw points.h5 --task seams/stretch -o task.svg >/dev/null && says task.svg "distance 0 1 / Å" "S1/S0 seam" || fail "a seam"
    draw points.h5 --task round -o task.svg >/dev/null && says task.svg "angle on the loop / deg" "S0 −1" || fail "a loop"
    draw points.h5 --task down -o task.svg >/dev/null && says task.svg "path length" "energy of S0 / eV" || fail "a descent"
    must "no task 'up'" points.h5 --task up
    must "no point 'S5-1'" points.h5 --points S5-1
    must "give one of them" points.h5 --task down --types
    must "a swarm file; expected 'diabolo-intersections'" swarm.h5
    ;;
census)
    mechanism
    pictures 0.9 "share of hops / %" "population of S0" "S1 → S0" "S1/S0-1" "time / fs" -- mechanism.h5
    pictures 0.6 "|x| / Å" "gap / eV" -- mechanism.h5 --plane --most 2
    draw mechanism.h5 --first --most 1 -o first.svg >/dev/null && says first.svg "share of trajectories" || fail "--first"
    total=$("$python" -c 'import h5py; c = h5py.File("mechanism.h5")["census/hops"]
print(((c["from"][:] == 1) & (c["to"][:] == 0) & (c["accepted"][:] == 1) & (c["weight"][:] > 0)).sum())')
    says a.svg "S1/S0-1" && draw mechanism.h5 -o all.svg >/dev/null && says all.svg "S1 → S0: $total hops"
    cp mechanism.h5 without.h5
    "$python" -c 'import h5py; t = h5py.File("without.h5", "r+")["census/table"]
n = t["count"][()]; n[(t["from"][:] == 2) & (t["to"][:] == 0)] = 0; t["count"][()] = n'
    must "no hop S2 → S0 was accepted" without.h5 --hops S2-S0
    must "expected two states" mechanism.h5 --hops S2
    must "from 1 to 15" mechanism.h5 --most 16
    must "upwards there is --plane" mechanism.h5 --hops S0-S1
    "$program" mechanism mechanism.yaml --quiet --set "census=" --output bare.h5 >/dev/null 2>&1 || sed -i '/^census/d' mechanism.yaml
    [ -e bare.h5 ] || "$program" mechanism mechanism.yaml --quiet --output bare.h5 >/dev/null || fail "diabolo mechanism without a census"
    must "holds no census" bare.h5
    ;;
surface)
    ethylene=$source/models/ethylene/ethylene.h5
    geometries
    pictures 0.6 "energy / eV" "coupling / eV" reference twisted "S2" -- "$ethylene" --path reference twisted.xyz --points 31
    pictures 0.9 "coordinate 0 / a.u." "coordinate 1 / a.u." "S0 / eV" "S1 − S0 / eV" -- ferretti --at "3, 0" --along "component 0" "component 1" \
        --points 31 --range 2 4 --range2 -1 1
    draw "$ethylene" --along "mode 3" --points 21 --range -2 2 --show S0 S1 S1-S0 H01 --top 12 -o mode.svg >/dev/null && says mode.svg "cm" "gap / eV" || fail "a mode"
    draw "$ethylene" --at "twisted.xyz@1" --along s reference --points 11 -o plane.svg >/dev/null && says plane.svg "s / Å" "towards reference" || fail "s and a geometry"
    # What is drawn: energies along a path, their zero, a mode's harmonic energy, geometries placed without deforming them.
    PYTHONPATH=$source/python:$source/analysis "$python" - "$ethylene" <<'END' || fail "surfaces"
import sys
model_path, sys.argv = sys.argv[1], ["x"]
import numpy as np
import surfaces as s
from picture import EV
jt = s.open_model("{type: jahn_teller, k: 0.02, mass: 1 u, frequency: 0.1 eV}")
x = np.linspace(-1, 1, 5)
R = np.stack([x, 0 * x], axis=1)[:, :, None]
found = s.Energies.on(jt, R, 0.0)
spring = s.DALTON * (0.1 / EV) ** 2 * x**2 / 2
near = lambda a, b, tolerance: np.testing.assert_allclose(a, b, atol=tolerance)
near(found.of(("S", (0,))), (spring - 0.02 * abs(x)) * EV, 1e-10)  # closed form
near(found.of(("gap", (1, 0))), 0.04 * abs(x) * EV, 1e-10)
near(found.of(("H", (0, 0))), (spring + 0.02 * x) * EV, 1e-10)
m = s.open_model(model_path)
minimum = m.search(np.array(m.reference), 0).R
frequency, vectors = s.modes(m, minimum, 0)
assert len(frequency) == 12 and (frequency > 300).all() and (frequency < 4000).all(), frequency
d = s.direction(m, minimum, "mode 5", (0, 1), 0)
E = s.Energies.on(m, minimum + np.array([-0.01, 0, 0.01])[:, None, None] * d.vector, 0.0).of(("S", (0,)))
# q^2 w / 2 with q = 0.01; cubic terms cancel in the mean, quartic ones and the differences of gradients are 1e-3 of it
near((E[0] + E[2]) / 2 - E[1], 0.5e-4 * frequency[5] / s.WAVENUMBER * EV, 1e-3 * 0.5e-4 * frequency[5] / s.WAVENUMBER * EV)
turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
turn *= np.linalg.det(turn)
near(s.placed(minimum @ turn + 1.0, minimum), minimum, 1e-12)
assert m.symbols == s.read_xyz("twisted.xyz", 1)[0] and s.geometry(m, "twisted.xyz@1").shape == (6, 3)
END
    draw "{type: vibronic, epsilon: [0 eV, 0.3 eV], modes: [{name: q, frequency: 0.1 eV, kappa: [0 eV, -0.04 eV]}]}" --along "component 0" -o bare.svg \
        >/dev/null && says bare.svg "no coupling between these states" "gap / eV" || fail "states that do not couple"
    # Every curve its own colour; atoms of any size whole inside the picture, arrows too.
    PYTHONPATH=$source/python:$source/analysis "$python" - <<'END' || fail "colours and frames"
import sys
sys.argv = ["x"]
from picture import np, plt
from curves import colours_of, default_tokens
from molecule import draw, radius
for n in (1, 2, 3, 5, 8):
    tokens = default_tokens(n)
    own = [t for t in tokens if t[0] != "gap"]
    shades = colours_of(tokens)
    assert len({shades[t] for t in own}) == len(own), n  # a gap has the colour of its upper state, in a panel of its own
    assert len({shades[t] for t in tokens if t[0] == "gap"}) == n - 1
numbers, R = [19, 55, 9, 1], np.array([[0, 0, 0], [6, 0, 0], [2, 3, 0], [-1, 2, 1.0]])
for arrows in ([], [(np.ones((4, 3)), "black")]):
    axes = plt.subplots()[1]
    draw(axes, numbers, R, arrows)
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    circles = [p for p in axes.patches if hasattr(p, "radius")]
    assert len(circles) == 8
    for c in circles:
        (x, y), r = c.center, c.radius
        assert left < x - r and x + r < right and low < y - r and y + r < high, (c.center, r)
END
    must "no state S7" "$ethylene" --along "mode 0" --show S7
    must "expected an adiabatic energy" "$ethylene" --along "mode 0" --show E1
    must "modes go from 0 to 11" "$ethylene" --along "mode 12"
    must "give either --path" "$ethylene"
    must "has no frame 5" "$ethylene" --path reference twisted.xyz@5
    must "no such file, and no geometry" "$ethylene" --path reference twist.xyz
    must "3 numbers are no geometry" "$ethylene" --path reference "1, 2, 3"
    must "its atoms are" "$ethylene" --path reference "swarm.h5@hop 0"
    must "nothing.h5" nothing.h5 --along "component 0"
    must "unknown model type" nomodel --along "component 0"
    ;;
cone)
    geometries
    pictures 0.6 "energy / eV" "x / a.u." "first order" "asymmetry 0.00" "steepest fall" -- "{type: jahn_teller, g: 0.01}" --from "0.1, 0.1" --rings 8
    pictures 0.6 "x / Å" "S1/S0" "eV/Å" -- "$source/models/ethylene/ethylene.h5" --from twisted.xyz@1 --rings 6
    "$program" init intersect >/dev/null || fail "init intersect"
    printf 'model: %s\nstart: {file: %s}\nsearch: [{states: [0, 1]}, {states: [0]}]\noutput: {file: points.h5}\n' "$source/models/ethylene/ethylene.h5" twisted.xyz \
        >points.yaml
    "$program" intersect points.yaml --quiet >/dev/null || fail "diabolo intersect"
    draw points.h5 --rings 6 --radius 0.1 -o file.svg >/dev/null && says file.svg "S1/S0-1" "r = 0.1 Å" || fail "a file of intersections"
    draw points.h5 --rings 6 --point S1/S0-1 --on "$source/models/ethylene/ethylene.h5" -o file.svg >/dev/null || fail "--on"
    must "do not couple here" "{type: vibronic, epsilon: [0 eV, 0.3 eV], modes: [{name: q, frequency: 0.1 eV, kappa: [0 eV, -0.04 eV]}]}" --from 0.5
    must "no point 'S1/S0-99'" points.h5 --point S1/S0-99
    must "no intersection of two states" points.h5 --point S0-1
    must "another model" points.h5 --on ferretti
    must "give --from" ferretti
    must "expected two neighbours" "$source/models/ethylene/ethylene.h5" --from reference --states S0 S2
    must "must be positive" ferretti --from "3, 0" --radius -1
    ;;
learning_curves)
    cat >net.yaml <<END
data: {file: $source/models/ethylene/data.h5, validation: 0.1, split: point}
network: {descriptors: [inverse_distance], layers: [6], states: 3}
stages: [{optimiser: adam, epochs: 4, batch: 64}, {optimiser: lbfgs, iterations: 3}]
END
    for share in 0.1 0.6; do
        "$program" train net.yaml --quiet --set data.validation=$share --output $share.h5 >/dev/null || fail "train"
    done
    pictures 0.5 "epochs and iterations" loss adam lbfgs validation kept -- 0.1.h5
    pictures 0.5 0.6 -- 0.1.h5 0.6.h5
    pictures 0.5 "epochs and iterations" soap -- "$source/models/ethylene/ethylene.h5" # of version 3
    pictures 0.5 "training points" "error / meV" "coupling × gap" -- 0.6.h5 0.1.h5 --points
    "$python" -c "import h5py, shutil; shutil.copy('$source/models/ethylene/ethylene.h5', 'older.h5'); del h5py.File('older.h5', 'r+')['history']"
    must "no history" older.h5
    must "a swarm file; expected 'diabolo-model'" swarm.h5
    ;;
learn)
    "$python" - <<'END' || exit 1
import json
for name, scale in ("a", 1), ("b", 2):
    rounds = [{"round": k, "labels": 200 + 100 * k, "labels_of_the_judged": 100 + 100 * k, "energy_mae_mev": scale * 900 / k**2 if k else None,
               "energy_mae_error_mev": 20 if k else None, "expected_mae_mev": scale * 800 / k**2 if k else None} for k in range(4)]
    json.dump({"format": "diabolo-learn", "version": 1, "rounds": rounds}, open(f"{name}.json", "w"))
END
    pictures 0.5 labels "error of energies" chosen "at random" -- a.json b.json --names chosen "at random"
    must "No such file" missing.json
    echo '{"format": "other"}' >other.json
    must "expected the learn.json" other.json
    ;;
certificate)
    "$python" - <<'END' || exit 1
import json
def cell(method, rms, sure, reason=None):
    if reason:
        return {"method": method, "reason": reason}
    return {"method": method, "reason": None, "deviation": {"rms": rms, "error": 0.01, "limit": rms + 0.02, "significant": sure}}
methods = lambda scale: [cell("switches + damped", 0.02 * scale, scale > 1), cell("switches", 0.07 * scale, True), cell("never", 0, False),
                         cell("two states", 0, False, "for two states")]
cases = [{"name": f"case-{i}", "reason": None, "methods": methods(i)} for i in (1, 2, 5)] + [{"name": "large", "reason": "no memory"}]
json.dump({"format": "diabolo-certificate", "version": 1, "same": [{"method": "never", "as": "switches"}], "cases": cases}, open("c.json", "w"))
own = [{"name": "case-5", "reason": None, "methods": [cell("mine", 0.3, True), cell("switches", 0.9, True)]}]
json.dump({"format": "diabolo-certificate", "version": 1, "same": [], "cases": own}, open("own.json", "w"))
END
    pictures 0.5 case-1 case-5 "switches + damped" "deviation from exact" -- c.json
    draw c.json -o file.svg >/dev/null && ! grep -q '>never<' file.svg || fail "a method that is the same as another is drawn"
    draw c.json --map -o map.svg >/dev/null && says map.svg "switches + damped" && says map.svg case-5 && says map.svg "&lt;4" || fail "--map"
    draw c.json --table -o none.svg >table && [ ! -e none.svg ] || fail "--table draws"
    # Of case-1 there is a limit: 2 % count as they are; the best method comes first; 'two states' was flown nowhere.
    grep -n switches table | tr -d '\n' | grep -q '^3:| switches + damped | 0.063 | 0.063 | 2 of 3 | case-5 0.10 |4:| switches | 0.221 ' || fail "--table: $(cat table)"
    draw c.json own.json --table >table && grep -q '^| mine | 0.300 | 0.300 | 1 of 1 |' table && grep -q '^| switches | 0.221 ' table || fail "two certificates: $(cat table)"
    draw c.json --methods never -o file.svg >/dev/null && says file.svg never && ! grep -q damped file.svg || fail "--methods"
    must "there is none in the file" c.json --methods mash
    must "No such file" missing.json
    echo '{"format": "other"}' >other.json
    must "is no certificate" other.json
    must "nothing to draw" c.json --methods "two states"
    ;;
esac
