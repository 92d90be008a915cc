#!/usr/bin/python3
"""methods_test.py -- every local question of protocol/README.md section 7, asked of a real hub and a real station.

One hub and two stations live through the whole run; a test makes what it needs under numbers of its own. Bad input is told by the
name of its fault, and saves nothing.
"""
import datetime
import os
import re
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path
from random import Random

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import rig  # noqa: E402
import generate  # noqa: E402
import msgpack  # noqa: E402

VILLAGE = "150722102200"   # 宝山村委会
OTHER = "150723100200"     # 齐奇岭村委会: stations of single tests, so that the station's totals at the hub are its own
TEAM = "150103007000"      # 钢铁路街道
BANNER = "150722000000"
CHANNEL = "财政衔接推进乡村振兴补助资金"
CLIENTS_MAX, CALLS_MAX, ROWS_MAX, BYTES_MAX = 64, 32, 2000, 1024 * 1024
FILE_ROWS_MAX = 200000
WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    """Each ends in order, with nothing leaked (under a sanitizer the exit code says so)."""
    codes = {n.name: n.stop() for n in WORLD.rig.nodes if n.alive()}
    for name, code in codes.items():
        if code != 0:
            print(f"---- {name} ended with {code}\n{WORLD.rig.dir}", file=sys.stderr)
            print(next(n for n in WORLD.rig.nodes if n.name == name).log()[-4000:], file=sys.stderr)
    WORLD.rig.close()
    if any(codes.values()):
        raise AssertionError(f"ended badly: {codes}")


class World:
    def __init__(self):
        self.rig = rig.Rig()
        port = rig.free_port()
        self.hub = self.rig.node("hub", ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1",
                                         "--listen-port", port, "--advertise", f"127.0.0.1:{port}"]).start()
        self.bare = self.rig.node("bare").start()
        table = generate.divisions(rig.DIVISIONS)
        self.before = self.hub.call("status"), self.bare.call("status")
        self.places = self.hub.call("places", edition="2023", rows=[x for row in table.items() for x in row])
        self.station = self.rig.station(self.hub, "station", VILLAGE)
        self.team = self.rig.station(self.hub, "team", TEAM, role="team")
        self.people = generate.Village(VILLAGE, [], 1, "159901")
        self.number = 0

    def fresh(self):
        self.number += 1
        return f"H{self.number:05d}"


def quietly(state, ask):
    """(state, answer) of a moment in which no station's visit changed the state while the question was answered: stations sync when they
    like. What state() tells only ever grows, so that equal before and after means equal in between."""
    def once():
        before, answer = state(), ask()
        return (before, answer) if state() == before else None
    return rig.until(once, what="a quiet moment")


def month():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).strftime("%Y-%m")


def fund(document, amount="12.50", **more):
    return {"movement": "支出", "channel": CHANNEL, "from": VILLAGE, "to": "供应商/项目单位", "amount": amount,
            "document": document, **more}


class Case(unittest.TestCase):
    maxDiff = 3000

    def setUp(self):
        self.hub, self.station, self.team, self.bare = WORLD.hub, WORLD.station, WORLD.team, WORLD.bare

    def log(self, kind, fields, node=None, **more):
        return (node or self.station).call("log", kind=kind, fields=fields, **more)

    def household(self, **fields):
        number = WORLD.fresh()
        return number, self.log("household", {"number": number, **fields})["ref"]

    def refused(self, fault, method, params=None, node=None, where=None, **more):
        """The named fault, in two languages, and nothing saved."""
        node = node or self.station
        saved = node.call("status")["saved"]
        with self.assertRaises(rig.RpcError) as caught:
            node.call(method, params, **more)
        told = caught.exception.fault
        self.assertEqual(told["name"], fault, told)
        self.assertTrue(re.search("[\u4e00-\u9fff]", told["zh"]) and len(told["en"]) > 10, told)
        self.assertNotIn("{", told["zh"] + told["en"])
        if where is not None:
            self.assertEqual(told["where"], where, told)
        self.assertEqual(node.call("status")["saved"], saved)
        return told

    def refused_log(self, fault, kind, fields, **more):
        return self.refused(fault, "log", kind=kind, fields=fields, **more)


class Asking(Case):
    """What can be asked at all."""

    def test_each_method_of_the_table_is_answered_or_says_where(self):
        rows = self.station.call("methods")
        self.assertEqual(len(rows), len({r["name"] for r in rows}))
        here = {"methods", "schema", "status", "log", "import", "void", "total", "list", "show", "balance", "place", "places",
                "verify", "sync", "enrol", "token", "nodes", "revoke", "counters"}
        self.assertEqual({r["name"] for r in rows}, here)
        for r in rows:
            self.assertEqual(set(r), {"name", "zh", "en", "params", "result"})

    def test_the_schema_is_whole(self):
        kinds = {k["name"]: k for k in self.station.call("schema")}
        self.assertEqual(set(kinds), {"household", "member", "visit", "fund", "aid", "activity", "service", "void"})
        fields = {f["name"]: f for f in kinds["fund"]["fields"]}
        self.assertEqual(fields["amount"]["type"], "fen")
        self.assertTrue(fields["amount"]["required"])
        self.assertIn({"code": 1, "zh": CHANNEL, "en": "bridge"}, fields["channel"]["list"])
        self.assertEqual(kinds["fund"]["dims"], ["channel", "movement"])
        self.assertEqual({n: k["apart"] for n, k in kinds.items() if k["apart"]}, {"fund": "movement"})
        self.assertTrue(kinds["fund"]["sum"]["fen"])
        self.assertTrue(kinds["household"]["versioned"] and not kinds["fund"]["versioned"])
        self.assertTrue({f["name"]: f for f in kinds["member"]["fields"]}["id"]["personal"])

    def test_what_is_no_method_is_named(self):
        self.refused("unknown_method", "frobnicate")
        self.assertIn("?", self.refused("unknown_method", "a\x1b[2J")["en"])

    def test_parameters_are_checked_by_name_presence_and_type(self):
        self.refused("unknown_param", "total", kind="fund", colour="red", where="colour")
        self.refused("missing_param", "total")
        self.refused("bad_param", "total", kind=7, where="kind")
        self.refused("bad_param", "import", rows={}, where="rows")

    def test_a_method_of_the_other_sort_of_node_says_where_to_run_it(self):
        for method, params in (("token", {"division": VILLAGE, "role": "village"}), ("nodes", {}), ("revoke", {"origin": "0" * 16}),
                               ("places", {"edition": "1", "rows": []})):
            self.refused("hub_only", method, params)
        for method, params in (("sync", {}), ("enrol", {"token": "x"})):
            self.refused("station_only", method, params, node=self.hub)

    def test_counters_count(self):
        before = self.station.call("counters")
        self.log("fund", fund("计数"))
        after = self.station.call("counters")
        self.assertGreater(after["journal_syncs"], before["journal_syncs"])
        self.assertGreater(after["rss_anon_kb"], 500)
        self.assertTrue(all(isinstance(v, int) and v >= 0 for v in after.values()))
        self.assertGreaterEqual(self.hub.call("counters")["sessions"], 1)


