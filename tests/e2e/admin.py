#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""admin.py -- what the hub's operator does: gives an enrolled station a new address, looks after tokens, shuts out by name; and the trace of it."""
import os
import pwd
import re
from pathlib import Path

from base import TEAM, VILLAGE_A, VILLAGE_B, Case, main, rig
from disk import SmallDisk
import feed
import terminal  # noqa: E402
from doors import token_parts, token_text

os.environ["PATH"] = f"{Path(rig.program('bangfud', 'daemon')).parent}:{os.environ['PATH']}"
ME = pwd.getpwuid(os.geteuid()).pw_name
DONE, FAILED, USAGE, NO_NODE, REFUSED = range(5)


class Admin(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()

    def token(self, division=VILLAGE_A, role="village"):
        return self.hub.call("token", division=division, role=role)["token"]

    def station(self, name, division):
        """One whose first sync is over: an enrolment does not run beside it."""
        s = self.rig.station(self.hub, name, division)
        rig.until(lambda: not s.call("status")["syncing"], what="the first sync")
        return s

    def named(self):
        return {n["name"]: (n["origin"], n["state"]) for n in self.hub.call("nodes")}

    def acts(self, node=None):
        """The oldest first."""
        return [(a["act"], a["who"]) for a in reversed((node or self.hub).call("acts"))]

    def events(self, node=None):
        return re.findall(r"event=act level=info act=(\S+) number=\d+ user=(\S*)", (node or self.hub).log())

    def at_terminal(self, *words, typed=(), lang="zh"):
        argv = [rig.program("bangfu", "client"), "--dir", str(self.hub.dir), "--lang", lang, *words]
        return terminal.shown(argv, dict(os.environ), typed=typed)


class Addresses(Admin):
    def test_a_new_token_of_the_same_place_gives_an_enrolled_station_a_new_address(self):
        s = self.station("s05", VILLAGE_A)
        s.call("log", kind="fund", fields=feed.fund(s, 1))
        self.assertIsNone(s.call("sync", wait=True)["error"])
        line = self.rig.proxy(self.hub.port)
        _, key, secret = token_parts(self.token())
        answer = s.cli("enrol", "-", stdin=token_text(f"127.0.0.1:{line.port}", key, secret) + "\n")
        self.assertEqual(answer.code, DONE, answer)
        self.assertEqual(s.call("status")["hub"]["port"], line.port)
        s.call("log", kind="fund", fields=feed.fund(s, 2))
        self.assertIsNone(s.call("sync", wait=True)["error"])
        node, = self.hub.call("nodes")
        self.assertEqual((node["name"], node["state"], node["seq"]), ("s05", "active", 2))  # the name of before, none was given
        self.assertEqual(self.acts()[-3:], [("enrolled", ""), ("token_made", ME), ("repointed", "")])
        self.assertEqual([a for a, _ in self.acts(s)], ["enrolled", "enrolled"])
        self.assertEqual(self.acts(s)[1][1], ME)

    def test_a_name_that_is_given_is_taken(self):
        s = self.station("s05", VILLAGE_A)
        answer = s.cli("enrol", self.token(), "--name", "新电脑")
        self.assertEqual(answer.code, DONE, answer)
        self.assertEqual(list(self.named()), ["新电脑"])

    def test_a_revoked_one_that_comes_back_keeps_its_name(self):
        s = self.station("s05", VILLAGE_A)
        self.hub.call("revoke", origin=s.call("status")["origin"])
        answer = s.cli("enrol", self.token())
        self.assertEqual(answer.code, DONE, answer)
        self.assertEqual(self.named()["s05"][1], "active")
        self.assertEqual([a for a, _ in self.acts()[-3:]], ["revoked", "token_made", "reinstated"])

    def test_a_token_of_another_place_role_or_hub_changes_nothing(self):
        s = self.station("s05", VILLAGE_A)
        for division, role in ((VILLAGE_B, "village"), (VILLAGE_A, "team")):
            for move in ((), ("--move",)):
                answer = s.cli("enrol", self.token(division, role), *move)
                self.assertEqual(answer.code, REFUSED, answer)
                self.assertIn(VILLAGE_A, answer.err)
        other = self.rig.hub("other").call("token", division=VILLAGE_A, role="village")["token"]
        answer = s.cli("enrol", other)
        self.assertEqual(answer.code, REFUSED, answer)
        self.assertIn("--move", answer.err)
        self.assertEqual(s.call("status")["hub"]["port"], self.hub.port)
        self.assertIsNone(s.call("sync", wait=True)["error"])
        node, = self.hub.call("nodes")
        self.assertEqual((node["division"], node["role"]), (VILLAGE_A, "village"))
        self.assertNotIn("repointed", [a for a, _ in self.acts()])


class Tokens(Admin):
    def listed(self, *words):
        return {t["id"]: t for t in self.hub.cli("token", "list", *words, "--format", "json").json()}

    def test_what_was_given_out_is_listed_without_its_secret(self):
        made = self.hub.call("token", division=VILLAGE_A, role="village", hours=5)
        t = self.listed()[made["id"]]
        self.assertEqual((t["state"], t["division"], t["by"], t["expires_ms"]), ("open", VILLAGE_A, ME, made["expires_ms"]))
        self.assertLess(abs(t["expires_ms"] - t["made_ms"] - 5 * 3600000), 5000)
        for form in ("table", "csv", "json"):
            for lang in ("zh", "en"):
                out = self.hub.cli("token", "list", "--all", "--wide", "--format", form, lang=lang).out
                self.assertIn(made["id"], out)
                self.assertNotIn(made["token"].rpartition("/")[2][43:64], out)  # the secret's characters
        told = self.hub.cli("token", "--division", VILLAGE_B)
        self.assertRegex(told.err, r"it is number [0-9a-f]{8}\.")

    def test_used_and_cancelled_ones_are_listed_when_asked_for(self):
        s = self.station("s05", VILLAGE_A)
        self.assertEqual(self.listed(), {})
        used, = self.listed("--all").values()
        self.assertEqual((used["state"], used["name"], used["origin"]), ("used", "s05", s.call("status")["origin"]))
        answer = self.hub.cli("token", "cancel", used["id"])
        self.assertEqual(answer.code, REFUSED, answer)
        self.assertIn("revoke", answer.err)

    def test_a_cancelled_one_admits_nobody(self):
        made = self.hub.call("token", division=VILLAGE_A, role="village")
        self.assertEqual(self.hub.cli("token", "cancel", made["id"]).code, DONE)
        s = self.rig.node("s").start()
        for lang, word in (("zh", "取消"), ("en", "cancelled")):
            answer = s.cli("enrol", made["token"], lang=lang)
            self.assertEqual(answer.code, REFUSED, answer)
            self.assertIn(word, answer.err)
        self.assertEqual(self.listed("--all")[made["id"]]["state"], "cancelled")
        self.assertEqual(self.acts()[-2:], [("token_made", ME), ("token_cancelled", ME)])

    def test_by_place_when_one_is_meant(self):
        self.token(VILLAGE_A)
        self.assertEqual(self.hub.cli("token", "cancel", VILLAGE_A).code, DONE)
        ids = [self.hub.call("token", division=VILLAGE_A, role="village")["id"] for _ in range(2)]
        answer = self.hub.cli("token", "cancel", VILLAGE_A)
        self.assertEqual(answer.code, REFUSED, answer)
        for i in ids:
            self.assertIn(i, answer.err)
        self.assertEqual(set(self.listed()), set(ids))
        self.assertEqual(self.hub.cli("token", "cancel", "齐奇岭").code, REFUSED)
        self.token(VILLAGE_B)
        self.assertEqual(self.hub.cli("token", "cancel", "齐奇岭").code, DONE)
        self.assertEqual(self.hub.cli("token", "cancel", "nowhere").code, REFUSED)
        self.assertEqual(self.hub.cli("token", "cancel", "1507221").code, REFUSED)
        self.assertEqual(self.hub.cli("token", "cancel", "00000000").code, REFUSED)

    def test_of_nine_that_are_meant_eight_are_named(self):
        for most in (8, 9):
            while len(self.listed()) < most:
                self.token()
            err = self.hub.cli("token", "cancel", VILLAGE_A).err
            self.assertEqual(sum(i in err for i in self.listed()), 8)

    def test_they_are_listed_by_place_and_time(self):
        for division in (VILLAGE_B, VILLAGE_A, VILLAGE_B, VILLAGE_A, VILLAGE_B):
            self.token(division)
        rows = self.hub.cli("token", "list", "--format", "json").json()
        keys = [(t["division"], t["made_ms"]) for t in rows]
        self.assertEqual(keys, sorted(keys))

    def test_more_than_a_page_of_them(self):
        with self.hub.rpc(120) as r:
            for _ in range(1001):
                r.send("token", {"division": VILLAGE_A, "role": "village"})
                r.take()
        self.assertEqual(len(self.listed()), 1001)
        acts = self.hub.cli("acts", "--format", "json").json()
        self.assertEqual([a["number"] for a in acts], list(range(len(acts), 0, -1)))
        self.assertEqual(len([a for a in acts if a["act"] == "token_made"]), 1001)
        self.assertEqual(len(self.hub.cli("acts", "--last", "1000", "--format", "csv").out.splitlines()), 1001)
        self.assertEqual(len(self.hub.cli("acts", "--last", "1001", "--format", "csv").out.splitlines()), 1002)
        self.assertEqual(len(self.hub.cli("acts", "--last", "3", "--format", "json").json()), 3)


class Revoking(Admin):
    def setUp(self):
        super().setUp()
        self.a = self.station("s14", VILLAGE_A)
        self.b = self.station("s15", VILLAGE_B)

    def state(self):
        return {name: state for name, (_, state) in self.named().items()}

    def test_by_name_place_and_the_beginning_of_its_number(self):
        self.assertEqual(self.hub.cli("revoke", "s14").code, DONE)
        self.assertEqual(self.state(), {"s14": "revoked", "s15": "active"})
        answer = self.hub.cli("revoke", "齐奇岭", lang="zh")
        self.assertEqual(answer.code, DONE, answer)
        self.assertIn("s15", answer.out)
        self.assertEqual(self.state(), {"s14": "revoked", "s15": "revoked"})
        c = self.station("s16", VILLAGE_A)
        self.assertEqual(self.hub.cli("revoke", c.call("status")["origin"][:6]).code, DONE)
        self.assertEqual(self.state()["s16"], "revoked")
        self.assertEqual([x for x in self.acts() if x[0] == "revoked"], [("revoked", ME)] * 3)
        self.assertIsNotNone(self.a.call("sync", wait=True)["error"])

    def test_when_several_are_meant_they_are_listed_and_none_is_revoked(self):
        self.station("s14-2", VILLAGE_A)
        for lang in ("zh", "en"):
            answer = self.hub.cli("revoke", VILLAGE_A, lang=lang)
            self.assertEqual(answer.code, FAILED, answer)
            for word in (self.named()["s14"][0], self.named()["s14-2"][0], "宝山村委会", "呼伦贝尔市"):
                self.assertIn(word, answer.out)
        self.assertEqual(set(self.state().values()), {"active"})
        self.assertEqual(self.hub.call("stations", text=VILLAGE_A)["count"], 2)
        self.assertEqual(self.hub.call("stations", text="呼伦贝尔市")["count"], 3)

    def test_of_places_of_one_name_the_one_with_a_station_is_meant(self):
        self.assertGreater(rig.DIVISIONS.read_text().count(",宝山村委会,"), 1)
        self.assertEqual(self.hub.cli("revoke", "宝山村委会").code, DONE)
        self.assertEqual(self.state()["s14"], "revoked")

    def test_the_one_that_is_active_is_meant_before_one_that_was_revoked(self):
        self.hub.cli("revoke", "s14")
        new = self.station("s14", VILLAGE_A)
        self.assertEqual([r["origin"] for r in self.hub.call("stations", text="s14")["rows"]], [new.call("status")["origin"]])

    def test_of_twenty_one_that_are_meant_twenty_are_shown_and_all_are_counted(self):
        for count in range(3, 22):
            self.station(f"more{count}", VILLAGE_A).stop()
            said = self.hub.call("stations", text="呼伦贝尔市")
            self.assertEqual((said["count"], len(said["rows"])), (count, min(count, 20)))

    def test_nobody_is_meant(self):
        for word in ("s99", "150105101202", "0123"):
            answer = self.hub.cli("revoke", word)
            self.assertEqual(answer.code, REFUSED, answer)
        self.assertEqual(set(self.state().values()), {"active"})

    def test_a_person_is_shown_whom_it_concerns_and_asked(self):
        code, screen = self.at_terminal("revoke", "s14", typed=[("是/否", "否\n")])
        self.assertEqual(code, FAILED)
        for word in ("s14", "宝山村委会", "上次同步", "什么也没有做"):
            self.assertIn(word, screen)
        self.assertEqual(self.state()["s14"], "active")
        self.assertEqual(self.at_terminal("revoke", "s14", typed=[("是/否", "\x04")])[0], FAILED)
        self.assertEqual(self.at_terminal("revoke", "s14", typed=[("是/否", "是\n")])[0], DONE)
        self.assertEqual(self.state(), {"s14": "revoked", "s15": "active"})
        self.assertEqual(self.at_terminal("revoke", "s15", "--yes", lang="en")[0], DONE)
        self.assertEqual(self.state()["s15"], "revoked")


class FullDisk(SmallDisk):
    size = "32m"

    def test_a_stolen_laptop_is_shut_out_although_the_disk_is_full(self):
        hub = self.rig.hub("second", places=True, directory=self.mount, options=["--free-mib-min", "1", "--journal-mib", "1"])
        a, b = (self.rig.station(hub, name, VILLAGE_A) for name in ("a", "b"))
        self.assertEqual(hub.stop(), 0)
        (hub.dir / "reserve").unlink()  # as after a restore, which brings none
        hub.start()
        self.fill()
        self.assertEqual(hub.cli("token", "--division", VILLAGE_A).code, REFUSED)
        answer = hub.cli("revoke", "a")
        self.assertEqual(answer.code, DONE, answer)
        self.assertIsNotNone(a.call("sync", wait=True)["error"])
        self.assertEqual({n["name"]: n["state"] for n in hub.call("nodes")}, {"a": "revoked", "b": "active"})
        self.assertEqual(hub.call("acts", limit=1)[0]["act"], "revoked")
        space = os.statvfs(self.mount)
        (self.mount / "more").write_bytes(b"\0" * (space.f_bavail * space.f_frsize))
        spent = hub.cli("revoke", "b")  # once: then somebody must make room
        self.assertEqual(spent.code, REFUSED, spent)
        self.assertIn("disk", spent.err)
        (self.mount / "ballast").unlink()
        self.assertEqual(hub.cli("token", "--division", VILLAGE_A).code, DONE)
        self.fill()
        self.assertEqual(hub.cli("revoke", "b").code, DONE)
        self.assertIsNotNone(b.call("sync", wait=True)["error"])
        (self.mount / "ballast").unlink()
        self.assertEqual(hub.call("verify")["findings"], 0)
        hub.stop()
        self.assertEqual(hub.check().code, 0)


class Trace(Admin):
    def test_every_act_is_kept_and_logged_with_who_and_when(self):
        s = self.station("s05", VILLAGE_A)
        self.hub.call("revoke", origin=s.call("status")["origin"])
        self.hub.call("revoke", origin=s.call("status")["origin"])  # again: nothing was done
        self.assertEqual(self.hub.cli("backup", self.rig.dir / "copy").code, DONE)
        told = [("places", ME), ("token_made", ME), ("enrolled", ""), ("revoked", ME), ("backup", ME)]
        self.assertEqual(self.acts(), told)
        self.assertEqual([(a, who.strip('"')) for a, who in self.events()], told)
        self.hub.stop()
        self.hub.start()
        self.assertEqual(self.acts(), told)
        rows = self.hub.call("acts")
        self.assertEqual([r["number"] for r in rows], [5, 4, 3, 2, 1])
        self.assertTrue(all(abs(r["at_ms"] - rows[0]["at_ms"]) < 600000 for r in rows))
        self.assertEqual((rows[1]["name"], rows[1]["division"]), ("s05", VILLAGE_A))
        self.assertEqual(rows[2]["note"], rows[3]["note"])  # whose token it was
        self.assertEqual([(r["note"], r["count"]) for r in rows if r["act"] == "places"][0][0], "2023")

    def test_a_restore_and_its_opening_are_acts_and_the_backup_knows_of_itself(self):
        copy = self.rig.dir / "copy"
        self.hub.call("log", kind="fund", fields={**feed.fund(self.hub, 1), "from": "中央财政", "to": rig.PROVINCE})  # of an empty hub nothing need be declared
        self.assertEqual(self.hub.cli("backup", copy).code, DONE)
        self.hub.stop()
        self.assertEqual(self.hub.cli("restore", copy, "--to", self.hub.dir, "--move-old").code, DONE)
        self.hub.start()
        self.assertEqual(self.hub.cli("restore", "--open").code, DONE)
        self.assertEqual(self.acts(), [("places", ME), ("backup", ME), ("restored", ""), ("opened", ME)])

    def test_at_eighty_columns_in_both_languages(self):
        self.station("s05", VILLAGE_A)
        self.token(TEAM, "team")
        for lang, words in (("zh", ("发登记码", "登记", "导入区划表")), ("en", ("made a token", "enrolled"))):
            for verb in (("acts",), ("token", "list"), ("token", "list", "--all")):
                code, screen = self.at_terminal(*verb, lang=lang)
                self.assertEqual(code, DONE)
                self.assertEqual([line for line in screen.splitlines() if terminal.width(line) > 80], [])
            for word in words:
                self.assertIn(word, self.at_terminal("acts", lang=lang)[1])


if __name__ == "__main__":
    main()
