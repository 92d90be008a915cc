#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""prompts.py -- on a terminal what is missing is asked for; off a terminal it is a fault. The terminal is a real one (pty)."""
import re
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import fake_node  # noqa: E402
import terminal  # noqa: E402
from world import BANGFU, DONE, REF, REFUSED, USAGE, World  # noqa: E402


class Prompts(World):
    def converse(self, argv, answers, lang="zh"):
        """On a terminal; for each (text to wait for, what to type). Returns (exit code, all that was shown)."""
        return terminal.shown([BANGFU, "--dir", self.dir.name, "--lang", lang, *argv], self.environment(), errors="replace",
                              typed=[(re.escape(text), keys) for text, keys in answers])

    def saved(self):
        return [p for p in self.asked("log") if not p.get("check")]

    def checked(self):
        return [p["fields"] for p in self.asked("log") if p.get("check")]

    def judging(self, right):
        """A node that knows what is right for each field, and judges them in its own order, as they come."""
        def log(p):
            for name, value in p["fields"].items():
                if right.get(name, value) != value:
                    raise fake_node.Refused("x", f"不认识 {name}={value}", f"unknown {name}={value}", where=name)
            if missing := [name for name in ("households", "purpose") if p["kind"] == "visit" and name not in p["fields"]]:
                raise fake_node.Refused("missing_field", "缺少必填项", "missing", where=missing[0])
            return {"ref": None if p.get("check") else REF, "kind": p["kind"], "subject": REF, "fields": {}}
        self.methods["log"] = log

    def test_each_missing_required_field_is_asked_for_with_its_words(self):
        code, shown = self.converse(["visit"], [("走访户", "1507\n"), ("走访目的：", "集中排查\n"), ("所见：", "\n")])
        self.assertEqual(code, DONE, shown)
        self.assertIn("  2 集中排查", shown)
        self.assertRegex(shown, f"已保存 走访 .* {REF}")
        self.assertEqual(self.saved(), [{"kind": "visit", "fields": {"households": "1507", "purpose": "集中排查"}}])

    def test_only_a_field_that_takes_several_asks_for_several(self):
        code, shown = self.converse(["member"], [("所在户", "\x04")])
        self.assertEqual(code, USAGE, shown)
        self.assertIn("所在户（姓名、拼音或编号）：", shown)
        code, shown = self.converse(["visit"], [("走访户", "\x04")])
        self.assertIn("走访户（姓名、拼音或编号，多个用逗号分开）：", shown)

    def test_a_hyphen_is_asked_for_and_so_is_a_name_that_is_missing(self):
        code, shown = self.converse(["member", "--household", "1", "--id", "-"],
                                    [("证件号码：", "11010519491231002X\n"), ("姓名：", "王测一\n"), ("与户主关系：", "\n")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual(self.saved()[0]["fields"], {"household": "1", "id": "11010519491231002X", "name": "王测一"})
        code, shown = self.converse(["enrol", "-"], [("登记码：", "bangfu://h:1/x\n")])
        self.assertEqual((code, self.asked("enrol")), (DONE, [{"token": "bangfu://h:1/x"}]), shown)
        code, shown = self.converse(["show", "-"], [("编号或证件号码：", "1507\n")])
        self.assertEqual((code, self.asked("show")[0]["key"]), (DONE, "1507"), shown)

    def test_a_token_is_taken_with_the_words_before_it_and_asked_until_it_is_there(self):
        code, shown = self.converse(["enrol", "-"], [("登记码：", "\n"), ("这一项必须填", ""), ("登记码：", "登记码：bangfu://h:1/x\n")])
        self.assertEqual((code, self.asked("enrol")), (DONE, [{"token": "bangfu://h:1/x"}]), shown)
        for typed in ("登记码：bangfu://h:1/y\n", " token: bangfu://h:1/y \n"):
            self.node.asked.clear()
            self.assertEqual(self.run_bangfu("enrol", "-", stdin=None, input=typed.encode())[0], DONE)
            self.assertEqual(self.asked("enrol"), [{"token": "bangfu://h:1/y"}])
        self.assertEqual(self.run_bangfu("enrol", "-", stdin=None, input=b"\n")[0], USAGE)

    def test_the_word_behind_a_yes_or_no_is_its_own(self):
        for word in ("有", "无", "没有", "maybe"):
            self.node.asked.clear()
            self.assertEqual(self.run_bangfu("household", "--number", "1", "--safe-water", word, "--power")[0], DONE)
            self.assertEqual(self.saved()[0]["fields"], {"number": "1", "safe-water": word, "power": "1"})

    def test_an_answer_with_a_nul_or_without_end_is_none(self):
        for typed in (b"bangfu\0://h\n", b"1" * 9000 + b"\n"):
            code, _, err = self.run_bangfu("enrol", "-", stdin=None, input=typed)
            self.assertEqual((code, self.asked("enrol")), (USAGE, []), err)

    def test_an_answer_that_is_not_utf8_is_said_and_asked_again(self):
        code, shown = self.converse(["visit", "--purpose", "1", "--seen", "-"],
                                    [("所见：", "屋顶漏雨\n".encode("gbk")), ("不是 UTF-8 文字", ""), ("所见：", "屋顶漏雨\n"), ("走访户", "1507\n")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual(self.saved()[0]["fields"], {"households": "1507", "purpose": "1", "seen": "屋顶漏雨"})
        self.assertNotIn("msgpack", shown)

    def test_a_time_of_day_is_asked_for_as_one(self):
        code, shown = self.converse(["visit", "--households", "1", "--purpose", "1", "--start", "-"], [("开始时间（如 9:30 或 下午2点）：", "9:30\n")])
        self.assertEqual(code, DONE, shown)

    def test_questions_are_in_the_readers_language(self):
        code, shown = self.converse(["visit", "--households", "1"], [("why: ", "2\n"), ("seen and done: ", "\n")], lang="en")
        self.assertEqual(code, DONE, shown)
        self.assertIn("  2 screening", shown)

    def test_what_must_be_there_is_asked_until_it_is(self):
        code, shown = self.converse(["visit", "--households", "1"], [("走访目的：", "\n"), ("走访目的：", " \n"), ("走访目的：", "1\n"), ("所见：", "\n")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual(shown.count("这一项必须填"), 2)
        self.assertEqual((self.checked(), self.saved()[-1]["fields"]["purpose"]), ([{"purpose": "1"}], "1"))

    def test_an_answer_is_put_before_the_node_at_once_and_asked_again_alone(self):
        self.judging({"households": "1508", "purpose": "1"})
        code, shown = self.converse(["visit"], [("走访户", "1507\n"), ("不认识 households=1507\r\n走访户", "1508\n"), ("走访目的：", "跳舞\n"),
                                                ("不认识 purpose=跳舞", ""), ("走访目的：", "1\n"), ("所见：", "\n")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual(self.checked(), [{"households": "1507"}, {"households": "1508"}, {"purpose": "跳舞"}, {"purpose": "1"}])  # one call for each
        self.assertEqual(self.saved(), [{"kind": "visit", "fields": {"households": "1508", "purpose": "1"}}])

    def test_a_field_given_as_a_hyphen_is_checked_too_and_may_be_left_out(self):
        self.judging({"phone": "138"})
        code, shown = self.converse(["household", "--number", "1", "--phone", "-", "--note", "-"],
                                    [("户联系电话：", "12\n"), ("不认识 phone=12", ""), ("户联系电话：", "138\n"), ("备注：", "\n")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual(self.checked(), [{"phone": "12"}, {"phone": "138"}])
        self.assertEqual(self.saved()[0]["fields"], {"number": "1", "phone": "138", "note": ""})

    def test_whom_a_change_is_about_is_known_before_anything_else_is_asked(self):
        def show(p):
            if p["key"] != "1508":
                raise fake_node.Refused("subject_unknown", "没有这个户", "no such household", rc=-4, where="key")
            return {"entry": {"ref": REF}}

        self.methods["show"] = show
        for first, answers in (("1507", []), ("-", [("编号：", "1507\n")])):
            self.node.asked.clear()
            code, shown = self.converse(["household", "--subject", first, "--phone", "-"],
                                        [*answers, ("没有这个户\r\n编号：", "1508\n"), ("户联系电话：", "138\n")])
            self.assertEqual(code, DONE, shown)
            self.assertEqual(self.asked("log"), [{"kind": "household", "subject": REF, "check": True, "fields": {"phone": "138"}},
                                                 {"kind": "household", "subject": REF, "fields": {"phone": "138"}}])
        self.assertEqual(self.run_bangfu("household", "--subject", "1507", "--phone", "1")[0], REFUSED)  # off a terminal nothing is asked

    def test_where_nothing_can_be_logged_nothing_more_is_asked(self):
        def log(p):
            raise fake_node.Refused("not_enrolled", "本站还没有登记", "not enrolled", rc=-4)

        self.methods["log"] = log
        code, shown = self.converse(["visit"], [("走访户", "1507\n")])
        self.assertEqual(code, REFUSED, shown)
        self.assertIn("本站还没有登记", shown)
        self.assertNotIn("走访目的", shown)

    def test_what_the_node_refuses_is_said_and_asked_again(self):
        def log(params):
            if params["fields"]["households"] != "1508":
                raise fake_node.Refused("subject_unknown", "没有户编号 1507", "no household 1507", where="households")
            return {"ref": REF, "kind": "visit", "subject": REF, "fields": {}}

        self.methods["log"] = log
        code, shown = self.converse(["visit", "--households", "1507", "--purpose", "1"], [("没有户编号 1507", ""), ("走访户", "1508\n")])
        self.assertEqual(code, DONE, shown)
        self.assertIn(REF, shown)

    def test_the_end_of_input_saves_nothing(self):
        self.judging({"households": "1508"})
        code, shown = self.converse(["visit"], [("走访户", "\x04")])
        self.assertEqual((code, self.asked("log")), (USAGE, []), shown)
        self.assertRegex(shown, "(?m)^bangfu: ")  # on a line of its own
        for leave, end in (("\x04", USAGE), ("\x03", -2)):  # Ctrl-D, Ctrl-C
            code, shown = self.converse(["visit"], [("走访户", "1507\n"), ("不认识 households=1507", ""), ("走访户", leave)])
            self.assertEqual((code, self.saved()), (end, []), shown)
            code, shown = self.converse(["visit"], [("走访户", "1508\n"), ("走访目的：", leave)])
            self.assertEqual((code, self.saved()), (end, []), shown)

    def test_bytes_that_are_not_utf8_never_reach_the_node(self):
        for argv in (["show", "-"], ["enrol", "-"], ["visit", "--purpose", "1", "--households", "-"]):
            code, out, err = self.run_bangfu(*argv, lang="zh", stdin=None, input="王小山\n".encode("gbk"))
            self.assertEqual((code, out, self.asked("show") + self.asked("enrol") + self.asked("log")), (USAGE, "", []), err)
            self.assertIn("不是 UTF-8 文字", err)

    def test_off_a_terminal_nothing_is_asked(self):
        code, out, err = self.run_bangfu("visit", lang="zh")
        self.assertEqual((code, out), (USAGE, ""))
        self.assertIn("households", err)

        def log(params):
            raise fake_node.Refused("x", "不对", "wrong", where="purpose")

        self.methods["log"] = log
        self.assertEqual(self.run_bangfu("visit", "--households", "1", "--purpose", "1")[0], REFUSED)


if __name__ == "__main__":
    unittest.main(verbosity=2)