class Status(Case):
    def test_a_new_hub_and_a_new_station_say_what_they_lack(self):
        hub, bare = WORLD.before
        self.assertEqual([w["name"] for w in hub["warnings"]], ["warn_no_places"])
        self.assertEqual([w["name"] for w in bare["warnings"]], ["not_enrolled"])
        self.assertEqual((hub["role"], bare["role"], bare["hub"], bare["division"]), ("hub", "station", None, None))

    def test_saved_and_held_tell_what_the_hub_has(self):
        self.station.call("sync", wait=True)
        self.log("fund", fund("状况"))
        s = self.station.call("status")
        self.assertEqual((s["waiting"], s["saved"] - s["held"]), (1, 1))
        done = self.station.call("sync", wait=True)
        self.assertEqual((done["error"], done["entries"], done["held"]), (None, 1, s["saved"]))
        s = self.station.call("status")
        self.assertEqual((s["waiting"], s["held"], s["division"], s["division_name"]), (0, s["saved"], VILLAGE, "宝山村委会"))
        self.assertEqual((s["hub"]["host"], s["hub"]["port"]), ("127.0.0.1", self.hub.call("status")["port"]))
        self.assertEqual(s["warnings"], [])
        self.assertEqual(s["kinds"]["fund"] + s["kinds"]["household"] > 0, True)
        self.assertEqual(self.station.call("sync"), {})

    def test_the_hub_counts_its_nodes(self):
        self.station.call("sync", wait=True)
        self.team.call("sync", wait=True)
        nodes = self.hub.call("status")["nodes"]
        self.assertGreaterEqual(nodes["active"], 2)
        self.assertEqual(sum(nodes.values()), len(self.hub.call("nodes")))

    def test_an_unreachable_hub_is_a_state_and_saving_goes_on(self):
        alone = WORLD.rig.node("alone").start()
        port = rig.free_port()
        host = WORLD.rig.node("away", ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1",
                                       "--listen-port", port, "--advertise", f"127.0.0.1:{port}"]).start()
        host.call("places", edition="1", rows=["150000000000", "内蒙古自治区", "150700000000", "呼伦贝尔市", "150722000000", "莫旗",
                                               "150722102000", "宝山镇", VILLAGE, "宝山村"])
        alone.call("enrol", token=host.call("token", division=VILLAGE, role="village")["token"])
        alone.call("sync", wait=True)
        host.stop()
        self.log("fund", fund("离线"), node=alone)
        done = alone.call("sync", wait=True)
        self.assertIsNotNone(done["error"])
        s = alone.call("status")
        self.assertEqual((s["waiting"], [w["name"] for w in s["warnings"]]), (1, [done["error"]["name"]]))
        self.assertEqual(s["last_error"]["name"], done["error"]["name"])
        alone.stop()


