#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""methods_correct_test.py -- void and correct: which entry is meant, and that a correction is kept whole or not at all."""
import os

from methods_world import OTHER, VILLAGE, WORLD, Case, fund, run, rig, setUpModule, tearDownModule  # noqa: F401


def seq(ref):
    return int(ref.rpartition("-")[2])


class Correcting(Case):
    def visit(self, **fields):
        self.number, self.house = self.household(head="王测一")
        self.station.call("list", kind="visit", limit=1)  # all is applied: whom the visit names is known
        return self.log("visit", {"households": self.number, "purpose": "日常走访", "seen": "屋顶漏雨", "day": "2026-01-02", **fields})

    def voided(self, ref):
        return self.station.call("show", ref=ref)["entry"]["voided"]

    def test_the_old_one_is_void_and_the_new_one_has_all_that_was_not_given(self):
        before = self.visit(**{"cash-told": "100"})
        query = {"kind": "visit", "division": VILLAGE}
        totals = self.station.call("total", query)
        told = self.station.call("correct", ref=before["ref"], fields={"seen": "屋顶已修好"})
        self.assertEqual((told["before"], told["subject"]), (before, before["ref"]))
        self.assertEqual(told["after"]["fields"], {**before["fields"], "seen": "屋顶已修好"})
        self.assertEqual((told["after"]["day"], told["after"]["names"]), ("2026-01-02", before["names"]))
        self.assertEqual((seq(told["ref"]), seq(told["void"])), (seq(told["void"]) + 1, seq(told["void"])))
        self.assertTrue(self.voided(before["ref"]))
        self.assertFalse(self.voided(told["ref"]))
        after = self.station.call("total", query)
        self.assertEqual((after["count"], after["sum"]), (totals["count"], totals["sum"]))
        void = self.station.call("show", ref=told["void"])["entry"]
        self.assertEqual(void["fields"], {"target": before["ref"], "reason": "更正 corrected"})

    def test_check_shows_both_and_saves_nothing(self):
        before = self.visit()
        saved = self.station.call("status")["saved"]
        told = self.station.call("correct", ref=before["ref"], fields={"seen": "x"}, check=True)
        self.assertEqual((told["ref"], told["void"], told["before"]["fields"]["seen"], told["after"]["fields"]["seen"]), (None, None, "屋顶漏雨", "x"))
        gone = self.station.call("void", ref=before["ref"], check=True)
        self.assertEqual((gone["ref"], gone["subject"], gone["entry"]), (None, before["ref"], before))
        self.assertEqual(self.station.call("status")["saved"], saved)
        self.assertFalse(self.voided(before["ref"]))

    def test_an_empty_text_takes_a_field_out_and_what_must_be_there_stays(self):
        ref = self.visit()["ref"]
        self.refused("missing_field", "correct", ref=ref, fields={"purpose": ""}, where="purpose")
        self.assertNotIn("seen", self.station.call("correct", ref=ref, fields={"seen": " "})["after"]["fields"])

    def test_what_refuses_a_void_refuses_a_correction(self):
        ref = self.visit()["ref"]
        self.refused("nothing_changed", "correct", ref=ref, fields={"seen": "屋顶漏雨"})
        self.refused("nothing_changed", "correct", ref=ref, fields={})
        self.refused("unknown_field", "correct", ref=ref, fields={"amount": "1"})
        self.refused("field_code", "correct", ref=ref, fields={"purpose": "跳舞"}, where="purpose")
        self.refused("ref_kind", "correct", ref=ref, fields={"seen": "x"}, kind="aid", where="ref")
        told = self.refused("edit_subject", "correct", ref=self.house, fields={"head": "x"}, where="ref")
        self.assertIn("bangfu 户 --subject", told["zh"])
        meeting = self.log("activity", {"name": "敬老活动", "category": 1, "note": self.number})["ref"]
        self.log("service", {"activity": meeting, "minutes": "30"})
        self.refused("void_resting", "correct", ref=meeting, fields={"name": "别的"}, where="ref")
        told = self.station.call("correct", ref=ref, fields={"seen": "x"})
        self.refused("ref_voided", "correct", ref=ref, fields={"seen": "y"}, where="ref")
        self.refused("void_void", "correct", ref=told["void"], fields={"reason": "y"})
        self.station.call("sync", wait=True)
        self.refused("void_foreign", "correct", ref=told["ref"], fields={"seen": "y"}, node=self.hub)

    def test_money_and_aid_are_corrected_and_sums_follow(self):
        query = {"kind": "fund", "where": {"movement": "支出"}}
        ref = self.log("fund", fund("更正", amount="7.00"))["ref"]
        before = self.station.call("total", query)
        self.station.call("correct", ref=ref, fields={"amount": "9.50"})
        after = self.station.call("total", query)
        self.assertEqual((after["count"], after["sum"]), (before["count"], before["sum"] + 250))

    def test_the_guard_against_twice_does_not_stand_in_the_way(self):
        first = self.visit()
        told = self.station.call("correct", ref=first["ref"], fields={"seen": "x"})
        back = self.station.call("correct", ref=told["ref"], fields={"seen": "屋顶漏雨"})  # as it was at first
        fields = {"households": self.number, "purpose": "日常走访", "seen": "屋顶漏雨", "day": "2026-01-02"}
        self.assertIn(back["ref"], self.refused_log("saved_twice", "visit", fields)["zh"])  # but a second tap of log is one
        other = self.log("visit", {**fields, "seen": "y"})["ref"]
        self.station.call("correct", ref=other, fields={"seen": "屋顶漏雨"})  # two visits may have been alike

    def test_of_two_corrections_at_one_moment_one_is_saved(self):
        ref = self.visit()["ref"]
        saved = self.station.call("status")["saved"]
        with self.station.rpc() as r:
            for n in range(4):
                r.send("correct", {"ref": ref, "fields": {"seen": f"同时{n}"}})
            r.send("void", {"ref": ref, "reason": "同时"})
            answers = [r.take()[1] for _ in range(5)]
        self.assertEqual([a["name"] for a in answers if a], ["ref_voided"] * 4)
        self.assertEqual(self.station.call("status")["saved"], saved + 2)

    def test_a_personal_field_that_was_not_given_stays_as_it_was(self):
        meeting = self.log("activity", {"name": "敬老活动", "category": 1, "note": WORLD.fresh()})["ref"]
        ref = self.log("service", {"activity": meeting, "volunteer": "NM-7", "volunteer-name": "赵测七", "minutes": "90"})["ref"]
        told = self.station.call("correct", ref=ref, fields={"minutes": "60"})
        self.assertEqual(told["after"]["fields"]["volunteer-name"], "赵*七")
        self.assertNotIn("测七", str(told))
        with self.assertRaises(rig.RpcError):  # what is shown may not come back as the name
            self.station.call("correct", ref=told["ref"], fields={"volunteer-name": "赵*七"})
        self.assertIn("赵测七".encode(), b"".join(p.read_bytes() for p in (self.station.dir / "data.mdb", self.station.dir / "journal")))


