#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""flagged.py -- what is saved although it is probably a slip: said when it is saved, found again at the station and at the
hub, and gone when the reason is."""
import csv
import io
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import rig  # noqa: E402

DONE, FAILED, USAGE, NO_NODE, REFUSED = range(5)
VILLAGE, PROVINCE = "150722102200", "150000000000"
A, B, C = "1507221022000001", "1507221022000103", "1507221022000200"
RULES = ("over-balance", "against-tree", "other-household", "head-twice", "relation-sex", "future-day")


def number(sex, nth, born="19750312"):
    """A valid ID number of the nth man or woman."""
    body = f"150722{born}{2 * nth + (sex == '男'):03d}"
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(body))
    return body + "10X98765432"[total % 11]


MAN, WIFE, SON, OTHER = number("男", 1), number("女", 2), number("男", 3, "20030506"), number("男", 4)


class Warnings(unittest.TestCase):
    maxDiff = 3000

    def setUp(self):
        self.rig = rig.Rig()
        self.addCleanup(self.rig.close)
        self.hub = self.rig.hub()
        self.station = self.rig.station(self.hub, "village", VILLAGE)

    def ask(self, *argv, code=DONE, lang="zh", node=None):
        done = (node or self.station).cli(*argv, lang=lang)
        self.assertEqual(done.code, code, done)
        return done

    def log(self, *argv, warns=(), node=None):
        """The entry's ref. What is said is just this."""
        done = self.ask(*argv, "--format", "json", node=node, lang="en").json()
        self.assertEqual([f["name"] for f in done["flags"]], list(warns), done)
        return done["ref"]

    def flagged(self, node=None, rule=None):
        """{ref: [names]} of `list --flagged`."""
        option = "--flagged" if rule is None else f"--flagged={rule}"
        answer = self.ask("list", option, "--format", "json", node=node, lang="en").json()
        self.assertEqual(answer["count"], len(answer["rows"]))
        return {row["ref"]: row["flags"] for row in answer["rows"]}

    def everywhere(self, want):
        self.assertEqual(self.flagged(), want)
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        self.assertEqual(self.flagged(self.hub), want)
        for node in (self.station, self.hub):
            self.assertEqual(node.call("status")["flagged"], len(want))
            self.assertIn("Nothing differs", self.ask("verify", node=node, lang="en").out)

    def households(self):
        self.log("household", "--number", A, "--head", "王铁柱", "--head-id", MAN)
        self.log("household", "--number", B, "--head", "李强", "--head-id", OTHER)

    def fund(self, movement, giver, taker, amount, nth=1, **kw):
        return self.log("fund", "--movement", movement, "--channel", "社会捐赠", "--from", giver, "--to", taker, "--amount", amount,
                        "--document", f"凭证{nth}", **kw)

    # ---- A-M6

    def test_spending_beyond_the_balance_is_saved_and_said(self):
        self.fund("下达", "社会捐赠", VILLAGE, "17万")
        self.fund("支出", VILLAGE, "供应商/项目单位", "17万", 2)  # to the last fen
        done = self.ask("fund", "--movement", "支出", "--channel", "社会捐赠", "--from", VILLAGE, "--to", "供应商/项目单位",
                        "--amount", "0.01", "--document", "凭证3")
        lines = done.out.splitlines()
        self.assertTrue(lines[0].startswith("已保存"), done)
        self.assertIn("提示：超出余额", lines[1])
        self.assertIn("原有 0.00 元", lines[1])
        ref = lines[0].split()[-1]
        self.everywhere({ref: ["over-balance"]})
        self.fund("下达", "社会捐赠", VILLAGE, "0.01", 4)
        self.everywhere({})

    def test_a_correction_says_it_too(self):
        ref = self.fund("支出", VILLAGE, "供应商/项目单位", "1", 9, warns=["over-balance"])
        self.fund("下达", "社会捐赠", VILLAGE, "1", 10)
        done = self.ask("edit", ref, "--amount", "2")
        self.assertIn("提示：超出余额", done.out)
        self.assertIn("原有 1.00 元", done.out)  # what the old one took is there again
        last = done.out.split(" → ")[1].split("（")[0]
        self.everywhere({last: ["over-balance"]})
        self.assertNotIn("提示", self.ask("edit", last, "--amount", "1").out)
        self.everywhere({})

    def test_a_void_takes_its_warning_along(self):
        ref = self.fund("支出", VILLAGE, "供应商/项目单位", "999万", warns=["over-balance"])
        self.everywhere({ref: ["over-balance"]})
        self.ask("void", ref, "--reason", "金额错了")
        self.everywhere({})

    def test_money_against_the_tree(self):
        self.fund("下达", "社会捐赠", VILLAGE, "100")
        up = self.fund("下达", VILLAGE, PROVINCE, "100", 2, warns=["against-tree"])
        self.fund("退回", VILLAGE, PROVINCE, "0.01", 3, warns=["over-balance"])
        self.assertEqual(self.flagged(rule="against-tree"), {up: ["against-tree"]})
        self.assertEqual(self.flagged(rule="方向相反"), {up: ["against-tree"]})
        self.assertEqual(self.flagged(rule="R11.1").keys() & {up}, set())

    # ---- A-M7

    def test_aid_for_a_member_of_another_household(self):
        self.households()
        member = self.log("member", "--household", A, "--name", "王小山", "--id", SON, "--relation", "之子")
        self.log("aid", "--household", A, "--member", SON, "--category", "产业帮扶", "--amount", "100")
        ref = self.log("aid", "--household", B, "--member", SON, "--category", "产业帮扶", "--amount", "100", warns=["other-household"])
        self.everywhere({ref: ["other-household"]})
        # He has moved: that aid was right all the time, and the one to his old household was too, when it was given.
        self.log("member", "--subject", member, "--household", B)
        self.everywhere({})

    def test_a_head_of_two_households(self):
        self.households()
        done = self.ask("household", "--number", C, "--head", "王铁柱", "--head-id", MAN, "--format", "json", lang="en").json()
        self.assertEqual([f["name"] for f in done["flags"]], ["head-twice"])
        for node in (self.station, self.hub):
            self.station.call("sync", wait=True)
            self.assertEqual(self.flagged(node, "R01"), {done["ref"]: ["head-twice"]})
        # The number was a slip; and a correction that makes one is told as well.
        self.log("household", "--subject", C, "--head-id", number("男", 9))
        self.everywhere({})
        self.log("household", "--subject", C, "--head-id", OTHER, warns=["head-twice"])
        self.everywhere({done["ref"]: ["head-twice"]})

    def test_the_void_of_a_correction_brings_it_back(self):
        self.households()
        first = self.log("household", "--number", C, "--head-id", MAN, warns=["head-twice"])
        change = self.log("household", "--subject", C, "--head-id", number("男", 9))
        self.everywhere({})
        self.ask("void", change, "--reason", "改错了")
        self.everywhere({first: ["head-twice"]})

    def test_a_relation_against_the_sex(self):
        self.households()
        done = self.ask("member", "--household", A, "--name", "王小花", "--id", SON, "--relation", "之女")
        self.assertIn("提示：关系与性别不符", done.out)
        self.log("member", "--household", A, "--name", "赵氏", "--id", WIFE, "--relation", "妻")
        husband = self.log("member", "--household", B, "--name", "孙某", "--id", number("男", 7), "--relation", "配偶", warns=["relation-sex"])
        girl = done.out.split()[-1]
        girl = next(r for r in self.flagged() if r != husband)
        self.everywhere({girl: ["relation-sex"], husband: ["relation-sex"]})
        self.log("member", "--subject", girl, "--relation", "之子")
        self.everywhere({husband: ["relation-sex"]})

    def test_check_says_it_and_saves_nothing(self):
        done = self.ask("fund", "--movement", "下达", "--channel", "社会捐赠", "--from", VILLAGE, "--to", PROVINCE, "--amount", "1",
                        "--document", "x", "--check")
        self.assertIn("检查通过", done.out)
        self.assertIn("提示：方向相反", done.out)
        self.assertEqual(self.flagged(), {})

    def test_one_after_another_without_a_pause(self):
        """What was saved a moment ago and is not applied yet decides too."""
        with self.station.rpc() as r:
            spend = {"movement": "支出", "channel": "社会捐赠", "from": VILLAGE, "to": "供应商/项目单位", "amount": "60"}
            r.call("log", kind="fund", fields={**spend, "movement": "下达", "from": "社会捐赠", "to": VILLAGE, "amount": "100", "document": "1"})
            said = [[f["name"] for f in r.call("log", kind="fund", fields={**spend, "document": f"{i}"})["flags"]] for i in (2, 3)]
        self.assertEqual(said, [[], ["over-balance"]])

    # ---- import

    def rows(self, *rows):
        heads = ["户编号", "户主姓名", "户主证件号码", "姓名", "证件号码", "与户主关系"]
        path = self.rig.dir / "人口.csv"
        path.write_text("\n".join(",".join(r) for r in (heads, *rows)) + "\n", encoding="utf-8")
        return path

    def test_an_import_counts_them_with_check_and_without(self):
        path = self.rows((A, "王铁柱", MAN, "王铁柱", MAN, "户主"), (A, "王铁柱", MAN, "王小花", SON, "之女"),
                         (B, "李强", OTHER, "孙某", number("男", 7), "配偶"), (C, "王铁柱", MAN, "赵氏", WIFE, "其他"))
        want = [("head-twice", 1, 5), ("relation-sex", 2, 3)]
        for argv in (["--check"], []):
            answer = self.ask("import", path, *argv, "--format", "json", lang="en").json()
            self.assertEqual([(f["name"], f["count"], f["line"]) for f in answer["flags"]], want, argv)
        found = sorted(f for flags in self.flagged().values() for f in flags)
        self.assertEqual(found, ["head-twice", "relation-sex", "relation-sex"])
        self.assertEqual(self.ask("import", path, "--format", "json", lang="en").json()["flags"], [])  # nothing new is said of what is known

    def test_the_words_of_an_import(self):
        done = self.ask("import", self.rows((A, "王铁柱", MAN, "王小花", SON, "之女")))
        self.assertIn("提示：关系与性别不符", done.out)
        self.assertIn("共 1 条，第一条在第 2 行", done.out)

    # ---- looking

    def test_what_the_lists_say(self):
        ref = self.fund("下达", VILLAGE, PROVINCE, "1", warns=["over-balance", "against-tree"])
        self.fund("下达", "社会捐赠", VILLAGE, "5", 2)
        table = self.ask("list", "--flagged").out
        self.assertIn("方向相反", table)
        self.assertIn("资金", table)
        self.assertIn("可能记错的记录 1 条", table)
        rows = list(csv.DictReader(io.StringIO(self.ask("list", "--flagged", "--format", "csv", lang="en").out, newline="")))
        self.assertEqual([(r["ref"].strip("'"), r["kind"], r["warning"]) for r in rows], [(ref, "fund", "against the tree")])
        one = self.ask("list", "--kind", "fund", "--flagged", "--format", "json", lang="en").json()
        self.assertEqual([r["ref"] for r in one["rows"]], [ref])
        whole = self.ask("list", "--kind", "fund", "--format", "json", lang="en").json()
        self.assertEqual([r["flags"] for r in whole["rows"]], [["against-tree"], []])
        self.assertIn("提示", self.ask("list", "--kind", "fund").out)
        self.assertIn("应由上级到下级", self.ask("show", ref).out)
        self.assertIn("可能记错的记录 1 条", self.ask("status").out)
        self.assertIn("一切正常", self.ask("status").out)  # it is no fault of the program's

    def test_a_limit_says_that_there_is_more(self):
        refs = [self.fund("下达", VILLAGE, PROVINCE, f"{i}", i, warns=["over-balance", "against-tree"]) for i in (1, 2, 3)]
        done = self.ask("list", "--flagged", "--limit", "2")
        self.assertIn("只列出了 2 条", done.err)
        self.assertNotIn("只列出", self.ask("list", "--flagged", "--limit", "3").err)
        pages, after = [], []
        while after is not None:
            answer = self.station.call("list", kind="fund", flagged="all", limit=1, **({"after": after} if after else {}))
            self.assertEqual((answer["count"], answer["sum"]), (None, None) if after else (3, 600))
            pages += [r["ref"] for r in answer["rows"]]
            after = answer["after"]
        self.assertEqual(pages, refs)

    def test_an_unknown_warning_names_those_there_are(self):
        done = self.ask("list", "--flagged=无", code=REFUSED, lang="en")
        for name in RULES:
            self.assertIn(name, done.err)


if __name__ == "__main__":
    unittest.main()
