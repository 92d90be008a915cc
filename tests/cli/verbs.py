#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""verbs.py -- the whole program: exit codes, both languages, three formats, and that what it reports is true."""
import csv
import io
import json
import os
import re
import subprocess
import threading
import unittest

import fake_node
from world import BANGFU, DONE, FAILED, FUNDS, MOVEMENTS, NODE, NO_NODE, REF, REFUSED, STATUS, USAGE, World, good_methods, total, watched

HAN = re.compile("[\u4e00-\u9fff]")
VISIT = ("visit", "--households", "1", "--purpose", "1")


class ExitCodes(World):
    def test_every_verb_that_is_right_is_done(self):
        people = self.file("people.csv", "户编号,姓名\n1,张三\n")
        places = self.file("places.csv", "code,name,level\n150000000000,内蒙古自治区,province\n")
        rows = [VISIT, ("status",), ("import", people), ("void", REF, "--reason", "x"), ("list",), ("show", REF), ("show", "1507"),
                ("total",), ("total", "15", "--list"), ("balance", "15"), ("place", "宝山村"), ("verify",), ("sync",),
                ("sync", "--no-wait"), ("enrol", "bangfu://h:1/x"), ("token", "--division", "150722102200"), ("token", "list"),
                ("token", "cancel", "12ab34cd"), ("acts",), ("acts", "--last", "1"), ("nodes",),
                ("revoke", "0f3a000000000001"), ("places", places, "--edition", "2023"), ("counters",), ("methods",), ("schema",),
                ("schema", "visit"), ("help",), ("help", "visit"), ("version",), ("--version",), ("completion", "bash"),
                ("help", "--man"), ()]
        for argv in rows:
            for form in ("table", "json", "csv"):
                code, out, err = self.run_bangfu(*argv, "--format", form)
                self.assertEqual(code, DONE, (argv, form, err))
                if argv != ("sync", "--no-wait") or form == "table":
                    self.assertTrue(out or form == "csv", (argv, form))

    def test_wrong_usage_is_2_and_asks_the_node_nothing(self):
        for argv in (("visti",), ("status", "x"), ("show",), ("visit", "--purpose", "1"), ("visit", "--xyz", "1"), ("total", "--kind", "x"),
                     ("total", "--by", "x"), ("total", "--month", "13/2026"), ("total", "--purpose", "1"), ("list", "--limit", "0"),
                     *(("list", "--limit", text, "--format", form) for text in ("0", "-1", "x", "", "1000001", "all") for form in ("csv", "json", "table")),
                     ("void", REF), ("token",), ("token", "cancel"), ("token", "list", "x"), ("token", "lst"), ("acts", "--last", "0"), ("places", "x.csv"), ("import", "/no/such.csv"), ("status", "--format", "xml"),
                     ("--lang", "fr", "status"), ("completion", "tcsh"), ("help", "visti"), ("schema", "x")):
            code, out, err = self.run_bangfu(*argv)
            self.assertEqual((code, out), (USAGE, ""), (argv, err))
            self.assertRegex(err, r"^bangfu: .{8,}\n$")
        self.assertEqual(self.node.asked, [])

    def test_a_kind_where_a_place_belongs_is_told_how_to_write_it(self):
        for verb in ("list", "total"):
            for word, name in (("household", "household"), ("走访", "visit"), ("fund", "fund")):
                for lang in ("zh", "en"):
                    code, _, err = self.run_bangfu(verb, word, lang=lang)
                    self.assertEqual(code, USAGE)
                    self.assertIn(f"--kind {name}", err)
        self.assertEqual(self.node.asked, [])

    def test_a_list_that_is_too_long_is_told_with_its_bound_and_not_fetched(self):
        self.methods["total"] = lambda p: {**total({**p, "by": ["movement"]}), "rows": [[1, 1000001, 100000]], "count": 1000001, "sum": 100000}
        for lang, words in (("zh", "合计背后有 1000001 条记录，一次最多列出 1000000 条"), ("en", "There are 1000001 entries")):
            code, out, err = self.run_bangfu("total", "15", "--list", lang=lang)
            self.assertEqual((code, out), (FAILED, ""))
            self.assertIn(words, err)
        self.assertEqual(self.asked("list"), [])

    def test_entries_are_asked_for_by_the_thousand_and_the_latest_first_only_for_eyes(self):
        self.methods["list"] = lambda p: {"rows": [], "after": None, "count": 0, "sum": 0}
        for argv in (("--last", "2500"), ("--last", "30", "--format", "csv"), ("--limit", "2500"), (), ("--format", "csv"), ("--format", "json"),
                     ("--limit", "7", "--format", "json"), ("--after", REF, "--format", "csv")):
            self.assertEqual(self.run_bangfu("list", *argv)[0], DONE, argv)
        self.assertEqual([(p["limit"], "newest" in p) for p in self.asked("list")],
                         [(1000, True), (30, True), (1000, True), (100, True), (1000, False), (1000, False), (7, False), (1000, False)])
        self.assertEqual([p.get("after") for p in self.asked("list")], [None] * 7 + [REF])

    def test_what_an_answer_lacks_is_told_and_is_1(self):
        for argv in (("total",), ("list",), ("show", REF), ("balance", "15"), ("verify",)):
            method = self.methods[argv[0]]

            def lacking(p, method=method):
                try:
                    return {**method(p), "pending": 6000}
                except fake_node.Notices as n:
                    n.result["pending"] = 6000
                    raise
            self.methods[argv[0]] = lacking
            for lang, words in (("zh", "还有 6000 条已保存的记录没有算进来"), ("en", "6000 saved entries are not counted here yet")):
                for form in ("table", "json"):
                    if argv == ("list",) and form == "json":
                        self.methods["list"] = lambda p: {"rows": [], "after": None, "count": 0, "sum": 0, "pending": 6000}
                    code, out, err = self.run_bangfu(*argv, "--format", form, lang=lang)
                    self.assertEqual(code, FAILED, (argv, form, err))
                    self.assertIn(words, err)
                    self.assertTrue(out, argv)
                    if form == "json":
                        self.assertEqual(json.loads(out)["pending"], 6000)

    def test_a_node_that_stands_still_is_given_up_and_one_at_work_is_not(self):
        still = threading.Event()
        self.addCleanup(still.set)

        def work(params):
            raise fake_node.Working(12, 2, {"entries": 3, "held": 3, "error": None})

        self.methods["status"] = lambda p: still.wait(60)
        self.methods["sync"] = work
        self.methods["verify"] = work
        runs = [subprocess.Popen([BANGFU, "--dir", self.dir.name, "--lang", lang, verb], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, env=self.environment())
                for verb, lang in (("status", "zh"), ("status", "en"), ("sync", "en"), ("verify", "en"))]
        told = [(*run.communicate(timeout=50), run.returncode) for run in runs]
        for (out, err, code), words in zip(told, ("20 秒没有任何回音", "has not answered for 20 s")):
            self.assertEqual((code, out), (NO_NODE, ""), err)
            self.assertIn(words, err)
        for out, err, code in told[2:]:
            self.assertEqual((code, err), (DONE, ""), out)

    def test_no_node_is_3(self):
        done = subprocess.run([BANGFU, "--dir", "/nowhere", "status"], capture_output=True, env=self.environment(), check=False)
        self.assertEqual(done.returncode, NO_NODE)
        self.assertIn("/nowhere/bangfu.sock", done.stderr.decode())

    def test_a_refusal_is_4_in_the_nodes_own_words(self):
        def refuse(params):
            raise fake_node.Refused("amount", "金额不对：请写元", "wrong amount: write yuan", where="amount")

        self.methods["log"] = refuse
        self.assertEqual(self.run_bangfu(*VISIT, lang="zh"), (REFUSED, "", "bangfu: 金额不对：请写元\n"))
        self.assertEqual(self.run_bangfu(*VISIT, lang="en"), (REFUSED, "", "bangfu: wrong amount: write yuan\n"))

    def test_a_parameter_that_is_an_option_keeps_its_name(self):
        for where, said in (("by", "by is out of range: it must be 1 to 9."), ("division", "PLACE is out of range: it must be 1 to 9."),
                            ("other", "other is out of range: it must be 1 to 9.")):
            def refuse(params, where=where):
                raise fake_node.Refused("limit", f"{where} 超出范围：应为 1 到 9。", f"{where} is out of range: it must be 1 to 9.", where=where)

            self.methods["total"] = refuse
            self.assertEqual(self.run_bangfu("total", "15", "--by", "month"), (REFUSED, "", f"bangfu: {said}\n"))

    def test_a_node_that_goes_away_before_its_answer_is_3_and_says_what_to_look_at(self):
        def leave(params):
            raise fake_node.HangUp()

        self.methods["log"] = leave
        code, out, err = self.run_bangfu(*VISIT)
        self.assertEqual((code, out), (NO_NODE, ""))
        self.assertIn("bangfu list", err)

    def test_an_answer_that_is_no_msgpack_rpc_is_1(self):
        def garbage(params):
            raise fake_node.Raw(b"\xc1\xc1\xc1")

        self.methods["status"] = garbage
        code, _, err = self.run_bangfu("status")
        self.assertEqual(code, FAILED)
        self.assertIn("not understood", err)

    def test_a_full_disk_behind_the_output_is_1(self):
        for argv in (("status",), ("help",), ("list", "--format", "json"), ("total", "--format", "csv"), VISIT):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BANGFU, "--dir", self.dir.name, "--lang", "en", *argv], stdout=full, stderr=subprocess.PIPE,
                                      stdin=subprocess.DEVNULL, env=self.environment(), check=False)
            self.assertEqual(done.returncode, FAILED, argv)
            self.assertIn("could not be written out", done.stderr.decode())

    def test_a_reader_that_has_seen_enough_ends_it_without_a_word(self):
        for argv in (("status",), ("help",), ("help", "--man"), ("list", "--format", "json"), ("total", "--format", "csv")):
            out, into = os.pipe()
            os.close(out)
            done = subprocess.run([BANGFU, "--dir", self.dir.name, *argv], stdout=into, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, env=self.environment(), check=False)
            os.close(into)
            self.assertEqual((done.returncode, done.stderr), (FAILED, b""), argv)

    def endless(self, pages, end):
        """A list of pages of two; what `end` raises instead of the one after the last of them."""
        def told(p):
            at = int(p["after"].split("-")[1]) if "after" in p else 0
            if at >= 2 * pages:
                end()
            rows = [{**FUNDS[0], "ref": "0f3a000000000001-%d" % n} for n in (at + 1, at + 2)]
            return {"rows": rows, "after": rows[-1]["ref"], "count": 100, "sum": 0}
        self.methods["list"] = told

    def test_a_list_that_breaks_off_is_never_taken_for_the_whole(self):
        def leave():
            raise fake_node.HangUp()

        def refuse():
            raise fake_node.Refused("internal", "内部错误", "an internal error")

        def nonsense():
            raise fake_node.Raw(b"\xc1")

        for end, told in ((leave, NO_NODE), (refuse, REFUSED), (nonsense, FAILED)):
            for verb in (("list", "--kind", "fund"), ("total", "--list")):
                for lang, words in (("zh", "没有列完：只写出了前 6 条，这份结果不完整"), ("en", "Not finished: only the first 6 entries were written")):
                    self.endless(3, end)
                    code, out, err = self.run_bangfu(*verb, "--format", "json", lang=lang)
                    self.assertEqual(code, told, err)
                    self.assertRaises(ValueError, json.loads, out)
                    self.assertEqual(out.count('"ref"'), 6)
                    self.assertRegex(err, rf"^bangfu: {words}.*\nbangfu: .+\n$")
                    code, out, err = self.run_bangfu(*verb, "--format", "csv", lang=lang)
                    self.assertEqual((code, len(out.splitlines())), (told, 7), err)
                    self.assertRegex(err, rf"^bangfu: {words}.*\nbangfu: .+\n$")
            self.endless(3, end)
            code, out, err = self.run_bangfu("list", "--kind", "fund")  # of a table nothing is shown
            self.assertEqual((code, out), (told, ""), err)
            self.endless(0, end)
            for form in ("json", "csv", "table"):  # nor of what was refused at once
                code, out, err = self.run_bangfu("list", "--kind", "fund", "--format", form)
                self.assertEqual((code, out, len(err.splitlines())), (told, "", 1), err)

    def test_a_page_without_entries_that_says_there_are_more_is_no_end(self):
        for form in ("json", "csv", "table"):
            self.methods["list"] = lambda p: {"rows": [], "after": REF, "count": 9, "sum": 0}
            code, out, err = self.run_bangfu("list", "--kind", "fund", "--format", form)
            self.assertEqual(code, FAILED)
            self.assertIn("not understood", err)
            self.assertEqual(len(self.asked("list")), 1)
            self.node.asked.clear()

    def test_no_more_is_asked_for_when_nobody_takes_it(self):
        out, into = os.pipe()
        os.close(out)
        with open("/dev/full", "wb") as full:
            for to, words in ((full, "could not be written out whole (No space left on device)"), (into, None)):
                for verb in (("list", "--kind", "fund"), ("total", "--list")):
                    for form in ("json", "csv"):
                        self.endless(1000, lambda: None)
                        self.node.asked.clear()
                        done = subprocess.run([BANGFU, "--dir", self.dir.name, "--lang", "en", *verb, "--format", form], stdout=to, stderr=subprocess.PIPE,
                                              stdin=subprocess.DEVNULL, env=self.environment(), check=False)
                        self.assertEqual(done.returncode, FAILED, form)
                        self.assertEqual(len(self.asked("list")), 1)
                        self.assertRegex(done.stderr.decode(), rf"^bangfu: .*{re.escape(words)}.*\n$" if words else "^$")
        os.close(into)

    def test_a_failed_sync_is_1_with_the_sessions_fault(self):
        self.methods["sync"] = lambda p: {"entries": 0, "error": {"name": "x", "rc": -18, "where": "", "zh": "连不上", "en": "no way"}}
        self.assertEqual(self.run_bangfu("sync"), (FAILED, "", "bangfu: no way\n"))

    def test_findings_of_verify_are_1(self):
        self.methods["verify"] = lambda p: {"findings": 1, "first": [{"what": "chain", "ref": REF, "text": "hash differs"}],
                                            "origins": 1, "entries": 1, "ledger_sum": 0, "ms": 1}
        code, out, err = self.run_bangfu("verify")
        self.assertEqual(code, FAILED)
        self.assertIn(REF, out)
        self.assertIn("1 things wrong", err)


    def test_malformed_entries_are_named_by_verify_and_are_no_findings(self):
        answer = {"findings": 0, "first": [], "origins": 1, "entries": 30, "ledger_sum": 0, "ms": 1}
        self.methods["verify"] = lambda p: answer
        for lang, words in (("zh", ("有 30 条记录内容不合格式", "前几条是：", "没有发现不符")), ("en", ("30 entries are malformed", "The first are:", "Nothing differs"))):
            answer.update(malformed=30, first_malformed=[REF] * 20)
            code, out, err = self.run_bangfu("verify", lang=lang)
            self.assertEqual((code, err, out.count(REF)), (DONE, "", 20))
            for word in words:
                self.assertIn(word, out)
        answer.update(malformed=1, first_malformed=[REF])
        self.assertIn("They are:\n  " + REF, self.run_bangfu("verify")[1])
        for none in ({"malformed": 0, "first_malformed": []}, {}):  # {}: an older node's
            answer = {"findings": 0, "first": [], "origins": 1, "entries": 1, "ledger_sum": 0, "ms": 1, **none}
            self.assertNotIn("malformed", self.run_bangfu("verify")[1])


