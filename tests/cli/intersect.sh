#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo intersect as a user meets it: intersect.sh PROGRAM SOURCE_DIR. Known intersections; then everything that may be wrong with an
# input or with what is there already: told with place and cure, nothing overwritten, nothing left behind.
. "$(dirname "$0")/common.bash"
intersect() { "$program" intersect "$@" >out 2>err || fail "intersect $*: $(cat err)"; }
# refused STATUS TEXT ARGUMENTS...: by diabolo intersect, which leaves nothing behind.
refused() {
    must "$1" "$2" intersect "${@:3}"
    [ -z "$(ls | grep -E 'tmp$|^new|^intersections')" ] || fail "intersect ${*:3}: left behind $(ls)"
}

# ---- known answers: Ferretti's model, and all three methods on it
cat >good.yaml <<'END'
model: {type: ferretti}
start:
  geometries:
    - {position: [2.5, 0.3]}
    - {position: [3.5, 0.1]}
search:
  - {states: [0]}
  - {states: [0, 1]}
method: all
output: {file: new.h5}
END
refused 2 "KEY=VALUE" good.yaml --set method
intersect good.yaml -o there.h5
grep -q "S1/S0-1 .* 0.2721 .* intermediate bifurcating" out || fail "the table: $(cat out)"
grep -q "Methods compared" out || fail "three methods and no comparison"
grep -q "searching: 100 %" err || fail "no progress: $(cat err)"
intersect good.yaml -o json.h5 --json -q
[ ! -s err ] || fail "--quiet talks: $(cat err)"
cp out summary.json
intersect good.yaml -o two.h5 -q --threads 2 && intersect good.yaml -o one.h5 -q --threads 1
"$python" - <<'END' || fail "the JSON object"
import json
j = json.load(open("summary.json"))
assert j["format"] == "diabolo-intersections-summary" and j["version"] == 1 and j["searches"] == j["converged"] == 12
assert [p["name"] for p in j["points"]] == ["S0-1", "S0-2", "S1/S0-1"]
p = j["points"][2]
assert abs(p["position_bohr"][0] - 3) < 1e-6 and abs(p["position_bohr"][1]) < 1e-6
assert all(abs(e - 0.01) < 1e-8 for e in p["energies_hartree"]) and p["order"] == 0 and p["searches"] == 6
assert p["states"] == [0, 1] and p["plane"]["shape"] == "intermediate" and p["plane"]["moves_in_x"][0]["coordinate"] == 1
assert set(p["methods"]) == {"projection", "lagrange_newton", "penalty"}
assert all(m["largest_difference_hartree"] < 1e-6 for m in p["methods"].values())
END
if "$python" -c 'import h5py' 2>/dev/null; then
    "$python" - "$source" <<'END' || fail "the file"
import h5py, re, sys
f, g = h5py.File("one.h5"), h5py.File("two.h5")
assert f.attrs["format"] == "diabolo-intersections" and f.attrs["version"] == 1
page = open(sys.argv[1] + "/docs/intersections-file.md").read()
def look(name, item):
    if isinstance(item, h5py.Dataset):
        assert "unit" in item.attrs, name
        assert f"`/{name}`" in page, f"{name} is not in docs/intersections-file.md"
        if item.ndim == 3 or name == "molecule/reference":
            assert item.attrs["frame"] == "model", name
        assert item[()].tobytes() == g[name][()].tobytes() or item.dtype.kind == "O", f"{name} depends on the threads"
f.visititems(look)
for name in f.attrs:
    assert f"`{name}`" in page, f"attribute {name} is not in docs/intersections-file.md"
for name, row in re.findall(r"^\| `/((?:points|starts|molecule)/[^`]*)`(.*)", page, re.M):
    assert name in f or "missing if" in row, f"{name} is described and not written"
