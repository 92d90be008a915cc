#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything `make test` does, in order; ends with the totals. Each stage is one build and one ctest run:
#   asan   every test under AddressSanitizer and UBSan (gcc)
#   tsan   what has threads, under ThreadSanitizer
#   clang  the whole tree compiles without a warning, as a release; unit tests pass, and what no sanitizer may stand
#          before; and a plain gcc release, whose programs are read
# Longer campaigns have their own targets: make sim, fuzz, mutants, faults, bench.
set -u
cd "$(dirname "$0")/.." || exit
jobs=$(nproc)
out=build/test
mkdir -p "$out"
rm -f "$out"/*.xml "$out"/*.log
began=$SECONDS
broken=0

say() { printf '\n== %s (%d s)\n' "$*" "$((SECONDS - began))"; }

build() { # preset
    say "build $1"
    cmake --preset "$1" >"$out/$1.configure.log" 2>&1 || { tail -20 "$out/$1.configure.log"; return 1; }
    cmake --build --preset "$1" -j "$jobs" >"$out/$1.build.log" 2>&1 || { grep -E 'error|warning' "$out/$1.build.log" | head -40; return 1; }
}

run() { # preset, name, ctest arguments...
    local preset=$1 name=$2
    shift 2
    say "test $name"
    ctest --test-dir "build/$preset" --output-on-failure --output-junit "$PWD/$out/$name.xml" -j "$jobs" "$@" | tee "$out/$name.log" |
        grep -vE '^(Internal ctest|Test project|UpdateCTest)|^ *Start '
    [ -s "$out/$name.xml" ] || broken=$((broken + 1))
}

export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1

if build asan; then run asan asan -LE plain_only; else broken=$((broken + 1)); fi
if build tsan; then run tsan tsan -L 'tsan'; else broken=$((broken + 1)); fi
if build clang; then run clang clang -L 'unit|plain|lint'; else broken=$((broken + 1)); fi

say "totals"
/usr/bin/python3 - "$broken" "$out"/*.xml <<'PY'
import sys, glob, re, xml.etree.ElementTree as ET
broken = int(sys.argv[1])
passed = failed = skipped = cases = 0
for path in sys.argv[2:]:
    for case in ET.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            passed += 1
            text = case.findtext("system-out") or ""
            cases += sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", text))
        elif status in ("disabled", "notrun"):
            skipped += 1
            why = [line for line in (case.findtext("system-out") or "").splitlines() if "skipped:" in line]
            print("skipped:", path.split("/")[-1][:-4], case.get("name"), *why[-1:])
        else:
            failed += 1
            print("failed:", path.split("/")[-1][:-4], case.get("name"))
if broken:
    print("stages that did not build or run:", broken)
failed += broken
print(f"test programs over all builds; {cases} cmocka cases inside them")
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
PY
