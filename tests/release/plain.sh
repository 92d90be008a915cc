#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plain.sh -- what somebody gets who knows nothing of our presets: cmake -DCMAKE_BUILD_TYPE=Release, no option of ours, no
# cmocka. It builds without a warning at -O3, and what comes out is fit to be handed out (programs.py).
#
# Usage: plain.sh SOURCE BUILD CC
set -eu
source=$1
build=$2
here=$(dirname "$0")
cmake -S "$source" -B "$build" -DCMAKE_C_COMPILER="$3" -DCMAKE_BUILD_TYPE=Release -DBF_TESTS=OFF >"$build.log" 2>&1 ||
    { tail -20 "$build.log"; exit 1; }
if grep -q -- -Werror "$build/compile_commands.json"; then
    echo "plain.sh: a warning of the next compiler would keep people from building"
    exit 1
fi
# From the beginning: what is up to date is not compiled again, and would not warn again.
cmake --build "$build" --clean-first -j "$(nproc)" >"$build.log" 2>&1 || { grep -A4 'error' "$build.log" | head -40; exit 1; }
if grep -A6 'warning:' "$build.log"; then
    echo "plain.sh: a plain Release build warns"
    exit 1
fi
BF_BUILD=$build exec /usr/bin/python3 "$here/programs.py"
