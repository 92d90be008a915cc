#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh -- the Debian package of the tree as it stands, in WORK; lintian must find nothing, not even of the least kind.
#
# Usage: build.sh WORK
set -eu
cd "$(dirname "$0")/../.."
rm -rf "$1"
mkdir -p "$1/bangfu"
work=$(cd "$1" && pwd)
version=$(sed -nE 's/^project\(bangfu VERSION ([0-9.]+) .*/\1/p' CMakeLists.txt)
[ "$(dpkg-parsechangelog -S Version)" = "$version" ] ||
    { echo "debian/changelog and CMakeLists.txt name different versions"; exit 1; }
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' path; do
    [ ! -e "$path" ] || printf '%s\0' "$path"
done | xargs -0 cp --parents -t "$work/bangfu"
(cd "$work/bangfu" && dpkg-buildpackage --build=binary --no-sign >"$work/build.log" 2>&1) ||
    { tail -30 "$work/build.log"; exit 1; }
! grep -A6 'warning:' "$work/build.log" || exit 1
BF_BUILD=$(dirname "$(dirname "$(find "$work/bangfu" -path '*/daemon/bangfud' -type f)")") /usr/bin/python3 tests/release/programs.py
cd "$work"
lintian --display-info --pedantic --fail-on error,warning,info,pedantic --allow-root ./*.changes
ls ./*.deb
