#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sweep.py -- the n-th allocation, write or sync of a real daemon fails, for every n.

One run is one fault. A daemon does a day's work with it: starting, enrolling, importing, logging, correcting, voiding, asking, syncing
(the station) or enrolling, taking, asking (the hub). A daemon that ends by itself is started again without faults and goes on. Then
everything is asked again of a clean start. Asserted of each run:

  kept      what was told as saved is there, once, and what the hub told as stored is at the hub
  true      what was told as not saved is not there; totals are the sum of what is there; no refusal is called a bug of ours
  whole     `verify` finds nothing, and after a sync the hub has what the station has
  in words  no signal, no abort, no silence: an end has its exit code, a start that fails its sentence in both languages

    sweep.py --part station|hub --what own|any|write|sync [--every N | --cases N] [--only N] [--seed S] [--jobs N]
"""
import argparse
import os
import random
import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import rig  # noqa: E402
import generate  # noqa: E402

VILLAGE = "150722102200"
CHANNEL = "财政衔接推进乡村振兴补助资金"
ENDS = {70}              # the disk failed: the supervisor starts it again
GLIBC = re.compile(r"^bangfud: nss_database\.c:\d+: .* Assertion", re.M)  # glibc 2.36 asserts where getpwuid_r finds no memory
START_ENDS = {1, 70}     # it could not start, and says why
RETRIES = 6
PATIENCE_S = 5           # for an answer, times what sanitizers cost


class Wrong(AssertionError):
    pass


def require(condition, *what):
    if not condition:
        raise Wrong(" ".join(str(w) for w in what))


def small_table():
    """The division table down to the village's own line: a hub that starts hundreds of times."""
    table = generate.divisions(rig.DIVISIONS)
    lines = [VILLAGE[:k].ljust(12, "0") for k in (2, 4, 6, 9, 12)]
    return [x for code in lines for x in (code, table[code])]


TABLE = small_table()
NAMES = dict(zip(("省", "市", "县", "乡", "村"), TABLE[1::2]))
PEOPLE = generate.Village(VILLAGE, [], 7, "159901")


def import_rows():
    rows = []
    for house, people in (("7001", 2), ("7002", 1)):
        for n in range(people):
            key = f"15990119800{1 + n}0{house[3]}00"
            key = key[:16] + "1"
            key += generate.check_char(key)
            rows.append({**NAMES, "户编号": VILLAGE + house, "姓名": f"王测{n}", "证件类型": "居民身份证", "证件号码": key,
                         "性别": "男", "出生日期": key[6:14], "与户主关系": "户主" if n == 0 else "其他", "户主姓名": "王测0"})
    return rows


ROWS = import_rows()


