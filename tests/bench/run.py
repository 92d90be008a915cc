#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run.py BUILD -- ours and the rivals in alternation on this machine, as a table and as build/bench/results.json.

Each figure is the median of PAIRS runs; a row names its rival or limit from the same run, the ratio, and the floor
that must hold. Exit 1 when a floor is missed. BENCH_QUICK=1 makes the work smaller. Rows are those of the performance
goals: README.md in this folder says what each means.
"""
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
from pg import Pg, SINGLE, copy_file, insert_file  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
QUICK = os.environ.get("BENCH_QUICK") == "1"
PAIRS = 1 if QUICK else 3
SINGLES = 1500 if QUICK else 6000
INGEST = 100_000 if QUICK else 300_000
SESSIONS = 300 if QUICK else 1000
MILLION = 1_000_000  # what row 7 is asked at, in a quick run too
ASKS = 500 if QUICK else 3000
POUCH_SESSIONS = 10 if QUICK else 30
DISK = next((l.split()[2] for l in open("/proc/diskstats") if l.split()[2] in ("vda", "sda", "nvme0n1")), None)

FILL_STATIONS = MILLION // 200
work = tempfile.mkdtemp(prefix="bfbench.", dir="/var/tmp")
results, misses = [], []


def bench(name, *args):
    out = subprocess.run([os.path.join(BUILD, "tests/bench/bench_" + name), *map(str, args)], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def disk_bytes():
    os.sync()
    for line in open("/proc/diskstats"):
        c = line.split()
        if c[2] == DISK:
            return int(c[9]) * 512
    return 0


def row(number, what, ours, rival_name, rival, unit, floor, better="more", note=""):
    ratio = ours / rival if rival else 0.0
    ok = floor is None or (ratio >= floor if better == "more" else ratio <= floor)
    results.append(dict(row=number, what=what, ours=ours, unit=unit, rival=rival_name, rival_value=rival, ratio=ratio, floor=floor,
                        better=better, ok=ok, note=note))
    if not ok:
        misses.append(f"row {number}: {what}")
    floor_text = "" if floor is None else ("≥" if better == "more" else "≤") + f" {floor:g}x"
    print(f"{number:>4}  {what:<58} {ours:>12,.1f} {unit:<9} {rival_name:<44} {rival:>12,.1f} {ratio:>8.2f}x {floor_text:<8} "
          f"{'' if floor is None else 'ok' if ok else 'MISSED'} {note}", flush=True)


def node_modules(*packages):
    """Where the npm packages of a rival are; they are installed once a run. None: they cannot be had, and the run says so."""
    def has(folder):
        return all(os.path.isdir(os.path.join(folder, p.rsplit("@", 1)[0] if "@" in p[1:] else p)) for p in packages)
    given, modules = os.environ.get("BENCH_NODE_PATH"), os.path.join(work, "node", "node_modules")
    if given and has(given):
        return given
    if has(modules):
        return modules
    os.makedirs(os.path.dirname(modules), exist_ok=True)
    try:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *packages], cwd=os.path.dirname(modules), capture_output=True,
                       timeout=240, check=True)
        return modules
    except (OSError, subprocess.SubprocessError) as e:
        print(f"{' '.join(packages)} cannot be had: {e}")
        return None


def pouch(rows):
    """Rows 2, 10, 12: the same sessions by PouchDB. None when it cannot be had."""
    modules = node_modules("pouchdb@9", "express-pouchdb@4", "express@4")
    if modules is None:
        return None
    runs = []
    for i in range(PAIRS):
        place = os.path.join(work, f"pouch{i}")
        os.makedirs(place)
        out = subprocess.run(["node", os.path.join(HERE, "pouch.js"), rows, str(POUCH_SESSIONS), "200", place],
                             env=dict(os.environ, NODE_PATH=modules), capture_output=True, text=True, timeout=600)
        shutil.rmtree(place)
        if out.returncode != 0:
            print("PouchDB failed: " + out.stderr.strip()[-300:])
            return None
        runs.append(json.loads(out.stdout))
    return {k: median([r[k] for r in runs]) for k in runs[0]}


def median(values):
    return statistics.median(values)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Node:
    """A real bangfud process."""

    def __init__(self, name, *args):
        self.dir = os.path.join(work, name)
        os.makedirs(self.dir, mode=0o700, exist_ok=True)
        self.args = list(args)
        self.start()

    def start(self):
        self.log = open(os.path.join(self.dir, "log"), "ab")
        self.process = subprocess.Popen([os.path.join(BUILD, "daemon/bangfud"), "--dir", self.dir, *self.args], stderr=self.log)
        for _ in range(400):
            if subprocess.run([CLI, "--dir", self.dir, "status"], capture_output=True).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"bench: {self.dir}: bangfud did not start; see its log: " + open(self.log.name).read()[-2000:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def ask(self, *args):
        out = subprocess.run([CLI, "--dir", self.dir, "--format", "json", *args], capture_output=True, text=True)
        if out.returncode != 0:
            sys.exit(f"bench: bangfu {' '.join(args)}: {out.stderr}")
        return json.loads(out.stdout) if out.stdout.strip() else {}

    def socket(self):
        return os.path.join(self.dir, "bangfu.sock")

    def rss_anon_mb(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_s(self):
        c = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(c[11]) + int(c[12])) / os.sysconf("SC_CLK_TCK")


CLI = os.path.join(BUILD, "client/bangfu")


def machine():
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    m = dict(cpu=model, cores=os.cpu_count(), kernel=os.uname().release, disk=DISK, work=work, pairs=PAIRS, quick=QUICK)
    print("machine:", ", ".join(f"{k} {v}" for k, v in m.items()))
    return m


def limits():
    v = bench("limits", work)
    print("limits: " + ", ".join(f"{k} {n:,.0f}" for k, n in v.items()))
    print(f"\n{'row':>4}  {'what':<58} {'ours':>12} {'unit':<9} {'rival or limit':<44} {'its value':>12} {'ratio':>9} floor")
    return v


def single_entries(limit, pg, rows, rival):
    """Row 17 and a part of row 4: one durable entry after another at a station, through its socket."""
    hub = Node("hub0", "--role", "hub", "--division", "150000000000", "--listen-host", "127.0.0.1", "--listen-port", str(free_port()))
    hub.ask("places", os.path.join(ROOT, "data/divisions-15.csv"), "--edition", "2023")
    token = hub.ask("token", "--division", "150722100201", "--role", "village")["token"]
    station = Node("station0")
    station.ask("enrol", token)
    time.sleep(1)
    idle = station.rss_anon_mb()
    one, many, lite, pgs = [], [], [], []
    single = os.path.join(pg.dir, "single.pgb")
    open(single, "w").write(SINGLE)
    pg.sql("create sequence s cache 100")
    for _ in range(PAIRS):
        one.append(bench("sock", "log", station.socket(), SINGLES, 1, "150722100201")["rate"])
        lite.append(bench("rival_sqlite", SINGLES, 1, rows, os.path.join(work, "s.db"))["rate"])
        many.append(bench("sock", "log", station.socket(), SINGLES * 4, 16, "150722100201")["rate"])
        pg.reset()
        out = subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", "3" if QUICK else "6", "-f", single, "postgres"],
                             env=pg.env, capture_output=True, text=True, check=True).stdout
        pgs.append(float(next(l for l in out.splitlines() if l.startswith("tps")).split()[2]))
    row("17", "station: durable single entries, one client", median(one), "SQLite WAL FULL, 1 row/txn", median(lite), "/s", 0.8)
    row("17", "  the same", median(one), "fdatasync of 4 KiB", limit["fdatasync_per_s"], "/s", None)
    row("17", "station: durable single entries, 16 clients", median(many), "PostgreSQL single rows, 16 clients", median(pgs), "/s", None)
    result = station.ask("sync")
    row("14", "station daemon RssAnon, idle after enrolment", idle, "floor of the goals: 16 MB", 16.0, "MB", 1.0, "less")
    row("14", f"station daemon RssAnon, after {result.get('entries', 0):,} entries logged and synced", station.rss_anon_mb(),
        "floor of the goals: 32 MB", 32.0, "MB", 1.0, "less")
    again = station.ask("sync")
    row("12", "nothing new: application bytes", again["app_in"] + again["app_out"], "floor of the goals: 300 B", 300.0, "B", 1.0, "less")
    row("12", "nothing new: round trips", again["round_trips"], "floor of the goals: 1", 1.0, "", 1.0, "less")
    if rival:
        row("12", "  the same, bytes", again["app_in"] + again["app_out"], "PouchDB, without TLS", rival["nothing_bytes"], "B", None, "less",
            f"requests {rival['nothing_requests']:.0f}")
    station.stop()
    hub.stop()
    return median(pgs)


def ingest(pg, rows, singles):
    """Rows 3, 4, 5: one stream of 500-entry frames into the hub's half, durable, with chain, tally and indexes."""
    ours, copy, insert, lite, disk = [], [], [], [], []
    copy_path, insert_path = os.path.join(pg.dir, "copy.sql"), os.path.join(pg.dir, "insert.sql")
    copy_file(rows, copy_path, 500, INGEST)
    insert_file(rows, insert_path, 500, INGEST // 3)
    last = {}
    for _ in range(PAIRS):
        shutil.rmtree(os.path.join(work, "ingest"), ignore_errors=True)
        before = disk_bytes()
        last = bench("ingest", os.path.join(work, "ingest"), INGEST, 500)
        disk.append((disk_bytes() - before) / INGEST)
        ours.append(last["rate"])
        pg.reset()
        copy.append(INGEST / pg.feed(copy_path))
        pg.reset()
        insert.append((INGEST // 3) / pg.feed(insert_path))
        lite.append(bench("rival_sqlite", INGEST // 3, 500, rows, os.path.join(work, "s.db"))["rate"])
    mine = median(ours)
    note = f"cpu {last['cpu_s'] / INGEST * 1e6:.1f} us/entry, disk {median(disk):,.0f} B/entry, file {last['file_bytes'] / INGEST:,.0f} B/entry"
    row("3", "hub ingest: one stream, 500 a frame, chain + tally + indexes", mine, "PostgreSQL COPY 500, 1 client, indexes only", median(copy), "/s", 0.8, note=note)
    row("4", "  the same", mine, "PostgreSQL INSERT 500, 1 client", median(insert), "/s", 2)
    row("4", "  the same", mine, "PostgreSQL single rows, 16 clients", singles, "/s", 6)
    row("5", "  the same", mine, "SQLite WAL FULL, 500 a txn", median(lite), "/s", None)
    row("11", "bytes of a packed batch per entry", last["packed_bytes"] / INGEST, "zstd -1 of all the entries in one piece", last["piece_bytes"] / INGEST, "B",
        1.3, "less", f"the entries' own {last['raw_bytes'] / INGEST:.0f} B")


def village_pattern(pg, rows, rival):
    """Rows 1 and 10: each session a new mutual-TLS connection with 200 entries; then one station's long stream and 64 at once."""
    port = free_port()
    args = ("--role", "hub", "--division", "150000000000", "--listen-host", "127.0.0.1", "--listen-port", str(port))
    hub = Node("hub1", *args)
    hub.ask("places", os.path.join(ROOT, "data/divisions-15.csv"), "--edition", "2023")
    hub.stop()
    bench("load", "enrol", hub.dir, SESSIONS * PAIRS + 70 + FILL_STATIONS)
    hub.start()
    ours, theirs, cpu_hub, cpu_load, wire = [], [], [], [], []
    for i in range(PAIRS):
        cpu = hub.cpu_s()
        r = bench("load", "run", hub.dir, port, SESSIONS, 200, 64, SESSIONS * i)
        ours.append(r["rate"])
        cpu_hub.append((hub.cpu_s() - cpu) / SESSIONS * 1e3)
        cpu_load.append(r["cpu_s"] / SESSIONS * 1e3)
        wire.append((r["tcp_in"] + r["tcp_out"]) / r["acked"])
        pg.reset()
        theirs.append(bench("rival_pg_sessions", pg.conninfo(), rows, SESSIONS if QUICK else 500, 4, 200)["rate"])
    row("1", "sessions, each new mutual TLS + 200 entries, durable", median(ours), "PostgreSQL TLS + COPY 200, 4 at a time", median(theirs), "/s", 1.5,
        note=f"cpu a session: hub {median(cpu_hub):.2f} ms, stations {median(cpu_load):.2f} ms")
    if rival:
        row("2", "  the same", median(ours), "PouchDB, no TLS, no fsync, 4 at a time", rival["sessions_per_s"], "/s", 15)
        row("10", "bytes on the wire per entry, 200-entry session, TLS and all", median(wire), "PouchDB, without TLS", rival["wire_bytes"], "B", 0.4, "less")
    else:
        misses.append("rows 2 and 10: PouchDB could not be had")
    first = SESSIONS * PAIRS
    big = 20_000 if QUICK else 100_000
    one = bench("load", "run", hub.dir, port, 1, big, 1, first)
    row("", "entries over TLS from 1 station", one["entries_rate"], "sessions row x 200", median(ours) * 200, "/s", None)
    many = bench("load", "run", hub.dir, port, 64, big // 32, 64, first + 1)
    row("", "entries over TLS from 64 stations", many["entries_rate"], "entries over TLS from 1 station", one["entries_rate"], "/s", None,
        note=f"hub RssAnon {hub.rss_anon_mb():.1f} MB")
    return hub, port, first + 70


def totals(hub, port, first):
    """Row 7: the leader's question at a million entries, through the socket."""
    fill = bench("load", "run", hub.dir, port, FILL_STATIONS, 200, 64, first)
    entries = hub.ask("status")["entries"]
    areas = {"province": "150000000000", "league": "150700000000", "banner": "150722000000"}
    asked, ducks = {name: [] for name in areas}, []
    modules = node_modules("@duckdb/node-api")
    rows = os.path.join(work, "million.tsv")
    subprocess.run([os.path.join(HERE, "rows.py"), str(entries), rows], check=True)
    for _ in range(3):  # alternately, in a quick run too: a p99 of one run says what else the machine did
        for name, division in areas.items():
            asked[name].append(bench("sock", "total", hub.socket(), ASKS, "fund", division, "channel,month"))
        out = subprocess.run(["node", os.path.join(HERE, "duck.js"), rows, "40"], env=dict(os.environ, NODE_PATH=modules or ""), capture_output=True,
                             text=True)
        if out.returncode == 0:
            ducks.append(json.loads(out.stdout)["p50_us"])
    duck = median(ducks) if ducks else None
    for name, runs in asked.items():
        a = {k: median([r[k] for r in runs]) for k in runs[0]}
        note = f"p50 {a['p50_us']:.0f} us, {a['rows']} rows, {entries:,} entries"
        if duck:
            row("7", f"total of the {name} by channel and month, p99", duck / a["p99_us"], "DuckDB, 2 threads, warm p50 (us)", 1.0, "x faster", 50, note=note + f"; p99 {a['p99_us']:.0f} us against {duck:,.0f} us")
        else:
            misses.append("row 7: DuckDB could not be had: " + out.stderr.strip()[-200:])
    row("13", "hub RssAnon after the fill", hub.rss_anon_mb(), "floor of the goals: 128 MB", 128.0, "MB", None, "less", f"{fill['rate']:.0f} sessions/s in the fill")
    hub.stop()


def main():
    m = machine()
    limit = limits()
    rows = os.path.join(work, "rows.tsv")
    subprocess.run([os.path.join(HERE, "rows.py"), str(max(INGEST, SESSIONS * 200)), rows], check=True)
    rival = pouch(rows)
    pg = Pg(work, free_port())
    try:
        singles = single_entries(limit, pg, rows, rival)
        ingest(pg, rows, singles)
        hub, port, first = village_pattern(pg, rows, rival)
    finally:
        pg.stop()
    totals(hub, port, first)
    os.makedirs(os.path.join(ROOT, "build/bench"), exist_ok=True)
    with open(os.path.join(ROOT, "build/bench/results.json"), "w") as out:
        json.dump(dict(machine=m, limits=limit, rows=results, missed=misses), out, ensure_ascii=False, indent=1)
    print(f"\n{len(results)} rows, {len(misses)} floors missed" + "".join("\n  missed: " + x for x in misses) + "\nbuild/bench/results.json")
    return 1 if misses else 0


try:
    code = main()
finally:
    subprocess.run(["pkill", "-TERM", "-P", str(os.getpid())])
    shutil.rmtree(work, ignore_errors=True)
sys.exit(code)
