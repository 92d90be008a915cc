#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""find.py -- people are found and named as people know them, against a real hub and a real station, on a real terminal where it asks."""
import unittest

import base
import terminal
from base import DONE, REFUSED, USAGE, VILLAGE

ID = "11010519491231002X"  # of the standard; nobody's


class Find(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = cls.station = cls.rig.station(cls.hub, "village", VILLAGE)
        cls.next_number = 1507221022000100
        cls.shan = cls.household("王小山", phone="13800138000")
        cls.dashan = cls.household("王大山")
        cls.dan = cls.household("李小山丹")
        cls.hassan = cls.household("哈斯巴根")
        cls.twins = cls.household("敖其尔"), cls.household("敖其尔")
        cls.log("member", household=cls.shan, name="王小山", id=ID, relation="户主")
        cls.log("member", household=cls.hassan, name="其其格")
        cls.log("member", household=cls.hassan, name="赵建国")
        cls.log("member", household=cls.dashan, name="赵建国")
        cls.log("activity", name="敬老院体检", category="敬老助残")
        cls.log("activity", name="敬老院包饺子", category="敬老助残")
        cls.station.call("sync", wait=True)

    @classmethod
    def household(cls, head, **more):
        cls.next_number += 1
        cls.log("household", number=str(cls.next_number), head=head, **more)
        return str(cls.next_number)

    def last(self, kind="visit"):
        """Fields of the entry saved last, its refs as people call them."""
        row = self.json("list", "--kind", kind)["rows"]
        entry = max(row, key=lambda e: int(e["ref"].split("-")[1]))
        names = entry["names"]
        return {k: " ".join(names.get(r, r).split()[0] for r in v.split(",")) for k, v in entry["fields"].items()}

    def saved(self):
        return self.station.call("status")["saved"]

    # ---- find ----

    def test_each_way_to_look_finds_the_household_at_the_station_and_at_the_hub(self):
        for node in (self.station, self.hub):
            for text in ("王小山", "小山", "王小", "wxs", "ＷＸＳ", "wangxiaoshan", "王xs", "0101", self.shan, "13800138000", "8000"):
                rows = self.json("find", text, "--kind", "household", node=node)["rows"]
                self.assertIn(self.shan, [r["number"] for r in rows], text)
                self.assertNotIn(self.dashan, [r["number"] for r in rows], text)
            for text in (ID, "002X", "31002x"):
                row, = self.json("find", text, node=node)["rows"]
                self.assertEqual((row["kind"], row["name"]), ("member", "王*山"))

    def test_a_table_fits_80_columns_and_tells_one_from_another(self):
        code, shown = self.converse("find", "王")
        self.assertEqual(code, DONE, shown)
        lines = shown.splitlines()
        self.assertLessEqual(max(map(terminal.width, lines)), 80, shown)
        self.assertRegex(shown, f"户 +{self.shan} +王\\*山 +wxs")
        self.assertRegex(shown, f"户 +{self.dashan} +王\\*山 +wds")
        self.assertNotIn("大", shown)
        self.assertRegex(self.converse("find", "王小")[1], f"户 +{self.shan} +王小山 +wxs")

    def test_csv_has_a_column_per_thing_and_json_is_whole(self):
        rows = self.csv("find", "小山", lang="en")
        self.assertEqual([(r["kind"], r["number"], r["name"], r["initials"], r["place"]) for r in rows][:2],
                         [("household", "'" + self.shan, "王小山", "wxs", "宝山村委会"), ("household", "'" + self.dan, "李小山丹", "lxsd", "宝山村委会")])
        told = self.json("find", "没有这个人")
        self.assertEqual(told, {"rows": [], "count": 0, "more": False, "after": None})

    def test_what_a_limit_cuts_off_is_told_and_how_to_go_on(self):
        whole = self.json("find", "王")
        self.assertGreater(whole["count"], 2)
        cut = self.ask("find", "王", "--limit", "2", "--format", "json")
        told = cut.json()
        self.assertEqual((told["rows"], told["more"]), (whole["rows"][:2], True))
        self.assertIn("只列出了 2 个", cut.err)
        self.assertIn(f"--after {told['after']}", cut.err)
        rest = self.json("find", "王", "--after", told["after"])
        self.assertEqual(told["rows"] + rest["rows"], whole["rows"])

    def test_nobody_is_said_and_what_to_try(self):
        done = self.ask("find", "张三丰")
        self.assertEqual(done.out, "")
        self.assertIn("没有找到“张三丰”", done.err)
        self.assertIn("wxs", done.err)
        self.assertIn("household, member, activity, volunteer", self.ask("find", "王", "--kind", "fund", code=REFUSED).err)
        self.assertIn("没有写要找谁", self.ask("find", " ", code=REFUSED).err)
        self.assertIn("地点：", self.ask("find", "王", "没有这个地方", code=REFUSED).err)
        self.ask("find", code=USAGE)

    def test_a_number_of_a_person_need_not_be_an_argument(self):
        self.assertIn("王*山", self.ask("find", "-", stdin=ID + "\n").out)
        code, shown = self.converse("find", "-", typed=[("姓名、拼音或编号：", "wds\r")])
        self.assertIn(self.dashan, shown)

    def test_a_member_renamed_is_found_under_the_new_name_alone(self):
        number = self.household("牧仁")
        ref = self.log("member", household=number, name="乌云娜")
        self.assertIn("乌云娜", self.ask("find", "乌云娜").out)
        self.station.call("log", kind="member", subject=ref, fields={"name": "萨仁高娃"})
        for node in (self.station, self.hub):
            self.station.call("sync", wait=True)
            self.assertEqual(self.ask("find", "乌云娜", node=node).out, "")
            self.assertEqual(self.ask("find", "wyn", node=node).out, "")
            self.assertIn("萨仁高娃", self.ask("find", "萨仁高娃", node=node).out)
            self.assertIn("srgw", self.ask("find", "srgw", node=node).out)

    # ---- naming on the command line ----

    def test_a_whole_name_that_is_the_only_one_is_taken_and_told(self):
        done = self.ask("visit", "--households", "王小山", "--purpose", "1")
        self.assertIn(f"选定： {self.shan}  王小山", done.err)
        self.assertEqual(self.last()["households"], self.shan)
        done = self.ask("visit", "--households", f"王大山、哈斯巴根 {self.dan}", "--purpose", "2")
        self.assertEqual(self.last()["households"], f"{self.dashan} {self.hassan} {self.dan}")
        done = self.ask("visit", "--households", "其其格", "--purpose", "3")  # who lives there
        self.assertIn(self.hassan, done.err)
        self.assertEqual(self.last()["households"], self.hassan)

    def test_part_of_a_name_is_never_taken_be_there_only_one(self):
        saved = self.saved()
        for text, count in (("小山丹", 1), ("lxsd", 1), ("哈斯", 1), ("王", 2), ("0101", 1), ("小山", 2)):
            done = self.ask("visit", "--households", text, "--purpose", "1", code=USAGE)
            self.assertIn(f"凭“{text}”还不能认定" + ("就是上面这一个" if count == 1 else f"是哪一个：符合的有 {count} 个"), done.err)
            self.assertEqual(done.out, "")
        self.assertEqual(self.saved(), saved)

    def test_two_of_one_name_are_never_taken(self):
        saved = self.saved()
        done = self.ask("visit", "--households", "敖其尔", "--purpose", "1", code=USAGE)
        for number in self.twins:
            self.assertRegex(done.err, f"(?m)^ +[12]  {number}  敖其尔")
        self.assertIn("走访户：", done.err)
        done = self.ask("visit", "--households", "赵建国", "--purpose", "1", code=USAGE)  # one in each of two households
        self.assertIn(self.hassan, done.err)
        self.assertIn(self.dashan, done.err)
        self.assertEqual(self.saved(), saved)

    def test_a_head_and_a_namesake_elsewhere_are_two_however_many_are_called_alike(self):
        number = self.household("韩东")
        for i in range(25):
            self.household(f"韩东{'一二三四五'[i % 5]}{'甲乙丙丁戊'[i // 5]}")
        self.ask("visit", "--households", "韩东", "--purpose", "1")
        self.assertEqual(self.last()["households"], number)
        self.log("member", household=self.shan, name="韩东")
        done = self.ask("visit", "--households", "韩东", "--purpose", "1", code=USAGE)
        self.assertIn("符合的有 2 个", done.err)
        self.assertIn("还有更多", self.ask("visit", "--households", "韩", "--purpose", "1", code=USAGE).err)

    def test_who_fits_nobody_is_told_with_the_way_to_look(self):
        for lang, word in (("zh", "bangfu find"), ("en", "bangfu find")):
            done = self.ask("visit", "--households", "张三丰", "--purpose", "1", code=REFUSED, lang=lang)
            self.assertIn("张三丰", done.err)
            self.assertIn(word, done.err)

    def test_a_number_with_a_slip_is_not_taken_for_part_of_another(self):
        for text in (self.shan[:-1], self.shan + "1", self.shan[:-2] + "99"):
            done = self.ask("visit", "--households", text, "--purpose", "1", code=REFUSED)
            self.assertNotIn("选定", done.err)

    def test_wherever_somebody_is_named_a_name_will_do(self):
        self.ask("aid", "--household", "王大山", "--member", "其其格", "--category", "送温暖")
        self.assertEqual({k: self.last("aid")[k] for k in ("household", "member")}, {"household": self.dashan, "member": "其*格"})
        self.ask("member", "--household", "哈斯巴根", "--name", "新人")
        self.assertEqual(self.last("member")["household"], self.hassan)
        self.ask("service", "--activity", "敬老院体检", "--volunteer", "V1,V2", "--minutes", "30")
        self.assertEqual(self.last("service")["activity"], "敬老院体检")
        for account in ("户:王大山", "户：王大山", "household:王大山"):
            self.ask("fund", "--movement", "支出", "--channel", "社会捐赠", "--from", VILLAGE, "--to", account, "--amount", "5", "--document", account)
            self.assertEqual(self.last("fund")["to"].split(":")[-1].split()[0], self.json("find", self.dashan)["rows"][0]["ref"])
        self.ask("household", "--subject", "王大山", "--phone", "13900139000")
        self.assertIn(self.dashan, self.ask("find", "13900139000").out)
        self.assertIn("要改的编号", self.ask("household", "--subject", "敖其尔", "--phone", "13900139001", code=USAGE).err)

    def test_one_is_shown_by_name_too_and_so_is_a_balance(self):
        done = self.ask("show", "王大山")
        self.assertIn(self.dashan, done.out)
        self.assertIn("选定", done.err)
        self.assertIn("敬老院体检", self.ask("show", "敬老院体检").out)
        self.assertIn("其*格", self.ask("show", "其其格", "--kind", "member").out)
        self.assertIn("本机没有", self.ask("show", "张三丰", code=REFUSED).err)
        self.assertIn("符合的有 2 个", self.ask("show", "敖其尔", code=USAGE).err)
        code, shown = self.converse("show", "王", typed=[("请输入序号", "2\r")])
        self.assertEqual(code, DONE, shown)
        self.assertIn("王*山", shown)
        self.ask("fund", "--movement", "支出", "--channel", "社会捐赠", "--from", VILLAGE, "--to", "户:哈斯巴根", "--amount", "7", "--document", "余额")
        self.assertIn("7.00", self.ask("balance", "户:哈斯巴根").out)
        self.assertIn(self.hassan, self.ask("balance", "household:哈斯巴根").out)
        self.assertIn("符合的有 2 个", self.ask("balance", "户:敖其尔", code=USAGE).err)
        self.assertIn("张三丰", self.ask("balance", "户:张三丰", code=REFUSED).err)

    # ---- prompts ----

    def test_a_prompt_offers_who_fits_and_takes_the_number_of_the_list(self):
        code, shown = self.converse("visit", typed=[("走访户", "王\r"), (self.dashan, ""), ("请输入序号", "2\r"), ("走访目的", "1\r"), ("所见", "\r")])
        self.assertEqual(code, DONE, shown)
        self.assertRegex(shown, f" 1  {self.shan}  王\\*山  wxs")
        self.assertRegex(shown, f" 2  {self.dashan}  王\\*山  wds")
        self.assertLessEqual(max(map(terminal.width, shown.partition("已保存")[0].splitlines())), 80, shown)
        self.assertEqual(self.last()["households"], self.dashan)

    def test_letters_offer_even_one(self):
        code, shown = self.converse("visit", typed=[("走访户", "wds\r"), ("请输入序号", "1\r"), ("走访目的", "2\r"), ("所见", "\r")])
        self.assertEqual((code, self.last()["households"]), (DONE, self.dashan), shown)

    def test_enter_is_none_and_asks_again_and_a_name_looks_anew(self):
        code, shown = self.converse("visit", typed=[("走访户", "王\r"), ("请输入序号", "\r"), ("走访户", "王\r"), ("请输入序号", "9\r"),
                                                    ("请输入序号", "0\r"), ("请输入序号", "没有这个人\r"), ("没有找到“没有这个人”", ""),
                                                    ("走访户", "王\r"), ("请输入序号", "哈\r"), ("请输入序号", "1\r"), ("走访目的", "8\r"), ("所见", "\r")])
        self.assertEqual((code, self.last()["households"]), (DONE, self.hassan), shown)

    def test_a_prompt_that_fits_nobody_says_so_and_asks_again(self):
        code, shown = self.converse("visit", typed=[("走访户", "张三丰\r"), ("没有这个户（张三丰）", ""), ("走访户", "王大山\r"), ("选定", ""), ("走访目的", "4\r"), ("所见", "\r")])
        self.assertEqual((code, self.last()["households"]), (DONE, self.dashan), shown)

    def test_on_a_terminal_what_was_given_is_picked_too_before_anything_is_asked(self):
        code, shown = self.converse("visit", "--households", "王", typed=[("请输入序号", "1\r"), ("走访目的", "5\r"), ("所见", "\r")])
        self.assertEqual((code, self.last()["households"]), (DONE, self.shan), shown)
        code, shown = self.converse("household", "--subject", "敖其尔", "--phone", "13700137000", typed=[("请输入序号", "2\r")])
        self.assertEqual(code, DONE, shown)
        self.assertIn(self.twins[1], self.ask("find", "13700137000").out)

    def test_the_end_of_input_at_a_list_saves_nothing(self):
        saved = self.saved()
        for leave, end in (("\x04", USAGE), ("\x03", -2)):
            code, shown = self.converse("visit", "--purpose", "1", "--households", "王", typed=[("请输入序号", leave)])
            self.assertEqual((code, self.saved()), (end, saved), shown)


if __name__ == "__main__":
    unittest.main(verbosity=2)
