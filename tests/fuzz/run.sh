#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make fuzz: libFuzzer on every target for FUZZ_SECONDS (60) each; prints executions. What it finds
# new stays in the build directory; a crash is kept there too and named. usage: run.sh BUILD_DIR
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?build directory}
seconds=${FUZZ_SECONDS:-60}
failed=0
printf '%-10s %12s %10s %8s  %s\n' target execs per-second edges result
for path in "$build"/tests/fuzz/fuzz_*; do
    if [ ! -x "$path" ] || [ ! -f "$path" ]; then continue; fi
    name=${path##*/fuzz_}
    found="$build/fuzz-corpus/$name"
    mkdir -p "$found"
    log="$build/fuzz-$name.log"
    "$path" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$build/fuzz-$name-" "$found" "$here/corpus/$name" >"$log" 2>&1
    rc=$?
    execs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)
    result=ok
    [ $rc -eq 0 ] || { result="FAILED, see $log"; failed=1; }
    printf '%-10s %12s %10s %8s  %s\n' "$name" "${execs:-?}" "${rate:-?}" "${edges:-?}" "$result"
done
exit $failed
