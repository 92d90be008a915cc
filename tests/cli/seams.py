#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""seams.py -- where one part of the client meets another: no option is dropped without a word, what holds of one verb holds of its neighbours."""
import os
import subprocess
import unittest

import base
import rig
from base import DONE, PROGRAM, REFUSED, USAGE, VILLAGE

H = ["1507221022000001", "1507221022000102", "1507221022000203"]
HEADS = ["王小山", "李大海", "王铁柱"]


class Seams(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = cls.station = cls.rig.station(cls.hub, "village", VILLAGE)
        for number, head in zip(H, HEADS):
            cls.log("household", number=number, head=head)

    # ---- help ----

    def test_help_says_when_it_asks_and_how_a_value_is_written(self):
        for kind in ("visit", "aid"):
            self.assertIn("必填项都写在命令行里了就直接保存，不再询问", self.ask("help", kind).out.replace("\n", ""))
        self.assertIn("--late[=48|2026-11-20]", self.ask("help", "nodes").out)

    def test_an_end_in_the_afternoon_is_hinted_at(self):
        said = self.ask("visit", "--households", H[0], "--purpose", "1", "--start", "下午2点", "--end", "3点", code=REFUSED)
        self.assertIn("下午3点", said.err)

    # ---- list ----

    def test_all_kinds_that_are_flagged_take_the_options_of_a_list_or_say_that_they_do_not(self):
        for at, amount in enumerate(("7", "8")):
            self.log("fund", movement="支出", channel="社会捐赠", document=f"f{at}", amount=amount, to=f"户:{H[at]}", **{"from": VILLAGE})

        def told(*argv):
            return [row["what"].split()[-1] for row in self.csv("list", "--flagged", *argv, lang="en")]

        self.assertEqual(told(), ["7.00", "8.00"])
        self.assertEqual(told("--about", H[0]), ["7.00"])
        self.assertEqual(told("--about", H[2]), [])
        for option in (("--each", "household"), ("--last", "1")):
            self.assertIn("--kind", self.ask("list", "--flagged", *option, code=USAGE).err)

    def test_one_bound_of_two_is_not_dropped(self):
        said = self.ask("list", "--last", "2", "--limit", "1", code=USAGE).err
        self.assertIn("--last", said)
        self.assertIn("--limit", said)

    def test_an_option_without_a_use_is_refused(self):
        for argv, option in ((("token", "list", "--division", VILLAGE), "--division"), (("token", "cancel", "x", "--hours", "5"), "--hours"),
                             (("token", "--division", VILLAGE, "--all"), "--all"), (("nodes", "--clear", "x", "--late"), "--late"),
                             (("nodes", "--clear", "x", "--place", VILLAGE), "--place")):
            for lang in ("zh", "en"):
                done = self.hub.cli(*argv, lang=lang)
                self.assertEqual(done.code, USAGE, done)
                self.assertIn(option, done.err)
        self.assertEqual(self.hub.cli("token", "list", "--all").code, DONE)

    def test_money_of_each_household_has_its_unit(self):
        self.log("visit", households=",".join(H[:2]), purpose="1", day="2026-01-03", cash_each=f"{H[0]}=1200.5\n{H[1]}=2万")
        day = ("list", "--day", "2026-01-03")
        self.assertEqual([r["各户自述到账（元）"] for r in self.csv(*day, "--each", "household")], ["1200.50", "20000.00"])
        self.assertEqual([r["各户自述到账（万元）"] for r in self.csv("--wan", *day, "--each", "household")], ["0.12005", "2.00000"])
        whole, = self.csv("--wan", *day)
        self.assertIn("：20000.00", whole["各户自述到账（元）"])

    def test_a_card_says_what_was_seen_at_this_household_alone(self):
        self.log("visit", households=f"{H[0]},{H[2]}", purpose="1", day="2026-01-04", seen_each=f"{H[0]}=屋顶漏雨\n{H[2]}=老人住院")
        for number, own, other in ((H[0], "屋顶漏雨", "老人住院"), (H[2], "老人住院", "屋顶漏雨")):
            card = self.ask("show", number).out
            self.assertRegex(card, f"2026-01-04 .*{own}")
            self.assertNotIn(other, card)

    # ---- one entry ----

    def test_an_entry_is_shown_by_what_void_and_edit_take(self):
        ref = self.ask("visit", "--households", H[0], "--purpose", "1", "--seen", "看这条", "--quiet", "--again").out.strip()
        short = ref.rpartition("-")[2]
        for word in ("last", "上一条", short, f"#{short}", ref):
            self.assertIn("看这条", self.ask("show", word).out, word)
        self.assertIn("999999", self.ask("show", "999999", code=REFUSED).err)

    # ---- names ----

    def test_a_name_will_do_wherever_a_household_is_named(self):
        self.ask("visit", "--households", "王小山,李大海", "--purpose", "1", "--day", "2026-01-05", "--seen-each", "王小山=甲", "--seen-each", "李大海=乙")
        row, = self.csv("list", "--day", "2026-01-05")
        self.assertIn(f"{H[0]} 王*山：甲；{H[1]} 李*海：乙", row["各户所见"])
        self.ask("edit", "last", "--households", "李大海,王铁柱", "--seen-each", "王铁柱=丙")
        row, = self.csv("list", "--day", "2026-01-05")
        self.assertEqual((row["走访户"], row["各户所见"]), (f"{H[1]}，{H[2]}", f"{H[1]} 李*海：乙；{H[2]} 王*柱：丙"))
        self.ask("visit", "--again-as", "last", "--households", "王小山")
        self.assertEqual([r["走访户"] for r in self.csv("list", "--day", "2026-01-05")], ["'" + H[0]])

    def test_a_name_is_picked_while_correcting_in_conversation(self):
        ref = self.log("visit", households=H[0], purpose="1", day="2026-01-06")
        keep = [(label, "\n") for label in ("走访干部", "开始时间", "结束时间", "走访目的", "所见", "群众自述到账", "需求")]
        code, shown = self.converse("edit", ref, typed=[("行政区划", "\n"), ("日期", "\n"), ("走访户〔", "王\n"), ("2  ", ""), ("序号", "\n"),
                                                        ("走访户〔", "王\n"), ("序号", "2\n"), *keep, ("这样更正吗", "是\n"), ("已更正", "")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual([r["走访户"] for r in self.csv("list", "--day", "2026-01-06")], ["'" + H[2]])

    def test_a_correction_asks_in_the_order_of_the_first_time(self):
        ref = self.log("aid", household=H[0], category="1", item="羊", quantity="5", unit="只", amount="5", day="2026-01-07")
        code, shown = self.converse("edit", ref, typed=[(f"{label}〔", "\n") for label in (
            "行政区划", "日期", "受助户", "帮扶措施", "资金渠道", "内容", "数量", "单位", "金额", "签收凭证", "备注", "受助人")])
        self.assertEqual(code, DONE, shown)

    def test_what_several_fit_is_said_in_the_readers_words(self):
        for argv, word in ((("visit", "--households", "王", "--purpose", "1"), "走访户"), (("balance", "户:王"), "账户"), (("show", "王"), "记录号或编号"),
                           (("aid", "--household", "王", "--category", "1"), "受助户")):
            said = self.ask(*argv, code=USAGE).err
            self.assertRegex(said, f"bangfu: {word}：凭“")

    # ---- shells ----

    def test_a_name_runs_nothing_in_bash(self):
        names = ["活`touch${IFS}ran`动", "活$HOME", "活\\x", "活*?[a]", "活{a,b}", "活!x", "活~", "活#x^"]
        for name in names:
            self.log("activity", name=name, category="1")
        script = rig.ROOT / "packaging" / "completion" / "bangfu.bash"
        for name in names:
            told = subprocess.run(["bash", "--norc", "-c", f"source {script}; COMP_WORDS=(\"$0\" service --activity \"$1\"); COMP_CWORD=3; _bangfu 2>/dev/null;"
                                   ' eval "set -- ${COMPREPLY[0]}"; printf %s "$*"', PROGRAM, name],
                                  capture_output=True, text=True, check=True, cwd=self.rig.dir,
                                  env={**os.environ, "BANGFU_DIR": str(self.station.dir), "LC_ALL": "C.UTF-8"}).stdout
            self.assertEqual(told, name)
        self.assertFalse((self.rig.dir / "ran").exists())


if __name__ == "__main__":
    unittest.main(verbosity=int(os.environ.get("BF_VERBOSE", "1")))
