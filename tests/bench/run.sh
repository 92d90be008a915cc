#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make bench: build the bench programs, then alternate ours and the rivals (run.py). BENCH_QUICK=1 for a small run.
set -eu
cd "$(dirname "$0")/../.."
cmake --build "$1" --target bench -j "$(nproc)" >/dev/null
exec /usr/bin/python3 tests/bench/run.py "$1"
