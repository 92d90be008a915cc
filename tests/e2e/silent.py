#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""silent.py -- who has not been heard of for days is said to be silent, and no total passes for fresher than it is.

Days pass by a shifted wall clock (clock_shift.c) at a restart of the one whose clock it is.
"""
from base import VILLAGE_A, VILLAGE_B, VILLAGE_C, Case, main, rig, wrong_clock
import feed

HOUR, DAY = 3600, 86400


class EnrolOnly(rig.Proxy):
    """Lets the first visit through, which enrols, and none after it."""

    @property
    def cut_after(self):
        return None if self.connections <= 1 else 1

    @cut_after.setter
    def cut_after(self, _):
        pass


def warned(node, name):
    """The sentence of this warning, or None."""
    return next((w for w in node.call("status")["warnings"] if w["name"] == name), None)


def later(node, seconds):
    """Restart it with a clock that much ahead of ours."""
    node.stop()
    node.env = wrong_clock(seconds)
    node.start()


class Hub(Case):
    def setUp(self):
        super().setUp()
        port = rig.free_port()
        self.line = EnrolOnly(port)
        self.rig.proxies.append(self.line)
        self.hub = self.rig.hub(port=port)
        self.old = self.rig.station(self.hub, "old", VILLAGE_A)
        self.new = self.rig.station(self.hub, "new", VILLAGE_B)
        for s in (self.old, self.new):
            feed.log_many(s, "fund", [feed.fund(s, 1)])
            self.assertIsNone(s.call("sync", wait=True)["error"])
        never = self.rig.node("never").start()
        token = self.hub.call("token", division=VILLAGE_C, role="village")["token"]
        never.call("enrol", token=self.through(token), name="never")
        rig.until(lambda: never.call("status")["last_error"], what="its first sync to be cut")
        never.stop()
        self.old.stop()
        rig.until(lambda: self.fresh()[:2] == (3, 2), what="the roster's memory of both visits")

    def through(self, token):
        """The same token, over our line. Its check covers the address, so it is made anew."""
        import doors
        _, key, secret = doors.token_parts(token)
        return doors.token_text(f"127.0.0.1:{self.line.port}", key, secret)

    def fresh(self):
        f = self.hub.call("total", kind="fund", division=rig.PROVINCE)["fresh"]
        return f["nodes"], f["nodes_day"], f["as_of_ms"]

    def line_of(self, lang):
        return self.hub.cli("total", rig.PROVINCE, "--kind", "fund", lang=lang).out

    def counted(self):
        n = self.hub.call("status")["nodes"]
        return n["active"], n["silent"], n["never"], n["revoked"]

    def test_a_node_is_silent_after_two_days_and_not_before(self):
        self.assertEqual(self.counted(), (2, 0, 1, 0))
        self.assertIsNone(warned(self.hub, "warn_nodes_silent"))
        later(self.hub, 2 * DAY - HOUR)
        self.assertEqual(self.counted(), (2, 0, 1, 0))
        self.assertIsNone(warned(self.hub, "warn_nodes_silent"))
        later(self.hub, 2 * DAY + HOUR)
        self.assertEqual(self.counted(), (0, 2, 1, 0))
        self.assertIsNone(self.new.call("sync", wait=True)["error"])
        rig.until(lambda: self.counted() == (1, 1, 1, 0), what="the visit of one to be remembered")
        w = warned(self.hub, "warn_nodes_silent")
        self.assertTrue(w["zh"].startswith("1 个工作站超过 2 天没有同步，1 个登记后从未同步"), w)
        self.assertTrue(w["en"].startswith("1 stations have not synced for over 2 days, 1 never"), w)
        self.assertIn(w["zh"], self.hub.cli("status", lang="zh").out)
        origin = next(n["origin"] for n in self.hub.call("nodes") if n["name"] == "old")
        self.hub.call("revoke", origin=origin)  # who was sent away is not missed
        self.assertEqual(self.counted(), (1, 0, 1, 1))
        self.assertIsNone(warned(self.hub, "warn_nodes_silent"))

    def test_a_total_says_how_many_of_all_nodes_it_has_heard_within_a_day(self):
        self.assertIn("3 个工作站中有 2 个一天内同步过", self.line_of("zh"))
        self.assertIn("of 3 nodes 2 synced within a day", self.line_of("en"))
        later(self.hub, DAY - HOUR)
        self.assertEqual(self.fresh()[:2], (3, 2))
        later(self.hub, DAY + HOUR)
        nodes, day, as_of = self.fresh()
        self.assertEqual((nodes, day), (3, 0))
        self.assertAlmostEqual(as_of / 1000, self.hub.call("status")["now_ms"] / 1000, delta=60)
        self.assertIn("of 3 nodes 0 synced within a day", self.line_of("en"))
        self.assertIsNone(self.new.call("sync", wait=True)["error"])
        rig.until(lambda: self.fresh()[:2] == (3, 1), what="the visit of one to be remembered")
        self.assertIn("3 个工作站中有 1 个一天内同步过", self.line_of("zh"))
        self.assertIn("of 3 nodes 1 synced within a day", self.line_of("en"))


class Station(Case):
    def test_a_station_says_for_how_many_days_its_hub_is_silent_and_what_waits(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        feed.log_many(station, "fund", [feed.fund(station, 1)])
        self.assertIsNone(station.call("sync", wait=True)["error"])
        hub.stop()
        later(station, 2 * DAY - HOUR)
        feed.log_many(station, "fund", [feed.fund(station, n) for n in (2, 3)])
        self.assertIsNone(warned(station, "warn_hub_silent"))
        later(station, 5 * DAY + HOUR)
        w = warned(station, "warn_hub_silent")
        self.assertTrue(w["zh"].startswith("已有 5 天没有同步成功，2 条记录还只在本机"), w)
        self.assertTrue(w["en"].startswith("No sync has succeeded for 5 days; 2 entries"), w)
        self.assertIn(w["zh"], station.cli("status", lang="zh").out)
        self.assertIn(w["en"], station.cli("status", lang="en").out)
        hub.start()
        self.assertIsNone(station.call("sync", wait=True)["error"])
        self.assertIsNone(warned(station, "warn_hub_silent"))

    def test_a_station_counts_itself_as_synced_by_what_the_hub_signed(self):
        def fresh(node):
            f = node.call("total", kind="fund")["fresh"]
            return f["nodes"], f["nodes_day"]

        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        feed.log_many(station, "fund", [feed.fund(station, 1)])
        self.assertIsNone(station.call("sync", wait=True)["error"])
        hub.stop()
        for past, day in ((0, 1), (DAY - HOUR, 1), (DAY + HOUR, 0)):
            later(station, past)
            self.assertEqual(fresh(station), (1, day), past)
        self.assertIn("1 个工作站中有 0 个一天内同步过", station.cli("total", "--kind", "fund", lang="zh").out)
        hub.start()
        self.assertIsNone(station.call("sync", wait=True)["error"])
        self.assertEqual(fresh(station), (1, 1))


if __name__ == "__main__":
    main()
