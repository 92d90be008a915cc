#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""night.py -- one night, end to end: from a cadre's visit to the leader's total.

The main job of the product, shown with real processes, real stores and real TLS. Each step prints the command as a user would
type it and what it answers. What is fed in is written down in a ledger of the demo's own (ledger.py), and every total
asked at the end is recomputed from that and compared, to the fen. Exit code 0 only when everything agreed and nothing was left running.
"""
import argparse
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "lib"), str(HERE.parent / "people")]

import feed  # noqa: E402
import generate  # noqa: E402
import ledger as books  # noqa: E402
from rig import Proxy, Rpc, until  # noqa: E402
from stage import Failed, Stage, pad  # noqa: E402
from terminal import shown, width  # noqa: E402

SEED = "night"
DIVISIONS = ROOT / "data" / "divisions-15.csv"
# allot, spend, visit, aid, screening. The long forms of the largest village make its first night several batches of the protocol
# beyond what may be under way at once: so that "in the middle" exists.
COUNTS = {"baoshan": (12, 60, 60, 50, 600), "qiqiling": (8, 30, 40, 30, 0), "yulin": (8, 30, 40, 30, 0)}
ACTIVITIES, SERVICES_EACH = 20, 4
SWALLOW_AFTER = 100_000  # bytes that village sends before its line goes dead: some batches, and not half of its night
ENTRIES = 6193  # of the whole night, on every machine and every day; README.md shows it
SHOWN, FOOTER = 14, 3  # lines of a long answer, and how many of them are its last


class Night:
    def __init__(self, stage):
        self.s, self.book = stage, books.Ledger()
        self.hub_options = []
        self.line_bytes = {}
        self.checked = 0
        self.lock = threading.Lock()

    # ---- 1 ----
    def hub_starts(self):
        self.s.step("1  省平台启动，导入区划  the hub starts; divisions are imported")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.line = Proxy(port)  # between the villages and the hub, as far as they know the hub itself
        self.hub_options = ["--role", "hub", "--division", feed.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port", port,
                            "--advertise", f"127.0.0.1:{self.line.port}"]
        self.s.start("hub", *self.hub_options)
        link = self.s.run_dir / "divisions-15.csv"
        link.symlink_to(DIVISIONS)
        self.s.typed("bangfu", "--dir", "hub", "places", "divisions-15.csv", "--edition", "2023")
        self.s.typed("bangfu", "--dir", "hub", "place", "榆林镇", limit=6)
        places = self.json("hub", "status")["places"]
        want = len(DIVISIONS.read_text().splitlines()) - 1
        self.same("divisions", want, places)

    # ---- 2 ----
    def stations_enrol(self):
        self.s.step("2  四个工作站用一次性登记码登记  four stations are enrolled by one-time tokens")
        for n in feed.STATIONS:
            self.s.say(f"-- {n.title}")
            out = self.s.typed("bangfu", "--dir", "hub", "token", "--division", n.division, "--role", n.role)
            token = re.search(r"bangfu://\S+", out).group()
            self.s.start(n.name)
            self.s.typed("bangfu", "--dir", n.name, "enrol", token, "--name", n.name)
        self.s.typed("bangfu", "--dir", "hub", "nodes")
        keys = {(self.s.run_dir / n.name / "node.key").read_bytes() for n in feed.STATIONS
                if (self.s.run_dir / n.name / "node.key").exists()}
        origins = {row["origin"] for row in self.rows("hub", "nodes")}
        self.same("stations with keys of their own", len(feed.STATIONS), len(origins))
        if keys:
            self.same("key files that differ", len(feed.STATIONS), len(keys))

    # ---- 3 ----
    def villages_write(self):
        self.s.step("3  省平台停机；村里照常登记  the hub is stopped; the villages go on writing")
        self.s.stop("hub")
        plans = {n.name: self.households_come_in(n) for n in feed.STATIONS if n.role == "village"}
        self.one_of_each(plans)
        self.without_network()
        self.s.say("-- 其余的也逐条用 bangfu 登记（不再显示）  the rest, one command each, not shown")
        began = time.monotonic()
        work = [threading.Thread(target=self.guarded, args=(self.write, name, lines)) for name, lines in plans.items()]
        work.append(threading.Thread(target=self.guarded, args=(self.team_writes, feed.STATIONS[3])))
        before, self.errors = self.s.commands, []
        for t in work:
            t.start()
        for t in work:
            t.join()
        if self.errors:
            raise self.errors[0]
        done, took = self.s.commands - before, time.monotonic() - began
        self.s.say(f"  {done} 条命令，{took:.1f} 秒，每条 {took * 1000 * len(work) / done:.0f} 毫秒  ({done} commands)")

    def guarded(self, what, *args):
        try:
            what(*args)
        except Exception as e:  # noqa: BLE001 -- told by the main thread
            self.errors.append(e)

    def households_come_in(self, n):
        file = f"{n.name}.csv"
        self.s.say(f"-- {n.title}")
        self.s.typed("tests/people/generate.py", n.division, "--households", n.households, "--area", n.area, "--seed", SEED, "--out", file)
        raw = (self.s.run_dir / file).read_bytes()
        try:
            raw.decode("utf-8")
            raise Failed(f"{file} is no GB18030 file")
        except UnicodeDecodeError:
            pass
        self.s.typed("bangfu", "--dir", n.name, "import", file)
        people = generate.people(n.division, n.households, SEED, DIVISIONS, n.area)
        numbers = sorted({p["户编号"] for p in people})
        today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
        for _ in numbers:
            self.book.add("household", n.division, today, 0)
        for p in people:
            self.book.add("member", n.division, today, 0, {"sex": p["性别"]})
        plan = feed.Plan(n, SEED, numbers[:400])
        return feed.village_plan(plan, *COUNTS[n.name])

    def one_of_each(self, plans):
        """The first of every sort in full, as they are typed."""
        lines, line = plans["baoshan"], None
        for want in (("fund", "下达"), ("fund", "支出"), ("visit", None), ("aid", None)):
            line = next(x for x in lines if x.kind == want[0] and want[1] in (None, x.dims.get("movement")) and "--needs" not in x.argv)
            lines.remove(line)
            self.s.typed("bangfu", "--dir", "baoshan", *line.argv)
            self.keep("baoshan", line)
        self.s.say("-- 同一条又记一遍：不会重复计数  the same once more: it counts once")
        self.s.typed("bangfu", "--dir", "baoshan", *line.argv, ok=(4,))
        plan = feed.Plan(feed.STATIONS[0], SEED + "/wrong", [])
        wrong = plan.allot()
        self.s.say("-- 记错的一笔：先记，再作废  a wrong one: made void, never overwritten")
        out = self.s.typed("bangfu", "--dir", "baoshan", *wrong.argv)
        ref = re.findall(r"[0-9a-f]{16}-\d+", out)[-1]  # what is said of an entry ends with its ref
        self.s.typed("bangfu", "--dir", "baoshan", "void", ref, "--reason", "金额记错")
        self.s.say("-- 不对的当场指出  what is wrong is said at once")
        bad = list(next(x for x in lines if x.kind == "fund").argv)
        bad[bad.index("--amount") + 1] = "-500"
        self.s.typed("bangfu", "--dir", "baoshan", *bad, ok=(4,))

    def without_network(self):
        self.s.say("-- 省平台没开：同步不成，记录不丢  no hub: nothing is lost")
        self.s.typed("bangfu", "--dir", "baoshan", "sync", ok=(1, 4))
        self.s.typed("bangfu", "--dir", "baoshan", "status", limit=SHOWN)

    def keep(self, name, line):
        division = next(n.division for n in feed.STATIONS if n.name == name)
        with self.lock:
            self.book.add(line.kind, division, line.day, line.sum, line.dims)

    def write(self, name, lines):
        for line in lines:
            self.s.run("bangfu", "--dir", name, "--quiet", *line.argv)
            self.keep(name, line)

    def team_writes(self, n):
        plan = feed.Plan(n, SEED)
        for _ in range(ACTIVITIES):
            line = plan.activity()
            ref = self.s.run("bangfu", "--dir", n.name, "--quiet", *line.argv).strip()
            self.keep(n.name, line)
            for nth in range(SERVICES_EACH):
                service = plan.service(ref, line.day, line.dims["category"], nth)
                self.s.run("bangfu", "--dir", n.name, "--quiet", *service.argv)
                self.keep(n.name, service)

    # ---- 4 ----
    def stations_sync(self):
        self.s.step("4  省平台启动，工作站同步；其中一个在同步途中被 kill -9  the hub starts; stations sync; one is killed midway")
        self.s.start("hub", *self.hub_options)
        for n in feed.STATIONS[1:]:
            self.sync(n.name)
        self.killed_midway(feed.STATIONS[0])
        self.s.say("-- 再同步一遍：没有一条重发  once more: nothing is sent twice")
        before = self.counters("hub")
        for n in feed.STATIONS:
            self.same(f"entries sent again by {n.name}", 0, self.sync(n.name, first=False)["entries"])
        self.same("entries taken by the hub in the second run", 0, self.counters("hub")["entries_in"] - before["entries_in"])
        for n in feed.STATIONS:
            state = self.json(n.name, "status")
            self.same(f"held for {n.name}", state["saved"], state["held"])
        # The roster's memory of visits is written once a second, and a total's freshness is as old as five; status looks anew.
        until(lambda: self.json("hub", "status")["nodes"]["active"] == len(feed.STATIONS), what="the hub to remember all visits")
        self.s.typed("bangfu", "--dir", "hub", "nodes")

    def sync(self, name, first=True):
        out = self.s.typed("bangfu", "--dir", name, "sync")
        told = [int(n) for n in re.findall(r"\d+", out)]
        if len(told) != 6:
            raise Failed(f"sync of {name} does not tell entries, held, bytes in, bytes out, round trips, ms: {out}")
        answer = dict(zip(("entries", "held", "bytes_in", "bytes_out", "round_trips", "ms"), told))
        if first:
            self.line_bytes[name] = (answer["entries"], answer["bytes_in"] + answer["bytes_out"])
        return answer

    def killed_midway(self, n):
        """Kill between two acknowledgements, and prove by the hub's own count that it was between. The line swallows what comes after
        some batches, so that the middle lasts until the kill, however fast the machine is."""
        state = self.json(n.name, "status")
        saved, pid = state["saved"], self.s.daemons[n.name].pid
        self.s.say(f"$ bangfu --dir {n.name} sync &   # {saved} 条待同步 to send")
        self.line.swallow_after = SWALLOW_AFTER
        seen = self.kill_after_first_ack(n.name, saved)
        self.line.swallow_after = None
        self.s.say(f"$ kill -9 {pid}   # 看到已确认 {seen} 条时 when {seen} were seen acknowledged")
        until(lambda: self.counters("hub")["sessions_open"] == 0, what="the hub to notice")
        held = next(row["seq"] for row in self.rows("hub", "nodes") if row["origin"] == state["origin"])
        self.s.say(f"  省平台此刻已存 {held} 条，共 {saved} 条  the hub holds {held} of {saved}")
        if not 0 < seen <= held < saved:
            raise Failed(f"the station was not killed midway: {seen} seen, {held} held of {saved}")
        self.s.start(n.name)
        again = self.json(n.name, "status")
        self.same("entries the restarted station still has", saved, again["saved"])
        answer = self.sync(n.name)
        self.s.say(f"  续传：只送省平台没有的 {answer['entries']} 条  it carries on where the hub's receipt ends")
        self.same("entries sent after the kill", saved - held, answer["entries"])

    def kill_after_first_ack(self, name, saved):
        sync = subprocess.Popen(["bangfu", "--dir", name, "sync"], cwd=self.s.run_dir, env=self.s.env, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        seen = 0
        with Rpc(self.s.run_dir / name / "bangfu.sock") as ask:
            end = time.monotonic() + 10
            while not 0 < seen <= saved and time.monotonic() < end:
                seen = ask.call("status")["held"]
        self.s.kill(name)
        sync.wait(10)
        return seen

    # ---- 5 ----
    def leader_asks(self):
        self.s.step("5  领导问数：合计、分渠道、分月、明细  the leader asks, and every figure is recomputed")
        self.ask("fund", feed.PROVINCE, ())
        for place in (feed.PROVINCE, "150700000000", "150722000000", "150722102200"):  # province, league, banner, village
            self.ask("fund", place, ("channel", "month"))
        self.ask("fund", "150722102200", ("month",), movement="支出")
        self.ask("aid", feed.PROVINCE, ("category",))
        self.ask("visit", "150700000000", ("month",))
        self.ask("activity", "150103007000", ("category",))
        self.ask("service", "150100000000", ("month",))
        self.everything_else()
        self.entries_behind()
        self.s.typed("bangfu", "--dir", "hub", "balance", "150722102200")
        self.s.say("-- 全部核对  all chains, all tallies")
        self.s.typed("bangfu", "--dir", "hub", "verify")
        for n in feed.STATIONS:
            self.s.run("bangfu", "--dir", n.name, "verify")
        self.answers_fit_a_screen()
        report = self.json("hub", "verify")
        self.same("findings of verify", 0, report["findings"])
        self.same("sum over all accounts", 0, report["ledger_sum"])

    def ask(self, kind, place, by, show=True, movement=None):
        argv = ["bangfu", "--dir", "hub", "total", place, "--kind", kind] + (["--by", ",".join(by)] if by else [])
        if movement:
            argv += ["--movement", movement]
        elif kind == "fund" and "movement" not in by:
            by = (*by, "movement")  # split by it unasked: what is allotted and what is spent is one yuan
        if show:
            self.s.typed(*argv, limit=SHOWN, tail=FOOTER)
        answer = json.loads(self.s.run(*argv, "--format", "json"))
        mine = self.book.total(kind, place, by, movement)
        wrong = books.differences(mine, answer, by)
        if wrong:
            raise Failed(f"total of {kind} at {place} by {'/'.join(by) or 'nothing'} differs from what was fed in:\n  " + "\n  ".join(wrong[:20]))
        self.checked += max(1, len(mine))
        if show:
            sums = books.apart(mine, by) if "movement" in by else {"": [sum(r[i] for r in mine.values()) for i in (0, 1)]}
            told = "；".join(f"{word} {n} 条，{f'{s // 100}.{s % 100:02d} 元' if kind in ('fund', 'aid') else s}".strip()
                            for word, (n, s) in sums.items())
            self.s.say(f"  ✓ 与独立计算一致：{told}（{len(mine)} 行逐行比对）  equals what was fed in")

    def everything_else(self):
        """The same comparison, not shown, for every kind at every level."""
        places = [feed.PROVINCE, "150100000000", "150700000000", "150722000000", "150723000000", "150105000000", "150103000000",
                  "150105101000", "150103007000", "150722102000", "150722102200", "150723100200", "150105101221", "150200000000"]
        ways = {"fund": [(), ("month",), ("channel",), ("channel", "month"), ("movement",)], "aid": [(), ("month",), ("channel",), ("category",)],
                "visit": [(), ("month",), ("purpose",)], "activity": [(), ("month",), ("category",)], "service": [(), ("month",), ("category",)],
                "household": [()], "member": [(), ("sex",)]}
        before = self.checked
        for movement in ("下达", "支出"):
            for place in places:
                self.ask("fund", place, ("channel", "month"), show=False, movement=movement)
        for kind, bys in ways.items():
            for place in places:
                for by in bys:
                    self.ask(kind, place, by, show=False)
        self.s.say(f"-- 另有 {self.checked - before} 个数逐一核对，全部一致  {self.checked - before} more figures compared, all equal")

    def entries_behind(self):
        month = time.strftime("%Y-%m", time.gmtime(time.time() + 8 * 3600))
        argv = ["bangfu", "--dir", "hub", "total", "150723100200", "--kind", "fund", "--month", month, "--list"]
        self.s.typed(*argv, limit=SHOWN)
        rows = json.loads(self.s.run("bangfu", "--dir", "hub", "list", "150723100200", "--kind", "fund", "--month", month, "--limit", "100000",
                                     "--format", "json"))
        mine = [f for f in self.book.within("fund", "150723100200") if f.day.startswith(month)]
        sums = {}
        for f in mine:
            sums[f.dims["movement"]] = sums.get(f.dims["movement"], 0) + f.sum
        self.same("entries behind the figure", len(mine), len(rows["rows"]))
        self.same("their sums in fen", sums, {s["movement"]["zh"]: s["sum"] for s in rows["sums"]})
        self.same("their days", sorted(f.day for f in mine), sorted(r["day"] for r in rows["rows"]))

    def answers_fit_a_screen(self, columns=80):
        """Every list of the night, on a terminal: no line is wider than it is."""
        lines = 0
        for name in ("hub", *(n.name for n in feed.STATIONS)):
            asks = [("list", "--kind", k) for k in ("household", "member", "visit", "fund", "aid", "activity", "service")] + [("status",)]
            asks += [("nodes",), ("total", "--by", "channel,month"), ("total", "--by", "place")] if name == "hub" else []
            for argv in asks:
                argv = ["bangfu", "--dir", str(self.s.run_dir / name), *argv, "--no-pager"]
                code, text = shown(argv, self.s.env, columns)
                wide = [line for line in text.splitlines() if width(line) > columns]
                if code != 0 or wide:
                    raise Failed(f"{' '.join(argv)}: exit {code}, wider than {columns}: {wide[:3]}")
                lines += len(text.splitlines())
        self.s.say(f"-- {columns} 列的终端上 {lines} 行，没有一行折行  {lines} lines on a terminal of {columns} columns, none of them wider")

    # ---- 6 ----
    def summary(self):
        self.s.step("6  小结  summary")
        states = {n.name: self.json(n.name, "status") for n in feed.STATIONS}
        entries = self.json("hub", "status")["entries"]
        self.same("entries of the night", ENTRIES, entries)
        table = [("运行时间 took", f"{time.monotonic() - self.s.began:.1f} 秒 s，{self.s.commands} 条命令 commands"),
                 ("记录 entries", f"{entries} 条在省平台 at the hub；" + "，".join(f"{k} {v['saved']}" for k, v in states.items())),
                 ("核对 compared", f"{self.checked} 个数与独立计算一致 figures equal to what was fed in")]
        for name, (count, size) in self.line_bytes.items():
            label = "线上（续传）on the wire (the rest)" if name == feed.STATIONS[0].name else "线上 on the wire"
            table.append((f"{name} {label}", f"{size} 字节 bytes，{count} 条 entries，每条 {size / max(1, count):.0f} 字节 bytes each"))
        hub = self.counters("hub")
        size = hub["bytes_in"] + hub["bytes_out"]
        table.append(("hub 线上 on the wire, all", f"{size} 字节 bytes，{entries} 条 entries，每条 {size / entries:.0f} 字节 bytes each"))
        for name in self.s.daemons:
            anon, peak = self.s.memory(name)
            table.append((f"{name} 内存 memory", f"{anon} KiB RssAnon（峰值 peak RSS {peak} KiB）"))
        for left, right in table:
            self.s.say(f"  {pad(left, 44)} {right}")

    # ---- small ----
    def json(self, name, verb):
        return json.loads(self.s.run("bangfu", "--dir", name, verb, "--format", "json"))

    def rows(self, name, verb):
        answer = self.json(name, verb)
        return answer["rows"] if isinstance(answer, dict) else answer

    def counters(self, name):
        return self.json(name, "counters")

    def same(self, what, want, got):
        if want != got:
            raise Failed(f"{what}: expected {want}, got {got}")
        self.checked += 1


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", required=True)
    p.add_argument("--run", required=True)
    p.add_argument("--quiet", action="store_true")
    a = p.parse_args()
    code, stage = 1, None
    try:
        stage = Stage(a.build, a.run, a.quiet)
        night = Night(stage)
        for step in (night.hub_starts, night.stations_enrol, night.villages_write, night.stations_sync, night.leader_asks, night.summary):
            step()
        code = 0
    except Failed as e:
        print(f"\n演示失败 the demo failed: {e}", file=sys.stderr)
    except KeyboardInterrupt:
        code = 130
    finally:
        started = stage.pids if stage else []
        left = stage.close() if stage else []
        left += [pid for pid in started if os.path.exists(f"/proc/{pid}") and pid not in left]
    if left:
        print(f"still running: {left}", file=sys.stderr)
        return 1
    if code == 0 and stage:
        stage.say(f"  全部结束，没有留下进程（启动过 {len(started)} 个）  nothing is left running of {len(started)} daemons")
    return code


if __name__ == "__main__":
    sys.exit(main())
