#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diabolo report as a user meets it, without a browser: report.sh PROGRAM SOURCE_DIR. What the page must hold, the same bytes twice, swarms without
# geometries and of model systems, and everything that may be wrong. Exit status 77: h5py is missing.
. "$(dirname "$0")/common.bash"
need h5py numpy
has() { grep -qF -- "$2" "$1" || fail "$1 should hold '$2'"; }
lacks() { ! grep -qF -- "$2" "$1" || fail "$1 should not hold '$2'"; }

fly() {
    "$program" run "$source/examples/photochem/03_ethylene/ethylene.yaml" --quiet --set initial.trajectories=5 --set dynamics.timestep="0.25 fs" \
        --set dynamics.duration="5 fs" "$@" >/dev/null || fail "run $*"
}
fly --output swarm.h5
"$program" report swarm.h5 >out 2>err || fail "report: $(cat err)"
[ -f swarm.html ] || fail "without --output the page should be swarm.html"
grep -q "^swarm.html .* 5 of 5 trajectories" out || fail "what it says: $(cat out)"
"$program" report swarm.h5 -o again.html --threads 2 >/dev/null 2>&1
cmp -s swarm.html again.html || fail "the same swarm gives another page"
[ ! -e swarm.html.tmp ] || fail "swarm.html.tmp is left over"
has swarm.html 'name="viewport"'
has swarm.html '<svg class="plot"'
has swarm.html 'C<sub>2</sub>H<sub>4</sub>'
lacks swarm.html "$work" # says nothing of the place where it was made
lacks swarm.html '{{'
# Nothing is loaded: no src or href that leaves the page.
grep -oE '<(script|link|img|iframe)[^>]* (src|href)=[^>]*>' swarm.html && fail "the page loads something"

# Fewer trajectories in the player; the figures still count all.
"$program" report swarm.h5 -o two.html --trajectories 2 >out 2>err || fail "--trajectories: $(cat err)"
grep -q "2 of 5 trajectories" out || fail "--trajectories 2: $(cat out)"
has two.html '"shown": 2'
has two.html '<strong>5</strong><span>all count</span>'

# Names and inputs that would break out of a page without care.
evil='<b>"&amp;</script><script>alert(1)</script>.h5'
cp swarm.h5 ./"$(echo "$evil" | tr / _)" && "$program" report ./"$(echo "$evil" | tr / _)" -o evil.html >/dev/null 2>&1 || fail "a strange name"
lacks evil.html '<script>alert'
has evil.html '&lt;b&gt;&quot;&amp;amp;&lt;_script&gt;'
cp swarm.h5 strange.h5
"$python" -c 'import h5py; f = h5py.File("strange.h5", "r+"); f.attrs["resolved"] = "</script><script>alert(2)<!--<script>"; f.attrs["model_type"] = "<i>x"'
"$program" report strange.h5 -o strange.html >/dev/null 2>&1 || fail "a strange input"
lacks strange.html '<script>alert'
lacks strange.html '<i>x'
[ "$(grep -o '</script>' strange.html | wc -l)" = "$(grep -o '</script>' swarm.html | wc -l)" ] || fail "the input ends a script"

# No geometries, no atoms, no decay: a page all the same, which says what is missing.
fly --output lean.h5 --set output.trajectories=false
"$program" report lean.h5 >/dev/null 2>err || fail "lean: $(cat err)"
has err "holds no geometries"
has lean.html "holds no geometries"
"$program" run "$source/examples/photochem/01_tully/tully.yaml" --quiet --set initial.trajectories=20 --output tully.h5 >/dev/null || fail "run tully"
"$program" report tully.h5 >/dev/null 2>err || fail "tully: $(cat err)"
has tully.html "This is a model system"
make made.h5 --nan-every 50 --trajectories 200
"$program" report made.h5 >/dev/null 2>&1 || fail "a swarm of another hand"
has made.html "<strong>196</strong><span>of 200 count, 4 left out</span>"

# Intersections: those of another molecule are refused.
"$python" "$source/tests/report/synthetic_intersections.py" swarm.h5 points.h5 || fail "synthetic_intersections.py"
"$program" report swarm.h5 --intersections points.h5 -o with.html >/dev/null 2>&1 || fail "--intersections"
has with.html "S1/S0-1"
lacks with.html "<script>document.title"
cp points.h5 other.h5 && "$python" -c 'import h5py; h5py.File("other.h5", "r+")["molecule/numbers"][0] = 7'
must 2 "other.h5: the intersections are of" report swarm.h5 --intersections other.h5 -o no.html
must 2 "diabolo-swarm" report swarm.h5 --intersections swarm.h5 -o no.html
must 1 "none.h5" report swarm.h5 --intersections none.h5 -o no.html

