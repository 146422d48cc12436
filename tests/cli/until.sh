#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Flying until errors are reached: until.sh PROGRAM SOURCE_DIR. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy

head='model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: 0, trajectories: 2000, seed: 3}
dynamics: {timestep: 0.1 fs, duration: 40 fs, stop: {through: x > 6 bohr, lower: state 0 for 18 fs}}
output: {file: swarm.h5, every: 2 fs}'
printf '%s\n' "$head" >plain.yaml
cat >until.yaml <<END
$head
until:
  population S0 at 20 fs: 0.02
  outcome through S1: 0.02
  lifetime S0: 6 %
  least: 100
  batch: 64
END
run 0 run until.yaml -q -t 1
out_has '^until +population S0 at 20 fs 0\.[0-9]+ \+- 0\.0[12][0-9]* \(asked 0\.02\): reached'
out_has '^until +lifetime S0 [0-9.]+ \+- [0-9.]+ fs \(asked 6 %\): reached'
[ -z "$(ls | grep -E 'journal|tmp')" ] || fail "left behind: $(ls)"

# By hand: the file is the swarm of its number of trajectories, and it is the first number after a batch at which every error is reached.
"$python" - <<'END' || fail "the estimates"
import h5py, numpy as np
with h5py.File("swarm.h5") as f:
    active, stop, N = f["trajectories/active"][:], f["trajectories/stop"][:], f.attrs["trajectories"]
    hops = {k: f["hops/" + k][:] for k in ("trajectory", "time", "accepted")}
    end, said = f["trajectories/end"][:], f.attrs["until"].splitlines()
first = np.full(N, np.nan)
for j, t, a in zip(*(hops[k] for k in ("trajectory", "time", "accepted"))):
    if a and not first[j] <= t:
        first[j] = t

def share(x):
    p, n = x.mean(), len(x)
    q = (n * p + 2) / (n + 4)
    return p, (q * (1 - q) / (n + 4)) ** 0.5

def estimates(n):
    t, d = np.where(np.isnan(first[:n]), end[:n], first[:n]), ~np.isnan(first[:n])
    tau = t.sum() / d.sum()
    return [share(active[:n, 10] == 0), share((stop[:n] == 0) & (active[:n, -1] == 1)),
            (tau, (n / (n - 1) * ((t - tau * d) ** 2).sum()) ** 0.5 / d.sum())]

def reached(n):
    a, b, c = estimates(n)
    return a[1] <= 0.02 and b[1] <= 0.02 and c[1] <= 0.06 * c[0]

print(N, estimates(N), said)
assert N % 64 == 0 and 128 <= N < 2000 and reached(N) and not any(reached(n) for n in range(128, N, 64))
assert said[0] == "population S0 at 20 fs: 0.02, outcome through S1: 0.02, lifetime S0: 6 %; at least 100, in batches of 64" and len(said) == 4
for line, (value, error) in zip(said[1:], estimates(N)):
    words = line.split()
    i = words.index("+-")
    assert abs(float(words[i - 1]) / value - 1) < 1e-3 and abs(float(words[i + 1]) / error - 1) < 0.05, (line, value, error)
END
N=$("$python" -c "import h5py; print(h5py.File('swarm.h5').attrs['trajectories'])")
run 0 run plain.yaml -q -o plain.h5 --set initial.trajectories="$N"
same_swarm swarm.h5 plain.h5 until

# Threads, interruptions, complete already, another error asked for, one trajectory, replay.
run 0 run until.yaml -q -t 2 -o two.h5
cmp swarm.h5 two.h5 || fail "1 and 2 threads differ"
status=1 interruptions=0
for ((i = 0; i < 15 && status != 0; i++)); do
    before=$(bytes 'disturbed.h5.journal')
    "$program" run until.yaml -t $((1 + i % 2)) -o disturbed.h5 --checkpoint 0.02 >out 2>err &
    wait_for_growth $! "$before" 'disturbed.h5.journal'
    [ $i -gt 8 ] || kill -TERM $! 2>kill_err
    wait $! 2>wait_err
    status=$?
    [ $status = 0 ] || [ $status = 143 ] || fail "interrupted: status $status: $(cat err)"
    ! grep -q 'interrupted with .* goes on from .*disturbed.h5.journal' err || interruptions=$((interruptions + 1))
done
[ $status = 0 ] && [ $interruptions -gt 0 ] || fail "status $status after $interruptions interruptions"
cmp swarm.h5 disturbed.h5 || fail "not as if undisturbed"
run 0 run until.yaml
err_has 'complete already'
must 2 "is the result of something else (there: until 'population S0" run until.yaml --set "until={population S0: 0.02}"
run 0 run until.yaml -q --trajectory 7
out_has '^1 trajectory'
out_lacks '^until'
run 0 replay swarm.h5 7 -o seven.h5
out_has 'bit for bit'
run 0 sample until.yaml -q

# Not enough; and what has not happened in few trajectories does not count as known.
run 0 run until.yaml -q -o most.h5 --set initial.trajectories=200 --set "until={population S1: 0.001, batch: 64}"
out_has '^200 trajectories'
out_has 'NOT reached'
err_has 'raise initial.trajectories'
run 0 run until.yaml -q -o rare.h5 --set "until={population S1 at 0 fs: 0.003, batch: 64}"
out_has '^512 trajectories' # about sqrt(2)/(n + 4) = 0.003 at n = 467, the next look is at 512
run 0 analyse swarm.h5 --bootstrap 0

