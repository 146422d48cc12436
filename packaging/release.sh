#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The archive of a commit with its SHA-256 sum: the same commit gives the same bytes anywhere. What git does not track is not in it.
#   packaging/release.sh [COMMIT [FOLDER]]      (HEAD, and release/ in the source tree)
set -eu
cd "$(dirname "$0")/.."
commit=$(git rev-parse --verify --short=12 "${1:-HEAD}^{commit}")
folder=${2:-release}
version=$(git show "$commit:CMakeLists.txt" | sed -n 's/^project(diabolo VERSION \([0-9.]*\).*/\1/p')
[ -n "$version" ] || { echo "release.sh: no version in CMakeLists.txt of $commit" >&2; exit 1; }
if [ -z "${1:-}" ] && [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  echo "release.sh: there are changes that are not committed: they would not be in the archive" >&2
  exit 1
fi
mkdir -p "$folder"
name=diabolo-$version.tar.gz
git -c tar.umask=0022 -c tar.tar.gz.command="gzip -9n" archive --format=tar.gz --prefix="diabolo-$version/" --output="$(realpath "$folder")/$name" "$commit"
(cd "$folder" && sha256sum "$name" >"$name.sha256" && sha256sum --check --quiet "$name.sha256")
echo "$folder/$name: commit $commit, sum $(cut -c1-64 "$folder/$name.sha256")"