# The mechanism: that of another swarm is refused.
printf 'swarm: swarm.h5\ncoordinates: [{name: "</script>", coordinate: distance 0 1}]\n' >mechanism.yaml
"$program" mechanism mechanism.yaml --quiet >/dev/null || fail "mechanism"
"$program" report swarm.h5 --mechanism mechanism.h5 -o with.html >/dev/null 2>&1 || fail "--mechanism"
has with.html '"coordinate": "distance 0 1"'
has with.html '"\u003c/script>"'
must 2 "another swarm" report tully.h5 --mechanism mechanism.h5 -o no.html
must 2 "diabolo-mechanism" report swarm.h5 --mechanism points.h5 -o no.html
must 1 "none.h5" report swarm.h5 --mechanism none.h5 -o no.html

# The analysis: its input's mistakes are told with their place, and what only a swarm has is refused for exact dynamics.
cat >analysis.yaml <<'END'
groups: {excited: [1, 2]}
schemes: [{scheme: "excited -> S0"}]
END
"$program" report swarm.h5 --analysis analysis.yaml --scheme "S1 -> S0" --quiet -o with.html >/dev/null 2>err || fail "--analysis: $(cat err)"
[ ! -s err ] || fail "--quiet is not: $(cat err)"
has with.html '"scheme": "excited -> S0"'
has with.html '"scheme": "S1 -> S0"'
lacks swarm.html '"schemes": ['
has swarm.html '"decay_models": ['
printf 'schemes: [{scheme: "S1 -> S9"}]\n' >wrong.yaml
must 2 "wrong.yaml:1" report swarm.h5 --analysis wrong.yaml -o no.html
must 2 "--scheme" report swarm.h5 --scheme "S1 -> nothing" -o no.html
must 1 "none.yaml" report swarm.h5 --analysis none.yaml -o no.html
must 2 "overwrite" report swarm.h5 --analysis analysis.yaml -o analysis.yaml
# The doctor's tests are those of the swarm's model, or refused.
"$python" -c 'import h5py, json; json.dump(dict(verdict="pass", summary="pass", model_digest=h5py.File("swarm.h5").attrs["model_digest"], tests=[]), open("check.json", "w"))'
"$program" report swarm.h5 --check check.json -o with.html >/dev/null 2>&1 || fail "--check"
has with.html "<dt>Check of the model</dt><dd><strong>passed</strong>"
has swarm.html "<dt>Check of the model</dt><dd><strong>passed</strong>" # the shipped network's own verdict
"$python" -c 'import h5py, shutil; shutil.copy("swarm.h5", "nobody.h5"); del h5py.File("nobody.h5", "r+").attrs["model_note"]'
"$program" report nobody.h5 >/dev/null 2>&1 || fail "a model that nobody has examined"
has nobody.html "<dt>Check of the model</dt><dd><strong>not examined</strong>"
must 2 "SHA-256" report tully.h5 --check check.json -o no.html
must 2 "diabolo check MODEL" report swarm.h5 --check analysis.yaml -o no.html
must 1 "none.json" report swarm.h5 --check none.json -o no.html

# What may be wrong. A page that is there stays as it is.
kept='<meta name="generator" content="diabolo report"> kept' # one of its own; others are never replaced: outputs.sh
echo "$kept" >no.html
must 2 "SWARM.h5" report
must 1 "none.h5" report none.h5 -o no.html
head -c 20000 swarm.h5 >half.h5
must 1 "half.h5" report half.h5 -o no.html
must 2 "diabolo-intersections" report points.h5 -o no.html
must 2 "--trajectories" report swarm.h5 --trajectories -1 -o no.html
must 2 "--megabytes" report swarm.h5 --megabytes 0 -o no.html
must 2 "overwrite" report swarm.h5 -o ./swarm.h5
must 1 "cannot write" report swarm.h5 -o nowhere/page.html
must 2 "folder" report swarm.h5 -o "$work"
cp swarm.h5 odd.h5 && "$python" -c 'import h5py; f = h5py.File("odd.h5", "r+"); f["molecule/numbers"][2] = 777'
must 1 "777" report odd.h5 -o no.html
cp swarm.h5 flat.h5 && "$python" -c 'import h5py; f = h5py.File("flat.h5", "r+"); x = f["trajectories/position"][:, :, :, 0]; del f["trajectories/position"]; f["trajectories/position"] = x'
must 2 "trajectories/position" report flat.h5 -o no.html
[ "$(cat no.html)" = "$kept" ] || fail "a failed report harmed the page that was there"
[ ! -e no.html.tmp ] || fail "no.html.tmp is left over"
ln -s /dev/full full.html.tmp 2>/dev/null && must 1 "symbolic link" report swarm.h5 -o full.html # never written through
[ ! -e full.html ] || fail "a link in the way leaves a page"
