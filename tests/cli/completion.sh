#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion by bash as a user at a prompt has it (cmake/diabolo.bash), and `diabolo plot`.   completion.sh PROGRAM SOURCE_DIR
set -u
# shellcheck source=tests/cli/common.bash
. "$(dirname "$0")/common.bash"

# shellcheck disable=SC1091
. "$source/cmake/diabolo.bash"
PATH=$(dirname "$program"):$PATH
touch swarm.h5 input.yaml other.yml notes.txt
mkdir folder

# What bash makes of a line up to the cursor: split at blanks, and at '=' and ':' as readline does.
complete_line() {
    local line=$1 word
    COMP_WORDS=()
    for word in $(sed 's/[=:]/ & /g' <<<"$line"); do COMP_WORDS+=("$word"); done
    case $line in *[\ =:]) COMP_WORDS+=("") ;; esac
    COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line}
    _diabolo
    found=$(printf '%s\n' "${COMPREPLY[@]-}" | sort)
}
gives() { # line, all that it completes to
    complete_line "$1"
    local line=$1
    shift
    [ "$found" = "$(printf '%s\n' "$@" | sort)" ] || fail "'$line' gives: $(tr '\n' ' ' <<<"$found"); expected $*"
}
offers() { # line, some of what it completes to
    complete_line "$1"
    local line=$1 word
    shift
    for word; do grep -qxF -- "$word" <<<"$found" || fail "'$line' does not give '$word' but: $(tr '\n' ' ' <<<"$found")"; done
}

# Commands: those that --help lists, no more, no less.
complete_line "diabolo "
[ "$found" = "$("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)" ] || fail "commands: $found"
gives "diabolo ru" run
offers "diabolo --v" --version

# Options: each that --help of any command lists, and no other.
"$program" __complete --commands | cut -f1 >commands
[ "$(wc -l <commands)" -gt 15 ] || fail "commands"
while read -r command; do
    complete_line "diabolo $command --"
    [ "$found" = "$("$program" "$command" --help | grep -oE '^ +(-[a-zA-Z?], )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sort)" ] || fail "options of $command: $found"
done <commands

# Files by the endings that a word takes.
gives "diabolo run " folder/ input.yaml other.yml
gives "diabolo analyse " folder/ swarm.h5
gives "diabolo run --threads 2 -q in" input.yaml
gives "diabolo run --output n" notes.txt
gives "diabolo report swarm.h5 --exact " folder/ swarm.h5
gives "diabolo check sw" swarm.h5

# Keys of --set and their words, of the types of a block too; every key of the template is there.
offers "diabolo run --set " model= initial. dynamics. output.
offers "diabolo run --set dynamics." dynamics.method= dynamics.timestep= dynamics.decoherence. dynamics.adjust=
gives "diabolo run --set dynamics.method=" $("$program" info | sed -n '/^Hopping methods/,/^$/s/^  \([a-z_]*\) .*/\1/p')
gives "diabolo run --set dynamics.adjust=g" gradient_difference
gives "diabolo run --set initial.sampling=" wigner husimi boltzmann fixed file
gives "diabolo run --set dynamics.decoherence.method=" $("$program" info | sed -n '/^Decoherence methods/,/^$/s/^  \([a-z_]*\) .*/\1/p')
gives "diabolo run --set model=in" input.yaml
offers "diabolo run --set model.ty" model.type=
offers "diabolo run --set model.type=tu" tully
"$program" init run | grep -oE '^  (# )?[a-z_]+:' | tr -d ' #:' | sort -u >keys # of the first level of all blocks
for block in initial dynamics output; do complete_line "diabolo run --set $block." && printf '%s\n' "$found"; done | sed 's/^[a-z]*\.//; s/[.=]$//' | sort -u >offered
[ "$(wc -l <keys)" -gt 30 ] || fail "keys of the template: $(wc -l <keys)"
missing=$(comm -23 keys offered)
[ -z "$missing" ] || fail "keys that are not offered: $missing"

# Names.
gives "diabolo info landau" landau_zener
gives "diabolo init ru" run
offers "diabolo init run pyr" pyrazine3 pyrazine24
offers "diabolo certify tully-1" tully-1-k8
gives "diabolo nonsense " ""
gives "diabolo nonsense --" ""

# The program's own words are no command for users.
"$program" --help | grep -q __complete && fail "__complete is among the commands"

# ---- diabolo plot ----------------------------------------------------------------------------------------------------
[ -z "${DIABOLO_PRELOAD-}" ] || export LD_PRELOAD="$DIABOLO_PRELOAD" ASAN_OPTIONS=detect_leaks=0 # Python loads the library
"$program" plot >list || fail "diabolo plot"
for script in "$source"/analysis/*.py; do
    name=$(basename "$script" .py)
    if head -n 1 "$script" | grep -q '^#!'; then
        grep -qE "^$name +[A-Z].{9}" list || fail "plot does not list $name with what it does"
    else
        grep -q "^$name " list && fail "plot lists $name, which is no program"
    fi
done
[ "$("$program" plot __ 2>&1)" = "error: there is no script '__'; \`diabolo plot\` lists them" ] || fail "an unknown script"
"$program" plot populatons 2>&1 | grep -q "did you mean 'populations'" || fail "a name spelled wrongly"
"$program" plot __ >/dev/null 2>&1
[ $? = 2 ] || fail "the status of an unknown script"
gives "diabolo plot popul" populations
# What follows the name is the script's, --help and wrong options too, and its exit status.
printf '#!/bin/sh\nprintf "%%s\\n" "$@" "$DIABOLO"\nexit 7\n' >python3
chmod +x python3
env -u DIABOLO DIABOLO_PYTHON="$PWD/python3" "$program" plot hop_gaps.py --help -x "a b" >said
[ $? = 7 ] || fail "the status of a script"
folder=$(sed -n 1p said)
[ "$(basename "$folder")" = hop_gaps.py ] && [ -f "$folder" ] || fail "the script: $folder"
[ "$(tail -n +2 said)" = "$(printf '%s\n' --help -x "a b" "$(readlink -f "$program")")" ] || fail "arguments of a script: $(cat said)"
DIABOLO_PYTHON=/nowhere "$program" plot hop_gaps 2>&1 | grep -q "/nowhere: cannot be started" || fail "no Python"
if /usr/bin/python3 -c 'import h5py, matplotlib' 2>/dev/null; then
    env -u VIRTUAL_ENV -u CONDA_PREFIX "$program" plot certificate --help >help 2>err || case $(cat err) in *anitizer*) ;; *) fail "plot certificate --help: $(cat err)" ;; esac
fi
# In an installed tree.
mkdir -p tree/bin tree/share/diabolo
cp "$program" tree/bin/diabolo
tree/bin/diabolo plot 2>&1 | grep -q "the scripts are not here" || fail "no scripts"
ln -s "$source/analysis" tree/share/diabolo/analysis
tree/bin/diabolo plot | cmp - list || fail "scripts of an installed tree"
