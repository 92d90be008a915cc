#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""screens.py -- what fits a person's terminal: no line is wider, nothing is cut in silence, a long answer goes to the pager."""
import csv
import io
import json
import os
import re
import shutil
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from terminal import shown, width  # noqa: E402
from world import BANGFU, DONE, NODE, NOW, REF, STATUS, SYNCED, World  # noqa: E402

SIZES = ((80, 24), (100, 30))
LANGS = ("zh", "en")
HERE = ("150722102200", "莫力达瓦达斡尔族自治旗宝山镇宝山村民委员会")
HOUSE = "1507221022000048"
SEEN = "房屋安全，饮水已通；" * 60  # 600 characters
SAMPLE = {"text": "内蒙古某某文字说明", "division": HERE[1], "day": "2026-11-03", "amount in yuan": "123456.78", "count": "1234", "number, two decimals": "85.25", "minutes": "90",
          "yes or no": "是", "ID number": "150722********0013", "phone": "138****8000", "bank account": "6222*********0123", "number": REF,
          "numbers": f"{REF},0f3a000000000001-13", "account": f"户:{REF}", "NUMBER=VALUE each": f"{REF}=内蒙古某某文字说明\n0f3a000000000001-13=都好"}
NAMES = {REF: f"{HOUSE} 郝*东", "0f3a000000000001-13": f"{HOUSE} 孙*"}
TITLE_GAP = re.compile(r" {2,}")


