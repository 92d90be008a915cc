#!/usr/bin/python3
"""enrol.py -- a station's place at its hub over a lifetime: enrolled, stopped, sent away, let in again, moved."""
import socket
import time

from base import VILLAGE_A, Case, main, rig
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


if __name__ == "__main__":
    main()
