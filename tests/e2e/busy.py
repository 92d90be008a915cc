#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""busy.py -- more stations than the hub serves at once, and stations that all lost their hub at the same moment."""
import statistics
import threading
import time

from base import TEAM, VILLAGE_A, VILLAGE_B, VILLAGE_C, Case, main, rig
import feed
from strangers import SYNC, Stranger, close_all

PLACES = [(VILLAGE_A, "village"), (VILLAGE_B, "village"), (VILLAGE_C, "village"), (TEAM, "team"), ("150722102201", "village"), ("150105101221", "village")]
BUSY_S = (5, 35 * 1.25 + 1)   # what a busy hub asks for, and the quarter a station draws on top
RETRY_MIN_S, RETRY_MAX_S = 5, 3600
CHINA_S, DAY_S = 8 * 3600, 86400


def places(count):
    """Divisions that are there; several nodes may share one."""
    return [PLACES[n % 4] for n in range(count)]


class Busy(Case):
    def enrolled(self, hub, count, prefix="s"):
        stations = []
        for n, (place, role) in enumerate(places(count)):
            s = self.rig.station(hub, f"{prefix}{n}", place, role)
            rig.until(lambda s=s: (st := s.call("status"))["last_try_ms"] and not st["syncing"], what="the sync after enrolment")
            self.assertIsNone(s.call("sync", wait=True)["error"])
            stations.append(s)
        return stations

    def sync_all(self, stations, seconds):
        """All at once; what each was answered. Nobody may hang."""
        answers = {}

        def one(s):
            answers[s.name] = s.call("sync", wait=True)
        threads = [threading.Thread(target=one, args=(s,), daemon=True) for s in stations]
        for t in threads:
            t.start()
        end = time.monotonic() + seconds * rig.SLOW
        for t in threads:
            t.join(max(0, end - time.monotonic()))
        self.assertEqual(sorted(answers), sorted(s.name for s in stations), "some hang")
        return answers

    def all_held(self, stations):
        return all((st := s.call("status"))["held"] == st["saved"] for s in stations)

    def test_who_comes_to_a_full_hub_is_told_when_to_come_again_and_gets_through(self):
        hub = self.rig.hub(options=["--sessions-max", "2"])
        hosts, stations = self.enrolled(hub, 2, "guest"), self.enrolled(hub, 5)
        for s in hosts:
            s.stop()
        rig.until(lambda: hub.call("counters")["sessions_open"] == 0, what="an empty hub")
        fed = sum((feed.log_many(s, "activity", [feed.activity(s, n) for n in range(3)]) for s in stations), [])
        self.assertEqual(hub.call("counters")["busy"], 0)
        guests = []
        self.addCleanup(lambda: close_all(guests))
        for s in hosts:  # their keys, in hands that say nothing; each is surely inside before the next comes
            guests.append(Stranger(self.rig.dir, s.name, (s.dir / "node.key").read_bytes()).dial(hub.port, SYNC))
            rig.until(lambda: hub.call("counters")["sessions_open"] == len(guests), what="a guest's session")
        answers = self.sync_all(stations, 15)
        waits = []
        for s in stations:
            self.assertEqual((answers[s.name]["error"] or {}).get("name"), "hub_busy", answers[s.name])
            st = s.call("status")
            self.assertEqual((st["last_error"]["name"], st["waiting"]), ("hub_busy", 3))
            waits.append((st["next_try_ms"] - st["last_try_ms"]) / 1000)
        self.assertEqual(hub.call("counters")["busy"], len(stations))
        self.assertGreaterEqual(min(waits), BUSY_S[0])
        self.assertLessEqual(max(waits), BUSY_S[1])
        self.assertGreater(len({round(w, 1) for w in waits}), 1, waits)  # they do not come again together
        close_all(guests)
        # The first comes back by itself; the others are not made to wait for their time.
        rig.until(lambda: any(self.all_held([s]) for s in stations), seconds=BUSY_S[1] + 5, what="a station's own second try")
        rig.until(lambda: self.sync_all(stations, 15) and self.all_held(stations), what="all to get through")
        self.assertEqual(hub.call("total", kind="activity", division=rig.PROVINCE)["count"], len(fed))

    def test_a_crowd_at_a_small_hub_gets_through_whatever_each_is_told(self):
        hub = self.rig.hub(options=["--sessions-max", "1"])
        stations = self.enrolled(hub, 6)
        fed = sum((feed.log_many(s, "activity", [feed.activity(s, n) for n in range(400)]) for s in stations), [])

        def round_of_all():
            for name, answer in self.sync_all(stations, 30).items():
                self.assertIn(answer["error"] and answer["error"]["name"], (None, "hub_busy"), name)
            return self.all_held(stations)
        rig.until(round_of_all, seconds=60, what="all to get through")
        total = hub.call("total", kind="activity", division=rig.PROVINCE)
        self.assertEqual((total["count"], hub.call("verify")["findings"]), (len(fed), 0))

    def test_stations_that_lost_their_hub_together_do_not_come_back_together(self):
        hub = self.rig.hub()
        stations = self.enrolled(hub, 6)
        hub.stop()
        parts = []  # where in its span each retry was drawn: 0 the earliest, 1 the latest that is allowed
        for fails in range(5):
            base = min(RETRY_MIN_S << fails, RETRY_MAX_S)
            for s in stations:
                with s.rpc() as r:
                    self.assertIsNotNone(r.call("sync", wait=True)["error"])
                    st = r.call("status")
                self.assertGreaterEqual(st["next_try_ms"] - st["last_try_ms"], base * 500, (s.name, fails))
                self.assertLessEqual(st["next_try_ms"] - st["now_ms"], base * 1000, (s.name, fails))
                parts.append((st["next_try_ms"] - st["last_try_ms"] - base * 500) / (base * 500))
        # Thirty draws: none of this fails by chance once in a million runs.
        self.assertGreater(max(parts) - min(parts), 0.4, parts)
        self.assertGreater(statistics.pstdev(parts), 0.1, parts)
        for fails in range(5):
            self.assertGreater(len(set(parts[6 * fails:6 * fails + 6])), 1, "six stations alike")

    def test_each_station_has_a_second_of_the_night_of_its_own(self):
        hub = self.rig.hub()
        stations = self.enrolled(hub, 6)

        def turns():
            out = []
            for s in stations:
                at = s.call("status")["next_try_ms"] / 1000
                self.assertTrue(21 * 3600 <= (at + CHINA_S) % DAY_S < 23 * 3600 + 3, at)
                out.append((at + CHINA_S) % DAY_S)
            return out
        told = turns()  # the hub says when it expects each
        self.assertGreater(len({round(t) for t in told}), 3, told)
        for s in stations:
            self.assertEqual(s.stop(), 0)
            s.start()
        own = turns()   # and each finds the same for itself
        for a, b in zip(told, own):
            self.assertLess(abs(a - b), 3 * rig.SLOW, (told, own))


if __name__ == "__main__":
    main()
