#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Plant each bug of mutants/table.py in a copy of the sources and demand that bfsim finds it.

usage: mutants.py [--seeds 2000] [--jobs N] [--only NAME]
The unchanged sources must pass the same seeds first. Exit 1 when one bug survives, or no longer applies.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE / "mutants"))
import table  # noqa: E402

# What bfsim is made of. protocol/ and storage/ are taken whole: a file there that bfsim does not use costs a second.
FOLDERS = ("protocol", "storage", "tests/sim")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-w", '-DBF_VERSION="0"']
WRAPS = re.findall(r"-Wl,[^\s)]+", (HERE / "CMakeLists.txt").read_text())
LIBRARIES = ["-lsodium", "-lzstd", "-lmsgpackc", "-llmdb"]
CATCH_SECONDS = 300
UNIHAN = next(str(p) for p in sorted(pathlib.Path("/usr/share/unicode").glob("Unihan_Readings.txt*")))


def run(command, **kwargs):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)


class Build:
    def __init__(self, scratch, jobs):
        self.scratch, self.jobs = scratch, jobs
        self.sources = [p.relative_to(ROOT) for f in FOLDERS for p in sorted((ROOT / f).glob("*.c"))]
        self.sources.append(pathlib.Path("tests/lib/rng.c"))
        for source in self.sources + [p.relative_to(ROOT) for f in FOLDERS + ("tests/lib",) for p in (ROOT / f).glob("*.h")]:
            (scratch / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, scratch / source)
        # Made at build time, as protocol/CMakeLists.txt does.
        table = pathlib.Path("protocol/pinyin_table.c")
        made = run([sys.executable, str(ROOT / "protocol/pinyin.py"), UNIHAN, str(scratch / table)])
        if made.returncode != 0:
            sys.exit(made.stdout)
        self.sources.append(table)

    def compile(self, source):
        out = self.scratch / (str(source) + ".o")
        done = run(["cc", *FLAGS, "-I", str(self.scratch), "-c", str(self.scratch / source), "-o", str(out)])
        return done.returncode, done.stdout

    def compile_all(self):
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            for source, (rc, text) in zip(self.sources, pool.map(self.compile, self.sources)):
                if rc != 0:
                    sys.exit(f"{source} does not compile:\n{text}")

    def link(self):
        objects = [str(self.scratch / (str(s) + ".o")) for s in self.sources]
        done = run(["cc", "-o", str(self.scratch / "bfsim"), *objects, *LIBRARIES, *WRAPS])
        if done.returncode != 0:
            sys.exit("bfsim does not link:\n" + done.stdout)

    def simulate(self, seeds):
        try:
            return run([str(self.scratch / "bfsim"), "--seeds", str(seeds), "--jobs", str(self.jobs), "--brief"],
                       timeout=CATCH_SECONDS)
        except subprocess.TimeoutExpired:
            return None


def plant(build, row):
    """Returns why it could not be planted, or None."""
    path = build.scratch / row[1]
    text = path.read_text()
    for old, new in table.edits(row):
        if text.count(old) != 1:
            return f"its text stands {text.count(old)} times in {row[1]}"
        text = text.replace(old, new)
    path.write_text(text)
    rc, output = build.compile(row[1])
    return f"does not compile: {output.splitlines()[0]}" if rc != 0 else None


def try_one(build, row, seeds):
    """Returns (caught, what to show)."""
    why = plant(build, row)
    if why:
        return False, "NOT APPLIED: " + why
    build.link()
    done = build.simulate(seeds)
    if done is None:
        return False, f"no verdict in {CATCH_SECONDS} s"
    if done.returncode == 0:
        return False, f"SURVIVED {seeds} seeds"
    found = re.search(r"FAILED seed=(\d+) step=(\d+) invariant=(\S+): (.*)", done.stdout)
    if not found:
        return False, "bfsim failed without a verdict: " + done.stdout[-200:]
    return True, f"{found[3]:7} seed {found[1]:>4} step {found[2]:>5}  {found[4][:80]}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=2000)
    arguments.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments.add_argument("--only")
    arguments.add_argument("--unchanged", action="store_true", help="also run the unchanged sources through all seeds")
    a = arguments.parse_args()
    began = time.monotonic()
    failed = 0
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="bfmutants.", dir=where) as scratch:
        build = Build(pathlib.Path(scratch), a.jobs)
        build.compile_all()
        build.link()
        if a.unchanged:
            done = build.simulate(a.seeds)
            if done is None or done.returncode != 0:
                sys.exit("the unchanged sources fail:\n" + (done.stdout if done else "no end"))
            print(f"unchanged: {done.stdout.strip().splitlines()[-1]}", flush=True)
        rows = [r for r in table.MUTANTS if a.only in (None, r[0])]
        for row in rows:
            t = time.monotonic()
            caught, text = try_one(build, row, a.seeds)
            failed += not caught
            print(f"{'caught' if caught else 'MISSED':6} {row[0]:34} {time.monotonic() - t:5.1f} s  {text}", flush=True)
            shutil.copy(ROOT / row[1], build.scratch / row[1])
            build.compile(row[1])
    print(f"{len(rows) - failed} of {len(rows)} planted bugs caught, {time.monotonic() - began:.0f} s")
    return 1 if failed or not rows else 0


sys.exit(main())