# Mistakes, with their places.
mistake() { # TEXT, the block
    printf '%s\nuntil:%s\n' "$head" "$2" >wrong.yaml
    must 2 "$1" run wrong.yaml
}
mistake "until: 'populations S0': expected 'population S0'" " {populations S0: 0.01}"
mistake "wrong.yaml:5:24: until.population S0: expected a number between 0 and 1" " {population S0: 2}"
mistake "until.lifetime S1" " {lifetime S1: 2 eV}"
mistake "no sample at that time; they are 2 fs apart" " {population S0 at 21 fs: 0.01}"
mistake "the flight ends at 40 fs" " {population S0 at 60 fs: 0.01}"
mistake "the model has the states S0 to S1" " {population S2: 0.01}"
mistake "dynamics.stop has no condition 'back'" " {outcome back: 0.01}"
mistake "expected a multiple of 8, found 100" " {population S0: 0.01, batch: 100}"
mistake "no target" " {least: 100}"
mistake "until: expected targets and their errors" " 0.01"

# Several methods: all end with the first number of trajectories with which the errors of all are reached.
cat >both.yaml <<END
$head
methods: {fssh: {}, none: {decoherence: none}, lz: {method: landau_zener}}
until: {population S0 at 20 fs: 0.03, lifetime S0: 9 %, least: 50, batch: 32}
END
run 0 run both.yaml -q -t 1 -o both.h5
out_has 'both.lz.h5 minus both.fssh.h5: [0-9]+ trajectories that both have'
[ -z "$(ls | grep -E 'journal|tmp')" ] || fail "left behind: $(ls)"
M=$("$python" - <<'END'
import h5py, numpy as np
files = [h5py.File(f"both.{name}.h5") for name in ("fssh", "none", "lz")]
N = int(files[0].attrs["trajectories"])

def reached(f, n):
    active, end = f["trajectories/active"][:n], f["trajectories/end"][:n]
    first = np.full(n, np.nan)
    for j, t, a in zip(f["hops/trajectory"], f["hops/time"], f["hops/accepted"]):
        if a and j < n and not first[j] <= t:
            first[j] = t
    q = ((active[:, 10] == 0).sum() + 2) / (n + 4)
    t, d = np.where(np.isnan(first), end, first), ~np.isnan(first)
    tau = t.sum() / max(d.sum(), 1)
    error = (n / (n - 1) * ((t - tau * d) ** 2).sum()) ** 0.5 / max(d.sum(), 1)
    return (q * (1 - q) / (n + 4)) ** 0.5 <= 0.03 and d.sum() >= 10 and error <= 0.09 * tau

looks = range(64, N + 1, 32)
own = [[n for n in looks if reached(f, n)] for f in files]
assert all(f.attrs["trajectories"] == N for f in files) and all("NOT" not in f.attrs["until"] for f in files)
assert N < 2000 and [n for n in looks if all(n in o for o in own)] == [N], own
assert len({o[0] for o in own}) > 1, own  # the methods need different numbers: they had to wait for each other
print(N)
END
) || fail "where several methods end: $M"
run 0 run plain.yaml -q -o alone.h5 --set initial.trajectories="$M" --set dynamics.method=landau_zener
same_swarm both.lz.h5 alone.h5 until
run 0 run both.yaml -q -t 2 -o again.h5
status=1 interruptions=0
for ((i = 0; i < 15 && status != 0; i++)); do
    before=$(bytes 'torn.*.journal')
    "$program" run both.yaml -t $((1 + i % 2)) -o torn.h5 --checkpoint 0.02 >out 2>err &
    wait_for_growth $! "$before" 'torn.*.journal'
    [ $i -gt 8 ] || kill -TERM $! 2>kill_err
    wait $! 2>wait_err
    status=$?
    [ $status = 0 ] || [ $status = 143 ] || fail "interrupted: status $status: $(cat err)"
    ! grep -q 'interrupted with .* goes on from .*torn' err || interruptions=$((interruptions + 1))
done
[ $status = 0 ] && [ $interruptions -gt 0 ] || fail "status $status after $interruptions interruptions"
for name in fssh none lz; do
    cmp "both.$name.h5" "again.$name.h5" || fail "$name: 1 and 2 threads differ"
    cmp "both.$name.h5" "torn.$name.h5" || fail "$name: not as if undisturbed"
done
rm torn.none.h5 # a method that is missing is flown to where the others are
run 0 run both.yaml -q -o torn.h5
cmp both.none.h5 torn.none.h5 || fail "not as far as the others"
run 0 replay both.lz.h5 7 -o seven.h5 --fresh
out_has 'bit for bit'
run 0 run both.yaml -q -o few.h5 --set initial.trajectories=100 --set "until={population S0: 0.001, batch: 64}" # not enough: all fly all
err_has 'raise initial.trajectories'
run 0 run both.yaml -q -o short.h5 --set "methods={fssh: {}}"
must 2 'short.fssh.h5 is complete with ' run both.yaml -q -o short.h5