class Logging(Case):
    def test_an_entry_is_answered_with_its_ref_and_masked_text(self):
        number, ref = self.household(head="王测一", phone="15412345678")
        self.assertRegex(ref, "^[0-9a-f]{16}-[0-9]+$")
        r = self.log("member", {"household": number, "name": "李样二", "id": "11010519491231002X"})
        self.assertEqual(r["subject"], r["ref"])
        self.assertNotIn("样", r["fields"]["name"])
        self.assertNotIn("1949", r["fields"]["id"])
        self.assertEqual(r["fields"]["sex"], "女")  # read from the number

    def test_values_may_be_text_integers_or_booleans(self):
        number, _ = self.household(**{"safe-water": True, "members": 3, "identified": "2020-01-02"})
        shown = self.station.call("show", kind="household", key=number)["state"]
        self.assertEqual((shown["safe-water"], shown["members"]), ("是", "3"))
        r = self.log("fund", fund("整数", amount=1250))
        self.assertEqual(r["fields"]["amount"], "12.50")
        r = self.log("activity", {"name": "测试", "category": 1, "minutes": 90})
        self.assertEqual(r["fields"]["minutes"], self.log("activity", {"name": "测试", "category": 1, "minutes": "1:30"}, again=True)["fields"]["minutes"])
        day = (datetime.date(2024, 2, 29) - datetime.date(1970, 1, 1)).days
        self.assertEqual(self.log("fund", fund("日子", day=day))["fields"]["day"], "2024-02-29")
        self.assertEqual(self.log("资金", {"资金流转": "spend", "资金渠道": "1", "付方": VILLAGE, "收方": "supplier", "金额": "3.2万",
                                          "文号或凭证号": "中文"})["fields"]["amount"], "32000.00")

    def test_what_was_just_saved_is_found_by_its_number_and_by_its_ref(self):
        with self.station.rpc() as r:
            for _ in range(20):
                number = WORLD.fresh()
                ref = r.call("log", kind="household", fields={"number": number})["ref"]
                by_number = r.call("log", kind="visit", fields={"households": number, "purpose": "日常走访"})
                by_ref = r.call("log", kind="visit", fields={"households": ref, "purpose": "集中排查"})
                self.assertEqual(by_number["fields"]["households"], ref)
                self.assertEqual(by_ref["fields"]["households"], ref)
                changed = r.call("log", kind="household", subject=number, fields={"members": "4"})
                self.assertEqual(changed["subject"], ref)

    def test_a_change_writes_only_what_differs(self):
        number, ref = self.household(members="3", group="一组")
        r = self.log("household", {"members": "4", "group": "一组"}, subject=ref)
        self.assertEqual((r["subject"], r["fields"]), (ref, {"members": "4"}))
        shown = self.station.call("show", kind="household", key=number)
        self.assertEqual((shown["state"]["members"], shown["state"]["group"]), ("4", "一组"))
        self.refused_log("nothing_changed", "household", {"members": "4"}, subject=number)

    def test_the_very_same_told_twice_is_kept_once(self):
        number, _ = self.household()
        visit = {"households": number, "purpose": "日常走访", "seen": "两遍"}
        activity = {"name": "敬老", "category": "敬老助残", "note": number}
        aid = {"household": number, "category": "送温暖", "item": "大米"}
        refs = {}
        for kind, fields in (("visit", visit), ("activity", activity), ("aid", aid), ("fund", fund(number))):
            refs[kind] = self.log(kind, fields)["ref"]
            told = self.refused_log("saved_twice", kind, fields, where="again")
            self.assertIn(refs[kind], told["zh"])
            self.assertIn("--again", told["zh"])
            self.assertIn(refs[kind], told["en"])
            self.refused_log("saved_twice", kind, fields, check=True)
            self.log(kind, {**fields, "day": "2026-01-02"})  # another day is another one
            again = self.log(kind, fields, again=True)["ref"]
            self.assertNotEqual(again, refs[kind])
            self.assertIn(again, self.refused_log("saved_twice", kind, fields)["zh"])  # the latest is named
        served = {"activity": refs["activity"], "minutes": "90"}
        self.log("service", served)
        self.log("service", served)  # whose? perhaps another's
        self.log("service", {**served, "volunteer": "NM-1"})
        self.log("service", {**served, "volunteer": "NM-2"})
        self.refused_log("saved_twice", "service", {**served, "volunteer": "NM-1"})

    def test_what_was_voided_may_be_told_anew(self):
        ref = self.log("fund", fund("再记"))["ref"]
        self.station.call("void", ref=ref, reason="以为错了")
        ref = self.log("fund", fund("再记"))["ref"]
        self.assertIn(ref, self.refused_log("saved_twice", "fund", fund("再记"))["zh"])

    def test_two_of_the_same_in_one_breath_are_one(self):
        with self.station.rpc() as r:
            r.sock.sendall(b"".join(msgpack.packb([0, i, "log", {"kind": "fund", "fields": fund("两下")}]) for i in range(8)))
            answers = [r.take() for _ in range(8)]
        self.assertEqual(sum(error is None for _, error, _ in answers), 1)
        self.assertEqual({error["name"] for _, error, _ in answers if error}, {"saved_twice"})

    def test_a_day_is_today_yesterday_or_without_its_year_and_never_tomorrow(self):
        today = datetime.datetime.fromtimestamp(self.station.call("status")["now_ms"] / 1000,
                                                datetime.timezone(datetime.timedelta(hours=8))).date()
        day = datetime.timedelta(days=1)
        for text, want in (("今天", today), ("昨天", today - day), ("前天", today - 2 * day), ("yesterday", today - day),
                           (f"{today.month}-{today.day}", today), (f"{today.month}月{today.day}日", today),
                           (today.isoformat(), today)):
            self.assertEqual(self.log("fund", fund(f"日{text}", day=text))["fields"]["day"], want.isoformat())
        told = self.refused_log("day_later", "fund", fund("明日", day=(today + day).isoformat()), where="day")
        self.assertIn(f"今天是 {today}", told["zh"])
        coming = today + day
        if (coming.month, coming.day) not in ((1, 1), (2, 29)):
            short = self.log("fund", fund("去年", day=f"{coming.month}-{coming.day}"))["fields"]["day"]
            self.assertEqual(short, coming.replace(year=coming.year - 1).isoformat())
        self.refused_log("field_day", "member", {"household": self.household()[0], "name": "x", "birth": "11-23"}, where="birth")

    def test_check_saves_nothing_and_gives_no_ref(self):
        before = self.station.call("status")["saved"]
        r = self.log("fund", fund("试"), check=True)
        self.assertEqual((r["ref"], r["fields"]["amount"]), (None, "12.50"))
        number = WORLD.fresh()
        self.log("household", {"number": number}, check=True)
        self.assertEqual(self.station.call("status")["saved"], before)
        self.log("household", {"number": number})

    def test_kinds_and_fields_are_named_when_unknown(self):
        self.refused_log("unknown_kind", "frob", {}, where="kind")
        self.refused_log("kind_void", "void", {})
        self.assertIn("amount", self.refused_log("unknown_field", "fund", fund("x", colour="red"), where="colour")["en"])
        self.refused_log("bad_param", "fund", fund("x", note=["a"]), where="note")
        self.refused_log("kind_fixed", "fund", {"note": "x"}, subject="0" * 16 + "-1")

    def test_required_fields_and_types(self):
        fields = fund("x")
        del fields["document"]
        self.refused_log("missing_field", "fund", fields)
        self.refused_log("field_fen", "fund", fund("x", amount="zwölf"), where="amount")
        for amount in ("-5", -5, "0", "100000000000"):
            self.refused_log("fen_range", "fund", fund("x", amount=amount), where="amount")
        number, _ = self.household()
        self.assertIn("X", self.refused_log("id_checksum", "member", {"household": number, "name": "x", "id": "110105194912310029"})["en"])

    def test_places_must_exist_fit_the_kind_and_lie_within_the_node(self):
        told = self.refused("division_unknown", "place", text="150722102290", node=self.hub)
        self.assertIn("1507221022", told["en"])
        # The banner next to ours exists; a station has no table of it.
        told = self.refused_log("division_beyond", "fund", fund("x", division="150723100200"), where="division")
        self.assertIn(f"不在本站范围（{VILLAGE}）之内", told["zh"])
        self.assertNotIn("区划表里没有", told["zh"])
        told = self.refused("division_beyond", "total", kind="fund", division="110000000000", node=self.hub, where="division")
        self.assertIn("不在本机范围（150000000000）之内", told["zh"])
        self.assertNotIn("本站", told["zh"])
        self.refused_log("division_code", "fund", fund("x", division="15072"), where="division")
        self.refused_log("division_name", "fund", fund("x", division="没有的村"), where="division")
        number, _ = self.household()
        self.refused_log("division_level", "visit", {"households": number, "purpose": "日常走访", "division": BANNER}, where="division")
        self.refused_log("division_outside", "fund", fund("x", division=BANNER), where="division")
        self.assertEqual(self.log("fund", fund("名", division="宝山村委会"))["fields"]["division"], VILLAGE)
        self.assertEqual(self.log("fund", fund("上级", movement="下达", **{"from": "内蒙古自治区", "to": VILLAGE}))["fields"]["from"], rig.PROVINCE)

    def test_a_team_logs_at_its_street_and_no_visit_there(self):
        self.assertEqual(self.log("activity", {"name": "测试", "category": 1}, node=self.team)["fields"]["division"], TEAM)
        self.refused_log("division_level", "household", {"number": "T1"}, node=self.team)

    def test_subjects_must_be_known(self):
        self.refused_log("subject_unknown", "visit", {"households": "没有这一户", "purpose": "日常走访"}, where="households")
        self.refused_log("ref_unknown", "visit", {"households": "0" * 15 + "1-5", "purpose": "日常走访"}, where="households")
        paid = self.log("fund", fund("不是户"))["ref"]
        self.refused_log("ref_kind", "visit", {"households": paid, "purpose": "日常走访"}, where="households")
        self.refused_log("subject_unknown", "household", {"members": "1"}, subject="没有这一户")
        told = self.refused_log("subject_unknown", "aid", {"household": "x", "category": "送温暖"})
        self.assertEqual(told["where"], "household")

    def test_a_number_is_given_once(self):
        number, ref = self.household()
        told = self.refused_log("subject_exists", "household", {"number": number}, where="number")
        self.assertIn(f"This household is known already ({ref})", told["en"])
        self.assertIn(f"这个户已经有了（{ref}）", told["zh"])
        with self.station.rpc() as r:  # two at the same moment
            number = WORLD.fresh()
            for _ in range(8):
                r.send("log", {"kind": "household", "fields": {"number": number}})
            answers = [r.take() for _ in range(8)]
        self.assertEqual(sum(error is None for _, error, _ in answers), 1)
        self.assertEqual({error["name"] for _, error, _ in answers if error} <= {"subject_exists", "busy"}, True)

    def test_a_corrected_number_is_free_for_whom_it_belongs_to(self):
        """Aid must not go to the family whose number it was by mistake: not in the same breath, not later, not by a file."""
        for _ in range(10):
            wrong, right = WORLD.fresh(), WORLD.fresh()
            with self.station.rpc() as r:
                first = r.call("log", kind="household", fields={"number": wrong})["ref"]
                r.call("log", kind="household", subject=wrong, fields={"number": right})
                second = r.call("log", kind="household", fields={"number": wrong})["ref"]
                self.assertNotEqual(first, second)
                visit = r.call("log", kind="visit", fields={"households": f"{wrong},{right}", "purpose": "日常走访"})
                self.assertEqual(visit["fields"]["households"], f"{second},{first}")
        head = {"户编号": wrong, "户主姓名": "王测九"}
        r = self.station.call("import", rows=[head])
        self.assertEqual((r["households"], r["failed"]), ({"new": 0, "changed": 1, "same": 0}, []))
        shown = self.station.call("show", kind="household", key=right)
        self.assertEqual((shown["entry"]["ref"], shown["state"]["number"], shown["state"].get("head")), (first, right, None))
        change = next(e["ref"] for e in shown["about"] if e["fields"] == {"number": right})
        self.station.call("void", ref=change, reason="没有改")  # the first is called so again, and it was the first
        self.assertEqual(self.station.call("show", kind="household", key=wrong)["entry"]["ref"], first)
        self.refused("subject_unknown", "show", kind="household", key=right)

    def test_a_certified_person_is_the_same_person(self):
        person = WORLD.people.id_number(datetime.date(1980, 5, 5), True)
        number, _ = self.household()
        ref = self.log("member", {"household": number, "name": "王测", "id": person})["ref"]
        self.assertIn(ref, self.refused_log("subject_exists", "member", {"household": number, "name": "王测", "id": person + "43"})["en"])
        self.assertEqual(self.log("member", {"id": person + "43"}, subject=person)["subject"], ref)
        self.assertEqual(self.station.call("show", kind="member", key=person)["entry"]["ref"], ref)

    def test_before_enrolment_nothing_has_a_place(self):
        self.refused_log("not_enrolled", "fund", fund("x"), node=self.bare)
        self.refused("not_enrolled", "import", rows=[], node=self.bare)
        self.refused("not_enrolled", "sync", node=self.bare)
        self.refused("no_places", "total", kind="fund", node=self.bare)
        self.refused("no_places", "place", text="15", node=self.bare)

    def test_the_author_is_the_user_of_the_socket(self):
        ref = self.log("fund", fund("作者"))["ref"]
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        self.assertEqual(self.station.call("show", ref=ref)["entry"]["author"], user)

    def test_the_author_is_who_asks_and_not_who_runs_the_daemon(self):
        """As root a daemon that calls everybody root would be right by chance: this one is nobody's, and two people log."""
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        nobody = rig.User("nobody")
        node = WORLD.rig.station(self.hub, "nobodys", OTHER, user=nobody)
        here = {"from": OTHER}
        said = node.cli("--quiet", "fund", *(w for f in fund("别人", **here).items() for w in (f"--{f[0]}", f[1])), user=nobody)
        self.assertEqual(said.code, 0, said)
        authors = [node.call("show", ref=ref)["entry"]["author"] for ref in (said.out.strip(), self.log("fund", fund("自己", **here), node=node)["ref"])]
        self.assertEqual(authors, ["nobody", "root"])
        self.assertIsNone(node.call("sync", wait=True)["error"])
        self.assertEqual(self.hub.call("show", ref=said.out.strip())["entry"]["author"], "nobody")
        self.assertEqual(node.stop(), 0)


