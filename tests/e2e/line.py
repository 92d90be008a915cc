#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""line.py -- the line between station and hub: cut anywhere, silent, listened to; and clocks that are wrong."""
import datetime
import random
import os
import sys
import time

from base import TEAM, VILLAGE_A, VILLAGE_B, Case, main, rig, wrong_clock
import feed

SEED = int(os.environ.get("BF_SEED", str(random.SystemRandom().randrange(1 << 32))))
CUTS = int(os.environ.get("BF_LINE_CUTS", "40"))


class Cuts(Case):
    def setUp(self):
        super().setUp()
        port = rig.free_port()
        self.line = self.rig.proxy(port)
        self.hub = self.rig.hub(port=port, advertise=self.line.port)

    def test_a_line_cut_after_any_byte_delays_and_loses_nothing(self):
        chance = random.Random(SEED)
        print(f"line.py: seed {SEED}", file=sys.stderr)
        station = self.rig.station(self.hub, "station", VILLAGE_A)
        fed, sent_twice = [], 0
        for n in range(CUTS):
            count = chance.choice([1, 3, 12, 200])
            fed += feed.log_many(station, "fund", [feed.fund(station, len(fed) + i) for i in range(count)])
            self.line.cut_after = chance.choice([chance.randint(1, 900), chance.randint(900, 4000), chance.randint(4000, 12000)])
            result = station.call("sync", wait=True)
            held = station.call("status")["held"]
            if result["error"] is None:
                self.assertEqual(held, station.call("status")["saved"], f"seed {SEED} cut {n}")
        self.line.cut_after = None
        self.assertIsNone(station.call("sync", wait=True)["error"])
        state = station.call("status")
        self.assertEqual(state["held"], state["saved"])
        total = self.hub.call("total", kind="fund", division=VILLAGE_A)
        self.assertEqual((total["count"], total["sum"]), (len(fed), sum(feed.fen(f["amount"]) for f in fed)), f"seed {SEED}")
        self.assertEqual(self.hub.call("verify")["findings"], 0)
        self.assertGreater(self.line.cuts, CUTS // 3)
        self.assertEqual(station.call("sync", wait=True)["entries"], 0)

    def test_a_normal_night_fits_its_budget_of_bytes_and_round_trips(self):
        station = self.rig.station(self.hub, "station", VILLAGE_A)
        feed.house(station)
        self.assertIsNone(station.call("sync", wait=True)["error"])
        feed.log_many(station, "visit", [feed.visit(station, n) for n in range(12)])
        before = self.line.connections, len(self.line.captured)
        done = station.call("sync", wait=True)
        self.assertEqual(done["entries"], 12)
        self.assertEqual(self.line.connections - before[0], 1)
        self.assertLessEqual(done["round_trips"], 3)
        self.assertLessEqual(len(self.line.captured) - before[1], 8192)
        # The goodbye of TLS may follow after the session was summed up: one alert each way.
        self.assertIn(len(self.line.captured) - before[1] - done["bytes_in"] - done["bytes_out"], (0, 24, 48))

    def test_nothing_personal_crosses_the_line_in_clear_or_reaches_a_log(self):
        import generate
        people = generate.people(VILLAGE_A, 20, "canary", rig.DIVISIONS)
        station = self.rig.station(self.hub, "station", VILLAGE_A)
        done = station.call("import", rows=people)
        self.assertEqual(done["failed"], [])
        station.call("log", kind="visit", fields=feed.visit(station, 1, households=people[0]["户编号"]))
        bad = dict(people[0], 证件号码=people[0]["证件号码"][:17] + ("1" if people[0]["证件号码"][17] != "1" else "2"))
        refused = station.call("import", rows=[bad])
        self.assertEqual(len(refused["failed"]), 1)
        self.assertIsNone(station.call("sync", wait=True)["error"])
        station.cli("sync")
        station.stop()
        self.hub.stop()
        words = set()
        for p in people:
            words |= {p["姓名"], p["证件号码"][:18], p["户联系电话"], p["成员联系电话"], p["户主姓名"]}
        words.discard("")
        self.assertGreater(len(words), 60)
        wire = bytes(self.line.captured)
        self.assertGreater(len(wire), 3000)
        for word in sorted(words):
            for name, text in (("line", wire), ("hub's log", self.hub.log().encode()), ("station's log", station.log().encode())):
                self.assertNotIn(word.encode(), text, f"{name} holds something personal")
            fault = refused["failed"][0]["fault"]
            self.assertNotIn(word, fault["zh"] + fault["en"], "a fault holds something personal")
        # The canary can sing: the same words are in the station's own journal or store.
        kept = b"".join(p.read_bytes() for p in station.dir.rglob("*") if p.is_file() and p.name != "lock.mdb")
        self.assertIn(people[0]["户编号"].encode(), kept)


class Unreachable(Case):
    def test_a_hub_that_is_away_is_said_and_tried_again_later_and_saving_goes_on(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        hub.stop()
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(5)])
        gaps = []
        for lang, word in (("zh", "连不上"), ("en", "hub")):
            answer = station.cli("sync", lang=lang)
            self.assertEqual(answer.code, 1, answer)
            self.assertIn(word, answer.err)
            state = station.call("status")
            self.assertIsNotNone(state["last_error"])
            self.assertGreater(state["next_try_ms"], state["now_ms"])
            gaps.append(state["next_try_ms"] - state["now_ms"])
            self.assertEqual(station.cli("status", lang=lang).code, 0)
        self.assertGreater(gaps[1], 2000)
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(5, 10)])
        hub.start()
        # Without being asked: the back-off is short at first.
        rig.until(lambda: station.call("status")["held"] == station.call("status")["saved"], seconds=40, what="the station's own retry")
        self.assertEqual(hub.call("total", kind="fund", division=VILLAGE_A)["count"], 10)

    def test_a_hub_that_says_nothing_does_not_hang_a_station(self):
        port = rig.free_port()
        line = self.rig.proxy(port)
        hub = self.rig.hub(port=port, advertise=line.port)
        station = self.rig.station(hub, "station", VILLAGE_A)
        station.call("sync", wait=True)  # the session that follows enrolment is over before the line turns bad
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(3)])
        line.cut_after = 1  # the first byte of the greeting passes; then the line is reset
        began = time.monotonic()
        self.assertIsNotNone(station.call("sync", wait=True)["error"])
        self.assertLess(time.monotonic() - began, 15 * rig.SLOW)