assert list(f["starts/point"][:]) == [0, 0, 0, 1, 1, 1] + 6 * [2] or sorted(f["starts/point"][:6]) == [0, 0, 0, 1, 1, 1]
open("resolved.yaml", "w").write(f.attrs["resolved"])
END
    # The resolved settings are an input that gives the same, and is known to.
    intersect resolved.yaml -o one.h5
    grep -q "complete already" err || fail "the resolved input is another one: $(cat err)"
fi

# ---- what is there already
cp there.h5 copy.h5
intersect good.yaml -o there.h5
grep -q "complete already" err || fail "searches what is there: $(cat err)"
grep -q "S1/S0-1 .* 0.2721" out || fail "no table of what is there"
refused 2 "the result of something else (there: 'method: all'; now: 'method: penalty'); choose another output.file, or --fresh" good.yaml -o there.h5 --set method=penalty
cmp -s there.h5 copy.h5 || fail "another result was overwritten"
intersect good.yaml -o there.h5 --set method=penalty --fresh
cmp -s there.h5 copy.h5 && fail "--fresh replaced nothing"
cp good.yaml other.h5
refused 2 "is not a file of intersections that could be replaced" good.yaml -o other.h5 --fresh
cmp -s good.yaml other.h5 || fail "a foreign file was overwritten"
refused 1 "nowhere/x.h5" good.yaml -o nowhere/x.h5

# ---- mistakes, with line and column. with SED STATUS TEXT: the good input, edited
with() {
    sed "$1" good.yaml >bad.yaml
    refused "$2" "$3" bad.yaml
}
refused 1 "nosuch.yaml" nosuch.yaml
with 's/^method/metod/' 2 "bad.yaml:9:1: unknown key 'metod'; did you mean 'method'?"
with 's/method: all/method: newton/' 2 "bad.yaml:9:9: method: 'newton' must be one of projection, lagrange_newton, penalty, all"
with 's/\[0, 1\]/[0, 2]/' 2 "bad.yaml:8:14: search[1].states: there is no state 2: the model has 2 states, 0 to 1"
with 's/\[0, 1\]/[1, 0]/' 2 "bad.yaml:8:14: search[1].states: only neighbouring states meet"
with 's/\[0, 1\]/[]/' 2 "expected one to 4 states, found 0"
with 's/\[0, 1\]/[0]/' 2 "search[1].states: the same as search[0]"
with 's/\[0, 1\]/[0, -1]/' 2 "-1 is out of range"
with 's/2.5, 0.3/2.5/' 2 "bad.yaml:4:18: start.geometries[0].position: expected 2 numbers, one a coordinate of the model, found 1"
with 's/^start:/start:\n  file: nosuch.xyz/' 2 "bad.yaml:3:9: start.file"
with 's/^output: {/output: {xyz: new.xyz, /' 2 "output.xyz: a model system has no atoms"
with 's/^method.*/cluster: {equivalent: [[0, 1]]}/' 2 "cluster.equivalent: the model has no atoms"
with 's/^method.*/cluster: {distance: 5 eV}/' 2 "eV is a unit of energy, expected a length"
with 's/^method.*/convergence: {gap: 0 eV}/' 2 "convergence.gap"
with 's/^method.*/names: [{name: far, where: ["distance 0 1 > 3"]}]/' 2 "bad.yaml:9:"
with 's/type: ferretti/type: feretti/' 2 "did you mean 'ferretti'"
with 's/^model.*/model: nosuch.h5/' 1 "nosuch.h5"
with '/^model/d' 2 "missing key 'model'"
sed 's/\[0, 1\]/[0, 2]/; s/2.5, 0.3/2.5/' good.yaml >bad.yaml # told in one go
refused 2 "expected 2 numbers" bad.yaml
refused 2 "there is no state 2" bad.yaml

# ---- a molecule: geometries from a file, exchanges, names, extended XYZ
cat >ethylene.yaml <<END
model: $source/models/ethylene/ethylene.h5
start: {file: twisted.xyz}
search:
  - states: [0, 1]
