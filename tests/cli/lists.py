#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""lists.py -- `list` and `total --list` against a real daemon: what is handed in is whole, what is not says so."""
import csv
import datetime
import io
import json
import os
import subprocess
import threading
import unittest

import base
import rig
from base import DONE, NO_NODE, PROGRAM, REFUSED

VILLAGES = ("150722102200", "150723100200")
PAGE, TABLE = 1000, 100
# How many entries a month has: at the bounds of a table, of a page, of two pages, and beside them.
MONTHS = {"2022-01": 99, "2022-02": 100, "2022-03": 101, "2022-04": 999, "2022-05": 1000, "2022-06": 1001, "2022-07": 2000, "2022-08": 2001}
QUIET = "2021-12"  # none


def fund(at, day):
    return {"movement": "支出", "channel": "社会捐赠", "division": VILLAGES[at % 2], "from": VILLAGES[at % 2], "to": "供应商/项目单位",
            "amount": f"{1 + at % 7}.05", "document": f"凭证{at}", "day": day}


def log_many(node, facts, at_once=30):
    """Their refs. Asked many at a time, for each is on the disk before it is answered."""
    refs = []
    with node.rpc(120) as r:
        for i in range(0, len(facts), at_once):
            part = facts[i:i + at_once]
            for kind, fields in part:
                r.send("log", {"kind": kind, "fields": fields})
            for _ in part:
                _, error, result = r.take()
                assert error is None, error
                refs.append(result["ref"])
    return refs


def days(month, count):
    """So many days of a month, not in their order."""
    return [f"{month}-{1 + i * 17 % 28:02d}" for i in range(count)]


