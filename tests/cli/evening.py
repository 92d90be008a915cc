#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""evening.py -- what a cadre types in an evening, on a screen of 80x24, and what stands there afterwards. Real bash, real daemon."""
import os
import re
import signal
import subprocess
import unittest

import base
from base import PROGRAM, VILLAGE
from screen import Screen

HEADS = {"1507221022000101": "王小山", "1507221022000102": "王大明", "1507221022000103": "乌云·其木格", "1507221022000104": "李铁柱", "1507221022000105": "李铁牛"}
SEEN = "屋顶漏雨，已报修。老人血压高，每月送药一次；孩子今年上初中，住校，每周回家一次，路上由邻居接送。"
VISIT_KEYS_MAX = 20  # beside the text of what was seen
HOUSEHOLDS = "走访户（姓名、拼音或编号，多个用逗号分开）："


class Evening(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = cls.station = cls.rig.station(cls.hub, "village", VILLAGE)
        for number, head in HEADS.items():
            cls.log("household", number=number, head=head)

    def sit(self, columns=80, rows=24, shell=("bash", "--norc"), **env):
        """In front of a shell's prompt."""
        path = os.path.dirname(PROGRAM) + ":" + os.environ["PATH"]
        s = Screen(shell, {"PATH": path, "BANGFU_DIR": self.station.dir, "BANGFU_LANG": "zh", "PS1": "$ ",
                           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=0"), **env}, columns, rows)
        self.addCleanup(s.close)
        s.type("PS1='$ '", "Enter", "C-l")
        s.wait(r"\A\$$")
        s.keys = 0
        return s

    def saved(self, kind):
        return self.station.call("list", kind=kind, newest=True)["rows"]

    def entry(self, shown):
        """What is in the record that the screen says was saved."""
        ref = re.findall(r"[0-9a-f]{16}-\d+", shown.replace("\n", ""))[-1]
        return self.station.call("show", ref=ref)["entry"]

    def sane(self, s):
        """The terminal is as it was."""
        s.type("stty -a | grep -oE -- '-?(icanon|isig|echo) '", "Enter")
        s.wait(r"^isig\s+icanon\s+echo$")

    # ---- a visit ----

    def test_a_visit_by_name_takes_few_keys(self):
        """All is counted that is typed after the shell's prompt, the command and every Tab and Enter too, but the text of what was seen.
        Without the shell's Tab it is two more."""
        s = self.sit()
        s.type("source <(bangfu completion bash); clear", "Enter").wait(r"\A\$$")
        s.keys = 0
        s.type("bangfu vi", "Tab").wait(r"^\$ bangfu visit$")
        s.type("", "Enter").wait(f"^{HOUSEHOLDS}$")
        s.type("wxs", "Enter").wait("^请输入序号")
        s.type("1", "Enter").wait("^走访目的：$")
        s.type("1", "Enter").wait("^所见：$")
        s.type(SEEN, "Enter")
        shown = s.wait("^已保存")
        self.assertLessEqual(s.keys - len(SEEN), VISIT_KEYS_MAX)
        entry = self.entry(shown)
        self.assertEqual((entry["fields"]["seen"], entry["fields"]["purpose"], entry["division"]), (SEEN, "日常走访", VILLAGE))
        self.assertIn("1507221022000101", shown)

    def test_how_asking_goes_is_said_once(self):
        s = self.sit()
        shown = s.type("bangfu visit", "Enter").wait("走访户")
        self.assertEqual(shown.count("回车跳过"), 1)
        s.type("", "C-c").wait("没有保存")

    # ---- a line ----

    def test_backspace_takes_both_columns_of_a_character(self):
        s = self.sit()
        s.type("bangfu visit", "Enter").wait(f"^{HOUSEHOLDS}$")
        s.type("王小明王").wait("王小明王$")
        s.type("", "BSpace", "BSpace", "BSpace").wait(f"^{HOUSEHOLDS}王$")
        s.type("大明").wait(f"^{HOUSEHOLDS}王大明$")
        s.type("", "Enter").wait("选定： 1507221022000102")
        s.type("", "C-c").wait("没有保存")

    def test_arrows_go_over_characters_and_lines(self):
        s = self.sit()
        s.type("bangfu visit --households 1507221022000104", "Enter").wait("^走访目的：$")
        s.type("2", "Enter").wait("^所见：$")
        first = "一二三四五六七八九十" * 4  # 6 + 80 columns: the 38th character does not fit the first line
        s.type(first)
        s.wait("^所见：" + first[:37] + "$")
        self.assertEqual(s.last(), first[37:])
        s.type("", *["Left"] * 5).type("〇·", "BSpace")
        s.wait("^" + "所见：" + first[:35] + "〇" + first[35:36] + "$")
        s.type("", "Home", "Delete").type("a").wait("^所见：a" + first[1:35] + "〇" + first[35:36])
        s.type("", "End", "BSpace").type("完")
        s.wait(re.escape(first[36:39] + "完"))
        s.type("", "Enter")
        self.assertEqual(self.entry(s.wait("^已保存"))["fields"]["seen"], "a" + first[1:35] + "〇" + first[35:39] + "完")
        self.assertNotIn("^[", s.shown())

    def test_the_dot_of_a_mongolian_name_is_a_character(self):
        s = self.sit()
        s.type("bangfu aid", "Enter").wait("^受助户")
        s.type("乌云·其木格", "Enter").wait("选定： 1507221022000103")
        s.type("", "C-c").wait("没有保存")

    def test_a_line_outlives_a_smaller_window_and_a_rest(self):
        s = self.sit()
        s.type("bangfu visit --households 1507221022000104 --purpose 1 --seen -", "Enter").wait("^所见：$")
        s.type("羊只三十二").wait("羊只三十二$")
        s.resize(60, 20)
        s.type("只").wait("所见：羊只三十二只$")
        s.type("", "C-z").wait("Stopped")
        self.sane(s)
        s.type("fg", "Enter").wait("^所见：羊只三十二只$")
        s.type("，圈舍完好", "Enter")
        self.assertEqual(self.entry(s.wait("^已保存"))["fields"]["seen"], "羊只三十二只，圈舍完好")

    def test_what_is_too_long_is_said_and_asked_again(self):
        s = self.sit()
        s.type("bangfu visit --households 1507221022000104 --purpose 1 --seen -", "Enter").wait("^所见：$")
        for _ in range(5):
            s.type("长" * 450)
        s.wait("所见：太长，最多 2048 个字")
        s.wait(r"所见：\Z")
        s.type("短", "Enter")
        self.assertEqual(self.entry(s.wait("^已保存"))["fields"]["seen"], "短")

    def test_where_lines_cannot_be_edited_they_are_read_plainly(self):
        for env in ({"TERM": "dumb"}, {"TERM": "no-such-terminal"}, {"LC_ALL": "zh_CN.GBK"}, {"LC_ALL": "C"}, {"LC_ALL": "", "LANG": "zh_CN.UTF-8"}):
            s = self.sit()
            s.type(f"env {' '.join(f'{k}={v}' for k, v in env.items())} bangfu visit --households 1507221022000104 --seen 无 --again", "Enter")
            s.wait("走访目的：$")
            s.type("1", "Enter")
            shown = s.wait("^已保存")
            self.assertNotRegex(shown, "(?i)no entry|settings|warning")

    # ---- Tab ----

    def test_tab_offers_words_households_and_places(self):
        s = self.sit()
        s.type("bangfu aid", "Enter").wait("^受助户（姓名、拼音或编号）：$")
        s.type("李铁", "Tab")
        shown = s.wait("李铁柱  宝山村委会")
        self.assertEqual((shown.count("1507221022000104"), shown.count("1507221022000105"), s.last()), (1, 1, "受助户（姓名、拼音或编号）：李铁"))
        s.type("柱", "Tab").wait("^受助户（姓名、拼音或编号）：1507221022000104$")
        s.type("", "Enter").wait("^帮扶措施：$")
        s.type("健", "Tab").wait("^帮扶措施：健康帮扶$")
        s.type("", "C-u").type("sw", "Tab").wait("^帮扶措施：送温暖$")  # by its pinyin
        s.type("", "C-c").wait("没有保存")
        s.type("bangfu visit --division - --households 1507221022000104", "Enter").wait("^行政区划")
        s.type("莫力", "Tab")
        s.wait("莫力达瓦达斡尔族自治旗$")
        s.type("", "C-c")

    # ---- giving up ----

    def test_ctrl_c_at_any_prompt_saves_nothing_and_says_so(self):
        before = len(self.saved("visit"))
        s = self.sit()
        for answers in ([], ["王小山"], ["王小山", "1"]):
            s.type("bangfu visit", "Enter").wait(f"{HOUSEHOLDS}$")
            for answer, then in zip(answers, ("走访目的：$", "所见：$")):
                s.type(answer, "Enter").wait(then)
            s.type("写了一半", "C-c").wait("^bangfu: 已放弃，什么也没有保存。")
            s.type("echo rc=$?", "Enter").wait("^rc=130$")
            self.sane(s)
            s.type("clear", "Enter").wait(r"\A\$$")
        self.assertEqual(len(self.saved("visit")), before)

    def test_ctrl_d_says_so_too(self):
        s = self.sit()
        s.type("bangfu visit", "Enter").wait(f"^{HOUSEHOLDS}$")
        s.type("", "C-d").wait("^bangfu: 已放弃，什么也没有保存。")
        s.type("echo rc=$?", "Enter").wait("^rc=2$")
        self.sane(s)

    def test_a_process_that_is_ended_leaves_the_terminal_as_it_was(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            s = self.sit()
            s.type("bangfu visit", "Enter").wait(f"^{HOUSEHOLDS}$")
            pid = subprocess.run(["pgrep", "-n", "-f", "^bangfu visit$"], capture_output=True, text=True, check=True).stdout.strip()
            os.kill(int(pid), number)
            s.wait("没有保存")
            self.sane(s)

    def test_a_node_that_went_away_during_a_prompt_is_said_with_how_to_start_it(self):
        other = self.rig.node("alone", ["--role", "station"]).start()
        s = self.sit(BANGFU_DIR=other.dir)
        s.type("bangfu visit --households 1", "Enter").wait("走访目的：$")
        other.kill()
        s.type("1", "Enter").wait("systemctl start bangfud")

    def test_a_node_that_comes_back_gets_what_was_answered_before(self):
        station, saved = self.station, len(self.saved("visit"))
        s = self.sit()
        s.type("bangfu visit", "Enter").wait(f"^{HOUSEHOLDS}$")
        s.type("王大明", "Enter").wait("^走访目的：$")
        s.type("1", "Enter").wait("^所见：$")
        station.kill()
        self.addCleanup(lambda: station.alive() or station.start())
        s.type("炕凉", "Enter").wait("还没有保存.处理好后按回车再试")
        s.type("", "Enter").wait("还没有保存(.|\n)*还没有保存")  # it does not run yet
        station.start()
        visit = self.entry(s.type("", "Enter").wait("^已保存"))["fields"]
        self.assertEqual((visit["seen"], len(self.saved("visit"))), ("炕凉", saved + 1))

    # ---- the others ----

    def test_each_kind_asks_for_what_makes_it_worth_keeping(self):
        s = self.sit()
        s.type("bangfu activity", "Enter").wait("^活动名称：$")
        for answer, then in (("敬老院体检", "活动类别：$"), ("1", "参与人次：$"), ("12", "时长（.*）：$")):
            s.type(answer, "Enter").wait(then)
        activity = self.entry(s.type("1小时30分", "Enter").wait("^已保存"))
        self.assertEqual([activity["fields"][f] for f in ("name", "participants", "minutes")], ["敬老院体检", "12", "90"])
        s.type("clear; bangfu service", "Enter").wait("^所属活动")
        s.type(activity["ref"], "Enter").wait("^志愿者编号：$")
        for answer, then in (("001", "志愿者姓名：$"), ("", "服务时长（.*）：$")):
            s.type(answer, "Enter").wait(then)
        self.assertEqual(self.entry(s.type("30", "Enter").wait("^已保存"))["fields"]["volunteer"], "001")
        s.type("clear; bangfu aid", "Enter").wait("^受助户")
        for answer, then in (("王大明", "帮扶措施：$"), ("14", "内容：$"), ("面粉", "数量（.*）：$"), ("2", "单位：$"), ("袋", "金额（.*）：$")):
            s.type(answer, "Enter").wait(then)
        aid = self.entry(s.type("", "Enter").wait("^已保存"))["fields"]
        self.assertEqual([aid.get(f) for f in ("item", "quantity", "unit", "amount")], ["面粉", "2", "袋", None])
        s.type("clear; bangfu household", "Enter").wait("^户编号：$")
        s.type("1507221022000199", "Enter").wait("^户主姓名：$")
        s.type("赵铁柱", "Enter").wait("^已保存")
        s.type("clear; bangfu member", "Enter").wait("^所在户")
        for answer, then in (("1507221022000199", "姓名：$"), ("赵铁柱", "证件号码：$"), ("11010519491231002X", "与户主关系：$")):
            s.type(answer, "Enter").wait(then)
        self.assertEqual(self.entry(s.type("户主", "Enter").wait("^已保存"))["fields"]["relation"], "户主")

    def test_who_gives_all_that_is_due_is_asked_nothing(self):
        s = self.sit()
        s.type("bangfu visit --households 1507221022000105 --purpose 1 </dev/tty; echo rc=$?", "Enter")
        self.assertNotIn("所见", s.wait("^rc=0$"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
