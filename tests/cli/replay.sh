#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo replay: trajectories of a finished swarm again, bit for bit; what differs is said; code is not run because a file names it:
# replay.sh PROGRAM SOURCE_DIR. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy

# Not left to the program's own comparison: every number of the trajectory in the swarm is in the replay, at its time.
cat >same.py <<'END'
import sys, h5py, numpy as np
swarm, again = (h5py.File(name) for name in sys.argv[1:3])
row = {int(n): i for i, n in enumerate(swarm["trajectories/number"][:])}
step = swarm.attrs["every"] // again.attrs["every"]
for j, number in enumerate(again["trajectories/number"][:]):
    i = row[int(number)]
    for name in ("active", "potential", "kinetic", "energies", "amplitudes", "position", "velocity"):
        a, b = swarm["trajectories/" + name], again["trajectories/" + name]
        assert b.dtype == np.int8 or b.dtype == np.float64, name
        assert np.array_equal(a[i], b[j][::step].astype(a.dtype)), (name, number)
    for name in swarm["hops"]:
        if name != "trajectory":
            a, b = (f["hops/" + name][:][f["hops/trajectory"][:] == number] for f in (swarm, again))
            assert np.array_equal(a, b), (name, number)
    for name in ("fate", "end"):
        assert swarm["trajectories/" + name][i] == again["trajectories/" + name][j], name
    for name in swarm["initial"]:
        assert np.array_equal(swarm["initial/" + name][i], again["initial/" + name][j]), name
END
same() { "$python" same.py "$1" "$2" || fail "$said: not the trajectory of the swarm"; }

mkdir here there
cat >here/tully.yaml <<'END'
model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: {diabatic: [0.6, 0.8i]}, trajectories: 100, seed: 4}
dynamics: {timestep: 0.05 fs, duration: 60 fs, stop: {through: x > 8 bohr}}
output: {file: swarm.h5, every: 2 fs}
END
run 0 run here/tully.yaml -q
mv here/swarm.h5 there/swarm.h5
rm here/tully.yaml # the file is enough
hops=$("$python" -c "import h5py; f = h5py.File('there/swarm.h5'); print((f['hops/trajectory'][:] == 17).sum())")
run 0 replay there/swarm.h5 --trajectory 17
out_has '^check +as in the swarm, bit for bit'
out_has '^trajectory 17: from S[01] to S[01] in [0-9.]+ fs, stopped by a condition \(through\)'
[ "$(grep -cE 'accepted|frustrated' out)" = "$hops" ] || fail "another number of hops than $hops: $(cat out)"
same there/swarm.h5 there/swarm-replay-17.h5
run 0 replay there/swarm.h5 3 20-29 --output several.h5 -t 2
out_has 'bit for bit \(341 samples' # 11 trajectories, 31 samples
same there/swarm.h5 several.h5
run 0 replay several.h5 22 -o again.h5 # of a file that holds some of the numbers
same several.h5 again.h5
run 0 replay there/swarm.h5 --trajectory 17 # twice: there already
err_has 'complete already'
out_has 'bit for bit'

# A vibronic model of a file; Langevin, whose noise has its key too; single precision; a movie; another folder than it was flown from.
sed "s|model: so2|model: $source/examples/photochem/02_so2_vibronic/so2|; s/trajectories: 1000/trajectories: 20/" \
    "$source/examples/photochem/02_so2_vibronic/so2.yaml" >so2.yaml
run 0 run so2.yaml -q -o so2.h5 --set dynamics.duration="20 fs" --set "dynamics.thermostat={method: langevin, temperature: 300 K, time: 100 fs}"
(cd there && "$program" replay ../so2.h5 --trajectory 5 --output ../five.h5 --xyz ../five.xyz >../out 2>../err) || fail "another folder: $(cat err)"
out_has 'bit for bit'
same so2.h5 five.h5
[ "$(grep -c 'trajectory=5' five.xyz)" -gt 40 ] || fail "no movie: $(head -2 five.xyz)"

# From frames of a file that is gone, all of them, with other masses; its settings are an input.
run 0 sample so2.yaml -q -o start.xyz --set initial.trajectories=6
printf '%s\n' "model: $source/examples/photochem/02_so2_vibronic/so2_lvc.yaml" "initial: {sampling: file, file: start.xyz, state: file}" \
    "dynamics: {duration: 10 fs}" "output: {file: frames.h5}" >frames.yaml
run 0 run frames.yaml -q
"$python" -c 'import h5py; print(h5py.File("frames.h5").attrs["resolved"])' >resolved.yaml
run 0 run resolved.yaml -q -o resolved.h5
"$python" -c 'import h5py; a, b = (h5py.File(n).attrs["digest"] for n in ("frames.h5", "resolved.h5")); assert a == b' || fail "the settings of a swarm are another input"
rm start.xyz
run 0 replay frames.h5 4 -o frame.h5
out_has 'bit for bit'
same frames.h5 frame.h5
run 0 run so2.yaml -q -o heavy.h5 --set "initial.masses=[36, 18, 18]" --set dynamics.duration="10 fs"
run 0 replay heavy.h5 4
out_has 'bit for bit'