class Clocks(Case):
    def test_a_wrong_clock_syncs_and_is_shown(self):
        hub = self.rig.hub()
        for name, place, role, shift in (("slow", VILLAGE_A, "village", -400 * 86400), ("fast", VILLAGE_B, "village", 3 * 86400),
                                         ("team", TEAM, "team", 0)):
            station = self.rig.station(hub, name, place, role, env=wrong_clock(shift) if shift else {})
            fed = feed.log_many(station, "fund", [feed.fund(station, n) for n in range(4)])
            self.assertEqual({row["day"] for row in feed.list_all(station, kind="fund")}, {feed.day_of_node(hub)})
            self.assertIsNone(station.call("sync", wait=True)["error"])
            state = station.call("status")
            self.assertEqual(state["held"], len(fed))
            self.assertAlmostEqual(state["clock_ms"] / 1000, -shift, delta=60)
            warned = " ".join(w["name"] for w in state["warnings"])
            self.assertEqual("clock" in warned, shift != 0, state["warnings"])
            told = " ".join(w["zh"] for w in state["warnings"])
            self.assertIn({-400 * 86400: "慢 400 天", 3 * 86400: "快 3 天", 0: ""}[shift], told)
            self.assertNotIn("4320", told)
            self.assertEqual(station.cli("status").code, 0)
        def row():
            return next(n for n in hub.call("nodes") if n["name"] == "slow")
        rig.until(lambda: row()["clock_ms"], what="the roster's next writing")
        self.assertAlmostEqual(row()["clock_ms"] / 1000, -400 * 86400, delta=60)
        def off():
            return [w for w in hub.call("status")["warnings"] if w["name"] == "warn_nodes_clock"]
        rig.until(lambda: off() and "2 个工作站" in off()[0]["zh"], what="the hub to say whose clocks are off")
        rig.until(lambda: hub.call("status")["nodes"]["active"] == 3, what="the visit of the third to be written")
        self.assertEqual(hub.call("status")["nodes"], {"active": 3, "revoked": 0, "silent": 0, "never": 0, "clock": 0, "forked": 0})  # when, it knows
        self.assertEqual(hub.call("verify")["findings"], 0)
        self.assertEqual(hub.call("total", kind="fund", division=rig.PROVINCE)["count"], 12)

    def test_a_node_seen_in_the_hubs_future_is_not_called_fresh(self):
        hub = self.rig.hub(env=wrong_clock(7 * 86400))
        station = self.rig.station(hub, "station", VILLAGE_A)
        self.assertIsNone(station.call("sync", wait=True)["error"])
        rig.until(lambda: hub.call("total", kind="visit", division="15")["fresh"]["nodes_day"] == 1, what="the roster's next writing")
        self.assertIn("of 1 node 1 synced within a day", hub.cli("total", "15", "--kind", "visit").out)
        hub.stop()
        hub.env = {}
        hub.start()
        fresh = hub.call("total", kind="visit", division="15")["fresh"]
        self.assertEqual((fresh["nodes"], fresh["nodes_day"], fresh["nodes_clock"]), (1, 0, 1))
        self.assertEqual(hub.call("status")["nodes"], {"active": 0, "revoked": 0, "silent": 0, "never": 0, "clock": 1, "forked": 0})
        self.assertIn("另有 1 个不能判断", hub.cli("status", lang="zh").out)
        self.assertIn("Of 1 more it is unknown", hub.cli("status").out)
        self.assertIn("of 1 node 0 synced within a day, of 1 it is unknown", hub.cli("total", "15", "--kind", "visit").out)
        self.assertIn("1 个不能判断", hub.cli("total", "15", "--kind", "visit", lang="zh").out)
        self.assertIsNone(station.call("sync", wait=True)["error"])
        rig.until(lambda: hub.call("total", kind="visit", division="15")["fresh"]["nodes_day"] == 1, what="a visit of today")

    def test_today_is_the_best_that_is_known_and_no_day_lies_after_it(self):
        hub = self.rig.hub()
        today = feed.day_of_node(hub)
        tomorrow = (datetime.date.fromisoformat(today) + datetime.timedelta(days=1)).isoformat()
        year = 365 * 86400
        # The clock of each life; the hub is heard when it is enrolled and in the first life.
        for name, place, clocks in (("ahead", VILLAGE_A, (3 * 86400, 3 * 86400)), ("set right", VILLAGE_B, (5 * 86400, 0)),
                                    ("dead", VILLAGE_A, (-26 * year, -26 * year, -56 * year)), ("alive again", VILLAGE_B, (-26 * year, 0))):
            station = self.rig.station(hub, name, place, env=wrong_clock(clocks[0]))
            for life, shift in enumerate(clocks):
                station.env = wrong_clock(shift)
                if life > 0:
                    station.stop()
                    station.start()
                saved = station.call("log", kind="fund", fields=feed.fund(station, life))
                self.assertEqual(saved["fields"]["day"], today, (name, life))
                for lang in ("zh", "en"):
                    answer = station.cli("fund", *feed.as_options(feed.fund(station, 9, day=tomorrow)), lang=lang)
                    self.refused(answer, today, 4)
                if life == 0:
                    self.assertIsNone(station.call("sync", wait=True)["error"])
            station.stop()

    def test_a_clock_that_jumps_back_between_entries_changes_no_order(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(3)])
        station.stop()
        station.env = wrong_clock(-30 * 86400)
        station.start()
        feed.log_many(station, "fund", [feed.fund(station, n, day=feed.day_of_node(station)) for n in range(3, 6)])
        self.assertIsNone(station.call("sync", wait=True)["error"])
        self.assertEqual(hub.call("total", kind="fund", division=VILLAGE_A)["count"], 6)
        self.assertEqual(hub.call("verify")["findings"], 0)


if __name__ == "__main__":
    main()
