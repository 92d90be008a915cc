#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""future.py -- what was recorded by a clock that ran a year ahead is found at the hub and at the station, whichever of the two
clocks it was; what was recorded rightly is not."""
import datetime

from base import VILLAGE_A, Case, main, wrong_clock

YEAR = 365 * 86400


def today():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()


def give(node, nth):
    fields = {"number": f"15072210220000{nth:02d}"}
    of = node.call("log", kind="household", fields=fields)["ref"]
    return node.call("log", kind="aid", fields={"household": of, "category": "产业帮扶", "amount": f"{40 + nth}"})


def flagged(node):
    answer = node.call("list", kind="aid", flagged="all")
    assert answer["count"] == len(answer["rows"])
    return {row["ref"]: row["flags"] for row in answer["rows"]}


def again(node, seconds):
    node.stop()
    node.env = wrong_clock(seconds)
    node.start()


class Future(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.station(self.hub, "village", VILLAGE_A)
        self.sync()

    def sync(self):
        answer = self.station.call("sync", wait=True, believe_clock=True)
        self.assertIsNone(answer["error"])

    def year_of(self, entry):
        return int(entry["day"][:4]) - today().year

    def test_a_station_that_ran_a_year_ahead(self):
        right = give(self.station, 1)
        again(self.station, YEAR)
        wrong = give(self.station, 2)
        self.assertEqual((self.year_of(right), self.year_of(wrong)), (0, 1))
        self.assertEqual(wrong["flags"], [])  # nobody can know here, yet
        self.assertEqual(flagged(self.station), {})
        self.sync()
        want = {wrong["ref"]: ["future-day"]}
        self.assertEqual(flagged(self.hub), want)
        self.assertEqual(flagged(self.station), want)  # it knows the hub's day now
        self.assertEqual(self.hub.call("list", kind="aid", flagged="future-day")["sum"], 4200)
        # The household of that day is one more.
        for node in (self.hub, self.station):
            self.assertEqual(node.call("status")["flagged"], 2)
            self.assertIn("2 entries may be wrong", node.cli("status").out)
            self.assertIn("日期未到", node.cli("list", "--flagged", lang="zh").out)
        self.station.call("void", ref=wrong["ref"], reason="日期错了")
        self.assertEqual(flagged(self.station), {})
        self.sync()
        self.assertEqual(flagged(self.hub), {})

    def test_a_hub_that_ran_a_year_ahead_for_one_night(self):
        again(self.hub, YEAR)
        self.sync()
        wrong = give(self.station, 1)
        self.assertEqual(self.year_of(wrong), 1)
        self.sync()
        self.assertEqual(flagged(self.hub), {})  # by its clock that day is today
        again(self.hub, 0)
        self.assertEqual(flagged(self.hub), {wrong["ref"]: ["future-day"]})


if __name__ == "__main__":
    main()
