#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tidy.py -- clang-tidy finds nothing in the four folders that is not known: tidy.known counts what is, by file and check.

Usage: tidy.py BUILD [--write]   (BUILD has compile_commands.json)
A count that grows fails. One that shrinks must be written down (--write), so that it cannot grow again. An entry is not approval: it is
either a limit of the tool (a store that hands a value out by pointer is "uninitialized" to it) or waits for somebody's time.
"""
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KNOWN = Path(__file__).with_name("tidy.known")
HEAD = "# Made by tests/lint/tidy.py BUILD --write: how often, where, which check of .clang-tidy.\n"


def findings(build, source):
    done = subprocess.run(["clang-tidy", "-p", build, "--quiet", source], capture_output=True, text=True, check=False, cwd=ROOT)
    found = re.findall(r"^(\S+?):(\d+):(\d+): (?:warning|error): (.*) \[([a-z][\w.,-]+)\]$", done.stdout, re.M | re.I)
    assert done.returncode == 0 or found, f"{source}: {done.stdout}{done.stderr}"
    return {(os.path.relpath(path, ROOT), check, line, column, text) for path, line, column, text, check in found}


def main():
    build, write = sys.argv[1], "--write" in sys.argv
    sources = [str(p.relative_to(ROOT)) for part in ("protocol", "storage", "daemon", "client") for p in sorted((ROOT / part).glob("*.c"))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = set().union(*pool.map(lambda source: findings(build, source), sources))
    now = collections.Counter((path, check) for path, check, *_ in found)
    if write:
        KNOWN.write_text(HEAD + "".join(f"{now[k]} {k[0]} {k[1]}\n" for k in sorted(now)))
    rows = [line.split() for line in KNOWN.read_text().splitlines() if not line.startswith("#")]
    known = collections.Counter({(path, check): int(count) for count, path, check in rows})
    wrong = 0
    for key in sorted(now - known):
        wrong += 1
        print(f"{key[0]}: {known[key]} known of {key[1]}, now {now[key]}:")
        print("".join(f"  {path}:{line}:{column}: {text}\n" for path, check, line, column, text in sorted(found) if (path, check) == key), end="")
    for key in sorted(known - now):
        wrong += 1
        print(f"{key[0]}: fewer of {key[1]}, {now[key]} instead of {known[key]}: write it down with --write")
    print(f"clang-tidy: {len(sources)} sources, {sum(now.values())} findings, {sum(known.values())} known")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
