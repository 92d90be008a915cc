#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill.py -- kill -9 at any moment loses nothing that was told saved, and doubles nothing.

BF_KILL_LOOPS (default 100) kills of a station that is saving; a third as many of a hub that three stations sync to. The times of the
kills come from BF_SEED, printed at the start.
"""
import os
import random
import sys
import threading

from base import TEAM, VILLAGE_A, VILLAGE_B, VILLAGE_C, Case, main, rig
import feed

LOOPS = int(os.environ.get("BF_KILL_LOOPS", "100"))
SEED = int(os.environ.get("BF_SEED", str(random.SystemRandom().randrange(1 << 32))))


class Saver(threading.Thread):
    """Logs funds over one connection, `depth` requests under way, until the daemon dies; remembers what it was told."""

    def __init__(self, station, numbers, depth):
        super().__init__(daemon=True)
        self.station, self.numbers, self.depth = station, numbers, depth
        self.told, self.asked, self.wrong = {}, {}, []

    def run(self):
        try:
            with self.station.rpc() as r:
                waiting = {}
                while True:
                    while len(waiting) < self.depth:
                        n = next(self.numbers)
                        fields = feed.fund(self.station, n)
                        self.asked[fields["document"]] = feed.fen(fields["amount"])
                        waiting[r.send("log", {"kind": "fund", "fields": fields})] = fields["document"]
                    got, error, result = r.take()
                    doc = waiting.pop(got)
                    if error:
                        self.wrong.append(error)
                    else:
                        self.told[result["ref"]] = doc
        except (OSError, ConnectionError):
            pass


def count_up():
    n = 0
    while True:
        n += 1
        yield n


class Kill(Case):
    def test_what_was_told_saved_is_there_once_after_every_kill(self):
        chance = random.Random(SEED)
        print(f"kill.py: seed {SEED}, {LOOPS} kills", file=sys.stderr)
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        hub.stop()
        numbers, told, asked = count_up(), {}, {}
        for loop in range(LOOPS):
            saver = Saver(station, numbers, chance.choice([1, 1, 4, 16]))
            saver.start()
            saver.join(chance.uniform(0.002, 0.05))
            station.kill()
            saver.join(30)
            self.assertEqual(saver.wrong, [])
            told.update(saver.told)
            asked.update(saver.asked)
            station.start()
            self.whole(station, told, asked, f"seed {SEED} loop {loop}")
        self.assertEqual(station.call("verify")["findings"], 0)
        hub.start()
        done = station.call("sync", wait=True)
        self.assertIsNone(done["error"])
        self.whole(hub, told, asked, f"seed {SEED} at the hub")
        self.assertEqual(hub.call("verify")["findings"], 0)
        print(f"kill.py: {len(told)} told saved, all there once", file=sys.stderr)
        self.assertGreater(len(told), LOOPS)

    def whole(self, node, told, asked, where):
        """Every ref told is listed once with its own number; no number twice; sums agree with the total."""
        rows = feed.list_all(node, kind="fund")
        refs = {row["ref"]: row["fields"]["document"] for row in rows}
        self.assertEqual(len(refs), len(rows), where)
        self.assertEqual({r: refs.get(r) for r in told}, told, where)
        docs = list(refs.values())
        self.assertEqual(len(docs), len(set(docs)), where)
        total = node.call("total", kind="fund", division=rig.PROVINCE)
        self.assertEqual(total["count"], len(rows), where)
        self.assertEqual(total["sum"], sum(asked[d] for d in docs), where)

    def test_a_hub_killed_while_three_stations_sync_counts_everything_once(self):
        chance = random.Random(SEED + 1)
        hub = self.rig.hub()
        stations = [self.rig.station(hub, f"s{i}", d, r) for i, (d, r) in
                    enumerate([(VILLAGE_A, "village"), (VILLAGE_B, "village"), (VILLAGE_C, "village")])]
        numbers, fed, killed_midway = count_up(), [], 0
        for _ in range(max(3, LOOPS // 6)):
            for s in stations:
                fed += feed.log_many(s, "fund", [feed.fund(s, next(numbers)) for _ in range(chance.randint(20, 300))])
            threads = [threading.Thread(target=quiet_sync, args=(s,), daemon=True) for s in stations]
            for t in threads:
                t.start()
            threads[0].join(chance.uniform(0.0, 0.12))
            hub.kill()
            for t in threads:
                t.join(60 * rig.SLOW)
            behind = [s.call("status") for s in stations]
            killed_midway += any(b["held"] < b["saved"] for b in behind)
            hub.start()
        for s in stations:
            rig.until(lambda s=s: s.call("sync", wait=True)["error"] is None, what="a sync that ends well")
            state = s.call("status")
            self.assertEqual(state["held"], state["saved"])
        total = hub.call("total", kind="fund", division=rig.PROVINCE)
        self.assertEqual((total["count"], total["sum"]), (len(fed), sum(feed.fen(f["amount"]) for f in fed)))
        rows = feed.list_all(hub, kind="fund")
        self.assertEqual(sorted(r["fields"]["document"] for r in rows), sorted(f["document"] for f in fed))
        self.assertEqual(hub.call("verify")["findings"], 0)
        print(f"kill.py: hub killed with unsent entries {killed_midway} times; {len(fed)} entries", file=sys.stderr)
        self.assertGreater(killed_midway, 0)

    def test_a_team_and_a_hub_killed_together_lose_nothing(self):
        hub = self.rig.hub()
        team = self.rig.station(hub, "team", TEAM, "team")
        fed = feed.log_many(team, "activity", [feed.activity(team, n) for n in range(200)])
        quiet = threading.Thread(target=quiet_sync, args=(team,), daemon=True)
        quiet.start()
        quiet.join(0.02)
        hub.kill()
        team.kill()
        quiet.join(30)
        hub.start()
        team.start()
        rig.until(lambda: team.call("sync", wait=True)["error"] is None, what="a sync that ends well")
        self.assertEqual(hub.call("total", kind="activity", division=rig.PROVINCE)["count"], len(fed))
        self.assertEqual(hub.call("verify")["findings"], 0)


def quiet_sync(station):
    try:
        station.call("sync", wait=True)
    except (rig.RpcError, OSError):
        pass


if __name__ == "__main__":
    main()
