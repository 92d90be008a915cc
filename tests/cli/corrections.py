#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""corrections.py -- what was recorded wrongly is put right: void, undo, edit, again-as and like, by a real daemon and on a real terminal."""
import datetime
import os
import re
import unittest

import base
from base import DONE, REFUSED, USAGE, VILLAGE

HOUSES = [f"{VILLAGE}{n:04d}" for n in range(1, 6)]
NAMES = ["王小山", "李大海", "赵铁柱", "孙二娘", "周五"]
SHOWN = ["王*山", "李*海", "赵*柱", "孙*娘", "周*"]


class World(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = cls.rig.station(cls.hub, "station", VILLAGE)
        for number, head in zip(HOUSES, NAMES):
            cls.log("household", number=number, head=head)
        cls.node.call("list", kind="household", limit=1)

    @classmethod
    def tearDownClass(cls):
        for node in (cls.node, cls.hub):
            if node.stop() != 0:
                raise AssertionError(node.log()[-3000:])

    def ref(self, *argv):
        return self.ask(*argv, "--quiet", "--again").out.strip()

    def visit(self, *more):
        return self.ref("visit", "--households", HOUSES[0], "--purpose", "1", "--day", "2026-01-02", *more)

    def show(self, ref):
        return self.node.call("show", ref=ref)["entry"]

    def saved(self):
        return self.node.call("status")["saved"]

class Voiding(World):
    def test_on_a_terminal_what_is_missing_is_asked_and_the_entry_is_shown_before(self):
        ref = self.visit("--seen", "屋顶漏雨")
        saved = self.saved()
        code, shown = self.converse("void", typed=[("作废哪一条", "没有\n"), ("不是记录号", ""), ("作废哪一条", "999999\n"), ("没有 999999 这条记录", ""),
                                                   ("作废哪一条", f"{ref.rpartition('-')[2]}\n"),
                                                   (f"要作废的是：走访  2026-01-02  宝山村委会  走访户 {HOUSES[0]} 王*山", ""), ("屋顶漏雨", ""),
                                                   ("作废的原因：", "\n"), ("作废的原因：", "x" * 601 + "\n"), ("作废的原因：", "记错了户\n"), ("已作废 走访", "")])
        self.assertEqual(code, DONE, shown)
        self.assertTrue(self.show(ref)["voided"])
        self.assertEqual(self.saved(), saved + 1)
        void = self.node.call("show", ref=f"{ref.partition('-')[0]}-{self.saved()}")["entry"]
        self.assertEqual(void["fields"]["reason"], "记错了户")

    def test_a_named_one_asks_only_why_and_with_both_nothing_is_asked(self):
        ref = self.visit("--seen", "1")
        code, shown = self.converse("void", "last", typed=[("要作废的是：", ""), ("作废的原因：", "\x04")])
        self.assertEqual((code, self.show(ref)["voided"]), (USAGE, False), shown)
        code, shown = self.converse("void", "上一条", "--reason", "录错")
        self.assertEqual((code, self.show(ref)["voided"]), (DONE, True), shown)
        self.assertNotIn("？", shown)
        code, shown = self.converse("void", "--reason", "录错", typed=[("作废哪一条", f"{self.visit()}\n"), ("已作废", "")])
        self.assertEqual(code, DONE, shown)
        self.assertNotIn("作废的原因", shown)

    def test_off_a_terminal_it_says_what_is_missing(self):
        ref = self.visit()
        self.assertIn("bangfu void REF", self.ask("void", code=USAGE).err)
        self.assertIn("--reason", self.ask("void", ref, code=USAGE).err)
        self.assertFalse(self.show(ref)["voided"])
        for form in ("#{n}", "{n}", "{origin:.5}…-{n}"):
            ref = self.visit("--seen", form)
            origin, _, n = ref.partition("-")
            self.ask("作废", form.format(origin=origin, n=n), "--reason", "x")
            self.assertTrue(self.show(ref)["voided"], form)


class Undoing(World):
    def test_it_shows_asks_and_goes_back_one_by_one(self):
        refs = [self.visit("--seen", str(n)) for n in range(2)]
        code, shown = self.converse("undo", typed=[("要撤销的是：走访", ""), ("所见 1", ""), ("撤销这一条吗？（是/否）：", "也许\n"), ("撤销这一条吗", "否\n"), ("没有撤销", "")])
        self.assertEqual((code, self.show(refs[1])["voided"]), (DONE, False), shown)
        code, shown = self.converse("撤销", typed=[("所见 1", ""), ("撤销这一条吗", "是\n"), ("已撤销 走访", "")])
        self.assertEqual((code, self.show(refs[1])["voided"]), (DONE, True), shown)
        code, shown = self.converse("undo", typed=[("seen 0", ""), ("Undo this one? (yes/no): ", "y\n"), ("undone: visit", "")], lang="en")
        self.assertEqual((code, self.show(refs[0])["voided"]), (DONE, True), shown)

    def test_leaving_undoes_nothing(self):
        ref = self.visit("--seen", "留")
        for key, end in (("\x04", USAGE), ("\x03", -2)):
            code, shown = self.converse("undo", typed=[("撤销这一条吗", key)])
            self.assertEqual((code, self.show(ref)["voided"]), (end, False), shown)

    def test_off_a_terminal_it_wants_yes_and_shows_all_the_same(self):
        ref = self.visit("--seen", "屋顶")
        said = self.ask("undo", code=USAGE)
        self.assertEqual(said.out, "")
        self.assertIn("所见 屋顶", said.err)
        self.assertIn("--yes", said.err)
        self.assertFalse(self.show(ref)["voided"])
        said = self.ask("undo", "--yes", "--format", "json").json()
        self.assertEqual(said["subject"], ref)
        self.assertEqual(self.show(said["ref"])["fields"]["reason"], "录错")
        ref = self.visit()
        self.assertEqual(self.show(self.ask("undo", "--yes", "--reason", "另有原因", "--quiet").out.strip())["fields"], {"target": ref, "reason": "另有原因"})

    def test_a_change_is_undone_to_what_was_before(self):
        self.ask("household", "--subject", HOUSES[4], "--members", "4")
        self.ask("household", "--subject", HOUSES[4], "--members", "5")
        self.assertIn("人数 5", self.ask("undo", "--yes").out)
        self.assertEqual(self.node.call("show", kind="household", key=HOUSES[4])["state"]["members"], "4")
        self.ask("undo", "--yes")
        self.assertNotIn("members", self.node.call("show", kind="household", key=HOUSES[4])["state"])

    def test_an_edit_is_undone_in_one_step_to_what_was_before(self):
        ref = self.visit("--seen", "改之前")
        self.ask("edit", "last", "--seen", "改之后")
        saved, before = self.saved(), self.node.call("total", kind="visit")["count"]
        asked = self.ask("undo", code=USAGE)
        self.assertIn("* 所见  改之后 → 改之前", asked.err)
        self.assertEqual(self.saved(), saved)
        said = self.ask("undo", "--yes")
        self.assertIn("已撤销更正", said.out)
        self.assertIn("* 所见  改之后 → 改之前", said.out)
        self.assertEqual((self.saved(), self.node.call("total", kind="visit")["count"]), (saved + 2, before))
        self.assertTrue(self.show(ref)["voided"])  # a void stays; what it said stands again in a new entry
        code, shown = self.converse("undo", typed=[("* 所见  改之前 → 改之后", ""), ("撤销这次更正吗", "是\n"), ("已撤销更正", "")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual(self.show(f"{ref.partition('-')[0]}-{self.saved()}")["fields"]["seen"], "改之后")

    def test_what_follows_a_void_is_no_correction(self):
        self.visit("--seen", "先")
        self.ask("void", "last", "--reason", "录错")
        ref = self.visit("--seen", "后")
        self.assertIn("已撤销 走访", self.ask("undo", "--yes").out)
        self.assertTrue(self.show(ref)["voided"])

    def test_what_is_void_is_said_with_what_stands_or_who_voided_it(self):
        ref = self.visit("--seen", "一")
        self.ask("edit", ref, "--seen", "二")
        self.ask("edit", "last", "--seen", "三")
        new = f"{ref.partition('-')[0]}-{self.saved()}"
        for argv in (("void", ref, "--reason", "x"), ("edit", ref, "--seen", "四"), ("visit", "--like", ref)):
            self.assertIn(f"更正后是 {new}", self.ask(*argv, code=REFUSED).err)
        ref = self.visit("--seen", "五")
        self.ask("void", ref, "--reason", "录错")
        self.assertRegex(self.ask("edit", ref, "--seen", "六", code=REFUSED).err, r"已经作废（\S+，20\d\d-\d\d-\d\d）")

    def test_what_others_rest_on_is_not_undone(self):
        number = f"{VILLAGE}0077"
        self.ask("household", "--number", number)
        self.ask("aid", "--household", number, "--category", "1")
        self.ask("undo", "--yes")
        self.ask("member", "--household", number, "--name", "-", stdin="测试\n")
        self.ask("undo", "--yes")
        self.ask("undo", "--yes")
        self.ask("show", number, code=REFUSED)

    def test_it_is_a_verb_and_no_slip_for_fund(self):
        self.assertIn("“undo”", self.ask("undoo", code=USAGE).err)
        self.assertNotIn("fund", self.ask("unddo", code=USAGE).err)
        for verb, word in (("undo", "--yes"), ("edit", "--seen"), ("visit", "--again-as"), ("aid", "--like"), ("void", "上一条")):
            self.assertIn(word, self.ask("help", verb).out)


class Editing(World):
    def told(self, *argv, **more):
        return self.ask(*argv, "--format", "json", **more).json()

    def test_both_are_shown_and_what_differs_is_marked(self):
        ref = self.visit("--seen", "屋顶漏雨", "--cash-told", "100")
        said = self.ask("edit", "last", "--seen", "屋顶已修好", "--needs", "换瓦", "--cash-told", "")
        new = f"{ref.partition('-')[0]}-{int(ref.rpartition('-')[2]) + 2}"
        self.assertIn(f"已更正 {ref} → {new}", said.out)
        for line in ("* 所见  屋顶漏雨 → 屋顶已修好", "* 需求  （空） → 换瓦", "* 群众自述到账  100.00 元 → （空）", "  日期  2026-01-02", "  行政区划  宝山村委会",
                     f"  走访户  {HOUSES[0]} 王*山"):
            self.assertIn(f"\n{line}\n", said.out + "\n")
        self.assertEqual((self.show(ref)["voided"], self.show(new)["voided"]), (True, False))
        said = self.ask("edit", "last", "--seen", "x", lang="en")
        self.assertRegex(said.out, r"corrected \S+ -> \S+ .*\n")
        self.assertIn("* seen  屋顶已修好 -> x\n", said.out)
        self.assertEqual(self.ask("更正", "last", "--所见", "y", "--quiet").out.count("\n"), 1)

    def test_a_long_text_is_asked_for_by_its_beginning_in_whole_characters(self):
        before = [(label, "\n") for label in ("行政区划", "日期", "走访户〔", "走访干部", "开始时间", "结束时间", "走访目的")]
        for head in ("", "a", "ab"):
            ref = self.visit("--seen", head + "好" * 200)
            code, shown = self.converse("edit", ref, typed=[*before, (f"所见〔{head}好好好", ""), ("…", "\n"), ("群众自述到账", "\n"), ("需求", "\n"),
                                                            ("没有更正", "")])
            self.assertEqual(code, DONE, shown)
            self.assertNotIn("\ufffd", shown)

    def test_totals_stay_and_money_follows(self):
        before = self.node.call("total", kind="aid")
        ref = self.ref("aid", "--household", HOUSES[1], "--category", "送温暖", "--amount", "120", "--item", "大米")
        told = self.told("edit", ref, "--amount", "1.2万", "--reason", "多写了零")
        self.assertEqual((told["before"]["fields"]["amount"], told["after"]["fields"]["amount"]), ("120.00", "12000.00"))
        self.assertEqual(self.show(told["void"])["fields"]["reason"], "多写了零")
        after = self.node.call("total", kind="aid")
        self.assertEqual((after["count"], after["sum"]), (before["count"] + 1, before["sum"] + 1200000))

    def test_every_kind_that_is_recorded_anew_is_corrected(self):
        fund = self.ref("fund", "--movement", "支出", "--channel", "1", "--from", VILLAGE, "--to", "供应商/项目单位", "--amount", "5", "--document", "凭证1")
        self.assertEqual(self.told("edit", fund, "--document", "凭证2")["after"]["fields"]["document"], "凭证2")
        meeting = self.ref("activity", "--name", "敬老活动", "--category", "1")
        meeting = self.told("edit", meeting, "--participants", "8")["ref"]
        hours = self.ref("service", "--activity", meeting, "--volunteer", "NM-1", "--minutes", "90")
        self.assertEqual(self.told("edit", hours, "--minutes", "1:00")["after"]["fields"]["minutes"], "60")
        self.assertIn("一条记录只写一个", self.ask("edit", "last", "--volunteer", "NM-1,NM-2", code=REFUSED).err)
        self.assertIn("还有 1 条", self.ask("edit", meeting, "--participants", "9", code=REFUSED).err)
        self.assertIn("--subject", self.ask("edit", self.node.call("show", kind="household", key=HOUSES[0])["entry"]["ref"], "--note", "x", code=REFUSED).err)

    def test_what_is_no_change_or_no_field_is_said_and_saves_nothing(self):
        ref = self.visit("--seen", "屋顶漏雨")
        saved = self.saved()
        self.assertIn("完全相同", self.ask("edit", ref, "--seen", "屋顶漏雨", code=REFUSED).err)
        self.assertIn("没有字段“amount”", self.ask("edit", ref, "--amount", "1", code=REFUSED).err)
        self.assertIn("--seen", self.ask("edit", ref, "--sen", "1", code=USAGE).err)
        self.assertIn("没有说要改哪一项", self.ask("edit", ref, code=USAGE).err)
        self.assertIn("bangfu edit REF", self.ask("edit", code=USAGE).err)
        said = self.ask("edit", ref, "--seen", "x", "--check")
        self.assertIn("没有保存", said.out)
        self.assertIn("* 所见  屋顶漏雨 → x", said.out)
        self.assertEqual((self.saved(), self.show(ref)["voided"]), (saved, False))

    def test_on_a_terminal_each_field_is_asked_with_what_stands(self):
        ref = self.visit("--seen", "屋顶漏雨", "--needs", "瓦")
        code, shown = self.converse("edit", typed=[
            ("更正哪一条", "没有\n"), ("不是记录号", ""), ("更正哪一条", "last\n"), ("回车不改，写 - 清空", ""), ("行政区划〔宝山村委会〕", "\n"),
            ("日期〔2026-01-02〕", "13月\n"), ("日期", ""), ("日期〔2026-01-02〕", "2026-01-03\n"), (f"走访户〔{HOUSES[0]} 王*山〕", "\n"), ("走访干部〔空〕", "\n"),
            ("开始时间〔空〕", "9:30\n"), ("结束时间〔空〕", "-\n"), ("走访目的〔日常走访〕", "跳舞\n"), ("不在代码表中", ""), ("走访目的〔日常走访〕", "2\n"),
            ("所见〔屋顶漏雨〕", "屋顶已修好\n"), ("群众自述到账〔空〕", "\n"), ("需求〔瓦〕", "-\n"),
            ("* 日期  2026-01-02 → 2026-01-03", ""), ("* 走访目的  日常走访 → 集中排查", ""), ("* 所见  屋顶漏雨 → 屋顶已修好", ""), ("* 需求  瓦 → （空）", ""),
            ("这样更正吗？（是/否）：", "是\n"), ("已更正", "")])
        self.assertEqual(code, DONE, shown)
        self.assertTrue(self.show(ref)["voided"])
        fields = self.node.call("correct", ref="last", fields={}, check=True)["after"]["fields"]
        self.assertEqual({k: fields.get(k) for k in ("day", "start", "purpose", "seen", "needs")},
                         {"day": "2026-01-03", "start": "09:30", "purpose": "集中排查", "seen": "屋顶已修好", "needs": None})

    def test_leaving_or_no_keeps_the_old_one(self):
        ref = self.ref("activity", "--name", "活动", "--category", "1")
        for leave, end in (("\x04", USAGE), ("\x03", -2)):
            code, shown = self.converse("edit", ref, typed=[("行政区划", leave)])
            self.assertEqual((code, self.show(ref)["voided"]), (end, False), shown)
        walk = [("行政区划", "\n"), ("日期", "\n"), ("活动名称〔活动〕", "\n"), ("活动类别", "\n"), ("地点〔空〕", "学校\n"), ("志愿服务队", "\n"), ("负责人", "\n"), ("参与人次", "\n"),
                ("时长", "\n"), ("备注", "\n")]
        code, shown = self.converse("edit", ref, typed=[*walk, ("这样更正吗", "否\n"), ("没有更正", "")])
        self.assertEqual((code, self.show(ref)["voided"]), (DONE, False), shown)
        walk[4] = ("地点〔空〕", "\n")
        code, shown = self.converse("edit", ref, typed=[*walk, ("没有更正", "")])
        self.assertEqual((code, self.show(ref)["voided"]), (DONE, False), shown)


class Again(World):
    def test_again_as_voids_and_records_anew_and_wants_its_kind(self):
        ref = self.visit("--seen", "屋顶漏雨")
        said = self.ask("visit", "--again-as", ref, "--seen", "屋顶已修好")
        self.assertIn(f"已更正 {ref} → ", said.out)
        self.assertIn("* 所见  屋顶漏雨 → 屋顶已修好", said.out)
        self.assertTrue(self.show(ref)["voided"])
        self.assertIn("不是帮扶", self.ask("aid", "--again-as", "last", "--item", "x", code=REFUSED).err)
        self.assertIn("没有说要改哪一项", self.ask("visit", "--again-as", "last", code=USAGE).err)
        code, shown = self.converse("visit", "--again-as", "last", typed=[("行政区划", "\x04")])
        self.assertEqual(code, USAGE, shown)
        self.ask("household", "--again-as", "last", code=USAGE)  # changed by --subject
        aid = self.ref("aid", "--household", HOUSES[0], "--category", "1", "--item", "米")
        self.assertIn("* 内容  米 → 面", self.ask("aid", "--again-as", aid, "--item", "面").out)

    def test_like_is_one_more_today(self):
        ref = self.visit("--seen", "屋顶漏雨", "--start", "9:30")
        before = self.node.call("total", kind="visit")
        new = self.ref("visit", "--like", ref, "--households", f"{HOUSES[1]},{HOUSES[2]}")
        after = self.node.call("total", kind="visit")
        self.assertEqual((after["count"], after["sum"]), (before["count"] + 1, before["sum"] + 2))
        self.assertFalse(self.show(ref)["voided"])
        old, fields = self.show(ref)["fields"], self.show(new)["fields"]
        self.assertEqual({k: v for k, v in fields.items() if k not in ("day", "households")}, {k: v for k, v in old.items() if k not in ("day", "households")})
        self.assertNotEqual(fields["day"], old["day"])
        self.assertIn("已保存 走访  2026-01-03", self.ask("visit", "--like", "last", "--day", "2026-01-03").out)
        self.assertIn("--like：", self.ask("aid", "--like", ref, code=REFUSED).err)

    def test_like_for_several_volunteers_is_a_record_each(self):
        meeting = self.ref("activity", "--name", "清扫", "--category", "1")
        ref = self.ref("service", "--activity", meeting, "--volunteer", "NM-1", "--minutes", "90")
        before = self.node.call("total", kind="service")
        self.ask("service", "--like", ref, "--volunteer", "NM-2,NM-3")
        after = self.node.call("total", kind="service")
        self.assertEqual((after["count"], after["sum"]), (before["count"] + 2, before["sum"] + 180))


class EachHousehold(World):
    """A visit to several households is one visit, with what was seen and told at each."""

    def both(self, *more):
        return ("visit", "--households", f"{HOUSES[0]},{HOUSES[1]}", "--purpose", "1", "--seen-each", f"{HOUSES[0]}=屋顶漏雨，已报",
                "--seen-each", f"{HOUSES[1]}：老人出院", "--cash-each", f"{HOUSES[1]}=1200.5", *more)

    def test_each_has_its_own_and_totals_are_as_with_one_text(self):
        before = self.node.call("total", kind="visit")
        ref = self.ref(*self.both())
        after = self.node.call("total", kind="visit")
        self.assertEqual((after["count"], after["sum"]), (before["count"] + 1, before["sum"] + 2))
        fields = self.show(ref)["fields"]
        a, b = fields["households"].split(",")
        self.assertEqual((fields["seen-each"], fields["cash-each"]), (f"{a}=屋顶漏雨，已报\n{b}=老人出院", f"{b}=1200.50"))

    def test_it_is_told_listed_and_shown_by_household(self):
        seen = f"{HOUSES[0]} 王*山：屋顶漏雨，已报；{HOUSES[1]} 李*海：老人出院"
        cash = f"{HOUSES[1]} 李*海：1200.50"
        said = self.ask(*self.both("--again"))
        self.assertIn(f"  各户所见 {seen}  各户自述到账 {cash}  ", said.out)
        ref = said.out.split()[-1]
        self.assertRegex(self.ask("show", ref).out, "各户所见 +" + re.escape(seen))
        rows = self.csv("list", "--kind", "visit")
        row = next(r for r in rows if r["记录号"] == ref)
        self.assertEqual((row["各户所见"], row["各户自述到账（元）"]), (seen, cash))
        table = self.ask("list", "--kind", "visit", "--wide").out  # the words first: whose numbers they are stands beside
        self.assertIn("王*山：屋顶漏雨，已报；李*海：老人出院", table)
        self.assertNotIn(seen, table)
        rows = self.ask("list", "--kind", "visit", "--format", "json").json()["rows"]
        self.assertIn("=老人出院", next(r for r in rows if r["ref"] == ref)["fields"]["seen-each"])
        self.assertEqual(self.ask("show", ref, lang="en").out.count("老人出院"), 1)

    def test_what_fits_nobody_saves_nothing(self):
        saved = self.saved()
        for more, words in ((("--seen-each", f"{HOUSES[2]}=x"), "不在“走访户”里"), (("--seen-each", "屋顶漏雨"), "编号=内容"),
                            (("--seen-each", f"{HOUSES[0]}=a", "--seen-each", f"{HOUSES[0]}=b"), "重复"), (("--cash-each", f"{HOUSES[0]}=多"), "各户自述到账")):
            said = self.ask("visit", "--households", f"{HOUSES[0]},{HOUSES[1]}", "--purpose", "1", *more, code=REFUSED)
            self.assertIn(words, said.err)
        self.assertEqual(self.saved(), saved)

    def test_on_a_terminal_each_is_asked_for(self):
        code, shown = self.converse("visit", "--households", f"{HOUSES[0]},{HOUSES[1]}", typed=[
            ("走访目的：", "1\n"), (f"{HOUSES[0]} 的所见（回车跳过）：", "炕凉\n"), (f"{HOUSES[1]} 的所见（回车跳过）：", "\n"),
            ("已保存 走访", "")])
        self.assertEqual(code, DONE, shown)
        fields = self.node.call("correct", ref="last", fields={}, check=True)["before"]["fields"]
        a = fields["households"].split(",")[0]
        self.assertEqual((fields["seen-each"], fields.get("cash-each")), (f"{a}=炕凉", None))
        code, shown = self.converse("visit", "--households", HOUSES[0], typed=[("走访目的：", "2\n"), ("所见：", "\n"), ("已保存", "")])
        self.assertNotIn(f"{HOUSES[0]} 的", shown)  # one alone
        code, shown = self.converse("visit", "--households", f"{HOUSES[0]},{HOUSES[1]}", "--seen", "都好", typed=[("走访目的：", "2\n"), ("已保存", "")])
        self.assertNotIn(f"{HOUSES[0]} 的", shown)  # said of all
        self.assertEqual(code, DONE, shown)

    def test_a_correction_keeps_what_is_said_of_who_stays(self):
        self.ref(*self.both("--day", "2026-01-05"))
        told = self.ask("edit", "last", "--households", f"{HOUSES[1]},{HOUSES[2]}", "--format", "json").json()
        old, b = told["before"]["fields"]["households"].split(",")
        self.assertEqual((told["after"]["fields"]["seen-each"], told["after"]["fields"]["cash-each"]), (f"{b}=老人出院", f"{b}=1200.50"))
        said = self.ask("edit", "last", "--seen-each", f"{HOUSES[2]}=三户")
        b, c = f"{HOUSES[1]} 李*海：老人出院", f"{HOUSES[2]} 赵*柱：三户"
        self.assertIn(f"* 各户所见  {b} → {b}；{c}", said.out)  # what is said of the other stays
        self.assertIn(f"* 各户所见  {b}；{c} → {c}", self.ask("edit", "last", "--seen-each", f"{HOUSES[1]}=").out)

    def test_on_a_terminal_each_is_corrected_for_itself(self):
        self.ref(*self.both("--day", "2026-01-06"))
        keep = [(label, "\n") for label in ("行政区划", "日期", "走访户〔", "走访干部", "开始时间", "结束时间", "走访目的", "〔空〕", "群众自述到账", "需求")]
        code, shown = self.converse("edit", "last", typed=[*keep, ("王*山 的所见〔屋顶漏雨，已报〕", "已修\n"), ("李*海 的所见〔老人出院〕", "-\n"),
                                                           ("王*山 的群众自述到账〔空〕", "5\n"), ("李*海 的群众自述到账〔1200.50〕", "\n"),
                                                           ("* 各户所见", ""), ("这样更正吗", "是\n"), ("已更正", "")])
        self.assertEqual(code, DONE, shown)
        fields = self.node.call("correct", ref="last", fields={}, check=True)["before"]["fields"]
        a, b = fields["households"].split(",")
        self.assertEqual((fields["seen-each"], fields["cash-each"]), (f"{a}=已修", f"{a}=5.00\n{b}=1200.50"))

    def test_as_many_as_a_record_holds(self):
        text = "很长的所见" * 40  # 600 bytes each
        many = [w for n in HOUSES for w in ("--seen-each", f"{n}={text}{n}")]
        ref = self.ref("visit", "--households", ",".join(HOUSES), "--purpose", "1", *many)
        self.assertEqual(self.show(ref)["fields"]["seen-each"].count(text), len(HOUSES))
        long = [w for n in HOUSES for w in ("--seen-each", f"{n}={'x' * 2000}")]
        self.ref("visit", "--households", ",".join(HOUSES), "--purpose", "1", *long)


class Echo(World):
    def test_what_was_saved_is_told_whole(self):
        out = self.ask("aid", "--household", HOUSES[0], "--category", "送温暖", "--item", "大米", "--quantity", "2", "--unit", "袋", "--amount", "120").out
        for part in ("内容 大米", "数量 2", "单位 袋", "金额 120.00 元", f"受助户 {HOUSES[0]} 王*山", "帮扶措施 送温暖"):
            self.assertIn(f"  {part}", out)
        out = self.ask("visit", "--households", f"{HOUSES[0]},{HOUSES[1]}", "--purpose", "1", "--seen", "屋顶漏雨", "--cash-told", "100").out
        for part in ("所见 屋顶漏雨", "户次 2", "群众自述到账 100.00 元"):
            self.assertIn(f"  {part}", out)
        self.assertEqual(out.count("\n"), 1)

    def test_check_tells_what_was_understood(self):
        saved = self.saved()
        day = datetime.date.today() - datetime.timedelta(days=40)
        out = self.ask("visit", "--households", HOUSES[0], "--purpose", "1", "--day", f"{day.month}-{day.day}", "--seen", "x", "--check").out
        self.assertRegex(out, rf"^检查通过，没有保存：走访  {day}  宝山村委会  .*所见 x\n$")
        self.assertRegex(self.ask("aid", "--household", HOUSES[0], "--category", "1", "--amount", "1.2万", "--check", lang="en").out,
                         r"^All is right; nothing was saved: aid .*12000\.00 yuan")
        self.assertEqual(self.saved(), saved)


if __name__ == "__main__":
    unittest.main(verbosity=int(os.environ.get("BF_VERBOSE", "1")))