class Arguments(World):
    """What every user of the machine can read in /proc while a command waits for its answer."""
    ID, TOKEN, HOUSE = "11010519491231002X", "bangfu://hub.example:7450/" + "s" * 70, "1507221022000382"
    SECRET = ("王测一", ID, "13800000000", TOKEN, "6217001234567891234", HOUSE, "所见的家事")

    def of_a_waiting(self, method, *argv, stdin=None):
        """(the arguments of the waiting client, what it asked)"""
        reached, go_on = threading.Event(), threading.Event()
        answer = good_methods()[method]

        def wait(params):
            reached.set()
            go_on.wait(20)
            return answer(params)

        self.methods[method] = wait
        self.node.asked.clear()
        run = subprocess.Popen([BANGFU, "--dir", self.dir.name, "--lang", "zh", *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=self.environment())
        if stdin is not None:
            run.stdin.write(stdin)
            run.stdin.flush()
        self.assertTrue(reached.wait(20), argv)
        with open(f"/proc/{run.pid}/cmdline", "rb") as f:
            seen = f.read().decode()
        go_on.set()
        out, err = run.communicate(timeout=20)
        self.assertEqual(run.returncode, DONE, err)
        for secret in self.SECRET:
            self.assertNotIn(secret, seen)
        self.assertIn(argv[0], seen)
        return seen, self.asked(method)[0]

    def test_nothing_of_a_person_stays_among_the_arguments(self):
        fields = {"household": self.HOUSE, "name": "王测一", "id": self.ID, "phone": "13800000000"}
        options = [w for name, value in fields.items() for w in ("--" + name, value)]
        self.assertEqual(self.of_a_waiting("log", "member", *options)[1], {"kind": "member", "fields": fields})
        self.assertEqual(self.of_a_waiting("log", "member", *[f"--{n}={v}" for n, v in fields.items()])[1]["fields"], fields)
        _, asked = self.of_a_waiting("log", "household", "--subject", REF, "--bank-account", "6217001234567891234")
        self.assertEqual(asked, {"kind": "household", "subject": REF, "fields": {"bank-account": "6217001234567891234"}})
        _, asked = self.of_a_waiting("log", "visit", "--households", self.HOUSE, "--households", self.HOUSE, "--purpose", "1", "--seen", "所见的家事")
        self.assertEqual(asked["fields"], {"households": f"{self.HOUSE},{self.HOUSE}", "purpose": "1", "seen": "所见的家事"})
        self.assertEqual(self.of_a_waiting("enrol", "enrol", self.TOKEN)[1], {"token": self.TOKEN})
        self.assertEqual(self.of_a_waiting("show", "show", self.ID)[1]["key"], self.ID)
        self.assertEqual(self.of_a_waiting("show", "household", "--subject", self.HOUSE, "--phone", "13800000000")[1]["key"], self.HOUSE)

    def test_a_hyphen_takes_a_line_of_the_input_instead(self):
        seen, asked = self.of_a_waiting("log", "member", "--household", "1", "--phone", "-", "--id=-", "--name", "-",
                                        stdin=f" 王测一 \n{self.ID}\n13800000000\n")
        self.assertEqual(asked["fields"], {"household": "1", "name": "王测一", "id": self.ID, "phone": "13800000000"})
        self.assertEqual(self.of_a_waiting("enrol", "enrol", "-", stdin=self.TOKEN + "\n")[1], {"token": self.TOKEN})
        self.assertEqual(self.of_a_waiting("show", "show", "-", stdin=self.ID + "\n")[1]["key"], self.ID)
        _, asked = self.of_a_waiting("log", "household", "--subject", "-", "--phone", "-", stdin=REF + "\n13800000000\n")
        self.assertEqual(asked, {"kind": "household", "subject": REF, "fields": {"phone": "13800000000"}})

    def test_a_hyphen_without_a_line_is_wrong_usage(self):
        for argv in (("member", "--household", "1", "--name", "-"), ("enrol", "-"), ("show", "-"), ("household", "--subject", "-")):
            for given in ("", "\n"):
                code, out, err = self.run_bangfu(*argv, stdin=None, input=given.encode())
                self.assertEqual((code, out), (USAGE, ""), err)
                self.assertEqual(self.node.asked, [])

    def test_a_hyphen_asks_in_every_field(self):
        _, asked = self.of_a_waiting("log", "visit", "--households", "-", "--purpose", "1", "--needs", "-", stdin="1001\n化肥\n")
        self.assertEqual(asked["fields"], {"households": "1001", "purpose": "1", "needs": "化肥"})


class Languages(World):
    def test_the_language_is_the_options_then_the_variables_then_the_locales(self):
        for lang, env, chinese in (("zh", {"BANGFU_LANG": "en"}, True), (None, {"BANGFU_LANG": "zh", "LANG": "en_US.UTF-8"}, True),
                                   (None, {"LANG": "zh_CN.UTF-8"}, True), (None, {"LANG": "en_US.UTF-8"}, False),
                                   (None, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, False), (None, {}, False)):
            _, out, _ = self.run_bangfu("help", lang=lang, env=env)
            self.assertEqual(out.startswith("用法"), chinese, (lang, env))

    def test_help_of_every_verb_is_whole_in_both_languages(self):
        _, listing, _ = self.run_bangfu("completion", "words", "--", "", "", "")
        verbs = [line.split("\t")[0] for line in listing.splitlines()]
        self.assertGreater(len(verbs), 25)
        for verb in verbs:
            told = {lang: self.run_bangfu("help", verb, lang=lang)[1] for lang in ("zh", "en")}
            self.assertTrue(HAN.search(told["zh"]), verb)
            for text in told.values():
                self.assertNotIn("(null)", text)
                self.assertNotRegex(text, r"\n  --\S+ *\n", verb)
                self.assertTrue(text.startswith(f"bangfu {verb}"), verb)

    def test_help_of_a_kind_names_each_field_with_its_term_type_and_words(self):
        _, zh, _ = self.run_bangfu("help", "fund", lang="zh")
        self.assertRegex(zh, r"--amount +金额 +金额（元） +必填")
        self.assertRegex(zh, r"--day +日期 +日期 +自动填写")
        self.assertIn("1 下达 allot", zh)

    def test_the_nodes_chinese_words_are_english_where_english_is_asked_for(self):
        fund = {**FUNDS[0], "fields": {"movement": "下达", "level": "省级", "channel": "社会捐赠", "amount": "1000.00", "from": "社会捐赠",
                                       "to": f"户:{REF}", "document": "支出"}, "names": {REF: "15 王**"}}
        house = {**FUNDS[0], "kind": "household", "fields": {"other-causes": "因病,因学,99", "safe-water": "是", "power": "否", "monitor": "没有这个词"}}
        self.methods["list"] = lambda p: {"rows": [fund] if p["kind"] == "fund" else [house], "after": None, "count": 1, "sum": 0}
        self.methods["show"] = lambda p: {"entry": house, "state": None, "about": [fund]}
        self.methods["balance"] = lambda p: {"account": f"户:{REF}", "in": 0, "out": 0, "balance": 0, "count": 0}
        zh = ("下达", "省级", "社会捐赠", "户:15 王**", "因病,因学,99", "是", "否", "没有这个词")
        en = ("allot", "province", "donation", "donors", "household:15 王**", "illness,schooling,99", "yes", "no", "没有这个词", "支出")
        for lang, there, absent in (("zh", zh, en[:8]), ("en", en, zh[:7])):
            for form in ("table", "csv"):
                told = "".join(self.run_bangfu("list", "--kind", kind, "--format", form, lang=lang)[1] for kind in ("fund", "household"))
                told += self.run_bangfu("show", REF, "--format", form, lang=lang)[1] + self.run_bangfu("balance", f"household:{REF}", lang=lang)[1]
                words = set(re.split(r'  +|[\n"]|,(?=\D)(?!因|illness|schooling)', told))
                for word in there:  # in a file number and name stand apart
                    self.assertIn(word.replace(" 王", ",王") if form == "csv" else word, told, (lang, form))
                for word in absent:
                    self.assertNotIn(word, words, (lang, form, told))
            rows = json.loads(self.run_bangfu("list", "--kind", "fund", "--format", "json", lang=lang)[1])["rows"]
            shown = json.loads(self.run_bangfu("show", REF, "--format", "json", lang=lang)[1])
            self.assertEqual((rows[0]["fields"], shown["entry"]["fields"]), (fund["fields"], house["fields"]))

    def test_money_is_never_cut_and_columns_line_up(self):
        from unicodedata import east_asian_width
        _, out, _ = self.run_bangfu("list", "--kind", "fund", lang="zh")
        lines = out.splitlines()[:3]
        ends = {sum(2 if east_asian_width(c) in "WF" else 1 for c in line[:line.index(word) + len(word)])
                for line, word in zip(lines, ("金额（元）", "1000.00", "234.56"))}
        self.assertEqual(len(ends), 1, out)


class Truth(World):
    def test_status_keeps_saved_here_and_stored_there_apart(self):
        _, out, _ = self.run_bangfu("status", lang="zh")
        self.assertIn("本机已保存 123 条；省平台已存 120 条（2026-11-23 21:14）；等待同步 3 条；", out)
        self.assertIn("一切正常", out)
        self.assertIn("其中（每次修改也算一条）：走访 100 条，资金 23 条。", out)

    def test_status_says_what_is_wrong_and_is_still_done(self):
        fault = {"name": "x", "rc": -18, "where": "", "zh": "连不上省平台，请检查网络", "en": "hub unreachable; check the network"}
        other = {**fault, "zh": "磁盘快满了", "en": "disk nearly full"}
        self.methods["status"] = lambda p: {**STATUS, "last_error": fault, "warnings": [fault, other]}
        code, out, _ = self.run_bangfu("status", lang="zh")
        self.assertEqual(code, DONE)
        self.assertEqual(out.count("连不上省平台"), 1)
        self.assertIn("磁盘快满了", out)
        self.assertNotIn("一切正常", out)

    def test_a_station_that_is_not_enrolled_is_told_how(self):
        self.methods["status"] = lambda p: {**STATUS, "hub": None}
        self.assertIn("bangfu enrol", self.run_bangfu("status")[1])

    def test_each_node_is_in_one_count_of_the_status_and_what_is_unknown_is_said_when_there_is_any(self):
        nodes = {"active": 7, "silent": 2, "never": 1, "revoked": 3}
        self.methods["status"] = lambda p: {**STATUS, "role": "hub", "nodes": nodes}
        for lang, said, unknown in (("zh", "工作站：两天内同步过的 7 个，两天以上没有同步的 2 个，从未同步的 1 个；已停用 3 个。\n", "另有 4 个不能判断"),
                                    ("en", "Nodes: 7 synced within two days, 2 silent for longer, 1 never seen; 3 revoked.\n", "Of 4 more it is unknown")):
            for clock in (None, 0, 4):  # None: an older node's
                nodes.pop("clock", None)
                nodes.update({} if clock is None else {"clock": clock})
                out = self.run_bangfu("status", lang=lang)[1]
                self.assertIn(said, out)
                self.assertEqual(unknown in out, clock == 4, out)
                self.assertEqual("不能判断" in out or "unknown" in out, clock == 4, out)

    def test_malformed_entries_have_a_column_when_there_are_any(self):
        self.methods["watch"] = lambda p: watched([NODE, {**NODE, "origin": "0f3a000000000002", "malformed": 3, "first_malformed": REF}], p)
        for lang, words in (("zh", ("内容不合格式", "其中第一条")), ("en", ("malformed", "first of them"))):
            head, _, odd = self.run_bangfu("nodes", lang=lang)[1].splitlines()[:3]
            for word in words:
                self.assertIn(word, head)
            self.assertIn(REF, odd)
        self.methods["watch"] = lambda p: watched([NODE], p)
        self.assertNotIn("malformed", self.run_bangfu("nodes")[1])
        row, = csv.DictReader(self.run_bangfu("nodes", "--format", "csv")[1].splitlines())
        self.assertEqual(row["malformed"], "0")
        self.assertEqual(json.loads(self.run_bangfu("nodes", "--format", "json")[1])[0]["malformed"], 0)

    def test_an_entry_that_is_malformed_is_shown_as_what_it_is(self):
        flaw = {"tag": 1, "field": "division", "breaks": "bound", "bytes": 77, "hash": "ab" * 32}
        bad = {**FUNDS[0], "fields": {}, "day": None, "division": None, "division_name": None, "malformed": flaw}
        self.methods["show"] = lambda p: {"entry": bad, "state": None, "about": []}
        for lang, words in (("zh", ("内容不合格式", "区划", "超出范围", "77")), ("en", ("malformed", "division", "out of its bounds", "77"))):
            code, out, _ = self.run_bangfu("show", REF, lang=lang)
            self.assertEqual(code, DONE)
            for word in (*words, "ab" * 32):
                self.assertIn(word, out)
        flaw.update(tag=0, field=None, breaks="form")
        self.assertIn("of another type or form", self.run_bangfu("show", REF)[1])
        self.assertEqual(json.loads(self.run_bangfu("show", REF, "--format", "json")[1])["entry"]["malformed"]["bytes"], 77)

    def test_what_the_hub_cannot_count_follows_a_sync_that_went_well(self):
        fault = {"name": "warn_hub_malformed", "rc": -3, "where": "", "zh": "有 2 条看不懂", "en": "2 cannot be read"}
        good = self.methods["sync"]({})
        self.methods["sync"] = lambda p: {**good, "malformed": 2, "warnings": [fault]}
        for lang, words in (("zh", "请注意：有 2 条看不懂\n"), ("en", "Please note: 2 cannot be read\n")):
            code, out, err = self.run_bangfu("sync", lang=lang)
            self.assertEqual((code, err), (DONE, words))
            self.assertEqual(out.count("\n"), 1, out)
        self.methods["sync"] = lambda p: {**good, "malformed": 0, "warnings": []}
        self.assertEqual(self.run_bangfu("sync")[2], "")

    def test_an_origin_copied_from_a_spreadsheet_is_itself(self):
        self.assertEqual(self.run_bangfu("revoke", "'1234567890123456")[0], DONE)
        self.assertEqual(self.asked("revoke"), [{"origin": "1234567890123456"}])

    def test_a_move_is_asked_for_only_by_its_own_option(self):
        self.assertEqual(self.run_bangfu("enrol", "bangfu://h:1/x")[0], DONE)
        self.assertEqual(self.run_bangfu("enrol", "bangfu://h:1/x", "--move")[0], DONE)
        self.assertEqual(self.asked("enrol"), [{"token": "bangfu://h:1/x"}, {"token": "bangfu://h:1/x", "move": True}])

    def test_the_list_behind_a_total_is_fetched_to_its_end_and_agrees(self):
        code, out, _ = self.run_bangfu("total", "--list")
        self.assertEqual(code, DONE)
        for entry in FUNDS:
            self.assertIn(entry["ref"], out)
        self.assertIn("add up to the total", out)
        self.assertEqual(len(self.asked("list")), 2)

    def test_a_list_that_contradicts_its_total_fails(self):
        good = self.methods["total"]
        def wrong(p):
            answer = good(p)
            answer["rows"][-1][-1] += 1
            answer["sum"] += 1
            return answer

        self.methods["total"] = wrong
        code, out, err = self.run_bangfu("total", "--list")
        self.assertEqual((code, out), (FAILED, ""))
        self.assertIn("spend 1 entries, amount 234.56", err)
        self.assertIn("spend 1 entries, amount 234.57", err)
        for form in ("csv", "json"):
            code, out, err = self.run_bangfu("total", "--list", "--format", form)
            self.assertEqual(code, FAILED)
            self.assertIn("does not add up", err)
            if form == "json":  # its entries stand there, its end does not
                self.assertRaises(ValueError, json.loads, out)

    def test_an_entry_saved_between_a_total_and_its_list_is_in_both(self):
        now = self.methods["total"]
        for form in ("table", "csv", "json"):
            before = iter([{**now({"kind": "fund"}), "columns": ["movement", "count", "sum"], "rows": [[1, 1, 100000]], "count": 1, "sum": 100000}])
            self.methods["total"] = lambda p, before=before: next(before, None) or now(p)
            code, out, err = self.run_bangfu("total", "--list", "--format", form)
            self.assertEqual((code, err), (DONE, ""))
            for entry in FUNDS:
                self.assertEqual(out.count(entry["ref"]), 1)
            if form == "json":
                told = json.loads(out)
                self.assertEqual((told["count"], [s["sum"] for s in told["sums"]]), (2, [100000, 23456]))
            if form == "table":
                self.assertEqual(out.count("spend in all 1 entries"), 1)

    def test_sums_of_movements_are_never_added(self):
        both = "下达 {0}1 条，金额 1000.00 元\n{1} 支出 {0}1 条，金额 234.56 元\n"
        for argv in ((), ("--by", "month"), ("--by", "movement"), ("--list",)):
            _, out, _ = self.run_bangfu("total", *argv, lang="zh")
            self.assertIn("宝山村 资金 " + both.format("合计 ", "宝山村 资金"), out)
            self.assertNotIn("1234.56", out)
            self.assertIn("movement", self.asked("total")[-1]["by"])
        _, out, _ = self.run_bangfu("list", "--kind", "fund", lang="zh")
        self.assertIn("资金 " + both.format("", "资金"), out)
        self.assertNotIn("1234.56", out)
        _, out, _ = self.run_bangfu("total", "--by", "month", "--format", "csv")
        self.assertEqual([(r["movement"], r["amount (yuan)"]) for r in csv.DictReader(io.StringIO(out))],
                         [("allot", "1000.00"), ("spend", "234.56")])
        for argv in (("total",), ("total", "--list"), ("list", "--kind", "fund")):
            told = json.loads(self.run_bangfu(*argv, "--format", "json")[1])
            self.assertNotIn("sum", told)
            self.assertNotIn("sum_yuan", told)
            self.assertEqual(told["sums"][1], {"movement": {"code": 3, "zh": "支出", "en": "spend"}, "count": 1, "sum": 23456,
                                               "sum_yuan": "234.56"})

    def test_one_movement_has_one_sum(self):
        _, out, _ = self.run_bangfu("total", "--movement", "支出", lang="zh")
        self.assertIn("宝山村 资金 合计 2 条，金额 1234.56 元\n", out)
        self.assertNotIn("by", self.asked("total")[-1])
        told = json.loads(self.run_bangfu("total", "--movement", "支出", "--format", "json")[1])
        self.assertEqual((told["sum"], told["sum_yuan"]), (123456, "1234.56"))

    def test_no_entry_is_a_figure_too(self):
        self.methods["total"] = lambda p: {**total(p), "rows": [], "count": 0, "sum": 0}
        self.assertIn("宝山村 资金 合计 0 条，金额 0.00 元\n", self.run_bangfu("total", lang="zh")[1])

    def test_a_row_says_its_place_and_the_nodes_own_words(self):
        words = [{"code": 99, "zh": "新渠道", "en": "newer"}]
        columns, rows = ["division", "division_name", "month", "channel", "count", "sum"], [["150722102200", "宝山村", "2026-11", 99, 1, 100], ["150722102000", "某镇", "2026-11", 0, 2, 200]]
        self.methods["total"] = lambda p: {**total({**p, "by": []}), "dims": {"channel": words}, "columns": columns, "rows": rows, "count": 3, "sum": 300}
        out = list(csv.reader(io.StringIO(self.run_bangfu("total", "--movement", "1", "--by", "place,month,channel", "--format", "csv", lang="zh")[1].lstrip("\ufeff"))))
        self.assertEqual([row[:5] for row in out[1:]], [["150722102200", "宝山村", "2026-11", "新渠道", "1"], ["150722102000", "某镇", "2026-11", "（未填）", "2"]])
        told = json.loads(self.run_bangfu("total", "--movement", "1", "--by", "place,month,channel", "--format", "json")[1])["rows"]
        self.assertEqual([(r["division"], r["month"], r["dims"]["channel"]) for r in told], [("150722102200", "2026-11", words[0]), ("150722102000", "2026-11", None)])
        rows[1][3] = 1077  # a code of a list that the node does not know either
        out = list(csv.reader(io.StringIO(self.run_bangfu("total", "--movement", "1", "--by", "place,month,channel", "--format", "csv")[1])))
        self.assertEqual(out[2][3], "1077")
        columns.insert(0, "newer")
        for row in rows:
            row.insert(0, "text")
        told = json.loads(self.run_bangfu("total", "--movement", "1", "--by", "place,month,channel", "--format", "json")[1])["rows"][1]
        self.assertEqual((told["dims"]["channel"], told["newer"]), ({"code": 1077, "zh": "", "en": ""}, "text"))

    def test_an_answer_of_another_shape_is_no_figure(self):
        good = total({"kind": "fund", "by": ["movement"]})
        shapes = {"no columns": {"columns": None}, "no count": {"columns": ["movement", "n", "sum"]}, "a column twice": {"columns": ["sum", "count", "sum"]},
                  "no rows": {"rows": None}, "rows of another form": {"rows": [{"count": 2, "sum": 123456}]}, "rows no list": {"rows": 7},
                  "a short row": {"rows": [[1, 2]]}, "a long row": {"rows": [[1, 2, 123456, 0]]}, "a text": {"rows": [[1, 2, "123456"]]},
                  "below nothing": {"rows": [[1, -1, 1], [2, 3, 123455]]}, "beyond": {"rows": [[1, 2**64 - 1, 123456]]},
                  "another count": {"count": 3}, "another sum": {"sum": 123457}, "no sum": {"sum": None},
                  "overflow": {"rows": [[1, 1, 2**63 - 1], [2, 1, 2**63 - 1]], "sum": -2}}
        for name, shape in shapes.items():
            self.methods["total"] = lambda p, shape=shape: {k: v for k, v in {**good, **shape}.items() if v is not None}
            for form in ("table", "csv", "json"):
                code, out, err = self.run_bangfu("total", "--format", form)
                self.assertEqual((code, out), (FAILED, ""), (name, form))
                self.assertIn("is not understood", err, name)
        self.methods["total"] = lambda p: good
        self.assertEqual(self.run_bangfu("total")[0], DONE)

    def test_json_holds_fen_as_integers_with_yuan_beside(self):
        told = json.loads(self.run_bangfu("total", "--list", "--format", "json")[1])
        self.assertEqual(told["rows"][0], {"dims": {"movement": MOVEMENTS[0]}, "count": 1, "sum": 100000, "sum_yuan": "1000.00"})
        self.assertEqual((told["dims"], "columns" in told), ({"movement": list(MOVEMENTS)}, False))
        self.assertEqual([e["ref"] for e in told["entries"]], [e["ref"] for e in FUNDS])
        told = json.loads(self.run_bangfu("list", "--kind", "fund", "--format", "json")[1])
        self.assertEqual((told["count"], len(told["rows"])), (2, 2))
        told = json.loads(self.run_bangfu("balance", "15", "--format", "json")[1])
        self.assertEqual((told["balance"], told["balance_yuan"]), (377, "3.77"))

    def test_csv_reads_back_and_guards_texts_only(self):
        _, out, _ = self.run_bangfu("list", "--kind", "fund", "--format", "csv", "--bom")
        self.assertTrue(out.startswith("\ufeff"))
        rows = list(csv.DictReader(io.StringIO(out[1:], newline="")))
        self.assertEqual([r["amount (yuan)"] for r in rows], ["1000.00", "234.56"])
        self.assertEqual([r["document"] for r in rows], ["'=cmd|x", "凭证2"])

    def test_what_concerns_a_household_is_told_by_name_and_an_edit_by_what_it_changes(self):
        def about(kind, fields):
            return {**FUNDS[0], "kind": kind, "fields": fields, "names": {REF: "1507 王*"}}

        self.methods["show"] = lambda p: {"entry": about("household", {"number": "1507"}), "state": None, "about": [
            about("member", {"name": "孙*川", "sex": "男", "household": REF, "phone": "138****8000"}), about("household", {"phone": "159****0000"}),
            about("aid", {"category": "送温暖", "amount": "12.50"})], "names": {}}
        for lang, lines in (("zh", ("人  2026-11-01  宝山村  所在户 1507 王*  姓名 孙*川  性别 男  成员联系电话 138****8000", "户  2026-11-01  宝山村  户联系电话 159****0000",
                                    "帮扶  2026-11-01  宝山村  帮扶措施 送温暖  金额 12.50 元")),
                            ("en", ("member  2026-11-01  宝山村  household 1507 王*  name 孙*川  sex male  phone 138****8000", "household  2026-11-01  宝山村  phone 159****0000",
                                    "aid  2026-11-01  宝山村  category warmth  amount 12.50 yuan"))):
            out = self.run_bangfu("show", "1507", lang=lang)[1].splitlines()
            self.assertEqual(tuple(line.strip().rpartition("  ")[0] for line in out[-3:]), lines)

    def test_money_is_never_without_its_unit(self):
        asks = ((("list", "--kind", "fund"), {"zh": "金额（{}）", "en": "amount ({})"}), (("total", "--by", "month"), {"zh": "金额（{}）", "en": "amount ({})"}),
                (("total", "--list"), {"zh": "金额（{}）", "en": "amount ({})"}), (("balance", "15"), {"zh": "余额（{}）", "en": "balance ({})"}))
        for form in ("table", "csv"):
            for argv, title in asks:
                for lang, yuan, wan in (("zh", "元", "万元"), ("en", "yuan", "10k yuan")):
                    for options, unit in (((), yuan), (("--wan",), wan)):
                        head = self.run_bangfu(*argv, "--format", form, *options, lang=lang)[1].splitlines()[0]
                        self.assertIn(title[lang].format(unit), re.split(",|  +", head), (argv, form))
        self.assertNotIn("（", self.run_bangfu("total", "--kind", "visit", "--by", "month", lang="zh")[1].splitlines()[0])  # no money

    def test_what_is_void_is_shown_when_asked_for_and_never_added_up(self):
        self.methods["list"] = lambda p: {"rows": [FUNDS[0], {**FUNDS[1], "voided": True}], "after": None, "count": 1, "sum": 100000}
        _, out, _ = self.run_bangfu("list", "--kind", "fund", "--voided")
        self.assertTrue(self.asked("list")[0]["voided"])
        self.assertIn(FUNDS[1]["ref"], out)
        self.assertIn("fund allot 1 entries, amount 1000.00 yuan\n", out)
        self.assertNotIn("spend 1", out)

    def test_a_time_of_day_stays_one_and_households_are_counted(self):
        visit = {**FUNDS[0], "kind": "visit", "fields": {"households": "a-1,a-2", "start": "08:57", "purpose": "日常走访"}}
        self.methods["list"] = lambda p: {"rows": [visit], "after": None, "count": 1, "sum": 2}
        _, out, _ = self.run_bangfu("list")
        self.assertIn("08:57", out)
        self.assertIn("1 entries, households visited 2", out)

    def test_filters_and_splits_are_sent_as_the_node_knows_them(self):
        self.run_bangfu("total", "1507", "--by", "月份,资金渠道,place", "--channel", "社会捐赠", "--month", "202611")
        self.assertEqual(self.asked("total")[-1], {"kind": "fund", "division": "1507", "from": "202611", "to": "202611",
                                                   "where": {"channel": "社会捐赠"}, "by": ["month", "channel", "place", "movement"]})
        self.run_bangfu("total", "宝山村")
        self.assertEqual(self.asked("total")[-1]["division"], "宝山村")
        self.run_bangfu("token", "--division", "1507221")
        self.assertEqual(self.asked("token")[-1]["division"], "1507221")
        self.assertEqual(self.asked("place"), [])  # a fault names the field, not a question the reader never asked

    def test_what_was_typed_goes_to_the_node_as_it_is(self):
        _, out, _ = self.run_bangfu("visit", "--households", "1", "--households", "2", "--走访目的", "日常走访", "--seen", "院内 整洁", lang="zh")
        self.assertEqual(self.asked("log"), [{"kind": "visit", "fields": {"households": "1,2", "purpose": "日常走访", "seen": "院内 整洁"}}])
        self.assertTrue(out.endswith(f"  {REF}\n"), out)
        self.assertEqual(self.run_bangfu(*VISIT, "--quiet")[1], REF + "\n")

    def test_what_was_saved_or_voided_is_said_in_a_line_from_the_tables(self):
        a, b, place = REF, "0f3a000000000001-3", {"day": "2026-11-23", "division": "150722102200", "division_name": "宝山村委会"}
        houses = ",".join(f"0f3a000000000001-{i}" for i in range(3, 8))
        rows = (
            ("visit", None, {"households": b, "purpose": "日常走访", "seen": "院内整洁"}, "走访  DAY  走访户 15 王*山  户次 1  走访目的 日常走访  所见 院内整洁",
             "visit  DAY  households 15 王*山  households visited 1  purpose routine  seen 院内整洁"),
            ("visit", None, {"households": houses}, f"走访  DAY  走访户 15 王*山，{b[:-1]}4，{b[:-1]}5 …  户次 5",
             f"visit  DAY  households 15 王*山，{b[:-1]}4，{b[:-1]}5 …  households visited 5"),
            ("fund", None, {"movement": "支出", "from": "150722102200", "to": f"户:{b}", "amount": "1200.50"},
             "资金  DAY  资金流转 支出  付方 150722102200  收方 户:15 王*山  金额 1200.50 元",
             "fund  DAY  movement spend  from 150722102200  to household:15 王*山  amount 1200.50 yuan"),
            ("aid", None, {"household": b, "category": "送温暖", "item": "大米", "quantity": "2", "unit": "袋"},
             "帮扶  DAY  受助户 15 王*山  帮扶措施 送温暖  内容 大米  数量 2  单位 袋", "aid  DAY  household 15 王*山  category warmth  item 大米  quantity 2  unit 袋"),
            ("service", "NM-7 赵*七", {"activity": b, "minutes": "90"}, "志愿服务  DAY  NM-7 赵*七  所属活动 15 王*山  分钟 90",
             "service  DAY  NM-7 赵*七  activity 15 王*山  minutes 90"),
            ("household", "15 王*山", {"number": "15", "head": "王*山"}, "户  DAY  15 王*山", "household  DAY  15 王*山"),
            ("household", "15 王*山", {"phone": "154****5679", "safe-water": "是"}, "户（修改）  PLACE  15 王*山  户联系电话 154****5679  是否解决安全饮用水 是",
             "household (change)  PLACE  15 王*山  phone 154****5679  safe-water yes"))
        for kind, name, fields, zh, en in rows:
            change = {"subject": b, "day": None} if "PLACE" in zh else {"subject": a}
            told = {"ref": a, "kind": kind, "fields": fields, "name": name, "names": {b: "15 王*山"}, **place, **change}
            self.methods["log"] = lambda p, told=told: told
            self.methods["void"] = lambda p, told=told: {"ref": b, "subject": a, "entry": told}
            for lang, said, saved, void in (("zh", zh, "已保存 {}\n", f"已作废 {{}}（作废记录 {b}）。原文保留，不再计入合计。\n"),
                                            ("en", en, "saved {}\n", f"void: {{}} (by entry {b}). It is kept and counts no more.\n")):
                said = said.replace("DAY", "2026-11-23  宝山村委会").replace("PLACE", "宝山村委会") + "  " + a
                self.assertEqual(self.run_bangfu(*VISIT, lang=lang)[1], saved.format(said))
                self.assertEqual(self.run_bangfu("void", a, "--reason", "x", lang=lang)[1], void.format(said))
        self.methods["log"] = lambda p: {**told, "kind": "fund", "subject": a, "fields": {"amount": "32000.00"}}
        self.assertIn("  金额 3.20 万元  ", self.run_bangfu(*VISIT, "--wan", lang="zh")[1])
        self.methods["log"] = lambda p: {"ref": a, "kind": "新种类", "subject": a, "fields": {"x": "1"}, "division": "15", "name": "y"}  # an odd node's
        self.assertEqual(self.run_bangfu(*VISIT)[1], f"saved 新种类  15  y  {a}\n")

    def test_a_change_names_its_subject_by_number_and_needs_only_what_changes(self):
        self.run_bangfu("household", "--subject", "1507221022009001", "--phone", "13800000000")
        self.assertEqual(self.asked("show"), [{"kind": "household", "key": "1507221022009001"}])
        self.assertEqual(self.asked("log"), [{"subject": FUNDS[0]["ref"], "kind": "household", "fields": {"phone": "13800000000"}}])

    def test_the_token_stands_alone_on_the_output(self):
        code, out, err = self.run_bangfu("token", "--division", "150722102200")
        self.assertEqual((code, out), (DONE, "bangfu://h:7450/x\n"))
        self.assertIn("Good once", err)


class Shown(World):
    """What others wrote reaches a terminal or a spreadsheet; an author's name may hold any character."""
    EVIL = "a\x1b]0;t\x07b\rc\x7f\x9b31m\u202ed\u2028"
    SEEN = r"a\x1b]0;t\x07b\x0dc\x7f\xc2\x9b31m\xe2\x80\xaed\xe2\x80\xa8"

    def setUp(self):
        super().setUp()
        entry = {**FUNDS[0], "author": self.EVIL, "fields": {"amount": "1000.00", "channel": "社会捐赠", "document": "=cmd|x"}}
        self.methods["list"] = lambda p: {"rows": [entry], "after": None, "count": 1, "sum": 100000}

    def test_no_format_lets_a_control_character_out(self):
        self.methods["log"] = lambda p: {"ref": REF, "kind": "visit", "subject": REF, "fields": {"households": "x" + self.EVIL}, "name": self.EVIL}
        self.assertEqual(self.run_bangfu(*VISIT)[1],
                         f"saved visit  {self.SEEN}  households x{self.SEEN}  households visited 1  {REF}\n")
        for form in ("table", "csv", "json"):
            _, out, _ = self.run_bangfu("list", "--kind", "fund", "--format", form)
            self.assertFalse(re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e]|\r(?!\n)", out), (form, out))
            if form == "json":
                self.assertEqual(json.loads(out)["rows"][0]["author"], self.EVIL)
            else:
                self.assertIn(self.SEEN, out)

    def test_a_spreadsheet_gets_numbers_as_numbers_and_formulas_as_text(self):
        _, out, _ = self.run_bangfu("list", "--kind", "fund", "--format", "csv")
        row = list(csv.DictReader(io.StringIO(out, newline="")))[0]
        self.assertIn("'=cmd|x", row.values())
        self.assertIn("1000.00", row.values())
        self.methods["balance"] = lambda p: {"account": "-x", "in": 0, "out": 123456, "balance": -123456, "count": 1}
        _, out, _ = self.run_bangfu("balance", "15", "--format", "csv")
        self.assertRegex(out, r"(?m)^'-x,0\.00,1234\.56,-1234\.56,1\r?$")

    def test_what_was_written_as_csv_is_imported_as_it_was(self):
        names = ["=1+1", "+86", "-5", "@x", "＝1", "'=1", "'阿依'", 'a,"b"']
        cells = ["'=1+1", "'+86", "'-5", "'@x", "'＝1", "''=1", "'阿依'", '"a,""b""\"']
        path = self.file("people.csv", "户编号,姓名\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
        self.assertEqual(self.run_bangfu("import", path)[0], DONE)
        self.assertEqual([row["姓名"] for row in self.asked("import")[-1]["rows"]], names)


class Import(World):
    def people(self, names, extra=()):
        lines = [f"{i + 1},{name}" for i, name in enumerate(names)]
        for at, line in extra:
            lines.insert(at, line)
        return self.file("people.csv", "户编号,姓名\n" + "\n".join(lines) + "\n")

    def saving(self):
        """The requests that ask the node to save."""
        return [p for p in self.asked("import") if not p.get("check") and not p.get("more")]

    def test_a_file_of_any_length_is_one_question_asked_in_parts(self):
        path = self.people(["好"] * 900)
        code, out, _ = self.run_bangfu("import", path)
        self.assertEqual(code, DONE)
        asked = self.asked("import")
        self.assertEqual([p.get("more", False) for p in asked], [True, True, False])
        self.assertEqual([line for p in asked for line in p["lines"]], list(range(2, 902)))
        self.assertEqual(sum(len(p["rows"]) for p in asked), 900)
        self.assertEqual(len(self.saving()), 1)
        self.assertIn("900 new", out)

    def test_one_wrong_row_saves_nothing_and_is_named_by_line_and_column(self):
        path = self.people(["好"] * 500 + ["错"] + ["好"])
        code, out, err = self.run_bangfu("import", path, lang="zh")
        self.assertEqual(code, FAILED)
        self.assertIn("第 502 行，第 2 列（姓名）：姓名不对", out)
        self.assertIn("没有保存", out)
        self.assertIn("1 行不对，什么也没有导入", err)

    def test_rest_imports_the_others_and_still_says_so(self):
        path = self.people(["好", "错", "好"], extra=[(1, '9,"open'), (2, "8")])
        code, out, err = self.run_bangfu("import", path, "--rest")
        self.assertEqual(code, FAILED)
        self.assertEqual([(p["rest"], p["lines"]) for p in self.saving()], [(True, [2, 5, 6])])
        self.assertRegex(out, r"(?m)^line 3, column 2 \(姓名\): .*quote")
        self.assertRegex(out, r"(?m)^line 4, column 1 \(户编号\): .*columns")
        self.assertRegex(out, r"(?m)^line 5, column 2 \(姓名\): bad name")
        self.assertEqual(re.findall(r"(?m)^line (\d+)", out), ["3", "4", "5"])
        self.assertIn("3 rows are not", err)

    def test_a_broken_line_alone_keeps_everything_out(self):
        for at in (0, 900):
            self.node.asked.clear()
            path = self.people(["好"] * 900, extra=[(at, '9,"open')])
            code, out, err = self.run_bangfu("import", path)
            self.assertEqual((code, self.saving()), (FAILED, []))
            self.assertIn("households 0 new, 0 changed, 0 same", out)
            self.assertRegex(out, rf"(?m)^line {at + 2}, column 2 ")
            self.assertIn("1 rows are wrong and nothing was imported", err)

    def test_nothing_but_broken_lines_is_not_asked(self):
        for option in ((), ("--rest",), ("--check",)):
            code, _, err = self.run_bangfu("import", self.file("x.csv", '户编号,姓名\n"1\n2\n'), *option)
            self.assertEqual(code, FAILED)
            self.assertIn("2 rows are wrong and nothing was imported", err)
        self.assertEqual(self.asked("import"), [])

    def test_a_fault_of_many_rows_is_told_once_with_how_many_have_it(self):
        path = self.people(["错"] * 1500, extra=[(at, "8") for at in range(0, 3000, 2)])
        code, out, err = self.run_bangfu("import", path, "--rest")
        self.assertEqual(code, FAILED)
        self.assertEqual(re.findall(r"(?m)^line (\d+), .* … and (\d+) more rows$", out), [("2", "999"), ("3", "999")])
        self.assertIn("1000 more rows are wrong and not listed one by one", out)
        self.assertIn("3000 rows are wrong and nothing was imported", err)
        self.assertEqual(len(self.run_bangfu("import", path, "--rest", "--format", "csv")[1].splitlines()), 2001)
        out = self.run_bangfu("import", self.people(["错"] * 95), lang="zh")[1]
        self.assertEqual(out.splitlines()[0], "第 2 行，第 2 列（姓名）：姓名不对 … 另有 94 行")
        self.assertRegex(out.splitlines()[1], "不对的 95 行。$")
        self.assertEqual(len(out.splitlines()), 2)

    def test_twenty_faults_are_told_and_the_rows_of_others_counted(self):
        for many, others in ((20, 0), (21, 1)):
            failed = [{"line": 2 + i, "fault": {"where": "姓名", "zh": "", "en": f"fault {i % many}"}} for i in range(2 * many)]
            self.methods["import"] = lambda p, failed=failed: {"wrong": len(failed), "failed": failed}
            _, out, err = self.run_bangfu("import", self.people(["好"] * 50))
            self.assertEqual(re.findall(r"(?m)^line (\d+), column 2 \(姓名\): fault \d+ … and 1 more rows$", out), [str(2 + i) for i in range(20)])
            self.assertEqual(re.findall(r"(?m)^(\d+) more faults; --format csv lists them one by one", out), [str(2 * others)] * others)
            self.assertIn(f"{2 * many} rows are wrong", err)

    def test_one_sentence_in_two_columns_is_two_faults(self):
        failed = [{"line": 2 + i, "fault": {"where": where, "zh": "", "en": "bad"}} for i, where in enumerate(("姓名", "户编号"))]
        self.methods["import"] = lambda p: {"wrong": 2, "failed": failed}
        out = self.run_bangfu("import", self.people(["好"] * 2))[1]
        self.assertEqual(out.splitlines()[:2], ["line 2, column 2 (姓名): bad", "line 3, column 1 (户编号): bad"])

    def test_the_place_of_a_broken_line_is_told_once(self):
        path = self.file("p2.csv", '户编号,姓名\n1,好\n2,"开\n')
        for lang, line in (("zh", "第 3 行，第 2 列（姓名）：引号不成对"), ("en", "line 3, column 2 (姓名): a quote")):
            code, out, _ = self.run_bangfu("import", path, lang=lang)
            self.assertEqual(code, FAILED)
            self.assertTrue(out.startswith(line), out)
            self.assertNotIn("p2.csv", out)

    def test_check_saves_nothing(self):
        for more in ((), ("--rest",)):
            code, out, _ = self.run_bangfu("import", self.people(["好"]), "--check", *more)
            self.assertEqual((code, self.saving()), (DONE, []))
            self.assertIn("nothing saved", out)

    def test_a_node_that_lets_the_file_go_is_told_in_its_words(self):
        def lose(params):
            if params.get("more"):
                return {"session": 7, "rows": 1}
            raise fake_node.Refused("import_lost", "断了", "broken off")

        self.methods["import"] = lose
        self.assertEqual(self.run_bangfu("import", self.people(["好"] * 500)), (REFUSED, "", "bangfu: broken off\n"))

    def test_gb18030_comes_in_as_utf8(self):
        path = self.file("gb.csv", "户编号,姓名\n1,阿·依\n".encode("gb18030"))
        self.assertEqual(self.run_bangfu("import", path)[0], DONE)
        self.assertEqual(self.asked("import")[-1]["rows"], [{"户编号": "1", "姓名": "阿·依"}])

    def test_a_heading_alone_is_no_import(self):
        code, _, err = self.run_bangfu("import", self.file("x.csv", "户编号,姓名\n"))
        self.assertEqual(code, FAILED)
        self.assertIn("no rows", err)

    def test_places_whose_level_does_not_fit_are_refused_before_anything_is_sent(self):
        path = self.file("p.csv", "code,name,level\n150000000000,内蒙古自治区,province\n150722000000,莫力达瓦,village\n")
        code, _, err = self.run_bangfu("places", path, "--edition", "2023")
        self.assertEqual(code, FAILED)
        self.assertIn("p.csv:3", err)
        self.assertEqual(self.asked("places"), [])

    def test_places_go_up_parents_first(self):
        path = self.file("p.csv", "level,code,name\ncounty,150722000000,莫力达瓦\nprovince,150000000000,内蒙古自治区\n")
        self.assertEqual(self.run_bangfu("places", path, "--edition", "2023")[0], DONE)
        rows = {"edition": "2023", "rows": ["150000000000", "内蒙古自治区", "150722000000", "莫力达瓦"], "from": 150000000000, "until": 160000000000}
        self.assertEqual(self.asked("places"), [{**rows, "check": True}, rows])


class Tools(World):
    def test_the_manual_calls_no_filter_required(self):
        verbs = dict(re.findall(r'(?ms)^\.SS "(\S+) [^\n]*\n(.*?)(?=^\.S)', self.run_bangfu("help", "--man")[1]))
        for verb, required in (("list", 0), ("total", 0), ("fund", 3)):
            self.assertIn("channel of the money", verbs[verb])
            self.assertGreaterEqual(verbs[verb].count("(required)"), required, verb)
            self.assertEqual("(required)" in verbs[verb], required > 0, verb)

    def test_the_completion_script_is_bash_and_completes(self):
        script = self.file("completion", self.run_bangfu("completion", "bash")[1])
        asked = "source %s; COMP_WORDS=(%s vis); COMP_CWORD=1; _bangfu; echo ${COMPREPLY[@]}; " \
                "COMP_WORDS=(%s fund --ch); COMP_CWORD=2; _bangfu; echo ${COMPREPLY[@]}" % (script, BANGFU, BANGFU)
        out = subprocess.run(["bash", "-c", asked], capture_output=True, check=True).stdout.decode().split("\n")
        self.assertEqual(out[0], "visit")
        self.assertEqual(set(out[1].split()), {"--channel", "--check"})

    def test_the_manual_pages_in_the_tree_are_what_the_program_prints(self):
        for name, lang in (("bangfu.1", "en"), ("bangfu.zh.1", "zh")):
            page = os.path.join(os.path.dirname(__file__), "..", "..", "packaging", name)
            with open(page, encoding="utf-8") as f:
                self.assertEqual(f.read(), self.run_bangfu("help", "--man", lang=lang)[1])

    def test_both_manuals_of_the_daemon_have_the_same_settings_in_the_same_order(self):
        def named(page):
            with open(os.path.join(os.path.dirname(__file__), "..", "..", "packaging", page), encoding="utf-8") as f:
                text = f.read().split(".SH")
            return re.findall(r"\b[a-z]+_[a-z_]+\b", "".join(re.findall(r"(?m)^\.B.*$", text[5])))
        self.assertIn("household_number", named("bangfud.zh.8"))
        self.assertEqual(named("bangfud.zh.8"), named("bangfud.8"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