class Daemon:
    """One node whose first process has a fault; each later one is sound."""

    def __init__(self, world, name, options, fault):
        self.world, self.options = world, options
        self.report = world.dir / f"{name}.met"
        env, binary = {}, ("bangfud", "daemon")
        if fault:
            what, at, last, code = fault
            env = {"BF_FAULT": what, "BF_FAULT_AT": str(at), "BF_FAULT_COUNT": str(self.report)}
            if last is not None:
                env["BF_FAULT_LAST"] = str(last)
            if code:
                env["BF_FAULT_ERRNO"] = str(code)
            if what == "own":
                binary = ("bangfud_faulty", "tests/faults")
            else:
                env["LD_PRELOAD"] = str(rig.BUILD / "tests" / "faults" / "libfault_shim.so")
        self.node = world.node(name, options, env=env, binary=binary)
        self.said = []      # names of refusals
        self.ends = []

    def met(self):
        text = self.report.read_text() if self.report.exists() else "0"
        return int(text.split()[0]), "hit" in text

    def sound(self):
        self.node.env, self.node.binary = {}, ("bangfud", "daemon")

    def start(self):
        """Up, if need be again without faults."""
        self.node.spawn()
        end = time.monotonic() + 20 * rig.SLOW
        while self.node.process.poll() is None:
            try:
                with self.node.rpc() as r:
                    r.call("counters")
                return
            except rig.RpcError as e:
                self.refused("counters", e.fault)
            except (OSError, ConnectionError):
                pass
            require(time.monotonic() < end, "neither answers nor ends:", self.tail())
            time.sleep(0.02)
        self.ended(START_ENDS)
        text = self.node.log()
        if self.node.process.returncode == 1:
            said = [line for line in text.splitlines() if line.startswith("bangfud: ")][-2:]
            require(len(said) == 2 and re.search("[\u4e00-\u9fff]", said[0]), "no sentence at the end of a start:", self.tail())
            require("Internal error" not in said[1], "a code in place of words:", said)
        require(self.node.env != {}, "a sound start failed:", self.tail())
        self.sound()
        self.start()

    def ended(self, allowed):
        code = self.node.process.wait(20 * rig.SLOW)
        self.ends.append(code)
        theirs = code == -signal.SIGABRT and GLIBC.search(self.tail())
        require(code in allowed or theirs, "ended with", code, ":", self.tail())

    def tail(self):
        return self.node.log()[-4000:]

    def refused(self, step, fault):
        self.said.append(fault["name"])
        require(fault["name"] not in ("internal", "rpc_form", "verify_running"), step, "was refused as", fault)
        require(re.search("[\u4e00-\u9fff]", fault["zh"]) and len(fault["en"]) > 10, step, "without words:", fault)

    def ask(self, method, params=None, **kw):
        """(result, fault, lost)"""
        try:
            with self.node.rpc(PATIENCE_S) as r:
                return r.call(method, params, **kw), None, False
        except rig.RpcError as e:
            self.refused(method, e.fault)
            return None, e.fault, False
        except TimeoutError:
            raise Wrong(method, "was not answered") from None
        except (OSError, ConnectionError):
            self.gone()
            return None, None, True

    def gone(self):
        """It closed the connection: a refusal when it goes on, else an end."""
        for _ in range(50 * rig.SLOW):
            if self.node.process.poll() is not None:
                self.ended(ENDS)
                self.sound()
                self.start()
                return
            try:
                with self.node.rpc() as r:
                    r.call("counters")
                return
            except (rig.RpcError, OSError, ConnectionError):
                time.sleep(0.02)
        raise Wrong("it does not answer any more:", self.tail())

    def insist(self, method, params=None, **kw):
        """Until it is answered."""
        for _ in range(RETRIES):
            result, fault, _ = self.ask(method, params, **kw)
            if result is not None:
                return result
            time.sleep(0.1)
        raise Wrong(method, "is refused for ever:", fault)

    def restart_sound(self):
        if self.node.alive():
            code = self.node.stop()
            require(code == 0 or code in ENDS, "stopped with", code, ":", self.tail())
        require("AddressSanitizer" not in self.node.log() and "runtime error" not in self.node.log(), self.tail())
        self.sound()
        self.start()


def fund(n):
    return {"movement": "支出", "channel": CHANNEL, "from": VILLAGE, "to": "供应商/项目单位", "amount": f"{100 + n}.0{n % 10}",
            "document": f"测财{n}号"}


def fen(n):
    return (100 + n) * 100 + n % 10


def listed(node, kind):
    return node.call("list", kind=kind, limit=1000, division=rig.PROVINCE, voided=True)["rows"]


