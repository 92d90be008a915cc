#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ranges.py -- a day, a week, any days: listed and totalled, and the total is the sum of the list."""
import calendar
import datetime
import os
import random
import unittest

import base
from base import REFUSED, USAGE
from lists import VILLAGES, fund, log_many

SEED = int(os.environ.get("BF_SEED", random.randrange(1 << 32)))
DAY = datetime.timedelta(days=1)
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def today():
    return datetime.datetime.now(CHINA).date()


class Ranges(base.Case):
    lang = "en"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rng = random.Random(SEED)
        print("BF_SEED", SEED)
        cls.today = today()
        first = cls.today - 75 * DAY
        # Each of the last days once at least, the bounds of months among them; voided ones too.
        at = [first + i * DAY for i in range(76)] + [cls.rng.choice([first + i * DAY for i in range(76)]) for _ in range(120)]
        facts = [fund(i, day.isoformat()) for i, day in enumerate(at)]
        refs = log_many(cls.hub, [("fund", f) for f in facts])
        cls.facts = []
        for ref, f, day in zip(refs, facts, at):
            if cls.rng.random() < 0.1:
                cls.hub.call("void", ref=ref, reason="记错")
            else:
                cls.facts.append((day, f["division"], round(float(f["amount"]) * 100), ref))

    def within(self, first, last, place=""):
        return [f for f in self.facts if first <= f[0] <= last and f[1].startswith(place)]

    def total(self, *argv):
        told = self.json("total", *argv, "--movement", "支出")
        return told["count"], told["sum"]

    def same(self, argv, facts):
        self.assertEqual(self.total(*argv), (len(facts), sum(f[2] for f in facts)), argv)
        listed = self.json("list", "--kind", "fund", "--movement", "支出", *argv)
        self.assertEqual(({e["ref"] for e in listed["rows"]}, listed["count"], listed["sum"]),
                         ({f[3] for f in facts}, len(facts), sum(f[2] for f in facts)), argv)

    def test_a_total_of_any_days_is_the_sum_of_their_list(self):
        for _ in range(25):
            first = self.today - self.rng.randrange(80) * DAY
            last = first + self.rng.choice((0, 1, 6, 29, 45, 80)) * DAY
            place = self.rng.choice(("", "1507", *VILLAGES))
            argv = [*([place] if place else []), "--from", first.isoformat(), "--to", last.isoformat()]
            self.same(argv, self.within(first, last, place))
        for bound in (["--from"], ["--to"]):
            day = self.today - 40 * DAY
            facts = [f for f in self.facts if (f[0] >= day if bound == ["--from"] else f[0] <= day)]
            self.same([*bound, day.isoformat()], facts)
        # the entries behind it prove it, in the table too
        self.assertIn("add up to the total", self.ask("total", "--from", (self.today - 33 * DAY).isoformat(), "--list").out)

    def test_a_day_a_week_and_a_month_as_people_say_them(self):
        monday = self.today - self.today.weekday() * DAY
        month = self.today.replace(day=1)
        before = month - DAY
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        rows = {
            ("--day", "今天"): (self.today, self.today), ("--day", "today"): (self.today, self.today),
            ("--day", "昨天"): (self.today - DAY, self.today - DAY),
            ("--day", self.today.isoformat()): (self.today, self.today),
            ("--day", f"{self.today.day}号"): (self.today, self.today),
            ("--day", "周" + "一二三四五六日"[self.today.weekday()]): (self.today, self.today),
            ("--week", "本周"): (monday, monday + 6 * DAY), ("--week", "this-week"): (monday, monday + 6 * DAY),
            ("--week", "上周"): (monday - 7 * DAY, monday - DAY),
            ("--week", (monday - 9 * DAY).isoformat()): (monday - 14 * DAY, monday - 8 * DAY),
            ("--month", "本月"): (month, last), ("--month", f"{month.month}月"): (month, last),
            ("--month", "上月"): (before.replace(day=1), before), ("--month", before.strftime("%Y-%m")): (before.replace(day=1), before),
            ("--from", "上周", "--to", "昨天"): (monday - 7 * DAY, self.today - DAY),
            ("--from", "上月"): (before.replace(day=1), self.today),
        }
        if today() != self.today:
            self.skipTest("midnight passed")
        for argv, (first, last) in rows.items():
            self.same(argv, self.within(first, last))

    def test_rows_of_days_and_weeks(self):
        first, last = self.today - 50 * DAY, self.today - 3 * DAY
        span = ("--from", first.isoformat(), "--to", last.isoformat())
        for by, key in (("day", lambda d: d.isoformat()), ("week", lambda d: (d - d.weekday() * DAY).isoformat()), ("日", None), ("周", None)):
            if key is None:
                self.ask("total", *span, "--by", by)
                continue
            want = {}
            for day, _, fen, _ in self.within(first, last):
                n, s = want.get(key(day), (0, 0))
                want[key(day)] = (n + 1, s + fen)
            told = self.json("total", *span, "--by", by)
            self.assertEqual({r[by]: (r["count"], r["sum"]) for r in told["rows"]}, want)
            rows = self.csv("total", *span, "--by", by)
            self.assertEqual([r[by] for r in rows], sorted(want))
            self.assertIn(max(want), self.ask("total", *span, "--by", f"{by},place", lang="zh").out)

    def test_what_is_no_period_is_refused_by_the_option_that_was_typed(self):
        for verb in ("list", "total"):
            for argv, option in ((("--day", "11月"), "--day"), (("--day", "2026-02-30"), "--day"), (("--day", "明天"), "--day"),
                                 (("--week", "11月"), "--week"), (("--week", "昨天"), "--week"), (("--month", "今天"), "--month"),
                                 (("--month", "2026"), "--month"), (("--from", "soon"), "--from"), (("--to", "2026-13"), "--to")):
                done = self.ask(verb, *argv, code=USAGE, lang="zh")
                self.assertIn(f"选项 {option} 不能是“{argv[1]}”", done.err)
            for argv in (("--day", "今天", "--from", "昨天"), ("--week", "本周", "--month", "本月"), ("--day", "今天", "--week", "本周")):
                self.assertIn("不能同时用", self.ask(verb, *argv, code=USAGE, lang="zh").err)
            self.assertIn("晚于", self.ask(verb, "--from", "2026-11-03", "--to", "2026-11-02", code=REFUSED, lang="zh").err)
        self.assertIn("按天和按周", self.ask("total", "--by", "day,week", code=REFUSED, lang="zh").err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
