#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""methods_import_test.py -- import: one file judged as one whole, in whatever parts it comes.

The world is methods_world.py's.
"""
import datetime
import os
import sys
import time
from random import Random

from methods_world import BANNER, Case, FILE_ROWS_MAX, OTHER, ROWS_MAX, VILLAGE, WORLD, run, setUpModule, tearDownModule  # noqa: F401
import msgpack
import rig
import generate


class Importing(Case):
    @classmethod
    def setUpClass(cls):
        table = generate.divisions(rig.DIVISIONS)
        cls.names = dict(zip(("省", "市", "县", "乡", "村"), generate.village_names(table, VILLAGE)))

    def row(self, number, n=1, **cells):
        key = WORLD.people.id_number(datetime.date(1980, 1, 1 + n), True)
        return {**self.names, "户编号": number, "姓名": f"王测{n}", "证件类型": "居民身份证", "证件号码": key, "性别": "男",
                "出生日期": key[6:14], "与户主关系": "户主" if n == 1 else "其他", "户主姓名": "王测1", **cells}

    def counts(self, answer):
        return [tuple(answer[k][c] for c in ("new", "changed", "same")) for k in ("households", "members")]

    def imported(self, rows, **more):
        return self.station.call("import", rows=rows, **more)

    def test_the_same_file_twice_changes_nothing(self):
        a, b = WORLD.fresh(), WORLD.fresh()
        rows = [self.row(a, 1), self.row(a, 2), self.row(b, 1)]
        r = self.imported(rows)
        self.assertEqual((self.counts(r), r["failed"]), ([(2, 0, 0), (3, 0, 0)], []))
        saved = self.station.call("status")["saved"]
        self.assertEqual(self.counts(self.imported(rows)), [(0, 0, 2), (0, 0, 3)])
        self.assertEqual(self.station.call("status")["saved"], saved)
        shown = self.station.call("show", kind="household", key=a)
        self.assertEqual([e["kind"] for e in shown["about"]], ["member", "member"])

    def test_a_changed_cell_is_a_new_version_of_its_subject(self):
        number = WORLD.fresh()
        row = self.row(number)
        self.imported([row])
        r = self.imported([{**row, "文化程度": "小学", "户联系电话": "15412345678"}])
        self.assertEqual(self.counts(r), [(0, 1, 0), (0, 1, 0)])
        state = self.station.call("show", kind="member", key=row["证件号码"])["state"]
        self.assertEqual((state["education"], state["sex"]), ("小学", "男"))

    def test_a_failing_row_is_named_and_without_rest_nothing_is_saved(self):
        number = WORLD.fresh()
        good, bad = self.row(number), self.row(number, 2)
        bad["证件号码"] = bad["证件号码"][:17] + ("0" if bad["证件号码"][17] != "0" else "1")
        saved = self.station.call("status")["saved"]
        r = self.imported([good, bad], line=2)
        self.assertEqual([(x["line"], x["fault"]["name"], x["fault"]["where"]) for x in r["failed"]], [(3, "id_checksum", "证件号码")])
        self.assertEqual(self.counts(r), [(0, 0, 0), (0, 0, 0)])
        self.assertEqual(self.station.call("status")["saved"], saved)
        r = self.imported([good, bad], rest=True)
        self.assertEqual((self.counts(r), len(r["failed"])), ([(1, 0, 0), (1, 0, 0)], 1))

    def told(self, row, **more):
        return [(x["line"], x["fault"]["name"], x["fault"]["where"]) for x in self.imported([row] if isinstance(row, dict) else row, **more)["failed"]]

    def test_all_that_is_wrong_with_a_row_is_told_in_one_pass(self):
        row = self.row(WORLD.fresh(), 住房面积="85.505", 首次识别时间="2014年12月", 耕地面积="很多", 文化程度="x", 没有的列="1", 出生日期="1980-02-30")
        row["证件号码"] = row["证件号码"][:17] + ("0" if row["证件号码"][17] != "0" else "1")
        faults = {"住房面积": "field_fine", "首次识别时间": "field_day", "耕地面积": "field_decimal", "文化程度": "field_code", "没有的列": "import_heading",
                  "证件号码": "id_checksum", "出生日期": "field_day"}
        want = [(1, faults[heading], heading) for heading in row if heading in faults]  # as the file has them
        self.assertEqual(self.told(row), want)
        # of two rows each its own, and a sound one between them is no matter
        other = {**row, "住房面积": "85.5"}
        self.assertEqual(self.told([row, self.row(WORLD.fresh()), other]), want + [(3, n, w) for _, n, w in want if w != "住房面积"])
        # what two cells show together, of the household and of the member
        row = self.row(WORLD.fresh(), 性别="女", 风险识别时间="2024-02-01", 风险消除时间="2024-01-01", 住房面积="-1")
        self.assertEqual({w: n for _, n, w in self.told(row)}, {"性别": "sex_differs", "风险消除时间": "cleared_early", "住房面积": "field_decimal"})
        del row["户编号"]
        self.assertEqual({w for _, _, w in self.told(row)}, {"户编号", "性别", "风险消除时间", "住房面积"})

    def test_the_faults_of_a_row_and_of_a_file_are_bounded(self):
        for count in (64, 65):
            row = {**self.row(WORLD.fresh()), **{f"列{i}": "1" for i in range(count)}}
            told = self.told(row)
            self.assertEqual(len(told), count)
            self.assertEqual([n for _, n, _ in told], ["import_heading"] * 64 + ["import_more"] * (count - 64))
        rows = [{**self.row(WORLD.fresh()), "a": "1", "b": "2"}] * 501
        answer = self.imported(rows)
        self.assertEqual((answer["wrong"], len(answer["failed"])), (501, 1000))

    def test_check_tells_and_saves_nothing(self):
        saved = self.station.call("status")["saved"]
        self.assertEqual(self.counts(self.imported([self.row(WORLD.fresh())], check=True)), [(1, 0, 0), (1, 0, 0)])
        self.assertEqual(self.station.call("status")["saved"], saved)

    def one_failure(self, row, name, where=None):
        r = self.imported([row])
        self.assertEqual([x["fault"]["name"] for x in r["failed"]], [name], r)
        if where is not None:
            self.assertEqual(r["failed"][0]["fault"]["where"], where)

    def test_each_wrong_cell_names_its_column(self):
        number = WORLD.fresh()
        self.one_failure({**self.row(number), "户编号": ""}, "import_column", "户编号")
        self.one_failure({**self.row(number), "村": "没有的村"}, "division_name", "村")
        self.one_failure({**self.row(number), "区划代码": BANNER}, "division_level", "村")
        self.one_failure({**self.row(number), "区划代码": "150722102299"}, "division_beyond", "区划代码")
        self.one_failure({**self.row(number), "民族": "火星族"}, "field_code", "民族")
        self.one_failure({**self.row(number), "性别": "女"}, "sex_differs", "性别")
        self.one_failure({**self.row(number), "颜色": "红"}, "import_heading", "颜色")
        self.one_failure({**self.row(number), "姓名": ""}, "missing_field", "姓名")
        self.one_failure(["户编号"], "import_row")
        self.one_failure({"户编号": 7}, "import_row")
        self.assertEqual(self.imported([{**self.row(number), "颜色": "", "序号": "1"}])["failed"], [])

    def test_a_number_that_a_spreadsheet_has_rounded_is_named_as_that(self):
        for column in ("证件号码", "户编号", "户联系电话"):
            self.one_failure({**self.row(WORLD.fresh()), column: "1.50722E+17"}, "field_spreadsheet", column)

    def test_a_household_without_a_heads_name_has_its_heads(self):
        number = WORLD.fresh()
        def row(member, **more):
            r = {**self.row(number, member), **more}
            del r["户主姓名"]
            return r
        first, head = row(1, 与户主关系="配偶"), row(2, 与户主关系="户主")
        self.assertEqual(self.counts(self.imported([first, head])), [(1, 0, 0), (2, 0, 0)])
        shown = self.station.call("show", kind="household", key=number)["state"]
        self.assertEqual(shown["head"], head["姓名"][0] + "*" * (len(head["姓名"]) - 2) + (head["姓名"][-1] if len(head["姓名"]) > 2 else "*"))
        self.assertEqual(self.counts(self.imported([first, head])), [(0, 0, 1), (0, 0, 2)])
        # A name that a row gives holds, wherever it stands.
        number = WORLD.fresh()
        told = [row(1, 与户主关系="户主"), {**row(2), "户主姓名": "另一名"}]
        self.assertEqual(self.counts(self.imported(told)), [(1, 0, 0), (2, 0, 0)])
        self.assertEqual(self.station.call("show", kind="household", key=number)["state"]["head"], "另*名")

    def test_numbers_of_any_width_are_one_household(self):
        number = WORLD.fresh()
        wide = number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        no_id = [{**self.row(n), "证件类型": "", "证件号码": "", "姓名": "赵同一", "性别": "", "出生日期": ""} for n in (number, wide)]
        self.assertEqual(self.counts(self.imported(no_id)), [(1, 0, 0), (1, 0, 0)])

    def test_rows_of_one_household_may_add_but_not_contradict(self):
        number = WORLD.fresh()
        r = self.imported([self.row(number, 1), self.row(number, 2, 户联系电话="15412345678")])
        self.assertEqual(self.counts(r), [(1, 0, 0), (2, 0, 0)])
        self.assertIn("phone", self.station.call("show", kind="household", key=number)["state"])
        number = WORLD.fresh()
        r = self.imported([self.row(number, 1), self.row(number, 2, 户主姓名="李试二")])
        self.assertEqual([(x["line"], x["fault"]["name"], x["fault"]["where"]) for x in r["failed"]], [(2, "import_differs", "户主姓名")])
        self.assertIn("line 1", r["failed"][0]["fault"]["en"])
        # What the store knows already is no reason to let them.
        self.imported([self.row(number, 1)])
        r = self.imported([self.row(number, 1), self.row(number, 2, 户主姓名="李试二")])
        self.assertEqual([(x["line"], x["fault"]["name"]) for x in r["failed"]], [(2, "import_differs")])

    def test_what_a_row_leaves_out_another_may_say(self):
        """A default, or what an ID says, is no row's word: it contradicts nothing."""
        number = WORLD.fresh()
        bare = {"户编号": number, "证件号码": self.row(number, 3)["证件号码"], "姓名": "王测3"}
        for rows in ([bare, {**bare, "性别": "男"}], [{**bare, "性别": "男"}, bare]):
            r = self.imported(rows)
            self.assertEqual((r["failed"], self.counts(r)[1][1]), ([], 0))
        other = {**bare, "证件号码": self.row(number, 4)["证件号码"], "姓名": "王测4"}
        r = self.imported([other, {**other, "性别": "女"}])
        self.assertEqual([x["fault"]["name"] for x in r["failed"]], ["sex_differs"])

    def test_members_without_an_id_are_known_by_their_number_or_name(self):
        number = WORLD.fresh()
        child = {**self.names, "户编号": number, "姓名": "王测宝"}
        self.assertEqual(self.counts(self.imported([child])), [(1, 0, 0), (1, 0, 0)])
        self.assertEqual(self.counts(self.imported([child])), [(0, 0, 1), (0, 0, 1)])
        numbered = {**self.names, "户编号": number, "人口编号": number + "02", "姓名": "王测贝"}
        self.imported([numbered])
        self.assertEqual(self.counts(self.imported([{**numbered, "姓名": "王测背"}])), [(0, 0, 1), (0, 1, 0)])

    def test_a_passport_is_no_id(self):
        row = self.row(WORLD.fresh(), 证件类型="护照", 证件号码="E12345678")
        self.assertEqual(self.imported([row])["failed"], [])

    def test_households_alone(self):
        number = WORLD.fresh()
        row = {**self.names, "户编号": number, "户主姓名": "王测一", "人数": "3", "户类型": "一般农户"}
        self.assertEqual(self.counts(self.imported([row])), [(1, 0, 0), (0, 0, 0)])

    def test_the_bound_of_rows(self):
        row = {"户编号": WORLD.fresh()}
        self.assertEqual(self.counts(self.imported([row] * ROWS_MAX, check=True)), [(1, 0, 0), (0, 0, 0)])
        self.refused("import_rows", "import", rows=[row] * (ROWS_MAX + 1))
        self.assertEqual(self.counts(self.imported([])), [(0, 0, 0), (0, 0, 0)])

    # ---- one file in several requests ----

    def in_parts(self, rows, sizes, node=None, **more):
        """The answer to a file whose parts have these sizes, what is left in the last."""
        sizes, rows, session, at = list(sizes), list(rows), {}, 0
        with (node or self.station).rpc() as r:
            for size in sizes:
                answer = r.call("import", rows=rows[at:at + size], more=True, **session)
                at += size
                self.assertEqual(answer["rows"], at)
                session = {"session": answer["session"]}
            return r.call("import", rows=rows[at:], **session, **more)

    def failures(self, answer):
        return [(x["line"], x["fault"]["name"], x["fault"]["where"]) for x in answer["failed"]]

    def saved(self):
        return self.station.call("status")["saved"]

    def household_there(self, number):
        try:
            return bool(self.station.call("show", kind="household", key=number))
        except rig.RpcError as e:
            self.assertEqual(e.name, "subject_unknown")
            return False

    def test_rows_far_apart_are_judged_together(self):
        number, saved = WORLD.fresh(), self.saved()
        found = self.row(number, 1, 风险是否消除="风险未消除", 风险识别时间="2025-05-01")
        cleared = self.row(number, 2, 风险消除时间="2024-01-01")
        rows = [found, *({"户编号": WORLD.fresh()} for _ in range(8)), cleared]
        for sizes in ([], [5], [1, 8], [9], [1] * 9):
            answer = self.in_parts(rows, sizes)
            self.assertEqual(self.failures(answer), [(10, "cleared_early", "风险消除时间")], sizes)
            self.assertEqual((answer["wrong"], self.counts(answer)), (1, [(0, 0, 0), (0, 0, 0)]))
            self.assertEqual(self.saved(), saved, sizes)
        self.assertEqual(self.counts(self.in_parts(rows, [4], rest=True)), [(9, 0, 0), (1, 0, 0)])

    def refused_person(self, rows, name, where, sizes=(), **more):
        """The last row is refused without a word that is secret, and nothing is saved."""
        saved = self.saved()
        answer = self.in_parts(rows, sizes, **more)
        self.assertEqual(self.failures(answer), [(len(rows), name, where)], answer)
        fault = answer["failed"][0]["fault"]
        for secret in (rows[-1]["证件号码"][:18], rows[-1]["姓名"]):
            self.assertNotIn(secret, fault["zh"] + fault["en"])
        self.assertEqual(self.saved(), saved)
        return fault

    def test_one_person_in_two_households_of_a_file_is_refused(self):
        a, b = WORLD.fresh(), WORLD.fresh()
        rows = [self.row(a, 1), self.row(a, 2), self.row(b, 3)]
        for key in (rows[1]["证件号码"], rows[1]["证件号码"] + "23"):
            last = {**self.row(b, 2), "证件号码": key, "姓名": "李试二"}
            for sizes in ([], [2], [3], [1, 1, 1]):
                fault = self.refused_person([*rows, last], "import_two_households", "证件号码", sizes)
                self.assertTrue("第 2 行" in fault["zh"] and "line 2" in fault["en"] and a in fault["zh"] and a in fault["en"], fault)

    def test_a_known_person_is_not_moved_by_a_file(self):
        a, b = WORLD.fresh(), WORLD.fresh()
        rows = [self.row(a, 1), self.row(a, 2)]
        self.imported(rows)
        moved = {**rows[1], "户编号": b, "与户主关系": "户主", "姓名": "李试二"}
        for before in ([], [self.row(b, 5)], [{"户编号": b}]):
            fault = self.refused_person([*before, moved], "import_elsewhere", "证件号码")
            self.assertTrue("member --subject" in fault["zh"] and "member --subject" in fault["en"] and a in fault["zh"], fault)
        self.assertEqual(self.counts(self.imported(rows)), [(0, 0, 1), (0, 0, 2)])
        # What the sentence says to do is done, and then the file is right.
        self.log("household", {"number": b})
        self.log("member", {"household": b}, subject=rows[1]["证件号码"])
        self.assertEqual(self.counts(self.imported([moved])), [(0, 1, 0), (0, 1, 0)])
        self.assertEqual(self.counts(self.imported([moved])), [(0, 0, 1), (0, 0, 1)])
        self.assertEqual(self.failures(self.imported([rows[1]])), [(1, "import_elsewhere", "证件号码")])

    def test_a_household_with_members_is_corrected_and_not_voided(self):
        a, b = WORLD.fresh(), WORLD.fresh()
        row = self.row(a)
        self.imported([row])
        home = self.station.call("show", kind="household", key=a)
        self.refused("void_resting", "void", ref=home["entry"]["ref"], reason="户编号写错", where="ref")
        self.log("household", {"number": b}, subject=a)
        self.assertEqual(self.counts(self.imported([{**row, "户编号": b}])), [(0, 0, 1), (0, 0, 1)])
        self.station.call("void", ref=home["about"][0]["ref"], reason="不是这户的人")
        self.station.call("void", ref=home["entry"]["ref"], reason="重复登记")
        self.refused("subject_unknown", "show", kind="household", key=b)

    def test_who_has_no_id_moves_by_an_entry_too(self):
        a, b = WORLD.fresh(), WORLD.fresh()
        child = {**self.names, "户编号": a, "姓名": "王测宝"}
        self.imported([child, {"户编号": b}])
        ref = self.station.call("show", kind="household", key=a)["about"][0]["ref"]
        self.log("member", {"household": b, "name": "王测贝"}, subject=ref)
        there = {**child, "户编号": b, "姓名": "王测贝"}
        self.assertEqual(self.counts(self.imported([there])), [(0, 0, 1), (0, 0, 1)])
        self.assertEqual(self.failures(self.imported([{**there, "户编号": a}])), [(1, "import_elsewhere", "户编号")])
        self.assertEqual(self.counts(self.imported([child])), [(0, 0, 1), (1, 0, 0)])

    def test_an_id_and_the_card_that_begins_with_it_are_one_person(self):
        for card_first in (False, True):
            number = WORLD.fresh()
            plain = self.row(number, 2)
            card = {**plain, "证件类型": "残疾人证", "证件号码": plain["证件号码"] + "23", "残疾类别": "听力残疾"}
            rows = [self.row(number, 1), *([card, plain] if card_first else [plain, card])]
            for sizes in ([2], [], [1]):
                want = [(1, 0, 0), (2, 0, 0)] if sizes == [2] else [(0, 0, 1), (0, 0, 2)]
                answer = self.in_parts(rows, sizes)
                self.assertEqual((self.counts(answer), answer["failed"]), (want, []), (card_first, sizes))
            state = self.station.call("show", kind="member", key=plain["证件号码"])["state"]
            self.assertEqual((state["document"], state["disability"]), ("残疾人证", "听力残疾"))
            self.assertEqual(self.counts(self.imported([plain])), [(0, 0, 1), (0, 0, 1)])
            other = {**card, "证件号码": plain["证件号码"] + "41"}
            self.assertEqual(self.failures(self.imported([card, other])), [(2, "import_differs", "证件号码")])
        number = WORLD.fresh()
        plain = self.row(number, 2)
        self.imported([plain])
        self.assertEqual(self.counts(self.imported([{**plain, "证件类型": "残疾人证", "证件号码": plain["证件号码"] + "23"}])),
                         [(0, 0, 1), (0, 1, 0)])

    def test_a_refused_row_leaves_nothing_behind(self):
        a, b = WORLD.fresh(), WORLD.fresh()
        bad = {"证件号码": "1" * 18}
        rows = [self.row(a, 1, 户联系电话="15412345678", **bad), self.row(a, 2), self.row(b, 3, **bad), self.row(a, 4, 住房面积="80", **bad)]
        for check in (True, False):
            answer = self.in_parts(rows, [2], rest=True, check=check)
            self.assertEqual((self.counts(answer), answer["wrong"]), ([(1, 0, 0), (1, 0, 0)], 3))
        state = self.station.call("show", kind="household", key=a)["state"]
        self.assertFalse({"phone", "housing-area"} & set(state), state)
        self.assertFalse(self.household_there(b))
        # Nor does it in a household that a row before has named.
        self.imported([self.row(a, 2), self.row(a, 4, 住房面积="80", **bad), self.row(a, 5, 人数="3")], rest=True)
        state = self.station.call("show", kind="household", key=a)["state"]
        self.assertEqual((state.get("members"), state.get("housing-area")), ("3", None))
        # And what a refused row said first, another may say otherwise.
        c = WORLD.fresh()
        answer = self.imported([self.row(c, 6, 户联系电话="15400000000", **bad), self.row(c, 7, 户联系电话="15411111111")], rest=True)
        self.assertEqual((self.counts(answer), answer["wrong"]), ([(1, 0, 0), (1, 0, 0)], 1))

    def test_a_check_counts_what_the_import_then_does(self):
        number = WORLD.fresh()
        rows = [self.row(number, n) for n in range(1, 9)] + [self.row(WORLD.fresh(), 9)]
        bad = [*rows, self.row(WORLD.fresh(), 10, 民族="火星族")]
        for file, rest in ((bad, False), (bad, True), (rows, False), (rows, True)):
            saved = self.saved()
            told = self.in_parts(file, [1] * 7, check=True, rest=rest)
            self.assertEqual(self.saved(), saved)
            self.assertEqual(self.in_parts(file, [4], rest=rest), told)
        self.assertEqual(self.counts(told), [(0, 0, 2), (0, 0, 9)])

    def test_many_wrong_rows_are_counted_and_the_first_told(self):
        rows = [{"户编号": WORLD.fresh(), "颜色": "红"} for _ in range(1500)]
        answer = self.in_parts(rows, [700])
        self.assertEqual((answer["wrong"], [x["line"] for x in answer["failed"]]), (1500, list(range(1, 1001))))

    def test_rows_have_the_lines_they_are_given(self):
        rows = [{"户编号": WORLD.fresh(), "颜色": "红"} for _ in range(3)]
        r = self.imported(rows, lines=[2, 9, 40])
        self.assertEqual([x["line"] for x in r["failed"]], [2, 9, 40])
        for lines in ([], [1, 2], [1, 2, 3, 4], [1, 2, "3"], [1, 2, -3], [1, 2, 2 ** 32]):
            self.refused("bad_param", "import", rows=rows, lines=lines, where="lines")

    def chunkings(self, random, count):
        yield []
        yield [1] * (count - 1)
        for _ in range(4):
            cuts = sorted(random.sample(range(1, count), random.randint(1, 9)))
            yield [b - a for a, b in zip([0, *cuts], cuts)]

    def muddled(self, random):
        """(rows, {line: fault} that must be, numbers of households, keys of people): a village's file with mistakes that are known to
        be such, because the first row of each household stands before the others and is left as it is."""
        rows = generate.people(OTHER, 25, random.random(), rig.DIVISIONS)
        heads = list({row["户编号"]: row for row in reversed(rows)}.values())[::-1]
        others = [row for row in rows if not any(row is head for head in heads)]
        random.shuffle(others)
        wrong = {}
        for row in others:
            if random.random() < 0.7:
                continue
            wrong[id(row)] = fault = random.choice(("id_checksum", "import_differs", "field_code", "birth_differs", "import_two_households"))
            if fault == "id_checksum":
                row["证件号码"] = row["证件号码"][:17] + ("1" if row["证件号码"][17] != "1" else "2")
            elif fault == "import_differs":
                row["户主姓名"] += "乙"
            elif fault == "field_code":
                row["户编号"], row["与户主关系"] = row["户编号"] + "9", "邻居"  # of a household that no other row names
            elif fault == "birth_differs":
                row["出生日期"], row["村民小组"] = "19010101", "一组"  # a field that no other row gives
            else:
                twin = random.choice([head for head in heads if head["户编号"] != row["户编号"]])
                for column in ("姓名", "证件类型", "证件号码", "性别", "出生日期"):
                    row[column] = twin[column]
        rows = heads + others
        rows += [dict(row) for row in random.sample([row for row in rows if id(row) not in wrong], 5)]
        failing = {n: wrong[id(row)] for n, row in enumerate(rows, 1) if id(row) in wrong}
        good = [row for n, row in enumerate(rows, 1) if n not in failing]
        return rows, failing, {row["户编号"] for row in good}, {row["证件号码"][:18] for row in good}

    def entries(self, node):
        """All that was saved, in its order."""
        found = []
        for kind in ("household", "member"):
            after = {}
            while True:
                page = node.call("list", kind=kind, limit=1000, **after)
                found += [(int(e["ref"].split("-")[1]), kind, e["division"], e["fields"]) for e in page["rows"]]
                if page["after"] is None:
                    break
                after = {"after": page["after"]}
        for entry in found:
            entry[3].pop("household", None)  # a ref, whose first half is the node's own
        return sorted(found, key=lambda e: e[0])

    def test_a_file_in_any_parts_gives_the_same_entries(self):
        seed = int(os.environ.get("BF_SEED", time.time_ns() % 10**9))
        print(f"BF_SEED={seed}", file=sys.stderr)
        random = Random(seed)
        rows, failing, households, people = self.muddled(random)
        want = [(len(households), 0, 0), (len(people), 0, 0)]
        again = [(0, 0, len(households)), (0, 0, len(people))]
        told = None
        for n, sizes in enumerate(self.chunkings(random, len(rows))):
            node = WORLD.rig.station(self.hub, f"parts{n}", OTHER)
            check = self.in_parts(rows, sizes, node, check=True, rest=True)
            answer = self.in_parts(rows, sizes, node, rest=True)
            self.assertEqual((self.counts(answer), {x["line"]: x["fault"]["name"] for x in answer["failed"]}), (want, failing), (seed, sizes))
            self.assertEqual(check, answer)
            entries = self.entries(node)
            told = told or (answer, entries)
            self.assertEqual((answer, entries), told, (seed, sizes))
            self.assertEqual(len(entries), len(households) + len(people))
            self.assertFalse(any("group" in entry[3] for entry in entries))
            for rest in (True, False):  # without it the failing rows keep out what is not new anyway
                answer = self.in_parts(rows, sizes[::-1], node, rest=rest)
                self.assertEqual((self.counts(answer), answer["wrong"]), (again if rest else [(0, 0, 0)] * 2, len(failing)), (seed, sizes))
            self.assertEqual(self.entries(node), entries, (seed, sizes))
            self.assertEqual(node.stop(), 0)

    def test_a_file_under_way_stops_nobody_and_gives_way_when_it_is_silent(self):
        number = WORLD.fresh()
        with self.station.rpc() as gone:
            lost = gone.call("import", rows=[self.row(number)], more=True)["session"]
            self.assertEqual(self.refused("import_running", "import", rows=[], more=True)["where"], "")
        self.household()  # a lock of rows that only wait would refuse it
        self.assertEqual(self.counts(self.imported([self.row(WORLD.fresh())])), [(1, 0, 0), (1, 0, 0)])
        session = rig.until(lambda: self.begun([self.row(number, 2)]), what="the silent file to give way")
        self.refused("import_lost", "import", rows=[], session=lost)
        self.refused("import_lost", "import", rows=[], session=lost, more=True)
        # What was saved in the meantime counts when the file is judged.
        self.log("household", {"number": number})
        answer = self.imported([self.row(number, 3)], session=session)
        self.assertEqual(self.counts(answer), [(0, 1, 0), (2, 0, 0)])
        self.refused("import_lost", "import", rows=[], session=session)

    def begun(self, rows):
        try:
            return self.station.call("import", rows=rows, more=True)["session"]
        except rig.RpcError as e:
            self.assertEqual(e.name, "import_running")
            return None

    def test_parts_may_be_sent_without_waiting(self):
        number = WORLD.fresh()
        rows = [self.row(number, n) for n in range(1, 13)]
        session = rig.until(lambda: self.begun(rows[:2]))
        with self.station.rpc() as r:
            for at in range(2, 10, 2):
                r.send("import", {"rows": rows[at:at + 2], "session": session, "more": True})
            r.send("import", {"rows": rows[10:], "session": session})
            answers = [r.take() for _ in range(5)]
        self.assertEqual([e for _, e, _ in answers if e], [])
        self.assertEqual(self.counts(answers[-1][2]), [(1, 0, 0), (12, 0, 0)])

    def test_the_bounds_of_a_file(self):
        row = {"户编号": WORLD.fresh()}
        answer = self.in_parts([row] * FILE_ROWS_MAX, [ROWS_MAX] * (FILE_ROWS_MAX // ROWS_MAX - 1), check=True)
        self.assertEqual(self.counts(answer), [(1, 0, 0), (0, 0, 0)])
        with self.assertRaises(rig.RpcError) as caught:
            self.in_parts([row] * (FILE_ROWS_MAX + 1), [ROWS_MAX] * (FILE_ROWS_MAX // ROWS_MAX), check=True)
        self.assertEqual(caught.exception.name, "import_rows")
        wide = {"户编号": WORLD.fresh(), "备注": "x" * 60000}
        with self.assertRaises(rig.RpcError) as caught:
            self.in_parts([wide] * 16 * 200, [16] * 200)
        self.assertEqual(caught.exception.name, "import_large")
        self.household()

    def test_a_long_import_lets_visits_through_and_tells_how_far_it_is(self):
        number, _ = self.household()
        columns = ("户编号", "姓名", "证件号码", "性别")
        rows = [{k: row[k] for k in columns} for row in generate.people(VILLAGE, 550, "long", rig.DIVISIONS)[:1500]]
        households = len({r["户编号"] for r in rows})
        with self.station.rpc() as long, self.station.rpc() as short:
            asked = long.send("import", {"rows": rows})
            visits = 0
            while not long.notices:
                short.call("log", kind="visit", fields={"households": number, "purpose": "日常走访"}, again=True)
                visits += 1
                long.sock.settimeout(0.001)
                try:
                    data = long.sock.recv(1 << 16)
                except TimeoutError:
                    continue
                long.unpacker.feed(data)
                for message in long.unpacker:
                    self.assertEqual(message[0], 2, "progress comes before the answer")
                    long.notices.append(message[2][0])
            self.assertEqual(long.notices[0]["total"], households + len(rows))
            self.assertLess(long.notices[0]["done"], households + len(rows))
            long.sock.settimeout(30 * rig.SLOW)
            got, error, result = long.take()
        self.assertEqual((got, error, self.counts(result)), (asked, None, [(households, 0, 0), (len(rows), 0, 0)]))
        self.assertGreater(visits, 0)

    def test_two_imports_at_one_moment(self):
        rows = [self.row(WORLD.fresh(), 1) for _ in range(200)]
        with self.station.rpc() as r:
            r.sock.sendall(b"".join(msgpack.packb([0, i, "import", {"rows": rows}]) for i in range(2)))
            answers = [r.take() for _ in range(2)]
        names = [error["name"] for _, error, _ in answers if error]
        self.assertEqual(names, ["import_running"])
        self.assertEqual(self.counts(self.imported(rows)), [(0, 0, 200), (0, 0, 200)])


if __name__ == "__main__":
    run()