class Alike(Case):
    def test_the_same_again_is_today_with_what_is_given(self):
        number, _ = self.household()
        other, ref = self.household()
        old = self.log("aid", {"household": number, "category": "送温暖", "item": "大米", "quantity": 2, "unit": "袋", "day": "2026-01-02"})
        new = self.log("aid", {"household": other}, like=old["ref"])
        self.assertEqual(new["fields"], {**old["fields"], "household": ref, "day": new["day"]})
        self.assertNotEqual(new["day"], "2026-01-02")
        self.refused_log("saved_twice", "aid", {}, like=new["ref"])
        self.log("aid", {}, like=new["ref"], again=True)
        self.assertEqual(self.log("aid", {"day": "2026-01-03", "unit": ""}, like="last")["fields"].get("unit"), None)

    def test_only_what_stands_and_is_of_the_kind_is_repeated(self):
        number, house = self.household()
        ref = self.log("visit", {"households": number, "purpose": "日常走访"})["ref"]
        self.refused_log("ref_kind", "aid", {"household": number}, like=ref, where="like")
        self.refused_log("edit_subject", "household", {"number": WORLD.fresh()}, like=house, where="like")
        self.station.call("void", ref=ref, reason="x")
        self.refused_log("ref_voided", "visit", {}, like=ref, where="like")
        self.refused_log("ref_unknown", "visit", {}, like="9999999", where="like")


