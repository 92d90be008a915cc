#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sheets.py -- what is handed in as CSV has a column for each thing, and what comes from the national export goes in as it is."""
import csv
import io
import subprocess
import unittest

import base
from base import DONE, FAILED, PROGRAM, REFUSED, USAGE
from lists import VILLAGES

H = ["1507221022000001", "1507221022000102", "1507221022000203"]
HEADS = ["王小山", "孙二", None]
MASKED = ["王*山", "孙*", ""]


class Sheets(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = cls.station = cls.rig.station(cls.hub, "village", VILLAGES[0])
        for number, head in zip(H, HEADS):
            cls.log("household", number=number, **({"head": head} if head else {}))
        cls.log("visit", households=",".join(H), purpose="1", **{"cash-told": "12.50"})
        cls.log("visit", households=H[1], purpose="1")
        cls.log("aid", household=H[0], category="送温暖", item="大米", quantity="2.5", unit="袋", amount="300")
        cls.log("fund", movement="支出", channel="社会捐赠", amount="50000", document="1", to=f"户:{H[1]}", **{"from": VILLAGES[0]})

    # ---- what is not understood ----

    def test_an_unknown_heading_is_said_once_with_those_near_it(self):
        path = self.station.dir / "headings.csv"
        path.write_text("户编号,联系电话,行政村\n" + "".join(f"{VILLAGES[0]}{n:04d},1,x\n" for n in range(901, 904)), "utf-8")
        said = self.ask("import", str(path), "--check", code=FAILED).out
        self.assertRegex(said, r"第 1 行，第 2 列（联系电话）.*相近的有：.*户联系电话")
        self.assertIn("bangfu schema", said)
        rows = [r for r in csv.reader(io.StringIO(self.ask("import", str(path), "--check", "--format", "csv", code=FAILED).out)) if "不认识" in r[-1]]
        self.assertEqual([(r[0], r[2]) for r in rows], [("1", "联系电话"), ("1", "行政村")])

    def test_a_day_that_is_none_names_the_words_that_are(self):
        for word in ("明天", "上周三", "13月"):
            said = self.ask("visit", "--households", H[0], "--purpose", "1", "--day", word, code=REFUSED).err
            for part in ("今天、昨天、前天、周一", "今天以后的日期不收"):
                self.assertIn(part, said)

    # ---- a column for each thing ----

    def test_number_and_name_stand_apart(self):
        rows = {r["走访户"]: r for r in self.csv("list")}
        guarded = ["'" + number for number in H]
        self.assertEqual(set(rows), {"，".join(H), guarded[1]})  # one number alone would lose its last digits in a spreadsheet
        self.assertEqual(rows["，".join(H)]["走访户（户主姓名）"], "，".join(MASKED))
        self.assertEqual(rows[guarded[1]]["走访户（户主姓名）"], MASKED[1])
        [aid] = self.csv("list", "--kind", "aid")
        self.assertEqual((aid["受助户"], aid["受助户（户主姓名）"], aid["数量"], aid["金额（元）"]), (guarded[0], MASKED[0], "2.5", "300.00"))
        [aid] = self.csv("list", "--kind", "aid", lang="en")
        self.assertEqual((aid["household"], aid["household (head)"]), (guarded[0], MASKED[0]))
        [fund] = self.csv("list", "--kind", "fund", "--movement", "支出")
        self.assertEqual((fund["收方"], fund["收方（名称）"], fund["付方（名称）"]), (f"户:{H[1]}", MASKED[1], "宝山村委会"))
        # the key of the household's own list is the same text: a spreadsheet finds one by the other
        self.assertIn(guarded[0], [r["户编号"] for r in self.csv("list", "--kind", "household")])
        self.assertNotIn("走访户（户主姓名）", self.ask("list", "--wide").out)

    def test_each_household_has_a_row_and_nothing_counts_twice(self):
        rows = self.csv("list", "--each", "household")
        self.assertEqual(len(rows), 4)
        three = [r for r in rows if r["共几个"] == "3"]
        self.assertEqual([(r["走访户"], r["走访户（户主姓名）"], r["第几个"]) for r in three],
                         [("'" + number, name, str(i + 1)) for i, (number, name) in enumerate(zip(H, MASKED))])
        self.assertEqual({(r["记录号"], r["群众自述到账（元）"]) for r in three}, {(three[0]["记录号"], "12.50")})
        first = [r for r in rows if r["第几个"] == "1"]
        self.assertEqual(len(first), 2)  # the visits
        self.assertEqual(sum(float(r["群众自述到账（元）"] or 0) for r in first), 12.5)
        table = self.ask("list", "--each", "户", "--wide").out
        self.assertEqual(table.count(H[1]), 2)
        self.assertIn("走访 2 条，户次 4", table)
        self.assertIn("明细逐条相加，与合计一致", self.ask("total", "--kind", "visit", "--list", "--wide").out)
        self.assertEqual(len(self.csv("list", "--kind", "aid", "--each", "household")), 1)
        self.assertIn("没有写到它", self.ask("list", "--kind", "activity", "--each", "household", code=USAGE).err)
        self.assertIn("json", self.ask("list", "--each", "household", "--format", "json", code=USAGE).err)

    def test_the_unit_of_amounts_and_areas_stands_in_the_heading(self):
        self.assertIn("金额（元）", self.csv("list", "--kind", "fund")[0])
        self.assertEqual(self.csv("list", "--kind", "fund", "--movement", "支出", "--wan")[0]["金额（万元）"], "5.00")
        self.assertIn("金额（万元）", self.csv("total", "--by", "month", "--wan")[0])
        [heading] = [r for r in self.csv("list", "--kind", "household")][:1]
        self.assertLessEqual({"住房面积（平方米）", "耕地面积（亩）", "林果面积（亩）"}, set(heading))

    def test_a_column_in_ten_thousands_has_as_many_decimals_in_every_row(self):
        for amount in ("170000", "9991360.5", "5"):
            self.log("fund", movement="下达", channel="社会捐赠", amount=amount, document=f"万{amount}", to=VILLAGES[0], **{"from": "中央财政"})
        table = self.ask("list", "--kind", "fund", "--movement", "下达", "--wan", "--wide").out
        for figure in ("17.00000", "999.13605", "0.00050"):
            self.assertIn(f" {figure} ", table)
        self.assertIn("金额 1016.13655 万元", table)

    # ---- decimals ----

    def test_areas_are_typed_imported_changed_and_shown_with_their_decimals(self):
        number = "1507221022000304"
        self.ask("household", "--number", number, "--housing-area", "８５．５", "--farmland", "12.3亩")
        [row] = [r for r in self.csv("list", "--kind", "household") if number in r["户编号"]]
        self.assertEqual((row["住房面积（平方米）"], row["耕地面积（亩）"], row["林果面积（亩）"]), ("85.5", "12.3", ""))
        self.ask("household", "--subject", number, "--housing-area", "90")
        self.assertIn("两位小数", self.ask("household", "--subject", number, "--housing-area", "90.125", code=REFUSED).err)
        self.assertIn("应为数", self.ask("household", "--subject", number, "--housing-area", "90亩", code=REFUSED).err)
        file = self.rig.dir / "areas.csv"
        file.write_text(f"户编号,住房面积,耕地面积,林果面积\n{number},90.00,12.30,0.05\n")
        for said in ("更新 1", "未变 1"):
            self.ask("import", file)
            state = self.station.call("show", kind="household", key=number)["state"]
            self.assertEqual((state["housing-area"], state["farmland"], state["woodland"]), ("90", "12.3", "0.05"), said)
        told = self.json("list", "--kind", "household")
        self.assertIn("12.3", [e["fields"].get("farmland") for e in told["rows"]])

    # ---- all faults of a file at once ----

    def test_all_faults_of_a_file_are_told_in_one_pass_in_its_order(self):
        lines = ["户编号,住房面积,耕地面积,首次识别时间", "1507221022000405,85.505,很多,2014年12月", "1507221022000506,85.5,12.3,2014-12-01",
                 "1507221022000607,85.505,12.345,2014-12-01"]
        file = self.rig.dir / "faults.csv"
        file.write_text("\n".join(lines) + "\n")
        done = self.ask("import", file, code=FAILED)
        places = [line.split("：")[0] for line in done.out.splitlines()]
        self.assertEqual(places[:-1], ["第 2 行，第 2 列（住房面积）", "第 2 行，第 3 列（耕地面积）", "第 2 行，第 4 列（首次识别时间）"]
                         + ["第 4 行，第 3 列（耕地面积）"], done.out)
        self.assertIn("第 2 行，第 2 列（住房面积）", done.out)
        self.assertIn("… 另有 1 行", done.out.splitlines()[0])  # the same fault in line 4
        self.assertIn("不对的 2 行", done.out)
        rows = self.csv("import", file, code=FAILED)
        self.assertEqual([(r["行"], r["列"]) for r in rows], [("2", "2"), ("2", "3"), ("2", "4"), ("4", "2"), ("4", "3")])
        many = [lines[0], *(f"15072210220{i:05d},x{i},y,z" for i in range(600))]
        file.write_text("\n".join(many) + "\n")
        out = self.ask("import", file, code=FAILED).out
        self.assertLess(len(out.splitlines()), 30)
        self.assertRegex(out, "另有 [0-9]+ 行不对，没有逐行列出")
        self.assertIn("不对的 600 行", out)

    # ---- what a refusal says ----

    def test_a_refusal_names_things_in_the_readers_language_and_shows_what_was_typed(self):
        for argv, zh, en in ((("visit", "--households", "1507221022000009", "--purpose", "1"), "走访户：", "households: "),
                             (("service", "--activity", "没有", "--minutes", "30"), "所属活动：", "activity: "),
                             (("fund", "--movement", "支出", "--channel", "社会捐赠", "--amount", "1", "--document", "x", "--from", "谁", "--to", "供应商/项目单位"), "付方：", "from: "),
                             (("aid", "--household", H[0], "--category", "送温暖", "--division", "谁"), "行政区划：", "division: "),
                             (("household", "--subject", "1507221022000009", "--group", "一组"), "要改的编号：", "--subject: "),
                             (("list", "没有这里"), "地点：", "PLACE: "),
                             (("balance", "谁也不是"), "账户：", "ACCOUNT: "), (("show", f"{'0' * 15}1-9"), "记录号或编号：", "REF|NUMBER: "),
                             (("void", f"{'0' * 15}1-9", "--reason", "错"), "记录号：", "REF: ")):
            for lang, head in (("zh", zh), ("en", en)):
                done = self.ask(*argv, code=REFUSED, lang=lang)
                self.assertTrue(done.err.startswith(f"bangfu: {head}"), done.err)
        nobody = "110105194912310021"
        self.assertIn(H[0][:-1] + "9", self.ask("visit", "--households", H[0][:-1] + "9", "--purpose", "1", code=REFUSED).err)
        argv = ["show", nobody, "--kind", "member"]
        code, text = self.converse(*argv)
        self.assertIn(f"本机没有这个人（{nobody}）", text)  # to him who typed it
        self.assertNotIn(nobody, self.ask(*argv, code=REFUSED).err)  # not into a file
        self.assertNotIn(nobody, self.station.log())

    def test_a_byte_0_on_the_input_is_refused_and_cuts_nothing(self):
        argv = [PROGRAM, "--dir", str(self.station.dir), "--lang", "zh", "household", "--number", "1507221022000708", "--head", "-"]
        for given, code in (("王小\0山\n".encode(), USAGE), ("王小山\n".encode(), DONE)):
            done = subprocess.run(argv, input=given, capture_output=True, check=False, timeout=60)
            self.assertEqual(done.returncode, code, done)
        self.assertIn("UTF-8", subprocess.run([*argv[:5], "show", "-"], input=b"15072\0\n", capture_output=True, check=False, timeout=60).stderr.decode())

    def test_a_text_that_is_too_long_is_told_in_characters(self):
        self.ask("visit", "--households", H[0], "--purpose", "1", "--check", "--seen", "好" * 666)
        self.assertIn("写了 667 个字，最多 666 个汉字", self.ask("visit", "--households", H[0], "--purpose", "1", "--seen", "好" * 667, code=REFUSED).err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