cluster: {equivalent: [[0, 1], [2, 3, 4, 5]]}
names:
  - {name: "twisted, pyramidal", where: ["|torsion 2 0 1 4| > 60 deg"], equivalent: [[0, 1], [2, 3, 4, 5]]}
output: {file: ethylene.h5, xyz: ethylene.xyz}
END
cat >twisted.xyz <<'END'
6
two images of one twisted and pyramidalised geometry
C  0.0000  0.0000  0.0000
C  1.3800  0.0000  0.0000
H -0.5600  0.9200  0.0000
H -0.5600 -0.9200  0.0000
H  1.6000  0.6000  0.8000
H  1.6000  0.6000 -0.8000
6

C  1.3800  0.0000  0.0000
C  0.0000  0.0000  0.0000
H  1.6000  0.6000 -0.8000
H  1.6000  0.6000  0.8000
H -0.5600 -0.9200  0.0000
H -0.5600  0.9200  0.0000
END
intersect ethylene.yaml -q
grep -q "^1 distinct point from 2 of 2 searches on a network model of C2H4" out || fail "images: $(cat out)"
grep -q "S1/S0-1 .* twisted, pyramidal$" out || fail "the name: $(cat out)"
if "$python" -c 'import ase' 2>/dev/null; then
    "$python" - <<'END' || fail "the XYZ file is not as ASE reads it"
import ase.io, h5py, numpy as np
frames = ase.io.read("ethylene.xyz", index=":")
assert len(frames) == 1
atoms, f = frames[0], h5py.File("ethylene.h5")
assert atoms.info["name"] == "S1/S0-1" and atoms.info["label"] == "twisted, pyramidal"
np.testing.assert_allclose(atoms.positions / 0.529177210903, f["points/position"][0], atol=1e-10)
np.testing.assert_allclose(atoms.arrays["x"], f["points/x"][0], atol=1e-10)
np.testing.assert_allclose(atoms.arrays["h"], f["points/h"][0] * 27.211386245988 / 0.529177210903, atol=1e-9)
energies = (f["points/energies"][0] - f.attrs["zero"]) * 27.211386245988
np.testing.assert_allclose(atoms.info["energies_eV"], energies, atol=1e-8)
END
fi
intersect ethylene.yaml -o high.h5 --set output.xyz=high.xyz --set "cluster.highest=5 eV" -q
grep -q "^0 distinct points from 0 of 2 searches" out && grep -q "2: left out: .* above the lowest energy of S0, the limit is 5.000 eV" out ||
    fail "the limit of energies: $(cat out)"
rm ethylene.h5
refused 2 "writing '$PWD/twisted.xyz' would overwrite" ethylene.yaml -o high.h5 --set output.xyz=$PWD/twisted.xyz --fresh
refused 2 "would overwrite" ethylene.yaml -o twisted.xyz --fresh
cp twisted.xyz strange.xyz
refused 2 "is not an XYZ file of intersections that could be replaced" ethylene.yaml -o high.h5 --set output.xyz=strange.xyz --fresh
cmp -s twisted.xyz strange.xyz || fail "a strange XYZ file was overwritten"
refused 2 "ethylene.xyz: is there already; choose another output.xyz, or --fresh" ethylene.yaml
intersect ethylene.yaml -q --fresh
sed -i 's/^H/C/' twisted.xyz
refused 2 "C6" ethylene.yaml -o new.h5
printf '6\nx\nC 0 0 0\n' >twisted.xyz
refused 2 "twisted.xyz:3: expected 6 atoms" ethylene.yaml -o new.h5
sed 's/\[2, 3, 4, 5\]\]}$/[1, 2, 3]]}/' ethylene.yaml >bad.yaml
refused 2 "bad.yaml:5:" bad.yaml
sed 's/torsion 2 0 1 4/torsion 2 0 1 6/' ethylene.yaml >bad.yaml
refused 2 "bad.yaml:7:" bad.yaml