class Records:
    """Funds that were to be saved, and what was told of each."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.told, self.denied, self.open = {}, set(), set()
        self.voided, self.void_open = set(), set()
        self.pairs = set()  # (what was corrected, what took its place)
        self.next = 0

    def log(self):
        n = self.next
        self.next += 1
        result, fault, lost = self.daemon.ask("log", kind="fund", fields=fund(n))
        if result:
            self.told[n] = result["ref"]
        elif fault and fault["name"] != "saved_twice":
            self.denied.add(n)
        else:
            self.open.add(n)
        return n

    def void(self, n):
        if n not in self.told:
            return
        result, fault, lost = self.daemon.ask("void", ref=self.told[n], reason="测试")
        (self.voided if result else self.void_open).add(n)
        if fault:
            self.void_open.discard(n)

    def correct(self, n):
        m = self.next
        self.next += 1
        if n not in self.told:
            return
        self.pairs.add((n, m))
        result, fault, lost = self.daemon.ask("correct", ref=self.told[n], fields=fund(m))
        if result:
            self.voided.add(n)
            self.told[m] = result["ref"]
        elif fault:
            self.denied.add(m)
        else:
            self.void_open.add(n)
            self.open.add(m)

    def check(self, node, where):
        """What is at `node` is what was told."""
        rows = {}
        for row in listed(node, "fund"):
            n = int(re.search(r"\d+", row["fields"]["document"]).group())
            require(n not in rows, where, "has", n, "twice")
            rows[n] = row
        for n, ref in self.told.items():
            require(n in rows, where, "lost", n, ref, "which was told as saved")
            require(rows[n]["ref"] == ref, where, "calls", n, "otherwise")
            require(rows[n]["fields"]["amount"] == f"{fen(n) // 100}.{fen(n) % 100:02d}", where, "has another amount for", n)
        for n in self.denied:
            require(n not in rows, where, "has", n, "which was told as not saved")
        for n, row in rows.items():
            require(n in self.told or n in self.open, where, "has", n, "which nobody saved")
            if n in self.voided:
                require(row["voided"], where, "counts", n, "which was voided")
            elif n not in self.void_open:
                require(not row["voided"], where, "does not count", n)
        for n, m in self.pairs:
            require((m in rows) == (n in rows and rows[n]["voided"]), where, "has half of the correction of", n, "to", m)
        live = [n for n, row in rows.items() if not row["voided"]]
        total = node.call("total", kind="fund", division=rig.PROVINCE)
        require((total["count"], total["sum"]) == (len(live), sum(map(fen, live))), where, "totals", total["count"], total["sum"],
                "of", len(live), sum(map(fen, live)))
        return rows


def verified(answer, where):
    require(answer["findings"] == 0, where, "finds", answer["first"][:3])
    return answer


def work_station(daemon, hub, records):
    """A day at a station; every step may fail and is told."""
    daemon.start()
    token = hub.call("token", division=VILLAGE, role="village")["token"]
    daemon.insist("enrol", token=token, name="s")
    daemon.ask("import", rows=ROWS)
    daemon.ask("log", kind="household", fields={"number": VILLAGE + "8001", "head": "王测三"})
    for _ in range(6):
        records.log()
    daemon.ask("log", kind="visit", fields={"households": VILLAGE + "8001", "purpose": "日常走访", "cadre": "李", "start": "9:30"})
    daemon.ask("log", kind="household", subject=VILLAGE + "8001", fields={"head": "王测四"})
    records.void(2)
    records.correct(3)
    for _ in range(3):
        records.log()
    daemon.ask("list", kind="fund", limit=10)
    daemon.ask("list", kind="visit", about=VILLAGE + "8001", newest=True)
    daemon.ask("list", kind="fund", flagged="all")
    daemon.ask("find", text="王测", kind="household")
    daemon.ask("find", text="wc")
    daemon.ask("show", kind="household", key=VILLAGE + "8001")
    daemon.ask("balance", account=VILLAGE)
    daemon.ask("total", kind="fund", by=["month", "channel"])
    daemon.ask("sync", wait=True)
    records.log()
    copy_some(daemon)
    daemon.ask("acts")
    daemon.ask("status")
    answer, _, _ = daemon.ask("verify")
    if answer:
        verified(answer, "the station, at work,")
    daemon.ask("sync", wait=True)


def copy_some(daemon):
    """A hot backup, begun and given up."""
    copy, _, _ = daemon.ask("backup")
    if copy:
        daemon.ask("backup", session=copy["session"], file=copy["files"][0]["name"])
        daemon.ask("backup", session=copy["session"], end=True)


def synced(node):
    for _ in range(RETRIES):
        answer = node.call("sync", wait=True)
        if answer["error"] is None:
            return answer
        time.sleep(0.05)
    raise Wrong("it does not sync:", answer["error"])


def households_once(node):
    for house in ("7001", "7002"):
        numbers = [r for r in listed(node, "household") if r["fields"].get("number", "").endswith(house)]
        require(len(numbers) == 1, "household", house, "is there", len(numbers), "times")


def run_station(world, hub, name, fault):
    daemon = Daemon(world, name, ["--role", "station"], fault)
    records = Records(daemon)
    work_station(daemon, hub, records)
    daemon.restart_sound()
    node = daemon.node
    records.check(node, "the station")
    verified(node.call("verify"), "the station")
    again = node.call("import", rows=ROWS)
    require(not again["failed"], "the import fails at last:", again["failed"])
    require([again[k]["new"] + again[k]["same"] for k in ("households", "members")] == [2, 3], "the import counts", again)
    households_once(node)
    held = node.call("status")["held"]
    origin = node.call("status")["origin"]
    at_hub = next(n for n in hub.call("nodes", limit=2000) if n["origin"] == origin)
    require(held <= at_hub["seq"], "the station was told", held, "stored, the hub has", at_hub["seq"])
    synced(node)
    at_hub = next(n for n in hub.call("nodes", limit=2000) if n["origin"] == origin)
    saved = node.call("status")["saved"]
    require(at_hub["seq"] == saved == node.call("status")["held"], "the station saved", saved, "the hub has", at_hub["seq"])
    for ref in list(records.told.values())[-2:]:
        require(hub.call("show", ref=ref)["entry"]["ref"] == ref, "the hub lacks", ref)
    require(node.stop() == 0, "did not stop well:", daemon.tail())
    return daemon


def run_hub(world, _, name, fault):
    port = rig.free_port()
    daemon = Daemon(world, name, ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port", port,
                                  "--advertise", f"127.0.0.1:{port}"], fault)
    daemon.start()
    daemon.insist("places", edition="2023", rows=TABLE)
    token = daemon.insist("token", division=VILLAGE, role="village")["token"]
    station = world.node(f"{name}s", ["--role", "station"])
    station.start()
    steady = Daemon.__new__(Daemon)
    steady.node, steady.said, steady.ends = station, [], []
    for _ in range(RETRIES):
        try:
            station.call("enrol", token=token, name="s")
            break
        except rig.RpcError as e:
            require(e.name not in ("internal", "token_used"), "enrolment was refused as", e.fault)
            if not daemon.node.alive():
                daemon.gone()
            time.sleep(0.1)
    else:
        raise Wrong("enrolment is refused for ever")
    records = Records(steady)
    own = Records(daemon)
    for _ in range(8):
        records.log()
    records.void(3)
    for _ in range(2):
        try_sync(station, daemon)
        held_is_true(station, daemon)
        records.log()
    own_documents(own, daemon)
    daemon.ask("list", kind="fund", limit=10)
    daemon.ask("total", kind="fund", by=["place"])
    daemon.ask("nodes")
    daemon.ask("watch")
    daemon.ask("stations", text="s")
    daemon.ask("tokens")
    spare, _, _ = daemon.ask("token", division=VILLAGE, role="team")
    if spare:
        daemon.ask("cancel", token=spare["id"])
    daemon.ask("acts")
    daemon.ask("find", text="王测")
    copy_some(daemon)
    daemon.ask("status")
    answer, _, _ = daemon.ask("verify")
    if answer:
        verified(answer, "the hub, at work,")
    try_sync(station, daemon)
    held = station.call("status")["held"]
    daemon.restart_sound()
    seq = daemon.node.call("nodes")[0]["seq"]
    require(held <= seq, "the station was told", held, "stored, the hub has", seq)
    synced(station)
    verified(daemon.node.call("verify"), "the hub")
    both = Records(daemon)
    both.told = {**records.told, **own.told}
    both.denied, both.open, both.voided = own.denied, own.open, records.voided
    both.check(daemon.node, "the hub")
    require(station.stop() == 0, "the station did not stop well")
    require(daemon.node.stop() == 0, "did not stop well:", daemon.tail())
    return daemon


def own_documents(own, daemon):
    own.next = 500
    for _ in range(2):
        own.log()


def held_is_true(station, daemon):
    """What the hub told as stored, it holds: also before anything is started again."""
    held = station.call("status")["held"]
    rows, _, _ = daemon.ask("nodes")
    if rows:
        require(held <= rows[0]["seq"], "the station was told", held, "stored, the hub has", rows[0]["seq"])


def try_sync(station, daemon):
    answer = station.call("sync", wait=True)
    error = answer["error"]
    if error:
        daemon.said.append(error["name"])
        require(error["name"] != "internal", "the sync fails as", error)
    if daemon.node.process.poll() is not None:
        daemon.gone()


PARTS = {"station": run_station, "hub": run_hub}


class Sweep:
    def __init__(self, args):
        self.args = args
        self.lock = threading.Lock()
        self.names, self.ends, self.failures, self.hits = {}, {}, [], 0
        self.world = rig.Rig()
        self.hub = None

    def begin(self):
        if self.args.part != "station":
            return
        self.hub = self.world.hub(places=False)
        self.hub.call("places", edition="2023", rows=TABLE)

    def one(self, at):
        fault = (self.args.what, at, self.args.last, self.args.errno)
        name = f"{self.args.part[0]}{at:06d}"
        try:
            daemon = PARTS[self.args.part](self.world, self.hub, name, fault)
        except Exception as e:  # the test's own mistakes too: told with the case that replays them
            with self.lock:
                self.failures.append((at, e))
                print(f"FAILED {self.args.part} {self.args.what} {at}: {type(e).__name__}: {e}", flush=True)
            return None
        finally:
            self.world.forget(name)
        with self.lock:
            self.hits += daemon.met()[1]
            for what, table in ((daemon.said, self.names), (daemon.ends, self.ends)):
                for x in what:
                    table[x] = table.get(x, 0) + 1
        return daemon

    def cases(self, total):
        a = self.args
        if a.only is not None:
            return [a.only] if a.only else []
        if a.every:
            return list(range(1 + random.Random(a.seed).randrange(a.every), total + 1, a.every))
        if a.cases:
            step = max(1, total // a.cases)
            return list(range(1 + random.Random(a.seed).randrange(step), total + 1, step))
        return list(range(1, total + 1))

    def run(self):
        self.begin()
        sound = self.one(0)  # also shows that the day's work itself is right
        if sound is None:
            return 1
        total = sound.met()[0]
        require(not sound.said and not sound.ends, "without a fault it was refused:", sound.said, sound.ends)
        cases = self.cases(total)
        with ThreadPoolExecutor(self.args.jobs) as pool:
            list(pool.map(self.one, cases))
        if self.hub is not None:
            verified(self.hub.call("verify"), "the hub of all")
        self.world.close(bool(self.failures))
        print(f"faults {self.args.part} {self.args.what}: {total} places met, {len(cases)} failed in turn, {self.hits} reached, "
              f"{len(self.failures)} wrong; seed {self.args.seed}")
        print("  refusals:", dict(sorted(self.names.items())), " ends:", dict(sorted(self.ends.items())))
        require(self.hits > 0 or self.args.only == 0, "no fault was reached: nothing was tested")
        return 1 if self.failures else 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--part", choices=sorted(PARTS), required=True)
    p.add_argument("--what", choices=["own", "any", "write", "sync"], required=True)
    p.add_argument("--every", type=int)
    p.add_argument("--cases", type=int)
    p.add_argument("--only", type=int)
    p.add_argument("--last", type=int, help="the last that fails; 0: all from there on")
    p.add_argument("--errno", type=int, default=0)
    p.add_argument("--seed", type=int, default=int(os.environ.get("BF_SEED", time.time_ns() % 1000000)))
    p.add_argument("--jobs", type=int, default=2)
    sys.exit(Sweep(p.parse_args()).run())


if __name__ == "__main__":
    main()
