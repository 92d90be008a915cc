#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""methods_hub_test.py -- what the operator of a hub asks: tokens, nodes, places, verify.

The world is methods_world.py's.
"""
import re
import time

from methods_world import BANNER, Case, OTHER, TEAM, VILLAGE, WORLD, fund, quietly, run, setUpModule, tearDownModule  # noqa: F401
import msgpack
import rig
import generate


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
                                        "clock_ms", "sessions", "seq", "malformed"})

        def in_pages():
            paged, after = [], {}
            while page := self.hub.call("nodes", limit=1, **after):
                self.assertEqual(len(page), 1)
                paged += page
                after = {"after": page[-1]["origin"]}
            return paged
        self.assertEqual(*quietly(lambda: self.hub.call("nodes"), in_pages))
        self.refused("limit", "nodes", limit=2001, node=self.hub)

    def test_stations_are_watched_in_pages_and_each_once(self):
        watch = self.hub.call("watch")
        self.assertEqual(set(watch), {"now_ms", "nodes", "count", "after", "rows"})
        self.assertEqual((watch["nodes"], watch["count"], watch["after"]), (len(watch["rows"]), len(watch["rows"]), None))
        self.assertEqual(set(watch["rows"][0]), {"origin", "name", "role", "state", "division", "division_name", "path", "trouble", "enrolled_ms", "last_ms",
                                                 "tried_ms", "fault", "split_ms", "splits", "clock_ms", "sessions", "seq", "head", "unsent", "malformed",
                                                 "first_malformed", "program"})

        def in_pages():
            paged, after = [], {}
            while after is not None:
                page = self.hub.call("watch", limit=1, **after)
                self.assertEqual((len(page["rows"]), page["count"]), (1, watch["count"]))
                paged += page["rows"]
                after = {"after": page["after"]} if page["after"] else None
            return paged
        self.assertEqual(*quietly(lambda: self.hub.call("watch")["rows"], in_pages))
        self.refused("limit", "watch", limit=1001, node=self.hub)
        self.refused("node_unknown", "clear", origin="0" * 15 + "7", node=self.hub)
        self.refused("division_name", "watch", division="水星", node=self.hub)

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
        self.assertEqual(WORLD.places["rows"], len(generate.divisions(rig.DIVISIONS)))
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

    def test_who_is_still_typing_is_told_what_begins_so(self):
        told = self.station.call("place", text="宝山", begins=True)
        self.assertEqual(([p["name"] for p in told["places"]], told["more"]), (["宝山镇", "宝山村委会"], False))
        self.assertEqual([p["name"] for p in self.station.call("place", text="bsz", begins=True)["places"]], ["宝山镇"])
        self.assertEqual(self.station.call("place", text=VILLAGE, begins=True)["places"][0]["code"], VILLAGE)
        self.assertEqual(self.station.call("place", text="", begins=True)["places"], [])
        told = self.hub.call("place", text="建设村", begins=True)
        self.assertGreater(len(told["places"]), 1)
        for p in told["places"]:  # each is written so that it alone is meant
            self.assertEqual(self.hub.call("place", text=p["written"])["code"], p["code"], p)
        told = self.hub.call("place", text="1", begins=True)
        self.assertEqual((len(told["places"]), told["more"]), (20, True))

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
        hub.call("places", edition="1", rows=["150000000000", "内蒙古自治区"], force=True)
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


if __name__ == "__main__":
    run()