class Voiding(Case):
    def test_a_void_entry_no_longer_counts_and_is_still_there(self):
        query = {"kind": "fund", "where": {"movement": "支出"}}
        before = self.station.call("total", query)
        ref = self.log("fund", fund("作废", amount="7.00"))["ref"]
        self.assertEqual(self.station.call("total", query)["sum"], before["sum"] + 700)
        r = self.station.call("void", ref=ref, reason="记错了")
        self.assertEqual(r["subject"], ref)
        after = self.station.call("total", query)
        self.assertEqual((after["sum"], after["count"]), (before["sum"], before["count"]))
        self.assertTrue(self.station.call("show", ref=ref)["entry"]["voided"])
        self.assertNotIn(ref, [e["ref"] for e in self.station.call("list", query, limit=1000)["rows"]])
        self.assertIn(ref, [e["ref"] for e in self.station.call("list", query, limit=1000, voided=True)["rows"]])
        self.refused("ref_voided", "void", ref=ref, reason="再来", where="ref")
        self.refused("void_void", "void", ref=r["ref"], reason="再来")

    def test_a_voided_household_frees_its_number(self):
        number, ref = self.household()
        self.station.call("void", ref=ref, reason="重复")
        self.refused_log("ref_voided", "visit", {"households": ref, "purpose": "日常走访"})
        self.assertNotEqual(self.log("household", {"number": number})["ref"], ref)

    def test_what_may_not_be_voided_is_said(self):
        self.refused("ref_form", "void", ref="nonsense", reason="x", where="ref")
        self.refused("ref_unknown", "void", ref="0" * 15 + "1-5", reason="x")
        ref = self.log("fund", fund("原因"))["ref"]
        self.refused("missing_field", "void", ref=ref, reason="")
        self.station.call("sync", wait=True)
        self.refused("void_foreign", "void", ref=ref, reason="x", node=self.hub)

    def test_of_two_voids_at_one_moment_one_is_saved(self):
        ref = self.log("fund", fund("两次"))["ref"]
        with self.station.rpc() as r:
            for _ in range(6):
                r.send("void", {"ref": ref, "reason": "同时"})
            answers = [r.take()[1] for _ in range(6)]
        self.assertEqual([a["name"] for a in answers if a], ["ref_voided"] * 5)


