#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# man.sh HELP2MAN PROGRAM VERSION FOLDER: the manual pages diabolo(1), diabolo-run(1), ..., compressed, from what --help prints.
set -eu
help2man=$1 program=$2 version=$3 folder=$4
tab=$(printf '\t')
rm -rf "$folder"
mkdir -p "$folder"

page() { # name on the page, words of the command, summary
  "$help2man" --no-info --section=1 --manual="Diabolo" --source="Diabolo $version" --version-string="$version" --name="$3" "$2" |
    sed -e "s/^\.TH .* \"1\" /.TH $(echo "$1" | tr '[:lower:]' '[:upper:]') \"1\" /" -e '/^\.SH NAME/{n;s/^.* \\- /'"$1"' \\- /;}' >"$folder/$1.1"
  test -s "$folder/$1.1"
  printf '.SH "SEE ALSO"\n%s\n' "$4" >>"$folder/$1.1"
  gzip -9n "$folder/$1.1"
}

commands=$("$program" __complete --commands)
all=$(echo "$commands" | while IFS="$tab" read -r name summary; do printf '.BR diabolo\\-%s (1),\n' "$name"; done)
page diabolo "$program" "excited\\-state dynamics with learned diabatic Hamiltonians" "$(echo "$all" | sed '$s/,$//')"
echo "$commands" | while IFS="$tab" read -r name summary; do
  first=$(printf '%s' "$summary" | cut -c1 | tr '[:upper:]' '[:lower:]')
  page "diabolo-$name" "$program $name" "$first$(printf '%s' "$summary" | cut -c2-)" ".BR diabolo (1)"
done
