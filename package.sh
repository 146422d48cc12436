#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Debian packages of this tree, in build-package/packages/: installs what is missing, builds with Debian's hardening flags, packs, and asks lintian if
# it is there.   ./package.sh [options of cmake, e.g. -DDIABOLO_MAINTAINER="Name <address>"]
set -eu
cd "$(dirname "$0")"

./setup.sh
for command in dpkg-buildflags dpkg-shlibdeps file help2man; do
  command -v "$command" >/dev/null || { echo "package.sh: no $command: apt-get install dpkg-dev file help2man" >&2; exit 1; }
done
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH DEB_BUILD_MAINT_OPTIONS=hardening=+all
flags() { dpkg-buildflags --get "$1"; }
rm -rf build-package/packages
mkdir -p build-package
log=build-package/package.log
cmake -S . -B build-package -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DBUILD_TESTING=OFF \
  -DCMAKE_C_FLAGS="$(flags CPPFLAGS) $(flags CFLAGS)" -DCMAKE_EXE_LINKER_FLAGS="$(flags LDFLAGS)" -DCMAKE_SHARED_LINKER_FLAGS="$(flags LDFLAGS)" "$@" >$log
cmake --build build-package >>$log || { cat $log >&2; exit 1; }
(umask 022 && cmake --build build-package --target package) >>$log 2>&1 || { cat $log >&2; exit 1; }
ls build-package/packages/*.deb
if command -v lintian >/dev/null; then
  lintian --fail-on error build-package/packages/*.deb
fi