class Named(Case):
    def test_an_entry_is_found_by_its_number_as_people_write_it(self):
        number, _ = self.household()
        ref = self.log("visit", {"households": number, "purpose": "日常走访"})["ref"]
        n = seq(ref)
        for text in (str(n), f"#{n}", f"-{n}", f" ＃{n} ", f"{ref[:4]}-{n}", f"{ref[:4]}…-{n}", f"{ref[:6].upper()}...{n}", f"…-{n}", ref):
            self.assertEqual(self.station.call("void", ref=text, check=True)["subject"], ref, text)
        for text in ("", "#", "57a", "xyz-5", f"{ref[:16]}0-{n}", "-", "0", "1099511627776", "９" * 40):
            self.refused("ref_form", "void", ref=text, reason="x", where="ref")
        self.refused("ref_unknown", "void", ref="1099511627775", reason="x", where="ref")
        self.refused("ref_unknown", "void", ref=f"{int(ref[0], 16) ^ 1:x}-{n}", reason="x", where="ref")

    def test_a_number_that_several_logs_have_is_refused(self):
        self.log("activity", {"name": "集体活动", "category": 1}, node=self.team, again=True)
        self.household()
        for node in (self.station, self.team):
            node.call("sync", wait=True)
        self.hub.call("status")
        self.refused("ref_several", "void", ref="1", reason="x", node=self.hub, where="ref")
        told = self.station.call("status")["origin"]
        self.refused("void_foreign", "void", ref=f"{told[:8]}-1", reason="x", node=self.hub, where="ref")  # one log's: found

    def test_last_is_the_newest_of_who_asks_that_is_not_void(self):
        number, _ = self.household()
        refs = [self.log("visit", {"households": number, "purpose": "日常走访", "seen": str(n)})["ref"] for n in range(3)]
        for word, ref in zip(("last", "上一条", " 最后一条 "), reversed(refs)):
            self.assertEqual(self.station.call("void", ref=word, reason="录错")["subject"], ref)
        changed = self.log("household", {"members": "4"}, subject=number)["ref"]
        self.assertEqual(self.station.call("void", ref="last", check=True)["entry"]["fields"], {"members": "4"})
        self.assertEqual(self.station.call("void", ref="last", reason="录错")["subject"], changed)
        self.assertNotIn("members", self.station.call("show", kind="household", key=number)["state"])

    def test_each_login_has_a_last_of_its_own(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        nobody = rig.User("nobody")
        node = WORLD.rig.station(self.hub, "two-logins", OTHER, user=nobody)
        self.refused("last_none", "void", ref="last", reason="x", node=node, where="ref")
        number = WORLD.fresh()
        mine = node.call("log", kind="household", fields={"number": number})["ref"]
        said = node.cli("visit", "--households", number, "--purpose", "1", "--quiet", user=nobody)
        self.assertEqual(said.code, 0, said)
        theirs = said.out.strip()
        self.refused("void_resting", "void", ref="last", reason="x", node=node)  # mine is the household, and theirs rests on it
        said = node.cli("void", "last", "--reason", "x", "--format", "json", user=nobody)
        self.assertEqual((said.code, said.json()["subject"]), (0, theirs), said)
        self.assertEqual(node.call("void", ref="last", reason="x")["subject"], mine)
        self.assertEqual(node.stop(), 0)


class Whole(Case):
    def test_what_was_told_as_corrected_is_so_after_a_kill(self):
        node = WORLD.rig.station(self.hub, "killed", VILLAGE)
        number = WORLD.fresh()
        node.call("log", kind="household", fields={"number": number})
        ref = node.call("log", kind="visit", fields={"households": number, "purpose": 1, "seen": "0"})["ref"]
        for n in range(1, 6):
            told = node.call("correct", ref=ref, fields={"seen": str(n)})
            node.kill()
            node.start()
            self.assertTrue(node.call("show", ref=ref)["entry"]["voided"])
            self.assertEqual(node.call("show", ref=told["ref"])["entry"]["fields"]["seen"], str(n))
            ref = told["ref"]
        self.assertEqual(node.call("total", kind="visit")["count"], 1)
        self.assertEqual(node.call("verify")["findings"], 0)
        self.assertIsNone(node.call("sync", wait=True)["error"])
        self.assertEqual(self.hub.call("show", ref=ref)["entry"]["voided"], False)
        self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    run()
