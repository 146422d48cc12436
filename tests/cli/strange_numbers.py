# SPDX-License-Identifier: GPL-3.0-or-later
"""Nasty numbers for every key that takes numbers, of every kind of input, and for every flag: numbers.py PROGRAM SOURCE_DIR.

The keys come from `diabolo init KIND`, the flags from `diabolo COMMAND --help`, so that new ones are tried as they appear. Whatever the
value: exit status 0, 1 or 2, and a message unless it is 0. A run that is still going after a second is stopped: the value was a good one.
"""
import concurrent.futures, itertools, os, re, resource, subprocess, sys

program, source = sys.argv[1], sys.argv[2]
# For every key: what the reader of one kind of number may stumble over. For some keys, and for the flags, more.
FEW = ["0", "-1", "1e20", "1e-300", "nan", "2147483647", "9223372036854775808", '""']
VALUES = ["0", "-1", "1", "1e20", "-1e20", "1e-300", "1e308", "1e400", "nan", "inf", "-inf", "2147483647", "2147483648", "-2147483649",
          "4294967297", "9223372036854775807", "9223372036854775808", "18446744073709551617", '""', '" "', "1e", "0x10", "1.5", "1d3",
          "１２", "٣", "99999999999999999999999999999999999999", "-", ".", "[]", "[1e20]", "{}"]
UNITS = {"time": ["fs", "as"], "energy": ["eV", "cm^-1"], "length": ["Angstrom"], "temperature": ["K"], "angle": ["deg"]}

MODEL = """{type: vibronic, epsilon: [0 eV, 1 eV], modes: [{name: a, frequency: 0.1 eV, kappa: [0.1 eV, -0.1 eV]},
  {name: b, frequency: 0.1 eV}], lambda: [{states: [0, 1], modes: [b], value: 0.1 eV}]}"""
ETHYLENE = f"{source}/models/ethylene/ethylene.h5"
INPUTS = {
    "run": f"model: {MODEL}\ninitial: {{sampling: wigner, state: 1, trajectories: 3, seed: 1}}\n"
           "dynamics: {timestep: 0.25 fs, duration: 2 fs}\noutput: {file: @.h5, every: 0.5 fs}\n",
    "train": f"data: {{file: '{source}/models/ethylene/data.h5', validation: 0.1, seed: 1}}\n"
             "network: {descriptors: [inverse_distance], layers: [4], states: 3, "
             "symmetry: [{permutation: [1, 0, 4, 5, 2, 3], signs: [1, 1, 1]}]}\n"
             "stages: [{optimiser: adam, epochs: 1}]\noutput: {file: @.h5}\n",
    "intersect": f"model: {MODEL}\nstart: {{copies: 1, geometries: [{{position: [0.1, 0.1]}}]}}\nsearch: [{{states: [0, 1]}}]\n"
                 "scan: [{from: reference, coordinate: position 0, to: 0.5, points: 2}]\noutput: {file: @.h5}\n",
    "mechanism": f"swarm: swarm.h5\nmodel: '{ETHYLENE}'\ncoordinates: [{{coordinate: distance 0 1, from: 1 Angstrom, to: 3 Angstrom}}]\n"
                 "components: {count: 2}\nclusters: {hops: 0.1 Angstrom}\noutput: {file: @.h5}\n",
    "analyse": "schemes: [{scheme: S1 -> S0, response: 5 fs}]\nbootstrap: {resamplings: 40}\n",
}
# Keys of models and of lists, which a template cannot show.
MORE = {"run": ["model.epsilon.0", "model.modes.0.frequency", "model.modes.0.kappa.0", "model.multiplicity", "model.lambda.0.value",
                "model.lambda.0.states.0", "initial.position_width", "output.trajectories"],
        "train": ["network.layers.0", "network.symmetry.0.permutation.0", "network.symmetry.0.signs.0", "stages.0.epochs", "stages.0.batch",
                  "stages.0.rate", "stages.0.final_rate", "stages.0.iterations"],
        "intersect": ["search.0.states.0", "scan.0.to", "scan.0.points", "scan.0.from", "start.geometries.0.position.0",
                      "cluster.equivalent"],
        "mechanism": ["coordinates.0.from", "coordinates.0.to", "coordinates.0.bins", "coordinates.0.smooth", "equivalence.labels"],
        "analyse": ["schemes.0.delay", "schemes.0.response", "groups"]}


