#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo submit on a real Slurm: slurm.sh PROGRAM SOURCE_DIR. A controller and two nodes of one processor, all on this machine and in a scratch
# folder: an array of four shards, one of them requeued in mid-run, and the job that merges them; what comes out is the file of one run.
# Exit status 77: Slurm is not installed, or cannot start here.
. "$(dirname "$0")/common.bash"
PATH=$PATH:/usr/sbin:/sbin
for command in slurmctld slurmd sbatch squeue scontrol munged; do command -v $command >/dev/null || exit 77; done
export OMP_NUM_THREADS=1
chmod 755 "$work" # the socket of munge must be within reach
mkdir flight state && cd flight || exit 1

daemons=()
stop() {
    local status=$?
    for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do kill "${daemons[i]}" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$work"
    [ $status = 0 ] && exit $((failures > 0))
    exit $status
}
trap stop EXIT
start() { # LOG COMMAND...: in the foreground of its own, so that it can be stopped by its number
    local log=$work/state/$1.log
    shift
    "$@" >"$log" 2>&1 &
    daemons+=($!)
}
# Waits up to $1 tenths of a second for a command.
until_true() {
    local n=$1
    shift
    for ((t = 0; t < n; t++)); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
    return 1
}

port=$((20000 + $$ % 20000)) user=$(id -un)
dd if=/dev/urandom of="$work/state/key" bs=128 count=1 2>/dev/null && chmod 600 "$work/state/key"
cat >"$work/slurm.conf" <<END
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$work/socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
KillWait=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/state/spool.%n
SlurmctldPidFile=$work/state/slurmctld.pid
SlurmdPidFile=$work/state/slurmd.%n.pid
NodeName=n[1-2] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$((port + 2))-$((port + 3))] CPUs=1 RealMemory=1500
PartitionName=cpu Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$work/slurm.conf
unset "${!SLURM_JOB@}" "${!SLURM_ARRAY@}"
start munged munged --foreground --force --socket="$work/socket" --key-file="$work/state/key" --pid-file="$work/state/munged.pid" \
    --log-file="$work/state/munged.own" --seed-file="$work/state/seed"
until_true 50 test -S "$work/socket" || exit 77
start slurmctld slurmctld -D -c
for node in n1 n2; do start slurmd.$node slurmd -D -N $node; done
idle() { [ "$(sinfo -h -o '%D %t' 2>/dev/null)" = "2 idle" ]; }
if ! until_true 150 idle; then
    tail -n 5 "$work"/state/*.log >&2
    exit 77
fi

# About two seconds a shard.
cat >"tully's.yaml" <<'END'
model: {type: tully, variant: dual_crossing}
initial: {sampling: fixed, position: [-10], momentum: [25], momentum_width: [3], state: 0, trajectories: 200, seed: 1}
dynamics: {timestep: 0.0015 fs, duration: 60 fs}
output: {file: swarm.h5, every: 3 fs}
END
run 0 submit "tully's.yaml" --shards 4 --partition cpu --slurm=--exclusive=user --set initial.seed=7 -o "a swarm.h5" --send
out_has '^job [0-9]+: 4 shards, .*a swarm.array.sh$'
job=$(sed -n 's/^job \([0-9]*\): 4 shards.*/\1/p' "$work/out")
bash -n "a swarm.array.sh" && bash -n "a swarm.merge.sh" || fail "not a script: $(cat ./*.sh)"
grep -q '^#SBATCH --array=1-4$' "a swarm.array.sh" || fail "the script: $(cat "a swarm.array.sh")"

# One of them is requeued when it has saved something.
journal="a swarm.shard-002-of-004.h5.journal"
grown() { [ "$(stat -c %s "$journal" 2>/dev/null || echo 0)" -gt 20000 ]; }
until_true 400 test -e "$journal" || fail "the second shard never began: $(squeue -a) $(cat ./*.log)"
until_true 100 grown
scontrol requeue "${job}_2" || fail "could not be requeued: $(squeue -a)"
until_true 100 grep -q 'interrupted with' "a swarm.shard-2.log" || fail "the requeued shard did not save: $(cat ./*.log)"
run 0 status "a swarm.h5"
out_has '^a swarm.shard-002-of-004.h5  (running|stopped) '
out_has ' of 200 trajectories'

# Slurm lets a requeued job wait for two minutes; this one need not, from when it waits.
done_with() {
    scontrol update "JobId=${job}_2" StartTime=now
    [ -z "$(squeue -h -a)" ]
}
until_true 900 done_with || fail "never done: $(squeue -a) $(cat ./*.log)"
[ -e "a swarm.h5" ] || fail "no swarm: $(cat ./*.log)"
"$program" run "tully's.yaml" -q --set initial.seed=7 -o one.h5 >/dev/null || fail "the whole"
cmp "a swarm.h5" one.h5 || fail "the swarm from Slurm is not that of one run"
[ -z "$(ls | grep -E 'journal|tmp')" ] || fail "left behind: $(ls)"
run 0 status "a swarm.h5"
out_has '^all .* 4 finished, 200 of 200 trajectories$'