class Lists(base.Case):
    lang = "en"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        facts = [(month, at, day) for month, count in MONTHS.items() for at, day in enumerate(days(month, count))]
        refs = log_many(cls.hub, [("fund", fund(at, day)) for _, at, day in facts])
        cls.saved = {}  # month -> {ref: (day, amount in fen)}
        for ref, (month, at, day) in zip(refs, facts):
            cls.saved.setdefault(month, {})[ref] = (day, 100 * (1 + at % 7) + 5)

    def json(self, *argv, **kw):
        done = self.ask(*argv, "--format", "json", **kw)
        return json.loads(done.out), done.err

    def csv(self, *argv, **kw):
        done = self.ask(*argv, "--format", "csv", **kw)
        return list(csv.DictReader(io.StringIO(done.out, newline=""))), done.err

    def month(self, month):
        return ("list", "--kind", "fund", "--movement", "支出", "--month", month)

    def test_csv_and_json_have_all_at_the_bounds_of_a_page_and_beside_them(self):
        for month, saved in self.saved.items():
            rows, err = self.csv(*self.month(month))
            self.assertEqual((len(rows), err), (MONTHS[month], ""))
            self.assertEqual({r["ref"]: r["day"] for r in rows}, {ref: day for ref, (day, _) in saved.items()})
            order = [(r["division"], r["day"], int(r["ref"].split("-")[1])) for r in rows]
            self.assertEqual(order, sorted(order))
            told, err = self.json(*self.month(month))
            self.assertEqual([e["ref"] for e in told["rows"]], [r["ref"] for r in rows])
            self.assertEqual((told["kind"], told["count"], told["sum"], told["more"], told["after"], err),
                             ("fund", MONTHS[month], sum(fen for _, fen in saved.values()), False, None, ""))
        told, err = self.json(*self.month(QUIET))
        self.assertEqual((told["rows"], told["count"], told["sum"], told["more"], err), ([], 0, 0, False, ""))
        self.assertEqual(self.csv(*self.month(QUIET)), ([], ""))

    def test_the_list_behind_a_total_has_all_in_every_format(self):
        for month, count in MONTHS.items():
            argv = ("total", *self.month(month)[1:], "--list")
            told, err = self.json(*argv)
            total = sum(fen for _, fen in self.saved[month].values())
            self.assertEqual((len(told["entries"]), {e["ref"] for e in told["entries"]}, told["count"], told["sum"], err),
                             (count, set(self.saved[month]), count, total, ""))
            self.assertEqual({r["ref"] for r in self.csv(*argv)[0]}, set(self.saved[month]))
            self.assertEqual(len(self.csv(*argv)[0]), count)
        self.assertIn("add up to the total", self.ask("total", *self.month("2022-08")[1:], "--list").out)

    def test_a_limit_cuts_a_file_and_says_so_and_where_to_go_on(self):
        for month, limit in (("2022-03", 100), ("2022-06", 1000), ("2022-08", 1), ("2022-08", 999), ("2022-08", 1000), ("2022-08", 1001), ("2022-08", 2000)):
            whole = [r["ref"] for r in self.csv(*self.month(month))[0]]
            for lang, words in (("zh", f"只列出了 {limit} 条，后面还有没有列出的"), ("en", f"Only {limit} entries are listed; there are more")):
                rows, err = self.csv(*self.month(month), "--limit", limit, lang=lang)
                self.assertEqual(len(err.splitlines()), 1, err)
                self.assertIn(words, err)
                self.assertIn(f"--after {whole[limit - 1]}", err)
                self.assertEqual([next(iter(r.values())) for r in rows], whole[:limit])
            told, err = self.json(*self.month(month), "--limit", limit)
            self.assertEqual((len(told["rows"]), told["count"], told["more"], told["after"], err), (limit, limit, True, whole[limit - 1], ""))
            rows, err = self.csv(*self.month(month), "--after", told["after"])
            self.assertEqual(([r["ref"] for r in rows], err), (whole[limit:], ""))
        for limit in (2001, 1000000):
            self.assertEqual(self.csv(*self.month("2022-08"), "--limit", limit), self.csv(*self.month("2022-08")))
            self.assertEqual(self.json(*self.month("2022-08"), "--limit", limit)[0]["more"], False)

    def test_what_a_list_could_not_show_is_no_place_to_go_on_from(self):
        ref = next(iter(self.saved["2022-01"]))
        self.assertIn(ref, self.ask("list", "--kind", "visit", "--after", ref, "--format", "csv", code=REFUSED).err)
        for place in ("150102", "150785"):
            self.ask("list", place, "--kind", "fund", "--after", ref, "--format", "csv", code=REFUSED)

    def test_a_table_has_the_latest_first_and_says_what_it_lacks(self):
        for month in ("2022-01", "2022-02", "2022-03", "2022-08"):
            done = self.ask(*self.month(month))
            lines = [line.split()[:2] for line in done.out.splitlines()[1:-1]]
            latest = sorted(((day, int(ref.split("-")[1]), ref) for ref, (day, _) in self.saved[month].items()), reverse=True)
            self.assertEqual(lines, [[ref, day] for day, _, ref in latest[:TABLE]])
            if MONTHS[month] <= TABLE:
                self.assertEqual(done.err, "")
                continue
            self.assertIn(f"Only {TABLE} entries are listed; there are more", done.err)
            self.assertIn("--format csv", done.err)
            rest = self.ask(*self.month(month), "--after", latest[TABLE - 1][2], "--limit", 1000000)
            self.assertEqual([line.split()[0] for line in rest.out.splitlines()[1:-1]], [ref for _, _, ref in latest[TABLE:]])
            self.assertIn("只列出了 100 条", self.ask(*self.month(month), "--quiet", lang="zh").err)

    def test_a_terminal_shows_the_same_and_the_sentence_at_its_end(self):
        def seen(*argv):
            code, text = self.converse("--wide", "--no-pager", *argv, lang="zh")
            self.assertEqual(code, DONE, text)
            return text

        for month in ("2022-02", "2022-03"):
            piped = self.ask(*self.month(month), lang="zh")
            self.assertEqual(seen(*self.month(month)), piped.out + piped.err)
            self.assertEqual("只列出了 100 条，后面还有没有列出的" in piped.err, MONTHS[month] > TABLE)

    def test_a_list_is_printed_in_the_memory_of_one_page(self):
        def peak_kib(*argv):
            env = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}
            p = subprocess.Popen([PROGRAM, "--dir", str(self.hub.dir), *argv], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, env=env, preexec_fn=rig.die_with_parent)
            _, status, used = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(p.returncode, DONE)
            return used.ru_maxrss

        for form in ("csv", "json"):
            for verb in (("list", "--kind", "fund", "--from", "2022-01", "--to", "2022-08"), ("total", "--from", "2022-01", "--to", "2022-08", "--list")):
                page = peak_kib(*self.month("2022-05"), "--format", form)
                self.assertLess(peak_kib(*verb, "--format", form) - page, 2048, (verb, form))  # of 7301 rows, which are 5 MB of JSON

    def test_what_is_saved_meanwhile_disturbs_no_list(self):
        month, before = "2021-06", 1500
        log_many(self.hub, [("fund", fund(at, day)) for at, day in enumerate(days(month, before))])
        stop, extra = threading.Event(), []

        def save():
            while not stop.is_set():
                at = before + len(extra)
                extra.extend(log_many(self.hub, [("fund", fund(at, f"{month}-{1 + at * 5 % 28:02d}"))]))

        there = {r["ref"] for r in self.csv(*self.month(month))[0]}
        self.assertEqual(len(there), before)
        saver = threading.Thread(target=save)
        saver.start()
        try:
            for _ in range(6):
                known = there | set(extra)
                rows = [r["ref"] for r in self.csv(*self.month(month))[0]]
                self.assertEqual(len(rows), len(set(rows)))
                self.assertLessEqual(known, set(rows))
        finally:
            stop.set()
            saver.join()
        self.assertGreater(len(extra), 6)
        self.assertEqual({r["ref"] for r in self.csv(*self.month(month))[0]}, there | set(extra))

    def test_a_daemon_that_is_killed_midway_leaves_no_file_that_looks_whole(self):
        for form in ("json", "csv"):
            p = subprocess.Popen([PROGRAM, "--dir", str(self.hub.dir), "--lang", "en", "list", "--kind", "fund", "--format", form],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=rig.die_with_parent)
            head = os.read(p.stdout.fileno(), 1)  # the first page is more than a pipe holds: it stands there until we read
            self.hub.kill()
            out, err = p.communicate(timeout=60 * rig.SLOW)
            self.hub.start()
            out, err = (head + out).decode(), err.decode()
            self.assertEqual(p.returncode, NO_NODE, err)
            self.assertIn("Not finished: only the first 1000 entries were written", err)
            self.assertRegex(err, "No node answers|went away")  # found before a page is asked for, or after
            if form == "json":
                self.assertRaises(ValueError, json.loads, out)
                self.assertEqual(out.count('"saved_ms"'), PAGE)
            else:
                self.assertEqual(len(out.splitlines()), 1 + PAGE)


