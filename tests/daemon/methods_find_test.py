#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""methods_find_test.py -- whom `find` finds, by each way in which people know somebody, at a station and at its hub."""
from methods_world import Case, OTHER, VILLAGE, WORLD, rig, run, setUpModule, tearDownModule  # noqa: F401

ID = "11010519491231002X"  # of the standard; nobody's


class Find(Case):
    @classmethod
    def setUpClass(cls):
        def log(kind, subject=None, **fields):
            more = {"subject": subject} if subject else {}
            return WORLD.station.call("log", kind=kind, fields={k.replace("_", "-"): v for k, v in fields.items()}, **more)["ref"]

        cls.log_one = staticmethod(log)
        cls.h = [log("household", number="1507221022000101", head="王小山", phone="138-0013-8000"),
                 log("household", number="1507221022000102", head="王大山", group="二组"),
                 log("household", number="1507221022000103", head="王小山丹"),
                 log("household", number="1507221022000104", head="查干巴拉"),
                 log("household", number="1507221022000105", head="单玉兰")]
        cls.m = [log("member", household="1507221022000101", name="王小山", id=ID, relation="户主"),
                 log("member", household="1507221022000104", name="其其格", sex="女")]
        cls.activity = log("activity", name="敬老院体检", category="敬老助残", participants="20")
        for name, number in (("曾志愿", "V-0007"), ("曾志愿", "V-0007"), ("覃小山", "V-0008")):
            WORLD.station.call("log", kind="service", again=True, fields={"activity": cls.activity, "volunteer": number,
                                                                          "volunteer-name": name, "minutes": "30"})

    def find(self, text, node=None, **more):
        return (node or self.station).call("find", text=text, **more)["rows"]

    def refs(self, text, **more):
        return [r["ref"] for r in self.find(text, **more)]

    def test_a_household_is_found_by_part_of_its_heads_name_and_by_how_it_is_read(self):
        one, big, dan, bala, shan = self.h
        for text, want in (("王小山", [one, dan]), ("王", [one, big, dan]), ("大山", [big]), ("小山", [one, dan]), ("wxs", [one, dan]), ("WXS", [one, dan]),
                           ("ｗｘｓ", [one, dan]), ("wds", [big]), ("wangxiaoshan", [one, dan]), ("wang xiao shan", [one, dan]), ("wangxs", [one, dan]),
                           ("王xs", [one, dan]), ("xiaoshan", [one, dan]), ("zgbl", [bala]), ("cgbl", [bala]), ("syl", [shan]), ("dyl", [shan]),
                           ("wxsd", [dan]), ("赵", []), ("wxq", []), ("山小", [])):
            self.assertEqual(self.refs(text, kind="household"), want, text)
        self.assertEqual([r["fit"] for r in self.find("王小山", kind="household")], ["whole", "edge"])
        self.assertEqual([r["fit"] for r in self.find("小山", kind="household")], ["part", "part"])

    def test_and_by_numbers(self):
        one, big = self.h[:2]
        person = self.m[0]
        for text, want in (("1507221022000101", [one]), ("0101", [one]), ("000102", [big]), ("１５０７２２１０２２０００１０１", [one]),
                           ("13800138000", [one]), ("138 0013 8000", [one]), ("8000", [one]), (ID, [person]), ("002X", [person]), ("002x", [person]),
                           ("31002X", [person]), ("02X", []), ("1949", []), ("V-0007", 1), ("v0007", 1)):
            found = self.refs(text)
            self.assertEqual(found if isinstance(want, list) else len(found), want, text)

    def test_members_activities_and_volunteers_are_found_too_each_volunteer_once(self):
        self.assertEqual([(r["kind"], r["name"], r["initials"]) for r in self.find("qqg")], [("member", "其*格", "qqg")])
        row, = self.find("体检")
        self.assertEqual((row["kind"], row["ref"], row["name"], row["number"], row["fit"]), ("activity", self.activity, "敬老院体检", "", "part"))
        row, = self.find("zzy", kind="volunteer")
        self.assertEqual((row["kind"], row["number"], row["name"], row["division_name"]), ("service", "V-0007", "曾*愿", "宝山村委会"))
        for text in ("qxs", "txs"):
            self.assertEqual([r["number"] for r in self.find(text, kind="志愿者")], ["V-0008"])
        kinds = [r["kind"] for r in self.find("小山")]
        self.assertEqual(kinds, ["household", "household", "member", "service"])

    def test_a_name_is_masked_but_for_what_was_typed(self):
        def names(text):
            return [r["name"] for r in self.find(text, kind="household")]

        self.assertEqual(names("王小山"), ["王小山", "王小山丹"])
        self.assertEqual(names("王"), ["王*山", "王*山", "王**丹"])
        self.assertEqual(names("小"), ["王小山", "王小*丹"])
        self.assertEqual(names("wds"), ["王*山"])
        self.assertEqual([r["initials"] for r in self.find("王", kind="household")], ["wxs", "wds", "wxsd"])
        row = self.find("002X")[0]
        self.assertEqual((row["name"], row["fields"]["id"], row["names"][row["fields"]["household"]]),
                         ("王*山", "110***********002X", "1507221022000101 王*山"))
        self.assertNotIn("138001", str(self.find("8000")))

    def test_what_a_thing_is_called_now_decides(self):
        number = WORLD.fresh()
        ref = self.log_one("household", number=number, head="欧阳修远")
        self.assertEqual(self.refs("欧阳"), [ref])
        change = self.log_one("household", subject=ref, head="司马光明")
        self.assertEqual((self.refs("欧阳"), self.refs("司马"), self.refs("oyxy"), self.refs("smgm")), ([], [ref], [], [ref]))
        self.station.call("void", ref=change, reason="记错")
        self.assertEqual((self.refs("欧阳"), self.refs("司马")), ([ref], []))
        self.station.call("void", ref=ref, reason="记错")
        self.assertEqual(self.refs("欧阳"), [])

    def test_at_the_hub_it_finds_what_stations_sent_and_where_it_is_now(self):
        self.station.call("sync", wait=True)
        self.assertEqual(self.refs("wds", node=self.hub), [self.h[1]])
        self.assertEqual(self.refs("wds", node=self.hub, division=VILLAGE), [self.h[1]])
        self.assertEqual(self.refs("wds", node=self.hub, division=OTHER), [])
        self.assertEqual(self.refs("wds", node=self.hub, division="150722"), [self.h[1]])
        self.hub.call("log", kind="household", fields={"division": OTHER}, subject=self.h[1])
        row, = self.find("wds", node=self.hub)
        self.assertEqual((row["division"], row["division_name"]), (OTHER, "齐奇岭村委会"))
        self.assertEqual(self.refs("wds", node=self.hub, division=VILLAGE), [])
        self.assertEqual(self.refs("wds", node=self.hub, division=OTHER), [self.h[1]])

    def test_pages_one_after_another_are_the_whole(self):
        for i in range(23):
            self.log_one("household", number=WORLD.fresh(), head="呼延" + ("" if i % 3 == 0 else "灼" if i % 3 == 1 else "绍赞"))
            self.log_one("household", number=WORLD.fresh(), head="老呼延")
            WORLD.station.call("log", kind="service", again=True, fields={"activity": self.activity, "volunteer-name": f"呼延{i % 7}号", "minutes": "5"})
        whole = self.station.call("find", text="呼延", limit=1000)
        self.assertEqual((len(whole["rows"]), whole["after"]), (46 + 7, None))
        order = {"whole": 1, "edge": 2, "part": 3}
        fits = [order[r["fit"]] for r in whole["rows"]]
        self.assertEqual(fits, sorted(fits))
        self.assertEqual(len({r["ref"] for r in whole["rows"]}), 46 + 7)
        for size in (1, 2, 7, 8, 9, 22, 23, 24, 52, 53):
            rows, after = [], None
            while True:
                page = self.station.call("find", text="呼延", limit=size, **({"after": after} if after else {}))
                self.assertLessEqual(len(page["rows"]), size)
                rows, after = rows + page["rows"], page["after"]
                if after is None:
                    break
            self.assertEqual(rows, whole["rows"], size)

    def test_bad_questions_are_told_and_how_to_mend_them(self):
        self.refused("missing_param", "find")
        for text in ("", "  ", "·"):
            self.refused("find_empty", "find", text=text)
        self.find("x" * 63)
        self.refused("find_long", "find", text="x" * 64)
        self.refused("find_long", "find", text="王" * 22)
        told = self.refused("unknown_kind", "find", text="王", kind="visit")
        self.assertIn("household, member, activity, volunteer", told["en"])
        self.refused("ref_form", "find", text="王", after="whole:x")
        self.refused("ref_form", "find", text="王", after="0123456789abcdef-1")
        self.refused("ref_unknown", "find", text="王", after="whole:0123456789abcdef-1")
        self.refused("division_name", "find", text="王", division="没有这个地方")


if __name__ == "__main__":
    run()