# Other settings: another flight, which is said.
run 0 replay there/swarm.h5 17 -o fine.h5 --set dynamics.timestep="0.025 fs"
out_has "^settings +not the flight of .*there: '    timestep: 0.05 fs'; now: '    timestep: 0.025 fs'"
out_has '^check +not comparable'
run 0 replay there/swarm.h5 17 -o other.h5 --set dynamics.decoherence.method=none
out_has '^check +leaves the trajectory of the swarm, first in trajectory 17 at'
run 0 replay there/swarm.h5 17 -o landau.h5 --set dynamics.method=landau_zener # no options of the method before it
out_has "there: '    method: fewest_switches'; now: '    method: landau_zener'"
run 0 replay there/swarm.h5 17 -o never.h5 --set dynamics.method=none --set dynamics.decoherence=none
run 0 replay there/swarm.h5 17 -o least.h5 --set dynamics.method=fewest_switches
out_has 'bit for bit'
run 0 replay there/swarm.h5 17 -o less.h5 --set output.every="1 fs" --set output.precision=single
out_has 'bit for bit'
out_lacks '^settings'

# A swarm that says otherwise in one bit of one number: found, with its place and time.
cp there/swarm.h5 bent.h5
"$python" - <<'END'
import h5py, numpy as np
with h5py.File("bent.h5", "r+") as f:
    d = f["trajectories/potential"]
    d[17, 3] = np.nextafter(d[17, 3], 1)
END
run 0 replay bent.h5 17
out_has '^check +NOT as in the swarm, first in trajectory 17 at 6 fs: trajectories/potential'
out_has 'a likely reason:'

# Nor when it hopped or ended: the earlier of the two times is that of the difference.
for later in 0.05 -0.05; do
    cp there/swarm.h5 bent.h5
    first=$("$python" -c "
import h5py
with h5py.File('bent.h5', 'r+') as f:
    end = f['trajectories/end'][17]
    f['trajectories/end'][17] = end + $later
    print(f'{min(end, end + $later):.8g}')")
    run 0 replay bent.h5 17
    out_has "^check +NOT as in the swarm, first in trajectory 17 at $first fs: trajectories/end"
    cp there/swarm.h5 bent.h5
    read -r number first < <("$python" -c "
import h5py
with h5py.File('bent.h5', 'r+') as f:
    time = f['hops/time'][0]
    f['hops/time'][0] = time + 0.01 * $later
    print(f['hops/trajectory'][0], f'{min(time, time + 0.01 * $later):.8g}')")
    run 0 replay bent.h5 $number
    out_has "^check +NOT as in the swarm, first in trajectory $number at $first fs: hops/time"
done

# Mistakes.
must 2 "no trajectory 100; its 100 trajectories have numbers from 0 to 99" replay there/swarm.h5 --trajectory 100
must 2 "such as 17 or 3,20-29" replay there/swarm.h5 --trajectory seventeen
must 2 "say which trajectory" replay there/swarm.h5
must 2 "is the swarm that is replayed" replay there/swarm.h5 1 -o there/swarm.h5 --fresh
must 2 "initial conditions that the swarm file keeps" replay there/swarm.h5 1 --set initial.seed=2
must 2 "a replay does not use \`methods\`" replay there/swarm.h5 1 --set methods.a.timestep="1 fs"
must 2 "a replay does not use \`until\`" replay there/swarm.h5 1 --set until.batch=8
must 2 "a replay does not use \`exact\`" replay there/swarm.h5 1 --set exact.engine=grid
must 2 "named by --output" replay there/swarm.h5 1 --set output.file=other.h5
must 2 "timestp" replay there/swarm.h5 1 --set dynamics.timestp=1
must 2 "named by --output" replay there/swarm.h5 1 --set "output={file: other.h5, every: 1 fs}"
# A movie that cannot be written: before the flight.
must 2 "a model system of 1 coordinate(s)" replay there/swarm.h5 1 --xyz one.xyz
must 2 "five.xyz: is there already; --fresh replaces it" replay so2.h5 5 -o new.h5 --xyz five.xyz
cp so2.h5 kept.h5
must 2 "writing 'so2.h5' would overwrite 'so2.h5'" replay so2.h5 5 -o new.h5 --xyz so2.h5 --fresh
cmp so2.h5 kept.h5 || fail "the swarm was overwritten"
cp so2.yaml kept.yaml
must 2 "would overwrite" replay so2.h5 5 -o new.h5 --xyz so2.yaml --fresh
must 2 "is not a movie that could be replaced" replay so2.h5 5 -o new.h5 --xyz kept.yaml --fresh
must 2 "is not a movie that could be replaced" replay so2.h5 5 -o new.h5 --xyz kept.h5 --fresh
must 2 "would overwrite" replay so2.h5 5 -o new.h5 --xyz new.h5
cmp so2.yaml kept.yaml && cmp so2.h5 kept.h5 || fail "what is no movie was overwritten"
must 2 "a movie needs the trajectories" replay so2.h5 5 -o new.h5 --xyz new.xyz --set output.trajectories=false
[ ! -e there/swarm-replay-1.h5 ] && [ ! -e new.h5 ] || fail "flown all the same"
must 1 "nothere.h5" replay nothere.h5 1
must 1 "not an HDF5 file" replay so2.yaml 1
"$python" - <<'END'
import h5py
for name, old, new in (("gone.h5", "model: /", "model: /no/such/"), ("code.h5", "method: fewest_switches", "method: /tmp/mine.so")):
    with h5py.File("so2.h5") as a, h5py.File(name, "w") as b:
        for key in a:
            a.copy(key, b)
        for key, value in a.attrs.items():
            b.attrs[key] = value
        b.attrs["resolved"] = a.attrs["resolved"].replace(old, new, 1)
        if name == "gone.h5":
            b.attrs["model_path"] = "/no/such/so2.yaml"
END
must 1 "not to be found from here" replay gone.h5 1
must 2 "code is not run because a data file names it; if you trust it, name it: --set dynamics.method=/tmp/mine.so" replay code.h5 1