class Screens(World):
    def setUp(self):
        super().setUp()
        self.kinds = {k["name"]: k for k in json.loads(self.run_bangfu("schema", "--format", "json")[1])}
        self.lists = [name for name in self.kinds if name != "void"]
        self.count, self.seen = 6, SEEN
        self.methods.update({
            "list": lambda p: {"rows": [self.entry(p["kind"], i) for i in range(self.count)], "after": None, "count": self.count, "sum": 0},
            "show": lambda p: {"entry": self.entry(p.get("kind", "visit"), 2), "state": None,
                               "about": [self.entry(k, 1) for k in self.lists]},
            "total": self.totals,
            "watch": lambda p: {"now_ms": NOW, "nodes": 5000, "count": 5000, "after": None, "rows": [
                {**NODE, "origin": f"0f3a00000000000{i + 1}", "name": f"{HERE[1]}的第 {i} 台旧笔记本", "last_ms": SYNCED - i * 360000000, "clock_ms": -86400000 * i,
                 "trouble": ("rolled_back", "forked", "silent", "malformed", None)[i], "fault": ("rolled_back", "fork", None, "own_log", "from_a_newer_hub")[i],
                 "sessions": 12345 * i, "seq": 100000 + i, "unsent": 12345 * i, "malformed": i, "first_malformed": REF, "splits": i, "program": "0.1.0"}
                for i in range(5)][:p["limit"]]}})

    def sample(self, field, i):
        if "list" in field:
            return field["list"][-1 - i % 2]["zh"]
        return SAMPLE[field["type"]] + (str(i) if field["type"] == "text" else "")

    def entry(self, kind, i):
        fields = {f["name"]: self.sample(f, i) for f in self.kinds[kind]["fields"]}
        fields.update({n: v for n, v in (("seen", self.seen if i == 2 else f"第 {i} 次，都好"), ("document", f"凭证{i}"), ("minutes", str(60 + i)))
                       if n in fields})
        return {"ref": f"0f3a000000000001-{100 + i}", "kind": kind, "day": f"2026-11-{3 + i:02d}", "division": HERE[0], "division_name": HERE[1],
                "author": "王干部", "saved_ms": NOW, "voided": i == 5, "fields": fields, "names": NAMES}

    def totals(self, p):
        by = p.get("by", [])
        rows = [[HERE[0], HERE[1] + "的", f"2026-{m:02d}", m, 12345678900 + m] for m in range(1, 13)]
        keep = [c for c, (_, dim) in enumerate((("division", "place"), ("division_name", "place"), ("month", "month"))) if dim in by] + [3, 4]
        columns = ["division", "division_name", "month", "count", "sum"]
        rows = rows if by else [[0, 0, 0, 78, sum(r[4] for r in rows)]]
        return {"kind": p["kind"], "division": HERE[0], "division_name": HERE[1], "dims": {}, "columns": [columns[c] for c in keep],
                "rows": [[r[c] for c in keep] for r in rows], "count": 78, "sum": sum(r[4] for r in rows),
                "fresh": {"order_length": 9, "nodes": 4000, "nodes_day": 3000, "nodes_clock": 12, "as_of_ms": NOW}}

    def see(self, *argv, lang="zh", columns=80, rows=24, env=None, typed=(), code=DONE):
        """On a terminal, without a pager."""
        got, text = shown([BANGFU, "--dir", self.dir.name, "--lang", lang, *argv], self.environment(**{"PAGER": "cat", **(env or {})}), columns, rows, typed)
        self.assertEqual(got, code, (argv, text))
        return text

    def piped(self, *argv, lang="zh", code=DONE, **kw):
        got, out, err = self.run_bangfu(*argv, lang=lang, **kw)
        self.assertEqual(got, code, err)
        return out

    def test_no_line_is_wider_than_the_terminal(self):
        listing = self.piped("completion", "bash")
        verbs = re.findall(r"^\t(\w+)\) words=", listing, re.M)
        ask = [("list", "--kind", k) for k in self.lists] + [("show", "--kind", k, "9") for k in self.kinds]
        ask += [("total",), ("total", "--by", "month"), ("total", "--by", "place,month"), ("total", "--list", "--kind", "visit"), ("nodes",), ("status",)]
        ask += [("help", v) for v in verbs] + [("help",), ("schema",), ("methods",), ("place", HERE[0]), ("balance", HERE[0]), ("verify",), ("counters",)]
        self.methods["total"] = lambda p: {**self.totals(p), **({"count": 5, "sum": 10, "rows": [[5, 10]]} if p["kind"] == "visit" else {})}
        self.methods["methods"] = lambda p: [{"name": "log", "zh": "记一条" * 40, "en": "record one " * 20, "params": [
            {"name": f"parameter{i}", "type": "text", "required": i % 2 == 0, "en": "x"} for i in range(12)], "result": "{}"}]
        for columns, rows in SIZES:
            for lang in LANGS:
                for argv in ask:
                    text = self.see(*argv, lang=lang, columns=columns, rows=rows)
                    self.assertGreater(len(text.splitlines()), 0)
                    for line in text.splitlines():
                        self.assertLessEqual(width(line), columns, (argv, lang, line))

    def test_status_with_all_its_sentences_fits_too(self):
        warning = {"name": "x", "rc": -1, "where": "", "zh": "磁盘快满了，请清理" * 20, "en": "The disk is nearly full; " * 20}
        hub = {"role": "hub", "division_name": "内蒙古自治区", "entries": 1234567, "places": 13000, "edition": "2023",
               "nodes": {"active": 1, "silent": 2, "never": 3, "revoked": 4, "clock": 5}, "now_ms": NOW, "kinds": {k: 10 ** 6 for k in self.kinds}}
        for status in ({**STATUS, "kinds": {k: 10 ** 6 for k in self.kinds}}, hub, {**STATUS, "hub": None}):
            self.methods["status"] = lambda p, s=status: {**s, "last_error": warning, "warnings": [{**warning, "zh": "时钟不对", "en": "clock"}]}
            for columns, rows in SIZES:
                for lang in LANGS:
                    text = self.see("status", lang=lang, columns=columns, rows=rows)
                    self.assertLessEqual(max(map(width, text.splitlines())), columns)
                    spaceless = re.sub(r"\s", "", text)
                    self.assertEqual(spaceless, re.sub(r"\s", "", self.piped("status", lang=lang)))  # folded, and nothing lost

    def test_one_long_text_does_not_widen_the_others(self):
        with_it = self.see("list").splitlines()
        rows = [line for line in with_it if re.match(r"2026-11-", line)]
        self.assertEqual(len(rows), self.count)
        self.assertTrue(any("…" in line and "房屋安全" in line for line in rows), with_it)
        for i, line in enumerate(rows):
            self.assertLessEqual(width(line), 80)
            if i != 2:
                self.assertIn(f"第 {i} 次，都好", line)  # whole, beside it

    def test_what_a_table_leaves_out_is_named_and_what_is_cut_is_marked(self):
        for lang, head, above, end in (("zh", "未显示的列：", "各行相同：", "；用--wide查看。"), ("en", "not shown: ", "the same in all rows: ", "; --wide shows all.")):
            for kind in self.lists:
                for columns, rows in SIZES:
                    self.assertEqual(self.lost(kind, lang, head, above, end, columns, rows), set())

    def lost(self, kind, lang, head, above, end, columns, rows):
        """Titles that a file has, and a terminal neither shows nor names."""
        def squeezed(text):
            return re.sub(r"\s", "", text)

        file = list(csv.reader(io.StringIO(self.piped("list", "--kind", kind, "--format", "csv", lang=lang))))
        titles = [title for title, *cells in zip(*file) if any(cells)]  # of a column that is empty there is nothing to show
        text = self.see("list", "--kind", kind, lang=lang, columns=columns, rows=rows)
        lines = text.splitlines()
        table = next(i for i, line in enumerate(lines) if re.match(r"日期  |day  ", line))
        self.assertRegex(lines[table + 1 + self.count], "^(未显示的列|有“…”的|not shown|What ends with|.* [0-9]+ (条|entries))")  # a row is one line
        told = set(map(squeezed, TITLE_GAP.split(lines[table])))
        common = squeezed("".join(lines[:table]))
        self.assertTrue(common.startswith(squeezed(above)), text)
        self.assertIn(squeezed(HERE[1]), common)
        self.assertNotIn(HERE[1], "".join(lines[table:]))  # not again in each row
        bare = {re.sub(r"[（(][^（()）]*[）)]$", "", t): t for t in map(squeezed, titles)}  # beside the table a title is without its unit
        told |= {t for t in (*bare, *bare.values()) if re.search("(^|[；;：:])" + re.escape(t), common)}
        rest = squeezed(text.partition(head)[2])
        if rest:
            self.assertIn(squeezed(end), rest)
            told |= set(re.split("[、,]", rest.partition(squeezed(end))[0]))
        return {t for b, t in bare.items() if t not in told and b not in told}

    def test_the_day_the_names_and_the_figures_stay_longest(self):
        for kind, words in (("visit", (HOUSE, "都好")), ("fund", (HOUSE, "123456.78")), ("aid", (HOUSE, "123456.78")), ("household", ("户编号", "户主姓名")),
                            ("member", (HOUSE, "姓名")), ("activity", ("参与人次", "活动名称")), ("service", ("服务时长", "志愿者编号"))):
            text = self.see("list", "--kind", kind)
            table = text.partition("未显示的列")[0]
            for word in ("2026-11-03", *words):
                self.assertIn(word, table, kind)
            self.assertNotIn("记录号", table)

    def test_wide_shows_all_as_a_pipe_has_it(self):
        for lang in LANGS:
            for kind in self.lists:
                whole = self.piped("list", "--kind", kind, lang=lang)
                self.assertEqual(self.see("list", "--kind", kind, "--wide", lang=lang), whole)
                self.assertEqual(self.piped("list", "--kind", kind, "--wide", lang=lang), whole)
        self.assertIn(SEEN, self.see("list", "--wide"))

    def test_pipes_and_files_get_all(self):
        for env in ({}, {"COLUMNS": "40", "LINES": "10", "PAGER": "false"}):
            for form in ("table", "csv", "json"):
                for kind in self.lists:
                    text = self.piped("list", "--kind", kind, "--format", form, env=env)
                    self.assertNotRegex(text, "…|未显示的列|各行相同")
                    for field in self.kinds[kind]["fields"]:
                        if field["type"] == "text" and field["name"] not in ("document",):
                            self.assertIn(SEEN if field["name"] == "seen" else SAMPLE["text"], text)
        for form in ("csv", "json"):  # forms for programs are whole on a terminal too
            self.assertEqual(self.see("list", "--format", form), self.piped("list", "--format", form))

    def test_figures_are_never_cut_however_narrow_the_terminal(self):
        for columns in (20, 30, 40, 60):
            text = self.see("total", "--kind", "visit", "--by", "month", columns=columns)
            for month in range(1, 13):
                self.assertIn(f" {12345678900 + month}\n", text)
            for argv in (("list", "--kind", "fund"), ("nodes",), ("help", "member"), ("show", REF)):
                for lang in LANGS:
                    for line in self.see(*argv, lang=lang, columns=columns).splitlines():
                        self.assertLessEqual(width(line), columns, (argv, line))

    def test_a_sentence_is_folded_between_words_and_before_no_closing_mark(self):
        for columns in range(20, 60):
            lines = self.see("status", columns=columns).splitlines()
            for line in lines:
                self.assertNotRegex(line, "^[，。；：、）]")
                self.assertNotRegex(line, "（$")
            for line in self.see("status", lang="en", columns=columns).splitlines():
                self.assertNotRegex(line, "^ | $")
            words = set(self.piped("status", lang="en").split())
            self.assertLessEqual(set(self.see("status", lang="en", columns=columns).split()), words)

    def test_an_entry_is_shown_in_full_over_as_many_lines_as_it_needs(self):
        self.methods["show"] = lambda p: {"entry": self.entry("visit", 2), "state": None, "about": []}
        text = self.see("show", REF)
        self.assertIn(SEEN, re.sub(r"\s", "", text))
        self.assertNotIn("…", text)

    def test_the_width_is_columns_then_the_terminals_then_80(self):
        def widest(**kw):
            return max(map(width, self.see("help", **kw).splitlines()))

        self.assertLessEqual(widest(columns=100, env={"COLUMNS": "50"}), 50)
        self.assertLessEqual(widest(columns=40, env={"COLUMNS": "4096"}), 4096)
        self.assertGreater(max(map(width, self.see("status", columns=40, env={"COLUMNS": "4096"}).splitlines())), 80)
        for told in ("19", "4097", "0", "-5", "abc", "60x", ""):
            self.assertTrue(50 < widest(columns=70, env={"COLUMNS": told}) <= 70, told)
        self.assertLessEqual(widest(columns=20), 20)
        self.assertEqual(self.see("help", columns=7), self.see("help", columns=20))
        self.assertTrue(60 < widest(columns=0, rows=0) <= 80)

    def test_help_fits_80_columns_wherever_it_goes_and_begins_with_the_fields(self):
        verbs = re.findall(r"^\t(\w+)\) words=", self.piped("completion", "bash"), re.M)
        for lang, fields, general in (("zh", "字段：", "各命令通用的选项："), ("en", "Fields:", "Options of every verb:")):
            for verb in verbs:
                text = self.piped("help", verb, lang=lang)
                self.assertLessEqual(max(map(width, text.splitlines())), 80, verb)
                self.assertNotRegex(text, "未显示的列|not shown:|没有写全|is cut;", verb)
                self.assertNotIn("--wide ", text.partition(general)[0], verb)
                self.assertEqual(text.count(general), 1, verb)
                self.assertIn("--lang zh|en", text.partition(general)[2])
                if verb in self.lists:
                    self.assertEqual(text.splitlines()[3], fields)
                    self.assertLess(text.index(f"--{self.kinds[verb]['fields'][-1]['name']} "), text.index("--check"))
        self.assertGreater(max(map(len, self.piped("help", "--man").splitlines())), 80)  # no lines of ours

    def test_meanings_of_options_stand_below_one_another(self):
        for lang in LANGS:
            for verb in ("list", "total", "import", "fund"):
                text = self.piped("help", verb, lang=lang)
                block = re.search(r"\n(?:选项：|Options:)\n(.*?)\n\n", text, re.S).group(1)
                begins = {width(m.group()) for line in block.splitlines() if (m := re.match(r"  --\S+(?: \S+)* {2,}(?=\S)", line))}
                self.assertEqual(len(begins), 1, block)