def limits():
    if os.environ.get("DIABOLO_PRELOAD"):  # the address sanitizer reserves more, and has a limit of its own
        os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":max_allocation_size_mb=3000:allocator_may_return_null=1"
    else:
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))  # a program that asks for more must say so
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def keys(kind):
    """(dotted key, what it takes) of the numeric keys of `diabolo init KIND`, from the comment above each."""
    text = subprocess.run([program, "init", kind], capture_output=True, text=True, check=True).stdout
    path, comment = [], ""
    for line in text.splitlines():
        bare = re.sub(r"^(\s*)# ", r"\1", line)
        match = re.match(r"^(\s*)(- )?([a-z_0-9]+):( .*)?$", bare)
        if match is None or (line.lstrip().startswith("#") and not re.match(r"^\s*# (  )*(- )?[a-z_0-9]+:( \.\.\.)?$", line)):
            comment = line
            continue
        depth = (len(match[1]) + len(match[2] or "")) // 2
        path = path[:depth] + ([".0"] if match[2] else []) + [match[3]]
        takes = comment.rsplit(": ", 1)[-1]
        if re.search(r"integer|number|time|energy|length|temperature|angle|weight", comment):
            yield ".".join(p.strip(".") for p in path), comment


def run(arguments):
    try:
        done = subprocess.run([program, *arguments], capture_output=True, timeout=1.0, preexec_fn=limits, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None
    said = done.stderr.decode(errors="replace")
    if done.returncode not in (0, 1, 2) or (done.returncode != 0 and not said.strip()) or "Sanitizer" in said:
        return f"status {done.returncode}: diabolo {' '.join(arguments)}\n{said[-500:]}"
    return None


def cases():
    number = itertools.count()
    for kind, text in INPUTS.items():
        command = [kind, f"{kind}.yaml"] if kind != "analyse" else [kind, "swarm.h5", "--input", f"{kind}.yaml"]
        names = dict.fromkeys([(k, c) for k, c in keys(kind)] + [(k, "") for k in MORE[kind]])
        assert len(names) > 3, kind
        thorough = {key for i, (key, _) in enumerate(names) if i % 12 == 0}
        for key, comment, value in ((k, c, v) for k, c in names for v in (VALUES if k in thorough else FEW)):
            units = [u for dimension, some in UNITS.items() if dimension in comment for u in some]
            for unit in units[:2 if value.startswith("1e") else 1] or [""]:
                output = [] if kind == "analyse" else ["-o", f"{kind}{next(number)}.h5", "-q"]
                yield [*command, "--set", f"{key}={value}{' ' + unit if unit else ''}", *output]
    for flag, value in itertools.product(["checkpoint", "trajectory", "threads"], VALUES):
        yield ["run", "run.yaml", "-q", f"--{flag}={value}", "-o", f"flag{next(number)}.h5"]
    for flag, value in itertools.product(["from", "bootstrap", "seed", "threads", "scheme", "fit"], VALUES):
        yield ["analyse", "swarm.h5", f"--{flag}={value}"]
    for flag, value in itertools.product(["trajectory", "every", "state", "table"], [*VALUES, "0-9223372036854775808", "1e20 fs", "1e-12 fs"]):
        yield ["convert", "swarm.h5", f"convert{next(number)}.xyz", f"--{flag}={value}"]
    for flag, value in itertools.product(["trajectories", "megabytes", "threads"], VALUES):
        yield ["report", "swarm.h5", f"--{flag}={value}", "-o", f"report{next(number)}.html"]
    for command, value in itertools.product(["train", "intersect", "mechanism", "sample"], VALUES):
        yield [command, f"{command if command != 'sample' else 'run'}.yaml", f"--threads={value}", "-q", "-o", f"threads{next(number)}.h5"]


def main():
    for kind, text in INPUTS.items():
        open(f"{kind}.yaml", "w").write(text.replace("@", kind))
    open("swarm.yaml", "w").write(f"model: '{ETHYLENE}'\ninitial: {{sampling: wigner, state: 1, trajectories: 5, seed: 1}}\n"
                                  "dynamics: {timestep: 0.25 fs, duration: 5 fs}\noutput: {file: swarm.h5, every: 1 fs}\n")
    subprocess.run([program, "run", "swarm.yaml", "-q", "-t", "1"], check=True, stdout=subprocess.DEVNULL)
    everything = list(cases())
    if "--count" in sys.argv:
        print(len(everything))
        return
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        faults = [fault for fault in pool.map(run, everything) if fault is not None]
    print("\n".join(faults[:40]))
    print(f"{len(everything)} commands, {len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
