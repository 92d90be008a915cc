#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""input.py -- what is typed wrong gets a sentence in the reader's language, an exit code, and saves nothing."""
import csv
import datetime
import re
import subprocess
import time

from base import TEAM, VILLAGE_A, VILLAGE_B, Case, main, rig
import feed
import generate

REFUSED, USAGE, NO_NODE = 4, 2, 3
HAN = re.compile("[\u4e00-\u9fff]")


class Input(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.station(self.hub, "station", VILLAGE_A)
        feed.house(self.station)
        self.before = self.station.call("status")["saved"]

    def refuses(self, argv, code, *words, node=None):
        """Refused in both languages with all `words` (of either) in the English and Chinese sentence together; nothing saved."""
        node = node or self.station
        told = {}
        for lang in ("zh", "en"):
            answer = node.cli(*argv, lang=lang)
            self.assertEqual(answer.code, code, (argv, answer))
            self.assertEqual(answer.out, "", (argv, answer))
            told[lang] = answer.err.strip()
            self.assertGreater(len(told[lang]), 8, argv)
        self.assertTrue(HAN.search(told["zh"]), told)
        self.assertNotEqual(told["zh"], told["en"])
        for word in words:
            self.assertIn(word, told["zh"] + told["en"], argv)
        self.assertEqual(self.station.call("status")["saved"], self.before, argv)
        return told

    def fund(self, **changed):
        return ["fund", *feed.as_options({**feed.fund(self.station, 1), **changed})]

    def visit(self, **changed):
        return ["visit", *feed.as_options({**feed.visit(self.station), **changed})]

    def test_the_right_ones_are_right(self):
        """Else every refusal below could be for another reason."""
        for argv in (self.fund(), self.visit(), ["aid", "--household", feed.house(self.station), "--category", "送温暖", "--amount", "300"],
                     ["activity", *feed.as_options(feed.activity(self.station))]):
            answer = self.station.cli(*argv, "--check")
            self.assertEqual(answer.code, 0, answer)
        self.assertEqual(self.station.call("status")["saved"], self.before)

    def test_places(self):
        self.refuses(self.fund(division="150722102999"), REFUSED, "150722102999")
        self.refuses(self.fund(division="不存在的嘎查"), REFUSED, "不存在的嘎查")
        self.refuses(self.fund(division="15072"), REFUSED, "15072")
        self.refuses(["household", "--number", "1", "--division", "150722000000"], REFUSED)
        self.refuses(self.fund(division=VILLAGE_B), REFUSED)
        self.refuses(["total", "150722102999"], REFUSED, "150722102999")
        self.refuses(["place", "不存在的嘎查"], REFUSED, "不存在的嘎查")

    def test_amounts(self):
        for amount in ("-5", "0", "12.345", "abc", "99999999999999", "1e5", "１２．３４５", "12.3.4"):
            self.refuses(self.fund(amount=amount), REFUSED, "amount")

    def test_days(self):
        later = (datetime.date.today() + datetime.timedelta(days=30)).isoformat()
        self.refuses(self.fund(day=later), REFUSED, "day")
        self.refuses(self.fund(day="2026-02-30"), REFUSED, "day")
        self.refuses(self.fund(day="tomorrow"), REFUSED, "day")

    def test_ids(self):
        good = "11010519491231002X"
        member = ["member", "--household", feed.house(self.station), "--name", "王测一", "--id"]
        self.refuses([*member, good[:17] + "1"], REFUSED, "X")      # names the character it should be
        self.refuses([*member, good[:16]], REFUSED)                  # too short
        self.refuses([*member, "11010519491331002X"], REFUSED)       # month 13
        self.refuses([*member, "1101051949123100ZX"], REFUSED)       # a letter
        told = self.refuses([*member, "11010519491231020X"], REFUSED)  # two digits swapped
        for text in told.values():
            self.assertNotIn("11010519491231020X", text)
            self.assertNotIn("王测一", text)

    def test_codes_and_references(self):
        self.refuses(self.fund(channel="天上掉下来"), REFUSED, "channel", "bridge")
        self.refuses(self.fund(movement="送"), REFUSED, "movement")
        self.refuses(self.visit(households="404404"), REFUSED, "404404")
        self.refuses(self.fund(to="household:404404"), REFUSED, "404404")
        self.refuses(self.fund(**{"from": VILLAGE_A, "to": VILLAGE_A}), REFUSED)
        self.refuses(["void", "0123456789abcdef-77", "--reason", "x"], REFUSED)
        self.refuses(["show", "0123456789abcdef-77"], REFUSED)

    def test_the_command_line(self):
        self.refuses(["fund", "--movement", "下达"], USAGE, "channel")
        self.refuses(["visti"], USAGE, "visit")
        self.refuses(self.fund()[:1] + ["--chanel", "x"], USAGE, "channel")
        self.refuses(["total", "--kind", "dance"], USAGE, "dance")
        self.refuses(["total", "--month", "13/2026"], USAGE, "13/2026")
        self.refuses(["import", "/no/such/file.csv"], USAGE, "/no/such/file.csv")
        self.refuses(["token", "--division", VILLAGE_A], REFUSED)

    def test_no_daemon(self):
        gone = self.rig.node("gone", ["--role", "station"])
        answer = {lang: gone.cli("status", lang=lang) for lang in ("zh", "en")}
        for a in answer.values():
            self.assertEqual(a.code, NO_NODE, a)
            self.assertIn("bangfu.sock", a.err)

    def test_a_team_logs_no_households_of_others(self):
        team = self.rig.station(self.hub, "team", TEAM, "team")
        self.assertEqual(team.cli("household", "--number", "1", "--division", VILLAGE_A).code, REFUSED)


class Csv(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.station(self.hub, "station", VILLAGE_A)
        self.people = generate.people(VILLAGE_A, 12, "csv", rig.DIVISIONS)
        self.houses = len({p["户编号"] for p in self.people})

    def file(self, rows, name="people.csv", encoding="gb18030"):
        path = self.rig.dir / name
        with open(path, "wb") as out:
            generate.write(rows, out, encoding)
        return path

    def counts(self):
        return tuple(self.station.call("total", kind=k)["count"] for k in ("household", "member"))

    def test_a_good_file_comes_in_once_whatever_its_encoding(self):
        for encoding in ("gb18030", "utf-8", "utf-8-sig", "gb18030"):
            answer = self.station.cli("import", self.file(self.people, encoding=encoding))
            self.assertEqual(answer.code, 0, (encoding, answer))
            self.assertEqual(self.counts(), (self.houses, len(self.people)), encoding)
        saved = self.station.call("status")["saved"]
        self.station.cli("import", self.file(self.people))
        self.assertEqual(self.station.call("status")["saved"], saved)

    def broken(self, at, **changed):
        rows = [dict(p) for p in self.people]
        rows[at].update(changed)
        return rows

    def test_a_broken_line_is_named_and_nothing_is_saved(self):
        key = self.people[7]["证件号码"]
        wrong = key[:17] + ("1" if key[17] != "1" else "2")
        for column, text in (("证件号码", wrong), ("与户主关系", "邻居"), ("出生日期", "19991345"), ("姓名", ""), ("村", "没有这个村")):
            path = self.file(self.broken(7, **{column: text}))
            for lang in ("zh", "en"):
                answer = self.station.cli("import", path, lang=lang)
                self.assertNotEqual(answer.code, 0, (column, answer))
                self.assertIn("9", answer.text)  # heading is line 1, the eighth person line 9
                self.assertIn(column, answer.text, answer)
                self.assertNotIn(wrong, answer.text)
                self.assertEqual(self.counts(), (0, 0), column)

    def test_with_rest_the_others_come_in(self):
        rows = self.broken(7, 与户主关系="邻居")
        answer = self.station.cli("import", self.file(rows), "--rest")
        self.assertEqual(self.counts()[1], len(self.people) - 1, answer)
        self.assertIn("9", answer.text)
        answer = self.station.cli("import", self.file(self.people), "--rest")
        self.assertEqual((answer.code, self.counts()), (0, (self.houses, len(self.people))), answer)

    def test_check_saves_nothing(self):
        answer = self.station.cli("import", self.file(self.people), "--check")
        self.assertEqual((answer.code, self.counts()), (0, (0, 0)), answer)

    # ---- what stands far apart in a file: the command line sends it in parts of 400 rows ----

    def crowd(self, households=420):
        """Enough people for several parts."""
        rows = generate.people(VILLAGE_A, households, "crowd", rig.DIVISIONS)
        self.assertGreater(len(rows), 450)
        return rows

    def nothing_saved(self, path, line, column):
        """Refused in both languages at that place alone, for the check too, and nothing is saved, as it says."""
        for lang, place, none in (("zh", f"第 {line} 行，第 {column} 列", "有 1 行不对，什么也没有导入"),
                                  ("en", f"line {line}, column {column} ", "1 rows are wrong and nothing was imported")):
            for options in ((), ("--check",)):
                answer = self.station.cli("import", path, *options, lang=lang)
                self.assertEqual(answer.code, 1, answer)
                self.assertTrue(answer.out.startswith(place) and none in answer.err, answer)
                self.assertEqual((self.station.call("status")["saved"], self.counts()), (0, (0, 0)), answer)
        return answer

    def test_a_household_that_contradicts_itself_450_lines_on(self):
        rows = self.crowd()
        first, later = 10, 10 + 450
        rows[first].update(户编号="150722102200-0000", 风险是否消除="风险未消除", 风险识别时间="2025-05-01")
        rows[later].update(户编号="150722102200-0000", 户主姓名="", 户主证件号码="", 户联系电话=rows[first]["户联系电话"], 识别标准=rows[first]["识别标准"], 风险消除时间="2024-01-01")
        path = self.wide_file(rows)
        self.nothing_saved(path, later + 2, self.columns.index('风险消除时间') + 1)

    def wide_file(self, rows):
        """With columns of households that the export of members does not have."""
        self.columns = [*generate.COLUMNS, "风险是否消除", "风险识别时间", "风险消除时间"]
        path = self.rig.dir / "wide.csv"
        with open(path, "w", encoding="utf-8", newline="") as out:
            w = csv.DictWriter(out, self.columns, restval="")
            w.writeheader()
            w.writerows(rows)
        return path

    def test_one_person_in_two_households_on_both_sides_of_a_part(self):
        rows = self.crowd()
        for first, later in ((3, 398), (3, 402), (399, 400), (398, len(rows) - 1)):
            while rows[first]["户编号"] == rows[later]["户编号"]:
                later += 1
            twice = [dict(r) for r in rows]
            for column in ("证件号码", "证件类型", "性别", "出生日期"):
                twice[later][column] = rows[first][column]
            column = generate.COLUMNS.index("证件号码") + 1
            answer = self.nothing_saved(self.file(twice), later + 2, column)
            self.assertNotIn(rows[first]["证件号码"], answer.text)
            self.assertIn(f"line {first + 2} already, in another household ({rows[first]['户编号']})", answer.text)
        answer = self.station.cli("import", self.file(twice), "--rest")
        self.assertEqual(self.counts(), (len({r["户编号"] for r in rows}), len(rows) - 1), answer)
        saved = self.station.call("status")["saved"]
        for _ in range(2):
            again = self.station.cli("import", self.file(twice), "--rest", "--format", "json")
            told = again.json()
            self.assertEqual([told[k][n] for k in ("households", "members") for n in ("new", "changed")], [0, 0, 0, 0])
            self.assertEqual(told["failed"], [{"line": later + 2, "column": column, "sentence": told["failed"][0]["sentence"]}])
            self.assertEqual(self.station.call("status")["saved"], saved)

    def test_a_broken_line_at_the_end_of_a_large_file(self):
        rows = self.crowd()
        for encoding in ("utf-8", "gb18030"):
            path = self.file(rows, encoding=encoding)
            whole = path.read_bytes()
            for end, column in (('"open', 1), ("a,b,c\r\n", 3)):
                path.write_bytes(whole + end.encode(encoding))
                self.nothing_saved(path, len(rows) + 2, column)
        answer = self.station.cli("import", path, "--rest")
        self.assertEqual((answer.code, self.counts()[1]), (1, len(rows)), answer)
        self.assertIn("1 rows are not", answer.err)

    def test_a_check_counts_a_household_once_and_tells_what_the_import_does(self):
        path = self.rig.dir / "one.csv"
        path.write_text("户编号,户主姓名\n" + "150722102200-0001,王测一\n" * 2500)
        for options, saved in ((("--check",), False), ((), True), (("--check",), False)):
            told = self.station.cli("import", path, *options, "--format", "json").json()
            new = 1 - self.counts()[0] if options else 1
            self.assertEqual((told["households"], told["rows"], told["saved"]), ({"new": new, "changed": 0, "same": 1 - new}, 2500, saved))
        self.assertEqual(self.counts(), (1, 0))

    def test_with_rest_the_household_of_a_refused_row_is_not_saved(self):
        rows = self.crowd(150)
        rows[-1].update(户编号="150722102200-9999", 与户主关系="邻居")
        answer = self.station.cli("import", self.file(rows), "--rest")
        self.assertEqual(self.counts(), (len({r["户编号"] for r in rows}) - 1, len(rows) - 1), answer)
        self.assertEqual(self.station.cli("show", "150722102200-9999").code, REFUSED)

    def test_an_import_that_is_killed_is_whole_or_nothing_and_stops_nobody(self):
        houses = people = 0
        for n, pause in enumerate((0.01, 0.03, 0.06, 0.12, 0.25)):
            rows = generate.people(VILLAGE_A, 320, f"killed{n}", rig.DIVISIONS, area=f"15990{n}", first=1 + 320 * n)
            path = self.file(rows)
            argv = [rig.program("bangfu", "client"), "--dir", str(self.station.dir), "import", str(path)]
            with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as client:
                time.sleep(pause * rig.SLOW)
                client.kill()
            rig.until(lambda: self.station.cli("household", "--number", f"150722102200-8{n:03d}").code == 0, what="a household to be saved")
            houses += 1
            self.assertIn(self.counts(), ((houses, people), (houses + 320, people + len(rows))), pause)
            answer = rig.until(lambda: (a := self.station.cli("import", path)).code == 0 and a, what="the import after it")
            houses, people = houses + 320, people + len(rows)
            self.assertEqual(self.counts(), (houses, people), answer)

    def test_what_is_no_csv_is_said(self):
        path = self.rig.dir / "x.csv"
        heading = ",".join(generate.COLUMNS)
        for content in (b"", b"\0\1\2\3", "省,市\n".encode(), heading.encode() + b"\n", (heading + '\n"open').encode(),
                        (heading + "\n" + "a,b,c\n").encode(), b"\xff\xff\xff,\xff\n\xff\n"):
            path.write_bytes(content)
            for lang in ("zh", "en"):
                answer = self.station.cli("import", path, lang=lang)
                self.assertNotEqual(answer.code, 0, (content[:20], answer))
                self.assertGreater(len(answer.err), 8)
            self.assertEqual(self.counts(), (0, 0))

    def test_another_villages_file_is_refused(self):
        other = generate.people(VILLAGE_B, 3, "csv", rig.DIVISIONS)
        answer = self.station.cli("import", self.file(other))
        self.assertNotEqual(answer.code, 0, answer)
        self.assertEqual(self.counts(), (0, 0))

    def test_what_is_wrong_in_every_row_is_told_once(self):
        """A column that nobody knows, and a village that is not here."""
        rows = self.crowd(300)
        unknown = self.rig.dir / "unknown.csv"
        with open(unknown, "w", encoding="utf-8", newline="") as out:
            w = csv.DictWriter(out, [*generate.COLUMNS, "邮政编码"], restval="162850")
            w.writeheader()
            w.writerows(rows)
        elsewhere = self.file([{**r, "村": "没有这个村"} for r in rows])
        for path in (unknown, elsewhere):
            for lang, more in (("zh", "另有 {} 行"), ("en", "and {} more rows")):
                answer = self.station.cli("import", path, lang=lang)
                told = answer.out.splitlines()
                self.assertEqual(answer.code, 1, answer)
                if path == unknown:  # the heading's, told once as such
                    self.assertRegex(told[0], "^(第 1 行|line 1),?.*邮政编码")
                    self.assertIn(str(len(rows) - 1), told[1])
                else:
                    self.assertTrue(told[0].endswith(more.format(len(rows) - 1)), answer)
                self.assertEqual(len(told), 3 if path == unknown else 2, answer)
                self.assertIn(str(len(rows)), told[-1])
                self.assertIn(str(len(rows)), answer.err)
            self.assertEqual(self.counts(), (0, 0))


class Hub(Case):
    def test_a_broken_division_table_is_refused_whole(self):
        hub = self.rig.hub(places=False)
        path = self.rig.dir / "places.csv"
        head = "code,name,level\n150000000000,内蒙古自治区,province\n150700000000,呼伦贝尔市,prefecture\n"
        for line in ("150722000000,莫力达瓦,village\n", "150722100200,无旗,village\n", "15072210020x,字母,village\n", "150722000000,,county\n",
                     "150722000000\n"):
            path.write_text(head + line)
            for lang in ("zh", "en"):
                answer = hub.cli("places", path, "--edition", "2023", lang=lang)
                self.assertNotEqual(answer.code, 0, (line, answer))
                self.assertGreater(len(answer.err), 8)
            self.assertEqual(hub.call("status")["places"], 0)
        path.write_text(head)
        self.assertEqual(hub.cli("places", path, "--edition", "2023").code, 0)
        self.assertEqual(hub.call("status")["places"], 2)

    def test_all_divisions_are_there_after_the_import(self):
        hub = self.rig.hub()
        self.assertEqual(hub.call("status")["places"], 15938)
        found = hub.cli("place", "莫力达瓦达斡尔族自治旗")
        self.assertIn("150722000000", found.out)


class Settings(Case):
    """What bangfud itself is told wrong."""

    def bangfud(self, *argv, stdout=subprocess.PIPE):
        done = subprocess.run([rig.program("bangfud", "daemon"), "--dir", str(self.rig.dir / "none"), *map(str, argv)], text=True, stdout=stdout,
                              stderr=subprocess.PIPE, timeout=60, check=False)
        return done.returncode, done.stderr

    def says(self, told, *words):
        self.assertRegex(told, HAN)
        for word in words:
            self.assertIn(word, told)

    def test_an_address_that_no_station_could_use_is_refused_at_the_start(self):
        for wrong in ("hub.example:99999", "hub:abc", "hub:0", "a b:1", ""):
            code, told = self.bangfud("--role", "hub", "--division", rig.PROVINCE, "--advertise", wrong)
            self.assertEqual(code, USAGE, told)
            self.says(told, "--advertise", "hub.example:7450")
        self.assertFalse((self.rig.dir / "none").exists())

    def test_a_directory_is_no_file_of_settings(self):
        code, told = self.bangfud("--config", self.rig.dir)
        self.assertEqual(code, USAGE, told)
        self.says(told, str(self.rig.dir), "directory")

    def test_a_mistyped_option_is_named_with_the_nearest_one(self):
        """Whatever follows it: what stands behind a mistyped --check is not its value."""
        for argv, meant in ((("--chek",), "--check"), (("--chek", "--role", "hub"), "--check"), (("--restord",), "--restored"),
                            (("--listen-prt", "7450"), "--listen_port"), (("--lsiten_port=7450",), "--listen_port"), (("--log-lvl", "info"), "--log_level"), (("--confg", "x"), "--config"),
                            (("--zzzzzz",), "--help"), (("--zzzzzz=1",), "--help"), (("--" + "x" * 80,), "--help"), (("-x",), "--help")):
            code, told = self.bangfud(*argv)
            self.assertEqual(code, USAGE, told)
            self.assertRegex(told.splitlines()[0], HAN)
            for line in told.splitlines():
                self.assertRegex(line, rf"{argv[0].split('=')[0]}(?![=\w])")
                self.assertIn(meant, line)
            self.assertEqual(len(told.splitlines()), 2)
            self.assertEqual(f"Did you mean {meant}?" in told, meant != "--help", told)
        code, told = self.bangfud("--check=yes")
        self.assertEqual(code, USAGE, told)
        self.says(told, "--check takes no value")
        code, told = self.bangfud("--listen-port")
        self.assertEqual(code, USAGE, told)
        self.says(told, "“--listen-port” needs a value")
        self.assertFalse((self.rig.dir / "none").exists())

    def test_help_that_cannot_be_written_is_said(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            code, told = self.bangfud("--help", stdout=full)
        self.assertEqual(code, 1)
        self.says(told, "No space left")


if __name__ == "__main__":
    main()