class Pagers(World):
    LONG, SHORT = ("help", "member"), ("version",)
    MARK = "sed s/^/P:/"

    def see(self, *argv, rows=24, columns=80, typed=(), code=DONE, **env):
        kept = self.environment(**env)
        if "PAGER" not in env:
            kept.pop("PAGER", None)
        for name in [n for n in ("LESS", "LESSCHARSET") if n not in env]:
            kept.pop(name, None)
        got, text = shown([BANGFU, "--dir", self.dir.name, "--lang", "zh", *argv], kept, columns, rows, typed)
        self.assertEqual(got, code, text)
        return text

    def test_only_an_answer_that_is_longer_than_the_screen_is_paged(self):
        whole = self.run_bangfu(*self.LONG, lang="zh")[1]
        self.assertEqual(self.see(*self.LONG, PAGER=self.MARK), "".join(f"P:{line}\n" for line in whole.splitlines()))
        lines = len(whole.splitlines())
        self.assertEqual(self.see(*self.LONG, rows=lines + 1, PAGER=self.MARK), whole)  # the last row is the prompt's
        self.assertTrue(self.see(*self.LONG, rows=lines, PAGER=self.MARK).startswith("P:"))
        self.assertNotIn("P:", self.see("status", PAGER=self.MARK))

    def test_no_pager_is_asked_where_none_is_wanted_or_there_is_none(self):
        whole = self.run_bangfu(*self.LONG, lang="zh")[1]
        for argv, env in ((("--no-pager",), {"PAGER": self.MARK}), ((), {"PAGER": "cat"}), ((), {"PAGER": ""}), ((), {"PAGER": self.MARK, "TERM": "dumb"}),
                          ((), {"PAGER": "no-such-program -x"}), ((), {"PAGER": "/no/such/program"}), ((), {"PATH": "/nowhere"})):
            self.assertEqual(self.see(*self.LONG, *argv, **env), whole, (argv, env))
        self.assertEqual(self.run_bangfu(*self.LONG, lang="zh", env={"PAGER": self.MARK})[1], whole)  # no terminal

    def test_less_gets_gits_options_and_a_prompt_unless_there_are_some(self):
        told = self.file("pager", "#!/bin/sh\necho \"$LESS $LESSCHARSET\"\ncat >/dev/null\n")
        os.chmod(told, 0o755)
        self.assertEqual(self.see(*self.LONG, PAGER=told), "-FRX -PsSPACE next page, q quit$ utf-8\n")
        self.assertEqual(self.see(*self.LONG, "--wide", PAGER=told), "-FRSX -PsSPACE next page, q quit$ utf-8\n")
        self.assertEqual(self.see(*self.LONG, PAGER=told, LESS="", LESSCHARSET="latin1"), " latin1\n")
        self.assertEqual(self.see(*self.LONG, PAGER=f"A=1 {told}"), "-FRX -PsSPACE next page, q quit$ utf-8\n")  # the shell reads it

    def test_a_pager_that_is_left_early_is_no_fault(self):
        self.assertEqual(len(self.see(*self.LONG, PAGER="head -n 2").splitlines()), 2)
        self.assertEqual(self.see(*self.LONG, PAGER="true"), "")

    def test_what_must_be_known_of_the_answer_stands_with_it(self):
        def entries(p):
            rows = [{"ref": f"0f3a000000000001-{i}", "kind": "fund", "day": "2026-11-01", "division": "150722102200", "author": "w", "voided": False,
                     "fields": {"amount": "1.00", "movement": "下达"}} for i in range(p["limit"])]
            return {"rows": rows, "after": "0f3a000000000001-7", "count": 1, "sum": 1}

        self.methods["list"] = entries
        for limit in (5, 50):
            text = self.see("list", "--kind", "fund", "--limit", str(limit), PAGER=self.MARK)
            marked = [line.startswith("P:") for line in text.splitlines()]
            self.assertEqual((all(marked), any(marked)), (limit == 50, limit == 50), text)
            self.assertEqual(text.count("--after 0f3a000000000001-7"), 1)

    @unittest.skipUnless(shutil.which("less"), "there is no less")
    def test_less_shows_it_and_leaves_at_q(self):
        text = self.see(*self.LONG, typed=(("SPACE next page, q quit", "q"),))
        self.assertIn("bangfu member", text)
        self.assertNotIn("--version", text)  # which stands last


if __name__ == "__main__":
    unittest.main(verbosity=2)
