#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""places.py -- another edition of the table of divisions: what it changes is told before and after, and a slip of the hand changes nothing."""
import csv
import io

from base import Case, main

HEAD = {"150000000000": "内蒙古自治区", "150700000000": "呼伦贝尔市", "150722000000": "莫力达瓦旗", "150722102000": "宝山镇"}
A, B, C, D = "150722102200", "150722102201", "150722102202", "150722102203"
FIRST = {**HEAD, A: "甲村", B: "乙村", C: "丙村"}
SECOND = {**HEAD, "150722102000": "宝山街道", A: "甲村", B: "乙新村", D: "丁村"}  # 丙村 is gone
LEVELS = {2: "province", 4: "prefecture", 6: "county", 9: "township", 12: "village"}
ABOVE = {12: 9, 9: 6, 6: 4, 4: 2}
DONE, FAILED, USAGE, NO_NODE, REFUSED = range(5)


def level(code):
    for n in (12, 9, 6, 4):
        if set(code[ABOVE[n]:n]) != {"0"}:
            return LEVELS[n]
    return LEVELS[2]


class Places(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub(places=False)

    def file(self, table):
        path = self.rig.dir / "places.csv"
        path.write_text("code,name,level\n" + "".join(f"{c},{n},{level(c)}\n" for c, n in table.items()))
        return path

    def places(self, table, edition, *words, lang="en"):
        return self.hub.cli("places", self.file(table), "--edition", edition, *words, lang=lang)

    def imported(self, table, edition, *words):
        answer = self.places(table, edition, *words)
        self.assertEqual(answer.code, DONE, answer)
        return answer

    def name(self, code):
        return self.hub.call("place", text=code)["name"]

    def edition(self):
        return self.hub.call("status")["edition"]

    def use(self, division):
        self.hub.call("log", kind="fund", fields={"movement": "下达", "channel": "社会捐赠", "division": division, "amount": "1",
                                                  "from": "中央财政", "to": division, "document": division})

    def test_a_diff_says_what_is_added_renamed_and_gone_and_changes_nothing(self):
        self.imported(FIRST, "2023")
        said = self.places(SECOND, "2024", "--diff", "--format", "json").json()
        self.assertEqual({k: said[k] for k in ("rows", "imported", "edition_before", "older", "foreign", "added", "renamed", "gone", "used")},
                         {"rows": 7, "imported": False, "edition_before": "2023", "older": False, "foreign": 0, "added": 1, "renamed": 2, "gone": 1, "used": 0})
        want = [("renamed", "150722102000", "宝山镇", "宝山街道"), ("renamed", B, "乙村", "乙新村"), ("gone", C, "丙村", None), ("added", D, None, "丁村")]
        self.assertEqual([(x["change"], x["code"], x["was"], x["name"]) for x in said["changes"]], want)
        rows = list(csv.DictReader(io.StringIO(self.places(SECOND, "2024", "--diff", "--format", "csv").out)))
        self.assertEqual([(r["change"], r["code"].lstrip("'")) for r in rows], [w[:2] for w in want])
        table = self.places(SECOND, "2024", "--diff", lang="zh")
        for word in ("没有导入", "新增 1，改名 2，没有了 1（其中在用 0）", "乙新村", "丙村"):
            self.assertIn(word, table.out)
        self.assertEqual((self.edition(), self.name(B)), ("2023", "乙村"))

    def test_an_import_says_the_same_and_keeps_what_is_gone(self):
        self.imported(FIRST, "2023")
        answer = self.imported(SECOND, "2024")
        for word in ("Imported 7 divisions (edition 2024)", "1 added, 2 renamed, 1 gone (0 of them in use)", "乙新村", "丙村", "are kept"):
            self.assertIn(word, answer.out)
        self.assertEqual((self.edition(), self.name(B), self.name(C)), ("2024", "乙新村", "丙村"))
        again = self.places(SECOND, "2025", "--diff", "--format", "json").json()
        self.assertEqual((again["changes"], again["gone"]), ([], 0))  # it went before
        back = self.places({**SECOND, C: "丙村"}, "2025", "--diff", "--format", "json").json()
        self.assertEqual([(x["change"], x["code"]) for x in back["changes"]], [("added", C)])
        self.imported({**SECOND, C: "丙村"}, "2025")
        self.assertEqual(self.places(SECOND, "2026", "--diff", "--format", "json").json()["gone"], 1)

    def test_codes_in_use_go_only_when_it_is_meant(self):
        self.imported(FIRST, "2023")
        self.use(C)
        for lang, words in (("en", ("--force", "in use")), ("zh", ("--force", "还在用"))):
            answer = self.places(SECOND, "2024", lang=lang)
            self.assertEqual(answer.code, REFUSED, answer)
            for word in (*words, C):
                self.assertIn(word, answer.err)
        self.assertEqual((self.edition(), self.name(B)), ("2023", "乙村"))
        self.assertIn("--force", self.places(SECOND, "2024", "--diff").out)
        self.imported(SECOND, "2024", "--force")
        self.assertEqual(self.hub.call("total", kind="fund", division=C)["count"], 1)
        self.imported(SECOND, "2025")  # it went before: nothing to be asked again

    def test_where_a_station_stands_is_in_use(self):
        self.imported(FIRST, "2023")
        s = self.rig.station(self.hub, "s", C)
        self.assertEqual(self.places(SECOND, "2024").code, REFUSED)
        self.hub.call("revoke", origin=s.call("status")["origin"])
        self.imported(SECOND, "2024")

    def test_an_older_edition_or_another_province_only_when_it_is_meant(self):
        self.imported(FIRST, "2024")
        one = {A: "老甲村"}
        for table, edition, word in ((one, "2020", "2024"), ({"110000000000": "北京市"}, "2024", "110000000000")):
            answer = self.places(table, edition)
            self.assertEqual(answer.code, REFUSED, answer)
            for w in ("--force", word):
                self.assertIn(w, answer.err)
        self.assertEqual((self.edition(), self.name(A)), ("2024", "甲村"))
        self.imported({"110000000000": "北京市"}, "2024", "--force")
        self.assertEqual(self.name("110000000000"), "北京市")
        self.imported(one, "2020", "--force")
        self.assertEqual((self.edition(), self.name(A)), ("2020", "老甲村"))
        self.assertEqual([a["act"] for a in self.hub.call("acts")], ["places"] * 3)

    def test_more_of_the_present_edition_only_adds_to_it(self):
        self.imported(FIRST, "2023")
        self.use(B)
        said = self.imported({**HEAD, D: "丁村"}, "2023", "--format", "json").json()
        self.assertEqual((said["added"], said["gone"]), (1, 0))
        self.assertEqual(self.places(SECOND, "2024", "--diff", "--format", "json").json()["gone"], 1)

    def test_a_code_that_stands_twice_is_no_change(self):
        self.imported(FIRST, "2023")
        path = self.file(FIRST)
        path.write_text(path.read_text() + f"{A},甲村,village\n")
        said = self.hub.cli("places", path, "--edition", "2024", "--diff", "--format", "json").json()
        self.assertEqual((said["rows"], said["changes"]), (8, []))

    def test_more_changes_than_an_answer_has_are_all_told(self):
        many = {f"150722102{n:03d}": f"村{n}" for n in range(1, 1000)}
        towns = {f"150722{n}000": f"镇{n}" for n in (103, 104)}
        more = {f"150722{t}{n:03d}": f"村{t}-{n}" for t in (103, 104) for n in range(1, 501)}
        whole = {**HEAD, **many, **towns, **more}
        self.imported(whole, "2023")
        said = self.places({k: v + "新" if k in many or k in more else v for k, v in whole.items()}, "2024", "--diff", "--format", "json").json()
        self.assertEqual((said["renamed"], len(said["changes"]), len({x["code"] for x in said["changes"]})), (1999, 1999, 1999))
        said = self.places(HEAD, "2024", "--diff", "--format", "json").json()
        self.assertEqual((said["gone"], len(said["changes"])), (2001, 2001))


if __name__ == "__main__":
    main()
