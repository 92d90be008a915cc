#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The main job, shown: one night from a cadre's visit to the leader's total. `make demo` runs this.
#   demo.sh BUILD [--quiet]      BUILD holds daemon/bangfud and client/bangfu
# All work is done by night.py in a temporary directory that is removed at the end; the short path keeps the names of the
# Unix sockets within their 107 bytes. KEEP=1 leaves the directory for a look.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: demo.sh BUILD [--quiet]}
shift
build=$(cd "$build" && pwd)
run=$(mktemp -d "${TMPDIR:-/tmp}/bangfu-demo.XXXXXX")
clean() { if [ -n "${KEEP:-}" ]; then echo "kept: $run"; else rm -rf "$run"; fi; }
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# The shell stays the parent: when python ends, however it ends, no daemon it started may be left.
/usr/bin/python3 "$here/night.py" --build "$build" --run "$run" "$@"
