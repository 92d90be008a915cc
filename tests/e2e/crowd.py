#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crowd.py -- who may hold on to the hub: strangers by the hundred, one key many times, and stations that come in all the same."""
import struct
import time

from base import VILLAGE_A, VILLAGE_B, Case, main, rig
from strangers import ENROL, SYNC, Stranger, close_all, closed, partial_frame, rest_of, silent

FRAME_MAX, ENROL_S, ENROL_MAX, KEY_MAX = 1024, 10, 16, 2
USUAL_S = 2.0  # for a sync of nothing; alone it takes some milliseconds


class Crowd(Case):
    OPTIONS = ["--sessions-max", "50"]
    FILES = 0

    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub(options=self.OPTIONS, files=self.FILES)
        self.station = self.rig.station(self.hub, "station", VILLAGE_A)
        self.syncs()
        self.stranger = Stranger(self.rig.dir)
        self.dialled = []
        self.addCleanup(lambda: close_all(self.dialled))

    def syncs(self, station=None):
        began = time.monotonic()
        error = (station or self.station).call("sync", wait=True)["error"]
        self.assertIsNone(error, error and error["en"])
        self.assertLess(time.monotonic() - began, USUAL_S * rig.SLOW)

    def dial(self, who=None, alpn=ENROL, say=b""):
        s = (who or self.stranger).dial(self.hub.port, alpn)
        self.dialled.append(s)
        if say:
            s.sendall(say)
        return s

    def crowd(self, count, say=b""):
        """Strangers that come to enrol; those that the hub closes while they speak are no matter."""
        for _ in range(count):
            try:
                self.dial(say=say)
            except OSError:
                pass

    def own(self, station):
        """The station's key in other hands."""
        return Stranger(self.rig.dir, station.name, (station.dir / "node.key").read_bytes())

    def open_sessions(self):
        return self.hub.call("counters")["sessions_open"]


class Strangers(Crowd):
    def test_silent_enrolments_take_no_session_from_a_station(self):
        self.crowd(120)
        self.assertEqual(self.open_sessions(), 0)
        for _ in range(3):
            self.syncs()
        self.assertLessEqual(sum(not closed(s) for s in self.dialled), ENROL_MAX)

    def test_connections_that_never_begin_tls_keep_nobody_out(self):
        self.dialled = silent(self.hub.port, 400)
        for _ in range(3):
            self.syncs()

    def test_a_new_station_enrols_while_strangers_hold_all_enrolments(self):
        self.crowd(60)
        new = self.rig.station(self.hub, "new", VILLAGE_B)
        self.syncs(new)

    def test_strangers_that_begin_large_frames_cost_little_memory(self):
        before = self.hub.call("counters")["rss_anon_kb"]
        self.crowd(300, partial_frame(256 * 1024))
        after = self.hub.call("counters")["rss_anon_kb"]
        if rig.SLOW == 1:  # a sanitizer keeps what is freed
            self.assertLess(after - before, 8 * 1024)
        self.syncs()

    def test_an_enrolment_is_one_small_frame_within_its_time(self):
        at_bound = self.dial(say=struct.pack(">I", FRAME_MAX) + b"\x91" * FRAME_MAX)
        said, _ = rest_of(at_bound, 5 * rig.SLOW)
        self.assertIn(b"bad_message", said)  # it was read
        beyond = self.dial(say=struct.pack(">I", FRAME_MAX + 1))
        self.assertEqual(rest_of(beyond, 5 * rig.SLOW)[0], b"")  # closed by its head alone
        began = time.monotonic()
        for s in (self.dial(), self.dial(say=partial_frame(FRAME_MAX)[:40])):
            self.assertEqual(rest_of(s, (ENROL_S + 5) * rig.SLOW)[0], b"")
        self.assertGreater(time.monotonic() - began, ENROL_S - 1)

    def test_a_flood_is_one_line_of_the_log_a_second(self):
        self.crowd(120)
        rig.until(lambda: "event=crowded" in self.hub.log(), what="the line")
        self.assertLess(self.hub.log().count("\n"), 30)


class Keys(Crowd):
    OPTIONS = ["--sessions-max", "3"]

    def test_a_third_session_of_a_key_ends_its_oldest(self):
        own = self.own(self.station)
        first, second = self.dial(own, SYNC), self.dial(own, SYNC)
        rig.until(lambda: self.open_sessions() == KEY_MAX, what="two sessions")
        self.syncs()
        said, _ = rest_of(first, 5 * rig.SLOW)
        self.assertIn(b"session_replaced", said)
        self.assertFalse(closed(second))
        for _ in range(20):
            self.dial(own, SYNC)
        rig.until(lambda: self.open_sessions() == KEY_MAX, what="two sessions")
        other = self.rig.station(self.hub, "other", VILLAGE_B)
        self.syncs(other)  # one key alone never fills the hub

    def test_a_full_hub_says_busy_and_lets_a_station_replace_its_own_session(self):
        other = self.rig.station(self.hub, "other", VILLAGE_B)
        self.syncs(other)
        for who in (self.own(self.station), self.own(self.station), self.own(other)):
            self.dial(who, SYNC)
        rig.until(lambda: self.open_sessions() == 3, what="a full hub")
        third = self.rig.station(self.hub, "third", VILLAGE_B)
        rig.until(lambda: not third.call("status")["syncing"], what="its first sync")
        self.assertEqual(third.call("sync", wait=True)["error"]["name"], "hub_busy")
        self.syncs(other)  # its half-open session gives way
        self.syncs()

    def test_a_revoked_key_loses_its_sessions_at_once(self):
        held = self.dial(self.own(self.station), SYNC)
        rig.until(lambda: self.open_sessions() == 1, what="a session")
        self.hub.call("revoke", origin=self.station.call("status")["origin"])
        self.assertIsNotNone(rest_of(held, 5 * rig.SLOW)[0])
        self.assertEqual(self.open_sessions(), 0)


class Descriptors(Crowd):
    FILES = 200

    def test_the_door_shuts_before_the_descriptors_run_out(self):
        self.assertIn("event=sessions_limited", self.hub.log())
        self.dialled = silent(self.hub.port, 400)
        self.crowd(100)
        open_files = len(list((self.hub_proc() / "fd").iterdir()))
        self.assertLess(open_files, self.FILES - 60)  # what is kept for the local socket and the store
        self.assertEqual(self.hub.cli("status").code, 0)
        self.syncs()
        self.assertNotIn("accept_failed", self.hub.log())

    def hub_proc(self):
        return type(self.hub.dir)(f"/proc/{self.hub.process.pid}")


if __name__ == "__main__":
    main()
