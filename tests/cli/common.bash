# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of the command line share; sourced, with their arguments PROGRAM SOURCE_DIR. A scratch folder to work in; failures are counted, and
# the exit status tells whether there was one.
#   need MODULE...                skips the test (77) without these modules of Python
#   must STATUS TEXT ARGUMENT...  the program ends so, and says TEXT on stderr without a word on stdout
#   run STATUS ARGUMENT...        the program ends so; then out_has, err_has, out_lacks REGEX
#   make ARGUMENT...              synthetic_swarm.py
#   same_swarm A.h5 B.h5 [NAME]   every data set and attribute is bitwise the same but for the text of the input; A alone has attribute NAME
set -u
program=${1:-$DIABOLO} source=${2:-$SOURCE_DIR} python=${PYTHON:-/usr/bin/python3} failures=0 said=""
work=$(mktemp -d) && cd "$work" || exit 1
trap 'status=$?; rm -rf "$work"; [ $status = 0 ] && exit $((failures > 0)); exit $status' EXIT

fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}
need() { "$python" -c "import $(IFS=,; echo "$*")" 2>/dev/null || exit 77; }
must() {
    local status=$1 text=$2 found=0
    shift 2
    "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || found=$?
    [ "$found" = "$status" ] || fail "diabolo $*: exit status $found, expected $status: $(cat "$work/err")"
    grep -qF -- "$text" "$work/err" || fail "diabolo $*: stderr should say '$text': $(cat "$work/err")"
    [ "$status" = 0 ] || [ ! -s "$work/out" ] || fail "diabolo $*: an error, and yet something on stdout"
}
run() {
    local expected=$1 status=0
    shift
    said="diabolo $*"
    "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" -eq "$expected" ] || fail "$said: status $status, expected $expected: $(cat "$work/err")"
    [ "$status" -eq 0 ] || [ -s "$work/err" ] || fail "$said: failed without a word"
}
out_has() { grep -Eq -- "$1" "$work/out" || fail "$said: stdout lacks '$1': $(cat "$work/out")"; }
err_has() { grep -Eq -- "$1" "$work/err" || fail "$said: stderr lacks '$1': $(cat "$work/err")"; }
out_lacks() { ! grep -Eq -- "$1" "$work/out" || fail "$said: stdout has '$1'"; }
make() { "$python" "$source/tests/cli/synthetic_swarm.py" "$@" || fail "synthetic_swarm.py $*"; }
thin_data() { # IN OUT: every tenth point of a data set: the same molecule, in a tenth of the time
    "$python" - "$1" "$2" <<'END' || fail "thin_data $*"
import sys, h5py
with h5py.File(sys.argv[1]) as f, h5py.File(sys.argv[2], "w") as out:
    out.attrs.update(f.attrs)
    n = len(f["energies"])
    for name, item in f.items():
        if isinstance(item, h5py.Dataset):
            out[name] = item[()][::10] if item.shape[:1] == (n,) else item[()]
            out[name].attrs.update(item.attrs)
END
}
same_swarm() {
    "$python" - "$@" <<'END' || fail "$1 is not as $2"
import sys, h5py
with h5py.File(sys.argv[1]) as a, h5py.File(sys.argv[2]) as b:
    names = [[], []]
    for f, found in zip((a, b), names):
        f.visititems(lambda key, item: found.append(key) if isinstance(item, h5py.Dataset) else None)
    assert names[0] == names[1] and len(names[0]) > 30, names
    for key in names[0]:
        assert a[key][()].tobytes() == b[key][()].tobytes(), key
    assert set(a.attrs) - set(b.attrs) == set(sys.argv[3:]) and set(b.attrs) <= set(a.attrs), (set(a.attrs), set(b.attrs))
    for key in set(b.attrs) - {"input", "input_path"}:
        assert a.attrs[key] == b.attrs[key], key
END
}

# bytes PATTERN: of the files that there are by now.
# shellcheck disable=SC2086
bytes() { cat $1 2>"$work/cat_err" | wc -c; }
# wait_for_growth PID BYTES PATTERN: until the process has written so that these files have more bytes than that, or has ended.
wait_for_growth() { while kill -0 "$1" 2>"$work/kill_err" && [ "$(bytes "$3")" -le "$2" ]; do sleep 0.01; done; }