# ---- hops of a swarm: the wrong molecule, a truncated file, another version, no such hops
"$program" run -q "$source/examples/photochem/03_ethylene/ethylene.yaml" --set initial.trajectories=8 --set "dynamics.duration=60 fs" \
    --set output.trajectories=false -o swarm.h5 >out 2>err || fail "a small swarm: $(cat err)"
cat >hops.yaml <<END
model: $source/models/ethylene/ethylene.h5
start: {file: swarm.h5, hops: all, limit: 3}
search:
  - states: [0, 1]
output: {file: new.h5}
END
intersect hops.yaml -o hops.h5
grep -q "from [0-3] of [1-3] search" out || fail "the limit: $(cat out)"
sed 's/^start:/start:\n  file: swarm.h5/' good.yaml >bad.yaml
refused 2 "bad.yaml:3:9: start.file: $PWD/swarm.h5: a swarm of another molecule than the model's" bad.yaml
head -c 20000 swarm.h5 >cut.h5
refused 1 "cut.h5" hops.yaml --set start.file=cut.h5
refused 2 "did you mean 'frustrated'" hops.yaml --set start.hops=frustated
if "$python" -c 'import h5py' 2>/dev/null; then
    cp swarm.h5 later.h5 && "$python" -c "import h5py; h5py.File('later.h5', 'r+').attrs['version'] = 2"
    refused 2 "version 2, this program reads versions 1 to 1" hops.yaml --set start.file=later.h5
    cp swarm.h5 foreign.h5 && "$python" -c "import h5py; h5py.File('foreign.h5', 'r+').attrs['model_digest'] = 64 * 'e'"
    intersect hops.yaml -o foreign_hops.h5 --set start.file=foreign.h5
    grep -q "warning: .*foreign.h5: the swarm was flown on another model" err || fail "no word of the other model: $(cat err)"
    cp swarm.h5 calm.h5 && "$python" -c "import h5py; f = h5py.File('calm.h5', 'r+')['hops']; f['accepted'][:] = 0; f['kinetic_after'][:] = f['kinetic_before'][:]"
    refused 2 "calm.h5: the swarm holds no accepted hops" hops.yaml --set start.hops=accepted --set start.file=calm.h5
fi

# ---- what is done from the points found: scans, interpolations, loops, descents. Quadratic Jahn-Teller: a loop round one of the four
# intersections changes the sign, one round all of them does not; from the cone in the middle it is down to the three minima.
cat >tasks.yaml <<'END'
model: {type: jahn_teller, g: 0.01}
start: {copies: 20, spread: 2 Angstrom, geometries: [{position: [-2, 0]}, {position: [0, 0.1]}]}
search:
  - {states: [0]}
  - {states: [0, 1]}
scan:
  - {name: relaxed, from: S0-1, coordinate: position 0, range: [-5, 5], points: 11}
interpolate:
  - {name: straight, geometries: [S0-1, S1/S0-1, reference], points: 6}
seam:
  - {name: point, point: S1/S0-2, coordinate: position 0, step: 0.1, points: 2}
loop:
  - {name: one, point: S1/S0-1}
  - {name: four, point: reference, coordinates: [position 0, position 1], radii: [6, 6]}
  - {name: none, point: S0-1, coordinates: [position 0, position 1], radii: [0.2, 0.2]}
  - {name: two, point: geometry 0, coordinates: [position 0, position 1], radii: [3, 1]}
  - {name: nowhere, point: S1/S0-9}
descent:
  - {name: down, point: S1/S0-1, directions: 0}
output: {file: tasks.h5}
END
"$program" intersect tasks.yaml >out 2>err
grep -q "error: 1 task failed; the rest is in" err || fail "a loop round a point that was not found: $(cat err)"
for line in "scans/relaxed: scan of position 0, relaxed on S0: 11 points, 11 of them as asked for" "loops/one: loop of radius" \
    "interpolations/straight: interpolation of 3 geometries in internal coordinates: 11 points" "loops/nowhere: failed: there is no point S1/S0-9: 4 such points were found" \
    "seams/point: seam of S1/S0 along position 0: 1 points"; do
    grep -qF "$line" out || fail "the page should say '$line': $(cat out)"
