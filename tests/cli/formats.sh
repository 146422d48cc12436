#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Files of every version that was released (tests/formats/) are read, with the numbers that they had; files of a later version are refused by everything
# that reads them, with both versions and what to do; docs/compatibility.md has the versions that are written now.   formats.sh PROGRAM SOURCE_DIR
. "$(dirname "$0")/common.bash"
need numpy h5py
PYTHONPATH=$source/python "$python" -c 'import diabolo' 2>/dev/null || exit 77 # a sanitizer's library
export PYTHONDONTWRITEBYTECODE=1

releases=0
for folder in "$source"/tests/formats/*/; do
    cp -r "$folder" release
    "$python" "$source/tests/formats/read.py" "$program" release --compare >out 2>err || fail "$folder: $(cat out err)"
    rm -r release
    releases=$((releases + 1))
done
[ "$releases" -gt 0 ] || fail "no files were kept"
# The comparison can fail.
cp -r "$source/tests/formats/0.1" bent
"$python" -c 'import h5py; f = h5py.File("bent/dataset.h5", "r+"); f["energies"][3, 1] += 1e-3'
"$python" "$source/tests/formats/read.py" "$program" bent --compare >out 2>&1 && fail "changed data were not noticed"
grep -q "network.h5" out || fail "what changed: $(cat out)"

# What is written now: versions, and the table of the page.
bash "$source/tests/formats/make.sh" "$program" now >out 2>&1 || fail "make.sh: $(cat out)"
"$python" - "$source/docs/compatibility.md" <<'END' || fail "docs/compatibility.md"
import glob, re, sys
import h5py
table = {m[1]: m[2] for m in re.finditer(r"^\| `(diabolo-[a-z]+)` \|[^|]*\| ([0-9 to,]+) \|", open(sys.argv[1]).read(), re.M)}
written = {}
for name in glob.glob("now/*.h5"):
    with h5py.File(name) as f:
        form = f.attrs["format"].decode() if isinstance(f.attrs["format"], bytes) else f.attrs["format"]
        written.setdefault(form, set()).add(int(f.attrs["version"]))
assert len(written) == 6, written
for form, versions in written.items():
    said = re.findall(r"\d+", table[form])
    assert int(said[0]) == 1 and max(versions) == int(said[-1]), (form, versions, table[form])
END

# One version further.
for file in now/*.h5; do
    "$python" -c 'import h5py, sys; f = h5py.File(sys.argv[1], "r+"); f.attrs["version"] = type(f.attrs["version"])(99)' "$file"
done
cat >vibronic.yaml <<'END'
model: now/network.h5
initial: {sampling: fixed, state: 1, trajectories: 1}
dynamics: {duration: 1 fs}
output: {file: new.h5}
END
printf 'swarm: now/swarm.h5\nclusters: {}\noutput: {file: new.h5}\n' >mechanism.yaml
printf 'swarm: %s/tests/formats/0.1/swarm.h5\ncensus: {intersections: now/intersections.h5}\noutput: {file: new.h5}\n' "$source" >census.yaml
printf 'data: {file: now/dataset.h5}\nnetwork: {descriptors: [inverse_distance], layers: [4], states: 2}\nstages: [{optimiser: adam, epochs: 1, rate: 1e-2}]\noutput: {file: new.h5}\n' >train.yaml
good=$source/tests/formats/0.1
refused() { must 2 "version 99, this program reads versions 1 to" "$@"; grep -q "a newer diabolo may read it" "$work/err" || fail "diabolo $*: what to do: $(cat "$work/err")"; }
refused analyse now/swarm.h5
refused analyse now/exact.h5
refused analyse "$good/swarm.h5" --exact now/exact.h5
refused report now/swarm.h5
refused report "$good/swarm.h5" --mechanism now/mechanism.h5
refused report "$good/swarm.h5" --intersections now/intersections.h5
refused replay now/swarm.h5 1
refused compare now/swarm.h5 "$good/swarm.h5"
refused convert now/swarm.h5 new.xyz
refused run vibronic.yaml
refused evaluate now/network.h5 "$good/dataset.h5"
refused evaluate now/committee.h5 "$good/dataset.h5"
refused evaluate "$good/network.h5" now/dataset.h5
refused check now/dataset.h5
refused check now/network.h5
refused mechanism mechanism.yaml
refused mechanism census.yaml
refused train train.yaml
[ -z "$(ls | grep '^new')" ] || fail "left behind: $(ls)"
PYTHONPATH=$source/python "$python" - <<'END' || fail "the Python package"
import diabolo
for open_it, name in ((diabolo.Swarm, "swarm"), (diabolo.Exact, "exact"), (diabolo.Model, "network"), (diabolo.Model, "committee")):
    try:
        open_it(f"now/{name}.h5")
    except diabolo.Error as reason:
        assert "version" in str(reason) and "99" in str(reason), reason
    else:
        raise SystemExit(f"{name}: a file of a later version was opened")
END
for script in "populations now/swarm.h5" "census now/mechanism.h5" "intersections now/intersections.h5" "learning_curves now/network.h5"; do
    # shellcheck disable=SC2086
    set -- $script
    "$python" "$source/analysis/$1.py" "$2" -o new.png >out 2>err
    [ $? = 2 ] && grep -q "version 99" err || case $(cat err) in *matplotlib*) ;; *) fail "analysis/$1.py: $(cat err)" ;; esac
done