class PowerCut(unittest.TestCase):
    def test_the_entry_just_saved_is_in_the_list_of_its_month_however_many_there_are(self):
        """The field guide's advice after a power cut: look in the list of the month; what is there need not be written again."""
        with_hub = rig.Rig()
        self.addCleanup(with_hub.close)
        station = with_hub.station(with_hub.hub(), "village", VILLAGES[0])
        number = "1507221022000001"
        station.call("log", kind="household", fields={"number": number})
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
        visits = [("visit", {"households": number, "purpose": "1", "day": today.strftime(f"%Y-%m-{1 + i % today.day:02d}"), "seen": f"第 {i} 次"})
                  for i in range(150)]
        log_many(station, visits)
        advice = next(line for line in (rig.ROOT / "docs" / "field-guide.zh.md").read_text().splitlines() if "有就不用再记" in line)
        self.assertIn("`bangfu list --month 2026-11`（换成当月）", advice)
        for again in range(3):
            said = station.cli("visit", "--households", number, "--purpose", "1", "--seen", f"刚记的 {again}")
            self.assertEqual(said.code, DONE, said)
            ref = said.out.split()[-1]
            shown = station.cli("list", "--month", today.strftime("%Y-%m"))
            self.assertEqual(shown.code, DONE, shown)
            self.assertEqual(shown.out.splitlines()[1].split()[0], ref)  # and at the top


if __name__ == "__main__":
    unittest.main(verbosity=2)