class Totals(Case):
    def test_a_total_is_the_sum_of_its_rows_and_of_the_list_behind_it(self):
        for i, channel in enumerate((1, 2, 1, 3)):
            self.log("fund", fund(f"合计{i}", amount=f"{i + 1}.01", channel=channel))
        for by in ([], ["month"], ["channel"], ["month", "channel", "movement"], ["place"]):
            t = self.station.call("total", kind="fund", by=by)
            self.assertEqual((t["count"], t["sum"]), (sum(r["count"] for r in t["rows"]), sum(r["sum"] for r in t["rows"])), by)
        listed, after = [], None
        while True:
            page = self.station.call("list", kind="fund", limit=3, **({"after": after} if after else {}))
            listed += page["rows"]
            after = page["after"]
            self.assertEqual((page["count"], page["sum"]), (t["count"], t["sum"]))
            if after is None:
                break
        self.assertEqual(len({e["ref"] for e in listed}), t["count"])
        newest = [self.station.call("list", kind="fund", limit=2, newest=True)]
        newest.append(self.station.call("list", kind="fund", limit=2, newest=True, after=newest[0]["after"]))
        self.assertEqual([e["ref"] for page in newest for e in page["rows"]], [e["ref"] for e in listed[::-1]][:4])
        self.assertEqual(sum(round(float(e["fields"]["amount"]) * 100) for e in listed), t["sum"])
        one = self.station.call("total", kind="fund", where={"channel": 3})
        self.assertEqual((one["sum"], one["rows"][0]["dims"]), (self.station.call("list", kind="资金", where={"资金渠道": 3})["sum"], {}))
        self.assertEqual(self.station.call("total", kind="fund", **{"from": "2001-01", "to": "2001-12"})["count"], 0)
        self.assertEqual(set(t), {"kind", "division", "division_name", "dims", "rows", "count", "sum", "fresh"})
        self.assertEqual(set(t["fresh"]), {"order_length", "nodes", "nodes_day", "nodes_clock", "as_of_ms"})

    def test_the_hub_answers_by_name_and_by_place(self):
        self.log("fund", fund("到省"))
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        here = self.station.call("total", kind="fund")
        for division in (VILLAGE, "莫力达瓦达斡尔族自治旗/宝山镇/宝山村委会"):
            t = self.hub.call("total", kind="fund", division=division)
            self.assertEqual((t["count"], t["sum"], t["division"]), (here["count"], here["sum"], VILLAGE))
        # The league has other banners, and their stations sync when they like: only ours is known to the fen.
        t = self.hub.call("total", kind="fund", division="呼伦贝尔市", by=["place", "month"])
        ours = [r for r in t["rows"] if r["division"] == BANNER]
        self.assertEqual(ours[-1]["month"], month())
        self.assertEqual(sum(r["sum"] for r in ours), here["sum"])
        self.assertEqual(t["sum"], sum(r["sum"] for r in t["rows"]))

    def test_a_list_shows_subjects_as_they_are_and_says_whom_it_names(self):
        number, ref = self.household(head="王测试", phone="13800001234")
        self.log("household", {"phone": "13900005678", "members": "4"}, subject=number)
        row = next(e for e in self.station.call("list", kind="household", newest=True, limit=50)["rows"] if e["ref"] == ref)
        self.assertEqual((row["fields"]["phone"], row["fields"]["members"], row["names"]), ("139****5678", "4", {}))
        first = self.station.call("show", ref=ref)["entry"]
        self.assertEqual(first["fields"]["phone"], "138****1234")  # the entry itself stays as it was written
        visit = self.log("visit", {"households": number, "purpose": "日常走访"})["ref"]
        spent = self.log("fund", fund("到户", **{"to": f"户:{number}"}))["ref"]
        for kind, entry, field in (("visit", visit, "households"), ("fund", spent, "to")):
            row = next(e for e in self.station.call("list", kind=kind, newest=True)["rows"] if e["ref"] == entry)
            self.assertEqual(row["names"], {ref: f"{number} 王*试"})
            self.assertIn(ref, row["fields"][field])
        out = self.station.cli("list", "--kind", "visit", "--last", "1", lang="zh").out
        self.assertIn(f"{number} 王*试", out)
        self.assertNotIn(ref, out)
        self.assertIn("走访 1 条，户次 1", out)
        self.assertIn(f"户:{number} 王*试", self.station.cli("list", "--kind", "fund", "--last", "1", lang="zh").out)
        shown = self.station.cli("show", number, lang="zh").out
        self.assertRegex(shown, f"{spent}  资金  [-0-9]+  .*支出  12.50 元")
        activity = self.log("activity", {"name": "敬老院义诊", "category": 1})["ref"]
        served = self.log("service", {"activity": activity, "minutes": "90"})["ref"]
        row = next(e for e in self.station.call("list", kind="service", newest=True)["rows"] if e["ref"] == served)
        self.assertEqual(row["names"], {activity: "敬老院义诊"})

    def test_periods(self):
        now = month()
        for frm, to in ((now, now), (now[:4], now[:4]), (now + "-01", now)):
            self.assertGreaterEqual(self.station.call("total", kind="fund", **{"from": frm, "to": to})["count"], 0)
        self.refused("month", "total", {"kind": "fund", "from": "soon"}, where="from")
        self.refused("month", "total", {"kind": "fund", "from": "2026-11-02"}, where="from")
        self.refused("month", "total", {"kind": "fund", "to": "2026-11-02"}, where="to")
        self.refused("month_order", "total", {"kind": "fund", "from": "2026-02", "to": "2026-01"})
        self.station.call("total", {"kind": "fund", "from": "2026-11-01", "to": "2026-11-30"})

    def test_wrong_questions_are_told_apart(self):
        self.refused("unknown_kind", "total", kind="frob")
        self.refused("not_counted", "total", kind="void")
        self.refused("not_dimension", "total", kind="fund", by=["colour"], where="by")
        self.refused("not_dimension", "total", kind="fund", by=[7], where="by")
        self.refused("not_dimension", "total", {"kind": "fund", "where": {"amount": 1}}, where="where")
        self.assertIn(CHANNEL, self.refused("code_unknown", "total", {"kind": "fund", "where": {"channel": "frob"}}, where="channel")["zh"])
        self.refused("division_beyond", "total", kind="fund", division="150722102299", where="division")
        self.refused("limit", "list", kind="fund", limit=0, where="limit")
        self.refused("limit", "list", kind="fund", limit=1001, where="limit")
        self.station.call("list", kind="fund", limit=1000)
        self.refused("ref_form", "list", kind="fund", after="x", where="after")
        self.refused("unknown_param", "list", kind="fund", by=["month"])

    def test_balances_move_on_both_sides(self):
        before = self.station.call("balance", account="supplier"), self.station.call("balance", account=VILLAGE)
        self.log("fund", fund("余额", amount="5.00"))
        after = self.station.call("balance", account="supplier"), self.station.call("balance", account=VILLAGE)
        self.assertEqual((after[0]["in"] - before[0]["in"], after[1]["out"] - before[1]["out"]), (500, 500))
        self.assertEqual(after[1]["balance"], after[1]["in"] - after[1]["out"])
        number, _ = self.household()
        self.assertEqual(self.station.call("balance", account=f"户:{number}")["count"], 0)
        told = self.refused("division_name", "balance", account="谁也不是", where="account")
        self.assertNotIn("from", told["en"])
        told = self.refused("subject_unknown", "balance", account="户:没有", where="account")
        self.refused("missing_param", "balance", account=" ")

    def test_show_gathers_what_concerns_a_household(self):
        number, ref = self.household(head="王测一")
        self.log("visit", {"households": number, "purpose": "日常走访"})
        self.log("household", {"members": "2"}, subject=number)
        shown = self.station.call("show", ref=ref)
        self.assertEqual((shown["entry"]["ref"], shown["state"]["members"]), (ref, "2"))
        self.assertEqual({e["kind"] for e in shown["about"]}, {"visit", "household"})
        self.assertNotIn("测", str(shown))
        self.assertIsNone(self.station.call("show", ref=shown["about"][0]["ref"] if shown["about"][0]["kind"] == "visit"
                                            else shown["about"][1]["ref"])["state"])
        self.refused("missing_param", "show")
        self.refused("missing_param", "show", key=number, where="kind")
        self.refused("ref_form", "show", ref="x")
        self.refused("ref_unknown", "show", ref="0" * 15 + "1-5")
        self.refused("subject_unknown", "show", kind="household", key="没有")


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

    def test_of_a_void_household_nobody_is_a_member(self):
        a, b = WORLD.fresh(), WORLD.fresh()
        row = self.row(a)
        self.imported([row])
        self.station.call("void", ref=self.station.call("show", kind="household", key=a)["entry"]["ref"], reason="户编号写错")
        self.assertEqual(self.counts(self.imported([{**row, "户编号": b}])), [(1, 0, 0), (0, 1, 0)])

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
                row["户编号"], row["与户主关系"] = row["户编号"] + "X", "邻居"  # of a household that no other row names
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


