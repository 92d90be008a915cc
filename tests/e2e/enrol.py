#!/usr/bin/python3
"""enrol.py -- a station's place at its hub over a lifetime: enrolled, stopped, sent away, let in again, moved."""
import socket
import time

from base import VILLAGE_A, Case, main, rig
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
        self.assertEqual(station.stop(), 0, station.log()[-3000:])  # a leak would say 1 here


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


if __name__ == "__main__":
    main()
