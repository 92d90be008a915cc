#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""enrol.py -- a station's place at its hub over a lifetime: enrolled, stopped, sent away, let in again, moved."""
import socket
import time

from base import VILLAGE_A, VILLAGE_B, Case, main, rig
import feed
from doors import token_parts, token_text


class Waiting(Case):
    def test_a_sync_that_waits_behind_an_enrolment_is_answered_when_the_node_stops(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        rig.until(lambda: not station.call("status")["syncing"], what="the first sync")
        mute = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(mute.close)
        _, key, secret = token_parts(hub.call("token", division=VILLAGE_A, role="village")["token"])
        enrolling, waiting = station.rpc(), station.rpc()
        self.addCleanup(enrolling.close)
        self.addCleanup(waiting.close)
        enrolling.send("enrol", {"token": token_text(f"127.0.0.1:{mute.getsockname()[1]}", key, secret)})
        mute.settimeout(10 * rig.SLOW)
        line, _ = mute.accept()  # the station speaks, and nobody answers
        self.addCleanup(line.close)
        waiting.send("sync", {"wait": True})
        time.sleep(0.3)
        station.process.terminate()
        _, error, result = waiting.take()
        self.assertEqual((error or result["error"])["name"], "stopping")
        # A leak would say 1 here. Not a second SIGTERM: one that comes when the stop is all but done ends the process at once.
        self.assertEqual(station.process.wait(20 * rig.SLOW), 0, station.log()[-3000:])


class Revoked(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.node("station").start()
        self.first = self.token(VILLAGE_A)
        self.station.call("enrol", token=self.first)
        self.station.call("log", kind="fund", fields=feed.fund(self.station, 1))
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        self.origin = self.station.call("status")["origin"]
        self.hub.call("revoke", origin=self.origin)
        self.station.call("log", kind="fund", fields=feed.fund(self.station, 2))
        self.assertEqual(self.station.call("sync", wait=True)["error"]["name"], "node_refused")

    def token(self, division):
        return self.hub.call("token", division=division, role="village")["token"]

    def test_its_old_token_does_not_let_it_in_again(self):
        for lang, word in (("zh", "已被停用"), ("en", "was revoked")):
            answer = self.station.cli("enrol", self.first, lang=lang)
            self.assertEqual(answer.code, 4, answer)
            self.assertIn(word, answer.err)
        self.assertEqual([n["state"] for n in self.hub.call("nodes")], ["revoked"])
        self.assertEqual(self.station.call("sync", wait=True)["error"]["name"], "node_refused")

    def test_a_new_token_lets_it_in_and_the_same_log_goes_on(self):
        told = self.station.cli("sync")
        self.assertIn("new token", told.err)  # what the sentence asks for is what works
        answer = self.station.cli("enrol", self.token(VILLAGE_A))
        self.assertEqual(answer.code, 0, answer)
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        node, = self.hub.call("nodes")
        self.assertEqual((node["origin"], node["state"], node["seq"]), (self.origin, "active", 2))
        self.assertEqual(self.hub.call("total", kind="fund")["count"], 2)


class Moving(Case):
    def setUp(self):
        super().setUp()
        self.hub, self.second = self.rig.hub(), self.rig.hub("second")
        self.station = self.rig.station(self.hub, "station", VILLAGE_A)
        self.station.call("log", kind="fund", fields=feed.fund(self.station, 1))
        self.assertIsNone(self.station.call("sync", wait=True)["error"])

    def stays(self):
        now = self.station.call("status")
        self.assertEqual((now["hub"]["port"], now["division"]), (self.hub.port, VILLAGE_A))
        self.assertIsNone(self.station.call("sync", wait=True)["error"])

    def test_another_hub_gets_nothing_unless_the_move_is_meant(self):
        token = self.second.call("token", division=VILLAGE_B, role="village")["token"]
        for lang, words in (("zh", ("省平台", "--move", "个人信息")), ("en", ("hub", "--move", "personal data"))):
            answer = self.station.cli("enrol", token, lang=lang)
            self.assertEqual(answer.code, 4, answer)
            for word in (*words, str(self.hub.port), str(self.second.port)):
                self.assertIn(word, answer.err)
        self.stays()
        self.assertEqual(self.second.call("nodes"), [])
        answer = self.station.cli("enrol", token, "--move")
        self.assertEqual(answer.code, 0, answer)
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        self.assertEqual(self.second.call("nodes")[0]["seq"], 1)
        now = self.station.call("status")
        self.assertEqual((now["hub"]["port"], now["division"]), (self.second.port, VILLAGE_B))
        moved, = [line for line in self.station.log().splitlines() if "event=enrol_moved" in line]
        for word in (f"from_port={self.hub.port}", f"to_port={self.second.port}", f"from_division={VILLAGE_A}", f"to_division={VILLAGE_B}"):
            self.assertIn(word, moved)

    def test_another_place_is_taken_only_when_the_move_is_meant(self):
        self.hub.call("revoke", origin=self.station.call("status")["origin"])
        token = self.hub.call("token", division=VILLAGE_B, role="village")["token"]
        for lang in ("zh", "en"):
            answer = self.station.cli("enrol", token, lang=lang)
            self.assertEqual(answer.code, 4, answer)
            for word in (VILLAGE_A, "宝山村委会", VILLAGE_B, "齐奇岭村委会", "--move"):
                self.assertIn(word, answer.err)
        self.stays()
        answer = self.station.cli("enrol", token, "--move")
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(self.station.call("status")["division"], VILLAGE_B)
        self.assertIn("event=enrol_moved", self.station.log())

    def test_the_same_hub_and_place_need_no_word(self):
        self.hub.call("revoke", origin=self.station.call("status")["origin"])
        token = self.hub.call("token", division=VILLAGE_A, role="village")["token"]
        line = self.rig.proxy(self.hub.port)  # the same key at another address
        host_port, key, secret = token_parts(token)
        self.assertNotEqual(host_port, f"127.0.0.1:{line.port}")
        answer = self.station.cli("enrol", token_text(f"127.0.0.1:{line.port}", key, secret))
        self.assertEqual(answer.code, 0, answer)
        self.assertNotIn("event=enrol_moved", self.station.log())
        self.assertIsNone(self.station.call("sync", wait=True)["error"])


class Roles(Case):
    """A directory stays what it was, whatever option was forgotten."""

    def refused(self, node, options, words):
        node.stop()
        kept = node.options
        node.options = options
        node.spawn()
        self.assertNotEqual(node.process.wait(20 * rig.SLOW), 0)
        self.assertIn(words, node.log()[-1000:])
        node.options = kept
        node.start()

    def test_a_hub_is_no_station_and_a_station_no_hub(self):
        hub = self.rig.hub()
        self.refused(hub, [], "is a hub's directory")  # the table of divisions alone tells it
        station = self.rig.station(hub, "station", VILLAGE_A)
        elsewhere = ["--role", "hub", "--division", "140000000000", "--listen-host", "127.0.0.1", "--listen-port", hub.port]
        self.refused(hub, [], "is a hub's directory")
        self.refused(hub, elsewhere, "which does not lie in 140000000000")
        self.refused(station, elsewhere, "of an enrolled station")
        self.assertIsNone(station.call("sync", wait=True)["error"])


if __name__ == "__main__":
    main()