class Hub(Case):
    def token(self, **params):
        return self.hub.call("token", {"division": VILLAGE, "role": "village", **params})

    def test_a_token_names_the_hub_and_its_end(self):
        t = self.token(hours=1)
        port = self.hub.call("status")["port"]
        self.assertTrue(t["token"].startswith(f"bangfu://127.0.0.1:{port}/"), t)
        self.assertLess(abs(t["expires_ms"] - time.time() * 1000 - 3600 * 1000), 60000)
        self.assertNotEqual(self.token()["token"], self.token()["token"])

    def test_a_token_needs_a_fitting_place_and_role(self):
        ask = {"node": self.hub}
        self.refused("token_role", "token", {"division": VILLAGE, "role": "king"}, **ask)
        self.refused("division_level", "token", {"division": BANNER, "role": "village"}, **ask)
        self.refused("division_level", "token", {"division": TEAM, "role": "village"}, **ask)
        self.refused("division_level", "token", {"division": BANNER, "role": "team"}, **ask)
        self.token(division=TEAM, role="team")
        self.token(division=VILLAGE, role="team")
        self.refused("division_unknown", "token", {"division": "150722102299", "role": "village"}, **ask)
        self.refused("limit", "token", {"division": VILLAGE, "role": "village", "hours": 0}, where="hours", **ask)
        self.refused("limit", "token", {"division": VILLAGE, "role": "village", "hours": 24 * 90 + 1}, where="hours", **ask)
        self.token(hours=24 * 90)

    def test_wrong_tokens_at_the_station(self):
        good = self.token()["token"]
        self.refused("token_form", "enrol", token="hello", node=self.bare)
        typo = good[:-9] + ("A" if good[-9] != "A" else "B") + good[-8:]
        self.refused("token_typed", "enrol", token=typo, node=self.bare)

    def test_nodes_are_listed_in_pages(self):
        rows = self.hub.call("nodes")
        self.assertEqual({(r["division"], r["role"]) for r in rows} >= {(VILLAGE, "village"), (TEAM, "team")}, True)
        self.assertEqual(set(rows[0]), {"origin", "name", "role", "state", "division", "division_name", "enrolled_ms", "last_ms",
                                        "clock_ms", "sessions", "seq"})

        def in_pages():
            paged, after = [], {}
            while page := self.hub.call("nodes", limit=1, **after):
                self.assertEqual(len(page), 1)
                paged += page
                after = {"after": page[-1]["origin"]}
            return paged
        self.assertEqual(*quietly(lambda: self.hub.call("nodes"), in_pages))
        self.refused("limit", "nodes", limit=2001, node=self.hub)

    def test_a_revoked_node_is_refused(self):
        out = WORLD.rig.station(self.hub, "out", OTHER)
        self.assertIsNone(out.call("sync", wait=True)["error"])
        origin = out.call("status")["origin"]
        self.assertEqual(self.hub.call("revoke", origin=origin), {"origin": origin})
        self.assertIsNotNone(out.call("sync", wait=True)["error"])
        self.assertIn((origin, "revoked"), {(n["origin"], n["state"]) for n in self.hub.call("nodes")})
        self.refused("origin_form", "revoke", origin="xyz", node=self.hub)
        with self.assertRaises(rig.RpcError):
            self.hub.call("revoke", origin="0" * 15 + "1")
        out.stop()

    def test_places_are_pairs_and_fit_together(self):
        self.assertEqual(WORLD.places, {"rows": len(generate.divisions(rig.DIVISIONS))})
        self.refused("rows_pairs", "places", edition="x", rows=["150000000000"], node=self.hub)
        self.refused("rows_pairs", "places", edition="x", rows=["a", "b"], node=self.hub)
        self.refused("rows_pairs", "places", edition="x", rows=[], node=self.hub)
        with self.assertRaises(rig.RpcError):
            self.hub.call("places", edition="x", rows=["150799999999", "孤儿村"])
        self.assertEqual(self.hub.call("status")["edition"], "2023")

    def test_a_place_is_found_by_code_and_by_name(self):
        p = self.hub.call("place", text="1507")
        self.assertEqual((p["code"], p["name"], p["level"]), ("150700000000", "呼伦贝尔市", "prefecture"))
        self.assertIn({"code": BANNER, "name": "莫力达瓦达斡尔族自治旗"}, p["children"])
        self.assertTrue(all(c["code"].endswith("000000") for c in p["children"]))
        self.assertEqual(self.hub.call("place", text=" 鄂伦春自治旗 ")["path"], "内蒙古自治区/呼伦贝尔市/鄂伦春自治旗")
        told = self.refused("division_several", "place", text="建设村委会", node=self.hub)
        self.assertEqual(len(re.findall(r"15\d{10} [^/]+/建设村委会", told["zh"])), 5, told["zh"])
        told = self.refused("division_name", "place", text="", node=self.hub)
        self.assertNotIn("本站", told["zh"])

    def test_the_beginning_of_a_name_is_enough(self):
        for text, code in (("内蒙古", rig.PROVINCE), ("呼伦贝尔", "150700000000"), ("鄂伦春", "150723000000"),
                           ("莫力达瓦", BANNER), ("呼伦贝尔/莫力达瓦/宝山镇/宝山村", VILLAGE)):
            self.assertEqual(self.hub.call("place", text=text)["code"], code, text)
            self.assertEqual(self.hub.call("total", kind="fund", division=text)["division"], code, text)
        self.assertEqual(self.station.call("place", text="莫力达瓦")["code"], BANNER)
        self.refused("division_name", "total", kind="fund", division="鄂", node=self.hub, where="division")
        self.refused("division_code", "token", division="1507221", role="village", node=self.hub, where="division")

    def test_a_code_with_nothing_near_it_has_no_nearest(self):
        hub = WORLD.rig.node("hub13", ["--role", "hub", "--division", "130000000000", "--listen-host", "127.0.0.1", "--listen-port",
                                       rig.free_port()]).start()
        hub.call("places", edition="1", rows=["150000000000", "内蒙古自治区"])
        told = self.refused("division_absent", "place", text="130100000000", node=hub)
        self.assertNotRegex(told["zh"] + told["en"], r"\?|最接近|nearest")
        hub.stop()

    def test_an_enrolment_that_reaches_nobody_promises_nothing(self):
        port = rig.free_port()
        gone = WORLD.rig.node("gone", ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port",
                                       port, "--advertise", f"127.0.0.1:{port}"]).start()
        gone.call("places", edition="1", rows=["150000000000", "内蒙古自治区", "150700000000", "呼伦贝尔市", "150722000000", "莫旗",
                                               "150722102000", "宝山镇", VILLAGE, "宝山村"])
        token = gone.call("token", division=VILLAGE, role="village")["token"]
        gone.stop()
        told = self.refused("enrol_unreachable", "enrol", token=token, node=self.bare)
        self.assertIn("对方拒绝连接", told["zh"])
        self.assertIn("connection refused", told["en"])
        self.assertNotIn("自动", told["zh"])

    def test_verify_reports_and_runs_alone(self):
        with self.hub.rpc() as r:
            entries, report = quietly(lambda: self.hub.call("status")["entries"], lambda: r.call("verify"))
            self.assertEqual((report["findings"], report["ledger_sum"], report["first"]), (0, 0, []))
            self.assertEqual(report["entries"], entries)
            r.sock.sendall(b"".join(msgpack.packb([0, i, "verify", {}]) for i in range(3)))
            answers = [r.take()[1] for _ in range(3)]
        self.assertEqual([a["name"] for a in answers if a], ["verify_running"] * 2)