done
cp out first
# Progress of one task is one series of lines, however long the task's name is.
long=$(printf 'n%.0s' {1..90})
"$program" intersect tasks.yaml -o long.h5 -s scan.0.name=$long -s scan.0.points=201 >out 2>err
[ "$(grep -c "$long: [0-9]* %" err)" -le 11 ] && grep -q "$long: 100 %" err || fail "progress of a task with a long name: $(cat err)"
"$program" intersect tasks.yaml >out 2>err
cmp out first || fail "told from the file the tasks are others"
if "$python" -c 'import h5py' 2>/dev/null; then
    "$python" - "$source" <<'END' || fail "the groups of the tasks"
import h5py, numpy as np, re, sys
f = h5py.File("tasks.h5")
page = open(sys.argv[1] + "/docs/intersections-file.md").read()
assert list(f["loops/one/sign"][:]) == [-1, -1] and list(f["loops/four/sign"][:]) == [1, 1] and list(f["loops/none/sign"][:]) == [1, 1]
assert list(f["loops/two/sign"][:]) == [1, 1]
down = f["descents/down"]
assert sorted(down["product"].asstr()[:]) == ["S0-1", "S0-2", "S0-3"], down["product"][:]
assert "failed" in f["loops/nowhere"]
def look(name, item):
    if isinstance(item, h5py.Dataset):
        assert "unit" in item.attrs, name
        stem = re.sub(r"^(\w+)/\w+/(\d+/)?", lambda m: m[1] + "/NAME/" + ("B/" if m[2] else ""), name)
        group = stem.split("/")[0]
        if group in ("scans", "interpolations", "seams", "loops", "descents"):
            assert f"`{name.rsplit('/', 1)[1]}`" in page, f"{stem} is not in docs/intersections-file.md"
            if name.endswith(("/positions", "/x", "/y", "/centre", "/origin")):
                assert "frame" in item.attrs, f"{name}: no frame"
f.visititems(look)
END
fi
sed 's/point: S1\/S0-1, dir/point: S2\/S1-1, dir/' tasks.yaml >bad.yaml
refused 2 "bad.yaml:19:25: point: 'S2/S1-1': S2/S1 is not among what is searched" bad.yaml -o new.h5
sed 's/coordinate: position 0, range/coordinate: position 7, range/' tasks.yaml >bad.yaml
refused 2 "bad.yaml:7:" bad.yaml -o new.h5
refused 2 "position 7" bad.yaml -o new.h5
sed 's/from: S0-1/from: nosuch.xyz/' tasks.yaml >bad.yaml
refused 2 "bad.yaml:7:27: from: 'nosuch.xyz' is no name of a point" bad.yaml -o new.h5
sed 's/point: geometry 0/point: geometry 2/' tasks.yaml >bad.yaml
refused 2 "start.geometries has 2 entries" bad.yaml -o new.h5
sed 's/name: one/name: four/' tasks.yaml >bad.yaml
refused 2 "name: 'four' is the name of loop[0] as well" bad.yaml -o new.h5
sed 's/name: one/name: a\/b/' tasks.yaml >bad.yaml
refused 2 "names a group of the file" bad.yaml -o new.h5
sed 's/point: reference, coordinates/point: reference, coordinate/' tasks.yaml >bad.yaml
refused 2 "did you mean 'coordinates'" bad.yaml -o new.h5
sed 's/step: 0.1/step: 0.1 eV/' tasks.yaml >bad.yaml
refused 2 "bad.yaml:11:" bad.yaml -o new.h5

# ---- the template is an input once its model is filled in
"$program" init intersect | sed 's/^model: .../model: {type: ferretti}/' >template.yaml
intersect template.yaml -q -o template.h5