class Lists(Case):
    """Leaders' lists take their turns; what everybody else does does not wait for them."""
    WORKING, WAITING, NOTHING = 3, 64, {"kind": "fund", "where": {"movement": "拨付"}}  # a filter that no entry fits: all are looked at

    @classmethod
    def setUpClass(cls):
        port = rig.free_port()  # a hub with a name, so that a sync must have it resolved
        hub = WORLD.rig.node("named", ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port", port,
                                       "--advertise", f"localhost:{port}"]).start()
        hub.call("places", edition="2023", rows=[x for row in generate.divisions(rig.DIVISIONS).items() for x in row])
        cls.node = WORLD.rig.station(hub, "lists", OTHER)
        with cls.node.rpc() as r:
            for i in range(4000):
                r.send("log", {"kind": "fund", "fields": fund(f"列{i}", **{"from": OTHER})})
                if i >= 16:
                    assert r.take()[1] is None
            for _ in range(16):
                assert r.take()[1] is None

    def ask_much(self, times):
        asked = []
        for _ in range(times // CALLS_MAX):
            r = self.node.rpc()
            self.addCleanup(r.close)
            asked.append(r)
            for _ in range(CALLS_MAX):
                r.send("list", self.NOTHING)
        return asked

    def test_lists_wait_in_their_order_and_too_many_are_told_so(self):
        told = [r.take() for r in self.ask_much(4 * CALLS_MAX) for _ in range(CALLS_MAX)]
        busy = [e for _, e, _ in told if e is not None]
        self.assertTrue(busy and all(e["name"] == "busy" for e in busy), busy)
        self.assertGreaterEqual(len(told) - len(busy), self.WORKING + self.WAITING)
        self.assertTrue(all(result == {"rows": [], "after": None, "count": 0, "sum": 0} for _, e, result in told if e is None))

    def test_a_sync_does_not_wait_for_lists(self):
        asked = self.ask_much(20 * CALLS_MAX)
        self.assertIsNone(self.node.call("sync", wait=True)["error"])
        listed = 0  # until then
        for r in asked:
            r.sock.setblocking(False)
            try:
                while True:
                    listed += r.take()[1] is None
            except BlockingIOError:
                pass
            r.close()
        self.assertLess(listed, (self.WORKING + self.WAITING) // 2)
        rig.until(self.answered, what="a list behind all that were asked before")

    def answered(self):
        with self.node.rpc() as r:
            r.send("list", self.NOTHING)
            return r.take()[1] is None

    def test_a_stop_does_not_wait_for_lists(self):
        asked = self.ask_much(2 * CALLS_MAX)
        self.node.call("counters")
        begun = time.monotonic()
        self.assertEqual(self.node.stop(), 0)
        self.assertLess(time.monotonic() - begun, 0.5 * rig.SLOW)
        told = []
        try:
            while True:
                told.append(asked[-1].take()[1])
        except (ConnectionError, OSError):
            pass
        self.assertTrue(all(e and e["name"] == "stopping" for e in told), told)
        self.node.start()

    def test_a_page_of_a_thousand_full_rows_is_one_that_can_be_read(self):
        number = self.node.call("status")["division"] + "0001"
        self.log("household", {"number": number}, node=self.node)
        member = {"household": number, "name": "甲乙", "people": "蒙古族", "note": "x", "year": 2026, "mandarin": True, "abroad": False,
                  **{f: "0" for f in ("work-months", "post-months")}, **{f: "否" for f in (
                      "low-income", "worker-pension", "illness-insurance", "resident-medical", "resident-pension", "commercial-medical",
                      "illness-aid", "health-aid", "worker-medical", "destitute")},
                  **{f: "x" for f in ("employer", "dropout", "industry", "post", "work-channel", "number")}}
        with self.node.rpc() as r:
            for _ in range(1000):
                r.send("log", {"kind": "member", "fields": member})
                error = r.take()[1]
                self.assertIsNone(error)
        shown, after = 0, {}
        while after is not None:
            page = self.node.call("list", kind="member", limit=1000, newest=True, **after)
            self.assertGreater(len(page["rows"]), 0)
            values = sum(21 + 2 * len(row["fields"]) + 2 * len(row["names"]) for row in page["rows"])
            self.assertLess(values, 65000)
            shown += len(page["rows"])
            after = {"after": page["after"]} if page["after"] else None
        self.assertEqual(shown, 1000)
        answer = self.node.cli("list", "--kind", "member", "--last", 1000, "--format", "csv")
        self.assertEqual((answer.code, answer.out.count("\n")), (0, 1001), answer.err)


class Canaries(Case):
    """What was typed never comes back whole when it has the form of an ID, a phone or a bank account (I12)."""
    # As they are typed, and the part of each that nobody may read again.
    TYPED = {"11010519491231002X": "194912310", "110105 19491231 0029": "19491231", "１１０１０５１９４９１２３１００２９": "１９４９１２３１",
             "13812341234": "12341", "138-1234-1234": "1234-1", "6217001234567891234": "00123456", "1101054912310021": "549123"}

    def setUp(self):
        super().setUp()
        self.faults = 0

    def clean(self, text, about):
        for typed, secret in self.TYPED.items():
            self.assertNotIn(typed, text, about)
            self.assertNotIn(secret, text.replace(" ", ""), about)

    def look(self, value, about, within_fault=False):
        """Every sentence of a fault, wherever in an answer it stands."""
        if isinstance(value, dict):
            fault = within_fault or {"zh", "en", "where", "rc"} <= value.keys()
            self.faults += fault and not within_fault
            for key, item in value.items():
                self.look(item, about, fault)
        elif isinstance(value, list):
            for item in value:
                self.look(item, about, within_fault)
        elif within_fault and isinstance(value, str):
            self.clean(value, about)

    def ask(self, node, method, params):
        about = (method, params)
        with node.rpc() as r:
            r.send(method, params)
            _, error, result = r.take()
        self.look(error, about)
        self.look(result, about)

    def every_way(self, node):
        methods = node.call("methods")
        for typed in self.TYPED:
            self.ask(node, typed, {})
            for m in methods:
                given = {p["name"]: p for p in m["params"]}
                self.ask(node, m["name"], {typed: typed})
                for name in given:
                    need = {n: self.filler(m["name"], n, p) for n, p in given.items() if p["required"] and n != name}
                    for value in (typed, [typed], [{typed: typed}], {typed: typed}, [typed, typed]):
                        self.ask(node, m["name"], {**need, name: value, **self.harmless(m["name"], name)})

    @staticmethod
    def harmless(method, name):
        return {"check": True} if method in ("log", "import") and name != "check" else {}

    @staticmethod
    def filler(method, name, param):
        known = {"kind": "fund", "fields": fund("x"), "division": VILLAGE, "role": "village", "edition": "2023", "ref": "0000000000000001-1",
                 "rows": [], "reason": "x", "token": "x", "origin": "0000000000000001"}
        return known.get(name, {"text": "x", "uint": 1, "bool": True, "map": {}, "list": []}[param["type"]])

    def test_no_parameter_of_any_method_comes_back_whole(self):
        for node in (self.station, self.hub):
            self.every_way(node)
            self.ask(node, "counters", {})
            self.clean(str(node.call("counters")) + node.log(), node.name)
        self.assertGreater(self.faults, 500)

    def test_no_field_of_any_kind_comes_back_whole(self):
        for kind in self.station.call("schema"):
            for field in kind["fields"]:
                for typed in self.TYPED:
                    self.ask(self.station, "log", {"kind": kind["name"], "fields": {field["name"]: typed}, "check": True})
                    self.ask(self.station, "log", {"kind": kind["name"], "fields": {field["name"]: typed + "?" * 9000}, "check": True})
                    self.ask(self.station, "total", {"kind": kind["name"], "where": {field["name"]: typed}, "by": [typed]})
                    self.ask(self.station, "list", {"kind": kind["name"], "where": {typed: field["name"]}})
        for typed in self.TYPED:
            for heading in ("户编号", "证件号码", "姓名", "村", "年龄", "户联系电话", "银行账号", typed):
                for rest in (True, False):
                    self.ask(self.station, "import", {"rows": [{"户编号": "C1", "姓名": "甲", heading: typed}], "check": True, "rest": rest})
        self.assertGreater(self.faults, 500)
        self.clean(self.station.log(), "the log")

    def test_the_command_line_does_not_say_it_either(self):
        for typed in self.TYPED:
            for argv in ([typed], ["show", typed], ["show", typed, "--kind", "member"], ["list", "--month", typed], ["list", typed],
                         ["place", typed], ["balance", typed], ["void", typed, "--reason", "x"], ["status", typed], ["status", "--" + typed],
                         ["visit", "--households", typed, "--purpose", "1"], ["member", "--id", typed], ["list", "--limit", typed],
                         ["aid", "--household", typed, "--category", typed], ["import", typed], ["enrol", typed], ["total", "--by", typed]):
                for lang in ("zh", "en"):
                    answer = self.station.cli(*argv, lang=lang)
                    self.assertNotEqual(answer.code, 0, argv)
                    self.clean(answer.err.replace(typed + "：", "") if argv == ["import", typed] else answer.err, argv)


class Socket(Case):
    """The stream itself."""

    def raw(self, node=None):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(20 * rig.SLOW)
        s.connect(str((node or self.station).dir / "bangfu.sock"))
        return s

    def all_of(self, s):
        out = b""
        try:
            while data := s.recv(65536):
                out += data
        except ConnectionResetError:
            pass
        return self.unpacked(out)

    @staticmethod
    def unpacked(data):
        u = msgpack.Unpacker(raw=False)
        u.feed(data)
        return list(u)

    def test_malformed_streams_get_one_error_and_are_closed(self):
        deep = b"\x91" * 20 + b"\xc0"
        for bad in (b"GET / HTTP/1.1\r\n\r\n", b"\xc1", b"\x94\x00\x01\xa3abc", msgpack.packb([0, 1, "status"]),
                    msgpack.packb([1, 1, "status", {}]), msgpack.packb([0, -1, "status", {}]), msgpack.packb([0, 1, "", {}]),
                    msgpack.packb([0, 1, "status", [1, 2]]), msgpack.packb([0, 1, "x" * 65, {}]), deep, b"\xdd\xff\xff\xff\xff",
                    b"\xc6\xff\xff\xff\xff", b"\x94\x00\x01\xa6status\x82\xa1a\x01\xa1a\x02", b"\x94\x00\x01\xa6status\xca\x00\x00\x00\x00",
                    msgpack.packb([0, 1, "status", {}])[:-1] + b"\xc1"):
            with self.raw() as s:
                s.sendall(bad)
                s.shutdown(socket.SHUT_WR)
                answers = self.all_of(s)
            if bad == b"\x94\x00\x01\xa3abc":
                self.assertEqual(answers, [], "an unfinished request is no request")
                continue
            self.assertEqual(len(answers), 1, bad)
            self.assertEqual((answers[0][0], answers[0][1], answers[0][2]["name"], answers[0][3]), (1, 0, "rpc_form", None), bad)
        self.assertEqual(self.station.call("methods")[0]["name"], "methods")

    def test_a_good_request_before_a_bad_one_is_answered(self):
        with self.raw() as s:
            s.sendall(msgpack.packb([0, 5, "methods", {}]) + b"\xc1")
            answers = self.all_of(s)
        self.assertEqual([(a[1], a[2] is None) for a in answers], [(5, True), (0, False)])

    def test_a_bad_request_behind_one_that_waits_for_the_disk_stops_nobody(self):
        for again in range(5):
            with self.raw() as s:
                s.sendall(msgpack.packb([0, 5, "log", {"kind": "fund", "fields": fund(f"坏{again}")}]) + b"\xc1\xc1\xc1")
                answers = self.all_of(s)
            self.assertEqual(sorted((a[1], a[2] is None) for a in answers), [(0, False), (5, True)])

    def test_params_may_stand_in_an_array_or_be_absent(self):
        with self.raw() as s:
            for params in ([], None, {}, [{}]):
                s.sendall(msgpack.packb([0, 1, "counters", params]))
            s.shutdown(socket.SHUT_WR)
            self.assertEqual([a[2] for a in self.all_of(s)], [None] * 4)

    def test_a_request_may_come_byte_by_byte(self):
        text = msgpack.packb([0, 9, "place", {"text": VILLAGE}])
        with self.raw() as s:
            for i in range(len(text)):
                s.sendall(text[i:i + 1])
            s.shutdown(socket.SHUT_WR)
            self.assertEqual(self.all_of(s)[0][3]["code"], VILLAGE)

    def test_the_largest_request_is_read_and_one_more_byte_is_not(self):
        def request(size):
            text = msgpack.packb([0, 1, "place", {"text": "x" * 70000}])
            return msgpack.packb([0, 1, "place", {"text": "x" * (70000 + size - len(text))}])
        for size, name in ((BYTES_MAX, "division_name"), (BYTES_MAX + 1, "rpc_form")):
            text = request(size)
            self.assertEqual(len(text), size)
            with self.raw() as s:
                try:
                    s.sendall(text)
                    s.shutdown(socket.SHUT_WR)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                self.assertEqual(self.all_of(s)[0][2]["name"], name)

    def test_many_requests_in_one_breath_are_all_answered(self):
        count = 5 * CALLS_MAX
        with self.station.rpc() as r:
            r.sock.sendall(b"".join(msgpack.packb([0, i, "log", {"kind": "fund", "fields": fund(f"批{i}")}]) for i in range(count)))
            answers = [r.take() for _ in range(count)]
        self.assertEqual({a[0] for a in answers}, set(range(count)))
        self.assertEqual([a[1] for a in answers if a[1]], [])
        self.assertEqual(len({a[2]["ref"] for a in answers}), count)

    def test_as_many_clients_as_the_bound_and_not_one_more(self):
        held = []
        try:
            for _ in range(CLIENTS_MAX):
                r = self.station.rpc()
                held.append(r)
                r.call("counters")
            with self.raw() as s:
                self.assertEqual(self.all_of(s)[0][2]["name"], "clients_max")
            self.assertEqual(self.station.cli("status").code, 4)  # refused, with the reason, and not 'the node went away'
            held.pop().close()
            rig.until(lambda: self.answered(), what="the freed place")
        finally:
            for r in held:
                r.close()

    def answered(self):
        with self.raw() as s:
            s.sendall(msgpack.packb([0, 1, "counters", {}]))
            s.shutdown(socket.SHUT_WR)
            return self.all_of(s)[0][2] is None

    def test_one_who_does_not_read_stops_nobody_and_costs_little(self):
        before = self.station.call("counters")["rss_anon_kb"]
        ask = msgpack.packb([0, 1, "schema", {}])
        with self.raw() as s:
            s.setblocking(False)
            sent = 0
            for _ in range(200):
                try:
                    sent += s.send(ask * 500)
                except BlockingIOError:
                    time.sleep(0.01)
            began = time.monotonic()
            self.station.call("counters")
            self.assertLess(time.monotonic() - began, 2 * rig.SLOW)
            grown = self.station.call("counters")["rss_anon_kb"] - before
            self.assertLess(grown, 24 * 1024)
            s.setblocking(True)
            s.settimeout(60)
            u, got = msgpack.Unpacker(raw=False), 0
            while got < 30:  # and what it asked comes when it reads at last
                u.feed(s.recv(1 << 20))
                got += sum(1 for _ in u)

    def test_a_client_that_leaves_in_the_middle_harms_nobody(self):
        for _ in range(50):
            with self.raw() as s:
                s.sendall(msgpack.packb([0, 1, "log", {"kind": "fund", "fields": fund("走了")}]) * 3 + b"\x94\x00")
        self.station.call("total", kind="fund")

    def test_another_user_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        path = self.station.dir / "bangfu.sock"
        self.assertEqual((path.stat().st_mode & 0o777, self.station.dir.stat().st_mode & 0o777), (0o600, 0o700))
        ask = ("import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.settimeout(20)\ns.connect(sys.argv[1])\n"
               "sys.stdout.buffer.write(s.recv(65536))")
        argv = ["setpriv", "--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c", ask, str(path)]
        self.assertIn(b"PermissionError", subprocess.run(argv, capture_output=True, check=False).stderr)
        opened = [WORLD.rig.dir, self.station.dir]
        for d in opened:
            d.chmod(0o755)
        path.chmod(0o666)
        try:
            said = subprocess.run(argv, capture_output=True, check=True).stdout
            self.assertEqual(self.unpacked(said)[0][2]["name"], "not_allowed")
        finally:
            path.chmod(0o600)
            for d in opened:
                d.chmod(0o700)

    def test_a_second_daemon_on_the_directory_is_refused_and_a_stale_socket_is_not(self):
        node = WORLD.rig.node("twice").start()
        second = WORLD.rig.node("second", directory=node.dir).spawn()
        self.assertNotEqual(second.process.wait(20 * rig.SLOW), 0)
        node.call("status")
        node.kill()
        self.assertTrue((node.dir / "bangfu.sock").exists())
        node.start()
        self.assertEqual(node.stop(), 0)
        self.assertFalse((node.dir / "bangfu.sock").exists())

    def test_a_stop_answers_what_is_under_way(self):
        node = WORLD.rig.station(self.hub, "stopped", OTHER)
        with node.rpc() as r:
            for i in range(20):
                r.send("log", {"kind": "fund", "fields": fund(f"停{i}", **{"from": OTHER})})
            r.send("verify")
            r.take()
            self.assertEqual(node.stop(), 0)
            told = 1
            try:
                while True:
                    told += r.take()[1] is None
            except (ConnectionError, OSError):
                pass
        node.start()
        self.assertGreaterEqual(node.call("status")["saved"], min(told, 20))
        node.stop()


if __name__ == "__main__":
    unittest.main(verbosity=int(os.environ.get("BF_VERBOSE", "1")))
